//! The picture of the sound: its spectrum, the pad, and the meter beside them.

use egui::{Align2, Id, Rect, pos2, vec2};
use nfx_ui::Icon;
use nfx_ui::button::Button;
use nfx_ui::icons::paint_icon;
use nfx_ui::meter::meter;
use nfx_ui::theme::{PANEL, RED, TEXT, faded, text_line};

use super::cx::Cx;
use super::face::Face;
use super::pad;
use super::view::{ShelfAction, Switch};

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, face: &mut Face) {
    let theme = cx.theme;
    let (side, gap) = (cx.px(26.0), cx.px(8.0));
    let bars = Rect::from_min_max(pos2(rect.right() - side, rect.top()), rect.max);
    meter(cx.ui, &theme, (Id::unique("canne-out"), bars), "Out", &mut face.output);
    let inner = Rect::from_min_max(rect.min, pos2(rect.right() - side - gap, rect.bottom()));
    if let Some(problem) = cx.view.model_problem.clone() {
        theme.panel(cx.ui.painter(), inner);
        missing(cx, inner, &problem);
        return;
    }
    let pad_width = (inner.height() * 1.08).min(inner.width() * 0.4);
    let spectrum = Rect::from_min_max(inner.min, pos2(inner.right() - pad_width - gap, inner.bottom()));
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
        nfx_ui::hint(&response, "The spectrum of what sounds now, in dB of a full-scale tone.");
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
    } else if view.is_on(Switch::Drone) {
        "Drone: the sliders sound without a key"
    } else {
        return;
    };
    let painter = cx.ui.painter();
    let (height, icon) = (cx.px(22.0), Icon::Wave);
    let width = nfx_ui::button::text_width(cx.ui, text, cx.theme.small()) + cx.px(38.0);
    let tag =
        Rect::from_min_size(pos2(plot.right() - width - cx.px(8.0), plot.top() + cx.px(6.0)), vec2(width, height));
    painter.rect_filled(tag, cx.theme.radius(11.0), PANEL);
    painter.rect_filled(tag, cx.theme.radius(11.0), faded(cx.theme.accent, 0.14));
    paint_icon(painter, icon, pos2(tag.left() + cx.px(14.0), tag.center().y), cx.px(13.0), cx.theme.accent);
    let place = (pos2(tag.left() + cx.px(26.0), tag.center().y), Align2::LEFT_CENTER);
    text_line(painter, place, text, (cx.theme.small(), TEXT), width);
}

/// Nothing sounds yet: say what to do.
fn empty(cx: &mut Cx<'_, '_>, rect: Rect) {
    let text = match (cx.view.running, cx.view.typing_plays) {
        (false, _) => "The host has not started audio. Switch its engine on to hear something.",
        (true, false) => "Play a MIDI keyboard, click the keys below, or switch Drone on.",
        (true, true) => "Play a MIDI keyboard or the letters A to L, click the keys below, or switch Drone on.",
    };
    // A veil in the panel's colour leaves the axes as a shadow behind the words.
    cx.ui.painter().rect_filled(rect, cx.theme.radius(8.0), faded(PANEL, 0.86));
    cx.centred(rect.center() - vec2(0.0, cx.px(4.0)), "Waiting for a note", text);
}

/// The model cannot be played.
fn missing(cx: &mut Cx<'_, '_>, rect: Rect, problem: &str) {
    let centre = rect.center() - vec2(0.0, cx.px(16.0));
    paint_icon(cx.ui.painter(), Icon::Warning, centre - vec2(0.0, cx.px(46.0)), cx.px(26.0), RED);
    let height = cx.centred(centre, "The model is missing", problem);
    let open = Button::both(
        Icon::Folder,
        "Choose a model file…",
        "Opens a file dialog: the project then carries the model you choose.",
    );
    let default = Button::text("Use the built-in model", "Plays the default model instead. Undo takes it back.");
    let (a, b) = (open.width(cx.ui, &cx.theme), default.width(cx.ui, &cx.theme));
    let left = centre.x - (a + b + cx.px(8.0)) / 2.0;
    let top = centre.y + height + cx.px(10.0);
    if cx.button("open-missing", Rect::from_min_size(pos2(left, top), vec2(a, cx.px(28.0))), open) {
        cx.ask(ShelfAction::OpenModel);
    }
    let place = Rect::from_min_size(pos2(left + a + cx.px(8.0), top), vec2(b, cx.px(28.0)));
    if cx.button("default-missing", place, default) {
        cx.ask(ShelfAction::EmbeddedModel(0));
    }
}
