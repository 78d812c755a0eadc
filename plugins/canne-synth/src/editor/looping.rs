//! The sound as a seamless loop in a file.

use egui::{Align2, Id, Rect, Shape, Stroke, pos2, vec2};
use nfx_ui::button::{Button, Choice, ChoiceStyle};
use nfx_ui::slider::Slider;
use nfx_ui::theme::{BACKGROUND, HAIRLINE, TEXT, TEXT_DIM, faded, text_line};
use nfx_ui::{Edit, Icon};

use super::cx::Cx;
use super::keys::note_name;
use super::view::{Action, Job, LoopChoice};

/// The lengths at both ends of the slider, in seconds; between them it is logarithmic.
const LENGTHS: (f32, f32) = (0.25, 30.0);

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let (left, right) = cx.two_panels(rect, 0.5, (1.0, 9999.0));
    let inset = cx.px(if cx.compact { 10.0 } else { 14.0 });
    settings(cx, left.shrink(inset));
    picture(cx, right.shrink(inset));
}

fn settings(cx: &mut Cx<'_, '_>, rect: Rect) {
    let (row, gap) =
        (cx.px(if cx.compact { 24.0 } else { 28.0 }), cx.px(if cx.compact { 5.0 } else { 8.0 }));
    let choice = cx.view.loop_choice;
    save(cx, Rect::from_min_size(rect.min, vec2(rect.width(), row)));
    let mut top = rect.top() + row + gap;
    let mut next = || {
        let place = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), row));
        top += row + gap;
        place
    };
    let held = Choice {
        name: "What sounds",
        options: &["A key", "The drone"],
        hints: &[
            "Holds one key in the loop.",
            "Makes the loop of the drone: the sliders without a note.",
        ],
        chosen: usize::from(choice.note.is_none()),
        style: ChoiceStyle::Segments,
    };
    let both = next();
    let width = if choice.note.is_some() { (both.width() - gap) / 2.0 } else { both.width() };
    let place = Rect::from_min_size(both.min, vec2(width, row));
    if let Some(index) = held.show(cx.ui, &cx.theme, Id::unique("canne-loop-what"), place) {
        cx.actions.push(Action::Loop(LoopChoice { note: (index == 0).then_some(60), ..choice }));
    }
    if let Some(note) = choice.note {
        let name = note_name(note);
        let hint = "Sets which key is held.\nYou can type its number or its name.";
        let slider = Slider {
            name: "Key",
            value: f32::from(note) / 127.0,
            neutral: 60.0 / 127.0,
            text: &name,
            hint,
        };
        let place = Rect::from_min_max(pos2(place.right() + gap, both.top()), both.max);
        if let Some(part) =
            moved(cx, slider, "key", place, |text| Some(f32::from(note_number(text)?) / 127.0))
        {
            let note = Some((part.clamp(0.0, 1.0) * 127.0).round() as u8);
            cx.actions.push(Action::Loop(LoopChoice { note, ..choice }));
        }
    }
    let (least, most) = LENGTHS;
    let to_part = |seconds: f32| (seconds / least).ln() / (most / least).ln();
    let length = format!("{:.2} s", choice.seconds);
    let slider = Slider {
        name: "Length",
        value: to_part(choice.seconds),
        neutral: to_part(4.0),
        text: &length,
        hint: "Sets how long the loop is.",
    };
    if let Some(part) =
        moved(cx, slider, "length", next(), |text| Some(to_part(number(text)?.max(least))))
    {
        let seconds = least * (most / least).powf(part.clamp(0.0, 1.0));
        cx.actions.push(Action::Loop(LoopChoice {
            seconds: (seconds * 100.0).round() / 100.0,
            ..choice
        }));
    }
    let depth = format!("{:.0} %", choice.depth * 100.0);
    let slider = Slider {
        name: "Depth",
        value: choice.depth,
        neutral: 0.5,
        text: &depth,
        hint: "Sets how much of the loop is cross-faded with what follows.\nMore is smoother.",
    };
    if let Some(part) = moved(cx, slider, "depth", next(), |text| Some(number(text)? / 100.0)) {
        cx.actions.push(Action::Loop(LoopChoice {
            depth: (part.clamp(0.0, 1.0) * 100.0).round() / 100.0,
            ..choice
        }));
    }
}

/// The title, and the button at its right.
fn save(cx: &mut Cx<'_, '_>, rect: Rect) {
    let place = (pos2(rect.left(), rect.center().y), Align2::LEFT_CENTER);
    text_line(
        cx.ui.painter(),
        place,
        "Save the sound as a loop",
        (cx.theme.strong(), TEXT),
        rect.width(),
    );
    let busy = matches!(cx.view.job, Job::Rendering);
    let words = if busy { "Rendering…" } else { "Save loop…" };
    let ready = !busy && cx.view.model_problem.is_none();
    let sentence = "Writes the sound as it is now to a 32-bit WAV file.\nIt asks for a name.";
    let button = Button::both(Icon::Save, words, sentence).enabled(ready);
    let width = button.width(cx.ui, &cx.theme);
    let place = Rect::from_min_max(pos2(rect.right() - width, rect.top()), rect.max);
    if cx.button("write-loop", place, button) {
        cx.actions.push(Action::WriteLoop);
    }
}

/// A slider of something that is no parameter: where it is moved to.
fn moved(
    cx: &mut Cx<'_, '_>,
    slider: Slider<'_>,
    name: &str,
    rect: Rect,
    read: impl Fn(&str) -> Option<f32>,
) -> Option<f32> {
    let edits = slider.show(cx.ui, &cx.theme, Id::unique(("canne-loop", name)), rect);
    edits.iter().rev().find_map(|edit| match edit {
        Edit::Set(value) => Some(*value),
        Edit::Text(text) => read(text),
        Edit::Begin | Edit::End => None,
    })
}

fn number(text: &str) -> Option<f32> {
    nfx_frame::text::quantity(text).map(|quantity| quantity.value).filter(|value| value.is_finite())
}

/// A key by its number or its name ("C4", "f#3").
fn note_number(text: &str) -> Option<u8> {
    let text = text.trim();
    text.parse().ok().or_else(|| (0..128).find(|note| note_name(*note).eq_ignore_ascii_case(text)))
}

/// How the end runs into the beginning: what comes after the end fades out under the beginning,
/// which fades in.
fn picture(cx: &mut Cx<'_, '_>, rect: Rect) {
    let theme = cx.theme;
    let LoopChoice { seconds, depth, .. } = cx.view.loop_choice;
    let caption = cx.px(20.0);
    let area = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - caption));
    let painter = cx.ui.painter();
    painter.rect_filled(area, theme.radius(6.0), BACKGROUND);
    let plot = area.shrink(cx.px(12.0));
    painter.hline(plot.x_range(), plot.bottom(), theme.hairline(HAIRLINE));
    let y = |gain: f32| plot.bottom() - plot.height() * gain;
    let x = |part: f32| egui::lerp(plot.left()..=plot.right(), part);
    let steps = 48;
    let fade = depth.max(0.002);
    // Equal power: the two parts differ in phase.
    let turn = |part: f32| (part / fade).clamp(0.0, 1.0) * std::f32::consts::FRAC_PI_2;
    let rising: Vec<_> = (0..=steps)
        .map(|i| i as f32 / steps as f32)
        .map(|p| pos2(x(p), y(turn(p).sin())))
        .collect();
    let falling: Vec<_> = (0..=steps)
        .map(|i| fade * i as f32 / steps as f32)
        .map(|p| pos2(x(p), y(turn(p).cos())))
        .collect();
    let joint = Rect::from_min_max(pos2(x(0.0), plot.top()), pos2(x(fade), plot.bottom()));
    painter.rect_filled(joint, 0.0, faded(theme.accent, 0.07));
    painter.add(Shape::line(falling, Stroke::new(cx.px(1.5), TEXT_DIM)));
    painter.add(Shape::line(rising, Stroke::new(cx.px(2.0), theme.accent)));
    let words = format!(
        "{:.2} s, the first {:.2} s cross-faded with what follows the end",
        seconds,
        seconds * depth
    );
    let place =
        (pos2(rect.left(), rect.bottom() - caption / 2.0 + cx.px(3.0)), Align2::LEFT_CENTER);
    text_line(painter, place, &words, (theme.small(), TEXT_DIM), rect.width());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_by_name_and_number() {
        assert_eq!(note_number("60"), Some(60));
        assert_eq!(note_number("c4"), Some(60));
        assert_eq!(note_number("F#3"), Some(54));
        assert_eq!(note_number("H9"), None);
    }
}
