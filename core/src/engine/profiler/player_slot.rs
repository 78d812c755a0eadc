//! The model's side of the engine: one player, or two while one model takes another's place.

use std::sync::Arc;

use super::super::timeline::Timeline;
use super::controls::ChunkControls;
use super::fade::Fade;
use super::player::{Piece, ProfilerPlayer};
use crate::models::effect::{CHUNK, ProfileModel};
use crate::signal::MAX_CHANNELS;

/// Duration of a cross-fade between two models.
const FADE_S: f64 = 0.06;

/// A player that takes another's place.
#[derive(Debug)]
struct Newcomer {
    player: Box<ProfilerPlayer>,
    fade: Fade,
    /// Whether its first chunk has begun.
    begun: bool,
}

/// Plays chunks of [`CHUNK`] model samples, in whatever pieces they arrive; everything changes
/// between chunks alone.
#[derive(Debug)]
pub(super) struct PlayerSlot {
    current: Box<ProfilerPlayer>,
    next: Option<Newcomer>,
    retired: Option<Box<ProfilerPlayer>>,
    /// Chunks begun, and samples into the present one.
    chunks: u64,
    into: usize,
    out: [[f32; CHUNK]; MAX_CHANNELS],
}

impl PlayerSlot {
    pub fn new(player: Box<ProfilerPlayer>) -> Self {
        let out = [[0.0; CHUNK]; MAX_CHANNELS];
        Self { current: player, next: None, retired: None, chunks: 0, into: 0, out }
    }

    /// The player that sounds, or is being faded in.
    pub fn player(&self) -> &ProfilerPlayer {
        self.next.as_ref().map_or(&*self.current, |next| &*next.player)
    }

    pub fn model(&self) -> &Arc<ProfileModel> {
        self.player().model()
    }

    pub fn uses_side_chain(&self) -> bool {
        self.current.model().uses_side_chain() || self.model().uses_side_chain()
    }

    pub fn tail_samples(&self) -> usize {
        self.current.tail_samples().max(self.player().tail_samples())
    }

    pub fn gain_reduction_db(&self) -> f32 {
        self.player().gain_reduction_db()
    }

    pub fn swap(&mut self, player: Box<ProfilerPlayer>) -> Result<(), Box<ProfilerPlayer>> {
        if self.next.is_some() || self.retired.is_some() {
            return Err(player);
        }
        let len = (FADE_S * player.model().sample_rate_hz()) as usize;
        let fade = Fade::new(player.unheard_samples(), len);
        self.next = Some(Newcomer { player, fade, begun: false });
        Ok(())
    }

    pub fn take_retired(&mut self) -> Option<Box<ProfilerPlayer>> {
        self.retired.take()
    }

    pub fn reset(&mut self) {
        // What sounds after a reset is the newest model.
        self.finish();
        self.current.reset();
        (self.chunks, self.into) = (0, 0);
    }

    fn finish(&mut self) {
        if let Some(next) = self.next.take() {
            self.retired = Some(std::mem::replace(&mut self.current, next.player));
        }
    }

    /// Replaces `main` by the sound of the model. Real-time safe.
    ///
    /// # Shapes
    /// `main` `[channel][sample]` with as many channels as the players have; `side` none, or as
    /// many.
    pub fn process(
        &mut self,
        main: &mut [Vec<f32>],
        side: &[Vec<f32>],
        samples: usize,
        timeline: &Timeline<ChunkControls>,
    ) {
        let mut from = 0;
        while from < samples {
            if self.into == 0 {
                self.begin_chunk(timeline);
            }
            let n = (samples - from).min(CHUNK - self.into);
            self.piece(main, side, from..from + n);
            self.into = (self.into + n) % CHUNK;
            from += n;
        }
    }

    fn begin_chunk(&mut self, timeline: &Timeline<ChunkControls>) {
        let controls = timeline.at_boundary(self.chunks);
        self.chunks += 1;
        if self.next.as_ref().is_some_and(|next| next.fade.is_done()) {
            self.finish();
        }
        match &mut self.next {
            Some(next) => {
                next.begun = true;
                next.player.begin_chunk(Some(controls));
                self.current.begin_chunk(None);
            }
            None => self.current.begin_chunk(Some(controls)),
        }
    }

    fn piece(&mut self, main: &mut [Vec<f32>], side: &[Vec<f32>], span: std::ops::Range<usize>) {
        let n = span.len();
        let piece = Piece {
            main: [part(main, 0, &span), part(main, 1, &span)],
            side: (!side.is_empty()).then(|| [part(side, 0, &span), part(side, 1, &span)]),
            samples: n,
        };
        self.current.play(&piece);
        for (c, out) in self.out.iter_mut().enumerate() {
            out[..n].copy_from_slice(&self.current.sound(c)[..n]);
        }
        if let Some(Newcomer { player, fade, begun: true }) = &mut self.next {
            player.play(&piece);
            for (c, out) in self.out.iter_mut().enumerate() {
                fade.mix(&mut out[..n], &player.sound(c)[..n]);
            }
            fade.advance(n);
        }
        for (main, out) in main.iter_mut().zip(&self.out) {
            main[span.clone()].copy_from_slice(&out[..n]);
        }
    }
}

/// A stretch of one channel; nothing of one that is not there.
fn part<'a>(channels: &'a [Vec<f32>], channel: usize, span: &std::ops::Range<usize>) -> &'a [f32] {
    channels.get(channel).map_or(&[], |samples| &samples[span.clone()])
}
