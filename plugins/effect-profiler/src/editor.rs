//! The editor: a face drawn from plain values ([`face`], [`view`]), and the [`App`] that connects it to an instance.
//!
//! The window is repainted as often as its picture moves: up to 60 times a second while sound runs, and a few times a second at
//! rest, to notice when sound sets in. Nothing runs while the window is closed.

use std::sync::Arc;

use nfx_ui::theme::CORAL;
use nfx_ui::window::{Window, open};
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{EguiEditor, Frame, NiceEguiApp};

use crate::editor_model::EditorModel;
use crate::scope::Frame as Picture;

mod act;
mod capture;
mod chain;
mod cx;
pub mod face;
mod gather;
mod header;
mod history;
mod knobs;
mod manual;
mod profiles;
mod sound;
mod transfer;
pub mod view;

use act::Desk;
use face::{Face, Motion};
use gather::Gatherer;

/// The editor of one instance, as long as the instance lives; its window may be opened and closed many times.
pub struct App {
    model: Arc<EditorModel>,
    gui: Option<GuiContext>,
    face: Face,
    gatherer: Gatherer,
    desk: Desk,
    seen: Box<Picture>,
    window: Window,
}

/// The editor of the instance behind `model`.
#[must_use]
pub fn create(model: Arc<EditorModel>) -> Option<EguiEditor<App>> {
    let size = model.session().editor_size();
    let app = App {
        gatherer: Gatherer::new(model.clone()),
        desk: Desk::new(model.clone()),
        model,
        gui: None,
        face: Face::default(),
        seen: Box::default(),
        window: Window::default(),
    };
    open("Effect Profiler", size, app)
}

impl App {
    /// Takes the newest frame of the audio thread and moves the picture.
    fn follow(&mut self, seconds: f32) {
        let before = self.seen.index;
        let seen = &mut self.seen;
        self.model.look(|frame| {
            if frame.index != before {
                (**seen).clone_from(frame);
            }
        });
        let frame = &*self.seen;
        let fresh = frame.index != before;
        self.gatherer.hear(fresh.then_some(frame), seconds);
        let curve = self.model.transfer_curve();
        self.face.animate(&Motion { fresh, frame, curve: &curve }, seconds);
    }
}

impl NiceEguiApp for App {
    fn build(&mut self, ctx: egui::Context, gui: GuiContext, frame: &mut Frame) -> Result<(), HandlerError> {
        self.window.opened(&ctx, CORAL, self.model.session().editor_size(), frame);
        self.gui = Some(gui);
        self.face.reopened();
        self.gatherer.keeper.refresh();
        self.model.refresh_profiles();
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        let Some(gui) = self.gui.clone() else { return };
        self.window.restore_size(ui.ctx(), ui.max_rect().size());
        self.model.tick(&gui);
        self.follow(ui.input(|input| input.stable_dt).min(0.1));
        let view = self.gatherer.view(&self.desk);
        let actions = self.face.show(ui, &view);
        if !actions.is_empty() {
            for action in actions {
                self.desk.act(action, &view, &mut self.gatherer, &gui);
            }
            ui.ctx().request_repaint();
        }
        self.window.repaint(ui.ctx(), self.face.moving());
    }

    fn resized(&mut self, size: WindowSize) {
        if let Some((width, height)) = self.window.resized(size) {
            self.model.session().set_editor_size(width, height);
        }
    }
}
