//! Reading a model file allocates no more than the file's size justifies.

mod counting;
mod forge;

use counting::watch;
use forge::Raw;
use nfx_core::file::{MAX_HEADER_BYTES, ModelError, Precision};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;

const STFT: StftConfig = StftConfig { fft_size: 2048, hop: 512, window: Window::Hann };

/// The most bytes that may be held at once beyond the file itself: half precision doubles the
/// weights, and a header's JSON is held as values of several words each.
fn allowed(file: &[u8]) -> isize {
    let claimed = u64::from_le_bytes(file[..8].try_into().expect("eight bytes"));
    let header =
        if claimed <= MAX_HEADER_BYTES as u64 { (claimed as usize).min(file.len() - 8) } else { 0 };
    (2 * (file.len() - 8 - header) + 128 * header + 4096) as isize
}

fn check(what: &str, file: &[u8]) {
    let (result, usage) = watch(|| ModelFile::from_bytes(file));
    let (peak, allowed) = (usage.peak_bytes, allowed(file));
    println!(
        "{what}: {} bytes, peak {peak}, allowed {allowed}, {}",
        file.len(),
        if result.is_ok() { "loaded" } else { "refused" }
    );
    assert!(
        peak <= allowed,
        "{what}: {peak} bytes held for a file of {}, allowed are {allowed}",
        file.len()
    );
}

#[test]
fn honest_files_cost_their_weights() {
    let config = AutoencoderConfig::hybrid(1025, &[512, 256, 128, 64, 128, 256, 512]);
    let model = ModelFile::random(config, STFT, 22050.0, 1);
    for precision in [Precision::F32, Precision::F16] {
        check("an honest model", &model.to_bytes(precision).expect("a valid model"));
    }
}

#[test]
fn claims_cost_nothing() {
    check("a header of 2^64 bytes", &[&u64::MAX.to_le_bytes(), b"{}".as_slice()].concat());
    check(
        "a header of the largest size",
        &[&(MAX_HEADER_BYTES as u64).to_le_bytes(), b"{}".as_slice()].concat(),
    );
    let tensor = r#"{"__metadata__":{"format":"latent-works-model","format_version":"1"},"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}"#;
    check("a tensor of 4 TiB", &forge::assemble(tensor, &[0; 64]));
}

#[test]
fn a_config_that_claims_the_largest_network_costs_nothing() {
    let mut model = ModelFile::random(AutoencoderConfig::hybrid(3, &[1]), STFT, 22050.0, 1);
    model.card.spectral_mut().unwrap().latents.clear();
    let config = serde_json::to_string(&model.card).expect("a card is JSON");
    let huge = config
        .replace("\"inputs\":3", "\"inputs\":65536")
        .replace("\"outputs\":3", "\"outputs\":65536");
    let huge = huge.replace("\"outputs\":1,", "\"outputs\":512,");
    let tensors = [
        Raw::f32("layers.0.weight", &[3, 1], &[0.0; 3]),
        Raw::f32("layers.1.weight", &[1, 3], &[0.0; 3]),
    ];
    let file = forge::file(&huge, &tensors);
    assert!(
        matches!(ModelFile::from_bytes(&file), Err(ModelError::WrongShape { .. })),
        "the config itself must be allowed, so that only its tensors are in the way"
    );
    check("a network of 256 MiB", &file);
}

/// Fills `middle` up to the largest header.
fn fill(start: &str, middle: &str, end: &str) -> Vec<u8> {
    let count = (MAX_HEADER_BYTES - start.len() - end.len() - 8) / middle.len();
    forge::assemble(&format!("{start}{}{end}", middle.repeat(count)), &[])
}

#[test]
fn hostile_headers_cost_a_bounded_multiple_of_themselves() {
    check(
        "a shape of many sizes",
        &fill(r#"{"a":{"dtype":"F32","shape":["#, "0,", r#"0],"data_offsets":[0,0]}}"#),
    );
    check(
        "a tensor of many fields",
        &fill(r#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]"#, r#","x":[]"#, "}}"),
    );
    check("nested lists", &fill(r#"{"a":["#, "[[[[]]]],", "[]]}"));
    let deep = |open: &str, close: &str| format!("{}{},", open.repeat(100), close.repeat(100));
    check("deeply nested lists", &fill(r#"{"a":["#, &deep("[", "]"), "[]]}"));
    check(
        "deeply nested objects",
        &fill(r#"{"a":["#, &deep(r#"{"":"#, "}").replace(":}", ":0}"), "[]]}"),
    );
    check("one long text", &fill(r#"{"__metadata__":{"format":""#, "x", r#""}}"#));
    check("one long text of escapes", &fill(r#"{"__metadata__":{"format":""#, r"\n", r#""}}"#));
    let numbered = |start: &str, item: &dyn Fn(usize) -> String, end: &str| {
        let mut header = start.to_owned();
        let mut count = 0;
        while header.len() + 100 < MAX_HEADER_BYTES - end.len() {
            header += &item(count);
            count += 1;
        }
        forge::assemble(&(header + end), &[])
    };
    check(
        "many entries",
        &numbered(r#"{"__metadata__":{"#, &|i| format!("\"{i:x}\":\"\","), r#""format":""}}"#),
    );
    let tensor =
        |i| format!("\"{i:x}\":{{\"dtype\":\"F4\",\"shape\":[0],\"data_offsets\":[0,0]}},");
    check("many tensors", &numbered("{", &tensor, r#""__metadata__":{}}"#));
}

#[test]
fn hostile_cards_cost_a_bounded_multiple_of_themselves() {
    let card = |middle: &str| {
        let config = format!("[{}0]", middle.repeat((MAX_HEADER_BYTES - 1000) / middle.len() / 2));
        forge::file(&config, &[])
    };
    let lists = format!("{}{},", "[".repeat(100), "]".repeat(100));
    let objects = format!("{}0{},", "{\"\":".repeat(100), "}".repeat(100));
    for middle in ["0,", "[],", "{},", "[[[[]]]],", "{\"\":0},", &lists, &objects] {
        check(&format!("a card of many {middle:.10}"), &card(middle));
    }
}
