//! The pad between four stored sounds, and how much of it is heard.

use egui::{
    Align2, Color32, CursorIcon, Id, Mesh, Pos2, Rect, Sense, Shape, Stroke, WidgetInfo, pos2, vec2,
};
use nfx_ui::shelf::control_id;
use nfx_ui::theme::{BACKGROUND, HAIRLINE, PANEL, TEXT, TEXT_DIM, faded, latent_colour, text_line};
use nfx_ui::{Edit, edit, hint};

use super::cx::Cx;
use super::view::Action;

const LETTERS: [&str; 4] = ["A", "B", "C", "D"];
/// Which of the eight colours the corners take.
const COLOURS: [usize; 4] = [3, 0, 5, 7];

/// Draws pad and amount in `rect`.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let row = cx.px(28.0);
    let foot = Rect::from_min_max(pos2(rect.left(), rect.bottom() - row), rect.max);
    let area = Rect::from_min_max(rect.min, pos2(rect.right(), foot.top() - cx.px(6.0)));
    pad(cx, area);
    cx.line("morph", "Morph", foot);
}

fn pad(cx: &mut Cx<'_, '_>, rect: Rect) {
    let theme = cx.theme;
    let amount = cx.view.values.normal("morph");
    let response = cx.ui.interact(rect, control_id("mx"), Sense::click_and_drag());
    let (x, y) = (cx.view.values.normal("mx"), cx.view.values.normal("my"));
    let spoken = format!("Morph pad: {:.0} % across, {:.0} % down", x * 100.0, y * 100.0);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Slider, true, &spoken));
    hint(
        &response,
        "Drag between four stored sounds.\nClick a letter to hear its sound; right-click to store.",
    );
    let painter = cx.ui.painter();
    painter.rect_filled(rect, theme.radius(8.0), BACKGROUND);
    let strength = 0.10 + 0.26 * amount;
    let corners = [rect.left_top(), rect.right_top(), rect.left_bottom(), rect.right_bottom()];
    painter.add(gradient(rect.shrink(cx.px(2.0)), strength));
    painter.rect_stroke(
        rect,
        theme.radius(8.0),
        theme.hairline(HAIRLINE),
        egui::StrokeKind::Inside,
    );
    let inside = rect.shrink(cx.px(12.0));
    let thin = Stroke::new(theme.k, faded(TEXT_DIM, 0.30));
    painter.hline(inside.x_range(), rect.center().y, thin);
    painter.vline(rect.center().x, inside.y_range(), thin);
    let at = pos2(
        egui::lerp(inside.x_range().min..=inside.x_range().max, x),
        egui::lerp(inside.y_range().min..=inside.y_range().max, y),
    );
    let live = if amount > 0.0 { theme.accent } else { TEXT_DIM };
    painter.circle_filled(at, cx.px(9.0), faded(live, 0.25));
    painter.circle_filled(at, cx.px(6.0), PANEL);
    painter.circle_filled(at, cx.px(4.5), if amount > 0.0 { TEXT } else { TEXT_DIM });
    if response.has_focus() {
        theme.focus_ring(painter, rect);
    }
    if response.hovered() || response.dragged() {
        cx.ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    }
    drag(cx, &response, inside);
    for (index, corner) in corners.into_iter().enumerate() {
        self::corner(cx, index, corner, rect.center());
    }
}

/// The edits of both directions that this frame's input asks for.
fn drag(cx: &mut Cx<'_, '_>, response: &egui::Response, inside: Rect) {
    let both = |cx: &mut Cx<'_, '_>, x: Vec<Edit>, y: Vec<Edit>| {
        cx.edit("mx", "Morph X", x);
        cx.edit("my", "Morph Y", y);
    };
    if response.double_clicked() {
        both(cx, edit::jump_to(0.5), edit::jump_to(0.5));
        return;
    }
    let place = response.interact_pointer_pos().map(|at| {
        let part =
            |at: f32, from: f32, to: f32| ((at - from) / (to - from).max(1.0)).clamp(0.0, 1.0);
        (part(at.x, inside.left(), inside.right()), part(at.y, inside.top(), inside.bottom()))
    });
    if let Some((x, y)) = place.filter(|_| response.clicked()) {
        both(cx, edit::jump_to(x), edit::jump_to(y));
    }
    if response.drag_started_by(egui::PointerButton::Primary) {
        both(cx, vec![Edit::Begin], vec![Edit::Begin]);
    }
    if let Some((x, y)) = place.filter(|_| response.dragged_by(egui::PointerButton::Primary)) {
        both(cx, vec![Edit::Set(x)], vec![Edit::Set(y)]);
    }
    if response.drag_stopped_by(egui::PointerButton::Primary) {
        both(cx, vec![Edit::End], vec![Edit::End]);
    }
    if response.has_focus() {
        edit::hold_arrows(cx.ui, response.id);
        let (x, y) = edit::key_steps_both(cx.ui);
        if x != 0.0 {
            let to = edit::jump_to(cx.view.values.normal("mx") + x);
            cx.edit("mx", "Morph X", to);
        }
        if y != 0.0 {
            let to = edit::jump_to(cx.view.values.normal("my") - y);
            cx.edit("my", "Morph Y", to);
        }
    }
}

fn corner(cx: &mut Cx<'_, '_>, index: usize, at: Pos2, centre: Pos2) {
    let side = cx.px(22.0);
    let inward =
        vec2((centre.x - at.x).signum(), (centre.y - at.y).signum()) * (side / 2.0 + cx.px(4.0));
    let rect = Rect::from_center_size(at + inward, vec2(side, side));
    let response = cx.ui.interact(rect, Id::unique(("canne-corner", index)), Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(egui::Role::Button, true, format!("Sound {}", LETTERS[index]))
    });
    hint(
        &response,
        "Puts this stored sound on the sliders.\nRight- or Shift-click stores what plays now here.",
    );
    let painter = cx.ui.painter();
    let colour = latent_colour(COLOURS[index]);
    painter.rect_filled(
        rect,
        cx.theme.radius(6.0),
        if response.hovered() { faded(colour, 0.45) } else { faded(colour, 0.22) },
    );
    text_line(
        painter,
        (rect.center(), Align2::CENTER_CENTER),
        LETTERS[index],
        (cx.theme.small(), TEXT),
        side,
    );
    if response.has_focus() {
        cx.theme.focus_ring(painter, rect);
    }
    if response.hovered() {
        cx.ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    }
    let stores = response.secondary_clicked()
        || (response.clicked() && cx.ui.input(|input| input.modifiers.shift));
    if stores {
        cx.actions.push(Action::StoreCorner(index));
    } else if response.clicked() {
        cx.actions.push(Action::RecallCorner(index));
    }
}

/// The colours of the corners running into each other.
fn gradient(rect: Rect, strength: f32) -> Shape {
    const STEPS: usize = 12;
    let corner = |index: usize| egui::Rgba::from(latent_colour(COLOURS[index]));
    let mut mesh = Mesh::default();
    for row in 0..=STEPS {
        for column in 0..=STEPS {
            let (x, y) = (column as f32 / STEPS as f32, row as f32 / STEPS as f32);
            let top = corner(0) * (1.0 - x) + corner(1) * x;
            let bottom = corner(2) * (1.0 - x) + corner(3) * x;
            let colour = Color32::from(top * (1.0 - y) + bottom * y);
            mesh.colored_vertex(
                rect.min + vec2(x * rect.width(), y * rect.height()),
                faded(colour, strength),
            );
        }
    }
    let at = |row: usize, column: usize| (row * (STEPS + 1) + column) as u32;
    for row in 0..STEPS {
        for column in 0..STEPS {
            mesh.add_triangle(at(row, column), at(row, column + 1), at(row + 1, column));
            mesh.add_triangle(at(row, column + 1), at(row + 1, column + 1), at(row + 1, column));
        }
    }
    Shape::mesh(mesh)
}
