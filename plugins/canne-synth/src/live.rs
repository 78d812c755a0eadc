//! What runs on the audio thread: the engine, the changes that reach it, and what it tells the editor.
//!
//! Everything but [`Live::activate`] is real-time safe.

use std::sync::Arc;

use nfx_core::engine::canne::take::Take;
use nfx_core::engine::canne::{CanneControls, Event, VoiceEnded};
use nfx_plugin::handover::Chute;

use crate::deck::{Change, Deck, Playing, Trash};
use crate::scope;
use crate::session::Session;
use crate::taken::Takes;

/// How long an engine takes to fade out when its model goes away.
const FADE_MS: f64 = 20.0;

/// See the module's documentation.
pub struct Live {
    deck: Arc<Deck>,
    engine: Playing,
    chute: Chute<Trash>,
    scope: scope::Writer,
    takes: Arc<Takes>,
    /// What the engine plays notes by, for the engine that comes next.
    take: Option<Arc<Take>>,
    pending: Option<Box<Change>>,
    /// An engine that waits until the old one is silent, and the samples until then.
    next: Option<(Box<Change>, usize)>,
    fade: usize,
    rate_hz: f64,
    /// No sample has been played since the last reset, so a change needs no fade.
    fresh: bool,
}

impl Live {
    /// With nothing to play yet.
    #[must_use]
    pub fn new(deck: Arc<Deck>, chute: Chute<Trash>, scope: scope::Writer, takes: Arc<Takes>) -> Self {
        Self {
            deck,
            engine: None,
            chute,
            scope,
            takes,
            take: None,
            pending: None,
            next: None,
            fade: 1,
            rate_hz: 44_100.0,
            fresh: true,
        }
    }

    /// Makes an engine for the session's model and take. Allocates.
    ///
    /// # Errors
    /// A sentence when there can be none at this rate; the instrument is then silent.
    pub fn activate(&mut self, rate_hz: f64, session: &Session) -> Result<(), String> {
        (self.pending, self.next, self.fresh, self.rate_hz) = (None, None, true, rate_hz);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let fade = (rate_hz * FADE_MS / 1000.0) as usize;
        self.fade = fade.max(1);
        let result = self.deck.activate(rate_hz, &session.model, &mut self.engine);
        drop(self.takes.take());
        self.take = session.taken().map(|taken| taken.take);
        self.hand_take();
        result.map_err(|error| format!("{error}. The instrument is silent."))
    }

    /// Ends playing: until the next activation nothing is sent here. Not real-time safe.
    pub fn deactivate(&mut self) {
        self.deck.deactivate();
    }

    /// Voices that sound.
    #[must_use]
    pub fn active_voices(&self) -> usize {
        self.engine.as_ref().map_or(0, |engine| engine.active_voices())
    }

    /// A voice that has ended since the last call.
    pub fn take_ended(&mut self) -> Option<VoiceEnded> {
        self.engine.as_mut()?.take_ended()
    }

    /// Gives `thing` away to be freed on another thread. The caller has seen room for it.
    fn discard(&mut self, thing: Trash) {
        if let Err(thing) = self.chute.drop_in(thing) {
            // Cannot happen while callers ask first; if it did, a leak is better than a free on this thread.
            std::mem::forget(thing);
        }
    }

    /// Forgets all sound. A change that waits is made at once.
    pub fn reset(&mut self) {
        if let Some((change, _)) = self.next.take() {
            self.exchange(change);
        }
        self.fresh = true;
        if let Some(engine) = &mut self.engine {
            engine.reset();
        }
        self.take_changes();
        self.take_takes();
    }

    /// Plays `events` into `left` and `right`, which are overwritten.
    pub fn process(&mut self, controls: &CanneControls, events: &[Event], left: &mut [f32], right: &mut [f32]) {
        self.take_changes();
        self.take_takes();
        match &mut self.engine {
            Some(engine) => engine.process(controls, events, left, right),
            None => {
                left.fill(0.0);
                right.fill(0.0);
            }
        }
        self.fresh &= left.is_empty();
        if let Some((change, rest)) = self.next.take() {
            let after = fade_out(left, (rest, self.fade)).min(fade_out(right, (rest, self.fade)));
            if after == 0 { self.exchange(change) } else { self.next = Some((change, after)) }
        }
        self.publish(left, right);
    }

    /// The engine plays notes by the take. What it gives back is held elsewhere, too: nothing is freed here.
    fn hand_take(&mut self) {
        if let Some(engine) = &mut self.engine {
            let before = engine.set_take(self.take.clone());
            debug_assert!(before.is_none_or(|before| Arc::strong_count(&before) > 1));
        }
    }

    /// Takes a take that has come.
    fn take_takes(&mut self) {
        if !self.chute.has_room() {
            return;
        }
        if let Some(mut handed) = self.takes.take() {
            std::mem::swap(&mut *handed, &mut self.take);
            self.hand_take();
            self.discard(Trash::Take(handed));
        }
    }

    /// Puts the waiting engine in the place of the one that plays.
    fn exchange(&mut self, mut change: Box<Change>) {
        if let Change::Engine(next) = &mut *change {
            std::mem::swap(next, &mut self.engine);
        }
        self.hand_take();
        self.discard(Trash::Change(change));
    }

    fn take_changes(&mut self) {
        if let Some(engine) = &mut self.engine
            && self.chute.has_room()
            && let Some(player) = engine.take_retired()
        {
            self.discard(Trash::Player(player));
        }
        if self.next.is_some() || !self.chute.has_room() {
            return;
        }
        if self.pending.is_none() {
            self.pending = self.deck.take();
        }
        let Some(mut change) = self.pending.take() else { return };
        match (&mut *change, &mut self.engine) {
            (Change::Engine(_), Some(engine)) if !self.fresh && engine.active_voices() > 0 => {
                self.next = Some((change, self.fade));
            }
            (Change::Engine(_), _) => self.exchange(change),
            (Change::Model(player), Some(engine)) => {
                if let Some(refused) = player.take().and_then(|player| engine.swap(player).err()) {
                    // An earlier fade is still running: try again at the next block.
                    *player = Some(refused);
                    self.pending = Some(change);
                    return;
                }
                if self.fresh {
                    engine.reset();
                }
                self.discard(Trash::Change(change));
            }
            (Change::Model(_), None) => self.discard(Trash::Change(change)),
        }
    }

    fn publish(&mut self, left: &[f32], right: &[f32]) {
        let Some(engine) = &self.engine else { return };
        let view = engine.view();
        self.deck.heard.tell(&view);
        self.scope.take([left, right], self.rate_hz, (view.sliders, view.voices));
    }
}

/// Fades towards silence with `rest` of `fade` samples to go; returns how many are left then.
fn fade_out(channel: &mut [f32], (rest, fade): (usize, usize)) -> usize {
    for (i, sample) in channel.iter_mut().enumerate() {
        let x = rest.saturating_sub(i + 1) as f32 / fade as f32;
        *sample *= x * x * (3.0 - 2.0 * x);
        if sample.abs() < f32::MIN_POSITIVE {
            *sample = 0.0;
        }
    }
    rest.saturating_sub(channel.len())
}
