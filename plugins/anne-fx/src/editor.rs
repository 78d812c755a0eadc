//! The editor: a face drawn from plain values ([`face`], [`view`]), and the [`App`] that connects it to an instance.
//!
//! The window is repainted as often as its picture moves: with each new frame of the transform up to 60 times a second, and a
//! few times a second at rest, to notice when sound sets in. Nothing runs while the window is closed.

use std::sync::Arc;
use std::time::Duration;

use egui::{Rgba, Vec2, ViewportCommand, vec2};
use nfx_plugin::telemetry::Frame as Telemetry;
use nfx_plugin::ui::Theme;
use nfx_plugin::ui::theme::{AMBER, BACKGROUND};
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::ResizeHint;
use nice_plug::editor::dpi::LogicalSize;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::{
    EguiEditor, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, RepaintNotifier, create_egui_editor,
};

use crate::editor_model::EditorModel;

mod act;
mod cx;
pub mod face;
mod gather;
mod header;
mod knobs;
mod latents;
mod settings;
mod sound;
mod source;
pub mod view;

use act::Desk;
use face::{Face, Motion};
use gather::Gatherer;

/// The smallest window, in logical pixels.
const SMALLEST: (f32, f32) = (640.0, 400.0);
/// The largest.
const LARGEST: (f32, f32) = (3840.0, 2160.0);
/// How often to look while nothing moves.
const RESTING: Duration = Duration::from_millis(80);
/// How often while something does.
const MOVING: Duration = Duration::from_millis(16);

/// The editor of one instance, as long as the instance lives; its window may be opened and closed many times.
pub struct App {
    model: Arc<EditorModel>,
    gui: Option<GuiContext>,
    face: Face,
    gatherer: Gatherer,
    desk: Desk,
    seen: Box<Telemetry>,
    /// The size that the project asks for, until the window has been told.
    wanted_size: Option<Vec2>,
}

/// The editor of the instance behind `model`.
#[must_use]
pub fn create(model: Arc<EditorModel>) -> Option<EguiEditor<App>> {
    let (width, height) = model.session().editor_size();
    let state = EguiEditorState::from_size(LogicalSize { width: f64::from(width), height: f64::from(height) }, 1.0);
    let size = |(width, height)| Some(LogicalSize { width, height });
    let hint = ResizeHint::resizable().with_min_max_logical_size(size(SMALLEST), size(LARGEST));
    let settings = EguiNiceSettings::new().with_tile("ANNe").with_resize_hint(hint);
    let app = App {
        gatherer: Gatherer::new(model.clone()),
        desk: Desk::new(model.clone()),
        model,
        gui: None,
        face: Face::default(),
        seen: Box::default(),
        wanted_size: None,
    };
    create_egui_editor(state, RepaintNotifier::new(), settings, app)
}

impl App {
    /// Asks the window for the project's size once, when it was opened at another: the framework made it before the project was
    /// loaded.
    fn restore_size(&mut self, ctx: &egui::Context, window: Vec2) {
        if let Some(wanted) = self.wanted_size.take()
            && (wanted - window).abs().max_elem() > 1.0
        {
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(wanted));
        }
    }

    /// Takes the newest frame of the audio thread and moves the picture.
    fn follow(&mut self, seconds: f32) {
        let before = self.seen.index;
        let seen = &mut self.seen;
        self.model.look(|frame| {
            if frame.index != before {
                (**seen).clone_from(frame);
            }
        });
        let frame = &*self.seen;
        let latents = frame.latent_count.min(frame.latents.len());
        let points = frame.points.min(frame.before.len());
        let motion = Motion {
            fresh: frame.index != before,
            raw_latents: &frame.raw_latents[..latents],
            latents: &frame.latents[..latents],
            before: &frame.before[..points],
            after: &frame.after[..points],
            sample_rate_hz: frame.sample_rate_hz,
            input_peak: frame.input_peak,
            output_peak: frame.output_peak,
        };
        self.gatherer.hear(&motion, seconds);
        self.face.animate(&motion, seconds);
    }
}

impl NiceEguiApp for App {
    fn build(&mut self, ctx: egui::Context, gui: GuiContext, frame: &mut Frame) -> Result<(), HandlerError> {
        let (width, height) = self.model.session().editor_size();
        let size = vec2(width as f32, height as f32);
        Theme::for_window(AMBER, size).install(&ctx);
        frame.set_clear_color(Rgba::from(BACKGROUND));
        self.wanted_size = Some(size);
        self.gui = Some(gui);
        self.face.reopened();
        self.gatherer.keeper.refresh();
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        let Some(gui) = self.gui.clone() else { return };
        self.restore_size(ui.ctx(), ui.max_rect().size());
        self.model.tick(&gui);
        self.follow(ui.input(|input| input.stable_dt).min(0.1));
        let view = self.gatherer.view(&self.desk);
        let actions = self.face.show(ui, &view);
        if !actions.is_empty() {
            for action in actions {
                self.desk.act(action, &view, &mut self.gatherer, &gui);
            }
            ui.ctx().request_repaint();
        }
        ui.ctx().request_repaint_after(if self.face.moving() { MOVING } else { RESTING });
    }

    fn resized(&mut self, size: WindowSize) {
        // What comes before the first picture is the window's own idea, not the user's.
        if self.wanted_size.is_none() {
            self.model.session().set_editor_size(size.logical.width.round() as u32, size.logical.height.round() as u32);
        }
    }
}
