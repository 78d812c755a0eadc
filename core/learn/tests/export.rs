//! Model files: latents sorted and described, parity enforced, nothing lost.

mod common;

use burn::tensor::Device;
use common::{frames, random, relative, tensors};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{AutoencoderConfig, Spectral, SpectralCard};
use nfx_core::nn::Activation;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nfx_learn::Tensors;
use nfx_learn::spectral::autoencoder::matrix;
use nfx_learn::spectral::export::{import, model_file, rounded};
use nfx_learn::spectral::latents;
use nfx_learn::spectral::latents::{order, reorder};

fn card(config: &AutoencoderConfig) -> SpectralCard {
    let stft = StftConfig::new(256, 64, Window::Hann).expect("stft");
    let spectral = Spectral::new(config.clone(), stft);
    SpectralCard::new("Test", 44_100.0, spectral)
}

/// Three latents that each stand for one band, one of them never used: high, dead, low.
fn bands() -> (AutoencoderConfig, Tensors, Vec<f32>) {
    let bins = 129;
    let mut config = AutoencoderConfig::uniform(&[bins, 3, bins], Activation::Relu, false);
    config.latent_layer = 0;
    let mut r = random(50);
    let mut t = tensors(&config, &mut r);
    let (encoder, decoder) = (vec![0.0; bins * 3], vec![0.0; 3 * bins]);
    let mut fill = [encoder, decoder];
    for bin in 0..bins {
        let latent = if bin >= 100 {
            0
        } else if bin < 30 {
            2
        } else {
            continue;
        };
        let count = if latent == 0 { 29.0 } else { 30.0 };
        fill[0][bin * 3 + latent] = 1.0 / count;
        fill[1][latent * bins + bin] = 1.0;
    }
    let [encoder, decoder] = fill;
    t.get_mut("layers.0.weight").expect("encoder").data = encoder;
    t.get_mut("layers.1.weight").expect("decoder").data = decoder;
    let mut x = Vec::new();
    for n in 0..40 {
        let (low, high) = (0.5 + 0.5 * (n as f32).sin(), 0.5 + 0.5 * (1.7 * n as f32).cos());
        x.extend((0..bins).map(|b| {
            if b < 30 {
                low
            } else if b >= 100 {
                high
            } else {
                0.0
            }
        }));
    }
    (config, t, x)
}

#[test]
fn latents_are_sorted_by_what_they_do_and_dead_ones_come_last() {
    let (config, t, x) = bands();
    let found = latents::describe(&config, &t, &x, 44_100.0 / 256.0).expect("describe");
    assert_eq!(found.iter().map(|l| l.live).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(order(&found), [2, 0, 1]);
    assert!(found[2].centroid_hz < 5_200.0 && found[0].centroid_hz > 17_000.0);
    let says = |label: &str, words: [&str; 2]| words.iter().any(|w| label.contains(w));
    assert!(says(&found[0].label, ["brighter", "higher"]), "{}", found[0].label);
    assert!(says(&found[2].label, ["darker", "lower"]), "{}", found[2].label);
    assert!(found[0].p05 <= found[0].p50 && found[0].p50 <= found[0].p95);
    let file = model_file(card(&config), &t, &x).expect("file");
    let labels: Vec<_> = file.card.spectral().unwrap().latents.iter().map(|l| l.live).collect();
    assert_eq!(labels, [true, true, false]);
    assert!(
        file.card.spectral().unwrap().latents[0].centroid_hz
            < file.card.spectral().unwrap().latents[1].centroid_hz
    );
}

#[test]
fn reordering_changes_nothing_that_is_heard() {
    let mut r = random(51);
    for shortcut in [false, true] {
        let mut config = AutoencoderConfig::hybrid(40, &[20, 7, 20]);
        config.shortcut = shortcut;
        config.layers[1].bias = true;
        let before = tensors(&config, &mut r);
        let mut after = before.clone();
        reorder(&config, &mut after, &[3, 1, 6, 0, 2, 5, 4]);
        assert_ne!(before, after);
        let x = frames(40, 6, &mut r);
        let run = |t: &Tensors| {
            let net =
                nfx_learn::spectral::autoencoder::Autoencoder::new(&config, t, &Device::flex())
                    .expect("module");
            net.forward(matrix(&x, 40, &Device::flex()))
                .into_data()
                .try_into_vec::<f32>()
                .expect("values")
        };
        assert!(relative(&run(&after), &run(&before)) < 1e-6);
    }
}

#[test]
fn a_model_file_comes_back_as_it_was_written() {
    let (config, t, x) = bands();
    let file = model_file(card(&config), &t, &x).expect("file");
    let again =
        ModelFile::from_bytes(&file.to_bytes(Precision::F16).expect("bytes")).expect("read");
    assert_eq!(file, again, "weights are rounded to half precision before they are written");
    let net = import(&again, &Device::flex()).expect("import");
    assert_eq!(net.tensors().expect("tensors"), file.tensors);
}

#[test]
fn weights_that_half_precision_cannot_hold_make_no_file() {
    let (config, mut t, x) = bands();
    t.get_mut("layers.0.weight").expect("encoder").data[0] = 1e6;
    let error = model_file(card(&config), &t, &x).expect_err("too large").to_string();
    assert!(error.contains("65504") && error.contains("layers.0.weight"), "{error}");
    assert!(rounded(&t).is_err());
    t.get_mut("layers.0.weight").expect("encoder").data[0] = f32::NAN;
    assert!(model_file(card(&config), &t, &x).is_err());
}

#[test]
fn a_form_that_disagrees_is_refused() {
    // Sums that overflow: nothing that is infinite or not a number agrees with anything.
    let mut config = AutoencoderConfig::uniform(
        &[129, 4, 4, 4, 4, 4, 4, 4, 4, 4, 129],
        Activation::Linear,
        false,
    );
    config.latent_layer = 4;
    let mut t = tensors(&config, &mut random(52));
    t.values_mut().flat_map(|t| &mut t.data).for_each(|v| *v = 60_000.0);
    let x = frames(129, 10, &mut random(53));
    let error = model_file(card(&config), &t, &x).expect_err("disagreement").to_string();
    assert!(
        error.contains("expected the real-time form") && error.contains("no model file was made"),
        "{error}"
    );
}
