//! Presets for a host's own browser: where they lie, and what each says about itself.

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;
use std::time::UNIX_EPOCH;

use clap_sys::factory::preset_discovery::*;
use clap_sys::timestamp::CLAP_TIMESTAMP_UNKNOWN;
use clap_sys::universal_plugin_id::clap_universal_plugin_id;
use clap_sys::version::{CLAP_VERSION, clap_version_is_compatible};
use nice_plug::wrapper::clap::ClapPlugin;

use super::preset_load::path;
use crate::editing::Kind;
use crate::hosted::Hosted;
use crate::panics::caught;
use crate::presets::{Listed, PresetStore};

/// A text for a host.
pub(super) fn text(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

/// What a host asks for first. It begins with the format's own table, so that its pointer is that
/// of the table too.
#[repr(C)]
pub struct Discovery {
    table: clap_preset_discovery_factory,
    descriptor: clap_preset_discovery_provider_descriptor,
    id: CString,
    name: CString,
    vendor: CString,
    plugin: CString,
    kind: Kind,
}

// SAFETY: the pointers of the descriptor are to the texts beside it, which never change.
unsafe impl Send for Discovery {}
// SAFETY: as above.
unsafe impl Sync for Discovery {}

impl Discovery {
    /// Of a plugin that has presets.
    #[must_use]
    pub fn of<P: ClapPlugin + Hosted>() -> Option<Box<Self>> {
        let kind = P::KIND?;
        let mut own = Box::new(Self {
            table: clap_preset_discovery_factory {
                count: Some(count),
                get_descriptor: Some(get_descriptor),
                create: Some(create),
            },
            descriptor: clap_preset_discovery_provider_descriptor {
                clap_version: CLAP_VERSION,
                id: std::ptr::null(),
                name: std::ptr::null(),
                vendor: std::ptr::null(),
            },
            id: text(&format!("{}.presets", P::CLAP_ID)),
            name: text(&format!("{} presets", P::NAME)),
            vendor: text(P::VENDOR),
            plugin: text(P::CLAP_ID),
            kind,
        });
        (own.descriptor.id, own.descriptor.name, own.descriptor.vendor) =
            (own.id.as_ptr(), own.name.as_ptr(), own.vendor.as_ptr());
        Some(own)
    }

    /// Whether a host asks for this by its id.
    #[must_use]
    pub fn is(id: &CStr) -> bool {
        id == CLAP_PRESET_DISCOVERY_FACTORY_ID || id == CLAP_PRESET_DISCOVERY_FACTORY_ID_COMPAT
    }
}

/// # Safety
/// `factory` is null or was handed out by [`Discovery::of`].
unsafe fn discovery<'a>(factory: *const clap_preset_discovery_factory) -> Option<&'a Discovery> {
    // SAFETY: the caller says so.
    unsafe { factory.cast::<Discovery>().as_ref() }
}

unsafe extern "C" fn count(_factory: *const clap_preset_discovery_factory) -> u32 {
    1
}

unsafe extern "C" fn get_descriptor(
    factory: *const clap_preset_discovery_factory,
    index: u32,
) -> *const clap_preset_discovery_provider_descriptor {
    // SAFETY: the host hands back what it was given.
    let own = unsafe { discovery(factory) }.filter(|_| index == 0);
    own.map_or(std::ptr::null(), |own| &raw const own.descriptor)
}

/// What reads the presets for one indexer.
struct Provider {
    face: clap_preset_discovery_provider,
    indexer: *const clap_preset_discovery_indexer,
    factory: &'static Discovery,
    store: PresetStore,
}

unsafe extern "C" fn create(
    factory: *const clap_preset_discovery_factory,
    indexer: *const clap_preset_discovery_indexer,
    id: *const c_char,
) -> *const clap_preset_discovery_provider {
    // SAFETY: the host hands back what it was given, which lives as long as the library, and a text
    // that ends in a zero.
    unsafe {
        let (Some(factory), Some(asking), false) =
            (discovery(factory), indexer.as_ref(), id.is_null())
        else {
            return std::ptr::null();
        };
        if CStr::from_ptr(id) != factory.id.as_c_str()
            || !clap_version_is_compatible(asking.clap_version)
        {
            return std::ptr::null();
        }
        let face = clap_preset_discovery_provider {
            desc: &raw const factory.descriptor,
            provider_data: std::ptr::null_mut(),
            init: Some(init),
            destroy: Some(destroy),
            get_metadata: Some(get_metadata),
            get_extension: Some(get_extension),
        };
        let made = caught(|| {
            Box::into_raw(Box::new(Provider {
                face,
                indexer,
                factory,
                store: factory.kind.presets(),
            }))
        });
        let Some(provider) = made else { return std::ptr::null() };
        (*provider).face.provider_data = provider.cast();
        &raw const (*provider).face
    }
}

/// # Safety
/// `provider` is null or was made by [`create`] and is not destroyed.
unsafe fn behind<'a>(provider: *const clap_preset_discovery_provider) -> Option<&'a Provider> {
    // SAFETY: the caller says so.
    unsafe { provider.as_ref().and_then(|face| face.provider_data.cast::<Provider>().as_ref()) }
}

unsafe extern "C" fn destroy(provider: *const clap_preset_discovery_provider) {
    // SAFETY: the host hands back what it was given, for the last time.
    unsafe {
        let Some(face) = provider.as_ref() else { return };
        let own = face.provider_data.cast::<Provider>();
        if !own.is_null() {
            caught(|| drop(Box::from_raw(own)));
        }
    }
}

unsafe extern "C" fn get_extension(
    _provider: *const clap_preset_discovery_provider,
    _id: *const c_char,
) -> *const c_void {
    std::ptr::null()
}

unsafe extern "C" fn init(provider: *const clap_preset_discovery_provider) -> bool {
    // SAFETY: the host hands back what it was given; the indexer outlives the provider.
    unsafe { behind(provider).is_some_and(|own| caught(|| own.declare()).unwrap_or(false)) }
}

impl Provider {
    /// Tells the host where presets lie: in the plugin, and in the user's folder where there is
    /// one.
    ///
    /// # Safety
    /// The indexer lives.
    unsafe fn declare(&self) -> bool {
        // SAFETY: the caller says so, and every text outlives the call that it is handed to.
        unsafe {
            let indexer = &*self.indexer;
            let (Some(declare_filetype), Some(declare_location)) =
                (indexer.declare_filetype, indexer.declare_location)
            else {
                return false;
            };
            let filetype = clap_preset_discovery_filetype {
                name: self.factory.name.as_ptr(),
                description:
                    c"Settings of the plugin, with the user's own model where there is one".as_ptr(),
                file_extension: c"json".as_ptr(),
            };
            let inside = clap_preset_discovery_location {
                flags: CLAP_PRESET_DISCOVERY_IS_FACTORY_CONTENT,
                name: c"Factory".as_ptr(),
                kind: CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN,
                location: std::ptr::null(),
            };
            let done = declare_filetype(self.indexer, &filetype)
                && declare_location(self.indexer, &inside);
            if let Some(folder) =
                self.store.folder().filter(|folder| folder.is_dir()).and_then(Path::to_str)
            {
                let folder = text(folder);
                let users = clap_preset_discovery_location {
                    flags: CLAP_PRESET_DISCOVERY_IS_USER_CONTENT,
                    name: c"User".as_ptr(),
                    kind: CLAP_PRESET_DISCOVERY_LOCATION_FILE,
                    location: folder.as_ptr(),
                };
                // A host that has no use for the user's folder still has the factory's presets.
                declare_location(self.indexer, &users);
            }
            done
        }
    }

    /// Describes one preset. False when the host wants no more.
    fn describe(&self, line: &Listed, key: Option<&CStr>, receiver: Receiver<'_>) -> bool {
        let all = receiver.0;
        let name = text(&line.name);
        // SAFETY: the functions are the host's, and every text outlives the call that it is handed
        // to.
        unsafe {
            let Some(begin) = all.begin_preset else { return false };
            if !begin(all, name.as_ptr(), key.map_or(std::ptr::null(), CStr::as_ptr)) {
                return false;
            }
            if let Some(add) = all.add_plugin_id {
                add(
                    all,
                    &clap_universal_plugin_id {
                        abi: c"clap".as_ptr(),
                        id: self.factory.plugin.as_ptr(),
                    },
                );
            }
            if let Some(set) = all.set_flags {
                let whose = if line.is_user() {
                    CLAP_PRESET_DISCOVERY_IS_USER_CONTENT
                } else {
                    CLAP_PRESET_DISCOVERY_IS_FACTORY_CONTENT
                };
                set(
                    all,
                    whose | if line.favourite { CLAP_PRESET_DISCOVERY_IS_FAVORITE } else { 0 },
                );
            }
            if let Some(add) = all.add_creator.filter(|_| !line.is_user()) {
                add(all, self.factory.vendor.as_ptr());
            }
            if let Some(set) = all.set_description {
                let both = text(format!("{} {}", line.description, line.shines).trim());
                set(all, both.as_ptr());
            }
            if let Some(add) = all.add_feature {
                line.tags.iter().for_each(|tag| add(all, text(tag).as_ptr()));
            }
        }
        true
    }
}

/// Where a host wants descriptions to go.
#[derive(Clone, Copy)]
struct Receiver<'a>(&'a clap_preset_discovery_metadata_receiver);

impl Receiver<'_> {
    fn fail(self, sentence: &str) -> bool {
        if let Some(on_error) = self.0.on_error {
            // SAFETY: the function is the host's.
            unsafe { on_error(self.0, 0, text(sentence).as_ptr()) };
        }
        false
    }

    fn set_time(self, file: &Path) {
        let modified = std::fs::metadata(file).and_then(|data| data.modified()).ok();
        let seconds = modified
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map(|since| since.as_secs());
        if let (Some(set), Some(seconds)) = (self.0.set_timestamps, seconds) {
            // SAFETY: the function is the host's.
            unsafe { set(self.0, CLAP_TIMESTAMP_UNKNOWN, seconds) };
        }
    }
}

unsafe extern "C" fn get_metadata(
    provider: *const clap_preset_discovery_provider,
    kind: clap_preset_discovery_location_kind,
    location: *const c_char,
    receiver: *const clap_preset_discovery_metadata_receiver,
) -> bool {
    // SAFETY: the host hands back what it was given, a text that ends in a zero or null, and a
    // receiver or null.
    unsafe {
        let (Some(own), Some(receiver)) = (behind(provider), receiver.as_ref().map(Receiver))
        else {
            return false;
        };
        let read = || match kind {
            CLAP_PRESET_DISCOVERY_LOCATION_PLUGIN => {
                let factory = own.store.list_factory();
                factory.iter().all(|line| own.describe(line, Some(&text(&line.name)), receiver))
            }
            CLAP_PRESET_DISCOVERY_LOCATION_FILE if !location.is_null() => {
                let file = path(location);
                // The list of favourites lies beside the presets.
                let name = file.file_name().unwrap_or_default().as_encoded_bytes();
                if name.starts_with(b".") {
                    return false;
                }
                match own.store.look_at(&file) {
                    Ok(line) => {
                        let done = own.describe(&line, None, receiver);
                        receiver.set_time(&file);
                        done
                    }
                    Err(sentence) => receiver.fail(&sentence),
                }
            }
            _ => receiver.fail("Presets are in files and in the plugin itself."),
        };
        caught(read).unwrap_or(false)
    }
}
