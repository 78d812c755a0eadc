//! What is done beside training: impulse responses, playing, measuring and describing finished
//! profiles.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use nfx_audio::{Samples, wav_bytes};
use nfx_core::engine::profiler::{ProfilerControls, ProfilerEngine};
use nfx_core::models::ModelFile;
use nfx_core::models::effect::{ProfileInfo, ProfileModel};
use nfx_learn::effect::export::play;

use super::align::{align, shifted};
use super::measure::Scores;
use super::pairs::{Pairs, folder};
use super::signal::test_signal;
use crate::audio::{read_audio, resample, write_float_wav};
use crate::files::{WAV, can_write, read_named, write_atomic};
use crate::render::number;

/// Writes the test signal as 24-bit WAV.
///
/// # Errors
/// When the length or rate is out of range or the file cannot be written.
pub fn write_signal(path: &Path, seconds: f64, rate_hz: f64) -> Result<()> {
    can_write(path, WAV)?;
    let signal = test_signal(seconds, rate_hz)?;
    write_atomic(path, &wav_bytes(&[signal], rate_hz, Samples::Pcm24)?)
}

/// Whether the bytes of a file are a profile, and then which.
///
/// # Errors
/// When they are a profile that cannot be played.
pub fn profile_of(path: &Path) -> Result<Option<std::sync::Arc<ProfileModel>>> {
    let bytes = read_named(path, "a model file")?;
    if let Ok(file) = ModelFile::from_bytes(&bytes)
        && file.card.effect().is_err()
    {
        return Ok(None);
    }
    ProfileModel::from_bytes(&bytes)
        .map(Some)
        .with_context(|| format!("expected a model in {}", path.display()))
}

/// Writes a profile as a `.nam` file, its knobs folded in where they are set (`NAME=VALUE`, the
/// others where they rest).
///
/// # Errors
/// When the model has no form as a `.nam` file, a setting is wrong or the file cannot be written.
pub fn write_nam(path: &Path, output: &Path, given: &[String]) -> Result<()> {
    can_write(output, ("a `.nam` file", &["nam", "json"]))?;
    let Some(model) = profile_of(path)? else {
        bail!(
            "expected the profile of an effect in {}, found a model of another kind",
            path.display()
        );
    };
    let controls = settings(&model, given)?;
    let baked = model.bake(&controls.knobs[..model.info().knobs.len()])?;
    write_atomic(output, baked.to_json().as_bytes())
}

/// What may be set beside a profile's knobs, with its units.
pub const NAMES: &str = "a knob by its name, in its own units (Threshold=-30), in, out and makeup (-24 to 24 dB), mix and quality (0 to 1 or 50 %)";
/// Where levels may be, as in the plugin.
const LEVELS_DB: (f32, f32) = (-24.0, 24.0);

/// Sets knobs and levels from `NAME=VALUE`: a knob's name in any case, or in, out, makeup (dB),
/// mix, quality (0 to 1).
///
/// # Errors
/// When a name or value is not understood, or a value is out of range.
pub fn settings(model: &ProfileModel, given: &[String]) -> Result<ProfilerControls> {
    let mut controls = ProfilerControls::for_model(model);
    for text in given {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| anyhow!("expected a setting as NAME=VALUE, found {text:?}"))?;
        let knobs = &model.info().knobs;
        let same = |a: &str| {
            a.replace([' ', '_', '-'], "").eq_ignore_ascii_case(&name.replace([' ', '_', '-'], ""))
        };
        if let Some(i) = knobs
            .iter()
            .position(|k| same(&k.name) || same(&format!("knob{}", 1 + index_of(knobs, k))))
        {
            let knob = &knobs[i];
            controls.knobs[i] =
                number(&knob.name, value, (knob.min, knob.max), &[(knob.unit.as_str(), 1.0)])?;
            continue;
        }
        let decibels = || number(name, value, LEVELS_DB, &[("dB", 1.0), ("db", 1.0)]);
        let share = || number(name, value, (0.0, 1.0), &[("%", 0.01)]);
        match name.trim().to_lowercase().as_str() {
            "in" => controls.input_db = decibels()?,
            "out" => controls.output_db = decibels()?,
            "makeup" => controls.makeup_db = decibels()?,
            "mix" => controls.mix = share()?,
            "quality" => controls.quality = share()?,
            _ => {
                let names: Vec<&str> = knobs.iter().map(|k| k.name.as_str()).collect();
                bail!(
                    "expected one of {}, in, out, makeup, mix, quality; found {name:?}",
                    names.join(", ")
                );
            }
        }
    }
    Ok(controls)
}

fn index_of(
    knobs: &[nfx_core::models::effect::KnobInfo],
    of: &nfx_core::models::effect::KnobInfo,
) -> usize {
    knobs.iter().position(|k| std::ptr::eq(k, of)).unwrap_or(0)
}

/// Plays a file through a profile with the plugin's engine.
///
/// # Errors
/// When a file cannot be read or written or a setting is wrong.
pub fn render(
    model: &std::sync::Arc<ProfileModel>,
    input: &Path,
    output: &Path,
    given: &[String],
    rate_hz: Option<f64>,
) -> Result<()> {
    can_write(output, WAV)?;
    let audio = read_audio(input)?;
    let rate = rate_hz.unwrap_or(audio.rate);
    let sound = audio
        .channels
        .iter()
        .take(2)
        .map(|c| resample(c, audio.rate, rate))
        .collect::<Result<Vec<_>>>()?;
    let controls = settings(model, given)?;
    let mut engine = ProfilerEngine::new(model.clone(), rate, sound.len())?;
    let out = nfx_core::engine::render(&mut engine, |_| controls, &sound, &[])?;
    write_float_wav(output, &out, rate)
}

/// The scores of a finished profile on pairs, one row for each: `[name, setting, scores]`.
///
/// # Errors
/// When a file cannot be read, or the pairs have other knobs than the model.
pub fn eval(
    model: &std::sync::Arc<ProfileModel>,
    sources: &[String],
) -> Result<Vec<(String, String, Scores)>> {
    let knobs = &model.info().knobs;
    let pairs = match sources {
        [dir] => folder(Path::new(dir), None, None, knobs)?,
        [input, target] => Pairs {
            files: vec![super::pairs::PairFiles {
                input: input.into(),
                target: target.into(),
                values: knobs.iter().map(|k| k.default).collect(),
                part: None,
            }],
            knobs: knobs.clone(),
        },
        _ => bail!(
            "expected a folder of pairs, or an input and a target, found {} names",
            sources.len()
        ),
    };
    ensure!(
        pairs.knobs.len() == knobs.len(),
        "expected pairs with the model's {} knobs, found {}",
        knobs.len(),
        pairs.knobs.len()
    );
    let rate = model.sample_rate_hz();
    let mut rows = Vec::new();
    for files in &pairs.files {
        let (input, target) = (read_audio(&files.input)?, read_audio(&files.target)?);
        let (x, t) = (
            resample(&input.mono(), input.rate, rate)?,
            resample(&target.mono(), target.rate, rate)?,
        );
        let n = x.len().min(t.len());
        let delay = align(&x[..n], &t[..n], rate).delay;
        let t = shifted(&t[..n], delay);
        let y = play(model, &x[..n], None, &files.values);
        // Only what was recorded is compared.
        let known = usize::try_from(-delay).unwrap_or(0).min(n)..t.len().min(n);
        let setting: Vec<String> = knobs
            .iter()
            .zip(&files.values)
            .map(|(k, v)| format!("{} {}", k.name, k.text(*v)))
            .collect();
        let name =
            files.target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        rows.push((name, setting.join(", "), Scores::of(&y[known.clone()], &t[known], rate)));
    }
    Ok(rows)
}

/// What the card of a profile says about its device, as text.
pub fn inspect(info: &ProfileInfo) -> String {
    let mut out = String::new();
    if let Some(esr) = info.esr {
        let _ = writeln!(
            out,
            "ESR          {esr:.5} held out: {}",
            super::measure::verdict(f64::from(esr))
        );
    }
    let levels = [
        ("loudness", info.loudness_db, "dB"),
        ("input level", info.input_level_dbu, "dBu"),
        ("output level", info.output_level_dbu, "dBu"),
    ];
    for (name, value, unit) in levels {
        if let Some(value) = value {
            let _ = writeln!(out, "{name:<12} {value:.1} {unit}");
        }
    }
    for (name, value) in [
        ("recorded by", &info.modeled_by),
        ("gear", &info.gear_type),
        ("maker", &info.gear_make),
        ("device", &info.gear_model),
        ("tone", &info.tone_type),
    ] {
        if let Some(value) = value {
            let _ = writeln!(out, "{name:<12} {value}");
        }
    }
    for (i, k) in info.knobs.iter().enumerate() {
        let _ = writeln!(
            out,
            "knob {}       {}: {} to {}{}, rests at {}",
            i + 1,
            k.name,
            k.text(k.min),
            k.text(k.max),
            if k.log { " by ratio" } else { "" },
            k.text(k.default)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knobs_and_levels_are_set_in_their_units_and_what_is_out_of_range_is_refused() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/compressor.safetensors");
        let model = profile_of(&path).unwrap().unwrap();
        let set = |text: &str| settings(&model, &[text.to_owned()]);
        assert_eq!(set("threshold=-30").unwrap().knobs[0], -30.0);
        assert_eq!(set("Knob 1 = -30,5 dB").unwrap().knobs[0], -30.5);
        assert_eq!(set("in=-6 dB").unwrap().input_db, -6.0);
        assert_eq!((set("mix=50 %").unwrap().mix, set("quality=0.5").unwrap().quality), (0.5, 0.5));
        for text in [
            "threshold=-70",
            "Ratio=nan",
            "in=inf",
            "out=400",
            "mix=5",
            "mix=nan",
            "quality=-1",
            "Drive=3",
            "mix",
        ] {
            let error = set(text).expect_err(text).to_string();
            assert!(error.contains("expected") && error.contains("found"), "{error}");
        }
    }
}
