//! The engine over a whole sound.

use super::EngineError;
use super::interface::{Engine, Io};

/// Samples between two questions for controls.
const BLOCK: usize = 64;

/// Plays a whole sound through a fresh engine, as the plugin would, and takes the latency away.
/// Allocates.
///
/// `controls_at` is asked for the controls at every 64th sample. The result has the length of the
/// input.
///
/// # Shapes
/// `input` `[channel][sample]`, as many channels as the engine has; `side` 1 or 2 channels, or
/// empty; a shorter channel is followed by silence.
///
/// # Errors
/// When the input has another number of channels than the engine.
pub fn render<E: Engine>(
    engine: &mut E,
    mut controls_at: impl FnMut(usize) -> E::Controls,
    input: &[Vec<f32>],
    side: &[Vec<f32>],
) -> Result<Vec<Vec<f32>>, EngineError> {
    if input.len() != engine.channels() {
        return Err(EngineError::Channels { found: input.len() });
    }
    let latency = engine.latency_samples();
    let len = input.iter().map(Vec::len).max().unwrap_or(0);
    let padded = |sound: &Vec<f32>| {
        let mut p = sound.clone();
        p.resize(len + latency, 0.0);
        p
    };
    let mut sound: Vec<Vec<f32>> = input.iter().map(padded).collect();
    let side: Vec<Vec<f32>> = side.iter().map(padded).collect();
    for from in (0..len + latency).step_by(BLOCK) {
        let to = (from + BLOCK).min(len + latency);
        let mut block: Vec<&mut [f32]> = sound.iter_mut().map(|c| &mut c[from..to]).collect();
        let side: Vec<&[f32]> = side.iter().map(|c| &c[from..to]).collect();
        engine.process(&controls_at(from.min(len.saturating_sub(1))), Io::sound(&mut block, &side));
    }
    sound.iter_mut().for_each(|c| drop(c.drain(..latency)));
    Ok(sound)
}

/// Normalises a whole mix to unit norm over all channels: the thesis's equation 3.4 to the letter.
///
/// Such a sound is very quiet as audio (its samples' squares add up to one): scale it before it is
/// played. A silent sound stays silent.
pub fn normalise_whole(sound: &mut [Vec<f32>]) {
    let norm = sound.iter().flatten().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    if norm > 0.0 {
        sound.iter_mut().flatten().for_each(|x| *x = (f64::from(*x) / norm) as f32);
    }
}
