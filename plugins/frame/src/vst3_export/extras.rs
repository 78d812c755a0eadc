//! Interfaces that have little to say: groups of parameters as units, and note expressions.

use nice_plug::prelude::{MidiConfig, Vst3Plugin};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    BusDirection, CString, INoteExpressionControllerTrait, IUnitInfoTrait, MediaType,
    NoteExpressionTypeID, NoteExpressionTypeInfo, NoteExpressionValue,
    NoteExpressionValueDescription, ProgramListID, ProgramListInfo, String128, TChar, UnitID,
    UnitInfo, kNoParamId, kNoParentUnitId, kNoProgramListId, kRootUnitId,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    IBStream, int16, int32, kInvalidArgument, kResultFalse, kResultOk, tresult,
};

use super::component::Plug;
use super::events::EXPRESSIONS;
use super::text;

/// VST3's flag of expressions that are absolute; the bindings have no name for it.
const ABSOLUTE: int32 = 1 << 2;

fn has_notes<P: Vst3Plugin>(bus: int32) -> bool {
    P::MIDI_INPUT >= MidiConfig::Basic && bus == 0
}

impl<P: Vst3Plugin> INoteExpressionControllerTrait for Plug<P> {
    unsafe fn getNoteExpressionCount(&self, bus: int32, _channel: int16) -> int32 {
        if has_notes::<P>(bus) { EXPRESSIONS.len() as int32 } else { 0 }
    }

    unsafe fn getNoteExpressionInfo(
        &self,
        bus: int32,
        _channel: int16,
        index: int32,
        info: *mut NoteExpressionTypeInfo,
    ) -> tresult {
        let found = usize::try_from(index).ok().and_then(|index| EXPRESSIONS.get(index));
        let Some((number, name, unit)) = found.filter(|_| has_notes::<P>(bus) && !info.is_null())
        else {
            return kInvalidArgument;
        };
        // SAFETY: numbers and texts, for which zeros are good.
        let mut answer: NoteExpressionTypeInfo = unsafe { std::mem::zeroed() };
        answer.typeId = *number;
        text::write(&mut answer.title, name);
        text::write(&mut answer.shortTitle, name);
        text::write(&mut answer.units, unit);
        answer.unitId = kNoParentUnitId;
        answer.valueDesc = NoteExpressionValueDescription {
            defaultValue: 0.5,
            minimum: 0.0,
            maximum: 1.0,
            stepCount: 0,
        };
        answer.associatedParameterId = kNoParamId;
        answer.flags = ABSOLUTE;
        // SAFETY: the host's place for the answer is not null.
        unsafe { info.write(answer) };
        kResultOk
    }

    unsafe fn getNoteExpressionStringByValue(
        &self,
        _bus: int32,
        _channel: int16,
        _id: NoteExpressionTypeID,
        _value: NoteExpressionValue,
        _string: *mut String128,
    ) -> tresult {
        kResultFalse
    }

    unsafe fn getNoteExpressionValueByString(
        &self,
        _bus: int32,
        _channel: int16,
        _id: NoteExpressionTypeID,
        _string: *const TChar,
        _value: *mut NoteExpressionValue,
    ) -> tresult {
        kResultFalse
    }
}

impl<P: Vst3Plugin> IUnitInfoTrait for Plug<P> {
    unsafe fn getUnitCount(&self) -> int32 {
        self.value(0, |instance| instance.table.units.list().len() as int32)
    }

    unsafe fn getUnitInfo(&self, index: int32, info: *mut UnitInfo) -> tresult {
        if info.is_null() {
            return kInvalidArgument;
        }
        self.answer(|instance| {
            let units = instance.table.units.list();
            let Some(unit) = usize::try_from(index).ok().and_then(|index| units.get(index)) else {
                return kInvalidArgument;
            };
            // SAFETY: numbers and a text, for which zeros are good.
            let mut answer: UnitInfo = unsafe { std::mem::zeroed() };
            answer.id = index + 1;
            answer.parentUnitId = unit.parent;
            answer.programListId = kNoProgramListId;
            text::write(&mut answer.name, &unit.name);
            // SAFETY: the host's place for the answer is not null.
            unsafe { info.write(answer) };
            kResultOk
        })
    }

    unsafe fn getProgramListCount(&self) -> int32 {
        0
    }

    unsafe fn getProgramListInfo(&self, _index: int32, _info: *mut ProgramListInfo) -> tresult {
        kInvalidArgument
    }

    unsafe fn getProgramName(
        &self,
        _list: ProgramListID,
        _index: int32,
        _name: *mut String128,
    ) -> tresult {
        kInvalidArgument
    }

    unsafe fn getProgramInfo(
        &self,
        _list: ProgramListID,
        _index: int32,
        _attribute: CString,
        _value: *mut String128,
    ) -> tresult {
        kInvalidArgument
    }

    unsafe fn hasProgramPitchNames(&self, _list: ProgramListID, _index: int32) -> tresult {
        kInvalidArgument
    }

    unsafe fn getProgramPitchName(
        &self,
        _list: ProgramListID,
        _index: int32,
        _pitch: int16,
        _name: *mut String128,
    ) -> tresult {
        kInvalidArgument
    }

    unsafe fn getSelectedUnit(&self) -> UnitID {
        kRootUnitId
    }

    unsafe fn selectUnit(&self, _unit: UnitID) -> tresult {
        kResultFalse
    }

    unsafe fn getUnitByBus(
        &self,
        _media: MediaType,
        _direction: BusDirection,
        _bus: int32,
        _channel: int32,
        _unit: *mut UnitID,
    ) -> tresult {
        kResultFalse
    }

    unsafe fn setUnitProgramData(
        &self,
        _list: int32,
        _index: int32,
        _data: *mut IBStream,
    ) -> tresult {
        kInvalidArgument
    }
}
