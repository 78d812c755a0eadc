//! The header: name, preset, model, A/B, undo, bypass.

use egui::{Align2, Id, Rect, pos2, vec2};
use nfx_plugin::ui::Icon;
use nfx_plugin::ui::button::{Button, Choice, ChoiceStyle};
use nfx_plugin::ui::menu::drop_box;
use nfx_plugin::ui::theme::{HAIRLINE, text_line};

use super::cx::Cx;
use super::face::Tab;
use super::view::{Action, Switch};

/// Draws the header and returns the tab that it asks for.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, tab: Tab) -> Option<Tab> {
    let theme = cx.theme;
    cx.ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline(HAIRLINE));
    let margin = cx.px(if cx.compact { 8.0 } else { 16.0 });
    let inner = Rect::from_center_size(rect.center(), vec2(rect.width() - 2.0 * margin, cx.px(28.0)));
    let place = (pos2(inner.left(), inner.center().y), Align2::LEFT_CENTER);
    let name = text_line(cx.ui.painter(), place, "ANNe", (theme.title(), theme.accent), inner.width());
    let left = name.right() + cx.px(if cx.compact { 12.0 } else { 20.0 });
    let right = right_group(cx, inner);
    let middle = Rect::from_min_max(pos2(left, inner.top()), pos2(right - cx.px(if cx.compact { 8.0 } else { 20.0 }), inner.bottom()));
    let gap = cx.px(if cx.compact { 8.0 } else { 16.0 });
    let share = (middle.width() - gap) * 0.57;
    let preset = preset_group(cx, Rect::from_min_size(middle.min, vec2(share, middle.height())), tab);
    let model = model_box(cx, Rect::from_min_max(pos2(middle.left() + share + gap, middle.top()), middle.max), tab);
    preset.or(model)
}

/// A/B, undo, redo and bypass, from the right. Returns their left edge.
fn right_group(cx: &mut Cx<'_, '_>, inner: Rect) -> f32 {
    let side = inner.height();
    let gap = cx.px(4.0);
    let sentence = if cx.view.bypass {
        "Bypassed: you hear the input, equally delayed. Click to hear the effect again."
    } else {
        "Passes the input on, equally delayed, to compare."
    };
    let bypass = Button { raised: true, icon_only: cx.compact, ..Button::both(Icon::Power, "Bypass", sentence) }.on(cx.view.bypass);
    let width = bypass.width(cx.ui, &cx.theme);
    let mut at = inner.right() - width;
    if cx.button("bypass", Rect::from_min_size(pos2(at, inner.top()), vec2(width, side)), bypass) {
        cx.actions.push(Action::Choose(Switch::Bypass, usize::from(!cx.view.bypass)));
    }
    at -= gap * 2.0;
    let history = [
        ("redo", Icon::Redo, cx.view.redo.clone(), Action::Redo, "Makes again: ", "There is nothing to redo."),
        ("undo", Icon::Undo, cx.view.undo.clone(), Action::Undo, "Takes back: ", "There is nothing to undo."),
    ];
    for (name, icon, what, action, verb, none) in history {
        at -= side;
        let sentence = what.as_deref().map_or_else(|| none.to_owned(), |what| format!("{verb}{what}."));
        let button = Button::icon(icon, name, &sentence).enabled(what.is_some());
        if cx.button(name, Rect::from_min_size(pos2(at, inner.top()), vec2(side, side)), button) {
            cx.actions.push(action);
        }
    }
    at -= gap * 2.0 + cx.px(56.0);
    let choice = Choice {
        name: "A or B",
        options: &["A", "B"],
        hints: &[
            "Two settings to compare: A. Right-click copies the one you hear to the other.",
            "Two settings to compare: B. Right-click copies the one you hear to the other.",
        ],
        chosen: usize::from(cx.view.on_b),
        style: ChoiceStyle::Segments,
    };
    let rect = Rect::from_min_size(pos2(at, inner.top()), vec2(cx.px(56.0), side));
    if choice.show(cx.ui, &cx.theme, Id::unique("anne-ab"), rect).is_some() {
        cx.actions.push(Action::SwapAb);
    }
    if cx.ui.rect_contains_pointer(rect) && cx.ui.input(|input| input.pointer.secondary_clicked()) {
        cx.actions.push(Action::CopyAb);
    }
    at
}

fn preset_group(cx: &mut Cx<'_, '_>, rect: Rect, tab: Tab) -> Option<Tab> {
    let side = rect.height();
    let gap = cx.px(2.0);
    let cell = |x: f32| Rect::from_min_size(pos2(x, rect.top()), vec2(side, side));
    if cx.button("previous", cell(rect.left()), Button::icon(Icon::Previous, "Previous preset", "Loads the preset before this one.")) {
        cx.actions.push(Action::StepPreset(-1));
    }
    if cx.button("next", cell(rect.right() - side), Button::icon(Icon::Next, "Next preset", "Loads the next preset.")) {
        cx.actions.push(Action::StepPreset(1));
    }
    let body = Rect::from_min_max(pos2(rect.left() + side + gap, rect.top()), pos2(rect.right() - side - gap, rect.bottom()));
    let text = if cx.view.preset_changed { format!("{} *", cx.view.preset) } else { cx.view.preset.clone() };
    let sentence = if cx.view.preset_changed {
        "The preset in use, changed since it was loaded (*). Click to browse and save."
    } else {
        "The preset in use. Click to browse, search and save."
    };
    let caption = if cx.compact { "" } else { "Preset" };
    let response = drop_box(cx.ui, &cx.theme, (Id::unique("anne-preset"), body), (caption, &text), sentence);
    response.clicked().then_some(if tab == Tab::Presets { Tab::Sound } else { Tab::Presets })
}

fn model_box(cx: &mut Cx<'_, '_>, rect: Rect, tab: Tab) -> Option<Tab> {
    let caption = if cx.compact { "" } else { "Model" };
    let name = if cx.view.loading { "Reading…" } else { &cx.view.model };
    let sentence = "The neural network that the sound passes through, named by what it learned. Click to choose another.";
    let response = drop_box(cx.ui, &cx.theme, (Id::unique("anne-model"), rect), (caption, name), sentence);
    response.clicked().then_some(if tab == Tab::Models { Tab::Sound } else { Tab::Models })
}
