//! The transfer curve: what the profile does to levels, with the sound's own levels moving on it.

use egui::{Align2, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};
use nfx_ui::Theme;
use nfx_ui::theme::{HAIRLINE, TEXT, TEXT_DIM, faded, text_line};

use crate::scope::Frame;

/// The lowest level of the picture, in dB; the highest is 0 in and 6 out.
const FLOOR_DB: f32 = -60.0;
/// How many of the last levels are drawn.
const TRAIL: usize = 40;
/// Below this nothing sounds.
const SILENT_DB: f32 = -70.0;
/// A sine's peak is above its RMS by this.
const CREST_DB: f32 = 3.01;

/// The picture's state between frames.
#[derive(Clone, Debug, Default)]
pub struct Transfer {
    curve: Vec<[f32; 2]>,
    trail: Vec<[f32; 2]>,
    still_s: f32,
}

impl Transfer {
    /// Takes the newest curve, and the levels of the newest frame.
    pub fn update(&mut self, frame: Option<&Frame>, curve: &[[f32; 2]], seconds: f32) {
        let fits = self.curve.len() == curve.len();
        if fits {
            // A curve that changes glides to its new place.
            let step = 1.0 - (-seconds / 0.06).exp();
            for (shown, wanted) in self.curve.iter_mut().zip(curve) {
                shown[0] = wanted[0];
                shown[1] += (wanted[1] - shown[1]) * step;
            }
        } else {
            self.curve = curve.to_vec();
        }
        self.still_s += seconds;
        if let Some(frame) = frame {
            self.still_s = 0.0;
            if frame.levels_db[0] > SILENT_DB {
                self.trail.push(frame.levels_db.map(|db| db + CREST_DB));
            } else if !self.trail.is_empty() {
                self.trail.remove(0);
            }
            if self.trail.len() > TRAIL {
                self.trail.remove(0);
            }
        } else if self.still_s > 0.3 {
            self.trail.clear();
        }
    }

    /// True while the picture moves by itself.
    #[must_use]
    pub fn moving(&self) -> bool {
        !self.trail.is_empty()
    }

    /// The level out for a level in, from the curve.
    #[must_use]
    pub fn at(&self, in_db: f32) -> Option<f32> {
        let after = self.curve.iter().position(|point| point[0] >= in_db)?;
        let [x1, y1] = self.curve[after];
        let Some([x0, y0]) = after.checked_sub(1).map(|before| self.curve[before]) else {
            return Some(y1);
        };
        Some(y0 + (y1 - y0) * ((in_db - x0) / (x1 - x0).max(1e-6)))
    }

    /// Draws the picture. `lit` says whether the profile is heard.
    pub fn paint(&self, painter: &Painter, theme: &Theme, rect: Rect, lit: bool) {
        let plot = plot_of(theme, rect);
        grid(painter, theme, plot);
        let clipped = painter.with_clip_rect(plot.expand(1.0));
        let place = |point: &[f32; 2]| pos2(x_of(plot, point[0]), y_of(plot, point[1]));
        let unity = [
            pos2(x_of(plot, FLOOR_DB), y_of(plot, FLOOR_DB)),
            pos2(x_of(plot, 0.0), y_of(plot, 0.0)),
        ];
        clipped.extend(Shape::dashed_line(
            &unity,
            Stroke::new(theme.px(1.0), faded(TEXT_DIM, 0.7)),
            theme.px(3.0),
            theme.px(4.0),
        ));
        let points: Vec<Pos2> = self.curve.iter().map(place).collect();
        if points.len() > 1 {
            let colour = if lit { theme.accent } else { TEXT_DIM };
            clipped.add(Shape::line(points, Stroke::new(theme.px(2.0), colour)));
        }
        for (i, point) in self.trail.iter().enumerate() {
            let age = (i + 1) as f32 / self.trail.len() as f32;
            clipped.circle_filled(place(point), theme.px(1.0 + age), faded(TEXT, 0.5 * age * age));
        }
        if let Some(newest) = self.trail.last() {
            clipped.circle_filled(place(newest), theme.px(4.0), TEXT);
        }
    }

    /// Level in and out under the pointer.
    pub fn readout(&self, painter: &Painter, theme: &Theme, rect: Rect, pointer: Pos2) {
        let plot = plot_of(theme, rect);
        if !plot.contains(pointer) {
            return;
        }
        let in_db = FLOOR_DB * (1.0 - (pointer.x - plot.left()) / plot.width());
        let Some(out_db) = self.at(in_db) else { return };
        let there = pos2(pointer.x, y_of(plot, out_db).clamp(plot.top(), plot.bottom()));
        painter.vline(pointer.x, plot.y_range(), Stroke::new(theme.px(1.0), faded(TEXT, 0.35)));
        painter.circle_filled(there, theme.px(3.5), theme.accent);
        let text = format!("{in_db:.0} → {out_db:.1} dB").replace('-', "−");
        let galley = painter.layout_no_wrap(text, theme.small(), TEXT);
        let at = pos2(
            (pointer.x - galley.size().x / 2.0)
                .clamp(plot.left(), (plot.right() - galley.size().x).max(plot.left())),
            plot.bottom() - theme.px(20.0),
        );
        let body =
            Rect::from_min_size(at, galley.size()).expand2(vec2(theme.px(6.0), theme.px(3.0)));
        painter.rect_filled(body, theme.radius(4.0), nfx_ui::theme::RAISED);
        painter.galley(at, galley, TEXT);
    }
}

/// The part of the picture inside its axes.
fn plot_of(theme: &Theme, rect: Rect) -> Rect {
    Rect::from_min_max(
        rect.min + vec2(theme.px(30.0), theme.px(6.0)),
        rect.max - vec2(theme.px(6.0), theme.px(18.0)),
    )
}

fn x_of(plot: Rect, db: f32) -> f32 {
    plot.left() + plot.width() * ((db - FLOOR_DB) / -FLOOR_DB).clamp(0.0, 1.02)
}

fn y_of(plot: Rect, db: f32) -> f32 {
    plot.bottom() - plot.height() * ((db - FLOOR_DB) / (6.0 - FLOOR_DB)).clamp(-0.05, 1.05)
}

fn grid(painter: &Painter, theme: &Theme, plot: Rect) {
    let line = theme.hairline(HAIRLINE);
    let step = if plot.width() < theme.px(150.0) { 24 } else { 12 };
    for db in (-60..=0).rev().step_by(step) {
        let level = db as f32;
        let (x, y) = (x_of(plot, level), y_of(plot, level));
        painter.vline(x, plot.y_range(), line);
        painter.hline(plot.x_range(), y, line);
        let text = if db == 0 { "0".to_owned() } else { format!("−{}", -db) };
        let place = (pos2(plot.left() - theme.px(5.0), y), Align2::RIGHT_CENTER);
        text_line(painter, place, &text, (theme.small(), TEXT_DIM), theme.px(30.0));
        let narrow = plot.width() < theme.px(200.0);
        let text = if db == 0 && !narrow { "0 dB".to_owned() } else { text };
        let align = if db == 0 { Align2::RIGHT_TOP } else { Align2::CENTER_TOP };
        text_line(
            painter,
            (pos2(x, plot.bottom() + theme.px(3.0)), align),
            &text,
            (theme.small(), TEXT_DIM),
            theme.px(40.0),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_read_between_its_points() {
        let mut transfer = Transfer::default();
        transfer.update(None, &[[-60.0, -60.0], [-20.0, -20.0], [0.0, -15.0]], 0.016);
        assert_eq!(transfer.at(-10.0), Some(-17.5));
        assert_eq!(transfer.at(-60.0), Some(-60.0));
        assert_eq!(Transfer::default().at(-10.0), None);
    }

    #[test]
    fn silence_leaves_no_trail() {
        let mut transfer = Transfer::default();
        let loud = Frame { levels_db: [-20.0, -22.0], ..Frame::default() };
        (0..100).for_each(|_| transfer.update(Some(&loud), &[], 0.016));
        assert!(transfer.moving() && transfer.trail.len() == TRAIL);
        (0..100).for_each(|_| transfer.update(None, &[], 0.016));
        assert!(!transfer.moving());
    }
}
