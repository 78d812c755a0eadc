//! The picture of the sound: its spectrum before (thin, grey) and after (accent) on a logarithmic
//! frequency axis.

use egui::{Align2, Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

use super::theme::{HAIRLINE, RAISED, TEXT, TEXT_DIM, Theme, faded, text_line};

/// Points along the frequency axis.
const COLUMNS: usize = 320;
/// The lowest frequency of the axis.
const LOW_HZ: f32 = 27.5;
/// The highest frequency of the axis.
const HIGH_HZ: f32 = 20_000.0;
/// The level at the top of the picture, in dB of a full-scale sine.
const TOP_DB: f32 = 0.0;
/// The level at its bottom.
const FLOOR_DB: f32 = -90.0;
/// How fast a curve falls, in dB a second.
const FALL_DB: f32 = 48.0;

/// One curve with its ballistics.
#[derive(Clone, Debug)]
struct Curve {
    level_db: Vec<f32>,
}

impl Default for Curve {
    fn default() -> Self {
        Self { level_db: vec![FLOOR_DB; COLUMNS] }
    }
}

impl Curve {
    /// `magnitudes` of one frame (`[bins]`, plain Fourier magnitudes of a Hann-windowed frame);
    /// `reference` is the magnitude of a full-scale sine.
    fn update(&mut self, magnitudes: &[f32], bin_hz: f32, reference: f32, seconds: f32) {
        let bins = magnitudes.len();
        for (column, level) in self.level_db.iter_mut().enumerate() {
            let (low, high) =
                (edge_hz(column as f32 - 0.5) / bin_hz, edge_hz(column as f32 + 0.5) / bin_hz);
            let magnitude = if high - low < 1.5 {
                between(magnitudes, (low + high) / 2.0)
            } else {
                let (from, to) = (low.ceil() as usize, (high.ceil() as usize).min(bins));
                magnitudes
                    .get(from.min(to)..to)
                    .unwrap_or_default()
                    .iter()
                    .fold(0.0_f32, |a, &b| a.max(b))
            };
            let db = 20.0 * (magnitude / reference).max(1e-7).log10();
            let db = if db.is_finite() { db.clamp(FLOOR_DB, TOP_DB + 6.0) } else { FLOOR_DB };
            // Rises within two frames, falls steadily: lively, but never a flicker.
            *level = if db > *level {
                *level + (db - *level) * (1.0 - (-seconds / 0.012).exp())
            } else {
                db.max(*level - FALL_DB * seconds)
            };
        }
    }

    fn moving(&self) -> bool {
        self.level_db.iter().any(|&level| level > FLOOR_DB + 0.1)
    }
}

/// The frequency at a place of the axis, in columns.
fn edge_hz(column: f32) -> f32 {
    LOW_HZ * (HIGH_HZ / LOW_HZ).powf(column / (COLUMNS - 1) as f32)
}

/// The magnitude at a fractional bin: a Catmull-Rom spline through the bins around, never below
/// zero.
fn between(magnitudes: &[f32], bin: f32) -> f32 {
    let at = |i: isize| -> f32 {
        let last = magnitudes.len().saturating_sub(1);
        magnitudes.get((i.max(0) as usize).min(last)).copied().unwrap_or(0.0)
    };
    let (i, t) = (bin.floor() as isize, bin - bin.floor());
    let (a, b, c, d) = (at(i - 1), at(i), at(i + 1), at(i + 2));
    let value =
        b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)));
    value.max(0.0)
}

/// The two curves and their motion.
#[derive(Clone, Debug, Default)]
pub struct SpectrumState {
    before: Curve,
    after: Curve,
    nyquist_hz: f32,
}

impl SpectrumState {
    /// Takes magnitudes `[bins]` of the newest frame before and after the effect, with the rate
    /// that they were made at, and the seconds since the last call. Empty slices let the curves
    /// fall.
    pub fn update(&mut self, before: &[f32], after: &[f32], sample_rate_hz: f64, seconds: f32) {
        for (curve, magnitudes) in [(&mut self.before, before), (&mut self.after, after)] {
            let size = 2 * magnitudes.len().saturating_sub(1);
            let bin_hz = sample_rate_hz as f32 / size.max(1) as f32;
            // A full-scale sine under a Hann window of N samples has a peak of N/4.
            curve.update(magnitudes, bin_hz.max(1e-3), size.max(1) as f32 / 4.0, seconds);
        }
        self.nyquist_hz = sample_rate_hz as f32 / 2.0;
    }

    /// True while the picture still moves.
    #[must_use]
    pub fn moving(&self) -> bool {
        self.before.moving() || self.after.moving()
    }

    /// Draws axes and curves in `rect`. `live` false draws the curve after the effect grey: it is
    /// bypassed.
    pub fn paint(&self, painter: &Painter, theme: &Theme, rect: Rect, live: bool) {
        let plot = plot_of(theme, rect);
        axes(painter, theme, plot);
        let clipped = painter.with_clip_rect(plot.expand(1.0));
        let columns = self.columns_below_nyquist();
        let points = |curve: &Curve| -> Vec<Pos2> {
            curve
                .level_db
                .iter()
                .take(columns)
                .enumerate()
                .map(|(i, &db)| pos2(x_of(plot, edge_hz(i as f32)), y_of(plot, db)))
                .collect()
        };
        let accent = if live { theme.accent } else { TEXT_DIM };
        let after = points(&self.after);
        if self.after.moving() {
            clipped.add(filled_below(&after, plot, accent));
        }
        if self.before.moving() {
            clipped.add(Shape::line(
                points(&self.before),
                Stroke::new(theme.px(1.0), faded(TEXT_DIM, 0.9)),
            ));
        }
        if self.after.moving() {
            clipped.add(Shape::line(after, Stroke::new(theme.px(1.75), accent)));
        }
    }

    /// Frequency, note and level of the curve after the effect under the pointer, when it is on the
    /// picture.
    pub fn readout(&self, painter: &Painter, theme: &Theme, rect: Rect, pointer: Pos2) {
        let plot = plot_of(theme, rect);
        if !plot.contains(pointer) {
            return;
        }
        let hz = LOW_HZ * (HIGH_HZ / LOW_HZ).powf((pointer.x - plot.left()) / plot.width());
        let column =
            ((pointer.x - plot.left()) / plot.width() * (COLUMNS - 1) as f32).round() as usize;
        let db = self.after.level_db.get(column).copied().unwrap_or(FLOOR_DB);
        painter.vline(pointer.x, plot.y_range(), Stroke::new(theme.px(1.0), faded(TEXT, 0.35)));
        let level = if db > FLOOR_DB + 0.5 {
            format!("{db:.0} dB").replace('-', "−")
        } else {
            "silent".to_owned()
        };
        let frequency =
            if hz < 1000.0 { format!("{hz:.0} Hz") } else { format!("{:.2} kHz", hz / 1000.0) };
        let text = format!("{frequency} · {} · {level}", note_name(hz));
        let right = pointer.x < plot.center().x;
        let offset = theme.px(if right { 8.0 } else { -8.0 });
        let align = if right { Align2::LEFT_CENTER } else { Align2::RIGHT_CENTER };
        let at = pos2(pointer.x + offset, plot.bottom() - theme.px(14.0));
        let galley = painter.layout_no_wrap(text, theme.small(), TEXT);
        let place = align.anchor_size(at, galley.size());
        painter.rect_filled(
            place.expand2(vec2(theme.px(6.0), theme.px(3.0))),
            theme.radius(4.0),
            RAISED,
        );
        painter.galley(place.min, galley, TEXT);
    }

    fn columns_below_nyquist(&self) -> usize {
        if self.nyquist_hz < LOW_HZ {
            return COLUMNS;
        }
        let part = (self.nyquist_hz / LOW_HZ).ln() / (HIGH_HZ / LOW_HZ).ln();
        ((part * (COLUMNS - 1) as f32) as usize + 1).clamp(2, COLUMNS)
    }
}

/// The part of the picture inside its axes.
fn plot_of(theme: &Theme, rect: Rect) -> Rect {
    Rect::from_min_max(
        rect.min + vec2(theme.px(32.0), theme.px(4.0)),
        rect.max - vec2(theme.px(4.0), theme.px(18.0)),
    )
}

/// The nearest note of equal temperament, A4 at 440 Hz.
fn note_name(hz: f32) -> String {
    const NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"];
    let key = (69.0 + 12.0 * (hz / 440.0).log2()).round().max(0.0) as usize;
    format!("{}{}", NAMES[key % 12], (key / 12) as i32 - 1)
}

fn x_of(plot: Rect, hz: f32) -> f32 {
    plot.left() + plot.width() * (hz / LOW_HZ).ln() / (HIGH_HZ / LOW_HZ).ln()
}

fn y_of(plot: Rect, db: f32) -> f32 {
    plot.bottom() - plot.height() * (db - FLOOR_DB) / (TOP_DB - FLOOR_DB)
}

/// Octave lines around 1 kHz, and dB on the left.
fn axes(painter: &Painter, theme: &Theme, plot: Rect) {
    let line = theme.hairline(HAIRLINE);
    let dense = plot.height() < theme.px(110.0);
    let step = if dense { 30 } else { 18 };
    for db in (-90..=0).rev().step_by(step) {
        let y = y_of(plot, db as f32);
        painter.hline(plot.x_range(), y, line);
        if y < plot.bottom() - theme.px(6.0) {
            let text = if db == 0 { "0 dB".to_owned() } else { format!("−{}", -db) };
            let place = (
                pos2(plot.left() - theme.px(6.0), y.max(plot.top() + theme.px(4.0))),
                Align2::RIGHT_CENTER,
            );
            text_line(painter, place, &text, (theme.small(), TEXT_DIM), theme.px(40.0));
        }
    }
    let names = ["31", "63", "125", "250", "500", "1k", "2k", "4k", "8k", "16k"];
    for (octave, name) in names.iter().enumerate() {
        let x = x_of(plot, 1000.0 * 2.0_f32.powi(octave as i32 - 5));
        painter.vline(x, plot.y_range(), line);
        let name = if octave == names.len() - 1 { "16k Hz" } else { name };
        let place = (pos2(x, plot.bottom() + theme.px(3.0)), Align2::CENTER_TOP);
        text_line(painter, place, name, (theme.small(), TEXT_DIM), theme.px(60.0));
    }
}

/// The area under a curve, denser towards the curve.
fn filled_below(points: &[Pos2], plot: Rect, colour: Color32) -> Shape {
    let mut mesh = Mesh::default();
    for (i, &point) in points.iter().enumerate() {
        let part = ((plot.bottom() - point.y) / plot.height()).clamp(0.0, 1.0);
        mesh.colored_vertex(
            pos2(point.x, point.y.min(plot.bottom())),
            faded(colour, 0.05 + 0.30 * part),
        );
        mesh.colored_vertex(pos2(point.x, plot.bottom()), faded(colour, 0.02));
        if i > 0 {
            let v = 2 * i as u32;
            mesh.add_triangle(v - 2, v - 1, v);
            mesh.add_triangle(v - 1, v, v + 1);
        }
    }
    Shape::mesh(mesh)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(bin: usize, bins: usize) -> Vec<f32> {
        let peak = 2.0 * (bins - 1) as f32 / 4.0;
        (0..bins)
            .map(|i| match i.abs_diff(bin) {
                0 => peak,
                1 => peak / 2.0,
                _ => 0.0,
            })
            .collect()
    }

    #[test]
    fn a_full_scale_sine_stands_at_zero_db_at_its_frequency() {
        let mut state = SpectrumState::default();
        let (bins, rate) = (1025, 44_100.0);
        let bin = 93; // about 2 kHz
        for _ in 0..60 {
            state.update(&sine(bin, bins), &[], rate, 0.016);
        }
        let peak = (0..COLUMNS)
            .max_by(|&a, &b| state.before.level_db[a].total_cmp(&state.before.level_db[b]))
            .unwrap();
        let hz = edge_hz(peak as f32);
        assert!((hz / (93.0 * 44_100.0 / 2048.0) - 1.0).abs() < 0.02, "{hz}");
        assert!(state.before.level_db[peak].abs() < 1.0, "{}", state.before.level_db[peak]);
        assert!(!state.after.moving());
    }

    #[test]
    fn notes_have_their_names() {
        assert_eq!(note_name(440.0), "A4");
        assert_eq!(note_name(27.5), "A0");
        assert_eq!(note_name(261.6), "C4");
    }

    #[test]
    fn silence_comes_to_rest_and_bad_values_do_no_harm() {
        let mut state = SpectrumState::default();
        state.update(&vec![f32::NAN; 1025], &vec![f32::INFINITY; 1025], 44_100.0, 0.016);
        state.update(&sine(40, 1025), &sine(40, 1025), 44_100.0, 0.016);
        assert!(state.moving());
        for _ in 0..300 {
            state.update(&[], &[], 44_100.0, 0.016);
        }
        assert!(!state.moving());
    }
}
