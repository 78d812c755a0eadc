//! The map: the sounds that the network has learned on a plane, the sound now as a point that can
//! be dragged, and beside it the sound of the user's that is played.

use egui::{CursorIcon, Id, Pos2, Rect, Sense, Stroke, WidgetInfo, pos2, vec2};
use nfx_ui::hint;
use nfx_ui::shelf::status::nothing;
use nfx_ui::theme::{BACKGROUND, HAIRLINE, PANEL, RAISED, TEXT, faded, latent_colour};

use super::cx::Cx;
use super::sample;
use super::view::{Action, Spot};

/// The part of the plane that is drawn.
#[derive(Clone, Copy)]
struct Frame {
    area: Rect,
    low: [f32; 2],
    high: [f32; 2],
}

impl Frame {
    fn new(area: Rect, spots: &[Spot]) -> Self {
        let (mut low, mut high) = ([-1.0_f32; 2], [1.0_f32; 2]);
        for axis in 0..2 {
            let mut all: Vec<f32> = spots.iter().map(|spot| spot.at[axis]).collect();
            all.sort_by(f32::total_cmp);
            if let (Some(first), Some(last)) = (all.first(), all.last()) {
                let room = ((last - first) * 0.08).max(1e-3);
                (low[axis], high[axis]) = (first - room, last + room);
            }
        }
        Self { area, low, high }
    }

    fn to_screen(self, at: [f32; 2]) -> Pos2 {
        let part = |axis: usize| (at[axis] - self.low[axis]) / (self.high[axis] - self.low[axis]);
        pos2(
            self.area.left() + self.area.width() * part(0).clamp(0.0, 1.0),
            self.area.bottom() - self.area.height() * part(1).clamp(0.0, 1.0),
        )
    }

    fn to_plane(self, at: Pos2) -> [f32; 2] {
        let (x, y) = (
            (at.x - self.area.left()) / self.area.width(),
            (self.area.bottom() - at.y) / self.area.height(),
        );
        [
            self.low[0] + (self.high[0] - self.low[0]) * x.clamp(0.0, 1.0),
            self.low[1] + (self.high[1] - self.low[1]) * y.clamp(0.0, 1.0),
        ]
    }
}

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let side = (rect.width() * 0.30).clamp(cx.px(190.0), cx.px(340.0));
    let share = 1.0 - (side + cx.px(8.0)) / rect.width();
    let (left, right) = cx.two_panels(rect, share, (1.0, 9999.0));
    match cx.view.map.clone() {
        Some(spots) if !spots.is_empty() => plane(cx, left.shrink(cx.px(8.0)), &spots),
        _ => nothing(
            cx,
            left,
            "This model has no map: it was exported without its sounds. The sliders and the pad play it all the same.",
        ),
    }
    sample::show(cx, right.shrink(cx.px(if cx.compact { 8.0 } else { 12.0 })));
}

fn plane(cx: &mut Cx<'_, '_>, area: Rect, spots: &[Spot]) {
    let theme = cx.theme;
    let frame = Frame::new(area.shrink(cx.px(10.0)), spots);
    let response = cx.ui.interact(area, Id::unique("canne-map"), Sense::click_and_drag());
    response.widget_info(|| {
        WidgetInfo::labeled(egui::Role::Slider, true, "Map of the network's sounds")
    });
    hint(
        &response,
        "Shows every sound that the network has learned as a dot.\nClick one to hear it, or drag the bright point between.",
    );
    let painter = cx.ui.painter();
    painter.rect_filled(area, theme.radius(6.0), BACKGROUND);
    let line = theme.hairline(faded(HAIRLINE, 0.8));
    for part in 1..6 {
        let x = egui::lerp(area.left()..=area.right(), part as f32 / 6.0);
        painter.vline(x, area.y_range(), line);
        let y = egui::lerp(area.top()..=area.bottom(), part as f32 / 6.0);
        painter.hline(area.x_range(), y, line);
    }
    let near = response
        .hover_pos()
        .filter(|_| !response.dragged())
        .and_then(|pointer| nearest(frame, spots, pointer, cx.px(14.0)));
    for (index, spot) in spots.iter().enumerate() {
        let at = frame.to_screen(spot.at);
        // Dots of one direction from the middle share a colour, so that neighbourhoods show.
        let part = |axis: usize| {
            (spot.at[axis] - frame.low[axis]) / (frame.high[axis] - frame.low[axis]) - 0.5
        };
        let turn = (part(1).atan2(part(0)) / std::f32::consts::TAU + 0.5) * 7.99;
        let colour = latent_colour(turn as usize);
        let (radius, opacity) = if near == Some(index) { (5.0, 1.0) } else { (2.75, 0.62) };
        painter.circle_filled(at, cx.px(radius), faded(colour, opacity));
    }
    if let Some(place) = cx.view.place {
        let at = frame.to_screen(place);
        painter.circle_filled(at, cx.px(14.0), faded(theme.accent, 0.18));
        painter.circle_stroke(at, cx.px(8.5), Stroke::new(cx.px(2.0), theme.accent));
        painter.circle_filled(at, cx.px(5.0), PANEL);
        painter.circle_filled(at, cx.px(3.5), TEXT);
    }
    if let Some(spot) = near.and_then(|index| spots.get(index)) {
        label(cx, frame.to_screen(spot.at), &spot.label, area);
    }
    gestures(cx, &response, frame, near);
}

fn nearest(frame: Frame, spots: &[Spot], pointer: Pos2, within: f32) -> Option<usize> {
    let far = |index: &usize| frame.to_screen(spots[*index].at).distance(pointer);
    (0..spots.len()).min_by(|a, b| far(a).total_cmp(&far(b))).filter(|index| far(index) < within)
}

fn label(cx: &Cx<'_, '_>, at: Pos2, text: &str, area: Rect) {
    let painter = cx.ui.painter();
    let galley = painter.layout_no_wrap(text.to_owned(), cx.theme.small(), TEXT);
    let size = galley.size() + vec2(cx.px(12.0), cx.px(6.0));
    let mut min = at + vec2(cx.px(10.0), -size.y - cx.px(4.0));
    min.x = min.x.min(area.right() - size.x - cx.px(2.0));
    min.y = min.y.max(area.top() + cx.px(2.0));
    let rect = Rect::from_min_size(min, size);
    painter.rect_filled(rect, cx.theme.radius(4.0), RAISED);
    painter.galley(rect.min + vec2(cx.px(6.0), cx.px(3.0)), galley, TEXT);
}

fn gestures(cx: &mut Cx<'_, '_>, response: &egui::Response, frame: Frame, near: Option<usize>) {
    if response.hovered() || response.dragged() {
        let icon = if near.is_some() { CursorIcon::PointingHand } else { CursorIcon::Crosshair };
        cx.ui.ctx().set_cursor_icon(icon);
    }
    let to = response.interact_pointer_pos().map(|at| frame.to_plane(at));
    if response.clicked() {
        match (near, to) {
            (Some(index), _) => cx.actions.push(Action::Spot(index)),
            (None, Some(to)) => {
                cx.actions.extend([Action::MapBegin, Action::MapTo(to), Action::MapEnd])
            }
            (None, None) => {}
        }
    }
    if response.drag_started_by(egui::PointerButton::Primary) {
        cx.actions.push(Action::MapBegin);
    }
    if let Some(to) = to.filter(|_| response.dragged_by(egui::PointerButton::Primary)) {
        cx.actions.push(Action::MapTo(to));
    }
    if response.drag_stopped_by(egui::PointerButton::Primary) {
        cx.actions.push(Action::MapEnd);
    }
    if response.has_focus() {
        nfx_ui::edit::hold_arrows(cx.ui, response.id);
        let (x, y) = nfx_ui::edit::key_steps_both(cx.ui);
        if let Some(place) = cx.view.place.filter(|_| x != 0.0 || y != 0.0) {
            let step =
                |axis: usize, by: f32| place[axis] + by * (frame.high[axis] - frame.low[axis]);
            cx.actions.extend([
                Action::MapBegin,
                Action::MapTo([step(0, x), step(1, y)]),
                Action::MapEnd,
            ]);
        }
        cx.theme.focus_ring(cx.ui.painter(), response.rect);
    }
}
