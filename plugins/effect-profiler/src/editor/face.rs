//! The whole face of the plugin: where each part stands, and what lives in it between frames.

use egui::{Color32, Rect};
use nfx_ui::Icon;
use nfx_ui::face::{self, Chrome, Pages, Rows, Title};
use nfx_ui::meter::MeterState;
use nfx_ui::shelf::{presets, source};
use nfx_ui::theme::CORAL;

use super::capture::{self, CapturePage};
use super::cx::Cx;
use super::history::History;
use super::transfer::Transfer;
use super::view::{Action, View};
use super::{chain, knobs, manual, profiles, sound};
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

const TABS: [Tab; 7] =
    [Tab::Sound, Tab::Chain, Tab::Profiles, Tab::Capture, Tab::Source, Tab::Presets, Tab::Help];
const TAB_NAMES: [&str; 7] = ["Sound", "Chain", "Profiles", "Capture", "Source", "Presets", "Help"];
const TAB_HINTS: [&str; 7] = [
    "Shows the sound before and after, and the transfer curve.",
    "Sets everything around the profile.\nGate, stereo, repair, impulse response and loudness.",
    "Lists the profiles: your own, and those built in.\nYours may be captures of the .nam world.",
    "Makes a profile of a device of yours.\nPlay a test signal through it, record, and train.",
    "Plays your track, a built-in sound or a file of yours.\nIt goes through the profile; you can export the result.",
    "Lists the presets: browse, search, save and delete them.",
    "Explains the plugin, and what pointer and keyboard do.",
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
    chrome: Chrome<Tab>,
    /// The sound before and after.
    pub history: History,
    /// The transfer curve.
    pub transfer: Transfer,
    /// The meter of the input.
    pub input: MeterState,
    /// The meter of the output.
    pub output: MeterState,
    /// The words to search profiles for.
    pub search: String,
    /// The page of captures.
    pub capture: CapturePage,
}

impl Face {
    /// Takes the newest frame, `seconds` after the one before. Without a fresh frame for a tenth of
    /// a second the meters fall to rest.
    pub fn animate(&mut self, motion: &Motion<'_>, seconds: f32) {
        self.chrome.rests(motion.fresh, seconds);
        let fresh = motion.fresh.then_some(motion.frame);
        self.history.update(fresh, seconds);
        self.transfer.update(fresh, motion.curve, seconds);
        self.input.update(fresh.map_or(0.0, |frame| frame.input_peak), seconds);
        self.output.update(fresh.map_or(0.0, |frame| frame.output_peak), seconds);
    }

    fn middle(&mut self, cx: &mut Cx<'_, '_>, rect: Rect) {
        match self.tab {
            Tab::Sound => sound::show(cx, rect, self),
            Tab::Chain => chain::show(cx, rect, self.history.gate_gain()),
            Tab::Profiles => profiles::show(cx, rect, &mut self.search),
            Tab::Capture => capture::show(cx, rect, &mut self.capture),
            Tab::Source => source::show(cx, rect, "the profile"),
            Tab::Presets => presets::show(cx, rect, &mut self.chrome.browser),
            Tab::Help => manual::show(cx, rect),
        }
    }
}

nfx_ui::keeps_chrome!(Face: Tab);

impl face::Face for Face {
    type View = View;
    type Action = Action;
    type Tab = Tab;

    const ACCENT: Color32 = CORAL;
    const TITLE: Title = Title {
        name: ["Effect Profiler", "Profiler"],
        model: "Shows the profile that the sound passes through.\nIt is named by its device. Click to choose another.",
        id: "bypass",
        button: (Icon::Power, "Bypass"),
        hints: [
            "Passes the input on, in time with the rest, to compare.",
            "Bypassed: you hear the input, in time with the rest.\nClick to hear the effect again.",
        ],
    };
    const PAGES: Pages<'static, Tab> =
        Pages { id: "profiler-tabs", tabs: &TABS, names: &TAB_NAMES, hints: &TAB_HINTS };
    const LISTS: [Tab; 2] = [Tab::Presets, Tab::Profiles];

    fn quick(cx: &mut Cx<'_, '_>, rect: Rect) {
        knobs::quick(cx, rect);
    }

    fn body(&mut self, cx: &mut Cx<'_, '_>, rows: &Rows) -> Rect {
        let (middle, knobs) = rows.picture_and_knobs(cx, self.tab.is_wide());
        self.middle(cx, middle);
        if let Some(rect) = knobs {
            knobs::show(cx, rect);
        }
        middle
    }

    fn pictures_move(&self) -> bool {
        self.history.moving()
            || self.transfer.moving()
            || self.input.moving()
            || self.output.moving()
    }
}
