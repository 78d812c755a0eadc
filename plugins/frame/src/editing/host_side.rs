//! What hosts do with an instance: load a preset, and hear of changes that are no parameters.

use std::sync::Arc;

use super::Editing;
use crate::Sentence;
use crate::hosted::{self, HostSide};
use crate::presets::{Preset, PresetId};
use crate::snapshot::Session;
use crate::table::Direct;

impl<S: Session + 'static> HostSide for Editing<S> {
    fn load_preset(&self, preset: hosted::Preset<'_>) -> Result<(), Sentence> {
        let id = match preset {
            hosted::Preset::Factory(name) => self.presets.find_factory(name).ok_or_else(|| {
                format!("There is no factory preset named \u{201c}{name}\u{201d}.")
            })?,
            hosted::Preset::File(path) => PresetId::User(path.to_owned()),
        };
        let preset = self.presets.load(&id)?;
        self.settle(true);
        let Preset { name, snapshot, .. } = preset;
        self.apply_preset(Some(id), &name, &snapshot, &Direct, |model, extra| {
            self.session.restore(model, extra)
        });
        // The parameters are set and the model is there: nothing has to rest first.
        self.settle(true);
        // The host asked for it: the counter has nothing to say.
        self.tell_listener();
        Ok(())
    }

    fn when_changed(&self, listener: Arc<dyn Fn() + Send + Sync>) {
        *self.listener.lock() = Some(listener);
    }
}
