//! What the host does with an instance, as the audio thread tells it and the editor shows it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What the host does with an instance now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostFacts {
    /// Its sample rate; none before it has begun.
    pub rate_hz: Option<f64>,
    /// The latency that it was told.
    pub latency_samples: u32,
    /// It renders faster or slower than it plays.
    pub offline: bool,
}

/// What was told last. Real-time safe.
#[derive(Debug, Default)]
pub struct HostWatch {
    latency_samples: AtomicU32,
    is_offline: AtomicBool,
}

impl HostWatch {
    /// Notes the latency that the host was told.
    pub fn set_latency(&self, samples: u32) {
        self.latency_samples.store(samples, Ordering::Relaxed);
    }

    /// Notes the latency as it is now; `tell` reaches the host, and is called where it is another.
    /// Real-time safe where `tell` is.
    pub fn report_latency(&self, samples: u32, tell: impl FnOnce(u32)) {
        if self.latency_samples.swap(samples, Ordering::Relaxed) != samples {
            tell(samples);
        }
    }

    /// Notes whether the host renders.
    pub fn set_offline(&self, is_offline: bool) {
        self.is_offline.store(is_offline, Ordering::Relaxed);
    }

    /// All of it, beside the rate that somebody else knows.
    #[must_use]
    pub fn facts(&self, rate_hz: Option<f64>) -> HostFacts {
        HostFacts {
            rate_hz,
            latency_samples: self.latency_samples.load(Ordering::Relaxed),
            offline: self.is_offline.load(Ordering::Relaxed),
        }
    }
}
