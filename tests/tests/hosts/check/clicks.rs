//! Whatever the host moves on a sustained tone, there is no click: energy off the tone's harmonics
//! stays 60 dB below it.

use crate::row::{Moves, Row, typed};
use nfx_tests::clap_host::notes::{Note, Play, Played};
use nfx_tests::clap_host::{Event, Take};
use nfx_tests::{measure, signal};

/// The key that an instrument holds: a high one, whose partials leave room for a click to be heard
/// between them.
pub const KEY: u8 = 93;

impl Moves {
    /// Plays the tone for four seconds with a move after two and back after three, and with more
    /// notes; hands back the worst energy off the harmonics.
    pub fn worst_db(&self, row: &Row, moved: Option<&(&str, &str)>, notes: &[Played]) -> f64 {
        let mut plugin = (self.make)();
        let rate_hz = self.detector.rate_hz;
        let second = rate_hz as usize;
        let mut events = Vec::new();
        if let Some((name, value)) = moved {
            let param = plugin.param(name).unwrap();
            events.push(typed(&mut plugin, 2 * second + 777, name, value));
            events.push(Event { at: 3 * second + 123, param: param.id, value: param.default });
        }
        let take = if row.is_effect() {
            Take::new(vec![signal::tone(self.detector.harmonics_hz.0, rate_hz, 4 * second); 2])
        } else {
            let held = [Played { at: 0, what: Play::On(Note::key(KEY), 0.8) }];
            Take::notes(4 * second, [&held, notes].concat())
        };
        let out = plugin.play(&take.events(events)).unwrap();
        let (before, moved) = (second..2 * second, 3 * second - 20_000..3 * second);
        assert!(
            measure::rms(&out[0][before.clone()]) > 1e-3,
            "there was no sound to listen for clicks in"
        );
        self.detector.worst_db(&[&out[0][before], &out[0][moved]], &out[0][second..])
    }
}

/// That each of these, in words, is below its limit.
pub fn assert_all_clean(found: &[(String, f64, f64)]) {
    let line = |(what, worst, limit): &(String, f64, f64)| {
        format!("{what}: {worst:.1} dB, below {limit} expected")
    };
    found.iter().map(line).for_each(|line| println!("{line}"));
    let clicks: Vec<String> =
        found.iter().filter(|(_, worst, limit)| *worst >= *limit).map(line).collect();
    assert!(clicks.is_empty(), "{}", clicks.join("\n"));
}

fn assert_moves_are_clean(row: &Row, all: &[Moves]) {
    let found = all.iter().flat_map(|set| {
        set.moves.iter().map(move |moved| {
            let what = format!("{}: {} to {} and back", set.what, moved.0, moved.1);
            (what, set.worst_db(row, Some(moved), &[]), set.limit_db)
        })
    });
    assert_all_clean(&found.collect::<Vec<_>>());
}

pub fn a_tone_at_rest_is_clean(row: &Row) {
    let all = (row.levels)().into_iter().chain((row.controls)());
    let found =
        all.map(|set| (format!("{} at rest", set.what), set.worst_db(row, None, &[]), -60.0));
    assert_all_clean(&found.collect::<Vec<_>>());
}

pub fn moves_of_levels_make_no_click(row: &Row) {
    assert_moves_are_clean(row, &(row.levels)());
}

pub fn moves_of_the_models_controls_make_no_click(row: &Row) {
    assert_moves_are_clean(row, &(row.controls)());
}

pub fn a_model_swap_makes_no_click(row: &Row) {
    let detector = (row.levels)()[0].detector;
    let rate_hz = detector.rate_hz;
    let second = rate_hz as usize;
    let tone = signal::tone(detector.harmonics_hz.0, rate_hz, 4 * second);
    let (one, two) = tone.split_at(2 * second);
    for (number, [first, then]) in (row.swaps)().into_iter().enumerate() {
        let mut plugin = row.playing(&first, rate_hz, 512);
        let before = plugin.play(&Take::new(vec![one.to_vec(); 2])).unwrap().swap_remove(0);
        plugin.load(&row.state(&then)).unwrap();
        plugin.wait(std::time::Duration::from_millis(300));
        let after = plugin.play(&Take::new(vec![two.to_vec(); 2])).unwrap().swap_remove(0);
        let whole = [before, after].concat();
        let steady = [&whole[second..2 * second], &whole[3 * second..]];
        let worst = detector.worst_db(&steady, &whole[second..]);
        assert_all_clean(&[(format!("swap {number}"), worst, -60.0)]);
        let expected =
            row.playing(&then, rate_hz, 512).play(&Take::new(vec![tone.clone(); 2])).unwrap();
        let off = (3 * second..whole.len())
            .map(|i| (whole[i] - expected[0][i]).abs())
            .fold(0.0, f32::max);
        println!("a second after the swap the sound is {off} off the new model's");
        assert!(
            off < row.off_after_swap,
            "swap {number}: the new model was expected to play alone, but {off} is off"
        );
    }
}
