//! The built bundles in real hosts. `cargo xtask test` builds the bundles, makes the Python
//! environment and runs this; a missing bundle is a failure that names the command that makes it.
//!
//! [`table`] asks the same of every plugin, with what stands in its [`row::Row`]; what only one
//! plugin has is asked in the folder of its name. [`planted`] shows that the detectors detect.

mod anne;
mod canne;
mod check;
mod planted;
mod profiler;
mod row;
mod table;
