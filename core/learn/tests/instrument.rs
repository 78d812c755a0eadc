//! Instruments' model files: sliders in order and turned, described and measured, a map, and the
//! decoder alone.

mod common;

use common::{conditions, frames, random, relative, tensors};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{
    AutoencoderConfig, CanneModel, InstrumentInfo, Spectral, SpectralCard,
};
use nfx_core::nn::Activation;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nfx_learn::spectral::instrument::{Look, change_db, decoder_only, instrument_file};
use nfx_learn::spectral::latents::reorder;

const BINS: usize = 129;

fn card(config: &AutoencoderConfig) -> SpectralCard {
    let stft = StftConfig::new(256, 64, Window::Hann).expect("stft");
    let mut spectral = Spectral::new(config.clone(), stft);
    spectral.instrument =
        (config.condition > 0).then(|| InstrumentInfo::standing(36, 35 + config.condition as u8));
    SpectralCard::new("Test", 44_100.0, spectral)
}

fn config(condition: usize) -> AutoencoderConfig {
    let mut config =
        AutoencoderConfig::uniform(&[BINS, 20, 4, 20, BINS], Activation::LeakyRelu, true);
    config.layers[1].activation = Activation::Linear;
    config.layers[3].activation = Activation::Relu;
    config.shortcut = true;
    config.condition = condition;
    config
}

#[test]
fn an_instruments_file_plays_what_was_trained_and_its_decoder_plays_the_same() {
    for condition in [0, 5] {
        let mut r = random(60 + condition as u64);
        let config = config(condition);
        let t = tensors(&config, &mut r);
        let x = frames(BINS, 80, &mut r);
        let told = conditions(&config, 80, &mut r);
        let labels: Vec<String> = (0..80).map(|i| format!("sound {i}")).collect();
        let fundamental = vec![6.0; 80];
        let look = Look {
            input: &x,
            target: &x,
            condition: &told,
            fundamental: &fundamental,
            labels: &labels,
            bin_hz: 44_100.0 / 256.0,
        };
        let file = instrument_file(card(&config), &t, &look).expect("file");
        assert_eq!(file.card.spectral().unwrap().latents.len(), 4);
        for (k, latent) in file.card.spectral().unwrap().latents.iter().enumerate() {
            assert!(latent.p05 < latent.p50 && latent.p50 < latent.p95, "{latent:?}");
            assert!(!latent.label.is_empty());
            assert!(file.card.provenance.metrics[&format!("slider_{}_db", k + 1)] > 0.0);
        }
        let plane = file.card.spectral().unwrap().plane.as_ref().expect("a map");
        let point = &plane.points[7];
        let place = plane.place(&point.latents);
        assert!((place[0] - point.x).abs() < 1e-3 && (place[1] - point.y).abs() < 1e-3);
        let moved = plane.moved(&point.latents, [0.1, -0.2]);
        let place = plane.place(&moved);
        assert!((place[0] - 0.1).abs() < 1e-3 && (place[1] + 0.2).abs() < 1e-3, "{place:?}");

        // The same frame through the old weights and the file, whatever was turned and exchanged.
        let whole =
            ModelFile::from_bytes(&file.to_bytes(Precision::F16).expect("bytes")).expect("read");
        let model = CanneModel::from_file(&whole).expect("an instrument");
        let half = decoder_only(&whole).expect("a decoder");
        let half =
            ModelFile::from_bytes(&half.to_bytes(Precision::F16).expect("bytes")).expect("read");
        let half = CanneModel::from_file(&half).expect("an instrument");
        assert!(model.can_encode() && !half.can_encode() && half.notes() == model.notes());
        let latents = model.encode(&x[..BINS]).expect("latents");
        let (mut a, mut b) = (vec![0.0; BINS], vec![0.0; BINS]);
        model.decode(&mut model.scratch(), &latents, &[38.0], &mut a);
        half.decode(&mut half.scratch(), &latents, &[38.0], &mut b);
        assert!(a == b);
        let mut old = ModelFile { card: card(&config).into(), tensors: t };
        old.card.spectral_mut().unwrap().latents.clear();
        let old = CanneModel::from_file(&old).expect("an instrument");
        let latents = old.encode(&x[..BINS]).expect("latents");
        old.decode(&mut old.scratch(), &latents, &[38.0], &mut b);
        assert!(relative(&a, &b) < 5e-3, "{}", relative(&a, &b));
    }
}

#[test]
fn reordering_keeps_the_rows_of_the_condition() {
    let mut r = random(70);
    let config = config(3);
    let before = tensors(&config, &mut r);
    let mut after = before.clone();
    reorder(&config, &mut after, &[2, 0, 3, 1]);
    for name in ["layers.2.weight", "decoder_shortcut.weight"] {
        let (a, b) = (&before[name], &after[name]);
        assert_eq!(a.data.len(), b.data.len());
        let columns = a.shape[1];
        assert!(a.data[4 * columns..] == b.data[4 * columns..], "{name}");
        assert!(a.data[2 * columns..3 * columns] == b.data[..columns], "{name}");
    }
}

#[test]
fn changes_are_counted_in_decibels_of_what_is_heard() {
    let a = [1.0f32, 0.1, 1e-9, 0.5];
    let b = [1.0f32, 0.01, 1e-5, 0.5];
    // Three bins are heard, one of them changes by 20 dB.
    assert!((change_db(&a, &b, 4) - 20.0 / 3f64.sqrt()).abs() < 1e-6);
    assert_eq!(change_db(&a, &a, 4), 0.0);
}
