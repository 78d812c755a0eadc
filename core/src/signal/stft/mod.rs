//! The short-time Fourier transform: one convention for the engine, the trainer and the offline
//! tools.
//!
//! # Convention
//!
//! Frame `k` is taken after sample `(k + 1) * hop - 1` has arrived and covers the samples `(k + 1) * hop - N ..
//! (k + 1) * hop`; what lies before sample 0 is silence. Analysis is the plain, unnormalised FFT of window times signal, as
//! in librosa; bin `m` stands for `m * rate / N` Hz, and there are `N / 2 + 1` bins.
//!
//! Synthesis is the inverse FFT (with its `1 / N`) times the *dual window* `w / sum of shifted
//! w^2`, overlap-added: the least-squares inverse, which reconstructs exactly for every window and
//! hop allowed here (Griffin & Lim 1984, eq. 6).
//!
//! The streaming form delays by exactly `N` samples. The offline forms give the same frames and the
//! same samples, bit for bit, without the delay.

mod config;
mod offline;
mod streaming;
mod transform;

pub use config::{MAX_FFT_SIZE, MIN_FFT_SIZE, StftConfig, StftError};
pub use offline::{analyse_signal, synthesise_signal};
pub use streaming::{MAX_CHANNELS, StreamingStft};
pub use transform::{Transform, dual_window};
