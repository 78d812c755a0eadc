//! The parameter queues of a block, read together in the order of time.
//!
//! A host hands over one queue for each parameter, with points at samples. Sound wants them the
//! other way round: what happens at the next sample? A heap of the queues' next points answers in a
//! time that grows with the logarithm of their number, and needs room for the queues alone, however
//! many points there are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use nice_plug::wrapper::vst3::vst3::ComRef;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    IParamValueQueue, IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::kResultOk;

/// Points of one queue that are read in one block.
const MOST_POINTS: i32 = 1 << 16;
/// After so many refusals in a row a list that says it has more is not asked again.
const PATIENCE: i32 = 16;

/// One point: what a queue says about a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The sample, within the block.
    pub at: u32,
    /// The parameter's number.
    pub number: u32,
    /// As the host gives it.
    pub value: f64,
}

struct Cursor {
    point: Point,
    /// The queue's place in the host's list: of points at one sample the earlier queue's comes
    /// first.
    order: usize,
    next: i32,
    count: i32,
    queue: *mut IParamValueQueue,
}

impl Cursor {
    /// Moves on to the queue's next point. False at its end.
    ///
    /// # Safety
    /// The queue is alive.
    unsafe fn advance(&mut self, last: u32) -> bool {
        // SAFETY: the caller says so.
        let Some(queue) = (unsafe { ComRef::from_raw(self.queue) }) else { return false };
        let mut refusals = 0;
        while self.next < self.count && refusals < PATIENCE {
            let (mut offset, mut value) = (0, 0.0);
            // SAFETY: as above.
            let result = unsafe { queue.getPoint(self.next, &raw mut offset, &raw mut value) };
            self.next += 1;
            if result == kResultOk {
                let at = u32::try_from(offset).unwrap_or(0).min(last);
                self.point = Point { at: at.max(self.point.at), value, ..self.point };
                return true;
            }
            refusals += 1;
        }
        false
    }
}

impl PartialEq for Cursor {
    fn eq(&self, other: &Self) -> bool {
        (self.point.at, self.order) == (other.point.at, other.order)
    }
}

impl Eq for Cursor {}

impl PartialOrd for Cursor {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Cursor {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.point.at, self.order).cmp(&(other.point.at, other.order))
    }
}

/// The queues of one block. All but [`Queues::new`] is real-time safe.
pub struct Queues {
    heap: BinaryHeap<Reverse<Cursor>>,
    room: usize,
    last: u32,
}

// SAFETY: the pointers are the host's, for the time of one block; `clear` forgets them at its end.
unsafe impl Send for Queues {}

impl Queues {
    /// With room for so many queues.
    pub fn new(room: usize) -> Self {
        Self { heap: BinaryHeap::with_capacity(room), room, last: 0 }
    }

    /// Begins a block of `samples`. Queues beyond the room, of a host that hands over more than
    /// there are parameters, are given to `surplus` by their last points.
    ///
    /// # Safety
    /// `changes` is null or alive until [`Queues::clear`].
    pub unsafe fn begin(
        &mut self,
        changes: *mut IParameterChanges,
        samples: u32,
        mut surplus: impl FnMut(Point),
    ) {
        self.clear();
        self.last = samples.saturating_sub(1);
        // SAFETY: the caller says so.
        let Some(changes) = (unsafe { ComRef::from_raw(changes) }) else { return };
        // SAFETY: as above.
        let count = unsafe { changes.getParameterCount() };
        let mut refusals = 0;
        for order in 0..count.max(0) {
            // SAFETY: as above; a queue lives as long as its list.
            let queue = unsafe { changes.getParameterData(order) };
            // SAFETY: as above.
            let Some(known) = (unsafe { ComRef::from_raw(queue) }) else {
                refusals += 1;
                if refusals >= PATIENCE {
                    return;
                }
                continue;
            };
            refusals = 0;
            // SAFETY: as above.
            let (number, count) = unsafe { (known.getParameterId(), known.getPointCount()) };
            let point = Point { at: 0, number, value: 0.0 };
            let has_room = self.heap.len() < self.room;
            let count = count.clamp(0, MOST_POINTS);
            let next = if has_room { 0 } else { (count - 1).max(0) };
            let mut cursor = Cursor { point, order: order as usize, next, count, queue };
            // SAFETY: as above.
            if unsafe { cursor.advance(self.last) } {
                if has_room {
                    self.heap.push(Reverse(cursor));
                } else {
                    surplus(cursor.point);
                }
            } else if order >= MOST_POINTS {
                return;
            }
        }
    }

    /// The earliest point that was not taken.
    pub fn peek(&self) -> Option<Point> {
        self.heap.peek().map(|cursor| cursor.0.point)
    }

    /// Takes the point that [`Queues::peek`] shows.
    pub fn take(&mut self) {
        if let Some(mut first) = self.heap.peek_mut() {
            // SAFETY: `begin`'s caller says that the queues are alive.
            if !unsafe { first.0.advance(self.last) } {
                PeekMut::pop(first);
            }
        }
    }

    /// Forgets the host's queues.
    pub fn clear(&mut self) {
        self.heap.clear();
    }
}
