//! The model file: round trips, and an error of its own for each way in which a file can be wrong.

mod forge;

use forge::Raw;
use nfx_core::model::{
    Architecture, AutoencoderConfig, LatentInfo, LayerConfig, MAX_HEADER_BYTES, ModelCard, ModelError, ModelFile,
    Precision, Provenance, Tensor, file_hash,
};
use nfx_core::nn::Activation;
use nfx_core::stft::StftConfig;
use nfx_core::window::Window;
use proptest::prelude::*;
use std::collections::BTreeMap;

const STFT: StftConfig = StftConfig { fft_size: 2048, hop: 512, window: Window::Hann };

/// A model with every optional part: biases on some layers, a shortcut, a full card.
fn model(seed: u64) -> ModelFile {
    let layer = |outputs, activation, bias| LayerConfig { outputs, activation, bias };
    let layers = vec![
        layer(4, Activation::LeakyRelu, true),
        layer(2, Activation::Sigmoid, false),
        layer(4, Activation::Tanh, true),
        layer(5, Activation::Linear, false),
    ];
    let config = AutoencoderConfig { inputs: 5, layers, latent_layer: 1, shortcut: true };
    let mut model = ModelFile::random(config, STFT, 44100.0, seed);
    model.card.provenance = Provenance {
        command: "nfx-train train --seed 7".to_owned(),
        seed: u64::MAX,
        corpus: "a \"corpus\"\nof ünusual words".to_owned(),
        data_licence: "CC0-1.0".to_owned(),
        notices: vec!["first".to_owned(), String::new()],
        trained_by: "nfx-train 0.1.0".to_owned(),
        metrics: BTreeMap::from([("test_mse".to_owned(), 6.912345678901234e-4), ("zero".to_owned(), -0.0)]),
    };
    model.card.latents[1] =
        LatentInfo { label: "brighter".to_owned(), centroid_hz: 1234.567, live: false, p05: 1e-30, p50: 0.1, p95: 0.9 };
    model
}

fn bytes(model: &ModelFile) -> Vec<u8> {
    model.to_bytes(Precision::F32).expect("a valid model")
}

/// The smallest model there is, as text and numbers to bend.
fn small() -> (String, Vec<Raw>) {
    let model = ModelFile::random(AutoencoderConfig::uniform(&[3, 1, 3], Activation::Relu, false), STFT, 22050.0, 1);
    let config = serde_json::to_string(&model.card).expect("a card is JSON");
    let raw = |name: &str| {
        let tensor = &model.tensors[name];
        Raw::f32(name, &tensor.shape.iter().map(|&size| size as u64).collect::<Vec<_>>(), &tensor.data)
    };
    (config, vec![raw("layers.0.weight"), raw("layers.1.weight")])
}

fn error(bytes: &[u8]) -> ModelError {
    ModelFile::from_bytes(bytes).expect_err("this file must not load")
}

/// That the message is a sentence with what was expected, what was found, and what state things are in now.
fn check_sentence(error: &ModelError) {
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

#[test]
fn single_precision_comes_back_to_the_bit() {
    let model = model(3);
    let read = ModelFile::from_bytes(&bytes(&model)).expect("its own bytes");
    assert_eq!(read, model);
    assert_eq!(read.card.provenance.metrics["zero"].to_bits(), (-0.0f64).to_bits());
    assert_eq!(bytes(&read), bytes(&model));
}

#[test]
fn half_precision_rounds_once_and_then_stays() {
    let model = model(4);
    let first = model.to_bytes(Precision::F16).expect("a valid model");
    let read = ModelFile::from_bytes(&first).expect("its own bytes");
    assert_eq!(read.card, model.card);
    for (name, tensor) in &model.tensors {
        for (value, rounded) in tensor.data.iter().zip(&read.tensors[name].data) {
            assert_eq!(*rounded, half::f16::from_f32(*value).to_f32(), "{name}");
        }
    }
    assert_eq!(read.to_bytes(Precision::F16).expect("a valid model"), first);
    assert!(first.len() < bytes(&model).len());
}

#[test]
fn half_precision_reads_the_same_as_its_values_in_single_precision() {
    let halves =
        ModelFile::from_bytes(&model(4).to_bytes(Precision::F16).expect("a valid model")).expect("its own bytes");
    assert_eq!(ModelFile::from_bytes(&bytes(&halves)).expect("its own bytes"), halves);
}

#[test]
fn the_bytes_are_those_of_the_format_as_documented() {
    let (config, tensors) = small();
    let model = ModelFile::from_bytes(&forge::file(&config, &tensors)).expect("a file made by the book");
    assert_eq!(bytes(&model), forge::file(&config, &tensors));
    assert_eq!(bytes(&model).len() % 4, 0);
}

#[test]
fn any_safetensors_reader_reads_it() {
    let model = model(5);
    let bytes = bytes(&model);
    let plain = safetensors::SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let mut names: Vec<_> = plain.names().into_iter().map(str::to_owned).collect();
    names.sort();
    assert_eq!(names, model.tensors.keys().cloned().collect::<Vec<_>>());
    let weight = plain.tensor("layers.0.weight").expect("the first layer");
    assert_eq!(weight.shape(), [5, 4]);
    let first = f32::from_le_bytes(weight.data()[..4].try_into().expect("four bytes"));
    assert_eq!(first, model.tensors["layers.0.weight"].data[0]);
}

#[test]
fn the_hash_is_the_sha256_of_the_whole_file() {
    assert_eq!(file_hash(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn random_models_are_the_same_each_time_and_hold_what_the_config_asks_for() {
    assert_eq!(model(9), model(9));
    assert_ne!(model(9).tensors, model(10).tensors);
    // Frozen: a benchmark or a golden test may rest on these numbers.
    let (_, tensors) = small();
    let firsts: Vec<f32> = tensors[0].data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    assert_eq!(firsts, FROZEN);
    let hybrid =
        ModelFile::random(AutoencoderConfig::hybrid(1025, &[512, 256, 128, 64, 128, 256, 512]), STFT, 22050.0, 1);
    assert!(hybrid.validate().is_ok());
    assert_eq!(hybrid.tensors.values().map(|tensor| tensor.data.len()).sum::<usize>(), 1_393_664);
    let weights = &hybrid.tensors["layers.0.weight"].data;
    let mean = weights.iter().sum::<f32>() / weights.len() as f32;
    let variance = weights.iter().map(|w| w * w).sum::<f32>() / weights.len() as f32;
    assert!(mean.abs() < 1e-3 && (variance / (2.0 / 1025.0) - 1.0).abs() < 0.02, "mean {mean}, variance {variance}");
    let impossible =
        ModelFile::random(AutoencoderConfig::uniform(&[usize::MAX, 3, 3], Activation::Relu, true), STFT, 44100.0, 1);
    assert!(impossible.tensors.is_empty() && impossible.to_bytes(Precision::F32).is_err());
}

const FROZEN: [f32; 3] = [0.0, 0.0, 0.0];

#[test]
fn every_single_truncation_is_an_error() {
    let (config, tensors) = small();
    let whole = forge::file(&config, &tensors);
    for end in 0..whole.len() {
        let found = error(&whole[..end]);
        assert!(
            matches!(found, ModelError::Truncated { found, expected } if found == end as u64 && expected > found),
            "cut at {end}: {found:?}"
        );
        check_sentence(&found);
    }
}

#[test]
fn every_single_bit_flip_is_an_error() {
    let (config, tensors) = small();
    let whole = forge::file(&config, &tensors);
    for bit in 0..whole.len() * 8 {
        let mut bent = whole.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        match ModelFile::from_bytes(&bent) {
            Err(error) => check_sentence(&error),
            Ok(_) => panic!("bit {bit} of {} was flipped and nobody saw it", whole.len() * 8),
        }
    }
}

#[test]
fn something_after_the_last_tensor_is_an_error() {
    let (config, tensors) = small();
    let mut whole = forge::file(&config, &tensors);
    let expected = whole.len() as u64;
    whole.push(0);
    assert_eq!(error(&whole), ModelError::TrailingBytes { expected, found: expected + 1 });
}

#[test]
fn a_header_that_claims_more_than_the_file_is_an_error() {
    let claim = |claimed: u64| error(&[&claimed.to_le_bytes(), b"{}".as_slice()].concat());
    for claimed in [0, 1, MAX_HEADER_BYTES as u64 + 1, 1 << 40, u64::MAX] {
        assert_eq!(claim(claimed), ModelError::HeaderSize { claimed });
    }
    assert_eq!(claim(3), ModelError::Truncated { expected: 11, found: 10 });
    assert_eq!(
        claim(MAX_HEADER_BYTES as u64),
        ModelError::Truncated { expected: 8 + MAX_HEADER_BYTES as u64, found: 10 }
    );
    check_sentence(&claim(u64::MAX));
}

#[test]
fn tensors_that_claim_more_than_the_file_are_an_error() {
    let (config, mut tensors) = small();
    let metadata =
        [("config", config.as_str()), ("format", "latent-works-model"), ("format_version", "1"), ("sha256", "")];
    let header = |tensors: &[Raw]| forge::header(&metadata, tensors);
    // 4 TiB of zeros that are not there.
    let honest = header(&tensors);
    let huge = honest.replace(
        "\"shape\":[3,1],\"data_offsets\":[0,12]",
        "\"shape\":[1099511627776],\"data_offsets\":[0,4398046511104]",
    );
    let huge = huge.replace("[12,24]", "[4398046511104,4398046511116]");
    assert_ne!(huge, honest);
    assert!(matches!(error(&forge::assemble(&huge, &[0; 24])), ModelError::Truncated { .. }));
    // A shape whose product overflows, offsets that overlap, leave a gap, run backwards, or do not fit the shape.
    tensors[0].shape = vec![u64::MAX, u64::MAX];
    assert!(matches!(error(&forge::file(&config, &tensors)), ModelError::Header { .. }));
    for (from, to) in [
        ("[12,24]", "[11,23]"),
        ("[12,24]", "[13,25]"),
        ("[12,24]", "[24,12]"),
        ("[12,24]", "[12,23]"),
        ("[0,12]", "[-1,12]"),
    ] {
        let bent = forge::assemble(&honest.replace(from, to), &[0; 24]);
        let found = error(&bent);
        assert!(matches!(found, ModelError::Header { .. }), "{to}: {found:?}");
        check_sentence(&found);
    }
}

#[test]
fn what_is_no_header_is_an_error() {
    let deep = "[".repeat(100_000);
    let nested = format!("{{\"a\":{}", "{\"a\":".repeat(100_000));
    for header in
        ["", "{", "[]", " {}", "null", "\u{0}", "{\"a\":1}", "{\"__metadata__\":{\"format\":3}}", &deep, &nested]
    {
        let found = error(&forge::assemble(&format!("{header} "), &[]));
        assert!(matches!(found, ModelError::Header { .. }), "{found:?}");
        check_sentence(&found);
    }
    let mut not_text = forge::assemble("{\"abcdef\":1}", &[]);
    not_text[10] = 0xff;
    assert!(matches!(error(&not_text), ModelError::Header { .. }));
}

#[test]
fn files_of_another_kind_or_version_are_named() {
    let (config, tensors) = small();
    let data: Vec<u8> = tensors.iter().flat_map(|tensor| tensor.data.clone()).collect();
    let with = |metadata: &[(&str, &str)]| error(&forge::assemble(&forge::header(metadata, &tensors), &data));
    let ours = ("format", "latent-works-model");
    assert_eq!(with(&[]), ModelError::NotAModel { found: None });
    assert_eq!(with(&[("format", "pt")]), ModelError::NotAModel { found: Some("pt".to_owned()) });
    assert_eq!(with(&[ours]), ModelError::UnknownVersion { found: None });
    for version in ["0", "", "one", "01", "+1", "-1", "1.0", " 1", "18446744073709551616"] {
        assert_eq!(
            with(&[ours, ("format_version", version)]),
            ModelError::UnknownVersion { found: Some(version.to_owned()) }
        );
    }
    assert_eq!(with(&[ours, ("format_version", "2")]), ModelError::NewerVersion { found: 2 });
    assert_eq!(with(&[ours, ("format_version", "18446744073709551615")]), ModelError::NewerVersion { found: u64::MAX });
    assert_eq!(with(&[ours, ("format_version", "1")]), ModelError::MissingMetadata { key: "config" });
    let version = ("format_version", "1");
    assert_eq!(with(&[ours, version, ("config", &config)]), ModelError::MissingMetadata { key: "sha256" });
    let long = "x".repeat(10_000);
    for found in [with(&[("format", &long)]), with(&[ours, ("format_version", &long)]), with(&[ours, version])] {
        check_sentence(&found);
    }
    let found = with(&[ours, version, ("config", &config), ("sha256", &long)]);
    assert!(matches!(found, ModelError::Checksum { .. }));
    check_sentence(&found);
}

#[test]
fn a_checksum_in_upper_case_or_of_other_content_is_an_error() {
    let (config, tensors) = small();
    let sum = forge::checksum(1, &config, &tensors);
    let whole = String::from_utf8_lossy(&forge::file(&config, &tensors)).contains(&sum);
    assert!(whole, "the sum stands in the file as text");
    // Two tensors of one size that change places.
    let mut swapped = tensors.clone();
    let (first, second) = swapped.split_at_mut(1);
    std::mem::swap(&mut first[0].data, &mut second[0].data);
    for (sum, tensors) in [(sum.to_uppercase(), &tensors), (sum, &swapped)] {
        let metadata =
            [("config", config.as_str()), ("format", "latent-works-model"), ("format_version", "1"), ("sha256", &sum)];
        let data: Vec<u8> = tensors.iter().flat_map(|tensor| tensor.data.clone()).collect();
        assert!(matches!(
            error(&forge::assemble(&forge::header(&metadata, tensors), &data)),
            ModelError::Checksum { .. }
        ));
    }
}

#[test]
fn tensors_that_do_not_fit_the_config_are_named() {
    let (config, tensors) = small();
    let with = |change: &dyn Fn(&mut Vec<Raw>)| {
        let mut tensors = tensors.clone();
        change(&mut tensors);
        let found = error(&forge::file(&config, &tensors));
        check_sentence(&found);
        found
    };
    let name = "layers.1.weight".to_owned();
    assert_eq!(with(&|t| t.truncate(1)), ModelError::MissingTensor { name: name.clone() });
    assert_eq!(with(&|t| t.clear()), ModelError::MissingTensor { name: "layers.0.weight".to_owned() });
    let extra = Raw::f32("layers.2.weight", &[1], &[0.0]);
    assert_eq!(with(&|t| t.push(extra.clone())), ModelError::ExtraTensor { name: extra.name.clone() });
    // An extra tensor without a single byte.
    let empty = Raw::f32("nothing", &[0], &[]);
    assert_eq!(with(&|t| t.push(empty.clone())), ModelError::ExtraTensor { name: empty.name.clone() });
    for shape in [vec![3, 1], vec![3], vec![1, 3, 1], vec![1, 1, 3]] {
        let found = shape.iter().map(|&size| size as usize).collect();
        let expected = vec![1, 3];
        assert_eq!(
            with(&|t| t[1].shape = shape.clone()),
            ModelError::WrongShape { name: name.clone(), expected, found }
        );
    }
    let wider = Raw::f32(&name, &[1, 4], &[0.0; 4]);
    assert_eq!(
        with(&|t| t[1] = wider.clone()),
        ModelError::WrongShape { name: name.clone(), expected: vec![1, 3], found: vec![1, 4] }
    );
    for dtype in ["I32", "U32"] {
        assert_eq!(
            with(&|t| t[1].dtype = dtype),
            ModelError::WrongType { name: name.clone(), found: dtype.to_owned() }
        );
    }
    let bf16 = Raw { dtype: "BF16", data: vec![0; 6], ..tensors[1].clone() };
    assert_eq!(with(&|t| t[1] = bf16.clone()), ModelError::WrongType { name: name.clone(), found: "BF16".to_owned() });
}

#[test]
fn weights_that_are_no_numbers_are_named() {
    let (config, tensors) = small();
    let name = "layers.0.weight".to_owned();
    for (value, words) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let mut bent = tensors.clone();
        bent[0] = Raw::f32(&name, &[3, 1], &[1.0, 2.0, value]);
        let expected = ModelError::NotFinite { name: name.clone(), index: 2, value: words.to_owned() };
        assert_eq!(error(&forge::file(&config, &bent)), expected);
        let half = half::f16::from_f32(value).to_le_bytes();
        bent[0] = Raw { dtype: "F16", data: [[0, 0], [0, 0], half].concat(), ..bent[0].clone() };
        assert_eq!(error(&forge::file(&config, &bent)), expected);
        check_sentence(&expected);
    }
    // Subnormal and extreme, but finite numbers are welcome.
    let mut bent = tensors.clone();
    bent[0] = Raw::f32(&name, &[3, 1], &[f32::MIN_POSITIVE / 4.0, f32::MAX, -0.0]);
    let read = ModelFile::from_bytes(&forge::file(&config, &bent)).expect("finite weights");
    assert_eq!(read.tensors[&name].data[0], f32::MIN_POSITIVE / 4.0);
}

#[test]
fn cards_that_cannot_be_are_refused() {
    let (config, tensors) = small();
    let with = |from: &str, to: &str| {
        let bent = config.replace(from, to);
        assert_ne!(bent, config, "the test must change something: {from}");
        let found = error(&forge::file(&bent, &tensors));
        check_sentence(&found);
        found
    };
    let kind =
        |found: &str| ModelError::UnknownArchitecture { found: found.to_owned(), known: "autoencoder".to_owned() };
    assert_eq!(with("\"kind\":\"autoencoder\"", "\"kind\":\"lstm\""), kind("lstm"));
    assert!(matches!(with("\"kind\":\"autoencoder\"", "\"kind\":7"), ModelError::Card { .. }));
    assert!(matches!(with("\"sample_rate_hz\":22050.0,", ""), ModelError::Card { .. }));
    assert!(matches!(with("\"inputs\":3", "\"inputs\":-3"), ModelError::Card { .. }));
    assert!(
        matches!(with("\"inputs\":3", "\"inputs\":3,\"attention\":true"), ModelError::Card { .. }),
        "an unknown part of a network"
    );
    assert!(matches!(with("\"window\":\"hann\"", "\"window\":\"kaiser\""), ModelError::Card { .. }));
    assert!(matches!(with("{\"name\"", "[{\"name\""), ModelError::Card { .. }));
    assert!(matches!(with("\"fft_size\":2048", "\"fft_size\":2000"), ModelError::Stft(_)));
    assert!(matches!(with("\"hop\":512", "\"hop\":511"), ModelError::Stft(_)));
    for rate in ["0", "-44100", "999", "1e9", "1e300"] {
        assert!(matches!(with("22050.0", rate), ModelError::Config(_)), "{rate}");
    }
    for (from, to) in [
        ("\"latent_layer\":0", "\"latent_layer\":1"),
        ("\"latent_layer\":0", "\"latent_layer\":18446744073709551615"),
        ("\"inputs\":3", "\"inputs\":0"),
        ("\"inputs\":3", "\"inputs\":18446744073709551615"),
        ("\"outputs\":1", "\"outputs\":65537"),
        ("\"label\"", "\"label\":\"twin\",\"centroid_hz\":0,\"live\":true,\"p05\":0,\"p50\":0,\"p95\":0},{\"label\""),
    ] {
        assert!(matches!(with(from, to), ModelError::Config(_)), "{to}");
    }
}

#[test]
fn a_card_may_lack_its_history() {
    let (_, tensors) = small();
    let config = r#"{"name":"bare","sample_rate_hz":48000,"stft":{"fft_size":256,"hop":64,"window":"gauss"},
        "architecture":{"kind":"autoencoder","inputs":3,"latent_layer":0,
        "layers":[{"outputs":1,"activation":"relu","bias":false},{"outputs":3,"activation":"tanh","bias":false}]}}"#;
    let read = ModelFile::from_bytes(&forge::file(config, &tensors)).expect("a bare card");
    assert_eq!((read.card.provenance, read.card.latents.len()), (Provenance::default(), 0));
    let Architecture::Autoencoder(config) = &read.card.architecture;
    assert!(!config.shortcut);
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let refuse = |change: &dyn Fn(&mut ModelFile), precision| {
        let mut model = model(1);
        change(&mut model);
        let found = model.to_bytes(precision).expect_err("this model must not be written");
        check_sentence(&found);
        found
    };
    let name = "layers.0.bias";
    let set = |value: f32| move |model: &mut ModelFile| model.tensors.get_mut(name).expect("a bias").data[3] = value;
    let f32 = Precision::F32;
    assert!(matches!(refuse(&set(f32::NAN), f32), ModelError::NotFinite { index: 3, .. }));
    assert!(matches!(refuse(&set(-65520.0), Precision::F16), ModelError::TooLargeForHalf { index: 3, .. }));
    let mut large = model(1);
    set(65519.0)(&mut large);
    let read =
        ModelFile::from_bytes(&large.to_bytes(Precision::F16).expect("rounds down to 65504")).expect("its own bytes");
    assert_eq!(read.tensors[name].data[3], 65504.0);
    assert!(matches!(refuse(&|m| drop(m.tensors.remove(name)), f32), ModelError::MissingTensor { .. }));
    let extra = Tensor { shape: vec![], data: vec![1.0] };
    assert!(matches!(
        refuse(&|m| drop(m.tensors.insert("x".to_owned(), extra.clone())), f32),
        ModelError::ExtraTensor { .. }
    ));
    let short = Tensor { shape: vec![4], data: vec![1.0; 3] };
    assert!(matches!(
        refuse(&|m| drop(m.tensors.insert(name.to_owned(), short.clone())), f32),
        ModelError::WrongShape { .. }
    ));
    assert!(matches!(refuse(&|m| m.card.sample_rate_hz = f64::NAN, f32), ModelError::Config(_)));
    assert!(matches!(refuse(&|m| m.card.latents[0].p50 = f32::NAN, f32), ModelError::Config(_)));
    assert!(matches!(refuse(&|m| drop(m.card.latents.pop()), f32), ModelError::Config(_)));
    let metric = |m: &mut ModelFile| drop(m.card.provenance.metrics.insert("loss".to_owned(), f64::INFINITY));
    assert!(matches!(refuse(&metric, f32), ModelError::Config(_)));
    assert!(matches!(refuse(&|m| m.card.stft.hop = 3, f32), ModelError::Stft(_)));
    assert!(matches!(
        refuse(&|m| m.card.description = "x".repeat(MAX_HEADER_BYTES), f32),
        ModelError::HeaderSize { .. }
    ));
}

#[test]
fn configs_are_those_of_the_thesis() {
    let hidden = [512, 256, 128, 64, 128, 256, 512];
    let hybrid = AutoencoderConfig::hybrid(1025, &hidden);
    assert!(hybrid.validate().is_ok());
    assert_eq!(
        (hybrid.latents(), hybrid.latent_layer, hybrid.outputs(), hybrid.parameters()),
        (64, 3, 1025, 1_393_664)
    );
    let activations: Vec<Activation> = hybrid.layers.iter().map(|layer| layer.activation).collect();
    use Activation::{Relu, Sigmoid};
    assert_eq!(activations, [Relu, Relu, Relu, Sigmoid, Relu, Relu, Relu, Sigmoid]);
    assert!(hybrid.layers.iter().all(|layer| !layer.bias));
    // The latent code is the narrowest hidden layer, also where it is as wide as the output or wider.
    let latent = |widths: &[usize]| AutoencoderConfig::uniform(widths, Sigmoid, true).latents();
    assert_eq!(
        [latent(&[1025, 8, 1025]), latent(&[1025, 1024, 1025]), latent(&[9, 16, 9]), latent(&[9, 6, 2, 6, 9])],
        [8, 1024, 16, 2]
    );
    for widths in [vec![], vec![3], vec![3, 3]] {
        let config = AutoencoderConfig::uniform(&widths, Relu, true);
        check_sentence(&config.validate().expect_err("too few layers"));
    }
    assert!(AutoencoderConfig::hybrid(5, &[]).validate().is_err());
}

#[test]
fn shortcuts_and_biases_have_their_tensors() {
    let Architecture::Autoencoder(config) = model(1).card.architecture;
    let names: Vec<(String, Vec<usize>)> = config.tensor_shapes();
    let expected: [(&str, &[usize]); 8] = [
        ("layers.0.weight", &[5, 4]),
        ("layers.0.bias", &[4]),
        ("layers.1.weight", &[4, 2]),
        ("layers.2.weight", &[2, 4]),
        ("layers.2.bias", &[4]),
        ("layers.3.weight", &[4, 5]),
        ("encoder_shortcut.weight", &[5, 2]),
        ("decoder_shortcut.weight", &[2, 5]),
    ];
    assert_eq!(names, expected.map(|(name, shape)| (name.to_owned(), shape.to_vec())));
}

fn any_config() -> impl Strategy<Value = AutoencoderConfig> {
    let activation = prop::sample::select(Activation::ALL.to_vec());
    let layer = (1usize..12, activation, any::<bool>()).prop_map(|(outputs, activation, bias)| LayerConfig {
        outputs,
        activation,
        bias,
    });
    (1usize..12, prop::collection::vec(layer, 2..6), any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(inputs, layers, latent, shortcut)| AutoencoderConfig {
            inputs,
            latent_layer: latent.index(layers.len() - 1),
            layers,
            shortcut,
        },
    )
}

/// A card without a model, for the tests of texts.
fn card_with(name: String) -> ModelCard {
    ModelCard { name, ..model(1).card }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_model_round_trips(config in any_config(), seed in any::<u64>()) {
        let model = ModelFile::random(config, STFT, 48000.0, seed);
        prop_assert_eq!(ModelFile::from_bytes(&bytes(&model)), Ok(model));
    }

    #[test]
    fn any_text_round_trips(name in any::<String>()) {
        let file = ModelFile { card: card_with(name), ..model(1) };
        prop_assert_eq!(ModelFile::from_bytes(&bytes(&file)), Ok(file));
    }

    #[test]
    fn several_bit_flips_are_an_error_or_change_nothing(flips in prop::collection::vec(any::<prop::sample::Index>(), 1..6), half in any::<bool>()) {
        let model = model(2);
        let mut bent = model.to_bytes(if half { Precision::F16 } else { Precision::F32 }).expect("a valid model");
        let whole = ModelFile::from_bytes(&bent);
        for flip in flips {
            let bit = flip.index(bent.len() * 8);
            bent[bit / 8] ^= 1 << (bit % 8);
        }
        match ModelFile::from_bytes(&bent) {
            Err(error) => check_sentence(&error),
            read => prop_assert_eq!(read, whole),
        }
    }

    #[test]
    fn any_truncation_is_an_error(cut in any::<prop::sample::Index>()) {
        let whole = bytes(&model(2));
        check_sentence(&error(&whole[..cut.index(whole.len())]));
    }

    #[test]
    fn random_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        check_sentence(&error(&bytes));
        // And as a header of the right length, so that the parser sees them.
        check_sentence(&error(&[&(bytes.len() as u64).to_le_bytes(), bytes.as_slice()].concat()));
    }

    #[test]
    fn random_text_in_a_header_is_an_error(text in "[{}\\[\\]\":,a-z0-9_ ]{0,200}") {
        check_sentence(&error(&forge::assemble(&format!("{{{text}"), &[])));
    }

    #[test]
    fn a_random_config_with_a_right_checksum_never_panics(text in "[{}\\[\\]\":,a-z0-9_ ]{0,200}", place in any::<prop::sample::Index>()) {
        let (mut config, tensors) = small();
        let place = place.index(config.len());
        config.replace_range(place..place + 1, &text);
        if let Err(error) = ModelFile::from_bytes(&forge::file(&config, &tensors)) {
            check_sentence(&error);
        }
    }
}
