//! The Effect Profiler's engine as any engine.

use std::sync::Arc;

use super::{Engine, Io, NoEvent, pass_dry};
use crate::engine::profiler::{ProfilerControls, ProfilerEngine, ProfilerPlayer, ProfilerView};
use crate::models::effect::ProfileModel;

impl Engine for ProfilerEngine {
    type Model = ProfileModel;
    type Player = ProfilerPlayer;
    type Controls = ProfilerControls;
    type Event = NoEvent;
    type View<'a> = ProfilerView<'a>;

    fn model(&self) -> &Arc<ProfileModel> {
        ProfilerEngine::model(self)
    }

    fn channels(&self) -> usize {
        ProfilerEngine::channels(self)
    }

    fn latency_samples(&self) -> usize {
        ProfilerEngine::latency_samples(self)
    }

    fn tail_samples(&self, _controls: &ProfilerControls) -> usize {
        ProfilerEngine::tail_samples(self)
    }

    fn accepts(&self, player: &ProfilerPlayer) -> bool {
        ProfilerEngine::accepts(self, player)
    }

    fn swap(&mut self, player: Box<ProfilerPlayer>) -> Result<(), Box<ProfilerPlayer>> {
        ProfilerEngine::swap(self, player)
    }

    fn take_retired(&mut self) -> Option<Box<ProfilerPlayer>> {
        ProfilerEngine::take_retired(self)
    }

    fn reset(&mut self) {
        ProfilerEngine::reset(self);
    }

    fn process(&mut self, controls: &ProfilerControls, io: Io<'_, '_, NoEvent>) {
        ProfilerEngine::process(self, controls, io.main, io.side);
    }

    fn view(&self) -> ProfilerView<'_> {
        ProfilerEngine::view(self)
    }

    fn absent(io: Io<'_, '_, NoEvent>) {
        pass_dry(io.main);
    }
}
