//! Who is in the plugin's sound just now: one caller at a time, and the audio thread never waits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A number that no other living thread has; never 0. Real-time safe: nothing is allocated, unlike by the standard library's.
pub(super) fn this_thread() -> usize {
    std::thread_local! {
        static PLACE: u8 = const { 0 };
    }
    PLACE.with(|place| std::ptr::from_ref(place) as usize)
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// The thread inside, or 0.
    inside: AtomicUsize,
}

/// Being inside; leaving when it is dropped.
#[derive(Debug)]
pub(super) struct Pass<'a>(&'a Gate);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.inside.store(0, Ordering::Release);
    }
}

impl Gate {
    /// In, when nobody is. Real-time safe.
    pub fn try_enter(&self) -> Option<Pass<'_>> {
        let entered = self.inside.compare_exchange(0, this_thread(), Ordering::Acquire, Ordering::Relaxed);
        // Made only when it is true: a pass that is dropped opens the gate.
        entered.is_ok().then(|| Pass(self))
    }

    /// In, as soon as nobody is; not when that takes longer than `patience`, and never for a thread that is inside already: a host
    /// that calls back from where it was called. Waits only where a host calls what must not overlap.
    pub fn enter(&self, patience: Duration) -> Option<Pass<'_>> {
        let begun = Instant::now();
        loop {
            if let Some(pass) = self.try_enter() {
                return Some(pass);
            }
            if self.holds_this_thread() || begun.elapsed() > patience {
                return None;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Whether the calling thread is inside. Real-time safe.
    pub fn holds_this_thread(&self) -> bool {
        self.inside.load(Ordering::Relaxed) == this_thread()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_is_inside_and_none_waits_for_itself() {
        let gate = Gate::default();
        let pass = gate.try_enter().unwrap();
        assert!(gate.holds_this_thread() && gate.try_enter().is_none());
        let begun = Instant::now();
        assert!(gate.enter(Duration::from_secs(60)).is_none() && begun.elapsed().as_secs() < 30);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                assert!(!gate.holds_this_thread());
                gate.enter(Duration::from_secs(60)).is_some()
            });
            std::thread::sleep(Duration::from_millis(5));
            drop(pass);
            assert!(other.join().unwrap());
        });
        assert!(gate.try_enter().is_some());
    }
}
