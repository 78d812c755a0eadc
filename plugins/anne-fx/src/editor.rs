//! The editor: a face drawn from plain values ([`face`], [`view`]), and the [`App`] that connects it to an instance.
//!
//! The window is repainted as often as its picture moves: with each new frame of the transform up to 60 times a second, and a
//! few times a second at rest, to notice when sound sets in. Nothing runs while the window is closed.

use std::sync::Arc;

use nfx_frame::telemetry::Frame as Telemetry;
use nfx_ui::theme::AMBER;
use nfx_ui::window::{Window, open};
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{EguiEditor, Frame, NiceEguiApp};

use crate::editor_model::EditorModel;

mod act;
mod cx;
mod directions;
pub mod face;
mod gather;
mod header;
mod knobs;
mod latents;
mod second;
mod settings;
mod sound;
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
    seen: Box<Telemetry>,
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
    open("ANNe", size, app)
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
        let latents = frame.latent_count.min(frame.latents.len());
        let points = frame.points.min(frame.before.len());
        let motion = Motion {
            fresh: frame.index != before,
            raw_latents: &frame.raw_latents[..latents],
            latents: &frame.latents[..latents],
            before: &frame.before[..points],
            after: &frame.after[..points],
            sample_rate_hz: frame.sample_rate_hz,
            input_peak: frame.input_peak,
            output_peak: frame.output_peak,
        };
        self.gatherer.hear(&motion, seconds);
        self.face.animate(&motion, seconds);
    }
}

impl NiceEguiApp for App {
    fn build(&mut self, ctx: egui::Context, gui: GuiContext, frame: &mut Frame) -> Result<(), HandlerError> {
        self.window.opened(&ctx, AMBER, self.model.session().editor_size(), frame);
        self.gui = Some(gui);
        self.face.reopened();
        self.gatherer.keeper.refresh();
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
