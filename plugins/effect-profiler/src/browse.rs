//! A folder of profiles: what is in it, and what each file says about itself, read by the
//! instance's worker.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use nfx_core::foreign::{self, Outline};
use nfx_core::models::ModelCard;
use nfx_core::models::effect::Effect;
use nfx_frame::worker::{Slot, Worker};
use parking_lot::Mutex;
use serde_json::Value as Json;

use crate::models::FILES;

/// Most files of a folder and those below it.
const MOST_FILES: usize = 10_000;
/// Folders below folders.
const DEEPEST: usize = 8;
/// Reading a folder.
const BROWSE: Slot = Slot::quick("folder of profiles");
/// Files that are read for their facts in one piece of work, so that nothing else waits long.
const PIECE: usize = 32;
/// Larger files are listed, but not read for their facts.
const LARGEST: u64 = 64 << 20;

/// One profile of the folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// The file's name without extension.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The folder below the chosen one that it lies in; empty at the top.
    pub folder: String,
    /// What kind of network: "LSTM", "WaveNet".
    pub family: String,
    /// The device, where the file tells it.
    pub gear: String,
    /// The error on what was held out, where the file tells it.
    pub esr: Option<f32>,
    /// The device's knobs, by name.
    pub knobs: Vec<String>,
}

impl Listed {
    /// Whether every word of `search` stands somewhere in what is known of it.
    #[must_use]
    pub fn matches(&self, search: &str) -> bool {
        let text =
            format!("{} {} {} {}", self.name, self.folder, self.gear, self.family).to_lowercase();
        search.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// What was found so far.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The folder.
    pub folder: PathBuf,
    /// Its profiles, by folder and name.
    pub profiles: Arc<Vec<Listed>>,
    /// The folder is still being read.
    pub reading: bool,
}

/// Reads folders. Clones share one state.
#[derive(Clone, Default)]
pub struct Browser {
    found: Arc<Mutex<Found>>,
    ticket: Arc<AtomicU64>,
}

impl Browser {
    /// What was found so far.
    #[must_use]
    pub fn found(&self) -> Found {
        self.found.lock().clone()
    }

    /// Has the worker read a folder, a piece at a time; one that is being read is left.
    pub fn read(&self, worker: &Arc<Worker>, folder: &Path) {
        let mut found = self.found.lock();
        let ticket = self.ticket.fetch_add(1, Ordering::AcqRel) + 1;
        if found.folder != folder {
            found.profiles = Arc::default();
        }
        (found.folder, found.reading) = (folder.to_owned(), true);
        let (this, then, folder) = (self.clone(), Arc::downgrade(worker), folder.to_owned());
        worker.post(BROWSE, move |_| {
            let mut paths = Vec::new();
            collect(&folder, &mut paths, 0);
            paths.sort_by_key(|path| {
                (
                    path.parent().map(Path::to_owned),
                    path.file_name().map(std::ffi::OsStr::to_ascii_lowercase),
                )
            });
            let profiles = paths.iter().map(|path| named(&folder, path)).collect();
            this.go_on(Reading { ticket, profiles, done: 0 }, then);
        });
    }

    /// Shows what is known, and posts the next piece of what is not.
    fn go_on(&self, mut reading: Reading, worker: Weak<Worker>) {
        let is_over = reading.done >= reading.profiles.len();
        if is_over {
            // A file that went in the meantime is not there any more, and a `.json` of something
            // else is no profile.
            let is_profile = |profile: &Listed| {
                profile.path.exists() && (!profile.family.is_empty() || !is_json(&profile.path))
            };
            reading.profiles.retain(is_profile);
        }
        let mut found = self.found.lock();
        if self.ticket.load(Ordering::Acquire) != reading.ticket {
            return;
        }
        (found.profiles, found.reading) = (Arc::new(reading.profiles.clone()), !is_over);
        let Some(own) = worker.upgrade().filter(|_| !is_over) else { return };
        // Posted while the list is locked: what another folder's reading has posted is never
        // replaced by this.
        let this = self.clone();
        own.post(BROWSE, move |_| {
            let until = (reading.done + PIECE).min(reading.profiles.len());
            reading.profiles[reading.done..until].iter_mut().for_each(facts);
            reading.done = until;
            this.go_on(reading, worker);
        });
    }
}

/// A folder that is being read.
struct Reading {
    ticket: u64,
    profiles: Vec<Listed>,
    /// Files that were read for their facts.
    done: usize,
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>, depth: usize) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if found.len() >= MOST_FILES || name.to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if depth < DEEPEST {
                collect(&path, found, depth + 1);
            }
        } else if path
            .extension()
            .is_some_and(|e| FILES.extensions.iter().any(|known| e.eq_ignore_ascii_case(known)))
        {
            found.push(path);
        }
    }
}

fn named(folder: &Path, path: &Path) -> Listed {
    let below = path.parent().and_then(|parent| parent.strip_prefix(folder).ok());
    Listed {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        path: path.to_owned(),
        folder: below.map(|below| below.to_string_lossy().into_owned()).unwrap_or_default(),
        ..Listed::default()
    }
}

/// Reads what a file says about itself; what cannot be read stays unsaid until somebody loads it.
fn facts(profile: &mut Listed) {
    let small = std::fs::metadata(&profile.path).is_ok_and(|meta| meta.len() <= LARGEST);
    let Some(bytes) = small.then(|| std::fs::read(&profile.path).ok()).flatten() else { return };
    if foreign::is_foreign(&bytes) { of_json(profile, &bytes) } else { of_card(profile, &bytes) }
}

fn of_json(profile: &mut Listed, bytes: &[u8]) {
    let Some(outline) = Outline::read(bytes) else { return };
    let Some(family) = outline.family() else { return };
    profile.family = family.to_owned();
    let metadata = &outline.metadata;
    let text = |name: &str| metadata.get(name).and_then(Json::as_str).unwrap_or_default();
    profile.gear = joined(&[text("gear_make"), text("gear_model"), text("tone_type")]);
    let esr = metadata.pointer("/training/validation_esr").or_else(|| metadata.get("esr"));
    profile.esr = esr.and_then(Json::as_f64).map(|esr| esr as f32);
}

/// The card of one of our own files, unchecked: loading checks it.
fn of_card(profile: &mut Listed, bytes: &[u8]) {
    let Ok(card) = ModelCard::peek(bytes) else { return };
    let Ok(Effect { info, .. }) = card.effect() else {
        profile.family = "another model".to_owned();
        return;
    };
    profile.family = "Profile".to_owned();
    let words = [&info.gear_make, &info.gear_model, &info.tone_type];
    profile.gear = joined(&words.map(|word| word.as_deref().unwrap_or_default()));
    profile.esr = info.esr;
    profile.knobs = info.knobs.iter().map(|knob| knob.name.clone()).collect();
}

fn joined(words: &[&str]) -> String {
    words
        .iter()
        .filter(|word| !word.is_empty())
        .map(|word| word.replace('_', " "))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_folder_is_listed_with_what_its_files_say() {
        let folder = tempfile::tempdir().unwrap();
        let nam = r#"{"version":"0.5.4","architecture":"LSTM","config":{},"weights":[1,2,3],
            "metadata":{"gear_make":"Tube","gear_model":"Works","tone_type":"hi_gain","training":{"validation_esr":0.0123}}}"#;
        std::fs::create_dir_all(folder.path().join("amps")).unwrap();
        std::fs::write(folder.path().join("amps/Loud.nam"), nam).unwrap();
        std::fs::write(folder.path().join("broken.nam"), "{").unwrap();
        std::fs::write(folder.path().join("package.json"), "{\"name\":\"x\"}").unwrap();
        std::fs::write(folder.path().join("text.txt"), "x").unwrap();
        let (browser, worker) = (Browser::default(), Arc::default());
        browser.read(&worker, folder.path());
        let begun = Instant::now();
        while browser.found().reading {
            assert!(begun.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(2));
        }
        let found = browser.found().profiles;
        assert_eq!(found.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["broken", "Loud"]);
        let loud = &found[1];
        assert_eq!(
            (loud.family.as_str(), loud.gear.as_str(), loud.folder.as_str()),
            ("LSTM", "Tube Works hi gain", "amps")
        );
        assert!((loud.esr.unwrap() - 0.0123).abs() < 1e-6);
        assert!(loud.matches("works amps") && !loud.matches("quiet"));
    }
}
