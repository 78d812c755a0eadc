//! Finding a sound: slider positions for a sound file, through the model's own encoder. Not real-time safe.

use std::path::Path;

use nfx_core::model::CanneModel;
use nfx_core::stft::analyse_signal;
use nfx_plugin::clip::Clip;

/// Longest sound that is listened to.
const MOST_SECONDS: f64 = 30.0;
/// Frames quieter than the loudest by more than this (24 dB) do not count: attacks and tails are not the tone.
const QUIET: f32 = 0.063;

/// What was heard in a sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// The latents, one each.
    pub latents: Vec<f32>,
    /// How far what the model makes of them is from the sound's spectrum: spectral convergence in dB, below 0 the better.
    pub convergence_db: f32,
}

/// Listens to a sound file.
///
/// # Errors
/// A sentence.
pub fn in_file(model: Option<&CanneModel>, path: &Path) -> Result<Heard, String> {
    let model = model.ok_or("There is no model to find the sound with. Choose one, and try again.")?;
    if !model.can_encode() {
        return Err(
            "This palette has only a decoder: it can play sounds, but not find one. Choose the Keys model, and try again."
                .to_owned(),
        );
    }
    let bytes = std::fs::read(path)
        .map_err(|error| format!("The sound file {} could not be read ({error}).", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let clip = Clip::decode(&name, bytes, MOST_SECONDS)?.at_rate(model.card().sample_rate_hz)?;
    let mono: Vec<f32> = (0..clip.len())
        .map(|i| clip.channels.iter().map(|channel| channel[i]).sum::<f32>() / clip.channels.len() as f32)
        .collect();
    in_sound(model, &mono).map_err(|why| format!("\u{201c}{name}\u{201d} could not be found: {why}"))
}

/// Listens to a sound at the model's rate: the median of each latent over the loud frames.
///
/// # Errors
/// A sentence.
pub fn in_sound(model: &CanneModel, sound: &[f32]) -> Result<Heard, String> {
    let frames = analyse_signal(model.card().stft, sound).map_err(|error| error.to_string())?;
    let frames: Vec<Vec<f32>> =
        frames.iter().map(|frame| frame.iter().map(|bin| bin.norm()).collect::<Vec<f32>>()).collect();
    let peak = |frame: &Vec<f32>| frame.iter().fold(0.0_f32, |most, bin| most.max(*bin));
    let loudest = frames.iter().map(peak).fold(0.0_f32, f32::max);
    if loudest <= 1e-6 {
        return Err("it is silent.".to_owned());
    }
    let loud: Vec<&Vec<f32>> = frames.iter().filter(|frame| peak(frame) >= loudest * QUIET).collect();
    let codes = loud
        .iter()
        .map(|frame| model.encode(frame))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    let latents: Vec<f32> =
        (0..model.latents()).map(|latent| median(codes.iter().map(|code| code[latent]).collect())).collect();
    let convergence_db = convergence(model, &latents, &loud);
    Ok(Heard { latents, convergence_db })
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// The spectral convergence between the mean of the loud frames and what the model makes of `latents` at its best note.
fn convergence(model: &CanneModel, latents: &[f32], loud: &[&Vec<f32>]) -> f32 {
    let bins = model.bins();
    let mut mean = vec![0.0_f32; bins];
    for frame in loud {
        let most = frame.iter().fold(f32::MIN_POSITIVE, |most, bin| most.max(*bin));
        mean.iter_mut().zip(*frame).for_each(|(sum, bin)| *sum += bin / most);
    }
    let energy: f32 = mean.iter().map(|bin| bin * bin).sum();
    let notes = model.notes().map_or(60..=60, |(low, high)| low..=high);
    let (mut scratch, mut made) = (model.scratch(), vec![0.0; bins]);
    let mut best = f32::INFINITY;
    for note in notes {
        model.decode(&mut scratch, latents, &[f32::from(note)], &mut made);
        let (cross, own) = made.iter().zip(&mean).fold((0.0, 0.0), |(x, o), (m, t)| (x + m * t, o + m * m));
        // At the level at which it is closest.
        let gain = if own > 0.0 { cross / own } else { 0.0 };
        let rest: f32 = made.iter().zip(&mean).map(|(m, t)| (t - gain * m).powi(2)).sum();
        best = best.min(rest / energy.max(f32::MIN_POSITIVE));
    }
    10.0 * best.max(1e-9).log10()
}
