//! LSTM and GRU profiles: the tensors of a model file as a playable network.

use super::config::RecurrentConfig;
use super::net::Tensors;
use crate::file::ModelError;
use crate::nn::recurrent::MAX_RECURRENT_WEIGHT;
use crate::nn::{CellKind, CellWeights, Recurrent, RecurrentIo, RecurrentShape, RecurrentState};

/// Half a second of silence settles the memory; `.nam` players do the same.
const SETTLE_S: f64 = 0.5;

/// A recurrent network that is played.
#[derive(Debug)]
pub(super) struct RecurrentNet {
    net: Recurrent,
    skip: bool,
    warm_up: usize,
}

impl RecurrentNet {
    pub fn new(config: &RecurrentConfig, tensors: Tensors<'_>, sample_rate_hz: f64) -> Result<Self, ModelError> {
        let names: Vec<[String; 5]> = (0..config.layers)
            .map(|i| {
                ["input.weight", "hidden.weight", "bias", "hidden.bias", "initial"].map(|n| format!("layers.{i}.{n}"))
            })
            .collect();
        let mut layers = Vec::with_capacity(config.layers);
        for [input, hidden, bias, hidden_bias, initial] in &names {
            layers.push(CellWeights {
                input: tensors.get(input)?,
                hidden: tensors.get(hidden)?,
                bias: tensors.get(bias)?,
                hidden_bias: if config.cell == CellKind::Gru { tensors.get(hidden_bias)? } else { &[] },
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
        let all = shape.layers.iter().flat_map(|l| [l.input, l.hidden, l.bias, l.hidden_bias, l.initial]);
        if let Some(w) = all.flatten().find(|w| w.abs() > MAX_RECURRENT_WEIGHT) {
            return Err(ModelError::Config(format!(
                "expected recurrent weights of at most {MAX_RECURRENT_WEIGHT:e}, found {w:e}"
            )));
        }
        let net = Recurrent::new(&shape)
            .ok_or_else(|| ModelError::Config("expected tensors of the network's sizes, found others".to_owned()))?;
        let warm_up = (SETTLE_S * sample_rate_hz).round().clamp(1.0, 1e6) as usize;
        Ok(Self { net, skip: config.skip, warm_up })
    }

    pub fn warm_up(&self) -> usize {
        self.warm_up
    }

    pub fn state(&self, channels: usize, knobs: &[f32]) -> RecurrentState {
        self.net.state(channels, knobs)
    }

    pub fn retarget(&self, state: &mut RecurrentState, knobs: &[f32], jump: bool) {
        self.net.retarget(state, knobs, jump);
    }

    /// `input` and `output` `[channel][signal][frame]`, the rows `stride` apart.
    pub fn run(&self, state: &mut RecurrentState, position: usize, frames: usize, io: RecurrentIo<'_>) {
        let RecurrentIo { input, output, stride } = io;
        self.net.run(state, position, frames, RecurrentIo { input, output: &mut *output, stride });
        if self.skip {
            for (out, x) in output.chunks_mut(stride).zip(input.chunks(stride)) {
                out.iter_mut().zip(x).take(frames).for_each(|(out, x)| *out += x);
            }
        }
    }
}
