//! The learner: two candidates, then the better one.

use nfx_core::file::Tensor;
use nfx_core::models::effect::ProfileConfig;
use nfx_core::models::effect::dynamics::setting::{PER_HINGE, PLAIN, Setting};
use nfx_core::models::effect::dynamics::{
    DynamicsConfig, DynamicsModel, DynamicsSound, DynamicsState,
};
use rand::Rng;

use super::super::optimiser::Adam;
use super::super::{PairBatch, ProfileLearner, SegmentPlan};
use super::pass::{LANES, Lane, LaneSettings, Sound, Tape, Upstream, backward, forward};
use super::trunk::{Sizes, raw_gradient};
use crate::{LearnError, Tensors, named, rng};

/// Steps for which both candidates learn. Their rate falls to nothing over the race: what tells
/// them apart is where they settle, and that is hidden while the steps are large.
const RACE: u64 = 400;
/// The longest gradient that moves the weights as it is.
const BOUND: f32 = 1.0;
/// The logarithm of a slow memory's time at the start, as a raw number (e^4.5, 90 samples), and of
/// one that is out of the way.
const SLOW: f32 = 1.5;
const QUICK: f32 = -1.5;
/// The least share of the target's power that an error is judged by: where a setting hardly does
/// anything, being right to 20 dB below what it does is not worth more than this.
const LEAST_SHARE: f64 = 0.01;

/// Weights with their optimiser and what they cost lately.
#[derive(Clone, Debug)]
struct Candidate {
    weights: Vec<f32>,
    adam: Adam,
    cost: f64,
}

/// A dynamics processor that learns from pairs.
pub struct DynamicsLearner {
    config: DynamicsConfig,
    sizes: Sizes,
    candidates: Vec<Candidate>,
    steps: u64,
    tape: Tape,
    output: Vec<Lane>,
}

impl DynamicsLearner {
    /// With random weights.
    ///
    /// # Errors
    /// When the config cannot be used.
    pub fn new(config: &DynamicsConfig, seed: u64) -> Result<Self, LearnError> {
        config.validate()?;
        let sizes =
            Sizes { knobs: config.knobs, hidden: hidden(config), outputs: config.outputs() };
        let starts = [[QUICK, SLOW], [SLOW, QUICK]];
        let candidates = starts
            .iter()
            .map(|times| Candidate::new(start(sizes, config.hinges, *times, seed)))
            .collect();
        Ok(DynamicsLearner {
            config: *config,
            sizes,
            candidates,
            steps: 0,
            tape: Tape::default(),
            output: Vec::new(),
        })
    }

    /// With the weights of a model; there is no race then.
    ///
    /// # Errors
    /// When config and tensors do not fit together.
    pub fn with_weights(config: &DynamicsConfig, tensors: &Tensors) -> Result<Self, LearnError> {
        let mut learner = DynamicsLearner::new(config, 0)?;
        learner.set_tensors(tensors)?;
        Ok(learner)
    }

    /// The candidate that is ahead.
    fn best(&self) -> &Candidate {
        let (first, rest) = (&self.candidates[0], self.candidates.get(1));
        rest.filter(|other| other.cost < first.cost).unwrap_or(first)
    }

    /// The loss of a batch and its gradient at some weights: the mean over segments of the error's
    /// energy by that of the best static gain's error.
    fn gradient(&mut self, weights: &[f32], batch: &PairBatch<'_>) -> (f64, Vec<f32>) {
        let at = self.sizes.places();
        let mut gradient = vec![0.0; at.count];
        let mut loss = 0.0;
        let lanes = |sound: &[f32], first: usize| -> Vec<Lane> {
            let rows: Vec<&[f32]> =
                sound.chunks_exact(batch.samples).skip(first).take(LANES).collect();
            (0..batch.samples)
                .map(|n| std::array::from_fn(|i| rows.get(i).map_or(0.0, |row| row[n])))
                .collect()
        };
        for first in (0..batch.segments).step_by(LANES) {
            let count = LANES.min(batch.segments - first);
            let knobs = |i: usize| {
                &batch.knobs[(first + i) * self.config.knobs..(first + i + 1) * self.config.knobs]
            };
            let network: Vec<_> =
                (0..count).map(|i| self.sizes.forward(weights, knobs(i))).collect();
            let settings: Vec<Setting> =
                network.iter().map(|(raw, _)| Setting::from_raw(raw)).collect();
            let set = LaneSettings::new(&settings);
            let (x, y) = (lanes(batch.input, first), lanes(batch.target, first));
            let side = batch.side.map(|s| lanes(s, first));
            let heard = side.as_ref().unwrap_or(&x);
            let sound = Sound { input: &x, side: heard };
            forward(&set, weights[at.exponent], sound, &mut self.output, &mut self.tape);
            let judged: Lane = std::array::from_fn(|i| {
                if i < count { judged_by(batch, first + i) / batch.segments as f32 } else { 0.0 }
            });
            let mut upstream = vec![[0.0; LANES]; batch.samples];
            let mut sums = [0.0f64; LANES];
            for n in batch.warm_up..batch.samples {
                for i in 0..LANES {
                    let d = self.output[n][i] - y[n][i];
                    sums[i] += f64::from(d * d);
                    upstream[n][i] = 2.0 * d * judged[i];
                }
            }
            loss += sums.iter().zip(&judged).map(|(s, w)| s * f64::from(*w)).sum::<f64>();
            let back = backward(
                &set,
                weights[at.exponent],
                heard,
                &self.tape,
                Upstream { output: &self.output, gradient: &upstream },
            );
            for (i, (raw, units)) in network.iter().enumerate() {
                let d = raw_gradient(&settings[i], raw, &back.settings, i);
                self.sizes.backward(weights, knobs(i), units, &d, &mut gradient);
            }
            gradient[at.exponent] += back.exponent;
        }
        (loss, gradient)
    }

    /// Loss and gradient of a batch by name, for tests.
    ///
    /// # Errors
    /// When the batch does not fit.
    pub fn gradients(&mut self, batch: &PairBatch<'_>) -> Result<(f64, Tensors), LearnError> {
        batch.check(self.config.knobs)?;
        let weights = self.best().weights.clone();
        let (loss, gradient) = self.gradient(&weights, batch);
        Ok((loss, self.named(&gradient)))
    }

    fn named(&self, flat: &[f32]) -> Tensors {
        let places = self.places();
        self.config
            .tensor_shapes()
            .into_iter()
            .filter_map(|(name, shape)| {
                let place = places.iter().find(|(n, _)| *n == name)?.1.clone();
                Some((name, Tensor { shape, data: flat.get(place)?.to_vec() }))
            })
            .collect()
    }

    fn places(&self) -> [(&'static str, std::ops::Range<usize>); 6] {
        let at = self.sizes.places();
        [
            ("knobs.skip.weight", at.skip..at.hidden_weight),
            ("knobs.hidden.weight", at.hidden_weight..at.hidden_bias),
            ("knobs.hidden.bias", at.hidden_bias..at.out_weight),
            ("knobs.out.weight", at.out_weight..at.out_bias),
            ("knobs.out.bias", at.out_bias..at.exponent),
            ("level.exponent", at.exponent..at.count),
        ]
    }
}

impl Candidate {
    fn new(weights: Vec<f32>) -> Self {
        Candidate { adam: Adam::new(weights.len(), BOUND), weights, cost: 0.0 }
    }
}

/// Without knobs there is nothing for hidden units to do.
fn hidden(config: &DynamicsConfig) -> usize {
    if config.knobs == 0 { 0 } else { config.hidden }
}

/// Starting weights: bends spread over the levels, hardly any slope, a random network of the knobs.
fn start(sizes: Sizes, hinges: usize, [before, after]: [f32; 2], seed: u64) -> Vec<f32> {
    let at = sizes.places();
    let mut random = rng(seed, 0xD1A, 0);
    let mut weights = vec![0.0f32; at.count];
    let mut fill = |place: std::ops::Range<usize>, bound: f32| {
        weights[place].iter_mut().for_each(|w| *w = bound * (2.0 * random.random::<f32>() - 1.0));
    };
    fill(at.hidden_weight..at.hidden_bias, 1.0);
    fill(at.hidden_bias..at.out_weight, 0.5);
    fill(at.out_weight..at.out_bias, 0.05);
    let bias = &mut weights[at.out_bias..at.exponent];
    bias[..4].copy_from_slice(&[before, before, after, after]);
    for j in 0..hinges {
        bias[PLAIN + PER_HINGE * j] = (j as f32 + 0.5) / hinges as f32 * 2.0 - 1.0;
        bias[PLAIN + PER_HINGE * j + 1] = -0.1;
    }
    weights[at.exponent] = 1.0;
    weights
}

/// What one segment's squared error is multiplied by: one over the energy of what the best static
/// gain leaves.
pub(super) fn judged_by(batch: &PairBatch<'_>, segment: usize) -> f32 {
    let row = |sound: &[f32]| -> Vec<f32> {
        sound[segment * batch.samples..(segment + 1) * batch.samples][batch.warm_up..].to_vec()
    };
    let (x, y) = (row(batch.input), row(batch.target));
    let (mut xx, mut xy, mut yy) = (1e-12, 0.0, 0.0);
    for (a, b) in x.iter().zip(&y).map(|(a, b)| (f64::from(*a), f64::from(*b))) {
        xx += a * a;
        xy += a * b;
        yy += b * b;
    }
    let left = (yy - xy * xy / xx).max(LEAST_SHARE * yy);
    // Silence is not worth learning from: 1e-7 of full scale's power.
    (1.0 / (left + 1e-9 * x.len() as f64)) as f32
}

impl ProfileLearner for DynamicsLearner {
    fn config(&self) -> ProfileConfig {
        ProfileConfig::Dynamics(self.config)
    }

    fn plan(&self) -> SegmentPlan {
        // One setting is learned from little; many settings ask for more sound at each.
        let (warm_up, scored) =
            if self.config.knobs == 0 { (12_288, 12_288) } else { (16_384, 32_768) };
        SegmentPlan { segments: LANES, warm_up, scored, run: 1 }
    }

    fn rate(&self) -> f64 {
        0.02
    }

    fn remembers(&self) -> bool {
        true
    }

    fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32, LearnError> {
        batch.check(self.config.knobs)?;
        let at = self.sizes.places();
        let mut candidates = std::mem::take(&mut self.candidates);
        let racing = candidates.len() > 1;
        let begun = if racing { self.steps } else { self.steps.saturating_sub(RACE) };
        let warm = (begun as f64 + 1.0).min(20.0) / 20.0;
        let falling = if racing {
            0.5 + 0.5 * (std::f64::consts::PI * self.steps as f64 / RACE as f64).cos()
        } else {
            1.0
        };
        for candidate in &mut candidates {
            let (loss, gradient) = self.gradient(&candidate.weights, batch);
            candidate.adam.apply(&mut candidate.weights, &gradient, rate * warm * falling);
            let exponent = &mut candidate.weights[at.exponent];
            *exponent = exponent.clamp(0.3, 4.0);
            // A mean over about 30 steps.
            candidate.cost = if self.steps == 0 {
                loss
            } else {
                candidate.cost + (loss - candidate.cost) / 30.0
            };
        }
        self.candidates = candidates;
        self.steps += 1;
        if self.steps >= RACE && self.candidates.len() > 1 {
            self.candidates = vec![self.best().clone()];
        }
        Ok(self.best().cost as f32)
    }

    fn predict(
        &mut self,
        input: &[f32],
        side: Option<&[f32]>,
        knobs: &[f32],
    ) -> Result<Vec<f32>, LearnError> {
        if knobs.len() != self.config.knobs || side.is_some_and(|s| s.len() != input.len()) {
            return Err(LearnError::Argument(format!(
                "expected {} knobs and a side chain as long as the input, found {} knobs; nothing was computed",
                self.config.knobs,
                knobs.len()
            )));
        }
        let model = DynamicsModel::new(&self.config, &self.tensors()?)?;
        let mut state = DynamicsState::new(&model, 1);
        let mut output = vec![0.0; input.len()];
        let mut sound = DynamicsSound {
            input: [input, &[]],
            side: side.map(|s| [s, &[][..]]),
            output: [&mut output, &mut []],
            link: 0.0,
        };
        state.process(&mut sound, knobs);
        Ok(output)
    }

    fn tensors(&self) -> Result<Tensors, LearnError> {
        Ok(self.named(&self.best().weights))
    }

    fn set_tensors(&mut self, tensors: &Tensors) -> Result<(), LearnError> {
        let mut weights = vec![0.0; self.sizes.places().count];
        for (name, shape) in self.config.tensor_shapes() {
            let data = named(tensors, &name, &shape)?;
            if let Some((_, place)) = self.places().into_iter().find(|(n, _)| *n == name) {
                weights[place].copy_from_slice(data);
            }
        }
        let mut candidate = self.best().clone();
        candidate.weights = weights;
        self.candidates = vec![candidate];
        self.steps = self.steps.max(RACE);
        Ok(())
    }

    fn state(&self) -> Vec<u8> {
        let mut out = self.steps.to_le_bytes().to_vec();
        out.push(self.candidates.len() as u8);
        for candidate in &self.candidates {
            let adam = candidate.adam.state();
            out.extend_from_slice(&candidate.cost.to_le_bytes());
            candidate.weights.iter().for_each(|w| out.extend_from_slice(&w.to_le_bytes()));
            out.extend_from_slice(&(adam.len() as u32).to_le_bytes());
            out.extend_from_slice(&adam);
        }
        out
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), LearnError> {
        let wrong = || {
            LearnError::Argument(format!(
                "expected the state of a dynamics learner, found {} bytes of something else; nothing was changed",
                state.len()
            ))
        };
        let (steps, rest) = state.split_first_chunk::<8>().ok_or_else(wrong)?;
        let (count, mut rest) = rest.split_first().ok_or_else(wrong)?;
        let weights = self.sizes.places().count;
        let mut candidates = Vec::new();
        for _ in 0..*count {
            let (cost, more) = rest.split_first_chunk::<8>().ok_or_else(wrong)?;
            let (flat, more) = more.split_at_checked(4 * weights).ok_or_else(wrong)?;
            let (length, more) = more.split_first_chunk::<4>().ok_or_else(wrong)?;
            let (adam, more) =
                more.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(wrong)?;
            let flat = flat.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
            let mut candidate = Candidate::new(flat);
            candidate.adam.restore(adam)?;
            candidate.cost = f64::from_le_bytes(*cost);
            candidates.push(candidate);
            rest = more;
        }
        if candidates.is_empty() || candidates.len() > 2 || !rest.is_empty() {
            return Err(wrong());
        }
        self.candidates = candidates;
        self.steps = u64::from_le_bytes(*steps);
        Ok(())
    }

    fn parameters(&self) -> usize {
        self.sizes.places().count
    }
}
