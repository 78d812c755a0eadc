//! What the child says, as the editor shows it.

use std::path::PathBuf;

use serde::Deserialize;

/// Most points of the curve that are kept; twice as many are thinned out.
const MOST_POINTS: usize = 400;

/// How a check of the material came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It can be trained on, but will not be at its best.
    Doubtful,
    /// It cannot be trained on.
    Bad,
}

/// One check in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How it came out.
    pub verdict: Verdict,
    /// What was found and what to do.
    pub text: String,
}

/// Where a run stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The program starts.
    #[default]
    Starting,
    /// It looks at the material.
    Checking,
    /// It trains.
    Training,
    /// It writes the report and the model.
    Writing,
    /// All went well.
    Done,
    /// A sentence.
    Failed(String),
}

/// The newest of what the child said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Where it stands.
    pub stage: Stage,
    /// The share that is done, 0 to 1.
    pub fraction: f32,
    /// Seconds that are left, when it is known.
    pub eta_s: Option<f32>,
    /// The newest error on what it does not learn from: ESR of a profile, validation error of other
    /// models.
    pub error: Option<f64>,
    /// The best so far.
    pub best: Option<f64>,
    /// The error over the share that is done, oldest first.
    pub curve: Vec<(f32, f64)>,
    /// What it said last.
    pub message: String,
    /// What it has to say of the result beside the figure: that something simpler comes nearer to
    /// the device.
    pub advice: Option<String>,
    /// What it says of the material.
    pub checks: Vec<Check>,
    /// The model, once it is written.
    pub model: Option<PathBuf>,
    /// The report, once it is written.
    pub report: Option<PathBuf>,
}

impl Progress {
    /// Whether nothing more will come.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Done | Stage::Failed(_))
    }

    /// Whether a check says that it cannot be trained on.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.checks.iter().any(|check| check.verdict == Verdict::Bad)
    }

    /// Takes in a line of the child's standard output; what is no progress is passed over.
    pub fn read(&mut self, line: &str) {
        let Ok(line) = serde_json::from_str::<Line>(line) else { return };
        self.stage = match line.stage.as_str() {
            "check" => Stage::Checking,
            "train" => Stage::Training,
            "report" => Stage::Writing,
            "done" => Stage::Done,
            "error" => Stage::Failed(
                line.message.clone().unwrap_or_else(|| "The trainer failed.".to_owned()),
            ),
            _ => self.stage.clone(),
        };
        if let Some(fraction) = line.fraction.filter(|fraction| fraction.is_finite()) {
            self.fraction = fraction.clamp(0.0, 1.0);
        }
        self.eta_s = line.eta_s.filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
        if let Some(error) = line.esr.or(line.validation).filter(|error| error.is_finite()) {
            self.error = Some(error);
            self.best = Some(self.best.map_or(error, |best| best.min(error)));
            self.curve.push((self.fraction, error));
            if self.curve.len() > 2 * MOST_POINTS {
                let mut keep = false;
                self.curve.retain(|_| {
                    keep = !keep;
                    keep
                });
            }
        }
        if let Some(message) = line.message.as_deref().filter(|message| !message.is_empty()) {
            if line.stage == "check" {
                self.note(line.verdict(), message);
            }
            message.clone_into(&mut self.message);
        }
        self.advice =
            line.advice.filter(|advice| !advice.is_empty()).or_else(|| self.advice.take());
        self.model = line.model.or_else(|| self.model.take());
        self.report = line.report.or_else(|| self.report.take());
        if self.stage == Stage::Done {
            self.fraction = 1.0;
            self.eta_s = None;
        }
    }

    fn note(&mut self, verdict: Option<Verdict>, text: &str) {
        // A check without a verdict only says what is being looked at.
        if let Some(verdict) = verdict
            && self.checks.len() < 200
        {
            self.checks.push(Check { verdict, text: text.to_owned() });
        }
    }
}

/// A line of the child's.
#[derive(Deserialize)]
struct Line {
    stage: String,
    fraction: Option<f32>,
    eta_s: Option<f32>,
    esr: Option<f64>,
    validation: Option<f64>,
    message: Option<String>,
    advice: Option<String>,
    ok: Option<serde_json::Value>,
    severity: Option<String>,
    model: Option<PathBuf>,
    report: Option<PathBuf>,
}

impl Line {
    fn verdict(&self) -> Option<Verdict> {
        match self.severity.as_deref().map(str::to_lowercase).as_deref() {
            Some("fine") => return Some(Verdict::Good),
            Some("warning") => return Some(Verdict::Doubtful),
            Some("error") => return Some(Verdict::Bad),
            _ => {}
        }
        match self.ok.as_ref()? {
            serde_json::Value::Bool(true) => Some(Verdict::Good),
            serde_json::Value::Bool(false) => Some(Verdict::Bad),
            serde_json::Value::String(text) => match text.as_str() {
                "good" | "ok" | "yes" => Some(Verdict::Good),
                "bad" | "error" | "no" => Some(Verdict::Bad),
                _ => Some(Verdict::Doubtful),
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_move_the_progress_and_garbage_does_not() {
        let mut progress = Progress::default();
        for line in [
            "{\"stage\":\"check\",\"message\":\"The delay is 412 samples.\",\"ok\":true}",
            "not json",
            "{\"stage\":\"check\",\"message\":\"It clips.\",\"ok\":true,\"severity\":\"warning\"}",
            "{\"stage\":\"train\",\"fraction\":0.25,\"eta_s\":90.5,\"esr\":0.2}",
            "{\"stage\":\"train\",\"fraction\":0.5,\"eta_s\":60,\"esr\":0.05,\"new\":1}",
            "{\"stage\":\"train\",\"fraction\":0.6,\"esr\":0.08}",
        ] {
            progress.read(line);
        }
        assert_eq!(
            (progress.stage.clone(), progress.fraction, progress.eta_s),
            (Stage::Training, 0.6, None)
        );
        assert_eq!((progress.error, progress.best), (Some(0.08), Some(0.05)));
        assert_eq!(
            progress.checks.iter().map(|check| check.verdict).collect::<Vec<_>>(),
            [Verdict::Good, Verdict::Doubtful]
        );
        progress.read("{\"stage\":\"done\",\"esr\":0.06,\"advice\":\"A gain does it.\",\"model\":\"/x/model.nam\"}");
        assert_eq!(
            (progress.error, progress.advice.as_deref()),
            (Some(0.06), Some("A gain does it."))
        );
        assert!(
            progress.is_over()
                && progress.model == Some(PathBuf::from("/x/model.nam"))
                && !progress.is_refused()
        );
        progress.read("{\"stage\":\"error\",\"message\":\"No.\"}");
        assert_eq!(progress.stage, Stage::Failed("No.".to_owned()));
    }

    #[test]
    fn a_long_curve_is_thinned() {
        let mut progress = Progress::default();
        for i in 0..5000 {
            progress.read(&format!(
                "{{\"stage\":\"train\",\"fraction\":{},\"esr\":0.1}}",
                f64::from(i) / 5000.0
            ));
        }
        assert!(progress.curve.len() <= 2 * MOST_POINTS);
        assert!(progress.curve.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}
