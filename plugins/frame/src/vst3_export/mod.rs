//! The VST3 side of a plugin, from the factory to the window: what a host may do wrong ends in an
//! error or in silence.
//!
//! The framework's own wrapper (nice-plug 0.4.2) trusts its host: a bus that is missing, an index
//! that is one too far or a call that comes too early is a panic, and a panic that reaches a C++
//! host ends it. It also hands every change of a parameter to a thread that all instances share; a
//! panic there, or an instance that goes while its change is on the way, ends that thread, and the
//! last instance then panics in turn. So nothing of that wrapper is used: a
//! [`Plugin`](nice_plug::plugin::Plugin) is driven from here, through the same interfaces, with the
//! same ids and the same states.
//!
//! | module | what it holds |
//! |---|---|
//! | `factory` | what a host asks first: which classes there are, and one of them |
//! | `component`, `processor`, `controller`, `extras` | the interfaces of an instance |
//! | `instance`, `buses` | what they share: whether it is active, with which buses |
//! | `audio`, `inbox`, `queues`, `events`, `context` | one block: its sound, and what arrives with it in the order of time |
//! | `params`, `state`, `units` | parameters that two threads set, and how they are saved |
//! | `view`, `window`, `gui`, `line` | the window, what it tells the host, and the host's own run loop |
//! | `requests` | asking the host for a restart, and telling it that the project has changed, from any thread |
//! | `guard` | what still panics is caught: one line in the log, the instance silent, the host alive |
//!
//! [`export_vst3!`](crate::export_vst3) stands in the place of `nice_export_vst3!`.

// What is an `i32` of the bindings on Windows is a `u32` elsewhere: the casts are needed there.
#![allow(clippy::unnecessary_cast)]

mod audio;
mod buses;
mod component;
mod context;
mod controller;
mod events;
mod extras;
mod factory;
mod guard;
mod gui;
mod inbox;
mod instance;
#[cfg(all(unix, not(target_os = "macos")))]
mod line;
mod params;
mod processor;
mod queues;
mod requests;
mod state;
mod text;
mod units;
mod view;
mod window;

pub use crate::panics::log_panics;
pub use factory::Factory;

/// Exports a plugin as VST3, in the place of `nice_plug::nice_export_vst3!`.
#[macro_export]
macro_rules! export_vst3 {
    ($plugin:ty) => {
        /// Where a VST3 host begins.
        #[unsafe(no_mangle)]
        pub extern "system" fn GetPluginFactory() -> *mut ::std::ffi::c_void {
            $crate::vst3_export::Factory::<$plugin>::into_raw()
        }

        /// Called by the host when the library was loaded.
        #[unsafe(no_mangle)]
        #[cfg(all(unix, not(target_os = "macos")))]
        pub extern "C" fn ModuleEntry(_library: *mut ::std::ffi::c_void) -> bool {
            $crate::vst3_export::log_panics::<$plugin>();
            true
        }

        /// Called by the host before the library is unloaded.
        #[unsafe(no_mangle)]
        #[cfg(all(unix, not(target_os = "macos")))]
        pub extern "C" fn ModuleExit() -> bool {
            true
        }

        /// Called by the host when the bundle was loaded.
        #[unsafe(no_mangle)]
        #[cfg(target_os = "macos")]
        pub extern "C" fn bundleEntry(_bundle: *mut ::std::ffi::c_void) -> bool {
            $crate::vst3_export::log_panics::<$plugin>();
            true
        }

        /// Called by the host before the bundle is unloaded.
        #[unsafe(no_mangle)]
        #[cfg(target_os = "macos")]
        pub extern "C" fn bundleExit() -> bool {
            true
        }

        /// Called by the host when the library was loaded.
        #[unsafe(no_mangle)]
        #[cfg(windows)]
        pub extern "system" fn InitDll() -> bool {
            $crate::vst3_export::log_panics::<$plugin>();
            true
        }

        /// Called by the host before the library is unloaded.
        #[unsafe(no_mangle)]
        #[cfg(windows)]
        pub extern "system" fn ExitDll() -> bool {
            true
        }
    };
}
