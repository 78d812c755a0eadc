//! What still panics is caught before it reaches the host.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use nice_plug::prelude::Plugin;
use nice_plug::util::permit_alloc;

/// Stands between the host and an instance. After a panic nothing plays any more, and no window opens; what is set is still answered
/// and saved, or the host would write a project without it.
#[derive(Debug, Default)]
pub struct Guard {
    failed: AtomicBool,
}

impl Guard {
    /// What `work` answers; `fallback` when it panics, and ever after. Real-time safe as long as `work` is and does not panic.
    pub fn call<R>(&self, fallback: R, work: impl FnOnce() -> R) -> R {
        if self.failed.load(Ordering::Acquire) {
            return fallback;
        }
        self.always(fallback, work)
    }

    /// What `work` answers, also after a panic; `fallback` when it panics now. For what is asked about settings, and for what ends
    /// something. As real-time safe as [`Guard::call`].
    pub fn always<R>(&self, fallback: R, work: impl FnOnce() -> R) -> R {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(answer) => answer,
            Err(payload) => {
                self.failed.store(true, Ordering::Release);
                // What a panic carries could panic once more when it is freed.
                std::mem::forget(payload);
                fallback
            }
        }
    }
}

/// Does something whose panic must not reach the host, and that nothing comes after. Says whether it ended well.
pub fn contained(work: impl FnOnce()) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    outcome.map_err(std::mem::forget).is_ok()
}

/// Sets up the log, with one line for a panic. To be called when a host loads the library.
pub fn quiet_panics<P: Plugin>() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = contained(|| {
            nice_plug::wrapper::setup_logger::<P>();
            std::panic::set_hook(Box::new(|info| {
                permit_alloc(|| {
                    let text = info.payload_as_str().unwrap_or("without a word");
                    let place = info.location().map_or_else(String::new, ToString::to_string);
                    nice_plug::nice_error!("{} {}: a fault in {place}: {text}", P::NAME, P::VERSION);
                });
            }));
        });
    });
}

/// Runs what the audio thread does: a debug build ends the process when memory is allocated or freed in it.
pub fn real_time<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(debug_assertions)]
    return nice_assert_no_alloc::assert_no_alloc(work);
    #[cfg(not(debug_assertions))]
    work()
}
