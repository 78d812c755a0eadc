//! What every engine is to whoever plays it: a plugin, a renderer, a test.

mod anne;
mod canne;
mod profiler;

use std::sync::Arc;

use crate::signal::level::CEILING;

/// Something that happens at a sample of a block.
pub trait Timed {
    /// The sample, counted from the beginning of the block.
    fn at(&self) -> usize;
}

/// Of engines that know no events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEvent {}

impl Timed for NoEvent {
    fn at(&self) -> usize {
        match *self {}
    }
}

/// What goes into an engine, and where what comes out goes: one block, or a part of one.
#[derive(Debug)]
pub struct Io<'a, 'b, Event> {
    /// The sound, `[channel][sample]`: effects replace it, instruments overwrite it.
    pub main: &'a mut [&'b mut [f32]],
    /// The side chain, none or 1 or 2 channels as long as `main`.
    pub side: &'a [&'a [f32]],
    /// What happens, in the order of the samples; one at or beyond the end of `main` happens just
    /// after its last sample.
    pub events: &'a [Event],
    /// The sample of the block that `main` begins with: events are counted from the beginning of
    /// the block.
    pub origin: usize,
}

impl<'a, 'b, Event> Io<'a, 'b, Event> {
    /// A whole block without events.
    pub fn sound(main: &'a mut [&'b mut [f32]], side: &'a [&'a [f32]]) -> Self {
        Self { main, side, events: &[], origin: 0 }
    }

    /// Samples of the shortest channel.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.main.iter().map(|channel| channel.len()).min().unwrap_or(0)
    }
}

/// An engine: plain controls in real units go in with samples, samples come out. It is built off
/// the audio thread; all of these are real-time safe.
pub trait Engine: Send + 'static {
    /// What it plays.
    type Model: Send + Sync + 'static;
    /// A model with all that is needed to play it, made off the audio thread.
    type Player: Send + 'static;
    /// What may be turned, in real units.
    type Controls;
    /// What may happen at a sample.
    type Event: Timed + Copy;
    /// What an editor draws.
    type View<'a>;

    /// Whether nothing is heard where there is no engine ([`Engine::absent`]): of an instrument.
    const ABSENT_IS_SILENT: bool = false;

    /// The model that sounds, or is being faded in.
    fn model(&self) -> &Arc<Self::Model>;

    /// Channels that [`Engine::process`] takes.
    fn channels(&self) -> usize;

    /// Host samples by which the output is late.
    fn latency_samples(&self) -> usize;

    /// Host samples after the last input, or the last release of a key, until the output is exactly
    /// silent with these controls.
    fn tail_samples(&self, controls: &Self::Controls) -> usize;

    /// Whether it may be replaced without a fade, for nothing sounds.
    fn is_idle(&self) -> bool {
        false
    }

    /// Whether a player can be swapped in while sounding, now or after a swap that is under way.
    fn accepts(&self, player: &Self::Player) -> bool;

    /// Passes over to another player without a click.
    ///
    /// # Errors
    /// Gives it back when it is not accepted, or while an earlier one is still fading or waits to
    /// be taken.
    fn swap(&mut self, player: Box<Self::Player>) -> Result<(), Box<Self::Player>>;

    /// The player that a finished swap has replaced, to be dropped on another thread.
    fn take_retired(&mut self) -> Option<Box<Self::Player>>;

    /// Forgets all sound, as if freshly made with the newest model.
    fn reset(&mut self);

    /// Plays a block, or a part of one.
    fn process(&mut self, controls: &Self::Controls, io: Io<'_, '_, Self::Event>);

    /// What was played last.
    fn view(&self) -> Self::View<'_>;

    /// What is heard where there is no engine, for want of a model: an effect passes the sound as
    /// it is, an instrument is silent.
    fn absent(io: Io<'_, '_, Self::Event>);
}

/// The sound as it is, but finite, normal and below the [`CEILING`]. Real-time safe.
pub fn pass_dry(channels: &mut [&mut [f32]]) {
    for sample in channels.iter_mut().flat_map(|channel| channel.iter_mut()) {
        *sample = if sample.is_normal() { sample.clamp(-CEILING, CEILING) } else { 0.0 };
    }
}
