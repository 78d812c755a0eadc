//! What one second of stereo costs, and its dearest callback, for the hybrid of 64 latents at 44.1
//! kHz.
//!
//! `cargo run --release -p nfx-core --example engine_cost [block] [model file]`

use std::sync::Arc;
use std::time::Instant;

use nfx_core::engine::EngineError;
use nfx_core::engine::anne::{AnneControls, AnneEngine};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{AnneModel, AutoencoderConfig, MAX_LATENTS};
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let block: usize = std::env::args().nth(1).map_or(Ok(64), |a| a.parse())?;
    let stft = StftConfig::new(2048, 512, Window::Hann)?;
    let config = AutoencoderConfig::hybrid(stft.bins(), &[512, 256, 128, 64, 128, 256, 512]);
    let file = match std::env::args().nth(2) {
        Some(path) => ModelFile::from_bytes(&std::fs::read(path)?)?,
        None => ModelFile::from_bytes(
            &ModelFile::random(config, stft, 44_100.0, 1).to_bytes(Precision::F16)?,
        )?,
    };
    let model = AnneModel::from_file(&file)?;
    println!("weights read for each frame: {} kB", model.net().weight_bytes() / 1000);
    // As it opens, with all knobs neutral; moved, where transfer decodes twice; and the original's
    // way.
    let opened = AnneControls { level_match: true, ..AnneControls::default() };
    let moved = AnneControls { latent_gains: [1.5; MAX_LATENTS], ..opened.clone() };
    let made = AnneControls { detail: 0.0, ..moved.clone() };
    let ways = [
        ("neutral", opened, true),
        ("moved", moved, true),
        ("resynthesis", made.clone(), true),
        ("resynthesis on the input's phase", made, false),
    ];
    for (name, controls, rebuild) in ways {
        let (share, dearest) = cost(model.clone(), rebuild, &controls, block)?;
        println!("{name}, blocks of {block}: {:.3} % of one core", 100.0 * share);
        println!(
            "  dearest callback: {:.0} us, {:.1} % of its block",
            1e6 * dearest,
            100.0 * dearest / (block as f64 / 44_100.0)
        );
    }
    Ok(())
}

/// The share of a core that stereo noise takes, and the dearest callback in seconds.
fn cost(
    model: Arc<AnneModel>,
    rebuild: bool,
    controls: &AnneControls,
    block: usize,
) -> Result<(f64, f64), EngineError> {
    let mut engine = AnneEngine::new(model, 44_100.0)?;
    engine.rebuild_phase(rebuild);
    let (seconds, repeats) = (4.0, 7);
    let blocks = (44_100.0 * seconds) as usize / block;
    let mut least = vec![f64::MAX; blocks];
    let mut seed = 1u32;
    for _ in 0..repeats {
        engine.reset();
        for least in &mut least {
            let mut noise = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                seed as f32 / u32::MAX as f32 - 0.5
            };
            let mut a: Vec<f32> = (0..block).map(|_| noise()).collect();
            let mut b: Vec<f32> = (0..block).map(|_| noise()).collect();
            let start = Instant::now();
            engine.process(controls, &mut [&mut a, &mut b], &[]);
            *least = least.min(start.elapsed().as_secs_f64());
        }
    }
    Ok((least.iter().sum::<f64>() / seconds, least.iter().copied().fold(0.0, f64::max)))
}
