//! `nfx-train render` and the plugin give the same sound.

use super::ROW;
use crate::row::{Model, assert_same, model_path, preset};
use nfx_tests::clap_host::{Blocks, Take};
use nfx_tests::{bundle, signal, wav};
use std::path::Path;
use std::process::Command;

const RATE_HZ: u32 = 44_100;

/// The trainer's render: samples as the engine gives them, 32-bit floats.
fn trainer(model: &Path, files: [&Path; 2], arguments: &[&str]) -> Vec<Vec<f32>> {
    let program = bundle::program("nfx-train").unwrap();
    let out = Command::new(program)
        .arg("render")
        .arg(model)
        .args(files)
        .args(arguments)
        .output()
        .unwrap();
    assert!(out.status.success(), "nfx-train render: {}", String::from_utf8_lossy(&out.stderr));
    let (sound, rate) = wav::read(files[1]).unwrap();
    assert_eq!(rate, RATE_HZ);
    sound
}

/// The same up to the rounding of a host's parameter values, which run from 0 to 1 in single
/// precision.
fn assert_close(plugin: &[Vec<f32>], file: &[Vec<f32>], what: &str) {
    for (a, b) in plugin.iter().flatten().zip(file.iter().flatten()) {
        assert!((a - b).abs() < 1e-4, "{what}: {a} and {b}");
    }
}

/// The plugin's sound with its latency taken off, as long as the input.
fn plugin(
    model: &'static str,
    sound: &[Vec<f32>],
    side: &[Vec<f32>],
    values: &[(&str, &str)],
) -> Vec<Vec<f32>> {
    let mut plugin = ROW.with(&Model::Embedded(model));
    preset(&mut plugin, values);
    plugin.set_offline(true).unwrap();
    plugin.activate(f64::from(RATE_HZ), 512).unwrap();
    let latency = plugin.latency() as usize;
    let padded = |sound: &[Vec<f32>]| {
        sound.iter().map(|channel| [&channel[..], &vec![0.0; latency]].concat()).collect::<Vec<_>>()
    };
    let take =
        Take::new(padded(sound)).side(padded(side)).blocks(Blocks::Random { seed: 4, max: 512 });
    plugin.play(&take).unwrap().into_iter().map(|channel| channel[latency..].to_vec()).collect()
}

#[test]
fn the_trainers_render_is_the_plugins_sound() {
    let folder = std::env::temp_dir().join(format!("nfx-render-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (dry, wet, other) =
        (folder.join("dry.wav"), folder.join("wet.wav"), folder.join("other.wav"));
    let quiet: Vec<f32> =
        signal::music(2, f64::from(RATE_HZ), 88_200).iter().map(|sample| sample * 0.3).collect();
    let sound = signal::spread(&quiet, 2);
    let side = signal::spread(&signal::noise(2, 88_200), 2);
    wav::write(&dry, &sound, RATE_HZ).unwrap();
    wav::write(&other, &side, RATE_HZ).unwrap();
    for model in ["General", "Thesis"] {
        let path = model_path(model);
        let neutral = trainer(&path, [&dry, &wet], &[]);
        assert_same(&plugin(model, &sound, &[], &[]), &neutral, &format!("{model}, neutral"));
        let set = ["a=3", "e=0.5", "mix=70 %", "split=growing", "l3=0", "out=-6 dB"]
            .map(|set| format!("--set={set}"));
        let set: Vec<&str> = set.iter().map(String::as_str).collect();
        let values = [
            ("Knob A", "3"),
            ("Knob E", "0.5"),
            ("Mix", "70 %"),
            ("Split", "2 Growing"),
            ("Latent 3", "0"),
            ("Output", "-6 dB"),
        ];
        let moved = trainer(&path, [&dry, &wet], &set);
        assert_close(&plugin(model, &sound, &[], &values), &moved, &format!("{model}, moved"));
        let morphed = trainer(
            &path,
            [&dry, &wet],
            &["--set", "morph=50 %", "--morph", other.to_str().unwrap()],
        );
        assert_same(
            &plugin(model, &sound, &side, &[("Morph", "50 %")]),
            &morphed,
            &format!("{model}, morph"),
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
