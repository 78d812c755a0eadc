//! WaveNet-like networks in real time: every option of `.nam` files, and knobs.
//!
//! Layer by layer, a block of up to 64 samples passes; the channels of a stereo sound take turns
//! within a layer, so that its weights are read once for both. Each layer's input has a
//! [`History`]; everything else lives for one block.

mod array;
mod bake;
mod config;
mod knobs;
mod pack;
mod play;

pub use array::{Film, FilmPlace, Gating, Head1x1, HeadConv, LayerArray};
pub use config::{KnobConfig, PostHead, WaveNetConfig};

use super::families::{Baked, Family, Shapes};
use super::network::{Network, Tensors, Voice};
use super::state::Piece;
use crate::file::{ModelError, Tensor};
use crate::nn::conv::Conv;
use crate::nn::rows::{BLOCK, History};
use crate::signal::simd::Isa;
use knobs::{KnobNet, KnobState};
pub(super) use pack::Weights;
use pack::{Array, Post};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Family for WaveNetConfig {
    fn name(&self) -> &'static str {
        "WaveNet"
    }

    fn knobs(&self) -> usize {
        self.knobs.as_ref().map_or(0, |knobs| knobs.count)
    }

    fn signals(&self) -> (usize, usize) {
        (self.inputs, self.outputs())
    }

    fn check(&self, depth: usize) -> Result<(), ModelError> {
        self.validate(depth)
    }

    fn tensor_shapes(&self) -> Shapes {
        self.tensor_shapes()
    }

    fn network(&self, tensors: Tensors<'_>, rate_hz: f64) -> Result<Arc<dyn Network>, ModelError> {
        Ok(Arc::new(WaveNet::new(self, tensors, rate_hz)?))
    }

    fn bake(&self, tensors: &BTreeMap<String, Tensor>, knobs: &[f32]) -> Result<Baked, ModelError> {
        bake::bake(self, tensors, knobs)
    }
}

/// What a setting of the knobs (normalised) makes of every layer: `[layer][scales, then shifts]`
/// and the output's scale.
fn knob_numbers(
    config: &WaveNetConfig,
    tensors: Tensors<'_>,
    knobs: &[f32],
) -> Result<Vec<f32>, ModelError> {
    let Some(network) = &config.knobs else { return Ok(Vec::new()) };
    let sums = config
        .arrays
        .iter()
        .map(|array| (0..array.layers()).map(|layer| 2 * array.sums(layer)).sum::<usize>());
    Ok(KnobNet::new(network, tensors, sums.sum())?.numbers(knobs))
}

/// A modulation by the condition.
#[derive(Debug)]
struct FilmAt {
    /// Scales of all channels, then, with `shift`, their shifts.
    affine: Conv,
    channels: usize,
    shift: bool,
}

/// A network that is played.
#[derive(Debug)]
struct WaveNet {
    arrays: Vec<Array>,
    post: Vec<Post>,
    condition: Option<Arc<dyn Network>>,
    knobs: Option<KnobNet>,
    scale: f32,
    inputs: usize,
    outputs: usize,
    warm_up: usize,
    /// The most rows of any layer's sums, of what a modulation gives, and of everything else.
    rows: (usize, usize, usize),
    isa: Isa,
}

/// What one channel of sound has left in the network.
#[derive(Clone, Debug)]
struct Channel {
    /// The input of each layer of each array.
    layers: Vec<Vec<History>>,
    /// The sum of the skip paths of each array.
    heads: Vec<History>,
    post: Vec<History>,
    /// What goes from layer to layer, where it is not in a history; `[row][BLOCK]`, as all below.
    stream: Vec<f32>,
    skip: Vec<f32>,
    head: Vec<f32>,
}

/// The memory of a sound.
#[derive(Clone, Debug)]
struct WaveNetState {
    channels: Vec<Channel>,
    /// `[channel][condition][BLOCK]`
    condition_rows: Vec<f32>,
    knobs: KnobState,
    scratch: Scratch,
}

/// Rows that live within one layer.
#[derive(Clone, Debug)]
struct Scratch {
    sums: Vec<f32>,
    /// The condition's part of them, where it is kept apart.
    mixed: Vec<f32>,
    other: Vec<f32>,
    film: Vec<f32>,
}

impl WaveNet {
    fn new(
        config: &WaveNetConfig,
        tensors: Tensors<'_>,
        sample_rate_hz: f64,
    ) -> Result<Self, ModelError> {
        let mut weights = Weights::new(tensors.get("weights")?);
        let mut knob_numbers = 0;
        let mut arrays = Vec::with_capacity(config.arrays.len());
        for array in &config.arrays {
            arrays.push(Array::new(array, &mut weights, &mut knob_numbers)?);
        }
        let last = config.arrays.last().map_or(0, |array| array.head.outputs);
        let post = match &config.head {
            Some(head) => Post::all(head, last, &mut weights)?,
            None => Vec::new(),
        };
        let scale = weights.take(1)?[0];
        weights.end()?;
        let condition = match &config.condition {
            Some(network) => {
                let prefix = format!("{}condition.", tensors.prefix);
                Some(network.network(Tensors { prefix: &prefix, ..tensors }, sample_rate_hz)?)
            }
            None => None,
        };
        let knobs = match &config.knobs {
            Some(knobs) => Some(KnobNet::new(knobs, tensors, knob_numbers)?),
            None => None,
        };
        let most = |f: &dyn Fn(&LayerArray, usize) -> usize| {
            let all = config
                .arrays
                .iter()
                .flat_map(|array| (0..array.layers()).map(move |layer| f(array, layer)));
            all.max().unwrap_or(0)
        };
        let widest = |array: &LayerArray, layer: usize| {
            let widths = FilmPlace::ALL.map(|place| array.film_channels(place, layer));
            widths.into_iter().max().unwrap_or(0).max(array.head.outputs)
        };
        let film = |array: &LayerArray, layer: usize| {
            if array.films.is_empty() { 0 } else { 2 * widest(array, layer) }
        };
        let behind = post.iter().map(|post| post.conv.outputs()).max().unwrap_or(0);
        let rows = (
            most(&|array, layer| array.sums(layer)),
            most(&film),
            most(&widest).max(behind).max(1),
        );
        let warm_up = config.receptive_field() + condition.as_ref().map_or(0, |net| net.warm_up());
        Ok(Self {
            arrays,
            post,
            condition,
            knobs,
            scale,
            inputs: config.inputs,
            outputs: config.outputs(),
            warm_up,
            rows,
            isa: Isa::detect(),
        })
    }

    /// The memory before the first sample. Allocates.
    fn state(&self, channels: usize) -> WaveNetState {
        let rows = |count: usize| vec![0.0; count * BLOCK];
        let channel = Channel {
            layers: self
                .arrays
                .iter()
                .map(|array| {
                    let layers = array.layers.iter();
                    layers
                        .map(|layer| History::new(layer.kernel.inputs, layer.kernel.lookback()))
                        .collect()
                })
                .collect(),
            heads: self
                .arrays
                .iter()
                .map(|a| History::new(a.head_kernel.inputs, a.head_kernel.lookback()))
                .collect(),
            post: self
                .post
                .iter()
                .map(|p| History::new(p.kernel.inputs, p.kernel.lookback()))
                .collect(),
            stream: rows(self.rows.2),
            skip: rows(self.rows.2),
            head: rows(self.rows.2),
        };
        let condition =
            self.arrays.first().and_then(|a| a.layers.first()).map_or(1, |layer| layer.condition());
        WaveNetState {
            channels: vec![channel; channels],
            condition_rows: rows(channels * condition),
            knobs: self.knobs.as_ref().map_or_else(KnobState::default, KnobNet::state),
            scratch: Scratch {
                sums: rows(self.rows.0),
                mixed: rows(self.rows.0),
                other: rows(self.rows.2.max(self.rows.0)),
                film: rows(self.rows.1),
            },
        }
    }
}

impl WaveNetState {
    /// Takes what another state of the same network holds. Real-time safe.
    fn copy_from(&mut self, fresh: &WaveNetState) {
        for (to, from) in self.channels.iter_mut().zip(&fresh.channels) {
            let layers = to.layers.iter_mut().flatten().zip(from.layers.iter().flatten());
            let rest =
                to.heads.iter_mut().zip(&from.heads).chain(to.post.iter_mut().zip(&from.post));
            layers.chain(rest).for_each(|(to, from)| to.copy_from(from));
        }
        self.knobs.copy_from(&fresh.knobs);
    }
}

impl Network for WaveNet {
    fn warm_up(&self) -> usize {
        self.warm_up
    }

    fn voice(self: Arc<Self>, channels: usize, knobs: &[f32]) -> Box<dyn Voice> {
        let state = self.state(channels);
        let condition = self.condition.clone().map(|network| network.voice(channels, &[]));
        let mut voice = WaveNetVoice { fresh: state.clone(), state, condition, net: self };
        voice.retarget(knobs, true);
        voice.keep();
        Box::new(voice)
    }
}

#[derive(Debug)]
struct WaveNetVoice {
    net: Arc<WaveNet>,
    state: WaveNetState,
    fresh: WaveNetState,
    /// On its way through the network that makes the condition.
    condition: Option<Box<dyn Voice>>,
}

impl Voice for WaveNetVoice {
    fn retarget(&mut self, knobs: &[f32], jump: bool) {
        if let Some(net) = &self.net.knobs {
            net.retarget(&mut self.state.knobs, knobs, jump);
        }
        if let Some(condition) = &mut self.condition {
            condition.retarget(&[], jump);
        }
    }

    fn run(&mut self, piece: &mut Piece<'_>) {
        if let Some(condition) = &mut self.condition {
            let output = &mut self.state.condition_rows[..];
            condition.run(&mut Piece { knobs: &[], side: None, output, link: 0.0, ..*piece });
        }
        self.net.run(&mut self.state, piece);
    }

    fn keep(&mut self) {
        self.fresh = self.state.clone();
        if let Some(condition) = &mut self.condition {
            condition.keep();
        }
    }

    fn reset(&mut self) {
        self.state.copy_from(&self.fresh);
        if let Some(condition) = &mut self.condition {
            condition.reset();
        }
    }

    fn is_at_rest(&self) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.is_at_rest())
    }
}
