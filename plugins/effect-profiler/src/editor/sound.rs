//! The picture of the sound: the last seconds before and after, the gain that a compressor takes away, the transfer curve, and the
//! meters at the sides.

use egui::{Align2, Id, Rect, Sense, pos2, vec2};
use nfx_ui::Icon;
use nfx_ui::button::{Button, text_width};
use nfx_ui::icons::paint_icon;
use nfx_ui::meter::meter;
use nfx_ui::theme::{PANEL, RED, TEXT, TEXT_DIM, faded, text_line};

use super::cx::Cx;
use super::face::Face;
use super::history::reduction_meter;
use super::view::{ShelfAction, SourceAction};

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, face: &mut Face) {
    let theme = cx.theme;
    let side = cx.px(26.0);
    let gap = cx.px(8.0);
    let bars = Rect::from_min_max(rect.min, pos2(rect.left() + side, rect.bottom()));
    meter(cx.ui, &theme, (Id::unique("profiler-in"), bars), "In", &mut face.input);
    let bars = Rect::from_min_max(pos2(rect.right() - side, rect.top()), rect.max);
    meter(cx.ui, &theme, (Id::unique("profiler-out"), bars), "Out", &mut face.output);
    let mut inner =
        Rect::from_min_max(pos2(rect.left() + side + gap, rect.top()), pos2(rect.right() - side - gap, rect.bottom()));
    if let Some(problem) = cx.view.model_problem.clone() {
        theme.panel(cx.ui.painter(), inner);
        missing(cx, inner, &problem);
        return;
    }
    let is_compressor = cx.view.profile.is_compressor;
    if is_compressor {
        let bars = Rect::from_min_max(pos2(inner.right() - side, inner.top()), inner.max);
        inner.max.x -= side + gap;
        reduction(cx, bars, face);
    }
    let square = (inner.height() + cx.px(6.0)).min(inner.width() * 0.42);
    let curve = Rect::from_min_max(pos2(inner.right() - square, inner.top()), inner.max);
    let past = Rect::from_min_max(inner.min, pos2(curve.left() - gap, inner.bottom()));
    for panel in [past, curve] {
        theme.panel(cx.ui.painter(), panel);
    }
    history(cx, past, face);
    transfer(cx, curve.shrink(cx.px(6.0)), face);
}

fn reduction(cx: &mut Cx<'_, '_>, rect: Rect, face: &Face) {
    let levels = face.history.reduction_db();
    let response = cx.ui.interact(rect, Id::unique("profiler-reduction"), Sense::hover());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Meter, true, format!("Gain reduction: {:.1} dB", levels.0))
    });
    nfx_ui::hint(
        &response,
        "How much the compressor turns down at the moment, in dB; the line is the most of the last moment.",
    );
    reduction_meter(cx.ui.painter(), &cx.theme, rect, if cx.view.bypass { (0.0, 0.0) } else { levels });
}

fn history(cx: &mut Cx<'_, '_>, rect: Rect, face: &Face) {
    let view = cx.view;
    let foot = cx.px(22.0);
    let plot = Rect::from_min_max(rect.min + vec2(cx.px(6.0), cx.px(6.0)), rect.max - vec2(cx.px(6.0), foot));
    let reduction = view.profile.is_compressor;
    face.history.paint(cx.ui.painter(), &cx.theme, plot, (reduction, !view.bypass));
    if !view.hears && !face.history.moving() && !view.offline {
        empty(cx, rect);
        return;
    }
    state(cx, plot);
    let response = cx.ui.interact(plot, Id::unique("profiler-history"), Sense::hover());
    nfx_ui::hint(
        &response,
        if reduction {
            "The last four seconds: before in grey, after in colour; the white line is the gain that is taken away."
        } else {
            "The last four seconds of the sound: before in grey, after in colour."
        },
    );
    facts(cx, Rect::from_min_max(pos2(rect.left() + cx.px(10.0), plot.bottom()), rect.max), face);
}

/// What is being played and what it costs, in one line.
fn facts(cx: &mut Cx<'_, '_>, rect: Rect, face: &Face) {
    let profile = &cx.view.profile;
    let painter = cx.ui.painter();
    let y = rect.center().y;
    let mut words = vec![profile.family.clone(), format!("{:.1} kHz", profile.rate_hz / 1000.0)];
    if let Some(esr) = profile.esr {
        words.push(format!("ESR {}", nfx_ui::progress::figure(f64::from(esr))));
    }
    if (cx.view.host_rate_hz - profile.rate_hz).abs() > 1.0 && cx.view.host_rate_hz > 0.0 {
        words.push("resampled".to_owned());
    }
    let load = face.history.load().map_or_else(|| "CPU –".to_owned(), |load| format!("CPU {:.1} %", load * 100.0));
    let right = (pos2(rect.right() - cx.px(10.0), y), Align2::RIGHT_CENTER);
    let load = text_line(painter, right, &load, (cx.theme.small(), TEXT), rect.width() * 0.4);
    let left = (pos2(rect.left(), y), Align2::LEFT_CENTER);
    let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" · ");
    text_line(painter, left, &words, (cx.theme.small(), TEXT_DIM), load.left() - rect.left() - cx.px(8.0));
    let response = cx.ui.interact(load.expand(cx.px(3.0)), Id::unique("profiler-load"), Sense::hover());
    nfx_ui::hint(&response, "The share of one processor core that this instance takes, everything included.");
}

fn transfer(cx: &mut Cx<'_, '_>, rect: Rect, face: &Face) {
    face.transfer.paint(cx.ui.painter(), &cx.theme, rect, !cx.view.bypass);
    let response = cx.ui.interact(rect, Id::unique("profiler-transfer"), Sense::hover());
    nfx_ui::hint(
        &response,
        "What the profile makes of a steady tone at each level, in dB; the point is your sound's level now.",
    );
    if let Some(pointer) = response.hover_pos() {
        face.transfer.readout(cx.ui.painter(), &cx.theme, rect, pointer);
    }
}

/// What is special about the sound now, as a tag at the upper left of its picture.
fn state(cx: &Cx<'_, '_>, plot: Rect) {
    let view = cx.view;
    let (icon, text) = if view.loading {
        (Icon::Wave, "Reading the profile; the one in use plays on".to_owned())
    } else if view.offline {
        (Icon::Wave, "The host renders offline; the picture rests".to_owned())
    } else if view.bypass {
        (Icon::Power, "Bypassed: the untouched input".to_owned())
    } else if view.matched && view.match_trim_db < -0.05 {
        (
            Icon::Balance,
            format!("{} {:.1} dB to match", if view.on_b { "B" } else { "A" }, view.match_trim_db).replace('-', "−"),
        )
    } else {
        return;
    };
    let painter = cx.ui.painter();
    let height = cx.px(22.0);
    let width = (text_width(cx.ui, &text, cx.theme.small()) + cx.px(38.0)).min(plot.width() - cx.px(12.0));
    let tag = Rect::from_min_size(plot.left_top() + vec2(cx.px(6.0), cx.px(6.0)), vec2(width, height));
    painter.rect_filled(tag, cx.theme.radius(11.0), PANEL);
    painter.rect_filled(tag, cx.theme.radius(11.0), faded(cx.theme.accent, 0.14));
    paint_icon(painter, icon, pos2(tag.left() + cx.px(14.0), tag.center().y), cx.px(13.0), cx.theme.accent);
    let place = (pos2(tag.left() + cx.px(26.0), tag.center().y), Align2::LEFT_CENTER);
    text_line(painter, place, &text, (cx.theme.small(), TEXT), width - cx.px(34.0));
}

/// Nothing sounds yet: say what to do.
fn empty(cx: &mut Cx<'_, '_>, rect: Rect) {
    let text = if cx.view.running {
        "Play your track, or try the profile on a built-in sound."
    } else {
        "The host has not started audio. Switch its engine on."
    };
    // A veil in the panel's colour leaves the grid as a shadow behind the words.
    cx.ui.painter().rect_filled(rect, cx.theme.radius(8.0), faded(PANEL, 0.86));
    let centre = rect.center() - vec2(0.0, cx.px(14.0));
    let mut job =
        egui::text::LayoutJob::simple(text.to_owned(), cx.theme.small(), TEXT_DIM, rect.width() - cx.px(24.0));
    job.halign = egui::Align::Center;
    let galley = cx.ui.painter().layout_job(job);
    let below = galley.size().y;
    let title = (centre - vec2(0.0, cx.px(8.0)), Align2::CENTER_BOTTOM);
    text_line(cx.ui.painter(), title, "Waiting for sound", (cx.theme.strong(), TEXT), rect.width());
    cx.ui.painter().galley(centre, galley, TEXT_DIM);
    if !cx.view.running {
        return;
    }
    let label = cx.view.source.names.get(cx.view.source.chosen.max(1)).cloned().unwrap_or_else(|| "a sound".to_owned());
    let label = format!("Play {label}");
    let button = Button::both(Icon::Play, &label, "Plays a built-in sound through the profile; Source has the others.");
    let width = button.width(cx.ui, &cx.theme);
    let place = Rect::from_center_size(centre + vec2(0.0, below + cx.px(24.0)), vec2(width, cx.px(28.0)));
    if cx.button("play-empty", place, button) {
        if cx.view.source.chosen == 0 {
            cx.actions.push(SourceAction::Choose(1).into());
        }
        if !cx.view.source.playing {
            cx.actions.push(SourceAction::TogglePlay.into());
        }
    }
}

/// The profile cannot be played.
fn missing(cx: &mut Cx<'_, '_>, rect: Rect, problem: &str) {
    let centre = rect.center() - vec2(0.0, cx.px(16.0));
    paint_icon(cx.ui.painter(), Icon::Warning, centre - vec2(0.0, cx.px(46.0)), cx.px(26.0), RED);
    let height = cx.centred(centre, "The profile is missing", problem);
    let open = Button::both(
        Icon::Folder,
        "Choose a profile…",
        "Opens a file dialog: the project then carries the profile you choose.",
    );
    let default = Button::text("Use the compressor", "Plays the built-in compressor instead. Undo takes it back.");
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
