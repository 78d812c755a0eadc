//! The host's own run loop on Linux: work that belongs to the thread of the host's windows.
//!
//! A host gives its run loop with a window's frame. A byte in a pair of sockets wakes it (some
//! hosts poll nothing but sockets). Both ends are closed when the window is done with the loop,
//! whoever still holds a reference.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use nice_plug::wrapper::vst3::vst3::Steinberg::Linux::{
    FileDescriptor, IEventHandler, IEventHandlerTrait, IRunLoop, IRunLoopTrait,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::kResultOk;
use nice_plug::wrapper::vst3::vst3::{Class, ComPtr, ComWrapper};
use parking_lot::Mutex;

use crate::panics::caught;

/// Something to do on the host's thread.
pub type Task = Box<dyn FnOnce() + Send>;

/// What waits, and what wakes the loop for it.
struct Shared {
    ends: Mutex<Option<(UnixStream, UnixStream)>>,
    tasks: Mutex<VecDeque<Task>>,
}

/// What the host's loop calls. A task may end the registration, and with it this object, while the
/// host is still in it: what is touched after a task is held by the call itself.
struct Handler(Arc<Shared>);

impl Class for Handler {
    type Interfaces = (IEventHandler,);
}

impl IEventHandlerTrait for Handler {
    unsafe fn onFDIsSet(&self, _fd: FileDescriptor) {
        let shared = self.0.clone();
        caught(move || {
            if let Some((read, _)) = &mut *shared.ends.lock() {
                let mut bytes = [0; 64];
                while read.read(&mut bytes).is_ok_and(|count| count > 0) {}
            }
            shared.run();
        });
    }
}

impl Shared {
    /// Does what waits. On the host's thread.
    fn run(&self) {
        loop {
            // The lock is free while a task runs: it may ask for another.
            let task = self.tasks.lock().pop_front();
            let Some(task) = task else { return };
            caught(task);
        }
    }
}

/// A way for other threads to have something done in the loop.
#[derive(Clone)]
pub struct Caller(Arc<Shared>);

impl Caller {
    /// Has a task done on the host's thread. False when the loop is no longer there; the task is
    /// dropped then.
    pub fn call(&self, task: Task) -> bool {
        let ends = self.0.ends.lock();
        let Some((_, write)) = &*ends else { return false };
        self.0.tasks.lock().push_back(task);
        let mut write = write;
        // A full socket means that the loop is to wake anyway.
        let _ = write.write(&[1]);
        true
    }

    /// Does what waits at once. On the host's thread.
    pub fn run(&self) {
        self.0.run();
    }

    /// Whether both lead to one registration.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A registration with a host's run loop, as long as this lives.
pub struct Line {
    run_loop: ComPtr<IRunLoop>,
    handler: ComWrapper<Handler>,
    shared: Arc<Shared>,
}

impl Line {
    /// Registers with the host's loop. `None` where it refuses.
    pub fn new(run_loop: ComPtr<IRunLoop>) -> Option<Self> {
        let (read, write) = UnixStream::pair().ok()?;
        read.set_nonblocking(true).ok()?;
        write.set_nonblocking(true).ok()?;
        let descriptor = read.as_raw_fd();
        let ends = Mutex::new(Some((read, write)));
        let shared = Arc::new(Shared { ends, tasks: Mutex::new(VecDeque::new()) });
        let handler = ComWrapper::new(Handler(shared.clone()));
        let pointer = handler.as_com_ref::<IEventHandler>()?.as_ptr();
        // SAFETY: the handler lives until it is unregistered; the host counts references of its
        // own.
        let result = unsafe { run_loop.registerEventHandler(pointer, descriptor) };
        (result == kResultOk).then_some(Self { run_loop, handler, shared })
    }

    /// The way in for other threads.
    pub fn caller(&self) -> Caller {
        Caller(self.shared.clone())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(handler) = self.handler.as_com_ref::<IEventHandler>() {
            // SAFETY: the handler was registered with this loop.
            unsafe { self.run_loop.unregisterEventHandler(handler.as_ptr()) };
        }
        let ends = self.shared.ends.lock().take();
        drop(ends);
        self.shared.run();
    }
}
