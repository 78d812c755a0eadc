//! The memory of one sound on its way through a profile.

use super::knob::MAX_KNOBS;
use super::model::ProfileModel;
use super::network::Voice;
use crate::signal::MAX_CHANNELS;
use std::sync::Arc;

/// The most samples of one call of [`ProfileState::process`], and the samples between two readings
/// of the knobs.
pub const CHUNK: usize = 64;
/// What comes in is limited to this (60 dB above full scale); NaN and infinity count as
/// silence.
const MAX_INPUT: f32 = 1000.0;

/// The sound of one call.
#[derive(Debug)]
pub struct ProfileBlock<'a> {
    /// The knobs in their own units, as many as the model has. Read only where 64 samples begin (counted since the reset);
    /// the network moves towards them and is there at the end of these 64.
    pub knobs: &'a [f32],
    /// What goes through the model, `[channel][frame]`; the second is not looked at by a state of
    /// one channel.
    pub input: [&'a [f32]; 2],
    /// What a dynamics processor's detector hears; `None` lets it hear the input.
    pub side: Option<[&'a [f32]; 2]>,
    /// Where it goes, `[channel][frame]`.
    pub output: [&'a mut [f32]; 2],
    /// Samples, 0 to [`CHUNK`].
    pub frames: usize,
    /// 0 leaves the channels of a dynamics processor to themselves, 1 lets both follow the louder.
    pub link: f32,
}

/// What a network is given: cleaned sound of up to [`CHUNK`] frames within one slot. `[2][CHUNK]`
/// each.
pub(super) struct Piece<'a> {
    pub knobs: &'a [f32],
    pub input: &'a [f32],
    pub side: Option<&'a [f32]>,
    pub output: &'a mut [f32],
    pub frames: usize,
    pub position: usize,
    pub link: f32,
}

/// One sound on its way through one model.
///
/// Two channels are two independent memories (but for a dynamics processor's link): stereo is two
/// monos, bit for bit.
#[derive(Debug)]
pub struct ProfileState {
    model: Arc<ProfileModel>,
    size: usize,
    channels: usize,
    voice: Box<dyn Voice>,
    /// Samples since the last reading of the knobs.
    position: usize,
    started: bool,
    /// Whether NaN or infinity has come out of the network.
    fault: bool,
    /// Normalised, at the end of the present slot.
    knobs: [f32; MAX_KNOBS],
    input: Box<[f32]>,
    side: Box<[f32]>,
    output: Box<[f32]>,
}

impl ProfileState {
    /// A settled state. Allocates, and plays as much silence as the network looks back.
    pub(super) fn new(model: &Arc<ProfileModel>, channels: usize, size: usize) -> Self {
        let channels = channels.clamp(1, MAX_CHANNELS);
        let size = size.min(model.sizes() - 1);
        let zeros = || vec![0.0; MAX_CHANNELS * CHUNK].into_boxed_slice();
        let (knobs, network) = (model.default_knobs(), model.network(size));
        let mut state = Self {
            model: Arc::clone(model),
            size,
            channels,
            voice: Arc::clone(network).voice(channels, &knobs),
            position: 0,
            started: false,
            fault: false,
            knobs,
            input: zeros(),
            side: zeros(),
            output: zeros(),
        };
        state.settle(network.warm_up());
        state
    }

    /// The silence before the first sample.
    fn settle(&mut self, samples: usize) {
        let knobs = self.knobs;
        let mut left = samples;
        self.voice.retarget(&knobs, true);
        while left > 0 {
            let frames = left.min(CHUNK);
            let mut piece = Piece {
                knobs: &knobs,
                input: &self.input,
                side: None,
                output: &mut self.output,
                frames,
                position: 0,
                link: 0.0,
            };
            self.voice.run(&mut piece);
            left -= frames;
        }
        self.output.fill(0.0);
        self.voice.keep();
    }

    /// Channels that it plays.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Which of the model's sizes it plays, 0 the smallest.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The model that it plays.
    pub fn model(&self) -> &Arc<ProfileModel> {
        &self.model
    }

    /// Plays a block. Output is always finite. Frames beyond [`CHUNK`], or beyond the shortest
    /// slice, are left as they are. Real-time safe.
    pub fn process(&mut self, block: &mut ProfileBlock<'_>) {
        let mut frames = block.frames.min(CHUNK);
        for c in 0..self.channels {
            frames = frames.min(block.input[c].len()).min(block.output[c].len());
            frames = block.side.map_or(frames, |side| frames.min(side[c].len()));
        }
        let mut at = 0;
        while at < frames {
            if self.position == 0 {
                self.read_knobs(block.knobs);
            }
            let count = (frames - at).min(CHUNK - self.position);
            self.play(block, at, count);
            self.position = (self.position + count) % CHUNK;
            at += count;
        }
    }

    fn read_knobs(&mut self, values: &[f32]) {
        for ((knob, info), &value) in
            self.knobs.iter_mut().zip(&self.model.info().knobs).zip(values)
        {
            *knob = info.normalised(value);
        }
        let jump = !self.started;
        self.started = true;
        self.voice.retarget(&self.knobs, jump);
    }

    fn play(&mut self, block: &mut ProfileBlock<'_>, at: usize, frames: usize) {
        let (input_gain, output_gain) = self.model.gains();
        for c in 0..self.channels {
            clean(&block.input[c][at..at + frames], input_gain, &mut self.input[c * CHUNK..]);
            if let Some(side) = block.side {
                clean(&side[c][at..at + frames], input_gain, &mut self.side[c * CHUNK..]);
            }
        }
        let mut piece = Piece {
            knobs: &self.knobs,
            input: &self.input,
            side: block.side.is_some().then_some(&*self.side),
            output: &mut self.output,
            frames,
            position: self.position,
            link: block.link,
        };
        self.voice.run(&mut piece);
        for c in 0..self.channels {
            let played = &self.output[c * CHUNK..][..frames];
            for (out, &y) in block.output[c][at..at + frames].iter_mut().zip(played) {
                let y = y * output_gain;
                self.fault |= !y.is_finite();
                *out = if y.is_finite() { y } else { 0.0 };
            }
        }
    }

    /// Back to the state that [`ProfileModel::state`] gave. Real-time safe.
    pub fn reset(&mut self) {
        self.voice.reset();
        self.position = 0;
        self.started = false;
        self.fault = false;
        self.knobs = self.model.default_knobs();
    }

    /// Whether silence has brought the memory back to that of a fresh state. To be asked after as
    /// much silence as the network looks back. Real-time safe.
    pub fn is_at_rest(&self) -> bool {
        self.voice.is_at_rest()
    }

    /// Whether the network has given out NaN or infinity (heard as silence) since this was last
    /// asked, or since the reset. A recurrent network then stays lost until it is reset.
    /// Real-time safe.
    pub fn take_fault(&mut self) -> bool {
        std::mem::take(&mut self.fault)
    }

    /// How much a dynamics processor turns down, in dB, 0 or less; 0 for every other family.
    /// Real-time safe.
    pub fn gain_reduction_db(&self) -> f32 {
        self.voice.gain_db()
    }
}

/// Finite, limited input.
fn clean(from: &[f32], gain: f32, to: &mut [f32]) {
    for (to, &x) in to.iter_mut().zip(from) {
        *to = if x.is_finite() { (x * gain).clamp(-MAX_INPUT, MAX_INPUT) } else { 0.0 };
    }
}
