//! How keys become voices, and how they are tuned.

use egui::{Align2, Rect, pos2, vec2};
use nfx_ui::button::Button;
use nfx_ui::theme::{TEXT, TEXT_DIM, text_line};

use super::cx::Cx;
use super::rows::Rows;
use super::view::Action;

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
        "Gives each key a voice of its own.",
        "Gives all keys one voice that glides.\nEvery key starts its envelopes.",
        "Gives all keys one voice that glides.\nA key pressed while another is held moves only the pitch.",
    ];
    let [a, b, c] = rows.cells(cx, [0.36, 0.34, 0.30]);
    cx.segments("mode", &[], &hints, a.union(b));
    cx.line("voices", "Voices", c);
    let [a, b, c] = rows.cells(cx, [0.37, 0.22, 0.41]);
    cx.line("glide", "Glide", a);
    cx.flip("pglide", if cx.compact { "Poly" } else { "In Poly" }, b);
    cx.line("vel", "Velocity", c);
    let [a, b, c] = rows.cells(cx, [0.28, 0.36, 0.36]);
    cx.line("uni", "Unison", a);
    cx.line("udet", "Detune", b);
    cx.line("uspr", "Spread", c);
    let [a, b, c] = rows.cells(cx, [0.31, 0.25, 0.44]);
    cx.line("bend", "Bend", a);
    cx.flip("mpe", "MPE", b);
    cx.line("mpeb", "MPE bend", c);
}

/// What the keys are tuned by, and the way to another.
fn scale(cx: &mut Cx<'_, '_>, rect: Rect) {
    let (name, is_file) = cx.view.tuning.clone();
    let gap = cx.px(6.0);
    let load = Button::text(
        "Scale…",
        "Tunes the keys by a Scala file.\nIt is a scale (.scl) or a keyboard mapping (.kbm).",
    );
    let clear = Button::text("Clear", "Tunes the keys in twelve equal steps again.");
    let (wide, narrow) = (load.width(cx.ui, &cx.theme), clear.width(cx.ui, &cx.theme));
    if cx.button("load-tuning", Rect::from_min_size(rect.min, vec2(wide, rect.height())), load) {
        cx.actions.push(Action::LoadTuning);
    }
    let end = if is_file { rect.right() - narrow - gap } else { rect.right() };
    if is_file
        && cx.button(
            "clear-tuning",
            Rect::from_min_max(pos2(end + gap, rect.top()), rect.max),
            clear,
        )
    {
        cx.actions.push(Action::ClearTuning);
    }
    let left = rect.left() + wide + cx.px(8.0);
    let place = (pos2(left, rect.center().y), Align2::LEFT_CENTER);
    text_line(cx.ui.painter(), place, &name, (cx.theme.small(), TEXT), end - left);
}

fn tone(cx: &mut Cx<'_, '_>, rect: Rect) {
    let mut rows = Rows::under(cx, rect, "Tuning and tone");
    let [a, b, c] = rows.cells(cx, [0.30, 0.38, 0.32]);
    cx.line("fine", "Fine", a);
    cx.line("tune", "A4 at", b);
    cx.line("reach", "Reach", c);
    if cx.compact {
        // Likeness stands beside the sound that it is of, on the page of the map.
        let [a, b, _] = rows.cells(cx, [0.5, 0.5, 0.0]);
        cx.line("noise", "Noise", a);
        cx.line("pace", "Pace", b);
        let [a, b, c] = rows.cells(cx, [0.25, 0.33, 0.42]);
        cx.flip("even", "Even", a);
        cx.flip("circ", "Circular", b);
        cx.line("slide", "Slide", c);
    } else {
        let [a, b, c] = rows.cells(cx, [0.0; 3]);
        cx.line("noise", "Noise", a);
        cx.line("pace", "Pace", b);
        cx.line("slide", "Slide tone", c);
        let [a, b, c] = rows.cells(cx, [0.0; 3]);
        cx.flip("even", "Even level", a);
        cx.flip("circ", "Circular shift", b);
        cx.line("like", "Likeness", c);
    }
    scale(cx, rows.whole());
    let rest = Rect::from_min_max(pos2(rect.left(), rows.top + cx.px(2.0)), rect.max);
    if let Some(heard) = &cx.view.heard {
        // Where there is room for one line only, the first clause says what matters.
        let is_low = rest.height() < cx.px(36.0);
        let clause =
            heard.split([':', ',']).next().filter(|_| is_low).map(|clause| format!("{clause}."));
        cx.paragraph(rest, clause.as_ref().unwrap_or(heard), cx.theme.small(), TEXT);
    } else if rest.height() > cx.px(28.0) {
        let text = "Tuning and MPE belong to the room and the keyboard: presets leave them alone.";
        cx.paragraph(rest, text, cx.theme.small(), TEXT_DIM);
    }
}
