//! What the audio thread shows the editor: the last samples that went out, of which the editor
//! makes a spectrum, and the sliders as the newest voice has them.

use nfx_core::signal::stft::{StftConfig, StftError, Transform};
use nfx_core::signal::window::Window;
use nfx_frame::picture::{self, Painter, Viewer};

use crate::params::SLIDERS;

/// Samples of a picture: 11 Hz from bin to bin at 44.1 kHz.
pub const SAMPLES: usize = 4096;
/// Samples between two pictures: 60 a second at 48 kHz and more.
const EVERY: usize = 735;

/// One picture.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Pictures so far; 0 before the first.
    pub index: u64,
    /// The last samples, the mean of both channels, the oldest first.
    pub samples: [f32; SAMPLES],
    /// The sliders as the newest voice has them.
    pub sliders: [f32; SLIDERS],
    /// Voices that sound.
    pub voices: usize,
    /// Largest absolute sample since the last picture.
    pub peak: f32,
    /// The host's rate.
    pub rate_hz: f64,
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            index: 0,
            samples: [0.0; SAMPLES],
            sliders: [0.0; SLIDERS],
            voices: 0,
            peak: 0.0,
            rate_hz: 0.0,
        }
    }
}

/// The editor's side.
pub type Reader = Viewer<Scope>;

/// The audio thread's side. Real-time safe.
pub struct Writer {
    painter: Painter<Scope>,
    ring: Box<[f32; SAMPLES]>,
    at: usize,
    since: usize,
    index: u64,
    peak: f32,
}

/// A connected pair.
#[must_use]
pub fn channel() -> (Writer, Reader) {
    let (painter, viewer) = picture::channel();
    (
        Writer { painter, ring: Box::new([0.0; SAMPLES]), at: 0, since: 0, index: 0, peak: 0.0 },
        viewer,
    )
}

impl Writer {
    /// Takes in what went out, and paints a picture when one is due, wanted, and not all silent.
    pub fn take(
        &mut self,
        [left, right]: [&[f32]; 2],
        rate_hz: f64,
        sliders: [f32; SLIDERS],
        voices: usize,
    ) {
        for (left, right) in left.iter().zip(right) {
            self.ring[self.at] = 0.5 * (left + right);
            self.at = (self.at + 1) % SAMPLES;
            self.peak = self.peak.max(left.abs()).max(right.abs());
        }
        self.since = self.since.saturating_add(left.len());
        if self.since < EVERY || !self.painter.is_wanted() {
            return;
        }
        self.since = 0;
        if voices == 0 && self.peak <= 0.0 {
            return;
        }
        self.index += 1;
        let (index, at, ring, peak) = (self.index, self.at, &self.ring, self.peak);
        self.painter.publish(|scope| {
            let (new, old) = ring.split_at(at);
            scope.samples[..old.len()].copy_from_slice(old);
            scope.samples[old.len()..].copy_from_slice(new);
            (scope.index, scope.sliders, scope.voices) = (index, sliders, voices);
            (scope.peak, scope.rate_hz) = (peak, rate_hz);
        });
        self.peak = 0.0;
    }
}

/// Makes spectra of pictures. Belongs to the editor's thread.
pub struct Analyser {
    transform: Result<Transform, StftError>,
    magnitudes: Vec<f32>,
}

impl Default for Analyser {
    fn default() -> Self {
        let transform =
            StftConfig::new(SAMPLES, SAMPLES / 4, Window::Hann).and_then(Transform::new);
        Self { transform, magnitudes: vec![0.0; SAMPLES / 2 + 1] }
    }
}

impl Analyser {
    /// The magnitudes of a Hann-windowed frame; a full-scale sine has a peak of a quarter of
    /// [`SAMPLES`].
    pub fn spectrum(&mut self, samples: &[f32; SAMPLES]) -> &[f32] {
        // A transform of this length is always possible; without one there would be no picture.
        if let Ok(transform) = &mut self.transform {
            let mut spectrum = vec![Default::default(); self.magnitudes.len()];
            transform.analyse(samples, &mut spectrum);
            self.magnitudes.iter_mut().zip(&spectrum).for_each(|(to, bin)| *to = bin.norm());
        }
        &self.magnitudes
    }

    /// The magnitudes made last.
    #[must_use]
    pub fn last(&self) -> &[f32] {
        &self.magnitudes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_arrives_with_its_frequency_and_level() {
        let (mut writer, reader) = channel();
        let sine = |i: usize| (std::f32::consts::TAU * 100.0 * i as f32 / SAMPLES as f32).sin();
        reader.look(|_| ());
        for block in 0..20 {
            let sound: Vec<f32> = (0..512).map(|i| sine(block * 512 + i)).collect();
            writer.take([&sound, &sound], 44_100.0, [0.5; SLIDERS], 1);
            reader.look(|_| ());
        }
        let mut analyser = Analyser::default();
        reader.look(|scope| {
            let magnitudes = analyser.spectrum(&scope.samples);
            let most = (0..magnitudes.len())
                .max_by(|a, b| magnitudes[*a].total_cmp(&magnitudes[*b]))
                .unwrap();
            assert_eq!(most, 100);
            assert!((magnitudes[100] / (SAMPLES as f32 / 4.0) - 1.0).abs() < 0.01);
        });
    }
}
