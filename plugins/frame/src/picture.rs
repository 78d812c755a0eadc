//! The newest of something from the audio thread to the editor, through a triple buffer, written
//! only while somebody looks.
//!
//! Each look asks for one more, so a closed editor (of which the framework does not tell) costs one
//! relaxed load per block.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// The audio thread's side.
pub struct Painter<T: Send> {
    input: triple_buffer::Input<T>,
    wanted: Arc<AtomicBool>,
}

/// The editor's side; any thread but the audio thread.
pub struct Viewer<T: Send> {
    output: Mutex<triple_buffer::Output<T>>,
    wanted: Arc<AtomicBool>,
}

/// A connected pair that begins with the default.
#[must_use]
pub fn channel<T: Clone + Default + Send>() -> (Painter<T>, Viewer<T>) {
    let (input, output) = triple_buffer::triple_buffer(&T::default());
    let wanted = Arc::new(AtomicBool::new(false));
    (Painter { input, wanted: wanted.clone() }, Viewer { output: Mutex::new(output), wanted })
}

impl<T: Send> Painter<T> {
    /// Whether the editor has looked since the last picture. Real-time safe.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Publishes what `paint` makes of an older picture. Real-time safe when `paint` is.
    pub fn publish(&mut self, paint: impl FnOnce(&mut T)) {
        self.wanted.store(false, Ordering::Relaxed);
        paint(self.input.input_buffer_mut());
        self.input.publish();
    }
}

impl<T: Send> Viewer<T> {
    /// Asks for the next picture and shows the newest. `seen` runs under a lock that only editors
    /// share.
    pub fn look<R>(&self, seen: impl FnOnce(&T) -> R) -> R {
        self.wanted.store(true, Ordering::Relaxed);
        seen(self.output.lock().read())
    }
    /// Asks for the next picture and copies the newest to `seen`, unless that is it already; says
    /// whether it was another. `number` tells pictures from one another.
    pub fn newest<N: PartialEq>(&self, seen: &mut T, number: impl Fn(&T) -> N) -> bool
    where
        T: Clone,
    {
        self.look(|newest| {
            let is_other = number(newest) != number(seen);
            if is_other {
                seen.clone_from(newest);
            }
            is_other
        })
    }
}
