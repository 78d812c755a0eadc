//! Events: which voice plays which note.

use super::channels::Response;
use super::controls::{CanneControls, VoiceMode, within};
use super::engine::{CanneEngine, LastKey};
use super::event::{ANY, EventKind, VoiceEnded};
use super::voice::{Expression, KeyGlide, Phase, Voice};
use super::zones::bit;

/// Every channel, as bits.
const ALL: u16 = u16::MAX;

/// Notes are 0 to 127, channels 0 to 15; beyond them lies nothing that could be pressed.
fn is_key(channel: u8, note: u8) -> bool {
    channel < 16 && note < 128
}

impl CanneEngine {
    /// Takes one event at the present sample. Real-time safe.
    pub(super) fn perform(&mut self, controls: &CanneControls, event: EventKind) {
        match event {
            EventKind::NoteOn { channel, note, velocity, id } if velocity <= 0.0 => {
                let lifted = self.lift(controls, channel, note, id);
                // A note that the host names and that never sounds is over at once.
                if !lifted && id >= 0 && is_key(channel, note) {
                    self.ended.push(VoiceEnded { channel, note, id });
                }
            }
            EventKind::NoteOn { channel, note, velocity, id } if is_key(channel, note) => {
                let name = VoiceEnded { channel, note, id };
                let velocity = within(velocity, 0.0, 1.0, 0.8);
                match controls.mode {
                    // The tuning has no pitch for this key.
                    _ if controls.pitch(note).is_nan() => {
                        if id >= 0 {
                            self.ended.push(name);
                        }
                    }
                    VoiceMode::Poly => self.press_poly(controls, name, velocity),
                    VoiceMode::Mono | VoiceMode::Legato => {
                        self.press_mono(controls, name, velocity)
                    }
                }
            }
            EventKind::NoteOn { .. } => {}
            EventKind::NoteOff { channel, note, id, .. } => {
                let is_wildcard = id < 0 && (channel == ANY || note == ANY);
                while self.lift(controls, channel, note, id) && is_wildcard {}
            }
            EventKind::Choke { channel, note, id } => self.choke(channel, note, id),
            EventKind::AllNotesOff => self.respond(controls, Response::NotesOff(ALL)),
            EventKind::AllSoundOff => self.respond(controls, Response::SoundOff(ALL)),
            EventKind::Controller { channel, number, value } if value.is_finite() => {
                let response = self.channels.control(channel, number, value);
                self.respond(controls, response);
            }
            EventKind::Bend { channel, semitones_norm } if semitones_norm.is_finite() => {
                self.channels.set_bend(channel, semitones_norm.clamp(-1.0, 1.0));
            }
            EventKind::Sustain { channel, on } => {
                self.channels.set_pedal(channel, on);
                self.respond(controls, Response::Pedal);
            }
            EventKind::Wheel { value } if value.is_finite() => {
                self.channels.set_wheel(value.clamp(0.0, 1.0))
            }
            EventKind::ChannelPressure { channel, value } if value.is_finite() => {
                self.channels.set_pressure(channel, value.clamp(0.0, 1.0));
            }
            EventKind::PolyPressure { channel, note, id, value } if value.is_finite() => {
                self.express(channel, note, id, |e| e.pressure = value.clamp(0.0, 1.0));
            }
            EventKind::NoteTuning { channel, note, id, semitones } if semitones.is_finite() => {
                self.express(channel, note, id, |e| e.semitones = semitones.clamp(-120.0, 120.0));
            }
            EventKind::NoteBrightness { channel, note, id, value } if value.is_finite() => {
                self.express(channel, note, id, |e| e.brightness = value.clamp(0.0, 1.0));
            }
            EventKind::NoteVolume { channel, note, id, value } if value.is_finite() => {
                self.express(channel, note, id, |e| e.volume = value.clamp(0.0, 4.0));
            }
            EventKind::NotePan { channel, note, id, value } if value.is_finite() => {
                self.express(channel, note, id, |e| e.pan = value.clamp(-1.0, 1.0));
            }
            EventKind::SliderMod { id, slider, amount } if amount.is_finite() && id >= 0 => {
                for voice in self.voices.iter_mut().filter(|v| !v.is_free() && v.name.id == id) {
                    if let Some(slider) = voice.expression.sliders.get_mut(usize::from(slider)) {
                        *slider = amount.clamp(-1.0, 1.0);
                    }
                }
            }
            // NaN changes nothing.
            _ => {}
        }
    }

    /// Does to voices what a controller asks.
    pub(super) fn respond(&mut self, controls: &CanneControls, response: Response) {
        match response {
            Response::None => {}
            Response::Pedal => {
                let channels = &self.channels;
                for voice in self.voices.iter_mut().filter(|v| v.sustained) {
                    if !channels.sustains(voice.name.channel) {
                        voice.release();
                    }
                }
            }
            Response::NotesOff(mask) => self.end_notes(controls, mask),
            Response::SoundOff(mask) => {
                self.forget_stack(mask);
                for index in 0..self.voices.len() {
                    if mask & bit(self.voices[index].name.channel) != 0 {
                        self.cut(index);
                    }
                }
            }
            Response::Reset(mask) => {
                for voice in self.voices.iter_mut().filter(|v| mask & bit(v.name.channel) != 0) {
                    voice.expression.pressure = 0.0;
                }
                self.respond(controls, Response::Pedal);
            }
        }
    }

    /// Lets go of the keys of some channels, whatever the pedals say.
    fn end_notes(&mut self, controls: &CanneControls, mask: u16) {
        self.forget_stack(mask);
        for index in 0..self.voices.len() {
            let voice = &self.voices[index];
            if voice.is_free() || mask & bit(voice.name.channel) == 0 {
                continue;
            }
            // The one voice goes back to a key of another channel.
            if !voice.held || !self.go_back(controls, index) {
                self.voices[index].release();
            }
        }
        // A pedal may have lost its master.
        self.respond(controls, Response::Pedal);
    }

    /// Whether a voice has this note.
    fn plays(&self, key: VoiceEnded) -> bool {
        self.voices.iter().any(|v| !v.is_free() && v.name == key)
    }

    fn express(&mut self, channel: u8, note: u8, id: i32, change: impl Fn(&mut Expression)) {
        let meant = |v: &&mut Voice| !v.is_free() && v.name.is_meant(channel, note, id);
        self.voices.iter_mut().filter(meant).for_each(|v| change(&mut v.expression));
    }

    fn press_poly(&mut self, controls: &CanneControls, name: VoiceEnded, velocity: f32) {
        // A key that is struck again lets its earlier note go where only the pedal holds that, lest
        // the pedal pile them up. Equal notes that are held overlap, and each ends with a note-off
        // of its own.
        for voice in self.voices.iter_mut().filter(|v| v.sustained) {
            if voice.name.channel == name.channel && voice.name.note == name.note {
                voice.release();
            }
        }
        let last = self.remember(controls, name);
        let from =
            if controls.glide_poly && controls.glide_ms > 0.0 { last.from } else { last.pitch };
        self.begin(controls.voices, name, velocity, KeyGlide::between(from, last.pitch));
    }

    /// A key is the one that the next may glide from.
    fn remember(&mut self, controls: &CanneControls, name: VoiceEnded) -> LastKey {
        let pitch = controls.pitch(name.note);
        let from = match self.last_key {
            Some(last) if last.at == self.clock => last.from,
            Some(last) => last.pitch,
            None => pitch,
        };
        let last = LastKey { at: self.clock, from, pitch };
        self.last_key = Some(last);
        last
    }

    /// Gives a note a voice, a stolen one where `limit` are taken.
    fn begin(&mut self, limit: usize, name: VoiceEnded, velocity: f32, key: KeyGlide) {
        let limit = limit.clamp(1, self.voices.len());
        while self.active_voices() >= limit {
            let taken = self.voices.iter().enumerate().filter(|(_, v)| !v.is_free());
            let Some((victim, _)) = taken.max_by_key(|(_, v)| v.dispensable()) else { break };
            self.cut(victim);
        }
        if let Some(voice) = self.voices.iter_mut().find(|v| v.is_free()) {
            voice.take(name, velocity, self.notes, key);
            self.notes += 1;
        }
    }

    /// Ends a voice at once; what was made of its next samples fades out in the tail.
    fn cut(&mut self, index: usize) {
        let voice = &mut self.voices[index];
        if voice.is_free() {
            return;
        }
        if voice.phase == Phase::Sounding {
            let level = voice.amp.level();
            self.tail.add(voice.sound.rest(), voice.gains.map(|gain| gain * level));
        }
        voice.free();
        let name = voice.name;
        self.finish(name);
    }

    /// A note is over: nobody may bring it back.
    pub(super) fn finish(&mut self, name: VoiceEnded) {
        self.stack.forget(name);
        self.ended.push(name);
    }

    /// The voice that the modes of one voice play: the one pressed last, of those not yet given up.
    fn lead(&self) -> Option<usize> {
        let active = self.voices.iter().enumerate().filter(|(_, v)| !v.is_free());
        active.max_by_key(|(_, v)| v.order).map(|(index, _)| index)
    }

    fn press_mono(&mut self, controls: &CanneControls, name: VoiceEnded, velocity: f32) {
        let overlaps = self.stack.top().is_some();
        if let Some(forgotten) = self.stack.push(name) {
            self.ended.push(forgotten);
        }
        let pitch = self.remember(controls, name).pitch;
        let Some(lead) = self.lead() else {
            self.begin(1, name, velocity, KeyGlide::at(pitch));
            return;
        };
        // Voices left from the other mode; their keys are not gone back to.
        for (_, voice) in
            self.voices.iter_mut().enumerate().filter(|(i, v)| *i != lead && !v.is_free())
        {
            self.stack.forget(voice.name);
            voice.release();
        }
        let voice = &mut self.voices[lead];
        let (old, was_held) = (voice.name, voice.held);
        voice.name = name;
        (voice.held, voice.sustained, voice.kept) = (true, false, None);
        let glides = controls.mode == VoiceMode::Mono || overlaps;
        voice.key.go(pitch);
        if !glides || controls.glide_ms <= 0.0 || voice.phase == Phase::Waiting {
            voice.key.step(1.0);
        }
        if controls.mode == VoiceMode::Mono || !overlaps {
            voice.velocity = velocity;
            voice.expression = Expression::NEUTRAL;
            if voice.phase == Phase::Sounding {
                voice.press(controls.pace);
            }
        }
        // A key that is still down has its place on the stack; and the same key again goes on.
        if old != name && (!was_held || !self.stack.holds(old)) {
            self.ended.push(old);
        }
    }

    /// Lets one key come up; of several that are meant the one with just this name, else the one
    /// pressed first. Says whether there was any.
    fn lift(&mut self, controls: &CanneControls, channel: u8, note: u8, id: i32) -> bool {
        if let Some(key) = self.stack.take(channel, note, id) {
            let voice = self.voices.iter().position(|v| !v.is_free() && v.held && v.name == key);
            match voice.filter(|_| !self.stack.holds(key)) {
                Some(index) => self.leave(controls, index),
                // An equal key is still down, or another key sounds.
                None if !self.plays(key) => self.ended.push(key),
                None => {}
            }
            return true;
        }
        let meant = |v: &Voice| !v.is_free() && v.held && v.name.is_meant(channel, note, id);
        let held = self.voices.iter().enumerate().filter(|(_, v)| meant(v));
        let first =
            held.min_by_key(|(_, v)| (id < 0 || v.name.id != id, v.order)).map(|(index, _)| index);
        if let Some(index) = first {
            self.leave(controls, index);
        }
        first.is_some()
    }

    /// The key of a voice came up.
    fn leave(&mut self, controls: &CanneControls, index: usize) {
        if self.go_back(controls, index) {
            return;
        }
        let voice = &mut self.voices[index];
        let channel = voice.name.channel;
        if self.channels.is_member(channel) {
            voice.kept = Some(self.channels.own(channel));
        }
        if self.channels.sustains(channel) {
            (voice.held, voice.sustained) = (false, true);
        } else {
            voice.release();
        }
    }

    /// Where one voice plays all keys, it goes back to one that is still down. Says whether there
    /// was any.
    fn go_back(&mut self, controls: &CanneControls, index: usize) -> bool {
        // Not one that a voice of another mode plays.
        let back = self
            .stack
            .top()
            .filter(|_| controls.mode != VoiceMode::Poly)
            .filter(|&key| !self.plays(key));
        let Some(back) = back else { return false };
        let voice = &mut self.voices[index];
        self.ended.push(voice.name);
        (voice.name, voice.kept) = (back, None);
        voice.key.go(controls.pitch(back.note));
        if controls.glide_ms <= 0.0 {
            voice.key.step(1.0);
        }
        true
    }

    fn choke(&mut self, channel: u8, note: u8, id: i32) {
        while let Some(key) = self.stack.take(channel, note, id) {
            if !self.plays(key) {
                self.ended.push(key);
            }
        }
        for index in 0..self.voices.len() {
            if self.voices[index].name.is_meant(channel, note, id) {
                self.cut(index);
            }
        }
    }

    /// Forgets the held keys of some channels in the modes of one voice; those without a voice are
    /// over.
    fn forget_stack(&mut self, channels: u16) {
        while let Some(key) = self.stack.take_of(channels) {
            if !self.plays(key) {
                self.ended.push(key);
            }
        }
    }
}
