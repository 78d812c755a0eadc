//! The audio thread's side: arrangements, set-up and blocks.

use std::sync::atomic::Ordering;

use nice_plug::prelude::{BufferConfig, ProcessMode, Vst3Plugin};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::IProcessContextRequirements_::Flags_;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    BusDirection, IAudioProcessorTrait, IProcessContextRequirementsTrait, ProcessData,
    ProcessModes_, ProcessSetup, SpeakerArrangement, SymbolicSampleSizes_,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    TBool, int32, kInternalError, kInvalidArgument, kNotInitialized, kResultFalse, kResultOk,
    tresult, uint32,
};

use super::audio::{self, LONGEST, Outcome};
use super::component::{Plug, is_input, is_output};
use super::guard::real_time;

/// Rates that a host can mean.
const RATES_HZ: std::ops::RangeInclusive<f64> = 1.0..=100_000_000.0;
/// No format has as many buses.
const MOST_BUSES: usize = 256;

fn is_32_bit(size: int32) -> bool {
    size == SymbolicSampleSizes_::kSample32 as int32
}

/// The arrangements of one direction as the host lists them.
///
/// # Safety
/// The list is null or has `count` members.
unsafe fn list<'a>(
    list: *const SpeakerArrangement,
    count: int32,
) -> Option<&'a [SpeakerArrangement]> {
    match usize::try_from(count) {
        Ok(0) => Some(&[]),
        Ok(count) if count <= MOST_BUSES && !list.is_null() => {
            // SAFETY: the caller says so.
            Some(unsafe { std::slice::from_raw_parts(list, count) })
        }
        _ => None,
    }
}

impl<P: Vst3Plugin> IAudioProcessorTrait for Plug<P> {
    unsafe fn setBusArrangements(
        &self,
        inputs: *mut SpeakerArrangement,
        input_count: int32,
        outputs: *mut SpeakerArrangement,
        output_count: int32,
    ) -> tresult {
        self.answer(|instance| {
            // SAFETY: the host says how many there are.
            let lists = unsafe { (list(inputs, input_count), list(outputs, output_count)) };
            let (Some(inputs), Some(outputs)) = lists else { return kInvalidArgument };
            let mut setup = instance.setup.lock();
            match setup.buses.arranged(P::AUDIO_IO_LAYOUTS, inputs, outputs) {
                Some(buses) if buses == setup.buses => kResultOk,
                // Buses stay as they are while sound runs through them.
                Some(_) if setup.active => kResultFalse,
                Some(buses) => {
                    setup.buses = buses;
                    kResultOk
                }
                None => kResultFalse,
            }
        })
    }

    unsafe fn getBusArrangement(
        &self,
        direction: BusDirection,
        index: int32,
        arrangement: *mut SpeakerArrangement,
    ) -> tresult {
        if arrangement.is_null() {
            return kInvalidArgument;
        }
        self.answer(|instance| {
            let setup = instance.setup.lock();
            let list = if is_input(direction) {
                &setup.buses.inputs
            } else if is_output(direction) {
                &setup.buses.outputs
            } else {
                return kInvalidArgument;
            };
            let Some(found) = usize::try_from(index).ok().and_then(|index| list.get(index)) else {
                return kInvalidArgument;
            };
            // SAFETY: the host's place for the answer is not null.
            unsafe { arrangement.write(*found) };
            kResultOk
        })
    }

    unsafe fn canProcessSampleSize(&self, size: int32) -> tresult {
        if is_32_bit(size) { kResultOk } else { kResultFalse }
    }

    unsafe fn getLatencySamples(&self) -> uint32 {
        self.value(0, |instance| instance.requests.tell_latency())
    }

    unsafe fn setupProcessing(&self, setup: *mut ProcessSetup) -> tresult {
        if setup.is_null() {
            return kInvalidArgument;
        }
        self.working(|instance| {
            // SAFETY: the host's set-up is not null.
            let setup = unsafe { *setup };
            if !is_32_bit(setup.symbolicSampleSize) {
                return kResultFalse;
            }
            let Some(block) =
                u32::try_from(setup.maxSamplesPerBlock).ok().filter(|block| *block > 0)
            else {
                return kInvalidArgument;
            };
            if !RATES_HZ.contains(&setup.sampleRate) {
                return kInvalidArgument;
            }
            let process_mode = match setup.processMode {
                mode if mode == ProcessModes_::kPrefetch as int32 => ProcessMode::Buffered,
                mode if mode == ProcessModes_::kOffline as int32 => ProcessMode::Offline,
                _ => ProcessMode::Realtime,
            };
            let config = BufferConfig {
                sample_rate: setup.sampleRate as f32,
                min_buffer_size: None,
                max_buffer_size: block.min(LONGEST as u32),
                process_mode,
            };
            if instance.configure(config) { kResultOk } else { kResultFalse }
        })
    }

    unsafe fn setProcessing(&self, state: TBool) -> tresult {
        self.working(|instance| {
            if state != 0 {
                real_time(|| instance.reset());
            }
            kResultOk
        })
    }

    unsafe fn process(&self, data: *mut ProcessData) -> tresult {
        if data.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: the host's block lives for the time of the call.
        let data = unsafe { &*data };
        if data.numSamples < 0 || !is_32_bit(data.symbolicSampleSize) {
            return kInvalidArgument;
        }
        let instance = self.instance();
        let outcome = instance.guard.call(Err(kInternalError), || {
            real_time(|| {
                // Someone is activating the plugin: there is nothing to wait for in a block.
                let Some(mut audio) = instance.try_audio() else { return Err(kResultFalse) };
                if instance.takes_reset() {
                    audio.reset();
                }
                // SAFETY: the host says that the block is as its fields say.
                unsafe { audio.process(data, instance.around()) }.ok_or(kNotInitialized)
            })
        });
        match outcome {
            Ok(Outcome::Sound { tail }) => instance.tail_samples.store(tail, Ordering::Release),
            Ok(Outcome::Flushed) => {}
            Ok(Outcome::Silent) | Err(_) => {
                // SAFETY: as above.
                unsafe { audio::silence(data) };
                return outcome.err().unwrap_or(kResultFalse);
            }
        }
        kResultOk
    }

    unsafe fn getTailSamples(&self) -> uint32 {
        self.value(0, |instance| instance.tail_samples.load(Ordering::Acquire))
    }
}

impl<P: Vst3Plugin> IProcessContextRequirementsTrait for Plug<P> {
    unsafe fn getProcessContextRequirements(&self) -> uint32 {
        (Flags_::kNeedProjectTimeMusic
            | Flags_::kNeedBarPositionMusic
            | Flags_::kNeedCycleMusic
            | Flags_::kNeedTimeSignature
            | Flags_::kNeedTempo
            | Flags_::kNeedTransportState) as uint32
    }
}
