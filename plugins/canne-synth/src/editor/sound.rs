//! The picture of the sound: its spectrum, the pad, and the meter beside them.

use egui::{Id, Rect, pos2};
use nfx_ui::Icon;
use nfx_ui::button::text_width;
use nfx_ui::shelf::picture::{self, Missing, missing, waiting};

use super::cx::Cx;
use super::face::Face;
use super::pad;

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, face: &mut Face) {
    let theme = cx.theme;
    let (side, gap) = (cx.px(26.0), cx.px(8.0));
    let bars = Rect::from_min_max(pos2(rect.right() - side, rect.top()), rect.max);
    face.output.show(cx.ui, &theme, Id::unique("canne-out"), bars, "Out");
    let inner = Rect::from_min_max(rect.min, pos2(rect.right() - side - gap, rect.bottom()));
    if let Some(problem) = cx.view.model_problem.clone() {
        theme.panel(cx.ui.painter(), inner);
        missing(cx, inner, &problem, Missing::MODEL);
        return;
    }
    let pad_width = (inner.height() * 1.08).min(inner.width() * 0.4);
    let spectrum =
        Rect::from_min_max(inner.min, pos2(inner.right() - pad_width - gap, inner.bottom()));
    let pad = Rect::from_min_max(pos2(inner.right() - pad_width, inner.top()), inner.max);
    theme.panel(cx.ui.painter(), spectrum);
    let plot = spectrum.shrink(cx.px(6.0));
    face.spectrum.paint(cx.ui.painter(), &theme, plot, true);
    if !face.spectrum.moving() && !cx.view.offline {
        empty(cx, spectrum);
    } else {
        tag(cx, plot);
        let response = cx.ui.interact(plot, Id::unique("canne-spectrum"), egui::Sense::hover());
        if let Some(pointer) = response.hover_pos() {
            face.spectrum.readout(cx.ui.painter(), &theme, plot, pointer);
        }
        nfx_ui::hint(
            &response,
            "Shows the spectrum of what sounds now.\nThe scale is dB of a full-scale tone.",
        );
    }
    pad::show(cx, pad);
}

/// What is special about the sound now, as a tag at the upper right of its picture.
fn tag(cx: &Cx<'_, '_>, plot: Rect) {
    let view = cx.view;
    let text = if view.loading {
        "Reading the model; the one in use plays on"
    } else if view.offline {
        "The host renders offline; the picture rests"
    } else if view.values.sounds_on("drone") {
        "Drone: the sliders sound without a key"
    } else {
        return;
    };
    let width = text_width(cx.ui, text, cx.theme.small()) + cx.px(38.0);
    let at = pos2(plot.right() - width - cx.px(8.0), plot.top() + cx.px(6.0));
    picture::tag(cx, at, Icon::Wave, text, width);
}

/// Nothing sounds yet: say what to do.
fn empty(cx: &mut Cx<'_, '_>, rect: Rect) {
    let text = match (cx.view.running, cx.view.typing_plays) {
        (false, _) => "The host has not started audio. Switch its engine on to hear something.",
        (true, false) => "Play a MIDI keyboard, click the keys below, or switch Drone on.",
        (true, true) => {
            "Play a MIDI keyboard or the letters A to L, click the keys below, or switch Drone on."
        }
    };
    waiting(cx, rect, "Waiting for a note", text);
}
