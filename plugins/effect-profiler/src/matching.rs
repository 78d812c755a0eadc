//! A and B at one loudness: a louder sound passes for a better one.
//!
//! The whole chain of each setting plays the same built-in guitar, off the audio thread; the louder
//! is turned down to the level of the other.

use std::sync::Arc;

use nfx_core::engine::profiler::{PlayerSetup, ProfilerEngine, ProfilerPlayer};
use nfx_core::engine::render;
use nfx_core::models::effect::ProfileModel;
use nfx_frame::clip::Clip;
use nfx_frame::params::Kept;
use nfx_frame::snapshot::{Session as _, Snapshot};
use nfx_frame::table::ParamTable;

use crate::chosen::loudness_of;
use crate::impulse::put_impulse;
use crate::params::{Mapping, ProfilerParams, SourceChoice};
use crate::source;

/// Below this a setting is silent, and cannot be made as loud as another.
const SILENCE_DB: f32 = -90.0;
/// No setting is turned down by more.
const MOST_DB: f32 = 40.0;

/// The loudness of a setting, in dB. Plays a few seconds of sound; not real-time safe.
///
/// # Errors
/// A sentence.
pub fn loudness_db(snapshot: &Snapshot, model: &Arc<ProfileModel>) -> Result<f32, String> {
    let params = Arc::new(ProfilerParams::default());
    params.session.restore_extra(&snapshot.extra);
    ParamTable::new(params.clone()).apply(&snapshot.params, Kept::Undo, &nfx_frame::table::Direct);
    let clip = source::open(SourceChoice::Guitar, None)?;
    let controls = params.controls(Some(model), &Mapping::of(model));
    let loudness_db = loudness_of(model, &controls.knobs[..model.info().knobs.len()]);
    let setup = PlayerSetup { channels: 1, loudness_db, ..PlayerSetup::default() };
    let refused =
        |error: &dyn std::fmt::Display| format!("The loudness could not be measured ({error}).");
    let mut engine =
        ProfilerEngine::with_player(ProfilerPlayer::new(model.clone(), setup), clip.rate_hz)
            .map_err(|error| refused(&error))?;
    if let Some(impulse) = params.session.impulse.file() {
        put_impulse(&mut engine, &impulse)?;
    }
    let mono: Vec<Vec<f32>> = clip.channels.iter().take(1).cloned().collect();
    let sound = render(&mut engine, |_| controls, &mono, &[]).map_err(|error| refused(&error))?;
    Ok(level_db(&Clip { channels: sound, rate_hz: clip.rate_hz }))
}

/// The gains in dB that bring two settings to the level of the quieter one.
#[must_use]
pub fn trims_db(levels: [f32; 2]) -> [f32; 2] {
    if levels.iter().any(|level| *level < SILENCE_DB || !level.is_finite()) {
        return [0.0; 2];
    }
    let quieter = levels[0].min(levels[1]);
    levels.map(|level| (quieter - level).max(-MOST_DB))
}

/// The level as ears weigh it: the K-weighting of ITU-R BS.1770-4 (its two filters, designed for
/// the sound's rate), ungated.
fn level_db(clip: &Clip) -> f32 {
    let (mut sum, mut count) = (0.0_f64, 0_usize);
    for channel in &clip.channels {
        let (mut shelf, mut high) = filters(clip.rate_hz);
        for sample in channel {
            let weighed = high.next(shelf.next(f64::from(*sample)));
            sum += weighed * weighed;
            count += 1;
        }
    }
    (10.0 * (sum / count.max(1) as f64).max(1e-20).log10()) as f32
}

struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    z: [f64; 2],
}

impl Biquad {
    fn next(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.z[0];
        self.z[0] = self.b[1] * x - self.a[0] * y + self.z[1];
        self.z[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

/// The shelf and the high pass of BS.1770 for any rate, from their analogue prototypes (De Man,
/// "Evaluation of implementations of the EBU R128 loudness measurement", AES 145, 2018).
fn filters(rate_hz: f64) -> (Biquad, Biquad) {
    let k = (std::f64::consts::PI * 1_681.974_450_955_533 / rate_hz).tan();
    let q = 0.707_175_236_955_419_6;
    let vh = 10_f64.powf(3.999_843_853_973_347 / 20.0);
    let vb = vh.powf(0.499_666_774_154_541_6);
    let a0 = 1.0 + k / q + k * k;
    let shelf = Biquad {
        b: [
            (vh + vb * k / q + k * k) / a0,
            2.0 * (k * k - vh) / a0,
            (vh - vb * k / q + k * k) / a0,
        ],
        a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        z: [0.0; 2],
    };
    let k = (std::f64::consts::PI * 38.135_470_876_024_44 / rate_hz).tan();
    let q = 0.500_327_037_323_877_3;
    let a0 = 1.0 + k / q + k * k;
    let high = Biquad {
        b: [1.0, -2.0, 1.0],
        a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        z: [0.0; 2],
    };
    (shelf, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_louder_is_turned_down() {
        assert_eq!(trims_db([-20.0, -14.0]), [0.0, -6.0]);
        assert_eq!(trims_db([-14.0, -20.0]), [-6.0, 0.0]);
        assert_eq!(trims_db([-14.0, -120.0]), [0.0, 0.0]);
        assert_eq!(trims_db([f32::NAN, -20.0]), [0.0, 0.0]);
    }

    #[test]
    fn a_full_scale_tone_of_a_kilohertz_weighs_what_the_standard_says() {
        // BS.1770: 997 Hz at 0 dBFS in one channel reads -3.01 LKFS, of which the formula's own
        // offset is -0.691.
        for rate_hz in [44_100.0, 48_000.0, 96_000.0] {
            let tone = (0..rate_hz as usize)
                .map(|i| (i as f64 * 997.0 * std::f64::consts::TAU / rate_hz).sin() as f32);
            let level = level_db(&Clip { channels: vec![tone.collect()], rate_hz });
            assert!((level - 0.691 + 3.01).abs() < 0.03, "{rate_hz}: {level}");
        }
    }
}
