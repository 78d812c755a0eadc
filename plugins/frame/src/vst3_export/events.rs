//! Notes as VST3 tells them, in the framework's words.

use nice_plug::midi::sysex::SysExMessage;
use nice_plug::midi::{Channel, Key, NoteEvent, VoiceID};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::Event_::EventTypes_;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    Event, NoteExpressionValueEvent, NoteOnEvent,
};

/// Controllers of a MIDI channel: 128, then pressure and bend.
pub const CONTROLLERS: u32 = 130;
/// MIDI's channels.
pub const CHANNELS: u32 = 16;
/// The numbers of the parameters that stand for MIDI controllers, at the end of those that plugins
/// may use.
pub const MIDI_NUMBERS: std::ops::Range<u32> = ((1 << 31) - CONTROLLERS * CHANNELS)..(1 << 31);

/// What the controller of a number says while nobody touches it: a host that sends every value that
/// it was told changes nothing.
pub fn at_rest(number: u32) -> f64 {
    match number.checked_sub(MIDI_NUMBERS.start).map(|index| index % CONTROLLERS) {
        Some(7 | 11) => 1.0,                    // volume, expression
        Some(8 | 10 | 70..=79) => 64.0 / 127.0, // balance, pan, sound controllers
        Some(129) => 0.5,                       // pitch bend
        _ => 0.0,
    }
}

/// Notes that expressions can find by their names.
const KNOWN_NOTES: usize = 64;

/// A note expression that is understood: its number, name and unit.
pub const EXPRESSIONS: [(u32, &str, &str); 6] = [
    (0, "Volume", "dB"),
    (1, "Pan", ""),
    (2, "Tuning", "semitones"),
    (3, "Vibrato", ""),
    (4, "Expression", ""),
    (5, "Brightness", ""),
];

fn voice(id: i32) -> VoiceID {
    if id >= 0 { VoiceID::ID(id) } else { VoiceID::Wildcard }
}

fn channel(number: i16) -> Channel {
    u8::try_from(number)
        .ok()
        .filter(|number| *number < 16)
        .map_or(Channel::Wildcard, Channel::Number)
}

fn key(pitch: i16) -> Key {
    u8::try_from(pitch).ok().filter(|pitch| *pitch < 128).map_or(Key::Wildcard, Key::Number)
}

fn fraction(value: f32) -> f32 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 }
}

/// What the parameter that stands for a MIDI controller says at a sample. `None` for a value that
/// is none.
pub fn controller<S: SysExMessage>(number: u32, value: f64, timing: u32) -> Option<NoteEvent<S>> {
    let index = number.checked_sub(MIDI_NUMBERS.start).filter(|_| value.is_finite())?;
    let value = value.clamp(0.0, 1.0) as f32;
    let channel = u8::try_from(index / CONTROLLERS).ok()?;
    Some(match index % CONTROLLERS {
        128 => NoteEvent::MidiChannelPressure { timing, channel, pressure: value },
        129 => NoteEvent::MidiPitchBend { timing, channel, value },
        cc => NoteEvent::MidiCC { timing, channel, cc: u8::try_from(cc).ok()?, value },
    })
}

/// Whether both are moves of one controller.
pub fn same_controller<S: SysExMessage>(one: &NoteEvent<S>, other: &NoteEvent<S>) -> bool {
    match (one, other) {
        (
            NoteEvent::MidiCC { channel, cc, .. },
            NoteEvent::MidiCC { channel: other, cc: number, .. },
        ) => (channel, cc) == (other, number),
        (
            NoteEvent::MidiPitchBend { channel, .. },
            NoteEvent::MidiPitchBend { channel: other, .. },
        )
        | (
            NoteEvent::MidiChannelPressure { channel, .. },
            NoteEvent::MidiChannelPressure { channel: other, .. },
        ) => channel == other,
        _ => false,
    }
}

/// Which notes were begun last: VST3 tells expressions by a note's name alone.
pub struct Names {
    notes: [(i32, i16, i16); KNOWN_NOTES],
    next: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self { notes: [(-1, -1, -1); KNOWN_NOTES], next: 0 }
    }
}

impl Names {
    fn note(&mut self, event: &NoteOnEvent) {
        if event.noteId >= 0 {
            self.notes[self.next] = (event.noteId, event.channel, event.pitch);
            self.next = (self.next + 1) % KNOWN_NOTES;
        }
    }

    /// What an event of the host's means. `None` for kinds that are not known and for what makes no
    /// sense. Real-time safe.
    pub fn translate<S: SysExMessage>(
        &mut self,
        event: &Event,
        timing: u32,
    ) -> Option<NoteEvent<S>> {
        let kind = u32::from(event.r#type);
        // SAFETY: the type says which member of the union the host has written; all are plain
        // numbers.
        unsafe {
            if kind == EventTypes_::kNoteOnEvent as u32 {
                let on = event.__field0.noteOn;
                self.note(&on);
                let (voice_id, channel, key) =
                    (voice(on.noteId), channel(on.channel), key(on.pitch));
                return Some(NoteEvent::NoteOn {
                    timing,
                    voice_id,
                    channel,
                    key,
                    velocity: fraction(on.velocity),
                });
            }
            if kind == EventTypes_::kNoteOffEvent as u32 {
                let off = event.__field0.noteOff;
                let (voice_id, channel, key) =
                    (voice(off.noteId), channel(off.channel), key(off.pitch));
                return Some(NoteEvent::NoteOff {
                    timing,
                    voice_id,
                    channel,
                    key,
                    velocity: fraction(off.velocity),
                });
            }
            if kind == EventTypes_::kPolyPressureEvent as u32 {
                let press = event.__field0.polyPressure;
                let (voice_id, channel, key) =
                    (voice(press.noteId), channel(press.channel), key(press.pitch));
                let pressure = fraction(press.pressure);
                return Some(NoteEvent::PolyPressure { timing, voice_id, channel, key, pressure });
            }
            if kind == EventTypes_::kNoteExpressionValueEvent as u32 {
                return self.expression(&event.__field0.noteExpressionValue, timing);
            }
        }
        // Chords, scales and texts say nothing to an instrument; exclusive messages are for none of
        // the suite's.
        None
    }

    fn expression<S: SysExMessage>(
        &self,
        event: &NoteExpressionValueEvent,
        timing: u32,
    ) -> Option<NoteEvent<S>> {
        let note = self.notes.iter().find(|note| note.0 >= 0 && note.0 == event.noteId)?;
        if !event.value.is_finite() {
            return None;
        }
        let value = event.value.clamp(0.0, 1.0) as f32;
        let (voice_id, channel, key) = (voice(note.0), channel(note.1), key(note.2));
        Some(match event.typeId {
            0 => NoteEvent::PolyVolume { timing, voice_id, channel, key, gain: value * 4.0 },
            1 => NoteEvent::PolyPan { timing, voice_id, channel, key, pan: value * 2.0 - 1.0 },
            2 => NoteEvent::PolyTuning {
                timing,
                voice_id,
                channel,
                key,
                tuning: 240.0 * (value - 0.5),
            },
            3 => NoteEvent::PolyVibrato { timing, voice_id, channel, key, vibrato: value },
            // As the framework has them, the wrong way round: `canne-synth`'s notes turn them back
            // for both of its wrappers.
            4 => NoteEvent::PolyBrightness { timing, voice_id, channel, key, brightness: value },
            5 => NoteEvent::PolyExpression { timing, voice_id, channel, key, expression: value },
            _ => return None,
        })
    }
}
