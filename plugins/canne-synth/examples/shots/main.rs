//! Draws the editor in each of its states at 1× and 2×, without a display, into `target/shots/`.
//!
//! `cargo run -p canne-synth --example canne-synth-shots [FOLDER [NAME...]]`

#[path = "../../../ui/testing/camera.rs"]
mod camera;
mod fixture;

use canne_synth::editor::face::{Face, Tab};

type Shot = camera::Shot<Face>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    camera::main("canne", &shots(), |face, frame, shot| {
        // The envelope that moves sliders is shown.
        face.second_envelope = shot.pose.name == "motion-synced";
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
        Shot::new(Tab::Sound, "hover", f::playing()).pointed(300.0, 400.0),
        Shot::new(Tab::Sound, "readout", f::drone()).pointed(300.0, 160.0),
        Shot::new(Tab::Sound, "focus", f::playing()).tabbed(20),
        Shot::new(Tab::Map, "map", f::playing()).pointed(360.0, 190.0),
        Shot::new(Tab::Map, "map-none", f::palette()),
        Shot::new(Tab::Map, "map-listening", f::listening()),
        Shot::new(Tab::Motion, "motion", f::playing()),
        Shot::new(Tab::Motion, "motion-synced", f::mono()),
        Shot::new(Tab::Voice, "voice", f::mono()),
        Shot::new(Tab::Voice, "voice-tuned", f::tuned()),
        Shot::new(Tab::Loop, "loop", f::playing()),
        Shot::new(Tab::Presets, "presets", f::playing()),
        Shot::new(Tab::Models, "models", f::playing()),
        Shot::new(Tab::Help, "help", f::playing()),
        Shot::new(Tab::Train, "train", f::training(false)),
        Shot::new(Tab::Train, "trained", f::training(true)),
        Shot::new(Tab::Train, "no-trainer", f::no_trainer()),
        Shot::new(Tab::Train, "minimum-train", f::training(false)).small(),
        Shot::new(Tab::Sound, "standalone", f::standalone()).silent(),
        Shot::new(Tab::Loop, "written", f::written()),
        Shot::new(Tab::Map, "ways", f::ways()),
        Shot::new(Tab::Map, "taken", f::taken()),
        Shot::new(Tab::Sound, "loading", f::loading()),
        Shot::new(Tab::Sound, "missing", f::missing()).silent(),
        Shot::new(Tab::Sound, "error", f::error()),
        Shot::new(Tab::Sound, "offline", f::offline()).silent(),
        Shot::new(Tab::Sound, "minimum", f::playing()).small(),
        Shot::new(Tab::Map, "minimum-map", f::playing()).small(),
        Shot::new(Tab::Motion, "minimum-motion", f::playing()).small(),
        Shot::new(Tab::Map, "minimum-ways", f::ways()).small(),
        Shot::new(Tab::Voice, "minimum-voice", f::mono()).small(),
        Shot::new(Tab::Loop, "minimum-loop", f::playing()).small(),
        Shot::new(Tab::Presets, "minimum-presets", f::playing()).small(),
        Shot::new(Tab::Models, "minimum-models", f::playing()).small(),
        Shot::new(Tab::Help, "minimum-help", f::playing()).small(),
        Shot::new(Tab::Sound, "minimum-missing", f::missing()).silent().small(),
        Shot::new(Tab::Sound, "wide", f::playing()).sized(1800.0, 1120.0),
        Shot::new(Tab::Sound, "large", f::playing()).sized(1920.0, 1080.0),
    ]
}
