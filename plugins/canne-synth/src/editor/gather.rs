//! Gathers what the editor shows from the instance: cheap values in each frame, lists and maps when
//! they change.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use nfx_core::models::spectral::CanneModel;
use nfx_frame::files::for_people;

use super::Presenter;
use super::view::{Job, Message, Spot, Tone, View};
use crate::params::SLIDERS;
use crate::standalone;

/// A model and the spots of its map, if it has one.
pub(super) type KnownMap = (Arc<CanneModel>, Option<Arc<Vec<Spot>>>);

impl Presenter {
    /// All that is to be shown now.
    pub(super) fn gather(&mut self) -> View {
        let model = self.model.clone();
        let playing = model.model();
        let locks = model.locks.load(Ordering::Relaxed);
        let job = model.job();
        let mut shelf = self.shelf.view(model.host_facts());
        shelf.message = shelf.message.or_else(|| message(&job));
        View {
            sliders: playing.as_ref().map_or(0, |model| model.latents().min(SLIDERS)),
            rests: std::array::from_fn(|slider| model.rest(slider)),
            locks: std::array::from_fn(|slider| (locks >> slider) & 1 == 1),
            morphed: model.params.morphed(),
            corners: std::array::from_fn(|corner| model.session().position(corner)),
            map: self.known_map(playing.as_ref()),
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

    fn known_map(&mut self, playing: Option<&Arc<CanneModel>>) -> Option<Arc<Vec<Spot>>> {
        let playing = playing?;
        if let Some((of, map)) = &self.map
            && Arc::ptr_eq(of, playing)
        {
            return map.clone();
        }
        let spots = |plane: &nfx_core::models::spectral::LatentPlane| {
            plane
                .points
                .iter()
                .map(|point| Spot { at: [point.x, point.y], label: point.label.clone() })
                .collect()
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
