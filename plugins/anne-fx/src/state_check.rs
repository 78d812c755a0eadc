//! Makes a saved state harmless before it is loaded: the framework takes values as they stand, and one out of range would end
//! in a panic (a choice that does not exist) or in a state that cannot be saved again (a number that is infinite).

use std::sync::{Arc, LazyLock};

use nfx_plugin::snapshot::{Entry, ParamTable};
use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::{ParamValue, PluginState};

use crate::params::AnneParams;

static TABLE: LazyLock<ParamTable> = LazyLock::new(|| ParamTable::new(Arc::new(AnneParams::default())));

/// Limits numbers to their ranges, and removes what no parameter can hold. Values in range stay to the last bit.
pub fn make_sane(state: &mut PluginState) {
    state.params.retain(|id, value| TABLE.entry(id).is_none_or(|entry| limit(entry, value)));
}

fn limit(entry: &Entry, value: &mut ParamValue) -> bool {
    match (entry.ptr(), value) {
        (ParamPtr::FloatParam(_), ParamValue::F32(plain)) => {
            let (least, most) = (entry.plain_of(0.0), entry.plain_of(1.0));
            *plain = plain.clamp(least, most);
            !plain.is_nan()
        }
        (ParamPtr::IntParam(_) | ParamPtr::EnumParam(_), ParamValue::I32(plain)) => {
            // All of ours begin at 0.
            usize::try_from(*plain).is_ok_and(|plain| entry.steps().is_none_or(|most| plain <= most))
        }
        (ParamPtr::BoolParam(_), ParamValue::Bool(_)) | (ParamPtr::EnumParam(_), ParamValue::String(_)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_parameter_can_hold_is_limited_or_removed() {
        let mut state = PluginState { version: String::new(), params: Default::default(), fields: Default::default() };
        state.params.insert("a".into(), ParamValue::F32(f32::INFINITY));
        state.params.insert("b".into(), ParamValue::F32(f32::NAN));
        state.params.insert("c".into(), ParamValue::F32(1.000_000_1));
        state.params.insert("split".into(), ParamValue::I32(99));
        state.params.insert("stereo".into(), ParamValue::I32(-1));
        state.params.insert("mchg".into(), ParamValue::I32(70000));
        state.params.insert("mix".into(), ParamValue::Bool(true));
        state.params.insert("from a newer version".into(), ParamValue::I32(7));
        make_sane(&mut state);
        let left: Vec<_> = state.params.keys().cloned().collect();
        assert_eq!(left, ["a", "c", "from a newer version"]);
        assert!(matches!(state.params["a"], ParamValue::F32(5.5)));
        assert!(matches!(state.params["c"], ParamValue::F32(v) if v == 1.000_000_1));
    }
}
