//! Knobs of WaveNets and LSTMs: modulation, baking at a setting, and what foreign files say of
//! knobs.

use nfx_core::models::ModelFile;
use nfx_core::models::effect::*;
use nfx_core::nn::CellKind;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use std::sync::Arc;

const STFT: StftConfig = StftConfig { fft_size: 2048, hop: 512, window: Window::Hann };

fn signal(frames: usize) -> Vec<f32> {
    (0..frames).map(|i| 0.4 * (i as f32 * 0.07).sin() + 0.2 * (i as f32 * 0.31).cos()).collect()
}

fn play(
    model: &Arc<ProfileModel>,
    knobs: impl Fn(usize) -> Vec<f32>,
    input: &[f32],
    block: usize,
) -> Vec<f32> {
    let mut state = model.state(1, 0);
    let mut output = vec![0.0; input.len()];
    for (i, (x, y)) in input.chunks(block).zip(output.chunks_mut(block)).enumerate() {
        let (frames, knobs) = (x.len(), knobs(i * block / 64));
        let mut block = ProfileBlock {
            knobs: &knobs,
            input: [x, &[]],
            side: None,
            output: [y, &mut []],
            frames,
            link: 0.0,
        };
        state.process(&mut block);
    }
    output
}

fn wavenet(hidden: usize, gated: bool, knobs: usize) -> ProfileConfig {
    let mut array = LayerArray::plain(1, 6, 3, &[1, 2, 4, 8]);
    array.bottleneck = 4;
    array.groups = 2;
    if gated {
        array.gating = vec![Gating::Gated, Gating::None, Gating::Blended, Gating::Gated];
    }
    array.head.outputs = 4;
    let mut second = LayerArray::plain(6, 4, 2, &[16, 1]);
    second.head.kernel_size = 5;
    let mut config = WaveNetConfig::new(vec![array, second]);
    config.knobs = Some(KnobConfig { count: knobs, hidden });
    ProfileConfig::WaveNet(config)
}

fn random(config: ProfileConfig, scale: f32) -> ModelFile {
    let mut file = ModelFile::random(config, STFT, 48_000.0, 7);
    file.tensors.values_mut().for_each(|t| t.data.iter_mut().for_each(|w| *w *= scale));
    let knobs = &mut file.card.effect_mut().unwrap().info.knobs;
    if let Some(knob) = knobs.get_mut(1) {
        *knob = KnobInfo {
            log: true,
            unit: "ms".to_owned(),
            ..KnobInfo::linear("Attack", 1.0, 1000.0, 10.0)
        };
    }
    file
}

fn families() -> Vec<(&'static str, ModelFile)> {
    let lstm = ProfileConfig::Recurrent(RecurrentConfig::new(CellKind::Lstm, 12, 2, 2, false));
    vec![
        ("affine", random(wavenet(0, false, 2), 4.0)),
        ("gated", random(wavenet(0, true, 3), 4.0)),
        ("layers between", random(wavenet(8, true, 2), 4.0)),
        ("lstm", random(lstm, 0.4)),
    ]
}

fn difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_setting_written_as_nam_and_opened_again_is_the_profile_at_that_setting() {
    let input = signal(2000);
    for (name, file) in families() {
        let model = ProfileModel::from_file(&file).unwrap();
        let middle: Vec<f32> = model.info().knobs.iter().map(|knob| knob.value(0.0)).collect();
        let reference = play(&model, |_| middle.clone(), &input, 64);
        let mut moved = 0.0f32;
        for place in [-1.0, -0.3, 0.8] {
            let knobs: Vec<f32> = model.info().knobs.iter().map(|knob| knob.value(place)).collect();
            let nam = model.bake(&knobs).unwrap();
            let opened = ProfileModel::from_bytes(nam.to_json().as_bytes()).unwrap();
            assert!(opened.info().knobs.is_empty());
            // The profile settles at its defaults, a file at its setting: long enough after the
            // beginning they are the same.
            let live = play(&model, |_| knobs.clone(), &input, 64);
            let still = play(&opened, |_| vec![], &input, 64);
            let error = difference(&live[1000..], &still[1000..]);
            assert!(error < 1e-5, "{name} at {place}: {error}");
            moved = moved.max(difference(&live[1000..], &reference[1000..]));
        }
        assert!(moved > 1e-3, "{name}: the knobs do nothing, {moved}");
    }
}

#[test]
fn moving_knobs_give_the_same_bits_in_any_partition_and_make_no_step() {
    let input = signal(1280);
    for (name, file) in families() {
        let model = ProfileModel::from_file(&file).unwrap();
        let count = model.info().knobs.len();
        let knobs = |slot: usize| {
            let infos = &model.info().knobs;
            (0..count)
                .map(|k| infos[k].value(((slot + k) as f32 * 0.7).sin()))
                .collect::<Vec<f32>>()
        };
        let whole = play(&model, knobs, &input, 64);
        for block in [1, 16, 32] {
            assert!(play(&model, knobs, &input, block) == whole, "{name}: blocks of {block}");
        }
        // A knob that jumps from end to end moves the sound in a line over 64 samples.
        let constant = vec![0.3; 6400];
        let jump = |slot: usize| {
            model.info().knobs.iter().map(|k| k.value(if slot < 80 { -1.0 } else { 1.0 })).collect()
        };
        let output = play(&model, jump, &constant, 64);
        let step = |range: std::ops::Range<usize>| {
            range.map(|i| (output[i + 1] - output[i]).abs()).fold(0.0f32, f32::max)
        };
        let whole = (output[6300] - output[5000]).abs();
        assert!(step(5100..5400) <= 0.25 * whole + 1e-5, "{name}: {} of {whole}", step(5100..5400));
    }
}

#[test]
fn what_has_no_nam_form_is_refused_with_the_reason() {
    let gru = ProfileConfig::Recurrent(RecurrentConfig::new(CellKind::Gru, 8, 1, 0, false));
    let skip = ProfileConfig::Recurrent(RecurrentConfig::new(CellKind::Lstm, 8, 1, 1, true));
    for (config, word) in [(gru, "GRU"), (skip, "skip")] {
        let model = ProfileModel::from_file(&random(config, 0.3)).unwrap();
        let error = model.bake(&[]).unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("expected"), "{error}");
    }
}

#[test]
fn a_profile_with_knobs_is_stored_and_read_back() {
    for (name, file) in families() {
        let bytes = file.to_bytes(nfx_core::file::Precision::F32).unwrap();
        assert!(ModelFile::from_bytes(&bytes).unwrap() == file, "{name}");
    }
}
