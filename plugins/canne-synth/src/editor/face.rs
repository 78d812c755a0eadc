//! The whole face of the instrument: where each part stands, and what lives in it between frames.

use egui::{Color32, Rect};
use nfx_ui::Icon;
use nfx_ui::face::{self, Chrome, Pages, Rows, Title};
use nfx_ui::meter::MeterState;
use nfx_ui::progress::Figure;
use nfx_ui::shelf::{models, presets};
use nfx_ui::spectrum::SpectrumState;
use nfx_ui::theme::{TEAL, latent_colour};
use nfx_ui::training;

use super::cx::Cx;
use super::keys::{self, Keys};
use super::view::{Action, View};
use super::{faders, looping, manual, map, modulation, sound, voice};
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
    /// Whether the page is for reading: it takes the sliders' room, too. The keys stay, to hear
    /// what is chosen.
    fn is_list(self) -> bool {
        matches!(self, Self::Presets | Self::Models | Self::Train | Self::Help)
    }
}

const TABS: [Tab; 9] = [
    Tab::Sound,
    Tab::Map,
    Tab::Motion,
    Tab::Voice,
    Tab::Loop,
    Tab::Presets,
    Tab::Models,
    Tab::Train,
    Tab::Help,
];
const TAB_NAMES: [&str; 9] =
    ["Sound", "Map", "Motion", "Voice", "Loop", "Presets", "Models", "Train", "Help"];
const TAB_HINTS: [&str; 9] = [
    "Shows the spectrum, and the pad between four sounds.",
    "Shows all sounds that the network has learned, on a map.\nIt also makes an instrument of a sound of yours.",
    "Sets how envelopes, LFOs and your hands move the sliders.",
    "Sets how keys become voices, and how they are tuned.",
    "Saves the sound as a seamless loop.",
    "Lists the presets: browse, search, save and delete them.",
    "Lists the models: choose what the network has learned.",
    "Trains an instrument on notes of your own.\nYou need not leave your host.",
    "Explains the instrument, and what pointer and keyboard do.",
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
    chrome: Chrome<Tab>,
    /// The curve.
    pub spectrum: SpectrumState,
    /// The meter.
    pub output: MeterState,
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
}

impl Face {
    /// Takes the newest frame, `seconds` after the one before. Without a fresh frame for a tenth of
    /// a second everything falls to rest.
    pub fn animate(&mut self, motion: &Motion<'_>, seconds: f32) {
        let resting = self.chrome.rests(motion.fresh, seconds);
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

    fn middle(&mut self, cx: &mut Cx<'_, '_>, rect: Rect) {
        match self.tab {
            Tab::Sound => sound::show(cx, rect, self),
            Tab::Map => map::show(cx, rect),
            Tab::Motion => modulation::show(cx, rect, self),
            Tab::Voice => voice::show(cx, rect),
            Tab::Loop => looping::show(cx, rect),
            Tab::Presets => presets::show(cx, rect, &mut self.chrome.browser),
            Tab::Models => {
                models::show(cx, rect, &|index| (format!("{}", index + 1), latent_colour(index)))
            }
            Tab::Train => training::show(cx, rect, &mut self.training, TRAINING),
            Tab::Help => manual::show(cx, rect),
        }
    }
}

nfx_ui::keeps_chrome!(Face: Tab);

impl face::Face for Face {
    type View = View;
    type Action = Action;
    type Tab = Tab;

    const ACCENT: Color32 = TEAL;
    const TITLE: Title = Title {
        name: ["CANNe"; 2],
        model: "Shows the neural network that makes the sound.\nIt is named by what it learned. Click to choose another.",
        id: "drone",
        button: (Icon::Wave, "Drone"),
        hints: [
            "Plays the sliders without a note, on and on.\nThe original instrument does so.",
            "Plays the sliders without a note, on and on.\nThe original instrument does so.",
        ],
    };
    const PAGES: Pages<'static, Tab> =
        Pages { id: "canne-tabs", tabs: &TABS, names: &TAB_NAMES, hints: &TAB_HINTS };
    const LISTS: [Tab; 2] = [Tab::Presets, Tab::Models];
    const DENSE: [f32; 2] = [28.0, 22.0];

    fn quick(cx: &mut Cx<'_, '_>, rect: Rect) {
        faders::quick(cx, rect);
    }

    fn body(&mut self, cx: &mut Cx<'_, '_>, rows: &Rows) -> Rect {
        let areas = Areas::new(cx, rows, self.tab.is_list());
        self.middle(cx, areas.middle);
        if let Some(rect) = areas.faders {
            let live =
                if self.live.is_empty() { cx.view.morphed.to_vec() } else { self.live.clone() };
            faders::show(cx, rect, &live);
        }
        keys::show(cx, areas.keys, &mut self.keys);
        areas.middle
    }

    fn pictures_move(&self) -> bool {
        self.spectrum.moving() || self.output.moving()
    }
}

/// Where the parts stand.
struct Areas {
    middle: Rect,
    faders: Option<Rect>,
    keys: Rect,
}

impl Areas {
    fn new(cx: &Cx<'_, '_>, rows: &Rows, is_list: bool) -> Self {
        let px = |roomy: f32, dense: f32| cx.px(if cx.compact { dense } else { roomy });
        let window = rows.window();
        let key_height = (window.height() * 0.082).clamp(px(40.0, 30.0), px(64.0, 40.0));
        let keys = rows.row(rows.status.top() - key_height, key_height, rows.margin);
        let height = (window.height() * 0.30).clamp(px(160.0, 112.0), px(240.0, 140.0));
        let faders = rows.row(keys.top() - height - px(8.0, 5.0), height, rows.margin);
        let bottom = if is_list { keys.top() } else { faders.top() } - px(8.0, 5.0);
        let middle = rows.middle(cx, bottom);
        Self { middle, faders: (!is_list).then_some(faders), keys }
    }
}
