//! What a network is to the model that holds it and to the sound that passes it, whatever its
//! family.

use super::state::Piece;
use crate::file::{ModelError, Tensor};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

/// The tensors of a model, or those of a network inside it, by name.
#[derive(Clone, Copy)]
pub(super) struct Tensors<'a> {
    pub all: &'a BTreeMap<String, Tensor>,
    pub prefix: &'a str,
}

impl<'a> Tensors<'a> {
    /// All of a model's.
    pub fn of(all: &'a BTreeMap<String, Tensor>) -> Self {
        Self { all, prefix: "" }
    }

    /// The values of a tensor. Shapes were checked against the config when the file was.
    pub fn get(&self, name: &str) -> Result<&'a [f32], ModelError> {
        let name = format!("{}{name}", self.prefix);
        match self.all.get(&name) {
            Some(tensor) => Ok(&tensor.data),
            None => Err(ModelError::MissingTensor { name }),
        }
    }
}

/// The weights of a network, ready to be played. Immutable; shared by all its voices.
pub(super) trait Network: Debug + Send + Sync {
    /// Samples of silence after which a voice is settled.
    fn warm_up(&self) -> usize {
        0
    }

    /// How late the output comes, in samples.
    fn latency_samples(&self) -> usize {
        0
    }

    /// Whether it listens to a side chain.
    fn uses_side_chain(&self) -> bool {
        false
    }

    /// A voice before its first sample, of 1 or 2 channels, with the knobs (normalised) at `knobs`.
    /// Allocates.
    fn voice(self: Arc<Self>, channels: usize, knobs: &[f32]) -> Box<dyn Voice>;
}

/// One sound on its way through a network: its memory, and the weights that this memory belongs to.
/// All but [`Voice::keep`] is real-time safe.
pub(super) trait Voice: Debug + Send + Sync {
    /// Begins a slot of 64 samples at whose end the knobs (normalised) are `knobs`; `jump` takes
    /// them at once. Does nothing where there are none, or where they are read from the piece.
    fn retarget(&mut self, _knobs: &[f32], _jump: bool) {}

    /// Plays one piece that lies within a slot.
    fn run(&mut self, piece: &mut Piece<'_>);

    /// Makes the present memory that which [`Voice::reset`] goes back to. Allocates.
    fn keep(&mut self);

    /// Back to what was kept.
    fn reset(&mut self);

    /// Whether it plays on as from a reset, after as much silence as the network looks back. A
    /// recurrent network looks back without an end: a compressor that is slow to let go says
    /// nothing in silence and still turns down what comes next.
    fn is_at_rest(&self) -> bool {
        true
    }

    /// The gain that a dynamics processor last applied, in dB; 0 for others.
    fn gain_db(&self) -> f32 {
        0.0
    }
}
