//! Presets: the browser's lines, loading, saving.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::Editing;
use crate::Sentence;
use crate::model_slot::StoredModel;
use crate::params::Kept;
use crate::presets::{FORMAT, Listed, Preset, PresetId, PresetStore};
use crate::snapshot::{Session, Snapshot};
use crate::table::Sink;

/// What a preset says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// Words to group by.
    pub tags: Vec<String>,
    /// What it does to a sound.
    pub description: String,
    /// On what it does that best.
    pub shines: String,
}

impl Label {
    /// A name and nothing else.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

impl<S: Session + 'static> Editing<S> {
    /// The lines of the browser that match `search`.
    #[must_use]
    pub fn preset_list(&self, search: &str) -> Vec<Listed> {
        self.presets.list(search)
    }

    /// Reads the user's folder again.
    pub fn refresh_presets(&self) {
        self.presets.refresh();
    }

    /// The folder of the user's presets.
    #[must_use]
    pub fn preset_folder(&self) -> Option<&Path> {
        self.presets.folder()
    }

    /// The preset loaded last, and its name. A project that was just opened has the name alone; if
    /// the browser lists one of that name, that is taken for the one.
    #[must_use]
    pub fn current_preset(&self) -> (Option<PresetId>, String) {
        let name = self.session.project().preset_name();
        let known = self.steps.lock().preset.clone().filter(|(_, known)| *known == name);
        let id = match known {
            Some((id, _)) => Some(id),
            None if name.is_empty() => None,
            None => self.presets.find(&name),
        };
        (id, name)
    }

    /// Whether anything was changed since the preset was loaded.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        let steps = self.steps.lock();
        let Some(pristine) = &steps.pristine else { return false };
        if steps
            .preset
            .as_ref()
            .is_none_or(|(_, name)| *name != self.session.project().preset_name())
        {
            // The host has loaded a project since.
            return false;
        }
        let now = self.table.capture(Kept::Preset);
        let same_params = now.iter().all(|(id, value)| pristine.params.get(id) == Some(value));
        let same_model = match (&pristine.model, self.session.stored_model()) {
            (Some(old), Some(new)) => old.is_same(&new),
            (old, new) => old.is_none() && new.is_none(),
        };
        let same_extra = {
            let mut before = pristine.extra.clone();
            before.retain(|name, _| !self.session.is_the_rooms(name));
            before == self.session.preset_extra()
        };
        steps.waiting.is_none() && !(same_params && same_model && same_extra)
    }

    /// Loads a preset; parameters that it does not name take their defaults.
    pub fn load_preset(&self, id: &PresetId, sink: &impl Sink) {
        self.settle(true);
        if let Some(preset) = self.report(self.presets.load(id)) {
            let Preset { name, snapshot, .. } = preset;
            self.apply_preset(Some(id.clone()), &name, &snapshot, sink, |model, extra| {
                self.restore_rest(model, extra)
            });
            self.mark_unsaved();
        }
    }

    /// Applies a preset of this place (none for a setting that is nowhere) and name; `restore` puts
    /// its model and the rest back.
    pub(super) fn apply_preset(
        &self,
        id: Option<PresetId>,
        name: &str,
        snapshot: &Snapshot,
        sink: &impl Sink,
        restore: impl FnOnce(Option<&Arc<StoredModel>>, &BTreeMap<String, serde_json::Value>),
    ) {
        self.table.apply(&snapshot.params, Kept::Preset, sink);
        let mut extra = self.session.extra();
        extra.retain(|name, _| self.session.is_the_rooms(name));
        let own = snapshot.extra.iter().filter(|(name, _)| !self.session.is_the_rooms(name));
        extra.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        restore(snapshot.model.as_ref(), &extra);
        self.session.set_preset_name(name);
        let mut steps = self.steps.lock();
        steps.preset = id.map(|id| (id, name.to_owned()));
        steps.pristine = None;
        // The empty name marks the step after which the setting counts as the preset's own.
        steps.waiting = Some((String::new(), Instant::now()));
    }

    /// Plays a setting of no preset under a name: parameters that it does not name take their
    /// defaults.
    pub fn apply_setting(&self, name: &str, snapshot: Snapshot, sink: &impl Sink) {
        self.settle(true);
        self.apply_preset(None, name, &snapshot, sink, |model, extra| {
            self.restore_rest(model, extra)
        });
        self.mark_unsaved();
    }

    /// Loads the preset `step` places further in the whole list, round its end.
    pub fn step_preset(&self, step: isize, sink: &impl Sink) {
        let (current, _) = self.current_preset();
        if let Some(id) = self.presets.neighbour(current.as_ref(), step) {
            self.load_preset(&id, sink);
        }
    }

    /// Saves the setting as the user's preset `label.name`. Returns whether that was done; a notice
    /// says why not.
    pub fn save_preset(&self, label: Label, replace: bool) -> bool {
        if label.name.trim().is_empty() {
            self.say("A preset needs a name. Nothing was written.".to_owned());
            return false;
        }
        let preset = self.as_preset(label);
        let Some(id) = self.report(self.presets.save(&preset, replace)) else { return false };
        self.session.set_preset_name(&preset.name);
        let pristine = self.snapshot();
        let mut steps = self.steps.lock();
        (steps.preset, steps.pristine) = (Some((id, preset.name)), Some(pristine));
        true
    }

    /// The setting as it is now, as a preset with this label.
    fn as_preset(&self, label: Label) -> Preset {
        Preset {
            format: FORMAT,
            plugin: self.kind.plugin.to_owned(),
            name: label.name.trim().to_owned(),
            category: "User".to_owned(),
            tags: label.tags,
            description: label.description.trim().to_owned(),
            shines: label.shines.trim().to_owned(),
            snapshot: Snapshot {
                params: self.table.capture(Kept::Preset),
                model: self.session.stored_model(),
                extra: self.session.preset_extra(),
            },
        }
    }

    /// Writes the setting as one preset file to `path`.
    ///
    /// # Errors
    /// A sentence; a file that was there is as it was.
    pub fn export_preset(&self, label: Label, path: &Path) -> Result<(), Sentence> {
        PresetStore::export(&self.as_preset(label), path)
    }

    /// Takes a preset file among the user's presets and returns the name that it has there. It is
    /// not loaded.
    ///
    /// # Errors
    /// A sentence; nothing was written.
    pub fn import_preset(&self, path: &Path) -> Result<String, Sentence> {
        self.presets.import(path).map(|(_, name)| name)
    }

    /// Gives a preset the user's star, or takes it.
    pub fn star_preset(&self, id: &PresetId, name: &str, starred: bool) {
        self.report(self.presets.star(id, name, starred));
    }

    /// Deletes a user's preset.
    pub fn delete_preset(&self, id: &PresetId) {
        if self.report(self.presets.delete(id)).is_some() {
            let mut steps = self.steps.lock();
            if steps.preset.as_ref().is_some_and(|(known, _)| known == id) {
                steps.preset = None;
            }
        }
    }

    /// Gives a user's preset another name and other tags.
    pub fn rename_preset(&self, id: &PresetId, name: &str, tags: &[String]) {
        if name.trim().is_empty() {
            self.say("A preset needs a name. It keeps the one that it has.".to_owned());
            return;
        }
        if let Some(renamed) = self.report(self.presets.rename(id, name, tags)) {
            let mut steps = self.steps.lock();
            if steps.preset.as_ref().is_some_and(|(known, _)| known == id) {
                steps.preset = Some((renamed, name.trim().to_owned()));
                self.session.set_preset_name(name.trim());
            }
        }
    }
}
