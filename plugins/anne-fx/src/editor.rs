//! The editor: a face drawn from plain values ([`face`], [`view`]), and the [`Presenter`] between
//! it and an instance.

use std::sync::Arc;

use nfx_core::models::spectral::AnneModel;
use nfx_frame::telemetry::Frame;
use nfx_ui::app;
use nfx_ui::shelf::source::{Hearing, SourceActions};
use nfx_ui::shelf::{ShelfPresenter, presenter};
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::EguiEditor;

use crate::editor_model::EditorModel;
use crate::session::Session;

mod act;
mod cx;
mod directions;
pub mod face;
mod gather;
mod knobs;
mod latents;
mod second;
mod settings;
mod sound;
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
        shelf: ShelfPresenter::new((*model).clone(), |model: &AnneModel| {
            presenter::read(model.card())
        }),
        model,
        source: SourceActions::default(),
        hearing: Hearing::default(),
        seen: Box::default(),
    })
}

impl app::Presenter for Presenter {
    const TITLE: &'static str = "ANNe";

    type Face = Face;
    type Session = Session;

    fn shelf(&mut self) -> &mut ShelfPresenter<Session> {
        &mut self.shelf
    }

    fn follow(&mut self, face: &mut Face, gui: &GuiContext, seconds: f32) {
        self.model.tick(gui);
        let fresh = self.model.newest(&mut self.seen);
        let frame = &*self.seen;
        let latents = frame.latent_count.min(frame.latents.len());
        let points = frame.points.min(frame.before.len());
        self.hearing
            .hear(if fresh { [frame.input_peak, frame.output_peak] } else { [0.0; 2] }, seconds);
        let motion = Motion {
            fresh,
            raw_latents: &frame.raw_latents[..latents],
            latents: &frame.latents[..latents],
            before: &frame.before[..points],
            after: &frame.after[..points],
            sample_rate_hz: frame.sample_rate_hz,
            input_peak: frame.input_peak,
            output_peak: frame.output_peak,
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
