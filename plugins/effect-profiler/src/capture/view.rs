//! Where a capture stands, for the editor.

use std::path::{Path, PathBuf};

use nfx_frame::trainer::Progress;
use nfx_frame::training::Found;

use super::{BlindTestView, KnobDraft, Studio, TakeState};
use crate::recorder::Input;

/// The steps of a capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// What is captured, and how it is wired.
    #[default]
    Device,
    /// Levels out and in.
    Levels,
    /// The recordings.
    Record,
    /// The training.
    Train,
    /// The result.
    Listen,
}

impl Step {
    /// All steps in order.
    pub const ALL: [Self; 5] =
        [Self::Device, Self::Levels, Self::Record, Self::Train, Self::Listen];
}

/// One recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TakeView {
    /// What to set on the device: "Drive 0, Tone 10"; empty without knobs.
    pub setting: String,
    /// How it stands.
    pub state: TakeState,
    /// Whether it can be trained on.
    pub is_kept: bool,
}

/// What comes back while levels are set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LevelView {
    /// The signal plays.
    pub listening: bool,
    /// What goes out, in dBFS of its peak.
    pub out_db: f32,
    /// The peaks of both inputs, held for a moment, linear.
    pub peaks: [f32; 2],
    /// Which input is recorded.
    pub input: Input,
}

impl LevelView {
    /// The peak of the recorded input in dBFS.
    #[must_use]
    pub fn in_db(&self) -> f32 {
        let peak = self.peaks[usize::from(self.input == Input::Right)];
        20.0 * peak.max(1e-6).log10()
    }

    /// What is to be done about it, and whether it is good.
    #[must_use]
    pub fn advice(&self) -> (bool, &'static str) {
        let other = self.peaks[usize::from(self.input != Input::Right)];
        match self.in_db() {
            _ if !self.listening => (
                false,
                "Play the signal, and turn the gain of your interface's input until the bar stands in the bright part.",
            ),
            db if db < -60.0 && other > 0.01 => (
                false,
                "The sound comes in at the other input. Choose that one, or move the cable.",
            ),
            db if db < -60.0 => (
                false,
                "Nothing comes back yet. Is the device on, and is its output in the input of your interface?",
            ),
            db if db < -30.0 => (
                false,
                "Too quiet: turn the input of the interface up, or the output of the device.",
            ),
            db if db > -0.5 => (false, "Too hot: it clips. Turn the input of the interface down."),
            db if db > -3.0 => (
                false,
                "A little hot: leave some room for peaks. Turn the input down by a few decibels.",
            ),
            _ => (true, "Good. Leave all levels as they are from now on."),
        }
    }
}

/// Everything that the page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaptureView {
    /// Whether there is a trainer.
    pub trainer: Found,
    /// The step that is shown.
    pub step: Step,
    /// The furthest step that can be gone to.
    pub reached: Step,
    /// The device's name.
    pub name: String,
    /// Its knobs.
    pub knobs: Vec<KnobDraft>,
    /// Which length of the signal.
    pub seconds: usize,
    /// Which length of the training.
    pub minutes: usize,
    /// Samples that the recordings come late by, where that was told.
    pub delay: Option<i64>,
    /// The test signal is being made.
    pub preparing: bool,
    /// Levels.
    pub level: LevelView,
    /// Seconds of each recording.
    pub take_s: f32,
    /// Seconds that the recording which runs has gone.
    pub recorded_s: f32,
    /// The recordings.
    pub takes: Vec<TakeView>,
    /// The one that is shown.
    pub at: usize,
    /// The training.
    pub run: Option<Progress>,
    /// Seconds since it began.
    pub elapsed_s: f32,
    /// The new model.
    pub model: Option<PathBuf>,
    /// The comparison, once it is ready.
    pub blind_test: Option<BlindTestView>,
    /// The comparison is being made ready.
    pub preparing_blind_test: bool,
    /// What went wrong.
    pub problem: Option<String>,
}

impl CaptureView {
    /// A recording runs.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.takes.iter().any(|take| take.state == TakeState::Recording)
    }

    /// A training runs.
    #[must_use]
    pub fn is_training(&self) -> bool {
        self.run.as_ref().is_some_and(|run| !run.is_over())
    }

    /// All recordings are there.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        !self.takes.is_empty() && self.takes.iter().all(|take| take.is_kept)
    }
}

/// The knobs of a setting in words.
fn words(knobs: &[KnobDraft], values: &[f32]) -> String {
    let one = |(knob, value): (&KnobDraft, &f32)| {
        let number = format!("{value:.2}");
        format!("{} {}", knob.name.trim(), number.trim_end_matches('0').trim_end_matches('.'))
    };
    knobs.iter().zip(values).map(one).collect::<Vec<_>>().join(", ")
}

impl Studio {
    /// Where everything stands. Puts a finished model among those of the user, in `models`.
    #[must_use]
    pub fn view(&self, rate_hz: Option<f64>, models: Option<&Path>) -> CaptureView {
        if self.search.found() == Found::Unknown {
            self.search.look();
        }
        let fresh = self.recorder.take_peaks();
        let mut state = self.state.lock();
        for (held, fresh) in state.peaks.iter_mut().zip(fresh) {
            // Falls by half in about a second of pictures.
            *held = fresh.max(*held * 0.988);
        }
        if state.takes.is_empty() {
            state.forget();
        }
        self.finish(&mut state, models);
        let reached = match () {
            () if state.model.is_some() => Step::Listen,
            () if state.run.is_some() || state.is_recorded() => Step::Train,
            () if state.signal.is_some() => Step::Record,
            () => Step::Device,
        };
        let rate =
            state.signal.as_ref().map(|signal| signal.rate_hz).or(rate_hz).unwrap_or(48_000.0);
        CaptureView {
            trainer: self.search.found(),
            step: state.step,
            reached,
            name: state.name.clone(),
            knobs: state.knobs.clone(),
            seconds: state.seconds,
            minutes: state.minutes,
            delay: state.delay,
            preparing: state.preparing,
            level: LevelView {
                listening: state.listening,
                out_db: state.level_db,
                peaks: state.peaks,
                input: state.input,
            },
            take_s: state
                .signal
                .as_ref()
                .map_or(state.seconds() as f32, |clip| (clip.len() as f64 / clip.rate_hz) as f32),
            recorded_s: (self.recorder.position() as f64 / rate) as f32,
            takes: state
                .takes
                .iter()
                .map(|take| TakeView {
                    setting: words(&state.knobs, &take.values),
                    state: take.state.clone(),
                    is_kept: take.is_kept(),
                })
                .collect(),
            at: state.at,
            run: state.progress(),
            elapsed_s: state.run.as_ref().map_or(0.0, |(run, _)| run.elapsed().as_secs_f32()),
            model: state.model.clone(),
            blind_test: state.blind_test.as_ref().map(super::BlindTest::view),
            preparing_blind_test: state.preparing_blind_test,
            problem: state.problem.clone(),
        }
    }
}
