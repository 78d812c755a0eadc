//! For the plugins' tests: what holds for every table of parameters.

#![allow(dead_code)] // each plugin's test uses a part

use std::fmt::Write as _;
use std::sync::Arc;

use nfx_frame::params::{COUNTER_ID, HELP_CHARS, Parameters, is_help};
use nfx_frame::snapshot::Value;
use nfx_frame::table::{Direct, ParamTable, Sink};

/// Fresh parameters, and their table.
pub fn table<P: Parameters + Default>() -> (Arc<P>, ParamTable) {
    let params = Arc::new(P::default());
    (params.clone(), ParamTable::new(params))
}

/// Sets a parameter.
pub fn set(table: &ParamTable, id: &str, value: Value) {
    let entry = table.entry(id).unwrap();
    Direct.set(entry.ptr(), entry.normalized_of(&value).unwrap());
}

/// What a host's text field makes of a text, in the parameter's own unit.
pub fn typed(table: &ParamTable, id: &str, text: &str) -> Option<f32> {
    let entry = table.entry(id).unwrap();
    entry.read(text).map(|normalized| entry.plain_of(normalized))
}

/// Each text gives its value.
pub fn all_typed(table: &ParamTable, texts: &[(&str, &str, f32)]) {
    for (id, text, expected) in texts {
        let found = typed(table, id, text).unwrap_or_else(|| panic!("{id} cannot read {text:?}"));
        let slack = 1e-3 * expected.abs().max(1.0);
        assert!((found - expected).abs() < slack, "{id}: {text:?} reads {found}, not {expected}");
    }
}

/// Ids, names, ranges, defaults and texts stand in the file at `path` and may only grow.
pub fn are_frozen(table: &ParamTable, path: &str) {
    let mut found = String::from("id\tname\tgroup\tleast\tdefault\tmost\tsteps\tflags\n");
    for entry in table.entries() {
        let of = |normalized| entry.text_of(normalized);
        let steps = entry.steps().map_or_else(|| "-".to_owned(), |steps| steps.to_string());
        let (least, default, most) = (of(0.0), of(entry.default_normalized()), of(1.0));
        let (id, name, group, flags) = (&entry.id, entry.name(), entry.group, entry.flags().bits());
        writeln!(found, "{id}\t{name}\t{group}\t{least}\t{default}\t{most}\t{steps}\t{flags}")
            .unwrap();
    }
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    let differs = expected.lines().zip(found.lines()).find(|(a, b)| a != b);
    assert!(
        expected == found,
        "parameters are frozen; a new one is added with UPDATE_SNAPSHOTS=1, an old one never changes: {differs:?}"
    );
}

/// No two ids are one to a host. The framework's hash: 31-multiplier, top bit cleared.
pub fn have_hashes_of_their_own(table: &ParamTable) {
    let next = |hash: u32, byte: u8| hash.wrapping_mul(31).wrapping_add(u32::from(byte));
    let hash = |id: &str| id.bytes().fold(0_u32, next) & !(1 << 31);
    let mut hashes: Vec<u32> = table.entries().iter().map(|entry| hash(&entry.id)).collect();
    let all = hashes.len();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), all);
}

/// Every value's text is read, and gives the same text again; and what is read stays, where
/// `is_stable` says so.
pub fn survive_their_texts(table: &ParamTable, is_stable: bool) {
    for entry in table.entries() {
        let steps = entry.steps().unwrap_or(1000).min(4096);
        for step in 0..=steps {
            let text = entry.text_of(step as f32 / steps as f32);
            let read = entry
                .read(&text)
                .unwrap_or_else(|| panic!("{} cannot read its own {text:?}", entry.id));
            assert_eq!(entry.text_of(read), text, "{}", entry.id);
            if is_stable {
                assert_eq!(entry.read(&entry.text_of(read)), Some(read), "{}", entry.id);
            }
        }
    }
}

/// Every visible parameter says what it does to the sound: in a sentence on one line, and in
/// another on a second where more is worth knowing.
pub fn have_sentences(table: &ParamTable) {
    for entry in table.entries().iter().filter(|entry| entry.id != COUNTER_ID) {
        let (id, help) = (&entry.id, &entry.help);
        assert!(is_help(help), "{id}: a line of {help:?} is longer than {HELP_CHARS} characters");
        assert!(
            help.lines().all(|line| line.ends_with('.') && line.chars().count() > 15),
            "{id}: each line of {help:?} was expected to be a sentence"
        );
    }
}

/// The tests of what holds for every table.
#[macro_export]
macro_rules! check_parameters {
    ($params:ty, stable: $is_stable:expr) => {
        #[test]
        fn the_parameters_are_those_of_the_snapshot() {
            checks::are_frozen(
                &checks::table::<$params>().1,
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/params.txt"),
            );
        }

        #[test]
        fn ids_do_not_collide_in_the_hosts_hash() {
            checks::have_hashes_of_their_own(&checks::table::<$params>().1);
        }

        #[test]
        fn every_value_survives_its_text() {
            checks::survive_their_texts(&checks::table::<$params>().1, $is_stable);
        }

        #[test]
        fn every_visible_parameter_has_a_sentence() {
            checks::have_sentences(&checks::table::<$params>().1);
        }
    };
}
