//! From knobs to the features that modulate a network, and back with gradients.

use super::shape::Shape;

/// Two tanh layers between knobs and features, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Knobs {
    first: Vec<f32>,
    /// What modulates the network.
    pub features: Vec<f32>,
}

impl Knobs {
    /// The features of a setting (−1 to 1).
    pub fn forward(&mut self, shape: &Shape, flat: &[f32], knobs: &[f32]) {
        self.features.clear();
        if shape.knobs == 0 || shape.hidden == 0 {
            self.features.extend_from_slice(knobs);
            return;
        }
        let h = shape.hidden;
        let [w0, b0, w1, b1] = places(shape);
        let layer = |x: &[f32], (w, b): (usize, usize), out: &mut Vec<f32>| {
            out.clear();
            out.extend((0..h).map(|o| {
                (flat[b + o]
                    + x.iter().enumerate().map(|(i, x)| flat[w + i * h + o] * x).sum::<f32>())
                .tanh()
            }));
        };
        layer(knobs, (w0, b0), &mut self.first);
        layer(&self.first, (w1, b1), &mut self.features);
    }

    /// Adds the gradient of the layers to `g`, from that of the features.
    pub fn backward(
        &self,
        shape: &Shape,
        flat: &[f32],
        knobs: &[f32],
        slope: &[f32],
        g: &mut [f32],
    ) {
        if shape.knobs == 0 || shape.hidden == 0 {
            return;
        }
        let h = shape.hidden;
        let [w0, b0, w1, b1] = places(shape);
        let mut below = vec![0.0f32; h];
        for o in 0..h {
            let d = slope[o] * (1.0 - self.features[o] * self.features[o]);
            g[b1 + o] += d;
            for i in 0..h {
                g[w1 + i * h + o] += d * self.first[i];
                below[i] += d * flat[w1 + i * h + o];
            }
        }
        for o in 0..h {
            let d = below[o] * (1.0 - self.first[o] * self.first[o]);
            g[b0 + o] += d;
            for (i, x) in knobs.iter().enumerate() {
                g[w0 + i * h + o] += d * x;
            }
        }
    }
}

/// Where the layers' weights and biases lie.
pub fn places(shape: &Shape) -> [usize; 4] {
    let (from, h) = (shape.knob_place().layers, shape.hidden);
    let b0 = from + shape.knobs * h;
    let w1 = b0 + h;
    [from, b0, w1, w1 + h * h]
}
