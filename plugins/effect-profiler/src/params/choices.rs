//! Parameters with few values.

use nfx_core::engine::profiler::{Normalise, ProfilerStereo};
use nice_plug::prelude::*;

/// How loud a profile is made.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormaliseChoice {
    /// As it was captured.
    #[id = "off"]
    #[name = "As captured"]
    Off,
    /// All profiles equally loud.
    #[id = "loudness"]
    #[name = "Even loudness"]
    Loudness,
    /// As loud as the device was.
    #[id = "calibrated"]
    #[name = "Calibrated"]
    Calibrated,
}

impl NormaliseChoice {
    /// As the engine takes it.
    #[must_use]
    pub fn engine(self) -> Normalise {
        match self {
            Self::Off => Normalise::Off,
            Self::Loudness => Normalise::Loudness,
            Self::Calibrated => Normalise::Calibrated,
        }
    }
}

/// How two channels pass the profile.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StereoChoice {
    /// Each by itself, but for what is linked.
    #[id = "stereo"]
    #[name = "Stereo"]
    Stereo,
    /// The mean of both.
    #[id = "mono"]
    #[name = "Mono"]
    Mono,
    /// Sum and difference.
    #[id = "mid_side"]
    #[name = "Mid/side"]
    MidSide,
}

impl StereoChoice {
    /// As the engine takes it.
    #[must_use]
    pub fn engine(self) -> ProfilerStereo {
        match self {
            Self::Stereo => ProfilerStereo::Stereo,
            Self::Mono => ProfilerStereo::Mono,
            Self::MidSide => ProfilerStereo::MidSide,
        }
    }
}

/// What feeds the effect.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceChoice {
    /// The host's input.
    #[id = "host"]
    #[name = "Host"]
    Host,
    /// A built-in drum loop.
    #[id = "drums"]
    #[name = "Drums"]
    Drums,
    /// A built-in bass line.
    #[id = "bass"]
    #[name = "Bass"]
    Bass,
    /// A built-in guitar.
    #[id = "guitar"]
    #[name = "Guitar"]
    Guitar,
    /// The user's own file.
    #[id = "file"]
    #[name = "File"]
    File,
}
