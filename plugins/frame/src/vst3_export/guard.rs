//! What still panics is caught before it reaches the host.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::panics::caught;

/// Stands between the host and an instance. After a panic nothing plays any more, and no window
/// opens; what is set is still answered and saved, or the host would write a project without it.
#[derive(Debug, Default)]
pub struct Guard {
    failed: AtomicBool,
}

impl Guard {
    /// What `work` answers; `fallback` when it panics, and ever after. Real-time safe as long as
    /// `work` is and does not panic.
    pub fn call<R>(&self, fallback: R, work: impl FnOnce() -> R) -> R {
        if self.failed.load(Ordering::Acquire) {
            return fallback;
        }
        self.always(fallback, work)
    }

    /// What `work` answers, also after a panic; `fallback` when it panics now. For what is asked
    /// about settings, and for what ends something. As real-time safe as [`Guard::call`].
    pub fn always<R>(&self, fallback: R, work: impl FnOnce() -> R) -> R {
        caught(work).unwrap_or_else(|| {
            self.failed.store(true, Ordering::Release);
            fallback
        })
    }
}

/// Runs what the audio thread does: a debug build ends the process when memory is allocated or
/// freed in it.
pub fn real_time<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(debug_assertions)]
    return nice_assert_no_alloc::assert_no_alloc(work);
    #[cfg(not(debug_assertions))]
    work()
}
