//! What the plugin opens on: a compressor with real knobs in real units, make-up, side chain and
//! stereo link.

use super::ROW;
use crate::row::preset;
use nfx_tests::clap_host::{Plugin, Take};
use nfx_tests::{measure, signal};

const RATE_HZ: f64 = 44_100.0;
const SECOND: usize = 44_100;

/// A fresh instance with parameters typed in, stereo, with or without a side chain.
fn compressor(values: &[(&str, &str)], side: bool) -> Plugin {
    let mut plugin = ROW.fresh();
    plugin.select_layout(2, side).unwrap();
    preset(&mut plugin, values);
    plugin.activate(RATE_HZ, 512).unwrap();
    plugin
}

/// A sine of 1 kHz whose peaks are at this level.
fn sine(db: f64, samples: usize) -> Vec<f32> {
    let level = 2.0 * 10f64.powf(db / 20.0) as f32;
    signal::sine(1000.0, RATE_HZ, samples).iter().map(|x| x * level).collect()
}

fn db(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

const FAST: [(&str, &str); 2] = [("Attack", "5 ms"), ("Release", "100 ms")];

#[test]
fn the_static_curve_is_that_of_threshold_and_ratio() {
    for (threshold, ratio) in [(-30.0, 4.0), (-20.0, 2.0), (-40.0, 8.0)] {
        for level in [-45.0, -12.0, -3.0] {
            let (threshold_text, ratio_text) = (format!("{threshold} dB"), format!("{ratio}"));
            let mut values =
                vec![("Threshold", threshold_text.as_str()), ("Ratio", ratio_text.as_str())];
            values.extend(FAST);
            let sound = sine(level, 2 * SECOND);
            let out = compressor(&values, false).play(&Take::new(vec![sound.clone(); 2])).unwrap();
            let gain = db(measure::rms(&out[0][SECOND..]) / measure::rms(&sound[SECOND..]));
            let over: f64 = (level - threshold).max(0.0);
            let wanted = over / ratio - over;
            // A detector of a sine's samples rests a little below its peaks.
            println!(
                "threshold {threshold}, ratio {ratio}, {level} dBFS: {gain:.2} dB, ideal {wanted:.2} dB"
            );
            assert!(
                (gain - wanted).abs() < 3.0,
                "{threshold} {ratio} {level}: {gain:.2} dB, not {wanted:.2}"
            );
        }
    }
}

#[test]
fn attack_and_release_take_the_time_that_they_say() {
    let steps = [sine(-40.0, SECOND), sine(-6.0, SECOND), sine(-40.0, SECOND)].concat();
    let gain = |attack: &str, release: &str| {
        let values =
            [("Threshold", "-30 dB"), ("Ratio", "6"), ("Attack", attack), ("Release", release)];
        let out = compressor(&values, false).play(&Take::new(vec![steps.clone(); 2])).unwrap();
        // Over whole periods of the sine, every 2 ms.
        let window = 88;
        (0..steps.len() / window)
            .map(|i| i * window..(i + 1) * window)
            .map(|r| db(measure::rms(&out[0][r.clone()]) / measure::rms(&steps[r]).max(1e-9)))
            .collect::<Vec<f64>>()
    };
    let place = |seconds: f64| (seconds * RATE_HZ / 88.0) as usize;
    let (fast, slow) = (gain("2 ms", "50 ms"), gain("200 ms", "500 ms"));
    let full = fast[place(1.9)];
    assert!(full < -10.0, "{full}");
    assert!(
        fast[place(1.02)] < 0.8 * full,
        "2 ms of attack: {:.1} of {full:.1} dB after 20 ms",
        fast[place(1.02)]
    );
    assert!(
        slow[place(1.02)] > 0.5 * full,
        "200 ms of attack: {:.1} of {full:.1} dB after 20 ms",
        slow[place(1.02)]
    );
    assert!(
        fast[place(2.3)] > 0.3 * full,
        "50 ms of release: {:.1} dB after 300 ms",
        fast[place(2.3)]
    );
    assert!(
        slow[place(2.1)] < 0.4 * full,
        "500 ms of release: {:.1} dB after 100 ms",
        slow[place(2.1)]
    );
}

#[test]
fn the_side_chain_ducks_and_is_silent_itself() {
    let quiet = sine(-40.0, 2 * SECOND);
    let mut kick = vec![0.0; SECOND];
    kick.extend(sine(-3.0, SECOND));
    let values = |external: &'static str| {
        let mut values =
            vec![("Threshold", "-30 dB"), ("Ratio", "8"), ("External side chain", external)];
        values.extend(FAST);
        values
    };
    let play = |external, side: Vec<Vec<f32>>| {
        let take = Take::new(vec![quiet.clone(); 2]).side(side);
        compressor(&values(external), true).play(&take).unwrap().swap_remove(0)
    };
    let plain = play("Off", vec![kick.clone(); 2]);
    let ducked = play("On", vec![kick; 2]);
    let gain = |range: std::ops::Range<usize>| {
        db(measure::rms(&ducked[range.clone()]) / measure::rms(&plain[range]))
    };
    assert!(
        gain(SECOND / 2..SECOND).abs() < 0.5,
        "before the kick: {:.1} dB",
        gain(SECOND / 2..SECOND)
    );
    assert!(
        gain(3 * SECOND / 2..2 * SECOND) < -12.0,
        "under it: {:.1} dB",
        gain(3 * SECOND / 2..2 * SECOND)
    );
}

#[test]
fn the_stereo_link_shares_the_gain() {
    let (loud, quiet) = (sine(-3.0, 2 * SECOND), sine(-40.0, 2 * SECOND));
    let gain = |link: &'static str| {
        let mut values = vec![("Threshold", "-30 dB"), ("Ratio", "8"), ("Stereo link", link)];
        values.extend(FAST);
        let out =
            compressor(&values, false).play(&Take::new(vec![loud.clone(), quiet.clone()])).unwrap();
        db(measure::rms(&out[1][SECOND..]) / measure::rms(&quiet[SECOND..]))
    };
    assert!(gain("0 %").abs() < 0.5, "unlinked: {:.1} dB", gain("0 %"));
    assert!(gain("100 %") < -15.0, "linked: {:.1} dB", gain("100 %"));
}

#[test]
fn make_up_is_the_wet_sounds() {
    let sound = sine(-40.0, SECOND);
    let gain = |values: &[(&str, &str)]| {
        let out = compressor(values, false).play(&Take::new(vec![sound.clone(); 2])).unwrap();
        db(measure::rms(&out[0][SECOND / 2..]) / measure::rms(&sound[SECOND / 2..]))
    };
    let plain = gain(&[("Threshold", "0 dB")]);
    assert!((gain(&[("Threshold", "0 dB"), ("Make-up", "12 dB")]) - plain - 12.0).abs() < 0.1);
    assert!(gain(&[("Make-up", "12 dB"), ("Mix", "0 %")]).abs() < 0.01);
}
