//! The presets' output levels: a note peaks where it should, and the presets are about as loud as each other.

use std::sync::Arc;

use canne_synth::models::LIBRARY;
use canne_synth::params::{CanneParams, in_presets};
use nfx_core::Complex32;
use nfx_core::engine::canne::{CanneEngine, Event, EventKind, k_weight};
use nfx_core::stft::{StftConfig, Transform};
use nfx_core::window::Window;
use nfx_plugin::presets::Preset;
use nfx_plugin::snapshot::{Direct, ParamTable, Value};

/// The rate at which presets are measured.
const RATE: f64 = 44_100.0;
/// Where a note at velocity 100 peaks, dBFS.
const PEAK_DB: f32 = -12.0;
/// How far from there loudness may move a preset, dB.
const REACH_DB: f32 = 2.5;
/// The single notes that are tried; the loudest counts half, the others the rest.
const NOTES: [u8; 3] = [48, 60, 72];
/// The chord whose loudness is compared.
const CHORD: [u8; 3] = [48, 55, 60];
/// Velocity 100 of 127.
const VELOCITY: f32 = 100.0 / 127.0;

/// What was measured of one preset with its output at 0 dB.
#[derive(Clone, Copy, Debug)]
struct Measured {
    peak_db: f32,
    loudness_db: f32,
}

/// Sets every preset's output.
pub fn level(presets: &mut [Preset]) -> Result<(), String> {
    let measured = presets.iter().map(measure).collect::<Result<Vec<_>, _>>()?;
    let mut loudness: Vec<f32> = measured.iter().map(|m| m.loudness_db + PEAK_DB - m.peak_db).collect();
    loudness.sort_by(f32::total_cmp);
    let middle = loudness[loudness.len() / 2];
    for (preset, found) in presets.iter_mut().zip(measured) {
        let by_peak = PEAK_DB - found.peak_db;
        let off = (middle - (found.loudness_db + by_peak)).clamp(-REACH_DB, REACH_DB);
        let out = ((by_peak + off) * 10.0).round() / 10.0;
        let out = out.clamp(-24.0, 24.0);
        preset.snapshot.params.insert("out".to_owned(), Value::Number(out));
        eprintln!(
            "{:<24} out {out:>5.1} dB: a note peaks at {:.1} dBFS, the chord at {:.1} LUFS",
            preset.name,
            found.peak_db + out,
            found.loudness_db + out
        );
    }
    Ok(())
}

fn measure(preset: &Preset) -> Result<Measured, String> {
    let peaks: Vec<f32> = NOTES
        .iter()
        .map(|&note| play(preset, &[note]))
        .map(|sound| sound.map(|s| peak_db(&s)))
        .collect::<Result<_, _>>()?;
    let loudest = peaks.iter().copied().fold(f32::MIN, f32::max);
    let mean = peaks.iter().sum::<f32>() / peaks.len() as f32;
    Ok(Measured { peak_db: 0.5 * (loudest + mean), loudness_db: loudness_db(&play(preset, &CHORD)?)? })
}

fn peak_db(sound: &[Vec<f32>; 2]) -> f32 {
    20.0 * sound.iter().flatten().fold(1e-6f32, |most, x| most.max(x.abs())).log10()
}

/// Two seconds of keys held for one and a half, with the preset's output at 0 dB, both channels.
fn play(preset: &Preset, keys: &[u8]) -> Result<[Vec<f32>; 2], String> {
    let params = Arc::new(CanneParams::default());
    ParamTable::new(params.clone()).apply(&preset.snapshot.params, in_presets, &Direct);
    let corners = preset.snapshot.extra.get("positions").and_then(|json| serde_json::from_value(json.clone()).ok());
    for (corner, position) in corners.unwrap_or([[0.5f32; 8]; 4]).into_iter().enumerate() {
        params.session.set_position(corner, position);
    }
    let stored = preset.snapshot.model.as_ref().ok_or("A preset names no model.")?;
    let entry = LIBRARY
        .embedded()
        .iter()
        .find(|entry| entry.name == stored.name)
        .ok_or_else(|| format!("There is no model {}.", stored.name))?;
    let mut engine = CanneEngine::new(LIBRARY.embedded_model(entry)?, RATE).map_err(|e| e.to_string())?;
    let mut controls = params.controls(None);
    controls.output_gain = 1.0;
    let event = |at: usize, kind| Event { at, kind };
    let on = keys.iter().map(|&note| event(0, EventKind::NoteOn { channel: 0, note, velocity: VELOCITY, id: -1 }));
    let end = (1.5 * RATE) as usize;
    let off = keys.iter().map(|&note| event(end, EventKind::NoteOff { channel: 0, note, velocity: 0.0, id: -1 }));
    let (mut left, mut right) = (vec![0.0; 88_200], vec![0.0; 88_200]);
    engine.process(&controls, &on.chain(off).collect::<Vec<_>>(), &mut left, &mut right);
    Ok([left, right])
}

/// The loudest 0.37 s, K-weighted, in LUFS.
fn loudness_db(sound: &[Vec<f32>; 2]) -> Result<f32, String> {
    let config = StftConfig::new(16_384, 4096, Window::Hann).map_err(|e| e.to_string())?;
    let mut transform = Transform::new(config).map_err(|e| e.to_string())?;
    let mut spectrum = vec![Complex32::default(); config.bins()];
    let squares: f32 = Window::Hann.periodic(config.fft_size).iter().map(|w| w * w).sum();
    let mut most = 1e-12f32;
    for start in (0..sound[0].len() - config.fft_size).step_by(config.hop) {
        let mut power = 0.0;
        for channel in sound {
            transform.analyse(&channel[start..start + config.fft_size], &mut spectrum);
            let bin_hz = RATE as f32 / config.fft_size as f32;
            let each = spectrum.iter().enumerate().map(|(k, x)| k_weight(k as f32 * bin_hz) * x.norm_sqr());
            power += 2.0 * each.sum::<f32>() / (squares * config.fft_size as f32);
        }
        most = most.max(power);
    }
    Ok(10.0 * most.log10() - 0.691)
}
