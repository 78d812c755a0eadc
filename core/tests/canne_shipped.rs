//! The instruments that are shipped: in tune, even in level, and every slider does something,
//! measured on their sound.

mod studio;

use std::sync::Arc;

use nfx_core::engine::canne::{CanneControls, CanneEngine};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::CanneModel;
use rand::{Rng, SeedableRng, rngs::StdRng};
use studio::{cents, db, frequency, hz, on, part, play, rms};

const RATE: f64 = 48_000.0;

/// Plain, dry, and standing: what is measured is not to die away meanwhile.
fn steady() -> CanneControls {
    CanneControls { pace: 0.0, ..studio::steady() }
}

/// Every model in the folder that can be played as an instrument.
fn shipped() -> Vec<(String, Arc<CanneModel>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "safetensors") {
            let file = ModelFile::from_bytes(&std::fs::read(&path).unwrap()).unwrap();
            if let Ok(model) = CanneModel::from_file(&file) {
                found.push((path.file_stem().unwrap().to_string_lossy().into_owned(), model));
            }
        }
    }
    assert!(["keys", "ensemble"].iter().all(|wanted| found.iter().any(|(name, _)| name == wanted)));
    found
}

#[test]
fn every_shipped_instrument_is_in_tune() {
    for (name, model) in shipped() {
        let mut engine = CanneEngine::new(model, RATE).unwrap();
        for note in (36u8..=96).step_by(3) {
            engine.reset();
            let mut controls = steady();
            controls.sliders = [0.5; 8];
            let [left, _] = play(&mut engine, &controls, &[(0, on(note))], 43_200, &[512]);
            let sound = &left[14_400..];
            // The loudest of the first partials: a timbre may lack any one of them.
            let level = |h: &f64| part(sound, h * hz(f64::from(note)), RATE).0;
            let loudest = [1.0, 2.0, 3.0, 4.0, 5.0]
                .into_iter()
                .max_by(|a, b| level(a).total_cmp(&level(b)))
                .unwrap();
            let wanted = loudest * hz(f64::from(note));
            let error = cents(frequency(sound, wanted, RATE), wanted);
            assert!(error.abs() < 1.0, "{name}, note {note}, partial {loudest}: {error} cents");
        }
    }
}

#[test]
fn the_level_of_every_shipped_instrument_stays_even() {
    for (name, model) in shipped() {
        let mut rng = StdRng::seed_from_u64(9);
        let mut engine = CanneEngine::new(model, RATE).unwrap();
        let (mut low, mut high) = (f64::MAX, f64::MIN);
        for _ in 0..30 {
            engine.reset();
            let mut controls = steady();
            controls.sliders = std::array::from_fn(|_| rng.random_range(0.0..1.0));
            let note = on(rng.random_range(40..88));
            let [left, _] = play(&mut engine, &controls, &[(0, note)], 24_000, &[512]);
            let level = db(rms(&left[14_400..]));
            (low, high) = (low.min(level), high.max(level));
        }
        assert!(high - low < 6.0, "{name}: {low} to {high} dBFS");
    }
}

/// Levels of the partials in dB, no quieter than 60 dB below the loudest.
fn spectrum(sound: &[f32], note: f64) -> Vec<f64> {
    let count = (12_000.0 / hz(note)).min(30.0) as usize;
    let levels: Vec<f64> =
        (1..=count).map(|h| db(part(sound, h as f64 * hz(note), RATE).0)).collect();
    let loudest = levels.iter().copied().fold(f64::MIN, f64::max);
    levels.iter().map(|l| l.max(loudest - 60.0)).collect()
}

#[test]
fn every_slider_of_every_shipped_instrument_changes_the_sound() {
    for (name, model) in shipped() {
        let latents = model.latents();
        let mut engine = CanneEngine::new(model.clone(), RATE).unwrap();
        for slider in 0..latents {
            // Where the others stand matters: a latent may do nothing beside one that silences it.
            // At rest, in the middle, and at random places.
            let mut most = 0.0f64;
            for (base, note) in (0..6).zip([48u8, 60, 72].into_iter().cycle()) {
                let mut rng = StdRng::seed_from_u64(base);
                let others: [f32; 8] = std::array::from_fn(|i| match base {
                    0 => model.range(i).rest(),
                    1 => 0.5,
                    _ => rng.random_range(0.0..1.0),
                });
                let mut at = |position: f32| {
                    engine.reset();
                    let mut controls = steady();
                    controls.sliders = others;
                    controls.sliders[slider] = position;
                    let [left, _] = play(&mut engine, &controls, &[(0, on(note))], 19_200, &[512]);
                    spectrum(&left[9600..], f64::from(note))
                };
                let (low, high) = (at(0.0), at(1.0));
                let squares: f64 = low.iter().zip(&high).map(|(a, b)| (a - b) * (a - b)).sum();
                most = most.max((squares / low.len() as f64).sqrt());
            }
            assert!(most > 3.0, "{name}, slider {}: {most} dB RMS", slider + 1);
        }
    }
}

#[test]
fn neighbouring_keys_sound_alike() {
    for (name, model) in shipped() {
        if model.notes().is_none() {
            continue;
        }
        let mut engine = CanneEngine::new(model, RATE).unwrap();
        let mut timbre = |note: u8| {
            engine.reset();
            let mut controls = steady();
            controls.sliders = [0.5; 8];
            let [left, _] = play(&mut engine, &controls, &[(0, on(note))], 19_200, &[512]);
            let mut levels = spectrum(&left[9600..], f64::from(note));
            levels.truncate(12);
            levels
        };
        let timbres: Vec<Vec<f64>> = (48..=84).map(&mut timbre).collect();
        let (mut sum, mut most) = (0.0, 0.0f64);
        for pair in timbres.windows(2) {
            // Loud partials count more.
            let (mut squares, mut weights) = (0.0, 0.0);
            for (a, b) in pair[0].iter().zip(&pair[1]) {
                let weight = 10f64.powf(a.max(*b) / 20.0);
                squares += weight * (a - b).powi(2);
                weights += weight;
            }
            let away = (squares / weights).sqrt();
            (sum, most) = (sum + away, most.max(away));
        }
        let mean = sum / (timbres.len() - 1) as f64;
        println!("{name}: from key to key {mean:.1} dB on average, {most:.1} dB at most");
        assert!(mean < 5.0 && most < 10.0, "{name}: {mean} dB on average, {most} dB at most");
    }
}

#[test]
fn one_shipped_instrument_gives_way_to_another_without_a_jump() {
    let steepest = |x: &[f32]| x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
    let mut models = shipped();
    // A user's model may be as unlike them as random weights are: loud in every bin.
    let stft =
        nfx_core::signal::stft::StftConfig::new(2048, 512, nfx_core::signal::window::Window::Hann)
            .unwrap();
    let mut config =
        nfx_core::models::spectral::AutoencoderConfig::hybrid(stft.bins(), &[32, 5, 32]);
    config.condition = 61;
    let random = CanneModel::from_file(&ModelFile::random(config, stft, 44_100.0, 7)).unwrap();
    models.push(("random".to_owned(), random));
    for drone in [false, true] {
        for (from, first) in &models {
            for (to, second) in models.iter().filter(|(to, _)| to != from) {
                // The drone's phases make pulses of a spectrum that is loud in every bin, with or
                // without a swap.
                if drone && [from, to].contains(&&"random".to_owned()) {
                    continue;
                }
                let mut engine = CanneEngine::new(first.clone(), RATE).unwrap();
                let mut controls = steady();
                controls.drone = drone;
                let events = [(0, on(93))];
                let [before, _] =
                    play(&mut engine, &controls, if drone { &[] } else { &events }, 48_000, &[512]);
                let player =
                    nfx_core::engine::canne::CannePlayer::new(second.clone(), RATE).unwrap();
                engine.swap(player).map_err(|_| "refused").unwrap();
                let [through, _] = play(&mut engine, &controls, &[], 48_000, &[512]);
                let own = steepest(&before[24_000..]).max(steepest(&through[24_000..]));
                let most = steepest(&through[..24_000]);
                // Drone frames of unlike phases overlap; a jump is many times as steep.
                let limit = if drone { 2.0 } else { 1.5 };
                println!("{from} to {to}, drone {drone}: {:.2}", most / own);
                assert!(
                    most < limit * own,
                    "{from} to {to}, drone {drone}: {most}, {own} before or after"
                );
            }
        }
    }
}
