//! The header: name, preset, model, A/B, undo, and one button of the plugin's own.

use egui::{Align2, Id, Rect, pos2, vec2};

use super::{Cx, ShelfAction, Shelved};
use crate::Icon;
use crate::button::{Button, Choice, ChoiceStyle};
use crate::hints::clipped;
use crate::menu::DropBox;
use crate::theme::{HAIRLINE, text_line};

/// What is the plugin's own in the header.
#[derive(Clone, Copy)]
pub struct Own<'a> {
    /// The plugin's name.
    pub name: &'a str,
    /// What the model does, in a sentence.
    pub model: &'a str,
    /// The button at the right end.
    pub button: Button<'a>,
}

/// What was clicked that is not an action of the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clicked {
    /// The preset's name: its browser is to be shown, or hidden.
    Presets,
    /// The model's name: its picker is to be shown, or hidden.
    Models,
    /// The plugin's own button.
    Own,
}

/// Draws the header and returns what was clicked beside the actions. Parts are drawn from left to
/// right: so the Tab key goes.
pub fn show<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    own: Own<'_>,
) -> Option<Clicked> {
    let theme = cx.theme;
    cx.ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline(HAIRLINE));
    let margin = cx.px(if cx.compact { 8.0 } else { 16.0 });
    let inner =
        Rect::from_center_size(rect.center(), vec2(rect.width() - 2.0 * margin, cx.px(28.0)));
    let place = (pos2(inner.left(), inner.center().y), Align2::LEFT_CENTER);
    let name =
        text_line(cx.ui.painter(), place, own.name, (theme.title(), theme.accent), inner.width());
    let left = name.right() + cx.px(if cx.compact { 12.0 } else { 20.0 });
    let own = Own { button: Button { raised: true, icon_only: cx.compact, ..own.button }, ..own };
    let right = inner.right() - group_width(cx, &own);
    let middle = Rect::from_min_max(
        pos2(left, inner.top()),
        pos2(right - cx.px(if cx.compact { 8.0 } else { 20.0 }), inner.bottom()),
    );
    let gap = cx.px(if cx.compact { 8.0 } else { 16.0 });
    let share = (middle.width() - gap) * 0.57;
    let preset = preset_group(cx, Rect::from_min_size(middle.min, vec2(share, middle.height())));
    let model = model_box(
        cx,
        Rect::from_min_max(pos2(middle.left() + share + gap, middle.top()), middle.max),
        own.model,
    );
    let clicked = right_group(cx, Rect::from_min_max(pos2(right, inner.top()), inner.max), &own);
    preset.or(model).or(clicked.then_some(Clicked::Own))
}

/// The width of A/B, undo, redo and the plugin's own button with their gaps.
fn group_width<V: Shelved, A: From<ShelfAction>>(cx: &Cx<'_, '_, V, A>, own: &Own<'_>) -> f32 {
    cx.px(56.0 + 8.0 + 2.0 * 28.0 + 8.0) + own.button.width(cx.ui, &cx.theme)
}

/// A/B, undo, redo and the plugin's own button; true when that was clicked.
fn right_group<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    own: &Own<'_>,
) -> bool {
    let side = rect.height();
    let choice = Choice {
        name: "A or B",
        options: &["A", "B"],
        hints: &[
            "Plays setting A, to compare with B.\nRight-click copies the one you hear to the other.",
            "Plays setting B, to compare with A.\nRight-click copies the one you hear to the other.",
        ],
        chosen: usize::from(cx.shelf().on_b),
        style: ChoiceStyle::Segments,
    };
    let place = Rect::from_min_size(rect.min, vec2(cx.px(56.0), side));
    if choice.show(cx.ui, &cx.theme, Id::unique("suite-ab"), place).is_some() {
        cx.ask(ShelfAction::SwapAb);
    }
    if cx.ui.rect_contains_pointer(place) && cx.ui.input(|input| input.pointer.secondary_clicked())
    {
        cx.ask(ShelfAction::CopyAb);
    }
    let mut at = place.right() + cx.px(8.0);
    let history = [
        (
            "undo",
            Icon::Undo,
            cx.shelf().undo.clone(),
            ShelfAction::Undo,
            "Takes back: ",
            "There is nothing to undo.",
        ),
        (
            "redo",
            Icon::Redo,
            cx.shelf().redo.clone(),
            ShelfAction::Redo,
            "Makes again: ",
            "There is nothing to redo.",
        ),
    ];
    for (name, icon, what, action, verb, none) in history {
        let sentence = what
            .as_deref()
            .map_or_else(|| none.to_owned(), |what| clipped(&format!("{verb}{what}.")));
        let button = Button::icon(icon, name, &sentence).enabled(what.is_some());
        if cx.button(name, Rect::from_min_size(pos2(at, rect.top()), vec2(side, side)), button) {
            cx.ask(action);
        }
        at += side;
    }
    cx.button("own", Rect::from_min_max(pos2(at + cx.px(8.0), rect.top()), rect.max), own.button)
}

fn preset_group<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
) -> Option<Clicked> {
    let side = rect.height();
    let gap = cx.px(2.0);
    let cell = |x: f32| Rect::from_min_size(pos2(x, rect.top()), vec2(side, side));
    if cx.button(
        "previous",
        cell(rect.left()),
        Button::icon(Icon::Previous, "Previous preset", "Loads the preset before this one."),
    ) {
        cx.ask(ShelfAction::StepPreset(-1));
    }
    let body = Rect::from_min_max(
        pos2(rect.left() + side + gap, rect.top()),
        pos2(rect.right() - side - gap, rect.bottom()),
    );
    let text = if cx.shelf().preset_changed {
        format!("{} *", cx.shelf().preset_name())
    } else {
        cx.shelf().preset_name().to_owned()
    };
    let sentence = if cx.shelf().preset_changed {
        "Shows the preset in use, changed since it was loaded (*).\nClick to browse, search and save."
    } else {
        "Shows the preset in use.\nClick to browse, search and save."
    };
    let caption = if cx.compact { "" } else { "Preset" };
    let response = DropBox { caption, text: &text, hint: sentence }.show(
        cx.ui,
        &cx.theme,
        Id::unique("suite-preset"),
        body,
    );
    if cx.button(
        "next",
        cell(rect.right() - side),
        Button::icon(Icon::Next, "Next preset", "Loads the next preset."),
    ) {
        cx.ask(ShelfAction::StepPreset(1));
    }
    response.clicked().then_some(Clicked::Presets)
}

fn model_box<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    sentence: &str,
) -> Option<Clicked> {
    let caption = if cx.compact { "" } else { "Model" };
    let name = if cx.shelf().loading { "Reading…" } else { &cx.shelf().model };
    let response = DropBox { caption, text: name, hint: sentence }.show(
        cx.ui,
        &cx.theme,
        Id::unique("suite-model"),
        rect,
    );
    response.clicked().then_some(Clicked::Models)
}
