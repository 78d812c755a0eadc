//! The suite's generator; an engine starts it anew at every reset, so that its numbers are the same
//! after every start.

pub(super) use crate::signal::random::{Random, hash};
