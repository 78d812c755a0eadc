//! A plugin of the same framework, built as the real ones are, that allocates in `process`: debug
//! bundles must abort on it.

use nice_plug::prelude::*;
use std::num::NonZeroU32;
use std::sync::Arc;

#[derive(Params, Default)]
struct NoParams {}

/// Allocates in every block.
#[derive(Default)]
struct PlantedAlarm {
    params: Arc<NoParams>,
}

impl Plugin for PlantedAlarm {
    const NAME: &'static str = "Planted alarm";
    const VENDOR: &'static str = "Latent Works";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[AudioIOLayout {
        main_input_channels: NonZeroU32::new(2),
        main_output_channels: NonZeroU32::new(2),
        ..AudioIOLayout::const_default()
    }];
    type Editor = ();
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _: &mut AuxiliaryBuffers,
        _: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let planted = std::hint::black_box(vec![0.0f32; buffer.samples()]);
        drop(planted);
        ProcessStatus::Normal
    }
}

impl ClapPlugin for PlantedAlarm {
    const CLAP_ID: &'static str = "works.latent.planted-alarm";
    const CLAP_DESCRIPTION: Option<&'static str> = None;
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[ClapFeature::AudioEffect];
}

nice_export_clap!(PlantedAlarm);
