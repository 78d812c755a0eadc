//! The bridge from a widget's edits to a parameter of the plugin framework.

use nice_plug::prelude::{Param, ParamSetter};

use super::edit::Edit;

/// A parameter of any type, seen through normalised values.
pub trait AnyParam {
    /// The name.
    fn label(&self) -> &str;
    /// The value without the host's modulation, 0..1.
    fn normal(&self) -> f32;
    /// The value with the host's modulation, 0..1.
    fn modulated(&self) -> f32;
    /// The default value, 0..1.
    fn neutral(&self) -> f32;
    /// The text of a normalised value, with its unit.
    fn text_at(&self, normal: f32) -> String;
    /// The normalised value of a text, if it can be read.
    fn parse(&self, text: &str) -> Option<f32>;
    /// Tells the host that a gesture begins.
    fn begin(&self, setter: &ParamSetter<'_>);
    /// Sets a normalised value, snapped to the parameter's steps.
    fn set(&self, setter: &ParamSetter<'_>, normal: f32);
    /// Tells the host that the gesture is over.
    fn end(&self, setter: &ParamSetter<'_>);

    /// The text of the value now.
    fn text(&self) -> String {
        self.text_at(self.normal())
    }

    /// Carries out a widget's edits. A typed text that cannot be read changes nothing and is returned for a message.
    fn apply(&self, setter: &ParamSetter<'_>, edits: &[Edit]) -> Option<String> {
        let mut unread = None;
        for edit in edits {
            match edit {
                Edit::Begin => self.begin(setter),
                Edit::Set(normal) => self.set(setter, *normal),
                Edit::End => self.end(setter),
                Edit::Text(text) => match self.parse(text) {
                    Some(normal) => self.jump(setter, normal),
                    None => unread = Some(text.clone()),
                },
            }
        }
        unread
    }

    /// One whole gesture to a normalised value.
    fn jump(&self, setter: &ParamSetter<'_>, normal: f32) {
        self.begin(setter);
        self.set(setter, normal.clamp(0.0, 1.0));
        self.end(setter);
    }
}

impl<P: Param> AnyParam for P {
    fn label(&self) -> &str {
        self.name()
    }

    fn normal(&self) -> f32 {
        self.unmodulated_normalized_value()
    }

    fn modulated(&self) -> f32 {
        self.modulated_normalized_value()
    }

    fn neutral(&self) -> f32 {
        self.default_normalized_value()
    }

    fn text_at(&self, normal: f32) -> String {
        self.normalized_value_to_string(normal, true)
    }

    fn parse(&self, text: &str) -> Option<f32> {
        self.string_to_normalized_value(text).filter(|normal| normal.is_finite())
    }

    fn begin(&self, setter: &ParamSetter<'_>) {
        setter.begin_set_parameter(self);
    }

    fn set(&self, setter: &ParamSetter<'_>, normal: f32) {
        setter.set_parameter(self, self.preview_plain(normal));
    }

    fn end(&self, setter: &ParamSetter<'_>) {
        setter.end_set_parameter(self);
    }
}
