//! The ground floor: windows, transforms, phase, resampling, levels and random numbers. Nothing
//! here knows of a network.
//!
//! | module | what it holds |
//! |---|---|
//! | [`window`] | the analysis windows, each written once |
//! | [`stft`] | one STFT convention, streaming and offline |
//! | [`phase`] | phase reconstruction, in real time and offline |
//! | `resample` | polyphase filters between two sample rates |
//! | [`level`] | smoothing, delay, the output's ceiling |
//! | `loudness` | K-weighted level matching |
//! | `dc_blocker` | what takes an offset away |
//! | [`random`] | the one generator of random numbers |
//! | [`simd`] | one source for all instruction sets, for core and the trainer |
//! | `aligned` | numbers that begin at a cache line |
//! | `vector` | exponential, sigmoid, tanh and dot product |

pub(crate) mod aligned;
pub(crate) mod dc_blocker;
pub mod level;
pub mod loudness;
pub mod phase;
pub mod random;
#[allow(unsafe_code)]
pub(crate) mod resample;
#[allow(unsafe_code)]
pub mod simd;
pub mod stft;
#[allow(unsafe_code)]
pub(crate) mod vector;
pub mod window;

/// Most channels of a sound: stereo.
pub(crate) const MAX_CHANNELS: usize = 2;
