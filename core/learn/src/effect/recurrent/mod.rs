//! Recurrent profiles: LSTM and GRU of one or two layers, knobs as constant inputs.
//!
//! The training step is written by hand: back-propagation through time with sixteen segments in the
//! lanes of a vector, a group of sixteen to a thread. Tests hold it to burn's autodiff over
//! [`RecurrentModule`].

#[allow(unsafe_code)]
mod back;
#[allow(unsafe_code)]
mod kernel;
mod module;
mod pass;
mod predict;
mod shape;

use nfx_core::file::Tensor;
use nfx_core::models::effect::ProfileConfig;
use nfx_core::nn::CellKind as Cell;
use rand::Rng;

use super::lanes::LANES;
use super::loss::LossConfig;
use super::optimiser::Adam;
use super::{LongSegments, PairBatch, ProfileLearner, SegmentPlan, expect_knobs};
use crate::{LearnError, Tensors, named, rng};

pub use module::RecurrentModule;
use pass::{Group, Net, learn};
use predict::predict;
pub use shape::{Place, Shape};

/// Gradients longer than this are shortened.
const BOUND: f32 = 1.0;

/// The learner of recurrent networks.
pub struct RecurrentLearner {
    shape: Shape,
    flat: Vec<f32>,
    gradient: Vec<f32>,
    net: Net,
    groups: Vec<Group>,
    adam: Adam,
    plan: SegmentPlan,
    loss: LossConfig,
}

impl RecurrentLearner {
    /// A learner with starting weights drawn as PyTorch draws them: uniform within `1/√hidden`; the
    /// output layer's bias and an LSTM's forget gates begin at 0 and 1.
    pub fn new(shape: Shape, loss: LossConfig, seed: u64) -> Self {
        let mut random = rng(seed, 0x9E_C0, 0);
        let bound = 1.0 / (shape.hidden as f32).sqrt();
        let mut flat: Vec<f32> =
            (0..shape.parameters()).map(|_| random.random_range(-bound..bound)).collect();
        if shape.cell == Cell::Lstm {
            for l in 0..shape.layers {
                let p = shape.place(l);
                flat[p.bias + shape.hidden..p.bias + 2 * shape.hidden].fill(1.0);
            }
        }
        flat[shape.head() + shape.hidden] = 0.0;
        let plan = SegmentPlan { segments: 2 * LANES, warm_up: 1024, scored: 1024, run: 8 };
        let mut learner = RecurrentLearner {
            shape,
            gradient: vec![0.0; flat.len()],
            adam: Adam::new(flat.len(), BOUND),
            flat,
            net: Net::default(),
            groups: Vec::new(),
            plan,
            loss,
        };
        learner.set_plan(plan);
        learner
    }

    /// Another way to cut the sound.
    pub fn set_plan(&mut self, plan: SegmentPlan) {
        self.plan = plan;
        let groups = plan.segments.div_ceil(LANES);
        self.groups =
            (0..groups).map(|_| Group::new(self.shape, plan.scored.max(64), self.loss)).collect();
        self.net.pack(&self.shape, &self.flat);
    }

    /// What the network looks like.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The weights in one array.
    pub fn flat(&self) -> &[f32] {
        &self.flat
    }

    /// Loss of a batch and the gradient of the flat weights; nothing is moved.
    ///
    /// # Errors
    /// When the batch does not fit.
    pub fn gradients(&mut self, batch: &PairBatch<'_>) -> Result<(f32, &[f32]), LearnError> {
        batch.check(self.shape.knobs)?;
        if batch.segments > self.groups.len() * LANES
            || batch.samples - batch.warm_up > self.plan.scored.max(64)
        {
            return Err(LearnError::Argument(format!(
                "expected at most {} segments with {} scored samples, found {} with {}",
                self.groups.len() * LANES,
                self.plan.scored,
                batch.segments,
                batch.samples - batch.warm_up
            )));
        }
        let value = learn(&self.net, &self.flat, &mut self.groups, batch, &mut self.gradient);
        Ok((value as f32, &self.gradient))
    }

    /// Every tensor: its name, its shape in a model file, where its weights lie, and whether they
    /// lie transposed.
    fn tensor_list(&self) -> Vec<(String, Vec<usize>, usize, bool)> {
        let (rows, hidden) = (self.shape.gate_rows(), self.shape.hidden);
        let mut out = Vec::new();
        for l in 0..self.shape.layers {
            let p = self.shape.place(l);
            out.push((format!("layers.{l}.input.weight"), vec![p.columns, rows], p.input, true));
            out.push((format!("layers.{l}.hidden.weight"), vec![hidden, rows], p.own, true));
            out.push((format!("layers.{l}.bias"), vec![rows], p.bias, false));
            if self.shape.cell == Cell::Gru {
                out.push((format!("layers.{l}.hidden.bias"), vec![hidden], p.inner, false));
            }
        }
        let head = self.shape.head();
        out.push(("head.weight".to_owned(), vec![hidden, 1], head, false));
        out.push(("head.bias".to_owned(), vec![1], head + hidden, false));
        out
    }
}

/// The transpose of `[rows][columns]`.
fn transposed(data: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..rows * columns).map(|i| data[i % rows * columns + i / rows]).collect()
}

impl ProfileLearner for RecurrentLearner {
    fn config(&self) -> ProfileConfig {
        ProfileConfig::Recurrent(self.shape.config())
    }

    fn plan(&self) -> SegmentPlan {
        self.plan
    }

    fn rate(&self) -> f64 {
        5e-3
    }

    fn long_segments(&self) -> LongSegments {
        LongSegments::GoingOn
    }

    fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32, LearnError> {
        let value = self.gradients(batch)?.0;
        self.adam.apply(&mut self.flat, &self.gradient, rate);
        self.net.pack(&self.shape, &self.flat);
        Ok(value)
    }

    fn remembers(&self) -> bool {
        true
    }

    fn predict(
        &mut self,
        input: &[f32],
        _side: Option<&[f32]>,
        knobs: &[f32],
    ) -> Result<Vec<f32>, LearnError> {
        expect_knobs(self.shape.knobs, knobs)?;
        for group in &mut self.groups {
            group.set_knobs(&self.flat, knobs);
        }
        Ok(predict(&self.net, &mut self.groups, input))
    }

    fn tensors(&self) -> Result<Tensors, LearnError> {
        let mut out = Tensors::new();
        for (name, shape, at, turned) in self.tensor_list() {
            let data = &self.flat[at..at + shape.iter().product::<usize>()];
            let data = if turned { transposed(data, shape[1], shape[0]) } else { data.to_vec() };
            out.insert(name, Tensor { shape, data });
        }
        Ok(out)
    }

    fn set_tensors(&mut self, tensors: &Tensors) -> Result<(), LearnError> {
        let mut flat = self.flat.clone();
        for (name, shape, at, turned) in self.tensor_list() {
            let data = named(tensors, &name, &shape)?;
            let to = &mut flat[at..at + data.len()];
            if turned {
                to.copy_from_slice(&transposed(data, shape[0], shape[1]));
            } else {
                to.copy_from_slice(data);
            }
        }
        self.flat = flat;
        self.net.pack(&self.shape, &self.flat);
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
