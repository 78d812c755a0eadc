//! Impulse responses after the model: convolution without latency.

use super::super::EngineError;
use super::fade::Fade;
use super::impulse::prepare;
use crate::nn::convolver::Convolver;
use crate::signal::MAX_CHANNELS;

/// Duration of the cross-fade between two impulse responses.
const FADE_S: f64 = 0.06;
/// A newcomer hears for at most so long what is played before it is faded in: its echoes then do
/// not begin in mid-air.
const LONGEST_UNHEARD_S: f64 = 0.25;

/// An impulse response with the memory of one sound: made off the audio thread, handed over,
/// cross-faded, handed back. Without latency, and its bits do not depend on the host's blocks.
#[derive(Debug)]
pub struct Cabinet {
    channels: Vec<Convolver>,
    len: usize,
    host_hz: f64,
}

impl Cabinet {
    /// An impulse response `[channel][sample]` of 1 or 2 channels at `ir_hz`, for an engine of
    /// `channels` at `host_hz`. Its level is made usual: the mean power response between 100 Hz and
    /// 5 kHz becomes one. Allocates: not for the audio thread.
    ///
    /// # Errors
    /// With a sentence when it has no channel, more than two, no sound in it, numbers that are
    /// none, is longer than [`LONGEST_IMPULSE_S`](super::LONGEST_IMPULSE_S), or a rate is not
    /// between 1 kHz and 768 kHz.
    pub fn new(
        ir: &[Vec<f32>],
        ir_hz: f64,
        host_hz: f64,
        channels: usize,
    ) -> Result<Box<Self>, EngineError> {
        if !(1..=MAX_CHANNELS).contains(&channels) {
            return Err(EngineError::Channels { found: channels });
        }
        let ready = prepare(ir, ir_hz, host_hz)?;
        let len = ready.iter().map(Vec::len).max().unwrap_or(0);
        let convolver = |c: usize| {
            Convolver::new(&ready[c.min(ready.len() - 1)])
                .map_err(|error| EngineError::Impulse { found: error.to_string() })
        };
        let channels = (0..channels).map(convolver).collect::<Result<_, _>>()?;
        Ok(Box::new(Self { channels, len, host_hz }))
    }

    /// Samples of the response, at the host's rate.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no response at all: never, for one that was made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Samples of silence after which it gives out exact silence.
    fn memory(&self) -> usize {
        self.channels.iter().map(Convolver::memory).max().unwrap_or(0)
    }

    fn reset(&mut self) {
        self.channels.iter_mut().for_each(Convolver::reset);
    }

    /// Convolves the first `n` samples of each channel of `input` into `output`. Real-time safe.
    fn process(&mut self, input: &[Vec<f32>], output: &mut [Vec<f32>], n: usize) {
        for ((channel, x), y) in self.channels.iter_mut().zip(input).zip(output.iter_mut()) {
            channel.process(&x[..n], &mut y[..n]);
        }
    }
}

/// The place after the model where an impulse response may stand, and where one may take another's
/// place.
#[derive(Debug)]
pub(super) struct CabinetSlot {
    current: Option<Box<Cabinet>>,
    next: Option<Box<Cabinet>>,
    retired: Option<Box<Cabinet>>,
    fade: Fade,
    /// Channels, and the host's rate in Hz.
    place: (usize, f64),
    out: Vec<Vec<f32>>,
    other: Vec<Vec<f32>>,
}

impl CabinetSlot {
    pub fn new(channels: usize, host_hz: f64, longest: usize) -> Self {
        let scratch = vec![vec![0.0; longest]; channels];
        Self {
            current: None,
            next: None,
            retired: None,
            fade: Fade::new(0, 1),
            place: (channels, host_hz),
            out: scratch.clone(),
            other: scratch,
        }
    }

    pub fn swap(&mut self, cabinet: Box<Cabinet>) -> Result<(), Box<Cabinet>> {
        let fits = cabinet.channels.len() == self.place.0 && cabinet.host_hz == self.place.1;
        if !fits || self.next.is_some() || self.retired.is_some() {
            return Err(cabinet);
        }
        let samples = |seconds: f64| (seconds * self.place.1) as usize;
        self.fade = Fade::new(cabinet.len.min(samples(LONGEST_UNHEARD_S)), samples(FADE_S));
        self.next = Some(cabinet);
        Ok(())
    }

    pub fn take_retired(&mut self) -> Option<Box<Cabinet>> {
        self.retired.take()
    }

    pub fn is_loaded(&self) -> bool {
        self.current.is_some() || self.next.is_some()
    }

    pub fn tail_samples(&self) -> usize {
        [&self.current, &self.next].into_iter().flatten().map(|c| c.memory()).max().unwrap_or(0)
    }

    pub fn reset(&mut self) {
        self.settle();
        if let Some(cabinet) = &mut self.current {
            cabinet.reset();
        }
    }

    /// Ends a fade.
    fn settle(&mut self) {
        if let Some(next) = self.next.take() {
            self.retired = self.current.replace(next);
        }
    }

    /// Mixes the response into the first `n` samples of `wet`: `amount` of it at `level`, sample by
    /// sample. Real-time safe.
    pub fn process(&mut self, wet: &mut [Vec<f32>], n: usize, amount: &[f32], level: &[f32]) {
        match &mut self.current {
            Some(cabinet) => cabinet.process(wet, &mut self.out, n),
            None => self
                .out
                .iter_mut()
                .zip(wet.iter())
                .for_each(|(out, wet)| out[..n].copy_from_slice(&wet[..n])),
        }
        if let Some(next) = &mut self.next {
            next.process(wet, &mut self.other, n);
            for (out, other) in self.out.iter_mut().zip(&self.other) {
                self.fade.mix(&mut out[..n], &other[..n]);
            }
            self.fade.advance(n);
            if self.fade.is_done() {
                self.settle();
            }
        }
        for (wet, out) in wet.iter_mut().zip(&self.out) {
            for (((wet, out), amount), level) in wet[..n].iter_mut().zip(out).zip(amount).zip(level)
            {
                *wet += (out * level - *wet) * amount;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_echo_does_not_step_in() {
        let mut slot = CabinetSlot::new(1, 48_000.0, 64);
        let mut echo = vec![0.0; 6_001];
        (echo[0], echo[6_000]) = (0.1, 1.0);
        assert!(slot.swap(Cabinet::new(&[echo], 48_000.0, 48_000.0, 1).unwrap()).is_ok());
        let mut out = Vec::new();
        for _ in 0..400 {
            let mut wet = vec![vec![0.5; 64]];
            slot.process(&mut wet, 64, &[1.0; 64], &[1.0; 64]);
            out.extend(wet.remove(0));
        }
        let step = out.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0f32, f32::max);
        assert!(step < 1e-3, "{step}");
    }

    #[test]
    fn one_response_takes_anothers_place_without_a_step() {
        let mut slot = CabinetSlot::new(1, 48_000.0, 64);
        let make =
            |gain: f32| Cabinet::new(&[vec![gain, gain * 0.5]], 48_000.0, 48_000.0, 1).unwrap();
        let mut out = Vec::new();
        for block in 0..400 {
            if block == 50 {
                assert!(slot.swap(make(1.0)).is_ok() && slot.swap(make(1.0)).is_err());
            }
            let mut wet = vec![vec![0.5; 64]];
            slot.process(&mut wet, 64, &[1.0; 64], &[1.0; 64]);
            out.extend(wet.remove(0));
        }
        assert!(slot.take_retired().is_none(), "there was none before the first");
        let step = out.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0f32, f32::max);
        assert!(step < 1e-3, "{step}");
        assert!(slot.swap(make(2.0)).is_ok());
        let fits = Cabinet::new(&[vec![1.0]], 48_000.0, 44_100.0, 1).unwrap();
        assert!(slot.swap(fits).is_err());
    }
}
