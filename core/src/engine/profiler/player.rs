//! A profile with the memory of one sound.

use std::sync::Arc;

use super::alignment::Alignment;
use super::controls::{ChunkControls, Normalise, gain};
use super::fade::Fade;
use super::guard::Guard;
use super::knobs::KnobGlide;
use super::measure::TARGET_LOUDNESS_DB;
use super::rest::Rest;
use crate::models::effect::{CHUNK, ProfileBlock, ProfileModel, ProfileState};
use crate::signal::MAX_CHANNELS;
use crate::signal::level::Smooth;

/// Duration of a cross-fade between two sizes of one model.
const SIZE_FADE_S: f64 = 0.03;
/// The longest that a newcomer plays unheard before it is faded in.
pub(super) const LONGEST_UNHEARD_S: f64 = 0.25;
/// Chunks of silence after which the model's output at rest is measured.
const REST_CHUNKS: usize = 4;

/// What a player is told of its model beyond the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayerSetup {
    /// Channels of the engine: 1 or 2.
    pub channels: usize,
    /// Delay and polarity to repair; the default repairs nothing.
    pub alignment: Alignment,
    /// The model's loudness where its file tells none: as
    /// [`measure_loudness`](super::measure_loudness) gives it.
    pub loudness_db: Option<f32>,
    /// Gain of the model's sound, in dB: by this two profiles are compared at one loudness.
    pub trim_db: f32,
}

impl Default for PlayerSetup {
    fn default() -> Self {
        Self {
            channels: MAX_CHANNELS,
            alignment: Alignment::default(),
            loudness_db: None,
            trim_db: 0.0,
        }
    }
}

/// One size of the model.
#[derive(Debug)]
struct Voice {
    state: ProfileState,
    guard: Guard,
    rest: [Rest; MAX_CHANNELS],
    /// A model without knobs and side chain: what it says to silence depends on nothing but its
    /// memory.
    may_sleep: bool,
    /// As freshly made, and waiting for sound: the network is not run.
    asleep: bool,
}

/// A profile with the memory of one sound: made off the audio thread, handed over, cross-faded, and
/// handed back.
#[derive(Debug)]
pub struct ProfilerPlayer {
    model: Arc<ProfileModel>,
    setup: PlayerSetup,
    /// By size, the smallest first.
    voices: Vec<Voice>,
    sounding: usize,
    next: Option<(usize, Fade)>,
    knobs: KnobGlide,
    link: f32,
    /// Calibration before the model; normalising, trim and polarity after it.
    levels: [Smooth; 2],
    targets: [f32; 2],
    primed: bool,
    input: [[f32; CHUNK]; MAX_CHANNELS],
    out: [[f32; CHUNK]; MAX_CHANNELS],
    other: [[f32; CHUNK]; MAX_CHANNELS],
}

/// A piece of a chunk of model samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    /// `[channel][sample]`; without samples for a channel that is not there.
    pub main: [&'a [f32]; MAX_CHANNELS],
    pub side: Option<[&'a [f32]; MAX_CHANNELS]>,
    /// At most what is left of the chunk.
    pub samples: usize,
}

/// How the voices play a piece.
#[derive(Clone, Copy, Debug)]
struct Setting<'a> {
    channels: usize,
    knobs: &'a [f32],
    /// How far the channels are controlled together, 0 to 1.
    link: f32,
}

impl ProfilerPlayer {
    /// Prepares a model for playing. Allocates, and runs the model over its warm-up: not for the
    /// audio thread.
    #[must_use]
    pub fn new(model: Arc<ProfileModel>, setup: PlayerSetup) -> Box<Self> {
        let channels = setup.channels.clamp(1, MAX_CHANNELS);
        let rate = model.sample_rate_hz();
        let voices = (0..model.sizes().max(1))
            .map(|size| Voice::new(&model, channels, size))
            .collect::<Vec<_>>();
        let empty = [[0.0; CHUNK]; MAX_CHANNELS];
        Box::new(Self {
            sounding: voices.len() - 1,
            voices,
            next: None,
            knobs: KnobGlide::new(rate),
            link: 1.0,
            levels: [Smooth::new(rate); 2],
            targets: [1.0; 2],
            primed: false,
            input: empty,
            out: empty,
            other: empty,
            setup: PlayerSetup { channels, ..setup },
            model,
        })
    }

    /// The model being played.
    #[must_use]
    pub fn model(&self) -> &Arc<ProfileModel> {
        &self.model
    }

    /// What the player was told when it was made.
    #[must_use]
    pub fn setup(&self) -> &PlayerSetup {
        &self.setup
    }

    /// Model samples by which the sound is late: those of the model's kind, and those that are
    /// repaired.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.model.latency_samples() + self.setup.alignment.delay_samples
    }

    /// Model samples from the last input to exact silence, at the most.
    pub(super) fn tail_samples(&self) -> usize {
        self.voices.iter().map(|v| v.rest[0].tail_samples()).max().unwrap_or(0)
    }

    /// Model samples that a newcomer should hear before it is heard.
    pub(super) fn unheard_samples(&self) -> usize {
        let most = (LONGEST_UNHEARD_S * self.model.sample_rate_hz()) as usize;
        self.model.warm_up_samples().min(most)
    }

    pub(super) fn reset(&mut self) {
        // A change of size that was under way is finished at once.
        if let Some((size, _)) = self.next.take() {
            self.sounding = size;
        }
        self.voices.iter_mut().for_each(Voice::reset);
        self.knobs.reset();
        self.primed = false;
    }

    /// The gain of a model that computes one, in dB.
    pub(super) fn gain_reduction_db(&self) -> f32 {
        self.voices[self.sounding].state.gain_reduction_db()
    }

    /// Between chunks. `controls` are none for a player that is on its way out: its knobs stay
    /// where they are.
    pub(super) fn begin_chunk(&mut self, controls: Option<&ChunkControls>) {
        self.voices.iter_mut().for_each(Voice::look_after);
        if let Some((size, fade)) = self.next
            && fade.is_done()
        {
            self.sounding = size;
            self.next = None;
        }
        let Some(controls) = controls else { return };
        self.knobs.step(&self.model.info().knobs, &controls.knobs);
        self.link = controls.link;
        self.targets = self.level_targets(controls);
        let wanted = self.model.size_for(controls.quality);
        if !self.primed {
            self.levels.iter_mut().zip(self.targets).for_each(|(level, target)| level.jump(target));
            self.primed = true;
            self.sounding = wanted;
        } else if wanted != self.sounding && self.next.is_none() {
            self.voices[wanted].reset();
            let len = (SIZE_FADE_S * self.model.sample_rate_hz()) as usize;
            self.next = Some((wanted, Fade::new(self.unheard_samples(), len)));
        }
    }

    /// Plays one piece of a chunk. Real-time safe. The sound is [`ProfilerPlayer::sound`].
    pub(super) fn play(&mut self, piece: &Piece<'_>) {
        let (n, channels) = (piece.samples, self.setup.channels);
        let mut levels = [[0.0; CHUNK]; 2];
        for ((level, target), path) in self.levels.iter_mut().zip(self.targets).zip(&mut levels) {
            level.fill(target, &mut path[..n]);
        }
        for (own, main) in self.input.iter_mut().zip(piece.main).take(channels) {
            own.iter_mut().zip(main).zip(&levels[0]).for_each(|((own, x), level)| *own = x * level);
        }
        let [a, b] = &self.input;
        let own = Piece { main: [&a[..n], &b[..n]], ..*piece };
        let setting = Setting { channels, knobs: self.knobs.values(), link: self.link };
        self.voices[self.sounding].play(&own, setting, &mut self.out);
        if let Some((size, fade)) = &mut self.next {
            self.voices[*size].play(&own, setting, &mut self.other);
            for (out, other) in self.out.iter_mut().zip(&self.other).take(channels) {
                fade.mix(&mut out[..n], &other[..n]);
            }
            fade.advance(n);
        }
        for out in self.out.iter_mut().take(channels) {
            out[..n].iter_mut().zip(&levels[1]).for_each(|(y, level)| *y *= level);
        }
    }

    /// What the last piece sounds like, `[sample]` of one channel.
    pub(super) fn sound(&self, channel: usize) -> &[f32; CHUNK] {
        &self.out[channel.min(MAX_CHANNELS - 1)]
    }

    /// Gains before and after the model, linear.
    fn level_targets(&self, controls: &ChunkControls) -> [f32; 2] {
        let info = self.model.info();
        let before = match info.input_level_dbu {
            Some(model) if controls.calibrate_input => controls.interface_dbu - model,
            _ => 0.0,
        };
        let after = match controls.normalise {
            Normalise::Off => 0.0,
            Normalise::Loudness => info
                .loudness_db
                .or(self.setup.loudness_db)
                .map_or(0.0, |loudness| TARGET_LOUDNESS_DB - loudness),
            Normalise::Calibrated => {
                info.output_level_dbu.map_or(0.0, |model| model - controls.interface_dbu)
            }
        };
        let sign = if self.setup.alignment.inverted { -1.0 } else { 1.0 };
        [gain(before), gain(after) * gain(self.setup.trim_db) * sign]
    }
}

impl Voice {
    fn new(model: &Arc<ProfileModel>, channels: usize, size: usize) -> Self {
        let rate = model.sample_rate_hz();
        let mut state = model.state(channels, size);
        let mut at_rest = [0.0; MAX_CHANNELS];
        let knobs: Vec<f32> = model.info().knobs.iter().map(|k| k.default).collect();
        let silence = [0.0; CHUNK];
        let mut out = [[0.0; CHUNK]; MAX_CHANNELS];
        for _ in 0..REST_CHUNKS {
            let [a, b] = &mut out;
            state.process(&mut ProfileBlock {
                knobs: &knobs,
                input: [&silence, &silence],
                side: None,
                output: [a, b],
                frames: CHUNK,
                link: 1.0,
            });
        }
        for (rest, out) in at_rest.iter_mut().zip(&out).take(channels) {
            *rest = out[CHUNK - 1];
        }
        state.reset();
        let memory = model.warm_up_samples() + model.latency_samples();
        let may_sleep = model.info().knobs.is_empty() && !model.uses_side_chain();
        let rest = at_rest.map(|level| Rest::new(rate, memory, level));
        Self { state, guard: Guard::new(rate), rest, may_sleep, asleep: may_sleep }
    }

    fn reset(&mut self) {
        self.state.reset();
        self.guard.reset();
        self.rest.iter_mut().for_each(Rest::reset);
        self.asleep = self.may_sleep;
    }

    /// Starts a model anew that has run away, or never came to rest.
    fn look_after(&mut self) {
        if self.guard.take_verdict() {
            self.state.reset();
            for rest in &mut self.rest {
                rest.bridge_from(rest.heard());
            }
        }
        // Asked of both, so that neither answer waits.
        let unsettled =
            self.rest.iter_mut().map(Rest::take_unsettled).fold(false, |any, one| any | one);
        if self.rest.iter().take(self.state.channels()).all(|rest| rest.is_silent()) {
            if self.may_sleep && !self.asleep && (unsettled || self.state.is_at_rest()) {
                // Exact silence in and out: from here on it is as freshly made, until sound
                // returns.
                self.reset();
            } else if unsettled {
                self.state.reset();
            }
        }
    }

    fn play(
        &mut self,
        piece: &Piece<'_>,
        setting: Setting<'_>,
        out: &mut [[f32; CHUNK]; MAX_CHANNELS],
    ) {
        let (n, channels) = (piece.samples, setting.channels);
        let begin = if self.asleep { first_sound(piece, channels) } else { 0 };
        if begin > 0 {
            out.iter_mut().take(channels).for_each(|out| out[..begin].fill(0.0));
        }
        if begin < n {
            self.asleep = false;
            self.sound(piece, setting, out, begin);
        }
    }

    /// Plays the samples of a piece from `begin` on.
    fn sound(
        &mut self,
        piece: &Piece<'_>,
        setting: Setting<'_>,
        out: &mut [[f32; CHUNK]; MAX_CHANNELS],
        begin: usize,
    ) {
        let Setting { channels, knobs, link } = setting;
        let n = piece.samples;
        let (main, side) =
            (behind(piece.main, begin, n), piece.side.map(|side| behind(side, begin, n)));
        let [a, b] = &mut *out;
        let (a, b) = (&mut a[begin..n], &mut b[begin..n]);
        self.state.process(&mut ProfileBlock {
            knobs,
            input: main,
            side,
            output: [a, b],
            frames: n - begin,
            link,
        });
        let [a, b] = &mut *out;
        if self.state.take_fault() {
            self.guard.give_up();
        }
        let mut both: [&mut [f32]; MAX_CHANNELS] = [&mut a[begin..n], &mut b[begin..n]];
        self.guard.watch(&mut both[..channels]);
        for ((rest, main), out) in self.rest.iter_mut().zip(main).zip(both).take(channels) {
            rest.settle(main, out);
        }
    }
}

/// The channels from sample `begin` to sample `n`; nothing of one that is not there.
fn behind(channels: [&[f32]; MAX_CHANNELS], begin: usize, n: usize) -> [&[f32]; MAX_CHANNELS] {
    channels.map(|channel| channel.get(begin..n).unwrap_or_default())
}

/// Samples of a piece before the first that is not silence in every channel.
fn first_sound(piece: &Piece<'_>, channels: usize) -> usize {
    let silent =
        |channel: &&[f32]| channel.iter().take(piece.samples).take_while(|x| **x == 0.0).count();
    piece.main[..channels].iter().map(silent).min().unwrap_or(0)
}
