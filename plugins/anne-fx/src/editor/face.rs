//! The whole face of the plugin: where each part stands, and what lives in it between frames.

use egui::{Color32, Rect};
use nfx_ui::Icon;
use nfx_ui::face::{self, Chrome, Pages, Rows, Title};
use nfx_ui::latents::LatentState;
use nfx_ui::meter::MeterState;
use nfx_ui::progress::Figure;
use nfx_ui::shelf::{models, presets};
use nfx_ui::spectrum::SpectrumState;
use nfx_ui::theme::AMBER;
use nfx_ui::training;

use super::cx::Cx;
use super::view::{Action, View};
use super::{knobs, latents, second, settings, sound};

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

const TABS: [Tab; 7] =
    [Tab::Sound, Tab::Latents, Tab::Source, Tab::Presets, Tab::Models, Tab::Train, Tab::Settings];
const TAB_NAMES: [&str; 7] =
    ["Sound", "Latents", "Source", "Presets", "Models", "Train", "Settings"];
const TAB_HINTS: [&str; 7] = [
    "Shows the sound before and after, and the latents at work.",
    "Shows all latents large.\nSplit them among the knobs; trim, mute and solo each.",
    "Plays your track, a built-in sound or a file of yours.\nIt goes through the network; you can export the result.",
    "Lists the presets: browse, search, save and delete them.",
    "Lists the models: choose what the network has learned.",
    "Trains a network on sounds of your own.\nYou need not leave your host.",
    "Sets stereo, and says what this plugin is.",
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
    chrome: Chrome<Tab>,
    /// The curves.
    pub spectrum: SpectrumState,
    /// The bars.
    pub latents: LatentState,
    /// The meter of the input.
    pub input: MeterState,
    /// The meter of the output.
    pub output: MeterState,
    /// The page of the training.
    pub training: training::Page,
}

impl Face {
    /// Takes the newest frame, `seconds` after the one before. Without a fresh frame for a tenth of
    /// a second everything falls to rest.
    pub fn animate(&mut self, motion: &Motion<'_>, seconds: f32) {
        let resting = self.chrome.rests(motion.fresh, seconds);
        // Between two frames of the transform the picture moves on towards the last one.
        let shown = if resting {
            Motion { sample_rate_hz: motion.sample_rate_hz, ..Motion::default() }
        } else {
            *motion
        };
        let [input, output] =
            if motion.fresh { [motion.input_peak, motion.output_peak] } else { [0.0; 2] };
        self.latents.update(shown.raw_latents, shown.latents, seconds);
        self.spectrum.update(shown.before, shown.after, shown.sample_rate_hz, seconds);
        self.input.update(input, seconds);
        self.output.update(output, seconds);
    }

    fn middle(&mut self, cx: &mut Cx<'_, '_>, rect: Rect) {
        match self.tab {
            Tab::Sound => sound::show(cx, rect, self),
            Tab::Latents => latents::show(cx, rect, &self.latents),
            Tab::Source => second::page(cx, rect),
            Tab::Presets => presets::show(cx, rect, &mut self.chrome.browser),
            Tab::Models => {
                let lengths = cx.view.lengths;
                models::show(cx, rect, &|index| knobs::tag(lengths, index));
            }
            Tab::Train => training::show(cx, rect, &mut self.training, TRAINING),
            Tab::Settings => settings::show(cx, rect),
        }
    }
}

nfx_ui::keeps_chrome!(Face: Tab);

impl face::Face for Face {
    type View = View;
    type Action = Action;
    type Tab = Tab;

    const ACCENT: Color32 = AMBER;
    const TITLE: Title = Title {
        name: ["ANNe"; 2],
        model: "Shows the neural network that the sound passes through.\nIt is named by what it learned. Click to choose another.",
        id: "bypass",
        button: (Icon::Power, "Bypass"),
        hints: [
            "Passes the input on, equally delayed, to compare.",
            "Bypassed: you hear the input, equally delayed.\nClick to hear the effect again.",
        ],
    };
    const PAGES: Pages<'static, Tab> =
        Pages { id: "anne-tabs", tabs: &TABS, names: &TAB_NAMES, hints: &TAB_HINTS };
    const LISTS: [Tab; 2] = [Tab::Presets, Tab::Models];

    fn quick(cx: &mut Cx<'_, '_>, rect: Rect) {
        knobs::quick(cx, rect);
    }

    fn body(&mut self, cx: &mut Cx<'_, '_>, rows: &Rows) -> Rect {
        let (middle, knobs) = rows.picture_and_knobs(cx, self.tab == Tab::Train);
        self.middle(cx, middle);
        if let Some(rect) = knobs {
            knobs::show(cx, rect, self.tab == Tab::Latents);
        }
        middle
    }

    fn pictures_move(&self) -> bool {
        self.spectrum.moving()
            || self.latents.moving()
            || self.input.moving()
            || self.output.moving()
    }
}
