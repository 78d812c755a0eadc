//! LSTM and GRU profiles: the tensors of a model file as a playable network.

mod bake;
mod config;

pub use config::RecurrentConfig;

use super::families::{Baked, Family, Shapes};
use super::network::{Network, Tensors, Voice};
use super::state::{CHUNK, Piece};
use crate::file::{ModelError, Tensor};
use crate::nn::recurrent::MAX_RECURRENT_WEIGHT;
use crate::nn::{CellKind, CellWeights, Recurrent, RecurrentIo, RecurrentShape, RecurrentState};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Half a second of silence settles the memory; `.nam` players do the same.
const SETTLE_S: f64 = 0.5;

/// How near to a fresh voice's every unit has to be before the one may stand for the other: below
/// hearing.
const AT_REST: f32 = 1e-4;

impl Family for RecurrentConfig {
    fn name(&self) -> &'static str {
        match self.cell {
            CellKind::Lstm => "LSTM",
            CellKind::Gru => "GRU",
        }
    }

    fn knobs(&self) -> usize {
        self.knobs
    }

    fn signals(&self) -> (usize, usize) {
        (self.inputs, self.outputs)
    }

    fn check(&self, _depth: usize) -> Result<(), ModelError> {
        self.validate()
    }

    fn tensor_shapes(&self) -> Shapes {
        self.tensor_shapes()
    }

    fn network(&self, tensors: Tensors<'_>, rate_hz: f64) -> Result<Arc<dyn Network>, ModelError> {
        Ok(Arc::new(RecurrentNet::new(self, tensors, rate_hz)?))
    }

    fn bake(&self, tensors: &BTreeMap<String, Tensor>, knobs: &[f32]) -> Result<Baked, ModelError> {
        bake::bake(self, tensors, knobs)
    }
}

/// A recurrent network that is played.
#[derive(Debug)]
struct RecurrentNet {
    net: Recurrent,
    skip: bool,
    warm_up: usize,
}

impl RecurrentNet {
    fn new(
        config: &RecurrentConfig,
        tensors: Tensors<'_>,
        sample_rate_hz: f64,
    ) -> Result<Self, ModelError> {
        let names: Vec<[String; 5]> = (0..config.layers)
            .map(|i| {
                ["input.weight", "hidden.weight", "bias", "hidden.bias", "initial"]
                    .map(|n| format!("layers.{i}.{n}"))
            })
            .collect();
        let mut layers = Vec::with_capacity(config.layers);
        for [input, hidden, bias, hidden_bias, initial] in &names {
            layers.push(CellWeights {
                input: tensors.get(input)?,
                hidden: tensors.get(hidden)?,
                bias: tensors.get(bias)?,
                hidden_bias: if config.cell == CellKind::Gru {
                    tensors.get(hidden_bias)?
                } else {
                    &[]
                },
                initial: if config.initial { tensors.get(initial)? } else { &[] },
            });
        }
        let shape = RecurrentShape {
            kind: config.cell,
            inputs: config.inputs,
            condition: config.knobs,
            hidden: config.hidden,
            layers,
            head: tensors.get("head.weight")?,
            head_bias: tensors.get("head.bias")?,
        };
        let all =
            shape.layers.iter().flat_map(|l| [l.input, l.hidden, l.bias, l.hidden_bias, l.initial]);
        if let Some(w) = all.flatten().find(|w| w.abs() > MAX_RECURRENT_WEIGHT) {
            return Err(ModelError::Config(format!(
                "expected recurrent weights of at most {MAX_RECURRENT_WEIGHT:e}, found {w:e}"
            )));
        }
        let net = Recurrent::new(&shape).ok_or_else(|| {
            ModelError::Config("expected tensors of the network's sizes, found others".to_owned())
        })?;
        let warm_up = (SETTLE_S * sample_rate_hz).round().clamp(1.0, 1e6) as usize;
        Ok(Self { net, skip: config.skip, warm_up })
    }
}

impl Network for RecurrentNet {
    fn warm_up(&self) -> usize {
        self.warm_up
    }

    fn voice(self: Arc<Self>, channels: usize, knobs: &[f32]) -> Box<dyn Voice> {
        let state = self.net.state(channels, knobs);
        Box::new(RecurrentVoice { fresh: state.clone(), state, net: self })
    }
}

#[derive(Debug)]
struct RecurrentVoice {
    net: Arc<RecurrentNet>,
    state: RecurrentState,
    fresh: RecurrentState,
}

impl Voice for RecurrentVoice {
    fn retarget(&mut self, knobs: &[f32], jump: bool) {
        self.net.net.retarget(&mut self.state, knobs, jump);
    }

    fn run(&mut self, piece: &mut Piece<'_>) {
        let Piece { input, frames, .. } = *piece;
        let io = RecurrentIo { input, output: &mut *piece.output, stride: CHUNK };
        self.net.net.run(&mut self.state, piece.position, frames, io);
        if self.net.skip {
            for (out, x) in piece.output.chunks_mut(CHUNK).zip(input.chunks(CHUNK)) {
                out.iter_mut().zip(x).take(frames).for_each(|(out, x)| *out += x);
            }
        }
    }

    fn keep(&mut self) {
        self.fresh = self.state.clone();
    }

    fn reset(&mut self) {
        self.state.copy_from(&self.fresh);
    }

    fn is_at_rest(&self) -> bool {
        self.state.is_near(&self.fresh, AT_REST)
    }
}
