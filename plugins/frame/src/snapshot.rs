//! The whole setting of an instance as one value: for presets, undo and A/B.
//!
//! A snapshot is applied through the host's parameter setter and the model slot, never through the
//! framework's `set_state` (which restores on the audio thread).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model_slot::StoredModel;
use crate::project::Project;

/// A parameter's value as a person would write it: a plain number, on or off, or a choice by its
/// name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Of a switch.
    Switch(bool),
    /// Of a continuous or counted parameter, in its own unit.
    Number(f32),
    /// Of a choice.
    Choice(String),
}

/// See the module's documentation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Values by parameter id. What is absent keeps its value, or takes its default when a preset
    /// is applied.
    pub params: BTreeMap<String, Value>,
    /// The model; absent leaves the one in use.
    #[serde(default, with = "shared_model", skip_serializing_if = "Option::is_none")]
    pub model: Option<Arc<StoredModel>>,
    /// What else belongs to the sound, by name; small.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, serde_json::Value>,
}

/// Serde's own support for `Arc` is a feature that would rebuild the whole workspace.
mod shared_model {
    use super::{Arc, StoredModel};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(
        model: &Option<Arc<StoredModel>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        model.as_deref().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<StoredModel>>, D::Error> {
        Ok(Option::<StoredModel>::deserialize(deserializer)?.map(Arc::new))
    }
}

/// What an instance holds beside its parameters.
pub trait Session: Send + Sync {
    /// What the instance plays.
    type Model: Send + Sync + 'static;
    /// Every name under which [`Session::extra`] may hold something.
    const EXTRA: &'static [&'static str] = &[];
    /// Every name under which [`Session::field`] may hold something.
    const FIELDS: &'static [&'static str] = &[];

    /// What every plugin keeps.
    fn project(&self) -> &Project<Self::Model>;
    /// What else belongs to the sound, by name.
    fn extra(&self) -> BTreeMap<String, serde_json::Value>;
    /// Puts that back. A name that `extra` lacks takes its default.
    fn restore_extra(&self, extra: &BTreeMap<String, serde_json::Value>);

    /// What a project alone holds under a name of [`Session::FIELDS`], for neither presets nor
    /// undo.
    fn field(&self, _name: &str) -> Option<serde_json::Value> {
        None
    }

    /// Puts that back, or its default where there is none.
    fn restore_field(&self, _name: &str, _value: Option<serde_json::Value>) {}

    /// What a project saves of it.
    fn save(&self) -> BTreeMap<String, String> {
        let mut extra = self.extra();
        extra.extend(
            Self::FIELDS.iter().filter_map(|name| Some(((*name).to_owned(), self.field(name)?))),
        );
        self.project().fields(extra)
    }

    /// Puts back what a project has saved, on the host's main thread: the model is built there and
    /// then. What is missing takes its default; fields of a newer version are kept and saved again.
    fn load(&self, saved: &BTreeMap<String, String>) {
        let read = |name: &str| saved.get(name).and_then(|json| serde_json::from_str(json).ok());
        let extra =
            Self::EXTRA.iter().filter_map(|name| Some(((*name).to_owned(), read(name)?))).collect();
        self.restore_extra(&extra);
        Self::FIELDS.iter().for_each(|name| self.restore_field(name, read(name)));
        self.project()
            .restore(saved, |name| Self::EXTRA.contains(&name) || Self::FIELDS.contains(&name));
        self.follow();
    }

    /// Whether what [`Session::extra`] has under a name belongs to the room and not to the sound:
    /// undo takes it back, presets leave it alone.
    fn is_the_rooms(&self, _name: &str) -> bool {
        false
    }

    /// What presets hold of [`Session::extra`].
    fn preset_extra(&self) -> BTreeMap<String, serde_json::Value> {
        let mut extra = self.extra();
        extra.retain(|name, _| !self.is_the_rooms(name));
        extra
    }

    /// Brings what [`Session::restore_extra`] has put back to the audio thread, where that takes
    /// building. Not for an editor's thread.
    fn follow(&self) {}

    /// The model, unless it is one that could not be read.
    fn stored_model(&self) -> Option<Arc<StoredModel>> {
        self.project().model.stored()
    }

    /// Puts model and the rest back; without a model the one in use stays. Builds what is to be
    /// built on the calling thread.
    fn restore(
        &self,
        model: Option<&Arc<StoredModel>>,
        extra: &BTreeMap<String, serde_json::Value>,
    ) {
        self.restore_extra(extra);
        if let Some(model) = model {
            self.project().model.restore(model);
        }
        self.follow();
    }

    /// Remembers the preset's name.
    fn set_preset_name(&self, name: &str) {
        self.project().set_preset_name(name);
    }
}
