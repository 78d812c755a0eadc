//! `nfx-train render`: the plugin's engine on a file.

use std::path::Path;

use anyhow::{Result, anyhow, bail, ensure};
use nfx_core::engine::anne::{
    AnneControls, AnneEngine, GainPosition, KNOBS, Split, StereoMode, split,
};
use nfx_core::engine::normalise_whole;
use nfx_core::models::spectral::{AnneModel, DIRECTION_IDS, MAX_LATENTS};

use crate::audio::{read_audio, resample, write_float_wav};
use crate::eval::read_model;
use crate::files::{WAV, can_write};

/// What may be set, by the plugin's parameter ids, with its units.
pub const NAMES: &str = "a to e (gain of a knob after the activation, 0.5 to 5.5), da to de (before it, 1 to 100), \
split (equal, growing, shrinking, or five lengths such as 10,10,10,10,24), pos (after, before), l1 to l64 (0 to 2), \
body, bright, air, noise, hollow, formant and disc1 to disc4 (-2 to 2), morph, detail and mix (0 to 1 or 50 %), resp (5 to 500 ms), in and out (-24 to 24 dB), level (on, off), freeze (on, off), slew (0 to 2000 ms), \
stereo (linked, dual, mid_side), bypass (on, off)";

/// Settings of the engine as the plugin's parameters say them.
#[derive(Clone, Debug)]
pub struct Settings {
    knobs: [f32; KNOBS],
    drives: [f32; KNOBS],
    trims: [f32; MAX_LATENTS],
    split: Split,
    controls: AnneControls,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            knobs: [1.0; KNOBS],
            drives: [1.0; KNOBS],
            trims: [1.0; MAX_LATENTS],
            split: Split::Equal,
            controls: AnneControls { level_match: true, ..AnneControls::default() },
        }
    }
}

/// A number in a range, with or without one of the units (each with what a number of it is
/// multiplied by).
pub(crate) fn number(
    name: &str,
    text: &str,
    range: (f32, f32),
    units: &[(&str, f32)],
) -> Result<f32> {
    let (low, high) = range;
    let text = text.trim();
    let stripped = units
        .iter()
        .find_map(|&(unit, factor)| text.strip_suffix(unit).map(|t| (t.trim_end(), factor)));
    let (digits, factor) = stripped.unwrap_or((text, 1.0));
    let value: f32 = digits
        .replace(',', ".")
        .parse()
        .map_err(|_| anyhow!("expected a number for `{name}`, found `{text}`"))?;
    let value = value * factor;
    ensure!((low..=high).contains(&value), "expected `{name}` from {low} to {high}, found {text}");
    Ok(value)
}

fn switch(name: &str, text: &str) -> Result<bool> {
    match text.trim().to_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Ok(true),
        "off" | "false" | "no" | "0" => Ok(false),
        other => bail!("expected on or off for `{name}`, found `{other}`"),
    }
}

impl Settings {
    /// Sets one value from `NAME=VALUE`.
    ///
    /// # Errors
    /// When there is no such name or the value does not suit it; the settings are then as before.
    pub fn set(&mut self, assignment: &str) -> Result<()> {
        let (name, value) = assignment
            .split_once('=')
            .ok_or_else(|| anyhow!("expected NAME=VALUE, found `{assignment}`"))?;
        let (name, value) = (name.trim().to_lowercase(), value.trim());
        let letter = |text: &str| "abcde".find(text).filter(|_| text.len() == 1);
        let unit = (0.0, 1.0);
        let gain = |text: &str| -> Result<f32> {
            Ok(10f32.powf(number(&name, text, (-24.0, 24.0), &[("dB", 1.0), ("db", 1.0)])? / 20.0))
        };
        let percent = [("%", 0.01)];
        let c = &mut self.controls;
        match name.as_str() {
            "split" => self.split = parse_split(value)?,
            "pos" | "gain_position" => {
                c.gain_position = match value.to_lowercase().as_str() {
                    "after" => GainPosition::After,
                    "before" => GainPosition::Before,
                    other => bail!("expected after or before for `{name}`, found `{other}`"),
                }
            }
            "morph" => c.morph = number(&name, value, unit, &percent)?,
            "detail" => c.detail = number(&name, value, unit, &percent)?,
            "resp" | "response_ms" => {
                c.response_ms = number(&name, value, (5.0, 500.0), &[("ms", 1.0), ("s", 1000.0)])?;
            }
            "mix" => c.mix = number(&name, value, unit, &percent)?,
            "in" | "input" => c.input_gain = gain(value)?,
            "out" | "output" => c.output_gain = gain(value)?,
            "level" | "level_match" => c.level_match = switch(&name, value)?,
            "freeze" => c.freeze = switch(&name, value)?,
            "bypass" => c.bypass = switch(&name, value)?,
            "slew" | "slew_ms" => {
                c.slew_ms = number(&name, value, (0.0, 2000.0), &[("ms", 1.0), ("s", 1000.0)])?
            }
            "stereo" => {
                c.stereo = match value.to_lowercase().replace(['/', '-'], "_").as_str() {
                    "linked" => StereoMode::Linked,
                    "dual" => StereoMode::Dual,
                    "mid_side" => StereoMode::MidSide,
                    other => {
                        bail!("expected linked, dual or mid_side for `{name}`, found `{other}`")
                    }
                }
            }
            _ => {
                if let Some(place) = DIRECTION_IDS.iter().position(|id| *id == name) {
                    c.directions[place] = number(&name, value, (-2.0, 2.0), &[])?;
                } else if let Some(knob) = letter(&name) {
                    self.knobs[knob] = number(&name, value, (0.5, 5.5), &[])?;
                } else if let Some(knob) = name.strip_prefix('d').and_then(letter) {
                    self.drives[knob] = number(&name, value, (1.0, 100.0), &[])?;
                } else if let Some(latent) = name
                    .strip_prefix('l')
                    .and_then(|n| n.parse::<usize>().ok())
                    .filter(|n| (1..=MAX_LATENTS).contains(n))
                {
                    self.trims[latent - 1] = number(&name, value, (0.0, 2.0), &[])?;
                } else {
                    bail!("expected one of {NAMES}; found `{name}`");
                }
            }
        }
        Ok(())
    }

    /// What the engine is told for a model of `latents` latents.
    pub fn controls(&self, latents: usize) -> AnneControls {
        let knobs = match self.controls.gain_position {
            GainPosition::After => &self.knobs,
            GainPosition::Before => &self.drives,
        };
        AnneControls {
            latent_gains: split::gains(knobs, &self.split.lengths(latents), &self.trims),
            ..self.controls.clone()
        }
    }
}

fn parse_split(text: &str) -> Result<Split> {
    Ok(match text.to_lowercase().as_str() {
        "equal" | "1" => Split::Equal,
        "growing" | "2" => Split::Growing,
        "shrinking" | "3" => Split::Shrinking,
        lengths => {
            let lengths: Vec<u8> = lengths
                .split(',')
                .map(|l| {
                    l.trim().parse().map_err(|_| {
                        anyhow!("expected equal, growing, shrinking or five lengths for `split`, found `{text}`")
                    })
                })
                .collect::<Result<_>>()?;
            let sum: usize = lengths.iter().map(|&l| usize::from(l)).sum();
            ensure!(
                lengths.len() == KNOBS && lengths.iter().all(|&l| l > 0) && sum <= MAX_LATENTS,
                "expected five lengths of at least 1 that add up to at most {MAX_LATENTS} for `split`, found `{text}`"
            );
            let mut start = 0;
            Split::User(std::array::from_fn(|k| {
                start += lengths[k];
                start
            }))
        }
    })
}

/// What `render` is asked for.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// `NAME=VALUE` for each setting that is not neutral.
    pub settings: Vec<String>,
    /// The second sound, for `morph`.
    pub morph: Option<std::path::PathBuf>,
    /// Rate that the engine is run at as by a host; that of the file when absent.
    pub rate_hz: Option<f64>,
    /// Whether the whole result is divided by its norm (the thesis's equation 3.4) and then brought
    /// to the input's.
    pub normalise: bool,
}

/// Plays a file through a model and writes the result as 32-bit floats, as long as the input and in
/// time with it.
///
/// # Errors
/// When a file cannot be read or written, a setting is wrong, or the model cannot be played.
pub fn render(model: &Path, input: &Path, output: &Path, job: &Job) -> Result<()> {
    can_write(output, WAV)?;
    let mut settings = Settings::default();
    for assignment in &job.settings {
        settings.set(assignment)?;
    }
    let model = AnneModel::from_file(&read_model(model)?)?;
    let (sound, rate) = read_for(input, job.rate_hz)?;
    let side = job
        .morph
        .as_deref()
        .map(|p| read_for(p, Some(rate)))
        .transpose()?
        .map_or_else(Vec::new, |s| s.0);
    let controls = settings.controls(model.latents());
    let mut engine = AnneEngine::with_channels(model, rate, sound.len())?;
    let mut out = nfx_core::engine::render(&mut engine, |_| controls.clone(), &sound, &side)?;
    if job.normalise {
        normalise_whole(&mut out);
        // Unit norm is far below hearing for a sound of any length: play it at the dry sound's
        // norm.
        let norm =
            sound.iter().flatten().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt() as f32;
        out.iter_mut().flatten().for_each(|x| *x *= norm);
    }
    write_float_wav(output, &out, rate)
}

/// Sound as a WAV file of 32-bit floats: the engine's own numbers, also above full scale.
///
/// # Errors
/// When the sound has no channel or a rate that no WAV file has.
pub fn float_wav(channels: &[Vec<f32>], rate: f64) -> Result<Vec<u8>> {
    Ok(nfx_audio::wav_bytes(channels, rate, nfx_audio::Samples::Float32)?)
}

/// A file as one or two channels at a rate. More than two channels are mixed to one.
fn read_for(path: &Path, rate_hz: Option<f64>) -> Result<(Vec<Vec<f32>>, f64)> {
    let audio = read_audio(path)?;
    let rate = rate_hz.unwrap_or(audio.rate);
    let channels = if audio.channels.len() > 2 { vec![audio.mono()] } else { audio.channels };
    let channels =
        channels.iter().map(|c| resample(c, audio.rate, rate)).collect::<Result<Vec<_>>>()?;
    ensure!(
        !channels.is_empty(),
        "expected a sound in {}, found a file without channels",
        path.display()
    );
    Ok((channels, rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_understood_with_units_and_refused_with_sentences() {
        let mut s = Settings::default();
        for text in [
            "a=2.5",
            "e=5.5",
            "l64=0",
            "mix=50 %",
            "in=-6 dB",
            "slew=20ms",
            "stereo=mid/side",
            "split=10,10,10,10,24",
            "freeze=on",
        ] {
            s.set(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        }
        let c = s.controls(64);
        assert_eq!(
            (c.latent_gains[0], c.latent_gains[10], c.latent_gains[62], c.latent_gains[63]),
            (2.5, 1.0, 5.5, 0.0)
        );
        assert!(
            (c.mix - 0.5).abs() < 1e-6
                && (c.input_gain - 0.501).abs() < 1e-3
                && c.freeze
                && c.slew_ms == 20.0
        );
        for text in [
            "a=7",
            "l65=1",
            "l0=1",
            "mix=2",
            "nothing=1",
            "a",
            "stereo=wide",
            "split=1,2,3",
            "da=0.5",
            "in=quiet",
        ] {
            let error = s.set(text).expect_err(text).to_string();
            assert!(error.contains("expected"), "{error}");
        }
        s.set("pos=before").unwrap();
        s.set("da=100").unwrap();
        assert_eq!(s.controls(64).latent_gains[0], 100.0);
    }
}
