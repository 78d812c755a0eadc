//! FLAC, MP3 and Ogg Vorbis, by symphonia.

use std::io::{Cursor, Read, Seek, SeekFrom};

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

use crate::layout::{Source, unreadable};
use crate::{AudioError, FORMATS, Facts, Result, Sound};

/// Silence that stands for a damaged packet is never longer than this.
const LONGEST_PACKET: u64 = 1 << 16;

fn probe(mut source: Source, start: u64, extension: Option<&str>) -> Result<Box<dyn FormatReader>> {
    let mut hint = Hint::new();
    if let Some(extension) = extension {
        hint.with_extension(extension);
    }
    source.seek(SeekFrom::Start(start)).map_err(unreadable)?;
    let media: Box<dyn MediaSource> = match source {
        Source::File(file) => Box::new(file),
        Source::Bytes(bytes) if start == 0 => Box::new(bytes),
        Source::Bytes(mut bytes) => {
            let mut rest = Vec::new();
            bytes.read_to_end(&mut rest).map_err(unreadable)?;
            Box::new(Cursor::new(rest))
        }
    };
    let stream = MediaSourceStream::new(media, Default::default());
    symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| {
            AudioError::new(format!(
                "expected {FORMATS}, found none of these, or a damaged one ({error})"
            ))
        })
}

/// What the header says.
pub(crate) fn look(source: Source, start: u64, extension: Option<&str>) -> Result<Facts> {
    let format = probe(source, start, extension)?;
    let track = format.default_track(TrackType::Audio).ok_or_else(no_track)?;
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or_else(no_coding)?;
    let rate_hz = parameters.sample_rate.filter(|rate| *rate > 0).ok_or_else(no_coding)?;
    let channels = parameters.channels.as_ref().map_or(0, |c| c.count());
    let channels = u16::try_from(channels).unwrap_or(u16::MAX);
    Ok(Facts { rate_hz, channels, frames: track.num_frames.filter(|frames| *frames > 0) })
}

fn no_track() -> AudioError {
    AudioError::new("expected a sound file, but there is no sound in it")
}

fn no_coding() -> AudioError {
    AudioError::new("expected a sound file, but it does not say how its sound is coded")
}

/// Decodes everything, or as much as is wanted.
pub(crate) fn read(
    source: Source,
    start: u64,
    extension: Option<&str>,
    most_seconds: Option<f64>,
) -> Result<Sound> {
    let mut format = probe(source, start, extension)?;
    let track = format.default_track(TrackType::Audio).ok_or_else(no_track)?;
    let (track_id, promised) = (track.id, track.num_frames);
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or_else(no_coding)?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|error| {
            AudioError::new(format!("the coding of its sound is not read ({error})"))
        })?;
    let mut sound = Sound::default();
    let (mut block, mut damaged, mut cut) = (Vec::<Vec<f32>>::new(), 0, false);
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            // A file that ends early, or is damaged so that nothing more is found in it: what came
            // before is kept.
            Ok(None) | Err(Error::IoError(_) | Error::DecodeError(_)) => break,
            Err(Error::ResetRequired) => {
                sound.notes.push(
                    "This file holds several streams, one behind the other; the first is read."
                        .to_owned(),
                );
                break;
            }
            Err(error) => {
                return Err(AudioError::new(format!(
                    "reading it stopped after {} samples ({error})",
                    sound.len()
                )));
            }
        };
        if packet.track_id != track_id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => {
                let rate_hz = buffer.spec().rate();
                buffer.copy_to_vecs_planar(&mut block);
                same_form(&mut sound, rate_hz, block.len())?;
                for (all, new) in sound.channels.iter_mut().zip(&block) {
                    all.extend_from_slice(new);
                }
            }
            Err(Error::DecodeError(_) | Error::IoError(_)) => {
                // What is lost stays silent, so that the rest keeps its time. At the beginning
                // nothing has a time yet.
                if !sound.is_empty() {
                    damaged += 1;
                    let lost = usize::try_from(packet.dur.get().min(LONGEST_PACKET)).unwrap_or(0);
                    sound
                        .channels
                        .iter_mut()
                        .for_each(|channel| channel.resize(channel.len() + lost, 0.0));
                }
            }
            Err(error) => return Err(AudioError::new(format!("decoding it failed ({error})"))),
        }
        if most_seconds
            .is_some_and(|most| sound.len() as f64 >= most * f64::from(sound.rate_hz.max(1)))
        {
            cut = true;
            break;
        }
    }
    if damaged > 0 {
        sound
            .notes
            .push(format!("{damaged} pieces of this file are damaged and were left silent."));
    }
    // Only FLAC counts exactly.
    if let Some(promised) = promised.filter(|_| !cut && format.format_info().short_name == "flac")
        && (sound.len() as u64) < promised
        && !sound.is_empty()
    {
        let seconds = |frames: u64| frames as f64 / f64::from(sound.rate_hz.max(1));
        sound.notes.push(format!(
            "This file is cut short: its header promises {:.1} s of sound, and {:.1} s are there.",
            seconds(promised),
            seconds(sound.len() as u64)
        ));
    }
    Ok(sound)
}

/// That a file stays what it began as.
fn same_form(sound: &mut Sound, rate_hz: u32, channels: usize) -> Result<()> {
    if sound.channels.is_empty() {
        sound.rate_hz = rate_hz;
        sound.channels = vec![Vec::new(); channels];
    }
    if sound.rate_hz != rate_hz || sound.channels.len() != channels {
        return Err(AudioError::new(format!(
            "expected one rate and number of channels throughout, but after {} samples it changes from {} Hz and {} channels to {rate_hz} Hz \
             and {channels}",
            sound.len(),
            sound.rate_hz,
            sound.channels.len()
        )));
    }
    Ok(())
}
