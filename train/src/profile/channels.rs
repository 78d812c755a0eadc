//! Which channel of a file is the device.

use super::check::{Finding, Severity, energy};
use super::clipping::flat_tops;
use super::likeness::likeness;
use super::unchanged::unchanged;
use crate::audio::Audio;

/// Fainter than this beside the loudest, a channel is silent.
const SILENT_DB: f64 = 60.0;
/// What one channel leaves of another that holds the same sound.
const SAME: f64 = 1e-3;
/// dB by which two levels differ.
const LEVEL_DB: f64 = 0.5;

/// The channel of a file that is used, and a word about it where the channels differ.
pub struct Chosen {
    /// Its samples.
    pub sound: Vec<f32>,
    /// Which one it is, where others hold another sound.
    pub channel: Option<usize>,
    /// What was found.
    pub finding: Option<Finding>,
}

fn name(channel: usize, of: usize) -> String {
    match (channel, of) {
        (0, 2) => "left channel".to_owned(),
        (1, 2) => "right channel".to_owned(),
        (n, _) => format!("channel {}", n + 1),
    }
}

/// What went into the device.
#[derive(Clone, Copy)]
pub struct Played<'a> {
    /// Its samples, at the recording's rate.
    pub sound: &'a [f32],
    /// Which channel of its file that is, where the recording's of the same number belongs to it.
    pub channel: Option<usize>,
}

/// Chooses a channel of `audio`, called `what` in sentences; `played` is what went into the device,
/// where it is known.
pub fn choose(mut audio: Audio, what: &str, played: Option<Played<'_>>) -> Chosen {
    let (at, finding) = chosen(&audio, what, played);
    Chosen {
        sound: if at < audio.channels.len() { audio.channels.swap_remove(at) } else { Vec::new() },
        channel: finding.is_some().then_some(at),
        finding: finding.map(|(severity, sentence)| Finding::new(severity, "channels", sentence)),
    }
}

/// Which channel it is, and what is said of it.
fn chosen(
    audio: &Audio,
    what: &str,
    played: Option<Played<'_>>,
) -> (usize, Option<(Severity, String)>) {
    let all = &audio.channels;
    let n = all.len();
    let energies: Vec<f64> = all.iter().map(|c| energy(c)).collect();
    let loudest =
        (0..n).max_by(|a, b| energies[*a].total_cmp(&energies[*b]).then(b.cmp(a))).unwrap_or(0);
    let least = energies.get(loudest).copied().unwrap_or(0.0) * 10f64.powf(-SILENT_DB / 10.0);
    let sounding: Vec<usize> =
        (0..n).filter(|c| energies[*c] > least && energies[*c] > 0.0).collect();
    match sounding.as_slice() {
        _ if n < 2 => return (0, None),
        [] => return (0, None),
        [only] => {
            let sentence = format!(
                "Only the {} of the {what} holds sound; it is what is used.",
                name(*only, n)
            );
            return (*only, Some((Severity::Fine, sentence)));
        }
        _ => {}
    }
    let (a, b) = (sounding[0], sounding[1]);
    let (first, second) = (name(a, n), name(b, n));
    if let Some(played) = played.map(|p| p.sound).filter(|_| !same(&all[a], &all[b]).0) {
        // What was played, beside what came out of the device.
        let dry =
            sounding.iter().map(|c| is_dry(played, &all[*c], audio.rate)).collect::<Vec<bool>>();
        if let (Some(dry_at), Some(wet_at)) =
            (dry.iter().position(|d| *d), dry.iter().position(|d| !*d))
        {
            let sentence = format!(
                "The {} of the {what} is the played sound unchanged, the {} is the device: that one is used.",
                name(sounding[dry_at], n),
                name(sounding[wet_at], n)
            );
            return (sounding[wet_at], Some((Severity::Warning, sentence)));
        }
        let score = |c: usize| likeness(played, &all[c], audio.rate).score;
        let (x, y) = (score(a), score(b));
        if (x >= 1.0) != (y >= 1.0) {
            let (used, other) = if x >= 1.0 { (a, b) } else { (b, a) };
            let sentence = format!(
                "The {} of the {what} is not a recording of the played sound, the {} is: that one is used.",
                name(other, n),
                name(used, n)
            );
            return (used, Some((Severity::Warning, sentence)));
        }
    }
    let (is_same, gain) = same(&all[a], &all[b]);
    let level_db = 10.0 * (energies[b] / energies[a]).log10();
    let cut = |c: usize, other: usize| {
        let top = |c: usize| all[c].iter().fold(0.0f32, |m, x| m.max(x.abs()));
        clipped(&all[c], &all[other]).then(|| 20.0 * f64::from(top(c).max(1e-9)).log10())
    };
    if !is_same || level_db.abs() > LEVEL_DB {
        for (c, other) in [(a, b), (b, a)] {
            if let (Some(at_db), None) = (cut(c, other), cut(other, c)) {
                let sentence = format!(
                    "The {} of the {what} is clipped at {at_db:.1} dB, the {} is not: that one is used.",
                    name(c, n),
                    name(other, n)
                );
                return (other, Some((Severity::Warning, sentence)));
            }
        }
    }
    if is_same && gain < 0.0 {
        let sentence = format!(
            "The {first} and the {second} of the {what} are upside down to each other and would cancel: the {} is used.",
            name(loudest, n)
        );
        return (loudest, Some((Severity::Warning, sentence)));
    }
    if is_same && level_db.abs() <= LEVEL_DB {
        return (a, None);
    }
    if is_same {
        let sentence = format!(
            "The {first} and the {second} of the {what} hold the same sound, {:.1} dB apart: the {}, the louder, is used.",
            level_db.abs(),
            name(loudest, n)
        );
        return (loudest, Some((Severity::Fine, sentence)));
    }
    // The one that belongs to what was played, and the same one in every pair of a device.
    let used = played.and_then(|p| p.channel).filter(|c| sounding.contains(c)).unwrap_or(a);
    let sentence = format!(
        "The channels of the {what} differ, as a stereo effect's or two microphones' do; a profile has one: the {} is used.",
        name(used, n)
    );
    (used, Some((Severity::Warning, sentence)))
}

/// Whether one channel follows from the other by a gain, and that gain.
fn same(a: &[f32], b: &[f32]) -> (bool, f64) {
    let ab: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    let (aa, bb) = (energy(a), energy(b));
    (1.0 - ab * ab / (aa * bb).max(1e-30) < SAME, ab / aa.max(1e-30))
}

/// Whether a channel is what was played: by sound, wherever it starts.
fn is_dry(played: &[f32], channel: &[f32], rate_hz: f64) -> bool {
    let found = super::align::align(played, channel, rate_hz);
    found.is_known() && unchanged(played, channel, rate_hz, found.delay).is_some()
}

/// Whether a channel has flat tops where the other, which holds much the same, goes on.
fn clipped(channel: &[f32], other: &[f32]) -> bool {
    flat_tops(other, channel, 0).is_some()
}
