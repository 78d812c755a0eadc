//! Patches: complete settings of a voice, drawn from a number, so that "patch 17" means the same
//! sound for ever.

use nfx_core::signal::random::Random;

use super::dsp::{AdsrSpec, Shape};

/// What a patch is good for; decides the ranges that its settings are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Low, short or held.
    Bass,
    /// Monophonic, singing.
    Lead,
    /// Slow, wide chords.
    Pad,
    /// Struck or plucked, dies away.
    Pluck,
    /// Electric and acoustic keys.
    Keys,
    /// Inharmonic, ringing.
    Bell,
    /// Held sums of sines.
    Organ,
    /// Slow filter attack, like brass or bowed strings.
    Brass,
}

impl Family {
    /// All families; patch `n` belongs to family `n % 8`.
    pub const ALL: [Family; 8] = [
        Family::Bass,
        Family::Lead,
        Family::Pad,
        Family::Pluck,
        Family::Keys,
        Family::Bell,
        Family::Organ,
        Family::Brass,
    ];

    /// One word.
    pub fn name(self) -> &'static str {
        match self {
            Family::Bass => "bass",
            Family::Lead => "lead",
            Family::Pad => "pad",
            Family::Pluck => "pluck",
            Family::Keys => "keys",
            Family::Bell => "bell",
            Family::Organ => "organ",
            Family::Brass => "brass",
        }
    }
}

/// One of the oscillators of a subtractive voice.
#[derive(Clone, Copy, Debug)]
pub(super) struct OscSpec {
    pub shape: Shape,
    pub semitones: f32,
    pub level: f32,
    pub width: f32,
    /// How far the LFO moves the pulse's width.
    pub width_depth: f32,
}

/// Sum of partials with lives of their own.
#[derive(Clone, Debug)]
pub(super) struct AdditiveSpec {
    /// Frequency ratio of each partial.
    pub ratios: Vec<f32>,
    /// Level of each partial.
    pub levels: Vec<f32>,
    /// Time constant of each partial's own decay in seconds; infinity holds.
    pub decays: Vec<f32>,
    /// Depth of the slow, independent swelling of partials, 0..1.
    pub shimmer: f32,
    /// dB per octave that the filter envelope adds to the spectrum's tilt.
    pub tilt_db: f32,
}

/// Two sines, one bending the phase of the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct FmSpec {
    pub ratio: f32,
    /// Radians at the envelope's top.
    pub index: f32,
    /// Part of the index that does not follow the envelope.
    pub floor: f32,
    /// Feedback of the modulator onto itself, cycles.
    pub feedback: f32,
}

/// What makes the raw sound.
#[derive(Clone, Debug)]
pub(super) enum Engine {
    /// Oscillators and noise; ring modulation of the first by the second when the level is above 0.
    Subtractive { oscs: Vec<OscSpec>, noise: f32, ring: f32 },
    /// Partials.
    Additive(AdditiveSpec),
    /// Frequency modulation.
    Fm(FmSpec),
}

/// The filter's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Response {
    Low,
    Low24,
    Band,
    High,
}

/// All settings of a voice.
#[derive(Clone, Debug)]
pub struct Patch {
    /// The number it was drawn from.
    pub number: u32,
    /// Its family.
    pub family: Family,
    pub(super) engine: Engine,
    /// Detune in cents between the copies of a stacked voice; one copy when 0.
    pub(super) unison_cents: f32,
    pub(super) response: Response,
    /// Cutoff in octaves above the note.
    pub(super) cutoff_octaves: f32,
    pub(super) envelope_octaves: f32,
    pub(super) lfo_octaves: f32,
    pub(super) q: f32,
    /// Gain into a soft clipper before the filter; 0 leaves it out.
    pub(super) drive: f32,
    pub(super) amp: AdsrSpec,
    pub(super) filter: AdsrSpec,
    pub(super) lfo_hz: f32,
    pub(super) vibrato_cents: f32,
    pub(super) tremolo: f32,
    pub(super) lfo_delay: f32,
    /// Seconds that a glide from the note before takes.
    pub(super) glide: f32,
}

impl Patch {
    /// The patch of a number.
    pub fn numbered(number: u32) -> Patch {
        let family = Family::ALL[(number % 8) as usize];
        let mut rng = Random::for_part(0x00A7_C4E5, u64::from(number));
        let (amp, filter) = envelopes(family, &mut rng);
        let engine = engine(family, &mut rng);
        let additive = !matches!(engine, Engine::Subtractive { .. });
        let slow = matches!(family, Family::Pad | Family::Brass | Family::Lead | Family::Organ);
        Patch {
            number,
            family,
            unison_cents: if !additive && rng.chance(0.35) { rng.range(4.0, 22.0) } else { 0.0 },
            response: if additive { Response::Low } else { response(family, &mut rng) },
            // Sums of sines are filtered little: their timbre moves by itself.
            cutoff_octaves: if additive { rng.range(3.0, 6.0) } else { rng.range(0.3, 4.0) },
            envelope_octaves: if rng.chance(0.85) {
                rng.range(0.3, 4.5)
            } else {
                -rng.range(0.3, 1.0)
            },
            lfo_octaves: if rng.chance(0.3) { rng.range(0.1, 1.2) } else { 0.0 },
            q: if rng.chance(0.35) { rng.range(2.0, 9.0) } else { rng.range(0.6, 1.6) },
            drive: if rng.chance(0.3) { rng.range(1.0, 5.0) } else { 0.0 },
            amp,
            filter,
            lfo_hz: rng.log_range(0.3, 7.0),
            vibrato_cents: if slow && rng.chance(0.6) { rng.range(3.0, 30.0) } else { 0.0 },
            tremolo: if rng.chance(0.2) { rng.range(0.1, 0.6) } else { 0.0 },
            lfo_delay: rng.range(0.0, 0.6),
            glide: if family == Family::Lead && rng.chance(0.4) {
                rng.range(0.02, 0.12)
            } else {
                0.0
            },
            engine,
        }
    }

    /// A random patch of one of the families.
    pub fn random(rng: &mut Random, families: &[Family]) -> Patch {
        let family = rng.pick(families);
        let index = Family::ALL.iter().position(|f| *f == family).unwrap_or(0);
        Patch::numbered((rng.below(4096) * 8 + index) as u32)
    }

    /// Number, family and engine in words, as a label of its notes.
    pub fn label(&self) -> String {
        let engine = match &self.engine {
            Engine::Subtractive { .. } => "subtractive",
            Engine::Additive(_) => "additive",
            Engine::Fm(_) => "fm",
        };
        format!("patch {}: {} ({engine})", self.number, self.family.name())
    }
}

fn response(family: Family, rng: &mut Random) -> Response {
    match rng.below(10) {
        0 if family != Family::Bass => Response::Band,
        1 if family != Family::Bass => Response::High,
        2..=6 => Response::Low24,
        _ => Response::Low,
    }
}

fn envelopes(family: Family, rng: &mut Random) -> (AdsrSpec, AdsrSpec) {
    let mut draw = |a: (f32, f32), d: (f32, f32), s: (f32, f32), r: (f32, f32)| AdsrSpec {
        attack: rng.log_range(a.0, a.1),
        decay: rng.log_range(d.0, d.1),
        sustain: rng.range(s.0, s.1),
        release: rng.log_range(r.0, r.1),
    };
    let amp = match family {
        Family::Bass => draw((0.001, 0.01), (0.1, 0.8), (0.2, 0.9), (0.02, 0.1)),
        Family::Lead => draw((0.002, 0.06), (0.2, 1.0), (0.5, 1.0), (0.03, 0.25)),
        Family::Pad => draw((0.1, 0.8), (0.5, 2.0), (0.6, 1.0), (0.2, 0.7)),
        Family::Pluck => draw((0.0006, 0.004), (0.06, 0.5), (0.0, 0.1), (0.05, 0.3)),
        Family::Keys => draw((0.001, 0.006), (0.4, 1.6), (0.0, 0.3), (0.06, 0.2)),
        Family::Bell => draw((0.0006, 0.003), (0.5, 2.5), (0.0, 0.0), (0.3, 1.0)),
        Family::Organ => draw((0.003, 0.02), (0.2, 1.0), (0.8, 1.0), (0.02, 0.08)),
        Family::Brass => draw((0.02, 0.15), (0.3, 1.0), (0.6, 1.0), (0.05, 0.2)),
    };
    let filter = match family {
        Family::Pad => draw((0.2, 1.5), (0.5, 3.0), (0.2, 0.9), (0.2, 1.0)),
        Family::Brass => draw((0.03, 0.25), (0.2, 1.0), (0.3, 0.8), (0.05, 0.2)),
        _ => draw((0.0006, 0.03), (0.04, 0.9), (0.0, 0.6), (0.05, 0.3)),
    };
    (amp, filter)
}

fn engine(family: Family, rng: &mut Random) -> Engine {
    match family {
        Family::Organ => Engine::Additive(organ(rng)),
        Family::Bell if rng.chance(0.5) => Engine::Additive(bell(rng)),
        Family::Bell => Engine::Fm(fm(rng, true)),
        Family::Keys if rng.chance(0.45) => Engine::Fm(fm(rng, false)),
        Family::Keys => Engine::Additive(struck(rng)),
        Family::Pluck | Family::Pad if rng.chance(0.3) => Engine::Additive(struck(rng)),
        Family::Bass | Family::Lead if rng.chance(0.2) => Engine::Fm(fm(rng, false)),
        _ => subtractive(rng),
    }
}

fn subtractive(rng: &mut Random) -> Engine {
    let shapes = [Shape::Saw, Shape::Saw, Shape::Pulse, Shape::Pulse, Shape::Triangle, Shape::Sine];
    let count = 1 + rng.below(3);
    let oscs = (0..count)
        .map(|i| OscSpec {
            shape: if i == 0 { rng.pick(&shapes[..5]) } else { rng.pick(&shapes) },
            semitones: if i == 0 {
                0.0
            } else {
                rng.pick(&[-12.0, 0.0, 0.0, 0.0, 7.0, 12.0, 12.0, 19.0]) + rng.range(-0.12, 0.12)
            },
            level: if i == 0 { 1.0 } else { rng.range(0.2, 0.9) },
            width: rng.range(0.12, 0.5),
            width_depth: if rng.chance(0.5) { rng.range(0.02, 0.11) } else { 0.0 },
        })
        .collect();
    let noise = if rng.chance(0.2) { rng.log_range(0.01, 0.3) } else { 0.0 };
    let ring = if count > 1 && rng.chance(0.12) { rng.range(0.3, 1.0) } else { 0.0 };
    Engine::Subtractive { oscs, noise, ring }
}

fn additive(
    ratios: Vec<f32>,
    levels: Vec<f32>,
    decays: Vec<f32>,
    rng: &mut Random,
) -> AdditiveSpec {
    let shimmer = if rng.chance(0.4) { rng.range(0.1, 0.7) } else { 0.0 };
    AdditiveSpec { ratios, levels, decays, shimmer, tilt_db: rng.range(-3.0, 6.0) }
}

fn organ(rng: &mut Random) -> AdditiveSpec {
    // Drawbars of a tone-wheel organ.
    let ratios = vec![0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0];
    let levels = ratios
        .iter()
        .map(|_| if rng.chance(0.6) { (rng.below(8) as f32 + 1.0) / 8.0 } else { 0.0 })
        .collect();
    let mut spec = additive(ratios.clone(), levels, vec![f32::INFINITY; ratios.len()], rng);
    spec.levels[1] = 1.0;
    spec
}

fn bell(rng: &mut Random) -> AdditiveSpec {
    let count = 5 + rng.below(10);
    let ratios: Vec<f32> = (0..count)
        .map(|i| if i == 0 { 1.0 } else { 1.0 + i as f32 * rng.range(0.5, 1.1) })
        .collect();
    let levels = ratios.iter().map(|r| rng.range(0.2, 1.0) / r.powf(0.6)).collect();
    let longest = rng.range(0.8, 3.0);
    let decays = ratios.iter().map(|r| longest / r.powf(0.8)).collect();
    additive(ratios, levels, decays, rng)
}

fn struck(rng: &mut Random) -> AdditiveSpec {
    let count = 12 + rng.below(28);
    let (tilt, stretch, strike) =
        (rng.range(0.6, 1.8), rng.log_range(2.0e-5, 1.5e-3), rng.range(0.08, 0.5));
    let (longest, damping) = (rng.log_range(0.5, 5.0), rng.range(0.02, 0.3));
    let ratios: Vec<f32> =
        (1..=count).map(|n| n as f32 * (1.0 + stretch * (n * n) as f32).sqrt()).collect();
    let levels = (1..=count)
        .map(|n| {
            (std::f32::consts::PI * n as f32 * strike).sin().abs().max(0.03) / (n as f32).powf(tilt)
                * rng.range(0.5, 1.0)
        })
        .collect();
    let decays = (1..=count).map(|n| longest / (1.0 + damping * n as f32)).collect();
    additive(ratios, levels, decays, rng)
}

fn fm(rng: &mut Random, bell: bool) -> FmSpec {
    let ratio = if bell {
        rng.pick(&[1.41, 2.76, 3.5, 5.4, 7.13])
    } else {
        rng.pick(&[0.5, 1.0, 1.0, 2.0, 3.0, 4.0, 7.0, 14.0])
    };
    FmSpec {
        ratio: ratio * (1.0 + rng.range(-0.002, 0.002)),
        index: rng.log_range(0.6, 7.0),
        floor: rng.range(0.0, 0.4),
        feedback: if rng.chance(0.3) { rng.range(0.02, 0.12) } else { 0.0 },
    }
}
