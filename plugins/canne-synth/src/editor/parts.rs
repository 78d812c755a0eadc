//! Which parameter stands behind which control.

use nfx_ui::param::AnyParam;
use nice_plug::prelude::{BoolParam, Enum, EnumParam, Param, ParamSetter};

use super::view::{Control, Mover, Stage, Switch};
use crate::params::{AdsrParams, CanneParams, LfoParams, SLIDERS};

/// The parameter of a continuous or counted control.
pub fn param(params: &CanneParams, control: Control) -> &dyn AnyParam {
    let slider = |index: usize| index.min(SLIDERS - 1);
    match control {
        Control::Slider(index) => &params.sliders[slider(index)],
        Control::Morph => &params.morph,
        Control::MorphX => &params.morph_x,
        Control::MorphY => &params.morph_y,
        Control::Shift => &params.shift,
        Control::Fine => &params.fine,
        Control::Tune => &params.tune,
        Control::Tilt => &params.tilt,
        Control::Noise => &params.noise,
        Control::Width => &params.width,
        Control::Output => &params.output_db,
        Control::Voices => &params.voices,
        Control::Glide => &params.glide_ms,
        Control::Bend => &params.bend,
        Control::MpeBend => &params.mpe_bend,
        Control::Velocity => &params.velocity,
        Control::Slide => &params.slide,
        Control::Pace => &params.pace,
        Control::Likeness => &params.likeness,
        Control::Amp(stage) => of_stage(&params.amp, stage),
        Control::Env(stage) => of_stage(&params.env, stage),
        Control::LfoRate(index) => &lfo(params, index).hz,
        Control::Reach => &params.reach,
        Control::Unison => &params.unison,
        Control::UnisonDetune => &params.unison_detune,
        Control::UnisonSpread => &params.unison_spread,
        Control::Depth(mover, index) => match mover {
            Mover::Envelope => &params.env_to[slider(index)],
            Mover::Lfo(which) => &lfo(params, which).to[slider(index)],
            Mover::Velocity => &params.velocity_to[slider(index)],
            Mover::Pressure => &params.pressure_to[slider(index)],
            Mover::Wheel => &params.wheel_to[slider(index)],
            Mover::Slide => &params.slide_to[slider(index)],
        },
    }
}

/// One of the oscillators.
fn lfo(params: &CanneParams, index: usize) -> &LfoParams {
    if index == 0 { &params.lfo } else { &params.lfo2 }
}

fn of_stage(adsr: &AdsrParams, stage: Stage) -> &dyn AnyParam {
    match stage {
        Stage::Attack => &adsr.attack,
        Stage::Decay => &adsr.decay,
        Stage::Sustain => &adsr.sustain,
        Stage::Release => &adsr.release,
    }
}

/// A parameter with few values.
pub trait Few: AnyParam {
    /// How many.
    fn count(&self) -> usize;

    /// Which it has.
    fn chosen(&self) -> usize {
        (self.normal() * (self.count() - 1) as f32).round() as usize
    }

    /// Gives it another, as one gesture.
    fn choose(&self, setter: &ParamSetter<'_>, index: usize) {
        self.jump(setter, index as f32 / (self.count() - 1) as f32);
    }
}

impl Few for BoolParam {
    fn count(&self) -> usize {
        2
    }
}

impl<T: Enum + PartialEq + 'static> Few for EnumParam<T> {
    fn count(&self) -> usize {
        self.step_count().map_or(2, |steps| steps + 1)
    }
}

/// The parameter of a switch.
pub fn switch(params: &CanneParams, which: Switch) -> &dyn Few {
    match which {
        Switch::Circular => &params.circular,
        Switch::Even => &params.even,
        Switch::Mode => &params.mode,
        Switch::Mpe => &params.mpe,
        Switch::Drone => &params.drone,
        Switch::GlidePoly => &params.glide_poly,
        Switch::LfoSync(index) => &lfo(params, index).sync,
        Switch::LfoDivision(index) => &lfo(params, index).division,
        Switch::LfoShape(index) => &lfo(params, index).shape,
        Switch::LfoRetrigger(index) => &lfo(params, index).retrigger,
    }
}

/// What a control is called in messages and undo steps.
pub fn name(params: &CanneParams, control: Control) -> String {
    param(params, control).label().to_owned()
}
