//! The layouts of ports that the suite's effects offer: stereo or mono, with a side chain of either
//! kind, or without.

use std::num::NonZeroU32;

use nice_plug::prelude::{AudioIOLayout, PortNames, new_nonzero_u32};

const MONO: &[NonZeroU32] = &[new_nonzero_u32(1)];
const STEREO: &[NonZeroU32] = &[new_nonzero_u32(2)];

const fn layout(main: u32, side: &'static [NonZeroU32], name: &'static str) -> AudioIOLayout {
    let names =
        PortNames { layout: Some(name), aux_inputs: &["Side chain"], ..PortNames::const_default() };
    AudioIOLayout {
        main_input_channels: NonZeroU32::new(main),
        main_output_channels: NonZeroU32::new(main),
        aux_input_ports: side,
        names,
        ..AudioIOLayout::const_default()
    }
}

/// The layouts of an effect, the preferred one first.
pub const EFFECT: &[AudioIOLayout] = &[
    layout(2, STEREO, "Stereo with side chain"),
    layout(1, MONO, "Mono with side chain"),
    layout(2, MONO, "Stereo with mono side chain"),
    layout(1, STEREO, "Mono with stereo side chain"),
    layout(2, &[], "Stereo"),
    layout(1, &[], "Mono"),
];
