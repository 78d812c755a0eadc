//! What every part of the editor is drawn with.

use egui::{Align2, Color32, Id, Rect, Ui, pos2};
use nfx_plugin::ui::button::Button;
use nfx_plugin::ui::theme::{TEXT_DIM, Theme, text_line};

use super::view::{Action, Control, Value, View};

/// The surface, the theme, what to show, and where wishes go.
pub struct Cx<'a, 'u> {
    /// The surface.
    pub ui: &'u mut Ui,
    /// Colours and measures.
    pub theme: Theme,
    /// What to show.
    pub view: &'a View,
    /// What the user asked for in this frame, in order.
    pub actions: &'u mut Vec<Action>,
    /// The window is small: words give way to icons and rows move together.
    pub compact: bool,
}

impl Cx<'_, '_> {
    /// `design` pixels in logical pixels.
    pub fn px(&self, design: f32) -> f32 {
        self.theme.px(design)
    }

    /// A button; true when clicked.
    pub fn button(&mut self, name: &str, rect: Rect, button: Button<'_>) -> bool {
        button.show(self.ui, &self.theme, Id::unique(("anne", name)), rect)
    }

    /// A dim caption in one line, from the left.
    pub fn caption(&self, rect: Rect, text: &str) -> Rect {
        let place = (pos2(rect.left(), rect.center().y), Align2::LEFT_CENTER);
        text_line(self.ui.painter(), place, text, (self.theme.small(), TEXT_DIM), rect.width())
    }

    /// Text over several lines; returns the height that it took.
    pub fn paragraph(&self, rect: Rect, text: &str, font: egui::FontId, colour: Color32) -> f32 {
        let galley = self.ui.painter().layout(text.to_owned(), font, colour, rect.width());
        let height = galley.size().y;
        self.ui.painter().with_clip_rect(rect.intersect(self.ui.clip_rect())).galley(rect.min, galley, colour);
        height
    }

    /// A slider of a control, under its own name.
    pub fn slider(&mut self, control: Control, name: &str, hint: &str, rect: Rect) {
        let view = self.view;
        let Some(Value { normal, neutral, text, .. }) = view.value(control) else { return };
        let slider = nfx_plugin::ui::slider::Slider { name, value: *normal, neutral: *neutral, text, hint };
        let edits = slider.show(self.ui, &self.theme, Id::unique(("anne", control)), rect);
        if !edits.is_empty() {
            self.actions.push(Action::Edit(control, edits));
        }
    }
}

/// Places cells from left to right and goes to the next row when one does not fit.
pub struct Flow {
    area: Rect,
    at: egui::Pos2,
    row: f32,
    gap: f32,
}

impl Flow {
    /// A flow of rows of height `row` in `area`.
    pub fn new(area: Rect, row: f32, gap: f32) -> Self {
        Self { area, at: area.min, row, gap }
    }

    /// The next cell of this width.
    pub fn cell(&mut self, width: f32) -> Rect {
        if self.at.x + width > self.area.right() + 0.5 && self.at.x > self.area.left() {
            self.at = pos2(self.area.left(), self.at.y + self.row + self.gap);
        }
        let rect = Rect::from_min_size(self.at, egui::vec2(width.min(self.area.width()), self.row));
        self.at.x += width + self.gap;
        rect
    }

    /// The lower edge of the last row.
    pub fn bottom(&self) -> f32 {
        self.at.y + self.row
    }
}
