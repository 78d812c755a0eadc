//! Colours, type and measures that all editors of the suite share.
//!
//! Every length in the editors is written in *design pixels* on a window of 900×560 and multiplied
//! by [`Theme::k`], so that the whole interface grows with its window. (egui's own zoom is not used
//! for this: the window layer answers a change of zoom by resizing the window.)

use std::sync::Arc;

use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Pos2, Rect, Stroke, Vec2,
};

/// The window behind everything, `#14161A`.
pub const BACKGROUND: Color32 = Color32::from_rgb(0x14, 0x16, 0x1A);
/// A panel, one step above the background, `#1C1F25`.
pub const PANEL: Color32 = Color32::from_rgb(0x1C, 0x1F, 0x25);
/// A control that lies on a panel, one step above it.
pub const RAISED: Color32 = Color32::from_rgb(0x26, 0x2A, 0x32);
/// A control under the pointer.
pub const HOVERED: Color32 = Color32::from_rgb(0x31, 0x36, 0x40);
/// Hairlines and grids, `#2A2E36`.
pub const HAIRLINE: Color32 = Color32::from_rgb(0x2A, 0x2E, 0x36);
/// The empty part of a knob's arc and of a meter: seen, but never read.
pub const TRACK: Color32 = Color32::from_rgb(0x38, 0x3D, 0x47);
/// Text, `#E8EAED`.
pub const TEXT: Color32 = Color32::from_rgb(0xE8, 0xEA, 0xED);
/// Secondary text, `#9AA0A6`: 6.9:1 on the background.
pub const TEXT_DIM: Color32 = Color32::from_rgb(0x9A, 0xA0, 0xA6);
/// Clipping and errors, and nothing else.
pub const RED: Color32 = Color32::from_rgb(0xFF, 0x5C, 0x5C);
/// The accent of ANNe, amber `#FFB454`.
pub const AMBER: Color32 = Color32::from_rgb(0xFF, 0xB4, 0x54);
/// The accent of CANNe, teal `#4FD1C5`.
pub const TEAL: Color32 = Color32::from_rgb(0x4F, 0xD1, 0xC5);
/// The accent of the Effect Profiler, coral `#FF7A66`.
pub const CORAL: Color32 = Color32::from_rgb(0xFF, 0x7A, 0x66);

/// The width of the window in which one design pixel is one logical pixel.
pub const DESIGN_WIDTH: f32 = 900.0;
/// The height of that window.
pub const DESIGN_HEIGHT: f32 = 560.0;

/// Hues in degrees of the five groups of latents (knobs A to E): equally light, none of them near
/// the red of errors.
const GROUP_HUES: [f32; 5] = [108.0, 160.0, 214.0, 268.0, 326.0];

/// A colour from OKLCH: lightness 0 to 1, chroma, hue in degrees (Björn Ottosson, *A perceptual
/// color space*, 2020). Components outside sRGB are clamped.
#[must_use]
pub fn oklch(lightness: f32, chroma: f32, hue_degrees: f32) -> Color32 {
    let hue = hue_degrees.to_radians();
    let (a, b) = (chroma * hue.cos(), chroma * hue.sin());
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    let linear = [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ];
    let [r, g, b] = linear.map(|x| {
        let x = x.clamp(0.0, 1.0);
        let encoded = if x <= 0.003_130_8 { 12.92 * x } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0).round() as u8
    });
    Color32::from_rgb(r, g, b)
}

/// The colour of group `index` (0 is A, 4 is E): OKLCH with L 0.75 and C 0.12. Wraps above 4.
#[must_use]
pub fn group_colour(index: usize) -> Color32 {
    oklch(0.75, 0.12, GROUP_HUES[index % GROUP_HUES.len()])
}

/// Hues in degrees of an instrument's eight latents, none of them near the red of errors.
const LATENT_HUES: [f32; 8] = [75.0, 110.0, 145.0, 180.0, 217.0, 252.0, 290.0, 330.0];

/// The colour of latent `index` (from 0) of an instrument, as light and as colourful as a group's.
/// Wraps above 7.
#[must_use]
pub fn latent_colour(index: usize) -> Color32 {
    oklch(0.75, 0.12, LATENT_HUES[index % LATENT_HUES.len()])
}

/// `colour` at a part of its opacity, 0 to 1.
#[must_use]
pub fn faded(colour: Color32, opacity: f32) -> Color32 {
    colour.gamma_multiply(opacity.clamp(0.0, 1.0))
}

/// The contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2).
#[must_use]
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let luminance = |c: Color32| {
        let linear = |x: u8| {
            let x = f32::from(x) / 255.0;
            if x <= 0.040_45 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
    };
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    if a > b { a / b } else { b / a }
}

/// What every widget needs to draw itself: the plugin's accent and the scale of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// The accent of this plugin.
    pub accent: Color32,
    /// Logical pixels for each design pixel.
    pub k: f32,
}

impl Theme {
    /// A theme for a window of `size` logical pixels: everything grows with the window, and nothing
    /// shrinks below the design size, where the layout becomes denser instead so that text stays
    /// readable.
    #[must_use]
    pub fn for_window(accent: Color32, size: Vec2) -> Self {
        let k = (size.x / DESIGN_WIDTH).min(size.y / DESIGN_HEIGHT).clamp(1.0, 8.0);
        // Steps of 1/16 keep the number of glyph sizes small while the window is dragged.
        Self { accent, k: (k * 16.0).floor() / 16.0 }
    }

    /// `design` pixels in logical pixels.
    #[must_use]
    pub fn px(&self, design: f32) -> f32 {
        design * self.k
    }

    /// Small type, 12: names, values, axes.
    #[must_use]
    pub fn small(&self) -> FontId {
        FontId::new(self.px(12.0), FontFamily::Proportional)
    }

    /// Body type, 14.
    #[must_use]
    pub fn body(&self) -> FontId {
        FontId::new(self.px(14.0), FontFamily::Proportional)
    }

    /// Body type, 14, in the strong weight.
    #[must_use]
    pub fn strong(&self) -> FontId {
        FontId::new(self.px(14.0), strong_family())
    }

    /// Title type, 20, in the strong weight.
    #[must_use]
    pub fn title(&self) -> FontId {
        FontId::new(self.px(20.0), strong_family())
    }

    /// The radius of panels and controls.
    #[must_use]
    pub fn radius(&self, design: f32) -> CornerRadius {
        CornerRadius::same(self.px(design).round().clamp(0.0, 255.0) as u8)
    }

    /// A line of one design pixel.
    #[must_use]
    pub fn hairline(&self, colour: Color32) -> Stroke {
        Stroke::new(self.k.round().max(1.0), colour)
    }

    /// Installs fonts and the base style in a context. Call once for each context.
    pub fn install(&self, ctx: &egui::Context) {
        let mut fonts = FontDefinitions::default();
        let files: [(&str, &'static [u8]); 2] = [
            ("inter", include_bytes!("fonts/Inter-Regular.otf")),
            ("inter-strong", include_bytes!("fonts/Inter-SemiBold.otf")),
        ];
        let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
        for (name, bytes) in files {
            fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        }
        let chain = |first: &str| {
            std::iter::once(first.to_owned()).chain(fallback.iter().cloned()).collect::<Vec<_>>()
        };
        let (regular, strong) = (chain("inter"), chain("inter-strong"));
        fonts.families.insert(FontFamily::Proportional, regular);
        fonts.families.insert(strong_family(), strong);
        ctx.set_fonts(fonts);
        ctx.set_theme(egui::Theme::Dark);
        self.apply(ctx);
    }

    /// Sets egui's own style (text fields, scroll bars, menus) to this theme. Call when
    /// [`Theme::k`] has changed.
    pub fn apply(&self, ctx: &egui::Context) {
        ctx.set_theme(egui::Theme::Dark);
        ctx.all_styles_mut(|style| {
            use egui::TextStyle;
            style.text_styles = [
                (TextStyle::Small, self.small()),
                (TextStyle::Body, self.body()),
                (TextStyle::Button, self.body()),
                (TextStyle::Heading, self.title()),
                (TextStyle::Monospace, self.body()),
            ]
            .into();
            style.spacing.item_spacing = Vec2::splat(self.px(8.0));
            style.spacing.button_padding = Vec2::new(self.px(12.0), self.px(6.0));
            style.spacing.interact_size = Vec2::new(self.px(32.0), self.px(28.0));
            style.spacing.scroll = egui::style::ScrollStyle {
                bar_width: self.px(6.0),
                handle_min_length: self.px(24.0),
                bar_inner_margin: self.px(4.0),
                bar_outer_margin: self.px(2.0),
                floating: false,
                ..egui::style::ScrollStyle::solid()
            };
            style.interaction.selectable_labels = false;
            style.animation_time = 0.12;
            self.visuals(&mut style.visuals);
        });
    }

    fn visuals(&self, visuals: &mut egui::Visuals) {
        visuals.panel_fill = BACKGROUND;
        visuals.window_fill = PANEL;
        visuals.window_stroke = self.hairline(HAIRLINE);
        visuals.window_corner_radius = self.radius(8.0);
        visuals.menu_corner_radius = self.radius(8.0);
        visuals.extreme_bg_color = BACKGROUND;
        visuals.override_text_color = Some(TEXT);
        visuals.selection.bg_fill = faded(self.accent, 0.35);
        visuals.selection.stroke = Stroke::new(self.px(1.5), self.accent);
        visuals.popup_shadow = egui::Shadow {
            offset: [0, self.px(4.0) as i8],
            blur: self.px(16.0) as u8,
            spread: 0,
            color: Color32::from_black_alpha(120),
        };
        for (state, fill) in [
            (&mut visuals.widgets.noninteractive, PANEL),
            (&mut visuals.widgets.inactive, RAISED),
            (&mut visuals.widgets.hovered, HOVERED),
            (&mut visuals.widgets.active, HOVERED),
            (&mut visuals.widgets.open, HOVERED),
        ] {
            state.bg_fill = fill;
            state.weak_bg_fill = fill;
            state.bg_stroke = Stroke::NONE;
            state.fg_stroke = Stroke::new(self.px(1.0), TEXT);
            state.corner_radius = self.radius(6.0);
            state.expansion = 0.0;
        }
        visuals.widgets.noninteractive.bg_stroke = self.hairline(HAIRLINE);
    }

    /// Draws a panel.
    pub fn panel(&self, painter: &egui::Painter, rect: Rect) {
        painter.rect_filled(rect, self.radius(8.0), PANEL);
    }

    /// Draws the ring of keyboard focus around `rect`: two pixels of accent, outside of the
    /// control.
    pub fn focus_ring(&self, painter: &egui::Painter, rect: Rect) {
        let stroke = Stroke::new(self.px(2.0), self.accent);
        painter.rect_stroke(
            rect.expand(self.px(2.0)),
            self.radius(7.0),
            stroke,
            egui::StrokeKind::Middle,
        );
    }
}

/// The family of the strong weight.
#[must_use]
pub fn strong_family() -> FontFamily {
    FontFamily::Name("strong".into())
}

/// Text in one line, cut with an ellipsis at `width` logical pixels. `anchor` is a point and the
/// side of the text that stands there, `style` its font and colour. Returns the rectangle that it
/// covers.
pub fn text_line(
    painter: &egui::Painter,
    anchor: (Pos2, egui::Align2),
    text: &str,
    style: (FontId, Color32),
    width: f32,
) -> Rect {
    let (pos, align) = anchor;
    let (font, colour) = style;
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(1.0));
    let galley = painter.layout_job(job);
    let rect = align.anchor_size(pos, galley.size());
    painter.galley(rect.min, galley, colour);
    rect
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_colours_are_readable_and_apart_from_red() {
        for index in 0..5 {
            let colour = group_colour(index);
            assert!(contrast(colour, BACKGROUND) > 7.0, "group {index}");
            assert!(colour.r() < 0xF0 || colour.g() > 0x80, "group {index} is close to red");
        }
        for index in 0..8 {
            let colour = latent_colour(index);
            assert!(contrast(colour, PANEL) > 6.0, "latent {index}");
            assert!(colour.r() < 0xF0 || colour.g() > 0x80, "latent {index} is close to red");
        }
    }

    #[test]
    fn text_meets_its_contrast() {
        for background in [BACKGROUND, PANEL, RAISED] {
            assert!(contrast(TEXT, background) > 7.0);
            assert!(contrast(TEXT_DIM, background) > 4.5);
            assert!(contrast(RED, background) > 4.5);
        }
    }

    #[test]
    fn oklch_gives_known_colours() {
        // White, and the sRGB red of L 0.628, C 0.2577, h 29.23.
        assert_eq!(oklch(1.0, 0.0, 0.0), Color32::from_rgb(255, 255, 255));
        let red = oklch(0.627_955, 0.257_683, 29.234);
        assert!(red.r() >= 254 && red.g() <= 2 && red.b() <= 2, "{red:?}");
    }

    #[test]
    fn a_window_never_shrinks_its_text() {
        assert_eq!(Theme::for_window(AMBER, Vec2::new(640.0, 400.0)).k, 1.0);
        assert_eq!(Theme::for_window(AMBER, Vec2::new(1800.0, 1120.0)).k, 2.0);
        assert_eq!(Theme::for_window(AMBER, Vec2::new(3840.0, 560.0)).k, 1.0);
    }
}
