//! What the tests hear: latency, pitch, differences of spectra, and clicks.

use realfft::RealFftPlanner;

/// Decibels of a power ratio; -300 for nothing.
pub fn power_db(ratio: f64) -> f64 {
    10.0 * ratio.max(1e-30).log10()
}

/// Root of the mean square.
pub fn rms(samples: &[f32]) -> f64 {
    (samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>()
        / samples.len().max(1) as f64)
        .sqrt()
}

/// The four-term Blackman-Harris window, periodic: sidelobes below -92 dB, main lobe four bins to
/// each side.
pub fn blackman_harris(length: usize) -> Vec<f64> {
    let terms = [0.358_75, -0.488_29, 0.141_28, -0.011_68];
    let angle = |n: usize| std::f64::consts::TAU * n as f64 / length as f64;
    (0..length)
        .map(|n| terms.iter().enumerate().map(|(k, term)| term * (k as f64 * angle(n)).cos()).sum())
        .collect()
}

/// Power of each bin of one windowed frame, `samples.len() / 2 + 1` bins.
pub fn power_spectrum(samples: &[f32]) -> Vec<f64> {
    let mut frame: Vec<f64> = samples
        .iter()
        .zip(blackman_harris(samples.len()))
        .map(|(sample, window)| f64::from(*sample) * window)
        .collect();
    let plan = RealFftPlanner::<f64>::new().plan_fft_forward(frame.len());
    let mut spectrum = plan.make_output_vec();
    if plan.process(&mut frame, &mut spectrum).is_err() {
        return Vec::new();
    }
    spectrum.iter().map(|bin| bin.norm_sqr()).collect()
}

/// By how many samples `output` comes later than `input`: the peak of their cross-correlation, up
/// to `most`.
pub fn delay(input: &[f32], output: &[f32], most: usize) -> usize {
    let length = (input.len().min(output.len()) + most).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
    let spectrum = |samples: &[f32]| {
        let mut padded: Vec<f64> = samples.iter().map(|sample| f64::from(*sample)).collect();
        padded.resize(length, 0.0);
        let mut out = forward.make_output_vec();
        let _ = forward.process(&mut padded, &mut out); // lengths come from the plan itself
        out
    };
    let mut product: Vec<_> =
        spectrum(output).iter().zip(spectrum(input)).map(|(out, inp)| out * inp.conj()).collect();
    for edge in [0, length / 2] {
        product[edge].im = 0.0;
    }
    let mut correlation = inverse.make_output_vec();
    let _ = inverse.process(&mut product, &mut correlation);
    (0..=most).max_by(|a, b| correlation[*a].total_cmp(&correlation[*b])).unwrap_or(0)
}

/// The frequency of the strongest partial in Hz, interpolated between bins.
pub fn pitch(samples: &[f32], rate_hz: f64) -> f64 {
    let power = power_spectrum(samples);
    let inner = 1..power.len().saturating_sub(1);
    let Some(peak) = inner.max_by(|a, b| power[*a].total_cmp(&power[*b])) else { return 0.0 };
    let [left, middle, right] = [peak - 1, peak, peak + 1].map(|bin| power_db(power[bin]));
    let offset = 0.5 * (left - right) / (left - 2.0 * middle + right);
    (peak as f64 + offset) * rate_hz / samples.len() as f64
}

/// The pitch of a tone that should be at `expected_hz`: that of its strongest partial among the
/// first eight, divided by its number. `None` when there is no tone within half a semitone.
pub fn tone_pitch(samples: &[f32], rate_hz: f64, expected_hz: f64) -> Option<f64> {
    let power = power_spectrum(samples);
    let bin_hz = rate_hz / samples.len() as f64;
    let near = |partial: f64| {
        let hz = expected_hz * partial;
        let (from, to) = ((hz * 0.9715 / bin_hz) as usize, (hz * 1.0293 / bin_hz).ceil() as usize);
        let to = to.min(power.len().saturating_sub(2));
        (from.max(1)..=to).max_by(|a, b| power[*a].total_cmp(&power[*b])).map(|bin| (bin, partial))
    };
    let (peak, partial) = (1..=8)
        .filter_map(|partial| near(f64::from(partial)))
        .max_by(|a, b| power[a.0].total_cmp(&power[b.0]))?;
    let [left, middle, right] = [peak - 1, peak, peak + 1].map(|bin| power_db(power[bin]));
    let offset = 0.5 * (left - right) / (left - 2.0 * middle + right);
    (middle > left && middle > right).then(|| (peak as f64 + offset) * bin_hz / partial)
}

/// The mean frequency of a sound in Hz, weighted by the magnitudes of its spectrum: how bright it
/// is.
pub fn centroid(samples: &[f32], rate_hz: f64) -> f64 {
    let magnitudes: Vec<f64> = power_spectrum(samples).into_iter().map(f64::sqrt).collect();
    let bin_hz = rate_hz / samples.len().max(1) as f64;
    let moment: f64 =
        magnitudes.iter().enumerate().map(|(bin, magnitude)| magnitude * bin as f64 * bin_hz).sum();
    moment / magnitudes.iter().sum::<f64>().max(1e-30)
}

/// The loudness of a sound by ITU-R BS.1770's filters at any rate, without its gates, in dB.
pub fn loudness(samples: &[f32], rate_hz: f64) -> f64 {
    -0.691
        + power_db(
            k_weighted(samples, rate_hz).iter().map(|x| x * x).sum::<f64>()
                / samples.len().max(1) as f64,
        )
}

/// The loudness of a sound of any channels by ITU-R BS.1770-4, with its gates: over the blocks of
/// 400 ms that are above -70 LUFS and at most 10 LU below the mean of those. What is silent behind
/// a short sound does not make it quieter.
pub fn gated_loudness(channels: &[Vec<f32>], rate_hz: f64) -> f64 {
    let weighted: Vec<Vec<f64>> =
        channels.iter().map(|channel| k_weighted(channel, rate_hz)).collect();
    let (block, step) = ((0.4 * rate_hz) as usize, (0.1 * rate_hz) as usize);
    let length = weighted.iter().map(Vec::len).min().unwrap_or(0);
    let power = |from: usize| -> f64 {
        let squares =
            |channel: &Vec<f64>| channel[from..from + block].iter().map(|x| x * x).sum::<f64>();
        weighted.iter().map(squares).sum::<f64>() / block as f64
    };
    let powers: Vec<f64> =
        (0..(length + 1).saturating_sub(block)).step_by(step).map(power).collect();
    let mean_above = |db: f64| {
        let kept: Vec<f64> =
            powers.iter().copied().filter(|power| power_db(*power) - 0.691 > db).collect();
        power_db(kept.iter().sum::<f64>() / kept.len().max(1) as f64) - 0.691
    };
    mean_above(mean_above(-70.0) - 10.0)
}

/// A sound through the filters of ITU-R BS.1770.
fn k_weighted(samples: &[f32], rate_hz: f64) -> Vec<f64> {
    // The filters' prototypes: a shelf of 4 dB above 1682 Hz and a high pass at 38 Hz.
    let shelf = |k: f64| {
        let (gain, q) = (10_f64.powf(3.999_843_853_97 / 20.0), 0.707_175_236_955_4);
        let band = gain.powf(0.499_666_774_155);
        let a0 = 1.0 + k / q + k * k;
        let b = [gain + band * k / q + k * k, 2.0 * (k * k - gain), gain - band * k / q + k * k]
            .map(|b| b / a0);
        (b, [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0])
    };
    let pass = |k: f64| {
        let q = 0.500_327_037_324;
        let a0 = 1.0 + k / q + k * k;
        ([1.0, -2.0, 1.0], [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0])
    };
    let warped = |hz: f64| (std::f64::consts::PI * hz / rate_hz).tan();
    let mut sound: Vec<f64> = samples.iter().map(|sample| f64::from(*sample)).collect();
    for (b, a) in [shelf(warped(1_681.974_450_96)), pass(warped(38.135_470_876))] {
        let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
        for sample in &mut sound {
            let y = b[0] * *sample + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
            (x2, x1, y2, y1) = (x1, *sample, y1, y);
            *sample = y;
        }
    }
    sound
}

/// Power spectra in decibels, `[frame][bin]`, of frames of 2048 samples every 512.
pub fn log_spectra(samples: &[f32]) -> Vec<Vec<f64>> {
    samples
        .windows(2048)
        .step_by(512)
        .map(|frame| power_spectrum(frame).into_iter().map(power_db).collect())
        .collect()
}

/// Root mean square difference in decibels between the log spectra of two sounds, over every bin of
/// every frame that is less than 60 dB below the loudest bin of either sound; what is quieter
/// counts as just that quiet.
pub fn log_spectral_distance(one: &[f32], other: &[f32]) -> f64 {
    let (one, other) = (log_spectra(one), log_spectra(other));
    let loudest = one.iter().chain(&other).flatten().copied().fold(f64::MIN, f64::max);
    let floor = loudest - 60.0;
    let bins = one.iter().flatten().zip(other.iter().flatten());
    let (sum, count) = bins
        .filter(|(a, b)| **a > floor || **b > floor)
        .fold((0.0, 0usize), |(sum, count), (a, b)| {
            (sum + (a.max(floor) - b.max(floor)).powi(2), count + 1)
        });
    (sum / count.max(1) as f64).sqrt()
}

/// Listens for clicks on a sustained tone: energy where neither the tone nor a smooth move of it
/// can be.
///
/// A smooth move surrounds each harmonic with sidebands, so each takes a band. On a tone that fits
/// the hop every frame is the same, so that a still plugin repeats itself at the frame rate, and
/// what the network leaves between the harmonics stands on its multiples: they belong to the still
/// tone, and take a narrower band.
#[derive(Debug, Clone, Copy)]
pub struct ClickDetector {
    /// Samples per second.
    pub rate_hz: f64,
    /// The tone's fundamental in Hz, and the half width of a harmonic's band.
    pub harmonics_hz: (f64, f64),
    /// How often the plugin begins a frame, in Hz, and the half width of the band around each
    /// multiple.
    pub frames_hz: (f64, f64),
}

impl ClickDetector {
    /// Frames of 16384 samples, 0.37 s at 44.1 kHz: lines are 11 Hz wide to each side.
    pub const FRAME: usize = 16_384;

    /// The largest energy off the harmonics in any frame of `moving`, in decibels below the tone,
    /// whose level is the loudest that any of `steady` has.
    pub fn worst_db(&self, steady: &[&[f32]], moving: &[f32]) -> f64 {
        let tone = steady.iter().map(|samples| self.mean_power(samples)).fold(0.0, f64::max);
        let frames = moving.windows(Self::FRAME).step_by(Self::FRAME / 16);
        frames.map(|frame| power_db(self.off_harmonics(frame) / tone)).fold(-300.0, f64::max)
    }

    fn mean_power(&self, samples: &[f32]) -> f64 {
        let powers: Vec<f64> = samples
            .windows(Self::FRAME)
            .step_by(Self::FRAME / 2)
            .map(|frame| power_spectrum(frame).iter().sum())
            .collect();
        powers.iter().sum::<f64>() / powers.len().max(1) as f64
    }

    fn off_harmonics(&self, frame: &[f32]) -> f64 {
        let width = self.rate_hz / frame.len() as f64;
        let is_beside = |frequency: f64, (spacing, half_band): (f64, f64)| {
            (frequency - (frequency / spacing).round() * spacing).abs() > half_band
        };
        let is_off = |frequency: f64| {
            is_beside(frequency, self.harmonics_hz) && is_beside(frequency, self.frames_hz)
        };
        let power = power_spectrum(frame);
        power
            .iter()
            .enumerate()
            .filter(|(bin, _)| is_off(*bin as f64 * width))
            .map(|(_, power)| power)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal;

    const FRAMES_HZ: f64 = 44_100.0 / 512.0;
    const TONE_HZ: f64 = 24.0 * FRAMES_HZ;
    const DETECTOR: ClickDetector = ClickDetector {
        rate_hz: 44_100.0,
        harmonics_hz: (TONE_HZ, 500.0),
        frames_hz: (FRAMES_HZ, 22.0),
    };

    fn faded(samples: usize) -> Vec<f32> {
        let fade = |n: usize| (n.saturating_sub(40_000) as f64 / samples as f64).min(1.0);
        let tone = signal::tone(TONE_HZ, 44_100.0, 88_200);
        tone.iter().enumerate().map(|(n, sample)| sample * (1.0 - 0.5 * fade(n)) as f32).collect()
    }

    #[test]
    fn gates_leave_out_what_is_silent_or_far_quieter() {
        let tone: Vec<f32> = (0..88_200)
            .map(|n| (std::f64::consts::TAU * 997.0 * n as f64 / 44_100.0).sin() as f32)
            .collect();
        let stereo = |tail: usize| -> Vec<Vec<f32>> {
            vec![tone.iter().copied().chain(vec![0.0; tail]).collect(); 2]
        };
        // A sine of full scale in both channels is 0 LUFS by definition, within the filters' own 0.05.
        assert!(gated_loudness(&stereo(0), 44_100.0).abs() < 0.05);
        assert!(
            gated_loudness(&stereo(0), 44_100.0) - gated_loudness(&stereo(200_000), 44_100.0) < 0.8
        );
        assert!(loudness(&stereo(200_000)[0], 44_100.0) < loudness(&tone, 44_100.0) - 5.0);
        assert!(gated_loudness(&[vec![0.0; 44_100]], 44_100.0) < -100.0);
    }

    #[test]
    fn a_jump_is_a_click_and_a_fade_is_none() {
        for (samples, clicks) in [(1, true), (20, true), (4410, false)] {
            let sound = faded(samples);
            let worst = DETECTOR.worst_db(&[&sound[..36_000]], &sound[30_000..60_000]);
            assert_eq!(worst > -60.0, clicks, "a fade over {samples} samples: {worst:.1} dB");
        }
    }

    #[test]
    fn a_short_gap_is_a_click() {
        let mut sound = signal::tone(TONE_HZ, 44_100.0, 88_200);
        sound[40_000..40_032].fill(0.0);
        assert!(DETECTOR.worst_db(&[&sound[..36_000]], &sound[30_000..60_000]) > -60.0);
    }

    #[test]
    fn a_steady_tone_is_clean() {
        let sound = signal::tone(TONE_HZ, 44_100.0, 44_100);
        assert!(DETECTOR.worst_db(&[&sound], &sound) < -90.0);
    }

    #[test]
    fn delay_and_pitch_are_found() {
        let sound = signal::music(3, 44_100.0, 44_100);
        let mut late = vec![0.0; 2048];
        late.extend(&sound);
        assert_eq!(delay(&sound, &late, 8192), 2048);
        let pitch = pitch(&signal::sine(440.0, 48_000.0, 32_768), 48_000.0);
        assert!((pitch - 440.0).abs() < 0.01, "{pitch}");
    }

    #[test]
    fn the_pitch_of_a_tone_is_found_by_any_of_its_partials() {
        for hz in [65.406, 261.63, 2093.0] {
            let tone = signal::tone(hz, 44_100.0, 32_768);
            let found = tone_pitch(&tone, 44_100.0, hz * 1.004).unwrap();
            assert!((1200.0 * (found / hz).log2()).abs() < 0.3, "{hz}: {found}");
        }
    }

    #[test]
    fn a_full_scale_sine_of_1_khz_has_the_standards_loudness() {
        let sine: Vec<f32> =
            signal::sine(997.0, 48_000.0, 96_000).iter().map(|x| x * 2.0).collect();
        assert!((loudness(&sine, 48_000.0) + 3.01).abs() < 0.05, "{}", loudness(&sine, 48_000.0));
        assert!(
            (loudness(&sine, 48_000.0)
                - loudness(&signal::sine(997.0, 44_100.0, 88_200), 44_100.0)
                - 6.02)
                .abs()
                < 0.05
        );
    }

    #[test]
    fn six_decibels_less_are_six_decibels_apart() {
        let sound = signal::noise(1, 20_000);
        let half: Vec<f32> = sound.iter().map(|sample| sample * 0.5).collect();
        let distance = log_spectral_distance(&sound, &half);
        assert!((distance - 6.02).abs() < 0.05, "{distance}");
        assert_eq!(log_spectral_distance(&sound, &sound), 0.0);
    }
}
