//! Writes model files from `docs/model-format.md` alone, right or deliberately wrong: an
//! independent oracle of the format, and the source of every hostile file.

#![allow(dead_code)] // each test binary uses its own part of this module

use nfx_core::file::{FORMAT_VERSION, ModelError, Precision, Provenance};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{AutoencoderConfig, LatentInfo, LayerConfig};
use nfx_core::nn::Activation;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A tensor as it is to stand in the file, whether or not that makes sense.
#[derive(Clone)]
pub struct Raw {
    pub name: String,
    pub dtype: &'static str,
    pub shape: Vec<u64>,
    pub data: Vec<u8>,
}

impl Raw {
    pub fn f32(name: &str, shape: &[u64], values: &[f32]) -> Raw {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Raw { name: name.to_owned(), dtype: "F32", shape: shape.to_vec(), data }
    }
}

/// The checksum of a file's content, lower-case hexadecimal. The tensors are given in the order of
/// their names.
pub fn checksum(version: u64, config: &str, tensors: &[Raw]) -> String {
    fn piece(all: &mut Vec<u8>, bytes: &[u8]) {
        all.extend((bytes.len() as u64).to_le_bytes());
        all.extend(bytes);
    }
    let mut all = version.to_le_bytes().to_vec();
    piece(&mut all, config.as_bytes());
    for tensor in tensors {
        piece(&mut all, tensor.name.as_bytes());
        piece(&mut all, tensor.dtype.as_bytes());
        piece(
            &mut all,
            &tensor.shape.iter().flat_map(|size| size.to_le_bytes()).collect::<Vec<u8>>(),
        );
        piece(&mut all, &tensor.data);
    }
    Sha256::digest(&all).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A header and data behind their length.
pub fn assemble(header: &str, data: &[u8]) -> Vec<u8> {
    let mut header = header.as_bytes().to_vec();
    header.resize(header.len().next_multiple_of(8), b' ');
    [&(header.len() as u64).to_le_bytes(), header.as_slice(), data].concat()
}

/// The header's JSON for these metadata entries and tensors.
pub fn header(metadata: &[(&str, &str)], tensors: &[Raw]) -> String {
    let string = |text: &str| serde_json::to_string(text).expect("a string");
    let entries: Vec<String> =
        metadata.iter().map(|(key, value)| format!("{}:{}", string(key), string(value))).collect();
    let mut parts = vec![format!("\"__metadata__\":{{{}}}", entries.join(","))];
    let mut start = 0;
    for Raw { name, dtype, shape, data } in tensors {
        let end = start + data.len();
        let shape: Vec<String> = shape.iter().map(u64::to_string).collect();
        let shape = shape.join(",");
        parts.push(format!(
            "{}:{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{start},{end}]}}",
            string(name)
        ));
        start = end;
    }
    format!("{{{}}}", parts.join(","))
}

/// A whole file of the present version with a right checksum, whatever its content.
pub fn file(config: &str, tensors: &[Raw]) -> Vec<u8> {
    file_of(FORMAT_VERSION, config, tensors)
}

/// As [`file`], of any version.
pub fn file_of(version: u64, config: &str, tensors: &[Raw]) -> Vec<u8> {
    let sum = checksum(version, config, tensors);
    let version = version.to_string();
    let metadata = [
        ("config", config),
        ("format", "latent-works-model"),
        ("format_version", &version),
        ("sha256", &sum),
    ];
    let data: Vec<u8> = tensors.iter().flat_map(|tensor| tensor.data.clone()).collect();
    assemble(&header(&metadata, tensors), &data)
}

pub const STFT: StftConfig = StftConfig { fft_size: 2048, hop: 512, window: Window::Hann };

/// A model with every optional part: biases on some layers, a shortcut, a full card.
pub fn model(seed: u64) -> ModelFile {
    let layer = |outputs, activation, bias| LayerConfig { outputs, activation, bias };
    let layers = vec![
        layer(4, Activation::LeakyRelu, true),
        layer(2, Activation::Sigmoid, false),
        layer(4, Activation::Tanh, true),
        layer(5, Activation::Linear, false),
    ];
    let config =
        AutoencoderConfig { inputs: 5, layers, latent_layer: 1, shortcut: true, condition: 0 };
    let mut model = ModelFile::random(config, STFT, 44100.0, seed);
    model.card.provenance = Provenance {
        command: "nfx-train train --seed 7".to_owned(),
        seed: u64::MAX,
        corpus: "a \"corpus\"\nof ünusual words".to_owned(),
        data_licence: "CC0-1.0".to_owned(),
        notices: vec!["first".to_owned(), String::new()],
        trained_by: "nfx-train 0.1.0".to_owned(),
        metrics: BTreeMap::from([
            ("test_mse".to_owned(), 6.912345678901234e-4),
            ("zero".to_owned(), -0.0),
        ]),
    };
    model.card.spectral_mut().unwrap().latents[1] = LatentInfo {
        label: "brighter".to_owned(),
        centroid_hz: 1234.567,
        live: false,
        p05: 1e-30,
        p50: 0.1,
        p95: 0.9,
    };
    model
}

pub fn bytes(model: &ModelFile) -> Vec<u8> {
    model.to_bytes(Precision::F32).expect("a valid model")
}

/// The smallest model there is, as text and numbers to bend.
pub fn small() -> (String, Vec<Raw>) {
    let model = ModelFile::random(
        AutoencoderConfig::uniform(&[3, 1, 3], Activation::Relu, false),
        STFT,
        22050.0,
        1,
    );
    let config = serde_json::to_string(&model.card).expect("a card is JSON");
    let raw = |name: &str| {
        let tensor = &model.tensors[name];
        Raw::f32(
            name,
            &tensor.shape.iter().map(|&size| size as u64).collect::<Vec<_>>(),
            &tensor.data,
        )
    };
    (config, vec![raw("layers.0.weight"), raw("layers.1.weight")])
}

pub fn error(bytes: &[u8]) -> ModelError {
    ModelFile::from_bytes(bytes).expect_err("this file must not load")
}

/// That the message is a sentence with what was expected, what was found, and what state things are
/// in now.
pub fn check_sentence(error: &ModelError) {
    let text = error.to_string();
    assert!(
        text.ends_with("; no model was loaded")
            || text.ends_with("; no model was made")
            || text.ends_with("; nothing was written"),
        "{text}"
    );
    let expected = text.contains("expected ") || text.contains("must be");
    assert!(expected && (text.contains("found ") || text.contains("but is ")), "{text}");
    assert!(text.len() < 600, "{text}");
}
