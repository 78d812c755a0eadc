//! The editor: a face drawn from plain values ([`face`], [`view`]), and the [`Presenter`] between
//! it and an instance.

use std::sync::Arc;

use nfx_ui::app;
use nfx_ui::shelf::ShelfPresenter;
use nfx_ui::shelf::source::{Hearing, SourceActions};
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::EguiEditor;

use crate::editor_model::EditorModel;
use crate::scope::Frame;
use crate::session::Session;

mod act;
mod capture;
mod chain;
mod cx;
pub mod face;
mod gather;
mod history;
mod knobs;
mod manual;
mod profiles;
mod sound;
mod transfer;
pub mod view;

use face::{Face, Motion};
use view::{Action, View};

/// The editor of one instance.
pub type App = app::App<Presenter>;

/// What stands between the face and an instance.
pub struct Presenter {
    model: Arc<EditorModel>,
    shelf: ShelfPresenter<Session>,
    source: SourceActions,
    hearing: Hearing,
    seen: Box<Frame>,
}

/// The editor of the instance behind `model`.
#[must_use]
pub fn create(model: Arc<EditorModel>) -> Option<EguiEditor<App>> {
    app::create(Presenter {
        shelf: ShelfPresenter::new((*model).clone(), gather::card),
        model,
        source: SourceActions::default(),
        hearing: Hearing::default(),
        seen: Box::default(),
    })
}

impl app::Presenter for Presenter {
    const TITLE: &'static str = "Effect Profiler";

    type Face = Face;
    type Session = Session;

    fn shelf(&mut self) -> &mut ShelfPresenter<Session> {
        &mut self.shelf
    }

    fn opened(&mut self) {
        self.shelf.refresh();
        self.model.refresh_profiles();
    }

    fn follow(&mut self, face: &mut Face, gui: &GuiContext, seconds: f32) {
        self.model.tick(gui);
        let fresh = self.model.newest(&mut self.seen);
        let frame = &*self.seen;
        self.hearing
            .hear(if fresh { [frame.input_peak, frame.output_peak] } else { [0.0; 2] }, seconds);
        let curve = self.model.transfer_curve();
        face.animate(&Motion { fresh, frame, curve: &curve }, seconds);
    }

    fn view(&mut self) -> View {
        self.gather()
    }

    fn act(&mut self, action: Action, view: &View, gui: &GuiContext) {
        self.carry_out(action, view, gui);
    }
}
