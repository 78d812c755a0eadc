//! What a learner predicts is what the real-time form of its weights plays, with the knobs anywhere
//! and however long it remembers.

use nfx_core::models::effect::dynamics::DynamicsConfig;
use nfx_core::models::effect::{
    KnobConfig, KnobInfo, ProfileConfig, ProfileInfo, RecurrentConfig, WaveNetConfig,
};
use nfx_core::models::{ModelCard, ModelFile};
use nfx_core::nn::CellKind;
use nfx_learn::effect::dynamics::DynamicsLearner;
use nfx_learn::effect::export::{PARITY, parity};
use nfx_learn::effect::loss::LossConfig;
use nfx_learn::effect::recurrent::{RecurrentLearner, Shape as RecurrentShape};
use nfx_learn::effect::wavenet::{Shape as WaveNetShape, WaveNetLearner};
use nfx_learn::effect::{PairBatch, ProfileLearner};

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
        let batch = PairBatch {
            warm_up: plan.warm_up,
            ..PairBatch::new(&input, &target, &knobs, &weights)
        };
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
        let found = parity(learner, &file, &input, &vec![place; knobs]).unwrap();
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

/// Music at 48 kHz with silences in it: notes that die away, seconds of nothing.
fn with_silences(seconds: usize) -> Vec<f32> {
    (0..seconds * 48_000)
        .map(|i| {
            let (note, at) = (i / 24_000, i % 24_000);
            let t = i as f32 / 48_000.0;
            let pitch = 80.0 * (1 + note % 5) as f32;
            let fades = (-(at as f32) / 6_000.0).exp();
            if note % 6 > 3 { 0.0 } else { 0.7 * fades * (std::f32::consts::TAU * pitch * t).sin() }
        })
        .collect()
}

#[test]
fn networks_that_remember_for_seconds_play_as_they_were_trained_over_long_sound_with_silences() {
    let input = with_silences(8);
    for kind in [CellKind::Lstm, CellKind::Gru] {
        // Gates that let go within 0.1, 0.6 and 2 s, as a compressor's release asks for.
        for gate in [8.5f32, 10.2, 11.5] {
            for seed in 0..2 {
                let shape =
                    RecurrentShape { cell: kind, hidden: 12, layers: 1, knobs: 0, skip: false };
                let mut learner = RecurrentLearner::new(shape, LossConfig::default(), seed);
                stir(&mut learner, 0);
                let mut tensors = learner.tensors().unwrap();
                let gates = &mut tensors.get_mut("layers.0.bias").unwrap().data;
                for i in 0..6 {
                    gates[12 + i] = gate + 0.05 * i as f32;
                    if kind == CellKind::Lstm {
                        // It takes in as little as it lets go: a mean over that time, which no tanh
                        // hides.
                        gates[i] = -gates[12 + i];
                    }
                }
                learner.set_tensors(&tensors).unwrap();
                let card = ModelCard::for_profile(
                    "Slow",
                    48_000.0,
                    learner.config(),
                    ProfileInfo::default(),
                );
                let file = ModelFile { card, tensors };
                let found = parity(&mut learner, &file, &input, &[]).unwrap();
                assert!(found < PARITY, "{kind:?} {gate} {seed}: {found:e}");
            }
        }
    }
}

#[test]
fn a_network_at_rest_is_not_judged_by_its_rounding() {
    let shape =
        RecurrentShape { cell: CellKind::Lstm, hidden: 8, layers: 1, knobs: 0, skip: false };
    let mut learner = RecurrentLearner::new(shape, LossConfig::default(), 1);
    let mut tensors = learner.tensors().unwrap();
    // An output of 1e-6 and less: what is played in a recording's silence.
    tensors.get_mut("head.weight").unwrap().data.iter_mut().for_each(|w| *w *= 1e-6);
    tensors.get_mut("head.bias").unwrap().data[0] = 0.0;
    learner.set_tensors(&tensors).unwrap();
    let card = ModelCard::for_profile("Quiet", 48_000.0, learner.config(), ProfileInfo::default());
    let file = ModelFile { card, tensors };
    let found = parity(&mut learner, &file, &[0.0; 4_000], &[]).unwrap();
    assert!(found < 1e-6, "{found:e}");
}
