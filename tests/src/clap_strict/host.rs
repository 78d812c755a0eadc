//! A CLAP host of bare functions: nothing between a case and the plugin.

use clap_sys::entry::clap_plugin_entry;
use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_host_gui};
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_host_latency};
use clap_sys::ext::params::{
    CLAP_EXT_PARAMS, clap_host_params, clap_param_info, clap_plugin_params,
};
use clap_sys::ext::preset_load::{CLAP_EXT_PRESET_LOAD, clap_host_preset_load};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_host_state, clap_plugin_state};
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::stream::{clap_istream, clap_ostream};
use clap_sys::version::CLAP_VERSION;
use std::ffi::{CStr, CString, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

/// What an instance has asked of its host.
#[derive(Default)]
pub struct Asked {
    /// Deactivations and activations.
    pub restarts: AtomicU32,
    /// Calls on the main thread.
    pub callbacks: AtomicU32,
    /// How often it said that its latency changed.
    pub latency_changes: AtomicU32,
    /// How often it said that parameters have other values.
    pub rescans: AtomicU32,
    /// How often it marked the project as changed.
    pub dirty: AtomicU32,
    /// Presets that it said are loaded.
    pub loaded: AtomicU32,
    /// Presets that it said could not be loaded.
    pub failed: AtomicU32,
    /// How often it said that its window has closed by itself.
    pub closes: AtomicU32,
    /// Set when a call of `request_flush` is to be answered from inside of it.
    pub flush_at_once: AtomicBool,
    plugin: std::sync::atomic::AtomicPtr<clap_plugin>,
}

/// What kind of host it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    /// With every extension that the plugins use.
    Whole,
    /// With no extension, and no function where CLAP insists on one.
    Bare,
}

/// One instance and its host.
pub struct Instance {
    /// The plugin.
    pub plugin: *const clap_plugin,
    /// What it has asked.
    pub asked: Box<Asked>,
    _host: Box<clap_host>,
}

// SAFETY: the cases call from several threads on purpose.
unsafe impl Sync for Instance {}

/// The entry of a library that stays open to the end of the process, as in hosts.
///
/// # Errors
/// When it is none.
pub fn entry(path: &Path) -> Result<&'static clap_plugin_entry, String> {
    let file = CString::new(path.as_os_str().as_bytes()).map_err(|error| error.to_string())?;
    // SAFETY: opening a library of this project runs nothing but its start-up; the symbol is
    // CLAP's.
    unsafe {
        let library = libc::dlopen(file.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
        if library.is_null() {
            return Err(format!("{} cannot be opened", path.display()));
        }
        let symbol = libc::dlsym(library, c"clap_entry".as_ptr()).cast::<clap_plugin_entry>();
        symbol.as_ref().ok_or_else(|| format!("{} has no CLAP entry", path.display()))
    }
}

/// The factory of a library.
///
/// # Errors
/// When there is none.
pub fn factory(path: &Path) -> Result<&'static clap_plugin_factory, String> {
    let entry = entry(path)?;
    let name = CString::new(path.as_os_str().as_bytes()).map_err(|error| error.to_string())?;
    // SAFETY: the functions are the entry's own.
    unsafe {
        if !entry.init.is_some_and(|init| init(name.as_ptr())) {
            return Err("the entry refuses to begin".into());
        }
        let get = entry.get_factory.ok_or("the entry has no factories")?;
        get(CLAP_PLUGIN_FACTORY_ID.as_ptr())
            .cast::<clap_plugin_factory>()
            .as_ref()
            .ok_or("no factory".into())
    }
}

impl Instance {
    /// An instance of the first plugin of a library, with `init` called.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(path: &Path) -> Result<Self, String> {
        Self::with_manners(path, Manners::Whole)
    }

    /// The same in a host of other manners.
    ///
    /// # Errors
    /// When there is none.
    pub fn with_manners(path: &Path, manners: Manners) -> Result<Self, String> {
        let factory = factory(path)?;
        let asked = Box::<Asked>::default();
        let whole = manners == Manners::Whole;
        let host = Box::new(clap_host {
            clap_version: CLAP_VERSION,
            host_data: std::ptr::from_ref(&*asked).cast_mut().cast(),
            name: c"Strict".as_ptr(),
            vendor: c"Latent Works".as_ptr(),
            url: c"".as_ptr(),
            version: c"1".as_ptr(),
            get_extension: whole.then_some(get_extension),
            request_restart: whole.then_some(request_restart),
            request_process: whole.then_some(nothing),
            request_callback: whole.then_some(request_callback),
        });
        // SAFETY: the functions are the factory's; host and asked outlive the plugin, in the
        // instance.
        let plugin = unsafe {
            let descriptor = factory.get_plugin_descriptor.ok_or("no descriptors")?(factory, 0);
            let id = descriptor.as_ref().ok_or("the library holds no plugin")?.id;
            factory.create_plugin.ok_or("nothing can be made")?(factory, &*host, id)
        };
        // SAFETY: the plugin is null or whole.
        let Some(whole) = (unsafe { plugin.as_ref() }) else {
            return Err("no instance was made".into());
        };
        asked.plugin.store(plugin.cast_mut(), SeqCst);
        // SAFETY: as above.
        if !unsafe { whole.init.is_some_and(|init| init(plugin)) } {
            return Err("the instance refuses to begin".into());
        }
        Ok(Self { plugin, asked, _host: host })
    }

    /// One of the plugin's tables.
    ///
    /// # Errors
    /// When the plugin has none of that name.
    pub fn table<T>(&self, id: &CStr) -> Result<&'static T, String> {
        // SAFETY: the table is the plugin's and of the kind that the name says; it lives as long as
        // the plugin.
        let table = unsafe {
            let get = (*self.plugin).get_extension.ok_or("no extensions")?;
            get(self.plugin, id.as_ptr()).cast::<T>().as_ref()
        };
        table.ok_or_else(|| format!("the plugin has no {}", id.to_string_lossy()))
    }

    /// Activates and starts.
    ///
    /// # Errors
    /// When either is refused.
    pub fn start(&self, rate_hz: f64, most: u32) -> Result<(), String> {
        if !self.activate(rate_hz, most) {
            return Err(format!("activation at {rate_hz} Hz with {most} frames was refused"));
        }
        // SAFETY: the function is the plugin's.
        if unsafe { (*self.plugin).start_processing.is_some_and(|start| start(self.plugin)) } {
            Ok(())
        } else {
            Err("the plugin does not start".into())
        }
    }

    /// Activates; whether that was allowed.
    pub fn activate(&self, rate_hz: f64, most: u32) -> bool {
        // SAFETY: the function is the plugin's.
        unsafe {
            (*self.plugin).activate.is_some_and(|activate| activate(self.plugin, rate_hz, 1, most))
        }
    }

    /// Stops and deactivates.
    pub fn stop(&self) {
        // SAFETY: the functions are the plugin's.
        unsafe {
            call!((*self.plugin).stop_processing, self.plugin);
            call!((*self.plugin).deactivate, self.plugin);
        }
    }

    /// Answers what it has asked on the main thread.
    pub fn idle(&self) {
        while self.asked.callbacks.swap(0, SeqCst) > 0 {
            // SAFETY: the function is the plugin's.
            unsafe { call!((*self.plugin).on_main_thread, self.plugin) };
        }
    }

    /// Every parameter.
    ///
    /// # Errors
    /// When there are none.
    pub fn params(&self) -> Result<Vec<clap_param_info>, String> {
        let table: &clap_plugin_params = self.table(CLAP_EXT_PARAMS)?;
        // SAFETY: the functions are the plugin's, and each index is below the count.
        unsafe {
            let (count, get) =
                (table.count.ok_or("no count")?, table.get_info.ok_or("no information")?);
            (0..count(self.plugin))
                .map(|index| {
                    let mut info: clap_param_info = std::mem::zeroed();
                    get(self.plugin, index, &mut info)
                        .then_some(info)
                        .ok_or_else(|| format!("no parameter {index}"))
                })
                .collect()
        }
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// When there is none.
    pub fn value(&self, id: u32) -> Result<f64, String> {
        let table: &clap_plugin_params = self.table(CLAP_EXT_PARAMS)?;
        let mut value = f64::NAN;
        // SAFETY: the function is the plugin's, with room for a value.
        let found = unsafe { table.get_value.is_some_and(|get| get(self.plugin, id, &mut value)) };
        if found { Ok(value) } else { Err(format!("no value of parameter {id}")) }
    }

    /// The state.
    ///
    /// # Errors
    /// When it cannot be saved.
    pub fn save(&self) -> Result<Vec<u8>, String> {
        unsafe extern "C" fn write(
            stream: *const clap_ostream,
            buffer: *const c_void,
            size: u64,
        ) -> i64 {
            // SAFETY: the context is the vector below, and the plugin writes what it says.
            unsafe {
                let bytes = &mut *(*stream).ctx.cast::<Vec<u8>>();
                bytes.extend_from_slice(std::slice::from_raw_parts(buffer.cast(), size as usize));
            }
            size as i64
        }
        let mut bytes: Vec<u8> = Vec::new();
        let stream = clap_ostream { ctx: (&raw mut bytes).cast(), write: Some(write) };
        let table: &clap_plugin_state = self.table(CLAP_EXT_STATE)?;
        // SAFETY: the function is the plugin's.
        let saved = unsafe { table.save.is_some_and(|save| save(self.plugin, &stream)) };
        if saved { Ok(bytes) } else { Err("the state cannot be saved".into()) }
    }

    /// Loads a state; whether the plugin took it.
    ///
    /// # Errors
    /// When it cannot load at all.
    pub fn load(&self, bytes: &[u8]) -> Result<bool, String> {
        unsafe extern "C" fn read(
            stream: *const clap_istream,
            buffer: *mut c_void,
            size: u64,
        ) -> i64 {
            // SAFETY: the context is the slice below, and the plugin has the room that it says.
            unsafe {
                let left = &mut *(*stream).ctx.cast::<&[u8]>();
                let count = left.len().min(size as usize).min(777);
                std::ptr::copy_nonoverlapping(left.as_ptr(), buffer.cast(), count);
                *left = &left[count..];
                count as i64
            }
        }
        let mut left = bytes;
        let stream = clap_istream { ctx: (&raw mut left).cast(), read: Some(read) };
        let table: &clap_plugin_state = self.table(CLAP_EXT_STATE)?;
        // SAFETY: the function is the plugin's.
        Ok(unsafe { table.load.is_some_and(|load| load(self.plugin, &stream)) })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: the function is the plugin's, and this is its last call.
        unsafe { call!((*self.plugin).destroy, self.plugin) };
    }
}

unsafe fn asked<'a>(host: *const clap_host) -> &'a Asked {
    // SAFETY: a host of this file has an `Asked` for its data, which outlives the plugin.
    unsafe { &*(*host).host_data.cast::<Asked>() }
}

static LATENCY: clap_host_latency = clap_host_latency { changed: Some(latency_changed) };
static PARAMS: clap_host_params = clap_host_params {
    rescan: Some(rescan),
    clear: Some(clear),
    request_flush: Some(request_flush),
};
static STATE: clap_host_state = clap_host_state { mark_dirty: Some(mark_dirty) };
static PRESET_LOAD: clap_host_preset_load =
    clap_host_preset_load { on_error: Some(preset_failed), loaded: Some(preset_loaded) };
static GUI: clap_host_gui = clap_host_gui {
    resize_hints_changed: Some(nothing),
    request_resize: Some(request_resize),
    request_show: None,
    request_hide: None,
    closed: Some(closed),
};

unsafe extern "C" fn get_extension(_host: *const clap_host, id: *const c_char) -> *const c_void {
    // SAFETY: the plugin asks with a text.
    let id = unsafe { CStr::from_ptr(id) };
    match id {
        _ if id == CLAP_EXT_LATENCY => (&raw const LATENCY).cast(),
        _ if id == CLAP_EXT_PARAMS => (&raw const PARAMS).cast(),
        _ if id == CLAP_EXT_GUI => (&raw const GUI).cast(),
        _ if id == CLAP_EXT_STATE => (&raw const STATE).cast(),
        _ if id == CLAP_EXT_PRESET_LOAD => (&raw const PRESET_LOAD).cast(),
        _ => std::ptr::null(),
    }
}

unsafe extern "C" fn nothing(_host: *const clap_host) {}

unsafe extern "C" fn request_restart(host: *const clap_host) {
    // SAFETY: the host is of this file.
    unsafe { asked(host) }.restarts.fetch_add(1, SeqCst);
}

unsafe extern "C" fn request_callback(host: *const clap_host) {
    // SAFETY: the host is of this file.
    unsafe { asked(host) }.callbacks.fetch_add(1, SeqCst);
}

unsafe extern "C" fn latency_changed(host: *const clap_host) {
    // SAFETY: the host is of this file.
    unsafe { asked(host) }.latency_changes.fetch_add(1, SeqCst);
}

unsafe extern "C" fn rescan(host: *const clap_host, _flags: u32) {
    // SAFETY: the host is of this file.
    unsafe { asked(host) }.rescans.fetch_add(1, SeqCst);
}

unsafe extern "C" fn mark_dirty(host: *const clap_host) {
    // SAFETY: the host is of this file.
    unsafe { asked(host) }.dirty.fetch_add(1, SeqCst);
}

unsafe extern "C" fn preset_loaded(
    host: *const clap_host,
    _kind: u32,
    _place: *const c_char,
    _key: *const c_char,
) {
    // SAFETY: the host is of this file.
    unsafe { asked(host) }.loaded.fetch_add(1, SeqCst);
}

unsafe extern "C" fn preset_failed(
    host: *const clap_host,
    _kind: u32,
    _place: *const c_char,
    _key: *const c_char,
    _code: i32,
    message: *const c_char,
) {
    // SAFETY: the host is of this file, and the plugin's text ends in a zero.
    unsafe {
        if !message.is_null() && !CStr::from_ptr(message).is_empty() {
            asked(host).failed.fetch_add(1, SeqCst);
        }
    }
}

unsafe extern "C" fn clear(_host: *const clap_host, _id: u32, _flags: u32) {}

unsafe extern "C" fn request_flush(host: *const clap_host) {
    // SAFETY: the host is of this file, and so is its plugin.
    unsafe {
        let own = asked(host);
        let plugin = own.plugin.load(SeqCst).cast_const();
        if own.flush_at_once.load(SeqCst) && !plugin.is_null() {
            let table = (*plugin)
                .get_extension
                .map_or(std::ptr::null(), |get| get(plugin, CLAP_EXT_PARAMS.as_ptr()));
            if let Some(flush) =
                table.cast::<clap_plugin_params>().as_ref().and_then(|table| table.flush)
            {
                flush(plugin, std::ptr::null(), std::ptr::null());
            }
        }
    }
}

unsafe extern "C" fn request_resize(_host: *const clap_host, _width: u32, _height: u32) -> bool {
    true
}

unsafe extern "C" fn closed(host: *const clap_host, _was_destroyed: bool) {
    // SAFETY: the host is of this file.
    unsafe { asked(host) }.closes.fetch_add(1, SeqCst);
}
