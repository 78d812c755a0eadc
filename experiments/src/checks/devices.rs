//! Devices by formula, and the ways of a signal to the recording.

use rand::Rng;
use rand::rngs::StdRng;

/// A device: what it makes of a sound at a rate.
pub(crate) struct Device {
    pub(crate) name: &'static str,
    pub(crate) play: fn(&[f32], f64) -> Vec<f32>,
}

pub(crate) const DEVICES: [Device; 5] = [
    Device { name: "tanh", play: |x, _| x.iter().map(|x| 0.8 * (3.0 * x).tanh()).collect() },
    Device {
        name: "hard clip",
        play: |x, _| x.iter().map(|x| (4.0 * x).clamp(-0.5, 0.5)).collect(),
    },
    Device { name: "drive", play: drive },
    Device { name: "compressor", play: compressor },
    Device { name: "cabinet", play: cabinet },
];

/// Devices that the table of good pairs does not have.
pub(super) const FURTHER: [Device; 6] = [
    Device {
        name: "lopsided fuzz",
        play: |x, _| x.iter().map(|x| (9.0 * x + 0.4).clamp(-0.4, 0.7) - 0.4).collect(),
    },
    Device { name: "crossover", play: |x, _| x.iter().map(|x| x - x.clamp(-0.03, 0.03)).collect() },
    Device { name: "drive and cabinet", play: |x, rate| cabinet(&drive(x, rate), rate) },
    Device { name: "resonance", play: resonance },
    Device { name: "room", play: room },
    Device {
        name: "limiter",
        play: |x, rate| compressor(&x.iter().map(|x| 4.0 * x).collect::<Vec<f32>>(), rate),
    },
];

/// A boost of 15 dB at 900 Hz.
fn resonance(x: &[f32], rate: f64) -> Vec<f32> {
    let (turn, pole) =
        (std::f64::consts::TAU * 900.0 / rate, (-std::f64::consts::TAU * 60.0 / rate).exp());
    let (a, b) = (2.0 * pole * turn.cos(), pole * pole);
    let (mut y, mut before) = (0.0f64, 0.0f64);
    x.iter()
        .map(|x| {
            let next = f64::from(*x) * (1.0 - pole) + a * y - b * before;
            (before, y) = (y, next);
            (0.2 * f64::from(*x) + next) as f32
        })
        .collect()
}

/// Dry sound and forty reflections that die away within a quarter of a second.
fn room(x: &[f32], rate: f64) -> Vec<f32> {
    let mut out: Vec<f32> = x.iter().map(|x| 0.5 * x).collect();
    for i in 1..40u32 {
        let late = (0.006_1 * f64::from(i).powf(1.02) * rate) as usize;
        let gain = 0.3 * (-0.08 * f64::from(i)).exp() * if i % 3 == 0 { -1.0 } else { 1.0 };
        out.iter_mut().skip(late).zip(x).for_each(|(o, x)| *o += gain as f32 * x);
    }
    out
}

pub(crate) fn one_pole(x: &[f32], hz: f64, rate: f64) -> Vec<f32> {
    let a = (1.0 - (-std::f64::consts::TAU * hz / rate).exp()) as f32;
    let mut y = 0.0f32;
    x.iter()
        .map(|x| {
            y += a * (x - y);
            y
        })
        .collect()
}

pub(crate) fn less(x: &[f32], y: &[f32]) -> Vec<f32> {
    x.iter().zip(y).map(|(x, y)| x - y).collect()
}

/// Without DC.
pub(super) fn blocked(x: &[f32], rate: f64) -> Vec<f32> {
    less(x, &one_pole(x, 5.0, rate))
}

/// A high-pass, a soft clipper, a low-pass.
pub(crate) fn drive(x: &[f32], rate: f64) -> Vec<f32> {
    let high = less(x, &one_pole(x, 150.0, rate));
    let clipped: Vec<f32> = high.iter().map(|x| 0.7 * (8.0 * x).tanh()).collect();
    one_pole(&clipped, (0.25 * rate).min(5_000.0), rate)
}

/// Threshold −30 dB, ratio 6, attack 5 ms, release 100 ms.
pub(crate) fn compressor(x: &[f32], rate: f64) -> Vec<f32> {
    let coefficient = |s: f64| (-1.0 / (s * rate)).exp() as f32;
    let (attack, release) = (coefficient(0.005), coefficient(0.1));
    let mut envelope = 0.0f32;
    x.iter()
        .map(|x| {
            let c = if x.abs() > envelope { attack } else { release };
            envelope = c * envelope + (1.0 - c) * x.abs();
            let over = (20.0 * envelope.max(1e-6).log10() + 30.0).max(0.0);
            2.0 * x * 10f32.powf(-over * (5.0 / 6.0) / 20.0)
        })
        .collect()
}

/// A loudspeaker: a low-pass and a high-pass of first order, and a few short reflections.
pub(crate) fn cabinet(x: &[f32], rate: f64) -> Vec<f32> {
    let body = one_pole(x, (0.3 * rate).min(6_000.0), rate);
    let body = less(&body, &one_pole(&body, 80.0, rate));
    let taps = [(0.0, 0.8), (0.000_4, -0.3), (0.001_1, 0.25), (0.002_6, -0.15), (0.006, 0.1)];
    let mut out = vec![0.0; body.len()];
    for (seconds, gain) in taps {
        let late = (seconds * rate) as usize;
        out.iter_mut().skip(late).zip(&body).for_each(|(o, x)| *o += gain * x);
    }
    out
}

/// A recording that begins so many samples before the device answers, or after: as long as before.
pub(crate) fn late(x: &[f32], delay: i64) -> Vec<f32> {
    (0..x.len() as i64)
        .map(|i| usize::try_from(i - delay).ok().and_then(|at| x.get(at)).copied().unwrap_or(0.0))
        .collect()
}

/// Hiss of −90 dB.
pub(crate) fn hiss(x: &[f32], random: &mut StdRng) -> Vec<f32> {
    x.iter().map(|x| x + random.random_range(-5e-5..5e-5)).collect()
}
