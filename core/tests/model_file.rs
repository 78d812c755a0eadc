//! The model file: round trips, determinism, and what is refused before it is written.

mod forge;

use forge::{STFT, bytes, check_sentence, model, small};
use nfx_core::file::{MAX_HEADER_BYTES, ModelError, Precision, Provenance, Tensor, file_hash};
use nfx_core::models::effect::{LinearConfig, ProfileConfig, ProfileInfo};
use nfx_core::models::spectral::{AutoencoderConfig, LayerConfig};
use nfx_core::models::{ModelCard, ModelFile};
use nfx_core::nn::Activation;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use proptest::prelude::*;

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
    let halves = ModelFile::from_bytes(&model(4).to_bytes(Precision::F16).expect("a valid model"))
        .expect("its own bytes");
    assert_eq!(ModelFile::from_bytes(&bytes(&halves)).expect("its own bytes"), halves);
}

#[test]
fn the_bytes_are_those_of_the_format_as_documented() {
    let (config, tensors) = small();
    let model =
        ModelFile::from_bytes(&forge::file(&config, &tensors)).expect("a file made by the book");
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
    assert_eq!(
        file_hash(b"abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[test]
fn random_models_are_the_same_each_time_and_hold_what_the_config_asks_for() {
    assert_eq!(model(9), model(9));
    assert_ne!(model(9).tensors, model(10).tensors);
    // Frozen: a benchmark or a golden test may rest on these numbers.
    let (_, tensors) = small();
    let firsts: Vec<f32> =
        tensors[0].data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    assert_eq!(firsts, FROZEN);
    let hybrid = ModelFile::random(
        AutoencoderConfig::hybrid(1025, &[512, 256, 128, 64, 128, 256, 512]),
        STFT,
        22050.0,
        1,
    );
    assert!(hybrid.validate().is_ok());
    assert_eq!(hybrid.tensors.values().map(|tensor| tensor.data.len()).sum::<usize>(), 1_393_664);
    let weights = &hybrid.tensors["layers.0.weight"].data;
    let mean = weights.iter().sum::<f32>() / weights.len() as f32;
    let variance = weights.iter().map(|w| w * w).sum::<f32>() / weights.len() as f32;
    assert!(
        mean.abs() < 1e-3 && (variance / (2.0 / 1025.0) - 1.0).abs() < 0.02,
        "mean {mean}, variance {variance}"
    );
    let impossible = ModelFile::random(
        AutoencoderConfig::uniform(&[usize::MAX, 3, 3], Activation::Relu, true),
        STFT,
        44100.0,
        1,
    );
    assert!(impossible.tensors.is_empty() && impossible.to_bytes(Precision::F32).is_err());
}

const FROZEN: [f32; 3] = [0.1882644, 0.69517565, 1.3321968];

#[test]
fn a_card_may_lack_its_history() {
    let (_, tensors) = small();
    let config = r#"{"name":"bare","sample_rate_hz":48000,"stft":{"fft_size":256,"hop":64,"window":"gauss"},
        "architecture":{"kind":"autoencoder","inputs":3,"latent_layer":0,
        "layers":[{"outputs":1,"activation":"relu","bias":false},{"outputs":3,"activation":"tanh","bias":false}]}}"#;
    let read = ModelFile::from_bytes(&forge::file_of(1, config, &tensors)).expect("a bare card");
    assert_eq!(
        (&read.card.provenance, read.card.spectral().unwrap().latents.len()),
        (&Provenance::default(), 0)
    );
    let config = read.card.spectral().unwrap().architecture.autoencoder().expect("an autoencoder");
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
    let set = |value: f32| {
        move |model: &mut ModelFile| model.tensors.get_mut(name).expect("a bias").data[3] = value
    };
    let f32 = Precision::F32;
    assert!(matches!(refuse(&set(f32::NAN), f32), ModelError::NotFinite { index: 3, .. }));
    assert!(matches!(
        refuse(&set(-65520.0), Precision::F16),
        ModelError::TooLargeForHalf { index: 3, .. }
    ));
    let mut large = model(1);
    set(65519.0)(&mut large);
    let read =
        ModelFile::from_bytes(&large.to_bytes(Precision::F16).expect("rounds down to 65504"))
            .expect("its own bytes");
    assert_eq!(read.tensors[name].data[3], 65504.0);
    assert!(matches!(
        refuse(&|m| drop(m.tensors.remove(name)), f32),
        ModelError::MissingTensor { .. }
    ));
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
    assert!(matches!(
        refuse(&|m| m.card.spectral_mut().unwrap().latents[0].p50 = f32::NAN, f32),
        ModelError::Config(_)
    ));
    assert!(matches!(
        refuse(&|m| drop(m.card.spectral_mut().unwrap().latents.pop()), f32),
        ModelError::Config(_)
    ));
    let metric = |m: &mut ModelFile| {
        m.card.provenance.metrics.insert("loss".to_owned(), f64::INFINITY);
    };
    assert!(matches!(refuse(&metric, f32), ModelError::Config(_)));
    assert!(matches!(
        refuse(&|m| m.card.spectral_mut().unwrap().stft.hop = 3, f32),
        ModelError::Stft(_)
    ));
    assert!(matches!(
        refuse(&|m| m.card.description = "x".repeat(MAX_HEADER_BYTES), f32),
        ModelError::CardTooLarge { .. }
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
    // The latent code is the narrowest hidden layer, also where it is as wide as the output or
    // wider.
    let latent = |widths: &[usize]| AutoencoderConfig::uniform(widths, Sigmoid, true).latents();
    assert_eq!(
        [
            latent(&[1025, 8, 1025]),
            latent(&[1025, 1024, 1025]),
            latent(&[9, 16, 9]),
            latent(&[9, 6, 2, 6, 9])
        ],
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
    let architecture = model(1).card.spectral().unwrap().architecture.clone();
    let config = architecture.autoencoder().expect("an autoencoder");
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

/// The documented example.
fn example() -> ModelFile {
    let layer = |outputs, activation| LayerConfig { outputs, activation, bias: outputs == 1 };
    let layers = vec![layer(1, Activation::Sigmoid), layer(3, Activation::Relu)];
    let config =
        AutoencoderConfig { inputs: 3, layers, latent_layer: 0, shortcut: false, condition: 0 };
    let stft = StftConfig { fft_size: 256, hop: 64, window: Window::Hann };
    let mut model = ModelFile::random(config, stft, 44100.0, 1);
    model.card.name = "Tiny".to_owned();
    model.card.description.clear();
    model.card.spectral_mut().unwrap().latents.clear();
    for (tensor, first) in model.tensors.values_mut().zip([0.25, 1.0, -1.0]) {
        for (i, value) in tensor.data.iter_mut().enumerate() {
            *value = first + 0.5 * i as f32;
        }
    }
    model
}

/// A file's bytes, 16 a line.
fn dump(bytes: &[u8]) -> String {
    let mut dump = String::from("```text\n");
    for (line, chunk) in bytes.chunks(16).enumerate() {
        let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = chunk
            .iter()
            .map(|&b| if (32..127).contains(&b) { char::from(b) } else { '.' })
            .collect();
        dump += &format!("{:05x}  {:<47}  {text}\n", line * 16, hex.join(" "));
    }
    dump + "```\n"
}

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/model-format.md");

/// The page on the format: before an example, the example, behind it.
fn page(example: &str) -> [String; 3] {
    let page = std::fs::read_to_string(PAGE).expect("docs/model-format.md").replace("\r\n", "\n");
    let begin = format!("<!-- {example}: begin -->\n");
    let (before, rest) = page.split_once(&begin).expect("the example's begin mark");
    let (found, after) =
        rest.split_once(&format!("<!-- {example}: end -->")).expect("the example's end mark");
    [before.to_owned(), found.to_owned(), after.to_owned()]
}

#[test]
fn the_documented_example_is_what_the_code_writes() {
    let [before, found, after] = page("example");
    let expected = dump(&example().to_bytes(Precision::F16).expect("a valid model"));
    if std::env::var_os("NFX_BLESS").is_some() {
        let page =
            format!("{before}<!-- example: begin -->\n{expected}<!-- example: end -->{after}");
        std::fs::write(PAGE, page).expect("docs/model-format.md can be written");
    } else {
        assert_eq!(
            found, expected,
            "the example of docs/model-format.md is old: its page says how to write it anew"
        );
    }
}

#[test]
fn the_documented_example_of_version_1_is_read() {
    let [_, found, _] = page("version 1");
    let lines = found.lines().filter(|line| !line.starts_with("```"));
    let hex = lines.flat_map(|line| {
        line[7..54].split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap())
    });
    let bytes: Vec<u8> = hex.collect();
    assert_eq!(ModelFile::from_bytes(&bytes), Ok(example()));
}

#[test]
fn the_shipped_models_are_of_version_1_and_say_the_same_in_the_present_one() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../models");
    let mut kinds = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the shipped models") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "safetensors") {
            continue;
        }
        let old = std::fs::read(&path).expect("a file");
        let is_first =
            String::from_utf8_lossy(&old[..4096.min(old.len())]).contains("\\\"stft\\\"");
        let model = ModelFile::from_bytes(&old)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let kind = if model.card.effect().is_ok() { "effect" } else { "spectral" };
        *kinds.entry(kind).or_insert(0) += 1;
        let again = model.to_bytes(Precision::F16).expect("a valid model");
        assert!(is_first && again != old, "{}", path.display());
        assert_eq!(
            ModelFile::from_bytes(&again).expect("its own bytes").card,
            model.card,
            "{}",
            path.display()
        );
    }
    assert!(kinds["spectral"] >= 8 && kinds["effect"] >= 2, "{kinds:?}");
}

#[test]
fn a_profile_of_version_1_is_read() {
    let network = r#"{"kind":"profile","family":"linear","receptive_field":2,"bias":false}"#;
    let head =
        r#""name":"Old","sample_rate_hz":48000,"stft":{"fft_size":2048,"hop":512,"window":"hann"}"#;
    let tensors = [forge::Raw::f32("weights", &[2], &[1.0, 0.5])];
    let read = |config: &str| ModelFile::from_bytes(&forge::file_of(1, config, &tensors));
    let bare = read(&format!(r#"{{{head},"architecture":{network}}}"#)).expect("a profile");
    let effect = bare.card.effect().expect("a profile");
    assert_eq!(
        effect.network,
        ProfileConfig::from(LinearConfig { receptive_field: 2, bias: false })
    );
    assert_eq!(effect.info, ProfileInfo::default());
    let known = read(&format!(
        r#"{{{head},"architecture":{network},"latents":[],"profile":{{"esr":0.5}}}}"#
    ));
    assert_eq!(known.expect("a profile").card.effect().expect("a profile").info.esr, Some(0.5));
    for wrong in [
        format!(r#"{{{head},"architecture":{network},"profile":{{"knobs":7}}}}"#),
        format!(r#"{{{head},"architecture":{{"kind":"lstm"}},"profile":{{}}}}"#),
        format!(r#"{{{head}}}"#),
        "[]".to_owned(),
    ] {
        check_sentence(&read(&wrong).expect_err(&wrong));
    }
    let unknown = read(&format!(r#"{{{head},"architecture":{{"kind":"lstm"}}}}"#));
    assert!(matches!(unknown, Err(ModelError::UnknownKind { .. })), "{unknown:?}");
}

fn any_config() -> impl Strategy<Value = AutoencoderConfig> {
    let activation = prop::sample::select(Activation::ALL.to_vec());
    let layer = (1usize..12, activation, any::<bool>())
        .prop_map(|(outputs, activation, bias)| LayerConfig { outputs, activation, bias });
    (1usize..12, prop::collection::vec(layer, 2..6), any::<prop::sample::Index>(), any::<bool>())
        .prop_map(|(inputs, layers, latent, shortcut)| AutoencoderConfig {
            inputs,
            latent_layer: latent.index(layers.len() - 1),
            layers,
            shortcut,
            condition: 0,
        })
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
}
