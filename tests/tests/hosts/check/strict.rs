//! What strict validators ask of a CLAP bundle.

use crate::row::{CEILING, Row, assert_same, assert_sound};
use nfx_tests::clap_host::{Blocks, Event, Library, Take};
use nfx_tests::{bundle, judge, signal};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::time::Instant;

const RATE_HZ: f64 = 48_000.0;

pub fn says_what_it_is(row: &Row) {
    let all = row.library().descriptions();
    assert_eq!(all.len(), 1);
    let found = (all[0].id.as_str(), all[0].name.as_str(), all[0].vendor.as_str());
    assert_eq!(found, (row.id, row.name, "Latent Works"));
    for feature in row.features {
        assert!(
            all[0].features.iter().any(|found| found == feature),
            "{feature} in {:?}",
            all[0].features
        );
    }
}

pub fn is_scanned_within_100_ms(row: &Row) {
    let path = bundle::clap(row.name).unwrap();
    let scan = || {
        let start = Instant::now();
        let mut plugin = Library::open(&path).unwrap().create().unwrap();
        assert!(!plugin.params().is_empty());
        start.elapsed()
    };
    let least = (0..5).map(|_| scan()).min().unwrap();
    assert!(least.as_millis() < 100, "it took {least:?}");
}

pub fn refuses_other_ids(row: &Row) {
    for id in [&format!("{}s", row.id), &format!("{} ", row.id), "works.latent", ""] {
        assert!(row.library().create_by_id(id).is_err(), "`{id}` was expected to be refused");
    }
}

pub fn comes_and_goes(row: &Row) {
    for _ in 0..10 {
        let library = row.library();
        let mut plugins: Vec<_> = (0..3).map(|_| library.create().unwrap()).collect();
        plugins[0].activate(RATE_HZ, 64).unwrap();
        plugins.remove(1);
        plugins[0].play(&(row.passage)(1, RATE_HZ, 1000)).unwrap();
    }
}

pub fn goes_while_a_sound_is_prepared(row: &Row) {
    judge::assert_instances_may_go(&row.library());
}

pub fn plays_at_odd_rates_and_blocks(row: &Row) {
    let usual = [
        8_000.0, 11_025.0, 22_050.0, 44_100.0, 48_000.0, 88_200.0, 176_400.0, 384_000.0, 768_000.0,
    ];
    for rate in usual.into_iter().chain([1_000.0, 1_234.567_8, 45_678.901]) {
        for max in [1, 17, 16_384] {
            let length = if max == 1 { 3_000 } else { 40_000 };
            let take = if row.is_effect() {
                Take::new(signal::spread(&signal::noise(1, length), 2))
            } else {
                (row.passage)(1, rate, length)
            };
            let blocks = Blocks::Random { seed: 1, max: max as usize };
            let out = row.active(rate, max).play(&take.blocks(blocks)).unwrap();
            assert_sound(&out, CEILING, &format!("{rate} Hz, blocks up to {max}"));
        }
    }
}

pub fn has_parameters_in_order(row: &Row) {
    let mut plugin = row.fresh();
    let params = plugin.params();
    let mut ids: Vec<u32> = params.iter().map(|param| param.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), params.len(), "two parameters share an id");
    let bypasses = params.iter().filter(|param| param.bypass).count();
    assert_eq!(
        bypasses,
        usize::from(row.is_effect()),
        "an effect has one bypass parameter, an instrument none"
    );
    for param in &params {
        assert!(
            param.min < param.max && (param.min..=param.max).contains(&param.default),
            "{param:?}"
        );
        assert_eq!(
            plugin.value(param.id).unwrap(),
            param.default,
            "{} does not begin at its default",
            param.name
        );
    }
    for name in row.automatable {
        assert!(plugin.param(name).unwrap().automatable, "{name}");
    }
}

pub fn reads_its_own_texts(row: &Row) {
    let mut plugin = row.fresh();
    for param in plugin.params() {
        for step in 0..=40 {
            let value = param.at(f64::from(step) / 40.0);
            let text = plugin.text(param.id, value).unwrap();
            let Some(read) = plugin.parse(param.id, &text) else {
                panic!("{}: its own text `{text}` is not understood", param.name)
            };
            assert_eq!(text, plugin.text(param.id, read).unwrap(), "{} at {value}", param.name);
            let off = (read - value).abs();
            assert!(
                off <= 0.08 * (param.max - param.min),
                "{}: {value}, `{text}`, {read}",
                param.name
            );
        }
    }
}

pub fn understands_typed_values(row: &Row) {
    let mut plugin = row.fresh();
    for (name, text, same) in row.spellings {
        let id = plugin.param(name).unwrap().id;
        let (Some(one), Some(other)) = (plugin.parse(id, text), plugin.parse(id, same)) else {
            panic!("{name}: `{text}` or `{same}` is not understood")
        };
        assert!(
            (one - other).abs() < 1e-6 * one.abs().max(1.0),
            "{name}: `{text}` and `{same}` differ"
        );
    }
    for (name, text) in row.refused {
        let id = plugin.param(name).unwrap().id;
        assert_eq!(plugin.parse(id, text), None, "{name}: `{text}` was expected to be refused");
    }
}

pub fn ignores_foreign_events(row: &Row) {
    let plain = (row.passage)(6, RATE_HZ, 40_000);
    let expected = row.active(RATE_HZ, 512).play(&plain).unwrap();
    let foreign = Take { foreign_events: true, ..plain };
    assert_same(
        &expected,
        &row.active(RATE_HZ, 512).play(&foreign).unwrap(),
        "with foreign events",
    );
}

pub fn survives_any_automation(row: &Row) {
    for seed in 0..4 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut plugin = row.active(44_100.0, 2048);
        let length = 100_000;
        let params = plugin.params();
        let events = (0..4000)
            .map(|_| {
                let param = &params[random.random_range(0..params.len())];
                let value = param.at(random.random_range(0.0..=1.0));
                Event { at: random.random_range(0..length), param: param.id, value }
            })
            .collect();
        let take = (row.passage)(seed, 44_100.0, length).events(events);
        let out = plugin.play(&take.blocks(Blocks::Random { seed, max: 2048 })).unwrap();
        assert_sound(&out, CEILING, &format!("seed {seed}"));
    }
}

pub fn takes_values_while_inactive(row: &Row) {
    let mut plugin = row.fresh();
    for name in row.automatable {
        let param = plugin.param(name).unwrap();
        plugin.flush(&[(param.id, param.at(0.25))]).unwrap();
        let off = (plugin.value(param.id).unwrap() - param.at(0.25)).abs();
        assert!(off < 1e-6 * (param.max - param.min), "{name} is {off} off");
    }
}
