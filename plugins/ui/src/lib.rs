//! The look and the widgets of the editors, and the pages that all of them share, on plain values:
//! a widget draws what it is given and returns what the user asked for. Nothing here runs on the
//! audio thread, and nothing runs at all while an editor is closed.

pub mod app;
pub mod button;
pub mod dialog;
pub mod edit;
pub mod face;
pub mod gesture;
pub mod hints;
pub mod icons;
pub mod knob;
pub mod latents;
pub mod menu;
pub mod meter;
pub mod progress;
pub mod raster;
pub mod shelf;
pub mod slider;
pub mod spectrum;
pub mod theme;
pub mod training;
pub mod window;

pub use edit::Edit;
pub use hints::{clipped, hint, wrapped};
pub use icons::Icon;
pub use theme::Theme;
