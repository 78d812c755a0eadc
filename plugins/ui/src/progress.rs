//! A running training in a picture: how far it is, the error on what it does not learn from, and
//! what it says.

use egui::{Align2, Rect, Shape, Stroke, pos2, vec2};

use super::icons::{Icon, paint_icon};
use super::theme::{
    BACKGROUND, HAIRLINE, RED, TEXT, TEXT_DIM, TRACK, Theme, faded, oklch, text_line,
};
use nfx_frame::trainer::{Check, Progress, Stage, Verdict};

/// What the error is called and how good it is: the name, and the value below which it is good.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    /// For example `Held-out ESR`.
    pub name: &'a str,
    /// A line is drawn here; none when no value is good for all.
    pub good: Option<f64>,
}

/// Seconds as people read them: "40 s", "4 min 05 s", "1 h 20 min".
#[must_use]
pub fn duration(seconds: f32) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = seconds.max(0.0).round().min(1e7) as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// An error to three figures.
#[must_use]
pub fn figure(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        a if a >= 10.0 => format!("{value:.1}"),
        a if a >= 0.1 => format!("{value:.3}"),
        a if a >= 0.000_1 => format!("{value:.4}"),
        _ => format!("{value:.2e}"),
    }
}

/// What a stage is called, with its time.
#[must_use]
pub fn headline(progress: &Progress, elapsed_s: f32) -> String {
    let left =
        progress.eta_s.map_or_else(String::new, |seconds| format!(", {} left", duration(seconds)));
    match &progress.stage {
        Stage::Starting => "The trainer starts".to_owned(),
        Stage::Checking => format!("Looking at the sound{left}"),
        Stage::Training => format!("Training{left}"),
        Stage::Writing => "Writing model and report".to_owned(),
        Stage::Done => format!("Done in {}", duration(elapsed_s)),
        Stage::Failed(_) => "It did not work".to_owned(),
    }
}

/// What is shown of a running training.
#[derive(Clone, Copy, Debug)]
pub struct Running<'a> {
    /// What the trainer says.
    pub progress: &'a Progress,
    /// Seconds since it was started.
    pub elapsed_s: f32,
    /// What its error is called.
    pub figure: Figure<'a>,
}

/// Draws bar, headline and curve in `rect`.
pub fn show(painter: &egui::Painter, theme: &Theme, rect: Rect, running: Running<'_>) {
    let Running { progress, elapsed_s, figure } = running;
    let failed = matches!(progress.stage, Stage::Failed(_));
    let line = theme.px(20.0);
    let place = (rect.left_top(), Align2::LEFT_TOP);
    let head = text_line(
        painter,
        place,
        &headline(progress, elapsed_s),
        (theme.strong(), TEXT),
        rect.width() * 0.68,
    );
    let share = format!("{:.0} %", progress.fraction * 100.0);
    if !progress.is_over() {
        let place = (pos2(rect.right(), head.center().y), Align2::RIGHT_CENTER);
        text_line(painter, place, &share, (theme.body(), TEXT), rect.width() * 0.2);
    }
    let bar = Rect::from_min_size(
        pos2(rect.left(), rect.top() + line + theme.px(4.0)),
        vec2(rect.width(), theme.px(6.0)),
    );
    painter.rect_filled(bar, theme.radius(3.0), TRACK);
    let lit = Rect::from_min_size(
        bar.min,
        vec2(bar.width() * progress.fraction.max(0.004), bar.height()),
    );
    painter.rect_filled(lit, theme.radius(3.0), if failed { RED } else { theme.accent });
    let message = Rect::from_min_size(
        pos2(rect.left(), bar.bottom() + theme.px(8.0)),
        vec2(rect.width(), theme.px(16.0)),
    );
    let (text, colour) = match &progress.stage {
        Stage::Failed(sentence) => (sentence.as_str(), TEXT),
        _ => (progress.message.as_str(), TEXT_DIM),
    };
    let galley = painter.layout(text.to_owned(), theme.small(), colour, rect.width());
    let height = galley.size().y.max(message.height());
    painter.galley(message.min, galley, colour);
    let plot =
        Rect::from_min_max(pos2(rect.left(), message.top() + height + theme.px(8.0)), rect.max);
    if plot.height() > theme.px(56.0) && !progress.curve.is_empty() {
        curve(painter, theme, plot, progress, figure);
    }
}

/// The error over the time that is done, on a logarithmic axis.
fn curve(
    painter: &egui::Painter,
    theme: &Theme,
    rect: Rect,
    progress: &Progress,
    figure_of: Figure<'_>,
) {
    painter.rect_filled(rect, theme.radius(6.0), BACKGROUND);
    let title = match progress.best {
        Some(best) => {
            format!(
                "{} {} · best {}",
                figure_of.name,
                progress.error.map_or_else(String::new, figure),
                figure(best)
            )
        }
        None => figure_of.name.to_owned(),
    };
    let place = (rect.left_top() + vec2(theme.px(10.0), theme.px(6.0)), Align2::LEFT_TOP);
    text_line(painter, place, &title, (theme.small(), TEXT), rect.width() - theme.px(20.0));
    let plot = Rect::from_min_max(
        rect.min + vec2(theme.px(54.0), theme.px(28.0)),
        rect.max - vec2(theme.px(12.0), theme.px(10.0)),
    );
    let values = progress.curve.iter().map(|(_, error)| *error).chain(figure_of.good);
    let (low, high) = values
        .filter(|value| *value > 0.0)
        .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    if high <= 0.0 || plot.height() <= 0.0 {
        return;
    }
    let (low, high) = ((low * 0.7).log10(), (high * 1.3).log10().max((low * 0.7).log10() + 0.3));
    let y = |value: f64| {
        plot.bottom()
            - plot.height()
                * ((value.max(1e-12).log10() - low) / (high - low)).clamp(0.0, 1.0) as f32
    };
    for tick in ticks(low, high) {
        painter.hline(plot.x_range(), y(tick), theme.hairline(HAIRLINE));
        let place = (pos2(plot.left() - theme.px(6.0), y(tick)), Align2::RIGHT_CENTER);
        text_line(
            painter,
            place,
            figure(tick).trim_end_matches('0').trim_end_matches('.'),
            (theme.small(), TEXT_DIM),
            theme.px(48.0),
        );
    }
    if let Some(good) = figure_of.good {
        let stroke = Stroke::new(theme.px(1.0), faded(theme.accent, 0.6));
        painter.extend(Shape::dashed_line(
            &[pos2(plot.left(), y(good)), pos2(plot.right(), y(good))],
            stroke,
            theme.px(4.0),
            theme.px(4.0),
        ));
        let place = (pos2(plot.right(), y(good) - theme.px(2.0)), Align2::RIGHT_BOTTOM);
        text_line(painter, place, "good", (theme.small(), TEXT_DIM), theme.px(40.0));
    }
    let points: Vec<_> = progress
        .curve
        .iter()
        .map(|(at, error)| pos2(plot.left() + plot.width() * at, y(*error)))
        .collect();
    if let Some(last) = points.last().copied() {
        painter.add(Shape::line(points, Stroke::new(theme.px(2.0), theme.accent)));
        painter.circle_filled(last, theme.px(3.5), TEXT);
    }
}

/// At most five round values between two powers of ten.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    #[allow(clippy::cast_possible_truncation)]
    let decades = (low.floor() as i32)..=(high.ceil() as i32);
    let steps: &[f64] = if high - low > 1.6 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let all = decades.flat_map(|decade| steps.iter().map(move |step| step * 10_f64.powi(decade)));
    all.filter(|value| (low..=high).contains(&value.log10())).take(6).collect()
}

/// Green, amber or red by the theme's own means: a sign before the words, so that the colour says
/// nothing alone.
#[must_use]
pub fn sign(verdict: Verdict) -> (Icon, egui::Color32) {
    match verdict {
        Verdict::Good => (Icon::Check, oklch(0.75, 0.12, 150.0)),
        Verdict::Doubtful => (Icon::Warning, oklch(0.80, 0.12, 85.0)),
        Verdict::Bad => (Icon::Close, RED),
    }
}

/// Draws checks one under the other; returns the height that they took.
pub fn checks(painter: &egui::Painter, theme: &Theme, rect: Rect, checks: &[Check]) -> f32 {
    let mut top = rect.top();
    for check in checks {
        let (icon, colour) = sign(check.verdict);
        let galley = painter.layout(
            check.text.clone(),
            theme.small(),
            TEXT,
            (rect.width() - theme.px(22.0)).max(1.0),
        );
        let height = galley.size().y;
        if top + height > rect.bottom() + 0.5 {
            break;
        }
        paint_icon(
            painter,
            icon,
            pos2(rect.left() + theme.px(8.0), top + theme.px(8.0)),
            theme.px(13.0),
            colour,
        );
        painter.galley(pos2(rect.left() + theme.px(22.0), top), galley, TEXT);
        top += height + theme.px(5.0);
    }
    top - rect.top()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_errors_are_readable() {
        assert_eq!(duration(39.6), "40 s");
        assert_eq!(duration(245.0), "4 min 05 s");
        assert_eq!(duration(4800.0), "1 h 20 min");
        assert_eq!(figure(0.0123), "0.0123");
        assert_eq!(
            (figure(0.00045), figure(0.000_045)),
            ("0.0004".to_owned(), "4.50e-5".to_owned())
        );
        assert!(ticks(-3.2, 0.1).len() <= 6 && ticks(-1.4, -0.9).len() >= 2);
    }
}
