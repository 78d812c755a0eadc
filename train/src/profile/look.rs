//! A look at how near a network is to its device, on sound that it does not learn from.

use anyhow::Result;
use nfx_learn::effect::ProfileLearner;
use nfx_learn::effect::loss::{LossConfig, emphasised_esr, esr};
use serde::{Deserialize, Serialize};

use super::data::{Dataset, LEAD_IN_S, MEMORY_S, SETTLE_S, Stretch};
use super::measure::EMPHASIS;

/// One look at the held-out part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Seconds spent.
    pub seconds: f64,
    /// Steps made.
    pub steps: u64,
    /// Learning rate.
    pub rate: f64,
    /// Mean loss of the steps since the last look; 0 when there were none.
    #[serde(default, deserialize_with = "number_or_zero")]
    pub loss: f64,
    /// Held-out error-to-signal ratio; with knobs the mean over recordings.
    pub esr: f64,
    /// The same with pre-emphasis.
    pub emphasised: f64,
}

impl Look {
    /// What weights are chosen by: the two ratios as the loss weighs them.
    pub fn figure(&self, loss: &LossConfig) -> f64 {
        let (a, b) = (f64::from(loss.esr), f64::from(loss.emphasised));
        if a + b <= 0.0 { self.esr } else { (a * self.esr + b * self.emphasised) / (a + b) }
    }
}

/// JSON has no NaN and writes `null` for it, as files have it in which a look without steps is.
fn number_or_zero<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or_default())
}

/// A stretch of output beside its target, played with what comes before it: as much as a network
/// needs that looks back so far, seconds of it for one that remembers. Silence stands for what was
/// before the recording, as in the plugin.
pub fn play(
    learner: &mut dyn ProfileLearner,
    data: &Dataset,
    s: &Stretch,
) -> Result<(Vec<f32>, Vec<f32>)> {
    let r = &data.recordings[s.recording];
    let lead_s = if learner.remembers() { MEMORY_S } else { LEAD_IN_S };
    let lead = learner.plan().warm_up.max((lead_s * data.rate_hz) as usize);
    let from = s.from.saturating_sub(lead).max(s.start);
    let silence = if learner.remembers() { (SETTLE_S * data.rate_hz) as usize } else { lead };
    let missing = (lead - (s.from - from)).min(silence);
    let led = |sound: &[f32]| [vec![0.0; missing], sound[from..s.until].to_vec()].concat();
    let side = r.side.as_ref().map(|side| led(side));
    let mut output = learner.predict(&led(&r.input), side.as_deref(), &r.knobs)?;
    output.drain(..missing + s.from - from);
    Ok((output, r.target[s.from..s.until].to_vec()))
}

/// The ratios of a learner on stretches: over all samples without knobs, the mean over recordings
/// with knobs.
///
/// # Errors
/// When the stretches do not fit the network.
pub fn evaluate(
    learner: &mut dyn ProfileLearner,
    data: &Dataset,
    stretches: &[Stretch],
) -> Result<Look> {
    let mut by_recording: std::collections::BTreeMap<usize, (Vec<f32>, Vec<f32>)> =
        std::collections::BTreeMap::new();
    for s in stretches {
        let (y, t) = play(learner, data, s)?;
        let key = if data.knobs.is_empty() { 0 } else { s.recording };
        let all = by_recording.entry(key).or_default();
        all.0.extend(y);
        all.1.extend(t);
    }
    let n = by_recording.len().max(1) as f64;
    let mut look = Look::default();
    for (y, t) in by_recording.values() {
        look.esr += esr(y, t) / n;
        look.emphasised += emphasised_esr(y, t, EMPHASIS) / n;
    }
    Ok(look)
}
