//! What a training promises, on the devices that `nfx-lab trainings` has for it.

use std::path::Path;

use nfx_lab::trainings::devices::optical;
use nfx_train::audio::write_float_wav;
use nfx_train::profile::family::Size;
use nfx_train::profile::fit::FitConfig;
use nfx_train::profile::pairs::{PairFiles, Pairs, ReadOptions};
use nfx_train::profile::run::{Job, start};
use nfx_train::profile::signal::test_signal;

const RATE: f64 = 8_000.0;

/// A drive into a filter of one pole.
fn drive(x: &[f32]) -> Vec<f32> {
    let mut y = 0.0;
    x.iter()
        .map(|x| {
            y += 0.6 * ((3.0 * x).tanh() - y);
            y
        })
        .collect()
}

/// A short training on the test signal and what a device makes of it, its family left to the
/// trainer.
fn job(folder: &Path, device: impl Fn(&[f32]) -> Vec<f32>) -> Job {
    let x = test_signal(20.0, RATE).expect("a signal");
    let [input, target] = ["input.wav", "target.wav"].map(|name| folder.join(name));
    write_float_wav(&target, &[device(&x)], RATE).expect("a file");
    write_float_wav(&input, &[x], RATE).expect("a file");
    Job {
        name: "Small".into(),
        description: String::new(),
        pairs: Pairs {
            files: vec![PairFiles { input, target, ..Default::default() }],
            knobs: Vec::new(),
        },
        read: ReadOptions::default(),
        families: Vec::new(),
        size: Size { width: Some(4), ..Default::default() },
        fit: FitConfig { steps: Some(60), looks: 5, ..FitConfig::new(1e6) },
        from: None,
        info: Default::default(),
        licence: "CC0".into(),
        command: "profile".into(),
    }
}

#[test]
fn a_dynamics_processor_is_tried_whatever_the_device_looks_like_and_nothing_is_worse_than_a_gain() {
    type Device = fn(&[f32]) -> Vec<f32>;
    let devices: [Device; 3] = [|x| optical(x, RATE, true), |x| optical(x, RATE, false), drive];
    for device in devices {
        let folder = tempfile::tempdir().expect("a folder");
        let run = folder.path().join("run");
        let finished = start(&job(folder.path(), device), &run).expect("a model");
        let state = std::fs::read_to_string(run.join("state.json")).expect("how it chose");
        assert!(state.contains("dynamics"), "{state}");
        let f = &finished.figures;
        assert!(
            f.model.esr <= 1.001 * f.baselines.gain,
            "{} beside {}",
            f.model.esr,
            f.baselines.gain
        );
    }
}
