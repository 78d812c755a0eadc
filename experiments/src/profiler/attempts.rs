//! Networks that are only compared with, as pupils: their last weights count.

use anyhow::Result;
use nfx_learn::effect::PairBatch;
use nfx_learn::{LearnError, Tensors};

use super::quantised_wavenet::QuantisedWaveNet;
use super::seq2seq::Seq2Seq;
use crate::effects::learner::LabLearner;

/// One of them.
pub(super) enum Attempt {
    Seq2Seq(Seq2Seq),
    QuantisedWaveNet(QuantisedWaveNet),
}

impl From<Seq2Seq> for Attempt {
    fn from(net: Seq2Seq) -> Self {
        Attempt::Seq2Seq(net)
    }
}

impl From<QuantisedWaveNet> for Attempt {
    fn from(net: QuantisedWaveNet) -> Self {
        Attempt::QuantisedWaveNet(net)
    }
}

impl LabLearner for Attempt {
    fn rate(&self) -> f64 {
        1e-3
    }

    fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32> {
        Ok(match self {
            Attempt::Seq2Seq(net) => net.step(rate, batch)?,
            Attempt::QuantisedWaveNet(net) => net.step(rate, batch)?,
        })
    }

    fn play(&mut self, input: &[f32], knobs: &[f32]) -> Result<Vec<f32>> {
        let played: Result<Vec<f32>, LearnError> = match self {
            Attempt::Seq2Seq(net) => net.predict(input, knobs),
            Attempt::QuantisedWaveNet(net) => net.predict(input, knobs),
        };
        Ok(played?)
    }

    fn tensors(&self) -> Result<Tensors> {
        Ok(Tensors::new())
    }

    fn set_tensors(&mut self, _: &Tensors) -> Result<()> {
        Ok(())
    }

    fn parameters(&self) -> usize {
        match self {
            Attempt::Seq2Seq(net) => net.parameters(),
            Attempt::QuantisedWaveNet(net) => net.parameters(),
        }
    }
}
