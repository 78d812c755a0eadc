//! The sounds that phase reconstruction is measured on.

use std::path::Path;

use anyhow::{Result, bail};
use nfx_train::audio::{EXTENSIONS, read_audio};

/// The recordings, by the names of their files without extension.
pub(super) const RECORDINGS: [&str; 8] = [
    "loop_amen_full",
    "guit_em9",
    "ambi_piano",
    "bass_thick_c",
    "loop_breakbeat",
    "ambi_choir",
    "tabla_dhec",
    "loop_drone_g_97",
];

/// The fundamentals of the synthetic saws, in Hz.
const SAWS_HZ: [f64; 3] = [55.0, 220.0, 1760.0];
const SAW_SECONDS: f64 = 3.0;
const SAW_RATE_HZ: f64 = 44_100.0;

/// A mono sound with its name.
#[derive(Clone, Debug)]
pub(super) struct Signal {
    pub(super) name: String,
    pub(super) samples: Vec<f32>,
    pub(super) rate_hz: f64,
}

/// The recordings (their channels' mean, at most `seconds` from the beginning) and the saws.
///
/// # Errors
/// When a recording is missing or cannot be read.
pub(super) fn all(folder: &Path, seconds: f64) -> Result<Vec<Signal>> {
    let mut signals = Vec::new();
    for name in RECORDINGS {
        let mut paths =
            EXTENSIONS.iter().map(|extension| folder.join(format!("{name}.{extension}")));
        let Some(path) = paths.find(|path| path.is_file()) else {
            bail!(
                "expected a recording {name} (wav, flac, ...) in {}, found none; give the folder of Sonic Pi's samples with --data; nothing was measured",
                folder.display()
            );
        };
        let audio = read_audio(&path)?;
        let mut samples = audio.mono();
        samples.truncate((seconds * audio.rate) as usize);
        signals.push(Signal { name: name.into(), samples, rate_hz: audio.rate });
    }
    signals.extend(SAWS_HZ.map(saw));
    Ok(signals)
}

/// A saw of all partials below half the rate.
fn saw(hz: f64) -> Signal {
    let partials = (SAW_RATE_HZ / 2.0 / hz) as usize;
    let samples = (0..(SAW_SECONDS * SAW_RATE_HZ) as usize).map(|i| {
        let turns = hz * i as f64 / SAW_RATE_HZ;
        let sum: f64 = (1..=partials)
            .map(|k| (std::f64::consts::TAU * turns * k as f64).sin() / k as f64)
            .sum();
        (0.3 * sum) as f32
    });
    Signal { name: format!("saw {hz} Hz"), samples: samples.collect(), rate_hz: SAW_RATE_HZ }
}
