//! Recurrent layers, sample by sample: LSTM and GRU cells of any width, stacked, with a dense
//! output.
//!
//! Units stand in the lanes of the vectors. The weights of one earlier unit for all gates of a tile
//! of units lie together, the sums stay in registers, and the gates are evaluated from there.
//! Several channels take turns sample by sample: their chains of dependent operations overlap in
//! the CPU, and the weights stay in its nearest cache.

mod step;

use crate::signal::aligned::Aligned;
use crate::signal::simd::{Isa, dispatch};
use serde::{Deserialize, Serialize};
use step::{Run, gru_narrow, gru_wide, lstm_narrow, lstm_wide};

/// The width is padded to a multiple of this, the widest vector.
const PAD: usize = 16;
/// Samples between two readings of a condition.
const SLOT: usize = 64;
/// The greatest weight. Signals of up to 1000 and outputs of up to 1 then never make a sum that is
/// infinite, so that no state is ever anything but a finite number: gates lie in 0 to 1, a cell
/// grows by less than 1 in a sample.
pub(crate) const MAX_RECURRENT_WEIGHT: f32 = 1e30;

/// The kind of a recurrent cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellKind {
    /// Hochreiter & Schmidhuber 1997, with a forget gate; gates in the order input, forget, cell,
    /// output.
    Lstm,
    /// Cho et al. 2014 in the form of cuDNN and PyTorch (the reset gate multiplies the recurrent
    /// sum); gates in the order reset, update, new.
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
    /// The state before the first sample: `[unit]` of the output, for an LSTM followed by `[unit]`
    /// of the cell; empty for zeros.
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
    input: Aligned<f32>,
    /// `[tile][earlier unit][gate][unit in tile]`
    hidden: Aligned<f32>,
    /// `[4][padded unit]`: LSTM i, f, g, o; GRU r, z, the input's part of n, the recurrent part of
    /// n.
    base: Aligned<f32>,
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
    condition: Aligned<f32>,
    conditions: usize,
    /// `[output][padded unit]`
    head: Aligned<f32>,
    head_bias: Vec<f32>,
    isa: Isa,
}

/// The memory of a [`Recurrent`], for one or more channels.
#[derive(Clone, Debug)]
pub struct RecurrentState {
    /// `[channel][layer][2][padded unit]`: output and cell.
    memory: Aligned<f32>,
    /// The first layer's base with the condition, `[4][padded]`: at the slot's beginning, at its
    /// end, at the sample in work.
    from: Aligned<f32>,
    to: Aligned<f32>,
    now: Aligned<f32>,
    moving: bool,
    next: Aligned<f32>,
}

impl RecurrentState {
    /// Whether no unit is further than `distance` from its value in another state of the same
    /// network. Real-time safe.
    pub fn is_near(&self, other: &RecurrentState, distance: f32) -> bool {
        self.memory.iter().zip(other.memory.iter()).all(|(a, b)| (a - b).abs() <= distance)
    }

    /// Takes what another state of the same network holds. Real-time safe.
    pub fn copy_from(&mut self, other: &RecurrentState) {
        let pairs = [
            (&mut self.memory, &other.memory),
            (&mut self.from, &other.from),
            (&mut self.to, &other.to),
        ];
        for (to, from) in pairs {
            to.iter_mut().zip(from.iter()).for_each(|(to, from)| *to = *from);
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
                input: tiles(&spread(signal, hidden, padded, gates, gates), padded, gates, tile)
                    .into(),
                hidden: tiles(
                    &spread(weights.hidden, hidden, padded, gates, gates),
                    padded,
                    gates,
                    tile,
                )
                .into(),
                base: base.into(),
                initial,
            });
        }
        let mut head = vec![0.0; outputs * padded];
        for (unit, row) in shape.head.chunks_exact(outputs).enumerate() {
            row.iter().enumerate().for_each(|(output, &w)| head[output * padded + unit] = w);
        }
        let head_bias = shape.head_bias.to_vec();
        Some(Self {
            kind,
            hidden,
            padded,
            cells,
            condition: condition.into(),
            conditions: shape.condition,
            head: head.into(),
            head_bias,
            isa,
        })
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
        let base = Aligned::from(vec![0.0; 4 * self.padded]);
        let one: Vec<f32> =
            self.cells.iter().flat_map(|cell| cell.initial.iter().copied()).collect();
        let mut state = RecurrentState {
            memory: one.repeat(channels).into(),
            from: base.clone(),
            to: base.clone(),
            now: base,
            moving: false,
            next: vec![0.0; self.padded].into(),
        };
        self.retarget(&mut state, condition, true);
        state
    }

    /// Begins a slot of 64 samples at whose end the condition is `condition` (missing numbers are 0); `jump` takes it at once.
    /// A state of a network of other sizes stays as it is. Real-time safe.
    pub fn retarget(&self, state: &mut RecurrentState, condition: &[f32], jump: bool) {
        if self.channels(state).is_none() {
            return;
        }
        std::mem::swap(&mut state.from, &mut state.to);
        state.to.copy_from_slice(&self.cells[0].base);
        for (row, &value) in
            self.condition.chunks_exact(4 * self.padded).zip(condition).take(self.conditions)
        {
            state.to.iter_mut().zip(row).for_each(|(to, w)| *to += w * value);
        }
        if jump {
            state.from.copy_from_slice(&state.to);
        }
        state.moving = state.from != state.to;
    }

    /// The channels of a state, if it is one of a network of these sizes.
    fn channels(&self, state: &RecurrentState) -> Option<usize> {
        let one = self.cells.len() * 2 * self.padded;
        let bases =
            [&state.from, &state.to, &state.now].iter().all(|base| base.len() == 4 * self.padded);
        let fits =
            bases && state.next.len() == self.padded && state.memory.len().is_multiple_of(one);
        fits.then_some(state.memory.len() / one)
    }

    /// Plays `frames` samples of every channel; `position` is the place of the first of them in its
    /// slot. A state of a network of other sizes, or sound that is too short, changes nothing.
    /// Real-time safe.
    ///
    /// # Shapes
    /// `input` `[channel][input][frame]`, `output` `[channel][output][frame]`, the rows `stride`
    /// apart.
    pub fn run(
        &self,
        state: &mut RecurrentState,
        position: usize,
        frames: usize,
        io: RecurrentIo<'_>,
    ) {
        let Some(channels) = self.channels(state) else { return };
        let enough = |length: usize, signals: usize| {
            let rows = (channels * signals).saturating_sub(1).checked_mul(io.stride);
            rows.and_then(|rows| rows.checked_add(frames)).is_some_and(|needed| needed <= length)
        };
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
        // SAFETY: the set was chosen by detection; shapes were checked when packing, here and by
        // the state's making.
        unsafe {
            match (self.kind, wide) {
                (CellKind::Lstm, false) => {
                    dispatch!(self.isa, lstm_narrow(run: &mut Run<'_, '_> = run))
                }
                (CellKind::Lstm, true) => {
                    dispatch!(self.isa, lstm_wide(run: &mut Run<'_, '_> = run))
                }
                (CellKind::Gru, false) => {
                    dispatch!(self.isa, gru_narrow(run: &mut Run<'_, '_> = run))
                }
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

/// `[row][gate][padded unit]` into `[tile][row][gate][unit in tile]`: what a tile reads lies
/// together.
fn tiles(from: &[f32], padded: usize, gates: usize, tile: usize) -> Vec<f32> {
    let starts = (0..padded).step_by(tile);
    let one =
        |start: usize| from.chunks_exact(padded).flat_map(move |gate| &gate[start..start + tile]);
    debug_assert!(from.len().is_multiple_of(gates * padded));
    starts.flat_map(one).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    /// A network of two layers, three signals and two outputs, with weights by chance.
    fn network(isa: Isa, kind: CellKind, hidden: usize) -> Recurrent {
        let mut rng = StdRng::seed_from_u64(hidden as u64);
        let mut random =
            |count: usize| (0..count).map(|_| rng.random_range(-0.4..0.4)).collect::<Vec<f32>>();
        let wide = kind.gates() * hidden;
        let rest = if kind == CellKind::Gru { hidden } else { 0 };
        let layers: Vec<[Vec<f32>; 4]> = [3 + 2, hidden]
            .map(|inputs| {
                [random(inputs * wide), random(hidden * wide), random(wide), random(rest)]
            })
            .into();
        let (head, head_bias) = (random(hidden * 2), random(2));
        let shape = RecurrentShape {
            kind,
            inputs: 3,
            condition: 2,
            hidden,
            layers: layers
                .iter()
                .map(|[input, earlier, bias, hidden_bias]| CellWeights {
                    input,
                    hidden: earlier,
                    bias,
                    hidden_bias,
                    initial: &[],
                })
                .collect(),
            head: &head,
            head_bias: &head_bias,
        };
        Recurrent::with_isa(&shape, isa).unwrap()
    }

    /// Samples of a block; Miri is slow.
    const FRAMES: usize = if cfg!(miri) { 4 } else { 64 };

    /// What each instruction set makes of the same weights and sound.
    fn play(isa: Isa, kind: CellKind, hidden: usize) -> Vec<f32> {
        let net = network(isa, kind, hidden);
        let mut rng = StdRng::seed_from_u64(1);
        let input: Vec<f32> = (0..2 * 3 * FRAMES).map(|_| rng.random_range(-0.4..0.4)).collect();
        let mut state = net.state(2, &[0.1, -0.5]);
        let mut output = Vec::new();
        for slot in 0..if cfg!(miri) { 1 } else { 5 } {
            net.retarget(&mut state, &[0.2 * slot as f32, 0.4], slot == 0);
            let mut block = vec![0.0; 2 * 2 * FRAMES];
            net.run(
                &mut state,
                0,
                FRAMES,
                RecurrentIo { input: &input, output: &mut block, stride: FRAMES },
            );
            output.extend(block);
        }
        output
    }

    #[test]
    fn every_instruction_set_gives_the_same_sound() {
        for kind in [CellKind::Lstm, CellKind::Gru] {
            let sizes = if cfg!(miri) { &[1][..] } else { &[1, 8, 16, 20, 32, 50, 64][..] };
            for &hidden in sizes {
                let want = play(Isa::PORTABLE, kind, hidden);
                assert!(want.iter().any(|y| y.abs() > 1e-2));
                for isa in Isa::available() {
                    let got = play(isa, kind, hidden);
                    let worst =
                        got.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
                    assert!(worst < 3e-6, "{isa:?} {kind:?} {hidden}: {worst}");
                }
            }
        }
    }

    #[test]
    fn a_state_of_another_network_and_rows_beyond_the_sound_change_nothing() {
        let sizes = [(CellKind::Gru, 5, 24), (CellKind::Lstm, 32, 8), (CellKind::Lstm, 8, 64)];
        for (kind, own, other) in sizes.into_iter().take(if cfg!(miri) { 1 } else { 3 }) {
            let (net, foreign) =
                (network(Isa::detect(), kind, own), network(Isa::detect(), kind, other));
            let input = vec![0.5; 2 * 3 * FRAMES];
            let mut output = vec![7.0; 2 * 2 * FRAMES];
            let mut state = foreign.state(2, &[]);
            let before = state.clone();
            net.retarget(&mut state, &[1.0, 1.0], true);
            net.run(
                &mut state,
                0,
                FRAMES,
                RecurrentIo { input: &input, output: &mut output, stride: FRAMES },
            );
            assert!(
                output.iter().all(|y| *y == 7.0)
                    && state.memory == before.memory
                    && state.to == before.to
            );
            let mut state = net.state(2, &[]);
            for stride in [FRAMES + 1, usize::MAX / 2, usize::MAX / 5 + 1, usize::MAX] {
                net.run(
                    &mut state,
                    0,
                    FRAMES,
                    RecurrentIo { input: &input, output: &mut output, stride },
                );
            }
            assert!(output.iter().all(|y| *y == 7.0));
            net.run(
                &mut state,
                0,
                FRAMES,
                RecurrentIo { input: &input, output: &mut output, stride: FRAMES },
            );
            assert!(output.iter().all(|y| *y != 7.0));
        }
    }

    #[test]
    fn wrong_shapes_are_refused() {
        let weights = CellWeights {
            input: &[0.0; 4],
            hidden: &[0.0; 4],
            bias: &[0.0; 4],
            hidden_bias: &[],
            initial: &[],
        };
        let shape = RecurrentShape {
            kind: CellKind::Lstm,
            inputs: 1,
            condition: 0,
            hidden: 1,
            layers: vec![weights],
            head: &[1.0],
            head_bias: &[0.0],
        };
        assert!(Recurrent::new(&shape).is_some());
        assert!(Recurrent::new(&RecurrentShape { hidden: 2, ..shape.clone() }).is_none());
        assert!(Recurrent::new(&RecurrentShape { inputs: 0, ..shape.clone() }).is_none());
        assert!(Recurrent::new(&RecurrentShape { kind: CellKind::Gru, ..shape.clone() }).is_none());
        assert!(Recurrent::new(&RecurrentShape { head: &[], ..shape }).is_none());
    }
}
