//! CANNe: an instrument whose keys play a neural network's latent space.
//!
//! A decoder makes a spectrum of up to eight numbers, the sliders; notes, envelopes and morphs move
//! them. The sound is `nfx_core::engine::canne`; this crate connects it to a host.
//!
//! | module | what it holds |
//! |---|---|
//! | [`params`], [`session`], [`tuning`], [`taken`] | what a project keeps |
//! | [`chosen`], [`live`], [`notes`] | what is played, what runs on the audio thread, notes on their way |
//! | [`scope`], [`heard`] | the way back: what sounds, and what MIDI messages have set |
//! | [`editor_model`], [`editor`] | what the editor works with, and how it looks |
//! | [`find`], [`loops`] | a sound of the user's as an instrument; the sound as a seamless loop |
//! | [`models`], [`factory`], [`standalone`] | embedded models, factory presets, the program of its own |

use std::num::NonZeroU32;
use std::sync::Arc;

use nfx_core::engine::canne::MAX_VOICES;
use nice_plug::midi::{Channel, Key, VoiceID};
use nice_plug::prelude::*;

pub mod chosen;
pub mod editor;
pub mod editor_model;
pub mod factory;
pub mod find;
pub mod heard;
pub mod live;
pub mod loops;
pub mod models;
pub mod notes;
pub mod params;
mod queues;
pub mod scope;
pub mod session;
pub mod standalone;
pub mod taken;
pub mod tuning;

use chosen::Handoff;
use editor_model::{EditorModel, Seen};
use heard::Heard;
use live::{Live, Ways};
use notes::Notes;
use params::CanneParams;

/// A block of 16384 samples may hold a storm of notes and moves of every parameter.
const EVENTS: usize = 8192;

/// The plugin as the framework drives it.
pub struct Canne {
    params: Arc<CanneParams>,
    model: Arc<EditorModel>,
    live: Live,
    notes: Notes,
    rate_hz: f64,
    /// The number of voices that the host was told.
    told_voices: u32,
}

impl Default for Canne {
    fn default() -> Self {
        let params = Arc::new(CanneParams::default());
        standalone::adopt(&params);
        let (handoff, retirer) = Handoff::new();
        let handoff = Arc::new(handoff);
        let (scope, reader) = scope::channel();
        let heard = Arc::new(Heard::default());
        let seen = Seen { scope: reader, heard: heard.clone() };
        let (keyboard, notes) = notes::channel(EVENTS);
        Self {
            model: EditorModel::new(params.clone(), handoff.clone(), seen, keyboard),
            live: Live::new(Ways {
                handoff,
                retirer,
                takes: params.session.takes.clone(),
                scope,
                heard,
            }),
            notes,
            rate_hz: 44100.0,
            told_voices: 0,
            params,
        }
    }
}

nfx_frame::instance_of_the_suite!(Canne);

impl Canne {
    /// Tells the host how many voices there can be, when that has changed.
    fn tell_voices(&mut self, voices: usize, context: &mut impl ProcessContext<Self>) {
        let voices = u32::try_from(voices).unwrap_or(1);
        if voices != self.told_voices {
            self.told_voices = voices;
            context.set_current_voice_capacity(voices);
        }
    }

    /// Tells the host which of its notes are over, so that it forgets their modulation.
    fn tell_ended(&mut self, timing: u32, context: &mut impl ProcessContext<Self>) {
        while let Some(ended) = self.live.take_ended() {
            if notes::is_editors(ended.id) {
                continue;
            }
            let voice_id = if ended.id >= 0 { VoiceID::ID(ended.id) } else { VoiceID::Wildcard };
            let (channel, key) = (Channel::Number(ended.channel), Key::Number(ended.note));
            // A host without room for the message keeps some modulation longer than needed; nothing
            // else happens.
            let _ = context.try_send_event(NoteEvent::VoiceTerminated {
                timing,
                voice_id,
                channel,
                key,
            });
        }
    }
}

impl Plugin for Canne {
    const NAME: &'static str = "CANNe";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[AudioIOLayout {
        main_input_channels: None,
        main_output_channels: NonZeroU32::new(2),
        names: PortNames { layout: Some("Stereo"), ..PortNames::const_default() },
        ..AudioIOLayout::const_default()
    }];
    const MIDI_INPUT: MidiConfig = MidiConfig::MidiCCs;
    const INPUT_EVENT_CAPACITY: usize = EVENTS;

    nfx_frame::of_the_suite!(CanneParams, |_| ());

    fn activate(
        &mut self,
        _layout: &AudioIOLayout,
        config: &BufferConfig,
        _context: &mut impl ActivateContext<Self>,
    ) -> bool {
        self.rate_hz = f64::from(config.sample_rate);
        self.model.host.set_offline(config.process_mode == ProcessMode::Offline);
        self.model.set_trouble(self.live.activate(self.rate_hz, &self.params.session).err());
        true
    }

    fn reset(&mut self) {
        nfx_frame::live::greet_thread();
        self.live.reset();
        self.notes.reset();
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let samples = buffer.samples();
        self.notes.begin(samples, self.rate_hz, self.model.beat());
        let api = context.plugin_api();
        while let Some(event) = context.next_event() {
            self.notes.add(&event, api);
        }
        self.notes.settle(api);
        let controls = self.params.controls(context.transport().tempo);
        self.tell_voices(
            if controls.mode == Default::default() { controls.voices } else { 1 },
            context,
        );
        let [left, right] = buffer.as_slice() else {
            return ProcessStatus::Error("stereo was expected");
        };
        self.live.process(&controls, self.notes.events(), left, right);
        self.tell_ended(u32::try_from(samples.saturating_sub(1)).unwrap_or(0), context);
        let goes_on = controls.drone || self.live.active_voices() > 0 || self.notes.are_waiting();
        if goes_on { ProcessStatus::KeepAlive } else { ProcessStatus::Normal }
    }

    fn deactivate(&mut self) {
        self.live.deactivate();
    }
}

impl ClapPlugin for Canne {
    const CLAP_ID: &'static str = factory::PLUGIN;
    const CLAP_DESCRIPTION: Option<&'static str> =
        Some("Plays a neural network's latent space from the keyboard");
    const CLAP_MANUAL_URL: Option<&'static str> = Some(nfx_frame::suite::ADDRESS);
    const CLAP_SUPPORT_URL: Option<&'static str> = Some(nfx_frame::suite::ADDRESS);
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::Instrument, ClapFeature::Synthesizer, ClapFeature::Stereo];
    const CLAP_POLY_MODULATION_CONFIG: Option<PolyModulationConfig> = Some(PolyModulationConfig {
        max_voice_capacity: MAX_VOICES as u32,
        supports_overlapping_voices: true,
    });

    fn remote_controls(&self, context: &mut impl RemoteControlsContext) {
        nfx_frame::params::remote_controls(&*self.params, &params::PAGES, context);
    }
}

impl Vst3Plugin for Canne {
    const VST3_CLASS_ID: [u8; 16] = *b"LatentWorksCANN1";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Instrument, Vst3SubCategory::Synth, Vst3SubCategory::Stereo];
}

nfx_frame::export_clap!(Canne);
nfx_frame::export_vst3!(Canne);
