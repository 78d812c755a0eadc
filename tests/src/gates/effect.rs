//! What is measured of an effect's presets, beside the dry sounds.

use super::materials::{RATE_HZ, loudness};
use super::spectra::{
    critical, distance, narrow_centres, narrow_moments, narrow_shares, print, thirds,
};
use super::{Figures, Heard};
use crate::measure::power_db;

/// A band may be made by the effect, not let through, when it stands so many decibels above all
/// that went into the critical band around it: what is moved in level makes sidebands, which are
/// heard as the motion of what is near them.
const MADE_DB: f64 = 12.0;
/// And it does not depend on the input when it follows less than this share of the ups and downs,
/// in decibels, of what goes into that critical band from moment to moment and from sound to sound.
/// A filter, however steep, follows all of them; a whistle none.
const FOLLOWS: f64 = 0.5;
/// So far below the whole of a moment the ups and downs are those of the transform's own leakage.
const RANGE_DB: f64 = 110.0;
/// Seconds of a moment, between which a step of level is looked for, and frames of thirds of
/// octaves in one: 372 ms.
const MOMENT_S: f64 = 0.4;
const MOMENT: usize = 2;
/// Moments of the dry sound that are so much quieter than the whole are not looked at, in LU.
const PAUSE_LU: f64 = 10.0;
/// Moments of the dry sound that are so much quieter than its loudest are not looked at, in
/// decibels.
const PAUSE_DB: f64 = 12.0;
/// Bands of the dry sound so far below its loudest say nothing of the effect.
const FAINT_DB: f64 = 45.0;

/// The figures of all presets. `dry` is `[material][channel][sample]`, and each preset has as many
/// takes.
pub fn measure(dry: &[Vec<Vec<f32>>], heard: &[Heard]) -> Vec<Figures> {
    let inputs = Bands::of(dry).critical();
    let nearest = neighbours(heard, |one| one.takes.iter().map(|take| print(take)).collect());
    heard
        .iter()
        .zip(nearest)
        .map(|(one, nearest)| {
            let (whistle_hz, whistle_db) = whistle(&inputs, one);
            let pairs = || dry.iter().zip(&one.takes);
            let worst = |values: &mut dyn Iterator<Item = f64>| {
                values.fold(0.0, |worst: f64, value| {
                    if value.abs() > worst.abs() || value.is_nan() { value } else { worst }
                })
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
                jump_db: if held {
                    0.0
                } else {
                    worst(&mut pairs().map(|(dry, wet)| jump(dry, wet)))
                },
                nearest,
                moving_db: pairs().map(|(dry, wet)| moving(dry, wet)).fold(0.0, f64::max),
                note_peak_db: None,
            }
        })
        .collect()
}

/// The highest peak of channels, in dBFS; what is not a number counts as endless.
pub fn peak_db<'a>(channels: impl Iterator<Item = &'a Vec<f32>>) -> f64 {
    let size =
        |sample: &f32| if sample.is_finite() { f64::from(sample.abs()) } else { f64::INFINITY };
    2.0 * power_db(channels.flatten().map(size).fold(0.0, f64::max))
}

/// The largest mean of any channel, in dBFS.
pub fn dc_db<'a>(channels: impl Iterator<Item = &'a Vec<f32>>) -> f64 {
    let mean = |channel: &Vec<f32>| {
        channel.iter().map(|x| f64::from(*x)).sum::<f64>() / channel.len().max(1) as f64
    };
    2.0 * power_db(channels.map(|channel| mean(channel).abs()).fold(0.0, f64::max))
}

/// For each preset its nearest one and the mean distance over all prints.
pub fn neighbours(heard: &[Heard], prints: impl Fn(&Heard) -> Vec<Vec<f32>>) -> Vec<(String, f64)> {
    let prints: Vec<Vec<Vec<f32>>> = heard.iter().map(prints).collect();
    let mut nearest = vec![(String::new(), f64::INFINITY); heard.len()];
    for one in 0..heard.len() {
        for other in 0..one {
            let apart: f64 =
                prints[one].iter().zip(&prints[other]).map(|(a, b)| distance(a, b)).sum();
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

/// The narrow bands of sounds: of each as a whole, and from moment to moment.
struct Bands {
    whole: Vec<Vec<f64>>,
    moments: Vec<Vec<Vec<f64>>>,
}

impl Bands {
    fn of(sounds: &[Vec<Vec<f32>>]) -> Self {
        Self {
            whole: sounds.iter().map(|sound| narrow_shares(sound, RATE_HZ)).collect(),
            moments: sounds.iter().map(|sound| narrow_moments(sound, RATE_HZ)).collect(),
        }
    }

    /// The same with each band as loud as the critical band around it.
    fn critical(mut self) -> Self {
        self.whole
            .iter_mut()
            .chain(self.moments.iter_mut().flatten())
            .for_each(|shares| *shares = critical(shares));
        self
    }

    /// A band's level in the sound in which it is quietest.
    fn quietest(&self, band: usize) -> f64 {
        self.whole.iter().map(|share| share[band]).fold(f64::INFINITY, f64::min)
    }
}

/// The narrow band that does not depend on what goes in and is loudest in the material in which it
/// is quietest: its frequency and level.
fn whistle(inputs: &Bands, one: &Heard) -> (f64, f64) {
    let outputs = Bands::of(&one.takes);
    let centres = narrow_centres();
    let made = (0..centres.len())
        .filter(|band| outputs.quietest(*band) - inputs.quietest(*band) > MADE_DB);
    made.filter(|band| follows(inputs, &outputs, *band) < FOLLOWS)
        .map(|band| (centres[band], outputs.quietest(band)))
        .fold((0.0, -300.0), |loudest, band| if band.1 > loudest.1 { band } else { loudest })
}

/// By how many decibels a band of the output goes up when the same band of the input goes up by
/// one: 1 for a filter, 0 for what is there whatever goes in. The slope of the regression over all
/// moments of all sounds.
fn follows(inputs: &Bands, outputs: &Bands, band: usize) -> f64 {
    let sounds = inputs.moments.iter().zip(&outputs.moments);
    let level = |moment: &Vec<f64>| moment[band].max(-RANGE_DB);
    let pairs: Vec<(f64, f64)> = sounds
        .flat_map(|(dry, wet)| dry.iter().zip(wet))
        // Silence follows from silence in everything.
        .filter(|(dry, _)| dry.iter().any(|share| *share > -RANGE_DB))
        .map(|(dry, wet)| (level(dry), level(wet)))
        .collect();
    let count = pairs.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (dry, wet) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let both: f64 = pairs.iter().map(|(x, y)| (x - dry) * (y - wet)).sum();
    let own: f64 = pairs.iter().map(|(x, _)| (x - dry).powi(2)).sum();
    // Where the input stands still nothing says that the output follows it.
    if own > 0.0 { both / own } else { 0.0 }
}

/// The largest step of level from one moment to the next that the dry sound does not make: in
/// loudness, and beside a filter, whichever is less. A step that only a filter would make as well
/// (a hi-hat that comes louder out of a bright preset than the kick before it) is none.
fn jump(dry: &[Vec<f32>], wet: &[Vec<f32>]) -> f64 {
    loudness_step(dry, wet).min(step_beside_filter(dry, wet))
}

/// A step lies within a moment: those beside it are compared.
fn largest_step(gains: &[Option<f64>]) -> f64 {
    gains.windows(3).filter_map(|three| Some((three[2]? - three[0]?).abs())).fold(0.0, f64::max)
}

/// The largest step, in LU, from moment to moment of how much louder the wet sound is.
fn loudness_step(dry: &[Vec<f32>], wet: &[Vec<f32>]) -> f64 {
    let moment = (MOMENT_S * RATE_HZ) as usize;
    let cut = |sound: &[Vec<f32>], at: usize| -> Vec<Vec<f32>> {
        sound.iter().map(|channel| channel[at..at + moment].to_vec()).collect()
    };
    let length = dry.iter().chain(wet).map(Vec::len).min().unwrap_or(0);
    let floor = loudness(dry) - PAUSE_LU;
    let gain = |at: usize| {
        let level = loudness(&cut(dry, at));
        (level > floor).then(|| loudness(&cut(wet, at)) - level)
    };
    let gains: Vec<Option<f64>> =
        (0..length.saturating_sub(moment)).step_by(moment).map(gain).collect();
    largest_step(&gains)
}

/// The largest step, in decibels, from moment to moment of the level beside the one that a filter
/// which stands still would give: the filter that does to each third of an octave what the effect
/// does to it on the whole.
fn step_beside_filter(dry: &[Vec<f32>], wet: &[Vec<f32>]) -> f64 {
    let powers = |sound: &[Vec<f32>]| -> Vec<Vec<f64>> {
        let power = |db: &f64| 10_f64.powf(db / 10.0);
        thirds(sound, RATE_HZ)
            .chunks(MOMENT)
            .map(|frames| {
                (0..frames[0].len())
                    .map(|band| frames.iter().map(|frame| power(&frame[band])).sum())
                    .collect()
            })
            .collect()
    };
    let (dry, wet) = (powers(dry), powers(wet));
    let whole =
        |sound: &[Vec<f64>], band: usize| sound.iter().map(|moment| moment[band]).sum::<f64>();
    let filter: Vec<f64> = (0..dry.first().map_or(0, Vec::len))
        .map(|band| whole(&wet, band) / whole(&dry, band).max(1e-30))
        .collect();
    let level = |moment: &[f64]| power_db(moment.iter().sum());
    let loudest = dry.iter().map(|moment| level(moment)).fold(f64::MIN, f64::max);
    let beside = |(dry, wet): (&Vec<f64>, &Vec<f64>)| {
        let expected: Vec<f64> =
            dry.iter().zip(&filter).map(|(power, gain)| power * gain).collect();
        (level(dry) > loudest - PAUSE_DB).then(|| level(wet) - level(&expected))
    };
    let gains: Vec<Option<f64>> = dry.iter().zip(&wet).map(beside).collect();
    largest_step(&gains)
}

/// How much the gains of thirds of octaves change over time, in decibels: 0 for a filter that
/// stands still.
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
