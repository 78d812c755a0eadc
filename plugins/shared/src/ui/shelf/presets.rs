//! The preset browser: search, load, save, delete.

use crate::ui::Icon;
use crate::ui::button::{Button, Choice, ChoiceStyle};
use crate::ui::menu::{Row, text_field};
use crate::ui::theme::{TEXT, TEXT_DIM, text_line};
use egui::{Id, Key, Rect, ScrollArea, Sense, pos2, vec2};

use super::status::nothing;
use super::{Cx, PresetLine, ShelfAction, Shelved};

/// What the browser remembers between frames.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    /// The words to search for.
    pub search: String,
    /// The name to save under.
    pub name: String,
    /// 0 all, 1 the factory's, 2 the user's.
    pub bank: usize,
    /// The preset that is about to be deleted, once it is confirmed.
    pub deleting: Option<String>,
    shown_preset: String,
}

impl Browser {
    /// Whether a preset is to be listed.
    #[must_use]
    pub fn lists(&self, line: &PresetLine) -> bool {
        let in_bank = match self.bank {
            1 => !line.own,
            2 => line.own,
            _ => true,
        };
        let text = format!("{} {} {}", line.name, line.category, line.description).to_lowercase();
        in_bank && self.search.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// Draws the page.
pub fn show<V: Shelved, A: From<ShelfAction>>(cx: &mut Cx<'_, '_, V, A>, rect: Rect, browser: &mut Browser) {
    let (right_share, most) = (0.64, (rect.width() / cx.theme.k - 228.0).max(1.0));
    let least = (rect.width() / cx.theme.k - 428.0).clamp(1.0, most);
    let (left, right) = cx.two_panels(rect, right_share, (least, most));
    list(cx, left.shrink(cx.px(8.0)), browser);
    card(cx, right.shrink(cx.px(12.0)), browser);
}

fn list<V: Shelved, A: From<ShelfAction>>(cx: &mut Cx<'_, '_, V, A>, rect: Rect, browser: &mut Browser) {
    let row = cx.px(28.0);
    let bank_width = cx.px(156.0);
    let search = Rect::from_min_size(rect.min, vec2(rect.width() - bank_width - cx.px(8.0), row));
    text_field(
        cx.ui,
        &cx.theme,
        (Id::unique("suite-search"), search),
        &mut browser.search,
        "Search name, kind or words",
    );
    let bank = Choice {
        name: "Bank",
        options: &["All", "Factory", "Mine"],
        hints: &["All presets.", "The presets that came with the plugin.", "The presets that you saved."],
        chosen: browser.bank,
        style: ChoiceStyle::Segments,
    };
    let place = Rect::from_min_size(pos2(rect.right() - bank_width, rect.top()), vec2(bank_width, row));
    if let Some(index) = bank.show(cx.ui, &cx.theme, Id::unique("suite-bank"), place) {
        browser.bank = index;
    }
    let area = Rect::from_min_max(pos2(rect.left(), search.bottom() + cx.px(8.0)), rect.max);
    let presets = cx.shelf().presets.clone();
    let lines: Vec<(usize, &PresetLine)> = presets.iter().enumerate().filter(|(_, line)| browser.lists(line)).collect();
    if lines.is_empty() {
        let text = match (browser.search.is_empty(), browser.bank) {
            (true, 2) => "You have not saved a preset yet. Turn some knobs and save what you like, at the right.",
            _ => "No preset matches. Try another word, or look in all banks.",
        };
        nothing(cx, area, text);
        return;
    }
    let height = cx.px(26.0);
    let theme = cx.theme;
    let mut ui = cx.ui.new_child(egui::UiBuilder::new().max_rect(area).id_salt("presets"));
    ui.spacing_mut().item_spacing = vec2(0.0, cx.theme.px(2.0));
    let mut picked = None;
    ScrollArea::vertical().auto_shrink(false).show(&mut ui, |ui| {
        for &(index, line) in &lines {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
            let mark = None;
            let row =
                Row { title: &line.name, detail: &line.category, chosen: cx.shelf().preset_at == Some(index), mark };
            let response = row.show(ui, &theme, Id::unique(("suite-preset-row", index)), rect);
            crate::ui::hint(
                &response,
                if line.description.is_empty() { "Click to load this preset." } else { &line.description },
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
        cx.ask(ShelfAction::LoadPreset(index));
    }
}

/// The preset in use, and saving.
fn card<V: Shelved, A: From<ShelfAction>>(cx: &mut Cx<'_, '_, V, A>, rect: Rect, browser: &mut Browser) {
    if browser.shown_preset != cx.shelf().preset {
        browser.shown_preset.clone_from(&cx.shelf().preset);
        browser.name.clone_from(&cx.shelf().preset);
        browser.deleting = None;
    }
    let place = (rect.left_top(), egui::Align2::LEFT_TOP);
    let title = text_line(cx.ui.painter(), place, cx.shelf().preset_name(), (cx.theme.strong(), TEXT), rect.width());
    let presets = cx.shelf().presets.clone();
    let line = cx.shelf().preset_at.and_then(|at| presets.get(at).map(|line| (at, line)));
    let mut text = String::new();
    if let Some((_, line)) = line {
        text = line.description.clone();
    }
    if cx.shelf().preset.is_empty() {
        text = "Click a preset to load it, or save what you hear under a name of your own.".to_owned();
    } else if cx.shelf().preset_changed {
        text.push_str(if text.is_empty() { "Changed since it was loaded." } else { "\nChanged since it was loaded." });
    }
    let body = Rect::from_min_max(pos2(rect.left(), title.bottom() + cx.px(6.0)), rect.max);
    let foot = cx.px(28.0 + 8.0 + 28.0 + 8.0 + 16.0);
    let room = Rect::from_min_max(body.min, pos2(body.right(), rect.bottom() - foot));
    cx.paragraph(room, &text, cx.theme.small(), TEXT_DIM);
    let row = cx.px(28.0);
    let bottom = rect.bottom() - cx.px(20.0);
    let field = Rect::from_min_max(
        pos2(rect.left(), bottom - 2.0 * row - cx.px(8.0)),
        pos2(rect.right(), bottom - row - cx.px(8.0)),
    );
    let response =
        text_field(cx.ui, &cx.theme, (Id::unique("suite-save-name"), field), &mut browser.name, "Name of the preset");
    let entered = response.lost_focus() && cx.ui.input(|input| input.key_pressed(Key::Enter));
    let name = browser.name.trim().to_owned();
    let own = line.filter(|(_, line)| line.own);
    let replaces = presets.iter().any(|line| line.own && line.name == name);
    let sentence = if replaces {
        "Writes the setting over your preset of this name."
    } else {
        "Saves the setting as a preset of yours."
    };
    let save = Button::both(Icon::Save, if replaces { "Replace" } else { "Save" }, sentence).enabled(!name.is_empty());
    let half = (rect.width() - cx.px(8.0)) / 2.0;
    let at = |x: f32| Rect::from_min_size(pos2(x, bottom - row), vec2(half, row));
    if cx.button("save", at(rect.left()), save) || (entered && !name.is_empty()) {
        cx.ask(ShelfAction::SavePreset(name));
    }
    let asked = own.is_some_and(|(_, line)| browser.deleting.as_deref() == Some(line.name.as_str()));
    let sentence = match (own.is_some(), asked) {
        (false, _) => "Only presets of your own can be deleted.",
        (true, false) => "Deletes this preset of yours; asks once more.",
        (true, true) => "Click again to delete the file.",
    };
    let delete = Button::both(Icon::Delete, if asked { "Really?" } else { "Delete" }, sentence).enabled(own.is_some());
    if cx.button("delete", at(rect.left() + half + cx.px(8.0)), delete)
        && let Some((index, line)) = own
    {
        if asked {
            browser.deleting = None;
            cx.ask(ShelfAction::DeletePreset(index));
        } else {
            browser.deleting = Some(line.name.clone());
        }
    }
    let folder = Rect::from_min_max(pos2(rect.left(), rect.bottom() - cx.px(14.0)), rect.max);
    cx.caption(folder, &format!("in {}", cx.shelf().preset_folder));
}
