//! Notes on their way to the engine: from the host as the framework tells them, and from the keys of the editor.

use nfx_core::engine::canne::{ANY, Event, EventKind};
use nice_plug::midi::{Channel, Key, VoiceID};
use nice_plug::prelude::*;

/// Controllers of MIDI 1.0 that the instrument knows.
const WHEEL: u8 = 1;
const SUSTAIN: u8 = 64;
const ALL_SOUND_OFF: u8 = 120;
const ALL_NOTES_OFF: u8 = 123;

/// Keys that the editor may press before the audio thread takes them.
const WAITING: usize = 256;
/// The keys of a MIDI keyboard.
const KEYS: usize = 128;
/// The name of the editor's notes: no host's name is so large.
const EDITORS: i32 = 0x4000_0000;
/// After so long without a sign of life from the editor its keys are let go: a window that closes tells nobody.
const PATIENCE_S: f64 = 2.0;

/// A key of the editor, pressed with a velocity of 0 to 1, or let go (0).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyPress {
    /// 0 to 127.
    pub note: u8,
    /// 0 to 1; 0 lets go.
    pub velocity: f32,
}

/// The editor's end.
pub type Keyboard = rtrb::Producer<KeyPress>;

/// The audio thread's end: the notes of one block.
pub struct Notes {
    keys: rtrb::Consumer<KeyPress>,
    held: [bool; KEYS],
    /// The editor's signs of life, and samples since the last.
    beat: (u64, usize),
    events: Vec<Event>,
}

/// A connected pair; a block holds at most `capacity` events of the host.
#[must_use]
pub fn channel(capacity: usize) -> (Keyboard, Notes) {
    let (keyboard, keys) = rtrb::RingBuffer::new(WAITING);
    let events = Vec::with_capacity(capacity + 2 * KEYS);
    (keyboard, Notes { keys, held: [false; KEYS], beat: (0, 0), events })
}

impl Notes {
    /// Lets go of all keys. Real-time safe.
    pub fn reset(&mut self) {
        self.held = [false; KEYS];
        while self.keys.pop().is_ok() {}
    }

    /// Begins a block of `samples` at `rate_hz` with the keys of the editor, whose signs of life are `beat`. Real-time safe.
    pub fn begin(&mut self, (samples, rate_hz): (usize, f64), beat: u64) {
        self.events.clear();
        self.beat = if beat == self.beat.0 { (beat, self.beat.1.saturating_add(samples)) } else { (beat, 0) };
        for _ in 0..KEYS {
            let Ok(KeyPress { note, velocity }) = self.keys.pop() else { break };
            self.key(note, velocity);
        }
        if self.beat.1 as f64 > PATIENCE_S * rate_hz {
            for note in 0..KEYS as u8 {
                if self.held[usize::from(note)] {
                    self.key(note, 0.0);
                }
            }
        }
    }

    fn key(&mut self, note: u8, velocity: f32) {
        let note = note.min(KEYS as u8 - 1);
        let (channel, id) = (0, EDITORS + i32::from(note));
        let held = std::mem::replace(&mut self.held[usize::from(note)], velocity > 0.0);
        if held {
            self.push(0, EventKind::NoteOff { channel, note, velocity: 0.0, id });
        }
        if velocity > 0.0 {
            self.push(0, EventKind::NoteOn { channel, note, velocity, id });
        }
    }

    /// Adds what the host tells through `api`. Real-time safe: what is beyond the capacity is left out, but for the ends of
    /// notes.
    pub fn add<S>(&mut self, event: &NoteEvent<S>, api: PluginApi) {
        if let Some(kind) = translate(event, api) {
            self.push(event.timing() as usize, kind);
        }
    }

    fn push(&mut self, at: usize, kind: EventKind) {
        if self.events.len() < self.events.capacity() {
            self.events.push(Event { at, kind });
        } else if matches!(kind, EventKind::NoteOff { .. } | EventKind::Choke { .. }) {
            // A stuck note is worse than a lost one: the last place is for an end of all.
            if let Some(last) = self.events.last_mut() {
                last.kind = EventKind::AllNotesOff;
            }
        }
    }

    /// The block's events, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }
}

/// Whether a note was begun by the editor, of which a host knows nothing.
#[must_use]
pub fn is_editors(id: i32) -> bool {
    id >= EDITORS
}

fn address(voice: VoiceID, channel: Channel, key: Key) -> (i32, u8, u8) {
    (voice.id().unwrap_or(-1), channel.number().unwrap_or(ANY), key.number().unwrap_or(ANY))
}

/// What the framework tells, as the engine takes it.
fn translate<S>(event: &NoteEvent<S>, api: PluginApi) -> Option<EventKind> {
    let kind = match *event {
        NoteEvent::NoteOn { voice_id, channel, key, velocity, .. } => {
            let (id, channel, note) = address(voice_id, channel, key);
            if channel == ANY || note == ANY {
                return None;
            }
            EventKind::NoteOn { channel, note, velocity, id }
        }
        NoteEvent::NoteOff { voice_id, channel, key, velocity, .. } => {
            let (id, channel, note) = address(voice_id, channel, key);
            EventKind::NoteOff { channel, note, velocity, id }
        }
        NoteEvent::Choke { voice_id, channel, key, .. } => {
            let (id, channel, note) = address(voice_id, channel, key);
            EventKind::Choke { channel, note, id }
        }
        NoteEvent::PolyModulation { voice_id, poly_modulation_id, normalized_offset, .. } => EventKind::SliderMod {
            id: voice_id,
            slider: u8::try_from(poly_modulation_id).ok()?,
            amount: normalized_offset,
        },
        NoteEvent::PolyPressure { voice_id, channel, key, pressure, .. } => {
            let (id, channel, note) = address(voice_id, channel, key);
            EventKind::PolyPressure { channel, note, id, value: pressure }
        }
        NoteEvent::PolyVolume { voice_id, channel, key, gain, .. } => {
            let (id, channel, note) = address(voice_id, channel, key);
            EventKind::NoteVolume { channel, note, id, value: gain }
        }
        NoteEvent::PolyPan { voice_id, channel, key, pan, .. } => {
            let (id, channel, note) = address(voice_id, channel, key);
            EventKind::NotePan { channel, note, id, value: pan }
        }
        NoteEvent::PolyTuning { voice_id, channel, key, tuning, .. } => {
            let (id, channel, note) = address(voice_id, channel, key);
            EventKind::NoteTuning { channel, note, id, semitones: tuning }
        }
        // The framework's VST3 side (nice-plug 0.4.2) takes brightness for expression and the other way round.
        NoteEvent::PolyBrightness { voice_id, channel, key, brightness: value, .. } if api != PluginApi::Vst3 => {
            let (id, channel, note) = address(voice_id, channel, key);
            EventKind::NoteBrightness { channel, note, id, value }
        }
        NoteEvent::PolyExpression { voice_id, channel, key, expression: value, .. } if api == PluginApi::Vst3 => {
            let (id, channel, note) = address(voice_id, channel, key);
            EventKind::NoteBrightness { channel, note, id, value }
        }
        NoteEvent::MidiChannelPressure { channel, pressure, .. } => {
            EventKind::ChannelPressure { channel, value: pressure }
        }
        NoteEvent::MidiPitchBend { channel, value, .. } => {
            EventKind::Bend { channel, semitones_norm: 2.0 * value - 1.0 }
        }
        NoteEvent::MidiCC { channel, cc, value, .. } => match cc {
            WHEEL => EventKind::Wheel { value },
            SUSTAIN => EventKind::Sustain { channel, on: value >= 0.5 },
            ALL_SOUND_OFF => EventKind::AllSoundOff,
            // All notes off, and the changes of mode that imply it.
            ALL_NOTES_OFF..=127 => EventKind::AllNotesOff,
            _ => return None,
        },
        _ => return None,
    };
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_window_that_vanished_are_let_go() {
        let (mut keyboard, mut notes) = channel(16);
        keyboard.push(KeyPress { note: 60, velocity: 0.5 }).unwrap();
        notes.begin((512, 1000.0), 1);
        assert!(matches!(notes.events(), [Event { at: 0, kind: EventKind::NoteOn { note: 60, .. } }]));
        for _ in 0..3 {
            notes.begin((512, 1000.0), 1);
            assert!(notes.events().is_empty());
        }
        notes.begin((512, 1000.0), 1);
        assert!(matches!(notes.events(), [Event { kind: EventKind::NoteOff { note: 60, .. }, .. }]));
        notes.begin((5120, 1000.0), 1);
        assert!(notes.events().is_empty());
    }

    #[test]
    fn a_flood_ends_notes_rather_than_leaving_them() {
        let (_, mut notes) = channel(0);
        notes.begin((64, 44_100.0), 0);
        for i in 0..2 * KEYS + 1 {
            let (voice_id, channel, key) = (VoiceID::Wildcard, Channel::Number(0), Key::Number((i % 128) as u8));
            notes.add::<()>(&NoteEvent::NoteOff { timing: 0, voice_id, channel, key, velocity: 0.0 }, PluginApi::Clap);
        }
        assert_eq!(notes.events().len(), notes.events.capacity());
        assert_eq!(notes.events().last().unwrap().kind, EventKind::AllNotesOff);
    }

    #[test]
    fn midi_is_understood() {
        let cc = |cc, value| translate::<()>(&NoteEvent::MidiCC { timing: 0, channel: 3, cc, value }, PluginApi::Clap);
        assert_eq!(cc(64, 1.0), Some(EventKind::Sustain { channel: 3, on: true }));
        assert_eq!(cc(1, 0.25), Some(EventKind::Wheel { value: 0.25 }));
        assert_eq!(cc(123, 0.0), Some(EventKind::AllNotesOff));
        assert_eq!(cc(7, 0.0), None);
        let bend = translate::<()>(&NoteEvent::MidiPitchBend { timing: 0, channel: 0, value: 0.5 }, PluginApi::Clap);
        assert_eq!(bend, Some(EventKind::Bend { channel: 0, semitones_norm: 0.0 }));
    }
}
