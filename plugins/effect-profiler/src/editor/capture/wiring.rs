//! A picture of how computer, interface and device are wired.

use egui::{Align2, Pos2, Rect, Shape, Stroke, epaint::CubicBezierShape, pos2, vec2};
use nfx_ui::theme::{BACKGROUND, RAISED, TEXT, TEXT_DIM, TRACK, faded, text_line};

use super::super::cx::Cx;
use crate::recorder::Input;

/// Draws the picture in `rect`.
pub fn show(cx: &Cx<'_, '_>, rect: Rect) {
    let theme = cx.theme;
    let painter = cx.ui.painter();
    painter.rect_filled(rect, theme.radius(8.0), BACKGROUND);
    let inner = rect.shrink(cx.px(if cx.compact { 12.0 } else { 20.0 }));
    let size =
        vec2((inner.width() * 0.38).min(cx.px(150.0)), (inner.height() * 0.34).min(cx.px(76.0)));
    let gap = inner.width() * 0.04;
    let interface =
        Rect::from_min_size(pos2(inner.left() + gap, inner.center().y - size.y / 2.0), size);
    let device = Rect::from_min_size(
        pos2(inner.right() - gap - size.x, inner.center().y - size.y / 2.0),
        size,
    );
    let input = if cx.view.capture.level.input == Input::Left { "Input 1" } else { "Input 2" };
    body(cx, interface, if cx.compact { "Interface" } else { "Your interface" }, "this computer");
    body(
        cx,
        device,
        if cx.view.capture.name.trim().is_empty() {
            "The device"
        } else {
            cx.view.capture.name.trim()
        },
        if cx.compact { "device" } else { "to be captured" },
    );
    knobs(cx, device);
    let lift = (inner.height() * 0.26).min(cx.px(90.0));
    let reach = size.x * 0.25;
    let out = (interface.center_top() + vec2(reach, 0.0), device.center_top() - vec2(reach, 0.0));
    let back =
        (device.center_bottom() - vec2(reach, 0.0), interface.center_bottom() + vec2(reach, 0.0));
    cable(cx, out, -lift);
    cable(cx, back, lift);
    let middle =
        |(a, b): (Pos2, Pos2), lift: f32| pos2((a.x + b.x) / 2.0, (a.y + b.y) / 2.0 + lift * 0.75);
    let above = (middle(out, -lift) - vec2(0.0, cx.px(6.0)), Align2::CENTER_BOTTOM);
    text_line(painter, above, "Output 1 → the device", (theme.small(), TEXT), inner.width());
    let below = (middle(back, lift) + vec2(0.0, cx.px(6.0)), Align2::CENTER_TOP);
    text_line(
        painter,
        below,
        &format!("the device → {input}"),
        (theme.small(), TEXT),
        inner.width(),
    );
    if !cx.compact && rect.height() > cx.px(220.0) {
        let place = (pos2(rect.center().x, rect.bottom() - cx.px(8.0)), Align2::CENTER_BOTTOM);
        let text = "Mute your loudspeakers: the signal is loud.";
        text_line(painter, place, text, (theme.small(), TEXT_DIM), rect.width() - cx.px(16.0));
    }
}

fn body(cx: &Cx<'_, '_>, rect: Rect, name: &str, detail: &str) {
    let painter = cx.ui.painter();
    painter.rect_filled(rect, cx.theme.radius(8.0), RAISED);
    painter.rect_stroke(
        rect,
        cx.theme.radius(8.0),
        cx.theme.hairline(TRACK),
        egui::StrokeKind::Inside,
    );
    let small = rect.height() < cx.px(44.0);
    let at = if small { rect.center() } else { rect.center() - vec2(0.0, cx.px(8.0)) };
    text_line(
        painter,
        (at, Align2::CENTER_CENTER),
        name,
        (cx.theme.small(), TEXT),
        rect.width() - cx.px(10.0),
    );
    if !small {
        let at = (rect.center() + vec2(0.0, cx.px(9.0)), Align2::CENTER_CENTER);
        text_line(painter, at, detail, (cx.theme.small(), TEXT_DIM), rect.width() - cx.px(10.0));
    }
}

/// The device's knobs, small, on its upper edge.
fn knobs(cx: &Cx<'_, '_>, rect: Rect) {
    let count = cx.view.capture.knobs.len();
    for index in 0..count {
        let x = rect.right() - cx.px(14.0) - cx.px(16.0) * (count - 1 - index) as f32;
        let centre = pos2(x, rect.bottom() - cx.px(12.0));
        if rect.height() < cx.px(60.0) {
            return;
        }
        let painter = cx.ui.painter();
        painter.circle_filled(centre, cx.px(5.0), BACKGROUND);
        painter.circle_stroke(centre, cx.px(5.0), Stroke::new(cx.px(1.25), cx.theme.accent));
        let hand = egui::Vec2::angled((-130.0 + 40.0 * index as f32).to_radians()) * cx.px(4.0);
        painter.line_segment([centre, centre + hand], Stroke::new(cx.px(1.25), cx.theme.accent));
    }
}

/// A cable from plug to plug that hangs by `lift`.
fn cable(cx: &Cx<'_, '_>, ends: (Pos2, Pos2), lift: f32) {
    let (from, to) = ends;
    let painter = cx.ui.painter();
    let stroke = Stroke::new(cx.px(2.5), cx.theme.accent);
    let points = [from, from + vec2(0.0, lift), to + vec2(0.0, lift), to];
    painter.add(Shape::CubicBezier(CubicBezierShape::from_points_stroke(
        points,
        false,
        egui::Color32::TRANSPARENT,
        stroke,
    )));
    for plug in [from, to] {
        painter.circle_filled(plug, cx.px(5.0), faded(cx.theme.accent, 0.9));
        painter.circle_filled(plug, cx.px(2.2), BACKGROUND);
    }
    // An arrow head where the sound arrives.
    let way = -lift.signum();
    let tip = to + vec2(0.0, -way * cx.px(7.0));
    let wing = |side: f32| tip + vec2(side * cx.px(5.0), -way * cx.px(8.0));
    painter.add(Shape::convex_polygon(
        vec![tip, wing(1.0), wing(-1.0)],
        cx.theme.accent,
        Stroke::NONE,
    ));
}
