//! The memory of a SignalTrain network and its work, spread over time.

use super::{FRAMES, FRAMES_OUT, Layer, SignalTrainModel, TINY};
use crate::models::effect::knob::MAX_KNOBS;
use crate::models::effect::network::Voice;
use crate::models::effect::state::{CHUNK, Piece};
use std::sync::Arc;

/// Bins of one piece of work.
const GROUP: usize = 32;
/// The widest layer, and the widest input: code and knobs, or frames.
const WIDEST: usize = 64;

/// One channel of sound on its way through a network.
#[derive(Clone, Debug)]
pub struct SignalTrainState {
    model: Arc<SignalTrainModel>,
    /// The last chunk and the input since, a ring of chunk + output samples.
    heard: Vec<f32>,
    /// Where the next sample goes in `heard`.
    place: usize,
    /// Samples of the present round, 0 to output - 1.
    position: usize,
    /// Pieces of work that are done in this round.
    done: usize,
    /// The chunk in work, halved, with a transform's length of zeros on both sides.
    chunk: Vec<f32>,
    /// `[frame][2 · bin]`: real parts and imaginary parts.
    frames: Vec<f32>,
    /// `[output frame][2 · bin]`
    made: Vec<f32>,
    /// The synthesis, overlapped and added.
    sum: Vec<f32>,
    /// What is being played.
    playing: Vec<f32>,
    knobs: [f32; MAX_KNOBS],
}

impl SignalTrainState {
    /// A state that has heard silence. Allocates.
    pub fn new(model: &Arc<SignalTrainModel>) -> Self {
        let config = &model.config;
        SignalTrainState {
            model: Arc::clone(model),
            heard: vec![0.0; config.chunk()],
            place: 0,
            position: 0,
            done: usize::MAX,
            chunk: vec![0.0; config.chunk() + 2 * config.transform],
            frames: vec![0.0; FRAMES * 2 * config.bins()],
            made: vec![0.0; FRAMES_OUT * 2 * config.bins()],
            sum: vec![0.0; (FRAMES_OUT - 1) * config.hop() + config.transform],
            playing: vec![0.0; config.output()],
            knobs: [0.0; MAX_KNOBS],
        }
    }

    /// Back to what [`SignalTrainState::new`] gives. Real-time safe.
    pub fn reset(&mut self) {
        for buffer in [
            &mut self.heard,
            &mut self.chunk,
            &mut self.frames,
            &mut self.made,
            &mut self.sum,
            &mut self.playing,
        ] {
            buffer.fill(0.0);
        }
        (self.place, self.position, self.done) = (0, 0, usize::MAX);
        self.knobs = [0.0; MAX_KNOBS];
    }

    /// Plays one channel. The knobs (normalised to -1..1) count for a whole chunk. Any partition
    /// into blocks gives the same samples as long as the knobs change at a chunk's end only.
    /// Real-time safe; input that is not finite counts as silence.
    pub fn process(&mut self, input: &[f32], output: &mut [f32], knobs: &[f32]) {
        let config = self.model.config;
        let length = config.output();
        let jobs = FRAMES + config.bins().div_ceil(GROUP) + FRAMES_OUT;
        for (x, y) in input.iter().zip(output) {
            self.heard[self.place] = if x.is_finite() { x.clamp(-1e6, 1e6) } else { 0.0 };
            self.place = (self.place + 1) % self.heard.len();
            *y = self.playing[self.position];
            self.position += 1;
            // Spread evenly, so that all is done when the round ends.
            while self.done < jobs && self.done * length < self.position * jobs {
                self.work(self.done);
                self.done += 1;
            }
            if self.position == length {
                self.turn(knobs);
            }
        }
    }

    /// A round ends: what was made is played, what was heard is worked on.
    fn turn(&mut self, knobs: &[f32]) {
        let config = self.model.config;
        let (n, length) = (config.transform, config.output());
        if self.done != usize::MAX {
            let dry = &self.chunk[n + config.chunk() - length..][..length];
            // The chunk is halved: twice that is the input.
            for ((y, made), x) in self.playing.iter_mut().zip(&self.sum[n..]).zip(dry) {
                let value = 2.0 * (made + x);
                *y = if value.is_finite() { value.clamp(-1e6, 1e6) } else { 0.0 };
            }
        }
        let (new, old) = self.heard.split_at(self.place);
        for (to, from) in self.chunk[n..].iter_mut().zip(old.iter().chain(new)) {
            *to = 0.5 * from;
        }
        for (to, from) in self.knobs.iter_mut().zip(knobs) {
            *to = if from.is_finite() { from.clamp(-1.0, 1.0) } else { 0.0 };
        }
        self.sum.fill(0.0);
        self.position = 0;
        self.done = 0;
    }

    /// One piece of the round's work: a frame's analysis, a group of bins, or a frame's synthesis.
    fn work(&mut self, job: usize) {
        let config = self.model.config;
        let (n, bins, hop) = (config.transform, config.bins(), config.hop());
        let groups = bins.div_ceil(GROUP);
        if job < FRAMES {
            let frame = &mut self.frames[job * 2 * bins..(job + 1) * 2 * bins];
            frame.fill(0.0);
            multiply(&self.chunk[job * hop..job * hop + n], &self.model.analysis, frame);
        } else if job < FRAMES + groups {
            let first = (job - FRAMES) * GROUP;
            for k in first..(first + GROUP).min(bins) {
                self.bin(k);
            }
        } else {
            let frame = job - FRAMES - groups;
            let sum = &mut self.sum[frame * hop..frame * hop + n];
            multiply(
                &self.made[frame * 2 * bins..(frame + 1) * 2 * bins],
                &self.model.synthesis,
                sum,
            );
        }
    }

    /// Magnitudes and phases of one bin through their networks.
    fn bin(&mut self, k: usize) {
        let model = &self.model;
        let bins = model.config.bins();
        let mut magnitude = [0.0f32; FRAMES];
        let mut phase = [0.0f32; FRAMES];
        for (t, row) in self.frames.chunks_exact(2 * bins).enumerate() {
            let (re, im) = (row[k], row[bins + k]);
            // Silence stays silence: what keeps the root's gradient finite in training is left out
            // here.
            magnitude[t] = (re * re + im * im).sqrt();
            phase[t] = im.atan2(re + TINY);
        }
        let knobs = &self.knobs[..model.config.knobs];
        let filter = along_time(&model.magnitude, &magnitude, knobs, model.config.knob_layer());
        let shift = along_time(&model.phase, &phase, knobs, model.config.knob_layer());
        let last = FRAMES - FRAMES_OUT;
        for (t, row) in self.made.chunks_exact_mut(2 * bins).enumerate() {
            let m = filter[t] * magnitude[last + t];
            let (sin, cos) = (shift[t] + phase[last + t]).sin_cos();
            row[k] = m * cos;
            row[bins + k] = m * sin;
        }
    }
}

/// A sound of one or two channels.
#[derive(Debug)]
pub(super) struct SignalTrainVoice {
    channels: Vec<SignalTrainState>,
}

impl SignalTrainVoice {
    pub fn new(model: &Arc<SignalTrainModel>, channels: usize) -> Self {
        Self { channels: vec![SignalTrainState::new(model); channels] }
    }
}

impl Voice for SignalTrainVoice {
    fn run(&mut self, piece: &mut Piece<'_>) {
        let frames = piece.frames;
        let sound = piece.input.chunks(CHUNK).zip(piece.output.chunks_mut(CHUNK));
        for (state, (input, output)) in self.channels.iter_mut().zip(sound) {
            state.process(&input[..frames], &mut output[..frames], piece.knobs);
        }
    }

    /// It looks back no further than a chunk: silence leaves nothing to be kept.
    fn keep(&mut self) {}

    fn reset(&mut self) {
        self.channels.iter_mut().for_each(SignalTrainState::reset);
    }
}

/// `y += x W`, `weights` `[input][output]`.
fn multiply(x: &[f32], weights: &[f32], y: &mut [f32]) {
    let outputs = y.len();
    let mut rows = weights.chunks_exact(4 * outputs);
    let mut groups = x.chunks_exact(4);
    for (x, rows) in (&mut groups).zip(&mut rows) {
        let (a, rest) = rows.split_at(outputs);
        let (b, rest) = rest.split_at(outputs);
        let (c, d) = rest.split_at(outputs);
        for ((((y, a), b), c), d) in y.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *y += (x[0] * a + x[1] * b) + (x[2] * c + x[3] * d);
        }
    }
    for (x, row) in groups.remainder().iter().zip(rows.remainder().chunks_exact(outputs)) {
        y.iter_mut().zip(row).for_each(|(y, w)| *y += x * w);
    }
}

/// One of the networks along time.
fn along_time(
    layers: &[Layer],
    frames: &[f32; FRAMES],
    knobs: &[f32],
    knob_layer: usize,
) -> [f32; FRAMES_OUT] {
    let (mut x, mut y) = ([0.0f32; WIDEST + MAX_KNOBS], [0.0f32; WIDEST + MAX_KNOBS]);
    x[..FRAMES].copy_from_slice(frames);
    for (i, layer) in layers.iter().enumerate() {
        if i == knob_layer {
            let code = layer.inputs - knobs.len();
            x[code..layer.inputs].copy_from_slice(knobs);
        }
        layer.apply(&x, &mut y);
        std::mem::swap(&mut x, &mut y);
    }
    let mut out = [0.0; FRAMES_OUT];
    out.copy_from_slice(&x[..FRAMES_OUT]);
    out
}
