//! The streaming form: any block partition, exactly `N` samples of delay.

use super::{StftConfig, StftError, Transform};
use crate::Complex32;

/// The most channels that one [`StreamingStft`] takes.
pub const MAX_CHANNELS: usize = 256;

/// One channel's two rings, both `[N]` and both indexed by sample number modulo `N`.
///
/// One index serves both because the delay is exactly `N`: the sample that arrives and the sample
/// that leaves have the same place.
#[derive(Clone)]
struct Channel {
    input: Vec<f32>,
    /// What the frames so far have added up to; a place is emptied when its sample leaves.
    output: Vec<f32>,
}

/// STFT, a change of the spectra by the caller, and inverse STFT, on blocks of any length.
///
/// Frames stand at fixed places of the signal, never "once per block", so every partition of the
/// same signal into blocks gives the same bits. Building allocates; [`StreamingStft::process`] and
/// [`StreamingStft::reset`] are real-time safe.
///
/// ```
/// use nfx_core::signal::stft::{StftConfig, StreamingStft};
/// use nfx_core::signal::window::Window;
///
/// let mut stft = StreamingStft::new(StftConfig::new(1024, 256, Window::Hann)?, 1)?;
/// let mut samples = vec![0.0; 4096];
/// samples[10] = 1.0;
/// stft.process(&mut [&mut samples], |_frame, spectra| {
///     spectra[0].iter_mut().for_each(|bin| *bin *= 0.5);
/// });
/// assert!((samples[10 + stft.latency_samples()] - 0.5).abs() < 1e-6);
/// # Ok::<(), nfx_core::signal::stft::StftError>(())
/// ```
#[derive(Clone)]
pub struct StreamingStft {
    transform: Transform,
    channels: Vec<Channel>,
    /// `[channel][bin]`
    spectra: Vec<Vec<Complex32>>,
    /// The number of samples taken so far, modulo `N`.
    position: usize,
    /// The index of the next frame.
    frame: u64,
}

impl StreamingStft {
    /// An STFT for `channels` channels, at rest. Allocates.
    ///
    /// # Errors
    /// [`StftError`] when the config is not valid, or `channels` is not 1 to [`MAX_CHANNELS`].
    pub fn new(config: StftConfig, channels: usize) -> Result<Self, StftError> {
        if !(1..=MAX_CHANNELS).contains(&channels) {
            return Err(StftError::Channels { found: channels });
        }
        let transform = Transform::new(config)?;
        let silence = || vec![0.0; config.fft_size];
        Ok(Self {
            transform,
            channels: (0..channels)
                .map(|_| Channel { input: silence(), output: silence() })
                .collect(),
            spectra: vec![vec![Complex32::default(); config.bins()]; channels],
            position: 0,
            frame: 0,
        })
    }

    /// What this STFT was made from.
    pub fn config(&self) -> StftConfig {
        self.transform.config()
    }

    /// The number of channels.
    pub fn channels(&self) -> usize {
        self.channels.len()
    }

    /// The delay from input to output, in samples: exactly `N`.
    pub fn latency_samples(&self) -> usize {
        self.config().latency_samples()
    }

    /// Back to the state right after [`StreamingStft::new`]: silence in every ring, the next frame
    /// is frame 0. Real-time safe.
    pub fn reset(&mut self) {
        for channel in &mut self.channels {
            channel.input.fill(0.0);
            channel.output.fill(0.0);
        }
        self.position = 0;
        self.frame = 0;
    }

    /// Replaces the samples of `channels` (`[channel][sample]`, of one length) by the samples of
    /// `N` earlier, as changed by `on_frame`. Real-time safe as far as `on_frame` is.
    ///
    /// `on_frame` is called after every `hop` samples with the frame's index and its spectra,
    /// `[channel][bin]`, to be changed in place. Frame `k` covers the samples `(k + 1) * hop - N ..
    /// (k + 1) * hop`.
    ///
    /// The shortest channel says how many samples are processed. Channels beyond
    /// [`StreamingStft::channels`] stay as they are; channels that are not given are fed with
    /// silence. A spectrum whose length `on_frame` has changed is silent.
    pub fn process(
        &mut self,
        channels: &mut [&mut [f32]],
        mut on_frame: impl FnMut(u64, &mut [Vec<Complex32>]),
    ) {
        let StftConfig { fft_size, hop, .. } = self.config();
        let samples = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let mut start = 0;
        while start < samples {
            // The hop divides N, so a run up to the next frame boundary never wraps around the
            // ring.
            let run = (hop - self.position % hop).min(samples - start);
            self.exchange(channels, start..start + run);
            start += run;
            self.position = (self.position + run) % fft_size;
            if self.position.is_multiple_of(hop) {
                self.analyse();
                on_frame(self.frame, &mut self.spectra);
                self.synthesise();
                self.frame += 1;
            }
        }
    }

    /// Takes a run of input into the rings and gives the run of output that stands in the same
    /// places.
    fn exchange(&mut self, channels: &mut [&mut [f32]], run: std::ops::Range<usize>) {
        let places = self.position..self.position + run.len();
        let mut given = channels.iter_mut();
        for channel in &mut self.channels {
            let input = &mut channel.input[places.clone()];
            let output = &mut channel.output[places.clone()];
            match given.next() {
                Some(samples) => {
                    let samples = &mut samples[run.clone()];
                    input.copy_from_slice(samples);
                    samples.copy_from_slice(output);
                }
                None => input.fill(0.0),
            }
            output.fill(0.0);
        }
    }

    fn analyse(&mut self) {
        for (channel, spectrum) in self.channels.iter().zip(&mut self.spectra) {
            if is_silent(&channel.input) {
                spectrum.fill(Complex32::default());
                continue;
            }
            let (newest, oldest) = channel.input.split_at(self.position);
            self.transform.analyse_parts(oldest, newest, spectrum);
        }
    }

    fn synthesise(&mut self) {
        for (channel, spectrum) in self.channels.iter_mut().zip(&mut self.spectra) {
            if spectrum.iter().all(|bin| bin.re == 0.0 && bin.im == 0.0) {
                continue;
            }
            let (newest, oldest) = channel.output.split_at_mut(self.position);
            self.transform.synthesise_add_parts(spectrum, oldest, newest);
        }
    }
}
/// Whether there is nothing to be transformed: exact silence transforms to exact silence.
fn is_silent(samples: &[f32]) -> bool {
    samples.iter().all(|x| *x == 0.0)
}
