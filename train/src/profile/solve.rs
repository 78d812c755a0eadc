//! What needs no steps: impulse responses, solved at once from all there is to learn from.

use anyhow::Result;
use nfx_learn::effect::ProfileLearner;
use nfx_learn::effect::linear::Passage;

use super::data::{Dataset, Stretch};
use super::fit::{Judge, Outcome, Position, Profiles};
use super::look::Look;
use crate::training_loop::{Ending, Monitor, Stopwatch};

/// A held-out ESR below which nothing simpler is tried.
const PLAIN: f64 = 1e-3;

/// Solves what can be solved; of the attempts, each simpler than the one before, the best on the
/// held-out part stays. Gives nothing when there was nothing to solve.
pub(super) fn solve(
    judge: &mut Judge<'_>,
    learner: &mut (dyn ProfileLearner + 'static),
    watch: Stopwatch,
    monitor: &mut dyn Monitor<Profiles>,
) -> Result<Option<Outcome>> {
    let passages = passages(judge.data, learner.plan().warm_up);
    let mut out = Outcome::new(Position::default(), Ending::Solved);
    let first = learner.tensors()?;
    let mut attempt = 0;
    while learner.solve(&passages, attempt)? {
        attempt += 1;
        judge.position.seconds = watch.seconds();
        let found = judge.look(learner, Look::default())?;
        let plain = found.look.esr < PLAIN;
        out.note(found, learner, monitor)?;
        if plain || monitor.stop() {
            break;
        }
    }
    if attempt == 0 {
        return Ok(None);
    }
    learner.set_tensors(out.best.as_ref().unwrap_or(&first))?;
    out.position = judge.position.clone();
    monitor.checkpoint(&out.position, learner, true)?;
    Ok(Some(out))
}

/// What there is to learn from, each stretch with up to `lead` samples before it.
fn passages(data: &Dataset, lead: usize) -> Vec<Passage<'_>> {
    let passage = |s: &Stretch| {
        let r = &data.recordings[s.recording];
        let from = s.from.saturating_sub(lead).max(s.start);
        Passage {
            input: &r.input[from..s.until],
            target: &r.target[from..s.until],
            lead: s.from - from,
        }
    };
    data.train.iter().map(passage).collect()
}
