//! The pitch of a sound with one voice, for whoever has the whole of it. Not real-time safe.

use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::Complex32;

/// The lowest and the highest frequency that is looked for, in Hz: B0 to a little above C8.
const RANGE_HZ: (f64, f64) = (30.0, 4_300.0);
/// Peaks from this share of the highest one on may be the period (McLeod & Wyvill 2005).
const SHARE: f64 = 0.88;
/// A sound whose best period explains less than this of it has no pitch.
const CLEAR: f64 = 0.6;

/// A pitch that was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pitch {
    /// Fundamental frequency in Hz.
    pub hz: f64,
    /// How much of the sound one period explains, 0 to 1.
    pub clarity: f64,
}

impl Pitch {
    /// As a MIDI note with its fraction (69 is 440 Hz).
    pub fn midi(&self) -> f64 {
        69.0 + 12.0 * (self.hz / 440.0).log2()
    }
}

/// Finds the pitch of stretches of one length.
pub struct PitchTracker {
    rate_hz: f64,
    length: usize,
    /// A Hann window as long as a period of 4.4 kHz, which halves 4.4 kHz and leaves little above 9
    /// kHz.
    smoothing: Vec<f32>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    time: Vec<f32>,
    spectrum: Vec<Complex32>,
}

impl PitchTracker {
    /// For stretches of `length` samples at a rate. Allocates.
    pub fn new(rate_hz: f64, length: usize) -> Self {
        let window = ((rate_hz / 4_400.0).round() as usize).max(2);
        let hann = |i: usize| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / window as f64).cos();
        let sum: f64 = (1..window).map(hann).sum();
        let mut planner = RealFftPlanner::new();
        let points = (2 * length).next_power_of_two().max(4);
        Self {
            rate_hz,
            length,
            smoothing: (1..window).map(|i| (hann(i) / sum) as f32).collect(),
            forward: planner.plan_fft_forward(points),
            inverse: planner.plan_fft_inverse(points),
            time: vec![0.0; points],
            spectrum: vec![Complex32::default(); points / 2 + 1],
        }
    }

    /// The pitch of one stretch of at most that length, by the normalised square difference
    /// function (McLeod & Wyvill, *A smarter way to find pitch*, 2005): the first of the high
    /// peaks, its place refined by a parabola. `None` when nothing repeats. Allocates.
    pub fn pitch_of(&mut self, sound: &[f32]) -> Option<Pitch> {
        let sound = &sound[..sound.len().min(self.length)];
        let longest = ((self.rate_hz / RANGE_HZ.0) as usize).min(sound.len() / 2);
        let shortest = ((self.rate_hz / RANGE_HZ.1) as usize).max(2);
        if longest <= shortest + 2 || sound.len() < 64 {
            return None;
        }
        let curve = self.difference_function(&self.smoothed(sound), longest);
        // Place and height between the samples: the peak of a high note would else be missed.
        let summit = |&at: &usize| {
            let (before, here, after) = (curve[at - 1], curve[at], curve[at + 1]);
            let bend = before - 2.0 * here + after;
            let shift = if bend.abs() > 1e-12 {
                (0.5 * (before - after) / bend).clamp(-1.0, 1.0)
            } else {
                0.0
            };
            (at as f64 + shift, here - 0.25 * (before - after) * shift)
        };
        let summits: Vec<(f64, f64)> = peaks(&curve, shortest).iter().map(summit).collect();
        let highest = summits.iter().map(|s| s.1).fold(0.0f64, f64::max);
        if highest < CLEAR {
            return None;
        }
        let (period, clarity) = *summits.iter().find(|s| s.1 >= SHARE * highest)?;
        Some(Pitch { hz: self.rate_hz / period, clarity: clarity.min(1.0) })
    }

    /// The sound without what lies far above every fundamental: between two samples such partials
    /// turn, and a peak that lies there would look low.
    fn smoothed(&self, sound: &[f32]) -> Vec<f32> {
        let weighted =
            |part: &[f32]| part.iter().zip(&self.smoothing).map(|(x, w)| x * w).sum::<f32>();
        sound.windows(self.smoothing.len()).map(weighted).collect()
    }

    /// `2 Σ x(i) x(i + lag) / Σ (x(i)² + x(i + lag)²)` for every lag up to `longest + 1`, the
    /// products by FFT.
    fn difference_function(&mut self, sound: &[f32], longest: usize) -> Vec<f64> {
        let n = sound.len();
        self.time[..n].copy_from_slice(sound);
        self.time[n..].fill(0.0);
        // The lengths are right by construction.
        let _ = self.forward.process(&mut self.time, &mut self.spectrum);
        self.spectrum.iter_mut().for_each(|x| *x = Complex32::new(x.norm_sqr(), 0.0));
        let _ = self.inverse.process(&mut self.spectrum, &mut self.time);
        let scale = 1.0 / self.time.len() as f64;
        let power: Vec<f64> = std::iter::once(0.0)
            .chain(sound.iter().scan(0.0, |sum, x| {
                *sum += f64::from(*x) * f64::from(*x);
                Some(*sum)
            }))
            .collect();
        let at = |lag: usize| {
            let lag = lag.min(n);
            let both = power[n - lag] + power[n] - power[lag];
            if both > 1e-12 { 2.0 * scale * f64::from(self.time[lag]) / both } else { 0.0 }
        };
        (0..=longest + 1).map(at).collect()
    }
}

/// The pitch of one stretch of sound; see [`PitchTracker::pitch_of`].
pub fn pitch_of(sound: &[f32], rate_hz: f64) -> Option<Pitch> {
    PitchTracker::new(rate_hz, sound.len()).pitch_of(sound)
}

/// The highest place of each stretch above zero after the first descent below it.
fn peaks(curve: &[f64], shortest: usize) -> Vec<usize> {
    let mut out = Vec::new();
    let Some(fall) = curve.iter().position(|v| *v <= 0.0) else { return out };
    let mut best: Option<usize> = None;
    for lag in fall.max(shortest)..curve.len() - 1 {
        if curve[lag] <= 0.0 {
            out.extend(best.take());
        } else if curve[lag] >= curve[lag - 1]
            && curve[lag] > curve[lag + 1]
            && best.is_none_or(|b| curve[lag] > curve[b])
        {
            best = Some(lag);
        }
    }
    out.extend(best);
    out
}

/// The pitch of a whole note: the median over stretches of it, those that disagree by more than
/// half a semitone left out.
///
/// `None` when fewer than a third of the loud stretches have a pitch that agrees with the median.
pub fn pitch_of_note(sound: &[f32], rate_hz: f64) -> Option<Pitch> {
    let length = ((rate_hz * 0.09) as usize).max(256);
    let mut tracker = PitchTracker::new(rate_hz, length);
    let loudest = sound.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let mut loud = 0usize;
    let mut found: Vec<Pitch> = Vec::new();
    let step = (length / 2).max(sound.len() / 40).max(1);
    for from in (0..sound.len().saturating_sub(length)).step_by(step) {
        let part = &sound[from..from + length];
        if part.iter().fold(0.0f32, |m, x| m.max(x.abs())) < 0.05 * loudest || loudest <= 0.0 {
            continue;
        }
        loud += 1;
        found.extend(tracker.pitch_of(part));
    }
    if loud == 0 {
        // A sound that is shorter than one stretch.
        return tracker.pitch_of(sound);
    }
    found.sort_by(|a, b| a.hz.total_cmp(&b.hz));
    let middle = found.get(found.len() / 2)?.midi();
    found.retain(|p| (p.midi() - middle).abs() < 0.5);
    if found.len() * 3 < loud {
        return None;
    }
    let mean = found.iter().map(|p| p.midi()).sum::<f64>() / found.len() as f64;
    let clarity = found.iter().map(|p| p.clarity).sum::<f64>() / found.len() as f64;
    Some(Pitch { hz: 440.0 * ((mean - 69.0) / 12.0).exp2(), clarity })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Partials 1 to 20 of a strength of their own, the fundamental among them or not.
    fn tone(hz: f64, first: usize, tilt: f64, seconds: f64) -> Vec<f32> {
        let rate = 44_100.0;
        (0..(rate * seconds) as usize)
            .map(|i| {
                let t = i as f64 / rate;
                (first..=20)
                    .filter(|h| hz * (*h as f64) < 20_000.0)
                    .map(|h| {
                        (std::f64::consts::TAU * hz * h as f64 * t + h as f64).sin()
                            / (h as f64).powf(tilt)
                    })
                    .sum::<f64>() as f32
                    * 0.2
            })
            .collect()
    }

    #[test]
    fn every_semitone_is_heard_within_five_cents_whatever_the_spectrum() {
        for note in (24..=105).step_by(3) {
            let hz = 440.0 * ((f64::from(note) - 69.0) / 12.0).exp2();
            for (first, tilt) in [(1, 1.0), (1, 0.3), (1, 2.5), (2, 1.0)] {
                if first == 2 && note > 80 {
                    continue;
                }
                let found = pitch_of_note(&tone(hz, first, tilt, 0.3), 44_100.0).map(|p| p.midi());
                let cents = found.map(|m| 100.0 * (m - f64::from(note)));
                assert!(
                    cents.is_some_and(|c| c.abs() < 5.0),
                    "note {note} from {first}, tilt {tilt}: {cents:?} cents"
                );
            }
        }
    }

    #[test]
    fn noise_and_silence_have_no_pitch() {
        let next = |x: &u32| Some(x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let bits = std::iter::successors(Some(5u32), next);
        let noise: Vec<f32> =
            bits.take(20_000).map(|x| (x >> 8) as f32 / 8_388_608.0 - 1.0).collect();
        assert_eq!(pitch_of_note(&noise, 44_100.0), None);
        assert_eq!(pitch_of_note(&vec![0.0; 20_000], 44_100.0), None);
        assert_eq!(pitch_of_note(&[], 44_100.0), None);
        assert_eq!(pitch_of(&[0.5; 3], 44_100.0), None);
    }
}
