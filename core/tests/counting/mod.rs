//! An allocator that counts what the current thread does, for tests that say how much may be
//! allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator with counters of its own for each thread: tests that run beside each
/// other do not disturb them.
pub struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a thread did while it was watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The number of calls that allocate or move memory.
    pub allocations: usize,
    /// The number of calls that free memory.
    pub frees: usize,
    /// The largest number of bytes held at once, beyond what was held at the start.
    pub peak_bytes: isize,
    live_bytes: isize,
}

thread_local! {
    // Constant initialisers and plain data: reading them neither allocates nor registers a
    // destructor.
    static USAGE: Cell<Usage> = const { Cell::new(Usage { allocations: 0, frees: 0, peak_bytes: 0, live_bytes: 0 }) };
}

fn count(allocations: usize, frees: usize, bytes: isize) {
    // A thread that is being torn down has no counters any more; nobody watches it.
    let _ = USAGE.try_with(|usage| {
        let mut now = usage.get();
        now.allocations += allocations;
        now.frees += frees;
        now.live_bytes += bytes;
        now.peak_bytes = now.peak_bytes.max(now.live_bytes);
        usage.set(now);
    });
}

// SAFETY: every call is passed on to the system's allocator unchanged; the counters touch no memory
// of the caller's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, 0, layout.size() as isize);
        // SAFETY: the caller keeps `alloc`'s contract, which is the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, 1, -(layout.size() as isize));
        // SAFETY: the pointer came from `alloc` above, which is the system allocator's, with the
        // same layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(1, 1, new_size as isize - layout.size() as isize);
        // SAFETY: as for `dealloc`; the caller keeps the contract on `new_size`.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

/// What `work` allocates and frees on this thread.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, Usage) {
    USAGE.with(|usage| usage.set(Usage::default()));
    let result = work();
    (result, USAGE.with(Cell::get))
}
