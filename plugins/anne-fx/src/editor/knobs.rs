//! The row of main controls: the macros, or on the page of the latents knobs A to E; and morph,
//! detail, mix, input and output.

use egui::{Id, Rect, pos2, vec2};
use nfx_core::models::spectral::MACROS;
use nfx_ui::button::Button;
use nfx_ui::shelf::{Dial, hertz};
use nfx_ui::theme::{HAIRLINE, TEXT_DIM, group_colour};
use nfx_ui::{Icon, clipped};

use super::cx::Cx;
use super::directions;
use super::view::{Action, ShelfAction, View};

/// The names of the five groups.
pub const LETTERS: [&str; 5] = ["A", "B", "C", "D", "E"];

/// Draws the row in `rect`; `groups` asks for knobs A to E, which a model without macros shows
/// everywhere.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, groups: bool) {
    let theme = cx.theme;
    theme.panel(cx.ui.painter(), rect);
    let inner = rect.shrink2(vec2(cx.px(8.0), cx.px(if cx.compact { 4.0 } else { 8.0 })));
    let large = inner.width() * 0.60;
    // A dial as wide as its cell leaves room above it: all values stand on one line at the bottom.
    let spare = cx.px(34.0);
    let seated = |left: f32, top: f32, width: f32| {
        let height = (inner.bottom() - top).min(width + spare);
        Rect::from_min_max(pos2(left, inner.bottom() - height), pos2(left + width, inner.bottom()))
    };
    let cell = |index: usize, of: usize| {
        let width = large / of as f32;
        seated(inner.left() + width * index as f32, inner.top(), width)
    };
    if groups || !directions::any(cx.view) {
        for (index, letter) in LETTERS.iter().enumerate() {
            group_knob(cx, index, letter, cell(index, LETTERS.len()));
        }
    } else {
        (0..MACROS).for_each(|index| directions::macro_knob(cx, index, cell(index, MACROS)));
    }
    let x = inner.left() + large + cx.px(4.0);
    let line = (inner.top() + cx.px(12.0))..=(inner.bottom() - cx.px(12.0));
    cx.ui.painter().vline(x, line, theme.hairline(HAIRLINE));
    let small = Rect::from_min_max(pos2(x + cx.px(4.0), inner.top()), inner.max);
    let width = small.width() / 5.0;
    // Secondary controls are a step smaller.
    let top = small.top() + (small.height() * 0.22).min(cx.px(28.0));
    let mix = if cx.view.values.is_on("level") {
        "Blends from the dry sound to the network's.\nMatch keeps it as loud as the dry sound."
    } else {
        ""
    };
    for (place, (id, hint)) in
        [("morph", ""), ("detail", ""), ("mix", mix), ("in", ""), ("out", "")]
            .into_iter()
            .enumerate()
    {
        let cell = seated(small.left() + width * place as f32, top, width);
        cx.dial(Dial { hint, ..Dial::of(id) }, cell);
    }
}

fn group_knob(cx: &mut Cx<'_, '_>, index: usize, letter: &str, cell: Rect) {
    let view = cx.view;
    let start: usize = view.lengths.iter().take(index).sum();
    let length = view.lengths[index];
    let detail = match length {
        0 => "none".to_owned(),
        1 => format!("{}", start + 1),
        _ => format!("{}–{}", start + 1, start + length),
    };
    let hint = sentence(view, index, start, length);
    let called = format!("Knob {letter}");
    let dial = Dial {
        name: letter,
        called: &called,
        detail: &detail,
        hint: &hint,
        colour: Some(group_colour(index)),
        enabled: length > 0,
        ..Dial::of(view.knob_id(index))
    };
    let Some(dial) = cx.dial(dial, cell) else { return };
    let locked = view.locks[index];
    let side = cx.px(18.0);
    let place =
        Rect::from_min_size(pos2(dial.right() - side, dial.bottom() - side), vec2(side, side));
    lock(cx, index, letter, locked, place);
}

fn lock(cx: &mut Cx<'_, '_>, index: usize, letter: &str, locked: bool, rect: Rect) {
    let (icon, sentence) = if locked {
        (
            Icon::Locked,
            "Locked: Randomise leaves this knob and its latents alone.\nClick to unlock.",
        )
    } else {
        (Icon::Unlocked, "Click to lock this knob and its latents against Randomise.")
    };
    let id = Id::unique(("anne-lock", index));
    let response = cx.ui.interact(rect, id, egui::Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::CheckBox, true, locked, format!("Lock {letter}"))
    });
    nfx_ui::hint(&response, sentence);
    let colour = match (locked, response.hovered()) {
        (true, _) => cx.theme.accent,
        (false, true) => nfx_ui::theme::TEXT,
        (false, false) => nfx_ui::theme::faded(TEXT_DIM, 0.8),
    };
    nfx_ui::icons::paint_icon(cx.ui.painter(), icon, rect.center(), cx.px(13.0), colour);
    if response.has_focus() {
        cx.theme.focus_ring(cx.ui.painter(), rect);
    }
    if response.clicked() {
        cx.actions.push(Action::Lock(index));
    }
}

/// The short name of a latent with its knob's letter, and its colour.
pub fn tag(lengths: [usize; 5], index: usize) -> (String, egui::Color32) {
    let mut end = 0;
    let group = lengths.iter().position(|&length| {
        end += length;
        index < end
    });
    let group = group.unwrap_or(LETTERS.len() - 1);
    (format!("{} {}", LETTERS[group], index + 1), group_colour(group))
}

/// What a knob does, in the words of the model's own card.
fn sentence(view: &View, index: usize, start: usize, length: usize) -> String {
    let letter = LETTERS[index];
    let Some(card) = view.card.as_deref().filter(|_| length > 0) else {
        return format!("Knob {letter} scales its part of the network's latents.");
    };
    let part =
        card.latents.get(start..(start + length).min(card.latents.len())).unwrap_or_default();
    let live: Vec<_> =
        part.iter().filter(|latent| latent.live && latent.centroid_hz > 0.0).collect();
    let low = live.iter().map(|latent| latent.centroid_hz).fold(f32::INFINITY, f32::min);
    let high = live.iter().map(|latent| latent.centroid_hz).fold(0.0, f32::max);
    let many = if length == 1 { "1 latent".to_owned() } else { format!("{length} latents") };
    let place = if live.is_empty() {
        String::new()
    } else {
        format!(" around {} to {}", hertz(low), hertz(high))
    };
    if view.gains_before() {
        let first = clipped(&format!("Knob {letter} drives {many}{place}."));
        return format!("{first}\nAt 1 as learned; above, towards their limit, never beyond.");
    }
    let first = clipped(&format!("Knob {letter} scales {many}{place}."));
    format!("{first}\nAt 1 as learned; above, where the network never was.")
}

/// Match, Freeze and Randomise, at the right end of the row of tabs.
pub fn quick(cx: &mut Cx<'_, '_>, row: Rect) {
    let side = row.height().min(cx.px(26.0));
    let freeze = Button::both(
        Icon::Freeze,
        "Freeze",
        "Holds the moment that sounds and lets it ring on.\nThe knobs still play it.",
    );
    let randomise = Button::both(
        Icon::Dice,
        "Randomise",
        if directions::any(cx.view) {
            "Draws random values for macros and discovered directions.\nUndo takes it back."
        } else {
            "Draws random values for all knobs that are not locked.\nUndo takes it back."
        },
    );
    let level = Button::both(
        Icon::Balance,
        "Match",
        "Keeps the mix as loud as the dry sound.\nSo you compare timbre, not loudness.",
    );
    let (matched, frozen) = (cx.view.values.is_on("level"), cx.view.values.is_on("freeze"));
    let choose = |id: &str, on: bool| {
        ShelfAction::Choose { id: id.to_owned(), index: usize::from(!on) }.into()
    };
    let row_of = [
        ("randomise", randomise, Action::RandomiseKnobs),
        ("freeze", freeze.on(frozen), choose("freeze", frozen)),
        ("match", level.on(matched), choose("level", matched)),
    ];
    let top = row.center().y - side / 2.0;
    let mut right = row.right();
    for (name, button, action) in row_of {
        let button = Button { icon_only: cx.compact, raised: !cx.compact, ..button };
        let width = button.width(cx.ui, &cx.theme);
        let place = Rect::from_min_size(pos2(right - width, top), vec2(width, side));
        if cx.button(name, place, button) {
            cx.actions.push(action);
        }
        right -= width + cx.px(8.0);
    }
}
