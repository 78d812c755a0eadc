//! Gathers what the editor shows from the instance: cheap values in each frame, lists and maps when they change.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use nfx_core::models::spectral::CanneModel;
use nfx_frame::files::for_people;
use nfx_ui::shelf::{Keeper, keeper};

use super::parts::switch;
use super::view::{Job, Message, Spot, Switch, Tone, View};
use crate::editor_model::EditorModel;
use crate::params::SLIDERS;
use crate::session::Session;
use crate::standalone;

/// A model and the spots of its map, if it has one.
type KnownMap = (Arc<CanneModel>, Option<Arc<Vec<Spot>>>);

/// See the module's documentation.
pub struct Gatherer {
    model: Arc<EditorModel>,
    /// Presets, model, undo, messages.
    pub keeper: Keeper<Session>,
    map: Option<KnownMap>,
}

impl Gatherer {
    /// Nothing is read until [`Keeper::refresh`].
    pub fn new(model: Arc<EditorModel>) -> Self {
        Self {
            keeper: Keeper::new((*model).clone(), |model: &CanneModel| keeper::read(model.card())),
            model,
            map: None,
        }
    }

    /// All that is to be shown now.
    pub fn view(&mut self) -> View {
        let model = self.model.clone();
        let playing = model.model();
        let locks = model.locks.load(Ordering::Relaxed);
        let job = model.job();
        let mut shelf = self.keeper.shelf(model.host_facts());
        shelf.message = shelf.message.or_else(|| message(&job));
        View {
            values: super::values(&model.params),
            switches: Switch::ALL.into_iter().map(|which| (which, switch(&model.params, which).chosen())).collect(),
            sliders: playing.as_ref().map_or(0, |model| model.latents().min(SLIDERS)),
            rests: std::array::from_fn(|slider| model.rest(slider)),
            locks: std::array::from_fn(|slider| (locks >> slider) & 1 == 1),
            morphed: model.params.morphed(),
            corners: std::array::from_fn(|corner| model.session().position(corner)),
            map: self.map(playing.as_ref()),
            place: model.place(),
            sample: model.sample_view(),
            notes: playing.as_ref().and_then(|model| model.notes()),
            heard: model.heard(),
            reach: model.session().reach(),
            tuning: {
                let tuning = model.session().tuning();
                (tuning.name(), !tuning.is_plain())
            },
            loop_choice: model.session().loop_choice(),
            training: model.workshop.view(model.model_folder_path().as_deref()),
            job,
            typing_plays: standalone::is_running(),
            shelf,
        }
    }

    fn map(&mut self, playing: Option<&Arc<CanneModel>>) -> Option<Arc<Vec<Spot>>> {
        let playing = playing?;
        if let Some((of, map)) = &self.map
            && Arc::ptr_eq(of, playing)
        {
            return map.clone();
        }
        let spots = |plane: &nfx_core::models::spectral::LatentPlane| {
            plane.points.iter().map(|point| Spot { at: [point.x, point.y], label: point.label.clone() }).collect()
        };
        let map = playing.card().kind.plane.as_ref().map(|plane| Arc::new(spots(plane)));
        self.map = Some((playing.clone(), map.clone()));
        map
    }
}

/// What finished work has to say.
fn message(job: &Job) -> Option<Message> {
    let note = |text: String| Some(Message { tone: Tone::Note, text });
    match job {
        // What was found stands where it was asked for.
        Job::Idle | Job::Listening(_) | Job::Rendering | Job::Found(..) => None,
        Job::Written(path) => note(format!("The loop was written to {}.", for_people(path))),
        Job::Failed(text) => Some(Message { tone: Tone::Error, text: text.clone() }),
    }
}
