//! Which families of core's table can be trained, and by which learner.

use nfx_core::models::effect::dynamics::DynamicsConfig;
use nfx_core::models::effect::signaltrain::SignalTrainConfig;
use nfx_core::models::effect::{
    ContainerConfig, ConvNetConfig, LinearConfig, ProfileConfig, RecurrentConfig, WaveNetConfig,
};
use nfx_core::with_family;

use super::ProfileLearner;
use super::dynamics::DynamicsLearner;
use super::linear::LinearLearner;
use super::loss::LossConfig;
use super::recurrent::{self, RecurrentLearner};
use super::signaltrain::SignalTrainLearner;
use super::wavenet::{self, WaveNetLearner};
use crate::LearnError;

/// Scale of a convolutional network's output, as NAM has it; also how fast its output layers learn.
const HEAD_SCALE: f32 = 0.02;

/// A learner of a config with starting weights. Of the loss only those families take notice that
/// have none of their own.
///
/// # Errors
/// [`LearnError`] when the config is of a family, or has options, that are not trained here.
pub fn learner(
    config: &ProfileConfig,
    loss: LossConfig,
    seed: u64,
) -> Result<Box<dyn ProfileLearner>, LearnError> {
    with_family!(config, config => config.learner(loss, seed))?.ok_or_else(|| {
        LearnError::Argument(format!(
            "expected a profile that can be trained further (recurrent, WaveNet, dynamics, linear or SignalTrain), found \
             one of the family {}",
            config.family()
        ))
    })
}

type Made = Result<Option<Box<dyn ProfileLearner>>, LearnError>;

/// A family's way to its learner.
trait Trainable {
    /// `None` where the family is not trained here.
    fn learner(&self, _loss: LossConfig, _seed: u64) -> Made {
        Ok(None)
    }
}

impl Trainable for RecurrentConfig {
    fn learner(&self, loss: LossConfig, seed: u64) -> Made {
        Ok(Some(Box::new(RecurrentLearner::new(recurrent::Shape::of(self)?, loss, seed))))
    }
}

impl Trainable for WaveNetConfig {
    fn learner(&self, loss: LossConfig, seed: u64) -> Made {
        Ok(Some(Box::new(WaveNetLearner::new(wavenet::Shape::of(self, HEAD_SCALE)?, loss, seed))))
    }
}

impl Trainable for DynamicsConfig {
    fn learner(&self, _loss: LossConfig, seed: u64) -> Made {
        Ok(Some(Box::new(DynamicsLearner::new(self, seed)?)))
    }
}

impl Trainable for LinearConfig {
    fn learner(&self, _loss: LossConfig, _seed: u64) -> Made {
        Ok(Some(Box::new(LinearLearner::new(self)?)))
    }
}

impl Trainable for SignalTrainConfig {
    fn learner(&self, _loss: LossConfig, seed: u64) -> Made {
        Ok(Some(Box::new(SignalTrainLearner::new(self, seed)?)))
    }
}

impl Trainable for ConvNetConfig {}

impl Trainable for ContainerConfig {}
