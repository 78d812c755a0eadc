//! States of the editor to draw: settings, profiles and sounds as they come up in use, made from
//! fixed formulas.

use std::path::PathBuf;
use std::sync::Arc;

use effect_profiler::capture::{BlindTestView, LevelView, TakeState, TakeView};
use effect_profiler::editor::face::Motion;
use effect_profiler::editor::view::{
    BrowserView, CaptureView, Card, Input, KnobDraft, KnobView, Listed, ProfileView, Shelf,
    SourceView, Step, Tone, View,
};
use effect_profiler::params::ProfilerParams;
use effect_profiler::scope::{COLUMNS, Column, Frame, POINTS};
use nfx_frame::trainer::{Check, Progress, Stage, Verdict};
use nfx_ui::shelf::Values;

#[path = "../../../ui/testing/fixture.rs"]
mod common;
use common::{Line, MOST, noise};

const RATE: f64 = 48_000.0;

fn knob(id: &str, name: &str, hint: &str) -> KnobView {
    KnobView { id: id.to_owned(), name: name.to_owned(), hint: hint.to_owned(), neutral: None }
}

/// The parameters of most pictures, but for defaults.
const SETTING: [(&str, f32); 8] = [
    ("thr", 0.44),
    ("ratio", 0.48),
    ("att", 0.31),
    ("rel", 0.62),
    ("makeup", 0.62),
    ("out", 0.46),
    ("knob1", 0.72),
    ("knob2", 0.4),
];

/// The values of these, and of `more`.
fn values(more: &[(&str, f32)]) -> Values {
    common::values::<ProfilerParams>(&[&SETTING[..], more].concat())
}

fn compressor() -> ProfileView {
    ProfileView {
        knobs: vec![
            knob("thr", "Threshold", ""),
            knob("ratio", "Ratio", ""),
            knob("att", "Attack", ""),
            knob("rel", "Release", ""),
        ],
        hears_side_chain: true,
        sizes: 1,
        family: "Dynamics".to_owned(),
        rate_hz: RATE,
        esr: Some(0.000_42),
        ..ProfileView::default()
    }
}

fn pedal() -> ProfileView {
    ProfileView {
        knobs: vec![
            knob("knob1", "Drive", "Drive of the device, from 0.0 to 10.0."),
            knob("knob2", "Tone", "Tone of the device, from 0.0 to 10.0."),
        ],
        hears_side_chain: false,
        sizes: 3,
        family: "WaveNet".to_owned(),
        rate_hz: RATE,
        esr: Some(0.008_7),
        input_dbu: Some(12.2),
        has_loudness: true,
        aligns: true,
        repaired: (23, true),
    }
}

/// A compressor on drums, as most users first see the editor.
pub fn playing() -> View {
    View {
        profile: compressor(),
        browser: browser(),
        source: source_view(1, true),
        capture: capture(),
        hears: true,
        shelf: shelf(),
        ..View::default()
    }
}

/// A pedal with two knobs.
pub fn driven() -> View {
    let browser = BrowserView { at: Some(4), embedded: None, ..browser() };
    let values = values(&[("gate", 1.0), ("norm", 0.5), ("cal", 1.0)]);
    let shelf =
        Shelf { values, model: "Overdrive 9".to_owned(), card: Some(pedal_card()), ..shelf() };
    View {
        profile: pedal(),
        impulse: Some("british-4x12.wav".to_owned()),
        browser,
        shelf,
        ..playing()
    }
}

/// A capture without knobs.
pub fn captured() -> View {
    let profile = ProfileView { knobs: Vec::new(), sizes: 1, family: "LSTM".to_owned(), ..pedal() };
    View { profile, ..driven() }
}

/// Some presets.
const PRESETS: [Line; 10] = [
    ["Init", "start", "The compressor at rest: threshold −24 dB, 4 : 1, 10 ms, 150 ms.", ""],
    [
        "Gentle Glue",
        "mix level",
        "A few decibels on the loud parts, slow enough that nobody notices.",
        "On a finished mix or a drum bus.",
    ],
    [
        "Mix Bus Whisper",
        "mix level",
        "Barely there: lifts the quiet parts of a finished mix.",
        MOST,
    ],
    ["Drum Room", "drums", "Pushes the room up between the hits.", MOST],
    ["Punch", "drums", "A slow attack lets the stick through and holds the ring down.", MOST],
    ["Snare Snap", "drums", "Cuts the body behind the crack of a snare.", MOST],
    ["Parallel Crush", "drums", "Flat as a board, a third of it beside the untouched sound.", MOST],
    [
        "Vocal Rider",
        "voice level",
        "Keeps a voice at arm's length, word for word.",
        "On spoken and sung leads.",
    ],
    ["Bass Anchor", "bass", "Every note as loud as the next.", MOST],
    [
        "Slow Leveller",
        "tool level",
        "Follows the phrase, not the note: like a hand on the fader.",
        MOST,
    ],
];

fn shelf() -> Shelf {
    let shelf = common::shelf("profiler", &PRESETS, 4, "My snare top");
    Shelf {
        values: values(&[]),
        model_folder: "~/.local/share/latent-works/models/profiles".to_owned(),
        card: Some(card()),
        undo: Some("Threshold".to_owned()),
        host_rate_hz: RATE,
        ..common::models(shelf, &["Compressor"], None)
    }
}

fn card() -> Arc<Card> {
    let facts = [
        ("Network", "Dynamics"),
        ("Sample rate", "44.1 kHz"),
        ("Held-out ESR", "0.0004"),
        (
            "Knobs",
            "Threshold (−50.0 dB to 0.0 dB), Ratio (1.5 :1 to 10.0 :1), Attack (1.0 ms to 1000.0 ms), Release (1.0 ms to 1000.0 ms)",
        ),
    ];
    Arc::new(Card {
        description:
            "A compressor that learned from what a compressor did to drums, basses and guitars."
                .to_owned(),
        learned_from:
            "Drum loops, basses and guitars through a compressor at settings over its whole range"
                .to_owned(),
        licence: "CC0 1.0 and generated data".to_owned(),
        trained_by: "nfx-train 0.1.0".to_owned(),
        facts: common::facts(&facts),
        latents: Vec::new(),
        directions: Vec::new(),
    })
}

fn pedal_card() -> Arc<Card> {
    let facts = [
        ("Device", "Overdrive 9"),
        ("Kind", "pedal overdrive"),
        ("Network", "WaveNet"),
        ("Sample rate", "48.0 kHz"),
        ("Held-out ESR", "0.0087"),
        ("Knobs", "Drive (0.0 to 10.0), Tone (0.0 to 10.0)"),
        ("Loudness", "−17.4 dB"),
        ("Input level", "12.2 dBu"),
    ];
    Arc::new(Card {
        description: "A green overdrive pedal at every place of its two knobs.".to_owned(),
        facts: common::facts(&facts),
        trained_by: "nfx-train 0.1.0".to_owned(),
        ..Card::default()
    })
}

fn browser() -> BrowserView {
    let lines = [
        ("Amp clean", "amps", "WaveNet", "", Some(0.0021), &[][..]),
        ("Amp lead bright", "amps", "WaveNet", "", Some(0.0118), &[]),
        ("Tiny tube preamp", "amps", "LSTM", "", Some(0.0064), &[]),
        ("Console channel", "", "SlimmableContainer", "Studio Works 24", Some(0.0009), &[]),
        ("Overdrive 9", "", "Profile", "", Some(0.0087), &["Drive", "Tone"]),
        ("Leveller", "", "Profile", "", Some(0.0035), &["Peak reduction"]),
        ("Old fuzz", "pedals", "LSTM", "", Some(0.0453), &[]),
        ("Tape at 15 ips", "studio", "WaveNet", "", None, &[]),
    ];
    let lines = lines
        .iter()
        .map(|(name, folder, family, gear, esr, knobs)| Listed {
            name: (*name).to_owned(),
            path: PathBuf::from(name),
            folder: (*folder).to_owned(),
            family: (*family).to_owned(),
            gear: (*gear).to_owned(),
            esr: *esr,
            knobs: knobs.iter().map(|knob| (*knob).to_owned()).collect(),
        })
        .collect();
    BrowserView {
        folder: "~/.local/share/latent-works/models/profiles".to_owned(),
        lines: Arc::new(lines),
        embedded: Some(0),
        ..BrowserView::default()
    }
}

fn source_view(chosen: usize, playing: bool) -> SourceView {
    common::source(["Drums", "Bass", "Guitar"], "riff-in-e.wav", chosen, playing)
}

/// No sound yet.
pub fn empty() -> View {
    let shelf = common::untouched(shelf());
    View { hears: false, source: source_view(0, false), shelf, ..playing() }
}

/// A profile is being read.
pub fn loading() -> View {
    View { shelf: common::loading(shelf()), ..playing() }
}

/// The project's profile is not there.
pub fn missing() -> View {
    let shelf = common::missing(shelf(), "Overdrive 9", "The sound passes dry");
    View { profile: ProfileView::default(), shelf, ..playing() }
}

/// A file was refused.
pub fn error() -> View {
    let text = "“lead.nam” cannot be played: expected 13,802 weights for this WaveNet, found 13,801. The model in use stays.";
    View { shelf: common::says(shelf(), Tone::Error, text), ..playing() }
}

/// Bypassed.
pub fn bypassed() -> View {
    View { shelf: Shelf { values: values(&[("bypass", 1.0)]), ..shelf() }, ..playing() }
}

/// The host renders.
pub fn offline() -> View {
    View { shelf: common::offline(shelf()), ..playing() }
}

/// A and B at one loudness.
pub fn matched() -> View {
    View { matched: true, match_trim_db: -4.3, shelf: Shelf { on_b: true, ..shelf() }, ..driven() }
}

// Captures.

fn capture() -> CaptureView {
    CaptureView {
        trainer: common::trainer(),
        name: "Overdrive 9".to_owned(),
        seconds: 2,
        take_s: 181.0,
        level: LevelView { out_db: -12.0, ..LevelView::default() },
        takes: vec![TakeView::default()],
        ..CaptureView::default()
    }
}

fn knobs() -> Vec<KnobDraft> {
    vec![
        KnobDraft { name: "Drive".to_owned(), min: 0.0, max: 10.0 },
        KnobDraft { name: "Tone".to_owned(), min: 0.0, max: 10.0 },
    ]
}

fn in_step(step: Step, capture: CaptureView) -> View {
    View { capture: CaptureView { step, ..capture }, ..playing() }
}

/// The trainer is not installed.
pub fn no_trainer() -> View {
    in_step(Step::Device, CaptureView { trainer: common::no_trainer(), ..capture() })
}

/// The first step, for a pedal with two knobs.
pub fn device() -> View {
    let takes = vec![TakeView::default(); 7];
    in_step(Step::Device, CaptureView { knobs: knobs(), takes, take_s: 41.0, ..capture() })
}

/// The levels, a little hot.
pub fn levels() -> View {
    let level =
        LevelView { listening: true, out_db: -12.0, peaks: [0.25, 0.0], input: Input::Left };
    in_step(Step::Levels, CaptureView { level, reached: Step::Record, ..capture() })
}

/// The recordings of a pedal with two knobs.
pub fn takes() -> View {
    let good = |text: &str| Check { verdict: Verdict::Good, text: text.to_owned() };
    let kept =
        TakeState::Kept(vec![good("The delay is 412 samples; blips and correlation agree.")]);
    let settings = [
        "Drive 0, Tone 0",
        "Drive 10, Tone 0",
        "Drive 0, Tone 10",
        "Drive 10, Tone 10",
        "Drive 5, Tone 5",
        "Drive 2.5, Tone 5.5",
        "Drive 7.5, Tone 1.5",
    ];
    let takes = settings
        .iter()
        .enumerate()
        .map(|(i, setting)| TakeView {
            setting: (*setting).to_owned(),
            state: match i {
                0..=2 => kept.clone(),
                3 => TakeState::Recording,
                _ => TakeState::Open,
            },
            is_kept: i < 3,
        })
        .collect();
    let capture = CaptureView {
        knobs: knobs(),
        takes,
        at: 3,
        take_s: 41.0,
        recorded_s: 17.3,
        reached: Step::Record,
        ..capture()
    };
    in_step(Step::Record, capture)
}

/// One recording, looked at.
pub fn checked() -> View {
    let check = |verdict, text: &str| Check { verdict, text: text.to_owned() };
    let checks = vec![
        check(
            Verdict::Good,
            "The delay is 412 samples (8.6 ms); blips and correlation agree. It is corrected.",
        ),
        check(Verdict::Good, "The polarity is as it should be."),
        check(Verdict::Good, "Nothing clips: the highest peak is at −4.2 dB."),
        check(
            Verdict::Doubtful,
            "The noise floor is at −52 dB. A quieter input stage, or a shorter cable, gives a cleaner profile.",
        ),
    ];
    let take = TakeView { setting: String::new(), state: TakeState::Kept(checks), is_kept: true };
    in_step(Step::Record, CaptureView { takes: vec![take], reached: Step::Train, ..capture() })
}

fn progress(stage: Stage, share: f32) -> Progress {
    let points = (share * 80.0) as usize;
    let curve: Vec<(f32, f64)> = (1..=points)
        .map(|i| {
            let at = i as f32 / 80.0;
            (at, f64::from(0.006 + 0.5 * (-9.0 * at).exp() + 0.004 * noise(i)))
        })
        .collect();
    let best = curve.iter().map(|(_, error)| *error).fold(f64::INFINITY, f64::min);
    Progress {
        fraction: share,
        eta_s: (stage == Stage::Training).then_some(128.0),
        error: curve.last().map(|(_, error)| *error),
        best: Some(best),
        message: "LSTM with 24 units is ahead of WaveNet; going on with it.".to_owned(),
        curve,
        stage,
        ..Progress::default()
    }
}

/// The training runs.
pub fn training() -> View {
    let take = TakeView { is_kept: true, ..TakeView::default() };
    let run = Some(progress(Stage::Training, 0.58));
    in_step(
        Step::Train,
        CaptureView { takes: vec![take], run, elapsed_s: 172.0, reached: Step::Train, ..capture() },
    )
}

/// The trainer died.
pub fn died() -> View {
    let take = TakeView { is_kept: true, ..TakeView::default() };
    let stage = Stage::Failed(
        "The trainer ended early: the disk is full. What was recorded is still there; train again."
            .to_owned(),
    );
    let run = Some(progress(stage, 0.31));
    in_step(
        Step::Train,
        CaptureView { takes: vec![take], run, elapsed_s: 92.0, reached: Step::Train, ..capture() },
    )
}

/// The result, in the blind comparison.
pub fn listening() -> View {
    let run = Some(Progress { best: Some(0.0074), ..progress(Stage::Done, 1.0) });
    let model = Some(PathBuf::from(
        "/home/me/.local/share/latent-works/models/profiles/Overdrive 9.safetensors",
    ));
    let blind_test =
        Some(BlindTestView { playing: Some(1), rounds: 6, hits: 3, last: Some(false) });
    in_step(
        Step::Listen,
        CaptureView {
            run,
            model,
            blind_test,
            elapsed_s: 301.0,
            reached: Step::Listen,
            ..capture()
        },
    )
}

// The moving picture.

/// The picture of one frame.
pub struct Moving {
    frame: Box<Frame>,
    curve: Vec<[f32; 2]>,
}

impl Moving {
    /// As the editor takes it.
    pub fn borrow(&self, fresh: bool) -> Motion<'_> {
        Motion { fresh, frame: &self.frame, curve: &self.curve }
    }
}

/// A drum loop through a compressor, or through a pedal.
pub fn motion(number: usize, drive: bool) -> Moving {
    let mut frame = Box::<Frame>::default();
    frame.index = number as u64 + 1;
    let scroll = number * 2;
    let mut reduction = 0.0_f32;
    // Some columns before the first settle the follower.
    for i in 0..COLUMNS + 200 {
        let at = i + scroll;
        let beat = at % 62;
        let hit = [1.0_f32, 0.45, 0.8, 0.35][(at / 62) % 4];
        let level =
            hit * (-(beat as f32) / 14.0).exp() * (0.7 + 0.3 * noise(at)) + 0.03 * noise(at * 3);
        let before = level.clamp(0.0, 1.0);
        let over = (20.0 * before.max(1e-4).log10() + 28.0).max(0.0) * 0.75;
        reduction += (over - reduction) * if over > reduction { 0.6 } else { 0.06 };
        let after = if drive {
            (before * 9.0).tanh() * 0.6
        } else {
            before * 10.0_f32.powf((6.0 - reduction) / 20.0)
        };
        if i >= 200 {
            frame.columns[i - 200] = Column {
                before,
                after: after.min(1.0),
                reduction_db: if drive { 0.0 } else { reduction },
            };
        }
    }
    for (i, point) in frame.points.iter_mut().enumerate() {
        let x = (i as f32 / POINTS as f32 * std::f32::consts::TAU * 3.0).sin() * 0.5;
        *point = [x, (x * 3.0).tanh() * 0.6];
    }
    let last = frame.columns[COLUMNS - 1];
    frame.input_peak = last.before.max(0.2);
    frame.output_peak = last.after.max(0.2);
    frame.reduction_db = last.reduction_db;
    let in_db = -26.0 + 9.0 * (number as f32 * 0.11).sin();
    frame.levels_db = [in_db, transfer(in_db + 3.0, drive) - 3.0];
    frame.load = 0.013;
    frame.rate_hz = RATE;
    let curve = (-30..=0).map(|k| [2.0 * k as f32, transfer(2.0 * k as f32, drive)]).collect();
    Moving { frame, curve }
}

fn transfer(in_db: f32, drive: bool) -> f32 {
    if drive {
        let x = 10.0_f32.powf(in_db / 20.0);
        20.0 * ((x * 9.0).tanh() * 0.6).max(1e-5).log10()
    } else {
        let over = (in_db + 28.0).max(0.0);
        in_db - 0.75 * over
    }
}
