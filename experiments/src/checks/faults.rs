//! Recordings with one thing wrong, each kind at several rates, levels and devices.

use anyhow::Result;
use nfx_train::audio::{Audio, resample};
use nfx_train::profile::check::Severity::{self, Error, Fine, Warning};
use nfx_train::profile::signal::test_signal;
use rand::Rng;
use rand::rngs::StdRng;

use super::Case;
use super::devices::{DEVICES, cabinet, compressor, drive, hiss, late};
use super::sounds::{Sound, mono};

/// A good pair to spoil.
pub(super) struct Base {
    pub(super) what: String,
    pub(super) x: Vec<f32>,
    pub(super) y: Vec<f32>,
    pub(super) rate_hz: f64,
    pub(super) delay: i64,
}

impl Base {
    /// What was played, and something else that was recorded.
    pub(super) fn case(
        &self,
        kind: &'static str,
        y: Vec<f32>,
        delay: Option<i64>,
        want: (&'static str, Severity),
    ) -> Case {
        self.stereo(kind, vec![y], delay, want)
    }

    /// The same with several channels.
    pub(super) fn stereo(
        &self,
        kind: &'static str,
        y: Vec<Vec<f32>>,
        delay: Option<i64>,
        want: (&'static str, Severity),
    ) -> Case {
        Case {
            kind,
            what: self.what.clone(),
            input: mono(self.x.clone(), self.rate_hz),
            target: Audio { channels: y, rate: self.rate_hz },
            delay,
            want: Some(want),
        }
    }

    /// Samples of a time.
    pub(super) fn at(&self, seconds: f64) -> usize {
        (seconds * self.rate_hz) as usize
    }

    /// A loud place near a share of the recording.
    pub(super) fn loud(&self, share: f64) -> usize {
        let from = (share * self.y.len() as f64) as usize;
        let window = self.at(0.05).max(1);
        let level = |i: usize| {
            self.x[i - self.delay as usize..][..window].iter().map(|x| x * x).sum::<f32>()
        };
        let end = (from + self.at(2.0))
            .min((self.x.len() + self.delay as usize + 1).saturating_sub(window));
        (from..end).step_by(window).max_by(|a, b| level(*a).total_cmp(&level(*b))).unwrap_or(from)
    }
}

/// Low-passed distortion, as the wizard's recordings are.
fn plain(x: &[f32]) -> Vec<f32> {
    let mut y = 0.0f32;
    x.iter()
        .map(|x| {
            y += 0.6 * ((3.0 * x).tanh() - y);
            0.6 * y
        })
        .collect()
}

fn bases(sounds: &[Sound], seed: u64) -> Result<Vec<Base>> {
    let mut random = nfx_learn::rng(seed, 0xBAD, 0);
    let mut out = Vec::new();
    let mut add = |what: String, x: &[f32], y: Vec<f32>, rate_hz: f64, delay: i64| {
        out.push(Base {
            what,
            x: x.to_vec(),
            y: hiss(&late(&y, delay), &mut random),
            rate_hz,
            delay,
        });
    };
    let x = test_signal(20.0, 8_000.0)?;
    add("test signal, 8 kHz, soft clipper".into(), &x, plain(&x), 8_000.0, 45);
    let x = test_signal(21.0, 22_050.0)?;
    let y = compressor(&x, 22_050.0).iter().map(|y| 0.2 * y).collect();
    add("test signal, 22.05 kHz, compressor, −14 dB".into(), &x, y, 22_050.0, 1_203);
    let x = test_signal(24.0, 16_000.0)?;
    add("test signal, 16 kHz, drive".into(), &x, drive(&x, 16_000.0), 16_000.0, 4_711);
    let music = &sounds[4].samples;
    add(
        format!("{}, 44.1 kHz, cabinet", sounds[4].name),
        music,
        cabinet(music, 44_100.0),
        44_100.0,
        301,
    );
    Ok(out)
}

/// One pair for each kind and base.
///
/// # Errors
/// When a sound cannot be made.
pub(super) fn bad(sounds: &[Sound], seed: u64) -> Result<Vec<Case>> {
    let mut random = nfx_learn::rng(seed, 0xBAD, 1);
    let mut out = Vec::new();
    for (i, base) in bases(sounds, seed)?.iter().enumerate() {
        strangers(base, &sounds[i].samples, i, &mut random, &mut out)?;
        breaks(base, &mut random, &mut out);
        tops(base, &mut out)?;
        channels(base, &mut random, &mut out);
        noises(base, &mut random, &mut out);
        returns(base, &mut random, &mut out)?;
    }
    Ok(out)
}

fn strangers(
    base: &Base,
    other: &[f32],
    i: usize,
    random: &mut StdRng,
    out: &mut Vec<Case>,
) -> Result<()> {
    let n = base.y.len();
    let of = |kind, y: Vec<f32>| base.case(kind, y, None, ("delay", Error));
    let other: Vec<f32> = other.iter().cycle().take(n).copied().collect();
    out.push(of("another sound", (DEVICES[i].play)(&other, base.rate_hz)));
    let mut labelled = resample(&base.y, 44_100.0, 48_000.0)?;
    labelled.truncate(n);
    out.push(of("rate labelled 44.1 kHz and is 48 kHz", labelled));
    let slower = resample(&base.y, 48_000.0, 44_100.0)?;
    out.push(of("rate labelled 48 kHz and is 44.1 kHz", slower));
    out.push(of("noise", (0..n).map(|_| random.random_range(-0.3..0.3)).collect()));
    out.push(base.case("silence", vec![0.0; n], None, ("silence", Error)));
    Ok(())
}

fn breaks(base: &Base, random: &mut StdRng, out: &mut Vec<Case>) {
    let (y, delay) = (&base.y, Some(base.delay));
    for (kind, ms) in [("gap of 6 ms", 6.0), ("gap of 100 ms", 100.0), ("gap of 1 s", 1_000.0)] {
        let mut y = y.clone();
        let (at, length) = (base.loud(0.4), base.at(ms / 1_000.0));
        y[at..at + length].fill(0.0);
        out.push(base.case(kind, y, delay, ("gap", Warning)));
    }
    let mut held = y.clone();
    let at = base.loud(0.6);
    let value = 0.3 * held[at];
    held[at..at + base.at(0.02)].fill(value);
    out.push(base.case("held for 20 ms", held, delay, ("gap", Warning)));
    for (kind, samples) in [("17 samples lost", 17), ("512 samples lost", 512)] {
        let mut y = y.clone();
        let at = (random.random_range(0.35..0.6) * y.len() as f64) as usize;
        y.drain(at..at + samples);
        out.push(base.case(kind, y, None, ("jump", Error)));
    }
    let mut repeated = y.clone();
    let at = y.len() / 2;
    let again: Vec<f32> = repeated[at - 256..at].to_vec();
    repeated.splice(at..at, again);
    repeated.truncate(y.len());
    out.push(base.case("buffer of 256 repeated", repeated, None, ("jump", Error)));
}

fn tops(base: &Base, out: &mut Vec<Case>) -> Result<()> {
    // One sample of a hundred is cut.
    let mut sizes: Vec<f32> = base.y.iter().map(|y| y.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    let top = sizes[sizes.len() * 99 / 100].max(1e-9);
    let clipped: Vec<f32> = base.y.iter().map(|y| (y / top).clamp(-1.0, 1.0)).collect();
    let at = |db: f32| clipped.iter().map(|y| y * 10f32.powf(db / 20.0)).collect::<Vec<f32>>();
    for (kind, db) in
        [("clipped", 0.0), ("clipped, then 1 dB down", -1.0), ("clipped, then 2.6 dB down", -2.6)]
    {
        out.push(base.case(kind, at(db), Some(base.delay), ("clipping", Warning)));
    }
    Ok(())
}

fn channels(base: &Base, random: &mut StdRng, out: &mut Vec<Case>) {
    let (y, delay) = (&base.y, Some(base.delay));
    let scaled = |g: f32| y.iter().map(|y| g * y).collect::<Vec<f32>>();
    let want = |severity| ("channels", severity);
    out.push(base.stereo(
        "right channel silent",
        vec![y.clone(), vec![0.0; y.len()]],
        delay,
        want(Fine),
    ));
    out.push(base.stereo(
        "left channel silent but for hiss",
        vec![hiss(&vec![0.0; y.len()], random), y.clone()],
        delay,
        want(Fine),
    ));
    out.push(base.stereo(
        "channels upside down",
        vec![scaled(-1.0), y.clone()],
        delay,
        want(Warning),
    ));
    out.push(base.stereo("channels 6 dB apart", vec![scaled(0.5), y.clone()], delay, want(Fine)));
    out.push(base.stereo(
        "dry left, wet right",
        vec![base.x.clone(), y.clone()],
        delay,
        want(Warning),
    ));
    let top = y.iter().fold(0.0f32, |m, y| m.max(y.abs()));
    let clipped = y.iter().map(|y| (2.5 * y).clamp(-top, top)).collect();
    out.push(base.stereo("left channel clipped", vec![clipped, y.clone()], delay, want(Warning)));
}

fn noises(base: &Base, random: &mut StdRng, out: &mut Vec<Case>) {
    let hum = |mains: f64| {
        base.y
            .iter()
            .enumerate()
            .map(|(i, y)| {
                let phase = std::f64::consts::TAU * mains * i as f64 / base.rate_hz;
                y + (0.012 * phase.sin() + 0.004 * (3.0 * phase).sin()) as f32
            })
            .collect::<Vec<f32>>()
    };
    // Music without a silence has no place in which hum would stand alone.
    if base.what.starts_with("test signal") {
        out.push(base.case("hum of 50 Hz", hum(50.0), Some(base.delay), ("noise", Warning)));
        out.push(base.case("hum of 60 Hz", hum(60.0), Some(base.delay), ("noise", Warning)));
        let hissing = base.y.iter().map(|y| y + random.random_range(-0.05..0.05)).collect();
        out.push(base.case("hiss of −30 dB", hissing, Some(base.delay), ("noise", Warning)));
    }
}

fn returns(base: &Base, random: &mut StdRng, out: &mut Vec<Case>) -> Result<()> {
    let same = |g: f32| base.x.iter().map(|x| g * x).collect::<Vec<f32>>();
    let delay = base.delay;
    for (kind, y) in
        [("dry came back", same(1.0)), ("dry came back, 9 dB down and upside down", same(-0.35))]
    {
        out.push(base.case(
            kind,
            hiss(&late(&y, delay), random),
            Some(delay),
            ("unchanged", Warning),
        ));
    }
    let mut early = base.y.clone();
    let cut = base.at(0.3) + delay as usize;
    early.drain(..cut);
    out.push(base.case(
        "recording started 300 ms late",
        early,
        Some(delay - cut as i64),
        ("delay", Warning),
    ));
    let octave: Vec<f32> = base.x.iter().map(|x| (6.0 * x.abs()).tanh() - 0.3).collect();
    out.push(base.case(
        "octave fuzz",
        hiss(&late(&octave, delay), random),
        Some(delay),
        ("device", Warning),
    ));
    let inverted = base.y.iter().map(|y| -y).collect();
    out.push(base.case("upside down", inverted, Some(delay), ("polarity", Warning)));
    let to = if base.rate_hz < 12_000.0 { 11_025.0 } else { 48_000.0 };
    let other = resample(&base.y, base.rate_hz, to)?;
    let there = (delay as f64 * to / base.rate_hz).round() as i64;
    out.push(Case {
        kind: "recorded at another rate",
        what: format!("{}, recorded at {to:.0} Hz", base.what),
        input: mono(base.x.clone(), base.rate_hz),
        target: mono(other, to),
        delay: Some(there),
        want: Some(("rate", Warning)),
    });
    Ok(())
}
