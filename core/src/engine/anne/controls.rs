//! What a player of the ANNe engine may turn, in plain units.

use crate::models::spectral::{MAX_DIRECTIONS, MAX_LATENTS};

/// How the two channels of a stereo sound pass the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StereoMode {
    /// Both channels are divided by their common frame maximum, which keeps the image where it was.
    #[default]
    Linked,
    /// Each channel is divided by its own frame maximum, as two mono effects would.
    Dual,
    /// Sum and difference pass the network, each divided by its own frame maximum.
    MidSide,
}

/// On which side of the latent layer's activation the gains act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GainPosition {
    /// After: large gains leave the range that the decoder has learned.
    #[default]
    After,
    /// Before: a squashing activation keeps the latents in the learned range whatever the gain.
    Before,
}

/// Everything that [`AnneEngine::process`](super::AnneEngine::process) is told about a block.
#[derive(Clone, Debug, PartialEq)]
pub struct AnneControls {
    /// Gain of each latent (its knob times its trim), linear, 1 is neutral. Latents beyond the
    /// model's are ignored.
    pub latent_gains: [f32; MAX_LATENTS],
    /// Where the gains act.
    pub gain_position: GainPosition,
    /// How far along each of the model's directions: its macros, then those that were discovered. 0
    /// is neutral, -2 to 2. Those that the model does not have are ignored.
    pub directions: [f32; MAX_DIRECTIONS],
    /// From the main sound's latents and frame maximum (0) to the side chain's (1). Without a side
    /// chain it does nothing.
    pub morph: f32,
    /// Transfer (1): the input's magnitudes times decode(moved latents) / decode(neutral latents).
    /// Resynthesis (0): the decoder's own magnitudes, as in the thesis. Between them, a mix of the
    /// magnitudes.
    pub detail: f32,
    /// Time in which gains and morph arrive where they were moved to, in milliseconds, 5 to 500.
    pub response_ms: f32,
    /// From the dry sound (0) to the network's (1).
    pub mix: f32,
    /// Gain of the input, linear.
    pub input_gain: f32,
    /// Gain of the output, linear.
    pub output_gain: f32,
    /// Bring the mix to the loudness of the dry sound, and keep its peaks within 3 dB of the dry
    /// sound's.
    pub level_match: bool,
    /// Hold the frame that is sounding.
    pub freeze: bool,
    /// Time constant by which the latents follow, in milliseconds; 0 follows at once.
    pub slew_ms: f32,
    /// What the channels have in common.
    pub stereo: StereoMode,
    /// Pass the input, delayed by the latency.
    pub bypass: bool,
}

impl Default for AnneControls {
    /// Neutral gains, wholly wet, by transfer: the input, late by the latency.
    fn default() -> Self {
        Self {
            latent_gains: [1.0; MAX_LATENTS],
            gain_position: GainPosition::After,
            directions: [0.0; MAX_DIRECTIONS],
            morph: 0.0,
            detail: 1.0,
            response_ms: 40.0,
            mix: 1.0,
            input_gain: 1.0,
            output_gain: 1.0,
            level_match: false,
            freeze: false,
            slew_ms: 0.0,
            stereo: StereoMode::Linked,
            bypass: false,
        }
    }
}

/// The part of the controls that acts on a frame, sampled at the frame's centre.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameControls {
    pub gains: [f32; MAX_LATENTS],
    pub position: GainPosition,
    pub directions: [f32; MAX_DIRECTIONS],
    pub morph: f32,
    pub detail: f32,
    pub response_s: f32,
    pub freeze: bool,
    pub slew_ms: f32,
    pub stereo: StereoMode,
}

impl FrameControls {
    /// Takes what acts on a frame; values that are not finite become neutral.
    pub fn of(controls: &AnneControls) -> Self {
        let finite = |v: f32, neutral: f32, most: f32| {
            if v.is_finite() { v.clamp(0.0, most) } else { neutral }
        };
        Self {
            gains: controls
                .latent_gains
                .map(|g| if g.is_finite() { g.clamp(-1e3, 1e3) } else { 1.0 }),
            position: controls.gain_position,
            directions: controls
                .directions
                .map(|d| if d.is_finite() { d.clamp(-2.0, 2.0) } else { 0.0 }),
            morph: finite(controls.morph, 0.0, 1.0),
            detail: finite(controls.detail, 1.0, 1.0),
            response_s: 1e-3 * finite(controls.response_ms, 40.0, 500.0).max(5.0),
            freeze: controls.freeze,
            slew_ms: finite(controls.slew_ms, 0.0, 1e5),
            stereo: controls.stereo,
        }
    }
}
