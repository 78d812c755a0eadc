//! The editor: a face drawn from plain values ([`face`], [`view`]), and the [`Presenter`] between
//! it and an instance.

use std::sync::Arc;

use nfx_core::models::spectral::CanneModel;
use nfx_ui::app;
use nfx_ui::shelf::{ShelfPresenter, presenter};
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::EguiEditor;

use crate::editor_model::EditorModel;
use crate::scope::{Analyser, Scope};
use crate::session::Session;

mod act;
mod cx;
mod envelope;
pub mod face;
mod faders;
mod gather;
pub mod keys;
mod looping;
mod manual;
mod map;
mod modulation;
mod pad;
mod rows;
mod sample;
mod sound;
pub mod view;
mod voice;

use face::{Face, Motion};
use gather::KnownMap;
use view::{Action, View};

/// The editor of one instance.
pub type App = app::App<Presenter>;

/// What stands between the face and an instance.
pub struct Presenter {
    model: Arc<EditorModel>,
    shelf: ShelfPresenter<Session>,
    map: Option<KnownMap>,
    seen: Box<Scope>,
    analyser: Analyser,
}

/// The editor of the instance behind `model`.
#[must_use]
pub fn create(model: Arc<EditorModel>) -> Option<EguiEditor<App>> {
    app::create(Presenter {
        shelf: ShelfPresenter::new((*model).clone(), |model: &CanneModel| {
            presenter::read(model.card())
        }),
        model,
        map: None,
        seen: Box::default(),
        analyser: Analyser::default(),
    })
}

impl app::Presenter for Presenter {
    const TITLE: &'static str = "CANNe";

    type Face = Face;
    type Session = Session;

    fn shelf(&mut self) -> &mut ShelfPresenter<Session> {
        &mut self.shelf
    }

    fn follow(&mut self, face: &mut Face, gui: &GuiContext, seconds: f32) {
        self.model.tick(gui);
        let fresh = self.model.newest(&mut self.seen);
        let scope = &*self.seen;
        let spectrum =
            if fresh { self.analyser.spectrum(&scope.samples) } else { self.analyser.last() };
        let motion = Motion {
            fresh,
            sliders: &scope.sliders,
            spectrum,
            sample_rate_hz: scope.rate_hz,
            peak: scope.peak,
        };
        face.animate(&motion, seconds);
    }

    fn view(&mut self) -> View {
        self.gather()
    }

    fn act(&mut self, action: Action, view: &View, gui: &GuiContext) {
        self.carry_out(action, view, gui);
    }
}
