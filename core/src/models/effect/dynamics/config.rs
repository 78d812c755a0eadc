//! What a dynamics processor looks like, without its weights.

use super::setting::{MAX_HINGES, PER_HINGE, PLAIN};
use super::{MAX_KNOBS, ModelError};
use crate::models::effect::limits::within;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// The most hidden units of the network of the knobs.
pub const MAX_HIDDEN: usize = 256;
/// The exponents that a level may be measured with.
pub(super) const EXPONENTS: RangeInclusive<f32> = 0.25..=4.0;

/// The size of a dynamics processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DynamicsConfig {
    /// Knobs, 0 to 8.
    pub knobs: usize,
    /// Hidden units of the network that makes a setting of the knobs; 0 leaves a straight path
    /// alone.
    pub hidden: usize,
    /// Bends of the curve, 1 to 8.
    pub hinges: usize,
}

impl DynamicsConfig {
    /// The size that is trained by default.
    pub fn with_knobs(knobs: usize) -> Self {
        DynamicsConfig { knobs, hidden: if knobs == 0 { 0 } else { 24 }, hinges: 4 }
    }

    /// Numbers of a setting.
    pub fn outputs(&self) -> usize {
        PLAIN.saturating_add(PER_HINGE.saturating_mul(self.hinges))
    }

    /// Whether such a model can be made.
    ///
    /// # Errors
    /// [`ModelError::Config`] with what was expected and found.
    pub fn validate(&self) -> Result<(), ModelError> {
        within("a number of knobs", self.knobs, 0..=MAX_KNOBS)?;
        within("a number of hidden units", self.hidden, 0..=MAX_HIDDEN)?;
        within("a number of bends in the curve", self.hinges, 1..=MAX_HINGES)
    }

    /// The name and the shape of every tensor.
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let outputs = self.outputs();
        let mut shapes = vec![
            ("level.exponent".to_owned(), vec![1]),
            ("knobs.out.bias".to_owned(), vec![outputs]),
        ];
        if self.knobs > 0 {
            shapes.push(("knobs.skip.weight".to_owned(), vec![self.knobs, outputs]));
            if self.hidden > 0 {
                shapes.push(("knobs.hidden.weight".to_owned(), vec![self.knobs, self.hidden]));
                shapes.push(("knobs.hidden.bias".to_owned(), vec![self.hidden]));
                shapes.push(("knobs.out.weight".to_owned(), vec![self.hidden, outputs]));
            }
        }
        shapes
    }
}
