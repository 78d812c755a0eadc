//! Parameters, latency, tail, voices and remote controls: questions that a host may ask in any
//! shape.

use std::ffi::{CStr, c_char};
use std::time::Duration;

use clap_sys::events::{clap_input_events, clap_output_events};
use clap_sys::ext::latency::clap_plugin_latency;
use clap_sys::ext::params::{clap_param_info, clap_plugin_params};
use clap_sys::ext::remote_controls::{clap_plugin_remote_controls, clap_remote_controls_page};
use clap_sys::ext::tail::clap_plugin_tail;
use clap_sys::ext::voice_info::{clap_plugin_voice_info, clap_voice_info};
use clap_sys::plugin::clap_plugin;

use super::events::Range;
use super::outgoing::Outgoing;
use super::process::Work;
use super::shield::{PATIENCE, Shield, answer};

/// How long the next block may take to come and go: one of 8192 samples at 44.1 kHz takes this
/// long.
const BLOCK: Duration = Duration::from_millis(200);
/// The longest text that is read of a host; a value that a musician types is shorter by far.
const LONGEST_TEXT: usize = 4096;

pub(super) static PARAMS: clap_plugin_params = clap_plugin_params {
    count: Some(count),
    get_info: Some(get_info),
    get_value: Some(get_value),
    value_to_text: Some(value_to_text),
    text_to_value: Some(text_to_value),
    flush: Some(flush),
};
pub(super) static LATENCY: clap_plugin_latency = clap_plugin_latency { get: Some(latency) };
pub(super) static TAIL: clap_plugin_tail = clap_plugin_tail { get: Some(tail) };
pub(super) static VOICE_INFO: clap_plugin_voice_info =
    clap_plugin_voice_info { get: Some(voice_info) };
pub(super) static REMOTE_CONTROLS: clap_plugin_remote_controls =
    clap_plugin_remote_controls { count: Some(pages), get: Some(page) };

/// What each parameter's value may be, by the framework's own table.
pub(super) fn ranges(theirs: *const clap_plugin, table: *const clap_plugin_params) -> Vec<Range> {
    // SAFETY: the table and the plugin are the framework's, and each index is below the count.
    unsafe {
        let Some((count, get_info)) =
            table.as_ref().and_then(|table| table.count.zip(table.get_info))
        else {
            return Vec::new();
        };
        let info = |index| {
            let mut info: clap_param_info = std::mem::zeroed();
            get_info(theirs, index, &mut info).then_some(info)
        };
        let range = |info: clap_param_info| Range {
            id: info.id,
            least: info.min_value,
            most: info.max_value,
        };
        (0..count(theirs)).filter_map(info).map(range).collect()
    }
}

impl Shield {
    fn table(&self) -> Option<&clap_plugin_params> {
        // SAFETY: the table is the framework's, and lives as long as the plugin.
        unsafe { self.tables().params.as_ref() }
    }

    fn param_count(&self) -> u32 {
        // SAFETY: the function and the plugin are the framework's.
        self.table()
            .and_then(|table| table.count)
            .map_or(0, |count| unsafe { count(self.theirs()) })
    }

    /// Hands parameter changes over without a block, both ways.
    ///
    /// # Safety
    /// This thread is through the gate, or nobody else can be; `incoming` is null or a list.
    pub(super) unsafe fn flush_through(
        &self,
        work: &mut Work,
        incoming: *const clap_input_events,
        theirs: Option<&clap_output_events>,
    ) {
        let Some(flush) = self.table().and_then(|table| table.flush) else { return };
        let mut outgoing = Outgoing::new(theirs, self.held());
        let out = match theirs {
            Some(list) if list.try_push.is_some() => outgoing.list(0),
            _ => std::ptr::null(),
        };
        // SAFETY: the caller says so; the function and the plugin are the framework's.
        unsafe {
            work.incoming.begin(incoming, 0);
            work.incoming.advance(0);
            flush(self.theirs(), work.incoming.list(), out);
        }
        work.incoming.end();
    }

    /// Sees to it that what was set in the editor is in the parameters, also while nothing is
    /// played: the host is told when it listens again. Does nothing on a thread that is in the
    /// sound.
    ///
    /// While blocks run, the next one does it: two that take what the editor has said would mix up
    /// its order.
    pub(super) fn settle(&self) {
        if self.gate().holds_this_thread() {
            return;
        }
        if self.is_active() && self.gate().wait_for_another(BLOCK) {
            return;
        }
        let Some(_pass) = self.gate().enter(PATIENCE) else { return };
        let Some(flush) = self.table().and_then(|table| table.flush) else { return };
        let mut outgoing = Outgoing::new(None, self.held());
        // SAFETY: the function and the plugin are the framework's. Without a list of events it
        // touches nothing that a block uses but the parameters, which any thread may set.
        unsafe { flush(self.theirs(), std::ptr::null(), outgoing.list(0)) };
    }
}

unsafe extern "C" fn count(plugin: *const clap_plugin) -> u32 {
    // SAFETY: the host hands back what it was given.
    unsafe { answer(plugin, 0, Shield::param_count) }
}

unsafe extern "C" fn get_info(
    plugin: *const clap_plugin,
    index: u32,
    info: *mut clap_param_info,
) -> bool {
    // SAFETY: the host hands back what it was given, and room for what it asks.
    unsafe {
        answer(plugin, false, |own| {
            let get = own.table().and_then(|table| table.get_info);
            !info.is_null()
                && index < own.param_count()
                && get.is_some_and(|get| get(own.theirs(), index, info))
        })
    }
}

unsafe extern "C" fn get_value(plugin: *const clap_plugin, id: u32, value: *mut f64) -> bool {
    // SAFETY: as in `get_info`.
    unsafe {
        answer(plugin, false, |own| {
            let get = own.table().and_then(|table| table.get_value);
            !value.is_null() && get.is_some_and(|get| get(own.theirs(), id, value))
        })
    }
}

unsafe extern "C" fn value_to_text(
    plugin: *const clap_plugin,
    id: u32,
    value: f64,
    text: *mut c_char,
    room: u32,
) -> bool {
    // SAFETY: as in `get_info`.
    unsafe {
        answer(plugin, false, |own| {
            if text.is_null() || room == 0 || value.is_nan() {
                return false;
            }
            // A value beyond the range has the text of the range's end.
            let Some(range) = own.range(id) else { return false };
            let value = value.clamp(range.least, range.most);
            let write = own.table().and_then(|table| table.value_to_text);
            write.is_some_and(|write| write(own.theirs(), id, value, text, room))
        })
    }
}

unsafe extern "C" fn text_to_value(
    plugin: *const clap_plugin,
    id: u32,
    text: *const c_char,
    value: *mut f64,
) -> bool {
    // SAFETY: as in `get_info`; the text ends in a zero.
    unsafe {
        answer(plugin, false, |own| {
            if text.is_null()
                || value.is_null()
                || CStr::from_ptr(text).to_bytes().len() > LONGEST_TEXT
            {
                return false;
            }
            let Some(range) = own.range(id) else { return false };
            let mut found = f64::NAN;
            let read = own.table().and_then(|table| table.text_to_value);
            let done = read.is_some_and(|read| read(own.theirs(), id, text, &mut found))
                && found.is_finite();
            if done {
                *value = found.clamp(range.least, range.most);
            }
            done
        })
    }
}

unsafe extern "C" fn flush(
    plugin: *const clap_plugin,
    incoming: *const clap_input_events,
    outgoing: *const clap_output_events,
) {
    // SAFETY: the host hands back what it was given, and lists or nulls.
    unsafe {
        answer(plugin, (), |own| {
            // A host that flushes during a block has its changes when the block is done; one that
            // does so from inside of the block, never.
            let Some(_pass) = own.gate().enter(PATIENCE) else { return };
            let theirs = outgoing.as_ref();
            if let Some(theirs) = theirs {
                own.held().tell(theirs);
            }
            own.flush_through(own.work(), incoming, theirs);
        });
    }
}

unsafe extern "C" fn latency(plugin: *const clap_plugin) -> u32 {
    // SAFETY: the host hands back what it was given.
    unsafe {
        answer(plugin, 0, |own| {
            let now = own.latency();
            own.host().read_latency(now);
            now
        })
    }
}

unsafe extern "C" fn tail(plugin: *const clap_plugin) -> u32 {
    // SAFETY: the host hands back what it was given; the table is the framework's.
    unsafe {
        answer(plugin, 0, |own| {
            own.tables()
                .tail
                .as_ref()
                .and_then(|table| table.get)
                .map_or(0, |get| get(own.theirs()))
        })
    }
}

unsafe extern "C" fn voice_info(plugin: *const clap_plugin, info: *mut clap_voice_info) -> bool {
    // SAFETY: as in `get_info`; the table is the framework's.
    unsafe {
        answer(plugin, false, |own| {
            let get = own.tables().voice_info.as_ref().and_then(|table| table.get);
            !info.is_null() && get.is_some_and(|get| get(own.theirs(), info))
        })
    }
}

unsafe extern "C" fn pages(plugin: *const clap_plugin) -> u32 {
    // SAFETY: the host hands back what it was given; the table is the framework's.
    unsafe {
        answer(plugin, 0, |own| {
            own.tables()
                .remote_controls
                .as_ref()
                .and_then(|table| table.count)
                .map_or(0, |count| count(own.theirs()))
        })
    }
}

unsafe extern "C" fn page(
    plugin: *const clap_plugin,
    index: u32,
    page: *mut clap_remote_controls_page,
) -> bool {
    // SAFETY: as in `get_info`; the table is the framework's.
    unsafe {
        answer(plugin, false, |own| {
            let Some(table) = own.tables().remote_controls.as_ref() else { return false };
            let there = table.count.is_some_and(|count| index < count(own.theirs()));
            !page.is_null() && there && table.get.is_some_and(|get| get(own.theirs(), index, page))
        })
    }
}
