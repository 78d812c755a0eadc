//! Gathers what the editor shows from the instance: cheap values in each frame, lists and cards when they change.

use std::sync::Arc;

use nfx_core::models::effect::ProfileModel;
use nfx_frame::files::for_people;
use nfx_frame::source::ExportState;
use nfx_ui::progress::figure;
use nfx_ui::shelf::Keeper;

use super::act::Desk;
use super::view::{BrowserView, Card, Control, KnobView, ProfileView, SourceView, Value, View};
use crate::editor_model::EditorModel;
use crate::help;
use crate::models::EMBEDDED;
use crate::params::{Fixed, Mapping, ProfilerParams, SourceChoice};
use crate::scope::Frame;
use crate::session::Session;
use nice_plug::prelude::FloatParam;

/// A level below which nobody hears anything, −80 dB.
const SILENCE: f32 = 1e-4;
/// How long sound may pause before the editor says that none comes in, in seconds.
const PATIENCE_S: f32 = 1.5;

/// See the module's documentation.
pub struct Gatherer {
    model: Arc<EditorModel>,
    /// Presets, model, undo, messages.
    pub keeper: Keeper<Session>,
    silent_s: f32,
}

/// The parameter of a control that is no knob of a profile.
pub fn param(params: &ProfilerParams, control: Control) -> Option<&FloatParam> {
    Some(match control {
        Control::Knob(_) => return None,
        Control::MakeUp => &params.makeup_db,
        Control::Mix => &params.mix,
        Control::Input => &params.input_db,
        Control::Output => &params.output_db,
        Control::Link => &params.link,
        Control::Quality => &params.quality,
        Control::Interface => &params.interface_dbu,
        Control::GateThreshold => &params.gate_threshold_db,
        Control::GateHold => &params.gate_hold_ms,
        Control::GateRelease => &params.gate_release_ms,
        Control::ImpulseLevel => &params.ir_level_db,
    })
}

impl Gatherer {
    /// Nothing is read until [`Keeper::refresh`].
    pub fn new(model: Arc<EditorModel>) -> Self {
        Self { keeper: Keeper::new((*model).clone(), card), model, silent_s: PATIENCE_S }
    }

    /// Notices whether sound comes in.
    pub fn hear(&mut self, frame: Option<&Frame>, seconds: f32) {
        let sounds = frame.is_some_and(|frame| frame.input_peak > SILENCE || frame.output_peak > SILENCE);
        self.silent_s = if sounds { 0.0 } else { self.silent_s + seconds };
    }

    /// All that is to be shown now.
    pub fn view(&mut self, desk: &Desk) -> View {
        let model = self.model.clone();
        let params = &model.params;
        let mut shelf = self.keeper.shelf(model.host_facts());
        shelf.message = shelf.message.or_else(|| desk.message());
        View {
            profile: model.model().map(|playing| self.profile(&playing)).unwrap_or_default(),
            values: Control::FIXED.map(|control| param(params, control).map(Value::of).unwrap_or_default()),
            stereo: params.stereo.value() as usize,
            normalise: params.normalise.value() as usize,
            calibrate: params.calibrate.value(),
            side_chain: params.side_chain.value(),
            gate: params.gate.value(),
            impulse_on: params.ir.value(),
            bypass: params.bypass.value(),
            impulse: model.session().impulse.file().map(|file| file.name.clone()),
            matched: model.is_matched(),
            match_trim_db: model.match_trim_db(),
            browser: self.browser(),
            source: self.source(),
            capture: model.studio.view(shelf.running.then_some(shelf.host_rate_hz), model.model_folder().as_deref()),
            hears: self.silent_s < PATIENCE_S,
            shelf,
        }
    }

    fn profile(&self, playing: &Arc<ProfileModel>) -> ProfileView {
        let params = &self.model.params;
        let mapping = Mapping::of(playing);
        let info = playing.info();
        let knob = |(index, info): (usize, &nfx_core::models::effect::KnobInfo)| {
            let driver = params.driver(&mapping, index);
            let mut value = Value::of(driver);
            let hint = match mapping.fixed(index) {
                Some(fixed) => help::sentence(fixed_id(fixed)).to_owned(),
                None => {
                    value.neutral = 0.5 + 0.5 * info.normalised(info.default);
                    format!("{} of the device, from {} to {}.", info.name, info.text(info.min), info.text(info.max))
                }
            };
            KnobView { name: info.name.clone(), hint, value }
        };
        let alignment = self.model.alignment();
        ProfileView {
            knobs: info.knobs.iter().enumerate().map(knob).collect(),
            is_compressor: playing.uses_side_chain(),
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
                EMBEDDED.iter().position(|entry| stored.bytes.is_none() && entry.hash == stored.hash)
            }),
            lines: found.profiles,
            reading: found.reading,
        }
    }

    fn source(&self) -> SourceView {
        let params = &self.model.params;
        let chosen = params.source.value();
        SourceView {
            names: ["Host", "Drums", "Bass", "Guitar", "File"].map(str::to_owned).to_vec(),
            chosen: chosen as usize,
            playing: params.play.value() && chosen != SourceChoice::Host,
            looped: params.looped.value(),
            file: self.model.source_file().map(|file| file.name.clone()),
            exporting: matches!(self.model.export_state(), ExportState::Running(_)),
        }
    }
}

fn fixed_id(fixed: Fixed) -> &'static str {
    match fixed {
        Fixed::Threshold => "thr",
        Fixed::Ratio => "ratio",
        Fixed::Attack => "att",
        Fixed::Release => "rel",
    }
}

/// The card of a profile in words.
fn card(model: &ProfileModel) -> Card {
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
        ("Kind".to_owned(), [text(&info.gear_type), text(&info.tone_type)].join(" ").trim().to_owned()),
        ("Network".to_owned(), model.family().to_owned()),
        ("Sample rate".to_owned(), format!("{:.1} kHz", model.sample_rate_hz() / 1000.0)),
        ("Held-out ESR".to_owned(), info.esr.map(|esr| figure(f64::from(esr))).unwrap_or_default()),
        ("Knobs".to_owned(), knobs.join(", ")),
        ("Loudness".to_owned(), info.loudness_db.map(|db| format!("{db:.1} dB")).unwrap_or_default()),
        ("Input level".to_owned(), level(info.input_level_dbu)),
        ("Output level".to_owned(), level(info.output_level_dbu)),
    ];
    facts.extend(provenance.metrics.iter().map(|(name, value)| (name.replace('_', " "), figure(*value))));
    let trained_by =
        if provenance.trained_by.is_empty() { text(&info.modeled_by) } else { provenance.trained_by.clone() };
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
