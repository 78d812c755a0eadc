//! A WaveNet that guesses which of 256 steps the output is on, trained with cross-entropy:
//! SignalTrain's authors' second attempt. Trained only, to compare with.
//!
//! Causal convolutions of two taps with dilations 1, 2, 4 ... 512 over the input, gated as in van
//! den Oord et al. (2016), knobs beside the input; the steps are those of the μ-law with μ = 255.
//! The guess that is played is the step with the highest probability.

use burn::tensor::{Tensor, TensorData, activation};

use nfx_learn::effect::PairBatch;
use nfx_learn::effect::graph::{Graph, Variables, numbers, rows};
use nfx_learn::{LearnError, Tensors};

/// Channels of the layers and of what they add up.
const CHANNELS: usize = 16;
/// Layers; each looks twice as far as the one before.
const LAYERS: usize = 10;
/// Steps of the output.
const STEPS: usize = 256;
/// Samples that a step of the training sees and scores, behind those that only fill the memory.
const SCORED: usize = 1024;
const FIELD: usize = 1 << LAYERS;
/// Segments of a step.
const SEGMENTS: usize = 4;

/// The network.
pub struct QuantisedWaveNet {
    knobs: usize,
    graph: Graph,
}

/// The step of the μ-law that a sample is on.
fn step_of(x: f32) -> usize {
    let x = x.clamp(-1.0, 1.0);
    let y = x.signum() * (1.0 + 255.0 * x.abs()).ln() / 256f32.ln();
    (((y + 1.0) * 127.5).round() as usize).min(STEPS - 1)
}

/// The sample of a step.
fn sample_of(step: usize) -> f32 {
    let y = step as f32 / 127.5 - 1.0;
    y.signum() * (256f32.powf(y.abs()) - 1.0) / 255.0
}

impl QuantisedWaveNet {
    /// With random weights.
    pub fn new(knobs: usize, seed: u64) -> Self {
        let mut shapes: Vec<(String, Vec<usize>)> = vec![
            ("input.weight".to_owned(), vec![1 + knobs, CHANNELS]),
            ("input.bias".to_owned(), vec![CHANNELS]),
        ];
        for i in 0..LAYERS {
            for (part, inputs, outputs) in
                [("taps", 2 * CHANNELS, 2 * CHANNELS), ("out", CHANNELS, 2 * CHANNELS)]
            {
                shapes.push((format!("{i}.{part}.weight"), vec![inputs, outputs]));
                shapes.push((format!("{i}.{part}.bias"), vec![outputs]));
            }
        }
        for (name, inputs, outputs) in [("first", CHANNELS, 64), ("second", 64, STEPS)] {
            shapes.push((format!("{name}.weight"), vec![inputs, outputs]));
            shapes.push((format!("{name}.bias"), vec![outputs]));
        }
        QuantisedWaveNet { knobs, graph: Graph::new(Graph::xavier(&shapes, seed), 1.0) }
    }

    /// Number of weights.
    pub fn parameters(&self) -> usize {
        self.graph.count()
    }

    /// Logits `[segment · sample][step]` of the last `length - FIELD` samples of segments
    /// `[segment][length]`.
    fn forward(&self, v: &Variables, input: &[f32], length: usize, knobs: &[f32]) -> Tensor<2> {
        let segments = input.len() / length;
        let told: Vec<f32> = (0..input.len())
            .flat_map(|i| {
                let s = i / length;
                std::iter::once(input[i])
                    .chain(knobs[s * self.knobs..(s + 1) * self.knobs].iter().copied())
            })
            .collect();
        let mut left = length;
        let mut x = v.linear(rows(told, 1 + self.knobs, &v.device), "input");
        let scored = length - FIELD;
        let mut sum = Tensor::<2>::zeros([segments * scored, CHANNELS], &v.device);
        for i in 0..LAYERS {
            let dilation = 1 << i;
            let cube = x.reshape([segments, left, CHANNELS]);
            let after = left - dilation;
            let early = cube.clone().narrow(1, 0, after).reshape([segments * after, CHANNELS]);
            let now = cube.narrow(1, dilation, after).reshape([segments * after, CHANNELS]);
            let taps = v.linear(Tensor::cat(vec![early, now.clone()], 1), &format!("{i}.taps"));
            let gated = taps.clone().narrow(1, 0, CHANNELS).tanh()
                * activation::sigmoid(taps.narrow(1, CHANNELS, CHANNELS));
            let out = v.linear(gated, &format!("{i}.out"));
            let last =
                out.clone().narrow(1, CHANNELS, CHANNELS).reshape([segments, after, CHANNELS]);
            sum =
                sum + last.narrow(1, after - scored, scored).reshape([segments * scored, CHANNELS]);
            x = now + out.narrow(1, 0, CHANNELS);
            left = after;
        }
        v.linear(activation::relu(v.linear(activation::relu(sum), "first")), "second")
    }

    /// One step on the ends of a batch's segments; the cross-entropy before it.
    ///
    /// # Errors
    /// When the batch does not fit.
    pub fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32, LearnError> {
        batch.check(self.knobs)?;
        let length = FIELD + SCORED;
        let segments = batch.segments.min(SEGMENTS);
        let (mut input, mut wanted, mut knobs) = (Vec::new(), Vec::new(), Vec::new());
        for s in 0..segments {
            let row = |sound: &'_ [f32]| sound[s * batch.samples..(s + 1) * batch.samples].to_vec();
            let (x, y) = (row(batch.input), row(batch.target));
            let at = |n: usize, of: usize| (batch.samples + n).checked_sub(of);
            input.extend((0..length).map(|n| at(n, length).map_or(0.0, |at| x[at])));
            wanted.extend(
                (0..SCORED)
                    .map(|n| at(n, SCORED).map_or(0.0, |at| y[at]))
                    .map(|y| step_of(y) as i64),
            );
            knobs.extend_from_slice(&batch.knobs[s * self.knobs..(s + 1) * self.knobs]);
        }
        let graph = std::mem::replace(&mut self.graph, Graph::new(Tensors::new(), 1.0));
        let (value, gradients) = graph.gradients(|v| {
            let logits = activation::log_softmax(self.forward(v, &input, length, &knobs), 1);
            let count = wanted.len();
            let data = TensorData::new(wanted.clone(), [count, 1]);
            let right = Tensor::<2, burn::tensor::Int>::from_data(data, &v.device);
            logits.gather(1, right).mean().neg()
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
        let variables = self.graph.variables(false);
        let mut output = Vec::with_capacity(input.len());
        // In pieces, so that a long sound does not need the memory of all its logits.
        for first in (0..input.len()).step_by(8 * SCORED) {
            let count = (input.len() - first).min(8 * SCORED);
            let piece: Vec<f32> = (0..FIELD + count)
                .map(|n| (first + n).checked_sub(FIELD).map_or(0.0, |at| input[at]))
                .collect();
            let logits = numbers(self.forward(&variables, &piece, piece.len(), knobs))?;
            output.extend(logits.chunks_exact(STEPS).map(|row| {
                let best = (0..STEPS).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
                sample_of(best)
            }));
        }
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_samples_are_each_others_inverse() {
        for step in 0..STEPS {
            assert_eq!(step_of(sample_of(step)), step);
        }
        assert!(sample_of(127).abs() < 1e-3 && step_of(1.0) == 255 && step_of(-5.0) == 0);
    }

    #[test]
    fn it_learns_to_follow_its_input() {
        let mut net = QuantisedWaveNet::new(0, 1);
        let samples = FIELD + SCORED;
        let input: Vec<f32> = (0..2 * samples).map(|n| 0.8 * (n as f32 * 0.05).sin()).collect();
        let batch = PairBatch::new(&input, &input, &[], &[1.0; 2]);
        let first = net.step(3e-3, &batch).unwrap();
        let mut last = first;
        for _ in 0..25 {
            last = net.step(3e-3, &batch).unwrap();
        }
        assert!((first - 256f32.ln()).abs() < 1.5 && last < 0.8 * first, "{first} to {last}");
        assert_eq!(net.predict(&input[..3000], &[]).unwrap().len(), 3000);
    }
}
