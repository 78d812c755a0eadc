//! How keys become voices, and how they are tuned.

use egui::{Rect, pos2, vec2};
use nfx_plugin::ui::theme::{TEXT, TEXT_DIM};

use super::cx::{Cx, choose, flip, line};
use super::view::{Control, Switch};

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let (left, right) = cx.two_panels(rect, 0.5, (1.0, 9999.0));
    let inset = cx.px(if cx.compact { 8.0 } else { 14.0 });
    keys(cx, left.shrink(inset));
    tone(cx, right.shrink(inset));
}

/// Rows of two cells each.
struct Rows {
    area: Rect,
    top: f32,
    row: f32,
    gap: f32,
}

impl Rows {
    fn new(cx: &Cx<'_, '_>, area: Rect, title: &str) -> Self {
        let height = cx.paragraph(area, title, cx.theme.strong(), TEXT);
        let gap = cx.px(if cx.compact { 4.0 } else { 8.0 });
        Self { area, top: area.top() + height + gap, row: cx.px(if cx.compact { 24.0 } else { 28.0 }), gap }
    }

    fn whole(&mut self) -> Rect {
        let rect = Rect::from_min_size(pos2(self.area.left(), self.top), vec2(self.area.width(), self.row));
        self.top += self.row + self.gap;
        rect
    }

    fn halves(&mut self) -> [Rect; 2] {
        let rect = self.whole();
        let width = (rect.width() - self.gap) / 2.0;
        let half = |left: f32| Rect::from_min_size(pos2(left, rect.top()), vec2(width, self.row));
        [half(rect.left()), half(rect.left() + width + self.gap)]
    }
}

fn keys(cx: &mut Cx<'_, '_>, rect: Rect) {
    let mut rows = Rows::new(cx, rect, "Keys");
    let hints = [
        "Each key has a voice of its own.",
        "One voice: every key starts its envelopes, and the pitch glides.",
        "One voice: a key pressed while another is held only moves the pitch.",
    ];
    choose(cx, Switch::Mode, ("Voice mode", &["Poly", "Mono", "Legato"]), &hints, rows.whole());
    let [a, b] = rows.halves();
    line(cx, Control::Voices, "Voices", a);
    line(cx, Control::Glide, "Glide", b);
    let [a, b] = rows.halves();
    line(cx, Control::Velocity, "Velocity", a);
    line(cx, Control::Bend, "Bend", b);
    let [a, b] = rows.halves();
    flip(cx, Switch::Mpe, "MPE", a);
    line(cx, Control::MpeBend, "MPE bend", b);
}

fn tone(cx: &mut Cx<'_, '_>, rect: Rect) {
    let mut rows = Rows::new(cx, rect, "Tuning and tone");
    let [a, b] = rows.halves();
    line(cx, Control::Fine, "Fine", a);
    line(cx, Control::Tune, "A4 at", b);
    let [a, b] = rows.halves();
    line(cx, Control::Noise, "Noise", a);
    line(cx, Control::Pace, "Pace", b);
    let [a, b] = rows.halves();
    line(cx, Control::Slide, "Slide tone", a);
    flip(cx, Switch::Circular, "Circular shift", b);
    let [a, _] = rows.halves();
    flip(cx, Switch::Even, "Even level", a);
    let rest = Rect::from_min_max(pos2(rect.left(), rows.top + cx.px(2.0)), rect.max);
    if let Some(heard) = &cx.view.heard {
        // A small window has room for one line.
        let clause = heard.split([':', ',']).next().filter(|_| cx.compact).map(|clause| format!("{clause}."));
        cx.paragraph(rest, clause.as_ref().unwrap_or(heard), cx.theme.small(), TEXT);
    } else if rest.height() > cx.px(28.0) {
        let text = "Tuning and MPE belong to the room and the keyboard: presets leave them alone.";
        cx.paragraph(rest, text, cx.theme.small(), TEXT_DIM);
    }
}
