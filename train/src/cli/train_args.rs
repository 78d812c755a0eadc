//! The options of `nfx-train corpus` and `nfx-train train`.

use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};
use nfx_core::models::spectral::{Features, InstrumentInfo};
use nfx_core::nn::Activation;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nfx_learn::spectral::init::Init;
use nfx_learn::spectral::learner::{Optimiser, Variational};
use nfx_learn::spectral::loss::Loss;

use crate::corpus::{CorpusSpec, Limits, SourceSpec};
use crate::device::DeviceChoice;
use crate::train::config::{KEYS_WARMUP, LIVE_NOTES};
use crate::train::run::Changes;
use crate::train::{Bias, FitConfig, NetworkShape, RunConfig, Schedule, SeenConfig, Start};

/// A name that serde knows, as a value of the command line.
fn named<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(text.to_lowercase().replace('-', "_")))
        .map_err(|e| anyhow!("{}", e.to_string().replace("unknown variant", "there is no")))
}

/// What frames are made of.
#[derive(Clone, Debug, Args)]
pub(super) struct CorpusArgs {
    /// A source: synth:seed=1,minutes=60 | notes:seed=1,scale=five_octaves |
    /// folder:PATH[,notes=true] | akwf:PATH (may be given several times)
    #[arg(long = "source", value_name = "SOURCE")]
    sources: Vec<String>,
    /// The model's sample rate in Hz
    #[arg(long, default_value_t = 44_100.0)]
    rate: f64,
    /// Points of the FFT; 2048, for instruments 4096, unless given
    #[arg(long)]
    fft: Option<usize>,
    /// Samples between two frames; a quarter of the FFT unless given
    #[arg(long)]
    hop: Option<usize>,
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
        let spec = self.corpus.spec(&Defaults::EFFECT)?;
        for source in &spec.sources {
            let SourceSpec::Synth { seed, clip_seconds, kind, .. } = *source else { continue };
            for index in 0..self.clips {
                let clip = crate::synth::improvise::improvise(
                    seed,
                    index,
                    kind,
                    clip_seconds,
                    spec.sample_rate_hz,
                );
                let path = self.clips_out.join(format!("{kind}-{seed}-{index}.wav"));
                std::fs::create_dir_all(&self.clips_out)?;
                crate::audio::write_wav(&path, &[clip], spec.sample_rate_hz)?;
                println!("{}", path.display());
            }
        }
        self.corpus.describe(&spec)
    }
}

impl CorpusArgs {
    fn spec(&self, defaults: &Defaults) -> Result<CorpusSpec> {
        let sources = if self.sources.is_empty() {
            vec![defaults.source.to_owned()]
        } else {
            self.sources.clone()
        };
        let fft = self.fft.unwrap_or(defaults.fft);
        let stft = StftConfig::new(fft, self.hop.unwrap_or(fft / 4), self.window)?;
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

    fn describe(&self, spec: &CorpusSpec) -> Result<()> {
        let corpus = spec.build(&crate::train::run::corpus_progress())?;
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
            let count = |set: &crate::frames::FrameSet| {
                set.source_of.iter().filter(|&&s| usize::from(s) == i).count()
            };
            println!(
                "{name:<20} {:>10} {:>10} {:>10}",
                count(&corpus.train),
                count(&corpus.validation),
                count(&corpus.test)
            );
        }
        println!(
            "{:<20} {:>10} {:>10} {:>10}",
            "all",
            corpus.train.len(),
            corpus.validation.len(),
            corpus.test.len()
        );
        Ok(())
    }
}

/// What the recipes see differently in sound.
struct Defaults {
    source: &'static str,
    fft: usize,
    hidden: &'static [usize],
}

impl Defaults {
    const EFFECT: Defaults = Defaults {
        source: "synth:seed=1,minutes=60",
        fft: 2048,
        hidden: &[512, 256, 128, 64, 128, 256, 512],
    };
    const CANNE: Defaults = Defaults {
        source: "notes:seed=1,patches=80,scale=five_octaves",
        fft: 4096,
        hidden: &[1000, 512, 256, 128, 64, 32, 16, 8, 16, 32, 64, 128, 256, 512, 1024],
    };
    const LIVE: Defaults = Defaults {
        source: "notes:seed=1,patches=160,scale=wide,seconds=0.5,harmonic=true",
        fft: 4096,
        hidden: &[512, 128, 8, 384, 512],
    };
    const KEYS: Defaults = Defaults {
        source: "notes:seed=1,patches=240,scale=chromatic,seconds=0.5,harmonic=true",
        fft: 4096,
        hidden: &[512, 128, 8, 384, 512],
    };
}

/// A set of defaults; every option can still be given beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Recipe {
    /// 64 sigmoid latents with linear paths that start as a PCA, and residual layers on both sides
    Residual,
    /// The thesis to the letter: ReLU with sigmoid at latents and output, no bias, Adam at 1e-4,
    /// 500 epochs
    Thesis,
    /// The thesis's CANNe to the letter: seventeen layers of ReLU with eight latents, Adam at 1e-3,
    /// 300 epochs
    Canne,
    /// An instrument whose decoder is told the note, with latents that are drawn while it is
    /// trained (a variational autoencoder), leaky ReLU inside and a falling rate
    Keys,
    /// As keys, with a decoder that is told the time since the onset as well and gives the level,
    /// learned from roots of magnitudes and from recorded notes (recorded:PATH) beside the
    /// synthesizer's
    Live,
}

impl Recipe {
    fn defaults(self) -> Defaults {
        match self {
            Recipe::Residual | Recipe::Thesis => Defaults::EFFECT,
            Recipe::Canne => Defaults::CANNE,
            Recipe::Keys => Defaults::KEYS,
            Recipe::Live => Defaults::LIVE,
        }
    }
}

/// The notes of `--notes 36-96`; `none` for a decoder that is told nothing.
fn notes(text: &str) -> Result<Notes> {
    if text == "none" {
        return Ok(Notes(None));
    }
    let ends = text.split_once('-').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    let Some((note_low, note_high)) = ends else {
        bail!("expected a range of MIDI notes like 36-96, or none, found {text}");
    };
    Ok(Notes(Some(InstrumentInfo::standing(note_low, note_high))))
}

/// A range of notes, or the wish for none.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Notes(Option<InstrumentInfo>);

/// Options of `train`.
#[derive(Clone, Debug, Args)]
pub(super) struct TrainArgs {
    /// Who is told about the progress
    #[arg(long, value_enum, default_value_t)]
    pub(super) progress: crate::profile::progress::ProgressStyle,
    /// Continue the run in this folder; only --epochs, --minutes and --device count beside it
    #[arg(long, value_name = "RUN")]
    pub(super) resume: Option<PathBuf>,
    #[command(flatten)]
    corpus: CorpusArgs,
    /// A model to go on from, of the same network, rate and transform: it learns these sounds with
    /// what it knows already
    #[arg(long, value_name = "MODEL")]
    from: Option<PathBuf>,
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
    #[arg(long, value_delimiter = ',')]
    hidden: Option<Vec<usize>>,
    /// What the encoder sees beside the magnitudes: plain, first_difference, second_difference,
    /// both_differences or mfcc
    #[arg(long, value_parser = named::<Features>)]
    features: Option<Features>,
    /// The MIDI notes that the decoder is told, 36-96 for example, or none
    #[arg(long, value_parser = notes)]
    notes: Option<Notes>,
    /// Weight of the divergence of a variational autoencoder; 0 for an ordinary one
    #[arg(long)]
    beta: Option<f32>,
    /// Steps over which that weight rises from 0
    #[arg(long)]
    warmup: Option<u64>,
    /// Share of the frames of which the network has to give another note of the same patch
    #[arg(long)]
    swap: Option<f32>,
    /// Whether the model file is to be played as an instrument
    #[arg(long)]
    instrument: Option<bool>,
    /// Activation of the hidden layers: linear, relu, leaky_relu, sigmoid or tanh
    #[arg(long, value_parser = named::<Activation>)]
    activation: Option<Activation>,
    /// Activation of the latents
    #[arg(long, value_parser = named::<Activation>)]
    latent_activation: Option<Activation>,
    /// Activation of the output
    #[arg(long, value_parser = named::<Activation>)]
    output_activation: Option<Activation>,
    /// Which layers add a bias: none (or false), first or all (or true)
    #[arg(long, value_enum)]
    bias: Option<Bias>,
    /// Whether linear paths run beside the layers
    #[arg(long)]
    shortcut: Option<bool>,
    /// Whether the linear paths begin as a PCA
    #[arg(long)]
    pca_start: Option<bool>,
    /// How weights begin: truncated_normal (sd 0.15), xavier or he
    #[arg(long)]
    init: Option<String>,
    /// mse, mae, spectral_convergence (per frame and rooted), batch_convergence (over the batch and
    /// unrooted) or note_course
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
    /// Standard deviation of the gains of a random filter over training frames, in dB, one for each
    /// octave
    #[arg(long)]
    octave: Option<f32>,
    /// Weight of the midpoints between two sounds, which are drawn to real frames so that a morph
    /// is no cross-fade; 0 without
    #[arg(long)]
    between: Option<f32>,
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
            let name: String = config
                .name
                .to_lowercase()
                .chars()
                .map(|c| if c.is_alphanumeric() { c } else { '-' })
                .collect();
            PathBuf::from("runs").join(name)
        })
    }

    /// The configuration of a new run.
    pub(super) fn config(&self) -> Result<RunConfig> {
        let defaults = self.recipe.defaults();
        let corpus = self.corpus.spec(&defaults)?;
        let residual = self.recipe == Recipe::Residual;
        let (canne, live) = (self.recipe == Recipe::Canne, self.recipe == Recipe::Live);
        let keys = live || self.recipe == Recipe::Keys;
        let instrument = self.instrument.unwrap_or(canne || keys);
        let own = if live { LIVE_NOTES } else { InstrumentInfo::standing(36, 96) };
        let whole = Notes(keys.then_some(own));
        let seen = SeenConfig {
            features: self.features.unwrap_or_default(),
            // Notes that were asked for live as those of the recipe do.
            notes: self.notes.map_or(whole.0, |notes| {
                notes.0.map(|n| InstrumentInfo {
                    note_low: n.note_low,
                    note_high: n.note_high,
                    ..own
                })
            }),
            sample_rate_hz: corpus.sample_rate_hz,
        };
        let shortcut = self.shortcut.unwrap_or(residual);
        let shape = NetworkShape {
            hidden: self.hidden.clone().unwrap_or_else(|| defaults.hidden.to_vec()),
            activation: self.activation.unwrap_or(if residual || keys {
                Activation::LeakyRelu
            } else {
                Activation::Relu
            }),
            latent: self.latent_activation.unwrap_or(match self.recipe {
                Recipe::Residual | Recipe::Thesis => Activation::Sigmoid,
                Recipe::Canne => Activation::Relu,
                Recipe::Keys | Recipe::Live => Activation::Linear,
            }),
            output: self.output_activation.unwrap_or(match self.recipe {
                Recipe::Thesis => Activation::Sigmoid,
                // A bin that a ReLU keeps at 0 learns nothing any more; the player takes what is
                // below 0 for 0.
                Recipe::Keys | Recipe::Live => Activation::Linear,
                _ => Activation::Relu,
            }),
            bias: self.bias.unwrap_or(match self.recipe {
                Recipe::Residual | Recipe::Keys | Recipe::Live => Bias::All,
                Recipe::Thesis => Bias::None,
                Recipe::Canne => Bias::First,
            }),
            shortcut,
        };
        let mut fit = self.fit()?;
        if !seen.is_plain() {
            fit.seen = seen;
        }
        fit.swap = self.swap.unwrap_or(if seen.notes.is_some() { fit.swap } else { 0.0 });
        let config = RunConfig {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
            name: self.name.clone(),
            description: self.description.clone(),
            network: shape.network(corpus.stft.bins(), &fit.seen)?,
            corpus,
            start: Start {
                init: self.init(residual || keys)?,
                pca: self.pca_start.unwrap_or(residual && shortcut),
            },
            from: self.from.clone(),
            fit,
            device: self.device.unwrap_or_default(),
            checkpoint_seconds: self.checkpoint_seconds,
            instrument,
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
            Some(other) => {
                bail!("expected truncated_normal, xavier or he for --init, found {other}")
            }
        })
    }

    fn fit(&self) -> Result<FitConfig> {
        let mut fit = match self.recipe {
            Recipe::Residual => FitConfig::residual(self.seed),
            Recipe::Thesis => FitConfig::thesis(self.seed),
            Recipe::Canne => FitConfig::canne(self.seed),
            Recipe::Keys => FitConfig::keys(self.seed),
            Recipe::Live => FitConfig::live(self.seed),
        };
        if self.beta.is_some() || self.warmup.is_some() {
            let before =
                fit.step.variational.unwrap_or(Variational { beta: 0.0, warmup: KEYS_WARMUP });
            let beta = self.beta.unwrap_or(before.beta);
            fit.step.variational = (beta > 0.0)
                .then_some(Variational { beta, warmup: self.warmup.unwrap_or(before.warmup) });
        }
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
        fit.octave_db = self.octave.unwrap_or(fit.octave_db);
        fit.between = self.between.unwrap_or(fit.between);
        fit.batch = self.batch.unwrap_or(fit.batch);
        // A limit in minutes alone is meant to be the one that counts.
        fit.epochs =
            self.epochs.unwrap_or(if self.minutes.is_some() { 100_000 } else { fit.epochs });
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
