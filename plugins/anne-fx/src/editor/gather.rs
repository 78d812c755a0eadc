//! Gathers what the editor shows from the instance: cheap values in each frame, lists and cards when they change.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use nfx_core::models::spectral::AnneModel;
use nfx_frame::source::ExportState;
use nfx_ui::param::AnyParam;
use nfx_ui::shelf::{Keeper, keeper};

use super::act::Desk;
use super::face::Motion;
use super::view::{SourceView, Value, View};
use crate::editor_model::EditorModel;
use crate::params::{PositionChoice, SourceChoice};
use crate::session::Session;

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
    still_s: f32,
}

impl Gatherer {
    /// Nothing is read until [`Keeper::refresh`].
    pub fn new(model: Arc<EditorModel>) -> Self {
        Self {
            keeper: Keeper::new((*model).clone(), |model: &AnneModel| keeper::read(model.card())),
            model,
            silent_s: PATIENCE_S,
            still_s: PATIENCE_S,
        }
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
        let mut shelf = self.keeper.shelf(model.host_facts());
        shelf.message = shelf.message.or_else(|| desk.message());
        View {
            knobs: std::array::from_fn(|i| Value::of(params.active_knob(i))),
            directions: std::array::from_fn(|i| Value::of(&params.directions[i])),
            names: session.names(),
            morph: Value::of(&params.morph),
            mix: Value::of(&params.mix),
            input: Value::of(&params.input_db),
            output: Value::of(&params.output_db),
            detail: Value::of(&params.detail),
            response: Value::of(&params.response_ms),
            slew: Value::of(&params.slew_ms),
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
            source: self.source(),
            second: self.model.session().second.file().map(|file| file.name.clone()),
            training: model.workshop.view(model.model_folder_path().as_deref()),
            hears: self.silent_s < PATIENCE_S,
            shelf,
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
}
