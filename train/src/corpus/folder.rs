//! A folder of sound files as a source.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail};

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
    skipped: Vec<String>,
    fingerprint: String,
}

/// Whether a file's name says that it is a loop: it starts with `loop_` or `beat` is one of its words.
fn is_loop(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_lowercase();
    stem.starts_with("loop") || stem.contains("beat")
}

/// All sound files below `folder`, sorted; symbolic links to folders are not followed, so a loop of links ends.
fn sound_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("the folder {} could not be read", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("the folder {} could not be read", folder.display()))?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            sound_files(&path, found)?;
        } else if audio::is_audio_path(&path) && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

impl Folder {
    /// Lists the files of `path` and their lengths.
    pub(super) fn open(
        path: &Path,
        kind: Option<&str>,
        label: Option<&str>,
        (licence, part_seconds): (Option<String>, Option<f64>),
    ) -> Result<Folder> {
        if !path.is_dir() {
            bail!("expected a folder of sound files at {}, but there is no such folder", path.display());
        }
        let name = path
            .canonicalize()
            .ok()
            .and_then(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()))
            .unwrap_or_else(|| "folder".into());
        let mut files = Vec::new();
        sound_files(path, &mut files)?;
        files.sort();
        let any_loop = files.iter().any(|f| is_loop(f));
        let mut out = Folder {
            clips: Vec::new(),
            places: Vec::new(),
            files: 0,
            licence: licence.unwrap_or_else(|| known_licence(&name)),
            skipped: Vec::new(),
            fingerprint: String::new(),
            name,
        };
        let total = files.len();
        for file in files {
            let class = if is_loop(&file) { "loops" } else { "notes" };
            if kind.is_some_and(|k| k != class) {
                continue;
            }
            match audio::duration_seconds(&file) {
                Ok(seconds) if seconds < SHORTEST_SECONDS => {
                    out.skipped
                        .push(format!("{} was left out: it is shorter than {SHORTEST_SECONDS} s.", file.display()));
                }
                Ok(seconds) => {
                    let label =
                        label.map_or_else(|| if any_loop { class.to_owned() } else { out.name.clone() }, str::to_owned);
                    out.add(path, file, seconds, (&label, part_seconds));
                }
                Err(e) => out.skipped.push(format!("{} was left out: {e}.", file.display())),
            }
        }
        if out.clips.is_empty() {
            bail!(
                "expected sound files ({}) in {}, found {total} such files of which none could be used{}",
                audio::EXTENSIONS.join(", "),
                path.display(),
                out.skipped.first().map(|s| format!(" (first: {s})")).unwrap_or_default()
            );
        }
        Ok(out)
    }

    /// Finds the note of every file: in its name, else by listening. Files without one are left out, and what is left of a
    /// name tells which instrument a note belongs to.
    pub(super) fn find_notes(&mut self) -> Result<()> {
        let clips = std::mem::take(&mut self.clips);
        let places = std::mem::take(&mut self.places);
        for (mut clip, (path, start)) in clips.into_iter().zip(places) {
            let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
            let folder = path.parent().map(|p| p.display().to_string()).unwrap_or_default();
            let (note, name) = match note_of_name(stem) {
                Some((note, rest)) => (Some(note), rest),
                None => {
                    let heard = audio::read_audio(&path)?;
                    let pitch = pitch_of_note(&heard.mono(), heard.rate);
                    let note = pitch.map(|p| p.midi().round().clamp(0.0, 127.0) as u8);
                    (note, stem.trim_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-').to_owned())
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
        if self.clips.is_empty() {
            bail!("expected single notes in the folder {}, found none", self.name);
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

    fn add(&mut self, root: &Path, file: PathBuf, seconds: f64, (label, part_seconds): (&str, Option<f64>)) {
        let parts = part_seconds.map_or(1, |p| (seconds / p).round().max(1.0) as usize);
        for k in 0..parts {
            let each = seconds / parts as f64;
            self.clips.push(ClipInfo::new(each, label));
            self.places.push((file.clone(), k as f64 * each));
        }
        self.files += 1;
        let meta = std::fs::metadata(&file).ok();
        let size = meta.as_ref().map_or(0, std::fs::Metadata::len);
        let time = meta
            .and_then(|m| m.modified().ok())
            .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |d| d.as_secs());
        let relative = file.strip_prefix(root).unwrap_or(&file);
        self.fingerprint.push_str(&format!("{}:{size}:{time};", relative.display()));
    }
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

    fn describe(&self) -> String {
        format!("{} sound files of the folder {}", self.files, self.name)
    }

    fn licence(&self) -> String {
        self.licence.clone()
    }

    fn skipped(&self) -> Vec<String> {
        self.skipped.clone()
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }
}
