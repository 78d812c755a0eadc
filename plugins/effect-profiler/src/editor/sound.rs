//! The picture of the sound: the last seconds before and after, the gain that a compressor takes
//! away, the transfer curve, and the meters at the sides.

use egui::{Align2, Id, Rect, Sense, pos2, vec2};
use nfx_ui::Icon;
use nfx_ui::shelf::picture::{Missing, missing, offer_sound, tag, waiting};
use nfx_ui::theme::{TEXT, TEXT_DIM, text_line};

use super::cx::Cx;
use super::face::Face;
use super::history::reduction_meter;

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, face: &mut Face) {
    let theme = cx.theme;
    let side = cx.px(26.0);
    let gap = cx.px(8.0);
    let bars = Rect::from_min_max(rect.min, pos2(rect.left() + side, rect.bottom()));
    face.input.show(cx.ui, &theme, Id::unique("profiler-in"), bars, "In");
    let bars = Rect::from_min_max(pos2(rect.right() - side, rect.top()), rect.max);
    face.output.show(cx.ui, &theme, Id::unique("profiler-out"), bars, "Out");
    let mut inner = Rect::from_min_max(
        pos2(rect.left() + side + gap, rect.top()),
        pos2(rect.right() - side - gap, rect.bottom()),
    );
    if let Some(problem) = cx.view.model_problem.clone() {
        theme.panel(cx.ui.painter(), inner);
        missing(cx, inner, &problem, Missing::PROFILE);
        return;
    }
    let is_compressor = cx.view.profile.hears_side_chain;
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
        egui::WidgetInfo::labeled(
            egui::Role::Meter,
            true,
            format!("Gain reduction: {:.1} dB", levels.0),
        )
    });
    nfx_ui::hint(
        &response,
        "Shows by how many dB the compressor turns down now.\nThe line is the most of the last moment.",
    );
    reduction_meter(
        cx.ui.painter(),
        &cx.theme,
        rect,
        if cx.view.bypass() { (0.0, 0.0) } else { levels },
    );
}

fn history(cx: &mut Cx<'_, '_>, rect: Rect, face: &Face) {
    let view = cx.view;
    let foot = cx.px(22.0);
    let plot = Rect::from_min_max(
        rect.min + vec2(cx.px(6.0), cx.px(6.0)),
        rect.max - vec2(cx.px(6.0), foot),
    );
    let reduction = view.profile.hears_side_chain;
    face.history.paint(cx.ui.painter(), &cx.theme, plot, reduction, !view.bypass());
    if !view.hears && !face.history.moving() && !view.offline {
        empty(cx, rect);
        return;
    }
    state(cx, plot);
    let response = cx.ui.interact(plot, Id::unique("profiler-history"), Sense::hover());
    nfx_ui::hint(
        &response,
        if reduction {
            "Shows four seconds: before in grey, after in colour.\nThe white line is the gain that is taken away."
        } else {
            "Shows four seconds: before in grey, after in colour."
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
    let load = face
        .history
        .load()
        .map_or_else(|| "CPU –".to_owned(), |load| format!("CPU {:.1} %", load * 100.0));
    let right = (pos2(rect.right() - cx.px(10.0), y), Align2::RIGHT_CENTER);
    let load = text_line(painter, right, &load, (cx.theme.small(), TEXT), rect.width() * 0.4);
    let left = (pos2(rect.left(), y), Align2::LEFT_CENTER);
    let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" · ");
    text_line(
        painter,
        left,
        &words,
        (cx.theme.small(), TEXT_DIM),
        load.left() - rect.left() - cx.px(8.0),
    );
    let response =
        cx.ui.interact(load.expand(cx.px(3.0)), Id::unique("profiler-load"), Sense::hover());
    nfx_ui::hint(
        &response,
        "Shows how much of one processor core this instance takes.\nEverything is included.",
    );
}

fn transfer(cx: &mut Cx<'_, '_>, rect: Rect, face: &Face) {
    face.transfer.paint(cx.ui.painter(), &cx.theme, rect, !cx.view.bypass());
    let response = cx.ui.interact(rect, Id::unique("profiler-transfer"), Sense::hover());
    nfx_ui::hint(
        &response,
        "Shows what a steady tone becomes at each level, in dB.\nThe point is your sound's level now.",
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
    } else if view.bypass() {
        (Icon::Power, "Bypassed: the untouched input".to_owned())
    } else if view.matched && view.match_trim_db < -0.05 {
        (
            Icon::Balance,
            format!("{} {:.1} dB to match", if view.on_b { "B" } else { "A" }, view.match_trim_db)
                .replace('-', "−"),
        )
    } else {
        return;
    };
    tag(
        cx,
        plot.left_top() + vec2(cx.px(6.0), cx.px(6.0)),
        icon,
        &text,
        plot.width() - cx.px(12.0),
    );
}

/// Nothing sounds yet: say what to do.
fn empty(cx: &mut Cx<'_, '_>, rect: Rect) {
    let text = if cx.view.running {
        "Play your track, or try the profile on a built-in sound."
    } else {
        "The host has not started audio. Switch its engine on."
    };
    let below = waiting(cx, rect, "Waiting for sound", text);
    if cx.view.running {
        offer_sound(cx, below, "the profile");
    }
}
