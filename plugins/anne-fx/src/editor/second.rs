//! The page of the sounds: what goes through the network and, below it, what *Morph* goes towards.

use egui::{Rect, pos2, vec2};
use nfx_ui::Icon;
use nfx_ui::button::Button;
use nfx_ui::shelf::source;
use nfx_ui::theme::{TEXT, TEXT_DIM, text_line};

use super::cx::Cx;
use super::view::Action;

/// Draws the page.
pub fn page(cx: &mut Cx<'_, '_>, rect: Rect) {
    let gap = cx.px(8.0);
    let height = cx.px(if cx.compact { 40.0 } else { 48.0 });
    let strip = Rect::from_min_max(pos2(rect.left(), rect.bottom() - height), rect.max);
    source::show(
        cx,
        Rect::from_min_max(rect.min, pos2(rect.right(), strip.top() - gap)),
        "the network",
    );
    cx.theme.panel(cx.ui.painter(), strip);
    show(cx, strip.shrink2(vec2(cx.px(12.0), 0.0)));
}

/// The strip for the second sound.
fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let file = cx.view.second.clone();
    let open = Button::both(
        Icon::Folder,
        "Choose file…",
        "Chooses a sound of yours for Morph to go towards.\nIt repeats.",
    );
    let back = Button::text("Side chain", "Lets Morph go towards the side chain again.")
        .enabled(file.is_some());
    let row = cx.px(28.0);
    let top = rect.center().y - row / 2.0;
    let mut right = rect.right();
    for (name, button, action) in
        [("drop-second", back, Action::DropSecond), ("open-second", open, Action::OpenSecond)]
    {
        let width = button.width(cx.ui, &cx.theme);
        if cx.button(name, Rect::from_min_size(pos2(right - width, top), vec2(width, row)), button)
        {
            cx.actions.push(action);
        }
        right -= width + cx.px(8.0);
    }
    let painter = cx.ui.painter();
    let place = (pos2(rect.left(), rect.center().y), egui::Align2::LEFT_CENTER);
    let label = text_line(
        painter,
        place,
        "Morph goes towards",
        (cx.theme.small(), TEXT_DIM),
        right - rect.left(),
    );
    let left = label.right() + cx.px(6.0);
    let name = file.as_deref().unwrap_or("the side chain");
    let place = (pos2(left, rect.center().y), egui::Align2::LEFT_CENTER);
    text_line(painter, place, name, (cx.theme.small(), TEXT), (right - left).max(1.0));
}
