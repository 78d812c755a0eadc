//! A display without a screen (Xvfb), and windows on it for editors to be put in.
//!
//! The display ends when its last client does: with the process of a case, however that ends.

use std::ffi::{CStr, c_char, c_int, c_uint, c_ulong, c_void};
use std::io::Read;
use std::process::{Command, Stdio};

impl Windows {
    /// Starts a display, names it in `DISPLAY`, and opens it.
    ///
    /// # Errors
    /// When there is no Xvfb; `cargo xtask test` installs it.
    pub fn start() -> Result<Self, String> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-terminate"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("Xvfb cannot be started ({error}); `cargo xtask test` installs it"))?;
        let mut number = String::new();
        let mut out = server.stdout.take().ok_or("Xvfb says nothing")?;
        let mut byte = [0];
        while out.read(&mut byte).is_ok_and(|count| count == 1) && byte[0] != b'\n' {
            number.push(byte[0] as char);
        }
        if number.is_empty() {
            let _ = server.kill();
            return Err("Xvfb did not say which display it is".into());
        }
        // SAFETY: the process of a case has one thread when it starts its display.
        unsafe { std::env::set_var("DISPLAY", format!(":{number}")) };
        Self::open()
    }
}

type Create =
    unsafe extern "C" fn(*mut c_void, c_ulong, c_int, c_int, c_uint, c_uint, c_uint, c_ulong, c_ulong) -> c_ulong;
type OfWindow = unsafe extern "C" fn(*mut c_void, c_ulong) -> c_int;
type Sync = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;

/// The functions of Xlib that a host of windows needs.
pub struct Windows {
    display: *mut c_void,
    root: c_ulong,
    create: Create,
    map: OfWindow,
    destroy: OfWindow,
    sync: Sync,
}

unsafe extern "C" fn ignore(_display: *mut c_void, _event: *mut c_void) -> c_int {
    0
}

impl Windows {
    /// Opens the display that `DISPLAY` names.
    ///
    /// # Errors
    /// When there is no Xlib, or no display.
    fn open() -> Result<Self, String> {
        // SAFETY: libX11 does nothing but its start-up when it is opened; each symbol has the type that Xlib gives it.
        unsafe {
            let library = libc::dlopen(c"libX11.so.6".as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL);
            if library.is_null() {
                return Err("there is no libX11".into());
            }
            let find = |name: &CStr| {
                let found = libc::dlsym(library, name.as_ptr());
                if found.is_null() { Err(format!("libX11 has no {}", name.to_string_lossy())) } else { Ok(found) }
            };
            let threads: unsafe extern "C" fn() -> c_int = std::mem::transmute(find(c"XInitThreads")?);
            let open: unsafe extern "C" fn(*const c_char) -> *mut c_void = std::mem::transmute(find(c"XOpenDisplay")?);
            let root: unsafe extern "C" fn(*mut c_void) -> c_ulong = std::mem::transmute(find(c"XDefaultRootWindow")?);
            type Handler = unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int;
            let set_handler: unsafe extern "C" fn(Option<Handler>) -> Option<Handler> =
                std::mem::transmute(find(c"XSetErrorHandler")?);
            threads();
            set_handler(Some(ignore));
            let display = open(std::ptr::null());
            if display.is_null() {
                return Err("the display cannot be opened".into());
            }
            Ok(Self {
                display,
                root: root(display),
                create: std::mem::transmute::<*mut c_void, Create>(find(c"XCreateSimpleWindow")?),
                map: std::mem::transmute::<*mut c_void, OfWindow>(find(c"XMapWindow")?),
                destroy: std::mem::transmute::<*mut c_void, OfWindow>(find(c"XDestroyWindow")?),
                sync: std::mem::transmute::<*mut c_void, Sync>(find(c"XSync")?),
            })
        }
    }

    /// A window of this size, shown.
    pub fn make(&self, width: u32, height: u32) -> c_ulong {
        // SAFETY: the functions are Xlib's and the display open.
        unsafe {
            let window = (self.create)(self.display, self.root, 0, 0, width, height, 0, 0, 0);
            (self.map)(self.display, window);
            (self.sync)(self.display, 0);
            window
        }
    }

    /// Destroys a window, and with it all that is in it.
    pub fn destroy(&self, window: c_ulong) {
        // SAFETY: as above.
        unsafe {
            (self.destroy)(self.display, window);
            (self.sync)(self.display, 0);
        }
    }
}
