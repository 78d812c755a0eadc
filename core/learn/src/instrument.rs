//! Model files of instruments: what each slider does, in numbers and in words, and a map of the sounds.

use burn::tensor::{Device, Tensor};
use nfx_core::model::{AutoencoderConfig, LatentInfo, LatentPlane, MAX_MAP_POINTS, MapPoint, ModelCard, ModelFile};
use nfx_core::nn::Activation;

use crate::autoencoder::{Autoencoder, matrix, values};
use crate::export::{PARITY, parity, rounded};
use crate::latents::{self, LIVE_SHARE};
use crate::{LearnError, Tensors};

/// Sounds that each slider is tried on.
const TRIED: usize = 24;
/// Magnitudes below this (-60 dB under the frame's maximum) count as this when spectra are compared in dB.
const FLOOR: f32 = 1e-3;

/// The frames that an instrument is looked at with: a few hundred to a few thousand, evenly taken from the training set.
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

/// Makes the model file of an instrument: latents sorted from low to high and turned so that raising one makes the sound
/// brighter (where the latents' activation allows), a latent that does not live mixed with the one that matters most (where they
/// are linear), all described in words, with their percentiles and a map; weights rounded to
/// half precision and the real-time form held to burn's.
///
/// Among the card's metrics stand `slider_{n}_db`, the change of the log spectrum over the slider's range (mean over sounds
/// of the RMS over bins, floor at -60 dB), and `slider_least_db`, the least of them with all other sliders at rest.
///
/// # Errors
/// [`LearnError::Parity`] when the two forms disagree; else when something does not fit.
pub fn instrument_file(mut card: ModelCard, tensors: &Tensors, look: &Look<'_>) -> Result<ModelFile, LearnError> {
    let config = card.architecture.autoencoder()?.clone();
    let mut tensors = rounded(tensors)?;
    let mut found = Seen::new(&config, &tensors, look)?.describe()?;
    if config.layers[config.latent_layer].activation == Activation::Linear {
        for _ in 0..config.latents() {
            let Some((weak, strong)) = weak_and_strong(&found) else { break };
            mix(&config, &mut tensors, [(weak, found[weak].range()), (strong, found[strong].range())]);
            tensors = rounded(&tensors)?;
            found = Seen::new(&config, &tensors, look)?.describe()?;
        }
    }
    if matches!(config.layers[config.latent_layer].activation, Activation::Linear | Activation::Tanh) {
        for (k, slider) in found.iter().enumerate() {
            if slider.change.centroid_octaves < 0.0 {
                flip(&config, &mut tensors, k);
            }
        }
        found = Seen::new(&config, &tensors, look)?.describe()?;
    }
    let infos: Vec<LatentInfo> = found.iter().map(|s| s.info.clone()).collect();
    let order = latents::order(&infos);
    latents::reorder(&config, &mut tensors, &order);
    let seen = Seen::new(&config, &tensors, look)?;
    let sliders = seen.describe()?;
    let difference = parity(&config, &tensors, &look.input[..look.input.len().min(64 * config.inputs)])?;
    if difference > PARITY {
        return Err(LearnError::Parity { allowed: PARITY, found: difference });
    }
    let metrics = &mut card.provenance.metrics;
    metrics.insert("parity".into(), f64::from(difference));
    for (k, slider) in sliders.iter().enumerate() {
        metrics.insert(format!("slider_{}_db", k + 1), slider.db);
    }
    metrics.insert("slider_least_db".into(), sliders.iter().map(|s| s.rest_db).fold(f64::INFINITY, f64::min));
    metrics.insert("live_latents".into(), sliders.iter().filter(|s| s.info.live).count() as f64);
    card.plane = Some(seen.plane(&sliders));
    card.latents = sliders.into_iter().map(|s| s.info).collect();
    Ok(ModelFile { card, tensors })
}

/// The decoder of an autoencoder's file alone, with the same card.
///
/// # Errors
/// When the file holds no autoencoder.
pub fn decoder_only(file: &ModelFile) -> Result<ModelFile, LearnError> {
    let config = file.card.architecture.autoencoder()?;
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
    let mut card = file.card.clone();
    card.architecture = config.decoder().into();
    Ok(ModelFile { card, tensors })
}

/// Turns a latent round: what the network computes stays the same. Only for odd activations.
fn flip(config: &AutoencoderConfig, tensors: &mut Tensors, latent: usize) {
    let (layer, width) = (config.latent_layer, config.latents());
    for name in [format!("layers.{layer}.weight"), format!("layers.{layer}.bias"), "encoder_shortcut.weight".into()] {
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

/// Exchanges two linear latents for their sum and their difference, each counted in units of its range: what the network
/// computes stays the same, and what one of them did alone both do now.
fn mix(config: &AutoencoderConfig, tensors: &mut Tensors, [(a, range_a), (b, range_b)]: [(usize, f32); 2]) {
    let (layer, width) = (config.latent_layer, config.latents());
    let half = std::f32::consts::FRAC_1_SQRT_2;
    for name in [format!("layers.{layer}.weight"), format!("layers.{layer}.bias"), "encoder_shortcut.weight".into()] {
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
                let (x, y) = (range_a * t.data[a * columns + column], range_b * t.data[b * columns + column]);
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
}

/// What a slider does.
struct Slider {
    info: LatentInfo,
    change: Sound,
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
    fn new(config: &AutoencoderConfig, tensors: &Tensors, look: &'a Look<'a>) -> Result<Self, LearnError> {
        let (bins, width, condition) = (config.outputs(), config.latents(), config.condition);
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
            latents.extend(values(net.activate_latents(net.encode(matrix(part, config.inputs, &device))))?);
        }
        Ok(Seen { net, device, look, latents, width, condition, bins })
    }

    fn count(&self) -> usize {
        self.look.labels.len()
    }

    /// Frames that latents `[frame][latent]` of the frames `rows` decode to.
    fn decode(&self, latents: &[f32], rows: &[usize]) -> Result<Vec<f32>, LearnError> {
        let mut code = Vec::with_capacity(rows.len() * (self.width + self.condition));
        for (z, &row) in latents.chunks(self.width).zip(rows) {
            code.extend_from_slice(z);
            code.extend_from_slice(&self.look.condition[row * self.condition..(row + 1) * self.condition]);
        }
        let tensor: Tensor<2> = matrix(&code, self.width + self.condition, &self.device);
        values(self.net.decode(tensor))
    }

    /// `most` frames, evenly taken.
    fn some(&self, most: usize) -> Vec<usize> {
        let n = self.count().min(most);
        (0..n).map(|i| (2 * i + 1) * self.count() / (2 * n)).collect()
    }

    /// The value of latent `k` that a share of the frames lies below.
    fn quantiles(&self, k: usize) -> [f32; 3] {
        let mut column: Vec<f32> = self.latents.iter().skip(k).step_by(self.width).copied().collect();
        column.sort_by(f32::total_cmp);
        [0.05, 0.5, 0.95].map(|q| column[((column.len() - 1) as f64 * q).round() as usize])
    }

    fn describe(&self) -> Result<Vec<Slider>, LearnError> {
        let ranges: Vec<[f32; 3]> = (0..self.width).map(|k| self.quantiles(k)).collect();
        let rows = self.some(400);
        let taken = |rows: &[usize]| -> Vec<f32> {
            rows.iter().flat_map(|&r| self.latents[r * self.width..(r + 1) * self.width].to_vec()).collect()
        };
        let codes = taken(&rows);
        let target: Vec<f32> =
            rows.iter().flat_map(|&r| self.look.target[r * self.bins..(r + 1) * self.bins].to_vec()).collect();
        let full_error = squared_error(&self.decode(&codes, &rows)?, &target);
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
            let without = squared_error(&with(&codes, &rows, mean)?, &target);
            let (low, high) = (with(&tried_codes, &tried, p05)?, with(&tried_codes, &tried, p95)?);
            let all_rest: Vec<f32> = tried.iter().flat_map(|_| rest.clone()).collect();
            let (rest_low, rest_high) = (with(&all_rest, &tried, p05)?, with(&all_rest, &tried, p95)?);
            let change = self.sound(&high, &tried).minus(&self.sound(&low, &tried));
            let centroid_hz = centroid_of_change(&high, &low, self.bins) * self.look.bin_hz;
            out.push(Slider {
                info: LatentInfo {
                    label: words(&change, centroid_hz),
                    centroid_hz: centroid_hz as f32,
                    live: without - full_error >= LIVE_SHARE * full_error,
                    p05,
                    p50,
                    p95,
                },
                change,
                db: change_db(&high, &low, self.bins),
                cost: (without - full_error) / full_error.max(1e-30),
                rest_db: change_db(&rest_high, &rest_low, self.bins),
            });
        }
        Ok(out)
    }

    fn sound(&self, frames: &[f32], rows: &[usize]) -> Sound {
        let mut sum = Sound::default();
        for (frame, &row) in frames.chunks(self.bins).zip(rows) {
            sum.add(&Sound::of(frame, self.look.bin_hz, self.look.fundamental[row]), 1.0 / rows.len() as f64);
        }
        sum
    }

    /// The plane of the two directions in which the latents, each in units of its range, vary most.
    fn plane(&self, sliders: &[Slider]) -> LatentPlane {
        let n = self.width;
        let scale: Vec<f64> = sliders.iter().map(|s| f64::from((s.info.p95 - s.info.p05).max(1e-6))).collect();
        let mean: Vec<f64> = (0..n)
            .map(|k| self.latents.iter().skip(k).step_by(n).map(|z| f64::from(*z)).sum::<f64>() / self.count() as f64)
            .collect();
        let mut covariance = vec![0.0f64; n * n];
        for row in self.latents.chunks(n) {
            let unit: Vec<f64> = (0..n).map(|k| (f64::from(row[k]) - mean[k]) / scale[k]).collect();
            for i in 0..n {
                for j in 0..n {
                    covariance[i * n + j] += unit[i] * unit[j];
                }
            }
        }
        let directions = leading(&covariance, n);
        let axis = |d: &[f64]| d.iter().zip(&scale).map(|(d, s)| (d / s) as f32).collect::<Vec<f32>>();
        let back = |d: &[f64]| d.iter().zip(&scale).map(|(d, s)| (d * s) as f32).collect::<Vec<f32>>();
        let mut plane = LatentPlane {
            mean: mean.iter().map(|m| *m as f32).collect(),
            axes: [axis(&directions[0]), axis(&directions[1])],
            back: [back(&directions[0]), back(&directions[1])],
            points: Vec::new(),
        };
        for row in self.some(MAX_MAP_POINTS) {
            // Four digits are more than a picture shows, and keep the card short.
            let latents: Vec<f32> = self.latents[row * n..(row + 1) * n].iter().map(|z| digits(*z)).collect();
            let [x, y] = plane.place(&latents).map(digits);
            plane.points.push(MapPoint { x, y, label: self.look.labels[row].clone(), latents });
        }
        plane
    }
}

fn digits(value: f32) -> f32 {
    (value * 1e4).round() / 1e4
}

/// The two leading eigenvectors of a symmetric matrix by orthogonal iteration; signs so that their largest entry is
/// positive.
fn leading(matrix: &[f64], n: usize) -> [Vec<f64>; 2] {
    let mut pair = [vec![0.0f64; n], vec![0.0f64; n]];
    for (i, v) in pair.iter_mut().enumerate() {
        v.iter_mut().enumerate().for_each(|(k, x)| *x = 1.0 / (1.0 + (k + 3 * i) as f64));
    }
    for _ in 0..500 {
        for v in &mut pair {
            *v = (0..n).map(|i| (0..n).map(|j| matrix[i * n + j] * v[j]).sum()).collect();
        }
        let [first, second] = &mut pair;
        unit(first, 0);
        let along: f64 = first.iter().zip(second.iter()).map(|(a, b)| a * b).sum();
        second.iter_mut().zip(first.iter()).for_each(|(b, a)| *b -= along * a);
        unit(second, 1);
    }
    for v in &mut pair {
        let largest = v.iter().fold(0.0f64, |m, x| if x.abs() > m.abs() { *x } else { m });
        v.iter_mut().for_each(|x| *x *= largest.signum());
    }
    pair
}

/// Makes a vector one of unit length; one of length 0 becomes the axis `otherwise`.
fn unit(v: &mut [f64], otherwise: usize) {
    let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm > 1e-12 {
        v.iter_mut().for_each(|x| *x /= norm);
    } else {
        v.fill(0.0);
        if let Some(x) = v.get_mut(otherwise) {
            *x = 1.0;
        }
    }
}

fn squared_error(y: &[f32], target: &[f32]) -> f64 {
    y.iter().zip(target).map(|(y, t)| f64::from((y - t) * (y - t))).sum()
}

/// Mean bin of the squared difference of two lists of frames.
fn centroid_of_change(a: &[f32], b: &[f32], bins: usize) -> f64 {
    let (mut weighted, mut total) = (0.0f64, 0.0f64);
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let power = f64::from((a - b) * (a - b));
        weighted += power * (i % bins) as f64;
        total += power;
    }
    if total > 0.0 { weighted / total } else { 0.0 }
}

/// How much two lists of frames differ in level: the RMS over bins in dB, floor at -60 dB, mean over frames. Bins at the floor
/// in both do not count.
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

/// What the words are chosen from.
#[derive(Clone, Copy, Debug, Default)]
struct Sound {
    centroid_octaves: f64,
    flatness_db: f64,
    /// Power of odd over even harmonics; 0 where the note is not known.
    odd_db: f64,
    /// Power below twice the fundamental (or 250 Hz) over the rest.
    body_db: f64,
    /// The greatest magnitude over the mean of those that are heard: one peak or many.
    crest_db: f64,
}

impl Sound {
    fn of(frame: &[f32], bin_hz: f64, fundamental: f32) -> Sound {
        let body = if fundamental > 0.0 { 1.5 * f64::from(fundamental) } else { 250.0 / bin_hz };
        let (mut weighted, mut total, mut logs) = (0.0f64, 1e-12f64, 0.0f64);
        let (mut low, mut high) = (1e-9f64, 1e-9f64);
        let (mut odd, mut even) = (1e-9f64, 1e-9f64);
        let (mut greatest, mut heard, mut count) = (1e-9f64, 1e-9f64, 1.0f64);
        for (i, &m) in frame.iter().enumerate() {
            let m = f64::from(m.max(0.0));
            weighted += m * i as f64;
            total += m;
            logs += (m + 1e-4).ln();
            *(if (i as f64) < body { &mut low } else { &mut high }) += m * m;
            if fundamental > 4.0 {
                let nearest = (i as f64 / f64::from(fundamental)).round();
                if nearest >= 1.0 && (i as f64 - nearest * f64::from(fundamental)).abs() <= 2.0 {
                    *(if nearest as usize % 2 == 1 { &mut odd } else { &mut even }) += m * m;
                }
            }
            greatest = greatest.max(m);
            if m > f64::from(FLOOR) {
                heard += m;
                count += 1.0;
            }
        }
        let mean = total / frame.len().max(1) as f64 + 1e-4;
        Sound {
            centroid_octaves: ((weighted / total).max(0.5) * bin_hz).log2(),
            flatness_db: (logs / frame.len().max(1) as f64 - mean.ln()) * 20.0 / std::f64::consts::LN_10,
            odd_db: 10.0 * (odd / even).log10(),
            body_db: 10.0 * (low / high).log10(),
            crest_db: 20.0 * (greatest * count / heard).log10(),
        }
    }

    fn add(&mut self, other: &Sound, weight: f64) {
        self.centroid_octaves += weight * other.centroid_octaves;
        self.flatness_db += weight * other.flatness_db;
        self.odd_db += weight * other.odd_db;
        self.body_db += weight * other.body_db;
        self.crest_db += weight * other.crest_db;
    }

    fn minus(&self, other: &Sound) -> Sound {
        let mut out = *self;
        out.add(other, -1.0);
        out
    }
}

/// Words for a change, the strongest first, and where in the spectrum it happens.
fn words(change: &Sound, centroid_hz: f64) -> String {
    // Each change in units of what one just calls a change.
    let all = [
        (change.centroid_octaves / 0.15, "brighter", "darker"),
        (change.odd_db / 3.0, "hollower", "rounder"),
        (change.body_db / 3.0, "warmer", "thinner"),
        (change.flatness_db / 2.0, "noisier", "purer"),
        (change.crest_db / 2.0, "more focused", "denser"),
    ];
    let mut heard: Vec<(f64, &str)> = all
        .iter()
        .filter(|(amount, ..)| amount.abs() >= 1.0)
        .map(|&(amount, more, less)| (amount.abs(), if amount > 0.0 { more } else { less }))
        .collect();
    heard.sort_by(|a, b| b.0.total_cmp(&a.0));
    let words: Vec<&str> = heard.iter().take(2).map(|h| h.1).collect();
    let words = if words.is_empty() { "reshaped".to_owned() } else { words.join(", ") };
    match centroid_hz {
        hz if hz >= 1000.0 => format!("{words} around {:.1} kHz", hz / 1000.0),
        hz if hz > 0.0 => format!("{words} around {hz:.0} Hz"),
        _ => words,
    }
}
