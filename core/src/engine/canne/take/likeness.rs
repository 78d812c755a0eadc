//! How far a sound is from a recording.

use super::super::dress::k_weight;
use super::listen::Lens;
use crate::signal::window::Window;

/// Points of the frames at 44.1 kHz, and how many of them a hop is a part of.
const FRAME: (usize, usize) = (2048, 4);
/// Magnitudes count from here, dB below the recording's loudest.
const FLOOR_DB: f32 = -60.0;
/// Frames count whose power is within this of the loudest's, dB.
const FRAMES_DB: f32 = -50.0;
/// Bins count up to here.
const TOP_HZ: f32 = 16_000.0;

/// Mean over the recording's frames of the root mean square difference of the log spectra, in dB:
/// 2048 points of Hann, hop 512 at
/// 44.1 kHz, up to 16 kHz, what is 60 dB below the recording's loudest bin counting as that. `played` is brought to the
/// recording's loudness first; what it lacks in length is silence. Allocates.
pub fn log_spectral_distance(recording: &[f32], played: &[f32], rate_hz: f64) -> f32 {
    let points = (FRAME.0 as f64 * (rate_hz / 44_100.0).log2().round().exp2()) as usize;
    let mut lens = Lens::new(points, rate_hz, Window::Hann);
    let hop = points / FRAME.1;
    let mut frames = |sound: &[f32]| -> Vec<Vec<f32>> {
        (0..recording.len().div_ceil(hop))
            .map(|k| lens.look(sound, k * hop + points / 2).to_vec())
            .collect()
    };
    let (own, other) = (frames(recording), frames(played));
    let bins = ((TOP_HZ / lens.bin_hz) as usize).min(lens.bins());
    let loudness = |frame: &[f32]| -> f32 {
        frame.iter().enumerate().map(|(k, m)| m * m * k_weight(k as f32 * lens.bin_hz)).sum()
    };
    let all =
        |frames: &[Vec<f32>]| frames.iter().map(|frame| loudness(frame)).sum::<f32>().max(1e-20);
    let gain = (all(&own) / all(&other)).sqrt();
    let loudest = own.iter().flatten().copied().fold(1e-12f32, f32::max);
    let floor = loudest * 10f32.powf(FLOOR_DB / 20.0);
    let most = own.iter().map(|frame| loudness(frame)).fold(0.0, f32::max);
    let (mut sum, mut count) = (0.0, 0usize);
    for (a, b) in own.iter().zip(&other) {
        if loudness(a) < most * 10f32.powf(FRAMES_DB / 10.0) {
            continue;
        }
        let pairs = a[1..bins].iter().zip(&b[1..bins]);
        let square: f32 = pairs
            .map(|(a, b)| (20.0 * (a.max(floor) / (gain * b).max(floor)).log10()).powi(2))
            .sum();
        sum += (square / (bins - 1) as f32).sqrt();
        count += 1;
    }
    sum / count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_is_itself_whatever_its_level_and_another_is_not() {
        let tone = |hz: f32| -> Vec<f32> {
            (0..22_050).map(|i| (std::f32::consts::TAU * hz * i as f32 / 44_100.0).sin()).collect()
        };
        let (a, b) = (tone(440.0), tone(660.0));
        let quiet: Vec<f32> = a.iter().map(|x| 0.01 * x).collect();
        assert!(log_spectral_distance(&a, &quiet, 44_100.0) < 0.01);
        let other = log_spectral_distance(&a, &b, 44_100.0);
        assert!(other > 2.0 && log_spectral_distance(&a, &[], 44_100.0) >= 0.5 * other, "{other}");
    }
}
