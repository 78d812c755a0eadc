//! Asking the host for a restart, and telling it that the project has changed: asked for on any
//! thread, the audio thread too, and delivered where the host allows it.
//!
//! What an activation changes is told at its end, on the host's own thread: JUCE reads the latency
//! before and listens then. For everything else one thread of the library does the asking, and ends
//! with the last instance. Where the host has a run loop (Linux, with a window open) the call is
//! made there; on macOS in the main queue; on Windows by a timer of the thread that made the
//! instance, which is the main one. A host that has read the latency already, or never, is not
//! troubled.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use nice_plug::wrapper::vst3::vst3::ComPtr;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    IComponentHandler, IComponentHandler2, IComponentHandler2Trait, IComponentHandlerTrait,
    RestartFlags_,
};
use parking_lot::{Mutex, ReentrantMutex};

use crate::panics::caught;

/// The host has not asked for the latency yet.
const NEVER: u64 = u64::MAX;
/// How long a host that goes is kept for a call of it that has not come back. One that waits there
/// for the thread that goes would wait for ever.
const FAREWELL: Duration = Duration::from_secs(1);

/// What one instance has to ask for.
#[derive(Default)]
pub struct HostRequests {
    wanted: AtomicI32,
    /// Something has changed that is no parameter, and the host has not heard of it.
    changed: AtomicBool,
    latency_samples: AtomicU32,
    /// The latency that the host read last.
    told: AtomicU64,
    handler: Mutex<Option<ComPtr<IComponentHandler>>>,
    /// Held by the library's thread while it calls the host.
    calling: ReentrantMutex<()>,
    #[cfg(all(unix, not(target_os = "macos")))]
    lines: Mutex<Vec<super::line::Caller>>,
}

impl HostRequests {
    /// No requests yet; a [`Requester`] delivers them.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { told: AtomicU64::new(NEVER), ..Self::default() })
    }

    /// Notes the latency. Says whether the host has to be told. Real-time safe.
    pub fn set_latency(&self, samples: u32) -> bool {
        let changed = self.latency_samples.swap(samples, Ordering::SeqCst) != samples;
        if changed {
            self.wanted.fetch_or(RestartFlags_::kLatencyChanged as i32, Ordering::SeqCst);
        }
        changed
    }

    /// Notes that the host shall be asked for something. Real-time safe.
    pub fn want(&self, flags: i32) {
        self.wanted.fetch_or(flags, Ordering::SeqCst);
    }

    /// Notes that something has changed that is no parameter.
    pub fn note_change(&self) {
        self.changed.store(true, Ordering::SeqCst);
    }

    fn has_news(&self) -> bool {
        self.wanted.load(Ordering::SeqCst) != 0 || self.changed.load(Ordering::SeqCst)
    }

    /// The latency, as the host reads it.
    pub fn tell_latency(&self) -> u32 {
        let samples = self.latency_samples.load(Ordering::SeqCst);
        self.told.store(u64::from(samples), Ordering::SeqCst);
        samples
    }

    /// Whom to ask. What was wanted before there was anyone is asked for now. A call of the one
    /// before that is under way is waited for: its host may be about to free it, whatever we count.
    pub fn set_handler(&self, handler: Option<ComPtr<IComponentHandler>>) {
        let old = std::mem::replace(&mut *self.handler.lock(), handler);
        if old.is_some() {
            drop(self.calling.try_lock_for(FAREWELL));
        }
        drop(old);
    }

    /// The host's side. The lock is not held while it is called.
    pub fn handler(&self) -> Option<ComPtr<IComponentHandler>> {
        self.handler.lock().clone()
    }

    /// A way to the host's run loop, while it is there. There may be several: each view has its
    /// own.
    #[cfg(all(unix, not(target_os = "macos")))]
    pub fn add_line(&self, line: super::line::Caller) {
        self.lines.lock().push(line);
    }

    /// Takes one of those ways away.
    #[cfg(all(unix, not(target_os = "macos")))]
    pub fn remove_line(&self, line: &super::line::Caller) {
        self.lines.lock().retain(|other| !other.is_same(line));
    }

    /// Asks the host for what is wanted. On a thread where the host may be called, with no lock
    /// held.
    pub fn deliver(&self) {
        if !self.has_news() {
            return;
        }
        let Some(handler) = self.handler() else { return };
        if self.changed.swap(false, Ordering::SeqCst)
            && let Some(handler) = handler.cast::<IComponentHandler2>()
        {
            // SAFETY: the handler is the host's, and counted.
            unsafe { handler.setDirty(1) };
        }
        let mut flags = self.wanted.swap(0, Ordering::SeqCst);
        let told = self.told.load(Ordering::SeqCst);
        if told == NEVER || told == u64::from(self.latency_samples.load(Ordering::SeqCst)) {
            flags &= !(RestartFlags_::kLatencyChanged as i32);
        }
        if flags != 0 {
            // SAFETY: the handler is the host's, and counted.
            unsafe { handler.restartComponent(flags) };
        }
    }

    /// Has [`HostRequests::deliver`] done where the host allows it.
    #[cfg(not(target_os = "macos"))]
    fn send(self: Arc<Self>) {
        if !self.has_news() {
            return;
        }
        #[cfg(all(unix, not(target_os = "macos")))]
        {
            let line = self.lines.lock().last().cloned();
            if let Some(line) = line {
                let requests = Arc::downgrade(&self);
                let asked = line.call(Box::new(move || {
                    if let Some(requests) = requests.upgrade() {
                        requests.deliver();
                    }
                }));
                if asked {
                    return;
                }
            }
        }
        let _calling = self.calling.lock();
        self.deliver();
    }

    #[cfg(target_os = "macos")]
    fn send(self: Arc<Self>) {
        use std::ffi::c_void;

        #[repr(C)]
        struct Queue {
            _opaque: [u8; 0],
        }

        unsafe extern "C" {
            static _dispatch_main_q: Queue;
            fn dispatch_async_f(
                queue: *const Queue,
                context: *mut c_void,
                work: extern "C" fn(*mut c_void),
            );
        }

        extern "C" fn work(context: *mut c_void) {
            // SAFETY: the context is the requests that was sent with it.
            let requests = unsafe { Arc::from_raw(context.cast::<HostRequests>().cast_const()) };
            caught(|| requests.deliver());
        }

        if self.has_news() {
            // SAFETY: the main queue is the system's and lives for ever; the context is freed by
            // `work`.
            unsafe {
                dispatch_async_f(
                    &raw const _dispatch_main_q,
                    Arc::into_raw(self).cast_mut().cast(),
                    work,
                )
            };
        }
    }
}

/// Keeps the thread that delivers alive; held by every instance.
#[cfg(not(windows))]
mod requester {
    use super::{Arc, Duration, FAREWELL, HostRequests, Mutex, Weak, caught};
    use crate::task::Task;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Instant;

    /// How long a host may take to read what has changed by itself.
    const PATIENCE: Duration = Duration::from_millis(40);

    /// The requests of all instances.
    static ALL: Mutex<Vec<Weak<HostRequests>>> = Mutex::new(Vec::new());
    /// The library's thread, while there are instances.
    static SHARED: Mutex<Weak<Task>> = Mutex::new(Weak::new());
    /// It calls hosts just now.
    static CALLING: AtomicBool = AtomicBool::new(false);

    /// See [`super::HostRequests`].
    pub struct Requester(Arc<Task>);

    impl Requester {
        /// The library's one; made when there is none.
        pub fn new(requests: &Arc<HostRequests>) -> Self {
            let mut all = ALL.lock();
            all.retain(|other| other.strong_count() > 0);
            all.push(Arc::downgrade(requests));
            drop(all);
            let mut shared = SHARED.lock();
            let task = shared.upgrade().unwrap_or_else(|| {
                Arc::new(Task::new(|| {
                    std::thread::sleep(PATIENCE);
                    CALLING.store(true, Ordering::Release);
                    deliver_all();
                    CALLING.store(false, Ordering::Release);
                }))
            });
            *shared = Arc::downgrade(&task);
            Self(task)
        }

        /// Has the requests delivered. Real-time safe.
        pub fn wake(&self) {
            self.0.ask();
        }

        /// For others to have requests delivered while there is a requester.
        pub fn waker(&self) -> impl Fn() + Send + Sync + use<> {
            let task = Arc::downgrade(&self.0);
            move || {
                if let Some(task) = task.upgrade() {
                    task.ask();
                }
            }
        }
    }

    fn deliver_all() {
        let requests: Vec<Arc<HostRequests>> =
            ALL.lock().iter().filter_map(Weak::upgrade).collect();
        for requests in requests {
            caught(|| requests.send());
        }
    }

    impl Drop for Requester {
        fn drop(&mut self) {
            // The last one waits for the thread's end. A host that holds the thread until this one
            // comes back would hang.
            let is_stuck = || Arc::strong_count(&self.0) == 1 && CALLING.load(Ordering::Acquire);
            let begun = Instant::now();
            while is_stuck() && begun.elapsed() < FAREWELL {
                std::thread::sleep(Duration::from_millis(1));
            }
            if is_stuck() {
                nice_plug::nice_error!(
                    "a call of the host's component handler was expected to return within a second, but did not"
                );
                std::mem::forget(self.0.clone());
            }
        }
    }
}

/// On Windows hosts are called on their main thread alone: a timer of the thread that makes an
/// instance looks at its requests.
#[cfg(windows)]
mod requester {
    use super::{Arc, HostRequests, Mutex, Weak, caught};
    use std::ffi::c_void;
    use std::thread::{ThreadId, current};

    #[link(name = "user32")]
    unsafe extern "system" {
        fn SetTimer(window: *mut c_void, id: usize, milliseconds: u32, work: Work) -> usize;
        fn KillTimer(window: *mut c_void, id: usize) -> i32;
    }

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *mut c_void) -> i32;
    }

    type Work = unsafe extern "system" fn(*mut c_void, u32, usize, u32);

    /// How often to look.
    const PERIOD_MS: u32 = 40;
    /// `GET_MODULE_HANDLE_EX_FLAG_PIN` and `.._FROM_ADDRESS`: the library stays loaded until the
    /// process ends.
    const PIN: u32 = 1 | 4;

    /// Timers, and the requests that they look at.
    static TIMERS: Mutex<Vec<(usize, Weak<HostRequests>)>> = Mutex::new(Vec::new());

    unsafe extern "system" fn look(_window: *mut c_void, _message: u32, id: usize, _time: u32) {
        let requests = TIMERS
            .lock()
            .iter()
            .find(|(timer, _)| *timer == id)
            .map(|(_, requests)| requests.upgrade());
        match requests {
            Some(Some(requests)) => {
                caught(|| requests.send());
            }
            Some(None) => (),
            None => {
                // SAFETY: the timer is ours, and of this thread; its instance went on another.
                unsafe { KillTimer(std::ptr::null_mut(), id) };
            }
        }
    }

    /// See [`super::HostRequests`].
    pub struct Requester {
        timer: usize,
        thread: ThreadId,
    }

    impl Requester {
        /// To be made on the host's main thread.
        pub fn new(requests: &Arc<HostRequests>) -> Self {
            let mut timers = TIMERS.lock();
            // SAFETY: a timer without a window calls `look` from the message loop of this thread.
            let timer = unsafe { SetTimer(std::ptr::null_mut(), 0, PERIOD_MS, look) };
            timers.push((timer, Arc::downgrade(requests)));
            Self { timer, thread: current().id() }
        }

        /// Nothing to do: the timer looks by itself.
        pub fn wake(&self) {}

        /// As above.
        pub fn waker(&self) -> impl Fn() + Send + Sync + use<> {
            || ()
        }
    }

    impl Drop for Requester {
        fn drop(&mut self) {
            TIMERS.lock().retain(|(timer, _)| *timer != self.timer);
            if self.thread == current().id() {
                // SAFETY: the timer is ours, and of this thread.
                unsafe { KillTimer(std::ptr::null_mut(), self.timer) };
                return;
            }
            // Only its own thread can stop it, which `look` does: the library must be there until
            // then.
            let mut module = std::ptr::null_mut();
            // SAFETY: the address is one of this library.
            unsafe { GetModuleHandleExW(PIN, look as Work as *const c_void, &raw mut module) };
        }
    }
}

pub use requester::Requester;
