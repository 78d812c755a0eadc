//! Effects over a whole clip: overdrive, echo, a slowly moving filter.

use nfx_core::signal::random::Random;

use super::dsp::{DcBlock, Svf};

/// Overdrive by tanh with first-order antiderivative anti-aliasing (Parker, Zavalishin and Le
/// Bivic, 2016). The level is kept roughly by the inverse of the drive's slope at half scale.
pub(super) fn overdrive(signal: &mut [f32], gain: f32, rate: f32) {
    // ln cosh, written so that it cannot overflow.
    let integral = |x: f64| x.abs() + (-2.0 * x.abs()).exp().ln_1p() - std::f64::consts::LN_2;
    let mut dc = DcBlock::new(rate);
    let (mut x0, mut f0) = (0.0f64, 0.0f64);
    let level = 0.5 / (0.5 * gain).tanh().max(0.05);
    for y in signal.iter_mut() {
        let x = f64::from(*y * gain);
        let f = integral(x);
        let shaped =
            if (x - x0).abs() < 1.0e-5 { (0.5 * (x + x0)).tanh() } else { (f - f0) / (x - x0) };
        x0 = x;
        f0 = f;
        *y = dc.next(shaped as f32 * level);
    }
}

/// Settings of an echo.
pub(super) struct Echo {
    /// Seconds between repeats.
    pub seconds: f32,
    /// Gain from one repeat to the next, below 1.
    pub feedback: f32,
    /// Level of the first repeat.
    pub level: f32,
    /// Each repeat is darker than the one before it.
    pub damp_hz: f32,
}

/// Adds repeats in place.
pub(super) fn echo(signal: &mut [f32], settings: &Echo, rate: f32) {
    let delay = ((settings.seconds * rate) as usize).max(1);
    let mut line = vec![0.0f32; delay];
    let mut filter = Svf::new(rate);
    filter.set(settings.damp_hz, 0.6);
    let feedback = settings.feedback.min(0.85);
    let mut at = 0;
    for x in signal.iter_mut() {
        let delayed = filter.low(line[at]);
        line[at] = *x + delayed * feedback;
        *x += delayed * settings.level;
        at = (at + 1) % delay;
    }
}

/// A hand on the cutoff knob: a low-pass whose cutoff wanders between two frequencies over the
/// clip.
pub(super) fn sweep(signal: &mut [f32], rng: &mut Random, rate: f32) {
    let mut filter = Svf::new(rate);
    let points: Vec<f32> = (0..5).map(|_| rng.log_range(500.0, 14_000.0)).collect();
    let q = rng.range(0.6, 2.5);
    let step = signal.len().div_ceil(points.len() - 1).max(1);
    for (i, x) in signal.iter_mut().enumerate() {
        if i % 64 == 0 {
            let (k, f) = (i / step, (i % step) as f32 / step as f32);
            let (a, b) = (points[k], points[(k + 1).min(points.len() - 1)]);
            filter.set(a * (b / a).powf(f), q);
        }
        *x = filter.low(*x);
    }
}
