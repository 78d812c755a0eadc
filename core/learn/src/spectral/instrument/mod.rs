//! Model files of instruments: what each slider does, in numbers and in words, and a map of the
//! sounds.

mod axes;
mod independence;
mod plane;
mod words;

use burn::tensor::{Device, Tensor};
use nfx_core::models::spectral::{
    AutoencoderConfig, CanneModel, InstrumentInfo, LEVEL_UNIT_DB, LatentInfo, Scale, Spectral,
    SpectralCard,
};
use nfx_core::models::{Kind, ModelFile};
use nfx_core::nn::Activation;

use crate::spectral::autoencoder::{Autoencoder, matrix, values};
use crate::spectral::export::{PARITY, parity, rounded};
use crate::spectral::latents::{self, LIVE_SHARE, difference_centroid, squared_error};
use crate::{LearnError, Tensors};

pub use independence::Independence;
use words::Change;

/// Sounds that each slider is tried on.
const TRIED: usize = 24;
/// Sounds at which the sliders' effects are compared while axes are looked for.
const COMPARED: usize = 96;
/// Searches for axes.
const SEARCHES: u64 = 12;
/// Magnitudes below this (-60 dB under the frame's maximum) count as this when spectra are compared
/// in dB.
const FLOOR: f32 = 1e-3;

/// The frames that an instrument is looked at with: a few hundred to a few thousand, evenly taken
/// from the training set.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// What the encoder sees, `[frame][input]`.
    pub input: &'a [f32],
    /// The frames themselves, `[frame][bin]`.
    pub target: &'a [f32],
    /// What the decoder is told, `[frame][condition]`; empty without a condition.
    pub condition: &'a [f32],
    /// The fundamental frequency of each frame in bins; 0 where it is not known.
    pub fundamental: &'a [f32],
    /// What each frame is, for the map ("Brass 23, C4").
    pub labels: &'a [String],
    /// Distance of neighbouring bins in Hz.
    pub bin_hz: f64,
}

/// Makes the model file of an instrument: linear latents on axes along which they are hardly
/// correlated and do different things, all sorted from low to high and turned so that raising one
/// makes the sound brighter (where the latents' activation allows), a latent that does not live
/// mixed with the one that matters most (where they are linear), described in words, with their
/// percentiles and a map; weights rounded to half precision and the real-time form held to burn's.
///
/// Among the card's metrics stand `slider_{n}_db`, the change of the log spectrum over the slider's
/// range (mean over sounds of the RMS over bins, floor at -60 dB), `slider_least_db`, the least of
/// them with all other sliders at rest, and what [`Independence`] measures.
///
/// # Errors
/// [`LearnError::Parity`] when the two forms disagree; else when something does not fit.
pub fn instrument_file(
    mut card: SpectralCard,
    tensors: &Tensors,
    look: &Look<'_>,
) -> Result<ModelFile, LearnError> {
    let config = card.kind.architecture.autoencoder()?.clone();
    let mut tensors = rounded(tensors)?;
    let info = card.kind.instrument;
    let seen = |tensors: &Tensors| Seen::new(&config, info, tensors, look);
    if config.layers[config.latent_layer].activation == Activation::Linear {
        tensors = independent(&card, &config, tensors, look)?;
    }
    let mut found = seen(&tensors)?.describe()?;
    if config.layers[config.latent_layer].activation == Activation::Linear {
        for _ in 0..config.latents() {
            let Some((weak, strong)) = weak_and_strong(&found) else { break };
            mix(
                &config,
                &mut tensors,
                [(weak, found[weak].range()), (strong, found[strong].range())],
            );
            tensors = rounded(&tensors)?;
            found = seen(&tensors)?.describe()?;
        }
    }
    if matches!(
        config.layers[config.latent_layer].activation,
        Activation::Linear | Activation::Tanh
    ) {
        for (k, slider) in found.iter().enumerate() {
            if slider.change.darkens() {
                flip(&config, &mut tensors, k);
            }
        }
        found = seen(&tensors)?.describe()?;
    }
    let infos: Vec<LatentInfo> = found.iter().map(|s| s.info.clone()).collect();
    let order = latents::order(&infos);
    latents::reorder(&config, &mut tensors, &order);
    let seen = seen(&tensors)?;
    let mut sliders = seen.describe()?;
    let words = words::contrast(&sliders.iter().map(|s| s.change).collect::<Vec<_>>());
    sliders.iter_mut().zip(words).for_each(|(slider, words)| slider.info.label = words);
    let difference =
        parity(&config, &tensors, &look.input[..look.input.len().min(64 * config.inputs)])?;
    if difference > PARITY {
        return Err(LearnError::Parity { allowed: PARITY, found: difference });
    }
    let metrics = &mut card.provenance.metrics;
    metrics.insert("parity".into(), f64::from(difference));
    for (k, slider) in sliders.iter().enumerate() {
        metrics.insert(format!("slider_{}_db", k + 1), slider.db);
    }
    metrics.insert(
        "slider_least_db".into(),
        sliders.iter().map(|s| s.rest_db).fold(f64::INFINITY, f64::min),
    );
    metrics.insert("live_latents".into(), sliders.iter().filter(|s| s.info.live).count() as f64);
    card.kind.plane = Some(seen.plane(&sliders));
    card.kind.latents = sliders.into_iter().map(|s| s.info).collect();
    let correlation = seen.correlation();
    let mut file = ModelFile { card: card.into(), tensors };
    // A network that no engine can play, in a test for example, has no figures of its sliders.
    if let Ok(model) = CanneModel::from_file(&file) {
        let found = Independence { correlation, ..Independence::of(&model) };
        file.card.provenance.metrics.extend(found.metrics());
    }
    Ok(file)
}

/// Puts the axes into a network with linear latents on which its sliders are the most different: of
/// several that are found, those that measure best. Unchanged where there are none better.
fn independent(
    card: &SpectralCard,
    config: &AutoencoderConfig,
    tensors: Tensors,
    look: &Look<'_>,
) -> Result<Tensors, LearnError> {
    let seen = Seen::new(config, card.kind.instrument, &tensors, look)?;
    let spread = seen.spread()?;
    let mut best: Option<(f64, Tensors)> = None;
    for seed in 0..SEARCHES {
        let Some(axes) = axes::find(&spread, card.provenance.seed.wrapping_add(seed)) else {
            continue;
        };
        let mut tried = tensors.clone();
        axes::fold(config, &mut tried, &axes);
        let tried = rounded(&tried)?;
        let looked = Seen::new(config, card.kind.instrument, &tried, look)?;
        let latents = (0..looked.width).map(|k| looked.range(k)).collect();
        let card = card.with(Spectral { latents, plane: None, ..card.kind.clone() });
        let file = ModelFile { card: card.into(), tensors: tried };
        let Ok(model) = CanneModel::from_file(&file) else { return Ok(file.tensors) };
        let badness =
            Independence { correlation: looked.correlation(), ..Independence::of(&model) }
                .badness();
        if best.as_ref().is_none_or(|(least, _)| badness < *least) {
            best = Some((badness, file.tensors));
        }
    }
    Ok(best.map_or(tensors, |(_, tensors)| tensors))
}

/// The decoder of an autoencoder's file alone, with the same card.
///
/// # Errors
/// When the file holds no autoencoder.
pub fn decoder_only(file: &ModelFile) -> Result<ModelFile, LearnError> {
    let spectral = file.card.spectral()?;
    let config = spectral.architecture.autoencoder()?;
    let first = config.latent_layer + 1;
    let mut tensors = Tensors::new();
    for (name, tensor) in &file.tensors {
        let numbered = name.strip_prefix("layers.").and_then(|rest| rest.split_once('.'));
        let kept = match numbered.and_then(|(i, rest)| i.parse::<usize>().ok().map(|i| (i, rest))) {
            Some((i, rest)) if i >= first => Some(format!("layers.{}.{rest}", i - first)),
            Some(_) => None,
            None => (name == "decoder_shortcut.weight").then(|| name.clone()),
        };
        if let Some(name) = kept {
            tensors.insert(name, tensor.clone());
        }
    }
    let decoder = Spectral { architecture: config.decoder().into(), ..spectral.clone() };
    Ok(ModelFile { card: file.card.with(Kind::Spectral(decoder)), tensors })
}

/// Turns a latent round: what the network computes stays the same. Only for odd activations.
fn flip(config: &AutoencoderConfig, tensors: &mut Tensors, latent: usize) {
    let (layer, width) = (config.latent_layer, config.latents());
    for name in [
        format!("layers.{layer}.weight"),
        format!("layers.{layer}.bias"),
        "encoder_shortcut.weight".into(),
    ] {
        if let Some(t) = tensors.get_mut(&name) {
            t.data.iter_mut().skip(latent).step_by(width).for_each(|w| *w = -*w);
        }
    }
    for name in [format!("layers.{}.weight", layer + 1), "decoder_shortcut.weight".into()] {
        if let Some(t) = tensors.get_mut(&name) {
            let columns = t.shape.get(1).copied().unwrap_or(0);
            t.data[latent * columns..(latent + 1) * columns].iter_mut().for_each(|w| *w = -*w);
        }
    }
}

/// The latent that matters least, when it does not live, and the one that matters most.
fn weak_and_strong(sliders: &[Slider]) -> Option<(usize, usize)> {
    let cost = |i: &usize| sliders[*i].cost;
    let weak = (0..sliders.len()).min_by(|a, b| cost(a).total_cmp(&cost(b)))?;
    let strong = (0..sliders.len()).max_by(|a, b| cost(a).total_cmp(&cost(b)))?;
    (!sliders[weak].info.live && weak != strong).then_some((weak, strong))
}

/// Exchanges two linear latents for their sum and their difference, each counted in units of its
/// range: what the network computes stays the same, and what one of them did alone both do now.
fn mix(
    config: &AutoencoderConfig,
    tensors: &mut Tensors,
    [(a, range_a), (b, range_b)]: [(usize, f32); 2],
) {
    let (layer, width) = (config.latent_layer, config.latents());
    let half = std::f32::consts::FRAC_1_SQRT_2;
    for name in [
        format!("layers.{layer}.weight"),
        format!("layers.{layer}.bias"),
        "encoder_shortcut.weight".into(),
    ] {
        if let Some(t) = tensors.get_mut(&name) {
            for row in t.data.chunks_mut(width) {
                let (x, y) = (row[a] / range_a, row[b] / range_b);
                (row[a], row[b]) = (half * (x + y), half * (x - y));
            }
        }
    }
    for name in [format!("layers.{}.weight", layer + 1), "decoder_shortcut.weight".into()] {
        if let Some(t) = tensors.get_mut(&name) {
            let columns = t.shape.get(1).copied().unwrap_or(0);
            for column in 0..columns {
                let (x, y) = (
                    range_a * t.data[a * columns + column],
                    range_b * t.data[b * columns + column],
                );
                t.data[a * columns + column] = half * (x + y);
                t.data[b * columns + column] = half * (x - y);
            }
        }
    }
}

/// A network and the frames that it is looked at with.
struct Seen<'a> {
    net: Autoencoder,
    device: Device,
    look: &'a Look<'a>,
    /// `[frame][latent]`.
    latents: Vec<f32>,
    width: usize,
    condition: usize,
    bins: usize,
    info: Option<InstrumentInfo>,
}

/// What a decoder gives.
struct Decoded {
    /// Magnitudes, `[row][bin]`.
    frames: Vec<f32>,
    /// Levels in dB, `[row]`; empty where the decoder gives none.
    levels_db: Vec<f32>,
}

/// What a slider does.
struct Slider {
    info: LatentInfo,
    change: Change,
    /// Change of the log spectrum over the range, mean over sounds.
    db: f64,
    /// The same with all other sliders at rest.
    rest_db: f64,
    /// How much larger the squared error is without it, as a share.
    cost: f64,
}

impl Slider {
    fn range(&self) -> f32 {
        (self.info.p95 - self.info.p05).max(1e-3)
    }
}

impl<'a> Seen<'a> {
    fn new(
        config: &AutoencoderConfig,
        info: Option<InstrumentInfo>,
        tensors: &Tensors,
        look: &'a Look<'a>,
    ) -> Result<Self, LearnError> {
        let (width, condition) = (config.latents(), config.condition);
        let bins = config.outputs() - usize::from(info.is_some_and(|i| i.course.is_some()));
        let count = look.target.len() / bins.max(1);
        if count == 0
            || look.input.len() != count * config.inputs
            || look.condition.len() != count * condition
            || look.fundamental.len() != count
            || look.labels.len() != count
        {
            return Err(LearnError::Argument(format!(
                "expected frames with their inputs, conditions, fundamentals and labels to look at an instrument, found {count} \
                 frames, {} inputs, {} conditions and {} labels; no model file was made",
                look.input.len(),
                look.condition.len(),
                look.labels.len()
            )));
        }
        let device = Device::flex();
        let net = Autoencoder::new(config, tensors, &device)?;
        let mut latents = Vec::with_capacity(count * width);
        for part in look.input.chunks(512 * config.inputs) {
            latents.extend(values(net.activate_latents(net.encode(matrix(
                part,
                config.inputs,
                &device,
            ))))?);
        }
        Ok(Seen { net, device, look, latents, width, condition, bins, info })
    }

    fn count(&self) -> usize {
        self.look.labels.len()
    }

    /// What latents `[row][latent]` of the frames `rows` decode to.
    fn decode(&self, latents: &[f32], rows: &[usize]) -> Result<Decoded, LearnError> {
        self.decode_at(latents, rows, None)
    }

    /// As [`Seen::decode`], all at one time since the onset where the decoder is told times.
    fn decode_at(
        &self,
        latents: &[f32],
        rows: &[usize],
        age_s: Option<f32>,
    ) -> Result<Decoded, LearnError> {
        let mut code = Vec::with_capacity(rows.len() * (self.width + self.condition));
        for (z, &row) in latents.chunks(self.width).zip(rows) {
            code.extend_from_slice(z);
            code.extend_from_slice(
                &self.look.condition[row * self.condition..(row + 1) * self.condition],
            );
            let course = self.info.and_then(|i| i.course);
            if let (Some(age_s), Some(course)) = (age_s, course) {
                let knots = code.len() - usize::from(course.knots);
                course.write(age_s, &mut code[knots..]);
            }
        }
        let tensor: Tensor<2> = matrix(&code, self.width + self.condition, &self.device);
        let outputs = values(self.net.decode(tensor))?;
        let scale = self.info.map_or(Scale::Linear, |i| i.scale);
        let wide = outputs.len() / rows.len().max(1);
        let mut out =
            Decoded { frames: Vec::with_capacity(rows.len() * self.bins), levels_db: Vec::new() };
        for row in outputs.chunks_exact(wide.max(1)) {
            let given = row[..self.bins].iter();
            // Frames of plain magnitudes are looked at as the network gives them, also where that
            // is below 0.
            out.frames
                .extend(given.map(|y| if scale.is_linear() { *y } else { scale.magnitude(*y) }));
            out.levels_db.extend(row.get(self.bins).map(|level| LEVEL_UNIT_DB * level));
        }
        Ok(out)
    }

    /// Covariance of the latents, and how they move the log spectrum: the mean of the products of
    /// its derivatives by any two of them, at sounds of the corpus.
    fn spread(&self) -> Result<axes::Latents, LearnError> {
        let n = self.width;
        let mean: Vec<f64> = (0..n)
            .map(|k| {
                self.latents.iter().skip(k).step_by(n).map(|z| f64::from(*z)).sum::<f64>()
                    / self.count() as f64
            })
            .collect();
        let mut out =
            axes::Latents { covariance: axes::Matrix::zero(n), effects: axes::Matrix::zero(n) };
        for row in self.latents.chunks(n) {
            for i in 0..n {
                for j in 0..n {
                    let product = (f64::from(row[i]) - mean[i]) * (f64::from(row[j]) - mean[j]);
                    *out.covariance.at_mut(i, j) += product / self.count() as f64;
                }
            }
        }
        let rows = self.some(COMPARED);
        let codes: Vec<f32> =
            rows.iter().flat_map(|&r| self.latents[r * n..(r + 1) * n].iter().copied()).collect();
        let level = |m: f32| 20.0 * f64::from(m.max(FLOOR)).log10();
        let mut slopes: Vec<Vec<f64>> = Vec::with_capacity(n);
        for k in 0..n {
            // As far as the latent spreads, for what it does over its range counts, not at a point.
            let step = out.covariance.at(k, k).sqrt().max(1e-3) as f32;
            let moved = |by: f32| {
                let mut moved = codes.clone();
                moved.iter_mut().skip(k).step_by(n).for_each(|z| *z += by);
                self.decode(&moved, &rows)
            };
            let (up, down) = (moved(step)?.frames, moved(-step)?.frames);
            slopes.push(
                up.iter()
                    .zip(&down)
                    .map(|(a, b)| (level(*a) - level(*b)) / f64::from(2.0 * step))
                    .collect(),
            );
        }
        for i in 0..n {
            for j in 0..n {
                let sum: f64 = slopes[i].iter().zip(&slopes[j]).map(|(a, b)| a * b).sum();
                *out.effects.at_mut(i, j) = sum / rows.len() as f64;
            }
        }
        Ok(out)
    }

    /// `most` frames, evenly taken.
    fn some(&self, most: usize) -> Vec<usize> {
        let n = self.count().min(most);
        (0..n).map(|i| (2 * i + 1) * self.count() / (2 * n)).collect()
    }

    /// The value of latent `k` that a share of the frames lies below.
    fn quantiles(&self, k: usize) -> [f32; 3] {
        let mut column: Vec<f32> =
            self.latents.iter().skip(k).step_by(self.width).copied().collect();
        column.sort_by(f32::total_cmp);
        [0.05, 0.5, 0.95].map(|q| column[((column.len() - 1) as f64 * q).round() as usize])
    }

    /// A latent's range, as yet without words.
    fn range(&self, k: usize) -> LatentInfo {
        let [p05, p50, p95] = self.quantiles(k);
        LatentInfo { label: String::new(), centroid_hz: 0.0, live: true, p05, p50, p95 }
    }

    /// Mean and greatest absolute correlation of two latents over the frames that are looked at.
    fn correlation(&self) -> [f64; 2] {
        independence::correlation(self.width, self.latents.chunks(self.width))
    }

    fn describe(&self) -> Result<Vec<Slider>, LearnError> {
        let ranges: Vec<[f32; 3]> = (0..self.width).map(|k| self.quantiles(k)).collect();
        let rows = self.some(400);
        let taken = |rows: &[usize]| -> Vec<f32> {
            rows.iter()
                .flat_map(|&r| self.latents[r * self.width..(r + 1) * self.width].to_vec())
                .collect()
        };
        let codes = taken(&rows);
        let target: Vec<f32> = rows
            .iter()
            .flat_map(|&r| self.look.target[r * self.bins..(r + 1) * self.bins].to_vec())
            .collect();
        let full_error = squared_error(&self.decode(&codes, &rows)?.frames, &target);
        let tried = self.some(TRIED);
        let tried_codes = taken(&tried);
        let rest: Vec<f32> = ranges.iter().map(|r| r[1]).collect();
        let mut out = Vec::with_capacity(self.width);
        for (k, &[p05, p50, p95]) in ranges.iter().enumerate() {
            let mean = codes.iter().skip(k).step_by(self.width).sum::<f32>() / rows.len() as f32;
            let with = |codes: &[f32], rows: &[usize], value: f32| {
                let mut changed = codes.to_vec();
                changed.iter_mut().skip(k).step_by(self.width).for_each(|z| *z = value);
                self.decode(&changed, rows)
            };
            let without = squared_error(&with(&codes, &rows, mean)?.frames, &target);
            let (low, high) = (with(&tried_codes, &tried, p05)?, with(&tried_codes, &tried, p95)?);
            let all_rest: Vec<f32> = tried.iter().flat_map(|_| rest.clone()).collect();
            let (rest_low, rest_high) =
                (with(&all_rest, &tried, p05)?, with(&all_rest, &tried, p95)?);
            let change = self.change(k, p05, p95, &tried_codes, &tried)?;
            let centroid_hz =
                difference_centroid(&high.frames, &low.frames, self.bins) * self.look.bin_hz;
            out.push(Slider {
                info: LatentInfo {
                    label: String::new(),
                    centroid_hz: centroid_hz as f32,
                    live: without - full_error >= LIVE_SHARE * full_error,
                    p05,
                    p50,
                    p95,
                },
                change,
                db: change_db(&high.frames, &low.frames, self.bins),
                cost: (without - full_error) / full_error.max(1e-30),
                rest_db: change_db(&rest_high.frames, &rest_low.frames, self.bins),
            });
        }
        Ok(out)
    }
}

/// How much two lists of frames differ in level: the RMS over bins in dB, floor at -60 dB, mean
/// over frames. Bins at the floor in both do not count.
pub fn change_db(a: &[f32], b: &[f32], bins: usize) -> f64 {
    let level = |m: f32| 20.0 * f64::from(m.max(FLOOR)).log10();
    let mut sum = 0.0;
    let mut frames = 0usize;
    for (a, b) in a.chunks(bins).zip(b.chunks(bins)) {
        let (mut squares, mut heard) = (0.0, 0usize);
        for (&a, &b) in a.iter().zip(b).filter(|(a, b)| **a > FLOOR || **b > FLOOR) {
            squares += (level(a) - level(b)).powi(2);
            heard += 1;
        }
        sum += (squares / heard.max(1) as f64).sqrt();
        frames += 1;
    }
    sum / frames.max(1) as f64
}
