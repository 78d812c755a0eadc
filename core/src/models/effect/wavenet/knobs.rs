//! The knobs of a WaveNet: what they make of the sums of every layer.

use super::super::network::Tensors;
use super::KnobConfig;
use crate::file::ModelError;

/// A map `out = bias + in * weight`.
#[derive(Clone, Debug)]
struct Affine {
    /// `[input][output]`
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Affine {
    fn read(tensors: Tensors<'_>, name: &str) -> Result<Self, ModelError> {
        Ok(Self {
            weight: tensors.get(&format!("{name}.weight"))?.to_vec(),
            bias: tensors.get(&format!("{name}.bias"))?.to_vec(),
        })
    }

    fn run(&self, input: &[f32], output: &mut [f32]) {
        output.copy_from_slice(&self.bias);
        for (row, x) in self.weight.chunks_exact(self.bias.len()).zip(input) {
            output.iter_mut().zip(row).for_each(|(y, w)| *y += w * x);
        }
    }
}

/// The network between knobs and layers.
#[derive(Clone, Debug)]
pub(super) struct KnobNet {
    count: usize,
    mlp: Vec<Affine>,
    /// All layers' scales and shifts, one layer after the other, and last the output's scale.
    layers: Affine,
}

/// Where the knobs' numbers come from and where they go in the present slot.
#[derive(Clone, Debug, Default)]
pub(super) struct KnobState {
    pub from: Vec<f32>,
    pub to: Vec<f32>,
    knobs: Vec<f32>,
    features: [Vec<f32>; 2],
    settled: bool,
}

impl KnobNet {
    /// `numbers` is the sum of all layers' scales and shifts.
    pub fn new(
        config: &KnobConfig,
        tensors: Tensors<'_>,
        numbers: usize,
    ) -> Result<Self, ModelError> {
        let count = if config.hidden > 0 { 2 } else { 0 };
        let mlp = (0..count)
            .map(|i| Affine::read(tensors, &format!("knobs.mlp.{i}")))
            .collect::<Result<_, _>>()?;
        let total = numbers + 1;
        let mut layers =
            Affine { weight: vec![0.0; config.features() * total], bias: vec![0.0; total] };
        let (mut at, mut j) = (0, 0);
        while at < total {
            let name =
                if at == numbers { "knobs.output".to_owned() } else { format!("knobs.layers.{j}") };
            let one = Affine::read(tensors, &name)?;
            let width = one.bias.len();
            layers.bias[at..at + width].copy_from_slice(&one.bias);
            for (feature, row) in one.weight.chunks_exact(width).enumerate() {
                layers.weight[feature * total + at..][..width].copy_from_slice(row);
            }
            (at, j) = (at + width, j + 1);
        }
        Ok(Self { count: config.count, mlp, layers })
    }

    pub fn state(&self) -> KnobState {
        let zeros = || vec![0.0; self.layers.bias.len()];
        let features =
            self.mlp.last().map_or(self.count, |affine| affine.bias.len()).max(self.count);
        KnobState {
            from: zeros(),
            to: zeros(),
            knobs: vec![f32::NAN; self.count],
            features: [vec![0.0; features], vec![0.0; features]],
            settled: false,
        }
    }

    /// A new slot. Nothing is computed while the knobs rest. Real-time safe.
    pub fn retarget(&self, state: &mut KnobState, knobs: &[f32], jump: bool) {
        if state.knobs.iter().zip(knobs).all(|(old, new)| old == new) {
            if !state.settled {
                state.from.copy_from_slice(&state.to);
                state.settled = true;
            }
            return;
        }
        std::mem::swap(&mut state.from, &mut state.to);
        state.knobs.iter_mut().zip(knobs).for_each(|(old, new)| *old = *new);
        let [features, before] = &mut state.features;
        features[..self.count].copy_from_slice(&state.knobs);
        for affine in &self.mlp {
            std::mem::swap(features, before);
            affine.run(before, features);
            features.iter_mut().for_each(|x| *x = x.tanh());
        }
        self.layers.run(features, &mut state.to);
        state.settled = jump;
        if jump {
            state.from.copy_from_slice(&state.to);
        }
    }

    /// All numbers at a setting: scales and shifts of the layers, and the output's scale.
    pub fn numbers(&self, knobs: &[f32]) -> Vec<f32> {
        let mut state = self.state();
        self.retarget(&mut state, knobs, true);
        state.to
    }
}

impl KnobState {
    /// Takes what another state of the same network holds. Real-time safe.
    pub fn copy_from(&mut self, other: &KnobState) {
        self.from.copy_from_slice(&other.from);
        self.to.copy_from_slice(&other.to);
        self.knobs.copy_from_slice(&other.knobs);
        self.settled = other.settled;
    }
}
