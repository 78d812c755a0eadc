//! One voice: a patch playing one note.

use nfx_core::signal::random::Random;

use super::dsp::{Adsr, Osc, Svf, midi_hz, sine};
use super::patch::{AdditiveSpec, Engine, FmSpec, OscSpec, Patch, Response};

/// Samples between two updates of what moves slowly (filter coefficients, partial levels).
const CONTROL: usize = 16;
/// The sound is cut when the amplitude envelope falls below this after release.
const END: f32 = 1.0e-4;
/// A release longer than this is faded out.
const LONGEST_RELEASE: f64 = 3.0;

/// A note to play.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note {
    /// MIDI note number; fractions are allowed.
    pub midi: f32,
    /// MIDI note that a patch with glide comes from.
    pub from_midi: Option<f32>,
    /// 0..1: louder and brighter.
    pub velocity: f32,
    /// Seconds that the key is held.
    pub seconds: f64,
    /// Decides starting phases and noise.
    pub seed: u64,
}

/// A held note of `seconds` and its release, mono at `rate` Hz, about ±1. The same arguments give
/// the same samples.
pub fn render_note(patch: &Patch, midi_note: f32, seconds: f64, rate: f64) -> Vec<f32> {
    let seed = u64::from(patch.number) << 8 | (midi_note.clamp(0.0, 255.0) as u64);
    render(patch, &Note { midi: midi_note, from_midi: None, velocity: 0.8, seconds, seed }, rate)
}

/// Plays `note` on `patch`.
pub fn render(patch: &Patch, note: &Note, rate: f64) -> Vec<f32> {
    let rate_hz = rate as f32;
    let mut rng = Random::for_part(0x0070_1CE5, note.seed);
    let held = (note.seconds * rate) as usize;
    let most = held + (LONGEST_RELEASE.min(f64::from(patch.amp.release) * 9.5) * rate) as usize;
    let mut source = Source::new(patch, rate_hz, &mut rng);
    let mut filters = [Svf::new(rate_hz), Svf::new(rate_hz)];
    let mut amp = Adsr::new(patch.amp, rate_hz);
    let mut mod_env = Adsr::new(patch.filter, rate_hz / CONTROL as f32);
    let target = midi_hz(note.midi);
    let mut bend =
        note.from_midi.filter(|_| patch.glide > 0.0).map_or(0.0, |from| (from - note.midi) / 12.0);
    let glide = (-(CONTROL as f32) / (patch.glide.max(0.001) * 0.3 * rate_hz)).exp();
    let (mut lfo_phase, lfo_step) = (rng.unit(), patch.lfo_hz * CONTROL as f32 / rate_hz);
    let brightness = (note.velocity - 0.8) * 2.0;
    let mut hz = target;
    let mut tremolo = 1.0;
    let mut out = Vec::with_capacity(most);
    for i in 0..most {
        if i % CONTROL == 0 {
            let envelope = mod_env.next(i < held);
            lfo_phase += lfo_step;
            lfo_phase -= lfo_phase.floor();
            let onset = (i as f32 / (rate_hz * patch.lfo_delay.max(0.01))).min(1.0);
            let lfo = sine(lfo_phase) * onset;
            bend *= glide;
            hz = target * (bend + patch.vibrato_cents * lfo / 1200.0).exp2();
            tremolo = 1.0 - patch.tremolo * (0.5 + 0.5 * lfo);
            let octaves = patch.cutoff_octaves
                + patch.envelope_octaves * envelope
                + patch.lfo_octaves * lfo
                + brightness;
            let cutoff = target * octaves.exp2();
            filters.iter_mut().for_each(|f| f.set(cutoff, patch.q));
            if patch.response == Response::Low24 {
                // A resonance in both halves would ring far above the sound.
                filters[1].set(cutoff, 0.6);
            }
            source.control(hz, envelope, lfo);
        }
        let mut x = source.next(hz / rate_hz, &mut rng);
        if patch.drive > 0.0 {
            x = soft(x * patch.drive) / (0.6 + 0.4 * patch.drive);
        }
        let (low, band, high) = filters[0].process(x);
        let y = match patch.response {
            Response::Low => low,
            Response::Low24 => filters[1].low(low),
            Response::Band => band * 1.5,
            Response::High => high,
        };
        let level = amp.next(i < held);
        if i > held && level < END {
            break;
        }
        out.push(y * level * tremolo * note.velocity);
    }
    fade(&mut out, held, rate_hz);
    out
}

/// The end of a cut release goes to zero within its last 20 ms.
fn fade(out: &mut [f32], held: usize, rate: f32) {
    let n = out.len();
    let length = ((0.02 * rate) as usize).min(n.saturating_sub(held)).max(1);
    for (k, x) in out.iter_mut().rev().take(length).enumerate() {
        *x *= k as f32 / length as f32;
    }
}

/// A rational soft clipper, ±1.
#[inline]
fn soft(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

/// The raw sound.
enum Source<'a> {
    Subtractive {
        specs: &'a [OscSpec],
        copies: Vec<(f32, Vec<Osc>)>,
        ratios: Vec<f32>,
        widths: Vec<f32>,
        noise: f32,
        ring: f32,
        scale: f32,
    },
    Additive(Partials<'a>),
    Fm {
        spec: FmSpec,
        carrier: f32,
        modulator: f32,
        last: f32,
        index: f32,
    },
}

impl<'a> Source<'a> {
    fn new(patch: &'a Patch, rate: f32, rng: &mut Random) -> Self {
        match &patch.engine {
            Engine::Subtractive { oscs, noise, ring } => {
                let detunes: &[f32] =
                    if patch.unison_cents > 0.0 { &[-1.0, 0.1, 1.0] } else { &[0.0] };
                let copies: Vec<_> = detunes
                    .iter()
                    .map(|d| {
                        (
                            (d * patch.unison_cents / 1200.0).exp2(),
                            oscs.iter().map(|_| Osc { phase: rng.unit() }).collect(),
                        )
                    })
                    .collect();
                let total: f32 = oscs.iter().map(|o| o.level).sum::<f32>() + noise;
                Source::Subtractive {
                    specs: oscs,
                    scale: 1.0 / (total * (copies.len() as f32).sqrt()),
                    copies,
                    ratios: oscs.iter().map(|o| (o.semitones / 12.0).exp2()).collect(),
                    widths: oscs.iter().map(|o| o.width).collect(),
                    noise: *noise,
                    ring: *ring,
                }
            }
            Engine::Additive(spec) => Source::Additive(Partials::new(spec, rate, rng)),
            Engine::Fm(spec) => Source::Fm {
                spec: *spec,
                carrier: 0.0,
                modulator: 0.0,
                last: 0.0,
                index: spec.index,
            },
        }
    }

    /// Updates what follows the envelope and the LFO.
    fn control(&mut self, hz: f32, envelope: f32, lfo: f32) {
        match self {
            Source::Subtractive { specs, widths, .. } => {
                widths
                    .iter_mut()
                    .zip(specs.iter())
                    .for_each(|(w, s)| *w = (s.width + s.width_depth * lfo).clamp(0.05, 0.95));
            }
            Source::Additive(partials) => partials.control(hz, envelope),
            Source::Fm { spec, index, .. } => {
                *index = spec.index * (spec.floor + (1.0 - spec.floor) * envelope)
            }
        }
    }

    #[inline]
    fn next(&mut self, dt: f32, rng: &mut Random) -> f32 {
        match self {
            Source::Subtractive { specs, copies, ratios, widths, noise, ring, scale } => {
                let mut sum = 0.0;
                for (detune, oscs) in copies.iter_mut() {
                    let mut values = [0.0f32; 3];
                    for (k, osc) in oscs.iter_mut().enumerate() {
                        values[k] = osc.next(specs[k].shape, dt * ratios[k] * *detune, widths[k])
                            * specs[k].level;
                    }
                    sum += values.iter().sum::<f32>() + *ring * values[0] * values[1];
                }
                if *noise > 0.0 {
                    sum += *noise * rng.bipolar();
                }
                sum * *scale
            }
            Source::Additive(partials) => partials.next(),
            Source::Fm { spec, carrier, modulator, last, index } => {
                *modulator += (dt * spec.ratio).min(0.45);
                *modulator -= modulator.floor();
                *last = sine(*modulator + spec.feedback * *last);
                *carrier += dt;
                *carrier -= carrier.floor();
                // Carson's rule: sidebands beyond half the rate would fold back.
                let room = ((0.45 - dt) / (dt * spec.ratio).max(1.0e-6) - 1.0).max(0.0);
                sine(*carrier + index.min(room) * *last * std::f32::consts::FRAC_1_PI * 0.5)
            }
        }
    }
}

/// A bank of sines, each a rotating pointer; levels move in straight lines between control steps.
struct Partials<'a> {
    spec: &'a AdditiveSpec,
    rate: f32,
    time: f32,
    scale: f32,
    shimmer: Vec<(f32, f32)>,
    /// `[partial]` of (re, im, step re, step im, level, level step).
    state: Vec<[f32; 6]>,
}

impl<'a> Partials<'a> {
    fn new(spec: &'a AdditiveSpec, rate: f32, rng: &mut Random) -> Self {
        let total: f32 = spec.levels.iter().map(|l| l * l).sum::<f32>().sqrt();
        let state = spec
            .ratios
            .iter()
            .map(|_| {
                let phase = rng.unit();
                [sine(phase + 0.25), sine(phase), 1.0, 0.0, 0.0, 0.0]
            })
            .collect();
        let shimmer = spec.ratios.iter().map(|_| (rng.unit(), rng.log_range(0.2, 3.0))).collect();
        Partials { spec, rate, time: 0.0, scale: 0.6 / total.max(1.0e-6), shimmer, state }
    }

    fn control(&mut self, hz: f32, envelope: f32) {
        let first = self.time == 0.0;
        for (k, s) in self.state.iter_mut().enumerate() {
            let ratio = self.spec.ratios[k];
            let step = hz * ratio / self.rate;
            let norm = 1.0 / (s[0] * s[0] + s[1] * s[1]).sqrt();
            s[0] *= norm;
            s[1] *= norm;
            s[2] = sine(step + 0.25);
            s[3] = sine(step);
            let (phase, swell_hz) = self.shimmer[k];
            let swell = 1.0 - self.spec.shimmer * (0.5 + 0.5 * sine(phase + swell_hz * self.time));
            // Partials near half the rate fade instead of folding back.
            let room = ((0.46 - step) * 25.0).clamp(0.0, 1.0);
            let tilt = (self.spec.tilt_db * envelope * ratio.max(0.5).log2() * 0.1151).exp();
            let decay = (-self.time / self.spec.decays[k]).exp();
            let level = self.spec.levels[k] * decay * swell * tilt * room * self.scale;
            if first {
                s[4] = level;
            }
            s[5] = (level - s[4]) / CONTROL as f32;
        }
        self.time += CONTROL as f32 / self.rate;
    }

    #[inline]
    fn next(&mut self) -> f32 {
        let mut sum = 0.0;
        for s in self.state.iter_mut() {
            let (re, im) = (s[0] * s[2] - s[1] * s[3], s[0] * s[3] + s[1] * s[2]);
            s[0] = re;
            s[1] = im;
            sum += im * s[4];
            s[4] += s[5];
        }
        sum
    }
}
