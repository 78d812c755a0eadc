//! Gathers what the editor shows from the instance: cheap values in each frame, lists and cards when they change.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use nfx_core::model::{AnneModel, ModelCard};
use nfx_plugin::presets::PresetId;
use nfx_plugin::ui::dialog::for_people;
use nfx_plugin::ui::param::AnyParam;

use super::act::Desk;
use super::face::Motion;
use super::view::{Card, LatentCard, ModelLine, PresetLine, SourceView, Value, View};
use crate::editor_model::EditorModel;
use crate::export::ExportState;
use crate::params::{PositionChoice, SourceChoice};

/// A level below which nobody hears anything, −80 dB.
const SILENCE: f32 = 1e-4;
/// How long sound may pause before the editor says that none comes in, in seconds.
const PATIENCE_S: f32 = 1.5;

/// A model of the list, and how to load it.
pub enum ModelAt {
    /// By the hash of an embedded one.
    Embedded(&'static str),
    /// By the file of the user's.
    File(PathBuf),
}

/// See the module's documentation.
pub struct Gatherer {
    model: Arc<EditorModel>,
    presets: Arc<Vec<PresetLine>>,
    preset_ids: Vec<PresetId>,
    models: Arc<Vec<ModelLine>>,
    models_at: Vec<ModelAt>,
    card: Option<(Arc<AnneModel>, Arc<Card>)>,
    silent_s: f32,
    still_s: f32,
    changed: bool,
    frames: u32,
}

impl Gatherer {
    /// Nothing is read until [`Gatherer::refresh`].
    pub fn new(model: Arc<EditorModel>) -> Self {
        Self {
            model,
            presets: Arc::default(),
            preset_ids: Vec::new(),
            models: Arc::default(),
            models_at: Vec::new(),
            card: None,
            silent_s: PATIENCE_S,
            still_s: PATIENCE_S,
            changed: false,
            frames: 0,
        }
    }

    /// Reads the folders of presets and models again.
    pub fn refresh(&mut self) {
        self.model.refresh_presets();
        self.list_presets();
        self.models_at.clear();
        let mut lines = Vec::new();
        for embedded in self.model.embedded_models() {
            lines.push(ModelLine { name: embedded.name.to_owned(), origin: "built in".to_owned() });
            self.models_at.push(ModelAt::Embedded(embedded.hash));
        }
        for user in self.model.user_models() {
            let origin = user.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            lines.push(ModelLine { name: user.name, origin });
            self.models_at.push(ModelAt::File(user.path));
        }
        self.models = Arc::new(lines);
    }

    /// Takes the list of presets anew, without reading the folder.
    pub fn list_presets(&mut self) {
        let listed = self.model.preset_list("");
        let line = |preset: &nfx_plugin::presets::Listed| PresetLine {
            name: preset.name.clone(),
            category: preset.category.clone(),
            description: preset.description.clone(),
            own: preset.is_user(),
        };
        self.presets = Arc::new(listed.iter().map(line).collect());
        self.preset_ids = listed.into_iter().map(|preset| preset.id).collect();
    }

    /// The preset in a line of the list.
    pub fn preset_id(&self, index: usize) -> Option<&PresetId> {
        self.preset_ids.get(index)
    }

    /// The model in a line of the list.
    pub fn model_at(&self, index: usize) -> Option<&ModelAt> {
        self.models_at.get(index)
    }

    /// Notices whether sound comes in.
    pub fn hear(&mut self, motion: &Motion<'_>, seconds: f32) {
        self.still_s = if motion.fresh { 0.0 } else { self.still_s + seconds };
        let sounds = motion.fresh && (motion.input_peak > SILENCE || motion.output_peak > SILENCE);
        self.silent_s = if sounds { 0.0 } else { self.silent_s + seconds };
    }

    /// All that is to be shown now.
    pub fn view(&mut self, desk: &Desk) -> View {
        let model = self.model.clone();
        let params = &model.params;
        let session = model.session();
        let playing = model.model();
        let latents = playing.as_ref().map_or(0, |model| model.latents());
        let (muted, soloed) = (session.muted.load(Ordering::Relaxed), session.soloed.load(Ordering::Relaxed));
        let heard = |i: usize| if soloed == 0 { (muted >> i) & 1 == 0 } else { (soloed >> i) & 1 == 1 };
        let locks = model.locks.knobs.load(Ordering::Relaxed);
        // The comparison walks all parameters: a few times a second is enough.
        if self.frames.is_multiple_of(8) {
            self.changed = model.is_edited();
        }
        self.frames = self.frames.wrapping_add(1);
        let (preset_id, preset) = model.current_preset();
        let problem = model.model_problem();
        let facts = model.host_facts();
        View {
            knobs: std::array::from_fn(|i| value(params.active_knob(i))),
            morph: value(&params.morph),
            mix: value(&params.mix),
            input: value(&params.input_db),
            output: value(&params.output_db),
            slew: value(&params.slew_ms),
            trims: params.trims.iter().take(latents).map(AnyParam::normal).collect(),
            sounds: (0..latents).map(heard).collect(),
            solo: (soloed != 0).then(|| soloed.trailing_zeros() as usize),
            lengths: params.group_lengths(latents),
            locks: std::array::from_fn(|i| (locks >> i) & 1 == 1),
            split: params.split.value() as usize,
            gain_before: params.position.value() == PositionChoice::Before,
            stereo: params.stereo.value() as usize,
            freeze: params.freeze.value(),
            level_match: params.level_match.value(),
            bypass: params.bypass.value(),
            preset,
            preset_changed: self.changed,
            presets: self.presets.clone(),
            preset_at: preset_id.and_then(|id| self.preset_ids.iter().position(|there| *there == id)),
            preset_folder: model.preset_folder().map(for_people).unwrap_or_default(),
            model: model.model_name(),
            models: self.models.clone(),
            model_at: self.place_of_model(),
            model_folder: nfx_plugin::library::Library::<AnneModel>::user_folder()
                .as_deref()
                .map(for_people)
                .unwrap_or_default(),
            card: self.card(playing.as_ref()),
            model_problem: if playing.is_none() { problem } else { None },
            loading: model.is_loading(),
            undo: model.undoable().map(named),
            redo: model.redoable().map(named),
            on_b: model.is_b(),
            source: self.source(),
            hears: self.silent_s < PATIENCE_S,
            running: facts.rate_hz.is_some(),
            offline: facts.offline,
            message: desk.message(),
            latency_samples: facts.latency_samples,
            host_rate_hz: facts.rate_hz.unwrap_or(0.0),
        }
    }

    fn source(&self) -> SourceView {
        let params = &self.model.params;
        let chosen = params.source.value();
        SourceView {
            names: ["Host", "Piano", "Strings", "Snare", "File"].map(str::to_owned).to_vec(),
            chosen: chosen as usize,
            playing: params.play.value() && chosen != SourceChoice::Host,
            looped: params.looped.value(),
            file: self.model.source_file().map(|file| file.name.clone()),
            exporting: matches!(self.model.export_state(), ExportState::Running(_)),
        }
    }

    fn place_of_model(&self) -> Option<usize> {
        let stored = self.model.session().model.stored()?;
        self.models_at.iter().position(|at| match at {
            ModelAt::Embedded(hash) => *hash == stored.hash,
            ModelAt::File(path) => {
                stored.bytes.is_some() && path.file_stem().is_some_and(|stem| stem.to_string_lossy() == stored.name)
            }
        })
    }

    fn card(&mut self, playing: Option<&Arc<AnneModel>>) -> Option<Arc<Card>> {
        let playing = playing?;
        if let Some((of, card)) = &self.card
            && Arc::ptr_eq(of, playing)
        {
            return Some(card.clone());
        }
        let card = Arc::new(read(playing.card()));
        self.card = Some((playing.clone(), card.clone()));
        Some(card)
    }
}

fn value(param: &impl AnyParam) -> Value {
    Value { normal: param.normal(), neutral: param.neutral(), modulated: param.modulated(), text: param.text() }
}

/// A step of the history that has no name is the loading of a preset.
fn named(what: String) -> String {
    if what.is_empty() { "Preset".to_owned() } else { what }
}

/// The card of a model in words.
fn read(card: &ModelCard) -> Card {
    let provenance = &card.provenance;
    let widths: Vec<String> = card.architecture.widths().iter().map(usize::to_string).collect();
    let mut facts = vec![
        (
            "Sound".to_owned(),
            format!(
                "{} kHz, window of {} samples, hop {}",
                card.sample_rate_hz / 1000.0,
                card.stft.fft_size,
                card.stft.hop
            ),
        ),
        ("Network".to_owned(), widths.join("–")),
    ];
    facts.extend(provenance.metrics.iter().map(|(name, value)| (name.replace('_', " "), figure(*value))));
    Card {
        description: card.description.clone(),
        learned_from: provenance.corpus.clone(),
        licence: provenance.data_licence.clone(),
        trained_by: provenance.trained_by.clone(),
        facts,
        latents: card
            .latents
            .iter()
            .map(|latent| LatentCard {
                words: latent.label.clone(),
                centroid_hz: latent.centroid_hz,
                live: latent.live,
            })
            .collect(),
    }
}

/// A figure to four digits, small ones in powers of ten.
fn figure(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 {
        format!("{value:.2e}")
    } else if value.fract() == 0.0 && value.abs() < 1e9 {
        format!("{value:.0}")
    } else {
        format!("{value:.4}")
    }
}
