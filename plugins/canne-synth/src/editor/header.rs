//! The header, with the drone at its end.

use egui::Rect;
use nfx_ui::Icon;
use nfx_ui::button::Button;
use nfx_ui::shelf::header::{self, Clicked, Own};

use super::cx::Cx;
use super::face::Tab;

/// Draws the header and returns the tab that it asks for.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, tab: Tab) -> Option<Tab> {
    let on = cx.view.values.is_on("drone");
    let help = cx.param("drone").map_or("", |drone| drone.help);
    let own = Own {
        name: "CANNe",
        model: "The neural network that makes the sound, named by what it learned. Click to choose another.",
        button: Button::both(Icon::Wave, "Drone", help).on(on),
    };
    let toggled = |page: Tab| if tab == page { Tab::Sound } else { page };
    match header::show(cx, rect, own)? {
        Clicked::Presets => Some(toggled(Tab::Presets)),
        Clicked::Models => Some(toggled(Tab::Models)),
        Clicked::Own => {
            cx.pick("drone", usize::from(!on));
            None
        }
    }
}
