//! What a decoded frame says: how loud each partial is, and how much noise lies between them.

use super::MAX_PARTIALS;
use super::pitch::{Found, PitchFinder};
use crate::models::spectral::CanneModel;

/// Half the width of a partial's lobe in bins, with a margin; lobes high up are wider where the
/// corpus is detuned.
const LOBE: (f32, f32) = (2.5, 0.003);
/// What lies between partials counts as noise from -26 dB below the partial, wholly from -14 dB ...
const NOISE_LOCAL: (f32, f32) = (0.05, 0.2);
/// ... and from -36 dB below the loudest bin, wholly from -26 dB. Less is what networks leave where
/// they should leave nothing: as noise over a whole spectrum it would be a hiss.
const NOISE_GLOBAL: (f32, f32) = (0.015, 0.05);
/// Bins beside a lobe from which on there can be any talk of noise.
const LEAST_BESIDE: f32 = 2.0;
/// Mean power of noise over the fourth power of the mean root of its magnitudes, between that of a
/// smooth floor (1) and that of Rayleigh-distributed magnitudes (1.48).
const FLOOR_OF_ROOTS: f32 = 1.2;
/// Least width in which the envelope of a frame without pitch is measured, in Hz.
const ENVELOPE_HZ: f32 = 260.0;
/// The same as a share of the frequency.
const ENVELOPE_SHARE: f32 = 0.2;

/// Amplitudes of partials, and noise, both as the model's frame has them: a sine of amplitude 1 has
/// a magnitude of 1.
#[derive(Debug)]
pub(super) struct Reading {
    /// `[partial]`
    pub amplitudes: Vec<f32>,
    /// Partials beyond this many are silent.
    pub count: usize,
    /// Variance, `[synthesis bin]`.
    pub noise: Vec<f32>,
}

impl Reading {
    pub fn new(synthesis_bins: usize) -> Self {
        Self { amplitudes: vec![0.0; MAX_PARTIALS], count: 0, noise: vec![0.0; synthesis_bins] }
    }

    fn clear(&mut self) {
        self.amplitudes.fill(0.0);
        self.noise.fill(0.0);
        self.count = 0;
    }

    /// Spreads a variance over a part of the spectrum, in synthesis bins.
    fn add_noise(&mut self, variance: f32, from: f32, to: f32) {
        let density = variance / (to - from);
        let last = (to as usize).min(self.noise.len() - 1);
        for (k, noise) in
            self.noise.iter_mut().enumerate().take(last + 1).skip((from.max(1.0)) as usize)
        {
            let overlap = to.min(k as f32 + 1.0) - from.max(k as f32);
            *noise += density * overlap.max(0.0);
        }
    }
}

/// The frames that a [`Reader`] reads.
pub(super) struct Frames<'a> {
    /// Their window.
    pub window: &'a [f32],
    /// How many bins they have.
    pub bins: usize,
    /// The bins' distance.
    pub bin_hz: f32,
}

/// Reads frames of one kind.
#[derive(Debug)]
pub(super) struct Reader {
    /// All that lies between partials is noise, as in a recording; what a network leaves there may
    /// be its error.
    trusts: bool,
    bin_hz: f32,
    /// Energy of a partial's lobe relative to the square of its peak: 1.5 for Hann.
    lobe_energy: f32,
    /// Width of a bin in synthesis bins.
    ratio: f32,
    finder: PitchFinder,
    /// Sums of the squared magnitudes below each bin.
    below: Vec<f64>,
}

impl Reader {
    /// For the frames of a model, and synthesis frames whose bins are `synthesis_hz` apart.
    /// Allocates.
    pub fn new(model: &CanneModel, synthesis_hz: f64) -> Self {
        let card = model.card();
        let window = card.kind.stft.window.periodic(card.kind.stft.fft_size);
        let bin_hz = (card.sample_rate_hz / card.kind.stft.fft_size as f64) as f32;
        let frames = Frames { window: &window, bins: model.bins(), bin_hz };
        Self { trusts: false, ..Self::of_frames(&frames, synthesis_hz as f32) }
    }

    /// For frames of recorded sound. Allocates.
    pub fn of_frames(frames: &Frames<'_>, synthesis_hz: f32) -> Self {
        let &Frames { window, bins, bin_hz } = frames;
        let (sum, squares) = window
            .iter()
            .fold((0.0, 0.0), |(s, q), &w| (s + f64::from(w), q + f64::from(w) * f64::from(w)));
        Self {
            trusts: true,
            bin_hz,
            lobe_energy: (window.len() as f64 * squares / (sum * sum)) as f32,
            ratio: bin_hz / synthesis_hz,
            finder: PitchFinder::new(bins, bin_hz),
            below: vec![0.0; bins + 1],
        }
    }

    /// Reads a frame whose partials lie at the multiples of `hz`. Real-time safe.
    pub fn read_note(&self, frame: &[f32], hz: f32, out: &mut Reading) {
        out.clear();
        self.harmonic(frame, hz / self.bin_hz, 1.0, out);
    }

    /// Reads a frame of no known pitch for a note of `hz`. Real-time safe.
    ///
    /// A frame with a pitch of its own is read at its own partials, as a sampler would transpose
    /// it. Where it has none, its envelope gives the note's partials their amplitudes. Between the
    /// two the certainty decides.
    pub fn read_timbre(&mut self, frame: &[f32], hz: f32, last: Found, out: &mut Reading) -> Found {
        out.clear();
        let found = self.finder.find(frame, last);
        if found.certainty > 0.0 && found.spacing > 0.0 {
            self.harmonic(frame, found.spacing, found.certainty, out);
        }
        if found.certainty < 1.0 {
            self.envelope(frame, hz / self.bin_hz, 1.0 - found.certainty, out);
        }
        found
    }

    /// Adds `share` of the partials at the multiples of `spacing` bins, and of the noise between
    /// them.
    ///
    /// Every bin belongs to its nearest partial, what lies below the first to that. What is as loud
    /// everywhere between two lobes is noise; a peak there, which a note's sound does not have, is
    /// power of the partial that the decoder has put in a wrong place.
    fn harmonic(&self, frame: &[f32], spacing: f32, share: f32, out: &mut Reading) {
        let end = frame.len() as f32 - 1.0;
        let loudest = frame.iter().copied().fold(0.0, f32::max);
        for partial in 0..MAX_PARTIALS {
            let place = spacing * (partial + 1) as f32;
            if place + 1.0 > end {
                break;
            }
            let (from, to) = (
                if partial == 0 { 1.0 } else { place - 0.5 * spacing },
                (place + 0.5 * spacing).min(end),
            );
            let reach = (LOBE.0 + LOBE.1 * place).min(0.5 * spacing);
            let (first, last) = (from.ceil() as usize, to.ceil() as usize);
            let low = ((place - reach).ceil() as usize).clamp(first, last);
            let high = ((place + reach) as usize + 1).clamp(low, last);
            let energy = frame[first..last].iter().map(|m| m * m).sum::<f32>();
            let beside = frame[first..low].iter().chain(&frame[high..last]);
            // The mean of the roots hardly sees a few peaks, but all of a floor.
            let (mut roots, mut squares) = (0.0, 0.0);
            beside.for_each(|m| (roots, squares) = (roots + m.sqrt(), squares + m * m));
            let count = (last - first + low - high) as f32;
            let floor = if count >= LEAST_BESIDE {
                let mean = roots / count;
                (FLOOR_OF_ROOTS * mean * mean * mean * mean).min(squares / count)
            } else {
                0.0
            };
            let width = (last - first) as f32;
            let amplitude = ((energy - floor * width).max(0.0) / self.lobe_energy).sqrt();
            out.amplitudes[partial] += share * amplitude;
            out.count = out.count.max(partial + 1);
            let gate = if self.trusts {
                1.0
            } else {
                rise(floor.sqrt(), amplitude, NOISE_LOCAL).min(rise(
                    floor.sqrt(),
                    loudest,
                    NOISE_GLOBAL,
                ))
            };
            let variance = share * gate * gate * floor * width / (2.0 * self.lobe_energy);
            if variance > 1e-10 {
                out.add_noise(variance, from * self.ratio, to * self.ratio);
            }
        }
    }

    /// Adds `share` of the partials that a note has under the frame's envelope.
    fn envelope(&mut self, frame: &[f32], spacing: f32, share: f32, out: &mut Reading) {
        let mut sum = 0.0;
        for (below, m) in self.below.iter_mut().zip(frame) {
            *below = sum;
            sum += f64::from(m * m);
        }
        if let Some(all) = self.below.last_mut() {
            *all = sum;
        }
        let end = frame.len() as f32;
        let at = |place: f32| {
            let place = place.clamp(0.0, end);
            let k = (place as usize).min(frame.len() - 1);
            self.below[k] + (self.below[k + 1] - self.below[k]) * f64::from(place - k as f32)
        };
        for partial in 0..MAX_PARTIALS {
            let place = spacing * (partial + 1) as f32;
            if place + 1.0 > end {
                break;
            }
            let half = 0.5 * spacing.max(ENVELOPE_HZ / self.bin_hz).max(ENVELOPE_SHARE * place);
            let density = (at(place + half) - at(place - half)) as f32 / (2.0 * half);
            out.amplitudes[partial] +=
                share * (density * spacing / self.lobe_energy).max(0.0).sqrt();
            out.count = out.count.max(partial + 1);
        }
    }
}

/// From 0 to 1 while `x` rises from one share of `reference` to another.
fn rise(x: f32, reference: f32, range: (f32, f32)) -> f32 {
    let (from, to) = range;
    ((x - from * reference) / ((to - from) * reference + 1e-9)).clamp(0.0, 1.0)
}
