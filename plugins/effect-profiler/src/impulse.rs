//! Impulse responses: read from files, and put into an engine. Not real-time safe.

use nfx_core::engine::profiler::{Cabinet, LONGEST_IMPULSE_S, ProfilerEngine};
use nfx_frame::Sentence;
use nfx_frame::clip::Clip;
use nfx_frame::handoff::Place;

use crate::session::SourceFile;
use crate::source;

/// Ends of an impulse response that are quieter than this beside its peak, -100 dB, are not
/// carried: the engine cuts them off, too.
const INAUDIBLE_END: f32 = 1e-5;
/// Ten seconds of two channels at 192 kHz.
const LARGEST_IMPULSE_BYTES: usize = 16 << 20;

/// An impulse response as an engine at `place` takes it.
///
/// # Errors
/// A sentence.
pub fn cabinet(file: &SourceFile, place: Place) -> Result<Box<Cabinet>, Sentence> {
    let clip = file.open(LONGEST_IMPULSE_S)?;
    Cabinet::new(&clip.channels, clip.rate_hz, place.rate_hz, place.channels).map_err(|error| {
        format!("\u{201c}{}\u{201d} cannot be played as an impulse response: {error}.", file.name)
            .into()
    })
}

/// Puts an impulse response into an engine that has played nothing yet.
///
/// # Errors
/// A sentence.
pub fn put_impulse(engine: &mut ProfilerEngine, impulse: &SourceFile) -> Result<(), Sentence> {
    let place = Place { rate_hz: engine.host_rate_hz(), channels: engine.channels() };
    put(engine, cabinet(impulse, place)?);
    Ok(())
}

/// Puts a response into an engine that has played nothing yet: it takes its first.
pub fn put(engine: &mut ProfilerEngine, cabinet: Box<Cabinet>) {
    drop(engine.swap_ir(cabinet));
    engine.reset();
}

/// Reads an impulse response. Whatever is played of it travels inside the project: a file that is
/// too large for that is carried as its sound alone, up to its last audible sample. Not real-time
/// safe.
///
/// # Errors
/// A sentence.
pub fn read_impulse(path: &std::path::Path) -> Result<SourceFile, Sentence> {
    read_impulse_with_notes(path).map(|(file, _)| file)
}

/// As [`read_impulse`], with what its owner should know of the file, in sentences. Not real-time
/// safe.
///
/// # Errors
/// A sentence.
pub fn read_impulse_with_notes(
    path: &std::path::Path,
) -> Result<(SourceFile, Vec<String>), Sentence> {
    let stays = |why: &str| Sentence::from(format!("{why} The one in use stays."));
    let (mut file, notes) = source::read_file_with_notes(path)?;
    // A little more than is allowed, so that what is longer is refused and not cut.
    let bytes = match &file.bytes {
        Some(_) => None,
        None => Some(std::fs::read(path).map_err(|error| {
            stays(&format!("The impulse response {} could not be read ({error}).", path.display()))
        })?),
    };
    let most_seconds = LONGEST_IMPULSE_S + 0.1;
    let clip: Clip = match bytes {
        None => file.open(most_seconds)?,
        Some(bytes) => {
            let mut clip = Clip::decode(&file.name, bytes, most_seconds)?;
            clip.cut_end(INAUDIBLE_END);
            clip
        }
    };
    // Refuse here what could not be played later.
    Cabinet::new(&clip.channels, clip.rate_hz, clip.rate_hz, 1).map_err(|error| {
        stays(&format!("\u{201c}{}\u{201d} is no impulse response: {error}.", file.name))
    })?;
    if file.bytes.is_none() {
        let bytes = clip.to_wav().map_err(|why| stays(&why))?;
        if bytes.len() > LARGEST_IMPULSE_BYTES {
            return Err(stays(&format!(
                "\u{201c}{}\u{201d} is too large for an impulse response: expected at most {} MB of sound, found {}.",
                file.name,
                LARGEST_IMPULSE_BYTES >> 20,
                bytes.len() >> 20
            )));
        }
        file = file.carrying(&bytes);
    }
    Ok((file, notes))
}
