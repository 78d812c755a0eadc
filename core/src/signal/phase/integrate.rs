//! One step of phase-gradient heap integration: from a frame whose phases are known to the next
//! one.

use super::gradient::{Form, QUIET, wrapped};
use super::heap::Heap;
use super::random::Random;
use super::relax::Relaxation;
use crate::signal::stft::StftConfig;

/// What is known of the frame before. All `[bin]`.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) logs: &'a [f32],
    /// Advance per hop.
    pub(super) time: &'a [f32],
    /// Relative to the frame's centre.
    pub(super) phases: &'a [f32],
}

/// What is known of the frame whose phases are wanted. All `[bin]`.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) logs: &'a [f32],
    /// Advance per hop.
    pub(super) time: &'a [f32],
    /// Change from bin to bin.
    pub(super) frequency: &'a [f32],
}

/// The memory of a step: nothing is remembered from one to the next.
#[derive(Clone, Debug)]
pub(super) struct Integrator {
    heap: Heap,
    /// Whether a bin of the new frame still waits for its phase, `[bin]`.
    open: Vec<bool>,
    /// Absent in the published form.
    relaxation: Option<Relaxation>,
}

impl Integrator {
    /// For the frames of a transform. Allocates.
    pub(super) fn new(config: StftConfig, form: Form) -> Self {
        let bins = config.bins();
        let relaxation = (form == Form::Corrected).then(|| Relaxation::new(bins, config.window));
        // Every bin of either frame enters the heap at most once.
        Self { heap: Heap::new(2 * bins), open: vec![false; bins], relaxation }
    }

    /// The phases of the new frame, relative to its centre, each reached from the loudest neighbour
    /// along the loudest path. Real-time safe. All slices must be `[bin]`.
    ///
    /// Source: Průša & Søndergaard, *Real-Time Spectrogram Inversion Using Phase Gradient Heap
    /// Integration* (2016), algorithm 1.
    pub(super) fn step(
        &mut self,
        known: Known<'_>,
        wanted: Wanted<'_>,
        random: &mut Random,
        phases: &mut [f32],
    ) {
        let bins = self.open.len();
        debug_assert!(
            phases.len() == bins && known.logs.len() == bins && wanted.logs.len() == bins
        );
        let loudest = known.logs.iter().chain(wanted.logs).copied().fold(f32::MIN, f32::max);
        let threshold = loudest + QUIET;
        self.heap.clear();
        let mut waiting = 0usize;
        for (m, open) in self.open.iter_mut().enumerate() {
            *open = wanted.logs[m] > threshold;
            if *open {
                waiting += 1;
                self.heap.push(known.logs[m], m as u32);
            } else {
                phases[m] = random.phase();
            }
        }
        while waiting > 0
            && let Some(bin) = self.heap.pop()
        {
            let bin = bin as usize;
            if bin < bins {
                if self.open[bin] {
                    let advance = 0.5 * (known.time[bin] + wanted.time[bin]);
                    waiting -= self.settle(bin, known.phases[bin] + advance, wanted.logs, phases);
                }
                continue;
            }
            let m = bin - bins;
            if m > 0 && self.open[m - 1] {
                let change = 0.5 * (wanted.frequency[m] + wanted.frequency[m - 1]);
                waiting -= self.settle(m - 1, phases[m] - change, wanted.logs, phases);
            }
            if m + 1 < bins && self.open[m + 1] {
                let change = 0.5 * (wanted.frequency[m] + wanted.frequency[m + 1]);
                waiting -= self.settle(m + 1, phases[m] + change, wanted.logs, phases);
            }
        }
        if let Some(relaxation) = &mut self.relaxation {
            relaxation.run(known, wanted, threshold, phases);
        }
    }

    /// Gives a bin of the new frame its phase and lets it pass it on; how many bins that settles.
    #[inline]
    fn settle(&mut self, m: usize, phase: f32, logs: &[f32], phases: &mut [f32]) -> usize {
        phases[m] = wrapped(phase);
        self.open[m] = false;
        self.heap.push(logs[m], (m + self.open.len()) as u32);
        1
    }
}
