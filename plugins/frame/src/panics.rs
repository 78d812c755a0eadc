//! Panics that end here, and not in a host.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use nice_plug::prelude::Plugin;
use nice_plug::util::permit_alloc;

/// What `work` answers; nothing when it panics. Real-time safe when `work` is and does not panic.
pub fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    // What a panic carries could panic once more when it is freed.
    catch_unwind(AssertUnwindSafe(work)).map_err(std::mem::forget).ok()
}

/// Sets up the log, with one line for each panic. To be called when a host loads the library.
pub fn log_panics<P: Plugin>() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        caught(|| {
            nice_plug::wrapper::setup_logger::<P>();
            std::panic::set_hook(Box::new(|info| {
                permit_alloc(|| {
                    let text = info.payload_as_str().unwrap_or("without a word");
                    let place = info.location().map_or_else(String::new, ToString::to_string);
                    nice_plug::nice_error!(
                        "{} {}: a fault in {place}: {text}",
                        P::NAME,
                        P::VERSION
                    );
                });
            }));
        });
    });
}
