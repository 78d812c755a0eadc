//! Makes a saved state harmless before it is loaded: the framework takes values as they stand, and
//! one out of range would end in a panic (a choice that does not exist) or in a state that cannot
//! be saved again (a number that is infinite).

use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::{ParamValue, PluginState};

use crate::table::{Entry, ParamTable};

/// Limits numbers to the ranges in `table`, and removes what no parameter can hold. Values in range
/// stay to the last bit.
pub fn make_sane(table: &ParamTable, state: &mut PluginState) {
    state.params.retain(|id, value| table.entry(id).is_none_or(|entry| limit(entry, value)));
}

fn limit(entry: &Entry, value: &mut ParamValue) -> bool {
    match (entry.ptr(), value) {
        (ParamPtr::FloatParam(_), ParamValue::F32(plain)) => {
            let (least, most) = (entry.plain_of(0.0), entry.plain_of(1.0));
            *plain = plain.clamp(least, most);
            !plain.is_nan()
        }
        (ParamPtr::IntParam(_), ParamValue::I32(plain)) => {
            // Counts to 65,535 are exact in single precision.
            (entry.plain_of(0.0)..=entry.plain_of(1.0)).contains(&(*plain as f32))
        }
        (ParamPtr::EnumParam(_), ParamValue::I32(plain)) => usize::try_from(*plain)
            .is_ok_and(|plain| entry.steps().is_none_or(|most| plain <= most)),
        (ParamPtr::BoolParam(_), ParamValue::Bool(_))
        | (ParamPtr::EnumParam(_), ParamValue::String(_)) => true,
        _ => false,
    }
}
