//! Renders phrases to WAV files and says what voices cost.
//!
//! `cargo run --release -p nfx-core --example canne_render -- OUT_FOLDER [MODEL.safetensors]`
//!
//! Without a model file it plays a decoder made by hand, with 1.2 million weights.

#[path = "../tests/studio/mod.rs"]
mod studio;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use nfx_core::engine::canne::{CanneControls, CanneEngine, EventKind, LoopWish, render_loop};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{CanneModel, DecoderConfig, LayerConfig};
use nfx_core::nn::Activation;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use studio::{off, on, play};

const RATE: f64 = 44_100.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("expected a folder for the WAV files")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let model = match arguments.next() {
        Some(path) => CanneModel::from_file(&ModelFile::from_bytes(&std::fs::read(path)?)?)?,
        None => studio::keys(),
    };
    println!("weights read for each pass: {} kB", model.weight_bytes() / 1000);
    phrases(&model, folder)?;
    let thesis = thesis_sized()?;
    for (name, model) in [("this model", &model), ("a decoder of the thesis's size", &thesis)] {
        println!("{name}:");
        for (block, rate) in [(64, RATE), (512, RATE), (64, 96_000.0)] {
            for voices in [1, 8, 16] {
                cost(model, voices, block, rate)?;
            }
        }
    }
    Ok(())
}

/// 2.8 million random weights in half precision, told no note.
fn thesis_sized() -> Result<Arc<CanneModel>, Box<dyn Error>> {
    let widths = [16, 32, 64, 128, 256, 512, 1024, 2049];
    let layer = |outputs| LayerConfig { outputs, activation: Activation::Relu, bias: false };
    let layers = widths.into_iter().map(layer).collect();
    let config = DecoderConfig { latents: 8, layers, shortcut: false, condition: 0 };
    let file = ModelFile::random(config, StftConfig::new(4096, 1024, Window::Hann)?, RATE, 1);
    Ok(CanneModel::from_file(&ModelFile::from_bytes(&file.to_bytes(Precision::F16)?)?)?)
}

fn seconds(s: f64) -> usize {
    (s * RATE) as usize
}

fn phrases(model: &Arc<CanneModel>, folder: &Path) -> Result<(), Box<dyn Error>> {
    let plain = CanneControls::default();
    let mut scale = Vec::new();
    for (i, note) in [36u8, 48, 60, 64, 67, 72, 84, 96].into_iter().enumerate() {
        scale.push((seconds(0.5 * i as f64), on(note)));
        scale.push((seconds(0.5 * i as f64 + 0.4), off(note)));
    }
    let mut chord = Vec::new();
    for note in [48u8, 55, 60, 64, 67, 71] {
        chord.push((0, on(note)));
        chord.push((seconds(3.0), off(note)));
    }
    let mut moved = plain.clone();
    moved.lfos[0].hz = 0.5;
    moved.lfos[0].to = [0.5, -0.5, 0.3, 0.5, -0.5, 0.5, -0.5, 0.5];
    let bends: Vec<_> = (0..300)
        .map(|i| {
            let value = (i as f32 * 0.12).sin() * if i < 150 { 0.2 } else { 1.0 };
            (seconds(i as f64 * 0.01), EventKind::Bend { channel: 0, semitones_norm: value })
        })
        .collect();
    let mut held = vec![(0, on(57)), (seconds(3.0), off(57))];
    held.extend(bends);
    held.sort_by_key(|e| e.0);
    let mut drone = plain.clone();
    drone.drone = true;
    for (name, controls, events, length) in [
        ("scale", &plain, &scale, 4.5),
        ("chord", &moved, &chord, 4.0),
        ("bend", &plain, &held, 4.0),
        ("drone", &drone, &Vec::new(), 4.0),
    ] {
        let mut engine = CanneEngine::new(model.clone(), RATE)?;
        let sound = play(&mut engine, controls, events, seconds(length), &[512]);
        write(
            &folder.join(format!("{name}.wav")),
            sound[0].iter().zip(&sound[1]).map(|(l, r)| [*l, *r]),
        )?;
        println!("{name}: {:.1} dBFS", studio::db(studio::rms(&sound[0])));
    }
    let looped = render_loop(
        model.clone(),
        None,
        &plain,
        LoopWish { note: Some(45.0), seconds: 2.0, depth: 0.2 },
        RATE,
    )?;
    write(&folder.join("loop.wav"), looped.iter().copied().cycle().take(looped.len() * 3))
}

fn write(path: &Path, sound: impl Iterator<Item = [f32; 2]>) -> Result<(), Box<dyn Error>> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut file = hound::WavWriter::create(path, spec)?;
    for sample in sound.flatten() {
        file.write_sample(sample)?;
    }
    Ok(file.finalize()?)
}

fn cost(
    model: &Arc<CanneModel>,
    voices: u8,
    block: usize,
    rate: f64,
) -> Result<(), Box<dyn Error>> {
    let mut engine = CanneEngine::new(model.clone(), rate)?;
    let controls = CanneControls::default();
    let blocks = (3.0 * rate) as usize / block;
    let mut least = vec![f64::MAX; blocks];
    for _ in 0..5 {
        engine.reset();
        let (mut left, mut right) = (vec![0.0; block], vec![0.0; block]);
        for (i, least) in least.iter_mut().enumerate() {
            let events: Vec<_> = if i == 20 {
                (0..voices)
                    .map(|v| nfx_core::engine::canne::Event { at: 0, kind: on(36 + 3 * v) })
                    .collect()
            } else {
                Vec::new()
            };
            let start = Instant::now();
            engine.process(&controls, &events, &mut left, &mut right);
            *least = least.min(start.elapsed().as_secs_f64());
        }
    }
    let steady = &least[blocks / 3..];
    let share = steady.iter().sum::<f64>() / (steady.len() * block) as f64 * rate;
    let worst = least.iter().copied().fold(0.0, f64::max);
    println!(
        "{voices} voices, blocks of {block} at {rate} Hz: {:.2} % of one core, dearest callback {:.0} us ({:.0} % of its block)",
        100.0 * share,
        worst * 1e6,
        100.0 * worst * rate / block as f64
    );
    Ok(())
}
