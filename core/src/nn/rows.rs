//! Rows of samples, one for each channel: where they lie, their past, and what is done to them
//! beside convolution.

use crate::signal::simd::{Isa, Simd, dispatch};

/// Samples of a block; all rows are padded to hold whole blocks.
pub(crate) const BLOCK: usize = 64;

/// Rows to read: channel `c` at time `t` of the block is `data[at + c * stride + t]`; earlier times
/// are before that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    pub data: &'a [f32],
    pub at: usize,
    pub stride: usize,
}

impl<'a> Rows<'a> {
    /// Rows of one block each.
    pub fn block(data: &'a [f32]) -> Self {
        Self { data, at: 0, stride: BLOCK }
    }
}

/// Rows to write. With a `mirror` everything is written twice, the second time that many places
/// later.
#[derive(Debug)]
pub(crate) struct RowsMut<'a> {
    pub data: &'a mut [f32],
    pub at: usize,
    pub stride: usize,
    pub mirror: usize,
}

impl<'a> RowsMut<'a> {
    /// Rows of one block each.
    pub fn block(data: &'a mut [f32]) -> Self {
        Self { data, at: 0, stride: BLOCK, mirror: 0 }
    }
}

/// The past of some channels, so long that a block and everything that it looks back to lie in one
/// piece.
///
/// A ring of `lookback` samples and a block, written twice: every window of it can be read without
/// a seam, and no block costs more than another.
#[derive(Clone, Debug)]
pub(crate) struct History {
    data: Vec<f32>,
    rows: usize,
    ring: usize,
    stride: usize,
    position: usize,
}

impl History {
    /// Silence. Allocates `2 * rows * (lookback + block)` numbers and a little.
    pub fn new(rows: usize, lookback: usize) -> Self {
        let ring = (lookback + BLOCK).next_multiple_of(16);
        // Not a multiple of 4 KiB: rows would fight for the same places of the cache.
        let mut stride = 2 * ring + BLOCK + 16;
        if stride.is_multiple_of(256) {
            stride += 16;
        }
        Self { data: vec![0.0; rows * stride], rows, ring, stride, position: 0 }
    }

    /// Takes what another history of the same size holds. Real-time safe.
    pub fn copy_from(&mut self, other: &History) {
        if self.data.len() == other.data.len() {
            self.data.copy_from_slice(&other.data);
            self.position = other.position;
        }
    }

    /// Where the next block is written.
    pub fn writer(&mut self) -> RowsMut<'_> {
        RowsMut { at: self.position, stride: self.stride, mirror: self.ring, data: &mut self.data }
    }

    /// The block just written, with its past.
    pub fn rows(&self) -> Rows<'_> {
        Rows { data: &self.data, at: self.position + self.ring, stride: self.stride }
    }

    /// Writes a block of rows.
    pub fn write(&mut self, rows: Rows<'_>) {
        for c in 0..self.rows {
            let from = &rows.data[rows.at + c * rows.stride..][..BLOCK];
            let at = c * self.stride + self.position;
            self.data[at..at + BLOCK].copy_from_slice(from);
            self.data[at + self.ring..][..BLOCK].copy_from_slice(from);
        }
    }

    /// The first `frames` of the block become past.
    pub fn advance(&mut self, frames: usize) {
        self.position += frames;
        if self.position >= self.ring {
            self.position -= self.ring;
        }
    }
}

/// `sum[c] += rows[c]` for `channels` rows of a block.
pub(crate) fn add_rows(isa: Isa, sum: &mut [f32], rows: &[f32], channels: usize, frames: usize) {
    let frames = frames.next_multiple_of(16).min(BLOCK);
    assert!(sum.len() >= channels * BLOCK && rows.len() >= channels * BLOCK);
    // SAFETY: the set was chosen by detection; the lengths were checked.
    unsafe {
        dispatch!(isa, add_kernel(
            sum: &mut [f32] = sum,
            rows: &[f32] = rows,
            channels: usize = channels,
            frames: usize = frames,
        ))
    }
}

#[inline(always)]
unsafe fn add_kernel<S: Simd>(sum: &mut [f32], rows: &[f32], channels: usize, frames: usize) {
    for c in 0..channels {
        for t in (0..frames).step_by(S::LANES) {
            // SAFETY: both hold `channels` rows of a block; frames is a multiple of 16 within it.
            unsafe {
                let place = sum.as_mut_ptr().add(c * BLOCK + t);
                S::store(place, S::add(S::load(place), S::load(rows.as_ptr().add(c * BLOCK + t))));
            }
        }
    }
}

/// A scale and a shift of each row that move in a straight line through a slot of 64 samples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modulation<'a> {
    /// `[scale of each row, then shift of each row]` at the slot's beginning. The scale is added to 1.
    pub from: &'a [f32],
    /// The same at its end.
    pub to: &'a [f32],
    /// The block's place in the slot.
    pub position: usize,
}

/// `i / 64` for the samples of a slot, from 1 on, and beyond it for the lanes that nobody reads.
static RAMP: [f32; 2 * BLOCK] = {
    let mut ramp = [0.0; 2 * BLOCK];
    let mut i = 0;
    while i < ramp.len() {
        ramp[i] = (i + 1) as f32 / BLOCK as f32;
        i += 1;
    }
    ramp
};

/// `rows[c] = rows[c] * (1 + scale[c]) + shift[c]` for `channels` rows of a block.
pub(crate) fn modulate(
    isa: Isa,
    rows: &mut [f32],
    channels: usize,
    frames: usize,
    modulation: Modulation<'_>,
) {
    let frames = frames.next_multiple_of(16).min(BLOCK);
    assert!(rows.len() >= channels * BLOCK && modulation.position < BLOCK);
    assert!(modulation.from.len() >= 2 * channels && modulation.to.len() >= 2 * channels);
    // SAFETY: the set was chosen by detection; the lengths were checked.
    unsafe {
        dispatch!(isa, modulate_kernel(
            rows: &mut [f32] = rows,
            channels: usize = channels,
            frames: usize = frames,
            m: Modulation<'_> = modulation,
        ));
    }
}

#[inline(always)]
unsafe fn modulate_kernel<S: Simd>(
    rows: &mut [f32],
    channels: usize,
    frames: usize,
    m: Modulation<'_>,
) {
    for c in 0..channels {
        let (scale, shift) = ((m.from[c], m.to[c]), (m.from[channels + c], m.to[channels + c]));
        // SAFETY: `rows` holds `channels` rows of a block, the ramp two blocks; frames is a
        // multiple of 16 within one.
        unsafe {
            let line = |(from, to): (f32, f32), ramp: S::V| {
                S::fma(S::splat(to - from), ramp, S::splat(from))
            };
            for t in (0..frames).step_by(S::LANES) {
                let ramp = S::load(RAMP.as_ptr().add(m.position + t));
                let place = rows.as_mut_ptr().add(c * BLOCK + t);
                let scale = S::add(S::splat(1.0), line(scale, ramp));
                S::store(place, S::fma(S::load(place), scale, line(shift, ramp)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modulation_moves_in_a_straight_line_and_sums_are_sums() {
        for isa in Isa::available() {
            let mut rows = vec![2.0; 2 * BLOCK];
            let modulation =
                Modulation { from: &[0.0, 1.0, 0.5, 0.0], to: &[1.0, 1.0, 0.5, -1.0], position: 0 };
            modulate(isa, &mut rows, 2, 64, modulation);
            assert!((rows[31] - (2.0 * 1.5 + 0.5)).abs() < 1e-6 && (rows[63] - 4.5).abs() < 1e-6);
            assert!((rows[64 + 31] - 3.5).abs() < 1e-6 && (rows[64 + 63] - 3.0).abs() < 1e-6);
            let mut sum = vec![1.0; 2 * BLOCK];
            add_rows(isa, &mut sum, &rows, 2, 64);
            assert!(sum.iter().zip(&rows).all(|(s, r)| *s == 1.0 + r));
        }
    }
}
