//! What the benchmark measured, as rows for programs and as a document for people.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Everything that was measured.
pub struct Figures {
    /// What `nfx-host bench` printed.
    pub plugin: Value,
    /// What it printed of the instrument.
    pub instrument: Value,
    /// What `anne_bench` printed.
    pub burn: Value,
    /// What `bench_peer.py` printed, once for each peer that could be installed.
    pub peers: Vec<Value>,
    /// Processor and cores.
    pub machine: String,
}

/// A peer's time for one network frame: one channel, or both in one call.
struct Peer {
    name: String,
    stereo_frame_s: f64,
}

/// The rows of `report.json`: `name`, `value`, `unit`, and for each peer `peer` and `peer_value`.
///
/// # Errors
/// When a figure is missing.
pub fn rows(figures: &Figures) -> Result<Vec<Value>> {
    let frames_per_second = number(&figures.burn, "frames_per_second")?;
    let peers = peers(figures)?;
    let mut rows = Vec::new();
    for measured in figures.plugin["rows"].as_array().context("the plugin's figures have no rows")? {
        let block = number(measured, "block")?;
        let name = format!("anne/stereo/{block}");
        let block_s = block / number(&figures.plugin, "rate_hz")?;
        for peer in &peers {
            let share = peer.stereo_frame_s * frames_per_second;
            rows.push(json!({"name": name, "value": number(measured, "core_share")?, "unit": "core_share", "peer": peer.name, "peer_value": share}));
        }
        for peer in &peers {
            let share = peer.stereo_frame_s / block_s;
            let worst = number(measured, "worst_callback_share")?;
            rows.push(json!({"name": format!("{name}/worst_callback"), "value": worst, "unit": "block_share", "peer": peer.name, "peer_value": share}));
        }
    }
    rows.extend(voices(figures)?);
    let engine = number(&figures.burn, "engine_stereo_s")?;
    for peer in &peers {
        rows.push(json!({"name": "anne/network/stereo_frame", "value": engine, "unit": "seconds", "peer": peer.name, "peer_value": peer.stereo_frame_s}));
    }
    let trained = number(&figures.burn, "train_frames_per_second")?;
    rows.push(json!({"name": "train/anne", "value": trained, "unit": "frames_per_second", "peer": "burn autodiff", "peer_value": number(&figures.burn, "burn_train_frames_per_second")?}));
    for peer in figures.peers.iter().filter(|peer| peer["train_frames_per_second"].is_number()) {
        let name = peer["name"].as_str().unwrap_or("peer");
        rows.push(json!({"name": "train/anne", "value": trained, "unit": "frames_per_second", "peer": name, "peer_value": peer["train_frames_per_second"]}));
    }
    Ok(rows)
}

/// The instrument's rows: as many voices beside burn's decoder, once for each voice and all in one call.
fn voices(figures: &Figures) -> Result<Vec<Value>> {
    let decoder = &figures.burn["decoder"];
    let frames_per_second = number(decoder, "frames_per_second")?;
    let single = number(decoder, "1")?;
    let mut rows = Vec::new();
    for measured in figures.instrument["rows"].as_array().context("the instrument's figures have no rows")? {
        let (voices, block) = (number(measured, "voices")?, number(measured, "block")?);
        let name = format!("canne/voices{voices}/{block}");
        let together = number(decoder, &voices.to_string())?;
        let block_s = block / number(&figures.instrument, "rate_hz")?;
        let mut peers = vec![("burn", voices * single)];
        if voices > 1.0 {
            peers.push(("burn, all voices in one call", together));
        }
        for (peer, frame_s) in &peers {
            let (share, theirs) = (number(measured, "core_share")?, frame_s * frames_per_second);
            rows.push(json!({"name": name, "value": share, "unit": "core_share", "peer": peer, "peer_value": theirs}));
        }
        for (peer, frame_s) in &peers {
            let (worst, theirs) = (number(measured, "worst_callback_share")?, frame_s / block_s);
            rows.push(json!({"name": format!("{name}/worst_callback"), "value": worst, "unit": "block_share", "peer": peer, "peer_value": theirs}));
        }
    }
    Ok(rows)
}

fn peers(figures: &Figures) -> Result<Vec<Peer>> {
    let mut peers = vec![
        Peer { name: "burn".into(), stereo_frame_s: 2.0 * number(&figures.burn, "burn_mono_s")? },
        Peer {
            name: "burn, both channels in one call".into(),
            stereo_frame_s: number(&figures.burn, "burn_stereo_s")?,
        },
    ];
    for peer in &figures.peers {
        let name = peer["name"].as_str().context("a peer has no name")?;
        peers.push(Peer { name: name.into(), stereo_frame_s: 2.0 * number(peer, "mono_s")? });
        peers.push(Peer {
            name: format!("{name}, both channels in one call"),
            stereo_frame_s: number(peer, "stereo_s")?,
        });
    }
    Ok(peers)
}

fn number(value: &Value, key: &str) -> Result<f64> {
    value[key].as_f64().with_context(|| format!("a figure `{key}` was expected in {value}"))
}

/// `docs/performance.md`.
pub fn document(figures: &Figures, rows: &[Value]) -> String {
    let mut text = format!(
        "# Performance\n\nMade by `cargo xtask bench` on {}. Lower is better except for training.\n\n\
         ANNe's default model plays stereo music at 44.1 kHz, hop 512, all knobs neutral. *Core share* is the audio thread's\n\
         own CPU time over the sound's duration, the median over {} runs of {} s; it is the whole plugin: host glue, STFT,\n\
         network, resynthesis, smoothing. A peer's share is its bare forward pass of the same network, nothing else. *Worst\n\
         callback* is the largest, over its place in the run, of the smallest over the runs, as a share of the block's\n\
         duration. CANNe's default model plays that many held keys while a slider moves; a peer's share is its bare decoder,\n\
         43 times a second for each voice.\n",
        figures.machine, figures.plugin["repeats"], figures.plugin["seconds"]
    );
    let units = [
        ("core_share", "Share of one core"),
        ("block_share", "Worst single callback, share of the block's time"),
        ("seconds", "One stereo frame through the network alone"),
        ("frames_per_second", "Training, frames per second (batches of 100, Adam)"),
    ];
    for (unit, title) in units {
        let _ = write!(text, "\n## {title}\n\n| what | ours | peer | peer's | ratio |\n|---|---|---|---|---|\n");
        for row in rows.iter().filter(|row| row["unit"] == unit) {
            let (ours, theirs) = (row["value"].as_f64().unwrap_or(0.0), row["peer_value"].as_f64().unwrap_or(0.0));
            let ratio = if unit == "frames_per_second" { ours / theirs } else { theirs / ours };
            let name = row["name"].as_str().unwrap_or_default();
            let peer = row["peer"].as_str().unwrap_or_default();
            let _ =
                writeln!(text, "| {name} | {} | {peer} | {} | {ratio:.1} |", figure(ours, unit), figure(theirs, unit));
        }
    }
    let load = &figures.plugin["load"];
    let ms = |key: &str| load[key].as_f64().unwrap_or(0.0) * 1e3;
    let _ = write!(
        text,
        "\n## Loading\n\nScan {:.1} ms, create an instance {:.1} ms, activate {:.1} ms.\n",
        ms("scan_s"),
        ms("create_s"),
        ms("activate_s")
    );
    text
}

fn figure(value: f64, unit: &str) -> String {
    match unit {
        "seconds" => format!("{:.1} µs", value * 1e6),
        "frames_per_second" => format!("{value:.0}"),
        _ => format!("{:.2} %", value * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        Figures {
            plugin: json!({"rate_hz": 44100.0, "seconds": 8.0, "repeats": 12, "load": {"scan_s": 0.01},
                "rows": [{"block": 64, "core_share": 0.008, "worst_callback_share": 0.1}]}),
            burn: json!({"frames_per_second": 100.0, "burn_mono_s": 2e-4, "burn_stereo_s": 3e-4, "engine_stereo_s": 5e-5,
                "train_frames_per_second": 6000.0, "burn_train_frames_per_second": 5000.0,
                "decoder": {"frames_per_second": 43.0, "1": 1e-3, "8": 4e-3, "16": 6e-3}}),
            instrument: json!({"rate_hz": 44100.0,
                "rows": [{"block": 64, "voices": 16, "core_share": 0.08, "worst_callback_share": 0.2}]}),
            peers: vec![
                json!({"name": "pytorch", "mono_s": 3e-4, "stereo_s": 4e-4, "train_frames_per_second": 9000.0}),
            ],
            machine: "a machine".into(),
        }
    }

    #[test]
    fn every_peer_has_its_row() {
        let rows = rows(&figures()).unwrap();
        let row = rows.iter().find(|row| row["name"] == "anne/stereo/64" && row["peer"] == "burn").unwrap();
        assert_eq!(row["value"], 0.008);
        assert!((row["peer_value"].as_f64().unwrap() - 0.04).abs() < 1e-12);
        assert_eq!(rows.iter().filter(|row| row["name"] == "anne/stereo/64").count(), 4);
        assert_eq!(rows.iter().filter(|row| row["name"] == "train/anne").count(), 2);
        let row = rows.iter().find(|row| row["name"] == "canne/voices16/64" && row["peer"] == "burn").unwrap();
        assert!((row["peer_value"].as_f64().unwrap() - 16.0 * 1e-3 * 43.0).abs() < 1e-9);
    }

    #[test]
    fn the_document_says_command_and_machine() {
        let figures = figures();
        let text = document(&figures, &rows(&figures).unwrap());
        assert!(
            text.contains("`cargo xtask bench` on a machine")
                && text.contains("| anne/stereo/64 | 0.80 % | burn | 4.00 % | 5.0 |"),
            "{text}"
        );
    }

    #[test]
    fn a_missing_figure_is_named() {
        let mut figures = figures();
        figures.burn = json!({});
        assert!(rows(&figures).unwrap_err().to_string().contains("frames_per_second"));
    }
}
