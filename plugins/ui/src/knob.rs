//! The knob: an arc of 270° from the neutral value, a dot at the value, the name above and the
//! value below.

use egui::{
    Align2, Color32, Id, Key, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use super::edit::Edit;
use super::gesture::{self, Axis};
use super::hints::hint;
use super::icons::arc_points;
use super::theme::{HOVERED, RAISED, TEXT, TEXT_DIM, TRACK, Theme, faded, text_line};

/// A knob, on plain values: the owner turns the edits into parameter changes.
#[derive(Clone, Copy, Debug)]
pub struct Knob<'a> {
    /// The name, drawn above in the knob's colour.
    pub name: &'a str,
    /// What is drawn in the place of the name where there is no room for it; a screen reader hears
    /// the name.
    pub caption: Option<&'a str>,
    /// A secondary text behind the name; may be empty.
    pub detail: &'a str,
    /// The value, 0..1.
    pub value: f32,
    /// The neutral value, 0..1: where the arc starts and where a double-click goes.
    pub neutral: f32,
    /// The value after the host's modulation, 0..1; drawn as a thin outer arc when it differs.
    pub modulated: f32,
    /// The value as text, with its unit.
    pub text: &'a str,
    /// What the control does to the sound, in one sentence.
    pub hint: &'a str,
    /// The colour of arc and name.
    pub colour: Color32,
    /// False draws the knob without colour: it does nothing at present.
    pub enabled: bool,
}

/// What a knob reports for one frame.
#[derive(Debug)]
pub struct KnobOutput {
    /// The response of the dial.
    pub response: Response,
    /// Edits in order.
    pub edits: Vec<Edit>,
}

/// The rectangles of a knob in its cell.
struct Parts {
    name: Rect,
    dial: Rect,
    value: Rect,
}

impl Knob<'_> {
    /// Shows the knob in the cell `rect`.
    pub fn show(self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect) -> KnobOutput {
        let parts = layout(theme, rect);
        let typing_id = id.with("typing");
        let response = ui.interact(parts.dial.union(parts.name), id, Sense::click_and_drag());
        let label = ui.interact(parts.value, id.with("value"), Sense::CLICK);
        response.widget_info(|| {
            WidgetInfo::slider(
                self.enabled,
                f64::from(self.value),
                format!("{}: {}", self.name, self.text),
            )
        });
        hint(&response, self.hint);
        hint(&label, "Click to type a value; Enter sets it, Escape leaves it.");

        let mut edits = gesture::edits(ui, theme, &response, Axis::Up, (self.value, self.neutral));
        let typing = ui.data(|data| data.get_temp::<String>(typing_id)).is_some();
        let opens = label.clicked()
            || response.secondary_clicked()
            || (response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter)));
        self.paint(ui, theme, &response, &parts, !typing && !opens);
        if label.hovered() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::Text);
        } else if response.hovered() || response.dragged() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeVertical);
        }
        if (typing || opens)
            && let Some(text) =
                type_value(ui, theme, typing_id, parts.value, (!typing).then_some(self.text))
        {
            edits.push(Edit::Text(text));
        }
        KnobOutput { response, edits }
    }

    fn paint(&self, ui: &Ui, theme: &Theme, response: &Response, parts: &Parts, with_value: bool) {
        let painter = ui.painter();
        let colour = if self.enabled { self.colour } else { TEXT_DIM };
        let centre = parts.dial.center();
        let outer = parts.dial.width() / 2.0 - theme.px(3.0);
        let width = (outer * 0.13).clamp(theme.px(2.5), theme.px(6.0));
        let radius = outer - width / 2.0;
        let stroke = |colour| Stroke::new(width, colour);
        round_arc(painter, centre, radius, (0.0, 1.0), stroke(TRACK));
        let body = if response.hovered() || response.dragged() { HOVERED } else { RAISED };
        painter.circle_filled(centre, radius - width * 1.6, body);
        if (self.value - self.neutral).abs() > 0.002 {
            round_arc(painter, centre, radius, (self.neutral, self.value), stroke(colour));
        }
        if (self.modulated - self.value).abs() > 0.002 {
            let thin = Stroke::new(theme.px(1.5), faded(TEXT, 0.8));
            round_arc(painter, centre, outer + theme.px(1.5), (self.value, self.modulated), thin);
        }
        // The neutral place is a notch inside the arc, visible whatever the value.
        let notch = egui::Vec2::angled(angle(self.neutral));
        let (from, to) = (radius - width * 0.8, radius - width * 1.5);
        painter.line_segment(
            [centre + notch * from, centre + notch * to],
            Stroke::new(theme.px(1.5), TEXT_DIM),
        );
        let dot = centre + egui::Vec2::angled(angle(self.value)) * radius;
        painter.circle_filled(dot, width * 0.95, super::theme::PANEL);
        painter.circle_filled(dot, width * 0.68, if self.enabled { TEXT } else { TEXT_DIM });
        // A hand from the centre makes the value readable from afar.
        let hand = egui::Vec2::angled(angle(self.value));
        let reach = radius - width * 2.6;
        painter.line_segment(
            [centre + hand * (reach * 0.55), centre + hand * reach],
            Stroke::new(theme.px(2.0), colour),
        );
        self.paint_name(painter, theme, parts.name, colour);
        if with_value {
            let place = (parts.value.center(), Align2::CENTER_CENTER);
            let font =
                if parts.dial.width() > theme.px(72.0) { theme.body() } else { theme.small() };
            text_line(painter, place, self.text, (font, TEXT), parts.value.width());
        }
        if response.has_focus() {
            theme.focus_ring(painter, parts.dial.union(parts.name).union(parts.value));
        }
    }

    fn paint_name(&self, painter: &egui::Painter, theme: &Theme, rect: Rect, colour: Color32) {
        let font = egui::FontId::new(theme.px(12.0), super::theme::strong_family());
        let name_colour = if self.detail.is_empty() { TEXT_DIM } else { colour };
        let name = painter.layout_no_wrap(self.name.to_owned(), font, name_colour);
        if self.detail.is_empty() {
            let font = theme.small();
            let shown = self.caption.unwrap_or(self.name);
            text_line(
                painter,
                (rect.center(), Align2::CENTER_CENTER),
                shown,
                (font, TEXT_DIM),
                rect.width(),
            );
            return;
        }
        let detail = painter.layout_no_wrap(self.detail.to_owned(), theme.small(), TEXT_DIM);
        let gap = theme.px(6.0);
        let whole = name.size().x + gap + detail.size().x;
        let left = rect.center().x - whole / 2.0;
        let top = |height: f32| rect.center().y - height / 2.0;
        let (name_width, name_height) = (name.size().x, name.size().y);
        painter.galley(pos2(left, top(name_height)), name, colour);
        let height = detail.size().y;
        painter.galley(pos2(left + name_width + gap, top(height)), detail, TEXT_DIM);
    }
}

fn layout(theme: &Theme, rect: Rect) -> Parts {
    let (name_height, value_height) = (theme.px(16.0), theme.px(18.0));
    let side = (rect.height() - name_height - value_height).min(rect.width()).max(theme.px(16.0));
    let top = rect.top() + (rect.height() - side - name_height - value_height).max(0.0) / 2.0;
    let name = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), name_height));
    let dial =
        Rect::from_center_size(pos2(rect.center().x, name.bottom() + side / 2.0), vec2(side, side));
    // The opening of the arc leaves room at the bottom: the value moves up into it a little.
    let value = Rect::from_center_size(
        pos2(rect.center().x, dial.bottom() + value_height / 2.0 - theme.px(2.0)),
        vec2(rect.width().min(theme.px(88.0)), value_height),
    );
    Parts { name, dial, value }
}

/// The angle of a normalised value: from lower left over the top to lower right.
fn angle(value: f32) -> f32 {
    (135.0 + 270.0 * value.clamp(0.0, 1.0)).to_radians()
}

fn round_arc(
    painter: &egui::Painter,
    centre: Pos2,
    radius: f32,
    values: (f32, f32),
    stroke: Stroke,
) {
    let (from, to) = values;
    let points = arc_points(centre, radius, angle(from), angle(to));
    if let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) {
        painter.add(Shape::line(points, stroke));
        for end in [first, last] {
            painter.circle_filled(end, stroke.width / 2.0, stroke.color);
        }
    }
}

/// The field for a typed value. `start` opens it with that text. Returns the text once Enter is
/// pressed.
pub fn type_value(
    ui: &mut Ui,
    theme: &Theme,
    id: Id,
    rect: Rect,
    start: Option<&str>,
) -> Option<String> {
    let field = id.with("field");
    let mut text = match start {
        Some(text) => text.to_owned(),
        None => ui.data(|data| data.get_temp::<String>(id)).unwrap_or_default(),
    };
    let frame = egui::Frame::new().fill(super::theme::BACKGROUND).corner_radius(theme.radius(4.0));
    let edit = egui::TextEdit::singleline(&mut text)
        .id(field)
        .font(theme.small())
        .align(Align2::CENTER_CENTER)
        .margin(egui::Margin::symmetric(2, 0))
        .desired_width(rect.width())
        .min_size(rect.size())
        .frame(frame);
    let response = ui.put(rect, edit);
    if start.is_some() {
        response.request_focus();
        let everything = egui::text::CCursorRange::two(
            egui::text::CCursor::new(0),
            egui::text::CCursor::new(text.chars().count()),
        );
        let mut state = egui::TextEdit::load_state(ui.ctx(), field).unwrap_or_default();
        state.cursor.set_char_range(Some(everything));
        egui::TextEdit::store_state(ui.ctx(), field, state);
    }
    theme.focus_ring(ui.painter(), rect.shrink(theme.px(1.0)));
    let entered = ui.input(|input| input.key_pressed(Key::Enter)) && start.is_none();
    let left = response.lost_focus() || ui.input(|input| input.key_pressed(Key::Escape));
    if entered || (left && start.is_none()) {
        ui.data_mut(|data| data.remove_temp::<String>(id));
        return entered.then_some(text);
    }
    ui.data_mut(|data| data.insert_temp(id, text));
    None
}
