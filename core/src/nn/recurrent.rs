//! Recurrent layers, sample by sample: LSTM and GRU cells of any width, stacked, with a dense output.
//!
//! Units stand in the lanes of the vectors. The weights of one earlier unit for all gates of a tile of units lie together, the
//! sums stay in registers, and the gates are evaluated from there. Several channels take turns sample by sample: their chains of
//! dependent operations overlap in the CPU, and the weights stay in its nearest cache.

use super::simd::{Isa, Simd, dispatch};
use super::vector::{sigmoid, tanh};
use serde::{Deserialize, Serialize};

/// The width is padded to a multiple of this, the widest vector.
const PAD: usize = 16;
/// Samples between two readings of a condition.
const SLOT: usize = 64;
/// The greatest weight. Signals of up to 1000 and outputs of up to 1 then never make a sum that is infinite, so that no state is
/// ever anything but a finite number: gates lie in 0 to 1, a cell grows by less than 1 in a sample.
pub(crate) const MAX_RECURRENT_WEIGHT: f32 = 1e30;

/// The kind of a recurrent cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellKind {
    /// Hochreiter & Schmidhuber 1997, with a forget gate; gates in the order input, forget, cell, output.
    Lstm,
    /// Cho et al. 2014 in the form of cuDNN and PyTorch (the reset gate multiplies the recurrent sum); gates in the order
    /// reset, update, new.
    Gru,
}

impl CellKind {
    /// The gates of a unit.
    pub fn gates(self) -> usize {
        match self {
            CellKind::Lstm => 4,
            CellKind::Gru => 3,
        }
    }
}

/// The weights of one layer, as the trainer has them.
#[derive(Clone, Copy, Debug)]
pub struct CellWeights<'a> {
    /// `[input][gate * hidden + unit]`
    pub input: &'a [f32],
    /// `[earlier unit][gate * hidden + unit]`
    pub hidden: &'a [f32],
    /// `[gate * hidden + unit]`
    pub bias: &'a [f32],
    /// GRU: the bias of the new gate's recurrent sum, `[unit]`. LSTM: empty.
    pub hidden_bias: &'a [f32],
    /// The state before the first sample: `[unit]` of the output, for an LSTM followed by `[unit]` of the cell; empty for zeros.
    pub initial: &'a [f32],
}

/// What a stack of recurrent layers is: its sizes and weights.
#[derive(Clone, Debug)]
pub struct RecurrentShape<'a> {
    /// The cells of all layers.
    pub kind: CellKind,
    /// The signals that come in at every sample.
    pub inputs: usize,
    /// The numbers of the condition, which stand behind the signals in the first layer's input.
    pub condition: usize,
    /// Units of each layer.
    pub hidden: usize,
    /// The layers, at least one.
    pub layers: Vec<CellWeights<'a>>,
    /// `[unit][output]`
    pub head: &'a [f32],
    /// `[output]`
    pub head_bias: &'a [f32],
}

#[derive(Debug)]
struct Cell {
    inputs: usize,
    /// `[tile][input][gate][unit in tile]`, as many gates as the kind has.
    input: Vec<f32>,
    /// `[tile][earlier unit][gate][unit in tile]`
    hidden: Vec<f32>,
    /// `[4][padded unit]`: LSTM i, f, g, o; GRU r, z, the input's part of n, the recurrent part of n.
    base: Vec<f32>,
    /// `[2][padded unit]`: output and cell before the first sample.
    initial: Vec<f32>,
}

/// A stack of recurrent layers and a dense output, ready to be played.
#[derive(Debug)]
pub struct Recurrent {
    kind: CellKind,
    hidden: usize,
    padded: usize,
    cells: Vec<Cell>,
    /// `[condition][4][padded unit]`
    condition: Vec<f32>,
    conditions: usize,
    /// `[output][padded unit]`
    head: Vec<f32>,
    head_bias: Vec<f32>,
    isa: Isa,
}

/// The memory of a [`Recurrent`], for one or more channels.
#[derive(Clone, Debug)]
pub struct RecurrentState {
    /// `[channel][layer][2][padded unit]`: output and cell.
    memory: Vec<f32>,
    /// The first layer's base with the condition, `[4][padded]`: at the slot's beginning, at its end, at the sample in work.
    from: Vec<f32>,
    to: Vec<f32>,
    now: Vec<f32>,
    moving: bool,
    next: Vec<f32>,
}

impl RecurrentState {
    /// Takes what another state of the same network holds. Real-time safe.
    pub fn copy_from(&mut self, other: &RecurrentState) {
        let pairs = [(&mut self.memory, &other.memory), (&mut self.from, &other.from), (&mut self.to, &other.to)];
        for (to, from) in pairs {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
        self.moving = other.moving;
    }
}

impl Recurrent {
    /// Packs the weights. `None` when a shape does not fit. Allocates.
    pub fn new(shape: &RecurrentShape<'_>) -> Option<Self> {
        Self::with_isa(shape, Isa::detect())
    }

    fn with_isa(shape: &RecurrentShape<'_>, isa: Isa) -> Option<Self> {
        let (kind, hidden) = (shape.kind, shape.hidden);
        let (gates, padded) = (kind.gates(), hidden.next_multiple_of(PAD));
        let (outputs, tile) = (shape.head_bias.len(), isa.lanes() * vectors(isa, padded));
        if shape.inputs == 0 || hidden == 0 || outputs == 0 || shape.layers.is_empty() {
            return None;
        }
        if shape.head.len() != hidden * outputs {
            return None;
        }
        let mut cells = Vec::with_capacity(shape.layers.len());
        let mut condition = Vec::new();
        for (index, weights) in shape.layers.iter().enumerate() {
            let inputs = if index == 0 { shape.inputs } else { hidden };
            let rows = inputs + if index == 0 { shape.condition } else { 0 };
            let states = if kind == CellKind::Lstm { 2 } else { 1 };
            if weights.input.len() != rows * gates * hidden
                || weights.hidden.len() != hidden * gates * hidden
                || weights.bias.len() != gates * hidden
                || weights.hidden_bias.len() != if kind == CellKind::Gru { hidden } else { 0 }
                || ![0, states * hidden].contains(&weights.initial.len())
            {
                return None;
            }
            let (signal, knobs) = weights.input.split_at(inputs * gates * hidden);
            if index == 0 {
                condition = spread(knobs, hidden, padded, gates, 4);
            }
            let mut base = spread(weights.bias, hidden, padded, gates, 4);
            if kind == CellKind::Gru {
                base[3 * padded..][..hidden].copy_from_slice(weights.hidden_bias);
            }
            let mut initial = spread(weights.initial, hidden, padded, states, 2);
            initial.resize(2 * padded, 0.0);
            cells.push(Cell {
                inputs,
                input: tiles(&spread(signal, hidden, padded, gates, gates), padded, gates, tile),
                hidden: tiles(&spread(weights.hidden, hidden, padded, gates, gates), padded, gates, tile),
                base,
                initial,
            });
        }
        let mut head = vec![0.0; outputs * padded];
        for (unit, row) in shape.head.chunks_exact(outputs).enumerate() {
            row.iter().enumerate().for_each(|(output, &w)| head[output * padded + unit] = w);
        }
        let head_bias = shape.head_bias.to_vec();
        Some(Self { kind, hidden, padded, cells, condition, conditions: shape.condition, head, head_bias, isa })
    }

    /// Units of a layer.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Signals that come in.
    pub fn inputs(&self) -> usize {
        self.cells[0].inputs
    }

    /// Signals that go out.
    pub fn outputs(&self) -> usize {
        self.head_bias.len()
    }

    /// The memory before the first sample, at a condition. Allocates.
    pub fn state(&self, channels: usize, condition: &[f32]) -> RecurrentState {
        let base = vec![0.0; 4 * self.padded];
        let one: Vec<f32> = self.cells.iter().flat_map(|cell| cell.initial.iter().copied()).collect();
        let mut state = RecurrentState {
            memory: one.repeat(channels),
            from: base.clone(),
            to: base.clone(),
            now: base,
            moving: false,
            next: vec![0.0; self.padded],
        };
        self.retarget(&mut state, condition, true);
        state
    }

    /// Begins a slot of 64 samples at whose end the condition is `condition` (missing numbers are 0); `jump` takes it at once.
    /// Real-time safe.
    pub fn retarget(&self, state: &mut RecurrentState, condition: &[f32], jump: bool) {
        std::mem::swap(&mut state.from, &mut state.to);
        state.to.copy_from_slice(&self.cells[0].base);
        for (row, &value) in self.condition.chunks_exact(4 * self.padded).zip(condition).take(self.conditions) {
            state.to.iter_mut().zip(row).for_each(|(to, w)| *to += w * value);
        }
        if jump {
            state.from.copy_from_slice(&state.to);
        }
        state.moving = state.from != state.to;
    }

    /// Plays `frames` samples of every channel; `position` is the place of the first of them in its slot. Real-time safe.
    ///
    /// # Shapes
    /// `input` `[channel][input][frame]`, `output` `[channel][output][frame]`, the rows `stride` apart.
    pub fn run(&self, state: &mut RecurrentState, position: usize, frames: usize, io: RecurrentIo<'_>) {
        let channels = state.memory.len() / (self.cells.len() * 2 * self.padded);
        let enough = |length: usize, signals: usize| (channels * signals - 1) * io.stride + frames <= length;
        if frames == 0
            || channels == 0
            || !enough(io.input.len(), self.inputs())
            || !enough(io.output.len(), self.outputs())
        {
            return;
        }
        let mut run = Run { net: self, state, position, frames, channels, io };
        let run = &mut run;
        let wide = vectors(self.isa, self.padded) == 2;
        // SAFETY: the set was chosen by detection; shapes were checked when packing, here and by the state's making.
        unsafe {
            match (self.kind, wide) {
                (CellKind::Lstm, false) => dispatch!(self.isa, lstm_narrow(run: &mut Run<'_, '_> = run)),
                (CellKind::Lstm, true) => dispatch!(self.isa, lstm_wide(run: &mut Run<'_, '_> = run)),
                (CellKind::Gru, false) => dispatch!(self.isa, gru_narrow(run: &mut Run<'_, '_> = run)),
                (CellKind::Gru, true) => dispatch!(self.isa, gru_wide(run: &mut Run<'_, '_> = run)),
            }
        }
    }
}

/// Sound in and out of a [`Recurrent::run`].
#[derive(Debug)]
pub struct RecurrentIo<'a> {
    /// `[channel][input][frame]`
    pub input: &'a [f32],
    /// `[channel][output][frame]`
    pub output: &'a mut [f32],
    /// From one row of frames to the next in both.
    pub stride: usize,
}

/// `[row][gate][unit]` into `[row][total gate][padded unit]`, the rest zeros.
fn spread(from: &[f32], hidden: usize, padded: usize, gates: usize, total: usize) -> Vec<f32> {
    let rows = from.len() / (gates * hidden);
    let mut to = vec![0.0; rows * total * padded];
    for (index, units) in from.chunks_exact(hidden).enumerate() {
        let at = (index / gates * total + index % gates) * padded;
        to[at..at + hidden].copy_from_slice(units);
    }
    to
}

/// Vectors in a tile of units: two where they are enough to fill the pipeline with one set of sums.
fn vectors(isa: Isa, padded: usize) -> usize {
    if isa.lanes() == PAD && !padded.is_multiple_of(2 * PAD) { 1 } else { 2 }
}

/// `[row][gate][padded unit]` into `[tile][row][gate][unit in tile]`: what a tile reads lies together.
fn tiles(from: &[f32], padded: usize, gates: usize, tile: usize) -> Vec<f32> {
    let starts = (0..padded).step_by(tile);
    let one = |start: usize| from.chunks_exact(padded).flat_map(move |gate| &gate[start..start + tile]);
    debug_assert!(from.len().is_multiple_of(gates * padded));
    starts.flat_map(one).copied().collect()
}

struct Run<'a, 'b> {
    net: &'a Recurrent,
    state: &'a mut RecurrentState,
    position: usize,
    frames: usize,
    channels: usize,
    io: RecurrentIo<'b>,
}

#[inline(always)]
unsafe fn lstm_narrow<S: Simd>(run: &mut Run<'_, '_>) {
    // SAFETY: the caller's contract.
    unsafe { run_block::<S, 1, true>(run) }
}

#[inline(always)]
unsafe fn lstm_wide<S: Simd>(run: &mut Run<'_, '_>) {
    // SAFETY: the caller's contract.
    unsafe { run_block::<S, 2, true>(run) }
}

#[inline(always)]
unsafe fn gru_narrow<S: Simd>(run: &mut Run<'_, '_>) {
    // SAFETY: the caller's contract.
    unsafe { run_block::<S, 1, false>(run) }
}

#[inline(always)]
unsafe fn gru_wide<S: Simd>(run: &mut Run<'_, '_>) {
    // SAFETY: the caller's contract.
    unsafe { run_block::<S, 2, false>(run) }
}

/// All samples of a block; tiles of `V` vectors of units.
#[inline(always)]
unsafe fn run_block<S: Simd, const V: usize, const LSTM: bool>(run: &mut Run<'_, '_>) {
    let net = run.net;
    let (padded, layers) = (net.padded, net.cells.len());
    let (inputs, outputs) = (net.inputs(), net.outputs());
    for frame in 0..run.frames {
        let mut base = run.state.to.as_ptr();
        if run.state.moving {
            let t = (run.position + frame + 1) as f32 / SLOT as f32;
            for ((now, &from), &to) in run.state.now.iter_mut().zip(&run.state.from).zip(&run.state.to) {
                *now = from + (to - from) * t;
            }
            base = run.state.now.as_ptr();
        }
        for channel in 0..run.channels {
            let stride = run.io.stride;
            // SAFETY: `run` has checked that input, output and memory hold every channel and frame; each layer's memory is
            // `[2][padded]`, every packed weight has the shape that `Cell` says.
            unsafe {
                let mut x = (run.io.input.as_ptr().add(channel * inputs * stride + frame), stride);
                let mut layer_base = base;
                let mut h = run.state.memory.as_mut_ptr().add(channel * layers * 2 * padded);
                for (index, cell) in net.cells.iter().enumerate() {
                    if index > 0 {
                        x = (h.cast_const(), 1);
                        h = h.add(2 * padded);
                        layer_base = cell.base.as_ptr();
                    }
                    step::<S, V, LSTM>(cell, layer_base, x, h, (padded, net.hidden), run.state.next.as_mut_ptr());
                }
                for output in 0..outputs {
                    let weights = net.head.as_ptr().add(output * padded);
                    let mut sum = S::splat(0.0);
                    for i in (0..padded).step_by(S::LANES) {
                        sum = S::fma(S::load(h.add(i)), S::load(weights.add(i)), sum);
                    }
                    *run.io.output.as_mut_ptr().add((channel * outputs + output) * stride + frame) =
                        S::sum(sum) + net.head_bias[output];
                }
            }
        }
    }
}

/// One sample of one layer: reads `x` and the memory `h` (`[2][padded]`), leaves the new memory there.
#[inline(always)]
unsafe fn step<S: Simd, const V: usize, const LSTM: bool>(
    cell: &Cell,
    base: *const f32,
    (x, x_stride): (*const f32, usize),
    h: *mut f32,
    (padded, hidden): (usize, usize),
    next: *mut f32,
) {
    let tile = V * S::LANES;
    // With one tile the new output may overwrite the old one at once; else it waits until every tile has read the old.
    let target = if padded == tile { h } else { next };
    let gates = if LSTM { 4 } else { 3 };
    for unit in (0..padded).step_by(tile) {
        // SAFETY: unit + tile <= padded; the pointers hold what the caller says.
        unsafe {
            let input = cell.input.as_ptr().add(unit * cell.inputs * gates);
            let earlier = cell.hidden.as_ptr().add(unit * hidden * gates);
            let mut sums = [[S::splat(0.0); V]; 4];
            for (gate, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = S::load(base.add(gate * padded + unit + v * S::LANES));
                }
            }
            for i in 0..cell.inputs {
                let value = S::splat(*x.add(i * x_stride));
                let weights = input.add(i * gates * tile);
                for gate in 0..gates {
                    for v in 0..V {
                        sums[gate][v] = S::fma(value, S::load(weights.add(gate * tile + v * S::LANES)), sums[gate][v]);
                    }
                }
            }
            // A GRU keeps the recurrent part of its new gate apart: the reset gate multiplies it.
            let slot = |gate: usize| if LSTM || gate < 2 { gate } else { 3 };
            // A second set of sums halves the chain of additions where one tile has too few to fill the pipeline.
            let mut other = [[S::splat(0.0); V]; 4];
            let mut j = 0;
            while V == 1 && j + 2 <= hidden {
                let weights = earlier.add(j * gates * tile);
                let (even, odd) = (S::splat(*h.add(j)), S::splat(*h.add(j + 1)));
                for gate in 0..gates {
                    for v in 0..V {
                        let at = weights.add(gate * tile + v * S::LANES);
                        sums[slot(gate)][v] = S::fma(even, S::load(at), sums[slot(gate)][v]);
                        other[slot(gate)][v] = S::fma(odd, S::load(at.add(gates * tile)), other[slot(gate)][v]);
                    }
                }
                j += 2;
            }
            while j < hidden {
                let weights = earlier.add(j * gates * tile);
                let value = S::splat(*h.add(j));
                for gate in 0..gates {
                    for v in 0..V {
                        let at = weights.add(gate * tile + v * S::LANES);
                        sums[slot(gate)][v] = S::fma(value, S::load(at), sums[slot(gate)][v]);
                    }
                }
                j += 1;
            }
            for v in 0..V {
                let at = unit + v * S::LANES;
                let sum = |gate: usize| if V == 1 { S::add(sums[gate][v], other[gate][v]) } else { sums[gate][v] };
                if LSTM {
                    let (input, forget) = (sigmoid::<S>(sum(0)), sigmoid::<S>(sum(1)));
                    let (new, out) = (tanh::<S>(sum(2)), sigmoid::<S>(sum(3)));
                    let c = S::fma(forget, S::load(h.add(padded + at)), S::mul(input, new));
                    S::store(h.add(padded + at), c);
                    S::store(target.add(at), S::mul(out, tanh::<S>(c)));
                } else {
                    let (reset, update) = (sigmoid::<S>(sum(0)), sigmoid::<S>(sum(1)));
                    let new = tanh::<S>(S::fma(reset, sum(3), sum(2)));
                    // (1 - z) n + z h
                    S::store(target.add(at), S::fma(update, S::sub(S::load(h.add(at)), new), new));
                }
            }
        }
    }
    if padded != tile {
        // SAFETY: both hold `padded` floats and do not overlap.
        unsafe { std::ptr::copy_nonoverlapping(next, h, padded) };
    }
}
