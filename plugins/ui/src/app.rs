//! An editor in its window, the same for every plugin: it opens, draws, passes wishes on and
//! remembers its size.
//!
//! A [`Face`] draws a view and returns what the user asked for; a [`Presenter`] makes the view of
//! an instance and carries the wishes out. The window is repainted as often as its picture moves:
//! up to 60 times a second while something does, and a few times a second at rest, to notice when
//! sound sets in. Nothing runs while the window is closed.

use egui::Ui;
use nfx_frame::snapshot::Session;
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{EguiEditor, Frame, NiceEguiApp};

use crate::face::Face;
use crate::shelf::ShelfPresenter;
use crate::window::{Window, open};

/// What stands between a face and an instance.
pub trait Presenter: Send + 'static {
    /// The title of the window.
    const TITLE: &'static str;

    /// What is drawn.
    type Face: Face;
    /// What the instance holds beside its parameters.
    type Session: Session + 'static;

    /// Presets, model, undo, messages, and what remembers the window's size.
    fn shelf(&mut self) -> &mut ShelfPresenter<Self::Session>;

    /// The window has opened: folders may have changed.
    fn opened(&mut self) {
        self.shelf().refresh();
    }

    /// Takes what has happened since the last frame, `seconds` ago, and moves the picture.
    fn follow(&mut self, face: &mut Self::Face, gui: &GuiContext, seconds: f32);

    /// All that is to be shown now: cheap values in each frame, lists and cards when they change.
    fn view(&mut self) -> <Self::Face as Face>::View;

    /// Carries out one wish.
    fn act(
        &mut self,
        action: <Self::Face as Face>::Action,
        view: &<Self::Face as Face>::View,
        gui: &GuiContext,
    );
}

/// The editor of one instance, as long as the instance lives; its window may be opened and closed
/// many times.
pub struct App<P: Presenter> {
    face: P::Face,
    presenter: P,
    gui: Option<GuiContext>,
    window: Window,
}

/// An editor of the instance behind `presenter`.
#[must_use]
pub fn create<P: Presenter>(mut presenter: P) -> Option<EguiEditor<App<P>>> {
    let size = presenter.shelf().project().editor_size();
    open(
        P::TITLE,
        size,
        App { face: P::Face::default(), presenter, gui: None, window: Window::default() },
    )
}

impl<P: Presenter> NiceEguiApp for App<P> {
    fn build(
        &mut self,
        ctx: egui::Context,
        gui: GuiContext,
        frame: &mut Frame,
    ) -> Result<(), HandlerError> {
        self.window.opened(
            &ctx,
            P::Face::ACCENT,
            self.presenter.shelf().project().editor_size(),
            frame,
        );
        self.gui = Some(gui);
        self.face.reopened();
        self.presenter.opened();
        Ok(())
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut Frame) {
        let Some(gui) = self.gui.clone() else { return };
        self.window.restore_size(ui.ctx(), ui.max_rect().size());
        self.presenter.follow(&mut self.face, &gui, ui.input(|input| input.stable_dt).min(0.1));
        let view = self.presenter.view();
        let actions = self.face.show(ui, &view);
        if !actions.is_empty() {
            ui.ctx().request_repaint();
        }
        for action in actions {
            self.presenter.act(action, &view, &gui);
        }
        self.window.repaint(ui.ctx(), self.face.moving());
    }

    fn resized(&mut self, size: WindowSize) {
        if let Some((width, height)) = self.window.resized(size) {
            self.presenter.shelf().project().set_editor_size(width, height);
        }
    }
}
