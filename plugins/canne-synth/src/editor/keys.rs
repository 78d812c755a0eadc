//! A keyboard to try the sound without MIDI: by pointer, and in the program of its own by the
//! computer's keys.

use egui::{Align2, CursorIcon, Id, Key, Pos2, Rect, Sense, WidgetInfo, pos2, vec2};
use nfx_ui::button::Button;
use nfx_ui::theme::{BACKGROUND, TEXT, TEXT_DIM, faded, oklch, text_line};
use nfx_ui::{Icon, hint};

use super::cx::Cx;
use super::view::Action;

/// White keys in an octave: their place among the twelve.
const WHITE: [u8; 7] = [0, 2, 4, 5, 7, 9, 11];
/// Black keys: their place among the twelve, and the white key that they follow.
const BLACK: [(u8, usize); 5] = [(1, 0), (3, 1), (6, 3), (8, 4), (10, 5)];
/// The computer's keys from C on, as on the keyboards of trackers.
const TYPED: [(Key, &str); 16] = [
    (Key::A, "A"),
    (Key::W, "W"),
    (Key::S, "S"),
    (Key::E, "E"),
    (Key::D, "D"),
    (Key::F, "F"),
    (Key::T, "T"),
    (Key::G, "G"),
    (Key::Y, "Y"),
    (Key::H, "H"),
    (Key::U, "U"),
    (Key::J, "J"),
    (Key::K, "K"),
    (Key::O, "O"),
    (Key::L, "L"),
    (Key::P, "P"),
];
/// How hard the computer's keys strike.
const TYPED_VELOCITY: f32 = 0.8;
/// The lowest octave that can be shown, and the highest.
const OCTAVES: (i32, i32) = (0, 7);

/// What the keyboard remembers between frames.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The octave of the first key, as in "C3".
    pub octave: i32,
    pointed: Option<u8>,
    typed: [Option<u8>; TYPED.len()],
}

impl Default for Keys {
    fn default() -> Self {
        Self { octave: 3, pointed: None, typed: [None; TYPED.len()] }
    }
}

/// The name of a key; 60 is C4.
pub fn note_name(note: u8) -> String {
    const NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"];
    format!("{}{}", NAMES[usize::from(note) % 12], i32::from(note) / 12 - 1)
}

fn number(octave: i32, place: u8) -> Option<u8> {
    u8::try_from((octave + 1) * 12 + i32::from(place)).ok().filter(|note| *note < 128)
}

/// Draws the keyboard in `rect`.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, keys: &mut Keys) {
    let side = cx.px(26.0);
    let buttons = Rect::from_min_size(rect.min, vec2(side, rect.height()));
    octave(cx, buttons, keys);
    let area = Rect::from_min_max(pos2(buttons.right() + cx.px(6.0), rect.top()), rect.max);
    let whites = ((area.width() / cx.px(24.0)) as usize).clamp(7, 28);
    let plan = plan(area, keys.octave, whites, cx.px(1.0));
    let response = cx.ui.interact(area, Id::unique("canne-keys"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, "Keyboard"));
    let sentence = if cx.view.typing_plays {
        "Click to hear a note: lower on a key is louder.\nThe letters A to L play, too; Z and X change the octave."
    } else {
        "Click to hear a note: lower on a key is louder."
    };
    hint(&response, sentence);
    point(cx, &response, &plan, keys);
    typed(cx, keys);
    paint(cx, &plan, keys);
    if response.hovered() {
        cx.ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    }
}

fn octave(cx: &mut Cx<'_, '_>, rect: Rect, keys: &mut Keys) {
    let half = rect.height() / 2.0;
    let cell = |top: f32| {
        Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), half - cx.px(1.0)))
    };
    let (up, down) = (cell(rect.top()), cell(rect.top() + half + cx.px(1.0)));
    let next = Button::icon(Icon::Next, "Octave up", "Shows the keys an octave higher.")
        .enabled(keys.octave < OCTAVES.1);
    let previous = Button::icon(Icon::Previous, "Octave down", "Shows the keys an octave lower.")
        .enabled(keys.octave > OCTAVES.0);
    if cx.button("octave-up", up, Button { raised: true, ..next }) {
        keys.octave += 1;
    }
    if cx.button("octave-down", down, Button { raised: true, ..previous }) {
        keys.octave -= 1;
    }
}

/// A key on the screen.
struct Place {
    note: u8,
    black: bool,
    rect: Rect,
}

/// All keys, the white ones first.
fn plan(area: Rect, octave: i32, whites: usize, gap: f32) -> Vec<Place> {
    let width = area.width() / whites as f32;
    let mut places = Vec::new();
    for index in 0..whites {
        let left = area.left() + width * index as f32;
        let rect = Rect::from_min_max(
            pos2(left + gap / 2.0, area.top()),
            pos2(left + width - gap / 2.0, area.bottom()),
        );
        if let Some(note) = number(octave + (index / 7) as i32, WHITE[index % 7]) {
            places.push(Place { note, black: false, rect });
        }
    }
    for index in 0..whites.saturating_sub(1) {
        let Some((place, _)) = BLACK.iter().find(|(_, after)| *after == index % 7) else {
            continue;
        };
        let x = area.left() + width * (index + 1) as f32;
        let rect = Rect::from_min_max(
            pos2(x - width * 0.29, area.top()),
            pos2(x + width * 0.29, area.top() + area.height() * 0.60),
        );
        if let Some(note) = number(octave + (index / 7) as i32, *place) {
            places.push(Place { note, black: true, rect });
        }
    }
    places
}

fn key_at(plan: &[Place], at: Pos2) -> Option<(u8, f32)> {
    let place = plan.iter().rev().find(|place| place.rect.contains(at))?;
    let depth = (at.y - place.rect.top()) / place.rect.height();
    Some((place.note, 0.35 + 0.65 * depth.clamp(0.0, 1.0)))
}

fn point(cx: &mut Cx<'_, '_>, response: &egui::Response, plan: &[Place], keys: &mut Keys) {
    let down = response.is_pointer_button_down_on();
    let pointed = response.interact_pointer_pos().filter(|_| down).and_then(|at| key_at(plan, at));
    let note = pointed.map(|(note, _)| note);
    if note != keys.pointed {
        if let Some(old) = keys.pointed {
            cx.actions.push(Action::Key(old, 0.0));
        }
        if let Some((note, velocity)) = pointed {
            cx.actions.push(Action::Key(note, velocity));
        }
        keys.pointed = note;
    }
}

fn typed(cx: &mut Cx<'_, '_>, keys: &mut Keys) {
    let free = cx.view.typing_plays && !cx.ui.ctx().text_edit_focused();
    let (held, up, down) = cx.ui.input(|input| {
        let plain = free && !input.modifiers.command && !input.modifiers.alt;
        let held = TYPED.map(|(key, _)| plain && input.key_down(key));
        (held, plain && input.key_pressed(Key::X), plain && input.key_pressed(Key::Z))
    });
    for (place, held) in held.into_iter().enumerate() {
        match (keys.typed[place], held) {
            (Some(note), false) => {
                cx.actions.push(Action::Key(note, 0.0));
                keys.typed[place] = None;
            }
            (None, true) => {
                let (octave, place_in) = (keys.octave + (place / 12) as i32, (place % 12) as u8);
                if let Some(note) = number(octave, place_in) {
                    cx.actions.push(Action::Key(note, TYPED_VELOCITY));
                    keys.typed[place] = Some(note);
                }
            }
            _ => {}
        }
    }
    keys.octave = (keys.octave + i32::from(up) - i32::from(down)).clamp(OCTAVES.0, OCTAVES.1);
}

fn paint(cx: &Cx<'_, '_>, plan: &[Place], keys: &Keys) {
    let (theme, painter) = (cx.theme, cx.ui.painter());
    let ivory = oklch(0.80, 0.008, 250.0);
    for place in plan {
        let pressed = keys.pointed == Some(place.note) || keys.typed.contains(&Some(place.note));
        let learned = cx.view.notes.is_none_or(|(low, high)| (low..=high).contains(&place.note));
        let fill = match (pressed, place.black) {
            (true, _) => theme.accent,
            (false, true) => BACKGROUND,
            (false, false) if learned => ivory,
            (false, false) => faded(ivory, 0.72),
        };
        let base = if place.black { BACKGROUND } else { faded(ivory, 0.5) };
        let radius =
            egui::CornerRadius { nw: 0, ne: 0, sw: theme.px(4.0) as u8, se: theme.px(4.0) as u8 };
        painter.rect_filled(place.rect, radius, base);
        painter.rect_filled(place.rect, radius, fill);
        let foot = place.rect.bottom() - cx.px(9.0);
        let colour = if place.black { TEXT_DIM } else { BACKGROUND };
        if place.note % 12 == 0 && !place.black && !cx.view.typing_plays {
            let at = (pos2(place.rect.center().x, foot), Align2::CENTER_CENTER);
            text_line(
                painter,
                at,
                &note_name(place.note),
                (theme.small(), colour),
                place.rect.width(),
            );
        }
        if cx.view.typing_plays
            && let Some(letter) = letter_of(place.note, keys.octave)
        {
            let colour = if pressed {
                BACKGROUND
            } else if place.black {
                TEXT
            } else {
                colour
            };
            let at = (pos2(place.rect.center().x, foot), Align2::CENTER_CENTER);
            text_line(painter, at, letter, (theme.small(), colour), place.rect.width());
        }
    }
}

fn letter_of(note: u8, octave: i32) -> Option<&'static str> {
    let first = number(octave, 0)?;
    TYPED.get(usize::from(note.checked_sub(first)?)).map(|(_, letter)| *letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_names() {
        assert_eq!(note_name(60), "C4");
        assert_eq!(note_name(69), "A4");
        assert_eq!(number(4, 9), Some(69));
        assert_eq!(letter_of(61, 4), Some("W"));
        assert_eq!(letter_of(59, 4), None);
    }

    #[test]
    fn black_keys_lie_over_white_ones() {
        let area = Rect::from_min_size(pos2(0.0, 0.0), vec2(140.0, 50.0));
        let plan = plan(area, 4, 14, 1.0);
        assert_eq!(key_at(&plan, pos2(5.0, 45.0)).map(|key| key.0), Some(60));
        assert_eq!(key_at(&plan, pos2(10.0, 10.0)).map(|key| key.0), Some(61));
        assert_eq!(plan.iter().filter(|place| place.black).count(), 10);
    }
}
