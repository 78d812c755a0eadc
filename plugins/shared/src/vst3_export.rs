//! Exporting a VST3 plugin whose side chain a host may leave out.
//!
//! A VST3 host may deactivate a bus, and then hands over null channels for it, or fewer buses than the plugin has. The
//! framework's wrapper (nice-plug 0.4.2) reads them all the same and crashes: JUCE hosts do this to a mono track. This module
//! is the framework's own factory with one difference: what a host hands to `process` passes `present_buses` first.
//!
//! [`export_vst3!`](crate::export_vst3) stands in the place of `nice_export_vst3!`.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::Mutex;

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorVtbl, ProcessData,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, FUnknown, IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactory3, IPluginFactory3Trait,
    IPluginFactoryTrait, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo, TUID, int32, kInvalidArgument, kResultOk,
    tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};
use nice_plug::wrapper::vst3::{PluginInfo, Vst3Plugin, Wrapper};

/// Buses of one direction that the guard hands on; no plugin of the suite has more than two.
const MOST_BUSES: usize = 4;

/// Makes instances of one plugin for a VST3 host.
pub struct Factory<P: Vst3Plugin> {
    info: PluginInfo,
    plugin: PhantomData<fn() -> P>,
}

impl<P: Vst3Plugin> Factory<P> {
    /// The factory as the pointer that `GetPluginFactory` returns; the host owns one reference. Null when memory is out.
    #[must_use]
    pub fn into_raw() -> *mut c_void {
        let factory = Self { info: PluginInfo::for_plugin::<P>(), plugin: PhantomData };
        let pointer = ComWrapper::new(factory).to_com_ptr::<IPluginFactory>();
        pointer.map_or(std::ptr::null_mut(), |pointer| pointer.into_raw().cast())
    }
}

impl<P: Vst3Plugin> Class for Factory<P> {
    type Interfaces = (IPluginFactory, IPluginFactory2, IPluginFactory3);
}

impl<P: Vst3Plugin> IPluginFactoryTrait for Factory<P> {
    unsafe fn getFactoryInfo(&self, info: *mut PFactoryInfo) -> tresult {
        // SAFETY: the host hands over a place for the answer, or null.
        unsafe { answer(info, || self.info.create_factory_info()) }
    }

    unsafe fn countClasses(&self) -> int32 {
        1
    }

    unsafe fn getClassInfo(&self, index: int32, info: *mut PClassInfo) -> tresult {
        if index != 0 {
            return kInvalidArgument;
        }
        // SAFETY: as in `getFactoryInfo`.
        unsafe { answer(info, || self.info.create_class_info()) }
    }

    unsafe fn createInstance(&self, cid: FIDString, iid: FIDString, obj: *mut *mut c_void) -> tresult {
        if cid.is_null() || iid.is_null() || obj.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: a class id has 16 bytes.
        if unsafe { *cid.cast::<[u8; 16]>() } != *self.info.cid {
            return kInvalidArgument;
        }
        let wrapper = ComWrapper::new(Wrapper::<P>::new());
        if let Some(processor) = wrapper.as_com_ref::<IAudioProcessor>() {
            // SAFETY: no one else knows the new instance yet.
            unsafe { guard(processor.as_ptr()) };
        }
        let Some(unknown) = wrapper.as_com_ref::<FUnknown>() else { return kInvalidArgument };
        let pointer = unknown.as_ptr();
        // SAFETY: the pointer is that of the living instance, and the host's are not null.
        unsafe { ((*(*pointer).vtbl).queryInterface)(pointer, iid.cast::<TUID>(), obj) }
    }
}

impl<P: Vst3Plugin> IPluginFactory2Trait for Factory<P> {
    unsafe fn getClassInfo2(&self, index: int32, info: *mut PClassInfo2) -> tresult {
        if index != 0 {
            return kInvalidArgument;
        }
        // SAFETY: as in `getFactoryInfo`.
        unsafe { answer(info, || self.info.create_class_info_2()) }
    }
}

impl<P: Vst3Plugin> IPluginFactory3Trait for Factory<P> {
    unsafe fn getClassInfoUnicode(&self, index: int32, info: *mut PClassInfoW) -> tresult {
        if index != 0 {
            return kInvalidArgument;
        }
        // SAFETY: as in `getFactoryInfo`.
        unsafe { answer(info, || self.info.create_class_info_unicode()) }
    }

    unsafe fn setHostContext(&self, _context: *mut FUnknown) -> tresult {
        kResultOk
    }
}

/// Writes an answer to a place of the host's.
unsafe fn answer<T>(place: *mut T, value: impl FnOnce() -> T) -> tresult {
    if place.is_null() {
        return kInvalidArgument;
    }
    // SAFETY: the caller says that a place that is not null may be written to.
    unsafe { place.write(value()) };
    kResultOk
}

/// The wrapper's table of functions with another `process`, and the wrapper's own behind it.
#[repr(C)]
struct Guarded {
    table: IAudioProcessorVtbl,
    process: unsafe extern "system" fn(*mut IAudioProcessor, *mut ProcessData) -> tresult,
}

/// Tables made so far, by the address of the wrapper's own: one for each kind of plugin in the library.
static TABLES: Mutex<Vec<(usize, &'static Guarded)>> = Mutex::new(Vec::new());

/// Gives an instance the table whose `process` is [`process`].
unsafe fn guard(processor: *mut IAudioProcessor) {
    let mut tables = TABLES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // SAFETY: a COM object begins with the pointer to its table.
    let original = unsafe { (*processor).vtbl };
    let known = tables.iter().find(|(address, _)| *address == original as usize).map(|(_, table)| *table);
    let guarded = known.unwrap_or_else(|| {
        // SAFETY: the table is the wrapper's and lives as long as the library.
        let table = unsafe { *original };
        let made: &'static Guarded =
            Box::leak(Box::new(Guarded { table: IAudioProcessorVtbl { process, ..table }, process: table.process }));
        tables.push((original as usize, made));
        made
    });
    // SAFETY: the instance is new and on this thread alone; its table pointer is plain memory that only hosts read. The write is
    // volatile so that no compiler draws conclusions from the shared reference that the instance came from.
    unsafe { (&raw mut (*processor).vtbl).write_volatile(&raw const guarded.table) };
}

unsafe extern "system" fn process(this: *mut IAudioProcessor, data: *mut ProcessData) -> tresult {
    // SAFETY: `this` is an instance that `guard` saw, so its table is the first field of a `Guarded`.
    let original = unsafe { (*(*this).vtbl.cast::<Guarded>()).process };
    if data.is_null() {
        return kInvalidArgument;
    }
    // SAFETY: the host hands over its data for the time of the call; buses and channels are as many as it says.
    unsafe {
        let host = &*data;
        let mut inputs = present_buses(host.inputs, host.numInputs);
        let mut outputs = present_buses(host.outputs, host.numOutputs);
        let mut checked = *data;
        if !host.inputs.is_null() {
            checked.inputs = inputs.as_mut_ptr();
        }
        if !host.outputs.is_null() {
            checked.outputs = outputs.as_mut_ptr();
        }
        let result = original(this, &raw mut checked);
        for (index, bus) in outputs.iter().enumerate().take(usize::try_from(host.numOutputs).unwrap_or(0)) {
            if !host.outputs.is_null() {
                (*host.outputs.add(index)).silenceFlags = bus.silenceFlags;
            }
        }
        result
    }
}

/// The host's buses, with a null channel list for a bus that lacks a channel, and empty buses behind the last. Real-time safe.
///
/// # Safety
/// `buses` is null or points to `count` buses; the channel list of each is null or as long as it says.
unsafe fn present_buses(buses: *mut AudioBusBuffers, count: int32) -> [AudioBusBuffers; MOST_BUSES] {
    let absent = AudioBusBuffers {
        numChannels: 0,
        silenceFlags: 0,
        __field0: AudioBusBuffers__type0 { channelBuffers32: std::ptr::null_mut() },
    };
    let mut present = [absent; MOST_BUSES];
    let count = if buses.is_null() { 0 } else { usize::try_from(count).unwrap_or(0) };
    for (index, bus) in present.iter_mut().enumerate().take(count) {
        // SAFETY: the caller says that there are `count` buses, and that each list is as long as its bus says.
        unsafe {
            *bus = *buses.add(index);
            let channels = bus.__field0.channelBuffers32;
            let wanted = usize::try_from(bus.numChannels).unwrap_or(0);
            if channels.is_null() || wanted == 0 || (0..wanted).any(|channel| (*channels.add(channel)).is_null()) {
                bus.__field0 = absent.__field0;
            }
        }
    }
    present
}

/// Exports a plugin as VST3, in the place of `nice_plug::nice_export_vst3!`.
#[macro_export]
macro_rules! export_vst3 {
    ($plugin:ty) => {
        /// Where a VST3 host begins.
        #[unsafe(no_mangle)]
        pub extern "system" fn GetPluginFactory() -> *mut ::std::ffi::c_void {
            $crate::vst3_export::Factory::<$plugin>::into_raw()
        }

        /// Called by the host when the library was loaded.
        #[unsafe(no_mangle)]
        #[cfg(all(unix, not(target_os = "macos")))]
        pub extern "C" fn ModuleEntry(_library: *mut ::std::ffi::c_void) -> bool {
            ::nice_plug::wrapper::setup_logger::<$plugin>();
            true
        }

        /// Called by the host before the library is unloaded.
        #[unsafe(no_mangle)]
        #[cfg(all(unix, not(target_os = "macos")))]
        pub extern "C" fn ModuleExit() -> bool {
            true
        }

        /// Called by the host when the bundle was loaded.
        #[unsafe(no_mangle)]
        #[cfg(target_os = "macos")]
        pub extern "C" fn bundleEntry(_bundle: *mut ::std::ffi::c_void) -> bool {
            ::nice_plug::wrapper::setup_logger::<$plugin>();
            true
        }

        /// Called by the host before the bundle is unloaded.
        #[unsafe(no_mangle)]
        #[cfg(target_os = "macos")]
        pub extern "C" fn bundleExit() -> bool {
            true
        }

        /// Called by the host when the library was loaded.
        #[unsafe(no_mangle)]
        #[cfg(windows)]
        pub extern "system" fn InitDll() -> bool {
            ::nice_plug::wrapper::setup_logger::<$plugin>();
            true
        }

        /// Called by the host before the library is unloaded.
        #[unsafe(no_mangle)]
        #[cfg(windows)]
        pub extern "system" fn ExitDll() -> bool {
            true
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_without_channels_is_absent_and_none_is_read_beyond_the_last() {
        let mut sample = 0.0f32;
        let mut whole = [&raw mut sample, &raw mut sample];
        let mut broken = [&raw mut sample, std::ptr::null_mut()];
        let bus = |channels: &mut [*mut f32; 2]| AudioBusBuffers {
            numChannels: 2,
            silenceFlags: 3,
            __field0: AudioBusBuffers__type0 { channelBuffers32: channels.as_mut_ptr() },
        };
        let mut buses = [bus(&mut whole), bus(&mut broken)];
        let lists = |present: [AudioBusBuffers; MOST_BUSES]| {
            // SAFETY: both fields of the union are pointers.
            present.map(|bus| unsafe { bus.__field0.channelBuffers32 }.is_null())
        };
        // SAFETY: there are two buses with two channels each.
        assert_eq!(lists(unsafe { present_buses(buses.as_mut_ptr(), 2) }), [false, true, true, true]);
        // SAFETY: as above; fewer are named than there are.
        assert_eq!(lists(unsafe { present_buses(buses.as_mut_ptr(), 1) }), [false, true, true, true]);
        // SAFETY: null stands for no buses, whatever their number.
        assert_eq!(lists(unsafe { present_buses(std::ptr::null_mut(), 2) }), [true; 4]);
    }
}
