//! The whole face of the plugin: where each part stands, and what lives in it between frames.

use egui::{Rect, Ui};
use nfx_ui::app;
use nfx_ui::face::{Pages, Rows, Themed, keep_hint};
use nfx_ui::latents::LatentState;
use nfx_ui::meter::MeterState;
use nfx_ui::progress::Figure;
use nfx_ui::shelf::{models, presets, shortcuts, status};
use nfx_ui::spectrum::SpectrumState;
use nfx_ui::theme::AMBER;
use nfx_ui::training;

use super::cx::Cx;
use super::view::{Action, View};
use super::{header, knobs, latents, second, settings, sound};

/// What the middle of the editor shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Spectrum and latents.
    #[default]
    Sound,
    /// The latents, large, with all that concerns them.
    Latents,
    /// Where the sound comes from.
    Source,
    /// The preset browser.
    Presets,
    /// The model picker.
    Models,
    /// Training a network.
    Train,
    /// Everything that is set once.
    Settings,
}

const TABS: [Tab; 7] = [Tab::Sound, Tab::Latents, Tab::Source, Tab::Presets, Tab::Models, Tab::Train, Tab::Settings];
const TAB_NAMES: [&str; 7] = ["Sound", "Latents", "Source", "Presets", "Models", "Train", "Settings"];
const TAB_HINTS: [&str; 7] = [
    "The sound before and after, and the latents at work.",
    "All latents large: split them among the knobs, trim, mute and solo each.",
    "Play your track, a built-in sound or a file of yours through the network, and export the result.",
    "Browse, search, save and delete presets.",
    "Choose what the network has learned, and read about it.",
    "Train a network on sounds of your own, without leaving your host.",
    "Stereo, loudness, and what this plugin is.",
];

/// What the training page says here.
const TRAINING: training::Words<'_> = training::Words {
    figure: Figure { name: "Validation error", good: None },
    title: "Train a network on your sounds",
};

/// The moving picture of one frame, as the audio thread shows it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Motion<'a> {
    /// True when it is newer than the last one.
    pub fresh: bool,
    /// Latents before the gains.
    pub raw_latents: &'a [f32],
    /// Latents after the gains.
    pub latents: &'a [f32],
    /// Magnitudes of the input.
    pub before: &'a [f32],
    /// Magnitudes of the output.
    pub after: &'a [f32],
    /// The rate that they were made at.
    pub sample_rate_hz: f64,
    /// The largest absolute sample that came in.
    pub input_peak: f32,
    /// The largest that went out.
    pub output_peak: f32,
}

/// What the editor remembers between frames.
#[derive(Default)]
pub struct Face {
    /// What the middle shows.
    pub tab: Tab,
    /// The curves.
    pub spectrum: SpectrumState,
    /// The bars.
    pub latents: LatentState,
    /// The meter of the input.
    pub input: MeterState,
    /// The meter of the output.
    pub output: MeterState,
    /// The preset browser.
    pub browser: presets::Browser,
    /// The page of the training.
    pub training: training::Page,
    theme: Themed,
    hint: String,
    idle_s: f32,
}

impl Face {
    /// A face that shows this page.
    #[must_use]
    pub fn at(tab: Tab) -> Self {
        Self { tab, ..Self::default() }
    }

    /// Takes the newest frame, `seconds` after the one before. Without a fresh frame for a tenth of a second everything falls
    /// to rest.
    pub fn animate(&mut self, motion: &Motion<'_>, seconds: f32) {
        self.idle_s = if motion.fresh { 0.0 } else { self.idle_s + seconds };
        if !motion.fresh && self.idle_s < 0.1 {
            // Between two frames of the transform: let the picture move towards the last one.
            self.latents.update(motion.raw_latents, motion.latents, seconds);
            self.spectrum.update(motion.before, motion.after, motion.sample_rate_hz, seconds);
            self.input.update(0.0, seconds);
            self.output.update(0.0, seconds);
        } else if motion.fresh {
            self.latents.update(motion.raw_latents, motion.latents, seconds);
            self.spectrum.update(motion.before, motion.after, motion.sample_rate_hz, seconds);
            self.input.update(motion.input_peak, seconds);
            self.output.update(motion.output_peak, seconds);
        } else {
            self.latents.update(&[], &[], seconds);
            self.spectrum.update(&[], &[], motion.sample_rate_hz, seconds);
            self.input.update(0.0, seconds);
            self.output.update(0.0, seconds);
        }
    }

    fn tabs(&mut self, cx: &mut Cx<'_, '_>, rect: Rect) {
        let pages = Pages { id: "anne-tabs", tabs: &TABS, names: &TAB_NAMES, hints: &TAB_HINTS };
        pages.show(cx, rect, &mut self.tab);
        knobs::quick(cx, rect);
    }

    fn middle(&mut self, cx: &mut Cx<'_, '_>, rect: Rect) {
        match self.tab {
            Tab::Sound => sound::show(cx, rect, self),
            Tab::Latents => latents::show(cx, rect, &self.latents),
            Tab::Source => second::page(cx, rect),
            Tab::Presets => presets::show(cx, rect, &mut self.browser),
            Tab::Models => {
                let lengths = cx.view.lengths;
                models::show(cx, rect, &|index| knobs::tag(lengths, index));
            }
            Tab::Train => training::show(cx, rect, &mut self.training, TRAINING),
            Tab::Settings => settings::show(cx, rect),
        }
        status::toast(cx, rect);
    }
}

impl app::Face for Face {
    type View = View;
    type Action = Action;

    fn reopened(&mut self) {
        self.theme.forget();
    }

    fn show(&mut self, ui: &mut Ui, view: &View) -> Vec<Action> {
        let window = ui.max_rect();
        let (theme, compact) = self.theme.begin(ui, AMBER);
        let mut actions = Vec::new();
        let mut cx = Cx { ui, theme, view, actions: &mut actions, compact };
        let areas = Areas::new(&cx, window, self.tab == Tab::Train);
        if let Some(tab) = header::show(&mut cx, areas.rows.header, self.tab) {
            self.tab = tab;
        }
        self.tabs(&mut cx, areas.rows.tabs);
        self.middle(&mut cx, areas.middle);
        if let Some(rect) = areas.knobs {
            knobs::show(&mut cx, rect, self.tab == Tab::Latents);
        }
        keep_hint(cx.ui, &mut self.hint);
        status::bar(&mut cx, areas.rows.status, &self.hint);
        shortcuts(&mut cx);
        actions
    }

    fn moving(&self) -> bool {
        self.idle_s < 0.1
            || self.spectrum.moving()
            || self.latents.moving()
            || self.input.moving()
            || self.output.moving()
    }
}

/// Where the parts stand.
struct Areas {
    rows: Rows,
    middle: Rect,
    knobs: Option<Rect>,
}

impl Areas {
    fn new(cx: &Cx<'_, '_>, window: Rect, is_wide: bool) -> Self {
        let px = |roomy: f32, dense: f32| cx.px(if cx.compact { dense } else { roomy });
        let rows = Rows::new(cx, window, [30.0, 24.0]);
        let height = (window.height() * 0.255).clamp(px(136.0, 104.0), px(190.0, 130.0));
        let knobs = rows.row(rows.status.top() - height, height, rows.margin);
        let bottom = if is_wide { rows.status.top() } else { knobs.top() - px(8.0, 6.0) };
        let middle = rows.middle(cx, bottom);
        Self { rows, middle, knobs: (!is_wide).then_some(knobs) }
    }
}
