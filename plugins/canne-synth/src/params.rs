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
        /// Moves one of the numbers that the spectrum is made of.
        sliders: Bank<SLIDERS> = std::array::from_fn(|i| {
            let text = latents::text(i, session.clone());
            float(slider_id(i), format!("Slider {}", i + 1), 0.5, linear(0.0, 1.0), text)
                .with(|slider| slider.with_poly_modulation_id(i as u32))
                .group("Sliders")
                .on("Main/Sliders", i + 1)
        }),
        /// Goes from the eight sliders to the sound under the point.
        ///
        /// At 0 % the pad does nothing.
        morph: Row<FloatParam> = share("morph", "Morph", 0.0).on("Main/Sound", 3),
        /// Moves the pad's point across, from A and C to B and D.
        morph_x: Row<FloatParam> = share("mx", "Morph X", 0.5).on("Main/Sound", 1),
        /// Moves the pad's point down, from A and B to C and D.
        morph_y: Row<FloatParam> = share("my", "Morph Y", 0.5).on("Main/Sound", 2),
        /// Moves every partial by the same number of bins.
        ///
        /// Harmony becomes metal; small shifts beat.
        shift: Row<FloatParam> =
            float("shift", "Shift", 0.0, linear(-60.0, 60.0), text::with_unit("bins", 1)).on("Main/Sound", 4),
        /// Brings in at one end what Shift moves out at the other.
        ///
        /// The original instrument does so.
        circular: Row<BoolParam> = switch("circ", "Circular shift", own.shift_circular),
        /// Detunes all notes, in hundredths of a semitone.
        fine: Row<FloatParam> =
            float("fine", "Fine", 0.0, linear(-100.0, 100.0), text::with_unit("ct", 1)).on("Main/Voice", 6),
        /// Tunes the whole instrument by the A above middle C.
        tune: Row<FloatParam> =
            float("tune", "Tuning", 440.0, linear(415.0, 466.0), text::with_unit("Hz", 1)).kept(Kept::Undo),
        /// Tilts the spectrum towards the bass.
        ///
        /// It changes either end by up to 8 dB.
        tilt: Row<FloatParam> = share("tilt", "Bass", own.bass_tilt).on("Main/Sound", 5),
        /// Shakes every partial a little, like breath.
        ///
        /// The original instrument has 0.1 %.
        noise: Row<FloatParam> =
            float("noise", "Noise", own.noise, skewed(0.0, 0.05, 0.5), text::percent_to(2)).on("Main/Sound", 6),
        /// Sets how far the two channels differ.
        ///
        /// At 0 % the sound is mono.
        width: Row<FloatParam> = share("width", "Width", own.width).on("Main/Sound", 7),
        /// Keeps each note as loud as it was while sliders move.
        even: Row<BoolParam> = switch("even", "Even level", own.even_level).on("Main/Voice", 7),
        /// Sets the level that leaves the instrument.
        ///
        /// It never exceeds +12 dBFS.
        output_db: Row<FloatParam> = level("out", "Output").on("Main/Sound", 8),
        /// Sets how keys share voices.
        ///
        /// Poly gives each key one; Mono and Legato have one.
        mode: Row<EnumParam<ModeChoice>> = choice("mode", "Voice mode", ModeChoice::Poly).on("Main/Voice", 1),
        /// Sets how many notes may sound at once.
        ///
        /// The quietest gives way to a new one.
        voices: Row<IntParam> =
            count("voices", "Voices", MAX_VOICES as i32, 1, MAX_VOICES as i32).on("Main/Voice", 2),
        /// Sets how long the pitch takes from one key to the next.
        glide_ms: Row<FloatParam> =
            float("glide", "Glide", own.glide_ms, skewed(0.0, 5000.0, 0.35), text::milliseconds())
                .on("Main/Voice", 3),
        /// Sets how far the pitch wheel bends, in semitones.
        bend: Row<IntParam> = semitones("bend", "Bend range", own.bend_range, 48).on("Main/Voice", 4),
        /// Lets each note bend and press on a channel of its own.
        ///
        /// Switch it on for MPE keyboards.
        mpe: Row<BoolParam> = switch("mpe", "MPE", own.mpe).kept(Kept::Undo),
        /// Sets how far a finger bends its own note, in semitones.
        ///
        /// Only MPE keyboards do that.
        mpe_bend: Row<IntParam> = semitones("mpeb", "MPE bend range", own.mpe_bend_range, 96).kept(Kept::Undo),
        /// Sets how much softer a soft touch is.
        ///
        /// At 0 % all notes are equally loud.
        velocity: Row<FloatParam> = share("vel", "Velocity", own.velocity_amount).on("Main/Voice", 5),
        /// Plays the sliders without a note, on and on.
        ///
        /// The original instrument does so.
        drone: Row<BoolParam> = switch("drone", "Drone", false).on("Main/Voice", 8),
        /// The envelope of each note's level.
        amp: AdsrParams = AdsrParams::level(own.amp),
        /// The envelope that moves sliders.
        env: AdsrParams = AdsrParams::of_sliders(own.env),
        /// Sets how far the second envelope moves this slider.
        env_to: Bank<SLIDERS> = movers::depths("Env", "e", "Envelope", "Depths/Envelope"),
        /// The low-frequency oscillator.
        lfo: LfoParams = LfoParams::new("LFO", ""),
        /// Sets how far a hard touch moves this slider.
        velocity_to: Bank<SLIDERS> = movers::depths("Velocity", "v", "Velocity", "Depths/Velocity"),
        /// Sets how far pressing a held key moves this slider.
        pressure_to: Bank<SLIDERS> = movers::depths("Pressure", "p", "Pressure", "Depths/Pressure"),
        /// Sets how far the modulation wheel moves this slider.
        wheel_to: Bank<SLIDERS> = movers::depths("Wheel", "w", "Wheel", "Depths/Wheel"),
        /// Counts changes of the model and the like. Hidden.
        changes: Row<IntParam> = counter(),
        /// Sets how far slide (CC 74) brightens a note upwards.
        ///
        /// Downwards it darkens the note as far.
        slide: Row<FloatParam> =
            float("slide", "Slide brightness", own.slide_brightness, linear(-1.0, 1.0), text::percent()),
        /// Sets how far slide (CC 74) moves this slider either way.
        slide_to: Bank<SLIDERS> = movers::depths("Slide", "s", "Slide", "Depths/Slide"),
        /// Sets how fast a note lives: 100 % is as recorded.
        ///
        /// At 0 % it stands still. Only some models know time.
        // As recorded is in the middle of the travel.
        pace: Row<FloatParam> =
            float("pace", "Pace", own.pace, skewed(0.0, 4.0, 0.5), text::percent()).on("Main/Unison", 6),
        /// Lets the sliders go beyond what the network has learned.
        ///
        /// At 100 % they go as far again either way.
        // The ranges of the sliders themselves are frozen: a host's automation is a share of them,
        // and would mean other positions in another range.
        reach: Row<FloatParam> = share("reach", "Reach", own.reach).on("Main/Unison", 5).with(|reach| {
            let session = session.clone();
            reach.with_callback(Arc::new(move |reach| session.set_reach(reach)))
        }),
        /// Sets how many detuned strings each note has.
        ///
        /// A note that sounds keeps its number.
        unison: Row<IntParam> = count("uni", "Unison", 1, 1, MAX_UNISON as i32).on("Main/Unison", 1),
        /// Sets how far a note's outer strings are from its pitch.
        ///
        /// One cent is a hundredth of a semitone.
        unison_detune: Row<FloatParam> =
            float("udet", "Unison detune", own.unison.detune_cents, skewed(0.0, 100.0, 0.5), text::with_unit("ct", 1))
                .on("Main/Unison", 2),
        /// Sets how far the strings of a note stand apart in stereo.
        unison_spread: Row<FloatParam> = share("uspr", "Unison spread", own.unison.spread).on("Main/Unison", 3),
        /// Lets each new note glide in Poly, too.
        ///
        /// It starts at the pitch of the note before.
        // A switch of its own: the time alone has always been there without an effect.
        glide_poly: Row<BoolParam> = switch("pglide", "Glide in Poly", own.glide_poly).on("Main/Unison", 4),
        /// The second low-frequency oscillator.
        lfo2: LfoParams = LfoParams::new("LFO 2", "lfo2_"),
        /// Sets how much like your sound notes are.
        ///
        /// At 0 % the sliders sound alone.
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
