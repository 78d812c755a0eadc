//! The built-in instruments: every slider of each does something, and Keys plays the note that it
//! is told.

use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{CanneModel, Course, Part, Told};
use std::path::Path;
use std::sync::Arc;

const NAMES: [&str; 4] = ["ensemble", "keys", "difference", "cepstrum"];
/// The built-in instruments together, in bytes.
const MOST: u64 = 24_000_000;
/// -60 dB below the largest magnitude that a frame is trained to.
const FLOOR: f32 = 1e-3;

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../models/{name}.safetensors"))
}

fn model(name: &str) -> Arc<CanneModel> {
    let bytes = std::fs::read(path(name)).expect(name);
    CanneModel::from_file(&ModelFile::from_bytes(&bytes).expect(name)).expect(name)
}

/// RMS over the heard bins of the difference in dB.
fn difference_db(a: &[f32], b: &[f32]) -> f64 {
    let level = |m: f32| 20.0 * f64::from(m.max(FLOOR)).log10();
    let heard: Vec<f64> = a
        .iter()
        .zip(b)
        .filter(|(a, b)| **a > FLOOR || **b > FLOOR)
        .map(|(a, b)| (level(*a) - level(*b)).powi(2))
        .collect();
    (heard.iter().sum::<f64>() / heard.len().max(1) as f64).sqrt()
}

fn decoded(model: &CanneModel, latents: &[f32], note: f32) -> Vec<f32> {
    let mut y = vec![0.0; model.bins()];
    model.decode(&mut model.scratch(), latents, &[note], &mut y);
    y
}

#[test]
fn every_slider_of_every_instrument_changes_the_spectrum_by_at_least_3_db() {
    for name in NAMES {
        let model = model(name);
        assert_eq!((model.latents(), model.bins()), (8, 2049), "{name}");
        let rest: Vec<f32> = (0..8).map(|k| model.range(k).neutral).collect();
        for k in 0..8 {
            for note in [36.0, 48.0, 60.0, 72.0, 84.0, 96.0] {
                let with = |value: f32| {
                    let mut latents = rest.clone();
                    latents[k] = value;
                    decoded(&model, &latents, note)
                };
                let db = difference_db(&with(model.range(k).low), &with(model.range(k).high));
                assert!(db >= 3.0, "{name}, slider {}, note {note}: {db:.2} dB", k + 1);
            }
        }
        assert!(model.card().kind.latents.iter().all(|l| l.live && !l.label.is_empty()), "{name}");
        assert!(model.card().kind.plane.as_ref().is_some_and(|p| p.points.len() >= 100), "{name}");
    }
}

#[test]
fn the_built_in_instruments_are_small_and_say_what_they_can() {
    let bytes: u64 = NAMES.iter().map(|n| std::fs::metadata(path(n)).expect(n).len()).sum();
    assert!(bytes <= MOST, "{bytes} bytes");
    let [ensemble, keys, difference, cepstrum] = NAMES.map(model);
    assert_eq!(
        (ensemble.notes(), ensemble.course(), ensemble.can_encode()),
        (Some((28, 96)), Some(Course::NOTE), true)
    );
    assert!(
        ensemble.weight_bytes() < 3_000_000,
        "sixteen voices pass {} bytes of weights",
        ensemble.weight_bytes()
    );
    assert_eq!(keys.notes(), Some((36, 96)));
    assert!(keys.can_encode() && difference.notes().is_none() && cepstrum.notes().is_none());
    assert!(!difference.can_encode() && !cepstrum.can_encode(), "palettes are decoders only");
    assert!(
        keys.weight_bytes() < 3_000_000,
        "sixteen voices pass {} bytes of weights",
        keys.weight_bytes()
    );
}

#[test]
fn keys_plays_the_note_that_it_is_told() {
    let model = model("keys");
    let bin_hz = 44_100.0 / 4096.0;
    let plane = model.card().kind.plane.clone().expect("a map");
    let mut worst: f64 = 1.0;
    let mut mean = 0.0;
    let mut count = 0.0;
    for note in 45..=96u8 {
        let spacing = 440.0 * ((f64::from(note) - 69.0) / 12.0).exp2() / bin_hz;
        for point in plane.points.iter().step_by(37) {
            let y = decoded(&model, &point.latents, f32::from(note));
            let power = |f: &dyn Fn(f64) -> bool| -> f64 {
                y.iter()
                    .enumerate()
                    .filter(|(i, _)| f(*i as f64))
                    .map(|(_, m)| f64::from(m * m))
                    .sum()
            };
            let near = power(&|bin| {
                let multiple = (bin / spacing).round().max(1.0) * spacing;
                (bin - multiple).abs() <= 2.5
            });
            let share = near / power(&|_| true);
            worst = worst.min(share);
            mean += share;
            count += 1.0;
        }
    }
    mean /= count;
    assert!(mean > 0.95, "{:.1} % of the power lies at the note's partials", 100.0 * mean);
    assert!(worst > 0.6, "at worst {:.1} %", 100.0 * worst);
}

/// The middle of the map's sounds of an instrument, a latent each.
fn middle(model: &CanneModel, name: &str) -> Vec<f32> {
    let points = &model.card().kind.plane.as_ref().expect("a map").points;
    let own: Vec<_> = points.iter().filter(|p| p.label.starts_with(name)).collect();
    assert!(!own.is_empty(), "no {name} on the map");
    (0..model.latents())
        .map(|k| own.iter().map(|p| p.latents[k]).sum::<f32>() / own.len() as f32)
        .collect()
}

/// Frame and level of a note at a time.
fn at(model: &CanneModel, latents: &[f32], note: f32, age_s: f32) -> (Vec<f32>, f32) {
    let (mut scratch, mut frame) = (model.scratch(), vec![0.0; model.bins()]);
    model.decode_part(
        &mut scratch,
        latents,
        Told { notes: &[note], ages_s: &[age_s] },
        &mut frame,
        Part::WHOLE,
    );
    let level = scratch.level_db(0);
    (frame, level)
}

#[test]
fn in_ensemble_pianos_die_away_bows_swell_and_reeds_stay() {
    let model = model("ensemble");
    for note in [48.0, 60.0, 67.0] {
        let level = |name: &str, age_s: f32| at(&model, &middle(&model, name), note, age_s).1;
        for name in ["upright piano", "steel guitar"] {
            let (struck, later) = (level(name, 0.05), level(name, 2.0));
            assert!(
                later < struck - 9.0,
                "{name}, note {note}: {struck} dB, after two seconds {later} dB"
            );
        }
        let (begun, full) = (level("double bass arco", 0.02), level("double bass arco", 0.6));
        assert!(full > begun + 6.0, "a bow on note {note}: {begun} dB, then {full} dB");
        let (early, late) = (level("alto sax", 0.3), level("alto sax", 2.5));
        assert!((early - late).abs() < 6.0, "a reed on note {note}: {early} dB, then {late} dB");
    }
    // High partials die before low ones.
    let share = |age_s: f32| {
        let (frame, _) = at(&model, &middle(&model, "upright piano"), 48.0, age_s);
        let power = |bins: &[f32]| bins.iter().map(|m| m * m).sum::<f32>();
        power(&frame[93..]) / power(&frame)
    };
    assert!(
        share(2.0) < 0.6 * share(0.05),
        "above 1 kHz: {} at first, later {}",
        share(0.05),
        share(2.0)
    );
}
