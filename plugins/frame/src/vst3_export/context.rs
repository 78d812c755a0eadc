//! What a plugin may ask while it is activated and while it plays.

use nice_plug::context::PluginApi;
use nice_plug::context::activate::ActivateContext;
use nice_plug::context::process::{ProcessContext, SendEventError, Transport};
use nice_plug::midi::{NoteEvent, PluginNoteEvent};
use nice_plug::prelude::{MidiConfig, Plugin};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{ProcessContext as HostTime, RestartFlags_};

use super::requests::{HostRequests, Requester};

/// For an activation. The host hears of a new latency only after it.
pub struct Activation<'a> {
    pub requests: &'a HostRequests,
}

impl<P: Plugin> ActivateContext<P> for Activation<'_> {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Vst3
    }

    fn execute(&self, _task: P::BackgroundTask) {
        nice_plug::nice_debug_assert_failure!("no plugin of the suite gives the framework tasks");
    }

    fn set_latency_samples(&self, samples: u32) {
        self.requests.set_latency(samples);
    }

    fn set_current_voice_capacity(&self, _capacity: u32) {}
}

/// For one stretch of a block. Real-time safe.
pub struct Stretch<'a, P: Plugin> {
    pub events: std::slice::Iter<'a, PluginNoteEvent<P>>,
    pub transport: Transport,
    pub requests: &'a HostRequests,
    pub requester: &'a Requester,
}

impl<P: Plugin> ProcessContext<P> for Stretch<'_, P> {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Vst3
    }

    fn execute_background(&self, _task: P::BackgroundTask) {
        nice_plug::nice_debug_assert_failure!("no plugin of the suite gives the framework tasks");
    }

    fn execute_gui(&self, _task: P::BackgroundTask) {
        nice_plug::nice_debug_assert_failure!("no plugin of the suite gives the framework tasks");
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn next_event(&mut self) -> Option<PluginNoteEvent<P>> {
        self.events.next().cloned()
    }

    fn try_send_event(
        &mut self,
        event: PluginNoteEvent<P>,
    ) -> Result<(), (PluginNoteEvent<P>, SendEventError)> {
        match event {
            // VST3 has no word for it and needs none.
            NoteEvent::VoiceTerminated { .. } if P::MIDI_INPUT >= MidiConfig::Basic => Ok(()),
            other => {
                Err((other, SendEventError::InvalidEvent { midi_output_config: P::MIDI_OUTPUT }))
            }
        }
    }

    fn set_latency_samples(&self, samples: u32) {
        if self.requests.set_latency(samples) {
            self.requester.wake();
        }
    }

    fn request_restart(&self) {
        self.requests.want(RestartFlags_::kLatencyChanged as i32);
        self.requester.wake();
    }

    fn set_current_voice_capacity(&self, _capacity: u32) {}
}

/// The host's time at sample `from` of a block. Real-time safe.
pub fn transport(host: Option<&HostTime>, rate_hz: f32, from: usize) -> Transport {
    let mut transport = Transport::new(rate_hz);
    let Some(host) = host else { return transport };
    let has = |flag: Flag| host.state & flag as u32 != 0;
    let finite = |value: f64| value.is_finite().then_some(value);
    transport.playing = has(StatesAndFlags_::kPlaying);
    transport.recording = has(StatesAndFlags_::kRecording);
    if has(StatesAndFlags_::kTempoValid) {
        transport.tempo = finite(host.tempo).filter(|tempo| *tempo > 0.0);
    }
    if has(StatesAndFlags_::kTimeSigValid)
        && host.timeSigNumerator > 0
        && host.timeSigDenominator > 0
    {
        transport.time_sig_numerator = Some(host.timeSigNumerator);
        transport.time_sig_denominator = Some(host.timeSigDenominator);
    }
    transport.pos_samples = Some(host.projectTimeSamples.saturating_add(from as i64));
    if has(StatesAndFlags_::kProjectTimeMusicValid) {
        let moved =
            transport.tempo.map_or(0.0, |tempo| from as f64 / f64::from(rate_hz) / 60.0 * tempo);
        transport.pos_beats = finite(host.projectTimeMusic + moved);
    }
    if has(StatesAndFlags_::kBarPositionValid) {
        let told = finite(host.barPositionMusic);
        transport.bar_start_pos_beats = if from > 0 {
            transport.bar_start_pos_beats().filter(|bar| bar.is_finite()).or(told)
        } else {
            told
        };
    }
    if has(StatesAndFlags_::kCycleActive) && has(StatesAndFlags_::kCycleValid) {
        transport.loop_range_beats = finite(host.cycleStartMusic).zip(finite(host.cycleEndMusic));
    }
    transport
}

type Flag = nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags;
