//! The parameters are frozen: ids, names, ranges, defaults and texts stand in `params.txt` and may
//! only grow.

use anne_fx::params::{AnneParams, PositionChoice};
use nfx_core::engine::anne::GainPosition;
use nfx_frame::snapshot::Value;
use nfx_frame::table::{Direct, Sink};

#[path = "../../frame/testing/params.rs"]
#[macro_use]
mod checks;

check_parameters!(AnneParams, stable: true);

#[test]
fn hosts_text_entry_works() {
    let (_, table) = checks::table::<AnneParams>();
    let plain = |id: &str, text: &str| checks::typed(&table, id, text);
    let texts = [
        ("a", "2.5", 2.5),
        ("a", "250 %", 2.5),
        ("l64", "50 %", 0.5),
        ("mix", "50 %", 0.5),
        ("mix", "-6 dB", 0.501),
        ("in", "-6 dB", -6.0),
        ("da", "10", 20.0),
        ("slew", "1.2 s", 1200.0),
    ];
    checks::all_typed(&table, &texts);
    assert_eq!(plain("a", "much"), None);
    assert_eq!(plain("a", "1000"), Some(5.5));
}

#[test]
fn neutral_is_at_a_third_of_the_knobs_travel() {
    let (params, table) = checks::table::<AnneParams>();
    for id in ["a", "e"] {
        assert!((table.entry(id).unwrap().default_normalized() - 1.0 / 3.0).abs() < 1e-3);
    }
    let controls = params.controls(64);
    assert_eq!(controls.latent_gains, [1.0; 64]);
    let neutral = nfx_core::engine::anne::AnneControls { level_match: true, ..Default::default() };
    assert_eq!(controls, neutral);
}

#[test]
fn drives_act_before_the_activation_and_knobs_after() {
    let (params, table) = checks::table::<AnneParams>();
    let set = |id: &str, value: Value| checks::set(&table, id, value);
    set("a", Value::Number(3.0));
    set("da", Value::Number(40.0));
    set("l2", Value::Number(0.5));
    let after = params.controls(64);
    assert_eq!(after.gain_position, GainPosition::After);
    assert!(
        (after.latent_gains[0] - 3.0).abs() < 1e-4 && (after.latent_gains[1] - 1.5).abs() < 1e-4
    );
    set("pos", Value::Choice("Before".to_owned()));
    assert_eq!(params.position.value(), PositionChoice::Before);
    let before = params.controls(64);
    assert!((before.latent_gains[0] - 100.0).abs() < 1e-2);
    assert_eq!(before.latent_gains[13], 1.0);
}

#[test]
fn macros_reach_the_engine_in_their_order() {
    let (params, table) = checks::table::<AnneParams>();
    for (place, id) in nfx_core::models::spectral::DIRECTION_IDS.iter().enumerate() {
        let entry = table.entry(id).unwrap();
        assert_eq!(entry.plain_of(entry.default_normalized()), 0.0);
        Direct.set(
            entry.ptr(),
            entry.normalized_of(&Value::Number(0.1 * place as f32 - 0.4)).unwrap(),
        );
    }
    for (place, amount) in params.controls(64).directions.iter().enumerate() {
        assert!((amount - (0.1 * place as f32 - 0.4)).abs() < 1e-5, "{place}: {amount}");
    }
}

#[test]
fn mute_and_solo_silence_latents() {
    use std::sync::atomic::Ordering::Relaxed;
    let (params, _) = checks::table::<AnneParams>();
    params.session.muted.store(0b101, Relaxed);
    let gains = params.controls(64).latent_gains;
    assert_eq!(&gains[..4], [0.0, 1.0, 0.0, 1.0]);
    params.session.soloed.store(0b100, Relaxed);
    let gains = params.controls(64).latent_gains;
    assert_eq!(&gains[..4], [0.0, 0.0, 1.0, 0.0]);
}
