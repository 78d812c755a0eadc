//! What the faces of all plugins have: the theme of their window, header, pages, hints,
//! and rows from the window's top and bottom. What lies between is each plugin's own.

use std::ops::DerefMut;

use egui::{Color32, Id, Rect, Ui, pos2, vec2};

use crate::Icon;
use crate::button::{Button, Choice, ChoiceStyle};
use crate::hints::{Bubble, Hint, take_hint};
use crate::shelf::header::{self, Clicked, Own};
use crate::shelf::{Cx, ShelfAction, Shelved, presets, shortcuts, status};
use crate::theme::{BACKGROUND, DESIGN_HEIGHT, DESIGN_WIDTH, Theme};

/// The theme of a window.
#[derive(Clone, Copy, Debug, Default)]
pub struct Themed {
    installed: Option<Theme>,
}

impl Themed {
    /// The theme for a window of the size of `ui`, installed in its context when it is new; fills
    /// the background. Says, too, whether the window is small.
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
        let roomy = window.width() >= theme.px(DESIGN_WIDTH * 0.9)
            && window.height() >= theme.px(DESIGN_HEIGHT * 0.85);
        (theme, !roomy)
    }

    /// A window has opened: its context knows nothing of the theme yet.
    pub fn forget(&mut self) {
        self.installed = None;
    }
}

/// How long a picture may wait for the next one and still count as moving, in seconds.
const IDLE_S: f32 = 0.1;

/// What every face keeps between frames.
#[derive(Default)]
pub struct Chrome<T> {
    /// What the middle shows.
    pub tab: T,
    /// The preset browser.
    pub browser: presets::Browser,
    theme: Themed,
    hint: String,
    bubble: Bubble,
    idle_s: f32,
}

impl<T> Chrome<T> {
    /// Takes note of whether there is a new picture, `seconds` after the one before. Says whether
    /// the last is so old that everything falls to rest.
    pub fn rests(&mut self, fresh: bool, seconds: f32) -> bool {
        self.idle_s = if fresh { 0.0 } else { self.idle_s + seconds };
        self.idle_s >= IDLE_S
    }
}

/// For a face with the field `chrome`: its [`Chrome`] is used as if it were the face's own.
#[macro_export]
macro_rules! keeps_chrome {
    ($face:ty: $tab:ty) => {
        impl ::std::ops::Deref for $face {
            type Target = $crate::face::Chrome<$tab>;

            fn deref(&self) -> &Self::Target {
                &self.chrome
            }
        }

        impl ::std::ops::DerefMut for $face {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.chrome
            }
        }
    };
}

/// The header's words, and the parameter that has its button there.
pub struct Title {
    /// The plugin's name, and a shorter one for a small window.
    pub name: [&'static str; 2],
    /// What the model does, in a sentence.
    pub model: &'static str,
    /// The parameter behind the button at the right end.
    pub id: &'static str,
    /// The button.
    pub button: (Icon, &'static str),
    /// What it does while it is off, and while it is on.
    pub hints: [&'static str; 2],
}

/// What is drawn: it knows neither host nor audio thread.
pub trait Face: Default + DerefMut<Target = Chrome<Self::Tab>> + Send + 'static {
    /// What it shows, as plain values.
    type View: Shelved;
    /// What it asks for.
    type Action: From<ShelfAction>;
    /// Its pages; the first is shown when nothing else is.
    type Tab: Copy + Default + PartialEq + 'static;

    /// Its colour.
    const ACCENT: Color32;
    /// Its header.
    const TITLE: Title;
    /// Its pages.
    const PAGES: Pages<'static, Self::Tab>;
    /// The page of presets, and the page of models.
    const LISTS: [Self::Tab; 2];
    /// The heights of tabs and status in a small window, in design pixels.
    const DENSE: [f32; 2] = [30.0, 24.0];

    /// A face that shows this page.
    #[must_use]
    fn at(tab: Self::Tab) -> Self {
        let mut face = Self::default();
        face.tab = tab;
        face
    }

    /// Draws what stands at the right end of the row of tabs.
    fn quick(cx: &mut Cx<'_, '_, Self::View, Self::Action>, rect: Rect);

    /// Draws what lies between tabs and status, and returns where messages may lie over it.
    fn body(&mut self, cx: &mut Cx<'_, '_, Self::View, Self::Action>, rows: &Rows) -> Rect;

    /// Whether anything in the body still moves by itself.
    fn pictures_move(&self) -> bool;

    /// The window has opened: its context knows nothing of the theme yet.
    fn reopened(&mut self) {
        self.theme.forget();
        self.bubble = Bubble::default();
    }

    /// Draws everything and returns what the user asked for, in order. Parts are drawn from the
    /// top: so the Tab key goes.
    fn show(&mut self, ui: &mut Ui, view: &Self::View) -> Vec<Self::Action> {
        let window = ui.max_rect();
        let (theme, compact) = self.theme.begin(ui, Self::ACCENT);
        let mut actions = Vec::new();
        let mut cx = Cx { ui, theme, view, actions: &mut actions, compact };
        let rows = Rows::new(&cx, window, Self::DENSE);
        self.header(&mut cx, rows.header);
        Self::PAGES.show(&mut cx, rows.tabs, &mut self.tab);
        Self::quick(&mut cx, rows.tabs);
        let middle = self.body(&mut cx, &rows);
        let offered = take_hint(cx.ui.ctx());
        let pointed = offered.as_ref().filter(|hint| hint.pointed);
        self.bubble.show(cx.ui, &cx.theme, window, pointed);
        keep_hint(cx.ui, &mut self.hint, offered);
        status::bar(&mut cx, rows.status, &self.hint);
        status::toast(&mut cx, middle);
        shortcuts(&mut cx);
        actions
    }

    /// Draws the header, and goes to the page that it asks for.
    fn header(&mut self, cx: &mut Cx<'_, '_, Self::View, Self::Action>, rect: Rect) {
        let Title { name, model, id, button: (icon, label), hints } = Self::TITLE;
        let is_on = cx.shelf().values.is_on(id);
        let hint = if is_on { hints[1] } else { hints[0] };
        let name = if cx.compact { name[1] } else { name[0] };
        let own = Own { name, model, button: Button::both(icon, label, hint).on(is_on) };
        let page = match header::show(cx, rect, own) {
            Some(Clicked::Presets) => Self::LISTS[0],
            Some(Clicked::Models) => Self::LISTS[1],
            Some(Clicked::Own) => return cx.pick(id, usize::from(!is_on)),
            None => return,
        };
        self.tab = if self.tab == page { Self::Tab::default() } else { page };
    }

    /// Whether anything still moves by itself.
    fn moving(&self) -> bool {
        self.idle_s < IDLE_S || self.pictures_move()
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
    /// A hint on each.
    pub hints: &'a [&'a str],
}

impl<T: Copy + PartialEq> Pages<'_, T> {
    /// Shows the row in `rect`, and goes to the page that is chosen.
    pub fn show<V, A>(&self, cx: &mut Cx<'_, '_, V, A>, rect: Rect, tab: &mut T) {
        let chosen = self.tabs.iter().position(|known| known == tab).unwrap_or(0);
        let choice = Choice {
            name: "Page",
            options: self.names,
            hints: self.hints,
            chosen,
            style: ChoiceStyle::Tabs,
        };
        let width = choice.width(cx.ui, &cx.theme);
        let place =
            Rect::from_min_size(rect.min - vec2(cx.px(8.0), 0.0), vec2(width, rect.height()));
        if let Some(&page) =
            choice.show(cx.ui, &cx.theme, Id::unique(self.id), place).and_then(|i| self.tabs.get(i))
        {
            *tab = page;
        }
    }
}

/// The rows of a face from the window's top and bottom: what lies between them is each plugin's
/// own.
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
        let mut rows =
            Self { window, margin: px(16.0, 8.0), header: window, tabs: window, status: window };
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

    /// The two parts of an effect's face: a picture, and a row of knobs below it unless the picture
    /// needs the room.
    #[must_use]
    pub fn picture_and_knobs<V, A>(
        &self,
        cx: &Cx<'_, '_, V, A>,
        is_wide: bool,
    ) -> (Rect, Option<Rect>) {
        let px = |roomy: f32, dense: f32| cx.px(if cx.compact { dense } else { roomy });
        let height = (self.window.height() * 0.255).clamp(px(136.0, 104.0), px(190.0, 130.0));
        let knobs = self.row(self.status.top() - height, height, self.margin);
        let bottom = if is_wide { self.status.top() } else { knobs.top() - px(8.0, 6.0) };
        (self.middle(cx, bottom), (!is_wide).then_some(knobs))
    }

    /// The window.
    #[must_use]
    pub fn window(&self) -> Rect {
        self.window
    }

    /// What lies below the tabs and above `bottom`.
    #[must_use]
    pub fn middle<V, A>(&self, cx: &Cx<'_, '_, V, A>, bottom: f32) -> Rect {
        let gap = cx.px(if cx.compact { 4.0 } else { 8.0 });
        let (left, right) = (self.window.left() + self.margin, self.window.right() - self.margin);
        Rect::from_min_max(pos2(left, self.tabs.bottom() + gap), pos2(right, bottom))
    }
}

/// Keeps the hint of what the pointer or the keyboard is on.
fn keep_hint(ui: &Ui, hint: &mut String, offered: Option<Hint>) {
    if let Some(newest) = offered {
        *hint = newest.text;
    } else if ui.ctx().pointer_hover_pos().is_some() {
        hint.clear();
    }
}
