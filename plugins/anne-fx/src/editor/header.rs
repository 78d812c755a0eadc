//! The header: name, preset, model, A/B, undo, bypass.

use egui::{Align2, Id, Rect, pos2, vec2};
use nfx_plugin::ui::Icon;
use nfx_plugin::ui::button::{Button, Choice, ChoiceStyle};
use nfx_plugin::ui::menu::drop_box;
use nfx_plugin::ui::theme::{HAIRLINE, text_line};

use super::cx::Cx;
use super::face::Tab;
use super::view::{Action, Switch};

/// Draws the header and returns the tab that it asks for. Parts are drawn from left to right: so the Tab key goes.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, tab: Tab) -> Option<Tab> {
    let theme = cx.theme;
    cx.ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline(HAIRLINE));
    let margin = cx.px(if cx.compact { 8.0 } else { 16.0 });
    let inner = Rect::from_center_size(rect.center(), vec2(rect.width() - 2.0 * margin, cx.px(28.0)));
    let place = (pos2(inner.left(), inner.center().y), Align2::LEFT_CENTER);
    let name = text_line(cx.ui.painter(), place, "ANNe", (theme.title(), theme.accent), inner.width());
    let left = name.right() + cx.px(if cx.compact { 12.0 } else { 20.0 });
    let right = inner.right() - group_width(cx);
    let middle = Rect::from_min_max(
        pos2(left, inner.top()),
        pos2(right - cx.px(if cx.compact { 8.0 } else { 20.0 }), inner.bottom()),
    );
    let gap = cx.px(if cx.compact { 8.0 } else { 16.0 });
    let share = (middle.width() - gap) * 0.57;
    let preset = preset_group(cx, Rect::from_min_size(middle.min, vec2(share, middle.height())), tab);
    let model = model_box(cx, Rect::from_min_max(pos2(middle.left() + share + gap, middle.top()), middle.max), tab);
    right_group(cx, Rect::from_min_max(pos2(right, inner.top()), inner.max));
    preset.or(model)
}

fn bypass_button(cx: &Cx<'_, '_>) -> Button<'static> {
    let sentence = if cx.view.bypass {
        "Bypassed: you hear the input, equally delayed. Click to hear the effect again."
    } else {
        "Passes the input on, equally delayed, to compare."
    };
    Button { raised: true, icon_only: cx.compact, ..Button::both(Icon::Power, "Bypass", sentence) }.on(cx.view.bypass)
}

/// The width of A/B, undo, redo and bypass with their gaps.
fn group_width(cx: &Cx<'_, '_>) -> f32 {
    cx.px(56.0 + 8.0 + 2.0 * 28.0 + 8.0) + bypass_button(cx).width(cx.ui, &cx.theme)
}

/// A/B, undo, redo and bypass.
fn right_group(cx: &mut Cx<'_, '_>, rect: Rect) {
    let side = rect.height();
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
    let place = Rect::from_min_size(rect.min, vec2(cx.px(56.0), side));
    if choice.show(cx.ui, &cx.theme, Id::unique("anne-ab"), place).is_some() {
        cx.actions.push(Action::SwapAb);
    }
    if cx.ui.rect_contains_pointer(place) && cx.ui.input(|input| input.pointer.secondary_clicked()) {
        cx.actions.push(Action::CopyAb);
    }
    let mut at = place.right() + cx.px(8.0);
    let history = [
        ("undo", Icon::Undo, cx.view.undo.clone(), Action::Undo, "Takes back: ", "There is nothing to undo."),
        ("redo", Icon::Redo, cx.view.redo.clone(), Action::Redo, "Makes again: ", "There is nothing to redo."),
    ];
    for (name, icon, what, action, verb, none) in history {
        let sentence = what.as_deref().map_or_else(|| none.to_owned(), |what| format!("{verb}{what}."));
        let button = Button::icon(icon, name, &sentence).enabled(what.is_some());
        if cx.button(name, Rect::from_min_size(pos2(at, rect.top()), vec2(side, side)), button) {
            cx.actions.push(action);
        }
        at += side;
    }
    let bypass = bypass_button(cx);
    if cx.button("bypass", Rect::from_min_max(pos2(at + cx.px(8.0), rect.top()), rect.max), bypass) {
        cx.actions.push(Action::Choose(Switch::Bypass, usize::from(!cx.view.bypass)));
    }
}

fn preset_group(cx: &mut Cx<'_, '_>, rect: Rect, tab: Tab) -> Option<Tab> {
    let side = rect.height();
    let gap = cx.px(2.0);
    let cell = |x: f32| Rect::from_min_size(pos2(x, rect.top()), vec2(side, side));
    if cx.button(
        "previous",
        cell(rect.left()),
        Button::icon(Icon::Previous, "Previous preset", "Loads the preset before this one."),
    ) {
        cx.actions.push(Action::StepPreset(-1));
    }
    let body =
        Rect::from_min_max(pos2(rect.left() + side + gap, rect.top()), pos2(rect.right() - side - gap, rect.bottom()));
    let text =
        if cx.view.preset_changed { format!("{} *", cx.view.preset_name()) } else { cx.view.preset_name().to_owned() };
    let sentence = if cx.view.preset_changed {
        "The preset in use, changed since it was loaded (*). Click to browse and save."
    } else {
        "The preset in use. Click to browse, search and save."
    };
    let caption = if cx.compact { "" } else { "Preset" };
    let response = drop_box(cx.ui, &cx.theme, (Id::unique("anne-preset"), body), (caption, &text), sentence);
    if cx.button("next", cell(rect.right() - side), Button::icon(Icon::Next, "Next preset", "Loads the next preset.")) {
        cx.actions.push(Action::StepPreset(1));
    }
    response.clicked().then_some(if tab == Tab::Presets { Tab::Sound } else { Tab::Presets })
}

fn model_box(cx: &mut Cx<'_, '_>, rect: Rect, tab: Tab) -> Option<Tab> {
    let caption = if cx.compact { "" } else { "Model" };
    let name = if cx.view.loading { "Reading…" } else { &cx.view.model };
    let sentence =
        "The neural network that the sound passes through, named by what it learned. Click to choose another.";
    let response = drop_box(cx.ui, &cx.theme, (Id::unique("anne-model"), rect), (caption, name), sentence);
    response.clicked().then_some(if tab == Tab::Models { Tab::Sound } else { Tab::Models })
}
