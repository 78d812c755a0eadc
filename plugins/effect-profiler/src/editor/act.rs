//! Carries out what the user asked for, and keeps what there is to say about it.

use nfx_ui::dialog::Question;
use nfx_ui::shelf::source::SourceActions;
use nice_plug::context::gui::GuiContext;

use super::Presenter;
use super::view::{Action, CaptureAction, Message, ShelfAction, View};

impl Presenter {
    /// What the profiler has to say of its own.
    pub(super) fn message(&self) -> Option<Message> {
        self.source.message(&*self.model)
    }

    /// Carries out one wish.
    pub(super) fn carry_out(&mut self, action: Action, view: &View, gui: &GuiContext) {
        let model = self.model.clone();
        match action {
            Action::Repair(on) => model.set_aligns(on),
            Action::OpenImpulse => self.open_impulse(),
            Action::ClearImpulse => model.clear_impulse(),
            Action::Match(on) => model.set_matched(on),
            Action::Profile(path) => model.load_profile(&path),
            Action::StepProfile(step) => model.step_profile(step),
            Action::OpenFolder => self.open_folder(),
            Action::OwnFolder => model.choose_profile_folder(None),
            Action::RefreshFolder => model.refresh_profiles(),
            Action::Source(action) => {
                SourceActions::act(action, &model, &self.shelf, &view.model, gui)
            }
            Action::Capture(action) => self.capture(action),
            Action::Shelf(ShelfAction::SwapAb) => model.hear_other(gui),
            Action::Shelf(ShelfAction::ModelFile(path)) => model.load_profile(&path),
            Action::Shelf(ShelfAction::OpenModel) => self.open_profile(),
            Action::Shelf(ShelfAction::Dismiss) => {
                if !self.shelf.dismiss() {
                    self.source.dismiss(&*model);
                }
            }
            Action::Shelf(action) => self.shelf.act(action, gui),
        }
    }

    fn open_impulse(&self) {
        let model = self.model.clone();
        let question = Question::for_file(
            "Choose an impulse response",
            "Impulse responses",
            nfx_frame::clip::extensions(),
        );
        let otherwise = "Install a desktop portal or zenity to choose files.".to_owned();
        self.shelf.ask(question, otherwise, move |path| model.load_impulse(&path));
    }

    fn open_profile(&self) {
        let model = self.model.clone();
        let extensions = crate::models::FILES
            .extensions
            .iter()
            .map(|extension| (*extension).to_owned())
            .collect();
        let question = Question::for_file("Choose a profile", "Profiles", extensions)
            .within(model.profile_folder());
        let otherwise =
            "Put the file into the folder of your profiles and click Refresh.".to_owned();
        self.shelf.ask(question, otherwise, move |path| model.load_profile(&path));
    }

    fn open_folder(&self) {
        let model = self.model.clone();
        let question = Question::for_folder("Choose a folder of profiles", model.profile_folder());
        let otherwise =
            "Put your profiles into the folder that is shown and click Refresh.".to_owned();
        self.shelf.ask(question, otherwise, move |path| model.choose_profile_folder(Some(path)));
    }

    fn capture(&self, action: CaptureAction) {
        let studio = &self.model.studio;
        match action {
            CaptureAction::Go(step) => studio.go(step),
            CaptureAction::Name(name) => studio.set_name(&name),
            CaptureAction::Knob(index, knob) => studio.set_knob(index, knob),
            CaptureAction::Seconds(choice) => studio.set_seconds(choice),
            CaptureAction::Minutes(choice) => studio.set_minutes(choice),
            CaptureAction::Delay(samples) => studio.set_delay(samples),
            CaptureAction::Prepare => match self.model.host_facts().rate_hz {
                Some(rate_hz) => studio.prepare(rate_hz),
                None => self.model.say(
                    "The host has not started audio. Switch its engine on, and go on here."
                        .to_owned(),
                ),
            },
            CaptureAction::Input(input) => studio.set_input(input),
            CaptureAction::Level(db) => studio.set_level(db),
            CaptureAction::Listen(on) => studio.listen(on),
            CaptureAction::Take(index) => studio.choose_take(index),
            CaptureAction::Record(index) => studio.record(index),
            CaptureAction::Train => studio.train(),
            CaptureAction::Stop => studio.stop(),
            CaptureAction::Load => {
                if let Some(path) = studio.model() {
                    self.model.load_profile(&path);
                    self.model.refresh_profiles();
                }
            }
            CaptureAction::Hear(which) => studio.hear(which),
            CaptureAction::Answer(which) => studio.answer(which),
            CaptureAction::StartOver => studio.start_over(),
            CaptureAction::LookAgain => studio.search.look(),
            CaptureAction::Dismiss => studio.dismiss(),
        }
    }
}
