//! The chunks in which samples are exchanged between the host's rate and the model's.

use super::EngineError;
use super::convert::{Converter, Ratio};
use super::level::Delay;
use super::player::MAX_CHANNELS;

/// Collects host samples to whole chunks, has them played at the model's rate, and gives out the chunk before.
///
/// The total delay is [`Ratio::latency`] host samples, whatever lengths the calls have.
#[derive(Debug)]
pub(super) struct Bridge {
    ratio: Ratio,
    at: usize,
    host: Vec<Vec<f32>>,
    model: Vec<Vec<f32>>,
    down: Vec<Converter>,
    up: Vec<Converter>,
    /// Makes the model's delay whole chunks.
    padding: Vec<Delay>,
    side_host: Vec<Vec<f32>>,
    side_model: Vec<Vec<f32>>,
}

impl Bridge {
    /// For a model that delays by `held` of its samples. Allocates.
    pub fn new(ratio: Ratio, channels: usize, held: usize) -> Result<Self, EngineError> {
        let converters =
            |from: usize, to: usize, n: usize| (0..n).map(|_| Converter::new(from, to)).collect::<Result<Vec<_>, _>>();
        let (host, model) = (vec![0.0; ratio.host], vec![0.0; ratio.model]);
        Ok(Self {
            ratio,
            at: 0,
            host: vec![host.clone(); channels],
            model: vec![model.clone(); channels],
            // The side chain's converters follow the main sound's.
            down: converters(ratio.host, ratio.model, channels + MAX_CHANNELS)?,
            up: converters(ratio.model, ratio.host, channels)?,
            padding: vec![Delay::new(ratio.padding(held)); channels],
            side_host: vec![host; MAX_CHANNELS],
            side_model: vec![model; MAX_CHANNELS],
        })
    }

    pub fn reset(&mut self) {
        self.at = 0;
        self.host.iter_mut().chain(&mut self.side_host).for_each(|h| h.fill(0.0));
        self.down.iter_mut().chain(&mut self.up).for_each(Converter::reset);
        self.padding.iter_mut().for_each(|p| p.fill(0.0));
    }

    /// The most samples that the next [`Bridge::exchange`] may take.
    pub fn room(&self) -> usize {
        self.ratio.host - self.at
    }

    /// Replaces the first `n` samples of `main` by played ones; whenever a chunk is full, `play` is given it at the
    /// model's rate: main sound, side chain and number of samples. Real-time safe when `play` is.
    ///
    /// # Shapes
    /// `main` `[channel][sample]` with as many channels as the bridge has; `side` none, or 1 or 2 of at least `n` samples.
    pub fn exchange(
        &mut self,
        main: &mut [Vec<f32>],
        side: &[Vec<f32>],
        n: usize,
        play: impl FnOnce(&mut [Vec<f32>], &[Vec<f32>], usize),
    ) {
        let span = self.at..self.at + n;
        for (held, wet) in self.host.iter_mut().zip(main) {
            held[span.clone()].swap_with_slice(&mut wet[..n]);
        }
        let sides = side.len().min(MAX_CHANNELS);
        for (c, held) in self.side_host.iter_mut().enumerate() {
            match side.get(c) {
                Some(side) => held[span.clone()].copy_from_slice(&side[..n]),
                None => held[span.clone()].fill(0.0),
            }
        }
        self.at += n;
        if self.at < self.ratio.host {
            return;
        }
        self.at = 0;
        let channels = self.host.len();
        for ((down, host), model) in self.down.iter_mut().zip(&self.host).zip(&mut self.model) {
            down.process(host, model);
        }
        let converters = self.down[channels..].iter_mut().zip(&self.side_host).zip(&mut self.side_model);
        for ((down, host), model) in converters.take(sides) {
            down.process(host, model);
        }
        play(&mut self.model, &self.side_model[..sides], self.ratio.model);
        for ((up, model), (host, padding)) in
            self.up.iter_mut().zip(&mut self.model).zip(self.host.iter_mut().zip(&mut self.padding))
        {
            padding.swap(model);
            up.process(model, host);
        }
    }
}
