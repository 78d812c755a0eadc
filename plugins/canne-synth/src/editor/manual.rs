//! What this instrument is, and its keys.

use egui::Rect;
use nfx_ui::shelf::table;

use super::cx::Cx;

const KEYS: [(&str, &str); 8] = [
    ("Drag, wheel", "turn; with Shift ten times finer"),
    ("Double-click", "back to rest"),
    ("Click a value", "type it, for example 62 % or −6 dB"),
    ("Tab, arrows", "go to a control and move it; Enter types, Delete resets"),
    ("Pad", "click a letter to recall, right-click to store"),
    ("Ctrl+Z", "undo; with Shift redo"),
    ("Right-click A/B", "copy this setting to the other"),
    ("A W S … L", "play notes in the program of its own; Z and X change the octave"),
];

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let (left, right) = cx.two_panels(rect, 0.46, (1.0, 9999.0));
    let inset = cx.px(if cx.compact { 12.0 } else { 16.0 });
    let version = format!("CANNe {}, Latent Works", env!("CARGO_PKG_VERSION"));
    let facts = [
        ("Version", version.as_str()),
        ("Delay", "none: a note sounds with its key"),
        ("Sliders", "move the numbers that the network makes its spectrum of"),
        ("Presets", cx.view.preset_folder.as_str()),
        ("Models", cx.view.model_folder.as_str()),
    ];
    let inner: [Rect; 2] = [left.shrink(inset), right.shrink(inset)];
    table::show(cx, inner[0], "about", "This instrument", &facts);
    table::show(cx, inner[1], "keys", "Pointer and keyboard", &KEYS);
}
