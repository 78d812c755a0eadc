//! What a training is told: network, step, schedule, limits. Saved as `config.json` before the
//! first step.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use nfx_core::models::spectral::{AutoencoderConfig, Course, InstrumentInfo, LayerConfig, Scale};
use nfx_core::nn::Activation;
use nfx_learn::spectral::init::Init;
use nfx_learn::spectral::learner::{Optimiser, StepConfig, Variational};
use nfx_learn::spectral::loss::Loss;
use serde::{Deserialize, Serialize};

use crate::corpus::CorpusSpec;
use crate::device::DeviceChoice;

use super::seen::{Seen, SeenConfig};

/// The notes of an instrument that lives: E1, the lowest string of a bass, to C7.
pub const LIVE_NOTES: InstrumentInfo =
    InstrumentInfo { note_low: 28, note_high: 96, course: Some(Course::NOTE), scale: Scale::Root };
/// β of the instruments' training.
pub const KEYS_BETA: f32 = 5e-4;
/// Steps of its warm-up.
pub const KEYS_WARMUP: u64 = 1_000;

/// How the learning rate moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Schedule {
    /// It stays.
    #[default]
    Constant,
    /// It falls along half a cosine to a hundredth at the end of the epochs or of the minutes,
    /// whichever is nearer.
    Cosine,
}

impl Schedule {
    /// The factor at a share of the whole training, 0 to 1.
    pub fn factor(self, progress: f64) -> f64 {
        match self {
            Schedule::Constant => 1.0,
            Schedule::Cosine => {
                0.01 + 0.99 * 0.5 * (1.0 + (std::f64::consts::PI * progress.clamp(0.0, 1.0)).cos())
            }
        }
    }
}

/// Everything that the training loop needs beside frames and starting weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitConfig {
    /// Loss, L2, dropout, optimiser.
    pub step: StepConfig,
    /// Learning rate at the beginning.
    pub rate: f64,
    /// How it moves.
    pub schedule: Schedule,
    /// Frames in a mini-batch.
    pub batch: usize,
    /// Passes over the training frames.
    pub epochs: usize,
    /// Wall time after which the training ends, in minutes. A training with such a limit depends on
    /// the machine's speed.
    pub minutes: Option<f64>,
    /// Epochs without a better validation figure after which the training ends.
    pub patience: Option<usize>,
    /// Epochs between two looks at the validation set.
    pub validate_every: usize,
    /// Where all randomness comes from.
    pub seed: u64,
    /// Standard deviation of noise that is added to the input only (a denoising autoencoder).
    pub noise: f32,
    /// Share of the training frames that are replaced by a random mixture of two.
    pub mixture: f32,
    /// Largest transposition of a training frame along its frequency axis, in semitones up or down:
    /// sounds that the corpus has at other pitches only.
    #[serde(default)]
    pub transpose_semitones: f32,
    /// Largest slope and bow of a random filter curve over a training frame, in dB from the lowest
    /// bin to the highest.
    #[serde(default)]
    pub tilt_db: f32,
    /// Standard deviation, in dB, of the gains of a random filter over a training frame, one for
    /// each octave; a frame that is asked for in its place passes the same filter.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub octave_db: f32,
    /// What the network is given beside the frames.
    #[serde(default, skip_serializing_if = "SeenConfig::is_plain")]
    pub seen: SeenConfig,
    /// Share of the frames of which the network is to give another note of the same patch, so that
    /// its latents carry the timbre and leave the note to what the decoder is told.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub swap: f32,
    /// Weight of the midpoints between pairs of frames, whose decoded form is drawn to real frames
    /// (`nfx_learn::spectral::between`); 0 without.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub between: f32,
}

fn is_zero(value: &f32) -> bool {
    *value == 0.0
}

impl FitConfig {
    /// The thesis's training of the seven-layer nets: batch 100, Adam at 1e-4, 500 epochs, MSE,
    /// nothing else.
    pub fn thesis(seed: u64) -> Self {
        FitConfig {
            step: StepConfig {
                loss: Loss::Mse,
                l2: 0.0,
                dropout: 0.0,
                optimiser: Optimiser::Adam,
                variational: None,
            },
            rate: 1e-4,
            schedule: Schedule::Constant,
            batch: 100,
            epochs: 500,
            minutes: None,
            patience: None,
            validate_every: 1,
            seed,
            noise: 0.0,
            mixture: 0.0,
            transpose_semitones: 0.0,
            tilt_db: 0.0,
            octave_db: 0.0,
            seen: SeenConfig::default(),
            swap: 0.0,
            between: 0.0,
        }
    }

    /// The thesis's training of CANNe: batch 200, Adam at 1e-3, 300 epochs, spectral convergence
    /// per frame and rooted (equation 4.1) with L2 at 1e-10 (equation 4.4).
    pub fn canne(seed: u64) -> Self {
        let thesis = Self::thesis(seed);
        FitConfig {
            step: StepConfig { loss: Loss::SpectralConvergence, l2: 1e-10, ..thesis.step },
            rate: 1e-3,
            batch: 200,
            epochs: 300,
            ..thesis
        }
    }

    /// The training of the suite's own instruments: as the thesis's, but with a falling rate and
    /// latents that are drawn, so that each of them does something of its own.
    pub fn keys(seed: u64) -> Self {
        let thesis = Self::canne(seed);
        FitConfig {
            step: StepConfig {
                l2: 0.0,
                variational: Some(Variational { beta: KEYS_BETA, warmup: KEYS_WARMUP }),
                ..thesis.step
            },
            schedule: Schedule::Cosine,
            rate: 2e-3,
            epochs: 60,
            swap: 0.8,
            ..thesis
        }
    }

    /// The training of an instrument whose notes live: as that of [`FitConfig::keys`], with roots
    /// of magnitudes, a decoder that is told the time since the onset, and random filters. Half of
    /// the frames asked for are other notes and times of the same instrument.
    pub fn live(seed: u64) -> Self {
        let keys = Self::keys(seed);
        FitConfig {
            step: StepConfig {
                loss: Loss::NoteCourse,
                variational: Some(Variational { beta: 1e-4, warmup: 1_500 }),
                ..keys.step
            },
            octave_db: 3.0,
            swap: 0.4,
            epochs: 20,
            ..keys
        }
    }

    /// The training of the suite's own models: cosine rate, half of the frames are mixtures, all
    /// are transposed and filtered a little, a stop when nothing improves.
    pub fn residual(seed: u64) -> Self {
        FitConfig {
            rate: 1e-3,
            schedule: Schedule::Cosine,
            mixture: 0.5,
            transpose_semitones: 4.0,
            tilt_db: 12.0,
            epochs: 100,
            patience: Some(40),
            ..Self::thesis(seed)
        }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// A sentence about the first that cannot be.
    pub fn validate(&self) -> Result<()> {
        ensure!(
            self.rate > 0.0 && self.rate <= 10.0,
            "expected a learning rate above 0 and at most 10, found {}",
            self.rate
        );
        ensure!(
            (1..=65_536).contains(&self.batch),
            "expected a batch of 1 to 65536 frames, found {}",
            self.batch
        );
        ensure!(self.epochs >= 1, "expected at least one epoch, found {}", self.epochs);
        ensure!(
            self.validate_every >= 1,
            "expected to validate at least every epoch or more rarely, found every {}",
            self.validate_every
        );
        if let Some(minutes) = self.minutes {
            ensure!(
                minutes > 0.0 && minutes.is_finite(),
                "expected a limit above 0 minutes, found {minutes}"
            );
        }
        ensure!(self.patience != Some(0), "expected a patience of at least one epoch, found 0");
        ensure!(
            (0.0..1.0).contains(&self.step.dropout),
            "expected a dropout from 0 to below 1, found {}",
            self.step.dropout
        );
        ensure!(
            self.step.l2 >= 0.0 && self.step.l2.is_finite(),
            "expected an L2 factor of 0 or more, found {}",
            self.step.l2
        );
        ensure!(
            (0.0..=10.0).contains(&self.noise),
            "expected noise from 0 to 10, found {}",
            self.noise
        );
        ensure!(
            (0.0..=1.0).contains(&self.mixture),
            "expected a share of mixtures from 0 to 1, found {}",
            self.mixture
        );
        ensure!(
            (0.0..=24.0).contains(&self.transpose_semitones),
            "expected transpositions of 0 to 24 semitones, found {}",
            self.transpose_semitones
        );
        ensure!(
            (0.0..=20.0).contains(&self.octave_db),
            "expected filters of 0 to 20 dB an octave, found {}",
            self.octave_db
        );
        ensure!(
            (0.0..=60.0).contains(&self.tilt_db),
            "expected filter curves of 0 to 60 dB, found {}",
            self.tilt_db
        );
        self.seen.validate()?;
        ensure!(
            (self.step.loss == Loss::NoteCourse)
                == self.seen.notes.is_some_and(|n| n.course.is_some() && n.scale == Scale::Root),
            "expected the loss note_course for notes that live, of which roots are seen, and for no others, found {}",
            self.step.loss.name()
        );
        ensure!(
            (0.0..=1.0).contains(&self.swap),
            "expected a share of swapped notes from 0 to 1, found {}",
            self.swap
        );
        ensure!(
            self.swap == 0.0 || (self.seen.notes.is_some() && self.tilt_db == 0.0),
            "expected a decoder that is told the note, and no filter curves, to learn from other notes of a patch (--swap 0 \
             leaves it out)"
        );
        ensure!(
            (0.0..=10.0).contains(&self.between),
            "expected a weight of midpoints from 0 to 10, found {}",
            self.between
        );
        ensure!(
            self.between == 0.0
                || (self.seen.is_plain()
                    && self.step.dropout == 0.0
                    && self.step.variational.is_none()),
            "expected a network that sees frames alone, without dropout and drawn latents, to learn midpoints (--between 0 leaves them out)"
        );
        if let Some(variational) = self.step.variational {
            ensure!(
                (0.0..=10.0).contains(&variational.beta),
                "expected a beta from 0 to 10, found {}",
                variational.beta
            );
        }
        ensure!(
            self.seen.notes.is_none() || (self.mixture == 0.0 && self.transpose_semitones == 0.0),
            "expected neither mixtures nor transpositions of frames whose note the decoder is told, found {} and {} semitones",
            self.mixture,
            self.transpose_semitones
        );
        if let Optimiser::Sgd { momentum } = self.step.optimiser {
            ensure!(
                (0.0..1.0).contains(&momentum),
                "expected a momentum from 0 to below 1, found {momentum}"
            );
        }
        Ok(())
    }
}

/// How the weights begin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// What they are drawn from.
    pub init: Init,
    /// Whether the linear paths begin as a PCA of the training frames (networks with shortcuts).
    pub pca: bool,
}

/// Everything that a run follows from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// Version of `nfx-train` that wrote it.
    pub version: String,
    /// The command line, without the program's path.
    pub command: String,
    /// The model's name, for menus.
    pub name: String,
    /// One or two sentences about the model.
    pub description: String,
    /// What it learns from.
    pub corpus: CorpusSpec,
    /// What learns.
    pub network: AutoencoderConfig,
    /// How it begins.
    pub start: Start,
    /// A model file of the same network that it goes on from, in the place of weights by `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PathBuf>,
    /// How it learns.
    pub fit: FitConfig,
    /// Where it was asked to compute.
    pub device: DeviceChoice,
    /// Least seconds between two checkpoints.
    pub checkpoint_seconds: f64,
    /// Whether the model is to be played as an instrument: sliders described over their range, a
    /// map, a decoder of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub instrument: bool,
}

impl RunConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// A sentence about the first that cannot be.
    pub fn validate(&self) -> Result<()> {
        self.corpus.validate()?;
        self.network.validate()?;
        self.fit.validate()?;
        let bins = self.corpus.stft.bins();
        let seen = Seen::new(&self.fit.seen, bins);
        ensure!(
            self.network.condition == seen.condition(),
            "expected a network whose decoder is told {} notes, found one that is told {}",
            seen.condition(),
            self.network.condition
        );
        if self.network.inputs != seen.width() || self.network.outputs() != seen.outputs() {
            bail!(
                "expected a network of {} inputs and {} outputs for an FFT of {} points (features: {}), found {} and {}",
                seen.width(),
                seen.outputs(),
                self.corpus.stft.fft_size,
                self.fit.seen.features.name(),
                self.network.inputs,
                self.network.outputs()
            );
        }
        ensure!(!self.name.trim().is_empty(), "expected a name for the model, found an empty one");
        ensure!(
            self.checkpoint_seconds >= 0.0,
            "expected 0 or more seconds between checkpoints, found {}",
            self.checkpoint_seconds
        );
        if self.start.pca && !self.network.shortcut {
            bail!(
                "expected a network with shortcuts (--shortcut) for a start from PCA, found one without"
            );
        }
        Ok(())
    }
}

/// Which layers add a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Bias {
    /// No layer.
    #[value(alias = "false")]
    None,
    /// The first layer only, as in the published code of CANNe.
    First,
    /// All layers.
    #[value(alias = "true")]
    All,
}

/// The pieces that a network is put together from on the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkShape {
    /// Widths between input and output.
    pub hidden: Vec<usize>,
    /// Activation of all layers but the latents and the output.
    pub activation: Activation,
    /// Activation of the latents.
    pub latent: Activation,
    /// Activation of the output.
    pub output: Activation,
    /// Which layers add a bias.
    pub bias: Bias,
    /// Whether linear paths run beside the layers.
    pub shortcut: bool,
}

impl NetworkShape {
    /// The network for spectra of `bins` values, given what it is given beside them; the latents
    /// are the first of the narrowest hidden layers.
    ///
    /// # Errors
    /// When no such network can be made.
    pub fn network(&self, bins: usize, seen: &SeenConfig) -> Result<AutoencoderConfig> {
        ensure!(
            !self.hidden.is_empty(),
            "expected at least one hidden layer (the latents), found none"
        );
        let latent_layer = (0..self.hidden.len()).min_by_key(|&i| self.hidden[i]).unwrap_or(0);
        let mut layers: Vec<LayerConfig> = self
            .hidden
            .iter()
            .chain([&seen.notes.map_or(bins, |n| n.outputs(bins))])
            .enumerate()
            .map(|(i, &outputs)| {
                let bias = self.bias == Bias::All || self.bias == Bias::First && i == 0;
                LayerConfig { outputs, activation: self.activation, bias }
            })
            .collect();
        let last = layers.len() - 1;
        layers[latent_layer].activation = self.latent;
        layers[last].activation = self.output;
        let network = AutoencoderConfig {
            inputs: bins + seen.features.extra(bins),
            layers,
            latent_layer,
            shortcut: self.shortcut,
            condition: seen.condition(),
        };
        network.validate()?;
        Ok(network)
    }
}
