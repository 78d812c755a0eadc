//! What a player of the Effect Profiler may turn, in plain units.

use crate::models::effect::MAX_KNOBS;

/// How loud a model is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normalise {
    /// As it was trained.
    #[default]
    Off,
    /// To -18 dB on the measure of the `.nam` world, where the model's loudness is known.
    Loudness,
    /// To the level that the device gave out, where the file tells it in dBu.
    Calibrated,
}

/// How two channels pass the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProfilerStereo {
    /// Each channel by itself, but for what is linked.
    #[default]
    Stereo,
    /// The mean of both, which is then heard on both.
    Mono,
    /// Sum and difference.
    MidSide,
}

/// A noise gate before the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GateControls {
    /// Whether it may close.
    pub on: bool,
    /// Opens above this level of the sound after the input gain, 100 Hz to 5 kHz, in dBFS; closes 5
    /// dB below it.
    pub threshold_db: f32,
    /// Stays open for this long after the sound has fallen below.
    pub hold_ms: f32,
    /// Falls by 60 dB in this time.
    pub release_ms: f32,
    /// Turns what is below the threshold down by this much, in dB; at 100 and more to silence.
    pub range_db: f32,
}

impl Default for GateControls {
    fn default() -> Self {
        Self { on: false, threshold_db: -60.0, hold_ms: 50.0, release_ms: 150.0, range_db: 100.0 }
    }
}

/// Everything that [`ProfilerEngine::process`](super::ProfilerEngine::process) is told about a
/// block.
///
/// Values that are not finite become neutral, others are brought into their range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProfilerControls {
    /// The model's knobs in their own units; those beyond the model's are ignored.
    pub knobs: [f32; MAX_KNOBS],
    /// Gain before gate and model, in dB.
    pub input_db: f32,
    /// Gain of everything, in dB.
    pub output_db: f32,
    /// Gain of the model's sound alone, in dB.
    pub makeup_db: f32,
    /// From the dry sound (0) to the model's (1).
    pub mix: f32,
    /// How loud the model is made.
    pub normalise: Normalise,
    /// Bring the input to the level that the model's device was given, where its file tells that in
    /// dBu.
    pub calibrate_input: bool,
    /// What the user's interface calls full scale: dBu of a sine whose peaks are 0 dBFS.
    pub interface_dbu: f32,
    /// How two channels pass the model.
    pub stereo: ProfilerStereo,
    /// How much both channels share one gain, in models that have a gain to share: 0 to 1.
    pub link: f32,
    /// The noise gate.
    pub gate: GateControls,
    /// Measure the level on the side chain, in models that measure one; without one connected it
    /// does nothing.
    pub external_side_chain: bool,
    /// The model's size where it has several: the smallest at 0, the largest at 1.
    pub quality: f32,
    /// Play the impulse response that was loaded.
    pub ir_on: bool,
    /// Gain of the impulse response, in dB.
    pub ir_level_db: f32,
    /// Pass the input, delayed by the latency.
    pub bypass: bool,
}

impl Default for ProfilerControls {
    /// Neutral levels, wholly wet, knobs at zero: take those from [`ProfilerControls::for_model`].
    fn default() -> Self {
        Self {
            knobs: [0.0; MAX_KNOBS],
            input_db: 0.0,
            output_db: 0.0,
            makeup_db: 0.0,
            mix: 1.0,
            normalise: Normalise::Off,
            calibrate_input: false,
            interface_dbu: 12.0,
            stereo: ProfilerStereo::Stereo,
            link: 1.0,
            gate: GateControls::default(),
            external_side_chain: false,
            quality: 1.0,
            ir_on: false,
            ir_level_db: 0.0,
            bypass: false,
        }
    }
}

impl ProfilerControls {
    /// Neutral levels, and the model's knobs where its card says that they rest.
    #[must_use]
    pub fn for_model(model: &crate::models::effect::ProfileModel) -> Self {
        let mut controls = Self::default();
        for (knob, info) in controls.knobs.iter_mut().zip(&model.info().knobs) {
            *knob = info.default;
        }
        controls
    }

    /// The part that acts on a chunk of model samples.
    pub(super) fn chunk(&self) -> ChunkControls {
        ChunkControls {
            knobs: self.knobs,
            link: within(self.link, 0.0, 1.0, 1.0),
            quality: within(self.quality, 0.0, 1.0, 1.0),
            normalise: self.normalise,
            calibrate_input: self.calibrate_input,
            interface_dbu: within(self.interface_dbu, -60.0, 60.0, 12.0),
        }
    }
}

/// What acts on a chunk of model samples, read at its first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ChunkControls {
    /// In the knobs' own units, as they came: the player that has the knobs knows their ranges.
    pub knobs: [f32; MAX_KNOBS],
    pub link: f32,
    pub quality: f32,
    pub normalise: Normalise,
    pub calibrate_input: bool,
    pub interface_dbu: f32,
}

/// `value` in `low..=high`, or `neutral` where it is NaN or infinite.
pub(super) fn within(value: f32, low: f32, high: f32, neutral: f32) -> f32 {
    if value.is_finite() { value.clamp(low, high) } else { neutral }
}

/// A gain in dB as a factor; what is not finite is 0 dB, and none is beyond 60 dB either way.
/// Real-time safe.
pub(super) fn gain(db: f32) -> f32 {
    // Exactly one at 0 dB, so that neutral levels change no bit.
    if db == 0.0 { 1.0 } else { 10.0f32.powf(within(db, -60.0, 60.0, 0.0) / 20.0) }
}
