//! The long work of a capture, on the worker's thread: making the signal, recording, checking,
//! training, and rendering the model for the comparison.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nfx_core::engine::profiler::{ProfilerControls, ProfilerEngine};
use nfx_core::engine::render;
use nfx_core::models::effect::ProfileModel;
use nfx_frame::Sentence;
use nfx_frame::clip::Clip;
use nfx_frame::files;
use nfx_frame::trainer::{Check, Progress, Stage, Trainer, Verdict, arguments, training};
use nfx_frame::training::{keep, run_folder};

use nfx_frame::worker::{Ending, Slot};
use parking_lot::Mutex;

use super::{
    BlindTest, MINUTES, State, Step, Studio, TakeState, factor, join, plan, sent_file, take,
};

/// Making the test signal.
const SIGNAL: Slot = Slot::long("test signal");
/// Recording a take.
const RECORD: Slot = Slot::long("recording");
/// Looking at takes again.
const CHECK: Slot = Slot::long("check");
/// A recording that nobody keeps.
const REHEARSE: Slot = Slot::long("rehearsal");
/// Rendering for the comparison.
const COMPARE: Slot = Slot::long("comparison");

/// Recordings and signals are read whole; none is longer.
const LONGEST_S: f64 = 900.0;
/// By then a sound that was stopped is off, if the host plays at all.
const FADED: Duration = Duration::from_secs(1);
/// About the seconds of a rehearsal.
const REHEARSAL_S: usize = 20;
/// What is said of work that nobody wants any more.
const CLOSED: &str = "The plugin was closed.";
/// Seconds of the comparison.
const COMPARISON_S: f64 = 8.0;
/// Longest delay of a recording behind the signal that is looked for, in seconds.
const LATEST_S: f64 = 1.0;

impl Studio {
    /// Makes the test signal for the host's rate with the trainer, then goes on to the levels.
    pub fn prepare(&self, rate_hz: f64) {
        let Some(trainer) = self.search.trainer() else { return self.search.look() };
        let mut state = self.state.lock();
        if let Some(sentence) = state.knobs.iter().find_map(plan::KnobDraft::problem) {
            state.problem = Some(sentence);
            return;
        }
        if state.preparing {
            return;
        }
        if state.signal.as_ref().is_some_and(|signal| signal.rate_hz == rate_hz.round()) {
            state.step = Step::Levels;
            return;
        }
        state.forget();
        state.preparing = true;
        let (ticket, seconds, shared) = (state.ticket, state.seconds(), self.state.clone());
        self.worker.post(SIGNAL, move |ending| {
            let made = signal(&trainer, seconds, rate_hz, ending);
            let mut state = shared.lock();
            if state.ticket != ticket {
                return;
            }
            state.preparing = false;
            match made {
                Ok((folder, clip)) => {
                    (state.folder, state.signal, state.step) =
                        (Some(folder), Some(Arc::new(clip)), Step::Levels);
                }
                Err(sentence) => state.problem = Some(sentence.into()),
            }
        });
    }

    /// Records a take, and has it checked.
    pub fn record(&self, index: usize) {
        self.recorder.stop();
        let trainer = self.search.trainer();
        let mut state = self.state.lock();
        state.listening = false;
        let busy = state.takes.iter().any(|take| matches!(take.state, TakeState::Recording));
        let (Some(signal), Some(folder)) = (state.signal.clone(), state.folder.clone()) else {
            return;
        };
        if busy || index >= state.takes.len() || state.is_training() {
            return;
        }
        state.at = index;
        let level_db = state.level_db;
        (state.takes[index].state, state.takes[index].sent_db) = (TakeState::Recording, level_db);
        let (path, sent) = (join(&folder, &state.takes[index].file), sent_file(level_db));
        let (ticket, input, shared, recorder) =
            (state.ticket, state.input, self.state.clone(), self.recorder.clone());
        self.worker.post(RECORD, move |ending| {
            // The last playback fades out first.
            let asked = Instant::now();
            while recorder.is_busy() && asked.elapsed() < FADED && !ending.is_near() {
                std::thread::sleep(Duration::from_millis(5));
            }
            let signal = take::at_level(&signal, factor(level_db));
            let kept = take::record(&recorder, &signal, input, ending).and_then(|sound| {
                if let Some(sentence) = take::first_look(&sound, recorder.clipped()) {
                    return Err(Sentence::from(sentence));
                }
                signal.write_wav(&join(&folder, &sent))?;
                take::write(&path, sound, signal.rate_hz)
            });
            let begun = TakeState::Checking;
            let failed = kept.err().map(|sentence| TakeState::Failed(sentence.into()));
            {
                let mut state = shared.lock();
                let here = state.ticket == ticket;
                let Some(take) = state.takes.get_mut(index).filter(|_| here) else { return };
                take.state = failed.clone().unwrap_or(begun);
            }
            if failed.is_none() {
                look(&shared, trainer.as_ref(), &folder, TakeOf { ticket, index }, ending);
            }
            let mut state = shared.lock();
            if state.ticket == ticket
                && let Some(next) = state.takes.iter().position(|take| !take.is_kept())
            {
                state.at = next;
            }
        });
    }

    /// Tells how many samples late the recordings come, where that is known better than it is
    /// measured, and has those that are there looked at again.
    pub fn set_delay(&self, delay: Option<i64>) {
        let trainer = self.search.trainer();
        let mut state = self.state.lock();
        if state.delay == delay || state.is_training() {
            return;
        }
        state.delay = delay;
        let Some(folder) = state.folder.clone() else { return };
        // Those that wait to be looked at, too: this takes the place of the work that would have
        // looked at them.
        let mut again = Vec::new();
        for (index, take) in state.takes.iter_mut().enumerate() {
            if matches!(take.state, TakeState::Kept(_) | TakeState::Checking) {
                take.state = TakeState::Checking;
                again.push(index);
            }
        }
        let (ticket, shared) = (state.ticket, self.state.clone());
        self.worker.post(CHECK, move |ending| {
            again.into_iter().for_each(|index| {
                look(&shared, trainer.as_ref(), &folder, TakeOf { ticket, index }, ending)
            });
        });
    }

    /// Plays and records a signal just as a capture does, with nobody at the window: for checks of
    /// a built plugin in a host.
    pub fn rehearse(&self, rate_hz: f64) {
        if self.recorder.is_busy() {
            return;
        }
        let recorder = self.recorder.clone();
        self.worker.post(REHEARSE, move |ending| {
            let second = take::level_sound(0.25);
            let signal = Clip { channels: vec![second.repeat(REHEARSAL_S)], rate_hz };
            // What comes of it is nobody's.
            let _ = take::record(&recorder, &signal, super::Input::Left, ending);
        });
    }

    /// Chooses the take that is shown.
    pub fn choose_take(&self, index: usize) {
        let mut state = self.state.lock();
        state.at = index.min(state.takes.len().saturating_sub(1));
    }

    /// Trains on what was recorded.
    pub fn train(&self) {
        let Some(trainer) = self.search.trainer() else { return self.search.look() };
        let mut state = self.state.lock();
        if !state.is_recorded() || state.is_training() {
            return;
        }
        let Some(folder) = state.folder.clone() else { return };
        (state.model, state.kept, state.blind_test, state.problem) = (None, false, None, None);
        let out = folder.join("profile");
        let started =
            told(&state, &folder, &out).and_then(|arguments| trainer.start(&arguments, &folder));
        match started {
            Ok(run) => (state.run, state.step) = (Some((run, out)), Step::Train),
            Err(sentence) => state.problem = Some(sentence.into()),
        }
    }

    /// Looks after a training that has ended: its model comes among the user's, and the comparison
    /// is made ready.
    pub(super) fn finish(&self, state: &mut State, models: Option<&Path>) {
        if state.kept || !state.is_done() {
            return;
        }
        state.kept = true;
        let Some(progress) = state.progress() else { return };
        let out = state.folder.clone();
        match keep(&progress, out.as_deref(), models, &state.name) {
            Ok(path) => {
                state.model = Some(path);
                state.step = Step::Listen;
                self.prepare_blind_test(state);
            }
            Err(sentence) => state.problem = Some(sentence.into()),
        }
    }

    fn prepare_blind_test(&self, state: &mut State) {
        let (Some(model), Some(folder), Some(signal)) =
            (state.model.clone(), state.folder.clone(), state.signal.clone())
        else {
            return;
        };
        let Some(last) = state.takes.last().cloned() else { return };
        state.preparing_blind_test = true;
        let (ticket, shared) = (state.ticket, self.state.clone());
        self.worker.post(COMPARE, move |_| {
            let sent = take::at_level(&signal, factor(last.sent_db));
            let made = blind_test(&model, &join(&folder, &last.file), &sent, &last.values);
            let mut state = shared.lock();
            if state.ticket == ticket {
                state.preparing_blind_test = false;
                match made {
                    Ok(blind_test) => state.blind_test = Some(blind_test),
                    Err(sentence) => state.problem = Some(sentence.into()),
                }
            }
        });
    }
}

/// Where a recording is that the trainer looks at.
struct Recorded<'a> {
    /// The folder of the capture.
    folder: &'a Path,
    /// The sound that was sent, a file in it.
    sent: &'a str,
    /// The recording.
    file: &'a Path,
}

/// Runs the trainer in a folder to its end and returns what it said. Waits.
fn run(
    trainer: &Trainer,
    arguments: &[std::ffi::OsString],
    folder: &Path,
    ending: &Ending,
) -> Result<Progress, Sentence> {
    let run = trainer.start(arguments, folder)?;
    loop {
        let progress = run.progress();
        match progress.stage {
            Stage::Failed(sentence) => return Err(sentence.into()),
            Stage::Done => return Ok(progress),
            _ if ending.is_near() => return Err(CLOSED.into()),
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Has the trainer write the test signal, and reads it.
fn signal(
    trainer: &Trainer,
    seconds: u32,
    rate_hz: f64,
    ending: &Ending,
) -> Result<(PathBuf, Clip), Sentence> {
    let folder = run_folder("profiler")?;
    let rate = format!("{}", rate_hz.round());
    let told =
        arguments(&[&"signal", &"input.wav", &"--seconds", &seconds.to_string(), &"--rate", &rate]);
    run(trainer, &told, &folder, ending)?;
    let path = folder.join("input.wav");
    let bytes = std::fs::read(&path).map_err(|error| {
        format!("The trainer wrote no test signal to {} ({error}).", path.display())
    })?;
    let clip = Clip::decode("input.wav", bytes, LONGEST_S)?;
    // A trainer that knows no such rate writes its own; the difference is made up for here.
    let clip = if clip.rate_hz == rate_hz.round() { clip } else { clip.at_rate(rate_hz.round())? };
    Ok((folder, clip))
}

/// A take of one capture.
#[derive(Clone, Copy)]
struct TakeOf {
    /// Which capture: another one has another ticket.
    ticket: u64,
    /// Its place among the takes.
    index: usize,
}

/// Has a take looked at, and again when its delay was changed meanwhile.
fn look(
    shared: &Mutex<State>,
    trainer: Option<&Trainer>,
    folder: &Path,
    take: TakeOf,
    ending: &Ending,
) {
    let TakeOf { ticket, index } = take;
    loop {
        let (delay, sent, file) = {
            let state = shared.lock();
            let Some(take) = state.takes.get(index).filter(|_| state.ticket == ticket) else {
                return;
            };
            (state.delay, sent_file(take.sent_db), join(folder, &take.file))
        };
        let recorded = Recorded { folder, sent: &sent, file: &file };
        let found = match trainer.map(|trainer| check(trainer, &recorded, delay, ending)) {
            Some(Ok(checks)) => TakeState::Kept(checks),
            Some(Err(sentence)) => TakeState::Failed(sentence.into()),
            None => TakeState::Kept(Vec::new()),
        };
        let mut state = shared.lock();
        if state.ticket == ticket && state.delay != delay {
            continue;
        }
        if state.ticket == ticket {
            state.takes[index].state = found;
        }
        return;
    }
}

/// What the trainer is told about a delay that is known.
fn delay_argument(delay: Option<i64>) -> Option<std::ffi::OsString> {
    delay.map(|delay| format!("--delay={delay}").into())
}

/// Has the trainer look at a take beside what was sent.
fn check(
    trainer: &Trainer,
    recorded: &Recorded<'_>,
    delay: Option<i64>,
    ending: &Ending,
) -> Result<Vec<Check>, Sentence> {
    let mut told = arguments(&[
        &"profile",
        &"--input",
        &recorded.sent,
        &"--target",
        &recorded.file,
        &"--check",
        &"--progress",
        &"json",
    ]);
    told.extend(delay_argument(delay));
    let run = trainer.start(&told, recorded.folder)?;
    loop {
        let progress = run.progress();
        match progress.stage {
            // A recording that cannot be trained on is what a check may find; its last word is the
            // reason.
            Stage::Failed(sentence) if progress.checks.is_empty() => return Err(sentence.into()),
            Stage::Failed(sentence) => {
                let mut checks = progress.checks;
                if !checks.iter().any(|check| check.verdict == Verdict::Bad) {
                    checks.push(Check { verdict: Verdict::Bad, text: sentence });
                }
                return Ok(checks);
            }
            Stage::Done => return Ok(progress.checks),
            _ if ending.is_near() => return Err(CLOSED.into()),
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// The trainer's command line; a table of the settings is written beside the recordings.
fn told(state: &State, folder: &Path, out: &Path) -> Result<Vec<std::ffi::OsString>, Sentence> {
    let name = if state.name.trim().is_empty() { "My device" } else { state.name.trim() };
    let mut told = if state.knobs.is_empty() {
        let take = &state.takes[0];
        arguments(&[&"profile", &"--input", &sent_file(take.sent_db), &"--target", &take.file])
    } else {
        let takes: Vec<_> = state
            .takes
            .iter()
            .map(|t| (t.file.clone(), sent_file(t.sent_db), t.values.clone()))
            .collect();
        let table = plan::table(&state.knobs, &takes);
        files::write_atomically(&folder.join("knobs.csv"), table.as_bytes()).map_err(|error| {
            format!("The table of the settings could not be written ({error}).")
        })?;
        let mut told = arguments(&[&"profile", &"--pairs", &"."]);
        for knob in &state.knobs {
            told.extend(arguments(&[
                &"--knob",
                &format!("{}={}..{}", knob.name.trim(), knob.min, knob.max),
            ]));
        }
        told
    };
    told.extend(delay_argument(state.delay));
    told.extend(training(name, MINUTES[state.minutes], out));
    Ok(told)
}

/// Renders the model over a part of the signal and lines it up with the recording.
fn blind_test(
    model: &Path,
    recording: &Path,
    sent: &Clip,
    values: &[f32],
) -> Result<BlindTest, Sentence> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|error| {
            format!("{} could not be read for the comparison ({error}).", path.display())
        })
    };
    let model = ProfileModel::from_bytes(&read(model)?)
        .map_err(|error| format!("The new model cannot be played: {error}"))?;
    let recorded = Clip::decode("the recording", read(recording)?, LONGEST_S)?;
    let refused =
        |error: &dyn std::fmt::Display| format!("The comparison could not be rendered: {error}.");
    let rate_hz = sent.rate_hz;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let count = ((rate_hz * COMPARISON_S) as usize).min(sent.len());
    // The second half of the signal, after sweeps and blips.
    let from = (sent.len() / 2).min(sent.len() - count);
    let input = sent.channels[0][from..from + count].to_vec();
    let mut engine =
        ProfilerEngine::new(model.clone(), rate_hz, 1).map_err(|error| refused(&error))?;
    let mut controls = ProfilerControls::for_model(&model);
    controls.knobs.iter_mut().zip(values).for_each(|(knob, value)| *knob = *value);
    let played =
        render(&mut engine, |_| controls, &[input], &[]).map_err(|error| refused(&error))?;
    let recorded = &recorded.channels[0];
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let latest = (rate_hz * LATEST_S) as usize;
    let delay = delay(&played[0], recorded.get(from..).unwrap_or_default(), latest);
    let heard = recorded.get(from + delay..).unwrap_or_default();
    Ok(BlindTest::new(heard, &played[0]))
}

/// The delay of `late` behind `early`, up to `most` samples, by correlation over the loudest piece.
fn delay(early: &[f32], late: &[f32], most: usize) -> usize {
    const PIECE: usize = 4096;
    let energy = |from: usize| {
        early[from..(from + PIECE).min(early.len())].iter().map(|x| x * x).sum::<f32>()
    };
    let loudest = (0..early.len().saturating_sub(PIECE))
        .step_by(PIECE)
        .max_by(|a, b| energy(*a).total_cmp(&energy(*b)));
    let from = loudest.unwrap_or(0);
    let piece = &early[from..(from + PIECE).min(early.len())];
    let match_at = |delay: usize| {
        let there = late.get(from + delay..from + delay + piece.len())?;
        Some(piece.iter().zip(there).map(|(a, b)| a * b).sum::<f32>().abs())
    };
    (0..=most)
        .filter_map(|delay| Some((delay, match_at(delay)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(0, |(delay, _)| delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_found_whatever_the_polarity() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 9) as f32 / 4_194_304.0 - 1.0
        };
        let early: Vec<f32> = (0..20_000).map(|_| noise()).collect();
        for sign in [1.0, -1.0] {
            let late: Vec<f32> =
                vec![0.0; 777].into_iter().chain(early.iter().map(|x| x * sign * 0.3)).collect();
            assert_eq!(delay(&early, &late, 5000), 777);
        }
        assert_eq!(delay(&[], &[], 10), 0);
    }
}
