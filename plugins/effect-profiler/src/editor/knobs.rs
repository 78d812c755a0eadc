//! The row of main controls: the profile's own knobs, and make-up, mix, input and output.

use egui::{Align2, Rect, pos2, vec2};
use nfx_ui::Icon;
use nfx_ui::button::Button;
use nfx_ui::shelf::Dial;
use nfx_ui::theme::{HAIRLINE, TEXT_DIM};

use super::cx::Cx;
use super::view::{Action, KnobView};

/// Draws the row in `rect`.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let theme = cx.theme;
    theme.panel(cx.ui.painter(), rect);
    let inner = rect.shrink2(vec2(cx.px(8.0), cx.px(if cx.compact { 4.0 } else { 8.0 })));
    let count = cx.view.profile.knobs.len();
    let large = inner.width() * if count > 6 { 0.66 } else { 0.56 };
    let own = Rect::from_min_size(inner.min, vec2(large, inner.height()));
    if count == 0 {
        no_knobs(cx, own)
    } else {
        profile_knobs(cx, own)
    }
    let x = inner.left() + large + cx.px(4.0);
    let line = (inner.top() + cx.px(12.0))..=(inner.bottom() - cx.px(12.0));
    cx.ui.painter().vline(x, line, theme.hairline(HAIRLINE));
    let small = Rect::from_min_max(pos2(x + cx.px(4.0), inner.top()), inner.max);
    let width = small.width() / 4.0;
    for (place, id) in ["makeup", "mix", "in", "out"].into_iter().enumerate() {
        let cell = Rect::from_min_size(
            pos2(small.left() + width * place as f32, small.top()),
            vec2(width, small.height()),
        );
        // Secondary controls are a step smaller, and their values stand on the same line.
        let shrink = (cell.height() * 0.22).min(cx.px(28.0));
        cx.dial(Dial::of(id), Rect::from_min_max(pos2(cell.left(), cell.top() + shrink), cell.max));
    }
}

fn profile_knobs(cx: &mut Cx<'_, '_>, rect: Rect) {
    let view = cx.view;
    let count = view.profile.knobs.len();
    // Few knobs stand together in the middle, not strewn over the whole row.
    let width = (rect.width() / count as f32)
        .min(
            cx.px(if cx.compact { 96.0 } else { 128.0 }) * cx.ui.max_rect().width()
                / cx.px(900.0).max(1.0),
        )
        .max(1.0);
    let width = width.max((rect.width() / count as f32).min(cx.px(110.0)));
    let left = rect.center().x - width * count as f32 / 2.0;
    for (index, KnobView { id, name, hint, neutral }) in view.profile.knobs.iter().enumerate() {
        let cell = Rect::from_min_size(
            pos2(left + width * index as f32, rect.top()),
            vec2(width, rect.height()),
        );
        cx.dial(Dial { name, hint, neutral: *neutral, ..Dial::of(id) }, cell);
    }
}

fn no_knobs(cx: &Cx<'_, '_>, rect: Rect) {
    let text = if cx.view.model_problem.is_some() {
        "Without a profile there are no knobs."
    } else {
        "This profile is one setting of its device and has no knobs. Input is its drive."
    };
    let mut job = egui::text::LayoutJob::simple(
        text.to_owned(),
        cx.theme.small(),
        TEXT_DIM,
        rect.width() * 0.7,
    );
    job.halign = egui::Align::Center;
    let galley = cx.ui.painter().layout_job(job);
    let size = galley.size();
    let place = Align2::CENTER_CENTER.anchor_size(rect.center(), size);
    cx.ui.painter().galley(pos2(rect.center().x, place.top()), galley, TEXT_DIM);
}

/// Previous and next profile, and A/B at one loudness, at the right end of the row of tabs.
pub fn quick(cx: &mut Cx<'_, '_>, row: Rect) {
    let side = row.height().min(cx.px(26.0));
    let matched = Button {
        icon_only: cx.compact,
        raised: !cx.compact,
        ..Button::both(
            Icon::Balance,
            "Match A/B",
            "Plays A and B at one loudness.\nThe louder is turned down: you compare the sound.",
        )
    }
    .on(cx.view.matched);
    let next = Button::icon(Icon::Next, "Next profile", "Plays the next profile of the folder.");
    let previous = Button::icon(
        Icon::Previous,
        "Previous profile",
        "Plays the profile of the folder before this one.",
    );
    let any = !cx.view.browser.lines.is_empty();
    let width = matched.width(cx.ui, &cx.theme);
    let top = row.center().y - side / 2.0;
    let mut right = row.right();
    let mut cell = |width: f32| {
        right -= width;
        let rect = Rect::from_min_size(pos2(right, top), vec2(width, side));
        right -= 2.0;
        rect
    };
    let (at_match, at_next, at_previous) = (cell(width), cell(side), cell(side));
    if cx.button("previous-profile", at_previous, previous.enabled(any)) {
        cx.actions.push(Action::StepProfile(-1));
    }
    if cx.button("next-profile", at_next, next.enabled(any)) {
        cx.actions.push(Action::StepProfile(1));
    }
    if cx.button("match", at_match, matched) {
        cx.actions.push(Action::Match(!cx.view.matched));
    }
}
