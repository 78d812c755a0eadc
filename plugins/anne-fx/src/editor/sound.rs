//! The picture of the sound: spectrum before and after, latents, and the meters at its sides.

use egui::{Align2, Id, Rect, Stroke, pos2, vec2};
use nfx_ui::Icon;
use nfx_ui::button::Button;
use nfx_ui::icons::paint_icon;
use nfx_ui::meter::meter;
use nfx_ui::theme::{PANEL, RED, TEXT, TEXT_DIM, faded, text_line};

use super::cx::Cx;
use super::directions;
use super::face::Face;
use super::latents;
use super::view::{Action, ShelfAction};

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, face: &mut Face) {
    let theme = cx.theme;
    let side = cx.px(26.0);
    let gap = cx.px(8.0);
    let bars = Rect::from_min_max(rect.min, pos2(rect.left() + side, rect.bottom()));
    meter(cx.ui, &theme, (Id::unique("anne-in"), bars), "In", &mut face.input);
    let bars = Rect::from_min_max(pos2(rect.right() - side, rect.top()), rect.max);
    meter(cx.ui, &theme, (Id::unique("anne-out"), bars), "Out", &mut face.output);
    let inner =
        Rect::from_min_max(pos2(rect.left() + side + gap, rect.top()), pos2(rect.right() - side - gap, rect.bottom()));
    if let Some(problem) = cx.view.model_problem.clone() {
        theme.panel(cx.ui.painter(), inner);
        missing(cx, inner, &problem);
        return;
    }
    let upper = inner.height() * if cx.compact { 0.52 } else { 0.56 };
    let spectrum = Rect::from_min_size(inner.min, vec2(inner.width(), upper));
    let lower = Rect::from_min_max(pos2(inner.left(), spectrum.bottom() + gap), inner.max);
    theme.panel(cx.ui.painter(), spectrum);
    let plot = spectrum.shrink(cx.px(6.0));
    face.spectrum.paint(cx.ui.painter(), &theme, plot, !cx.view.bypass);
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
            "The spectrum that comes in (thin) and the one that goes out, in dB of a full-scale tone.",
        );
    }
    let bars = if directions::any(cx.view) {
        let right = Rect::from_min_max(pos2(lower.right() - 0.4 * lower.width(), lower.top()), lower.max);
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
    } else if view.bypass {
        (Icon::Power, format!("Bypassed: the input, {:.0} ms later", view.latency_ms()))
    } else if view.freeze {
        (Icon::Freeze, "Frozen: the latents are held".to_owned())
    } else {
        return;
    };
    let painter = cx.ui.painter();
    let at = plot.left_top() + vec2(cx.px(40.0), cx.px(6.0));
    let height = cx.px(22.0);
    let width = nfx_ui::button::text_width(cx.ui, &text, cx.theme.small()) + cx.px(38.0);
    let tag = Rect::from_min_size(at, vec2(width, height));
    painter.rect_filled(tag, cx.theme.radius(11.0), PANEL);
    painter.rect_filled(tag, cx.theme.radius(11.0), faded(cx.theme.accent, 0.14));
    paint_icon(painter, icon, pos2(tag.left() + cx.px(14.0), tag.center().y), cx.px(13.0), cx.theme.accent);
    let place = (pos2(tag.left() + cx.px(26.0), tag.center().y), Align2::LEFT_CENTER);
    text_line(painter, place, &text, (cx.theme.small(), TEXT), width);
}

/// Which curve is which, at the upper right.
fn legend(cx: &Cx<'_, '_>, plot: Rect) {
    let painter = cx.ui.painter();
    let mut right = plot.right() - cx.px(10.0);
    let accent = if cx.view.bypass { TEXT_DIM } else { cx.theme.accent };
    for (name, stroke) in
        [("after", Stroke::new(cx.px(2.0), accent)), ("before", Stroke::new(cx.px(1.0), faded(TEXT_DIM, 0.9)))]
    {
        let y = plot.top() + cx.px(14.0);
        let text =
            text_line(painter, (pos2(right, y), Align2::RIGHT_CENTER), name, (cx.theme.small(), TEXT_DIM), cx.px(80.0));
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
    // A veil in the panel's colour leaves the axes as a shadow behind the words.
    cx.ui.painter().rect_filled(rect, cx.theme.radius(8.0), faded(PANEL, 0.86));
    let centre = rect.center() - vec2(0.0, cx.px(14.0));
    cx.centred(centre, "Waiting for sound", text);
    if !cx.view.running {
        return;
    }
    let label = cx.view.source.names.get(cx.view.source.chosen.max(1)).cloned().unwrap_or_else(|| "a sound".to_owned());
    let label = format!("Play {label}");
    let button = Button::both(Icon::Play, &label, "Plays a built-in sound through the network; Source has the others.");
    let width = button.width(cx.ui, &cx.theme);
    let place = Rect::from_center_size(centre + vec2(0.0, cx.px(42.0)), vec2(width, cx.px(28.0)));
    if cx.button("play-empty", place, button) {
        if cx.view.source.chosen == 0 {
            cx.actions.push(Action::ChooseSource(1));
        }
        if !cx.view.source.playing {
            cx.actions.push(Action::TogglePlay);
        }
    }
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
        cx.actions.push(ShelfAction::OpenModel.into());
    }
    let place = Rect::from_min_size(pos2(left + a + cx.px(8.0), top), vec2(b, cx.px(28.0)));
    if cx.button("default-missing", place, default) {
        cx.actions.push(ShelfAction::EmbeddedModel(0).into());
    }
}
