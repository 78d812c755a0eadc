//! ANNe: an effect that plays sound through a neural network's latent space.
//!
//! Each short-time spectrum of the input passes an autoencoder; knobs multiply its latents; the
//! input's phase is kept. The sound is `nfx_core::engine::anne::AnneEngine`; this crate connects it
//! to a host.
//!
//! | module | what it holds |
//! |---|---|
//! | [`params`], [`session`] | what a project keeps |
//! | [`chosen`], [`live`], [`held`] | what is played, what runs on the audio thread, the frozen frame |
//! | [`source`], [`second`] | the input selector, and what *Morph* goes towards |
//! | [`editor_model`], [`editor`] | what the editor works with, and how it looks |
//! | [`models`], [`factory`], [`export`], [`standalone`] | embedded models, factory presets, rendering to a file, the program of its own |

use std::num::NonZeroU32;
use std::sync::Arc;

use nfx_frame::handoff::Place;
use nfx_frame::side_chain::SideChain;
use nfx_frame::source::{Order, Sourcing as _, Supply};
use nfx_frame::{ports, telemetry};
use nice_plug::prelude::*;

pub mod chosen;
pub mod editor;
pub mod editor_model;
pub mod export;
pub mod factory;
pub mod held;
pub mod live;
pub mod models;
pub mod params;
pub mod second;
pub mod session;
pub mod source;
pub mod standalone;

use chosen::Handoff;
use editor_model::EditorModel;
use live::Live;
use params::{AnneParams, SourceChoice};

/// The plugin as the framework drives it.
pub struct Anne {
    params: Arc<AnneParams>,
    model: Arc<EditorModel>,
    live: Live,
    supply: Supply<SourceChoice>,
    second: second::Player,
    rate_hz: f64,
    is_offline: bool,
}

impl Default for Anne {
    fn default() -> Self {
        let params = Arc::new(AnneParams::default());
        standalone::adopt(&params);
        let (handoff, retirer) = Handoff::new();
        let handoff = Arc::new(handoff);
        let (writer, reader) = telemetry::channel();
        Self {
            model: EditorModel::new(params.clone(), handoff.clone(), reader),
            live: Live::new(handoff, retirer, writer, params.session.held.clone()),
            supply: Supply::default(),
            second: second::Player::default(),
            rate_hz: 44100.0,
            is_offline: false,
            params,
        }
    }
}

nfx_frame::instance_of_the_suite!(Anne);

impl Anne {
    /// Sees to it that the selected sound is here, or on its way.
    fn fetch_sound(&mut self, order: Order<SourceChoice>) {
        let live = &mut self.live;
        if live.has_room() {
            self.supply.fetch(order.wanted, &*self.model, self.is_offline, |old| live.retire(old));
        }
        if live.has_room() {
            let wanted = self.model.wanted_second(self.rate_hz);
            self.second.supply.fetch(wanted, &*self.model, self.is_offline, |old| live.retire(old));
        }
    }
}

impl Plugin for Anne {
    const NAME: &'static str = "ANNe";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = ports::EFFECT;
    // A block of 16384 samples may move each of the 92 parameters many times.
    const INPUT_EVENT_CAPACITY: usize = 8192;

    nfx_frame::of_the_suite!(AnneParams, params::bring_up_state);

    fn activate(
        &mut self,
        layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let channels = layout.main_output_channels.map_or(2, NonZeroU32::get) as usize;
        let place = Place { rate_hz: f64::from(config.sample_rate), channels };
        self.rate_hz = place.rate_hz;
        self.is_offline = config.process_mode == ProcessMode::Offline;
        self.model.host.set_offline(self.is_offline);
        self.model.set_trouble(self.live.activate(place, &self.params.session.model).err());
        let wanted = self.model.wanted_sound(self.rate_hz);
        let live = &mut self.live;
        self.supply.activate(wanted, &self.model, |old| live.retire(old));
        self.second.make_room(config.max_buffer_size as usize);
        let wanted = self.model.wanted_second(self.rate_hz);
        self.second.supply.activate(wanted, &self.model, |old| live.retire(old));
        let latency = self.live.latency_samples();
        self.model.host.set_latency(latency);
        context.set_latency_samples(latency);
        true
    }

    fn reset(&mut self) {
        nfx_frame::live::greet_thread();
        self.live.reset();
        let order = self.model.order(self.rate_hz);
        self.supply.selector.reset(order);
        self.second.reset(self.model.wanted_second(self.rate_hz));
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let order = self.model.order(self.rate_hz);
        self.fetch_sound(order);
        let channels = buffer.as_slice();
        self.supply.selector.process(order, channels);
        let controls = self.params.controls(self.live.latents());
        let samples = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let wanted = self.model.wanted_second(self.rate_hz);
        let side = self.second.play(wanted, SideChain::of(aux), samples);
        self.live.process(&controls, channels, &side);
        let latency = self.live.latency_samples();
        self.model.host.report_latency(latency, |samples| context.set_latency_samples(samples));
        if controls.freeze || self.supply.selector.is_sounding() {
            ProcessStatus::KeepAlive
        } else {
            ProcessStatus::Tail(self.live.tail_samples())
        }
    }

    fn deactivate(&mut self) {
        self.live.deactivate();
    }
}

impl ClapPlugin for Anne {
    const CLAP_ID: &'static str = factory::PLUGIN;
    const CLAP_DESCRIPTION: Option<&'static str> =
        Some("Plays sound through a neural network's latent space");
    const CLAP_MANUAL_URL: Option<&'static str> = Some(nfx_frame::suite::ADDRESS);
    const CLAP_SUPPORT_URL: Option<&'static str> = Some(nfx_frame::suite::ADDRESS);
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::AudioEffect, ClapFeature::Stereo, ClapFeature::Mono, ClapFeature::Filter];

    fn remote_controls(&self, context: &mut impl RemoteControlsContext) {
        nfx_frame::params::remote_controls(&*self.params, &params::PAGES, context);
    }
}

impl Vst3Plugin for Anne {
    const VST3_CLASS_ID: [u8; 16] = *b"LatentWorksANNe1";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Filter, Vst3SubCategory::Custom("Spectral")];
}

nfx_frame::export_clap!(Anne);
nfx_frame::export_vst3!(Anne);
