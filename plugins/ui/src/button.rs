//! Buttons, switches, choices and tabs.

use egui::{
    Align2, Color32, FontId, Id, Key, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use super::edit::hold_arrows;
use super::hints::hint;
use super::icons::{Icon, paint_icon};
use super::theme::{
    BACKGROUND, HAIRLINE, HOVERED, RAISED, TEXT, TEXT_DIM, Theme, faded, text_line,
};

/// A button with an icon, a text, or both.
#[derive(Clone, Copy, Debug)]
pub struct Button<'a> {
    /// The text, also the accessible name; not drawn when [`Button::icon_only`].
    pub label: &'a str,
    /// The icon before the text.
    pub icon: Option<Icon>,
    /// Draw no text.
    pub icon_only: bool,
    /// What a click does, in one sentence.
    pub hint: &'a str,
    /// Whether a click does anything now.
    pub enabled: bool,
    /// Pressed in, for buttons that switch something.
    pub on: bool,
    /// Draw the body even without the pointer on it.
    pub raised: bool,
}

impl<'a> Button<'a> {
    /// A button with text.
    #[must_use]
    pub fn text(label: &'a str, hint: &'a str) -> Self {
        Self { label, icon: None, icon_only: false, hint, enabled: true, on: false, raised: true }
    }

    /// A button with an icon; `label` names it for screen readers.
    #[must_use]
    pub fn icon(icon: Icon, label: &'a str, hint: &'a str) -> Self {
        Self {
            label,
            icon: Some(icon),
            icon_only: true,
            hint,
            enabled: true,
            on: false,
            raised: false,
        }
    }

    /// A button with an icon and text.
    #[must_use]
    pub fn both(icon: Icon, label: &'a str, hint: &'a str) -> Self {
        Self { icon: Some(icon), ..Self::text(label, hint) }
    }

    /// The same button, switched on or off.
    #[must_use]
    pub fn on(self, on: bool) -> Self {
        Self { on, ..self }
    }

    /// The same button, usable or not.
    #[must_use]
    pub fn enabled(self, enabled: bool) -> Self {
        Self { enabled, ..self }
    }

    /// The width that the button needs, in logical pixels.
    #[must_use]
    pub fn width(&self, ui: &Ui, theme: &Theme) -> f32 {
        if self.icon_only {
            return theme.px(28.0);
        }
        let icon = if self.icon.is_some() { theme.px(22.0) } else { 0.0 };
        text_width(ui, self.label, theme.small()) + icon + theme.px(24.0)
    }

    /// Shows the button in `rect`. True when it was clicked, by pointer or keyboard.
    pub fn show(self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect) -> bool {
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, id, sense);
        response
            .widget_info(|| WidgetInfo::selected(Role::Button, self.enabled, self.on, self.label));
        hint(&response, self.hint);
        let painter = ui.painter();
        let fill = match (self.on, self.enabled && response.hovered()) {
            (true, _) => faded(theme.accent, 0.20),
            (false, true) => HOVERED,
            (false, false) if self.raised => RAISED,
            (false, false) => Color32::TRANSPARENT,
        };
        painter.rect_filled(rect, theme.radius(6.0), fill);
        if self.on {
            painter.rect_stroke(
                rect,
                theme.radius(6.0),
                theme.hairline(theme.accent),
                egui::StrokeKind::Inside,
            );
        }
        let colour = match (self.enabled, self.on) {
            (false, _) => faded(TEXT_DIM, 0.45),
            (true, true) => theme.accent,
            (true, false) => TEXT,
        };
        self.contents(ui, theme, rect, colour);
        if response.has_focus() {
            theme.focus_ring(painter, rect);
        }
        if self.enabled && response.hovered() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
        }
        self.enabled && response.clicked()
    }

    fn contents(&self, ui: &Ui, theme: &Theme, rect: Rect, colour: Color32) {
        let painter = ui.painter();
        let Some(icon) = self.icon else {
            let width = rect.width() - theme.px(8.0);
            text_line(
                painter,
                (rect.center(), Align2::CENTER_CENTER),
                self.label,
                (theme.small(), colour),
                width,
            );
            return;
        };
        if self.icon_only {
            paint_icon(painter, icon, rect.center(), theme.px(16.0), colour);
            return;
        }
        let text = text_width(ui, self.label, theme.small()).min(rect.width() - theme.px(34.0));
        let left = rect.center().x - (text + theme.px(22.0)) / 2.0;
        paint_icon(
            painter,
            icon,
            pos2(left + theme.px(8.0), rect.center().y),
            theme.px(14.0),
            colour,
        );
        let place = (pos2(left + theme.px(22.0), rect.center().y), Align2::LEFT_CENTER);
        text_line(painter, place, self.label, (theme.small(), colour), text + 1.0);
    }
}

/// The width of one line of `text`.
#[must_use]
pub fn text_width(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font, TEXT).size().x
}

/// A switch with its label: a dot that moves, so that its state is not told by colour alone.
#[derive(Clone, Copy, Debug)]
pub struct Toggle<'a> {
    /// What it switches.
    pub label: &'a str,
    /// Its state.
    pub on: bool,
    /// The sentence under the pointer.
    pub hint: &'a str,
}

impl Toggle<'_> {
    /// Shows the switch; true when it was flipped.
    pub fn show(self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect) -> bool {
        let Self { label, on, .. } = self;
        let response = ui.interact(rect, id, Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Switch, true, on, label));
        hint(&response, self.hint);
        let position = ui.ctx().animate_bool_responsive(id, on);
        let painter = ui.painter();
        let track = Rect::from_min_size(
            pos2(rect.left(), rect.center().y - theme.px(8.0)),
            vec2(theme.px(28.0), theme.px(16.0)),
        );
        let fill = if on { faded(theme.accent, 0.9) } else { HOVERED };
        painter.rect_filled(track, theme.radius(8.0), fill);
        let x =
            egui::lerp((track.left() + theme.px(8.0))..=(track.right() - theme.px(8.0)), position);
        painter.circle_filled(
            pos2(x, track.center().y),
            theme.px(5.5),
            if on { BACKGROUND } else { TEXT_DIM },
        );
        let place = (pos2(track.right() + theme.px(8.0), rect.center().y), Align2::LEFT_CENTER);
        text_line(
            painter,
            place,
            label,
            (theme.small(), TEXT),
            rect.right() - track.right() - theme.px(8.0),
        );
        if response.has_focus() {
            theme.focus_ring(painter, rect);
        }
        if response.hovered() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
        }
        response.clicked()
    }
}

/// How a row of alternatives is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChoiceStyle {
    /// Segments in one raised body.
    Segments,
    /// Words over an underline.
    Tabs,
}

/// A row of alternatives of which one is chosen. It is one stop of the Tab key; the arrow keys
/// choose.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The accessible name of the whole.
    pub name: &'a str,
    /// The words of the alternatives.
    pub options: &'a [&'a str],
    /// One sentence for each alternative.
    pub hints: &'a [&'a str],
    /// The index of the chosen one.
    pub chosen: usize,
    /// How it looks.
    pub style: ChoiceStyle,
}

impl Choice<'_> {
    /// The width that tabs need with their padding.
    #[must_use]
    pub fn width(&self, ui: &Ui, theme: &Theme) -> f32 {
        self.options
            .iter()
            .map(|option| text_width(ui, option, theme.small()) + theme.px(24.0))
            .sum()
    }

    /// Shows the row in `rect`. Returns another index when one was chosen.
    pub fn show(self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect) -> Option<usize> {
        let count = self.options.len().max(1);
        let group = ui.interact(rect, id, Sense::focusable_noninteractive());
        let spoken = self.options.get(self.chosen).copied().unwrap_or_default();
        group.widget_info(|| {
            WidgetInfo::labeled(Role::RadioGroup, true, format!("{}: {spoken}", self.name))
        });
        if self.style == ChoiceStyle::Segments {
            ui.painter().rect_filled(rect, theme.radius(6.0), RAISED);
        }
        let mut choice = None;
        for (index, cell) in self.cells(ui, theme, rect).into_iter().enumerate() {
            let response = ui.interact(cell, id.with(index), Sense::CLICK);
            hint(&response, self.hints.get(index).copied().unwrap_or_default());
            self.paint(ui, theme, index, cell, &response);
            if response.hovered() {
                ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
            }
            if response.clicked() && index != self.chosen {
                choice = Some(index);
            }
        }
        if group.has_focus() {
            hold_arrows(ui, id);
            hint(&group, self.hints.get(self.chosen).copied().unwrap_or_default());
            let (back, on) = ui.input(|input| {
                let pressed = |a, b| input.num_presses(a) + input.num_presses(b);
                (pressed(Key::ArrowLeft, Key::ArrowUp), pressed(Key::ArrowRight, Key::ArrowDown))
            });
            let target = (self.chosen + on).saturating_sub(back).min(count - 1);
            if target != self.chosen {
                choice = Some(target);
            }
            theme.focus_ring(ui.painter(), rect);
        }
        choice
    }

    /// Equal segments, or tabs as wide as their words.
    fn cells(&self, ui: &Ui, theme: &Theme, rect: Rect) -> Vec<Rect> {
        let mut left = rect.left();
        let equal = rect.width() / self.options.len().max(1) as f32;
        self.options
            .iter()
            .map(|option| {
                let width = match self.style {
                    ChoiceStyle::Segments => equal,
                    ChoiceStyle::Tabs => text_width(ui, option, theme.small()) + theme.px(24.0),
                };
                let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
                left += width;
                cell
            })
            .collect()
    }

    fn paint(&self, ui: &Ui, theme: &Theme, index: usize, cell: Rect, response: &Response) {
        let painter = ui.painter();
        let chosen = index == self.chosen;
        let mut colour = if chosen || response.hovered() { TEXT } else { TEXT_DIM };
        match self.style {
            ChoiceStyle::Segments => {
                let body = cell.shrink(theme.px(2.0));
                if chosen {
                    painter.rect_filled(body, theme.radius(5.0), faded(theme.accent, 0.20));
                    painter.rect_stroke(
                        body,
                        theme.radius(5.0),
                        theme.hairline(theme.accent),
                        egui::StrokeKind::Inside,
                    );
                    colour = theme.accent;
                } else if response.hovered() {
                    painter.rect_filled(body, theme.radius(5.0), HOVERED);
                }
            }
            ChoiceStyle::Tabs => {
                let underline = if chosen {
                    Stroke::new(theme.px(2.0), theme.accent)
                } else {
                    theme.hairline(HAIRLINE)
                };
                if chosen {
                    painter.hline(
                        cell.x_range().shrink(theme.px(10.0)),
                        cell.bottom() - theme.px(1.0),
                        underline,
                    );
                }
            }
        }
        let font = if chosen {
            FontId::new(theme.px(12.0), super::theme::strong_family())
        } else {
            theme.small()
        };
        let width = cell.width() - theme.px(6.0);
        text_line(
            painter,
            (cell.center(), Align2::CENTER_CENTER),
            self.options[index],
            (font, colour),
            width,
        );
    }
}
