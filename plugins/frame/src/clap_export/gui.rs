//! The editor: on one thread, with windows of this system, and never closed from inside of itself.

use std::ffi::{CStr, c_char};

#[cfg(target_os = "macos")]
use clap_sys::ext::gui::CLAP_WINDOW_API_COCOA as API;
#[cfg(windows)]
use clap_sys::ext::gui::CLAP_WINDOW_API_WIN32 as API;
#[cfg(all(unix, not(target_os = "macos")))]
use clap_sys::ext::gui::CLAP_WINDOW_API_X11 as API;
use clap_sys::ext::gui::{clap_gui_resize_hints, clap_plugin_gui, clap_window};
use clap_sys::ext::track_info::clap_plugin_track_info;
use clap_sys::plugin::clap_plugin;

use super::gate::this_thread;
use super::shield::{Shield, answer};

/// No window is larger, in pixels of either direction.
const LARGEST: u32 = 16_384;
/// No display shows a window larger or smaller than by these factors.
const SCALES: std::ops::RangeInclusive<f64> = 0.1..=16.0;

pub(super) static GUI: clap_plugin_gui = clap_plugin_gui {
    is_api_supported: Some(is_api_supported),
    get_preferred_api: Some(get_preferred_api),
    create: Some(create),
    destroy: Some(destroy),
    set_scale: Some(set_scale),
    get_size: Some(get_size),
    can_resize: Some(can_resize),
    get_resize_hints: Some(get_resize_hints),
    adjust_size: Some(adjust_size),
    set_size: Some(set_size),
    set_parent: Some(set_parent),
    set_transient: Some(set_transient),
    suggest_title: Some(suggest_title),
    show: Some(show),
    hide: Some(hide),
};
pub(super) static TRACK_INFO: clap_plugin_track_info =
    clap_plugin_track_info { changed: Some(track_info_changed) };

/// Whether windows of this kind can be drawn in.
///
/// # Safety
/// `api` is null or a text that ends in a zero.
unsafe fn is_ours(api: *const c_char, is_floating: bool) -> bool {
    // SAFETY: the caller says so.
    !is_floating && !api.is_null() && unsafe { CStr::from_ptr(api) } == API
}

/// Calls into the open window on its own thread; `otherwise` when there is none, or on another
/// thread.
///
/// # Safety
/// As [`answer`].
unsafe fn with_window<T: Copy>(
    plugin: *const clap_plugin,
    otherwise: T,
    work: impl FnOnce(&Shield, &clap_plugin_gui) -> T,
) -> T {
    // SAFETY: the caller says so; the table is the framework's.
    unsafe {
        answer(plugin, otherwise, |own| match own.tables().gui.as_ref() {
            Some(table) if own.owns_editor() => own.in_editor(|| work(own, table)),
            _ => otherwise,
        })
    }
}

unsafe extern "C" fn is_api_supported(
    _plugin: *const clap_plugin,
    api: *const c_char,
    is_floating: bool,
) -> bool {
    // SAFETY: the host hands over a text or null.
    unsafe { is_ours(api, is_floating) }
}

unsafe extern "C" fn get_preferred_api(
    _plugin: *const clap_plugin,
    api: *mut *const c_char,
    is_floating: *mut bool,
) -> bool {
    if api.is_null() || is_floating.is_null() {
        return false;
    }
    // SAFETY: the host hands over room for both.
    unsafe {
        *api = API.as_ptr();
        *is_floating = false;
    }
    true
}

unsafe extern "C" fn create(
    plugin: *const clap_plugin,
    api: *const c_char,
    is_floating: bool,
) -> bool {
    // SAFETY: the host hands back what it was given, and a text or null; the table is the
    // framework's.
    unsafe {
        answer(plugin, false, |own| {
            let Some(table) = own.tables().gui.as_ref() else { return false };
            if !is_ours(api, is_floating)
                || own.editor_thread() != 0
                || own.gate().holds_this_thread()
            {
                return false;
            }
            // Before the window is there: what it asks while it opens is asked on this thread.
            own.set_editor_thread(this_thread());
            let made = own.in_editor(|| {
                table.create.is_some_and(|create| create(own.theirs(), api, is_floating))
            });
            if !made {
                own.set_editor_thread(0);
            }
            made
        })
    }
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    // SAFETY: the host hands back what it was given.
    unsafe {
        answer(plugin, (), |own| {
            if own.editor_thread() != 0 && !own.owns_editor() {
                nice_plug::debug::nice_error!(
                    "The editor can be closed on the thread alone that opened it; it stays open."
                );
            }
            own.close_editor();
        });
    }
}

unsafe extern "C" fn set_scale(plugin: *const clap_plugin, scale: f64) -> bool {
    // SAFETY: the host hands back what it was given.
    unsafe {
        with_window(plugin, false, |own, table| {
            SCALES.contains(&scale) && table.set_scale.is_some_and(|set| set(own.theirs(), scale))
        })
    }
}

unsafe extern "C" fn get_size(
    plugin: *const clap_plugin,
    width: *mut u32,
    height: *mut u32,
) -> bool {
    // SAFETY: the host hands back what it was given, and room for both; the table is the
    // framework's.
    unsafe {
        answer(plugin, false, |own| {
            let get = own.tables().gui.as_ref().and_then(|table| table.get_size);
            !width.is_null()
                && !height.is_null()
                && get.is_some_and(|get| get(own.theirs(), width, height))
        })
    }
}

unsafe extern "C" fn can_resize(plugin: *const clap_plugin) -> bool {
    // SAFETY: as in `get_size`.
    unsafe {
        answer(plugin, false, |own| {
            let can = own.tables().gui.as_ref().and_then(|table| table.can_resize);
            can.is_some_and(|can| can(own.theirs()))
        })
    }
}

unsafe extern "C" fn get_resize_hints(
    plugin: *const clap_plugin,
    hints: *mut clap_gui_resize_hints,
) -> bool {
    // SAFETY: as in `get_size`.
    unsafe {
        answer(plugin, false, |own| {
            let get = own.tables().gui.as_ref().and_then(|table| table.get_resize_hints);
            !hints.is_null() && get.is_some_and(|get| get(own.theirs(), hints))
        })
    }
}

unsafe extern "C" fn adjust_size(
    plugin: *const clap_plugin,
    width: *mut u32,
    height: *mut u32,
) -> bool {
    // SAFETY: as in `get_size`.
    unsafe {
        with_window(plugin, false, |own, table| {
            if width.is_null() || height.is_null() {
                return false;
            }
            (*width, *height) = ((*width).min(LARGEST), (*height).min(LARGEST));
            table.adjust_size.is_some_and(|adjust| adjust(own.theirs(), width, height))
        })
    }
}

unsafe extern "C" fn set_size(plugin: *const clap_plugin, width: u32, height: u32) -> bool {
    // SAFETY: the host hands back what it was given.
    unsafe {
        with_window(plugin, false, |own, table| {
            let possible = (1..=LARGEST).contains(&width) && (1..=LARGEST).contains(&height);
            possible && table.set_size.is_some_and(|set| set(own.theirs(), width, height))
        })
    }
}

unsafe extern "C" fn set_parent(plugin: *const clap_plugin, window: *const clap_window) -> bool {
    // SAFETY: the host hands back what it was given, and a window or null.
    unsafe {
        with_window(plugin, false, |own, table| {
            let Some(window) = window.as_ref() else { return false };
            is_ours(window.api, false)
                && is_window(window)
                && table.set_parent.is_some_and(|set| set(own.theirs(), window))
        })
    }
}

/// Whether there can be such a window.
///
/// # Safety
/// The window is of this system's kind.
unsafe fn is_window(window: &clap_window) -> bool {
    #[cfg(all(unix, not(target_os = "macos")))]
    // SAFETY: the caller says so. X numbers its windows from 1 with 32 bits at the most.
    return u32::try_from(unsafe { window.specific.x11 }).is_ok_and(|window| window > 0);
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    // SAFETY: both other kinds are pointers.
    return !unsafe { window.specific.ptr }.is_null();
}

unsafe extern "C" fn set_transient(
    _plugin: *const clap_plugin,
    _window: *const clap_window,
) -> bool {
    // For floating windows, of which there are none.
    false
}

unsafe extern "C" fn suggest_title(_plugin: *const clap_plugin, _title: *const c_char) {
    // For floating windows, of which there are none.
}

unsafe extern "C" fn show(plugin: *const clap_plugin) -> bool {
    // SAFETY: the host hands back what it was given.
    unsafe {
        with_window(plugin, false, |own, table| table.show.is_some_and(|show| show(own.theirs())))
    }
}

unsafe extern "C" fn hide(plugin: *const clap_plugin) -> bool {
    // SAFETY: the host hands back what it was given.
    unsafe {
        with_window(plugin, false, |own, table| table.hide.is_some_and(|hide| hide(own.theirs())))
    }
}

unsafe extern "C" fn track_info_changed(plugin: *const clap_plugin) {
    // SAFETY: the host hands back what it was given; the table is the framework's.
    unsafe {
        answer(plugin, (), |own| {
            // From inside of a call into the window the framework would wait for itself.
            if !own.is_in_editor()
                && own.is_main_thread()
                && let Some(changed) =
                    own.tables().track_info.as_ref().and_then(|table| table.changed)
            {
                changed(own.theirs());
            }
        });
    }
}
