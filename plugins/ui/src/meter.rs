//! A peak meter with a falling bar, a held peak and a clip light that stays until it is clicked.

use egui::{Align2, Id, Rect, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::hints::hint;
use super::theme::{BACKGROUND, PANEL, RED, TEXT, TEXT_DIM, TRACK, Theme, text_line};

/// The lowest level that is drawn, in dB.
const FLOOR_DB: f32 = -60.0;
/// The highest.
const TOP_DB: f32 = 6.0;
/// How fast the bar falls, in dB a second.
const FALL_DB: f32 = 26.0;
/// How long a peak is held, in seconds.
const HOLD_S: f32 = 1.2;

/// The state of one meter between frames.
#[derive(Clone, Copy, Debug)]
pub struct MeterState {
    level_db: f32,
    held_db: f32,
    held_s: f32,
    clipped: bool,
}

impl Default for MeterState {
    fn default() -> Self {
        Self { level_db: FLOOR_DB, held_db: FLOOR_DB, held_s: 0.0, clipped: false }
    }
}

impl MeterState {
    /// Takes the largest absolute sample since the last frame, and the seconds since then.
    pub fn update(&mut self, peak: f32, seconds: f32) {
        let peak_db = if peak.is_finite() { 20.0 * peak.abs().max(1e-6).log10() } else { TOP_DB };
        self.clipped |= peak_db > 0.0;
        self.level_db = peak_db.max(self.level_db - FALL_DB * seconds).clamp(FLOOR_DB, TOP_DB);
        self.held_s += seconds;
        if self.level_db >= self.held_db || self.held_s > HOLD_S {
            self.held_db = self.level_db.max(
                self.held_db - if self.level_db >= self.held_db { 0.0 } else { FALL_DB * seconds },
            );
            if self.level_db >= self.held_db {
                self.held_s = 0.0;
            }
        }
    }

    /// True while the picture still moves: the bar or the held peak is above the floor.
    #[must_use]
    pub fn moving(&self) -> bool {
        self.held_db > FLOOR_DB + 0.05
    }

    /// Whether the sound has been above full scale since the light was last cleared.
    #[must_use]
    pub fn clipped(&self) -> bool {
        self.clipped
    }

    /// Draws the meter with its `name` below. A click clears the clip light.
    pub fn show(&mut self, ui: &mut Ui, theme: &Theme, id: Id, rect: Rect, name: &str) {
        let response = ui.interact(rect, id, Sense::CLICK);
        response.widget_info(|| {
            WidgetInfo::labeled(egui::Role::Meter, true, format!("{name}: {:.0} dB", self.level_db))
        });
        hint(
            &response,
            "Shows the peak level.\nThe light stays on after a peak above 0 dB: click it off.",
        );
        if response.clicked() {
            self.clipped = false;
        }
        let painter = ui.painter();
        let label_height = theme.px(18.0);
        let light = Rect::from_min_size(rect.min, vec2(rect.width(), theme.px(14.0)));
        let bar = Rect::from_min_max(
            pos2(rect.center().x - theme.px(4.0), light.bottom() + theme.px(4.0)),
            pos2(rect.center().x + theme.px(4.0), rect.bottom() - label_height),
        );
        let (fill, sign) = if self.clipped { (RED, BACKGROUND) } else { (PANEL, PANEL) };
        painter.rect_filled(light, theme.radius(3.0), fill);
        if self.clipped {
            text_line(
                painter,
                (light.center(), Align2::CENTER_CENTER),
                "!",
                (theme.small(), sign),
                light.width(),
            );
        }
        painter.rect_filled(bar, theme.radius(3.0), PANEL);
        let y = |db: f32| bar.bottom() - bar.height() * height(db);
        if self.level_db > FLOOR_DB + 0.1 {
            let lower = Rect::from_min_max(pos2(bar.left(), y(self.level_db.min(0.0))), bar.max);
            painter.rect_filled(lower, theme.radius(3.0), theme.accent);
            if self.level_db > 0.0 {
                let over = Rect::from_min_max(
                    pos2(bar.left(), y(self.level_db)),
                    pos2(bar.right(), y(0.0)),
                );
                painter.rect_filled(over, 0.0, RED);
            }
            let held = if self.held_db > 0.0 { RED } else { TEXT };
            painter.hline(bar.x_range(), y(self.held_db), Stroke::new(theme.px(1.5), held));
        }
        let zero = Stroke::new(theme.px(1.0), TRACK);
        painter.hline(bar.left() - theme.px(4.0)..=bar.left() - theme.px(1.0), y(0.0), zero);
        painter.hline(bar.right() + theme.px(1.0)..=bar.right() + theme.px(4.0), y(0.0), zero);
        let place = (
            pos2(rect.center().x, rect.bottom() - label_height / 2.0 + theme.px(2.0)),
            Align2::CENTER_CENTER,
        );
        text_line(painter, place, name, (theme.small(), TEXT_DIM), rect.width() + theme.px(8.0));
    }
}

/// The height of `db` in `rect`: 0 dB stands at nine tenths, and the lower half is compressed.
fn height(db: f32) -> f32 {
    let linear = |from: f32, to: f32| ((db - from) / (to - from)).clamp(0.0, 1.0);
    0.30 * linear(FLOOR_DB, -24.0) + 0.60 * linear(-24.0, 0.0) + 0.10 * linear(0.0, TOP_DB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_falls_and_comes_to_rest() {
        let mut state = MeterState::default();
        state.update(0.5, 0.016);
        assert!((state.level_db + 6.02).abs() < 0.1 && !state.clipped() && state.moving());
        for _ in 0..600 {
            state.update(0.0, 0.016);
        }
        assert!(!state.moving());
    }

    #[test]
    fn clipping_stays() {
        let mut state = MeterState::default();
        state.update(1.2, 0.016);
        state.update(0.0, 0.016);
        assert!(state.clipped());
        state.update(f32::NAN, 0.016);
        assert!(state.level_db.is_finite());
    }
}
