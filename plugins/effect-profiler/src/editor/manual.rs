//! What this plugin is, and its keys.

use egui::Rect;
use nfx_ui::shelf::table;

use super::cx::Cx;

const KEYS: [(&str, &str); 7] = [
    ("Drag, wheel", "turn; with Shift ten times finer"),
    ("Double-click", "back to neutral"),
    ("Click a value", "type it, for example −18 dB, 4 : 1 or 0.2 s"),
    ("Tab, arrows", "go to a control and turn it; Enter types, Delete resets"),
    ("Ctrl+Z", "undo; with Shift redo"),
    ("Right-click A/B", "copy this setting to the other"),
    ("Match A/B", "hear A and B at one loudness"),
];

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let (left, right) = cx.two_panels(rect, 0.5, (1.0, 9999.0));
    let inset = cx.px(if cx.compact { 12.0 } else { 16.0 });
    let version = format!("Effect Profiler {}, Latent Works", env!("CARGO_PKG_VERSION"));
    let delay = match cx.view.latency_samples {
        0 => "none: the profile runs at your session's rate".to_owned(),
        samples => {
            format!("{samples} samples ({:.1} ms), made up for by the host", cx.view.latency_ms())
        }
    };
    let facts = [
        ("Version", version.as_str()),
        ("Delay", delay.as_str()),
        (
            "Profiles",
            "networks that have learned a device from recordings: no schematic, no formula",
        ),
        ("Files", "our own .safetensors with knobs, .nam captures, AIDA-X and Proteus .json"),
        ("Ceiling", "never above +12 dBFS, whatever a profile does; untouched up to +6 dBFS"),
        ("Presets", cx.view.preset_folder.as_str()),
        ("Your profiles", cx.view.model_folder.as_str()),
    ];
    table::show(cx, left.shrink(inset), "about", "This plugin", &facts);
    table::show(cx, right.shrink(inset), "keys", "Pointer and keyboard", &KEYS);
}
