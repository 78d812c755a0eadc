//! Each slider of each model does something, and the loudness stays even while they move.

use super::{GATE, MODELS, key, playing};
use crate::row::{model_path, typed};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::CanneModel;
use nfx_tests::clap_host::Take;
use nfx_tests::clap_host::notes::held;
use nfx_tests::measure;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const RATE_HZ: f64 = 44_100.0;

fn model(name: &str) -> std::sync::Arc<CanneModel> {
    CanneModel::from_file(
        &ModelFile::from_bytes(&std::fs::read(model_path(name)).unwrap()).unwrap(),
    )
    .unwrap()
}

#[test]
fn each_slider_of_each_model_changes_the_sound_by_three_decibels() {
    let mut weak = Vec::new();
    for name in MODELS {
        let model = model(name);
        // The others rest where the model's sounds have their middle.
        let rest: Vec<(String, String)> = (0..model.latents())
            .map(|i| {
                (format!("Slider {}", i + 1), format!("{:.1} %", 100.0 * model.range(i).rest()))
            })
            .collect();
        let play = |slider: usize, value: &str, note: u8| {
            let mut values: Vec<(&str, &str)> = GATE.to_vec();
            values.extend(rest.iter().map(|(name, text)| (name.as_str(), text.as_str())));
            values[GATE.len() + slider].1 = value;
            if model.notes().is_none() {
                // A palette that knows no note: its sliders move the pitch, too, which a key would
                // hold still.
                values.push(("Drone", "On"));
                let mut plugin = playing(name, RATE_HZ, &values);
                return plugin.play(&Take::notes(60_000, Vec::new())).unwrap().swap_remove(0)
                    [20_000..]
                    .to_vec();
            }
            let sound = key(&mut playing(name, RATE_HZ, &values), note, 40_000).swap_remove(0);
            sound[8_000..36_000].to_vec()
        };
        for slider in 0..model.latents() {
            let distance = [36, 48, 60, 72]
                .map(|note| {
                    measure::log_spectral_distance(
                        &play(slider, "0 %", note),
                        &play(slider, "100 %", note),
                    )
                })
                .into_iter()
                .fold(0.0, f64::max);
            println!("{name}, slider {}: {distance:.1} dB from end to end", slider + 1);
            if distance < 3.0 {
                weak.push(format!("{name}, slider {}: {distance:.1} dB", slider + 1));
            }
        }
    }
    assert!(weak.is_empty(), "at least 3 dB were expected of each:\n{}", weak.join("\n"));
}

#[test]
fn the_loudness_stays_even_over_random_sliders() {
    for name in MODELS {
        let mut random = StdRng::seed_from_u64(5);
        let mut found = Vec::new();
        for _ in 0..16 {
            let mut plugin = playing(name, RATE_HZ, &GATE);
            let events = (1..=8)
                .map(|slider| {
                    let text = format!("{:.1} %", random.random_range(0.0..100.0));
                    typed(&mut plugin, 0, &format!("Slider {slider}"), &text)
                })
                .collect();
            let take = Take { events, ..Take::notes(44_100, held(60, 100, 44_100).to_vec()) };
            let sound = plugin.play(&take).unwrap();
            found.push(measure::loudness(&sound[0][11_025..], RATE_HZ));
        }
        let (low, high) =
            found.iter().fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
        println!("{name}: loudness from {low:.1} to {high:.1} dB over random sliders");
        assert!(high - low < 6.0, "{name}: the loudness spreads over {:.1} dB", high - low);
    }
}
