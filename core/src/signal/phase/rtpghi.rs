//! Real-time phase-gradient heap integration, causal or with one frame of look-ahead.

use super::gradient::{Form, Gradients, SILENCE, all_from_start, logs};
use super::integrate::{Integrator, Known, Wanted};
use super::random::Random;
use crate::signal::stft::{StftConfig, StftError};

/// Phases for a stream of magnitudes, frame by frame.
///
/// Each bin gets its phase from the loudest neighbour that already has one: from the frame before
/// along time, or from the next bin along frequency, with the steps that the magnitudes tell. Bins
/// 120 dB below the loudest of two frames get a random phase, the same for the same seed.
///
/// The causal form ([`Rtpghi::new`]) knows nothing of what follows. The other one
/// ([`Rtpghi::with_look_ahead`]) answers one frame later and better, for the change along frequency
/// is then measured on both sides of the frame.
///
/// Two things differ from the published method, both in the docs of the modules: the slopes of the
/// log magnitude at attacks and beside silence, and sweeps in which the phases of a frame are made
/// to agree with all their neighbours. Together they are worth 3 to 5 dB in the causal form;
/// [`Rtpghi::published`] goes without them.
///
/// Building allocates; everything else is real-time safe. Source: Průša & Søndergaard, *Real-Time
/// Spectrogram Inversion Using Phase Gradient Heap Integration* (DAFx 2016).
///
/// ```
/// use nfx_core::signal::phase::Rtpghi;
/// use nfx_core::signal::stft::StftConfig;
/// use nfx_core::signal::window::Window;
///
/// let config = StftConfig::new(4096, 1024, Window::Hann)?;
/// let mut phase = Rtpghi::new(config, 1)?;
/// let magnitudes = vec![1.0; config.bins()];
/// let mut phases = vec![0.0; config.bins()];
/// phase.push(&magnitudes, &mut phases);
/// # Ok::<(), nfx_core::signal::stft::StftError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rtpghi {
    config: StftConfig,
    look_ahead: bool,
    gradients: Gradients,
    integrator: Integrator,
    random: Random,
    /// Logs of the magnitudes of the newest frames, the newest last, `[3][bin]`.
    logs: [Vec<f32>; 3],
    /// Advances of the frame before the one to be answered, and of that one, `[2][bin]`.
    time: [Vec<f32>; 2],
    frequency: Vec<f32>,
    /// Phases relative to the centre: of the frame answered last, and of the one being answered,
    /// `[2][bin]`.
    phases: [Vec<f32>; 2],
}

impl Rtpghi {
    /// The causal form at rest: [`Rtpghi::push`] answers with the phases of the very frame it is
    /// given. Allocates.
    ///
    /// # Errors
    /// [`StftError`] when the config is not valid.
    pub fn new(config: StftConfig, seed: u64) -> Result<Self, StftError> {
        Self::build(config, seed, false, Form::Corrected)
    }

    /// The form with one frame of look-ahead at rest: [`Rtpghi::push`] answers with the phases of
    /// the frame that it was given the time before. Allocates.
    ///
    /// # Errors
    /// [`StftError`] when the config is not valid.
    pub fn with_look_ahead(config: StftConfig, seed: u64) -> Result<Self, StftError> {
        Self::build(config, seed, true, Form::Corrected)
    }

    /// Either form exactly as published, without our corrections: for comparisons. Allocates.
    ///
    /// # Errors
    /// [`StftError`] when the config is not valid.
    pub fn published(config: StftConfig, seed: u64, look_ahead: bool) -> Result<Self, StftError> {
        Self::build(config, seed, look_ahead, Form::Published)
    }

    fn build(
        config: StftConfig,
        seed: u64,
        look_ahead: bool,
        form: Form,
    ) -> Result<Self, StftError> {
        config.validate()?;
        let bins = config.bins();
        let zeros = || vec![0.0; bins];
        let mut new = Self {
            config,
            look_ahead,
            gradients: Gradients::new(config, form),
            integrator: Integrator::new(config, form),
            random: Random::new(seed),
            logs: [zeros(), zeros(), zeros()],
            time: [zeros(), zeros()],
            frequency: zeros(),
            phases: [zeros(), zeros()],
        };
        new.reset();
        Ok(new)
    }

    /// The transform that the magnitudes belong to.
    pub fn config(&self) -> StftConfig {
        self.config
    }

    /// By how many frames the answers come later than the magnitudes they belong to: 0 or 1.
    pub fn look_ahead(&self) -> usize {
        usize::from(self.look_ahead)
    }

    /// Back to the state right after building: silence before the first frame, the same random
    /// phases again. Real-time safe.
    pub fn reset(&mut self) {
        self.random.reset();
        self.logs.iter_mut().for_each(|logs| logs.fill(SILENCE));
        self.phases.iter_mut().for_each(|phases| phases.fill(0.0));
        self.gradients.time(&self.logs[0], &mut self.time[0]);
        self.gradients.time(&self.logs[0], &mut self.time[1]);
    }

    /// Takes the magnitudes of the next frame and answers with the phases, from -pi to pi, of this
    /// frame (causal) or of the one before (look-ahead). They are those of the plain FFT of the
    /// whole frame, as [`crate::signal::stft::Transform`] computes and takes them. Real-time safe.
    ///
    /// `magnitudes` and `phases` are `[bin]`; when either has another length, nothing happens but
    /// zeros in `phases`. Magnitudes may have any scale; NaN and negative ones count as silence,
    /// infinite ones as the largest number.
    pub fn push(&mut self, magnitudes: &[f32], phases: &mut [f32]) {
        let bins = self.config.bins();
        if magnitudes.len() != bins || phases.len() != bins {
            phases.fill(0.0);
            return;
        }
        self.logs.rotate_left(1);
        self.time.swap(0, 1);
        self.phases.swap(0, 1);
        logs(magnitudes, &mut self.logs[2]);
        let [first, second, third] = &self.logs;
        let (before, now) = if self.look_ahead {
            self.gradients.frequency(first, second, third, &mut self.frequency);
            (first, second)
        } else {
            self.gradients.frequency_causal(third, (second, first), &mut self.frequency);
            (second, third)
        };
        self.gradients.time(now, &mut self.time[1]);
        let [old, new] = &mut self.phases;
        self.integrator.step(
            Known { logs: before, time: &self.time[0], phases: old },
            Wanted { logs: now, time: &self.time[1], frequency: &self.frequency },
            &mut self.random,
            new,
        );
        all_from_start(new, phases);
    }

    /// Replaces the phases that were answered last, so that the next frame goes on from better
    /// ones. Real-time safe.
    pub(super) fn replace(&mut self, phases: &[f32]) {
        all_from_start(phases, &mut self.phases[1]);
    }
}
