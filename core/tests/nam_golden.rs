//! `.nam` files as the trainer's own package writes and plays them: `tests/python/nam_golden.py`
//! made them.
//!
//! Where that package and the core that players run disagree, the files hold the core's output and
//! say so.

use nfx_core::foreign::nam::NamFile;
use nfx_core::models::effect::{CHUNK, ProfileBlock, ProfileModel, ProfileState};
use serde_json::Value;
use std::path::PathBuf;

const FRAMES: usize = 7000;
/// The three places where package and core differ, by file.
const EXCEPTIONS: [&str; 4] =
    ["linear", "linear_long", "wavenet_film_layer1x1", "wavenet_no_layer1x1"];

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/nam")
}

fn files() -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let name = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect()
}

/// The script's noise.
fn noise() -> Vec<f32> {
    let mut state = 1u32;
    (0..FRAMES)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as f32 / 65_536.0 - 0.5
        })
        .collect()
}

fn places() -> Vec<usize> {
    (0..48).chain((48..FRAMES).step_by(97)).collect()
}

fn play(state: &mut ProfileState, input: &[f32], block: usize) -> Vec<f32> {
    let mut output = vec![0.0; input.len()];
    for (x, y) in input.chunks(block.min(CHUNK)).zip(output.chunks_mut(block.min(CHUNK))) {
        let frames = x.len();
        state.process(&mut ProfileBlock {
            knobs: &[],
            input: [x, &[]],
            side: None,
            output: [y, &mut []],
            frames,
            link: 0.0,
        });
    }
    output
}

fn golden(bytes: &[u8]) -> (Value, Vec<f32>) {
    let json: Value = serde_json::from_slice(bytes).unwrap();
    let golden = json["golden"].clone();
    let output = golden["output"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|y| y.as_f64().unwrap() as f32)
        .collect();
    (golden, output)
}

fn worst(output: &[f32], want: &[f32]) -> f32 {
    assert_eq!(places().len(), want.len());
    places().iter().zip(want).map(|(&i, y)| (output[i] - y).abs()).fold(0.0, f32::max)
}

#[test]
fn every_architecture_sounds_as_in_the_trainers_package() {
    let mut exceptions = Vec::new();
    let mut count = 0;
    for (name, bytes) in files() {
        let (golden, want) = golden(&bytes);
        if golden.get("core_differs").is_some() {
            exceptions.push(name.clone());
        }
        let model =
            ProfileModel::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        if name == "container" {
            continue;
        }
        count += 1;
        let output = play(&mut model.state(1, 0), &noise(), 64);
        let loudest = want.iter().fold(0.0f32, |m, y| m.max(y.abs()));
        let error = worst(&output, &want);
        println!("{name}: {error:.1e} of {loudest:.3}");
        assert!(loudest > 1e-3, "{name} is silent");
        assert!(error < 1e-5 && error < 1e-4 * loudest, "{name}: {error} of {loudest}");
    }
    assert_eq!(exceptions, EXCEPTIONS);
    assert_eq!(count, 19);
}

#[test]
fn a_container_plays_each_of_its_sizes() {
    let all = files();
    let find = |name: &str| &all.iter().find(|(n, _)| n == name).unwrap().1;
    let model = ProfileModel::from_bytes(find("container")).unwrap();
    assert_eq!((model.sizes(), model.family()), (2, "Slimmable"));
    let sizes = golden(find("container")).0["sizes"].clone();
    for (size, name) in sizes.as_array().unwrap().iter().enumerate() {
        let want = golden(find(name.as_str().unwrap())).1;
        assert!(worst(&play(&mut model.state(1, size), &noise(), 64), &want) < 1e-5, "size {size}");
    }
}

/// What is written is read back as the same model: the same config, the same weights, the same
/// sound.
#[test]
fn every_file_survives_a_way_out_and_in() {
    for (name, bytes) in files() {
        let model = ProfileModel::from_bytes(&bytes).unwrap();
        let written = model.bake(&[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        let again = ProfileModel::from_bytes(written.to_json().as_bytes()).unwrap();
        assert!(again.config() == model.config(), "{name}: {:?}", again.config());
        assert!(again.file().tensors == model.file().tensors, "{name}");
        assert_eq!(again.sample_rate_hz(), 48_000.0);
        // Files of the first generation's shapes are written in the first generation's words.
        let plain = [
            "wavenet_a1_nano",
            "wavenet_gated",
            "lstm_1",
            "lstm_2",
            "convnet",
            "convnet_batchnorm",
        ];
        let plain = plain.contains(&name.as_str()) || name.starts_with("linear");
        assert_eq!(written.version == "0.5.4", plain, "{name}");
    }
}

#[test]
fn any_partition_stereo_and_reset_give_the_same_bits() {
    let input = noise();
    let short = &input[..1500];
    for (name, bytes) in files() {
        let model = ProfileModel::from_bytes(&bytes).unwrap();
        let mut state = model.state(1, 0);
        let whole = play(&mut state, short, 64);
        state.reset();
        assert!(play(&mut state, short, 64) == whole, "{name}: reset");
        for block in [1, 7, 37, 63] {
            assert!(
                play(&mut model.state(1, 0), short, block) == whole,
                "{name}: blocks of {block}"
            );
        }
        let mut both = model.state(2, 0);
        let other: Vec<f32> = short.iter().rev().copied().collect();
        let alone = play(&mut model.state(1, 0), &other, 64);
        for at in (0..short.len()).step_by(60) {
            let frames = 60.min(short.len() - at);
            let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
            both.process(&mut ProfileBlock {
                knobs: &[],
                input: [&short[at..], &other[at..]],
                side: None,
                output: [&mut left, &mut right],
                frames,
                link: 1.0,
            });
            assert!(
                left == whole[at..at + frames] && right == alone[at..at + frames],
                "{name}: stereo at {at}"
            );
        }
    }
}

/// The shape that players have a fast path for is written in their very words.
#[test]
fn the_second_generations_shape_is_written_as_the_trainer_writes_it() {
    let bytes = std::fs::read(directory().join("wavenet_a2_lite.nam")).unwrap();
    let original = NamFile::parse(&bytes).unwrap();
    let written = ProfileModel::from_bytes(&bytes).unwrap().bake(&[]).unwrap();
    assert_eq!(written.version, "0.7.0");
    let (a, b) = (&original.config["layers"][0], &written.config["layers"][0]);
    for (key, value) in a.as_object().unwrap() {
        assert_eq!(Some(value), b.get(key), "{key}");
    }
    assert_eq!(a.as_object().unwrap().len(), b.as_object().unwrap().len());
    assert!(original.weights == written.weights);
}
