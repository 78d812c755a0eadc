//! The page of an effect on which one chooses where the sound comes from: the host, a built-in
//! sound, or a file; playing it and exporting the result.

use std::sync::Arc;

use egui::{Id, Rect, pos2, vec2};
use nfx_frame::files::for_people;
use nfx_frame::params::{LOOP_ID, PLAY_ID, SOURCE_ID};
use nfx_frame::source::{ExportState, Sourcing};
use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::Enum as _;

use super::{Cx, Message, ShelfPresenter, Tone, Values};
use crate::Icon;
use crate::button::{Button, Toggle};
use crate::dialog::Question;
use crate::menu::Row;
use crate::theme::{TEXT, TEXT_DIM};

/// Where the sound comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceView {
    /// Names: the host first, then the built-in sounds, then the user's file.
    pub names: Vec<String>,
    /// Which is chosen.
    pub chosen: usize,
    /// Whether a built-in sound or file plays now.
    pub playing: bool,
    /// Whether it starts again at its end.
    pub looped: bool,
    /// The user's file, if one is loaded.
    pub file: Option<String>,
    /// An export is running.
    pub exporting: bool,
}

impl SourceView {
    /// The source of an instance, whose parameters have these values.
    #[must_use]
    pub fn of(model: &impl Sourcing, values: &Values) -> Self {
        let chosen = values.index(SOURCE_ID);
        Self {
            names: values.get(SOURCE_ID).map_or(Vec::new(), |source| source.choices.to_vec()),
            chosen,
            playing: values.is_on(PLAY_ID) && chosen != 0,
            looped: values.is_on(LOOP_ID),
            file: model.source_file().map(|file| file.name.clone()),
            exporting: matches!(model.export_state(), ExportState::Running(_)),
        }
    }
}

/// A level below which nobody hears anything, −80 dB.
const SILENCE: f32 = 1e-4;
/// How long sound may pause before an editor says that none comes in, in seconds.
const PATIENCE_S: f32 = 1.5;

/// Notices whether sound comes in.
#[derive(Clone, Copy, Debug)]
pub struct Hearing {
    silent_s: f32,
}

impl Default for Hearing {
    fn default() -> Self {
        Self { silent_s: PATIENCE_S }
    }
}

impl Hearing {
    /// Takes the peaks of the last `seconds`.
    pub fn hear(&mut self, peaks: [f32; 2], seconds: f32) {
        let sounds = peaks.into_iter().any(|peak| peak > SILENCE);
        self.silent_s = if sounds { 0.0 } else { self.silent_s + seconds };
    }

    /// Whether a sound came in lately.
    #[must_use]
    pub fn hears(&self) -> bool {
        self.silent_s < PATIENCE_S
    }
}

/// Carries out what is asked for on the page, and says what came of it.
#[derive(Default)]
pub struct SourceActions {
    /// The result of an export that was read and dismissed.
    read_export: Option<ExportState>,
    read_problems: Vec<String>,
}

/// Why files are not heard.
fn problems(model: &impl Sourcing) -> impl Iterator<Item = String> {
    [model.source_problem(), model.other_problem()].into_iter().flatten()
}

impl SourceActions {
    /// What there is to say: why a file is not heard or how an export ended, unless it was
    /// dismissed.
    #[must_use]
    pub fn message(&self, model: &impl Sourcing) -> Option<Message> {
        let error = |text: String| Message { tone: Tone::Error, text };
        if let Some(text) = problems(model).find(|text| !self.read_problems.contains(text)) {
            return Some(error(text));
        }
        let state = model.export_state();
        if self.read_export.as_ref() == Some(&state) {
            return None;
        }
        match state {
            ExportState::Done(path) => Some(Message {
                tone: Tone::Note,
                text: format!("The result was written to {}.", for_people(&path)),
            }),
            ExportState::Failed(text) => Some(error(text)),
            ExportState::Idle | ExportState::Running(_) => None,
        }
    }

    /// Takes away what there is to say.
    pub fn dismiss(&mut self, model: &impl Sourcing) {
        self.read_problems = problems(model).collect();
        self.read_export = Some(model.export_state());
    }

    /// Carries out one wish. `through` is what the sound goes through, for the name of an export.
    pub fn act<M: Sourcing>(
        action: SourceAction,
        model: &Arc<M>,
        shelf: &ShelfPresenter<M::Session>,
        through: &str,
        gui: &GuiContext,
    ) {
        let flip = |id: &str| {
            let is_on =
                model.editing().table().entry(id).is_some_and(|entry| entry.normalized() > 0.5);
            shelf.choose(id, usize::from(!is_on), gui);
        };
        match action {
            SourceAction::Choose(index) => model.select_source(M::Choice::from_index(index), gui),
            SourceAction::TogglePlay => flip(PLAY_ID),
            SourceAction::ToggleLoop => flip(LOOP_ID),
            SourceAction::Open => {
                let model = model.clone();
                let question =
                    Question::for_file("Choose a sound", "Sounds", nfx_frame::clip::extensions());
                let otherwise =
                    "Choose a built-in sound, or play yours on a track of the host.".to_owned();
                shelf.ask(question, otherwise, move |path| model.load_source(&path));
            }
            SourceAction::Export => {
                let model = model.clone();
                let source = model.ordering().source.to_string().to_lowercase();
                let name = format!("{source} through {through}");
                let question = Question::for_saving_sound("Export the result", &name);
                shelf.ask_where(question, move |path| model.export(&path));
            }
        }
    }
}

/// A view that has a source in it.
pub trait Sourced {
    /// The source.
    fn source(&self) -> &SourceView;
}

/// What the user asks for here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceAction {
    /// Choose where the sound comes from.
    Choose(usize),
    /// Ask for a sound file.
    Open,
    /// Start or stop the built-in sound.
    TogglePlay,
    /// Whether the built-in sound starts again at its end.
    ToggleLoop,
    /// Ask for a name and write the result there.
    Export,
}

/// Draws the page. `through` is what the sound goes through: "the network".
pub fn show<V: Sourced, A: From<SourceAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    through: &str,
) {
    let gap = cx.px(8.0);
    let side = (rect.width() * 0.42).clamp(cx.px(220.0), cx.px(420.0));
    let left = Rect::from_min_max(rect.min, pos2(rect.left() + side, rect.bottom()));
    let right = Rect::from_min_max(pos2(left.right() + gap, rect.top()), rect.max);
    for panel in [left, right] {
        cx.theme.panel(cx.ui.painter(), panel);
    }
    list(cx, left.shrink(cx.px(8.0)));
    transport(cx, right.shrink(cx.px(if cx.compact { 12.0 } else { 16.0 })), through);
}

fn list<V: Sourced, A: From<SourceAction>>(cx: &mut Cx<'_, '_, V, A>, rect: Rect) {
    let source = cx.view.source().clone();
    let gap = cx.px(2.0);
    let share = (rect.height() + gap) / source.names.len().max(1) as f32 - gap;
    let height = share.clamp(cx.px(20.0), cx.px(30.0));
    let mut top = rect.top();
    for (index, name) in source.names.iter().enumerate() {
        let place = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height));
        top += height + gap;
        let detail = match index {
            0 => "your track",
            _ if index + 1 == source.names.len() => source.file.as_deref().unwrap_or("choose…"),
            _ => "built in",
        };
        let row = Row { title: name, detail, chosen: source.chosen == index, mark: None };
        let response = row.show(cx.ui, &cx.theme, Id::unique(("suite-source", index)), place);
        crate::hint(&response, hint(index, source.names.len()));
        if response.clicked() {
            let is_file = index + 1 == source.names.len();
            if is_file && source.file.is_none() {
                cx.actions.push(SourceAction::Open.into());
            } else {
                cx.actions.push(SourceAction::Choose(index).into());
            }
        }
    }
}

fn hint(index: usize, count: usize) -> &'static str {
    match index {
        0 => "Plays the sound that your host sends to the plugin.",
        _ if index + 1 == count => {
            "Plays a sound file of yours.\nIt may be WAV, AIFF, FLAC, MP3 or Ogg."
        }
        _ => "Plays a short built-in sound in place of the host's.",
    }
}

fn transport<V: Sourced, A: From<SourceAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    through: &str,
) {
    let source = cx.view.source().clone();
    let host = source.chosen == 0;
    let name = source.names.get(source.chosen).cloned().unwrap_or_default();
    let title = if host {
        format!("The host's sound goes through {through}")
    } else {
        format!("{name} goes through {through}")
    };
    let row = cx.px(30.0);
    let mut top = rect.top() + cx.paragraph(rect, &title, cx.theme.strong(), TEXT) + cx.px(10.0);
    let (icon, label, sentence) = if source.playing {
        (Icon::Stop, "Stop", "Stops the sound.")
    } else {
        (Icon::Play, "Play", "Plays the sound from its beginning.")
    };
    let play = Button::both(icon, label, sentence).enabled(!host).on(source.playing && !host);
    let width = cx.px(88.0);
    if cx.button("play", Rect::from_min_size(pos2(rect.left(), top), vec2(width, row)), play) {
        cx.actions.push(SourceAction::TogglePlay.into());
    }
    let place =
        Rect::from_min_size(pos2(rect.left() + width + cx.px(16.0), top), vec2(cx.px(150.0), row));
    let again = Toggle {
        label: "Again and again",
        on: source.looped,
        hint: "Starts the built-in sound or your file again at its end.",
    };
    if again.show(cx.ui, &cx.theme, Id::unique("suite-loop"), place) {
        cx.actions.push(SourceAction::ToggleLoop.into());
    }
    top += row + cx.px(12.0);
    let text = if host {
        "Nothing to start here: play your track. A built-in sound lets you try the knobs without one; your track is silent meanwhile."
    } else {
        "It takes the place of the host's sound until you choose the host again. It is not saved with a preset."
    };
    // Without room for it, the buttons come first.
    if rect.bottom() - top > cx.px(86.0) {
        let room = Rect::from_min_max(pos2(rect.left(), top), rect.max);
        top += cx.paragraph(room, text, cx.theme.small(), TEXT_DIM) + cx.px(12.0);
    }
    let open = Button::both(Icon::Folder, "Choose file…", "Opens a sound file of yours to play.");
    let text = if source.exporting { "Exporting…" } else { "Export result…" };
    let export = Button::both(
        Icon::Save,
        text,
        "Renders the whole sound and writes a WAV file.\nIt sounds as the controls stand now.",
    )
    .enabled(!host && !source.exporting);
    let mut left = rect.left();
    for (button, action) in [(open, SourceAction::Open), (export, SourceAction::Export)] {
        let width = button.width(cx.ui, &cx.theme);
        let place = Rect::from_min_size(pos2(left, top), vec2(width, row));
        left += width + cx.px(8.0);
        if cx.button(button.label, place, button) {
            cx.actions.push(action.into());
        }
    }
}
