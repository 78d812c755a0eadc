//! The model an instance plays, and how a project keeps it.
//!
//! Of an embedded model the project holds the hash; of a user's own model the whole file, so that
//! the project sounds the same on a machine that lacks the file. What cannot be played is kept as
//! it came and saved again unchanged: a newer version, or the machine that has the model, finds
//! everything in its place. Until then a sentence says why.
//!
//! Loading builds the model on the calling thread, which is never the audio thread. Where the
//! calling thread may not wait (an editor's), a wish comes first ([`ModelSlot::want`],
//! [`ModelSlot::want_file`]) and is fulfilled on another thread; the latest wish wins, in whatever
//! order they are fulfilled. Whoever plays the model registers a listener that is told after each
//! change.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use crate::Sentence;
use crate::library::{Embedded, Library};

/// A model as a project or preset keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredModel {
    /// Lower-case hex SHA-256 of the model file.
    pub hash: String,
    /// The name to show when the model is missing.
    pub name: String,
    /// The model file in base64; absent for an embedded model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
    /// What a newer version wrote and this one does not know.
    #[serde(flatten)]
    pub other: BTreeMap<String, serde_json::Value>,
}

impl StoredModel {
    /// The reference to an embedded model.
    #[must_use]
    pub fn embedded(entry: &Embedded) -> Self {
        Self {
            hash: entry.hash.to_owned(),
            name: entry.name.to_owned(),
            bytes: None,
            other: BTreeMap::new(),
        }
    }

    /// A user's model file, whole.
    #[must_use]
    pub fn user(name: &str, bytes: &[u8]) -> Self {
        Self {
            hash: nfx_core::file::file_hash(bytes),
            name: name.to_owned(),
            bytes: Some(BASE64.encode(bytes)),
            other: BTreeMap::new(),
        }
    }

    /// Whether two stand for the same file.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

/// What a project holds in the model's place.
#[derive(Clone, Debug)]
enum Kept {
    Model(Arc<StoredModel>),
    /// Not understood; saved again as it came.
    Unread(Arc<str>),
}

struct Content<M> {
    kept: Kept,
    /// Of a wish that is not fulfilled yet, the one before.
    model: Option<Arc<M>>,
    problem: Option<String>,
    /// What is kept is still to be built.
    is_wish: bool,
}

impl<M> Content<M> {
    fn new(kept: Kept, model: Option<Arc<M>>, problem: Option<String>) -> Self {
        Self { kept, model, problem, is_wish: false }
    }
}

/// A stored model that is kept already, and still to be built.
pub struct Wish {
    stored: Arc<StoredModel>,
    _loading: Loading,
}

/// A model file that is to be read.
pub struct FileWish {
    number: u64,
    _loading: Loading,
}

/// As long as it lives, somebody loads.
struct Loading(Arc<AtomicUsize>);

impl Loading {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

type Listener = Box<dyn Fn() + Send + Sync>;

/// See the module's documentation. All methods but [`ModelSlot::version`] may lock and allocate.
pub struct ModelSlot<M: 'static> {
    library: &'static Library<M>,
    content: Mutex<Option<Content<M>>>,
    listener: RwLock<Option<Listener>>,
    version: AtomicU64,
    /// Counts wishes for another model.
    wishes: AtomicU64,
    loading: Arc<AtomicUsize>,
}

impl<M: Send + Sync> ModelSlot<M> {
    /// A slot with the library's default model, which is decoded at its first use.
    #[must_use]
    pub fn new(library: &'static Library<M>) -> Self {
        Self {
            library,
            content: Mutex::new(None),
            listener: RwLock::new(None),
            version: AtomicU64::new(0),
            wishes: AtomicU64::new(0),
            loading: Arc::default(),
        }
    }

    /// The library the slot takes its embedded models from.
    #[must_use]
    pub fn library(&self) -> &'static Library<M> {
        self.library
    }

    /// Calls `listener` after each change, on the thread that made it.
    pub fn listen(&self, listener: impl Fn() + Send + Sync + 'static) {
        *self.listener.write() = Some(Box::new(listener));
    }

    /// Counts changes. Real-time safe.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// The playable model; `None` when it is missing or damaged. Decodes the default at its first
    /// use.
    #[must_use]
    pub fn model(&self) -> Option<Arc<M>> {
        let mut content = self.content.lock();
        self.filled(&mut content).model.clone()
    }

    /// Why nothing plays, or why the last file was refused, as a sentence for the user.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.content.lock().as_ref().and_then(|content| content.problem.clone())
    }

    /// Takes the sentence about a refused file away. One that says why nothing plays stays.
    pub fn dismiss_problem(&self) {
        if let Some(content) = &mut *self.content.lock()
            && content.model.is_some()
        {
            content.problem = None;
        }
    }

    /// The name of the model in the slot, playable or not.
    #[must_use]
    pub fn name(&self) -> String {
        match self.stored() {
            Some(stored) => stored.name.clone(),
            None => "Unreadable model".to_owned(),
        }
    }

    /// What a preset or an undo step keeps; `None` when the project's entry could not be read.
    #[must_use]
    pub fn stored(&self) -> Option<Arc<StoredModel>> {
        match &*self.content.lock() {
            None => self.default_entry().map(|entry| Arc::new(StoredModel::embedded(entry))),
            Some(Content { kept: Kept::Model(stored), .. }) => Some(stored.clone()),
            Some(Content { kept: Kept::Unread(_), .. }) => None,
        }
    }

    /// Whether a file is being read and built at the moment.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.loading.load(Ordering::Relaxed) > 0
    }

    /// Plays the embedded model with this hash.
    ///
    /// # Errors
    /// A sentence; the slot is as it was.
    pub fn choose_embedded(&self, hash: &str) -> Result<(), Sentence> {
        let entry = self.library.find(hash).ok_or_else(|| {
            format!(
                "No embedded model has the hash {}. The model in use is unchanged.",
                short(hash)
            )
        })?;
        let model = self.library.embedded_model(entry)?;
        self.put(Content::new(
            Kept::Model(Arc::new(StoredModel::embedded(entry))),
            Some(model),
            None,
        ));
        Ok(())
    }

    /// Reads and plays a model file. Reading and building take a moment: call it from a thread that
    /// may wait.
    ///
    /// # Errors
    /// A sentence, which [`ModelSlot::problem`] shows too; the model in use stays.
    pub fn load_file(&self, path: &Path) -> Result<(), Sentence> {
        let wish = self.want_file();
        self.read_file(&wish, path).map(|_| ())
    }

    /// Begins a wish for a model file. Does not wait.
    #[must_use]
    pub fn want_file(&self) -> FileWish {
        FileWish {
            number: self.wishes.fetch_add(1, Ordering::AcqRel) + 1,
            _loading: Loading::new(&self.loading),
        }
    }

    /// Fulfils a wish for a model file: reads it, and plays it unless something else was wished for
    /// meanwhile. Says whether it plays.
    ///
    /// # Errors
    /// As [`ModelSlot::load_file`].
    pub fn read_file(&self, wish: &FileWish, path: &Path) -> Result<bool, Sentence> {
        let is_wanted = || self.wishes.load(Ordering::Acquire) == wish.number;
        if !is_wanted() {
            return Ok(false);
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let read = std::fs::read(path)
            .map_err(|error| {
                Sentence::from(format!(
                    "The model file {} could not be read ({error}).",
                    path.display()
                ))
            })
            .and_then(|bytes| self.content_of(&name, &bytes));
        match read {
            _ if !is_wanted() => Ok(false),
            Ok(content) => Ok(self.put_for(content, Some(wish.number))),
            Err(why) => self.refuse(why).map(|()| false),
        }
    }

    /// Plays a model file that is in memory, under `name`.
    ///
    /// # Errors
    /// As [`ModelSlot::load_file`].
    pub fn load_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), Sentence> {
        match self.content_of(name, bytes) {
            Ok(content) => {
                self.put(content);
                Ok(())
            }
            Err(why) => self.refuse(why),
        }
    }

    fn content_of(&self, name: &str, bytes: &[u8]) -> Result<Content<M>, Sentence> {
        let stored = StoredModel::user(name, bytes);
        let refused = |error: Sentence| format!("\u{201c}{name}\u{201d} cannot be played: {error}");
        let (stored, model) = match self.library.find(&stored.hash) {
            Some(entry) => {
                (StoredModel::embedded(entry), self.library.embedded_model(entry).map_err(refused)?)
            }
            None => {
                let model = self.library.user_model(&stored.hash, bytes).map_err(refused)?;
                (stored, model)
            }
        };
        Ok(Content::new(Kept::Model(Arc::new(stored)), Some(model), None))
    }

    /// Notes why a file was refused.
    fn refuse(&self, why: Sentence) -> Result<(), Sentence> {
        let sentence = format!("{why} The model in use stays.");
        self.filled(&mut self.content.lock()).problem = Some(sentence.clone());
        Err(sentence.into())
    }

    /// Puts a model from a project, a preset or an undo step into the slot. Does nothing when it is
    /// there already. What cannot be played is kept, and a sentence says so.
    pub fn restore(&self, stored: &Arc<StoredModel>) {
        // Whoever else builds this model may take long; a project's sound must not start without.
        if let Some(wish) = self.wish(stored, false) {
            self.fulfil(wish);
        }
    }

    /// As [`ModelSlot::restore`], but for the building: that is left to [`ModelSlot::fulfil`], and
    /// until then what played before goes on. None when there is nothing to build. Does not wait
    /// for anybody who builds.
    #[must_use]
    pub fn want(&self, stored: &Arc<StoredModel>) -> Option<Wish> {
        self.wish(stored, true)
    }

    /// Keeps what is to be built. None when it is there, or when somebody builds it and that is
    /// `enough`.
    fn wish(&self, stored: &Arc<StoredModel>, enough: bool) -> Option<Wish> {
        let mut content = self.content.lock();
        // Whatever else was wished for is not any more.
        self.wishes.fetch_add(1, Ordering::AcqRel);
        let mut before = None;
        if let Some(Content { kept, model, is_wish, .. }) = &mut *content {
            let is_there = matches!(kept, Kept::Model(there) if there.is_same(stored));
            if is_there && if *is_wish { enough } else { model.is_some() } {
                return None;
            }
            before = model.take();
        }
        *content = Some(Content {
            kept: Kept::Model(stored.clone()),
            model: before,
            problem: None,
            is_wish: true,
        });
        Some(Wish { stored: stored.clone(), _loading: Loading::new(&self.loading) })
    }

    /// Builds what [`ModelSlot::want`] has kept, and plays it unless the slot holds something else
    /// by now.
    pub fn fulfil(&self, wish: Wish) {
        let is_wanted = |content: &Option<Content<M>>| matches!(content, Some(Content { kept: Kept::Model(kept), is_wish: true, .. }) if Arc::ptr_eq(kept, &wish.stored));
        if !is_wanted(&self.content.lock()) {
            return;
        }
        let (model, problem) = match self.build(&wish.stored) {
            Ok(model) => (Some(model), None),
            Err(sentence) => (None, Some(sentence.into())),
        };
        let mut content = self.content.lock();
        if is_wanted(&content) {
            *content = Some(Content::new(Kept::Model(wish.stored.clone()), model, problem));
            drop(content);
            self.tell();
        }
    }

    /// Back to the default model.
    pub fn restore_default(&self) {
        if let Some(entry) = self.default_entry() {
            self.restore(&Arc::new(StoredModel::embedded(entry)));
        }
    }

    /// Takes the entry of a saved project, whatever it holds.
    pub fn restore_json(&self, json: &str) {
        match serde_json::from_str::<StoredModel>(json) {
            Ok(stored) => self.restore(&Arc::new(stored)),
            Err(error) => {
                let problem = format!(
                    "The project's entry for the model could not be read ({error}). {} until you choose a model; the project keeps its entry.",
                    self.library.without()
                );
                self.put(Content::new(Kept::Unread(Arc::from(json)), None, Some(problem)));
            }
        }
    }

    /// The entry to save in a project. Saving twice gives the same text.
    #[must_use]
    pub fn to_json(&self) -> String {
        if let Some(Content { kept: Kept::Unread(json), .. }) = &*self.content.lock() {
            return json.to_string();
        }
        // A struct of strings always serialises; an empty entry means the default.
        self.stored()
            .and_then(|stored| serde_json::to_string(&*stored).ok())
            .unwrap_or_else(|| "null".to_owned())
    }

    /// Builds a model from what a preset or an undo step keeps, beside the one in use.
    ///
    /// # Errors
    /// A sentence.
    pub fn build(&self, stored: &StoredModel) -> Result<Arc<M>, Sentence> {
        let dry = format!(
            "{} until you choose a model; the project keeps its entry.",
            self.library.without()
        );
        if let Some(entry) = self.library.find(&stored.hash) {
            return self
                .library
                .embedded_model(entry)
                .map_err(|error| format!("{error} {dry}").into());
        }
        let Some(encoded) = &stored.bytes else {
            return Err(format!(
                "The project uses the model \u{201c}{}\u{201d} ({}), which this version does not contain and the project does not carry. {dry}",
                stored.name,
                short(&stored.hash)
            ).into());
        };
        let damaged = |what: &str| {
            Sentence::from(format!(
                "The model \u{201c}{}\u{201d} in the project is damaged: {what} {dry}",
                stored.name
            ))
        };
        let bytes = BASE64
            .decode(encoded)
            .map_err(|error| damaged(&format!("its bytes are not base64 ({error}).")))?;
        let found = nfx_core::file::file_hash(&bytes);
        if found != stored.hash {
            return Err(damaged(&format!(
                "its hash should be {} and is {}.",
                short(&stored.hash),
                short(&found)
            )));
        }
        self.library.user_model(&stored.hash, &bytes).map_err(|error| damaged(&error))
    }

    fn default_entry(&self) -> Option<&'static Embedded> {
        self.library.embedded().first()
    }

    fn filled<'a>(&self, content: &'a mut Option<Content<M>>) -> &'a mut Content<M> {
        content.get_or_insert_with(|| match self.default_entry() {
            Some(entry) => {
                let built = self.library.embedded_model(entry);
                let problem = built.as_ref().err().map(|error| error.to_string());
                Content::new(
                    Kept::Model(Arc::new(StoredModel::embedded(entry))),
                    built.ok(),
                    problem,
                )
            }
            None => {
                let problem = Some("This plugin contains no model.".to_owned());
                Content::new(Kept::Unread(Arc::from("null")), None, problem)
            }
        })
    }

    fn put(&self, content: Content<M>) {
        self.put_for(content, None);
    }

    /// Puts what was wished for into the slot, unless something else was wished for meanwhile. Says
    /// whether it did.
    fn put_for(&self, content: Content<M>, wish: Option<u64>) -> bool {
        {
            let mut own = self.content.lock();
            if wish.is_some_and(|wish| self.wishes.load(Ordering::Acquire) != wish) {
                return false;
            }
            *own = Some(content);
            self.wishes.fetch_add(1, Ordering::AcqRel);
        }
        self.tell();
        true
    }

    fn tell(&self) {
        self.version.fetch_add(1, Ordering::Release);
        if let Some(listener) = &*self.listener.read() {
            listener();
        }
    }
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
