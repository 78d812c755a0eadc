//! The window of an editor: its size over the life of a project, and how often it is repainted.

use std::time::Duration;

use egui::{Color32, Rgba, Vec2, ViewportCommand, vec2};
use nice_plug::editor::ResizeHint;
use nice_plug::editor::dpi::LogicalSize;
use nice_plug_egui::baseview::WindowSize;
use nice_plug_egui::{
    EguiEditor, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, RepaintNotifier,
    create_egui_editor,
};

use super::theme::{BACKGROUND, Theme};

/// The smallest window, in logical pixels.
const SMALLEST: (f32, f32) = (640.0, 400.0);
/// The largest.
const LARGEST: (f32, f32) = (3840.0, 2160.0);
/// How often to look while nothing moves.
const RESTING: Duration = Duration::from_millis(80);
/// How often while something does.
const MOVING: Duration = Duration::from_millis(16);

/// What an open window remembers.
#[derive(Debug, Default)]
pub struct Window {
    /// The size that the project asks for, until the window has been told.
    wanted: Option<Vec2>,
}

/// An editor of `name` in a window of `size` logical pixels.
#[must_use]
pub fn open<A: NiceEguiApp>(name: &str, size: (u32, u32), app: A) -> Option<EguiEditor<A>> {
    let (width, height) = size;
    let state = EguiEditorState::from_size(
        LogicalSize { width: f64::from(width), height: f64::from(height) },
        1.0,
    );
    let limit = |(width, height)| Some(LogicalSize { width, height });
    let hint = ResizeHint::resizable().with_min_max_logical_size(limit(SMALLEST), limit(LARGEST));
    let settings = EguiNiceSettings::new().with_tile(name).with_resize_hint(hint);
    create_egui_editor(state, RepaintNotifier::new(), settings, app)
}

impl Window {
    /// To be called when the window opens: installs the theme and notes the project's size.
    pub fn opened(
        &mut self,
        ctx: &egui::Context,
        accent: Color32,
        size: (u32, u32),
        frame: &mut Frame,
    ) {
        let (width, height) = size;
        let size = vec2(width as f32, height as f32);
        Theme::for_window(accent, size).install(ctx);
        frame.set_clear_color(Rgba::from(BACKGROUND));
        self.wanted = Some(size);
    }

    /// Asks the window for the project's size once, when it was opened at another: the framework
    /// made it before the project was loaded.
    pub fn restore_size(&mut self, ctx: &egui::Context, window: Vec2) {
        if let Some(wanted) = self.wanted.take()
            && (wanted - window).abs().max_elem() > 1.0
        {
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(wanted));
        }
    }

    /// Asks for the next frame.
    pub fn repaint(&self, ctx: &egui::Context, moving: bool) {
        ctx.request_repaint_after(if moving { MOVING } else { RESTING });
    }

    /// The size to remember when the window was resized; what comes before the first picture is the
    /// window's own idea, not the user's.
    #[must_use]
    pub fn resized(&self, size: WindowSize) -> Option<(u32, u32)> {
        self.wanted
            .is_none()
            .then(|| (size.logical.width.round() as u32, size.logical.height.round() as u32))
    }
}
