//! For the plugins' examples: pictures of an editor at 1x and 2x, without a display.

use std::path::{Path, PathBuf};

use egui::{Color32, Context, Event, Modifiers, Pos2, RawInput, Rect, Ui, Vec2};
use nfx_ui::Theme;
use nfx_ui::face::Face;
use nfx_ui::raster::{Picture, Rasteriser};
use nfx_ui::theme::BACKGROUND;

/// How one picture is taken.
pub struct Pose {
    /// The picture's name.
    pub name: &'static str,
    /// The window, in logical pixels.
    pub size: Vec2,
    /// Where the pointer rests.
    pub pointer: Option<Pos2>,
    /// How often Tab is pressed.
    pub tabs: usize,
}

impl Pose {
    /// The first window, untouched.
    pub fn new(name: &'static str) -> Self {
        Self { name, size: Vec2::new(900.0, 560.0), pointer: None, tabs: 0 }
    }
}

/// One state to draw: a page and what it shows.
pub struct Shot<F: Face> {
    /// How the picture is taken.
    pub pose: Pose,
    /// The page.
    pub tab: F::Tab,
    /// What is shown.
    pub view: F::View,
    /// Whether sound plays.
    pub sounds: bool,
}

impl<F: Face> Shot<F> {
    /// A page in the first window, while sound plays.
    pub fn new(tab: F::Tab, name: &'static str, view: F::View) -> Self {
        Self { pose: Pose::new(name), tab, view, sounds: true }
    }

    /// The same without sound.
    pub fn silent(self) -> Self {
        Self { sounds: false, ..self }
    }

    /// The same with the pointer at a place.
    pub fn pointed(self, x: f32, y: f32) -> Self {
        Self { pose: Pose { pointer: Some(Pos2::new(x, y)), ..self.pose }, ..self }
    }

    /// The same after Tab was pressed so often.
    pub fn tabbed(self, tabs: usize) -> Self {
        Self { pose: Pose { tabs, ..self.pose }, ..self }
    }

    /// The same in a window of another size.
    pub fn sized(self, width: f32, height: f32) -> Self {
        Self { pose: Pose { size: Vec2::new(width, height), ..self.pose }, ..self }
    }

    /// The same in the smallest window.
    pub fn small(self) -> Self {
        self.sized(640.0, 400.0)
    }
}

/// Draws a second and a half of an editor and hands back the last picture. `draw` is called with
/// the number of each frame.
fn draw(pose: &Pose, accent: Color32, scale: f32, mut draw: impl FnMut(usize, &mut Ui)) -> Picture {
    let ctx = Context::default();
    Theme::for_window(accent, pose.size).install(&ctx);
    let mut raster = Rasteriser::new();
    let frames = 90_usize;
    let mut last = None;
    for frame in 0..=frames {
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, pose.size)),
            time: Some(frame as f64 / 60.0),
            ..RawInput::default()
        };
        if let Some(viewport) = input.viewports.get_mut(&input.viewport_id) {
            viewport.native_pixels_per_point = Some(scale);
        }
        if let Some(pos) = pose.pointer {
            input.events.push(Event::PointerMoved(pos));
        }
        if frame < pose.tabs {
            let press = |pressed| Event::Key {
                key: egui::Key::Tab,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: Modifiers::NONE,
            };
            input.events.extend([press(true), press(false)]);
        }
        let mut output = ctx.run_ui(input, |ui| draw(frame, ui));
        raster.take_textures(&mut output);
        if frame == frames {
            let size = [(pose.size.x * scale) as usize, (pose.size.y * scale) as usize];
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

/// Takes all pictures, or those that the arguments after the folder name, as
/// `PLUGIN-NAME-SCALE.png`. `animate` prepares a face for the frame of a
/// number.
pub fn main<F: Face>(
    plugin: &str,
    shots: &[Shot<F>],
    animate: impl Fn(&mut F, usize, &Shot<F>),
) -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(|| PathBuf::from("target/shots"), PathBuf::from);
    let wanted: Vec<String> = arguments.collect();
    std::fs::create_dir_all(&folder)?;
    for shot in shots
        .iter()
        .filter(|shot| wanted.is_empty() || wanted.iter().any(|name| name == shot.pose.name))
    {
        for scale in [1.0, 2.0] {
            let mut face = F::at(shot.tab);
            let picture = draw(&shot.pose, F::ACCENT, scale, |frame, ui| {
                animate(&mut face, frame, shot);
                face.show(ui, &shot.view);
            });
            let path = folder.join(format!("{plugin}-{}-{scale}x.png", shot.pose.name));
            write(&picture, &path)?;
            println!("{}", path.display());
        }
    }
    Ok(())
}
