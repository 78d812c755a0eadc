//! The side chain of one block, as the host hands it over: it may be shorter than the block, or not
//! there.
//!
//! A host may deactivate the bus of a side chain while sound runs, and the framework (nice-plug 0.4.2) then hands over channels
//! that are as long as some earlier block was. What is there is heard; the rest of the block is silence.

use std::ops::Range;

use nice_plug::prelude::AuxiliaryBuffers;

/// Most channels of a side chain.
pub const CHANNELS: usize = 2;

static SILENCE: [f32; 1024] = [0.0; 1024];

/// The channels of a side chain over one block: none when nothing is connected, or 1 or 2 of any
/// lengths.
#[derive(Clone, Copy, Debug, Default)]
pub struct SideChain<'a> {
    channels: [&'a [f32]; CHANNELS],
    count: usize,
}

impl<'a> SideChain<'a> {
    /// Of these channels, `[channel][sample]`; what lies beyond [`CHANNELS`] is left out. Real-time
    /// safe.
    #[must_use]
    pub fn new(channels: impl IntoIterator<Item = &'a [f32]>) -> Self {
        let mut side = Self::default();
        for (slot, channel) in side.channels.iter_mut().zip(channels) {
            *slot = channel;
            side.count += 1;
        }
        side
    }

    /// The first auxiliary input; no channels where the layout has none. Real-time safe.
    #[must_use]
    pub fn of(aux: &'a AuxiliaryBuffers) -> Self {
        let first = aux.inputs.first().map(|input| input.as_slice_immutable());
        Self::new(first.unwrap_or_default().iter().map(|channel| &**channel))
    }

    /// Channels, however long. Real-time safe.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many samples from `from` on, at most `samples`, [`SideChain::stretch`] has in one piece:
    /// up to the end of a channel, or a piece of silence. At least 1 when `samples` is. Real-time
    /// safe.
    #[must_use]
    pub fn piece(&self, from: usize, samples: usize) -> usize {
        self.channels[..self.count].iter().fold(samples, |most, channel| {
            match channel.len().checked_sub(from) {
                Some(left) if left > 0 => most.min(left),
                _ => most.min(SILENCE.len()),
            }
        })
    }

    /// The channels over a span that [`SideChain::piece`] allows, each as long as the span; silence
    /// behind a channel's end. As many as [`SideChain::count`] are meant. Real-time safe.
    #[must_use]
    pub fn stretch(&self, span: Range<usize>) -> [&'a [f32]; CHANNELS] {
        let silence = &SILENCE[..span.len().min(SILENCE.len())];
        self.channels.map(|channel| channel.get(span.clone()).unwrap_or(silence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_heard_and_the_rest_of_the_block_is_silence() {
        let (left, right) = (vec![0.5; 3000], vec![0.25; 70]);
        let side = SideChain::new([&left[..], &right[..]]);
        let (mut heard, mut from, samples) = ([Vec::new(), Vec::new()], 0, 4096);
        while from < samples {
            let piece = side.piece(from, samples - from);
            assert!((1..=samples - from).contains(&piece));
            for (heard, channel) in heard.iter_mut().zip(side.stretch(from..from + piece)) {
                assert_eq!(channel.len(), piece);
                heard.extend_from_slice(channel);
            }
            from += piece;
        }
        for (heard, given) in heard.iter().zip([&left, &right]) {
            assert!(
                heard[..given.len()] == given[..] && heard[given.len()..].iter().all(|x| *x == 0.0)
            );
        }
        assert_eq!((SideChain::default().count(), SideChain::default().piece(0, 4096)), (0, 4096));
        assert_eq!(SideChain::new([&left[..]; 3]).count(), CHANNELS);
    }
}
