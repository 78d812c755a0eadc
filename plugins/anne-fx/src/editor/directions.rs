//! The model's directions: six macros in the row of main controls, and four that were discovered,
//! beside the latents.

use egui::{Align2, CursorIcon, Id, Rect, Sense, Stroke, pos2, vec2};
use nfx_core::models::spectral::{DIRECTION_IDS, MACRO_NAMES, MACROS};
use nfx_ui::knob::type_value;
use nfx_ui::shelf::Dial;
use nfx_ui::theme::{TEXT, TEXT_DIM, text_line};
use nfx_ui::{Edit, Icon, clipped};

use super::cx::Cx;
use super::view::{Action, View};
use crate::params::direction_name;

/// Whether the model has directions at all.
pub fn any(view: &View) -> bool {
    view.card.as_deref().is_some_and(|card| !card.directions.is_empty())
}

fn words(view: &View, index: usize) -> Option<&str> {
    view.card.as_deref()?.directions.get(index).map(String::as_str)
}

/// Draws a macro in its cell.
pub fn macro_knob(cx: &mut Cx<'_, '_>, index: usize, cell: Rect) {
    let name = MACRO_NAMES.get(index).copied().unwrap_or_default();
    let hint = words(cx.view, index).map_or_else(
        || format!("{name}: this model does not have it."),
        |words| {
            format!("{}\nIt leaves the other five alone.", clipped(&format!("{name}: {words}.")))
        },
    );
    let enabled = words(cx.view, index).is_some();
    cx.dial(Dial { hint: &hint, enabled, ..Dial::of(DIRECTION_IDS[index]) }, cell);
}

/// Draws the discovered directions in `rect`.
pub fn discovered(cx: &mut Cx<'_, '_>, rect: Rect) {
    cx.theme.panel(cx.ui.painter(), rect);
    let inner = rect.shrink2(vec2(cx.px(6.0), cx.px(if cx.compact { 2.0 } else { 6.0 })));
    let head = Rect::from_min_size(inner.min, vec2(inner.width(), cx.px(16.0)));
    let place = (head.left_center() + vec2(cx.px(4.0), 0.0), Align2::LEFT_CENTER);
    text_line(cx.ui.painter(), place, "Discovered", (cx.theme.small(), TEXT_DIM), head.width());
    let count = cx.view.names.len();
    let width = inner.width() / count as f32;
    for place in 0..count {
        let left = inner.left() + width * place as f32;
        let cell =
            Rect::from_min_max(pos2(left, head.bottom()), pos2(left + width, inner.bottom()));
        one(cx, place, cell);
    }
}

/// One of them: a name that can be changed, the dial, an ear.
fn one(cx: &mut Cx<'_, '_>, place: usize, cell: Rect) {
    let index = MACROS + place;
    let given = cx.view.names[place].clone();
    let shown = if given.is_empty() { direction_name(index) } else { given.clone() };
    let hint = words(cx.view, index).map_or_else(
        || clipped(&format!("{shown}: this model has no such direction.")),
        |words| {
            let does = clipped(&format!("{shown}: {words}."));
            format!("{does}\nThe sounds that the model learned differ in it.")
        },
    );
    // Under the heading a number is enough until there is a name.
    let caption = if given.is_empty() { format!("{}", place + 1) } else { given };
    let enabled = words(cx.view, index).is_some();
    let dial = Dial {
        name: &shown,
        caption: Some(&caption),
        hint: &hint,
        enabled,
        ..Dial::of(DIRECTION_IDS[index])
    };
    let Some(dial) = cx.dial(dial, cell) else { return };
    let title = Rect::from_min_size(pos2(cell.left(), dial.top()), vec2(cell.width(), cx.px(16.0)));
    name(cx, place, &shown, title.shrink2(vec2(cx.px(2.0), 0.0)));
    let side = cx.px(16.0);
    let right =
        (cell.center().x + (dial.height() - title.height()) / 2.0 + cx.px(7.0)).min(cell.right());
    listen(
        cx,
        index,
        &shown,
        Rect::from_min_size(pos2(right - side, dial.bottom() - side), vec2(side, side)),
    );
}

/// The place of its name; a click on it changes it.
fn name(cx: &mut Cx<'_, '_>, place: usize, shown: &str, rect: Rect) {
    let id = Id::unique(("anne-name", place));
    let own = direction_name(MACROS + place);
    let response = cx.ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Rename {shown}"))
    });
    nfx_ui::hint(
        &response,
        "Gives this direction a name of your own.\nAn empty name gives its own back.",
    );
    let typing = cx.ui.data(|data| data.get_temp::<String>(id)).is_some();
    if typing || response.clicked() {
        let start = (!typing).then_some(shown);
        if let Some(text) = type_value(cx.ui, &cx.theme, id, rect, start) {
            cx.actions
                .push(Action::Rename(place, if text.trim() == own { String::new() } else { text }));
        }
        return;
    }
    if response.hovered() {
        cx.ui.ctx().set_cursor_icon(CursorIcon::Text);
        cx.ui.painter().hline(
            rect.x_range().shrink(cx.px(8.0)),
            rect.bottom(),
            Stroke::new(cx.px(1.0), TEXT_DIM),
        );
    }
    if response.has_focus() {
        cx.theme.focus_ring(cx.ui.painter(), rect);
    }
}

/// The ear: while it is pressed, the direction stands one unit further up, and then where it was.
fn listen(cx: &mut Cx<'_, '_>, index: usize, shown: &str, rect: Rect) {
    let id = Id::unique(("anne-listen", index));
    let response = cx.ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Listen to {shown}"))
    });
    nfx_ui::hint(
        &response,
        "Turns this direction up for as long as you hold the button.\nIt goes back when you let go.",
    );
    let enabled = words(cx.view, index).is_some();
    let here = cx.view.values.normal(DIRECTION_IDS[index]);
    let before = cx.ui.data(|data| data.get_temp::<f32>(id));
    let pressed = enabled && response.is_pointer_button_down_on();
    match (pressed, before) {
        (true, None) => {
            cx.ui.data_mut(|data| data.insert_temp(id, here));
            // A quarter of the range of four units; from near the top it goes down, or there would
            // be nothing to hear.
            let there = if here > 0.75 { here - 0.25 } else { here + 0.25 };
            cx.edit(DIRECTION_IDS[index], shown, vec![Edit::Begin, Edit::Set(there)]);
        }
        (false, Some(before)) => {
            cx.ui.data_mut(|data| data.remove_temp::<f32>(id));
            cx.edit(DIRECTION_IDS[index], shown, vec![Edit::Set(before), Edit::End]);
        }
        _ => {}
    }
    let colour = match (pressed, response.hovered() && enabled) {
        (true, _) => cx.theme.accent,
        (_, true) => TEXT,
        _ => TEXT_DIM,
    };
    nfx_ui::icons::paint_icon(cx.ui.painter(), Icon::Wave, rect.center(), cx.px(12.0), colour);
    if response.has_focus() {
        cx.theme.focus_ring(cx.ui.painter(), rect);
    }
}
