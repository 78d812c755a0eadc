//! One voice: which note it plays, how it is expressed, and its sound.

use super::SLIDERS;
use super::channels::Touch;
use super::controls::LFOS;
use super::dress::Dressing;
use super::envelope::Envelope;
use super::event::VoiceEnded;
use super::life::Life;
use super::pitch::Found;
use super::sound::Sound;
use super::timing::Timing;

/// How far along a voice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody plays it.
    Free,
    /// It has a note whose first frames are not made yet.
    Waiting,
    /// It sounds.
    Sounding,
}

/// What a player does with one note beyond pressing its key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Expression {
    pub semitones: f32,
    pub brightness: f32,
    pub volume: f32,
    pub pan: f32,
    pub pressure: f32,
    /// Added to the sliders.
    pub sliders: [f32; SLIDERS],
}

impl Expression {
    pub const NEUTRAL: Self = Self {
        semitones: 0.0,
        brightness: 0.5,
        volume: 1.0,
        pan: 0.0,
        pressure: 0.0,
        sliders: [0.0; SLIDERS],
    };
}

/// A straight line in semitones from key to key.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyGlide {
    from: f32,
    to: f32,
    way: f32,
}

impl KeyGlide {
    pub fn at(note: f32) -> Self {
        Self { from: note, to: note, way: 1.0 }
    }

    pub fn now(&self) -> f32 {
        if self.way >= 1.0 { self.to } else { self.from + (self.to - self.from) * self.way }
    }

    /// On the way from one pitch to another.
    pub fn between(from: f32, to: f32) -> Self {
        Self { from, to, way: if from == to { 1.0 } else { 0.0 } }
    }

    /// Sets out for another key.
    pub fn go(&mut self, note: f32) {
        *self = Self { from: self.now(), to: note, way: 0.0 };
    }

    /// Goes on by a share of the whole way.
    pub fn step(&mut self, share: f32) {
        self.way = (self.way + share).min(1.0);
    }
}

/// One of the engine's voices.
#[derive(Debug)]
pub(super) struct Voice {
    pub phase: Phase,
    pub name: VoiceEnded,
    /// The key is down.
    pub held: bool,
    /// The key is up and the pedal down.
    pub sustained: bool,
    /// Rises with every note: the least is the oldest.
    pub order: u64,
    pub velocity: f32,
    pub expression: Expression,
    /// What its own MPE channel did to it when the key came up: the channel belongs to another note
    /// from then on.
    pub kept: Option<Touch>,
    pub key: KeyGlide,
    /// Bend, tuning and fine pitch together, smoothed, in semitones.
    pub bend: f64,
    /// The note that the decoder was last conditioned on.
    pub condition: f32,
    pub amp: Envelope,
    pub env: Envelope,
    /// Periods of the voice's own low-frequency oscillators.
    pub lfos: [f64; LFOS],
    /// Sample at which the sound began.
    pub since: u64,
    /// The time since the onset, in the model's own time.
    pub life: Life,
    pub dressing: Dressing,
    pub found: Found,
    /// Sliders after modulation, as decoded last.
    pub sliders: [f32; SLIDERS],
    /// Gain of each channel now, where it goes at the moment, and its step at each sample of this
    /// slot.
    pub gains: [f32; 2],
    pub goals: [f32; 2],
    pub steps: [f32; 2],
    pub sound: Sound,
}

impl Voice {
    pub fn new(timing: &Timing) -> Self {
        Self {
            phase: Phase::Free,
            name: VoiceEnded { channel: 0, note: 0, id: -1 },
            held: false,
            sustained: false,
            order: 0,
            velocity: 0.0,
            expression: Expression::NEUTRAL,
            kept: None,
            key: KeyGlide::at(60.0),
            bend: 0.0,
            condition: f32::NAN,
            amp: Envelope::IDLE,
            env: Envelope::IDLE,
            lfos: [0.0; LFOS],
            since: 0,
            life: Life::STANDING,
            dressing: Dressing::FRESH,
            found: Found::NOTHING,
            sliders: [0.0; SLIDERS],
            gains: [0.0; 2],
            goals: [0.0; 2],
            steps: [0.0; 2],
            sound: Sound::new(timing),
        }
    }

    /// Takes a note that is to start as soon as its frames are made. Real-time safe.
    pub fn take(&mut self, name: VoiceEnded, velocity: f32, order: u64, key: KeyGlide) {
        self.phase = Phase::Waiting;
        self.name = name;
        (self.held, self.sustained) = (true, false);
        self.order = order;
        self.velocity = velocity;
        (self.expression, self.kept) = (Expression::NEUTRAL, None);
        self.key = key;
        self.condition = f32::NAN;
        (self.amp, self.env) = (Envelope::IDLE, Envelope::IDLE);
        self.lfos = [0.0; LFOS];
        self.life = Life::STANDING;
        self.dressing = Dressing::FRESH;
        self.found = Found::NOTHING;
        self.sound.clear();
    }

    pub fn is_free(&self) -> bool {
        self.phase == Phase::Free
    }

    /// The key comes up, or is let go by the pedal. Real-time safe.
    pub fn release(&mut self) {
        (self.held, self.sustained) = (false, false);
        self.amp.release();
        self.env.release();
    }

    /// Starts the envelopes again from where they are, and the note's life from its onset.
    /// Real-time safe.
    pub fn press(&mut self, pace: f32) {
        self.life = Life::begin(pace);
        self.amp.press();
        self.env.press();
        self.lfos = [0.0; LFOS];
    }

    /// Nobody plays it any more. Real-time safe.
    pub fn free(&mut self) {
        self.phase = Phase::Free;
        (self.held, self.sustained) = (false, false);
        (self.amp, self.env) = (Envelope::IDLE, Envelope::IDLE);
    }

    /// How willingly the voice is given up: the greatest goes first.
    pub fn dispensable(&self) -> (u8, u64, u64) {
        let age = u64::MAX - self.order;
        if self.phase == Phase::Sounding && !self.held && !self.sustained {
            // Among those that fade out, the quietest.
            return (2, u64::from(u32::MAX - self.amp.level().to_bits()), age);
        }
        (u8::from(self.sustained), age, 0)
    }
}
