//! Convolutional profiles in the shape of NAM's WaveNet: arrays of dilated convolutions whose activations are summed for the
//! output. Knobs act on every layer's pre-activation z as FiLM, `(1 + s(k)) · (conv(x) + mixin(x)) + b(k)`, with s and b
//! linear in the knobs, so that any setting folds into the plain weights exactly.
//!
//! The training step is written by hand; tests hold it to burn's autodiff over [`WaveNetModule`].

#[allow(unsafe_code)]
mod kernel;
mod knobs;
mod module;
mod net;
mod pass;
mod shape;

use std::sync::Mutex;

use nfx_core::file::Tensor;
use nfx_core::models::effect::ProfileConfig;
use rand::Rng;
use rayon::prelude::*;

use super::loss::{LossConfig, SegmentLoss};
use super::optimiser::Adam;
use super::{LongSegments, PairBatch, ProfileLearner, SegmentPlan, expect_knobs};
use crate::{LearnError, Tensors, named, rng};

use knobs::Knobs;
pub use module::WaveNetModule;
use net::{Net, film};
use pass::Space;
pub use shape::{Act, Array, ArrayPlace, Conv, KnobPlace, LayerPlace, Shape};

/// Gradients longer than this are shortened.
const BOUND: f32 = 1.0;

/// Samples of a segment that are scored: the longer, the less is computed for the history alone.
const SCORED: usize = 6_144;

/// What a thread needs for one segment.
struct Worker {
    space: Space,
    net: Net,
    knobs: Knobs,
    loss: SegmentLoss,
    output: Vec<f32>,
    slope: Vec<f32>,
}

/// The learner of convolutional networks.
pub struct WaveNetLearner {
    shape: Shape,
    places: Vec<ArrayPlace>,
    flat: Vec<f32>,
    gradient: Vec<f32>,
    adam: Adam,
    plan: SegmentPlan,
    loss: LossConfig,
    idle: Mutex<Vec<Worker>>,
    parts: Vec<(Vec<f32>, f64)>,
}

impl WaveNetLearner {
    /// A learner with starting weights drawn as PyTorch draws a convolution's: uniform within one
    /// over the root of the number of inputs. Knobs begin without influence.
    pub fn new(shape: Shape, loss: LossConfig, seed: u64) -> Self {
        let mut random = rng(seed, 0x3A_7E, 0);
        let mut flat = vec![0.0f32; shape.parameters()];
        let places = shape.places();
        let mut draw = |from: usize, count: usize, inputs: usize| {
            let bound = 1.0 / (inputs as f32).sqrt();
            flat[from..from + count].fill_with(|| random.random_range(-bound..bound));
        };
        for (a, p) in shape.arrays.iter().zip(&places) {
            let c = a.channels;
            draw(p.rechannel, c * a.inputs, a.inputs);
            for (l, p) in a.layers.iter().zip(&p.layers) {
                draw(p.conv, c * c * l.kernel, c * l.kernel);
                draw(p.bias, c, c * l.kernel);
                draw(p.mixin, c, 1);
                draw(p.out, c * c, c);
                draw(p.out_bias, c, c);
            }
            draw(p.head, a.head * c * a.head_kernel, c * a.head_kernel);
            if a.head_bias {
                draw(p.head_bias, a.head, c * a.head_kernel);
            }
        }
        if shape.hidden > 0 && shape.knobs > 0 {
            let [w0, b0, w1, b1] = knobs::places(&shape);
            let (k, h) = (shape.knobs, shape.hidden);
            for (from, count, inputs) in [(w0, k * h, k), (b0, h, k), (w1, h * h, h), (b1, h, h)] {
                draw(from, count, inputs);
            }
        }
        let plan = SegmentPlan { segments: 8, warm_up: shape.history(), scored: SCORED, run: 1 };
        WaveNetLearner {
            gradient: vec![0.0; flat.len()],
            adam: Adam::new(flat.len(), BOUND),
            shape,
            places,
            flat,
            plan,
            loss,
            idle: Mutex::new(Vec::new()),
            parts: Vec::new(),
        }
    }

    /// Another way to cut the sound.
    pub fn set_plan(&mut self, segments: usize, scored: usize) {
        self.plan = SegmentPlan { segments, warm_up: self.shape.history(), scored, run: 1 };
        if let Ok(mut idle) = self.idle.lock() {
            idle.clear();
        }
    }

    /// What the network looks like.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The weights in one array.
    pub fn flat(&self) -> &[f32] {
        &self.flat
    }

    /// Other weights, for tests.
    pub fn flat_mut(&mut self) -> &mut [f32] {
        &mut self.flat
    }

    fn worker(&self, scored: usize) -> Worker {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        match idle {
            Some(worker) if worker.space.scored() == scored => worker,
            _ => Worker {
                space: Space::new(&self.shape, scored),
                net: Net::default(),
                knobs: Knobs::default(),
                loss: SegmentLoss::new(self.loss),
                output: vec![0.0; scored],
                slope: vec![0.0; scored],
            },
        }
    }

    fn give_back(&self, worker: Worker) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(worker);
        }
    }

    /// Loss of a batch and the gradient of the flat weights; nothing is moved.
    ///
    /// # Errors
    /// When the batch does not fit.
    pub fn gradients(&mut self, batch: &PairBatch<'_>) -> Result<(f32, &[f32]), LearnError> {
        batch.check(self.shape.knobs)?;
        if batch.warm_up < self.shape.history() {
            return Err(LearnError::Argument(format!(
                "expected a warm-up of the network's history, {} samples, found {}",
                self.shape.history(),
                batch.warm_up
            )));
        }
        let mut parts = std::mem::take(&mut self.parts);
        parts.resize_with(batch.segments, Default::default);
        parts.par_iter_mut().enumerate().for_each(|(i, part)| self.segment(batch, i, part));
        self.gradient.fill(0.0);
        let mut value = 0.0;
        for (flat, loss) in &parts {
            value += loss;
            for (sum, g) in self.gradient.iter_mut().zip(flat) {
                *sum += g;
            }
        }
        self.parts = parts;
        Ok((value as f32, &self.gradient))
    }

    /// One segment's gradient and loss, written to `part`.
    fn segment(&self, batch: &PairBatch<'_>, i: usize, part: &mut (Vec<f32>, f64)) {
        let (flat, value) = part;
        let scored = batch.samples - batch.warm_up;
        let mut worker = self.worker(scored);
        let knobs = &batch.knobs[i * self.shape.knobs..(i + 1) * self.shape.knobs];
        worker.knobs.forward(&self.shape, &self.flat, knobs);
        worker.net.pack(&self.shape, &self.places, &self.flat, &worker.knobs.features);
        let end = (i + 1) * batch.samples;
        let input = &batch.input[end - worker.space.samples()..end];
        worker.space.forward(&self.shape, &worker.net, input, &mut worker.output);
        let target = &batch.target[end - scored..end];
        let (weight, share) = (batch.weights[i], 1.0 / batch.segments as f32);
        *value = worker.loss.of(&worker.output, target, weight, share, &mut worker.slope);
        flat.resize(self.flat.len(), 0.0);
        worker.space.backward(&self.shape, &worker.net, &self.places, &worker.slope, flat);
        // The output is proportional to the knobs' factor of it.
        let gain = worker.net.gain;
        let towards = worker.output.iter().zip(&worker.slope).map(|(y, d)| y * d).sum::<f32>();
        let towards = if gain.abs() > 1e-6 { towards / gain } else { 0.0 };
        self.unfold(knobs, &worker.knobs, towards, flat);
        self.give_back(worker);
    }

    /// From the gradient of the weights that the knobs are folded into, to that of the weights
    /// themselves. `gain` is the gradient of the knobs' factor of the output.
    fn unfold(&self, knobs: &[f32], told: &Knobs, gain: f32, g: &mut [f32]) {
        if knobs.is_empty() {
            return;
        }
        let features = &told.features;
        let mut slope = vec![0.0f32; features.len()];
        let output = self.shape.knob_place().output;
        for (k, x) in features.iter().enumerate() {
            g[output + k] = gain * x;
            slope[k] += gain * self.flat[output + k];
        }
        for (a, p) in self.shape.arrays.iter().zip(&self.places) {
            let c = a.channels;
            for (l, p) in a.layers.iter().zip(&p.layers) {
                let row = c * l.kernel;
                for o in 0..c {
                    let (scale, _) = film(&self.flat, p.film, c, features, o);
                    let conv = p.conv + o * row..p.conv + (o + 1) * row;
                    let mut by_scale: f32 = self.flat[conv.clone()]
                        .iter()
                        .zip(&g[conv.clone()])
                        .map(|(w, g)| w * g)
                        .sum();
                    by_scale += self.flat[p.mixin + o] * g[p.mixin + o];
                    g[conv].iter_mut().for_each(|g| *g *= scale);
                    g[p.mixin + o] *= scale;
                    let by_shift = g[p.bias + o];
                    for (k, x) in features.iter().enumerate() {
                        let at = p.film + k * 2 * c + o;
                        g[at] = by_scale * x;
                        g[at + c] = by_shift * x;
                        slope[k] += by_scale * self.flat[at] + by_shift * self.flat[at + c];
                    }
                }
            }
        }
        told.backward(&self.shape, &self.flat, knobs, &slope, g);
    }

    /// Tensors of the knobs: name, shape, where the numbers lie; `None` for those that stay zero.
    fn knob_tensors(&self) -> Vec<(String, Vec<usize>, Option<usize>)> {
        let f = self.shape.features();
        let mut out = Vec::new();
        if f == 0 {
            return out;
        }
        let (k, h) = (self.shape.knobs, self.shape.hidden);
        if h > 0 {
            let [w0, b0, w1, b1] = knobs::places(&self.shape);
            out.push(("knobs.mlp.0.weight".to_owned(), vec![k, h], Some(w0)));
            out.push(("knobs.mlp.0.bias".to_owned(), vec![h], Some(b0)));
            out.push(("knobs.mlp.1.weight".to_owned(), vec![h, h], Some(w1)));
            out.push(("knobs.mlp.1.bias".to_owned(), vec![h], Some(b1)));
        }
        let layers = self
            .shape
            .arrays
            .iter()
            .zip(&self.places)
            .flat_map(|(a, p)| p.layers.iter().map(|p| (a.channels, p.film)));
        for (j, (c, film)) in layers.enumerate() {
            out.push((format!("knobs.layers.{j}.weight"), vec![f, 2 * c], Some(film)));
            out.push((format!("knobs.layers.{j}.bias"), vec![2 * c], None));
        }
        out.push((
            "knobs.output.weight".to_owned(),
            vec![f, 1],
            Some(self.shape.knob_place().output),
        ));
        out.push(("knobs.output.bias".to_owned(), vec![1], None));
        out
    }

    /// Files scale a layer's bias with its weights, `(1 + s) · (y + bias) + b`; here the bias
    /// stands outside, `(1 + s) · y + bias + b`. What the knobs add differs by `s · bias`: added
    /// with `sign` 1, taken away with -1.
    fn carry(&self, flat: &mut [f32], sign: f32) {
        let features = self.shape.features();
        for (array, places) in self.shape.arrays.iter().zip(&self.places) {
            let c = array.channels;
            for place in &places.layers {
                for row in (0..features).map(|f| place.film + f * 2 * c) {
                    for o in 0..c {
                        flat[row + c + o] += sign * flat[row + o] * flat[place.bias + o];
                    }
                }
            }
        }
    }
}

impl ProfileLearner for WaveNetLearner {
    fn config(&self) -> ProfileConfig {
        ProfileConfig::WaveNet(self.shape.config())
    }

    fn plan(&self) -> SegmentPlan {
        self.plan
    }

    fn rate(&self) -> f64 {
        4e-3
    }

    fn long_segments(&self) -> LongSegments {
        LongSegments::WithLead
    }

    fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32, LearnError> {
        let value = self.gradients(batch)?.0;
        self.adam.apply(&mut self.flat, &self.gradient, rate);
        Ok(value)
    }

    fn predict(
        &mut self,
        input: &[f32],
        _side: Option<&[f32]>,
        knobs: &[f32],
    ) -> Result<Vec<f32>, LearnError> {
        expect_knobs(self.shape.knobs, knobs)?;
        let (scored, history) = (self.plan.scored, self.shape.history());
        let mut out = vec![0.0f32; input.len().next_multiple_of(scored.max(1))];
        let this = &*self;
        out.par_chunks_mut(scored).enumerate().for_each(|(i, out)| {
            let mut worker = this.worker(scored);
            let mut told = Knobs::default();
            told.forward(&this.shape, &this.flat, knobs);
            worker.net.pack(&this.shape, &this.places, &this.flat, &told.features);
            let at = |j: usize| {
                (i * scored + j).checked_sub(history).and_then(|at| input.get(at)).copied()
            };
            let part: Vec<f32> = (0..history + scored).map(|j| at(j).unwrap_or(0.0)).collect();
            worker.space.forward(&this.shape, &worker.net, &part, out);
            this.give_back(worker);
        });
        out.truncate(input.len());
        Ok(out)
    }

    fn tensors(&self) -> Result<Tensors, LearnError> {
        let plain = self.shape.plain();
        let mut flat = self.flat.clone();
        self.carry(&mut flat, -1.0);
        let mut weights = flat[..plain].to_vec();
        weights.push(self.shape.head_scale);
        let mut out = Tensors::from([(
            "weights".to_owned(),
            Tensor { shape: vec![weights.len()], data: weights },
        )]);
        for (name, shape, at) in self.knob_tensors() {
            let n = shape.iter().product::<usize>();
            let data = at.map_or_else(|| vec![0.0; n], |at| flat[at..at + n].to_vec());
            out.insert(name, Tensor { shape, data });
        }
        Ok(out)
    }

    fn set_tensors(&mut self, tensors: &Tensors) -> Result<(), LearnError> {
        let plain = self.shape.plain();
        let mut flat = self.flat.clone();
        let weights = named(tensors, "weights", &[plain + 1])?;
        flat[..plain].copy_from_slice(&weights[..plain]);
        for (name, shape, at) in self.knob_tensors() {
            let data = named(tensors, &name, &shape)?;
            match at {
                Some(at) => flat[at..at + data.len()].copy_from_slice(data),
                None if data.iter().any(|v| *v != 0.0) => {
                    return Err(LearnError::Argument(format!(
                        "expected zeros in {name}, which is not trained here, found other numbers; nothing was changed"
                    )));
                }
                None => {}
            }
        }
        self.shape.head_scale = weights[plain];
        self.carry(&mut flat, 1.0);
        self.flat = flat;
        Ok(())
    }

    fn state(&self) -> Vec<u8> {
        self.adam.state()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), LearnError> {
        self.adam.restore(state)
    }

    fn parameters(&self) -> usize {
        self.flat.len()
    }
}
