//! "AKWF Waveforms by Adventure Kid" as a source: single-cycle waves played as notes.

use std::path::Path;

use anyhow::{Context, Result, bail};
use nfx_core::signal::random::Random;
use serde::Deserialize;

use super::source::{ClipInfo, Source};
use crate::audio;
use crate::synth::dsp::Svf;

/// Samples of one wave in `akwf.wav`.
const CYCLE: usize = 256;
/// Neighbours in a family are steps of one morph and nearly equal, so they go to the same set.
const WAVES_PER_CLIP: usize = 6;
/// What the licence asks to be named.
pub(super) const NOTICE: &str =
    "Contains AKWF Waveforms by Adventure Kid (www.adventurekid.se), CC BY 3.0.";

#[derive(Deserialize)]
struct Entry {
    family: String,
}

/// The opened collection.
pub(super) struct Akwf {
    /// Harmonics of each wave: `[wave][harmonic]` as (cosine, sine) amplitudes, harmonic 1 first.
    harmonics: Vec<Vec<(f32, f32)>>,
    /// Range of waves of each clip.
    groups: Vec<(usize, usize)>,
    clips: Vec<ClipInfo>,
    seed: u64,
    seconds: f64,
}

impl Akwf {
    /// Reads `akwf.wav` and `index.json`.
    pub(super) fn open(path: &Path, seed: u64, seconds: f64) -> Result<Akwf> {
        let waves = audio::read_audio(&path.join("akwf.wav"))?.mono();
        let index_path = path.join("index.json");
        let text = std::fs::read_to_string(&index_path).with_context(|| {
            format!("the list of waves {} could not be read", index_path.display())
        })?;
        let index: Vec<Entry> = serde_json::from_str(&text).with_context(|| {
            format!("expected a list of objects with a `family` in {}", index_path.display())
        })?;
        if waves.len() != index.len() * CYCLE || index.is_empty() {
            bail!(
                "expected {} waves of {CYCLE} samples in akwf.wav as index.json lists them, found {} samples",
                index.len(),
                waves.len()
            );
        }
        let mut groups: Vec<(usize, usize)> = Vec::new();
        for i in 0..index.len() {
            match groups.last_mut() {
                Some((start, end))
                    if *end - *start < WAVES_PER_CLIP
                        && index[*start].family == index[i].family =>
                {
                    *end = i + 1
                }
                _ => groups.push((i, i + 1)),
            }
        }
        let clips =
            groups.iter().map(|(a, b)| ClipInfo::new((b - a) as f64 * seconds, "waves")).collect();
        let harmonics = waves.chunks_exact(CYCLE).map(analyse).collect();
        Ok(Akwf { harmonics, groups, clips, seed, seconds })
    }

    fn note(&self, wave: usize, rate: f32) -> Vec<f32> {
        let mut rng = Random::for_part(self.seed, wave as u64);
        let midi = rng.range(30.0, 84.0).round();
        let hz = 440.0 * ((midi - 69.0) / 12.0).exp2();
        let table = cycle(&self.harmonics[wave], ((0.45 * rate / hz) as usize).max(1));
        let length = (self.seconds * f64::from(rate)) as usize;
        let attack = rng.log_range(0.002, 0.15) * rate;
        let release = 0.05 * rate;
        let decay =
            if rng.chance(0.5) { 1.0 } else { (-1.0 / (rng.log_range(0.15, 1.0) * rate)).exp() };
        let (vibrato, vibrato_hz) =
            (if rng.chance(0.3) { rng.range(0.002, 0.008) } else { 0.0 }, rng.range(4.0, 6.5));
        let filtered = rng.chance(0.4);
        let (cutoff, sweep) =
            (rng.log_range(4.0, 30.0) * hz, (-1.0 / (rng.log_range(0.1, 0.8) * rate)).exp());
        let mut filter = Svf::new(rate);
        let (mut phase, mut gain, mut fall) = (rng.unit(), 1.0f32, 1.0f32);
        (0..length)
            .map(|i| {
                let bend =
                    1.0 + vibrato * (std::f32::consts::TAU * vibrato_hz * i as f32 / rate).sin();
                phase += hz * bend / rate;
                phase -= phase.floor();
                let position = phase * table.len() as f32;
                let (k, f) = (position as usize, position.fract());
                let (a, b) = (table[k % table.len()], table[(k + 1) % table.len()]);
                gain *= decay;
                fall *= sweep;
                let edge = (i as f32 / attack).min((length - i) as f32 / release).min(1.0);
                let x = (a + (b - a) * f) * gain * edge * 0.5;
                if filtered {
                    if i % 32 == 0 {
                        filter.set(hz + cutoff * fall, 0.9);
                    }
                    filter.low(x)
                } else {
                    x
                }
            })
            .collect()
    }
}

/// The harmonics of one cycle by the plain sum; the mean is left out.
fn analyse(cycle: &[f32]) -> Vec<(f32, f32)> {
    let n = cycle.len();
    let table: Vec<(f32, f32)> = (0..n)
        .map(|i| {
            let (s, c) = (std::f64::consts::TAU * i as f64 / n as f64).sin_cos();
            (c as f32, s as f32)
        })
        .collect();
    (1..n / 2)
        .map(|h| {
            let (mut re, mut im) = (0.0, 0.0);
            for (i, x) in cycle.iter().enumerate() {
                let (c, s) = table[i * h % n];
                re += x * c;
                im += x * s;
            }
            (re * 2.0 / n as f32, im * 2.0 / n as f32)
        })
        .collect()
}

/// One cycle of 2048 samples from the first `count` harmonics, peak 1.
fn cycle(harmonics: &[(f32, f32)], count: usize) -> Vec<f32> {
    const N: usize = 2048;
    let base: Vec<(f32, f32)> = (0..N)
        .map(|i| {
            let (s, c) = (std::f64::consts::TAU * i as f64 / N as f64).sin_cos();
            (c as f32, s as f32)
        })
        .collect();
    let mut out = vec![0.0f32; N];
    for (h, (re, im)) in harmonics.iter().take(count).enumerate() {
        for (i, y) in out.iter_mut().enumerate() {
            let (c, s) = base[i * (h + 1) % N];
            *y += re * c + im * s;
        }
    }
    let peak = out.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    if peak > 0.0 {
        out.iter_mut().for_each(|x| *x /= peak);
    }
    out
}

impl Source for Akwf {
    fn clips(&self) -> &[ClipInfo] {
        &self.clips
    }

    fn render(&self, i: usize, rate: f64) -> Result<Vec<f32>> {
        let (a, b) = self.groups[i];
        Ok((a..b).flat_map(|wave| self.note(wave, rate as f32)).collect())
    }

    fn describe(&self) -> String {
        format!("notes of {} single-cycle waves (AKWF)", self.harmonics.len())
    }

    fn licence(&self) -> String {
        "AKWF Waveforms by Adventure Kid: CC BY 3.0".into()
    }

    fn notice(&self) -> Option<String> {
        Some(NOTICE.into())
    }

    fn fingerprint(&self) -> String {
        format!("akwf version 1, {} waves", self.harmonics.len())
    }
}
