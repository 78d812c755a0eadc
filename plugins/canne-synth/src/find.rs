//! A sound of the user's as an instrument: the ways to play it, made from a sound file. Not
//! real-time safe.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use nfx_core::engine::canne::take::{Candidate, Recording, candidates, mutate};
use nfx_core::models::spectral::CanneModel;
use nfx_frame::Sentence;
use nfx_frame::clip::Clip;
use nfx_frame::snapshot::Value;

use crate::params::slider_id;

/// Longest sound that is read: one note is heard for eight seconds, and may come late.
const MOST_SECONDS: f64 = 30.0;
/// Ways that are offered at once.
pub const CANDIDATES: usize = 4;

/// A sound, and ways to play it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file's name.
    pub name: String,
    /// With which model.
    pub model: Arc<CanneModel>,
    /// What was heard.
    pub recording: Arc<Recording>,
    /// The ways, [`CANDIDATES`] of them.
    pub candidates: Vec<Candidate>,
}

/// Listens to a sound file.
///
/// # Errors
/// A sentence.
pub fn in_file(model: Option<Arc<CanneModel>>, path: &Path) -> Result<Found, Sentence> {
    let model =
        model.ok_or("There is no model to play the sound with. Choose one, and try again.")?;
    let bytes = std::fs::read(path).map_err(|error| {
        format!("The sound file {} could not be read ({error}).", path.display())
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let clip = Clip::decode(&name, bytes, MOST_SECONDS)?.at_rate(model.card().sample_rate_hz)?;
    let count = clip.channels.len() as f32;
    let mono: Vec<f32> = (0..clip.len())
        .map(|i| clip.channels.iter().map(|channel| channel[i]).sum::<f32>() / count)
        .collect();
    in_sound(model, &name, &mono)
}

/// Listens to a sound at the model's rate.
///
/// # Errors
/// A sentence.
pub fn in_sound(model: Arc<CanneModel>, name: &str, sound: &[f32]) -> Result<Found, Sentence> {
    let failed =
        |why: String| format!("\u{201c}{name}\u{201d} could not become an instrument: {why}.");
    let recording = Recording::listen(sound, model.card().sample_rate_hz)
        .map_err(|error| failed(error.to_string()))?;
    let candidates = candidates(&model, &recording).map_err(|error| failed(error.to_string()))?;
    Ok(Found { name: name.to_owned(), model, recording: Arc::new(recording), candidates })
}

impl Found {
    /// Four others like one of its ways; other ones for each seed.
    #[must_use]
    pub fn mutated(&self, parent: usize, seed: u64) -> Self {
        let Some(parent) = self.candidates.get(parent) else { return self.clone() };
        let child = |place: u64| {
            mutate(parent, &self.model, &self.recording, seed.wrapping_mul(4).wrapping_add(place))
        };
        Self { candidates: (0..CANDIDATES as u64).map(child).collect(), ..self.clone() }
    }

    /// The key on which it sounds as recorded.
    #[must_use]
    pub fn key(&self) -> u8 {
        // A root is a MIDI note.
        self.recording.root().round().clamp(0.0, 127.0) as u8
    }
}

/// The parameters of a way to play a sound; all others rest.
#[must_use]
pub fn settings(candidate: &Candidate, model: &CanneModel) -> BTreeMap<String, Value> {
    let sliders = candidate.sliders.iter().take(model.latents()).enumerate();
    let mut params: BTreeMap<String, Value> =
        sliders.map(|(i, place)| (slider_id(i), Value::Number(*place))).collect();
    let amp = candidate.amp;
    let own = [
        ("amp_a", amp.attack_ms),
        ("amp_d", amp.decay_ms),
        ("amp_s", amp.sustain),
        ("amp_r", amp.release_ms),
        ("pace", candidate.pace),
    ];
    params.extend(own.map(|(id, value)| (id.to_owned(), Value::Number(value))));
    params
}
