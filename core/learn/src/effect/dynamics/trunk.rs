//! The network of the knobs and its gradient: one hidden layer of tanh beside a straight path.

use nfx_core::models::effect::dynamics::setting::{PER_HINGE, PLAIN, Setting, raw};

use super::pass::LaneSettings;

/// Sizes of the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// Knobs.
    pub knobs: usize,
    /// Hidden units.
    pub hidden: usize,
    /// Numbers of a setting.
    pub outputs: usize,
}

/// Where the tensors of the network lie in one flat vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Places {
    /// The straight path, `[knob][output]`.
    pub skip: usize,
    /// `[knob][unit]`
    pub hidden_weight: usize,
    /// `[unit]`
    pub hidden_bias: usize,
    /// `[unit][output]`
    pub out_weight: usize,
    /// `[output]`
    pub out_bias: usize,
    /// The exponent of the level's measure.
    pub exponent: usize,
    /// How many numbers there are.
    pub count: usize,
}

impl Sizes {
    /// The order of the tensors: skip `[knob][output]`, hidden `[knob][unit]` with bias, out
    /// `[unit][output]` with bias, exponent.
    pub fn places(&self) -> Places {
        let Sizes { knobs, hidden, outputs } = *self;
        let hidden_weight = knobs * outputs;
        let hidden_bias = hidden_weight + knobs * hidden;
        let out_weight = hidden_bias + hidden;
        let out_bias = out_weight + hidden * outputs;
        let exponent = out_bias + outputs;
        Places {
            skip: 0,
            hidden_weight,
            hidden_bias,
            out_weight,
            out_bias,
            exponent,
            count: exponent + 1,
        }
    }

    /// The raw setting at normalised knobs, and the hidden units' values.
    pub fn forward(&self, weights: &[f32], knobs: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let at = self.places();
        let mut out = weights[at.out_bias..at.exponent].to_vec();
        for (k, row) in knobs.iter().zip(weights[at.skip..].chunks_exact(self.outputs)) {
            out.iter_mut().zip(row).for_each(|(o, w)| *o += k * w);
        }
        let mut units = weights[at.hidden_bias..at.out_weight].to_vec();
        if self.hidden > 0 {
            for (k, row) in knobs.iter().zip(weights[at.hidden_weight..].chunks_exact(self.hidden))
            {
                units.iter_mut().zip(row).for_each(|(u, w)| *u += k * w);
            }
        }
        for u in &mut units {
            *u = u.tanh();
        }
        for (u, row) in units.iter().zip(weights[at.out_weight..].chunks_exact(self.outputs)) {
            out.iter_mut().zip(row).for_each(|(o, w)| *o += u * w);
        }
        (out, units)
    }

    /// Adds the gradients of one setting, `upstream` being those of its raw numbers.
    pub fn backward(
        &self,
        weights: &[f32],
        knobs: &[f32],
        units: &[f32],
        upstream: &[f32],
        gradient: &mut [f32],
    ) {
        let at = self.places();
        for (g, u) in gradient[at.out_bias..at.exponent].iter_mut().zip(upstream) {
            *g += u;
        }
        for (k, row) in knobs.iter().zip(gradient[at.skip..].chunks_exact_mut(self.outputs)) {
            row.iter_mut().zip(upstream).for_each(|(g, u)| *g += k * u);
        }
        for (j, unit) in units.iter().enumerate() {
            let first = at.out_weight + j * self.outputs;
            let mut d_unit = 0.0;
            for (o, u) in upstream.iter().enumerate() {
                gradient[first + o] += unit * u;
                d_unit += weights[first + o] * u;
            }
            let d_sum = d_unit * (1.0 - unit * unit);
            gradient[at.hidden_bias + j] += d_sum;
            for (i, k) in knobs.iter().enumerate() {
                gradient[at.hidden_weight + i * self.hidden + j] += k * d_sum;
            }
        }
    }
}

/// The gradients of the raw numbers of one lane's setting, given those of the setting.
pub fn raw_gradient(
    setting: &Setting,
    values: &[f32],
    upstream: &LaneSettings,
    lane: usize,
) -> Vec<f32> {
    let mut out = vec![0.0; PLAIN + PER_HINGE * setting.count];
    for (k, rate) in setting.rates.iter().enumerate() {
        // r = 1 / (1 + e^(s·o)), so dr/do = -s · r · (1 - r); beyond its bounds the rate no longer
        // moves.
        let held = (raw::TIME_SCALE * values[k]).abs() > 20.0;
        out[k] = if held {
            0.0
        } else {
            -raw::TIME_SCALE * rate * (1.0 - rate) * upstream.rates[k][lane]
        };
    }
    out[raw::BIAS] = raw::BIAS_SCALE_DB * upstream.bias_db[lane];
    for (j, [place, slope, width]) in upstream.hinges.iter().enumerate() {
        let first = PLAIN + PER_HINGE * j;
        out[first] = raw::PLACE_SCALE_DB * place[lane];
        out[first + 1] = slope[lane];
        let held = !(-8.0..=3.0).contains(&values[first + 2]);
        out[first + 2] = if held { 0.0 } else { setting.hinges[j].width_db * width[lane] };
    }
    out
}
