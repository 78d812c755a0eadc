//! What a project keeps beside the parameters: the profile, the impulse response, the input file,
//! the folder of profiles, the editor's size.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use nfx_core::models::effect::ProfileModel;
use nfx_frame::project::Project;
use nfx_frame::snapshot;
pub use nfx_frame::source::SourceFile;
use nfx_frame::source::{FileSlot, SOURCE_FIELD};
use parking_lot::RwLock;
use serde_json::Value as Json;

use crate::models::LIBRARY;
use crate::params::Mapping;
use crate::params::knobs::Names;

/// The name under which a project holds the folder of profiles.
const FOLDER: &str = "folder";

/// Called when a change of the impulse response or of the repair is to come to the audio thread.
type Listener = Box<dyn Fn() + Send + Sync>;

/// See the module's documentation. What is atomic may be read on the audio thread; the rest may
/// not.
pub struct Session {
    project: Project<ProfileModel>,
    names: Names,
    /// The user's file for the input selector.
    pub source: FileSlot,
    /// The impulse response. A change comes to the audio thread with [`snapshot::Session::follow`].
    pub impulse: FileSlot,
    listener: RwLock<Option<Listener>>,
    folder: RwLock<Option<PathBuf>>,
    /// Whether delay and polarity of the profile are to be repaired.
    align: AtomicBool,
    /// What brings this one of A and B to the loudness of the other, in dB; nothing that a project
    /// keeps.
    trim_db: AtomicU32,
}

impl std::ops::Deref for Session {
    type Target = Project<ProfileModel>;

    fn deref(&self) -> &Self::Target {
        &self.project
    }
}

impl Session {
    /// A fresh instance's.
    #[must_use]
    pub fn new() -> Self {
        Self {
            project: Project::new(&LIBRARY),
            names: Names::default(),
            source: FileSlot::default(),
            impulse: FileSlot::default(),
            listener: RwLock::new(None),
            folder: RwLock::new(None),
            align: AtomicBool::new(false),
            trim_db: AtomicU32::new(0),
        }
    }

    /// Where the texts of the knobs come from.
    #[must_use]
    pub fn knob_names(&self) -> &Names {
        &self.names
    }

    /// Takes the knobs of the profile in use for the texts of *Knob 1* to *Knob 8*. Called after
    /// each change of the profile.
    pub fn name_knobs(&self) {
        let model = self.model.model();
        let knobs = model.filter(|model| !Mapping::of(model).is_compressor());
        *self.names.write() = knobs.map(|model| model.info().knobs.clone()).unwrap_or_default();
    }

    /// Calls `listener` when a change of the impulse response or of the repair is to come to the
    /// audio thread, on the thread that asks for it.
    pub fn listen(&self, listener: impl Fn() + Send + Sync + 'static) {
        *self.listener.write() = Some(Box::new(listener));
    }

    /// The folder of profiles that the browser shows; the user's own unless one was chosen.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        self.folder.read().clone()
    }

    /// Chooses the folder of profiles.
    pub fn set_folder(&self, folder: Option<PathBuf>) {
        *self.folder.write() = folder;
    }

    /// Whether delay and polarity of the profile are repaired.
    #[must_use]
    pub fn aligns(&self) -> bool {
        self.align.load(Ordering::Relaxed)
    }

    /// Asks for the repair, or ends it. Comes to the audio thread with
    /// [`snapshot::Session::follow`].
    pub fn set_aligns(&self, on: bool) {
        self.align.store(on, Ordering::Relaxed);
    }

    /// What brings this one of A and B to the loudness of the other, in dB. Real-time safe.
    #[must_use]
    pub fn match_trim_db(&self) -> f32 {
        f32::from_bits(self.trim_db.load(Ordering::Relaxed))
    }

    /// Sets it.
    pub fn set_match_trim_db(&self, db: f32) {
        let db = if db.is_finite() { db.clamp(-60.0, 60.0) } else { 0.0 };
        self.trim_db.store(db.to_bits(), Ordering::Relaxed);
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl snapshot::Session for Session {
    type Model = ProfileModel;
    const EXTRA: &'static [&'static str] = &["impulse", "align"];
    const FIELDS: &'static [&'static str] = &[SOURCE_FIELD, FOLDER];

    fn field(&self, name: &str) -> Option<Json> {
        match name {
            FOLDER => self.folder().map(|folder| Json::from(folder.to_string_lossy().into_owned())),
            _ => self.source.to_json(),
        }
    }

    fn restore_field(&self, name: &str, value: Option<Json>) {
        match name {
            FOLDER => self.set_folder(value.as_ref().and_then(Json::as_str).map(PathBuf::from)),
            _ => self.source.put(FileSlot::from_json(value.as_ref())),
        }
    }

    fn project(&self) -> &Project<ProfileModel> {
        &self.project
    }

    fn extra(&self) -> BTreeMap<String, Json> {
        let mut extra = BTreeMap::new();
        extra.extend(self.impulse.to_json().map(|json| ("impulse".to_owned(), json)));
        if self.aligns() {
            extra.insert("align".to_owned(), Json::from(true));
        }
        extra
    }

    fn follow(&self) {
        if let Some(listener) = &*self.listener.read() {
            listener();
        }
    }

    fn restore_extra(&self, extra: &BTreeMap<String, Json>) {
        self.set_aligns(extra.get("align").and_then(Json::as_bool).unwrap_or(false));
        self.impulse.put_other(FileSlot::from_json(extra.get("impulse")));
    }
}
