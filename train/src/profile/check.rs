//! What is wrong with a recording, in plain words, before anything is trained.

use nfx_learn::effect::linear::{best_response, convolve};
use nfx_learn::effect::loss::esr;
use serde::{Deserialize, Serialize};

use super::align::{Alignment, Known, align_with, shifted};
use super::clipping::flat_tops;
use super::gaps::gaps;
use super::levels::{lengths, levels};
use super::noise::{Noise, noise};
use super::signal::Layout;
use super::timing::{moved, time};
use super::track::{Track, track};
use super::unchanged::unchanged;

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
    /// A finding about something.
    pub fn new(severity: Severity, about: &str, sentence: String) -> Self {
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
    /// The least ESR that a profile can have: of the device against itself where the test signal
    /// comes twice, and of its noise in silence.
    pub floor: Option<f64>,
}

impl Checked {
    /// Whether something forbids training.
    pub fn failed(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }
}

/// A pair that is checked.
#[derive(Clone, Copy, Debug)]
pub struct Sounds<'a> {
    /// What was played.
    pub input: &'a [f32],
    /// What was recorded, at the same rate.
    pub target: &'a [f32],
    /// Their rate.
    pub rate_hz: f64,
    /// A delay that is given, and where things are in the test signal.
    pub known: Known,
}

impl<'a> Sounds<'a> {
    /// A pair about which nothing else is known.
    pub fn new(input: &'a [f32], target: &'a [f32], rate_hz: f64) -> Self {
        let known = Known { delay: None, layout: Layout::recognise(input, rate_hz) };
        Sounds { input, target, rate_hz, known }
    }
}

/// Seconds at the beginning of the part that comes twice in which the device may still remember
/// what came before.
const SETTLING_S: f64 = 1.0;
/// A floor that is worth a word, and one that leaves nothing to learn: half of the recording and
/// more is its own.
const NOISY: f64 = 0.01;
const HOPELESS: f64 = 1.0;
/// Hum is worth a word from this floor on.
const HUMMING: f64 = 3e-4;
/// More of the sound lost in holes than this, and nothing is learned.
const LOST: f64 = 0.5;
/// Flat tops below this level that take this share of the time are a clipper's.
const CLIPPER_DB: f64 = -3.0;
const CLIPPER_SHARE: f64 = 0.1;

pub(super) fn db(x: f64) -> f64 {
    20.0 * x.max(1e-10).log10()
}

pub(super) fn energy(x: &[f32]) -> f64 {
    x.iter().map(|x| f64::from(*x).powi(2)).sum()
}

pub(super) fn rms(x: &[f32]) -> f64 {
    (energy(x) / x.len().max(1) as f64).sqrt()
}

/// Checks a pair.
pub fn check(sounds: &Sounds<'_>) -> Checked {
    let Sounds { input, target, rate_hz, known } = *sounds;
    let mut out = Checked::default();
    lengths(sounds, &mut out.findings);
    levels(sounds, &mut out.findings);
    if out.failed() {
        return out;
    }
    out.alignment = align_with(input, target, rate_hz, &known);
    let found = out.alignment;
    let track =
        if found.is_known() { track(input, target, rate_hz, &found) } else { Track::default() };
    time(&found, track.jumps.is_empty(), rate_hz, &mut out.findings);
    tops(sounds, &found, &mut out.findings);
    moved(&track, rate_hz, &mut out.findings);
    // What is compared sample by sample must be in time.
    if !found.is_known() || !track.jumps.is_empty() {
        return out;
    }
    let delay = found.delay;
    holes(sounds, delay, &mut out.findings);
    if let Some(gain) = unchanged(input, target, rate_hz, delay) {
        out.findings.push(Finding::new(
            Severity::Warning,
            "unchanged",
            format!(
                "The played sound came back unchanged (gain {:+.2} dB{}): the device was not in the path (is it switched on, or \
                 the right input recorded?).",
                (100.0 * db(gain.abs())).round() / 100.0 + 0.0,
                if gain < 0.0 { ", upside down" } else { "" }
            ),
        ));
    }
    // Where the clocks run apart the second time comes later than the first: that is no noise.
    let steady = track.drift.is_none_or(|d| d.abs() < 2.0);
    let layout = known.layout.as_ref().filter(|_| steady);
    let repeats = layout.and_then(|l| repeats(sounds, delay, l));
    let quiet = noise(input, target, rate_hz, delay);
    if repeats.is_some() || quiet.is_some() {
        out.floor = Some(noise_floor(repeats, quiet, rms(target).powi(2), &mut out.findings));
    }
    out
}

/// The ESR of the device against itself: what it made of the part that comes twice, as far as both
/// were recorded.
fn repeats(sounds: &Sounds<'_>, delay: i64, layout: &Layout) -> Option<f64> {
    let Sounds { input, target, rate_hz, .. } = *sounds;
    let heard = shifted(target, delay);
    let begin = usize::try_from(-delay).unwrap_or(0);
    // What a compressor does at first depends on what it heard before: that is no noise.
    let settled = ((SETTLING_S * rate_hz) as usize).min(layout.repeat / 2);
    let from = settled.max(begin.saturating_sub(layout.first));
    let until = layout.repeat.min(heard.len().saturating_sub(layout.again));
    if until < from + settled {
        return None;
    }
    let pair = |x: &[f32]| {
        let cut = |at: usize| x.get(at + from..at + until).map(<[f32]>::to_vec);
        Some((cut(layout.first)?, cut(layout.again)?))
    };
    let (once, again) = pair(&heard)?;
    // At another rate both copies may stand between two samples differently: a short filter brings
    // them together.
    let apart = pair(input).is_some_and(|p| esr(&p.1, &p.0) > 1e-6);
    let once =
        if apart { convolve(&once, &best_response(&once, &again, 16, 33), 16) } else { once };
    Some(esr(&again, &once))
}

fn noise_floor(
    repeats: Option<f64>,
    quiet: Option<Noise>,
    power: f64,
    out: &mut Vec<Finding>,
) -> f64 {
    // Twice: what is learned from holds the noise, and so does what a profile is judged by.
    let silence = quiet.map_or(0.0, |q| 2.0 * q.power / power.max(1e-30));
    let floor = repeats.unwrap_or(0.0).max(silence);
    let level = match quiet {
        None => "its noise".to_owned(),
        Some(q) if q.power <= 1e-20 => "no hiss and no hum".to_owned(),
        Some(Noise { power, hum: Some((mains, _)) }) => {
            format!("hum of {mains:.0} Hz and hiss at {:.0} dB", db(power.sqrt()))
        }
        Some(Noise { power, hum: None }) => format!("hiss and hum at {:.0} dB", db(power.sqrt())),
    };
    let sentence = match repeats {
        Some(repeats) if repeats >= silence => {
            format!(
                "Played twice, the device differs from itself by an ESR of {floor:.1e} ({level}): no profile can be nearer."
            )
        }
        _ => format!(
            "In silence the recording holds {level}, an ESR of {floor:.1e}: no profile can be nearer."
        ),
    };
    let hums = quiet.is_some_and(|q| q.hum.is_some()) && silence > HUMMING;
    // Only what differs from itself cannot be learned; what sounds in silence may be a long answer.
    let (severity, more) = if repeats.is_some_and(|r| r >= HOPELESS) {
        (
            Severity::Error,
            " Nothing can be learned from that: does the device move by itself (chorus, vibrato), or is a cable loose?",
        )
    } else if floor > NOISY && silence < 0.5 * floor {
        (
            Severity::Warning,
            " That is much: does the device move by itself (chorus, phaser, tremolo), or is a cable loose?",
        )
    } else if hums {
        (
            Severity::Warning,
            " The hum will be heard in the profile's place: is there a ground loop, or a coil near a transformer?",
        )
    } else if floor > NOISY {
        (
            Severity::Warning,
            " That is much noise: turn the device or the input up, or find where it comes from.",
        )
    } else {
        (Severity::Fine, "")
    };
    out.push(Finding::new(severity, "noise", sentence + more));
    floor
}

/// Flat tops of the recording.
fn tops(sounds: &Sounds<'_>, found: &Alignment, out: &mut Vec<Finding>) {
    let delay = if found.is_known() { found.delay } else { 0 };
    let peak = sounds.target.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let Some(tops) = flat_tops(sounds.input, sounds.target, delay) else {
        let sentence =
            format!("The recording peaks at {:.1} dB, without flat tops.", db(f64::from(peak)));
        out.push(Finding::new(Severity::Fine, "clipping", sentence));
        return;
    };
    let level = db(f64::from(tops.height));
    let own = level < CLIPPER_DB && tops.share > CLIPPER_SHARE;
    let sentence = format!(
        "The recording has flat tops at {level:.1} dB{} ({:.1} % of its samples): {}",
        if tops.rounded { ", rounded by a conversion of its rate" } else { "" },
        100.0 * tops.share,
        if own {
            "so many at such a level are the device's own, a clipper's."
        } else {
            "fine if the device does that; else the recording's input was overloaded: turn it down and record again."
        }
    );
    out.push(Finding::new(
        if own { Severity::Fine } else { Severity::Warning },
        "clipping",
        sentence,
    ));
}

/// Holes in the recording.
fn holes(sounds: &Sounds<'_>, delay: i64, out: &mut Vec<Finding>) {
    let rate = sounds.rate_hz;
    let (gaps, share) = gaps(sounds.input, sounds.target, rate, delay);
    let Some(first) = gaps.first() else { return };
    let others =
        if gaps.len() > 1 { format!(" and {} more", gaps.len() - 1) } else { String::new() };
    out.push(Finding::new(
        if share > LOST { Severity::Error } else { Severity::Warning },
        "gap",
        format!(
            "The recording has a gap of {:.0} ms at {:.2} s{others}, in which the device gave nothing though it was played to: a \
             drop-out, which would be learned as part of the device.",
            1000.0 * first.length as f64 / rate,
            first.at as f64 / rate
        ),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::signal::test_signal;
    use rand::Rng;

    fn said(checked: &Checked, about: &str) -> Severity {
        checked
            .findings
            .iter()
            .filter(|f| f.about == about)
            .map(|f| f.severity)
            .max()
            .unwrap_or(Severity::Fine)
    }

    #[test]
    fn each_fault_of_a_recording_is_named() {
        let rate = 16_000.0;
        let x = test_signal(20.0, rate).unwrap();
        let n = x.len();
        let of = |y: &[f32]| check(&Sounds::new(&x, y, rate));
        let mut random = nfx_learn::rng(1, 0, 0);
        let clean: Vec<f32> =
            x.iter().map(|x| 0.8 * (2.0 * x).tanh() + random.random_range(-1e-4..1e-4)).collect();
        let fine = of(&clean);
        assert!(fine.findings.iter().all(|f| f.severity == Severity::Fine), "{:?}", fine.findings);
        assert!(fine.floor.is_some_and(|f| f < 1e-3));
        let map = |f: &dyn Fn(usize, f32) -> f32| {
            clean.iter().enumerate().map(|(i, y)| f(i, *y)).collect::<Vec<f32>>()
        };
        assert_eq!(said(&of(&map(&|_, y| -y)), "polarity"), Severity::Warning);
        assert_eq!(
            said(&of(&map(&|_, y| (3.0 * y).clamp(-1.0, 1.0))), "clipping"),
            Severity::Warning
        );
        assert_eq!(said(&of(&map(&|_, y| y + 0.1)), "dc"), Severity::Warning);
        assert_eq!(said(&of(&map(&|_, y| 1e-5 * y)), "silence"), Severity::Error);
        assert_eq!(said(&of(&clean[..n - 5_000]), "length"), Severity::Warning);
        assert_eq!(said(&of(&clean[..10_000]), "length"), Severity::Error);
        let noisy: Vec<f32> = clean.iter().map(|y| y + random.random_range(-0.2..0.2)).collect();
        assert_eq!(said(&of(&noisy), "noise"), Severity::Warning);
        // The second blip is late, a drop-out between the two: from there on all is in time, at the
        // sound's delay.
        let mut torn = clean.clone();
        torn.copy_within(12_000..n - 300, 12_300);
        torn[12_000..12_300].fill(0.0);
        assert_eq!((of(&torn).alignment.delay, of(&torn).failed()), (300, false));
        let other = test_signal(25.0, rate).unwrap();
        let reversed: Vec<f32> = other.iter().rev().take(n).copied().collect();
        assert_eq!(said(&of(&reversed), "delay"), Severity::Error);
    }
}
