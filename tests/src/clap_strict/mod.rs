//! A strict CLAP host: it does to a plugin what hosts should not, with nothing between.
//!
//! [`host`] is the host, [`block`] a block that can lack anything, [`usage`] what a process holds.
//! The rest are cases by kind; each says what it asks, and what came of it before it was mended.

/// Calls a function that may be missing.
macro_rules! call {
    ($function:expr $(, $argument:expr)*) => {
        if let Some(function) = $function {
            function($($argument),*);
        }
    };
}

pub mod block;
mod buffers;
mod events;
mod gui;
pub mod host;
mod life;
mod presets;
mod queries;
pub mod usage;

use crate::strict::Case;

/// Every case, by kind.
pub const CASES: &[&[Case]] =
    &[life::CASES, buffers::CASES, events::CASES, queries::CASES, presets::CASES, gui::CASES];
