//! A value in one line: its name, a bar under it, and the value at the right. Turned as a knob is,
//! but sideways.

use egui::{Align2, CursorIcon, Id, Key, Rect, Sense, Ui, WidgetInfo, pos2};

use super::button::text_width;
use super::edit::Edit;
use super::gesture::{self, Axis};
use super::hints::hint;
use super::knob::type_value;
use super::theme::{HOVERED, RAISED, TEXT, TEXT_DIM, TRACK, Theme, text_line};

/// A slider, on plain values.
#[derive(Clone, Copy, Debug)]
pub struct Slider<'a> {
    /// The name, at the left.
    pub name: &'a str,
    /// The value, 0..1.
    pub value: f32,
    /// The neutral value, 0..1.
    pub neutral: f32,
    /// The value as text, with its unit.
    pub text: &'a str,
    /// What the control does to the sound, in one sentence.
    pub hint: &'a str,
}

impl Slider<'_> {
    /// Shows the slider in `rect` and returns its edits.
    pub fn show(self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect) -> Vec<Edit> {
        let typing_id = id.with("typing");
        let response = ui.interact(rect, id, Sense::click_and_drag());
        response.widget_info(|| {
            WidgetInfo::slider(true, f64::from(self.value), format!("{}: {}", self.name, self.text))
        });
        hint(&response, self.hint);
        let mut edits =
            gesture::edits(ui, theme, &response, Axis::Right, (self.value, self.neutral));
        let value_rect =
            Rect::from_min_max(pos2(rect.right() - rect.width() * 0.45, rect.top()), rect.max);
        let typing = ui.data(|data| data.get_temp::<String>(typing_id)).is_some();
        let on_value = response.interact_pointer_pos().is_some_and(|pos| value_rect.contains(pos));
        let opens = (response.clicked() && on_value && !response.double_clicked())
            || response.secondary_clicked()
            || (response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter)));
        self.paint(ui, theme, rect, response.hovered(), !typing && !opens);
        if response.hovered() || response.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        }
        if response.has_focus() {
            theme.focus_ring(ui.painter(), rect);
        }
        if (typing || opens)
            && let Some(text) = type_value(
                ui,
                theme,
                typing_id,
                value_rect.shrink(theme.px(3.0)),
                (!typing).then_some(self.text),
            )
        {
            edits.push(Edit::Text(text));
        }
        edits
    }

    fn paint(&self, ui: &Ui, theme: &Theme, rect: Rect, hovered: bool, with_value: bool) {
        let painter = ui.painter();
        painter.rect_filled(rect, theme.radius(6.0), if hovered { HOVERED } else { RAISED });
        let bar = Rect::from_min_max(
            pos2(rect.left() + theme.px(10.0), rect.bottom() - theme.px(5.0)),
            pos2(rect.right() - theme.px(10.0), rect.bottom() - theme.px(3.0)),
        );
        painter.rect_filled(bar, theme.radius(1.0), TRACK);
        let x =
            |value: f32| egui::lerp(bar.x_range().min..=bar.x_range().max, value.clamp(0.0, 1.0));
        let lit =
            Rect::from_two_pos(pos2(x(self.neutral), bar.top()), pos2(x(self.value), bar.bottom()));
        painter.rect_filled(lit, theme.radius(1.0), theme.accent);
        painter.circle_filled(pos2(x(self.value), bar.center().y), theme.px(3.5), TEXT);
        let middle = rect.center().y - theme.px(2.0);
        // Where name and value would not fit beside each other, the margins give way first.
        let width = |text: &str| text_width(ui, text, theme.small());
        let (inset, gap) = if width(self.name) + width(self.text) + theme.px(22.0) > rect.width() {
            (theme.px(4.0), theme.px(3.0))
        } else {
            (theme.px(8.0), theme.px(6.0))
        };
        let half = rect.width() * 0.52;
        let place = (pos2(rect.left() + inset, middle), Align2::LEFT_CENTER);
        let name = text_line(painter, place, self.name, (theme.small(), TEXT_DIM), half);
        if with_value {
            let right = rect.right() - inset;
            let place = (pos2(right, middle), Align2::RIGHT_CENTER);
            text_line(painter, place, self.text, (theme.small(), TEXT), right - name.right() - gap);
        }
    }
}
