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
    /// What it printed of the profiler.
    pub profiler: Value,
    /// The lines that `profile_speed` wrote.
    pub profiles: Vec<Value>,
    /// What `profile_bench` printed.
    pub profile_training: Value,
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
    for measured in
        figures.plugin["rows"].as_array().context("the plugin's figures have no rows")?
    {
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
    rows.extend(compressor(figures)?);
    rows.extend(elsewhere(figures)?);
    rows.extend(profiles(figures)?);
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

/// The instrument's rows: as many voices beside burn's decoder, once for each voice and all in one
/// call.
fn voices(figures: &Figures) -> Result<Vec<Value>> {
    let decoder = &figures.burn["decoder"];
    let frames_per_second = number(decoder, "frames_per_second")?;
    let single = number(decoder, "1")?;
    let mut rows = Vec::new();
    for measured in
        figures.instrument["rows"].as_array().context("the instrument's figures have no rows")?
    {
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

/// The profiler's rows: the whole plugin with its compressor. There is no peer.
fn compressor(figures: &Figures) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for measured in
        figures.profiler["rows"].as_array().context("the profiler's figures have no rows")?
    {
        let name = format!("profiler/compressor/stereo/{}", number(measured, "block")?);
        let (share, worst) =
            (number(measured, "core_share")?, number(measured, "worst_callback_share")?);
        rows.push(json!({"name": name, "value": share, "unit": "core_share"}));
        rows.push(json!({"name": format!("{name}/worst_callback"), "value": worst, "unit": "block_share"}));
    }
    Ok(rows)
}

/// The whole plugins at other rates of the host, and in silence, in blocks of 512. There is no
/// peer.
fn elsewhere(figures: &Figures) -> Result<Vec<Value>> {
    let plugins = [
        ("anne/stereo", &figures.plugin),
        ("canne", &figures.instrument),
        ("profiler/compressor/stereo", &figures.profiler),
    ];
    let mut rows = Vec::new();
    for (plugin, measured) in plugins {
        for row in measured["others"].as_array().into_iter().flatten() {
            let khz = number(row, "rate_hz")? / 1000.0;
            let what = match (row["silent"].as_bool() == Some(true), number(row, "voices")?) {
                (true, _) => "/silence".to_owned(),
                (false, voices) if voices > 0.0 => format!("/voices{voices}"),
                _ => String::new(),
            };
            let name = format!("{plugin}{what}/512/{khz} kHz");
            rows.push(
                json!({"name": name, "value": number(row, "core_share")?, "unit": "core_share"}),
            );
        }
    }
    Ok(rows)
}

/// What networks of profiles are to reach on one core, in samples per second of 48 kHz in blocks of 64.
const AIMS: [(&str, f64); 4] = [
    ("LSTM-16", 12e6),
    ("LSTM-32", 5e6),
    ("NAM A1 standard", 31.0 * 48_000.0),
    ("NAM A2 full", 25.0 * 48_000.0),
];

/// Networks of profiles alone, and what is learned in a second.
fn profiles(figures: &Figures) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for measured in &figures.profiles {
        // One line of three for each network: microseconds for 64 samples, the fastest run.
        let text = measured["name"].as_str().unwrap_or_default();
        let Some(network) = text
            .strip_prefix("profile ")
            .filter(|name| !name.ends_with(", median") && !name.ends_with(", real time"))
        else {
            continue;
        };
        let speed = 64e6 / number(measured, "value")?;
        let name = format!("profile/{network}");
        let aim = AIMS
            .iter()
            .filter(|(of, _)| *of == network)
            .map(|(_, speed)| ("aim".to_owned(), *speed));
        let peers = figures.peers.iter().filter_map(|peer| {
            let block_s = peer["profiles"][network].as_f64()?;
            Some((peer["name"].as_str().unwrap_or("peer").to_owned(), 64.0 / block_s))
        });
        let beside: Vec<(String, f64)> = aim.chain(peers).collect();
        for (peer, theirs) in &beside {
            rows.push(
                json!({"name": name, "value": speed, "unit": "samples_per_second", "peer": peer, "peer_value": theirs}),
            );
        }
        if beside.is_empty() {
            rows.push(json!({"name": name, "value": speed, "unit": "samples_per_second"}));
        }
    }
    for network in ["LSTM-32", "NAM A1 standard"] {
        let name = format!("train/profile/{network}");
        let ours = number(&figures.profile_training, network)?;
        let burn = figures.profile_training[format!("burn {network}")]
            .as_f64()
            .map(|speed| ("burn autodiff", speed));
        let peers = figures.peers.iter().filter_map(|peer| {
            Some((
                peer["name"].as_str().unwrap_or("peer"),
                peer["profile_train"][network].as_f64()?,
            ))
        });
        for (peer, theirs) in burn.into_iter().chain(peers) {
            rows.push(
                json!({"name": name, "value": ours, "unit": "samples_per_second", "peer": peer, "peer_value": theirs}),
            );
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
         43 times a second for each voice. The Effect Profiler plays its compressor, knobs at rest. Rows with a rate are\n\
         of that rate of the host, blocks of 512: at another rate than the model's (44.1 kHz) a plugin resamples there and back.\n\
         *Silence* is exact silence, eight seconds of it. Profiles are networks alone\n\
         on one core, one channel at 48 kHz in blocks of 64 samples unless the name says otherwise, the fastest of many runs\n\
         (a peer's is its median); what is trained is counted in scored samples a second on all cores.\n",
        figures.machine, figures.plugin["repeats"], figures.plugin["seconds"]
    );
    let units = [
        ("core_share", "Share of one core"),
        ("block_share", "Worst single callback, share of the block's time"),
        ("seconds", "One stereo frame through the network alone"),
        ("frames_per_second", "Training, frames per second (batches of 100, Adam)"),
        ("samples_per_second", "Profiles, samples per second"),
    ];
    for (unit, title) in units {
        let _ = write!(
            text,
            "\n## {title}\n\n| what | ours | peer | peer's | ratio |\n|---|---|---|---|---|\n"
        );
        for row in rows.iter().filter(|row| row["unit"] == unit) {
            let ours = row["value"].as_f64().unwrap_or(0.0);
            let name = row["name"].as_str().unwrap_or_default();
            let Some(theirs) = row["peer_value"].as_f64() else {
                let _ = writeln!(text, "| {name} | {} | | | |", figure(ours, unit));
                continue;
            };
            let ratio = if unit.ends_with("per_second") { ours / theirs } else { theirs / ours };
            let peer = row["peer"].as_str().unwrap_or_default();
            let _ = writeln!(
                text,
                "| {name} | {} | {peer} | {} | {ratio:.1} |",
                figure(ours, unit),
                figure(theirs, unit)
            );
        }
    }
    text.push_str("\n## Loading\n\n");
    for (name, figures) in [
        ("ANNe", &figures.plugin),
        ("CANNe", &figures.instrument),
        ("Effect Profiler", &figures.profiler),
    ] {
        let ms = |key: &str| figures["load"][key].as_f64().unwrap_or(0.0) * 1e3;
        let _ = writeln!(
            text,
            "- {name}: scan {:.1} ms, create an instance {:.1} ms, activate {:.1} ms",
            ms("scan_s"),
            ms("create_s"),
            ms("activate_s")
        );
    }
    text
}

fn figure(value: f64, unit: &str) -> String {
    match unit {
        "seconds" => format!("{:.1} µs", value * 1e6),
        "frames_per_second" => format!("{value:.0}"),
        "samples_per_second" => format!("{:.3} million", value / 1e6),
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
            profiler: json!({"rows": [{"block": 64, "core_share": 0.004, "worst_callback_share": 0.02}],
                "others": [{"voices": 0, "rate_hz": 48000.0, "silent": false, "core_share": 0.007},
                    {"voices": 0, "rate_hz": 44100.0, "silent": true, "core_share": 0.001}]}),
            profiles: vec![
                json!({"name": "profile LSTM-16", "value": 4.0, "unit": "us/64 samples"}),
                json!({"name": "profile LSTM-16, median", "value": 5.0, "unit": "us/64 samples"}),
                json!({"name": "profile GRU-8", "value": 2.0, "unit": "us/64 samples"}),
            ],
            profile_training: json!({"LSTM-32": 9e5, "NAM A1 standard": 2e5, "burn LSTM-32": 1e4}),
            peers: vec![
                json!({"name": "pytorch", "mono_s": 3e-4, "stereo_s": 4e-4, "train_frames_per_second": 9000.0,
                    "profiles": {"LSTM-16": 64e-6}, "profile_train": {"LSTM-32": 3e5}}),
            ],
            machine: "a machine".into(),
        }
    }

    #[test]
    fn every_peer_has_its_row() {
        let rows = rows(&figures()).unwrap();
        let row = rows
            .iter()
            .find(|row| row["name"] == "anne/stereo/64" && row["peer"] == "burn")
            .unwrap();
        assert_eq!(row["value"], 0.008);
        assert!((row["peer_value"].as_f64().unwrap() - 0.04).abs() < 1e-12);
        assert_eq!(rows.iter().filter(|row| row["name"] == "anne/stereo/64").count(), 4);
        assert_eq!(rows.iter().filter(|row| row["name"] == "train/anne").count(), 2);
        let row = rows
            .iter()
            .find(|row| row["name"] == "canne/voices16/64" && row["peer"] == "burn")
            .unwrap();
        assert!((row["peer_value"].as_f64().unwrap() - 16.0 * 1e-3 * 43.0).abs() < 1e-9);
        for (name, share) in [
            ("profiler/compressor/stereo/512/48 kHz", 0.007),
            ("profiler/compressor/stereo/silence/512/44.1 kHz", 0.001),
        ] {
            assert!(rows.iter().any(|row| row["name"] == name && row["value"] == share), "{name}");
        }
    }

    #[test]
    fn profiles_stand_beside_aims_and_peers_or_alone() {
        let figures = figures();
        let rows = rows(&figures).unwrap();
        let find = |name: &str, peer: &str| {
            rows.iter()
                .find(|row| row["name"] == name && row["peer"].as_str().unwrap_or_default() == peer)
                .unwrap()
        };
        assert_eq!(find("profile/LSTM-16", "aim")["value"], 16e6);
        assert!(
            (find("profile/LSTM-16", "pytorch")["peer_value"].as_f64().unwrap() - 1e6).abs() < 1.0
        );
        assert_eq!(find("profile/GRU-8", "")["value"], 32e6);
        assert_eq!(find("train/profile/LSTM-32", "burn autodiff")["peer_value"], 1e4);
        assert_eq!(rows.iter().filter(|row| row["name"] == "profile/LSTM-16, median").count(), 0);
        let text = document(&figures, &rows);
        assert!(
            text.contains("| profile/LSTM-16 | 16.000 million | aim | 12.000 million | 1.3 |"),
            "{text}"
        );
        assert!(text.contains("| profiler/compressor/stereo/64 | 0.40 % | | | |"), "{text}");
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
