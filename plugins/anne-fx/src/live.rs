//! What runs on the audio thread: the engine, the frozen frame on its way to it and from it, and
//! what it tells the editor.
//!
//! Everything but [`Live::activate`] and [`live::Live::deactivate`] is real-time safe.

use std::sync::Arc;

use nfx_core::engine::anne::AnneControls;
use nfx_core::models::spectral::AnneModel;
use nfx_frame::Sentence;
use nfx_frame::handoff::Place;
use nfx_frame::mailbox::Retirer;
use nfx_frame::model_slot::ModelSlot;
use nfx_frame::side_chain::SideChain;
use nfx_frame::{live, telemetry};

use crate::chosen::{Chosen, Handoff};
use crate::held::{HeldCell, HeldWatch};

/// See the module's documentation.
pub struct Live {
    live: live::Live<Chosen>,
    telemetry: telemetry::Writer,
    /// The frozen frame that the project keeps.
    held: Arc<HeldCell>,
    watch: HeldWatch,
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
    pub fn new(
        handoff: Arc<Handoff>,
        retirer: Retirer,
        telemetry: telemetry::Writer,
        held: Arc<HeldCell>,
    ) -> Self {
        Self {
            live: live::Live::new(handoff, retirer),
            telemetry,
            held,
            watch: HeldWatch::default(),
        }
    }

    /// Makes an engine for the slot's model, or keeps the one that is there. Allocates.
    ///
    /// # Errors
    /// A sentence when there can be none at this rate; the sound then passes dry.
    pub fn activate(&mut self, place: Place, slot: &ModelSlot<AnneModel>) -> Result<(), Sentence> {
        let done = self.live.activate(|| Chosen { place, model: slot.model() });
        if let Some(engine) = self.live.engine() {
            self.held.prepare(engine.held().0.bins());
        }
        done.map_err(|error| format!("{error}. The sound passes dry.").into())
    }

    /// Latents of the model that plays; the most there can be when none does.
    #[must_use]
    pub fn latents(&self) -> usize {
        self.model().map_or(nfx_core::models::spectral::MAX_LATENTS, |model| model.latents())
    }

    /// Replaces the sound in `channels` `[channel][sample]`; whatever is missing of `side` is
    /// silence.
    pub fn process(
        &mut self,
        controls: &AnneControls,
        channels: &mut [&mut [f32]],
        side: &SideChain<'_>,
    ) {
        self.live.take_changes();
        let (watch, held) = (&mut self.watch, &self.held);
        let prepared = |exchanges, engine: Option<&mut _>| {
            if let Some(engine) = engine {
                watch.hand_over(held, exchanges, engine);
            }
            controls.clone()
        };
        self.live.process(prepared, channels, side, &[]);
        if let Some(engine) = self.live.engine() {
            self.watch.collect(&self.held, engine, controls.freeze);
            self.telemetry.publish(&engine.last_frame());
        }
    }
}
