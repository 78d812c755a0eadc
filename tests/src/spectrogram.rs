//! Pictures of sound: time to the right, frequency upward on a logarithmic scale, level as colour.

use crate::{font, measure};
use anyhow::{Context, Result};
use std::path::Path;

/// One sound in a picture.
pub struct Panel<'a> {
    /// What stands above it.
    pub title: &'a str,
    /// Mono samples.
    pub samples: &'a [f32],
}

const WIDTH: usize = 860;
const HEIGHT: usize = 300;
const LEFT: usize = 74;
const RIGHT: usize = 96;
const TOP: usize = 34;
const BOTTOM: usize = 44;
const LOWEST_HZ: f64 = 40.0;
const RANGE_DB: f64 = 90.0;
const FRAME: usize = 4096;
const TEXT: [u8; 3] = [225, 225, 230];
const LINE: [u8; 3] = [120, 120, 130];
const GROUND: [u8; 3] = [18, 18, 22];

/// Draws the panels one above the other with a common colour scale and writes a PNG.
///
/// # Errors
/// When there is nothing to draw or the file cannot be written.
pub fn draw(path: &Path, panels: &[Panel<'_>], rate_hz: f64) -> Result<()> {
    let spectra: Vec<Vec<Vec<f64>>> = panels.iter().map(|panel| columns(panel.samples)).collect();
    let loudest = spectra.iter().flatten().flatten().copied().fold(f64::MIN, f64::max);
    let mut canvas = Canvas::new(LEFT + WIDTH + RIGHT, panels.len() * (TOP + HEIGHT + BOTTOM));
    for (index, (panel, spectra)) in panels.iter().zip(&spectra).enumerate() {
        let top = index * (TOP + HEIGHT + BOTTOM) + TOP;
        canvas.text((LEFT, top - 24), panel.title, 2);
        paint(&mut canvas, top, spectra, &Scale { loudest_db: loudest, rate_hz });
        frequency_axis(&mut canvas, top, rate_hz);
        time_axis(&mut canvas, top, panel.samples.len() as f64 / rate_hz);
        level_bar(&mut canvas, top);
    }
    canvas.save(path)
}

struct Scale {
    loudest_db: f64,
    rate_hz: f64,
}

/// One power spectrum in decibels for each column of pixels.
fn columns(samples: &[f32]) -> Vec<Vec<f64>> {
    let mut padded = vec![0.0; FRAME / 2];
    padded.extend(samples);
    padded.resize(samples.len() + FRAME, 0.0);
    let start = |column: usize| column * samples.len() / WIDTH;
    (0..WIDTH)
        .map(|column| {
            measure::power_spectrum(&padded[start(column)..start(column) + FRAME])
                .into_iter()
                .map(measure::power_db)
                .collect()
        })
        .collect()
}

fn paint(canvas: &mut Canvas, top: usize, spectra: &[Vec<f64>], scale: &Scale) {
    let bin_hz = scale.rate_hz / FRAME as f64;
    for (x, spectrum) in spectra.iter().enumerate() {
        for y in 0..HEIGHT {
            let high = frequency(y as f64, scale.rate_hz) / bin_hz;
            let low = frequency((y + 1) as f64, scale.rate_hz) / bin_hz;
            let db = loudest_between(spectrum, low, high) - scale.loudest_db;
            canvas.set(LEFT + x, top + y, colour(1.0 + db / RANGE_DB));
        }
    }
}

/// The loudest bin between two places of a spectrum, or the value between two bins when none lies there.
fn loudest_between(spectrum: &[f64], low: f64, high: f64) -> f64 {
    let last = spectrum.len() - 1;
    let (first, end) = (low.ceil() as usize, (high.floor() as usize).min(last));
    if first <= end {
        return spectrum[first..=end].iter().copied().fold(f64::MIN, f64::max);
    }
    let below = (low.floor() as usize).min(last);
    let part = low - low.floor();
    spectrum[below] * (1.0 - part) + spectrum[(below + 1).min(last)] * part
}

/// The frequency at a row of a panel, the highest on top.
fn frequency(row: f64, rate_hz: f64) -> f64 {
    let highest = (rate_hz / 2.0).min(20_000.0);
    LOWEST_HZ * (highest / LOWEST_HZ).powf(1.0 - row / HEIGHT as f64)
}

fn frequency_axis(canvas: &mut Canvas, top: usize, rate_hz: f64) {
    let highest = (rate_hz / 2.0).min(20_000.0);
    let marks = [
        (50.0, "50 Hz"),
        (100.0, "100"),
        (200.0, "200"),
        (500.0, "500"),
        (1e3, "1 kHz"),
        (2e3, "2 k"),
        (5e3, "5 k"),
        (1e4, "10 k"),
        (2e4, "20 k"),
    ];
    for (hz, label) in marks.iter().filter(|mark| mark.0 <= highest) {
        let row = HEIGHT as f64 * (1.0 - (hz / LOWEST_HZ).ln() / (highest / LOWEST_HZ).ln());
        let y = top + (row as usize).min(HEIGHT - 1);
        (LEFT - 6..LEFT).for_each(|x| canvas.set(x, y, LINE));
        canvas.text((LEFT - 10 - font::width(label), y.saturating_sub(3)), label, 1);
    }
}

fn time_axis(canvas: &mut Canvas, top: usize, seconds: f64) {
    let step = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0].into_iter().find(|step| seconds / step <= 9.0).unwrap_or(10.0);
    let y = top + HEIGHT;
    for mark in 0..=(seconds / step) as usize {
        let time = mark as f64 * step;
        let x = LEFT + (time / seconds * (WIDTH - 1) as f64) as usize;
        (y..y + 6).for_each(|y| canvas.set(x, y, LINE));
        let label = if step < 1.0 { format!("{time:.2} s") } else { format!("{time:.0} s") };
        canvas.text((x.saturating_sub(font::width(&label) / 2), y + 10), &label, 1);
    }
}

fn level_bar(canvas: &mut Canvas, top: usize) {
    let x = LEFT + WIDTH + 16;
    for y in 0..HEIGHT {
        let colour = colour(1.0 - y as f64 / HEIGHT as f64);
        (x..x + 14).for_each(|x| canvas.set(x, top + y, colour));
    }
    for step in 0..=3 {
        let db = 0.0 - f64::from(step) * 30.0;
        let y = top + ((-db / RANGE_DB) * (HEIGHT - 1) as f64) as usize;
        canvas.text((x + 20, y.saturating_sub(3)), &format!("{db:.0} dB"), 1);
    }
}

/// From black over violet and orange to pale yellow, evenly brighter all the way.
fn colour(level: f64) -> [u8; 3] {
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
    std::array::from_fn(|channel| (STOPS[index][channel] * (1.0 - part) + STOPS[index + 1][channel] * part) as u8)
}

struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: GROUND.repeat(width * height) }
    }

    fn set(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        if x < self.width && y < self.height {
            let at = 3 * (y * self.width + x);
            self.pixels[at..at + 3].copy_from_slice(&colour);
        }
    }

    fn text(&mut self, (x, y): (usize, usize), text: &str, scale: usize) {
        for (index, character) in text.chars().enumerate() {
            for (column, bits) in font::glyph(character).into_iter().enumerate() {
                for row in (0..8).filter(|row| bits & (1 << row) != 0) {
                    let (left, top) = (x + (index * 6 + column) * scale, y + row * scale);
                    (0..scale * scale).for_each(|dot| self.set(left + dot % scale, top + dot / scale, TEXT));
                }
            }
        }
    }

    fn save(&self, path: &Path) -> Result<()> {
        let file = std::fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
        let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        Ok(writer.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal;

    #[test]
    fn a_sine_is_a_bright_line_at_its_frequency() {
        let spectra = columns(&signal::sine(1000.0, 44_100.0, 44_100));
        let bin_hz = 44_100.0 / FRAME as f64;
        let row = |hz: f64| loudest_between(&spectra[WIDTH / 2], hz / bin_hz - 1.0, hz / bin_hz + 1.0);
        assert!(row(1000.0) > row(500.0) + 80.0 && row(1000.0) > row(2000.0) + 80.0);
    }

    #[test]
    fn a_picture_is_written() {
        let path = std::env::temp_dir().join(format!("nfx-spectrogram-{}.png", std::process::id()));
        let (one, two) = (signal::music(1, 44_100.0, 44_100), signal::noise(1, 44_100));
        draw(&path, &[Panel { title: "before", samples: &one }, Panel { title: "after", samples: &two }], 44_100.0)
            .unwrap();
        let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&path).unwrap()));
        let reader = decoder.read_info().unwrap();
        assert_eq!(reader.info().width as usize, LEFT + WIDTH + RIGHT);
        std::fs::remove_file(path).unwrap();
    }
}
