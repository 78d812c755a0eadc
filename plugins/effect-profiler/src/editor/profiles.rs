//! The browser of profiles: the ones inside the plugin, a folder of files with search, and the card
//! of the one in use.

use egui::{Align2, Id, Rect, ScrollArea, Sense, pos2, vec2};
use nfx_ui::button::Button;
use nfx_ui::menu::{Row, TextField};
use nfx_ui::progress::figure;
use nfx_ui::shelf::status::nothing;
use nfx_ui::theme::{TEXT, TEXT_DIM, text_line};
use nfx_ui::{Icon, clipped};

use super::cx::Cx;
use super::view::{Action, Listed, ShelfAction};
use crate::models::{ABOUT, EMBEDDED};

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, search: &mut String) {
    let (left, right) = cx.two_panels(rect, 0.56, (1.0, 9999.0));
    list(cx, left.shrink(cx.px(8.0)), search);
    card(cx, right.shrink(cx.px(12.0)));
}

fn list(cx: &mut Cx<'_, '_>, rect: Rect, search: &mut String) {
    let row = cx.px(28.0);
    let open = Button::both(
        Icon::Folder,
        "Folder…",
        "Chooses the folder of profiles to browse.\nThose below it count, too.",
    );
    let width = open.width(cx.ui, &cx.theme);
    let refresh = Button::text("Refresh", "Reads the folder again.");
    let refresh_width = refresh.width(cx.ui, &cx.theme);
    let gap = cx.px(6.0);
    let field =
        Rect::from_min_size(rect.min, vec2(rect.width() - width - refresh_width - 2.0 * gap, row));
    let response = TextField { text: search, empty: "Search name, device or folder" }.show(
        cx.ui,
        &cx.theme,
        Id::unique("profiler-search"),
        field,
    );
    nfx_ui::hint(
        &response,
        "Shows the profiles that have every word that you type.\nIt looks at name, device, folder and kind.",
    );
    if cx.button(
        "profile-folder",
        Rect::from_min_size(pos2(field.right() + gap, rect.top()), vec2(width, row)),
        open,
    ) {
        cx.actions.push(Action::OpenFolder);
    }
    let place = Rect::from_min_size(
        pos2(rect.right() - refresh_width, rect.top()),
        vec2(refresh_width, row),
    );
    if cx.button("profile-refresh", place, refresh) {
        cx.actions.push(Action::RefreshFolder);
    }
    let foot = cx.px(18.0);
    let area = Rect::from_min_max(
        pos2(rect.left(), rect.top() + row + cx.px(8.0)),
        pos2(rect.right(), rect.bottom() - foot),
    );
    rows(cx, area, search);
    let view = &cx.view.browser;
    let count = view.lines.len();
    let text = if view.reading {
        format!("Reading {}…", view.folder)
    } else {
        format!("{count} in {}", view.folder)
    };
    let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - foot), rect.max);
    let mut right = line.right();
    if view.is_other {
        let own = Button {
            raised: false,
            ..Button::text("My own", "Goes back to the folder of your own profiles.")
        };
        let width = own.width(cx.ui, &cx.theme);
        right -= width;
        if cx.button("own-folder", Rect::from_min_max(pos2(right, line.top()), line.max), own) {
            cx.actions.push(Action::OwnFolder);
        }
    }
    cx.caption(Rect::from_min_max(line.min, pos2(right - gap, line.bottom())), &text);
}

fn rows(cx: &mut Cx<'_, '_>, area: Rect, search: &str) {
    let view = cx.view;
    let lines = view.browser.lines.clone();
    let found: Vec<(usize, &Listed)> =
        lines.iter().enumerate().filter(|(_, line)| line.matches(search)).collect();
    let theme = cx.theme;
    let height = cx.px(26.0);
    let asked = search.to_lowercase();
    let own: Vec<usize> = (0..EMBEDDED.len())
        .filter(|&i| format!("{} built in", EMBEDDED[i].name).to_lowercase().contains(&asked))
        .collect();
    if found.is_empty() && own.is_empty() {
        nothing(cx, area, "No profile matches. Try another word, or another folder.");
        return;
    }
    let mut ui = cx.ui.new_child(egui::UiBuilder::new().max_rect(area).id_salt("profiles"));
    ui.spacing_mut().item_spacing = vec2(0.0, theme.px(2.0));
    let mut picked = None;
    let mut embedded = None;
    let count = found.len() + own.len();
    // Thousands of rows are not laid out, only those that are seen.
    ScrollArea::vertical().auto_shrink(false).show_rows(&mut ui, height, count, |ui, seen| {
        for index in seen {
            let (rect, _) =
                ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
            if let Some(&own) = own.get(index) {
                let chosen = view.browser.embedded == Some(own);
                let row = Row { title: EMBEDDED[own].name, detail: "built in", chosen, mark: None };
                let response = row.show(ui, &theme, Id::unique(("profiler-embedded", own)), rect);
                nfx_ui::hint(&response, ABOUT[own]);
                if response.clicked() {
                    embedded = Some(own);
                }
                continue;
            }
            let Some((place, line)) = found.get(index - own.len()) else { continue };
            let detail = detail(line);
            let row = Row {
                title: &line.name,
                detail: &detail,
                chosen: view.browser.at == Some(*place),
                mark: None,
            };
            let response = row.show(ui, &theme, Id::unique(("profiler-row", *place)), rect);
            nfx_ui::hint(&response, &sentence(line));
            if response.gained_focus() {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                picked = Some(line.path.clone());
            }
        }
    });
    if let Some(own) = embedded {
        cx.ask(ShelfAction::EmbeddedModel(own));
    }
    if let Some(path) = picked {
        cx.actions.push(Action::Profile(path));
    }
}

/// What stands at the right end of a row: folder, kind, error.
fn detail(line: &Listed) -> String {
    let esr = line.esr.map(|esr| format!("ESR {}", figure(f64::from(esr)))).unwrap_or_default();
    let what = if line.gear.is_empty() { line.folder.clone() } else { line.gear.clone() };
    [what, line.family.clone(), esr]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

fn sentence(line: &Listed) -> String {
    let more = if line.knobs.is_empty() {
        "The change is cross-faded, without a click.".to_owned()
    } else {
        clipped(&format!("Its knobs are {}.", line.knobs.join(", ")))
    };
    format!("Plays this profile.\n{more}")
}

fn card(cx: &mut Cx<'_, '_>, rect: Rect) {
    let theme = cx.theme;
    let view = cx.view;
    let row = cx.px(28.0);
    let place = (rect.left_top(), Align2::LEFT_TOP);
    let side = row;
    let title = text_line(
        cx.ui.painter(),
        place,
        &view.model,
        (theme.strong(), TEXT),
        rect.width() - 2.0 * side,
    );
    let load = Rect::from_min_max(pos2(rect.left(), rect.bottom() - row), rect.max);
    let button = Button::both(
        Icon::Folder,
        "Load file…",
        "Opens a profile; the project then carries it.\nIt may be .safetensors, .nam, or AIDA-X and Proteus .json.",
    );
    if cx.button("open-model", load, button) {
        cx.ask(ShelfAction::OpenModel);
    }
    let body = Rect::from_min_max(
        pos2(rect.left(), title.bottom() + cx.px(6.0)),
        pos2(rect.right(), load.top() - cx.px(8.0)),
    );
    let Some(card) = view.card.clone() else {
        let text =
            view.model_problem.clone().unwrap_or_else(|| "No profile is loaded yet.".to_owned());
        nothing(cx, body, &text);
        return;
    };
    let mut ui = cx.ui.new_child(egui::UiBuilder::new().max_rect(body).id_salt("profile-card"));
    ScrollArea::vertical().auto_shrink(false).show(&mut ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, theme.px(4.0));
        if !card.description.is_empty() {
            ui.label(egui::RichText::new(&card.description).font(theme.small()).color(TEXT));
            ui.add_space(theme.px(4.0));
        }
        let mut facts = card.facts.clone();
        facts.push(("Learned from".to_owned(), card.learned_from.clone()));
        facts.push(("Licence".to_owned(), card.licence.clone()));
        facts.push(("Made by".to_owned(), card.trained_by.clone()));
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            fact(ui, &theme, name, value);
        }
    });
}

fn fact(ui: &mut egui::Ui, theme: &nfx_ui::Theme, name: &str, value: &str) {
    let column = theme.px(96.0);
    let galley = ui.painter().layout(
        value.to_owned(),
        theme.small(),
        TEXT,
        (ui.available_width() - column).max(1.0),
    );
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), galley.size().y), Sense::hover());
    let place = (rect.left_top(), Align2::LEFT_TOP);
    text_line(ui.painter(), place, name, (theme.small(), TEXT_DIM), column - theme.px(8.0));
    ui.painter().galley(pos2(rect.left() + column, rect.top()), galley, TEXT);
}
