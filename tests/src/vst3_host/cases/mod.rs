//! What the strict VST3 host asks.

use crate::strict::Case;

mod blocks;
mod calls;
mod data;
mod facts;
mod threads;
mod values;
mod windows;
mod within;

/// All cases.
#[must_use]
pub fn all() -> Vec<Case> {
    let calls = [facts::CASES, calls::CASES, blocks::CASES, data::CASES, values::CASES, threads::CASES].concat();
    [calls.as_slice(), windows::CASES, within::CASES].concat()
}

/// A case; the name is that of its function.
macro_rules! cases {
    ($($name:ident: $asks:literal;)*) => {
        /// The cases of this module.
        pub const CASES: &[$crate::strict::Case] =
            &[$($crate::strict::Case { name: stringify!($name), asks: $asks, run: $name }),*];
    };
}
use cases;

/// Numbers by chance, the same for a seed on every machine.
fn random(seed: u64) -> rand::rngs::StdRng {
    rand::SeedableRng::seed_from_u64(seed)
}
