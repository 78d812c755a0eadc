//! What a preset's name promises: a kick is gone in a moment, a flute has a flute's partials,
//! strings hold while the key is held.
//!
//! [`INSTRUMENT`] and [`EFFECT`] are the tables from words to what is asked; [`kept`] measures one
//! sound against one of them. A name with several words promises all of them, and the first row
//! whose word is in the name speaks for a word.

use super::materials::{self, RATE_HZ, note_hz};
use super::play::{self, Preset};
use crate::clap_host::Library;
use crate::measure::{power_db, power_spectrum};
use crate::{bundle, wav};
use anyhow::{Result, bail, ensure};
use std::fmt::Write as _;
use std::path::Path;

/// A sound: `[channel][sample]`.
pub type Sound = Vec<Vec<f32>>;

/// What is asked of a sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ask {
    /// So many decibels down within so many seconds after its loudest moment, though the key is
    /// held.
    Falls(f64, f64),
    /// While the key is held, from its loudest moment on, never more than so many decibels below
    /// it.
    Holds(f64),
    /// Takes at least so many seconds to come within 6 dB of its loudest moment.
    Swells(f64),
    /// Takes at most so many seconds to come within 6 dB of its loudest moment.
    Strikes(f64),
    /// At least half of the power is below this frequency in Hz.
    Low(f64),
    /// A flute's partials. What a flute radiates is an uninterrupted series of harmonics, fewer the
    /// higher it is: of A5 the second is at a fifth of the fundamental's amplitude and the third
    /// below a hundredth (Tufts University,
    /// *Musical Instrument Engineering Research*, "Spectra of the flute"); the louder it is blown the stronger are the
    /// upper ones (UNSW, *Flute acoustics*, C4). So: the first or the second is the strongest, the
    /// second is not 26 dB down (a twentieth) and no weaker than the third, and from the fifth on
    /// all are 20 dB down.
    Flute,
    /// A pipe closed at one end or a string plucked in its middle: odd partials stand above the
    /// even ones by so many decibels.
    Odd(f64),
    /// Nearly one partial: all the others together so many decibels below the strongest.
    Pure(f64),
    /// A saw: each of the first eight partials, even and odd, within so many decibels of the
    /// strongest (1/k puts the eighth 18 dB down).
    Saw(f64),
    /// A bell: partials that are no harmonics of its note (a church bell's are 0.5, 1, 1.2, 1.5 and
    /// 2 times the strike note), so that at least this share of the power is between them, or a
    /// ring that is not 20 dB down before so many seconds.
    Bell(f64, f64),
    /// Hits of an effect: so many decibels down within so many seconds after the loudest moment of
    /// each hit that goes in.
    Hits(f64, f64),
    /// At least half of the power within a twelfth of an octave of these two frequencies in Hz.
    Tones(f64, f64),
    /// The sound stands after what goes in has ended: from a third of a second to a second and a
    /// third after the end its level changes by so many decibels at most, and lies less than 20 dB
    /// below what it was.
    Stands(f64),
    /// Beside the dry sound, what is between two frequencies in Hz rises by so many decibels
    /// against all the rest; falls for less than 0.
    Band(f64, f64, f64),
}

/// What goes in or is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum With {
    /// Each of these keys, held for [`HELD_S`].
    Keys(&'static [u8]),
    /// One of ANNe's own sounds, so many times, so many seconds of it, each followed by a silence.
    Sound(&'static str, usize, f64),
    /// All dry sounds of the gates, one after the other.
    All,
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    /// Words of a name, in lower case, that promise it; several joined by a blank stand beside each
    /// other.
    pub words: &'static [&'static str],
    /// What is played.
    pub with: With,
    /// What is asked.
    pub asks: &'static [Ask],
}

const fn promise(words: &'static [&'static str], with: With, asks: &'static [Ask]) -> Promise {
    Promise { words, with, asks }
}

/// Seconds between two moments of which the level is taken.
const HOP_S: f64 = 0.01;
/// Seconds that a key is held.
pub const HELD_S: f64 = 2.5;
const MIDDLE: With = With::Keys(&[48, 60]);
const HIGH: With = With::Keys(&[60, 72]);
const LOW: With = With::Keys(&[36]);
/// Within a tenth of a second: what is struck or plucked, two strings that beat against each other
/// included.
const STRUCK: Ask = Ask::Strikes(0.1);

/// What an instrument's names promise.
pub const INSTRUMENT: &[Promise] = &[
    promise(&["kick"], With::Keys(&[36]), &[STRUCK, Ask::Falls(20.0, 0.3), Ask::Low(200.0)]),
    promise(
        &["drum", "tom"],
        With::Keys(&[36, 48]),
        &[STRUCK, Ask::Falls(20.0, 0.7), Ask::Low(500.0)],
    ),
    promise(&["flute"], With::Keys(&[72, 81]), &[Ask::Flute, Ask::Holds(12.0)]),
    promise(&["whistler"], With::Keys(&[72, 84]), &[Ask::Pure(15.0), Ask::Holds(12.0)]),
    promise(&["whistle"], With::Keys(&[72, 84]), &[Ask::Flute, Ask::Holds(12.0)]),
    promise(&["bell", "bowl", "gamelan"], HIGH, &[STRUCK, Ask::Bell(0.05, 1.5)]),
    promise(&["sub"], LOW, &[Ask::Low(150.0)]),
    promise(&["bass", "wound", "fretless", "cellar", "floor"], LOW, &[Ask::Low(500.0)]),
    // Plucked and struck things die while the key is held.
    promise(
        &[
            "marimba",
            "pizzicato",
            "plucked",
            "banjo",
            "thumb piano",
            "music box",
            "pan",
            "matchstick",
        ],
        HIGH,
        &[STRUCK, Ask::Falls(12.0, 1.5)],
    ),
    promise(&["endless steel"], MIDDLE, &[STRUCK, Ask::Holds(12.0)]),
    promise(&["tabla"], MIDDLE, &[STRUCK, Ask::Falls(12.0, 1.5)]),
    promise(&["contrabass"], LOW, &[Ask::Low(500.0), Ask::Holds(12.0)]),
    // What rings, rings for longer.
    promise(
        &[
            "mallets",
            "tines",
            "harpsi",
            "steel",
            "twelve strings",
            "upright",
            "parlour",
            "suitcase",
        ],
        MIDDLE,
        &[STRUCK, Ask::Falls(6.0, 2.2)],
    ),
    // Blown, bowed and sung things last as long as the key is held.
    promise(
        &["organ", "choir", "strings", "reed", "alto", "bowed", "bow", "brass", "lead", "veil"],
        MIDDLE,
        &[Ask::Holds(12.0)],
    ),
    promise(&["polysaw", "supersaw", "saw"], MIDDLE, &[Ask::Holds(12.0), Ask::Saw(40.0)]),
    promise(&["slow", "sunrise", "swell"], MIDDLE, &[Ask::Swells(0.2)]),
    promise(&["hollow"], With::Keys(&[36, 48]), &[Ask::Odd(3.0)]),
];

/// What an effect's names promise.
pub const EFFECT: &[Promise] = &[
    promise(&["to kick"], With::Sound("piano", 3, 0.25), &[Ask::Hits(20.0, 0.3), Ask::Low(150.0)]),
    // 540 and 800 Hz: the two oscillators of the TR-808's cowbell.
    promise(&["to cowbell"], With::Sound("snare", 3, 0.5), &[Ask::Tones(540.0, 800.0)]),
    promise(&["frozen"], With::Sound("strings", 1, 1.5), &[Ask::Stands(3.0)]),
    promise(
        &["warm"],
        With::All,
        &[Ask::Band(60.0, 400.0, 0.5), Ask::Band(3_000.0, 16_000.0, -3.0)],
    ),
    promise(&["sub"], With::All, &[Ask::Band(30.0, 150.0, 2.0)]),
    promise(
        &["sparkler", "window", "glass lid", "roof"],
        With::All,
        &[Ask::Band(5_000.0, 16_000.0, 3.0)],
    ),
    promise(&["curtain", "dust", "midnight"], With::All, &[Ask::Band(4_000.0, 16_000.0, -3.0)]),
    // What a telephone, a small box or a paper cone lets through.
    promise(
        &["radio", "cone"],
        With::All,
        &[Ask::Band(300.0, 3_400.0, 2.5), Ask::Band(30.0, 200.0, -2.5)],
    ),
    // An amplifier's loudspeaker has no tweeter.
    promise(
        &["amp"],
        With::All,
        &[Ask::Band(300.0, 3_400.0, 1.0), Ask::Band(4_000.0, 16_000.0, -3.0)],
    ),
    promise(&["hollow body", "shell"], With::All, &[Ask::Band(400.0, 2_000.0, -1.0)]),
];

/// A promise that a preset made, and whether it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The preset.
    pub preset: String,
    /// The word.
    pub word: &'static str,
    /// What was asked and what was found.
    pub text: String,
    /// Whether it is kept.
    pub good: bool,
}

/// The words of a name, in lower case.
fn words_of(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// What a name promises: the rows and the word that each was found by.
pub fn of_name(name: &str, table: &'static [Promise]) -> Vec<(&'static str, &'static Promise)> {
    let words = words_of(name);
    let has = |phrase: &str| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.windows(phrase.len()).position(|part| part.iter().zip(&phrase).all(|(a, b)| a == b))
    };
    let mut spoken = vec![false; words.len()];
    let mut found = Vec::new();
    for row in table {
        for word in row.words {
            let Some(at) = has(word) else { continue };
            let span = at..at + word.split(' ').count();
            if spoken[span.clone()].iter().any(|taken| *taken) {
                continue;
            }
            spoken[span].fill(true);
            found.push((*word, row));
        }
    }
    found
}

/// The level over time in decibels, all channels together: windows of 30 ms every 10 ms.
fn levels_db(sound: &[Vec<f32>]) -> Vec<f64> {
    let (window, hop) = ((0.03 * RATE_HZ) as usize, (HOP_S * RATE_HZ) as usize);
    let length = sound.first().map_or(0, Vec::len);
    let power = |at: usize| -> f64 {
        sound
            .iter()
            .flat_map(|channel| &channel[at..at + window])
            .map(|x| f64::from(*x).powi(2))
            .sum()
    };
    (0..length.saturating_sub(window)).step_by(hop).map(|at| power_db(power(at))).collect()
}

fn loudest(levels: &[f64]) -> (usize, f64) {
    levels
        .iter()
        .copied()
        .enumerate()
        .fold((0, -300.0), |best, one| if one.1 > best.1 { one } else { best })
}

/// Power of each bin of the longest window that fits, all channels together, from `from` seconds
/// on; and the bins' width in Hz.
fn spectrum(sound: &[Vec<f32>], from_s: f64) -> (Vec<f64>, f64) {
    let from = (from_s * RATE_HZ) as usize;
    let points = 32_768;
    let mut sum = vec![0.0; points / 2 + 1];
    for channel in sound {
        let mut part: Vec<f32> = channel.iter().skip(from).take(points).copied().collect();
        part.resize(points, 0.0);
        sum.iter_mut().zip(power_spectrum(&part)).for_each(|(sum, power)| *sum += power);
    }
    (sum, RATE_HZ / points as f64)
}

fn power_between(power: &[f64], bin_hz: f64, band_hz: (f64, f64)) -> f64 {
    let (low_hz, high_hz) = band_hz;
    let (low, high) = ((low_hz / bin_hz).ceil() as usize, (high_hz / bin_hz) as usize);
    power.get(low..=high.min(power.len() - 1)).map_or(0.0, |part| part.iter().sum())
}

/// The levels of the first 16 partials in decibels of the strongest; what lies within 2 % or three
/// bins of a multiple belongs to it.
fn partials_db(sound: &[Vec<f32>], hz: f64) -> Vec<f64> {
    let (power, bin_hz) = spectrum(sound, 0.3);
    let of = |k: usize| {
        let at = hz * k as f64;
        let wide = (0.02 * at).max(3.0 * bin_hz).min(0.45 * hz);
        power_between(&power, bin_hz, (at - wide, at + wide))
    };
    let all: Vec<f64> = (1..=16).map(of).collect();
    let strongest = all.iter().copied().fold(1e-30, f64::max);
    all.iter().map(|one| power_db(one / strongest)).collect()
}

/// A sound that is measured, and what it was made of.
#[derive(Debug, Clone, Copy)]
pub struct Take<'a> {
    /// What was heard.
    pub sound: &'a Sound,
    /// What went in, as long as the sound; nothing for an instrument.
    pub dry: &'a Sound,
    /// The note's frequency in Hz.
    pub hz: f64,
    /// When the key was let go or the dry sound ended, in seconds.
    pub ends_s: f64,
}

/// Measures a sound against what is asked: what was found, in words, and whether it is good.
pub fn kept(ask: Ask, take: &Take<'_>) -> (String, bool) {
    match ask {
        Ask::Falls(db, within_s) => take.falls(db, within_s),
        Ask::Holds(most_db) => take.holds(most_db),
        Ask::Swells(least_s) => {
            let near_s = take.near_its_loudest_s();
            (
                format!("near its loudest after {near_s:.2} s, no sooner than {least_s:.2} s"),
                near_s >= least_s,
            )
        }
        Ask::Strikes(most_s) => {
            let near_s = take.near_its_loudest_s();
            (
                format!("near its loudest after {near_s:.2} s, within {most_s:.2} s"),
                near_s <= most_s,
            )
        }
        Ask::Low(hz) => {
            let (power, bin_hz) = spectrum(take.sound, 0.0);
            let share =
                power_between(&power, bin_hz, (15.0, hz)) / power.iter().sum::<f64>().max(1e-30);
            (
                format!("{:.0} % of the power below {hz:.0} Hz, at least 50 %", share * 100.0),
                share >= 0.5,
            )
        }
        Ask::Flute => flute(&take.partials_db()),
        Ask::Odd(least_db) => {
            let partials = take.partials_db();
            let sum = |from: usize| {
                power_db(partials[from..8].iter().step_by(2).map(|db| factor(*db)).sum())
            };
            let above = sum(0) - sum(1);
            (
                format!("odd partials {above:+.1} dB above the even ones, at least {least_db:.0}"),
                above >= least_db,
            )
        }
        Ask::Pure(least_db) => {
            let others = take.partials_db().iter().map(|db| factor(*db)).sum::<f64>() - 1.0;
            let below = -power_db(others.max(1e-12));
            (
                format!(
                    "all other partials {below:.0} dB below the strongest, at least {least_db:.0}"
                ),
                below >= least_db,
            )
        }
        Ask::Saw(most_db) => {
            let weakest = -take.partials_db()[..8].iter().copied().fold(0.0, f64::min);
            let text = format!(
                "the weakest of eight partials {weakest:.0} dB below the strongest, at most {most_db:.0}"
            );
            (text, weakest <= most_db)
        }
        Ask::Bell(share, least_s) => take.bell(share, least_s),
        Ask::Hits(db, within_s) => take.hits(db, within_s),
        Ask::Tones(one_hz, two_hz) => {
            let (power, bin_hz) = spectrum(take.sound, 0.0);
            let wide = 2_f64.powf(1.0 / 12.0);
            let at = |hz: f64| power_between(&power, bin_hz, (hz / wide, hz * wide));
            let share = (at(one_hz) + at(two_hz)) / power.iter().sum::<f64>().max(1e-30);
            let text = format!(
                "{:.0} % of the power at {one_hz:.0} and {two_hz:.0} Hz, at least 50 %",
                share * 100.0
            );
            (text, share >= 0.5)
        }
        Ask::Stands(most_db) => take.stands(most_db),
        Ask::Band(low_hz, high_hz, by_db) => {
            let rise =
                odds_db(take.sound, (low_hz, high_hz)) - odds_db(take.dry, (low_hz, high_hz));
            let good = if by_db < 0.0 { rise <= by_db } else { rise >= by_db };
            (
                format!(
                    "{low_hz:.0} to {high_hz:.0} Hz {rise:+.1} dB against the rest, {by_db:+.1} asked"
                ),
                good,
            )
        }
    }
}

fn factor(db: f64) -> f64 {
    10_f64.powf(db / 10.0)
}

/// How much louder what is between two frequencies is than all the rest, over a whole sound, in
/// decibels.
fn odds_db(sound: &Sound, band_hz: (f64, f64)) -> f64 {
    let seconds = sound.first().map_or(0, Vec::len) as f64 / RATE_HZ;
    let (mut part, mut all) = (0.0, 1e-30);
    let mut at_s = 0.0;
    while at_s < seconds {
        let (power, bin_hz) = spectrum(sound, at_s);
        part += power_between(&power, bin_hz, band_hz);
        all += power.iter().sum::<f64>();
        at_s += 0.37;
    }
    power_db(part / (all - part).max(1e-30))
}

fn flute(partials: &[f64]) -> (String, bool) {
    let upper = partials[4..].iter().copied().fold(-300.0, f64::max);
    let (one, two, three) = (partials[0], partials[1], partials[2]);
    let good = one.max(two) >= -0.01 && two >= -26.0 && two >= three && upper <= -20.0;
    (
        format!(
            "partials 1, 2, 3 at {one:.0}, {two:.0}, {three:.0} dB, from the fifth on {upper:.0} dB"
        ),
        good,
    )
}

impl Take<'_> {
    fn partials_db(&self) -> Vec<f64> {
        partials_db(self.sound, self.hz)
    }

    fn near_its_loudest_s(&self) -> f64 {
        let levels = levels_db(self.sound);
        let (_, top) = loudest(&levels);
        seconds(levels.iter().position(|level| *level > top - 6.0).unwrap_or(0))
    }

    fn falls(&self, db: f64, within_s: f64) -> (String, bool) {
        let mut levels = levels_db(self.sound);
        levels.truncate(frame(self.ends_s));
        let (at, top) = loudest(&levels);
        // The last moment that is still too loud: a tail that comes back does not pass.
        let over = levels[at..].iter().rposition(|level| *level > top - db);
        let found = seconds(over.map_or(0, |frame| frame + 1));
        (format!("{db:.0} dB down after {found:.2} s, within {within_s:.2} s"), found <= within_s)
    }

    fn holds(&self, most_db: f64) -> (String, bool) {
        let levels = levels_db(self.sound);
        let end = frame(self.ends_s).min(levels.len());
        let down = loudest(&levels).1 - loudest(&levels[end.saturating_sub(20)..end]).1;
        (format!("{down:.1} dB down when it is let go, at most {most_db:.0}"), down <= most_db)
    }

    fn stands(&self, most_db: f64) -> (String, bool) {
        let levels = levels_db(self.sound);
        let around = |at_s: f64| {
            let at = frame(at_s).min(levels.len().saturating_sub(15));
            loudest(&levels[at..at + 15]).1
        };
        let [before, early, late] = [-0.3, 0.3, 1.3].map(|after_s| around(self.ends_s + after_s));
        let (changes, down) = ((early - late).abs(), before - late);
        let text = format!(
            "changes by {changes:.1} dB in the second after, at most {most_db:.0}; {down:.1} dB down, below 20"
        );
        (text, changes <= most_db && down < 20.0)
    }

    fn bell(&self, least: f64, least_s: f64) -> (String, bool) {
        let (power, bin_hz) = spectrum(self.sound, 0.1);
        let all = power_between(&power, bin_hz, (20.0, 16_000.0)).max(1e-30);
        let wide = |at: f64| (0.02 * at).min(0.25 * self.hz).max(3.0 * bin_hz);
        let harmonics: f64 = (1..=(16_000.0 / self.hz) as usize)
            .map(|k| self.hz * k as f64)
            .map(|at| power_between(&power, bin_hz, (at - wide(at), at + wide(at))))
            .sum();
        let between = (1.0 - harmonics / all).max(0.0);
        let levels = levels_db(self.sound);
        let (at, top) = loudest(&levels);
        let rings_s =
            seconds(levels[at..].iter().rposition(|level| *level > top - 20.0).unwrap_or(0));
        let text = format!(
            "{:.0} % of the power between harmonics, at least {:.0} %, or a ring of {rings_s:.1} s, at least {least_s:.1}",
            between * 100.0,
            least * 100.0
        );
        (text, between >= least || rings_s >= least_s)
    }

    /// Every hit of the dry sound, which is the first sample that is not silent after a silence.
    fn hits(&self, db: f64, within_s: f64) -> (String, bool) {
        let starts = starts(self.dry);
        let ends = starts.iter().skip(1).copied().chain([self.sound.first().map_or(0, Vec::len)]);
        let found = starts.iter().zip(ends).map(|(from, to)| {
            let hit: Sound = self.sound.iter().map(|channel| channel[*from..to].to_vec()).collect();
            let levels = levels_db(&hit);
            let (at, top) = loudest(&levels);
            seconds(
                levels[at..]
                    .iter()
                    .rposition(|level| *level > top - db)
                    .map_or(0, |frame| frame + 1),
            )
        });
        let slowest = found.fold(0.0, f64::max);
        (
            format!("{db:.0} dB down after {slowest:.2} s, within {within_s:.2} s"),
            slowest <= within_s,
        )
    }
}

fn seconds(frames: usize) -> f64 {
    frames as f64 * HOP_S
}

fn frame(seconds: f64) -> usize {
    (seconds.max(0.0) / HOP_S) as usize
}

/// Where sound begins after at least a twentieth of a second of silence.
fn starts(sound: &[Vec<f32>]) -> Vec<usize> {
    let silent = (0.05 * RATE_HZ) as usize;
    let mut quiet = silent;
    let mut found = Vec::new();
    for n in 0..sound.first().map_or(0, Vec::len) {
        if sound.iter().all(|channel| channel[n] == 0.0) {
            quiet += 1;
        } else {
            if quiet >= silent {
                found.push(n);
            }
            quiet = 0;
        }
    }
    found
}

/// What all names of an instrument's presets promise, played through its built bundle.
///
/// # Errors
/// When the bundle is missing or refuses.
pub fn instrument(bundle: &Path, presets: &[Preset]) -> Result<Vec<Kept>> {
    let library = Library::open(bundle)?;
    let mut all = Vec::new();
    for preset in presets {
        for (word, row) in of_name(&preset.name, INSTRUMENT) {
            let With::Keys(keys) = row.with else {
                bail!("{word} is asked of an instrument, but no key is given")
            };
            for key in keys {
                let sound = play::key(&library, preset, *key, HELD_S, HELD_S + 0.5)?;
                let take =
                    Take { sound: &sound, dry: &Vec::new(), hz: note_hz(*key), ends_s: HELD_S };
                all.extend(row.asks.iter().map(|ask| {
                    let (text, good) = kept(*ask, &take);
                    Kept {
                        preset: preset.name.clone(),
                        word,
                        text: format!("key {key}: {text}"),
                        good,
                    }
                }));
            }
        }
    }
    Ok(all)
}

/// What all names of an effect's presets promise, with sound sent through its built bundle.
///
/// # Errors
/// As for [`instrument`], and when a dry sound is missing.
pub fn effect(bundle: &Path, presets: &[Preset]) -> Result<Vec<Kept>> {
    let library = Library::open(bundle)?;
    let mut all = Vec::new();
    for preset in presets {
        for (word, row) in of_name(&preset.name, EFFECT) {
            let (dry, ends_s) = dry(row.with)?;
            let sound = play::through(&library, preset, &dry)?;
            let take = Take { sound: &sound, dry: &dry, hz: 0.0, ends_s };
            all.extend(row.asks.iter().map(|ask| {
                let (text, good) = kept(*ask, &take);
                Kept { preset: preset.name.clone(), word, text, good }
            }));
        }
    }
    Ok(all)
}

/// The dry sound of a row, and when it ends in seconds.
fn dry(with: With) -> Result<(Sound, f64)> {
    let silence = |seconds: f64| vec![0.0_f32; (seconds * RATE_HZ) as usize];
    match with {
        With::Keys(_) => bail!("a key is given, but an effect plays none"),
        With::All => {
            let mut sound = vec![Vec::new(); 2];
            for material in materials::all() {
                sound.iter_mut().zip(material).for_each(|(channel, more)| channel.extend(more));
            }
            let ends_s = sound[0].len() as f64 / RATE_HZ;
            Ok((sound, ends_s))
        }
        With::Sound(name, times, piece_s) => {
            let path = bundle::root().join("plugins/anne-fx/sounds").join(format!("{name}.wav"));
            let (mut file, rate_hz) = wav::read(&path)?;
            ensure!(
                f64::from(rate_hz) == RATE_HZ,
                "{} has {rate_hz} Hz, {RATE_HZ} are expected",
                path.display()
            );
            let piece = (piece_s * RATE_HZ) as usize;
            let fade = 400.min(piece);
            for channel in &mut file {
                channel.truncate(piece);
                let length = channel.len();
                let tail = channel.iter_mut().skip(length.saturating_sub(fade)).enumerate();
                tail.for_each(|(n, sample)| *sample *= 1.0 - n as f32 / fade as f32);
            }
            let channel = |n: usize| -> Vec<f32> {
                let hit = &file[n.min(file.len() - 1)];
                let mut sound = Vec::new();
                for _ in 0..times {
                    sound.extend(hit.iter().copied());
                    sound.extend(silence(1.5));
                }
                sound
            };
            let sound = vec![channel(0), channel(1)];
            let ends_s = (sound[0].len() as f64 / RATE_HZ) - 1.5;
            Ok((sound, ends_s))
        }
    }
}

/// The promises that are not kept.
pub fn broken(all: &[Kept]) -> Vec<String> {
    all.iter()
        .filter(|one| !one.good)
        .map(|one| format!("{}: {}: {}", one.preset, one.word, one.text))
        .collect()
}

/// All promises of a plugin's presets as a table of Markdown; what is not kept is set in bold.
pub fn markdown(plugin: &str, all: &[Kept]) -> String {
    let mut text =
        format!("### {plugin}: what names promise\n\n| preset | word | found |\n|---|---|---|\n");
    for same in all.chunk_by(|one, next| one.preset == next.preset && one.word == next.word) {
        let found =
            |one: &Kept| if one.good { one.text.clone() } else { format!("**{}**", one.text) };
        let found: Vec<String> = same.iter().map(found).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} | {} | {} |", same[0].preset, same[0].word, found.join("; "));
    }
    let good = all.iter().filter(|one| one.good).count();
    let _ = writeln!(text, "\n{good} of {} promises are kept.", all.len());
    text
}
