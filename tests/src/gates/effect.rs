//! What is measured of an effect's presets, beside the dry sounds.

use super::materials::{RATE_HZ, loudness};
use super::spectra::{distance, narrow_centres, narrow_shares, print, thirds};
use super::{Figures, Heard};
use crate::measure::power_db;

/// A band is made by the effect, not let through, when it stands so many decibels above what went in: more than a transfer may
/// raise anything.
const MADE_DB: f64 = 24.0;
/// Seconds of a moment, between which a step of level is looked for.
const MOMENT_S: f64 = 0.4;
/// Moments of the dry sound that are so much quieter than the whole are not looked at, in LU.
const PAUSE_LU: f64 = 10.0;
/// Bands of the dry sound so far below its loudest say nothing of the effect.
const FAINT_DB: f64 = 45.0;

/// The figures of all presets. `dry` is `[material][channel][sample]`, and each preset has as many takes.
pub fn measure(dry: &[Vec<Vec<f32>>], heard: &[Heard]) -> Vec<Figures> {
    let inputs: Vec<Vec<f64>> = dry.iter().map(|sound| narrow_shares(sound, RATE_HZ)).collect();
    let nearest = neighbours(heard, |one| one.takes.iter().map(|take| print(take)).collect());
    heard
        .iter()
        .zip(nearest)
        .map(|(one, nearest)| {
            let (whistle_hz, whistle_db) = whistle(&inputs, one);
            let pairs = || dry.iter().zip(&one.takes);
            let worst = |values: &mut dyn Iterator<Item = f64>| {
                values.fold(
                    0.0,
                    |worst: f64, value| if value.abs() > worst.abs() || value.is_nan() { value } else { worst },
                )
            };
            // A held sound does not follow the dry one's level: that is what it is for.
            let held = one.is("freeze");
            Figures {
                name: one.name.clone(),
                tags: one.tags.clone(),
                loudness_lu: worst(&mut pairs().map(|(dry, wet)| loudness(wet) - loudness(dry))),
                peak_db: peak_db(one.takes.iter().flatten()),
                dc_db: dc_db(one.takes.iter().flatten()),
                whistle_db,
                whistle_hz,
                jump_lu: if held { 0.0 } else { worst(&mut pairs().map(|(dry, wet)| jump(dry, wet))) },
                nearest,
                moving_db: pairs().map(|(dry, wet)| moving(dry, wet)).fold(0.0, f64::max),
                note_peak_db: None,
            }
        })
        .collect()
}

/// The highest peak of channels, in dBFS; what is not a number counts as endless.
pub fn peak_db<'a>(channels: impl Iterator<Item = &'a Vec<f32>>) -> f64 {
    let size = |sample: &f32| if sample.is_finite() { f64::from(sample.abs()) } else { f64::INFINITY };
    2.0 * power_db(channels.flatten().map(size).fold(0.0, f64::max))
}

/// The largest mean of any channel, in dBFS.
pub fn dc_db<'a>(channels: impl Iterator<Item = &'a Vec<f32>>) -> f64 {
    let mean = |channel: &Vec<f32>| channel.iter().map(|x| f64::from(*x)).sum::<f64>() / channel.len().max(1) as f64;
    2.0 * power_db(channels.map(|channel| mean(channel).abs()).fold(0.0, f64::max))
}

/// For each preset its nearest one and the mean distance over all prints.
pub fn neighbours(heard: &[Heard], prints: impl Fn(&Heard) -> Vec<Vec<f32>>) -> Vec<(String, f64)> {
    let prints: Vec<Vec<Vec<f32>>> = heard.iter().map(prints).collect();
    let mut nearest = vec![(String::new(), f64::INFINITY); heard.len()];
    for one in 0..heard.len() {
        for other in 0..one {
            let apart: f64 = prints[one].iter().zip(&prints[other]).map(|(a, b)| distance(a, b)).sum();
            let apart = apart / prints[one].len().max(1) as f64;
            for (here, there) in [(one, other), (other, one)] {
                if apart < nearest[here].1 {
                    nearest[here] = (heard[there].name.clone(), apart);
                }
            }
        }
    }
    nearest
}

/// The narrow band that is loudest in the material in which it is quietest, and was not there: its frequency and its level.
fn whistle(inputs: &[Vec<f64>], one: &Heard) -> (f64, f64) {
    let outputs: Vec<Vec<f64>> = one.takes.iter().map(|take| narrow_shares(take, RATE_HZ)).collect();
    let quietest =
        |shares: &[Vec<f64>], band: usize| shares.iter().map(|share| share[band]).fold(f64::INFINITY, f64::min);
    let centres = narrow_centres();
    let made = (0..centres.len()).map(|band| (centres[band], quietest(&outputs, band), quietest(inputs, band)));
    made.filter(|(_, output, input)| output - input > MADE_DB)
        .map(|(hz, output, _)| (hz, output))
        .fold((0.0, -300.0), |loudest, band| if band.1 > loudest.1 { band } else { loudest })
}

/// The largest step, in LU, between moments of what the effect does to the level.
fn jump(dry: &[Vec<f32>], wet: &[Vec<f32>]) -> f64 {
    let moment = (MOMENT_S * RATE_HZ) as usize;
    let cut = |sound: &[Vec<f32>], at: usize| -> Vec<Vec<f32>> {
        sound.iter().map(|channel| channel[at..at + moment].to_vec()).collect()
    };
    let length = dry.iter().chain(wet).map(Vec::len).min().unwrap_or(0);
    let starts = (0..length.saturating_sub(moment)).step_by(moment);
    let floor = loudness(dry) - PAUSE_LU;
    let gain = |at: usize| {
        let level = loudness(&cut(dry, at));
        (level > floor).then(|| loudness(&cut(wet, at)) - level)
    };
    let gains: Vec<Option<f64>> = starts.map(gain).collect();
    // A step lies within a moment: those beside it are compared.
    let steps = gains.windows(3).filter_map(|three| Some((three[2]? - three[0]?).abs()));
    steps.fold(0.0, f64::max)
}

/// How much the gains of thirds of octaves change over time, in decibels: 0 for a filter that stands still.
fn moving(dry: &[Vec<f32>], wet: &[Vec<f32>]) -> f64 {
    let (dry, wet) = (thirds(dry, RATE_HZ), thirds(wet, RATE_HZ));
    let loudest = dry.iter().flatten().copied().fold(f64::MIN, f64::max);
    let (mut sum, mut count) = (0.0, 0usize);
    for band in 0..dry.first().map_or(0, Vec::len) {
        let gains: Vec<f64> = dry
            .iter()
            .zip(&wet)
            .filter(|(dry, _)| dry[band] > loudest - FAINT_DB)
            .map(|(dry, wet)| (wet[band] - dry[band]).max(-60.0))
            .collect();
        let mean = gains.iter().sum::<f64>() / gains.len().max(1) as f64;
        sum += gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>();
        count += gains.len();
    }
    (sum / count.max(1) as f64).sqrt()
}
