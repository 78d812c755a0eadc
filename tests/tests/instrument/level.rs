//! The stated ceiling holds whatever is played; nothing but numbers comes out.

use crate::common::{CEILING, MODELS, active, assert_sound, phrase, playing};
use nfx_tests::clap_host::notes::{Note, Play, Played};
use nfx_tests::clap_host::{Blocks, Event, Take};
use nfx_tests::measure;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const RATE_HZ: f64 = 44_100.0;

#[test]
fn sixteen_keys_at_full_gain_stay_below_the_ceiling() {
    for model in MODELS {
        let mut plugin = playing(model, RATE_HZ, &[("Output", "24 dB"), ("Bass", "100 %"), ("Velocity", "0 %")]);
        let notes: Vec<Played> = (0..16).map(|i| Played { at: 0, what: Play::On(Note::key(36 + i), 1.0) }).collect();
        let sound = plugin.play(&Take::notes(44_100, notes)).unwrap();
        assert_sound(&sound, CEILING, model);
        assert!(measure::rms(&sound[0][22_050..]) > 0.1);
    }
}

#[test]
fn any_automation_leaves_good_sound() {
    for seed in 0..4 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut plugin = active(RATE_HZ, 2048);
        let length = 100_000;
        let params = plugin.params();
        let events = (0..3000)
            .map(|_| {
                let param = &params[random.random_range(0..params.len())];
                let value = param.at(random.random_range(0.0..=1.0));
                Event { at: random.random_range(0..length), param: param.id, value }
            })
            .collect();
        let take = Take { events, ..Take::notes(length, phrase(length)) };
        let out = plugin.play(&take.blocks(Blocks::Random { seed, max: 2048 })).unwrap();
        assert_sound(&out, CEILING, &format!("seed {seed}"));
    }
}

#[test]
fn odd_rates_and_blocks_play() {
    for rate in [1_000.0, 1_234.567_8, 8_000.0, 22_050.0, 88_200.0, 176_400.0, 384_000.0, 768_000.0, 45_678.901] {
        for max in [1, 17, 16_384] {
            let mut plugin = active(rate, max);
            let length = if max == 1 { 2_000 } else { 30_000 };
            let take = Take::notes(length, phrase(length)).blocks(Blocks::Random { seed: 1, max: max as usize });
            assert_sound(&plugin.play(&take).unwrap(), CEILING, &format!("{rate} Hz, blocks up to {max}"));
        }
    }
}

#[test]
fn hostile_velocities_and_expressions_do_no_harm() {
    use clack_host::events::event_types::NoteExpressionType::{Brightness, Pan, Pressure, Tuning, Volume};
    let mut notes = Vec::new();
    let values = [f64::NAN, f64::INFINITY, -1e30, 1e30, -1.0, 2.0, 1e-40];
    for (step, value) in values.into_iter().enumerate() {
        let note = Note::key(40 + 4 * step as u8).named(step as i32);
        notes.push(Played { at: 1000 * step, what: Play::On(note, value) });
        for kind in [Tuning, Volume, Pan, Pressure, Brightness] {
            notes.push(Played { at: 1000 * step + 10, what: Play::Expression(note, kind, value) });
        }
        notes.push(Played { at: 20_000 + step, what: Play::Off(note) });
    }
    let sound = active(RATE_HZ, 512).play(&Take::notes(100_000, notes)).unwrap();
    assert_sound(&sound, CEILING, "hostile notes");
    assert!(sound[0][80_000..].iter().all(|sample| *sample == 0.0));
}
