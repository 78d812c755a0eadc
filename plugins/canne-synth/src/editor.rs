//! The editor: a face drawn from plain values ([`face`], [`view`]), and the [`App`] that connects it to an instance.
//!
//! The window is repainted as often as its picture moves: with each new frame up to 60 times a second, and a few times a second
//! at rest, to notice when sound sets in. Nothing runs while the window is closed.

use std::collections::BTreeMap;
use std::sync::Arc;

use nfx_ui::theme::TEAL;
use nfx_ui::window::{Window, open};
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{EguiEditor, Frame, NiceEguiApp};

use crate::editor_model::EditorModel;
use crate::params::CanneParams;
use crate::scope::{Analyser, Scope};

mod act;
mod cx;
mod envelope;
pub mod face;
mod faders;
mod gather;
mod header;
pub mod keys;
mod looping;
mod manual;
mod map;
mod modulation;
mod pad;
mod parts;
mod rows;
mod sample;
mod sound;
pub mod view;
mod voice;

use act::Desk;
use face::{Face, Motion};
use gather::Gatherer;
use view::{Control, Value};

/// The editor of one instance, as long as the instance lives; its window may be opened and closed many times.
pub struct App {
    model: Arc<EditorModel>,
    gui: Option<GuiContext>,
    face: Face,
    gatherer: Gatherer,
    desk: Desk,
    seen: Box<Scope>,
    analyser: Analyser,
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
        analyser: Analyser::default(),
        window: Window::default(),
    };
    open("CANNe", size, app)
}

/// The values of all continuous controls of `params`.
#[must_use]
pub fn values(params: &CanneParams) -> BTreeMap<Control, Value> {
    Control::all().map(|control| (control, Value::of(parts::param(params, control)))).collect()
}

/// The text of a control at a normalised value.
#[must_use]
pub fn text(params: &CanneParams, control: Control, normal: f32) -> String {
    parts::param(params, control).text_at(normal)
}

impl App {
    /// Takes the newest picture of the audio thread and moves the picture.
    fn follow(&mut self, seconds: f32) {
        let before = self.seen.index;
        let seen = &mut self.seen;
        self.model.look(|frame| {
            if frame.index != before {
                (**seen).clone_from(frame);
            }
        });
        let scope = &*self.seen;
        let fresh = scope.index != before;
        let spectrum = if fresh { self.analyser.spectrum(&scope.samples) } else { self.analyser.last() };
        let motion =
            Motion { fresh, sliders: &scope.sliders, spectrum, sample_rate_hz: scope.rate_hz, peak: scope.peak };
        self.face.animate(&motion, seconds);
    }
}

impl NiceEguiApp for App {
    fn build(&mut self, ctx: egui::Context, gui: GuiContext, frame: &mut Frame) -> Result<(), HandlerError> {
        self.window.opened(&ctx, TEAL, self.model.session().editor_size(), frame);
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
        let view = self.gatherer.view();
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
