//! Saving and loading: streams that lie, nonsense in them, and what was set a moment ago.

use std::ffi::c_void;

use clap_sys::ext::render::{
    CLAP_RENDER_OFFLINE, CLAP_RENDER_REALTIME, clap_plugin_render, clap_plugin_render_mode,
};
use clap_sys::ext::state::clap_plugin_state;
use clap_sys::plugin::clap_plugin;
use clap_sys::stream::{clap_istream, clap_ostream};

use super::shield::answer;

pub(super) static STATE: clap_plugin_state =
    clap_plugin_state { save: Some(save), load: Some(load) };
pub(super) static RENDER: clap_plugin_render = clap_plugin_render {
    has_hard_realtime_requirement: Some(has_hard_realtime_requirement),
    set: Some(set_render),
};

/// The host's function behind a stream of ours never says that it has done more than it was asked.
unsafe extern "C" fn read(stream: *const clap_istream, buffer: *mut c_void, size: u64) -> i64 {
    // SAFETY: the framework hands back the stream it was given, whose context is the host's.
    unsafe {
        let theirs = (*stream).ctx.cast_const().cast::<clap_istream>();
        let done = (*theirs).read.map_or(-1, |read| read(theirs, buffer, size));
        if u64::try_from(done).is_ok_and(|done| done <= size) { done } else { -1 }
    }
}

unsafe extern "C" fn write(stream: *const clap_ostream, buffer: *const c_void, size: u64) -> i64 {
    // SAFETY: as in `read`.
    unsafe {
        let theirs = (*stream).ctx.cast_const().cast::<clap_ostream>();
        let done = (*theirs).write.map_or(-1, |write| write(theirs, buffer, size));
        if u64::try_from(done).is_ok_and(|done| done <= size) { done } else { -1 }
    }
}

unsafe extern "C" fn save(plugin: *const clap_plugin, stream: *const clap_ostream) -> bool {
    // SAFETY: the host hands back what it was given, and a stream or null; the table is the
    // framework's.
    unsafe {
        answer(plugin, false, |own| {
            if stream.is_null() {
                return false;
            }
            own.settle();
            let ours = clap_ostream { ctx: stream.cast_mut().cast(), write: Some(write) };
            let save = own.tables().state.as_ref().and_then(|table| table.save);
            save.is_some_and(|save| save(own.theirs(), &ours))
        })
    }
}

unsafe extern "C" fn load(plugin: *const clap_plugin, stream: *const clap_istream) -> bool {
    // SAFETY: as in `save`.
    unsafe {
        answer(plugin, false, |own| {
            if stream.is_null() {
                return false;
            }
            let ours = clap_istream { ctx: stream.cast_mut().cast(), read: Some(read) };
            let load = own.tables().state.as_ref().and_then(|table| table.load);
            load.is_some_and(|load| load(own.theirs(), &ours))
        })
    }
}

unsafe extern "C" fn has_hard_realtime_requirement(plugin: *const clap_plugin) -> bool {
    // SAFETY: as in `save`.
    unsafe {
        answer(plugin, false, |own| {
            let has =
                own.tables().render.as_ref().and_then(|table| table.has_hard_realtime_requirement);
            has.is_some_and(|has| has(own.theirs()))
        })
    }
}

unsafe extern "C" fn set_render(plugin: *const clap_plugin, mode: clap_plugin_render_mode) -> bool {
    // SAFETY: as in `save`.
    unsafe {
        answer(plugin, false, |own| {
            let known = mode == CLAP_RENDER_REALTIME || mode == CLAP_RENDER_OFFLINE;
            let set = own.tables().render.as_ref().and_then(|table| table.set);
            known && set.is_some_and(|set| set(own.theirs(), mode))
        })
    }
}
