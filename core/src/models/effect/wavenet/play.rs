//! A block of sound through a WaveNet.

use super::super::state::Piece;
use super::knobs::KnobState;
use super::pack::{Array, Layer};
use super::{Channel, FilmAt, FilmPlace, Gating, Scratch, WaveNet, WaveNetState};
use crate::nn::rows::{BLOCK, History, Modulation, Rows, RowsMut, add_rows, modulate};
use crate::signal::simd::Isa;

/// What every layer works with.
#[derive(Clone, Copy)]
struct Scene<'a> {
    isa: Isa,
    frames: usize,
    position: usize,
    condition: Rows<'a>,
    knobs: Option<&'a KnobState>,
}

impl WaveNet {
    /// Plays a piece within a slot, whose condition is in the state already: `input`
    /// `[channel][signal][BLOCK]`, `output` likewise. Real-time safe.
    pub fn run(&self, state: &mut WaveNetState, piece: &mut Piece<'_>) {
        let (frames, position) = (piece.frames, piece.position);
        let width = self.condition_width();
        let knobs = self.knobs.is_some().then_some(&state.knobs);
        for (index, array) in self.arrays.iter().enumerate() {
            for layer in 0..=array.layers.len() {
                for (c, channel) in state.channels.iter_mut().enumerate() {
                    let sound = &piece.input[c * self.inputs * BLOCK..][..self.inputs * BLOCK];
                    let condition = match &self.condition {
                        Some(_) => &state.condition_rows[c * width * BLOCK..][..width * BLOCK],
                        None => sound,
                    };
                    let condition = Rows::block(condition);
                    let scene = Scene { isa: self.isa, frames, position, condition, knobs };
                    match array.layers.get(layer) {
                        Some(played) => {
                            if layer == 0 {
                                self.begin(index, channel, sound, frames);
                            }
                            let last = index + 1 == self.arrays.len();
                            self.layer(
                                Place { array: index, layer, last },
                                played,
                                channel,
                                &mut state.scratch,
                                scene,
                            );
                        }
                        None => array.finish(index, channel, frames),
                    }
                }
            }
        }
        for (c, channel) in state.channels.iter_mut().enumerate() {
            let output = &mut piece.output[c * self.outputs * BLOCK..][..self.outputs * BLOCK];
            self.end(channel, output, &state.knobs, position, frames);
        }
    }

    fn condition_width(&self) -> usize {
        self.arrays.first().and_then(|array| array.layers.first()).map_or(1, Layer::condition)
    }

    /// Into an array: its channels, and the skip paths' sum.
    fn begin(&self, index: usize, channel: &mut Channel, sound: &[f32], frames: usize) {
        let array = &self.arrays[index];
        let skip = array.skip * BLOCK;
        if index == 0 {
            channel.skip[..skip].fill(0.0);
        } else {
            channel.skip[..skip].copy_from_slice(&channel.head[..skip]);
        }
        let source = if index == 0 { Rows::block(sound) } else { Rows::block(&channel.stream) };
        // The first layer's modulation before its convolution, if any, reads the stream; else the
        // history is filled at once.
        if array.layers[0].films.contains_key(&FilmPlace::ConvPre) {
            array.rechannel.run(&[source], None, RowsMut::block(&mut channel.head), frames);
            let rows = array.channels * BLOCK;
            channel.stream[..rows].copy_from_slice(&channel.head[..rows]);
        } else {
            array.rechannel.run(&[source], None, channel.layers[index][0].writer(), frames);
        }
    }

    /// Behind the last array: the scale, and the convolutions there.
    fn end(
        &self,
        channel: &mut Channel,
        output: &mut [f32],
        knobs: &KnobState,
        position: usize,
        frames: usize,
    ) {
        let rows = self.arrays.last().map_or(0, |array| array.head.outputs()) * BLOCK;
        let head = &mut channel.head[..rows];
        match (knobs.from.last(), knobs.to.last()) {
            (Some(&from), Some(&to)) => {
                for row in head.chunks_exact_mut(BLOCK) {
                    for (i, y) in row.iter_mut().enumerate().take(frames) {
                        let ramp = (position + i + 1) as f32 / BLOCK as f32;
                        *y *= self.scale * (1.0 + (from + (to - from) * ramp));
                    }
                }
            }
            _ => head.iter_mut().for_each(|y| *y *= self.scale),
        }
        for (post, history) in self.post.iter().zip(&mut channel.post) {
            post.activation.apply(
                self.isa,
                &mut channel.head[..post.kernel.inputs * BLOCK],
                BLOCK,
                frames,
            );
            history.write(Rows::block(&channel.head));
            post.conv.run(&[history.rows()], None, RowsMut::block(&mut channel.head), frames);
            history.advance(frames);
        }
        output.copy_from_slice(&channel.head[..self.outputs * BLOCK]);
    }

    /// One layer of one channel.
    fn layer(
        &self,
        place: Place,
        layer: &Layer,
        channel: &mut Channel,
        scratch: &mut Scratch,
        scene: Scene<'_>,
    ) {
        let array = &self.arrays[place.array];
        let Scene { isa, frames, condition, .. } = scene;
        let Scratch { sums, mixed, other, film } = scratch;
        let histories = &mut channel.layers[place.array];
        let (now, later) = histories.split_at_mut(place.layer + 1);
        let history = &mut now[place.layer];
        let filmed = layer.films.get(&FilmPlace::ConvPre);
        if let Some(pre) = filmed {
            let rows = array.channels * BLOCK;
            other[..rows].copy_from_slice(&channel.stream[..rows]);
            pre.run(other, film, scene);
            history.write(Rows::block(other));
        }
        match &layer.mixin {
            None => {
                layer.conv.run(&[history.rows(), condition], None, RowsMut::block(sums), frames)
            }
            Some(mixin) => {
                layer.conv.run(&[history.rows()], None, RowsMut::block(sums), frames);
                layer.film(FilmPlace::ConvPost, sums, film, scene);
                let from = match layer.films.get(&FilmPlace::InputMixinPre) {
                    Some(pre) => {
                        let rows = pre.channels * BLOCK;
                        other[..rows].copy_from_slice(&condition.data[condition.at..][..rows]);
                        pre.run(other, film, scene);
                        &other[..]
                    }
                    None => condition.data,
                };
                mixin.run(&[Rows::block(from)], None, RowsMut::block(mixed), frames);
                layer.film(FilmPlace::InputMixinPost, mixed, film, scene);
                add_rows(isa, sums, mixed, layer.sums, frames);
            }
        }
        if let Some(knobs) = scene.knobs {
            let at = layer.knobs_at;
            let modulation = Modulation {
                from: &knobs.from[at..],
                to: &knobs.to[at..],
                position: scene.position,
            };
            modulate(isa, sums, layer.sums, frames, modulation);
        }
        layer.film(FilmPlace::ActivationPre, sums, film, scene);
        layer.activate(array.bottleneck, sums, other, scene);
        layer.film(FilmPlace::ActivationPost, sums, film, scene);
        match &layer.skip {
            None => add_rows(isa, &mut channel.skip, sums, array.skip, frames),
            Some(skip) => {
                skip.run(&[Rows::block(sums)], None, RowsMut::block(other), frames);
                layer.film(FilmPlace::Head1x1Post, other, film, scene);
                add_rows(isa, &mut channel.skip, other, array.skip, frames);
            }
        }
        let next = later.first_mut();
        if !(next.is_none() && place.last) {
            let next_filmed = array
                .layers
                .get(place.layer + 1)
                .is_some_and(|l| l.films.contains_key(&FilmPlace::ConvPre));
            let input = if filmed.is_some() { None } else { Some(&*history) };
            let target = if next_filmed { None } else { next };
            layer.pass_on(
                Passing { input, target, stream: &mut channel.stream, rows: array.channels },
                sums,
                other,
                film,
                scene,
            );
        }
        history.advance(frames);
    }
}

/// Which layer of which array, and whether nothing follows the array.
#[derive(Clone, Copy)]
struct Place {
    array: usize,
    layer: usize,
    last: bool,
}

/// From a layer to the next: the layer's input is in its history or in the stream, the next one's
/// likewise.
struct Passing<'a> {
    input: Option<&'a History>,
    target: Option<&'a mut History>,
    stream: &'a mut [f32],
    rows: usize,
}

impl Layer {
    /// Channels of the condition.
    pub(super) fn condition(&self) -> usize {
        self.condition
    }

    fn film(&self, place: FilmPlace, rows: &mut [f32], film: &mut [f32], scene: Scene<'_>) {
        if let Some(at) = self.films.get(&place) {
            at.run(rows, film, scene);
        }
    }

    /// From the sums to the activation, in place; two halves become the first.
    fn activate(&self, bottleneck: usize, sums: &mut [f32], other: &mut [f32], scene: Scene<'_>) {
        let Scene { isa, frames, .. } = scene;
        let (first, rest) = sums.split_at_mut(bottleneck * BLOCK);
        if self.gating == Gating::Blended {
            other[..first.len()].copy_from_slice(first);
        }
        self.activation.apply(isa, first, BLOCK, frames);
        if self.gating == Gating::None {
            return;
        }
        let second = &mut rest[..bottleneck * BLOCK];
        self.secondary.apply(isa, second, BLOCK, frames);
        for ((y, a), z) in first.iter_mut().zip(&*second).zip(&*other) {
            *y = if self.gating == Gating::Gated { *y * a } else { a * *y + (1.0 - a) * z };
        }
    }

    /// The residual: input + convolution of the activation, to where the next layer looks for it.
    fn pass_on(
        &self,
        passing: Passing<'_>,
        sums: &[f32],
        other: &mut [f32],
        film: &mut [f32],
        scene: Scene<'_>,
    ) {
        let Passing { input, target, stream, rows } = passing;
        let frames = scene.frames;
        let blended =
            self.gating == Gating::Blended && self.films.contains_key(&FilmPlace::Layer1x1Post);
        let addition = match &self.residual {
            Some(conv) if blended => {
                conv.run(&[Rows::block(sums)], None, RowsMut::block(other), frames);
                self.film(FilmPlace::Layer1x1Post, other, film, scene);
                true
            }
            Some(conv) => {
                match (input, target) {
                    (Some(input), Some(next)) => {
                        return conv.run(
                            &[Rows::block(sums)],
                            Some(input.rows()),
                            next.writer(),
                            frames,
                        );
                    }
                    (Some(input), None) => {
                        return conv.run(
                            &[Rows::block(sums)],
                            Some(input.rows()),
                            RowsMut::block(stream),
                            frames,
                        );
                    }
                    (None, Some(next)) => {
                        return conv.run(
                            &[Rows::block(sums)],
                            Some(Rows::block(stream)),
                            next.writer(),
                            frames,
                        );
                    }
                    (None, None) => {
                        conv.run(&[Rows::block(sums)], None, RowsMut::block(other), frames)
                    }
                }
                add_rows(scene.isa, stream, other, rows, frames);
                return;
            }
            None => false,
        };
        if let Some(input) = input {
            let from = input.rows();
            for c in 0..rows {
                stream[c * BLOCK..][..BLOCK]
                    .copy_from_slice(&from.data[from.at + c * from.stride..][..BLOCK]);
            }
        }
        if addition {
            add_rows(scene.isa, stream, other, rows, frames);
        }
        if let Some(next) = target {
            next.write(Rows::block(stream));
        }
    }
}

impl Array {
    /// Out of an array: its head's output.
    fn finish(&self, index: usize, channel: &mut Channel, frames: usize) {
        let history = &mut channel.heads[index];
        if self.head_kernel.taps == 1 {
            self.head.run(
                &[Rows::block(&channel.skip)],
                None,
                RowsMut::block(&mut channel.head),
                frames,
            );
        } else {
            history.write(Rows::block(&channel.skip));
            self.head.run(&[history.rows()], None, RowsMut::block(&mut channel.head), frames);
            history.advance(frames);
        }
    }
}

impl FilmAt {
    /// `rows = rows * scale(condition) (+ shift(condition))`.
    fn run(&self, rows: &mut [f32], film: &mut [f32], scene: Scene<'_>) {
        self.affine.run(&[scene.condition], None, RowsMut::block(film), scene.frames);
        let (scale, shift) = film.split_at(self.channels * BLOCK);
        for (x, scale) in rows.iter_mut().zip(scale) {
            *x *= scale;
        }
        if self.shift {
            rows.iter_mut().zip(shift).take(scale.len()).for_each(|(x, shift)| *x += shift);
        }
    }
}
