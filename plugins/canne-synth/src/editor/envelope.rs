//! The two envelopes, drawn over each other; the chosen one has handles.

use egui::{CursorIcon, Id, Pos2, Rect, Sense, Shape, Stroke, WidgetInfo, pos2, vec2};
use nfx_ui::button::{Choice, ChoiceStyle};
use nfx_ui::shelf::{Shown, control_id};
use nfx_ui::theme::{BACKGROUND, HAIRLINE, PANEL, TEXT, TEXT_DIM, Theme, faded};
use nfx_ui::{Edit, hint};

use super::cx::Cx;
use super::face::Face;

/// How much of the width the three times and the held part may take.
const SHARES: [f32; 4] = [0.26, 0.26, 0.14, 0.34];

/// The letters of its four parameters' ids: attack, decay, sustain, release.
const STAGES: [&str; 4] = ["a", "d", "s", "r"];

fn id_of(of_level: bool, stage: &str) -> String {
    format!("{}_{stage}", if of_level { "amp" } else { "env" })
}

/// Draws choice, picture and numbers in `rect`.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, face: &mut Face) {
    let row = cx.px(26.0);
    let choice = Choice {
        name: "Envelope",
        options: &["Level", "Sliders"],
        hints: &[
            "Shows the envelope of each note's level.",
            "Shows the envelope that moves sliders.\nThe depths at the right say which, and how far.",
        ],
        chosen: usize::from(face.second_envelope),
        style: ChoiceStyle::Segments,
    };
    let place = Rect::from_min_size(rect.min, vec2(rect.width(), row));
    if let Some(index) = choice.show(cx.ui, &cx.theme, super::modulation::which_id(), place) {
        face.second_envelope = index == 1;
    }
    let of_level = !face.second_envelope;
    let foot = cx.px(if cx.compact { 22.0 } else { 28.0 });
    let lines = Rect::from_min_max(pos2(rect.left(), rect.bottom() - foot), rect.max);
    let picture = Rect::from_min_max(
        pos2(rect.left(), place.bottom() + cx.px(6.0)),
        pos2(rect.right(), lines.top() - cx.px(6.0)),
    );
    draw(cx, picture, of_level);
    let width = (lines.width() - 3.0 * cx.px(4.0)) / 4.0;
    for (index, (stage, name)) in STAGES.into_iter().zip(["A", "D", "S", "R"]).enumerate() {
        let left = lines.left() + (width + cx.px(4.0)) * index as f32;
        let cell = Rect::from_min_size(pos2(left, lines.top()), vec2(width, lines.height()));
        cx.line(&id_of(of_level, stage), name, cell);
    }
}

/// The corners of an envelope with these four normalised values: start, peak, end of decay,
/// release, end.
fn corners(plot: Rect, values: [f32; 4]) -> [Pos2; 5] {
    let [attack, decay, sustain, release] = values;
    let x = |share: f32| plot.left() + plot.width() * share;
    let y = |level: f32| plot.bottom() - plot.height() * level;
    let peak = SHARES[0] * attack;
    let settled = peak + SHARES[1] * decay;
    let released = settled + SHARES[2];
    let end = released + SHARES[3] * release;
    [
        pos2(x(0.0), y(0.0)),
        pos2(x(peak), y(1.0)),
        pos2(x(settled), y(sustain)),
        pos2(x(released), y(sustain)),
        pos2(x(end), y(0.0)),
    ]
}

/// The curve through the corners: decay and release fall as exponentials do.
fn curve(corners: [Pos2; 5]) -> Vec<Pos2> {
    let [start, peak, settled, released, end] = corners;
    let fall = |from: Pos2, to: Pos2| {
        (1..=16).map(move |i| {
            let t = i as f32 / 16.0;
            // From 1 to 0 with the bend of e^-4t.
            let rest = ((-4.0 * t).exp() - (-4.0_f32).exp()) / (1.0 - (-4.0_f32).exp());
            pos2(egui::lerp(from.x..=to.x, t), to.y + (from.y - to.y) * rest)
        })
    };
    let mut points = vec![start, peak];
    points.extend(fall(peak, settled));
    points.push(released);
    points.extend(fall(released, end));
    points
}

fn draw(cx: &mut Cx<'_, '_>, rect: Rect, of_level: bool) {
    let theme = cx.theme;
    let painter = cx.ui.painter();
    painter.rect_filled(rect, theme.radius(6.0), BACKGROUND);
    let plot = rect.shrink2(vec2(cx.px(10.0), cx.px(10.0)));
    for part in [0.0, 0.5, 1.0] {
        painter.hline(
            plot.x_range(),
            egui::lerp(plot.bottom()..=plot.top(), part),
            theme.hairline(HAIRLINE),
        );
    }
    let values =
        |of_level: bool| STAGES.map(|stage| cx.view.values.normal(&id_of(of_level, stage)));
    let behind = curve(corners(plot, values(!of_level)));
    painter.add(Shape::line(behind, Stroke::new(cx.px(1.0), faded(TEXT_DIM, 0.55))));
    let points = corners(plot, values(of_level));
    let line = curve(points);
    painter.add(filled(&theme, &line, plot));
    painter.add(Shape::line(line, Stroke::new(cx.px(1.75), theme.accent)));
    let moves = |stage: &'static str, pixels: f32, sideways: bool| Move { stage, pixels, sideways };
    let (up, down) =
        (moves("a", SHARES[0] * plot.width(), true), moves("d", SHARES[1] * plot.width(), true));
    handle(cx, points[1], of_level, &[up]);
    handle(cx, points[2], of_level, &[down, moves("s", plot.height(), false)]);
    handle(cx, points[4], of_level, &[moves("r", SHARES[3] * plot.width(), true)]);
}

fn filled(theme: &Theme, line: &[Pos2], plot: Rect) -> Shape {
    let mut mesh = egui::Mesh::default();
    for (i, &point) in line.iter().enumerate() {
        let part = ((plot.bottom() - point.y) / plot.height()).clamp(0.0, 1.0);
        mesh.colored_vertex(point, faded(theme.accent, 0.05 + 0.2 * part));
        mesh.colored_vertex(pos2(point.x, plot.bottom()), faded(theme.accent, 0.02));
        if i > 0 {
            let v = 2 * i as u32;
            mesh.add_triangle(v - 2, v - 1, v);
            mesh.add_triangle(v - 1, v, v + 1);
        }
    }
    Shape::mesh(mesh)
}

/// A number that a point moves: which, over how many pixels, and whether sideways.
struct Move {
    stage: &'static str,
    pixels: f32,
    sideways: bool,
}

/// A point that moves one or two of the numbers.
fn handle(cx: &mut Cx<'_, '_>, at: Pos2, of_level: bool, moves: &[Move]) {
    let side = cx.px(18.0);
    let first = moves.first().map_or("", |first| first.stage);
    let place = Id::unique(("canne-handle", of_level, first));
    let response = cx.ui.interact(Rect::from_center_size(at, vec2(side, side)), place, Sense::DRAG);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Slider, true, "Point of the envelope"));
    hint(&response, cx.param(&id_of(of_level, first)).map_or("", |shown| shown.help));
    let painter = cx.ui.painter();
    let near = response.hovered() || response.dragged();
    painter.circle_filled(at, cx.px(if near { 7.0 } else { 5.5 }), PANEL);
    painter.circle_filled(
        at,
        cx.px(if near { 5.0 } else { 3.75 }),
        if near { TEXT } else { cx.theme.accent },
    );
    if near {
        cx.ui.ctx().set_cursor_icon(CursorIcon::Grab);
    }
    for &Move { stage, pixels, sideways } in moves {
        let param = id_of(of_level, stage);
        let Some(Shown { value: now, name, .. }) = cx.param(&param) else { continue };
        let held = control_id(&param).with("handle");
        let mut edits = Vec::new();
        if response.drag_started() {
            cx.ui.data_mut(|data| data.insert_temp(held, now.normal));
            edits.push(Edit::Begin);
        }
        if response.dragged()
            && let Some(value) = cx.ui.data(|data| data.get_temp::<f32>(held))
        {
            let delta = response.drag_delta();
            let fine = if cx.ui.input(|input| input.modifiers.shift) { 0.1 } else { 1.0 };
            let travel = if sideways { delta.x } else { -delta.y } / pixels.max(1.0) * fine;
            if travel != 0.0 {
                let value = (value + travel).clamp(0.0, 1.0);
                cx.ui.data_mut(|data| data.insert_temp(held, value));
                edits.push(Edit::Set(value));
            }
        }
        if response.drag_stopped() {
            cx.ui.data_mut(|data| data.remove_temp::<f32>(held));
            edits.push(Edit::End);
        }
        cx.edit(&param, name, edits);
    }
}
