//! Pictures of sound: time to the right, frequency upward on a logarithmic scale, level as colour.

use crate::measure;
use anyhow::{Context, Result, ensure};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;
use std::ops::Range;
use std::path::Path;
use std::sync::Once;

/// One sound in a picture.
pub struct Panel<'a> {
    /// What stands above it.
    pub title: &'a str,
    /// Mono samples.
    pub samples: &'a [f32],
}

const WIDTH: u32 = 1030;
const PANEL_HEIGHT: u32 = 378;
/// The colour bar and its labels.
const BAR: u32 = 90;
const LOWEST_HZ: f64 = 40.0;
const RANGE_DB: f64 = 90.0;
const FRAME: usize = 4096;
const FONT: &str = "sans-serif";
const TEXT: RGBColor = RGBColor(225, 225, 230);
const LINE: RGBColor = RGBColor(120, 120, 130);
const GROUND: RGBColor = RGBColor(18, 18, 22);

type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

/// Draws the panels one above the other with a common colour scale and writes a PNG.
///
/// # Errors
/// When there is nothing to draw or the file cannot be written.
pub fn draw(path: &Path, panels: &[Panel<'_>], rate_hz: f64) -> Result<()> {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // The editors' own font: a picture needs none of the system's.
        let inter = include_bytes!("../../plugins/ui/src/fonts/Inter-Regular.otf");
        let _ = register_font(FONT, FontStyle::Normal, inter);
    });
    ensure!(
        panels.iter().all(|panel| !panel.samples.is_empty()),
        "expected sounds to draw, found an empty one"
    );
    let loudest = |panel: &Panel<'_>| {
        columns(panel.samples, WIDTH as usize).concat().into_iter().fold(f64::MIN, f64::max)
    };
    let loudest_db = panels.iter().map(loudest).fold(f64::MIN, f64::max);
    let root =
        BitMapBackend::new(path, (WIDTH, PANEL_HEIGHT * panels.len() as u32)).into_drawing_area();
    root.fill(&GROUND)?;
    for (panel, area) in panels.iter().zip(root.split_evenly((panels.len(), 1))) {
        let (sound, bar) = area.split_horizontally(WIDTH - BAR);
        draw_sound(&sound, panel, rate_hz, loudest_db)?;
        draw_bar(&bar)?;
    }
    root.present().with_context(|| format!("{} cannot be written", path.display()))
}

fn draw_sound(area: &Area<'_>, panel: &Panel<'_>, rate_hz: f64, loudest_db: f64) -> Result<()> {
    let highest_hz = (rate_hz / 2.0).min(20_000.0);
    let seconds = panel.samples.len() as f64 / rate_hz;
    let mut chart = ChartBuilder::on(area)
        .caption(panel.title, (FONT, 20).with_color(TEXT))
        .margin(8)
        .x_label_area_size(34)
        .y_label_area_size(66)
        .build_cartesian_2d(0.0..seconds, (LOWEST_HZ..highest_hz).log_scale())?;
    let plot = chart.plotting_area().strip_coord_spec();
    let (width, height) = plot.dim_in_pixel();
    let bin_hz = rate_hz / FRAME as f64;
    for (x, spectrum) in columns(panel.samples, width as usize).iter().enumerate() {
        for y in 0..height {
            let bin = |row: u32| {
                LOWEST_HZ * (highest_hz / LOWEST_HZ).powf(1.0 - f64::from(row) / f64::from(height))
                    / bin_hz
            };
            let db = loudest_between(spectrum, bin(y + 1)..bin(y)) - loudest_db;
            plot.draw_pixel((x as i32, y as i32), &colour(1.0 + db / RANGE_DB))?;
        }
    }
    let hertz =
        |hz: &f64| if *hz < 1e3 { format!("{hz:.0} Hz") } else { format!("{:.0} kHz", hz / 1e3) };
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(LINE)
        .label_style((FONT, 14).with_color(TEXT))
        .x_label_formatter(&|time| {
            if seconds < 5.0 { format!("{time:.2} s") } else { format!("{time:.0} s") }
        })
        .y_label_formatter(&hertz)
        .draw()?;
    Ok(())
}

fn draw_bar(area: &Area<'_>) -> Result<()> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(34)
        .margin_bottom(42)
        .margin_right(8)
        .set_label_area_size(LabelAreaPosition::Right, 64)
        .build_cartesian_2d(0.0..1.0, -RANGE_DB..0.0)?;
    let plot = chart.plotting_area().strip_coord_spec();
    let (width, height) = plot.dim_in_pixel();
    for y in 0..height {
        let colour = colour(1.0 - f64::from(y) / f64::from(height));
        plot.draw(&Rectangle::new([(0, y as i32), (width as i32, y as i32 + 1)], colour.filled()))?;
    }
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(LINE)
        .label_style((FONT, 14).with_color(TEXT))
        .y_labels(4)
        .y_label_formatter(&|db| format!("{db:.0} dB"))
        .draw()?;
    Ok(())
}

/// One power spectrum in decibels for each of so many columns of pixels.
fn columns(samples: &[f32], width: usize) -> Vec<Vec<f64>> {
    let mut padded = vec![0.0; FRAME / 2];
    padded.extend(samples);
    padded.resize(samples.len() + FRAME, 0.0);
    let start = |column: usize| column * samples.len() / width;
    let spectrum =
        |column: usize| measure::power_spectrum(&padded[start(column)..start(column) + FRAME]);
    (0..width).map(|column| spectrum(column).into_iter().map(measure::power_db).collect()).collect()
}

/// The loudest bin between two places of a spectrum, or the value between two bins when none lies
/// there.
fn loudest_between(spectrum: &[f64], places: Range<f64>) -> f64 {
    let last = spectrum.len() - 1;
    let (first, end) = (places.start.ceil() as usize, (places.end.floor() as usize).min(last));
    if first <= end {
        return spectrum[first..=end].iter().copied().fold(f64::MIN, f64::max);
    }
    let below = (places.start.floor() as usize).min(last);
    let part = places.start - places.start.floor();
    spectrum[below] * (1.0 - part) + spectrum[(below + 1).min(last)] * part
}

/// From black over violet and orange to pale yellow, evenly brighter all the way.
fn colour(level: f64) -> RGBColor {
    const STOPS: [[f64; 3]; 6] = [
        [0.0, 0.0, 4.0],
        [59.0, 15.0, 112.0],
        [140.0, 41.0, 129.0],
        [222.0, 73.0, 104.0],
        [254.0, 159.0, 109.0],
        [252.0, 253.0, 191.0],
    ];
    let place = level.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let index = (place as usize).min(STOPS.len() - 2);
    let part = place - index as f64;
    let [red, green, blue] = std::array::from_fn(|channel| {
        (STOPS[index][channel] * (1.0 - part) + STOPS[index + 1][channel] * part) as u8
    });
    RGBColor(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal;

    #[test]
    fn a_sine_is_a_bright_line_at_its_frequency() {
        let spectra = columns(&signal::sine(1000.0, 44_100.0, 44_100), 860);
        let bin_hz = 44_100.0 / FRAME as f64;
        let row = |hz: f64| loudest_between(&spectra[430], hz / bin_hz - 1.0..hz / bin_hz + 1.0);
        assert!(row(1000.0) > row(500.0) + 80.0 && row(1000.0) > row(2000.0) + 80.0);
    }

    #[test]
    fn a_picture_is_written() {
        let path = std::env::temp_dir().join(format!("nfx-spectrogram-{}.png", std::process::id()));
        let (one, two) = (signal::music(1, 44_100.0, 44_100), signal::noise(1, 44_100));
        draw(
            &path,
            &[Panel { title: "before", samples: &one }, Panel { title: "after", samples: &two }],
            44_100.0,
        )
        .unwrap();
        let picture = std::fs::read(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        assert!(picture.starts_with(b"\x89PNG"));
        // The size stands in the first chunk.
        let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
        assert_eq!((number(16), number(20)), (WIDTH, 2 * PANEL_HEIGHT));
    }
}
