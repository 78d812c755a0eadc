//! The right half of the browser: what the preset in use is, and saving, naming, deleting, files.

use egui::{Id, Key, Rect, pos2, vec2};

use super::super::{Cx, PresetLine, ShelfAction, Shelved};
use super::Browser;
use crate::Icon;
use crate::button::Button;
use crate::menu::TextField;
use crate::theme::{TEXT, TEXT_DIM, text_line};
use nfx_frame::presets::tags;

/// A row of buttons or the field, in design pixels, and what lies between them.
const ROW: f32 = 28.0;
const COMPACT_ROW: f32 = 24.0;
const GAP: f32 = 6.0;
/// A line of the sentences.
const LINE: f32 = 15.0;

const fn row_of(compact: bool) -> f32 {
    if compact { COMPACT_ROW } else { ROW }
}

/// Draws what the preset in use is, and below it what can be done with it.
pub(super) fn show<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    browser: &mut Browser,
) {
    let presets = cx.shelf().presets.clone();
    let line = cx.shelf().preset_at.and_then(|at| presets.get(at).map(|line| (at, line)));
    let shown =
        (cx.shelf().preset.clone(), line.map(|(_, line)| line.tags.clone()).unwrap_or_default());
    if browser.shown.as_ref() != Some(&shown) {
        let own_tags =
            if line.is_some_and(|(_, line)| line.own) { shown.1.as_slice() } else { &[] };
        browser.name = tags::join(&shown.0, own_tags);
        browser.deleting = None;
        browser.shown = Some(shown);
    }
    let mut bottom = rect.bottom();
    // In a small window the sentences need the room more.
    if !cx.compact {
        let folder = Rect::from_min_max(pos2(rect.left(), rect.bottom() - cx.px(14.0)), rect.max);
        cx.caption(folder, &format!("in {}", cx.shelf().preset_folder));
        bottom = folder.top() - cx.px(GAP);
    }
    let height = cx.px(3.0 * row_of(cx.compact) + 2.0 * GAP);
    let deeds = Rect::from_min_max(pos2(rect.left(), bottom - height), pos2(rect.right(), bottom));
    about(
        cx,
        Rect::from_min_max(rect.min, pos2(rect.right(), deeds.top() - cx.px(8.0))),
        line.map(|(_, line)| line),
    );
    act(cx, deeds, line, browser);
}

/// Name, tags and sentences.
fn about<V: Shelved, A: From<ShelfAction>>(
    cx: &Cx<'_, '_, V, A>,
    rect: Rect,
    line: Option<&PresetLine>,
) {
    let painter = cx.ui.painter();
    let place = (rect.left_top(), egui::Align2::LEFT_TOP);
    let title = text_line(
        painter,
        place,
        cx.shelf().preset_name(),
        (cx.theme.strong(), TEXT),
        rect.width(),
    );
    let mut top = title.bottom() + cx.px(4.0);
    let accent = cx.theme.accent;
    let mut write = |text: &str, colour| {
        // Whole lines alone: half of one is worse than none.
        let lines = ((rect.bottom() - top) / cx.px(LINE)).floor();
        if lines >= 1.0 && !text.is_empty() {
            let room = Rect::from_min_size(
                pos2(rect.left(), top),
                vec2(rect.width(), lines * cx.px(LINE)),
            );
            top += cx.paragraph(room, text, cx.theme.small(), colour) + cx.px(4.0);
        }
    };
    if cx.shelf().preset.is_empty() {
        write(
            "Click a preset to load it, or save what you hear under a name of your own.",
            TEXT_DIM,
        );
        return;
    }
    if let Some(line) = line {
        if !cx.compact {
            write(&line.tags.join(" · "), accent);
        }
        write(&line.description, TEXT);
        write(&line.shines, TEXT_DIM);
    }
    if cx.shelf().preset_changed {
        write("Changed since it was loaded.", TEXT_DIM);
    }
}

/// The field for the name, and the buttons.
fn act<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    line: Option<(usize, &PresetLine)>,
    browser: &mut Browser,
) {
    let (row, gap) = (cx.px(row_of(cx.compact)), cx.px(GAP));
    let delete = Rect::from_min_size(pos2(rect.right() - row, rect.top()), vec2(row, row));
    let field = Rect::from_min_max(rect.min, pos2(delete.left() - gap, rect.top() + row));
    let response = TextField { text: &mut browser.name, empty: "Name #tag #tag" }.show(
        cx.ui,
        &cx.theme,
        Id::unique("suite-save-name"),
        field,
    );
    crate::hint(
        &response,
        "Takes a name, and tags behind it.\nFor example: Deep Growl #bass #wild",
    );
    let entered = response.lost_focus() && cx.ui.input(|input| input.key_pressed(Key::Enter));
    let own = line.filter(|(_, line)| line.own);
    delete_button(cx, delete, own, browser);

    let text = browser.name.trim().to_owned();
    let (name, typed) = tags::split(&text);
    let replaces = cx.shelf().presets.iter().any(|line| line.own && line.name == name);
    let half = (rect.width() - gap) / 2.0;
    let cell = |column: f32, line: f32| {
        let corner = pos2(rect.left() + column * (half + gap), rect.top() + line * (row + gap));
        Rect::from_min_size(corner, vec2(half, row))
    };
    let (word, sentence) = if replaces {
        ("Replace", "Writes what you hear over your preset of this name.")
    } else {
        ("Save", "Saves what you hear as a preset of yours.")
    };
    let save = Button::both(Icon::Save, word, sentence).enabled(!name.is_empty());
    if cx.button("save", cell(0.0, 1.0), save) || (entered && !name.is_empty()) {
        cx.ask(ShelfAction::SavePreset(text.clone()));
    }
    let other = own.is_some_and(|(_, line)| line.name != name || line.tags != typed);
    let sentence = match (own.is_some(), other) {
        (false, _) => "Only presets of your own can be renamed.",
        (true, false) => "Type another name or other tags first.",
        (true, true) => "Gives this preset the name and tags above.",
    };
    let rename = Button::text("Rename", sentence).enabled(other && !name.is_empty());
    if cx.button("rename", cell(1.0, 1.0), rename)
        && let Some((index, _)) = own
    {
        cx.ask(ShelfAction::RenamePreset(index, text));
    }
    let import = Button::text("Import…", "Copies a preset file among your presets.");
    if cx.button("import", cell(0.0, 2.0), import) {
        cx.ask(ShelfAction::ImportPreset);
    }
    let export = Button::text("Export…", "Writes what you hear to one preset file.");
    if cx.button("export", cell(1.0, 2.0), export) {
        cx.ask(ShelfAction::ExportPreset);
    }
}

/// Deletes one of the user's own, when clicked twice.
fn delete_button<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    own: Option<(usize, &PresetLine)>,
    browser: &mut Browser,
) {
    let asked =
        own.is_some_and(|(_, line)| browser.deleting.as_deref() == Some(line.name.as_str()));
    let (icon, sentence) = match (own.is_some(), asked) {
        (false, _) => (Icon::Delete, "Only presets of your own can be deleted."),
        (true, false) => (Icon::Delete, "Deletes this preset of yours.\nIt asks once more."),
        (true, true) => (Icon::Warning, "Click again to delete the file."),
    };
    let label = if asked { "Really delete?" } else { "Delete" };
    let button = Button { raised: true, ..Button::icon(icon, label, sentence) }
        .enabled(own.is_some())
        .on(asked);
    if cx.button("delete", rect, button)
        && let Some((index, line)) = own
    {
        if asked {
            browser.deleting = None;
            cx.ask(ShelfAction::DeletePreset(index));
        } else {
            browser.deleting = Some(line.name.clone());
        }
    }
}
