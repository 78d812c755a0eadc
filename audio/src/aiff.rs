//! AIFF and AIFF-C files.

use crate::layout::{Coding, Layout, Source, Stated, extent};
use crate::{AudioError, Result, head};

/// More chunks than this are no file of anybody's.
const MOST_CHUNKS: usize = 10_000;

/// What a `COMM` chunk says.
struct Common {
    coding: Coding,
    channels: u16,
    rate_hz: u32,
}

/// Finds the sound of a FORM file that begins at `begin`. The size of the whole is not believed:
/// the end of the file is what counts.
pub(crate) fn layout(source: &mut Source, begin: u64, len: u64) -> Result<Layout> {
    let (mut common, mut data) = (None, None);
    let mut at = begin + 12;
    for _ in 0..MOST_CHUNKS {
        let chunk = head(source, at, 8)?;
        let (Some(id), Some(size)) =
            (chunk.first_chunk::<4>(), chunk.get(4..).and_then(|s| s.first_chunk::<4>()))
        else {
            break;
        };
        let (size, body) = (u32::from_be_bytes(*size), at + 8);
        match id {
            b"COMM" if common.is_none() => {
                common = Some(of_common(&head(source, body, u64::from(size).min(64))?)?)
            }
            b"SSND" if data.is_none() => {
                let fields = head(source, body, 8)?;
                let offset =
                    fields.first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes));
                // The sound begins `offset` bytes behind the chunk's own fields.
                let start = body + 8 + u64::from(offset);
                let stated = match Stated::of(size) {
                    Stated::Bytes(size) if size <= 8 => Stated::Nothing,
                    Stated::Bytes(size) => {
                        Stated::Bytes((size - 8).saturating_sub(u64::from(offset)))
                    }
                    other => other,
                };
                if start > len {
                    return Err(AudioError::new(format!(
                        "expected an AIFF file with sound, but its sound begins at byte {start} of {len}"
                    )));
                }
                data = Some((start, stated));
            }
            _ => {}
        }
        if common.is_some() && data.is_some() {
            break;
        }
        at = body.saturating_add(u64::from(size)).saturating_add(u64::from(size & 1));
        if at >= len {
            break;
        }
    }
    let Some(Common { coding, channels, rate_hz }) = common else {
        return Err(AudioError::new(
            "expected an AIFF file, but it has no `COMM` chunk that says how the sound is coded",
        ));
    };
    let Some((start, stated)) = data else {
        return Err(AudioError::new(
            "expected an AIFF file with sound, but it has no `SSND` chunk: it is cut short",
        ));
    };
    let (bytes, frames) = coding.block(channels, 0);
    let bytes_a_second = bytes as f64 * f64::from(rate_hz) / frames.max(1) as f64;
    let (size, notes) = extent(source, start, len, stated, bytes_a_second)?;
    Ok(Layout { coding, rate_hz, channels, align: 0, start, size, promised: None, notes })
}

fn of_common(bytes: &[u8]) -> Result<Common> {
    let Some(fields) = bytes.first_chunk::<18>() else {
        return Err(AudioError::new(format!(
            "expected a `COMM` chunk of 18 bytes or more, found one of {}",
            bytes.len()
        )));
    };
    let channels = u16::from_be_bytes([fields[0], fields[1]]);
    let bits = u16::from_be_bytes([fields[6], fields[7]]);
    let mut rate = [0; 10];
    rate.copy_from_slice(&fields[8..]);
    let rate_hz = Layout::check(extended(rate), channels)?;
    let kind = bytes.get(18..).and_then(|rest| rest.first_chunk::<4>()).unwrap_or(b"NONE");
    let whole = |big_endian: bool, bits: u16| match bits {
        1..=32 => Ok(Coding::Integer {
            bytes: bits.div_ceil(8) as u8,
            big_endian,
            signed: true,
            low_bits: None,
        }),
        _ => Err(AudioError::new(format!("expected samples of 1 to 32 bits, found {bits}"))),
    };
    let coding = match kind {
        b"NONE" | b"twos" => whole(true, bits)?,
        b"sowt" => whole(false, bits)?,
        b"raw " => Coding::Integer { bytes: 1, big_endian: true, signed: false, low_bits: None },
        b"in24" => whole(true, 24)?,
        b"42ni" => whole(false, 24)?,
        b"in32" => whole(true, 32)?,
        b"23ni" => whole(false, 32)?,
        b"fl32" | b"FL32" => Coding::Float { bytes: 4, big_endian: true },
        b"fl64" | b"FL64" => Coding::Float { bytes: 8, big_endian: true },
        b"ulaw" | b"ULAW" => Coding::MuLaw,
        b"alaw" | b"ALAW" => Coding::ALaw,
        b"ima4" if channels <= 2 => Coding::ImaQuickTime,
        other => {
            return Err(AudioError::new(format!(
                "expected an AIFF file of plain samples, A-law, \u{b5}-law or IMA ADPCM, found the coding `{}`: \
                 export it anew without compression",
                other.escape_ascii()
            )));
        }
    };
    Ok(Common { coding, channels, rate_hz })
}

/// A float of 80 bits, as the rate is written. What is negative or not finite is NaN, which no rate
/// is.
fn extended(bytes: [u8; 10]) -> f64 {
    let [high, low, mantissa @ ..] = bytes;
    let exponent = i32::from(u16::from_be_bytes([high & 0x7f, low]));
    if exponent == 0x7fff || high & 0x80 != 0 {
        return f64::NAN;
    }
    u64::from_be_bytes(mantissa) as f64 * f64::from(exponent - 16_383 - 63).exp2()
}
