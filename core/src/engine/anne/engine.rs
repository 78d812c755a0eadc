//! The ANNe engine at the host's rate: resampling, dry path, mix, level, ceiling.

use std::sync::Arc;

use super::FrameView;
use super::controls::{AnneControls, FrameControls};
use super::held::HeldFrame;
use super::player::Player;
use super::spectral::Spectral;
use crate::engine::EngineError;
use crate::engine::bridge::Bridge;
use crate::engine::timeline::Timeline;
use crate::models::spectral::AnneModel;
use crate::signal::MAX_CHANNELS;
use crate::signal::dc_blocker::DcBlocker;
use crate::signal::level::{Delay, Smooth, limit, peak, sanitise};
use crate::signal::loudness::LevelMatch;
use crate::signal::resample::Ratio;

/// Host samples worked on at a time.
const STRETCH: usize = 256;
/// Length of the resampler's filters: beside a window of 2048 samples, 3 ms for a band up to 20 kHz
/// are cheap.
const CROSSINGS: usize = 64;

/// Controls that are smoothed sample by sample and delayed with the sound they act on.
const LEVELS: usize = 7;
const INPUT: usize = 0;
const MIX: usize = 1;
const OUTPUT: usize = 2;
const BYPASS: usize = 3;
const MATCH: usize = 4;
/// How much of the input passes whole, beyond the model's band too: all in transfer, nothing of it
/// in resynthesis or while frozen.
const WHOLE: usize = 5;
const FROZEN: usize = 6;

/// Plays sound through an autoencoder: magnitudes divided by their maximum, encoded, scaled latent
/// by latent, decoded, and given the input's phase: as a ratio to what is decoded without the
/// scaling (transfer), or as they are, multiplied by the maximum again (resynthesis; Colonel 2018,
/// ch. 3).
///
/// * By transfer, neutral controls give the input to the last bit, late by the latency, at any host
///   rate.
/// * Any host rate; the model runs at its own. Any partition of the sound into blocks gives the
///   same bits.
/// * Controls act on the sound that enters with them: the latents at each frame's centre sample
///   (gains and morph then glide to what was read there within the response, because a jump between
///   frames is a click), the levels at each sample.
/// * The output is finite, never subnormal, untouched up to +6 dBFS and never above
///   [`CEILING`](crate::signal::level::CEILING) (+12 dBFS). Silence in gives exact silence out
///   after [`AnneEngine::tail_samples`], freeze excepted.
pub struct AnneEngine {
    spectral: Spectral,
    timeline: Timeline<FrameControls>,
    bridge: Option<Bridge>,
    channels: usize,
    latency: usize,
    tail: usize,
    smooth: [Smooth; LEVELS],
    late: [Delay; LEVELS],
    level: LevelMatch,
    /// Whether it has heard anything since it was reset.
    matching: bool,
    blockers: [DcBlocker; MAX_CHANNELS],
    dry: Vec<Delay>,
    /// Whether the smoothed controls have taken their first values.
    primed: bool,
    work: Work,
    peaks: (f32, f32),
}

/// Scratch for one stretch.
#[derive(Debug)]
struct Work {
    levels: [Vec<f32>; LEVELS],
    gains: Vec<f32>,
    dry: Vec<Vec<f32>>,
    /// What the model makes of the sound; first, what it adds to it.
    wet: Vec<Vec<f32>>,
    /// What of the sound lies in the model's band.
    past: Vec<f32>,
    side: Vec<Vec<f32>>,
}

impl AnneEngine {
    /// A stereo engine. Allocates: not for the audio thread.
    ///
    /// # Errors
    /// When the host's rate is not between 1 kHz and 768 kHz.
    pub fn new(model: Arc<AnneModel>, host_rate_hz: f64) -> Result<Self, EngineError> {
        Self::with_channels(model, host_rate_hz, MAX_CHANNELS)
    }

    /// An engine of 1 or 2 channels. Allocates: not for the audio thread.
    ///
    /// # Errors
    /// As [`AnneEngine::new`], and for another number of channels.
    pub fn with_channels(
        model: Arc<AnneModel>,
        host_rate_hz: f64,
        channels: usize,
    ) -> Result<Self, EngineError> {
        if !(1..=MAX_CHANNELS).contains(&channels) {
            return Err(EngineError::Channels { found: channels });
        }
        let stft = model.card().kind.stft;
        let ratio = Ratio::new(host_rate_hz, model.card().sample_rate_hz)?;
        let spectral = Spectral::new(model, channels)?;
        let window = spectral.latency_samples();
        let bridge = (!ratio.is_unity())
            .then(|| Bridge::new(ratio, channels, window, STRETCH, CROSSINGS).with_past());
        let latency = bridge.as_ref().map_or(window, Bridge::latency_samples);
        // The last sample is heard in frames that reach a window beyond it.
        let heard = latency + ratio.in_host(window) + bridge.as_ref().map_or(0, Bridge::ringing);
        let tail = heard + DcBlocker::tail_samples(host_rate_hz);
        let stretch = vec![0.0; STRETCH];
        Ok(Self {
            timeline: Timeline::new(
                (stft.fft_size / 2, stft.hop),
                (ratio.host, ratio.model),
                bridge.as_ref().map_or(0, Bridge::ahead),
                FrameControls::of(&AnneControls::default()),
            ),
            spectral,
            bridge,
            channels,
            latency,
            tail,
            smooth: [Smooth::new(host_rate_hz); LEVELS],
            late: std::array::from_fn(|_| Delay::new(latency)),
            level: LevelMatch::new(host_rate_hz),
            matching: false,
            blockers: [DcBlocker::new(host_rate_hz); MAX_CHANNELS],
            dry: vec![Delay::new(latency); channels],
            primed: false,
            work: Work {
                levels: std::array::from_fn(|_| stretch.clone()),
                gains: stretch.clone(),
                dry: vec![stretch.clone(); channels],
                wet: vec![stretch.clone(); channels],
                past: stretch.clone(),
                side: vec![stretch; MAX_CHANNELS],
            },
            peaks: (0.0, 0.0),
        })
    }

    /// Host samples by which the output is late. Real-time safe.
    pub fn latency_samples(&self) -> usize {
        self.latency
    }

    /// Host samples after the last input that is not silent until the output is exactly silent.
    /// Real-time safe.
    pub fn tail_samples(&self) -> usize {
        self.tail
    }

    /// Channels that [`AnneEngine::process`] takes. Real-time safe.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The model that sounds, or is being faded in. Real-time safe.
    pub fn model(&self) -> &Arc<AnneModel> {
        self.spectral.model()
    }

    /// Forgets all sound, as if freshly made (with the newest model), but for a frame that is
    /// frozen: it goes on if the sound begins frozen again. Real-time safe.
    pub fn reset(&mut self) {
        self.spectral.reset();
        self.timeline.reset();
        if let Some(bridge) = &mut self.bridge {
            bridge.reset();
        }
        self.level.reset();
        self.blockers.iter_mut().for_each(DcBlocker::reset);
        self.dry.iter_mut().for_each(|d| d.fill(0.0));
        self.primed = false;
        self.peaks = (0.0, 0.0);
    }

    /// Whether a model can be swapped in while sounding: it has the same sample rate and STFT.
    /// Real-time safe.
    pub fn accepts(&self, model: &AnneModel) -> bool {
        let (own, new) = (self.model().card(), model.card());
        own.kind.stft == new.kind.stft && own.sample_rate_hz == new.sample_rate_hz
    }

    /// Fades over to another model within 60 ms. Real-time safe.
    ///
    /// # Errors
    /// Gives the player back when it is not accepted, or while an earlier one is still fading or
    /// waits to be taken: keep it and try again at the next block.
    pub fn swap(&mut self, player: Box<Player>) -> Result<(), Box<Player>> {
        if self.accepts(player.model()) { self.spectral.swap(player) } else { Err(player) }
    }

    /// The player that a finished swap has replaced, to be dropped on another thread. Real-time
    /// safe.
    pub fn take_retired(&mut self) -> Option<Box<Player>> {
        self.spectral.take_retired()
    }

    /// Whether the phase of partials that the input lacks is rebuilt, in resynthesis and with a
    /// morph above one half (as it is from the beginning), or taken from what the input has there:
    /// for comparisons of both. Real-time safe.
    pub fn rebuild_phase(&mut self, on: bool) {
        self.spectral.set_mending(on);
    }

    /// Gives a frozen frame, which sounds at the next freeze in the place of what is heard then;
    /// while frozen, at once. Says whether it is one of this model's spectra; else nothing changes.
    /// Real-time safe.
    pub fn hold(&mut self, frame: &HeldFrame) -> bool {
        self.spectral.hold(frame)
    }

    /// The frame that was frozen last, and how many were frozen so far. It survives a reset.
    /// Real-time safe.
    pub fn held(&self) -> (&HeldFrame, u64) {
        self.spectral.held()
    }

    /// The last frame, for an editor; the peaks are those of the last block. Real-time safe.
    pub fn last_frame(&self) -> FrameView<'_> {
        FrameView { input_peak: self.peaks.0, output_peak: self.peaks.1, ..self.spectral.view() }
    }

    /// Replaces the sound in `channels` by what the model makes of it, late by the latency.
    /// Real-time safe.
    ///
    /// # Shapes
    /// `channels` `[channel][sample]`; `side` is empty, or 1 or 2 channels of at least the same
    /// length. More channels than the engine has are left as they are.
    pub fn process(
        &mut self,
        controls: &AnneControls,
        channels: &mut [&mut [f32]],
        side: &[&[f32]],
    ) {
        let samples = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        let side = if side.iter().all(|s| s.len() >= samples) { side } else { &[] };
        self.peaks = (0.0, 0.0);
        let targets = self.targets(controls);
        let mut from = 0;
        while from < samples {
            let n = (samples - from)
                .min(STRETCH)
                .min(self.timeline.due(|| FrameControls::of(controls)));
            self.stretch(&targets, channels, side, from..from + n);
            self.timeline.advance(n);
            from += n;
        }
    }

    /// Targets of the smoothed controls; what is not finite becomes neutral.
    fn targets(&mut self, c: &AnneControls) -> [f32; LEVELS] {
        let gain = |g: f32| {
            if g.is_finite() { g.clamp(0.0, 1e3) } else { 1.0 }
        };
        let switch = |on: bool| if on { 1.0 } else { 0.0 };
        let mix = if c.mix.is_finite() { c.mix.clamp(0.0, 1.0) } else { 1.0 };
        let detail = if c.detail.is_finite() { c.detail.clamp(0.0, 1.0) } else { 1.0 };
        let whole = if c.freeze { 0.0 } else { detail };
        let targets = [
            gain(c.input_gain),
            mix,
            gain(c.output_gain),
            switch(c.bypass),
            switch(c.level_match),
            whole,
            switch(c.freeze),
        ];
        if !self.primed {
            for ((smooth, late), target) in self.smooth.iter_mut().zip(&mut self.late).zip(targets)
            {
                smooth.jump(target);
                late.fill(target);
            }
            self.primed = true;
        }
        targets
    }

    fn stretch(
        &mut self,
        targets: &[f32; LEVELS],
        channels: &mut [&mut [f32]],
        side: &[&[f32]],
        span: std::ops::Range<usize>,
    ) {
        let n = span.len();
        let work = &mut self.work;
        for ((smooth, target), level) in self.smooth.iter_mut().zip(targets).zip(&mut work.levels) {
            smooth.fill(*target, &mut level[..n]);
        }
        for (c, (dry, wet)) in work.dry.iter_mut().zip(&mut work.wet).enumerate() {
            match channels.get(c) {
                Some(input) => {
                    dry.iter_mut().zip(&input[span.clone()]).for_each(|(d, x)| *d = sanitise(*x))
                }
                None => dry[..n].fill(0.0),
            }
            wet.iter_mut()
                .zip(&dry[..n])
                .zip(&work.levels[INPUT])
                .for_each(|((w, d), gain)| *w = d * gain);
            self.peaks.0 = self.peaks.0.max(peak(&wet[..n]));
        }
        let sides = side.len().min(MAX_CHANNELS);
        for (to, from) in work.side.iter_mut().zip(side) {
            to.iter_mut().zip(&from[span.clone()]).for_each(|(t, x)| *t = sanitise(*x));
        }
        match &mut self.bridge {
            None => self.spectral.process(&mut work.wet, &work.side[..sides], n, &self.timeline),
            Some(bridge) => {
                let (spectral, timeline) = (&mut self.spectral, &self.timeline);
                bridge.exchange(&mut work.wet, &work.side[..sides], n, |main, side, samples| {
                    spectral.process(main, side, samples, timeline);
                });
            }
        }
        for (late, level) in self.late.iter_mut().zip(&mut work.levels) {
            late.swap(&mut level[..n]);
        }
        for (late, dry) in self.dry.iter_mut().zip(&mut work.dry) {
            late.swap(&mut dry[..n]);
        }
        self.combine(channels, span);
    }

    /// Adds what the model makes of the sound to it, mixes, matches, bypasses and limits.
    fn combine(&mut self, channels: &mut [&mut [f32]], span: std::ops::Range<usize>) {
        let n = span.len();
        let used = self.channels.min(channels.len());
        let work = &mut self.work;
        let levels: [&[f32]; LEVELS] = std::array::from_fn(|level| &work.levels[level][..n]);
        for (channel, (dry, wet)) in work.dry[..used].iter().zip(&mut work.wet).enumerate() {
            let (dry, wet) = (&dry[..n], &mut wet[..n]);
            let past = &mut work.past[..n];
            match &self.bridge {
                Some(bridge) if levels[WHOLE].iter().any(|whole| *whole < 1.0) => {
                    bridge.past(channel, past)
                }
                _ => past
                    .iter_mut()
                    .zip(dry)
                    .zip(levels[INPUT])
                    .for_each(|((past, dry), gain)| *past = dry * gain),
            }
            let sounds = wet.iter_mut().zip(dry).zip(&*past);
            for (((wet, dry), past), ((gain, mix), whole)) in
                sounds.zip(levels[INPUT].iter().zip(levels[MIX]).zip(levels[WHOLE]))
            {
                let dry = dry * gain;
                let made = dry * whole + past * (1.0 - whole) + *wet;
                *wet = (1.0 - mix) * dry + mix * made;
            }
        }
        let gains = &mut work.gains[..n];
        gains.copy_from_slice(levels[OUTPUT]);
        for (i, gain) in gains.iter_mut().enumerate() {
            let matched = levels[MATCH][i];
            if matched > 0.0 {
                let (mut dry, mut mix) = ([0.0; MAX_CHANNELS], [0.0; MAX_CHANNELS]);
                for channel in 0..used {
                    (dry[channel], mix[channel]) =
                        (work.dry[channel][i] * levels[INPUT][i], work.wet[channel][i]);
                }
                self.matching = true;
                let even = self.level.gain(&dry[..used], &mix[..used], levels[FROZEN][i] > 0.0);
                *gain *= 1.0 + (even - 1.0) * matched;
            } else if std::mem::take(&mut self.matching) {
                self.level.reset();
            }
        }
        let sounds = work.dry[..used].iter().zip(&work.wet).zip(&mut self.blockers);
        for (((dry, wet), blocker), out) in sounds.zip(channels.iter_mut()) {
            let out = &mut out[span.clone()];
            for (i, out) in out.iter_mut().enumerate() {
                // Only what is added to the sound is rid of its offset: a neutral sound stays as it
                // is, to the last bit.
                let plain = levels[OUTPUT][i] * (dry[i] * levels[INPUT][i]);
                let added = blocker.next(gains[i] * wet[i] - plain);
                let bypass = levels[BYPASS][i];
                *out = (1.0 - bypass) * (plain + added) + bypass * dry[i];
            }
            limit(out);
            self.peaks.1 = self.peaks.1.max(peak(out));
        }
    }
}
