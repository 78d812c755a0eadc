//! Choosing profiles, impulse responses, and the repair of a profile's delay and polarity.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use nfx_core::engine::profiler::Alignment;
use nfx_frame::snapshot;
use nfx_frame::table::Sink;
use nfx_frame::worker::Slot;
use nice_plug::prelude::Param;

use super::EditorModel;
use crate::browse::Listed;
use crate::impulse;
use crate::params::Mapping;

/// Reading an impulse response.
const IMPULSE: Slot = Slot::quick("impulse response");

/// The files of profiles.
#[derive(Default)]
pub(super) struct Opened {
    /// The one that was wished for last.
    wished: Option<PathBuf>,
    /// The hash of the profile that was opened last, and its file.
    playing: Option<(String, PathBuf)>,
}

impl EditorModel {
    /// The folder of profiles that is shown: the one that was chosen, else the user's own.
    #[must_use]
    pub fn profile_folder(&self) -> Option<PathBuf> {
        self.session().folder().or_else(|| self.model_folder())
    }

    /// Reads the folder of profiles again.
    pub fn refresh_profiles(&self) {
        if let Some(folder) = self.profile_folder() {
            self.browser.read(self.worker(), &folder);
        }
    }

    /// Chooses another folder of profiles.
    pub fn choose_profile_folder(&self, folder: Option<PathBuf>) {
        self.session().set_folder(folder);
        self.mark_unsaved();
        self.refresh_profiles();
    }

    /// Reads and plays a profile on the worker's thread; a later [`EditorModel::tick`] puts its
    /// knobs to rest.
    pub fn load_profile(self: &Arc<Self>, path: &Path) {
        let (this, own) = (self.clone(), path.to_owned());
        self.opened.lock().wished = Some(path.to_owned());
        self.load_model_then(path, move || {
            let hash = this.session().model.stored().map(|stored| stored.hash.clone());
            this.opened.lock().playing = hash.map(|hash| (hash, own));
            this.rest_knobs.store(true, Ordering::Relaxed);
            this.changed("Profile");
        });
    }

    /// The place of the profile in use among those listed: by its path where it was opened from
    /// one, else by its name.
    #[must_use]
    pub fn profile_at(&self, profiles: &[Listed]) -> Option<usize> {
        let stored = self.session().model.stored()?;
        stored.bytes.as_ref()?;
        let opened = self.opened.lock();
        let path =
            opened.playing.as_ref().filter(|(hash, _)| *hash == stored.hash).map(|(_, path)| path);
        let at = path.and_then(|path| profiles.iter().position(|profile| profile.path == *path));
        at.or_else(|| profiles.iter().position(|profile| profile.name == stored.name))
    }

    /// Plays the profile `step` places further among those listed, round their end.
    pub fn step_profile(self: &Arc<Self>, step: isize) {
        let profiles = self.browser.found().profiles;
        let Some(count) = isize::try_from(profiles.len()).ok().filter(|count| *count > 0) else {
            return;
        };
        // Two quick steps are two places: the second goes from where the first has not come to yet.
        let wished = self.opened.lock().wished.clone().filter(|_| self.is_loading());
        let wished =
            wished.and_then(|path| profiles.iter().position(|profile| profile.path == path));
        let place = match wished
            .or_else(|| self.profile_at(&profiles))
            .and_then(|at| isize::try_from(at).ok())
        {
            Some(at) => (at + step).rem_euclid(count),
            None if step < 0 => count - 1,
            None => 0,
        };
        if let Some(profile) = usize::try_from(place).ok().and_then(|place| profiles.get(place)) {
            self.load_profile(&profile.path.clone());
        }
    }

    pub(super) fn rest_knobs(&self, sink: &impl Sink) {
        let Some(model) = self.model() else { return };
        let mapping = Mapping::of(&model);
        if mapping.is_compressor() {
            return;
        }
        for (param, info) in self.params.knobs.iter().zip(&model.info().knobs) {
            sink.set(param.as_ptr(), 0.5 + 0.5 * info.normalised(info.default));
        }
    }

    // The impulse response.

    /// Reads an impulse response on the worker's thread.
    pub fn load_impulse(self: &Arc<Self>, path: &Path) {
        let (this, path) = (self.clone(), path.to_owned());
        self.worker().post(IMPULSE, move |_| {
            if let Some((file, notes)) = this.report(impulse::read_impulse_with_notes(&path)) {
                notes.into_iter().for_each(|note| this.say(note));
                this.session().impulse.put_other(Some(file));
                snapshot::Session::follow(this.session());
                this.changed("Impulse response");
            }
        });
    }

    /// Takes the impulse response out.
    pub fn clear_impulse(&self) {
        self.session().impulse.put_other(None);
        self.follow();
        self.changed("Impulse response");
    }

    // The repair.

    /// What is repaired of the profile that plays.
    #[must_use]
    pub fn alignment(&self) -> Alignment {
        self.handoff.alignment()
    }

    /// Asks for the repair of delay and polarity, or ends it.
    pub fn set_aligns(&self, on: bool) {
        self.session().set_aligns(on);
        self.follow();
        self.changed("Repair");
    }
}
