//! Draws the editor in each of its states at 1× and 2×, without a display, into `target/shots/`.
//!
//! `cargo run -p canne-synth --example shots [FOLDER [NAME...]]`

#[path = "../../../ui/testing/camera.rs"]
mod camera;
mod fixture;

use camera::Pose;
use canne_synth::editor::face::{Face, Tab};
use canne_synth::editor::view::View;
use egui::{pos2, vec2};
use nfx_ui::app::Face as _;
use nfx_ui::raster::Picture;
use nfx_ui::theme::TEAL;

/// One state to draw.
struct Shot {
    pose: Pose,
    tab: Tab,
    /// The envelope that moves sliders is shown.
    second: bool,
    view: View,
    /// Whether sound plays.
    sounds: bool,
}

impl Shot {
    fn new(name: &'static str, view: View) -> Self {
        Self { pose: Pose::new(name), tab: Tab::Sound, second: false, view, sounds: true }
    }
}

fn shots() -> Vec<Shot> {
    use fixture as f;
    let small = vec2(640.0, 400.0);
    vec![
        Shot { sounds: false, ..Shot::new("empty", f::empty()) },
        Shot::new("playing", f::playing()),
        Shot {
            pose: Pose { pointer: Some(pos2(300.0, 400.0)), ..Pose::new("hover") },
            ..Shot::new("hover", f::playing())
        },
        Shot {
            pose: Pose { pointer: Some(pos2(300.0, 160.0)), ..Pose::new("readout") },
            ..Shot::new("readout", f::drone())
        },
        Shot { pose: Pose { tabs: 20, ..Pose::new("focus") }, ..Shot::new("focus", f::playing()) },
        Shot {
            pose: Pose { pointer: Some(pos2(360.0, 190.0)), ..Pose::new("map") },
            tab: Tab::Map,
            ..Shot::new("map", f::playing())
        },
        Shot { tab: Tab::Map, ..Shot::new("map-none", f::palette()) },
        Shot { tab: Tab::Map, ..Shot::new("map-listening", f::listening()) },
        Shot { tab: Tab::Motion, ..Shot::new("motion", f::playing()) },
        Shot { tab: Tab::Motion, second: true, ..Shot::new("motion-synced", f::mono()) },
        Shot { tab: Tab::Voice, ..Shot::new("voice", f::mono()) },
        Shot { tab: Tab::Voice, ..Shot::new("voice-tuned", f::tuned()) },
        Shot { tab: Tab::Loop, ..Shot::new("loop", f::playing()) },
        Shot { tab: Tab::Presets, ..Shot::new("presets", f::playing()) },
        Shot { tab: Tab::Models, ..Shot::new("models", f::playing()) },
        Shot { tab: Tab::Help, ..Shot::new("help", f::playing()) },
        Shot { tab: Tab::Train, ..Shot::new("train", f::training(false)) },
        Shot { tab: Tab::Train, ..Shot::new("trained", f::training(true)) },
        Shot { tab: Tab::Train, ..Shot::new("no-trainer", f::no_trainer()) },
        Shot {
            pose: Pose { size: small, ..Pose::new("minimum-train") },
            tab: Tab::Train,
            ..Shot::new("minimum-train", f::training(false))
        },
        Shot { sounds: false, ..Shot::new("standalone", f::standalone()) },
        Shot { tab: Tab::Loop, ..Shot::new("written", f::written()) },
        Shot { tab: Tab::Map, ..Shot::new("ways", f::ways()) },
        Shot { tab: Tab::Map, ..Shot::new("taken", f::taken()) },
        Shot::new("loading", f::loading()),
        Shot { sounds: false, ..Shot::new("missing", f::missing()) },
        Shot::new("error", f::error()),
        Shot { sounds: false, ..Shot::new("offline", f::offline()) },
        Shot { pose: Pose { size: small, ..Pose::new("minimum") }, ..Shot::new("minimum", f::playing()) },
        Shot {
            pose: Pose { size: small, ..Pose::new("minimum-map") },
            tab: Tab::Map,
            ..Shot::new("minimum-map", f::playing())
        },
        Shot {
            pose: Pose { size: small, ..Pose::new("minimum-motion") },
            tab: Tab::Motion,
            ..Shot::new("minimum-motion", f::playing())
        },
        Shot {
            pose: Pose { size: small, ..Pose::new("minimum-ways") },
            tab: Tab::Map,
            ..Shot::new("minimum-ways", f::ways())
        },
        Shot {
            pose: Pose { size: small, ..Pose::new("minimum-voice") },
            tab: Tab::Voice,
            ..Shot::new("minimum-voice", f::mono())
        },
        Shot {
            pose: Pose { size: small, ..Pose::new("minimum-loop") },
            tab: Tab::Loop,
            ..Shot::new("minimum-loop", f::playing())
        },
        Shot {
            pose: Pose { size: small, ..Pose::new("minimum-presets") },
            tab: Tab::Presets,
            ..Shot::new("minimum-presets", f::playing())
        },
        Shot {
            pose: Pose { size: small, ..Pose::new("minimum-models") },
            tab: Tab::Models,
            ..Shot::new("minimum-models", f::playing())
        },
        Shot {
            pose: Pose { size: small, ..Pose::new("minimum-help") },
            tab: Tab::Help,
            ..Shot::new("minimum-help", f::playing())
        },
        Shot {
            pose: Pose { size: small, ..Pose::new("minimum-missing") },
            sounds: false,
            ..Shot::new("minimum-missing", f::missing())
        },
        Shot { pose: Pose { size: vec2(1800.0, 1120.0), ..Pose::new("wide") }, ..Shot::new("wide", f::playing()) },
        Shot { pose: Pose { size: vec2(1920.0, 1080.0), ..Pose::new("large") }, ..Shot::new("large", f::playing()) },
    ]
}

fn draw(shot: &Shot, scale: f32) -> Picture {
    let mut face = Face::at(shot.tab);
    face.second_envelope = shot.second;
    camera::draw(&shot.pose, TEAL, scale, |frame, ui| {
        let motion = fixture::motion(frame);
        let motion = if shot.sounds { motion.borrow() } else { Default::default() };
        face.animate(&motion, 1.0 / 60.0);
        face.show(ui, &shot.view);
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    camera::main("canne", &shots(), |shot| &shot.pose, draw)
}
