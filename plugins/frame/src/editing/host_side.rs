//! What hosts do with an instance: load a preset, and hear of changes that are no parameters.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Editing;
use crate::hosted::{HostSide, Preset};
use crate::presets::PresetId;
use crate::snapshot::Session;
use crate::table::Direct;

impl<S: Session + 'static> HostSide for Editing<S> {
    fn load_preset(&self, preset: Preset<'_>) -> Result<(), String> {
        let id = match preset {
            Preset::Factory(name) => self.presets.find_factory(name).ok_or_else(|| {
                format!("There is no factory preset named \u{201c}{name}\u{201d}.")
            })?,
            Preset::File(path) => PresetId::User(path.to_owned()),
        };
        let preset = self.presets.load(&id)?;
        self.settle(true);
        self.apply_preset(&preset.name, &preset.snapshot, &Direct, |model, extra| {
            self.session.restore(model, extra)
        });
        // The parameters are set and the model is there: nothing has to rest first.
        self.settle(true);
        if self.listener.lock().is_some() {
            // The host has been told; the counter is for those that have no listener.
            self.unsaved.store(false, Ordering::Relaxed);
        }
        self.steps.lock().preset = Some((id, preset.name));
        Ok(())
    }

    fn when_changed(&self, listener: Arc<dyn Fn() + Send + Sync>) {
        *self.listener.lock() = Some(listener);
    }
}
