//! What a host hands over: streams, queues of parameters, lists of events, a handler and a window's
//! frame.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

use vst3::Steinberg::IBStream_::IStreamSeekMode_;
use vst3::Steinberg::Linux::{
    FileDescriptor, IEventHandler, IEventHandlerTrait, IRunLoop, IRunLoopTrait, ITimerHandler,
    TimerInterval,
};
use vst3::Steinberg::Vst::{
    Event, IComponentHandler, IComponentHandlerTrait, IEventList, IEventListTrait,
    IParamValueQueue, IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait, ParamID,
    ParamValue,
};
use vst3::Steinberg::{
    IBStream, IBStreamTrait, IPlugFrame, IPlugFrameTrait, IPlugView, IPlugViewTrait, ViewRect,
    int32, int64, kInvalidArgument, kResultFalse, kResultOk, tresult,
};
use vst3::{Class, ComPtr, ComRef, ComWrapper};

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stream of bytes in memory.
pub struct Bytes(Mutex<(Vec<u8>, usize)>);

impl Class for Bytes {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Bytes {
    unsafe fn read(&self, buffer: *mut c_void, count: int32, done: *mut int32) -> tresult {
        let mut inner = lock(&self.0);
        let (bytes, at) = &mut *inner;
        let count = (bytes.len() - *at).min(count.max(0) as usize);
        // SAFETY: the plugin's buffer is as long as it says.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes[*at..].as_ptr(), buffer.cast(), count);
            if !done.is_null() {
                *done = count as int32;
            }
        }
        *at += count;
        kResultOk
    }

    unsafe fn write(&self, buffer: *mut c_void, count: int32, done: *mut int32) -> tresult {
        let mut inner = lock(&self.0);
        // SAFETY: as above.
        let new = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), count.max(0) as usize) };
        inner.0.extend_from_slice(new);
        // SAFETY: as above.
        unsafe {
            if !done.is_null() {
                *done = count;
            }
        }
        kResultOk
    }

    unsafe fn seek(&self, to: int64, mode: int32, result: *mut int64) -> tresult {
        let mut inner = lock(&self.0);
        let base = match mode as u32 {
            mode if mode == IStreamSeekMode_::kIBSeekSet as u32 => 0,
            mode if mode == IStreamSeekMode_::kIBSeekCur as u32 => inner.1 as i64,
            _ => inner.0.len() as i64,
        };
        inner.1 = (base + to).clamp(0, inner.0.len() as i64) as usize;
        // SAFETY: null or the plugin's.
        unsafe {
            if !result.is_null() {
                *result = inner.1 as i64;
            }
        }
        kResultOk
    }

    unsafe fn tell(&self, at: *mut int64) -> tresult {
        // SAFETY: the plugin's.
        unsafe { *at = lock(&self.0).1 as i64 };
        kResultOk
    }
}

/// A counted stream.
pub struct Stream(ComWrapper<Bytes>);

impl Stream {
    /// Holding `bytes`, at their beginning.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(ComWrapper::new(Bytes(Mutex::new((bytes, 0)))))
    }

    /// As the format passes it.
    #[must_use]
    pub fn pointer(&self) -> *mut IBStream {
        self.0.as_com_ref().map_or(std::ptr::null_mut(), |stream| stream.as_ptr())
    }

    /// What it holds.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        lock(&self.0.0).0.clone()
    }
}

/// What a plugin has told its host.
#[derive(Clone, Default)]
pub struct Edits(Arc<Mutex<Told>>);

/// See [`Edits`].
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Flags of restarts, in order.
    pub restarts: Vec<i32>,
    /// Values performed, in order.
    pub performed: Vec<(u32, f64)>,
    /// Gestures begun and not ended.
    pub open: i64,
}

impl Edits {
    /// So far.
    #[must_use]
    pub fn told(&self) -> Told {
        lock(&self.0).clone()
    }
}

/// A host's handler that notes everything.
pub struct Handler {
    /// Where it notes.
    pub edits: Edits,
}

impl Class for Handler {
    type Interfaces = (IComponentHandler,);
}

impl IComponentHandlerTrait for Handler {
    unsafe fn beginEdit(&self, _id: ParamID) -> tresult {
        lock(&self.edits.0).open += 1;
        kResultOk
    }

    unsafe fn performEdit(&self, id: ParamID, value: ParamValue) -> tresult {
        lock(&self.edits.0).performed.push((id, value));
        kResultOk
    }

    unsafe fn endEdit(&self, _id: ParamID) -> tresult {
        lock(&self.edits.0).open -= 1;
        kResultOk
    }

    unsafe fn restartComponent(&self, flags: int32) -> tresult {
        lock(&self.edits.0).restarts.push(flags);
        kResultOk
    }
}

/// One parameter's points.
pub struct Queue {
    /// The parameter.
    pub id: u32,
    /// Sample and value.
    pub points: Vec<(i32, f64)>,
    /// What the queue says its number of points is, when that is a lie.
    pub claims: Option<i32>,
}

impl Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        self.id
    }

    unsafe fn getPointCount(&self) -> int32 {
        self.claims.unwrap_or(self.points.len() as int32)
    }

    unsafe fn getPoint(&self, index: int32, offset: *mut int32, value: *mut ParamValue) -> tresult {
        let Some(point) = usize::try_from(index).ok().and_then(|index| self.points.get(index))
        else {
            return kResultFalse;
        };
        // SAFETY: the plugin's places.
        unsafe { (*offset, *value) = *point };
        kResultOk
    }

    unsafe fn addPoint(&self, _offset: int32, _value: ParamValue, _index: *mut int32) -> tresult {
        kResultFalse
    }
}

/// A block's parameter changes.
pub struct Changes {
    /// The queues; `None` is a null pointer.
    pub queues: Vec<Option<ComWrapper<Queue>>>,
    /// What the list says its length is, when that is a lie.
    pub claims: Option<i32>,
}

impl Class for Changes {
    type Interfaces = (IParameterChanges,);
}

impl Changes {
    /// Of parameters and their points.
    #[must_use]
    pub fn new(points: Vec<(u32, Vec<(i32, f64)>)>) -> Self {
        let queue = |(id, points)| Some(ComWrapper::new(Queue { id, points, claims: None }));
        Self { queues: points.into_iter().map(queue).collect(), claims: None }
    }
}

impl IParameterChangesTrait for Changes {
    unsafe fn getParameterCount(&self) -> int32 {
        self.claims.unwrap_or(self.queues.len() as int32)
    }

    unsafe fn getParameterData(&self, index: int32) -> *mut IParamValueQueue {
        let found = usize::try_from(index)
            .ok()
            .and_then(|index| self.queues.get(index))
            .and_then(Option::as_ref);
        found
            .and_then(|queue| queue.as_com_ref())
            .map_or(std::ptr::null_mut(), |queue| queue.as_ptr())
    }

    unsafe fn addParameterData(
        &self,
        _id: *const ParamID,
        _index: *mut int32,
    ) -> *mut IParamValueQueue {
        std::ptr::null_mut()
    }
}

/// A block's events.
pub struct Events {
    /// The events.
    pub events: Vec<Event>,
    /// What the list says its length is, when that is a lie.
    pub claims: Option<i32>,
}

// SAFETY: the pointers in events are null, or to memory of the case that outlives the list.
unsafe impl Send for Events {}
// SAFETY: as above.
unsafe impl Sync for Events {}

impl Class for Events {
    type Interfaces = (IEventList,);
}

impl IEventListTrait for Events {
    unsafe fn getEventCount(&self) -> int32 {
        self.claims.unwrap_or(self.events.len() as int32)
    }

    unsafe fn getEvent(&self, index: int32, event: *mut Event) -> tresult {
        let Some(found) = usize::try_from(index).ok().and_then(|index| self.events.get(index))
        else {
            return kResultFalse;
        };
        // SAFETY: the plugin's place.
        unsafe { event.write(*found) };
        kResultOk
    }

    unsafe fn addEvent(&self, _event: *mut Event) -> tresult {
        kResultFalse
    }
}

/// A frame of a window, with a run loop in it.
pub struct Frame {
    loops: Option<RunLoop>,
    /// Sizes that were asked for.
    pub sizes: Mutex<Vec<(i32, i32)>>,
    /// What the host does first when it is asked for a size, while the plugin waits for the answer.
    pub first: Mutex<Option<Reaction>>,
}

/// See [`Frame::first`].
pub type Reaction = Arc<dyn Fn(ComRef<'_, IPlugView>) + Send + Sync>;

impl Class for Frame {
    type Interfaces = (IPlugFrame, IRunLoop);
}

/// Handlers by their pointers.
#[derive(Default)]
struct RunLoop(Mutex<HashMap<usize, (ComPtr<IEventHandler>, FileDescriptor)>>);

impl RunLoop {
    /// A handler while it is registered, not counted: a host's loop calls what it has, and no more.
    fn handler(&self, pointer: usize) -> Option<(*mut IEventHandler, FileDescriptor)> {
        lock(&self.0).get(&pointer).map(|(handler, descriptor)| (handler.as_ptr(), *descriptor))
    }
}

impl Frame {
    /// With a run loop that works, or one that refuses.
    #[must_use]
    pub fn new(has_loop: bool) -> ComWrapper<Self> {
        ComWrapper::new(Self {
            loops: has_loop.then(RunLoop::default),
            sizes: Mutex::new(Vec::new()),
            first: Mutex::new(None),
        })
    }

    /// Handlers that are registered now.
    #[must_use]
    pub fn registered(&self) -> usize {
        self.loops.as_ref().map_or(0, |loops| lock(&loops.0).len())
    }

    /// Calls handlers whose descriptors can be read, as a host's loop does.
    pub fn turn(&self) {
        let Some(loops) = &self.loops else { return };
        let pointers: Vec<usize> = lock(&loops.0).keys().copied().collect();
        for (handler, descriptor) in
            pointers.into_iter().filter_map(|pointer| loops.handler(pointer))
        {
            let mut poll = libc::pollfd { fd: descriptor, events: libc::POLLIN, revents: 0 };
            // SAFETY: one descriptor, which may be closed by now; then nothing is to be read.
            if unsafe { libc::poll(&raw mut poll, 1, 0) } == 1 && poll.revents & libc::POLLIN != 0 {
                // SAFETY: the handler is registered, and so counted, when it is called; it may end
                // its registration meanwhile.
                if let Some(handler) = unsafe { ComRef::from_raw(handler) } {
                    // SAFETY: as above.
                    unsafe { handler.onFDIsSet(descriptor) };
                }
            }
        }
    }
}

impl IPlugFrameTrait for Frame {
    unsafe fn resizeView(&self, view: *mut IPlugView, size: *mut ViewRect) -> tresult {
        // SAFETY: the plugin's view and size.
        let Some(view) = (unsafe { ComRef::from_raw(view) }) else { return kInvalidArgument };
        let first = lock(&self.first).clone();
        if let Some(first) = first {
            first(view);
        }
        // SAFETY: as above.
        unsafe {
            lock(&self.sizes).push(((*size).right - (*size).left, (*size).bottom - (*size).top));
            view.onSize(size)
        }
    }
}

impl IRunLoopTrait for Frame {
    unsafe fn registerEventHandler(
        &self,
        handler: *mut IEventHandler,
        descriptor: FileDescriptor,
    ) -> tresult {
        let Some(loops) = &self.loops else { return kResultFalse };
        // SAFETY: the plugin's handler; counted from here on.
        let Some(counted) = (unsafe { ComRef::from_raw(handler) }) else { return kInvalidArgument };
        lock(&loops.0).insert(handler as usize, (counted.to_com_ptr(), descriptor));
        kResultOk
    }

    unsafe fn unregisterEventHandler(&self, handler: *mut IEventHandler) -> tresult {
        let Some(loops) = &self.loops else { return kResultFalse };
        let old = lock(&loops.0).remove(&(handler as usize));
        if old.is_some() { kResultOk } else { kInvalidArgument }
    }

    unsafe fn registerTimer(
        &self,
        _handler: *mut ITimerHandler,
        _milliseconds: TimerInterval,
    ) -> tresult {
        kResultFalse
    }

    unsafe fn unregisterTimer(&self, _handler: *mut ITimerHandler) -> tresult {
        kResultFalse
    }
}
