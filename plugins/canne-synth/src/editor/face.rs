//! The whole face of the instrument: where each part stands, and what lives in it between frames.

use egui::{Id, Rect, Ui, pos2, vec2};
use nfx_ui::Theme;
use nfx_ui::button::{Choice, ChoiceStyle};
use nfx_ui::meter::MeterState;
use nfx_ui::progress::Figure;
use nfx_ui::shelf::{models, presets, shortcuts, status};
use nfx_ui::spectrum::SpectrumState;
use nfx_ui::theme::{BACKGROUND, DESIGN_HEIGHT, DESIGN_WIDTH, TEAL, latent_colour};
use nfx_ui::training;

use super::cx::Cx;
use super::keys::{self, Keys};
use super::view::{Action, View};
use super::{faders, header, looping, manual, map, modulation, sound, voice};
use crate::params::SLIDERS;

/// What the middle of the editor shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Spectrum and pad.
    #[default]
    Sound,
    /// The sounds of the network on a plane.
    Map,
    /// Envelopes, LFO and how far they reach.
    Motion,
    /// Keys, tuning, tone.
    Voice,
    /// The sound as a loop.
    Loop,
    /// The preset browser.
    Presets,
    /// The model picker.
    Models,
    /// Training an instrument.
    Train,
    /// What this is.
    Help,
}

impl Tab {
    /// Whether the page is for reading: it takes the sliders' room, too. The keys stay, to hear what is chosen.
    fn is_list(self) -> bool {
        matches!(self, Self::Presets | Self::Models | Self::Train | Self::Help)
    }
}

const TABS: [Tab; 9] =
    [Tab::Sound, Tab::Map, Tab::Motion, Tab::Voice, Tab::Loop, Tab::Presets, Tab::Models, Tab::Train, Tab::Help];
const TAB_NAMES: [&str; 9] = ["Sound", "Map", "Motion", "Voice", "Loop", "Presets", "Models", "Train", "Help"];
const TAB_HINTS: [&str; 9] = [
    "The spectrum of what sounds, and the pad between four stored sounds.",
    "All sounds that the network has learned, on a map; and a sound of yours as an instrument.",
    "Envelopes, LFO, and how far they and your hands move the sliders.",
    "How keys become voices, and how they are tuned.",
    "Save the sound as a seamless loop.",
    "Browse, search, save and delete presets.",
    "Choose what the network has learned, and read about it.",
    "Train an instrument on notes of your own, without leaving your host.",
    "What this instrument is, and what pointer and keyboard do.",
];

/// What the training page says here.
const TRAINING: training::Words<'_> = training::Words {
    figure: Figure { name: "Validation error", good: None },
    title: "Train an instrument on your notes",
};

/// The moving picture of one frame, as the audio thread shows it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Motion<'a> {
    /// True when it is newer than the last one.
    pub fresh: bool,
    /// The sliders as the newest voice has them, 0..1.
    pub sliders: &'a [f32],
    /// Magnitudes of the output.
    pub spectrum: &'a [f32],
    /// The rate that they were made at.
    pub sample_rate_hz: f64,
    /// The largest absolute sample that went out.
    pub peak: f32,
}

/// What the editor remembers between frames.
#[derive(Default)]
pub struct Face {
    /// What the middle shows.
    pub tab: Tab,
    /// The curve.
    pub spectrum: SpectrumState,
    /// The meter.
    pub output: MeterState,
    /// The preset browser.
    pub browser: presets::Browser,
    /// The envelope that moves sliders is shown, not that of the level.
    pub second_envelope: bool,
    /// The second oscillator is shown.
    pub second_lfo: bool,
    /// The keyboard.
    pub keys: Keys,
    /// The page of the training.
    pub training: training::Page,
    /// The sliders as the newest voice has them, while something sounds.
    live: Vec<f32>,
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
        let resting = self.idle_s >= 0.1;
        let spectrum = if resting { &[] } else { motion.spectrum };
        self.spectrum.update(&[], spectrum, motion.sample_rate_hz, seconds);
        self.output.update(if motion.fresh { motion.peak } else { 0.0 }, seconds);
        if resting {
            self.live.clear();
        } else if motion.fresh {
            self.live.clear();
            self.live.extend_from_slice(&motion.sliders[..motion.sliders.len().min(SLIDERS)]);
        }
    }

    /// True while something on the face still moves by itself.
    #[must_use]
    pub fn moving(&self) -> bool {
        self.idle_s < 0.1 || self.spectrum.moving() || self.output.moving()
    }

    /// Draws everything and returns what the user asked for, in order.
    pub fn show(&mut self, ui: &mut Ui, view: &View) -> Vec<Action> {
        let window = ui.max_rect();
        let theme = self.themed(ui, window);
        ui.painter().rect_filled(window, 0.0, BACKGROUND);
        let mut actions = Vec::new();
        let roomy = window.width() >= theme.px(DESIGN_WIDTH * 0.9) && window.height() >= theme.px(DESIGN_HEIGHT * 0.85);
        let mut cx = Cx { ui, theme, view, actions: &mut actions, compact: !roomy };
        let areas = Areas::new(&cx, window, self.tab.is_list());
        if let Some(tab) = header::show(&mut cx, areas.header, self.tab) {
            self.tab = tab;
        }
        self.tabs(&mut cx, areas.tabs);
        self.middle(&mut cx, areas.middle);
        if let Some(rect) = areas.faders {
            let live = if self.live.is_empty() { view.morphed.to_vec() } else { self.live.clone() };
            faders::show(&mut cx, rect, &live);
        }
        keys::show(&mut cx, areas.keys, &mut self.keys);
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
        let theme = Theme::for_window(TEAL, window.size());
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
        if let Some(index) = choice.show(cx.ui, &cx.theme, Id::unique("canne-tabs"), place) {
            self.tab = TABS[index];
        }
        faders::quick(cx, rect);
    }

    fn middle(&mut self, cx: &mut Cx<'_, '_>, rect: Rect) {
        match self.tab {
            Tab::Sound => sound::show(cx, rect, self),
            Tab::Map => map::show(cx, rect),
            Tab::Motion => modulation::show(cx, rect, self),
            Tab::Voice => voice::show(cx, rect),
            Tab::Loop => looping::show(cx, rect),
            Tab::Presets => presets::show(cx, rect, &mut self.browser),
            Tab::Models => models::show(cx, rect, &|index| (format!("{}", index + 1), latent_colour(index))),
            Tab::Train => training::show(cx, rect, &mut self.training, TRAINING),
            Tab::Help => manual::show(cx, rect),
        }
        status::toast(cx, rect);
    }
}

/// Where the parts stand.
struct Areas {
    header: Rect,
    tabs: Rect,
    middle: Rect,
    faders: Option<Rect>,
    keys: Rect,
    status: Rect,
}

impl Areas {
    fn new(cx: &Cx<'_, '_>, window: Rect, is_list: bool) -> Self {
        let compact = cx.compact;
        let px = |roomy: f32, dense: f32| cx.px(if compact { dense } else { roomy });
        let margin = px(16.0, 8.0);
        let row = |top: f32, height: f32, inset: f32| {
            Rect::from_min_max(pos2(window.left() + inset, top), pos2(window.right() - inset, top + height))
        };
        let header = row(window.top(), px(48.0, 40.0), 0.0);
        let tabs = row(header.bottom() + px(4.0, 0.0), px(32.0, 28.0), margin);
        let status = row(window.bottom() - px(28.0, 22.0), px(28.0, 22.0), 0.0);
        let key_height = (window.height() * 0.082).clamp(px(40.0, 30.0), px(64.0, 40.0));
        let keys = row(status.top() - key_height, key_height, margin);
        let height = (window.height() * 0.30).clamp(px(160.0, 112.0), px(240.0, 140.0));
        let faders = row(keys.top() - height - px(8.0, 5.0), height, margin);
        let middle = Rect::from_min_max(
            pos2(window.left() + margin, tabs.bottom() + px(8.0, 4.0)),
            pos2(window.right() - margin, if is_list { keys.top() } else { faders.top() } - px(8.0, 5.0)),
        );
        Self { header, tabs, middle, faders: (!is_list).then_some(faders), keys, status }
    }
}
