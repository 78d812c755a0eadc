//! The whole face of the plugin: where each part stands, and what lives in it between frames.

use egui::{Id, Rect, Ui, pos2, vec2};
use nfx_ui::Theme;
use nfx_ui::button::{Choice, ChoiceStyle};
use nfx_ui::meter::MeterState;
use nfx_ui::shelf::{presets, shortcuts, source, status};
use nfx_ui::theme::{BACKGROUND, CORAL, DESIGN_HEIGHT, DESIGN_WIDTH};

use super::capture::{self, CapturePage};
use super::cx::Cx;
use super::history::History;
use super::transfer::Transfer;
use super::view::{Action, View};
use super::{chain, header, knobs, manual, profiles, sound};
use crate::scope::Frame;

/// What the middle of the editor shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The sound before and after, and the transfer curve.
    #[default]
    Sound,
    /// Everything around the profile.
    Chain,
    /// The folder of profiles.
    Profiles,
    /// Profiling a device.
    Capture,
    /// Where the sound comes from.
    Source,
    /// The preset browser.
    Presets,
    /// What this is.
    Help,
}

impl Tab {
    /// Whether the page takes the knobs' room, too.
    fn is_wide(self) -> bool {
        matches!(self, Self::Capture | Self::Help)
    }
}

const TABS: [Tab; 7] = [Tab::Sound, Tab::Chain, Tab::Profiles, Tab::Capture, Tab::Source, Tab::Presets, Tab::Help];
const TAB_NAMES: [&str; 7] = ["Sound", "Chain", "Profiles", "Capture", "Source", "Presets", "Help"];
const TAB_HINTS: [&str; 7] = [
    "The sound before and after, and what the profile does to levels.",
    "Gate, stereo, repair, impulse response, loudness: everything around the profile.",
    "Browse profiles: your own, captures of the .nam world, and the compressor that is built in.",
    "Make a profile of a device of yours: play a test signal through it, record, train.",
    "Play your track, a built-in sound or a file of yours through the profile, and export the result.",
    "Browse, search, save and delete presets.",
    "What this plugin is, and what pointer and keyboard do.",
];

/// The moving picture of one frame.
#[derive(Clone, Copy, Debug)]
pub struct Motion<'a> {
    /// True when it is newer than the last one.
    pub fresh: bool,
    /// What the audio thread shows.
    pub frame: &'a Frame,
    /// The transfer curve: levels in and out, in dB.
    pub curve: &'a [[f32; 2]],
}

/// What the editor remembers between frames.
#[derive(Default)]
pub struct Face {
    /// What the middle shows.
    pub tab: Tab,
    /// The sound before and after.
    pub history: History,
    /// The transfer curve.
    pub transfer: Transfer,
    /// The meter of the input.
    pub input: MeterState,
    /// The meter of the output.
    pub output: MeterState,
    /// The preset browser.
    pub browser: presets::Browser,
    /// The words to search profiles for.
    pub search: String,
    /// The page of captures.
    pub capture: CapturePage,
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

    /// Takes the newest frame, `seconds` after the one before. Without a fresh frame for a tenth of a second the meters fall to
    /// rest.
    pub fn animate(&mut self, motion: &Motion<'_>, seconds: f32) {
        self.idle_s = if motion.fresh { 0.0 } else { self.idle_s + seconds };
        let fresh = motion.fresh.then_some(motion.frame);
        self.history.update(fresh, seconds);
        self.transfer.update(fresh, motion.curve, seconds);
        self.input.update(fresh.map_or(0.0, |frame| frame.input_peak), seconds);
        self.output.update(fresh.map_or(0.0, |frame| frame.output_peak), seconds);
    }

    /// True while something on the face still moves by itself.
    #[must_use]
    pub fn moving(&self) -> bool {
        self.idle_s < 0.1
            || self.history.moving()
            || self.transfer.moving()
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
        let areas = Areas::new(&cx, window, self.tab.is_wide());
        if let Some(tab) = header::show(&mut cx, areas.header, self.tab) {
            self.tab = tab;
        }
        self.tabs(&mut cx, areas.tabs);
        self.middle(&mut cx, areas.middle);
        if let Some(rect) = areas.knobs {
            knobs::show(&mut cx, rect);
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
        let theme = Theme::for_window(CORAL, window.size());
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
        if let Some(index) = choice.show(cx.ui, &cx.theme, Id::unique("profiler-tabs"), place) {
            self.tab = TABS[index];
        }
        knobs::quick(cx, rect);
    }

    fn middle(&mut self, cx: &mut Cx<'_, '_>, rect: Rect) {
        match self.tab {
            Tab::Sound => sound::show(cx, rect, self),
            Tab::Chain => chain::show(cx, rect, self.history.gate_gain()),
            Tab::Profiles => profiles::show(cx, rect, &mut self.search),
            Tab::Capture => capture::show(cx, rect, &mut self.capture),
            Tab::Source => source::show(cx, rect, "the profile"),
            Tab::Presets => presets::show(cx, rect, &mut self.browser),
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
        let bottom = if is_wide { status.top() } else { knobs.top() - px(8.0, 6.0) };
        let middle = Rect::from_min_max(
            pos2(window.left() + margin, tabs.bottom() + px(8.0, 4.0)),
            pos2(window.right() - margin, bottom),
        );
        Self { header, tabs, middle, knobs: (!is_wide).then_some(knobs), status }
    }
}
