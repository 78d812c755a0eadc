//! The synthesizer: repeatable, finite, of sane level, varied; the sounds that ship.

use nfx_train::synth::drums::{Drum, Kit};
use nfx_train::synth::dsp::{Osc, Shape, Svf, rms, sine};
use nfx_train::synth::improvise::{Kind, improvise};
use nfx_train::synth::{Family, Patch, factory, render_note};

const RATE: f64 = 22_050.0;

fn peak(x: &[f32]) -> f32 {
    x.iter().fold(0.0, |m, v| m.max(v.abs()))
}

fn mean(x: &[f32]) -> f32 {
    (x.iter().map(|v| f64::from(*v)).sum::<f64>() / x.len() as f64) as f32
}

/// Energy of `x` at `hz` relative to a full-scale sine.
fn level_at(x: &[f32], hz: f64, rate: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (i, v) in x.iter().enumerate() {
        let a = std::f64::consts::TAU * hz * i as f64 / rate;
        // Hann, or the ends would leak over everything.
        let w = 1.0 - (std::f64::consts::TAU * i as f64 / x.len() as f64).cos();
        re += f64::from(*v) * w * a.cos();
        im += f64::from(*v) * w * a.sin();
    }
    2.0 * (re * re + im * im).sqrt() / x.len() as f64
}

#[test]
fn the_same_seed_gives_the_same_samples_and_another_seed_others() {
    for kind in [Kind::All, Kind::Drums, Kind::Tonal] {
        let a = improvise(5, 3, kind, 2.0, RATE);
        // Something else in between must not matter.
        let _ = improvise(6, 1, kind, 1.0, RATE);
        let b = improvise(5, 3, kind, 2.0, RATE);
        assert!(a.iter().zip(&b).all(|(x, y)| x.to_bits() == y.to_bits()));
        assert_ne!(a, improvise(6, 3, kind, 2.0, RATE));
        assert_ne!(a, improvise(5, 4, kind, 2.0, RATE));
    }
}

#[test]
fn improvisations_are_finite_without_dc_and_of_sane_level() {
    for (index, kind) in
        [Kind::All, Kind::Tonal, Kind::Drums, Kind::Bass, Kind::Melody, Kind::Chords, Kind::Notes]
            .into_iter()
            .cycle()
            .take(42)
            .enumerate()
    {
        let x = improvise(9, index as u64, kind, 3.0, RATE);
        assert_eq!(x.len(), 66_150);
        assert!(x.iter().all(|v| v.is_finite()), "{kind} {index}");
        assert!((0.29..=0.91).contains(&peak(&x)), "{kind} {index}: peak {}", peak(&x));
        assert!(mean(&x).abs() < 2.0e-3, "{kind} {index}: mean {}", mean(&x));
        assert!(rms(&x) > 0.004, "{kind} {index}: level {}", rms(&x));
    }
}

#[test]
fn eighty_patches_play_in_tune_with_labels_of_their_own() {
    let mut labels = std::collections::BTreeSet::new();
    for number in 0..80 {
        let patch = Patch::numbered(number);
        labels.insert(patch.label());
        let x = render_note(&patch, 57.0, 0.5, RATE);
        assert!(x.len() >= 11_025 / 2, "{} ends after {} samples", patch.label(), x.len());
        assert!(
            x.iter().all(|v| v.is_finite()) && peak(&x) < 4.0 && peak(&x) > 0.005,
            "{}: peak {}",
            patch.label(),
            peak(&x)
        );
        assert_eq!(x, render_note(&patch, 57.0, 0.5, RATE));
        // Bells have no pitch to speak of; all others repeat with the note or an octave from it.
        if patch.family != Family::Bell {
            let near = [
                55.0, 110.0, 165.0, 220.0, 330.0, 440.0, 550.0, 660.0, 880.0, 1100.0, 1320.0,
                1540.0, 1760.0, 2200.0,
            ]
            .iter()
            .map(|hz| level_at(&x, *hz, RATE))
            .fold(0.0, f64::max);
            assert!(
                near > 0.02 * f64::from(rms(&x)),
                "{}: nothing at the note's harmonics",
                patch.label()
            );
        }
    }
    assert_eq!(labels.len(), 80);
}

#[test]
fn patches_differ() {
    // Band energies of one note on different patches: no two are alike.
    let shape = |n: u32| -> Vec<f64> {
        let x = render_note(&Patch::numbered(n), 57.0, 0.3, RATE);
        let v: Vec<f64> = (1..12).map(|k| level_at(&x, 220.0 * f64::from(k), RATE)).collect();
        let norm = v.iter().map(|a| a * a).sum::<f64>().sqrt().max(1e-12);
        v.into_iter().map(|a| a / norm).collect()
    };
    let shapes: Vec<_> = (0..24).map(shape).collect();
    let mut close = 0;
    for a in 0..24 {
        for b in 0..a {
            let dot: f64 = shapes[a].iter().zip(&shapes[b]).map(|(x, y)| x * y).sum();
            close += usize::from(dot > 0.999_9);
        }
    }
    assert!(close < 14, "{close} of 276 pairs of patches have the same harmonics");
}

#[test]
fn a_saw_aliases_little() {
    let rate = 44_100.0;
    let hz = 1_661.2;
    let mut osc = Osc { phase: 0.0 };
    let x: Vec<f32> = (0..44_100).map(|_| osc.next(Shape::Saw, (hz / rate) as f32, 0.5)).collect();
    let fundamental = level_at(&x, hz, rate);
    // The harmonics above half the rate fold back to these places.
    for h in [27.0, 28.0, 30.0, 35.0] {
        let folded = rate - (h * hz) % rate;
        let below = 20.0 * (level_at(&x, folded, rate) / fundamental).log10();
        assert!(below < -35.0, "harmonic {h} folds to {folded} Hz at {below} dB");
    }
}

#[test]
fn the_fast_sine_is_a_sine() {
    for i in -2_000..2_000 {
        let p = i as f32 / 1_000.0;
        let want = (std::f64::consts::TAU * f64::from(p)).sin();
        assert!((f64::from(sine(p)) - want).abs() < 1.0e-6, "{p}");
    }
}

#[test]
fn the_filter_passes_and_stops_where_it_says() {
    let gain = |cutoff: f32, hz: f64| {
        let mut filter = Svf::new(44_100.0);
        filter.set(cutoff, 0.707);
        let x: Vec<f32> = (0..22_050)
            .map(|i| {
                filter.low((std::f64::consts::TAU * hz * f64::from(i) / 44_100.0).sin() as f32)
            })
            .collect();
        20.0 * level_at(&x[4_410..], hz, 44_100.0).log10()
    };
    assert!(gain(1_000.0, 100.0).abs() < 0.1);
    assert!((gain(1_000.0, 1_000.0) + 3.0).abs() < 0.1);
    assert!((gain(1_000.0, 8_000.0) + 36.9).abs() < 2.0);
}

#[test]
fn drums_start_at_once_and_end() {
    for number in 0..12 {
        let kit = Kit::numbered(number);
        for drum in Drum::ALL {
            let x = kit.hit(drum, 7, 44_100.0);
            assert!(
                x.iter().all(|v| v.is_finite()) && peak(&x) < 4.0,
                "{} of kit {number}",
                drum.name()
            );
            let loudest = peak(&x);
            let onset = x.iter().position(|v| v.abs() > 0.1 * loudest).unwrap_or(usize::MAX);
            assert!(onset < 1_500, "{} of kit {number} starts after {onset} samples", drum.name());
            assert!(x.last().is_some_and(|v| v.abs() < 1.0e-3));
            assert!(x.len() < 3 * 44_101);
        }
    }
}

#[test]
fn an_hour_would_render_in_minutes() {
    let start = std::time::Instant::now();
    for index in 0..8 {
        improvise(2, index, Kind::All, 12.0, 22_050.0);
    }
    let hour = start.elapsed().as_secs_f64() * 3600.0 / 96.0;
    // Measured: 20 to 45 s per hour; the bound leaves room for a busy machine.
    assert!(hour < 400.0, "an hour of synthesizer would take {hour} s");
}

#[test]
fn the_shipped_sounds_are_what_they_are_called() {
    let (piano, strings, snare) = (factory::piano(), factory::strings(), factory::snare());
    for (name, x) in [("piano", &piano), ("strings", &strings), ("snare", &snare)] {
        assert!(x.len() < 88_200, "{name} is 2 s or longer");
        assert!(
            x.iter().all(|v| v.is_finite()) && peak(x) <= 0.95 && peak(x) > 0.5,
            "{name}: peak {}",
            peak(x)
        );
        assert!(mean(x).abs() < 3.0e-3, "{name}: mean {}", mean(x));
    }
    // Middle C and its stretched octave.
    assert!(level_at(&piano, 261.7, 44_100.0) > 20.0 * level_at(&piano, 277.2, 44_100.0));
    // A piano falls fast at first and slowly later.
    let level =
        |a: f64, b: f64| f64::from(rms(&piano[(a * 44_100.0) as usize..(b * 44_100.0) as usize]));
    let (early, late) = (level(0.05, 0.25) / level(0.35, 0.55), level(1.0, 1.2) / level(1.3, 1.5));
    assert!(early > late, "the decay has one stage: {early} then {late}");
    // Strings hold while the piano dies away, and have all four open strings.
    assert!(rms(&strings[60_000..70_000]) > 0.5 * rms(&strings[30_000..40_000]));
    for hz in [196.0, 293.7, 440.0, 659.3] {
        let around = (-3..=3)
            .map(|c| level_at(&strings, hz * 2f64.powf(f64::from(c) * 4.0 / 1200.0), 44_100.0))
            .fold(0.0, f64::max);
        assert!(around > 5.0 * level_at(&strings, hz * 1.25, 44_100.0), "{hz} Hz is missing");
    }
    // A snare is gone after half a second.
    assert!(rms(&snare[26_000..]) < 0.05 * rms(&snare[..4_410]));
}

#[test]
fn sounds_are_written_as_small_wav_files() {
    let dir = tempfile::tempdir().unwrap();
    factory::write(dir.path()).unwrap();
    factory::demo(dir.path()).unwrap();
    for (name, most) in [
        ("piano", 200_000),
        ("strings", 200_000),
        ("snare", 200_000),
        ("drums", 600_000),
        ("chord", 600_000),
        ("melody", 600_000),
    ] {
        let path = dir.path().join(format!("{name}.wav"));
        assert!(std::fs::metadata(&path).unwrap().len() < most, "{name}");
        let audio = nfx_train::audio::read_audio(&path).unwrap();
        assert_eq!((audio.rate, audio.channels.len()), (44_100.0, 1));
        assert!(peak(&audio.channels[0]) > 0.4);
    }
}
