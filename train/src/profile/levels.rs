//! Lengths and levels of both sounds, in plain words.

use super::check::{Finding, Severity, Sounds, db, rms};

/// Samples at full scale in a row that count as clipped.
const CLIPPED_RUN: usize = 4;

/// Samples in runs at one and the same full-scale value.
fn clipped(x: &[f32]) -> usize {
    let (mut count, mut run) = (0, 1);
    for pair in x.windows(2) {
        if pair[0] == pair[1] && pair[0].abs() >= 0.98 {
            run += 1;
        } else {
            if run >= CLIPPED_RUN {
                count += run;
            }
            run = 1;
        }
    }
    if run >= CLIPPED_RUN { count + run } else { count }
}

/// Whether there is enough in common.
pub(super) fn lengths(sounds: &Sounds<'_>, out: &mut Vec<Finding>) {
    let seconds = |n: usize| n as f64 / sounds.rate_hz;
    let (a, b) = (sounds.input.len(), sounds.target.len());
    if seconds(a.min(b)) < 2.0 {
        out.push(Finding::new(
            Severity::Error,
            "length",
            format!(
                "There are only {:.1} s of sound in common; at least 2 s are needed, three minutes are good.",
                seconds(a.min(b))
            ),
        ));
    } else if a == b {
        out.push(Finding::new(
            Severity::Fine,
            "length",
            format!("Both sounds are {:.1} s long.", seconds(a)),
        ));
    } else {
        let (longer, by) = if a > b { ("played sound", a - b) } else { ("recording", b - a) };
        out.push(Finding::new(
            Severity::Warning,
            "length",
            format!(
                "The {longer} is {:.2} s longer than the other; what is past the shorter one is left out.",
                seconds(by)
            ),
        ));
    }
}

/// Silence, levels, full scale and DC.
pub(super) fn levels(sounds: &Sounds<'_>, out: &mut Vec<Finding>) {
    for (x, name) in [(sounds.input, "played sound"), (sounds.target, "recording")] {
        let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / x.len().max(1) as f64;
        let power = (rms(x).powi(2) - mean * mean).max(0.0);
        let level = db(power.sqrt());
        if level < -75.0 {
            out.push(Finding::new(
                Severity::Error,
                "silence",
                format!(
                    "The {name} is silent (its level is {level:.0} dB): was the right channel recorded, and the device on?"
                ),
            ));
            continue;
        }
        if level < -45.0 {
            out.push(Finding::new(
                Severity::Warning,
                "level",
                format!(
                    "The {name} is very quiet ({level:.0} dB): hiss will be learned with it. Turn up the input gain."
                ),
            ));
        }
        let many = clipped(x);
        if many > 0 {
            out.push(Finding::new(
                Severity::Warning,
                "clipping",
                format!(
                    "The {name} sits at full scale for {many} samples: if the device does not do that itself, the {} is \
                     overloaded. Turn it down and record again.",
                    if name == "recording" { "recording's input" } else { "played sound" }
                ),
            ));
        }
        if mean.abs() > 0.05 * rms(x) && mean.abs() > 1e-3 {
            out.push(Finding::new(
                Severity::Warning,
                "dc",
                format!(
                    "The {name} is off zero by {mean:.4} (DC): the profile will learn that, too."
                ),
            ));
        }
    }
}
