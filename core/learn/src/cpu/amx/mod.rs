//! Matrix products by the CPU's matrix unit (Intel AMX), where there is one.
//!
//! The unit multiplies tiles of bfloat16 and sums in single precision, some thirty times faster than vectors multiply
//! singles. Each single is split into two bfloat16 that together keep 16 bits of its mantissa, and three of the four
//! products are summed (Henry, Tang and Heinecke, *Leveraging the bfloat16 Artificial Intelligence Datatype For
//! Higher-Precision Computations*, 2019, "BF16x2 with three products"): a relative error of about 2⁻¹⁷ a product, an
//! order below what a training step's own noise is, at a third of the unit's speed.
//!
//! Only Linux on x86-64 is asked for the unit; elsewhere [`available`] is false.

mod kernel;
mod pack;

use std::cell::RefCell;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::matmul::Matrix;
use pack::{Line, Operand, pack_left, pack_right};

/// Rows or columns of a tile of sums.
const TILE: usize = 16;
/// Columns of one call of the kernel: two tiles.
const PANEL: usize = 2 * TILE;
/// Panels that are packed and written together: rows of memory are walked in pieces of half a kilobyte, since a row of a
/// weight fills a page or more and a page's first touch is dear.
const STRIP: usize = 4;
/// Numbers of the summed dimension in a tile.
const DEPTH: usize = 32;
/// Lines of a packed tile: its upper halves and its lower halves.
const LINES: usize = 2 * TILE;
/// Below this many multiplications the packing costs more than the unit saves.
const WORTH: usize = 32 * 32 * 32;

/// Whether this machine has the unit and this process may use it.
pub(super) fn available() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(kernel::request)
}

/// Whether a product of these sizes is better made here than by vectors.
pub(super) fn worthwhile(m: usize, n: usize, k: usize) -> bool {
    m >= TILE && n >= TILE && k >= DEPTH / 2 && m * n * k >= WORTH && available()
}

thread_local! {
    /// Packed operands: kept, since a step makes the same products again and again.
    static LEFT: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
    static RIGHT: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// `out = a·b`, or `out += a·b`, row after row. Sizes are the caller's promise; [`available`] must be true.
///
/// Threads share out columns of `out`, so that the result does not depend on their number.
pub(super) fn product(a: Matrix<'_>, b: Matrix<'_>, out: &mut [f32], add: bool) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    let blocks = k.div_ceil(DEPTH);
    let row_tiles = m.div_ceil(PANEL) * 2;
    let panels = n.div_ceil(PANEL);
    let threads = if m * n * k >= 64 * WORTH { rayon::current_num_threads().clamp(1, panels) } else { 1 };
    let strip = STRIP.min(panels.div_ceil(threads));
    // Moved out for the time of the product: a worker that waits may be handed another product of this pool.
    let mut left = LEFT.with(RefCell::take);
    let left_lines = grown(&mut left, row_tiles * blocks * LINES);
    let (a, b) = (Operand::left(a), Operand::right(b));
    let pack = |(tile, lines): (usize, &mut [Line])| pack_left(&a, tile * TILE, lines);
    if threads > 1 {
        left_lines.par_chunks_mut(blocks * LINES).enumerate().for_each(pack);
    } else {
        left_lines.chunks_mut(blocks * LINES).enumerate().for_each(pack);
    }
    let left_lines = &*left_lines;
    let target = Target { values: out.as_mut_ptr(), rows: m, columns: n, add };
    let work = |index: usize| {
        let column = index * strip * PANEL;
        let panels = strip.min(panels - index * strip);
        let mut right = RIGHT.with(RefCell::take);
        let right_lines = grown(&mut right, 2 * panels * blocks * LINES);
        pack_right(&b, column, blocks, right_lines);
        kernel::with_tiles(|tiles| {
            for (pair, rows) in left_lines.chunks(2 * blocks * LINES).enumerate() {
                for (panel, columns) in right_lines.chunks(2 * blocks * LINES).enumerate() {
                    let sums = tiles.multiply(rows, columns, blocks);
                    // SAFETY: strips are shared out, so no other thread writes these columns; `out` outlives the work.
                    unsafe { target.put(sums, pair * PANEL, column + panel * PANEL) };
                }
            }
        });
        RIGHT.with(|kept| kept.replace(right));
    };
    let strips = panels.div_ceil(strip);
    if threads > 1 {
        (0..strips).into_par_iter().with_max_len(1).for_each(work);
    } else {
        (0..strips).for_each(work);
    }
    LEFT.with(|kept| kept.replace(left));
}

/// The first `lines` of a buffer that never shrinks.
fn grown(buffer: &mut Vec<Line>, lines: usize) -> &mut [Line] {
    if buffer.len() < lines {
        buffer.resize(lines, Line::ZERO);
    }
    &mut buffer[..lines]
}

/// Where the sums go: `[rows][columns]`.
#[derive(Clone, Copy)]
struct Target {
    values: *mut f32,
    rows: usize,
    columns: usize,
    add: bool,
}

// SAFETY: threads write disjoint columns through it, and only while `product` holds the slice exclusively.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

impl Target {
    /// Writes a panel of 2 × 2 tiles at `(row, column)`; what lies outside is left out.
    ///
    /// # Safety
    /// `values` must point to `rows · columns` numbers, and nobody else may touch the panel's columns.
    unsafe fn put(&self, sums: &kernel::Sums, row: usize, column: usize) {
        for (place, tile) in sums.iter().enumerate() {
            let (row, column) = (row + place / 2 * TILE, column + place % 2 * TILE);
            let width = TILE.min(self.columns.saturating_sub(column));
            for (i, line) in tile.iter().enumerate().take(self.rows.saturating_sub(row)) {
                if width == 0 {
                    break;
                }
                // SAFETY: row + i < rows and column + width <= columns.
                let to = unsafe {
                    std::slice::from_raw_parts_mut(self.values.add((row + i) * self.columns + column), width)
                };
                // A copy of known length is one instruction, of unknown length a call.
                if let (Some(to), false) = (to.first_chunk_mut::<TILE>(), self.add) {
                    *to = line.0;
                } else if self.add {
                    to.iter_mut().zip(&line.0).for_each(|(t, s)| *t += s);
                } else {
                    to.copy_from_slice(&line.0[..width]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::matmul::by_vectors;
    use super::*;

    /// Numbers of very different size, both signs.
    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..count).map(|_| next() * (next() * 8.0).exp2()).collect()
    }

    fn worst(got: &[f32], want: &[f32]) -> f32 {
        let norm = (want.iter().map(|w| w * w).sum::<f32>() / want.len() as f32).sqrt();
        got.iter().zip(want).map(|(g, w)| (g - w).abs()).fold(0.0, f32::max) / norm
    }

    #[test]
    fn the_unit_agrees_with_vectors_at_every_size_and_transposition() {
        if !available() {
            // A machine without the unit has nothing to compare: `product` in `matmul` never comes here on it.
            eprintln!("this machine has no matrix unit");
            return;
        }
        for (m, k, n) in [(1, 1, 1), (16, 32, 16), (17, 33, 15), (100, 513, 65), (33, 100, 257), (5, 300, 40)] {
            let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
            for (ta, tb, add) in [(false, false, false), (true, false, true), (false, true, true), (true, true, false)]
            {
                let left = if ta { Matrix::new(&a, k, m).transpose() } else { Matrix::new(&a, m, k) };
                let right = if tb { Matrix::new(&b, n, k).transpose() } else { Matrix::new(&b, k, n) };
                let start = numbers(m * n, 3);
                let (mut want, mut got) = (start.clone(), start);
                by_vectors(left, right, &mut want, add);
                product(left, right, &mut got, add);
                let error = worst(&got, &want);
                assert!(error < 5e-5, "{m} x {k} x {n}, transposed {ta} {tb}: {error}");
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        if !available() {
            eprintln!("this machine has no matrix unit");
            return;
        }
        let (m, k, n) = (100, 400, 500);
        let (a, b) = (numbers(m * k, 4), numbers(k * n, 5));
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let mut out = vec![0.0; m * n];
            pool.install(|| product(Matrix::new(&a, m, k), Matrix::new(&b, k, n), &mut out, false));
            out.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        };
        assert!(with(1) == with(2) && with(2) == with(5));
    }
}
