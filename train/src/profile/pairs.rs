//! Pairs of files: read, brought to one rate, checked and put in time.

use std::path::PathBuf;

use anyhow::{Result, bail};
use nfx_core::models::effect::KnobInfo;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::align::{Known, shifted};
use super::channels::{Played, choose};
use super::check::{Checked, Finding, Severity, Sounds, check};
use super::data::{Part, Recording};
pub use super::folder::folder;
use super::progress::{is_json, tell};
use super::signal::Layout;
use crate::audio::{read_audio, resample};

/// Two files, before and after the device, and where its knobs stood.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairFiles {
    /// What was played.
    pub input: PathBuf,
    /// What was recorded.
    pub target: PathBuf,
    /// Values of the knobs in their own units.
    pub values: Vec<f32>,
    /// What the pair is for, when it says so.
    pub part: Option<Part>,
}

/// The pairs of a device and its knobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pairs {
    /// The files.
    pub files: Vec<PairFiles>,
    /// The knobs that their values are of.
    pub knobs: Vec<KnobInfo>,
}

/// How pairs are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The model's rate; that of the first recording when absent.
    pub rate_hz: Option<f64>,
    /// A delay in samples that is known; measured when absent.
    pub delay: Option<i64>,
    /// Length of the clips that the files consist of, when they are no continuous sound.
    pub clips: Option<usize>,
    /// Whether a recording that fails its checks is used anyway.
    pub force: bool,
}

/// A knob from the text of the command line: `Drive=0..10`, `Level(dB)=-20..20@0`,
/// `Rate(Hz)=0.1..10log@1`.
///
/// # Errors
/// When the text says something else.
pub fn parse_knob(text: &str) -> Result<KnobInfo> {
    let wrong = || {
        anyhow::anyhow!(
            "expected a knob as `Drive=0..10` or `Rate(Hz)=0.1..10log@1`, found {text:?}"
        )
    };
    let (name, range) = text.split_once('=').ok_or_else(wrong)?;
    let (range, default) = range.split_once('@').map_or((range, None), |(r, d)| (r, Some(d)));
    let (range, log) = range.strip_suffix("log").map_or((range, false), |r| (r, true));
    let (low, high) = range.split_once("..").ok_or_else(wrong)?;
    let number = |t: &str| t.trim().parse::<f32>().map_err(|_| wrong());
    let (min, max) = (number(low)?, number(high)?);
    let default = default.map(number).transpose()?;
    let (name, unit) = match name.split_once('(') {
        Some((name, unit)) => (name, unit.strip_suffix(')').ok_or_else(wrong)?),
        None => (name, ""),
    };
    let middle = if log { (min * max).max(0.0).sqrt() } else { 0.5 * (min + max) };
    let mut knob = KnobInfo::linear(name.trim(), min, max, default.unwrap_or(middle));
    knob.unit = unit.trim().to_owned();
    knob.log = log;
    knob.decimals = if max - min > 50.0 {
        0
    } else if max - min > 5.0 {
        1
    } else {
        2
    };
    knob.validate()?;
    Ok(knob)
}

/// A pair as read: both sounds at one rate, before anything is cut.
struct Read {
    input: Vec<f32>,
    target: Vec<f32>,
    rate_hz: f64,
    /// Where things are in the test signal, at that rate.
    layout: Option<Layout>,
    /// What is to be said before the sounds are looked at.
    findings: Vec<Finding>,
}

fn read(files: &PairFiles, rate_hz: Option<f64>) -> Result<Read> {
    // Long files fill memory: each is let go of as soon as what is needed of it is there.
    let input = read_audio(&files.input)?;
    let (input_hz, width) = (input.rate, input.channels.len());
    let played = choose(input, "played sound", None);
    let target = read_audio(&files.target)?;
    let target_hz = target.rate;
    let rate = rate_hz.unwrap_or(target_hz);
    // The test signal is known by its samples, so at its own rate.
    let layout = Layout::recognise(&played.sound, input_hz).map(|l| l.at_rate(input_hz, rate));
    let own = if rate == target_hz {
        None
    } else {
        Some(converted(played.sound.clone(), input_hz, rate)?)
    };
    let sound = converted(played.sound, input_hz, target_hz)?;
    let channel = played.channel.filter(|_| width == target.channels.len());
    let recorded = choose(target, "recording", Some(Played { sound: &sound, channel }));
    let mut findings: Vec<Finding> =
        [played.finding, recorded.finding].into_iter().flatten().collect();
    if input_hz != target_hz {
        let sentence = format!(
            "The played sound has a rate of {input_hz} Hz and the recording one of {target_hz} Hz; both are converted to \
             {rate} Hz."
        );
        findings.insert(0, Finding::new(Severity::Warning, "rate", sentence));
    }
    let target = converted(recorded.sound, target_hz, rate)?;
    Ok(Read { input: own.unwrap_or(sound), target, rate_hz: rate, layout, findings })
}

/// A sound at another rate; at the same rate it is not copied.
fn converted(sound: Vec<f32>, from_hz: f64, to_hz: f64) -> Result<Vec<f32>> {
    if from_hz == to_hz { Ok(sound) } else { resample(&sound, from_hz, to_hz) }
}

/// What reading pairs gives: recordings in time at one rate, and what the checks of each said.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Recordings.
    pub recordings: Vec<Recording>,
    /// Their rate.
    pub rate_hz: f64,
    /// The checks, pair by pair.
    pub checks: Vec<Checked>,
}

impl Loaded {
    /// The least ESR that the device has against itself, where it is known.
    pub fn floor(&self) -> Option<f64> {
        self.checks.iter().filter_map(|c| c.floor).reduce(f64::max)
    }
}

/// Reads a pair and checks it.
fn examined(files: &PairFiles, options: &ReadOptions) -> Result<(Read, Checked)> {
    let mut read = read(files, options.rate_hz)?;
    let known = Known { delay: options.delay, layout: read.layout };
    let sounds = Sounds { input: &read.input, target: &read.target, rate_hz: read.rate_hz, known };
    let mut checked = check(&sounds);
    checked.findings.splice(0..0, std::mem::take(&mut read.findings));
    // Where nothing was measured the given delay still holds.
    checked.alignment.delay = options.delay.unwrap_or(checked.alignment.delay);
    Ok((read, checked))
}

/// What the checks say about one pair of files.
///
/// # Errors
/// When a file cannot be read.
pub fn examine(files: &PairFiles, options: &ReadOptions) -> Result<Checked> {
    Ok(examined(files, options)?.1)
}

/// Reads and checks all pairs, saying what is found.
///
/// # Errors
/// When a file cannot be read, or a recording fails a check and `force` is not set.
pub fn load(pairs: &Pairs, options: &ReadOptions) -> Result<Loaded> {
    let mut out = Loaded { rate_hz: options.rate_hz.unwrap_or(0.0), ..Loaded::default() };
    let many = pairs.files.len() > 1;
    let mut left_out: Vec<String> = Vec::new();
    for (i, files) in pairs.files.iter().enumerate() {
        let rate = if out.rate_hz > 0.0 { Some(out.rate_hz) } else { None };
        let name =
            files.target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let (read, checked) = match examined(files, &ReadOptions { rate_hz: rate, ..*options }) {
            Ok(examined) => examined,
            // One bad file among others is no reason to stop.
            Err(error) if many => {
                let sentence = format!("It was left out: {error:#}.");
                let finding = Finding::new(Severity::Warning, "file", sentence);
                let found = Checked { findings: vec![finding], ..Checked::default() };
                report(&found, Some(name.as_str()), (i + 1) as f64 / pairs.files.len() as f64);
                left_out.push(format!("{error:#}"));
                continue;
            }
            Err(error) => return Err(error),
        };
        out.rate_hz = read.rate_hz;
        report(&checked, many.then_some(name.as_str()), (i + 1) as f64 / pairs.files.len() as f64);
        if checked.failed() && !options.force {
            bail!("{name} cannot be learned from: see the findings above; nothing was trained");
        }
        let mut target = shifted(&read.target, checked.alignment.delay);
        let mut input = read.input;
        let layout = read.layout;
        // What is past the recording's end is unknown and not silence.
        let known = target.len().min(input.len());
        input.truncate(known);
        target.truncate(known);
        let knobs = pairs.knobs.iter().zip(&files.values).map(|(k, v)| k.normalised(*v)).collect();
        out.recordings.push(Recording {
            name,
            input,
            target,
            side: None,
            knobs,
            part: files.part,
            clips: options.clips,
            delay: checked.alignment.delay,
            from: usize::try_from(-checked.alignment.delay).unwrap_or(0),
            layout,
        });
        out.checks.push(checked);
    }
    if out.recordings.is_empty() {
        bail!(
            "expected recordings to learn from, but none of {} could be read: {}",
            pairs.files.len(),
            left_out.join("; ")
        );
    }
    Ok(out)
}

/// Says what was found: every sentence of a single pair, of many only what is not fine.
fn report(checked: &Checked, name: Option<&str>, fraction: f64) {
    for f in &checked.findings {
        let sentence = match name {
            Some(name) => format!("{name}: {}", f.sentence),
            None => f.sentence.clone(),
        };
        if is_json() {
            let fields = json!({
                "message": sentence,
                "about": f.about,
                "severity": f.severity,
                "ok": f.severity != Severity::Error,
                "fraction": fraction,
                "floor": checked.floor,
            });
            tell("check", fields);
        } else if name.is_none() || f.severity != Severity::Fine {
            let mark = match f.severity {
                Severity::Fine => "  ok ",
                Severity::Warning => "warn ",
                Severity::Error => "ERR  ",
            };
            eprintln!("{mark}{sentence}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knobs_are_read_from_their_words() {
        let k = parse_knob("Rate (Hz)=0.1..10log@1").unwrap();
        assert_eq!((k.name.as_str(), k.unit.as_str(), k.log, k.default), ("Rate", "Hz", true, 1.0));
        assert_eq!(parse_knob("Drive=0..10").unwrap().default, 5.0);
        for wrong in ["Drive", "Drive=1..0", "Drive=a..b", "X=0..1log"] {
            assert!(parse_knob(wrong).is_err(), "{wrong}");
        }
    }
}
