//! Starting weights, and a whole training in one call.

use anyhow::Result;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_learn::Tensors;
use nfx_learn::spectral::init::{self, PcaStart};
use nfx_learn::spectral::learner::spread;

use super::config::{FitConfig, Start};
use super::fit::{Data, Outcome, Position, fit};
use crate::baseline::Pca;
use crate::device::Place;
use crate::training_loop::Unwatched;

/// The weights that a training begins with. `pca` is asked for only when the start says so; it has
/// to have as many components as the network has latents.
///
/// # Errors
/// When the configuration is not valid or the components cannot be had.
pub fn starting_weights(
    network: &AutoencoderConfig,
    start: Start,
    seed: u64,
    pca: impl FnOnce() -> Result<Pca>,
) -> Result<Tensors> {
    let mut weights = init::weights(network, start.init, seed)?;
    if start.pca {
        let pca = pca()?;
        let deviations: Vec<f32> = pca.variances().iter().map(|v| v.sqrt()).collect();
        let start =
            PcaStart { mean: pca.mean(), components: pca.components(), deviations: &deviations };
        init::start_from_pca(network, &mut weights, start)?;
    }
    Ok(weights)
}

/// Trains a network from scratch without files or screens: for experiments of many trainings.
///
/// # Errors
/// As [`fit`].
pub fn fit_simple(
    network: &AutoencoderConfig,
    start: Start,
    config: &FitConfig,
    data: Data<'_>,
    place: &Place,
) -> Result<Outcome> {
    let pca = || Pca::fit(data.train, network.latents(), config.seed);
    let mut weights = starting_weights(network, start, config.seed, pca)?;
    if config.step.variational.is_some() {
        weights.extend(spread(network));
    }
    let mut learner = place.learner(network, &weights, config.step)?;
    fit(config, data, learner.as_mut(), Position::default(), &mut Unwatched)
}
