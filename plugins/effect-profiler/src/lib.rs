//! Effect Profiler: a learned compressor with real knobs, and a player for the profile of any
//! effect.
//!
//! A profile is a small network that has learned from recordings what a device does to sound, with
//! its knobs. The sound is `nfx_core::engine::profiler`; this crate connects it to a host.
//!
//! | module | what it holds |
//! |---|---|
//! | [`params`], [`session`] | what a project keeps |
//! | [`chosen`], [`impulse`], [`live`] | what is played, impulse responses, what runs on the audio thread |
//! | [`source`], [`scope`] | the input selector, and what the audio thread shows |
//! | [`recorder`], [`capture`] | playing a test signal and recording what comes back; making a profile of it |
//! | [`browse`], [`matching`], [`export`] | a folder of profiles; A and B at one loudness; rendering to a file |
//! | [`editor_model`], [`editor`] | what the editor works with, and how it looks |
//! | [`models`], [`factory`], [`standalone`] | the embedded profile, factory presets, the program of its own |

use std::num::NonZeroU32;
use std::sync::Arc;

use nfx_frame::handoff::Place;
use nfx_frame::ports;
use nfx_frame::side_chain::SideChain;
use nfx_frame::source::{Order, Sourcing as _, Supply};
use nice_plug::prelude::*;

pub mod browse;
pub mod capture;
pub mod chosen;
pub mod editor;
pub mod editor_model;
pub mod export;
pub mod factory;
pub mod impulse;
pub mod live;
pub mod matching;
pub mod models;
pub mod params;
pub mod recorder;
pub mod scope;
pub mod session;
pub mod source;
pub mod standalone;

use chosen::Handoff;
use editor_model::EditorModel;
use live::Live;
use params::{ProfilerParams, SourceChoice};
use recorder::Recorder;

/// The plugin as the framework drives it.
pub struct Profiler {
    params: Arc<ProfilerParams>,
    model: Arc<EditorModel>,
    live: Live,
    supply: Supply<SourceChoice>,
    recorder: Recorder,
    rate_hz: f64,
    is_offline: bool,
}

/// When this is set, an instance that is activated plays and records for a while just as a capture
/// does: so a built plugin's recording can be checked in a host without an editor.
pub const REHEARSAL_VARIABLE: &str = "LATENT_WORKS_REHEARSAL";

impl Default for Profiler {
    fn default() -> Self {
        let params = Arc::new(ProfilerParams::default());
        standalone::adopt(&params);
        let (handoff, retirer) = Handoff::new();
        let handoff = Arc::new(handoff);
        let (writer, reader) = scope::channel();
        let playbacks = Arc::new(recorder::Link::default());
        Self {
            model: EditorModel::new(params.clone(), handoff.clone(), reader, playbacks.clone()),
            live: Live::new(handoff, retirer, writer),
            supply: Supply::default(),
            recorder: Recorder::new(playbacks),
            rate_hz: 44100.0,
            is_offline: false,
            params,
        }
    }
}

nfx_frame::instance_of_the_suite!(Profiler);

impl Profiler {
    /// Sees to it that the selected sound is here, or on its way.
    fn fetch_sound(&mut self, order: Order<SourceChoice>) {
        let live = &mut self.live;
        if live.has_room() {
            self.supply.fetch(order.wanted, &*self.model, self.is_offline, |old| live.retire(old));
        }
    }

    /// The profile's sound, or the input's, in `channels`.
    fn play(
        &mut self,
        order: Order<SourceChoice>,
        channels: &mut [&mut [f32]],
        aux: &AuxiliaryBuffers,
    ) {
        self.supply.selector.process(order, channels);
        self.live.process(&self.params, channels, &SideChain::of(aux));
    }
}

impl Plugin for Profiler {
    const NAME: &'static str = "Effect Profiler";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = ports::EFFECT;
    // A block of 16384 samples may move each parameter many times.
    const INPUT_EVENT_CAPACITY: usize = 8192;

    nfx_frame::of_the_suite!(ProfilerParams, |_| ());

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
        self.model.set_trouble(self.live.activate(place, &self.params).err());
        self.recorder.activate(self.rate_hz);
        if std::env::var_os(REHEARSAL_VARIABLE).is_some() {
            self.model.studio.rehearse(self.rate_hz);
        }
        let wanted = self.model.wanted_sound(self.rate_hz);
        let live = &mut self.live;
        self.supply.activate(wanted, &self.model, |old| live.retire(old));
        let latency = self.live.latency_samples();
        self.model.host.set_latency(latency);
        context.set_latency_samples(latency);
        true
    }

    fn reset(&mut self) {
        nfx_frame::live::greet_thread();
        self.live.reset();
        self.recorder.reset();
        let order = self.model.order(self.rate_hz);
        self.supply.selector.reset(order);
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
        let has_room = self.live.has_room();
        if let Some(playback) = self.recorder.begin(has_room) {
            self.live.retire(playback);
        }
        self.recorder.record(channels);
        if !self.recorder.covers() {
            self.play(order, channels, aux);
        }
        self.recorder.mix(channels);
        let latency = self.live.latency_samples();
        self.model.host.report_latency(latency, |samples| context.set_latency_samples(samples));
        if self.recorder.is_on() || self.supply.selector.is_sounding() {
            ProcessStatus::KeepAlive
        } else {
            ProcessStatus::Tail(self.live.tail_samples())
        }
    }

    fn deactivate(&mut self) {
        self.live.deactivate();
    }
}

impl ClapPlugin for Profiler {
    const CLAP_ID: &'static str = factory::PLUGIN;
    const CLAP_DESCRIPTION: Option<&'static str> =
        Some("A learned compressor, and a player for the profile of any effect");
    const CLAP_MANUAL_URL: Option<&'static str> = Some(nfx_frame::suite::ADDRESS);
    const CLAP_SUPPORT_URL: Option<&'static str> = Some(nfx_frame::suite::ADDRESS);
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Stereo,
        ClapFeature::Mono,
        ClapFeature::Compressor,
        ClapFeature::Distortion,
    ];

    fn remote_controls(&self, context: &mut impl RemoteControlsContext) {
        nfx_frame::params::remote_controls(&*self.params, &params::PAGES, context);
    }
}

impl Vst3Plugin for Profiler {
    const VST3_CLASS_ID: [u8; 16] = *b"LatentWorksProf1";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Dynamics, Vst3SubCategory::Distortion];
}

nfx_frame::export_clap!(Profiler);
nfx_frame::export_vst3!(Profiler);
