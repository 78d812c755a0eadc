//! Profiling a device from inside the host: playing the test signal, recording what comes back,
//! checking it, training on it, and comparing the result with the recording.
//!
//! [`Studio`] is what an instance holds: it outlives the editor's window. The audio thread's part
//! is [`crate::recorder`]; everything here runs on the editor's thread and on the instance's
//! worker's, and nothing waits for the audio thread or for the trainer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nfx_frame::clip::Clip;
use nfx_frame::trainer::{Check, Progress, Run, Stage, Verdict};
use nfx_frame::training::TrainerSearch;
use nfx_frame::worker::Worker;
use parking_lot::Mutex;

use crate::recorder::{self, Input, Playback};

mod blind_test;
mod plan;
mod take;
mod view;
mod work;

pub use blind_test::{BlindTest, BlindTestView};
pub use plan::{KnobDraft, MOST_DEVICE_KNOBS, settings, table};
pub use view::{CaptureView, LevelView, Step, TakeView};

/// The lengths that the test signal can have, in seconds.
pub const SIGNAL_S: [u32; 3] = [60, 120, 180];
/// The length for each setting of a device with knobs, in seconds.
pub const SETTING_S: u32 = 40;
/// The lengths that a training can have, in minutes.
pub const MINUTES: [u32; 4] = [5, 15, 30, 60];

/// How a recording stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum TakeState {
    /// Not made yet.
    #[default]
    Open,
    /// It runs; the share that is done.
    Recording,
    /// It is being looked at.
    Checking,
    /// It is there, and this is what was found.
    Kept(Vec<Check>),
    /// A sentence.
    Failed(String),
}

/// One recording: a setting of the device's knobs.
#[derive(Clone, Debug, Default, PartialEq)]
struct Take {
    /// The knobs' values in their own units.
    values: Vec<f32>,
    state: TakeState,
    /// The file's name in the session's folder.
    file: String,
    /// The level in dB that the signal was sent at.
    sent_db: f32,
}

impl Take {
    fn is_kept(&self) -> bool {
        matches!(&self.state, TakeState::Kept(checks) if !checks.iter().any(|check| check.verdict == Verdict::Bad))
    }
}

#[derive(Default)]
struct State {
    step: Step,
    name: String,
    knobs: Vec<KnobDraft>,
    seconds: usize,
    minutes: usize,
    input: Input,
    level_db: f32,
    /// Samples that the recordings come late by, where that is known; else it is measured.
    delay: Option<i64>,
    folder: Option<PathBuf>,
    signal: Option<Arc<Clip>>,
    /// The signal is being made.
    preparing: bool,
    takes: Vec<Take>,
    at: usize,
    run: Option<(Run, PathBuf)>,
    kept: bool,
    model: Option<PathBuf>,
    problem: Option<String>,
    blind_test: Option<BlindTest>,
    preparing_blind_test: bool,
    /// Peaks of the inputs, held for the eye.
    peaks: [f32; 2],
    /// The level is being watched.
    listening: bool,
    /// Counts what was begun, so that what comes too late is dropped.
    ticket: u64,
}

/// See the module's documentation.
pub struct Studio {
    /// Finds the trainer.
    pub search: TrainerSearch,
    worker: Arc<Worker>,
    recorder: Arc<recorder::Link>,
    state: Arc<Mutex<State>>,
}

impl Studio {
    /// Nothing recorded yet.
    #[must_use]
    pub fn new(recorder: Arc<recorder::Link>, worker: Arc<Worker>) -> Self {
        let state =
            State { name: "My device".to_owned(), seconds: 2, level_db: -6.0, ..State::default() };
        Self {
            search: TrainerSearch::new(worker.clone()),
            worker,
            recorder,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Goes to a step; what sounds is stopped.
    pub fn go(&self, step: Step) {
        self.recorder.stop();
        let mut state = self.state.lock();
        state.listening = false;
        if !state.takes.iter().any(|take| take.state == TakeState::Recording) {
            state.step = step;
        }
    }

    /// Names the device.
    pub fn set_name(&self, name: &str) {
        name.clone_into(&mut self.state.lock().name);
    }

    /// Sets a knob of the device; one beyond the last adds it. Recordings that were made for other
    /// knobs are forgotten.
    pub fn set_knob(&self, index: usize, knob: Option<KnobDraft>) {
        let mut state = self.state.lock();
        match knob {
            Some(knob) if index < state.knobs.len() => state.knobs[index] = knob,
            Some(knob) if state.knobs.len() < MOST_DEVICE_KNOBS => state.knobs.push(knob),
            None if index < state.knobs.len() => drop(state.knobs.remove(index)),
            _ => return,
        }
        state.forget();
    }

    /// Chooses the length of the test signal, of [`SIGNAL_S`].
    pub fn set_seconds(&self, choice: usize) {
        let mut state = self.state.lock();
        state.seconds = choice.min(SIGNAL_S.len() - 1);
        state.forget();
    }

    /// Chooses the length of the training, of [`MINUTES`].
    pub fn set_minutes(&self, choice: usize) {
        self.state.lock().minutes = choice.min(MINUTES.len() - 1);
    }

    /// Chooses the input that is recorded.
    pub fn set_input(&self, input: Input) {
        self.state.lock().input = input;
    }

    /// Sets the level that goes out, in dBFS of the signal's peak, -60 to 0.
    pub fn set_level(&self, db: f32) {
        let mut state = self.state.lock();
        state.level_db = if db.is_finite() { db.clamp(-60.0, 0.0) } else { -6.0 };
        if state.listening {
            drop(state);
            self.listen(true);
        }
    }

    /// Plays a repeating piece of the signal, to set the levels by, or ends it.
    pub fn listen(&self, on: bool) {
        let mut state = self.state.lock();
        state.listening = on;
        if !on {
            self.recorder.stop();
            return;
        }
        let sound = Arc::new(take::level_sound(factor(state.level_db)));
        let input = state.input;
        drop(state);
        self.recorder.play(Playback {
            sounds: [sound, Arc::default()],
            looped: true,
            tail: 0,
            input,
            to: None,
        });
    }

    /// Takes the sentence about what went wrong away.
    pub fn dismiss(&self) {
        self.state.lock().problem = None;
    }

    /// Ends whatever runs.
    pub fn stop(&self) {
        self.recorder.stop();
        let mut state = self.state.lock();
        state.listening = false;
        if let Some((run, _)) = &state.run {
            run.stop();
        }
        if let Some(blind_test) = &mut state.blind_test {
            blind_test.playing = None;
        }
    }

    /// Begins anew with another device.
    pub fn start_over(&self) {
        self.recorder.stop();
        let mut state = self.state.lock();
        state.forget();
        (state.step, state.run, state.model, state.kept, state.blind_test) =
            (Step::Device, None, None, false, None);
        (state.problem, state.listening, state.delay) = (None, false, None);
    }

    /// Asks for the blind comparison's next sound: the first (0), the second (1), or none.
    pub fn hear(&self, which: Option<usize>) {
        let mut state = self.state.lock();
        let Some(blind_test) = &mut state.blind_test else { return };
        blind_test.playing = which;
        match which {
            None => self.recorder.stop(),
            Some(which) => {
                self.recorder.hear(blind_test.sound_of(which));
                if !self.recorder.is_busy() {
                    let sounds = blind_test.sounds.clone();
                    self.recorder.play(Playback {
                        sounds,
                        looped: true,
                        tail: 0,
                        input: Input::Left,
                        to: None,
                    });
                }
            }
        }
    }

    /// Answers which of the two is the recording.
    pub fn answer(&self, which: usize) {
        if let Some(blind_test) = &mut self.state.lock().blind_test {
            blind_test.answer(which);
        }
        self.recorder.stop();
    }

    /// The new model's file.
    #[must_use]
    pub fn model(&self) -> Option<PathBuf> {
        self.state.lock().model.clone()
    }
}

impl State {
    /// Forgets recordings and everything that was made of them.
    fn forget(&mut self) {
        self.ticket += 1;
        (self.folder, self.signal, self.preparing) = (None, None, false);
        self.takes = settings(&self.knobs)
            .into_iter()
            .enumerate()
            .map(|(i, values)| Take {
                values,
                file: format!("take-{:02}.wav", i + 1),
                ..Take::default()
            })
            .collect();
        self.at = 0;
    }

    /// The seconds of each recording.
    fn seconds(&self) -> u32 {
        if self.knobs.is_empty() { SIGNAL_S[self.seconds] } else { SETTING_S }
    }

    fn is_recorded(&self) -> bool {
        !self.takes.is_empty() && self.takes.iter().all(Take::is_kept)
    }

    fn progress(&self) -> Option<Progress> {
        self.run.as_ref().map(|(run, _)| run.progress())
    }

    fn is_training(&self) -> bool {
        self.progress().is_some_and(|progress| !progress.is_over())
    }

    fn is_done(&self) -> bool {
        self.progress().is_some_and(|progress| progress.stage == Stage::Done)
    }
}

/// The test signal at the level in dB that it was sent at: the device's input, which its recording
/// belongs to.
fn sent_file(level_db: f32) -> String {
    format!("sent{level_db:+.2}dB.wav")
}

fn factor(level_db: f32) -> f32 {
    10.0_f32.powf(level_db / 20.0)
}

/// A file of a capture.
fn join(folder: &Path, file: &str) -> PathBuf {
    folder.join(file)
}
