//! The sound as a seamless loop in a WAV file, through the same engine that plays. Not real-time
//! safe.

use std::path::PathBuf;
use std::sync::Arc;

use nfx_core::engine::canne::take::Take;
use nfx_core::engine::canne::{CanneControls, LoopWish, render_loop};
use nfx_core::models::spectral::CanneModel;
use nfx_frame::Sentence;
use nfx_frame::clip::Clip;

use crate::session::LoopChoice;

/// What to render.
pub struct Work {
    /// With which model.
    pub model: Option<Arc<CanneModel>>,
    /// By which take.
    pub take: Option<Arc<Take>>,
    /// With which setting.
    pub controls: CanneControls,
    /// How long, how deep, and which key.
    pub choice: LoopChoice,
    /// At which rate.
    pub rate_hz: f64,
    /// Where to.
    pub path: PathBuf,
}

/// Renders a loop.
///
/// # Errors
/// A sentence.
pub fn render(work: &Work) -> Result<Clip, Sentence> {
    let model = work
        .model
        .clone()
        .ok_or("There is no model to render with. Choose one, and export again.")?;
    let LoopChoice { seconds, depth, note } = work.choice;
    let wish = LoopWish {
        note: note.map(f32::from),
        seconds: f64::from(seconds),
        depth: f64::from(depth),
    };
    let frames = render_loop(model, work.take.clone(), &work.controls, wish, work.rate_hz)
        .map_err(|error| format!("The loop could not be rendered: {error}."))?;
    let channels =
        (0..2).map(|channel| frames.iter().map(|frame| frame[channel]).collect()).collect();
    Ok(Clip { channels, rate_hz: work.rate_hz })
}

/// Renders and writes a loop.
///
/// # Errors
/// A sentence; nothing was written.
pub fn write(work: &Work) -> Result<(), Sentence> {
    render(work)?.write_wav(&work.path)
}
