//! What is done in each slot, and when a voice starts.

use super::controls::CanneControls;
use super::engine::CanneEngine;
use super::envelope::EnvelopeRates;
use super::smooth::follow;
use super::sound::Pitch;
use super::timing::{SLOTS_PER_HOP, SLOTS_PER_ROUND};
use super::voice::{Phase, Voice};
use super::{MAX_VOICES, SLIDERS};

/// Voices that may start in one slot.
const STARTS: usize = 2;
/// Voices whose decodings are done together.
const LANE: usize = 4;
/// How far the pitch may leave the decoder's note before another one is asked for, in semitones: more than half, so that
/// a vibrato between two notes does not change the timbre with every turn.
const CONDITION_REACH: f64 = 0.6;
/// Time constant of bends and tunings.
const BEND_S: f64 = 0.003;
/// Time constant of volumes and places.
const GAIN_S: f64 = 0.005;

impl Voice {
    /// Pitch in semitones, as MIDI counts them.
    pub(super) fn semitones(&self) -> f64 {
        f64::from(self.key.now()) + self.bend
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
fn pan(place: f32) -> [f32; 2] {
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
        self.shift.step(f64::from(controls.shift_bins));
        let slot_s = self.timing.slot as f64 / self.timing.rate_hz;
        self.lfo += f64::from(controls.lfo_hz) * slot_s;
        self.control(controls, slot_s);
        let in_round = index % SLOTS_PER_ROUND;
        if in_round % (SLOTS_PER_ROUND / (MAX_VOICES / LANE)) == 0 {
            let lane = in_round / (SLOTS_PER_ROUND / (MAX_VOICES / LANE));
            self.decode(controls, lane * LANE..(lane + 1) * LANE, Phase::Sounding);
        }
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
        let (bend_share, gain_share) = (1.0 - (-slot_s / BEND_S).exp(), 1.0 - (-slot_s / GAIN_S).exp());
        let per_sample = 1.0 / self.timing.slot as f32;
        for i in 0..self.voices.len() {
            if self.voices[i].phase != Phase::Sounding {
                continue;
            }
            let (bend, gains) = (self.bend(controls, i), self.gains(controls, i));
            let voice = &mut self.voices[i];
            voice.env.step(&rates);
            voice.lfo += f64::from(controls.lfo_hz) * slot_s;
            voice.key.step(glide);
            voice.bend = follow(voice.bend, bend, bend_share);
            for ((step, now), target) in voice.steps.iter_mut().zip(voice.gains).zip(gains) {
                *step = (follow(f64::from(now), f64::from(target), gain_share) as f32 - now) * per_sample;
            }
        }
    }

    /// What moves a voice's pitch away from its key, in semitones.
    fn bend(&self, controls: &CanneControls, voice: usize) -> f64 {
        let voice = &self.voices[voice];
        let mpe = controls.mpe.then_some(controls.mpe_bend_range);
        let semitones = self.channels.semitones(voice.name.channel, controls.bend_range, mpe);
        f64::from(semitones + voice.expression.semitones + controls.fine_cents * 0.01) + self.tuning(controls)
    }

    /// The master tune in semitones.
    pub(super) fn tuning(&self, controls: &CanneControls) -> f64 {
        12.0 * (f64::from(controls.master_tune_hz) / 440.0).log2()
    }

    /// Gains of a voice's channels: velocity, volume, place.
    fn gains(&self, controls: &CanneControls, voice: usize) -> [f32; 2] {
        let voice = &self.voices[voice];
        let loud = 1.0 + (voice.velocity * voice.velocity - 1.0) * controls.velocity_amount;
        pan(voice.expression.pan).map(|gain| gain * loud * voice.expression.volume)
    }

    /// Where a voice's partials lie now.
    fn pitch(&self, controls: &CanneControls, voice: usize) -> Pitch {
        let bin_hz = self.player.bin_hz();
        Pitch {
            f0_hz: self.voices[voice].pitch_hz().clamp(4.0, 20_000.0),
            shift_hz: self.shift.now() * bin_hz,
            period_hz: if controls.shift_circular { self.player.model().bins() as f64 * bin_hz } else { 0.0 },
        }
    }

    /// Sliders after modulation; without a voice, those of the drone.
    pub(super) fn modulated(&self, controls: &CanneControls, voice: Option<usize>) -> [f32; SLIDERS] {
        let voice = voice.map(|v| &self.voices[v]);
        let phase = voice.filter(|_| controls.lfo_retrigger).map_or(self.lfo, |v| v.lfo);
        let lfo = controls.lfo_shape.at(phase);
        let pressure = voice
            .map_or(0.0, |v| (v.expression.pressure + self.channels.pressure(v.name.channel, controls.mpe)).min(1.0));
        std::array::from_fn(|i| {
            let mut position = self.sliders[i].now() as f32;
            position += controls.lfo_to[i] * lfo + controls.wheel_to[i] * self.channels.wheel;
            if let Some(v) = voice {
                position += controls.env_to[i] * v.env.level() + controls.velocity_to[i] * v.velocity;
                position += controls.pressure_to[i] * pressure + v.expression.sliders[i];
            }
            position.clamp(0.0, 1.0)
        })
    }

    /// Decodes the voices of `range` that are in `phase` in one pass over the weights, and aims or dresses them.
    fn decode(&mut self, controls: &CanneControls, range: std::ops::Range<usize>, phase: Phase) {
        let mut columns = [0; MAX_VOICES];
        let mut count = 0;
        for i in range {
            if self.voices[i].phase == phase {
                columns[count] = i;
                count += 1;
            }
        }
        self.decode_columns(controls, &columns[..count]);
    }

    fn decode_columns(&mut self, controls: &CanneControls, columns: &[usize]) {
        if columns.is_empty() {
            return;
        }
        for (column, &i) in columns.iter().enumerate() {
            let sliders = self.modulated(controls, Some(i));
            let voice = &mut self.voices[i];
            voice.sliders = sliders;
            let semitones = voice.semitones();
            if !((semitones - f64::from(voice.condition)).abs() <= CONDITION_REACH) {
                voice.condition = self.player.model().nearest_note(semitones as f32).unwrap_or(f32::NAN);
            }
            self.player.set(column, &sliders, voice.condition);
        }
        self.player.decode(columns.len());
        let newest = self.voices.iter().filter(|v| !v.is_free()).map(|v| v.order).max();
        for (column, &i) in columns.iter().enumerate() {
            self.read(controls, column, i);
            if Some(self.voices[i].order) == newest {
                let (frame, _) = self.player.frame(column);
                self.shown.spectrum[..frame.len()].copy_from_slice(frame);
                self.shown.index += 1;
            }
        }
    }

    /// Reads a decoded column for its voice.
    fn read(&mut self, controls: &CanneControls, column: usize, voice: usize) {
        let pitch = self.pitch(controls, voice);
        let nyquist_hz = 0.5 * self.player.model().card().sample_rate_hz as f32;
        let voice = &mut self.voices[voice];
        let (frame, reader) = self.player.frame(column);
        if voice.condition.is_finite() {
            reader.read_note(frame, hz(f64::from(voice.condition)) as f32, &mut self.reading);
        } else {
            voice.found = reader.read_timbre(frame, pitch.f0_hz as f32, voice.found, &mut self.reading);
        }
        voice.dressing.brightness = voice.expression.brightness;
        voice.dressing.age_s = ((self.clock - voice.since.min(self.clock)) as f64 / self.timing.rate_hz) as f32;
        self.wardrobe.dress(
            (&mut self.reading, nyquist_hz),
            controls,
            (pitch, &mut voice.dressing),
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
                let waiting = waiting.filter(|(_, v)| v.phase == Phase::Waiting && Some(v.order) > after);
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
        }
        self.decode_columns(controls, columns);
        let slot = self.timing.slot as u64;
        for &i in columns {
            let (pitch, gains) = (self.pitch(controls, i), self.gains(controls, i));
            let voice = &mut self.voices[i];
            (voice.gains, voice.steps) = (gains, [0.0; 2]);
            // Samples since the last slot in which this voice makes its frames.
            let (index, within) = ((self.clock / slot) as usize, (self.clock % slot) as usize);
            let slots = (index % SLOTS_PER_HOP + SLOTS_PER_HOP - i % SLOTS_PER_HOP) % SLOTS_PER_HOP;
            let lead = slots * self.timing.slot + within;
            let seed = super::engine::SEED ^ (voice.order << 8);
            voice.sound.start(&mut self.grain, &self.timing, pitch, lead, seed);
            voice.phase = Phase::Sounding;
            let lifted = !voice.held && !voice.sustained;
            voice.press();
            if lifted {
                voice.release();
            }
        }
    }
}
