//! What only notes do: neither hands, nor a note's beginning, end or theft make a click, nor a
//! model swap under it.

use super::{ROW, steady, user_model};
use crate::check::clicks::{KEY, assert_all_clean};
use crate::row::Settings;
use nfx_tests::clap_host::Take;
use nfx_tests::clap_host::notes::{Note, Play, Played, held};
use nfx_tests::state_file::StateFile;

const SECOND: usize = 44_100;

#[test]
fn hands_make_no_click() {
    let midi = |at: usize, bytes: [u8; 3]| Played { at, what: Play::Midi(bytes) };
    let moved =
        steady("hands", &[("Wheel to slider 1", "100 %"), ("Pressure to slider 2", "-100 %")], &[]);
    let wheel = [midi(2 * SECOND, [0xB0, 1, 127]), midi(3 * SECOND, [0xB0, 1, 0])];
    let pressure = [midi(2 * SECOND, [0xD0, 127, 0]), midi(3 * SECOND, [0xD0, 0, 0])];
    let mut found = vec![
        ("wheel".to_owned(), moved.worst_db(&ROW, None, &wheel), -60.0),
        ("pressure".to_owned(), moved.worst_db(&ROW, None, &pressure), -60.0),
    ];
    // From one end to the other, and back.
    let plain = steady("hands", &[], &[]);
    for (number, there, back) in
        [(7, 0, 127), (7, 64, 127), (10, 0, 127), (10, 127, 64), (11, 20, 127), (74, 127, 0)]
    {
        let jumps = [
            midi(2 * SECOND + 777, [0xB0, number, there]),
            midi(3 * SECOND + 123, [0xB0, number, back]),
        ];
        let worst = plain.worst_db(&ROW, None, &jumps);
        found.push((format!("CC {number} to {there} and {back}"), worst, -60.0));
    }
    assert_all_clean(&found);
}

/// The steepest step from sample to sample.
fn steepest(sound: &[f32]) -> f32 {
    sound.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

/// A name, parameters that are set, and what is played.
type Case = (&'static str, Settings, Vec<Played>);

#[test]
fn notes_begin_end_and_give_way_without_a_step() {
    let low = Note::key(45);
    let on = |at: usize, note: Note| Played { at, what: Play::On(note, 0.8) };
    let cases: [Case; 4] = [
        ("a short note", &[], held(45, SECOND, SECOND + 3000).to_vec()),
        ("a stolen note", &[("Voices", "1")], vec![on(0, low), on(SECOND, Note::key(47))]),
        ("a key struck twice", &[], vec![on(0, low), on(SECOND, low), on(SECOND + 2000, low)]),
        ("a choked note", &[], vec![on(0, low), Played { at: SECOND, what: Play::Choke(low) }]),
    ];
    for (what, values, notes) in cases {
        let mut still = (steady(what, values, &[]).make)();
        let tone = still.play(&Take::notes(SECOND, held(45, 0, SECOND).to_vec())).unwrap();
        let own = steepest(&tone[0][SECOND / 2..SECOND - 100]);
        let sound =
            (steady(what, values, &[]).make)().play(&Take::notes(2 * SECOND, notes)).unwrap();
        let most = steepest(&sound[0]);
        println!("{what}: a step of {most:.4}, {own:.4} within the tone itself");
        // Two voices may be heard at once; a click would be many times as steep.
        assert!(most < 2.5 * own + 1e-4, "{what}: a step of {most}, the tone itself has {own}");
    }
}

#[test]
fn a_model_swap_makes_no_click() {
    let mut plugin = (steady("a swap", &[], &[]).make)();
    let note = vec![Played { at: 0, what: Play::On(Note::key(KEY), 0.8) }];
    let before = plugin.play(&Take::notes(2 * SECOND, note)).unwrap().swap_remove(0);
    let state =
        StateFile::parse(&plugin.save().unwrap()).unwrap().with_user_model("other", &user_model(7));
    plugin.load(&state.to_bytes()).unwrap();
    plugin.wait(std::time::Duration::from_millis(300));
    let after = plugin.play(&Take::notes(2 * SECOND, Vec::new())).unwrap().swap_remove(0);
    let joined = [&before[before.len() - SECOND..], &after[..]].concat();
    let own = steepest(&before[SECOND..]).max(steepest(&after[SECOND..]));
    println!("a step of {:.4} in the fade, {own:.4} before or after", steepest(&joined));
    assert!(own > 1e-3 && steepest(&joined) < 1.5 * own + 1e-4, "{} {own}", steepest(&joined));
}
