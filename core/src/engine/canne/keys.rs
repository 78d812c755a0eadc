//! What a player's hands and feet are doing: held keys, pedals, wheels.

use super::event::VoiceEnded;

/// MIDI channels.
const CHANNELS: usize = 16;
/// Keys remembered in the modes of one voice; ten fingers and a few.
const STACK: usize = 32;

/// The state of every channel.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    bend: [f32; CHANNELS],
    pressure: [f32; CHANNELS],
    sustain: [bool; CHANNELS],
    /// Modulation wheel.
    pub wheel: f32,
}

impl Channels {
    pub const REST: Self =
        Self { bend: [0.0; CHANNELS], pressure: [0.0; CHANNELS], sustain: [false; CHANNELS], wheel: 0.0 };

    pub fn set_bend(&mut self, channel: u8, value: f32) {
        self.bend[usize::from(channel) % CHANNELS] = value;
    }

    pub fn set_pressure(&mut self, channel: u8, value: f32) {
        self.pressure[usize::from(channel) % CHANNELS] = value;
    }

    pub fn set_sustain(&mut self, channel: u8, on: bool) {
        self.sustain[usize::from(channel) % CHANNELS] = on;
    }

    /// Bend of a note's channel in semitones, with ranges of the channel and, in MPE, of the notes' own channels.
    pub fn semitones(&self, channel: u8, range: f32, mpe: Option<f32>) -> f32 {
        let own = self.bend[usize::from(channel) % CHANNELS];
        match mpe {
            Some(own_range) if channel != 0 => own * own_range + self.bend[0] * range,
            _ => own * range,
        }
    }

    pub fn pressure(&self, channel: u8, mpe: bool) -> f32 {
        let own = self.pressure[usize::from(channel) % CHANNELS];
        if mpe && channel != 0 { own + self.pressure[0] } else { own }
    }

    pub fn sustains(&self, channel: u8, mpe: bool) -> bool {
        self.sustain[usize::from(channel) % CHANNELS] || (mpe && self.sustain[0])
    }
}

/// Held keys in the order in which they were pressed, for the modes of one voice.
#[derive(Clone, Debug)]
pub(super) struct KeyStack {
    keys: [VoiceEnded; STACK],
    count: usize,
}

impl KeyStack {
    pub const EMPTY: Self = Self { keys: [VoiceEnded { channel: 0, note: 0, id: -1 }; STACK], count: 0 };

    /// Adds a key; gives back the oldest one where there is no room for both.
    pub fn push(&mut self, key: VoiceEnded) -> Option<VoiceEnded> {
        let oldest = (self.count == STACK).then(|| self.remove(0));
        self.keys[self.count] = key;
        self.count += 1;
        oldest
    }

    /// Takes one key out that an event means.
    pub fn take(&mut self, channel: u8, note: u8, id: i32) -> Option<VoiceEnded> {
        let place = self.keys[..self.count].iter().position(|key| key.is_meant(channel, note, id))?;
        Some(self.remove(place))
    }

    /// The key pressed last.
    pub fn top(&self) -> Option<VoiceEnded> {
        self.count.checked_sub(1).map(|last| self.keys[last])
    }

    /// Takes out a key by its whole name, where it is there.
    pub fn forget(&mut self, key: VoiceEnded) {
        if let Some(place) = self.keys[..self.count].iter().position(|k| *k == key) {
            self.remove(place);
        }
    }

    pub fn holds(&self, key: VoiceEnded) -> bool {
        self.keys[..self.count].contains(&key)
    }

    pub fn pop(&mut self) -> Option<VoiceEnded> {
        self.count.checked_sub(1).map(|last| self.remove(last))
    }

    fn remove(&mut self, place: usize) -> VoiceEnded {
        let key = self.keys[place];
        self.keys.copy_within(place + 1..self.count, place);
        self.count -= 1;
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_forgets_the_oldest_and_finds_by_name() {
        let key = |note: u8| VoiceEnded { channel: 0, note, id: i32::from(note) + 1000 };
        let mut stack = KeyStack::EMPTY;
        for note in 0..STACK as u8 {
            assert_eq!(stack.push(key(note)), None);
        }
        assert_eq!(stack.push(key(100)), Some(key(0)));
        assert_eq!(stack.top(), Some(key(100)));
        assert_eq!(stack.take(0, 5, -1), Some(key(5)));
        assert_eq!(stack.take(0, 5, -1), None);
        assert_eq!(stack.take(3, 7, 1007), Some(key(7)));
        let mut rest = 0;
        while stack.pop().is_some() {
            rest += 1;
        }
        assert_eq!(rest, STACK - 2);
    }

    #[test]
    fn mpe_adds_the_master_channel() {
        let mut channels = Channels::REST;
        channels.set_bend(0, 0.5);
        channels.set_bend(3, -0.25);
        channels.set_sustain(0, true);
        assert_eq!(channels.semitones(3, 2.0, None), -0.5);
        assert_eq!(channels.semitones(3, 2.0, Some(48.0)), -11.0);
        assert_eq!(channels.semitones(0, 2.0, Some(48.0)), 1.0);
        assert!(channels.sustains(3, true) && !channels.sustains(3, false));
    }
}
