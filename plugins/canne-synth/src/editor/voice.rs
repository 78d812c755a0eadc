//! How keys become voices, and how they are tuned.

use egui::{Align2, Rect, pos2, vec2};
use nfx_ui::button::Button;
use nfx_ui::theme::{TEXT, TEXT_DIM, text_line};

use super::cx::{Cx, choose, flip, line};
use super::rows::Rows;
use super::view::{Action, Control, Switch};

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let (left, right) = cx.two_panels(rect, 0.5, (1.0, 9999.0));
    let inset = cx.px(if cx.compact { 8.0 } else { 14.0 });
    keys(cx, left.shrink(inset));
    tone(cx, right.shrink(inset));
}

fn keys(cx: &mut Cx<'_, '_>, rect: Rect) {
    let mut rows = Rows::under(cx, rect, "Keys");
    let hints = [
        "Each key has a voice of its own.",
        "One voice: every key starts its envelopes, and the pitch glides.",
        "One voice: a key pressed while another is held only moves the pitch.",
    ];
    let [a, b, c] = rows.cells(cx, [0.36, 0.34, 0.30]);
    choose(cx, Switch::Mode, ("Voice mode", &["Poly", "Mono", "Legato"]), &hints, a.union(b));
    line(cx, Control::Voices, "Voices", c);
    let [a, b, c] = rows.cells(cx, [0.37, 0.22, 0.41]);
    line(cx, Control::Glide, "Glide", a);
    flip(cx, Switch::GlidePoly, if cx.compact { "Poly" } else { "In Poly" }, b);
    line(cx, Control::Velocity, "Velocity", c);
    let [a, b, c] = rows.cells(cx, [0.28, 0.36, 0.36]);
    line(cx, Control::Unison, "Unison", a);
    line(cx, Control::UnisonDetune, "Detune", b);
    line(cx, Control::UnisonSpread, "Spread", c);
    let [a, b, c] = rows.cells(cx, [0.31, 0.25, 0.44]);
    line(cx, Control::Bend, "Bend", a);
    flip(cx, Switch::Mpe, "MPE", b);
    line(cx, Control::MpeBend, "MPE bend", c);
}

/// What the keys are tuned by, and the way to another.
fn scale(cx: &mut Cx<'_, '_>, rect: Rect) {
    let (name, is_file) = cx.view.tuning.clone();
    let gap = cx.px(6.0);
    let load = Button::text("Scale…", "Tunes the keys by a Scala file: a scale (.scl) or a mapping (.kbm).");
    let clear = Button::text("Clear", "Tunes the keys in twelve equal steps again.");
    let (wide, narrow) = (load.width(cx.ui, &cx.theme), clear.width(cx.ui, &cx.theme));
    if cx.button("load-tuning", Rect::from_min_size(rect.min, vec2(wide, rect.height())), load) {
        cx.actions.push(Action::LoadTuning);
    }
    let end = if is_file { rect.right() - narrow - gap } else { rect.right() };
    if is_file && cx.button("clear-tuning", Rect::from_min_max(pos2(end + gap, rect.top()), rect.max), clear) {
        cx.actions.push(Action::ClearTuning);
    }
    let left = rect.left() + wide + cx.px(8.0);
    let place = (pos2(left, rect.center().y), Align2::LEFT_CENTER);
    text_line(cx.ui.painter(), place, &name, (cx.theme.small(), TEXT), end - left);
}

fn tone(cx: &mut Cx<'_, '_>, rect: Rect) {
    let mut rows = Rows::under(cx, rect, "Tuning and tone");
    let [a, b, c] = rows.cells(cx, [0.30, 0.38, 0.32]);
    line(cx, Control::Fine, "Fine", a);
    line(cx, Control::Tune, "A4 at", b);
    line(cx, Control::Reach, "Reach", c);
    if cx.compact {
        // Likeness stands beside the sound that it is of, on the page of the map.
        let [a, b, _] = rows.cells(cx, [0.5, 0.5, 0.0]);
        line(cx, Control::Noise, "Noise", a);
        line(cx, Control::Pace, "Pace", b);
        let [a, b, c] = rows.cells(cx, [0.25, 0.33, 0.42]);
        flip(cx, Switch::Even, "Even", a);
        flip(cx, Switch::Circular, "Circular", b);
        line(cx, Control::Slide, "Slide", c);
    } else {
        let [a, b, c] = rows.cells(cx, [0.0; 3]);
        line(cx, Control::Noise, "Noise", a);
        line(cx, Control::Pace, "Pace", b);
        line(cx, Control::Slide, "Slide tone", c);
        let [a, b, c] = rows.cells(cx, [0.0; 3]);
        flip(cx, Switch::Even, "Even level", a);
        flip(cx, Switch::Circular, "Circular shift", b);
        line(cx, Control::Likeness, "Likeness", c);
    }
    scale(cx, rows.whole());
    let rest = Rect::from_min_max(pos2(rect.left(), rows.top + cx.px(2.0)), rect.max);
    if let Some(heard) = &cx.view.heard {
        // Where there is room for one line only, the first clause says what matters.
        let is_low = rest.height() < cx.px(36.0);
        let clause = heard.split([':', ',']).next().filter(|_| is_low).map(|clause| format!("{clause}."));
        cx.paragraph(rest, clause.as_ref().unwrap_or(heard), cx.theme.small(), TEXT);
    } else if rest.height() > cx.px(28.0) {
        let text = "Tuning and MPE belong to the room and the keyboard: presets leave them alone.";
        cx.paragraph(rest, text, cx.theme.small(), TEXT_DIM);
    }
}
