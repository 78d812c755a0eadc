//! The training of a profile.

use egui::{Id, Rect, pos2, vec2};
use nfx_frame::trainer::Stage;
use nfx_ui::Icon;
use nfx_ui::button::{Button, Choice, ChoiceStyle};
use nfx_ui::progress::{self, Figure, Running};
use nfx_ui::theme::{TEXT, TEXT_DIM};

use super::super::cx::Cx;
use super::super::view::{CaptureAction, Step};
use super::{ask, labelled, next};

/// An error below which a profile is hard to tell from its device.
const GOOD_ESR: f64 = 0.01;

/// Draws the step.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect) {
    let view = &cx.view.capture;
    let foot = cx.px(38.0);
    let body = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - foot));
    if let Some(run) = &view.run {
        let figure = Figure { name: "Held-out ESR", good: Some(GOOD_ESR) };
        let running = Running { progress: run, elapsed_s: view.elapsed_s, figure };
        progress::show(cx.ui.painter(), &cx.theme, body, running);
    } else {
        let takes = view.takes.len();
        let text = if takes == 1 {
            "Train on the recording".to_owned()
        } else {
            format!("Train on the {takes} recordings")
        };
        let mut top = body.top() + cx.paragraph(body, &text, cx.theme.strong(), TEXT) + cx.px(8.0);
        let words = "The trainer runs beside your host at low priority: you can go on playing, and close this window. It tries some kinds of \
                     network, goes on with the best, and keeps its best. ESR is the share of the sound's energy that it still gets wrong, on a part \
                     that it does not learn from: below 0.01 is hard to hear.";
        let room = Rect::from_min_max(pos2(body.left(), top), body.max);
        top += cx.paragraph(room, words, cx.theme.small(), TEXT_DIM) + cx.px(12.0);
        let line = Rect::from_min_size(
            pos2(body.left(), top),
            vec2(body.width().min(cx.px(360.0)), cx.px(28.0)),
        );
        let field = labelled(cx, line, "Time", cx.px(56.0));
        let time = Choice {
            name: "Time",
            options: &["5 min", "15 min", "30 min", "1 h"],
            hints: &[
                "Suits most pedals and amplifiers.",
                "Suits strong distortion.",
                "Suits devices with knobs.",
                "Trains as well as it gets.",
            ],
            chosen: cx.view.capture.minutes,
            style: ChoiceStyle::Segments,
        };
        if let Some(index) = time.show(cx.ui, &cx.theme, Id::unique("profiler-minutes"), field) {
            ask(cx, CaptureAction::Minutes(index));
        }
    }
    buttons(cx, rect);
}

fn buttons(cx: &mut Cx<'_, '_>, rect: Rect) {
    let view = &cx.view.capture;
    let stage = view.run.as_ref().map(|run| run.stage.clone());
    match stage {
        Some(Stage::Done) => {
            let on = Button::both(Icon::Next, "Listen", "Goes on to the new profile.")
                .enabled(view.model.is_some());
            if next(cx, rect, "capture-trained", on) {
                ask(cx, CaptureAction::Go(Step::Listen));
            }
        }
        Some(Stage::Failed(_)) => {
            let again = Button::both(Icon::Play, "Train again", "Starts the trainer once more.")
                .enabled(view.is_recorded());
            if next(cx, rect, "capture-train", again) {
                ask(cx, CaptureAction::Train);
            }
        }
        Some(_) => {
            let stop = Button::both(
                Icon::Stop,
                "Stop early",
                "Ends the training now and keeps the best so far.",
            );
            if next(cx, rect, "capture-stop", stop) {
                ask(cx, CaptureAction::Stop);
            }
        }
        None => {
            let start =
                Button::both(Icon::Play, "Start training", "Starts the trainer at low priority.")
                    .enabled(view.is_recorded());
            if next(cx, rect, "capture-train", start) {
                ask(cx, CaptureAction::Train);
            }
        }
    }
}
