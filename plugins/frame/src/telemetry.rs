//! What an effect's audio thread shows the editor: the newest frame of its transform, in fixed
//! arrays, as a [`crate::picture`].

use nfx_core::engine::anne::FrameView;
use nfx_core::models::spectral::MAX_LATENTS;

use crate::picture::{self, Painter, Viewer};

/// Points of the pictures' spectra: larger transforms are reduced to the maximum of neighbouring
/// bins.
pub const SPECTRUM_POINTS: usize = 1025;

/// One frame, as the editor draws it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Frames so far; 0 before the first.
    pub index: u64,
    /// How many latents the playing model has.
    pub latent_count: usize,
    /// Latents after the gains, `[latent]`, mean over channels.
    pub latents: [f32; MAX_LATENTS],
    /// Latents before the gains, `[latent]`.
    pub raw_latents: [f32; MAX_LATENTS],
    /// How many points of the spectra are in use.
    pub points: usize,
    /// Magnitudes of the input, `[point]`, from 0 Hz to half of `sample_rate_hz`.
    pub before: [f32; SPECTRUM_POINTS],
    /// Magnitudes of the output, `[point]`.
    pub after: [f32; SPECTRUM_POINTS],
    /// The model's sample rate.
    pub sample_rate_hz: f64,
    /// Largest absolute sample of the input since the last look.
    pub input_peak: f32,
    /// Largest absolute sample of the output since the last look.
    pub output_peak: f32,
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            index: 0,
            latent_count: 0,
            latents: [0.0; MAX_LATENTS],
            raw_latents: [0.0; MAX_LATENTS],
            points: 0,
            before: [0.0; SPECTRUM_POINTS],
            after: [0.0; SPECTRUM_POINTS],
            sample_rate_hz: 0.0,
            input_peak: 0.0,
            output_peak: 0.0,
        }
    }
}

/// The audio thread's side.
pub struct Writer {
    painter: Painter<Frame>,
    last_index: u64,
    input_peak: f32,
    output_peak: f32,
}

/// The editor's side; any thread but the audio thread.
pub type Reader = Viewer<Frame>;

/// A connected pair.
#[must_use]
pub fn channel() -> (Writer, Reader) {
    let (painter, viewer) = picture::channel();
    (Writer { painter, last_index: 0, input_peak: 0.0, output_peak: 0.0 }, viewer)
}

impl Writer {
    /// Publishes `view` when it is new and somebody looks. Real-time safe.
    pub fn publish(&mut self, view: &FrameView<'_>) {
        if !self.painter.is_wanted() {
            (self.input_peak, self.output_peak) = (0.0, 0.0);
            return;
        }
        self.input_peak = self.input_peak.max(view.input_peak);
        self.output_peak = self.output_peak.max(view.output_peak);
        if view.index == self.last_index {
            return;
        }
        self.last_index = view.index;
        let peaks = (self.input_peak, self.output_peak);
        (self.input_peak, self.output_peak) = (0.0, 0.0);
        self.painter.publish(|frame| {
            frame.index = view.index;
            frame.latent_count = view.latents.len().min(MAX_LATENTS);
            copy(&mut frame.latents, view.latents);
            copy(&mut frame.raw_latents, view.raw_latents);
            frame.points = reduce(&mut frame.before, view.before);
            reduce(&mut frame.after, view.after);
            frame.sample_rate_hz = view.sample_rate_hz;
            (frame.input_peak, frame.output_peak) = peaks;
        });
    }
}

fn copy(to: &mut [f32], from: &[f32]) {
    let count = to.len().min(from.len());
    to[..count].copy_from_slice(&from[..count]);
    to[count..].fill(0.0);
}

/// Cuts `from` to at most `to.len()` points, each the maximum of its bins; returns the number of
/// points.
fn reduce(to: &mut [f32], from: &[f32]) -> usize {
    let group = from.len().div_ceil(to.len()).max(1);
    let points = from.len().div_ceil(group);
    for (point, bins) in to.iter_mut().zip(from.chunks(group)) {
        *point = bins.iter().fold(0.0, |most: f32, &bin| most.max(bin));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view<'a>(index: u64, latents: &'a [f32], spectrum: &'a [f32]) -> FrameView<'a> {
        FrameView {
            index,
            latents,
            raw_latents: latents,
            before: spectrum,
            after: spectrum,
            sample_rate_hz: 44100.0,
            input_peak: 0.5,
            output_peak: 0.25,
        }
    }

    #[test]
    fn nothing_is_written_until_somebody_looks() {
        let (mut writer, reader) = channel();
        writer.publish(&view(1, &[1.0], &[2.0]));
        assert_eq!(reader.look(|frame| frame.index), 0);
        writer.publish(&view(2, &[1.0], &[2.0]));
        assert_eq!(reader.look(|frame| (frame.index, frame.latent_count, frame.points)), (2, 1, 1));
    }

    #[test]
    fn large_spectra_keep_their_peaks() {
        let (mut writer, reader) = channel();
        let mut spectrum = vec![0.0; 8193];
        spectrum[5000] = 3.0;
        reader.look(|_| ());
        writer.publish(&view(1, &[0.0; 64], &spectrum));
        reader.look(|frame| {
            assert!(frame.points <= SPECTRUM_POINTS);
            assert_eq!(frame.before.iter().copied().fold(0.0, f32::max), 3.0);
        });
    }
}
