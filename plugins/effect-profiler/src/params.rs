//! Every parameter of the Effect Profiler: its frozen id, name, range, text, and the plain controls that the engine takes.
//!
//! The names of parameters cannot change once a host has seen them. A compressor has four parameters in real units that are
//! always there; any other profile's knobs are *Knob 1* to *Knob 8*, whose texts come from the profile ([`knobs`]).

use std::sync::Arc;

use nfx_core::engine::profiler::{GateControls, ProfilerControls};
use nfx_core::models::effect::{MAX_KNOBS, ProfileModel};
use nfx_frame::bank::Bank;
use nfx_frame::text;
use nice_plug::prelude::*;

use crate::session::Session;

mod choices;
pub mod knobs;
mod pages;

pub use choices::{NormaliseChoice, SourceChoice, StereoChoice};
pub use knobs::{Fixed, Mapping};
pub use pages::remote_controls;

/// The hidden parameter that counts changes of what a project holds beside its parameters, so that a host notices them.
pub const COUNTER_ID: &str = "mchg";
/// One past the counter's highest value; it starts again at 0.
pub const COUNTER_END: i32 = 65536;

/// All parameters and, in [`Session`], what else a project keeps.
#[derive(Params)]
pub struct ProfilerParams {
    /// Where a compressor begins, -50 to 0 dB.
    #[id = "thr"]
    pub threshold: FloatParam,
    /// How much of what is above it a compressor takes away, 1.5 to 10.
    #[id = "ratio"]
    pub ratio: FloatParam,
    /// How fast a compressor goes down, 1 to 1000 ms.
    #[id = "att"]
    pub attack: FloatParam,
    /// How fast it comes up again, 1 to 1000 ms.
    #[id = "rel"]
    pub release: FloatParam,
    /// Gain of the model's sound alone, -24 to 24 dB.
    #[id = "makeup"]
    pub makeup_db: FloatParam,
    /// The knobs of any other profile, 0 to 1.
    #[nested(group = "Profile")]
    pub knobs: Bank<MAX_KNOBS>,
    /// Input gain, -24 to 24 dB.
    #[id = "in"]
    pub input_db: FloatParam,
    /// Output gain, -24 to 24 dB.
    #[id = "out"]
    pub output_db: FloatParam,
    /// From dry to wet, 0 to 1.
    #[id = "mix"]
    pub mix: FloatParam,
    /// How much both channels share one gain, 0 to 1.
    #[id = "link"]
    pub link: FloatParam,
    /// Measure the level on the side chain.
    #[id = "sc"]
    pub side_chain: BoolParam,
    /// How two channels pass the profile.
    #[id = "stereo"]
    pub stereo: EnumParam<StereoChoice>,
    /// The profile's size where it has several, 0 to 1.
    #[id = "qual"]
    pub quality: FloatParam,
    /// How loud a profile is made.
    #[id = "norm"]
    pub normalise: EnumParam<NormaliseChoice>,
    /// Bring the input to the level that the device was given.
    #[id = "cal"]
    pub calibrate: BoolParam,
    /// What the interface calls full scale, in dBu.
    #[id = "dbu"]
    pub interface_dbu: FloatParam,
    /// The noise gate.
    #[id = "gate"]
    pub gate: BoolParam,
    /// Where it opens, -100 to 0 dB.
    #[id = "gthr"]
    pub gate_threshold_db: FloatParam,
    /// How long it stays open, 0 to 1000 ms.
    #[id = "ghold"]
    pub gate_hold_ms: FloatParam,
    /// How slowly it closes, 5 to 2000 ms.
    #[id = "grel"]
    pub gate_release_ms: FloatParam,
    /// Play the impulse response that was loaded.
    #[id = "ir"]
    pub ir: BoolParam,
    /// Its gain, -24 to 24 dB.
    #[id = "irl"]
    pub ir_level_db: FloatParam,
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
    /// Counts changes of the model and the like. Hidden.
    #[id = "mchg"]
    pub changes: IntParam,
    /// What else a project keeps.
    #[nested]
    pub session: Arc<Session>,
}

fn float(
    name: impl Into<String>,
    default: f32,
    range: FloatRange,
    (to_text, from_text): (text::ToText, text::FromText),
) -> FloatParam {
    FloatParam::new(name, default, range).with_value_to_string(to_text).with_string_to_value(from_text)
}

/// Most of the travel for the short times.
fn times(min: f32, max: f32) -> FloatRange {
    FloatRange::Skewed { min, max, factor: 0.25 }
}

impl Default for ProfilerParams {
    fn default() -> Self {
        let session = Arc::new(Session::new());
        let unit = FloatRange::Linear { min: 0.0, max: 1.0 };
        let level = FloatRange::Linear { min: -24.0, max: 24.0 };
        let [threshold, ratio, attack, release] = Fixed::ALL;
        let fixed = |which: Fixed, default: f32, range: FloatRange| float(which.name(), default, range, which.text());
        Self {
            threshold: fixed(threshold, -24.0, FloatRange::Linear { min: -50.0, max: 0.0 }),
            ratio: fixed(ratio, 4.0, FloatRange::Skewed { min: 1.5, max: 10.0, factor: 0.6 }),
            attack: fixed(attack, 10.0, times(1.0, 1000.0)),
            release: fixed(release, 150.0, times(1.0, 1000.0)),
            makeup_db: float("Make-up", 0.0, level, text::decibels()),
            knobs: Bank::new(
                std::array::from_fn(|i| {
                    float(format!("Knob {}", i + 1), 0.5, unit, knobs::text(i, session.knob_names().clone()))
                }),
                |i| format!("knob{}", i + 1),
            ),
            input_db: float("Input", 0.0, level, text::decibels()),
            output_db: float("Output", 0.0, level, text::decibels()),
            mix: float("Mix", 1.0, unit, text::percent()),
            link: float("Stereo link", 1.0, unit, text::percent()),
            side_chain: BoolParam::new("External side chain", false),
            stereo: EnumParam::new("Stereo", StereoChoice::Stereo),
            quality: float("Quality", 1.0, unit, text::percent()),
            normalise: EnumParam::new("Normalise", NormaliseChoice::Off),
            calibrate: BoolParam::new("Calibrate input", false),
            interface_dbu: float(
                "Interface level",
                12.0,
                FloatRange::Linear { min: -10.0, max: 30.0 },
                text::with_unit("dBu", 1),
            ),
            gate: BoolParam::new("Gate", false),
            gate_threshold_db: float(
                "Gate threshold",
                -60.0,
                FloatRange::Linear { min: -100.0, max: 0.0 },
                text::decibels(),
            ),
            gate_hold_ms: float("Gate hold", 50.0, times(0.0, 1000.0), text::milliseconds()),
            gate_release_ms: float("Gate release", 150.0, times(5.0, 2000.0), text::milliseconds()),
            ir: BoolParam::new("Impulse response", true),
            ir_level_db: float("Impulse response level", 0.0, level, text::decibels()),
            source: EnumParam::new("Source", SourceChoice::Host),
            play: BoolParam::new("Play", false),
            looped: BoolParam::new("Loop", true),
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            changes: IntParam::new("Model changes", 0, IntRange::Linear { min: 0, max: COUNTER_END - 1 }).hide(),
            session,
        }
    }
}

impl ProfilerParams {
    /// One of the four that a compressor has.
    #[must_use]
    pub fn fixed(&self, which: Fixed) -> &FloatParam {
        match which {
            Fixed::Threshold => &self.threshold,
            Fixed::Ratio => &self.ratio,
            Fixed::Attack => &self.attack,
            Fixed::Release => &self.release,
        }
    }

    /// The parameter that drives knob `index` of a model that is mapped so.
    #[must_use]
    pub fn driver(&self, mapping: &Mapping, index: usize) -> &FloatParam {
        match mapping.fixed(index) {
            Some(fixed) => self.fixed(fixed),
            None => &self.knobs[index.min(MAX_KNOBS - 1)],
        }
    }

    /// The model's knobs in their own units. Real-time safe.
    #[must_use]
    pub fn knob_values(&self, model: &ProfileModel, mapping: &Mapping) -> [f32; MAX_KNOBS] {
        let mut values = [0.0; MAX_KNOBS];
        for (index, (value, info)) in values.iter_mut().zip(&model.info().knobs).enumerate() {
            let param = self.driver(mapping, index);
            *value = match mapping.fixed(index) {
                Some(fixed) => fixed.in_unit_of(info, param.value()),
                None => info.value(2.0 * param.value() - 1.0),
            };
        }
        values
    }

    /// What the engine is to do with the values as they are now. Real-time safe.
    #[must_use]
    pub fn controls(&self, model: Option<&ProfileModel>, mapping: &Mapping) -> ProfilerControls {
        ProfilerControls {
            knobs: model.map_or([0.0; MAX_KNOBS], |model| self.knob_values(model, mapping)),
            input_db: self.input_db.value(),
            output_db: self.output_db.value() + self.session.match_trim_db(),
            makeup_db: self.makeup_db.value(),
            mix: self.mix.value(),
            normalise: self.normalise.value().engine(),
            calibrate_input: self.calibrate.value(),
            interface_dbu: self.interface_dbu.value(),
            stereo: self.stereo.value().engine(),
            link: self.link.value(),
            gate: GateControls {
                on: self.gate.value(),
                threshold_db: self.gate_threshold_db.value(),
                hold_ms: self.gate_hold_ms.value(),
                release_ms: self.gate_release_ms.value(),
            },
            external_side_chain: self.side_chain.value(),
            quality: self.quality.value(),
            // An engine keeps the last response that it was handed; without one in the project it is not to be heard.
            ir_on: self.ir.value() && self.session.impulse.is_filled(),
            ir_level_db: self.ir_level_db.value(),
            bypass: self.bypass.value(),
        }
    }
}

/// Whether a parameter belongs to a preset: not what feeds the effect, the bypass, nor the interface's level.
#[must_use]
pub fn in_presets(id: &str) -> bool {
    !matches!(id, "source" | "play" | "loop" | "bypass" | "dbu" | COUNTER_ID)
}

/// Whether a parameter belongs to an undo step.
#[must_use]
pub fn in_history(id: &str) -> bool {
    !matches!(id, "play" | "bypass" | COUNTER_ID)
}
