//! The one place of an instance for work that takes long: nothing of it outlives the instance.
//!
//! Work is posted under a [`Slot`]: what waits there already is replaced, for the latest wish wins.
//! Quick work (models, files, curves) and long work (recordings, renderings) have a thread each,
//! which begins with the first work and does one thing after another. [`Worker::end`], which an
//! instance calls when it goes, waits for what has begun and forgets the rest. Long work asks its
//! [`Ending`] now and then whether anybody still wants it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};

/// What work is about: of two under one slot the later is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    name: &'static str,
    is_long: bool,
}

impl Slot {
    /// Of work of less than a second.
    #[must_use]
    pub const fn quick(name: &'static str) -> Self {
        Self { name, is_long: false }
    }

    /// Of work of any length.
    #[must_use]
    pub const fn long(name: &'static str) -> Self {
        Self { name, is_long: true }
    }
}

/// Whether the instance is going.
#[derive(Clone, Debug, Default)]
pub struct Ending(Arc<AtomicBool>);

impl Ending {
    /// Whether nobody wants the work any more.
    #[must_use]
    pub fn is_near(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

type Work = Box<dyn FnOnce(&Ending) + Send>;

#[derive(Default)]
struct Queue {
    waiting: Vec<(Slot, Work)>,
    is_busy: bool,
    is_over: bool,
    /// Begins with the first work.
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Lane {
    queue: Arc<(Mutex<Queue>, Condvar)>,
}

/// See the module's documentation. Posting allocates.
#[derive(Default)]
pub struct Worker {
    quick: Lane,
    long: Lane,
    ending: Ending,
}

impl Worker {
    /// Posts work. What waits under the same slot is forgotten; what has begun goes on, and is
    /// followed by this.
    pub fn post(&self, slot: Slot, work: impl FnOnce(&Ending) + Send + 'static) {
        let lane = if slot.is_long { &self.long } else { &self.quick };
        lane.post(slot, Box::new(work), &self.ending);
    }

    /// Waits until all that was posted is done; for tests and for those who may wait.
    pub fn wait(&self) {
        self.quick.wait();
        self.long.wait();
    }

    /// Ends both threads: waits for what has begun, forgets the rest, and takes nothing more.
    pub fn end(&self) {
        self.ending.0.store(true, Ordering::Release);
        self.quick.end();
        self.long.end();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
    }
}

impl Lane {
    fn post(&self, slot: Slot, work: Work, ending: &Ending) {
        let mut queue = self.queue.0.lock();
        if queue.is_over {
            return;
        }
        queue.waiting.retain(|(waiting, _)| *waiting != slot);
        queue.waiting.push((slot, work));
        // Still locked: a thread that begins while the instance ends would be joined by nobody.
        queue.thread.get_or_insert_with(|| {
            let (queue, ending) = (self.queue.clone(), ending.clone());
            std::thread::spawn(move || run(&queue, &ending))
        });
        drop(queue);
        self.queue.1.notify_all();
    }

    fn wait(&self) {
        let (queue, changed) = &*self.queue;
        let mut queue = queue.lock();
        while !queue.is_over && (queue.is_busy || !queue.waiting.is_empty()) {
            changed.wait(&mut queue);
        }
    }

    fn end(&self) {
        let (forgotten, thread) = {
            let mut queue = self.queue.0.lock();
            queue.is_over = true;
            (std::mem::take(&mut queue.waiting), queue.thread.take())
        };
        drop(forgotten);
        self.queue.1.notify_all();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
        {
            // Work that panicked has said so already.
            let _ = thread.join();
        }
    }
}

fn run(lane: &(Mutex<Queue>, Condvar), ending: &Ending) {
    let (queue, changed) = lane;
    loop {
        let work = {
            let mut queue = queue.lock();
            queue.is_busy = false;
            changed.notify_all();
            while !queue.is_over && queue.waiting.is_empty() {
                changed.wait(&mut queue);
            }
            if queue.is_over {
                return;
            }
            queue.is_busy = true;
            queue.waiting.remove(0).1
        };
        // One that panics must not take the others with it; the panic hook has said what happened.
        let _ = catch_unwind(AssertUnwindSafe(|| work(ending)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    const ONE: Slot = Slot::quick("one");
    const OTHER: Slot = Slot::quick("other");

    /// Posts work that waits until the gate is opened, and waits until it has begun.
    fn block(worker: &Worker, slot: Slot) -> Arc<AtomicBool> {
        let (gate, begun) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (theirs, told) = (gate.clone(), begun.clone());
        worker.post(slot, move |_| {
            told.store(true, Ordering::SeqCst);
            while !theirs.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        });
        while !begun.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        gate
    }

    #[test]
    fn the_latest_of_a_slot_is_done_and_others_in_their_order() {
        let worker = Worker::default();
        let done = Arc::new(Mutex::new(Vec::new()));
        let gate = block(&worker, ONE);
        for (slot, number) in [(ONE, 1), (OTHER, 2), (ONE, 3), (OTHER, 4), (ONE, 5)] {
            let done = done.clone();
            worker.post(slot, move |_| done.lock().push(number));
        }
        gate.store(true, Ordering::SeqCst);
        worker.wait();
        assert_eq!(*done.lock(), [4, 5]);
    }

    #[test]
    fn long_work_keeps_nobody_waiting() {
        let worker = Worker::default();
        let gate = block(&worker, Slot::long("render"));
        let done = Arc::new(AtomicUsize::new(0));
        let theirs = done.clone();
        worker.post(ONE, move |_| {
            theirs.fetch_add(1, Ordering::SeqCst);
        });
        worker.quick.wait();
        assert_eq!(done.load(Ordering::SeqCst), 1);
        gate.store(true, Ordering::SeqCst);
        worker.wait();
    }

    #[test]
    fn the_end_waits_for_what_has_begun_and_nothing_is_held_or_done_afterwards() {
        let worker = Worker::default();
        let count = Arc::new(AtomicUsize::new(0));
        let theirs = count.clone();
        worker.post(Slot::long("render"), move |ending| {
            while !ending.is_near() {
                std::thread::yield_now();
            }
            theirs.fetch_add(1, Ordering::SeqCst);
        });
        let gate = block(&worker, ONE);
        let never = count.clone();
        worker.post(OTHER, move |_| {
            never.fetch_add(1000, Ordering::SeqCst);
        });
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                gate.store(true, Ordering::SeqCst);
            });
            worker.end();
        });
        // The long work may not have begun at all.
        assert!(count.load(Ordering::SeqCst) <= 1);
        let late = count.clone();
        worker.post(ONE, move |_| {
            late.fetch_add(1000, Ordering::SeqCst);
        });
        worker.wait();
        assert!(count.load(Ordering::SeqCst) <= 1);
        assert_eq!(Arc::strong_count(&count), 1);
    }

    #[test]
    fn work_that_panics_takes_nobody_with_it_and_work_may_end_the_worker() {
        let worker = Arc::new(Worker::default());
        worker.post(ONE, |_| panic!("on purpose"));
        let done = Arc::new(AtomicUsize::new(0));
        let theirs = done.clone();
        worker.post(OTHER, move |_| {
            theirs.fetch_add(1, Ordering::SeqCst);
        });
        worker.wait();
        assert_eq!(done.load(Ordering::SeqCst), 1);
        let own = worker.clone();
        worker.post(ONE, move |_| own.end());
        worker.wait();
        assert!(worker.quick.queue.0.lock().is_over);
    }
}
