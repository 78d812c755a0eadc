//! The words of an effect's latents: never equal, and true.

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::random;
use nfx_core::models::ModelFile;
use nfx_learn::spectral::words::{contrast, effects};
use rand::Rng;

/// The built-in models of ANNe.
const BUILT_IN: [&str; 3] = ["general", "tonal", "thesis"];

fn equal(texts: &[String]) -> bool {
    texts.iter().collect::<BTreeSet<_>>().len() < texts.len()
}

#[test]
fn no_two_words_of_a_model_are_equal() {
    for seed in 0..200 {
        let mut r = random(seed);
        let (latents, bands) = (r.random_range(1..=64), r.random_range(1..=17));
        let mut of_all: Vec<Vec<f64>> =
            (0..latents).map(|_| (0..bands).map(|_| r.random_range(-9.0..9.0)).collect()).collect();
        // Some do the same as others, some nothing.
        for k in 0..latents {
            match r.random_range(0..4) {
                0 => of_all[k] = of_all[r.random_range(0..latents)].clone(),
                1 => of_all[k].fill(0.0),
                _ => {}
            }
        }
        let texts = contrast(&of_all);
        assert_eq!(texts.len(), latents);
        assert!(!equal(&texts), "seed {seed}: {texts:#?}");
    }
}

#[test]
fn a_latent_is_told_by_what_the_others_do_not_do() {
    // All of them lift the second band; what tells them is the rest.
    let of_all =
        [vec![-3.0, 5.0, 2.0, -4.0], vec![2.0, 5.0, -3.0, -4.0], vec![-3.0, 5.0, -4.0, 2.0]];
    assert_eq!(
        contrast(&of_all),
        ["lifts 125 Hz, cuts 180 Hz", "lifts 63 Hz, cuts 180 Hz", "lifts 180 Hz, cuts 125 Hz"]
    );
}

#[test]
fn the_built_in_models_have_such_words_and_they_are_true() {
    for name in BUILT_IN {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../models/{name}.safetensors"));
        let file = ModelFile::from_bytes(&std::fs::read(path).expect(name)).expect(name);
        let spectral = file.card.spectral().expect(name);
        let config = spectral.architecture.autoencoder().expect(name);
        let bin_hz = file.card.sample_rate_hz / spectral.stft.fft_size as f64;
        let of_all = effects(config, &file.tensors, &spectral.latents, bin_hz).expect(name);
        let shipped: Vec<String> =
            spectral.latents.iter().map(|latent| latent.label.clone()).collect();
        assert_eq!(shipped, contrast(&of_all), "{name}: `nfx-train words` writes them");
        assert!(!equal(&shipped), "{name}");
        let true_ones =
            shipped.iter().zip(&of_all).filter(|(text, effect)| is_true(text, effect)).count();
        let longest = shipped.iter().map(|text| text.chars().count()).max();
        println!(
            "{name}: {true_ones} of {} are true, the longest has {longest:?} characters",
            shipped.len()
        );
        assert!(true_ones + 3 >= shipped.len() && longest <= Some(27), "{name}");
    }
}

/// Whether the band that a text names first really rises, and the second falls.
fn is_true(text: &str, effect: &[f64]) -> bool {
    let place = |word: &str| {
        let name = text.split(", ").find_map(|part| part.strip_prefix(word))?;
        let hz = name.strip_suffix(" kHz").map_or_else(
            || name.strip_suffix(" Hz").and_then(|hz| hz.parse::<f64>().ok()),
            |khz| khz.parse::<f64>().ok().map(|khz| 1_000.0 * khz),
        )?;
        Some((2.0 * (hz / 63.0).log2()).round() as usize)
    };
    place("lifts ").is_some_and(|band| effect[band] >= 0.0)
        && place("cuts ").is_some_and(|band| effect[band] <= 0.0)
}
