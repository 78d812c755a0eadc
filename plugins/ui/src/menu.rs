//! Drop-down lists, rows of lists and text fields.

use egui::{Align2, Color32, Id, Popup, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::hints::hint;
use super::icons::{Icon, paint_icon};
use super::theme::{
    BACKGROUND, HAIRLINE, HOVERED, RAISED, TEXT, TEXT_DIM, Theme, faded, text_line,
};

/// A box that shows a choice and opens something when clicked.
#[derive(Clone, Copy, Debug)]
pub struct DropBox<'a> {
    /// Stands before the text; may be empty.
    pub caption: &'a str,
    /// The choice.
    pub text: &'a str,
    /// The sentence under the pointer.
    pub hint: &'a str,
}

impl DropBox<'_> {
    /// Shows the box and returns its response.
    pub fn show(self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect) -> Response {
        let Self { caption, text, .. } = self;
        let response = ui.interact(rect, id, Sense::click());
        response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("{caption} {text}")));
        hint(&response, self.hint);
        let painter = ui.painter();
        painter.rect_filled(
            rect,
            theme.radius(6.0),
            if response.hovered() { HOVERED } else { RAISED },
        );
        let mut left = rect.left() + theme.px(10.0);
        if !caption.is_empty() {
            let place = (pos2(left, rect.center().y), Align2::LEFT_CENTER);
            left =
                text_line(painter, place, caption, (theme.small(), TEXT_DIM), rect.width() / 2.0)
                    .right()
                    + theme.px(6.0);
        }
        let arrow = pos2(rect.right() - theme.px(14.0), rect.center().y);
        paint_icon(painter, Icon::Down, arrow, theme.px(14.0), TEXT_DIM);
        let place = (pos2(left, rect.center().y), Align2::LEFT_CENTER);
        text_line(painter, place, text, (theme.small(), TEXT), arrow.x - theme.px(10.0) - left);
        if response.has_focus() {
            theme.focus_ring(painter, rect);
        }
        if response.hovered() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
        }
        response
    }
}

/// A list that drops from `response` when it is clicked. Returns the index that was chosen.
pub fn drop_list(
    theme: &Theme,
    response: &Response,
    options: &[&str],
    chosen: Option<usize>,
) -> Option<usize> {
    let width = response.rect.width().max(theme.px(120.0));
    Popup::menu(response)
        .width(width)
        .gap(theme.px(4.0))
        .frame(menu_frame(theme))
        .show(|ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, theme.px(2.0));
            let mut picked = None;
            for (index, option) in options.iter().enumerate() {
                let (rect, _) = ui.allocate_exact_size(vec2(width, theme.px(26.0)), Sense::hover());
                let row =
                    Row { title: option, detail: "", chosen: chosen == Some(index), mark: None };
                if row.show(ui, theme, response.id.with(("option", index)), rect).clicked() {
                    picked = Some(index);
                    ui.close();
                }
            }
            picked
        })
        .and_then(|inner| inner.inner)
}

/// The frame of everything that drops down.
pub fn menu_frame(theme: &Theme) -> egui::Frame {
    egui::Frame::new()
        .fill(super::theme::PANEL)
        .stroke(theme.hairline(HAIRLINE))
        .corner_radius(theme.radius(8.0))
        .inner_margin(egui::Margin::same(theme.px(4.0) as i8))
        .shadow(egui::Shadow {
            offset: [0, theme.px(4.0) as i8],
            blur: theme.px(16.0) as u8,
            spread: 0,
            color: Color32::from_black_alpha(140),
        })
}

/// A row of a list: a title, a dim detail at the right, and a mark when it is the one in use.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The main text.
    pub title: &'a str,
    /// The text at the right end; may be empty.
    pub detail: &'a str,
    /// Whether it is the one in use.
    pub chosen: bool,
    /// An icon at the left instead of the check mark.
    pub mark: Option<(Icon, Color32)>,
}

impl Row<'_> {
    /// Shows the row in `rect`.
    pub fn show(self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect) -> Response {
        let response = ui.interact(rect, id, Sense::click());
        response.widget_info(|| {
            WidgetInfo::selected(
                Role::ListBoxOption,
                true,
                self.chosen,
                format!("{} {}", self.title, self.detail),
            )
        });
        let painter = ui.painter();
        let fill = match (self.chosen, response.hovered()) {
            (true, _) => faded(theme.accent, 0.14),
            (false, true) => HOVERED,
            (false, false) => Color32::TRANSPARENT,
        };
        painter.rect_filled(rect, theme.radius(5.0), fill);
        let mark = self.mark.or(self.chosen.then_some((Icon::Check, theme.accent)));
        if let Some((icon, colour)) = mark {
            paint_icon(
                painter,
                icon,
                pos2(rect.left() + theme.px(14.0), rect.center().y),
                theme.px(14.0),
                colour,
            );
        }
        let mut right = rect.right() - theme.px(10.0);
        if !self.detail.is_empty() {
            let place = (pos2(right, rect.center().y), Align2::RIGHT_CENTER);
            right = text_line(
                painter,
                place,
                self.detail,
                (theme.small(), TEXT_DIM),
                rect.width() * 0.45,
            )
            .left()
                - theme.px(8.0);
        }
        let left = rect.left() + theme.px(28.0);
        let colour = if self.chosen { theme.accent } else { TEXT };
        text_line(
            painter,
            (pos2(left, rect.center().y), Align2::LEFT_CENTER),
            self.title,
            (theme.small(), colour),
            right - left,
        );
        if response.has_focus() {
            theme.focus_ring(painter, rect.shrink(theme.px(2.0)));
        }
        if response.hovered() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
        }
        response
    }
}

/// A text field in one line.
#[derive(Debug)]
pub struct TextField<'a> {
    /// What is typed into.
    pub text: &'a mut String,
    /// Shown while there is no text.
    pub empty: &'a str,
}

impl TextField<'_> {
    /// Shows the field and returns its response.
    pub fn show(self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect) -> Response {
        let Self { text, empty } = self;
        let frame = egui::Frame::new()
            .fill(BACKGROUND)
            .corner_radius(theme.radius(6.0))
            .stroke(theme.hairline(HAIRLINE))
            .inner_margin(egui::Margin::symmetric(theme.px(8.0) as i8, 0));
        let hint_text = egui::RichText::new(empty).color(TEXT_DIM).font(theme.small());
        let edit = egui::TextEdit::singleline(text)
            .id(id)
            .hint_text(hint_text)
            .font(theme.small())
            .align(Align2::LEFT_CENTER)
            .desired_width(rect.width())
            .min_size(rect.size())
            .frame(frame);
        let response = ui.put(rect, edit);
        if response.has_focus() {
            theme.focus_ring(ui.painter(), rect);
        }
        response
    }
}
