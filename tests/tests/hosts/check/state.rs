//! A project reopens as it was saved, whenever it is loaded: with a user's model, and where the
//! model's file is missing.

use crate::row::{CEILING, Model, Row, assert_same, assert_sound, late_by, preset, typed};
use nfx_core::file::file_hash;
use nfx_tests::clap_host::{Plugin, Take};
use nfx_tests::signal;
use nfx_tests::state_file::StateFile;
use std::time::Duration;

const RATE_HZ: f64 = 48_000.0;

/// A project that was saved.
struct Project {
    what: &'static str,
    state: Vec<u8>,
    /// What it played.
    sound: Vec<Vec<f32>>,
}

fn passage(row: &Row) -> Take {
    (row.passage)(11, RATE_HZ, 96_000)
}

fn play(row: &Row, plugin: &mut Plugin) -> Vec<Vec<f32>> {
    plugin.play(&passage(row)).unwrap()
}

fn projects(row: &Row) -> Vec<Project> {
    let make = |(what, model, settings)| {
        let mut plugin = row.with(&model);
        preset(&mut plugin, settings);
        plugin.activate(RATE_HZ, 512).unwrap();
        let sound = play(row, &mut plugin);
        Project { what, state: plugin.save().unwrap(), sound }
    };
    (row.projects)().into_iter().map(make).collect()
}

/// Loads every project in this way, and expects its sound.
fn assert_reopens(row: &Row, load: fn(&Row, &[u8]) -> Plugin) {
    for project in projects(row) {
        let mut plugin = load(row, &project.state);
        assert_same(&project.sound, &play(row, &mut plugin), project.what);
    }
}

pub fn loads_before_activation(row: &Row) {
    assert_reopens(row, |row, state| {
        let mut plugin = row.fresh();
        plugin.load(state).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        plugin
    });
}

pub fn loads_while_active(row: &Row) {
    assert_reopens(row, |row, state| {
        let mut plugin = row.active(RATE_HZ, 512);
        play(row, &mut plugin);
        plugin.load(state).unwrap();
        plugin.wait(Duration::from_millis(200));
        play(row, &mut plugin); // the cross-fade to the project's model
        plugin.restart_if_asked().unwrap();
        plugin.reset();
        plugin
    });
}

pub fn loads_before_an_offline_render(row: &Row) {
    assert_reopens(row, |row, state| {
        let mut plugin = row.fresh();
        plugin.set_offline(true).unwrap();
        plugin.activate(RATE_HZ, 512).unwrap();
        plugin.load(state).unwrap();
        plugin.reset();
        plugin
    });
}

pub fn saves_the_same_bytes_again(row: &Row) {
    for Project { what, state, .. } in projects(row) {
        let mut plugin = row.fresh();
        assert!(plugin.save().unwrap() == plugin.save().unwrap(), "a fresh instance");
        plugin.load(&state).unwrap();
        assert!(state == plugin.save().unwrap(), "{what}, loaded");
        plugin.activate(RATE_HZ, 512).unwrap();
        play(row, &mut plugin);
        assert!(state == plugin.save().unwrap(), "{what}, played");
    }
}

pub fn understands_short_reads_and_writes(row: &Row) {
    for Project { what, state, .. } in projects(row) {
        for most in [1, 7, 1000] {
            let mut plugin = row.fresh();
            plugin.load_in_pieces(&state, most).unwrap();
            assert!(state == plugin.save_in_pieces(most).unwrap(), "{what} in pieces of {most}");
        }
    }
}

pub fn refuses_what_is_no_state(row: &Row) {
    let state = projects(row).pop().unwrap().state;
    let mut plugin = row.fresh();
    plugin.load(&state).unwrap();
    let noise: Vec<u8> = signal::noise(1, 750_000)
        .iter()
        .flat_map(|sample| sample.to_bits().to_le_bytes())
        .collect();
    let huge = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
    let cases: [(&str, &[u8]); 6] = [
        ("nothing", &[]),
        ("three bytes", &state[..3]),
        ("half a state", &state[..state.len() / 2]),
        ("3 MB of noise", &noise),
        ("a length beyond all memory", &huge),
        ("zeros", &[0; 4096]),
    ];
    for (what, bytes) in cases {
        assert!(plugin.load(bytes).is_err(), "{what} was expected to be refused");
        assert!(state == plugin.save().unwrap(), "{what} changed the state");
    }
    plugin.activate(RATE_HZ, 512).unwrap();
    assert!(plugin.load(&noise).is_err());
    play(row, &mut plugin);
}

pub fn carries_the_users_model(row: &Row) {
    let saved = |model: &Model| StateFile::parse(&row.with(model).save().unwrap()).unwrap().model();
    let users = (row.models)().into_iter().filter_map(|(_, model)| match model {
        Model::User(file) => Some(file),
        _ => None,
    });
    for file in users.chain([(row.user_model)(5)]) {
        let model = Model::User(file.clone());
        let brought = StateFile::parse(&row.state(&model)).unwrap().model();
        let saved = saved(&model);
        assert_eq!(saved["hash"], file_hash(&file));
        assert!(
            saved["bytes"].is_string() && saved["bytes"] == brought["bytes"],
            "the bytes were expected to travel"
        );
    }
    assert!(
        saved(&Model::Embedded(row.embedded))["bytes"].is_null(),
        "of an embedded model the hash is enough"
    );
}

pub fn keeps_a_missing_model(row: &Row) {
    let mut plugin = row.playing(&Model::Missing, RATE_HZ, 512);
    let out = play(row, &mut plugin);
    if row.is_effect() {
        assert_same(
            &late_by(&passage(row).input, plugin.latency() as usize),
            &out,
            "with a missing model",
        );
    } else {
        assert_sound(&out, 0.0, "with a missing model");
    }
    let hash = |state: &[u8]| StateFile::parse(state).unwrap().model()["hash"].clone();
    assert_eq!(
        hash(&plugin.save().unwrap()),
        hash(&row.state(&Model::Missing)),
        "the hash is to be saved again"
    );
}

pub fn loads_while_the_sound_plays(row: &Row) {
    let states = [projects(row).pop().unwrap().state, row.state(&Model::Embedded(row.embedded))];
    let mut plugin = row.active(RATE_HZ, 512);
    let (name, text) = row.moves[0];
    let moved = typed(&mut plugin, 1000, name, text);
    let take = (row.passage)(12, RATE_HZ, 480_000).events(vec![moved]);
    let slow = |process: &mut dyn FnMut()| {
        process();
        std::thread::sleep(Duration::from_micros(200));
    };
    let mut loads = 0;
    let out = plugin
        .play_meanwhile(&take, &slow, &mut |plugin| {
            plugin.load(&states[loads % 2]).unwrap();
            loads += 1;
        })
        .unwrap();
    assert!(loads > 2, "only {loads} states were loaded while the sound played");
    assert_sound(&out, CEILING, "while states were loaded");
}
