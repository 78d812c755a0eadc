//! The plugin that a host holds, in front of the framework's.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use clap_sys::ext::audio_ports::{CLAP_EXT_AUDIO_PORTS, clap_plugin_audio_ports};
use clap_sys::ext::audio_ports_config::{
    CLAP_EXT_AUDIO_PORTS_CONFIG, clap_plugin_audio_ports_config,
};
use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_plugin_gui};
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_plugin_latency};
use clap_sys::ext::note_ports::{CLAP_EXT_NOTE_PORTS, clap_plugin_note_ports};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_plugin_params};
use clap_sys::ext::remote_controls::{CLAP_EXT_REMOTE_CONTROLS, clap_plugin_remote_controls};
use clap_sys::ext::render::{CLAP_EXT_RENDER, clap_plugin_render};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};
use clap_sys::ext::tail::{CLAP_EXT_TAIL, clap_plugin_tail};
use clap_sys::ext::track_info::{CLAP_EXT_TRACK_INFO, clap_plugin_track_info};
use clap_sys::ext::voice_info::{CLAP_EXT_VOICE_INFO, clap_plugin_voice_info};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use nice_plug::wrapper::clap::{ClapPlugin, Wrapper};

use super::events::Range;
use super::gate::{Gate, this_thread};
use super::host::{Host, UNTOLD};
use super::outgoing::Held;
use super::process::Work;
use super::{entry, params};
use crate::guarded::{Guarded, take_host_side};
use crate::hosted::{HostSide, Hosted};
use crate::panics::caught;

/// How long a call that must not overlap with a block waits for its end; blocks are shorter by far.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// The longest block that the framework is told of: longer ones are played in parts.
pub(super) const LONGEST_PART: u32 = 1 << 14;

/// The framework's tables; null where the plugin has none.
#[derive(Debug)]
pub(super) struct Tables {
    pub audio_ports: *const clap_plugin_audio_ports,
    pub audio_ports_config: *const clap_plugin_audio_ports_config,
    pub gui: *const clap_plugin_gui,
    pub latency: *const clap_plugin_latency,
    pub note_ports: *const clap_plugin_note_ports,
    pub params: *const clap_plugin_params,
    pub remote_controls: *const clap_plugin_remote_controls,
    pub render: *const clap_plugin_render,
    pub state: *const clap_plugin_state,
    pub tail: *const clap_plugin_tail,
    pub track_info: *const clap_plugin_track_info,
    pub voice_info: *const clap_plugin_voice_info,
}

/// See the module's documentation. One address from its making to `destroy`.
pub(super) struct Shield {
    /// What the host holds; its data is this shield.
    plugin: clap_plugin,
    /// What the framework holds.
    proxy: clap_host,
    theirs: *const clap_plugin,
    tables: Tables,
    host: Arc<Host>,
    /// What the host may do beside sound and parameters.
    side: Option<Arc<dyn HostSide>>,
    gate: Gate,
    active: AtomicBool,
    processing: AtomicBool,
    /// Frames that blocks were agreed to have at the most.
    longest: AtomicU32,
    /// The thread that opened the editor, while it is open, or 0.
    editor: AtomicUsize,
    /// Calls into the framework's window that are under way on the editor's thread.
    depth: AtomicUsize,
    /// The editor is to be closed when the last of these calls is done.
    closing: AtomicBool,
    /// Of the parameters, sorted by id.
    ranges: Arc<[Range]>,
    /// What the host has not been told yet.
    held: Held,
    /// What blocks are made with; whoever is through the gate has it.
    work: UnsafeCell<Work>,
}

// SAFETY: the pointers are to the host and to the framework, both of which say which thread may
// call what; `work` is only touched through the gate.
unsafe impl Sync for Shield {}

/// Makes an instance.
///
/// # Safety
/// `host` is not null and outlives the instance.
pub(super) unsafe fn create<P: ClapPlugin + Hosted>(host: *const clap_host) -> *const clap_plugin {
    let mut own: Box<std::mem::MaybeUninit<Shield>> = Box::new_uninit();
    let data: *mut c_void = own.as_mut_ptr().cast();
    let host = Arc::new(Host::new(host));
    let proxy = host.proxy(data);
    // SAFETY: the framework keeps the pointer to the proxy, which is at its address from here on;
    // it calls nothing before `init`.
    let theirs = unsafe {
        (&raw mut (*own.as_mut_ptr()).proxy).write(proxy);
        let proxy = &raw const (*own.as_ptr()).proxy;
        // The framework's `destroy` takes this count back.
        (*Arc::into_raw(Wrapper::<Guarded<P>>::new(proxy))).clap_plugin.as_ptr().cast_const()
    };
    let side = take_host_side();
    if let Some(side) = &side {
        let host = host.clone();
        side.when_changed(Arc::new(move || host.note_change()));
    }
    // SAFETY: the framework's plugin is whole.
    let tables = unsafe { Tables::of(theirs) };
    let mut ranges = params::ranges(theirs, tables.params);
    ranges.sort_by_key(|range| range.id);
    let ranges: Arc<[Range]> = ranges.into();
    // SAFETY: as above.
    let desc = unsafe { (*theirs).desc };
    let plugin = entry::plugin(desc, data);
    own.write(Shield {
        plugin,
        proxy,
        theirs,
        tables,
        host,
        side,
        gate: Gate::default(),
        active: AtomicBool::new(false),
        processing: AtomicBool::new(false),
        longest: AtomicU32::new(0),
        editor: AtomicUsize::new(0),
        depth: AtomicUsize::new(0),
        closing: AtomicBool::new(false),
        held: Held::new(),
        work: UnsafeCell::new(Work::new(ranges.clone())),
        ranges,
    });
    // SAFETY: every field has just been written.
    let own = Box::leak(unsafe { own.assume_init() });
    &raw const own.plugin
}

impl Tables {
    /// # Safety
    /// `theirs` is the framework's plugin.
    unsafe fn of(theirs: *const clap_plugin) -> Self {
        // SAFETY: the caller says so; the framework answers for every name, and its tables live as
        // long as the plugin.
        let find = |id: &CStr| unsafe {
            (*theirs).get_extension.map_or(std::ptr::null(), |get| get(theirs, id.as_ptr()))
        };
        Self {
            audio_ports: find(CLAP_EXT_AUDIO_PORTS).cast(),
            audio_ports_config: find(CLAP_EXT_AUDIO_PORTS_CONFIG).cast(),
            gui: find(CLAP_EXT_GUI).cast(),
            latency: find(CLAP_EXT_LATENCY).cast(),
            note_ports: find(CLAP_EXT_NOTE_PORTS).cast(),
            params: find(CLAP_EXT_PARAMS).cast(),
            remote_controls: find(CLAP_EXT_REMOTE_CONTROLS).cast(),
            render: find(CLAP_EXT_RENDER).cast(),
            state: find(CLAP_EXT_STATE).cast(),
            tail: find(CLAP_EXT_TAIL).cast(),
            track_info: find(CLAP_EXT_TRACK_INFO).cast(),
            voice_info: find(CLAP_EXT_VOICE_INFO).cast(),
        }
    }
}

/// The shield behind a plugin that a host hands back.
///
/// # Safety
/// `plugin` is null, or a plugin that [`create`] has made and `destroy` has not taken.
pub(super) unsafe fn behind<'a>(plugin: *const clap_plugin) -> Option<&'a Shield> {
    // SAFETY: the caller says so.
    unsafe { plugin.as_ref().and_then(|plugin| plugin.plugin_data.cast::<Shield>().as_ref()) }
}

/// Answers a call of the host: with `otherwise` for a null plugin, and when something of ours
/// panics.
///
/// # Safety
/// As [`behind`].
pub(super) unsafe fn answer<T: Copy>(
    plugin: *const clap_plugin,
    otherwise: T,
    work: impl FnOnce(&Shield) -> T,
) -> T {
    // SAFETY: the caller says so.
    let Some(own) = (unsafe { behind(plugin) }) else { return otherwise };
    caught(|| work(own)).unwrap_or(otherwise)
}

impl Shield {
    pub fn host(&self) -> &Host {
        &self.host
    }

    pub fn side(&self) -> Option<&dyn HostSide> {
        self.side.as_deref()
    }

    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    pub fn held(&self) -> &Held {
        &self.held
    }

    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    pub fn theirs(&self) -> *const clap_plugin {
        self.theirs
    }

    pub fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// Frames that a block may have; more are played in parts.
    pub fn longest_part(&self) -> u32 {
        self.longest.load(Ordering::Acquire).clamp(1, LONGEST_PART)
    }

    /// # Safety
    /// The caller is through the gate, and keeps no other reference.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn work(&self) -> &mut Work {
        // SAFETY: the caller says so.
        unsafe { &mut *self.work.get() }
    }

    /// The thread that opened the editor, while it is open, or 0.
    pub fn editor_thread(&self) -> usize {
        self.editor.load(Ordering::Acquire)
    }

    pub fn set_editor_thread(&self, thread: usize) {
        self.editor.store(thread, Ordering::Release);
    }

    /// Whether the framework's window may be touched on this thread.
    pub fn owns_editor(&self) -> bool {
        self.editor_thread() == this_thread()
    }

    /// Calls into the framework's window. What the host does to the window from inside of it waits
    /// until the call is done.
    pub fn in_editor<T>(&self, work: impl FnOnce() -> T) -> T {
        self.depth.fetch_add(1, Ordering::AcqRel);
        let answer = work();
        if self.depth.fetch_sub(1, Ordering::AcqRel) == 1 {
            if self.host.closed.swap(false, Ordering::AcqRel) {
                self.host.window_closed();
            }
            if self.closing.swap(false, Ordering::AcqRel) {
                self.close_editor();
            }
        }
        answer
    }

    /// Whether a call into the window is under way.
    pub fn is_in_editor(&self) -> bool {
        self.depth.load(Ordering::Acquire) > 0
    }

    /// What a parameter's value may be.
    pub fn range(&self, id: u32) -> Option<Range> {
        self.ranges.binary_search_by_key(&id, |range| range.id).ok().map(|place| self.ranges[place])
    }

    /// Closes the editor, when it is open, on the thread that opened it.
    pub fn close_editor(&self) {
        if !self.owns_editor() {
            return;
        }
        if self.is_in_editor() {
            self.closing.store(true, Ordering::Release);
            return;
        }
        // SAFETY: the table is the framework's.
        if let Some(destroy) = unsafe { self.tables.gui.as_ref() }.and_then(|table| table.destroy) {
            // SAFETY: the function and the plugin are the framework's; the window was made on this
            // thread.
            self.in_editor(|| unsafe { destroy(self.theirs) });
        }
        self.set_editor_thread(0);
    }

    /// The latency as the framework knows it.
    pub fn latency(&self) -> u32 {
        // SAFETY: the table and the plugin are the framework's, and it may be asked at any time.
        unsafe {
            self.tables
                .latency
                .as_ref()
                .and_then(|table| table.get)
                .map_or(0, |get| get(self.theirs))
        }
    }

    pub fn activate(&self, rate_hz: f64, least: u32, most: u32) -> bool {
        if !(rate_hz.is_finite() && rate_hz >= 1.0 && most > 0) {
            nice_plug::debug::nice_error!(
                "The host wants to activate at {rate_hz} Hz with blocks of up to {most} frames; a rate above 1 Hz and at \
                 least one frame were expected. The plugin stays inactive."
            );
            return false;
        }
        if self.is_active() {
            self.deactivate();
        }
        let Some(pass) = self.gate.enter(PATIENCE) else { return false };
        let part = most.min(LONGEST_PART);
        self.longest.store(part, Ordering::Release);
        // SAFETY: this thread is through the gate.
        unsafe { self.work() }.prepare(self.ports(), part as usize);
        self.host.activating.store(this_thread(), Ordering::Release);
        // SAFETY: the function and the plugin are the framework's, and nobody else is in the sound.
        let done = unsafe {
            (*self.theirs)
                .activate
                .is_some_and(|activate| activate(self.theirs, rate_hz, least.clamp(1, part), part))
        };
        let (now, told) = (self.latency(), self.host.told_latency.load(Ordering::Acquire));
        if done && told != UNTOLD && told != now {
            // The host has read another: it may be told while it activates, and needs no restart
            // then.
            self.host.latency_changed();
        }
        self.host.told_latency.store(now, Ordering::Release);
        self.host.restart.store(false, Ordering::Release);
        self.host.activating.store(0, Ordering::Release);
        self.active.store(done, Ordering::Release);
        drop(pass);
        done
    }

    pub fn deactivate(&self) {
        self.stop();
        if !self.active.swap(false, Ordering::AcqRel) {
            return;
        }
        // When a block does not end in time the framework is left as it is: the next activation
        // puts it right.
        if let Some(_pass) = self.gate.enter(PATIENCE) {
            // SAFETY: the function and the plugin are the framework's, and nobody else is in the
            // sound.
            unsafe { (*self.theirs).deactivate.map_or((), |deactivate| deactivate(self.theirs)) }
        }
    }

    pub fn start(&self) -> bool {
        if !self.is_active() {
            return false;
        }
        let Some(_pass) = self.gate.enter(PATIENCE) else { return false };
        // SAFETY: as in `deactivate`.
        let started =
            unsafe { (*self.theirs).start_processing.is_some_and(|start| start(self.theirs)) };
        self.processing.store(started, Ordering::Release);
        started
    }

    pub fn stop(&self) {
        if !self.processing.swap(false, Ordering::AcqRel) {
            return;
        }
        if let Some(_pass) = self.gate.enter(PATIENCE) {
            // SAFETY: as in `deactivate`.
            unsafe { (*self.theirs).stop_processing.map_or((), |stop| stop(self.theirs)) }
        }
    }

    pub fn reset(&self) {
        if let (true, Some(_pass)) = (self.is_active(), self.gate.enter(PATIENCE)) {
            // SAFETY: as in `deactivate`.
            unsafe { (*self.theirs).reset.map_or((), |reset| reset(self.theirs)) }
        }
    }

    pub fn main_thread(&self) {
        self.host.called_back();
        self.host.tell_change();
        if self.editor_thread() != 0 && !self.owns_editor() {
            return;
        }
        if self.is_in_editor() {
            // From inside of a call that is answered already: the rest can wait.
            return self.host.request_callback();
        }
        // SAFETY: the function and the plugin are the framework's; the window, if there is one, is
        // this thread's.
        self.in_editor(|| unsafe {
            (*self.theirs).on_main_thread.map_or((), |call| call(self.theirs))
        });
        // The framework's own news of it are lost when a flood of parameter changes has filled its
        // queue.
        let told = self.host.told_latency.load(Ordering::Acquire);
        if self.is_active() && told != self.latency() && !self.host.restart.load(Ordering::Acquire)
        {
            self.host.request_restart();
        }
    }
}
