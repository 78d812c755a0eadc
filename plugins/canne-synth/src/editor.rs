//! The editor: a face drawn from plain values ([`face`], [`view`]), and the [`Shown`] that connects it to an instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Color32, Ui};
use nfx_core::models::spectral::CanneModel;
use nfx_frame::project::Project;
use nfx_ui::app::{self, Content};
use nfx_ui::theme::TEAL;
use nice_plug::context::gui::GuiContext;
use nice_plug_egui::EguiEditor;

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

/// The editor of one instance.
pub type App = app::App<Shown>;

/// What it shows.
pub struct Shown {
    model: Arc<EditorModel>,
    face: Face,
    gatherer: Gatherer,
    desk: Desk,
    seen: Box<Scope>,
    analyser: Analyser,
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
        analyser: Analyser::default(),
    })
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

impl Shown {
    /// Takes the newest picture of the audio thread and moves the picture.
    fn look(&mut self, seconds: f32) {
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

impl Content for Shown {
    const TITLE: &'static str = "CANNe";
    const ACCENT: Color32 = TEAL;

    type Model = CanneModel;

    fn project(&self) -> &Project<CanneModel> {
        self.model.session()
    }

    fn opened(&mut self) {
        self.face.reopened();
        self.gatherer.keeper.refresh();
    }

    fn follow(&mut self, gui: &GuiContext, seconds: f32) {
        self.model.tick(gui);
        self.look(seconds);
    }

    fn show(&mut self, ui: &mut Ui, gui: &GuiContext) -> bool {
        let view = self.gatherer.view();
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
