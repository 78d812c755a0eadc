//! What every plugin of the suite keeps in a project beside its parameters: the model, the editor's
//! size, the preset's name, and whatever a newer version wrote.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use serde_json::{Value as Json, json};

use crate::library::Library;
use crate::model_slot::ModelSlot;

/// The editor's first size in logical pixels.
pub const DEFAULT_EDITOR: (u32, u32) = (900, 560);

/// The name of the preset that a fresh instance plays: the first of every plugin's factory presets.
pub const INIT: &str = "Init";

/// See the module's documentation. Not real-time safe but for [`ModelSlot::version`].
pub struct Project<M: 'static> {
    /// The model in use.
    pub model: ModelSlot<M>,
    editor: [AtomicU32; 2],
    /// None in a fresh instance, which plays the preset [`INIT`].
    preset: Mutex<Option<String>>,
    unknown: Mutex<BTreeMap<String, String>>,
}

impl<M: Send + Sync> Project<M> {
    /// A fresh instance's, with the default model of `library`.
    #[must_use]
    pub fn new(library: &'static Library<M>) -> Self {
        Self {
            model: ModelSlot::new(library),
            editor: [AtomicU32::new(DEFAULT_EDITOR.0), AtomicU32::new(DEFAULT_EDITOR.1)],
            preset: Mutex::new(None),
            unknown: Mutex::new(BTreeMap::new()),
        }
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

    /// The name of the preset loaded last: [`INIT`] in a fresh instance, empty in a project that
    /// knows of none.
    #[must_use]
    pub fn preset_name(&self) -> String {
        self.preset.lock().as_deref().unwrap_or(INIT).to_owned()
    }

    /// Remembers the preset's name.
    pub fn set_preset_name(&self, name: &str) {
        *self.preset.lock() = Some(name.to_owned());
    }

    /// The fields to save: these, what a newer version wrote, and `extra`.
    #[must_use]
    pub fn fields(&self, extra: BTreeMap<String, Json>) -> BTreeMap<String, String> {
        let mut fields = self.unknown.lock().clone();
        fields.extend(extra.into_iter().map(|(name, json)| (name, json.to_string())));
        fields.insert("model".to_owned(), self.model.to_json());
        let (width, height) = self.editor_size();
        fields.insert("editor".to_owned(), json!([width, height]).to_string());
        fields.insert("preset".to_owned(), Json::from(self.preset_name()).to_string());
        fields
    }

    /// Restores these fields and keeps those that nobody knows. What is missing takes its default,
    /// but for the editor's size.
    pub fn restore(&self, saved: &BTreeMap<String, String>, is_known: impl Fn(&str) -> bool) {
        self.unknown.lock().clear();
        for (name, json) in saved {
            match name.as_str() {
                "model" => self.model.restore_json(json),
                "editor" => {
                    if let Ok([width, height]) = serde_json::from_str::<[u32; 2]>(json) {
                        self.set_editor_size(width, height);
                    }
                }
                "preset" => {
                    self.set_preset_name(&serde_json::from_str::<String>(json).unwrap_or_default())
                }
                _ if is_known(name) => {}
                _ => {
                    self.unknown.lock().insert(name.clone(), json.clone());
                }
            }
        }
        if !saved.contains_key("preset") {
            self.set_preset_name("");
        }
        if !saved.contains_key("model") {
            self.model.restore_default();
        }
    }
}
