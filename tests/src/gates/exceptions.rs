//! What fails today, as `nfx-host gates` found it: nothing. Whoever has to let a preset pass names
//! it and its gate here, and the tests say which lines name no fault any more.

use super::Gate;

/// ANNe's presets that fail, and at which gate.
pub const ANNE: &[(&str, Gate)] = &[];

/// CANNe's presets that fail, and at which gate.
pub const CANNE: &[(&str, Gate)] = &[];
