//! A sound file of the user's, as a session holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::RwLock;
use serde::Deserialize as _;
use serde_json::Value as Json;

use super::SourceFile;

/// See the module's documentation. What is not said to be real-time safe may lock.
#[derive(Default)]
pub struct FileSlot {
    file: RwLock<Option<Arc<SourceFile>>>,
    is_filled: AtomicBool,
    version: AtomicU64,
}

impl FileSlot {
    /// The file.
    #[must_use]
    pub fn file(&self) -> Option<Arc<SourceFile>> {
        self.file.read().clone()
    }

    /// Whether there is one. Real-time safe.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.is_filled.load(Ordering::Acquire)
    }

    /// Counts changes. Real-time safe.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Holds another file, or none. The same again counts as a change, for what lies on the disk
    /// may be another sound.
    pub fn put(&self, file: Option<SourceFile>) {
        self.replace(&mut self.file.write(), file);
    }

    /// As [`FileSlot::put`], but the same file again is no change.
    pub fn put_other(&self, file: Option<SourceFile>) {
        let mut own = self.file.write();
        if own.as_deref() != file.as_ref() {
            self.replace(&mut own, file);
        }
    }

    fn replace(&self, own: &mut Option<Arc<SourceFile>>, file: Option<SourceFile>) {
        self.is_filled.store(file.is_some(), Ordering::Release);
        *own = file.map(Arc::new);
        self.version.fetch_add(1, Ordering::Release);
    }

    /// The file as it is saved.
    #[must_use]
    pub fn to_json(&self) -> Option<Json> {
        // A struct of strings always serialises.
        self.file().and_then(|file| serde_json::to_value(&*file).ok())
    }

    /// What [`FileSlot::to_json`] gave; `None` for anything else.
    #[must_use]
    pub fn from_json(json: Option<&Json>) -> Option<SourceFile> {
        SourceFile::deserialize(json?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_file_again_is_a_change_only_where_it_is_put() {
        let file = || {
            Some(SourceFile { name: "a.wav".to_owned(), path: "/a.wav".to_owned(), bytes: None })
        };
        let slot = FileSlot::default();
        assert_eq!((slot.is_filled(), slot.version(), slot.to_json()), (false, 0, None));
        slot.put_other(file());
        slot.put_other(file());
        assert_eq!((slot.is_filled(), slot.version()), (true, 1));
        slot.put(file());
        assert_eq!(slot.version(), 2);
        assert_eq!(serde_json::from_value::<SourceFile>(slot.to_json().unwrap()).ok(), file());
        slot.put_other(None);
        assert_eq!((slot.is_filled(), slot.version(), slot.file()), (false, 3, None));
    }
}
