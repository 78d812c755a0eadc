//! Line charts as inline SVG: sharp at every size and without a font file.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 64.0;
const BOTTOM: f64 = 34.0;
const TOP: f64 = 24.0;
const RIGHT: f64 = 12.0;

/// What an SVG file needs that is in the page's style elsewhere.
const STYLE: &str = "<style>svg{background:#fff;font-family:sans-serif}.line{fill:none;stroke-width:1.2}.grid{stroke:#ddd}text{font-size:11px;fill:#444}.title{font-size:13px;font-weight:600}.y{text-anchor:end}.x{text-anchor:middle}</style>";

/// One line of a chart.
pub struct Line<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// Its colour as CSS has it.
    pub colour: &'a str,
    /// Where it runs, x and y.
    pub points: Vec<(f64, f64)>,
}

/// A chart of lines over a common axis.
pub struct Chart<'a> {
    /// What stands above it.
    pub title: &'a str,
    /// What stands below the x axis.
    pub x_name: &'a str,
    /// Whether the y axis is logarithmic.
    pub log_y: bool,
    /// The lines, drawn in this order.
    pub lines: Vec<Line<'a>>,
}

impl Chart<'_> {
    /// The chart as a file of its own.
    pub fn file(&self) -> String {
        let with_namespace =
            self.svg().replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
        match with_namespace.find('>') {
            Some(end) => {
                format!("{}{STYLE}{}\n", &with_namespace[..=end], &with_namespace[end + 1..])
            }
            None => with_namespace,
        }
    }

    /// The chart as an SVG element.
    pub fn svg(&self) -> String {
        let value = |y: f64| if self.log_y { y.max(1e-12).log10() } else { y };
        let finite = self
            .lines
            .iter()
            .flat_map(|l| &l.points)
            .filter(|p| p.0.is_finite() && p.1.is_finite());
        let (mut x0, mut x1, mut y0, mut y1) = (f64::MAX, f64::MIN, f64::MAX, f64::MIN);
        for &(x, y) in finite {
            (x0, x1) = (x0.min(x), x1.max(x));
            (y0, y1) = (y0.min(value(y)), y1.max(value(y)));
        }
        if x0 > x1 {
            return format!("<p>{}: nothing to draw</p>", escape(self.title));
        }
        let pad = ((y1 - y0) * 0.05).max(1e-9);
        (y0, y1) = (y0 - pad, y1 + pad);
        let x_of = |x: f64| LEFT + (x - x0) / (x1 - x0).max(1e-12) * (WIDTH - LEFT - RIGHT);
        let y_of = |y: f64| HEIGHT - BOTTOM - (value(y) - y0) / (y1 - y0) * (HEIGHT - BOTTOM - TOP);
        let mut out = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(self.title)
        );
        let _ = write!(
            out,
            "<text x=\"{LEFT}\" y=\"15\" class=\"title\">{}</text>",
            escape(self.title)
        );
        for tick in ticks(y0, y1) {
            let y = HEIGHT - BOTTOM - (tick - y0) / (y1 - y0) * (HEIGHT - BOTTOM - TOP);
            let text = if self.log_y { format!("{:.1e}", 10f64.powf(tick)) } else { number(tick) };
            let _ = write!(
                out,
                "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" class=\"grid\"/><text x=\"{:.1}\" y=\"{:.1}\" class=\"y\">{text}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                y + 4.0
            );
        }
        for tick in ticks(x0, x1) {
            let x = x_of(tick);
            let _ = write!(
                out,
                "<text x=\"{x:.1}\" y=\"{:.1}\" class=\"x\">{}</text>",
                HEIGHT - 18.0,
                number(tick)
            );
        }
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" class=\"x\">{}</text>",
            WIDTH / 2.0,
            HEIGHT - 3.0,
            escape(self.x_name)
        );
        let mut legend = WIDTH - RIGHT;
        for line in self.lines.iter().rev() {
            let mut path = String::new();
            for &(x, y) in line.points.iter().filter(|p| p.0.is_finite() && p.1.is_finite()) {
                let _ = write!(
                    path,
                    "{}{:.1} {:.1}",
                    if path.is_empty() { "M" } else { "L" },
                    x_of(x),
                    y_of(y)
                );
            }
            let _ = write!(out, "<path d=\"{path}\" stroke=\"{}\" class=\"line\"/>", line.colour);
            let _ = write!(
                out,
                "<text x=\"{legend:.1}\" y=\"15\" class=\"y\" style=\"fill:{}\">{}</text>",
                line.colour,
                escape(line.name)
            );
            legend -= 7.5 * line.name.chars().count() as f64 + 16.0;
        }
        out + "</svg>"
    }
}

/// About five round numbers in a range.
fn ticks(from: f64, to: f64) -> Vec<f64> {
    let rough = (to - from).max(1e-12) / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * power).find(|s| *s >= rough).unwrap_or(rough);
    let first = (from / step).ceil() as i64;
    let last = (to / step).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

fn number(x: f64) -> String {
    if x != 0.0 && x.abs() < 0.01 {
        format!("{x:.1e}")
    } else if x.fract().abs() < 1e-9 {
        format!("{x:.0}")
    } else {
        format!("{x:.2}")
    }
}

/// Text that may stand in HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
