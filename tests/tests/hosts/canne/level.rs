//! The stated ceiling holds whatever is played; nothing but numbers comes out.

use super::{MODELS, ROW, playing};
use crate::row::{CEILING, assert_sound};
use nfx_tests::clap_host::Take;
use nfx_tests::clap_host::notes::{Note, Play, Played};
use nfx_tests::measure;

const RATE_HZ: f64 = 44_100.0;

#[test]
fn sixteen_keys_at_full_gain_stay_below_the_ceiling() {
    for model in MODELS {
        let mut plugin =
            playing(model, RATE_HZ, &[("Output", "24 dB"), ("Bass", "100 %"), ("Velocity", "0 %")]);
        let notes: Vec<Played> =
            (0..16).map(|i| Played { at: 0, what: Play::On(Note::key(36 + i), 1.0) }).collect();
        let sound = plugin.play(&Take::notes(44_100, notes)).unwrap();
        assert_sound(&sound, CEILING, model);
        assert!(measure::rms(&sound[0][22_050..]) > 0.1);
    }
}

#[test]
fn hostile_velocities_and_expressions_do_no_harm() {
    use clack_host::events::event_types::NoteExpressionType::{
        Brightness, Pan, Pressure, Tuning, Volume,
    };
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
    let sound = ROW.active(RATE_HZ, 512).play(&Take::notes(100_000, notes)).unwrap();
    assert_sound(&sound, CEILING, "hostile notes");
    assert!(sound[0][80_000..].iter().all(|sample| *sample == 0.0));
}
