//! Phases for some bins of a stream of spectra, where the others have phases of their own that
//! stay.

use super::gradient::{Form, Gradients, SILENCE, from_start, sane, wrapped};
use super::heap::Heap;
use crate::Complex32;
use crate::signal::stft::{StftConfig, StftError};

/// Bins further than this below the loudest of their frame keep whatever phase they have: ln(1e-3),
/// 60 dB.
const FAINT: f32 = -6.907_755;

/// Gives bins whose phase says nothing one that fits their magnitudes, and leaves the rest alone.
///
/// A sound that is changed by its magnitudes keeps the phase that it had. That is right where there
/// was sound; where the change puts a partial into what was only noise, or the flank of another
/// partial, the phase there turns at a frequency that is not the new partial's, and neighbouring
/// frames cancel each other. Those bins get their phases by phase-gradient heap integration, as
/// [`Rtpghi`](super::Rtpghi) does for all: from the frame before along time, with the phases that
/// were really given out, and from the neighbours along frequency, kept ones among them. No
/// look-ahead; bins beside each other agree, and one that comes and goes is handed over by its
/// share.
///
/// Building allocates; everything else is real-time safe.
#[derive(Clone, Debug)]
pub struct PhaseMender {
    bins: usize,
    gradients: Gradients,
    heap: Heap,
    /// Bins of the newest frame that wait for a phase, `[bin]`.
    open: Vec<bool>,
    /// Logs of the magnitudes of three frames, the newest last, `[3][bin]`.
    logs: [Vec<f32>; 3],
    /// What was given out last, `[bin]`.
    last: Vec<Complex32>,
    /// Phases of the newest frame relative to its centre, `[bin]`; of kept bins only where an open
    /// one asks for them.
    phases: Vec<f32>,
    /// Nothing has been heard since the reset.
    empty: bool,
}

impl PhaseMender {
    /// At rest. Allocates.
    ///
    /// # Errors
    /// [`StftError`] when the config is not valid.
    pub fn new(config: StftConfig) -> Result<Self, StftError> {
        config.validate()?;
        let bins = config.bins();
        let mut new = Self {
            bins,
            gradients: Gradients::new(config, Form::Corrected),
            heap: Heap::new(2 * bins),
            open: vec![false; bins],
            logs: [vec![0.0; bins], vec![0.0; bins], vec![0.0; bins]],
            last: vec![Complex32::default(); bins],
            phases: vec![0.0; bins],
            empty: false,
        };
        new.reset();
        Ok(new)
    }

    /// Back to the state right after building: silence before the first frame. Real-time safe.
    pub fn reset(&mut self) {
        if !self.empty {
            self.logs.iter_mut().for_each(|logs| logs.fill(SILENCE));
            self.last.fill(Complex32::default());
            self.empty = true;
        }
    }

    /// Takes the next frame, with the magnitudes that are wanted on the phases that it has, and
    /// turns the bins that are to be mended to phases that fit: by their `shares`, from 0 (stays)
    /// to 1 (all of it), and along the shorter way in between. How many bins it was. Real-time
    /// safe.
    ///
    /// All are `[bin]`, and `magnitudes` those of `spectrum`; when a length is another, nothing
    /// happens.
    pub fn push(
        &mut self,
        magnitudes: &[f32],
        shares: &[f32],
        spectrum: &mut [Complex32],
    ) -> usize {
        if [magnitudes.len(), shares.len(), spectrum.len()] != [self.bins; 3] {
            return 0;
        }
        self.empty = false;
        self.logs.rotate_left(1);
        self.logs[2]
            .iter_mut()
            .zip(magnitudes)
            .for_each(|(log, magnitude)| *log = quick_ln(*magnitude));
        let loudest = self.logs[2].iter().copied().fold(SILENCE, f32::max);
        let mut waiting = 0usize;
        // The first and the last bin have no phase but 0 and half a turn.
        for (m, open) in self.open.iter_mut().enumerate() {
            *open =
                shares[m] > 0.0 && self.logs[2][m] > loudest + FAINT && m > 0 && m + 1 < self.bins;
            waiting += usize::from(*open);
        }
        if waiting > 0 {
            self.integrate(waiting, spectrum);
            for (m, x) in spectrum.iter_mut().enumerate() {
                // A bin that was given a phase is no longer open, so the question is asked as
                // above.
                if shares[m] > 0.0
                    && self.logs[2][m] > loudest + FAINT
                    && m > 0
                    && m + 1 < self.bins
                {
                    let own = x.im.atan2(x.re);
                    let turn = wrapped(from_start(self.phases[m], m) - own) * shares[m].min(1.0);
                    let (sin, cos) = turn.sin_cos();
                    *x *= Complex32::new(cos, sin);
                }
            }
        }
        self.last.copy_from_slice(spectrum);
        waiting
    }

    /// The phases of the open bins, each reached from the loudest neighbour that has one.
    fn integrate(&mut self, open: usize, spectrum: &[Complex32]) {
        let bins = self.bins;
        self.heap.clear();
        for (m, x) in spectrum.iter().enumerate().take(bins - 1).skip(1) {
            if self.open[m] {
                self.heap.push(self.logs[1][m], m as u32);
            } else if self.open[m - 1] || self.open[m + 1] {
                self.phases[m] = centred(*x, m);
                self.heap.push(self.logs[2][m], (m + bins) as u32);
            }
        }
        let mut waiting = open;
        while waiting > 0
            && let Some(bin) = self.heap.pop()
        {
            let bin = bin as usize;
            if bin < bins {
                if self.open[bin] {
                    let [_, before, now] = &self.logs;
                    let advance = 0.5
                        * (self.gradients.time_at(before, bin) + self.gradients.time_at(now, bin));
                    waiting -= self.settle(bin, centred(self.last[bin], bin) + advance);
                }
                continue;
            }
            let m = bin - bins;
            if self.open[m - 1] {
                let change = 0.5 * (self.change(m) + self.change(m - 1));
                waiting -= self.settle(m - 1, self.phases[m] - change);
            }
            if self.open[m + 1] {
                let change = 0.5 * (self.change(m) + self.change(m + 1));
                waiting -= self.settle(m + 1, self.phases[m] + change);
            }
        }
    }

    /// The change of phase along frequency at a bin of the newest frame.
    #[inline]
    fn change(&self, m: usize) -> f32 {
        self.gradients.frequency_causal_at(self.logs[2][m], self.logs[1][m], self.logs[0][m])
    }

    /// Gives an open bin its phase and lets it pass it on; 1 for the one bin that is settled.
    #[inline]
    fn settle(&mut self, m: usize, phase: f32) -> usize {
        self.phases[m] = wrapped(phase);
        self.open[m] = false;
        // Bins 0 and the last are never open, so that a bin that passes its phase on has two
        // neighbours.
        self.heap.push(self.logs[2][m], (m + self.bins) as u32);
        1
    }
}

/// The natural logarithm of a magnitude to 1e-4, in steps that a compiler takes several at a time;
/// of what is no magnitude that of silence.
#[inline]
fn quick_ln(magnitude: f32) -> f32 {
    let bits = (sane(magnitude) + f32::MIN_POSITIVE).to_bits();
    let exponent = (bits >> 23) as i32 - 127;
    // From 1 to 2, about its middle, by the series of the inverse hyperbolic tangent.
    let mantissa = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000);
    let x = (mantissa - std::f32::consts::SQRT_2) / (mantissa + std::f32::consts::SQRT_2);
    let square = x * x;
    (exponent as f32 + 0.5) * std::f32::consts::LN_2
        + 2.0 * x * (1.0 + square * (1.0 / 3.0 + square * (0.2 + square / 7.0)))
}

/// The phase of a bin relative to the centre of its frame.
#[inline]
fn centred(x: Complex32, m: usize) -> f32 {
    from_start(x.im.atan2(x.re), m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::stft::analyse_signal;
    use crate::signal::window::Window;

    const N: usize = 1024;

    fn config() -> StftConfig {
        StftConfig::new(N, N / 4, Window::Hann).unwrap()
    }

    fn tone(hz_of_bin: f64, gain: f64) -> Vec<f32> {
        (0..30 * N)
            .map(|n| {
                (gain * (std::f64::consts::TAU * hz_of_bin * n as f64 / N as f64).sin()) as f32
            })
            .collect()
    }

    /// The frames of a tone at 100.3 bins whose magnitudes stand on the phases of a tone at 42.0.
    fn misplaced() -> (Vec<Vec<f32>>, Vec<Vec<Complex32>>) {
        let wanted = analyse_signal(config(), &tone(100.3, 0.5)).unwrap();
        let phases = analyse_signal(config(), &tone(42.0, 0.5)).unwrap();
        let magnitudes: Vec<Vec<f32>> =
            wanted.iter().map(|frame| frame.iter().map(|x| x.norm()).collect()).collect();
        let spectra = magnitudes
            .iter()
            .zip(&phases)
            .map(|(frame, phases)| {
                frame.iter().zip(phases).map(|(m, x)| x / x.norm().max(1e-20) * m).collect()
            })
            .collect();
        (magnitudes, spectra)
    }

    /// By how far the phase of the loudest bin turns from frame to frame beside what it should, at
    /// most, in the second half.
    fn wobble(spectra: &[Vec<Complex32>]) -> f32 {
        let bin = 100;
        let advance = (100.3 * std::f64::consts::TAU / 4.0) as f32;
        spectra[spectra.len() / 2..spectra.len() - 8]
            .windows(2)
            .map(|pair| wrapped((pair[1][bin] * pair[0][bin].conj()).arg() - advance).abs())
            .fold(0.0, f32::max)
    }

    #[test]
    fn a_partial_that_was_not_there_turns_at_its_own_frequency() {
        let (magnitudes, mut spectra) = misplaced();
        assert!(wobble(&spectra) > 1.0, "the phase of another tone is another tone's");
        let mut mender = PhaseMender::new(config()).unwrap();
        for (frame, spectrum) in magnitudes.iter().zip(&mut spectra) {
            let shares = vec![1.0; frame.len()];
            let before = spectrum.clone();
            mender.push(frame, &shares, spectrum);
            let kept = before
                .iter()
                .zip(&*spectrum)
                .all(|(a, b)| (a.norm() - b.norm()).abs() <= 1e-5 * a.norm() + 1e-12);
            assert!(kept, "magnitudes stay");
        }
        let found = wobble(&spectra);
        assert!(found < 0.05, "{found}");
    }

    #[test]
    fn the_quick_logarithm_is_near_enough() {
        for i in 0..20_000 {
            let x = 10f32.powf(i as f32 * 0.003 - 30.0);
            assert!((quick_ln(x) - x.ln()).abs() < 1e-4, "{x}");
        }
        assert!(
            (quick_ln(0.0) - SILENCE).abs() < 1e-3 && (quick_ln(f32::NAN) - SILENCE).abs() < 1e-3
        );
        assert!(quick_ln(f32::INFINITY).is_finite() && (quick_ln(-1.0) - SILENCE).abs() < 1e-3);
    }

    #[test]
    fn what_is_not_to_be_mended_stays_to_the_last_bit() {
        let (magnitudes, mut spectra) = misplaced();
        let before = spectra.clone();
        let mut mender = PhaseMender::new(config()).unwrap();
        for (frame, spectrum) in magnitudes.iter().zip(&mut spectra) {
            assert_eq!(mender.push(frame, &vec![0.0; frame.len()], spectrum), 0);
        }
        assert_eq!(spectra, before);
        let mut shares = vec![0.0; config().bins()];
        shares[100] = 1.0;
        for (frame, spectrum) in magnitudes.iter().zip(&mut spectra) {
            mender.push(frame, &shares, spectrum);
        }
        for (now, before) in spectra.iter().zip(&before) {
            assert!(now.iter().zip(before).enumerate().all(|(m, (a, b))| m == 100 || a == b));
        }
    }

    #[test]
    fn a_reset_is_as_fresh_and_garbage_does_no_harm() {
        let (magnitudes, spectra) = misplaced();
        let run = |mender: &mut PhaseMender| {
            let mut spectra = spectra.clone();
            for (frame, spectrum) in magnitudes.iter().zip(&mut spectra) {
                mender.push(frame, &vec![0.7; frame.len()], spectrum);
            }
            spectra
        };
        let mut mender = PhaseMender::new(config()).unwrap();
        let fresh = run(&mut mender);
        let mut odd = vec![Complex32::new(1e30, -1e30); config().bins()];
        mender.push(&vec![f32::NAN; config().bins()], &vec![1.0; config().bins()], &mut odd);
        mender.push(&vec![f32::INFINITY; config().bins()], &vec![1.0; config().bins()], &mut odd);
        assert_eq!(mender.push(&[1.0], &[1.0], &mut odd), 0);
        mender.reset();
        assert_eq!(run(&mut mender), fresh);
    }
}
