//! Who is in the plugin's sound just now: one caller at a time, and the audio thread never waits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A number that no other living thread has; never 0. Real-time safe: nothing is allocated, unlike
/// by the standard library's.
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
    /// The thread that was inside last, or 0 when it has not come for long.
    last: AtomicUsize,
    /// How often somebody has been inside.
    turns: AtomicUsize,
}

/// Being inside; leaving when it is dropped.
#[derive(Debug)]
pub(super) struct Pass<'a>(&'a Gate);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.last.store(this_thread(), Ordering::Relaxed);
        self.0.turns.fetch_add(1, Ordering::AcqRel);
        self.0.inside.store(0, Ordering::Release);
    }
}

impl Gate {
    /// In, when nobody is. Real-time safe.
    pub fn try_enter(&self) -> Option<Pass<'_>> {
        let entered =
            self.inside.compare_exchange(0, this_thread(), Ordering::Acquire, Ordering::Relaxed);
        // Made only when it is true: a pass that is dropped opens the gate.
        entered.is_ok().then(|| Pass(self))
    }

    /// In, as soon as nobody is; not when that takes longer than `patience`, and never for a thread
    /// that is inside already: a host that calls back from where it was called. Waits only where a
    /// host calls what must not overlap.
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

    /// Waits until another thread, of those that come again and again, has been inside from now on,
    /// from its coming to its going. False when none does within `patience`, and at once when none
    /// has come for long, or this thread itself was the last.
    pub fn wait_for_another(&self, patience: Duration) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        if last == 0 || last == this_thread() {
            return false;
        }
        let before = self.turns.load(Ordering::Acquire);
        // Whoever is inside now came before.
        let turns = if self.inside.load(Ordering::Acquire) == 0 { 1 } else { 2 };
        let begun = Instant::now();
        while self.turns.load(Ordering::Acquire).wrapping_sub(before) < turns {
            if begun.elapsed() > patience {
                let _ = self.last.compare_exchange(last, 0, Ordering::Relaxed, Ordering::Relaxed);
                return false;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        true
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

    #[test]
    fn another_threads_turn_is_waited_for_while_it_comes_again_and_again() {
        let gate = Gate::default();
        assert!(!gate.wait_for_another(Duration::from_secs(60)), "nobody has come yet");
        drop(gate.try_enter());
        assert!(!gate.wait_for_another(Duration::from_secs(60)), "this thread has come last");
        let over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    drop(gate.try_enter());
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
            while gate.last.load(Ordering::Relaxed) == this_thread() {
                std::thread::yield_now();
            }
            let before = gate.turns.load(Ordering::Relaxed);
            assert!(
                gate.wait_for_another(Duration::from_secs(60))
                    && gate.turns.load(Ordering::Relaxed) > before
            );
            over.store(true, Ordering::Relaxed);
        });
        assert!(!gate.wait_for_another(Duration::from_millis(5)), "it comes no more");
        let begun = Instant::now();
        assert!(!gate.wait_for_another(Duration::from_secs(60)) && begun.elapsed().as_secs() < 30);
    }
}
