//! Everything around the profile, in the order in which the sound passes it: gate, profile,
//! cabinet, level.

use egui::{Align2, Id, Rect, Stroke, pos2, vec2};
use nfx_ui::Icon;
use nfx_ui::button::{Button, Toggle};
use nfx_ui::icons::paint_icon;
use nfx_ui::theme::{TEXT, TEXT_DIM, TRACK, text_line};

use super::cx::Cx;
use super::view::Action;

/// A column with the place of the next row in it.
struct Column {
    rect: Rect,
    top: f32,
    row: f32,
    gap: f32,
}

impl Column {
    fn new(cx: &Cx<'_, '_>, rect: Rect) -> Self {
        let inset = cx.px(if cx.compact { 8.0 } else { 12.0 });
        let (row, gap) = if cx.compact { (24.0, 4.0) } else { (28.0, 6.0) };
        Self { rect: rect.shrink(inset), top: rect.top() + inset, row: cx.px(row), gap: cx.px(gap) }
    }

    fn next(&mut self) -> Rect {
        let rect = Rect::from_min_size(
            pos2(self.rect.left(), self.top),
            vec2(self.rect.width(), self.row),
        );
        self.top += self.row + self.gap;
        rect
    }

    /// Words; none where they would not fit.
    fn words(&mut self, cx: &Cx<'_, '_>, text: &str) {
        let room = Rect::from_min_max(pos2(self.rect.left(), self.top), self.rect.max);
        let galley =
            cx.ui.painter().layout(text.to_owned(), cx.theme.small(), TEXT_DIM, room.width());
        if galley.size().y <= room.height() + 1.0 {
            self.top += galley.size().y + self.gap;
            cx.ui.painter().galley(room.min, galley, TEXT_DIM);
        }
    }

    fn title(&mut self, cx: &Cx<'_, '_>, text: &str) {
        let place = (pos2(self.rect.left(), self.top), Align2::LEFT_TOP);
        let line =
            text_line(cx.ui.painter(), place, text, (cx.theme.strong(), TEXT), self.rect.width());
        self.top = line.bottom() + self.gap;
    }
}

/// Draws the page. `gate_gain` is the gate's at the moment.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, gate_gain: f32) {
    let gap = cx.px(if cx.compact { 12.0 } else { 20.0 });
    let shares = if cx.compact { [0.24, 0.27, 0.22, 0.27] } else { [0.21, 0.27, 0.24, 0.28] };
    let width = rect.width() - gap * 3.0;
    let mut left = rect.left();
    let mut panels = [rect; 4];
    for (panel, share) in panels.iter_mut().zip(shares) {
        *panel = Rect::from_min_size(pos2(left, rect.top()), vec2(width * share, rect.height()));
        left = panel.right() + gap;
    }
    for (i, panel) in panels.iter().enumerate() {
        cx.theme.panel(cx.ui.painter(), *panel);
        if i > 0 {
            let at = pos2(panel.left() - gap / 2.0, rect.top() + cx.px(20.0));
            paint_icon(cx.ui.painter(), Icon::Next, at, cx.px(14.0), TEXT_DIM);
        }
    }
    let [gate_at, profile_at, cabinet_at, level_at] = panels;
    gate(cx, gate_at, gate_gain);
    profile(cx, profile_at);
    cabinet(cx, cabinet_at);
    level(cx, level_at);
}

fn gate(cx: &mut Cx<'_, '_>, rect: Rect, gain: f32) {
    let mut column = Column::new(cx, rect);
    column.title(cx, "Gate");
    let place = column.next();
    let light = pos2(place.right() - cx.px(8.0), place.center().y);
    cx.flip(
        "gate",
        "On",
        Rect::from_min_max(place.min, pos2(place.right() - cx.px(20.0), place.bottom())),
    );
    let on = cx.view.values.is_on("gate");
    let open = on && gain > 0.5;
    let painter = cx.ui.painter();
    if open {
        painter.circle_filled(light, cx.px(4.0), cx.theme.accent);
    } else {
        painter.circle_stroke(light, cx.px(3.5), Stroke::new(cx.px(1.0), TRACK));
    }
    cx.line("gthr", if cx.compact { "Opens" } else { "Opens at" }, column.next());
    cx.line("ghold", "Holds", column.next());
    cx.line("grel", "Falls", column.next());
    cx.line("grng", "Range", column.next());
    column.words(
        cx,
        if on {
            if open { "Open." } else { "Closed: nothing is played." }
        } else {
            "Off: everything passes."
        },
    );
}

fn profile(cx: &mut Cx<'_, '_>, rect: Rect) {
    let view = cx.view;
    let mut column = Column::new(cx, rect);
    column.title(cx, "Profile");
    let words: &[&str] = if cx.compact { &["Stereo", "Mono", "M/S"] } else { &[] };
    let hints = [
        "Sends both channels through the profile.\nEach goes by itself, but for what is linked.",
        "Sends the mean of both channels through the profile.\nIt is heard on both, at half the cost.",
        "Sends middle and sides through the profile.",
    ];
    cx.segments("stereo", words, &hints, column.next());
    if view.profile.hears_side_chain {
        cx.line("link", "Stereo link", column.next());
        cx.flip("sc", "External side chain", column.next());
    }
    if view.profile.sizes > 1 {
        cx.line("qual", "Quality", column.next());
    }
    let place = column.next();
    let repair = Toggle {
        label: if cx.compact { "Repair" } else { "Repair delay and polarity" },
        on: view.profile.aligns,
        hint: "Takes out the profile's delay and its inverted polarity.\nIt measures both, so that Mix works.",
    };
    if repair.show(cx.ui, &cx.theme, Id::unique("profiler-repair"), place) {
        cx.actions.push(Action::Repair(!view.profile.aligns));
    }
    if view.profile.aligns {
        let text = match view.profile.repaired {
            (0, false) => "Nothing had to be repaired.".to_owned(),
            (0, true) => "It was upside down, and is turned.".to_owned(),
            (delay, turned) => {
                format!(
                    "{delay} samples late, made up for{}.",
                    if turned { "; and it was upside down" } else { "" }
                )
            }
        };
        column.words(cx, &text);
    }
}

fn cabinet(cx: &mut Cx<'_, '_>, rect: Rect) {
    let view = cx.view;
    let mut column = Column::new(cx, rect);
    column.title(cx, if cx.compact { "Impulse" } else { "Impulse response" });
    cx.flip("ir", "On", column.next());
    let place = column.next();
    let clear = if view.impulse.is_some() { column.row + cx.px(4.0) } else { 0.0 };
    let open = Rect::from_min_max(place.min, pos2(place.right() - clear, place.bottom()));
    let label = view.impulse.as_deref().unwrap_or("Load WAV…");
    let button = Button::both(
        Icon::Folder,
        label,
        "Opens an impulse response: a WAV of up to ten seconds.\nThe project carries it.",
    );
    if cx.button("open-impulse", open, button) {
        cx.actions.push(Action::OpenImpulse);
    }
    if view.impulse.is_some() {
        let place = Rect::from_min_max(pos2(place.right() - column.row, place.top()), place.max);
        if cx.button(
            "clear-impulse",
            place,
            Button::icon(Icon::Close, "Take it out", "Takes the impulse response out."),
        ) {
            cx.actions.push(Action::ClearImpulse);
        }
    }
    cx.line("irl", "Level", column.next());
    column.words(
        cx,
        if view.impulse.is_some() {
            "It adds no latency. Its level is made usual when it is read."
        } else {
            "None is loaded: the sound passes. Amplifiers without a loudspeaker need one."
        },
    );
}

fn level(cx: &mut Cx<'_, '_>, rect: Rect) {
    let view = cx.view;
    let mut column = Column::new(cx, rect);
    column.title(cx, "Level");
    let words =
        if cx.compact { ["As is", "Even", "Device"] } else { ["Captured", "Even", "Device"] };
    let hints = [
        "Leaves the profile as loud as it was captured.",
        "Makes all profiles equally loud.\nTheir files tell the loudness, or it is measured here.",
        "Makes the profile as loud as the device was.\nIts file has to tell the level in dBu.",
    ];
    cx.segments("norm", &words, &hints, column.next());
    cx.flip("cal", "Calibrate input", column.next());
    cx.line("dbu", "Full scale", column.next());
    let (calibrates, normalises) = (view.values.is_on("cal"), view.values.index("norm"));
    let text = match (calibrates || normalises == 2, view.profile.input_dbu) {
        (true, Some(dbu)) => format!("The device was recorded at {dbu:.1} dBu."),
        (true, None) => {
            "This profile's file tells no level in dBu: calibration does nothing.".to_owned()
        }
        (false, _) if normalises == 1 && !view.profile.has_loudness => {
            "The file tells no loudness; it was measured here.".to_owned()
        }
        _ => String::new(),
    };
    if !text.is_empty() {
        column.words(cx, &text);
    }
}
