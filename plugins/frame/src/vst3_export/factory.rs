//! What a host asks first: which classes there are, and one of them.

use std::ffi::c_void;
use std::marker::PhantomData;

use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, FUnknown, IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactory3,
    IPluginFactory3Trait, IPluginFactoryTrait, PClassInfo, PClassInfo2, PClassInfoW, PFactoryInfo,
    TUID, int32, kInternalError, kInvalidArgument, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};
use nice_plug::wrapper::vst3::{PluginInfo, Vst3Plugin};

use super::component::Plug;
use crate::hosted::Hosted;
use crate::panics::{caught, log_panics};

/// Makes instances of one plugin for a VST3 host.
pub struct Factory<P: Vst3Plugin + Hosted> {
    info: PluginInfo,
    plugin: PhantomData<fn() -> P>,
}

impl<P: Vst3Plugin + Hosted> Factory<P> {
    /// The factory as the pointer that `GetPluginFactory` returns; the host owns one reference.
    /// Null when memory is out.
    #[must_use]
    pub fn into_raw() -> *mut c_void {
        log_panics::<P>();
        let factory = Self { info: PluginInfo::for_plugin::<P>(), plugin: PhantomData };
        let pointer = ComWrapper::new(factory).to_com_ptr::<IPluginFactory>();
        pointer.map_or(std::ptr::null_mut(), |pointer| pointer.into_raw().cast())
    }
}

impl<P: Vst3Plugin + Hosted> Class for Factory<P> {
    type Interfaces = (IPluginFactory, IPluginFactory2, IPluginFactory3);
}

impl<P: Vst3Plugin + Hosted> IPluginFactoryTrait for Factory<P> {
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

    unsafe fn createInstance(
        &self,
        cid: FIDString,
        iid: FIDString,
        obj: *mut *mut c_void,
    ) -> tresult {
        if cid.is_null() || iid.is_null() || obj.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: a class id has 16 bytes.
        if unsafe { *cid.cast::<[u8; 16]>() } != *self.info.cid {
            return kInvalidArgument;
        }
        let mut result = kInternalError;
        caught(|| {
            let plug = ComWrapper::new(Plug::<P>::new());
            let Some(unknown) = plug.as_com_ref::<FUnknown>() else { return };
            let pointer = unknown.as_ptr();
            // SAFETY: the pointer is that of the living instance, and the host's are not null.
            result =
                unsafe { ((*(*pointer).vtbl).queryInterface)(pointer, iid.cast::<TUID>(), obj) };
        });
        result
    }
}

impl<P: Vst3Plugin + Hosted> IPluginFactory2Trait for Factory<P> {
    unsafe fn getClassInfo2(&self, index: int32, info: *mut PClassInfo2) -> tresult {
        if index != 0 {
            return kInvalidArgument;
        }
        // SAFETY: as in `getFactoryInfo`.
        unsafe { answer(info, || self.info.create_class_info_2()) }
    }
}

impl<P: Vst3Plugin + Hosted> IPluginFactory3Trait for Factory<P> {
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
