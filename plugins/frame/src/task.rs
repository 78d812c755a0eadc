//! Work that the audio thread asks for and another thread does.
//!
//! Each instance has a thread of its own for it, which ends with the instance. The framework's
//! background thread is shared by all instances and stops for good when a task arrives whose
//! instance is gone; the last instance to go then panics in the host.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// A thread that does one job whenever it is asked to. Dropping it waits for a job that has begun.
#[derive(Debug)]
pub struct Task {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    asked: AtomicBool,
    ended: AtomicBool,
}

impl Task {
    /// Starts the thread, which waits. Where the system has no thread to give, the job is never
    /// done. Allocates.
    #[must_use]
    pub fn new(job: impl Fn() + Send + 'static) -> Self {
        let state = Arc::new(State::default());
        let theirs = state.clone();
        let wait = move || {
            while !theirs.ended.load(Ordering::Acquire) {
                if theirs.asked.swap(false, Ordering::AcqRel) {
                    job();
                } else {
                    std::thread::park();
                }
            }
        };
        Self { state, thread: std::thread::Builder::new().name("task".to_owned()).spawn(wait).ok() }
    }

    /// Asks for the job; asked for while it is done, it is done once more. Real-time safe.
    pub fn ask(&self) {
        self.state.asked.store(true, Ordering::Release);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A job that panicked has said so already, and there is nobody else to tell.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::time::{Duration, Instant};

    fn wait_for(count: &AtomicUsize, least: usize) {
        let start = Instant::now();
        while count.load(Ordering::SeqCst) < least {
            assert!(start.elapsed() < Duration::from_secs(60), "the job was not done");
            std::thread::yield_now();
        }
    }

    #[test]
    fn each_ask_is_followed_by_a_job_and_the_end_waits_for_it() {
        let count = Arc::new(AtomicUsize::new(0));
        let theirs = count.clone();
        let task = Task::new(move || {
            std::thread::sleep(Duration::from_millis(1));
            theirs.fetch_add(1, Ordering::SeqCst);
        });
        for done in 1..=20 {
            task.ask();
            wait_for(&count, done);
        }
        drop(task);
        assert_eq!(Arc::strong_count(&count), 1, "the job was still there after the end");
    }

    #[test]
    fn instances_that_go_with_a_job_pending_leave_the_others_alone() {
        let count = Arc::new(AtomicUsize::new(0));
        let make = || {
            let theirs = count.clone();
            Task::new(move || {
                theirs.fetch_add(1, Ordering::SeqCst);
            })
        };
        let stays = make();
        for _ in 0..200 {
            let goes = make();
            goes.ask();
        }
        let before = count.load(Ordering::SeqCst);
        stays.ask();
        wait_for(&count, before + 1);
    }
}
