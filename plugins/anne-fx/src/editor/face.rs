//! The whole face of the plugin: where each part stands, and what lives in it between frames.

use egui::{Id, Rect, Ui, pos2, vec2};
use nfx_ui::Theme;
use nfx_ui::button::{Choice, ChoiceStyle};
use nfx_ui::latents::LatentState;
use nfx_ui::meter::MeterState;
use nfx_ui::progress::Figure;
use nfx_ui::shelf::{models, presets, shortcuts, status};
use nfx_ui::spectrum::SpectrumState;
use nfx_ui::theme::{AMBER, BACKGROUND, DESIGN_HEIGHT, DESIGN_WIDTH};
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
    theme: Option<Theme>,
    hint: String,
    idle_s: f32,
}

impl Face {
    /// A face that shows this page.
    #[must_use]
    pub fn at(tab: Tab) -> Self {
        Self { tab, ..Self::default() }
    }

    /// To be called when a window opens: its context knows nothing of the theme yet.
    pub fn reopened(&mut self) {
        self.theme = None;
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

    /// True while something on the face still moves by itself.
    #[must_use]
    pub fn moving(&self) -> bool {
        self.idle_s < 0.1
            || self.spectrum.moving()
            || self.latents.moving()
            || self.input.moving()
            || self.output.moving()
    }

    /// Draws everything and returns what the user asked for, in order.
    pub fn show(&mut self, ui: &mut Ui, view: &View) -> Vec<Action> {
        let window = ui.max_rect();
        let theme = self.themed(ui, window);
        ui.painter().rect_filled(window, 0.0, BACKGROUND);
        let mut actions = Vec::new();
        let roomy = window.width() >= theme.px(DESIGN_WIDTH * 0.9) && window.height() >= theme.px(DESIGN_HEIGHT * 0.85);
        let mut cx = Cx { ui, theme, view, actions: &mut actions, compact: !roomy };
        let areas = Areas::new(&cx, window, self.tab == Tab::Train);
        if let Some(tab) = header::show(&mut cx, areas.header, self.tab) {
            self.tab = tab;
        }
        self.tabs(&mut cx, areas.tabs);
        self.middle(&mut cx, areas.middle);
        if let Some(rect) = areas.knobs {
            knobs::show(&mut cx, rect, self.tab == Tab::Latents);
        }
        if let Some(hint) = nfx_ui::take_hint(cx.ui.ctx()) {
            self.hint = hint;
        } else if cx.ui.ctx().pointer_hover_pos().is_some() {
            self.hint.clear();
        }
        status::bar(&mut cx, areas.status, &self.hint);
        shortcuts(&mut cx);
        actions
    }

    /// The theme for this size of window, installed in the context when it is new.
    fn themed(&mut self, ui: &mut Ui, window: Rect) -> Theme {
        let theme = Theme::for_window(AMBER, window.size());
        if self.theme != Some(theme) {
            theme.apply(ui.ctx());
            let style = ui.ctx().global_style();
            ui.set_style(style);
            self.theme = Some(theme);
        }
        theme
    }

    fn tabs(&mut self, cx: &mut Cx<'_, '_>, rect: Rect) {
        let chosen = TABS.iter().position(|&tab| tab == self.tab).unwrap_or(0);
        let choice = Choice { name: "Page", options: &TAB_NAMES, hints: &TAB_HINTS, chosen, style: ChoiceStyle::Tabs };
        let width = choice.width(cx.ui, &cx.theme);
        let place = Rect::from_min_size(rect.min - vec2(cx.px(8.0), 0.0), vec2(width, rect.height()));
        if let Some(index) = choice.show(cx.ui, &cx.theme, Id::unique("anne-tabs"), place) {
            self.tab = TABS[index];
        }
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

/// Where the parts stand.
struct Areas {
    header: Rect,
    tabs: Rect,
    middle: Rect,
    knobs: Option<Rect>,
    status: Rect,
}

impl Areas {
    fn new(cx: &Cx<'_, '_>, window: Rect, is_wide: bool) -> Self {
        let compact = cx.compact;
        let px = |roomy: f32, dense: f32| cx.px(if compact { dense } else { roomy });
        let margin = px(16.0, 8.0);
        let row = |top: f32, height: f32, inset: f32| {
            Rect::from_min_max(pos2(window.left() + inset, top), pos2(window.right() - inset, top + height))
        };
        let header = row(window.top(), px(48.0, 40.0), 0.0);
        let tabs = row(header.bottom() + px(4.0, 0.0), px(32.0, 30.0), margin);
        let status = row(window.bottom() - px(28.0, 24.0), px(28.0, 24.0), 0.0);
        let height = (window.height() * 0.255).clamp(px(136.0, 104.0), px(190.0, 130.0));
        let knobs = row(status.top() - height, height, margin);
        let middle = Rect::from_min_max(
            pos2(window.left() + margin, tabs.bottom() + px(8.0, 4.0)),
            pos2(window.right() - margin, if is_wide { status.top() } else { knobs.top() - px(8.0, 6.0) }),
        );
        Self { header, tabs, middle, knobs: (!is_wide).then_some(knobs), status }
    }
}
