//! What runs on the audio thread: the engine, impulse responses on their way to it, and what it
//! tells the editor.
//!
//! Everything but [`Live::activate`] and [`live::Live::deactivate`] is real-time safe.

use std::sync::Arc;
use std::time::Instant;

use nfx_core::engine::profiler::{Cabinet, ProfilerEngine};
use nfx_frame::Sentence;
use nfx_frame::handoff::Place;
use nfx_frame::live;
use nfx_frame::mailbox::Retirer;
use nfx_frame::side_chain::SideChain;

use crate::chosen::{Chosen, Handoff};
use crate::params::{Mapping, ProfilerParams};
use crate::scope;

/// See the module's documentation.
pub struct Live {
    live: live::Live<Chosen>,
    handoff: Arc<Handoff>,
    scope: scope::Writer,
    cabinet: Option<Box<Cabinet>>,
    rate_hz: f64,
}

impl std::ops::Deref for Live {
    type Target = live::Live<Chosen>;

    fn deref(&self) -> &Self::Target {
        &self.live
    }
}

impl std::ops::DerefMut for Live {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.live
    }
}

impl Live {
    /// With nothing to play yet.
    #[must_use]
    pub fn new(handoff: Arc<Handoff>, retirer: Retirer, scope: scope::Writer) -> Self {
        let live = live::Live::new(handoff.profiles.clone(), retirer);
        Self { live, handoff, scope, cabinet: None, rate_hz: 44_100.0 }
    }

    /// Makes an engine for what is chosen, or keeps the one that is there. Allocates.
    ///
    /// # Errors
    /// A sentence when there can be none at this rate; the sound then passes dry.
    pub fn activate(&mut self, place: Place, params: &ProfilerParams) -> Result<(), Sentence> {
        (self.cabinet, self.rate_hz) = (None, place.rate_hz);
        if let Some(engine) = self.live.engine_mut() {
            drop(engine.take_retired_ir());
        }
        let handoff = self.handoff.clone();
        let chosen = || handoff.activation(place, params);
        self.live.activate(chosen).map_err(|error| format!("{error}. The sound passes dry.").into())
    }

    /// Forgets all sound. A change that waits is made at once.
    pub fn reset(&mut self) {
        self.live.reset();
        self.take_cabinet();
    }

    /// Replaces the sound in `channels` `[channel][sample]`; whatever is missing of `side` is
    /// silence.
    pub fn process(
        &mut self,
        params: &ProfilerParams,
        channels: &mut [&mut [f32]],
        side: &SideChain<'_>,
    ) {
        let begun = Instant::now();
        self.take_retired_ir();
        if !self.live.take_changes() {
            self.take_cabinet();
        }
        let samples = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let controls = |_, engine: Option<&mut ProfilerEngine>| {
            let model = engine.map(|engine| &**engine.model());
            params.controls(model, &model.map(Mapping::of).unwrap_or_default())
        };
        self.live.process(controls, channels, side, &[]);
        if let Some(engine) = self.live.engine() {
            let load = begun.elapsed().as_secs_f64() * self.rate_hz / samples.max(1) as f64;
            self.scope.take(&engine.view(), self.rate_hz, load as f32);
        }
    }

    fn take_retired_ir(&mut self) {
        if self.live.has_room()
            && let Some(cabinet) = self.live.engine_mut().and_then(ProfilerEngine::take_retired_ir)
        {
            self.live.retire(cabinet);
        }
    }

    /// Hands a new impulse response to the engine, as soon as that takes it.
    fn take_cabinet(&mut self) {
        if !self.live.has_room() {
            return;
        }
        if let Some(newest) = self.handoff.take_cabinet()
            && let Some(old) = self.cabinet.replace(newest)
        {
            self.live.retire(old);
        }
        let fresh = self.live.is_fresh();
        let Some(cabinet) = self.cabinet.take() else { return };
        if let Some(engine) = self.live.engine_mut() {
            self.cabinet = engine.swap_ir(cabinet).err();
            if fresh {
                engine.reset();
            }
        } else if self.live.has_room() {
            self.live.retire(cabinet);
        } else {
            self.cabinet = Some(cabinet);
        }
    }
}
