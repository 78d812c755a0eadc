//! What a keyboard player does: notes, pedals, bends, expressions, each at an exact sample.

use clack_host::events::event_types::{
    MidiEvent, NoteChokeEvent, NoteExpressionEvent, NoteExpressionType, NoteOffEvent, NoteOnEvent,
    ParamModEvent,
};
use clack_host::events::spaces::CoreEventSpace;
use clack_host::prelude::*;

/// A note's address: channel, key, and the host's name for it (-1 for none).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// 0 to 15, or -1 for any.
    pub channel: i16,
    /// 0 to 127, or -1 for any.
    pub key: i16,
    /// 0 and up, or -1 for none.
    pub id: i32,
}

impl Note {
    /// A key of the first channel without a name.
    pub fn key(key: u8) -> Self {
        Self { channel: 0, key: i16::from(key), id: -1 }
    }

    /// The same with a name.
    pub fn named(self, id: i32) -> Self {
        Self { id, ..self }
    }

    /// The same on another channel.
    pub fn on(self, channel: i16) -> Self {
        Self { channel, ..self }
    }

    fn pckn(self) -> Pckn {
        Pckn::from_raw(0, self.channel, self.key, self.id)
    }
}

/// Something that a player does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Play {
    /// A key goes down with a velocity of 0 to 1.
    On(Note, f64),
    /// A key comes up.
    Off(Note),
    /// A note is cut off.
    Choke(Note),
    /// A note's own tuning in semitones, volume, pan and so on.
    Expression(Note, NoteExpressionType, f64),
    /// A parameter of one note is moved by so much of its plain range.
    Modulate(Note, u32, f64),
    /// Three bytes of MIDI 1.0.
    Midi([u8; 3]),
}

/// At which sample of the take something is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Played {
    /// Sample since the take's beginning.
    pub at: usize,
    /// What is done.
    pub what: Play,
}

/// A key held from one sample to another.
pub fn held(key: u8, from: usize, to: usize) -> [Played; 2] {
    let note = Note::key(key);
    [Played { at: from, what: Play::On(note, 0.8) }, Played { at: to, what: Play::Off(note) }]
}

/// Adds one to a block's events.
pub(super) fn push(buffer: &mut EventBuffer, time: u32, what: Play) {
    match what {
        Play::On(note, velocity) => buffer.push(&NoteOnEvent::new(time, note.pckn(), velocity)),
        Play::Off(note) => buffer.push(&NoteOffEvent::new(time, note.pckn(), 0.0)),
        Play::Choke(note) => buffer.push(&NoteChokeEvent::new(time, note.pckn())),
        Play::Expression(note, kind, value) => {
            buffer.push(&NoteExpressionEvent::new(time, note.pckn(), kind, value))
        }
        Play::Modulate(note, param, amount) => {
            buffer.push(&ParamModEvent::new(time, ClapId::new(param), note.pckn(), amount));
        }
        Play::Midi(bytes) => buffer.push(&MidiEvent::new(time, 0, bytes)),
    }
}

/// The notes that the plugin says are over, in a block's output events.
pub(super) fn ended(events: &EventBuffer) -> Vec<Note> {
    let note = |event: &UnknownEvent| match event.as_core_event() {
        Some(CoreEventSpace::NoteEnd(end)) => {
            let pckn = end.pckn();
            Some(Note { channel: pckn.raw_channel(), key: pckn.raw_key(), id: pckn.raw_note_id() })
        }
        _ => None,
    };
    events.iter().filter_map(note).collect()
}
