//! Sound files, read and written in one place for the trainer, the plugins and the tests; and what
//! goes with them: another sample rate for whole signals, and files that are there whole or not at
//! all.
//!
//! | file | read by |
//! |---|---|
//! | WAV (RIFF, RIFX, RF64, BW64, Wave64), AIFF and AIFF-C | the chunks here, forgivingly; the samples by symphonia's decoders |
//! | FLAC, MP3, Ogg Vorbis | symphonia |
//!
//! Written is WAV ([`write_wav`]).
//!
//! Headers are believed as far as the file bears them out: sizes that are zero, too long or too
//! short do not matter as long as the place of the sound is known, and what a header lies about is
//! never allocated. What is odd enough that its owner should know of it (a recording that was never
//! finished, a file cut short) is told in [`Sound::notes`]. Nothing here is for an audio thread.

mod aiff;
mod decode;
pub mod files;
mod layout;
mod packed;
mod resample;
mod riff;
mod wav;

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use layout::{Layout, Source};
use nfx_core::file::sniff;

pub use resample::resample;
pub use wav::{Samples, wav_bytes, write_wav};

/// Extensions of the files that are read, in lower case and without the dot: for dialogs, browsers
/// and searches of folders.
pub const EXTENSIONS: [&str; 12] =
    ["wav", "wave", "bwf", "rf64", "w64", "aif", "aiff", "aifc", "flac", "mp3", "ogg", "oga"];

/// The formats in words, as a sentence names them.
pub const FORMATS: &str = "WAV, AIFF, FLAC, MP3 or Ogg Vorbis";

/// Rates that a file may have, in Hz.
const RATES: std::ops::RangeInclusive<u32> = 1..=10_000_000;
/// Most channels that a file may have.
const MOST_CHANNELS: u16 = 1024;

/// A rate in whole Hz.
fn whole_rate(rate_hz: f64) -> Result<u32> {
    let whole = rate_hz.round();
    if !(f64::from(*RATES.start())..=f64::from(*RATES.end())).contains(&whole) {
        return Err(AudioError::new(format!(
            "expected a sample rate from 1 Hz to 10 MHz, found {rate_hz} Hz"
        )));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok(whole as u32)
}

/// A decoded sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sound {
    /// Samples, `[channel][sample]`, full scale at 1; all channels have one length. A file of
    /// floats may hold NaN and infinity.
    pub channels: Vec<Vec<f32>>,
    /// Sample rate, 1 Hz to 10 MHz.
    pub rate_hz: u32,
    /// What its owner should know of the file, in sentences; none for most files.
    pub notes: Vec<String>,
}

impl Sound {
    /// Samples in each channel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Whether there is no sample at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The mean of all channels.
    #[must_use]
    pub fn mono(&self) -> Vec<f32> {
        match self.channels.as_slice() {
            [only] => only.clone(),
            many => {
                let scale = 1.0 / many.len() as f32;
                (0..self.len())
                    .map(|i| many.iter().map(|channel| channel[i]).sum::<f32>() * scale)
                    .collect()
            }
        }
    }

    /// How many samples are NaN or infinite, in all channels together, and the place of the first
    /// in seconds.
    #[must_use]
    pub fn not_finite(&self) -> Option<(usize, f64)> {
        let bad = |channel: &Vec<f32>| channel.iter().filter(|x| !x.is_finite()).count();
        let count = self.channels.iter().map(bad).sum::<usize>();
        let first =
            self.channels.iter().filter_map(|c| c.iter().position(|x| !x.is_finite())).min()?;
        Some((count, first as f64 / f64::from(self.rate_hz)))
    }
}

/// What a file's header says.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Sample rate.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u16,
    /// Samples in each channel, as far as they are in the file; `None` when only decoding tells.
    pub frames: Option<u64>,
}

/// Why a file is not read: a sentence without the file's name, which the caller knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioError(String);

impl AudioError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl std::fmt::Display for AudioError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AudioError {}

/// Result with an [`AudioError`].
pub type Result<T> = std::result::Result<T, AudioError>;

/// Whether a path's extension is one of [`EXTENSIONS`], in upper or lower case.
#[must_use]
pub fn is_audio_path(path: &Path) -> bool {
    path.extension().is_some_and(|e| EXTENSIONS.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// Reads a whole file. Of more than `most_seconds` of sound only so much is decoded.
///
/// # Errors
/// A sentence: the file cannot be opened, is no sound, is coded in a way that is not read, or holds
/// no sample.
pub fn read_file(path: &Path, most_seconds: Option<f64>) -> Result<Sound> {
    read(open(path)?, extension(path), most_seconds)
}

/// As [`read_file`], from the bytes of a file named `name` (only its extension matters).
///
/// ```
/// // One channel of 16-bit samples at 8 kHz: full scale down, silence, half of full scale up.
/// let mut wav = b"RIFF\x2a\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
/// wav.extend(8_000_u32.to_le_bytes());
/// wav.extend(16_000_u32.to_le_bytes());
/// wav.extend(b"\x02\0\x10\0data\x06\0\0\0");
/// wav.extend([i16::MIN, 0, 1 << 14].into_iter().flat_map(i16::to_le_bytes));
/// let sound = nfx_audio::read_bytes("three.wav", wav, None)?;
/// assert_eq!((sound.rate_hz, sound.channels), (8_000, vec![vec![-1.0, 0.0, 0.5]]));
/// # Ok::<(), nfx_audio::AudioError>(())
/// ```
///
/// # Errors
/// As [`read_file`].
pub fn read_bytes(name: &str, bytes: Vec<u8>, most_seconds: Option<f64>) -> Result<Sound> {
    read(Source::Bytes(Cursor::new(bytes)), extension(Path::new(name)), most_seconds)
}

/// What the header of a file says, without decoding it.
///
/// # Errors
/// As [`read_file`], as far as it shows in the header.
pub fn look(path: &Path) -> Result<Facts> {
    let mut source = open(path)?;
    match kind(&mut source)? {
        Kind::Chunks(layout) => Ok(layout.facts()),
        Kind::Packed(start) => packed::look(source, start, extension(path).as_deref()),
    }
}

fn extension(path: &Path) -> Option<String> {
    path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase)
}

/// Opens a file; what is no file (a folder, a pipe that nobody writes to) is refused before it is
/// waited for.
fn open(path: &Path) -> Result<Source> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            AudioError::new("expected a sound file, but there is no such file")
        }
        std::io::ErrorKind::PermissionDenied => {
            AudioError::new("expected a sound file, but you may not read it")
        }
        _ => AudioError::new(format!("expected a sound file, but it cannot be opened ({error})")),
    };
    let facts = std::fs::metadata(path).map_err(failed)?;
    if facts.is_dir() {
        return Err(AudioError::new("expected a sound file, found a folder"));
    }
    if !facts.is_file() {
        return Err(AudioError::new("expected a sound file, found a device or a pipe"));
    }
    Ok(Source::File(File::open(path).map_err(failed)?))
}

/// How a file is to be read.
enum Kind {
    /// As chunks, which are found.
    Chunks(Layout),
    /// By symphonia, from this byte on.
    Packed(u64),
}

fn read(mut source: Source, extension: Option<String>, most_seconds: Option<f64>) -> Result<Sound> {
    let sound = match kind(&mut source)? {
        Kind::Chunks(layout) => decode::layout(source, layout, most_seconds)?,
        Kind::Packed(start) => packed::read(source, start, extension.as_deref(), most_seconds)?,
    };
    if sound.is_empty() {
        return Err(AudioError::new("expected sound, but there is not a single sample in it"));
    }
    Ok(sound)
}

/// Finds out what a file is by its beginning.
fn kind(source: &mut Source) -> Result<Kind> {
    let len = source.seek(SeekFrom::End(0)).map_err(layout::unreadable)?;
    let mut start = 0;
    // Tags may stand before any kind of file.
    for _ in 0..4 {
        match tag_length(&head(source, start, 10)?) {
            Some(length) if start + length < len => start += length,
            _ => break,
        }
    }
    let head = head(source, start, 4096)?;
    let form = head.get(8..12).unwrap_or_default();
    Ok(match head.get(..4).unwrap_or_default() {
        b"RIFF" | b"RIFX" | b"RF64" | b"BW64" if form == b"WAVE" => {
            Kind::Chunks(riff::layout(source, start, len)?)
        }
        b"riff" if head.starts_with(&riff::WAVE64) => {
            Kind::Chunks(riff::wave64(source, start, len)?)
        }
        b"FORM" if form == b"AIFF" || form == b"AIFC" => {
            Kind::Chunks(aiff::layout(source, start, len)?)
        }
        // From the very beginning: its tags belong to it.
        b"fLaC" | b"OggS" => Kind::Packed(0),
        _ => match sniff::what_is(&head) {
            Some(found) if start == 0 || !found.starts_with("a file of zeros") => {
                return Err(AudioError::new(format!("expected {FORMATS}, found {found}")));
            }
            _ => Kind::Packed(0),
        },
    })
}

/// The length of an ID3 tag at the beginning, with its header.
fn tag_length(head: &[u8]) -> Option<u64> {
    let size = head.strip_prefix(b"ID3")?.get(3..7)?;
    let whole = size.iter().fold(0u64, |all, byte| (all << 7) | u64::from(byte & 0x7f));
    Some(10 + whole)
}

/// Up to `count` bytes from `start` on: none from a place that no file reaches.
fn head(source: &mut Source, start: u64, count: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if i64::try_from(start).is_err() {
        return Ok(bytes);
    }
    source.seek(SeekFrom::Start(start)).map_err(layout::unreadable)?;
    source.take(count).read_to_end(&mut bytes).map_err(layout::unreadable)?;
    Ok(bytes)
}
