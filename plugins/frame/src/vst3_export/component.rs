//! The object that a host holds: an instance behind all of VST3's interfaces.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use nice_plug::plugin::PluginState;
use nice_plug::prelude::{MidiConfig, Vst3Plugin};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::BusInfo_::BusFlags_;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ChannelContext::IInfoListener;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    BusDirection, BusDirections_, BusInfo, BusTypes_, IAudioProcessor, IComponent, IComponentTrait,
    IEditController, IMidiMapping, INoteExpressionController, IProcessContextRequirements,
    IUnitInfo, IoMode, MediaType, MediaTypes_, RoutingInfo,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FUnknown, IBStream, IPluginBaseTrait, TBool, TUID, int32, kInternalError, kInvalidArgument,
    kNoInterface, kResultFalse, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComRef};

use super::instance::Instance;
use super::{state, text};
use crate::hosted::Hosted;
use crate::panics::caught;

/// See the module's documentation.
pub struct Plug<P: Vst3Plugin> {
    instance: ManuallyDrop<Arc<Instance<P>>>,
}

impl<P: Vst3Plugin> Class for Plug<P> {
    type Interfaces = (
        IComponent,
        IEditController,
        IAudioProcessor,
        IMidiMapping,
        INoteExpressionController,
        IProcessContextRequirements,
        IUnitInfo,
        IInfoListener,
    );
}

impl<P: Vst3Plugin + Hosted> Plug<P> {
    /// A new instance. On the host's main thread.
    pub fn new() -> Self {
        Self { instance: ManuallyDrop::new(Instance::new()) }
    }
}

impl<P: Vst3Plugin> Plug<P> {
    /// What the interfaces share.
    pub fn instance(&self) -> &Arc<Instance<P>> {
        &self.instance
    }

    /// An answer of the instance's, or an error when it fails now.
    pub fn answer(&self, work: impl FnOnce(&Arc<Instance<P>>) -> tresult) -> tresult {
        self.value(kInternalError, work)
    }

    /// Another answer, or `fallback`.
    pub fn value<R>(&self, fallback: R, work: impl FnOnce(&Arc<Instance<P>>) -> R) -> R {
        self.instance.guard.always(fallback, || work(&self.instance))
    }

    /// An answer that needs the plugin itself: an error also when the instance has failed before.
    pub fn working(&self, work: impl FnOnce(&Arc<Instance<P>>) -> tresult) -> tresult {
        self.instance.guard.call(kInternalError, || work(&self.instance))
    }
}

impl<P: Vst3Plugin> Drop for Plug<P> {
    fn drop(&mut self) {
        // SAFETY: nothing comes after.
        let instance = unsafe { ManuallyDrop::take(&mut self.instance) };
        caught(move || {
            instance.close();
            drop(instance);
        });
    }
}

impl<P: Vst3Plugin> IPluginBaseTrait for Plug<P> {
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    unsafe fn initialize(&self, _context: *mut FUnknown) -> tresult {
        kResultOk
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    unsafe fn initialize(&self, context: *mut FUnknown) -> tresult {
        // SAFETY: the host's context is null or lives for the time of the call.
        let run_loop = unsafe { ComRef::from_raw(context) }.and_then(|context| context.cast());
        caught(|| self.instance.set_line(run_loop.and_then(super::line::Line::new)));
        kResultOk
    }

    unsafe fn terminate(&self) -> tresult {
        caught(|| self.instance.close());
        kResultOk
    }
}

pub(super) fn is_audio(media: MediaType) -> bool {
    media == MediaTypes_::kAudio as MediaType
}

pub(super) fn is_event(media: MediaType) -> bool {
    media == MediaTypes_::kEvent as MediaType
}

pub(super) fn is_input(direction: BusDirection) -> bool {
    direction == BusDirections_::kInput as BusDirection
}

pub(super) fn is_output(direction: BusDirection) -> bool {
    direction == BusDirections_::kOutput as BusDirection
}

impl<P: Vst3Plugin> Plug<P> {
    fn count(&self, media: MediaType, direction: BusDirection) -> usize {
        let setup = self.instance.setup.lock();
        if is_audio(media) && is_input(direction) {
            setup.buses.inputs.len()
        } else if is_audio(media) && is_output(direction) {
            setup.buses.outputs.len()
        } else if is_event(media) && is_input(direction) {
            usize::from(P::MIDI_INPUT >= MidiConfig::Basic)
        } else {
            0
        }
    }

    fn bus_info(&self, media: MediaType, direction: BusDirection, index: int32) -> Option<BusInfo> {
        let at = usize::try_from(index).ok().filter(|at| *at < self.count(media, direction))?;
        // SAFETY: numbers and a text, for which zeros are good.
        let mut info: BusInfo = unsafe { std::mem::zeroed() };
        (info.mediaType, info.direction) = (media, direction);
        info.flags = BusFlags_::kDefaultActive as u32;
        if is_event(media) {
            info.channelCount = super::events::CHANNELS as int32;
            info.busType = BusTypes_::kMain as int32;
            text::write(&mut info.name, "Note Input");
            return Some(info);
        }
        let setup = self.instance.setup.lock();
        let buses = &setup.buses;
        let (list, mains) = if is_input(direction) {
            (&buses.inputs, usize::from(buses.has_main_input))
        } else {
            (&buses.outputs, 1)
        };
        info.channelCount = list[at].count_ones() as int32;
        info.busType = if at < mains { BusTypes_::kMain } else { BusTypes_::kAux } as int32;
        text::write(&mut info.name, &buses.name(P::AUDIO_IO_LAYOUTS, is_input(direction), at));
        Some(info)
    }
}

impl<P: Vst3Plugin> IComponentTrait for Plug<P> {
    unsafe fn getControllerClassId(&self, _class: *mut TUID) -> tresult {
        kNoInterface
    }

    unsafe fn setIoMode(&self, _mode: IoMode) -> tresult {
        kResultOk
    }

    unsafe fn getBusCount(&self, media: MediaType, direction: BusDirection) -> int32 {
        self.value(0, |_| self.count(media, direction) as int32)
    }

    unsafe fn getBusInfo(
        &self,
        media: MediaType,
        direction: BusDirection,
        index: int32,
        info: *mut BusInfo,
    ) -> tresult {
        if info.is_null() {
            return kInvalidArgument;
        }
        self.answer(|_| match self.bus_info(media, direction, index) {
            Some(found) => {
                // SAFETY: the host's place for the answer is not null.
                unsafe { info.write(found) };
                kResultOk
            }
            None => kInvalidArgument,
        })
    }

    unsafe fn getRoutingInfo(&self, from: *mut RoutingInfo, to: *mut RoutingInfo) -> tresult {
        if from.is_null() || to.is_null() {
            return kInvalidArgument;
        }
        self.answer(|instance| {
            // SAFETY: the host's places are not null.
            let from = unsafe { *from };
            let through = {
                let setup = instance.setup.lock();
                setup.buses.has_main_input && !setup.buses.outputs.is_empty()
            };
            if !is_audio(from.mediaType) || from.busIndex != 0 || !through {
                return kResultFalse;
            }
            // SAFETY: as above.
            unsafe { to.write(from) };
            kResultOk
        })
    }

    unsafe fn activateBus(
        &self,
        media: MediaType,
        direction: BusDirection,
        index: int32,
        _state: TBool,
    ) -> tresult {
        self.answer(|_| {
            let is_there =
                usize::try_from(index).is_ok_and(|index| index < self.count(media, direction));
            if is_there { kResultOk } else { kInvalidArgument }
        })
    }

    unsafe fn setActive(&self, state: TBool) -> tresult {
        self.working(
            |instance| if instance.set_active(state != 0) { kResultOk } else { kResultFalse },
        )
    }

    unsafe fn setState(&self, stream: *mut IBStream) -> tresult {
        // SAFETY: the host's stream lives for the time of the call.
        let Some(stream) = (unsafe { ComRef::from_raw(stream) }) else { return kInvalidArgument };
        self.answer(|instance| {
            // SAFETY: as above.
            let bytes = unsafe { state::read(stream) };
            match bytes.and_then(|bytes| serde_json::from_slice::<PluginState>(&bytes).ok()) {
                Some(state) => {
                    instance.set_state(state);
                    kResultOk
                }
                None => kResultFalse,
            }
        })
    }

    unsafe fn getState(&self, stream: *mut IBStream) -> tresult {
        // SAFETY: as in `setState`.
        let Some(stream) = (unsafe { ComRef::from_raw(stream) }) else { return kInvalidArgument };
        self.answer(|instance| {
            let Ok(bytes) = serde_json::to_vec(&instance.state()) else { return kResultFalse };
            // SAFETY: as above.
            if unsafe { state::write(stream, &bytes) } { kResultOk } else { kResultFalse }
        })
    }
}
