//! What a plugin says of itself to the code that stands between it and its hosts, beyond what the
//! framework asks.

use std::path::Path;
use std::sync::Arc;

use nice_plug::prelude::Plugin;

use crate::Sentence;
use crate::editing::Kind;

/// A plugin as it is exported.
pub trait Hosted: Plugin {
    /// What tells it from its siblings; none for a plugin without presets.
    const KIND: Option<Kind> = None;

    /// What hosts may do with this instance beside its sound and its parameters.
    fn host_side(&self) -> Option<Arc<dyn HostSide>> {
        None
    }
}

/// Where a preset is that a host wants to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset<'a> {
    /// In the plugin, by its name.
    Factory(&'a str),
    /// A file.
    File(&'a Path),
}

/// What hosts may do with an instance beside its sound and its parameters. Not real-time safe.
pub trait HostSide: Send + Sync {
    /// Loads a preset as one undo step, on the host's main thread. Its model is built there and
    /// then, as a project's is: a bounce may follow. Parameters are set without a word to the host,
    /// which reads them anew.
    ///
    /// # Errors
    /// A sentence; everything is as it was.
    fn load_preset(&self, preset: Preset<'_>) -> Result<(), Sentence>;

    /// Has `listener` called whenever something changes that a project holds and that is no
    /// parameter: on the thread that changes it, which is never the audio thread.
    fn when_changed(&self, listener: Arc<dyn Fn() + Send + Sync>);
}
