//! The dynamics processor as something that learns: the recursion and its adjoint by hand, sixteen
//! segments at a time.
//!
//! It sees pairs of sound and the knobs' positions, nothing else. Which of its two memories does
//! the work is not given to it: two candidates start, one whose level is slow and one whose gain
//! is, and after a race the better goes on.

mod learner;
#[allow(unsafe_code)]
pub mod pass;
pub mod trunk;

pub use learner::DynamicsLearner;

#[cfg(test)]
mod tests;
