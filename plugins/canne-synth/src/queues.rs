//! The order of controllers that VST3 brings: each controller is a parameter with a queue of its
//! own, and the queues come one after another, so that of several messages at one sample nobody
//! knows which came first.
//!
//! A registered parameter takes up to four of them (101 and 100 say which, 6 and 38 its value),
//! often all at one sample, and often several parameters there and a "none" (127, 127) behind them.
//! They are put together again: the first of each kind make the first message, the second ones the
//! second, each in the order in which players send them. A "none" comes after the data of its
//! message, for nobody selects nothing in order to set it.

use nfx_core::engine::canne::{Event, EventKind};

const CHANNELS: usize = 16;
/// Controllers whose order matters, in the order of one message: the number of a parameter, its
/// value, steps; then the coarse halves of what comes in two (wheel, volume, pan, expression)
/// before the fine ones.
const ORDERED: [u8; 16] = [99, 98, 101, 100, 6, 38, 96, 97, 1, 7, 10, 11, 33, 39, 42, 43];

/// Puts controllers in order. Allocates when it is made, and never again.
pub struct Sorter {
    /// Those of one sample: message, place within it, place in the list.
    found: Vec<([u16; 3], Event)>,
    places: Vec<usize>,
    /// `[channel][kind]`: how many of a kind were met at this sample.
    met: [[u16; ORDERED.len()]; CHANNELS],
}

/// Channel, kind, and place within a message.
fn order(kind: EventKind) -> Option<(usize, usize, usize)> {
    let EventKind::Controller { channel, number, value } = kind else { return None };
    let kind = ORDERED.iter().position(|&known| known == number)?;
    let is_none = matches!(number, 98..=101) && value >= 1.0;
    let place = kind + if is_none { ORDERED.len() } else { 0 };
    (usize::from(channel) < CHANNELS).then_some((usize::from(channel), kind, place))
}

impl Sorter {
    /// For at most so many events.
    pub fn new(capacity: usize) -> Self {
        Self {
            found: Vec::with_capacity(capacity),
            places: Vec::with_capacity(capacity),
            met: [[0; ORDERED.len()]; CHANNELS],
        }
    }

    /// Puts the controllers of each sample in order, within the places that they have. Real-time
    /// safe.
    pub fn settle(&mut self, events: &mut [Event]) {
        let mut from = 0;
        while from < events.len() {
            let at = events[from].at;
            let count = events[from..].iter().take_while(|event| event.at == at).count();
            self.sort(&mut events[from..from + count]);
            from += count;
        }
    }

    fn sort(&mut self, events: &mut [Event]) {
        self.found.clear();
        self.places.clear();
        for (index, event) in events.iter().enumerate() {
            let Some((channel, kind, place)) = order(event.kind) else { continue };
            if self.found.len() == self.found.capacity() {
                break;
            }
            let message = &mut self.met[channel][kind];
            self.found
                .push(([*message, place as u16, index.min(usize::from(u16::MAX)) as u16], *event));
            self.places.push(index);
            *message = message.saturating_add(1);
        }
        if self.found.is_empty() {
            return;
        }
        self.met = [[0; ORDERED.len()]; CHANNELS];
        self.found.sort_unstable_by_key(|(key, _)| *key);
        for (place, (_, event)) in self.places.iter().zip(&self.found) {
            events[*place] = *event;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn controller(at: usize, channel: u8, number: u8, value: u8) -> Event {
        Event {
            at,
            kind: EventKind::Controller { channel, number, value: f32::from(value) / 127.0 },
        }
    }

    #[test]
    fn messages_are_put_together_again() {
        let message = |parameter: u8, value: u8| {
            [controller(5, 0, 101, 0), controller(5, 0, 100, parameter), controller(5, 0, 6, value)]
        };
        let none = [controller(5, 0, 101, 127), controller(5, 0, 100, 127)];
        let sent: Vec<Event> = message(0, 12)
            .into_iter()
            .chain(message(1, 64))
            .chain(message(2, 60))
            .chain(none)
            .collect();
        // As queues: each controller's points one after another, the queues in any order.
        for queues in [
            [101, 100, 6],
            [101, 6, 100],
            [6, 101, 100],
            [6, 100, 101],
            [100, 6, 101],
            [100, 101, 6],
        ] {
            let mut events: Vec<Event> = queues
                .iter()
                .flat_map(|number| {
                    let is_it =
                        |event: &&Event| matches!(event.kind, EventKind::Controller { number: n, .. } if n == *number);
                    sent.iter().filter(is_it).copied()
                })
                .collect();
            Sorter::new(64).settle(&mut events);
            assert_eq!(events, sent, "{queues:?}");
        }
    }

    #[test]
    fn data_comes_before_the_none_that_closes_it() {
        let mut events =
            vec![controller(0, 0, 101, 127), controller(0, 0, 100, 127), controller(0, 0, 6, 12)];
        Sorter::new(64).settle(&mut events);
        assert_eq!(
            events,
            [controller(0, 0, 6, 12), controller(0, 0, 101, 127), controller(0, 0, 100, 127)]
        );
    }

    #[test]
    fn samples_other_events_and_channels_keep_their_places() {
        let note = Event { at: 3, kind: EventKind::AllNotesOff };
        let pedal = controller(3, 0, 64, 127);
        let mut events = vec![
            controller(1, 0, 6, 2),
            controller(3, 0, 6, 12),
            pedal,
            controller(3, 0, 100, 0),
            note,
            controller(3, 0, 101, 0),
            controller(4, 0, 101, 127),
        ];
        Sorter::new(64).settle(&mut events);
        let expected = vec![
            controller(1, 0, 6, 2),
            controller(3, 0, 101, 0),
            pedal,
            controller(3, 0, 100, 0),
            note,
            controller(3, 0, 6, 12),
            controller(4, 0, 101, 127),
        ];
        assert_eq!(events, expected);
        // Each channel has messages of its own.
        let mut events = vec![
            controller(0, 4, 6, 7),
            controller(0, 3, 6, 12),
            controller(0, 3, 100, 0),
            controller(0, 3, 101, 0),
        ];
        Sorter::new(64).settle(&mut events);
        let own: Vec<Event> = events
            .into_iter()
            .filter(|e| matches!(e.kind, EventKind::Controller { channel: 3, .. }))
            .collect();
        assert_eq!(
            own,
            [controller(0, 3, 101, 0), controller(0, 3, 100, 0), controller(0, 3, 6, 12)]
        );
    }
}
