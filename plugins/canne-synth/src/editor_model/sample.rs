//! A sound of the user's as an instrument: opened, listened to on the worker's thread, then played
//! in one of four ways.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nfx_core::engine::canne::take::{Candidate, Kind};
use nfx_frame::random;
use nfx_frame::snapshot::Snapshot;
use nfx_frame::table::Sink;
use nfx_frame::worker::Slot;
use parking_lot::Mutex;

use super::{EditorModel, Job};
use crate::find::{self, Found};
use crate::taken::{TAKE, Taken};

/// Listening to a sound.
const SAMPLE: Slot = Slot::quick("sample");

/// How long a way that was chosen is heard.
const HEARD: Duration = Duration::from_millis(900);
/// How hard its key is struck.
const STRUCK: f32 = 0.8;

/// What the worker and the editor share.
#[derive(Default)]
pub(super) struct Sample {
    found: Mutex<Option<Found>>,
    /// Which of the ways is to be played with the next tick.
    next: Mutex<Option<usize>>,
    /// Which is played.
    chosen: Mutex<Option<usize>>,
    /// A key that is held for the user to hear a way, and since when.
    struck: Mutex<Option<(u8, Instant)>>,
}

/// What the editor shows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleView {
    /// The name of the sound that notes are played by, or that was opened.
    pub name: Option<String>,
    /// On which key it is as recorded; none without a pitch.
    pub key: Option<u8>,
    /// The ways to play it: a name, and how far what is played is from it in dB.
    pub ways: Vec<(String, f32)>,
    /// Which of them was chosen.
    pub chosen: Option<usize>,
    /// Whether notes are played by a take now.
    pub plays: bool,
}

/// What a way is called.
fn name(candidate: &Candidate, place: usize) -> String {
    match candidate.kind {
        Kind::Recorded => "As recorded".to_owned(),
        Kind::Palette => "In the palette".to_owned(),
        Kind::Turned if candidate.take.as_ref().is_some_and(|take| take.sustain().is_some()) => {
            "Held".to_owned()
        }
        Kind::Turned => "Plucked".to_owned(),
        Kind::Still => "Still".to_owned(),
        Kind::Mutant => format!("Mutant {}", place + 1),
    }
}

impl EditorModel {
    /// Listens to a sound file on the worker's thread; a later tick plays it as recorded.
    pub fn open_sample(&self, path: &Path) {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !self.begin(Job::Listening(file)) {
            return;
        }
        let (model, job, sample, path) =
            (self.model(), self.job.clone(), self.sample.clone(), path.to_owned());
        self.worker().post(SAMPLE, move |_| {
            *job.lock() = match find::in_file(model, &path) {
                Ok(found) => sample.show(found, 0),
                Err(sentence) => Job::Failed(sentence.into()),
            };
        });
    }

    /// Makes four others like the way that is played, on the worker's thread.
    pub fn mutate(&self) {
        self.mutate_by((random::from_clock().unit() * 1e9) as u64);
    }

    /// As [`EditorModel::mutate`], the same ones for the same seed.
    pub fn mutate_by(&self, seed: u64) {
        let parent = self.sample.chosen.lock().unwrap_or(0);
        let Some(found) = self.sample.found.lock().clone() else { return };
        if !self.begin(Job::Listening(found.name.clone())) {
            return;
        }
        let (job, sample) = (self.job.clone(), self.sample.clone());
        self.worker().post(SAMPLE, move |_| {
            let found = found.mutated(parent, seed);
            *job.lock() = sample.show(found, 0);
        });
    }

    /// Plays the sound another way, and strikes its key for a moment.
    pub fn choose_candidate(&self, place: usize, sink: &impl Sink) {
        let found = self.sample.found.lock().clone();
        let Some((found, candidate)) = found.and_then(|found| {
            let candidate = found.candidates.get(place).cloned()?;
            Some((found, candidate))
        }) else {
            return;
        };
        *self.sample.chosen.lock() = Some(place);
        let title = title(&found.name);
        let mut extra = BTreeMap::new();
        if let Some(take) = &candidate.take {
            extra
                .insert(TAKE.to_owned(), Taken::new(&found.name, Arc::new(take.clone())).to_json());
        }
        let snapshot =
            Snapshot { params: find::settings(&candidate, &found.model), model: None, extra };
        self.apply_setting(&title, snapshot, sink);
        self.strike(found.key());
    }

    /// Plays the sliders alone again.
    pub fn drop_take(&self) {
        self.session().set_taken(None);
        *self.sample.chosen.lock() = None;
        self.changed("Sound");
    }

    /// What the editor shows.
    #[must_use]
    pub fn sample_view(&self) -> SampleView {
        let taken = self.session().taken();
        // Ways of another model are none of this one's.
        let found = self.sample.found.lock();
        let playing = self.model();
        let found = found
            .as_ref()
            .filter(|f| playing.as_ref().is_some_and(|model| Arc::ptr_eq(model, &f.model)));
        let ways = found.map_or_else(Vec::new, |found| {
            let way = |(place, candidate): (usize, &Candidate)| {
                (name(candidate, place), candidate.distance_db)
            };
            found.candidates.iter().enumerate().map(way).collect()
        });
        SampleView {
            name: taken
                .as_ref()
                .map(|t| t.name.clone())
                .or_else(|| found.map(|found| found.name.clone())),
            key: found.filter(|found| found.recording.is_pitched()).map(Found::key),
            ways,
            chosen: *self.sample.chosen.lock(),
            plays: taken.is_some(),
        }
    }

    /// Plays what the worker has made; lets a struck key go. To be called in each tick.
    pub(super) fn tick_sample(&self, sink: &impl Sink) {
        let next = self.sample.next.lock().take();
        if let Some(place) = next {
            self.choose_candidate(place, sink);
        }
        let mut struck = self.sample.struck.lock();
        if let Some((key, _)) = struck.filter(|(_, since)| since.elapsed() >= HEARD) {
            self.press(key, 0.0);
            *struck = None;
        }
    }

    /// Strikes a key for a moment.
    fn strike(&self, key: u8) {
        let before = self.sample.struck.lock().replace((key, Instant::now()));
        if let Some((key, _)) = before {
            self.press(key, 0.0);
        }
        self.press(key, STRUCK);
    }
}

impl Sample {
    /// Shows other ways, one of which is played with the next tick.
    fn show(&self, found: Found, first: usize) -> Job {
        let near = found.candidates.get(first).map_or(0.0, |candidate| candidate.distance_db);
        let job = Job::Found(found.name.clone(), near);
        *self.found.lock() = Some(found);
        *self.next.lock() = Some(first);
        job
    }
}

/// A sound's name without its ending.
fn title(file: &str) -> String {
    Path::new(file)
        .file_stem()
        .map_or_else(|| file.to_owned(), |stem| stem.to_string_lossy().into_owned())
}
