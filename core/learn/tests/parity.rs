//! The burn module and the real-time form of the same weights.

mod common;

use burn::tensor::Device;
use common::{config, frames, random, relative, tensors, told_config};
use nfx_core::engine::anne::GainPosition;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{Autoencoder as RealTime, AutoencoderConfig, CanneModel};
use nfx_core::nn::{Activation, MAX_COLUMNS};
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nfx_learn::spectral::autoencoder::{Autoencoder, Passage, matrix};
use nfx_learn::spectral::export::{PARITY, parity, rounded};
use rand::Rng;

#[test]
fn every_topology_plays_as_it_was_trained() {
    let mut r = random(1);
    for _ in 0..120 {
        let config = config(&mut r);
        let weights = rounded(&tensors(&config, &mut r)).expect("weights");
        let x = frames(config.inputs, 11, &mut r);
        let found = parity(&config, &weights, &x).expect("parity");
        assert!(found <= PARITY, "{found:e} in {config:?}");
    }
}

#[test]
fn every_topology_with_a_condition_plays_as_it_was_trained() {
    let mut r = random(6);
    for _ in 0..60 {
        let config = told_config(&mut r);
        let weights = rounded(&tensors(&config, &mut r)).expect("weights");
        let x = frames(config.inputs, 11, &mut r);
        let found = parity(&config, &weights, &x).expect("parity");
        assert!(found <= PARITY, "{found:e} in {config:?}");
    }
}

#[test]
fn the_instruments_decoder_plays_many_columns_as_it_was_trained() {
    let mut r = random(7);
    let mut config = AutoencoderConfig::uniform(
        &[2049, 64, 8, 64, 128, 256, 512, 2049],
        Activation::LeakyRelu,
        true,
    );
    config.latent_layer = 1;
    config.condition = 61;
    let weights = rounded(&tensors(&config, &mut r)).expect("weights");
    let latents: Vec<f32> = (0..16 * 8).map(|_| r.random_range(-2.0..2.0)).collect();
    let notes: Vec<f32> = (0..16).map(|_| r.random_range(36.0..96.0)).collect();
    let mut told = vec![0.0; 16 * 61];
    told.chunks_mut(61)
        .zip(&notes)
        .for_each(|(row, note): (&mut [f32], &f32)| row[note.round() as usize - 36] = 1.0);
    let device = Device::flex();
    let net = Autoencoder::new(&config, &weights, &device).expect("module");
    let code = burn::tensor::Tensor::cat(
        vec![matrix(&latents, 8, &device), matrix(&told, 61, &device)],
        1,
    );
    let want = net.decode(code).into_data().try_into_vec::<f32>().expect("values");

    let stft = StftConfig::new(4096, 1024, Window::Hann).expect("stft");
    let mut file = ModelFile::random(config, stft, 44_100.0, 1);
    file.tensors = weights;
    let model = CanneModel::from_file(&file).expect("an instrument");
    let mut y = vec![0.0; 16 * 2049];
    model.decode(&mut model.scratch(), &latents, &notes, &mut y);
    let want: Vec<f32> = want.iter().map(|v| v.clamp(0.0, 16.0)).collect();
    let found = relative(&y, &want);
    assert!(found <= f64::from(PARITY), "{found:e}");
}

#[test]
fn the_thesis_network_and_a_wide_residual_one_play_as_trained() {
    let mut r = random(2);
    let mut residual = AutoencoderConfig::hybrid(1025, &[300, 64, 300]);
    residual.shortcut = true;
    residual.layers.iter_mut().for_each(|l| l.bias = true);
    for config in [AutoencoderConfig::hybrid(1025, &[512, 256, 128, 64, 128, 256, 512]), residual] {
        let weights = rounded(&tensors(&config, &mut r)).expect("weights");
        let x = frames(config.inputs, 9, &mut r);
        let found = parity(&config, &weights, &x).expect("parity");
        assert!(found <= PARITY, "{found:e}");
    }
}

#[test]
fn latent_gains_on_either_side_do_the_same_in_both_forms() {
    let mut r = random(3);
    for position in [GainPosition::After, GainPosition::Before] {
        for _ in 0..30 {
            let config = config(&mut r);
            let weights = rounded(&tensors(&config, &mut r)).expect("weights");
            let width = config.latents();
            let gains: Vec<f32> = (0..width).map(|_| r.random_range(0.0..5.5)).collect();
            let x = frames(config.inputs, MAX_COLUMNS, &mut r);

            let device = Device::flex();
            let net = Autoencoder::new(&config, &weights, &device).expect("module");
            let passage = Passage {
                gains: Some((matrix(&gains, width, &device), position)),
                ..Passage::default()
            };
            let want = net
                .forward_with(matrix(&x, config.inputs, &device), &passage)
                .into_data()
                .try_into_vec::<f32>()
                .expect("values");

            let real_time = RealTime::new(&config, &weights).expect("real-time form");
            let mut scratch = real_time.scratch();
            let mut latents = vec![0.0; width * MAX_COLUMNS];
            let mut y = vec![0.0; config.outputs() * MAX_COLUMNS];
            real_time.encode(&mut scratch, MAX_COLUMNS, &x, &mut latents);
            let scale = |latents: &mut [f32]| {
                latents
                    .chunks_mut(width)
                    .for_each(|c| c.iter_mut().zip(&gains).for_each(|(l, g)| *l *= g))
            };
            if position == GainPosition::Before {
                scale(&mut latents);
            }
            real_time.activate(&mut latents);
            if position == GainPosition::After {
                scale(&mut latents);
            }
            real_time.decode(&mut scratch, MAX_COLUMNS, &latents, &mut y);
            let found = relative(&y, &want);
            assert!(found <= f64::from(PARITY), "{found:e} with gains {position:?} in {config:?}");
        }
    }
}

#[test]
fn a_module_gives_back_the_tensors_it_was_made_of() {
    let mut r = random(4);
    for _ in 0..20 {
        let config = config(&mut r);
        let weights = tensors(&config, &mut r);
        let net = Autoencoder::new(&config, &weights, &Device::flex()).expect("module");
        assert_eq!(net.tensors().expect("tensors"), weights);
    }
}

#[test]
fn missing_and_misshapen_tensors_are_refused_by_name() {
    let mut r = random(5);
    let config = AutoencoderConfig::hybrid(9, &[4, 2, 4]);
    let weights = tensors(&config, &mut r);
    let mut missing = weights.clone();
    missing.remove("layers.2.weight");
    let error =
        Autoencoder::new(&config, &missing, &Device::flex()).expect_err("missing").to_string();
    assert!(error.contains("layers.2.weight") && error.contains("none"), "{error}");
    let mut bent = weights;
    bent.get_mut("layers.1.weight").expect("tensor").shape = vec![2, 4];
    let error =
        Autoencoder::new(&config, &bent, &Device::flex()).expect_err("misshapen").to_string();
    assert!(error.contains("layers.1.weight") && error.contains("[4, 2]"), "{error}");
}
