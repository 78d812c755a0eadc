//! A sound of the user's as an instrument: open it, hear the ways to play it, have others made by
//! chance.

use egui::{Align2, Rect, pos2};
use nfx_ui::Icon;
use nfx_ui::button::Button;
use nfx_ui::theme::{TEXT_DIM, text_line};

use super::cx::Cx;
use super::keys::note_name;
use super::rows::Rows;
use super::view::{Action, Job, SampleView};

/// What the ways are, for the line under the editor.
const HINTS: [(&str, &str); 6] = [
    (
        "As recorded",
        "Plays all that was heard in your sound.\nThe number is the distance that is left, in dB.",
    ),
    (
        "In the palette",
        "Plays your sound's course in the network's own colours.\nIt is farther away, and freer to move.",
    ),
    (
        "Held",
        "Goes on for as long as the key is held.\nIt does so from where your sound is still loud.",
    ),
    ("Plucked", "Dies away where your sound would go on."),
    ("Still", "Plays the sliders alone, at the network's nearest tone.\nNothing moves by itself."),
    ("Mutant", "Plays another like the way that you chose, by chance."),
];

/// Draws the panel.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let view = cx.view.sample.clone();
    let mut rows = Rows::under(cx, rect, "Play a sound of yours").low(cx);
    let (text, room, gap) = (said(&view), rows.rest(), rows.gap);
    if view.ways.is_empty() {
        rows.top += cx.paragraph(room, &text, cx.theme.small(), TEXT_DIM) + gap;
    } else {
        let place = (room.left_top(), Align2::LEFT_TOP);
        rows.top =
            text_line(cx.ui.painter(), place, &text, (cx.theme.small(), TEXT_DIM), rect.width())
                .bottom()
                + gap;
        ways(cx, &mut rows, &view);
    }
    buttons(cx, &mut rows, &view);
    if view.plays && rows.fits() {
        cx.line("like", "Likeness", rows.whole());
    }
    let below = Rect::from_min_max(pos2(rect.left(), rows.top + gap), rect.max);
    if let Some(notes) =
        cx.view.notes.filter(|_| view.ways.is_empty() && below.height() > cx.px(30.0))
    {
        let text = format!(
            "Learned from {} to {}; beyond, the nearest note's timbre is moved to the pitch.",
            note_name(notes.0),
            note_name(notes.1)
        );
        cx.paragraph(below, &text, cx.theme.small(), TEXT_DIM);
    }
}

/// What is played, in a line.
fn said(view: &SampleView) -> String {
    let Some(name) = &view.name else {
        return "Open a recording of one note. It plays on the keys as it went, and the sliders change it.".to_owned();
    };
    match view.key {
        Some(key) => format!("{name}, heard as {}", note_name(key)),
        None if view.ways.is_empty() => format!("Notes are played by {name}."),
        None => format!("{name}, without a pitch"),
    }
}

fn ways(cx: &mut Cx<'_, '_>, rows: &mut Rows, view: &SampleView) {
    let busy = is_busy(cx);
    for (row, pair) in view.ways.chunks(2).enumerate() {
        for (column, ((name, distance_db), place)) in
            pair.iter().zip(rows.shared([0.5; 2])).enumerate()
        {
            let index = 2 * row + column;
            let label = if cx.compact { name.clone() } else { format!("{name}  {distance_db:.1}") };
            let hint = HINTS
                .iter()
                .find(|(known, _)| name.starts_with(known))
                .map_or("", |(_, hint)| hint);
            let button = Button::text(&label, hint).on(view.chosen == Some(index)).enabled(!busy);
            if cx.button(&format!("way-{index}"), place, button) {
                cx.actions.push(Action::Candidate(index));
            }
        }
    }
}

fn buttons(cx: &mut Cx<'_, '_>, rows: &mut Rows, view: &SampleView) {
    let busy = is_busy(cx);
    let open = "Opens a recording of one note, or of one hit of a drum.\nIt may be WAV, AIFF, FLAC, MP3 or Ogg.";
    let others = if view.ways.is_empty() {
        view.plays.then_some((
            "drop-take",
            "Clear",
            "Plays the sliders alone again.",
            Action::DropTake,
        ))
    } else {
        Some((
            "mutate",
            "Mutate",
            "Makes four others like the way that is chosen, by chance.",
            Action::Mutate,
        ))
    };
    let words = match (busy, &others) {
        (true, _) => "Listening…",
        (false, Some(_)) => "Open…",
        (false, None) => "Open a sound…",
    };
    let button = Button::both(Icon::Folder, words, open).enabled(!busy);
    let Some((name, label, hint, action)) = others else {
        if cx.button("open-sample", rows.whole(), button) {
            cx.actions.push(Action::OpenSample);
        }
        return;
    };
    let [left, right] = rows.shared([0.5; 2]);
    if cx.button("open-sample", left, button) {
        cx.actions.push(Action::OpenSample);
    }
    if cx.button(name, right, Button::text(label, hint).enabled(!busy)) {
        cx.actions.push(action);
    }
}

fn is_busy(cx: &Cx<'_, '_>) -> bool {
    matches!(cx.view.job, Job::Listening(_))
}
