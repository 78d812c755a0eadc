//! What every part of the editor is drawn with.

use egui::{Id, Rect};
pub use nfx_ui::shelf::Flow;

use super::view::{Action, Control, Value, View};

/// The suite's, on this editor's view and actions.
pub type Cx<'a, 'u> = nfx_ui::shelf::Cx<'a, 'u, View, Action>;

/// A slider of a control, under its own name.
pub fn slider(cx: &mut Cx<'_, '_>, control: Control, (name, hint): (&str, &str), rect: Rect) {
    let view = cx.view;
    let Some(Value { normal, neutral, text, .. }) = view.value(control) else { return };
    let slider = nfx_ui::slider::Slider { name, value: *normal, neutral: *neutral, text, hint };
    let edits = slider.show(cx.ui, &cx.theme, Id::unique(("anne", control)), rect);
    if !edits.is_empty() {
        cx.actions.push(Action::Edit(control, edits));
    }
}
