//! The way of a model to the audio thread: built on the thread that chose it, put in a letter box, taken at the next block.
//!
//! A model of the same sample rate and STFT as the one that plays goes over as a [`Player`], which the engine fades in. Any
//! other needs an engine of its own (its latency differs), which is built here too; the audio thread fades the old one out and
//! tells the host of the new latency.

use std::sync::Arc;

use nfx_core::engine::{AnneEngine, EngineError, Player};
use nfx_core::model::AnneModel;
use nfx_plugin::handover::{Bin, Chute, Mailbox, way_out};
use nfx_plugin::model_slot::ModelSlot;
use parking_lot::Mutex;

use crate::second;
use crate::source::Loaded;

/// Things that may be on their way out at once.
const WAY_OUT: usize = 16;

/// An engine to play with; `None` passes the sound dry, for want of a model.
pub type Playing = Option<Box<AnneEngine>>;

/// What the audio thread is handed. It gives the box back with what it replaced, so that nothing is freed there.
pub enum Change {
    /// Fade to this engine.
    Engine(Playing),
    /// Fade to this model within the engine; `None` once it is taken out.
    Model(Option<Box<Player>>),
}

/// What the audio thread gives away to be freed.
pub enum Trash {
    /// A change that is done, with what it replaced in it.
    Change(Box<Change>),
    /// A model that has faded out.
    Player(Box<Player>),
    /// A sound for the input selector.
    Sound(Box<Loaded>),
    /// A sound that *Morph* went towards.
    Second(Box<second::Loaded>),
}

/// Where and what the audio thread plays, as far as it has been told.
struct Active {
    place: Place,
    model: Option<Arc<AnneModel>>,
}

/// Where an engine plays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The host's sample rate.
    pub rate_hz: f64,
    /// 1 or 2.
    pub channels: usize,
}

impl Place {
    /// An engine for `model` here; none without a model. Not real-time safe.
    ///
    /// # Errors
    /// When the host's rate is none that sound has.
    pub fn build(self, model: Option<Arc<AnneModel>>) -> Result<Playing, EngineError> {
        model.map(|model| AnneEngine::with_channels(model, self.rate_hz, self.channels).map(Box::new)).transpose()
    }
}

/// The side of the way on which one may wait.
pub struct Deck {
    active: Mutex<Option<Active>>,
    /// Where the engine of the last activation was to play.
    built_for: Mutex<Option<Place>>,
    mailbox: Mailbox<Change>,
    bin: Mutex<Bin<Trash>>,
}

impl Deck {
    /// A deck, and the way out that belongs to the audio thread.
    #[must_use]
    pub fn new() -> (Self, Chute<Trash>) {
        let (chute, bin) = way_out(WAY_OUT);
        (
            Self {
                active: Mutex::new(None),
                built_for: Mutex::new(None),
                mailbox: Mailbox::new(),
                bin: Mutex::new(bin),
            },
            chute,
        )
    }

    /// The newest change, if there is one. Real-time safe.
    pub fn take(&self) -> Option<Box<Change>> {
        self.mailbox.take()
    }

    /// Frees what the audio thread has given away.
    pub fn sweep(&self) {
        self.bin.lock().empty();
    }

    /// The sample rate of the host, while active.
    #[must_use]
    pub fn rate_hz(&self) -> Option<f64> {
        self.active.lock().as_ref().map(|active| active.place.rate_hz)
    }

    /// Begins to play at `place`: leaves `engine` as it is when it fits and builds one otherwise.
    ///
    /// # Errors
    /// As [`Place::build`]; `engine` then passes dry.
    pub fn activate(&self, place: Place, slot: &ModelSlot<AnneModel>, engine: &mut Playing) -> Result<(), EngineError> {
        let mut active = self.active.lock();
        let mut built_for = self.built_for.lock();
        drop(self.mailbox.take());
        let model = slot.model();
        let fits = match (&*engine, &model) {
            (Some(engine), Some(model)) => *built_for == Some(place) && Arc::ptr_eq(engine.model(), model),
            (engine, model) => engine.is_none() && model.is_none(),
        };
        *built_for = Some(place);
        let result = if fits {
            Ok(())
        } else {
            let built = place.build(model.clone());
            let result = built.as_ref().map(|_| ()).map_err(Clone::clone);
            *engine = built.unwrap_or(None);
            result
        };
        *active = Some(Active { place, model });
        drop(active);
        self.sweep();
        result
    }

    /// Ends playing: from now on the slot's model waits for the next activation.
    pub fn deactivate(&self) {
        *self.active.lock() = None;
        self.sweep();
    }

    /// Sends the slot's model to the audio thread, unless it has it already. Called after each change of the slot.
    pub fn follow(&self, slot: &ModelSlot<AnneModel>) {
        self.sweep();
        let mut active = self.active.lock();
        let Some(Active { place, model: sent }) = &mut *active else { return };
        let model = slot.model();
        let same = match (&model, &*sent) {
            (Some(new), Some(old)) => Arc::ptr_eq(new, old),
            (None, None) => true,
            _ => false,
        };
        if same {
            return;
        }
        // An engine that was sent but not taken yet must not be lost to a player that presumes it.
        let unread = self.mailbox.take();
        let is_swap =
            !matches!(unread.as_deref(), Some(Change::Engine(_))) && can_swap(sent.as_deref(), model.as_deref());
        let change = match &model {
            Some(model) if is_swap => Change::Model(Some(Player::new(model.clone()))),
            // The rate was accepted at activation, so only the model's own STFT could be refused, and that was checked when it was built.
            _ => Change::Engine(place.build(model.clone()).unwrap_or(None)),
        };
        *sent = model;
        drop(self.mailbox.post(Box::new(change)));
    }
}

fn can_swap(old: Option<&AnneModel>, new: Option<&AnneModel>) -> bool {
    let key = |model: &AnneModel| (model.card().stft, model.card().sample_rate_hz);
    matches!((old, new), (Some(old), Some(new)) if key(old) == key(new))
}
