//! A model: its card and its weights, to and from the bytes of a model file.

use super::effect::KnobInfo;
use super::spectral::{InstrumentInfo, LatentInfo, Spectral};
use super::{Kind, ModelCard, NetworkConfig};
use crate::file::container::{self, FORMAT_VERSION, Section};
use crate::file::tensor::check_finite;
use crate::file::{ModelError, Precision, Tensor, short};
use crate::signal::random::Random;
use crate::signal::stft::StftConfig;
use std::collections::BTreeMap;

/// A model: its card and its weights. The plain content of a model file, not yet playable.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFile {
    /// What the model is and where it comes from.
    pub card: ModelCard,
    /// The weights by name; the names and shapes are those of [`Kind::tensor_shapes`].
    pub tensors: BTreeMap<String, Tensor>,
}

impl ModelFile {
    /// Reads a model file. Allocates at most in proportion to `bytes`; never panics; not for the
    /// audio thread.
    ///
    /// # Errors
    /// A [`ModelError`] of its own for each way in which a file can be wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<ModelFile, ModelError> {
        let container = container::read(bytes).map_err(|error| {
            // A text read as a length gives numbers that help nobody.
            let unlike = matches!(
                error,
                ModelError::HeaderSize { .. }
                    | ModelError::Header { .. }
                    | ModelError::Truncated { found: 8.., .. }
            );
            match crate::file::sniff::what_is(bytes).filter(|_| unlike) {
                Some(found) => ModelError::NotAModelFile { found },
                None => error,
            }
        })?;
        let card = ModelCard::read(&container.config, container.version)?;
        card.validate()?;
        let shapes = card.kind.tensor_shapes();
        check_names(&shapes, container.sections.keys().map(String::as_str))?;
        let mut tensors = BTreeMap::new();
        for (name, shape) in shapes {
            let Some(section) = container.sections.get(&name) else {
                return Err(ModelError::MissingTensor { name });
            };
            if section.shape != shape {
                // A hostile shape may have as many dimensions as fit into a header.
                let found = section.shape.iter().copied().take(8).collect();
                return Err(ModelError::WrongShape { name, expected: shape, found });
            }
            let data = section.decode(&name)?;
            check_finite(&name, &data)?;
            tensors.insert(name, Tensor { shape, data });
        }
        Ok(ModelFile { card, tensors })
    }

    /// Writes a model file. The same model gives the same bytes. Not for the audio thread.
    ///
    /// # Errors
    /// Whatever would keep the file from being read again: a card that cannot be used, a missing, extra or misshapen tensor,
    /// a weight that is not finite or, in half precision, greater than 65504.
    pub fn to_bytes(&self, precision: Precision) -> Result<Vec<u8>, ModelError> {
        self.validate()?;
        let config = serde_json::to_string(&self.card)
            .map_err(|error| ModelError::Card { reason: short(error) })?;
        let mut sections = BTreeMap::new();
        for (name, tensor) in &self.tensors {
            sections.insert(name.clone(), Section::encode(name, tensor, precision)?);
        }
        container::write(&config, FORMAT_VERSION, &sections)
    }

    /// Whether card and tensors fit each other and hold only finite numbers.
    ///
    /// # Errors
    /// [`ModelError`] with the first thing that does not.
    pub fn validate(&self) -> Result<(), ModelError> {
        self.card.validate()?;
        let shapes = self.card.kind.tensor_shapes();
        check_names(&shapes, self.tensors.keys().map(String::as_str))?;
        for (name, shape) in shapes {
            let Some(tensor) = self.tensors.get(&name) else {
                return Err(ModelError::MissingTensor { name });
            };
            if tensor.shape != shape {
                return Err(ModelError::WrongShape {
                    name,
                    expected: shape,
                    found: tensor.shape.clone(),
                });
            }
            if tensor.data.len() != shape.iter().product::<usize>() {
                return Err(ModelError::WrongShape {
                    name,
                    expected: shape,
                    found: vec![tensor.data.len()],
                });
            }
            check_finite(&name, &tensor.data)?;
        }
        Ok(())
    }

    /// A model with random weights, for tests and benchmarks: the same arguments give the same
    /// model on every machine.
    ///
    /// Weights are uniform with the variance `2 / inputs` (He et al. 2015), biases uniform within 0.05, so that signals keep
    /// their size through the layers. A condition is that of the notes from 36 on. A config that [`Kind::validate`] refuses gives a model without tensors,
    /// which every reader and player refuses with the same words.
    pub fn random(
        config: impl NetworkConfig,
        stft: StftConfig,
        sample_rate_hz: f64,
        seed: u64,
    ) -> ModelFile {
        let mut kind = config.into_kind(stft);
        let mut random = Random::new(seed);
        let usable = match &kind {
            Kind::Spectral(spectral) => spectral.architecture.validate().is_ok(),
            Kind::Effect(effect) => effect.network.validate().is_ok(),
        };
        let shapes = if usable { kind.tensor_shapes() } else { Vec::new() };
        let tensors = shapes.into_iter().map(|(name, shape)| {
            let bound = match shape.as_slice() {
                [inputs, _] => (6.0 / *inputs as f32).sqrt(),
                _ => 0.05,
            };
            let count = shape.iter().product();
            let data = (0..count).map(|_| bound * random.bipolar()).collect();
            (name, Tensor { shape, data })
        });
        let tensors: BTreeMap<String, Tensor> = tensors.collect();
        match &mut kind {
            Kind::Spectral(spectral) => describe(spectral, !tensors.is_empty()),
            Kind::Effect(effect) => {
                let knob = |i| KnobInfo::linear(&format!("Knob {i}"), 0.0, 1.0, 0.5);
                effect.info.knobs = (1..=effect.network.knobs()).map(knob).collect();
            }
        }
        let mut card = ModelCard::new(&format!("Random {seed}"), sample_rate_hz, kind);
        card.description = "Random weights, for tests.".to_owned();
        card.provenance.seed = seed;
        ModelFile { card, tensors }
    }
}

/// What the card of a random model says of its latents (where it `has_any`) and notes.
fn describe(spectral: &mut Spectral, has_any: bool) {
    let latents = if has_any { spectral.architecture.latents() } else { 0 };
    let latent = |i| LatentInfo {
        label: format!("random {i}"),
        centroid_hz: 0.0,
        live: true,
        p05: 0.0,
        p50: 0.5,
        p95: 1.0,
    };
    spectral.latents = (1..=latents).map(latent).collect();
    let notes = u8::try_from(spectral.architecture.condition())
        .ok()
        .filter(|notes| (1..=92).contains(notes));
    spectral.instrument = notes.map(|notes| InstrumentInfo::standing(36, 35 + notes));
}

/// That there is no tensor beyond those of the config. That none lacks is seen when each is looked
/// up.
fn check_names<'a>(
    shapes: &[(String, Vec<usize>)],
    mut found: impl Iterator<Item = &'a str>,
) -> Result<(), ModelError> {
    match found.find(|found| !shapes.iter().any(|(name, _)| name == found)) {
        Some(name) => Err(ModelError::ExtraTensor { name: short(name) }),
        None => Ok(()),
    }
}
