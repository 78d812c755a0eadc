//! Draws the editor in each of its states at 1× and 2×, without a display, into `target/shots/`.
//!
//! `cargo run -p canne-synth --example shots [FOLDER]`

mod fixture;

use std::path::{Path, PathBuf};

use canne_synth::editor::face::{Face, Tab};
use canne_synth::editor::view::View;
use egui::{Context, Event, Modifiers, Pos2, RawInput, Rect, Vec2, pos2, vec2};
use nfx_plugin::ui::Theme;
use nfx_plugin::ui::raster::{Picture, Rasteriser};
use nfx_plugin::ui::theme::{BACKGROUND, TEAL};

/// One state to draw.
struct Shot {
    name: &'static str,
    size: Vec2,
    tab: Tab,
    /// The envelope that moves sliders is shown.
    second: bool,
    view: View,
    /// Whether sound plays.
    sounds: bool,
    /// Where the pointer rests.
    pointer: Option<Pos2>,
    /// How often Tab is pressed.
    tabs: usize,
}

impl Shot {
    fn new(name: &'static str, view: View) -> Self {
        Self {
            name,
            size: vec2(900.0, 560.0),
            tab: Tab::Sound,
            second: false,
            view,
            sounds: true,
            pointer: None,
            tabs: 0,
        }
    }
}

fn shots() -> Vec<Shot> {
    use fixture as f;
    let small = vec2(640.0, 400.0);
    vec![
        Shot { sounds: false, ..Shot::new("empty", f::empty()) },
        Shot::new("playing", f::playing()),
        Shot { pointer: Some(pos2(300.0, 400.0)), ..Shot::new("hover", f::playing()) },
        Shot { pointer: Some(pos2(300.0, 160.0)), ..Shot::new("readout", f::drone()) },
        Shot { tabs: 20, ..Shot::new("focus", f::playing()) },
        Shot { tab: Tab::Map, pointer: Some(pos2(360.0, 190.0)), ..Shot::new("map", f::playing()) },
        Shot { tab: Tab::Map, ..Shot::new("map-none", f::palette()) },
        Shot { tab: Tab::Map, ..Shot::new("map-listening", f::listening()) },
        Shot { tab: Tab::Motion, ..Shot::new("motion", f::playing()) },
        Shot { tab: Tab::Motion, second: true, ..Shot::new("motion-synced", f::mono()) },
        Shot { tab: Tab::Voice, ..Shot::new("voice", f::mono()) },
        Shot { tab: Tab::Loop, ..Shot::new("loop", f::playing()) },
        Shot { tab: Tab::Presets, ..Shot::new("presets", f::playing()) },
        Shot { tab: Tab::Models, ..Shot::new("models", f::playing()) },
        Shot { tab: Tab::Help, ..Shot::new("help", f::playing()) },
        Shot { sounds: false, ..Shot::new("standalone", f::standalone()) },
        Shot { tab: Tab::Map, ..Shot::new("found", f::found()) },
        Shot::new("loading", f::loading()),
        Shot { sounds: false, ..Shot::new("missing", f::missing()) },
        Shot::new("error", f::error()),
        Shot { sounds: false, ..Shot::new("offline", f::offline()) },
        Shot { size: small, ..Shot::new("minimum", f::playing()) },
        Shot { size: small, tab: Tab::Map, ..Shot::new("minimum-map", f::playing()) },
        Shot { size: small, tab: Tab::Motion, ..Shot::new("minimum-motion", f::playing()) },
        Shot { size: small, tab: Tab::Voice, ..Shot::new("minimum-voice", f::playing()) },
        Shot { size: small, tab: Tab::Loop, ..Shot::new("minimum-loop", f::playing()) },
        Shot { size: small, tab: Tab::Presets, ..Shot::new("minimum-presets", f::playing()) },
        Shot { size: small, tab: Tab::Models, ..Shot::new("minimum-models", f::playing()) },
        Shot { size: small, tab: Tab::Help, ..Shot::new("minimum-help", f::playing()) },
        Shot { size: small, sounds: false, ..Shot::new("minimum-missing", f::missing()) },
        Shot { size: vec2(1920.0, 1080.0), ..Shot::new("large", f::playing()) },
    ]
}

fn draw(shot: &Shot, scale: f32) -> Picture {
    let ctx = Context::default();
    Theme::for_window(TEAL, shot.size).install(&ctx);
    let mut raster = Rasteriser::new();
    let mut face = Face::at(shot.tab);
    face.second_envelope = shot.second;
    let frames = 90_u32;
    let mut last = None;
    for frame in 0..=frames {
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, shot.size)),
            time: Some(f64::from(frame) / 60.0),
            ..RawInput::default()
        };
        if let Some(viewport) = input.viewports.get_mut(&input.viewport_id) {
            viewport.native_pixels_per_point = Some(scale);
        }
        if let Some(pos) = shot.pointer {
            input.events.push(Event::PointerMoved(pos));
        }
        if (frame as usize) < shot.tabs {
            let press = |pressed| Event::Key {
                key: egui::Key::Tab,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: Modifiers::NONE,
            };
            input.events.extend([press(true), press(false)]);
        }
        let motion = fixture::motion(frame as usize);
        let motion = if shot.sounds { motion.borrow() } else { Default::default() };
        face.animate(&motion, 1.0 / 60.0);
        let mut output = ctx.run_ui(input, |ui| {
            face.show(ui, &shot.view);
        });
        raster.take_textures(&mut output);
        if frame == frames {
            let size = [(shot.size.x * scale) as usize, (shot.size.y * scale) as usize];
            last = Some(raster.draw(&ctx, output, size, BACKGROUND));
        }
    }
    last.unwrap_or(Picture { width: 0, height: 0, pixels: Vec::new() })
}

fn write(picture: &Picture, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, picture.width as u32, picture.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&picture.rgb())?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(|| PathBuf::from("target/shots"), PathBuf::from);
    let wanted: Vec<String> = arguments.collect();
    std::fs::create_dir_all(&folder)?;
    for shot in shots().iter().filter(|shot| wanted.is_empty() || wanted.iter().any(|name| name == shot.name)) {
        for scale in [1.0, 2.0] {
            let path = folder.join(format!("canne-{}-{scale}x.png", shot.name));
            write(&draw(shot, scale), &path)?;
            println!("{}", path.display());
        }
    }
    Ok(())
}
