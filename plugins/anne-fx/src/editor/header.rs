//! The header, with the bypass at its end.

use egui::Rect;
use nfx_ui::Icon;
use nfx_ui::button::Button;
use nfx_ui::shelf::header::{self, Clicked, Own};

use super::cx::Cx;
use super::face::Tab;

/// Draws the header and returns the tab that it asks for.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, tab: Tab) -> Option<Tab> {
    let sentence = if cx.view.bypass() {
        "Bypassed: you hear the input, equally delayed. Click to hear the effect again."
    } else {
        "Passes the input on, equally delayed, to compare."
    };
    let own = Own {
        name: "ANNe",
        model: "The neural network that the sound passes through, named by what it learned. Click to choose another.",
        button: Button::both(Icon::Power, "Bypass", sentence).on(cx.view.bypass()),
    };
    let toggled = |page: Tab| if tab == page { Tab::Sound } else { page };
    match header::show(cx, rect, own)? {
        Clicked::Presets => Some(toggled(Tab::Presets)),
        Clicked::Models => Some(toggled(Tab::Models)),
        Clicked::Own => {
            cx.pick("bypass", usize::from(!cx.view.bypass()));
            None
        }
    }
}
