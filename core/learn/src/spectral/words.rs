//! Words that tell an effect's latents from each other: which part of the spectrum raising one
//! lifts, and which it cuts, beside what the others do.

use burn::tensor::{Device, Tensor};
use nfx_core::models::spectral::{AutoencoderConfig, LatentInfo};

use crate::spectral::autoencoder::{Autoencoder, matrix, values};
use crate::{LearnError, Tensors};

/// The lowest and the highest band's centre in Hz, half an octave from one to the next.
const BANDS_HZ: [f64; 17] = [
    63.0, 90.0, 125.0, 180.0, 250.0, 355.0, 500.0, 710.0, 1_000.0, 1_400.0, 2_000.0, 2_800.0,
    4_000.0, 5_600.0, 8_000.0, 11_000.0, 16_000.0,
];
/// What these bands are called.
const NAMES: [&str; 17] = [
    "63 Hz", "90 Hz", "125 Hz", "180 Hz", "250 Hz", "355 Hz", "500 Hz", "710 Hz", "1 kHz",
    "1.4 kHz", "2 kHz", "2.8 kHz", "4 kHz", "5.6 kHz", "8 kHz", "11 kHz", "16 kHz",
];
/// So many decibels below the loudest band a band counts as just that quiet: what cannot be heard
/// tells nothing.
const FLOOR_DB: f64 = 60.0;
/// A latent that changes no band by this many decibels does next to nothing.
const HEARD_DB: f64 = 0.1;

/// What raising each latent from the fifth to the ninety-fifth of a hundred of its values does to
/// the spectrum in the middle of the corpus, where all others have their medians: `[latent][band]`
/// in decibels, without what it does to the level of all; 0 where nothing is heard.
///
/// # Errors
/// When network, card and latents do not fit together.
pub fn effects(
    config: &AutoencoderConfig,
    tensors: &Tensors,
    latents: &[LatentInfo],
    bin_hz: f64,
) -> Result<Vec<Vec<f64>>, LearnError> {
    let width = config.latents();
    if latents.len() != width || config.condition != 0 || bin_hz <= 0.0 {
        return Err(LearnError::Argument(format!(
            "expected a card that describes the {width} latents of an effect, found {}",
            latents.len()
        )));
    }
    let device = Device::flex();
    let net = Autoencoder::new(config, tensors, &device)?;
    let middle: Vec<f32> = latents.iter().map(|latent| latent.p50).collect();
    let mut codes = Vec::with_capacity(2 * width * width);
    for (k, latent) in latents.iter().enumerate() {
        for value in [latent.p05, latent.p95] {
            let mut code = middle.clone();
            code[k] = value;
            codes.extend(code);
        }
    }
    let frames = values(net.decode(matrix(&codes, width, &device) as Tensor<2>))?;
    let bins = config.outputs();
    let spectra: Vec<Vec<f64>> = frames.chunks(bins).map(|frame| bands_db(frame, bin_hz)).collect();
    Ok(spectra
        .chunks(2)
        .map(|ends| {
            let heard = |band: usize| ends.iter().any(|end| end[band] > -FLOOR_DB);
            let change = |band: usize| ends[1][band] - ends[0][band];
            let bands: Vec<usize> = (0..ends[0].len()).filter(|band| heard(*band)).collect();
            let mean =
                bands.iter().map(|band| change(*band)).sum::<f64>() / bands.len().max(1) as f64;
            (0..ends[0].len())
                .map(|band| if heard(band) { change(band) - mean } else { 0.0 })
                .collect()
        })
        .collect())
}

/// The levels of the bands that lie below the highest bin, in decibels, none more than [`FLOOR_DB`]
/// below the loudest.
fn bands_db(frame: &[f32], bin_hz: f64) -> Vec<f64> {
    let half = 2_f64.powf(0.25);
    let power = |hz: f64| {
        let (low, high) =
            ((hz / half / bin_hz).round() as usize, (hz * half / bin_hz).round() as usize);
        let bins = frame
            .get(low.min(frame.len() - 1)..high.max(low + 1).min(frame.len()))
            .unwrap_or_default();
        bins.iter().map(|m| f64::from(*m).powi(2)).sum::<f64>() / bins.len().max(1) as f64
    };
    let top = frame.len() as f64 * bin_hz;
    let powers: Vec<f64> =
        BANDS_HZ.iter().filter(|hz| **hz * half <= top).map(|hz| power(*hz)).collect();
    let loudest = powers.iter().copied().fold(1e-20, f64::max);
    powers
        .into_iter()
        .map(|power| (10.0 * (power / loudest).max(1e-20).log10()).max(-FLOOR_DB))
        .collect()
}

/// A text for each latent, no two equal: the band that it lifts and the band that it cuts most,
/// beside the mean of all latents. Where two latents' are the same, the one that does it more has
/// it, and the other is told by what else it does.
///
/// `effects` are those of [`effects`].
#[must_use]
pub fn contrast(effects: &[Vec<f64>]) -> Vec<String> {
    let bands = effects.iter().map(Vec::len).min().unwrap_or(0).min(NAMES.len());
    let mean = |band: usize| {
        effects.iter().map(|effect| effect[band]).sum::<f64>() / effects.len().max(1) as f64
    };
    let means: Vec<f64> = (0..bands).map(mean).collect();
    let heard = |effect: &[f64]| effect.iter().any(|db| db.abs() >= HEARD_DB);
    // How well a latent is told by a pair of bands: more than all others in the first, less in the
    // second, and truly up and down.
    let score = |k: usize, lifts: usize, cuts: usize| {
        let (up, down) = (effects[k][lifts], -effects[k][cuts]);
        let apart = (up - means[lifts]).min(down + means[cuts]);
        apart.min(up).min(down) + 0.25 * (up + down)
    };
    let mut pairs: Vec<(f64, usize, usize, usize)> = Vec::new();
    for k in (0..effects.len()).filter(|k| heard(&effects[*k])) {
        for lifts in 0..bands {
            let others = (0..bands).filter(|cuts| {
                *cuts != lifts && effects[k][*cuts] != 0.0 && effects[k][lifts] != 0.0
            });
            pairs.extend(others.map(|cuts| (score(k, lifts, cuts), k, lifts, cuts)));
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2, a.3).cmp(&(b.1, b.2, b.3))));
    let mut texts: Vec<Option<String>> = vec![None; effects.len()];
    let mut taken = vec![false; bands * bands];
    for (_, k, lifts, cuts) in pairs {
        if texts[k].is_none() && !taken[lifts * bands + cuts] {
            taken[lifts * bands + cuts] = true;
            texts[k] = Some(format!("lifts {}, cuts {}", NAMES[lifts], NAMES[cuts]));
        }
    }
    let told = |(k, text): (usize, Option<String>)| {
        text.unwrap_or_else(|| {
            let what = if heard(&effects[k]) { "shape" } else { "next to nothing" };
            format!("{what}, number {}", k + 1)
        })
    };
    texts.into_iter().enumerate().map(told).collect()
}
