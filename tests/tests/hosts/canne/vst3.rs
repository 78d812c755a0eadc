//! Notes and MIDI's controllers through the VST3 bundle in pedalboard.

use super::ROW;
use crate::check::vst3::found;

#[test]
fn notes_begin_and_end_in_their_place_at_every_rate() {
    for (rate, result) in found(&ROW, "rates").as_object().unwrap() {
        assert_eq!(result["finite"], true, "at {rate} Hz: {result}");
        assert!(
            (0.0..=15.0).contains(&result["begins_ms"].as_f64().unwrap()),
            "at {rate} Hz: {result}"
        );
        assert_eq!(result["silent_at_end"], true, "at {rate} Hz: {result}");
    }
}

#[test]
fn wheel_bend_and_pedal_reach_it() {
    let midi = found(&ROW, "midi");
    for what in ["wheel", "bend", "pedal"] {
        assert!(midi[what].as_f64().unwrap() > 0.02, "{what}: {midi}");
    }
}

#[test]
fn registered_parameters_at_one_moment_are_understood() {
    let found = found(&ROW, "registered");
    println!("{found:#}");
    for case in ["range", "tuning", "zone"] {
        let number = |what: &str| found[case][what].as_f64().unwrap();
        assert!(
            (number("hz") - 440.0).abs() < 0.5,
            "{case}: {} Hz, 440 were expected",
            number("hz")
        );
        assert!(
            number("at_pitch") > 10.0 * number("at_key"),
            "{case}: the key's own pitch sounds on"
        );
    }
    let rms = |case: &str| found[case]["rms"].as_f64().unwrap();
    let db = 20.0 * (rms("expression") / rms("plain")).log10();
    assert!((db + 32.1).abs() < 0.5, "CC 11 at 20: {db} dB");
}
