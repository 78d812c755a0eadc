//! Operands in the order in which tiles are loaded.
//!
//! A packed tile is 16 lines of upper halves and 16 lines of lower halves. A line of the left operand is one row: 32
//! numbers of the summed dimension. A line of the right operand holds two numbers of the summed dimension for each of
//! 16 columns. Either way it is 16 pairs of bfloat16, the first of each pair in the lower bits.

use super::super::matmul::Matrix;
use super::{DEPTH, LINES, TILE};

/// 64 bytes: 16 pairs.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Line(pub [u32; TILE]);

impl Line {
    pub(super) const ZERO: Line = Line([0; TILE]);
}

/// An operand seen as lanes (rows of the left, columns of the right) by the summed dimension.
pub(super) struct Operand<'a> {
    values: &'a [f32],
    lanes: usize,
    depth: usize,
    /// Whether a lane's numbers stand beside each other; otherwise those of one place of the sum do.
    lane_major: bool,
}

impl<'a> Operand<'a> {
    pub(super) fn left(m: Matrix<'a>) -> Self {
        Operand { values: m.values, lanes: m.rows, depth: m.columns, lane_major: !m.transposed }
    }

    pub(super) fn right(m: Matrix<'a>) -> Self {
        Operand { values: m.values, lanes: m.columns, depth: m.rows, lane_major: m.transposed }
    }

    /// The 16 lanes from `lane` at two places of the sum from `place`, zeros where there are none.
    #[inline(always)]
    fn across(&self, lane: usize, place: usize) -> [[f32; TILE]; 2] {
        let mut out = [[0.0; TILE]; 2];
        let width = TILE.min(self.lanes.saturating_sub(lane));
        for (i, out) in out.iter_mut().enumerate() {
            if width > 0 && place + i < self.depth {
                let start = (place + i) * self.lanes + lane;
                let from = &self.values[start..start + width];
                match from.first_chunk::<TILE>() {
                    Some(all) => *out = *all,
                    None => out[..width].copy_from_slice(from),
                }
            }
        }
        out
    }

    /// 32 places of the sum from `place` in one lane, zeros where there are none.
    #[inline(always)]
    fn along(&self, lane: usize, place: usize) -> [f32; DEPTH] {
        let mut out = [0.0; DEPTH];
        if lane < self.lanes {
            let start = lane * self.depth + place;
            let from = &self.values[start..start + DEPTH.min(self.depth - place)];
            match from.first_chunk::<DEPTH>() {
                Some(all) => out = *all,
                None => out[..from.len()].copy_from_slice(from),
            }
        }
        out
    }
}

/// The bfloat16 nearest to `x`, in the upper half of the bits (ties to even).
#[inline(always)]
fn upper(x: f32) -> u32 {
    let bits = x.to_bits();
    bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) & 0xffff_0000
}

/// Two numbers as a pair of upper and a pair of lower halves.
#[inline(always)]
fn split(first: f32, second: f32) -> (u32, u32) {
    let (a, b) = (upper(first), upper(second));
    let (c, d) = (upper(first - f32::from_bits(a)), upper(second - f32::from_bits(b)));
    ((a >> 16) | b, (c >> 16) | d)
}

/// Which operand is packed.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// Packs 16 rows from `row`: each tile of 32 places is [`LINES`] lines of `out`.
pub(super) fn pack_left(from: &Operand<'_>, row: usize, out: &mut [Line]) {
    pack(Side::Left, from, row, out.len() / LINES, out);
}

/// Packs the columns from `column`, tile after tile of 16: each tile of 32 places is [`LINES`] lines of `out`.
pub(super) fn pack_right(from: &Operand<'_>, column: usize, blocks: usize, out: &mut [Line]) {
    pack(Side::Right, from, column, blocks, out);
}

/// The packing compiled for AVX-512, which every CPU with the matrix unit has.
fn pack(side: Side, from: &Operand<'_>, lane: usize, blocks: usize, out: &mut [Line]) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
        fn wide(side: Side, from: &Operand<'_>, lane: usize, blocks: usize, out: &mut [Line]) {
            pack_any(side, from, lane, blocks, out);
        }
        if std::arch::is_x86_feature_detected!("avx512bw") && std::arch::is_x86_feature_detected!("avx512vl") {
            // SAFETY: the CPU has these vectors (AVX-512 DQ and VL came together).
            return unsafe { wide(side, from, lane, blocks, out) };
        }
    }
    pack_any(side, from, lane, blocks, out);
}

#[inline(always)]
fn pack_any(side: Side, from: &Operand<'_>, lane: usize, blocks: usize, out: &mut [Line]) {
    match (side, from.lane_major) {
        (Side::Left, true) => rows_as_they_are(from, lane, out),
        (Side::Left, false) => turned(from, lane, out, false),
        (Side::Right, false) => pairs_of_rows(from, lane, blocks, out),
        (Side::Right, true) => {
            for (tile, out) in out.chunks_mut(blocks * LINES).enumerate() {
                turned(from, lane + tile * TILE, out, true);
            }
        }
    }
}

/// The left operand, row after row in memory.
#[inline(always)]
fn rows_as_they_are(from: &Operand<'_>, row: usize, out: &mut [Line]) {
    for (block, tile) in out.chunks_exact_mut(LINES).enumerate() {
        let (upper, lower) = tile.split_at_mut(TILE);
        for (i, (upper, lower)) in upper.iter_mut().zip(lower).enumerate() {
            let values = from.along(row + i, block * DEPTH);
            for (p, (upper, lower)) in upper.0.iter_mut().zip(&mut lower.0).enumerate() {
                (*upper, *lower) = split(values[2 * p], values[2 * p + 1]);
            }
        }
    }
}

/// The right operand, row after row in memory.
#[inline(always)]
fn pairs_of_rows(from: &Operand<'_>, column: usize, blocks: usize, out: &mut [Line]) {
    let tiles = out.len() / (blocks * LINES);
    for pair in 0..blocks * TILE {
        let (block, p) = (pair / TILE, pair % TILE);
        for tile in 0..tiles {
            let [first, second] = from.across(column + tile * TILE, 2 * pair);
            let lines = &mut out[(tile * blocks + block) * LINES + p..];
            let (mut upper, mut lower) = (Line::ZERO, Line::ZERO);
            for i in 0..TILE {
                (upper.0[i], lower.0[i]) = split(first[i], second[i]);
            }
            lines[0] = upper;
            lines[TILE] = lower;
        }
    }
}

/// Either operand when memory holds it the other way round.
#[inline(always)]
fn turned(from: &Operand<'_>, lane: usize, out: &mut [Line], right: bool) {
    for (block, tile) in out.chunks_exact_mut(LINES).enumerate() {
        let (upper, lower) = tile.split_at_mut(TILE);
        for i in 0..TILE {
            let (mut u, mut l) = ([0; TILE], [0; TILE]);
            if right {
                let values = from.along(lane + i, block * DEPTH);
                for p in 0..TILE {
                    (u[p], l[p]) = split(values[2 * p], values[2 * p + 1]);
                }
            } else {
                let [first, second] = from.across(lane, block * DEPTH + 2 * i);
                for p in 0..TILE {
                    (u[p], l[p]) = split(first[p], second[p]);
                }
            }
            for p in 0..TILE {
                upper[p].0[i] = u[p];
                lower[p].0[i] = l[p];
            }
        }
    }
}
