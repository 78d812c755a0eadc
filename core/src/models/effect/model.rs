//! A decoded profile, shared by everything that plays it.

use super::bake::bake;
use super::families::ProfileConfig;
use super::info::{Effect, ProfileInfo};
use super::knob::MAX_KNOBS;
use super::network::{Network, Tensors};
use super::state::ProfileState;
use crate::file::ModelError;
use crate::models::{ModelCard, ModelFile};
use std::sync::Arc;

/// A profile that can be played. Immutable; decoded once and shared.
#[derive(Debug)]
pub struct ProfileModel {
    file: ModelFile,
    config: ProfileConfig,
    info: ProfileInfo,
    /// By size, the smallest first.
    networks: Vec<Arc<dyn Network>>,
    gains: (f32, f32),
}

impl ProfileModel {
    /// From the content of a model file.
    ///
    /// # Errors
    /// [`ModelError`] when it holds no profile, or one that cannot be played.
    pub fn from_file(file: &ModelFile) -> Result<Arc<Self>, ModelError> {
        Self::from_owned(file.clone())
    }

    /// As [`ProfileModel::from_file`], without a copy.
    pub(crate) fn from_owned(file: ModelFile) -> Result<Arc<Self>, ModelError> {
        file.validate()?;
        let Effect { network: config, info } = file.card.effect()?.clone();
        let networks = config.networks(Tensors::of(&file.tensors), file.card.sample_rate_hz)?;
        let linear = |db: f32| 10f32.powf(db / 20.0);
        let gains = (linear(info.input_gain_db), linear(info.output_gain_db));
        Ok(Arc::new(Self { config, file, info, networks, gains }))
    }

    /// The same profile without knobs, at a setting.
    ///
    /// # Errors
    /// [`ModelError::Foreign`] with the reason when its family cannot be baked.
    pub fn without_knobs(&self, knobs: &[f32]) -> Result<ModelFile, ModelError> {
        bake(&self.file, knobs)
    }

    /// The name that a menu shows.
    pub fn name(&self) -> &str {
        &self.file.card.name
    }

    /// One or two sentences for the person who chooses it.
    pub fn description(&self) -> &str {
        &self.file.card.description
    }

    /// The rate that it was trained at.
    pub fn sample_rate_hz(&self) -> f64 {
        self.file.card.sample_rate_hz
    }

    /// The knobs, and what else is known of the device.
    pub fn info(&self) -> &ProfileInfo {
        &self.info
    }

    /// Everything that its file says.
    pub fn card(&self) -> &ModelCard {
        &self.file.card
    }

    /// The content of its file; a profile from a foreign file has been brought into our form.
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// What the network looks like.
    pub fn config(&self) -> &ProfileConfig {
        &self.config
    }

    /// The family in words: "LSTM", "WaveNet".
    pub fn family(&self) -> &'static str {
        self.config().family()
    }

    /// How much later than the input its output is, in samples of its own rate.
    pub fn latency_samples(&self) -> usize {
        self.networks.iter().map(|network| network.latency_samples()).max().unwrap_or(0)
    }

    /// Samples after which an output no longer depends on what was before; for a recurrent network,
    /// about so.
    pub fn warm_up_samples(&self) -> usize {
        self.networks.iter().map(|network| network.warm_up()).max().unwrap_or(0)
    }

    /// How many sizes there are to choose from; 1 for most.
    pub fn sizes(&self) -> usize {
        self.networks.len()
    }

    /// Whether it listens to a side chain: a dynamics processor.
    pub fn uses_side_chain(&self) -> bool {
        self.networks.first().is_some_and(|network| network.uses_side_chain())
    }

    /// A state that plays `channels` (1 or 2) through size `size` (0 the smallest; the largest when
    /// there are fewer), settled as a `.nam` player settles it. Allocates and takes as long as
    /// playing half a second may; not for the audio thread.
    pub fn state(self: &Arc<Self>, channels: usize, size: usize) -> ProfileState {
        ProfileState::new(self, channels, size)
    }

    /// The size that is played at a quality of 0 to 1: the first whose range it lies in, as the
    /// file says; the largest beyond all. Real-time safe.
    pub fn size_for(&self, quality: f32) -> usize {
        let largest = self.sizes() - 1;
        self.config.size_for(f64::from(quality)).unwrap_or(largest).min(largest)
    }

    pub(super) fn network(&self, size: usize) -> &Arc<dyn Network> {
        // There is at least one; a state's size is checked when it is made.
        &self.networks[size]
    }

    /// Input and output gain, linear.
    pub(super) fn gains(&self) -> (f32, f32) {
        self.gains
    }

    /// What the network is conditioned on where the knobs start.
    pub(super) fn default_knobs(&self) -> [f32; MAX_KNOBS] {
        let mut knobs = [0.0; MAX_KNOBS];
        for (knob, info) in knobs.iter_mut().zip(&self.info.knobs) {
            *knob = info.normalised(info.default);
        }
        knobs
    }
}
