//! The hand-written learners of profiles against burn's autodiff, and against core's real-time
//! form.

use burn::tensor::{Device, Tensor, TensorData};
use nfx_core::nn::CellKind;
use nfx_learn::effect::loss::LossConfig;
use nfx_learn::effect::recurrent::{RecurrentLearner, RecurrentModule, Shape as RecurrentShape};
use nfx_learn::effect::wavenet::{
    Act, Array, Conv, Shape as WaveShape, WaveNetLearner, WaveNetModule,
};
use nfx_learn::effect::{PairBatch, SegmentPlan};
use nfx_learn::rng;
use rand::Rng;

/// ESR alone: what the modules' loss below is.
const LOSS: LossConfig =
    LossConfig { esr: 1.0, emphasised: 0.0, emphasis: 0.0, dc: 0.0, stft: 0.0 };

struct Data {
    input: Vec<f32>,
    target: Vec<f32>,
    knobs: Vec<f32>,
    weights: Vec<f32>,
    samples: usize,
}

impl Data {
    fn new(segments: usize, samples: usize, knobs: usize, seed: u64) -> Self {
        let mut r = rng(seed, 0, 0);
        let mut draw =
            |n: usize| (0..n).map(|_| r.random_range(-1.0f32..1.0)).collect::<Vec<f32>>();
        Data {
            input: draw(segments * samples),
            target: draw(segments * samples),
            knobs: draw(segments * knobs),
            weights: draw(segments).iter().map(|w| 1.5 + w).collect(),
            samples,
        }
    }

    fn batch(&self, warm_up: usize) -> PairBatch<'_> {
        PairBatch {
            warm_up,
            ..PairBatch::new(&self.input, &self.target, &self.knobs, &self.weights)
        }
    }

    fn tensor(data: &[f32], rows: usize, device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(data.to_vec(), [rows, data.len() / rows.max(1)]), device)
    }

    /// The loss of outputs that end where the segments end.
    fn loss(&self, y: Tensor<2>, device: &Device) -> Tensor<1> {
        let [segments, scored] = y.dims();
        let target = Self::tensor(&self.target, segments, device)
            .slice([0..segments, self.samples - scored..self.samples]);
        let weights = Self::tensor(&self.weights, segments, device);
        ((y - target).powi_scalar(2).mean_dim(1) * weights).mean()
    }
}

fn values(t: Tensor<1>) -> Vec<f32> {
    t.into_data().try_into_vec::<f32>().expect("values")
}

/// Distance of two gradients relative to the longer one.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let norm = |x: &mut dyn Iterator<Item = f32>| x.map(|v| v * v).sum::<f32>().sqrt();
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied()).max(1e-12)
}

#[test]
fn recurrent_gradients_equal_those_of_autodiff() {
    let device = Device::flex().autodiff();
    let mut seed = 0;
    for cell in [CellKind::Lstm, CellKind::Gru] {
        for (hidden, layers, knobs, skip) in
            [(3, 1, 0, false), (8, 1, 2, true), (5, 2, 1, false), (16, 2, 0, false)]
        {
            seed += 1;
            let shape = RecurrentShape { cell, hidden, layers, knobs, skip };
            let data = Data::new(19, 40, knobs, seed);
            let mut learner = RecurrentLearner::new(shape, LOSS, seed);
            learner.set_plan(SegmentPlan { segments: 19, warm_up: 0, scored: 40, run: 1 });
            let module = RecurrentModule::new(shape, learner.flat(), &device).expect("module");
            let told = (knobs > 0).then(|| Data::tensor(&data.knobs, 19, &device));
            let y = module.forward(Data::tensor(&data.input, 19, &device), told);
            let loss = data.loss(y, &device);
            let gradients = loss.backward();
            let want = values(module.weights.val().grad(&gradients).expect("gradient"));
            let want_loss = values(loss)[0];
            let (found, gradient) = learner.gradients(&data.batch(0)).expect("gradients");
            assert!(
                (found - want_loss).abs() < 1e-5 * want_loss,
                "{shape:?}: loss {found} and {want_loss}"
            );
            let error = apart(gradient, &want);
            assert!(error < 2e-5, "{shape:?}: gradients differ by {error:e}");
        }
    }
}

fn small(knobs: usize, hidden: usize, act: Act) -> WaveShape {
    let conv = |kernel, dilation| Conv { kernel, dilation };
    WaveShape {
        arrays: vec![
            Array {
                inputs: 1,
                channels: 5,
                layers: vec![conv(3, 1), conv(2, 4), conv(3, 2)],
                act,
                head: 4,
                head_kernel: 1,
                head_bias: false,
            },
            Array {
                inputs: 5,
                channels: 4,
                layers: vec![conv(3, 3), conv(4, 1)],
                act,
                head: 1,
                head_kernel: 3,
                head_bias: true,
            },
        ],
        knobs,
        hidden,
        head_scale: 0.5,
    }
}

#[test]
fn convolutional_gradients_equal_those_of_autodiff() {
    let device = Device::flex().autodiff();
    let cases =
        [(0, 0, Act::Tanh), (2, 0, Act::Leaky(0.01)), (3, 6, Act::Tanh), (1, 4, Act::Leaky(0.2))];
    for (seed, (knobs, hidden, act)) in cases.into_iter().enumerate() {
        let shape = small(knobs, hidden, act);
        let history = shape.history();
        let data = Data::new(5, history + 100, knobs, seed as u64);
        let mut learner = WaveNetLearner::new(shape.clone(), LOSS, 7);
        // Knobs begin without influence; give them some.
        let mut r = rng(5, 0, 0);
        let plain = shape.plain();
        learner.flat_mut()[plain..].iter_mut().for_each(|w| *w = r.random_range(-0.5..0.5));
        let module = WaveNetModule::new(&shape, learner.flat(), &device).expect("module");
        let told = (knobs > 0).then(|| Data::tensor(&data.knobs, 5, &device));
        let y = module.forward(Data::tensor(&data.input, 5, &device), told.as_ref());
        let loss = data.loss(y, &device);
        let gradients = loss.backward();
        let want = values(module.weights.val().grad(&gradients).expect("gradient"));
        let want_loss = values(loss)[0];
        let (found, gradient) = learner.gradients(&data.batch(history)).expect("gradients");
        assert!(
            (found - want_loss).abs() < 1e-5 * want_loss,
            "case {seed}: loss {found} and {want_loss}"
        );
        let error = apart(gradient, &want);
        assert!(error < 2e-5, "case {seed}: gradients differ by {error:e}");
    }
}
