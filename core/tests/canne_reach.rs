//! Beyond the learned range: a switch that changes nothing while it is off, and sound that stays as
//! loud as it was.

mod studio;

use std::sync::Arc;

use nfx_core::engine::canne::{CanneControls, CanneEngine};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::CanneModel;
use studio::{amplitude, db, hz, keys, on, part, play, random, rms, steady};

const RATE: f64 = 44_100.0;

fn held(engine: &mut CanneEngine, controls: &CanneControls, note: u8) -> [Vec<f32>; 2] {
    engine.reset();
    play(engine, controls, &[(0, on(note))], 33_075, &[512])
}

#[test]
fn with_full_reach_the_travel_covers_one_range_more_on_either_side() {
    let mut engine = CanneEngine::new(keys(), RATE).unwrap();
    let mut controls = CanneControls { even_level: true, width: 0.0, ..steady() };
    // Slider 3 brings partials around number 2.4; the middle stays the middle, a quarter is the end
    // of the learned range.
    for (place, latent) in [(0.5, 0.5), (2.0 / 3.0, 1.0), (5.0 / 6.0, 1.5), (1.0, 2.0)] {
        let mut latents = [0.5; 8];
        latents[2] = latent;
        (controls.sliders, controls.reach) = ([0.5; 8], 1.0);
        controls.sliders[2] = place;
        let [left, _] = held(&mut engine, &controls, 57);
        let level = |h: usize| part(&left[11_025..], h as f64 * hz(57.0), RATE).0;
        let found = db(level(2) / level(6));
        let wanted = db(amplitude(&latents, 2) / amplitude(&latents, 6));
        assert!((found - wanted).abs() < 0.3, "at {place}: {found} dB, not {wanted}");
    }
}

#[test]
fn without_reach_nothing_changes_to_the_bit() {
    let mut engine = CanneEngine::new(keys(), RATE).unwrap();
    let mut controls =
        CanneControls { sliders: [0.0, 1.0, 0.3, 0.9, 0.123, 0.5, 0.77, 1.0], ..steady() };
    let plain = held(&mut engine, &controls, 50);
    controls.reach = 0.2;
    let far = held(&mut engine, &controls, 50);
    assert_ne!(plain, far);
    controls.sliders = controls.sliders.map(|place: f32| place + (2.0 * place - 1.0) * 0.0);
    controls.reach = 0.0;
    assert_eq!(plain, held(&mut engine, &controls, 50));
}

fn shipped() -> Vec<Arc<CanneModel>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    let read = |name: &str| {
        let bytes = std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap();
        CanneModel::from_file(&ModelFile::from_bytes(&bytes).unwrap()).unwrap()
    };
    ["ensemble", "keys", "difference", "cepstrum"].map(read).to_vec()
}

/// Places at the ends of the travel, of the bits of a number.
fn corner(bits: usize) -> [f32; 8] {
    std::array::from_fn(|i| if bits >> i & 1 == 1 { 1.0 } else { 0.0 })
}

#[test]
fn the_level_stays_safe_however_far_the_sliders_go() {
    for model in shipped().into_iter().chain([random(3, 61), random(4, 0)]) {
        let name = model.card().name.clone();
        let mut engine = CanneEngine::new(model, RATE).unwrap();
        for even_level in [true, false] {
            let loudest = |engine: &mut CanneEngine, reach: f32| {
                let mut most = (f64::MIN, 0.0f32);
                for bits in [
                    0,
                    255,
                    0b1010_1010,
                    0b0101_0101,
                    0b1111,
                    0b0011_0110,
                    0b1000_0001,
                    0b0110_1100,
                ] {
                    let controls =
                        CanneControls { sliders: corner(bits), even_level, reach, ..steady() };
                    let [left, right] = held(engine, &controls, 45 + (bits % 24) as u8);
                    assert!(left.iter().chain(&right).all(|x| x.is_finite()), "{name}");
                    let peak = left.iter().chain(&right).fold(0.0f32, |m, x| m.max(x.abs()));
                    most = (most.0.max(db(rms(&left[4410..]))), most.1.max(peak));
                }
                most
            };
            let (near, far) = (loudest(&mut engine, 0.0), loudest(&mut engine, 1.0));
            println!("{name}, even {even_level}: {near:?} within, {far:?} beyond");
            assert!(
                far.0 < near.0 + 6.0,
                "{name}, even level {even_level}: {} dB, {} dB beyond",
                near.0,
                far.0
            );
            assert!(far.1 < 2.0, "{name}, even level {even_level}: peaks at {}", far.1);
        }
    }
}
