//! From the bytes of a layout to samples.

use std::io::{Cursor, Read, Seek, SeekFrom};

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use crate::layout::{Coding, Layout, Source, unreadable};
use crate::{AudioError, Result, Sound, packed};

/// Bytes that are decoded at once, about.
const PIECE: u64 = 1 << 16;

/// Decodes what a layout points to, at most `most_seconds` of it.
pub(crate) fn layout(
    mut source: Source,
    layout: Layout,
    most_seconds: Option<f64>,
) -> Result<Sound> {
    source.seek(SeekFrom::Start(layout.start)).map_err(unreadable)?;
    let mut bytes = source.take(layout.size);
    if layout.coding == Coding::Mp3 {
        let mut stream = Vec::new();
        bytes.read_to_end(&mut stream).map_err(unreadable)?;
        let mut sound =
            packed::read(Source::Bytes(Cursor::new(stream)), 0, Some("mp3"), most_seconds)?;
        sound.notes.extend(layout.notes);
        return Ok(sound);
    }
    let (block, block_frames) = layout.coding.block(layout.channels, layout.align);
    let blocks = (PIECE / block.max(1)).max(1);
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(
            &parameters(&layout, blocks * block_frames),
            &AudioDecoderOptions::default(),
        )
        .map_err(|error| {
            AudioError::new(format!("the coding of its sound is not read ({error})"))
        })?;
    let all = layout.frames().unwrap_or(0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let wanted = most_seconds
        .map_or(all, |most| all.min((most * f64::from(layout.rate_hz)).ceil() as u64))
        as usize;
    // No more than the file's own bytes can fill.
    let mut channels = vec![Vec::with_capacity(wanted); usize::from(layout.channels)];
    let (mut piece, mut planes, mut damaged) = (Vec::new(), Vec::<Vec<f32>>::new(), 0);
    while channels[0].len() < wanted {
        piece.clear();
        bytes.by_ref().take(blocks * block).read_to_end(&mut piece).map_err(unreadable)?;
        let whole = piece.len() as u64 / block;
        if whole == 0 {
            break;
        }
        piece.truncate((whole * block) as usize);
        let frames = whole * block_frames;
        let packet =
            Packet::new(0, Timestamp::new(0), Duration::new(frames), std::mem::take(&mut piece));
        match decoder.decode(&packet) {
            Ok(buffer) => buffer.copy_to_vecs_planar(&mut planes),
            Err(_) => {
                // What is lost stays silent, so that the rest keeps its time.
                damaged += 1;
                planes = vec![vec![0.0; frames as usize]; channels.len()];
            }
        }
        for (all, new) in channels.iter_mut().zip(&planes) {
            let room = wanted - all.len();
            all.extend_from_slice(&new[..room.min(new.len())]);
        }
    }
    if let Coding::Integer { bytes, low_bits: Some(bits), .. } = layout.coding {
        raise(&mut channels, bytes, bits);
    }
    let mut notes = layout.notes;
    if damaged > 0 {
        notes.push(format!("{damaged} blocks of this file are damaged and were left silent."));
    }
    Ok(Sound { channels, rate_hz: layout.rate_hz, notes })
}

fn parameters(layout: &Layout, packet_frames: u64) -> AudioCodecParameters {
    let (_, block_frames) = layout.coding.block(layout.channels, layout.align);
    let mut parameters = AudioCodecParameters::new();
    parameters
        .for_codec(id(layout.coding))
        .with_sample_rate(layout.rate_hz)
        .with_channels(match layout.channels {
            1 => symphonia::core::audio::layouts::CHANNEL_LAYOUT_MONO,
            2 => symphonia::core::audio::layouts::CHANNEL_LAYOUT_STEREO,
            more => Channels::Discrete(more),
        })
        .with_max_frames_per_packet(packet_frames)
        .with_frames_per_block(block_frames);
    parameters
}

fn id(coding: Coding) -> AudioCodecId {
    match coding {
        Coding::Integer { bytes, big_endian, signed, .. } => match (bytes, big_endian, signed) {
            (1, _, false) => codec::CODEC_ID_PCM_U8,
            (1, _, true) => codec::CODEC_ID_PCM_S8,
            (2, false, _) => codec::CODEC_ID_PCM_S16LE,
            (2, true, _) => codec::CODEC_ID_PCM_S16BE,
            (3, false, _) => codec::CODEC_ID_PCM_S24LE,
            (3, true, _) => codec::CODEC_ID_PCM_S24BE,
            (_, false, _) => codec::CODEC_ID_PCM_S32LE,
            (_, true, _) => codec::CODEC_ID_PCM_S32BE,
        },
        Coding::Float { bytes: 4, big_endian: false } => codec::CODEC_ID_PCM_F32LE,
        Coding::Float { bytes: 4, big_endian: true } => codec::CODEC_ID_PCM_F32BE,
        Coding::Float { big_endian: false, .. } => codec::CODEC_ID_PCM_F64LE,
        Coding::Float { big_endian: true, .. } => codec::CODEC_ID_PCM_F64BE,
        Coding::ALaw => codec::CODEC_ID_PCM_ALAW,
        Coding::MuLaw => codec::CODEC_ID_PCM_MULAW,
        Coding::MsAdpcm => codec::CODEC_ID_ADPCM_MS,
        Coding::ImaWav => codec::CODEC_ID_ADPCM_IMA_WAV,
        Coding::ImaQuickTime => codec::CODEC_ID_ADPCM_IMA_QT,
        Coding::Mp3 => codec::CODEC_ID_MP3,
    }
}

/// Brings samples of `bits` that stand at the bottom of their `bytes` to full scale. That they do
/// is seen: none needs the bits above, and some use those that would else be empty.
fn raise(channels: &mut [Vec<f32>], bytes: u8, bits: u8) {
    let spare = (8 * bytes).saturating_sub(bits);
    let factor = f32::from(spare).exp2();
    let step = f64::from(8 * bytes - 1).exp2();
    let mut all = channels.iter().flatten();
    let small = all.clone().all(|x| x.abs() <= 1.0 / factor);
    let used = all.any(|x| (f64::from(*x) * step) % f64::from(factor) != 0.0);
    if small && used {
        channels.iter_mut().flatten().for_each(|x| *x *= factor);
    }
}
