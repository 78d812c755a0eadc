//! The window in a host: opened in the host's own, resized with it, and closed in whatever order and on whatever thread.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::thread::ThreadId;

use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::NativeSize;
use nice_plug::editor::{Editor, EditorHandle, HostMethods, ParentWindowHandle, SpawnedEditor};
use nice_plug::prelude::{Plugin, Vst3Plugin};
use nice_plug::wrapper::vst3::vst3::Steinberg::IPlugViewContentScaleSupport_::ScaleFactor;
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, IPlugFrame, IPlugView, IPlugViewContentScaleSupport, IPlugViewContentScaleSupportTrait, IPlugViewTrait,
    TBool, ViewRect, char16, int16, kInternalError, kInvalidArgument, kNotImplemented, kResultFalse, kResultOk,
    tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComPtr, ComRef, ComWrapper};
use parking_lot::Mutex;

use super::guard::contained;
use super::gui::{Frame, Gui, MainThread, ThreadEnd};
use super::instance::Instance;
use super::text;

/// Scales that a screen can have.
const SCALES: std::ops::RangeInclusive<f32> = 0.1..=16.0;
/// The longest side of a window, in pixels.
const LONGEST: i32 = 1 << 16;

type Handle<P> = <<P as Plugin>::Editor as Editor>::Handle;

/// The name of the only kind of window that this system has.
#[cfg(all(unix, not(target_os = "macos")))]
const KIND: FIDString = nice_plug::wrapper::vst3::vst3::Steinberg::kPlatformTypeX11EmbedWindowID;
#[cfg(target_os = "macos")]
const KIND: FIDString = nice_plug::wrapper::vst3::vst3::Steinberg::kPlatformTypeNSView;
#[cfg(windows)]
const KIND: FIDString = nice_plug::wrapper::vst3::vst3::Steinberg::kPlatformTypeHWND;

#[cfg(all(unix, not(target_os = "macos")))]
fn parent(window: *mut c_void) -> Option<ParentWindowHandle> {
    let id = u32::try_from(window as usize).ok()?;
    std::num::NonZeroU32::new(id).map(ParentWindowHandle::XcbWindow)
}

#[cfg(target_os = "macos")]
fn parent(window: *mut c_void) -> Option<ParentWindowHandle> {
    std::ptr::NonNull::new(window).map(ParentWindowHandle::AppKitNsView)
}

#[cfg(windows)]
fn parent(window: *mut c_void) -> Option<ParentWindowHandle> {
    std::num::NonZeroIsize::new(window as isize).map(ParentWindowHandle::Win32Hwnd)
}

/// A window that is open.
struct Open<P: Plugin> {
    spawned: ManuallyDrop<SpawnedEditor<Handle<P>>>,
    owner: ThreadId,
    end: Arc<ThreadEnd>,
    instance: Arc<Instance<P>>,
}

// SAFETY: the window is used on its own thread alone (`Open::window`); dropping it elsewhere is what `Drop` sees to.
unsafe impl<P: Plugin> Send for Open<P> {}
// SAFETY: as above.
unsafe impl<P: Plugin> Sync for Open<P> {}

impl<P: Plugin> Open<P> {
    /// The window, on the thread that opened it.
    fn window(&self) -> Option<&SpawnedEditor<Handle<P>>> {
        (std::thread::current().id() == self.owner).then_some(&self.spawned)
    }
}

impl<P: Plugin> Drop for Open<P> {
    fn drop(&mut self) {
        // An X11 window has a thread of its own and is closed from any; elsewhere a window can only be left behind, hidden with
        // its parent, which is better than the host's end.
        let may_close = cfg!(all(unix, not(target_os = "macos"))) || std::thread::current().id() == self.owner;
        if may_close {
            // SAFETY: nothing comes after.
            let spawned = unsafe { ManuallyDrop::take(&mut self.spawned) };
            contained(move || drop(spawned));
            self.end.wait();
        } else {
            nice_plug::nice_error!("{}: a window was left open: it was let go on another thread", P::NAME);
        }
        self.instance.has_window.store(false, Ordering::Release);
    }
}

/// What a view and what is called from its window share.
pub struct Pane<P: Plugin> {
    pub instance: Arc<Instance<P>>,
    pub frame: Mutex<Option<ComPtr<IPlugFrame>>>,
    /// The window's thread wants the host's.
    pub is_wanted: AtomicBool,
    open: Mutex<Option<Arc<Open<P>>>>,
    scale: Mutex<Option<f64>>,
    view: AtomicPtr<IPlugView>,
    #[cfg(all(unix, not(target_os = "macos")))]
    line: Mutex<Option<super::line::Line>>,
}

impl<P: Plugin> Pane<P> {
    /// The view as the host knows it; null when it is gone.
    pub fn view(&self) -> *mut IPlugView {
        self.view.load(Ordering::Acquire)
    }

    /// Does something that belongs to the host's thread there, or here where the host has no loop for it.
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

    /// Gives the window the host's thread when it wants it.
    pub fn attend(&self) {
        let open = self.open.lock().clone();
        if let Some(open) = open
            && let Some(spawned) = open.window()
            && self.is_wanted.swap(false, Ordering::AcqRel)
        {
            spawned.handle.host_main_thread_callback(&spawned.window);
        }
    }

    /// Something that the window does on its own thread. `None` without a window, or on another thread.
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
        #[cfg(all(unix, not(target_os = "macos")))]
        {
            // What the window had still to say.
            let line = self.line.lock().take();
            if let Some(line) = line {
                line.run();
                *self.line.lock() = Some(line);
            }
        }
        was_open
    }

    fn set_frame(&self, frame: Option<ComPtr<IPlugFrame>>) {
        #[cfg(all(unix, not(target_os = "macos")))]
        {
            let old = self.line.lock().take();
            self.instance.bell.set_line(None);
            drop(old);
            let line = frame.as_ref().and_then(|frame| frame.as_com_ref().cast()).and_then(super::line::Line::new);
            self.instance.bell.set_line(line.as_ref().map(super::line::Line::caller));
            *self.line.lock() = line;
        }
        let old = std::mem::replace(&mut *self.frame.lock(), frame);
        drop(old);
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
                open: Mutex::new(None),
                scale: Mutex::new(None),
                view: AtomicPtr::new(std::ptr::null_mut()),
                #[cfg(all(unix, not(target_os = "macos")))]
                line: Mutex::new(None),
            })),
        }
    }

    /// Tells the window's callers how the host knows this view. Not counted: the view outlives its window.
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
        let end = Arc::new(ThreadEnd::default());
        let main_thread = MainThread { pane: weak(), end: end.clone() };
        let host = HostMethods { callbacks: Box::new(Frame(weak())), main_thread_caller: Box::new(main_thread) };
        let gui = GuiContext::new(Arc::new(Gui(weak())));
        let spawned = match &*instance.editor.lock() {
            Some(editor) => {
                editor.spawn(Some(parent), false, scale, gui, Some(host)).map_err(|error| error.to_string())
            }
            None => Err("the plugin has no editor".to_owned()),
        };
        let spawned = match spawned {
            Ok(spawned) => spawned,
            Err(error) => {
                nice_plug::nice_error!("{}: the window could not be opened: {error}", P::NAME);
                end.wait();
                instance.has_window.store(false, Ordering::Release);
                return kResultFalse;
            }
        };
        let open = Open::<P> {
            spawned: ManuallyDrop::new(spawned),
            owner: std::thread::current().id(),
            end,
            instance: instance.clone(),
        };
        if let Err(error) = open.spawned.handle.show(&open.spawned.window) {
            nice_plug::nice_error!("{}: the window could not be shown: {error}", P::NAME);
            return kResultFalse;
        }
        instance.knows_scale.store(true, Ordering::Release);
        *pane.open.lock() = Some(Arc::new(open));
        kResultOk
    }
}

impl<P: Vst3Plugin> Drop for View<P> {
    fn drop(&mut self) {
        // SAFETY: nothing comes after.
        let pane = unsafe { ManuallyDrop::take(&mut self.pane) };
        contained(move || {
            pane.view.store(std::ptr::null_mut(), Ordering::Release);
            pane.close();
            pane.set_frame(None);
        });
    }
}

/// A size that a window can have.
///
/// # Safety
/// `rect` is null or the host's.
unsafe fn size(rect: *const ViewRect) -> Option<NativeSize<u32>> {
    // SAFETY: the caller says so.
    let rect = unsafe { rect.as_ref() }?;
    let side = |from: i32, to: i32| {
        let length = to.checked_sub(from).filter(|length| (1..=LONGEST).contains(length))?;
        u32::try_from(length).ok()
    };
    Some(NativeSize { width: side(rect.left, rect.right)?, height: side(rect.top, rect.bottom)? })
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
        contained(|| was_open = self.pane.close());
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
            let Some(size) = pane.instance.editor.lock().as_ref().map(Editor::size) else { return kResultFalse };
            // Before the first window nobody has told the editor the screen's scale.
            let scale =
                if pane.instance.knows_scale.load(Ordering::Acquire) { 1.0 } else { pane.scale.lock().unwrap_or(1.0) };
            let pixels = |length: u32| (f64::from(length) * scale).round() as i32;
            // SAFETY: the host's place for the answer is not null.
            unsafe { rect.write(ViewRect { left: 0, top: 0, right: pixels(size.width), bottom: pixels(size.height) }) };
            kResultOk
        })
    }

    unsafe fn onSize(&self, rect: *mut ViewRect) -> tresult {
        // SAFETY: null or the host's.
        let Some(size) = (unsafe { size(rect) }) else { return kInvalidArgument };
        self.answer(|pane| {
            let done = pane.with_window(|spawned| spawned.handle.set_size(size, &spawned.window).is_ok());
            if done == Some(true) { kResultOk } else { kResultFalse }
        })
    }

    unsafe fn onFocus(&self, _state: TBool) -> tresult {
        kNotImplemented
    }

    unsafe fn setFrame(&self, frame: *mut IPlugFrame) -> tresult {
        // SAFETY: null or the host's frame; it is counted from here on.
        let frame = unsafe { ComRef::from_raw(frame) }.map(|frame| frame.to_com_ptr());
        self.answer(|pane| {
            pane.set_frame(frame);
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
            let adjusted = pane.with_window(|spawned| spawned.handle.adjust_size(wanted, &spawned.window));
            let Some(Some(adjusted)) = adjusted else { return kResultFalse };
            // SAFETY: `size` has read from the same place.
            unsafe {
                (*rect).right = (*rect).left.saturating_add(i32::try_from(adjusted.width).unwrap_or(LONGEST));
                (*rect).bottom = (*rect).top.saturating_add(i32::try_from(adjusted.height).unwrap_or(LONGEST));
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
            let told = pane.with_window(|spawned| spawned.handle.set_fallback_scale_factor(scale, &spawned.window));
            match told {
                Some(Err(_)) => kResultFalse,
                _ => kResultOk,
            }
        })
    }
}
