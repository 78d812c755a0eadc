//! What runs on the audio thread of every plugin: an engine, and the exchange of one engine or
//! model for another without a click.
//!
//! Everything but [`Live::activate`] and [`Live::deactivate`] is real-time safe.

use std::sync::Arc;

use nfx_core::engine::{Engine, EngineError, Io, Timed};
use nice_plug::util::permit_alloc;

use crate::handoff::{Change, Handoff, Playing, Wish};
use crate::mailbox::{Retired, Retirer};
use crate::side_chain::SideChain;

/// How long an engine takes to fade out, and its successor to fade in.
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

type Controls<W> = <<W as Wish>::Engine as Engine>::Controls;
type Event<W> = <<W as Wish>::Engine as Engine>::Event;

/// See the module's documentation.
pub struct Live<W: Wish> {
    handoff: Arc<Handoff<W>>,
    engine: Playing<W>,
    /// What the audio thread is done with goes out here.
    retirer: Retirer,
    pending: Option<Box<Change<W>>>,
    /// An engine that waits until the old one is silent.
    next: Option<Box<Change<W>>>,
    stage: Stage,
    fade: usize,
    /// Counts engines.
    exchanges: u64,
    /// What the last block was played with.
    controls: Option<Controls<W>>,
    /// No sample has been played since the last reset, so a change needs no fade.
    fresh: bool,
}

impl<W: Wish> Live<W> {
    /// With nothing to play yet.
    #[must_use]
    pub fn new(handoff: Arc<Handoff<W>>, retirer: Retirer) -> Self {
        Self {
            handoff,
            engine: None,
            retirer,
            pending: None,
            next: None,
            stage: Stage::Steady,
            fade: 1,
            exchanges: 0,
            controls: None,
            fresh: true,
        }
    }

    /// Makes an engine for what is chosen, or keeps the one that is there. Allocates.
    ///
    /// # Errors
    /// When there can be none; what is then heard is [`Engine::absent`].
    pub fn activate(&mut self, chosen: impl FnOnce() -> W) -> Result<(), EngineError> {
        (self.pending, self.next, self.stage, self.fresh) = (None, None, Stage::Steady, true);
        if let Some(engine) = &mut self.engine {
            drop(engine.take_retired());
        }
        self.exchanges += 1;
        let (rate_hz, result) = self.handoff.activate(chosen, &mut self.engine);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let fade = (rate_hz * FADE_MS / 1000.0) as usize;
        self.fade = fade.max(1);
        result
    }

    /// Ends playing: until the next activation nothing is sent here.
    pub fn deactivate(&mut self) {
        self.handoff.deactivate();
    }

    /// The engine that plays.
    #[must_use]
    pub fn engine(&self) -> Option<&W::Engine> {
        self.engine.as_deref()
    }

    /// The same, to be changed.
    pub fn engine_mut(&mut self) -> Option<&mut W::Engine> {
        self.engine.as_deref_mut()
    }

    /// Counts engines: another number is another engine.
    #[must_use]
    pub fn exchanges(&self) -> u64 {
        self.exchanges
    }

    /// Whether no sample has been played since the last reset.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.fresh
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

    /// Samples that still sound after the input has ended, with the controls of the last block.
    #[must_use]
    pub fn tail_samples(&self) -> u32 {
        let Some((engine, controls)) = self.engine.as_ref().zip(self.controls.as_ref()) else {
            return 0;
        };
        u32::try_from(engine.tail_samples(controls)).unwrap_or(u32::MAX)
    }

    /// The model that plays, or is being faded in.
    #[must_use]
    pub fn model(&self) -> Option<&Arc<<W::Engine as Engine>::Model>> {
        self.engine.as_ref().map(|engine| engine.model())
    }

    /// Whether the way out has room for another thing, and so whether one may be replaced.
    pub fn has_room(&mut self) -> bool {
        self.retirer.has_room()
    }

    /// Gives `thing` away to be freed on another thread. The caller has asked [`Live::has_room`].
    pub fn retire(&mut self, thing: Retired) {
        self.retirer.retire(thing);
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

    /// Takes a change that has come; to be called before each block. Says whether a change is under
    /// way or waits.
    pub fn take_changes(&mut self) -> bool {
        if let Some(engine) = &mut self.engine
            && self.retirer.has_room()
            && let Some(player) = engine.take_retired()
        {
            self.retirer.retire(player);
        }
        if self.stage != Stage::Steady || !self.retirer.has_room() {
            return true;
        }
        if self.pending.is_none() {
            self.pending = self.handoff.take();
        }
        match self.pending.take() {
            Some(change) => self.change(change),
            None => return false,
        }
        true
    }

    /// Plays a block into `channels`; whatever is missing of `side` is silence. `controls` are
    /// asked for at the beginning, and again where another engine begins, which [`Live::exchanges`]
    /// tells: there is time then to give it what it lacks.
    pub fn process(
        &mut self,
        mut controls: impl FnMut(u64, Option<&mut W::Engine>) -> Controls<W>,
        channels: &mut [&mut [f32]],
        side: &SideChain<'_>,
        events: &[Event<W>],
    ) {
        let samples = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let (mut from, mut rest) = (0, events);
        let mut known: Option<(u64, Controls<W>)> = None;
        // A block without samples may still have events.
        while from < samples || !rest.is_empty() {
            let left = side.piece(from, samples - from);
            let count = match self.stage {
                Stage::Steady => left,
                Stage::Out(rest) => rest.min(left),
                Stage::In(done) => (self.silent_start() + self.fade - done).min(left),
            };
            let until = from + count;
            let due = if until < samples {
                rest.partition_point(|event| event.at() < until)
            } else {
                rest.len()
            };
            let (due, later) = rest.split_at(due);
            let (exchanges, engine) = (self.exchanges, self.engine.as_deref_mut());
            let now = match known.take() {
                Some((of, controls)) if of == exchanges => controls,
                _ => controls(exchanges, engine),
            };
            let mut block: [&mut [f32]; CHANNELS] = [&mut [], &mut []];
            let used = channels.len().min(CHANNELS);
            for (part, channel) in block.iter_mut().zip(channels.iter_mut()) {
                *part = &mut channel[from..until];
            }
            let sides = side.stretch(from..until);
            let io = Io {
                main: &mut block[..used],
                side: &sides[..side.count()],
                events: due,
                origin: from,
            };
            self.stretch(&now, io);
            known = Some((exchanges, now));
            (from, rest) = (until, later);
        }
        if let Some((_, controls)) = known {
            self.controls = Some(controls);
        }
        self.fresh &= samples == 0;
    }

    fn stretch(&mut self, controls: &Controls<W>, io: Io<'_, '_, Event<W>>) {
        let count = io.samples();
        let Io { main, side, events, origin } = io;
        let io = Io { main: &mut *main, side, events, origin };
        match &mut self.engine {
            Some(engine) => engine.process(controls, io),
            None => W::Engine::absent(io),
        }
        match self.stage {
            Stage::Steady => {}
            Stage::Out(rest) => {
                ramp(main, |i| rest.saturating_sub(i + 1) as f32 / self.fade as f32);
                self.stage = Stage::Out(rest - count);
                if rest == count {
                    self.exchange();
                    self.stage = Stage::In(0);
                }
            }
            Stage::In(done) => {
                let silent = self.silent_start();
                ramp(main, |i| (done + i).saturating_sub(silent) as f32 / self.fade as f32);
                let done = done + count;
                self.stage =
                    if done >= silent + self.fade { Stage::Steady } else { Stage::In(done) };
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
                self.exchanges += 1;
            }
            self.retirer.retire(change);
        }
    }

    fn change(&mut self, mut change: Box<Change<W>>) {
        match (&mut *change, &mut self.engine) {
            (Change::Engine(_), engine) => {
                let silent =
                    engine.as_ref().map_or(W::Engine::ABSENT_IS_SILENT, |engine| engine.is_idle());
                let at_once = self.fresh || silent;
                self.next = Some(change);
                if at_once {
                    self.exchange();
                } else {
                    self.stage = Stage::Out(self.fade);
                }
            }
            (Change::Model(player), Some(engine)) => {
                if let Err(refused) = swap_in(&mut **engine, player, self.fresh) {
                    let is_busy = engine.accepts(&refused);
                    *player = Some(refused);
                    if is_busy {
                        // An earlier fade is still running: try again at the next block.
                        self.pending = Some(change);
                        return;
                    }
                }
                self.retirer.retire(change);
            }
            (Change::Model(_), None) => self.retirer.retire(change),
        }
    }
}

/// To be called on the audio thread before its first block: the framework asks for the thread's
/// identity when it passes a parameter or latency change on, and the standard library allocates
/// that once per thread. Here it does not disturb a block.
pub fn greet_thread() {
    permit_alloc(|| std::thread::current().id());
}

fn swap_in<E: Engine>(
    engine: &mut E,
    player: &mut Option<Box<E::Player>>,
    at_once: bool,
) -> Result<(), Box<E::Player>> {
    if let Some(player) = player.take() {
        engine.swap(player)?;
        if at_once {
            engine.reset();
        }
    }
    Ok(())
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
