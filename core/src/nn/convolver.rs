//! Impulse responses of any length without latency.

use fft_convolver::{FFTConvolverError, TwoStageFFTConvolver, compute_tail_block_size};

use crate::signal::vector::dot;

/// Samples that are convolved directly, whole lanes of the product, and the length of the blocks in
/// which the rest is.
pub(crate) const HEAD: usize = 64;

/// An impulse response with the memory of one sound.
///
/// The first 64 taps are convolved directly, so that there is no latency. The others go to the
/// partitioned convolution of the `fft-convolver` crate, always in whole blocks of 64 at fixed
/// places: that makes it late by just those 64 samples, and its bits independent of the caller's
/// blocks (called with parts of a block, the crate transforms each part anew).
#[derive(Clone, Debug)]
pub(crate) struct Convolver {
    /// Taps 0 to 63, the last first.
    head: [f32; HEAD],
    /// The block before and the present one.
    line: [f32; 2 * HEAD],
    /// Taps from 64 on; none in a short response.
    tail: Option<TwoStageFFTConvolver<f32>>,
    /// What the tail makes of the block before.
    late: [f32; HEAD],
    /// Samples of the present block.
    at: usize,
    memory: usize,
    /// Samples of silence since the last sound.
    quiet: usize,
    /// As freshly made, and waiting for sound: nothing is computed.
    asleep: bool,
}

impl Convolver {
    /// With silence behind it. Allocates.
    ///
    /// # Errors
    /// What the convolution's crate says, when it cannot be made.
    pub fn new(ir: &[f32]) -> Result<Self, FFTConvolverError> {
        let mut head = [0.0; HEAD];
        head.iter_mut().rev().zip(ir).for_each(|(h, x)| *h = *x);
        let rest = ir.get(HEAD..).unwrap_or_default();
        let block = compute_tail_block_size(HEAD, rest.len()).next_power_of_two().max(HEAD);
        let tail = (!rest.is_empty()).then(|| {
            let mut tail = TwoStageFFTConvolver::default();
            tail.init(HEAD, block, rest).map(|()| tail)
        });
        // The partitioned convolution remembers whole blocks; a long response's are as long as
        // itself at the most.
        let memory = (2 * ir.len() + 4 * HEAD).next_multiple_of(block);
        Ok(Self {
            head,
            line: [0.0; 2 * HEAD],
            tail: tail.transpose()?,
            late: [0.0; HEAD],
            at: 0,
            memory,
            quiet: 0,
            asleep: true,
        })
    }

    /// Samples of silence after which it gives out exact silence, and after which, as the first, it
    /// is as freshly made.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// As freshly made. Real-time safe.
    pub fn reset(&mut self) {
        self.line.fill(0.0);
        self.late.fill(0.0);
        self.at = 0;
        (self.quiet, self.asleep) = (0, true);
        if let Some(tail) = &mut self.tail {
            tail.reset();
        }
    }

    /// Convolves `x` into `y`, as many samples as both have. After [`Convolver::memory`] samples of
    /// silence it is as freshly made, and costs nothing until sound returns. Real-time safe.
    pub fn process(&mut self, x: &[f32], y: &mut [f32]) {
        let n = x.len().min(y.len());
        let mut from = 0;
        while from < n {
            if self.asleep {
                let silent = x[from..n].iter().take_while(|x| **x == 0.0).count();
                y[from..from + silent].fill(0.0);
                from += silent;
                self.asleep = from == n;
                continue;
            }
            let count = (n - from).min(HEAD - self.at);
            self.quiet = match x[from..from + count].iter().rposition(|x| *x != 0.0) {
                Some(last) => count - 1 - last,
                None => self.quiet.saturating_add(count),
            };
            self.piece(&x[from..from + count], &mut y[from..from + count]);
            self.at += count;
            from += count;
            if self.at == HEAD {
                self.at = 0;
                self.turn();
                if self.quiet >= self.memory {
                    self.reset();
                }
            }
        }
    }

    fn piece(&mut self, x: &[f32], y: &mut [f32]) {
        let at = self.at;
        self.line[HEAD + at..][..x.len()].copy_from_slice(x);
        for (i, (y, late)) in y.iter_mut().zip(&self.late[at..]).enumerate() {
            *y = dot(&self.head, &self.line[at + i + 1..]) + late;
        }
    }

    /// At the end of a block.
    fn turn(&mut self) {
        let (before, now) = self.line.split_at_mut(HEAD);
        if let Some(tail) = &mut self.tail
            && tail.process(now, &mut self.late).is_err()
        {
            self.late.fill(0.0);
        }
        before.copy_from_slice(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32, len: usize) -> Vec<f32> {
        let mut state = seed;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 9) as f32 / 4_194_304.0 - 1.0
            })
            .collect()
    }

    fn run(convolver: &mut Convolver, x: &[f32], pieces: &[usize]) -> Vec<f32> {
        let (mut out, mut at, mut k) = (vec![0.0; x.len()], 0, 0);
        while at < x.len() {
            let n = pieces[k % pieces.len()].min(x.len() - at);
            convolver.process(&x[at..at + n], &mut out[at..at + n]);
            at += n;
            k += 1;
        }
        out
    }

    #[test]
    fn it_is_the_convolution_without_latency_in_any_pieces_and_ends_in_silence() {
        // Miri is slow: for it the first blocks are enough.
        let (lengths, sound) = if cfg!(miri) {
            (&[65][..], 150)
        } else {
            (&[1, 40, 64, 65, 200, 3_000, 20_000][..], 3_000)
        };
        for &len in lengths {
            let ir: Vec<f32> = noise(7, len)
                .iter()
                .enumerate()
                .map(|(i, x)| x * (-(i as f32) / 900.0).exp())
                .collect();
            let mut convolver = Convolver::new(&ir).expect("convolver");
            let scale = ir.iter().map(|h| h * h).sum::<f32>().sqrt();
            let mut x = noise(3, sound);
            x.resize(sound + convolver.memory() + 500, 0.0);
            let whole = run(&mut convolver, &x, &[x.len()]);
            for i in (0..x.len().min(9_000)).step_by(17) {
                let want: f64 =
                    (0..ir.len().min(i + 1)).map(|k| f64::from(ir[k]) * f64::from(x[i - k])).sum();
                let apart = (want - f64::from(whole[i])).abs();
                assert!(apart < 2e-5 * f64::from(scale), "{len} {i} {want} {}", whole[i]);
            }
            assert!(whole[x.len() - 500..].iter().all(|&y| y == 0.0), "{len}");
            convolver.reset();
            let parts = run(&mut convolver, &x, &[1, 63, 64, 7, 300]);
            assert_eq!(
                whole.iter().zip(&parts).position(|(a, b)| a.to_bits() != b.to_bits()),
                None,
                "{len}"
            );
        }
    }
}
