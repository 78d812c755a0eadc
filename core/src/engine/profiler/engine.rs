//! The Effect Profiler's engine at the host's rate.

use std::sync::Arc;

use super::super::EngineError;
use super::super::bridge::Bridge;
use super::super::timeline::Timeline;
use super::cabinet::{Cabinet, CabinetSlot};
use super::controls::{ChunkControls, ProfilerControls};
use super::gate::Gate;
use super::levels::{self, BYPASS, EXTERNAL, INPUT, LEVELS, Levels, MAKEUP, MIX, MONO, OUTPUT};
use super::player::{PlayerSetup, ProfilerPlayer};
use super::player_slot::PlayerSlot;
use super::view::{ProfilerView, Scope};
use crate::models::effect::{CHUNK, ProfileModel};
use crate::signal::MAX_CHANNELS;
use crate::signal::level::{Delay, limit, peak, sanitise};
use crate::signal::resample::Ratio;

/// Host samples worked on at a time.
const STRETCH: usize = 256;
/// Length of the resampler's filters: whoever plays through a profile hears every millisecond.
const CROSSINGS: usize = 32;

/// Plays sound through a profile of an effect.
///
/// * Any host rate; the model runs at its own. Where both are equal there is no latency but the
///   model's own (none, for every family but one) and what [`Alignment`](super::Alignment) repairs.
///   Any partition of the sound into blocks gives the same bits.
/// * Controls act on the sound that enters with them: knobs are read at every 64th model sample and
///   then glide, levels at each sample. The dry path is the input as it came, in time with the
///   model's sound to the sample.
/// * The output is finite, never subnormal, untouched up to +6 dBFS and never above
///   [`CEILING`](crate::signal::level::CEILING) (+12 dBFS), whatever the model does: one that gives
///   out NaN or infinity, or stays above +30 dBFS, is started anew. Silence in gives exact
///   silence out after [`ProfilerEngine::tail_samples`].
#[derive(Debug)]
pub struct ProfilerEngine {
    slot: PlayerSlot,
    timeline: Timeline<ChunkControls>,
    bridge: Option<Bridge>,
    ratio: Ratio,
    channels: usize,
    host_hz: f64,
    latency: usize,
    levels: Levels,
    gate: Gate,
    cabinet: CabinetSlot,
    dry_late: Vec<Delay>,
    /// The input after its gain, in time with the output: for the view.
    before_late: Delay,
    dry: Vec<Vec<f32>>,
    wet: Vec<Vec<f32>>,
    side: Vec<Vec<f32>>,
    before: Vec<f32>,
    scope: Scope,
}

impl ProfilerEngine {
    /// An engine of 1 or 2 channels that plays `model` as it is. Allocates: not for the audio
    /// thread.
    ///
    /// # Errors
    /// When the host's rate is not between 1 kHz and 768 kHz, and for another number of channels.
    pub fn new(
        model: Arc<ProfileModel>,
        host_rate_hz: f64,
        channels: usize,
    ) -> Result<Self, EngineError> {
        if !(1..=MAX_CHANNELS).contains(&channels) {
            return Err(EngineError::Channels { found: channels });
        }
        Self::with_player(
            ProfilerPlayer::new(model, PlayerSetup { channels, ..PlayerSetup::default() }),
            host_rate_hz,
        )
    }

    /// An engine with as many channels as the player. Allocates: not for the audio thread.
    ///
    /// # Errors
    /// When the host's rate is not between 1 kHz and 768 kHz.
    pub fn with_player(
        player: Box<ProfilerPlayer>,
        host_rate_hz: f64,
    ) -> Result<Self, EngineError> {
        let channels = player.setup().channels;
        let ratio = Ratio::new(host_rate_hz, player.model().sample_rate_hz())?;
        let held = player.latency_samples();
        let bridge =
            (!ratio.is_unity()).then(|| Bridge::new(ratio, channels, held, STRETCH, CROSSINGS));
        let latency = bridge.as_ref().map_or(held, Bridge::latency_samples);
        let ahead = bridge.as_ref().map_or(0, Bridge::ahead);
        let neutral = ProfilerControls::default().chunk();
        let stretch = vec![0.0; STRETCH];
        Ok(Self {
            slot: PlayerSlot::new(player),
            timeline: Timeline::new((0, CHUNK), (ratio.host, ratio.model), ahead, neutral),
            bridge,
            ratio,
            channels,
            host_hz: host_rate_hz,
            latency,
            levels: Levels::new(host_rate_hz, latency, STRETCH),
            gate: Gate::new(host_rate_hz),
            cabinet: CabinetSlot::new(channels, host_rate_hz, STRETCH),
            dry_late: vec![Delay::new(latency); channels],
            before_late: Delay::new(latency),
            dry: vec![stretch.clone(); channels],
            wet: vec![stretch.clone(); channels],
            side: vec![stretch.clone(); channels],
            before: stretch,
            scope: Scope::new(),
        })
    }

    /// Host samples by which the output is late. Real-time safe.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.latency
    }

    /// Host samples after the last input that is not silent until the output is exactly silent.
    /// Real-time safe.
    #[must_use]
    pub fn tail_samples(&self) -> usize {
        let ringing = self.bridge.as_ref().map_or(0, Bridge::ringing);
        self.latency
            + self.ratio.in_host(self.slot.tail_samples())
            + ringing
            + self.cabinet.tail_samples()
    }

    /// Channels that [`ProfilerEngine::process`] takes. Real-time safe.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The host's rate that the engine was made for. Real-time safe.
    #[must_use]
    pub fn host_rate_hz(&self) -> f64 {
        self.host_hz
    }

    /// The model that sounds, or is being faded in. Real-time safe.
    #[must_use]
    pub fn model(&self) -> &Arc<ProfileModel> {
        self.slot.model()
    }

    /// The player that sounds, or is being faded in. Real-time safe.
    #[must_use]
    pub fn player(&self) -> &ProfilerPlayer {
        self.slot.player()
    }

    /// Forgets all sound, as if freshly made (with the newest model and impulse response).
    /// Real-time safe.
    pub fn reset(&mut self) {
        self.slot.reset();
        self.timeline.reset();
        if let Some(bridge) = &mut self.bridge {
            bridge.reset();
        }
        self.levels.reset();
        self.gate.reset();
        self.cabinet.reset();
        self.dry_late.iter_mut().chain([&mut self.before_late]).for_each(|d| d.fill(0.0));
        self.scope.reset();
    }

    /// Whether a player can be swapped in while sounding: it has the same rate, channels and delay.
    /// Real-time safe.
    #[must_use]
    pub fn accepts(&self, player: &ProfilerPlayer) -> bool {
        let own = self.player();
        own.model().sample_rate_hz() == player.model().sample_rate_hz()
            && own.latency_samples() == player.latency_samples()
            && self.channels == player.setup().channels
    }

    /// Fades over to another player: it hears for up to 0.25 s what is played, then comes in within
    /// 60 ms. Real-time safe.
    ///
    /// # Errors
    /// Gives the player back when it is not accepted, or while an earlier one is still fading or
    /// waits to be taken: keep it and try again at the next block.
    pub fn swap(&mut self, player: Box<ProfilerPlayer>) -> Result<(), Box<ProfilerPlayer>> {
        if self.accepts(&player) { self.slot.swap(player) } else { Err(player) }
    }

    /// The player that a finished swap has replaced, to be dropped on another thread. Real-time
    /// safe.
    pub fn take_retired(&mut self) -> Option<Box<ProfilerPlayer>> {
        self.slot.take_retired()
    }

    /// Fades over to another impulse response within 60 ms. Real-time safe.
    ///
    /// # Errors
    /// Gives it back when it was made for another rate or number of channels, or while an earlier
    /// one is still fading or waits to be taken.
    pub fn swap_ir(&mut self, cabinet: Box<Cabinet>) -> Result<(), Box<Cabinet>> {
        self.cabinet.swap(cabinet)
    }

    /// The impulse response that a finished swap has replaced, to be dropped on another thread.
    /// Real-time safe.
    pub fn take_retired_ir(&mut self) -> Option<Box<Cabinet>> {
        self.cabinet.take_retired()
    }

    /// What was played last, for an editor; the peaks are those of the last block. Real-time safe.
    #[must_use]
    pub fn view(&self) -> ProfilerView<'_> {
        self.scope.view(self.slot.gain_reduction_db(), self.gate.gain())
    }

    /// Replaces the sound in `channels` by what the model makes of it, late by the latency.
    /// Real-time safe.
    ///
    /// # Shapes
    /// `channels` `[channel][sample]`; `side` is empty, or 1 or 2 channels of at least the same
    /// length. More channels than the engine has are left as they are.
    pub fn process(
        &mut self,
        controls: &ProfilerControls,
        channels: &mut [&mut [f32]],
        side: &[&[f32]],
    ) {
        let samples = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        let side = if side.iter().all(|s| s.len() >= samples) { side } else { &[] };
        self.scope.clear_peaks();
        let targets = Levels::targets(controls, !side.is_empty());
        let mut from = 0;
        while from < samples {
            let due = self.timeline.due(|| controls.chunk());
            let n = (samples - from).min(STRETCH).min(due);
            let span = from..from + n;
            self.enter(controls, &targets, channels, span.clone());
            self.listen(side, span.clone());
            self.play(n);
            self.leave(channels, span);
            self.timeline.advance(n);
            from += n;
        }
    }

    /// Takes the input: gain, gate, stereo.
    fn enter(
        &mut self,
        controls: &ProfilerControls,
        targets: &[f32; LEVELS],
        channels: &[&mut [f32]],
        span: std::ops::Range<usize>,
    ) {
        let n = span.len();
        self.levels.advance(targets, n);
        for (c, (dry, wet)) in self.dry.iter_mut().zip(&mut self.wet).enumerate() {
            match channels.get(c) {
                Some(input) => {
                    dry.iter_mut().zip(&input[span.clone()]).for_each(|(d, x)| *d = sanitise(*x))
                }
                None => dry[..n].fill(0.0),
            }
            let input = self.levels.get(INPUT, n);
            wet.iter_mut().zip(&dry[..n]).zip(input).for_each(|((w, d), gain)| *w = d * gain);
            let most = &mut self.scope.input_peaks[c];
            *most = most.max(peak(&wet[..n]));
        }
        let share = 1.0 / self.channels as f32;
        for (i, before) in self.before[..n].iter_mut().enumerate() {
            *before = self.wet.iter().map(|wet| wet[i]).sum::<f32>() * share;
        }
        self.gate.process(&controls.gate, &mut self.wet, n);
        levels::gather(&mut self.wet, self.levels.get(MONO, n));
        levels::turn(&mut self.wet, self.levels.angle_in(n), 1.0);
    }

    /// Makes what the model measures: the input, the side chain, or something on the way from one
    /// to the other.
    fn listen(&mut self, side: &[&[f32]], span: std::ops::Range<usize>) {
        if !self.slot.uses_side_chain() {
            return;
        }
        let n = span.len();
        let connected = side.len().min(MAX_CHANNELS);
        for (c, own) in self.side.iter_mut().enumerate() {
            match side.get(c.min(connected.saturating_sub(1))) {
                Some(outside) => {
                    own.iter_mut().zip(&outside[span.clone()]).for_each(|(o, x)| *o = sanitise(*x))
                }
                None => own[..n].fill(0.0),
            }
        }
        if let ([own], [_, right]) = (&mut self.side[..], side) {
            // Both channels rule a mono sound: the louder at each sample, as with linked channels,
            // so that nothing cancels.
            for (own, right) in own.iter_mut().zip(&right[span]) {
                let right = sanitise(*right);
                *own = if right.abs() > own.abs() { right } else { *own };
            }
        }
        levels::gather(&mut self.side, self.levels.get(MONO, n));
        levels::turn(&mut self.side, self.levels.angle_in(n), 1.0);
        let external = self.levels.get(EXTERNAL, n);
        for (own, wet) in self.side.iter_mut().zip(&self.wet) {
            for ((own, wet), external) in own.iter_mut().zip(wet).zip(external) {
                // At either end exactly one of both.
                *own = if *external == 1.0 { *own } else { wet + (*own - wet) * external };
            }
        }
    }

    /// Through the model, and through the impulse response.
    fn play(&mut self, n: usize) {
        let side = if self.slot.uses_side_chain() { &self.side[..] } else { &[] };
        let (slot, timeline) = (&mut self.slot, &self.timeline);
        match &mut self.bridge {
            None => slot.process(&mut self.wet, side, n, timeline),
            Some(bridge) => bridge.exchange(&mut self.wet, side, n, |main, side, samples| {
                slot.process(main, side, samples, timeline);
            }),
        }
        self.levels.turn_late(n);
        self.dry_late
            .iter_mut()
            .zip(&mut self.dry)
            .for_each(|(late, dry)| late.swap(&mut dry[..n]));
        self.before_late.swap(&mut self.before[..n]);
        levels::turn(&mut self.wet, self.levels.get(levels::ANGLE, n), -1.0);
        if self.cabinet.is_loaded() {
            let (amount, level) =
                (self.levels.get(levels::IMPULSE, n), self.levels.get(levels::IMPULSE_LEVEL, n));
            self.cabinet.process(&mut self.wet, n, amount, level);
        }
    }

    /// Mixes, bypasses and limits.
    fn leave(&mut self, channels: &mut [&mut [f32]], span: std::ops::Range<usize>) {
        let n = span.len();
        let used = self.channels.min(channels.len());
        let [makeup, mix, output, bypass] =
            [MAKEUP, MIX, OUTPUT, BYPASS].map(|level| self.levels.get(level, n));
        for (c, ((dry, wet), out)) in
            self.dry[..used].iter().zip(&self.wet).zip(channels.iter_mut()).enumerate()
        {
            let out = &mut out[span.clone()];
            for (i, (out, (dry, wet))) in out.iter_mut().zip(dry.iter().zip(wet)).enumerate() {
                let mixed = (1.0 - mix[i]) * dry + mix[i] * (makeup[i] * wet);
                *out = (1.0 - bypass[i]) * (output[i] * mixed) + bypass[i] * dry;
            }
            limit(out);
            let most = &mut self.scope.output_peaks[c];
            *most = most.max(peak(out));
        }
        let share = 1.0 / used.max(1) as f32;
        for (i, before) in self.before[..n].iter().enumerate() {
            let after = channels[..used].iter().map(|c| c[span.start + i]).sum::<f32>() * share;
            self.scope.note(*before, after);
        }
    }
}
