//! All parameters of an instance by id, of whatever type, and ways to set them.

use std::collections::BTreeMap;
use std::sync::Arc;

use nice_plug::context::gui::GuiContext;
use nice_plug::params::ParamFlags;
use nice_plug::params::internals::ParamPtr;
use nice_plug::plugin::ParamValue;

use crate::params::{Facts, Kept, Parameters};
use crate::snapshot::Value;

/// Where changes of parameters go: a host, by way of the framework.
pub trait Sink {
    /// Sets one parameter to a normalised value, as one gesture.
    fn set(&self, param: ParamPtr, normalized: f32);
}

impl Sink for GuiContext {
    fn set(&self, param: ParamPtr, normalized: f32) {
        // SAFETY: every `ParamPtr` in a `ParamTable` belongs to the parameters whose `Arc` the
        // table holds.
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

/// One parameter of a table, with its facts. It cannot be copied out of the table, which keeps the
/// parameters alive that it points to.
#[derive(Debug)]
pub struct Entry {
    facts: Facts,
    ptr: ParamPtr,
}

impl std::ops::Deref for Entry {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.facts
    }
}

/// All parameters of an instance by id. Not real-time safe.
pub struct ParamTable {
    entries: Vec<Entry>,
    // Keeps what the pointers point to alive.
    _owner: Arc<dyn Parameters>,
}

impl ParamTable {
    /// The table of `params`.
    #[must_use]
    pub fn new(params: Arc<dyn Parameters>) -> Self {
        let mut entries = Vec::new();
        params.visit(&mut |facts, ptr| entries.push(Entry { facts: facts.clone(), ptr }));
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

    /// The values that something keeps.
    #[must_use]
    pub fn capture(&self, by: Kept) -> BTreeMap<String, Value> {
        self.kept(by).map(|entry| (entry.id.clone(), entry.value())).collect()
    }

    /// The parameters that something keeps.
    fn kept(&self, by: Kept) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.kept >= by)
    }

    /// Sets every parameter that something keeps to its value in `values`, or to its default where
    /// there is none, and leaves alone what has that value already. Values that cannot be read are
    /// skipped.
    pub fn apply(&self, values: &BTreeMap<String, Value>, by: Kept, sink: &impl Sink) {
        for entry in self.kept(by) {
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

    /// The value in 0..1, with a host's modulation.
    #[must_use]
    pub fn modulated(&self) -> f32 {
        // SAFETY: see `name`.
        unsafe { self.ptr.modulated_normalized_value() }
    }

    /// The default in 0..1.
    #[must_use]
    pub fn default_normalized(&self) -> f32 {
        // SAFETY: see `name`.
        unsafe { self.ptr.default_normalized_value() }
    }

    /// Whether it is one of a few named values.
    #[must_use]
    pub fn is_choice(&self) -> bool {
        matches!(self.ptr, ParamPtr::EnumParam(_))
    }

    /// Tells the host that a gesture begins.
    pub fn begin(&self, gui: &GuiContext) {
        // SAFETY: see `name`.
        unsafe { gui.raw_begin_set_parameter(self.ptr) };
    }

    /// Sets a normalised value within a gesture, limited to 0..1 and snapped to the parameter's
    /// steps.
    pub fn put(&self, gui: &GuiContext, normalized: f32) {
        // SAFETY: see `name`.
        unsafe {
            let snapped =
                self.ptr.preview_normalized(self.ptr.preview_plain(normalized.clamp(0.0, 1.0)));
            gui.raw_set_parameter_normalized(self.ptr, snapped);
        }
    }

    /// Tells the host that the gesture is over.
    pub fn end(&self, gui: &GuiContext) {
        // SAFETY: see `name`.
        unsafe { gui.raw_end_set_parameter(self.ptr) };
    }

    /// One whole gesture to a normalised value.
    pub fn jump(&self, gui: &GuiContext, normalized: f32) {
        self.begin(gui);
        self.put(gui, normalized);
        self.end(gui);
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

    /// The value of its step `step`, counted from 0, as 0..1.
    #[must_use]
    pub fn normalized_at(&self, step: usize) -> f32 {
        step as f32 / self.steps().unwrap_or(1).max(1) as f32
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

    /// Where `value` lies in 0..1, limited to the range; `None` when it is of the wrong kind, no
    /// number or no known choice.
    #[must_use]
    pub fn normalized_of(&self, value: &Value) -> Option<f32> {
        match (self.ptr, value) {
            (ParamPtr::BoolParam(_), Value::Switch(on)) => Some(f32::from(u8::from(*on))),
            (ParamPtr::EnumParam(_), Value::Choice(name)) => self.read(name),
            (ParamPtr::FloatParam(_) | ParamPtr::IntParam(_), Value::Number(plain))
                if plain.is_finite() =>
            {
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
