//! Input that no good host sends: the output stays finite, normal and below the ceiling, and the plugin recovers.

use crate::common::{CEILING, assert_same, assert_sound, fresh, late, lstm, nam, playing, state_with, typed, wavenet};
use nfx_tests::clap_host::{Plugin, Take};
use nfx_tests::signal;

const RATE_HZ: f64 = 48_000.0;

fn cases() -> Vec<(&'static str, Vec<f32>)> {
    let length = 40_000;
    let fill = |value: f32| vec![value; length];
    let alternating = |a: f32, b: f32| (0..length).map(|n| if n % 2 == 0 { a } else { b }).collect::<Vec<_>>();
    let square = (0..length).map(|n| if (n / 100) % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let mut single = signal::music(1, RATE_HZ, length);
    single[9_999] = f32::NAN;
    vec![
        ("NaN", fill(f32::NAN)),
        ("a single NaN", single),
        ("infinity", fill(f32::INFINITY)),
        ("both infinities", alternating(f32::INFINITY, f32::NEG_INFINITY)),
        ("1e30", alternating(1e30, -1e30)),
        ("the largest float", fill(f32::MAX)),
        ("subnormals", alternating(1e-40, -1e-40)),
        ("the smallest subnormal", fill(f32::from_bits(1))),
        ("silence", fill(0.0)),
        ("a full-scale square", square),
        ("DC at full scale", fill(1.0)),
    ]
}

/// The compressor, and a user's profile of each kind, one of them at another rate.
fn plugins() -> Vec<(&'static str, Plugin)> {
    let mut compressor = fresh();
    compressor.activate(RATE_HZ, 512).unwrap();
    vec![
        ("the compressor", compressor),
        ("an LSTM", playing(&lstm(1, 16, RATE_HZ), RATE_HZ, 512)),
        ("a WaveNet at 44.1 kHz", playing(&wavenet(2, 44_100.0), RATE_HZ, 512)),
    ]
}

#[test]
fn the_output_stays_finite_normal_and_below_the_ceiling() {
    for (what, sound) in cases() {
        for (name, mut plugin) in plugins() {
            let loud = ["Input", "Make-up", "Output"].map(|knob| typed(&mut plugin, 20_000, knob, "24 dB")).to_vec();
            let out = plugin.play(&Take::new(vec![sound.clone(), sound.clone()]).events(loud)).unwrap();
            assert_sound(&out, CEILING, &format!("{what}, {name}"));
        }
    }
}

#[test]
fn a_hostile_side_chain_does_no_harm() {
    for (what, sound) in cases() {
        let mut plugin = fresh();
        plugin.select_layout(2, true).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        let on = typed(&mut plugin, 0, "External side chain", "On");
        let music = signal::spread(&signal::music(1, RATE_HZ, sound.len()), 2);
        let out = plugin.play(&Take::new(music).side(vec![sound.clone(), sound]).events(vec![on])).unwrap();
        assert_sound(&out, CEILING, &format!("{what} in the side chain"));
    }
}

#[test]
fn the_plugin_recovers() {
    let music = signal::spread(&signal::music(7, RATE_HZ, 96_000), 2);
    for ((name, mut reference), (_, mut plugin)) in plugins().into_iter().zip(plugins()) {
        let expected = reference.play(&Take::new(music.clone())).unwrap();
        for (what, sound) in cases() {
            plugin.reset();
            plugin.play(&Take::new(vec![sound.clone(), sound])).unwrap();
            // Without a reset, the sound must be itself again a second and a half later.
            let out = plugin.play(&Take::new(music.clone())).unwrap();
            let late = 72_000;
            let worst = (late..96_000).map(|i| (out[0][i] - expected[0][i]).abs()).fold(0.0f32, f32::max);
            assert!(worst < 0.01, "{what}, {name}: a second and a half later the sound is still {worst} off");
            plugin.reset();
            assert_same(&expected, &plugin.play(&Take::new(music.clone())).unwrap(), &format!("{what}, {name}, reset"));
        }
    }
}

/// Two units that chase each other for ever, however quiet it is, and very loud.
fn howl() -> Vec<u8> {
    let mut weights = vec![0.0f32; 24];
    let row = |gate: usize, unit: usize| (gate * 2 + unit) * 3;
    weights[row(2, 0) + 2] = 6.0;
    weights[row(2, 1) + 1] = -6.0;
    weights[row(2, 0)] = 0.1;
    let mut bias = vec![0.0f32; 8];
    for unit in 0..2 {
        bias[unit] = -3.0;
        bias[2 + unit] = 4.0;
        bias[6 + unit] = 6.0;
    }
    let all = [weights, bias, vec![0.3, 0.0, 0.3, 0.0, 5000.0, 0.0, 0.0]].concat();
    nam("LSTM", r#"{"input_size": 1, "hidden_size": 2, "num_layers": 1}"#, &all, RATE_HZ)
}

#[test]
fn an_unstable_model_cannot_hurt_and_gives_way() {
    let enormous = nam("Linear", r#"{"receptive_field": 2, "bias": false}"#, &[1e30, 1e30], RATE_HZ);
    for file in [howl(), enormous] {
        let mut plugin = playing(&file, RATE_HZ, 512);
        let music = signal::spread(&signal::music(7, RATE_HZ, 96_000), 2);
        assert_sound(&plugin.play(&Take::new(music.clone())).unwrap(), CEILING, "an unstable model");
        let silent = plugin.play(&Take::new(vec![vec![0.0; 240_000]; 2])).unwrap();
        assert_sound(&silent, CEILING, "an unstable model in silence");
        assert!(silent[0][200_000..].iter().all(|x| *x == 0.0), "it was expected to be silenced");
        // Another takes its place as if nothing had been.
        let fine = late(0, 0.5, RATE_HZ);
        plugin.load(&state_with("mine", &fine)).unwrap();
        plugin.wait(std::time::Duration::from_millis(100));
        plugin.play(&Take::new(music.clone())).unwrap();
        let out = plugin.play(&Take::new(music.clone())).unwrap();
        for (y, x) in out[0].iter().zip(&music[0]) {
            assert!((y - 0.5 * x).abs() < 1e-5);
        }
    }
}
