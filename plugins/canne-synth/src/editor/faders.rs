//! The row of main controls: the eight sliders with what each does in words, and the knobs beside
//! them.

use egui::{Align2, CursorIcon, Id, Key, Pos2, Rect, Sense, Stroke, WidgetInfo, pos2, vec2};
use nfx_core::engine::canne::travel;
use nfx_ui::Icon;
use nfx_ui::button::Button;
use nfx_ui::icons::paint_icon;
use nfx_ui::shelf::{Dial, Shown, control_id};
use nfx_ui::theme::{
    HAIRLINE, PANEL, RAISED, TEXT, TEXT_DIM, TRACK, faded, latent_colour, text_line,
};
use nfx_ui::{Edit, clipped, gesture, hint};

use super::cx::Cx;
use super::view::Action;
use crate::params::{SLIDERS, slider_id};

/// The parts of one slider's cell.
struct Parts {
    number: Rect,
    lock: Rect,
    track: Rect,
    value: Rect,
    words: Rect,
}

/// Draws the row in `rect`; `live` are the sliders as the newest voice has them.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, live: &[f32]) {
    let theme = cx.theme;
    theme.panel(cx.ui.painter(), rect);
    let inner = rect.shrink2(vec2(cx.px(8.0), cx.px(if cx.compact { 4.0 } else { 8.0 })));
    let share = 0.68;
    let sliders = inner.width() * share;
    let width = sliders / SLIDERS as f32;
    for index in 0..SLIDERS {
        let left = inner.left() + width * index as f32;
        let cell = Rect::from_min_size(pos2(left, inner.top()), vec2(width, inner.height()));
        fader(cx, index, cell, live.get(index).copied());
    }
    let x = inner.left() + sliders + cx.px(4.0);
    let line = (inner.top() + cx.px(12.0))..=(inner.bottom() - cx.px(12.0));
    cx.ui.painter().vline(x, line, theme.hairline(HAIRLINE));
    let knobs = Rect::from_min_max(pos2(x + cx.px(4.0), inner.top()), inner.max);
    let cells = ["shift", "tilt", "width", "out"];
    let width = knobs.width() / cells.len() as f32;
    let height = knobs.height().min(width + cx.px(34.0));
    for (place, id) in cells.into_iter().enumerate() {
        let at = pos2(knobs.left() + width * (place as f32 + 0.5), knobs.center().y);
        cx.dial(Dial::of(id), Rect::from_center_size(at, vec2(width, height)));
    }
}

fn layout(cx: &Cx<'_, '_>, cell: Rect) -> Parts {
    let line = cx.px(18.0);
    let words = Rect::from_min_max(pos2(cell.left(), cell.bottom() - cx.px(30.0)), cell.max);
    let head = Rect::from_min_size(cell.min, vec2(cell.width(), line));
    let track = |top: f32, bottom: f32| {
        let half = cx.px(16.0);
        Rect::from_min_max(pos2(cell.center().x - half, top), pos2(cell.center().x + half, bottom))
    };
    let square = |centre: Pos2| Rect::from_center_size(centre, vec2(line, line));
    if cx.compact {
        // A small window has no line for the numbers: they and the locks stand beside the tracks.
        let track = track(head.bottom() + cx.px(6.0), words.top() - cx.px(5.0));
        let number = square(pos2(cell.left() + cx.px(6.0), track.top() + cx.px(3.0)));
        let lock = square(number.center() + vec2(0.0, cx.px(18.0)));
        return Parts { number, lock, track, value: head, words };
    }
    let value =
        Rect::from_min_max(pos2(cell.left(), words.top() - line), pos2(cell.right(), words.top()));
    let track = track(head.bottom() + cx.px(6.0), value.top() - cx.px(6.0));
    let lock = square(pos2(cell.right() - line * 0.55, head.center().y));
    Parts { number: square(head.center()), lock, track, value, words }
}

fn fader(cx: &mut Cx<'_, '_>, index: usize, cell: Rect, live: Option<f32>) {
    let theme = cx.theme;
    let param = slider_id(index);
    let used = index < cx.view.sliders;
    let parts = layout(cx, cell);
    if !used {
        let place = (parts.track.center(), Align2::CENTER_CENTER);
        text_line(cx.ui.painter(), place, "–", (theme.small(), faded(TEXT_DIM, 0.6)), cell.width());
        return;
    }
    let Some(Shown { value, name: own, .. }) = cx.param(&param) else { return };
    let (rest, words) = (cx.view.rests[index], cx.view.words(index).to_owned());
    let name = format!("{}", index + 1);
    let response = cx.ui.interact(
        parts.track.union(parts.number),
        control_id(&param),
        Sense::click_and_drag(),
    );
    let label = cx.ui.interact(parts.value, control_id(&param).with("value"), Sense::CLICK);
    response.widget_info(|| {
        WidgetInfo::slider(
            true,
            f64::from(value.normal),
            format!("Slider {name}, {words}: {}", value.text),
        )
    });
    hint(&response, &sentence(&name, &words));
    hint(&label, "Click to type a value; Enter sets it, Escape leaves it.");
    let mut edits =
        gesture::along(cx.ui, &theme, &response, parts.track.height(), (value.normal, rest));
    let typing_id = control_id(&param).with("typing");
    let typing = cx.ui.data(|data| data.get_temp::<String>(typing_id)).is_some();
    let opens = label.clicked()
        || response.secondary_clicked()
        || (response.has_focus() && cx.ui.input(|input| input.key_pressed(Key::Enter)));
    let marks = Marks { value: value.normal, rest, live: live.unwrap_or(value.normal) };
    paint(cx, index, &parts, marks, response.hovered() || response.dragged());
    let painter = cx.ui.painter();
    let place = (parts.number.center(), Align2::CENTER_CENTER);
    text_line(painter, place, &name, (theme.strong(), latent_colour(index)), cell.width());
    if !typing && !opens {
        let place = (parts.value.center(), Align2::CENTER_CENTER);
        text_line(painter, place, &value.text, (theme.small(), TEXT), parts.value.width());
    }
    // Where in the spectrum it does so stands in the line at the bottom.
    caption(cx, words.split(" around ").next().unwrap_or_default(), parts.words);
    if response.has_focus() {
        theme.focus_ring(cx.ui.painter(), cell.shrink(cx.px(1.0)));
    }
    if label.hovered() {
        cx.ui.ctx().set_cursor_icon(CursorIcon::Text);
    } else if response.hovered() || response.dragged() {
        cx.ui.ctx().set_cursor_icon(CursorIcon::ResizeVertical);
    }
    let field = Rect::from_center_size(
        parts.value.center(),
        vec2(parts.value.width().min(cx.px(64.0)), cx.px(18.0)),
    );
    if (typing || opens)
        && let Some(text) = nfx_ui::knob::type_value(
            cx.ui,
            &theme,
            typing_id,
            field,
            (!typing).then_some(&value.text),
        )
    {
        edits.push(Edit::Text(text));
    }
    if !edits.is_empty() {
        cx.edit(&param, own, edits);
    }
    lock(cx, index, parts.lock);
}

/// What the slider does, on two lines under it; without what comes after a comma where that has no
/// room.
fn caption(cx: &Cx<'_, '_>, words: &str, rect: Rect) {
    let laid = |words: &str| {
        let width = rect.width() - cx.px(if cx.compact { 0.0 } else { 4.0 });
        let mut job =
            egui::text::LayoutJob::simple(words.to_owned(), cx.theme.small(), TEXT_DIM, width);
        job.halign = egui::Align::Center;
        job.wrap.max_rows = 2;
        job.wrap.break_anywhere = false;
        cx.ui.painter().layout_job(job)
    };
    let mut galley = laid(words);
    if galley.elided
        && let Some((first, _)) = words.split_once(',')
    {
        galley = laid(first);
    }
    cx.ui.painter().galley(pos2(rect.center().x, rect.top()), galley, TEXT_DIM);
}

fn sentence(name: &str, words: &str) -> String {
    if words.is_empty() {
        return format!("Slider {name} moves one of the spectrum's numbers.");
    }
    let does = clipped(&format!("Slider {name}, upwards: {words}."));
    format!("{does}\nDouble-click puts it in the middle of the learned sounds.")
}

/// Where the marks of a slider stand, 0..1.
#[derive(Clone, Copy)]
struct Marks {
    value: f32,
    /// Its neutral place.
    rest: f32,
    /// Where the newest voice has it.
    live: f32,
}

fn paint(cx: &Cx<'_, '_>, index: usize, parts: &Parts, marks: Marks, near: bool) {
    let Marks { value, rest, live } = marks;
    let (theme, painter) = (cx.theme, cx.ui.painter());
    let colour = latent_colour(index);
    let x = parts.track.center().x;
    let y =
        |value: f32| egui::lerp(parts.track.bottom()..=parts.track.top(), value.clamp(0.0, 1.0));
    let groove =
        Rect::from_center_size(parts.track.center(), vec2(cx.px(4.0), parts.track.height()));
    painter.rect_filled(groove, theme.radius(2.0), TRACK);
    let lit = Rect::from_two_pos(pos2(groove.left(), y(rest)), pos2(groove.right(), y(value)));
    painter.rect_filled(lit, theme.radius(2.0), colour);
    let reach = cx.view.reach;
    if reach > 0.0 {
        // Where the learned range ends: beyond it the groove is paler.
        for end in [0.0, 1.0] {
            let place = travel(end, reach);
            let beyond =
                Rect::from_two_pos(pos2(groove.left(), y(end)), pos2(groove.right(), y(place)));
            painter.rect_filled(beyond, theme.radius(2.0), faded(PANEL, 0.5));
            let line = Stroke::new(theme.px(1.5), TEXT);
            painter.hline((x - cx.px(11.0))..=(x + cx.px(11.0)), y(place), line);
        }
    }
    // The place of rest is a notch on both sides, visible whatever the value.
    let notch = Stroke::new(theme.px(1.5), TEXT_DIM);
    for side in [-1.0, 1.0] {
        let from = x + side * cx.px(6.0);
        painter.line_segment([pos2(from, y(rest)), pos2(from + side * cx.px(5.0), y(rest))], notch);
    }
    if (live - value).abs() > 0.004 {
        // Where the newest note has it: envelopes, LFO, hands and the pad included.
        let thin = Stroke::new(theme.px(1.5), faded(colour, 0.9));
        painter.line_segment([pos2(x + cx.px(4.0), y(value)), pos2(x + cx.px(4.0), y(live))], thin);
        painter.circle_filled(pos2(x + cx.px(4.0), y(live)), theme.px(3.0), colour);
    }
    let cap = Rect::from_center_size(pos2(x, y(value)), vec2(cx.px(26.0), cx.px(12.0)));
    painter.rect_filled(cap.expand(cx.px(1.5)), theme.radius(5.0), PANEL);
    painter.rect_filled(cap, theme.radius(4.0), if near { TEXT } else { faded(TEXT, 0.88) });
    painter.hline(
        cap.x_range().shrink(cx.px(5.0)),
        cap.center().y,
        Stroke::new(theme.px(2.0), RAISED),
    );
}

fn lock(cx: &mut Cx<'_, '_>, index: usize, rect: Rect) {
    let locked = cx.view.locks[index];
    let (icon, sentence) = if locked {
        (Icon::Locked, "Locked: Randomise leaves this slider alone.\nClick to unlock.")
    } else {
        (Icon::Unlocked, "Click to lock this slider against Randomise.")
    };
    let response = cx.ui.interact(rect, Id::unique(("canne-lock", index)), Sense::click());
    let name = format!("Lock slider {}", index + 1);
    response.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, true, locked, &name));
    hint(&response, sentence);
    let colour = match (locked, response.hovered()) {
        (true, _) => cx.theme.accent,
        (false, true) => TEXT,
        (false, false) => faded(TEXT_DIM, 0.8),
    };
    paint_icon(cx.ui.painter(), icon, rect.center(), cx.px(12.0), colour);
    if response.has_focus() {
        cx.theme.focus_ring(cx.ui.painter(), rect);
    }
    if response.clicked() {
        cx.actions.push(Action::Lock(index));
    }
}

/// Rest and Randomise, at the right end of the row of tabs.
pub fn quick(cx: &mut Cx<'_, '_>, row: Rect) {
    let side = row.height().min(cx.px(26.0));
    let rest = Button::both(
        Icon::Undo,
        "Rest",
        "Puts all sliders in the middle of the learned sounds.\nUndo takes it back.",
    );
    let randomise = Button::both(
        Icon::Dice,
        "Randomise",
        "Draws random values for all sliders that are not locked.\nUndo takes it back.",
    );
    let compact = cx.compact;
    let fitted =
        |button: Button<'static>| Button { icon_only: compact, raised: !compact, ..button };
    let (rest, randomise) = (fitted(rest), fitted(randomise));
    let (narrow, wide) = (rest.width(cx.ui, &cx.theme), randomise.width(cx.ui, &cx.theme));
    let top = row.center().y - side / 2.0;
    let left = row.right() - wide - cx.px(8.0) - narrow;
    if cx.button("rest", Rect::from_min_size(pos2(left, top), vec2(narrow, side)), rest) {
        cx.actions.push(Action::Rest);
    }
    if cx.button(
        "randomise",
        Rect::from_min_size(pos2(row.right() - wide, top), vec2(wide, side)),
        randomise,
    ) {
        cx.actions.push(Action::Randomise);
    }
}
