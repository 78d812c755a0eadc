//! Carries out what the user asked for.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use nfx_ui::Edit;
use nfx_ui::dialog::Question;
use nfx_ui::param::AnyParam;
use nfx_ui::training;
use nice_plug::context::gui::GuiContext;

use super::gather::Gatherer;
use super::parts::{name, param, switch};
use super::view::{Action, Control, LoopChoice, ShelfAction, Switch, Tone, View};
use crate::editor::keys::note_name;
use crate::editor_model::EditorModel;
use crate::params::SLIDERS;

/// How far randomising goes: the whole travel.
const WHOLE: f32 = 1.0;

/// See the module's documentation.
pub struct Desk {
    model: Arc<EditorModel>,
}

impl Desk {
    /// The desk of an instance.
    pub fn new(model: Arc<EditorModel>) -> Self {
        Self { model }
    }

    /// Carries out one wish.
    pub fn act(&self, action: Action, view: &View, gatherer: &mut Gatherer, gui: &GuiContext) {
        let model = &self.model;
        match action {
            Action::Edit(control, edits) => self.edit(control, &edits, gatherer, gui),
            Action::Choose(which, index) => self.choose(which, index, gui),
            Action::Lock(slider) => {
                model.locks.fetch_xor(1 << slider, Ordering::Relaxed);
            }
            Action::Randomise => model.randomise(WHOLE, gui),
            Action::Rest => model.rest_all(gui),
            Action::StoreCorner(corner) => {
                model.store_corner(corner);
                let letter = ["A", "B", "C", "D"].get(corner).copied().unwrap_or_default();
                gatherer.keeper.say(Tone::Note, format!("{letter} of the pad now holds this sound."));
            }
            Action::RecallCorner(corner) => model.recall_corner(corner, gui),
            Action::MapBegin | Action::MapTo(_) | Action::MapEnd => self.map(&action, gui),
            Action::Spot(spot) => model.choose_point(spot, gui),
            Action::Key(note, velocity) => model.press(note, velocity),
            Action::OpenSample => self.open_sample(gatherer),
            Action::Candidate(place) => model.choose_candidate(place, gui),
            Action::Mutate => model.mutate(),
            Action::DropTake => model.drop_take(),
            Action::LoadTuning => self.load_tuning(gatherer),
            Action::ClearTuning => model.clear_tuning(),
            Action::Loop(choice) => {
                model.session().set_loop_choice(choice);
                model.mark_unsaved();
            }
            Action::WriteLoop => self.write_loop(view, gatherer),
            Action::Training(action) => training::act(&model.workshop, action, &mut gatherer.keeper, gui),
            Action::Shelf(ShelfAction::Dismiss) => {
                if !gatherer.keeper.dismiss() {
                    model.dismiss_job();
                }
            }
            Action::Shelf(action) => gatherer.keeper.act(action, gui),
        }
    }

    fn edit(&self, control: Control, edits: &[Edit], gatherer: &Gatherer, gui: &GuiContext) {
        let params = &self.model.params;
        let there = param(params, control);
        // A slider's double-click goes to the model's own place of rest, which the host knows nothing of.
        if let Some(unread) = there.apply(&gui.param_setter(), edits) {
            let (name, now) = (name(params, control), there.text());
            let text = format!(
                "\u{201c}{unread}\u{201d} is no value for {name}. Type it as it is shown, for example {now}. It stays at {now}."
            );
            gatherer.keeper.say(Tone::Error, text);
        }
        if edits.iter().any(|edit| matches!(edit, Edit::End | Edit::Text(_))) {
            self.model.commit(&name(params, control));
        }
    }

    fn choose(&self, which: Switch, index: usize, gui: &GuiContext) {
        let there = switch(&self.model.params, which);
        there.choose(&gui.param_setter(), index);
        self.model.commit(there.label());
    }

    /// A gesture that moves all sliders at once.
    fn map(&self, action: &Action, gui: &GuiContext) {
        let params = &self.model.params;
        let setter = gui.param_setter();
        let moved = params.sliders.iter().take(self.model.slider_count());
        match action {
            Action::MapBegin => {
                if params.morph.normal() > 0.0 {
                    let now = params.morphed();
                    params.morph.jump(&setter, 0.0);
                    self.set(&now, gui, true);
                }
                moved.for_each(|slider| slider.begin(&setter));
            }
            Action::MapTo(place) => {
                if let Some(positions) = self.model.positions_at(*place) {
                    self.set(&positions, gui, false);
                }
            }
            _ => {
                moved.for_each(|slider| slider.end(&setter));
                self.model.commit("Map");
            }
        }
    }

    fn set(&self, positions: &[f32; SLIDERS], gui: &GuiContext, whole: bool) {
        let setter = gui.param_setter();
        for (slider, position) in self.model.params.sliders.iter().zip(positions).take(self.model.slider_count()) {
            if whole {
                slider.jump(&setter, *position);
            } else {
                slider.set(&setter, *position);
            }
        }
    }

    fn open_sample(&self, gatherer: &Gatherer) {
        let extensions = nfx_frame::clip::extensions();
        let question = Question {
            title: "Choose a recording of one note".to_owned(),
            kind: ("Sounds".to_owned(), extensions),
            folder: None,
            save_as: None,
            whole_folder: false,
        };
        let model = self.model.clone();
        let otherwise = "Click the dots of the map instead.".to_owned();
        gatherer.keeper.ask(question, otherwise, move |path| model.open_sample(&path));
    }

    fn load_tuning(&self, gatherer: &Gatherer) {
        let question = Question {
            title: "Choose a scale (.scl) or a keyboard mapping (.kbm)".to_owned(),
            kind: ("Scala files".to_owned(), vec!["scl".to_owned(), "kbm".to_owned()]),
            folder: None,
            save_as: None,
            whole_folder: false,
        };
        let model = self.model.clone();
        let otherwise = "The keys are tuned as they were.".to_owned();
        gatherer.keeper.ask(question, otherwise, move |path| model.load_tuning(&path));
    }

    fn write_loop(&self, view: &View, gatherer: &Gatherer) {
        let LoopChoice { note, .. } = view.loop_choice;
        let what = note.map_or_else(|| "drone".to_owned(), note_name);
        let question = Question {
            title: "Save the loop".to_owned(),
            kind: ("Wave file".to_owned(), vec!["wav".to_owned()]),
            folder: None,
            save_as: Some(format!("{} {what}.wav", view.preset_name().replace(['/', '\\', ':'], "-"))),
            whole_folder: false,
        };
        let model = self.model.clone();
        gatherer.keeper.ask_where(question, move |path| model.write_loop(&path));
    }
}
