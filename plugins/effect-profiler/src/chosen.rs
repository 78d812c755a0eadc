//! What the profiler plays, and where: all that an engine is built from, and how it comes to the
//! audio thread.
//!
//! A profile of the same sample rate and delay as the one that plays goes over as a
//! [`ProfilerPlayer`], any other as an engine of its own ([`handoff`]). An impulse response goes
//! its own way, as a [`Cabinet`].

use std::cell::Cell;
use std::sync::Arc;

use nfx_core::engine::EngineError;
use nfx_core::engine::profiler::{
    Alignment, Cabinet, PlayerSetup, ProfilerEngine, ProfilerPlayer, measure_alignment,
    measure_loudness,
};
use nfx_core::models::effect::{MAX_KNOBS, ProfileModel};
use nfx_frame::handoff::{self, Place, Playing, Wish, is_same_model};
use nfx_frame::mailbox::{Mailbox, Retirer};
use parking_lot::Mutex;

use crate::impulse::{cabinet, put};
use crate::params::{Mapping, ProfilerParams};
use crate::session::SourceFile;

/// See the module's documentation.
#[derive(Clone)]
pub struct Chosen {
    /// Where.
    pub place: Place,
    /// The profile; without one the sound passes dry.
    pub model: Option<Arc<ProfileModel>>,
    /// What is repaired of it.
    pub alignment: Alignment,
    /// The impulse response.
    pub impulse: Option<Arc<SourceFile>>,
    /// Where the profile's knobs stand, in their own units.
    knobs: [f32; MAX_KNOBS],
    /// Where it is noted why the impulse response cannot be played.
    problem: Problem,
}

/// A sentence for the editor, or none.
type Problem = Arc<Mutex<Option<String>>>;

impl Chosen {
    /// What is chosen now. Measures the profile's delay where that is to be repaired; not real-time
    /// safe.
    fn now(place: Place, params: &ProfilerParams, problem: &Problem) -> Self {
        let session = &params.session;
        let model = session.model.model();
        let knobs = model
            .as_ref()
            .map_or([0.0; MAX_KNOBS], |model| params.knob_values(model, &Mapping::of(model)));
        let alignment = model.as_ref().map(|model| alignment_of(session.aligns(), model));
        let (alignment, impulse) = (alignment.unwrap_or_default(), session.impulse.file());
        Self { place, model, alignment, impulse, knobs, problem: problem.clone() }
    }

    fn has_impulse_of(&self, other: &Self) -> bool {
        self.impulse.as_deref() == other.impulse.as_deref()
    }

    /// The impulse response as an engine takes it; notes why there is none.
    fn cabinet(&self) -> Option<Box<Cabinet>> {
        let made = self.impulse.as_deref().map(|file| cabinet(file, self.place)).transpose();
        let (cabinet, problem) = match made {
            Ok(cabinet) => (cabinet, None),
            Err(sentence) => (None, Some(sentence.into())),
        };
        *self.problem.lock() = problem;
        cabinet
    }
}

impl Wish for Chosen {
    type Engine = ProfilerEngine;

    fn rate_hz(&self) -> f64 {
        self.place.rate_hz
    }

    fn is_same(&self, other: &Self) -> bool {
        self.place == other.place
            && self.alignment == other.alignment
            && is_same_model(&self.model, &other.model)
    }

    fn fits(&self, other: &Self) -> bool {
        self.is_same(other) && self.has_impulse_of(other)
    }

    fn is_swap_to(&self, other: &Self) -> bool {
        let key = |chosen: &Self| {
            let model = chosen.model.as_ref()?;
            Some((
                model.sample_rate_hz().to_bits(),
                model.latency_samples() + chosen.alignment.delay_samples,
            ))
        };
        key(self).is_some() && key(self) == key(other)
    }

    fn engine(&self) -> Result<Playing<Self>, EngineError> {
        let Some(player) = self.player() else { return Ok(None) };
        let mut engine = Box::new(ProfilerEngine::with_player(player, self.place.rate_hz)?);
        if let Some(cabinet) = self.cabinet() {
            put(&mut engine, cabinet);
        }
        Ok(Some(engine))
    }

    fn player(&self) -> Option<Box<ProfilerPlayer>> {
        let model = self.model.as_ref()?;
        Some(player_of(model, self.place.channels, self.alignment, &self.knobs))
    }
}

/// What is repaired of a profile, where that is wanted. Measures it; not real-time safe.
pub fn alignment_of(aligns: bool, model: &Arc<ProfileModel>) -> Alignment {
    if aligns { measure_alignment(model) } else { Alignment::default() }
}

/// A profile as it is played, with its knobs in their own units: repaired, and at the loudness that
/// it has there.
pub fn player_of(
    model: &Arc<ProfileModel>,
    channels: usize,
    alignment: Alignment,
    knobs: &[f32; MAX_KNOBS],
) -> Box<ProfilerPlayer> {
    let loudness_db = loudness_of(model, &knobs[..model.info().knobs.len().min(MAX_KNOBS)]);
    let setup = PlayerSetup { channels, alignment, loudness_db, ..PlayerSetup::default() };
    ProfilerPlayer::new(model.clone(), setup)
}

/// The way of profiles and impulse responses to the audio thread.
pub struct Handoff {
    /// That of profiles.
    pub profiles: Arc<handoff::Handoff<Chosen>>,
    cabinets: Mailbox<Cabinet>,
    impulse_problem: Problem,
}

impl std::ops::Deref for Handoff {
    type Target = handoff::Handoff<Chosen>;

    fn deref(&self) -> &Self::Target {
        &self.profiles
    }
}

impl Handoff {
    /// A way to the audio thread, and the way out that belongs to that.
    #[must_use]
    pub fn new() -> (Self, Retirer) {
        let (profiles, retirer) = handoff::Handoff::new();
        let (cabinets, impulse_problem) = (Mailbox::new(), Problem::default());
        (Self { profiles: Arc::new(profiles), cabinets, impulse_problem }, retirer)
    }

    /// The newest impulse response, if there is one. Real-time safe.
    pub fn take_cabinet(&self) -> Option<Box<Cabinet>> {
        self.cabinets.take()
    }

    /// What is repaired of the profile that plays.
    #[must_use]
    pub fn alignment(&self) -> Alignment {
        self.told().map(|told| told.alignment).unwrap_or_default()
    }

    /// Why the impulse response is not heard, as a sentence.
    #[must_use]
    pub fn impulse_problem(&self) -> Option<String> {
        self.impulse_problem.lock().clone()
    }

    /// What is chosen when an activation begins, whose engine has the impulse response: one that is
    /// on its way is dropped.
    #[must_use]
    pub fn activation(&self, place: Place, params: &ProfilerParams) -> Chosen {
        drop(self.cabinets.take());
        Chosen::now(place, params, &self.impulse_problem)
    }

    /// Sends what is chosen to the audio thread, unless it has it already. Called after each change
    /// of the profile, of the repair, and of the impulse response.
    pub fn follow(&self, params: &ProfilerParams) {
        let made = Cell::new(None);
        let chosen = |told: &Chosen| {
            let now = Chosen::now(told.place, params, &self.impulse_problem);
            if !told.has_impulse_of(&now) {
                made.set(now.cabinet());
            }
            now
        };
        self.profiles.follow_with(chosen, || {
            if let Some(cabinet) = made.take() {
                drop(self.cabinets.post(cabinet));
            }
        });
    }
}

/// A profile's loudness in dB: what its file says, else as measured at `knobs` in their own units.
/// Not real-time safe.
pub fn loudness_of(model: &Arc<ProfileModel>, knobs: &[f32]) -> Option<f32> {
    model
        .info()
        .loudness_db
        .or_else(|| Some(measure_loudness(model, knobs)).filter(|db| db.is_finite()))
}
