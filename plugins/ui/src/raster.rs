//! Draws a frame of egui into memory, without a display: for screenshots and for tests of the look.
//! Slow and exact; not for use in a plugin's window.

use std::collections::HashMap;

use egui::{
    ClippedPrimitive, Color32, Context, FullOutput, ImageData, Mesh, Pos2, Rect, TextureId,
    epaint::Primitive,
};

/// A picture of premultiplied sRGB bytes, row by row.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[row][column]`.
    pub pixels: Vec<Color32>,
}

impl Picture {
    /// The bytes of the picture as RGB, for an image file.
    #[must_use]
    pub fn rgb(&self) -> Vec<u8> {
        self.pixels.iter().flat_map(|p| [p.r(), p.g(), p.b()]).collect()
    }
}

struct Texture {
    size: [usize; 2],
    pixels: Vec<Color32>,
}

impl Texture {
    /// The colour at texture coordinates of 0..1, by bilinear interpolation as a graphics card does
    /// it.
    fn sample(&self, u: f32, v: f32) -> [f32; 4] {
        let [w, h] = self.size;
        let (x, y) = (u * w as f32 - 0.5, v * h as f32 - 0.5);
        let (x0, y0) = (x.floor(), y.floor());
        let (fx, fy) = (x - x0, y - y0);
        let texel = |x: f32, y: f32| {
            let column = (x.max(0.0) as usize).min(w - 1);
            let row = (y.max(0.0) as usize).min(h - 1);
            self.pixels[row * w + column].to_array().map(f32::from)
        };
        let (a, b, c, d) =
            (texel(x0, y0), texel(x0 + 1.0, y0), texel(x0, y0 + 1.0), texel(x0 + 1.0, y0 + 1.0));
        std::array::from_fn(|i| {
            (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy
        })
    }
}

/// The textures of a context and the way from shapes to pixels.
#[derive(Default)]
pub struct Rasteriser {
    textures: HashMap<TextureId, Texture>,
}

impl Rasteriser {
    /// An empty one. Every frame of its context must pass through [`Rasteriser::take_textures`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the changes of textures of a frame, whether or not it is drawn.
    pub fn take_textures(&mut self, output: &mut FullOutput) {
        let changes = output
            .textures_delta
            .set
            .iter()
            .flat_map(|(id, deltas)| deltas.iter().map(move |delta| (id, delta)));
        for (id, delta) in changes {
            let ImageData::Color(image) = &delta.image;
            match delta.pos {
                None => {
                    self.textures
                        .insert(*id, Texture { size: image.size, pixels: image.pixels.clone() });
                }
                Some([left, top]) => {
                    if let Some(texture) = self.textures.get_mut(id) {
                        for row in 0..image.size[1] {
                            let from = row * image.size[0];
                            let to = (top + row) * texture.size[0] + left;
                            texture.pixels[to..to + image.size[0]]
                                .copy_from_slice(&image.pixels[from..from + image.size[0]]);
                        }
                    }
                }
            }
        }
        for id in &output.textures_delta.free {
            self.textures.remove(id);
        }
        output.textures_delta.clear();
    }

    /// Draws a frame on `background` in a picture of `size` pixels.
    #[must_use]
    pub fn draw(
        &self,
        ctx: &Context,
        output: FullOutput,
        [width, height]: [usize; 2],
        background: Color32,
    ) -> Picture {
        let scale = output.pixels_per_point;
        let mut picture = Picture { width, height, pixels: vec![background; width * height] };
        for ClippedPrimitive { clip_rect, primitive } in ctx.tessellate(output.shapes, scale) {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let clip = Rect::from_min_max(
                Pos2::new((clip_rect.min.x * scale).round(), (clip_rect.min.y * scale).round()),
                Pos2::new((clip_rect.max.x * scale).round(), (clip_rect.max.y * scale).round()),
            )
            .intersect(Rect::from_min_max(Pos2::ZERO, Pos2::new(width as f32, height as f32)));
            if clip.is_positive() {
                self.draw_mesh(&mut picture, &mesh, clip, scale);
            }
        }
        picture
    }

    fn draw_mesh(&self, picture: &mut Picture, mesh: &Mesh, clip: Rect, scale: f32) {
        let Some(texture) = self.textures.get(&mesh.texture_id) else { return };
        for corners in mesh.indices.chunks_exact(3) {
            let corners = [corners[0], corners[1], corners[2]].map(|i| {
                let vertex = mesh.vertices[i as usize];
                Corner {
                    pos: Pos2::new(vertex.pos.x * scale, vertex.pos.y * scale),
                    values: {
                        let [r, g, b, a] = vertex.color.to_array().map(f32::from);
                        [r, g, b, a, vertex.uv.x, vertex.uv.y]
                    },
                }
            });
            fill_triangle(picture, texture, corners, clip);
        }
    }
}

#[derive(Clone, Copy)]
struct Corner {
    pos: Pos2,
    /// Red, green, blue, alpha (0..255, premultiplied), and the texture coordinates.
    values: [f32; 6],
}

/// Twice the signed area of a triangle.
fn cross(a: Pos2, b: Pos2, c: Pos2) -> f64 {
    let (a, b, c) = (
        (f64::from(a.x), f64::from(a.y)),
        (f64::from(b.x), f64::from(b.y)),
        (f64::from(c.x), f64::from(c.y)),
    );
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// Whether a pixel centre that lies exactly on this edge belongs to the triangle: each shared edge
/// is drawn once.
fn owns_edge(a: Pos2, b: Pos2) -> bool {
    (a.y == b.y && b.x > a.x) || b.y < a.y
}

fn fill_triangle(picture: &mut Picture, texture: &Texture, mut corners: [Corner; 3], clip: Rect) {
    let mut area = cross(corners[0].pos, corners[1].pos, corners[2].pos);
    if area == 0.0 || !area.is_finite() {
        return;
    }
    if area < 0.0 {
        corners.swap(1, 2);
        area = -area;
    }
    let [a, b, c] = corners;
    let xs = [a.pos.x, b.pos.x, c.pos.x];
    let ys = [a.pos.y, b.pos.y, c.pos.y];
    let low = |v: [f32; 3], edge: f32| {
        v.into_iter().fold(f32::INFINITY, f32::min).max(edge).floor() as usize
    };
    let high = |v: [f32; 3], edge: f32| {
        v.into_iter().fold(f32::NEG_INFINITY, f32::max).min(edge).ceil().max(0.0) as usize
    };
    for row in low(ys, clip.top())..high(ys, clip.bottom()) {
        for column in low(xs, clip.left())..high(xs, clip.right()) {
            let p = Pos2::new(column as f32 + 0.5, row as f32 + 0.5);
            let weights = [cross(b.pos, c.pos, p), cross(c.pos, a.pos, p), cross(a.pos, b.pos, p)];
            let owned = [owns_edge(b.pos, c.pos), owns_edge(c.pos, a.pos), owns_edge(a.pos, b.pos)];
            if weights.iter().zip(owned).any(|(&w, owned)| w < 0.0 || (w == 0.0 && !owned)) {
                continue;
            }
            let weights = weights.map(|w| (w / area) as f32);
            let value = |i: usize| {
                a.values[i] * weights[0] + b.values[i] * weights[1] + c.values[i] * weights[2]
            };
            let texel = texture.sample(value(4), value(5));
            let source: [f32; 4] = std::array::from_fn(|i| value(i) * texel[i] / 255.0);
            let pixel = &mut picture.pixels[row * picture.width + column];
            let keep = 1.0 - source[3] / 255.0;
            let old = pixel.to_array().map(f32::from);
            let new: [u8; 4] = std::array::from_fn(|i| {
                (source[i] + old[i] * keep).round().clamp(0.0, 255.0) as u8
            });
            *pixel = Color32::from_rgba_premultiplied(new[0], new[1], new[2], new[3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_covers_its_pixels_once() {
        let ctx = Context::default();
        let mut raster = Rasteriser::new();
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, egui::vec2(32.0, 32.0))),
            ..Default::default()
        };
        let half = Color32::from_rgba_unmultiplied(255, 255, 255, 128);
        let mut output = ctx.run_ui(input, |ui| {
            let rect = Rect::from_min_max(Pos2::new(8.0, 8.0), Pos2::new(24.0, 24.0));
            ui.painter().add(egui::Shape::mesh({
                let mut mesh = Mesh::default();
                mesh.add_colored_rect(rect, half);
                mesh
            }));
        });
        raster.take_textures(&mut output);
        let picture = raster.draw(&ctx, output, [32, 32], Color32::BLACK);
        let lit = picture.pixels.iter().filter(|p| **p != Color32::BLACK).count();
        assert_eq!(lit, 256);
        let values: std::collections::HashSet<u8> = picture.pixels.iter().map(|p| p.r()).collect();
        assert_eq!(
            values.len(),
            2,
            "the diagonal between the two triangles must not show: {values:?}"
        );
    }
}
