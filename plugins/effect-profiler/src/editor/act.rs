//! Carries out what the user asked for, and keeps what there is to say about it.

use std::sync::Arc;

use nfx_frame::files::for_people;
use nfx_frame::source::ExportState;
use nfx_ui::Edit;
use nfx_ui::dialog::Question;
use nfx_ui::param::AnyParam;
use nfx_ui::shelf::Keeper;
use nice_plug::context::gui::GuiContext;

use super::gather::{Gatherer, param};
use super::view::{Action, CaptureAction, Control, Message, ShelfAction, SourceAction, Switch, Tone, View};
use crate::editor_model::EditorModel;
use crate::params::{Mapping, SourceChoice};
use crate::session::Session;

/// See the module's documentation.
pub struct Desk {
    model: Arc<EditorModel>,
    /// The result of an export that was read and dismissed.
    read_export: Option<ExportState>,
    read_problems: Vec<String>,
}

impl Desk {
    /// An empty desk.
    pub fn new(model: Arc<EditorModel>) -> Self {
        Self { model, read_export: None, read_problems: Vec::new() }
    }

    /// What the profiler has to say of its own.
    pub fn message(&self) -> Option<Message> {
        let error = |text: String| Message { tone: Tone::Error, text };
        let problems = [self.model.source_problem(), self.model.impulse_problem()];
        if let Some(text) = problems.into_iter().flatten().find(|text| !self.read_problems.contains(text)) {
            return Some(error(text));
        }
        let state = self.model.export_state();
        if self.read_export.as_ref() == Some(&state) {
            return None;
        }
        match state {
            ExportState::Done(path) => {
                Some(Message { tone: Tone::Note, text: format!("The result was written to {}.", for_people(&path)) })
            }
            ExportState::Failed(text) => Some(error(text)),
            ExportState::Idle | ExportState::Running(_) => None,
        }
    }

    /// Carries out one wish.
    pub fn act(&mut self, action: Action, view: &View, gatherer: &mut Gatherer, gui: &GuiContext) {
        let model = self.model.clone();
        match action {
            Action::Edit(control, edits) => self.edit(control, &edits, gui, &gatherer.keeper),
            Action::Choose(switch, index) => self.choose(switch, index, gui),
            Action::Repair(on) => model.set_aligns(on),
            Action::OpenImpulse => self.open_impulse(&gatherer.keeper),
            Action::ClearImpulse => model.clear_impulse(),
            Action::Match(on) => model.set_matched(on),
            Action::Profile(path) => model.load_profile(&path),
            Action::StepProfile(step) => model.step_profile(step),
            Action::OpenFolder => self.open_folder(&gatherer.keeper),
            Action::OwnFolder => model.choose_profile_folder(None),
            Action::RefreshFolder => model.refresh_profiles(),
            Action::Source(action) => self.source(action, view, gui, &gatherer.keeper),
            Action::Capture(action) => self.capture(action),
            Action::Shelf(ShelfAction::SwapAb) => model.hear_other(gui),
            Action::Shelf(ShelfAction::ModelFile(path)) => model.load_profile(&path),
            Action::Shelf(ShelfAction::OpenModel) => self.open_profile(&gatherer.keeper),
            Action::Shelf(ShelfAction::Dismiss) => {
                if !gatherer.keeper.dismiss() {
                    self.read_problems =
                        [model.source_problem(), model.impulse_problem()].into_iter().flatten().collect();
                    self.read_export = Some(model.export_state());
                }
            }
            Action::Shelf(action) => gatherer.keeper.act(action, gui),
        }
    }

    fn edit(&self, control: Control, edits: &[Edit], gui: &GuiContext, keeper: &Keeper<Session>) {
        let params = &self.model.params;
        let playing = self.model.model();
        let (param, name) = match control {
            Control::Knob(index) => {
                let Some(playing) = &playing else { return };
                let name = playing.info().knobs.get(index).map(|knob| knob.name.clone()).unwrap_or_default();
                (params.driver(&Mapping::of(playing), index), name)
            }
            other => match param(params, other) {
                Some(param) => (param, param.label().to_owned()),
                None => return,
            },
        };
        if let Some(unread) = param.apply(&gui.param_setter(), edits) {
            let now = param.text();
            keeper.say(Tone::Error, format!("\u{201c}{unread}\u{201d} is no value for {name}. Type it as it is shown, for example {now}. It stays at {now}."));
        }
        if edits.iter().any(|edit| matches!(edit, Edit::End | Edit::Text(_))) {
            self.model.commit(&name);
        }
    }

    fn choose(&self, switch: Switch, index: usize, gui: &GuiContext) {
        let params = &self.model.params;
        let setter = gui.param_setter();
        let of = |count: usize| index as f32 / (count - 1) as f32;
        let name = match switch {
            Switch::Stereo => {
                params.stereo.jump(&setter, of(3));
                "Stereo"
            }
            Switch::Normalise => {
                params.normalise.jump(&setter, of(3));
                "Normalise"
            }
            Switch::Calibrate => {
                params.calibrate.jump(&setter, of(2));
                "Calibrate input"
            }
            Switch::SideChain => {
                params.side_chain.jump(&setter, of(2));
                "External side chain"
            }
            Switch::Gate => {
                params.gate.jump(&setter, of(2));
                "Gate"
            }
            Switch::Impulse => {
                params.ir.jump(&setter, of(2));
                "Impulse response"
            }
            Switch::Bypass => {
                params.bypass.jump(&setter, of(2));
                return;
            }
        };
        self.model.commit(name);
    }

    fn source(&self, action: SourceAction, view: &View, gui: &GuiContext, keeper: &Keeper<Session>) {
        let (model, params) = (&self.model, &self.model.params);
        let flip = |on: bool| if on { 0.0 } else { 1.0 };
        match action {
            SourceAction::Choose(index) => model.select_source(source(index), gui),
            SourceAction::TogglePlay => params.play.jump(&gui.param_setter(), flip(params.play.value())),
            SourceAction::ToggleLoop => params.looped.jump(&gui.param_setter(), flip(params.looped.value())),
            SourceAction::Open => {
                let extensions = nfx_frame::clip::extensions();
                let otherwise = "Choose a built-in sound, or play yours on a track of the host.".to_owned();
                let model = model.clone();
                keeper
                    .ask(file("Choose a sound", "Sounds", extensions), otherwise, move |path| model.load_source(&path));
            }
            SourceAction::Export => {
                let name = view.source.names.get(view.source.chosen).map_or("sound", String::as_str).to_lowercase();
                let name = format!("{name} through {}.wav", view.model.replace(['/', '\\', ':'], "-"));
                let question =
                    Question { save_as: Some(name), ..file("Export the result", "Wave file", vec!["wav".to_owned()]) };
                let model = model.clone();
                keeper.ask_where(question, move |path| model.export(&path));
            }
        }
    }

    fn open_impulse(&self, keeper: &Keeper<Session>) {
        let model = self.model.clone();
        let question = file("Choose an impulse response", "Impulse responses", nfx_frame::clip::extensions());
        let otherwise = "Install a desktop portal or zenity to choose files.".to_owned();
        keeper.ask(question, otherwise, move |path| model.load_impulse(&path));
    }

    fn open_profile(&self, keeper: &Keeper<Session>) {
        let model = self.model.clone();
        let extensions = crate::models::FILES.extensions.iter().map(|extension| (*extension).to_owned()).collect();
        let question = Question { folder: model.profile_folder(), ..file("Choose a profile", "Profiles", extensions) };
        let otherwise = "Put the file into the folder of your profiles and click Refresh.".to_owned();
        keeper.ask(question, otherwise, move |path| model.load_profile(&path));
    }

    fn open_folder(&self, keeper: &Keeper<Session>) {
        let model = self.model.clone();
        let question = Question::for_folder("Choose a folder of profiles", model.profile_folder());
        let otherwise = "Put your profiles into the folder that is shown and click Refresh.".to_owned();
        keeper.ask(question, otherwise, move |path| model.choose_profile_folder(Some(path)));
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
                None => {
                    self.model.say("The host has not started audio. Switch its engine on, and go on here.".to_owned())
                }
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

fn file(title: &str, kind: &str, extensions: Vec<String>) -> Question {
    Question {
        title: title.to_owned(),
        kind: (kind.to_owned(), extensions),
        folder: None,
        save_as: None,
        whole_folder: false,
    }
}

fn source(index: usize) -> SourceChoice {
    match index {
        1 => SourceChoice::Drums,
        2 => SourceChoice::Bass,
        3 => SourceChoice::Guitar,
        4 => SourceChoice::File,
        _ => SourceChoice::Host,
    }
}
