//! What an open window tells the host: moves of parameters, other sizes, and that it wants the main
//! thread.
//!
//! On Linux a window has a thread of its own, and hosts expect their calls on theirs: where the
//! host has a run loop they are made there, in order; where it has none they are made from the
//! window's thread.

use std::error::Error;
use std::sync::Weak;
use std::sync::atomic::Ordering;

use nice_plug::context::PluginApi;
use nice_plug::context::gui::GuiContextInner;
use nice_plug::editor::dpi::{NativeSize, Size};
use nice_plug::editor::{HostCallbacks, HostMainThreadCaller};
use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::PluginState;
use nice_plug::prelude::Plugin;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{IComponentHandlerTrait, RestartFlags_};
use nice_plug::wrapper::vst3::vst3::Steinberg::{IPlugFrameTrait, ViewRect, kResultOk};

use super::view::Pane;

/// A move of a parameter, as the host hears of it.
#[derive(Clone, Copy)]
enum Edit {
    Begin,
    Perform(f64),
    End,
}

/// For the editor: parameters and restarts.
pub struct Gui<P: Plugin>(pub Weak<Pane<P>>);

impl<P: Plugin> Gui<P> {
    /// Tells the host of a move. Calls after the window has closed go nowhere.
    fn tell(&self, param: ParamPtr, edit: Edit) {
        let Some(pane) = self.0.upgrade() else { return };
        let table = &pane.instance.table;
        let Some(index) = table.find_pointer(param) else { return };
        if let Edit::Perform(value) = edit
            && !table.set_by_hand(index, value)
        {
            return;
        }
        let number = table.entries()[index].number;
        let Some(handler) = pane.instance.requests.handler() else { return };
        pane.on_hosts_thread(move || {
            // SAFETY: the handler is the host's, and counted.
            unsafe {
                match edit {
                    Edit::Begin => handler.beginEdit(number),
                    Edit::Perform(value) => handler.performEdit(number, value),
                    Edit::End => handler.endEdit(number),
                }
            };
        });
    }
}

impl<P: Plugin> GuiContextInner for Gui<P> {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Vst3
    }

    unsafe fn raw_begin_set_parameter(&self, param: ParamPtr) {
        self.tell(param, Edit::Begin);
    }

    unsafe fn raw_set_parameter_normalized(&self, param: ParamPtr, normalized: f32) {
        self.tell(param, Edit::Perform(f64::from(normalized)));
    }

    unsafe fn raw_end_set_parameter(&self, param: ParamPtr) {
        self.tell(param, Edit::End);
    }

    fn get_state(&self) -> PluginState {
        let nothing = PluginState {
            version: P::VERSION.to_owned(),
            params: Default::default(),
            fields: Default::default(),
        };
        self.0.upgrade().map_or(nothing, |pane| pane.instance.state())
    }

    fn set_state(&self, state: PluginState) {
        if let Some(pane) = self.0.upgrade() {
            pane.instance.set_state(state);
            pane.instance.requests.want(RestartFlags_::kParamValuesChanged as i32);
            pane.instance.requester.wake();
        }
    }

    fn request_restart(&self) {
        if let Some(pane) = self.0.upgrade() {
            pane.instance.requests.want(RestartFlags_::kLatencyChanged as i32);
            pane.instance.requester.wake();
        }
    }
}

/// For the window: asks the host for another size. Called on the thread that the window was opened
/// on.
pub struct Frame<P: Plugin>(pub Weak<Pane<P>>);

impl<P: Plugin> HostCallbacks for Frame<P> {
    fn request_resize(&mut self, size: Size, scale: f64) -> Result<(), Box<dyn Error>> {
        let refused = || Box::<dyn Error>::from("the host does not resize the window");
        let pane = self.0.upgrade().ok_or_else(refused)?;
        let frame = pane.frame.lock().clone().ok_or_else(refused)?;
        let view = pane.view();
        if view.is_null() {
            return Err(refused());
        }
        let size: NativeSize<u32> = NativeSize::from_size(size, scale);
        let pixels = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
        let mut rect =
            ViewRect { left: 0, top: 0, right: pixels(size.width), bottom: pixels(size.height) };
        // SAFETY: the frame is the host's, and counted; the view is alive while its window is. No
        // lock is held: the host calls back.
        let result = unsafe { frame.resizeView(view, &raw mut rect) };
        if result == kResultOk { Ok(()) } else { Err(refused()) }
    }

    fn destroyed(&mut self) {}
}

/// For the window's thread: has the window called on the host's.
pub struct MainThread<P: Plugin>(pub Weak<Pane<P>>);

impl<P: Plugin> HostMainThreadCaller for MainThread<P> {
    fn call_main_thread(&mut self) {
        let Some(pane) = self.0.upgrade() else { return };
        pane.is_wanted.store(true, Ordering::Release);
        let weak = self.0.clone();
        pane.on_hosts_thread_only(move || {
            if let Some(pane) = weak.upgrade() {
                pane.attend();
            }
        });
    }
}
