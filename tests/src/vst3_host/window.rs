//! A plugin's window in one of ours.

use std::ffi::c_void;
use std::time::{Duration, Instant};

use vst3::Steinberg::Vst::IEditControllerTrait;
use vst3::Steinberg::{
    IPlugView, IPlugViewTrait, kPlatformTypeX11EmbedWindowID, kResultOk, tresult,
};
use vst3::{ComPtr, ComWrapper};

use super::Plug;
use super::objects::Frame;
use crate::strict::display::TestScreen;

/// A view, its frame and our window for it.
pub struct View {
    /// The plugin's view.
    pub view: ComPtr<IPlugView>,
    /// What it is framed by.
    pub frame: Option<ComWrapper<Frame>>,
    /// Our window.
    pub window: u32,
}

/// The plugin's view, without a window.
///
/// # Errors
/// When the plugin has none.
pub fn view(plug: &Plug) -> Result<ComPtr<IPlugView>, String> {
    // SAFETY: the name is a text; the view is handed over counted.
    unsafe { ComPtr::from_raw(plug.controller.createView(c"editor".as_ptr())) }
        .ok_or_else(|| "no view".to_owned())
}

impl View {
    /// Opens the editor of an instance, with a run loop or without.
    ///
    /// # Errors
    /// When the plugin or the screen refuses.
    pub fn open(screen: &TestScreen, plug: &Plug, has_loop: bool) -> Result<Self, String> {
        let frame = Frame::new(has_loop);
        let opened =
            Self { view: view(plug)?, frame: Some(frame), window: screen.window(1000, 700)? };
        opened.set_frame(true);
        let result = opened.attach();
        if result == kResultOk { Ok(opened) } else { Err(format!("attached answers {result}")) }
    }

    /// Gives the frame, or takes it away.
    pub fn set_frame(&self, given: bool) {
        let frame = self.frame.as_ref().filter(|_| given).and_then(|frame| frame.as_com_ref());
        // SAFETY: the frame lives as long as the view knows it.
        unsafe { self.view.setFrame(frame.map_or(std::ptr::null_mut(), |frame| frame.as_ptr())) };
    }

    /// Attaches the view to our window.
    pub fn attach(&self) -> tresult {
        // SAFETY: the window is an id of ours.
        unsafe {
            self.view.attached(self.window as usize as *mut c_void, kPlatformTypeX11EmbedWindowID)
        }
    }

    /// Takes the view out of our window.
    pub fn remove(&self) -> tresult {
        // SAFETY: no arguments.
        unsafe { self.view.removed() }
    }

    /// Turns the run loop for a while.
    pub fn turn(&self, time: Duration) {
        let start = Instant::now();
        loop {
            if let Some(frame) = &self.frame {
                frame.turn();
            }
            if start.elapsed() >= time {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}
