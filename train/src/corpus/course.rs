//! The frames of a note that lives: from its onset on, each with its time and its level.

use nfx_core::engine::canne::k_weight;
use nfx_core::models::spectral::Course;

use crate::frames::{FrameSet, Framer, Origin, Share};

/// Frames of a note, evenly spaced on the course's axis of time.
pub(super) const FRAMES: usize = 40;
/// What lies further below the loudest moment, in dB, is the recording's noise: from there on the
/// last frame above it stays, and its level goes on falling.
const AUDIBLE_DB: f32 = -58.0;
/// A clip whose loudest frame is quieter, in dB of a full-scale sine, is silence.
const SILENCE_DB: f32 = -80.0;
/// Levels are learned down to here.
const LEAST_DB: f32 = -60.0;
/// A level that changes by less in a second is that of a note that is held.
const HELD_DB_PER_S: f32 = 1.0;

/// The sound of a note.
#[derive(Clone, Copy)]
pub(super) struct Recorded<'a> {
    pub signal: &'a [f32],
    pub rate_hz: f64,
}

/// Adds a share of the [`FRAMES`] frames on the axis of [`Course::NOTE`] of a note that begins with
/// its sound.
///
/// The level of a frame is its K-weighted loudness below that of the loudest frame. Where the
/// recording ends, or has died away, before the axis does, the last frame goes on: held, or falling
/// as it fell before. Returns how many frames were added.
pub(super) fn append(
    framer: &mut Framer,
    note: Recorded<'_>,
    share: Share,
    origin: Origin,
    set: &mut FrameSet,
) -> usize {
    let Recorded { signal, rate_hz } = note;
    let course = Course::NOTE;
    let ages: Vec<f32> = (0..FRAMES).map(|i| course.time_s(place(&course, i))).collect();
    let bins = set.bins;
    let bin_hz = rate_hz as f32 / (2 * (bins - 1)) as f32;
    let weights: Vec<f32> = (0..bins).map(|k| k_weight(k as f32 * bin_hz)).collect();
    let mut frames: Vec<f32> = Vec::new();
    let mut levels: Vec<f32> = Vec::new();
    for &age in &ages {
        let Some((magnitudes, _)) =
            framer.around(signal, (f64::from(age) * rate_hz).round() as usize)
        else {
            break;
        };
        let power: f32 = magnitudes.iter().zip(&weights).map(|(m, w)| m * m * w).sum();
        levels.push(10.0 * (power + 1e-12).log10());
        frames.extend_from_slice(magnitudes);
    }
    let loudest = levels.iter().copied().fold(f32::MIN, f32::max);
    if loudest < SILENCE_DB {
        return 0;
    }
    levels.iter_mut().for_each(|level| *level -= loudest);
    let Some(last) = levels.iter().rposition(|level| *level > AUDIBLE_DB) else { return 0 };
    let fall = fall_db_per_s(&ages[..=last], &levels[..=last]);
    let before = set.len();
    for (k, &age) in ages.iter().enumerate() {
        if !share.keeps(k, origin.clip) {
            continue;
        }
        let known = k.min(last);
        let level = levels[known] - fall * (age - ages[known]);
        let frame = &frames[known * bins..(known + 1) * bins];
        let greatest = frame.iter().copied().fold(1e-12, f32::max);
        let frame: Vec<f32> = frame.iter().map(|m| m / greatest).collect();
        set.push(&frame, origin.clip, origin.source);
        set.age_of.push(age);
        set.level_of.push(level.max(LEAST_DB));
    }
    set.len() - before
}

/// The place of frame `i` on the axis.
fn place(course: &Course, i: usize) -> f32 {
    f32::from(course.knots - 1) * i as f32 / (FRAMES - 1) as f32
}

/// How fast a level falls at the end of what is known, 0 for a note that is held: over the last
/// half of its time.
fn fall_db_per_s(ages: &[f32], levels: &[f32]) -> f32 {
    let (Some(&age), Some(&level)) = (ages.last(), levels.last()) else { return 0.0 };
    let middle = ages.iter().position(|a| *a >= 0.5 * age).unwrap_or(0);
    let fall = (levels[middle] - level) / (age - ages[middle]).max(1e-3);
    if fall > HELD_DB_PER_S { fall } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nfx_core::signal::stft::StftConfig;
    use nfx_core::signal::window::Window;

    const ORIGIN: Origin = Origin { clip: 0, source: 0 };

    fn note(signal: &[f32]) -> Recorded<'_> {
        Recorded { signal, rate_hz: 44_100.0 }
    }

    /// A sine that falls by 30 dB a second, `seconds` long.
    fn dying(seconds: f32) -> Vec<f32> {
        let rate = 44_100.0f32;
        (0..(seconds * rate) as usize)
            .map(|i| {
                let t = i as f32 / rate;
                (std::f32::consts::TAU * 440.0 * t).sin()
                    * (-t * 30.0 * std::f32::consts::LN_10 / 20.0).exp()
            })
            .collect()
    }

    #[test]
    fn frames_of_a_dying_note_know_their_time_and_their_level_also_behind_the_recordings_end() {
        let config = StftConfig::new(4096, 1024, Window::Hann).expect("transform");
        for seconds in [4.0, 1.0] {
            let mut set = FrameSet::new(config.bins());
            let mut framer = Framer::new(config).expect("framer");
            let added = append(&mut framer, note(&dying(seconds)), Share::ALL, ORIGIN, &mut set);
            assert_eq!((added, set.age_of.len(), set.level_of.len()), (FRAMES, FRAMES, FRAMES));
            assert_eq!((set.age_of[0], set.age_of[FRAMES - 1]), (0.0, Course::NOTE.time_s(7.0)));
            for (age, level) in set.age_of.iter().zip(&set.level_of) {
                let want = (-30.0 * age).max(-60.0);
                // Levels are counted from the onset's frame, whose edge makes it louder by some 2
                // dB than what follows.
                assert!((level - want).abs() < 3.5, "{age} s of {seconds}: {level} dB, not {want}");
            }
            let held = append(&mut framer, note(&[0.0; 50_000]), Share::ALL, ORIGIN, &mut set);
            assert_eq!(held, 0, "silence has no course");
        }
    }
}
