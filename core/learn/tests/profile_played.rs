//! What a learner predicts is what the real-time form of its weights plays, with the knobs anywhere.

use nfx_core::model::{ModelCard, ModelFile};
use nfx_core::nn::CellKind;
use nfx_core::profile::dynamics::DynamicsConfig;
use nfx_core::profile::{KnobConfig, KnobInfo, ProfileConfig, ProfileInfo, RecurrentConfig, WaveNetConfig};
use nfx_learn::profile::dynamics::DynamicsLearner;
use nfx_learn::profile::export::{PARITY, parity};
use nfx_learn::profile::loss::LossConfig;
use nfx_learn::profile::recurrent::{RecurrentLearner, Shape as RecurrentShape};
use nfx_learn::profile::wavenet::{Shape as WaveNetShape, WaveNetLearner};
use nfx_learn::profile::{PairBatch, ProfileLearner};

/// A few steps towards something arbitrary: every weight moves away from where it began.
fn stir(learner: &mut dyn ProfileLearner, knobs: usize) {
    let plan = learner.plan();
    let (segments, samples) = (4, plan.warm_up + 256);
    let noise = |n: usize, mut seed: u32| -> Vec<f32> {
        (0..n)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    };
    for step in 0..4 {
        let input = noise(segments * samples, step + 1);
        let target: Vec<f32> = input.iter().map(|x| 0.4 - 0.5 * x.abs()).collect();
        let (knobs, weights) = (noise(segments * knobs, step + 77), vec![4.0; segments]);
        let batch = PairBatch { warm_up: plan.warm_up, ..PairBatch::new(&input, &target, &knobs, &weights) };
        learner.step(0.05, &batch).unwrap();
    }
}

fn held(learner: &mut dyn ProfileLearner, knobs: usize) {
    stir(learner, knobs);
    let info = (0..knobs).map(|_| KnobInfo::linear("Knob", 0.0, 10.0, 2.0)).collect();
    let info = ProfileInfo { knobs: info, ..ProfileInfo::default() };
    let card = ModelCard::for_profile("Stirred", 44_100.0, learner.config(), info);
    let file = ModelFile { card, tensors: learner.tensors().unwrap() };
    let input: Vec<f32> = (0..6000).map(|n| 0.5 * (n as f32 * 0.05).sin()).collect();
    for place in [-1.0f32, 0.3, 1.0] {
        let found = parity(learner, &file, (&input, &vec![place; knobs])).unwrap();
        assert!(found < PARITY, "{:?} with knobs at {place}: {found:e}", learner.config().family());
    }
    // What was written is what is read.
    let before = learner.predict(&input, None, &vec![0.5; knobs]).unwrap();
    learner.set_tensors(&file.tensors).unwrap();
    let after = learner.predict(&input, None, &vec![0.5; knobs]).unwrap();
    let worst = before.iter().zip(&after).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
    assert!(worst < 1e-5, "{worst:e}");
}

#[test]
fn wavenets_with_knobs() {
    for (width, head, hidden) in [(8, 4, 0), (10, 5, 16), (5, 3, 4)] {
        let mut config = WaveNetConfig::a1(width, head);
        config.knobs = Some(KnobConfig { count: 2, hidden });
        let shape = WaveNetShape::of(&config, 0.5).unwrap();
        held(&mut WaveNetLearner::new(shape, LossConfig::default(), 3), 2);
    }
}

#[test]
fn recurrent_networks_with_knobs() {
    for (kind, width, layers) in [(CellKind::Lstm, 8, 1), (CellKind::Gru, 5, 2)] {
        let ProfileConfig::Recurrent(config) =
            ProfileConfig::Recurrent(RecurrentConfig::new(kind, width, layers, 2, false))
        else {
            unreachable!()
        };
        let shape = RecurrentShape::of(&config).unwrap();
        held(&mut RecurrentLearner::new(shape, LossConfig::default(), 3), 2);
    }
}

#[test]
fn dynamics_processors_with_knobs() {
    held(&mut DynamicsLearner::new(&DynamicsConfig::with_knobs(2), 1).unwrap(), 2);
}
