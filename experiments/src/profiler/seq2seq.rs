//! An LSTM that reads a sound and an LSTM that writes one: SignalTrain's authors' first attempt.
//! Trained only, to compare with.
//!
//! Sound passes in frames of 32 samples. The encoder reads 32 frames with the knobs beside them;
//! the decoder starts from its state and writes the last 16 of them, frame after frame, each from
//! the one that it has just written (in training from the right one: teacher forcing). A whole
//! sound is made of such pieces, one after the other.

use burn::tensor::{Tensor, activation};

use nfx_learn::LearnError;
use nfx_learn::effect::PairBatch;
use nfx_learn::effect::graph::{Graph, Variables, numbers, rows};

/// Samples of a frame.
const FRAME: usize = 32;
/// Frames that are read, and frames that are written.
const READ: usize = 32;
const WRITTEN: usize = 16;
/// Units of both networks.
const HIDDEN: usize = 64;
/// Pieces of a step.
const PIECES: usize = 32;

/// The pair of networks.
pub struct Seq2Seq {
    knobs: usize,
    graph: Graph,
}

type State = (Tensor<2>, Tensor<2>);

impl Seq2Seq {
    /// With random weights.
    pub fn new(knobs: usize, seed: u64) -> Self {
        let gates = 4 * HIDDEN;
        let shapes: Vec<(String, Vec<usize>)> = [
            ("encoder.weight", vec![FRAME + knobs + HIDDEN, gates]),
            ("encoder.bias", vec![gates]),
            ("decoder.weight", vec![FRAME + knobs + HIDDEN, gates]),
            ("decoder.bias", vec![gates]),
            ("output.weight", vec![HIDDEN, FRAME]),
            ("output.bias", vec![FRAME]),
        ]
        .map(|(name, shape)| (name.to_owned(), shape))
        .into();
        Seq2Seq { knobs, graph: Graph::new(Graph::xavier(&shapes, seed), 1.0) }
    }

    /// Number of weights.
    pub fn parameters(&self) -> usize {
        self.graph.count()
    }

    fn cell(&self, v: &Variables, name: &str, x: Tensor<2>, knobs: &[f32], state: State) -> State {
        let (h, c) = state;
        let mut parts = vec![x];
        if self.knobs > 0 {
            parts.push(rows(knobs.to_vec(), self.knobs, &v.device));
        }
        parts.push(h);
        let gates = v.linear(Tensor::cat(parts, 1), name);
        let gate = |i: usize| gates.clone().narrow(1, i * HIDDEN, HIDDEN);
        let c = activation::sigmoid(gate(1)) * c + activation::sigmoid(gate(0)) * gate(2).tanh();
        (activation::sigmoid(gate(3)) * c.clone().tanh(), c)
    }

    /// Frames that are written for pieces of input `[piece][sample]`; `right` are the right frames
    /// `[piece][sample]` in training.
    fn forward(
        &self,
        v: &Variables,
        input: &[f32],
        right: Option<&[f32]>,
        knobs: &[f32],
    ) -> Vec<Tensor<2>> {
        let pieces = input.len() / (READ * FRAME);
        let frame = |sound: &[f32], length: usize, t: usize| -> Tensor<2> {
            let all = sound
                .chunks_exact(length * FRAME)
                .flat_map(|p| p[t * FRAME..(t + 1) * FRAME].iter().copied());
            rows(all.collect(), FRAME, &v.device)
        };
        let zeros = || Tensor::zeros([pieces, HIDDEN], &v.device);
        let mut state = (zeros(), zeros());
        for t in 0..READ {
            state = self.cell(v, "encoder", frame(input, READ, t), knobs, state);
        }
        let mut last = Tensor::zeros([pieces, FRAME], &v.device);
        let mut written = Vec::with_capacity(WRITTEN);
        for t in 0..WRITTEN {
            state = self.cell(v, "decoder", last, knobs, state);
            let y = v.linear(state.0.clone(), "output");
            last = right.map_or_else(|| y.clone(), |right| frame(right, WRITTEN, t));
            written.push(y);
        }
        written
    }

    /// One step on pieces of a batch; the mean squared error before it.
    ///
    /// # Errors
    /// When the batch does not fit.
    pub fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32, LearnError> {
        batch.check(self.knobs)?;
        let (length, made) = (READ * FRAME, WRITTEN * FRAME);
        let each =
            PIECES.div_ceil(batch.segments).min(batch.samples.saturating_sub(length) / made + 1);
        let (mut input, mut target, mut knobs) = (Vec::new(), Vec::new(), Vec::new());
        for s in 0..batch.segments {
            let row = |sound: &'_ [f32]| sound[s * batch.samples..(s + 1) * batch.samples].to_vec();
            let (x, y) = (row(batch.input), row(batch.target));
            for i in 0..each {
                let end = batch.samples - i * made;
                input.extend(
                    (0..length).map(|n| (end + n).checked_sub(length).map_or(0.0, |at| x[at])),
                );
                target
                    .extend((0..made).map(|n| (end + n).checked_sub(made).map_or(0.0, |at| y[at])));
                knobs.extend_from_slice(&batch.knobs[s * self.knobs..(s + 1) * self.knobs]);
            }
        }
        let graph = std::mem::replace(&mut self.graph, Graph::new(nfx_learn::Tensors::new(), 1.0));
        let (value, gradients) = graph.gradients(|v| {
            let written = self.forward(v, &input, Some(&target), &knobs);
            let frames: Vec<Tensor<2>> = (0..WRITTEN)
                .map(|t| {
                    let all = target
                        .chunks_exact(made)
                        .flat_map(|p| p[t * FRAME..(t + 1) * FRAME].iter().copied());
                    rows(all.collect(), FRAME, &v.device)
                })
                .collect();
            let error = Tensor::cat(written, 1) - Tensor::cat(frames, 1);
            (error.clone() * error).mean()
        })?;
        self.graph = graph;
        self.graph.apply(rate, &gradients);
        Ok(value)
    }

    /// What it makes of a sound.
    ///
    /// # Errors
    /// When the number of knobs is wrong.
    pub fn predict(&mut self, input: &[f32], knobs: &[f32]) -> Result<Vec<f32>, LearnError> {
        if knobs.len() != self.knobs {
            return Err(LearnError::Argument(format!(
                "expected {} knobs, found {}",
                self.knobs,
                knobs.len()
            )));
        }
        let (length, made) = (READ * FRAME, WRITTEN * FRAME);
        let pieces = input.len().div_ceil(made);
        let sound: Vec<f32> = (0..pieces)
            .flat_map(|p| {
                let end = (p + 1) * made;
                (0..length).map(move |n| {
                    (end + n)
                        .checked_sub(length)
                        .and_then(|at| input.get(at))
                        .copied()
                        .unwrap_or(0.0)
                })
            })
            .collect();
        let told: Vec<f32> = (0..pieces).flat_map(|_| knobs.iter().copied()).collect();
        let written = self.forward(&self.graph.variables(false), &sound, None, &told);
        let mut output = numbers(Tensor::cat(written, 1))?;
        output.truncate(input.len());
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_learns_to_follow_its_input_and_hears_nothing_that_is_yet_to_come() {
        let mut net = Seq2Seq::new(1, 1);
        let samples = READ * FRAME;
        let input: Vec<f32> = (0..2 * samples).map(|n| 0.8 * (n as f32 * 0.05).sin()).collect();
        // The knob is the gain.
        let (halves, knobs) = (input.split_at(samples), [1.0, -0.5]);
        let target: Vec<f32> =
            halves.0.iter().copied().chain(halves.1.iter().map(|x| -0.5 * x)).collect();
        let batch = PairBatch::new(&input, &target, &knobs, &[1.0; 2]);
        let first = net.step(3e-3, &batch).unwrap();
        let last = (0..40).map(|_| net.step(3e-3, &batch).unwrap()).fold(first, |_, loss| loss);
        assert!(last < 0.5 * first, "{first} to {last}");
        let played = net.predict(&input[..1500], &[1.0]).unwrap();
        assert_eq!(played.len(), 1500);
        let mut later = input[..1500].to_vec();
        later[WRITTEN * FRAME..].fill(0.0);
        assert_eq!(
            net.predict(&later, &[1.0]).unwrap()[..WRITTEN * FRAME],
            played[..WRITTEN * FRAME]
        );
        assert_ne!(net.predict(&input[..1500], &[-0.5]).unwrap(), played);
        assert!(net.predict(&input, &[]).is_err());
    }
}
