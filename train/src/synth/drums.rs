//! Drums and cymbals, and kits of them drawn from a number.

use std::f32::consts::TAU;

use nfx_core::signal::random::Random;

use super::dsp::{Osc, Shape, Svf, sine};

/// An instrument of a kit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Drum {
    /// Bass drum.
    Kick,
    /// Snare drum.
    Snare,
    /// Closed hi-hat.
    ClosedHat,
    /// Open hi-hat.
    OpenHat,
    /// Low tom.
    LowTom,
    /// High tom.
    HighTom,
    /// Cowbell.
    Cowbell,
    /// Hand clap.
    Clap,
    /// Crash or ride cymbal.
    Cymbal,
}

impl Drum {
    /// All instruments.
    pub const ALL: [Drum; 9] = [
        Drum::Kick,
        Drum::Snare,
        Drum::ClosedHat,
        Drum::OpenHat,
        Drum::LowTom,
        Drum::HighTom,
        Drum::Cowbell,
        Drum::Clap,
        Drum::Cymbal,
    ];

    /// One or two words.
    pub fn name(self) -> &'static str {
        match self {
            Drum::Kick => "kick",
            Drum::Snare => "snare",
            Drum::ClosedHat => "closed hat",
            Drum::OpenHat => "open hat",
            Drum::LowTom => "low tom",
            Drum::HighTom => "high tom",
            Drum::Cowbell => "cowbell",
            Drum::Clap => "clap",
            Drum::Cymbal => "cymbal",
        }
    }
}

/// Settings of all instruments.
#[derive(Clone, Debug)]
pub struct Kit {
    tune: f32,
    kick_hz: f32,
    kick_sweep: f32,
    kick_seconds: f32,
    snare_hz: f32,
    snare_seconds: f32,
    snare_noise: f32,
    metal_hz: f32,
    metal_cut: f32,
    hat_seconds: f32,
    cowbell_hz: f32,
    drive: f32,
}

impl Kit {
    /// The kit of a number.
    pub fn numbered(number: u32) -> Kit {
        let mut rng = Random::for_part(0xD2_0355, u64::from(number));
        Kit {
            tune: rng.log_range(0.8, 1.25),
            kick_hz: rng.log_range(42.0, 68.0),
            kick_sweep: rng.log_range(2.0, 9.0),
            kick_seconds: rng.log_range(0.09, 0.45),
            snare_hz: rng.log_range(150.0, 260.0),
            snare_seconds: rng.log_range(0.06, 0.2),
            snare_noise: rng.range(0.4, 1.3),
            metal_hz: rng.log_range(220.0, 480.0),
            metal_cut: rng.log_range(4_500.0, 9_500.0),
            hat_seconds: rng.log_range(0.015, 0.05),
            cowbell_hz: rng.log_range(480.0, 620.0),
            drive: rng.range(0.7, 3.0),
        }
    }

    /// A dry, tight kit: the one of the demonstration.
    pub fn studio() -> Kit {
        Kit {
            tune: 1.0,
            kick_hz: 52.0,
            kick_sweep: 5.0,
            kick_seconds: 0.13,
            snare_hz: 185.0,
            snare_seconds: 0.09,
            snare_noise: 0.9,
            metal_hz: 330.0,
            metal_cut: 7_000.0,
            hat_seconds: 0.03,
            cowbell_hz: 540.0,
            drive: 1.4,
        }
    }

    /// One hit, mono at `rate` Hz, about ±1. `seed` decides the noise, so that no two hits are
    /// equal.
    pub fn hit(&self, drum: Drum, seed: u64, rate: f64) -> Vec<f32> {
        let mut rng = Random::for_part(0x41_7717, seed);
        let rate = rate as f32;
        let mut out = match drum {
            Drum::Kick => self.kick(&mut rng, rate),
            Drum::Snare => self.snare(&mut rng, rate),
            Drum::ClosedHat => self.metal(self.hat_seconds, 0.9, 0.6, &mut rng, rate),
            Drum::OpenHat => self.metal(self.hat_seconds * 7.0, 0.9, 0.6, &mut rng, rate),
            Drum::LowTom => self.tom(85.0, &mut rng, rate),
            Drum::HighTom => self.tom(150.0, &mut rng, rate),
            Drum::Cowbell => self.cowbell(rate),
            Drum::Clap => self.clap(&mut rng, rate),
            Drum::Cymbal => self.metal(self.hat_seconds * 22.0, 0.6, 0.8, &mut rng, rate),
        };
        // An abrupt end would click.
        let n = out.len().min((0.01 * rate) as usize).max(1);
        out.iter_mut().rev().take(n).enumerate().for_each(|(k, x)| *x *= k as f32 / n as f32);
        out
    }

    fn kick(&self, rng: &mut Random, rate: f32) -> Vec<f32> {
        let mut phase = 0.0;
        let mut click = Svf::new(rate);
        click.set(3_500.0, 0.8);
        (0..length(self.kick_seconds * 5.0, rate))
            .map(|i| {
                let t = i as f32 / rate;
                let hz = self.kick_hz
                    * (1.0 + self.kick_sweep * (-t / 0.022).exp() + 0.35 * (-t / 0.12).exp());
                phase += hz / rate;
                let body = sine(phase) * (-t / self.kick_seconds).exp() * (t / 0.001).min(1.0);
                let noise = click.band(rng.bipolar()) * (-t / 0.004).exp();
                (self.drive * (body + 0.5 * noise)).tanh()
            })
            .collect()
    }

    fn snare(&self, rng: &mut Random, rate: f32) -> Vec<f32> {
        let (mut a, mut b) = (0.0, 0.0);
        let mut wires = Svf::new(rate);
        wires.set(1_800.0 * self.tune, 0.7);
        let mut air = Svf::new(rate);
        air.set(5_200.0 * self.tune, 0.9);
        (0..length(self.snare_seconds * 7.0, rate))
            .map(|i| {
                let t = i as f32 / rate;
                let fall = 1.0 + 0.6 * (-t / 0.012).exp();
                a += self.snare_hz * fall / rate;
                b += self.snare_hz * 1.78 * fall / rate;
                let body = sine(a) * (-t / (0.6 * self.snare_seconds)).exp()
                    + 0.55 * sine(b) * (-t / (0.4 * self.snare_seconds)).exp();
                let white = rng.bipolar();
                let rattle = wires.high(white) * (-t / self.snare_seconds).exp();
                let sizzle = air.band(white) * (-t / (1.5 * self.snare_seconds)).exp();
                let edge = (t / 0.0008).min(1.0);
                (0.9 * self.drive
                    * edge
                    * (0.7 * body + self.snare_noise * (0.55 * rattle + 0.35 * sizzle)))
                    .tanh()
            })
            .collect()
    }

    fn tom(&self, hz: f32, rng: &mut Random, rate: f32) -> Vec<f32> {
        let (mut a, mut b) = (0.0, 0.0);
        let mut skin = Svf::new(rate);
        skin.set(hz * 8.0, 0.7);
        let seconds = 0.16 + 0.5 * self.kick_seconds;
        (0..length(seconds * 5.0, rate))
            .map(|i| {
                let t = i as f32 / rate;
                let now = hz * self.tune * (1.0 + 0.5 * (-t / 0.05).exp());
                a += now / rate;
                b += now * 1.59 / rate;
                let body =
                    sine(a) * (-t / seconds).exp() + 0.3 * sine(b) * (-t / (0.4 * seconds)).exp();
                let slap = skin.low(rng.bipolar()) * (-t / 0.02).exp();
                (self.drive * (t / 0.001).min(1.0) * (0.8 * body + 0.4 * slap)).tanh()
            })
            .collect()
    }

    /// Six squares at unrelated pitches through high-passes, as in the classic analogue machines,
    /// and some noise.
    fn metal(&self, seconds: f32, tone: f32, noise: f32, rng: &mut Random, rate: f32) -> Vec<f32> {
        let ratios = [1.0, 1.342, 1.2312, 1.6532, 1.9523, 2.1523];
        let mut oscs: Vec<Osc> = ratios.iter().map(|_| Osc { phase: rng.unit() }).collect();
        let mut band = Svf::new(rate);
        band.set(self.metal_cut * 0.8, 0.8);
        let mut high = Svf::new(rate);
        high.set(self.metal_cut, 0.7);
        (0..length(seconds * 6.0, rate))
            .map(|i| {
                let t = i as f32 / rate;
                let sum: f32 = oscs
                    .iter_mut()
                    .zip(ratios)
                    .map(|(o, r)| o.next(Shape::Pulse, 2.0 * self.metal_hz * r / rate, 0.5))
                    .sum();
                let x = tone * 0.35 * sum + noise * rng.bipolar();
                let envelope = 0.75 * (-t / seconds).exp() + 0.25 * (-t / (0.25 * seconds)).exp();
                (high.high(x) + 0.3 * band.band(x)) * envelope * (t / 0.0006).min(1.0)
            })
            .collect()
    }

    fn cowbell(&self, rate: f32) -> Vec<f32> {
        let mut oscs = [Osc { phase: 0.0 }, Osc { phase: 0.37 }];
        let mut band = Svf::new(rate);
        band.set(self.cowbell_hz * 1.55, 1.6);
        (0..length(0.6, rate))
            .map(|i| {
                let t = i as f32 / rate;
                let x = oscs[0].next(Shape::Pulse, self.cowbell_hz / rate, 0.5)
                    + oscs[1].next(Shape::Pulse, self.cowbell_hz * 1.481 / rate, 0.5);
                let envelope = 0.6 * (-t / 0.02).exp() + 0.5 * (-t / 0.13).exp();
                band.band(x) * envelope * (t / 0.0008).min(1.0)
            })
            .collect()
    }

    fn clap(&self, rng: &mut Random, rate: f32) -> Vec<f32> {
        let mut band = Svf::new(rate);
        band.set(1_150.0 * self.tune, 1.4);
        let hands: Vec<f32> = (0..4).map(|k| 0.009 * k as f32 + rng.range(0.0, 0.003)).collect();
        (0..length(0.35, rate))
            .map(|i| {
                let t = i as f32 / rate;
                let bursts: f32 =
                    hands.iter().filter(|h| t >= **h).map(|h| (-(t - h) / 0.004).exp()).sum();
                let tail = if t > hands[3] { 0.6 * (-(t - hands[3]) / 0.07).exp() } else { 0.0 };
                let ring = 1.0 + 0.1 * (TAU * 3.0 * t).sin();
                (1.8 * band.band(rng.bipolar()) * (bursts + tail) * ring).tanh()
            })
            .collect()
    }
}

fn length(seconds: f32, rate: f32) -> usize {
    (seconds.min(3.0) * rate) as usize
}

/// A hit in a groove.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Sixteenth step from the start.
    pub step: usize,
    /// Which instrument.
    pub drum: Drum,
    /// Gain, 0..1.
    pub velocity: f32,
}

/// A groove of `bars` bars of sixteen steps: a pattern with small variations and a fill now and
/// then.
pub fn groove(rng: &mut Random, bars: usize) -> Vec<Hit> {
    let kicks: &[usize] = rng.pick(&[
        &[0, 8][..],
        &[0, 4, 8, 12][..],
        &[0, 7, 10][..],
        &[0, 3, 8, 11][..],
        &[0, 6, 8, 14][..],
    ]);
    let backbeat = if rng.chance(0.25) { Drum::Clap } else { Drum::Snare };
    let hat_every = rng.pick(&[1, 2, 2, 4]);
    let (open, ghost, extra) = (rng.chance(0.5), rng.range(0.0, 0.2), rng.chance(0.35));
    let cowbell: Vec<usize> = (0..16).filter(|_| rng.chance(0.2)).collect();
    let cymbal = rng.chance(0.4);
    let half_time = rng.chance(0.2);
    let mut hits = Vec::new();
    for bar in 0..bars {
        let fill = bar % 4 == 3 && rng.chance(0.6);
        for s in 0..16 {
            let step = bar * 16 + s;
            let mut add = |drum, velocity| hits.push(Hit { step, drum, velocity });
            if fill && s >= 12 {
                let drum = rng.pick(&[Drum::HighTom, Drum::HighTom, Drum::LowTom, Drum::Snare]);
                add(drum, rng.range(0.5, 1.0));
                continue;
            }
            if kicks.contains(&s) || rng.chance(0.03) {
                add(Drum::Kick, rng.range(0.8, 1.0));
            }
            let back = if half_time { s == 8 } else { s == 4 || s == 12 };
            if back {
                add(backbeat, rng.range(0.8, 1.0));
            } else if rng.chance(ghost) && s % 2 == 1 {
                add(Drum::Snare, rng.range(0.15, 0.4));
            }
            if s % hat_every == 0 {
                let drum = if open && s % 8 == 6 { Drum::OpenHat } else { Drum::ClosedHat };
                add(drum, if s % 4 == 0 { 0.8 } else { 0.45 } * rng.range(0.7, 1.1));
            }
            if extra && cowbell.contains(&s) {
                add(Drum::Cowbell, rng.range(0.3, 0.8));
            }
            if cymbal && s == 0 && bar % 4 == 0 {
                add(Drum::Cymbal, rng.range(0.5, 0.9));
            }
        }
    }
    hits
}
