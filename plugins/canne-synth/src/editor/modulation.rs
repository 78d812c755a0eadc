//! What moves the sliders: two envelopes, two LFOs, and how far each of them, the velocity, the
//! pressure, the wheel and the slide reach.

use egui::{Align2, CursorIcon, Id, Rect, Sense, Stroke, WidgetInfo, pos2, vec2};
use nfx_ui::button::{Choice, ChoiceStyle};
use nfx_ui::shelf::{Shown, control_id};
use nfx_ui::theme::{BACKGROUND, HAIRLINE, TEXT, TEXT_DIM, faded, latent_colour, text_line};
use nfx_ui::{gesture, hint};

use super::cx::Cx;
use super::envelope;
use super::face::Face;
use crate::params::SLIDERS;

/// What moves sliders: its name on the page, and its depths' ids but for the slider's number.
const MOVERS: [(&str, &str); 7] = [
    ("Envelope", "e"),
    ("LFO 1", "f"),
    ("LFO 2", "lfo2_f"),
    ("Velocity", "v"),
    ("Pressure", "p"),
    ("Wheel", "w"),
    ("Slide", "s"),
];

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, face: &mut Face) {
    let (left, right) = cx.two_panels(rect, if cx.compact { 0.49 } else { 0.42 }, (1.0, 9999.0));
    let inset = cx.px(if cx.compact { 6.0 } else { 10.0 });
    envelope::show(cx, left.shrink(inset), face);
    let inner = right.shrink(inset);
    let row = cx.px(26.0);
    lfo(cx, Rect::from_min_size(inner.min, vec2(inner.width(), row)), face);
    matrix(cx, Rect::from_min_max(pos2(inner.left(), inner.top() + row + cx.px(8.0)), inner.max));
}

fn lfo(cx: &mut Cx<'_, '_>, rect: Rect, face: &mut Face) {
    let gap = cx.px(if cx.compact { 4.0 } else { 8.0 });
    let (sync, retrigger) = (cx.px(64.0), cx.px(if cx.compact { 72.0 } else { 78.0 }));
    // In a small window the choice stands in the empty corner of the table below.
    let which = if cx.compact { -gap } else { cx.px(96.0) };
    let width = (rect.width() - which - sync - retrigger - 4.0 * gap) / 2.0;
    let mut left = rect.left();
    let mut next = |width: f32| {
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        left += width + gap;
        cell
    };
    let names: [&str; 2] = if cx.compact { ["1", "2"] } else { ["LFO 1", "LFO 2"] };
    let hints = [
        "Shows the first oscillator.",
        "Shows the second oscillator.\nWhat both do to a slider is added.",
    ];
    let choice = Choice {
        name: "LFO",
        options: &names,
        hints: &hints,
        chosen: usize::from(face.second_lfo),
        style: ChoiceStyle::Segments,
    };
    let corner = Rect::from_min_size(
        rect.left_bottom() + vec2(0.0, cx.px(4.0)),
        vec2(cx.px(48.0), cx.px(18.0)),
    );
    let place = if cx.compact { corner } else { next(which) };
    if let Some(index) = choice.show(cx.ui, &cx.theme, which_lfo_id(), place) {
        face.second_lfo = index == 1;
    }
    let index = usize::from(face.second_lfo);
    let (shape, rate) = (next(width), next(width));
    let id = |what: &str| format!("{}f{what}", if index == 1 { "lfo2_" } else { "" });
    cx.drop(&id("shape"), shape);
    if cx.view.values.is_on(&id("sync")) {
        cx.drop(&id("div"), rate);
    } else {
        cx.line(&id("rate"), if cx.compact { "" } else { "Rate" }, rate);
    }
    cx.flip(&id("sync"), "Sync", next(sync));
    cx.flip(&id("retrig"), "Retrig", next(retrigger));
}

fn matrix(cx: &mut Cx<'_, '_>, rect: Rect) {
    let theme = cx.theme;
    let (names, head) = (cx.px(64.0), cx.px(16.0));
    let (width, height) =
        ((rect.width() - names) / SLIDERS as f32, (rect.height() - head) / MOVERS.len() as f32);
    for slider in 0..SLIDERS {
        let x = rect.left() + names + width * (slider as f32 + 0.5);
        let colour =
            if slider < cx.view.sliders { latent_colour(slider) } else { faded(TEXT_DIM, 0.5) };
        let place = (pos2(x, rect.top() + head / 2.0), Align2::CENTER_CENTER);
        text_line(
            cx.ui.painter(),
            place,
            &format!("{}", slider + 1),
            (theme.small(), colour),
            width,
        );
    }
    for (row, (name, ids)) in MOVERS.into_iter().enumerate() {
        let top = rect.top() + head + height * row as f32;
        let place = (pos2(rect.left(), top + height / 2.0), Align2::LEFT_CENTER);
        text_line(cx.ui.painter(), place, name, (theme.small(), TEXT_DIM), names);
        for slider in 0..SLIDERS {
            let left = rect.left() + names + width * slider as f32;
            let cell = Rect::from_min_size(pos2(left, top), vec2(width, height))
                .shrink2(vec2(cx.px(2.0), cx.px(2.0)));
            depth(cx, &format!("{ids}{}", slider + 1), slider, cell);
        }
    }
}

/// One depth: a bar from the middle, to the right upwards and to the left downwards.
fn depth(cx: &mut Cx<'_, '_>, param: &str, slider: usize, rect: Rect) {
    let theme = cx.theme;
    if slider >= cx.view.sliders {
        cx.ui.painter().rect_filled(rect, theme.radius(4.0), faded(BACKGROUND, 0.5));
        return;
    }
    let Some(Shown { value, name, help, .. }) = cx.param(param) else { return };
    let response = cx.ui.interact(rect, control_id(param), Sense::click_and_drag());
    let spoken = format!("{name}: {}", value.text);
    response.widget_info(|| WidgetInfo::slider(true, f64::from(value.normal), &spoken));
    hint(&response, help);
    let edits =
        gesture::sideways(cx.ui, &theme, &response, cx.px(140.0), (value.normal, value.neutral));
    let painter = cx.ui.painter();
    painter.rect_filled(rect, theme.radius(4.0), BACKGROUND);
    let x = |value: f32| egui::lerp(rect.left()..=rect.right(), value.clamp(0.0, 1.0));
    let amount = (value.normal - 0.5).abs();
    if amount > 0.002 {
        let bar = Rect::from_two_pos(
            pos2(x(0.5), rect.top() + cx.px(1.0)),
            pos2(x(value.normal), rect.bottom() - cx.px(1.0)),
        );
        painter.rect_filled(bar, theme.radius(2.0), faded(latent_colour(slider), 0.55));
    }
    painter.vline(rect.center().x, rect.y_range(), theme.hairline(HAIRLINE));
    let near = response.hovered() || response.dragged();
    if amount > 0.002 || near {
        let sign = if value.normal < 0.5 { "−" } else { "" };
        let text = format!("{sign}{:.0}", amount * 200.0);
        // At the end that the bar leaves free.
        let (at, align) = if value.normal < 0.5 {
            (rect.right_center() - vec2(cx.px(1.0), 0.0), Align2::RIGHT_CENTER)
        } else {
            (rect.left_center() + vec2(cx.px(1.0), 0.0), Align2::LEFT_CENTER)
        };
        text_line(painter, (at, align), &text, (theme.small(), TEXT), rect.width() + cx.px(8.0));
    }
    if near {
        painter.rect_stroke(
            rect,
            theme.radius(4.0),
            Stroke::new(theme.k, TEXT_DIM),
            egui::StrokeKind::Inside,
        );
        cx.ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    if response.has_focus() {
        theme.focus_ring(painter, rect);
    }
    cx.edit(param, name, edits);
}

/// The identity of the choice between the two oscillators.
pub fn which_lfo_id() -> Id {
    Id::unique("canne-which-lfo")
}

/// The identity of the choice between the two envelopes.
pub fn which_id() -> Id {
    Id::unique("canne-which-envelope")
}
