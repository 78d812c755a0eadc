//! What strict validators ask of a CLAP bundle.

use crate::common::{active, assert_same, assert_sound, fresh, library};
use nfx_tests::clap_host::{Blocks, Event, Take};
use nfx_tests::{bundle, signal};
use std::time::Instant;

#[test]
fn the_bundle_says_what_it_is() {
    let all = library().descriptions();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].id.as_str(), all[0].name.as_str(), all[0].vendor.as_str()),
        ("works.latent.anne", "ANNe", "Latent Works")
    );
    assert!(all[0].features.iter().any(|feature| feature == "audio-effect"), "{:?}", all[0].features);
}

#[test]
fn a_scan_takes_less_than_100_ms() {
    let path = bundle::clap("ANNe").unwrap();
    let least = (0..5)
        .map(|_| {
            let start = Instant::now();
            let library = nfx_tests::clap_host::Library::open(&path).unwrap();
            let mut plugin = library.create().unwrap();
            assert!(!plugin.params().is_empty());
            start.elapsed()
        })
        .min()
        .unwrap();
    assert!(least.as_millis() < 100, "opening, creating and listing parameters took {least:?}");
}

#[test]
fn an_id_with_trailing_garbage_is_refused() {
    for id in ["works.latent.annex", "works.latent.anne ", "works.latent", ""] {
        assert!(library().create_by_id(id).is_err(), "`{id}` was expected to be refused");
    }
}

#[test]
fn many_instances_come_and_go() {
    for _ in 0..10 {
        let library = library();
        let mut plugins: Vec<_> = (0..3).map(|_| library.create().unwrap()).collect();
        plugins[0].activate(48_000.0, 64).unwrap();
        plugins.remove(1);
        plugins[0].play(&Take::new(vec![vec![0.1; 1000]; 2])).unwrap();
    }
}

#[test]
fn instances_may_go_while_a_sound_is_being_prepared_for_them() {
    nfx_tests::judge::assert_instances_may_go(&library());
}

#[test]
fn odd_rates_and_blocks_play() {
    let rates = [
        1_000.0,
        1_234.567_8,
        8_000.0,
        11_025.0,
        22_050.0,
        44_100.0,
        48_000.0,
        88_200.0,
        176_400.0,
        384_000.0,
        768_000.0,
        45_678.901,
    ];
    for rate in rates {
        for max in [1, 17, 16_384] {
            let mut plugin = active(rate, max);
            let length = if max == 1 { 3_000 } else { 40_000 };
            let sound = signal::spread(&signal::noise(1, length), 2);
            let out = plugin.play(&Take::new(sound).blocks(Blocks::Random { seed: 1, max: max as usize })).unwrap();
            assert_sound(&out, nfx_core::signal::level::CEILING, &format!("{rate} Hz, blocks up to {max}"));
        }
    }
}

#[test]
fn parameters_are_in_order() {
    let mut plugin = fresh();
    let params = plugin.params();
    let mut ids: Vec<u32> = params.iter().map(|param| param.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), params.len(), "two parameters share an id");
    assert_eq!(params.iter().filter(|param| param.bypass).count(), 1, "one bypass parameter was expected");
    for param in &params {
        assert!(param.min < param.max && (param.min..=param.max).contains(&param.default), "{param:?}");
        assert_eq!(plugin.value(param.id).unwrap(), param.default, "{} does not begin at its default", param.name);
    }
    for name in ["Knob A", "Knob B", "Knob C", "Knob D", "Knob E", "Latent 1", "Latent 64", "Split", "Morph", "Mix"] {
        assert!(plugin.param(name).unwrap().automatable, "{name}");
    }
}

#[test]
fn every_value_reads_back_from_its_text() {
    let mut plugin = fresh();
    for param in plugin.params() {
        for step in 0..=40 {
            let value = param.at(f64::from(step) / 40.0);
            let text = plugin.text(param.id, value).unwrap();
            let read = plugin
                .parse(param.id, &text)
                .unwrap_or_else(|| panic!("{}: its own text `{text}` is not understood", param.name));
            let again = plugin.text(param.id, read).unwrap();
            assert_eq!(text, again, "{} at {value}", param.name);
            assert!(
                (read - value).abs() <= 0.08 * (param.max - param.min),
                "{}: {value} became `{text}` became {read}",
                param.name
            );
        }
    }
}

#[test]
fn typed_values_are_understood() {
    let mut plugin = fresh();
    for (name, text, same) in [
        ("Knob A", "2.5", "2.50"),
        ("Mix", "50 %", "50%"),
        ("Mix", "50", "50 %"),
        ("Output", "-6 dB", "-6"),
        ("Input", "+3db", "3 dB"),
        ("Slew", "100 ms", "100"),
        ("Latent 7", "0.5", "0.5x"),
    ] {
        let id = plugin.param(name).unwrap().id;
        let (one, other) = (plugin.parse(id, text), plugin.parse(id, same));
        assert!(one.is_some() && other.is_some(), "{name}: `{text}` or `{same}` is not understood");
        assert!((one.unwrap() - other.unwrap()).abs() < 1e-6, "{name}: `{text}` and `{same}` differ");
    }
    for (name, text) in [("Mix", "loud"), ("Output", ""), ("Knob A", "NaN"), ("Output", "--6")] {
        let id = plugin.param(name).unwrap().id;
        assert_eq!(plugin.parse(id, text), None, "{name}: `{text}` was expected to be refused");
    }
}

#[test]
fn events_of_a_foreign_namespace_are_ignored() {
    let plain = Take::new(signal::spread(&signal::music(6, 48_000.0, 40_000), 2));
    let expected = active(48_000.0, 512).play(&plain).unwrap();
    let mut plugin = active(48_000.0, 512);
    assert_same(&expected, &plugin.play(&Take { foreign_events: true, ..plain }).unwrap(), "with foreign events");
}

#[test]
fn any_automation_leaves_good_sound() {
    use rand::{Rng, SeedableRng, rngs::StdRng};
    for seed in 0..3 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut plugin = active(44_100.0, 2048);
        let length = 100_000;
        let params = plugin.params();
        let events = (0..4000)
            .map(|_| {
                let param = &params[random.random_range(0..params.len())];
                Event {
                    at: random.random_range(0..length),
                    param: param.id,
                    value: param.at(random.random_range(0.0..=1.0)),
                }
            })
            .collect();
        let sound = signal::spread(&signal::music(seed, 44_100.0, length), 2);
        let out = plugin.play(&Take::new(sound).events(events).blocks(Blocks::Random { seed, max: 2048 })).unwrap();
        assert_sound(&out, nfx_core::signal::level::CEILING, &format!("seed {seed}"));
    }
}

#[test]
fn parameters_may_be_set_from_the_main_thread_while_inactive() {
    let mut plugin = fresh();
    let mix = plugin.param("Mix").unwrap();
    plugin.flush(&[(mix.id, 0.25)]).unwrap();
    assert!((plugin.value(mix.id).unwrap() - 0.25).abs() < 1e-6);
}
