//! The same sound in several sizes.

use super::families::{Family, ProfileConfig, Shapes, refuse};
use super::limits::within;
use super::network::{Network, Tensors};
use crate::file::ModelError;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One of the sizes of a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeConfig {
    /// This one is played while the wanted size, 0 to 1, is below this.
    pub max_value: f64,
    /// The network.
    pub network: ProfileConfig,
}

/// The same sound in several sizes, the smallest first (`SlimmableContainer` of `.nam` files).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerConfig {
    /// The sizes, by ascending `max_value`; the last one's is at least 1.
    pub sizes: Vec<SizeConfig>,
}

impl Family for ContainerConfig {
    fn name(&self) -> &'static str {
        "Slimmable"
    }

    fn check(&self, depth: usize) -> Result<(), ModelError> {
        within("a number of sizes", self.sizes.len(), 1..=16)?;
        let ascending = self.sizes.windows(2).all(|pair| pair[0].max_value < pair[1].max_value);
        if !ascending
            || self.sizes.last().is_none_or(|size| size.max_value.is_nan() || size.max_value < 1.0)
        {
            let found: Vec<f64> = self.sizes.iter().map(|size| size.max_value).collect();
            return refuse(format!("expected sizes that ascend to 1, found {found:?}"));
        }
        for size in &self.sizes {
            if !size.network.is_plain() || size.network.knobs() > 0 {
                return refuse(
                    "expected plain networks as sizes, found a container or a network with knobs in one".to_owned(),
                );
            }
            size.network.check(depth + 1)?;
            if size.network.signals() != (1, 1) {
                return refuse(
                    "expected sizes of one signal in and one out, found others".to_owned(),
                );
            }
        }
        Ok(())
    }

    /// The tensors of size `i` with `sizes.{i}.` before their names.
    fn tensor_shapes(&self) -> Shapes {
        let sizes = self.sizes.iter().enumerate();
        sizes
            .flat_map(|(i, size)| {
                let shapes = size.network.tensor_shapes();
                shapes.into_iter().map(move |(name, shape)| (format!("sizes.{i}.{name}"), shape))
            })
            .collect()
    }

    fn network(
        &self,
        _tensors: Tensors<'_>,
        _rate_hz: f64,
    ) -> Result<Arc<dyn Network>, ModelError> {
        refuse("expected one network, found a container of sizes".to_owned())
    }

    fn sizes(
        &self,
        tensors: Tensors<'_>,
        rate_hz: f64,
    ) -> Result<Vec<Arc<dyn Network>>, ModelError> {
        let sizes = self.sizes.iter().enumerate();
        sizes
            .map(|(i, size)| {
                let prefix = format!("{}sizes.{i}.", tensors.prefix);
                size.network.network(Tensors { prefix: &prefix, ..tensors }, rate_hz)
            })
            .collect()
    }

    fn size_for(&self, quality: f64) -> Option<usize> {
        self.sizes.iter().position(|size| quality < size.max_value)
    }

    fn is_plain(&self) -> bool {
        false
    }
}
