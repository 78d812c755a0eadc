//! States as the framework writes them: JSON of plain values by parameter name, and the instance's
//! own fields.

use std::ffi::c_void;

use nice_plug::params::internals::ParamPtr;
use nice_plug::params::{InternalParamMut, Param};
use nice_plug::plugin::{ParamValue, PluginState};
use nice_plug::prelude::Plugin;
use nice_plug::wrapper::vst3::vst3::ComRef;
use nice_plug::wrapper::vst3::vst3::Steinberg::{IBStream, IBStreamTrait, int32};

use super::params::{Entry, Table};

/// Bytes read or written by one call of the host's stream.
const PIECE: usize = 1 << 16;
/// The largest state that is read: a user's model takes megabytes.
const LARGEST: usize = 1 << 30;

/// What is set now, with what is still to come into force.
pub fn save<P: Plugin>(table: &Table) -> PluginState {
    let params = table.entries().iter().map(|entry| (entry.id.clone(), value(entry))).collect();
    PluginState { version: P::VERSION.to_owned(), params, fields: table.owner.serialize_fields() }
}

fn value(entry: &Entry) -> ParamValue {
    let wish = entry.wish();
    // SAFETY: the table that the entry is from holds the parameters.
    unsafe {
        match entry.ptr() {
            ParamPtr::FloatParam(param) => ParamValue::F32(match wish {
                Some(wish) => (*param).preview_plain(wish),
                None => (*param).unmodulated_plain_value(),
            }),
            ParamPtr::IntParam(param) => ParamValue::I32(match wish {
                Some(wish) => (*param).preview_plain(wish),
                None => (*param).unmodulated_plain_value(),
            }),
            ParamPtr::BoolParam(param) => ParamValue::Bool(match wish {
                Some(wish) => (*param).preview_plain(wish),
                None => (*param).unmodulated_plain_value(),
            }),
            ParamPtr::EnumParam(param) => {
                let index = match wish {
                    Some(wish) => (*param).preview_plain(wish),
                    None => (*param).unmodulated_plain_value(),
                };
                let name = usize::try_from(index).ok().and_then(|index| entry.choices.get(index));
                name.map_or(ParamValue::I32(index), |name| ParamValue::String((*name).to_owned()))
            }
        }
    }
}

/// Puts a state into force. What the instance keeps beside parameters is rebuilt on this thread.
pub fn load<P: Plugin>(table: &Table, mut state: PluginState) {
    P::filter_state(&mut state);
    table.forget_wishes();
    for (id, value) in &state.params {
        let Some(index) = table.find_id(id) else {
            nice_plug::nice_trace!("the state holds a parameter that is not known: {id}");
            continue;
        };
        // SAFETY: the table holds the parameters, and their values are atomics.
        unsafe { restore(table.entries()[index].ptr(), value) };
    }
    table.owner.deserialize_fields(&state.fields);
}

/// # Safety
/// The parameter is alive.
unsafe fn restore(ptr: ParamPtr, value: &ParamValue) {
    // SAFETY: the caller says so.
    unsafe {
        match (ptr, value) {
            (ParamPtr::FloatParam(param), ParamValue::F32(plain)) if plain.is_finite() => {
                (*param)._internal_set_plain_value(*plain);
            }
            (ParamPtr::IntParam(param), ParamValue::I32(plain)) => {
                (*param)._internal_set_plain_value(*plain);
            }
            (ParamPtr::BoolParam(param), ParamValue::Bool(plain)) => {
                (*param)._internal_set_plain_value(*plain);
            }
            (ParamPtr::EnumParam(param), ParamValue::I32(index)) => {
                (*param)._internal_set_plain_value(*index);
            }
            (ParamPtr::EnumParam(param), ParamValue::String(name)) => {
                (*param).set_from_id(name);
            }
            // A value of another kind: the parameter stays as it is.
            _ => {}
        }
    }
}

/// Everything that a host's stream has left.
///
/// # Safety
/// The stream is alive.
pub unsafe fn read(stream: ComRef<'_, IBStream>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = vec![0u8; PIECE];
    loop {
        let mut count: int32 = 0;
        // SAFETY: the piece is as long as is said. Some hosts report failure for a read that went
        // well, so the count decides.
        unsafe { stream.read(piece.as_mut_ptr().cast::<c_void>(), PIECE as int32, &raw mut count) };
        let count = usize::try_from(count).ok().filter(|count| *count <= PIECE)?;
        if count == 0 {
            return Some(bytes);
        }
        if bytes.len() + count > LARGEST {
            return None;
        }
        bytes.extend_from_slice(&piece[..count]);
    }
}

/// Writes all of `bytes`, in as many pieces as the host's stream takes. Says whether it took all.
///
/// # Safety
/// The stream is alive.
pub unsafe fn write(stream: ComRef<'_, IBStream>, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let length = bytes.len().min(LARGEST);
        let mut count: int32 = -1;
        // SAFETY: the stream only reads from the bytes, which are as many as is said.
        let result = unsafe {
            stream.write(
                bytes.as_ptr().cast_mut().cast::<c_void>(),
                length as int32,
                &raw mut count,
            )
        };
        let taken = match usize::try_from(count) {
            Ok(count) => count.min(length),
            // The host says nothing about the count: then the result counts.
            Err(_) if result == nice_plug::wrapper::vst3::vst3::Steinberg::kResultOk => length,
            Err(_) => return false,
        };
        if taken == 0 {
            return false;
        }
        bytes = &bytes[taken..];
    }
    true
}
