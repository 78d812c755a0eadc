//! Recorded notes of real instruments as a source: one clip for each note, and in the training set
//! for each of its transpositions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::Part;
use super::source::{ClipInfo, Source};
use crate::audio;

/// The list of the notes in a folder of recordings.
const INDEX: &str = "index.csv";
/// The label of the source in reports.
const LABEL: &str = "recorded";
/// Of this many neighbouring notes of an instrument the one at the place behind it is kept for the
/// test, in all its layers ...
const TEST: (usize, usize) = (5, 2);
/// ... and of twice as many one for the validation.
const VALIDATION: (usize, usize) = (10, 4);
/// Of an instrument with at least this many layers, a middle layer is kept for the test whole.
const LAYERS: usize = 5;
/// No note is transposed by more semitones than this, ...
const MOST_SEMITONES: i16 = 8;
/// ... and at the ends of a range by this many.
const END_SEMITONES: i16 = 6;
/// A transposition takes the sound for one of a rate that is a multiple of this, in Hz, so that the
/// resampler's blocks stay short: exact to 0.8 cents.
const RATE_STEP_HZ: f64 = 20.0;

/// A line of the list.
#[derive(Clone, Debug, Deserialize)]
struct Line {
    instrument: String,
    midi: u8,
    velocity: u8,
    tune_cents: f64,
    seconds: f64,
}

/// The notes of a folder. `PATH/index.csv` has the columns `instrument`, `midi`, `velocity`,
/// `tune_cents` (what its player has to detune a note by), and `seconds`; the sound lies in
/// `PATH/INSTRUMENT/MIDI_VELOCITY.flac` or `.wav`, the note with three digits.
///
/// Held out for the test are every fifth note of each instrument in all its layers, and the middle
/// layer of instruments with five layers or more; no transposition is made of them.
pub(super) struct Recorded {
    clips: Vec<ClipInfo>,
    /// For each clip the file, and by how many semitones it is transposed.
    places: Vec<(PathBuf, f64)>,
    instruments: BTreeSet<String>,
    notes: usize,
    fingerprint: String,
}

impl Recorded {
    /// Reads the list of a folder; every note of the training set is also transposed by at least
    /// `transpose` semitones both ways, and by as many more as it takes to meet its neighbours; not
    /// at all for 0.
    pub(super) fn open(path: &Path, transpose: u8) -> Result<Self> {
        let list = path.join(INDEX);
        let mut reader = csv::Reader::from_path(&list)
            .with_context(|| format!("expected a list of recorded notes in {}", list.display()))?;
        let lines = reader
            .deserialize::<Line>()
            .collect::<Result<Vec<_>, _>>()
            .with_context(|| format!("expected a list of recorded notes in {}", list.display()))?;
        ensure!(!lines.is_empty(), "expected recorded notes in {}, found none", list.display());
        let mut pitches: BTreeMap<&str, BTreeSet<u8>> = BTreeMap::new();
        let mut layers: BTreeMap<&str, BTreeSet<u8>> = BTreeMap::new();
        for line in &lines {
            pitches.entry(&line.instrument).or_default().insert(line.midi);
            layers.entry(&line.instrument).or_default().insert(line.velocity);
        }
        let mut out = Self {
            clips: Vec::new(),
            places: Vec::new(),
            instruments: pitches.keys().map(|name| (*name).to_owned()).collect(),
            notes: lines.len(),
            fingerprint: String::new(),
        };
        for line in &lines {
            let name = line.instrument.as_str();
            let named = |end: &str| {
                path.join(name).join(format!("{:03}_{}.{end}", line.midi, line.velocity))
            };
            let file =
                Some(named("wav")).filter(|file| file.is_file()).unwrap_or_else(|| named("flac"));
            ensure!(
                file.is_file(),
                "expected the recording {} (or the same as .wav), found none",
                file.display()
            );
            let size = std::fs::metadata(&file).map_or(0, |m| m.len());
            out.fingerprint.push_str(&format!("{name}:{}:{}:{size};", line.midi, line.velocity));
            let part = part(line, &pitches[name], &layers[name]);
            let (down, up) =
                if part == Part::Train { reach(line, &lines, transpose) } else { (0, 0) };
            for semitones in -down..=up {
                let Ok(note) = u8::try_from(i16::from(line.midi) + semitones) else { continue };
                let layer = if layers[name].len() > 1 {
                    format!(" {}", line.velocity)
                } else {
                    String::new()
                };
                let semitones = f64::from(semitones) + line.tune_cents / 100.0;
                out.clips.push(ClipInfo {
                    seconds: line.seconds * (-semitones / 12.0).exp2(),
                    label: LABEL.into(),
                    group: Some(format!("{}{layer}", name.replace('-', " "))),
                    note: Some(note),
                    part: Some(part),
                });
                out.places.push((file.clone(), semitones));
            }
        }
        for wanted in Part::ALL {
            if !out.clips.iter().any(|clip| clip.part == Some(wanted)) {
                bail!(
                    "expected enough notes in {} for all three sets, found none for {wanted:?}",
                    list.display()
                );
            }
        }
        Ok(out)
    }
}

/// By how many semitones a note of the training set is transposed down and up: at least `least`,
/// and far enough for the notes that are learned from to meet, so that a model hears every note
/// between them; at the ends of an instrument's range a little beyond.
fn reach(line: &Line, lines: &[Line], least: u8) -> (i16, i16) {
    let (pitches, layers) = ranges(lines, &line.instrument);
    let trained: Vec<u8> = lines
        .iter()
        .filter(|l| l.instrument == line.instrument && l.velocity == line.velocity)
        .filter(|l| part(l, &pitches, &layers) == Part::Train)
        .map(|l| l.midi)
        .collect();
    let half = |other: Option<u8>| {
        let gap = other.map_or(END_SEMITONES, |o| (i16::from(o.abs_diff(line.midi)) + 1) / 2);
        gap.clamp(i16::from(least), i16::from(least).max(MOST_SEMITONES))
    };
    let below = trained.iter().copied().filter(|&n| n < line.midi).max();
    let above = trained.iter().copied().filter(|&n| n > line.midi).min();
    if least == 0 { (0, 0) } else { (half(below), half(above)) }
}

/// The pitches and the layers of an instrument.
fn ranges(lines: &[Line], instrument: &str) -> (BTreeSet<u8>, BTreeSet<u8>) {
    let own = || lines.iter().filter(|l| l.instrument == instrument);
    (own().map(|l| l.midi).collect(), own().map(|l| l.velocity).collect())
}

/// Which set a note belongs to.
fn part(line: &Line, pitches: &BTreeSet<u8>, layers: &BTreeSet<u8>) -> Part {
    let place = pitches.iter().position(|&p| p == line.midi).unwrap_or(0);
    let middle = layers.iter().nth(layers.len() / 2);
    if place % TEST.0 == TEST.1 || (layers.len() >= LAYERS && middle == Some(&line.velocity)) {
        Part::Test
    } else if place % VALIDATION.0 == VALIDATION.1 {
        Part::Validation
    } else {
        Part::Train
    }
}

/// A recorded note as it is listed.
#[derive(Clone, Debug)]
pub struct RecordedNote {
    /// The instrument, and its layer where it has several.
    pub group: String,
    /// MIDI note.
    pub note: u8,
    /// The set that a training puts it in.
    pub part: Part,
    file: PathBuf,
    semitones: f64,
}

impl RecordedNote {
    /// Its sound in tune, mono at `rate` Hz.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn render(&self, rate: f64) -> Result<Vec<f32>> {
        transposed(&self.file, self.semitones, rate)
    }
}

/// The notes of a folder of recordings, none of them transposed.
///
/// # Errors
/// When the folder holds no list of recorded notes, or not those on the list.
pub fn recorded_notes(folder: &Path) -> Result<Vec<RecordedNote>> {
    let source = Recorded::open(folder, 0)?;
    let clips = source.clips.into_iter().zip(source.places);
    let note = |(clip, (file, semitones)): (ClipInfo, (PathBuf, f64))| {
        let part = clip.part.unwrap_or(Part::Train);
        RecordedNote {
            group: clip.group.unwrap_or_default(),
            note: clip.note.unwrap_or(0),
            part,
            file,
            semitones,
        }
    };
    Ok(clips.map(note).collect())
}

/// The sound of a file at a rate, moved by some semitones.
fn transposed(file: &Path, semitones: f64, rate: f64) -> Result<Vec<f32>> {
    let read = audio::read_audio(file)?;
    let from = (read.rate * (semitones / 12.0).exp2() / RATE_STEP_HZ).round() * RATE_STEP_HZ;
    audio::resample(&read.mono(), from, rate)
}

impl Source for Recorded {
    fn clips(&self) -> &[ClipInfo] {
        &self.clips
    }

    fn render(&self, i: usize, rate: f64) -> Result<Vec<f32>> {
        let (path, semitones) = &self.places[i];
        transposed(path, *semitones, rate)
    }

    fn lives(&self) -> bool {
        true
    }

    fn describe(&self) -> String {
        let names: Vec<String> =
            self.instruments.iter().map(|name| name.replace('-', " ")).collect();
        format!(
            "{} recorded notes of {} instruments ({})",
            self.notes,
            names.len(),
            names.join(", ")
        )
    }

    fn licence(&self) -> String {
        "recorded notes: CC0".into()
    }

    fn notice(&self) -> Option<String> {
        Some(
            "Recorded notes, all CC0 1.0: upright piano (Versilian Studios, VCSL), electric piano (Jeff Learman, jRhodes), steel \
             guitar, electric bass, tremolo and pizzicato strings (Discord SFZ GM Bank), alto saxophone (Karoryfer, Weresax), \
             double bass (D. Smolken)"
                .into(),
        )
    }

    fn fingerprint(&self) -> String {
        format!("recorded notes version 1: {}", self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fifth_note_and_a_middle_layer_are_held_out_and_never_transposed() {
        let folder = tempfile::tempdir().expect("folder");
        let mut list = "instrument,midi,velocity,tune_cents,seconds\n".to_owned();
        for (name, layers) in [("bass", vec![20, 40, 60, 80, 100]), ("piano", vec![127])] {
            std::fs::create_dir(folder.path().join(name)).expect("folder");
            for velocity in layers {
                for note in (40u8..80).step_by(3) {
                    list += &format!("{name},{note},{velocity},0,1\n");
                    std::fs::write(
                        folder.path().join(name).join(format!("{note:03}_{velocity}.flac")),
                        "x",
                    )
                    .expect("file");
                }
            }
        }
        std::fs::write(folder.path().join(INDEX), list).expect("list");
        let source = Recorded::open(folder.path(), 3).expect("source");
        for ((file, semitones), clip) in source.places.iter().zip(&source.clips) {
            let stem = file.file_stem().expect("stem").to_string_lossy().into_owned();
            let (note, layer) = stem.split_once('_').expect("a layer");
            let place = (note.parse::<usize>().expect("note") - 40) / 3;
            let held = place % 5 == 2 || layer == "60";
            assert_eq!(clip.part == Some(Part::Test), held, "{stem}");
            assert!(clip.part == Some(Part::Train) || *semitones == 0.0);
        }
        assert_eq!(
            source
                .clips
                .iter()
                .filter(|c| c.part == Some(Part::Test) && c.group.as_deref() == Some("piano"))
                .count(),
            3
        );
        assert!(source.clips.iter().any(|c| c.group.as_deref() == Some("bass 40")));
    }
}
