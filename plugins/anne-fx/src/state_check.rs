//! A saved state is made harmless before it is loaded.

use std::sync::{Arc, LazyLock};

use nfx_frame::snapshot::ParamTable;
use nice_plug::plugin::{ParamValue, PluginState};

use crate::params::{AnneParams, BEFORE};

static TABLE: LazyLock<ParamTable> = LazyLock::new(|| ParamTable::new(Arc::new(AnneParams::default())));

/// See [`nfx_frame::state_check::make_sane`]; and what a state of an earlier version lacks does what it did then.
pub fn make_sane(state: &mut PluginState) {
    nfx_frame::state_check::make_sane(&TABLE, state);
    if !state.params.is_empty() {
        for (id, plain) in BEFORE {
            state.params.entry(id.to_owned()).or_insert(ParamValue::F32(plain));
        }
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
        assert_eq!(left, ["a", "c", "detail", "from a newer version", "resp"]);
        assert!(matches!(state.params["a"], ParamValue::F32(5.5)));
        assert!(matches!(state.params["c"], ParamValue::F32(v) if v == 1.000_000_1));
    }
}
