//! A window that is open, and how it is closed: in whatever order, on whatever thread.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::ThreadId;

use nice_plug::editor::dpi::NativeSize;
use nice_plug::editor::{Editor, EditorHandle, ParentWindowHandle, SizeConstraints, SpawnedEditor};
use nice_plug::prelude::Plugin;
use nice_plug::wrapper::vst3::vst3::Steinberg::{FIDString, ViewRect};

use super::instance::Instance;
use crate::guarded::GuardedEditor;

/// The longest side of a window, in pixels.
pub const LONGEST: i32 = 1 << 16;

/// What an editor's window is worked by.
pub type Handle<P> = <GuardedEditor<<P as Plugin>::Editor> as Editor>::Handle;

/// The name of the only kind of window that this system has.
#[cfg(all(unix, not(target_os = "macos")))]
pub const KIND: FIDString =
    nice_plug::wrapper::vst3::vst3::Steinberg::kPlatformTypeX11EmbedWindowID;
#[cfg(target_os = "macos")]
pub const KIND: FIDString = nice_plug::wrapper::vst3::vst3::Steinberg::kPlatformTypeNSView;
#[cfg(windows)]
pub const KIND: FIDString = nice_plug::wrapper::vst3::vst3::Steinberg::kPlatformTypeHWND;

#[cfg(all(unix, not(target_os = "macos")))]
pub fn parent(window: *mut c_void) -> Option<ParentWindowHandle> {
    let id = u32::try_from(window as usize).ok()?;
    std::num::NonZeroU32::new(id).map(ParentWindowHandle::XcbWindow)
}

#[cfg(target_os = "macos")]
pub fn parent(window: *mut c_void) -> Option<ParentWindowHandle> {
    std::ptr::NonNull::new(window).map(ParentWindowHandle::AppKitNsView)
}

#[cfg(windows)]
pub fn parent(window: *mut c_void) -> Option<ParentWindowHandle> {
    std::num::NonZeroIsize::new(window as isize).map(ParentWindowHandle::Win32Hwnd)
}

/// A window that is open.
pub struct Open<P: Plugin> {
    spawned: ManuallyDrop<SpawnedEditor<Handle<P>>>,
    owner: ThreadId,
    instance: Arc<Instance<P>>,
}

// SAFETY: the window is used on its own thread alone (`Open::window`); dropping it elsewhere is
// what `Drop` sees to.
unsafe impl<P: Plugin> Send for Open<P> {}
// SAFETY: as above.
unsafe impl<P: Plugin> Sync for Open<P> {}

impl<P: Plugin> Open<P> {
    /// A window of `instance` that was opened on this thread.
    pub fn new(spawned: SpawnedEditor<Handle<P>>, instance: Arc<Instance<P>>) -> Self {
        Self { spawned: ManuallyDrop::new(spawned), owner: std::thread::current().id(), instance }
    }

    /// The window, on the thread that opened it.
    pub fn window(&self) -> Option<&SpawnedEditor<Handle<P>>> {
        (std::thread::current().id() == self.owner).then_some(&self.spawned)
    }
}

impl<P: Plugin> Drop for Open<P> {
    fn drop(&mut self) {
        // An X11 window has a thread of its own and is closed from any; elsewhere a window can only
        // be left behind, hidden with its parent, which is better than the host's end.
        let may_close =
            cfg!(all(unix, not(target_os = "macos"))) || std::thread::current().id() == self.owner;
        if may_close {
            // SAFETY: nothing comes after.
            unsafe { ManuallyDrop::drop(&mut self.spawned) };
        } else {
            nice_plug::nice_error!(
                "{}: a window was left open: it was let go on another thread",
                P::NAME
            );
        }
        self.instance.has_window.store(false, Ordering::Release);
    }
}

/// The scale of a window that has just opened: how large it would be as its smallest, beside what
/// the editor says of that.
pub fn window_scale<E: Editor>(editor: &E, spawned: &SpawnedEditor<E::Handle>) -> f64 {
    let SizeConstraints::Logical { min_size: Some(least), .. } =
        editor.resize_hint().size_constraints
    else {
        return 1.0;
    };
    let smallest = spawned.handle.adjust_size(NativeSize { width: 1, height: 1 }, &spawned.window);
    let scale = smallest.map_or(1.0, |smallest| f64::from(smallest.width) / f64::from(least.width));
    if scale.is_finite() && scale > 0.0 { scale } else { 1.0 }
}

/// A size that a window can have.
///
/// # Safety
/// `rect` is null or the host's.
pub unsafe fn size(rect: *const ViewRect) -> Option<NativeSize<u32>> {
    // SAFETY: the caller says so.
    let rect = unsafe { rect.as_ref() }?;
    let side = |from: i32, to: i32| {
        let length = to.checked_sub(from).filter(|length| (1..=LONGEST).contains(length))?;
        u32::try_from(length).ok()
    };
    Some(NativeSize { width: side(rect.left, rect.right)?, height: side(rect.top, rect.bottom)? })
}
