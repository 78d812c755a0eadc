//! Every parameter of CANNe: its frozen id, name, range, text, and the plain controls that the engine takes.

use std::sync::Arc;

use nfx_core::engine::canne::{CanneControls, MAX_UNISON, MAX_VOICES, Unison, VoiceMode};
use nfx_frame::bank::Bank;
use nfx_frame::text;
use nice_plug::prelude::*;

use crate::session::Session;

mod choices;
mod latents;
mod movers;
mod pages;

pub use choices::{DivisionChoice, ModeChoice, ShapeChoice};
pub use movers::{AdsrParams, LfoParams};
pub use pages::remote_controls;

/// Sliders, one for each latent of the largest model.
pub const SLIDERS: usize = 8;
/// The hidden parameter that counts changes of what a project holds beside its parameters, so that a host notices them.
pub const COUNTER_ID: &str = "mchg";
/// One past the counter's highest value; it starts again at 0.
pub const COUNTER_END: i32 = 65536;
/// All parameters and, in [`Session`], what else a project keeps.
#[derive(Params)]
pub struct CanneParams {
    /// The latents, 0 to 1 over the range that the model's corpus uses.
    #[nested(group = "Sliders")]
    pub sliders: Bank<SLIDERS>,
    /// From the sliders to the pad, 0 to 1.
    #[id = "morph"]
    pub morph: FloatParam,
    /// The pad's place across, 0 to 1.
    #[id = "mx"]
    pub morph_x: FloatParam,
    /// The pad's place down, 0 to 1.
    #[id = "my"]
    pub morph_y: FloatParam,
    /// Frequency shift in bins of the model, -60 to 60.
    #[id = "shift"]
    pub shift: FloatParam,
    /// What is shifted out at one end comes in at the other.
    #[id = "circ"]
    pub circular: BoolParam,
    /// Fine pitch, -100 to 100 cents.
    #[id = "fine"]
    pub fine: FloatParam,
    /// The A above middle C, 415 to 466 Hz.
    #[id = "tune"]
    pub tune: FloatParam,
    /// Tilt towards the bass, 0 to 1.
    #[id = "tilt"]
    pub tilt: FloatParam,
    /// Multiplicative noise, 0 to 0.05.
    #[id = "noise"]
    pub noise: FloatParam,
    /// Stereo width, 0 to 1.
    #[id = "width"]
    pub width: FloatParam,
    /// Even loudness whatever the sliders do.
    #[id = "even"]
    pub even: BoolParam,
    /// Output gain, -24 to 24 dB.
    #[id = "out"]
    pub output_db: FloatParam,
    /// How keys share voices.
    #[id = "mode"]
    pub mode: EnumParam<ModeChoice>,
    /// Voices in the poly mode, 1 to 16.
    #[id = "voices"]
    pub voices: IntParam,
    /// Glide, 0 to 5000 ms.
    #[id = "glide"]
    pub glide_ms: FloatParam,
    /// Range of the pitch bend, 0 to 48 semitones.
    #[id = "bend"]
    pub bend: IntParam,
    /// Channel 1 is the master of an MPE zone.
    #[id = "mpe"]
    pub mpe: BoolParam,
    /// Range of the bend of an MPE note's own channel, 0 to 96 semitones.
    #[id = "mpeb"]
    pub mpe_bend: IntParam,
    /// How far the velocity decides on the level, 0 to 1.
    #[id = "vel"]
    pub velocity: FloatParam,
    /// Plays without a note.
    #[id = "drone"]
    pub drone: BoolParam,
    /// The amplitude's envelope.
    #[nested(id_prefix = "amp", group = "Amplitude")]
    pub amp: AdsrParams,
    /// The envelope that moves sliders.
    #[nested(id_prefix = "env", group = "Envelope")]
    pub env: AdsrParams,
    /// How far it moves each, -1 to 1.
    #[nested(group = "Envelope")]
    pub env_to: Bank<SLIDERS>,
    /// The low-frequency oscillator.
    #[nested]
    pub lfo: LfoParams,
    /// How far the velocity does.
    #[nested(group = "Velocity")]
    pub velocity_to: Bank<SLIDERS>,
    /// How far the pressure does.
    #[nested(group = "Pressure")]
    pub pressure_to: Bank<SLIDERS>,
    /// How far the modulation wheel does.
    #[nested(group = "Wheel")]
    pub wheel_to: Bank<SLIDERS>,
    /// Counts changes of the model and the like. Hidden.
    #[id = "mchg"]
    pub changes: IntParam,
    /// How far slide tilts the spectrum, -1 to 1.
    #[id = "slide"]
    pub slide: FloatParam,
    /// How far slide moves each slider.
    #[nested(group = "Slide")]
    pub slide_to: Bank<SLIDERS>,
    /// How fast a note lives, 0 (it stands) to 4.
    #[id = "pace"]
    pub pace: FloatParam,
    /// How far the sliders' travel goes beyond the learned range, 0 to 1. The ranges of the sliders themselves are frozen: a host's
    /// automation is a share of them, and would mean other positions in another range.
    #[id = "reach"]
    pub reach: FloatParam,
    /// Strings of a note, 1 to 7.
    #[id = "uni"]
    pub unison: IntParam,
    /// How far the outermost are from the note, 0 to 100 cents.
    #[id = "udet"]
    pub unison_detune: FloatParam,
    /// How far they stand apart, 0 to 1.
    #[id = "uspr"]
    pub unison_spread: FloatParam,
    /// In the poly mode, too, notes glide. A switch of its own: the time alone has always been there without an effect.
    #[id = "pglide"]
    pub glide_poly: BoolParam,
    /// The second low-frequency oscillator.
    #[nested(id_prefix = "lfo2")]
    pub lfo2: LfoParams,
    /// How much of the take is heard, 0 to 1.
    #[id = "like"]
    pub likeness: FloatParam,
    /// What else a project keeps.
    #[nested]
    pub session: Arc<Session>,
}

const UNIT: FloatRange = FloatRange::Linear { min: 0.0, max: 1.0 };
const BOTH_WAYS: FloatRange = FloatRange::Linear { min: -1.0, max: 1.0 };

fn float(
    name: impl Into<String>,
    default: f32,
    range: FloatRange,
    (to_text, from_text): (text::ToText, text::FromText),
) -> FloatParam {
    FloatParam::new(name, default, range).with_value_to_string(to_text).with_string_to_value(from_text)
}

impl Default for CanneParams {
    fn default() -> Self {
        let own = CanneControls::default();
        let semitones = |name: &str, default: f32, max: i32| {
            IntParam::new(name, default as i32, IntRange::Linear { min: 0, max }).with_unit(" st")
        };
        let session = Arc::new(Session::new());
        Self {
            sliders: Bank::new(
                std::array::from_fn(|i| {
                    let slider = float(format!("Slider {}", i + 1), 0.5, UNIT, latents::text(i, session.clone()));
                    slider.with_poly_modulation_id(i as u32)
                }),
                |i| format!("l{}", i + 1),
            ),
            morph: float("Morph", 0.0, UNIT, text::percent()),
            morph_x: float("Morph X", 0.5, UNIT, text::percent()),
            morph_y: float("Morph Y", 0.5, UNIT, text::percent()),
            shift: float("Shift", 0.0, FloatRange::Linear { min: -60.0, max: 60.0 }, text::with_unit("bins", 1)),
            circular: BoolParam::new("Circular shift", own.shift_circular),
            fine: float("Fine", 0.0, FloatRange::Linear { min: -100.0, max: 100.0 }, text::with_unit("ct", 1)),
            tune: float("Tuning", 440.0, FloatRange::Linear { min: 415.0, max: 466.0 }, text::with_unit("Hz", 1)),
            tilt: float("Bass", own.bass_tilt, UNIT, text::percent()),
            noise: float(
                "Noise",
                own.noise,
                FloatRange::Skewed { min: 0.0, max: 0.05, factor: 0.5 },
                text::percent_to(2),
            ),
            width: float("Width", own.width, UNIT, text::percent()),
            even: BoolParam::new("Even level", own.even_level),
            output_db: float("Output", 0.0, FloatRange::Linear { min: -24.0, max: 24.0 }, text::decibels()),
            mode: EnumParam::new("Voice mode", ModeChoice::Poly),
            voices: IntParam::new("Voices", MAX_VOICES as i32, IntRange::Linear { min: 1, max: MAX_VOICES as i32 }),
            glide_ms: float(
                "Glide",
                own.glide_ms,
                FloatRange::Skewed { min: 0.0, max: 5000.0, factor: 0.35 },
                text::milliseconds(),
            ),
            bend: semitones("Bend range", own.bend_range, 48),
            mpe: BoolParam::new("MPE", own.mpe),
            mpe_bend: semitones("MPE bend range", own.mpe_bend_range, 96),
            velocity: float("Velocity", own.velocity_amount, UNIT, text::percent()),
            drone: BoolParam::new("Drone", false),
            amp: AdsrParams::new("Amp", own.amp),
            env: AdsrParams::new("Env", own.env),
            env_to: movers::depths("Env", |i| format!("e{}", i + 1)),
            lfo: LfoParams::new("LFO"),
            velocity_to: movers::depths("Velocity", |i| format!("v{}", i + 1)),
            pressure_to: movers::depths("Pressure", |i| format!("p{}", i + 1)),
            wheel_to: movers::depths("Wheel", |i| format!("w{}", i + 1)),
            changes: IntParam::new("Model changes", 0, IntRange::Linear { min: 0, max: COUNTER_END - 1 }).hide(),
            slide: float("Slide brightness", own.slide_brightness, BOTH_WAYS, text::percent()),
            slide_to: movers::depths("Slide", |i| format!("s{}", i + 1)),
            // As recorded is in the middle of the travel.
            pace: float("Pace", own.pace, FloatRange::Skewed { min: 0.0, max: 4.0, factor: 0.5 }, text::percent()),
            reach: float("Reach", own.reach, UNIT, text::percent()).with_callback({
                let session = session.clone();
                Arc::new(move |reach| session.set_reach(reach))
            }),
            unison: IntParam::new("Unison", 1, IntRange::Linear { min: 1, max: MAX_UNISON as i32 }),
            unison_detune: float(
                "Unison detune",
                own.unison.detune_cents,
                FloatRange::Skewed { min: 0.0, max: 100.0, factor: 0.5 },
                text::with_unit("ct", 1),
            ),
            unison_spread: float("Unison spread", own.unison.spread, UNIT, text::percent()),
            glide_poly: BoolParam::new("Glide in Poly", own.glide_poly),
            lfo2: LfoParams::new("LFO 2"),
            likeness: float("Likeness", own.likeness, UNIT, text::percent()),
            session,
        }
    }
}

impl CanneParams {
    /// The sliders with the pad's part in them. Real-time safe.
    #[must_use]
    pub fn morphed(&self) -> [f32; SLIDERS] {
        let (sliders, amount) = (self.sliders.values(), self.morph.value());
        if amount <= 0.0 {
            return sliders;
        }
        let pad = self.session.blend(self.morph_x.value(), self.morph_y.value());
        std::array::from_fn(|i| sliders[i] + (pad[i] - sliders[i]) * amount)
    }

    /// What the engine is to do with the values as they are now, in a host at `tempo` beats a minute. Real-time safe.
    #[must_use]
    pub fn controls(&self, tempo: Option<f64>) -> CanneControls {
        CanneControls {
            sliders: self.morphed(),
            reach: self.reach.value(),
            shift_bins: self.shift.value(),
            shift_circular: self.circular.value(),
            fine_cents: self.fine.value(),
            master_tune_hz: self.tune.value(),
            bass_tilt: self.tilt.value(),
            noise: self.noise.value(),
            width: self.width.value(),
            pace: self.pace.value(),
            likeness: self.likeness.value(),
            even_level: self.even.value(),
            output_gain: text::db_to_factor(self.output_db.value()),
            mode: match self.mode.value() {
                ModeChoice::Poly => VoiceMode::Poly,
                ModeChoice::Mono => VoiceMode::Mono,
                ModeChoice::Legato => VoiceMode::Legato,
            },
            voices: self.voices.value().unsigned_abs() as usize,
            unison: Unison {
                voices: self.unison.value().unsigned_abs() as usize,
                detune_cents: self.unison_detune.value(),
                spread: self.unison_spread.value(),
            },
            pitches: self.session.pitches(),
            glide_ms: self.glide_ms.value(),
            glide_poly: self.glide_poly.value(),
            bend_range: self.bend.value() as f32,
            mpe: self.mpe.value(),
            mpe_bend_range: self.mpe_bend.value() as f32,
            slide_brightness: self.slide.value(),
            velocity_amount: self.velocity.value(),
            amp: self.amp.plain(),
            env: self.env.plain(),
            env_to: self.env_to.values(),
            lfos: [self.lfo.plain(tempo), self.lfo2.plain(tempo)],
            velocity_to: self.velocity_to.values(),
            pressure_to: self.pressure_to.values(),
            wheel_to: self.wheel_to.values(),
            slide_to: self.slide_to.values(),
            drone: self.drone.value(),
        }
    }
}

/// Whether a parameter belongs to a preset: not the tuning of the room, nor the kind of controller.
#[must_use]
pub fn in_presets(id: &str) -> bool {
    !matches!(id, "tune" | "mpe" | "mpeb" | COUNTER_ID)
}

/// Whether a parameter belongs to an undo step.
#[must_use]
pub fn in_history(id: &str) -> bool {
    id != COUNTER_ID
}
