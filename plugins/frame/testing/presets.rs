//! For the plugins' tests: what holds for every plugin's factory presets.

#![allow(dead_code)] // each plugin's test uses a part

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nfx_frame::Sentence;
use nfx_frame::editing::Editing;
use nfx_frame::params::Kept;
use nfx_frame::presets::Preset;
use nfx_frame::presets::tags::{TAGS, WILD};
use nfx_frame::project::INIT;
use nfx_frame::snapshot::{Session, Snapshot, Value};
use nfx_frame::table::{Direct, ParamTable, Sink};
use nice_plug::plugin::PluginState;

/// One data folder for all tests of a file, set before anything reads it.
pub fn data_folder() {
    static FOLDER: std::sync::OnceLock<tempfile::TempDir> = std::sync::OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        // SAFETY: `get_or_init` lets one thread in, and all that read the variable come after it.
        unsafe { std::env::set_var(nfx_frame::files::DATA_FOLDER_VARIABLE, folder.path()) };
        folder
    });
}

/// Waits, for a minute at most.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} took too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Sets a parameter as a preset does.
pub fn set<S: Session + 'static>(editing: &Editing<S>, id: &str, value: Value) {
    let entry = editing.table().entry(id).unwrap();
    Direct.set(entry.ptr(), entry.normalized_of(&value).unwrap());
}

/// The presets are at least so many, well named and described, of embedded models, of values that
/// the parameters in `table` can have, and each is its own.
pub fn are_sound(
    presets: &[Preset],
    least: usize,
    table: &ParamTable,
    is_embedded: impl Fn(&str) -> bool,
) {
    assert!(presets.len() >= least, "{}", presets.len());
    let names: BTreeSet<_> = presets.iter().map(|preset| preset.name.clone()).collect();
    assert_eq!(names.len(), presets.len());
    let wild = presets.iter().filter(|preset| preset.tags.iter().any(|tag| tag == WILD)).count();
    assert!(
        wild * 10 <= presets.len(),
        "{wild} of {} presets are wild, and one in ten may be",
        presets.len()
    );
    for (i, preset) in presets.iter().enumerate() {
        let name = &preset.name;
        assert!(preset.description.ends_with('.') && !preset.category.is_empty(), "{name}");
        let has_tags =
            !preset.tags.is_empty() && preset.tags.iter().all(|tag| TAGS.contains(&tag.as_str()));
        assert!(has_tags, "{name}: {:?}", preset.tags);
        assert!(preset.shines.ends_with('.') || name == INIT, "{name}: on what does it shine?");
        let model = preset.snapshot.model.as_ref().unwrap();
        assert!(is_embedded(&model.hash), "{name} names a model that is not embedded");
        for (id, value) in &preset.snapshot.params {
            let entry = table.entry(id).unwrap_or_else(|| panic!("{name}: no parameter {id}"));
            assert_eq!(entry.kept, Kept::Preset, "{name}: {id} does not belong in a preset");
            let normalized = entry
                .normalized_of(value)
                .unwrap_or_else(|| panic!("{name}: {id} cannot be {value:?}"));
            if let Value::Number(number) = value {
                let found = entry.plain_of(normalized);
                assert!(
                    (found - number).abs() < 1e-3 * number.abs().max(1.0),
                    "{name}: {id} is out of range"
                );
            }
        }
        for other in &presets[..i] {
            assert_ne!(preset.snapshot, other.snapshot, "{name} equals {}", other.name);
        }
    }
}

/// The state in a `.vstpreset` file.
pub fn state_in(file: &[u8]) -> PluginState {
    let number = |at: usize| {
        usize::try_from(i64::from_le_bytes(file[at..at + 8].try_into().unwrap())).unwrap()
    };
    let list = number(40);
    let (offset, size) = (number(list + 12), number(list + 20));
    serde_json::from_slice(&file[offset..offset + size]).unwrap()
}

/// A setting is that of a preset.
pub fn is_that_of(now: &Snapshot, preset: &Preset) {
    for (id, value) in &preset.snapshot.params {
        match (value, &now.params[id]) {
            (Value::Number(wanted), Value::Number(found)) => {
                assert!(
                    (wanted - found).abs() < 1e-3 * wanted.abs().max(1.0),
                    "{} {id}: {found}",
                    preset.name
                );
            }
            (wanted, found) => assert_eq!(wanted, found, "{} {id}", preset.name),
        }
    }
    assert_eq!(now.extra, preset.snapshot.extra, "{}", preset.name);
    assert!(
        now.model.as_ref().unwrap().is_same(preset.snapshot.model.as_ref().unwrap()),
        "{}",
        preset.name
    );
}

/// As many files are written into a folder as there are presets.
pub fn are_written(count: usize, write: impl FnOnce(&Path) -> Result<Vec<PathBuf>, Sentence>) {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path()).unwrap();
    assert_eq!(paths.len(), count);
    assert!(paths.iter().all(|path| path.is_file()));
}

/// The tests of what holds for the factory presets of every plugin. `$instance` makes an instance's
/// editor side; the parameter `$id` at `$value` differs from the first preset.
#[macro_export]
macro_rules! check_presets {
    ($plugin:ident, $instance:expr, edit: $id:literal to $value:expr) => {
        #[test]
        fn a_vst_preset_holds_the_state_that_the_plugin_would_save() {
            for preset in $plugin::factory::all().unwrap() {
                let model = $instance;
                let file = $plugin::factory::vst_preset(&preset).unwrap();
                $plugin::standalone::restore(&model.params, checks::state_in(&file));
                assert_eq!(model.session().preset_name(), preset.name);
                checks::is_that_of(&model.snapshot(), &preset);
            }
        }

        #[test]
        fn vst_presets_are_written_into_a_folder() {
            let count = $plugin::factory::all().unwrap().len();
            checks::are_written(count, $plugin::factory::write_vst_presets);
        }

        #[test]
        fn a_fresh_instance_plays_init_and_says_so() {
            use nfx_frame::project::INIT;
            let (model, init) = ($instance, nfx_frame::presets::PresetId::Factory(0));
            assert_eq!($plugin::factory::all().unwrap()[0].name, INIT);
            assert_eq!(model.current_preset(), (Some(init.clone()), INIT.to_owned()));
            assert!(!model.is_edited());
            let fresh = model.snapshot();
            checks::set(&model, $id, nfx_frame::snapshot::Value::Number($value));
            assert!(model.is_edited(), "a change is seen");
            model.load_preset(&init, &nfx_frame::table::Direct);
            assert_eq!(model.snapshot(), fresh, "Init is what a fresh instance plays");
        }
    };
}
