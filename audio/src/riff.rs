//! WAV files: RIFF, its big-endian twin RIFX, RF64 and BW64 with sizes of 64 bits, and Sony's
//! Wave64.

use crate::layout::{Coding, Layout, Source, Stated, extent, is_id};
use crate::{AudioError, Result, head};

/// How a Wave64 file begins.
pub(crate) const WAVE64: [u8; 16] = *b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0";
/// What ends the names of Wave64's chunks that begin like those of WAV.
const WAVE64_TAIL: [u8; 12] = *b"\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a";
/// More chunks than this before the sound are no file of anybody's.
const MOST_CHUNKS: usize = 10_000;
/// Chunks that are found where they should not be, when the byte before them was forgotten.
const KNOWN: [&[u8; 4]; 8] =
    [b"data", b"fmt ", b"fact", b"LIST", b"bext", b"iXML", b"JUNK", b"PEAK"];
/// Most bytes of a `fmt ` chunk that are looked at.
const FMT_BYTES: u64 = 64;

/// Numbers in the file's order of bytes.
#[derive(Clone, Copy)]
struct Order {
    big_endian: bool,
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let two = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(if self.big_endian { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let four = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    }

    fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let eight = *bytes.get(at..)?.first_chunk::<8>()?;
        Some(if self.big_endian { u64::from_be_bytes(eight) } else { u64::from_le_bytes(eight) })
    }
}

/// What a `fmt ` chunk says.
struct Format {
    coding: Coding,
    channels: u16,
    rate_hz: u32,
    align: u64,
}

/// What is gathered on the way through the chunks.
#[derive(Default)]
struct Found {
    format: Option<Format>,
    data: Option<(u64, Stated)>,
    fact: Option<u64>,
}

impl Found {
    fn layout(self, source: &mut Source, len: u64) -> Result<Layout> {
        let Some(format) = self.format else {
            return Err(AudioError::new(
                "expected a WAV file, but it has no `fmt ` chunk that says how the sound is coded",
            ));
        };
        let Some((start, stated)) = self.data else {
            return Err(AudioError::new(
                "expected a WAV file with sound, but it has no `data` chunk: it is cut short",
            ));
        };
        let (bytes, frames) = format.coding.block(format.channels, format.align);
        let bytes_a_second = bytes as f64 * f64::from(format.rate_hz) / frames.max(1) as f64;
        let (size, notes) = extent(source, start, len, stated, bytes_a_second)?;
        // Of samples the size tells the count; of blocks the `fact` chunk says where the last one
        // ends.
        let promised = self.fact.filter(|_| frames > 1);
        let Format { coding, channels, rate_hz, align } = format;
        Ok(Layout { coding, rate_hz, channels, align, start, size, promised, notes })
    }
}

/// Finds the sound of a RIFF, RIFX, RF64 or BW64 file that begins at `begin`. The size of the whole
/// is not believed: the end of the file is what counts.
pub(crate) fn layout(source: &mut Source, begin: u64, len: u64) -> Result<Layout> {
    let order = Order { big_endian: head(source, begin, 4)? == b"RIFX" };
    let mut found = Found::default();
    let mut long_size = None;
    let mut at = begin + 12;
    for _ in 0..MOST_CHUNKS {
        let chunk = head(source, at, 8)?;
        let (Some(id), Some(size)) = (chunk.first_chunk::<4>(), order.u32(&chunk, 4)) else {
            break;
        };
        let body = at + 8;
        match id {
            b"fmt " if found.format.is_none() => {
                let bytes = head(source, body, u64::from(size).clamp(16, FMT_BYTES))?;
                found.format = Some(format(&bytes, order, size)?);
            }
            b"ds64" => long_size = order.u64(&head(source, body, 28)?, 8),
            b"fact" if size >= 4 => {
                found.fact = order.u32(&head(source, body, 4)?, 0).map(u64::from)
            }
            b"data" if found.data.is_none() => {
                let stated = match (size, long_size) {
                    (u32::MAX, Some(0 | u64::MAX)) => Stated::Nothing,
                    (u32::MAX, Some(long)) => Stated::Bytes(long),
                    // Sizes above 4 GB wrap round: then everything to the end is sound.
                    (size, _)
                        if len.saturating_sub(body) > u64::from(u32::MAX) + u64::from(size) =>
                    {
                        Stated::Open
                    }
                    (size, _) => Stated::of(size),
                };
                found.data = Some((body, stated));
                if found.format.is_some() && !matches!(stated, Stated::Bytes(_)) {
                    break;
                }
            }
            _ => {}
        }
        // All that matters is there; only a `fact` could still follow, and nobody writes it behind
        // the sound.
        if found.format.is_some() && found.data.is_some() {
            break;
        }
        let size = match (id, found.data) {
            (b"data", Some((_, Stated::Bytes(long)))) => long,
            _ => u64::from(size),
        };
        at = next(source, body.saturating_add(size), size)?;
    }
    found.layout(source, len)
}

/// Where the next chunk begins: chunks of odd size are followed by a byte that fills them up, which
/// some programs forget.
fn next(source: &mut Source, end: u64, size: u64) -> Result<u64> {
    if size & 1 == 0 {
        return Ok(end);
    }
    let around = head(source, end, 5)?;
    let id = |at: usize| around.get(at..).and_then(|id| id.first_chunk::<4>());
    let named = |at: usize| id(at).is_some_and(is_id);
    let known = id(0).is_some_and(|id| KNOWN.contains(&id));
    Ok(if known || named(0) && !named(1) { end } else { end.saturating_add(1) })
}

/// Finds the sound of a Wave64 file.
pub(crate) fn wave64(source: &mut Source, begin: u64, len: u64) -> Result<Layout> {
    let order = Order { big_endian: false };
    let mut found = Found::default();
    let mut at = begin + 40;
    for _ in 0..MOST_CHUNKS {
        let chunk = head(source, at, 24)?;
        let (Some(id), Some(size)) = (chunk.first_chunk::<4>(), order.u64(&chunk, 16)) else {
            break;
        };
        let (body, known) = (at + 24, chunk.get(4..16) == Some(&WAVE64_TAIL));
        match id {
            b"fmt " if known => {
                found.format = Some(format(&head(source, body, FMT_BYTES)?, order, 40)?)
            }
            b"fact" if known => found.fact = order.u64(&head(source, body, 8)?, 0),
            b"data" if known => {
                let stated = match size {
                    0..=24 => Stated::Nothing,
                    u64::MAX => Stated::Open,
                    size => Stated::Bytes(size - 24),
                };
                found.data = Some((body, stated));
                break;
            }
            _ => {}
        }
        if size < 24 {
            break;
        }
        at = at.saturating_add(size).saturating_add(7) / 8 * 8;
    }
    found.layout(source, len)
}

fn format(bytes: &[u8], order: Order, size: u32) -> Result<Format> {
    let short = || {
        AudioError::new(format!("expected a `fmt ` chunk of 16 bytes or more, found one of {size}"))
    };
    let field = |at: usize| order.u16(bytes, at).ok_or_else(short);
    if size < 16 {
        return Err(short());
    }
    let (mut tag, channels, align, bits) = (field(0)?, field(2)?, field(12)?, field(14)?);
    let rate_hz = Layout::check(f64::from(order.u32(bytes, 4).ok_or_else(short)?), channels)?;
    let extensible = tag == 0xfffe;
    if extensible {
        // The first two bytes of the GUID are the tag that would have stood there.
        tag = field(24).map_err(|_| {
            AudioError::new("expected an extensible `fmt ` chunk of 40 bytes, found less")
        })?;
    }
    let stated = StatedSamples { channels, align, bits, extensible };
    let coding = coding(tag, stated, order)?;
    let needed = match coding {
        Coding::MsAdpcm => 7 * channels,
        Coding::ImaWav => 4 * channels,
        _ => 0,
    };
    if needed > 0 && (align < needed || channels > 2) {
        return Err(AudioError::new(format!(
            "expected ADPCM of one or two channels in blocks of {needed} bytes or more, found {channels} channels and {align} bytes"
        )));
    }
    Ok(Format { coding, channels, rate_hz, align: u64::from(align) })
}

/// What a `fmt ` chunk says of its samples beside the coding's tag.
#[derive(Clone, Copy)]
struct StatedSamples {
    channels: u16,
    /// Bytes of a block: one sample of every channel, where the coding has no larger blocks.
    align: u16,
    /// Bits of a sample.
    bits: u16,
    /// The chunk has the extensible form.
    extensible: bool,
}

fn coding(tag: u16, stated: StatedSamples, order: Order) -> Result<Coding> {
    let StatedSamples { channels, align, bits, extensible } = stated;
    let Order { big_endian } = order;
    // What one sample takes in the file: that of the block where it is whole and enough, else what
    // the bits need.
    let needed = bits.div_ceil(8);
    let held = if align.is_multiple_of(channels) { align / channels } else { 0 };
    let bytes = if (needed.max(1)..=8).contains(&held) { held } else { needed };
    let float_bits = if matches!(bits, 32 | 64) { bits } else { held.saturating_mul(8) };
    let refused = |what: String| {
        Err(AudioError::new(format!("expected samples of 8 to 32 bits or floats, found {what}")))
    };
    match tag {
        1 => match u8::try_from(bytes) {
            Ok(bytes @ 1..=4) => {
                // Numbers with room to spare stand at the top by the rules; outside the extensible
                // form not all programs know that.
                let spare = !extensible && bits > 0 && u16::from(bytes) > needed;
                let low_bits = u8::try_from(bits).ok().filter(|_| spare);
                Ok(Coding::Integer { bytes, big_endian, signed: bytes > 1, low_bits })
            }
            _ => refused(format!("whole numbers of {bits} bits")),
        },
        3 => match float_bits {
            32 => Ok(Coding::Float { bytes: 4, big_endian }),
            64 => Ok(Coding::Float { bytes: 8, big_endian }),
            _ => refused(format!("floats of {bits} bits")),
        },
        6 => Ok(Coding::ALaw),
        7 => Ok(Coding::MuLaw),
        2 => Ok(Coding::MsAdpcm),
        0x11 => Ok(Coding::ImaWav),
        0x50 | 0x55 => Ok(Coding::Mp3),
        other => {
            let name = match other {
                0x31 => "GSM 6.10",
                0x14 | 0x40 | 0x45 | 0x64 | 0x65 => "G.721, G.723 or G.726",
                0x38 => "ADPCM of Natural MicroSystems",
                0x22 => "TrueSpeech",
                0x160..=0x163 => "Windows Media Audio",
                0xff | 0x1600..=0x1610 | 0xa106 => "AAC",
                0x2000 | 0x92 => "Dolby AC-3",
                0x2001 => "DTS",
                0x674f..=0x6771 => "Vorbis inside WAV",
                0xf1ac => "FLAC inside WAV",
                _ => "an unknown coding",
            };
            Err(AudioError::new(format!(
                "expected a WAV file of plain samples, A-law, \u{b5}-law, ADPCM or MP3, found {name} (format {other:#06x}): \
                 export it anew as PCM"
            )))
        }
    }
}
