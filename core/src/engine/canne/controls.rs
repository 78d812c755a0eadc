//! What a player of the CANNe engine may turn, in plain units, and the same made safe.

use super::SLIDERS;
use super::lfo::Lfo;
use super::unison::{MAX_UNISON, Unison};
use crate::foreign::scala::KEYS;

/// How keys share voices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum VoiceMode {
    /// Each key has a voice of its own.
    #[default]
    Poly,
    /// One voice: the last key held has the pitch, and every new key starts the envelopes again.
    Mono,
    /// One voice: a key pressed while another is held moves the pitch and leaves the envelopes
    /// alone.
    Legato,
}

/// An envelope's times and its level while held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adsr {
    /// From nothing to full, milliseconds, 0 to 60,000. The engine takes at least 2 ms, for less is
    /// a click.
    pub attack_ms: f32,
    /// From full to within 1 % of the sustain level, milliseconds, 0 to 60,000.
    pub decay_ms: f32,
    /// Level while the key is held, 0 to 1.
    pub sustain: f32,
    /// From the key's release to exact silence, milliseconds, 0 to 60,000. The engine takes at
    /// least 5 ms.
    pub release_ms: f32,
}

impl Default for Adsr {
    fn default() -> Self {
        Self { attack_ms: 8.0, decay_ms: 400.0, sustain: 0.8, release_ms: 250.0 }
    }
}

/// Low-frequency oscillators.
pub const LFOS: usize = 2;

/// Where a place of a slider's travel, 0 to 1, lies in the learned range, 0 to 1 within it and up
/// to as far again beyond. Real-time safe.
pub fn learned(place: f32, reach: f32) -> f32 {
    place + (2.0 * place - 1.0) * reach
}

/// The place of a slider's travel for one of the learned range, 0 to 1 where the travel goes so
/// far; the inverse of [`learned`]. Real-time safe.
pub fn travel(learned: f32, reach: f32) -> f32 {
    (learned + reach) / (1.0 + 2.0 * reach)
}

/// The pitch of every key in twelve equal steps: its own number.
pub fn equal_temperament() -> [f32; KEYS] {
    std::array::from_fn(|key| key as f32)
}

/// Everything that [`CanneEngine::process`](super::CanneEngine::process) is told about a block,
/// notes apart.
///
/// What is not finite counts as its default, what is out of range as the nearest end. Amounts that
/// move sliders are in the slider's travel: 1 moves it from one end to the other.
#[derive(Clone, Debug, PartialEq)]
pub struct CanneControls {
    /// The latents, 0 to 1 over the range that the model's corpus uses. Those beyond the model's
    /// are ignored.
    pub sliders: [f32; SLIDERS],
    /// How far the sliders' travel goes beyond the learned range: with 0 from its one end to the
    /// other, with 1 by a whole range more on either side. The middle of the travel stays where it
    /// is.
    pub reach: f32,
    /// Moves every partial by this many bins of the model (10.8 Hz for 4096 points at 44.1 kHz), -60 to 60, any fraction.
    pub shift_bins: f32,
    /// What a shift moves out at one end of the spectrum comes in at the other, as in the thesis.
    pub shift_circular: bool,
    /// Fine pitch, cents, -100 to 100.
    pub fine_cents: f32,
    /// Frequency of the A above middle C, 415 to 466 Hz.
    pub master_tune_hz: f32,
    /// The thesis's bass boost: 1 tilts the spectrum from +8.25 dB at 0 Hz to -8.25 dB at the
    /// model's Nyquist frequency, 0 leaves it.
    pub bass_tilt: f32,
    /// Each magnitude of each frame is multiplied by a random number within 1 ± this, 0 to 0.05; 0.001 in the thesis.
    pub noise: f32,
    /// Stereo width, 0 (both channels alike) to 1.
    pub width: f32,
    /// How fast a note lives, where the model knows how notes go on: 0 (it stands as it sounds 0.3
    /// s after its onset, at full level), 1 (as recorded) to 4. A note that has begun stands where
    /// it is while this is 0.
    pub pace: f32,
    /// How much of the engine's take is heard, 0 (none) to 1, where it has one.
    pub likeness: f32,
    /// Keep the loudness of each voice even, whatever the sliders do; the course of a note that
    /// lives stays its own.
    pub even_level: bool,
    /// Gain of the output, linear, 0 to 16.
    pub output_gain: f32,
    /// How keys share voices.
    pub mode: VoiceMode,
    /// Voices in [`VoiceMode::Poly`], 1 to 16.
    pub voices: usize,
    /// The strings of a note.
    pub unison: Unison,
    /// Pitch of each key in semitones, as MIDI counts them (69 is the master tune's A), -36 to 164;
    /// a key without a number is silent. A note that has begun keeps its pitch.
    pub pitches: [f32; KEYS],
    /// Time of a glide between two keys, milliseconds, 0 to 10,000.
    pub glide_ms: f32,
    /// In [`VoiceMode::Poly`], too, each new note glides, from the pitch of the key that was
    /// pressed before; keys that are pressed at the same sample all come from there.
    pub glide_poly: bool,
    /// Range of the pitch bend, semitones, 0 to 96; of a channel that was told another by message,
    /// until this moves.
    pub bend_range: f32,
    /// Channel 0 is the master of an MPE zone of all channels: what is done on it acts on all
    /// notes, on other channels on their own. MPE configuration messages have other zones made,
    /// until this moves.
    pub mpe: bool,
    /// Range of the pitch bend of an MPE note's own channel, semitones, 0 to 96; messages may set
    /// another, until this moves.
    pub mpe_bend_range: f32,
    /// How far slide (controller 74 and the brightness of a note, added) tilts the spectrum, -1 to
    /// 1: at 1, it darkens and brightens by 4.5 dB an octave at its ends.
    pub slide_brightness: f32,
    /// How far the velocity decides on the level, 0 to 1.
    pub velocity_amount: f32,
    /// The amplitude's envelope.
    pub amp: Adsr,
    /// The envelope that moves sliders.
    pub env: Adsr,
    /// How far the envelope moves each slider, -1 to 1.
    pub env_to: [f32; SLIDERS],
    /// The low-frequency oscillators; what they do to a slider is added.
    pub lfos: [Lfo; LFOS],
    /// How far the velocity moves each slider, -1 to 1.
    pub velocity_to: [f32; SLIDERS],
    /// How far the pressure (of the key, its channel or its expression, added) moves each slider, -1 to 1.
    pub pressure_to: [f32; SLIDERS],
    /// How far the modulation wheel moves each slider, -1 to 1.
    pub wheel_to: [f32; SLIDERS],
    /// How far slide moves each slider from where it is with the slide in its middle, -1 to 1.
    pub slide_to: [f32; SLIDERS],
    /// Plays the sliders without a note.
    pub drone: bool,
}

impl Default for CanneControls {
    fn default() -> Self {
        Self {
            sliders: [0.5; SLIDERS],
            reach: 0.0,
            shift_bins: 0.0,
            shift_circular: true,
            fine_cents: 0.0,
            master_tune_hz: 440.0,
            bass_tilt: 0.0,
            noise: 0.001,
            width: 0.5,
            pace: 1.0,
            likeness: 1.0,
            even_level: true,
            output_gain: 1.0,
            mode: VoiceMode::Poly,
            voices: super::MAX_VOICES,
            unison: Unison::default(),
            pitches: equal_temperament(),
            glide_ms: 60.0,
            glide_poly: false,
            bend_range: 2.0,
            mpe: false,
            mpe_bend_range: 48.0,
            slide_brightness: 1.0,
            velocity_amount: 0.7,
            amp: Adsr::default(),
            env: Adsr { attack_ms: 5.0, decay_ms: 600.0, sustain: 0.0, release_ms: 300.0 },
            env_to: [0.0; SLIDERS],
            lfos: [Lfo::default(); LFOS],
            velocity_to: [0.0; SLIDERS],
            pressure_to: [0.0; SLIDERS],
            wheel_to: [0.0; SLIDERS],
            slide_to: [0.0; SLIDERS],
            drone: false,
        }
    }
}

/// A number that may be used: `value` within the range, or the default where it is not finite.
pub(super) fn within(value: f32, low: f32, high: f32, default: f32) -> f32 {
    if value.is_finite() { value.clamp(low, high) } else { default }
}

impl CanneControls {
    /// The pitch of a key in semitones; NaN where the tuning leaves it out. Real-time safe.
    pub(super) fn pitch(&self, key: u8) -> f32 {
        self.pitches.get(usize::from(key)).copied().unwrap_or(f32::NAN)
    }

    /// The same with every number finite and in its range. Real-time safe.
    pub(super) fn sane(&self) -> Self {
        let own = Self::default();
        let amounts = |list: &[f32; SLIDERS]| list.map(|a| within(a, -1.0, 1.0, 0.0));
        let adsr = |adsr: &Adsr| {
            let time = |ms: f32, least: f32| within(ms, least, 60_000.0, least);
            Adsr {
                attack_ms: time(adsr.attack_ms, 2.0),
                decay_ms: time(adsr.decay_ms, 2.0),
                sustain: within(adsr.sustain, 0.0, 1.0, 1.0),
                release_ms: time(adsr.release_ms, 5.0),
            }
        };
        Self {
            sliders: self.sliders.map(|s| within(s, 0.0, 1.0, 0.5)),
            reach: within(self.reach, 0.0, 1.0, 0.0),
            shift_bins: within(self.shift_bins, -60.0, 60.0, 0.0),
            shift_circular: self.shift_circular,
            fine_cents: within(self.fine_cents, -100.0, 100.0, 0.0),
            master_tune_hz: within(self.master_tune_hz, 415.0, 466.0, own.master_tune_hz),
            bass_tilt: within(self.bass_tilt, 0.0, 1.0, 0.0),
            noise: within(self.noise, 0.0, 0.05, own.noise),
            width: within(self.width, 0.0, 1.0, own.width),
            pace: within(self.pace, 0.0, 4.0, own.pace),
            likeness: within(self.likeness, 0.0, 1.0, own.likeness),
            even_level: self.even_level,
            output_gain: within(self.output_gain, 0.0, 16.0, 1.0),
            mode: self.mode,
            voices: self.voices.clamp(1, super::MAX_VOICES),
            unison: Unison {
                voices: self.unison.voices.clamp(1, MAX_UNISON),
                detune_cents: within(self.unison.detune_cents, 0.0, 100.0, own.unison.detune_cents),
                spread: within(self.unison.spread, 0.0, 1.0, own.unison.spread),
            },
            pitches: self.pitches.map(|pitch| within(pitch, -36.0, 164.0, f32::NAN)),
            glide_ms: within(self.glide_ms, 0.0, 10_000.0, 0.0),
            glide_poly: self.glide_poly,
            bend_range: within(self.bend_range, 0.0, 96.0, own.bend_range),
            mpe: self.mpe,
            mpe_bend_range: within(self.mpe_bend_range, 0.0, 96.0, own.mpe_bend_range),
            slide_brightness: within(self.slide_brightness, -1.0, 1.0, own.slide_brightness),
            velocity_amount: within(self.velocity_amount, 0.0, 1.0, own.velocity_amount),
            amp: adsr(&self.amp),
            env: adsr(&self.env),
            env_to: amounts(&self.env_to),
            lfos: self.lfos.map(|lfo| lfo.sane()),
            velocity_to: amounts(&self.velocity_to),
            pressure_to: amounts(&self.pressure_to),
            wheel_to: amounts(&self.wheel_to),
            slide_to: amounts(&self.slide_to),
            drone: self.drone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sane_stays_and_what_is_not_becomes_so() {
        let own = CanneControls::default();
        assert_eq!(own.sane(), own);
        let wild = CanneControls {
            sliders: [f32::NAN, 7.0, -3.0, f32::INFINITY, 0.25, 0.5, 0.5, 0.5],
            master_tune_hz: 0.0,
            voices: 0,
            amp: Adsr { attack_ms: f32::NAN, decay_ms: -1.0, sustain: f32::NAN, release_ms: 1e30 },
            env_to: [f32::NEG_INFINITY; SLIDERS],
            ..own
        };
        let sane = wild.sane();
        assert_eq!(sane.sliders[..5], [0.5, 1.0, 0.0, 0.5, 0.25]);
        assert_eq!((sane.master_tune_hz, sane.voices), (415.0, 1));
        assert_eq!(
            sane.amp,
            Adsr { attack_ms: 2.0, decay_ms: 2.0, sustain: 1.0, release_ms: 60_000.0 }
        );
        assert_eq!(sane.env_to, [0.0; SLIDERS]);
    }
}
