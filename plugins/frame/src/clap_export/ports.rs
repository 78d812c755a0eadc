//! Audio and note ports, and the layouts to choose from.

use clap_sys::ext::audio_ports::{clap_audio_port_info, clap_plugin_audio_ports};
use clap_sys::ext::audio_ports_config::{clap_audio_ports_config, clap_plugin_audio_ports_config};
use clap_sys::ext::note_ports::{clap_note_port_info, clap_plugin_note_ports};
use clap_sys::plugin::clap_plugin;

use super::shield::{Shield, answer};

pub(super) static AUDIO_PORTS: clap_plugin_audio_ports =
    clap_plugin_audio_ports { count: Some(count), get: Some(get) };
pub(super) static CONFIGS: clap_plugin_audio_ports_config = clap_plugin_audio_ports_config {
    count: Some(configs),
    get: Some(config),
    select: Some(select),
};
pub(super) static NOTE_PORTS: clap_plugin_note_ports =
    clap_plugin_note_ports { count: Some(note_count), get: Some(note_get) };

/// The channels of each port, as chosen now.
#[derive(Clone, Debug, Default)]
pub(super) struct Ports {
    pub inputs: Vec<u32>,
    pub outputs: Vec<u32>,
}

impl Shield {
    /// The channels of each port of the layout that is chosen. Allocates.
    pub fn ports(&self) -> Ports {
        let channels = |is_input: bool| {
            (0..self.port_count(is_input))
                .map(move |index| self.port(index, is_input).map_or(0, |port| port.channel_count))
        };
        Ports { inputs: channels(true).collect(), outputs: channels(false).collect() }
    }

    fn port_count(&self, is_input: bool) -> u32 {
        // SAFETY: the table and the plugin are the framework's.
        unsafe {
            let count = self.tables().audio_ports.as_ref().and_then(|table| table.count);
            count.map_or(0, |count| count(self.theirs(), is_input))
        }
    }

    fn port(&self, index: u32, is_input: bool) -> Option<clap_audio_port_info> {
        if index >= self.port_count(is_input) {
            return None;
        }
        // SAFETY: the table and the plugin are the framework's, which fills the information, all
        // zeros of which mean nothing.
        unsafe {
            let get = self.tables().audio_ports.as_ref().and_then(|table| table.get)?;
            let mut info: clap_audio_port_info = std::mem::zeroed();
            get(self.theirs(), index, is_input, &mut info).then_some(info)
        }
    }

    fn config_count(&self) -> u32 {
        // SAFETY: as in `port_count`.
        unsafe {
            let count = self.tables().audio_ports_config.as_ref().and_then(|table| table.count);
            count.map_or(0, |count| count(self.theirs()))
        }
    }

    fn note_port_count(&self, is_input: bool) -> u32 {
        // SAFETY: as in `port_count`.
        unsafe {
            let count = self.tables().note_ports.as_ref().and_then(|table| table.count);
            count.map_or(0, |count| count(self.theirs(), is_input))
        }
    }
}

unsafe extern "C" fn count(plugin: *const clap_plugin, is_input: bool) -> u32 {
    // SAFETY: the host hands back what it was given.
    unsafe { answer(plugin, 0, |own| own.port_count(is_input)) }
}

unsafe extern "C" fn get(
    plugin: *const clap_plugin,
    index: u32,
    is_input: bool,
    info: *mut clap_audio_port_info,
) -> bool {
    // SAFETY: the host hands back what it was given, and room for what it asks.
    unsafe {
        answer(plugin, false, |own| match own.port(index, is_input) {
            Some(port) if !info.is_null() => {
                *info = port;
                true
            }
            _ => false,
        })
    }
}

unsafe extern "C" fn configs(plugin: *const clap_plugin) -> u32 {
    // SAFETY: the host hands back what it was given.
    unsafe { answer(plugin, 0, Shield::config_count) }
}

unsafe extern "C" fn config(
    plugin: *const clap_plugin,
    index: u32,
    config: *mut clap_audio_ports_config,
) -> bool {
    // SAFETY: as in `get`; the table is the framework's.
    unsafe {
        answer(plugin, false, |own| {
            let get = own.tables().audio_ports_config.as_ref().and_then(|table| table.get);
            let there = !config.is_null() && index < own.config_count();
            there && get.is_some_and(|get| get(own.theirs(), index, config))
        })
    }
}

unsafe extern "C" fn select(plugin: *const clap_plugin, id: u32) -> bool {
    // SAFETY: as in `config`.
    unsafe {
        answer(plugin, false, |own| {
            // Layouts are numbered from 0. While the plugin is active its buffers are those of the
            // layout it has.
            let free = !own.is_active() && id < own.config_count();
            let select = own.tables().audio_ports_config.as_ref().and_then(|table| table.select);
            free && select.is_some_and(|select| select(own.theirs(), id))
        })
    }
}

unsafe extern "C" fn note_count(plugin: *const clap_plugin, is_input: bool) -> u32 {
    // SAFETY: the host hands back what it was given.
    unsafe { answer(plugin, 0, |own| own.note_port_count(is_input)) }
}

unsafe extern "C" fn note_get(
    plugin: *const clap_plugin,
    index: u32,
    is_input: bool,
    info: *mut clap_note_port_info,
) -> bool {
    // SAFETY: as in `config`.
    unsafe {
        answer(plugin, false, |own| {
            let get = own.tables().note_ports.as_ref().and_then(|table| table.get);
            let there = !info.is_null() && index < own.note_port_count(is_input);
            there && get.is_some_and(|get| get(own.theirs(), index, is_input, info))
        })
    }
}
