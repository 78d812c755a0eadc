//! The detectors find what was planted: each fault of `native/planted.c`, and none in a plugin that
//! has none.

use crate::anne::{DETECTOR, TONE_HZ};
use crate::row::assert_sound;
use nfx_tests::clap_host::{Event, Library, Plugin, Take};
use nfx_tests::{bundle, guard, signal};
use serde_json::Value;

fn planted(fault: &str) -> Plugin {
    let library = Library::open(&bundle::native("planted").unwrap()).unwrap();
    let mut plugin = library.create_by_id(&format!("planted.{fault}")).unwrap();
    plugin.activate(44_100.0, 512).unwrap();
    plugin
}

fn music() -> Vec<Vec<f32>> {
    signal::spread(&signal::music(1, 44_100.0, 20_000), 2)
}

/// Runs the guard on a planted fault, as the test of the real bundle does.
fn counted(fault: &str) -> Value {
    guard::run_host(&bundle::native("planted").unwrap(), &["--id", &format!("planted.{fault}")])
        .unwrap()
}

#[test]
fn a_clean_plugin_passes() {
    let out = planted("none").play(&Take::new(music())).unwrap();
    assert_sound(&out, 1.0, "clean");
    let report = counted("none");
    assert_eq!(guard::total(&report), 0, "{report}");
}

#[test]
fn each_call_on_the_audio_thread_is_counted() {
    for (fault, kind) in [
        ("malloc", "alloc"),
        ("malloc", "free"),
        ("lock", "lock"),
        ("open", "open"),
        ("write", "write"),
        ("sleep", "sleep"),
    ] {
        let report = counted(fault);
        let (count, blocks) = (report[kind].as_u64().unwrap(), report["blocks"].as_u64().unwrap());
        assert!(count >= blocks && blocks > 0, "planted {fault}: {report}");
    }
}

#[test]
fn a_write_past_the_block_is_found() {
    let error = planted("overrun").play(&Take::new(music())).unwrap_err().to_string();
    assert!(error.contains("outside the block"), "{error}");
}

#[test]
fn a_jump_is_heard() {
    let mut plugin = planted("jump");
    let events = vec![Event { at: 60_000, param: 1, value: 0.5 }];
    let out = plugin
        .play(&Take::new(vec![signal::tone(TONE_HZ, 44_100.0, 100_000); 2]).events(events))
        .unwrap();
    let worst = DETECTOR.worst_db(&[&out[0][..50_000]], &out[0]);
    assert!(worst > -60.0, "a jump by 6 dB measures only {worst:.1} dB");
}

#[test]
#[should_panic(expected = "sample 0 is NaN")]
fn a_nan_is_found() {
    assert_sound(&planted("nan").play(&Take::new(music())).unwrap(), 1.0, "planted");
}

#[test]
#[should_panic(expected = "channel 0 sample 0 is")]
fn a_subnormal_is_found() {
    assert_sound(&planted("subnormal").play(&Take::new(music())).unwrap(), 1.0, "planted");
}

#[test]
fn a_latency_that_is_not_reported_is_measured() {
    let mut plugin = planted("late");
    let music = music();
    let out = plugin.play(&Take::new(music.clone())).unwrap();
    assert_eq!(plugin.latency(), 0);
    assert_eq!(nfx_tests::measure::delay(&music[0], &out[0], 100), 1);
}
