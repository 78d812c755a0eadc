//! The way of a model to the audio thread: built on the thread that chose it, put in a mailbox,
//! taken at the next block.
//!
//! A model that the engine can pass over to goes there as a player, which the engine fades in. Any
//! other needs an engine of its own (its latency differs), which is built here too;
//! [`crate::live::Live`] fades the old one out and the new one in.

use std::sync::Arc;

use nfx_core::engine::{Engine, EngineError};
use parking_lot::Mutex;

use crate::mailbox::{Collector, Mailbox, Retirer, way_out};

/// What is chosen to be played, and where: all that an engine is built from.
pub trait Wish: Clone + Send + 'static {
    /// What plays it.
    type Engine: Engine;

    /// The host's sample rate.
    fn rate_hz(&self) -> f64;

    /// Whether neither another engine nor another player is needed for `other`.
    fn is_same(&self, other: &Self) -> bool;

    /// Whether an engine that was built for this one is as one that is built for `other`, in all
    /// that is heard.
    fn fits(&self, other: &Self) -> bool {
        self.is_same(other)
    }

    /// Whether an engine for this one takes a player for `other`.
    fn is_swap_to(&self, other: &Self) -> bool;

    /// An engine; none for want of a model. Not real-time safe.
    ///
    /// # Errors
    /// When the engine does not work at the host's rate or with its number of channels.
    fn engine(&self) -> Result<Playing<Self>, EngineError>;

    /// A player for an engine that takes it; none for want of a model. Not real-time safe.
    fn player(&self) -> Option<Box<Player<Self>>>;
}

/// Where an effect plays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The host's sample rate.
    pub rate_hz: f64,
    /// 1 or 2.
    pub channels: usize,
}

/// Whether two are the same model, or both none.
#[must_use]
pub fn is_same_model<M>(one: &Option<Arc<M>>, other: &Option<Arc<M>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// An engine to play with; none for want of a model.
pub type Playing<W> = Option<Box<<W as Wish>::Engine>>;
/// A model as an engine takes it.
pub type Player<W> = <<W as Wish>::Engine as Engine>::Player;

/// What the audio thread is handed. It gives the box back with what it replaced, so that nothing is
/// freed there.
pub enum Change<W: Wish> {
    /// Fade to this engine.
    Engine(Playing<W>),
    /// Fade to this model within the engine; none once it is taken out.
    Model(Option<Box<Player<W>>>),
}

/// Where the audio thread stands.
struct State<W> {
    /// What it plays, as far as it has been told; none while it is not active.
    told: Option<W>,
    /// Counts activations: what was built for an earlier one is not sent.
    activations: u64,
    /// What the engine of the last activation was built for, as long as nothing else was sent
    /// there.
    built: Option<W>,
}

/// The side of the way on which one may wait.
pub struct Handoff<W: Wish> {
    state: Mutex<State<W>>,
    /// Held by whoever builds what follows, so that the last one sends the newest.
    following: Mutex<()>,
    mailbox: Mailbox<Change<W>>,
    collector: Mutex<Collector>,
}

impl<W: Wish> Handoff<W> {
    /// A way to the audio thread, and the way out that belongs to that.
    #[must_use]
    pub fn new() -> (Self, Retirer) {
        let (retirer, collector) = way_out();
        let handoff = Self {
            state: Mutex::new(State { told: None, activations: 0, built: None }),
            following: Mutex::new(()),
            mailbox: Mailbox::new(),
            collector: Mutex::new(collector),
        };
        (handoff, retirer)
    }

    /// The newest change, if there is one. Real-time safe.
    pub fn take(&self) -> Option<Box<Change<W>>> {
        self.mailbox.take()
    }

    /// Frees what the audio thread has given away.
    pub fn sweep(&self) {
        self.collector.lock().collect();
    }

    /// What plays, while active. Waits for nobody who builds.
    #[must_use]
    pub fn told(&self) -> Option<W> {
        self.state.lock().told.clone()
    }

    /// The sample rate of the host, while active.
    #[must_use]
    pub fn rate_hz(&self) -> Option<f64> {
        self.state.lock().told.as_ref().map(Wish::rate_hz)
    }

    /// Begins to play what is `chosen`: leaves `engine` as it is when it fits and builds one
    /// otherwise. Hands back the host's sample rate.
    ///
    /// # Errors
    /// As [`Wish::engine`]; there is then none.
    pub fn activate(
        &self,
        chosen: impl FnOnce() -> W,
        engine: &mut Playing<W>,
    ) -> (f64, Result<(), EngineError>) {
        let mut state = self.state.lock();
        // Asked only now: a change that was sent until now is dropped with what waits, and is in
        // what is chosen; one that comes later finds this activation. Whoever builds just now does
        // it for the activation before, and does not send it.
        let wish = chosen();
        let rate_hz = wish.rate_hz();
        drop(self.mailbox.take());
        let fits = state.built.as_ref().is_some_and(|built| built.fits(&wish));
        let result = if fits {
            Ok(())
        } else {
            let made = wish.engine();
            let result = made.as_ref().map(|_| ()).map_err(Clone::clone);
            *engine = made.unwrap_or(None);
            result
        };
        state.built = result.is_ok().then(|| wish.clone());
        (state.told, state.activations) = (Some(wish), state.activations + 1);
        drop(state);
        self.sweep();
        (rate_hz, result)
    }

    /// Ends playing: from now on what is chosen waits for the next activation.
    pub fn deactivate(&self) {
        self.state.lock().told = None;
        self.sweep();
    }

    /// Sends what is chosen to the audio thread, unless it has it already: `chosen` says what that
    /// is, by what plays now. Called after each change of the choice, on the thread that made it.
    /// Only other callers wait while it builds.
    pub fn follow(&self, chosen: impl FnOnce(&W) -> W) {
        self.follow_with(chosen, || ());
    }

    /// As [`Handoff::follow`]; `sent` sends what goes another way, and is called only where no
    /// activation has come between, before the next one can.
    pub fn follow_with(&self, chosen: impl FnOnce(&W) -> W, sent: impl FnOnce()) {
        self.sweep();
        let _following = self.following.lock();
        let (told, activation) = {
            let state = self.state.lock();
            (state.told.clone(), state.activations)
        };
        let Some(told) = told else { return };
        let now = chosen(&told);
        let is_same = told.is_same(&now);
        let swap = (!is_same && told.is_swap_to(&now)).then(|| now.player()).flatten();
        // The rate was accepted at activation.
        let engine = (!is_same && swap.is_none()).then(|| now.engine().unwrap_or(None));
        let mut state = self.state.lock();
        if state.told.is_none() || state.activations != activation {
            return;
        }
        if !told.fits(&now) {
            state.built = None;
        }
        if !is_same {
            // An engine that was sent but not taken yet must not be lost to a player that presumes
            // it.
            let unread = self.mailbox.take();
            let change = match (engine, swap) {
                (Some(engine), _) => Change::Engine(engine),
                (None, Some(_)) if matches!(unread.as_deref(), Some(Change::Engine(_))) => {
                    Change::Engine(now.engine().unwrap_or(None))
                }
                (None, swap) => Change::Model(swap),
            };
            drop(self.mailbox.post(Box::new(change)));
        }
        state.told = Some(now);
        sent();
    }
}
