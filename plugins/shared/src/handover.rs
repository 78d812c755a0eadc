//! Things handed to the audio thread and back, without a lock and without a free on it.
//!
//! A [`Mailbox`] carries the newest thing to the audio thread: what was posted but never taken comes back to the poster, so
//! the latest wins and nothing waits in a queue. A [`Chute`] carries what the audio thread is done with to a thread that may
//! free it; when it is full, the thing waits in a slot on the audio thread's side.

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

    /// Puts `value` in and returns what was still unread. The caller frees that, so it must not be the audio thread.
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

/// The audio thread's end of the way out.
pub struct Chute<T> {
    queue: rtrb::Producer<T>,
    waiting: Option<T>,
}

/// The other end: whoever holds it frees what arrives.
pub struct Bin<T> {
    queue: rtrb::Consumer<T>,
}

/// A way out for at most `capacity` things at once, and one more that waits on the audio thread.
#[must_use]
pub fn way_out<T>(capacity: usize) -> (Chute<T>, Bin<T>) {
    let (producer, consumer) = rtrb::RingBuffer::new(capacity);
    (Chute { queue: producer, waiting: None }, Bin { queue: consumer })
}

impl<T> Chute<T> {
    /// Whether [`Chute::drop_in`] will take one more thing without giving it back. Real-time safe.
    #[must_use]
    pub fn has_room(&mut self) -> bool {
        self.flush();
        self.waiting.is_none()
    }

    /// Sends `thing` away; gives it back when both queue and slot are full. Real-time safe.
    ///
    /// # Errors
    /// The thing itself: keep it and try at the next block.
    pub fn drop_in(&mut self, thing: T) -> Result<(), T> {
        self.flush();
        match (self.queue.push(thing), &self.waiting) {
            (Ok(()), _) => Ok(()),
            (Err(rtrb::PushError::Full(thing)), None) => {
                self.waiting = Some(thing);
                Ok(())
            }
            (Err(rtrb::PushError::Full(thing)), Some(_)) => Err(thing),
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

impl<T> Bin<T> {
    /// Frees everything that has arrived and says how much it was. Not real-time safe.
    pub fn empty(&mut self) -> usize {
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
    fn a_full_way_out_keeps_one_waiting_and_gives_the_next_back() {
        let thing = Arc::new(());
        let (mut chute, mut bin) = way_out(2);
        for _ in 0..3 {
            chute.drop_in(thing.clone()).unwrap();
        }
        assert!(!chute.has_room());
        assert!(chute.drop_in(thing.clone()).is_err());
        assert_eq!(bin.empty(), 2);
        assert!(chute.has_room());
        assert_eq!(bin.empty(), 1);
        assert_eq!(Arc::strong_count(&thing), 1);
    }
}
