//! The document, from whatever cells are stored.

use std::fmt::Write as _;

use anyhow::Result;
use nfx_train::files::write_atomic;

use super::ProfilerArgs;
use super::compressor::{self, Figures, Klon, Named};
use super::devices::{self, Done};
use super::rows::{self, Net, Row};
use super::store::Store;
use crate::cells::machine;

/// Writes the document.
pub(super) fn write(args: &ProfilerArgs, store: &Store) -> Result<()> {
    let mut text = String::new();
    let m = args.minutes;
    writeln!(text, "# Profiles of effects, measured\n")?;
    writeln!(
        text,
        "Made by `nfx-lab profiler --minutes {m} --seed {}` on {}, one thread for each training. Minutes are those of the processor, \
         the same for both trainers in the list of effects, and do not depend on what else the machine does. Each training is a cell under the folder `--out`; a run goes on where it was stopped, and \
         `--report` writes this page from what is there. With other minutes the tables become others: `--minutes 5 --long-minutes 60` is the \
         whole experiment.\n",
        args.seed,
        machine()
    )?;
    writeln!(
        text,
        "ESR is the energy of the error over that of the target, without a filter; *static* is the ESR of the input times the best constant. Clips of the \
         test parts are in no training. The music is recordings of Sonic Pi (CC0: loops, bass, guitar, tabla, a piano) where they are present, and \
         improvisations of the built-in synthesizer.\n"
    )?;
    shipped(&mut text, args, store)?;
    pedalboard(&mut text, args, store)?;
    attempts(&mut text, args, store)?;
    list(&mut text, args, store)?;
    klon(&mut text, store)?;
    write_atomic(&args.doc, text.as_bytes())
}

fn shipped(text: &mut String, args: &ProfilerArgs, store: &Store) -> Result<()> {
    writeln!(text, "## The compressor\n")?;
    let Some(found) = store.get::<Figures>(&compressor::cell("shipped", args)) else {
        writeln!(text, "Not run.\n")?;
        return Ok(());
    };
    writeln!(
        text,
        "`models/compressor.safetensors`: a dynamics processor with {} weights, trained for {} minutes ({} steps) on SignalTrain's `comp_large` \
         (threshold −50 to 0 dB, ratio 1.5 to 10, attack and release 1 ms to 1 s) by the command in its card. It hears music and sees knobs; no equation and no time \
         constant of the device is in its code.\n",
        found.weights, found.minutes, found.steps
    )?;
    figures(text, &found)
}

fn figures(text: &mut String, found: &Figures) -> Result<()> {
    let [model, fixed] = found.random;
    writeln!(
        text,
        "Over {} excerpts of 3 s at random settings, none of them seen in training: ESR {model:.2e}, static {fixed:.2e}, ratio of the means **{:.4}**; excerpt by \
         excerpt the ratio's median is {:.4}, its 90th percentile {:.4}.\n",
        found.examples,
        model / fixed.max(1e-12),
        found.spread[0],
        found.spread[1]
    )?;
    writeln!(
        text,
        "| setting | threshold, ratio, attack, release | ESR | static | ratio | curve | attack ms | release ms |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|")?;
    for n in &found.named {
        let [t, r, a, e] = n.setting;
        writeln!(
            text,
            "| {} | {t} dB, {r}:1, {a} ms, {e} ms | {:.2e} | {:.2e} | {:.4} | {:.2} dB | {} | {} |",
            n.name,
            n.esr,
            n.fixed,
            n.esr / n.fixed.max(1e-12),
            n.curve_db,
            pair(n.device_ms[0], n.model_ms[0]),
            pair(n.device_ms[1], n.model_ms[1]),
        )?;
    }
    writeln!(
        text,
        "\nThe excerpts of this table are at their full level (peak 0.9). *Curve* is the largest difference of the gain at twelve levels of a 1 kHz sine from −60 to 0 dB. Attack and release are read off a step from −60 to \
         0 dB and back: the time in which the gain goes nine tenths of its way, of the device and of the model.\n"
    )?;
    let worst = |of: &dyn Fn(&Named) -> f64| found.named.iter().map(of).fold(0.0, f64::max);
    let off = |i: usize| 100.0 * worst(&|n| (n.model_ms[i] / n.device_ms[i].max(1e-9) - 1.0).abs());
    writeln!(
        text,
        "At worst a setting has {:.4} of the static gain's ESR and a curve {:.2} dB off; the attack is off by {:.0} %, the release by {:.0} %. The aims were at most 0.05 \
         in the mean, at most 0.1 at each setting, curves within 1 dB; for the times no figure was set.\n",
        worst(&|n| n.esr / n.fixed.max(1e-12)),
        worst(&|n| n.curve_db),
        off(0),
        off(1)
    )?;
    Ok(())
}

fn pair(a: f64, b: f64) -> String {
    format!("{a:.2} / {b:.2}")
}

fn pedalboard(text: &mut String, args: &ProfilerArgs, store: &Store) -> Result<()> {
    writeln!(text, "## The same code on another compressor\n")?;
    let Some(found) = store.get::<Figures>(&compressor::cell("pedalboard", args)) else {
        writeln!(text, "Not run.\n")?;
        return Ok(());
    };
    writeln!(
        text,
        "The Compressor of PyPI's pedalboard ({}) over the same ranges, learned by the same code, unchanged, in {} minutes ({} steps). It smooths the level before its \
         curve where `comp_large` smooths the gain after it.\n",
        found.version, found.minutes, found.steps
    )?;
    figures(text, &found)
}

fn attempts(text: &mut String, args: &ProfilerArgs, store: &Store) -> Result<()> {
    writeln!(text, "## Networks, corners, sines\n")?;
    let mut found: Vec<(&str, Net, Row)> = Vec::new();
    let mut missing = Vec::new();
    for rows::Training { part, net, .. } in rows::list() {
        match store.get::<Row>(&rows::cell(part, net, args)) {
            Some(row) => found.push((part, net, row)),
            None => missing.push(format!("{part} with {}", net.title())),
        }
    }
    let table = |text: &mut String, part: &str| -> Result<()> {
        writeln!(
            text,
            "| network | weights | steps | ESR | static | ratio |\n|---|---|---|---|---|---|"
        )?;
        for (.., row) in found.iter().filter(|(p, ..)| *p == part) {
            let ratio = row.esr / row.fixed.max(1e-12);
            let (name, weights, steps) = (&row.name, row.weights, row.steps);
            writeln!(
                text,
                "| {name} | {weights} | {steps} | {:.2e} | {:.2e} | {ratio:.4} |",
                row.esr, row.fixed
            )?;
        }
        writeln!(text)?;
        Ok(())
    };
    let m = args.minutes;
    writeln!(
        text,
        "On `comp_4c` (threshold −30 to 0 dB, ratio 1 to 5, times 1 to 40 ms), {m} minutes of training each, means over the test part at random settings. \
         SignalTrain is the original's network with its own loss and rate (its authors trained it for 10.6 hours on a GPU); the LSTM encoder and decoder and the WaveNet with \
         cross-entropy over 256 steps are their earlier attempts.\n"
    )?;
    table(text, "comp_4c")?;
    writeln!(
        text,
        "Settings at the corners of the knobs' hypercube alone, against settings from inside, on `comp_large`, both tested on settings never seen (the thesis that the 2^N \
         corners may be enough):\n\nInside:\n"
    )?;
    table(text, "comp_large")?;
    writeln!(text, "Corners alone:\n")?;
    table(text, "corners")?;
    writeln!(
        text,
        "Trained on a grid of decaying sines (105 of them: 55 Hz to 7 kHz, 20 ms to 2 s) instead of music, on `comp_4c`; tested on sines never seen, and on music:\n"
    )?;
    writeln!(
        text,
        "| network | ratio on sines | ratio on music | ESR on music | static |\n|---|---|---|---|---|"
    )?;
    for (.., row) in found.iter().filter(|(p, ..)| *p == "sines") {
        let sines = row.sines.map_or(f64::NAN, |[esr, fixed]| esr / fixed.max(1e-12));
        let ratio = row.esr / row.fixed.max(1e-12);
        writeln!(
            text,
            "| {} | {sines:.4} | {ratio:.4} | {:.2e} | {:.2e} |",
            row.name, row.esr, row.fixed
        )?;
    }
    writeln!(text)?;
    if !missing.is_empty() {
        writeln!(text, "Not run: {}.\n", missing.join(", "))?;
    }
    Ok(())
}

fn list(text: &mut String, args: &ProfilerArgs, store: &Store) -> Result<()> {
    writeln!(text, "## A list of effects\n")?;
    let get = |who: &str, title: &str, minutes: f64| {
        store.get::<Done>(&devices::cell(who, title, minutes, args.seed))
    };
    let version =
        devices::list().iter().find_map(|(t, ..)| Some(get("ours", t, args.minutes)?.version));
    let nam = devices::list().iter().find_map(|(t, ..)| Some(get("nam", t, args.minutes)?.version));
    writeln!(
        text,
        "Effects of {} as devices: 120 s of music to learn from, 16 s to choose by, 24 s to be judged by, the same for both trainers; {} minutes each. Ours tries two \
         families (which two follows from the sound) for a tenth of the time each, solves an impulse response where the device is no gain that moves, and goes on with the better network; the impulse response counts where \
         it leaves nothing to learn, or where the network has not come below it in the end. NAM's is {}, with the network, optimiser and batches \
         of its simplified trainer.\n",
        version.as_deref().unwrap_or("pedalboard"),
        args.minutes,
        nam.as_deref().unwrap_or("the `neural-amp-modeler` package (not run)")
    )?;
    writeln!(
        text,
        "| device | family | ESR, ours | ESR, NAM | static | steps, ours and NAM |\n|---|---|---|---|---|---|"
    )?;
    let (mut failed, mut worse, mut compared) = (Vec::new(), Vec::new(), 0);
    for (title, effect, _) in devices::list() {
        let (ours, nam) = (get("ours", title, args.minutes), get("nam", title, args.minutes));
        let Some(ours) = ours else {
            writeln!(text, "| {title} | not run | | | | |")?;
            continue;
        };
        let theirs = nam.as_ref().map_or("not run".to_owned(), |n| format!("{:.2e}", n.esr));
        let steps = nam.as_ref().map_or(String::new(), |n| format!(" / {}", n.steps));
        writeln!(
            text,
            "| {title} | {} | {:.2e} | {theirs} | {:.2e} | {}{steps} |",
            ours.network, ours.esr, ours.fixed, ours.steps
        )?;
        if ours.esr > 0.5 * ours.fixed {
            failed.push((title, effect));
        }
        if let Some(nam) = nam {
            compared += 1;
            if nam.esr < ours.esr {
                worse.push(title);
            }
        }
    }
    writeln!(text)?;
    if worse.is_empty() && compared > 0 {
        writeln!(
            text,
            "On none of the {compared} devices that both were trained on is ours worse.\n"
        )?;
    } else if !worse.is_empty() {
        writeln!(text, "Ours is worse on: {}.\n", worse.join("; "))?;
    }
    if !failed.is_empty() {
        writeln!(text, "Hardly better than a static gain, or not at all:\n")?;
        for (title, effect) in failed {
            writeln!(text, "- {title}: {}", why(effect))?;
        }
        writeln!(text)?;
    }
    let long: Vec<Done> = devices::list()
        .iter()
        .filter_map(|(t, ..)| get("ours", t, args.long_minutes))
        .filter(|_| args.long_minutes > 0.0)
        .collect();
    if long.is_empty() {
        let minutes = args.long_minutes;
        if minutes > 0.0 {
            writeln!(text, "The three hardest with {minutes} minutes: not run.\n")?;
        } else {
            writeln!(text, "The three hardest with an hour each: not run.\n")?;
        }
    } else {
        writeln!(
            text,
            "The hardest, with {} minutes:\n\n| device | family | ESR | static |\n|---|---|---|---|",
            args.long_minutes
        )?;
        for done in long {
            writeln!(
                text,
                "| {} | {} | {:.2e} | {:.2e} |",
                done.device, done.network, done.esr, done.fixed
            )?;
        }
        writeln!(text)?;
    }
    Ok(())
}

/// Why an effect is hard to learn.
fn why(effect: &str) -> &'static str {
    match effect {
        "Phaser" | "Chorus" => {
            "it moves with an oscillator of its own, which no network here has: a model of one input and no clock can only learn the mean."
        }
        "Bitcrush" => {
            "it rounds to steps of 1/64, and what a gain leaves is the rounding's noise; these stairs are finer than what networks of smooth \
             units follow."
        }
        _ => "it needs more minutes.",
    }
}

fn klon(text: &mut String, store: &Store) -> Result<()> {
    writeln!(text, "## The Klon's gain stage\n")?;
    let Some(found) = store.get::<Klon>("klon") else {
        writeln!(text, "Not run.\n")?;
        return Ok(());
    };
    writeln!(
        text,
        "A simulation of the gain stage of the Klon Centaur with its gain knob at 0, 50 and 100 (BSD-3, Chowdhury), 380 clips, some of them held out at all three settings; \
         `models/klon.safetensors`, one {} of {} weights for all settings: ESR **{:.4}** with pre-emphasis (1 − 0.95 z⁻¹), {:.4} without. Its authors' GRU-8 has 0.089 with \
         pre-emphasis; the aim was 0.03. Clip seams are masked: each clip begins from rest, and neither its first 1,024 samples are judged nor its last four, which \
         the correction of the recording's delay brought in from the next clip.\n",
        found.network, found.weights, found.emphasised, found.esr
    )?;
    Ok(())
}
