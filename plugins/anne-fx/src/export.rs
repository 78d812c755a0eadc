//! Rendering the selected sound to a file, through the same engine that plays.

use std::sync::Arc;

use nfx_core::engine::anne::{AnneControls, AnneEngine};
use nfx_core::engine::render;
use nfx_core::models::spectral::AnneModel;
use nfx_frame::Sentence;
use nfx_frame::clip::Clip;

use crate::params::SourceChoice;
use crate::session::SourceFile;
use crate::source;

/// What to render.
pub struct Job {
    /// With which model.
    pub model: Option<Arc<AnneModel>>,
    /// With which setting.
    pub controls: AnneControls,
    /// Which sound.
    pub choice: SourceChoice,
    /// The user's file.
    pub file: Option<Arc<SourceFile>>,
    /// The file that *Morph* goes towards.
    pub second: Option<Arc<SourceFile>>,
}

/// Renders; calls `progress` with a share of 0 to 1 now and then. Not real-time safe.
///
/// # Errors
/// A sentence.
pub fn render_job(job: &Job, progress: impl Fn(f32)) -> Result<Clip, Sentence> {
    let model = job
        .model
        .clone()
        .ok_or("There is no model to render with. Choose one, and export again.")?;
    let clip = source::open(job.choice, job.file.as_deref())?;
    let len = clip.len().max(1);
    let controls_at = |at: usize| {
        if at.is_multiple_of(8192) {
            progress(at as f32 / len as f32);
        }
        job.controls.clone()
    };
    let side = match &job.second {
        Some(file) => looped(
            &source::open(SourceChoice::File, Some(file))?.at_rate(clip.rate_hz)?,
            clip.len(),
        ),
        None => Vec::new(),
    };
    let channels = AnneEngine::with_channels(model, clip.rate_hz, clip.channels.len())
        .and_then(|mut engine| render(&mut engine, controls_at, &clip.channels, &side))
        .map_err(|error| format!("The sound could not be rendered: {error}."))?;
    Ok(Clip { channels, rate_hz: clip.rate_hz })
}

/// Both channels of a sound, again and again, for so many samples.
fn looped(clip: &Clip, samples: usize) -> Vec<Vec<f32>> {
    let channel =
        |n: usize| clip.channels.get(n).or(clip.channels.first()).map_or(&[][..], Vec::as_slice);
    [0, 1].map(|n| channel(n).iter().copied().cycle().take(samples).collect()).to_vec()
}
