//! The header, with the drone at its end.

use egui::Rect;
use nfx_ui::Icon;
use nfx_ui::button::Button;
use nfx_ui::shelf::header::{self, Clicked, Own};

use super::cx::Cx;
use super::face::Tab;
use super::view::{Action, Switch};
use crate::help;

/// Draws the header and returns the tab that it asks for.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, tab: Tab) -> Option<Tab> {
    let on = cx.view.is_on(Switch::Drone);
    let own = Own {
        name: "CANNe",
        model: "The neural network that makes the sound, named by what it learned. Click to choose another.",
        button: Button::both(Icon::Wave, "Drone", help::of_switch(Switch::Drone)).on(on),
    };
    let toggled = |page: Tab| if tab == page { Tab::Sound } else { page };
    match header::show(cx, rect, own)? {
        Clicked::Presets => Some(toggled(Tab::Presets)),
        Clicked::Models => Some(toggled(Tab::Models)),
        Clicked::Own => {
            cx.actions.push(Action::Choose(Switch::Drone, usize::from(!on)));
            None
        }
    }
}
