//! What the strict VST3 host asks.

use vst3::Steinberg::kResultOk;

use super::block::Block;
use super::{Module, Plug};
use crate::strict::{Case, expect};

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
    let calls =
        [facts::CASES, calls::CASES, blocks::CASES, data::CASES, values::CASES, threads::CASES]
            .concat();
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

/// An instance that is ready to play, in blocks of up to so many samples at 48 kHz.
fn started(module: &Module, longest: i32) -> Result<Plug, String> {
    let plug = module.create()?;
    plug.start(48_000.0, longest)?;
    Ok(plug)
}

/// Plays a block that a plugin has to answer with sound.
fn plays(plug: &Plug, block: &mut Block) -> Result<(), String> {
    let result = block.play(plug);
    expect(result == kResultOk, || format!("a block was refused: {result}"))?;
    block.written()
}

/// Plays a usual block of so many samples: the plugin has to be alive after what came before.
fn goes_on(plug: &Plug, samples: usize) -> Result<(), String> {
    plays(plug, &mut Block::usual(plug, samples))
}
