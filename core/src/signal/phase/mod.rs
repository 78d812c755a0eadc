//! Phases for magnitudes that have none: phase reconstruction.
//!
//! A magnitude spectrogram says almost everything about a sound, but a sound can only be made from
//! it with phases. For a window that resembles a Gaussian, the derivatives of the phase can be read
//! from those of the log magnitude; what remains is to integrate them well, and to project the
//! result onto the spectrograms that exist.
//!
//! | [`PhaseMethod`] | what it does | knows |
//! |---|---|---|
//! | `zero` | nothing | the frame |
//! | `thesis-eq`, `thesis-code` | the thesis's causal cumulation, by its equations and by its code | the past |
//! | `rtpghi0`, `rtpghi1` | phase-gradient heap integration frame by frame ([`Rtpghi`]) | the past, and one frame more |
//! | `rtisi0` .. `rtisi3` | projections in real time, started from `rtpghi0` | the past, and 0 to 3 frames more |
//! | `pghi` | phase-gradient heap integration | everything |
//! | `pghi+glN`, `rtisi3+glN` | the same, and N Griffin-Lim projections | everything |
//! | `glN` | N projections from random phases | everything |
//!
//! [`PhaseMender`] does the same for some bins of a sound whose other bins keep the phases that
//! they have.
//!
//! `-plain` after `rtpghi0`, `rtpghi1` and `pghi` is the method as its authors published it;
//! without it, slopes at attacks and beside silence are corrected and the phases of neighbours made
//! to agree. `glN-plain` and `fglN` are the published plain and fast projections of all frames at
//! once; without, they go from frame to frame. All phases given out are those of plain FFTs of
//! whole frames, as [`crate::signal::stft`] computes and takes them.

mod gradient;
mod griffin_lim;
mod heap;
mod integrate;
mod mend;
mod method;
mod offline;
mod pghi;
mod random;
mod relax;
mod rtisi;
mod rtpghi;
mod streaming;
mod thesis;

pub use mend::PhaseMender;
pub use method::{MAX_LOOK_AHEAD, MAX_PROJECTIONS, PhaseMethod, Projection, Start, UnknownMethod};
pub use offline::{reconstruct, spectral_convergence_db};
pub use rtpghi::Rtpghi;
pub use streaming::{PhaseError, StreamingPhase};
