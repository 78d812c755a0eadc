//! Exporting a CLAP plugin that no call of a host can end in a panic.
//!
//! The framework's wrapper (nice-plug 0.4.2) takes its host at its word: a parameter asked for one
//! past the end, an event past the block's end, a port without memory, a window on another thread
//! are panics, and a panic in a function that was called through C is the end of the process. What
//! this module exports stands before it: a plugin of its own that looks at what the host hands
//! over, puts right what can be put right, answers the rest with the format's error or with
//! silence, and passes what is sound on to the framework's.
//!
//! | file | what it stands before |
//! |---|---|
//! | `shield`, `entry` | the plugin's own functions: a life in order, one caller at a time |
//! | `process`, `events`, `outgoing` | blocks: ports and channels as agreed, events in order and within |
//! | `params`, `state`, `ports`, `gui` | the extensions' tables |
//! | `discovery`, `preset_load` | presets in the host's own browser, which the framework does not offer |
//! | `host` | the host's functions, as the framework calls them |
//! | `gate` | who is in the sound |
//!
//! [`export_clap!`](crate::export_clap) stands in the place of `nice_export_clap!`.

mod discovery;
mod entry;
mod events;
mod gate;
mod gui;
mod host;
mod outgoing;
mod params;
mod ports;
mod preset_load;
mod process;
mod shield;
mod state;

pub use crate::panics::log_panics;
pub use discovery::Discovery;
pub use nice_plug::wrapper::clap::{
    CLAP_PLUGIN_FACTORY_ID, CLAP_VERSION, PluginDescriptor, clap_host, clap_plugin,
    clap_plugin_descriptor, clap_plugin_entry, clap_plugin_factory,
};

use std::ffi::{CStr, c_char};

use nice_plug::wrapper::clap::ClapPlugin;

use crate::hosted::Hosted;
use crate::panics::caught;

/// The descriptor of a plugin, for a factory.
#[must_use]
pub fn descriptor<P: ClapPlugin>() -> PluginDescriptor {
    PluginDescriptor::for_plugin::<P>()
}

/// Makes an instance when `id` is the plugin's; null when it is not, when the host is null, and
/// when the plugin cannot be made.
///
/// # Safety
/// `host` and `id` are null or as CLAP says: a host that outlives the instance, and a text that
/// ends in a zero.
#[must_use]
pub unsafe fn create<P: ClapPlugin + Hosted>(
    host: *const clap_host,
    id: *const c_char,
) -> *const clap_plugin {
    // SAFETY: the caller says that the text ends in a zero.
    let is_ours = || unsafe { CStr::from_ptr(id) }.to_bytes() == P::CLAP_ID.as_bytes();
    if host.is_null() || id.is_null() || !is_ours() {
        return std::ptr::null();
    }
    // SAFETY: the caller says that the host outlives the instance.
    caught(|| unsafe { shield::create::<P>(host) }).unwrap_or(std::ptr::null())
}

/// Exports a plugin as CLAP, in the place of `nice_plug::nice_export_clap!`.
#[macro_export]
macro_rules! export_clap {
    ($plugin:ty) => {
        #[doc(hidden)]
        mod clap_entry_points {
            use ::std::ffi::{CStr, c_char, c_void};
            use ::std::sync::OnceLock;

            use $crate::clap_export::{
                CLAP_PLUGIN_FACTORY_ID, Discovery, PluginDescriptor, clap_host, clap_plugin,
                clap_plugin_descriptor, clap_plugin_factory,
            };

            use super::*;

            static FACTORY: clap_plugin_factory = clap_plugin_factory {
                get_plugin_count: Some(count),
                get_plugin_descriptor: Some(descriptor),
                create_plugin: Some(create),
            };

            unsafe extern "C" fn count(_factory: *const clap_plugin_factory) -> u32 {
                1
            }

            unsafe extern "C" fn descriptor(
                _factory: *const clap_plugin_factory,
                index: u32,
            ) -> *const clap_plugin_descriptor {
                static DESCRIPTOR: OnceLock<PluginDescriptor> = OnceLock::new();
                if index > 0 {
                    return ::std::ptr::null();
                }
                DESCRIPTOR
                    .get_or_init($crate::clap_export::descriptor::<$plugin>)
                    .clap_plugin_descriptor()
            }

            unsafe extern "C" fn create(
                _factory: *const clap_plugin_factory,
                host: *const clap_host,
                id: *const c_char,
            ) -> *const clap_plugin {
                // SAFETY: the host hands over what CLAP says.
                unsafe { $crate::clap_export::create::<$plugin>(host, id) }
            }

            pub(super) unsafe extern "C" fn init(_path: *const c_char) -> bool {
                $crate::clap_export::log_panics::<$plugin>();
                true
            }

            pub(super) unsafe extern "C" fn deinit() {}

            pub(super) unsafe extern "C" fn factory(id: *const c_char) -> *const c_void {
                static PRESETS: OnceLock<Option<::std::boxed::Box<Discovery>>> = OnceLock::new();
                if id.is_null() {
                    return ::std::ptr::null();
                }
                // SAFETY: the host hands over a text that ends in a zero.
                let id = unsafe { CStr::from_ptr(id) };
                if id == CLAP_PLUGIN_FACTORY_ID {
                    return (&raw const FACTORY).cast();
                }
                match PRESETS.get_or_init(Discovery::of::<$plugin>) {
                    Some(presets) if Discovery::is(id) => ::std::ptr::from_ref(&**presets).cast(),
                    _ => ::std::ptr::null(),
                }
            }
        }

        /// Where a CLAP host begins.
        #[unsafe(no_mangle)]
        #[used]
        pub static clap_entry: $crate::clap_export::clap_plugin_entry =
            $crate::clap_export::clap_plugin_entry {
                clap_version: $crate::clap_export::CLAP_VERSION,
                init: Some(clap_entry_points::init),
                deinit: Some(clap_entry_points::deinit),
                get_factory: Some(clap_entry_points::factory),
            };
    };
}
