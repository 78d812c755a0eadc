//! The networks by family, and their memories: one `match` for each thing that can be asked of them.

use super::config::ProfileConfig;
use super::convnet::{ConvNet, ConvNetState};
use super::dynamics::{DynamicsModel, DynamicsSound, DynamicsState};
use super::linear::{Linear, LinearState};
use super::recurrent::RecurrentNet;
use super::signaltrain::{SignalTrainModel, SignalTrainState};
use super::state::{CHUNK, Piece};
use super::wavenet::{WaveNet, WaveNetState};
use crate::file::{ModelError, Tensor};
use crate::nn::{RecurrentIo, RecurrentState};
use std::collections::BTreeMap;

/// How near to a fresh state's every unit of a recurrent network has to be before the one may stand for the other: below hearing.
const AT_REST: f32 = 1e-4;

/// The tensors of a model, or those of a network inside it, by name.
#[derive(Clone, Copy)]
pub(super) struct Tensors<'a> {
    pub all: &'a BTreeMap<String, Tensor>,
    pub prefix: &'a str,
}

impl<'a> Tensors<'a> {
    /// The values of a tensor. Shapes were checked against the config when the file was.
    pub fn get(&self, name: &str) -> Result<&'a [f32], ModelError> {
        let name = format!("{}{name}", self.prefix);
        match self.all.get(&name) {
            Some(tensor) => Ok(&tensor.data),
            None => Err(ModelError::MissingTensor { name }),
        }
    }
}

/// A network that is played.
#[derive(Debug)]
pub(super) enum Net {
    Recurrent(RecurrentNet),
    WaveNet(WaveNet),
    ConvNet(ConvNet),
    Linear(Linear),
    Dynamics(DynamicsModel),
    SignalTrain(SignalTrainModel),
}

/// The memory of a network for one sound.
#[derive(Clone, Debug)]
pub(super) enum Memory {
    Recurrent(RecurrentState),
    WaveNet(WaveNetState),
    ConvNet(ConvNetState),
    Linear(LinearState),
    Dynamics(DynamicsState),
    /// One for each channel.
    SignalTrain(Vec<SignalTrainState>),
}

impl Memory {
    /// Says, while debugging, that a memory met a network of another family than the one that made it. A [`ProfileState`] owns both,
    /// so it never does.
    ///
    /// [`ProfileState`]: super::ProfileState
    fn is_anothers(&self) {
        debug_assert!(false, "expected the memory of the network that plays, found another family's");
    }
}

impl Net {
    pub fn new(config: &ProfileConfig, tensors: Tensors<'_>, sample_rate_hz: f64) -> Result<Self, ModelError> {
        match config {
            ProfileConfig::Recurrent(config) => RecurrentNet::new(config, tensors, sample_rate_hz).map(Net::Recurrent),
            ProfileConfig::Dynamics(config) => DynamicsModel::new(config, tensors.all).map(Net::Dynamics),
            ProfileConfig::SignalTrain(config) => SignalTrainModel::new(config, tensors.all).map(Net::SignalTrain),
            ProfileConfig::WaveNet(config) => WaveNet::new(config, tensors, sample_rate_hz).map(Net::WaveNet),
            ProfileConfig::ConvNet(config) => ConvNet::new(config, tensors).map(Net::ConvNet),
            ProfileConfig::Linear(config) => Linear::new(config, tensors).map(Net::Linear),
            ProfileConfig::Container(_) => {
                Err(ModelError::Config("expected one network, found a container of sizes".to_owned()))
            }
        }
    }

    /// Samples of silence after which the memory is settled.
    pub fn warm_up(&self) -> usize {
        match self {
            Net::Recurrent(net) => net.warm_up(),
            Net::WaveNet(net) => net.warm_up(),
            Net::ConvNet(net) => net.warm_up(),
            Net::Linear(net) => net.warm_up(),
            Net::Dynamics(_) | Net::SignalTrain(_) => 0,
        }
    }

    /// The memory before the first sample. Allocates.
    pub fn memory(&self, channels: usize, knobs: &[f32]) -> Memory {
        match self {
            Net::Recurrent(net) => Memory::Recurrent(net.state(channels, knobs)),
            Net::WaveNet(net) => Memory::WaveNet(net.state(channels, knobs)),
            Net::ConvNet(net) => Memory::ConvNet(net.state(channels)),
            Net::Linear(net) => Memory::Linear(net.state(channels)),
            Net::Dynamics(model) => Memory::Dynamics(DynamicsState::new(model, channels)),
            Net::SignalTrain(model) => Memory::SignalTrain(vec![SignalTrainState::new(model); channels]),
        }
    }

    /// Begins a slot of 64 samples at whose end the knobs (normalised) are `knobs`; `jump` takes them at once. Real-time safe.
    pub fn retarget(&self, memory: &mut Memory, knobs: &[f32], jump: bool) {
        match (self, memory) {
            (Net::Recurrent(net), Memory::Recurrent(state)) => net.retarget(state, knobs, jump),
            (Net::WaveNet(net), Memory::WaveNet(state)) => net.retarget(state, knobs, jump),
            (Net::Recurrent(_) | Net::WaveNet(_), memory) => memory.is_anothers(),
            // They have no knobs, or read them themselves.
            (Net::ConvNet(_) | Net::Linear(_) | Net::Dynamics(_) | Net::SignalTrain(_), _) => {}
        }
    }

    /// Plays one piece that lies within a slot. Real-time safe.
    pub fn run(&self, memory: &mut Memory, piece: &mut Piece<'_>) {
        match (self, memory) {
            (Net::Recurrent(net), Memory::Recurrent(state)) => {
                let io = RecurrentIo { input: piece.input, output: piece.output, stride: CHUNK };
                net.run(state, piece.position, piece.frames, io);
            }
            (Net::WaveNet(net), Memory::WaveNet(state)) => net.run(state, piece),
            (Net::ConvNet(net), Memory::ConvNet(state)) => net.run(state, piece),
            (Net::Linear(net), Memory::Linear(state)) => net.run(state, piece),
            (Net::Dynamics(model), Memory::Dynamics(state)) => {
                let frames = piece.frames;
                let (left, right) = piece.input.split_at(CHUNK);
                let (out_left, out_right) = piece.output.split_at_mut(CHUNK);
                let side = piece.side.map(|side| {
                    let (left, right) = side.split_at(CHUNK);
                    [&left[..frames], &right[..frames]]
                });
                let mut sound = DynamicsSound {
                    input: [&left[..frames], &right[..frames]],
                    side,
                    output: [&mut out_left[..frames], &mut out_right[..frames]],
                    link: piece.link,
                };
                state.process(model, &mut sound, piece.knobs);
            }
            (Net::SignalTrain(model), Memory::SignalTrain(states)) => {
                let frames = piece.frames;
                let channels = piece.input.chunks(CHUNK).zip(piece.output.chunks_mut(CHUNK));
                for (state, (input, output)) in states.iter_mut().zip(channels) {
                    state.process(model, &input[..frames], &mut output[..frames], piece.knobs);
                }
            }
            (
                Net::Recurrent(_)
                | Net::WaveNet(_)
                | Net::ConvNet(_)
                | Net::Linear(_)
                | Net::Dynamics(_)
                | Net::SignalTrain(_),
                memory,
            ) => memory.is_anothers(),
        }
    }

    /// Whether a network that has heard silence for as long as it looks back plays on as from `fresh`. A recurrent one looks back
    /// without an end: a compressor that is slow to let go says nothing in silence and still turns down what comes next. Real-time
    /// safe.
    pub fn is_at_rest(&self, memory: &Memory, fresh: &Memory) -> bool {
        match (memory, fresh) {
            (Memory::Recurrent(state), Memory::Recurrent(fresh)) => state.is_near(fresh, AT_REST),
            (Memory::Recurrent(_) | Memory::Dynamics(_), _) => false,
            (Memory::WaveNet(_) | Memory::ConvNet(_) | Memory::Linear(_) | Memory::SignalTrain(_), _) => true,
        }
    }

    /// Puts `memory` into the state of `fresh`. Real-time safe.
    pub fn restore(&self, memory: &mut Memory, fresh: &Memory) {
        match (self, memory, fresh) {
            (Net::Recurrent(_), Memory::Recurrent(state), Memory::Recurrent(fresh)) => state.copy_from(fresh),
            (Net::WaveNet(net), Memory::WaveNet(state), Memory::WaveNet(fresh)) => state.copy_from(fresh, net),
            (Net::ConvNet(_), Memory::ConvNet(state), Memory::ConvNet(fresh)) => state.copy_from(fresh),
            (Net::Linear(_), Memory::Linear(state), Memory::Linear(_)) => state.reset(),
            (Net::Dynamics(model), Memory::Dynamics(state), Memory::Dynamics(_)) => state.reset(model),
            (Net::SignalTrain(_), Memory::SignalTrain(states), Memory::SignalTrain(_)) => {
                states.iter_mut().for_each(SignalTrainState::reset);
            }
            (
                Net::Recurrent(_)
                | Net::WaveNet(_)
                | Net::ConvNet(_)
                | Net::Linear(_)
                | Net::Dynamics(_)
                | Net::SignalTrain(_),
                memory,
                _,
            ) => memory.is_anothers(),
        }
    }

    /// How late its output comes, in samples.
    pub fn latency_samples(&self) -> usize {
        match self {
            Net::SignalTrain(model) => model.latency_samples(),
            Net::Recurrent(_) | Net::WaveNet(_) | Net::ConvNet(_) | Net::Linear(_) | Net::Dynamics(_) => 0,
        }
    }

    /// The gain that a dynamics processor last applied, in dB; 0 for others. Real-time safe.
    pub fn gain_db(&self, memory: &Memory) -> f32 {
        match memory {
            Memory::Dynamics(state) => state.gain_db(),
            Memory::Recurrent(_)
            | Memory::WaveNet(_)
            | Memory::ConvNet(_)
            | Memory::Linear(_)
            | Memory::SignalTrain(_) => 0.0,
        }
    }
}
