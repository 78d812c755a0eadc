//! Our own bundles as devices to profile. `cargo xtask test` builds them first and names their
//! folder; a plain `cargo test` without a built bundle has nothing to host, and says so.

use std::path::PathBuf;

use nfx_core::models::effect::KnobInfo;
use nfx_train::hosting::plugin::ClapDevice;
use nfx_train::hosting::{Device, PluginArgs};

/// A bundle out of the target folder.
fn bundle(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("NFX_BUNDLES").map(PathBuf::from);
    let is_named = named.is_some();
    let folder = named.unwrap_or_else(|| {
        let target = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target");
        target.join("bundled")
    });
    let path = folder.join(format!("{name}.clap"));
    if !path.exists() {
        assert!(!is_named, "expected {}; `cargo xtask bundle --release` makes it", path.display());
        eprintln!("{} is not built: nothing was tested", path.display());
        return None;
    }
    Some(path)
}

fn knob(name: &str, min: f32, max: f32) -> KnobInfo {
    KnobInfo::linear(name, min, max, 0.5 * (min + max))
}

fn tone(samples: usize) -> Vec<f32> {
    (0..samples).map(|n| 0.5 * (n as f32 * 0.0627).sin()).collect()
}

#[test]
fn an_effect_is_played_in_time_and_from_rest_and_its_knobs_are_heard() {
    let Some(path) = bundle("ANNe") else { return };
    let mut device = ClapDevice::open(&path, None).unwrap();
    let names: Vec<String> = device.params().iter().map(|p| p.name.clone()).collect();
    let gain = device.params().iter().find(|p| p.name.eq_ignore_ascii_case("Output")).cloned();
    let mix = device.params().iter().find(|p| p.name.to_ascii_lowercase().contains("mix")).cloned();
    let (Some(gain), Some(mix)) = (gain, mix) else {
        panic!("expected a mix and an output level, found {names:?}")
    };
    device
        .sweep(vec![
            knob(&mix.name, mix.min as f32, mix.max as f32),
            knob(&gain.name, gain.min as f32, gain.max as f32),
        ])
        .unwrap();
    let input = tone(24_000);
    let dry = device.render(&input, 48_000.0, &[mix.min as f32, gain.default as f32]).unwrap();
    assert_eq!(dry.len(), input.len());
    // Dry, the latency taken out, the sound is itself.
    let worst =
        input.iter().zip(&dry).skip(4800).map(|(x, y)| (x - y).abs()).fold(0.0f32, f32::max);
    assert!(worst < 1e-3, "{worst}");
    let again = device.render(&input, 48_000.0, &[mix.min as f32, gain.default as f32]).unwrap();
    assert!(dry == again, "two renderings differ");
    let quiet = device.render(&input, 48_000.0, &[mix.min as f32, gain.min as f32]).unwrap();
    let power = |x: &[f32]| x[4800..].iter().map(|v| v * v).sum::<f32>();
    assert!(power(&quiet) < 0.9 * power(&dry));
}

#[test]
fn a_wrong_name_or_file_gets_a_sentence() {
    let missing = ClapDevice::open(std::path::Path::new("nowhere/Nothing.clap"), None)
        .err()
        .unwrap()
        .to_string();
    assert!(missing.contains("expected a CLAP bundle"), "{missing}");
    let Some(path) = bundle("ANNe") else { return };
    let mut device = ClapDevice::open(&path, None).unwrap();
    let wrong = device.sweep(vec![knob("No such knob", 0.0, 1.0)]).unwrap_err().to_string();
    assert!(wrong.contains("No such knob") && wrong.contains("there are"), "{wrong}");
    assert!(ClapDevice::open(&path, Some("no.such.id")).is_err());
    let listed = PluginArgs::default().parameters(&path).unwrap();
    assert!(listed.starts_with("ANNe\n") && listed.lines().count() > 3, "{listed}");
}

#[test]
fn the_compressor_of_the_effect_profiler_is_rendered_at_its_corners() {
    let Some(path) = bundle("Effect Profiler") else { return };
    let mut device = ClapDevice::open(&path, None).unwrap();
    let Some(threshold) = device.params().iter().find(|p| p.name == "Threshold").cloned() else {
        panic!(
            "expected a threshold among {:?}",
            device.params().iter().map(|p| &p.name).collect::<Vec<_>>()
        );
    };
    device.sweep(vec![knob("Threshold", threshold.min as f32, threshold.max as f32)]).unwrap();
    let input = tone(24_000);
    let low = device.render(&input, 44_100.0, &[threshold.min as f32]).unwrap();
    let high = device.render(&input, 44_100.0, &[threshold.max as f32]).unwrap();
    let power = |x: &[f32]| x[12_000..].iter().map(|v| v * v).sum::<f32>();
    assert!(power(&low) < 0.5 * power(&high), "{} and {}", power(&low), power(&high));
}

#[test]
fn a_range_may_be_what_one_would_type_into_the_plugins_field() {
    let Some(path) = bundle("Effect Profiler") else { return };
    let mut device = ClapDevice::open(&path, None).unwrap();
    let input = tone(12_000);
    device.sweep(vec![knob("Threshold", -40.0, -10.0), knob("Ratio", 2.0, 8.0)]).unwrap();
    let typed = device.render(&input, 44_100.0, &[-30.0, 8.0]).unwrap();
    let gentler = device.render(&input, 44_100.0, &[-30.0, 2.0]).unwrap();
    let power = |x: &[f32]| x[6_000..].iter().map(|v| v * v).sum::<f32>();
    assert!(power(&typed) < 0.8 * power(&gentler), "{} and {}", power(&typed), power(&gentler));
    // Plain, the threshold runs evenly over -50 to 0 dB.
    device.sweep(vec![knob("Threshold", -40.0, -10.0)]).unwrap();
    let typed = device.render(&input, 44_100.0, &[-30.0]).unwrap();
    let threshold = device.params().iter().find(|p| p.name == "Threshold").cloned().unwrap();
    device.sweep(vec![knob("Threshold", threshold.min as f32, threshold.max as f32)]).unwrap();
    let plain = (threshold.min + 0.4 * (threshold.max - threshold.min)) as f32;
    let expected = device.render(&input, 44_100.0, &[plain]).unwrap();
    let worst = typed.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
    assert!(worst < 1e-4, "{worst}");
    let refused = device.sweep(vec![knob("Threshold", -400.0, 0.0)]).unwrap_err().to_string();
    assert!(refused.contains("-50.0 dB to 0.0 dB"), "{refused}");
}
