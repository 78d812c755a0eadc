//! The knobs do something, on every kind of sound.

use super::{MODELS, ROW};
use crate::row::{Model, model_path, preset};
use nfx_core::models::ModelFile;
use nfx_tests::clap_host::Take;
use nfx_tests::{bundle, measure, wav};

const SOUNDS: [&str; 3] = ["piano", "strings", "snare"];
const KNOBS: [&str; 5] = ["Knob A", "Knob B", "Knob C", "Knob D", "Knob E"];

/// A built-in sound of the plugin: mono, at its rate.
fn sound(name: &str) -> (Vec<f32>, f64) {
    let path = bundle::root().join("plugins/anne-fx/sounds").join(format!("{name}.wav"));
    let (channels, rate) = wav::read(&path).unwrap();
    (channels[0].clone(), f64::from(rate))
}

fn play(model: &'static str, sound: &[f32], rate: f64, knob: Option<(&str, &str)>) -> Vec<f32> {
    let mut plugin = ROW.with(&Model::Embedded(model));
    preset(&mut plugin, knob.as_slice());
    plugin.activate(rate, 512).unwrap();
    plugin.play(&Take::new(vec![sound.to_vec(); 2])).unwrap().swap_remove(0)
}

#[test]
fn each_knob_at_each_end_changes_each_sound_by_three_decibels() {
    let mut weak = Vec::new();
    for model in MODELS {
        let file = ModelFile::from_bytes(&std::fs::read(model_path(model)).unwrap()).unwrap();
        let live =
            file.card.spectral().unwrap().latents.iter().filter(|latent| latent.live).count();
        println!(
            "{model}: {live} of {} latents are live",
            file.card.spectral().unwrap().latents.len()
        );
        for name in SOUNDS {
            let (sound, rate) = sound(name);
            let neutral = play(model, &sound, rate, None);
            for knob in KNOBS {
                for value in ["0.5", "5.5"] {
                    let distance = measure::log_spectral_distance(
                        &neutral,
                        &play(model, &sound, rate, Some((knob, value))),
                    );
                    println!("  {name:>8}  {knob} at {value}: {distance:.1} dB");
                    if distance < 3.0 {
                        weak.push(format!("{model}, {name}, {knob} at {value}: {distance:.1} dB"));
                    }
                }
            }
        }
    }
    assert!(weak.is_empty(), "at least 3 dB were expected of each:\n{}", weak.join("\n"));
}
