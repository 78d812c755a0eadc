//! The page on which a device is profiled: five steps, one at a time, each with the one thing to do
//! next.

use egui::{Align2, Id, Key, Rect, Sense, pos2, vec2};
use nfx_ui::Icon;
use nfx_ui::button::{Button, Choice, ChoiceStyle};
use nfx_ui::icons::paint_icon;
use nfx_ui::menu::TextField;
use nfx_ui::theme::{HOVERED, RED, TEXT, TEXT_DIM, TRACK, faded, text_line};
use nfx_ui::training;

use super::cx::Cx;
use super::view::{Action, CaptureAction, KnobDraft, Step, missing_trainer};
use crate::capture::MOST_DEVICE_KNOBS;

mod listen;
mod record;
mod train;
mod wiring;

/// What the page remembers between frames.
#[derive(Clone, Debug, Default)]
pub struct CapturePage {
    name: String,
    known_name: String,
    /// Name, lower and upper end of each knob as they are typed.
    knobs: Vec<[String; 3]>,
    known_knobs: Vec<KnobDraft>,
    /// The delay as it is typed.
    delay: String,
    known_delay: Option<i64>,
}

const NAMES: [&str; 5] = ["Device", "Levels", "Record", "Train", "Listen"];
const HINTS: [&str; 5] = [
    "Names the device and its knobs, and shows the wiring.",
    "Sets the level that goes out, and the one that comes back.",
    "Plays the test signal through the device and records it.",
    "Learns the device from the recordings.",
    "Plays the new profile, to compare with the recording.",
];

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, page: &mut CapturePage) {
    if let Some(sentence) = missing_trainer(cx.view) {
        let sentence = sentence.to_owned();
        cx.theme.panel(cx.ui.painter(), rect);
        training::missing(cx, rect, &sentence);
        return;
    }
    let (left, right) = cx.two_panels(rect, 0.17, (112.0, 170.0));
    steps(cx, left.shrink(cx.px(8.0)));
    let mut inside = right.shrink(cx.px(if cx.compact { 10.0 } else { 16.0 }));
    if let Some(problem) = cx.view.capture.problem.clone() {
        inside.min.y += trouble(cx, inside, &problem) + cx.px(8.0);
    }
    match cx.view.capture.step {
        Step::Device => device(cx, inside, page),
        Step::Levels => record::levels(cx, inside),
        Step::Record => record::takes(cx, inside, page),
        Step::Train => train::show(cx, inside),
        Step::Listen => listen::show(cx, inside),
    }
}

/// Asks for something of this page.
fn ask(cx: &mut Cx<'_, '_>, action: CaptureAction) {
    cx.actions.push(Action::Capture(action));
}

fn steps(cx: &mut Cx<'_, '_>, rect: Rect) {
    let (now, reached) = (cx.view.capture.step, cx.view.capture.reached);
    let height = cx.px(if cx.compact { 34.0 } else { 40.0 });
    for (index, step) in Step::ALL.into_iter().enumerate() {
        let place = Rect::from_min_size(
            pos2(rect.left(), rect.top() + (height + cx.px(2.0)) * index as f32),
            vec2(rect.width(), height),
        );
        let can_go = step <= reached || step == Step::Device;
        let id = Id::unique(("profiler-step", index));
        let response =
            cx.ui.interact(place, id, if can_go { Sense::click() } else { Sense::hover() });
        response.widget_info(|| {
            egui::WidgetInfo::selected(
                egui::Role::Button,
                can_go,
                step == now,
                format!("Step {}: {}", index + 1, NAMES[index]),
            )
        });
        nfx_ui::hint(&response, HINTS[index]);
        let painter = cx.ui.painter();
        if step == now {
            painter.rect_filled(place, cx.theme.radius(6.0), faded(cx.theme.accent, 0.14));
        } else if can_go && response.hovered() {
            painter.rect_filled(place, cx.theme.radius(6.0), HOVERED);
        }
        let centre = pos2(place.left() + cx.px(18.0), place.center().y);
        let (ring, text) = match (step == now, can_go) {
            (true, _) => (cx.theme.accent, cx.theme.accent),
            (false, true) => (TEXT_DIM, TEXT),
            (false, false) => (TRACK, TEXT_DIM),
        };
        if step < now && can_go {
            paint_icon(painter, Icon::Check, centre, cx.px(14.0), cx.theme.accent);
        } else {
            painter.circle_stroke(centre, cx.px(9.0), egui::Stroke::new(cx.px(1.25), ring));
            text_line(
                painter,
                (centre, Align2::CENTER_CENTER),
                &format!("{}", index + 1),
                (cx.theme.small(), text),
                cx.px(16.0),
            );
        }
        let at = (pos2(place.left() + cx.px(36.0), place.center().y), Align2::LEFT_CENTER);
        text_line(painter, at, NAMES[index], (cx.theme.small(), text), place.width() - cx.px(38.0));
        if response.has_focus() {
            cx.theme.focus_ring(painter, place.shrink(cx.px(2.0)));
        }
        if response.clicked() && step != now {
            ask(cx, CaptureAction::Go(step));
        }
    }
    let row = cx.px(28.0);
    let again = Button::text(
        "Start over",
        "Forgets this device's recordings.\nFinished profiles stay among yours.",
    )
    .enabled(
        reached > Step::Device && !cx.view.capture.is_training() && !cx.view.capture.is_recording(),
    );
    let place = Rect::from_min_max(pos2(rect.left(), rect.bottom() - row), rect.max);
    if cx.button("capture-again", place, again) {
        ask(cx, CaptureAction::StartOver);
    }
}

/// What went wrong, over the step; returns its height.
fn trouble(cx: &mut Cx<'_, '_>, rect: Rect, problem: &str) -> f32 {
    let (before, after) = (cx.px(32.0), cx.px(32.0));
    let galley = cx.ui.painter().layout(
        problem.to_owned(),
        cx.theme.small(),
        TEXT,
        rect.width() - before - after,
    );
    let height = galley.size().y + cx.px(14.0);
    let body = Rect::from_min_size(rect.min, vec2(rect.width(), height));
    let painter = cx.ui.painter();
    painter.rect_filled(body, cx.theme.radius(6.0), faded(RED, 0.14));
    painter.rect_stroke(
        body,
        cx.theme.radius(6.0),
        cx.theme.hairline(faded(RED, 0.8)),
        egui::StrokeKind::Inside,
    );
    paint_icon(
        painter,
        Icon::Warning,
        pos2(body.left() + cx.px(17.0), body.center().y),
        cx.px(15.0),
        RED,
    );
    painter.galley(
        pos2(body.left() + before, body.center().y - galley.size().y / 2.0),
        galley,
        TEXT,
    );
    let close = Rect::from_center_size(
        pos2(body.right() - cx.px(17.0), body.center().y),
        vec2(cx.px(24.0), cx.px(24.0)),
    );
    if cx.button(
        "capture-dismiss",
        close,
        Button::icon(Icon::Close, "Dismiss", "Takes this message away."),
    ) {
        ask(cx, CaptureAction::Dismiss);
    }
    height
}

/// The one thing to do next, at the lower right.
fn next(cx: &mut Cx<'_, '_>, rect: Rect, name: &str, button: Button<'_>) -> bool {
    let row = cx.px(30.0);
    let width = button.width(cx.ui, &cx.theme).max(cx.px(120.0));
    let place = Rect::from_min_max(pos2(rect.right() - width, rect.bottom() - row), rect.max);
    let on = button.enabled;
    cx.button(name, place, button.on(on))
}

/// A field's name, and the room for the field.
fn labelled(cx: &Cx<'_, '_>, rect: Rect, label: &str, width: f32) -> Rect {
    cx.caption(Rect::from_min_size(rect.min, vec2(width, rect.height())), label);
    Rect::from_min_max(pos2(rect.left() + width, rect.top()), rect.max)
}

fn device(cx: &mut Cx<'_, '_>, rect: Rect, page: &mut CapturePage) {
    let view = &cx.view.capture;
    if page.known_name != view.name {
        (page.name, page.known_name) = (view.name.clone(), view.name.clone());
    }
    if page.known_knobs != view.knobs {
        page.knobs = view
            .knobs
            .iter()
            .map(|knob| [knob.name.clone(), number(knob.min), number(knob.max)])
            .collect();
        page.known_knobs.clone_from(&view.knobs);
    }
    let foot = cx.px(38.0);
    let (row, gap) = (cx.px(28.0), cx.px(if cx.compact { 4.0 } else { 8.0 }));
    let half = rect.width() * if cx.compact { 0.6 } else { 0.5 };
    let form =
        Rect::from_min_max(rect.min, pos2(rect.left() + half - cx.px(12.0), rect.bottom() - foot));
    let picture = Rect::from_min_max(
        pos2(rect.left() + half + cx.px(4.0), rect.top()),
        pos2(rect.right(), rect.bottom() - foot),
    );
    let mut top =
        form.top() + cx.paragraph(form, "What do you capture?", cx.theme.strong(), TEXT) + gap;
    let line = |top: f32| Rect::from_min_size(pos2(form.left(), top), vec2(form.width(), row));
    let label = cx.px(56.0);
    let field = labelled(cx, line(top), "Name", label);
    let response = TextField { text: &mut page.name, empty: "Name of the device" }.show(
        cx.ui,
        &cx.theme,
        Id::unique("profiler-device"),
        field,
    );
    nfx_ui::hint(
        &response,
        "Names the profile after the device.\nWithout knobs here, name its setting, too.",
    );
    if response.lost_focus() && page.name != view.name {
        ask(cx, CaptureAction::Name(page.name.clone()));
    }
    top += row + gap;
    top = knob_rows(cx, form, top, page);
    let knobs = cx.view.capture.knobs.len();
    if knobs == 0 {
        let field = labelled(cx, line(top), "Signal", label);
        let length = Choice {
            name: "Length of the test signal",
            options: &["1 min", "2 min", "3 min"],
            hints: &[
                "Suits a pedal.",
                "Suits most devices.",
                "Suits compressors and devices that remember.",
            ],
            chosen: cx.view.capture.seconds,
            style: ChoiceStyle::Segments,
        };
        if let Some(index) = length.show(cx.ui, &cx.theme, Id::unique("profiler-seconds"), field) {
            ask(cx, CaptureAction::Seconds(index));
        }
        top += row + gap;
    }
    let count = cx.view.capture.takes.len();
    let text = if knobs == 0 {
        "One recording: the device stays at one setting. Add its knobs to capture all of its range."
            .to_owned()
    } else {
        format!(
            "{count} recordings of {:.0} s: every corner of the knobs, and some points inside.",
            cx.view.capture.take_s
        )
    };
    let room = Rect::from_min_max(pos2(form.left(), top), form.max);
    cx.paragraph(room, &text, cx.theme.small(), TEXT_DIM);
    wiring::show(cx, picture);
    let preparing = cx.view.capture.preparing;
    let button = if preparing {
        Button::text("Making the signal…", "Waits for the trainer, which writes the test signal.")
            .enabled(false)
    } else {
        Button::both(Icon::Next, "Set levels", "Makes the test signal, and goes on to the levels.")
            .enabled(cx.view.running)
    };
    if next(cx, rect, "capture-prepare", button) {
        ask(cx, CaptureAction::Prepare);
    }
    if !cx.view.running {
        let place = Rect::from_min_max(pos2(rect.left(), rect.bottom() - row), rect.max);
        cx.caption(
            place,
            "The host has not started audio. Switch its engine on, on a track with your interface's input.",
        );
    }
}

/// One row for each knob of the device, and a button for another; returns where they end.
fn knob_rows(cx: &mut Cx<'_, '_>, form: Rect, mut top: f32, page: &mut CapturePage) -> f32 {
    let (row, gap) = (cx.px(28.0), cx.px(4.0));
    let label = cx.px(56.0);
    for index in 0..page.knobs.len() {
        let line = Rect::from_min_size(pos2(form.left(), top), vec2(form.width(), row));
        let field = labelled(cx, line, &format!("Knob {}", index + 1), label);
        let remove = Rect::from_min_max(pos2(field.right() - row, field.top()), field.max);
        let short = cx.px(if cx.compact { 40.0 } else { 48.0 });
        let high = Rect::from_min_max(
            pos2(remove.left() - gap - short, field.top()),
            pos2(remove.left() - gap, field.bottom()),
        );
        let low = high.translate(vec2(-short - gap, 0.0));
        let name = Rect::from_min_max(field.min, pos2(low.left() - gap, field.bottom()));
        let mut changed = false;
        let sentences = [
            "Names the knob as it stands on the device.",
            "Sets the number at the knob's lower end.",
            "Sets the number at the knob's upper end.",
        ];
        for (part, (place, empty)) in
            [(name, "Drive"), (low, "from"), (high, "to")].into_iter().enumerate()
        {
            let id = Id::unique(("profiler-knob", index, part));
            let response = TextField { text: &mut page.knobs[index][part], empty }
                .show(cx.ui, &cx.theme, id, place);
            nfx_ui::hint(&response, sentences[part]);
            changed |= response.lost_focus()
                || (response.has_focus() && cx.ui.input(|input| input.key_pressed(Key::Enter)));
        }
        let [name, low, high] = &page.knobs[index];
        let draft = KnobDraft { name: name.clone(), min: read(low), max: read(high) };
        if changed && cx.view.capture.knobs.get(index) != Some(&draft) {
            ask(cx, CaptureAction::Knob(index, Some(draft)));
        }
        let button = Button::icon(
            Icon::Close,
            "Take the knob away",
            "Leaves this knob where it is during the recordings.",
        );
        if cx.button(&format!("knob-{index}"), remove, button) {
            ask(cx, CaptureAction::Knob(index, None));
        }
        top += row + gap;
    }
    if page.knobs.len() < MOST_DEVICE_KNOBS {
        let add = Button::both(
            Icon::Add,
            "Knob",
            "Captures another knob of the device.\nEach doubles the recordings, and adds a point inside.",
        );
        let width = add.width(cx.ui, &cx.theme);
        let place = Rect::from_min_size(pos2(form.left() + label, top), vec2(width, row));
        if cx.button("add-knob", place, add) {
            let names = ["Drive", "Tone", "Level"];
            let name = names[page.knobs.len().min(2)].to_owned();
            ask(
                cx,
                CaptureAction::Knob(
                    page.knobs.len(),
                    Some(KnobDraft { name, ..KnobDraft::default() }),
                ),
            );
        }
        top += row + gap;
    }
    top + gap
}

fn number(value: f32) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn read(text: &str) -> f32 {
    text.trim().replace(',', ".").parse().unwrap_or(f32::NAN)
}
