//! MIDI's controllers through the built bundle: the inputs that players sent, and others of their
//! kinds made to break it.
//!
//! `UPDATE_RESULTS=1 cargo test --workspace --test hosts -- midi` writes what was found to
//! `docs/results/midi.md`.

use super::{GATE, playing};
use crate::row::{CEILING, assert_sound};
use nfx_tests::clap_host::notes::{Play, Played};
use nfx_tests::clap_host::{Blocks, Plugin, Take};
use nfx_tests::{bundle, measure, midi_file};
use std::fmt::Write as _;
use std::path::PathBuf;

type Bytes = [u8; 3];

const KEY: u8 = 57;
const FRAME: usize = 32_768;

/// What is to come out.
#[derive(Clone, Copy)]
enum Want {
    /// Key 57, moved by so many semitones.
    Pitch(f64),
    /// Left and right against the untouched note, in dB; below -100 is silence.
    Level(f64, f64),
    /// Brighter (or darker) than the untouched note: the spectrum's centroid in octaves, at least.
    Brighter(f64),
    /// The untouched note, to the bit.
    Same,
    /// Exact silence in the end.
    Silence,
}

/// One input: its kind, in words, what is sent before the note, the note's channel, and what is
/// wanted.
struct Case {
    kind: &'static str,
    input: String,
    rate_hz: f64,
    channel: u8,
    before: Vec<Bytes>,
    /// After a quarter of a second of the note.
    after: Vec<Bytes>,
    want: Want,
}

fn cc(channel: u8, list: &[(u8, u8)]) -> Vec<Bytes> {
    list.iter().map(|&(number, value)| [0xB0 | channel, number, value]).collect()
}

fn rpn(channel: u8, parameter: u8, value: u8) -> Vec<Bytes> {
    cc(channel, &[(101, 0), (100, parameter), (6, value)])
}

fn bend(channel: u8, value: u16) -> Vec<Bytes> {
    vec![[0xE0 | channel, (value & 127) as u8, (value >> 7) as u8]]
}

fn top(channel: u8) -> Vec<Bytes> {
    bend(channel, 16_383)
}

fn case(kind: &'static str, input: &str, channel: u8, before: Vec<Vec<Bytes>>, want: Want) -> Case {
    Case {
        kind,
        input: input.to_owned(),
        rate_hz: 44_100.0,
        channel,
        before: before.concat(),
        after: Vec::new(),
        want,
    }
}

fn cases() -> Vec<Case> {
    use Want::{Brighter, Level, Pitch, Same, Silence};
    let curve = |value: f64| 40.0 * (value / 127.0).log10();
    let (range, tuning, zone, slide) = ("RPN 0", "RPN 1, 2", "MPE configuration", "slide");
    let (level, back, end) = ("CC 7, 10, 11", "CC 121", "CC 120, 123 to 127");
    let mut list = vec![
        case(range, "12 semitones, bend at its top", 0, vec![rpn(0, 0, 12), top(0)], Pitch(12.0)),
        case(
            range,
            "fine half of the number first",
            0,
            vec![cc(0, &[(100, 0), (101, 0), (6, 12)]), top(0)],
            Pitch(12.0),
        ),
        case(
            range,
            "7 semitones and 50 cents",
            0,
            vec![rpn(0, 0, 7), cc(0, &[(38, 50)]), top(0)],
            Pitch(7.5),
        ),
        case(
            range,
            "cents before semitones",
            0,
            vec![cc(0, &[(101, 0), (100, 0), (38, 50), (6, 7)]), top(0)],
            Pitch(7.5),
        ),
        case(
            range,
            "then the none (127, 127), and 24 for nobody",
            0,
            vec![rpn(0, 0, 12), cc(0, &[(101, 127), (100, 127), (6, 24)]), top(0)],
            Pitch(12.0),
        ),
        case(
            range,
            "12 for NRPN 0 instead",
            0,
            vec![rpn(0, 0, 5), cc(0, &[(99, 0), (98, 0), (6, 12)]), top(0)],
            Pitch(5.0),
        ),
        case(
            range,
            "11 and one step up (CC 96)",
            0,
            vec![rpn(0, 0, 11), cc(0, &[(96, 0)]), top(0)],
            Pitch(12.0),
        ),
        case(
            range,
            "127 semitones, more than there are",
            0,
            vec![rpn(0, 0, 127), bend(0, 9216)],
            Pitch(12.0),
        ),
        case(range, "of another channel", 1, vec![rpn(0, 0, 12), top(1)], Pitch(2.0)),
        case(range, "0, and a bend to the bottom", 0, vec![rpn(0, 0, 0), bend(0, 0)], Pitch(0.0)),
        case(tuning, "fine 96, coarse 64", 0, vec![rpn(0, 1, 96)], Pitch(0.5)),
        case(tuning, "coarse 57", 0, vec![rpn(0, 2, 57)], Pitch(-7.0)),
        case(
            tuning,
            "14 bits of fine: 0, 0",
            0,
            vec![rpn(0, 1, 0), cc(0, &[(38, 0)])],
            Pitch(-1.0),
        ),
        case(
            tuning,
            "both and a bend",
            0,
            vec![rpn(0, 1, 32), rpn(0, 2, 67), bend(0, 4096)],
            Pitch(1.5),
        ),
        case(
            zone,
            "15 channels, then a quarter of 48 on channel 2",
            1,
            vec![rpn(0, 6, 15), bend(1, 10_240)],
            Pitch(12.0),
        ),
        case(
            zone,
            "upper zone of 5, master bent too",
            13,
            vec![rpn(15, 6, 5), bend(13, 10_240), top(15)],
            Pitch(14.0),
        ),
        case(
            zone,
            "a channel beyond a zone of 3",
            4,
            vec![rpn(0, 6, 3), top(4), top(0)],
            Pitch(2.0),
        ),
        case(
            zone,
            "lower 10, then upper 8: channel 8 changes hands",
            7,
            vec![rpn(0, 6, 10), rpn(15, 6, 8), bend(7, 10_240), top(15)],
            Pitch(14.0),
        ),
        case(
            zone,
            "range of 24 told to another member",
            3,
            vec![rpn(0, 6, 15), rpn(9, 0, 24), bend(3, 12_288)],
            Pitch(12.0),
        ),
        case(
            zone,
            "on, and off again",
            1,
            vec![rpn(0, 6, 15), rpn(0, 6, 0), top(1), top(0)],
            Pitch(2.0),
        ),
        case(zone, "on channel 3, which is no master", 1, vec![rpn(2, 6, 15), top(1)], Pitch(2.0)),
        case(
            slide,
            "CC 74 at 127 on a member",
            1,
            vec![rpn(0, 6, 15), cc(1, &[(74, 127)])],
            Brighter(0.3),
        ),
        case(slide, "CC 74 at 0 without MPE", 0, vec![cc(0, &[(74, 0)])], Brighter(-0.3)),
        case(slide, "CC 74 at 64", 0, vec![cc(0, &[(74, 64)])], Same),
        case(slide, "another member's", 1, vec![rpn(0, 6, 15), cc(2, &[(74, 127)])], Same),
        case(slide, "the master's", 1, vec![rpn(0, 6, 15), cc(0, &[(74, 127)])], Brighter(0.3)),
        case(level, "CC 11 at 20", 0, vec![cc(0, &[(11, 20)])], Level(curve(20.0), curve(20.0))),
        case(level, "CC 7 at 64", 0, vec![cc(0, &[(7, 64)])], Level(curve(64.0), curve(64.0))),
        case(level, "CC 7 at 0", 0, vec![cc(0, &[(7, 0)])], Level(-300.0, -300.0)),
        case(
            level,
            "CC 11 at 20 and CC 43 at 64",
            0,
            vec![cc(0, &[(11, 20), (43, 64)])],
            Level(curve(20.5), curve(20.5)),
        ),
        case(level, "CC 10 at 0", 0, vec![cc(0, &[(10, 0)])], Level(3.01, -300.0)),
        case(level, "CC 10 at 127", 0, vec![cc(0, &[(10, 127)])], Level(-300.0, 3.01)),
        case(level, "of another channel", 0, vec![cc(5, &[(7, 0), (10, 0), (11, 0)])], Same),
        case(
            back,
            "after bend, pressure, wheel, expression",
            0,
            vec![top(0), vec![[0xD0, 127, 0]], cc(0, &[(1, 127), (11, 9), (121, 0)])],
            Same,
        ),
        case(
            back,
            "volume stays",
            0,
            vec![cc(0, &[(7, 64), (121, 0)])],
            Level(curve(64.0), curve(64.0)),
        ),
        case(
            back,
            "bend range stays, its selection not",
            0,
            vec![rpn(0, 0, 12), cc(0, &[(121, 0), (6, 3)]), top(0)],
            Pitch(12.0),
        ),
        case(
            "other",
            "program change and bank select",
            0,
            vec![vec![[0xC0, 40, 0]], cc(0, &[(0, 3), (32, 1)])],
            Same,
        ),
        case("other", "aftertouch of a key that is up", 0, vec![vec![[0xA0, 61, 127]]], Same),
    ];
    for number in [120, 123, 124, 126] {
        list.push(Case {
            after: cc(0, &[(number, 0)]),
            ..case(
                end,
                &format!("CC {number} with the pedal down"),
                0,
                vec![cc(0, &[(64, 127)])],
                Silence,
            )
        });
    }
    list.push(Case {
        after: rpn(0, 6, 15),
        ..case(end, "an MPE configuration under a held note", 3, Vec::new(), Silence)
    });
    // Other rates hear the same.
    for rate_hz in [48_000.0, 96_000.0] {
        let input = format!("12 semitones at {} kHz", rate_hz / 1000.0);
        list.push(Case {
            rate_hz,
            ..case(range, &input, 0, vec![rpn(0, 0, 12), top(0)], Pitch(12.0))
        });
    }
    list
}

fn plugin(rate_hz: f64) -> Plugin {
    let values: Vec<(&str, &str)> =
        GATE.iter().copied().chain([("Noise", "0 %"), ("Width", "0 %")]).collect();
    playing("Keys", rate_hz, &values)
}

/// A second and a half of the case, with its note held.
fn sound(plugin: &mut Plugin, case: &Case) -> Vec<Vec<f32>> {
    plugin.reset();
    let midi = |at: usize, list: &[Bytes]| -> Vec<Played> {
        list.iter().map(|bytes| Played { at, what: Play::Midi(*bytes) }).collect()
    };
    let (length, quarter) = ((case.rate_hz * 1.5) as usize, (case.rate_hz * 0.25) as usize);
    let notes = [
        midi(100, &case.before),
        midi(100, &[[0x90 | case.channel, KEY, 100]]),
        midi(quarter, &case.after),
    ];
    plugin
        .play(&Take::notes(length, notes.concat()).blocks(Blocks::Random { seed: 5, max: 1024 }))
        .unwrap()
}

/// What was wanted, what came out, and whether that is the same.
fn judge(case: &Case, plain: &[Vec<f32>], found: &[Vec<f32>]) -> (String, String, bool) {
    let from = (case.rate_hz * 0.4) as usize;
    let [settled, untouched] =
        [found, plain].map(|sound| [&sound[0][from..from + FRAME], &sound[1][from..from + FRAME]]);
    let db =
        |value: f64| if value < -100.0 { "silence".to_owned() } else { format!("{value:.1} dB") };
    match case.want {
        Want::Pitch(semitones) => {
            let expected_hz = 440.0 * ((f64::from(KEY) + semitones - 69.0) / 12.0).exp2();
            let hz = measure::tone_pitch(settled[0], case.rate_hz, expected_hz).unwrap_or(0.0);
            let good = (1200.0 * (hz / expected_hz).log2()).abs() < 3.0;
            (format!("{expected_hz:.1} Hz"), format!("{hz:.1} Hz"), good)
        }
        Want::Level(left, right) => {
            let level = |side: usize| {
                measure::power_db(
                    (measure::rms(settled[side]) / measure::rms(untouched[side])).powi(2),
                )
            };
            let (l, r) = (level(0), level(1));
            let close = |found: f64, wanted: f64| {
                (found - wanted).abs() < 0.1 || (found < -100.0 && wanted < -100.0)
            };
            let words = |l, r| if db(l) == db(r) { db(l) } else { format!("{}, {}", db(l), db(r)) };
            (words(left, right), words(l, r), close(l, left) && close(r, right))
        }
        Want::Brighter(octaves) => {
            let found = (measure::centroid(settled[0], case.rate_hz)
                / measure::centroid(untouched[0], case.rate_hz))
            .log2();
            let wanted = if octaves > 0.0 { "brighter" } else { "darker" };
            (wanted.to_owned(), format!("centroid {found:+.2} octaves"), found / octaves >= 1.0)
        }
        Want::Same => {
            let same = plain
                .iter()
                .zip(found)
                .all(|(a, b)| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()));
            let words =
                |same| if same { "the untouched note, to the bit" } else { "another sound" };
            (words(true).to_owned(), words(same).to_owned(), same)
        }
        Want::Silence => {
            let silent = found.iter().all(|side| side[side.len() / 2..].iter().all(|x| *x == 0.0));
            let sounded = measure::rms(&found[0][..from / 2]) > 1e-3;
            (
                "silence".to_owned(),
                if silent && sounded { "silence" } else { "sound" }.to_owned(),
                silent && sounded,
            )
        }
    }
}

#[test]
fn midi_of_every_kind_does_what_the_chart_says() {
    let mut table = String::new();
    let mut wrong = Vec::new();
    let mut plugins: Vec<(f64, Plugin)> =
        [44_100.0, 48_000.0, 96_000.0].map(|rate| (rate, plugin(rate))).into();
    for case in cases() {
        let plugin = &mut plugins.iter_mut().find(|(rate, _)| *rate == case.rate_hz).unwrap().1;
        let found = sound(plugin, &case);
        assert_sound(&found, CEILING, &case.input);
        let plain = sound(
            plugin,
            &Case {
                before: Vec::new(),
                after: Vec::new(),
                channel: case.channel,
                input: String::new(),
                ..case
            },
        );
        let (wanted, got, good) = judge(&case, &plain, &found);
        println!("{}: {}: {got} ({wanted})", case.kind, case.input);
        writeln!(table, "| {} | {} | {wanted} | {got} |", case.kind, case.input).unwrap();
        if !good {
            wrong.push(format!("{}: {}: {got}, {wanted} was expected", case.kind, case.input));
        }
    }
    for (input, wanted, got) in overlaps().into_iter().chain(storms()) {
        writeln!(
            table,
            "| {} | {input} | {wanted} | {got} |",
            if input.contains("storm") { "storms" } else { "equal notes" }
        )
        .unwrap();
        if wanted != got {
            wrong.push(format!("{input}: {got}, {wanted} was expected"));
        }
    }
    if std::env::var_os("UPDATE_RESULTS").is_some() {
        let text = format!(
            "# CANNe: what MIDI does\n\nWritten by `UPDATE_RESULTS=1 cargo test --workspace --test hosts -- midi` from the built \
             CLAP bundle; do not edit. Key 57 (220 Hz) of the model *Keys*, untouched but for what the row says.\n\n\
             | kind | input | wanted | found |\n|---|---|---|---|\n{table}"
        );
        std::fs::write(bundle::root().join("docs/results/midi.md"), text).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Voices that can be told apart by their level: how many of key 57 sound in each quarter of a
/// second.
fn heard(plugin: &mut Plugin, messages: &[(usize, Bytes)], quarters: usize) -> String {
    plugin.reset();
    let notes = messages
        .iter()
        .map(|&(at, bytes)| Played { at: at * 11_025 + 50, what: Play::Midi(bytes) })
        .collect();
    let found = plugin.play(&Take::notes(quarters * 11_025, notes)).unwrap().swap_remove(0);
    let levels = found
        .chunks(11_025)
        .map(|quarter| if measure::rms(&quarter[5000..]) > 1e-4 { "sound" } else { "silence" });
    levels.collect::<Vec<_>>().join(", ")
}

/// Equal notes that overlap: the input, what is wanted, and what was found.
fn overlaps() -> Vec<(String, String, String)> {
    let mut plugin = plugin(44_100.0);
    let (on, off) = ([0x90, KEY, 100], [0x80, KEY, 64]);
    let pedal = |value: u8| [0xB0, 64, value];
    let mut list = Vec::new();
    let mut add = |input: &str, messages: &[(usize, Bytes)], wanted: &[bool]| {
        let words: Vec<&str> =
            wanted.iter().map(|sounds| if *sounds { "sound" } else { "silence" }).collect();
        list.push((input.to_owned(), words.join(", "), heard(&mut plugin, messages, wanted.len())));
    };
    add("on, on, off, off", &[(0, on), (1, on), (2, off), (3, off)], &[true, true, true, false]);
    add(
        "on, on, on, off, off, off at once",
        &[(0, on), (0, on), (1, on), (2, off), (2, off), (2, off)],
        &[true, true, false],
    );
    add(
        "note-ons of velocity 0 for offs",
        &[(0, on), (1, on), (2, [0x90, KEY, 0]), (3, [0x90, KEY, 0])],
        &[true, true, true, false],
    );
    let held = [(0, pedal(127)), (0, on), (0, on), (1, off), (2, off), (3, pedal(0))];
    add("both up under the pedal, then the pedal", &held, &[true, true, true, false]);
    add("another channel's off", &[(0, on), (1, [0x81, KEY, 0]), (2, off)], &[true, true, false]);
    list
}

/// Storms of controllers at one sample: nothing but numbers, and silence once all is told to end.
fn storms() -> Vec<(String, String, String)> {
    let storm = |seed: u64| {
        use rand::{Rng, SeedableRng};
        let mut random = rand::rngs::StdRng::seed_from_u64(seed);
        let mut notes: Vec<Played> = Vec::new();
        for burst in 0..20 {
            let at = burst * 1000;
            for _ in 0..400 {
                let status = [0x90, 0x80, 0xA0, 0xB0, 0xB0, 0xB0, 0xC0, 0xD0, 0xE0]
                    [random.random_range(0..9)];
                let bytes = [
                    status | random.random_range(0..16),
                    random.random_range(0..128),
                    random.random_range(0..128),
                ];
                notes.push(Played { at, what: Play::Midi(bytes) });
            }
        }
        notes.extend(
            (0..16)
                .map(|channel| Played { at: 22_050, what: Play::Midi([0xB0 | channel, 123, 0]) }),
        );
        let sound = plugin(44_100.0)
            .play(&Take::notes(66_150, notes).blocks(Blocks::Random { seed, max: 700 }))
            .unwrap();
        assert_sound(&sound, CEILING, &format!("storm {seed}"));
        let silent = sound.iter().all(|side| side[44_100..].iter().all(|x| *x == 0.0));
        if silent { "silence in the end" } else { "a note hangs" }.to_owned()
    };
    (1..=4)
        .map(|seed| {
            (
                format!("storm {seed}: 400 messages at each of 20 samples, 16 channels"),
                "silence in the end".to_owned(),
                storm(seed),
            )
        })
        .collect()
}

/// The inputs of the field, where they are at hand.
#[test]
fn the_midi_files_of_the_field_do_what_players_want() {
    let folder: PathBuf = bundle::root().join("../shared/field/midi_controllers");
    if !folder.is_dir() {
        println!("{} is not here: nothing to play", folder.display());
        return;
    }
    let play = |name: &str| -> Vec<Vec<f32>> {
        let messages = midi_file::read(&folder.join(format!("{name}.mid"))).unwrap();
        let at = |seconds: f64| (seconds * 44_100.0) as usize;
        let notes = messages
            .iter()
            .map(|&(s, bytes)| Played { at: at(s), what: Play::Midi(bytes) })
            .collect();
        let mpe = if name == "mpe_slide_cc74" { "On" } else { "Off" };
        let values: Vec<(&str, &str)> = GATE.iter().copied().chain([("MPE", mpe)]).collect();
        playing("Keys", 44_100.0, &values).play(&Take::notes(3 * 44_100, notes)).unwrap()
    };
    let frame = |sound: &[Vec<f32>]| sound[0][10_000..10_000 + FRAME].to_vec();
    for name in ["rpn0_bend_range_12", "mpe_mcm_then_bend"] {
        let hz = measure::tone_pitch(&frame(&play(name)), 44_100.0, 440.0).unwrap_or(0.0);
        println!("{name}: {hz:.1} Hz");
        assert!((hz - 440.0).abs() < 0.5, "{name}: {hz} Hz, 440 were expected");
    }
    let plain = playing("Keys", 44_100.0, &GATE)
        .play(&Take::notes(
            3 * 44_100,
            vec![Played { at: 200, what: Play::Midi([0x90, KEY, 100]) }],
        ))
        .unwrap();
    let soft = measure::power_db(
        (measure::rms(&frame(&play("expression_cc11_20"))) / measure::rms(&frame(&plain))).powi(2),
    );
    println!("expression_cc11_20: {soft:.1} dB");
    assert!((soft + 32.1).abs() < 0.5, "{soft} dB");
    let octaves = (measure::centroid(&frame(&play("mpe_slide_cc74")), 44_100.0)
        / measure::centroid(&frame(&plain), 44_100.0))
    .log2();
    println!("mpe_slide_cc74: centroid {octaves:+.2} octaves");
    assert!(octaves > 0.3, "{octaves}");
    let twice = play("overlapping_same_key");
    let level = |seconds: f64| measure::rms(&twice[0][(seconds * 44_100.0) as usize..][..4000]);
    // On at 0 and 0.3 s; the first note-off ends one of them, and the second the other.
    let messages = midi_file::read(&folder.join("overlapping_same_key.mid")).unwrap();
    let offs: Vec<f64> =
        messages.iter().filter(|(_, bytes)| bytes[0] & 0xF0 == 0x80).map(|(s, _)| *s).collect();
    println!(
        "overlapping_same_key: {:.3}, then {:.3}, then {:.3}",
        level(offs[0] - 0.1),
        level(offs[1] - 0.1),
        level(offs[1] + 0.1)
    );
    assert!(level(offs[1] - 0.1) > 1e-3 && level(offs[1] + 0.1) == 0.0);
}
