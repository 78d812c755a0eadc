//! Latents as live bars in the colours of their groups, with the line at 1 above which a sound is
//! "unlearned", a lane of trims below, and borders of the groups that can be dragged.

use egui::{
    Align2, Color32, CursorIcon, Id, Key, Painter, Rangef, Rect, Response, Role, Sense, Shape,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::edit::hold_arrows;
use super::hints::hint;
use super::theme::{HAIRLINE, PANEL, TEXT, TEXT_DIM, TRACK, Theme, faded, group_colour, text_line};

/// The largest number of latents that is drawn.
pub const MAX_LATENTS: usize = 64;
/// The part of the height that values up to 1 take; the rest is logarithmic up to [`TOP`].
const LEARNED: f32 = 0.66;
/// The largest value of the axis.
const TOP: f32 = 6.0;

/// Smoothed activations between frames.
#[derive(Clone, Debug)]
pub struct LatentState {
    before: [f32; MAX_LATENTS],
    after: [f32; MAX_LATENTS],
}

impl Default for LatentState {
    fn default() -> Self {
        Self { before: [0.0; MAX_LATENTS], after: [0.0; MAX_LATENTS] }
    }
}

impl LatentState {
    /// Takes the newest activations before and after the gains (as many as there are), and the
    /// seconds since the last call.
    pub fn update(&mut self, before: &[f32], after: &[f32], seconds: f32) {
        for (held, new) in [(&mut self.before, before), (&mut self.after, after)] {
            for (index, level) in held.iter_mut().enumerate() {
                let target = new.get(index).copied().filter(|x| x.is_finite()).unwrap_or(0.0);
                let time = if target > *level { 0.015 } else { 0.09 };
                *level += (target - *level) * (1.0 - (-seconds / time).exp());
            }
        }
    }

    /// True while a bar still moves by something visible.
    #[must_use]
    pub fn moving(&self) -> bool {
        self.after.iter().chain(&self.before).any(|&x| x > 0.003)
    }

    /// The smoothed activations of one latent before and after its gain.
    #[must_use]
    pub fn levels(&self, index: usize) -> (f32, f32) {
        (
            self.before.get(index).copied().unwrap_or(0.0),
            self.after.get(index).copied().unwrap_or(0.0),
        )
    }
}

/// What the user asks of the latents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LatentEdit {
    /// A trim gesture on one latent begins.
    Begin(usize),
    /// Its new trim, normalised to 0..1 (neutral is the middle).
    Trim(usize, f32),
    /// The gesture ends.
    End(usize),
    /// Mute or unmute one latent.
    Mute(usize),
    /// Solo one latent, or end its solo.
    Solo(usize),
    /// Border `.0` (0 lies between A and B) is to stand before latent `.1`.
    Border(usize, usize),
}

/// The picture of the latents, on plain values.
#[derive(Clone, Copy)]
pub struct LatentBars<'a> {
    /// The smoothed activations.
    pub state: &'a LatentState,
    /// Trims of the model's latents, normalised to 0..1 (neutral 0.5); their number is the number
    /// of bars.
    pub trims: &'a [f32],
    /// True for each latent that sounds: neither muted nor silenced by another's solo.
    pub sounds: &'a [bool],
    /// The latent that is soloed, if any.
    pub solo: Option<usize>,
    /// How many latents each group has.
    pub lengths: [usize; 5],
    /// Whether the borders can be dragged now.
    pub borders_move: bool,
    /// One sentence on a latent.
    pub describe: &'a dyn Fn(usize) -> String,
    /// False draws the bars grey: the effect is bypassed.
    pub live: bool,
}

struct Geometry {
    bars: Rect,
    lane: Rect,
    strip: Rect,
    slot: f32,
}

impl Geometry {
    fn new(theme: &Theme, rect: Rect, count: usize) -> Self {
        let left = rect.left() + theme.px(32.0);
        let right = rect.right() - theme.px(4.0);
        let strip_height = theme.px(18.0);
        let lane_height = (rect.height() * 0.16).clamp(theme.px(14.0), theme.px(40.0));
        let strip = Rect::from_min_max(
            pos2(left, rect.bottom() - strip_height),
            pos2(right, rect.bottom()),
        );
        let lane = Rect::from_min_max(
            pos2(left, strip.top() - lane_height),
            pos2(right, strip.top() - theme.px(2.0)),
        );
        let bars = Rect::from_min_max(
            pos2(left, rect.top() + theme.px(4.0)),
            pos2(right, lane.top() - theme.px(4.0)),
        );
        Self { bars, lane, strip, slot: bars.width() / count.max(1) as f32 }
    }

    fn cell(&self, index: usize, within: Rect) -> Rect {
        let left = within.left() + self.slot * index as f32;
        Rect::from_min_max(pos2(left, within.top()), pos2(left + self.slot, within.bottom()))
    }

    fn index_at(&self, x: f32, count: usize) -> usize {
        (((x - self.bars.left()) / self.slot).max(0.0) as usize).min(count.saturating_sub(1))
    }

    fn y(&self, value: f32) -> f32 {
        let part = if value <= 1.0 {
            LEARNED * value.max(0.0)
        } else {
            LEARNED + (1.0 - LEARNED) * (value.min(TOP).ln() / TOP.ln())
        };
        self.bars.bottom() - self.bars.height() * part
    }
}

impl LatentBars<'_> {
    /// The group of a latent.
    fn group(&self, index: usize) -> usize {
        let mut end = 0;
        self.lengths
            .iter()
            .position(|&length| {
                end += length;
                index < end
            })
            .unwrap_or(4)
    }

    fn colour(&self, index: usize) -> Color32 {
        if self.live { group_colour(self.group(index)) } else { TEXT_DIM }
    }

    /// Shows the picture in `rect` and returns what was asked for, in order.
    pub fn show(self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect) -> Vec<LatentEdit> {
        let count = self.trims.len().min(MAX_LATENTS);
        let geometry = Geometry::new(theme, rect, count);
        let area = geometry.bars.union(geometry.lane);
        let response = ui.interact(area, id, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Group, true, format!("{count} latents")));
        let mut edits = Vec::new();
        self.pointer(ui, theme, &geometry, &response, &mut edits);
        let chosen = self.keyboard(ui, &response, &mut edits);
        let pointed = response.hover_pos().map(|pos| geometry.index_at(pos.x, count)).or(chosen);
        if let Some(index) = pointed.filter(|_| count > 0) {
            hint(&response, &(self.describe)(index));
        }
        self.paint_axis(ui.painter(), theme, &geometry);
        for index in 0..count {
            self.paint_bar(ui.painter(), theme, &geometry, index, pointed == Some(index));
        }
        self.groups(ui, theme, id, &geometry, &mut edits);
        self.paint_legend(ui.painter(), theme, geometry.bars);
        if response.has_focus() {
            theme.focus_ring(ui.painter(), area);
        }
        edits
    }

    fn pointer(
        &self,
        ui: &Ui,
        theme: &Theme,
        geometry: &Geometry,
        response: &Response,
        edits: &mut Vec<LatentEdit>,
    ) {
        let count = self.trims.len().min(MAX_LATENTS);
        let held = response.id.with("held");
        let alt = ui.input(|input| input.modifiers.alt);
        let under = |x: f32| geometry.index_at(x, count);
        if response.hovered() && count > 0 {
            ui.ctx().set_cursor_icon(CursorIcon::ResizeVertical);
        }
        if let Some(pos) = response.interact_pointer_pos().filter(|_| count > 0) {
            if response.double_clicked() {
                let index = under(pos.x);
                // The two clicks of a double-click have muted and unmuted; what is left is to
                // reset.
                edits.extend([
                    LatentEdit::Mute(index),
                    LatentEdit::Begin(index),
                    LatentEdit::Trim(index, 0.5),
                    LatentEdit::End(index),
                ]);
            } else if response.clicked() {
                let index = under(pos.x);
                edits.push(if alt { LatentEdit::Solo(index) } else { LatentEdit::Mute(index) });
            }
            if response.secondary_clicked() {
                edits.push(LatentEdit::Solo(under(pos.x)));
            }
            if response.drag_started_by(egui::PointerButton::Primary) {
                let origin = ui.input(|input| input.pointer.press_origin()).unwrap_or(pos);
                let index = under(origin.x);
                let paints = geometry.lane.expand2(vec2(0.0, theme.px(4.0))).contains(origin);
                ui.data_mut(|data| data.insert_temp(held, (index, self.trims[index], paints)));
                edits.push(LatentEdit::Begin(index));
            }
            if response.dragged()
                && let Some((index, value, paints)) =
                    ui.data(|data| data.get_temp::<(usize, f32, bool)>(held))
            {
                let (now, value) = if paints {
                    (under(pos.x), 1.0 - (pos.y - geometry.lane.top()) / geometry.lane.height())
                } else {
                    let fine = if ui.input(|input| input.modifiers.shift) { 0.1 } else { 1.0 };
                    (index, value - response.drag_delta().y / theme.px(160.0) * fine)
                };
                let value = value.clamp(0.0, 1.0);
                if now != index {
                    edits.extend([LatentEdit::End(index), LatentEdit::Begin(now)]);
                }
                ui.data_mut(|data| data.insert_temp(held, (now, value, paints)));
                if (value - self.trims[now]).abs() > 1e-6 {
                    edits.push(LatentEdit::Trim(now, value));
                }
            }
        }
        if response.drag_stopped()
            && let Some((index, ..)) =
                ui.data_mut(|data| data.remove_temp::<(usize, f32, bool)>(held))
        {
            edits.push(LatentEdit::End(index));
        }
    }

    /// Arrow keys choose a latent and move its trim; M mutes, S solos, Delete resets. Returns the
    /// chosen one while focused.
    fn keyboard(&self, ui: &Ui, response: &Response, edits: &mut Vec<LatentEdit>) -> Option<usize> {
        let count = self.trims.len().min(MAX_LATENTS);
        if !response.has_focus() || count == 0 {
            return None;
        }
        hold_arrows(ui, response.id);
        let key = response.id.with("chosen");
        let mut chosen = ui.data(|data| data.get_temp::<usize>(key)).unwrap_or(0).min(count - 1);
        let (left, right, vertical, fine) = ui.input(|input| {
            let presses = |key| input.num_presses(key);
            let vertical = presses(Key::ArrowUp) as f32 - presses(Key::ArrowDown) as f32;
            (presses(Key::ArrowLeft), presses(Key::ArrowRight), vertical, input.modifiers.shift)
        });
        chosen = (chosen + right).saturating_sub(left).min(count - 1);
        ui.data_mut(|data| data.insert_temp(key, chosen));
        let mut set = |value: f32| {
            edits.extend([
                LatentEdit::Begin(chosen),
                LatentEdit::Trim(chosen, value),
                LatentEdit::End(chosen),
            ])
        };
        if vertical != 0.0 {
            let step = if fine { 0.005 } else { 0.025 };
            set((self.trims[chosen] + vertical * step).clamp(0.0, 1.0));
        }
        if ui.input(|input| input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace)) {
            set(0.5);
        }
        if ui.input(|input| input.key_pressed(Key::M)) {
            edits.push(LatentEdit::Mute(chosen));
        }
        if ui.input(|input| input.key_pressed(Key::S)) {
            edits.push(LatentEdit::Solo(chosen));
        }
        Some(chosen)
    }

    fn paint_axis(&self, painter: &Painter, theme: &Theme, geometry: &Geometry) {
        let bars = geometry.bars;
        let unlearned = Rect::from_min_max(bars.min, pos2(bars.right(), geometry.y(1.0)));
        painter.rect_filled(unlearned, 0.0, faded(theme.accent, 0.035));
        for value in [0.0, 0.5, 2.0, 5.0] {
            painter.hline(bars.x_range(), geometry.y(value), theme.hairline(HAIRLINE));
        }
        let one = [pos2(bars.left(), geometry.y(1.0)), pos2(bars.right(), geometry.y(1.0))];
        painter.extend(Shape::dashed_line(
            &one,
            Stroke::new(theme.px(1.0), faded(theme.accent, 0.9)),
            theme.px(5.0),
            theme.px(4.0),
        ));
        let roomy = bars.height() > theme.px(110.0);
        let dense = bars.height() < theme.px(52.0);
        let upper = if dense { None } else { Some((5.0, "5")) };
        let lower = if dense { None } else { Some((0.0, "0")) };
        for (value, name) in
            [(1.0, "1")].into_iter().chain(upper).chain(lower).chain(roomy.then_some((2.0, "2")))
        {
            let place =
                (pos2(bars.left() - theme.px(6.0), geometry.y(value)), Align2::RIGHT_CENTER);
            text_line(painter, place, name, (theme.small(), TEXT_DIM), theme.px(30.0));
        }
        painter.hline(geometry.lane.x_range(), geometry.lane.center().y, theme.hairline(TRACK));
        let place =
            (pos2(bars.left() - theme.px(6.0), geometry.lane.center().y), Align2::RIGHT_CENTER);
        text_line(painter, place, "trim", (theme.small(), TEXT_DIM), theme.px(32.0));
    }

    /// What the line and the marks mean, over everything else.
    fn paint_legend(&self, painter: &Painter, theme: &Theme, bars: Rect) {
        let roomy = bars.height() > theme.px(110.0);
        if bars.height() * (1.0 - LEARNED) < theme.px(19.0) {
            return;
        }
        let words = if roomy {
            "white marks: before the knobs  ·  above 1: unlearned"
        } else {
            "above 1: unlearned"
        };
        let galley = painter.layout_no_wrap(words.to_owned(), theme.small(), TEXT_DIM);
        let place = Align2::RIGHT_TOP
            .anchor_size(bars.right_top() + vec2(-theme.px(6.0), theme.px(2.0)), galley.size());
        painter.rect_filled(
            place.expand2(vec2(theme.px(4.0), 0.0)),
            theme.radius(4.0),
            faded(PANEL, 0.85),
        );
        painter.galley(place.min, galley, TEXT_DIM);
    }

    fn paint_bar(
        &self,
        painter: &Painter,
        theme: &Theme,
        geometry: &Geometry,
        index: usize,
        pointed: bool,
    ) {
        let colour = self.colour(index);
        let sounds = self.sounds.get(index).copied().unwrap_or(true);
        let (before, after) = self.state.levels(index);
        let gap = (geometry.slot * 0.18).clamp(1.0, theme.px(4.0));
        let cell = geometry.cell(index, geometry.bars);
        let (left, right) = (cell.left() + gap / 2.0, cell.right() - gap / 2.0);
        if pointed {
            let column = geometry.cell(index, geometry.bars.union(geometry.lane));
            painter.rect_filled(column, theme.radius(2.0), faded(TEXT, 0.06));
        }
        let base = geometry.bars.bottom();
        // Every latent has a foot even at rest: 64 places that can be touched.
        let foot = Rect::from_min_max(pos2(left, base - theme.px(2.0)), pos2(right, base));
        painter.rect_filled(foot, 0.0, faded(colour, if sounds { 0.55 } else { 0.2 }));
        if sounds && after > 0.002 {
            let top = geometry.y(after).min(base - theme.px(2.0));
            let body = Rect::from_min_max(pos2(left, top.max(geometry.y(1.0))), pos2(right, base));
            painter.rect_filled(body, theme.radius(1.0), faded(colour, 0.88));
            if after > 1.0 {
                let over = Rect::from_min_max(
                    pos2(left, top),
                    pos2(right, geometry.y(1.0) - theme.px(1.0)),
                );
                painter.rect_filled(
                    over,
                    theme.radius(1.0),
                    egui::lerp(egui::Rgba::from(colour)..=egui::Rgba::from(TEXT), 0.45),
                );
            }
        }
        if before > 0.01 {
            painter.hline(
                left..=right,
                geometry.y(before),
                Stroke::new(theme.px(1.5), faded(TEXT, 0.65)),
            );
        }
        self.paint_trim(painter, theme, geometry, index, Rangef::new(left, right));
    }

    fn paint_trim(
        &self,
        painter: &Painter,
        theme: &Theme,
        geometry: &Geometry,
        index: usize,
        sides: Rangef,
    ) {
        let (left, right) = (sides.min, sides.max);
        let sounds = self.sounds.get(index).copied().unwrap_or(true);
        let lane = geometry.lane;
        let y = lane.bottom() - lane.height() * self.trims[index].clamp(0.0, 1.0);
        if !sounds && self.solo.is_none() {
            // Muted: a cross, so that it is told by shape.
            let (centre, arm) = (
                pos2((left + right) / 2.0, lane.center().y),
                ((right - left) * 0.35).min(theme.px(4.0)),
            );
            for side in [-1.0, 1.0] {
                let end = vec2(arm, arm * side);
                painter.line_segment(
                    [centre - end, centre + end],
                    Stroke::new(theme.px(1.5), TEXT_DIM),
                );
            }
            return;
        }
        let colour = faded(self.colour(index), if sounds { 0.9 } else { 0.3 });
        if (y - lane.center().y).abs() < theme.px(0.75) {
            painter.hline(left..=right, lane.center().y, Stroke::new(theme.px(1.5), colour));
        } else {
            painter.rect_filled(
                Rect::from_two_pos(pos2(left, y), pos2(right, lane.center().y)),
                theme.radius(1.0),
                colour,
            );
        }
        if self.solo == Some(index) {
            let centre = pos2((left + right) / 2.0, geometry.bars.top() + theme.px(6.0));
            painter.circle_filled(centre, theme.px(3.0), TEXT);
        }
    }

    /// The strip of letters under the bars, with the borders between them.
    fn groups(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        id: Id,
        geometry: &Geometry,
        edits: &mut Vec<LatentEdit>,
    ) {
        let mut start = 0;
        for (group, &length) in self.lengths.iter().enumerate() {
            let from = geometry.cell(start, geometry.strip).left();
            start += length;
            let to = from + geometry.slot * length as f32;
            let colour = if self.live { group_colour(group) } else { TEXT_DIM };
            let body = Rect::from_min_max(
                pos2(from + 1.0, geometry.strip.top() + theme.px(2.0)),
                pos2(to - 1.0, geometry.strip.bottom()),
            );
            ui.painter().rect_filled(body, theme.radius(4.0), faded(colour, 0.22));
            let letter = ["A", "B", "C", "D", "E"][group];
            let text = if body.width() > theme.px(48.0) {
                format!("{letter} · {length}")
            } else {
                letter.to_owned()
            };
            let font = egui::FontId::new(theme.px(12.0), super::theme::strong_family());
            text_line(
                ui.painter(),
                (body.center(), Align2::CENTER_CENTER),
                &text,
                (font, colour),
                body.width(),
            );
            if group < 4 {
                let grip = id.with(("border", group));
                edits.extend(self.border(ui, theme, grip, geometry, group));
            }
        }
    }

    /// The border after a group of latents, which is dragged; the edit that it is asked for.
    fn border(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        id: Id,
        geometry: &Geometry,
        border: usize,
    ) -> Option<LatentEdit> {
        let at: usize = self.lengths.iter().take(border + 1).sum();
        let x = geometry.bars.left() + geometry.slot * at as f32;
        let tall = geometry.bars.y_range().min..=geometry.strip.bottom();
        if !self.borders_move {
            ui.painter().vline(x, tall, theme.hairline(PANEL));
            return None;
        }
        let grip = Rect::from_center_size(
            pos2(x, geometry.strip.center().y),
            vec2(theme.px(12.0), geometry.strip.height() + theme.px(4.0)),
        );
        let response = ui.interact(grip, id, Sense::drag());
        response.widget_info(|| {
            WidgetInfo::slider(
                true,
                at as f64,
                format!("Border after group {}", ["A", "B", "C", "D"][border]),
            )
        });
        hint(
            &response,
            "Drag to give a knob more or fewer latents.\nEach keeps at least one. Arrow keys move it by one.",
        );
        let hot = response.hovered() || response.dragged() || response.has_focus();
        let stroke = Stroke::new(
            theme.px(if hot { 2.0 } else { 1.0 }),
            if hot { TEXT } else { faded(TEXT, 0.45) },
        );
        ui.painter().vline(x, tall, stroke);
        let handle = Rect::from_center_size(grip.center(), vec2(theme.px(6.0), theme.px(14.0)));
        ui.painter().rect_filled(handle, theme.radius(3.0), if hot { TEXT } else { TEXT_DIM });
        if response.hovered() || response.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        }
        let mut target = at;
        if response.dragged()
            && let Some(pos) = response.interact_pointer_pos()
        {
            target = ((pos.x - geometry.bars.left()) / geometry.slot).round().max(0.0) as usize;
        }
        if response.has_focus() {
            hold_arrows(ui, id);
            theme.focus_ring(ui.painter(), handle);
            let (left, right) = ui.input(|input| {
                (input.num_presses(Key::ArrowLeft), input.num_presses(Key::ArrowRight))
            });
            target = (target + right).saturating_sub(left);
        }
        let low = at - self.lengths[border] + 1;
        let high = at + self.lengths[border + 1] - 1;
        let target = target.clamp(low, high.max(low));
        (target != at).then_some(LatentEdit::Border(border, target))
    }
}
