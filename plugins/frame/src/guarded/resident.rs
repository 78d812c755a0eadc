//! What windows on X11 load anew each time they open, kept; and a keymap that nobody frees, freed.
//!
//! baseview 0.4.2 opens libEGL for every window and closes it again, and with it Mesa's drivers and
//! their compiler: each time some memory stays. It also asks libxkbcommon for a keymap, makes a
//! state of it, and frees the state alone: the keymap (60 KB in 12,000 pieces) stays for ever.
//! [`keep`] mends both from outside, once for the process.

/// Mends what the module's documentation says, before the first window opens. Not real-time safe.
pub fn keep() {
    #[cfg(target_os = "linux")]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            x11::keep_libraries();
            x11::free_keymaps();
        });
    }
}

#[cfg(target_os = "linux")]
mod x11 {
    use std::ffi::c_void;
    use std::sync::OnceLock;

    use xkbcommon_dl::x11::{xcb_connection_t, xkbcommon_x11_option};
    use xkbcommon_dl::{xkb_keymap, xkb_state, xkbcommon_option};

    type NewState =
        unsafe extern "C" fn(*mut xkb_keymap, *mut xcb_connection_t, i32) -> *mut xkb_state;

    /// libxkbcommon's own function.
    static NEW_STATE: OnceLock<NewState> = OnceLock::new();

    /// Opens the libraries that a window uses, once more than they are closed.
    pub fn keep_libraries() {
        for name in
            [c"libX11.so.6", c"libX11-xcb.so.1", c"libXcursor.so.1", c"libEGL.so.1", c"libGL.so.1"]
        {
            // SAFETY: these are the libraries that the window opens itself a moment later, by the
            // same names; one that is not there is not kept.
            let _: *mut c_void =
                unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY | libc::RTLD_LOCAL) };
        }
    }

    /// Makes a state hold its keymap alone, so that freeing the state frees both.
    unsafe extern "C" fn new_state(
        keymap: *mut xkb_keymap,
        connection: *mut xcb_connection_t,
        device: i32,
    ) -> *mut xkb_state {
        let (Some(make), Some(common)) = (NEW_STATE.get(), xkbcommon_option()) else {
            return std::ptr::null_mut();
        };
        // SAFETY: the window hands over what libxkbcommon asks; a state counts itself among the
        // holders of its keymap, and the window does not use the keymap again. A keymap that could
        // not be made is null, and so is its state.
        unsafe {
            if keymap.is_null() {
                return std::ptr::null_mut();
            }
            let state = make(keymap, connection, device);
            (common.xkb_keymap_unref)(keymap);
            state
        }
    }

    /// Puts [`new_state`] into the table of functions that the window calls.
    pub fn free_keymaps() {
        let Some(table) = xkbcommon_x11_option() else { return };
        // Where the table has the function's address.
        let place: *const NewState = std::ptr::from_ref(&*table.xkb_x11_state_new_from_device);
        // SAFETY: it holds an address just now.
        if NEW_STATE.set(unsafe { *place }).is_err() {
            return;
        }
        // SAFETY: the table was made at run time, in memory that is written by it alone (the cell
        // of a static that `xkbcommon_dl` keeps), and no window is open yet in this library, so
        // that nobody reads it meanwhile. Both functions have one type.
        unsafe { place.cast_mut().write_volatile(new_state) };
    }
}
