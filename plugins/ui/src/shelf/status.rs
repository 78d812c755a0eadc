//! The line at the bottom, and the message that lies over the page.

use crate::Icon;
use crate::button::{Button, text_width};
use crate::icons::paint_icon;
use crate::theme::{PANEL, RED, TEXT, TEXT_DIM, faded, text_line};
use egui::{Align2, Id, Rect, pos2, vec2};

use super::{Cx, Message, ShelfAction, Shelved, Tone};

/// The hint of the control under the pointer or the keyboard at the left, its second line where
/// there is room for it, and facts of the engine at the right.
pub fn bar<V: Shelved, A: From<ShelfAction>>(cx: &mut Cx<'_, '_, V, A>, rect: Rect, hint: &str) {
    let margin = cx.px(if cx.compact { 10.0 } else { 18.0 });
    let facts = facts(cx);
    let painter = cx.ui.painter();
    let y = rect.center().y;
    let right = pos2(rect.right() - margin, y);
    let place = text_line(
        painter,
        (right, Align2::RIGHT_CENTER),
        &facts,
        (cx.theme.small(), TEXT_DIM),
        rect.width() * 0.4,
    );
    let hint = if hint.is_empty() {
        "Point at a control to read what it does to the sound."
    } else {
        hint
    };
    let width = place.left() - rect.left() - margin * 2.0;
    let left = pos2(rect.left() + margin, y);
    let both = hint.replace('\n', " ");
    let fits = text_width(cx.ui, &both, cx.theme.small()) <= width;
    let first = hint.split('\n').next().unwrap_or_default();
    let hint = if fits { &both } else { first };
    text_line(painter, (left, Align2::LEFT_CENTER), hint, (cx.theme.small(), TEXT), width);
}

fn facts<V: Shelved, A: From<ShelfAction>>(cx: &Cx<'_, '_, V, A>) -> String {
    let view = cx.shelf();
    if view.offline {
        return "Rendering offline".to_owned();
    }
    if !view.running {
        return "Audio is off".to_owned();
    }
    let rate = format!("{:.1} kHz", view.host_rate_hz / 1000.0);
    match (view.latency_samples, cx.compact) {
        (0, _) => rate,
        (_, true) => format!("{:.0} ms delay", view.latency_ms()),
        (_, false) => format!("{:.0} ms delay · {rate}", view.latency_ms()),
    }
}

/// The message for the user, if there is one, over the lower end of the page, until it is
/// dismissed.
pub fn toast<V: Shelved, A: From<ShelfAction>>(cx: &mut Cx<'_, '_, V, A>, page: Rect) {
    let Some(Message { tone, text }) = &cx.shelf().message else { return };
    let (icon, colour) = match tone {
        Tone::Error => (Icon::Warning, RED),
        Tone::Note => (Icon::Check, cx.theme.accent),
    };
    let (before, after) = (cx.px(38.0), cx.px(40.0));
    let galley =
        cx.ui.painter().layout(text.clone(), cx.theme.small(), TEXT, page.width() - before - after);
    let height = galley.size().y + cx.px(18.0);
    let rect = Rect::from_min_max(pos2(page.left(), page.bottom() - height), page.max);
    // It lies over other controls: a layer of its own takes the pointer first.
    let mut layer = egui::UiBuilder::new().max_rect(rect).id_salt("toast");
    layer.layer_id = Some(egui::LayerId::new(egui::Order::Foreground, Id::unique("suite-toast")));
    let mut ui = cx.ui.new_child(layer);
    ui.set_clip_rect(rect.expand(cx.px(4.0)));
    ui.interact(rect, Id::unique("suite-toast-body"), egui::Sense::CLICK);
    let painter = ui.painter();
    painter.rect_filled(rect, cx.theme.radius(6.0), PANEL);
    painter.rect_filled(rect, cx.theme.radius(6.0), faded(colour, 0.14));
    painter.rect_stroke(
        rect,
        cx.theme.radius(6.0),
        cx.theme.hairline(faded(colour, 0.8)),
        egui::StrokeKind::Inside,
    );
    paint_icon(
        painter,
        icon,
        pos2(rect.left() + cx.px(19.0), rect.center().y),
        cx.px(16.0),
        colour,
    );
    let top = rect.center().y - galley.size().y / 2.0;
    painter.galley(pos2(rect.left() + before, top), galley, TEXT);
    let close = Rect::from_center_size(
        pos2(rect.right() - cx.px(20.0), rect.center().y),
        vec2(cx.px(26.0), cx.px(26.0)),
    );
    let dismiss = Button::icon(Icon::Close, "Dismiss", "Takes this message away.");
    if dismiss.show(&mut ui, &cx.theme, Id::unique("suite-dismiss"), close) {
        cx.ask(ShelfAction::Dismiss);
    }
}

/// A dim sentence where a list is empty.
pub fn nothing<V: Shelved, A: From<ShelfAction>>(cx: &Cx<'_, '_, V, A>, rect: Rect, text: &str) {
    let width = rect.width() - cx.px(24.0);
    let mut job = egui::text::LayoutJob::simple(text.to_owned(), cx.theme.small(), TEXT_DIM, width);
    job.halign = egui::Align::Center;
    let galley = cx.ui.painter().layout_job(job);
    cx.ui.painter().galley(pos2(rect.center().x, rect.top() + cx.px(24.0)), galley, TEXT_DIM);
}
