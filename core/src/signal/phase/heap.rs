//! A priority queue of bins that never grows.

/// A max-heap of bins by their level, of fixed capacity.
///
/// Level and bin are packed into one integer, the level's bits made monotonic in front, so that one
/// comparison orders both: equal levels leave in the order of their bins, whatever order they came
/// in.
#[derive(Clone, Debug)]
pub(super) struct Heap {
    items: Vec<u64>,
    capacity: usize,
}

impl Heap {
    /// An empty heap that takes `capacity` bins. Allocates.
    pub(super) fn new(capacity: usize) -> Self {
        Self { items: Vec::with_capacity(capacity), capacity }
    }

    /// Takes everything out. Real-time safe.
    pub(super) fn clear(&mut self) {
        self.items.clear();
    }

    /// Puts a bin in; a full heap refuses it (which its owners rule out by their choice of
    /// capacity). Real-time safe.
    #[inline]
    pub(super) fn push(&mut self, level: f32, bin: u32) {
        debug_assert!(self.items.len() < self.capacity, "a heap of {} bins is full", self.capacity);
        if self.items.len() >= self.capacity {
            return;
        }
        let item = pack(level, bin);
        let mut at = self.items.len();
        self.items.push(item);
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.items[parent] >= item {
                break;
            }
            self.items[at] = self.items[parent];
            at = parent;
        }
        self.items[at] = item;
    }

    /// Takes out the loudest bin. Real-time safe.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<u32> {
        let last = self.items.pop()?;
        let Some(&top) = self.items.first() else {
            return Some(!(last as u32));
        };
        let len = self.items.len();
        let mut at = 0;
        loop {
            let mut child = 2 * at + 1;
            if child >= len {
                break;
            }
            if child + 1 < len && self.items[child + 1] > self.items[child] {
                child += 1;
            }
            if self.items[child] <= last {
                break;
            }
            self.items[at] = self.items[child];
            at = child;
        }
        self.items[at] = last;
        Some(!(top as u32))
    }
}

/// Level and bin as one number with the order of the level, ties by the smaller bin first.
#[inline]
fn pack(level: f32, bin: u32) -> u64 {
    let bits = level.to_bits();
    // The bits of a float order like an integer once negative numbers are mirrored.
    let ordered = if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 };
    (u64::from(ordered) << 32) | u64::from(!bin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_leave_by_their_level_and_ties_by_their_number() {
        let levels = [-3.5f32, 0.0, 7.25, -87.0, 7.25, 88.0, -0.5, 1e-20];
        let mut heap = Heap::new(levels.len());
        for (bin, &level) in levels.iter().enumerate() {
            heap.push(level, bin as u32);
        }
        let order: Vec<u32> = std::iter::from_fn(|| heap.pop()).collect();
        assert_eq!(order, [5, 2, 4, 7, 1, 6, 0, 3]);
        assert_eq!(heap.pop(), None);
    }
}
