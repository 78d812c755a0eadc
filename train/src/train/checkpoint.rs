//! Checkpoints: everything that a training needs to go on as if it had never stopped.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use nfx_core::file::Tensor;
use nfx_learn::Tensors;
use nfx_learn::spectral::learner::Learner;
use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};

use super::fit::Position;
use crate::files::write_atomic;

/// The optimiser's state among the tensors.
const STATE: &str = "optimiser";

/// What stands in the file's metadata.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    position: Position,
    /// Which kind of learner wrote the optimiser's state.
    kind: String,
}

/// A checkpoint in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Where the training stands.
    pub position: Position,
    /// Which kind of learner wrote the state.
    pub kind: String,
    /// The weights.
    pub weights: Tensors,
    /// The optimiser's state.
    pub state: Vec<u8>,
}

struct Part<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Cow<'a, [u8]>,
}

impl View for Part<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl Checkpoint {
    /// The present state of a training.
    ///
    /// # Errors
    /// When the learner cannot hand out its state.
    pub fn of(position: &Position, learner: &dyn Learner, kind: &str) -> Result<Self> {
        Ok(Checkpoint {
            position: position.clone(),
            kind: kind.to_owned(),
            weights: learner.tensors()?,
            state: learner.state()?,
        })
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written; the former checkpoint is then still there.
    pub fn write(&self, path: &Path) -> Result<()> {
        let header = serde_json::to_string(&Header {
            position: self.position.clone(),
            kind: self.kind.clone(),
        })?;
        let mut parts: Vec<(String, Part<'_>)> = vec![(
            STATE.to_owned(),
            Part {
                dtype: Dtype::U8,
                shape: vec![self.state.len()],
                bytes: Cow::Borrowed(&self.state),
            },
        )];
        for (name, tensor) in &self.weights {
            let bytes = tensor.data.iter().flat_map(|v| v.to_le_bytes()).collect();
            parts.push((
                name.clone(),
                Part { dtype: Dtype::F32, shape: tensor.shape.clone(), bytes: Cow::Owned(bytes) },
            ));
        }
        let metadata = HashMap::from([("nfx-train checkpoint".to_owned(), header)]);
        let bytes = safetensors::serialize(parts, Some(metadata))
            .context("the checkpoint could not be put together")?;
        write_atomic(path, &bytes)
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the file is missing or is not a checkpoint.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path)
            .with_context(|| format!("expected a checkpoint at {}", path.display()))?;
        Self::parse(&bytes).with_context(|| {
            format!("expected a checkpoint in {}, found something else", path.display())
        })
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let (_, metadata) = SafeTensors::read_metadata(bytes)?;
        let header = metadata.metadata().as_ref().and_then(|m| m.get("nfx-train checkpoint"));
        let Some(header) = header else {
            bail!("the file's metadata does not say that it is a checkpoint")
        };
        let Header { position, kind } = serde_json::from_str(header)?;
        let parts = SafeTensors::deserialize(bytes)?;
        let mut weights = Tensors::new();
        let mut state = Vec::new();
        for (name, part) in parts.tensors() {
            if name == STATE {
                state = part.data().to_vec();
            } else if part.dtype() == Dtype::F32 {
                let data = part
                    .data()
                    .chunks_exact(4)
                    .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                    .collect();
                weights.insert(name, Tensor { shape: part.shape().to_vec(), data });
            } else {
                bail!("expected the tensor {name} in single precision, found {:?}", part.dtype());
            }
        }
        Ok(Checkpoint { position, kind, weights, state })
    }
}
