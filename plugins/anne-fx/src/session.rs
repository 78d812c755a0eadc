//! What a project keeps beside the parameters: the model, the user's divisions, mute and solo, the input file, the editor's size.
//!
//! Loading a project calls [`Params::deserialize_fields`] on the host's main thread; the model is built there and then. Fields of
//! a newer version are kept and saved again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use nfx_core::engine::{KNOBS, MAX_LATENTS};
use nfx_core::model::AnneModel;
use nfx_plugin::model_slot::{ModelSlot, StoredModel};
use nfx_plugin::snapshot;
use nice_plug::prelude::*;
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::models::LIBRARY;

/// The default of both user divisions: the equal one of 64 latents.
pub const DEFAULT_STARTS: [u8; KNOBS - 1] = [13, 26, 39, 52];
/// The editor's first size in logical pixels.
pub const DEFAULT_EDITOR: (u32, u32) = (900, 560);

/// A sound file of the user's for the input selector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The file's name, with extension.
    pub name: String,
    /// Where it lay.
    pub path: String,
    /// The file itself in base64, when it is small enough for the project to carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
}

/// See the module's documentation. What is atomic may be read on the audio thread; the rest may not.
pub struct Session {
    /// The model in use.
    pub model: ModelSlot<AnneModel>,
    /// One bit for each muted latent.
    pub muted: AtomicU64,
    /// One bit for each latent that is heard alone; 0 when none is.
    pub soloed: AtomicU64,
    starts: [AtomicU32; 2],
    editor: [AtomicU32; 2],
    source: RwLock<Option<Arc<SourceFile>>>,
    source_version: AtomicU64,
    preset: Mutex<String>,
    unknown: Mutex<BTreeMap<String, String>>,
}

impl Session {
    /// A fresh instance's.
    #[must_use]
    pub fn new() -> Self {
        Self {
            model: ModelSlot::new(&LIBRARY),
            muted: AtomicU64::new(0),
            soloed: AtomicU64::new(0),
            starts: [const { AtomicU32::new(u32::from_le_bytes(DEFAULT_STARTS)) }; 2],
            editor: [AtomicU32::new(DEFAULT_EDITOR.0), AtomicU32::new(DEFAULT_EDITOR.1)],
            source: RwLock::new(None),
            source_version: AtomicU64::new(0),
            preset: Mutex::new(String::new()),
            unknown: Mutex::new(BTreeMap::new()),
        }
    }

    /// The first latents of groups B to E in user division `which` (0 or 1). Real-time safe.
    #[must_use]
    pub fn user_split(&self, which: usize) -> [u8; KNOBS - 1] {
        self.starts[which.min(1)].load(Ordering::Relaxed).to_le_bytes()
    }

    /// Sets a user division. What is out of order is put in order where it is used.
    pub fn set_user_split(&self, which: usize, starts: [u8; KNOBS - 1]) {
        self.starts[which.min(1)].store(u32::from_le_bytes(starts), Ordering::Relaxed);
    }

    /// The editor's size in logical pixels.
    #[must_use]
    pub fn editor_size(&self) -> (u32, u32) {
        (self.editor[0].load(Ordering::Relaxed), self.editor[1].load(Ordering::Relaxed))
    }

    /// Remembers the editor's size.
    pub fn set_editor_size(&self, width: u32, height: u32) {
        self.editor[0].store(width.clamp(320, 7680), Ordering::Relaxed);
        self.editor[1].store(height.clamp(200, 4320), Ordering::Relaxed);
    }

    /// The user's file for the input selector.
    #[must_use]
    pub fn source_file(&self) -> Option<Arc<SourceFile>> {
        self.source.read().clone()
    }

    /// Chooses a file for the input selector.
    pub fn set_source_file(&self, file: Option<SourceFile>) {
        *self.source.write() = file.map(Arc::new);
        self.source_version.fetch_add(1, Ordering::Release);
    }

    /// Counts changes of the source file. Real-time safe.
    #[must_use]
    pub fn source_version(&self) -> u64 {
        self.source_version.load(Ordering::Acquire)
    }

    /// The name of the preset loaded last; empty when none was.
    #[must_use]
    pub fn preset_name(&self) -> String {
        self.preset.lock().clone()
    }

    /// Remembers the preset's name.
    pub fn set_preset_name(&self, name: &str) {
        name.clone_into(&mut self.preset.lock());
    }

    fn restore_extra(&self, extra: &BTreeMap<String, Json>) {
        let bits = |name: &str| extra.get(name).map_or(0, latent_bits);
        self.muted.store(bits("muted"), Ordering::Relaxed);
        self.soloed.store(bits("soloed"), Ordering::Relaxed);
        let splits: [Option<[u8; KNOBS - 1]>; 2] =
            extra.get("splits").and_then(|json| serde_json::from_value(json.clone()).ok()).unwrap_or_default();
        for (which, starts) in splits.into_iter().enumerate() {
            self.set_user_split(which, starts.unwrap_or(DEFAULT_STARTS));
        }
    }

    fn restore_field(&self, name: &str, json: &str) {
        match name {
            "model" => self.model.restore_json(json),
            "editor" => {
                if let Ok([width, height]) = serde_json::from_str::<[u32; 2]>(json) {
                    self.set_editor_size(width, height);
                }
            }
            "source_file" => self.set_source_file(serde_json::from_str(json).unwrap_or_default()),
            "preset" => self.set_preset_name(&serde_json::from_str::<String>(json).unwrap_or_default()),
            _ => {
                self.unknown.lock().insert(name.to_owned(), json.to_owned());
            }
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

/// Latents are listed by their number, from 1.
fn latent_list(bits: u64) -> Json {
    (0..MAX_LATENTS).filter(|latent| (bits >> latent) & 1 == 1).map(|latent| latent + 1).collect::<Vec<_>>().into()
}

fn latent_bits(listed: &Json) -> u64 {
    let numbers = listed.as_array().into_iter().flatten().filter_map(Json::as_u64);
    numbers.filter(|number| (1..=MAX_LATENTS as u64).contains(number)).fold(0, |bits, number| bits | 1 << (number - 1))
}

impl snapshot::Session for Session {
    fn stored_model(&self) -> Option<Arc<StoredModel>> {
        self.model.stored()
    }

    fn extra(&self) -> BTreeMap<String, Json> {
        let mut extra = BTreeMap::new();
        let starts = [self.user_split(0), self.user_split(1)];
        if starts != [DEFAULT_STARTS; 2] {
            extra.insert("splits".to_owned(), json!(starts));
        }
        for (name, bits) in [("muted", &self.muted), ("soloed", &self.soloed)] {
            let bits = bits.load(Ordering::Relaxed);
            if bits != 0 {
                extra.insert(name.to_owned(), latent_list(bits));
            }
        }
        extra
    }

    fn restore(&self, model: Option<&Arc<StoredModel>>, extra: &BTreeMap<String, Json>) {
        self.restore_extra(extra);
        if let Some(model) = model {
            self.model.restore(model);
        }
    }
}

// SAFETY: there are no parameters here, hence no pointers.
unsafe impl Params for Session {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        Vec::new()
    }

    fn serialize_fields(&self) -> BTreeMap<String, String> {
        let mut fields = self.unknown.lock().clone();
        fields.extend(snapshot::Session::extra(self).into_iter().map(|(name, json)| (name, json.to_string())));
        fields.insert("model".to_owned(), self.model.to_json());
        let (width, height) = self.editor_size();
        fields.insert("editor".to_owned(), json!([width, height]).to_string());
        fields.insert("preset".to_owned(), Json::from(self.preset_name()).to_string());
        if let Some(file) = self.source_file()
            && let Ok(json) = serde_json::to_string(&*file)
        {
            fields.insert("source_file".to_owned(), json);
        }
        fields
    }

    fn deserialize_fields(&self, serialized: &BTreeMap<String, String>) {
        self.unknown.lock().clear();
        let is_extra = |name: &str| matches!(name, "splits" | "muted" | "soloed");
        let extra = serialized
            .iter()
            .filter(|(name, _)| is_extra(name))
            .filter_map(|(name, json)| Some((name.clone(), serde_json::from_str(json).ok()?)))
            .collect();
        self.restore_extra(&extra);
        if !serialized.contains_key("source_file") {
            self.set_source_file(None);
        }
        for (name, json) in serialized.iter().filter(|(name, _)| !is_extra(name)) {
            self.restore_field(name, json);
        }
        if !serialized.contains_key("preset") {
            self.set_preset_name("");
        }
        if !serialized.contains_key("model") {
            self.model.restore_default();
        }
    }
}
