//! Gathers what the editor shows from the instance: cheap values in each frame, lists and cards
//! when they change.

use std::sync::Arc;

use nfx_core::models::effect::ProfileModel;
use nfx_frame::files::for_people;
use nfx_ui::progress::figure;
use nfx_ui::wrapped;

use super::Presenter;
use super::view::{BrowserView, Card, KnobView, ProfileView, SourceView, View};
use crate::models::EMBEDDED;
use crate::params::{Mapping, ProfilerParams};

impl Presenter {
    /// All that is to be shown now.
    pub(super) fn gather(&mut self) -> View {
        let model = self.model.clone();
        let mut shelf = self.shelf.view(model.host_facts());
        shelf.message = shelf.message.or_else(|| self.message());
        View {
            profile: model.model().map(|playing| self.profile(&playing)).unwrap_or_default(),
            impulse: model.session().impulse.file().map(|file| file.name.clone()),
            matched: model.is_matched(),
            match_trim_db: model.match_trim_db(),
            browser: self.browser(),
            source: SourceView::of(&*model, &shelf.values),
            capture: model
                .studio
                .view(shelf.running.then_some(shelf.host_rate_hz), model.model_folder().as_deref()),
            hears: self.hearing.hears(),
            shelf,
        }
    }

    fn profile(&self, playing: &Arc<ProfileModel>) -> ProfileView {
        let mapping = Mapping::of(playing);
        let info = playing.info();
        let knob = |(index, info): (usize, &nfx_core::models::effect::KnobInfo)| {
            let id = ProfilerParams::driver_id(&mapping, index);
            // What a compressor's knobs do stands in the table of parameters.
            let (neutral, hint) = match mapping.fixed(index) {
                Some(_) => (None, String::new()),
                None => (
                    Some(0.5 + 0.5 * info.normalised(info.default)),
                    wrapped(&format!(
                        "Turns {} of the device, from {} to {}.",
                        info.name,
                        info.text(info.min),
                        info.text(info.max)
                    )),
                ),
            };
            KnobView { id, name: info.name.clone(), hint, neutral }
        };
        let alignment = self.model.alignment();
        ProfileView {
            knobs: info.knobs.iter().enumerate().map(knob).collect(),
            hears_side_chain: playing.uses_side_chain(),
            sizes: playing.sizes(),
            family: playing.family().to_owned(),
            rate_hz: playing.sample_rate_hz(),
            esr: info.esr,
            input_dbu: info.input_level_dbu,
            has_loudness: info.loudness_db.is_some(),
            aligns: self.model.session().aligns(),
            repaired: (alignment.delay_samples, alignment.inverted),
        }
    }

    fn browser(&self) -> BrowserView {
        let found = self.model.browser.found();
        BrowserView {
            folder: for_people(&found.folder),
            is_other: self.model.session().folder().is_some(),
            at: self.model.profile_at(&found.profiles),
            embedded: self.model.session().model.stored().and_then(|stored| {
                EMBEDDED
                    .iter()
                    .position(|entry| stored.bytes.is_none() && entry.hash == stored.hash)
            }),
            lines: found.profiles,
            reading: found.reading,
        }
    }
}

/// The card of a profile in words.
pub(super) fn card(model: &ProfileModel) -> Card {
    let info = model.info();
    let provenance = &model.card().provenance;
    let text = |value: &Option<String>| value.clone().unwrap_or_default().replace('_', " ");
    let level = |value: Option<f32>| value.map(|dbu| format!("{dbu:.1} dBu")).unwrap_or_default();
    let knobs: Vec<String> = info
        .knobs
        .iter()
        .map(|knob| format!("{} ({} to {})", knob.name, knob.text(knob.min), knob.text(knob.max)))
        .collect();
    let device = [text(&info.gear_make), text(&info.gear_model)].join(" ").trim().to_owned();
    let mut facts = vec![
        ("Device".to_owned(), device),
        (
            "Kind".to_owned(),
            [text(&info.gear_type), text(&info.tone_type)].join(" ").trim().to_owned(),
        ),
        ("Network".to_owned(), model.family().to_owned()),
        ("Sample rate".to_owned(), format!("{:.1} kHz", model.sample_rate_hz() / 1000.0)),
        ("Held-out ESR".to_owned(), info.esr.map(|esr| figure(f64::from(esr))).unwrap_or_default()),
        ("Knobs".to_owned(), knobs.join(", ")),
        (
            "Loudness".to_owned(),
            info.loudness_db.map(|db| format!("{db:.1} dB")).unwrap_or_default(),
        ),
        ("Input level".to_owned(), level(info.input_level_dbu)),
        ("Output level".to_owned(), level(info.output_level_dbu)),
    ];
    facts.extend(
        provenance.metrics.iter().map(|(name, value)| (name.replace('_', " "), figure(*value))),
    );
    let trained_by = if provenance.trained_by.is_empty() {
        text(&info.modeled_by)
    } else {
        provenance.trained_by.clone()
    };
    Card {
        description: model.description().to_owned(),
        learned_from: provenance.corpus.clone(),
        licence: provenance.data_licence.clone(),
        trained_by,
        facts,
        latents: Vec::new(),
        directions: Vec::new(),
    }
}
