//! What rebuilding the phase of partials that the input lacks is worth: the same resynthesis with
//! the input's phase everywhere, and with our real-time phase reconstruction where the input has
//! nothing, on the eight recordings of `docs/results/phase.md`.
//!
//! `cargo run --release -p nfx-audio --example missing_partials -- MODEL RECORDINGS`, where `RECORDINGS` is the folder of Sonic Pi's
//! samples (`NAME.flac`; channels are mixed to one, six seconds at most). Prints a table in Markdown. Spectral convergence is
//! `20 log10 (|| |S| - |S'| || / || S ||)`: `S` is the magnitudes that the model wants, `S'` those of the sound that comes out. Less is better.

use std::sync::Arc;

use nfx_core::engine::anne::{AnneControls, AnneEngine};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{AnneModel, MAX_LATENTS};
use nfx_core::signal::stft::analyse_signal;

/// The recordings, in the document's order.
const NAMES: [&str; 8] = [
    "loop_amen_full",
    "guit_em9",
    "ambi_piano",
    "bass_thick_c",
    "loop_breakbeat",
    "ambi_choir",
    "tabla_dhec",
    "loop_drone_g_97",
];
/// Seconds of each that are heard.
const SECONDS: f64 = 6.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(model), Some(folder)) = (args.next(), args.next()) else {
        return Err("expected a model file and a folder of recordings".into());
    };
    let model = AnneModel::from_file(&ModelFile::from_bytes(&std::fs::read(model)?)?)?;
    let read = |name: &str| -> nfx_audio::Result<Vec<f32>> {
        let path = std::path::Path::new(&folder).join(format!("{name}.flac"));
        Ok(nfx_audio::read_file(&path, Some(SECONDS))?.mono())
    };
    let sounds: Vec<Vec<f32>> = NAMES.iter().map(|name| read(name)).collect::<Result<_, _>>()?;
    let neutral = AnneControls { detail: 0.0, ..AnneControls::default() };
    let moved = AnneControls {
        latent_gains: std::array::from_fn(
            |i| if i % 3 == 0 && i < MAX_LATENTS { 3.0 } else { 1.0 },
        ),
        ..neutral.clone()
    };
    let morph = |detail: f32| AnneControls { morph: 1.0, detail, ..AnneControls::default() };
    let settings = [
        ("neutral transfer", AnneControls::default()),
        ("resynthesis", neutral),
        ("every third latent x 3", moved),
        ("morph", morph(0.0)),
        ("morph, transfer", morph(1.0)),
    ];
    let names: Vec<&str> = settings.iter().map(|(name, _)| *name).collect();
    println!("| signal | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(settings.len()));
    let mut sums = vec![(0.0, 0.0); settings.len()];
    for (n, name) in NAMES.iter().enumerate() {
        let mut cells = Vec::new();
        for ((_, controls), sum) in settings.iter().zip(&mut sums) {
            let other = &sounds[(n + 3) % sounds.len()];
            let kept = convergence(&model, controls, &sounds[n], other, false)?;
            let mended = convergence(&model, controls, &sounds[n], other, true)?;
            *sum = (sum.0 + kept, sum.1 + mended);
            cells.push(format!("{kept:.2} / {mended:.2}"));
        }
        println!("| {name} | {} |", cells.join(" | "));
    }
    let mean = |(kept, mended): &(f64, f64)| format!("{:.2} / {:.2}", kept / 8.0, mended / 8.0);
    println!("| **mean** | {} |", sums.iter().map(mean).collect::<Vec<_>>().join(" | "));
    Ok(())
}

/// The convergence in decibels, with the input's phase everywhere or with what is lacking rebuilt.
fn convergence(
    model: &Arc<AnneModel>,
    controls: &AnneControls,
    sound: &[f32],
    side: &[f32],
    rebuild: bool,
) -> Result<f64, Box<dyn std::error::Error>> {
    let stft = model.card().kind.stft;
    let mut engine = AnneEngine::with_channels(model.clone(), model.card().sample_rate_hz, 1)?;
    engine.rebuild_phase(rebuild);
    let latency = engine.latency_samples();
    let mut out = sound.to_vec();
    out.resize(sound.len() + latency, 0.0);
    let mut side = side.to_vec();
    side.resize(out.len(), 0.0);
    let mut wanted: Vec<Vec<f32>> = Vec::new();
    for (block, side) in out.chunks_mut(stft.hop).zip(side.chunks(stft.hop)) {
        let before = engine.last_frame().index;
        let side: &[&[f32]] = if controls.morph > 0.0 { &[side] } else { &[] };
        engine.process(controls, &mut [block], side);
        let view = engine.last_frame();
        if view.index > before {
            wanted.push(view.after.to_vec());
        }
    }
    // Both begin with the frame that ends with the first hop.
    let found = analyse_signal(stft, &out[latency..])?;
    let (mut error, mut whole) = (0.0f64, 0.0f64);
    let frames = wanted.iter().zip(&found).take(sound.len() / stft.hop);
    for (wanted, found) in frames {
        for (w, f) in wanted.iter().zip(found).skip(1) {
            error += f64::from(w - f.norm()).powi(2);
            whole += f64::from(*w).powi(2);
        }
    }
    Ok(10.0 * (error / whole.max(1e-30)).log10())
}
