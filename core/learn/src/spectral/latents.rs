//! What each latent does, in numbers and in words, and the order that follows from it.
//!
//! Latents come out of a training in no order. Sorted by the centroid of what they add to a
//! spectrum, neighbouring latents do related things, so that a knob that scales a run of them means
//! something.

use burn::tensor::{Device, Tensor};
use nfx_core::models::spectral::{AutoencoderConfig, LatentInfo};

use crate::spectral::autoencoder::{Autoencoder, matrix, values};
use crate::{LearnError, Tensors};

/// A latent lives when replacing it by its mean makes the mean squared error larger by this share.
pub const LIVE_SHARE: f64 = 0.01;

/// Gain that a latent is listened to with: the largest that its trim in the plugin has.
const RAISED: f32 = 2.0;

/// What the words are chosen from: the mean over frames of a few features of the output.
#[derive(Clone, Copy, Debug, Default)]
struct Sound {
    centroid_octaves: f64,
    flatness_db: f64,
    level_db: f64,
    peak_octaves: f64,
}

/// Looks at every latent of a network on frames `[frame][bin]` (a few hundred are enough).
///
/// `bin_hz` is the distance of neighbouring bins. The latents are listed in the network's present
/// order.
///
/// # Errors
/// When the network and the frames do not fit together.
pub fn describe(
    config: &AutoencoderConfig,
    tensors: &Tensors,
    frames: &[f32],
    bin_hz: f64,
) -> Result<Vec<LatentInfo>, LearnError> {
    let count = frames.len() / config.inputs.max(1);
    if count == 0 {
        return Err(LearnError::Argument(
            "expected at least one frame to look at the latents with, found none".into(),
        ));
    }
    let device = Device::flex();
    let net = Autoencoder::new(config, tensors, &device)?;
    let x = matrix(&frames[..count * config.inputs], config.inputs, &device);
    let latents = values(net.activate_latents(net.encode(x)))?;
    let width = config.latents();
    let decode = |latents: &[f32]| -> Result<Vec<f32>, LearnError> {
        values(net.decode(matrix(latents, width, &device) as Tensor<2>))
    };
    let neutral = decode(&latents)?;
    let neutral_error = squared_error(&neutral, frames);
    let neutral_sound = Sound::of(&neutral, config.outputs(), bin_hz);
    let mut out = Vec::with_capacity(width);
    for k in 0..width {
        let mut column: Vec<f32> = latents.iter().skip(k).step_by(width).copied().collect();
        let mean = column.iter().sum::<f32>() / count as f32;
        let with = |f: &dyn Fn(f32) -> f32| -> Result<Vec<f32>, LearnError> {
            let mut changed = latents.clone();
            changed.iter_mut().skip(k).step_by(width).for_each(|v| *v = f(*v));
            decode(&changed)
        };
        let without = squared_error(&with(&|_| mean)?, frames);
        let raised = with(&|v| v * RAISED)?;
        let centroid_hz = difference_centroid(&raised, &neutral, config.outputs()) * bin_hz;
        column.sort_by(f32::total_cmp);
        let quantile = |q: f64| column[((count - 1) as f64 * q).round() as usize];
        let live = without - neutral_error >= LIVE_SHARE * neutral_error;
        out.push(LatentInfo {
            label: label(
                &neutral_sound,
                &Sound::of(&raised, config.outputs(), bin_hz),
                centroid_hz,
                live,
            ),
            centroid_hz: centroid_hz as f32,
            live,
            p05: quantile(0.05),
            p50: quantile(0.5),
            p95: quantile(0.95),
        });
    }
    Ok(out)
}

/// The order in which the latents should stand: living ones from low to high centroid, then the
/// others.
pub fn order(latents: &[LatentInfo]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..latents.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&latents[a], &latents[b]);
        b.live.cmp(&a.live).then(a.centroid_hz.total_cmp(&b.centroid_hz))
    });
    order
}

/// Exchanges latents: the new latent `i` is the old latent `order[i]`. What the network computes
/// stays the same.
pub fn reorder(config: &AutoencoderConfig, tensors: &mut Tensors, order: &[usize]) {
    let latent = config.latent_layer;
    for name in [
        format!("layers.{latent}.weight"),
        format!("layers.{latent}.bias"),
        "encoder_shortcut.weight".to_owned(),
    ] {
        if let Some(t) = tensors.get_mut(&name) {
            for row in t.data.chunks_mut(order.len()) {
                let old = row.to_vec();
                row.iter_mut().zip(order).for_each(|(new, &from)| *new = old[from]);
            }
        }
    }
    for name in [format!("layers.{}.weight", latent + 1), "decoder_shortcut.weight".to_owned()] {
        if let Some(t) = tensors.get_mut(&name) {
            let columns = t.shape.get(1).copied().unwrap_or(0);
            let mut data: Vec<f32> = order
                .iter()
                .flat_map(|&from| t.data[from * columns..(from + 1) * columns].to_vec())
                .collect();
            // Behind the latents stand the inputs of the condition.
            data.extend_from_slice(&t.data[data.len()..]);
            t.data = data;
        }
    }
}

/// Sum of the squared differences of two lists of frames.
pub(crate) fn squared_error(y: &[f32], target: &[f32]) -> f64 {
    y.iter().zip(target).map(|(y, t)| f64::from((y - t) * (y - t))).sum()
}

/// Mean bin of the squared difference of two lists of frames.
pub(crate) fn difference_centroid(a: &[f32], b: &[f32], bins: usize) -> f64 {
    let (mut weighted, mut total) = (0.0f64, 0.0f64);
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let power = f64::from((a - b) * (a - b));
        weighted += power * (i % bins) as f64;
        total += power;
    }
    if total > 0.0 { weighted / total } else { 0.0 }
}

impl Sound {
    fn of(frames: &[f32], bins: usize, bin_hz: f64) -> Sound {
        let mut sum = Sound::default();
        let count = (frames.len() / bins.max(1)).max(1) as f64;
        for frame in frames.chunks(bins) {
            let (mut weighted, mut total, mut logs, mut power) =
                (0.0f64, 1e-12f64, 0.0f64, 1e-12f64);
            let mut peak = (0usize, 0.0f32);
            for (i, &m) in frame.iter().enumerate() {
                let m = m.max(0.0);
                if m > peak.1 {
                    peak = (i, m);
                }
                let m = f64::from(m);
                weighted += m * i as f64;
                total += m;
                power += m * m;
                logs += (m + 1e-5).ln();
            }
            let mean = total / bins as f64 + 1e-5;
            sum.centroid_octaves += ((weighted / total).max(0.5) * bin_hz).log2() / count;
            sum.flatness_db +=
                (logs / bins as f64 - mean.ln()) * (10.0 / std::f64::consts::LN_10) * 2.0 / count;
            sum.level_db += 10.0 * power.log10() / count;
            sum.peak_octaves += ((peak.0 as f64).max(0.5) * bin_hz).log2() / count;
        }
        sum
    }
}

/// Words for the change from one sound to another, the strongest first, and where in the spectrum
/// it happens.
fn label(before: &Sound, after: &Sound, centroid_hz: f64, live: bool) -> String {
    // Each change in units of what one just calls a change.
    let changes = [
        ((after.centroid_octaves - before.centroid_octaves) / 0.1, "brighter", "darker"),
        ((after.flatness_db - before.flatness_db) / 1.0, "noisier", "purer"),
        ((after.level_db - before.level_db) / 0.75, "fuller", "thinner"),
        ((after.peak_octaves - before.peak_octaves) / 0.25, "higher", "lower"),
    ];
    let mut heard: Vec<(f64, &str)> = changes
        .iter()
        .filter(|(amount, ..)| amount.abs() >= 1.0)
        .map(|&(amount, more, less)| (amount.abs(), if amount > 0.0 { more } else { less }))
        .collect();
    heard.sort_by(|a, b| b.0.total_cmp(&a.0));
    let words: Vec<&str> = heard.iter().take(2).map(|h| h.1).collect();
    let words = match (words.is_empty(), live) {
        (false, _) => words.join(", "),
        (true, true) => "subtle".to_owned(),
        (true, false) => "does next to nothing".to_owned(),
    };
    let place = if centroid_hz >= 1000.0 {
        format!("{:.1} kHz", centroid_hz / 1000.0)
    } else {
        format!("{centroid_hz:.0} Hz")
    };
    if centroid_hz > 0.0 { format!("{words} around {place}") } else { words }
}
