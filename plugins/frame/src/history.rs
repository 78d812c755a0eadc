//! Undo, redo and A/B over any value that stands for a whole setting.

use std::collections::VecDeque;

/// Steps kept; older ones are forgotten.
const MOST_STEPS: usize = 200;

/// A line of settings with a place in it, and two places to compare.
#[derive(Clone, Debug)]
pub struct History<T> {
    /// Settings from old to new, each with what made it.
    steps: VecDeque<(String, T)>,
    at: usize,
    other: T,
    on_b: bool,
}

impl<T: Clone + PartialEq> History<T> {
    /// A history that begins at `now`; A and B both begin there.
    #[must_use]
    pub fn new(now: T) -> Self {
        Self {
            steps: VecDeque::from([(String::new(), now.clone())]),
            at: 0,
            other: now,
            on_b: false,
        }
    }

    /// Records `now` as made by `what`, forgets what was undone; nothing happens when nothing
    /// changed.
    pub fn commit(&mut self, what: &str, now: T) {
        if self.steps.get(self.at).is_some_and(|(_, there)| *there == now) {
            return;
        }
        self.steps.truncate(self.at + 1);
        self.steps.push_back((what.to_owned(), now));
        if self.steps.len() > MOST_STEPS {
            self.steps.pop_front();
        }
        self.at = self.steps.len() - 1;
    }

    /// What undo would take back.
    #[must_use]
    pub fn undoable(&self) -> Option<&str> {
        (self.at > 0).then(|| self.steps[self.at].0.as_str())
    }

    /// What redo would do again.
    #[must_use]
    pub fn redoable(&self) -> Option<&str> {
        self.steps.get(self.at + 1).map(|(what, _)| what.as_str())
    }

    /// One step back: the setting to restore.
    pub fn undo(&mut self) -> Option<T> {
        self.at = self.at.checked_sub(1)?;
        Some(self.steps[self.at].1.clone())
    }

    /// One step forward: the setting to restore.
    pub fn redo(&mut self) -> Option<T> {
        let next = self.steps.get(self.at + 1)?.1.clone();
        self.at += 1;
        Some(next)
    }

    /// Whether B is heard.
    #[must_use]
    pub fn is_b(&self) -> bool {
        self.on_b
    }

    /// Goes from A to B or back: keeps `now` for the one that is left and returns the other to
    /// restore.
    pub fn swap(&mut self, now: T) -> T {
        let there = std::mem::replace(&mut self.other, now);
        self.on_b = !self.on_b;
        self.commit(if self.on_b { "A to B" } else { "B to A" }, there.clone());
        there
    }

    /// The setting that is not heard.
    #[must_use]
    pub fn other(&self) -> &T {
        &self.other
    }

    /// Makes the one that is not heard equal to `now`.
    pub fn copy_to_other(&mut self, now: T) {
        self.other = now;
    }

    /// Forgets everything and begins at `now`.
    pub fn restart(&mut self, now: T) {
        *self = Self::new(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undo_and_redo_walk_the_line() {
        let mut history = History::new(0);
        history.commit("one", 1);
        history.commit("same", 1);
        history.commit("two", 2);
        assert_eq!(history.undoable(), Some("two"));
        assert_eq!(history.undo(), Some(1));
        assert_eq!(history.redoable(), Some("two"));
        assert_eq!(history.undo(), Some(0));
        assert_eq!(history.undo(), None);
        assert_eq!(history.redo(), Some(1));
        history.commit("three", 3);
        assert_eq!(history.redo(), None);
        assert_eq!(history.undo(), Some(1));
    }

    #[test]
    fn a_and_b_keep_their_own_setting() {
        let mut history = History::new(1);
        assert_eq!(history.swap(5), 1);
        assert!(history.is_b());
        assert_eq!(history.swap(7), 5);
        assert_eq!(history.swap(5), 7);
        history.copy_to_other(9);
        assert_eq!(history.swap(7), 9);
    }

    #[test]
    fn the_line_is_bounded() {
        let mut history = History::new(0);
        for step in 1..1000 {
            history.commit("step", step);
        }
        let mut steps = 0;
        while history.undo().is_some() {
            steps += 1;
        }
        assert_eq!(steps, MOST_STEPS - 1);
    }
}
