//! Rows of cells, one under the other.

use egui::{Rect, pos2, vec2};
use nfx_ui::theme::TEXT;

use super::cx::Cx;

/// See the module's documentation.
pub struct Rows {
    area: Rect,
    /// Where the next row begins.
    pub top: f32,
    row: f32,
    /// Between rows, and between cells.
    pub gap: f32,
}

impl Rows {
    /// Under a title that may take more than a line.
    pub fn under(cx: &Cx<'_, '_>, area: Rect, title: &str) -> Self {
        let height = cx.paragraph(area, title, cx.theme.strong(), TEXT);
        let (row, gap) = if cx.compact { (24.0, 4.0) } else { (28.0, 6.0) };
        Self { area, top: area.top() + height + cx.px(gap), row: cx.px(row), gap: cx.px(gap) }
    }

    /// The same with lower rows, for a panel that holds many.
    pub fn low(self, cx: &Cx<'_, '_>) -> Self {
        Self { row: cx.px(if cx.compact { 22.0 } else { 26.0 }), ..self }
    }

    /// What is left of the area.
    pub fn rest(&self) -> Rect {
        Rect::from_min_max(pos2(self.area.left(), self.top), self.area.max)
    }

    /// Whether there is room for one more.
    pub fn fits(&self) -> bool {
        self.top + self.row <= self.area.bottom()
    }

    /// A row of one cell.
    pub fn whole(&mut self) -> Rect {
        let rect = Rect::from_min_size(
            pos2(self.area.left(), self.top),
            vec2(self.area.width(), self.row),
        );
        self.top += self.row + self.gap;
        rect
    }

    /// A row of `N` cells of these shares of its width.
    pub fn shared<const N: usize>(&mut self, shares: [f32; N]) -> [Rect; N] {
        let rect = self.whole();
        let width = rect.width() - self.gap * (N as f32 - 1.0);
        let mut left = rect.left();
        shares.map(|share| {
            let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width * share, self.row));
            left = cell.right() + self.gap;
            cell
        })
    }

    /// Three cells: of equal width where there is room, else of these shares, so that no value is
    /// cut.
    pub fn cells(&mut self, cx: &Cx<'_, '_>, shares: [f32; 3]) -> [Rect; 3] {
        self.shared(if cx.compact { shares } else { [1.0 / 3.0; 3] })
    }
}
