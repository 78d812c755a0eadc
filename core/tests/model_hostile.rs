//! Hostile model files: an error of its own for each way in which a file can be wrong, and never a
//! panic.

mod forge;

use forge::{Raw, bytes, check_sentence, error, model, small};
use nfx_core::file::{MAX_HEADER_BYTES, ModelError, Precision};
use nfx_core::models::effect::{LinearConfig, ProfileConfig, ProfileInfo};
use nfx_core::models::{ModelCard, ModelFile};
use proptest::prelude::*;

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
    let metadata = [
        ("config", config.as_str()),
        ("format", "latent-works-model"),
        ("format_version", "1"),
        ("sha256", ""),
    ];
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
    // A shape whose product overflows, offsets that overlap, leave a gap, run backwards, or do not
    // fit the shape.
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
    for header in [
        "",
        "{",
        "[]",
        " {}",
        "null",
        "\u{0}",
        "{\"a\":1}",
        "{\"__metadata__\":{\"format\":3}}",
        &deep,
        &nested,
    ] {
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
    let with = |metadata: &[(&str, &str)]| {
        error(&forge::assemble(&forge::header(metadata, &tensors), &data))
    };
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
    assert_eq!(with(&[ours, ("format_version", "3")]), ModelError::NewerVersion { found: 3 });
    assert_eq!(
        with(&[ours, ("format_version", "18446744073709551615")]),
        ModelError::NewerVersion { found: u64::MAX }
    );
    assert_eq!(
        with(&[ours, ("format_version", "1")]),
        ModelError::MissingMetadata { key: "config" }
    );
    let version = ("format_version", "1");
    assert_eq!(
        with(&[ours, version, ("config", &config)]),
        ModelError::MissingMetadata { key: "sha256" }
    );
    let long = "x".repeat(10_000);
    for found in [
        with(&[("format", &long)]),
        with(&[ours, ("format_version", &long)]),
        with(&[ours, version]),
    ] {
        check_sentence(&found);
    }
    let found = with(&[ours, version, ("config", &config), ("sha256", &long)]);
    assert!(matches!(found, ModelError::Checksum { .. }));
    check_sentence(&found);
}

#[test]
fn a_checksum_in_upper_case_or_of_other_content_is_an_error() {
    let (config, tensors) = small();
    let sum = forge::checksum(2, &config, &tensors);
    let whole = String::from_utf8_lossy(&forge::file(&config, &tensors)).contains(&sum);
    assert!(whole, "the sum stands in the file as text");
    // Two tensors of one size that change places.
    let mut swapped = tensors.clone();
    let (first, second) = swapped.split_at_mut(1);
    std::mem::swap(&mut first[0].data, &mut second[0].data);
    for (sum, tensors) in [(sum.to_uppercase(), &tensors), (sum, &swapped)] {
        let metadata = [
            ("config", config.as_str()),
            ("format", "latent-works-model"),
            ("format_version", "2"),
            ("sha256", &sum),
        ];
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
    assert_eq!(
        with(&|t| t.clear()),
        ModelError::MissingTensor { name: "layers.0.weight".to_owned() }
    );
    let extra = Raw::f32("layers.2.weight", &[1], &[0.0]);
    assert_eq!(
        with(&|t| t.push(extra.clone())),
        ModelError::ExtraTensor { name: extra.name.clone() }
    );
    // An extra tensor without a single byte.
    let empty = Raw::f32("nothing", &[0], &[]);
    assert_eq!(
        with(&|t| t.push(empty.clone())),
        ModelError::ExtraTensor { name: empty.name.clone() }
    );
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
    // As many dimensions as fit into a header still make a short sentence.
    with(&|t| t[1].shape = [vec![3], vec![1; 100_000]].concat());
    for dtype in ["I32", "U32"] {
        assert_eq!(
            with(&|t| t[1].dtype = dtype),
            ModelError::WrongType { name: name.clone(), found: dtype.to_owned() }
        );
    }
    let bf16 = Raw { dtype: "BF16", data: vec![0; 6], ..tensors[1].clone() };
    assert_eq!(
        with(&|t| t[1] = bf16.clone()),
        ModelError::WrongType { name: name.clone(), found: "BF16".to_owned() }
    );
}

#[test]
fn weights_that_are_no_numbers_are_named() {
    let (config, tensors) = small();
    let name = "layers.0.weight".to_owned();
    for (value, words) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let mut bent = tensors.clone();
        bent[0] = Raw::f32(&name, &[3, 1], &[1.0, 2.0, value]);
        let expected =
            ModelError::NotFinite { name: name.clone(), index: 2, value: words.to_owned() };
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
    let network = ProfileConfig::from(LinearConfig { receptive_field: 2, bias: false });
    let card = ModelCard::for_profile("", 48_000.0, network, ProfileInfo::default());
    let profile = serde_json::to_string(&card).unwrap();
    let kind = |found: &str, known: &str| ModelError::UnknownKind {
        found: found.to_owned(),
        known: known.to_owned(),
    };
    assert_eq!(
        with("\"kind\":\"spectral\"", "\"kind\":\"mask\""),
        kind("mask", "spectral, effect")
    );
    assert_eq!(
        with("\"kind\":\"autoencoder\"", "\"kind\":\"lstm\""),
        kind("lstm", "autoencoder, decoder")
    );
    let profile = profile.replace("\"family\":\"linear\"", "\"family\":\"transformer\"");
    assert_eq!(
        error(&forge::file(&profile, &[])),
        kind("transformer", &ProfileConfig::NAMES.join(", "))
    );
    assert!(matches!(
        with("\"kind\":\"spectral\"", "\"kind\":\"effect\""),
        ModelError::Card { .. }
    ));
    assert!(matches!(with("\"kind\":\"spectral\"", "\"kind\":7"), ModelError::Card { .. }));
    assert!(matches!(with("\"kind\":\"autoencoder\"", "\"kind\":7"), ModelError::Card { .. }));
    assert!(matches!(with("\"sample_rate_hz\":22050.0,", ""), ModelError::Card { .. }));
    assert!(matches!(with("\"inputs\":3", "\"inputs\":-3"), ModelError::Card { .. }));
    assert!(
        matches!(with("\"inputs\":3", "\"inputs\":3,\"attention\":true"), ModelError::Card { .. }),
        "an unknown part of a network"
    );
    assert!(matches!(
        with("\"window\":\"hann\"", "\"window\":\"kaiser\""),
        ModelError::Card { .. }
    ));
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
        (
            "\"label\"",
            "\"label\":\"twin\",\"centroid_hz\":0,\"live\":true,\"p05\":0,\"p50\":0,\"p95\":0},{\"label\"",
        ),
    ] {
        assert!(matches!(with(from, to), ModelError::Config(_)), "{to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

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
