//! Rendering the selected sound to a file, through the same engine that plays.

use std::sync::Arc;

use nfx_core::engine::profiler::{ProfilerControls, ProfilerEngine};
use nfx_core::engine::render;
use nfx_core::models::effect::ProfileModel;
use nfx_frame::Sentence;
use nfx_frame::clip::Clip;

use crate::chosen::{alignment_of, player_of};
use crate::impulse::put_impulse;
use crate::params::SourceChoice;
use crate::session::SourceFile;
use crate::source;

/// What to render.
pub struct Job {
    /// With which setting.
    pub controls: ProfilerControls,
    /// With which profile.
    pub model: Option<Arc<ProfileModel>>,
    /// Whether its delay and polarity are repaired.
    pub aligns: bool,
    /// The impulse response after it.
    pub impulse: Option<Arc<SourceFile>>,
    /// Which sound.
    pub choice: SourceChoice,
    /// The user's file.
    pub file: Option<Arc<SourceFile>>,
}

/// Renders; calls `progress` with a share of 0 to 1 now and then. Not real-time safe.
///
/// # Errors
/// A sentence.
pub fn render_job(job: &Job, progress: impl Fn(f32)) -> Result<Clip, Sentence> {
    let model = job
        .model
        .clone()
        .ok_or("There is no profile to render with. Choose one, and export again.")?;
    let clip = source::open(job.choice, job.file.as_deref())?;
    let refused =
        |error: &dyn std::fmt::Display| format!("The sound could not be rendered: {error}.");
    let channels = clip.channels.len();
    let player = player_of(&model, channels, alignment_of(job.aligns, &model), &job.controls.knobs);
    let mut engine =
        ProfilerEngine::with_player(player, clip.rate_hz).map_err(|error| refused(&error))?;
    if let Some(impulse) = job.impulse.as_deref() {
        put_impulse(&mut engine, impulse)?;
    }
    let len = clip.len().max(1);
    let controls_at = |at: usize| {
        if at.is_multiple_of(8192) {
            progress(at as f32 / len as f32);
        }
        job.controls
    };
    let channels =
        render(&mut engine, controls_at, &clip.channels, &[]).map_err(|error| refused(&error))?;
    Ok(Clip { channels, rate_hz: clip.rate_hz })
}
