//! The recursion over many segments at once, and its adjoint by hand.
//!
//! Sixteen segments lie beside each other, one for each lane of the widest vectors; time runs over
//! whole segments, so that a release of a second is learned from a second of sound and not from a
//! truncated piece of it. With the notation of `nfx_core::models::effect::dynamics`, for a loss `L`
//! and `λ = ∂L/∂state`:
//!
//! ```text
//! state[n] = state[n-1] + r · (v[n] - state[n-1])       r by the sign of v[n] - state[n-1]
//! λ[n]    += (1 - r[n+1]) λ[n+1]                        what the next sample remembers
//! ∂L/∂v[n] = r λ[n],   ∂L/∂r += λ[n] · (v[n] - state[n-1])
//! ```
//!
//! At the change of branch both give the same state, so nothing is lost by taking the branch as
//! fixed. The states are in double precision: a second's release moves a state by less than single
//! precision resolves.

use nfx_core::models::effect::dynamics::math::{DB_PER_NEPER, NEPER_PER_DB, exp, ln};
use nfx_core::models::effect::dynamics::setting::{FLOOR, Setting, level_db, measure};
use nfx_core::signal::simd::vectorised;

/// Segments that are computed together.
pub const LANES: usize = 16;
/// One number for each segment.
pub type Lane = [f32; LANES];
type State = [f64; LANES];

/// The settings of all lanes, number by number.
#[derive(Clone, Debug)]
pub struct LaneSettings {
    /// As [`Setting::rates`].
    pub rates: [Lane; 4],
    /// As [`Setting::bias_db`].
    pub bias_db: Lane,
    /// Place, slope and width of each hinge.
    pub hinges: Vec<[Lane; 3]>,
}

impl LaneSettings {
    /// From up to [`LANES`] settings; lanes beyond them repeat the first.
    pub fn new(settings: &[Setting]) -> Self {
        let count = settings.first().map_or(0, |s| s.count);
        let lane = |f: &dyn Fn(&Setting) -> f32| -> Lane {
            std::array::from_fn(|i| settings.get(i).or(settings.first()).map_or(0.0, f))
        };
        LaneSettings {
            rates: std::array::from_fn(|k| lane(&|s| s.rates[k])),
            bias_db: lane(&|s| s.bias_db),
            hinges: (0..count)
                .map(|j| {
                    [
                        lane(&|s| s.hinges[j].place_db),
                        lane(&|s| s.hinges[j].slope),
                        lane(&|s| s.hinges[j].width_db),
                    ]
                })
                .collect(),
        }
    }

    /// The same shape, all 0: where gradients are summed.
    pub fn zeros(hinges: usize) -> Self {
        LaneSettings {
            rates: [[0.0; LANES]; 4],
            bias_db: [0.0; LANES],
            hinges: vec![[[0.0; LANES]; 3]; hinges],
        }
    }

    fn curve(&self, level: &Lane) -> Lane {
        let mut gain = self.bias_db;
        for [place, slope, width] in &self.hinges {
            for i in 0..LANES {
                let u = level[i] - place[i];
                gain[i] += slope[i] * (0.5 * (u + (u * u + width[i] * width[i]).sqrt()));
            }
        }
        gain
    }
}

/// What the way there leaves for the way back.
#[derive(Debug, Default)]
pub struct Tape {
    /// What pulled at the memory before the curve.
    pull_before: Vec<Lane>,
    /// That memory.
    before: Vec<Lane>,
    /// What pulled at the memory after the curve.
    pull_after: Vec<Lane>,
    /// That memory: the gain in dB.
    after: Vec<Lane>,
}

impl Tape {
    /// The gain in dB, `[sample]`.
    pub fn gain_db(&self) -> &[Lane] {
        &self.after
    }
}

/// The gradients that come back.
#[derive(Clone, Debug)]
pub struct Adjoint {
    /// With respect to the settings.
    pub settings: LaneSettings,
    /// With respect to the exponent of the measure.
    pub exponent: f32,
}

/// What is played, `[sample]`.
#[derive(Clone, Copy, Debug)]
pub struct Sound<'a> {
    /// What the gain is applied to.
    pub input: &'a [Lane],
    /// What the detector listens to.
    pub side: &'a [Lane],
}

/// What the way back begins with, `[sample]`.
#[derive(Clone, Copy, Debug)]
pub struct Upstream<'a> {
    /// The output of [`forward`].
    pub output: &'a [Lane],
    /// The loss's gradient with respect to it.
    pub gradient: &'a [Lane],
}

/// Plays a sound from rest into `output`; keeps what [`backward`] needs.
pub fn forward(
    set: &LaneSettings,
    exponent: f32,
    sound: Sound<'_>,
    output: &mut Vec<Lane>,
    tape: &mut Tape,
) {
    vectorised!(avx512: forward_loop(
        set: &LaneSettings = set,
        exponent: f32 = exponent,
        sound: Sound<'_> = sound,
        output: &mut Vec<Lane> = output,
        tape: &mut Tape = tape,
    ));
}

#[inline(always)]
fn forward_loop(
    set: &LaneSettings,
    p: f32,
    sound: Sound<'_>,
    output: &mut Vec<Lane>,
    tape: &mut Tape,
) {
    let Sound { input, side } = sound;
    let frames = input.len().min(side.len());
    output.clear();
    for kept in [&mut tape.pull_before, &mut tape.before, &mut tape.pull_after, &mut tape.after] {
        kept.clear();
        kept.resize(frames, [0.0; LANES]);
    }
    output.resize(frames, [0.0; LANES]);
    let floor = measure(0.0, p);
    let mut before: State = [f64::from(floor); LANES];
    let mut after: State = set.curve(&[level_db(floor, p); LANES]).map(f64::from);
    let [rise, fall, down, up] = &set.rates;
    for n in 0..frames {
        let mut level = [0.0; LANES];
        let (pull, kept) = (&mut tape.pull_before[n], &mut tape.before[n]);
        for i in 0..LANES {
            let v = measure(side[n][i], p);
            let way = f64::from(v) - before[i];
            let rate = if way > 0.0 { rise[i] } else { fall[i] };
            before[i] += f64::from(rate) * way;
            pull[i] = way as f32;
            kept[i] = before[i] as f32;
            level[i] = level_db(kept[i], p);
        }
        let gain = set.curve(&level);
        let (pull, kept) = (&mut tape.pull_after[n], &mut tape.after[n]);
        for i in 0..LANES {
            let way = f64::from(gain[i]) - after[i];
            let rate = if way < 0.0 { down[i] } else { up[i] };
            after[i] += f64::from(rate) * way;
            pull[i] = way as f32;
            kept[i] = after[i] as f32;
            output[n][i] = input[n][i] * exp(NEPER_PER_DB * kept[i]);
        }
    }
}

/// The gradients, given that of the output and what the detector listened to, `[sample]`.
pub fn backward(
    set: &LaneSettings,
    exponent: f32,
    side: &[Lane],
    tape: &Tape,
    upstream: Upstream<'_>,
) -> Adjoint {
    vectorised!(avx512: backward_loop(
        set: &LaneSettings = set,
        exponent: f32 = exponent,
        side: &[Lane] = side,
        tape: &Tape = tape,
        upstream: Upstream<'_> = upstream,
    ) -> Adjoint)
}

#[inline(always)]
fn backward_loop(
    set: &LaneSettings,
    p: f32,
    side: &[Lane],
    tape: &Tape,
    upstream: Upstream<'_>,
) -> Adjoint {
    let Upstream { output, gradient: upstream } = upstream;
    let frames = upstream.len().min(tape.after.len());
    let mut sum = Sums::new(set.hinges.len());
    let (mut carry_before, mut carry_after): (State, State) = ([0.0; LANES], [0.0; LANES]);
    let floor = measure(0.0, p);
    let [rise, fall, down, up] = &set.rates;
    for n in (0..frames).rev() {
        let mut d_gain = [0.0; LANES];
        for i in 0..LANES {
            let direct = upstream[n][i] * output[n][i] * NEPER_PER_DB;
            let lambda = f64::from(direct) + carry_after[i];
            let way = tape.pull_after[n][i];
            let (going_down, rate) = if way < 0.0 { (1.0, down[i]) } else { (0.0, up[i]) };
            let moved = lambda * f64::from(way);
            sum.rates[2][i] += going_down * moved;
            sum.rates[3][i] += (1.0 - going_down) * moved;
            let taken = f64::from(rate) * lambda;
            carry_after[i] = lambda - taken;
            d_gain[i] = taken as f32;
        }
        let kept = &tape.before[n];
        let mut level = [0.0; LANES];
        for i in 0..LANES {
            level[i] = level_db(kept[i], p);
        }
        let d_level = sum.curve(set, &level, &d_gain);
        for i in 0..LANES {
            let d_kept = d_level[i] * DB_PER_NEPER / (p * kept[i]);
            let lambda = f64::from(d_kept) + carry_before[i];
            let way = tape.pull_before[n][i];
            let (going_up, rate) = if way > 0.0 { (1.0, rise[i]) } else { (0.0, fall[i]) };
            let moved = lambda * f64::from(way);
            sum.rates[0][i] += going_up * moved;
            sum.rates[1][i] += (1.0 - going_up) * moved;
            let taken = f64::from(rate) * lambda;
            carry_before[i] = lambda - taken;
            let log = ln(side[n][i].abs().clamp(FLOOR, 1.0e6));
            sum.exponent[i] +=
                taken * f64::from(exp(p * log) * log) - f64::from(d_level[i] * level[i] / p);
        }
    }
    // The states at rest follow from the curve and the exponent, too.
    let rest = [level_db(floor, p); LANES];
    let d_gain = carry_after.map(|c| c as f32);
    let d_level = sum.curve(set, &rest, &d_gain);
    for i in 0..LANES {
        let d_floor = f64::from(d_level[i] * DB_PER_NEPER / (p * floor)) + carry_before[i];
        let log = FLOOR.ln();
        sum.exponent[i] += d_floor * f64::from(floor * log) - f64::from(d_level[i] * rest[i] / p);
    }
    sum.finish()
}

/// Sums over time, in double precision.
struct Sums {
    rates: [State; 4],
    bias: State,
    hinges: Vec<[State; 3]>,
    exponent: State,
}

impl Sums {
    fn new(hinges: usize) -> Self {
        Sums {
            rates: [[0.0; LANES]; 4],
            bias: [0.0; LANES],
            hinges: vec![[[0.0; LANES]; 3]; hinges],
            exponent: [0.0; LANES],
        }
    }

    /// Adds the gradients of the curve at a level, given those of its gain; returns those of the
    /// level.
    #[inline(always)]
    fn curve(&mut self, set: &LaneSettings, level: &Lane, d_gain: &Lane) -> Lane {
        let mut d_level = [0.0; LANES];
        self.bias.iter_mut().zip(d_gain).for_each(|(sum, d)| *sum += f64::from(*d));
        for ([place, slope, width], [d_place, d_slope, d_width]) in
            set.hinges.iter().zip(&mut self.hinges)
        {
            for i in 0..LANES {
                let u = level[i] - place[i];
                let root = (u * u + width[i] * width[i]).sqrt();
                let d = d_gain[i] * slope[i] * 0.5;
                let d_u = d * (1.0 + u / root);
                d_slope[i] += f64::from(d_gain[i] * 0.5 * (u + root));
                d_place[i] -= f64::from(d_u);
                d_width[i] += f64::from(d * width[i] / root);
                d_level[i] += d_u;
            }
        }
        d_level
    }

    fn finish(self) -> Adjoint {
        let single = |s: State| s.map(|v| v as f32);
        Adjoint {
            settings: LaneSettings {
                rates: self.rates.map(single),
                bias_db: single(self.bias),
                hinges: self.hinges.into_iter().map(|h| h.map(single)).collect(),
            },
            exponent: self.exponent.iter().sum::<f64>() as f32,
        }
    }
}
