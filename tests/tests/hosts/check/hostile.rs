//! Input that no good host sends.

use crate::row::{CEILING, Row, assert_same, assert_sound, music, typed, typed_all};
use nfx_tests::clap_host::Take;
use nfx_tests::{measure, signal};

const RATE_HZ: f64 = 48_000.0;
/// Between two bouts of it.
const MUSIC: usize = 96_000;

fn cases() -> Vec<(&'static str, Vec<f32>)> {
    // At 48 kHz, as long as a whole number of hops: what follows falls on the frames of a fresh
    // instance.
    let length = 81_920;
    let fill = |value: f32| vec![value; length];
    let alternating =
        |a: f32, b: f32| (0..length).map(|n| if n % 2 == 0 { a } else { b }).collect::<Vec<_>>();
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

pub fn the_output_stays_finite(row: &Row) {
    let (at, extremes) = row.extremes;
    for (what, sound) in cases() {
        for (name, model) in (row.models)() {
            for settings in extremes {
                let mut plugin = row.playing(&model, RATE_HZ, 512);
                let moves = typed_all(&mut plugin, at, settings);
                let out = plugin.play(&Take::new(vec![sound.clone(); 2]).events(moves)).unwrap();
                assert_sound(&out, CEILING, &format!("{what}, {name}, {settings:?}"));
            }
        }
    }
}

pub fn a_hostile_side_chain_does_no_harm(row: &Row) {
    for (what, sound) in cases() {
        let mut plugin = row.laid_out(2, true, RATE_HZ);
        let moves = typed_all(&mut plugin, 0, row.hears_side);
        let take = music(1, RATE_HZ, sound.len()).side(vec![sound; 2]).events(moves);
        assert_sound(&plugin.play(&take).unwrap(), CEILING, &format!("{what} in the side chain"));
    }
}

pub fn the_dry_path_passes_no_poison(row: &Row) {
    for (what, sound) in cases() {
        for (name, value) in [("Mix", "0 %"), ("Bypass", "On")] {
            let mut plugin = row.active(RATE_HZ, 512);
            let event = typed(&mut plugin, 0, name, value);
            let out = plugin.play(&Take::new(vec![sound.clone(); 2]).events(vec![event])).unwrap();
            assert_sound(&out, CEILING, &format!("{what}, {name} {value}"));
        }
    }
}

pub fn recovers(row: &Row) {
    let music = music(7, RATE_HZ, MUSIC);
    let later = row.forgets_after..MUSIC;
    for (name, model) in (row.models)() {
        let mut plugin = row.playing(&model, RATE_HZ, 512);
        let expected = plugin.play(&music).unwrap();
        for (what, sound) in cases() {
            plugin.reset();
            plugin.play(&Take::new(vec![sound; 2])).unwrap();
            // Without a reset, the sound must be itself again once the tail is over.
            let out = plugin.play(&music).unwrap();
            let (found, wanted) = (&out[0][later.clone()], &expected[0][later.clone()]);
            let worst = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
            let distance = measure::log_spectral_distance(wanted, found);
            assert!(
                worst < 0.01 && distance < 1.0,
                "{what}, {name}: {worst} and {distance:.1} dB are left of it"
            );
            plugin.reset();
            assert_same(
                &expected,
                &plugin.play(&music).unwrap(),
                &format!("{what}, {name}, then a reset"),
            );
        }
    }
}
