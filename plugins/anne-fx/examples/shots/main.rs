//! Draws the editor in each of its states at 1× and 2×, without a display, into `target/shots/`.
//!
//! `cargo run -p anne-fx --example anne-fx-shots [FOLDER [NAME...]]`

#[path = "../../../ui/testing/camera.rs"]
mod camera;
mod fixture;

use anne_fx::editor::face::{Face, Tab};

type Shot = camera::Shot<Face>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    camera::main("anne", &shots(), |face, frame, shot| {
        let motion = fixture::motion(frame);
        let motion = if shot.sounds { motion.borrow() } else { Default::default() };
        face.animate(&motion, 1.0 / 60.0);
    })
}

fn shots() -> Vec<Shot> {
    use fixture as f;
    vec![
        Shot::new(Tab::Sound, "empty", f::empty()).silent(),
        Shot::new(Tab::Sound, "playing", f::playing()),
        Shot::new(Tab::Sound, "hover", f::playing()).pointed(300.0, 440.0),
        Shot::new(Tab::Sound, "readout", f::set(&[("freeze", 1.0)])).pointed(520.0, 160.0),
        Shot::new(Tab::Sound, "focus", f::playing()).tabbed(16),
        Shot::new(Tab::Latents, "latents", f::own_split()).pointed(402.0, 250.0),
        Shot::new(Tab::Source, "source", f::source()),
        Shot::new(Tab::Presets, "presets", f::presets()),
        Shot::new(Tab::Models, "models", f::playing()),
        Shot::new(Tab::Settings, "settings", f::playing()),
        Shot::new(Tab::Train, "train", f::training(false)),
        Shot::new(Tab::Train, "trained", f::training(true)),
        Shot::new(Tab::Train, "no-trainer", f::no_trainer()),
        Shot::new(Tab::Train, "minimum-train", f::training(false)).small(),
        Shot::new(Tab::Sound, "loading", f::loading()),
        Shot::new(Tab::Sound, "missing", f::missing()).silent(),
        Shot::new(Tab::Sound, "error", f::error()),
        Shot::new(Tab::Sound, "bypassed", f::bypassed()),
        Shot::new(Tab::Sound, "offline", f::offline()).silent(),
        Shot::new(Tab::Sound, "minimum", f::playing()).small(),
        Shot::new(Tab::Latents, "minimum-latents", f::own_split()).small(),
        Shot::new(Tab::Presets, "minimum-presets", f::presets()).small(),
        Shot::new(Tab::Models, "minimum-models", f::playing()).small(),
        Shot::new(Tab::Source, "minimum-source", f::source()).small(),
        Shot::new(Tab::Settings, "minimum-settings", f::playing()).small(),
        Shot::new(Tab::Sound, "minimum-missing", f::missing()).silent().small(),
        Shot::new(Tab::Sound, "wide", f::playing()).sized(1800.0, 1120.0),
        Shot::new(Tab::Sound, "large", f::playing()).sized(1920.0, 1080.0),
    ]
}
