//! The STFT of `nfx_core::signal::stft` as burn operations that can be differentiated, for losses
//! on waveforms.
//!
//! The transform of a frame of `N = N₁·N₂` points is done in two dense steps with a twist between
//! them (Cooley & Tukey
//! 1965), so that it consists of matrix products with small constant matrices on any device: with `n = N₂·n₁ + n₂` and
//! `k = k₁ + N₁·k₂`, `X[k] = Σ_n₂ W_N^{n₂k₁} (Σ_n₁ x[n] W_N₁^{n₁k₁}) W_N₂^{n₂k₂}`.

use burn::tensor::{Device, Tensor};
use nfx_core::signal::stft::StftConfig;

use crate::LearnError;
use crate::spectral::autoencoder::matrix;

/// A short-time Fourier transform on a device.
#[derive(Clone, Debug)]
pub struct BurnStft {
    config: StftConfig,
    rows: usize,
    columns: usize,
    window: Tensor<2>,
    first: Pair,
    twist: Pair,
    second: Pair,
}

/// Cosines and sines of a matrix of angles.
#[derive(Clone, Debug)]
struct Pair {
    cos: Tensor<2>,
    sin: Tensor<2>,
}

impl Pair {
    /// `angle(row, column)` counts in turns times `of`, in whole numbers so that nothing is lost
    /// for large `N`.
    fn new(rows: usize, columns: usize, of: usize, device: &Device) -> Pair {
        let mut cos = Vec::with_capacity(rows * columns);
        let mut sin = Vec::with_capacity(rows * columns);
        for r in 0..rows {
            for c in 0..columns {
                let angle = std::f64::consts::TAU * ((r * c) % of) as f64 / of as f64;
                cos.push(angle.cos() as f32);
                sin.push(angle.sin() as f32);
            }
        }
        Pair { cos: matrix(&cos, columns, device), sin: matrix(&sin, columns, device) }
    }
}

impl BurnStft {
    /// The transform of a configuration on a device.
    ///
    /// # Errors
    /// When the configuration is not valid.
    pub fn new(config: StftConfig, device: &Device) -> Result<Self, LearnError> {
        config.validate()?;
        let n = config.fft_size;
        let rows = 1usize << (n.trailing_zeros() / 2);
        let columns = n / rows;
        Ok(BurnStft {
            config,
            rows,
            columns,
            window: matrix(&config.window.periodic(n), n, device),
            first: Pair::new(rows, rows, rows, device),
            twist: Pair::new(rows, columns, n, device),
            second: Pair::new(columns, columns, columns, device),
        })
    }

    /// Which transform this is.
    pub fn config(&self) -> StftConfig {
        self.config
    }

    /// Real and imaginary parts, both `[frame][bin]`, of the frames of one signal `[sample]`: frame
    /// `k` covers samples `(k + 1)·hop − N .. (k + 1)·hop`, as the streaming transform gives them,
    /// as long as the signal lasts.
    pub fn forward(&self, signal: Tensor<1>) -> (Tensor<2>, Tensor<2>) {
        let (n, hop) = (self.config.fft_size, self.config.hop);
        let frames = signal.dims()[0] / hop;
        let before = Tensor::<1>::zeros([n - hop], &signal.device());
        let padded = Tensor::cat(vec![before, signal], 0);
        // Slices of hops, put side by side: every operation here can be differentiated on every
        // backend.
        let length = padded.dims()[0];
        let blocks = length / hop;
        let padded = padded.narrow(0, 0, blocks * hop).reshape([blocks, hop]);
        let per_frame = n / hop;
        let parts = (0..per_frame).map(|p| padded.clone().slice([p..p + frames, 0..hop])).collect();
        self.transform(Tensor::cat(parts, 1))
    }

    /// Spectra of frames `[frame][sample]` that are not windowed yet.
    pub fn transform(&self, frames: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let (n, n1, n2) = (self.config.fft_size, self.rows, self.columns);
        let count = frames.dims()[0];
        let x = (frames * self.window.clone()).reshape([count, n1, n2]);
        let three = |m: &Tensor<2>| -> Tensor<3> { m.clone().unsqueeze() };
        // W_N₁ is symmetric, so it may multiply from the left over n₁.
        let (re, im) =
            (three(&self.first.cos).matmul(x.clone()), three(&self.first.sin).matmul(x).neg());
        let (cos, sin) = (three(&self.twist.cos), three(&self.twist.sin));
        let twisted_re = re.clone() * cos.clone() + im.clone() * sin.clone();
        let twisted_im = im * cos - re * sin;
        let (cos, sin) = (three(&self.second.cos), three(&self.second.sin));
        let out_re =
            twisted_re.clone().matmul(cos.clone()) + twisted_im.clone().matmul(sin.clone());
        let out_im = twisted_im.matmul(cos) - twisted_re.matmul(sin);
        // [k₁][k₂] to k = k₁ + N₁·k₂.
        let order =
            |t: Tensor<3>| t.swap_dims(1, 2).reshape([count, n]).slice([0..count, 0..n / 2 + 1]);
        (order(out_re), order(out_im))
    }

    /// Magnitudes `[frame][bin]` of a signal, kept differentiable at 0 by `floor` (added under the
    /// root as its square).
    pub fn magnitudes(&self, signal: Tensor<1>, floor: f32) -> Tensor<2> {
        let (re, im) = self.forward(signal);
        (re.square() + im.square()).add_scalar(floor * floor).sqrt()
    }
}
