//! The latents: the bars of the main page, and the page that has all that concerns them.

use egui::{Id, Rect, pos2};
use nfx_ui::button::Button;
use nfx_ui::latents::{LatentBars, LatentEdit, LatentState};
use nfx_ui::shelf::hertz;
use nfx_ui::{Edit, Icon, clipped};

use super::cx::{Cx, Flow};
use super::view::{Action, View};
use crate::params::trim_id;

/// The splits of the user: their borders can be dragged.
const OWN_SPLITS: std::ops::Range<usize> = 3..5;

/// Draws the bars in `rect`.
pub fn bars(cx: &mut Cx<'_, '_>, rect: Rect, state: &LatentState) {
    let view = cx.view;
    let describe = |index: usize| describe(view, index);
    let trims = view.trims();
    let bars = LatentBars {
        state,
        trims: &trims,
        sounds: &view.sounds,
        solo: view.solo,
        lengths: view.lengths,
        borders_move: OWN_SPLITS.contains(&view.values.index("split")),
        describe: &describe,
        live: !view.bypass() && view.model_problem.is_none(),
    };
    for edit in bars.show(cx.ui, &cx.theme, Id::unique("anne-latents"), rect) {
        match edit {
            LatentEdit::Begin(index) => trim(cx, index, Edit::Begin),
            LatentEdit::Trim(index, value) => trim(cx, index, Edit::Set(value)),
            LatentEdit::End(index) => trim(cx, index, Edit::End),
            LatentEdit::Mute(index) => cx.actions.push(Action::Mute(index)),
            LatentEdit::Solo(index) => cx.actions.push(Action::Solo(index)),
            LatentEdit::Border(border, at) => cx.actions.push(Action::Border(border, at)),
        }
    }
}

fn trim(cx: &mut Cx<'_, '_>, latent: usize, edit: Edit) {
    cx.edit(&trim_id(latent), &format!("Trim of latent {}", latent + 1), vec![edit]);
}

/// One latent in words.
fn describe(view: &View, index: usize) -> String {
    let trim = view.values.get(&trim_id(index)).map_or(1.0, |trim| trim.value.normal * 2.0);
    let latent = view.card.as_deref().and_then(|card| card.latents.get(index));
    let what = match latent {
        Some(latent) if !latent.live => " rests: this sound does not need it".to_owned(),
        Some(latent) if !latent.words.is_empty() && latent.centroid_hz > 0.0 => {
            format!(": {}, around {}", latent.words, hertz(latent.centroid_hz))
        }
        Some(latent) if !latent.words.is_empty() => format!(": {}", latent.words),
        _ => String::new(),
    };
    let state = match (view.solo == Some(index), view.sounds.get(index)) {
        (true, _) => "solo, ",
        (false, Some(false)) => "silent, ",
        _ => "",
    };
    let does = clipped(&format!("Latent {}{what}; {state}trim {trim:.2}.", index + 1));
    format!("{does}\nClick mutes, right-click solos, drag trims, 2 clicks reset.")
}

/// Draws the page.
pub fn show(cx: &mut Cx<'_, '_>, rect: Rect, state: &LatentState) {
    let row = cx.px(28.0);
    let gap = cx.px(8.0);
    let mut flow = Flow::new(rect, row, gap);
    let words = ["Equal", "Growing", "Shrinking", "Mine 1", "Mine 2"];
    let hints = [
        "Gives every knob as many latents as the others.",
        "Gives each knob twice as many latents as the one before.\nA is subtle; E turns half the sound.",
        "Gives each knob half as many latents as the one before.\nA turns half the sound; E is subtle.",
        "Splits the latents in a way of your own.\nDrag the borders between the letters under the bars.",
        "Splits the latents in a second way of your own.\nDrag the borders between the letters under the bars.",
    ];
    let wide = cx.px(if cx.compact { 300.0 } else { 340.0 });
    cx.segments("split", &words, &hints, flow.cell(wide));
    let hints = [
        "Makes the knobs scale what the latents put out.\nAbove 1 the sound leaves what was learned.",
        "Makes the knobs scale what goes into the latents, 1 to 100.\nThey saturate, and the sound stays related.",
    ];
    cx.segments("pos", &["Gain after", "Gain before"], &hints, flow.cell(cx.px(168.0)));
    cx.line("slew", "Slew", flow.cell(cx.px(136.0)));
    cx.line("resp", "Response", flow.cell(cx.px(148.0)));
    let randomise = Button::both(
        Icon::Dice,
        "Trims",
        "Draws random trims for all latents.\nThose of locked knobs stay. Undo takes it back.",
    );
    let cell = flow.cell(randomise.width(cx.ui, &cx.theme));
    if cx.button("random-trims", cell, randomise) {
        cx.actions.push(Action::RandomiseTrims);
    }
    let touched = cx.view.trims().iter().any(|trim| (trim - 0.5).abs() > 1e-4)
        || cx.view.sounds.iter().any(|sounds| !sounds);
    let reset =
        Button::text("Reset", "Sets all trims to 1, and ends mutes and solo.").enabled(touched);
    let cell = flow.cell(reset.width(cx.ui, &cx.theme));
    if cx.button("reset-latents", cell, reset) {
        cx.actions.push(Action::ResetLatents);
    }
    let panel = Rect::from_min_max(pos2(rect.left(), flow.bottom() + gap), rect.max);
    cx.theme.panel(cx.ui.painter(), panel);
    bars(cx, panel.shrink(cx.px(6.0)), state);
}
