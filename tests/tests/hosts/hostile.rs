//! Input that no good host sends: the output stays finite, normal and below the ceiling, and the plugin recovers.

use crate::common::{active, assert_same, assert_sound, typed};
use nfx_tests::clap_host::Take;
use nfx_tests::{measure, signal};

const RATE_HZ: f64 = 48_000.0;
/// What no sample of the plugin exceeds, whatever it is fed: +12 dB above full scale, as the core states.
const CEILING: f32 = nfx_core::signal::level::CEILING;

fn cases() -> Vec<(&'static str, Vec<f32>)> {
    // At 48 kHz, as long as a whole number of hops: what follows falls on the frames of a fresh instance.
    let length = 81_920;
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
        ("barely normal", alternating(f32::MIN_POSITIVE, 1.2e-38)),
        ("silence", fill(0.0)),
        ("a full-scale square", square),
        ("DC at full scale", fill(1.0)),
    ]
}

#[test]
fn the_output_stays_finite_normal_and_below_the_ceiling() {
    for (what, sound) in cases() {
        for knob in ["1", "5.5"] {
            let mut plugin = active(RATE_HZ, 512);
            let moves = ["Knob A", "Knob B", "Knob C", "Knob D", "Knob E"]
                .map(|name| typed(&mut plugin, 0, name, knob))
                .to_vec();
            let out = plugin.play(&Take::new(vec![sound.clone(), sound.clone()]).events(moves)).unwrap();
            assert_sound(&out, CEILING, &format!("{what}, knobs at {knob}"));
        }
    }
}

#[test]
fn a_hostile_side_chain_does_no_harm() {
    for (what, sound) in cases() {
        let mut plugin = active(RATE_HZ, 512);
        let morph = typed(&mut plugin, 0, "Morph", "100 %");
        let music = signal::spread(&signal::music(1, RATE_HZ, sound.len()), 2);
        let out = plugin.play(&Take::new(music).side(vec![sound.clone(), sound]).events(vec![morph])).unwrap();
        assert_sound(&out, CEILING, &format!("{what} in the side chain"));
    }
}

#[test]
fn the_dry_path_and_the_bypass_pass_no_poison() {
    for (what, sound) in cases() {
        for (name, value) in [("Mix", "0 %"), ("Bypass", "On")] {
            let mut plugin = active(RATE_HZ, 512);
            let event = typed(&mut plugin, 0, name, value);
            let out = plugin.play(&Take::new(vec![sound.clone(); 2]).events(vec![event])).unwrap();
            assert_sound(&out, CEILING, &format!("{what}, {name} {value}"));
        }
    }
}

#[test]
fn the_plugin_recovers() {
    let music = signal::spread(&signal::music(7, RATE_HZ, 96_000), 2);
    let expected = active(RATE_HZ, 512).play(&Take::new(music.clone())).unwrap();
    for (what, sound) in cases() {
        let mut plugin = active(RATE_HZ, 512);
        plugin.play(&Take::new(vec![sound.clone(), sound])).unwrap();
        // Without a reset, the sound must be itself again once the tail is over.
        let out = plugin.play(&Take::new(music.clone())).unwrap();
        let half = 48_000;
        let distance = measure::log_spectral_distance(&expected[0][half..], &out[0][half..]);
        assert!(distance < 1.0, "{what}: a second later the sound is still {distance:.1} dB off");
        plugin.reset();
        assert_same(&expected, &plugin.play(&Take::new(music.clone())).unwrap(), &format!("{what}, then a reset"));
    }
}
