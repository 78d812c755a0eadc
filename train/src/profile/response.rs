//! Impulse responses of devices by deconvolution of recorded sweeps.

use anyhow::{Result, ensure};
use nfx_learn::profile::linear::Transform;

/// The impulse response of a device by deconvolution of a recorded sweep: `Y X* / (|X|² + ε)`, ε at −60 dB of the sweep's
/// strongest frequency. `seconds` of it are given, from the strongest peak on less `lead` samples.
///
/// # Errors
/// When a sound is empty or silent, or far too long.
pub fn deconvolve(sweep: &[f32], recording: &[f32], (samples, lead): (usize, usize)) -> Result<Vec<f32>> {
    let longest = sweep.len().max(recording.len());
    ensure!(
        longest > 0 && longest < 1 << 25,
        "expected a sweep and its recording of up to 11 minutes, found {longest} samples"
    );
    let size = (sweep.len() + recording.len()).next_power_of_two();
    let transform = Transform::new(size);
    let spectrum = |x: &[f32]| transform.spectrum(x.iter().map(|x| f64::from(*x)));
    let x = spectrum(sweep);
    let mut h = spectrum(recording);
    let top = x.iter().map(|x| x.norm_sqr()).fold(0.0, f64::max);
    ensure!(top > 0.0, "expected a sweep, found silence");
    for (h, x) in h.iter_mut().zip(&x) {
        *h = *h * x.conj() / (x.norm_sqr() + 1e-6 * top);
    }
    let time = transform.signal(h);
    let peak = (0..size).max_by(|&a, &b| time[a].abs().total_cmp(&time[b].abs())).unwrap_or(0);
    ensure!(time[peak].abs() > 0.0, "expected a recording of the sweep, found silence");
    let from = (peak + size - lead) % size;
    Ok((0..samples).map(|i| time[(from + i) % size] as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nfx_learn::profile::linear::convolve;

    #[test]
    fn a_sweep_gives_the_response_back() {
        let rate = 44_100.0f64;
        let n = 3 * 44_100;
        let mut phase = 0.0;
        let sweep: Vec<f32> = (0..n)
            .map(|i| {
                phase += std::f64::consts::TAU * 20.0 * 1000f64.powf(i as f64 / n as f64) / rate;
                (0.8 * phase.sin()) as f32
            })
            .collect();
        let mut h = vec![0.0f64; 400];
        (h[0], h[50], h[399]) = (0.7, -0.4, 0.2);
        let mut padded = sweep.clone();
        padded.extend(vec![0.0; 1000]);
        let recording: Vec<f32> = [vec![0.0; 200], convolve(&padded, &h, 0)].concat();
        let ir = deconvolve(&sweep, &recording, (500, 10)).expect("response");
        // The band ends at 20 kHz: taps are a little smaller and ring.
        for (at, want) in [(10, 0.7), (60, -0.4), (409, 0.2)] {
            assert!((f64::from(ir[at]) - want).abs() < 0.12, "{at}: {}", ir[at]);
        }
        assert!(deconvolve(&[0.0; 100], &[0.1; 100], (10, 0)).is_err());
    }
}
