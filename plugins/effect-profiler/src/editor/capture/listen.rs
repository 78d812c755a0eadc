//! The result: playing it, and telling it from the recording without knowing which is which.

use egui::{Align2, Rect, pos2, vec2};
use nfx_frame::files::for_people;
use nfx_ui::Icon;
use nfx_ui::button::Button;
use nfx_ui::progress::figure;
use nfx_ui::theme::{BACKGROUND, TEXT, TEXT_DIM, text_line};

use super::super::cx::Cx;
use super::super::view::CaptureAction;
use super::ask;

/// Draws the step.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let view = &cx.view.capture;
    // The last figure is that of the model file; the best on the way may be of what was not kept.
    let error = view.run.as_ref().and_then(|run| run.error);
    let verdict = match error {
        Some(esr) if esr < 0.01 => "very close: hard to tell from the device",
        Some(esr) if esr < 0.035 => "close: good in a mix",
        Some(esr) if esr < 0.1 => "related: a longer training may help",
        Some(_) => "not close: look at the report, and try a longer training",
        None => "",
    };
    let name = if view.name.trim().is_empty() { "Your profile" } else { view.name.trim() };
    let mut top = rect.top()
        + cx.paragraph(rect, &format!("{name} is ready"), cx.theme.title(), TEXT)
        + cx.px(6.0);
    if let Some(esr) = error {
        let text = format!("Held-out ESR {}: {verdict}.", figure(esr));
        let room = Rect::from_min_max(pos2(rect.left(), top), rect.max);
        top += cx.paragraph(room, &text, cx.theme.body(), TEXT) + cx.px(4.0);
    }
    if let Some(advice) = view.run.as_ref().and_then(|run| run.advice.as_deref()) {
        let room = Rect::from_min_max(pos2(rect.left(), top), rect.max);
        top += cx.paragraph(room, advice, cx.theme.small(), TEXT) + cx.px(4.0);
    }
    if let Some(model) = view.model.as_deref() {
        let room = Rect::from_min_max(pos2(rect.left(), top), rect.max);
        top += cx.paragraph(
            room,
            &format!("It is among your profiles: {}", for_people(model)),
            cx.theme.small(),
            TEXT_DIM,
        ) + cx.px(12.0);
    }
    let row = cx.px(30.0);
    let load = Button::both(
        Icon::Play,
        "Play it here",
        "Plays the new profile in this project.\nUndo takes it back.",
    )
    .enabled(view.model.is_some())
    .on(view.model.is_some());
    let width = load.width(cx.ui, &cx.theme);
    if cx.button(
        "capture-load",
        Rect::from_min_size(pos2(rect.left(), top), vec2(width, row)),
        load,
    ) {
        ask(cx, CaptureAction::Load);
    }
    top += row + cx.px(if cx.compact { 8.0 } else { 16.0 });
    let room = Rect::from_min_max(pos2(rect.left(), top), rect.max);
    let panel = Rect::from_min_size(room.min, vec2(room.width(), room.height().min(cx.px(132.0))));
    if panel.height() > cx.px(90.0) {
        blind(cx, panel);
    }
}

fn blind(cx: &mut Cx<'_, '_>, rect: Rect) {
    cx.ui.painter().rect_filled(rect, cx.theme.radius(8.0), BACKGROUND);
    let inner = rect.shrink(cx.px(14.0));
    let title = "Which one is the recording?";
    let place = (inner.left_top(), Align2::LEFT_TOP);
    let head = text_line(cx.ui.painter(), place, title, (cx.theme.strong(), TEXT), inner.width());
    let Some(blind_test) = cx.view.capture.blind_test.clone() else {
        let text = if cx.view.capture.preparing_blind_test {
            "Rendering the profile over the test signal…"
        } else {
            "The comparison is made when the training has ended."
        };
        let room = Rect::from_min_max(pos2(inner.left(), head.bottom() + cx.px(6.0)), inner.max);
        cx.paragraph(room, text, cx.theme.small(), TEXT_DIM);
        return;
    };
    let (row, gap) = (cx.px(30.0), cx.px(8.0));
    let top = head.bottom() + cx.px(10.0);
    let mut left = inner.left();
    for (index, name) in ["X", "Y"].into_iter().enumerate() {
        let playing = blind_test.playing == Some(index);
        let (icon, sentence) = if playing {
            (Icon::Stop, "Stops the sound.")
        } else {
            (Icon::Play, "Plays this one.\nBoth have the same place and the same loudness.")
        };
        let button = Button::both(icon, name, sentence).on(playing);
        let place = Rect::from_min_size(pos2(left, top), vec2(cx.px(72.0), row));
        if cx.button(&format!("hear-{name}"), place, button) {
            ask(cx, CaptureAction::Hear((!playing).then_some(index)));
        }
        left += cx.px(72.0) + gap;
    }
    left += cx.px(16.0);
    for (index, name) in ["X is the recording", "Y is the recording"].into_iter().enumerate() {
        let button = Button::text(name, "Gives your answer.\nThe next round is drawn anew.");
        let width = button.width(cx.ui, &cx.theme);
        if cx.button(
            &format!("answer-{index}"),
            Rect::from_min_size(pos2(left, top), vec2(width, row)),
            button,
        ) {
            ask(cx, CaptureAction::Answer(index));
        }
        left += width + gap;
    }
    let mut text = blind_test.sentence();
    if let Some(right) = blind_test.last {
        text = format!("{} {text}", if right { "Right." } else { "Wrong: that was the profile." });
    }
    let room = Rect::from_min_max(pos2(inner.left(), top + row + cx.px(10.0)), inner.max);
    cx.paragraph(room, &text, cx.theme.small(), TEXT);
}
