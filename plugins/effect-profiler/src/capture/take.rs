//! Recording one take: the ring from the audio thread, and the file.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nfx_frame::Sentence;
use nfx_frame::clip::Clip;
use nfx_frame::worker::Ending;

use crate::recorder::{Input, Link, Playback};

/// Seconds of sound that may wait for this side.
const RING_S: f64 = 8.0;
/// A host that plays no block for so long has stopped its engine.
const PATIENCE: Duration = Duration::from_secs(5);

/// A piece of a second that swells and falls over a tone and its octaves, at any rate: loud enough
/// to set levels by.
#[must_use]
pub fn level_sound(gain: f32) -> Vec<f32> {
    const LENGTH: usize = 48_000;
    (0..LENGTH)
        .map(|i| {
            let t = i as f32 / LENGTH as f32;
            let swell = (t * std::f32::consts::PI).sin().powi(2);
            let tone = |cycles: f32| (t * cycles * std::f32::consts::TAU).sin();
            gain * swell * (0.6 * tone(196.0) + 0.3 * tone(392.0) + 0.1 * tone(1568.0))
        })
        .collect()
}

/// A signal times `gain`, its first channel alone.
#[must_use]
pub fn at_level(signal: &Clip, gain: f32) -> Clip {
    let sound = signal.channels.first().into_iter().flatten().map(|sample| sample * gain).collect();
    Clip { channels: vec![sound], rate_hz: signal.rate_hz }
}

/// Plays `signal` and returns what came back at `input`. Waits for it: not for the editor's thread.
///
/// # Errors
/// A sentence.
pub fn record(
    recorder: &Link,
    signal: &Clip,
    input: Input,
    ending: &Ending,
) -> Result<Vec<f32>, Sentence> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let ring = (signal.rate_hz * RING_S) as usize;
    let (to, mut from) = rtrb::RingBuffer::new(ring.max(1 << 15));
    let sound: Vec<f32> = signal.channels.first().cloned().unwrap_or_default();
    // The trainer wants both of one length; the signal ends in silence, so nothing is lost by the
    // delay.
    let whole = sound.len();
    let mut recorded = Vec::with_capacity(whole);
    recorder.play(Playback {
        sounds: [Arc::new(sound), Arc::default()],
        looped: false,
        tail: 0,
        input,
        to: Some(to),
    });
    let (mut blocks, mut since) = (recorder.blocks(), Instant::now());
    loop {
        let is_over = !recorder.is_busy() || from.is_abandoned();
        while let Ok(chunk) = from.read_chunk(from.slots().min(4096)) {
            let (first, second) = chunk.as_slices();
            recorded.extend_from_slice(first);
            recorded.extend_from_slice(second);
            let count = first.len() + second.len();
            chunk.commit_all();
            if count == 0 {
                break;
            }
        }
        if recorder.has_dropped() {
            return Err(
                "The recording was cut: the host restarted its audio, or this computer was too busy. Record it again."
                    .to_owned().into()
            );
        }
        if is_over {
            break;
        }
        if ending.is_near() {
            recorder.stop();
            break;
        }
        if recorder.blocks() != blocks {
            (blocks, since) = (recorder.blocks(), Instant::now());
        } else if since.elapsed() > PATIENCE {
            recorder.stop();
            return Err("The host plays no audio, so nothing was recorded. Start its engine (or its transport), and record again.".into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    if recorded.len() < whole {
        return Err("The recording was stopped.".into());
    }
    Ok(recorded)
}

/// Writes a take beside its signal.
///
/// # Errors
/// A sentence.
pub fn write(path: &Path, take: Vec<f32>, rate_hz: f64) -> Result<(), Sentence> {
    Clip { channels: vec![take], rate_hz }.write_wav(path)
}

/// What can be told without the trainer: silence and clipping.
#[must_use]
pub fn first_look(take: &[f32], clipped: usize) -> Option<String> {
    let peak = take.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    if peak < 1e-4 {
        return Some(
            "Nothing came back. Check the cable from the device to the input, and which input is recorded.".to_owned(),
        );
    }
    (clipped > 16).then(|| {
        format!("The input clipped ({clipped} samples at full scale). Turn the input of the interface down, and record again.")
    })
}
