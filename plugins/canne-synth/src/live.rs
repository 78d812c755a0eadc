//! What runs on the audio thread: the engine, takes on their way to it, and what it tells the
//! editor.
//!
//! Everything but [`Live::activate`] and [`Live::deactivate`] is real-time safe.

use std::sync::Arc;

use nfx_core::engine::canne::take::Take;
use nfx_core::engine::canne::{CanneControls, CanneEngine, Event, VoiceEnded};
use nfx_frame::Sentence;
use nfx_frame::live;
use nfx_frame::mailbox::Retirer;
use nfx_frame::side_chain::SideChain;

use crate::chosen::{Chosen, Handoff};
use crate::heard::Heard;
use crate::scope;
use crate::session::Session;
use crate::taken::Takes;

/// See the module's documentation.
pub struct Live {
    live: live::Live<Chosen>,
    scope: scope::Writer,
    heard: Arc<Heard>,
    takes: Arc<Takes>,
    /// What the engine plays notes by.
    take: Option<Arc<Take>>,
    /// The engine that has it.
    handed: u64,
    rate_hz: f64,
}

/// What a [`Live`] shares with the rest of its instance.
pub struct Ways {
    /// How models come.
    pub handoff: Arc<Handoff>,
    /// How what is done with goes.
    pub retirer: Retirer,
    /// How takes come.
    pub takes: Arc<Takes>,
    /// What sounds, for the editor.
    pub scope: scope::Writer,
    /// What messages have set, for the editor.
    pub heard: Arc<Heard>,
}

impl Live {
    /// With nothing to play yet.
    #[must_use]
    pub fn new(ways: Ways) -> Self {
        let Ways { handoff, retirer, takes, scope, heard } = ways;
        let live = live::Live::new(handoff, retirer);
        Self { live, scope, heard, takes, take: None, handed: 0, rate_hz: 44_100.0 }
    }

    /// Makes an engine for the session's model and take, or keeps the one that is there. Allocates.
    ///
    /// # Errors
    /// A sentence when there can be none at this rate; the instrument is then silent.
    pub fn activate(&mut self, rate_hz: f64, session: &Session) -> Result<(), Sentence> {
        self.rate_hz = rate_hz;
        let result = self.live.activate(|| Chosen { rate_hz, model: session.model.model() });
        drop(self.takes.take());
        self.take = session.taken().map(|taken| taken.take);
        self.hand_take();
        result.map_err(|error| format!("{error}. The instrument is silent.").into())
    }

    /// Ends playing: until the next activation nothing is sent here.
    pub fn deactivate(&mut self) {
        self.live.deactivate();
    }

    /// Voices that sound.
    #[must_use]
    pub fn active_voices(&self) -> usize {
        self.live.engine().map_or(0, CanneEngine::active_voices)
    }

    /// A voice that has ended since the last call.
    pub fn take_ended(&mut self) -> Option<VoiceEnded> {
        self.live.engine_mut()?.take_ended()
    }

    /// Forgets all sound. A change that waits is made at once.
    pub fn reset(&mut self) {
        self.live.reset();
        self.take_takes();
        self.hand_take();
    }

    /// Plays `events` into `left` and `right`, which are overwritten.
    pub fn process(
        &mut self,
        controls: &CanneControls,
        events: &[Event],
        left: &mut [f32],
        right: &mut [f32],
    ) {
        self.live.take_changes();
        self.take_takes();
        let (take, handed) = (&self.take, &mut self.handed);
        let prepared = |exchanges, engine: Option<&mut CanneEngine>| {
            if let Some(engine) = engine.filter(|_| *handed != exchanges) {
                hand(engine, take);
                *handed = exchanges;
            }
            controls.clone()
        };
        self.live.process(prepared, &mut [&mut *left, &mut *right], &SideChain::default(), events);
        if let Some(engine) = self.live.engine() {
            let view = engine.view();
            self.heard.tell(&view);
            self.scope.take([left, right], self.rate_hz, view.sliders, view.voices);
        }
    }

    fn hand_take(&mut self) {
        self.handed = self.live.exchanges();
        if let Some(engine) = self.live.engine_mut() {
            hand(engine, &self.take);
        }
    }

    /// Takes a take that has come.
    fn take_takes(&mut self) {
        if !self.live.has_room() {
            return;
        }
        if let Some(mut handed) = self.takes.take() {
            std::mem::swap(&mut *handed, &mut self.take);
            self.hand_take();
            self.live.retire(handed);
        }
    }
}

/// The engine plays notes by the take. What it gives back is held elsewhere, too: nothing is freed
/// here.
fn hand(engine: &mut CanneEngine, take: &Option<Arc<Take>>) {
    let before = engine.set_take(take.clone());
    debug_assert!(before.is_none_or(|before| Arc::strong_count(&before) > 1));
}
