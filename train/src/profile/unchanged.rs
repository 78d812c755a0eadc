//! Whether what came back is what was played: the device was not in the path.

use nfx_learn::effect::linear::{Transform, best_response, convolve};

use super::edge::lively_part;

/// Seconds that are looked at.
const LOOK_S: f64 = 4.0;
/// Taps before and from the delay on that a conversion of the rate may have smeared one sample
/// over.
const TAPS: (usize, usize) = (16, 33);
/// A gain, or a delay between two samples, that leaves less than this of the recording's energy
/// changed nothing.
const LEFT: f64 = 1e-5;
/// Most dB by which frequencies that are there may differ.
const FLAT_DB: f64 = 1.0;

/// The gain at which the played sound came back; `None` where something was done to it.
pub fn unchanged(input: &[f32], target: &[f32], rate_hz: f64, delay: i64) -> Option<f64> {
    let (x, y) = lively_part(input, target, (LOOK_S * rate_hz) as usize, delay);
    let (xx, xy, yy) = x.iter().zip(&y).fold((0.0f64, 0.0f64, 0.0f64), |s, (x, y)| {
        let (x, y) = (f64::from(*x), f64::from(*y));
        (s.0 + x * x, s.1 + x * y, s.2 + y * y)
    });
    if xx <= 0.0 || yy <= 0.0 {
        return None;
    }
    if 1.0 - xy * xy / (xx * yy) < LEFT {
        return Some(xy / xx);
    }
    let h = best_response(&x, &y, TAPS.0, TAPS.1);
    let played = convolve(&x, &h, TAPS.0);
    let edge = TAPS.1.min(x.len() / 2);
    let inner = edge..x.len() - edge;
    let error: f64 = inner.clone().map(|i| f64::from(y[i] - played[i]).powi(2)).sum();
    let energy: f64 = inner.map(|i| f64::from(y[i]).powi(2)).sum();
    if error >= LEFT * energy {
        return None;
    }
    let transform = Transform::new(1_024);
    let gains: Vec<f64> = transform.spectrum(h.iter().copied()).iter().map(|h| h.norm()).collect();
    let mut power = vec![0.0f64; gains.len()];
    for part in x.chunks_exact(1_024) {
        let bins = transform.spectrum(part.iter().map(|x| f64::from(*x)));
        power.iter_mut().zip(bins).for_each(|(p, b)| *p += b.norm_sqr());
    }
    let top = power.iter().fold(0.0f64, |m, p| m.max(*p));
    // The edges of the band belong to the filters of converters.
    let there = gains
        .iter()
        .zip(&power)
        .take(gains.len() * 4 / 5)
        .filter(|(_, p)| **p > 1e-4 * top)
        .map(|(g, _)| *g);
    let (low, high) = there.fold((f64::MAX, 0.0f64), |m, g| (m.0.min(g), m.1.max(g)));
    let flat = high > 0.0 && 20.0 * (high / low.max(1e-12)).log10() < FLAT_DB;
    flat.then(|| (yy / xx).sqrt() * h.iter().sum::<f64>().signum())
}
