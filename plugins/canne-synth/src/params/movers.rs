//! The parameters of what moves by itself: envelopes and low-frequency oscillators, and how far they move sliders.

use nfx_core::engine::canne::{Adsr, Lfo, LfoShape};
use nfx_frame::bank::Bank;
use nfx_frame::text;
use nice_plug::prelude::*;

use super::{BOTH_WAYS, DivisionChoice, SLIDERS, ShapeChoice, UNIT, float};

/// The tempo in a host that tells none.
const TEMPO: f64 = 120.0;

/// An envelope.
#[derive(Params)]
pub struct AdsrParams {
    /// Attack, 2 to 10,000 ms.
    #[id = "a"]
    pub attack: FloatParam,
    /// Decay, 2 to 10,000 ms.
    #[id = "d"]
    pub decay: FloatParam,
    /// Sustain, 0 to 1.
    #[id = "s"]
    pub sustain: FloatParam,
    /// Release, 5 to 10,000 ms.
    #[id = "r"]
    pub release: FloatParam,
}

impl AdsrParams {
    pub(super) fn new(name: &str, defaults: Adsr) -> Self {
        let time = |what: &str, least: f32, default: f32| {
            let range = FloatRange::Skewed { min: least, max: 10_000.0, factor: 0.25 };
            float(format!("{name} {what}"), default, range, text::duration())
        };
        Self {
            attack: time("attack", 2.0, defaults.attack_ms),
            decay: time("decay", 2.0, defaults.decay_ms),
            sustain: float(format!("{name} sustain"), defaults.sustain, UNIT, text::percent()),
            release: time("release", 5.0, defaults.release_ms),
        }
    }

    /// As the engine takes it. Real-time safe.
    #[must_use]
    pub fn plain(&self) -> Adsr {
        Adsr {
            attack_ms: self.attack.value(),
            decay_ms: self.decay.value(),
            sustain: self.sustain.value(),
            release_ms: self.release.value(),
        }
    }
}

/// A low-frequency oscillator.
#[derive(Params)]
pub struct LfoParams {
    /// Its frequency, 0.01 to 40 Hz.
    #[id = "frate"]
    pub hz: FloatParam,
    /// Take the frequency from the host's tempo.
    #[id = "fsync"]
    pub sync: BoolParam,
    /// Then one cycle lasts so long.
    #[id = "fdiv"]
    pub division: EnumParam<DivisionChoice>,
    /// Its shape.
    #[id = "fshape"]
    pub shape: EnumParam<ShapeChoice>,
    /// Each note starts it anew.
    #[id = "fretrig"]
    pub retrigger: BoolParam,
    /// How far it moves each slider, -1 to 1.
    #[nested(group = "LFO")]
    pub to: Bank<SLIDERS>,
}

impl LfoParams {
    pub(super) fn new(name: &str) -> Self {
        let own = Lfo::default();
        let range = FloatRange::Skewed { min: 0.01, max: 40.0, factor: 0.3 };
        Self {
            hz: float(format!("{name} rate"), own.hz, range, text::with_unit("Hz", 2)),
            sync: BoolParam::new(format!("{name} sync"), false),
            division: EnumParam::new(format!("{name} division"), DivisionChoice::Quarter),
            shape: EnumParam::new(format!("{name} shape"), ShapeChoice::Sine),
            retrigger: BoolParam::new(format!("{name} retrigger"), own.retrigger),
            to: depths(name, |i| format!("f{}", i + 1)),
        }
    }

    /// The frequency at a tempo. Real-time safe.
    #[must_use]
    pub fn frequency(&self, tempo: Option<f64>) -> f32 {
        if !self.sync.value() {
            return self.hz.value();
        }
        let tempo = tempo.filter(|tempo| tempo.is_finite() && *tempo > 1.0).unwrap_or(TEMPO);
        (tempo / 60.0 / self.division.value().beats()).min(40.0) as f32
    }

    /// As the engine takes it, in a host at `tempo` beats a minute. Real-time safe.
    #[must_use]
    pub fn plain(&self, tempo: Option<f64>) -> Lfo {
        Lfo {
            hz: self.frequency(tempo),
            shape: match self.shape.value() {
                ShapeChoice::Sine => LfoShape::Sine,
                ShapeChoice::Triangle => LfoShape::Triangle,
                ShapeChoice::SawUp => LfoShape::SawUp,
                ShapeChoice::SawDown => LfoShape::SawDown,
                ShapeChoice::Square => LfoShape::Square,
                ShapeChoice::Random => LfoShape::Random,
            },
            to: self.to.values(),
            retrigger: self.retrigger.value(),
        }
    }
}

pub(super) fn depths(name: &str, id_of: fn(usize) -> String) -> Bank<SLIDERS> {
    let depth = |i| float(format!("{name} to slider {}", i + 1), 0.0, BOTH_WAYS, text::percent());
    Bank::new(std::array::from_fn(depth), id_of)
}
