//! What is wrong with a recording, in plain words, before anything is trained.

use nfx_learn::profile::linear::{best_response, convolve};
use nfx_learn::profile::loss::esr;
use serde::{Deserialize, Serialize};

use super::align::{Alignment, align, shifted};
use super::signal::Layout;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// All is well.
    Fine,
    /// Training will work, but something could be better.
    Warning,
    /// Nothing good can be trained from this.
    Error,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about: one word.
    pub about: String,
    /// A sentence for the person who recorded.
    pub sentence: String,
}

impl Finding {
    fn new(severity: Severity, about: &str, sentence: String) -> Self {
        Finding { severity, about: about.to_owned(), sentence }
    }
}

/// What the checks of one pair give.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The findings, in the order in which a person would ask.
    pub findings: Vec<Finding>,
    /// Delay and polarity.
    pub alignment: Alignment,
    /// ESR of the device against itself, from the part of the test signal that comes twice.
    pub floor: Option<f64>,
}

impl Checked {
    /// Whether something forbids training.
    pub fn failed(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }
}

/// Taps of the linear answer that tells whether both sounds have anything to do with each other.
const TAPS: usize = 512;
/// Seconds at the beginning of the part that comes twice in which the device may still remember what came before.
const SETTLING_S: f64 = 1.0;
/// Samples at full scale in a row that count as clipped.
const CLIPPED_RUN: usize = 4;

fn db(x: f64) -> f64 {
    20.0 * x.max(1e-10).log10()
}

fn rms(x: &[f32]) -> f64 {
    (x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / x.len().max(1) as f64).sqrt()
}

fn peak(x: &[f32]) -> f64 {
    f64::from(x.iter().fold(0.0f32, |m, x| m.max(x.abs())))
}

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

/// Checks a pair at one rate. `lengths` are those of the files before anything was cut or converted.
pub fn check(input: &[f32], target: &[f32], (rate_hz, lengths): (f64, (usize, usize))) -> Checked {
    let mut out = Checked::default();
    let n = input.len().min(target.len());
    lengths_and_levels(input, target, (rate_hz, lengths), &mut out.findings);
    if out.failed() {
        return out;
    }
    out.alignment = align(input, target, rate_hz);
    time(&out.alignment, rate_hz, &mut out.findings);
    let heard = shifted(target, out.alignment.delay);
    likeness(&input[..n], &heard[..n], rate_hz, &mut out.findings);
    if let Some(layout) = Layout::recognise(input, rate_hz) {
        // What a compressor does at first depends on what it heard before: that is no noise.
        let settled = ((SETTLING_S * rate_hz) as usize).min(layout.repeat / 2);
        let cut = |at: usize| heard.get(at + settled..(at + layout.repeat).min(heard.len()));
        if let (Some(once), Some(again)) = (cut(layout.first), cut(layout.again))
            && once.len() == again.len()
        {
            let floor = esr(again, once);
            out.floor = Some(floor);
            // The first half of the silence may still hold the end of what was played before.
            let silence = &heard[layout.blips[0] / 2..layout.blips[0] * 9 / 10];
            noise_floor(floor, silence, &mut out.findings);
        }
    }
    out
}

fn lengths_and_levels(input: &[f32], target: &[f32], (rate, lengths): (f64, (usize, usize)), out: &mut Vec<Finding>) {
    let seconds = |n: usize| n as f64 / rate;
    let (a, b) = lengths;
    if seconds(input.len().min(target.len())) < 2.0 {
        out.push(Finding::new(
            Severity::Error,
            "length",
            format!(
                "There are only {:.1} s of sound in common; at least 2 s are needed, three minutes are good.",
                seconds(input.len().min(target.len()))
            ),
        ));
        return;
    }
    if a == b {
        out.push(Finding::new(Severity::Fine, "length", format!("Both sounds are {:.1} s long.", seconds(a))));
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
    for (x, name) in [(input, "played sound"), (target, "recording")] {
        let level = db(rms(x));
        if peak(x) == 0.0 || level < -75.0 {
            out.push(Finding::new(
                Severity::Error,
                "silence",
                format!("The {name} is silent (its level is {level:.0} dB): was the right channel recorded, and the device on?"),
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
        } else {
            let top = db(peak(x));
            out.push(Finding::new(
                Severity::Fine,
                "clipping",
                format!("The {name} peaks at {top:.1} dB and does not clip."),
            ));
        }
        let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / x.len() as f64;
        if mean.abs() > 0.05 * rms(x) && mean.abs() > 1e-3 {
            out.push(Finding::new(
                Severity::Warning,
                "dc",
                format!("The {name} is off zero by {mean:.4} (DC): the profile will learn that, too."),
            ));
        }
    }
}

fn time(found: &Alignment, rate: f64, out: &mut Vec<Finding>) {
    let ms = |n: i64| 1000.0 * n as f64 / rate;
    let blips = match found.by_blips {
        Some([a, b]) => format!("the blips say {a} and {b}"),
        None => "there are no blips to compare with".to_owned(),
    };
    let about = "delay";
    if found.strength < 0.05 {
        out.push(Finding::new(
            Severity::Warning,
            about,
            format!(
                "Recording and played sound hardly resemble each other, so that the delay of {} samples is a guess: is this \
                 the recording of this sound?",
                found.delay
            ),
        ));
    } else if found.agrees() {
        out.push(Finding::new(
            Severity::Fine,
            about,
            format!(
                "The recording comes {} samples ({:.2} ms) late; that is corrected ({blips}, the correlation {}).",
                found.delay,
                ms(found.delay),
                found.by_correlation
            ),
        ));
    } else if let Some(later) = found.echo() {
        out.push(Finding::new(
            Severity::Warning,
            about,
            format!(
                "The recording comes {} samples ({:.2} ms) late, and as loud or louder again {:.1} ms after that: an echo, or a dry \
                 signal beside a wet one. The first is what was corrected ({blips}, the correlation {}).",
                found.delay,
                ms(found.delay),
                ms(later),
                found.by_correlation
            ),
        ));
    } else {
        out.push(Finding::new(
            Severity::Error,
            about,
            format!(
                "Blips and correlation do not agree about the delay ({blips}, the correlation {}): were there drop-outs in the \
                 recording? Record it again; if it has to be this one, give the delay with --delay.",
                found.by_correlation
            ),
        ));
    }
    if found.by_correlation < 0 {
        out.push(Finding::new(
            Severity::Warning,
            about,
            format!(
                "The recording comes {} samples before the played sound: are the two files swapped?",
                -found.by_correlation
            ),
        ));
    }
    if found.inverted {
        out.push(Finding::new(
            Severity::Warning,
            "polarity",
            "The recording is upside down (inverted polarity). The profile will be so, too, as the device is; a player can \
             turn it over."
                .to_owned(),
        ));
    } else {
        out.push(Finding::new(Severity::Fine, "polarity", "The polarity is right.".to_owned()));
    }
    if found.drift.abs() >= 2.0 {
        out.push(Finding::new(
            Severity::Warning,
            "drift",
            format!(
                "The end of the recording comes {:.0} samples {} than its beginning: player and recorder run on different \
                 clocks. Use one interface for both.",
                found.drift.abs(),
                if found.drift > 0.0 { "later" } else { "earlier" }
            ),
        ));
    } else {
        out.push(Finding::new(
            Severity::Fine,
            "drift",
            "Beginning and end are equally late: the clocks agree.".to_owned(),
        ));
    }
}

fn likeness(input: &[f32], heard: &[f32], rate: f64, out: &mut Vec<Finding>) {
    let look = (30.0 * rate) as usize;
    let (x, y) = (&input[..input.len().min(look)], &heard[..heard.len().min(look)]);
    let left = esr(&convolve(x, &best_response(x, y, (0, TAPS)), 0), y);
    if left > 0.98 {
        out.push(Finding::new(
            Severity::Warning,
            "likeness",
            format!(
                "Not even {:.0} % of the recording follow from the played sound by any filter: either the device is extreme \
                 or this is another sound.",
                (100.0 * (1.0 - left)).max(1.0)
            ),
        ));
    }
}

fn noise_floor(floor: f64, silence: &[f32], out: &mut Vec<Finding>) {
    let hiss = db(rms(silence));
    let sentence = format!(
        "Played twice, the device differs from itself by an ESR of {floor:.1e} (hiss and hum at {hiss:.0} dB): no profile \
         can be nearer than that."
    );
    let severity = if floor > 0.01 { Severity::Warning } else { Severity::Fine };
    let more = if floor > 0.01 {
        " That is much: is there noise, an effect that moves by itself (chorus, phaser), or a loose cable?"
    } else {
        ""
    };
    out.push(Finding::new(severity, "noise", sentence + more));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::Device;
    use crate::effects::compressor::Compressor;
    use crate::profile::signal::test_signal;
    use rand::Rng;

    fn said(checked: &Checked, about: &str) -> Severity {
        checked.findings.iter().filter(|f| f.about == about).map(|f| f.severity).max().unwrap_or(Severity::Fine)
    }

    #[test]
    fn what_a_compressor_remembers_is_no_noise() {
        let rate = 16_000.0;
        let x = test_signal(20.0, rate).unwrap();
        let y = Compressor::comp_large().render(&x, rate, &[-40.0, 8.0, 50.0, 300.0]).unwrap();
        let layout = Layout::recognise(&x, rate).unwrap();
        let part = |at: usize| &y[at..at + layout.repeat];
        assert!(esr(part(layout.again), part(layout.first)) > 0.1, "the compressor remembers nothing");
        let checked = check(&x, &y, (rate, (x.len(), y.len())));
        assert!(checked.floor.is_some_and(|floor| floor < 1e-5), "{:?}", checked.floor);
    }

    #[test]
    fn each_fault_of_a_recording_is_named() {
        let rate = 16_000.0;
        let x = test_signal(20.0, rate).unwrap();
        let n = x.len();
        let of = |y: &[f32]| check(&x, y, (rate, (n, y.len())));
        let mut random = nfx_learn::rng(1, 0, 0);
        let clean: Vec<f32> = x.iter().map(|x| 0.8 * (2.0 * x).tanh() + random.random_range(-1e-4..1e-4)).collect();
        let fine = of(&clean);
        assert!(fine.findings.iter().all(|f| f.severity == Severity::Fine), "{:?}", fine.findings);
        assert!(fine.floor.is_some_and(|f| f < 1e-3));
        let map = |f: &dyn Fn(usize, f32) -> f32| clean.iter().enumerate().map(|(i, y)| f(i, *y)).collect::<Vec<f32>>();
        assert_eq!(said(&of(&map(&|_, y| -y)), "polarity"), Severity::Warning);
        assert_eq!(said(&of(&map(&|_, y| (3.0 * y).clamp(-1.0, 1.0))), "clipping"), Severity::Warning);
        assert_eq!(said(&of(&map(&|_, y| y + 0.1)), "dc"), Severity::Warning);
        assert_eq!(said(&of(&map(&|_, y| 1e-5 * y)), "silence"), Severity::Error);
        assert_eq!(said(&of(&clean[..n - 5_000]), "length"), Severity::Warning);
        assert_eq!(said(&of(&clean[..10_000]), "length"), Severity::Error);
        let noisy: Vec<f32> = clean.iter().map(|y| y + random.random_range(-0.2..0.2)).collect();
        assert_eq!(said(&of(&noisy), "noise"), Severity::Warning);
        // The second blip is late: a drop-out between the two.
        let mut torn = clean.clone();
        torn.copy_within(12_000..n - 300, 12_300);
        torn[12_000..12_300].fill(0.0);
        assert_eq!(said(&of(&torn), "delay"), Severity::Error);
        let other = test_signal(25.0, rate).unwrap();
        let reversed: Vec<f32> = other.iter().rev().take(n).copied().collect();
        assert!(of(&reversed).findings.iter().any(|f| f.severity != Severity::Fine));
    }
}
