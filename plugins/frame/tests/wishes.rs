//! An editor posts its wishes and waits for nothing: models are built on another thread, and the
//! latest wish wins.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ThreadId;
use std::time::Duration;

use nfx_core::file::ModelError;
use nfx_frame::editing::{Editing, Kind};
use nfx_frame::library::{Embedded, Library};
use nfx_frame::model_slot::StoredModel;
use nfx_frame::presets::{FORMAT, Preset, PresetId};
use nfx_frame::project::Project;
use nfx_frame::snapshot::{Session, Snapshot};
use nfx_frame::table::Direct;
use parking_lot::Mutex;
use serde_json::Value as Json;

/// A model that is its bytes.
struct Model(Vec<u8>);

static EMBEDDED: [Embedded; 2] = [
    Embedded { name: "First", hash: "first", earlier: &[], bytes: b"first" },
    Embedded { name: "Second", hash: "second", earlier: &[], bytes: b"second" },
];

/// Where models were built.
static BUILT_BY: Mutex<Vec<(Vec<u8>, ThreadId)>> = Mutex::new(Vec::new());
/// While this is set, whoever builds "slow" waits.
static HOLD: AtomicBool = AtomicBool::new(false);
static HELD: AtomicUsize = AtomicUsize::new(0);

fn build(bytes: &[u8]) -> Result<Arc<Model>, ModelError> {
    BUILT_BY.lock().push((bytes.to_vec(), std::thread::current().id()));
    if bytes.starts_with(b"slow") {
        HELD.fetch_add(1, Ordering::SeqCst);
        while HOLD.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        HELD.fetch_sub(1, Ordering::SeqCst);
    }
    Ok(Arc::new(Model(bytes.to_vec())))
}

static LIBRARY: Library<Model> = Library::new(&EMBEDDED, build, "Nothing is heard");

struct Own {
    project: Project<Model>,
    followed_by: Mutex<Vec<ThreadId>>,
}

impl Session for Own {
    type Model = Model;

    fn project(&self) -> &Project<Model> {
        &self.project
    }

    fn extra(&self) -> BTreeMap<String, Json> {
        BTreeMap::new()
    }

    fn restore_extra(&self, _extra: &BTreeMap<String, Json>) {}

    fn follow(&self) {
        self.followed_by.lock().push(std::thread::current().id());
    }
}

nfx_frame::parameters! {
    /// No parameters.
    pub struct Nothing {}
}

fn factory() -> Vec<Preset> {
    let preset = |name: &str, stored: StoredModel| Preset {
        format: FORMAT,
        plugin: "test".to_owned(),
        name: name.to_owned(),
        category: String::new(),
        tags: Vec::new(),
        description: String::new(),
        shines: String::new(),
        snapshot: Snapshot { model: Some(Arc::new(stored)), ..Snapshot::default() },
    };
    vec![
        preset("Init", StoredModel::embedded(&EMBEDDED[0])),
        preset("Other", StoredModel::embedded(&EMBEDDED[1])),
        preset("Slow", StoredModel::user("Slow", b"slow preset")),
    ]
}

fn editing() -> (Arc<Editing<Own>>, Arc<Own>) {
    let session = Arc::new(Own { project: Project::new(&LIBRARY), followed_by: Mutex::default() });
    let kind = Kind { plugin: "test", folder: "test", factory, bring_up: |_| () };
    (Editing::new(Arc::new(Nothing::default()), session.clone(), kind), session)
}

fn playing(editing: &Editing<Own>) -> Vec<u8> {
    editing.model().map(|model| model.0.clone()).unwrap_or_default()
}

/// The tests hold builders up, which all of them share.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn presets_undo_and_a_b_build_on_another_thread() {
    let _alone = ALONE.lock();
    let (editing, session) = editing();
    let own = std::thread::current().id();
    assert_eq!(
        playing(&editing),
        b"first",
        "a fresh instance's default may be built by whoever asks first"
    );
    BUILT_BY.lock().clear();
    editing.load_preset(&PresetId::Factory(2), &Direct);
    editing.worker().wait();
    assert_eq!(playing(&editing), b"slow preset");
    editing.load_preset(&PresetId::Factory(1), &Direct);
    // What is saved, shown and compared is the wish, at once.
    assert_eq!(
        (editing.model_name().as_str(), session.stored_model().unwrap().hash.as_str()),
        ("Second", "second")
    );
    editing.worker().wait();
    assert_eq!(playing(&editing), b"second");
    editing.undo(&Direct);
    editing.worker().wait();
    assert_eq!(playing(&editing), b"slow preset");
    editing.swap_ab(&Direct);
    editing.worker().wait();
    assert_eq!(playing(&editing), b"first");
    editing.choose_embedded("second");
    editing.worker().wait();
    assert_eq!(playing(&editing), b"second");
    assert!(BUILT_BY.lock().iter().all(|(_, thread)| *thread != own), "{:?}", BUILT_BY.lock());
    assert!(session.followed_by.lock().iter().all(|thread| *thread != own));
    assert!(!editing.is_loading());
}

#[test]
fn the_editor_goes_on_while_a_model_is_built_and_the_old_one_plays() {
    let _alone = ALONE.lock();
    let (editing, session) = editing();
    assert_eq!(playing(&editing), b"first");
    HOLD.store(true, Ordering::SeqCst);
    // Other bytes than in any other test: nobody else holds the model.
    let stored = Arc::new(StoredModel::user("Slow", b"slow and held"));
    let wish = session.project.model.want(&stored).expect("something to build");
    let theirs = session.clone();
    let builder = std::thread::spawn(move || theirs.project.model.fulfil(wish));
    while HELD.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(
        (playing(&editing).as_slice(), editing.model_name().as_str()),
        (&b"first"[..], "Slow")
    );
    assert!(editing.is_loading() && editing.model_problem().is_none());
    // The same wish again is under way already; another one wins over it, though it is fulfilled
    // first.
    assert!(session.project.model.want(&stored).is_none());
    session.project.model.choose_embedded("second").unwrap();
    assert_eq!(playing(&editing), b"second");
    HOLD.store(false, Ordering::SeqCst);
    builder.join().unwrap();
    assert_eq!(
        (playing(&editing).as_slice(), editing.model_name().as_str()),
        (&b"second"[..], "Second")
    );
    assert!(!editing.is_loading());
}

#[test]
fn a_restored_project_does_not_wait_for_the_one_who_builds_its_model() {
    let _alone = ALONE.lock();
    let (editing, session) = editing();
    let slot = &session.project.model;
    assert_eq!(playing(&editing), b"first");
    let stored = Arc::new(StoredModel::user("Wished", b"wished for, not built"));
    let wish = slot.want(&stored).expect("something to build");
    assert_eq!(playing(&editing), b"first");
    // The host's own copy of the same model.
    slot.restore(&Arc::new((*stored).clone()));
    assert_eq!(playing(&editing), b"wished for, not built");
    slot.fulfil(wish);
    assert_eq!(playing(&editing), b"wished for, not built");
    assert!(!editing.is_loading() && editing.model_problem().is_none());
}

#[test]
fn a_slow_file_that_was_chosen_first_does_not_win_over_a_later_choice() {
    let _alone = ALONE.lock();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (slow, quick) =
        (file("slow.safetensors", b"slow file"), file("quick.safetensors", b"quick file"));
    let (editing, session) = editing();
    let played = Arc::new(Mutex::new(Vec::new()));
    let note = |name: &'static str| {
        let played = played.clone();
        move || played.lock().push(name)
    };
    HOLD.store(true, Ordering::SeqCst);
    editing.load_model_then(&slow, note("slow"));
    while HELD.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    editing.load_model_then(&slow, note("slow again"));
    editing.load_model_then(&quick, note("quick"));
    assert!(editing.is_loading());
    HOLD.store(false, Ordering::SeqCst);
    editing.worker().wait();
    assert_eq!(
        (playing(&editing).as_slice(), played.lock().as_slice()),
        (&b"quick file"[..], &["quick"][..])
    );
    // On threads that pass each other, too: the second wish is fulfilled before the first.
    let slot = &session.project.model;
    let (first, second) = (slot.want_file(), slot.want_file());
    assert!(slot.read_file(&second, &quick).unwrap());
    assert!(!slot.read_file(&first, &slow).unwrap());
    assert_eq!(playing(&editing), b"quick file");
    // A project that the host loads meanwhile wins as well.
    let wish = slot.want_file();
    slot.restore(&Arc::new(StoredModel::embedded(&EMBEDDED[1])));
    assert!(!slot.read_file(&wish, &slow).unwrap());
    assert_eq!(playing(&editing), b"second");
    drop((first, second, wish));
    assert!(slot.read_file(&slot.want_file(), &folder.path().join("nowhere")).is_err());
    assert!(editing.model_problem().unwrap().contains("stays") && !editing.is_loading());
}

#[test]
fn nothing_is_left_of_an_instance_that_goes_while_it_loads() {
    let _alone = ALONE.lock();
    let (editing, session) = editing();
    HOLD.store(true, Ordering::SeqCst);
    let stored = Arc::new(StoredModel::user("Slow", b"slow at the end"));
    let begun = session.clone();
    editing.worker().post(nfx_frame::worker::Slot::quick("test"), move |_| {
        begun.project.model.restore(&stored)
    });
    editing.load_preset(&PresetId::Factory(1), &Direct);
    while HELD.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            HOLD.store(false, Ordering::SeqCst);
        });
        editing.worker().end();
    });
    drop(editing);
    assert_eq!(Arc::strong_count(&session), 1, "a thread still holds the instance");
}
