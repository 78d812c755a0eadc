//! The parameters are frozen: ids, names, ranges, defaults and texts stand in `params.txt` and may only grow.

use std::fmt::Write as _;
use std::sync::Arc;

use anne_fx::help;
use anne_fx::params::{AnneParams, COUNTER_ID, PositionChoice};
use nfx_core::engine::anne::GainPosition;
use nfx_frame::snapshot::{Direct, ParamTable, Sink, Value};

fn table() -> (Arc<AnneParams>, ParamTable) {
    let params = Arc::new(AnneParams::default());
    (params.clone(), ParamTable::new(params))
}

fn listing(table: &ParamTable) -> String {
    let mut text = String::from("id\tname\tgroup\tleast\tdefault\tmost\tsteps\tflags\n");
    for entry in table.entries() {
        let of = |normalized| entry.text_of(normalized);
        let steps = entry.steps().map_or_else(|| "-".to_owned(), |steps| steps.to_string());
        let (least, default, most) = (of(0.0), of(entry.default_normalized()), of(1.0));
        let (id, name, group, flags) = (&entry.id, entry.name(), &entry.group, entry.flags().bits());
        writeln!(text, "{id}\t{name}\t{group}\t{least}\t{default}\t{most}\t{steps}\t{flags}").unwrap();
    }
    text
}

#[test]
fn the_parameters_are_those_of_the_snapshot() {
    let (_, table) = table();
    let found = listing(&table);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/params.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        expected, found,
        "parameters are frozen; a new one is added with UPDATE_SNAPSHOTS=1, an old one never changes"
    );
}

#[test]
fn ids_do_not_collide_in_the_hosts_hash() {
    // The framework's hash: 31-multiplier, top bit cleared.
    let hash = |id: &str| {
        id.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))) & !(1 << 31)
    };
    let (_, table) = table();
    let mut hashes: Vec<u32> = table.entries().iter().map(|entry| hash(&entry.id)).collect();
    let all = hashes.len();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), all);
}

#[test]
fn every_value_survives_its_text() {
    let (_, table) = table();
    for entry in table.entries() {
        let steps = entry.steps().unwrap_or(1000).min(4096);
        for step in 0..=steps {
            let text = entry.text_of(step as f32 / steps as f32);
            let read = entry.read(&text).unwrap_or_else(|| panic!("{} cannot read its own {text:?}", entry.id));
            assert_eq!(entry.text_of(read), text, "{}", entry.id);
            assert_eq!(entry.read(&entry.text_of(read)), Some(read), "{}", entry.id);
        }
    }
}

#[test]
fn hosts_text_entry_works() {
    let (_, table) = table();
    let plain = |id: &str, text: &str| {
        let entry = table.entry(id).unwrap();
        entry.read(text).map(|normalized| entry.plain_of(normalized))
    };
    let close = |found: Option<f32>, expected: f32| {
        assert!((found.unwrap() - expected).abs() < 1e-3 * expected.abs().max(1.0), "{found:?} {expected}")
    };
    close(plain("a", "2.5"), 2.5);
    close(plain("a", "250 %"), 2.5);
    close(plain("l64", "50 %"), 0.5);
    close(plain("mix", "50 %"), 0.5);
    close(plain("mix", "-6 dB"), 0.501);
    close(plain("in", "-6 dB"), -6.0);
    close(plain("da", "10"), 20.0);
    close(plain("slew", "1.2 s"), 1200.0);
    assert_eq!(plain("a", "much"), None);
    assert_eq!(plain("a", "1000"), Some(5.5));
}

#[test]
fn neutral_is_at_a_third_of_the_knobs_travel() {
    let (params, table) = table();
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
    let (params, table) = table();
    let set = |id: &str, value: Value| {
        let entry = table.entry(id).unwrap();
        Direct.set(entry.ptr(), entry.normalized_of(&value).unwrap());
    };
    set("a", Value::Number(3.0));
    set("da", Value::Number(40.0));
    set("l2", Value::Number(0.5));
    let after = params.controls(64);
    assert_eq!(after.gain_position, GainPosition::After);
    assert!((after.latent_gains[0] - 3.0).abs() < 1e-4 && (after.latent_gains[1] - 1.5).abs() < 1e-4);
    set("pos", Value::Choice("Before".to_owned()));
    assert_eq!(params.position.value(), PositionChoice::Before);
    let before = params.controls(64);
    assert!((before.latent_gains[0] - 100.0).abs() < 1e-2);
    assert_eq!(before.latent_gains[13], 1.0);
}

#[test]
fn macros_reach_the_engine_in_their_order() {
    let (params, table) = table();
    for (place, id) in nfx_core::models::spectral::DIRECTION_IDS.iter().enumerate() {
        let entry = table.entry(id).unwrap();
        assert_eq!(entry.plain_of(entry.default_normalized()), 0.0);
        Direct.set(entry.ptr(), entry.normalized_of(&Value::Number(0.1 * place as f32 - 0.4)).unwrap());
    }
    for (place, amount) in params.controls(64).directions.iter().enumerate() {
        assert!((amount - (0.1 * place as f32 - 0.4)).abs() < 1e-5, "{place}: {amount}");
    }
}

#[test]
fn mute_and_solo_silence_latents() {
    use std::sync::atomic::Ordering::Relaxed;
    let (params, _) = table();
    params.session.muted.store(0b101, Relaxed);
    let gains = params.controls(64).latent_gains;
    assert_eq!(&gains[..4], [0.0, 1.0, 0.0, 1.0]);
    params.session.soloed.store(0b100, Relaxed);
    let gains = params.controls(64).latent_gains;
    assert_eq!(&gains[..4], [0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn every_visible_parameter_has_a_sentence() {
    let (_, table) = table();
    for entry in table.entries().iter().filter(|entry| entry.id != COUNTER_ID) {
        let sentence = help::sentence(&entry.id);
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{}", entry.id);
    }
}
