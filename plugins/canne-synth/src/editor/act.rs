//! Carries out what the user asked for.

use std::sync::atomic::Ordering;

use nfx_frame::table::Entry;
use nfx_ui::dialog::Question;
use nfx_ui::training;
use nice_plug::context::gui::GuiContext;
use nice_plug::params::Param as _;

use super::Presenter;
use super::view::{Action, LoopChoice, ShelfAction, Tone, View};
use crate::editor::keys::note_name;
use crate::params::slider_id;

/// How far randomising goes: the whole travel.
const WHOLE: f32 = 1.0;

impl Presenter {
    /// Carries out one wish.
    pub(super) fn carry_out(&mut self, action: Action, view: &View, gui: &GuiContext) {
        let model = self.model.clone();
        match action {
            Action::Lock(slider) => {
                model.locks.fetch_xor(1 << slider, Ordering::Relaxed);
            }
            Action::Randomise => model.randomise(WHOLE, gui),
            Action::Rest => model.rest_all(gui),
            Action::StoreCorner(corner) => {
                model.store_corner(corner);
                let letter = ["A", "B", "C", "D"].get(corner).copied().unwrap_or_default();
                self.shelf.say(Tone::Note, format!("{letter} of the pad now holds this sound."));
            }
            Action::RecallCorner(corner) => model.recall_corner(corner, gui),
            Action::MapBegin | Action::MapTo(_) | Action::MapEnd => self.map(&action, gui),
            Action::Spot(spot) => model.choose_point(spot, gui),
            Action::Key(note, velocity) => model.press(note, velocity),
            Action::OpenSample => self.open_sample(),
            Action::Candidate(place) => model.choose_candidate(place, gui),
            Action::Mutate => model.mutate(),
            Action::DropTake => model.drop_take(),
            Action::LoadTuning => self.load_tuning(),
            Action::ClearTuning => model.clear_tuning(),
            Action::Loop(choice) => {
                model.session().set_loop_choice(choice);
                model.mark_unsaved();
            }
            Action::WriteLoop => self.write_loop(view),
            Action::Training(action) => {
                training::act(&model.workshop, action, &mut self.shelf, gui)
            }
            Action::Shelf(ShelfAction::Dismiss) => {
                if !self.shelf.dismiss() {
                    model.dismiss_job();
                }
            }
            Action::Shelf(action) => self.shelf.act(action, gui),
        }
    }

    /// A gesture that moves all sliders at once.
    fn map(&self, action: &Action, gui: &GuiContext) {
        let params = &self.model.params;
        let ids = (0..self.model.slider_count()).map(slider_id);
        let moved: Vec<&Entry> = ids.filter_map(|id| self.model.table().entry(&id)).collect();
        match action {
            Action::MapBegin => {
                if params.morph.unmodulated_plain_value() > 0.0 {
                    self.model.set_sliders(&params.morphed(), gui);
                }
                moved.iter().for_each(|slider| slider.begin(gui));
            }
            Action::MapTo(place) => {
                if let Some(positions) = self.model.positions_at(*place) {
                    moved
                        .iter()
                        .zip(positions)
                        .for_each(|(slider, position)| slider.put(gui, position));
                }
            }
            _ => {
                moved.iter().for_each(|slider| slider.end(gui));
                self.model.commit("Map");
            }
        }
    }

    fn open_sample(&self) {
        let question = Question::for_file(
            "Choose a recording of one note",
            "Sounds",
            nfx_frame::clip::extensions(),
        );
        let model = self.model.clone();
        let otherwise = "Click the dots of the map instead.".to_owned();
        self.shelf.ask(question, otherwise, move |path| model.open_sample(&path));
    }

    fn load_tuning(&self) {
        let extensions = vec!["scl".to_owned(), "kbm".to_owned()];
        let title = "Choose a scale (.scl) or a keyboard mapping (.kbm)";
        let question = Question::for_file(title, "Scala files", extensions);
        let model = self.model.clone();
        let otherwise = "The keys are tuned as they were.".to_owned();
        self.shelf.ask(question, otherwise, move |path| model.load_tuning(&path));
    }

    fn write_loop(&self, view: &View) {
        let LoopChoice { note, .. } = view.loop_choice;
        let what = note.map_or_else(|| "drone".to_owned(), note_name);
        let question =
            Question::for_saving_sound("Save the loop", &format!("{} {what}", view.preset_name()));
        let model = self.model.clone();
        self.shelf.ask_where(question, move |path| model.write_loop(&path));
    }
}
