//! A and B at one loudness: a louder sound passes for a better one.
//!
//! The whole chain of each setting plays the same built-in guitar, off the audio thread; the louder
//! is turned down to the level of the other.

use std::sync::Arc;

use nfx_core::engine::profiler::ProfilerEngine;
use nfx_core::engine::render;
use nfx_core::models::effect::ProfileModel;
use nfx_core::signal::loudness::KWeighting;
use nfx_frame::Sentence;
use nfx_frame::clip::Clip;
use nfx_frame::params::Kept;
use nfx_frame::snapshot::{Session as _, Snapshot};
use nfx_frame::table::ParamTable;

use crate::chosen::{alignment_of, player_of};
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
pub fn loudness_db(snapshot: &Snapshot, model: &Arc<ProfileModel>) -> Result<f32, Sentence> {
    let params = Arc::new(ProfilerParams::default());
    params.session.restore_extra(&snapshot.extra);
    ParamTable::new(params.clone()).apply(&snapshot.params, Kept::Undo, &nfx_frame::table::Direct);
    let clip = source::open(SourceChoice::Guitar, None)?;
    let controls = params.controls(Some(model), &Mapping::of(model));
    let player = player_of(model, 1, alignment_of(params.session.aligns(), model), &controls.knobs);
    let refused =
        |error: &dyn std::fmt::Display| format!("The loudness could not be measured ({error}).");
    let mut engine =
        ProfilerEngine::with_player(player, clip.rate_hz).map_err(|error| refused(&error))?;
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

/// The level as ears weigh it: K-weighted, ungated.
fn level_db(clip: &Clip) -> f32 {
    let (mut sum, mut count) = (0.0_f64, 0_usize);
    for channel in &clip.channels {
        let mut weighting = KWeighting::new(clip.rate_hz);
        for sample in channel {
            sum += f64::from(weighting.next(*sample)).powi(2);
            count += 1;
        }
    }
    (10.0 * (sum / count.max(1) as f64).max(1e-20).log10()) as f32
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
