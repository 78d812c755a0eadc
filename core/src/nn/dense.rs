//! The fully connected layer.

use half::f16;

use super::kernel::{BLOCK, accumulate};
use crate::signal::aligned::Aligned;
use crate::signal::simd::Isa;

/// Most columns that the inner loop takes together: two channels and two side-chain channels.
pub const MAX_COLUMNS: usize = 4;

/// Most columns that pass a layer in one pass over its weights: the voices of an instrument, in
/// groups of [`MAX_COLUMNS`].
pub const MAX_WIDE_COLUMNS: usize = 16;

/// A fully connected layer `y = x W + b`, laid out for one pass over its weights.
///
/// Weights are kept as f16 when every one of them is exactly an f16 (a model file in f16), else as
/// f32, so that the layer computes what its file says. Rows whose input is zero in every column,
/// half of them after a ReLU, are skipped.
#[derive(Debug)]
pub struct Dense {
    inputs: usize,
    outputs: usize,
    /// `[block of 64 outputs][input][output in block]`, the last block padded with zeros.
    weights: Weights,
    /// Padded to whole blocks; zeros without bias.
    bias: Vec<f32>,
    isa: Isa,
}

#[derive(Debug)]
enum Weights {
    F16(Aligned<f16>),
    F32(Aligned<f32>),
}

/// Scratch for [`Dense::forward`], large enough for any layer up to `max_inputs` wide.
#[derive(Debug)]
pub(crate) struct DenseScratch {
    groups: Vec<Group>,
}

/// The inputs of up to [`MAX_COLUMNS`] columns that are not zero in all of them.
#[derive(Debug)]
struct Group {
    columns: usize,
    active: usize,
    rows: Vec<u32>,
    values: Vec<f32>,
}

impl DenseScratch {
    /// For up to `columns` columns.
    pub(crate) fn for_columns(max_inputs: usize, columns: usize) -> Self {
        let group = || Group {
            columns: 0,
            active: 0,
            rows: vec![0; max_inputs],
            values: vec![0.0; max_inputs * MAX_COLUMNS],
        };
        Self { groups: (0..columns.div_ceil(MAX_COLUMNS)).map(|_| group()).collect() }
    }
}

impl Dense {
    /// Packs a layer.
    ///
    /// # Shapes
    /// `weight` `[inputs][outputs]` (burn's `Linear` layout), `bias` `[outputs]` or empty. Returns
    /// `None` when a shape does not fit. Allocates.
    pub fn new(inputs: usize, outputs: usize, weight: &[f32], bias: &[f32]) -> Option<Self> {
        Self::with_isa(inputs, outputs, weight, bias, Isa::detect())
    }

    fn with_isa(
        inputs: usize,
        outputs: usize,
        weight: &[f32],
        bias: &[f32],
        isa: Isa,
    ) -> Option<Self> {
        if inputs == 0
            || outputs == 0
            || weight.len() != inputs * outputs
            || ![0, outputs].contains(&bias.len())
        {
            return None;
        }
        let blocks = outputs.div_ceil(BLOCK);
        let mut packed = vec![0.0f32; blocks * inputs * BLOCK];
        for (i, row) in weight.chunks_exact(outputs).enumerate() {
            for (b, part) in row.chunks(BLOCK).enumerate() {
                let at = (b * inputs + i) * BLOCK;
                packed[at..at + part.len()].copy_from_slice(part);
            }
        }
        // The portable kernel has no fast half-precision conversion: there f32 is the smaller evil.
        let fits = isa.widens_f16() && weight.iter().all(|&w| f16::from_f32(w).to_f32() == w);
        let weights = if fits {
            Weights::F16(packed.iter().map(|&w| f16::from_f32(w)).collect::<Vec<_>>().into())
        } else {
            Weights::F32(packed.into())
        };
        let mut padded = vec![0.0; blocks * BLOCK];
        padded[..bias.len()].copy_from_slice(bias);
        Some(Self { inputs, outputs, weights, bias: padded, isa })
    }

    /// Width of the input.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Width of the output.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Bytes of weights that one frame reads.
    pub fn weight_bytes(&self) -> usize {
        match &self.weights {
            Weights::F16(w) => w.len() * 2,
            Weights::F32(w) => w.len() * 4,
        }
    }

    /// Computes `columns` outputs at once, or adds them to what `y` holds. The weights are read
    /// from memory once: all groups of columns pass a block of them while it is in the cache.
    ///
    /// # Shapes
    /// `x` `[column][inputs]`, `y` `[column][outputs]`, at least 1 column and no more than the
    /// scratch was made for. Real-time safe.
    pub(crate) fn forward(
        &self,
        scratch: &mut DenseScratch,
        columns: usize,
        x: &[f32],
        y: &mut [f32],
        add: bool,
    ) {
        self.gather(scratch, columns, x);
        self.forward_blocks(scratch, columns, 0..self.blocks(), y, add);
    }

    /// Blocks of outputs, the parts in which [`Dense::forward_blocks`] does its work.
    pub(crate) fn blocks(&self) -> usize {
        self.bias.len() / BLOCK
    }

    /// The first half of [`Dense::forward`]: takes the input. Real-time safe.
    pub(crate) fn gather(&self, scratch: &mut DenseScratch, columns: usize, x: &[f32]) {
        debug_assert!((1..=scratch.groups.len() * MAX_COLUMNS).contains(&columns));
        debug_assert!(x.len() >= columns * self.inputs);
        let x = x[..columns * self.inputs].chunks(MAX_COLUMNS * self.inputs);
        for (group, x) in scratch.groups.iter_mut().zip(x) {
            gather_group(group, x, self.inputs);
        }
    }

    /// The second half of [`Dense::forward`] for some of the blocks, of the input gathered last.
    /// Real-time safe.
    pub(crate) fn forward_blocks(
        &self,
        scratch: &DenseScratch,
        columns: usize,
        blocks: std::ops::Range<usize>,
        y: &mut [f32],
        add: bool,
    ) {
        debug_assert!(y.len() >= columns * self.outputs);
        for b in blocks {
            let outputs = y[..columns * self.outputs].chunks_mut(MAX_COLUMNS * self.outputs);
            for (group, y) in scratch.groups.iter().zip(outputs) {
                self.block(b, group, y, add);
            }
        }
    }

    /// Block `b` of 64 outputs of one group of columns.
    fn block(&self, b: usize, group: &Group, y: &mut [f32], add: bool) {
        let rows = &group.rows[..group.active];
        let values = &group.values[..group.active * group.columns];
        let mut sums = [[0.0f32; BLOCK]; MAX_COLUMNS];
        let sums = &mut sums[..group.columns];
        let span = b * self.inputs * BLOCK..(b + 1) * self.inputs * BLOCK;
        match &self.weights {
            Weights::F16(w) => accumulate(self.isa, rows, values, &w[span], sums),
            Weights::F32(w) => accumulate(self.isa, rows, values, &w[span], sums),
        }
        let from = b * BLOCK;
        let width = BLOCK.min(self.outputs - from);
        let bias = &self.bias[from..from + BLOCK];
        for (column, sum) in sums.iter().enumerate() {
            let out = &mut y[column * self.outputs + from..][..width];
            for ((y, s), bias) in out.iter_mut().zip(sum).zip(bias) {
                *y = if add { *y + s + bias } else { s + bias };
            }
        }
    }
}

/// Lists the inputs that are not zero in every column: their rows, and their values as
/// `[row][column]`.
fn gather_group(group: &mut Group, x: &[f32], inputs: usize) {
    group.columns = x.len() / inputs;
    group.active = match group.columns {
        1 => gather_columns(group, [x]),
        2 => gather_columns(group, columns::<2>(x, inputs)),
        3 => gather_columns(group, columns::<3>(x, inputs)),
        _ => gather_columns(group, columns::<4>(x, inputs)),
    };
}

/// The first `C` columns of `x`.
fn columns<const C: usize>(x: &[f32], inputs: usize) -> [&[f32]; C] {
    std::array::from_fn(|c| &x[c * inputs..(c + 1) * inputs])
}

/// Without a branch on what the inputs are: an input that is zero everywhere is overwritten by the
/// next one.
#[allow(clippy::needless_range_loop)] // all columns are read at one place: a zip of an array of slices is no clearer
fn gather_columns<const C: usize>(group: &mut Group, x: [&[f32]; C]) -> usize {
    let inputs = x.iter().map(|x| x.len()).min().unwrap_or(0);
    let x = x.map(|x| &x[..inputs]);
    let (rows, values) = (&mut group.rows[..inputs], &mut group.values[..inputs * C]);
    let mut active = 0;
    for i in 0..inputs {
        let mut any = false;
        for c in 0..C {
            values[active * C + c] = x[c][i];
            any |= x[c][i] != 0.0;
        }
        rows[active] = i as u32;
        active += usize::from(any);
    }
    active
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng, rngs::StdRng};

    /// In double precision, straight from the definition.
    fn oracle(inputs: usize, outputs: usize, w: &[f32], b: &[f32], x: &[f32]) -> Vec<f64> {
        (0..outputs)
            .map(|o| {
                let sum: f64 =
                    (0..inputs).map(|i| f64::from(x[i]) * f64::from(w[i * outputs + o])).sum();
                sum + b.get(o).map_or(0.0, |&b| f64::from(b))
            })
            .collect()
    }

    #[test]
    fn every_kernel_agrees_with_the_definition_for_every_shape_and_column_count() {
        let mut rng = StdRng::seed_from_u64(1);
        // Miri is slow, and every branch is in the first three.
        let shapes = [(1, 1), (7, 3), (5, 67), (64, 64), (65, 63), (129, 200), (1025, 512)];
        for (inputs, outputs) in shapes.into_iter().take(if cfg!(miri) { 3 } else { shapes.len() })
        {
            for half in [false, true] {
                let mut w: Vec<f32> =
                    (0..inputs * outputs).map(|_| rng.random_range(-0.2..0.2)).collect();
                if half {
                    w.iter_mut().for_each(|w| *w = f16::from_f32(*w).to_f32());
                }
                let b: Vec<f32> = if inputs % 2 == 1 {
                    (0..outputs).map(|_| rng.random_range(-1.0..1.0)).collect()
                } else {
                    vec![]
                };
                for columns in 1..=MAX_COLUMNS {
                    let x: Vec<f32> = (0..columns * inputs)
                        .map(|i| if i % 3 == 0 { 0.0 } else { rng.random_range(-1.0..1.0) })
                        .collect();
                    for isa in Isa::available() {
                        let dense = Dense::with_isa(inputs, outputs, &w, &b, isa).unwrap();
                        let mut scratch = DenseScratch::for_columns(inputs, MAX_COLUMNS);
                        scratch.groups.iter_mut().for_each(|group| group.values.fill(f32::NAN));
                        let mut y = vec![f32::NAN; columns * outputs];
                        dense.forward(&mut scratch, columns, &x, &mut y, false);
                        for c in 0..columns {
                            let want =
                                oracle(inputs, outputs, &w, &b, &x[c * inputs..(c + 1) * inputs]);
                            for (got, want) in y[c * outputs..].iter().zip(&want) {
                                assert!(
                                    (f64::from(*got) - want).abs() < 2e-6 * (inputs as f64).sqrt(),
                                    "{isa:?} {inputs}x{outputs} {got} {want}"
                                );
                            }
                        }
                        dense.forward(&mut scratch, columns, &x, &mut y, true);
                        let twice = oracle(inputs, outputs, &w, &b, &x[..inputs]);
                        assert!(
                            (f64::from(y[0]) - 2.0 * twice[0]).abs()
                                < 4e-6 * (inputs as f64).sqrt()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_column_does_not_depend_on_its_neighbours() {
        let mut rng = StdRng::seed_from_u64(2);
        let inputs = if cfg!(miri) { 9 } else { 300 };
        let w: Vec<f32> = (0..inputs * 130)
            .map(|_| f16::from_f32(rng.random_range(-0.2..0.2)).to_f32())
            .collect();
        let x: Vec<f32> = (0..4 * inputs)
            .map(|_| if rng.random_bool(0.5) { 0.0 } else { rng.random_range(-1.0..1.0) })
            .collect();
        for isa in Isa::available() {
            let dense = Dense::with_isa(inputs, 130, &w, &[], isa).unwrap();
            let mut scratch = DenseScratch::for_columns(inputs, MAX_COLUMNS);
            let mut together = vec![0.0; 4 * 130];
            dense.forward(&mut scratch, 4, &x, &mut together, false);
            for c in 0..4 {
                let mut alone = vec![0.0; 130];
                dense.forward(&mut scratch, 1, &x[c * inputs..(c + 1) * inputs], &mut alone, false);
                assert_eq!(alone, together[c * 130..(c + 1) * 130], "{isa:?}");
            }
        }
    }

    #[test]
    fn many_columns_in_one_pass_are_what_they_are_alone() {
        let mut rng = StdRng::seed_from_u64(3);
        let inputs = if cfg!(miri) { 7 } else { 90 };
        let w: Vec<f32> = (0..inputs * 130)
            .map(|_| f16::from_f32(rng.random_range(-0.2..0.2)).to_f32())
            .collect();
        let x: Vec<f32> = (0..MAX_WIDE_COLUMNS * inputs)
            .map(|_| if rng.random_bool(0.3) { 0.0 } else { rng.random_range(-1.0..1.0) })
            .collect();
        for isa in Isa::available() {
            let dense = Dense::with_isa(inputs, 130, &w, &[], isa).unwrap();
            let mut scratch = DenseScratch::for_columns(200, MAX_WIDE_COLUMNS);
            for columns in
                (1..=MAX_WIDE_COLUMNS).step_by(if cfg!(miri) { MAX_WIDE_COLUMNS - 1 } else { 1 })
            {
                let mut together = vec![1.0; columns * 130];
                dense.forward(&mut scratch, columns, &x, &mut together, false);
                let mut one = DenseScratch::for_columns(inputs, 1);
                for c in 0..columns {
                    let mut alone = vec![0.0; 130];
                    dense.forward(&mut one, 1, &x[c * inputs..(c + 1) * inputs], &mut alone, false);
                    assert!(
                        alone == together[c * 130..(c + 1) * 130],
                        "{isa:?}, column {c} of {columns}"
                    );
                }
            }
        }
    }

    #[test]
    fn wrong_shapes_are_refused() {
        assert!(Dense::new(2, 3, &[0.0; 5], &[]).is_none());
        assert!(Dense::new(2, 3, &[0.0; 6], &[0.0; 2]).is_none());
        assert!(Dense::new(0, 3, &[], &[]).is_none());
    }
}
