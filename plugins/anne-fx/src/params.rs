//! Every parameter of ANNe as one table, and the plain controls that the engine takes.

use std::sync::Arc;

use nfx_core::engine::anne::{AnneControls, GainPosition, KNOBS, Split, StereoMode, split};
use nfx_core::models::spectral::{DIRECTION_IDS, MACRO_NAMES, MACROS, MAX_DIRECTIONS, MAX_LATENTS};
use nfx_frame::params::{
    Bank, Row, bypass, choice, counter, float, level, linear, looped, play, share, skewed, source,
    switch, values,
};
use nfx_frame::snapshot::{Snapshot, Value};
use nfx_frame::text;
use nice_plug::plugin::{ParamValue, PluginState};
use nice_plug::prelude::*;

use crate::session::Session;

/// Ids of the knobs A to E.
pub const KNOB_IDS: [&str; KNOBS] = ["a", "b", "c", "d", "e"];
/// Ids of the drives of A to E.
pub const DRIVE_IDS: [&str; KNOBS] = ["da", "db", "dc", "dd", "de"];
/// Letters on the knobs.
pub const KNOB_NAMES: [&str; KNOBS] = ["A", "B", "C", "D", "E"];

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

nfx_frame::parameters! {
    /// All parameters and, in [`Session`], what else a project keeps.
    pub struct AnneParams {
        /// How far along each of the model's directions: the macros, then what was discovered.
        directions: Bank<MAX_DIRECTIONS> = std::array::from_fn(direction),
        /// Scales this group of latents.
        ///
        /// Below 1 they fade; above 1 they leave what was learned.
        knobs: Bank<KNOBS> = std::array::from_fn(|i| {
            float(KNOB_IDS[i], format!("Knob {}", KNOB_NAMES[i]), 1.0, knob_range(), text::factor())
                .group("Knobs")
                .on("Main/Knobs", i + 1)
        }),
        /// Drives this group of latents into their limit.
        ///
        /// The sound grows, yet stays within what was learned.
        drives: Bank<KNOBS> = std::array::from_fn(|i| {
            // The plain value is in decibels, so the travel is logarithmic.
            float(DRIVE_IDS[i], format!("Drive {}", KNOB_NAMES[i]), 0.0, linear(0.0, 40.0), text::factor_in_db())
                .group("Drive")
                .on("Main/Drive", i + 1)
        }),
        /// Shares the latents among the five knobs.
        ///
        /// Equally, growing, shrinking, or in two ways of your own.
        split: Row<EnumParam<SplitChoice>> = choice("split", "Split", SplitChoice::Equal).on("Main/Knobs", 6),
        /// Makes the knobs act after the latents' limit or before it.
        ///
        /// After is wild at high gain; before is tame even at 100.
        position: Row<EnumParam<PositionChoice>> =
            choice("pos", "Gain position", PositionChoice::After).on("Main/Drive", 6),
        /// Moves this sound's timbre towards the second sound's.
        ///
        /// That is the side chain, or a file of yours.
        morph: Row<FloatParam> = share("morph", "Morph", 0.0).on("Main/Macros", 7).on("Main/Knobs", 7),
        /// Blends from the dry sound to the network's.
        mix: Row<FloatParam> = share("mix", "Mix", 1.0).on("Main/Macros", 8).on("Main/Knobs", 8),
        /// Sets the level into the effect.
        ///
        /// The network hears shapes: only the loudness changes.
        input_db: Row<FloatParam> = level("in", "Input").on("Main/Level", 1),
        /// Sets the level out of the effect.
        output_db: Row<FloatParam> = level("out", "Output").on("Main/Level", 2),
        /// The higher, the more of your own sound's detail stays.
        ///
        /// At 0 % the network makes the sound by itself.
        detail: Row<FloatParam> = share("detail", "Detail", 1.0).on("Main/Discovered", 5).on("Main/Drive", 7),
        /// Sets how fast knobs and automation arrive.
        ///
        /// Short follows the beat; long is smooth.
        response_ms: Row<FloatParam> =
            float("resp", "Response", 40.0, skewed(5.0, 500.0, 0.4), text::milliseconds())
                .on("Main/Discovered", 6)
                .on("Main/Drive", 8),
        /// Keeps the mix as loud as the dry sound.
        ///
        /// So you compare timbre, not loudness.
        level_match: Row<BoolParam> = switch("level", "Level match", true).on("Main/Level", 3),
        /// Holds the moment that sounds and lets it ring on.
        ///
        /// The knobs still play it.
        freeze: Row<BoolParam> = switch("freeze", "Freeze", false).on("Main/Discovered", 7).on("Main/Drive", 10),
        /// Sets how slowly the latents follow the sound.
        ///
        /// Longer smears the timbre in time.
        slew_ms: Row<FloatParam> =
            float("slew", "Slew", 0.0, skewed(0.0, 2000.0, 0.35), text::milliseconds()).on("Main/Drive", 9),
        /// Sets how the two channels pass the network.
        ///
        /// Linked keeps the image; Dual and Mid/side treat two alone.
        stereo: Row<EnumParam<StereoChoice>> = choice("stereo", "Stereo", StereoChoice::Linked).on("Main/Level", 4),
        /// Chooses what feeds the effect.
        ///
        /// The host, a built-in sound, or a file of yours.
        source: Row<EnumParam<SourceChoice>> = source().on("Main/Level", 5),
        /// Plays the built-in sound or your file from its beginning.
        play: Row<BoolParam> = play().on("Main/Level", 6),
        /// Starts the built-in sound or your file again at its end.
        looped: Row<BoolParam> = looped().on("Main/Level", 7),
        /// Passes the input untouched, in time with the rest.
        bypass: Row<BoolParam> = bypass().on("Main/Level", 8),
        /// Scales this one latent, on top of its knob.
        ///
        /// 0 takes it away, 1 leaves it, 2 doubles it.
        trims: Bank<MAX_LATENTS> = std::array::from_fn(|i| {
            let first = i / 8 * 8 + 1;
            let last = (first + 7).min(MAX_LATENTS);
            float(trim_id(i), format!("Latent {}", i + 1), 1.0, linear(0.0, 2.0), text::factor())
                .group("Latents")
                .on(format!("Latents/Latents {first} to {last}"), i % 8 + 1)
        }),
        /// Counts changes of the model and the like. Hidden.
        changes: Row<IntParam> = counter(),
        ..session: Arc<Session> = Arc::new(Session::new())
    }
}

/// The pages of knobs on a controller, in their order.
pub const PAGES: [&str; 5] =
    ["Main/Macros", "Main/Discovered", "Main/Knobs", "Main/Drive", "Main/Level"];

/// The knobs' range. Also the editor's.
#[must_use]
pub fn knob_range() -> FloatRange {
    // The exponent puts the neutral 1 at a third: (0.5 / 5)^x = 1/3.
    skewed(0.5, 5.5, 0.477_121_25)
}

/// The id of a latent's trim.
#[must_use]
pub fn trim_id(latent: usize) -> String {
    format!("l{}", latent + 1)
}

/// A direction's name as the host shows it.
#[must_use]
pub fn direction_name(place: usize) -> String {
    MACRO_NAMES
        .get(place)
        .map_or_else(|| format!("Discovered {}", place + 1 - MACROS), |name| (*name).to_owned())
}

/// What each macro does, in their order; what was discovered follows.
const MACRO_HELP: [&str; MACROS] = [
    "Adds or takes weight between 80 and 350 Hz.\nThe other macros stay where they are.",
    "Adds or takes presence between 2 and 6 kHz.\nThe other macros stay where they are.",
    "Adds or takes air above 8 kHz.\nThe other macros stay where they are.",
    "Turns tones into noise, or noise into tones.",
    "Takes the middle around 700 Hz away, or fills it.",
    "Moves the colour of the middle up or down.\nUp is like a smaller mouth, down like a larger one.",
];

fn direction(i: usize) -> Row<FloatParam> {
    let row = float(DIRECTION_IDS[i], direction_name(i), 0.0, linear(-2.0, 2.0), text::signed())
        .group("Macros");
    match MACRO_HELP.get(i) {
        Some(help) => row.says(help).on("Main/Macros", i + 1),
        None => row
            .says("Moves along a direction in which the learned sounds differ.\nPoint at its knob to read what it does.")
            .on("Main/Discovered", i + 1 - MACROS),
    }
}

impl AnneParams {
    /// The parameter behind one of the five large knobs: its drive when gains act before the
    /// activation.
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
            GainPosition::Before => {
                std::array::from_fn(|i| text::db_to_factor(self.drives[i].value()))
            }
        };
        let sounding = self.session.sounding();
        let trims: [f32; MAX_LATENTS] =
            std::array::from_fn(
                |i| {
                    if (sounding >> i) & 1 == 1 { self.trims[i].value() } else { 0.0 }
                },
            );
        AnneControls {
            latent_gains: split::gains(&knobs, &self.group_lengths(latents), &trims),
            gain_position,
            directions: values(&self.directions),
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

/// What the parameters that version 0.1.0 did not have did then: projects and presets of that
/// version sound as they did.
pub const BEFORE: [(&str, f32); 2] = [("detail", 0.0), ("resp", 240.0)];

/// Gives a saved state of version 0.1.0 what it lacks.
pub fn bring_up_state(state: &mut PluginState) {
    if !state.params.is_empty() {
        for (id, plain) in BEFORE {
            state.params.entry(id.to_owned()).or_insert(ParamValue::F32(plain));
        }
    }
}

/// Gives a preset of version 0.1.0 what it says nothing of: a control at its default was left out.
pub fn bring_up(preset: &mut Snapshot) {
    for (id, plain) in BEFORE {
        preset.params.entry(id.to_owned()).or_insert(Value::Number(plain));
    }
    preset.params.entry("level".to_owned()).or_insert(Value::Switch(false));
}
