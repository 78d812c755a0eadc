//! Notes on their way to the engine: from the host as the framework tells them, and from the keys
//! of the editor.

use nfx_core::engine::canne::{ANY, Event, EventKind};
use nice_plug::midi::{Channel, Key, VoiceID};
use nice_plug::prelude::*;

use crate::queues::Sorter;

/// Keys that the editor may press before the audio thread takes them.
const WAITING: usize = 256;
/// The keys of a MIDI keyboard.
const KEYS: usize = 128;
/// The name of the editor's notes: no host's name is so large.
const EDITORS: i32 = 0x4000_0000;
/// After so long without a sign of life from the editor its keys are let go: a window that closes
/// tells nobody.
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
    /// Controllers at the end of this block, which belong to the next one's first sample.
    late: Vec<Event>,
    samples: usize,
    sorter: Sorter,
}

/// A connected pair; a block holds at most `capacity` events of the host.
#[must_use]
pub fn channel(capacity: usize) -> (Keyboard, Notes) {
    let (keyboard, keys) = rtrb::RingBuffer::new(WAITING);
    let room = capacity + 2 * KEYS;
    let (events, late, sorter) =
        (Vec::with_capacity(room), Vec::with_capacity(room), Sorter::new(room));
    (keyboard, Notes { keys, held: [false; KEYS], beat: (0, 0), events, late, samples: 0, sorter })
}

impl Notes {
    /// Lets go of all keys. Real-time safe.
    pub fn reset(&mut self) {
        self.held = [false; KEYS];
        self.late.clear();
        while self.keys.pop().is_ok() {}
    }

    /// Begins a block of `samples` at `rate_hz` with the keys of the editor, whose signs of life
    /// are `beat`. Real-time safe.
    pub fn begin(&mut self, samples: usize, rate_hz: f64, beat: u64) {
        self.events.clear();
        self.events.append(&mut self.late);
        self.samples = samples;
        self.beat = if beat == self.beat.0 {
            (beat, self.beat.1.saturating_add(samples))
        } else {
            (beat, 0)
        };
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

    /// Adds what the host tells through `api`. Real-time safe: what is beyond the capacity is left
    /// out, but for the ends of notes.
    pub fn add<S>(&mut self, event: &NoteEvent<S>, api: PluginApi) {
        let Some(kind) = translate(event, api) else { return };
        let at = event.timing() as usize;
        let is_late = api == PluginApi::Vst3
            && at >= self.samples
            && matches!(kind, EventKind::Controller { .. });
        if is_late && self.late.len() < self.late.capacity() {
            // The framework cuts blocks where parameters move and may leave some controllers of
            // that sample in the block before.
            self.late.push(Event { at: 0, kind });
        } else {
            self.push(at, kind);
        }
    }

    /// To be called when all of a block is added: VST3 brings controllers in the order of their
    /// queues, and not of the player. Real-time safe.
    pub fn settle(&mut self, api: PluginApi) {
        if api == PluginApi::Vst3 {
            self.sorter.settle(&mut self.events);
        }
    }

    /// Whether something waits for the next block.
    #[must_use]
    pub fn are_waiting(&self) -> bool {
        !self.late.is_empty()
    }

    fn push(&mut self, at: usize, kind: EventKind) {
        if self.events.len() < self.events.capacity() {
            self.events.push(Event { at, kind });
        } else if is_end(kind) {
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

/// Whether notes end by this.
fn is_end(kind: EventKind) -> bool {
    match kind {
        EventKind::NoteOff { .. } | EventKind::Choke { .. } => true,
        EventKind::NoteOn { velocity, .. } => velocity <= 0.0,
        EventKind::Controller { number, value, .. } => match number {
            64 => value < 0.5,
            number => matches!(number, 120 | 123..=127),
        },
        _ => false,
    }
}

/// A pitch wheel's 14 bits, of which the host makes 0 to 1, as -1 to 1: the middle (8192) is none,
/// and both ends are whole.
fn bend(value: f32) -> f32 {
    let steps = value * 16_383.0 - 8192.0;
    // A host that thinks in fractions says 0.5, half a step below.
    if steps.abs() <= 0.5 {
        0.0
    } else {
        (steps / if steps < 0.0 { 8192.0 } else { 8191.0 }).clamp(-1.0, 1.0)
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
        NoteEvent::PolyModulation { voice_id, poly_modulation_id, normalized_offset, .. } => {
            EventKind::SliderMod {
                id: voice_id,
                slider: u8::try_from(poly_modulation_id).ok()?,
                amount: normalized_offset,
            }
        }
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
        // The framework's VST3 side (nice-plug 0.4.2) takes brightness for expression and the other
        // way round.
        NoteEvent::PolyBrightness { voice_id, channel, key, brightness: value, .. }
            if api != PluginApi::Vst3 =>
        {
            let (id, channel, note) = address(voice_id, channel, key);
            EventKind::NoteBrightness { channel, note, id, value }
        }
        NoteEvent::PolyExpression { voice_id, channel, key, expression: value, .. }
            if api == PluginApi::Vst3 =>
        {
            let (id, channel, note) = address(voice_id, channel, key);
            EventKind::NoteBrightness { channel, note, id, value }
        }
        NoteEvent::MidiChannelPressure { channel, pressure, .. } => {
            EventKind::ChannelPressure { channel, value: pressure }
        }
        NoteEvent::MidiPitchBend { channel, value, .. } => {
            EventKind::Bend { channel, semitones_norm: bend(value) }
        }
        NoteEvent::MidiCC { channel, cc: number, value, .. } => {
            EventKind::Controller { channel, number, value }
        }
        // Programs and banks: an instrument has presets of its own.
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
        notes.begin(512, 1000.0, 1);
        assert!(matches!(
            notes.events(),
            [Event { at: 0, kind: EventKind::NoteOn { note: 60, .. } }]
        ));
        for _ in 0..3 {
            notes.begin(512, 1000.0, 1);
            assert!(notes.events().is_empty());
        }
        notes.begin(512, 1000.0, 1);
        assert!(matches!(
            notes.events(),
            [Event { kind: EventKind::NoteOff { note: 60, .. }, .. }]
        ));
        notes.begin(5120, 1000.0, 1);
        assert!(notes.events().is_empty());
    }

    #[test]
    fn a_flood_ends_notes_rather_than_leaving_them() {
        let (_, mut notes) = channel(0);
        notes.begin(64, 44_100.0, 0);
        for i in 0..2 * KEYS + 1 {
            let (voice_id, channel, key) =
                (VoiceID::Wildcard, Channel::Number(0), Key::Number((i % 128) as u8));
            notes.add::<()>(
                &NoteEvent::NoteOff { timing: 0, voice_id, channel, key, velocity: 0.0 },
                PluginApi::Clap,
            );
        }
        assert_eq!(notes.events().len(), notes.events.capacity());
        assert_eq!(notes.events().last().unwrap().kind, EventKind::AllNotesOff);
    }

    #[test]
    fn midi_is_understood() {
        let cc = |cc, value| {
            translate::<()>(
                &NoteEvent::MidiCC { timing: 0, channel: 3, cc, value },
                PluginApi::Clap,
            )
        };
        for (number, value) in [(64, 1.0), (1, 0.25), (123, 0.0), (7, 0.0), (101, 0.0)] {
            assert_eq!(
                cc(number, value),
                Some(EventKind::Controller { channel: 3, number, value })
            );
        }
        let program = NoteEvent::MidiProgramChange { timing: 0, channel: 0, program: 5 };
        assert_eq!(translate::<()>(&program, PluginApi::Clap), None);
    }

    #[test]
    fn a_bend_at_rest_is_none_and_reaches_both_ends() {
        let of = |value: u16| bend(f32::from(value) / 16_383.0);
        assert_eq!((of(0), of(8192), bend(0.5), of(16_383)), (-1.0, 0.0, 0.0, 1.0));
        assert!((of(10_240) - 0.25).abs() < 1e-4 && (of(6144) + 0.25).abs() < 1e-4);
        assert!(bend(f32::NAN).is_nan(), "the engine leaves out what is no number");
    }

    #[test]
    fn a_storm_of_vst3_controllers_is_sorted_and_those_at_the_end_wait() {
        let (_, mut notes) = channel(16);
        let cc = |timing, cc, value: u8| {
            let value = f32::from(value) / 127.0;
            NoteEvent::<()>::MidiCC { timing, channel: 0, cc, value }
        };
        notes.begin(64, 44_100.0, 0);
        for event in [cc(64, 6, 12), cc(9, 6, 7), cc(9, 100, 0), cc(9, 101, 0)] {
            notes.add(&event, PluginApi::Vst3);
        }
        notes.settle(PluginApi::Vst3);
        let numbers = |notes: &Notes| -> Vec<u8> {
            let number = |event: &Event| match event.kind {
                EventKind::Controller { number, .. } => number,
                other => panic!("{other:?}"),
            };
            notes.events().iter().map(number).collect()
        };
        assert_eq!((numbers(&notes), notes.are_waiting()), (vec![101, 100, 6], true));
        notes.begin(64, 44_100.0, 0);
        for event in [cc(0, 100, 0), cc(0, 101, 0)] {
            notes.add(&event, PluginApi::Vst3);
        }
        notes.settle(PluginApi::Vst3);
        assert_eq!((numbers(&notes), notes.are_waiting()), (vec![101, 100, 6], false));
    }
}
