//! `nfx-train ir`: an impulse response as a file, from a sweep and its recording.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use nfx_core::engine::profiler::LONGEST_IMPULSE_S;

use super::check::db;
use super::progress::say;
use super::response::Response;
use crate::audio::{Audio, read_audio, resample, write_float_wav};
use crate::files::{WAV, can_write};

/// Seconds between the beginning of the file and the first sound.
const LEAD_S: f64 = 0.000_5;
/// Less of a recording than this, beside what chance gives, is not the sweep through anything.
const LEAST_EXPLAINED: f64 = 0.2;
/// Of a linear device in a quiet room this much of the recording is the sweep.
const WELL_EXPLAINED: f64 = 0.9;
/// With less of its energy in one millisecond than this a response may be that of a sweep at
/// another speed.
const DOUBTFUL_COMPACT: f64 = 0.05;
/// With less than this it has no first sound.
const LEAST_COMPACT: f64 = 0.005;
/// At its own speed a sweep gives a response with so many times as much, and at least so much, in
/// one millisecond.
const FITS: (f64, f64) = (4.0, 0.01);
/// And so much of the recording is the sweep then.
const FITS_EXPLAINED: f64 = 0.7;
/// By how much speeds differ when two rates are taken for each other.
const SPEEDS: [f64; 8] =
    [147.0 / 160.0, 160.0 / 147.0, 0.5, 2.0, 147.0 / 320.0, 320.0 / 147.0, 1.0 / 3.0, 3.0];
/// Where the peak is put when it is asked for, in dBFS.
const NORMALISED_DB: f64 = -1.0;
/// A channel quieter than this beside the loudest is taken for silent.
const SILENT_SHARE: f64 = 1e-3;
/// Samples in a row at one height that may be a clipped top.
const FLAT_RUN: usize = 3;
/// What must have been above a flat top, as a share of it, to call it clipped.
const CUT_SHARE: f32 = 0.005;

/// Writes the impulse response of a device from a recorded sweep, its first sound half a
/// millisecond after the beginning, faded out over its last tenth; as loud as the device is, or
/// with its peak at −1 dBFS. Says what was found.
///
/// # Errors
/// When a file cannot be read or written, a sound is silent, or the recording is not of this sweep.
pub fn write_response(
    sweep: &Path,
    recording: &Path,
    out: &Path,
    seconds: f64,
    normalise: bool,
) -> Result<()> {
    ensure!(
        (0.001..=20.0).contains(&seconds),
        "expected an impulse response of 0.001 to 20 seconds, found {seconds}"
    );
    can_write(out, WAV)?;
    let (dry, wet) = (read_audio(sweep)?, read_audio(recording)?);
    let (channels, said) = of(&dry, &wet, seconds, normalise)
        .with_context(|| format!("no impulse response of {} can be made", recording.display()))?;
    write_float_wav(out, &channels, wet.rate)?;
    said.iter().for_each(|sentence| say("note", sentence));
    Ok(())
}

/// The response `[channel][sample]` at the recording's rate, and what is to be said of it.
///
/// # Errors
/// As [`write_response`].
pub fn of(
    dry: &Audio,
    wet: &Audio,
    seconds: f64,
    normalise: bool,
) -> Result<(Vec<Vec<f32>>, Vec<String>)> {
    let rate = wet.rate;
    let mut said = Vec::new();
    if dry.rate != rate {
        said.push(format!(
            "The sweep has a rate of {} Hz and the recording {rate} Hz: the sweep is converted.",
            dry.rate
        ));
    }
    for (what, audio) in [("sweep", dry), ("recording", wet)] {
        let flat = audio.channels.iter().filter_map(|c| clipped(c)).max_by_key(|(count, _)| *count);
        if let Some((count, level)) = flat {
            said.push(format!(
                "warning: the {what} is clipped at {:.1} dBFS ({count} flat tops): the response is not that of the device. \
                 Record it again with less gain.",
                db(f64::from(level))
            ));
        }
    }
    let sweep = resample(&dry.mono(), dry.rate, rate)?;
    let mut responses = Vec::new();
    for channel in wet.channels.iter().take(2) {
        responses.push(Response::of(&sweep, channel, rate, seconds).ok());
    }
    if wet.channels.len() > 2 {
        said.push(format!(
            "The recording has {} channels; the first two are used.",
            wet.channels.len()
        ));
    }
    let loudest = responses.iter().flatten().map(Response::height).fold(0.0, f64::max);
    ensure!(loudest > 0.0, "expected a sweep and its recording, found silence");
    let heard = |response: &&Response| response.height() > SILENT_SHARE * loudest;
    let best =
        responses.iter().flatten().filter(heard).max_by(|a, b| a.explained.total_cmp(&b.explained));
    let best = best.context("expected a recording of the sweep, found silence")?;
    let share = |part: f64| format!("{:.0} %", 100.0 * part);
    let is_foreign =
        |r: &Response| r.explained < LEAST_EXPLAINED + (1.0 - LEAST_EXPLAINED) * r.chance;
    let foreign = is_foreign(best);
    if foreign || best.compact < DOUBTFUL_COMPACT {
        let channel = responses
            .iter()
            .position(|r| r.as_ref().is_some_and(|r| std::ptr::eq(r, best)))
            .unwrap_or(0);
        for speed in SPEEDS {
            let other = resample(&dry.mono(), dry.rate, rate * speed)?;
            let other = Response::of(&other, &wet.channels[channel], rate, seconds)?;
            ensure!(
                other.compact < (FITS.0 * best.compact).max(FITS.1)
                    || other.explained < FITS_EXPLAINED
                    || is_foreign(&other),
                "expected a recording of {rate} Hz as its header says, but the sweep runs {:.3} times as fast in it: it was recorded at {:.0} Hz. \
                 Mend its rate, or record it again",
                1.0 / speed,
                rate * speed
            );
        }
    }
    if foreign {
        bail!(
            "expected a recording of this sweep, but {} of it is the sweep through a device (any other sound gives about {}): \
             it is another sound, or at another speed",
            share(best.explained),
            share(0.5 * best.chance)
        );
    }
    if best.compact < LEAST_COMPACT {
        said.push(
            "warning: the response has no first sound, its energy is spread out: was the sweep played at the recording's speed?"
                .to_owned(),
        );
    }
    if best.explained < WELL_EXPLAINED {
        said.push(format!(
            "warning: {} of the recording is the sweep through something linear; the rest is noise, distortion or a very long room.",
            share(best.explained)
        ));
    }
    // All channels keep their time beside each other.
    let arrivals = responses.iter().flatten().filter(heard).map(Response::arrival);
    let arrival = arrivals.min().unwrap_or(0);
    let lead = (LEAD_S * rate) as i64;
    let samples = (seconds * rate) as usize;
    let mut channels: Vec<Vec<f32>> = responses
        .iter()
        .map(|response| {
            response.as_ref().map_or_else(|| vec![0.0; samples], |r| r.cut(arrival - lead, samples))
        })
        .collect();
    channels.iter_mut().for_each(|channel| fade(channel));
    let peak = channels.iter().flatten().fold(0.0f32, |peak, x| peak.max(x.abs()));
    said.push(format!(
        "{seconds} s from {:.1} ms after the sweep began, {}.",
        1e3 * arrival as f64 / rate,
        if normalise {
            let gain = 10f64.powf(NORMALISED_DB / 20.0) / f64::from(peak);
            channels.iter_mut().flatten().for_each(|x| *x = (f64::from(*x) * gain) as f32);
            format!("turned by {:+.1} dB so that its peak is at {NORMALISED_DB} dBFS", db(gain))
        } else {
            format!("as loud as the device: its peak is at {:.1} dBFS", db(f64::from(peak)))
        }
    ));
    if seconds > LONGEST_IMPULSE_S {
        said.push(format!("The Effect Profiler plays responses of up to {LONGEST_IMPULSE_S} s: this one is longer."));
    }
    Ok((channels, said))
}

/// Lets a response end in silence over its last tenth.
fn fade(ir: &mut [f32]) {
    let n = ir.len();
    let fade = n / 10;
    for (i, x) in ir[n - fade..].iter_mut().enumerate() {
        let place = (i + 1) as f32 / fade as f32;
        *x *= 0.5 + 0.5 * (std::f32::consts::PI * place).cos();
    }
}

/// How many tops of a sound are cut flat, and at which level; `None` for fewer than three. A flat
/// top that a slow wave has by itself is told by how fast the sound went up to it.
fn clipped(x: &[f32]) -> Option<(usize, f32)> {
    let peak = x.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    // The step of a file of whole numbers: a slope of one or two of them is none.
    let steps = x.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|step| *step > 0.0);
    let step = steps.fold(f32::MAX, f32::min);
    let (mut count, mut i) = (0, 2);
    while i < x.len() {
        if x[i].abs() < 0.9 * peak {
            i += 1;
            continue;
        }
        let same = x[i..].iter().take_while(|y| (**y - x[i]).abs() <= 1e-4 * peak).count();
        if same >= FLAT_RUN {
            let slope = (x[i] - x[i - 1]).abs().max((x[i - 1] - x[i - 2]).abs());
            // Had it gone on as a parabola, its top would have been so much higher.
            let above = 0.25 * slope * same as f32;
            count += usize::from(
                above > CUT_SHARE * peak && slope > 3.5 * step && x[i].abs() > x[i - 1].abs(),
            );
        }
        i += same.max(1);
    }
    (count > 2).then_some((count, peak))
}
