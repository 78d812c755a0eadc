//! Draws the editor in each of its states at 1× and 2×, without a display, into `target/shots/`.
//!
//! `cargo run -p effect-profiler --example shots [FOLDER [NAME...]]`

#[path = "../../../ui/testing/camera.rs"]
mod camera;
mod fixture;

use camera::Pose;
use effect_profiler::editor::face::{Face, Tab};
use effect_profiler::editor::view::View;
use egui::{pos2, vec2};
use nfx_ui::app::Face as _;
use nfx_ui::raster::Picture;
use nfx_ui::theme::CORAL;

/// One state to draw.
struct Shot {
    pose: Pose,
    tab: Tab,
    view: View,
    /// Whether sound plays.
    sounds: bool,
    /// Whether it goes through a pedal.
    drive: bool,
}

impl Shot {
    fn new(name: &'static str, view: View) -> Self {
        Self { pose: Pose::new(name), tab: Tab::Sound, view, sounds: true, drive: false }
    }

    fn on(tab: Tab, name: &'static str, view: View) -> Self {
        Self { tab, ..Self::new(name, view) }
    }

    fn small(self) -> Self {
        Self { pose: Pose { size: vec2(640.0, 400.0), ..self.pose }, ..self }
    }

    fn driven(self) -> Self {
        Self { drive: true, ..self }
    }

    fn silent(self) -> Self {
        Self { sounds: false, ..self }
    }

    fn pointed(self, x: f32, y: f32) -> Self {
        Self { pose: Pose { pointer: Some(pos2(x, y)), ..self.pose }, ..self }
    }
}

fn shots() -> Vec<Shot> {
    use fixture as f;
    vec![
        Shot::new("empty", f::empty()).silent(),
        Shot::new("playing", f::playing()),
        Shot::new("pedal", f::driven()).driven(),
        Shot::new("capture-played", f::captured()).driven(),
        Shot::new("matched", f::matched()).driven(),
        Shot::new("readout", f::playing()).pointed(720.0, 160.0),
        Shot::new("hover", f::playing()).pointed(90.0, 450.0),
        Shot { pose: Pose { tabs: 17, ..Pose::new("focus") }, ..Shot::new("focus", f::playing()) },
        Shot::on(Tab::Chain, "chain", f::playing()),
        Shot::on(Tab::Chain, "chain-pedal", f::driven()).driven(),
        Shot::on(Tab::Profiles, "profiles", f::driven()),
        Shot::on(Tab::Source, "source", f::playing()),
        Shot::on(Tab::Presets, "presets", f::playing()),
        Shot::on(Tab::Help, "help", f::playing()),
        Shot::on(Tab::Capture, "no-trainer", f::no_trainer()),
        Shot::on(Tab::Capture, "device", f::device()),
        Shot::on(Tab::Capture, "levels", f::levels()),
        Shot::on(Tab::Capture, "takes", f::takes()),
        Shot::on(Tab::Capture, "checked", f::checked()),
        Shot::on(Tab::Capture, "training", f::training()),
        Shot::on(Tab::Capture, "died", f::died()),
        Shot::on(Tab::Capture, "listen", f::listening()),
        Shot::new("loading", f::loading()),
        Shot::new("missing", f::missing()).silent(),
        Shot::new("error", f::error()),
        Shot::new("bypassed", f::bypassed()),
        Shot::new("offline", f::offline()).silent(),
        Shot::new("minimum", f::playing()).small(),
        Shot::on(Tab::Chain, "minimum-chain", f::driven()).small(),
        Shot::on(Tab::Profiles, "minimum-profiles", f::driven()).small(),
        Shot::on(Tab::Capture, "minimum-device", f::device()).small(),
        Shot::on(Tab::Capture, "minimum-levels", f::levels()).small(),
        Shot::on(Tab::Capture, "minimum-takes", f::takes()).small(),
        Shot::on(Tab::Capture, "minimum-listen", f::listening()).small(),
        Shot { pose: Pose { size: vec2(1920.0, 1080.0), ..Pose::new("large") }, ..Shot::new("large", f::playing()) },
    ]
}

fn draw(shot: &Shot, scale: f32) -> Picture {
    let mut face = Face::at(shot.tab);
    camera::draw(&shot.pose, CORAL, scale, |frame, ui| {
        let motion = fixture::motion(frame, shot.drive);
        face.animate(&motion.borrow(shot.sounds), 1.0 / 60.0);
        face.show(ui, &shot.view);
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    camera::main("profiler", &shots(), |shot| &shot.pose, draw)
}
