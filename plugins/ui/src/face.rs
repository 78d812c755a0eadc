//! What the faces of all plugins have: the theme of their window, rows from its top and bottom, pages, and the line of hints.

use egui::{Color32, Id, Rect, Ui, pos2, vec2};

use crate::button::{Choice, ChoiceStyle};
use crate::shelf::Cx;
use crate::theme::{BACKGROUND, DESIGN_HEIGHT, DESIGN_WIDTH, Theme};

/// The theme of a window.
#[derive(Clone, Copy, Debug, Default)]
pub struct Themed {
    installed: Option<Theme>,
}

impl Themed {
    /// The theme for a window of the size of `ui`, installed in its context when it is new; fills the background. Says, too, whether
    /// the window is small.
    pub fn begin(&mut self, ui: &mut Ui, accent: Color32) -> (Theme, bool) {
        let window = ui.max_rect();
        let theme = Theme::for_window(accent, window.size());
        if self.installed != Some(theme) {
            theme.apply(ui.ctx());
            let style = ui.ctx().global_style();
            ui.set_style(style);
            self.installed = Some(theme);
        }
        ui.painter().rect_filled(window, 0.0, BACKGROUND);
        let roomy = window.width() >= theme.px(DESIGN_WIDTH * 0.9) && window.height() >= theme.px(DESIGN_HEIGHT * 0.85);
        (theme, !roomy)
    }

    /// A window has opened: its context knows nothing of the theme yet.
    pub fn forget(&mut self) {
        self.installed = None;
    }
}

/// The pages of a face.
pub struct Pages<'a, T> {
    /// What tells this row from all others.
    pub id: &'a str,
    /// The pages.
    pub tabs: &'a [T],
    /// Their names.
    pub names: &'a [&'a str],
    /// A sentence on each.
    pub hints: &'a [&'a str],
}

impl<T: Copy + PartialEq> Pages<'_, T> {
    /// Shows the row in `rect`, and goes to the page that is chosen.
    pub fn show<V, A>(&self, cx: &mut Cx<'_, '_, V, A>, rect: Rect, tab: &mut T) {
        let chosen = self.tabs.iter().position(|known| known == tab).unwrap_or(0);
        let choice = Choice { name: "Page", options: self.names, hints: self.hints, chosen, style: ChoiceStyle::Tabs };
        let width = choice.width(cx.ui, &cx.theme);
        let place = Rect::from_min_size(rect.min - vec2(cx.px(8.0), 0.0), vec2(width, rect.height()));
        if let Some(&page) = choice.show(cx.ui, &cx.theme, Id::unique(self.id), place).and_then(|i| self.tabs.get(i)) {
            *tab = page;
        }
    }
}

/// The rows of a face from the window's top and bottom: what lies between them is each plugin's own.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    window: Rect,
    /// Left and right of what is in the middle.
    pub margin: f32,
    /// Name, preset, history, meters.
    pub header: Rect,
    /// The pages.
    pub tabs: Rect,
    /// The line at the bottom.
    pub status: Rect,
}

impl Rows {
    /// In a window. `dense` are the heights of tabs and status in a small one, in design pixels.
    #[must_use]
    pub fn new<V, A>(cx: &Cx<'_, '_, V, A>, window: Rect, dense: [f32; 2]) -> Self {
        let px = |roomy: f32, dense: f32| cx.px(if cx.compact { dense } else { roomy });
        let mut rows = Self { window, margin: px(16.0, 8.0), header: window, tabs: window, status: window };
        rows.header = rows.row(window.top(), px(48.0, 40.0), 0.0);
        rows.tabs = rows.row(rows.header.bottom() + px(4.0, 0.0), px(32.0, dense[0]), rows.margin);
        let height = px(28.0, dense[1]);
        rows.status = rows.row(window.bottom() - height, height, 0.0);
        rows
    }

    /// A row of the window's width less an inset on either side.
    #[must_use]
    pub fn row(&self, top: f32, height: f32, inset: f32) -> Rect {
        let (left, right) = (self.window.left() + inset, self.window.right() - inset);
        Rect::from_min_max(pos2(left, top), pos2(right, top + height))
    }

    /// What lies below the tabs and above `bottom`.
    #[must_use]
    pub fn middle<V, A>(&self, cx: &Cx<'_, '_, V, A>, bottom: f32) -> Rect {
        let gap = cx.px(if cx.compact { 4.0 } else { 8.0 });
        let (left, right) = (self.window.left() + self.margin, self.window.right() - self.margin);
        Rect::from_min_max(pos2(left, self.tabs.bottom() + gap), pos2(right, bottom))
    }
}

/// Keeps the sentence about what the pointer or the keyboard is on.
pub fn keep_hint(ui: &Ui, hint: &mut String) {
    if let Some(newest) = crate::take_hint(ui.ctx()) {
        *hint = newest;
    } else if ui.ctx().pointer_hover_pos().is_some() {
        hint.clear();
    }
}
