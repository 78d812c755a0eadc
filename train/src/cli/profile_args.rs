//! The options of `nfx-train profile`, `signal` and `ir`.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use nfx_core::models::effect::{KnobInfo, ProfileInfo};
use nfx_learn::effect::loss::LossConfig;

use crate::hosting::{PluginArgs, Session};
use crate::profile::family::{self, Family, Size};
use crate::profile::fit::FitConfig;
use crate::profile::pairs::{PairFiles, Pairs, ReadOptions, folder, load, parse_knob};
use crate::profile::progress::{self, ProgressStyle, is_json};
use crate::profile::run::{Job, resume, start};
use crate::training_loop::Ending;

/// The rate that plugins are played at unless another is asked for.
const PLUGIN_RATE_HZ: f64 = 48_000.0;

/// Learns an effect from recordings.
#[derive(Clone, Debug, Args)]
pub(super) struct ProfileArgs {
    /// What was played into the device (any format and rate); with --pairs, for all recordings that
    /// do not name their own
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// What came out of it
    #[arg(long, value_name = "FILE")]
    target: Option<PathBuf>,
    /// A folder of pairs: with a table knobs.csv, or SignalTrain's file names
    #[arg(long, value_name = "FOLDER", conflicts_with = "target")]
    pairs: Option<PathBuf>,
    /// The table of a folder of pairs: columns `file`, perhaps `input` and `split`, and one for
    /// each knob
    #[arg(long, value_name = "FILE", requires = "pairs")]
    table: Option<PathBuf>,
    /// A knob's range where it is not that of its values: `Drive=0..10`, `Rate(Hz)=0.1..10log@1`
    /// (may be given several times)
    #[arg(long = "knob", value_name = "NAME=LOW..HIGH", value_parser = parse_knob)]
    knobs: Vec<KnobInfo>,
    #[command(flatten)]
    plugin: PluginArgs,
    /// Minutes of training
    #[arg(long, default_value_t = 5.0)]
    minutes: f64,
    /// auto (families are tried briefly, the best goes on, and what comes nearest in the end is
    /// kept), or one or more of lstm, gru, wavenet, a2, tcn, dynamics, linear (an impulse
    /// response), signaltrain
    #[arg(long, default_value = "auto", value_delimiter = ',')]
    family: Vec<String>,
    /// Units of a recurrent network, or channels of a convolutional one
    #[arg(long)]
    width: Option<usize>,
    /// Most taps of an impulse response, 1 to 131072; 65536 when absent
    #[arg(long)]
    taps: Option<usize>,
    /// Layers of a recurrent network
    #[arg(long)]
    layers: Option<usize>,
    /// Add the input to a recurrent network's output (not possible in `.nam` files)
    #[arg(long)]
    skip: bool,
    /// Only say what is right and wrong with the recordings
    #[arg(long)]
    check: bool,
    /// Train even on a recording that fails its checks
    #[arg(long)]
    force: bool,
    /// The recording's delay in samples, where it is known better than measured
    #[arg(long, allow_hyphen_values = true)]
    delay: Option<i64>,
    /// The files consist of clips of this many samples that do not follow one another in time
    #[arg(long, value_name = "SAMPLES")]
    clips: Option<usize>,
    /// The model's rate in Hz; the recording's unless given
    #[arg(long, value_name = "HZ")]
    rate: Option<f64>,
    /// A profile that is trained further
    #[arg(long = "continue", value_name = "MODEL")]
    from: Option<PathBuf>,
    /// Go on with a run that was stopped
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["input", "target", "pairs", "from", "out"])]
    resume: Option<PathBuf>,
    /// The run's folder; named after the recording unless given
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// The model's name
    #[arg(long)]
    name: Option<String>,
    /// Licence of the recordings
    #[arg(long, default_value = "")]
    licence: String,
    /// Who makes the device
    #[arg(long)]
    gear_make: Option<String>,
    /// The device's name
    #[arg(long)]
    gear_model: Option<String>,
    /// amp, pedal, pedal_amp, amp_cab, amp_pedal_cab, preamp or studio
    #[arg(long)]
    gear_type: Option<String>,
    /// dBu at the device's input that are 0 dBFS in the played sound
    #[arg(long, allow_hyphen_values = true)]
    input_level_dbu: Option<f32>,
    /// dBu at the device's output that are 0 dBFS in the recording
    #[arg(long, allow_hyphen_values = true)]
    output_level_dbu: Option<f32>,
    /// Highest learning rate; the family's own unless given
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Weight of the ESR with pre-emphasis in the loss, beside a weight of 1 of the plain ESR; as --dc and --stft of networks that learn
    /// step by step with that loss (not dynamics, linear, signaltrain)
    #[arg(long, default_value_t = 0.0)]
    emphasised: f32,
    /// Weight of the DC term
    #[arg(long, default_value_t = 0.0)]
    dc: f32,
    /// Weight of the multi-resolution STFT term
    #[arg(long, default_value_t = 0.0)]
    stft: f32,
    /// End as soon as the held-out ESR is this small
    #[arg(long, value_name = "ESR")]
    good_enough: Option<f64>,
    /// End after so many steps (with plenty of minutes, the same steps on every machine of one
    /// kind)
    #[arg(long)]
    steps: Option<u64>,
    /// Decides starting weights and what is drawn
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Who is told about the progress
    #[arg(long, value_enum, default_value_t)]
    progress: ProgressStyle,
}

impl ProfileArgs {
    fn sounds(&self) -> Result<Pairs> {
        match (&self.input, &self.target, &self.pairs) {
            (Some(input), Some(target), None) => Ok(Pairs {
                files: vec![PairFiles {
                    input: input.clone(),
                    target: target.clone(),
                    ..PairFiles::default()
                }],
                knobs: Vec::new(),
            }),
            (input, None, Some(dir)) => {
                folder(dir, self.table.as_deref(), input.as_deref(), &self.knobs)
            }
            (None, None, None) if self.plugin.plugin.is_some() => self.played(),
            _ => bail!(
                "expected --input and --target, or --pairs FOLDER, or --plugin FILE, or --resume FOLDER"
            ),
        }
    }

    /// What a plugin makes of the test signal at many settings, beside the run's folder.
    fn played(&self) -> Result<Pairs> {
        let Some(plugin) = self.plugin.plugin.as_deref() else {
            bail!("expected --plugin FILE, found none")
        };
        let stem =
            plugin.file_stem().map_or("plugin".into(), |s| s.to_string_lossy().replace(' ', "-"));
        let folder = self
            .out
            .clone()
            .unwrap_or_else(|| PathBuf::from("runs").join(format!("profile-{stem}")));
        let beside =
            format!("{}-pairs", folder.file_name().map_or("run".into(), |n| n.to_string_lossy()));
        let rate_hz = self.rate.unwrap_or(PLUGIN_RATE_HZ);
        let folder = folder.with_file_name(beside);
        self.plugin.pairs(plugin, Session { folder: &folder, rate_hz, seed: self.seed })
    }

    fn families(&self) -> Result<Vec<Family>> {
        if self.family.iter().any(|f| f == "auto") {
            return Ok(Vec::new());
        }
        self.family.iter().map(|f| f.parse()).collect()
    }

    fn job(&self, pairs: Pairs) -> Result<Job> {
        if !(self.minutes > 0.0 && self.minutes.is_finite()) {
            bail!("expected minutes greater than 0, found {}", self.minutes);
        }
        if let Some(rate) = self.learning_rate.filter(|rate| !(*rate > 0.0 && *rate <= 10.0)) {
            bail!("expected a learning rate above 0 and at most 10, found {rate}");
        }
        let size =
            Size { width: self.width, layers: self.layers, taps: self.taps, skip: self.skip };
        if self.taps.is_some() {
            family::config(Family::Linear, size, 0).validate()?;
        }
        for (name, weight) in
            [("--emphasised", self.emphasised), ("--dc", self.dc), ("--stft", self.stft)]
        {
            if !(weight >= 0.0 && weight.is_finite()) {
                bail!("expected a weight of 0 or more for {name}, found {weight}");
            }
        }
        let stem = |p: &Path| p.file_stem().map(|s| s.to_string_lossy().into_owned());
        let named =
            self.target.as_deref().or(self.pairs.as_deref()).or(self.plugin.plugin.as_deref());
        let name = self.name.clone().or_else(|| named.and_then(stem));
        let fit = FitConfig {
            steps: self.steps,
            loss: LossConfig {
                emphasised: self.emphasised,
                dc: self.dc,
                stft: self.stft,
                ..LossConfig::default()
            },
            rate: self.learning_rate,
            good_enough: self.good_enough,
            seed: self.seed,
            ..FitConfig::new(60.0 * self.minutes)
        };
        Ok(Job {
            name: name.unwrap_or_else(|| "Profile".to_owned()),
            description: String::new(),
            pairs,
            read: ReadOptions {
                rate_hz: self.rate,
                delay: self.delay,
                clips: self.clips,
                force: self.force,
            },
            families: self.families()?,
            size,
            fit,
            from: self.from.clone(),
            info: ProfileInfo {
                input_level_dbu: self.input_level_dbu,
                output_level_dbu: self.output_level_dbu,
                gear_make: self.gear_make.clone(),
                gear_model: self.gear_model.clone(),
                gear_type: self.gear_type.clone(),
                ..ProfileInfo::default()
            },
            licence: self.licence.clone(),
            command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
        })
    }

    fn folder(&self, job: &Job) -> PathBuf {
        self.out.clone().unwrap_or_else(|| {
            let safe: String = job
                .name
                .chars()
                .map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' })
                .collect();
            PathBuf::from("runs").join(format!("profile-{safe}"))
        })
    }
}

/// Does what `nfx-train profile` is told.
///
/// # Errors
/// With a sentence for each level of the cause.
pub(super) fn profile(args: &ProfileArgs) -> Result<()> {
    progress::set(args.progress);
    if let (Some(plugin), true) = (&args.plugin.plugin, args.plugin.list) {
        print!("{}", args.plugin.parameters(plugin)?);
        return Ok(());
    }
    if args.check {
        let pairs = args.sounds()?;
        let read =
            ReadOptions { rate_hz: args.rate, delay: args.delay, clips: args.clips, force: true };
        let loaded = load(&pairs, &read)?;
        if loaded.checks.iter().any(|c| c.failed()) {
            bail!("there is something wrong with a recording: see the findings above");
        }
        if is_json() {
            progress::tell(
                "done",
                serde_json::json!({ "fraction": 1.0, "message": "the recordings can be learned from" }),
            );
        }
        return Ok(());
    }
    let finished = match &args.resume {
        Some(folder) => {
            let given = std::env::args().any(|a| a.starts_with("--minutes"));
            resume(folder, given.then_some(args.minutes))?
        }
        None => {
            let job = args.job(args.sounds()?)?;
            let folder = args.folder(&job);
            start(&job, &folder)?
        }
    };
    if !is_json() {
        println!("{}", finished.figures.table());
        println!("model   {}", finished.model.display());
        println!("report  {}", finished.report.display());
        if finished.ending == Ending::Asked {
            println!("The training was stopped early; the model is of its best weights so far.");
        }
    }
    Ok(())
}
