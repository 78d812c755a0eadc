//! Phase reconstruction: how close, how repeatable, how robust.

use nfx_core::Complex32;
use nfx_core::signal::phase::Rtpghi;
use nfx_core::signal::stft::{StftConfig, analyse_signal, synthesise_signal};
use nfx_core::signal::window::Window;

const RATE: f64 = 44_100.0;

fn config(fft_size: usize, hop: usize, window: Window) -> StftConfig {
    StftConfig::new(fft_size, hop, window).expect("a valid config")
}

/// A sum of sines, one second of it, with silence of one frame around it.
fn tone(config: StftConfig, partials: impl Iterator<Item = (f64, f64)>) -> Vec<f32> {
    let partials: Vec<(f64, f64)> = partials.collect();
    let n = config.fft_size;
    let mut signal = vec![0.0; n];
    signal.extend((0..RATE as usize).map(|i| {
        let time = i as f64 / RATE;
        partials
            .iter()
            .map(|(hz, level)| level * (std::f64::consts::TAU * hz * time).sin())
            .sum::<f64>() as f32
    }));
    signal.extend(vec![0.0; n]);
    signal
}

fn saw(config: StftConfig, hz: f64) -> Vec<f32> {
    let partials = (RATE / 2.0 / hz) as usize;
    tone(config, (1..=partials).map(|k| (hz * k as f64, 0.3 / k as f64)))
}

fn magnitudes(config: StftConfig, signal: &[f32]) -> Vec<Vec<f32>> {
    let frames = analyse_signal(config, signal).expect("a valid config");
    frames.iter().map(|frame| frame.iter().map(|bin| bin.norm()).collect()).collect()
}

/// Streams magnitudes through and answers with the phases that belong to them.
fn phases(rtpghi: &mut Rtpghi, magnitudes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let silence = vec![0.0; rtpghi.config().bins()];
    let late = rtpghi.look_ahead();
    let frames = magnitudes.iter().chain(std::iter::repeat_n(&silence, late)).map(|frame| {
        let mut phases = vec![9.0; frame.len()];
        rtpghi.push(frame, &mut phases);
        phases
    });
    frames.collect::<Vec<_>>().split_off(late)
}

fn spectra(magnitudes: &[Vec<f32>], phases: &[Vec<f32>]) -> Vec<Vec<Complex32>> {
    let frames = magnitudes.iter().zip(phases);
    frames
        .map(|(m, p)| m.iter().zip(p).map(|(&m, &p)| Complex32::from_polar(m, p)).collect())
        .collect()
}

/// Spectral convergence of spectra with these magnitudes, in dB: after synthesis and another
/// analysis.
fn convergence_db(
    config: StftConfig,
    target: &[Vec<f32>],
    spectra: &[Vec<Complex32>],
    len: usize,
) -> f64 {
    let signal =
        synthesise_signal(config, spectra, len).expect("as many frames as there should be");
    let (mut error, mut power) = (0.0, 0.0);
    for (frame, target) in magnitudes(config, &signal).iter().zip(target) {
        for (&found, &wanted) in frame.iter().zip(target) {
            error += f64::from(found - wanted).powi(2);
            power += f64::from(wanted).powi(2);
        }
    }
    10.0 * (error / power).log10()
}

fn streamed_db(rtpghi: &mut Rtpghi, signal: &[f32]) -> f64 {
    let target = magnitudes(rtpghi.config(), signal);
    let phases = phases(rtpghi, &target);
    convergence_db(rtpghi.config(), &target, &spectra(&target, &phases), signal.len())
}

fn bits(frames: &[Vec<f32>]) -> Vec<u32> {
    frames.iter().flatten().map(|x| x.to_bits()).collect()
}

/// Pi with room for rounding.
const NEARLY_PI: f32 = std::f32::consts::PI + 1e-5;

#[test]
fn saws_come_back_better_than_stated() {
    for (n, hop, window, hz, causal_db, ahead_db) in [
        (2048, 512, Window::Gauss, 220.0, -33.0, -36.0),
        (2048, 512, Window::Gauss, 1760.0, -33.0, -36.0),
        (2048, 512, Window::Hann, 220.0, -28.0, -28.0),
        (4096, 1024, Window::Hann, 110.0, -28.0, -28.0),
        (4096, 1024, Window::Gauss, 55.0, -20.0, -20.0),
    ] {
        let config = config(n, hop, window);
        let signal = saw(config, hz);
        let causal = streamed_db(&mut Rtpghi::new(config, 1).expect("a valid config"), &signal);
        let ahead =
            streamed_db(&mut Rtpghi::with_look_ahead(config, 1).expect("a valid config"), &signal);
        println!("{config:?} saw at {hz} Hz: causal {causal:.1} dB, look-ahead {ahead:.1} dB");
        assert!(
            causal < causal_db && ahead < ahead_db,
            "{config:?} at {hz} Hz: {causal:.1}, {ahead:.1} dB"
        );
    }
}

#[test]
fn a_steady_sine_goes_on_without_a_seam() {
    for window in Window::ALL {
        let config = config(4096, 1024, window);
        let signal = tone(config, [(1234.5, 0.5)].into_iter());
        let target = magnitudes(config, &signal);
        let mut rtpghi = Rtpghi::new(config, 1).expect("a valid config");
        let phases = phases(&mut rtpghi, &target);
        let out =
            synthesise_signal(config, &spectra(&target, &phases), signal.len()).expect("frames");
        // Past the onset: the level of the sine all the way, and hardly anything beside it.
        let steady = &out[20_000..40_000];
        let frames = analyse_signal(config, steady).expect("a valid config");
        let frame = &frames[10];
        let near = (1234.5 * 4096.0 / RATE) as usize;
        let power = |range: std::ops::Range<usize>| {
            range.map(|m| f64::from(frame[m].norm_sqr())).sum::<f64>()
        };
        let outside = power(0..near - 16) + power(near + 17..config.bins());
        let inside = power(near - 16..near + 17);
        let clean_db = 10.0 * (outside / inside).log10();
        let level =
            (steady.iter().map(|x| f64::from(x * x)).sum::<f64>() / steady.len() as f64).sqrt();
        println!("{window:?}: {clean_db:.1} dB outside, level {level:.4}");
        assert!(clean_db < -45.0, "{window:?}: {clean_db:.1} dB beside the sine");
        assert!((level / (0.5 / 2f64.sqrt()) - 1.0).abs() < 0.02, "{window:?}: level {level}");
    }
}

#[test]
fn a_seed_decides_everything_and_reset_equals_fresh() {
    let config = config(1024, 256, Window::Hann);
    let target = magnitudes(config, &saw(config, 333.0));
    for build in [Rtpghi::new, Rtpghi::with_look_ahead] {
        let mut one = build(config, 7).expect("a valid config");
        let first = bits(&phases(&mut one, &target));
        let mut two = build(config, 7).expect("a valid config");
        assert!(first == bits(&phases(&mut two, &target)), "the same seed, other phases");
        one.reset();
        assert!(first == bits(&phases(&mut one, &target)), "reset is not fresh");
        let mut other = build(config, 8).expect("a valid config");
        assert!(
            first != bits(&phases(&mut other, &target)),
            "another seed, the same random phases"
        );
    }
}

#[test]
fn silence_has_random_phases_and_loud_bins_do_not() {
    let config = config(1024, 256, Window::Gauss);
    let mut rtpghi = Rtpghi::new(config, 1).expect("a valid config");
    let silence = vec![0.0; config.bins()];
    let mut phases = vec![0.0; config.bins()];
    rtpghi.push(&silence, &mut phases);
    let mean = phases.iter().map(|&p| Complex32::from_polar(1.0, p)).sum::<Complex32>()
        / phases.len() as f32;
    // With nothing in it, no bin is louder than another, and none is quiet.
    assert!(phases.iter().all(|p| p.is_finite()), "{mean}");
    let mut frame = silence.clone();
    frame[100] = 1.0;
    rtpghi.push(&frame, &mut phases);
    let mean = phases.iter().map(|&p| Complex32::from_polar(1.0, p)).sum::<Complex32>()
        / phases.len() as f32;
    assert!(mean.norm() < 0.2, "the phases of quiet bins lean to {mean}");
    assert!(phases.iter().all(|p| p.abs() <= NEARLY_PI));
}

#[test]
fn hostile_magnitudes_leave_finite_phases_and_no_trace_for_ever() {
    for window in Window::ALL {
        let config = config(256, 64, window);
        for build in [Rtpghi::new, Rtpghi::with_look_ahead] {
            let mut rtpghi = build(config, 1).expect("a valid config");
            let mut phases = vec![0.0; config.bins()];
            for value in [
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                -1.0,
                f32::MAX,
                f32::MIN_POSITIVE,
                1e-45,
                0.0,
            ] {
                for pattern in [1, 2, 7, 1000] {
                    let frame: Vec<f32> = (0..config.bins())
                        .map(|m| if m % pattern == 0 { value } else { 0.5 })
                        .collect();
                    rtpghi.push(&frame, &mut phases);
                    assert!(
                        phases.iter().all(|p| p.abs() <= NEARLY_PI),
                        "{window:?}: {value} in every {pattern}th bin"
                    );
                }
            }
            rtpghi.push(&[1.0; 3], &mut phases);
            assert!(phases.iter().all(|&p| p == 0.0), "a frame of the wrong length is not refused");
        }
    }
}

#[test]
fn the_scale_of_the_magnitudes_does_not_matter() {
    let config = config(2048, 512, Window::Gauss);
    let signal = saw(config, 440.0);
    let loud = streamed_db(&mut Rtpghi::new(config, 1).expect("a valid config"), &signal);
    let quiet: Vec<f32> = signal.iter().map(|x| x * 1e-4).collect();
    let quiet = streamed_db(&mut Rtpghi::new(config, 1).expect("a valid config"), &quiet);
    assert!((loud - quiet).abs() < 2.0, "{loud:.1} dB at full level, {quiet:.1} dB 80 dB below");
}
