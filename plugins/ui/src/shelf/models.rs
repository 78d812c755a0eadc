//! The model picker and the card of the model in use.

use crate::Icon;
use crate::button::Button;
use crate::menu::Row;
use crate::theme::{HAIRLINE, TEXT, TEXT_DIM, text_line};
use egui::{Align2, Id, Rect, ScrollArea, Sense, pos2, vec2};

use super::status::nothing;
use super::{Card, Cx, ShelfAction, Shelved, hertz};

/// The short name of a latent in its list, and its colour.
pub type Tag<'a> = &'a dyn Fn(usize) -> (String, egui::Color32);

/// Draws the page.
pub fn show<V: Shelved, A: From<ShelfAction>>(cx: &mut Cx<'_, '_, V, A>, rect: Rect, tag: Tag<'_>) {
    let (left, right) = cx.two_panels(rect, 0.32, (190.0, 360.0));
    list(cx, left.shrink(cx.px(8.0)));
    let inside = right.shrink(cx.px(12.0));
    match cx.shelf().card.clone() {
        Some(card) => about(cx, inside, &card, tag),
        None => {
            let text = cx
                .shelf()
                .model_problem
                .clone()
                .unwrap_or_else(|| "No model is loaded yet.".to_owned());
            nothing(cx, inside, &text);
        }
    }
}

fn list<V: Shelved, A: From<ShelfAction>>(cx: &mut Cx<'_, '_, V, A>, rect: Rect) {
    let row = cx.px(28.0);
    let foot = row + cx.px(8.0) + cx.px(16.0);
    let area = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - foot));
    let models = cx.shelf().models.clone();
    let theme = cx.theme;
    let height = cx.px(26.0);
    let mut ui = cx.ui.new_child(egui::UiBuilder::new().max_rect(area).id_salt("models"));
    ui.spacing_mut().item_spacing = vec2(0.0, theme.px(2.0));
    let mut picked = None;
    ScrollArea::vertical().auto_shrink(false).show(&mut ui, |ui| {
        for (index, line) in models.iter().enumerate() {
            let (rect, _) =
                ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
            let row = Row {
                title: &line.name,
                detail: &line.origin,
                chosen: cx.shelf().model_at == Some(index),
                mark: None,
            };
            let response = row.show(ui, &theme, Id::unique(("suite-model-row", index)), rect);
            crate::hint(
                &response,
                "Plays this model.\nThe change is cross-faded, without a click.",
            );
            if response.gained_focus() {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                picked = Some(index);
            }
        }
    });
    if let Some(index) = picked {
        cx.ask(ShelfAction::ChooseModel(index));
    }
    let buttons =
        Rect::from_min_size(pos2(rect.left(), area.bottom() + cx.px(4.0)), vec2(rect.width(), row));
    let refresh = cx.px(64.0);
    let open = Rect::from_min_max(
        buttons.min,
        pos2(buttons.right() - refresh - cx.px(6.0), buttons.bottom()),
    );
    let button = Button::both(
        Icon::Folder,
        "Load file…",
        "Opens a model file that you trained.\nThe project then carries it.",
    );
    if cx.button("open-model", open, button) {
        cx.ask(ShelfAction::OpenModel);
    }
    let place = Rect::from_min_max(pos2(buttons.right() - refresh, buttons.top()), buttons.max);
    if cx.button(
        "refresh",
        place,
        Button::text("Refresh", "Reads the folder of your models again."),
    ) {
        cx.ask(ShelfAction::Refresh);
    }
    let folder = Rect::from_min_max(pos2(rect.left(), rect.bottom() - cx.px(14.0)), rect.max);
    cx.caption(folder, &format!("and from {}", cx.shelf().model_folder));
}

fn about<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    card: &Card,
    tag: Tag<'_>,
) {
    let theme = cx.theme;
    let view = cx.shelf();
    let mut ui = cx.ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt("card"));
    ScrollArea::vertical().auto_shrink(false).show(&mut ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, theme.px(4.0));
        ui.label(egui::RichText::new(&view.model).font(theme.strong()).color(TEXT));
        if !card.description.is_empty() {
            ui.label(egui::RichText::new(&card.description).font(theme.small()).color(TEXT));
        }
        ui.add_space(theme.px(4.0));
        let mut facts = vec![
            ("Learned from".to_owned(), card.learned_from.clone()),
            ("Licence".to_owned(), card.licence.clone()),
            ("Trained by".to_owned(), card.trained_by.clone()),
        ];
        facts.extend(card.facts.iter().cloned());
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            fact(ui, &theme, name, value);
        }
        ui.add_space(theme.px(6.0));
        let (line, _) =
            ui.allocate_exact_size(vec2(ui.available_width(), theme.px(1.0)), Sense::hover());
        ui.painter().hline(line.x_range(), line.center().y, theme.hairline(HAIRLINE));
        let live = card.latents.iter().filter(|latent| latent.live).count();
        let heading = format!("What its {} latents do ({live} at work)", card.latents.len());
        ui.label(egui::RichText::new(heading).font(theme.small()).color(TEXT_DIM));
        for index in 0..card.latents.len() {
            latent(ui, &theme, tag(index), &card.latents[index]);
        }
    });
}

fn fact(ui: &mut egui::Ui, theme: &crate::Theme, name: &str, value: &str) {
    let column = theme.px(112.0);
    let galley =
        ui.painter().layout(value.to_owned(), theme.small(), TEXT, ui.available_width() - column);
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), galley.size().y), Sense::hover());
    text_line(
        ui.painter(),
        (rect.left_top(), Align2::LEFT_TOP),
        name,
        (theme.small(), TEXT_DIM),
        column - theme.px(8.0),
    );
    ui.painter().galley(pos2(rect.left() + column, rect.top()), galley, TEXT);
}

fn latent(
    ui: &mut egui::Ui,
    theme: &crate::Theme,
    tag: (String, egui::Color32),
    latent: &super::LatentCard,
) {
    let (number, colour) = tag;
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme.px(18.0)), Sense::hover());
    if !ui.is_rect_visible(rect) {
        return;
    }
    let y = rect.center().y;
    let painter = ui.painter();
    text_line(
        painter,
        (pos2(rect.left(), y), Align2::LEFT_CENTER),
        &number,
        (theme.small(), colour),
        theme.px(48.0),
    );
    let centre =
        if latent.centroid_hz > 0.0 { hertz(latent.centroid_hz) } else { "–".to_owned() };
    text_line(
        painter,
        (pos2(rect.left() + theme.px(104.0), y), Align2::RIGHT_CENTER),
        &centre,
        (theme.small(), TEXT_DIM),
        theme.px(60.0),
    );
    let words = if latent.live { latent.words.as_str() } else { "at rest" };
    let colour = if latent.live { TEXT } else { TEXT_DIM };
    let left = rect.left() + theme.px(120.0);
    text_line(
        painter,
        (pos2(left, y), Align2::LEFT_CENTER),
        words,
        (theme.small(), colour),
        rect.right() - left,
    );
}
