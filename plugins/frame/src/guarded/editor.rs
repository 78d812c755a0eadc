//! An editor whose panics end in a closed window, and that is gone when it is closed.
//!
//! The window (baseview 0.4.2 on X11) lives on a thread of its own. Closing it waits for that
//! thread only when the thread is still able to answer, and throws the thread's panic on: where a
//! host has destroyed the window around ours, drawing panics, and closing would take the host down.
//! Here that is caught, and the end of the thread is waited for: a host may unload the plugin next.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::NativeSize;
use nice_plug::editor::{Editor, EditorHandle, HostMethods, SpawnedEditor, VirtualKeyCode};
use nice_plug::editor::{Modifiers, ParentWindowHandle, ResizeHint};
use nice_plug::plugin::TrackInfo;

use super::ending::{Caller, ThreadEnd};
use super::resident;
use crate::panics::caught;

/// See the module's documentation.
pub struct GuardedEditor<E>(E);

impl<E> GuardedEditor<E> {
    /// An editor whose windows are guarded.
    pub fn new(editor: E) -> Self {
        Self(editor)
    }
}

/// Calls into the window of a [`GuardedEditor`].
pub struct GuardedHandle<H>(H);

/// The window of a [`GuardedEditor`].
pub struct GuardedWindow<W> {
    window: Option<W>,
    /// The end of its thread; of a program of its own there is nobody to wait.
    end: Option<Arc<ThreadEnd>>,
}

/// Why a call into a window came to nothing.
#[derive(Debug)]
pub enum GuardedError<E> {
    /// The window's own words.
    Window(E),
    /// It has panicked.
    Lost,
}

impl<E: fmt::Display> fmt::Display for GuardedError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window(error) => error.fmt(f),
            Self::Lost => f.write_str("the editor has panicked; close it and open it again"),
        }
    }
}

impl<E: Error> Error for GuardedError<E> {}

impl<W> Drop for GuardedWindow<W> {
    fn drop(&mut self) {
        caught(|| drop(self.window.take()));
        if let Some(end) = &self.end {
            end.wait();
        }
    }
}

impl<E: Editor> Editor for GuardedEditor<E> {
    type Handle = GuardedHandle<E::Handle>;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Self::Handle>, Box<dyn Error>> {
        resident::keep();
        let end = host.is_some().then(Arc::<ThreadEnd>::default);
        let host = host.zip(end.clone()).map(|(host, end)| HostMethods {
            main_thread_caller: Box::new(Caller { caller: host.main_thread_caller, end }),
            ..host
        });
        let spawned = caught(|| {
            self.0.spawn(parent, wait_for_parent, fallback_scale_factor, gui_context, host)
        });
        match spawned.unwrap_or_else(|| Err("the editor has panicked".into())) {
            Ok(SpawnedEditor { handle, window }) => Ok(SpawnedEditor {
                handle: GuardedHandle(handle),
                window: GuardedWindow { window: Some(window), end },
            }),
            Err(error) => {
                if let Some(end) = end {
                    end.wait();
                }
                Err(error)
            }
        }
    }

    fn size(&self) -> NativeSize<u32> {
        self.0.size()
    }

    fn resize_hint(&self) -> ResizeHint {
        self.0.resize_hint()
    }

    fn track_info_updated(&self, info: TrackInfo) {
        caught(|| self.0.track_info_updated(info));
    }

    unsafe fn assume_standalone_in_process(&self) {
        // SAFETY: the caller says what this function asks it to.
        unsafe { self.0.assume_standalone_in_process() };
    }
}

/// A call into a window, while there is one.
fn within<W, E>(
    window: &GuardedWindow<W>,
    call: impl FnOnce(&W) -> Result<(), E>,
) -> Result<(), GuardedError<E>> {
    let Some(window) = &window.window else { return Err(GuardedError::Lost) };
    caught(|| call(window)).unwrap_or(Ok(())).map_err(GuardedError::Window)
}

impl<H: EditorHandle> EditorHandle for GuardedHandle<H> {
    type Window = GuardedWindow<H::Window>;
    type Error = GuardedError<H::Error>;

    fn run_until_closed(mut window: Self::Window) -> Result<(), Self::Error> {
        let Some(inner) = window.window.take() else { return Err(GuardedError::Lost) };
        match caught(|| H::run_until_closed(inner)) {
            Some(ended) => ended.map_err(GuardedError::Window),
            None => Err(GuardedError::Lost),
        }
    }

    fn set_parent(
        &self,
        parent: ParentWindowHandle,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        within(window, |window| self.0.set_parent(parent, window))
    }

    fn show(&self, window: &Self::Window) -> Result<(), Self::Error> {
        within(window, |window| self.0.show(window))
    }

    fn hide(&self, window: &Self::Window) -> Result<(), Self::Error> {
        within(window, |window| self.0.hide(window))
    }

    fn set_size(
        &self,
        new_size: NativeSize<u32>,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        within(window, |window| self.0.set_size(new_size, window))
    }

    fn host_main_thread_callback(&self, window: &Self::Window) {
        if let Some(window) = &window.window {
            caught(|| self.0.host_main_thread_callback(window));
        }
    }

    fn adjust_size(
        &self,
        new_size: NativeSize<u32>,
        window: &Self::Window,
    ) -> Option<NativeSize<u32>> {
        let window = window.window.as_ref()?;
        caught(|| self.0.adjust_size(new_size, window)).flatten()
    }

    fn set_fallback_scale_factor(
        &self,
        scale_factor: f64,
        window: &Self::Window,
    ) -> Result<(), Self::Error> {
        within(window, |window| self.0.set_fallback_scale_factor(scale_factor, window))
    }

    fn on_virtual_key_from_host(
        &self,
        key: VirtualKeyCode,
        is_down: bool,
        modifiers: Modifiers,
    ) -> bool {
        self.0.on_virtual_key_from_host(key, is_down, modifiers)
    }

    fn state_changed(&self) {
        self.0.state_changed();
    }

    fn param_value_changed(&self, id: &str, normalized_value: f32) {
        self.0.param_value_changed(id, normalized_value);
    }

    fn param_modulation_changed(&self, id: &str, modulation_offset: f32) {
        self.0.param_modulation_changed(id, modulation_offset);
    }
}
