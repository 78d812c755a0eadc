//! A folder of sound files as a source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use anyhow::{Result, bail};

use super::source::{ClipInfo, Source};
use crate::audio;
use crate::pitch::{note_of_name, pitch_of_note};

/// Files shorter than this hold no whole sound.
const SHORTEST_SECONDS: f64 = 0.02;

/// An opened folder.
pub(super) struct Folder {
    name: String,
    clips: Vec<ClipInfo>,
    /// For each clip the file, and the seconds of the file that it starts at.
    places: Vec<(PathBuf, f64)>,
    files: usize,
    licence: String,
    /// Sentences about files that were left out when the folder was opened.
    skipped: Vec<String>,
    fingerprint: String,
    /// Files that could not be used after all when their sound was wanted, and still have their
    /// clips.
    lost: Mutex<BTreeMap<PathBuf, Lost>>,
    /// A file changed or vanished after it was listed.
    unsettled: bool,
}

/// A file that was listed and could not be read later.
struct Lost {
    sentence: String,
    /// It is the file that was listed, and will fail again: what is made without it may be kept.
    same: bool,
}

/// The file's size and time of change, which tell it from another of its name.
fn stamp(path: &Path) -> String {
    let meta = std::fs::metadata(path).ok();
    let size = meta.as_ref().map_or(0, std::fs::Metadata::len);
    let time = meta
        .and_then(|m| m.modified().ok())
        .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |d| d.as_nanos());
    format!("{size}:{time}")
}

/// Whether a file's name says that it is a loop: it starts with `loop_` or `beat` is one of its
/// words.
fn is_loop(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_lowercase();
    stem.starts_with("loop") || stem.contains("beat")
}

/// All sound files below `folder`; symbolic links to folders are not followed, so a loop of links
/// ends. What cannot be looked into is told in `skipped`.
fn sound_files(folder: &Path, found: &mut Vec<PathBuf>, skipped: &mut Vec<String>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            skipped.push(format!(
                "The folder {} was left out: it could not be read ({error}).",
                folder.display()
            ));
            return;
        }
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            sound_files(&path, found, skipped);
        } else if audio::is_audio_path(&path) && !path.is_dir() {
            found.push(path);
        }
    }
}

impl Folder {
    /// Lists the files of `path` and their lengths.
    pub(super) fn open(
        path: &Path,
        kind: Option<&str>,
        label: Option<&str>,
        licence: Option<String>,
        part_seconds: Option<f64>,
    ) -> Result<Folder> {
        if !path.is_dir() {
            bail!(
                "expected a folder of sound files at {}, but there is no such folder",
                path.display()
            );
        }
        let name = path
            .canonicalize()
            .ok()
            .and_then(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()))
            .unwrap_or_else(|| "folder".into());
        let (mut files, mut skipped) = (Vec::new(), Vec::new());
        sound_files(path, &mut files, &mut skipped);
        files.sort();
        let any_loop = files.iter().any(|f| is_loop(f));
        let mut out = Folder {
            clips: Vec::new(),
            places: Vec::new(),
            files: 0,
            licence: licence.unwrap_or_else(|| known_licence(&name)),
            skipped,
            fingerprint: String::new(),
            lost: Mutex::default(),
            unsettled: false,
            name,
        };
        let total = files.len();
        for file in files {
            let class = if is_loop(&file) { "loops" } else { "notes" };
            if kind.is_some_and(|k| k != class) {
                continue;
            }
            let reason = match audio::duration_seconds(&file) {
                Ok(seconds) if seconds >= SHORTEST_SECONDS => {
                    let label = label.map_or_else(
                        || if any_loop { class.to_owned() } else { out.name.clone() },
                        str::to_owned,
                    );
                    out.add(path, file, seconds, &label, part_seconds);
                    continue;
                }
                Ok(_) => format!(
                    "{} was left out: it is shorter than {SHORTEST_SECONDS} s.",
                    file.display()
                ),
                Err(error) => left_out(&file, &error),
            };
            // Files that are left out belong to what a kept corpus was made of, too: when they go
            // or are mended, it is another.
            let relative = file.strip_prefix(path).unwrap_or(&file).display().to_string();
            out.fingerprint.push_str(&format!("{relative}:{}:{reason};", stamp(&file)));
            out.skipped.push(reason);
        }
        if out.clips.is_empty() {
            bail!(
                "expected sound files ({}) in {}, found {total} such files of which none could be used{}",
                audio::EXTENSIONS.join(", "),
                path.display(),
                super::reasons(&out.skipped)
            );
        }
        Ok(out)
    }

    /// Finds the note of every file: in its name, else by listening. Files without one are left
    /// out, and what is left of a name tells which instrument a note belongs to.
    pub(super) fn find_notes(&mut self) -> Result<()> {
        let clips = std::mem::take(&mut self.clips);
        let places = std::mem::take(&mut self.places);
        for (mut clip, (path, start)) in clips.into_iter().zip(places) {
            let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
            let folder = path.parent().map(|p| p.display().to_string()).unwrap_or_default();
            let (note, name) = match note_of_name(stem) {
                Some((note, rest)) => (Some(note), rest),
                None => {
                    let heard = match audio::read_audio(&path) {
                        Ok(heard) => heard,
                        Err(error) => {
                            self.lose(&path, &error);
                            continue;
                        }
                    };
                    let pitch = pitch_of_note(&heard.mono(), heard.rate);
                    let note = pitch.map(|p| p.midi().round().clamp(0.0, 127.0) as u8);
                    (
                        note,
                        stem.trim_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-')
                            .to_owned(),
                    )
                }
            };
            if note.is_none() {
                self.skipped.push(format!(
                    "{} was left out: its name tells no note (as piano_C4 does), and no pitch was heard.",
                    path.display()
                ));
                continue;
            }
            clip.note = note;
            clip.group = Some(format!("{folder}/{name}"));
            self.clips.push(clip);
            self.places.push((path, start));
        }
        Source::drop_lost(self);
        if self.clips.is_empty() {
            bail!(
                "expected single notes in the folder {}, found none{}",
                self.name,
                super::reasons(&Source::skipped(self))
            );
        }
        let mut groups: Vec<_> = self.clips.iter().map(|c| c.group.clone()).collect();
        groups.sort();
        groups.dedup();
        if groups.len() < 3 {
            // Too few instruments to keep some for the test: the notes themselves are split.
            self.clips.iter_mut().for_each(|c| c.group = None);
        }
        self.fingerprint.push_str("notes 1;");
        Ok(())
    }

    fn add(
        &mut self,
        root: &Path,
        file: PathBuf,
        seconds: f64,
        label: &str,
        part_seconds: Option<f64>,
    ) {
        let parts = part_seconds.map_or(1, |p| (seconds / p).round().max(1.0) as usize);
        for k in 0..parts {
            let each = seconds / parts as f64;
            self.clips.push(ClipInfo::new(each, label));
            self.places.push((file.clone(), k as f64 * each));
        }
        self.files += 1;
        let relative = file.strip_prefix(root).unwrap_or(&file);
        self.fingerprint.push_str(&format!("{}:{};", relative.display(), stamp(&file)));
    }

    /// Remembers that a file could not be used.
    fn lose(&self, path: &Path, error: &anyhow::Error) {
        let same = std::fs::File::open(path).is_ok()
            && self.fingerprint.contains(&format!(":{};", stamp(path)));
        let lost = Lost { sentence: left_out(path, error), same };
        self.lost
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(path.to_owned())
            .or_insert(lost);
    }

    fn sound(&self, i: usize, rate: f64) -> Result<Vec<f32>> {
        let (path, start) = &self.places[i];
        let read = audio::read_audio(path)?;
        let mono = read.mono();
        let from = ((start * read.rate).round() as usize).min(mono.len());
        let whole = self.places.iter().filter(|(p, _)| p == path).count() == 1;
        let to = if whole {
            mono.len()
        } else {
            (((start + self.clips[i].seconds) * read.rate).round() as usize).min(mono.len())
        };
        audio::resample(&mono[from..to], read.rate, rate)
    }
}

/// The sentence about a file that cannot be used.
fn left_out(path: &Path, error: &anyhow::Error) -> String {
    // The error names the file already.
    let reason = format!("{error:#}");
    let reason =
        reason.strip_prefix(&format!("{} cannot be read: ", path.display())).unwrap_or(&reason);
    format!("{} was left out: {reason}.", path.display())
}

/// Folders whose licence we know by their name.
fn known_licence(name: &str) -> String {
    if name == "sonic-pi" {
        "Sonic Pi samples: CC0".into()
    } else {
        format!("{name}: licence not stated; the user's own files")
    }
}

impl Source for Folder {
    fn clips(&self) -> &[ClipInfo] {
        &self.clips
    }

    fn render(&self, i: usize, rate: f64) -> Result<Vec<f32>> {
        self.sound(i, rate).inspect_err(|error| self.lose(&self.places[i].0, error))
    }

    fn describe(&self) -> String {
        format!("{} sound files of the folder {}", self.files, self.name)
    }

    fn licence(&self) -> String {
        self.licence.clone()
    }

    fn skipped(&self) -> Vec<String> {
        self.skipped.clone()
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn drop_lost(&mut self) -> bool {
        let lost = std::mem::take(&mut *self.lost.lock().unwrap_or_else(PoisonError::into_inner));
        let clips =
            std::mem::take(&mut self.clips).into_iter().zip(std::mem::take(&mut self.places));
        (self.clips, self.places) = clips.filter(|(_, (path, _))| !lost.contains_key(path)).unzip();
        self.files = self.files.saturating_sub(lost.len());
        self.unsettled |= lost.values().any(|lost| !lost.same);
        self.skipped.extend(lost.values().map(|lost| lost.sentence.clone()));
        !lost.is_empty()
    }

    fn is_settled(&self) -> bool {
        !self.unsettled
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }
}
