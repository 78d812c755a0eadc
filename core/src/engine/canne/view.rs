//! What an editor draws.

use super::{MpeZones, SLIDERS};

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
    /// MPE's zones as they are now.
    pub zones: MpeZones,
    /// Whether a message made them, and not the controls.
    pub zones_by_message: bool,
    /// Bend range of channel 1, in semitones, and of the members of its zone where it has one.
    pub bend_ranges: [f32; 2],
    /// Largest output sample of the last block, `[left, right]`, linear.
    pub peaks: [f32; 2],
}
