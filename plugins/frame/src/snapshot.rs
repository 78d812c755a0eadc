//! The whole setting of an instance as one value: for presets, undo and A/B.
//!
//! A snapshot is applied through the host's parameter setter and the model slot, never through the framework's `set_state`
//! (which restores on the audio thread).

use std::collections::BTreeMap;
use std::sync::Arc;

use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::params::internals::ParamPtr;
use nice_plug::params::{ParamFlags, Params};
use nice_plug::plugin::ParamValue;
use serde::{Deserialize, Serialize};

use crate::model_slot::StoredModel;
use crate::project::Project;

/// A parameter's value as a person would write it: a plain number, on or off, or a choice by its name.
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
    /// Values by parameter id. What is absent keeps its value, or takes its default when a preset is applied.
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

    pub fn serialize<S: Serializer>(model: &Option<Arc<StoredModel>>, serializer: S) -> Result<S::Ok, S::Error> {
        model.as_deref().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<StoredModel>>, D::Error> {
        Ok(Option::<StoredModel>::deserialize(deserializer)?.map(Arc::new))
    }
}

/// What an instance holds beside its parameters.
pub trait Session: Send + Sync {
    /// What the instance plays.
    type Model: Send + Sync + 'static;
    /// What every plugin keeps.
    fn project(&self) -> &Project<Self::Model>;
    /// What else belongs to the sound, by name.
    fn extra(&self) -> BTreeMap<String, serde_json::Value>;
    /// Puts that back. A name that `extra` lacks takes its default.
    fn restore_extra(&self, extra: &BTreeMap<String, serde_json::Value>);

    /// Whether what [`Session::extra`] has under a name belongs to the room and not to the sound: undo takes it back, presets leave
    /// it alone.
    fn is_the_rooms(&self, _name: &str) -> bool {
        false
    }

    /// What presets hold of [`Session::extra`].
    fn preset_extra(&self) -> BTreeMap<String, serde_json::Value> {
        let mut extra = self.extra();
        extra.retain(|name, _| !self.is_the_rooms(name));
        extra
    }

    /// Brings what [`Session::restore_extra`] has put back to the audio thread, where that takes building. Not for an editor's thread.
    fn follow(&self) {}

    /// The model, unless it is one that could not be read.
    fn stored_model(&self) -> Option<Arc<StoredModel>> {
        self.project().model.stored()
    }

    /// Puts model and the rest back; without a model the one in use stays. Builds what is to be built on the calling thread.
    fn restore(&self, model: Option<&Arc<StoredModel>>, extra: &BTreeMap<String, serde_json::Value>) {
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

/// Where changes of parameters go: a host, by way of the framework.
pub trait Sink {
    /// Sets one parameter to a normalised value, as one gesture.
    fn set(&self, param: ParamPtr, normalized: f32);
}

impl Sink for GuiContext {
    fn set(&self, param: ParamPtr, normalized: f32) {
        // SAFETY: every `ParamPtr` in a `ParamTable` belongs to the parameters whose `Arc` the table holds.
        unsafe {
            self.raw_begin_set_parameter(param);
            self.raw_set_parameter_normalized(param, normalized);
            self.raw_end_set_parameter(param);
        }
    }
}

impl Sink for &dyn GuiContextInner {
    fn set(&self, param: ParamPtr, normalized: f32) {
        // SAFETY: as above.
        unsafe {
            self.raw_begin_set_parameter(param);
            self.raw_set_parameter_normalized(param, normalized);
            self.raw_end_set_parameter(param);
        }
    }
}

/// Sets parameters with no host between: for a standalone before it starts, and for tests.
pub struct Direct;

impl Sink for Direct {
    fn set(&self, param: ParamPtr, normalized: f32) {
        // SAFETY: as above; the values behind the pointers are atomics.
        unsafe { param._internal_set_normalized_value(normalized) };
    }
}

/// One parameter of a table. It cannot be copied out of the table, which keeps the parameters alive that it points to.
#[derive(Debug)]
pub struct Entry {
    /// Its id, frozen for ever.
    pub id: String,
    /// Its group, empty at the top.
    pub group: String,
    ptr: ParamPtr,
}

/// All parameters of an instance by id. Not real-time safe.
pub struct ParamTable {
    entries: Vec<Entry>,
    // Keeps what the pointers point to alive.
    _owner: Arc<dyn Params>,
}

impl ParamTable {
    /// The table of `params`.
    #[must_use]
    pub fn new(params: Arc<dyn Params>) -> Self {
        let entries = params.param_map().into_iter().map(|(id, ptr, group)| Entry { id, group, ptr }).collect();
        Self { entries, _owner: params }
    }

    /// The parameters in the host's order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// One parameter.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The values of all parameters for which `wanted` says yes to the id.
    #[must_use]
    pub fn capture(&self, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, Value> {
        self.entries.iter().filter(|entry| wanted(&entry.id)).map(|entry| (entry.id.clone(), entry.value())).collect()
    }

    /// Sets every wanted parameter to its value in `values`, or to its default where there is none, and leaves alone what has
    /// that value already. Values that cannot be read are skipped.
    pub fn apply(&self, values: &BTreeMap<String, Value>, wanted: impl Fn(&str) -> bool, sink: &impl Sink) {
        for entry in self.entries.iter().filter(|entry| wanted(&entry.id)) {
            let target = match values.get(&entry.id) {
                Some(value) => entry.normalized_of(value),
                None => Some(entry.default_normalized()),
            };
            if let Some(target) = target
                && target.to_bits() != entry.normalized().to_bits()
            {
                sink.set(entry.ptr, target);
            }
        }
    }
}

impl Entry {
    /// The pointer that the framework's calls take.
    #[must_use]
    pub fn ptr(&self) -> ParamPtr {
        self.ptr
    }

    /// The name that hosts show.
    #[must_use]
    pub fn name(&self) -> String {
        // SAFETY: the table that made this entry holds the parameters. (So in all methods below.)
        unsafe { self.ptr.name() }.to_owned()
    }

    /// The value in 0..1, without a host's modulation.
    #[must_use]
    pub fn normalized(&self) -> f32 {
        // SAFETY: see `name`.
        unsafe { self.ptr.unmodulated_normalized_value() }
    }

    /// The default in 0..1.
    #[must_use]
    pub fn default_normalized(&self) -> f32 {
        // SAFETY: see `name`.
        unsafe { self.ptr.default_normalized_value() }
    }

    /// A value's text, with its unit.
    #[must_use]
    pub fn text_of(&self, normalized: f32) -> String {
        // SAFETY: see `name`.
        unsafe { self.ptr.normalized_value_to_string(normalized, true) }
    }

    /// Reads a text into 0..1.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<f32> {
        // SAFETY: see `name`.
        unsafe { self.ptr.string_to_normalized_value(text) }
    }

    /// A normalised value in the parameter's own unit; of a switch 0 or 1, of a choice its index.
    #[must_use]
    pub fn plain_of(&self, normalized: f32) -> f32 {
        // SAFETY: see `name`.
        unsafe { self.ptr.preview_plain(normalized) }
    }

    /// Number of steps of a counted parameter, switch or choice.
    #[must_use]
    pub fn steps(&self) -> Option<usize> {
        // SAFETY: see `name`.
        unsafe { self.ptr.step_count() }
    }

    /// Hidden, bypass, and so on.
    #[must_use]
    pub fn flags(&self) -> ParamFlags {
        // SAFETY: see `name`.
        unsafe { self.ptr.flags() }
    }

    /// The value now.
    #[must_use]
    pub fn value(&self) -> Value {
        match self.ptr {
            ParamPtr::BoolParam(_) => Value::Switch(self.normalized() > 0.5),
            ParamPtr::EnumParam(_) => Value::Choice(self.text_of(self.normalized())),
            ParamPtr::FloatParam(_) | ParamPtr::IntParam(_) => {
                // SAFETY: see `name`.
                Value::Number(unsafe { self.ptr.unmodulated_plain_value() })
            }
        }
    }

    /// Where `value` lies in 0..1, limited to the range; `None` when it is of the wrong kind, no number or no known choice.
    #[must_use]
    pub fn normalized_of(&self, value: &Value) -> Option<f32> {
        match (self.ptr, value) {
            (ParamPtr::BoolParam(_), Value::Switch(on)) => Some(f32::from(u8::from(*on))),
            (ParamPtr::EnumParam(_), Value::Choice(name)) => self.read(name),
            (ParamPtr::FloatParam(_) | ParamPtr::IntParam(_), Value::Number(plain)) if plain.is_finite() => {
                // SAFETY: see `name`.
                Some(unsafe { self.ptr.preview_normalized(*plain) })
            }
            _ => None,
        }
    }

    /// The value as a saved state holds it.
    #[must_use]
    pub fn state_value(&self, normalized: f32) -> ParamValue {
        let plain = self.plain_of(normalized);
        match self.ptr {
            ParamPtr::FloatParam(_) => ParamValue::F32(plain),
            ParamPtr::BoolParam(_) => ParamValue::Bool(normalized > 0.5),
            #[allow(clippy::cast_possible_truncation)]
            ParamPtr::IntParam(_) | ParamPtr::EnumParam(_) => ParamValue::I32(plain as i32),
        }
    }
}
