//! What a control says of itself: near the pointer that rests on it, and in the line at the
//! window's foot, there for the keyboard, too.

use std::time::Duration;

use egui::{Context, Event, Id, LayerId, Order, Pos2, Rect, Response, StrokeKind, Ui, Vec2, vec2};
use nfx_frame::params::{HELP_CHARS, is_help};

use crate::theme::{HAIRLINE, RAISED, TEXT, TEXT_DIM, Theme};

const OFFERED: &str = "latent-works-hint";
/// How long the pointer rests on a control until its hint stands near it, in seconds.
const REST_S: f64 = 0.5;

/// A hint that a control offered in this frame.
#[derive(Clone, Debug)]
pub struct Hint {
    /// The control.
    pub of: Id,
    /// One line, or two.
    pub text: String,
    /// Whether the pointer is on the control; otherwise the keyboard is.
    pub pointed: bool,
}

/// Offers `text` while the pointer or the keyboard is on `response`: a sentence of at most
/// [`HELP_CHARS`] characters, and on a second line another where it is needed. A text that holds a
/// name is cut to that by [`clipped`] or [`wrapped`].
pub fn hint(response: &Response, text: &str) {
    debug_assert!(
        text.is_empty() || is_help(text),
        "one or two lines of at most {HELP_CHARS} characters were expected: {text:?}"
    );
    if response.hovered() || response.dragged() || response.has_focus() {
        let (id, pointed) = (Id::unique(OFFERED), response.hovered() || response.dragged());
        response.ctx.data_mut(|data| {
            // The pointer wins over the focus.
            let held = data.get_temp::<Option<Hint>>(id).flatten();
            if pointed || held.is_none_or(|held| !held.pointed) {
                data.insert_temp(
                    id,
                    Some(Hint { of: response.id, text: text.to_owned(), pointed }),
                );
            }
        });
    }
}

/// Takes the hint that was offered in this frame, if any.
pub fn take_hint(ctx: &Context) -> Option<Hint> {
    ctx.data_mut(|data| data.remove_temp::<Option<Hint>>(Id::unique(OFFERED)).flatten())
}

/// `text` as one line of a hint: what is too long ends in an ellipsis.
#[must_use]
pub fn clipped(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= HELP_CHARS {
        return text;
    }
    let kept: String = text.chars().take(HELP_CHARS - 1).collect();
    format!("{}…", kept.trim_end_matches([' ', ',', '.']))
}

/// `text` as a hint of two lines at most, broken between words; what is too long ends in an
/// ellipsis.
#[must_use]
pub fn wrapped(text: &str) -> String {
    let mut first = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.peek() {
        let gap = usize::from(!first.is_empty());
        if first.chars().count() + gap + word.chars().count() > HELP_CHARS {
            break;
        }
        if gap > 0 {
            first.push(' ');
        }
        first.push_str(word);
        words.next();
    }
    let rest = clipped(&words.collect::<Vec<_>>().join(" "));
    match (first.is_empty(), rest.is_empty()) {
        (_, true) => first,
        (true, false) => rest,
        (false, false) => format!("{first}\n{rest}"),
    }
}

/// The hint near the pointer.
#[derive(Debug, Default)]
pub struct Bubble {
    /// The control that it speaks of.
    of: Option<Id>,
    /// Since when the pointer has rested there.
    since_s: f64,
    /// Where it stands; it does not follow the pointer.
    at: Option<Pos2>,
    /// The control has been used: the hint would only be in the way.
    used: bool,
}

impl Bubble {
    /// Shows what the control under the pointer says inside `window`, once the pointer has rested
    /// there and until the control is used.
    pub fn show(&mut self, ui: &Ui, theme: &Theme, window: Rect, hint: Option<&Hint>) {
        let (now_s, pointer, moves, uses) = ui.input(|input| {
            let typed = input.events.iter().any(|event| {
                matches!(event, Event::Key { .. } | Event::Text(_) | Event::MouseWheel { .. })
            });
            let pointer = &input.pointer;
            // A click may begin and end between two frames.
            let clicked = pointer.any_down() || pointer.any_pressed() || pointer.any_released();
            (input.time, pointer.hover_pos(), pointer.delta() != Vec2::ZERO, typed || clicked)
        });
        let of = hint.map(|hint| hint.of);
        if self.of != of {
            *self = Self { of, since_s: now_s, ..Self::default() };
        }
        self.used |= uses;
        if moves && self.at.is_none() {
            self.since_s = now_s;
        }
        let hint = hint.filter(|hint| !hint.text.is_empty() && !self.used);
        let (Some(hint), Some(pointer)) = (hint, pointer) else { return };
        let wait_s = REST_S - (now_s - self.since_s);
        if wait_s > 0.0 {
            ui.ctx().request_repaint_after(Duration::from_secs_f64(wait_s));
            return;
        }
        let at = *self.at.get_or_insert(pointer);
        paint(ui, theme, window, at, &hint.text);
    }
}

fn paint(ui: &Ui, theme: &Theme, window: Rect, at: Pos2, text: &str) {
    let (pad, margin) = (vec2(theme.px(10.0), theme.px(7.0)), theme.px(6.0));
    // Above all else; a painter's layer takes no pointer from what lies below.
    let layer = LayerId::new(Order::Tooltip, Id::unique("suite-bubble"));
    let painter = ui.ctx().layer_painter(layer);
    let room = (window.width() - 2.0 * (margin + pad.x)).max(1.0);
    let lines: Vec<_> = text
        .split('\n')
        .zip([TEXT, TEXT_DIM])
        .map(|(line, colour)| painter.layout(line.to_owned(), theme.small(), colour, room))
        .collect();
    let width = lines.iter().map(|line| line.size().x).fold(0.0, f32::max);
    let height: f32 = lines.iter().map(|line| line.size().y).sum();
    let size = vec2(width, height) + 2.0 * pad;
    let below = at.y + theme.px(20.0);
    let top = if below + size.y <= window.bottom() - margin {
        below
    } else {
        (at.y - theme.px(12.0) - size.y).max(window.top() + margin)
    };
    let last = (window.right() - margin - size.x).max(window.left() + margin);
    let left = at.x.clamp(window.left() + margin, last);
    let rect = Rect::from_min_size(Pos2::new(left, top), size);
    painter.rect_filled(rect, theme.radius(6.0), RAISED);
    painter.rect_stroke(rect, theme.radius(6.0), theme.hairline(HAIRLINE), StrokeKind::Inside);
    let mut corner = rect.min + pad;
    for line in lines {
        let step = line.size().y;
        painter.galley(corner, line, TEXT);
        corner.y += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_fit() {
        let long = "\u{fc}".repeat(200);
        for text in ["Loads it.", "", &long, &format!("Loads {long}."), &"a b ".repeat(90)] {
            for fitted in [clipped(text), wrapped(text)] {
                assert!(fitted.is_empty() == text.is_empty(), "{text:?}: {fitted:?}");
                assert!(fitted.is_empty() || is_help(&fitted), "{text:?}: {fitted:?}");
            }
        }
        assert_eq!(wrapped("Opens like a door, and closes."), "Opens like a door, and closes.");
        assert_eq!(clipped("One\ntwo."), "One two.");
    }
}
