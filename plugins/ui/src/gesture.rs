//! How a pointer, a wheel and a keyboard turn a value: the same for knobs and sliders.

use egui::{Key, Response, Ui};

use super::edit::{Edit, hold_arrows, jump_to, key_steps, wheel_notches};
use super::theme::Theme;

/// The whole travel takes this many design pixels of drag; with shift ten times as many.
const TRAVEL: f32 = 180.0;

/// Which way a drag raises the value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Axis {
    Up,
    Right,
    /// Up, over so many pixels.
    Along(f32),
    /// To the right, over so many pixels.
    Sideways(f32),
}

/// The edits of a control that is dragged up, over a travel of `pixels`.
#[must_use]
pub fn along(
    ui: &Ui,
    theme: &Theme,
    response: &Response,
    pixels: f32,
    values: (f32, f32),
) -> Vec<Edit> {
    edits(ui, theme, response, Axis::Along(pixels), values)
}

/// The edits of a control that is dragged to the right, over a travel of `pixels`.
#[must_use]
pub fn sideways(
    ui: &Ui,
    theme: &Theme,
    response: &Response,
    pixels: f32,
    values: (f32, f32),
) -> Vec<Edit> {
    edits(ui, theme, response, Axis::Sideways(pixels), values)
}

/// The edits that this frame's input asks of a control; `values` are its own and its neutral one,
/// both 0..1.
pub(crate) fn edits(
    ui: &Ui,
    theme: &Theme,
    response: &Response,
    axis: Axis,
    values: (f32, f32),
) -> Vec<Edit> {
    let (value, neutral) = values;
    let mut edits = Vec::new();
    if response.double_clicked() {
        return jump_to(neutral);
    }
    let fine = if ui.input(|input| input.modifiers.shift) { 0.1 } else { 1.0 };
    let held = response.id.with("drag");
    if response.drag_started_by(egui::PointerButton::Primary) {
        // The value is held here at full resolution: a stepped parameter would swallow small
        // movements.
        ui.data_mut(|data| data.insert_temp(held, value));
        edits.push(Edit::Begin);
    }
    let dragging = ui.data(|data| data.get_temp::<f32>(held));
    if let Some(at) = dragging.filter(|_| response.dragged()) {
        let travel = match axis {
            Axis::Up => -response.drag_delta().y / theme.px(TRAVEL),
            Axis::Right => response.drag_delta().x / response.rect.width().max(1.0),
            Axis::Along(pixels) => -response.drag_delta().y / pixels.max(1.0),
            Axis::Sideways(pixels) => response.drag_delta().x / pixels.max(1.0),
        };
        if travel != 0.0 {
            let at = (at + travel * fine).clamp(0.0, 1.0);
            ui.data_mut(|data| data.insert_temp(held, at));
            edits.push(Edit::Set(at));
        }
    }
    if dragging.is_some() && response.drag_stopped() {
        ui.data_mut(|data| data.remove_temp::<f32>(held));
        edits.push(Edit::End);
    }
    let mut step = 0.0;
    if response.hovered() && !response.dragged() {
        step += 0.02 * fine * wheel_notches(ui);
    }
    if response.has_focus() {
        hold_arrows(ui, response.id);
        step += key_steps(ui);
        if ui.input(|input| input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace)) {
            return jump_to(neutral);
        }
    }
    if step != 0.0 {
        edits.extend(jump_to(value + step));
    }
    edits
}
