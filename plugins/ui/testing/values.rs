//! For the plugins' tests and pictures: values of parameters as a setting has them, made with the
//! parameters themselves.

use std::sync::Arc;

use nfx_frame::params::Parameters;
use nfx_frame::table::{Direct, ParamTable, Sink};
use nfx_ui::shelf::Values;

/// The values of fresh parameters `P`, some of them set to normalised values.
pub fn values<P: Parameters + Default>(set: &[(&str, f32)]) -> Values {
    let table = ParamTable::new(Arc::new(P::default()));
    for (id, normal) in set {
        Direct.set(table.entry(id).unwrap_or_else(|| panic!("there is no {id}")).ptr(), *normal);
    }
    Values::of(&table)
}
