//! The parts that voices and drums are made of: oscillators, filter, envelopes.

use std::f32::consts::{PI, TAU};

/// State-variable filter in its topology-preserving form (Zavalishin, *The Art of VA Filter
/// Design*, 4): stable under fast modulation, resonant, all responses at once.
#[derive(Clone, Debug)]
pub struct Svf {
    rate: f32,
    g: f32,
    k: f32,
    h: f32,
    s1: f32,
    s2: f32,
}

impl Svf {
    /// A filter at `rate` Hz, wide open.
    pub fn new(rate: f32) -> Self {
        let mut filter = Svf { rate, g: 1.0, k: 1.0, h: 1.0, s1: 0.0, s2: 0.0 };
        filter.set(0.4 * rate, 0.707);
        filter
    }

    /// Sets the cutoff in Hz (kept between 10 Hz and 0.45 of the rate) and the quality (0.5 and
    /// more).
    pub fn set(&mut self, cutoff_hz: f32, q: f32) {
        self.g = (PI * cutoff_hz.clamp(10.0, 0.45 * self.rate) / self.rate).tan();
        self.k = 1.0 / q.max(0.3);
        self.h = 1.0 / (1.0 + self.g * (self.g + self.k));
    }

    /// One sample through: low-pass, band-pass (0 dB at the cutoff), high-pass.
    #[inline]
    pub fn process(&mut self, x: f32) -> (f32, f32, f32) {
        let high = (x - (self.g + self.k) * self.s1 - self.s2) * self.h;
        let v1 = self.g * high;
        let band = v1 + self.s1;
        self.s1 = band + v1;
        let v2 = self.g * band;
        let low = v2 + self.s2;
        self.s2 = low + v2;
        (low, band * self.k, high)
    }

    /// Low-pass output.
    #[inline]
    pub fn low(&mut self, x: f32) -> f32 {
        self.process(x).0
    }

    /// Band-pass output.
    #[inline]
    pub fn band(&mut self, x: f32) -> f32 {
        self.process(x).1
    }

    /// High-pass output.
    #[inline]
    pub fn high(&mut self, x: f32) -> f32 {
        self.process(x).2
    }
}

/// The shape of an oscillator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One harmonic.
    Sine,
    /// Odd harmonics, falling by 12 dB per octave.
    Triangle,
    /// All harmonics, falling by 6 dB per octave.
    Saw,
    /// Pulse of variable width.
    Pulse,
}

/// Oscillator with its steps smoothed by a polynomial (PolyBLEP, Välimäki and Huovilainen, 2007).
#[derive(Clone, Debug)]
pub struct Osc {
    /// Position in the cycle, 0..1.
    pub phase: f32,
}

/// What a smoothed step adds around its place; `t` is the position in the cycle, `dt` the step of
/// it per sample.
#[inline]
fn blep(t: f32, dt: f32) -> f32 {
    if t < dt {
        let x = t / dt;
        x + x - x * x - 1.0
    } else if t > 1.0 - dt {
        let x = (t - 1.0) / dt;
        x * x + x + x + 1.0
    } else {
        0.0
    }
}

impl Osc {
    /// The next sample, about ±1; `dt` is frequency over rate, `width` the pulse's high part
    /// (0..1).
    #[inline]
    pub fn next(&mut self, shape: Shape, dt: f32, width: f32) -> f32 {
        let dt = dt.clamp(1.0e-7, 0.45);
        self.phase += dt;
        self.phase -= self.phase.floor();
        let p = self.phase;
        match shape {
            Shape::Sine => sine(p),
            Shape::Triangle => 1.0 - 4.0 * (p - 0.5).abs(),
            Shape::Saw => 2.0 * p - 1.0 - blep(p, dt),
            Shape::Pulse => {
                let high = if p < width { 1.0 } else { -1.0 };
                let shifted = p + 1.0 - width;
                // The mean of a pulse moves with its width; without it, width modulation would pump
                // DC.
                high + blep(p, dt) - blep(shifted - shifted.floor(), dt) - (2.0 * width - 1.0)
            }
        }
    }
}

/// `sin(2 pi p)` for `p` in 0..1, exact to 6e-7: parabola-free Taylor series on a folded range,
/// much faster than libm.
#[inline]
pub fn sine(p: f32) -> f32 {
    let p = p - p.floor();
    let q = if p < 0.25 {
        p
    } else if p < 0.75 {
        0.5 - p
    } else {
        p - 1.0
    };
    let x = TAU * q;
    let y = x * x;
    x * (1.0
        + y * (-1.0 / 6.0
            + y * (1.0 / 120.0 + y * (-1.0 / 5040.0 + y * (1.0 / 362_880.0 - y / 39_916_800.0)))))
}

/// Times and levels of an envelope, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdsrSpec {
    /// Seconds to the top.
    pub attack: f32,
    /// Time constant of the fall to the sustained level.
    pub decay: f32,
    /// Level held, 0..1.
    pub sustain: f32,
    /// Time constant of the fall after release.
    pub release: f32,
}

/// Attack, decay, sustain, release with exponential segments as of an analogue circuit.
#[derive(Clone, Debug)]
pub struct Adsr {
    attack: f32,
    decay: f32,
    release: f32,
    sustain: f32,
    level: f32,
    rising: bool,
}

/// The attack aims above the top, so that it ends.
const OVERSHOOT: f32 = 1.3;

impl Adsr {
    /// An envelope stepped `rate` times per second.
    pub fn new(spec: AdsrSpec, rate: f32) -> Self {
        let coefficient = |seconds: f32| 1.0 - (-1.0 / (seconds.max(0.0005) * rate)).exp();
        // From 0 towards OVERSHOOT the top is passed after ln(1.3 / 0.3) time constants.
        let attack = coefficient(spec.attack / (OVERSHOOT / (OVERSHOOT - 1.0)).ln());
        Adsr {
            attack,
            decay: coefficient(spec.decay),
            release: coefficient(spec.release),
            sustain: spec.sustain,
            level: 0.0,
            rising: true,
        }
    }

    /// The next value; `held` is whether the key is down.
    #[inline]
    pub fn next(&mut self, held: bool) -> f32 {
        if !held {
            self.level -= self.level * self.release;
        } else if self.rising {
            self.level += (OVERSHOOT - self.level) * self.attack;
            if self.level >= 1.0 {
                self.level = 1.0;
                self.rising = false;
            }
        } else {
            self.level += (self.sustain - self.level) * self.decay;
        }
        self.level
    }
}

/// Removes DC: a high-pass of first order at about 15 Hz.
#[derive(Clone, Debug)]
pub struct DcBlock {
    r: f32,
    x: f32,
    y: f32,
}

impl DcBlock {
    /// A blocker at `rate` Hz.
    pub fn new(rate: f32) -> Self {
        DcBlock { r: 1.0 - TAU * 15.0 / rate, x: 0.0, y: 0.0 }
    }

    /// One sample through.
    #[inline]
    pub fn next(&mut self, x: f32) -> f32 {
        self.y = x - self.x + self.r * self.y;
        self.x = x;
        self.y
    }
}

/// Frequency in Hz of a MIDI note number (69 is 440 Hz).
pub fn midi_hz(note: f32) -> f32 {
    440.0 * ((note - 69.0) / 12.0).exp2()
}

/// Scales a signal to a peak; silence stays silence.
pub fn normalise(signal: &mut [f32], peak: f32) {
    let now = signal.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    if now > 1.0e-9 {
        let gain = peak / now;
        signal.iter_mut().for_each(|x| *x *= gain);
    }
}

/// Root of the mean square; 0 for an empty signal.
pub fn rms(signal: &[f32]) -> f32 {
    let sum: f64 = signal.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    (sum / signal.len().max(1) as f64).sqrt() as f32
}

/// Adds `part` times `gain` into `mix` from sample `start` on; what reaches beyond the end is
/// dropped.
pub fn add_at(mix: &mut [f32], part: &[f32], start: usize, gain: f32) {
    if let Some(room) = mix.get_mut(start..) {
        room.iter_mut().zip(part).for_each(|(m, p)| *m += gain * p);
    }
}
