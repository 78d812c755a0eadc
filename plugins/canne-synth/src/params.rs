//! Every parameter of CANNe as one table, and the plain controls that the engine takes.

use std::sync::Arc;

use nfx_core::engine::canne::{CanneControls, MAX_UNISON, MAX_VOICES, Unison, VoiceMode};
use nfx_frame::params::{
    Bank, Kept, Row, choice, count, counter, float, level, linear, share, skewed, switch, values,
};
use nfx_frame::text;
use nice_plug::prelude::*;

use crate::session::Session;

mod choices;
mod latents;
mod movers;

pub use choices::{DivisionChoice, ModeChoice, ShapeChoice};
pub use movers::{AdsrParams, LfoParams};

/// Sliders, one for each latent of the largest model.
pub const SLIDERS: usize = 8;

nfx_frame::parameters! {
    /// All parameters and, in [`Session`], what else a project keeps.
    pub struct CanneParams {
        let own = CanneControls::default();
        let session = Arc::new(Session::new());
        /// Moves one of the numbers that the network makes its spectrum of.
        sliders: Bank<SLIDERS> = std::array::from_fn(|i| {
            let text = latents::text(i, session.clone());
            float(slider_id(i), format!("Slider {}", i + 1), 0.5, linear(0.0, 1.0), text)
                .with(|slider| slider.with_poly_modulation_id(i as u32))
                .group("Sliders")
                .on("Main/Sliders", i + 1)
        }),
        /// From the eight sliders to the sound under the pad's point: 0 % leaves the pad silent.
        morph: Row<FloatParam> = share("morph", "Morph", 0.0).on("Main/Sound", 3),
        /// The pad from left to right: from A and C to B and D.
        morph_x: Row<FloatParam> = share("mx", "Morph X", 0.5).on("Main/Sound", 1),
        /// The pad from top to bottom: from A and B to C and D.
        morph_y: Row<FloatParam> = share("my", "Morph Y", 0.5).on("Main/Sound", 2),
        /// Moves every partial by the same number of bins: harmony becomes metal, small shifts
        /// beat.
        shift: Row<FloatParam> =
            float("shift", "Shift", 0.0, linear(-60.0, 60.0), text::with_unit("bins", 1)).on("Main/Sound", 4),
        /// What Shift moves out at one end of the spectrum comes in at the other, as in the
        /// original.
        circular: Row<BoolParam> = switch("circ", "Circular shift", own.shift_circular),
        /// Detunes all notes, in cents: a hundredth of a semitone.
        fine: Row<FloatParam> =
            float("fine", "Fine", 0.0, linear(-100.0, 100.0), text::with_unit("ct", 1)).on("Main/Voice", 6),
        /// The frequency of the A above middle C that the whole instrument is tuned to.
        tune: Row<FloatParam> =
            float("tune", "Tuning", 440.0, linear(415.0, 466.0), text::with_unit("Hz", 1)).kept(Kept::Undo),
        /// Tilts the spectrum towards the bass, up to 8 dB at either end.
        tilt: Row<FloatParam> = share("tilt", "Bass", own.bass_tilt).on("Main/Sound", 5),
        /// Shakes every partial a little in each frame: the breath of the original, 0.1 % there.
        noise: Row<FloatParam> =
            float("noise", "Noise", own.noise, skewed(0.0, 0.05, 0.5), text::percent_to(2)).on("Main/Sound", 6),
        /// How far the two channels differ: 0 % is mono.
        width: Row<FloatParam> = share("width", "Width", own.width).on("Main/Sound", 7),
        /// Keeps each note as loud as it was while you move the sliders.
        even: Row<BoolParam> = switch("even", "Even level", own.even_level).on("Main/Voice", 7),
        /// The level that leaves the instrument. It never exceeds its ceiling.
        output_db: Row<FloatParam> = level("out", "Output").on("Main/Sound", 8),
        /// Poly gives each key a voice; Mono and Legato have one voice that glides.
        mode: Row<EnumParam<ModeChoice>> = choice("mode", "Voice mode", ModeChoice::Poly).on("Main/Voice", 1),
        /// How many notes may sound at once; the quietest gives way to a new one.
        voices: Row<IntParam> =
            count("voices", "Voices", MAX_VOICES as i32, 1, MAX_VOICES as i32).on("Main/Voice", 2),
        /// How long the pitch takes from one key to the next.
        glide_ms: Row<FloatParam> =
            float("glide", "Glide", own.glide_ms, skewed(0.0, 5000.0, 0.35), text::milliseconds())
                .on("Main/Voice", 3),
        /// How far the pitch wheel bends, in semitones.
        bend: Row<IntParam> = semitones("bend", "Bend range", own.bend_range, 48).on("Main/Voice", 4),
        /// For keyboards that bend and press each note on a channel of its own.
        mpe: Row<BoolParam> = switch("mpe", "MPE", own.mpe).kept(Kept::Undo),
        /// How far a finger bends its own note on an MPE keyboard, in semitones.
        mpe_bend: Row<IntParam> = semitones("mpeb", "MPE bend range", own.mpe_bend_range, 96).kept(Kept::Undo),
        /// How much softer a soft touch is: 0 % plays all notes equally loud.
        velocity: Row<FloatParam> = share("vel", "Velocity", own.velocity_amount).on("Main/Voice", 5),
        /// Plays the sliders without a note, on and on, as the original instrument did.
        drone: Row<BoolParam> = switch("drone", "Drone", false).on("Main/Voice", 8),
        /// The envelope of each note's level.
        amp: AdsrParams = AdsrParams::level(own.amp),
        /// The envelope that moves sliders.
        env: AdsrParams = AdsrParams::of_sliders(own.env),
        /// How far the second envelope moves this slider, up or down, on each note.
        env_to: Bank<SLIDERS> = movers::depths("Env", "e", "Envelope", "Depths/Envelope"),
        /// The low-frequency oscillator.
        lfo: LfoParams = LfoParams::new("LFO", ""),
        /// How far a hard touch moves this slider.
        velocity_to: Bank<SLIDERS> = movers::depths("Velocity", "v", "Velocity", "Depths/Velocity"),
        /// How far pressing a held key moves this slider.
        pressure_to: Bank<SLIDERS> = movers::depths("Pressure", "p", "Pressure", "Depths/Pressure"),
        /// How far the modulation wheel moves this slider.
        wheel_to: Bank<SLIDERS> = movers::depths("Wheel", "w", "Wheel", "Depths/Wheel"),
        /// Counts changes of the model and the like. Hidden.
        changes: Row<IntParam> = counter(),
        /// How far slide (CC 74) brightens a note upwards and darkens it downwards.
        slide: Row<FloatParam> =
            float("slide", "Slide brightness", own.slide_brightness, linear(-1.0, 1.0), text::percent()),
        /// How far slide (CC 74) moves this slider either way from its middle.
        slide_to: Bank<SLIDERS> = movers::depths("Slide", "s", "Slide", "Depths/Slide"),
        /// How fast a note lives: 0 % stands still, 100 % as recorded. For models that know time.
        // As recorded is in the middle of the travel.
        pace: Row<FloatParam> =
            float("pace", "Pace", own.pace, skewed(0.0, 4.0, 0.5), text::percent()).on("Main/Unison", 6),
        /// How far the sliders go beyond what the network has learned: 100 % is as far again either
        /// way.
        // The ranges of the sliders themselves are frozen: a host's automation is a share of them,
        // and would mean other positions in another range.
        reach: Row<FloatParam> = share("reach", "Reach", own.reach).on("Main/Unison", 5).with(|reach| {
            let session = session.clone();
            reach.with_callback(Arc::new(move |reach| session.set_reach(reach)))
        }),
        /// How many detuned strings each note has; one that sounds keeps its number.
        unison: Row<IntParam> = count("uni", "Unison", 1, 1, MAX_UNISON as i32).on("Main/Unison", 1),
        /// How far the outermost strings of a note are from its pitch, in cents.
        unison_detune: Row<FloatParam> =
            float("udet", "Unison detune", own.unison.detune_cents, skewed(0.0, 100.0, 0.5), text::with_unit("ct", 1))
                .on("Main/Unison", 2),
        /// How far the strings of a note stand apart in the stereo image.
        unison_spread: Row<FloatParam> = share("uspr", "Unison spread", own.unison.spread).on("Main/Unison", 3),
        /// In Poly, too, each new note glides from the pitch of the one before.
        // A switch of its own: the time alone has always been there without an effect.
        glide_poly: Row<BoolParam> = switch("pglide", "Glide in Poly", own.glide_poly).on("Main/Unison", 4),
        /// The second low-frequency oscillator.
        lfo2: LfoParams = LfoParams::new("LFO 2", "lfo2_"),
        /// How much like your sound notes are; 0 % leaves the sliders alone.
        likeness: Row<FloatParam> = share("like", "Likeness", own.likeness).on("Main/Unison", 7),
        ..session: Arc<Session> = session
    }
}

/// The pages of knobs on a controller, in their order.
pub const PAGES: [&str; 14] = [
    "Main/Sliders",
    "Main/Sound",
    "Main/Voice",
    "Main/Unison",
    "Envelopes/Envelopes",
    "Envelopes/LFO",
    "Envelopes/LFO 2",
    "Depths/Envelope",
    "Depths/LFO",
    "Depths/LFO 2",
    "Depths/Velocity",
    "Depths/Pressure",
    "Depths/Wheel",
    "Depths/Slide",
];

/// The id of a slider.
#[must_use]
pub fn slider_id(slider: usize) -> String {
    format!("l{}", slider + 1)
}

fn semitones(id: &str, name: &str, default: f32, max: i32) -> Row<IntParam> {
    count(id, name, default as i32, 0, max).with(|param| param.with_unit(" st"))
}

impl CanneParams {
    /// The sliders with the pad's part in them. Real-time safe.
    #[must_use]
    pub fn morphed(&self) -> [f32; SLIDERS] {
        let (sliders, amount) = (values(&self.sliders), self.morph.value());
        if amount <= 0.0 {
            return sliders;
        }
        let pad = self.session.blend(self.morph_x.value(), self.morph_y.value());
        std::array::from_fn(|i| sliders[i] + (pad[i] - sliders[i]) * amount)
    }

    /// What the engine is to do with the values as they are now, in a host at `tempo` beats a
    /// minute. Real-time safe.
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
            env_to: values(&self.env_to),
            lfos: [self.lfo.plain(tempo), self.lfo2.plain(tempo)],
            velocity_to: values(&self.velocity_to),
            pressure_to: values(&self.pressure_to),
            wheel_to: values(&self.wheel_to),
            slide_to: values(&self.slide_to),
            drone: self.drone.value(),
        }
    }
}
