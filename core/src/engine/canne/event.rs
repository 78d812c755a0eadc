//! What is played: notes, pedals, bends and expressions, each at a sample of the block.

/// In [`EventKind`]: any channel or any note.
pub const ANY: u8 = 255;

/// Something that happens at one sample of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Sample of the block, counted from 0. Events come in this order; one that does not is taken
    /// with its predecessor.
    pub at: usize,
    /// What happens.
    pub kind: EventKind,
}

/// What happens. Real values that are not finite are ignored together with their event; those out
/// of range are clamped.
///
/// A note is addressed by its `id` where that is not negative, else by `channel` (0 to 15) and
/// `note` (0 to 127), either of which may be [`ANY`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventKind {
    /// A key goes down. With a velocity of 0 or less it comes up, as in MIDI.
    NoteOn {
        /// Channel, 0 to 15.
        channel: u8,
        /// Key, 0 to 127; 60 is middle C.
        note: u8,
        /// 0 to 1; NaN counts as 0.8.
        velocity: f32,
        /// The host's name for this note, or -1.
        id: i32,
    },
    /// A key comes up: of equal keys that are down the one pressed first, or all that are meant
    /// where the channel or the key is [`ANY`] and there is no name.
    NoteOff {
        /// Channel.
        channel: u8,
        /// Key.
        note: u8,
        /// 0 to 1; not used.
        velocity: f32,
        /// The host's name, or -1.
        id: i32,
    },
    /// A note ends at once (within 12 ms, without a click).
    Choke {
        /// Channel.
        channel: u8,
        /// Key.
        note: u8,
        /// The host's name, or -1.
        id: i32,
    },
    /// Every key comes up, whatever the pedals say.
    AllNotesOff,
    /// Every voice ends at once (within 12 ms, without a click).
    AllSoundOff,
    /// Pitch bend of a channel.
    Bend {
        /// Channel.
        channel: u8,
        /// -1 to 1 of the bend range.
        semitones_norm: f32,
    },
    /// Sustain pedal of a channel.
    Sustain {
        /// Channel.
        channel: u8,
        /// Down.
        on: bool,
    },
    /// A MIDI controller of a channel; the user guide's chart says which ones do what. Registered
    /// parameters, MPE configuration and the messages that end notes come this way.
    Controller {
        /// Channel.
        channel: u8,
        /// Its number, 0 to 127.
        number: u8,
        /// 0 to 1: its 7 bits over 127.
        value: f32,
    },
    /// Modulation wheel of all channels.
    Wheel {
        /// 0 to 1.
        value: f32,
    },
    /// Pressure on a channel's keys.
    ChannelPressure {
        /// Channel.
        channel: u8,
        /// 0 to 1.
        value: f32,
    },
    /// Pressure on one key.
    PolyPressure {
        /// Channel.
        channel: u8,
        /// Key.
        note: u8,
        /// The host's name, or -1.
        id: i32,
        /// 0 to 1.
        value: f32,
    },
    /// Tuning of one note.
    NoteTuning {
        /// Channel.
        channel: u8,
        /// Key.
        note: u8,
        /// The host's name, or -1.
        id: i32,
        /// -120 to 120.
        semitones: f32,
    },
    /// Brightness of one note, its slide: 0 darkens and 1 brightens by 4.5 dB an octave where the
    /// controls say no else.
    NoteBrightness {
        /// Channel.
        channel: u8,
        /// Key.
        note: u8,
        /// The host's name, or -1.
        id: i32,
        /// 0 to 1; 0.5 is neutral.
        value: f32,
    },
    /// Volume of one note.
    NoteVolume {
        /// Channel.
        channel: u8,
        /// Key.
        note: u8,
        /// The host's name, or -1.
        id: i32,
        /// Linear gain, 0 to 4; 1 is neutral.
        value: f32,
    },
    /// Place of one note.
    NotePan {
        /// Channel.
        channel: u8,
        /// Key.
        note: u8,
        /// The host's name, or -1.
        id: i32,
        /// -1 (left) to 1.
        value: f32,
    },
    /// Moves a slider of one note.
    SliderMod {
        /// The host's name of the note.
        id: i32,
        /// 0 to 7.
        slider: u8,
        /// Added to the slider, -1 to 1 of its travel.
        amount: f32,
    },
}

/// A note whose sound is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceEnded {
    /// Its channel.
    pub channel: u8,
    /// Its key.
    pub note: u8,
    /// The host's name for it, or -1.
    pub id: i32,
}

impl VoiceEnded {
    /// Whether an event that names `channel`, `note` and `id` means this note.
    pub(super) fn is_meant(&self, channel: u8, note: u8, id: i32) -> bool {
        if id >= 0 && self.id >= 0 {
            return id == self.id;
        }
        (channel == ANY || channel == self.channel) && (note == ANY || note == self.note)
    }
}

/// The notes that have ended and were not asked for yet: a ring of fixed capacity that forgets the
/// oldest.
#[derive(Debug)]
pub(super) struct Ended {
    ring: [VoiceEnded; Self::CAPACITY],
    first: usize,
    count: usize,
}

impl Ended {
    const CAPACITY: usize = 512;

    pub fn new() -> Self {
        Self {
            ring: [VoiceEnded { channel: 0, note: 0, id: -1 }; Self::CAPACITY],
            first: 0,
            count: 0,
        }
    }

    pub fn clear(&mut self) {
        (self.first, self.count) = (0, 0);
    }

    pub fn push(&mut self, ended: VoiceEnded) {
        if self.count == Self::CAPACITY {
            self.first = (self.first + 1) % Self::CAPACITY;
            self.count -= 1;
        }
        self.ring[(self.first + self.count) % Self::CAPACITY] = ended;
        self.count += 1;
    }

    pub fn pop(&mut self) -> Option<VoiceEnded> {
        if self.count == 0 {
            return None;
        }
        let ended = self.ring[self.first];
        self.first = (self.first + 1) % Self::CAPACITY;
        self.count -= 1;
        Some(ended)
    }
}
