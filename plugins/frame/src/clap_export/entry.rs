//! The plugin's own functions, as a host calls them.

use std::ffi::{CStr, c_char, c_void};

use clap_sys::ext::audio_ports::CLAP_EXT_AUDIO_PORTS;
use clap_sys::ext::audio_ports_config::CLAP_EXT_AUDIO_PORTS_CONFIG;
use clap_sys::ext::gui::CLAP_EXT_GUI;
use clap_sys::ext::latency::CLAP_EXT_LATENCY;
use clap_sys::ext::note_ports::CLAP_EXT_NOTE_PORTS;
use clap_sys::ext::params::CLAP_EXT_PARAMS;
use clap_sys::ext::preset_load::{CLAP_EXT_PRESET_LOAD, CLAP_EXT_PRESET_LOAD_COMPAT};
use clap_sys::ext::remote_controls::CLAP_EXT_REMOTE_CONTROLS;
use clap_sys::ext::render::CLAP_EXT_RENDER;
use clap_sys::ext::state::CLAP_EXT_STATE;
use clap_sys::ext::tail::CLAP_EXT_TAIL;
use clap_sys::ext::track_info::CLAP_EXT_TRACK_INFO;
use clap_sys::ext::voice_info::CLAP_EXT_VOICE_INFO;
use clap_sys::plugin::{clap_plugin, clap_plugin_descriptor};

use super::shield::{PATIENCE, Shield, answer, behind};
use super::{gui, params, ports, preset_load, state};
use crate::panics::caught;

/// The plugin that a host gets: `data` is its shield.
pub(super) fn plugin(desc: *const clap_plugin_descriptor, data: *mut c_void) -> clap_plugin {
    clap_plugin {
        desc,
        plugin_data: data,
        init: Some(init),
        destroy: Some(destroy),
        activate: Some(activate),
        deactivate: Some(deactivate),
        start_processing: Some(start_processing),
        stop_processing: Some(stop_processing),
        reset: Some(reset),
        process: Some(super::process::process),
        get_extension: Some(get_extension),
        on_main_thread: Some(on_main_thread),
    }
}

unsafe extern "C" fn init(plugin: *const clap_plugin) -> bool {
    // SAFETY: the host hands back what it was given, and calls nothing else meanwhile.
    unsafe {
        answer(plugin, false, |own| {
            own.host().find_extensions();
            (*own.theirs()).init.is_some_and(|init| init(own.theirs()))
        })
    }
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    // SAFETY: the host hands back what it was given, for the last time.
    unsafe {
        let Some(own) = behind(plugin) else { return };
        let gone = caught(|| {
            own.host().end();
            own.deactivate();
            own.close_editor();
            // A block that never ends, a window of another thread, a call from inside of one:
            // whoever still uses the instance keeps it. What stays is memory; what would go is the
            // host.
            let is_free = own.editor_thread() == 0 && !own.is_in_editor();
            let pass = if is_free { own.gate().enter(PATIENCE) } else { None };
            pass.map(std::mem::forget).is_some()
        });
        if gone == Some(true) {
            if let Some(destroy) = (*own.theirs()).destroy {
                destroy(own.theirs());
            }
            drop(Box::from_raw(std::ptr::from_ref(own).cast_mut()));
        } else {
            nice_plug::debug::nice_error!(
                "An instance was destroyed while it was in use; its memory is kept."
            );
        }
    }
}

unsafe extern "C" fn activate(
    plugin: *const clap_plugin,
    rate_hz: f64,
    least: u32,
    most: u32,
) -> bool {
    // SAFETY: the host hands back what it was given.
    unsafe { answer(plugin, false, |own| own.activate(rate_hz, least, most)) }
}

unsafe extern "C" fn deactivate(plugin: *const clap_plugin) {
    // SAFETY: the host hands back what it was given.
    unsafe { answer(plugin, (), Shield::deactivate) }
}

unsafe extern "C" fn start_processing(plugin: *const clap_plugin) -> bool {
    // SAFETY: the host hands back what it was given.
    unsafe { answer(plugin, false, Shield::start) }
}

unsafe extern "C" fn stop_processing(plugin: *const clap_plugin) {
    // SAFETY: the host hands back what it was given.
    unsafe { answer(plugin, (), Shield::stop) }
}

unsafe extern "C" fn reset(plugin: *const clap_plugin) {
    // SAFETY: the host hands back what it was given.
    unsafe { answer(plugin, (), Shield::reset) }
}

unsafe extern "C" fn on_main_thread(plugin: *const clap_plugin) {
    // SAFETY: the host hands back what it was given.
    unsafe { answer(plugin, (), Shield::main_thread) }
}

unsafe extern "C" fn get_extension(plugin: *const clap_plugin, id: *const c_char) -> *const c_void {
    if id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: the host hands back what it was given, and a name that ends in a zero.
    unsafe {
        answer(plugin, std::ptr::null(), |own| {
            let (id, tables) = (CStr::from_ptr(id), own.tables());
            if id == CLAP_EXT_PRESET_LOAD || id == CLAP_EXT_PRESET_LOAD_COMPAT {
                let table = (&raw const preset_load::PRESET_LOAD).cast();
                return if own.side().is_some() { table } else { std::ptr::null() };
            }
            // Ours, where the framework has one of its own.
            let both: [(&CStr, bool, *const c_void); 12] = [
                (
                    CLAP_EXT_AUDIO_PORTS,
                    tables.audio_ports.is_null(),
                    (&raw const ports::AUDIO_PORTS).cast(),
                ),
                (
                    CLAP_EXT_AUDIO_PORTS_CONFIG,
                    tables.audio_ports_config.is_null(),
                    (&raw const ports::CONFIGS).cast(),
                ),
                (CLAP_EXT_GUI, tables.gui.is_null(), (&raw const gui::GUI).cast()),
                (CLAP_EXT_LATENCY, tables.latency.is_null(), (&raw const params::LATENCY).cast()),
                (
                    CLAP_EXT_NOTE_PORTS,
                    tables.note_ports.is_null(),
                    (&raw const ports::NOTE_PORTS).cast(),
                ),
                (CLAP_EXT_PARAMS, tables.params.is_null(), (&raw const params::PARAMS).cast()),
                (
                    CLAP_EXT_REMOTE_CONTROLS,
                    tables.remote_controls.is_null(),
                    (&raw const params::REMOTE_CONTROLS).cast(),
                ),
                (CLAP_EXT_RENDER, tables.render.is_null(), (&raw const state::RENDER).cast()),
                (CLAP_EXT_STATE, tables.state.is_null(), (&raw const state::STATE).cast()),
                (CLAP_EXT_TAIL, tables.tail.is_null(), (&raw const params::TAIL).cast()),
                (
                    CLAP_EXT_TRACK_INFO,
                    tables.track_info.is_null(),
                    (&raw const gui::TRACK_INFO).cast(),
                ),
                (
                    CLAP_EXT_VOICE_INFO,
                    tables.voice_info.is_null(),
                    (&raw const params::VOICE_INFO).cast(),
                ),
            ];
            both.iter()
                .find(|(name, absent, _)| *name == id && !absent)
                .map_or(std::ptr::null(), |found| found.2)
        })
    }
}
