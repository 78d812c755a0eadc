//! How fast profiles are played on one core: `cargo run --release -p nfx-core --example
//! profile_speed [-- --json FILE]`.
//!
//! 48 kHz, blocks of 64 samples, many short runs for each network. The rows are the fastest and the
//! median run: on a machine that does other work, too, the fastest is nearer to what the code can
//! do.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use nfx_core::models::ModelFile;
use nfx_core::models::effect::*;
use nfx_core::nn::CellKind;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;

const RATE_HZ: f64 = 48_000.0;
const RUNS: usize = 401;
const BLOCKS: usize = 20;

fn recurrent(cell: CellKind, hidden: usize, layers: usize) -> ProfileConfig {
    ProfileConfig::Recurrent(RecurrentConfig::new(cell, hidden, layers, 0, false))
}

fn with_knobs(mut config: WaveNetConfig) -> ProfileConfig {
    config.knobs = Some(KnobConfig { count: 3, hidden: 16 });
    ProfileConfig::WaveNet(config)
}

/// Seconds of each run.
fn measure(config: ProfileConfig, channels: usize) -> Result<Vec<f64>, nfx_core::file::ModelError> {
    let stft = StftConfig { fft_size: 2048, hop: 512, window: Window::Hann };
    let model = ProfileModel::from_file(&ModelFile::random(config, stft, RATE_HZ, 1))?;
    let knobs: Vec<f32> = model.info().knobs.iter().map(|knob| knob.default).collect();
    let mut state = model.state(channels, 0);
    let input: Vec<f32> = (0..CHUNK).map(|i| (i as f32 * 0.3).sin() * 0.3).collect();
    let mut output = vec![0.0; 2 * CHUNK];
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        for _ in 0..BLOCKS {
            let (left, right) = output.split_at_mut(CHUNK);
            let (side, link) = (None, 0.0);
            let mut block = ProfileBlock {
                knobs: &knobs,
                input: [&input, &input],
                side,
                output: [left, right],
                frames: CHUNK,
                link,
            };
            state.process(&mut block);
        }
        black_box(&output);
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().position(|a| a == "--json").and_then(|i| arguments.get(i + 1));
    let tcn = LayerArray::plain(1, 32, 13, &[1, 10, 100, 1000]);
    let rows: Vec<(&str, ProfileConfig, usize)> = vec![
        ("LSTM-16", recurrent(CellKind::Lstm, 16, 1), 1),
        ("LSTM-32", recurrent(CellKind::Lstm, 32, 1), 1),
        ("LSTM-96", recurrent(CellKind::Lstm, 96, 1), 1),
        ("LSTM-24 x 2", recurrent(CellKind::Lstm, 24, 2), 1),
        ("GRU-8", recurrent(CellKind::Gru, 8, 1), 1),
        ("GRU-32", recurrent(CellKind::Gru, 32, 1), 1),
        ("LSTM-16 stereo", recurrent(CellKind::Lstm, 16, 1), 2),
        ("LSTM-32 stereo", recurrent(CellKind::Lstm, 32, 1), 2),
        ("NAM A1 standard", ProfileConfig::WaveNet(WaveNetConfig::a1(16, 8)), 1),
        ("NAM A1 nano", ProfileConfig::WaveNet(WaveNetConfig::a1(4, 2)), 1),
        ("NAM A2 full", ProfileConfig::WaveNet(WaveNetConfig::a2(8)), 1),
        ("NAM A2 lite", ProfileConfig::WaveNet(WaveNetConfig::a2(3)), 1),
        ("NAM A2 full, 3 knobs", with_knobs(WaveNetConfig::a2(8)), 1),
        ("NAM A1 standard stereo", ProfileConfig::WaveNet(WaveNetConfig::a1(16, 8)), 2),
        ("NAM A2 full stereo", ProfileConfig::WaveNet(WaveNetConfig::a2(8)), 2),
        ("TCN 4 x 32 channels, 13 taps", ProfileConfig::WaveNet(WaveNetConfig::new(vec![tcn])), 1),
        (
            "Linear, 8192 taps",
            ProfileConfig::Linear(LinearConfig { receptive_field: 8192, bias: false }),
            1,
        ),
    ];
    let samples = (BLOCKS * CHUNK) as f64;
    let mut out = String::new();
    println!(
        "{:<30} {:>12} {:>12} {:>14} {:>10}",
        "network", "us/64 min", "us/64 median", "samples/s min", "x 48 kHz"
    );
    for (name, config, channels) in rows {
        let times = measure(config, channels)?;
        let (min, median) = (times[0], times[times.len() / 2]);
        let (fast, us) = (samples / min, |s: f64| s / BLOCKS as f64 * 1e6);
        println!(
            "{name:<30} {:>12.2} {:>12.2} {fast:>14.0} {:>10.1}",
            us(min),
            us(median),
            fast / RATE_HZ
        );
        for (what, value, unit) in [
            ("", us(min), "us/64 samples"),
            (", median", us(median), "us/64 samples"),
            (", real time", fast / RATE_HZ, "x"),
        ] {
            writeln!(
                out,
                "{{\"name\":\"profile {name}{what}\",\"value\":{value:.4},\"unit\":\"{unit}\"}}"
            )?;
        }
    }
    if let Some(path) = json {
        std::fs::write(path, out)?;
    }
    Ok(())
}
