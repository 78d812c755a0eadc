//! What a card says of a latent.

use serde::{Deserialize, Serialize};

/// What is known of one latent: what it does, and where its values lie on the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatentInfo {
    /// What it does, in words ("brighter, noisier").
    pub label: String,
    /// The centroid of what it adds to the spectrum, in Hz; 0 when it is not known.
    pub centroid_hz: f32,
    /// Whether it matters: taking it away costs at least 1 % of the loss.
    pub live: bool,
    /// The value (after the activation) below which 5 % of the training frames lie.
    pub p05: f32,
    /// The median over the training frames.
    pub p50: f32,
    /// The value below which 95 % of the training frames lie.
    pub p95: f32,
}
