//! One segment through the network, forwards and backwards.

use super::super::lanes::LANES;
use super::kernel::{
    Begin, Convolve, Correlate, ROOM, Rows, add, collect, row_product, row_sum, unact,
};
use super::net::{ArrayNet, Net, shifts};
use super::shape::{Act, Array, ArrayPlace, Shape};

/// Samples that weight gradients are summed over before the next tile: a stretch of all channels
/// stays in the cache.
const STRETCH: usize = 256;

/// What one array keeps of a segment.
struct ArraySpace {
    /// Channels of a layer, and of the head.
    channels: usize,
    heads: usize,
    /// Input of each layer, and what the last hands on.
    x: Vec<Rows>,
    /// Activation of each layer.
    a: Vec<Rows>,
    /// Sum of the activations and of the array before's head.
    skip: Rows,
    /// Output of the head.
    head: Rows,
    /// First sample of the input of each layer.
    starts: Vec<usize>,
    /// First sample of the sum.
    skip_from: usize,
    /// First sample of the head's output.
    head_from: usize,
    /// Gradient towards what the layers hand on.
    dx: Rows,
    /// Gradient towards activations and what comes before them.
    dz: Rows,
    /// Gradient towards the sum.
    dskip: Rows,
    /// Gradient towards the head's output.
    dhead: Rows,
    /// Sums of weight gradients, tap after tap.
    sums: Vec<f32>,
}

/// Memory for one segment of a given number of scored samples.
pub struct Space {
    scored: usize,
    end: usize,
    /// The sound: the network's history, then the scored samples.
    x: Rows,
    arrays: Vec<ArraySpace>,
}

impl Space {
    /// For segments of `scored` samples behind the network's history.
    pub fn new(shape: &Shape, scored: usize) -> Self {
        let end = shape.history() + scored;
        let stride = (end + shape.widest() + 2 * ROOM).next_multiple_of(LANES);
        // What the heads need, from the last back.
        let mut need = vec![0; shape.arrays.len()];
        let mut from = end - scored;
        for (i, a) in shape.arrays.iter().enumerate().rev() {
            need[i] = from;
            from -= a.head_kernel - 1;
        }
        let mut start = 0;
        let arrays = shape
            .arrays
            .iter()
            .zip(need)
            .map(|(a, head_from)| {
                let rows = |channels: usize| Rows::new(channels, stride);
                let mut starts = vec![start];
                for l in &a.layers {
                    start += l.reach();
                    starts.push(start);
                }
                let taps = a.layers.iter().map(|l| l.kernel).max().unwrap_or(1).max(a.head_kernel);
                let wide = a.channels.max(a.head).max(a.inputs).next_multiple_of(4);
                ArraySpace {
                    channels: a.channels,
                    heads: a.head,
                    x: (0..=a.layers.len()).map(|_| rows(a.channels)).collect(),
                    a: a.layers.iter().map(|_| rows(a.channels)).collect(),
                    skip: rows(a.channels),
                    head: rows(a.head),
                    starts,
                    skip_from: head_from - (a.head_kernel - 1),
                    head_from,
                    dx: rows(a.channels),
                    dz: rows(a.channels),
                    dskip: rows(a.channels),
                    dhead: rows(a.head),
                    sums: vec![0.0; taps * wide * wide * LANES],
                }
            })
            .collect();
        Space { scored, end, x: Rows::new(1, stride), arrays }
    }

    /// Samples that a segment has in all.
    pub fn samples(&self) -> usize {
        self.end
    }

    /// Samples that come out.
    pub fn scored(&self) -> usize {
        self.scored
    }

    /// The output for a segment of [`Space::samples`] samples: the scored ones, written to `y`.
    pub fn forward(&mut self, shape: &Shape, net: &Net, input: &[f32], y: &mut [f32]) {
        let gain = shape.head_scale * net.gain;
        self.x.row_mut(0)[..self.end].copy_from_slice(input);
        let end = self.end;
        for i in 0..shape.arrays.len() {
            let (before, rest) = self.arrays.split_at_mut(i);
            let (array, w, space) = (&shape.arrays[i], &net.arrays[i], &mut rest[0]);
            let below = before.last().map_or(&self.x, |b| b.x.last().unwrap_or(&self.x));
            let job = Convolve {
                weights: &w.rechannel,
                x: below,
                begin: Begin::Bias(&[]),
                act: None,
                range: (space.starts[0], end),
                ahead: false,
            };
            job.run(&mut space.x[0]);
            for (l, layer) in w.layers.iter().enumerate() {
                let from = space.starts[l + 1];
                let job = Convolve {
                    weights: &layer.conv,
                    x: &space.x[l],
                    begin: Begin::Mix(&layer.bias, &layer.mixin, self.x.row(0)),
                    act: Some(array.act),
                    range: (from, end),
                    ahead: false,
                };
                job.run(&mut space.a[l]);
                let (x, next) = space.x.split_at_mut(l + 1);
                let job = Convolve {
                    weights: &layer.out,
                    x: &space.a[l],
                    begin: Begin::Rows(&layer.out_bias, &x[l]),
                    act: None,
                    range: (from, end),
                    ahead: false,
                };
                job.run(&mut next[0]);
            }
            let range = (space.skip_from, end);
            space.skip.clear(range.0, range.1);
            for a in &space.a {
                add(&mut space.skip, a, range);
            }
            if let Some(before) = before.last() {
                add(&mut space.skip, &before.head, range);
            }
            let job = Convolve {
                weights: &w.head,
                x: &space.skip,
                begin: Begin::Bias(&w.head_bias),
                act: None,
                range: (space.head_from, end),
                ahead: false,
            };
            job.run(&mut space.head);
        }
        if let Some(last) = self.arrays.last() {
            let out = &last.head.row(0)[end - self.scored..end];
            for (y, o) in y.iter_mut().zip(out) {
                *y = o * gain;
            }
        }
    }

    /// The gradient of the plain weights (knobs folded in) for a segment that [`Space::forward`]
    /// has just seen, from that of its scored outputs. `flat` is overwritten.
    pub fn backward(
        &mut self,
        shape: &Shape,
        net: &Net,
        places: &[ArrayPlace],
        dy: &[f32],
        flat: &mut [f32],
    ) {
        flat.fill(0.0);
        let gain = shape.head_scale * net.gain;
        let end = self.end;
        let arrays = shape.arrays.len();
        for i in (0..arrays).rev() {
            let (before, rest) = self.arrays.split_at_mut(i);
            let (space, after) = rest.split_at_mut(1);
            let space = &mut space[0];
            let (array, w, p) = (&shape.arrays[i], &net.arrays[i], &places[i]);
            space.dhead.clear(0, space.dhead.stride);
            match after.first() {
                None => {
                    let row = &mut space.dhead.row_mut(0)[end - self.scored..end];
                    for (d, dy) in row.iter_mut().zip(dy) {
                        *d = dy * gain;
                    }
                }
                Some(after) => add(&mut space.dhead, &after.dskip, (space.head_from, end)),
            }
            head_back(space, array, p, end, flat);
            let job = Convolve {
                weights: &w.head_back,
                x: &space.dhead,
                begin: Begin::Bias(&[]),
                act: None,
                range: (space.skip_from, end),
                ahead: true,
            };
            job.run(&mut space.dskip);
            // What the next array wants of what the last layer hands on.
            let mut handed = !after.is_empty();
            if let (Some(after), Some(next)) = (after.first(), net.arrays.get(i + 1)) {
                space.dx.clear(0, space.dx.stride);
                let job = Convolve {
                    weights: &next.rechannel_back,
                    x: &after.dx,
                    begin: Begin::Bias(&[]),
                    act: None,
                    range: (after.starts[0], end),
                    ahead: true,
                };
                job.run(&mut space.dx);
                space.dx.clear(end, end + ROOM);
            } else {
                space.dx.clear(0, space.dx.stride);
            }
            let way = WayBack { net: w, places: p, act: array.act, sound: self.x.row(0), end };
            for l in (0..array.layers.len()).rev() {
                layer_back(space, &way, l, handed, flat);
                handed = true;
            }
            let range = (space.starts[0], end);
            match before.last() {
                None => {
                    for c in 0..array.channels {
                        flat[p.rechannel + c] = row_product(&space.dx, c, self.x.row(0), range);
                    }
                }
                Some(before) => {
                    let Some(x) = before.x.last() else { continue };
                    let sums = correlated(&mut space.sums, &space.dx, x, &[0], range);
                    collect(sums, space.dx.rows, x.rows, |o, c, v| {
                        if o < array.channels && c < array.inputs {
                            flat[p.rechannel + o * array.inputs + c] = v;
                        }
                    });
                }
            }
        }
    }
}

/// Weight gradients of a convolution for each tap, in stretches of time. Gives the sums, tap after
/// tap.
fn correlated<'a>(
    sums: &'a mut [f32],
    a: &Rows,
    b: &Rows,
    shifts: &[usize],
    range: (usize, usize),
) -> &'a [f32] {
    let size = a.rows * b.rows * LANES;
    let sums = &mut sums[..size * shifts.len()];
    sums.fill(0.0);
    for from in (range.0..range.1).step_by(STRETCH) {
        let until = (from + STRETCH).min(range.1);
        for (sums, &shift) in sums.chunks_exact_mut(size).zip(shifts) {
            Correlate { a, b, shift, range: (from, until) }.run(sums);
        }
    }
    sums
}

/// The head's gradients.
fn head_back(space: &mut ArraySpace, array: &Array, p: &ArrayPlace, end: usize, flat: &mut [f32]) {
    let kernel = array.head_kernel;
    let range = (space.head_from, end);
    let shifts = shifts(kernel, 1);
    let (heads, channels) = (space.dhead.rows, space.skip.rows);
    let (wide_heads, wide_channels) = (space.heads, space.channels);
    let size = heads * channels * LANES;
    let sums = correlated(&mut space.sums, &space.dhead, &space.skip, &shifts, range);
    for (tap, sums) in sums.chunks_exact(size).enumerate() {
        collect(sums, heads, channels, |o, c, v| {
            if o < wide_heads && c < wide_channels {
                flat[p.head + (o * wide_channels + c) * kernel + tap] = v;
            }
        });
    }
    if array.head_bias {
        for o in 0..wide_heads {
            flat[p.head_bias + o] = row_sum(&space.dhead, o, range);
        }
    }
}

/// What the layers of one array share on the way back.
struct WayBack<'a> {
    net: &'a ArrayNet,
    places: &'a ArrayPlace,
    act: Act,
    /// The segment's input, which every layer hears beside the stream.
    sound: &'a [f32],
    /// Where the segment ends.
    end: usize,
}

/// One layer's gradients; `dx` becomes the gradient towards its input. `handed` says whether `dx`
/// holds anything yet.
fn layer_back(space: &mut ArraySpace, way: &WayBack<'_>, l: usize, handed: bool, flat: &mut [f32]) {
    let WayBack { act, sound, end, .. } = *way;
    let layer = &way.net.layers[l];
    let p = way.places.layers[l];
    let channels = space.channels;
    let range = (space.starts[l + 1], end);
    space.dz.clear(space.starts[l], end + ROOM);
    if handed {
        let job = Convolve {
            weights: &layer.out_back,
            x: &space.dx,
            begin: Begin::Bias(&[]),
            act: None,
            range,
            ahead: true,
        };
        job.run(&mut space.dz);
        let sums = correlated(&mut space.sums, &space.dx, &space.a[l], &[0], range);
        collect(sums, space.dx.rows, space.a[l].rows, |o, c, v| {
            if o < channels && c < channels {
                flat[p.out + o * channels + c] = v;
            }
        });
        for o in 0..channels {
            flat[p.out_bias + o] = row_sum(&space.dx, o, range);
        }
    }
    add(&mut space.dz, &space.dskip, (space.skip_from.max(range.0), end));
    unact(&mut space.dz, &space.a[l], act, range);
    space.dz.clear(end, end + ROOM);
    let shifts: Vec<usize> = layer.conv.shifts().to_vec();
    let size = space.dz.rows * space.x[l].rows * LANES;
    let sums = correlated(&mut space.sums, &space.dz, &space.x[l], &shifts, range);
    for (tap, sums) in sums.chunks_exact(size).enumerate() {
        collect(sums, space.dz.rows, space.x[l].rows, |o, c, v| {
            if o < channels && c < channels {
                flat[p.conv + (o * channels + c) * shifts.len() + tap] = v;
            }
        });
    }
    for o in 0..channels {
        flat[p.bias + o] = row_sum(&space.dz, o, range);
        flat[p.mixin + o] = row_product(&space.dz, o, sound, range);
    }
    let job = Convolve {
        weights: &layer.conv_back,
        x: &space.dz,
        begin: Begin::Own,
        act: None,
        range: (space.starts[l], end),
        ahead: true,
    };
    job.run(&mut space.dx);
    space.dx.clear(end, end + ROOM);
}
