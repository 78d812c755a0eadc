//! The left half of the browser: search, categories and the presets of one.

use egui::{Align2, Color32, Id, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::super::status::nothing;
use super::super::{Cx, PresetLine, ShelfAction, Shelved};
use super::{Browser, Category};
use crate::hints::{clipped, wrapped};
use crate::icons::{Icon, paint_icon};
use crate::menu::{Row, TextField};
use crate::theme::{HOVERED, TEXT, TEXT_DIM, Theme, faded, text_line};

/// Draws search, categories and list.
pub(super) fn show<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    browser: &mut Browser,
) {
    let row = cx.px(28.0);
    let search = Rect::from_min_size(rect.min, vec2(rect.width(), row));
    TextField { text: &mut browser.search, empty: "Search name, tag or words" }.show(
        cx.ui,
        &cx.theme,
        Id::unique("suite-search"),
        search,
    );
    let below = Rect::from_min_max(pos2(rect.left(), search.bottom() + cx.px(8.0)), rect.max);
    let side = cx.px(if cx.compact { 100.0 } else { 124.0 });
    let column = Rect::from_min_max(below.min, pos2(below.left() + side, below.bottom()));
    let area = Rect::from_min_max(pos2(column.right() + cx.px(8.0), below.top()), below.max);
    let presets = cx.shelf().presets.clone();
    categories(cx, column, &presets, browser);
    let lines: Vec<(usize, &PresetLine)> =
        presets.iter().enumerate().filter(|(_, line)| browser.lists(line)).collect();
    if lines.is_empty() {
        let text = match (browser.search.trim().is_empty(), &browser.category) {
            (true, Category::Mine) => {
                "You have not saved a preset yet. Turn some knobs and save what you like, at the right."
            }
            (true, Category::Favourites) => {
                "No favourites yet. Click the star behind a preset to find it here."
            }
            _ => "No preset matches. Try another word, or another category.",
        };
        nothing(cx, area, text);
        return;
    }
    let height = cx.px(26.0);
    let theme = cx.theme;
    let mut ui = cx.ui.new_child(egui::UiBuilder::new().max_rect(area).id_salt("presets"));
    ui.spacing_mut().item_spacing = vec2(0.0, theme.px(2.0));
    let mut wish = None;
    ScrollArea::vertical().auto_shrink(false).show(&mut ui, |ui| {
        for &(index, line) in &lines {
            let (whole, _) =
                ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
            let star =
                Rect::from_min_max(pos2(whole.right() - theme.px(28.0), whole.top()), whole.max);
            let place = Rect::from_min_max(whole.min, pos2(star.left(), whole.bottom()));
            let detail = line.tags.join(" · ");
            let chosen = cx.view.shelf().preset_at == Some(index);
            let row = Row { title: &line.name, detail: &detail, chosen, mark: None };
            let response = row.show(ui, &theme, Id::unique(("suite-preset-row", index)), place);
            let said = if line.description.is_empty() {
                "Loads this preset.".to_owned()
            } else {
                wrapped(&line.description)
            };
            crate::hint(&response, &said);
            if response.gained_focus() {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                wish = Some(ShelfAction::LoadPreset(index));
            }
            if star_button(ui, &theme, Id::unique(("suite-preset-star", index)), star, line) {
                wish = Some(ShelfAction::StarPreset(index));
            }
        }
    });
    if let Some(action) = wish {
        cx.ask(action);
    }
}

/// The column of categories, each with the number of its presets.
fn categories<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    presets: &[PresetLine],
    browser: &mut Browser,
) {
    let theme = cx.theme;
    let mut ui = cx.ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt("categories"));
    ui.spacing_mut().item_spacing = vec2(0.0, theme.px(1.0));
    let all = Category::of(presets);
    // A tag whose last preset is gone shows nothing any more.
    if !all.contains(&browser.category) {
        browser.category = Category::All;
    }
    ScrollArea::vertical().auto_shrink(false).show(&mut ui, |ui| {
        for (index, category) in all.into_iter().enumerate() {
            let count = presets.iter().filter(|line| category.holds(line)).count();
            let (place, _) =
                ui.allocate_exact_size(vec2(ui.available_width(), theme.px(24.0)), Sense::hover());
            let id = Id::unique(("suite-category", index));
            let chosen = browser.category == category;
            let row = CategoryRow { category: &category, count, chosen };
            if row.show(ui, &theme, id, place) {
                browser.category = category;
            }
        }
    });
}

/// One category: its name, and how many presets it holds.
struct CategoryRow<'a> {
    category: &'a Category,
    count: usize,
    chosen: bool,
}

impl CategoryRow<'_> {
    /// Shows the row; true when clicked.
    fn show(self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect) -> bool {
        let Self { category, count, chosen } = self;
        let response = ui.interact(rect, id, Sense::click());
        let name = category.name();
        response.widget_info(|| {
            WidgetInfo::selected(
                Role::ListBoxOption,
                true,
                chosen,
                format!("{name}, {count} presets"),
            )
        });
        let sentence = match category {
            Category::All => "Lists every preset.".to_owned(),
            Category::Favourites => "Lists the presets that you have starred.".to_owned(),
            Category::Mine => "Lists the presets that you have saved.".to_owned(),
            Category::Tag(tag) => {
                clipped(&format!("Lists the presets with the tag \u{201c}{tag}\u{201d}."))
            }
        };
        crate::hint(&response, &sentence);
        let fill = match (chosen, response.hovered()) {
            (true, _) => faded(theme.accent, 0.14),
            (false, true) => HOVERED,
            (false, false) => Color32::TRANSPARENT,
        };
        let painter = ui.painter();
        painter.rect_filled(rect, theme.radius(5.0), fill);
        let y = rect.center().y;
        let (left, right) = (rect.left() + theme.px(8.0), rect.right() - theme.px(8.0));
        let number = (pos2(right, y), Align2::RIGHT_CENTER);
        let room = text_line(
            painter,
            number,
            &count.to_string(),
            (theme.small(), TEXT_DIM),
            theme.px(28.0),
        )
        .left();
        let colour = if chosen { theme.accent } else { TEXT };
        let width = room - left - theme.px(4.0);
        text_line(
            painter,
            (pos2(left, y), Align2::LEFT_CENTER),
            &name,
            (theme.small(), colour),
            width,
        );
        if response.has_focus() {
            theme.focus_ring(painter, rect.shrink(theme.px(2.0)));
        }
        if response.gained_focus() {
            response.scroll_to_me(None);
        }
        if response.hovered() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
        }
        response.clicked()
    }
}

/// The star behind a preset; true when clicked.
fn star_button(ui: &mut Ui, theme: &Theme, id: Id, rect: Rect, line: &PresetLine) -> bool {
    let response = ui.interact(rect, id, Sense::click());
    let (icon, label, sentence) = if line.favourite {
        (Icon::Starred, "Favourite", "Takes this preset from your favourites.")
    } else {
        (Icon::Star, "Not a favourite", "Makes this preset one of your favourites.")
    };
    let info = || {
        WidgetInfo::selected(Role::Button, true, line.favourite, format!("{label}: {}", line.name))
    };
    response.widget_info(info);
    crate::hint(&response, sentence);
    let colour = match (line.favourite, response.hovered()) {
        (true, _) => theme.accent,
        (false, true) => TEXT,
        (false, false) => faded(TEXT_DIM, 0.5),
    };
    paint_icon(ui.painter(), icon, rect.center(), theme.px(13.0), colour);
    if response.has_focus() {
        theme.focus_ring(ui.painter(), rect.shrink(theme.px(3.0)));
    }
    if response.hovered() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
    }
    response.clicked()
}
