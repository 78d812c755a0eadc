//! The host as the framework sees it: every function is there, and what would come at the wrong
//! moment waits.
//!
//! The framework calls its host while it holds locks that the host's answer may want (a window that
//! closes while its callbacks run), and asks for a restart when the latency is first known, in the
//! middle of the activation. A host that lacks an extension, or a function of one, ends it in a
//! panic.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_host_gui};
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_host_latency};
use clap_sys::ext::params::{
    CLAP_EXT_PARAMS, CLAP_PARAM_RESCAN_TEXT, CLAP_PARAM_RESCAN_VALUES, clap_host_params,
};
use clap_sys::ext::preset_load::{
    CLAP_EXT_PRESET_LOAD, CLAP_EXT_PRESET_LOAD_COMPAT, clap_host_preset_load,
};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_host_state};
use clap_sys::ext::thread_check::{CLAP_EXT_THREAD_CHECK, clap_host_thread_check};
use clap_sys::ext::track_info::{CLAP_EXT_TRACK_INFO, clap_host_track_info, clap_track_info};
use clap_sys::ext::voice_info::{CLAP_EXT_VOICE_INFO, clap_host_voice_info};
use clap_sys::host::clap_host;
use parking_lot::ReentrantMutex;

use super::gate::this_thread;
use super::preset_load::Place;
use super::shield::Shield;

/// What the host itself offers, and what has been asked of it.
#[derive(Debug)]
pub(super) struct Host {
    theirs: *const clap_host,
    /// Asked for in `init`, before which CLAP does not allow it.
    extensions: OnceLock<Extensions>,
    /// The thread that made the instance.
    pub main: usize,
    /// The thread in `activate`, or 0: the framework's news of the latency are ours to tell then.
    pub activating: AtomicUsize,
    /// The latency at the end of the last activation, or as the host has read it before the first;
    /// else [`UNTOLD`].
    pub told_latency: AtomicU32,
    /// A restart has been asked for since the last activation.
    pub restart: AtomicBool,
    /// A call on the main thread has been asked for and has not come yet.
    callback: AtomicBool,
    /// The window has closed by itself, and the host is to hear of it outside of the framework.
    pub closed: AtomicBool,
    /// Something has changed that is no parameter, and the host has not heard of it.
    changed: AtomicBool,
    /// The instance is there: afterwards nobody calls the host.
    alive: ReentrantMutex<Cell<bool>>,
}

// SAFETY: the pointer is to the host, which says itself which of its functions may be called on
// which thread.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

/// The host's tables; null where it has none.
#[derive(Debug)]
struct Extensions {
    gui: *const clap_host_gui,
    latency: *const clap_host_latency,
    params: *const clap_host_params,
    preset_load: *const clap_host_preset_load,
    state: *const clap_host_state,
    thread_check: *const clap_host_thread_check,
    track_info: *const clap_host_track_info,
    voice_info: *const clap_host_voice_info,
}

/// No latency has been told.
pub(super) const UNTOLD: u32 = u32::MAX;

impl Host {
    /// Of a host that is not null.
    pub fn new(theirs: *const clap_host) -> Self {
        Self {
            theirs,
            extensions: OnceLock::new(),
            main: this_thread(),
            activating: AtomicUsize::new(0),
            told_latency: AtomicU32::new(UNTOLD),
            restart: AtomicBool::new(false),
            callback: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            changed: AtomicBool::new(false),
            alive: ReentrantMutex::new(Cell::new(true)),
        }
    }

    /// The host as the framework gets it, with `data` for its context.
    pub fn proxy(&self, data: *mut c_void) -> clap_host {
        // SAFETY: a host is whole as long as there are instances, as CLAP says.
        let theirs = unsafe { *self.theirs };
        clap_host {
            host_data: data,
            get_extension: Some(get_extension),
            request_restart: Some(request_restart),
            request_process: Some(request_process),
            request_callback: Some(request_callback),
            ..theirs
        }
    }

    /// Asks the host for its extensions, once.
    pub fn find_extensions(&self) {
        self.extensions.get_or_init(|| Extensions {
            gui: self.extension(CLAP_EXT_GUI),
            latency: self.extension(CLAP_EXT_LATENCY),
            params: self.extension(CLAP_EXT_PARAMS),
            preset_load: match self.extension::<clap_host_preset_load>(CLAP_EXT_PRESET_LOAD) {
                none if none.is_null() => self.extension(CLAP_EXT_PRESET_LOAD_COMPAT),
                table => table,
            },
            state: self.extension(CLAP_EXT_STATE),
            thread_check: self.extension(CLAP_EXT_THREAD_CHECK),
            track_info: self.extension(CLAP_EXT_TRACK_INFO),
            voice_info: self.extension(CLAP_EXT_VOICE_INFO),
        });
    }

    /// One of the host's tables.
    fn table<T>(&self, of: impl Fn(&Extensions) -> *const T) -> Option<&T> {
        // SAFETY: the table is the host's own, and lives as long as it.
        self.extensions.get().and_then(|extensions| unsafe { of(extensions).as_ref() })
    }

    fn extension<T>(&self, id: &CStr) -> *const T {
        // SAFETY: the host is whole; the function is its own and takes any name.
        let found =
            unsafe { (*self.theirs).get_extension.map(|get| get(self.theirs, id.as_ptr())) };
        found.unwrap_or(std::ptr::null()).cast()
    }

    /// The host has read the latency: before the first activation, that is what it knows.
    pub fn read_latency(&self, samples: u32) {
        let _ = self.told_latency.compare_exchange(
            UNTOLD,
            samples,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
    }

    /// Asks for a deactivation and activation.
    pub fn request_restart(&self) {
        self.restart.store(true, Ordering::Release);
        self.call(|host| host.request_restart);
    }

    /// Says that the latency is another; only during an activation, or while inactive.
    pub fn latency_changed(&self) {
        if let Some(changed) = self.table(|all| all.latency).and_then(|table| table.changed) {
            // SAFETY: the function is the host's.
            unsafe { changed(self.theirs) };
        }
    }

    /// Asks for a call on the main thread, once until it comes. Real-time safe when the host is.
    pub fn request_callback(&self) {
        if !self.callback.swap(true, Ordering::AcqRel) {
            self.call(|host| host.request_callback);
        }
    }

    /// The call on the main thread has come.
    pub fn called_back(&self) {
        self.callback.store(false, Ordering::Release);
    }

    /// Something has changed that is no parameter: the host hears of it on its main thread. For any
    /// thread but the audio thread.
    pub fn note_change(&self) {
        let alive = self.alive.lock();
        if alive.get() {
            self.changed.store(true, Ordering::Release);
            self.request_callback();
        }
    }

    /// Marks the project as changed where that is noted. On the main thread.
    pub fn tell_change(&self) {
        if self.changed.swap(false, Ordering::AcqRel)
            && let Some(mark) = self.table(|all| all.state).and_then(|table| table.mark_dirty)
        {
            // SAFETY: the function is the host's.
            unsafe { mark(self.theirs) };
        }
    }

    /// The instance goes: no thread calls the host from now on.
    pub fn end(&self) {
        self.alive.lock().set(false);
    }

    /// Says that parameters have other values, and texts. On the main thread.
    pub fn values_changed(&self) {
        if let Some(rescan) = self.table(|all| all.params).and_then(|table| table.rescan) {
            // SAFETY: the function is the host's.
            unsafe { rescan(self.theirs, CLAP_PARAM_RESCAN_VALUES | CLAP_PARAM_RESCAN_TEXT) };
        }
    }

    /// Says that a preset is loaded. On the main thread.
    pub fn preset_loaded(&self, place: Place) {
        if let Some(loaded) = self.table(|all| all.preset_load).and_then(|table| table.loaded) {
            // SAFETY: the function is the host's, and the texts are its own.
            unsafe { loaded(self.theirs, place.kind, place.location, place.key) };
        }
    }

    /// Says that a preset could not be loaded. On the main thread.
    pub fn preset_failed(&self, place: Place, why: &CStr) {
        if let Some(on_error) = self.table(|all| all.preset_load).and_then(|table| table.on_error) {
            // SAFETY: as above.
            unsafe {
                on_error(self.theirs, place.kind, place.location, place.key, 0, why.as_ptr())
            };
        }
    }

    /// Says that the window has closed by itself.
    pub fn window_closed(&self) {
        if let Some(closed) = self.table(|all| all.gui).and_then(|table| table.closed) {
            // SAFETY: the function is the host's.
            unsafe { closed(self.theirs, true) };
        }
    }

    fn call(&self, of: impl Fn(&clap_host) -> Option<unsafe extern "C" fn(*const clap_host)>) {
        // SAFETY: the host is whole, and the function its own.
        unsafe {
            if let Some(function) = of(&*self.theirs) {
                function(self.theirs);
            }
        }
    }

    /// Whether the host says that this is its main thread; the thread that made the instance where
    /// it says nothing.
    fn is_main_thread(&self) -> bool {
        match self.table(|all| all.thread_check).and_then(|table| table.is_main_thread) {
            // SAFETY: the function is the host's.
            Some(is_main) => unsafe { is_main(self.theirs) },
            None => this_thread() == self.main,
        }
    }
}

/// The instance behind the host that the framework was given.
///
/// # Safety
/// `host` is null or was made by [`Host::proxy`] with a living shield for its data.
unsafe fn behind<'a>(host: *const clap_host) -> Option<&'a Shield> {
    // SAFETY: the caller says so.
    unsafe { host.as_ref().and_then(|host| host.host_data.cast::<Shield>().as_ref()) }
}

static GUI: clap_host_gui = clap_host_gui {
    resize_hints_changed: Some(gui_resize_hints_changed),
    request_resize: Some(gui_request_resize),
    request_show: Some(gui_request_show),
    request_hide: Some(gui_request_hide),
    closed: Some(gui_closed),
};
static LATENCY: clap_host_latency = clap_host_latency { changed: Some(latency_changed) };
static PARAMS: clap_host_params = clap_host_params {
    rescan: Some(params_rescan),
    clear: Some(params_clear),
    request_flush: Some(params_request_flush),
};
static THREAD_CHECK: clap_host_thread_check = clap_host_thread_check {
    is_main_thread: Some(is_main_thread),
    is_audio_thread: Some(is_audio_thread),
};
static TRACK_INFO: clap_host_track_info = clap_host_track_info { get: Some(track_info_get) };
static VOICE_INFO: clap_host_voice_info =
    clap_host_voice_info { changed: Some(voice_info_changed) };

unsafe extern "C" fn get_extension(host: *const clap_host, id: *const c_char) -> *const c_void {
    // SAFETY: the framework hands back the host that it was given, and names end in zeros.
    let (Some(own), false) = (unsafe { behind(host) }, id.is_null()) else {
        return std::ptr::null();
    };
    // SAFETY: as above.
    let id = unsafe { CStr::from_ptr(id) };
    let host = own.host();
    match id {
        _ if id == CLAP_EXT_GUI => (&raw const GUI).cast(),
        _ if id == CLAP_EXT_LATENCY => (&raw const LATENCY).cast(),
        _ if id == CLAP_EXT_PARAMS => (&raw const PARAMS).cast(),
        _ if id == CLAP_EXT_THREAD_CHECK => (&raw const THREAD_CHECK).cast(),
        _ if id == CLAP_EXT_VOICE_INFO => (&raw const VOICE_INFO).cast(),
        _ if id == CLAP_EXT_TRACK_INFO && host.table(|all| all.track_info).is_some() => {
            (&raw const TRACK_INFO).cast()
        }
        _ => std::ptr::null(),
    }
}

unsafe extern "C" fn request_restart(host: *const clap_host) {
    // SAFETY: the framework hands back the host that it was given.
    if let Some(own) = unsafe { behind(host) }
        && own.host().activating.load(Ordering::Acquire) != this_thread()
    {
        own.host().request_restart();
    }
}

unsafe extern "C" fn request_process(host: *const clap_host) {
    // SAFETY: the framework hands back the host that it was given.
    if let Some(own) = unsafe { behind(host) } {
        own.host().call(|host| host.request_process);
    }
}

unsafe extern "C" fn request_callback(host: *const clap_host) {
    // SAFETY: the framework hands back the host that it was given.
    if let Some(own) = unsafe { behind(host) } {
        own.host().request_callback();
    }
}

unsafe extern "C" fn latency_changed(host: *const clap_host) {
    // SAFETY: the framework hands back the host that it was given.
    if let Some(own) = unsafe { behind(host) }
        && own.host().activating.load(Ordering::Acquire) != this_thread()
    {
        own.host().latency_changed();
    }
}

unsafe extern "C" fn params_rescan(host: *const clap_host, flags: u32) {
    // SAFETY: the framework hands back the host that it was given; the table and the function are
    // the host's.
    unsafe {
        if let Some(own) = behind(host)
            && let Some(rescan) = own.host().table(|all| all.params).and_then(|table| table.rescan)
        {
            rescan(own.host().theirs, flags);
        }
    }
}

unsafe extern "C" fn params_clear(host: *const clap_host, id: u32, flags: u32) {
    // SAFETY: as in `params_rescan`.
    unsafe {
        if let Some(own) = behind(host)
            && let Some(clear) = own.host().table(|all| all.params).and_then(|table| table.clear)
        {
            clear(own.host().theirs, id, flags);
        }
    }
}

unsafe extern "C" fn params_request_flush(host: *const clap_host) {
    // SAFETY: as in `params_rescan`.
    unsafe {
        if let Some(own) = behind(host)
            && let Some(request) =
                own.host().table(|all| all.params).and_then(|table| table.request_flush)
        {
            request(own.host().theirs);
        }
    }
}

unsafe extern "C" fn voice_info_changed(host: *const clap_host) {
    // SAFETY: as in `params_rescan`.
    unsafe {
        if let Some(own) = behind(host)
            && let Some(changed) =
                own.host().table(|all| all.voice_info).and_then(|table| table.changed)
        {
            changed(own.host().theirs);
        }
    }
}

unsafe extern "C" fn track_info_get(host: *const clap_host, info: *mut clap_track_info) -> bool {
    // SAFETY: as in `params_rescan`.
    unsafe {
        behind(host).is_some_and(|own| {
            let get = own.host().table(|all| all.track_info).and_then(|table| table.get);
            get.is_some_and(|get| get(own.host().theirs, info))
        })
    }
}

unsafe extern "C" fn is_main_thread(host: *const clap_host) -> bool {
    // SAFETY: the framework hands back the host that it was given.
    unsafe { behind(host) }.is_some_and(Shield::is_main_thread)
}

unsafe extern "C" fn is_audio_thread(host: *const clap_host) -> bool {
    // SAFETY: the framework hands back the host that it was given.
    unsafe { behind(host) }.is_some_and(|own| !own.is_main_thread())
}

unsafe extern "C" fn gui_resize_hints_changed(host: *const clap_host) {
    // SAFETY: as in `params_rescan`.
    unsafe {
        if let Some(own) = behind(host)
            && let Some(changed) =
                own.host().table(|all| all.gui).and_then(|table| table.resize_hints_changed)
        {
            changed(own.host().theirs);
        }
    }
}

unsafe extern "C" fn gui_request_resize(host: *const clap_host, width: u32, height: u32) -> bool {
    // SAFETY: as in `params_rescan`.
    unsafe {
        behind(host).is_some_and(|own| {
            let request = own.host().table(|all| all.gui).and_then(|table| table.request_resize);
            request.is_some_and(|request| request(own.host().theirs, width, height))
        })
    }
}

unsafe extern "C" fn gui_request_show(host: *const clap_host) -> bool {
    // SAFETY: as in `params_rescan`.
    unsafe {
        behind(host).is_some_and(|own| {
            let request = own.host().table(|all| all.gui).and_then(|table| table.request_show);
            request.is_some_and(|request| request(own.host().theirs))
        })
    }
}

unsafe extern "C" fn gui_request_hide(host: *const clap_host) -> bool {
    // SAFETY: as in `params_rescan`.
    unsafe {
        behind(host).is_some_and(|own| {
            let request = own.host().table(|all| all.gui).and_then(|table| table.request_hide);
            request.is_some_and(|request| request(own.host().theirs))
        })
    }
}

unsafe extern "C" fn gui_closed(host: *const clap_host, _was_destroyed: bool) {
    // The framework holds its window while it says this, and a host destroys the window in answer:
    // it is told when the framework is done.
    // SAFETY: the framework hands back the host that it was given.
    if let Some(own) = unsafe { behind(host) } {
        own.host().closed.store(true, Ordering::Release);
    }
}

impl Shield {
    /// Whether the framework may touch its window, and talk to the host, on the calling thread: the
    /// window's own thread while there is one. While the plugin is being activated the framework's
    /// news come at once, and are swallowed. Real-time safe when the host's own answer is.
    pub(super) fn is_main_thread(&self) -> bool {
        if self.host().activating.load(Ordering::Acquire) == this_thread() {
            return true;
        }
        match self.editor_thread() {
            0 => self.host().is_main_thread(),
            thread => thread == this_thread(),
        }
    }
}
