//! Presets in the host's own browser: what is found there, what of it loads, and requests that make
//! no sense.

use super::block::still_plays;
use super::host::{Instance, entry, factory};
use crate::strict::{Case, expect};
use clap_sys::ext::preset_load::{CLAP_EXT_PRESET_LOAD, clap_plugin_preset_load};
use clap_sys::factory::preset_discovery::*;
use clap_sys::universal_plugin_id::clap_universal_plugin_id;
use clap_sys::version::CLAP_VERSION;
use std::ffi::{CStr, CString, c_char, c_void};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::SeqCst;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "presets-are-found",
        asks: "Where presets lie and what each says about itself: the plugin's own, a user's file, a file that is none.",
        run: are_found,
    },
    Case {
        name: "presets-load",
        asks: "Every preset that was found, loaded while inactive and while playing; then the project is marked as changed.",
        run: load,
    },
    Case {
        name: "presets-of-nonsense",
        asks: "Presets that are not there, files of another kind, null places and names.",
        run: nonsense,
    },
];

/// What a provider has said.
#[derive(Default)]
struct Said {
    filetypes: Vec<String>,
    /// Kind and path.
    locations: Vec<(u32, Option<String>)>,
    presets: Vec<Found>,
    errors: Vec<String>,
}

/// A preset that was described.
#[derive(Default)]
struct Found {
    name: String,
    key: Option<CString>,
    plugin: String,
    flags: u32,
    description: String,
    features: Vec<String>,
}

/// A text of the plugin's; empty for null.
///
/// # Safety
/// `text` is null or ends in a zero.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        String::new()
    } else {
        // SAFETY: the caller says so.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    }
}

unsafe extern "C" fn declare_filetype(
    indexer: *const clap_preset_discovery_indexer,
    filetype: *const clap_preset_discovery_filetype,
) -> bool {
    // SAFETY: the data is what `Provider::open` has put there; the rest is the plugin's.
    unsafe {
        (*(*indexer).indexer_data.cast::<Said>()).filetypes.push(text((*filetype).file_extension))
    };
    true
}

unsafe extern "C" fn declare_location(
    indexer: *const clap_preset_discovery_indexer,
    location: *const clap_preset_discovery_location,
) -> bool {
    // SAFETY: as above.
    unsafe {
        let path = (!(*location).location.is_null()).then(|| text((*location).location));
        (*(*indexer).indexer_data.cast::<Said>()).locations.push(((*location).kind, path));
    }
    true
}

type Receiver = clap_preset_discovery_metadata_receiver;

/// # Safety
/// The receiver is one of `Provider::read`.
unsafe fn said<'a>(receiver: *const Receiver) -> &'a mut Said {
    // SAFETY: the caller says so; nothing else holds what was said meanwhile.
    unsafe { &mut *(*receiver).receiver_data.cast::<Said>() }
}

unsafe extern "C" fn on_error(receiver: *const Receiver, _code: i32, message: *const c_char) {
    // SAFETY: the receiver is ours, the text the plugin's. So in all that follow.
    unsafe { said(receiver).errors.push(text(message)) };
}

unsafe extern "C" fn begin_preset(
    receiver: *const Receiver,
    name: *const c_char,
    key: *const c_char,
) -> bool {
    // SAFETY: as above.
    unsafe {
        let key = (!key.is_null()).then(|| CStr::from_ptr(key).to_owned());
        said(receiver).presets.push(Found { name: text(name), key, ..Found::default() });
    }
    true
}

/// Changes the preset that was begun last.
///
/// # Safety
/// As for [`said`].
unsafe fn last(receiver: *const Receiver, change: impl FnOnce(&mut Found)) {
    // SAFETY: the caller says so.
    if let Some(last) = unsafe { said(receiver) }.presets.last_mut() {
        change(last);
    }
}

unsafe extern "C" fn add_plugin_id(receiver: *const Receiver, id: *const clap_universal_plugin_id) {
    // SAFETY: as above.
    unsafe {
        last(receiver, |preset| preset.plugin = format!("{}:{}", text((*id).abi), text((*id).id)))
    };
}

unsafe extern "C" fn set_flags(receiver: *const Receiver, flags: u32) {
    // SAFETY: as above.
    unsafe { last(receiver, |preset| preset.flags = flags) };
}

unsafe extern "C" fn set_description(receiver: *const Receiver, description: *const c_char) {
    // SAFETY: as above.
    unsafe { last(receiver, |preset| preset.description = text(description)) };
}

unsafe extern "C" fn add_feature(receiver: *const Receiver, feature: *const c_char) {
    // SAFETY: as above.
    unsafe { last(receiver, |preset| preset.features.push(text(feature))) };
}

/// A provider and what it has said.
struct Provider {
    provider: *const clap_preset_discovery_provider,
    said: Box<Said>,
    _indexer: Box<clap_preset_discovery_indexer>,
}

impl Provider {
    fn open(path: &Path) -> Result<Self, String> {
        factory(path)?;
        let entry = entry(path)?;
        let mut said = Box::<Said>::default();
        let indexer = Box::new(clap_preset_discovery_indexer {
            clap_version: CLAP_VERSION,
            name: c"Strict".as_ptr(),
            vendor: c"".as_ptr(),
            url: c"".as_ptr(),
            version: c"1".as_ptr(),
            indexer_data: (&raw mut *said).cast(),
            declare_filetype: Some(declare_filetype),
            declare_location: Some(declare_location),
            declare_soundpack: None,
            get_extension: None,
        });
        // SAFETY: the functions are the library's; what they are handed outlives the provider.
        let provider = unsafe {
            let get = entry.get_factory.ok_or("the entry has no factories")?;
            let factory = get(CLAP_PRESET_DISCOVERY_FACTORY_ID.as_ptr())
                .cast::<clap_preset_discovery_factory>();
            let table = factory.as_ref().ok_or("there is no preset discovery")?;
            let (create, describe) =
                (table.create.ok_or("no create")?, table.get_descriptor.ok_or("no descriptor")?);
            expect(table.count.is_some_and(|count| count(factory) == 1), || {
                "one provider was expected".into()
            })?;
            expect(describe(factory, 1).is_null(), || {
                "a provider past the last was described".into()
            })?;
            expect(create(factory, &*indexer, c"nobody".as_ptr()).is_null(), || {
                "an unknown provider was made".into()
            })?;
            expect(create(factory, std::ptr::null(), std::ptr::null()).is_null(), || {
                "null was answered".into()
            })?;
            let descriptor =
                describe(factory, 0).as_ref().ok_or("the provider has no description")?;
            create(factory, &*indexer, descriptor.id)
        };
        // SAFETY: the provider is null or whole.
        let begins =
            unsafe { provider.as_ref() }.and_then(|table| table.init).is_some_and(|init| {
                // SAFETY: the function is the provider's.
                unsafe { init(provider) }
            });
        expect(begins, || "the provider refuses to begin".into())?;
        Ok(Self { provider, said, _indexer: indexer })
    }

    /// Has a place read; what was said is in `said`.
    fn read(&mut self, kind: u32, location: Option<&CStr>) -> bool {
        let receiver = Receiver {
            receiver_data: (&raw mut *self.said).cast::<c_void>(),
            on_error: Some(on_error),
            begin_preset: Some(begin_preset),
            add_plugin_id: Some(add_plugin_id),
            set_soundpack_id: None,
            set_flags: Some(set_flags),
            add_creator: None,
            set_description: Some(set_description),
            set_timestamps: None,
            add_feature: Some(add_feature),
            add_extra_info: None,
        };
        let location = location.map_or(std::ptr::null(), CStr::as_ptr);
        // SAFETY: the function is the provider's.
        let get = unsafe { (*self.provider).get_metadata };
        // SAFETY: as above.
        get.is_some_and(|get| unsafe { get(self.provider, kind, location, &receiver) })
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // SAFETY: the function is the provider's, and this is its last call.
        unsafe { call!((*self.provider).destroy, self.provider) };
    }
}

const FILE: u32 = CLAP_PRESET_DISCOVERY_LOCATION_FILE;
const INSIDE: u32 = CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN;

/// A data folder of this process's own.
fn own_data_folder() -> Result<PathBuf, String> {
    let folder = std::env::temp_dir().join(format!("strict-presets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    // SAFETY: the process has one thread so far.
    unsafe { std::env::set_var("LATENT_WORKS_DATA", &folder) };
    Ok(folder)
}

/// The path of a file as hosts hand it over.
fn as_text(file: &Path) -> Result<CString, String> {
    CString::new(file.to_string_lossy().as_bytes()).map_err(|error| error.to_string())
}

fn are_found(path: &Path) -> Result<String, String> {
    let folder = own_data_folder()?;
    let mut provider = Provider::open(path)?;
    expect(provider.said.filetypes == ["json"], || {
        format!("the file types are {:?}", provider.said.filetypes)
    })?;
    expect(provider.said.locations == [(INSIDE, None)], || {
        format!("declared: {:?}", provider.said.locations)
    })?;
    expect(provider.read(INSIDE, None), || "the factory's presets cannot be read".into())?;
    let found = &provider.said.presets;
    expect(found.len() >= 16, || format!("{} presets", found.len()))?;
    for preset in found {
        let whole = preset.key.is_some()
            && preset.plugin.starts_with("clap:works.latent.")
            && preset.flags == CLAP_PRESET_DISCOVERY_IS_FACTORY_CONTENT
            && (preset.name == "Init"
                || !(preset.description.is_empty() || preset.features.is_empty()));
        expect(whole, || format!("{} is described in part", preset.name))?;
    }
    let count = found.len();
    let plugin = found[0].plugin.trim_start_matches("clap:").to_owned();
    let file = folder.join("mine.json");
    let preset = serde_json::json!({"format": 2, "plugin": plugin, "name": "Mine", "tags": ["odd"], "params": {}});
    std::fs::write(&file, preset.to_string()).map_err(|error| error.to_string())?;
    provider.said.presets.clear();
    expect(provider.read(FILE, Some(&as_text(&file)?)), || {
        "a user's preset cannot be read".into()
    })?;
    let mine = &provider.said.presets[0];
    expect(mine.name == "Mine" && mine.key.is_none(), || {
        format!("the user's preset is {}", mine.name)
    })?;
    expect(mine.flags == CLAP_PRESET_DISCOVERY_IS_USER_CONTENT, || {
        format!("its flags are {}", mine.flags)
    })?;
    std::fs::write(&file, "{}").map_err(|error| error.to_string())?;
    expect(!provider.read(FILE, Some(&as_text(&file)?)), || "a file that is none was read".into())?;
    expect(provider.said.errors.len() == 1, || "a file that is none needs a sentence".into())?;
    drop(provider);
    let _ = std::fs::remove_dir_all(&folder);
    Ok(format!("{count} factory presets and a user's"))
}

/// Loads a preset; whether the plugin took it.
fn load_one(
    instance: &Instance,
    kind: u32,
    location: Option<&CStr>,
    key: Option<&CStr>,
) -> Result<bool, String> {
    let table: &clap_plugin_preset_load = instance.table(CLAP_EXT_PRESET_LOAD)?;
    let pointer = |text: Option<&CStr>| text.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: the function is the plugin's, with texts or nulls.
    Ok(unsafe {
        table
            .from_location
            .is_some_and(|load| load(instance.plugin, kind, pointer(location), pointer(key)))
    })
}

/// The name of the preset in a saved state.
fn preset_of(instance: &Instance) -> Result<String, String> {
    let state = crate::state_file::StateFile::parse(&instance.save()?);
    state.map(|state| state.preset()).map_err(|error| error.to_string())
}

fn load(path: &Path) -> Result<String, String> {
    let folder = own_data_folder()?;
    let mut provider = Provider::open(path)?;
    provider.read(INSIDE, None);
    let instance = Instance::open(path)?;
    for (place, preset) in provider.said.presets.iter().enumerate() {
        if place == provider.said.presets.len() / 2 {
            instance.start(48_000.0, 512)?;
        }
        let loaded = load_one(&instance, INSIDE, None, preset.key.as_deref())?;
        expect(loaded, || format!("{} does not load", preset.name))?;
        let name = preset_of(&instance)?;
        expect(name == preset.name, || format!("{} was loaded, and {name} is saved", preset.name))?;
    }
    instance.idle();
    let (dirty, rescans) = (instance.asked.dirty.load(SeqCst), instance.asked.rescans.load(SeqCst));
    expect(dirty > 0, || "the project was not marked as changed".into())?;
    expect(rescans as usize >= provider.said.presets.len(), || {
        format!("{rescans} times told of new values")
    })?;
    let (loaded, failed) = (instance.asked.loaded.load(SeqCst), instance.asked.failed.load(SeqCst));
    expect(loaded as usize == provider.said.presets.len() && failed == 0, || {
        format!("{loaded} loaded, {failed} not")
    })?;
    // A user's file changes what it names, and the rest is as it is by default.
    let plugin = provider.said.presets[0].plugin.trim_start_matches("clap:").to_owned();
    let file = folder.join("mine.json");
    let preset = serde_json::json!({"format": 2, "plugin": plugin, "name": "Mine", "params": {}});
    std::fs::write(&file, preset.to_string()).map_err(|error| error.to_string())?;
    expect(load_one(&instance, FILE, Some(&as_text(&file)?), None)?, || {
        "a user's preset does not load".into()
    })?;
    let name = preset_of(&instance)?;
    expect(name == "Mine", || format!("the user's preset was loaded, and {name} is saved"))?;
    still_plays(&instance)?;
    instance.stop();
    let _ = std::fs::remove_dir_all(&folder);
    Ok(format!("{} presets; marked as changed {dirty} times", provider.said.presets.len()))
}

fn nonsense(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    let before = instance.save()?;
    let own = as_text(path)?;
    let nowhere = c"/nowhere/at all.json";
    for (kind, location, key) in [
        (INSIDE, None, None),
        (INSIDE, None, Some(c"no preset has this name")),
        (INSIDE, Some(nowhere), Some(c"")),
        (FILE, None, None),
        (FILE, None, Some(c"Init")),
        (FILE, Some(nowhere), None),
        (FILE, Some(c"/"), None),
        (FILE, Some(own.as_c_str()), None),
        (7, Some(nowhere), Some(c"Init")),
    ] {
        let loaded = load_one(&instance, kind, location, key)?;
        expect(!loaded, || format!("{kind}, {location:?}, {key:?} was loaded"))?;
    }
    let failed = instance.asked.failed.load(SeqCst);
    expect(failed == 9, || format!("{failed} of 9 were explained"))?;
    expect(instance.save()? == before, || "the state has changed".into())?;
    let mut provider = Provider::open(path)?;
    for (kind, location) in [(FILE, None), (FILE, Some(nowhere)), (9, None)] {
        expect(!provider.read(kind, location), || format!("{kind}, {location:?} was read"))?;
    }
    expect(provider.said.presets.is_empty(), || "there are presets in nothing".into())?;
    instance.start(48_000.0, 512)?;
    still_plays(&instance)?;
    Ok("9 refused with a sentence each".into())
}
