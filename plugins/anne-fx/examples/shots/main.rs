//! Draws the editor in each of its states at 1× and 2×, without a display, into `target/shots/`.
//!
//! `cargo run -p anne-fx --example shots [FOLDER [NAME...]]`

#[path = "../../../ui/testing/camera.rs"]
mod camera;
mod fixture;

use anne_fx::editor::face::{Face, Tab};
use anne_fx::editor::view::View;
use camera::Pose;
use egui::{pos2, vec2};
use nfx_ui::app::Face as _;
use nfx_ui::raster::Picture;
use nfx_ui::theme::AMBER;

/// One state to draw.
struct Shot {
    pose: Pose,
    tab: Tab,
    view: View,
    /// Whether sound plays.
    sounds: bool,
}

impl Shot {
    fn new(name: &'static str, view: View) -> Self {
        Self { pose: Pose::new(name), tab: Tab::Sound, view, sounds: true }
    }
}

fn shots() -> Vec<Shot> {
    use fixture as f;
    vec![
        Shot { sounds: false, ..Shot::new("empty", f::empty()) },
        Shot::new("playing", f::playing()),
        Shot {
            pose: Pose { pointer: Some(pos2(300.0, 440.0)), ..Pose::new("hover") },
            ..Shot::new("hover", f::playing())
        },
        Shot {
            pose: Pose { pointer: Some(pos2(520.0, 160.0)), ..Pose::new("readout") },
            ..Shot::new("readout", f::set(&[("freeze", 1.0)]))
        },
        Shot { pose: Pose { tabs: 16, ..Pose::new("focus") }, ..Shot::new("focus", f::playing()) },
        Shot {
            pose: Pose { pointer: Some(pos2(402.0, 250.0)), ..Pose::new("latents") },
            tab: Tab::Latents,
            ..Shot::new("latents", f::own_split())
        },
        Shot { tab: Tab::Source, ..Shot::new("source", f::source()) },
        Shot { tab: Tab::Presets, ..Shot::new("presets", f::presets()) },
        Shot { tab: Tab::Models, ..Shot::new("models", f::playing()) },
        Shot { tab: Tab::Settings, ..Shot::new("settings", f::playing()) },
        Shot { tab: Tab::Train, ..Shot::new("train", f::training(false)) },
        Shot { tab: Tab::Train, ..Shot::new("trained", f::training(true)) },
        Shot { tab: Tab::Train, ..Shot::new("no-trainer", f::no_trainer()) },
        Shot {
            pose: Pose { size: vec2(640.0, 400.0), ..Pose::new("minimum-train") },
            tab: Tab::Train,
            ..Shot::new("minimum-train", f::training(false))
        },
        Shot::new("loading", f::loading()),
        Shot { sounds: false, ..Shot::new("missing", f::missing()) },
        Shot::new("error", f::error()),
        Shot::new("bypassed", f::bypassed()),
        Shot { sounds: false, ..Shot::new("offline", f::offline()) },
        Shot { pose: Pose { size: vec2(640.0, 400.0), ..Pose::new("minimum") }, ..Shot::new("minimum", f::playing()) },
        Shot {
            pose: Pose { size: vec2(640.0, 400.0), ..Pose::new("minimum-latents") },
            tab: Tab::Latents,
            ..Shot::new("minimum-latents", f::own_split())
        },
        Shot {
            pose: Pose { size: vec2(640.0, 400.0), ..Pose::new("minimum-presets") },
            tab: Tab::Presets,
            ..Shot::new("minimum-presets", f::presets())
        },
        Shot {
            pose: Pose { size: vec2(640.0, 400.0), ..Pose::new("minimum-models") },
            tab: Tab::Models,
            ..Shot::new("minimum-models", f::playing())
        },
        Shot {
            pose: Pose { size: vec2(640.0, 400.0), ..Pose::new("minimum-source") },
            tab: Tab::Source,
            ..Shot::new("minimum-source", f::source())
        },
        Shot {
            pose: Pose { size: vec2(640.0, 400.0), ..Pose::new("minimum-settings") },
            tab: Tab::Settings,
            ..Shot::new("minimum-settings", f::playing())
        },
        Shot {
            pose: Pose { size: vec2(640.0, 400.0), ..Pose::new("minimum-missing") },
            sounds: false,
            ..Shot::new("minimum-missing", f::missing())
        },
        Shot { pose: Pose { size: vec2(1800.0, 1120.0), ..Pose::new("wide") }, ..Shot::new("wide", f::playing()) },
        Shot { pose: Pose { size: vec2(1920.0, 1080.0), ..Pose::new("large") }, ..Shot::new("large", f::playing()) },
    ]
}

fn draw(shot: &Shot, scale: f32) -> Picture {
    let mut face = Face::at(shot.tab);
    camera::draw(&shot.pose, AMBER, scale, |frame, ui| {
        let motion = fixture::motion(frame);
        let motion = if shot.sounds { motion.borrow() } else { Default::default() };
        face.animate(&motion, 1.0 / 60.0);
        face.show(ui, &shot.view);
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    camera::main("anne", &shots(), |shot| &shot.pose, draw)
}
