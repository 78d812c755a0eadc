//! The models a plugin can play: those embedded in it and those in the user's folder.
//!
//! Embedded models are untouched while a host scans; each is decoded once per process and shared by
//! all instances. A user's model that two instances hold is shared too, for as long as one of them
//! holds it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use nfx_core::file::ModelError;
use parking_lot::Mutex;

use crate::Sentence;
use crate::files;

/// A model file inside the plugin's binary. One that was once released stays: saved projects name
/// it by its hash.
pub struct Embedded {
    /// The name in the model picker.
    pub name: &'static str,
    /// Lower-case hex SHA-256 of `bytes`, worked out when the plugin was built.
    pub hash: &'static str,
    /// Hashes of files of earlier versions that it stands for: the same weights with less on the
    /// card.
    pub earlier: &'static [&'static str],
    /// The whole model file.
    pub bytes: &'static [u8],
}

/// How the bytes of a model file become what the engine plays.
pub type Build<M> = fn(&[u8]) -> Result<Arc<M>, ModelError>;

/// Which files may be models, and where the user keeps them.
#[derive(Clone, Copy, Debug)]
pub struct Files {
    /// Their extensions, without the dot.
    pub extensions: &'static [&'static str],
    /// Their folder below the data folder.
    pub folder: &'static str,
}

impl Files {
    /// Files that `nfx-train` wrote.
    pub const MODELS: Self = Self { extensions: &["safetensors"], folder: "models" };
}

/// All models of one kind of plugin. Lives in a `static`.
pub struct Library<M: 'static> {
    embedded: &'static [Embedded],
    build: Build<M>,
    files: Files,
    without: &'static str,
    decoded: Mutex<BTreeMap<&'static str, Arc<M>>>,
    users: Mutex<BTreeMap<String, Weak<M>>>,
}

/// A model file in the user's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserModel {
    /// The file's name without its extension.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

impl<M> Library<M> {
    /// A library of `embedded` models (the first is the default), built by `build`. `without` says
    /// what is heard while there is no model: the beginning of a sentence.
    #[must_use]
    pub const fn new(
        embedded: &'static [Embedded],
        build: Build<M>,
        without: &'static str,
    ) -> Self {
        Self::of_files(embedded, build, Files::MODELS, without)
    }

    /// The same for other files than those that `nfx-train` writes.
    #[must_use]
    pub const fn of_files(
        embedded: &'static [Embedded],
        build: Build<M>,
        files: Files,
        without: &'static str,
    ) -> Self {
        Self {
            embedded,
            build,
            files,
            without,
            decoded: Mutex::new(BTreeMap::new()),
            users: Mutex::new(BTreeMap::new()),
        }
    }

    /// Which files may be models.
    #[must_use]
    pub fn files(&self) -> Files {
        self.files
    }

    /// The embedded models, the default first.
    #[must_use]
    pub fn embedded(&self) -> &'static [Embedded] {
        self.embedded
    }

    /// What is heard while there is no model: the beginning of a sentence.
    #[must_use]
    pub fn without(&self) -> &'static str {
        self.without
    }

    /// The embedded model with this hash, or the one that stands for it.
    #[must_use]
    pub fn find(&self, hash: &str) -> Option<&'static Embedded> {
        self.embedded.iter().find(|model| model.hash == hash || model.earlier.contains(&hash))
    }

    /// Decodes an embedded model, or hands out the one that is decoded already. Not real-time safe.
    ///
    /// # Errors
    /// A sentence when the bytes in the binary are no playable model.
    pub fn embedded_model(&self, entry: &'static Embedded) -> Result<Arc<M>, Sentence> {
        let mut decoded = self.decoded.lock();
        if let Some(model) = decoded.get(entry.hash) {
            return Ok(model.clone());
        }
        let model = self.decode(entry.bytes)?;
        decoded.insert(entry.hash, model.clone());
        Ok(model)
    }

    /// Decodes a user's model file, or hands out the one that another instance holds. Not real-time
    /// safe.
    ///
    /// # Errors
    /// A sentence when the bytes are no playable model.
    pub fn user_model(&self, hash: &str, bytes: &[u8]) -> Result<Arc<M>, Sentence> {
        if let Some(model) = self.users.lock().get(hash).and_then(Weak::upgrade) {
            return Ok(model);
        }
        let model = self.decode(bytes)?;
        let mut users = self.users.lock();
        users.retain(|_, held| held.strong_count() > 0);
        users.insert(hash.to_owned(), Arc::downgrade(&model));
        Ok(model)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Arc<M>, Sentence> {
        (self.build)(bytes).map_err(|error| error.to_string().into())
    }

    /// The folder of the user's models, if there is a home folder. It need not exist.
    #[must_use]
    pub fn user_folder(&self) -> Option<PathBuf> {
        files::data_folder().map(|folder| folder.join(self.files.folder))
    }

    /// The model files in the user's folder, by name.
    #[must_use]
    pub fn user_models(&self) -> Vec<UserModel> {
        let Some(folder) = self.user_folder() else { return Vec::new() };
        let mut paths: Vec<PathBuf> = self
            .files
            .extensions
            .iter()
            .flat_map(|extension| files::files_with_extension(&folder, extension))
            .collect();
        paths.sort();
        paths
            .into_iter()
            .map(|path| UserModel {
                name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
                path,
            })
            .collect()
    }
}
