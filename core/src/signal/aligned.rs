//! Numbers that begin at a cache line.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, and of the widest vector.
const LINE: usize = 64;

/// Numbers whose first stands at the beginning of a cache line, so that no whole vector lies across
/// two. Where a plain `Vec` lies is chance: recurrent networks were a fifth slower in one process
/// than in the next.
pub(crate) struct Aligned<T> {
    data: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> From<Vec<T>> for Aligned<T> {
    /// Allocates.
    fn from(from: Vec<T>) -> Self {
        let spare = LINE / size_of::<T>();
        let mut data = Vec::<T>::with_capacity(from.len() + spare);
        // Where the allocation cannot be asked for its place (Miri), it begins anywhere.
        let start = Some(data.as_ptr().align_offset(LINE)).filter(|&n| n <= spare).unwrap_or(0);
        data.resize(start, T::default());
        data.extend_from_slice(&from);
        Aligned { data, start, len: from.len() }
    }
}

impl<T: Copy + Default> Clone for Aligned<T> {
    fn clone(&self) -> Self {
        self.to_vec().into()
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.data[self.start..self.start + self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.data[self.start..self.start + self.len]
    }
}

impl<T: fmt::Debug> fmt::Debug for Aligned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

impl<T: PartialEq> PartialEq for Aligned<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_given_and_begins_at_a_line_also_in_a_clone() {
        for len in [0, 1, 15, 16, 1_000] {
            let given: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let mut kept = Aligned::from(given.clone());
            let clone = kept.clone();
            assert!(*kept == *given && kept == clone);
            assert!([&kept, &clone].iter().all(|kept| kept.as_ptr().addr().is_multiple_of(LINE)));
            kept.iter_mut().for_each(|x| *x += 1.0);
            assert!(len == 0 || kept != clone);
        }
        let halves: Aligned<u16> = vec![7; 100].into();
        assert!(halves.as_ptr().addr().is_multiple_of(LINE) && *halves == [7; 100]);
    }
}
