//! Every parameter of the Effect Profiler as one table, and the plain controls that the engine
//! takes.
//!
//! The names of parameters cannot change once a host has seen them. A compressor has four
//! parameters in real units that are always there; any other profile's knobs are *Knob 1* to *Knob
//! 8*, whose texts come from the profile ([`knobs`]).

use std::sync::Arc;

use nfx_core::engine::profiler::{GateControls, ProfilerControls};
use nfx_core::models::effect::{MAX_KNOBS, ProfileModel};
use nfx_frame::params::{
    Bank, Kept, Row, bypass, choice, counter, float, level, linear, looped, play, share, skewed,
    source, switch,
};
use nfx_frame::text;
use nice_plug::prelude::*;

use crate::session::Session;

mod choices;
pub mod knobs;

pub use choices::{NormaliseChoice, SourceChoice, StereoChoice};
pub use knobs::{Fixed, Mapping};

nfx_frame::parameters! {
    /// All parameters and, in [`Session`], what else a project keeps.
    pub struct ProfilerParams {
        let session = Arc::new(Session::new());
        /// Sets the level above which the sound is turned down.
        ///
        /// What is below passes as it is.
        threshold: Row<FloatParam> = fixed(Fixed::Threshold, -24.0, linear(-50.0, 0.0)).on("Main/Compressor", 1),
        /// Sets how far sound above the threshold is turned down.
        ///
        /// At 4 : 1, four decibels more come out as one.
        ratio: Row<FloatParam> = fixed(Fixed::Ratio, 4.0, skewed(1.5, 10.0, 0.6)).on("Main/Compressor", 2),
        /// Sets how fast a loud sound is turned down.
        ///
        /// Short catches peaks; long lets the hit through.
        attack: Row<FloatParam> = fixed(Fixed::Attack, 10.0, times(1.0, 1000.0)).on("Main/Compressor", 3),
        /// Sets how fast the sound comes up again.
        ///
        /// Short is dense and may pump; long keeps the phrase.
        release: Row<FloatParam> = fixed(Fixed::Release, 150.0, times(1.0, 1000.0)).on("Main/Compressor", 4),
        /// Sets the level of the effect's sound alone.
        ///
        /// It makes up for what was taken away.
        makeup_db: Row<FloatParam> = level("makeup", "Make-up").on("Main/Compressor", 5).on("Main/Levels", 4),
        /// Turns a knob of the profiled device.
        ///
        /// Its name and unit come from the profile.
        knobs: Bank<MAX_KNOBS> = std::array::from_fn(|i| {
            let text = knobs::text(i, session.knob_names().clone());
            float(format!("knob{}", i + 1), format!("Knob {}", i + 1), 0.5, linear(0.0, 1.0), text)
                .group("Profile")
                .on("Main/Profile", i + 1)
        }),
        /// Sets the level into the effect.
        ///
        /// More drives an amplifier, or compresses more.
        input_db: Row<FloatParam> = level("in", "Input").on("Main/Levels", 1),
        /// Sets the level out of the plugin.
        output_db: Row<FloatParam> = level("out", "Output").on("Main/Levels", 2),
        /// Blends from the untouched sound to the effect's.
        ///
        /// Both are in time with each other.
        mix: Row<FloatParam> = share("mix", "Mix", 1.0).on("Main/Compressor", 6).on("Main/Levels", 3),
        /// Sets how much both channels share one gain.
        ///
        /// At 100 % the image stays still; at 0 % each goes alone.
        link: Row<FloatParam> = share("link", "Stereo link", 1.0).on("Main/Compressor", 7),
        /// Measures the level at the side-chain input.
        ///
        /// A bass drum there ducks the bass here.
        side_chain: Row<BoolParam> = switch("sc", "External side chain", false).on("Main/Compressor", 8),
        /// Sets how the two channels pass the profile.
        ///
        /// Both, their mean, or middle and sides.
        stereo: Row<EnumParam<StereoChoice>> = choice("stereo", "Stereo", StereoChoice::Stereo).on("Main/More", 1),
        /// Sets the network's size where a profile has several.
        ///
        /// Small costs less; large is closer to the device.
        quality: Row<FloatParam> = share("qual", "Quality", 1.0).on("Main/More", 2),
        /// Sets how loud a profile is made.
        ///
        /// As captured, all equally loud, or as the device was.
        normalise: Row<EnumParam<NormaliseChoice>> =
            choice("norm", "Normalise", NormaliseChoice::Off).on("Main/Levels", 5),
        /// Brings your input to the level that the device was given.
        ///
        /// The profile's file has to tell that level.
        calibrate: Row<BoolParam> = switch("cal", "Calibrate input", false).on("Main/Levels", 6),
        /// Says what full scale is on your interface, in dBu.
        ///
        /// Its manual says it. Only calibration uses it.
        interface_dbu: Row<FloatParam> =
            float("dbu", "Interface level", 12.0, linear(-10.0, 30.0), text::with_unit("dBu", 1))
                .kept(Kept::Undo)
                .on("Main/Levels", 7),
        /// Closes when nothing is played.
        ///
        /// So an amplifier does not hiss.
        gate: Row<BoolParam> = switch("gate", "Gate", false).on("Main/Gate and cabinet", 1),
        /// Opens the gate above this level of the input.
        ///
        /// It closes again 5 dB below.
        gate_threshold_db: Row<FloatParam> =
            float("gthr", "Gate threshold", -60.0, linear(-100.0, 0.0), text::decibels())
                .on("Main/Gate and cabinet", 2),
        /// Sets how long the gate stays open after the sound fell.
        ///
        /// It begins when the level falls below the threshold.
        gate_hold_ms: Row<FloatParam> =
            float("ghold", "Gate hold", 50.0, times(0.0, 1000.0), text::milliseconds())
                .on("Main/Gate and cabinet", 3),
        /// Sets how slowly the gate closes.
        ///
        /// Short is tight; long lets notes ring out.
        gate_release_ms: Row<FloatParam> =
            float("grel", "Gate release", 150.0, times(5.0, 2000.0), text::milliseconds())
                .on("Main/Gate and cabinet", 4),
        /// Plays the impulse response that you loaded.
        ///
        /// It may be that of a loudspeaker cabinet.
        ir: Row<BoolParam> = switch("ir", "Impulse response", true).on("Main/Gate and cabinet", 5),
        /// Sets the level of the sound through the response.
        ir_level_db: Row<FloatParam> = level("irl", "Impulse response level").on("Main/Gate and cabinet", 6),
        /// Chooses what feeds the effect.
        ///
        /// The host, a built-in sound, or a file of yours.
        source: Row<EnumParam<SourceChoice>> = source().on("Main/More", 3),
        /// Plays the built-in sound or your file from its beginning.
        play: Row<BoolParam> = play().on("Main/More", 4),
        /// Starts the built-in sound or your file again at its end.
        looped: Row<BoolParam> = looped().on("Main/More", 5),
        /// Passes the input untouched, in time with the rest.
        bypass: Row<BoolParam> = bypass().on("Main/Levels", 8),
        /// Counts changes of the model and the like. Hidden.
        changes: Row<IntParam> = counter(),
        /// How far the closed gate turns the sound down.
        ///
        /// At 100 dB it is silent.
        gate_range_db: Row<FloatParam> =
            float("grng", "Gate range", 100.0, skewed(6.0, 100.0, 0.5), text::decibels())
                .on("Main/Gate and cabinet", 7),
        ..session: Arc<Session> = session
    }
}

/// The pages of knobs on a controller, in their order.
pub const PAGES: [&str; 5] =
    ["Main/Compressor", "Main/Profile", "Main/Levels", "Main/Gate and cabinet", "Main/More"];

/// Most of the travel for the short times.
fn times(min: f32, max: f32) -> FloatRange {
    skewed(min, max, 0.25)
}

fn fixed(which: Fixed, default: f32, range: FloatRange) -> Row<FloatParam> {
    float(which.id(), which.name(), default, range, which.text())
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

    /// Its id.
    #[must_use]
    pub fn driver_id(mapping: &Mapping, index: usize) -> String {
        match mapping.fixed(index) {
            Some(fixed) => fixed.id().to_owned(),
            None => format!("knob{}", index.min(MAX_KNOBS - 1) + 1),
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
                range_db: self.gate_range_db.value(),
            },
            external_side_chain: self.side_chain.value(),
            quality: self.quality.value(),
            // An engine keeps the last response that it was handed; without one in the project it
            // is not to be heard.
            ir_on: self.ir.value() && self.session.impulse.is_filled(),
            ir_level_db: self.ir_level_db.value(),
            bypass: self.bypass.value(),
        }
    }
}
