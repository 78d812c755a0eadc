//! Whatever is moved under a held note, there is no click; nor does a note's beginning, end or theft make one.

use crate::common::{GATE, playing, typed, user_model};
use nfx_tests::clap_host::notes::{Note, Play, Played, held};
use nfx_tests::clap_host::{Event, Plugin, Take};
use nfx_tests::measure::{self, ClickDetector};
use nfx_tests::state_file::StateFile;

const RATE_HZ: f64 = 44_100.0;
const SECOND: usize = 44_100;
/// A high key: its partials leave room for a click to be heard between them.
const KEY: u8 = 93;

fn tone_hz() -> f64 {
    440.0 * 2_f64.powf((f64::from(KEY) - 69.0) / 12.0)
}

/// Energy off the note's partials, with room for smooth moves around each.
fn detector() -> ClickDetector {
    ClickDetector { rate_hz: RATE_HZ, harmonics_hz: (tone_hz(), 500.0), frames_hz: (RATE_HZ, 0.0) }
}

fn steady(extra: &[(&str, &str)]) -> Plugin {
    let values: Vec<(&str, &str)> =
        GATE.iter().copied().chain([("Noise", "0 %")]).chain(extra.iter().copied()).collect();
    playing("Keys", RATE_HZ, &values)
}

/// Plays a held key for four seconds with a move after two and back after three; hands back the worst energy off the partials.
fn worst(plugin: &mut Plugin, moved: Option<(&str, &str)>, notes: &[Played]) -> f64 {
    let mut events = Vec::new();
    if let Some((name, value)) = moved {
        let param = plugin.param(name).unwrap();
        events.push(typed(plugin, 2 * SECOND + 777, name, value));
        events.push(Event { at: 3 * SECOND + 123, param: param.id, value: param.default });
    }
    let mut all = vec![Played { at: 0, what: Play::On(Note::key(KEY), 0.8) }];
    all.extend(notes);
    let out = plugin.play(&Take { events, ..Take::notes(4 * SECOND, all) }).unwrap();
    let (before, moved) = (SECOND..2 * SECOND, 3 * SECOND - 20_000..3 * SECOND);
    assert!(measure::rms(&out[0][before.clone()]) > 1e-3, "there was no sound to listen for clicks in");
    detector().worst_db(&[&out[0][before], &out[0][moved]], &out[0][SECOND..])
}

fn assert_all_clean(clicks: Vec<(String, f64)>) {
    clicks.iter().for_each(|(what, worst)| println!("{what}: {worst:.1} dB"));
    let loud: Vec<String> = clicks
        .iter()
        .filter(|(_, worst)| *worst >= -60.0)
        .map(|(what, worst)| format!("{what}: {worst:.1} dB"))
        .collect();
    assert!(loud.is_empty(), "less than -60 dB was expected of each:\n{}", loud.join("\n"));
}

#[test]
fn a_held_note_is_clean() {
    assert_all_clean(vec![("at rest".to_owned(), worst(&mut steady(&[]), None, &[]))]);
}

#[test]
fn moves_under_a_held_note_make_no_click() {
    let moves = [
        ("Slider 1", "100 %"),
        ("Slider 2", "0 %"),
        ("Slider 5", "100 %"),
        ("Slider 8", "0 %"),
        ("Morph", "100 %"),
        ("Bass", "100 %"),
        ("Width", "0 %"),
        ("Output", "-24 dB"),
        ("Even level", "Off"),
    ];
    assert_all_clean(
        moves
            .map(|(name, value)| (format!("{name} to {value}"), worst(&mut steady(&[]), Some((name, value)), &[])))
            .to_vec(),
    );
}

#[test]
fn hands_make_no_click() {
    let midi = |at: usize, bytes: [u8; 3]| Played { at, what: Play::Midi(bytes) };
    let depths = [("Wheel to slider 1", "100 %"), ("Pressure to slider 2", "-100 %")];
    let wheel = [midi(2 * SECOND, [0xB0, 1, 127]), midi(3 * SECOND, [0xB0, 1, 0])];
    let pressure = [midi(2 * SECOND, [0xD0, 127, 0]), midi(3 * SECOND, [0xD0, 0, 0])];
    let mut found = vec![
        ("wheel".to_owned(), worst(&mut steady(&depths), None, &wheel)),
        ("pressure".to_owned(), worst(&mut steady(&depths), None, &pressure)),
    ];
    // From one end to the other, and back.
    for (number, there, back) in [(7, 0, 127), (7, 64, 127), (10, 0, 127), (10, 127, 64), (11, 20, 127), (74, 127, 0)] {
        let jumps = [midi(2 * SECOND + 777, [0xB0, number, there]), midi(3 * SECOND + 123, [0xB0, number, back])];
        found.push((format!("CC {number} to {there} and {back}"), worst(&mut steady(&[]), None, &jumps)));
    }
    assert_all_clean(found);
}

/// The steepest step from sample to sample.
fn steepest(sound: &[f32]) -> f32 {
    sound.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}

/// A name, parameters that are set, and what is played.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Vec<Played>);

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
        let mut still = steady(values);
        let tone = still.play(&Take::notes(SECOND, held(45, 0, SECOND).to_vec())).unwrap();
        let own = steepest(&tone[0][SECOND / 2..SECOND - 100]);
        let sound = steady(values).play(&Take::notes(2 * SECOND, notes)).unwrap();
        let most = steepest(&sound[0]);
        println!("{what}: a step of {most:.4}, {own:.4} within the tone itself");
        // Two voices may be heard at once; a click would be many times as steep.
        assert!(most < 2.5 * own + 1e-4, "{what}: a step of {most}, the tone itself has {own}");
    }
}

#[test]
fn a_model_swap_makes_no_click() {
    let mut plugin = steady(&[]);
    let note = vec![Played { at: 0, what: Play::On(Note::key(KEY), 0.8) }];
    let before = plugin.play(&Take::notes(2 * SECOND, note)).unwrap().swap_remove(0);
    let state = StateFile::parse(&plugin.save().unwrap()).unwrap().with_user_model("other", &user_model(7));
    plugin.load(&state.to_bytes()).unwrap();
    plugin.wait(std::time::Duration::from_millis(300));
    let after = plugin.play(&Take::notes(2 * SECOND, Vec::new())).unwrap().swap_remove(0);
    let joined = [&before[before.len() - SECOND..], &after[..]].concat();
    let own = steepest(&before[SECOND..]).max(steepest(&after[SECOND..]));
    println!("a step of {:.4} in the fade, {own:.4} before or after", steepest(&joined));
    assert!(own > 1e-3 && steepest(&joined) < 1.5 * own + 1e-4, "{} {own}", steepest(&joined));
}
