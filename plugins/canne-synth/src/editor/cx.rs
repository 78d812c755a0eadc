//! What every part of the editor is drawn with.

use egui::{Id, Rect};
use nfx_ui::button::{Choice, ChoiceStyle, toggle};
use nfx_ui::knob::Knob;
use nfx_ui::menu::{drop_box, drop_list};
use nfx_ui::slider::Slider;

use super::view::{Action, Control, Switch, Value, View};
use crate::help;

/// The suite's, on this editor's view and actions.
pub type Cx<'a, 'u> = nfx_ui::shelf::Cx<'a, 'u, View, Action>;

/// The identity of a control's widget.
pub fn id(control: Control) -> Id {
    Id::unique(("canne", control))
}

/// The identity of a switch's widget.
pub fn switch_id(switch: Switch) -> Id {
    Id::unique(("canne-switch", switch))
}

/// A slider in one line, under its own name.
pub fn line(cx: &mut Cx<'_, '_>, control: Control, name: &str, rect: Rect) {
    let Some(Value { normal, neutral, text, .. }) = cx.view.value(control) else { return };
    let slider = Slider { name, value: *normal, neutral: *neutral, text, hint: help::of(control) };
    let edits = slider.show(cx.ui, &cx.theme, id(control), rect);
    if !edits.is_empty() {
        cx.actions.push(Action::Edit(control, edits));
    }
}

/// A knob.
pub fn knob(cx: &mut Cx<'_, '_>, control: Control, name: &str, rect: Rect) {
    let Some(Value { normal, neutral, modulated, text }) = cx.view.value(control) else { return };
    let knob = Knob {
        name,
        caption: None,
        detail: "",
        value: *normal,
        neutral: *neutral,
        modulated: *modulated,
        text,
        hint: help::of(control),
        colour: cx.theme.accent,
        enabled: true,
    };
    let edits = knob.show(cx.ui, &cx.theme, id(control), rect).edits;
    if !edits.is_empty() {
        cx.actions.push(Action::Edit(control, edits));
    }
}

/// A switch with its label.
pub fn flip(cx: &mut Cx<'_, '_>, switch: Switch, label: &str, rect: Rect) {
    let on = cx.view.is_on(switch);
    if toggle(cx.ui, &cx.theme, (switch_id(switch), rect), (label, on), help::of_switch(switch)) {
        cx.actions.push(Action::Choose(switch, usize::from(!on)));
    }
}

/// A row of alternatives.
pub fn choose(cx: &mut Cx<'_, '_>, switch: Switch, (name, options): (&str, &[&str]), hints: &[&str], rect: Rect) {
    let choice = Choice { name, options, hints, chosen: cx.view.switch(switch), style: ChoiceStyle::Segments };
    if let Some(index) = choice.show(cx.ui, &cx.theme, switch_id(switch), rect) {
        cx.actions.push(Action::Choose(switch, index));
    }
}

/// A list that drops down.
pub fn drop(cx: &mut Cx<'_, '_>, switch: Switch, (name, options): (&str, &[&str]), rect: Rect) {
    let chosen = cx.view.switch(switch);
    let text = options.get(chosen).copied().unwrap_or_default();
    let place = (switch_id(switch), rect);
    let response = drop_box(cx.ui, &cx.theme, place, (name, text), help::of_switch(switch));
    if let Some(index) = drop_list(&cx.theme, &response, options, Some(chosen)) {
        cx.actions.push(Action::Choose(switch, index));
    }
}
