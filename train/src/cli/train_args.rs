//! The options of `nfx-train corpus` and `nfx-train train`.

use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};
use nfx_core::nn::Activation;
use nfx_core::stft::StftConfig;
use nfx_core::window::Window;
use nfx_learn::init::Init;
use nfx_learn::learner::Optimiser;
use nfx_learn::loss::Loss;

use crate::corpus::{CorpusSpec, Limits, SourceSpec};
use crate::device::DeviceChoice;
use crate::train::run::Changes;
use crate::train::{FitConfig, NetworkShape, RunConfig, Schedule, Start};

/// A name that serde knows, as a value of the command line.
fn named<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(text.to_lowercase().replace('-', "_")))
        .map_err(|e| anyhow!("{}", e.to_string().replace("unknown variant", "there is no")))
}

/// What frames are made of.
#[derive(Clone, Debug, Args)]
pub(super) struct CorpusArgs {
    /// A source: synth:seed=1,minutes=60 | folder:PATH | akwf:PATH (may be given several times)
    #[arg(long = "source", value_name = "SOURCE")]
    sources: Vec<String>,
    /// The model's sample rate in Hz
    #[arg(long, default_value_t = 44_100.0)]
    rate: f64,
    /// Points of the FFT
    #[arg(long, default_value_t = 2048)]
    fft: usize,
    /// Samples between two frames
    #[arg(long, default_value_t = 512)]
    hop: usize,
    /// Analysis window: hann, root_hann or gauss
    #[arg(long, default_value = "hann", value_parser = named::<Window>)]
    window: Window,
    /// Most training frames
    #[arg(long, default_value_t = 50_000)]
    frames: usize,
    /// Most validation frames; a fifth of the training frames unless given
    #[arg(long)]
    validation_frames: Option<usize>,
    /// Most test frames; a fifth of the training frames unless given
    #[arg(long)]
    test_frames: Option<usize>,
    /// Decides which clip goes to which set
    #[arg(long, default_value_t = 0)]
    split_seed: u64,
    /// Where built corpora are kept
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
}

/// Options of `corpus`.
#[derive(Clone, Debug, Args)]
pub(super) struct MakeArgs {
    #[command(flatten)]
    corpus: CorpusArgs,
    /// Also write this many clips of each synthesizer source as WAV files
    #[arg(long, default_value_t = 0, value_name = "CLIPS")]
    clips: u64,
    /// Where the WAV files go
    #[arg(long, value_name = "FOLDER", default_value = "runs/clips")]
    clips_out: PathBuf,
}

impl MakeArgs {
    /// Makes the corpus and says what is in it; writes clips where they are asked for.
    pub(super) fn make(&self) -> Result<()> {
        let spec = self.corpus.spec()?;
        for source in &spec.sources {
            let SourceSpec::Synth { seed, clip_seconds, kind, .. } = *source else { continue };
            for index in 0..self.clips {
                let clip = crate::synth::improvise::improvise(seed, index, kind, clip_seconds, spec.sample_rate_hz);
                let path = self.clips_out.join(format!("{kind}-{seed}-{index}.wav"));
                std::fs::create_dir_all(&self.clips_out)?;
                crate::audio::write_wav(&path, &[clip], spec.sample_rate_hz)?;
                println!("{}", path.display());
            }
        }
        self.corpus.describe()
    }
}

impl CorpusArgs {
    fn spec(&self) -> Result<CorpusSpec> {
        let sources =
            if self.sources.is_empty() { vec!["synth:seed=1,minutes=60".to_owned()] } else { self.sources.clone() };
        let stft = StftConfig::new(self.fft, self.hop, self.window)?;
        let mut spec = CorpusSpec::new(&sources, self.rate, stft)?;
        let scaled = Limits::scaled(self.frames);
        spec.limits = Limits {
            train: self.frames,
            validation: self.validation_frames.unwrap_or(scaled.validation),
            test: self.test_frames.unwrap_or(scaled.test),
        };
        spec.split_seed = self.split_seed;
        spec.cache_dir.clone_from(&self.cache);
        spec.validate()?;
        Ok(spec)
    }

    fn describe(&self) -> Result<()> {
        let corpus = self.spec()?.build(&crate::train::run::corpus_progress())?;
        println!("{}", corpus.description);
        println!("licence: {}", corpus.licence);
        for notice in &corpus.notices {
            println!("notice: {notice}");
        }
        for sentence in &corpus.skipped {
            println!("{sentence}");
        }
        println!("{:<20} {:>10} {:>10} {:>10}", "frames", "training", "validation", "test");
        for (i, name) in corpus.sources.iter().enumerate() {
            let count = |set: &crate::frames::FrameSet| set.source_of.iter().filter(|&&s| usize::from(s) == i).count();
            println!(
                "{name:<20} {:>10} {:>10} {:>10}",
                count(&corpus.train),
                count(&corpus.validation),
                count(&corpus.test)
            );
        }
        println!("{:<20} {:>10} {:>10} {:>10}", "all", corpus.train.len(), corpus.validation.len(), corpus.test.len());
        Ok(())
    }
}

/// A set of defaults; every option can still be given beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Recipe {
    /// 64 sigmoid latents with linear paths that start as a PCA, and residual layers on both sides
    Residual,
    /// The thesis to the letter: ReLU with sigmoid at latents and output, no bias, Adam at 1e-4, 500 epochs
    Thesis,
}

/// Options of `train`.
#[derive(Clone, Debug, Args)]
pub(super) struct TrainArgs {
    /// Continue the run in this folder; only --epochs, --minutes and --device count beside it
    #[arg(long, value_name = "RUN")]
    pub(super) resume: Option<PathBuf>,
    #[command(flatten)]
    corpus: CorpusArgs,
    /// The run's folder; runs/NAME unless given
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// The model's name
    #[arg(long, default_value = "My model")]
    name: String,
    /// A sentence about the model
    #[arg(long, default_value = "")]
    description: String,
    /// Where the defaults of everything below come from
    #[arg(long, value_enum, default_value_t = Recipe::Residual)]
    recipe: Recipe,
    /// Widths between input and output; the narrowest is the latents
    #[arg(long, value_delimiter = ',', default_value = "512,256,128,64,128,256,512")]
    hidden: Vec<usize>,
    /// Activation of the hidden layers: linear, relu, leaky_relu, sigmoid or tanh
    #[arg(long, value_parser = named::<Activation>)]
    activation: Option<Activation>,
    /// Activation of the latents
    #[arg(long, value_parser = named::<Activation>)]
    latent_activation: Option<Activation>,
    /// Activation of the output
    #[arg(long, value_parser = named::<Activation>)]
    output_activation: Option<Activation>,
    /// Whether layers add a bias
    #[arg(long)]
    bias: Option<bool>,
    /// Whether linear paths run beside the layers
    #[arg(long)]
    shortcut: Option<bool>,
    /// Whether the linear paths begin as a PCA
    #[arg(long)]
    pca_start: Option<bool>,
    /// How weights begin: truncated_normal (sd 0.15), xavier or he
    #[arg(long)]
    init: Option<String>,
    /// mse, mae or spectral_convergence
    #[arg(long, value_parser = named::<Loss>)]
    loss: Option<Loss>,
    /// adam or sgd
    #[arg(long)]
    optimiser: Option<String>,
    /// Momentum of sgd
    #[arg(long, default_value_t = 0.5)]
    momentum: f32,
    /// Learning rate
    #[arg(long)]
    learning_rate: Option<f64>,
    /// How the learning rate moves
    #[arg(long, value_enum)]
    schedule: Option<Schedule>,
    /// Factor of the sum of squared weights in the loss
    #[arg(long)]
    l2: Option<f32>,
    /// Share of hidden units that each step leaves out
    #[arg(long)]
    dropout: Option<f32>,
    /// Standard deviation of noise on the input (denoising)
    #[arg(long)]
    noise: Option<f32>,
    /// Share of training frames that are replaced by a mixture of two
    #[arg(long)]
    mixture: Option<f32>,

    /// Largest transposition of training frames, in semitones up or down
    #[arg(long)]
    transpose: Option<f32>,

    /// Largest random filter curve over training frames, in dB
    #[arg(long)]
    tilt: Option<f32>,
    /// Frames in a mini-batch
    #[arg(long)]
    batch: Option<usize>,
    /// Passes over the training frames
    #[arg(long)]
    epochs: Option<usize>,
    /// End after this many minutes
    #[arg(long)]
    minutes: Option<f64>,
    /// End after this many epochs without a better validation figure (0: never)
    #[arg(long)]
    patience: Option<usize>,
    /// Epochs between two looks at the validation set
    #[arg(long, default_value_t = 1)]
    validate_every: usize,
    /// Where all randomness of the training comes from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to compute
    #[arg(long, value_enum)]
    device: Option<DeviceChoice>,
    /// Least seconds between two checkpoints
    #[arg(long, default_value_t = 30.0)]
    checkpoint_seconds: f64,
}

impl TrainArgs {
    /// What a resumed run takes from the command line.
    pub(super) fn changes(&self) -> Changes {
        Changes { epochs: self.epochs, minutes: self.minutes, device: self.device }
    }

    /// The folder of the run.
    pub(super) fn folder(&self, config: &RunConfig) -> PathBuf {
        self.out.clone().unwrap_or_else(|| {
            let name: String =
                config.name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
            PathBuf::from("runs").join(name)
        })
    }

    /// The configuration of a new run.
    pub(super) fn config(&self) -> Result<RunConfig> {
        let corpus = self.corpus.spec()?;
        let residual = self.recipe == Recipe::Residual;
        let pick = |given: Option<Activation>, residual_one, thesis_one| {
            given.unwrap_or(if residual { residual_one } else { thesis_one })
        };
        let shortcut = self.shortcut.unwrap_or(residual);
        let shape = NetworkShape {
            hidden: self.hidden.clone(),
            activation: pick(self.activation, Activation::LeakyRelu, Activation::Relu),
            latent: pick(self.latent_activation, Activation::Sigmoid, Activation::Sigmoid),
            output: pick(self.output_activation, Activation::Relu, Activation::Sigmoid),
            bias: self.bias.unwrap_or(residual),
            shortcut,
        };
        let config = RunConfig {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
            name: self.name.clone(),
            description: self.description.clone(),
            network: shape.network(corpus.stft.bins())?,
            corpus,
            start: Start { init: self.init(residual)?, pca: self.pca_start.unwrap_or(residual && shortcut) },
            fit: self.fit(residual)?,
            device: self.device.unwrap_or_default(),
            checkpoint_seconds: self.checkpoint_seconds,
        };
        config.validate()?;
        Ok(config)
    }

    fn init(&self, residual: bool) -> Result<Init> {
        Ok(match self.init.as_deref() {
            None if residual => Init::He,
            None | Some("truncated_normal") => Init::THESIS,
            Some("xavier") => Init::Xavier,
            Some("he") => Init::He,
            Some(other) => bail!("expected truncated_normal, xavier or he for --init, found {other}"),
        })
    }

    fn fit(&self, residual: bool) -> Result<FitConfig> {
        let mut fit = if residual { FitConfig::residual(self.seed) } else { FitConfig::thesis(self.seed) };
        fit.step.loss = self.loss.unwrap_or(fit.step.loss);
        fit.step.l2 = self.l2.unwrap_or(fit.step.l2);
        fit.step.dropout = self.dropout.unwrap_or(fit.step.dropout);
        fit.step.optimiser = match self.optimiser.as_deref() {
            None | Some("adam") => Optimiser::Adam,
            Some("sgd") => Optimiser::Sgd { momentum: self.momentum },
            Some(other) => bail!("expected adam or sgd for --optimiser, found {other}"),
        };
        fit.rate = self.learning_rate.unwrap_or(fit.rate);
        fit.schedule = self.schedule.unwrap_or(fit.schedule);
        fit.noise = self.noise.unwrap_or(fit.noise);
        fit.mixture = self.mixture.unwrap_or(fit.mixture);
        fit.transpose_semitones = self.transpose.unwrap_or(fit.transpose_semitones);
        fit.tilt_db = self.tilt.unwrap_or(fit.tilt_db);
        fit.batch = self.batch.unwrap_or(fit.batch);
        // A limit in minutes alone is meant to be the one that counts.
        fit.epochs = self.epochs.unwrap_or(if self.minutes.is_some() { 100_000 } else { fit.epochs });
        fit.minutes = self.minutes;
        fit.patience = match self.patience {
            Some(0) => None,
            Some(p) => Some(p),
            None => fit.patience,
        };
        fit.validate_every = self.validate_every;
        Ok(fit)
    }
}
