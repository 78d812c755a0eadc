//! Further recordings, made to break the checks: other sounds, devices, rates and levels, and more
//! of each kind of fault.

use anyhow::Result;
use nfx_train::audio::{Audio, resample};
use nfx_train::profile::check::Severity::{self, Error, Fine, Warning};
use nfx_train::profile::signal::test_signal;
use rand::Rng;
use rand::rngs::StdRng;

use super::Case;
use super::devices::{Device, FURTHER, blocked, cabinet, drive, hiss, late};
use super::faults::Base;
use super::sounds::{Sound, mono};

/// Other sounds through other devices, at other levels and rates, at delays of 0 to 20,000 samples.
pub(super) fn good(sounds: &[Sound], seed: u64) -> Result<Vec<Case>> {
    let mut random = nfx_learn::rng(seed, 0x600D, 1);
    let mut out = Vec::new();
    for (i, sound) in sounds.iter().enumerate() {
        for (k, Device { name, play }) in FURTHER.iter().enumerate() {
            let rate_hz = [44_100.0, 48_000.0, 96_000.0, 22_050.0][(i + k) % 4];
            let gain_db = [0.0f32, -12.0, -20.0][k % 3];
            let delay = if (i + k) % 3 == 0 { 0 } else { random.random_range(0..=20_000) };
            let x = resample(&sound.samples, sound.rate_hz, rate_hz)?;
            // No recorder takes DC.
            let y = blocked(&play(&x, rate_hz), rate_hz);
            let y: Vec<f32> = y.iter().map(|y| y * 10f32.powf(gain_db / 20.0)).collect();
            out.push(Case {
                kind: "good",
                what: format!("{}, {name}, {rate_hz:.0} Hz, {gain_db:.0} dB", sound.name),
                input: mono(x, rate_hz),
                target: mono(hiss(&late(&y, delay), &mut random), rate_hz),
                delay: Some(delay),
                want: None,
            });
        }
    }
    Ok(out)
}

fn bases(sounds: &[Sound], random: &mut StdRng) -> Result<Vec<Base>> {
    let mut out = Vec::new();
    let mut add = |what: String, x: &[f32], y: Vec<f32>, rate_hz: f64, delay: i64| {
        out.push(Base { what, x: x.to_vec(), y: hiss(&late(&y, delay), random), rate_hz, delay });
    };
    let x = test_signal(30.0, 48_000.0)?;
    let y = cabinet(&drive(&x, 48_000.0), 48_000.0);
    add("test signal, 48 kHz, drive and cabinet".into(), &x, y, 48_000.0, 2_222);
    let x = test_signal(20.0, 11_025.0)?;
    let y: Vec<f32> = x.iter().map(|x| 0.1 * (2.0 * x + 0.3).tanh()).collect();
    let y = blocked(&y, 11_025.0);
    add("test signal, 11.025 kHz, lopsided tanh, −20 dB".into(), &x, y, 11_025.0, 9_000);
    let piano = &sounds[2];
    let y = piano.samples.iter().map(|x| 0.5 * (4.0 * x).tanh()).collect();
    add(format!("{}, tanh", piano.name), &piano.samples, y, piano.rate_hz, 777);
    Ok(out)
}

/// One pair for each kind and base.
///
/// # Errors
/// When a sound cannot be made.
pub(super) fn bad(sounds: &[Sound], seed: u64) -> Result<Vec<Case>> {
    let mut random = nfx_learn::rng(seed, 0xBAD, 2);
    let mut out = Vec::new();
    for base in bases(sounds, &mut random)? {
        strangers(&base, sounds, &mut out)?;
        times(&base, &mut out);
        channels(&base, &mut random, &mut out);
        noises(&base, &mut out);
        tops(&base, &mut out)?;
        holes(&base, &mut out);
        jumps(&base, &mut out);
        movers(&base, &mut out);
        others(&base, &mut random, &mut out)?;
    }
    Ok(out)
}

fn strangers(base: &Base, sounds: &[Sound], out: &mut Vec<Case>) -> Result<()> {
    let n = base.y.len();
    let mut of = |kind, y: Vec<f32>| out.push(base.case(kind, y, None, ("delay", Error)));
    for (kind, from, to) in [
        ("rate labelled 48 kHz and is 96 kHz", 1.0, 2.0),
        ("rate labelled 44.1 kHz and is 22.05 kHz", 2.0, 1.0),
        ("another speed by 3 %", 1_000.0, 1_030.0),
    ] {
        let mut y = resample(&base.y, from, to)?;
        y.truncate(n);
        of(kind, y);
    }
    of("backwards", base.y.iter().rev().copied().collect());
    // The same notes at other times.
    let part = base.at(1.3);
    let mut shuffled: Vec<Vec<f32>> = base.y.chunks(part).map(<[f32]>::to_vec).collect();
    shuffled.reverse();
    of("the same pieces in another order", shuffled.concat());
    let other: Vec<f32> =
        sounds[5].samples.iter().cycle().take(n).map(|x| 0.5 * (3.0 * x).tanh()).collect();
    of("another instrument", other);
    Ok(())
}

fn times(base: &Base, out: &mut Vec<Case>) {
    let y = &base.y;
    let early =
        |seconds: f64| (y[base.at(seconds)..].to_vec(), base.delay - base.at(seconds) as i64);
    for (kind, (y, delay)) in [("started 2 s late", early(2.0)), ("started 5 s late", early(5.0))] {
        out.push(base.case(kind, y, Some(delay), ("delay", Warning)));
    }
    let seconds = base.at(7.0);
    let longer = [vec![0.0; seconds], y.clone()].concat();
    out.push(base.case(
        "7 s of silence before it",
        longer,
        Some(base.delay + seconds as i64),
        ("length", Warning),
    ));
    let cut = y[..y.len() * 2 / 3].to_vec();
    out.push(base.case(
        "a third is missing at its end",
        cut,
        Some(base.delay),
        ("length", Warning),
    ));
}

fn channels(base: &Base, random: &mut StdRng, out: &mut Vec<Case>) {
    let (y, delay) = (&base.y, Some(base.delay));
    let none = vec![0.0f32; y.len()];
    let mut of = |kind, channels, severity| {
        out.push(base.stereo(kind, channels, delay, ("channels", severity)))
    };
    let noise: Vec<f32> = none.iter().map(|_| random.random_range(-0.2..0.2)).collect();
    of("noise left, device right", vec![noise, y.clone()], Warning);
    of("three channels, the last has sound", vec![none.clone(), none, y.clone()], Fine);
    let other: Vec<f32> = late(y, 300).iter().map(|y| 0.7 * y).collect();
    of("two microphones", vec![y.clone(), other], Warning);
    of(
        "upside down and 3 dB apart",
        vec![y.clone(), y.iter().map(|y| -0.7 * y).collect()],
        Warning,
    );
}

fn noises(base: &Base, out: &mut Vec<Case>) {
    // Music without a silence has no place in which hum would stand alone.
    if !base.what.starts_with("test signal") {
        return;
    }
    let power = base.y.iter().map(|y| y * y).sum::<f32>() / base.y.len() as f32;
    let level = power.sqrt();
    for (kind, first, harmonic, share) in [
        ("hum of 50 Hz, mostly its second harmonic", 50.0, 2.0, 0.05),
        ("hum of 60 Hz, mostly its third harmonic", 60.0, 3.0, 0.05),
        ("hum of 50 Hz at a third of the sound", 50.0, 1.0, 0.3),
    ] {
        let hum = |i: usize, y: &f32| {
            let phase = std::f64::consts::TAU * first * i as f64 / base.rate_hz;
            y + share * level * (0.3 * phase.sin() + (harmonic * phase + 1.0).sin()) as f32
        };
        let y = base.y.iter().enumerate().map(|(i, y)| hum(i, y)).collect();
        out.push(base.case(kind, y, Some(base.delay), ("noise", Warning)));
    }
}

fn tops(base: &Base, out: &mut Vec<Case>) -> Result<()> {
    let mut sizes: Vec<f32> = base.y.iter().map(|y| y.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    let top = sizes[sizes.len() * 99 / 100].max(1e-9);
    let clipped: Vec<f32> = base.y.iter().map(|y| (y / top).clamp(-1.0, 1.0)).collect();
    let mut of = |kind, y| out.push(base.case(kind, y, Some(base.delay), ("clipping", Warning)));
    of("clipped, then 20 dB down", clipped.iter().map(|y| 0.1 * y).collect());
    of(
        "clipped, then 6 dB down, in 16 bits",
        clipped.iter().map(|y| (16_384.0 * y).round() / 32_768.0).collect(),
    );
    let mut above = base.y.clone();
    above.sort_by(f32::total_cmp);
    let highest = above[above.len() * 99 / 100];
    of("clipped above only", base.y.iter().map(|y| 0.8 * (y / highest).min(1.0)).collect());
    let (to, back) = (base.rate_hz * 2.0, base.rate_hz);
    let twice: Vec<f32> =
        resample(&base.y, back, to)?.iter().map(|y| (y / top).clamp(-1.0, 1.0)).collect();
    let mut converted = resample(&twice, to, back)?;
    converted.truncate(base.y.len());
    of(
        "clipped at twice the rate, then converted and 3 dB down",
        converted.iter().map(|y| 0.7 * y).collect(),
    );
    Ok(())
}

fn holes(base: &Base, out: &mut Vec<Case>) {
    let mut of = |kind, y| out.push(base.case(kind, y, Some(base.delay), ("gap", Warning)));
    for (kind, ms) in [("gap of 5.5 ms", 5.5), ("gap of 15 ms", 15.0), ("gap of 300 ms", 300.0)] {
        let mut y = base.y.clone();
        let (at, length) = (base.loud(0.25), base.at(ms / 1_000.0));
        y[at..at + length].fill(0.0);
        of(kind, y);
    }
    let mut many = base.y.clone();
    for share in [0.2, 0.35, 0.5, 0.65] {
        let at = base.loud(share);
        many[at..at + base.at(0.03)].fill(0.0);
    }
    of("four gaps of 30 ms", many);
    let mut faded = base.y.clone();
    let (at, length, fade) = (base.loud(0.5), base.at(0.06), base.at(0.003));
    for i in 0..length {
        let edge = i.min(length - 1 - i).min(fade) as f32 / fade as f32;
        faded[at + i] *= 1.0 - edge;
    }
    of("gap of 60 ms, faded", faded);
}

fn jumps(base: &Base, out: &mut Vec<Case>) {
    let mut of = |kind, y| out.push(base.case(kind, y, None, ("jump", Error)));
    let n = base.y.len() as f64;
    for (kind, share, samples) in [
        ("5 samples lost", 0.5, 5),
        ("64 samples lost early", 0.22, 64),
        ("1,024 samples lost late", 0.78, 1_024),
        ("4,096 samples lost", 0.45, 4_096),
    ] {
        let mut y = base.y.clone();
        let at = (share * n) as usize;
        y.drain(at..at + samples);
        of(kind, y);
    }
    for (kind, share, samples) in
        [("buffer of 128 repeated", 0.3, 128), ("buffer of 2,048 repeated", 0.7, 2_048)]
    {
        let mut y = base.y.clone();
        let at = (share * n) as usize;
        let again: Vec<f32> = y[at - samples..at].to_vec();
        y.splice(at..at, again);
        of(kind, y);
    }
    let mut thrice = base.y.clone();
    for share in [0.75, 0.5, 0.25] {
        let at = (share * n) as usize;
        thrice.drain(at..at + 256);
    }
    of("256 samples lost three times", thrice);
}

/// Devices that differ from themselves, and clocks that run apart.
fn movers(base: &Base, out: &mut Vec<Case>) {
    let moved = |place: &dyn Fn(f64) -> f64| -> Vec<f32> {
        let at = |i: usize| {
            let p = place(i as f64).max(0.0);
            let (k, part) = (p as usize, p.fract() as f32);
            let y = |k: usize| base.y.get(k).copied().unwrap_or(0.0);
            (1.0 - part) * y(k) + part * y(k + 1)
        };
        (0..base.y.len()).map(at).collect()
    };
    let slow = moved(&|i| i * (1.0 - 3e-5));
    out.push(base.case("clocks 30 ppm apart", slow, None, ("drift", Warning)));
    // Only what comes twice tells it.
    if base.what.starts_with("test signal") {
        let wave = |hz: f64, seconds: f64| {
            let (turn, size) = (std::f64::consts::TAU * hz / base.rate_hz, seconds * base.rate_hz);
            moved(&|i| i - size * (1.0 + (turn * i).sin()))
        };
        out.push(base.case("vibrato", wave(5.3, 0.001), None, ("noise", Warning)));
        let chorus =
            base.y.iter().zip(wave(0.7, 0.004)).map(|(dry, wet)| 0.6 * (dry + wet)).collect();
        out.push(base.case("chorus", chorus, None, ("noise", Warning)));
        let tremolo = |i: usize| {
            0.6 + 0.4 * (std::f64::consts::TAU * 4.7 * i as f64 / base.rate_hz).sin() as f32
        };
        let y = base.y.iter().enumerate().map(|(i, y)| tremolo(i) * y).collect();
        out.push(base.case("tremolo", y, Some(base.delay), ("noise", Warning)));
    }
}

fn others(base: &Base, random: &mut StdRng, out: &mut Vec<Case>) -> Result<()> {
    let delay = base.delay;
    let back = |y: Vec<f32>, random: &mut StdRng| hiss(&late(&y, delay), random);
    let mut of = |kind, y: Vec<f32>, want: (&'static str, Severity)| {
        out.push(base.case(kind, y, Some(delay), want))
    };
    for (kind, gain) in
        [("dry came back, 20 dB down", 0.1), ("dry came back, 6 dB up and upside down", -2.0)]
    {
        of(kind, back(base.x.iter().map(|x| gain * x).collect(), random), ("unchanged", Warning));
    }
    of(
        "full rectifier",
        back(base.x.iter().map(|x| x.abs()).collect(), random),
        ("device", Warning),
    );
    let fuzz = base.x.iter().map(|x| 0.6 * (20.0 * x.abs()).tanh()).collect();
    of("octave fuzz, hard driven", back(fuzz, random), ("device", Warning));
    let upset = back(base.x.iter().map(|x| -0.4 * (5.0 * x).tanh()).collect(), random);
    of("upside down, hard driven", upset, ("polarity", Warning));
    for to in [32_000.0, 88_200.0, 96_000.0] {
        out.push(Case {
            kind: "recorded at another rate",
            what: format!("{}, recorded at {to:.0} Hz", base.what),
            input: mono(base.x.clone(), base.rate_hz),
            target: Audio { channels: vec![resample(&base.y, base.rate_hz, to)?], rate: to },
            delay: Some((delay as f64 * to / base.rate_hz).round() as i64),
            want: Some(("rate", Warning)),
        });
    }
    Ok(())
}
