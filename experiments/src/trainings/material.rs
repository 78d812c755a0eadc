//! What is learned from, and what is judged by.

use std::path::Path;

use anyhow::Result;
use nfx_train::profile::signal::test_signal;

use crate::checks::sounds::sounds;

/// Rate of all sounds.
pub(super) const RATE_HZ: f64 = 44_100.0;
/// Seconds of what is learned from.
const SECONDS: f64 = 20.0;
/// Seconds of each instrument that is judged by.
const HELD_OUT_S: f64 = 5.0;

/// Sounds, normalised to 0.9.
pub(super) struct Material {
    /// The program's own test signal.
    pub(super) test_signal: Vec<f32>,
    /// A guitar and drums, or what the built-in synthesizer makes of such.
    pub(super) music: Vec<f32>,
    /// A bass and a piano, which nothing learns from.
    pub(super) held_out: Vec<f32>,
}

impl Material {
    /// # Errors
    /// When a file cannot be read.
    pub(super) fn read(folder: Option<&Path>, seed: u64) -> Result<Material> {
        let sounds = sounds(folder, seed)?;
        let joined = |which: [usize; 2], seconds: f64| {
            let part = |i: usize| sounds[i].samples.iter().take((seconds * RATE_HZ) as usize);
            which.into_iter().flat_map(part).copied().collect()
        };
        Ok(Material {
            test_signal: test_signal(SECONDS, RATE_HZ)?,
            music: joined([1, 4], 0.5 * SECONDS),
            held_out: joined([0, 2], HELD_OUT_S),
        })
    }
}
