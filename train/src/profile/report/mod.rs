//! How near a profile is to its device: figures, pictures and a pair of sounds to listen to.

mod curves;
mod page;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use nfx_learn::effect::ProfileLearner;
use nfx_learn::effect::loss::esr;
use serde::{Deserialize, Serialize};

pub use curves::{Curves, Point};
pub use page::page;

use super::baseline::{Baselines, baselines};
use super::choose::Choice;
use super::data::{Dataset, Recording};
use super::fit::{Look, play};
use super::measure::{Scores, ratio_text};
use super::pairs::Loaded;
use super::run::Job;
use crate::files::write_atomic;
use crate::render::float_wav;

/// Seconds of the listening pair.
const LISTEN_S: f64 = 20.0;
/// Most seconds of one recording that the error over time is drawn of.
const TIME_S: f64 = 300.0;
/// Windows of it.
const WINDOW_S: f64 = 0.5;

/// What a report is made of.
pub struct Run<'a> {
    /// What the run was told.
    pub job: &'a Job,
    /// What the recordings' checks said.
    pub loaded: &'a Loaded,
    /// The sound.
    pub data: &'a Dataset,
    /// How the family was chosen.
    pub choice: &'a Choice,
    /// The looks of the training.
    pub looks: &'a [Look],
    /// Seconds of training.
    pub seconds: f64,
}

/// The figures of one recording, or one setting of the knobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SettingRow {
    /// The recording's name.
    pub name: String,
    /// Where the knobs stood, in words.
    pub setting: String,
    /// Whether anything at this setting was learned from.
    pub seen: bool,
    /// The model's scores.
    pub scores: Scores,
}

/// The figures of a run, all of the part that nothing has seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The model: the mean over recordings where there are knobs.
    pub model: Scores,
    /// ESR of the device against itself, where the recording has a part twice.
    pub floor: Option<f64>,
    /// The simple answers.
    pub baselines: Baselines,
    /// Recording by recording.
    pub settings: Vec<SettingRow>,
    /// What the musician is to know: that something simpler comes nearer to the device, and what
    /// the model file holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Figures {
    /// For a model's card.
    pub fn metrics(&self) -> BTreeMap<String, f64> {
        let m = &self.model;
        let mut out = BTreeMap::from([
            ("test_esr".to_owned(), m.esr),
            ("test_esr_pre_emphasis".to_owned(), m.emphasised),
            ("test_mae".to_owned(), m.mae),
            ("test_mr_stft".to_owned(), m.spectral),
            ("test_loudness_difference_db".to_owned(), m.loudness_db),
            ("test_esr_best_gain".to_owned(), self.baselines.gain),
            ("test_esr_best_affine".to_owned(), self.baselines.affine),
            ("test_esr_best_linear".to_owned(), self.baselines.linear),
        ]);
        out.extend(self.floor.map(|f| ("esr_floor".to_owned(), f)));
        out
    }

    /// For a terminal.
    pub fn table(&self) -> String {
        let m = &self.model;
        let mut out = format!(
            "held-out   ESR {}   with pre-emphasis {}   MAE {:.5}   MR-STFT {:.4}   loudness {:+.2} dB\n\
             beside it  best gain {}   best straight line {}   best linear filter {}",
            ratio_text(m.esr),
            ratio_text(m.emphasised),
            m.mae,
            m.spectral,
            m.loudness_db,
            ratio_text(self.baselines.gain),
            ratio_text(self.baselines.affine),
            ratio_text(self.baselines.linear)
        );
        if let Some(floor) = self.floor {
            out += &format!("   the device against itself {}", ratio_text(floor));
        }
        if let Some(advice) = &self.advice {
            out += &format!("\nnote       {advice}");
        }
        out
    }
}

/// Figures, curves and the sounds behind them.
pub struct Measured {
    /// The figures.
    pub figures: Figures,
    /// The curves.
    pub curves: Curves,
    /// Held-out input, device and model, one after the other.
    sounds: [Vec<f32>; 3],
}

/// Measures a learner on the held-out part.
///
/// # Errors
/// When the data does not fit the network.
pub fn measure(run: &Run<'_>, learner: &mut dyn ProfileLearner) -> Result<Measured> {
    let data = run.data;
    let mut figures =
        Figures { floor: run.loaded.floor(), baselines: baselines(data), ..Figures::default() };
    let mut sounds: [Vec<f32>; 3] = Default::default();
    for (i, r) in data.recordings.iter().enumerate() {
        let (mut output, mut target) = (Vec::new(), Vec::new());
        for s in data.test.iter().filter(|s| s.recording == i) {
            let (y, t) = play(learner, data, s)?;
            output.extend(y);
            target.extend(t);
            sounds[0].extend_from_slice(&r.input[s.from..s.until]);
        }
        if output.is_empty() {
            continue;
        }
        figures.settings.push(SettingRow {
            name: r.name.clone(),
            setting: words(data, r),
            seen: data.train.iter().any(|s| data.recordings[s.recording].knobs == r.knobs),
            scores: Scores::of(&output, &target, data.rate_hz),
        });
        sounds[1].extend(target);
        sounds[2].extend(output);
    }
    figures.model = if data.knobs.is_empty() {
        Scores::of(&sounds[2], &sounds[1], data.rate_hz)
    } else {
        mean(&figures.settings)
    };
    let mut curves = Curves::of(&sounds[0], &sounds[1], &sounds[2], data.rate_hz);
    if let Some(first) = data.recordings.first() {
        curves.time = over_time(learner, data, first)?;
    }
    Ok(Measured { figures, curves, sounds })
}

/// A setting in words.
fn words(data: &Dataset, r: &Recording) -> String {
    let part = |(k, x): (&nfx_core::models::effect::KnobInfo, &f32)| {
        format!("{} {}", k.name, k.text(k.value(*x)))
    };
    data.knobs.iter().zip(&r.knobs).map(part).collect::<Vec<_>>().join(", ")
}

fn mean(rows: &[SettingRow]) -> Scores {
    let n = rows.len().max(1) as f64;
    let of = |f: fn(&Scores) -> f64| rows.iter().map(|r| f(&r.scores)).sum::<f64>() / n;
    Scores {
        esr: of(|s| s.esr),
        emphasised: of(|s| s.emphasised),
        mae: of(|s| s.mae),
        spectral: of(|s| s.spectral),
        loudness_db: of(|s| s.loudness_db),
    }
}

/// The ESR of half a second after the other over a whole recording.
fn over_time(
    learner: &mut dyn ProfileLearner,
    data: &Dataset,
    r: &Recording,
) -> Result<Vec<Point>> {
    if r.clips.is_some() {
        return Ok(Vec::new());
    }
    let n = r.input.len().min((TIME_S * data.rate_hz) as usize);
    let side = r.side.as_ref().map(|s| &s[..n]);
    let output = learner.predict(&r.input[..n], side, &r.knobs)?;
    let window = (WINDOW_S * data.rate_hz) as usize;
    let whole = r.target[..n].iter().map(|t| f64::from(t * t)).sum::<f64>() / n.max(1) as f64;
    let point = |(i, (y, t)): (usize, (&[f32], &[f32]))| {
        let energy: f64 = t.iter().map(|t| f64::from(t * t)).sum::<f64>() / t.len() as f64;
        // Silence has no ratio.
        (energy > 1e-5 * whole).then(|| ((i as f64 + 0.5) * WINDOW_S, esr(y, t)))
    };
    Ok(output
        .chunks_exact(window.max(1))
        .zip(r.target.chunks_exact(window.max(1)))
        .enumerate()
        .filter_map(point)
        .collect())
}

/// Writes the listening pair beside the report: what went in, the device, the model and their
/// difference.
///
/// # Errors
/// When a file cannot be written.
pub fn listen(measured: &Measured, folder: &Path, rate_hz: f64) -> Result<()> {
    let n = measured.sounds[0].len().min((LISTEN_S * rate_hz) as usize);
    let [input, device, model] = &measured.sounds;
    let difference: Vec<f32> = device.iter().zip(model).map(|(d, m)| m - d).collect();
    for (name, sound) in
        [("input", input), ("device", device), ("model", model), ("difference", &difference)]
    {
        let bytes = float_wav(&[sound[..n].to_vec()], rate_hz)?;
        write_atomic(&folder.join("listen").join(format!("{name}.wav")), &bytes)?;
    }
    Ok(())
}
