//! The way of a model to the audio thread: built on the thread that chose it, put in a letter box, taken at the next block.
//!
//! The instrument works at the host's rate whatever its model's is, so any model goes over as a player that the engine fades
//! in. A whole engine goes over only where there was none: a missing model leaves the instrument silent.

use std::sync::Arc;

use nfx_core::engine::EngineError;
use nfx_core::engine::canne::take::Take;
use nfx_core::engine::canne::{CanneEngine, CannePlayer};
use nfx_core::model::CanneModel;
use nfx_plugin::handover::{Bin, Chute, Mailbox, way_out};
use nfx_plugin::model_slot::ModelSlot;
use parking_lot::Mutex;

use crate::heard::Heard;

/// Things that may be on their way out at once.
const WAY_OUT: usize = 16;

/// An engine to play with; `None` is silent, for want of a model.
pub type Playing = Option<Box<CanneEngine>>;

/// What the audio thread is handed. It gives the box back with what it replaced, so that nothing is freed there.
pub enum Change {
    /// Fade to this engine.
    Engine(Playing),
    /// Fade to this model within the engine; `None` once it is taken out.
    Model(Option<Box<CannePlayer>>),
}

/// What the audio thread gives away to be freed.
pub enum Trash {
    /// A change that is done, with what it replaced in it.
    Change(Box<Change>),
    /// A model that has faded out.
    Player(Box<CannePlayer>),
    /// A take that another one, or none, has replaced.
    Take(Box<Option<Arc<Take>>>),
}

/// At which rate and what the audio thread plays, as far as it has been told.
struct Active {
    rate_hz: f64,
    model: Option<Arc<CanneModel>>,
}

/// The side of the way on which one may wait.
pub struct Deck {
    active: Mutex<Option<Active>>,
    mailbox: Mailbox<Change>,
    bin: Mutex<Bin<Trash>>,
    /// What messages have set, as the audio thread tells it.
    pub heard: Heard,
}

fn build(model: Option<Arc<CanneModel>>, rate_hz: f64) -> Result<Playing, EngineError> {
    model.map(|model| CanneEngine::new(model, rate_hz).map(Box::new)).transpose()
}

impl Deck {
    /// A deck, and the way out that belongs to the audio thread.
    #[must_use]
    pub fn new() -> (Self, Chute<Trash>) {
        let (chute, bin) = way_out(WAY_OUT);
        let (mailbox, bin) = (Mailbox::new(), Mutex::new(bin));
        (Self { active: Mutex::new(None), mailbox, bin, heard: Heard::default() }, chute)
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
        self.active.lock().as_ref().map(|active| active.rate_hz)
    }

    /// Begins to play at a rate with a new engine.
    ///
    /// # Errors
    /// When the rate is none that sound has; `engine` is then silent.
    pub fn activate(
        &self,
        rate_hz: f64,
        slot: &ModelSlot<CanneModel>,
        engine: &mut Playing,
    ) -> Result<(), EngineError> {
        let mut active = self.active.lock();
        drop(self.mailbox.take());
        let model = slot.model();
        let built = build(model.clone(), rate_hz);
        let result = built.as_ref().map(|_| ()).map_err(Clone::clone);
        *engine = built.unwrap_or(None);
        *active = Some(Active { rate_hz, model });
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
    pub fn follow(&self, slot: &ModelSlot<CanneModel>) {
        self.sweep();
        let mut active = self.active.lock();
        let Some(Active { rate_hz, model: sent }) = &mut *active else { return };
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
        let is_swap = sent.is_some() && !matches!(unread.as_deref(), Some(Change::Engine(_)));
        let player =
            model.as_ref().filter(|_| is_swap).and_then(|model| CannePlayer::new(model.clone(), *rate_hz).ok());
        let change = match player {
            Some(player) => Change::Model(Some(player)),
            // The rate was accepted at activation, and the model's own transform when it was built.
            None => Change::Engine(build(model.clone(), *rate_hz).unwrap_or(None)),
        };
        *sent = model;
        drop(self.mailbox.post(Box::new(change)));
    }
}
