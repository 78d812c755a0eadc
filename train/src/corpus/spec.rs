//! What a corpus is to be made of: parsed from the command line, stored in a run's configuration,
//! hashed for the cache.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, bail};
use nfx_core::signal::stft::StftConfig;
use serde::{Deserialize, Serialize};

use crate::synth::improvise::Kind;
use crate::synth::scales::Scale;

/// The most frames that each set may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Training frames.
    pub train: usize,
    /// Validation frames.
    pub validation: usize,
    /// Test frames.
    pub test: usize,
}

impl Default for Limits {
    /// The sizes of the thesis: 50,000, 10,000 and 10,000.
    fn default() -> Self {
        Limits { train: 50_000, validation: 10_000, test: 10_000 }
    }
}

impl Limits {
    /// Limits in the thesis's proportions, 5:1:1, for a smaller training set.
    pub fn scaled(train: usize) -> Self {
        Limits { train, validation: (train / 5).max(1), test: (train / 5).max(1) }
    }
}

/// One source of sound. Written and parsed as `synth:seed=1,minutes=60`, `folder:PATH,kind=loops`
/// or `akwf:PATH`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SourceSpec {
    /// Improvisations of the built-in synthesizer.
    Synth {
        /// Everything follows from it.
        seed: u64,
        /// Minutes of sound.
        minutes: f64,
        /// Seconds of each improvisation, the unit that is split by.
        clip_seconds: f64,
        /// What is played.
        kind: Kind,
    },
    /// All sound files in a folder and the folders in it.
    Folder {
        /// The folder.
        path: PathBuf,
        /// `Some("loops")` or `Some("notes")` keeps only these, judged by file name.
        kind: Option<String>,
        /// Name in reports in place of the one chosen by file name.
        label: Option<String>,
        /// Licence of the files, for the model's card.
        licence: Option<String>,
        /// Cuts files longer than this into clips of their own. Only for folders of a few very long
        /// files.
        part_seconds: Option<f64>,
        /// Whether every file is a single note, whose pitch is to be found.
        notes: bool,
    },
    /// Single notes of the built-in synthesizer.
    Notes {
        /// Chooses the patches.
        seed: u64,
        /// How many patches.
        patches: usize,
        /// Which notes.
        scale: Scale,
        /// Seconds of each note.
        seconds: f64,
        /// Only patches without partials beside the multiples of the note.
        harmonic: bool,
    },
    /// Recorded notes of real instruments, listed in `PATH/index.csv`; their frames know the time
    /// since the onset.
    Recorded {
        /// The folder.
        path: PathBuf,
        /// Every note that is learned from is also transposed by at least this many semitones both
        /// ways, 0 to 12, and by as many more as it takes to meet its neighbours; 0 leaves it as it
        /// is.
        transpose: u8,
    },
    /// Single-cycle waves end to end in `PATH/akwf.wav` with names in `PATH/index.json`, played as
    /// notes.
    Akwf {
        /// The folder.
        path: PathBuf,
        /// Chooses pitches, envelopes and filters.
        seed: u64,
        /// Seconds of each note; one note for each wave.
        seconds: f64,
    },
}

impl SourceSpec {
    /// The synthesizer with its default clip length.
    pub fn synth(seed: u64, minutes: f64, kind: Kind) -> Self {
        SourceSpec::Synth { seed, minutes, clip_seconds: DEFAULT_CLIP_SECONDS, kind }
    }
}

/// Seconds of one improvisation unless said otherwise.
const DEFAULT_CLIP_SECONDS: f64 = 12.0;

/// Seconds of a single note unless said otherwise: as many frames as the thesis has for each of its
/// notes.
const DEFAULT_NOTE_SECONDS: f64 = 0.8;

/// Semitones by which recorded notes are transposed both ways unless said otherwise.
const DEFAULT_TRANSPOSE: u8 = 3;

const FORMS: &str = "synth:seed=1,minutes=60,kind=all | folder:PATH[,kind=loops|notes][,label=NAME][,licence=TEXT][,part_seconds=30][,notes=true] | notes:seed=1,patches=80,scale=five_octaves|one_octave|chromatic|wide,seconds=0.8,harmonic=false | recorded:PATH[,transpose=3] | akwf:PATH[,seed=1][,seconds=1]";

/// Splits `a,b=c,d=e` into the leading text and the known options at its end; a path may itself
/// hold commas.
fn options<'a>(text: &'a str, known: &[&str]) -> (&'a str, Vec<(&'a str, &'a str)>) {
    let mut rest = text;
    let mut found = Vec::new();
    loop {
        let (head, tail) = match rest.rfind(',') {
            Some(i) => (&rest[..i], &rest[i + 1..]),
            None => ("", rest),
        };
        match tail.split_once('=') {
            Some((key, value)) if known.contains(&key.trim()) => {
                found.push((key.trim(), value.trim()));
                rest = head;
                if head.is_empty() {
                    break;
                }
            }
            _ => break,
        }
    }
    (rest, found)
}

fn number<T: FromStr>(source: &str, key: &str, value: &str) -> Result<T> {
    value.parse().map_err(|_| {
        anyhow!("expected a number for `{key}` in the source `{source}`, found `{value}`")
    })
}

fn yes(source: &str, key: &str, value: &str) -> Result<bool> {
    value.parse().map_err(|_| {
        anyhow!("expected `{key}` to be true or false in the source `{source}`, found `{value}`")
    })
}

fn positive(source: &str, key: &str, value: &str, most: f64) -> Result<f64> {
    let x: f64 = number(source, key, value)?;
    if !(x > 0.0 && x <= most) {
        bail!(
            "expected `{key}` above 0 and at most {most} in the source `{source}`, found {value}"
        );
    }
    Ok(x)
}

impl FromStr for SourceSpec {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (form, rest) = text.split_once(':').unwrap_or((text, ""));
        match form {
            "synth" => {
                let (left, found) = options(rest, &["seed", "minutes", "clip_seconds", "kind"]);
                if !left.is_empty() {
                    bail!(
                        "expected a source of the form {FORMS}; `{left}` in `{text}` is not understood"
                    );
                }
                let (mut seed, mut minutes, mut clip_seconds, mut kind) =
                    (1, 60.0, DEFAULT_CLIP_SECONDS, Kind::All);
                for (key, value) in found {
                    match key {
                        "seed" => seed = number(text, key, value)?,
                        "minutes" => minutes = positive(text, key, value, 6000.0)?,
                        "clip_seconds" => clip_seconds = positive(text, key, value, 600.0)?,
                        _ => kind = value.parse()?,
                    }
                }
                Ok(SourceSpec::Synth { seed, minutes, clip_seconds, kind })
            }
            "folder" => {
                let (path, found) =
                    options(rest, &["kind", "label", "licence", "part_seconds", "notes"]);
                if path.is_empty() {
                    bail!("expected a path in the source `{text}`: folder:PATH");
                }
                let (mut kind, mut label, mut licence, mut part_seconds, mut notes) =
                    (None, None, None, None, false);
                for (key, value) in found {
                    match key {
                        "kind" if value == "loops" || value == "notes" => {
                            kind = Some(value.to_owned())
                        }
                        "kind" if value == "all" => kind = None,
                        "kind" => {
                            bail!(
                                "expected `kind` to be loops, notes or all in the source `{text}`, found `{value}`"
                            )
                        }
                        "label" => label = Some(value.to_owned()),
                        "licence" => licence = Some(value.to_owned()),
                        "notes" => notes = yes(text, key, value)?,
                        _ => part_seconds = Some(positive(text, key, value, 3600.0)?),
                    }
                }
                Ok(SourceSpec::Folder {
                    path: path.into(),
                    kind,
                    label,
                    licence,
                    part_seconds,
                    notes,
                })
            }
            "notes" => {
                let (left, found) =
                    options(rest, &["seed", "patches", "scale", "seconds", "harmonic"]);
                if !left.is_empty() {
                    bail!(
                        "expected a source of the form {FORMS}; `{left}` in `{text}` is not understood"
                    );
                }
                let (mut seed, mut patches, mut scale, mut seconds, mut harmonic) =
                    (1, 80, Scale::FiveOctaves, DEFAULT_NOTE_SECONDS, false);
                for (key, value) in found {
                    match key {
                        "seed" => seed = number(text, key, value)?,
                        "patches" => patches = number(text, key, value)?,
                        "scale" => scale = value.parse()?,
                        "seconds" => seconds = positive(text, key, value, 20.0)?,
                        _ => harmonic = yes(text, key, value)?,
                    }
                }
                if !(3..=5000).contains(&patches) {
                    bail!(
                        "expected 3 to 5000 patches in the source `{text}`, so that they can be split, found {patches}"
                    );
                }
                Ok(SourceSpec::Notes { seed, patches, scale, seconds, harmonic })
            }
            "recorded" => {
                let (path, found) = options(rest, &["transpose"]);
                if path.is_empty() {
                    bail!("expected a path in the source `{text}`: recorded:PATH");
                }
                let mut transpose = DEFAULT_TRANSPOSE;
                for (key, value) in found {
                    transpose = number(text, key, value)?;
                }
                if transpose > 12 {
                    bail!(
                        "expected `transpose` from 0 to 12 in the source `{text}`, found {transpose}"
                    );
                }
                Ok(SourceSpec::Recorded { path: path.into(), transpose })
            }
            "akwf" => {
                let (path, found) = options(rest, &["seed", "seconds"]);
                if path.is_empty() {
                    bail!("expected a path in the source `{text}`: akwf:PATH");
                }
                let (mut seed, mut seconds) = (1, 1.0);
                for (key, value) in found {
                    match key {
                        "seed" => seed = number(text, key, value)?,
                        _ => seconds = positive(text, key, value, 60.0)?,
                    }
                }
                Ok(SourceSpec::Akwf { path: path.into(), seed, seconds })
            }
            _ => bail!("expected a source of the form {FORMS}, found `{text}`"),
        }
    }
}

impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceSpec::Synth { seed, minutes, clip_seconds, kind } => {
                write!(
                    f,
                    "synth:seed={seed},minutes={minutes},clip_seconds={clip_seconds},kind={kind}"
                )
            }
            SourceSpec::Notes { seed, patches, scale, seconds, harmonic } => {
                write!(
                    f,
                    "notes:seed={seed},patches={patches},scale={scale},seconds={seconds},harmonic={harmonic}"
                )
            }
            SourceSpec::Folder { path, kind, label, licence, part_seconds, notes } => {
                write!(f, "folder:{}", path.display())?;
                for (key, value) in [("kind", kind), ("label", label), ("licence", licence)] {
                    if let Some(value) = value {
                        write!(f, ",{key}={value}")?;
                    }
                }
                if *notes {
                    write!(f, ",notes=true")?;
                }
                part_seconds.map_or(Ok(()), |s| write!(f, ",part_seconds={s}"))
            }
            SourceSpec::Recorded { path, transpose } => {
                write!(f, "recorded:{},transpose={transpose}", path.display())
            }
            SourceSpec::Akwf { path, seed, seconds } => {
                write!(f, "akwf:{},seed={seed},seconds={seconds}", path.display())
            }
        }
    }
}

impl TryFrom<String> for SourceSpec {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<SourceSpec> for String {
    fn from(source: SourceSpec) -> String {
        source.to_string()
    }
}

/// A whole corpus: sources, the transform, how many frames, and the seed of the split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorpusSpec {
    /// Where the sounds come from.
    pub sources: Vec<SourceSpec>,
    /// The model's sample rate; everything else is resampled to it.
    pub sample_rate_hz: f64,
    /// The transform that makes the frames.
    pub stft: StftConfig,
    /// The most frames in each set.
    #[serde(default)]
    pub limits: Limits,
    /// Decides which clip goes to which set.
    #[serde(default)]
    pub split_seed: u64,
    /// Where built corpora are kept; `runs/cache` when absent. Does not change the corpus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_dir: Option<PathBuf>,
}

impl CorpusSpec {
    /// A corpus of the thesis's sizes from sources written as on the command line.
    ///
    /// # Errors
    /// When a source is not understood.
    pub fn new(sources: &[String], sample_rate_hz: f64, stft: StftConfig) -> Result<Self> {
        if sources.is_empty() {
            bail!("expected at least one source of the form {FORMS}, found none");
        }
        let sources = sources.iter().map(|s| s.parse()).collect::<Result<Vec<_>>>()?;
        let spec = CorpusSpec {
            sources,
            sample_rate_hz,
            stft,
            limits: Limits::default(),
            split_seed: 0,
            cache_dir: None,
        };
        spec.validate()?;
        Ok(spec)
    }

    /// The thesis's corpus: an hour of a four-voice synthesizer without drums at 22.05 kHz, N 2048,
    /// hop 512, Hann.
    ///
    /// # Errors
    /// Never for these values; the transform checks them all the same.
    pub fn thesis(seed: u64) -> Result<Self> {
        let stft = StftConfig::new(2048, 512, nfx_core::signal::window::Window::Hann)
            .map_err(|e| anyhow!("{e}"))?;
        CorpusSpec::new(&[format!("synth:seed={seed},minutes=60,kind=tonal")], 22_050.0, stft)
    }

    /// Checks rates, transform and limits.
    ///
    /// # Errors
    /// A sentence about the first value that cannot be.
    pub fn validate(&self) -> Result<()> {
        self.stft.validate().map_err(|e| anyhow!("{e}"))?;
        if !(1_000.0..=768_000.0).contains(&self.sample_rate_hz) {
            bail!("expected a sample rate from 1,000 to 768,000 Hz, found {}", self.sample_rate_hz);
        }
        let Limits { train, validation, test } = self.limits;
        if train == 0 || validation == 0 || test == 0 {
            bail!(
                "expected at least one frame in each set, found limits of {train}, {validation} and {test}"
            );
        }
        Ok(())
    }

    /// Makes the corpus, or reads it from the cache. `progress` is told what is going on and how
    /// far it is (0..=1).
    ///
    /// # Errors
    /// When a source cannot be read at all, holds too few clips to be split, or nothing but
    /// silence.
    pub fn build(&self, progress: &dyn Fn(&str, f32)) -> Result<super::Corpus> {
        self.validate()?;
        super::build::build(self, progress).context("the corpus could not be made")
    }
}
