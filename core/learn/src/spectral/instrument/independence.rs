//! How different an instrument's sliders are, measured on a finished model.

use nfx_core::models::spectral::CanneModel;
use rand::Rng;

use super::{FLOOR, axes::Matrix, change_db};
use crate::rng;

/// Notes on which sliders are tried: C2, C4, C6.
const NOTES: [(f32, &str); 3] = [(36.0, "c2"), (60.0, "c4"), (84.0, "c6")];
/// Random positions of all sliders.
const POSITIONS: usize = 60;
/// The seed of those positions.
const SEED: u64 = 60;

/// What tells whether sliders do different things.
#[derive(Clone, Debug, PartialEq)]
pub struct Independence {
    /// Mean and greatest absolute correlation of two latents over the sounds of the model's map; 0
    /// without a map.
    pub correlation: [f64; 2],
    /// Cosines between the sliders' effects, `[slider][slider]`: what each adds to the log spectrum
    /// (dB, floor at -60 dB) over its range with the others at rest, at C2, C4 and C6 together.
    pub cosines: Vec<Vec<f64>>,
    /// Share that the first principal component has of the variance of 60 log spectra at C4 with
    /// all sliders at random positions.
    pub first_component: f64,
    /// Change of the log spectrum by each slider with the others at rest, RMS over the bins that
    /// are heard, in dB, `[slider][C2, C4, C6]`.
    pub change_db: Vec<[f64; 3]>,
}

impl Independence {
    /// Measures a model.
    pub fn of(model: &CanneModel) -> Self {
        let n = model.latents();
        let rest: Vec<f32> = (0..n).map(|k| model.range(k).neutral).collect();
        let mut scratch = model.scratch();
        let mut decode = |latents: &[f32], note: f32| {
            let mut frame = vec![0.0; model.bins()];
            model.decode(&mut scratch, latents, &[note], &mut frame);
            frame
        };
        let mut effects: Vec<Vec<f64>> = vec![Vec::new(); n];
        let mut changes = vec![[0.0; 3]; n];
        for k in 0..n {
            for (at, (note, _)) in NOTES.into_iter().enumerate() {
                let mut with = |value: f32| {
                    let mut latents = rest.clone();
                    latents[k] = value;
                    decode(&latents, note)
                };
                let (low, high) = (with(model.range(k).low), with(model.range(k).high));
                changes[k][at] = change_db(&high, &low, model.bins());
                effects[k].extend(high.iter().zip(&low).map(|(a, b)| level_db(*a) - level_db(*b)));
            }
        }
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let cosine = |a: &[f64], b: &[f64]| dot(a, b) / (dot(a, a) * dot(b, b)).max(1e-30).sqrt();
        let cosines =
            effects.iter().map(|a| effects.iter().map(|b| cosine(a, b)).collect()).collect();
        let mut random = rng(SEED, 0x9051, 0);
        let spectra: Vec<Vec<f64>> = (0..POSITIONS)
            .map(|_| {
                let latents: Vec<f32> =
                    (0..n).map(|k| model.range(k).value(random.random())).collect();
                decode(&latents, NOTES[1].0).iter().map(|m| level_db(*m)).collect()
            })
            .collect();
        let points = model
            .card()
            .kind
            .plane
            .iter()
            .flat_map(|plane| &plane.points)
            .map(|point| point.latents.as_slice());
        Self {
            correlation: correlation(n, points),
            cosines,
            first_component: first_component(&spectra),
            change_db: changes,
        }
    }

    /// The greatest absolute cosine between two sliders.
    pub fn greatest_cosine(&self) -> f64 {
        let pairs = self.cosines.iter().enumerate().flat_map(|(i, row)| row[..i].iter());
        pairs.fold(0.0, |most: f64, c| most.max(c.abs()))
    }

    /// How far the model is from sliders that do different things: below 1 when the mean
    /// correlation is at most 0.15, the greatest 0.4, the greatest cosine 0.5, and the first
    /// component has at most 40 %.
    pub fn badness(&self) -> f64 {
        let [mean, most] = self.correlation;
        let each =
            [mean / 0.15, most / 0.4, self.greatest_cosine() / 0.5, self.first_component / 0.4];
        each.into_iter().fold(0.0, f64::max) + 0.02 * each.iter().sum::<f64>()
    }

    /// The least change of any slider at any of the three notes, dB.
    pub fn least_db(&self) -> f64 {
        self.change_db.iter().flatten().copied().fold(f64::INFINITY, f64::min)
    }

    /// The figures by their names in a card.
    pub fn metrics(&self) -> Vec<(String, f64)> {
        let mut out = vec![
            ("latents_correlation_mean".to_owned(), self.correlation[0]),
            ("latents_correlation_most".to_owned(), self.correlation[1]),
            ("sliders_cosine_most".to_owned(), self.greatest_cosine()),
            ("sliders_first_component".to_owned(), self.first_component),
        ];
        for (at, (_, name)) in NOTES.into_iter().enumerate() {
            let least = self.change_db.iter().map(|c| c[at]).fold(f64::INFINITY, f64::min);
            out.push((format!("slider_least_{name}_db"), least));
        }
        out
    }
}

fn level_db(magnitude: f32) -> f64 {
    20.0 * f64::from(magnitude.max(FLOOR)).log10()
}

/// Mean and greatest absolute correlation of two of `n` latents.
pub(super) fn correlation<'a>(n: usize, rows: impl Iterator<Item = &'a [f32]> + Clone) -> [f64; 2] {
    let count = rows.clone().count() as f64;
    if count < 2.0 {
        return [0.0; 2];
    }
    let mean = |k: usize| rows.clone().map(|row| f64::from(row[k])).sum::<f64>() / count;
    let means: Vec<f64> = (0..n).map(mean).collect();
    let product = |i: usize, j: usize| {
        rows.clone()
            .map(|row| (f64::from(row[i]) - means[i]) * (f64::from(row[j]) - means[j]))
            .sum::<f64>()
    };
    let spread: Vec<f64> = (0..n).map(|k| product(k, k)).collect();
    let (mut sum, mut most, mut pairs) = (0.0, 0.0f64, 0.0);
    for i in 0..n {
        for j in 0..i {
            let r = (product(i, j) / (spread[i] * spread[j]).max(1e-30).sqrt()).abs();
            (sum, most, pairs) = (sum + r, most.max(r), pairs + 1.0);
        }
    }
    [sum / f64::max(pairs, 1.0), most]
}

/// Share of the first principal component, from the matrix of products of the centred rows.
fn first_component(rows: &[Vec<f64>]) -> f64 {
    let (count, width) = (rows.len(), rows.first().map_or(0, Vec::len));
    let mean: Vec<f64> =
        (0..width).map(|k| rows.iter().map(|r| r[k]).sum::<f64>() / count as f64).collect();
    let mut products = Matrix::zero(count);
    for i in 0..count {
        for j in 0..count {
            *products.at_mut(i, j) =
                (0..width).map(|k| (rows[i][k] - mean[k]) * (rows[j][k] - mean[k])).sum();
        }
    }
    let total: f64 = (0..count).map(|i| products.at(i, i)).sum();
    if total > 0.0 { products.greatest() / total } else { 0.0 }
}
