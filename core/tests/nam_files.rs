//! Foreign files: AIDA-X and Proteus against their definition, hostile `.nam` files against nothing
//! but sentences.

use nfx_core::file::ModelError;
use nfx_core::foreign::is_foreign;
use nfx_core::foreign::nam::NamFile;
use nfx_core::models::effect::{CHUNK, ProfileBlock, ProfileModel};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::path::PathBuf;

type Matrix = Vec<Vec<f64>>;

fn matrix(rng: &mut StdRng, rows: usize, columns: usize) -> Matrix {
    (0..rows)
        .map(|_| (0..columns).map(|_| f64::from(rng.random_range(-0.4f32..0.4))).collect())
        .collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// What a PyTorch LSTM or GRU with a dense output makes of a signal with constant further inputs,
/// after half a second of silence.
struct Torch {
    gru: bool,
    /// `[gate * unit][input]`, `[gate * unit][unit]`
    input: Matrix,
    recurrent: Matrix,
    outer: Vec<f64>,
    inner: Vec<f64>,
    head: Vec<f64>,
    head_bias: f64,
}

impl Torch {
    fn random(gru: bool, hidden: usize, inputs: usize, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let wide = hidden * if gru { 3 } else { 4 };
        let rng = &mut rng;
        Self {
            gru,
            input: matrix(rng, wide, inputs),
            recurrent: matrix(rng, wide, hidden),
            outer: matrix(rng, 1, wide).remove(0),
            inner: matrix(rng, 1, wide).remove(0),
            head: matrix(rng, 1, hidden).remove(0),
            head_bias: 0.1,
        }
    }

    fn play(&self, sound: &[f32], rest: &[f64], settle: usize) -> Vec<f64> {
        let hidden = self.head.len();
        let (mut h, mut c) = (vec![0.0; hidden], vec![0.0; hidden]);
        let mut out = Vec::new();
        for x in std::iter::repeat_n(&0.0f32, settle).chain(sound) {
            let x: Vec<f64> = std::iter::once(f64::from(*x)).chain(rest.iter().copied()).collect();
            let dot = |rows: &Matrix, v: &[f64], row: usize| {
                rows[row].iter().zip(v).map(|(w, v)| w * v).sum::<f64>()
            };
            let before = h.clone();
            for u in 0..hidden {
                let a = |gate: usize| {
                    dot(&self.input, &x, gate * hidden + u) + self.outer[gate * hidden + u]
                };
                let b = |gate: usize| {
                    dot(&self.recurrent, &before, gate * hidden + u) + self.inner[gate * hidden + u]
                };
                if self.gru {
                    let (r, z) = (sigmoid(a(0) + b(0)), sigmoid(a(1) + b(1)));
                    h[u] = (1.0 - z) * (a(2) + r * b(2)).tanh() + z * before[u];
                } else {
                    c[u] =
                        sigmoid(a(1) + b(1)) * c[u] + sigmoid(a(0) + b(0)) * (a(2) + b(2)).tanh();
                    h[u] = sigmoid(a(3) + b(3)) * c[u].tanh();
                }
            }
            out.push(h.iter().zip(&self.head).map(|(h, w)| h * w).sum::<f64>() + self.head_bias);
        }
        out.split_off(settle)
    }
}

fn transposed(m: &Matrix) -> Matrix {
    (0..m[0].len()).map(|column| m.iter().map(|row| row[column]).collect()).collect()
}

fn noise(frames: usize) -> Vec<f32> {
    let mut rng = StdRng::seed_from_u64(9);
    (0..frames).map(|_| rng.random_range(-0.5..0.5)).collect()
}

fn play(json: &Value, knobs: &[f32], sound: &[f32]) -> Vec<f32> {
    // A file's knobs settle in the middle; the first samples differ from those of a network that
    // knew its setting.
    let model = ProfileModel::from_bytes(json.to_string().as_bytes()).unwrap();
    assert_eq!(model.info().knobs.len(), knobs.len());
    let mut state = model.state(1, 0);
    let mut output = vec![0.0; sound.len()];
    for (x, y) in sound.chunks(CHUNK).zip(output.chunks_mut(CHUNK)) {
        let frames = x.len();
        state.process(&mut ProfileBlock {
            knobs,
            input: [x, &[]],
            side: None,
            output: [y, &mut []],
            frames,
            link: 0.0,
        });
    }
    output
}

fn agree(got: &[f32], want: &[f64], what: &str) {
    let worst =
        got.iter().zip(want).skip(400).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-5, "{what}: {worst}");
}

#[test]
fn proteus_files_sound_as_defined() {
    let sound = noise(900);
    for (gru, inputs, skip) in [(false, 1, 1), (false, 2, 0), (true, 1, 0), (true, 3, 1)] {
        let net = Torch::random(gru, 7, inputs, 3);
        let file = json!({
            "model_data": {
                "model": "SimpleRNN", "input_size": inputs, "skip": skip, "output_size": 1,
                "unit_type": if gru { "GRU" } else { "LSTM" }, "num_layers": 1, "hidden_size": 7, "bias_fl": true
            },
            "state_dict": {
                "rec.weight_ih_l0": net.input, "rec.weight_hh_l0": net.recurrent,
                "rec.bias_ih_l0": net.outer, "rec.bias_hh_l0": net.inner,
                "lin.weight": [net.head], "lin.bias": [net.head_bias]
            }
        });
        let knobs: Vec<f32> = (1..inputs).map(|i| 0.3 * i as f32).collect();
        let rest: Vec<f64> = knobs.iter().map(|&k| f64::from(k)).collect();
        let mut want = net.play(&sound, &rest, 2000);
        want.iter_mut().zip(&sound).for_each(|(y, &x)| *y += f64::from(x) * f64::from(skip));
        agree(&play(&file, &knobs, &sound), &want, &format!("gru {gru}, {inputs} inputs"));
        assert_eq!(
            ProfileModel::from_bytes(file.to_string().as_bytes()).unwrap().sample_rate_hz(),
            44_100.0
        );
    }
}

#[test]
fn aida_x_files_sound_as_defined() {
    let sound = noise(900);
    for (gru, inputs, skip) in [(false, 1, 1), (true, 1, 0), (true, 2, 1), (false, 3, 0)] {
        let net = Torch::random(gru, 6, inputs, 4);
        let (hidden, mut kernel, mut recurrent) =
            (6, transposed(&net.input), transposed(&net.recurrent));
        let (mut outer, mut inner) = (net.outer.clone(), net.inner.clone());
        let bias = if gru {
            // Keras has the update gate first.
            let swap = |row: &mut Vec<f64>| (0..hidden).for_each(|u| row.swap(u, hidden + u));
            kernel.iter_mut().chain(&mut recurrent).for_each(swap);
            [&mut outer, &mut inner].into_iter().for_each(swap);
            json!([outer, inner])
        } else {
            json!(outer.iter().zip(&inner).map(|(a, b)| a + b).collect::<Vec<f64>>())
        };
        let head: Vec<Vec<f64>> = net.head.iter().map(|&w| vec![w]).collect();
        let file = json!({
            "in_shape": [null, null, inputs], "in_skip": skip, "in_gain": -6.0, "out_gain": 3.0,
            "metadata": { "name": "Muff", "samplerate": "44100", "author": "A. Person", "esr": "0.012" },
            "layers": [
                { "type": if gru { "gru" } else { "lstm" }, "activation": "", "shape": [null, null, hidden],
                  "weights": [kernel, recurrent, bias] },
                { "type": "dense", "activation": "", "shape": [null, null, 1], "weights": [head, [net.head_bias]] }
            ]
        });
        let knobs: Vec<f32> = (1..inputs).map(|i| 0.4 * i as f32).collect();
        let rest: Vec<f64> = knobs.iter().map(|&k| f64::from(k)).collect();
        let (before, behind) = (10f64.powf(-6.0 / 20.0), 10f64.powf(3.0 / 20.0));
        let quiet: Vec<f32> = sound.iter().map(|&x| (f64::from(x) * before) as f32).collect();
        let mut want = net.play(&quiet, &rest, 2000);
        want.iter_mut()
            .zip(&quiet)
            .for_each(|(y, &x)| *y = behind * (*y + f64::from(x) * f64::from(skip)));
        agree(&play(&file, &knobs, &sound), &want, &format!("gru {gru}, {inputs} inputs"));
        let model = ProfileModel::from_bytes(file.to_string().as_bytes()).unwrap();
        assert_eq!(
            (model.name(), model.sample_rate_hz(), model.info().esr),
            ("Muff", 44_100.0, Some(0.012))
        );
    }
}

fn golden(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/nam").join(name);
    std::fs::read(path).unwrap()
}

fn changed(name: &str, change: impl Fn(&mut Value)) -> Result<(), ModelError> {
    let mut json: Value = serde_json::from_slice(&golden(name)).unwrap();
    change(&mut json);
    ProfileModel::from_bytes(json.to_string().as_bytes()).map(|_| ())
}

/// That a file is refused, and that the sentence says what was expected, what was found, and (where
/// given) more.
fn refused(result: Result<(), ModelError>, word: &str) {
    let sentence = result.expect_err(word).to_string();
    let whole = ["expected", "found", "no", word].iter().all(|part| sentence.contains(part));
    assert!(whole && sentence.len() < 400, "{word}: {sentence}");
}

#[test]
fn hostile_files_get_a_sentence() {
    let lstm = "lstm_1.nam";
    let pop = |json: &mut Value| drop(json["weights"].as_array_mut().unwrap().pop());
    for (name, kind) in [
        (lstm, "LSTM"),
        ("wavenet_film.nam", "WaveNet"),
        ("convnet.nam", "ConvNet"),
        ("linear.nam", "Linear"),
    ] {
        refused(changed(name, pop), &format!("weights for this {kind}"));
        refused(
            changed(name, |json| json["weights"].as_array_mut().unwrap().push(json!(0.0))),
            "weights for this",
        );
        refused(changed(name, |json| json["weights"] = json!([])), "weights for this");
        refused(changed(name, |json| json["weights"][3] = json!("x")), "");
        refused(changed(name, |json| json["weights"][3] = json!(1e39)), "out of range");
        refused(changed(name, |json| json["config"] = json!(7)), "an object");
    }
    let huge = json!(1u64 << 60);
    refused(changed(lstm, |json| json["config"]["hidden_size"] = huge.clone()), "units");
    refused(changed(lstm, |json| json["config"]["hidden_size"] = json!(-3)), "whole number");
    refused(changed(lstm, |json| json["config"]["num_layers"] = json!(1_000_000)), "layers");
    refused(
        changed("linear.nam", |json| json["config"]["receptive_field"] = huge.clone()),
        "weights for this",
    );
    refused(
        changed("convnet.nam", |json| json["config"]["channels"] = huge.clone()),
        "weights for this",
    );
    let array = |key: &'static str, value: Value| {
        move |json: &mut Value| json["config"]["layers"][0][key] = value.clone()
    };
    let film = "wavenet_film.nam";
    refused(changed(film, array("channels", huge.clone())), "");
    refused(changed(film, array("dilations", json!([1, 2, 1u64 << 50]))), "");
    refused(changed(film, array("dilations", json!([1, 2, 1_000_000]))), "");
    refused(changed(film, array("groups_input", json!(0))), "");
    refused(changed(film, array("groups_input", json!(3))), "");
    refused(changed(film, array("activation", json!("Mystery"))), "Mystery");
    refused(changed(film, array("gating_mode", json!("sometimes"))), "sometimes");
    refused(changed(film, array("kernel_size", json!(3))), "both");
    refused(
        changed(film, array("slimmable", json!({ "method": "slice_channels_uniform" }))),
        "slice_channels_uniform",
    );
    refused(changed(film, |json| json["version"] = json!("0.4.9")), "older");
    refused(changed(film, |json| json["version"] = json!("0.8.0")), "newer");
    refused(changed(film, |json| json["version"] = json!("1.0.0")), "newer");
    refused(changed(film, |json| json["version"] = json!("tomorrow")), "version");
    refused(changed(film, |json| json["architecture"] = json!("Sequential")), "Sequential");
    assert!(changed(film, |json| json["version"] = json!("0.7.9")).is_ok());
    refused(changed("container.nam", |json| json["config"]["submodels"] = json!([])), "sizes");
    refused(
        changed("container.nam", |json| json["config"]["submodels"][1]["max_value"] = json!(0.2)),
        "ascend",
    );
    refused(
        changed("container.nam", |json| {
            json["config"]["submodels"][0]["model"]["sample_rate"] = json!(44_100)
        }),
        "Hz",
    );
    let nested = "wavenet_condition.nam";
    refused(
        changed(nested, |json| json["config"]["condition_dsp"]["sample_rate"] = json!(96_000)),
        "Hz",
    );
    let deeper = |json: &mut Value| {
        for _ in 0..8 {
            let inner = json.clone();
            json["config"]["condition_dsp"] = inner;
        }
    };
    refused(changed(nested, deeper), "deep");
}

/// Silence does not bring a recurrent network to rest, wherever it stands.
#[test]
fn a_wavenet_whose_condition_remembers_is_not_at_rest_in_silence() {
    let at_rest = |condition: Option<Value>| {
        let mut json: Value = serde_json::from_slice(&golden("wavenet_condition.nam")).unwrap();
        if let Some(condition) = condition {
            json["config"]["condition_dsp"] = condition;
        }
        let mut state = ProfileModel::from_bytes(json.to_string().as_bytes()).unwrap().state(1, 0);
        state.process(&mut ProfileBlock {
            input: [&[0.5; 16], &[]],
            output: [&mut [0.0; 16], &mut []],
            side: None,
            knobs: &[],
            frames: 16,
            link: 0.0,
        });
        state.is_at_rest()
    };
    let mut lstm: Value = serde_json::from_slice(&golden("lstm_1.nam")).unwrap();
    // The condition has two channels: six weights and a bias more.
    lstm["config"]["out_channels"] = json!(2);
    lstm["weights"].as_array_mut().unwrap().extend((0..7).map(|i| json!(0.1 * f64::from(i))));
    assert!(at_rest(None) && !at_rest(Some(lstm)));
}

#[test]
fn what_is_no_json_of_ours_is_refused() {
    let text = golden("lstm_1.nam");
    for end in [1, 2, 30, 300, text.len() - 3] {
        let error = ProfileModel::from_bytes(&text[..end]).unwrap_err().to_string();
        assert!(error.contains("cut short") || error.contains("expected"), "{end}: {error}");
    }
    let deep = [b"{\"c\":".repeat(200_000), vec![b'1']].concat();
    let brackets = [
        &b"{\"architecture\":\"LSTM\",\"version\":\"0.5.4\",\"weights\":[],\"config\":"[..],
        &b"[".repeat(500_000),
    ]
    .concat();
    for hostile in
        [&deep[..], &brackets, b"{}", b"{\"weights\":[NaN]}", b"", b"[1]", b"{\"architecture\":3}"]
    {
        let error = ProfileModel::from_bytes(hostile).unwrap_err().to_string();
        assert!(error.contains("expected") && error.len() < 400, "{error}");
    }
    assert!(
        is_foreign(b" \n{") && !is_foreign(b"") && !is_foreign(&[16, 0, 0, 0, 0, 0, 0, 0, b'{'])
    );
}

/// A number that looks harmless in JSON and is not: Python's own NaN.
#[test]
fn a_weight_that_is_no_number_is_refused() {
    let text = String::from_utf8(golden("lstm_1.nam")).unwrap();
    let at = text.find("\"weights\":[").unwrap() + 11;
    for word in ["NaN,", "Infinity,", "-Infinity,", "1e999,", "null,"] {
        let hostile = format!("{}{word}{}", &text[..at], &text[at..]);
        let error = NamFile::parse(hostile.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("expected"), "{word} {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to a file's bytes, it is read or refused, and what is read plays finite
    /// numbers.
    #[test]
    fn a_damaged_file_is_refused_or_plays(
        which in 0usize..6,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let names = ["lstm_1", "wavenet_film", "convnet", "linear", "container", "wavenet_condition"];
        let mut bytes = golden(&format!("{}.nam", names[which]));
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        plays_or_refuses(&bytes);
    }

    /// The same for digits alone, which keep the JSON whole and make the numbers wild.
    #[test]
    fn wild_numbers_are_refused_or_play(
        which in 0usize..6,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..10), 1..12),
    ) {
        let names = ["lstm_2", "wavenet_gated", "convnet_batchnorm", "linear", "container", "wavenet_post_head"];
        let mut bytes = golden(&format!("{}.nam", names[which]));
        // Behind the config and the weights comes what only the tests read.
        let end = bytes.windows(8).position(|w| w == b"\"golden\"").unwrap();
        let digits: Vec<usize> = (0..end).filter(|&i| bytes[i].is_ascii_digit()).collect();
        for (index, digit) in changes {
            bytes[digits[index.index(digits.len())]] = b'0' + digit;
        }
        plays_or_refuses(&bytes);
    }
}

fn plays_or_refuses(bytes: &[u8]) {
    match ProfileModel::from_bytes(bytes) {
        Err(error) => assert!(error.to_string().len() < 600),
        Ok(model) => {
            let mut state = model.state(1, 0);
            let (x, mut y) = ([0.5; 64], [0.0; 64]);
            let knobs = vec![0.0; model.info().knobs.len()];
            state.process(&mut ProfileBlock {
                knobs: &knobs,
                input: [&x, &[]],
                side: None,
                output: [&mut y, &mut []],
                frames: 64,
                link: 0.0,
            });
            assert!(y.iter().all(|y| y.is_finite()));
        }
    }
}
