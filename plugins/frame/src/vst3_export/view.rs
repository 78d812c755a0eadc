//! The window in a host: opened in the host's own, resized with it, and closed in whatever order
//! and on whatever thread.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::NativeSize;
use nice_plug::editor::{Editor, EditorHandle, HostMethods, ParentWindowHandle, SpawnedEditor};
use nice_plug::prelude::{Plugin, Vst3Plugin};
use nice_plug::wrapper::vst3::vst3::Steinberg::IPlugViewContentScaleSupport_::ScaleFactor;
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, IPlugFrame, IPlugView, IPlugViewContentScaleSupport,
    IPlugViewContentScaleSupportTrait, IPlugViewTrait, TBool, ViewRect, char16, int16,
    kInternalError, kInvalidArgument, kNotImplemented, kResultFalse, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComPtr, ComRef, ComWrapper};
use parking_lot::Mutex;

use super::gui::{Frame, Gui, MainThread};
use super::instance::Instance;
use super::text;
use super::window::{Handle, KIND, LONGEST, Open, parent, size, window_scale};
use crate::panics::caught;

/// Scales that a screen can have.
const SCALES: std::ops::RangeInclusive<f32> = 0.1..=16.0;

/// What a view and what is called from its window share.
pub struct Pane<P: Plugin> {
    pub instance: Arc<Instance<P>>,
    pub frame: Mutex<Option<ComPtr<IPlugFrame>>>,
    /// The window's thread wants the host's.
    pub is_wanted: AtomicBool,
    /// The window has the host's thread just now.
    attending: AtomicBool,
    open: Mutex<Option<Arc<Open<P>>>>,
    scale: Mutex<Option<f64>>,
    /// The editor's size before its window opened, and by what it grows when the window's thread
    /// has told it of the scale.
    growing: Mutex<Option<(NativeSize<u32>, f64)>>,
    view: AtomicPtr<IPlugView>,
    #[cfg(all(unix, not(target_os = "macos")))]
    line: Mutex<Option<super::line::Line>>,
}

impl<P: Plugin> Pane<P> {
    /// The view as the host knows it; null when it is gone.
    pub fn view(&self) -> *mut IPlugView {
        self.view.load(Ordering::Acquire)
    }

    /// Does something that belongs to the host's thread there, or here where the host has no loop
    /// for it.
    pub fn on_hosts_thread(&self, work: impl FnOnce() + Send + 'static) {
        #[cfg(all(unix, not(target_os = "macos")))]
        {
            let caller = self.line.lock().as_ref().map(super::line::Line::caller);
            let shared = Arc::new(Mutex::new(Some(work)));
            let theirs = shared.clone();
            let task = move || {
                let work = theirs.lock().take();
                if let Some(work) = work {
                    work();
                }
            };
            if caller.is_some_and(|caller| caller.call(Box::new(task))) {
                return;
            }
            let work = shared.lock().take();
            if let Some(work) = work {
                work();
            }
        }
        #[cfg(not(all(unix, not(target_os = "macos"))))]
        work();
    }

    /// As [`Pane::on_hosts_thread`], but not here: without a loop the host's next call has to do.
    pub fn on_hosts_thread_only(&self, work: impl FnOnce() + Send + 'static) {
        #[cfg(all(unix, not(target_os = "macos")))]
        {
            let caller = self.line.lock().as_ref().map(super::line::Line::caller);
            if let Some(caller) = caller {
                caller.call(Box::new(work));
            }
        }
        #[cfg(not(all(unix, not(target_os = "macos"))))]
        drop(work);
    }

    /// Gives the window the host's thread when it wants it. A host that is asked for another size
    /// from there calls back, and so comes here again: the window would not stand that, and what it
    /// wants meanwhile is done at the end.
    pub fn attend(&self) {
        let open = self.open.lock().clone();
        let Some(spawned) = open.as_ref().and_then(|open| open.window()) else { return };
        if self.attending.swap(true, Ordering::AcqRel) {
            return;
        }
        let _end = Attending(&self.attending);
        while self.is_wanted.swap(false, Ordering::AcqRel) {
            spawned.handle.host_main_thread_callback(&spawned.window);
        }
    }

    /// Something that the window does on its own thread. `None` without a window, or on another
    /// thread.
    fn with_window<R>(&self, work: impl FnOnce(&SpawnedEditor<Handle<P>>) -> R) -> Option<R> {
        self.attend();
        let open = self.open.lock().clone()?;
        open.window().map(work)
    }

    /// Closes the window. Says whether there was one.
    fn close(&self) -> bool {
        let open = self.open.lock().take();
        let was_open = open.is_some();
        drop(open);
        if let Some((_, by)) = self.growing.lock().take() {
            *self.instance.scale.lock() /= by; // it was never told
        }
        #[cfg(all(unix, not(target_os = "macos")))]
        {
            // What the window had still to say. The line stays where it is: a task may take it away
            // for good.
            let caller = self.line.lock().as_ref().map(super::line::Line::caller);
            if let Some(caller) = caller {
                caller.run();
            }
        }
        was_open
    }

    fn set_frame(&self, frame: Option<ComPtr<IPlugFrame>>) {
        #[cfg(all(unix, not(target_os = "macos")))]
        {
            let requests = &self.instance.requests;
            let old = self.line.lock().take();
            if let Some(old) = old {
                requests.remove_line(&old.caller());
            }
            let line = frame
                .as_ref()
                .and_then(|frame| frame.as_com_ref().cast())
                .and_then(super::line::Line::new);
            if let Some(line) = &line {
                requests.add_line(line.caller());
            }
            *self.line.lock() = line;
        }
        let old = std::mem::replace(&mut *self.frame.lock(), frame);
        drop(old);
    }
}

/// Ends an attendance, also by a panic.
struct Attending<'a>(&'a AtomicBool);

impl Drop for Attending<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// The object that the host holds.
pub struct View<P: Vst3Plugin> {
    pane: ManuallyDrop<Arc<Pane<P>>>,
}

impl<P: Vst3Plugin> Class for View<P> {
    type Interfaces = (IPlugView, IPlugViewContentScaleSupport);
}

impl<P: Vst3Plugin> View<P> {
    /// A view without a window yet.
    pub fn new(instance: Arc<Instance<P>>) -> Self {
        Self {
            pane: ManuallyDrop::new(Arc::new(Pane {
                instance,
                frame: Mutex::new(None),
                is_wanted: AtomicBool::new(false),
                attending: AtomicBool::new(false),
                open: Mutex::new(None),
                scale: Mutex::new(None),
                growing: Mutex::new(None),
                view: AtomicPtr::new(std::ptr::null_mut()),
                #[cfg(all(unix, not(target_os = "macos")))]
                line: Mutex::new(None),
            })),
        }
    }

    /// Tells the window's callers how the host knows this view. Not counted: the view outlives its
    /// window.
    pub fn introduce(&self, wrapper: &ComWrapper<Self>) {
        if let Some(view) = wrapper.as_com_ref::<IPlugView>() {
            self.pane.view.store(view.as_ptr(), Ordering::Release);
        }
    }

    fn answer(&self, work: impl FnOnce(&Arc<Pane<P>>) -> tresult) -> tresult {
        self.pane.instance.guard.call(kInternalError, || work(&self.pane))
    }

    fn open(pane: &Arc<Pane<P>>, parent: ParentWindowHandle) -> tresult {
        let instance = &pane.instance;
        if instance.has_window.swap(true, Ordering::AcqRel) {
            return kResultFalse;
        }
        let scale = *pane.scale.lock();
        let weak = || Arc::downgrade(pane);
        let main_thread_caller = Box::new(MainThread(weak()));
        let host = HostMethods { callbacks: Box::new(Frame(weak())), main_thread_caller };
        let gui = GuiContext::new(Arc::new(Gui(weak())));
        // Held while the window opens; on macOS the host asks for the size meanwhile, on this
        // thread.
        let spawned = match &*instance.editor.lock() {
            Some(editor) => {
                let before = editor.size();
                let spawned = editor.spawn(Some(parent), false, scale, gui, Some(host));
                let opened =
                    spawned.map(|spawned| (before, window_scale(editor, &spawned), spawned));
                opened.map_err(|error| error.to_string())
            }
            None => Err("the plugin has no editor".to_owned()),
        };
        let (before, shown_at, spawned) = match spawned {
            Ok(opened) => opened,
            Err(error) => {
                nice_plug::nice_error!("{}: the window could not be opened: {error}", P::NAME);
                instance.has_window.store(false, Ordering::Release);
                return kResultFalse;
            }
        };
        let open = Open::<P>::new(spawned, instance.clone());
        let shown = open.window().map(|spawned| spawned.handle.show(&spawned.window));
        if let Some(Err(error)) = shown {
            nice_plug::nice_error!("{}: the window could not be shown: {error}", P::NAME);
            return kResultFalse;
        }
        let known = std::mem::replace(&mut *instance.scale.lock(), shown_at);
        *pane.growing.lock() = (known != shown_at).then_some((before, shown_at / known));
        *pane.open.lock() = Some(Arc::new(open));
        kResultOk
    }
}

impl<P: Vst3Plugin> Drop for View<P> {
    fn drop(&mut self) {
        // SAFETY: nothing comes after.
        let pane = unsafe { ManuallyDrop::take(&mut self.pane) };
        caught(move || {
            pane.view.store(std::ptr::null_mut(), Ordering::Release);
            pane.close();
            pane.set_frame(None);
        });
    }
}

impl<P: Vst3Plugin> IPlugViewTrait for View<P> {
    unsafe fn isPlatformTypeSupported(&self, kind: FIDString) -> tresult {
        // SAFETY: a name of the host's ends with a zero.
        if unsafe { text::is(kind, KIND) } { kResultOk } else { kResultFalse }
    }

    unsafe fn attached(&self, window: *mut c_void, kind: FIDString) -> tresult {
        // SAFETY: as above.
        if !unsafe { text::is(kind, KIND) } {
            return kInvalidArgument;
        }
        let Some(parent) = parent(window) else { return kInvalidArgument };
        self.answer(|pane| Self::open(pane, parent))
    }

    unsafe fn removed(&self) -> tresult {
        let mut was_open = false;
        caught(|| was_open = self.pane.close());
        if was_open { kResultOk } else { kResultFalse }
    }

    unsafe fn onWheel(&self, _distance: f32) -> tresult {
        kNotImplemented
    }

    // Keys reach the window from the system; the editors take none from the host.
    unsafe fn onKeyDown(&self, _key: char16, _code: int16, _modifiers: int16) -> tresult {
        kResultFalse
    }

    unsafe fn onKeyUp(&self, _key: char16, _code: int16, _modifiers: int16) -> tresult {
        kResultFalse
    }

    unsafe fn getSize(&self, rect: *mut ViewRect) -> tresult {
        if rect.is_null() {
            return kInvalidArgument;
        }
        self.answer(|pane| {
            pane.attend();
            let Some(size) = pane.instance.editor.lock().as_ref().map(Editor::size) else {
                return kResultFalse;
            };
            let is_open = pane.open.lock().is_some();
            let mut growing = pane.growing.lock();
            let scale = match *growing {
                Some((before, by)) if before == size => by,
                Some(_) => {
                    *growing = None;
                    1.0
                }
                None if is_open => 1.0,
                None => {
                    pane.scale.lock().map_or(1.0, |wanted| wanted / *pane.instance.scale.lock())
                }
            };
            let pixels = |length: u32| (f64::from(length) * scale).round() as i32;
            // SAFETY: the host's place for the answer is not null.
            unsafe {
                rect.write(ViewRect {
                    left: 0,
                    top: 0,
                    right: pixels(size.width),
                    bottom: pixels(size.height),
                })
            };
            kResultOk
        })
    }

    unsafe fn onSize(&self, rect: *mut ViewRect) -> tresult {
        // SAFETY: null or the host's.
        let Some(size) = (unsafe { size(rect) }) else { return kInvalidArgument };
        self.answer(|pane| {
            let done =
                pane.with_window(|spawned| spawned.handle.set_size(size, &spawned.window).is_ok());
            if done == Some(true) { kResultOk } else { kResultFalse }
        })
    }

    unsafe fn onFocus(&self, _state: TBool) -> tresult {
        kNotImplemented
    }

    unsafe fn setFrame(&self, frame: *mut IPlugFrame) -> tresult {
        // SAFETY: null or the host's frame; it is counted from here on.
        let frame = unsafe { ComRef::from_raw(frame) }.map(|frame| frame.to_com_ptr());
        // Also of an instance that has failed: the host takes back what is its own.
        self.pane.instance.guard.always(kInternalError, || {
            self.pane.set_frame(frame);
            kResultOk
        })
    }

    unsafe fn canResize(&self) -> tresult {
        self.answer(|pane| {
            let editor = pane.instance.editor.lock();
            let can = editor.as_ref().is_some_and(|editor| editor.resize_hint().can_resize);
            if can { kResultOk } else { kResultFalse }
        })
    }

    unsafe fn checkSizeConstraint(&self, rect: *mut ViewRect) -> tresult {
        // SAFETY: null or the host's.
        let Some(wanted) = (unsafe { size(rect) }) else { return kInvalidArgument };
        self.answer(|pane| {
            let adjusted =
                pane.with_window(|spawned| spawned.handle.adjust_size(wanted, &spawned.window));
            let Some(Some(adjusted)) = adjusted else { return kResultFalse };
            // SAFETY: `size` has read from the same place.
            unsafe {
                (*rect).right =
                    (*rect).left.saturating_add(i32::try_from(adjusted.width).unwrap_or(LONGEST));
                (*rect).bottom =
                    (*rect).top.saturating_add(i32::try_from(adjusted.height).unwrap_or(LONGEST));
            }
            kResultOk
        })
    }
}

impl<P: Vst3Plugin> IPlugViewContentScaleSupportTrait for View<P> {
    unsafe fn setContentScaleFactor(&self, scale: ScaleFactor) -> tresult {
        if !SCALES.contains(&scale) {
            return kInvalidArgument;
        }
        self.answer(|pane| {
            let scale = f64::from(scale);
            *pane.scale.lock() = Some(scale);
            // A window that is open hears of it at once, one that opens later begins with it.
            let told = pane.with_window(|spawned| {
                spawned.handle.set_fallback_scale_factor(scale, &spawned.window)
            });
            match told {
                Some(Err(_)) => kResultFalse,
                _ => kResultOk,
            }
        })
    }
}
