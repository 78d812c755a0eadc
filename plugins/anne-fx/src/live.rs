//! What runs on the audio thread: the engine, the changes that reach it, and what it tells the editor.
//!
//! Everything but [`Live::activate`] is real-time safe.

use std::sync::Arc;

use nfx_core::engine::{AnneControls, AnneEngine, CEILING};
use nfx_core::model::AnneModel;
use nfx_plugin::handover::Chute;
use nfx_plugin::model_slot::ModelSlot;
use nfx_plugin::side_chain::SideChain;
use nfx_plugin::telemetry;

use crate::deck::{Change, Deck, Place, Playing, Trash};
use crate::held::{HeldCell, HeldWatch};

/// How long an engine of another latency takes to fade out, and its successor to fade in.
const FADE_MS: f64 = 20.0;

/// Most channels that an engine has.
const CHANNELS: usize = 2;

/// Where the exchange of one engine for another stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Steady,
    /// Samples left until the old engine is silent.
    Out(usize),
    /// Samples since the new engine began; its first sound comes after its latency.
    In(usize),
}

/// See the module's documentation.
pub struct Live {
    deck: Arc<Deck>,
    engine: Playing,
    chute: Chute<Trash>,
    telemetry: telemetry::Writer,
    pending: Option<Box<Change>>,
    /// An engine that waits until the old one is silent.
    next: Option<Box<Change>>,
    stage: Stage,
    fade: usize,
    /// The frozen frame that the project keeps.
    held: Arc<HeldCell>,
    watch: HeldWatch,
    /// No sample has been played since the last reset, so a change needs no fade.
    fresh: bool,
}

impl Live {
    /// With nothing to play yet.
    #[must_use]
    pub fn new(deck: Arc<Deck>, chute: Chute<Trash>, telemetry: telemetry::Writer, held: Arc<HeldCell>) -> Self {
        Self {
            deck,
            engine: None,
            chute,
            telemetry,
            pending: None,
            next: None,
            stage: Stage::Steady,
            fade: 1,
            held,
            watch: HeldWatch::default(),
            fresh: true,
        }
    }

    /// Makes an engine for the slot's model, or keeps the one that is there. Allocates.
    ///
    /// # Errors
    /// A sentence when there can be none at this rate; the sound then passes dry.
    pub fn activate(&mut self, place: Place, slot: &ModelSlot<AnneModel>) -> Result<(), String> {
        (self.pending, self.next, self.stage, self.fresh) = (None, None, Stage::Steady, true);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let fade = (place.rate_hz * FADE_MS / 1000.0) as usize;
        self.fade = fade.max(1);
        if let Some(engine) = &mut self.engine
            && let Some(retired) = engine.take_retired()
        {
            drop(retired);
        }
        let done = self.deck.activate(place, slot, &mut self.engine);
        if let Some(engine) = &self.engine {
            self.held.prepare(engine.held().0.bins());
        }
        self.watch.start();
        done.map_err(|error| format!("{error}. The sound passes dry."))
    }

    /// Ends playing: until the next activation nothing is sent here. Not real-time safe.
    pub fn deactivate(&mut self) {
        self.deck.deactivate();
    }

    /// Samples by which the output is late, once a change that is under way is done.
    #[must_use]
    pub fn latency_samples(&self) -> u32 {
        let engine = match self.next.as_deref() {
            Some(Change::Engine(next)) => next.as_ref(),
            _ => self.engine.as_ref(),
        };
        engine.map_or(0, |engine| u32::try_from(engine.latency_samples()).unwrap_or(u32::MAX))
    }

    /// Samples that still sound after the input has ended.
    #[must_use]
    pub fn tail_samples(&self) -> u32 {
        self.engine.as_ref().map_or(0, |engine| u32::try_from(engine.tail_samples()).unwrap_or(u32::MAX))
    }

    /// The model that plays, or is being faded in.
    #[must_use]
    pub fn model(&self) -> Option<&Arc<AnneModel>> {
        self.engine.as_ref().map(|engine| engine.model())
    }

    /// Latents of the model that plays; the most there can be when none does.
    #[must_use]
    pub fn latents(&self) -> usize {
        self.engine.as_ref().map_or(nfx_core::engine::MAX_LATENTS, |engine| engine.model().latents())
    }

    /// Whether the way out has room for another thing, and so whether one may be replaced.
    pub fn has_room(&mut self) -> bool {
        self.chute.has_room()
    }

    /// Gives `thing` away to be freed on another thread. The caller has asked [`Live::has_room`].
    pub fn discard(&mut self, thing: Trash) {
        if let Err(thing) = self.chute.drop_in(thing) {
            // Cannot happen while callers ask first; if it did, a leak is better than a free on this thread.
            std::mem::forget(thing);
        }
    }

    /// Forgets all sound. A change that waits is made at once.
    pub fn reset(&mut self) {
        if matches!(self.stage, Stage::Out(_)) {
            self.exchange();
        }
        self.stage = Stage::Steady;
        self.fresh = true;
        if let Some(engine) = &mut self.engine {
            engine.reset();
        }
        self.take_changes();
    }

    /// Replaces the sound in `channels` `[channel][sample]`; whatever is missing of `side` is silence.
    pub fn process(&mut self, controls: &AnneControls, channels: &mut [&mut [f32]], side: &SideChain<'_>) {
        self.take_changes();
        if let Some(engine) = &mut self.engine {
            self.watch.hand_over(&self.held, engine);
        }
        let samples = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let mut from = 0;
        while from < samples {
            let left = side.piece(from, samples - from);
            let count = match self.stage {
                Stage::Steady => left,
                Stage::Out(rest) => rest.min(left),
                Stage::In(done) => (self.silent_start() + self.fade - done).min(left),
            };
            self.stretch(controls, channels, side, from..from + count);
            from += count;
        }
        self.fresh &= samples == 0;
        if let Some(engine) = &self.engine {
            self.watch.collect(&self.held, engine, controls.freeze);
            self.telemetry.publish(&engine.last_frame());
        }
    }

    fn stretch(
        &mut self,
        controls: &AnneControls,
        channels: &mut [&mut [f32]],
        side: &SideChain<'_>,
        span: std::ops::Range<usize>,
    ) {
        let count = span.len();
        let mut block: [&mut [f32]; CHANNELS] = [&mut [], &mut []];
        let used = channels.len().min(CHANNELS);
        for (part, channel) in block.iter_mut().zip(channels.iter_mut()) {
            *part = &mut channel[span.clone()];
        }
        let sides = side.stretch(span);
        let block = &mut block[..used];
        match &mut self.engine {
            Some(engine) => engine.process(controls, block, &sides[..side.count()]),
            None => block.iter_mut().for_each(|channel| pass_dry(channel)),
        }
        match self.stage {
            Stage::Steady => {}
            Stage::Out(rest) => {
                ramp(block, |i| rest.saturating_sub(i + 1) as f32 / self.fade as f32);
                self.stage = Stage::Out(rest - count);
                if rest == count {
                    self.exchange();
                    self.stage = Stage::In(0);
                }
            }
            Stage::In(done) => {
                let silent = self.silent_start();
                ramp(block, |i| (done + i).saturating_sub(silent) as f32 / self.fade as f32);
                let done = done + count;
                self.stage = if done >= silent + self.fade { Stage::Steady } else { Stage::In(done) };
            }
        }
    }

    fn silent_start(&self) -> usize {
        self.engine.as_ref().map_or(0, |engine| engine.latency_samples())
    }

    /// Puts the waiting engine in the place of the one that plays.
    fn exchange(&mut self) {
        if let Some(mut change) = self.next.take() {
            if let Change::Engine(next) = &mut *change {
                std::mem::swap(next, &mut self.engine);
                self.watch.start();
            }
            self.discard(Trash::Change(change));
        }
    }

    fn take_changes(&mut self) {
        if let Some(engine) = &mut self.engine
            && self.chute.has_room()
            && let Some(player) = engine.take_retired()
        {
            self.discard(Trash::Player(player));
        }
        if self.stage != Stage::Steady || !self.chute.has_room() {
            return;
        }
        if self.pending.is_none() {
            self.pending = self.deck.take();
        }
        let Some(mut change) = self.pending.take() else { return };
        match (&mut *change, &mut self.engine) {
            (Change::Engine(_), _) => {
                self.next = Some(change);
                if self.fresh {
                    self.exchange();
                } else {
                    self.stage = Stage::Out(self.fade);
                }
            }
            (Change::Model(player), Some(engine)) => {
                if let Err(refused) = swap_in(engine, player, self.fresh) {
                    *player = Some(refused);
                    if engine_takes(engine, player) {
                        // An earlier fade is still running: try again at the next block.
                        self.pending = Some(change);
                        return;
                    }
                }
                self.discard(Trash::Change(change));
            }
            (Change::Model(_), None) => self.discard(Trash::Change(change)),
        }
    }
}

fn swap_in(
    engine: &mut AnneEngine,
    player: &mut Option<Box<nfx_core::engine::Player>>,
    at_once: bool,
) -> Result<(), Box<nfx_core::engine::Player>> {
    if let Some(player) = player.take() {
        engine.swap(player)?;
        if at_once {
            engine.reset();
        }
    }
    Ok(())
}

fn engine_takes(engine: &AnneEngine, player: &Option<Box<nfx_core::engine::Player>>) -> bool {
    player.as_ref().is_some_and(|player| engine.accepts(player.model()))
}

fn ramp(block: &mut [&mut [f32]], gain: impl Fn(usize) -> f32) {
    for channel in block {
        for (i, sample) in channel.iter_mut().enumerate() {
            // A smooth start and end: a straight ramp's corners can be heard on a pure tone.
            let x = gain(i).clamp(0.0, 1.0);
            *sample *= x * x * (3.0 - 2.0 * x);
            if sample.abs() < f32::MIN_POSITIVE {
                *sample = 0.0;
            }
        }
    }
}

/// The sound as it is, but finite, normal and below the ceiling.
fn pass_dry(channel: &mut [f32]) {
    for sample in channel {
        let keep = sample.is_normal();
        *sample = if keep { sample.clamp(-CEILING, CEILING) } else { 0.0 };
    }
}
