//! What the plugin tells its host: at the right frame of a block that is played in parts, and later
//! when there is nobody to tell.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use clap_sys::events::{clap_event_header, clap_output_events};
use parking_lot::Mutex;

use super::events::{Event, whole};

/// Most events that wait.
const HELD: usize = 4096;

/// Events that were taken from the framework while the host was not listening: what was set in the
/// editor and then saved.
#[derive(Default)]
pub(super) struct Held {
    events: Mutex<VecDeque<Event>>,
    /// There may be some.
    some: AtomicBool,
}

impl Held {
    /// With room for all that may wait. Allocates.
    pub fn new() -> Self {
        Self { events: Mutex::new(VecDeque::with_capacity(HELD)), some: AtomicBool::new(false) }
    }

    fn push(&self, event: Event) -> bool {
        let mut events = self.events.lock();
        let has_room = events.len() < HELD;
        if has_room {
            events.push_back(event);
            self.some.store(true, Ordering::Release);
        }
        has_room
    }

    /// Tells the host what has waited, as far as it listens. Real-time safe when the host is: what
    /// is locked just now stays.
    ///
    /// # Safety
    /// `theirs` is the host's list.
    pub unsafe fn tell(&self, theirs: &clap_output_events) {
        let Some(push) = theirs.try_push else { return };
        if !self.some.load(Ordering::Acquire) {
            return;
        }
        let Some(mut events) = self.events.try_lock() else { return };
        while let Some(event) = events.front() {
            // SAFETY: the function is the list's own, and the event whole.
            if !unsafe { push(theirs, std::ptr::from_ref(event).cast()) } {
                return;
            }
            events.pop_front();
        }
        self.some.store(false, Ordering::Release);
    }
}

/// A list for the framework to push to, in front of the host's. It must not move while it is in
/// use.
pub(super) struct Outgoing<'a> {
    list: clap_output_events,
    theirs: Option<&'a clap_output_events>,
    held: &'a Held,
    /// Frames from the block's beginning to the part's.
    offset: u32,
}

impl<'a> Outgoing<'a> {
    /// In front of the host's list, or of none: what is pushed then waits in `held`. Real-time
    /// safe.
    pub fn new(theirs: Option<&'a clap_output_events>, held: &'a Held) -> Self {
        let list = clap_output_events { ctx: std::ptr::null_mut(), try_push: Some(try_push) };
        Self { list, theirs, held, offset: 0 }
    }

    /// The list of the part that begins at frame `offset`. Real-time safe.
    pub fn list(&mut self, offset: u32) -> *const clap_output_events {
        self.offset = offset;
        self.list.ctx = std::ptr::from_mut(self).cast();
        &raw const self.list
    }
}

unsafe extern "C" fn try_push(
    list: *const clap_output_events,
    event: *const clap_event_header,
) -> bool {
    // SAFETY: the framework hands back the list it was given, with an event that is whole.
    unsafe {
        let own = &*(*list).ctx.cast::<Outgoing<'_>>();
        let Some(theirs) = own.theirs else { return own.held.push(whole(event)) };
        let Some(push) = theirs.try_push else { return false };
        if own.offset == 0 {
            return push(theirs, event);
        }
        let mut moved = whole(event);
        moved.header.time = moved.header.time.saturating_add(own.offset);
        push(theirs, (&raw const moved).cast())
    }
}
