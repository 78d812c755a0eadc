//! What is set once: stereo; what this plugin is, and its keys.

use egui::{Rect, pos2, vec2};
use nfx_ui::shelf::table;

use super::cx::Cx;

const KEYS: [(&str, &str); 7] = [
    ("Drag, wheel", "turn; with Shift ten times finer"),
    ("Double-click", "back to neutral"),
    ("Click a value", "type it, for example 2.5 or −6 dB"),
    ("Tab, arrows", "go to a control and turn it; Enter types, Delete resets"),
    ("Latents", "M mutes, S solos, arrows choose and trim"),
    ("Ctrl+Z", "undo; with Shift redo"),
    ("Right-click A/B", "copy this setting to the other"),
];

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let (left, right) = cx.two_panels(rect, 0.456, (1.0, 9999.0));
    let inset = cx.px(if cx.compact { 12.0 } else { 16.0 });
    let below = sound(cx, left.shrink(inset));
    let facts = [
        ("Version", format!("ANNe {}, Latent Works", env!("CARGO_PKG_VERSION"))),
        (
            "Delay",
            format!(
                "{} samples ({:.1} ms), made up for by the host",
                cx.view.latency_samples,
                cx.view.latency_ms()
            ),
        ),
        ("Presets", cx.view.preset_folder.clone()),
        ("Models", cx.view.model_folder.clone()),
    ];
    let facts = facts.each_ref().map(|(name, value)| (*name, value.as_str()));
    table::show(cx, below, "about", "", &facts);
    table::show(cx, right.shrink(inset), "keys", "Pointer and keyboard", &KEYS);
}

/// Stereo; returns the room below it.
fn sound(cx: &mut Cx<'_, '_>, rect: Rect) -> Rect {
    let row = cx.px(28.0);
    let line = |top: f32, height: f32| {
        Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height))
    };
    cx.caption(line(rect.top(), cx.px(16.0)), "Stereo");
    let top = rect.top() + cx.px(22.0);
    let hints = [
        "Treats both channels at one common level.\nA sound keeps its place in the panorama.",
        "Treats left and right by themselves.\nTwo mono plugins would do the same.",
        "Treats middle and sides.\nThe middle changes; the width stays related.",
    ];
    cx.segments("stereo", &[], &hints, line(top, row));
    Rect::from_min_max(pos2(rect.left(), top + row + cx.px(8.0)), rect.max)
}
