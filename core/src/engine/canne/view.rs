//! What an editor draws.

use super::SLIDERS;

/// The engine as it is just now.
#[derive(Clone, Copy, Debug)]
pub struct CanneView<'a> {
    /// Frames decoded so far for the voice that is shown: changes when there is something new.
    pub index: u64,
    /// Sliders after all modulation, of the newest voice; the controls' own while nothing sounds.
    pub sliders: [f32; SLIDERS],
    /// Decoded magnitudes of the newest voice, `[bin]` of the model; about 1 at most.
    pub spectrum: &'a [f32],
    /// Width of those bins, in Hz.
    pub bin_hz: f32,
    /// Frequency of the newest voice's first partial; 0 while nothing sounds.
    pub pitch_hz: f32,
    /// Voices that sound.
    pub voices: usize,
    /// Largest output sample of the last block, `[left, right]`, linear.
    pub peaks: [f32; 2],
}
