//! The sound that *Morph* goes towards: the side chain's, or a file of the user's in its place,
//! looped.
//!
//! The file is kept in project and preset. It comes to the audio thread as the input selector's
//! sounds do ([`nfx_frame::source`]): decoded and brought to the host's rate on another thread,
//! posted in a letter box, faded in.

use nfx_frame::side_chain::{CHANNELS, SideChain};
use nfx_frame::source::{self, Choice};

/// Where the second sound comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// From the host, by the side chain.
    SideChain,
    /// From a file of the user's.
    File,
}

impl Choice for Second {
    const HOST: Self = Self::SideChain;
    const FILE: Self = Self::File;

    fn built_in(self) -> Option<(&'static str, &'static [u8])> {
        None
    }
}

/// Which sound at which rate.
pub type Wanted = source::Wanted<Second>;
/// A sound as the audio thread reads it.
pub type Loaded = source::Loaded<Second>;
/// Where a prepared sound waits for the audio thread.
pub type Outbox = source::Outbox<Second>;

/// The audio thread's side.
#[derive(Default)]
pub struct Player {
    /// The file's sound, and how it comes here.
    pub supply: source::Supply<Second>,
    buffers: [Vec<f32>; CHANNELS],
}

impl Player {
    /// Makes room for blocks of so many samples. Allocates.
    pub fn make_room(&mut self, samples: usize) {
        self.buffers.iter_mut().for_each(|buffer| buffer.resize(samples, 0.0));
    }

    /// Begins anew, at the file's beginning. Real-time safe.
    pub fn reset(&mut self, wanted: Wanted) {
        self.supply.selector.reset(order(wanted));
    }

    /// The second sound of a block of so many samples: `side`, or the file in its place. Real-time
    /// safe.
    pub fn play<'a>(
        &'a mut self,
        wanted: Wanted,
        side: SideChain<'a>,
        samples: usize,
    ) -> SideChain<'a> {
        let order = order(wanted);
        if self.supply.selector.passes_host(order) {
            return side;
        }
        let samples = self.buffers.iter().map(Vec::len).fold(samples, usize::min);
        let mut from = 0;
        while from < samples {
            let to = from + side.piece(from, samples - from);
            // A mono side chain stands for both channels; none is silence.
            let heard = side.stretch(from..to);
            for (channel, buffer) in self.buffers.iter_mut().enumerate() {
                match side.count().checked_sub(1) {
                    Some(last) => buffer[from..to].copy_from_slice(heard[channel.min(last)]),
                    None => buffer[from..to].fill(0.0),
                }
            }
            from = to;
        }
        let [left, right] = &mut self.buffers;
        self.supply.selector.process(order, &mut [&mut left[..samples], &mut right[..samples]]);
        let [left, right] = &self.buffers;
        SideChain::new([&left[..samples], &right[..samples]])
    }
}

/// It always plays, round and round.
fn order(wanted: Wanted) -> source::Order<Second> {
    source::Order { wanted, play: true, looped: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nfx_frame::clip::Clip;
    use nfx_frame::mailbox::Mailbox;
    use std::sync::Arc;

    fn wanted(choice: Second) -> Wanted {
        Wanted { choice, version: 1, rate_hz: 1_000.0 }
    }

    #[test]
    fn a_file_takes_the_side_chains_place_and_goes_round() {
        let mut player = Player::default();
        player.make_room(64);
        let side = [0.5; 40];
        let chain = SideChain::new([&side[..]]);
        let through = player.play(wanted(Second::SideChain), chain, 40);
        assert_eq!(
            (through.count(), through.stretch(0..40)[0]),
            (1, &side[..]),
            "without a file nothing is touched"
        );
        let clip = Arc::new(Clip {
            channels: vec![(0..25).map(|n| n as f32 + 1.0).collect()],
            rate_hz: 1_000.0,
        });
        let mailbox = Mailbox::new();
        drop(mailbox.post(Box::new(Loaded { is: wanted(Second::File), clip })));
        drop(player.supply.selector.fetch(wanted(Second::File), &mailbox));
        player.reset(wanted(Second::File));
        let mut heard = Vec::new();
        for samples in [1, 30, 9, 40] {
            let second = player.play(wanted(Second::File), chain, samples);
            assert_eq!(second.count(), 2);
            let channels = second.stretch(0..samples);
            assert_eq!(channels[0], channels[1], "a mono file drives both");
            heard.extend_from_slice(channels[0]);
        }
        let looped: Vec<f32> = (0..80).map(|n| (n % 25) as f32 + 1.0).collect();
        assert_eq!(heard, looped);
    }

    #[test]
    fn a_block_longer_than_announced_is_heard_as_far_as_there_is_room() {
        let mut player = Player::default();
        player.make_room(16);
        player.reset(wanted(Second::File));
        let second = player.play(wanted(Second::File), SideChain::default(), 40);
        assert_eq!(
            second.stretch(0..16)[0],
            [0.0; 16],
            "and a file that is not here yet is silence"
        );
    }
}
