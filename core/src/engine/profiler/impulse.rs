//! An impulse response made ready: checked, brought to the host's rate and to a usual level.

use realfft::RealFftPlanner;

use super::super::EngineError;
use crate::signal::resample::sinc;

/// The longest impulse response that is taken, in seconds.
pub const LONGEST_IMPULSE_S: f64 = 10.0;
/// Ends of an impulse response that are quieter than this beside its peak, -100 dB, are cut off.
const INAUDIBLE: f32 = 1e-5;
/// The level of an impulse response is that of its mean power between these.
const BAND_HZ: (f64, f64) = (100.0, 5_000.0);
/// Zero crossings of the resampler's kernel on each side.
const LOBES: f64 = 32.0;

/// Checks, resamples and levels an impulse response: `[channel][sample]`, 1 or 2 channels.
///
/// The mean power response between 100 Hz and 5 kHz, over the channels, becomes one: a cabinet then
/// changes the colour and not the level. A unit impulse stays as it is.
///
/// # Errors
/// With a sentence when it has no channel, more than two, no sound in it, NaN or infinity, or is too
/// long.
pub(super) fn prepare(
    ir: &[Vec<f32>],
    ir_hz: f64,
    host_hz: f64,
) -> Result<Vec<Vec<f32>>, EngineError> {
    let refuse = |found: String| Err(EngineError::Impulse { found });
    if ir.is_empty() || ir.len() > 2 {
        return refuse(format!("{} channels", ir.len()));
    }
    for hz in [ir_hz, host_hz] {
        if !(990.0..=776_000.0).contains(&hz) {
            return Err(EngineError::SampleRate { found_hz: hz });
        }
    }
    if ir.iter().flatten().any(|x| !x.is_finite() || x.abs() > 1e6) {
        return refuse("samples that are not numbers".into());
    }
    let peak = ir.iter().flatten().fold(0.0f32, |a, x| a.max(x.abs()));
    if peak < 1e-9 {
        return refuse("silence".into());
    }
    let end = |c: &Vec<f32>| {
        c.iter().rposition(|x| x.abs() > peak * INAUDIBLE).map_or(0, |last| last + 1)
    };
    let len = ir.iter().map(end).max().unwrap_or(0);
    if len as f64 > LONGEST_IMPULSE_S * ir_hz {
        return refuse(format!("{:.1} s of sound", len as f64 / ir_hz));
    }
    let mut out: Vec<Vec<f32>> = ir
        .iter()
        .map(|channel| {
            let mut cut = channel[..len.min(channel.len())].to_vec();
            cut.resize(len, 0.0);
            if ir_hz == host_hz { cut } else { resample(&cut, host_hz / ir_hz) }
        })
        .collect();
    let power = out.iter().map(|c| band_power(c, host_hz)).sum::<f64>() / out.len() as f64;
    // A response with nothing in the band keeps the level of its peak.
    let scale = if power > 1e-12 { 1.0 / power.sqrt() } else { 1.0 / f64::from(peak) };
    out.iter_mut().flatten().for_each(|x| *x = (f64::from(*x) * scale) as f32);
    Ok(out)
}

/// Mean power response between the band's edges.
fn band_power(ir: &[f32], rate_hz: f64) -> f64 {
    let len = ir.len().max(4096).next_power_of_two();
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(len);
    let mut time: Vec<f64> = ir.iter().map(|&x| f64::from(x)).collect();
    time.resize(len, 0.0);
    let mut bins = fft.make_output_vec();
    if fft.process(&mut time, &mut bins).is_err() {
        return 0.0;
    }
    let bin = |hz: f64| ((hz / rate_hz * len as f64).round() as usize).min(bins.len() - 1);
    let band = &bins[bin(BAND_HZ.0)..=bin(BAND_HZ.1)];
    band.iter().map(|b| b.norm_sqr()).sum::<f64>() / band.len() as f64
}

/// Windowed-sinc resampling by `ratio` new samples to an old one, that keeps the frequency response
/// (not the peak).
fn resample(x: &[f32], ratio: f64) -> Vec<f32> {
    // Below the lower of both Nyquist frequencies; spread, the kernel keeps its number of
    // crossings.
    let cutoff = ratio.min(1.0) * 0.96;
    let reach = LOBES / cutoff;
    let len = ((x.len() as f64 + reach) * ratio).ceil() as usize;
    let kernel = |t: f64| {
        let w = t / reach;
        if w.abs() >= 1.0 {
            return 0.0;
        }
        let turn = std::f64::consts::PI * w;
        // Blackman-Harris, centred.
        let window = 0.358_75
            + 0.488_29 * turn.cos()
            + 0.141_28 * (2.0 * turn).cos()
            + 0.011_68 * (3.0 * turn).cos();
        sinc(t * cutoff) * window * cutoff
    };
    let mut out = vec![0.0f64; len];
    for (j, &tap) in x.iter().enumerate() {
        let (from, to) = ((j as f64 - reach) * ratio, (j as f64 + reach) * ratio);
        let (from, to) = (from.ceil().max(0.0) as usize, (to.floor() as usize + 1).min(len));
        let mut sum = 0.0;
        for (i, y) in out[from..to].iter_mut().enumerate() {
            let weight = kernel((from + i) as f64 / ratio - j as f64) / ratio;
            sum += weight;
            *y += f64::from(tap) * weight;
        }
        // The kernel of the first taps would begin before the sound does: what is cut off there is
        // given to the tap's own place, or the low frequencies would lack it.
        let own = ((j as f64 * ratio).round() as usize).min(len - 1);
        out[own] += f64::from(tap) * (1.0 - sum);
    }
    out.into_iter().map(|y| y as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_impulse_stays_one_and_levels_are_made_usual() {
        let unit = vec![vec![1.0, 0.0, 0.0]];
        let ready = prepare(&unit, 48_000.0, 48_000.0).unwrap();
        assert!((ready[0][0] - 1.0).abs() < 1e-6 && ready[0].len() == 1);
        let loud = vec![vec![0.0, 0.0, 40.0, 0.0]];
        let ready = prepare(&loud, 44_100.0, 44_100.0).unwrap();
        assert!((ready[0][2] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn resampled_its_response_is_the_same() {
        // A decaying noise, compared at some frequencies with what it was.
        let mut seed = 1u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 9) as f32 / 4_194_304.0 - 1.0
        };
        let ir: Vec<f32> = (0..2000).map(|i| noise() * (-(i as f32) / 300.0).exp()).collect();
        let response = |ir: &[f32], rate: f64, hz: f64| {
            let (mut re, mut im) = (0.0, 0.0);
            for (i, &x) in ir.iter().enumerate() {
                let a = std::f64::consts::TAU * hz * i as f64 / rate;
                re += f64::from(x) * a.cos();
                im += f64::from(x) * a.sin();
            }
            (re, im)
        };
        let own = prepare(std::slice::from_ref(&ir), 44_100.0, 44_100.0).unwrap();
        for host in [48_000.0, 96_000.0, 44_100.0 * 0.5] {
            let other = prepare(std::slice::from_ref(&ir), 44_100.0, host).unwrap();
            for hz in [150.0, 700.0, 3_000.0, 9_000.0] {
                let (a, b) = (response(&own[0], 44_100.0, hz), response(&other[0], host, hz));
                let error = (a.0 - b.0).hypot(a.1 - b.1) / a.0.hypot(a.1);
                assert!(error < 0.02, "{host} {hz} {error}");
            }
        }
    }

    #[test]
    fn what_is_no_impulse_response_gets_a_sentence() {
        let rate = 48_000.0;
        for (bad, word) in [
            (vec![], "channels"),
            (vec![vec![1.0]; 3], "channels"),
            (vec![vec![0.0; 100]], "silence"),
            (vec![vec![f32::NAN]], "not numbers"),
            (vec![vec![1.0; 480_001]], "10.0 s"),
        ] {
            let error = prepare(&bad, rate, rate).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
