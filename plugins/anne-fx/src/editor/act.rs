//! Carries out what the user asked for, and keeps what there is to say about it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use nfx_core::engine::anne::Split;
use nfx_frame::files::for_people;
use nfx_frame::source::ExportState;
use nfx_ui::dialog::Question;
use nfx_ui::param::AnyParam;
use nfx_ui::shelf::Keeper;
use nfx_ui::{Edit, training};
use nice_plug::context::gui::GuiContext;

use super::gather::Gatherer;
use super::view::{Action, Control, Message, ShelfAction, Switch, Tone, View};
use crate::editor_model::{EditorModel, Target};
use crate::params::{KNOB_NAMES, SourceChoice, direction_name};
use crate::session::Session;

/// How far randomising goes: the whole travel.
const WHOLE: f32 = 1.0;
/// The first of the user's own splits.
const FIRST_OWN_SPLIT: usize = 3;

/// See the module's documentation.
pub struct Desk {
    model: Arc<EditorModel>,
    /// The result of an export that was read and dismissed.
    read_export: Option<ExportState>,
    read_source_problem: Option<String>,
}

impl Desk {
    /// An empty desk.
    pub fn new(model: Arc<EditorModel>) -> Self {
        Self { model, read_export: None, read_source_problem: None }
    }

    /// What ANNe has to say of its own.
    pub fn message(&self) -> Option<Message> {
        let error = |text: String| Message { tone: Tone::Error, text };
        let problem = self.model.source_problem().or_else(|| self.model.second_problem());
        if let Some(text) = problem.filter(|text| self.read_source_problem.as_ref() != Some(text)) {
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
            Action::Mute(_) | Action::Solo(_) | Action::ResetLatents | Action::Border(..) => {
                self.latents(&action, view, gui)
            }
            Action::Rename(place, name) => {
                model.session().set_name(place, &name);
                model.changed("Name");
            }
            Action::Lock(knob) => {
                model.locks.knobs.fetch_xor(1 << knob, Ordering::Relaxed);
            }
            Action::RandomiseKnobs => {
                let target = if super::directions::any(view) { Target::Directions } else { Target::Knobs };
                model.randomise(target, WHOLE, gui);
            }
            Action::RandomiseTrims => {
                model.locks.latents.store(locked_latents(view), Ordering::Relaxed);
                model.randomise(Target::Latents, WHOLE, gui);
            }
            Action::Shelf(ShelfAction::Dismiss) => {
                if !gatherer.keeper.dismiss() {
                    self.read_source_problem = model.source_problem().or_else(|| model.second_problem());
                    self.read_export = Some(model.export_state());
                }
            }
            Action::Shelf(action) => gatherer.keeper.act(action, gui),
            Action::ChooseSource(index) => model.select_source(source(index), gui),
            Action::OpenSource => self.open_source(&gatherer.keeper),
            Action::OpenSecond => self.open_second(&gatherer.keeper),
            Action::DropSecond => model.drop_second(),
            Action::TogglePlay => {
                model.params.play.jump(&gui.param_setter(), if model.params.play.value() { 0.0 } else { 1.0 })
            }
            Action::ToggleLoop => {
                model.params.looped.jump(&gui.param_setter(), if model.params.looped.value() { 0.0 } else { 1.0 })
            }
            Action::Export => self.export(view, &gatherer.keeper),
            Action::Training(action) => training::act(&model.workshop, action, &mut gatherer.keeper, gui),
        }
    }

    fn edit(&self, control: Control, edits: &[Edit], gui: &GuiContext, keeper: &Keeper<Session>) {
        let params = &self.model.params;
        let (param, name) = match control {
            Control::Knob(index) => {
                (params.active_knob(index), format!("Knob {}", KNOB_NAMES.get(index).copied().unwrap_or_default()))
            }
            Control::Trim(index) => match params.trims.get(index) {
                Some(trim) => (trim, format!("Trim of latent {}", index + 1)),
                None => return,
            },
            Control::Direction(index) => match params.directions.get(index) {
                Some(direction) => (direction, direction_name(index)),
                None => return,
            },
            Control::Morph => (&params.morph, "Morph".to_owned()),
            Control::Mix => (&params.mix, "Mix".to_owned()),
            Control::Input => (&params.input_db, "Input".to_owned()),
            Control::Output => (&params.output_db, "Output".to_owned()),
            Control::Detail => (&params.detail, "Detail".to_owned()),
            Control::Response => (&params.response_ms, "Response".to_owned()),
            Control::Slew => (&params.slew_ms, "Slew".to_owned()),
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
            Switch::Split => {
                params.split.jump(&setter, of(5));
                "Split"
            }
            Switch::GainPosition => {
                params.position.jump(&setter, of(2));
                "Gain position"
            }
            Switch::Stereo => {
                params.stereo.jump(&setter, of(3));
                "Stereo"
            }
            Switch::Freeze => {
                params.freeze.jump(&setter, of(2));
                "Freeze"
            }
            Switch::LevelMatch => {
                params.level_match.jump(&setter, of(2));
                "Level match"
            }
            Switch::Bypass => {
                params.bypass.jump(&setter, of(2));
                return;
            }
        };
        self.model.commit(name);
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
                for trim in self.model.params.trims.iter().filter(|trim| (trim.normal() - trim.neutral()).abs() > 1e-6)
                {
                    trim.jump(&gui.param_setter(), trim.neutral());
                }
                self.model.changed("Reset of the latents");
            }
            Action::Border(border, at) => {
                let Some(which) = view.split.checked_sub(FIRST_OWN_SPLIT) else { return };
                let mut starts = Split::User(session.user_split(which)).starts(view.trims.len());
                if let (Some(start), Ok(at)) = (starts.get_mut(border), u8::try_from(at)) {
                    *start = at;
                    session.set_user_split(which, starts);
                    self.model.changed("Split");
                }
            }
            _ => {}
        }
    }

    fn open_source(&self, keeper: &Keeper<Session>) {
        let extensions = nfx_frame::clip::extensions();
        let question = Question {
            title: "Choose a sound".to_owned(),
            kind: ("Sounds".to_owned(), extensions),
            folder: None,
            save_as: None,
            whole_folder: false,
        };
        let model = self.model.clone();
        let otherwise = "Choose a built-in sound, or play yours on a track of the host.".to_owned();
        keeper.ask(question, otherwise, move |path| model.load_source(&path));
    }

    fn open_second(&self, keeper: &Keeper<Session>) {
        let question = Question {
            title: "Choose a second sound".to_owned(),
            kind: ("Sounds".to_owned(), nfx_frame::clip::extensions()),
            folder: None,
            save_as: None,
            whole_folder: false,
        };
        let model = self.model.clone();
        let otherwise = "Route the sound into the side chain instead.".to_owned();
        keeper.ask(question, otherwise, move |path| model.load_second(&path));
    }

    fn export(&self, view: &View, keeper: &Keeper<Session>) {
        let source = view.source.names.get(view.source.chosen).map_or("sound", String::as_str).to_lowercase();
        let name = format!("{source} through {}.wav", view.preset_name().replace(['/', '\\', ':'], "-"));
        let question = Question {
            title: "Export the result".to_owned(),
            kind: ("Wave file".to_owned(), vec!["wav".to_owned()]),
            folder: None,
            save_as: Some(name),
            whole_folder: false,
        };
        let model = self.model.clone();
        keeper.ask_where(question, move |path| model.export(&path));
    }
}

/// The latents of locked knobs, one bit each.
fn locked_latents(view: &View) -> u64 {
    let mut at = 0;
    let mut bits = 0;
    for (length, locked) in view.lengths.iter().zip(view.locks) {
        for latent in at..at + length {
            if locked && latent < 64 {
                bits |= 1 << latent;
            }
        }
        at += length;
    }
    bits
}

fn source(index: usize) -> SourceChoice {
    match index {
        1 => SourceChoice::Piano,
        2 => SourceChoice::Strings,
        3 => SourceChoice::Snare,
        4 => SourceChoice::File,
        _ => SourceChoice::Host,
    }
}
