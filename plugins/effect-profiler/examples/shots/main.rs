//! Draws the editor in each of its states at 1× and 2×, without a display, into `target/shots/`.
//!
//! `cargo run -p effect-profiler --example effect-profiler-shots [FOLDER [NAME...]]`

#[path = "../../../ui/testing/camera.rs"]
mod camera;
mod fixture;

use effect_profiler::editor::face::{Face, Tab};

type Shot = camera::Shot<Face>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    camera::main("profiler", &shots(), |face, frame, shot| {
        let motion = fixture::motion(frame, !shot.view.profile.hears_side_chain);
        face.animate(&motion.borrow(shot.sounds), 1.0 / 60.0);
    })
}

fn shots() -> Vec<Shot> {
    use fixture as f;
    vec![
        Shot::new(Tab::Sound, "empty", f::empty()).silent(),
        Shot::new(Tab::Sound, "playing", f::playing()),
        Shot::new(Tab::Sound, "pedal", f::driven()),
        Shot::new(Tab::Sound, "capture-played", f::captured()),
        Shot::new(Tab::Sound, "matched", f::matched()),
        Shot::new(Tab::Sound, "readout", f::playing()).pointed(720.0, 160.0),
        Shot::new(Tab::Sound, "hover", f::playing()).pointed(90.0, 450.0),
        Shot::new(Tab::Sound, "focus", f::playing()).tabbed(17),
        Shot::new(Tab::Chain, "chain", f::playing()),
        Shot::new(Tab::Chain, "chain-pedal", f::driven()),
        Shot::new(Tab::Profiles, "profiles", f::driven()),
        Shot::new(Tab::Source, "source", f::playing()),
        Shot::new(Tab::Presets, "presets", f::playing()),
        Shot::new(Tab::Help, "help", f::playing()),
        Shot::new(Tab::Capture, "no-trainer", f::no_trainer()),
        Shot::new(Tab::Capture, "device", f::device()),
        Shot::new(Tab::Capture, "levels", f::levels()),
        Shot::new(Tab::Capture, "takes", f::takes()),
        Shot::new(Tab::Capture, "checked", f::checked()),
        Shot::new(Tab::Capture, "training", f::training()),
        Shot::new(Tab::Capture, "died", f::died()),
        Shot::new(Tab::Capture, "listen", f::listening()),
        Shot::new(Tab::Sound, "loading", f::loading()),
        Shot::new(Tab::Sound, "missing", f::missing()).silent(),
        Shot::new(Tab::Sound, "error", f::error()),
        Shot::new(Tab::Sound, "bypassed", f::bypassed()),
        Shot::new(Tab::Sound, "offline", f::offline()).silent(),
        Shot::new(Tab::Sound, "minimum", f::playing()).small(),
        Shot::new(Tab::Chain, "minimum-chain", f::driven()).small(),
        Shot::new(Tab::Profiles, "minimum-profiles", f::driven()).small(),
        Shot::new(Tab::Capture, "minimum-device", f::device()).small(),
        Shot::new(Tab::Capture, "minimum-levels", f::levels()).small(),
        Shot::new(Tab::Capture, "minimum-takes", f::takes()).small(),
        Shot::new(Tab::Capture, "minimum-listen", f::listening()).small(),
        Shot::new(Tab::Sound, "large", f::playing()).sized(1920.0, 1080.0),
    ]
}
