//! Gathers what the editor shows from the instance: cheap values in each frame, lists and cards
//! when they change.

use std::sync::atomic::Ordering;

use super::Presenter;
use super::view::{SourceView, View};

impl Presenter {
    /// All that is to be shown now.
    pub(super) fn gather(&mut self) -> View {
        let model = self.model.clone();
        let params = &model.params;
        let session = model.session();
        let playing = model.model();
        let latents = playing.as_ref().map_or(0, |model| model.latents());
        let (sounding, soloed) = (session.sounding(), session.soloed.load(Ordering::Relaxed));
        let locks = model.locks.load(Ordering::Relaxed);
        let mut shelf = self.shelf.view(model.host_facts());
        shelf.message = shelf.message.or_else(|| self.message());
        View {
            names: session.names(),
            sounds: (0..latents).map(|i| (sounding >> i) & 1 == 1).collect(),
            solo: (soloed != 0).then(|| soloed.trailing_zeros() as usize),
            lengths: params.group_lengths(latents),
            locks: std::array::from_fn(|i| (locks >> i) & 1 == 1),
            source: SourceView::of(&*model, &shelf.values),
            second: self.model.session().second.file().map(|file| file.name.clone()),
            training: model.workshop.view(model.model_folder_path().as_deref()),
            hears: self.hearing.hears(),
            shelf,
        }
    }
}
