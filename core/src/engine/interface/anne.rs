//! ANNe's engine as any engine.

use std::sync::Arc;

use super::{Engine, Io, NoEvent, pass_dry};
use crate::engine::anne::{AnneControls, AnneEngine, FrameView, Player};
use crate::models::spectral::AnneModel;

impl Engine for AnneEngine {
    type Model = AnneModel;
    type Player = Player;
    type Controls = AnneControls;
    type Event = NoEvent;
    type View<'a> = FrameView<'a>;

    fn model(&self) -> &Arc<AnneModel> {
        AnneEngine::model(self)
    }

    fn channels(&self) -> usize {
        AnneEngine::channels(self)
    }

    fn latency_samples(&self) -> usize {
        AnneEngine::latency_samples(self)
    }

    fn tail_samples(&self, _controls: &AnneControls) -> usize {
        AnneEngine::tail_samples(self)
    }

    fn accepts(&self, player: &Player) -> bool {
        AnneEngine::accepts(self, player.model())
    }

    fn swap(&mut self, player: Box<Player>) -> Result<(), Box<Player>> {
        AnneEngine::swap(self, player)
    }

    fn take_retired(&mut self) -> Option<Box<Player>> {
        AnneEngine::take_retired(self)
    }

    fn reset(&mut self) {
        AnneEngine::reset(self);
    }

    fn process(&mut self, controls: &AnneControls, io: Io<'_, '_, NoEvent>) {
        AnneEngine::process(self, controls, io.main, io.side);
    }

    fn view(&self) -> FrameView<'_> {
        self.last_frame()
    }

    fn absent(io: Io<'_, '_, NoEvent>) {
        pass_dry(io.main);
    }
}
