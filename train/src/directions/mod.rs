//! Finds directions in a model's latent space that do what their names say: the macros, and what
//! else the corpus holds.
//!
//! A direction that *correlates* with a word need not move it: latents go together in a corpus. So
//! each macro is solved for through the decoder: the direction whose *effect*, heard by transfer on
//! the frames of the corpus, is its own descriptor's rise and nobody else's (a minimum-norm
//! solution through the measured Jacobian, then Broyden's updates, because the network bends). What
//! was *discovered* is found as in Härkönen et al., *GANSpace* (2020): principal components of the
//! decoder's output, here of what the six descriptors do not say, and the latents' regression on
//! them.

pub mod command;
mod sound;

use anyhow::{Result, ensure};
use nfx_core::engine::anne::transfer_ratio;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{Autoencoder, Direction, MACRO_NAMES, MACROS, MAX_DIRECTIONS};
use nfx_core::nn::MAX_COLUMNS;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::baseline::symmetric_eigen;
pub use sound::Bands;

/// What one unit of a macro is to move, in standard deviations of its descriptor; and of the others
/// at most.
pub const OWN: f64 = 1.0;
/// See [`OWN`].
pub const OTHERS: f64 = 0.4;
/// What is aimed at, so that held-out frames have enough.
const TARGET: f64 = 1.4;
/// Steps of Broyden's method.
const STEPS: usize = 24;
/// A step in a latent's own standard deviations by which the Jacobian is measured.
const PROBE: f32 = 0.4;
/// Sides on which an effect is looked at: one unit up and one down.
const SIDES: [f32; 2] = [1.0, -1.0];
/// How much less the way down counts: a sound that has no air cannot lose it.
const DOWN: f64 = 0.35;
/// Conditions that a macro is solved for.
const CONDITIONS: usize = 2 * MACROS;
/// Words of the macros: what turning them up does.
const WORDS: [&str; MACROS] = [
    "more weight, 80 to 350 Hz",
    "more presence, 2 to 6 kHz",
    "more air, above 8 kHz",
    "noise in the place of tones",
    "less around 700 Hz",
    "a smaller mouth: the colour moves up",
];

/// What a direction does on held-out frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Its name.
    pub name: String,
    /// What one unit up moves, of each macro's descriptor, in standard deviations over the frames:
    /// as heard by transfer.
    pub transfer: [f64; MACROS],
    /// The same of the decoder's own output: by resynthesis.
    pub resynthesis: [f64; MACROS],
    /// Share of the frames on which its own descriptor rises (for a macro, by transfer).
    pub rises: f64,
}

impl Effect {
    /// Its own effect and the largest of the others', by transfer; `None` for what is no macro.
    pub fn causal(&self) -> Option<(f64, f64)> {
        let own = MACRO_NAMES.iter().position(|name| *name == self.name)?;
        let other =
            (0..MACROS).filter(|k| *k != own).map(|k| self.transfer[k].abs()).fold(0.0, f64::max);
        Some((self.transfer[own], other))
    }
}

/// The frames of a model, decoded once.
struct Bench<'a> {
    net: Autoencoder,
    frames: &'a [f32],
    bins: usize,
    latents: Vec<f32>,
    neutral: Vec<f32>,
    bands: Bands,
    /// Descriptors of the frames and of the neutral output.
    heard: Vec<[f64; MACROS]>,
    decoded: Vec<[f64; MACROS]>,
    /// Standard deviation of each descriptor over the frames.
    deviation: [f64; MACROS],
    /// And of each latent.
    spread: Vec<f32>,
}

/// What a move does to one frame: its descriptors by transfer and by resynthesis, less those
/// without the move.
type Moves = [[f64; MACROS]; 2];

impl<'a> Bench<'a> {
    fn new(file: &ModelFile, frames: &'a [f32]) -> Result<Self> {
        let spectral = file.card.spectral()?;
        let config = spectral.architecture.autoencoder()?;
        let bins = config.outputs();
        ensure!(
            config.condition == 0 && config.inputs == bins && frames.len() >= 8 * bins,
            "expected an effect's model and at least eight frames to look for directions with"
        );
        let net = Autoencoder::new(config, &file.tensors)?;
        let n = net.latents();
        let count = frames.len() / bins;
        let mut latents = vec![0.0; count * n];
        let columns =
            frames.par_chunks(MAX_COLUMNS * bins).zip(latents.par_chunks_mut(MAX_COLUMNS * n));
        columns.for_each_init(
            || net.scratch(),
            |scratch, (x, z)| {
                net.encode(scratch, x.len() / bins, x, z);
                net.activate(z);
            },
        );
        let bands = Bands::new(bins, file.card.sample_rate_hz / spectral.stft.fft_size as f64);
        let neutral = decode(&net, &latents);
        let describe =
            |frames: &[f32]| frames.par_chunks(bins).map(|f| bands.describe(f)).collect::<Vec<_>>();
        let (heard, decoded) = (describe(frames), describe(&neutral));
        let deviation = std::array::from_fn(|k| deviation(heard.iter().map(|d| d[k])));
        let spread = (0..n).map(|i| deviation_of(&latents, i, n)).collect();
        Ok(Self { net, frames, bins, latents, neutral, bands, heard, decoded, deviation, spread })
    }

    /// What adding `direction` to the latents does to each frame.
    fn moves(&self, direction: &[f32]) -> Vec<Moves> {
        let mut latents = self.latents.clone();
        for z in latents.chunks_mut(direction.len()) {
            z.iter_mut().zip(direction).for_each(|(z, d)| *z += d);
        }
        let moved = decode(&self.net, &latents);
        let frames = self.frames.par_chunks(self.bins).zip(moved.par_chunks(self.bins));
        let frames = frames
            .zip(self.neutral.par_chunks(self.bins))
            .zip(self.heard.par_iter().zip(&self.decoded));
        frames
            .map_init(
                || vec![0.0; self.bins],
                |row, (((x, moved), neutral), (heard, decoded))| {
                    for ((row, x), (m, n)) in row.iter_mut().zip(x).zip(moved.iter().zip(neutral)) {
                        *row = x * transfer_ratio(*m, *n, 1.0);
                    }
                    let transfer = self.bands.describe(row);
                    row.iter_mut().zip(moved).for_each(|(row, m)| *row = m.max(0.0));
                    let resynthesis = self.bands.describe(row);
                    [
                        std::array::from_fn(|k| (transfer[k] - heard[k]) / self.deviation[k]),
                        std::array::from_fn(|k| (resynthesis[k] - decoded[k]) / self.deviation[k]),
                    ]
                },
            )
            .collect()
    }

    /// The mean of those moves.
    fn effect(&self, direction: &[f32]) -> Moves {
        let moves = self.moves(direction);
        std::array::from_fn(|way| {
            std::array::from_fn(|k| {
                moves.iter().map(|m| m[way][k]).sum::<f64>() / moves.len() as f64
            })
        })
    }
}

fn decode(net: &Autoencoder, latents: &[f32]) -> Vec<f32> {
    let (n, bins) = (net.latents(), net.outputs());
    let mut out = vec![0.0; latents.len() / n * bins];
    let columns = latents.par_chunks(MAX_COLUMNS * n).zip(out.par_chunks_mut(MAX_COLUMNS * bins));
    columns
        .for_each_init(|| net.scratch(), |scratch, (z, y)| net.decode(scratch, z.len() / n, z, y));
    out
}

fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    (values.map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt().max(1e-6)
}

fn deviation_of(latents: &[f32], i: usize, n: usize) -> f32 {
    deviation(latents.iter().skip(i).step_by(n).map(|z| f64::from(*z))) as f32
}

/// The directions of a model, from frames `[frame][bin]` of its corpus (a few hundred). Names are
/// given; nothing is written into the file.
///
/// # Errors
/// When the model is no effect's, or there are too few frames.
pub fn find(file: &ModelFile, frames: &[f32]) -> Result<Vec<Direction>> {
    let bench = Bench::new(file, frames)?;
    let jacobian = jacobian(&bench);
    let mut out: Vec<Direction> = (0..MACROS)
        .map(|k| Direction {
            name: MACRO_NAMES[k].to_owned(),
            words: WORDS[k].to_owned(),
            latents: solve(&bench, k, &jacobian),
        })
        .collect();
    out.extend(discovered(&bench));
    Ok(out)
}

/// What the directions of a model do on frames `[frame][bin]`.
///
/// # Errors
/// As [`find`].
pub fn measure(file: &ModelFile, frames: &[f32]) -> Result<Vec<Effect>> {
    let bench = Bench::new(file, frames)?;
    let effect = |direction: &Direction| {
        let moves = bench.moves(&direction.latents);
        let mean = |way: usize, k: usize| {
            moves.iter().map(|m| m[way][k]).sum::<f64>() / moves.len() as f64
        };
        let own = MACRO_NAMES.iter().position(|name| *name == direction.name);
        let up = moves.iter().filter(|m| own.is_some_and(|k| m[0][k] > 0.0)).count();
        Effect {
            name: direction.name.clone(),
            transfer: std::array::from_fn(|k| mean(0, k)),
            resynthesis: std::array::from_fn(|k| mean(1, k)),
            rises: up as f64 / moves.len() as f64,
        }
    };
    Ok(file.card.spectral()?.directions.iter().map(effect).collect())
}

/// What one unit of each latent's own deviation moves: `[descriptor][latent]`.
fn jacobian(bench: &Bench<'_>) -> Vec<Vec<f64>> {
    let n = bench.spread.len();
    let columns: Vec<[f64; MACROS]> = (0..n)
        .map(|i| {
            let side = |sign: f32| {
                let mut direction = vec![0.0; n];
                direction[i] = sign * PROBE * bench.spread[i];
                bench.effect(&direction)[0]
            };
            let (up, down) = (side(1.0), side(-1.0));
            std::array::from_fn(|k| (up[k] - down[k]) / (2.0 * f64::from(PROBE)))
        })
        .collect();
    (0..MACROS).map(|k| columns.iter().map(|c| c[k]).collect()).collect()
}

/// The direction of macro `own`.
fn solve(bench: &Bench<'_>, own: usize, jacobian: &[Vec<f64>]) -> Vec<f32> {
    let n = bench.spread.len();
    let plain = |d: &[f64]| -> Vec<f32> {
        d.iter().zip(&bench.spread).map(|(d, s)| *d as f32 * s).collect()
    };
    let conditions = |d: &[f64]| -> [f64; CONDITIONS] {
        let sides = SIDES
            .map(|side| bench.effect(&plain(d).iter().map(|v| side * v).collect::<Vec<_>>())[0]);
        std::array::from_fn(|c| sides[c / MACROS][c % MACROS])
    };
    let wanted =
        |c: usize| if c % MACROS == own { f64::from(SIDES[c / MACROS]) * TARGET } else { 0.0 };
    let mut slopes: Vec<Vec<f64>> = SIDES
        .iter()
        .flat_map(|side| {
            jacobian.iter().map(|row| row.iter().map(|v| v * f64::from(*side)).collect())
        })
        .collect();
    let mut direction = vec![0.0f64; n];
    let mut reached = [0.0; CONDITIONS];
    let mut best = (f64::INFINITY, direction.clone());
    for _ in 0..STEPS {
        let missing: Vec<f64> = (0..CONDITIONS).map(|c| wanted(c) - reached[c]).collect();
        let step = least(&slopes, &missing);
        // Long steps leave the range in which the slopes hold.
        let length = step.iter().map(|v| v * v).sum::<f64>().sqrt();
        let shorter = (3.0 / length.max(1e-9)).min(1.0);
        let step: Vec<f64> = step.iter().map(|v| v * shorter).collect();
        direction.iter_mut().zip(&step).for_each(|(d, s)| *d += s);
        let now = conditions(&direction);
        let square: f64 = step.iter().map(|v| v * v).sum::<f64>().max(1e-12);
        for (c, row) in slopes.iter_mut().enumerate() {
            let expected: f64 = row.iter().zip(&step).map(|(a, b)| a * b).sum();
            let wrong = (now[c] - reached[c] - expected) / square;
            row.iter_mut().zip(&step).for_each(|(a, s)| *a += wrong * s);
        }
        reached = now;
        let other = (0..MACROS).filter(|k| *k != own).map(|k| reached[k].abs()).fold(0.0, f64::max);
        let down = (0..MACROS)
            .filter(|k| *k != own)
            .map(|k| reached[MACROS + k].abs())
            .fold(0.0, f64::max);
        let score = 3.0 * (TARGET - reached[own]).abs() + other + DOWN * down;
        if score < best.0 {
            best = (score, direction.clone());
        }
    }
    plain(&best.1)
}

/// The least step that fills what is missing, the way down with less weight: `S'(SS' + R)⁻¹ m`.
fn least(slopes: &[Vec<f64>], missing: &[f64]) -> Vec<f64> {
    let rows = slopes.len();
    let mut gram: Vec<f64> = Vec::with_capacity(rows * rows);
    for a in slopes {
        gram.extend(slopes.iter().map(|b| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>()));
    }
    let size = (0..rows).map(|i| gram[i * rows + i]).sum::<f64>() / rows as f64;
    for i in 0..rows {
        gram[i * rows + i] += size * if i < MACROS { 1e-3 } else { 1e-3 / (DOWN * DOWN) };
    }
    let Some((values, vectors)) = symmetric_eigen(gram, rows) else {
        return vec![0.0; slopes[0].len()];
    };
    let mut weights = vec![0.0; rows];
    for (value, vector) in values.iter().zip(vectors.chunks(rows)) {
        let along = vector.iter().zip(missing).map(|(a, b)| a * b).sum::<f64>() / value.max(1e-12);
        weights.iter_mut().zip(vector).for_each(|(w, v)| *w += along * v);
    }
    let latents = slopes[0].len();
    (0..latents).map(|i| slopes.iter().zip(&weights).map(|(row, w)| row[i] * w).sum()).collect()
}

/// Principal components of what the descriptors do not say of the decoder's output, and the latents
/// that go with them.
fn discovered(bench: &Bench<'_>) -> Vec<Direction> {
    let rows: Vec<Vec<f64>> =
        bench.neutral.par_chunks(bench.bins).map(|f| bench.bands.thirds(f)).collect();
    let (count, width) = (rows.len() as f64, rows[0].len());
    let mut said: Vec<Vec<f64>> =
        (0..MACROS).map(|k| centred(bench.decoded.iter().map(|d| d[k]))).collect();
    orthonormal(&mut said);
    let columns: Vec<Vec<f64>> = (0..width)
        .map(|b| {
            let mut column = centred(rows.iter().map(|r| r[b]));
            for base in &said {
                let along: f64 = column.iter().zip(base).map(|(a, b)| a * b).sum();
                column.iter_mut().zip(base).for_each(|(c, b)| *c -= along * b);
            }
            column
        })
        .collect();
    let mut covariance = Vec::with_capacity(width * width);
    for a in &columns {
        covariance.extend(
            columns.iter().map(|b| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / count),
        );
    }
    let Some((_, vectors)) = symmetric_eigen(covariance, width) else { return Vec::new() };
    let n = bench.spread.len();
    let names = (1..=MAX_DIRECTIONS - MACROS).zip(vectors.chunks(width));
    names
        .map(|(number, vector)| {
            let score = |f: usize| columns.iter().zip(vector).map(|(c, v)| c[f] * v).sum::<f64>();
            let scores: Vec<f64> = (0..rows.len()).map(score).collect();
            let square = scores.iter().map(|s| s * s).sum::<f64>().max(1e-12);
            let size = (square / count).sqrt();
            let slope = |i: usize| {
                let along: f64 = scores
                    .iter()
                    .zip(bench.latents[i..].iter().step_by(n))
                    .map(|(s, z)| s * f64::from(*z))
                    .sum();
                (along / square * size) as f32
            };
            let mut latents: Vec<f32> = (0..n).map(slope).collect();
            let words = words(&bench.bands.middles_hz(), vector, &mut latents);
            Direction { name: format!("Discovered {number}"), words, latents }
        })
        .collect()
}

/// What a component raises and lowers most, in words; its sign becomes that which raises the lower
/// of both places.
fn words(middles_hz: &[f64], vector: &[f64], latents: &mut [f32]) -> String {
    let most = |sign: f64| {
        (0..vector.len())
            .max_by(|&a, &b| (sign * vector[a]).total_cmp(&(sign * vector[b])))
            .map_or(0.0, |i| middles_hz[i])
    };
    let (mut up, mut down) = (most(1.0), most(-1.0));
    if up > down {
        (up, down) = (down, up);
        latents.iter_mut().for_each(|v| *v = -*v);
    }
    let hertz = |hz: f64| {
        if hz < 1_000.0 { format!("{hz:.0} Hz") } else { format!("{:.1} kHz", hz / 1_000.0) }
    };
    format!("more {}, less {}", hertz(up), hertz(down))
}

fn centred(values: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let mean = values.clone().sum::<f64>() / values.clone().count().max(1) as f64;
    values.map(|v| v - mean).collect()
}

/// Makes vectors perpendicular and of unit length, in their order (Gram and Schmidt).
fn orthonormal(vectors: &mut [Vec<f64>]) {
    for i in 0..vectors.len() {
        let (done, rest) = vectors.split_at_mut(i);
        let Some(vector) = rest.first_mut() else { return };
        for base in done.iter() {
            let along: f64 = vector.iter().zip(base).map(|(a, b)| a * b).sum();
            vector.iter_mut().zip(base).for_each(|(v, b)| *v -= along * b);
        }
        let length = vector.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-12);
        vector.iter_mut().for_each(|v| *v /= length);
    }
}
