//! Allocation-free layers: what a trained network is played with.
//!
//! Each layer is built once (which may fail and allocate) and then evaluated on the audio thread
//! without allocating, locking or panicking. Several *columns* (channels, side-chain channels,
//! voices) pass through a layer together, so that every weight is read from memory once per frame:
//! a frame is bound by memory bandwidth, not by arithmetic.

#[allow(unsafe_code)]
mod activation;
#[allow(unsafe_code)]
pub(crate) mod conv;
pub(crate) mod convolver;
pub(crate) mod dense;
#[allow(unsafe_code)]
mod kernel;
#[allow(unsafe_code)]
mod point;
#[allow(unsafe_code)]
pub(crate) mod recurrent;
#[allow(unsafe_code)]
pub(crate) mod rows;

pub use activation::Activation;
pub use dense::{Dense, MAX_COLUMNS, MAX_WIDE_COLUMNS};
pub use point::{ActivationError, PointActivation};
pub use recurrent::{
    CellKind, CellWeights, Recurrent, RecurrentIo, RecurrentShape, RecurrentState,
};
