//! What the chunks of a file say: where its sound lies and how it is coded.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};

use crate::{AudioError, Facts, MOST_CHANNELS, RATES, Result};

/// Where the bytes come from.
pub(crate) enum Source {
    File(File),
    Bytes(Cursor<Vec<u8>>),
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Source::File(file) => file.read(buffer),
            Source::Bytes(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        match self {
            Source::File(file) => file.seek(to),
            Source::Bytes(bytes) => bytes.seek(to),
        }
    }
}

/// That the disk did not give what it should.
pub(crate) fn unreadable(error: std::io::Error) -> AudioError {
    AudioError::new(format!("expected a sound file, but reading it failed ({error})"))
}

/// How samples are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Whole numbers of 1 to 4 bytes, the bits at the top unless `low_bits` says that they may
    /// stand at the bottom.
    Integer { bytes: u8, big_endian: bool, signed: bool, low_bits: Option<u8> },
    /// Floats of 4 or 8 bytes.
    Float { bytes: u8, big_endian: bool },
    /// One byte each, by ITU-T G.711.
    ALaw,
    /// One byte each, by ITU-T G.711.
    MuLaw,
    /// Microsoft's ADPCM in blocks.
    MsAdpcm,
    /// The ADPCM of the IMA in blocks of WAV files.
    ImaWav,
    /// The same in the packets of QuickTime, 34 bytes a channel.
    ImaQuickTime,
    /// A stream of MP3 in the place of the samples.
    Mp3,
}

impl Coding {
    /// Bytes and frames of the smallest piece of all channels together. MP3 has no such piece.
    pub(crate) fn block(self, channels: u16, align: u64) -> (u64, u64) {
        let wide = u64::from(channels);
        match self {
            Coding::Integer { bytes, .. } | Coding::Float { bytes, .. } => {
                (u64::from(bytes) * wide, 1)
            }
            Coding::ALaw | Coding::MuLaw => (wide, 1),
            Coding::MsAdpcm => (align, (align.saturating_sub(7 * wide) * 2 / wide) + 2),
            Coding::ImaWav => (align, (align.saturating_sub(4 * wide) * 2 / wide) + 1),
            Coding::ImaQuickTime => (34 * wide, 64),
            Coding::Mp3 => (1, 0),
        }
    }
}

/// Where the sound of a file lies, and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub coding: Coding,
    pub rate_hz: u32,
    pub channels: u16,
    /// Bytes of a block of ADPCM.
    pub align: u64,
    /// The first byte of the sound, and how many there are: never more than the file has.
    pub start: u64,
    pub size: u64,
    /// Frames that the header promises of blocks whose last may be filled up.
    pub promised: Option<u64>,
    pub notes: Vec<String>,
}

impl Layout {
    /// That rate and channels are some that a sound can have.
    pub(crate) fn check(rate_hz: f64, channels: u16) -> Result<u32> {
        if channels == 0 || channels > MOST_CHANNELS {
            return Err(AudioError::new(format!(
                "expected 1 to {MOST_CHANNELS} channels, but its header says {channels}"
            )));
        }
        let rate = rate_hz.round();
        if !(f64::from(*RATES.start())..=f64::from(*RATES.end())).contains(&rate) {
            return Err(AudioError::new(format!(
                "expected a sample rate of 1 Hz to 10 MHz, but its header says {rate_hz} Hz"
            )));
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Ok(rate as u32)
    }

    /// Frames that are in the file; `None` of a coding whose length only decoding tells.
    pub(crate) fn frames(&self) -> Option<u64> {
        let (bytes, frames) = self.coding.block(self.channels, self.align);
        let there = (frames > 0 && bytes > 0).then(|| self.size / bytes * frames)?;
        Some(
            self.promised
                .filter(|promised| *promised > 0 && promised.saturating_add(frames) > there)
                .unwrap_or(there)
                .min(there),
        )
    }

    pub(crate) fn facts(&self) -> Facts {
        Facts { rate_hz: self.rate_hz, channels: self.channels, frames: self.frames() }
    }
}

/// A size of the sound as a header states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stated {
    /// So many bytes.
    Bytes(u64),
    /// A stream whose length was not known when it began: to the end.
    Open,
    /// Nothing was filled in when the file was closed, if it ever was.
    Nothing,
}

impl Stated {
    /// From a field of 32 bits: programs that write to a pipe put the greatest numbers there.
    pub(crate) fn of(size: u32) -> Self {
        match size {
            0 => Stated::Nothing,
            0x7fff_0000..=0x7fff_ffff | 0xffff_0000..=0xffff_ffff => Stated::Open,
            size => Stated::Bytes(u64::from(size)),
        }
    }
}

/// How many bytes of sound there are from `start` on in a file of `len` bytes, and what is to be
/// said of it. `second` turns bytes into seconds.
pub(crate) fn extent(
    source: &mut Source,
    start: u64,
    len: u64,
    stated: Stated,
    bytes_a_second: f64,
) -> Result<(u64, Vec<String>)> {
    let rest = len.saturating_sub(start);
    let seconds = |bytes: u64| bytes as f64 / bytes_a_second.max(1.0);
    Ok(match stated {
        Stated::Nothing if rest == 0 || only_chunks(source, start, len)? => (0, Vec::new()),
        Stated::Nothing => {
            let note = format!(
                "This file was never finished by its recorder (its header says a length of 0); all {:.1} s that are in it are read.",
                seconds(rest)
            );
            (rest, vec![note])
        }
        Stated::Open => (rest, Vec::new()),
        Stated::Bytes(size) if size <= rest => (size, Vec::new()),
        Stated::Bytes(size) => {
            let note = format!(
                "This file is cut short: its header promises {:.1} s of sound, and {:.1} s are there.",
                seconds(size),
                seconds(rest)
            );
            // A few bytes too many in the size are a program's mistake, and nothing is missing.
            (rest, if size - rest > 64 { vec![note] } else { Vec::new() })
        }
    })
}

/// Whether what follows is nothing but chunks up to the end, so that an empty sound is meant.
fn only_chunks(source: &mut Source, start: u64, len: u64) -> Result<bool> {
    let mut at = start;
    for _ in 0..64 {
        if at == len {
            return Ok(true);
        }
        let head = crate::head(source, at, 8)?;
        let (Some(id), Some(size)) =
            (head.first_chunk::<4>(), head.get(4..).and_then(|s| s.first_chunk::<4>()))
        else {
            return Ok(false);
        };
        if !is_id(id) {
            return Ok(false);
        }
        // The order of bytes is that of the file; the wrong one is hardly ever within it.
        let little = u64::from(u32::from_le_bytes(*size));
        let big = u64::from(u32::from_be_bytes(*size));
        let size = if at + 8 + little <= len { little } else { big };
        at = (at + 8 + size + (size & 1)).max(at + 8);
        if at > len + 1 {
            return Ok(false);
        }
        at = at.min(len);
    }
    Ok(false)
}

/// Whether four bytes are a name as chunks have it.
pub(crate) fn is_id(id: &[u8; 4]) -> bool {
    id.iter().all(|byte| (32..127).contains(byte)) && id.iter().any(u8::is_ascii_alphanumeric)
}
