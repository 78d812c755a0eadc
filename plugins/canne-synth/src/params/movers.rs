//! What moves sliders: two envelopes and two low-frequency oscillators.

use nfx_core::engine::canne::{Adsr, Lfo, LfoShape};
use nfx_frame::params::{
    Bank, Facts, Row, Rows, choice, float, linear, share, skewed, switch, values,
};
use nfx_frame::text;
use nice_plug::params::internals::ParamPtr;
use nice_plug::prelude::*;

use super::{DivisionChoice, SLIDERS, ShapeChoice};

/// The tempo in a host that tells none.
const TEMPO: f64 = 120.0;

/// An envelope: attack and decay (2 to 10,000 ms), sustain (0 to 1), release (5 to 10,000 ms).
pub struct AdsrParams(Bank<4>);

impl AdsrParams {
    /// The envelope of a note's level.
    pub(super) fn level(defaults: Adsr) -> Self {
        let help = [
            "Sets how long a note takes to its full level.",
            "Sets how long a note then falls to its sustain level.",
            "Sets a note's level for as long as its key is held.",
            "Sets how long a note takes to fall silent.\nIt begins when the key is up.",
        ];
        Self::new(["amp", "Amp", "Amplitude"], defaults, help, 1)
    }

    /// The envelope that moves sliders.
    pub(super) fn of_sliders(defaults: Adsr) -> Self {
        let help = [
            "Sets how long the second envelope takes to its peak.\nIt moves sliders, not the level.",
            "Sets how long the second envelope falls to its sustain.",
            "Sets where the second envelope stays while a key is held.",
            "Sets how long the second envelope takes to fall to nothing.",
        ];
        Self::new(["env", "Env", "Envelope"], defaults, help, 5)
    }

    fn new(
        named: [&'static str; 3],
        defaults: Adsr,
        help: [&'static str; 4],
        first: usize,
    ) -> Self {
        let [id, name, group] = named;
        let time = |stage: &str, what: &str, least: f32, default: f32| {
            let range = skewed(least, 10_000.0, 0.25);
            float(
                format!("{id}_{stage}"),
                format!("{name} {what}"),
                default,
                range,
                text::duration(),
            )
        };
        let mut place = first;
        let mut help = help.into_iter();
        let stages = [
            time("a", "attack", 2.0, defaults.attack_ms),
            time("d", "decay", 2.0, defaults.decay_ms),
            share(format!("{id}_s"), format!("{name} sustain"), defaults.sustain),
            time("r", "release", 5.0, defaults.release_ms),
        ];
        Self(stages.map(|row| {
            place += 1;
            row.group(group)
                .on("Envelopes/Envelopes", place - 1)
                .says(help.next().unwrap_or_default())
        }))
    }

    /// As the engine takes it. Real-time safe.
    #[must_use]
    pub fn plain(&self) -> Adsr {
        let [attack_ms, decay_ms, sustain, release_ms] = values(&self.0);
        Adsr { attack_ms, decay_ms, sustain, release_ms }
    }
}

impl Rows for AdsrParams {
    fn visit(&self, see: &mut dyn FnMut(&Facts, ParamPtr)) {
        self.0.visit(see);
    }

    fn described(self, _help: &[&str]) -> Self {
        self
    }
}

/// A low-frequency oscillator.
pub struct LfoParams {
    /// Its frequency, 0.01 to 40 Hz.
    pub hz: Row<FloatParam>,
    /// Take the frequency from the host's tempo.
    pub sync: Row<BoolParam>,
    /// Then one cycle lasts so long.
    pub division: Row<EnumParam<DivisionChoice>>,
    /// Its shape.
    pub shape: Row<EnumParam<ShapeChoice>>,
    /// Each note starts it anew.
    pub retrigger: Row<BoolParam>,
    /// How far it moves each slider, -1 to 1.
    pub to: Bank<SLIDERS>,
}

impl LfoParams {
    pub(super) fn new(name: &str, prefix: &str) -> Self {
        let own = Lfo::default();
        let id = |id: &str| format!("{prefix}{id}");
        let named = |what: &str| format!("{name} {what}");
        let page = || format!("Envelopes/{name}");
        Self {
            hz: float(
                id("frate"),
                named("rate"),
                own.hz,
                skewed(0.01, 40.0, 0.3),
                text::with_unit("Hz", 2),
            )
            .on(page(), 1)
            .says("Sets how fast this LFO swings."),
            sync: switch(id("fsync"), named("sync"), false)
                .on(page(), 2)
                .says("Takes this LFO's rate from the host's tempo."),
            division: choice(id("fdiv"), named("division"), DivisionChoice::Quarter)
                .on(page(), 3)
                .says("Sets the note value of one swing of this LFO."),
            shape: choice(id("fshape"), named("shape"), ShapeChoice::Sine)
                .on(page(), 4)
                .says("Sets the shape of this LFO's swing."),
            retrigger: switch(id("fretrig"), named("retrigger"), own.retrigger)
                .on(page(), 5)
                .says("Starts this LFO anew with each note.\nOtherwise all notes swing together."),
            to: depths(name, &id("f"), "LFO", &format!("Depths/{name}"))
                .described(&["Sets how far this LFO moves the slider up and down."]),
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
            to: values(&self.to),
            retrigger: self.retrigger.value(),
        }
    }
}

impl Rows for LfoParams {
    fn visit(&self, see: &mut dyn FnMut(&Facts, ParamPtr)) {
        self.hz.visit(see);
        self.sync.visit(see);
        self.division.visit(see);
        self.shape.visit(see);
        self.retrigger.visit(see);
        self.to.visit(see);
    }

    fn described(self, _help: &[&str]) -> Self {
        self
    }
}

/// How far something moves each slider.
pub(super) fn depths(name: &str, ids: &str, group: &'static str, page: &str) -> Bank<SLIDERS> {
    std::array::from_fn(|i| {
        let (id, name) = (format!("{ids}{}", i + 1), format!("{name} to slider {}", i + 1));
        float(id, name, 0.0, linear(-1.0, 1.0), text::percent())
            .group(group)
            .on(page.to_owned(), i + 1)
    })
}
