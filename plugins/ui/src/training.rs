//! The page on which a plugin trains a model of the user's own: a folder of sounds in, a model out.

use egui::{Id, Key, Rect, pos2, vec2};

use super::Icon;
use super::button::{Button, Choice, ChoiceStyle};
use super::dialog::Question;
use super::menu::TextField;
use super::progress::{self, Figure, Running};
use super::shelf::{Cx, ShelfAction, ShelfPresenter, Shelved};
use super::theme::{TEXT, TEXT_DIM};
use nfx_frame::snapshot::Session;
use nfx_frame::trainer::Stage;
use nfx_frame::training::{Found, TrainingView, Workshop};
use nice_plug::context::gui::GuiContext;

/// What the user asks for here.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainingAction {
    /// Ask for a folder.
    AskFolder,
    /// Use this folder.
    Folder(String),
    /// The model's name.
    Name(String),
    /// One of the lengths.
    Minutes(usize),
    /// Look for the trainer again.
    LookAgain,
    /// Begin.
    Start,
    /// End with the best so far.
    Stop,
    /// Play the new model.
    Audition,
    /// Play the one from before.
    Back,
    /// Begin another training.
    Another,
}

/// Carries out a wish of the page.
pub fn act<S: Session + 'static>(
    workshop: &Workshop,
    action: TrainingAction,
    shelf: &mut ShelfPresenter<S>,
    gui: &GuiContext,
) {
    match action {
        TrainingAction::AskFolder => {
            let question = Question::for_folder("Choose the folder of sounds", None);
            let otherwise =
                "Type the folder's path into the field instead, and press Enter.".to_owned();
            let workshop = workshop.clone();
            shelf.ask(question, otherwise, move |path| {
                workshop.choose_folder(&path.to_string_lossy())
            });
        }
        TrainingAction::Folder(path) => workshop.choose_folder(&path),
        TrainingAction::Name(name) => workshop.set_name(&name),
        TrainingAction::Minutes(choice) => workshop.set_minutes(choice),
        TrainingAction::LookAgain => workshop.look_for_trainer(),
        TrainingAction::Start => workshop.start(),
        TrainingAction::Stop => workshop.stop(),
        TrainingAction::Audition => {
            if let Some(model) = workshop.model() {
                shelf.act(ShelfAction::ModelFile(model), gui);
                shelf.act(ShelfAction::Refresh, gui);
                workshop.set_auditioned(true);
            }
        }
        TrainingAction::Back => {
            shelf.act(ShelfAction::Undo, gui);
            workshop.set_auditioned(false);
        }
        TrainingAction::Another => workshop.clear(),
    }
}

/// A view that has a training in it.
pub trait Trained {
    /// The training.
    fn training(&self) -> &TrainingView;
}

/// What the page remembers between frames.
#[derive(Clone, Debug, Default)]
pub struct Page {
    folder: String,
    known_folder: String,
    name: String,
    known_name: String,
}

/// What differs between the plugins.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    /// What the error is called.
    pub figure: Figure<'a>,
    /// How a training is described in its first line.
    pub title: &'a str,
}

const LENGTHS: [&str; 4] = ["5 min", "15 min", "1 h", "4 h"];
/// The same where there is little room.
const SHORT_LENGTHS: [&str; 4] = ["5 m", "15 m", "1 h", "4 h"];
const LENGTH_HINTS: [&str; 4] = [
    "Trains enough to hear what it will become.",
    "Suits a small collection of sounds.",
    "Suits an hour of sound and more.",
    "Trains as well as it gets.\nIt ends by itself when nothing improves.",
];

/// Draws the page.
pub fn show<V: Shelved + Trained, A: From<TrainingAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    page: &mut Page,
    words: Words<'_>,
) {
    let view = cx.view.training();
    if let Found::Missing(sentence) = &view.trainer {
        cx.theme.panel(cx.ui.painter(), rect);
        missing(cx, rect, sentence);
        return;
    }
    let (left, right) = cx.two_panels(rect, 0.46, (1.0, 9999.0));
    let inset = cx.px(if cx.compact { 10.0 } else { 16.0 });
    form(cx, left.shrink(inset), page, words.title);
    let inside = right.shrink(inset);
    match &view.run {
        Some(_) => running(cx, inside, words.figure),
        None => before(cx, inside),
    }
}

/// There is no trainer: say what to do. Also for other pages that need it.
pub fn missing<V, A: From<TrainingAction>>(cx: &mut Cx<'_, '_, V, A>, rect: Rect, sentence: &str) {
    let centre = rect.center() - vec2(0.0, cx.px(24.0));
    let height = cx.centred(centre, "The trainer is not installed", sentence);
    let again = Button::both(Icon::Search, "Look again", "Looks for nfx-train once more.");
    let width = again.width(cx.ui, &cx.theme);
    let place =
        Rect::from_center_size(centre + vec2(0.0, height + cx.px(26.0)), vec2(width, cx.px(28.0)));
    if cx.button("training-look", place, again) {
        cx.actions.push(TrainingAction::LookAgain.into());
    }
}

fn form<V: Shelved + Trained, A: From<TrainingAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    page: &mut Page,
    title: &str,
) {
    let view = cx.view.training();
    if page.known_folder != view.folder {
        (page.folder, page.known_folder) = (view.folder.clone(), view.folder.clone());
    }
    if page.known_name != view.name {
        (page.name, page.known_name) = (view.name.clone(), view.name.clone());
    }
    let running = view.is_running();
    let row = cx.px(28.0);
    let gap = cx.px(if cx.compact { 6.0 } else { 10.0 });
    let mut top = rect.top() + cx.paragraph(rect, title, cx.theme.strong(), TEXT) + cx.px(4.0);
    if !cx.compact {
        let room = Rect::from_min_max(pos2(rect.left(), top), rect.max);
        top += cx.paragraph(room, &view.advice, cx.theme.small(), TEXT_DIM) + gap;
    }
    let button =
        Button::both(Icon::Folder, "Sounds…", "Chooses the folder of sounds to learn from.")
            .enabled(!running);
    let width = button.width(cx.ui, &cx.theme);
    if cx.button(
        "training-folder",
        Rect::from_min_size(pos2(rect.left(), top), vec2(width, row)),
        button,
    ) {
        cx.actions.push(TrainingAction::AskFolder.into());
    }
    let field = Rect::from_min_max(
        pos2(rect.left() + width + cx.px(8.0), top),
        pos2(rect.right(), top + row),
    );
    let response = TextField { text: &mut page.folder, empty: "or type the folder's path" }.show(
        cx.ui,
        &cx.theme,
        Id::unique("suite-training-path"),
        field,
    );
    super::hint(
        &response,
        "Names the folder of sounds to learn from.\nThose below it count, too. Enter looks into it.",
    );
    let entered = response.lost_focus() && cx.ui.input(|input| input.key_pressed(Key::Enter));
    if entered && !running {
        cx.actions.push(TrainingAction::Folder(page.folder.trim().to_owned()).into());
    }
    top += row + gap;
    top += found(cx, Rect::from_min_max(pos2(rect.left(), top), rect.max), view) + gap;
    cx.caption(Rect::from_min_size(pos2(rect.left(), top), vec2(width, row)), "Name");
    let field = Rect::from_min_max(
        pos2(rect.left() + width + cx.px(8.0), top),
        pos2(rect.right(), top + row),
    );
    let response = TextField { text: &mut page.name, empty: "Name of the model" }.show(
        cx.ui,
        &cx.theme,
        Id::unique("suite-training-name"),
        field,
    );
    super::hint(&response, "Names the new model and its file.");
    if response.lost_focus() && page.name != view.name {
        cx.actions.push(TrainingAction::Name(page.name.clone()).into());
    }
    top += row + gap;
    cx.caption(Rect::from_min_size(pos2(rect.left(), top), vec2(width, row)), "Time");
    let lengths = Choice {
        name: "Time",
        options: if cx.compact { &SHORT_LENGTHS } else { &LENGTHS },
        hints: &LENGTH_HINTS,
        chosen: view.minutes,
        style: ChoiceStyle::Segments,
    };
    let place = Rect::from_min_max(
        pos2(rect.left() + width + cx.px(8.0), top),
        pos2(rect.right(), top + row),
    );
    if let Some(index) = lengths.show(cx.ui, &cx.theme, Id::unique("suite-training-minutes"), place)
        && !running
    {
        cx.actions.push(TrainingAction::Minutes(index).into());
    }
    let place = Rect::from_min_max(pos2(rect.left(), rect.bottom() - row), rect.max);
    buttons(cx, place, view);
}

/// The one thing to do next, and beside it the way out.
fn buttons<V: Shelved + Trained, A: From<TrainingAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    view: &TrainingView,
) {
    let half = (rect.width() - cx.px(8.0)) / 2.0;
    let left = Rect::from_min_size(rect.min, vec2(half, rect.height()));
    let right = Rect::from_min_max(pos2(rect.right() - half, rect.top()), rect.max);
    if view.is_running() {
        let stop = Button::both(
            Icon::Stop,
            "Stop early",
            "Ends the training now and keeps the best so far.",
        );
        if cx.button("training-stop", rect, stop) {
            cx.actions.push(TrainingAction::Stop.into());
        }
        return;
    }
    if view.model.is_some() {
        let (label, sentence, action) = if view.auditioned {
            (
                "Back to the old model",
                "Plays the model from before.\nThe new one stays among your models.",
                TrainingAction::Back,
            )
        } else {
            (
                "Play the new model",
                "Plays the new model in this project.\nUndo takes it back.",
                TrainingAction::Audition,
            )
        };
        let play =
            Button::both(if view.auditioned { Icon::Undo } else { Icon::Play }, label, sentence);
        if cx.button("training-audition", left, play) {
            cx.actions.push(action.into());
        }
        let another =
            Button::text("Train another", "Clears this result away.\nThe model stays among yours.");
        if cx.button("training-another", right, another) {
            cx.actions.push(TrainingAction::Another.into());
        }
        return;
    }
    let start = Button::both(
        Icon::Play,
        "Start training",
        "Starts the trainer at low priority.\nYou can go on playing, and close this window.",
    )
    .enabled(view.can_start())
    .on(view.can_start());
    if cx.button("training-start", rect, start) {
        cx.actions.push(TrainingAction::Start.into());
    }
}

/// What was found in the folder; returns the height.
fn found<V: Shelved, A>(cx: &Cx<'_, '_, V, A>, rect: Rect, view: &TrainingView) -> f32 {
    let Some(sounds) = &view.sounds else {
        let text =
            if view.looking { "Looking into the folder…" } else { "No folder is chosen yet." };
        return cx.paragraph(rect, text, cx.theme.small(), TEXT_DIM);
    };
    let mut top = 0.0;
    if sounds.files > 0 {
        let text = format!(
            "{} files, {} of sound",
            sounds.files,
            progress::duration(sounds.seconds as f32)
        );
        top = cx.paragraph(rect, &text, cx.theme.small(), TEXT) + cx.px(4.0);
    }
    let room = Rect::from_min_max(pos2(rect.left(), rect.top() + top), rect.max);
    top + progress::checks(cx.ui.painter(), &cx.theme, room, &sounds.checks)
}

fn before<V: Shelved + Trained, A>(cx: &mut Cx<'_, '_, V, A>, rect: Rect) {
    let text = match &cx.view.training().trainer {
        Found::Unknown => "Looking for the trainer…".to_owned(),
        Found::Missing(sentence) => sentence.clone(),
        Found::Here(trainer) => format!(
            "nfx-train {} is ready. It runs beside your host at low priority: you can go on playing, and close this window. What it has not \
             learned from shows how good it becomes; the best is kept.",
            trainer.version
        ),
    };
    let centre = rect.center() - vec2(0.0, cx.px(10.0));
    let narrow = rect.shrink2(vec2(cx.px(8.0), 0.0));
    let galley = {
        let mut job =
            egui::text::LayoutJob::simple(text, cx.theme.small(), TEXT_DIM, narrow.width());
        job.halign = egui::Align::Center;
        cx.ui.painter().layout_job(job)
    };
    let top = centre.y - galley.size().y / 2.0;
    cx.ui.painter().galley(pos2(rect.center().x, top), galley, TEXT_DIM);
}

fn running<V: Shelved + Trained, A>(cx: &mut Cx<'_, '_, V, A>, rect: Rect, figure: Figure<'_>) {
    let view = cx.view.training();
    let Some(run) = &view.run else { return };
    let foot = if view.model.is_some() && run.stage == Stage::Done { cx.px(36.0) } else { 0.0 };
    let room = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - foot));
    let running = Running { progress: run, elapsed_s: view.elapsed_s, figure };
    progress::show(cx.ui.painter(), &cx.theme, room, running);
    if let Some(model) = view.model.as_deref().filter(|_| foot > 0.0) {
        let text = format!("Now among your models: {}", nfx_frame::files::for_people(model));
        let place =
            Rect::from_min_max(pos2(rect.left(), rect.bottom() - foot + cx.px(6.0)), rect.max);
        cx.paragraph(place, &text, cx.theme.small(), TEXT_DIM);
    }
}
