//! What is done in each slot, and when a voice starts.

use super::channels::Touch;
use super::controls::{CanneControls, LFOS, learned};
use super::dress::Undressed;
use super::engine::{CanneEngine, Round};
use super::envelope::EnvelopeRates;
use super::life::Life;
use super::player::CannePlayer;
use super::smooth::follow;
use super::sound::Pitch;
use super::take::{Playing, Take};
use super::timing::{SLOTS_PER_HOP, SLOTS_PER_ROUND};
use super::unison::Unison;
use super::voice::{Phase, Voice};
use super::{MAX_VOICES, SLIDERS, STARTS};
use crate::models::spectral::Part;

/// Slots of a round over which the decoding is spread; in those that follow, the voices read what
/// came out.
const PARTS: usize = 4;
/// Voices that read their frame in one slot.
const READERS: usize = MAX_VOICES / (SLOTS_PER_ROUND - PARTS);
/// How far the pitch may leave the decoder's note before another one is asked for, in semitones:
/// more than half, so that a vibrato between two notes does not change the timbre with every turn.
const CONDITION_REACH: f64 = 0.6;
/// Time constant of bends and tunings.
const BEND_S: f64 = 0.003;
/// Time constant of volumes and places, twice in series: one exponential alone begins with a corner
/// that is heard.
const GAIN_S: f64 = 0.004;

/// Where a decoded frame lies.
#[derive(Clone, Copy, Debug)]
enum Column {
    Round(usize),
    Now(usize),
}

impl Voice {
    /// Pitch in semitones, as MIDI counts them.
    pub(super) fn semitones(&self) -> f64 {
        f64::from(self.key.now()) + self.bend
    }

    /// What it plays of a take.
    fn playing<'a>(&self, take: Option<&'a Take>, likeness: f32) -> Option<Playing<'a>> {
        Playing::new(take, likeness, self.life.age_s(), self.life.stands())
    }

    /// What the decoder is conditioned on for it: the note, and the seconds since its onset; with a
    /// take the take's time.
    fn told(&self, playing: Option<&Playing<'_>>) -> (f32, f32) {
        (self.condition, playing.map_or(self.life.age_s(), |playing| playing.time_s))
    }

    /// Frequency of the first partial without shift.
    pub(super) fn pitch_hz(&self) -> f64 {
        hz(self.semitones())
    }
}

/// The frequency of a MIDI note number.
pub(super) fn hz(note: f64) -> f64 {
    440.0 * ((note - 69.0) / 12.0).exp2()
}

/// Gains of the channels for a place from -1 to 1, of equal power and 1 in the middle.
pub(super) fn pan(place: f32) -> [f32; 2] {
    let (sin, cos) = ((place + 1.0) * std::f32::consts::FRAC_PI_4).sin_cos();
    [std::f32::consts::SQRT_2 * cos, std::f32::consts::SQRT_2 * sin]
}

impl CanneEngine {
    /// The work of the slot that begins here. Real-time safe.
    pub(super) fn slot(&mut self, controls: &CanneControls) {
        let index = (self.clock / self.timing.slot as u64) as usize;
        self.starts_left = STARTS;
        for (slider, &target) in self.sliders.iter_mut().zip(&controls.sliders) {
            slider.step(f64::from(target));
        }
        self.reach.step(f64::from(controls.reach));
        self.detune.step(f64::from(controls.unison.detune_cents));
        self.spread.step(f64::from(controls.unison.spread));
        self.shift.step(f64::from(controls.shift_bins));
        let slot_s = self.timing.slot as f64 / self.timing.rate_hz;
        for (periods, lfo) in self.lfos.iter_mut().zip(&controls.lfos) {
            *periods += f64::from(lfo.hz) * slot_s;
        }
        self.control(controls, slot_s);
        self.round(controls, index % SLOTS_PER_ROUND);
        for i in (index % SLOTS_PER_HOP..MAX_VOICES).step_by(SLOTS_PER_HOP) {
            if self.voices[i].phase == Phase::Sounding {
                let pitch = self.pitch(controls, i);
                self.voices[i].sound.advance(&mut self.grain, &self.timing, pitch);
            }
        }
        self.drone_slot(controls, index);
    }

    /// Envelopes, oscillators, glides and gains of the voices go on by one slot.
    fn control(&mut self, controls: &CanneControls, slot_s: f64) {
        let rates = EnvelopeRates::new(&controls.env, 1.0 / slot_s);
        let glide = (slot_s * 1e3 / f64::from(controls.glide_ms).max(1e-3)) as f32;
        let (bend_share, gain_share) =
            (1.0 - (-slot_s / BEND_S).exp(), 1.0 - (-slot_s / GAIN_S).exp());
        let per_sample = 1.0 / self.timing.slot as f32;
        for i in 0..self.voices.len() {
            if self.voices[i].phase != Phase::Sounding {
                continue;
            }
            let (bend, gains) = (self.bend(controls, i), self.gains(controls, i));
            let voice = &mut self.voices[i];
            voice.env.step(&rates);
            for (periods, lfo) in voice.lfos.iter_mut().zip(&controls.lfos) {
                *periods += f64::from(lfo.hz) * slot_s;
            }
            voice.life.step(controls.pace, slot_s);
            voice.key.step(glide);
            voice.bend = follow(voice.bend, bend, bend_share);
            let ways =
                voice.steps.iter_mut().zip(&mut voice.goals).zip(voice.gains.iter().zip(gains));
            for ((step, goal), (&now, target)) in ways {
                *goal = follow(f64::from(*goal), f64::from(target), gain_share) as f32;
                *step = (follow(f64::from(now), f64::from(*goal), gain_share) as f32 - now)
                    * per_sample;
            }
        }
    }

    /// What the channels do to a voice.
    fn touch(&self, voice: usize) -> Touch {
        let voice = &self.voices[voice];
        self.channels.touch(voice.name.channel, voice.kept)
    }

    /// How far a voice's slide is from its middle, -0.5 to 0.5: the channel's and the note's own.
    fn slide(&self, voice: usize) -> f32 {
        (self.touch(voice).slide + self.voices[voice].expression.brightness - 0.5).clamp(-0.5, 0.5)
    }

    /// Gains of the drone's channels: volume and place of channel 1.
    pub(super) fn drone_targets(&self) -> [f32; 2] {
        let touch = self.channels.own(0);
        if touch.place == 0.0 {
            [touch.gain; 2]
        } else {
            pan(touch.place).map(|gain| gain * touch.gain)
        }
    }

    /// What moves a voice's pitch away from its key, in semitones.
    fn bend(&self, controls: &CanneControls, voice: usize) -> f64 {
        let taken = self.playing(controls, voice).map_or(0.0, |playing| playing.semitones());
        let (touch, voice) = (self.touch(voice), &self.voices[voice]);
        let own = touch.semitones + voice.expression.semitones + controls.fine_cents * 0.01 + taken;
        f64::from(own) + self.tuning(controls)
    }

    /// The master tune in semitones.
    pub(super) fn tuning(&self, controls: &CanneControls) -> f64 {
        12.0 * (f64::from(controls.master_tune_hz) / 440.0).log2()
    }

    /// Gains of a voice's channels: velocity, volume, place.
    fn gains(&self, controls: &CanneControls, voice: usize) -> [f32; 2] {
        let (touch, voice) = (self.touch(voice), &self.voices[voice]);
        let loud = 1.0 + (voice.velocity * voice.velocity - 1.0) * controls.velocity_amount;
        let place = (voice.expression.pan + touch.place).clamp(-1.0, 1.0);
        pan(place).map(|gain| gain * loud * voice.expression.volume * touch.gain)
    }

    /// Where a voice's partials lie now.
    fn pitch(&self, controls: &CanneControls, voice: usize) -> Pitch {
        let bin_hz = self.player.bin_hz();
        Pitch {
            f0_hz: self.voices[voice].pitch_hz().clamp(4.0, 20_000.0),
            shift_hz: self.shift.now() * bin_hz,
            period_hz: if controls.shift_circular {
                self.player.model().bins() as f64 * bin_hz
            } else {
                0.0
            },
            unison: Unison {
                voices: controls.unison.voices,
                detune_cents: self.detune.now() as f32,
                spread: self.spread.now() as f32,
            },
        }
    }

    /// Where places on the sliders' travel lie in the learned range, 0 to 1 within it and up to as
    /// far again beyond.
    pub(super) fn reached(&self, sliders: [f32; SLIDERS]) -> [f32; SLIDERS] {
        let reach = self.reach.now() as f32;
        sliders.map(|place| learned(place, reach))
    }

    /// Places on the sliders' travel after modulation, 0 to 1; without a voice, those of the drone.
    pub(super) fn modulated(
        &self,
        controls: &CanneControls,
        voice: Option<usize>,
    ) -> [f32; SLIDERS] {
        let slide =
            2.0 * voice.map_or_else(|| self.channels.own(0).slide, |index| self.slide(index));
        let pressure = |index: usize| {
            (self.voices[index].expression.pressure + self.touch(index).pressure).min(1.0)
        };
        let pressure = voice.map_or(0.0, pressure);
        let voice = voice.map(|v| &self.voices[v]);
        let swings: [f32; LFOS] = std::array::from_fn(|index| {
            let lfo = &controls.lfos[index];
            lfo.shape
                .at(voice.filter(|_| lfo.retrigger).map_or(self.lfos[index], |v| v.lfos[index]))
        });
        std::array::from_fn(|i| {
            let mut position = self.sliders[i].now() as f32;
            position +=
                controls.lfos[0].to[i] * swings[0] + controls.wheel_to[i] * self.channels.wheel();
            position += controls.lfos[1].to[i] * swings[1] + controls.slide_to[i] * slide;
            if let Some(v) = voice {
                position +=
                    controls.env_to[i] * v.env.level() + controls.velocity_to[i] * v.velocity;
                position += controls.pressure_to[i] * pressure + v.expression.sliders[i];
            }
            position.clamp(0.0, 1.0)
        })
    }

    /// The round's share of a slot: all sounding voices pass the decoder in one pass over its
    /// weights, a part in each of the first slots; in the others they read their frames.
    fn round(&mut self, controls: &CanneControls, slot: usize) {
        if slot == 0 {
            self.round = Round::NONE;
            for i in 0..MAX_VOICES {
                if self.voices[i].phase == Phase::Sounding {
                    let sliders = self.prepare(controls, i);
                    let (note, age_s) = self.voices[i].told(self.playing(controls, i).as_ref());
                    let CannePlayer { model, round, .. } = &mut *self.player;
                    round.set(model, self.round.count, &sliders, note, age_s);
                    self.round.columns[self.round.count] = (i, self.voices[i].order);
                    self.round.count += 1;
                }
            }
        }
        let count = self.round.count;
        if count == 0 {
            return;
        }
        if slot < PARTS {
            let CannePlayer { model, round, .. } = &mut *self.player;
            round.decode(model, count, Part { index: slot, count: PARTS });
            return;
        }
        let from = (slot - PARTS) * READERS;
        for column in from..(from + READERS).min(count) {
            let (voice, order) = self.round.columns[column];
            if self.voices[voice].phase == Phase::Sounding && self.voices[voice].order == order {
                self.read(controls, voice, Column::Round(column));
            }
        }
    }

    /// What a voice is to be decoded from now: its sliders in the learned range, and in it the note
    /// that the decoder is conditioned on.
    fn prepare(&mut self, controls: &CanneControls, index: usize) -> [f32; SLIDERS] {
        let sliders = self.modulated(controls, Some(index));
        let voice = &mut self.voices[index];
        voice.sliders = sliders;
        let semitones = voice.semitones();
        // NaN means that there was no note yet, or that the model is not conditioned on it.
        let near = (semitones - f64::from(voice.condition)).abs() <= CONDITION_REACH;
        if !near {
            voice.condition = self.player.model.nearest_note(semitones as f32).unwrap_or(f32::NAN);
        }
        let mut reached = self.reached(sliders);
        if let Some(Playing { take, amount, time_s, .. }) = self.playing(controls, index) {
            let away = take.knot(time_s).sliders;
            reached.iter_mut().zip(away).for_each(|(place, away)| *place += amount * away);
        }
        reached
    }

    /// What a voice plays of the take.
    fn playing(&self, controls: &CanneControls, voice: usize) -> Option<Playing<'_>> {
        self.voices[voice].playing(self.take.as_deref(), controls.likeness)
    }

    /// A voice reads a decoded frame: its timbre goes there.
    fn read(&mut self, controls: &CanneControls, index: usize, column: Column) {
        let pitch = self.pitch(controls, index);
        let slide = self.slide(index);
        let newest = self.voices.iter().filter(|v| !v.is_free()).map(|v| v.order).max();
        let reach = self.reach.now() as f32;
        let source = self.player.source(reach);
        let CannePlayer { model, reader, round, now, .. } = &mut *self.player;
        let (frame, level_db) = match column {
            Column::Round(column) => (round.frame(model, column), round.level_db(column)),
            Column::Now(column) => (now.frame(model, column), now.level_db(column)),
        };
        let voice = &mut self.voices[index];
        // A level is 0 dB at its loudest, and what a decoder gives for it beyond what it has
        // learned is nothing to be believed.
        voice.dressing.course = voice.life.gain(model, level_db).min((1.0 - reach).exp2());
        let playing = voice.playing(self.take.as_deref(), controls.likeness);
        voice.dressing.take = 1.0;
        if voice.condition.is_finite() {
            reader.read_note(frame, hz(f64::from(voice.condition)) as f32, &mut self.reading);
        } else {
            voice.found =
                reader.read_timbre(frame, pitch.f0_hz as f32, voice.found, &mut self.reading);
        }
        if let Some(playing) = &playing {
            let knot = playing.take.knot(playing.time_s);
            let degree = playing.amount * playing.take.colour();
            let (f0_hz, bin_hz) = (pitch.f0_hz as f32, self.timing.bin_hz() as f32);
            self.places.colour(&knot, degree, f0_hz, bin_hz, &mut self.reading);
            voice.dressing.course = voice.dressing.course.powf(1.0 - playing.amount);
            voice.dressing.take = playing.gain();
        }
        if Some(voice.order) == newest {
            self.shown.spectrum[..frame.len()].copy_from_slice(frame);
            self.shown.index += 1;
        }
        voice.dressing.brightness = 0.5 + slide * controls.slide_brightness;
        voice.dressing.age_s =
            ((self.clock - voice.since.min(self.clock)) as f64 / self.timing.rate_hz) as f32;
        self.tables.dress(
            Undressed { reading: &mut self.reading, source, pitch },
            controls,
            &mut voice.dressing,
            &mut self.random,
            &mut voice.sound.target,
        );
        voice.sound.aim();
    }

    /// Starts voices that wait, as many as this slot may. Real-time safe.
    pub(super) fn start_waiting(&mut self, controls: &CanneControls) {
        while self.starts_left > 0 {
            let mut columns = [0; STARTS];
            let mut count = 0;
            let mut after = None;
            while count < self.starts_left {
                let waiting = self.voices.iter().enumerate();
                let waiting =
                    waiting.filter(|(_, v)| v.phase == Phase::Waiting && Some(v.order) > after);
                let Some((index, voice)) = waiting.min_by_key(|(_, v)| v.order) else { break };
                (columns[count], after) = (index, Some(voice.order));
                count += 1;
            }
            if count == 0 {
                return;
            }
            self.starts_left -= count;
            self.start(controls, &columns[..count]);
        }
    }

    fn start(&mut self, controls: &CanneControls, columns: &[usize]) {
        for &i in columns {
            let bend = self.bend(controls, i);
            let voice = &mut self.voices[i];
            (voice.bend, voice.since) = (bend, self.clock);
            voice.life = Life::begin(controls.pace);
        }
        for (column, &i) in columns.iter().enumerate() {
            let sliders = self.prepare(controls, i);
            let (note, age_s) = self.voices[i].told(self.playing(controls, i).as_ref());
            let CannePlayer { model, now, .. } = &mut *self.player;
            now.set(model, column, &sliders, note, age_s);
        }
        let CannePlayer { model, now, .. } = &mut *self.player;
        now.decode(model, columns.len(), Part::WHOLE);
        for (column, &i) in columns.iter().enumerate() {
            self.read(controls, i, Column::Now(column));
        }
        let slot = self.timing.slot as u64;
        for &i in columns {
            let (pitch, gains) = (self.pitch(controls, i), self.gains(controls, i));
            let voice = &mut self.voices[i];
            (voice.gains, voice.goals, voice.steps) = (gains, gains, [0.0; 2]);
            // Samples since the last slot in which this voice makes its frames.
            let (index, within) = ((self.clock / slot) as usize, (self.clock % slot) as usize);
            let slots = (index % SLOTS_PER_HOP + SLOTS_PER_HOP - i % SLOTS_PER_HOP) % SLOTS_PER_HOP;
            let lead = slots * self.timing.slot + within;
            let seed = super::engine::SEED ^ (voice.order << 8);
            voice.sound.start(&mut self.grain, &self.timing, pitch, lead, seed);
            voice.phase = Phase::Sounding;
            let lifted = !voice.held && !voice.sustained;
            voice.press(controls.pace);
            if lifted {
                voice.release();
            }
        }
    }
}
