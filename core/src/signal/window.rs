//! Analysis windows.
//!
//! All windows are *periodic*: a window of length `n` is one period of a function whose value at
//! `n` would equal the value at
//! 0. That is the convention of librosa, PyTorch and burn's `hann_window(periodic)`, and the one
//!    whose shifted sums are flat.
//! The peak stands at index `n / 2`.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The shape of an analysis window.
///
/// The names in a file are `hann`, `root_hann` and `gauss`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// `0.5 - 0.5 cos(2 pi i / n)`.
    Hann,
    /// The square root of [`Window::Hann`], `sin(pi i / n)`.
    RootHann,
    /// `exp(-pi (i - n/2)^2 / gamma)`, truncated where it has fallen to 1 % of its peak (at index 0).
    Gauss,
}

/// The height of [`Window::Gauss`] at its edge, relative to its peak.
const GAUSS_EDGE: f64 = 0.01;

impl Window {
    /// Every window, in the order in which a menu shows them.
    pub const ALL: [Window; 3] = [Window::Hann, Window::RootHann, Window::Gauss];

    /// The name that a file and a menu use: `hann`, `root_hann` or `gauss`.
    pub const fn name(self) -> &'static str {
        match self {
            Window::Hann => "hann",
            Window::RootHann => "root_hann",
            Window::Gauss => "gauss",
        }
    }

    /// The `n` samples of the window, peak 1. Computed in double precision and rounded once.
    /// Allocates; not for the audio thread. `n == 0` gives an empty vector.
    pub fn periodic(self, n: usize) -> Vec<f32> {
        (0..n).map(|i| self.at(i, n) as f32).collect()
    }

    /// The constant of the Gaussian `exp(-pi l^2 / gamma)` that comes closest to this window of
    /// length `n`, in samples squared: what phase-gradient heap integration needs to turn magnitude
    /// gradients into phase gradients.
    ///
    /// `gamma = c n^2` with `c` = 0.25645 for Hann, 0.41532 for root-Hann and `pi / (4 ln 100)` = 0.170547 for the truncated
    /// Gauss, for which it is exact. Source: Průša, Balazs, Søndergaard, *A Noniterative Method for Reconstruction of Phase
    /// From STFT Magnitude* (2017), table of least-squares fits as used by phaseret.
    pub fn gamma(self, n: usize) -> f64 {
        let c = match self {
            Window::Hann => 0.25645,
            Window::RootHann => 0.41532,
            Window::Gauss => PI / (4.0 * (1.0 / GAUSS_EDGE).ln()),
        };
        c * (n as f64) * (n as f64)
    }

    /// Sample `i` of the window of length `n`, in double precision.
    fn at(self, i: usize, n: usize) -> f64 {
        let place = i as f64 / n as f64;
        match self {
            // The squared sine is the same function as 0.5 - 0.5 cos, without the cancellation near
            // the edges.
            Window::Hann => (PI * place).sin().powi(2),
            Window::RootHann => (PI * place).sin(),
            Window::Gauss => {
                let from_centre = i as f64 - n as f64 / 2.0;
                (-PI * from_centre * from_centre / self.gamma(n)).exp()
            }
        }
    }
}
