//! All methods of phase reconstruction: names, order of merit, streaming against offline, hostile
//! input.

use nfx_core::Complex32;
use nfx_core::signal::phase::{
    PhaseError, PhaseMethod, Projection, Start, StreamingPhase, reconstruct,
    spectral_convergence_db,
};
use nfx_core::signal::stft::{StftConfig, StftError, analyse_signal, synthesise_signal};
use nfx_core::signal::window::Window;

const STREAMING: [&str; 11] = [
    "zero",
    "thesis-eq",
    "thesis-code",
    "rtpghi0",
    "rtpghi1",
    "rtpghi0-plain",
    "rtpghi1-plain",
    "rtisi0",
    "rtisi1",
    "rtisi2",
    "rtisi3",
];
const WHOLE: [&str; 8] =
    ["pghi", "pghi-plain", "pghi+gl3", "pghi+fgl3", "pghi+gl3-plain", "gl3", "fgl3", "rtisi1+gl2"];

fn method(name: &str) -> PhaseMethod {
    name.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn config(fft_size: usize, hop: usize, window: Window) -> StftConfig {
    StftConfig::new(fft_size, hop, window).expect("a valid config")
}

/// Half a second of a saw, with the silence of one frame around it.
fn saw(config: StftConfig, hz: f64) -> Vec<f32> {
    let rate = 44_100.0;
    let mut signal = vec![0.0; config.fft_size];
    signal.extend((0..22_050).map(|i| {
        let partials = (1..=(rate / 2.0 / hz) as usize).map(|k| k as f64);
        let turns = hz * f64::from(i) / rate;
        partials.map(|k| (std::f64::consts::TAU * turns * k).sin() * 0.3 / k).sum::<f64>() as f32
    }));
    signal.extend(vec![0.0; config.fft_size]);
    signal
}

fn magnitudes(config: StftConfig, signal: &[f32]) -> Vec<Vec<f32>> {
    let frames = analyse_signal(config, signal).expect("a valid config");
    frames.iter().map(|frame| frame.iter().map(|bin| bin.norm()).collect()).collect()
}

fn merit_db(name: &str, config: StftConfig, signal: &[f32]) -> f64 {
    let target = magnitudes(config, signal);
    let spectra = reconstruct(method(name), config, &target, signal.len(), 1).expect("spectra");
    for (spectrum, target) in spectra.iter().zip(&target) {
        for (bin, &wanted) in spectrum.iter().zip(target) {
            assert!(
                (bin.norm() - wanted).abs() <= 1e-4 * wanted + 1e-9,
                "{name} changes the magnitudes"
            );
        }
    }
    let out = synthesise_signal(config, &spectra, signal.len()).expect("a signal");
    spectral_convergence_db(&target, &analyse_signal(config, &out).expect("frames"))
}

fn bits(spectra: &[Vec<Complex32>]) -> Vec<(u32, u32)> {
    spectra.iter().flatten().map(|z| (z.re.to_bits(), z.im.to_bits())).collect()
}

#[test]
fn names_are_read_and_written() {
    for name in
        STREAMING.iter().chain(&WHOLE).chain(&["pghi+gl32", "fgl100", "gl10000", "rtisi3+gl32"])
    {
        assert_eq!(method(name).to_string(), *name);
    }
    assert_eq!(
        method("pghi+gl32"),
        PhaseMethod::GriffinLim {
            start: Start::Pghi,
            projections: 32,
            kind: Projection::Sequential
        }
    );
    for name in [
        "",
        "rtpghi2",
        "rtisi4",
        "rtisi",
        "gl0",
        "gl",
        "gl10001",
        "pghi+gl+3",
        "pghi+",
        "zero ",
        "gl3-",
        "fgl3-plain",
    ] {
        let error = name.parse::<PhaseMethod>().expect_err(name).to_string();
        assert!(error.contains("expected") && error.contains(&format!("{name:?}")), "{error}");
    }
}

#[test]
fn better_methods_are_better_and_all_keep_their_word() {
    let config = config(2048, 512, Window::Gauss);
    let signal = saw(config, 220.0);
    let limits = [
        ("rtpghi0", -30.0),
        ("rtpghi0-plain", -18.0),
        ("rtpghi1", -36.0),
        ("rtpghi1-plain", -30.0),
        ("pghi", -36.0),
        ("pghi-plain", -36.0),
        ("pghi+gl32", -40.0),
        ("pghi+gl32-plain", -40.0),
        ("pghi+fgl32", -40.0),
        ("rtisi0", -30.0),
        ("rtisi3", -40.0),
        ("gl32", -19.0),
        ("fgl32", -17.0),
        ("gl32-plain", -13.0),
    ];
    for (name, limit_db) in limits {
        let found_db = merit_db(name, config, &signal);
        println!("{name}: {found_db:.1} dB");
        assert!(found_db < limit_db, "{name}: {found_db:.1} dB");
    }
    for name in ["zero", "thesis-eq", "thesis-code"] {
        let found_db = merit_db(name, config, &signal);
        println!("{name}: {found_db:.1} dB");
        assert!((-12.0..0.0).contains(&found_db), "{name}: {found_db:.1} dB");
    }
}

#[test]
fn every_window_and_hop_is_served() {
    for window in Window::ALL {
        for hop in [128, 256, 512] {
            let config = config(1024, hop, window);
            let signal = saw(config, 523.25);
            for (name, limit_db) in
                [("rtpghi0", -10.0), ("pghi", -10.0), ("rtisi3", -18.0), ("pghi+gl8", -14.0)]
            {
                let found_db = merit_db(name, config, &signal);
                println!("{window:?} {hop} {name}: {found_db:.1} dB");
                assert!(found_db < limit_db, "{window:?}, hop {hop}, {name}: {found_db:.1} dB");
            }
        }
    }
}

#[test]
fn a_stream_gives_the_bits_of_the_whole_and_reset_equals_fresh() {
    let config = config(1024, 256, Window::Hann);
    let signal = saw(config, 311.0);
    let target = magnitudes(config, &signal);
    for name in STREAMING {
        let whole = reconstruct(method(name), config, &target, signal.len(), 5).expect("spectra");
        let mut stream = StreamingPhase::new(method(name), config, 5).expect("a streaming method");
        assert_eq!(Some(stream.look_ahead()), method(name).look_ahead());
        let silence = vec![0.0; config.bins()];
        for round in ["fresh", "after a reset"] {
            let late = stream.look_ahead();
            let frames = target.iter().chain(std::iter::repeat_n(&silence, late)).map(|frame| {
                let mut spectrum = vec![Complex32::new(7.0, 7.0); config.bins()];
                stream.push(frame, &mut spectrum);
                spectrum
            });
            let mut frames: Vec<_> = frames.collect();
            assert!(
                frames[..late].iter().flatten().all(|z| z.norm() == 0.0),
                "{name}: something before the first frame"
            );
            frames.drain(..late);
            assert!(bits(&frames) == bits(&whole), "{name}, {round}: not the bits of the whole");
            stream.reset();
        }
    }
}

#[test]
fn the_seed_decides_everything() {
    let config = config(512, 128, Window::Gauss);
    let signal = saw(config, 440.0);
    let target = magnitudes(config, &signal);
    for name in STREAMING.iter().chain(&WHOLE) {
        let make = |seed| {
            bits(&reconstruct(method(name), config, &target, signal.len(), seed).expect("spectra"))
        };
        assert!(make(1) == make(1), "{name}: twice the same, two results");
    }
    let make = |seed| {
        bits(&reconstruct(method("pghi"), config, &target, signal.len(), seed).expect("spectra"))
    };
    assert!(make(1) != make(2), "another seed, the same random phases");
}

#[test]
fn hostile_magnitudes_leave_finite_sound() {
    let config = config(256, 64, Window::Gauss);
    let len = 64 * 20;
    for value in
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, f32::MAX, f32::MIN_POSITIVE, 1e-45, 0.0]
    {
        for pattern in [1, 3, 50] {
            let frame = |k: usize| {
                (0..config.bins())
                    .map(move |m| if (m + k).is_multiple_of(pattern) { value } else { 0.1 })
            };
            let target: Vec<Vec<f32>> =
                (0..config.frames(len)).map(|k| frame(k).collect()).collect();
            for name in STREAMING.iter().chain(&WHOLE) {
                let spectra = reconstruct(method(name), config, &target, len, 1).expect("spectra");
                let finite = spectra.iter().flatten().all(|z| z.re.is_finite() && z.im.is_finite());
                let out = synthesise_signal(config, &spectra, len).expect("a signal");
                assert!(
                    finite && out.iter().all(|x| x.is_finite()),
                    "{name}: {value} in every {pattern}th bin"
                );
                if value == 0.0 && pattern == 1 {
                    assert!(out.iter().all(|&x| x == 0.0), "{name}: sound out of nothing");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let config = config(1024, 256, Window::Hann);
    let frames = vec![vec![0.0; config.bins()]; config.frames(5000)];
    let fail = |method, frames: &[Vec<f32>], len| {
        reconstruct(method, config, frames, len, 1).map(|_| ()).expect_err("a refusal")
    };
    assert!(matches!(
        fail(PhaseMethod::Zero, &frames, 9000),
        PhaseError::Stft(StftError::Frames { .. })
    ));
    let mut short = frames.clone();
    short[2].pop();
    assert!(matches!(
        fail(PhaseMethod::Zero, &short, 5000),
        PhaseError::Stft(StftError::Bins { frame: 2, .. })
    ));
    let far = PhaseMethod::Rtisi { look_ahead: 4 };
    assert!(matches!(fail(far, &frames, 5000), PhaseError::Range { .. }));
    let none =
        PhaseMethod::GriffinLim { start: Start::Random, projections: 0, kind: Projection::Plain };
    assert!(matches!(fail(none, &frames, 5000), PhaseError::Range { .. }));
    let error = StreamingPhase::new(method("pghi"), config, 1).map(|_| ()).expect_err("a refusal");
    assert!(
        error.to_string().contains("expected a phase method that works frame by frame, found pghi"),
        "{error}"
    );
    for name in STREAMING.iter().chain(&WHOLE) {
        assert!(
            reconstruct(method(name), config, &[], 0, 1).expect("nothing of nothing").is_empty()
        );
    }
}

#[test]
fn a_spectrum_that_is_held_sounds_as_it_looks() {
    let config = config(4096, 1024, Window::Hann);
    let signal = saw(config, 220.0);
    let frame = magnitudes(config, &signal).swap_remove(14);
    let len = 60 * config.hop;
    let held = vec![frame; config.frames(len)];
    for (name, limit_db) in
        [("rtpghi0", -32.0), ("rtisi0", -45.0), ("pghi", -32.0), ("thesis-code", -3.0)]
    {
        let spectra = reconstruct(method(name), config, &held, len, 1).expect("spectra");
        let out = synthesise_signal(config, &spectra, len).expect("a signal");
        let found = analyse_signal(config, &out).expect("frames");
        // The ends, which no held spectrum has, are not looked at.
        let found_db = spectral_convergence_db(&held[20..50], &found[20..50]);
        println!("{name}: {found_db:.1} dB");
        assert!(found_db < limit_db, "{name}: {found_db:.1} dB");
    }
}
