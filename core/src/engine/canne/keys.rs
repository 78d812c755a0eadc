//! Keys that are held down.

use super::event::VoiceEnded;
use super::zones::bit;

/// Keys remembered in the modes of one voice; ten fingers and a few.
const STACK: usize = 32;

/// Held keys in the order in which they were pressed, for the modes of one voice.
#[derive(Clone, Debug)]
pub(super) struct KeyStack {
    keys: [VoiceEnded; STACK],
    count: usize,
}

impl KeyStack {
    pub const EMPTY: Self =
        Self { keys: [VoiceEnded { channel: 0, note: 0, id: -1 }; STACK], count: 0 };

    /// Adds a key; gives back the oldest one where there is no room for both.
    pub fn push(&mut self, key: VoiceEnded) -> Option<VoiceEnded> {
        let oldest = (self.count == STACK).then(|| self.remove(0));
        self.keys[self.count] = key;
        self.count += 1;
        oldest
    }

    /// Takes one key out that an event means: the one with just this name, else the one pressed
    /// first.
    pub fn take(&mut self, channel: u8, note: u8, id: i32) -> Option<VoiceEnded> {
        let keys = &self.keys[..self.count];
        let named = keys.iter().position(|key| id >= 0 && key.id == id);
        let place =
            named.or_else(|| keys.iter().position(|key| key.is_meant(channel, note, id)))?;
        Some(self.remove(place))
    }

    /// Takes one key out that was pressed on one of these channels, which are bits.
    pub fn take_of(&mut self, channels: u16) -> Option<VoiceEnded> {
        let place =
            self.keys[..self.count].iter().position(|key| channels & bit(key.channel) != 0)?;
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
        while stack.take_of(1).is_some() {
            rest += 1;
        }
        assert_eq!(rest, STACK - 2);
    }
}
