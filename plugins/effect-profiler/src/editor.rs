//! The editor: a face drawn from plain values ([`face`], [`view`]), and the [`Shown`] that connects it to an instance.

use std::sync::Arc;

use egui::{Color32, Ui};
use nfx_core::models::effect::ProfileModel;
use nfx_frame::project::Project;
use nfx_ui::app::{self, Content};
use nfx_ui::theme::CORAL;
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::EguiEditor;

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

/// The editor of one instance.
pub type App = app::App<Shown>;

/// What it shows.
pub struct Shown {
    model: Arc<EditorModel>,
    face: Face,
    gatherer: Gatherer,
    desk: Desk,
    seen: Box<Picture>,
}

/// The editor of the instance behind `model`.
#[must_use]
pub fn create(model: Arc<EditorModel>) -> Option<EguiEditor<App>> {
    app::create(Shown {
        gatherer: Gatherer::new(model.clone()),
        desk: Desk::new(model.clone()),
        model,
        face: Face::default(),
        seen: Box::default(),
    })
}

impl Shown {
    /// Takes the newest frame of the audio thread and moves the picture.
    fn look(&mut self, seconds: f32) {
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

impl Content for Shown {
    const TITLE: &'static str = "Effect Profiler";
    const ACCENT: Color32 = CORAL;

    type Model = ProfileModel;

    fn project(&self) -> &Project<ProfileModel> {
        self.model.session()
    }

    fn opened(&mut self) {
        self.face.reopened();
        self.gatherer.keeper.refresh();
        self.model.refresh_profiles();
    }

    fn follow(&mut self, gui: &GuiContext, seconds: f32) {
        self.model.tick(gui);
        self.look(seconds);
    }

    fn show(&mut self, ui: &mut Ui, gui: &GuiContext) -> bool {
        let view = self.gatherer.view(&self.desk);
        let actions = self.face.show(ui, &view);
        let any = !actions.is_empty();
        for action in actions {
            self.desk.act(action, &view, &mut self.gatherer, gui);
        }
        any
    }

    fn moves(&self) -> bool {
        self.face.moving()
    }
}
