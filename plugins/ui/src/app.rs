//! An editor in its window, the same for every plugin: it opens, draws, passes wishes on and remembers its size.
//!
//! The window is repainted as often as its picture moves: up to 60 times a second while something does, and a few times a second at
//! rest, to notice when sound sets in. Nothing runs while the window is closed.

use egui::{Color32, Ui};
use nfx_frame::project::Project;
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{EguiEditor, Frame, NiceEguiApp};

use crate::window::{Window, open};

/// What a plugin shows.
pub trait Content: Send + 'static {
    /// The title of its window.
    const TITLE: &'static str;
    /// Its colour.
    const ACCENT: Color32;

    /// What the plugin plays.
    type Model: Send + Sync + 'static;

    /// What remembers the window's size.
    fn project(&self) -> &Project<Self::Model>;

    /// The window has opened: its context knows nothing yet, and lists may have changed.
    fn opened(&mut self);

    /// Takes what has happened since the last frame, `seconds` ago.
    fn follow(&mut self, gui: &GuiContext, seconds: f32);

    /// Draws a frame, and carries out what the user asked for. Says whether that was anything.
    fn show(&mut self, ui: &mut Ui, gui: &GuiContext) -> bool;

    /// Whether anything still moves by itself.
    fn moves(&self) -> bool;
}

/// The editor of one instance, as long as the instance lives; its window may be opened and closed many times.
pub struct App<C> {
    content: C,
    gui: Option<GuiContext>,
    window: Window,
}

/// An editor that shows `content`.
#[must_use]
pub fn create<C: Content>(content: C) -> Option<EguiEditor<App<C>>> {
    let size = content.project().editor_size();
    open(C::TITLE, size, App { content, gui: None, window: Window::default() })
}

impl<C: Content> NiceEguiApp for App<C> {
    fn build(&mut self, ctx: egui::Context, gui: GuiContext, frame: &mut Frame) -> Result<(), HandlerError> {
        self.window.opened(&ctx, C::ACCENT, self.content.project().editor_size(), frame);
        self.gui = Some(gui);
        self.content.opened();
        Ok(())
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut Frame) {
        let Some(gui) = self.gui.clone() else { return };
        self.window.restore_size(ui.ctx(), ui.max_rect().size());
        self.content.follow(&gui, ui.input(|input| input.stable_dt).min(0.1));
        if self.content.show(ui, &gui) {
            ui.ctx().request_repaint();
        }
        self.window.repaint(ui.ctx(), self.content.moves());
    }

    fn resized(&mut self, size: WindowSize) {
        if let Some((width, height)) = self.window.resized(size) {
            self.content.project().set_editor_size(width, height);
        }
    }
}
