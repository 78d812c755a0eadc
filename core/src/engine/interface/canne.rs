//! CANNe's engine as any engine.

use std::sync::Arc;

use super::{Engine, Io, Timed};
use crate::engine::canne::{CanneControls, CanneEngine, CannePlayer, CanneView, Event};
use crate::models::spectral::CanneModel;

impl Timed for Event {
    fn at(&self) -> usize {
        self.at
    }
}

impl Engine for CanneEngine {
    type Model = CanneModel;
    type Player = CannePlayer;
    type Controls = CanneControls;
    type Event = Event;
    type View<'a> = CanneView<'a>;

    const ABSENT_IS_SILENT: bool = true;

    fn model(&self) -> &Arc<CanneModel> {
        CanneEngine::model(self)
    }

    fn channels(&self) -> usize {
        2
    }

    fn latency_samples(&self) -> usize {
        0
    }

    fn tail_samples(&self, controls: &CanneControls) -> usize {
        CanneEngine::tail_samples(self, controls)
    }

    fn is_idle(&self) -> bool {
        self.active_voices() == 0
    }

    fn accepts(&self, player: &CannePlayer) -> bool {
        player.rate_hz() == self.rate_hz()
    }

    fn swap(&mut self, player: Box<CannePlayer>) -> Result<(), Box<CannePlayer>> {
        CanneEngine::swap(self, player)
    }

    fn take_retired(&mut self) -> Option<Box<CannePlayer>> {
        CanneEngine::take_retired(self)
    }

    fn reset(&mut self) {
        CanneEngine::reset(self);
    }

    fn process(&mut self, controls: &CanneControls, io: Io<'_, '_, Event>) {
        self.play(controls, io);
    }

    fn view(&self) -> CanneView<'_> {
        CanneEngine::view(self)
    }

    fn absent(io: Io<'_, '_, Event>) {
        io.main.iter_mut().for_each(|channel| channel.fill(0.0));
    }
}
