//! Impulse responses of devices by deconvolution of recorded sweeps.

use anyhow::{Result, ensure};
use nfx_learn::effect::linear::Transform;

/// Sound may come this long before its strongest reflection.
const BEFORE_S: f64 = 0.25;
/// A response is at least so long when it is asked how much of a recording it explains.
const EXPLAINS_S: f64 = 1.0;
/// Sound that comes before the strongest peak is at least this share of it; more where the device
/// or noise puts something there that is no sound.
const LEAST_SHARE: f64 = 0.03;
/// What comes early and is stronger than this is sound whatever else there is.
const SURE_SHARE: f64 = 0.25;
/// An arrival is the highest peak within this time.
const ARRIVAL_S: f64 = 0.001;

/// The whole response of a device to a sweep, in circular time.
pub struct Response {
    time: Vec<f64>,
    /// The place of its strongest peak.
    peak: usize,
    rate_hz: f64,
    /// The share of the recording's energy that is the sweep through this response, 0 to 1: near 1
    /// for a recording of the sweep through something linear, near `chance` for any other sound.
    pub explained: f64,
    /// What `explained` is for a sound that has nothing to do with the sweep.
    pub chance: f64,
    /// The share of the response's energy that lies within one millisecond of its strongest: a few
    /// hundredths at least of a device or a room, far less when the sweep was played at another
    /// speed.
    pub compact: f64,
}

impl Response {
    /// By deconvolution: `Y X* / (|X|² + ε)`, ε at −60 dB of the sweep's strongest frequency.
    /// `seconds` is how much of it is wanted.
    ///
    /// # Errors
    /// When a sound is empty or silent, or far too long.
    pub fn of(sweep: &[f32], recording: &[f32], rate_hz: f64, seconds: f64) -> Result<Response> {
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
        let mut out = Response { time, peak, rate_hz, explained: 0.0, chance: 0.0, compact: 0.0 };
        // What a stretch around the peak makes of the sweep.
        let before = out.before();
        let wanted = ((seconds.max(EXPLAINS_S) * rate_hz) as usize)
            .min(sweep.len() / 4)
            .max((seconds * rate_hz) as usize);
        let length = (before + wanted).min(size);
        let mut near = vec![0.0; size];
        for i in 0..length {
            let at = (peak + size - before + i) % size;
            near[at] = out.time[at];
        }
        out.compact = out.strongest(length, ((ARRIVAL_S * rate_hz) as usize).max(2));
        let mut y = transform.spectrum(near);
        y.iter_mut().zip(&x).for_each(|(y, x)| *y *= *x);
        let y = transform.signal(y);
        let (mut rest, mut all) = (0.0, 0.0);
        for (y, r) in y.iter().zip(recording) {
            rest += (f64::from(*r) - y).powi(2);
            all += f64::from(*r).powi(2);
        }
        out.explained = (1.0 - rest / all.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        out.chance = (length as f64 / sweep.len().max(1) as f64).min(1.0);
        Ok(out)
    }

    /// The greatest share of the energy of the `length` samples around the peak that lies within
    /// `wide` of them.
    fn strongest(&self, length: usize, wide: usize) -> f64 {
        let power = |i: usize| self.at(i as i64 - self.before() as i64).powi(2);
        let (mut all, mut sum, mut most) = (0.0, 0.0, 0.0f64);
        for i in 0..length {
            all += power(i);
            sum += power(i) - if i >= wide { power(i - wide) } else { 0.0 };
            most = most.max(sum);
        }
        most / all.max(f64::MIN_POSITIVE)
    }

    fn before(&self) -> usize {
        ((BEFORE_S * self.rate_hz) as usize).min(self.time.len() / 4)
    }

    fn at(&self, offset: i64) -> f64 {
        let size = self.time.len() as i64;
        self.time[(self.peak as i64 + offset).rem_euclid(size) as usize]
    }

    /// When the first sound arrives, in samples of the recording from the sweep's beginning: the
    /// strongest peak, or what comes before it when that is only a reflection. Negative when the
    /// recording began late.
    pub fn arrival(&self) -> i64 {
        let highest = self.at(0).abs();
        // Distortion and noise put their own before the peak, as much of it as they are of the
        // recording.
        let share = (3.0 * (1.0 - self.explained).sqrt()).clamp(LEAST_SHARE, SURE_SHARE);
        let before = self.before() as i64;
        let first = (-before..=0).find(|&i| self.at(i).abs() >= share * highest).unwrap_or(0);
        let near = (ARRIVAL_S * self.rate_hz).ceil() as i64;
        let top = (first..=(first + near).min(0))
            .max_by(|&a, &b| self.at(a).abs().total_cmp(&self.at(b).abs()));
        let (place, size) = (self.peak as i64 + top.unwrap_or(0), self.time.len() as i64);
        if place > size / 2 { place - size } else { place }
    }

    /// `samples` of it from `from` on, a place as [`Response::arrival`] gives it.
    pub fn cut(&self, from: i64, samples: usize) -> Vec<f32> {
        (0..samples as i64).map(|i| self.at(from + i - self.peak as i64) as f32).collect()
    }

    /// The height of its strongest peak.
    pub fn height(&self) -> f64 {
        self.at(0).abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nfx_learn::effect::linear::convolve;

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
        let response = Response::of(&sweep, &recording, rate, 0.1).expect("response");
        assert_eq!(response.arrival(), 200);
        assert!(response.explained > 0.99, "{}", response.explained);
        let ir = response.cut(190, 500);
        // The band ends at 20 kHz: taps are a little smaller and ring.
        for (at, want) in [(10, 0.7), (60, -0.4), (409, 0.2)] {
            assert!((f64::from(ir[at]) - want).abs() < 0.12, "{at}: {}", ir[at]);
        }
        assert!(Response::of(&[0.0; 100], &[0.1; 100], rate, 0.1).is_err());
        assert!(Response::of(&sweep, &[0.0; 100], rate, 0.1).is_err());
    }
}
