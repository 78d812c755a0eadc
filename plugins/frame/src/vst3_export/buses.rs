//! Which buses an instance has, and which speakers each of them carries.

use std::num::NonZeroU32;

use nice_plug::prelude::AudioIOLayout;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{SpeakerArr, SpeakerArrangement};

/// The arrangements in force, as the host named them. How many buses there are never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buses {
    /// The main input, if the plugin has one, and the side chains.
    pub inputs: Vec<SpeakerArrangement>,
    /// The main output, if the plugin has one.
    pub outputs: Vec<SpeakerArrangement>,
    /// The plugin's own layout with so many channels; without side chains when the host leaves them
    /// all empty.
    pub layout: AudioIOLayout,
    /// Whether the first input is the main one.
    pub has_main_input: bool,
}

fn channels(arrangement: SpeakerArrangement) -> u32 {
    arrangement.count_ones()
}

fn usual(count: NonZeroU32) -> SpeakerArrangement {
    match count.get() {
        1 => SpeakerArr::kMono,
        2 => SpeakerArr::kStereo,
        n => 1u64.checked_shl(n).map_or(SpeakerArrangement::MAX, |bit| bit - 1),
    }
}

impl Buses {
    /// The first of a plugin's layouts.
    pub fn new(layouts: &[AudioIOLayout]) -> Self {
        let layout = layouts.first().copied().unwrap_or_default();
        Self {
            inputs: layout
                .main_input_channels
                .iter()
                .chain(layout.aux_input_ports)
                .map(|count| usual(*count))
                .collect(),
            outputs: layout.main_output_channels.iter().map(|count| usual(*count)).collect(),
            has_main_input: layout.main_input_channels.is_some(),
            layout,
        }
    }

    /// The buses with the host's arrangements, when one of the plugin's layouts fits. A bus that
    /// the host does not name keeps what it has; a side chain may be empty.
    pub fn arranged(
        &self,
        layouts: &[AudioIOLayout],
        inputs: &[SpeakerArrangement],
        outputs: &[SpeakerArrangement],
    ) -> Option<Self> {
        let named = |have: &[SpeakerArrangement], wanted: &[SpeakerArrangement]| {
            let fits = wanted.len() <= have.len() && (have.is_empty() || !wanted.is_empty());
            fits.then(|| {
                wanted.iter().chain(have.iter().skip(wanted.len())).copied().collect::<Vec<_>>()
            })
        };
        let (inputs, outputs) = (named(&self.inputs, inputs)?, named(&self.outputs, outputs)?);
        let (main, sides) = inputs.split_at(usize::from(self.has_main_input).min(inputs.len()));
        let count = |bus: Option<&SpeakerArrangement>| bus.map_or(0, |bus| channels(*bus));
        let has_sides = sides.iter().any(|side| *side != SpeakerArr::kEmpty);
        let layout = layouts.iter().find(|layout| {
            let ports = layout.aux_input_ports;
            layout.main_input_channels.map_or(0, NonZeroU32::get) == count(main.first())
                && layout.main_output_channels.map_or(0, NonZeroU32::get) == count(outputs.first())
                && (ports.len() == if has_sides { sides.len() } else { 0 })
                && ports.iter().zip(sides).all(|(port, side)| port.get() == channels(*side))
        })?;
        let layout = *layout;
        Some(Self { inputs, outputs, layout, has_main_input: self.has_main_input })
    }

    /// The name of an input or output as the plugin tells it.
    pub fn name(&self, layouts: &[AudioIOLayout], is_input: bool, index: usize) -> String {
        let first = layouts.first().copied().unwrap_or_default();
        if !is_input {
            return first.main_output_name();
        }
        match index.checked_sub(usize::from(self.has_main_input)) {
            None => first.main_input_name(),
            Some(side) => first.aux_input_name(side).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_plug::prelude::new_nonzero_u32;

    const MONO: &[NonZeroU32] = &[new_nonzero_u32(1)];
    const STEREO: &[NonZeroU32] = &[new_nonzero_u32(2)];

    const fn layout(main: u32, side: &'static [NonZeroU32]) -> AudioIOLayout {
        AudioIOLayout {
            main_input_channels: NonZeroU32::new(main),
            main_output_channels: NonZeroU32::new(main),
            aux_input_ports: side,
            ..AudioIOLayout::const_default()
        }
    }

    const LAYOUTS: &[AudioIOLayout] = &[
        layout(2, STEREO),
        layout(1, MONO),
        layout(2, MONO),
        layout(1, STEREO),
        layout(2, &[]),
        layout(1, &[]),
    ];

    #[test]
    fn what_is_accepted_is_what_is_reported() {
        use SpeakerArr::{k51, kEmpty, kMono, kStereo, kStereoSurround};
        let buses = Buses::new(LAYOUTS);
        assert_eq!((&*buses.inputs, &*buses.outputs), (&[kStereo, kStereo][..], &[kStereo][..]));
        for main in [kMono, kStereo, kStereoSurround, 1] {
            for side in [kMono, kStereo, kEmpty, 2] {
                let arranged = buses.arranged(LAYOUTS, &[main, side], &[main]).unwrap();
                assert_eq!(
                    (&*arranged.inputs, &*arranged.outputs),
                    (&[main, side][..], &[main][..])
                );
                let ports: Vec<u32> =
                    arranged.layout.aux_input_ports.iter().map(|port| port.get()).collect();
                let expected = if side == kEmpty { vec![] } else { vec![side.count_ones()] };
                assert_eq!(ports, expected, "{main:b} and {side:b}");
                assert_eq!(
                    arranged.layout.main_output_channels.map(NonZeroU32::get),
                    Some(main.count_ones())
                );
            }
        }
        // The main bus alone: the side chain keeps what it has.
        assert_eq!(buses.arranged(LAYOUTS, &[kMono], &[kMono]).unwrap().inputs, [kMono, kStereo]);
        for (inputs, outputs) in [
            (&[kMono, kStereo][..], &[kStereo][..]),
            (&[kEmpty, kStereo], &[kStereo]),
            (&[k51, kStereo], &[k51]),
            (&[kStereo, k51], &[kStereo]),
            (&[kStereo, kStereo, kStereo], &[kStereo]),
            (&[], &[kStereo]),
            (&[kStereo, kStereo], &[]),
        ] {
            assert_eq!(buses.arranged(LAYOUTS, inputs, outputs), None, "{inputs:?} to {outputs:?}");
        }
    }
}
