//! The picture of the sound: spectrum before and after, latents, and the meters at its sides.

use egui::{Align2, Id, Rect, Stroke, pos2, vec2};
use nfx_ui::Icon;
use nfx_ui::shelf::picture::{Missing, missing, offer_sound, tag, waiting};
use nfx_ui::theme::{TEXT_DIM, faded, text_line};

use super::cx::Cx;
use super::directions;
use super::face::Face;
use super::latents;

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, face: &mut Face) {
    let theme = cx.theme;
    let side = cx.px(26.0);
    let gap = cx.px(8.0);
    let bars = Rect::from_min_max(rect.min, pos2(rect.left() + side, rect.bottom()));
    face.input.show(cx.ui, &theme, Id::unique("anne-in"), bars, "In");
    let bars = Rect::from_min_max(pos2(rect.right() - side, rect.top()), rect.max);
    face.output.show(cx.ui, &theme, Id::unique("anne-out"), bars, "Out");
    let inner = Rect::from_min_max(
        pos2(rect.left() + side + gap, rect.top()),
        pos2(rect.right() - side - gap, rect.bottom()),
    );
    if let Some(problem) = cx.view.model_problem.clone() {
        theme.panel(cx.ui.painter(), inner);
        missing(cx, inner, &problem, Missing::MODEL);
        return;
    }
    let upper = inner.height() * if cx.compact { 0.52 } else { 0.56 };
    let spectrum = Rect::from_min_size(inner.min, vec2(inner.width(), upper));
    let lower = Rect::from_min_max(pos2(inner.left(), spectrum.bottom() + gap), inner.max);
    theme.panel(cx.ui.painter(), spectrum);
    let plot = spectrum.shrink(cx.px(6.0));
    face.spectrum.paint(cx.ui.painter(), &theme, plot, !cx.view.bypass());
    if !cx.view.hears && !face.spectrum.moving() && !cx.view.offline {
        empty(cx, spectrum);
    } else {
        legend(cx, plot);
        state(cx, plot);
        let response = cx.ui.interact(plot, Id::unique("anne-spectrum"), egui::Sense::hover());
        if let Some(pointer) = response.hover_pos() {
            face.spectrum.readout(cx.ui.painter(), &theme, plot, pointer);
        }
        nfx_ui::hint(
            &response,
            "Shows the spectra that come in (thin) and go out.\nThe scale is dB of a full-scale tone.",
        );
    }
    let bars = if directions::any(cx.view) {
        let right =
            Rect::from_min_max(pos2(lower.right() - 0.4 * lower.width(), lower.top()), lower.max);
        directions::discovered(cx, right);
        Rect::from_min_max(lower.min, pos2(right.left() - gap, lower.bottom()))
    } else {
        lower
    };
    theme.panel(cx.ui.painter(), bars);
    latents::bars(cx, bars.shrink(cx.px(6.0)), &face.latents);
}

/// What is special about the sound now, as a tag at the upper left of its picture.
fn state(cx: &Cx<'_, '_>, plot: Rect) {
    let view = cx.view;
    let (icon, text) = if view.loading {
        (Icon::Wave, "Reading the model; the one in use plays on".to_owned())
    } else if view.offline {
        (Icon::Wave, "The host renders offline; the picture rests".to_owned())
    } else if view.bypass() {
        (Icon::Power, format!("Bypassed: the input, {:.0} ms later", view.latency_ms()))
    } else if view.values.sounds_on("freeze") {
        (Icon::Freeze, "Frozen: the latents are held".to_owned())
    } else {
        return;
    };
    tag(cx, plot.left_top() + vec2(cx.px(40.0), cx.px(6.0)), icon, &text, plot.width());
}

/// Which curve is which, at the upper right.
fn legend(cx: &Cx<'_, '_>, plot: Rect) {
    let painter = cx.ui.painter();
    let mut right = plot.right() - cx.px(10.0);
    let accent = if cx.view.bypass() { TEXT_DIM } else { cx.theme.accent };
    for (name, stroke) in [
        ("after", Stroke::new(cx.px(2.0), accent)),
        ("before", Stroke::new(cx.px(1.0), faded(TEXT_DIM, 0.9))),
    ] {
        let y = plot.top() + cx.px(14.0);
        let text = text_line(
            painter,
            (pos2(right, y), Align2::RIGHT_CENTER),
            name,
            (cx.theme.small(), TEXT_DIM),
            cx.px(80.0),
        );
        let line = text.left() - cx.px(6.0);
        painter.hline((line - cx.px(16.0))..=line, y, stroke);
        right = line - cx.px(32.0);
    }
}

/// Nothing sounds yet: say what to do.
fn empty(cx: &mut Cx<'_, '_>, rect: Rect) {
    let text = if cx.view.running {
        "No sound comes in. Play your track, or try the network on a built-in sound."
    } else {
        "The host has not started audio. Switch its engine on to hear something."
    };
    let below = waiting(cx, rect, "Waiting for sound", text);
    if cx.view.running {
        offer_sound(cx, below, "the network");
    }
}
