//! Names and what they mean.

use egui::{Align2, Rect, ScrollArea, Sense, pos2, vec2};

use super::{Cx, ShelfAction, Shelved};
use crate::theme::{TEXT, TEXT_DIM, text_line};

/// Names and what they mean, one under the other; scrolls where there is no room.
pub fn show<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    salt: &str,
    heading: &str,
    rows: &[(&str, &str)],
) {
    let theme = cx.theme;
    let column = cx.px(if cx.compact { 84.0 } else { 112.0 });
    let mut ui = cx.ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt(salt));
    ScrollArea::vertical().auto_shrink(false).show(&mut ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, theme.px(5.0));
        if !heading.is_empty() {
            ui.label(egui::RichText::new(heading).font(theme.small()).color(TEXT_DIM));
        }
        for (name, value) in rows {
            let galley = ui.painter().layout(
                (*value).to_owned(),
                theme.small(),
                TEXT,
                (ui.available_width() - column).max(1.0),
            );
            let (place, _) =
                ui.allocate_exact_size(vec2(ui.available_width(), galley.size().y), Sense::hover());
            text_line(
                ui.painter(),
                (place.left_top(), Align2::LEFT_TOP),
                name,
                (theme.small(), TEXT_DIM),
                column - theme.px(6.0),
            );
            ui.painter().galley(pos2(place.left() + column, place.top()), galley, TEXT);
        }
    });
}
