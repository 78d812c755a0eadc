//! The main thread's side: parameters, units, MIDI controllers, note expressions and the track's
//! name.

use nice_plug::editor::Editor;
use nice_plug::params::ParamFlags;
use nice_plug::plugin::{TrackColor, TrackInfo};
use nice_plug::prelude::{MidiConfig, Vst3Plugin};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ChannelContext::{
    IInfoListenerTrait, kChannelColorKey, kChannelNameKey,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::ParameterInfo_::ParameterFlags_;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    CtrlNumber, IAttributeList, IAttributeListTrait, IComponentHandler, IEditControllerTrait,
    IMidiMappingTrait, ParamID, ParamValue, ParameterInfo, String128, TChar,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, IBStream, IPlugView, int16, int32, kInvalidArgument, kResultFalse, kResultOk,
    tresult,
};
use nice_plug::wrapper::vst3::vst3::{ComRef, ComWrapper};

use super::component::Plug;
use super::events::{self, CHANNELS, CONTROLLERS, MIDI_NUMBERS};
use super::instance::Instance;
use super::params::Entry;
use super::text;
use super::view::View;

/// VST3's flag of parameters that are not shown; the bindings have no name for it.
const HIDDEN: int32 = 1 << 4;

fn has_controllers<P: Vst3Plugin>() -> bool {
    P::MIDI_INPUT >= MidiConfig::MidiCCs
}

/// A value of a host's as the parameter takes it.
fn fraction(value: ParamValue) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) as f32 }
}

fn describe(entry: &Entry) -> ParameterInfo {
    // SAFETY: numbers and texts, for which zeros are good.
    let mut info: ParameterInfo = unsafe { std::mem::zeroed() };
    let ptr = entry.ptr();
    info.id = entry.number;
    info.unitId = entry.unit;
    // SAFETY: the table that the entry is from holds the parameter.
    let flags = unsafe {
        text::write(&mut info.title, ptr.name());
        text::write(&mut info.shortTitle, ptr.name());
        text::write(&mut info.units, ptr.unit());
        info.stepCount =
            ptr.step_count().map_or(0, |steps| i32::try_from(steps).unwrap_or(i32::MAX));
        info.defaultNormalizedValue = f64::from(ptr.default_normalized_value());
        ptr.flags()
    };
    if flags.contains(ParamFlags::HIDDEN) {
        info.flags |= ParameterFlags_::kIsReadOnly as int32 | HIDDEN;
    } else if !flags.contains(ParamFlags::NON_AUTOMATABLE) {
        info.flags |= ParameterFlags_::kCanAutomate as int32;
    }
    if flags.contains(ParamFlags::BYPASS) {
        info.flags |= ParameterFlags_::kIsBypass as int32;
    }
    info
}

/// The parameter that stands for a MIDI controller. Hosts hide parameters whose names begin as
/// JUCE's do, "MIDI CC channel|controller".
fn describe_controller(index: u32) -> ParameterInfo {
    // SAFETY: as in `describe`.
    let mut info: ParameterInfo = unsafe { std::mem::zeroed() };
    let channel = index / CONTROLLERS + 1;
    let name = match index % CONTROLLERS {
        128 => format!("MIDI CC {channel}|Channel Pressure"),
        129 => format!("MIDI CC {channel}|Pitch Bend"),
        cc => format!("MIDI CC {channel}|{cc}"),
    };
    info.id = MIDI_NUMBERS.start + index;
    text::write(&mut info.title, &name);
    text::write(&mut info.shortTitle, &name);
    info.defaultNormalizedValue = events::at_rest(info.id);
    info.flags = ParameterFlags_::kIsReadOnly as int32 | HIDDEN;
    info
}

impl<P: Vst3Plugin> Plug<P> {
    fn entry<R>(&self, number: ParamID, fallback: R, work: impl FnOnce(&Entry) -> R) -> R {
        self.value(None, |instance| {
            instance.table.find(number).map(|index| work(&instance.table.entries()[index]))
        })
        .unwrap_or(fallback)
    }

    fn parameter(&self, instance: &Instance<P>, index: int32) -> Option<ParameterInfo> {
        let index = usize::try_from(index).ok()?;
        let entries = instance.table.entries();
        if let Some(entry) = entries.get(index) {
            return Some(describe(entry));
        }
        let controller = u32::try_from(index - entries.len()).ok()?;
        (has_controllers::<P>() && controller < CONTROLLERS * CHANNELS)
            .then(|| describe_controller(controller))
    }
}

impl<P: Vst3Plugin> IEditControllerTrait for Plug<P> {
    unsafe fn setComponentState(&self, _state: *mut IBStream) -> tresult {
        kResultOk // one object is both, and has it from the component's own call
    }

    unsafe fn setState(&self, _state: *mut IBStream) -> tresult {
        kResultOk
    }

    unsafe fn getState(&self, _state: *mut IBStream) -> tresult {
        kResultOk
    }

    unsafe fn getParameterCount(&self) -> int32 {
        let controllers =
            if has_controllers::<P>() { (CONTROLLERS * CHANNELS) as int32 } else { 0 };
        self.value(0, |instance| instance.table.entries().len() as int32 + controllers)
    }

    unsafe fn getParameterInfo(&self, index: int32, info: *mut ParameterInfo) -> tresult {
        if info.is_null() {
            return kInvalidArgument;
        }
        self.answer(|instance| match self.parameter(instance, index) {
            Some(found) => {
                // SAFETY: the host's place for the answer is not null.
                unsafe { info.write(found) };
                kResultOk
            }
            None => kInvalidArgument,
        })
    }

    unsafe fn getParamStringByValue(
        &self,
        number: ParamID,
        value: ParamValue,
        string: *mut String128,
    ) -> tresult {
        if string.is_null() {
            return kInvalidArgument;
        }
        self.entry(number, kInvalidArgument, |entry| {
            // SAFETY: the table holds the parameter; the host's place is not null.
            unsafe {
                text::write(
                    &mut *string,
                    &entry.ptr().normalized_value_to_string(fraction(value), false),
                )
            };
            kResultOk
        })
    }

    unsafe fn getParamValueByString(
        &self,
        number: ParamID,
        string: *mut TChar,
        value: *mut ParamValue,
    ) -> tresult {
        if string.is_null() || value.is_null() {
            return kInvalidArgument;
        }
        self.entry(number, kInvalidArgument, |entry| {
            // SAFETY: the host's text ends with a zero or is a whole `String128`; the table holds
            // the parameter.
            let found = unsafe {
                text::read(string).map(|text| entry.ptr().string_to_normalized_value(&text))
            };
            match found {
                Some(Some(found)) if found.is_finite() => {
                    // SAFETY: the host's place is not null.
                    unsafe { value.write(f64::from(found)) };
                    kResultOk
                }
                Some(_) => kResultFalse,
                None => kInvalidArgument,
            }
        })
    }

    unsafe fn normalizedParamToPlain(&self, number: ParamID, value: ParamValue) -> ParamValue {
        self.entry(number, value, |entry| {
            // SAFETY: the table holds the parameter.
            f64::from(unsafe { entry.ptr().preview_plain(fraction(value)) })
        })
    }

    unsafe fn plainParamToNormalized(&self, number: ParamID, value: ParamValue) -> ParamValue {
        self.entry(number, value, |entry| {
            // SAFETY: the table holds the parameter.
            let found = f64::from(unsafe { entry.ptr().preview_normalized(value as f32) });
            if found.is_finite() { found.clamp(0.0, 1.0) } else { 0.0 }
        })
    }

    unsafe fn getParamNormalized(&self, number: ParamID) -> ParamValue {
        self.entry(number, events::at_rest(number), |entry| f64::from(entry.normalized()))
    }

    unsafe fn setParamNormalized(&self, number: ParamID, value: ParamValue) -> tresult {
        self.answer(|instance| match instance.table.find(number) {
            Some(index) if instance.table.set(index, value) => kResultOk,
            // The host's own echo of a MIDI controller; the audio thread has it.
            None if has_controllers::<P>() && MIDI_NUMBERS.contains(&number) => kResultOk,
            _ => kInvalidArgument,
        })
    }

    unsafe fn setComponentHandler(&self, handler: *mut IComponentHandler) -> tresult {
        self.answer(|instance| {
            // SAFETY: the host's handler is null or alive; it is counted from here on.
            instance.requests.set_handler(
                unsafe { ComRef::from_raw(handler) }.map(|handler| handler.to_com_ptr()),
            );
            instance.requester.wake();
            kResultOk
        })
    }

    unsafe fn createView(&self, name: FIDString) -> *mut IPlugView {
        let instance = self.instance();
        instance.guard.call(std::ptr::null_mut(), || {
            // SAFETY: a name ends with a zero. Old hosts give none.
            let is_editor = name.is_null() || unsafe { text::is(name, c"editor".as_ptr()) };
            if !is_editor || instance.editor.lock().is_none() {
                return std::ptr::null_mut();
            }
            let view = ComWrapper::new(View::new(instance.clone()));
            view.introduce(&view);
            view.to_com_ptr::<IPlugView>().map_or(std::ptr::null_mut(), |view| view.into_raw())
        })
    }
}

impl<P: Vst3Plugin> IMidiMappingTrait for Plug<P> {
    unsafe fn getMidiControllerAssignment(
        &self,
        bus: int32,
        channel: int16,
        controller: CtrlNumber,
        number: *mut ParamID,
    ) -> tresult {
        if number.is_null() {
            return kInvalidArgument;
        }
        let channel = u32::try_from(channel).ok().filter(|channel| *channel < CHANNELS);
        let controller =
            u32::try_from(controller).ok().filter(|controller| *controller < CONTROLLERS);
        match (channel, controller) {
            (Some(channel), Some(controller)) if has_controllers::<P>() && bus == 0 => {
                // SAFETY: the host's place is not null.
                unsafe { number.write(MIDI_NUMBERS.start + channel * CONTROLLERS + controller) };
                kResultOk
            }
            _ => kResultFalse,
        }
    }
}

impl<P: Vst3Plugin> IInfoListenerTrait for Plug<P> {
    unsafe fn setChannelContextInfos(&self, list: *mut IAttributeList) -> tresult {
        // SAFETY: the host's list is null or lives for the time of the call.
        let Some(list) = (unsafe { ComRef::from_raw(list) }) else { return kInvalidArgument };
        self.answer(|instance| {
            let mut track = instance.track.lock();
            let (mut name, mut color) = (track.name().to_owned(), track.color());
            let mut place: String128 = [0; 128];
            let bytes = size_of::<String128>() as u32;
            // SAFETY: the place is as long as is said.
            if unsafe { list.getString(kChannelNameKey, place.as_mut_ptr(), bytes) } == kResultOk {
                place[127] = 0;
                // SAFETY: the text ends with a zero.
                name = unsafe { text::read(place.as_ptr()) }.unwrap_or(name);
            }
            let mut argb = 0;
            // SAFETY: the place is ours.
            if unsafe { list.getInt(kChannelColorKey, &raw mut argb) } == kResultOk {
                let [alpha, red, green, blue] = (argb as u32).to_be_bytes();
                color = Some(TrackColor::new(red, green, blue, alpha));
            }
            let info = TrackInfo::new(name, color);
            *track = info.clone();
            drop(track);
            if let Some(editor) = &*instance.editor.lock() {
                editor.track_info_updated(info);
            }
            kResultOk
        })
    }
}
