//! Models of audio effects that learn: pairs of sound before and after a device in, weights out.
//!
//! | module | what it holds |
//! |---|---|
//! | [`recurrent`] | LSTM and GRU: back-propagation through time by hand, and the burn module it is held to |
//! | [`wavenet`] | stacks of dilated convolutions in the shape that `.nam` files have, with FiLM for the knobs |
//! | [`dynamics`] | level, curve and gain of a dynamics processor: a recursion and its adjoint by hand |
//! | [`families`] | which family of core's table has which learner |
//! | [`linear`] | impulse responses, solved by least squares |
//! | [`export`] | to model files, with the parity check |
//! | [`signaltrain`] | the network of Hawley, Colburn and Mimilakis |
//! | [`graph`] | what networks that burn's autodiff alone trains have in common |
//! | [`loss`] | ESR with pre-emphasis, DC, multi-resolution STFT, each with its gradient |
//! | [`optimiser`] | Adam over one flat array, with a bound on the gradient's norm |
//! | [`lanes`] | tanh and sigmoid of sixteen numbers at a time |
//!
//! Every family is a [`ProfileLearner`]; the trainer's loop knows nothing else of it.

pub mod dynamics;
pub mod export;
pub mod families;
pub mod graph;
#[allow(unsafe_code)]
pub mod lanes;
pub mod linear;
pub mod loss;
pub mod optimiser;
pub mod recurrent;
pub mod signaltrain;
mod stft_loss;
pub mod wavenet;

use nfx_core::models::effect::ProfileConfig;

use crate::{LearnError, Tensors};

/// How a family likes its sound cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentPlan {
    /// Segments in a batch.
    pub segments: usize,
    /// Samples in front of the scored ones of a fresh segment, from which the model takes its
    /// state.
    pub warm_up: usize,
    /// Samples of a segment that are scored.
    pub scored: usize,
    /// How many batches go on where the one before them ended (with no warm-up) before new places
    /// are drawn; 1 for models without a state.
    pub run: usize,
}

/// How a family learns a segment that is longer than its plan says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongSegments {
    /// In one piece.
    Whole,
    /// Piece by piece, its memory going on from each to the next.
    GoingOn,
    /// Piece by piece, each with what was before it as its warm-up.
    WithLead,
}

/// Segments of one step, all of one length. Samples are those of the recording, knobs run from −1
/// to 1.
#[derive(Clone, Copy, Debug)]
pub struct PairBatch<'a> {
    /// What went into the device, `[segment][sample]`.
    pub input: &'a [f32],
    /// What came out, `[segment][sample]`.
    pub target: &'a [f32],
    /// What the detector of a compressor listened to, `[segment][sample]`; `None` when that is the
    /// input itself.
    pub side: Option<&'a [f32]>,
    /// Where the knobs stood, `[segment][knob]`.
    pub knobs: &'a [f32],
    /// How much each segment counts, `[segment]`: one over the mean square that its error is judged
    /// by.
    pub weights: &'a [f32],
    /// Number of segments.
    pub segments: usize,
    /// Samples in each, the warm-up included.
    pub samples: usize,
    /// Leading samples of each that are not scored.
    pub warm_up: usize,
    /// Whether every segment goes on where the one at its place in the last batch ended. Models
    /// without a state never get such batches.
    pub continues: bool,
}

impl<'a> PairBatch<'a> {
    /// As many segments as there are weights, all of one length, scored from their first sample on,
    /// none going on from another; the arrays as the fields have them. A learner that gets other
    /// lengths says so.
    pub fn new(input: &'a [f32], target: &'a [f32], knobs: &'a [f32], weights: &'a [f32]) -> Self {
        let segments = weights.len();
        let samples = input.len() / segments.max(1);
        Self {
            input,
            target,
            side: None,
            knobs,
            weights,
            segments,
            samples,
            warm_up: 0,
            continues: false,
        }
    }

    /// That the arrays have the lengths that the counts say.
    ///
    /// # Errors
    /// [`LearnError::Argument`] with what was expected and found.
    pub fn check(&self, knobs: usize) -> Result<(), LearnError> {
        let wanted = self.segments * self.samples;
        let side = self.side.is_none_or(|s| s.len() == wanted);
        let arrays = self.input.len() == wanted && self.target.len() == wanted && side;
        if !arrays
            || self.weights.len() != self.segments
            || self.knobs.len() != self.segments * knobs
        {
            return Err(LearnError::Argument(format!(
                "expected {} segments of {} samples with {knobs} knobs, found {} samples of input, {} of target, {} \
                 knobs and {} weights",
                self.segments,
                self.samples,
                self.input.len(),
                self.target.len(),
                self.knobs.len(),
                self.weights.len()
            )));
        }
        if self.segments == 0 || self.samples <= self.warm_up {
            return Err(LearnError::Argument(format!(
                "expected segments with samples to score, found {} segments of {} samples with a warm-up of {}",
                self.segments, self.samples, self.warm_up
            )));
        }
        Ok(())
    }
}

/// A model that learns an effect from pairs.
pub trait ProfileLearner: Send {
    /// What the network is.
    fn config(&self) -> ProfileConfig;

    /// How it likes its sound cut.
    fn plan(&self) -> SegmentPlan;

    /// The learning rate that its trainings begin with.
    fn rate(&self) -> f64;

    /// Whether what it gives out may depend on all that it has heard, not on the plan's warm-up
    /// alone.
    fn remembers(&self) -> bool {
        false
    }

    /// How it learns a segment that is longer than its plan says.
    fn long_segments(&self) -> LongSegments {
        LongSegments::Whole
    }

    /// Whether [`ProfileLearner::solve`] does all its learning.
    fn is_solved(&self) -> bool {
        false
    }

    /// Learns all at once from everything there is to learn from. Attempt 0 may be as rich as the
    /// family can be, each after it is simpler; `false` when there is none left. Families that
    /// learn step by step do nothing and have none.
    ///
    /// # Errors
    /// When the passages do not fit.
    fn solve(
        &mut self,
        _passages: &[linear::Passage<'_>],
        _attempt: usize,
    ) -> Result<bool, LearnError> {
        Ok(false)
    }

    /// One step at a learning rate. Gives the loss of the batch before the step.
    ///
    /// # Errors
    /// When the batch does not fit.
    fn step(&mut self, rate: f64, batch: &PairBatch<'_>) -> Result<f32, LearnError>;

    /// What the model makes of a whole sound at one setting of its knobs (−1 to 1), started at
    /// rest; as long as the input. `side` is what a compressor's detector listens to, when that is
    /// another sound.
    ///
    /// # Errors
    /// When the number of knobs or the length of the side chain is wrong.
    fn predict(
        &mut self,
        input: &[f32],
        side: Option<&[f32]>,
        knobs: &[f32],
    ) -> Result<Vec<f32>, LearnError>;

    /// The weights, named and shaped as the config's tensors.
    ///
    /// # Errors
    /// When they cannot be read back from where they are.
    fn tensors(&self) -> Result<Tensors, LearnError>;

    /// Takes other weights; the optimiser's memory stays.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape; nothing has changed then.
    fn set_tensors(&mut self, tensors: &Tensors) -> Result<(), LearnError>;

    /// The optimiser's memory, for a checkpoint.
    fn state(&self) -> Vec<u8>;

    /// Takes it back.
    ///
    /// # Errors
    /// When it is not of this optimiser; nothing has changed then.
    fn restore(&mut self, state: &[u8]) -> Result<(), LearnError>;

    /// Number of weights.
    fn parameters(&self) -> usize;
}

/// Refuses another number of knobs than the model has.
fn expect_knobs(wanted: usize, knobs: &[f32]) -> Result<(), LearnError> {
    if knobs.len() == wanted {
        return Ok(());
    }
    Err(LearnError::Argument(format!("expected {wanted} knobs, found {}", knobs.len())))
}
