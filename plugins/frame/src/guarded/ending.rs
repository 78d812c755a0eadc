//! The end of a window's thread.
//!
//! The window layer (baseview 0.4.2 on X11) does not wait for it: a host that then closes its
//! display, unloads the library or ends would pull the ground from under a thread that still puts
//! its drawing away.

use std::sync::Arc;

use nice_plug::editor::HostMainThreadCaller;

/// See the module's documentation.
#[derive(Debug, Default)]
pub struct ThreadEnd {
    /// The thread that is ending; 0 before.
    #[cfg(target_os = "linux")]
    thread: std::sync::atomic::AtomicI32,
}

#[cfg(target_os = "linux")]
impl ThreadEnd {
    /// Called on the thread that is ending.
    fn comes(&self) {
        // SAFETY: a number of the system's.
        self.thread.store(unsafe { libc::gettid() }, std::sync::atomic::Ordering::Release);
    }

    /// Waits until the thread has gone; not for ever.
    pub fn wait(&self) {
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);
        let start = std::time::Instant::now();
        while start.elapsed() < PATIENCE {
            let thread = self.thread.load(std::sync::atomic::Ordering::Acquire);
            // SAFETY: as above.
            if thread == unsafe { libc::gettid() } {
                return;
            }
            if thread != 0 && !std::path::Path::new(&format!("/proc/self/task/{thread}")).exists() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl ThreadEnd {
    fn comes(&self) {}

    /// Windows have no thread of their own here.
    pub fn wait(&self) {}
}

/// A window's way to the host's thread. The window's thread owns it, and is about to end when it
/// lets it go.
pub struct Caller {
    pub caller: Box<dyn HostMainThreadCaller>,
    pub end: Arc<ThreadEnd>,
}

impl HostMainThreadCaller for Caller {
    fn call_main_thread(&mut self) {
        self.caller.call_main_thread();
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.end.comes();
    }
}
