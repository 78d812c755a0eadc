//! The sounds that are played: real ones where they are at hand.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use nfx_train::audio::{Audio, read_audio};
use nfx_train::profile::signal::test_signal;
use nfx_train::synth::pluck;
use rand::Rng;

/// Seconds of each sound.
const SECONDS: f64 = 12.0;
/// Rate of the real ones.
const RATE_HZ: f64 = 44_100.0;

/// A sound that is played.
pub(crate) struct Sound {
    pub(crate) name: &'static str,
    pub(crate) samples: Vec<f32>,
    pub(crate) rate_hz: f64,
}

/// One channel.
pub(crate) fn mono(samples: Vec<f32>, rate: f64) -> Audio {
    Audio { channels: vec![samples], rate }
}

pub(crate) fn normalised(mut x: Vec<f32>) -> Vec<f32> {
    let top = x.iter().fold(1e-9f32, |m, x| m.max(x.abs()));
    x.iter_mut().for_each(|x| *x *= 0.9 / top);
    x
}

/// Notes of a folder, one begun before the last has ended.
fn notes(folder: &Path, seed: u64) -> Result<Vec<f32>> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.filter_map(|f| Some(f.ok()?.path())).collect();
    files.sort();
    let mut random = nfx_learn::rng(seed, 0x5017, files.len() as u64);
    let n = (SECONDS * RATE_HZ) as usize;
    let (mut out, mut at) = (vec![0.0f32; n], 0);
    while at < n {
        let sound = read_audio(&files[random.random_range(0..files.len())])?.mono();
        let gain = random.random_range(0.2..0.9);
        out[at..].iter_mut().zip(&sound).for_each(|(o, x)| *o += gain * x);
        at += (random.random_range(0.15..0.8) * RATE_HZ) as usize;
    }
    Ok(normalised(out))
}

/// Recordings one after another.
fn phrases(folder: &Path, names: &[&str]) -> Result<Vec<f32>> {
    let mut out = Vec::new();
    for name in names {
        out.extend(read_audio(&folder.join(format!("{name}.flac")))?.mono());
    }
    out.truncate((SECONDS * RATE_HZ) as usize);
    Ok(normalised(out))
}

/// A loop from a sample of it on, for as long as a real sound.
fn looped(x: &[f32], from: usize) -> Vec<f32> {
    x.iter().cycle().skip(from).take((SECONDS * RATE_HZ) as usize).copied().collect()
}

/// The folders of notes and of Sonic Pi's samples, where a folder of real sounds is given.
fn real(folder: Option<&Path>) -> Result<Option<[PathBuf; 2]>> {
    let Some(folder) = folder else { return Ok(None) };
    let both = ["notes", "sonic-pi"].map(|name| folder.join(name));
    for part in &both {
        ensure!(
            part.is_dir(),
            "expected a folder {} with real sounds, found none; nothing was done",
            part.display()
        );
    }
    Ok(Some(both))
}

/// More of them: five real ones where they are at hand, else three.
pub(super) fn further(folder: Option<&Path>, seed: u64) -> Result<Vec<Sound>> {
    let of = |name, samples| Sound { name, samples, rate_hz: RATE_HZ };
    let Some([n, s]) = real(folder)? else {
        let backwards = |x: Vec<f32>| normalised(looped(&x, 0).into_iter().rev().collect());
        return Ok(vec![
            of("drums, backwards (synthetic)", backwards(pluck::drums())),
            of("bass, backwards (synthetic)", backwards(pluck::bass())),
            of("guitar, backwards (synthetic)", backwards(pluck::guitar())),
        ]);
    };
    Ok(vec![
        of("alto saxophone", notes(&n.join("alto-sax"), seed)?),
        of("tremolo strings", notes(&n.join("tremolo-strings"), seed)?),
        of("electric piano", notes(&n.join("electric-piano"), seed)?),
        of(
            "pads",
            phrases(&s, &["ambi_choir", "ambi_piano", "ambi_lunar_land", "ambi_glass_hum"])?,
        ),
        of(
            "synthetic loops",
            phrases(&s, &["loop_mehackit1", "loop_garzul", "loop_perc1", "loop_safari"])?,
        ),
    ])
}

/// Eight sounds: six of music, two test signals.
pub(crate) fn sounds(folder: Option<&Path>, seed: u64) -> Result<Vec<Sound>> {
    let of = |name, samples, rate_hz| Sound { name, samples, rate_hz };
    let mut out = if let Some([n, s]) = real(folder)? {
        vec![
            of("electric bass", notes(&n.join("electric-bass"), seed)?, RATE_HZ),
            of("steel guitar", notes(&n.join("steel-guitar"), seed)?, RATE_HZ),
            of("upright piano", notes(&n.join("upright-piano"), seed)?, RATE_HZ),
            of("bowed double bass", notes(&n.join("double-bass-arco"), seed)?, RATE_HZ),
            of(
                "drum loops",
                phrases(&s, &["loop_amen_full", "loop_breakbeat", "loop_compus", "loop_tabla"])?,
                RATE_HZ,
            ),
            of(
                "electric guitar",
                phrases(&s, &["guit_em9", "guit_e_fifths", "guit_harmonics"])?,
                RATE_HZ,
            ),
        ]
    } else {
        let factory = |x: Vec<f32>, from: usize| normalised(looped(&x, from));
        vec![
            of("drums (synthetic)", factory(pluck::drums(), 0), RATE_HZ),
            of("bass (synthetic)", factory(pluck::bass(), 0), RATE_HZ),
            of("guitar (synthetic)", factory(pluck::guitar(), 0), RATE_HZ),
            of("drums, from the middle (synthetic)", factory(pluck::drums(), 90_000), RATE_HZ),
            of("bass, from the middle (synthetic)", factory(pluck::bass(), 90_000), RATE_HZ),
            of("guitar, from the middle (synthetic)", factory(pluck::guitar(), 90_000), RATE_HZ),
        ]
    };
    for (name, rate) in [("test signal", 48_000.0), ("test signal", 8_000.0)] {
        out.push(of(name, test_signal(20.0, rate)?, rate));
    }
    Ok(out)
}
