use super::*;
use crate::snapshot::Value;

fn preset(name: &str) -> Preset {
    let mut snapshot = Snapshot::default();
    snapshot.params.insert("a".to_owned(), Value::Number(2.5));
    snapshot.params.insert("freeze".to_owned(), Value::Switch(true));
    snapshot.params.insert("split".to_owned(), Value::Choice("Growing".to_owned()));
    Preset {
        format: FORMAT,
        plugin: "test".to_owned(),
        name: name.to_owned(),
        category: String::new(),
        tags: vec!["pad".to_owned()],
        description: "Bright".to_owned(),
        shines: String::new(),
        snapshot,
    }
}

fn store(folder: &Path) -> PresetStore {
    PresetStore::new(
        "test",
        || vec![preset("First"), preset("Second")],
        Some(folder.to_owned()),
        |_| (),
    )
}

#[test]
fn presets_are_saved_listed_renamed_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    assert_eq!(store.list("").len(), 2);
    let id = store.save(&preset("Mine 1.2"), false).unwrap();
    assert!(folder.path().join("Mine 1.2.json").is_file());
    assert_eq!(store.load(&id).unwrap(), preset("Mine 1.2"));
    assert!(store.save(&preset("Mine 1.2"), false).is_err());
    assert!(store.save(&preset("Mine 1.2"), true).is_ok());
    let id = store.rename(&id, "Other", &[]).unwrap();
    assert_eq!(store.list("oth bri").len(), 1);
    assert_eq!(store.list("").len(), 3);
    store.delete(&id).unwrap();
    assert_eq!(store.list("").len(), 2);
    assert!(store.delete(&PresetId::Factory(0)).is_err());
}

#[test]
fn next_and_previous_go_round() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let first = store.neighbour(None, 1).unwrap();
    assert_eq!(first, PresetId::Factory(0));
    assert_eq!(store.neighbour(Some(&first), -1), Some(PresetId::Factory(1)));
    assert_eq!(store.neighbour(Some(&PresetId::Factory(1)), 1), Some(first));
}

#[test]
fn foreign_and_newer_presets_are_refused_in_words() {
    let mut other = preset("x");
    other.plugin = "another".to_owned();
    assert!(
        Preset::from_json(other.to_json().unwrap().as_bytes(), "test")
            .unwrap_err()
            .contains("another")
    );
    let mut newer = preset("x");
    newer.format = 9;
    assert!(
        Preset::from_json(newer.to_json().unwrap().as_bytes(), "test")
            .unwrap_err()
            .contains("newer")
    );
    assert!(Preset::from_json(b"garbage", "test").is_err());
}

#[test]
fn a_file_of_before_tags_is_read_and_grouped_by_its_category() {
    let text = r#"{ "format": 1, "plugin": "test", "name": "Old", "category": "Pads", "description": "Was.", "params": {} }"#;
    let old = Preset::from_json(text.as_bytes(), "test").unwrap();
    assert!(old.tags.is_empty() && old.shines.is_empty());
    assert_eq!(tags::of(&old), ["pads"]);
    // What is written again has nothing in it that an earlier version does not know.
    let again = Preset { format: FORMAT, ..old }.to_json().unwrap();
    assert!(!again.contains("tags") && !again.contains("shines"), "{again}");
}

#[test]
fn a_star_is_kept_and_follows_its_preset() {
    let folder = tempfile::tempdir().unwrap();
    let own = {
        let store = store(folder.path());
        let own = store.save(&preset("Mine"), false).unwrap();
        store.star(&PresetId::Factory(1), "Second", true).unwrap();
        store.star(&own, "Mine", true).unwrap();
        own
    };
    let store = store(folder.path());
    let starred = || -> Vec<String> {
        store.list("").into_iter().filter(|line| line.favourite).map(|line| line.name).collect()
    };
    assert_eq!(starred(), ["Second", "Mine"]);
    let renamed = store.rename(&own, "Ours", &["bass".to_owned()]).unwrap();
    assert_eq!(starred(), ["Second", "Ours"]);
    assert_eq!(store.load(&renamed).unwrap().tags, ["bass"]);
    store.delete(&renamed).unwrap();
    store.save(&preset("Ours"), false).unwrap();
    assert_eq!(starred(), ["Second"], "a new preset of an old name has no star");
    store.star(&PresetId::Factory(1), "Second", false).unwrap();
    assert!(starred().is_empty());
    assert_eq!(store.list("").len(), 3, "the file of stars is not listed");
}

#[test]
fn one_file_goes_out_and_comes_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let file = folder.path().join("elsewhere/sent.json");
    PresetStore::export(&preset("First"), &file).unwrap();
    let (id, name) = store.import(&file).unwrap();
    assert_eq!(name, "First 2", "a name of the factory's is taken");
    assert_eq!(store.load(&id).unwrap(), Preset { name, ..preset("First") });
    assert_eq!(store.import(&file).unwrap().1, "First 3");
    std::fs::write(&file, b"garbage").unwrap();
    assert!(store.import(&file).is_err());
    assert!(
        store.import(&folder.path().join("nowhere.json")).unwrap_err().contains("nowhere.json")
    );
    assert_eq!(store.list("").len(), 4);
}

#[test]
fn a_rename_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let one = store.save(&preset("One"), false).unwrap();
    store.save(&Preset { description: "Kept".to_owned(), ..preset("Two") }, false).unwrap();
    assert!(store.rename(&one, "Two", &[]).unwrap_err().contains("exists"));
    assert!(store.load(&one).is_ok());
    assert_eq!(store.list("kept").len(), 1);
}
