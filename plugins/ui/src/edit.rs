//! What widgets report: edits of a value.

use egui::{EventFilter, Id, Key, Ui};

/// One step of a change that a widget asks for. A gesture is always `Begin`, any number of `Set`,
/// then `End`, so that a host records it as one piece of automation and undo takes it back in one
/// step.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A gesture begins.
    Begin,
    /// The new value, normalised to 0..1.
    Set(f32),
    /// The gesture ends.
    End,
    /// A typed value, to be read by the parameter itself; a gesture of its own.
    Text(String),
}

/// Edits of one whole gesture that goes straight to `value`.
#[must_use]
pub fn jump_to(value: f32) -> Vec<Edit> {
    vec![Edit::Begin, Edit::Set(value.clamp(0.0, 1.0)), Edit::End]
}

/// Keeps the arrow keys for the focused control instead of letting them move the focus.
pub fn hold_arrows(ui: &Ui, id: Id) {
    let filter =
        EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
}

/// How far the keyboard asks to move a normalised value: arrows a hundredth, with shift a
/// thousandth, page keys a tenth.
pub(crate) fn key_steps(ui: &Ui) -> f32 {
    ui.input(|input| {
        let step = if input.modifiers.shift { 0.001 } else { 0.01 };
        let pressed = |key| input.num_presses(key) as f32;
        step * (pressed(Key::ArrowUp) + pressed(Key::ArrowRight)
            - pressed(Key::ArrowDown)
            - pressed(Key::ArrowLeft))
            + 0.1 * (pressed(Key::PageUp) - pressed(Key::PageDown))
    })
}

/// How far the arrow keys ask to move a point to the right and up, a hundredth of the way each,
/// with shift a thousandth.
#[must_use]
pub fn key_steps_both(ui: &Ui) -> (f32, f32) {
    ui.input(|input| {
        let step = if input.modifiers.shift { 0.001 } else { 0.01 };
        let pressed = |key| input.num_presses(key) as f32;
        let right = pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
        (step * right, step * (pressed(Key::ArrowUp) - pressed(Key::ArrowDown)))
    })
}

/// The wheel's movement in notches since the last frame, up positive; with shift held, a sideways
/// wheel counts too.
pub(crate) fn wheel_notches(ui: &Ui) -> f32 {
    ui.input(|input| {
        input
            .events
            .iter()
            .map(|event| match event {
                egui::Event::MouseWheel { unit, delta, .. } => {
                    let along = if delta.y == 0.0 { delta.x } else { delta.y };
                    match unit {
                        egui::MouseWheelUnit::Line => along,
                        egui::MouseWheelUnit::Point => along / 40.0,
                        egui::MouseWheelUnit::Page => along * 4.0,
                    }
                }
                _ => 0.0,
            })
            .sum()
    })
}
