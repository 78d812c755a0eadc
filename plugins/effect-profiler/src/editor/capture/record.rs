//! Setting levels, and the recordings.

use egui::{Align2, Id, Rect, ScrollArea, Sense, Stroke, pos2, vec2};
use nfx_frame::trainer::Verdict;
use nfx_ui::Icon;
use nfx_ui::button::{Button, Choice, ChoiceStyle};
use nfx_ui::icons::paint_icon;
use nfx_ui::menu::{Row, TextField};
use nfx_ui::progress::{checks, duration, sign};
use nfx_ui::theme::{BACKGROUND, RED, TEXT, TEXT_DIM, TRACK, faded, text_line};

use super::super::cx::Cx;
use super::super::view::{CaptureAction, Input, Step};
use super::{CapturePage, ask, labelled, next, wiring};
use crate::capture::{TakeState, TakeView};

/// The levels that one can choose for what goes out.
const LEVELS: [f32; 4] = [-18.0, -12.0, -6.0, 0.0];

/// Draws the step of the levels.
pub fn levels(cx: &mut Cx<'_, '_>, rect: Rect) {
    let level = cx.view.capture.level;
    let (row, gap) = (cx.px(28.0), cx.px(if cx.compact { 6.0 } else { 10.0 }));
    let mut top = rect.top()
        + cx.paragraph(rect, "Play the signal and set the levels once", cx.theme.strong(), TEXT)
        + gap;
    let line = |top: f32| Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), row));
    let label = cx.px(72.0);
    let field = labelled(cx, line(top), "Goes out", label);
    let out = Choice {
        name: "Level that goes out",
        options: &["−18 dB", "−12 dB", "−6 dB", "0 dB"],
        hints: &[
            "Suits pedals without a reamp box.",
            "Suits most pedals and preamplifiers.",
            "Suits studio devices at line level.",
            "Plays as loud as it gets.",
        ],
        chosen: LEVELS.iter().position(|db| (db - level.out_db).abs() < 0.1).unwrap_or(usize::MAX),
        style: ChoiceStyle::Segments,
    };
    let width = field.width().min(cx.px(300.0));
    if let Some(index) = out.show(
        cx.ui,
        &cx.theme,
        Id::unique("profiler-out-level"),
        Rect::from_min_size(field.min, vec2(width, row)),
    ) {
        ask(cx, CaptureAction::Level(LEVELS[index]));
    }
    top += row + gap;
    let field = labelled(cx, line(top), "Comes in at", label);
    let input = Choice {
        name: "Input that is recorded",
        options: &["Input 1", "Input 2"],
        hints: &[
            "Records the left channel of this track's input.",
            "Records the right channel of this track's input.",
        ],
        chosen: usize::from(level.input == Input::Right),
        style: ChoiceStyle::Segments,
    };
    let place = Rect::from_min_size(field.min, vec2(width / 2.0, row));
    if let Some(index) = input.show(cx.ui, &cx.theme, Id::unique("profiler-input"), place) {
        ask(cx, CaptureAction::Input(if index == 0 { Input::Left } else { Input::Right }));
    }
    let play = if level.listening {
        Button::both(Icon::Stop, "Stop", "Stops the signal.").on(true)
    } else {
        Button::both(
            Icon::Play,
            "Play the signal",
            "Plays a part of the signal again and again.\nMute your loudspeakers.",
        )
    };
    let wide = play.width(cx.ui, &cx.theme);
    let place = Rect::from_min_size(
        pos2(field.left() + width + cx.px(12.0), top - row - gap),
        vec2(wide, row),
    );
    if cx.button("level-play", place, play) {
        ask(cx, CaptureAction::Listen(!level.listening));
    }
    top += row + gap * 1.6;
    let meter = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), cx.px(56.0)));
    guide(cx, meter, level.listening.then(|| level.in_db()));
    top = meter.bottom() + gap;
    let (good, advice) = level.advice();
    let icon = match (level.listening, good) {
        (false, _) => None,
        (true, true) => Some(sign(Verdict::Good)),
        (true, false) => {
            Some(sign(if level.in_db() > -0.5 { Verdict::Bad } else { Verdict::Doubtful }))
        }
    };
    let mut left = rect.left();
    if let Some((icon, colour)) = icon {
        paint_icon(
            cx.ui.painter(),
            icon,
            pos2(left + cx.px(8.0), top + cx.px(8.0)),
            cx.px(14.0),
            colour,
        );
        left += cx.px(24.0);
    }
    let room = Rect::from_min_max(pos2(left, top), rect.max);
    top += cx.paragraph(room, advice, cx.theme.body(), TEXT) + gap * 1.6;
    let picture =
        Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), rect.bottom() - cx.px(40.0)));
    if picture.height() > cx.px(110.0) {
        wiring::show(cx, picture);
    }
    let on = Button::both(
        Icon::Next,
        "Record",
        "Goes on to the recordings.\nLeave all levels as they are from now on.",
    );
    if next(cx, rect, "capture-levels-done", on) {
        ask(cx, CaptureAction::Go(Step::Record));
    }
}

/// The level that comes back on a bar with what is good marked on it.
fn guide(cx: &Cx<'_, '_>, rect: Rect, in_db: Option<f32>) {
    let theme = cx.theme;
    let painter = cx.ui.painter();
    let bar =
        Rect::from_min_size(rect.min + vec2(0.0, cx.px(16.0)), vec2(rect.width(), cx.px(18.0)));
    let x = |db: f32| bar.left() + bar.width() * ((db + 60.0) / 60.0).clamp(0.0, 1.0);
    painter.rect_filled(bar, theme.radius(4.0), BACKGROUND);
    let good = Rect::from_min_max(pos2(x(-30.0), bar.top()), pos2(x(-3.0), bar.bottom()));
    painter.rect_filled(good, 0.0, faded(theme.accent, 0.20));
    let hot = Rect::from_min_max(pos2(x(-0.5), bar.top()), bar.max);
    painter.rect_filled(hot, 0.0, faded(RED, 0.5));
    if let Some(db) = in_db.filter(|db| *db > -60.0) {
        let lit = Rect::from_min_max(
            pos2(bar.left(), bar.top() + cx.px(4.0)),
            pos2(x(db), bar.bottom() - cx.px(4.0)),
        );
        painter.rect_filled(lit, theme.radius(3.0), if db > -0.5 { RED } else { theme.accent });
        painter.vline(x(db), bar.y_range(), Stroke::new(cx.px(2.0), TEXT));
    }
    for db in [-60.0_f32, -30.0, -18.0, -12.0, -6.0, 0.0] {
        let align = if db == -60.0 {
            Align2::LEFT_TOP
        } else if db == 0.0 {
            Align2::RIGHT_TOP
        } else {
            Align2::CENTER_TOP
        };
        let text = if db == 0.0 { "0 dB".to_owned() } else { format!("−{:.0}", -db) };
        text_line(
            painter,
            (pos2(x(db), bar.bottom() + cx.px(3.0)), align),
            &text,
            (theme.small(), TEXT_DIM),
            cx.px(40.0),
        );
    }
    let words = [
        (good.center_top(), Align2::CENTER_BOTTOM, "good"),
        (bar.right_top(), Align2::RIGHT_BOTTOM, "too hot"),
        (pos2((bar.left() + good.left()) / 2.0, bar.top()), Align2::CENTER_BOTTOM, "too quiet"),
    ];
    for (place, align, word) in words {
        let place = (place - vec2(0.0, cx.px(2.0)), align);
        text_line(painter, place, word, (theme.small(), TEXT_DIM), cx.px(80.0));
    }
}

/// Draws the step of the recordings.
pub fn takes(cx: &mut Cx<'_, '_>, rect: Rect, page: &mut CapturePage) {
    let foot = cx.px(38.0);
    let body = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - foot));
    let count = cx.view.capture.takes.len();
    if count > 1 {
        let list_at =
            Rect::from_min_max(body.min, pos2(body.left() + body.width() * 0.40, body.bottom()));
        list(cx, list_at);
        one(
            cx,
            Rect::from_min_max(pos2(list_at.right() + cx.px(16.0), body.top()), body.max),
            page,
        );
    } else {
        one(cx, body, page);
    }
    let done = cx.view.capture.is_recorded();
    let kept = cx.view.capture.takes.iter().filter(|take| take.is_kept).count();
    if count > 1 {
        let place = Rect::from_min_max(pos2(rect.left(), rect.bottom() - cx.px(30.0)), rect.max);
        cx.caption(place, &format!("{kept} of {count} recorded"));
    }
    let button = Button::both(Icon::Next, "Train", "Goes on to the training.").enabled(done);
    if next(cx, rect, "capture-recorded", button) {
        ask(cx, CaptureAction::Go(Step::Train));
    }
}

fn list(cx: &mut Cx<'_, '_>, rect: Rect) {
    let takes = cx.view.capture.takes.clone();
    let theme = cx.theme;
    let height = cx.px(26.0);
    let mut picked = None;
    let mut ui = cx.ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt("takes"));
    ui.spacing_mut().item_spacing = vec2(0.0, theme.px(2.0));
    ScrollArea::vertical().auto_shrink(false).show(&mut ui, |ui| {
        for (index, take) in takes.iter().enumerate() {
            let (place, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
            let mark = match &take.state {
                TakeState::Kept(_) if take.is_kept => Some(sign(Verdict::Good)),
                TakeState::Kept(_) | TakeState::Failed(_) => Some(sign(Verdict::Bad)),
                TakeState::Recording => Some((Icon::Record, RED)),
                TakeState::Checking => Some((Icon::Search, TEXT_DIM)),
                TakeState::Open => Some((Icon::Next, TRACK)),
            };
            let row = Row { title: &take.setting, detail: "", chosen: index == cx.view.capture.at, mark };
            let response = row.show(ui, &theme, Id::unique(("profiler-take", index)), place);
            nfx_ui::hint(
                &response,
                "Set the device so, and record it.\nClick to choose another order, or to record one again.",
            );
            if response.clicked() {
                picked = Some(index);
            }
        }
    });
    if let Some(index) = picked {
        ask(cx, CaptureAction::Take(index));
    }
}

/// The take that is chosen.
fn one(cx: &mut Cx<'_, '_>, rect: Rect, page: &mut CapturePage) {
    let view = &cx.view.capture;
    let Some(take) = view.takes.get(view.at).cloned() else { return };
    let (at, whole, gone) = (view.at, view.take_s, view.recorded_s);
    let title = if take.setting.is_empty() {
        "Set the device as you like it".to_owned()
    } else {
        format!("Set {}", take.setting)
    };
    let mut top = rect.top() + cx.paragraph(rect, &title, cx.theme.title(), TEXT) + cx.px(8.0);
    let text = match take.state {
        TakeState::Open => format!(
            "The signal takes {}. Touch nothing while it plays; your loudspeakers are better muted.",
            duration(whole)
        ),
        TakeState::Recording => {
            format!(
                "Recording: {} of {}. Touch nothing.",
                duration(gone.min(whole)),
                duration(whole)
            )
        }
        TakeState::Checking => "Looking at the recording…".to_owned(),
        TakeState::Kept(_) if take.is_kept => "Recorded.".to_owned(),
        TakeState::Kept(_) => "This recording cannot be trained on:".to_owned(),
        TakeState::Failed(ref sentence) => sentence.clone(),
    };
    let room = Rect::from_min_max(pos2(rect.left(), top), rect.max);
    top += cx.paragraph(
        room,
        &text,
        cx.theme.body(),
        if matches!(take.state, TakeState::Failed(_)) { TEXT } else { TEXT_DIM },
    ) + cx.px(10.0);
    if take.state == TakeState::Recording {
        let bar = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), cx.px(6.0)));
        cx.ui.painter().rect_filled(bar, cx.theme.radius(3.0), TRACK);
        let lit = Rect::from_min_size(
            bar.min,
            vec2(bar.width() * (gone / whole.max(0.1)).clamp(0.0, 1.0), bar.height()),
        );
        cx.ui.painter().rect_filled(lit, cx.theme.radius(3.0), RED);
        top += cx.px(20.0);
    }
    delay(cx, Rect::from_min_max(pos2(rect.right() - cx.px(190.0), top), rect.max), page);
    top += record_button(cx, rect.left(), top, at, &take) + cx.px(12.0);
    if let TakeState::Kept(found) = &take.state {
        checks(
            cx.ui.painter(),
            &cx.theme,
            Rect::from_min_max(pos2(rect.left(), top), rect.max),
            found,
        );
    }
}

/// Where the delay is told that the trainer would measure; a field as high as the button beside it.
fn delay(cx: &mut Cx<'_, '_>, rect: Rect, page: &mut CapturePage) {
    let known = cx.view.capture.delay;
    if page.known_delay != known {
        (page.delay, page.known_delay) =
            (known.map_or(String::new(), |delay| delay.to_string()), known);
    }
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), cx.px(28.0)));
    let field = labelled(cx, line, "Delay", cx.px(52.0));
    let id = Id::unique("profiler-delay");
    let response =
        TextField { text: &mut page.delay, empty: "measured" }.show(cx.ui, &cx.theme, id, field);
    nfx_ui::hint(
        &response,
        "Sets by how many samples the recordings come late.\nLeft empty, it is measured.",
    );
    if !response.lost_focus() {
        return;
    }
    let told = match page.delay.trim() {
        "" => Some(None),
        text => text.parse::<i64>().ok().map(Some),
    };
    match told {
        Some(delay) if delay != known => ask(cx, CaptureAction::Delay(delay)),
        Some(_) => {}
        None => page.delay = known.map_or(String::new(), |delay| delay.to_string()),
    }
}

fn record_button(cx: &mut Cx<'_, '_>, left: f32, top: f32, at: usize, take: &TakeView) -> f32 {
    let row = cx.px(30.0);
    let busy = cx.view.capture.is_recording();
    let button = match take.state {
        TakeState::Recording => {
            Button::both(Icon::Stop, "Stop", "Ends the recording.\nIt can be made again.")
        }
        TakeState::Checking => {
            Button::text("Checking…", "Waits for the trainer, which looks at the recording.")
                .enabled(false)
        }
        TakeState::Open => Button::both(
            Icon::Record,
            "Record",
            "Plays the test signal and records what comes back.",
        )
        .enabled(!busy),
        _ => Button::both(Icon::Record, "Record again", "Records this setting once more.")
            .enabled(!busy),
    };
    let width = button.width(cx.ui, &cx.theme).max(cx.px(110.0));
    if cx.button("record", Rect::from_min_size(pos2(left, top), vec2(width, row)), button) {
        let action = if take.state == TakeState::Recording {
            CaptureAction::Stop
        } else {
            CaptureAction::Record(at)
        };
        ask(cx, action);
    }
    row
}
