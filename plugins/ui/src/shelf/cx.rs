//! What every part of the editor is drawn with.

use crate::button::Button;
use crate::theme::{TEXT, TEXT_DIM, Theme, text_line};
use egui::{Align2, Color32, Id, Rect, Ui, pos2};

use super::{Shelf, ShelfAction, Shelved};

/// The surface, the theme, what to show, and where wishes go. `V` is the editor's own view, `A` its
/// own action.
pub struct Cx<'a, 'u, V, A> {
    /// The surface.
    pub ui: &'u mut Ui,
    /// Colours and measures.
    pub theme: Theme,
    /// What to show.
    pub view: &'a V,
    /// What the user asked for in this frame, in order.
    pub actions: &'u mut Vec<A>,
    /// The window is small: words give way to icons and rows move together.
    pub compact: bool,
}

impl<'a, V, A> Cx<'a, '_, V, A> {
    /// `design` pixels in logical pixels.
    #[must_use]
    pub fn px(&self, design: f32) -> f32 {
        self.theme.px(design)
    }

    /// A button; true when clicked. `name` tells it from all others of the editor.
    pub fn button(&mut self, name: &str, rect: Rect, button: Button<'_>) -> bool {
        button.show(self.ui, &self.theme, Id::unique(("suite", name)), rect)
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
        self.ui
            .painter()
            .with_clip_rect(rect.intersect(self.ui.clip_rect()))
            .galley(rect.min, galley, colour);
        height
    }

    /// A title and sentences around `centre`; returns the height of the sentences below it.
    pub fn centred(&self, centre: egui::Pos2, title: &str, text: &str) -> f32 {
        let width = self.px(520.0).min(self.ui.max_rect().width() * 0.7);
        self.centred_within(centre, width, title, text)
    }

    /// The same in a room so wide.
    pub fn centred_within(&self, centre: egui::Pos2, room: f32, title: &str, text: &str) -> f32 {
        let painter = self.ui.painter();
        let width = room.min(self.px(520.0));
        let mut job =
            egui::text::LayoutJob::simple(text.to_owned(), self.theme.small(), TEXT_DIM, width);
        job.halign = egui::Align::Center;
        let galley = painter.layout_job(job);
        let height = galley.size().y;
        let title_at = centre - egui::vec2(0.0, self.px(8.0));
        text_line(
            painter,
            (title_at, Align2::CENTER_BOTTOM),
            title,
            (self.theme.strong(), TEXT),
            width,
        );
        painter.galley(pos2(centre.x, centre.y), galley, TEXT_DIM);
        height
    }

    /// Two panels beside each other, the left one `share` of the width; `limits` are the fewest and
    /// the most design pixels that it is wide.
    pub fn two_panels(&self, rect: Rect, share: f32, limits: (f32, f32)) -> (Rect, Rect) {
        let (least, most) = limits;
        let side = (rect.width() * share).clamp(self.px(least), self.px(most));
        let left = Rect::from_min_max(rect.min, pos2(rect.left() + side, rect.bottom()));
        let right = Rect::from_min_max(pos2(left.right() + self.px(8.0), rect.top()), rect.max);
        for panel in [left, right] {
            self.theme.panel(self.ui.painter(), panel);
        }
        (left, right)
    }
}

impl<'a, V: Shelved, A: From<ShelfAction>> Cx<'a, '_, V, A> {
    /// The shelf of the view.
    #[must_use]
    pub fn shelf(&self) -> &'a Shelf {
        self.view.shelf()
    }

    /// Notes a wish.
    pub fn ask(&mut self, action: ShelfAction) {
        self.actions.push(action.into());
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
    #[must_use]
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
    #[must_use]
    pub fn bottom(&self) -> f32 {
        self.at.y + self.row
    }
}
