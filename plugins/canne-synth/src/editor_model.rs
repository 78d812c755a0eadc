//! What an editor, a preset browser or a test works with: one handle on everything of an instance
//! but its sound.
//!
//! It is an [`Editing`] and what CANNe has beside it. All methods belong to the editor's thread or
//! the host's main thread; none is real-time safe. Long work (reading a sound, rendering a loop)
//! runs on the instance's worker and reports through [`EditorModel::job`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nfx_core::models::spectral::CanneModel;
use nfx_frame::editing::{Editing, Kind};
use nfx_frame::host_facts::{HostFacts, HostWatch};
use nfx_frame::random;
use nfx_frame::table::Sink;
use nfx_frame::training::Workshop;
use nfx_frame::worker::Slot;
use nice_plug::prelude::Param;
use parking_lot::Mutex;

use crate::chosen::{Chosen, Handoff};
use crate::heard::Heard;
use crate::notes::{KeyPress, Keyboard};
use crate::params::{CanneParams, SLIDERS};
use crate::scope::{Reader, Scope};
use crate::session::Session;
use crate::tuning::Tuning;
use crate::{factory, loops};

mod sample;
mod training;

use sample::Sample;
pub use sample::SampleView;

/// Rendering a loop.
const LOOP: Slot = Slot::long("loop");

/// How work on the worker's thread stands.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Job {
    /// None was asked for.
    #[default]
    Idle,
    /// A sound is being listened to.
    Listening(String),
    /// This sound is an instrument now; what it plays is so far from it, in dB of the log spectrum.
    Found(String, f32),
    /// A loop is being rendered.
    Rendering,
    /// It was written here.
    Written(PathBuf),
    /// A sentence.
    Failed(String),
}

/// What the audio thread shows.
pub struct Seen {
    /// What sounds.
    pub scope: Reader,
    /// What messages have set.
    pub heard: Arc<Heard>,
}

/// What tells the plugin from its siblings.
pub const KIND: Kind = Kind {
    plugin: factory::PLUGIN,
    folder: "canne",
    factory: || factory::all().unwrap_or_default(),
    bring_up: |_| (),
};

/// See the module's documentation.
pub struct EditorModel {
    /// The parameters, to read values from and to name in edits.
    pub params: Arc<CanneParams>,
    /// One bit for each slider that randomising leaves alone.
    pub locks: AtomicU64,
    /// Training an instrument of the user's own.
    pub workshop: Workshop,
    editing: Arc<Editing<Session>>,
    seen: Seen,
    handoff: Arc<Handoff>,
    keyboard: Mutex<Keyboard>,
    job: Arc<Mutex<Job>>,
    sample: Arc<Sample>,
    beat: AtomicU64,
    /// What the host does with the instance.
    pub host: HostWatch,
}

impl std::ops::Deref for EditorModel {
    type Target = Arc<Editing<Session>>;

    fn deref(&self) -> &Self::Target {
        &self.editing
    }
}

impl EditorModel {
    /// The handle of an instance with these parameters. The rest are the ends of ways that lead to
    /// the instance's audio thread.
    #[must_use]
    pub fn new(
        params: Arc<CanneParams>,
        handoff: Arc<Handoff>,
        seen: Seen,
        keyboard: Keyboard,
    ) -> Arc<Self> {
        let editing = Editing::new(params.clone(), params.session.clone(), KIND);
        let slot_side = (handoff.clone(), Arc::downgrade(&params));
        params.session.model.listen(move || {
            let (handoff, params) = &slot_side;
            if let Some(params) = params.upgrade() {
                handoff
                    .follow(|told| Chosen { model: params.session.model.model(), ..told.clone() });
            }
        });
        Arc::new(Self {
            params,
            locks: AtomicU64::new(0),
            workshop: Workshop::new(training::RECIPE, editing.worker().clone()),
            editing,
            seen,
            handoff,
            keyboard: Mutex::new(keyboard),
            job: Arc::new(Mutex::new(Job::Idle)),
            sample: Arc::default(),
            beat: AtomicU64::new(0),
            host: HostWatch::default(),
        })
    }

    /// To be called once in each frame of an open editor: frees what the audio thread gave away,
    /// plays what was found, gives a sign of life, and [`Editing::tick`].
    pub fn tick(&self, sink: &impl Sink) {
        self.handoff.sweep();
        self.beat.fetch_add(1, Ordering::Relaxed);
        self.tick_sample(sink);
        self.editing.tick(sink);
    }

    /// A sentence about what MIDI messages have set in the place of parameters.
    #[must_use]
    pub fn heard(&self) -> Option<String> {
        self.seen.heard.told().sentence(self.params.bend.value())
    }

    /// Counts the editor's signs of life. Real-time safe.
    #[must_use]
    pub fn beat(&self) -> u64 {
        self.beat.load(Ordering::Relaxed)
    }

    /// Copies the newest picture of the audio thread to `seen` and asks for the next; says whether
    /// there was a newer one.
    pub fn newest(&self, seen: &mut Scope) -> bool {
        self.seen.scope.newest(seen, |frame| frame.index)
    }

    /// What the host does with the instance now.
    #[must_use]
    pub fn host_facts(&self) -> HostFacts {
        self.host.facts(self.handoff.rate_hz())
    }

    /// Presses a key of the editor, or lets it go with a velocity of 0. What the audio thread does
    /// not take is lost.
    pub fn press(&self, note: u8, velocity: f32) {
        let _ = self.keyboard.lock().push(KeyPress { note, velocity });
    }

    // The sliders.

    /// How many sliders the model has; all while there is none.
    #[must_use]
    pub fn slider_count(&self) -> usize {
        self.model().map_or(SLIDERS, |model| model.latents().min(SLIDERS))
    }

    /// Where a slider rests: the middle of the model's corpus.
    #[must_use]
    pub fn rest(&self, slider: usize) -> f32 {
        let rest = |model: Arc<CanneModel>| self.session().travel(model.range(slider).rest());
        self.model().filter(|model| slider < model.latents()).map_or(0.5, rest)
    }

    /// Sets all sliders of the model, and turns the pad off so that they are heard. Makes no undo
    /// step.
    pub fn set_sliders(&self, positions: &[f32; SLIDERS], sink: &impl Sink) {
        for (param, position) in self.params.sliders.iter().zip(positions).take(self.slider_count())
        {
            sink.set(param.as_ptr(), position.clamp(0.0, 1.0));
        }
        if self.params.morph.unmodulated_normalized_value() > 0.0 {
            sink.set(self.params.morph.as_ptr(), 0.0);
        }
    }

    /// Moves the sliders that are not locked to a random place, by `amount` (0 leaves everything, 1
    /// forgets where it was).
    pub fn randomise(&self, amount: f32, sink: &impl Sink) {
        let mut random = random::from_clock();
        let locks = self.locks.load(Ordering::Relaxed);
        let mut positions =
            self.params.sliders.each_ref().map(|slider| slider.unmodulated_normalized_value());
        for (index, position) in positions.iter_mut().enumerate() {
            // Drawn for locked ones too, so that a lock does not change what the others get.
            let there = random.unit();
            if (locks >> index) & 1 == 0 {
                *position += (there - *position) * amount.clamp(0.0, 1.0);
            }
        }
        self.set_sliders(&positions, sink);
        self.commit("Randomise");
    }

    /// Puts all sliders to rest.
    pub fn rest_all(&self, sink: &impl Sink) {
        self.set_sliders(&std::array::from_fn(|slider| self.rest(slider)), sink);
        self.commit("Rest");
    }

    /// Stores what the sliders and the pad play now in a corner of the pad.
    pub fn store_corner(&self, corner: usize) {
        self.session().set_position(corner, self.params.morphed());
        self.changed("Corner of the pad");
    }

    /// Sets the sliders to a corner of the pad.
    pub fn recall_corner(&self, corner: usize, sink: &impl Sink) {
        self.set_sliders(&self.session().position(corner), sink);
        self.commit("Corner of the pad");
    }

    /// Tunes the keys by a file of Scala's; a notice says what is wrong with it.
    pub fn load_tuning(&self, path: &Path) {
        match self
            .session()
            .tuning()
            .with_file(path)
            .and_then(|tuning| self.session().set_tuning(tuning))
        {
            Ok(()) => self.changed("Tuning"),
            Err(sentence) => self.say(format!("{sentence} The keys are tuned as they were.")),
        }
    }

    /// Tunes the keys in twelve equal steps.
    pub fn clear_tuning(&self) {
        // Without files nothing can be wrong.
        if self.session().set_tuning(Tuning::default()).is_ok() {
            self.changed("Tuning");
        }
    }

    // The map.

    /// The latents at places of the sliders' travel.
    fn latents(&self, model: &CanneModel, sliders: &[f32; SLIDERS]) -> Vec<f32> {
        let session = self.session();
        (0..model.latents().min(SLIDERS))
            .map(|i| model.range(i).value(session.learned(sliders[i])))
            .collect()
    }

    /// Where the sound now lies on the model's map.
    #[must_use]
    pub fn place(&self) -> Option<[f32; 2]> {
        let model = self.model()?;
        Some(model.card().kind.plane.as_ref()?.place(&self.latents(&model, &self.params.morphed())))
    }

    /// Slider positions for a place on the map; what is beside its plane stays as it is.
    #[must_use]
    pub fn positions_at(&self, place: [f32; 2]) -> Option<[f32; SLIDERS]> {
        let model = self.model()?;
        let now = self.params.morphed();
        let moved = model.card().kind.plane.as_ref()?.moved(&self.latents(&model, &now), place);
        Some(positions(self.session(), &model, &moved, now))
    }

    /// Sets the sliders to a sound of the map.
    pub fn choose_point(&self, point: usize, sink: &impl Sink) {
        let Some(model) = self.model() else { return };
        let Some(point) =
            model.card().kind.plane.as_ref().and_then(|plane| plane.points.get(point))
        else {
            return;
        };
        self.set_sliders(
            &positions(self.session(), &model, &point.latents, self.params.morphed()),
            sink,
        );
        self.commit("Sound of the map");
    }

    // Work on the worker's thread.

    /// How it stands.
    #[must_use]
    pub fn job(&self) -> Job {
        self.job.lock().clone()
    }

    /// Takes the result of finished work away.
    pub fn dismiss_job(&self) {
        let mut job = self.job.lock();
        if !matches!(*job, Job::Listening(_) | Job::Rendering) {
            *job = Job::Idle;
        }
    }

    fn begin(&self, begun: Job) -> bool {
        let mut job = self.job.lock();
        let is_free = !matches!(*job, Job::Listening(_) | Job::Rendering);
        if is_free {
            *job = begun;
        }
        is_free
    }

    /// Renders the sound as it is as a seamless loop to a WAV file.
    pub fn write_loop(&self, path: &Path) {
        if !self.begin(Job::Rendering) {
            return;
        }
        let work = loops::Work {
            model: self.model(),
            take: self.session().taken().map(|taken| taken.take),
            controls: self.params.controls(None),
            choice: self.session().loop_choice(),
            rate_hz: self.handoff.rate_hz().unwrap_or(44_100.0),
            path: path.to_owned(),
        };
        let job = self.job.clone();
        self.worker().post(LOOP, move |_| {
            *job.lock() = match loops::write(&work) {
                Ok(()) => Job::Written(work.path),
                Err(sentence) => Job::Failed(sentence.into()),
            };
        });
    }
}

/// The places on the sliders' travel of latents; those beyond the model's keep the place that they
/// have in `now`.
fn positions(
    session: &Session,
    model: &CanneModel,
    latents: &[f32],
    now: [f32; SLIDERS],
) -> [f32; SLIDERS] {
    let mut positions = now;
    for (i, (position, latent)) in
        positions.iter_mut().zip(latents).enumerate().take(model.latents())
    {
        let range = model.range(i);
        // Beyond the learned range, too, as far as the travel goes.
        *position = session.travel((latent - range.low) / (range.high - range.low));
    }
    positions
}
