//! Things handed to the audio thread and back, without a lock and without a free on it.
//!
//! A [`Mailbox`] carries the newest thing to the audio thread: what was posted but never taken
//! comes back to the poster, so the latest wins and nothing waits in a queue. A [`Retirer`] carries
//! what the audio thread is done with to a thread that may free it, whatever it is; when it is
//! full, the thing waits in a slot on the audio thread's side.

use crossbeam_utils::atomic::AtomicCell;

/// A letter box for one boxed value. Real-time safe on both sides (an atomic exchange).
pub struct Mailbox<T> {
    cell: AtomicCell<Option<Box<T>>>,
}

impl<T> Mailbox<T> {
    /// An empty mailbox.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(AtomicCell::<Option<Box<T>>>::is_lock_free()) };
        Self { cell: AtomicCell::new(None) }
    }

    /// Puts `value` in and returns what was still unread. The caller frees that, so it must not be
    /// the audio thread.
    pub fn post(&self, value: Box<T>) -> Option<Box<T>> {
        self.cell.swap(Some(value))
    }

    /// Takes what is in the box. Real-time safe.
    pub fn take(&self) -> Option<Box<T>> {
        self.cell.take()
    }
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Something that another thread is to free.
pub type Retired = Box<dyn Send>;

/// Things that may be on their way out at once.
const CAPACITY: usize = 16;

/// The audio thread's end of the way out.
pub struct Retirer {
    queue: rtrb::Producer<Retired>,
    waiting: Option<Retired>,
}

/// The other end: whoever holds it frees what arrives.
pub struct Collector {
    queue: rtrb::Consumer<Retired>,
}

/// A way out for 16 things at once, and one more that waits on the audio thread.
#[must_use]
pub fn way_out() -> (Retirer, Collector) {
    let (producer, consumer) = rtrb::RingBuffer::new(CAPACITY);
    (Retirer { queue: producer, waiting: None }, Collector { queue: consumer })
}

impl Retirer {
    /// Whether [`Retirer::retire`] has room for one more thing, and so whether one may be replaced.
    /// Real-time safe.
    #[must_use]
    pub fn has_room(&mut self) -> bool {
        self.flush();
        self.waiting.is_none()
    }

    /// Gives `thing` away to be freed on another thread. The caller has asked
    /// [`Retirer::has_room`]; if it has not and there is none, the thing is leaked, which is better
    /// than a free on this thread. Real-time safe.
    pub fn retire(&mut self, thing: Retired) {
        self.flush();
        if let Err(rtrb::PushError::Full(thing)) = self.queue.push(thing) {
            match self.waiting {
                None => self.waiting = Some(thing),
                Some(_) => std::mem::forget(thing),
            }
        }
    }

    fn flush(&mut self) {
        if let Some(thing) = self.waiting.take()
            && let Err(rtrb::PushError::Full(thing)) = self.queue.push(thing)
        {
            self.waiting = Some(thing);
        }
    }
}

impl Collector {
    /// Frees everything that has arrived and says how much it was. Not real-time safe.
    pub fn collect(&mut self) -> usize {
        std::iter::from_fn(|| self.queue.pop().ok()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn the_latest_wins_and_the_poster_gets_the_older_back() {
        let mailbox = Mailbox::new();
        assert!(mailbox.post(Box::new(1)).is_none());
        assert_eq!(mailbox.post(Box::new(2)).as_deref(), Some(&1));
        assert_eq!(mailbox.take().as_deref(), Some(&2));
        assert!(mailbox.take().is_none());
    }

    #[test]
    fn a_full_way_out_keeps_one_waiting_and_says_so() {
        let thing = Arc::new(());
        let (mut retirer, mut collector) = way_out();
        for _ in 0..=CAPACITY {
            assert!(retirer.has_room());
            retirer.retire(Box::new(thing.clone()));
        }
        assert!(!retirer.has_room());
        assert_eq!(collector.collect(), CAPACITY);
        assert!(retirer.has_room());
        retirer.retire(Box::new("another thing"));
        assert_eq!(collector.collect(), 2);
        assert_eq!(Arc::strong_count(&thing), 1);
    }
}
