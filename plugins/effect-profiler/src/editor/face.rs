//! The whole face of the plugin: where each part stands, and what lives in it between frames.

use egui::{Rect, Ui};
use nfx_ui::app;
use nfx_ui::face::{Pages, Rows, Themed, keep_hint};
use nfx_ui::meter::MeterState;
use nfx_ui::shelf::{presets, shortcuts, source, status};
use nfx_ui::theme::CORAL;

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

    fn tabs(&mut self, cx: &mut Cx<'_, '_>, rect: Rect) {
        let pages = Pages { id: "profiler-tabs", tabs: &TABS, names: &TAB_NAMES, hints: &TAB_HINTS };
        pages.show(cx, rect, &mut self.tab);
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

impl app::Face for Face {
    type View = View;
    type Action = Action;

    fn reopened(&mut self) {
        self.theme.forget();
    }

    fn show(&mut self, ui: &mut Ui, view: &View) -> Vec<Action> {
        let window = ui.max_rect();
        let (theme, compact) = self.theme.begin(ui, CORAL);
        let mut actions = Vec::new();
        let mut cx = Cx { ui, theme, view, actions: &mut actions, compact };
        let areas = Areas::new(&cx, window, self.tab.is_wide());
        if let Some(tab) = header::show(&mut cx, areas.rows.header, self.tab) {
            self.tab = tab;
        }
        self.tabs(&mut cx, areas.rows.tabs);
        self.middle(&mut cx, areas.middle);
        if let Some(rect) = areas.knobs {
            knobs::show(&mut cx, rect);
        }
        keep_hint(cx.ui, &mut self.hint);
        status::bar(&mut cx, areas.rows.status, &self.hint);
        shortcuts(&mut cx);
        actions
    }

    fn moving(&self) -> bool {
        self.idle_s < 0.1
            || self.history.moving()
            || self.transfer.moving()
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
