//! What lies over the picture of the sound: nothing to play, nothing to hear, and what is special
//! at the moment.

use egui::{Align2, Pos2, Rect, pos2, vec2};

use super::source::{SourceAction, Sourced};
use super::{Cx, ShelfAction, Shelved};
use crate::Icon;
use crate::button::{Button, text_width};
use crate::icons::paint_icon;
use crate::theme::{PANEL, RED, TEXT, faded, text_line};

/// Words for a model that cannot be played.
#[derive(Clone, Copy, Debug)]
pub struct Missing {
    /// What is missing.
    pub title: &'static str,
    /// The button that asks for a file, and what it does.
    pub open: [&'static str; 2],
    /// The button that plays the default in its place, and what it does.
    pub default: [&'static str; 2],
}

impl Missing {
    /// Of a model.
    pub const MODEL: Self = Self {
        title: "The model is missing",
        open: [
            "Choose a model file…",
            "Opens a file dialog.\nThe project then carries the model that you choose.",
        ],
        default: [
            "Use the built-in model",
            "Plays the default model instead.\nUndo takes it back.",
        ],
    };

    /// Of a profile.
    pub const PROFILE: Self = Self {
        title: "The profile is missing",
        open: [
            "Choose a profile…",
            "Opens a file dialog.\nThe project then carries the profile that you choose.",
        ],
        default: [
            "Use the compressor",
            "Plays the built-in compressor instead.\nUndo takes it back.",
        ],
    };
}

/// The model cannot be played, for a reason; says what can be done.
pub fn missing<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    problem: &str,
    words: Missing,
) {
    let centre = rect.center() - vec2(0.0, cx.px(16.0));
    paint_icon(cx.ui.painter(), Icon::Warning, centre - vec2(0.0, cx.px(46.0)), cx.px(26.0), RED);
    let height = cx.centred(centre, words.title, problem);
    let open = Button::both(Icon::Folder, words.open[0], words.open[1]);
    let default = Button::text(words.default[0], words.default[1]);
    let (a, b) = (open.width(cx.ui, &cx.theme), default.width(cx.ui, &cx.theme));
    let left = centre.x - (a + b + cx.px(8.0)) / 2.0;
    let top = centre.y + height + cx.px(10.0);
    if cx.button("open-missing", Rect::from_min_size(pos2(left, top), vec2(a, cx.px(28.0))), open) {
        cx.ask(ShelfAction::OpenModel);
    }
    let place = Rect::from_min_size(pos2(left + a + cx.px(8.0), top), vec2(b, cx.px(28.0)));
    if cx.button("default-missing", place, default) {
        cx.ask(ShelfAction::EmbeddedModel(0));
    }
}

/// What is special about the sound now, as a tag whose upper left corner is `at`, at most so wide.
pub fn tag<V, A>(cx: &Cx<'_, '_, V, A>, at: Pos2, icon: Icon, text: &str, most: f32) -> Rect {
    let painter = cx.ui.painter();
    let width = (text_width(cx.ui, text, cx.theme.small()) + cx.px(38.0)).min(most);
    let tag = Rect::from_min_size(at, vec2(width, cx.px(22.0)));
    painter.rect_filled(tag, cx.theme.radius(11.0), PANEL);
    painter.rect_filled(tag, cx.theme.radius(11.0), faded(cx.theme.accent, 0.14));
    paint_icon(
        painter,
        icon,
        pos2(tag.left() + cx.px(14.0), tag.center().y),
        cx.px(13.0),
        cx.theme.accent,
    );
    let place = (pos2(tag.left() + cx.px(26.0), tag.center().y), Align2::LEFT_CENTER);
    text_line(painter, place, text, (cx.theme.small(), TEXT), width - cx.px(34.0));
    tag
}

/// Nothing sounds yet: a veil over the picture, through which its axes are a shadow, and what to
/// do. Returns where the words end.
pub fn waiting<V, A>(cx: &Cx<'_, '_, V, A>, rect: Rect, title: &str, text: &str) -> Pos2 {
    cx.ui.painter().rect_filled(rect, cx.theme.radius(8.0), faded(PANEL, 0.86));
    let centre = rect.center() - vec2(0.0, cx.px(14.0));
    let height = cx.centred_within(centre, rect.width() - cx.px(24.0), title, text);
    pos2(centre.x, centre.y + height)
}

/// A button below `above` that plays a built-in sound through something.
pub fn offer_sound<V: Sourced, A: From<SourceAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    above: Pos2,
    through: &str,
) {
    let source = cx.view.source();
    let (chosen, playing) = (source.chosen, source.playing);
    let label = source
        .names
        .get(chosen.max(1))
        .map_or("Play a sound".to_owned(), |name| format!("Play {name}"));
    let hint =
        format!("Plays a built-in sound through {through}.\nThe page Source has the others.");
    let button = Button::both(Icon::Play, &label, &hint);
    let size = vec2(button.width(cx.ui, &cx.theme), cx.px(28.0));
    if cx.button("play-empty", Rect::from_center_size(above + vec2(0.0, cx.px(26.0)), size), button)
    {
        if chosen == 0 {
            cx.actions.push(SourceAction::Choose(1).into());
        }
        if !playing {
            cx.actions.push(SourceAction::TogglePlay.into());
        }
    }
}
