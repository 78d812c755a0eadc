//! The memory of a dynamics processor and its recursion in real time.

use super::math::{NEPER_PER_DB, exp};
use super::setting::{MOST_DB, Setting, level_db, measure};
use super::{DynamicsModel, MAX_KNOBS};
use crate::models::effect::network::Voice;
use crate::models::effect::state::{CHUNK, Piece};
use std::sync::Arc;

/// Samples between two looks at the knobs; between them a setting moves in a straight line.
const ROUND: usize = 64;

/// The sound of one call: up to two channels of equal length.
pub struct DynamicsSound<'a> {
    /// What is turned up and down, `[channel][sample]`.
    pub input: [&'a [f32]; 2],
    /// What the detector hears; `None` lets it hear the input.
    pub side: Option<[&'a [f32]; 2]>,
    /// Where it goes, `[channel][sample]`.
    pub output: [&'a mut [f32]; 2],
    /// 0 leaves the channels to themselves, 1 lets both follow the louder.
    pub link: f32,
}

/// One sound on its way through a processor.
#[derive(Clone, Debug)]
pub struct DynamicsState {
    model: Arc<DynamicsModel>,
    channels: usize,
    /// Before the curve, by channel.
    before: [f64; 2],
    /// After the curve, dB, by channel.
    after: [f64; 2],
    /// The knobs at the end of the present round.
    knobs: [f32; MAX_KNOBS],
    from: Setting,
    to: Setting,
    /// Whether the setting moves in the present round.
    moving: bool,
    /// Whether nothing was played yet.
    fresh: bool,
    position: usize,
}

impl DynamicsState {
    /// A state at rest with the knobs in the middle. `channels` is 1 or 2.
    pub fn new(model: &Arc<DynamicsModel>, channels: usize) -> Self {
        let setting = model.setting(&[]);
        let mut state = DynamicsState {
            model: Arc::clone(model),
            channels: channels.clamp(1, 2),
            before: [0.0; 2],
            after: [0.0; 2],
            knobs: [0.0; MAX_KNOBS],
            from: setting,
            to: setting,
            moving: false,
            fresh: true,
            position: 0,
        };
        state.rest();
        state
    }

    /// Back to what [`DynamicsState::new`] gives. Real-time safe.
    pub fn reset(&mut self) {
        *self = DynamicsState::new(&self.model, self.channels);
    }

    /// The memories as silence leaves them.
    fn rest(&mut self) {
        let exponent = self.model.exponent();
        let floor = measure(0.0, exponent);
        self.before = [f64::from(floor); 2];
        self.after = [f64::from(self.from.curve(level_db(floor, exponent))); 2];
    }

    /// The gain that was last applied to the loudest-reduced channel, dB: 0 or less for a
    /// compressor at work. Real-time safe.
    pub fn gain_db(&self) -> f32 {
        let least = self.after.iter().take(self.channels).copied().fold(f64::INFINITY, f64::min);
        (least as f32).clamp(-MOST_DB, MOST_DB)
    }

    /// Plays as many samples as every slice of `sound` has, with knobs normalised to -1..1 that are
    /// to be reached at the end of the present round of 64 samples. The same samples give the same
    /// output in blocks of any size as long as the knobs change between rounds only. Real-time
    /// safe; input that is not finite counts as silence.
    pub fn process(&mut self, sound: &mut DynamicsSound<'_>, knobs: &[f32]) {
        let frames = (0..self.channels)
            .map(|c| sound.input[c].len().min(sound.output[c].len()))
            .min()
            .unwrap_or(0);
        let frames = sound.side.map_or(frames, |s| {
            s.iter().take(self.channels).map(|s| s.len()).fold(frames, usize::min)
        });
        let exponent = self.model.exponent();
        if sound.link.is_finite() && is_silence(sound, self.channels, frames) {
            for (input, output) in sound.input.iter().zip(&mut sound.output).take(self.channels) {
                output[..frames].copy_from_slice(&input[..frames]);
            }
            return self.wait(knobs, frames);
        }
        for n in 0..frames {
            if self.position == 0 {
                self.turn(knobs);
            }
            let setting = if self.moving {
                self.from.towards(&self.to, (self.position + 1) as f32 / ROUND as f32)
            } else {
                self.to
            };
            let heard = sound.side.as_ref().unwrap_or(&sound.input);
            let mut levels = [0.0f32; 2];
            for (level, heard) in levels.iter_mut().zip(heard).take(self.channels) {
                *level = measure(finite(heard[n]), exponent);
            }
            if self.channels == 2 {
                let louder = levels[0].max(levels[1]);
                let link = sound.link.clamp(0.0, 1.0);
                levels = levels.map(|level| level + link * (louder - level));
            }
            for (c, level) in levels.into_iter().enumerate().take(self.channels) {
                let gain = self.follow(c, level, &setting, exponent);
                sound.output[c][n] = finite(sound.input[c][n]) * gain;
            }
            self.position = (self.position + 1) % ROUND;
        }
    }

    /// Goes on through silence, to the same memories as sample by sample: there is no gain to be
    /// applied, and the curve is asked only when the level has moved.
    fn wait(&mut self, knobs: &[f32], frames: usize) {
        let exponent = self.model.exponent();
        let level = f64::from(measure(0.0, exponent));
        // By channel: a level, and the gain that the curve leads to from it.
        let mut known: [Option<(f32, f32)>; 2] = [None; 2];
        for _ in 0..frames {
            if self.position == 0 {
                self.turn(knobs);
                known = [None; 2];
            }
            let between;
            let setting = if self.moving {
                known = [None; 2];
                between = self.from.towards(&self.to, (self.position + 1) as f32 / ROUND as f32);
                &between
            } else {
                &self.to
            };
            let [rise, fall, down, up] = setting.rates;
            let memories =
                self.before.iter_mut().zip(&mut self.after).zip(&mut known).take(self.channels);
            for ((before, after), known) in memories {
                let way = level - *before;
                *before += f64::from(if way > 0.0 { rise } else { fall }) * way;
                let now = *before as f32;
                let gain = match *known {
                    Some((then, gain)) if then == now => gain,
                    _ => setting.curve(level_db(now, exponent)),
                };
                *known = Some((now, gain));
                let way = f64::from(gain) - *after;
                *after += f64::from(if way < 0.0 { down } else { up }) * way;
            }
            self.position = (self.position + 1) % ROUND;
        }
    }

    /// A new round: where the setting comes from and where it goes.
    fn turn(&mut self, knobs: &[f32]) {
        self.from = self.to;
        let same =
            self.knobs.iter().enumerate().all(|(k, old)| knobs.get(k).is_none_or(|new| new == old));
        self.moving = false;
        if !same || self.fresh {
            for (old, new) in self.knobs.iter_mut().zip(knobs) {
                *old = *new;
            }
            self.to = self.model.setting(&self.knobs);
            self.moving = !self.fresh;
            if self.fresh {
                self.from = self.to;
                self.rest();
            }
        }
        self.fresh = false;
    }

    /// One sample of one channel: the gain as a factor.
    #[inline(always)]
    fn follow(&mut self, c: usize, level: f32, setting: &Setting, exponent: f32) -> f32 {
        let [rise, fall, down, up] = setting.rates;
        let way = f64::from(level) - self.before[c];
        self.before[c] += f64::from(if way > 0.0 { rise } else { fall }) * way;
        let gain = setting.curve(level_db(self.before[c] as f32, exponent));
        let way = f64::from(gain) - self.after[c];
        self.after[c] += f64::from(if way < 0.0 { down } else { up }) * way;
        exp(NEPER_PER_DB * (self.after[c] as f32).clamp(-MOST_DB, MOST_DB))
    }
}

impl Voice for DynamicsState {
    fn run(&mut self, piece: &mut Piece<'_>) {
        let frames = piece.frames;
        let (left, right) = piece.input.split_at(CHUNK);
        let (out_left, out_right) = piece.output.split_at_mut(CHUNK);
        let side = piece.side.map(|side| {
            let (left, right) = side.split_at(CHUNK);
            [&left[..frames], &right[..frames]]
        });
        let mut sound = DynamicsSound {
            input: [&left[..frames], &right[..frames]],
            side,
            output: [&mut out_left[..frames], &mut out_right[..frames]],
            link: piece.link,
        };
        self.process(&mut sound, piece.knobs);
    }

    /// It rests where its weights say, whatever it has heard.
    fn keep(&mut self) {}

    fn reset(&mut self) {
        DynamicsState::reset(self);
    }

    fn is_at_rest(&self) -> bool {
        false
    }

    fn gain_db(&self) -> f32 {
        DynamicsState::gain_db(self)
    }
}

/// Whether nothing is to be turned up or down, and nothing heard.
fn is_silence(sound: &DynamicsSound<'_>, channels: usize, frames: usize) -> bool {
    let silent = |samples: &&[f32]| samples.iter().take(frames).all(|x| *x == 0.0);
    sound.input.iter().take(channels).all(&silent)
        && sound.side.is_none_or(|side| side.iter().take(channels).all(silent))
}

#[inline(always)]
fn finite(x: f32) -> f32 {
    if x.is_finite() { x } else { 0.0 }
}
