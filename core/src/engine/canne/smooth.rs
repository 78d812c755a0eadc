//! Controls that are read once in a slot.

/// A control that follows its target by one exponential step a slot, and then stands exactly still.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slow {
    now: f64,
    share: f64,
}

impl Slow {
    /// With this time constant and time between steps.
    pub fn new(time_s: f64, step_s: f64) -> Self {
        Self { now: 0.0, share: 1.0 - (-step_s / time_s).exp() }
    }

    pub fn jump(&mut self, target: f64) {
        self.now = target;
    }

    pub fn now(&self) -> f64 {
        self.now
    }

    pub fn step(&mut self, target: f64) {
        self.now = follow(self.now, target, self.share);
    }
}

/// A step from `now` towards `target`, which is reached where it is near.
pub(super) fn follow(now: f64, target: f64, share: f64) -> f64 {
    let away = target - now;
    if away.abs() < 1e-5 { target } else { now + away * share }
}
