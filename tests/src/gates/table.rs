//! The figures of all presets as a table of Markdown.

use super::{Fault, Figures, Gate, Limits, judge};
use std::fmt::Write as _;

/// A plugin's presets, each with its figures; what fails is set in bold, and told in sentences
/// below.
pub fn markdown(plugin: &str, figures: &[Figures], limits: &Limits) -> String {
    let faults = judge(figures, limits);
    let is_instrument = figures.iter().any(|one| one.note_peak_db.is_some());
    let mut text =
        format!("### {plugin}\n\n| preset | tags | loudness, LU | peak, dBFS | offset, dBFS | ");
    text.push_str("whatever goes in, dB | step, dB | nearest, dB | moves, dB |");
    text.push_str(if is_instrument { " a note's peak, dBFS |\n" } else { "\n" });
    text.push_str("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    text.push_str(if is_instrument { "--:|\n" } else { "\n" });
    for one in figures {
        let cell = |gate: Gate, figure: String| {
            let fails = faults.iter().any(|fault| fault.preset == one.name && fault.gate == gate);
            if fails { format!("**{figure}**") } else { figure }
        };
        let whistle = if one.whistle_db <= -150.0 {
            "none".to_owned()
        } else {
            format!("{:.1} at {:.0} Hz", one.whistle_db, one.whistle_hz)
        };
        let mut cells = vec![
            one.name.clone(),
            one.tags.join(", "),
            cell(Gate::Loudness, format!("{:+.1}", one.loudness_lu)),
            cell(Gate::Peak, format!("{:.1}", one.peak_db)),
            cell(Gate::Dc, format!("{:.0}", one.dc_db)),
            cell(Gate::Whistle, whistle),
            cell(Gate::Jump, format!("{:.1}", one.jump_db)),
            cell(Gate::Twin, format!("{:.1} ({})", one.nearest.1, one.nearest.0)),
            format!("{:.1}", one.moving_db),
        ];
        cells.extend(one.note_peak_db.map(|peak| cell(Gate::NotePeak, format!("{peak:.1}"))));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text.push('\n');
    text.push_str(&sentences(figures, &faults));
    text
}

/// How many presets pass, and what fails of all together.
fn sentences(figures: &[Figures], faults: &[Fault]) -> String {
    let passes = |one: &&Figures| !faults.iter().any(|fault| fault.preset == one.name);
    let good = figures.iter().filter(passes).count();
    let mut text = format!("{good} of {} presets pass every gate.\n", figures.len());
    for fault in faults.iter().filter(|fault| fault.preset.is_empty()) {
        let _ = writeln!(text, "Of all together: {}.", fault.text);
    }
    text
}

/// What *Randomise* does to the loudness: draw by draw, the worst of the materials.
pub fn chance(draws: &[(String, f64)], limits: &Limits) -> String {
    let mut text = "### ANNe, *Randomise*\n\n| draw | loudness, LU |\n|---|--:|\n".to_owned();
    for (name, off) in draws {
        let cell = if off.abs() <= limits.loudness_lu {
            format!("{off:+.1}")
        } else {
            format!("**{off:+.1}**")
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {name} | {cell} |");
    }
    text
}
