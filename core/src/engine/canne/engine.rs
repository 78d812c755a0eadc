//! The instrument: clock, mix and ceiling.

use std::sync::Arc;

use super::super::EngineError;
use super::super::interface::{Engine, Io};
use super::channels::{Channels, Response};
use super::controls::{CanneControls, LFOS};
use super::dress::TimbreTables;
use super::drone::Drone;
use super::envelope::EnvelopeRates;
use super::event::{Ended, Event, VoiceEnded};
use super::grain::Grain;
use super::keys::KeyStack;
use super::player::CannePlayer;
use super::random::Random;
use super::reading::Reading;
use super::smooth::Slow;
use super::tail::Tail;
use super::take::{Places, Take};
use super::timing::Timing;
use super::view::CanneView;
use super::voice::{Phase, Voice};
use super::{MAX_VOICES, SLIDERS};
use crate::models::spectral::CanneModel;
use crate::signal::level::{Smooth, ceiling};

/// Time constant by which sliders follow.
const SLIDER_S: f64 = 0.012;
/// Time constant by which the frequency shift follows.
const SHIFT_S: f64 = 0.012;
/// Seed of the noise between decodings.
pub(super) const SEED: u64 = 0xca_77e;

/// Plays a decoder as an instrument with up to [`MAX_VOICES`](super::MAX_VOICES) voices.
///
/// * The latents of all voices pass the decoder 86 times a second in one pass over its weights,
///   spread over 6 ms. What the decoded spectrum says about the note's partials and the noise
///   between them is played by partials whose phases run on with their true frequencies: in tune to
///   a fraction of a cent, at any host rate, without resampling and with **no latency**.
/// * A voice sounds from the very sample of its note-on; of more than two in 1.5 ms, the rest
///   follow by twos, the last of sixteen after 10.2 ms.
/// * Any partition of the sound into blocks gives the same bits, for events carry their sample and
///   all work is done at fixed places of the count since the last reset, while the controls stay as
///   they are.
/// * The output is finite, never subnormal, untouched up to +6 dBFS and never above
///   [`CEILING`](crate::signal::level::CEILING) (+12 dBFS). It is exactly silent where no voice
///   sounds and the drone is off.
pub struct CanneEngine {
    pub(super) timing: Timing,
    pub(super) player: Box<CannePlayer>,
    retired: Option<Box<CannePlayer>>,
    pub(super) grain: Grain,
    pub(super) tables: TimbreTables,
    pub(super) reading: Reading,
    pub(super) places: Places,
    pub(super) take: Option<Arc<Take>>,
    pub(super) voices: Vec<Voice>,
    pub(super) channels: Channels,
    pub(super) stack: KeyStack,
    pub(super) ended: Ended,
    pub(super) tail: Tail,
    pub(super) drone: Drone,
    /// Samples since the last reset.
    pub(super) clock: u64,
    /// Notes begun since the last reset.
    pub(super) notes: u64,
    /// What is being decoded in this round.
    pub(super) round: Round,
    /// Voices that may still start in this slot.
    pub(super) starts_left: usize,
    /// Periods of the common low-frequency oscillators.
    pub(super) lfos: [f64; LFOS],
    /// The key that was pressed last.
    pub(super) last_key: Option<LastKey>,
    pub(super) sliders: [Slow; SLIDERS],
    pub(super) reach: Slow,
    pub(super) detune: Slow,
    pub(super) spread: Slow,
    pub(super) shift: Slow,
    pub(super) random: Random,
    output: Smooth,
    /// Gains of the drone, `[left, right]`: it listens to channel 1.
    drone_gains: [Smooth; 2],
    /// Whether the smoothed controls have taken their first values.
    primed: bool,
    pub(super) shown: Shown,
    peaks: [f32; 2],
    work: Work,
}

/// A key that was pressed, for the next one to glide from.
#[derive(Clone, Copy, Debug)]
pub(super) struct LastKey {
    /// The sample at which it was.
    pub at: u64,
    /// Where keys that are pressed at the same sample glide from.
    pub from: f32,
    /// Its own pitch.
    pub pitch: f32,
}

/// The columns of a round: which voice, and which of its notes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub columns: [(usize, u64); MAX_VOICES],
    pub count: usize,
}

impl Round {
    pub const NONE: Self = Self { columns: [(0, 0); MAX_VOICES], count: 0 };
}

/// What the view shows beside the voices.
#[derive(Debug)]
pub(super) struct Shown {
    pub index: u64,
    pub spectrum: Vec<f32>,
    pub bins: usize,
    pub sliders: [f32; SLIDERS],
}

/// Scratch for one stretch.
#[derive(Debug)]
struct Work {
    mix: [Vec<f32>; 2],
    level: Vec<f32>,
    drone: [Vec<f32>; 2],
}

impl CanneEngine {
    /// An instrument at rest. Allocates: not for the audio thread.
    ///
    /// # Errors
    /// When the host's rate is not between 1 kHz and 768 kHz.
    pub fn new(model: Arc<CanneModel>, host_rate_hz: f64) -> Result<Self, EngineError> {
        let timing = Timing::new(host_rate_hz)?;
        let player = CannePlayer::new(model, host_rate_hz)?;
        let slot_s = timing.slot as f64 / host_rate_hz;
        let slot = || vec![0.0; timing.slot];
        Ok(Self {
            grain: Grain::new(&timing),
            tables: TimbreTables::new(&timing),
            reading: Reading::new(timing.frame / 2 + 1),
            places: Places::new(),
            take: None,
            voices: (0..MAX_VOICES).map(|_| Voice::new(&timing)).collect(),
            channels: Channels::REST,
            stack: KeyStack::EMPTY,
            ended: Ended::new(),
            tail: Tail::new(&timing),
            drone: Drone::new(&timing)?,
            clock: 0,
            notes: 0,
            round: Round::NONE,
            starts_left: 0,
            lfos: [0.0; LFOS],
            last_key: None,
            sliders: [Slow::new(SLIDER_S, slot_s); SLIDERS],
            reach: Slow::new(SLIDER_S, slot_s),
            detune: Slow::new(SHIFT_S, slot_s),
            spread: Slow::new(SHIFT_S, slot_s),
            shift: Slow::new(SHIFT_S, slot_s),
            random: Random::new(SEED),
            output: Smooth::new(host_rate_hz),
            drone_gains: [Smooth::new(host_rate_hz); 2],
            primed: false,
            shown: Shown {
                index: 0,
                spectrum: vec![0.0; crate::signal::stft::MAX_FFT_SIZE / 2 + 1],
                bins: player.model().bins(),
                sliders: [0.0; SLIDERS],
            },
            peaks: [0.0; 2],
            work: Work { mix: [slot(), slot()], level: slot(), drone: [slot(), slot()] },
            retired: None,
            player,
            timing,
        })
    }

    /// Samples by which the sound is late: none. Real-time safe.
    pub fn latency_samples(&self) -> usize {
        0
    }

    /// Samples from the last note's release to exact silence with these controls; the drone and
    /// held notes last longer. Real-time safe.
    pub fn tail_samples(&self, controls: &CanneControls) -> usize {
        let release = f64::from(controls.sane().amp.release_ms) * 1e-3 * self.timing.rate_hz;
        // A voice that is cut short fades out over what is left of its frames.
        release as usize + 2 * self.timing.hop
    }

    /// The model that is played. Real-time safe.
    pub fn model(&self) -> &Arc<CanneModel> {
        self.player.model()
    }

    /// The host's rate that the engine was built for. Real-time safe.
    pub fn rate_hz(&self) -> f64 {
        self.timing.rate_hz
    }

    /// Voices that sound or are about to. Real-time safe.
    pub fn active_voices(&self) -> usize {
        self.voices.iter().filter(|v| !v.is_free()).count()
    }

    /// Forgets all sound, keys, pedals and wheels, as if freshly made (with the newest model and
    /// take). Real-time safe.
    pub fn reset(&mut self) {
        self.voices.iter_mut().for_each(Voice::free);
        self.channels = Channels::REST;
        self.stack = KeyStack::EMPTY;
        self.ended.clear();
        self.tail.clear();
        self.drone.reset();
        (self.clock, self.notes, self.starts_left) = (0, 0, 0);
        (self.lfos, self.last_key) = ([0.0; LFOS], None);
        self.round = Round::NONE;
        self.random = Random::new(SEED);
        self.primed = false;
        self.shown.index = 0;
        self.shown.spectrum.fill(0.0);
        self.peaks = [0.0; 2];
    }

    /// Plays another model from now on: every voice passes over to it within two rounds (23 ms).
    /// Real-time safe.
    ///
    /// # Errors
    /// Gives the player back when it was prepared for another host rate, or while an earlier one
    /// waits to be taken: keep it and try again at the next block.
    pub fn swap(&mut self, prepared: Box<CannePlayer>) -> Result<(), Box<CannePlayer>> {
        if self.retired.is_some() || prepared.rate_hz() != self.timing.rate_hz {
            return Err(prepared);
        }
        self.retired = Some(std::mem::replace(&mut self.player, prepared));
        self.round = Round::NONE;
        // Another model knows other notes, and other pitches of its own frames.
        for voice in &mut self.voices {
            voice.condition = f32::NAN;
            voice.found = super::pitch::Found::NOTHING;
            // Nor do its frames have the old one's level: a gain that followed slowly would let the
            // first ones sound too loud.
            voice.dressing.level = 0.0;
        }
        self.drone.forget_level();
        self.shown.bins = self.player.model().bins();
        Ok(())
    }

    /// Plays the notes as another take has them, or as the model alone does, from now on; those
    /// that sound pass over within two rounds (23 ms). Gives back what was played before, to be
    /// dropped on another thread. Real-time safe.
    pub fn set_take(&mut self, take: Option<Arc<Take>>) -> Option<Arc<Take>> {
        std::mem::replace(&mut self.take, take)
    }

    /// The player that a swap has replaced, to be dropped on another thread. Real-time safe.
    pub fn take_retired(&mut self) -> Option<Box<CannePlayer>> {
        self.retired.take()
    }

    /// The next note whose sound is over. At most 512 are kept. Real-time safe.
    pub fn take_ended(&mut self) -> Option<VoiceEnded> {
        self.ended.pop()
    }

    /// What an editor draws. Real-time safe.
    pub fn view(&self) -> CanneView<'_> {
        let newest =
            self.voices.iter().filter(|v| v.phase == Phase::Sounding).max_by_key(|v| v.order);
        let (zones, zones_by_message) = self.channels.zones();
        CanneView {
            zones,
            zones_by_message,
            bend_ranges: [0, 1].map(|channel| self.channels.range(channel)),
            index: self.shown.index,
            sliders: newest.map_or(self.shown.sliders, |v| v.sliders),
            spectrum: &self.shown.spectrum[..self.shown.bins],
            bin_hz: self.player.bin_hz() as f32,
            pitch_hz: newest.map_or(0.0, |v| v.pitch_hz() as f32),
            voices: self.active_voices(),
            peaks: self.peaks,
        }
    }

    /// Plays a block into `left` and `right`, whose content is replaced. Real-time safe.
    ///
    /// `events` are in the order of their samples; one at or beyond the end of the block happens
    /// just after its last sample. Where the channels' lengths differ, the longer one's rest is
    /// silent.
    pub fn process(
        &mut self,
        controls: &CanneControls,
        events: &[Event],
        left: &mut [f32],
        right: &mut [f32],
    ) {
        self.play(controls, Io { main: &mut [left, right], side: &[], events, origin: 0 });
    }

    /// As [`CanneEngine::process`], of a block or a part of one. Where there are not two channels,
    /// all is silent.
    pub(in crate::engine) fn play(&mut self, controls: &CanneControls, io: Io<'_, '_, Event>) {
        let Io { main: [left, right, ..], events, origin, .. } = io else {
            return <Self as Engine>::absent(io);
        };
        let samples = left.len().min(right.len());
        left[samples..].fill(0.0);
        right[samples..].fill(0.0);
        let controls = controls.sane();
        if self.channels.follow(&controls) {
            // A pedal may have lost its notes.
            self.respond(&controls, Response::Pedal);
        }
        self.prime(&controls);
        let rates = EnvelopeRates::new(&controls.amp, self.timing.rate_hz);
        self.peaks = [0.0; 2];
        let at = |event: &Event| event.at.saturating_sub(origin);
        let (mut from, mut next) = (0, 0);
        while from < samples {
            while let Some(event) = events.get(next).filter(|event| at(event) <= from) {
                self.perform(&controls, event.kind);
                next += 1;
            }
            let within = (self.clock % self.timing.slot as u64) as usize;
            if within == 0 {
                self.slot(&controls);
            }
            self.start_waiting(&controls);
            let until = events.get(next).map_or(samples, |event| at(event).min(samples));
            let to = until.min(from + self.timing.slot - within);
            self.stretch(&controls, &rates, [&mut left[from..to], &mut right[from..to]]);
            self.clock += (to - from) as u64;
            from = to;
        }
        for event in &events[next..] {
            self.perform(&controls, event.kind);
        }
    }

    /// The smoothed controls take their first values.
    fn prime(&mut self, controls: &CanneControls) {
        if !controls.drone {
            self.shown.sliders = controls.sliders;
        }
        if !self.primed {
            self.primed = true;
            for (slider, &target) in self.sliders.iter_mut().zip(&controls.sliders) {
                slider.jump(f64::from(target));
            }
            self.reach.jump(f64::from(controls.reach));
            self.detune.jump(f64::from(controls.unison.detune_cents));
            self.spread.jump(f64::from(controls.unison.spread));
            self.shift.jump(f64::from(controls.shift_bins));
            self.output.jump(controls.output_gain);
            let gains = self.drone_targets();
            self.drone_gains.iter_mut().zip(gains).for_each(|(gain, target)| gain.jump(target));
        }
    }

    /// Plays samples within a slot.
    fn stretch(&mut self, controls: &CanneControls, rates: &EnvelopeRates, out: [&mut [f32]; 2]) {
        let n = out[0].len();
        let drone_targets = self.drone_targets();
        let Work { mix, level, drone } = &mut self.work;
        mix.iter_mut().for_each(|m| m[..n].fill(0.0));
        for voice in self.voices.iter_mut().filter(|v| v.phase == Phase::Sounding) {
            level[..n].iter_mut().for_each(|l| *l = voice.amp.step(rates));
            let [left, right] = voice.sound.ahead();
            let sounds = left.iter().zip(right).zip(&level[..n]);
            let [mix_left, mix_right] = &mut *mix;
            let [mut left_gain, mut right_gain] = voice.gains;
            for (((left, right), level), (mix_left, mix_right)) in
                sounds.zip(mix_left.iter_mut().zip(mix_right))
            {
                *mix_left += left * level * left_gain;
                *mix_right += right * level * right_gain;
                left_gain += voice.steps[0];
                right_gain += voice.steps[1];
            }
            voice.gains = [left_gain, right_gain];
            voice.sound.pass(n);
            if voice.amp.is_idle() {
                voice.free();
                self.stack.forget(voice.name);
                self.ended.push(voice.name);
            }
        }
        let [left, right] = &mut *mix;
        self.tail.play([&mut left[..n], &mut right[..n]]);
        for ((gain, target), level) in
            self.drone_gains.iter_mut().zip(drone_targets).zip(&mut *drone)
        {
            gain.fill(target, &mut level[..n]);
        }
        let [drone_left, drone_right] = &*drone;
        self.drone.play([&mut left[..n], &mut right[..n]], [&drone_left[..n], &drone_right[..n]]);
        self.output.fill(controls.output_gain, &mut level[..n]);
        for ((out, mix), peak) in out.into_iter().zip(mix).zip(&mut self.peaks) {
            for ((out, x), gain) in out.iter_mut().zip(&*mix).zip(&*level) {
                *out = ceiling(x * gain);
                *peak = peak.max(out.abs());
            }
        }
    }
}
