//! The frozen frame between project and audio thread, both ways, without a wait.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nfx_core::engine::anne::{AnneEngine, HeldFrame};
use parking_lot::Mutex;

/// The frame that is frozen, or was last. Its lock is held for a copy at most, and the audio thread
/// never waits for it.
pub struct HeldCell {
    frame: Mutex<HeldFrame>,
    /// Frames that a project or preset has given so far.
    given: AtomicU64,
    frozen: AtomicBool,
}

impl HeldCell {
    /// Without a frame.
    #[must_use]
    pub fn new() -> Self {
        Self {
            frame: Mutex::new(HeldFrame::silent(1)),
            given: AtomicU64::new(0),
            frozen: AtomicBool::new(false),
        }
    }

    /// The frame that is frozen just now. Not real-time safe.
    #[must_use]
    pub fn frozen(&self) -> Option<HeldFrame> {
        self.frozen
            .load(Ordering::Acquire)
            .then(|| self.frame.lock().clone())
            .filter(|frame| !frame.is_silent())
    }

    /// Puts a frame of a project or preset in, to be frozen; or none. Not real-time safe.
    pub fn give(&self, frame: Option<HeldFrame>) {
        self.frozen.store(frame.is_some(), Ordering::Release);
        let mut held = self.frame.lock();
        let frame = frame.unwrap_or_else(|| HeldFrame::silent(held.bins()));
        // Undo gives back what sounds already: its phase runs on.
        if *held == frame {
            return;
        }
        *held = frame;
        self.given.fetch_add(1, Ordering::AcqRel);
    }

    /// Makes room for frames of so many bins. What was there of another size is gone. Not real-time
    /// safe.
    pub fn prepare(&self, bins: usize) {
        let mut held = self.frame.lock();
        if held.bins() != bins {
            *held = HeldFrame::silent(bins);
        }
    }
}

impl Default for HeldCell {
    fn default() -> Self {
        Self::new()
    }
}

/// What the audio thread knows of the cell.
#[derive(Debug, Default)]
pub struct HeldWatch {
    /// The engine that it knows it of.
    exchanges: u64,
    given: u64,
    captured: u64,
}

impl HeldWatch {
    /// Before a block: hands the engine, the `exchanges`th, a frame that was given. Real-time safe.
    pub fn hand_over(&mut self, cell: &HeldCell, exchanges: u64, engine: &mut AnneEngine) {
        if exchanges != self.exchanges {
            // Another engine knows nothing yet.
            *self = Self { exchanges, given: u64::MAX, captured: 0 };
        }
        let given = cell.given.load(Ordering::Acquire);
        if given != self.given
            && let Some(frame) = cell.frame.try_lock()
        {
            engine.hold(&frame);
            self.given = given;
        }
    }

    /// After a block: puts a frame that was frozen in it into the cell. Real-time safe.
    pub fn collect(&mut self, cell: &HeldCell, engine: &AnneEngine, frozen: bool) {
        cell.frozen.store(frozen, Ordering::Release);
        let (frame, count) = engine.held();
        if count != self.captured
            && let Some(mut held) = cell.frame.try_lock()
        {
            held.copy_from(frame);
            self.captured = count;
        }
    }
}
