//! Delay and polarity that a profile was recorded with. Not for the audio thread.

use std::sync::Arc;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::measure::play;
use crate::models::effect::ProfileModel;

/// The probe: an exponential sweep, long enough that what distortion adds is told apart from what
/// comes first.
const SWEEP_S: f64 = 0.4;
const LOW_HZ: f64 = 40.0;
const LEVEL: f64 = 0.1;
/// The longest delay that is looked for.
const LONGEST_S: f64 = 0.1;
/// Half the width, in samples, of what belongs to the first arrival.
const ARRIVAL: usize = 24;
/// Below this share of the energy an arrival is none.
const SURE: f32 = 0.2;

/// Delay and polarity of a profile beside its input: what was not taken out of the recording that
/// it was trained on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Alignment {
    /// Model samples by which the sound is late, beyond the delay of the model's kind.
    pub delay_samples: usize,
    /// Whether the sound is upside down.
    pub inverted: bool,
    /// Share of the response's energy within half a millisecond of the arrival: 1 for a plain
    /// delay, and small where there is no arrival to speak of (a reverb, noise), when nothing
    /// should be repaired.
    pub confidence: f32,
}

impl Alignment {
    /// Whether there is something to repair, and it was measured well enough to try.
    #[must_use]
    pub fn is_worth_repairing(&self) -> bool {
        self.confidence >= SURE && (self.inverted || self.delay_samples > 0)
    }
}

/// Measures delay and polarity of a model at its knobs' defaults: its response to an exponential
/// sweep at -20 dBFS, divided by the sweep's spectrum, has its largest value, and that value's
/// sign, at the first arrival; what distortion adds lies before it in time (Farina, AES 108, 2000)
/// and does not count. Allocates and plays half a second.
#[must_use]
pub fn measure_alignment(model: &Arc<ProfileModel>) -> Alignment {
    let rate = model.sample_rate_hz();
    let longest = (LONGEST_S * rate) as usize;
    let probe = sweep(rate);
    let mut input = probe.clone();
    let late = model.latency_samples();
    input.resize(probe.len() + longest + late, 0.0);
    let mut out = play(model, &[], &input);
    out.drain(..late);
    let Some(response) = divide(&out, &probe) else { return Alignment::default() };
    let causal = &response[..longest.min(response.len())];
    let energy: f32 = causal.iter().map(|x| x * x).sum();
    let at =
        (0..causal.len()).max_by(|&a, &b| causal[a].abs().total_cmp(&causal[b].abs())).unwrap_or(0);
    if !energy.is_finite() || energy < 1e-12 {
        return Alignment::default();
    }
    let near = &causal[at.saturating_sub(ARRIVAL)..(at + ARRIVAL + 1).min(causal.len())];
    let confidence = near.iter().map(|x| x * x).sum::<f32>() / energy;
    Alignment { delay_samples: at, inverted: causal[at] < 0.0, confidence }
}

/// An exponential sweep from 40 Hz to 0.45 of the rate, faded at both ends.
fn sweep(rate_hz: f64) -> Vec<f32> {
    let len = (SWEEP_S * rate_hz) as usize;
    let octaves = (0.45 * rate_hz / LOW_HZ).ln();
    let fade = len / 20;
    (0..len)
        .map(|i| {
            let t = i as f64 / len as f64;
            let phase =
                std::f64::consts::TAU * LOW_HZ * SWEEP_S / octaves * ((t * octaves).exp() - 1.0);
            let edge = (i.min(len - 1 - i) as f64 / fade as f64).min(1.0);
            (LEVEL * phase.sin() * (0.5 - 0.5 * (std::f64::consts::PI * edge).cos())) as f32
        })
        .collect()
}

/// The response that makes `out` of `probe`, from 0 on; what would lie before 0 is at the end.
fn divide(out: &[f32], probe: &[f32]) -> Option<Vec<f32>> {
    let len = (2 * out.len().max(probe.len())).next_power_of_two();
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, inverse) = (planner.plan_fft_forward(len), planner.plan_fft_inverse(len));
    let spectrum = |x: &[f32]| -> Option<Vec<Complex<f32>>> {
        let mut time = x.to_vec();
        time.resize(len, 0.0);
        let mut bins = forward.make_output_vec();
        forward.process(&mut time, &mut bins).ok().map(|()| bins)
    };
    let (mut y, x) = (spectrum(out)?, spectrum(probe)?);
    let most = x.iter().map(|x| x.norm_sqr()).fold(0.0f32, f32::max);
    for (y, x) in y.iter_mut().zip(&x) {
        *y = *y * x.conj() / (x.norm_sqr() + 1e-4 * most);
    }
    // Zero and the highest frequency are real.
    if let Some(first) = y.first_mut() {
        first.im = 0.0;
    }
    if let Some(last) = y.last_mut() {
        last.im = 0.0;
    }
    let mut time = inverse.make_output_vec();
    inverse.process(&mut y, &mut time).ok()?;
    time.iter_mut().for_each(|t| *t /= len as f32);
    Some(time)
}
