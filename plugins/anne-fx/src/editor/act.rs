//! Carries out what the user asked for, and keeps what there is to say about it.

use std::sync::atomic::Ordering;

use nfx_core::engine::anne::Split;
use nfx_ui::dialog::Question;
use nfx_ui::shelf::source::SourceActions;
use nfx_ui::training;
use nice_plug::context::gui::GuiContext;

use super::Presenter;
use super::view::{Action, Message, ShelfAction, View};
use crate::editor_model::Target;

/// How far randomising goes: the whole travel.
const WHOLE: f32 = 1.0;
/// The first of the user's own splits.
const FIRST_OWN_SPLIT: usize = 3;

impl Presenter {
    /// What ANNe has to say of its own.
    pub(super) fn message(&self) -> Option<Message> {
        self.source.message(&*self.model)
    }

    /// Carries out one wish.
    pub(super) fn carry_out(&mut self, action: Action, view: &View, gui: &GuiContext) {
        let model = self.model.clone();
        match action {
            Action::Mute(_) | Action::Solo(_) | Action::ResetLatents | Action::Border(..) => {
                self.latents(&action, view, gui)
            }
            Action::Rename(place, name) => {
                model.session().set_name(place, &name);
                model.changed("Name");
            }
            Action::Lock(knob) => {
                model.locks.fetch_xor(1 << knob, Ordering::Relaxed);
            }
            Action::RandomiseKnobs => {
                let target =
                    if super::directions::any(view) { Target::Directions } else { Target::Knobs };
                model.randomise(target, WHOLE, gui);
            }
            Action::RandomiseTrims => {
                model.randomise(Target::Latents, WHOLE, gui);
            }
            Action::Shelf(ShelfAction::Dismiss) => {
                if !self.shelf.dismiss() {
                    self.source.dismiss(&*model);
                }
            }
            Action::Shelf(action) => self.shelf.act(action, gui),
            Action::Source(action) => {
                SourceActions::act(action, &model, &self.shelf, view.preset_name(), gui);
            }
            Action::OpenSecond => self.open_second(),
            Action::DropSecond => model.drop_second(),
            Action::Training(action) => {
                training::act(&model.workshop, action, &mut self.shelf, gui)
            }
        }
    }

    fn latents(&self, action: &Action, view: &View, gui: &GuiContext) {
        let session = self.model.session();
        match *action {
            Action::Mute(index) => {
                session.muted.fetch_xor(1 << index, Ordering::Relaxed);
                self.model.changed("Mute");
            }
            Action::Solo(index) => {
                let alone = 1 << index;
                let now = session.soloed.load(Ordering::Relaxed);
                session.soloed.store(if now == alone { 0 } else { alone }, Ordering::Relaxed);
                self.model.changed("Solo");
            }
            Action::ResetLatents => {
                session.muted.store(0, Ordering::Relaxed);
                session.soloed.store(0, Ordering::Relaxed);
                self.model.reset_trims(gui);
                self.model.changed("Reset of the latents");
            }
            Action::Border(border, at) => {
                let Some(which) = view.values.index("split").checked_sub(FIRST_OWN_SPLIT) else {
                    return;
                };
                let mut starts = Split::User(session.user_split(which)).starts(view.sounds.len());
                if let (Some(start), Ok(at)) = (starts.get_mut(border), u8::try_from(at)) {
                    *start = at;
                    session.set_user_split(which, starts);
                    self.model.changed("Split");
                }
            }
            _ => {}
        }
    }

    fn open_second(&self) {
        let question =
            Question::for_file("Choose a second sound", "Sounds", nfx_frame::clip::extensions());
        let model = self.model.clone();
        let otherwise = "Route the sound into the side chain instead.".to_owned();
        self.shelf.ask(question, otherwise, move |path| model.load_second(&path));
    }
}
