//! The last seconds of the sound, before and after, and what a compressor takes away.

use egui::{Align2, Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};
use nfx_ui::Theme;
use nfx_ui::theme::{HAIRLINE, PANEL, TEXT, TEXT_DIM, faded, text_line};

use crate::scope::{COLUMN_S, COLUMNS, Column, Frame};

/// The reduction at the bottom of the picture, in dB.
const DEEPEST_DB: f32 = 24.0;
/// The share of the height that the reduction takes.
const STRIP: f32 = 0.34;
/// How much a sample's size is bent, so that quiet sound is seen, too.
const BEND: f32 = 0.6;
/// How fast the bar of the reduction follows back, in dB a second.
const FALL_DB: f32 = 40.0;

/// The picture's state between frames.
#[derive(Clone, Debug)]
pub struct History {
    columns: Vec<Column>,
    rate_hz: f64,
    reduction_db: f32,
    deepest_db: f32,
    deepest_s: f32,
    gate_gain: f32,
    load: f32,
    still_s: f32,
}

impl Default for History {
    fn default() -> Self {
        Self {
            columns: vec![Column::default(); COLUMNS],
            rate_hz: 0.0,
            reduction_db: 0.0,
            deepest_db: 0.0,
            deepest_s: 0.0,
            gate_gain: 1.0,
            load: 0.0,
            still_s: 10.0,
        }
    }
}

impl History {
    /// Takes the newest frame, if there is one.
    pub fn update(&mut self, frame: Option<&Frame>, seconds: f32) {
        self.still_s += seconds;
        self.deepest_s += seconds;
        let fall = self.reduction_db - FALL_DB * seconds;
        let target = match frame {
            Some(frame) => {
                self.columns.copy_from_slice(&frame.columns);
                (self.rate_hz, self.gate_gain, self.load) =
                    (frame.rate_hz, frame.gate_gain, frame.load);
                self.still_s = 0.0;
                frame.reduction_db
            }
            None if self.still_s > 0.2 => 0.0,
            None => self.reduction_db,
        };
        self.reduction_db = target.max(fall).max(0.0);
        if self.reduction_db >= self.deepest_db || self.deepest_s > 1.5 {
            (self.deepest_db, self.deepest_s) = (self.reduction_db, 0.0);
        }
    }

    /// True while the picture moves by itself.
    #[must_use]
    pub fn moving(&self) -> bool {
        self.still_s < 0.1 || self.reduction_db > 0.01 || self.deepest_db > 0.01
    }

    /// The noise gate's gain, linear.
    #[must_use]
    pub fn gate_gain(&self) -> f32 {
        self.gate_gain
    }

    /// The share of one core that the plugin takes, while sound runs.
    #[must_use]
    pub fn load(&self) -> Option<f32> {
        (self.still_s < 1.0 && self.load > 0.0).then_some(self.load)
    }

    /// What a compressor takes away now and the most of the last moment, in dB.
    #[must_use]
    pub fn reduction_db(&self) -> (f32, f32) {
        (self.reduction_db, self.deepest_db)
    }

    /// Draws the picture. `reduction` says whether there is a compressor, `lit` whether its sound
    /// is heard.
    pub fn paint(&self, painter: &Painter, theme: &Theme, plot: Rect, reduction: bool, lit: bool) {
        let painter = painter.with_clip_rect(plot.expand(1.0));
        let accent = if lit { theme.accent } else { TEXT_DIM };
        let x = |i: usize| plot.left() + plot.width() * i as f32 / (COLUMNS - 1) as f32;
        seconds(&painter, theme, plot);
        let mut wave = plot;
        if reduction {
            let strip = Rect::from_min_size(plot.min, vec2(plot.width(), plot.height() * STRIP));
            wave.min.y = strip.bottom() + theme.px(4.0);
            self.paint_reduction(&painter, theme, strip, &x);
        }
        painter.hline(plot.x_range(), wave.center().y, theme.hairline(HAIRLINE));
        let half = wave.height() * 0.5;
        let outline = |size: &dyn Fn(&Column) -> f32| -> Vec<(f32, f32)> {
            let bent = |column| half * f32::clamp(size(column), 0.0, 1.0).powf(BEND);
            self.columns.iter().enumerate().map(|(i, column)| (x(i), bent(column))).collect()
        };
        let before = outline(&|column| column.before);
        let after = outline(&|column| column.after);
        painter.add(body(&before, wave.center().y, faded(TEXT_DIM, 0.22)));
        painter.add(body(&after, wave.center().y, faded(accent, if lit { 0.42 } else { 0.15 })));
        for side in [-1.0, 1.0] {
            let edge = |outline: &[(f32, f32)]| -> Vec<Pos2> {
                outline.iter().map(|(x, h)| pos2(*x, wave.center().y + side * h)).collect()
            };
            painter
                .add(Shape::line(edge(&before), Stroke::new(theme.px(1.0), faded(TEXT_DIM, 0.75))));
            painter.add(Shape::line(edge(&after), Stroke::new(theme.px(1.25), accent)));
        }
    }

    /// The gain that is taken away hangs from the top of its strip.
    fn paint_reduction(
        &self,
        painter: &Painter,
        theme: &Theme,
        strip: Rect,
        x: &dyn Fn(usize) -> f32,
    ) {
        let y = |db: f32| strip.top() + strip.height() * (db / DEEPEST_DB).clamp(0.0, 1.0);
        let mut mesh = Mesh::default();
        let mut edge = Vec::with_capacity(COLUMNS);
        for (i, column) in self.columns.iter().enumerate() {
            let at = pos2(x(i), y(column.reduction_db));
            mesh.colored_vertex(pos2(at.x, strip.top()), faded(TEXT, 0.05));
            mesh.colored_vertex(at, faded(TEXT, 0.28));
            if i > 0 {
                let v = 2 * i as u32;
                mesh.add_triangle(v - 2, v - 1, v);
                mesh.add_triangle(v - 1, v, v + 1);
            }
            edge.push(at);
        }
        for db in [6.0_f32, 12.0, 18.0] {
            painter.hline(strip.x_range(), y(db), theme.hairline(HAIRLINE));
        }
        painter.add(Shape::mesh(mesh));
        painter.add(Shape::line(edge, Stroke::new(theme.px(1.5), TEXT)));
        painter.hline(strip.x_range(), strip.bottom() + theme.px(2.0), theme.hairline(HAIRLINE));
        let spacious = strip.height() > theme.px(60.0);
        for db in [6.0_f32, 12.0, 18.0].into_iter().filter(|db| spacious || *db == 12.0) {
            let place = (pos2(strip.left() + theme.px(4.0), y(db)), Align2::LEFT_CENTER);
            let text = format!("−{db:.0} dB");
            let galley = painter.layout_no_wrap(text, theme.small(), TEXT_DIM);
            let body = place.1.anchor_size(place.0, galley.size());
            painter.rect_filled(
                body.expand2(vec2(theme.px(3.0), 0.0)),
                theme.radius(3.0),
                faded(PANEL, 0.75),
            );
            painter.galley(body.min, galley, TEXT_DIM);
        }
    }
}

/// Seconds along the bottom.
fn seconds(painter: &Painter, theme: &Theme, plot: Rect) {
    let whole = COLUMNS as f64 * COLUMN_S;
    for second in 1..=3 {
        let x = plot.right() - plot.width() * (f64::from(second) / whole) as f32;
        painter.vline(x, plot.y_range(), theme.hairline(HAIRLINE));
        let place = (pos2(x + theme.px(4.0), plot.bottom() - theme.px(2.0)), Align2::LEFT_BOTTOM);
        text_line(
            painter,
            place,
            &format!("−{second} s"),
            (theme.small(), TEXT_DIM),
            theme.px(40.0),
        );
    }
}

/// The area between an outline and its mirror.
fn body(outline: &[(f32, f32)], middle: f32, colour: Color32) -> Shape {
    let mut mesh = Mesh::default();
    for (i, (x, h)) in outline.iter().enumerate() {
        mesh.colored_vertex(pos2(*x, middle - h), colour);
        mesh.colored_vertex(pos2(*x, middle + h), colour);
        if i > 0 {
            let v = 2 * i as u32;
            mesh.add_triangle(v - 2, v - 1, v);
            mesh.add_triangle(v - 1, v, v + 1);
        }
    }
    Shape::mesh(mesh)
}

/// The bar of the reduction: it hangs from the top, with the most of the last moment as a line.
pub fn reduction_meter(painter: &Painter, theme: &Theme, rect: Rect, levels_db: (f32, f32)) {
    let (now_db, most_db) = levels_db;
    let label = theme.px(18.0);
    let head = theme.px(18.0);
    let bar = Rect::from_min_max(
        pos2(rect.center().x - theme.px(4.0), rect.top() + head),
        pos2(rect.center().x + theme.px(4.0), rect.bottom() - label),
    );
    painter.rect_filled(bar, theme.radius(3.0), PANEL);
    let y = |db: f32| bar.top() + bar.height() * (db / DEEPEST_DB).clamp(0.0, 1.0);
    if now_db > 0.05 {
        painter.rect_filled(
            Rect::from_min_max(bar.min, pos2(bar.right(), y(now_db))),
            theme.radius(3.0),
            TEXT,
        );
    }
    if most_db > 0.05 {
        painter.hline(bar.x_range(), y(most_db), Stroke::new(theme.px(1.5), theme.accent));
    }
    let text = if most_db > 0.05 { format!("{most_db:.1}") } else { "0".to_owned() };
    let place = (pos2(rect.center().x, rect.top() + head / 2.0), Align2::CENTER_CENTER);
    text_line(painter, place, &text, (theme.small(), TEXT), rect.width() + theme.px(10.0));
    let place =
        (pos2(rect.center().x, rect.bottom() - label / 2.0 + theme.px(2.0)), Align2::CENTER_CENTER);
    text_line(painter, place, "GR", (theme.small(), TEXT_DIM), rect.width());
    let tick = Stroke::new(theme.px(1.0), nfx_ui::theme::TRACK);
    for db in [6.0, 12.0, 18.0] {
        painter.line_segment(
            [pos2(bar.right() + theme.px(1.0), y(db)), pos2(bar.right() + theme.px(4.0), y(db))],
            tick,
        );
    }
}
