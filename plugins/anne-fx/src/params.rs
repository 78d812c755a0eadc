//! Every parameter of ANNe: its frozen id, name, range, text, and the plain controls that the engine takes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use nfx_core::engine::anne::{AnneControls, GainPosition, KNOBS, Split, StereoMode, split};
use nfx_core::models::spectral::{DIRECTION_IDS, MACRO_NAMES, MACROS, MAX_DIRECTIONS, MAX_LATENTS};
use nfx_frame::bank::Bank;
use nfx_frame::snapshot::{Snapshot, Value};
use nfx_frame::text;
use nice_plug::prelude::*;

use crate::session::Session;

/// Ids of the knobs A to E.
pub const KNOB_IDS: [&str; KNOBS] = ["a", "b", "c", "d", "e"];
/// Ids of the drives of A to E.
pub const DRIVE_IDS: [&str; KNOBS] = ["da", "db", "dc", "dd", "de"];
/// Letters on the knobs.
pub const KNOB_NAMES: [&str; KNOBS] = ["A", "B", "C", "D", "E"];
/// The hidden parameter that counts changes of what a project holds beside its parameters, so that a host notices them.
pub const COUNTER_ID: &str = "mchg";
/// One past the counter's highest value; it starts again at 0.
pub const COUNTER_END: i32 = 65536;

/// Which of the five divisions of the latents the knobs use.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitChoice {
    /// Five groups of equal length.
    #[id = "equal"]
    #[name = "1 Equal"]
    Equal,
    /// Each group about twice as long as the one before.
    #[id = "growing"]
    #[name = "2 Growing"]
    Growing,
    /// Each group about half as long as the one before.
    #[id = "shrinking"]
    #[name = "3 Shrinking"]
    Shrinking,
    /// The user's first division.
    #[id = "user1"]
    #[name = "4 User"]
    UserOne,
    /// The user's second division.
    #[id = "user2"]
    #[name = "5 User"]
    UserTwo,
}

/// Where the gains act.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionChoice {
    /// After the latent layer's activation; the knobs run from 0.5 to 5.5.
    #[id = "after"]
    #[name = "After"]
    After,
    /// Before it; the drives run from 1 to 100.
    #[id = "before"]
    #[name = "Before"]
    Before,
}

/// How two channels pass the network.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StereoChoice {
    /// Both divided by their common maximum.
    #[id = "linked"]
    #[name = "Linked"]
    Linked,
    /// Each by its own.
    #[id = "dual"]
    #[name = "Dual"]
    Dual,
    /// Sum and difference.
    #[id = "mid_side"]
    #[name = "Mid/side"]
    MidSide,
}

/// What feeds the effect.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceChoice {
    /// The host's input.
    #[id = "host"]
    #[name = "Host"]
    Host,
    /// A built-in piano note.
    #[id = "piano"]
    #[name = "Piano"]
    Piano,
    /// Built-in strings.
    #[id = "strings"]
    #[name = "Strings"]
    Strings,
    /// A built-in snare.
    #[id = "snare"]
    #[name = "Snare"]
    Snare,
    /// The user's own file.
    #[id = "file"]
    #[name = "File"]
    File,
}

/// All parameters and, in [`Session`], what else a project keeps.
#[derive(Params)]
pub struct AnneParams {
    /// How far along each of the model's directions, -2 to 2: the macros, then what was discovered.
    #[nested(group = "Macros")]
    pub directions: Bank<MAX_DIRECTIONS>,
    /// Gains of the five groups after the activation, 0.5 to 5.5, neutral 1 at a third of the travel.
    #[nested(group = "Knobs")]
    pub knobs: Bank<KNOBS>,
    /// Gains of the five groups before the activation, 1 to 100. The plain value is in decibels, so the travel is logarithmic.
    #[nested(group = "Drive")]
    pub drives: Bank<KNOBS>,
    /// Which division of the latents the knobs use.
    #[id = "split"]
    pub split: EnumParam<SplitChoice>,
    /// Whether knobs or drives act.
    #[id = "pos"]
    pub position: EnumParam<PositionChoice>,
    /// From the first sound to the side chain, 0 to 1.
    #[id = "morph"]
    pub morph: FloatParam,
    /// From dry to wet, 0 to 1.
    #[id = "mix"]
    pub mix: FloatParam,
    /// Input gain, -24 to 24 dB.
    #[id = "in"]
    pub input_db: FloatParam,
    /// Output gain, -24 to 24 dB.
    #[id = "out"]
    pub output_db: FloatParam,
    /// From resynthesis (0) to transfer (1).
    #[id = "detail"]
    pub detail: FloatParam,
    /// Time in which knobs arrive, 5 to 500 ms.
    #[id = "resp"]
    pub response_ms: FloatParam,
    /// Bring the mix to the dry sound's loudness.
    #[id = "level"]
    pub level_match: BoolParam,
    /// Hold the frame that sounds.
    #[id = "freeze"]
    pub freeze: BoolParam,
    /// Time by which the latents follow, 0 to 2000 ms.
    #[id = "slew"]
    pub slew_ms: FloatParam,
    /// What the channels have in common.
    #[id = "stereo"]
    pub stereo: EnumParam<StereoChoice>,
    /// What feeds the effect.
    #[id = "source"]
    pub source: EnumParam<SourceChoice>,
    /// Whether a built-in sound or file plays.
    #[id = "play"]
    pub play: BoolParam,
    /// Whether it starts again at its end.
    #[id = "loop"]
    pub looped: BoolParam,
    /// Pass the input, late by the latency.
    #[id = "bypass"]
    pub bypass: BoolParam,
    /// Gain of each latent, 0 to 2, multiplied with its knob.
    #[nested(group = "Latents")]
    pub trims: Bank<MAX_LATENTS>,
    /// Counts changes of the model and the like. Hidden.
    #[id = "mchg"]
    pub changes: IntParam,
    /// What else a project keeps.
    #[nested]
    pub session: Arc<Session>,
}

/// The knobs' range. Also the editor's.
#[must_use]
pub fn knob_range() -> FloatRange {
    // The exponent puts the neutral 1 at a third: (0.5 / 5)^x = 1/3.
    FloatRange::Skewed { min: 0.5, max: 5.5, factor: 0.477_121_25 }
}

/// A direction's name as the host shows it.
#[must_use]
pub fn direction_name(place: usize) -> String {
    MACRO_NAMES.get(place).map_or_else(|| format!("Discovered {}", place + 1 - MACROS), |name| (*name).to_owned())
}

fn float(
    name: impl Into<String>,
    default: f32,
    range: FloatRange,
    (to_text, from_text): (text::ToText, text::FromText),
) -> FloatParam {
    FloatParam::new(name, default, range).with_value_to_string(to_text).with_string_to_value(from_text)
}

impl Default for AnneParams {
    fn default() -> Self {
        let unit = FloatRange::Linear { min: 0.0, max: 1.0 };
        let level = FloatRange::Linear { min: -24.0, max: 24.0 };
        Self {
            directions: Bank::new(
                std::array::from_fn(|i| {
                    float(direction_name(i), 0.0, FloatRange::Linear { min: -2.0, max: 2.0 }, text::signed())
                }),
                |i| DIRECTION_IDS[i].to_owned(),
            ),
            knobs: Bank::new(
                KNOB_NAMES.map(|name| float(format!("Knob {name}"), 1.0, knob_range(), text::factor())),
                |i| KNOB_IDS[i].to_owned(),
            ),
            drives: Bank::new(
                KNOB_NAMES.map(|name| {
                    float(
                        format!("Drive {name}"),
                        0.0,
                        FloatRange::Linear { min: 0.0, max: 40.0 },
                        text::factor_in_db(),
                    )
                }),
                |i| DRIVE_IDS[i].to_owned(),
            ),
            split: EnumParam::new("Split", SplitChoice::Equal),
            position: EnumParam::new("Gain position", PositionChoice::After),
            morph: float("Morph", 0.0, unit, text::percent()),
            mix: float("Mix", 1.0, unit, text::percent()),
            input_db: float("Input", 0.0, level, text::decibels()),
            output_db: float("Output", 0.0, level, text::decibels()),
            detail: float("Detail", 1.0, unit, text::percent()),
            response_ms: float(
                "Response",
                40.0,
                FloatRange::Skewed { min: 5.0, max: 500.0, factor: 0.4 },
                text::milliseconds(),
            ),
            level_match: BoolParam::new("Level match", true),
            freeze: BoolParam::new("Freeze", false),
            slew_ms: float(
                "Slew",
                0.0,
                FloatRange::Skewed { min: 0.0, max: 2000.0, factor: 0.35 },
                text::milliseconds(),
            ),
            stereo: EnumParam::new("Stereo", StereoChoice::Linked),
            source: EnumParam::new("Source", SourceChoice::Host),
            play: BoolParam::new("Play", false),
            looped: BoolParam::new("Loop", true),
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            trims: Bank::new(
                std::array::from_fn(|i| {
                    float(format!("Latent {}", i + 1), 1.0, FloatRange::Linear { min: 0.0, max: 2.0 }, text::factor())
                }),
                |i| format!("l{}", i + 1),
            ),
            changes: IntParam::new("Model changes", 0, IntRange::Linear { min: 0, max: COUNTER_END - 1 }).hide(),
            session: Arc::new(Session::new()),
        }
    }
}

impl AnneParams {
    /// The parameter behind one of the five large knobs: its drive when gains act before the activation.
    #[must_use]
    pub fn active_knob(&self, knob: usize) -> &FloatParam {
        match self.position.value() {
            PositionChoice::After => &self.knobs[knob.min(KNOBS - 1)],
            PositionChoice::Before => &self.drives[knob.min(KNOBS - 1)],
        }
    }

    /// The division in use. Real-time safe.
    #[must_use]
    pub fn split_in_use(&self) -> Split {
        match self.split.value() {
            SplitChoice::Equal => Split::Equal,
            SplitChoice::Growing => Split::Growing,
            SplitChoice::Shrinking => Split::Shrinking,
            SplitChoice::UserOne => Split::User(self.session.user_split(0)),
            SplitChoice::UserTwo => Split::User(self.session.user_split(1)),
        }
    }

    /// The lengths of the five groups for a model of `latents` latents. Real-time safe.
    #[must_use]
    pub fn group_lengths(&self, latents: usize) -> [usize; KNOBS] {
        self.split_in_use().lengths(latents)
    }

    /// What the engine is to do with the values as they are now. Real-time safe.
    #[must_use]
    pub fn controls(&self, latents: usize) -> AnneControls {
        let gain_position = match self.position.value() {
            PositionChoice::After => GainPosition::After,
            PositionChoice::Before => GainPosition::Before,
        };
        let knobs: [f32; KNOBS] = match gain_position {
            GainPosition::After => std::array::from_fn(|i| self.knobs[i].value()),
            GainPosition::Before => std::array::from_fn(|i| text::db_to_factor(self.drives[i].value())),
        };
        let muted = self.session.muted.load(Ordering::Relaxed);
        let soloed = self.session.soloed.load(Ordering::Relaxed);
        let heard = |latent: usize| if soloed == 0 { (muted >> latent) & 1 == 0 } else { (soloed >> latent) & 1 == 1 };
        let trims: [f32; MAX_LATENTS] = std::array::from_fn(|i| if heard(i) { self.trims[i].value() } else { 0.0 });
        AnneControls {
            latent_gains: split::gains(&knobs, &self.group_lengths(latents), &trims),
            gain_position,
            directions: self.directions.values(),
            morph: self.morph.value(),
            detail: self.detail.value(),
            response_ms: self.response_ms.value(),
            mix: self.mix.value(),
            input_gain: text::db_to_factor(self.input_db.value()),
            output_gain: text::db_to_factor(self.output_db.value()),
            level_match: self.level_match.value(),
            freeze: self.freeze.value(),
            slew_ms: self.slew_ms.value(),
            stereo: match self.stereo.value() {
                StereoChoice::Linked => StereoMode::Linked,
                StereoChoice::Dual => StereoMode::Dual,
                StereoChoice::MidSide => StereoMode::MidSide,
            },
            bypass: self.bypass.value(),
        }
    }
}

/// What the parameters that version 0.1.0 did not have did then: projects and presets of that version sound as they did.
pub const BEFORE: [(&str, f32); 2] = [("detail", 0.0), ("resp", 240.0)];

/// Gives a preset of version 0.1.0 what it says nothing of: a control at its default was left out.
pub fn bring_up(preset: &mut Snapshot) {
    for (id, plain) in BEFORE {
        preset.params.entry(id.to_owned()).or_insert(Value::Number(plain));
    }
    preset.params.entry("level".to_owned()).or_insert(Value::Switch(false));
}

/// Whether a parameter belongs to a preset: not what feeds the effect, nor the bypass.
#[must_use]
pub fn in_presets(id: &str) -> bool {
    !matches!(id, "source" | "play" | "loop" | "bypass" | COUNTER_ID)
}

/// Whether a parameter belongs to an undo step.
#[must_use]
pub fn in_history(id: &str) -> bool {
    !matches!(id, "play" | "bypass" | COUNTER_ID)
}

/// The pages of knobs on a controller (CLAP).
pub fn remote_controls(params: &AnneParams, context: &mut impl RemoteControlsContext) {
    context.add_section("Main", |section| {
        section.add_page("Macros", |page| {
            params.directions.iter().take(MACROS).for_each(|direction| page.add_param(direction));
            page.add_param(&params.morph);
            page.add_param(&params.mix);
        });
        section.add_page("Discovered", |page| {
            params.directions.iter().skip(MACROS).for_each(|direction| page.add_param(direction));
            page.add_param(&params.detail);
            page.add_param(&params.response_ms);
            page.add_param(&params.freeze);
        });
        section.add_page("Knobs", |page| {
            params.knobs.iter().for_each(|knob| page.add_param(knob));
            page.add_param(&params.split);
            page.add_param(&params.morph);
            page.add_param(&params.mix);
        });
        section.add_page("Drive", |page| {
            params.drives.iter().for_each(|drive| page.add_param(drive));
            page.add_param(&params.position);
            page.add_param(&params.detail);
            page.add_param(&params.response_ms);
            page.add_param(&params.slew_ms);
            page.add_param(&params.freeze);
        });
        section.add_page("Level", |page| {
            page.add_param(&params.input_db);
            page.add_param(&params.output_db);
            page.add_param(&params.level_match);
            page.add_param(&params.stereo);
            page.add_param(&params.source);
            page.add_param(&params.play);
            page.add_param(&params.looped);
            page.add_param(&params.bypass);
        });
    });
    context.add_section("Latents", |section| {
        for (page, trims) in params.trims.chunks(8).enumerate() {
            section.add_page(format!("Latents {} to {}", page * 8 + 1, page * 8 + trims.len()), |page| {
                trims.iter().for_each(|trim| page.add_param(trim));
            });
        }
    });
}
