//! SignalTrain as something that learns, by burn's autodiff, with the original's loss.
//!
//! `mean(log cosh(y - t)) + 2e-6 · mean(|X̂| · e^(7 f / F))`: the second term keeps the magnitudes
//! that the network gives small, high frequencies most (Hawley, Colburn and Mimilakis 2019 and the
//! code that goes with it).

use burn::tensor::{Tensor, activation};
use nfx_core::models::effect::ProfileConfig;
use nfx_core::models::effect::signaltrain::{
    FRAMES, FRAMES_OUT, SignalTrainConfig, SignalTrainModel, SignalTrainState, TINY,
};

use super::graph::{Graph, Variables, numbers, rows};
use super::{PairBatch, ProfileLearner, SegmentPlan, expect_knobs};
use crate::{LearnError, Tensors, named};

/// Chunks of a step.
const CHUNKS: usize = 32;
/// Weight of the magnitudes' term, and how much more the highest frequency counts.
const MAGNITUDES: f64 = 2e-6;
const TREBLE: f32 = 7.0;

/// A SignalTrain network that learns from pairs.
pub struct SignalTrainLearner {
    config: SignalTrainConfig,
    graph: Graph,
}

impl SignalTrainLearner {
    /// The original's size, its transforms started from the STFT, its networks at random.
    ///
    /// # Errors
    /// When there are too many knobs.
    pub fn original(knobs: usize, seed: u64) -> Result<Self, LearnError> {
        Self::new(&SignalTrainConfig::original(knobs), seed)
    }

    /// A network of another size.
    ///
    /// # Errors
    /// When the config cannot be used.
    pub fn new(config: &SignalTrainConfig, seed: u64) -> Result<Self, LearnError> {
        config.validate()?;
        let mut weights = Graph::xavier(&config.tensor_shapes(), seed);
        let (analysis, synthesis) = config.transforms();
        for (name, data) in [("analysis.weight", analysis), ("synthesis.weight", synthesis)] {
            if let Some(tensor) = weights.get_mut(name) {
                tensor.data = data;
            }
        }
        Ok(SignalTrainLearner { config: *config, graph: Graph::new(weights, 1.0) })
    }

    /// What the network makes of chunks `[chunk][sample]` with knobs `[chunk][knob]`: sound
    /// `[chunk][sample]` and the magnitudes `[chunk · output frame][bin]`.
    fn forward(&self, v: &Variables, chunks: &[f32], knobs: &[f32]) -> (Tensor<2>, Tensor<2>) {
        let c = &self.config;
        let (n, bins, hop, output) = (c.transform, c.bins(), c.hop(), c.output());
        let count = chunks.len() / c.chunk();
        // Frames of the halved chunks, with zeros around them: nothing is learned here.
        let mut frames = Vec::with_capacity(count * FRAMES * n);
        for chunk in chunks.chunks_exact(c.chunk()) {
            for t in 0..FRAMES {
                frames.extend((0..n).map(|i| {
                    (t * hop + i)
                        .checked_sub(n)
                        .and_then(|at| chunk.get(at))
                        .map_or(0.0, |x| 0.5 * x)
                }));
            }
        }
        let spectra = rows(frames, n, &v.device).matmul(v.get("analysis.weight")).reshape([
            count,
            FRAMES,
            2 * bins,
        ]);
        let along = |x: Tensor<3>, frames: usize| x.swap_dims(1, 2).reshape([count * bins, frames]);
        let re = along(spectra.clone().narrow(2, 0, bins), FRAMES);
        let im = along(spectra.narrow(2, bins, bins), FRAMES);
        let magnitude =
            (re.clone() * re.clone() + im.clone() * im.clone()).add_scalar(TINY * TINY).sqrt();
        let phase = im.atan2(re.add_scalar(TINY));
        // Each chunk's knobs stand beside the code of each of its bins.
        let told: Vec<f32> = if c.knobs == 0 {
            Vec::new()
        } else {
            knobs
                .chunks_exact(c.knobs)
                .flat_map(|k| std::iter::repeat_n(k, bins).flatten().copied())
                .collect()
        };
        let network = |part: &str, x: Tensor<2>| {
            let mut x = x;
            for i in 0..c.layers().len() {
                if i == c.knob_layer() && c.knobs > 0 {
                    x = Tensor::cat(vec![x, rows(told.clone(), c.knobs, &v.device)], 1);
                }
                x = activation::elu(v.linear(x, &format!("{part}.{i}")), 1.0);
            }
            x
        };
        let last = |x: Tensor<2>| x.narrow(1, FRAMES - FRAMES_OUT, FRAMES_OUT);
        let made = network("magnitude", magnitude.clone()) * last(magnitude);
        let angle = network("phase", phase.clone()) + last(phase);
        let back = |x: Tensor<2>| {
            x.reshape([count, bins, FRAMES_OUT]).swap_dims(1, 2).reshape([count * FRAMES_OUT, bins])
        };
        let (re, im) = (back(made.clone() * angle.clone().cos()), back(made.clone() * angle.sin()));
        let sound = Tensor::cat(vec![re, im], 1)
            .matmul(v.get("synthesis.weight"))
            .reshape([count, FRAMES_OUT, n]);
        let whole = (FRAMES_OUT - 1) * hop + n;
        let mut sum = Tensor::<2>::zeros([count, whole], &v.device);
        for t in 0..FRAMES_OUT {
            let frame = sound.clone().narrow(1, t, 1).reshape([count, n]);
            let before = Tensor::zeros([count, t * hop], &v.device);
            let after = Tensor::zeros([count, whole - n - t * hop], &v.device);
            let parts = match t {
                0 => vec![frame, after],
                t if t + 1 == FRAMES_OUT => vec![before, frame],
                _ => vec![before, frame, after],
            };
            sum = sum + Tensor::cat(parts, 1);
        }
        let dry: Vec<f32> = chunks
            .chunks_exact(c.chunk())
            .flat_map(|x| x[c.chunk() - output..].iter().copied())
            .collect();
        (sum.narrow(1, n, output).mul_scalar(2.0) + rows(dry, output, &v.device), back(made))
    }

    fn loss(&self, v: &Variables, chunks: &[f32], targets: &[f32], knobs: &[f32]) -> Tensor<1> {
        let bins = self.config.bins();
        let (y, magnitudes) = self.forward(v, chunks, knobs);
        let error = (y - rows(targets.to_vec(), self.config.output(), &v.device)).abs();
        // log cosh(e) = e + log(1 + exp(-2 e)) - log 2 for e of at least 0
        let cosh =
            error.clone() + error.mul_scalar(-2.0).exp().log1p().sub_scalar(std::f64::consts::LN_2);
        let weight: Vec<f32> = (0..bins).map(|k| (TREBLE * k as f32 / bins as f32).exp()).collect();
        cosh.mean()
            + (magnitudes.abs() * rows(weight, bins, &v.device)).mean().mul_scalar(MAGNITUDES)
    }

    /// Chunks out of a batch: those that end with a segment, or evenly before that, what is before
    /// a segment as silence.
    fn chunks(&self, batch: &PairBatch<'_>) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let (chunk, output) = (self.config.chunk(), self.config.output());
        let room = ((batch.samples - batch.warm_up) / output).max(1);
        let each = (CHUNKS / batch.segments.max(1)).clamp(1, room);
        let (mut inputs, mut targets, mut knobs) = (Vec::new(), Vec::new(), Vec::new());
        for s in 0..batch.segments {
            let input = &batch.input[s * batch.samples..(s + 1) * batch.samples];
            let target = &batch.target[s * batch.samples..(s + 1) * batch.samples];
            for i in 0..each {
                let end = batch.samples - i * (room / each) * output;
                inputs.extend(
                    (0..chunk).map(|n| (end + n).checked_sub(chunk).map_or(0.0, |at| input[at])),
                );
                targets.extend(
                    (0..output).map(|n| (end + n).checked_sub(output).map_or(0.0, |at| target[at])),
                );
                knobs.extend_from_slice(
                    &batch.knobs[s * self.config.knobs..(s + 1) * self.config.knobs],
                );
            }
        }
        (inputs, targets, knobs)
    }

    /// What the trained form makes of one chunk, for the parity with the real-time form.
    ///
    /// # Errors
    /// When burn fails.
    pub fn chunk(&self, chunk: &[f32], knobs: &[f32]) -> Result<Vec<f32>, LearnError> {
        numbers(self.forward(&self.graph.variables(false), chunk, knobs).0)
    }
}

impl ProfileLearner for SignalTrainLearner {
    fn config(&self) -> ProfileConfig {
        ProfileConfig::SignalTrain(self.config)
    }

    fn plan(&self) -> SegmentPlan {
        let warm_up = self.config.chunk() - self.config.output();
        SegmentPlan { segments: CHUNKS, warm_up, scored: self.config.output(), run: 1 }
    }

    fn rate(&self) -> f64 {
        // The original's highest.
        1e-4
    }

    fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32, LearnError> {
        batch.check(self.config.knobs)?;
        let (inputs, targets, knobs) = self.chunks(batch);
        let graph = std::mem::replace(&mut self.graph, Graph::new(Tensors::new(), 1.0));
        let (value, gradients) = graph.gradients(|v| self.loss(v, &inputs, &targets, &knobs))?;
        self.graph = graph;
        self.graph.apply(rate, &gradients);
        Ok(value)
    }

    fn predict(
        &mut self,
        input: &[f32],
        _side: Option<&[f32]>,
        knobs: &[f32],
    ) -> Result<Vec<f32>, LearnError> {
        expect_knobs(self.config.knobs, knobs)?;
        let model = SignalTrainModel::new(&self.config, &self.graph.weights)?;
        let mut state = SignalTrainState::new(&model);
        // The sound comes late; what is asked for is in time.
        let late = model.latency_samples();
        let mut padded = input.to_vec();
        padded.resize(input.len() + late, 0.0);
        let mut output = vec![0.0; padded.len()];
        state.process(&padded, &mut output, knobs);
        Ok(output.split_off(late))
    }

    fn tensors(&self) -> Result<Tensors, LearnError> {
        Ok(self.graph.weights.clone())
    }

    fn set_tensors(&mut self, tensors: &Tensors) -> Result<(), LearnError> {
        for (name, shape) in self.config.tensor_shapes() {
            named(tensors, &name, &shape)?;
        }
        self.graph.weights.clone_from(tensors);
        Ok(())
    }

    fn state(&self) -> Vec<u8> {
        self.graph.adam.state()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), LearnError> {
        self.graph.adam.restore(state)
    }

    fn parameters(&self) -> usize {
        self.graph.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise;

    #[test]
    fn the_trained_form_is_the_real_time_form() {
        let config = SignalTrainConfig { knobs: 2, transform: 64 };
        let mut learner = SignalTrainLearner::new(&config, 3).unwrap();
        let (chunk, output) = (config.chunk(), config.output());
        let input = noise(4 * chunk, 1);
        let knobs = [0.4, -0.7];
        let played = learner.predict(&input, None, &knobs).unwrap();
        for end in [chunk, chunk + output, 3 * chunk] {
            let made = learner.chunk(&input[end - chunk..end], &knobs).unwrap();
            let norm = made.iter().map(|y| y * y).sum::<f32>().sqrt();
            let apart = made
                .iter()
                .zip(&played[end - output..end])
                .map(|(a, b)| (a - b).powi(2))
                .sum::<f32>()
                .sqrt();
            assert!(apart < 1e-4 * norm, "{apart:e} of {norm}");
        }
    }

    #[test]
    fn it_learns_a_gain() {
        let config = SignalTrainConfig { knobs: 1, transform: 64 };
        let mut learner = SignalTrainLearner::new(&config, 0).unwrap();
        let (segments, samples) = (8, config.chunk());
        let mut losses = Vec::new();
        for step in 0..120u32 {
            let input = noise(segments * samples, step + 1);
            let knobs = noise(segments, step + 1000);
            let gain = |s: usize| 0.5 + 0.3 * knobs[s];
            let target: Vec<f32> =
                input.iter().enumerate().map(|(i, x)| gain(i / samples) * x).collect();
            let batch = PairBatch {
                warm_up: samples - config.output(),
                ..PairBatch::new(&input, &target, &knobs, &[1.0; 8])
            };
            losses.push(learner.step(3e-3, &batch).unwrap());
        }
        let mean = |l: &[f32]| l.iter().sum::<f32>() / l.len() as f32;
        assert!(mean(&losses[100..]) < 0.3 * mean(&losses[..5]), "{:?}", &losses[100..]);
    }
}
