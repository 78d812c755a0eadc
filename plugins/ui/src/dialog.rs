//! File dialogs on a thread of their own, so that neither the window nor the host waits for them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Without a dialog service on the system the call returns at once; nobody cancels this fast.
const NOBODY: Duration = Duration::from_millis(150);

/// What came of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This file.
    Chosen(PathBuf),
    /// The user chose none.
    Cancelled,
    /// The system could not show a dialog.
    Unavailable,
}

/// What a dialog asks for.
#[derive(Clone, Debug)]
pub struct Question {
    /// The title of its window.
    pub title: String,
    /// The name of the kind of file, and its extensions without the dot.
    pub kind: (String, Vec<String>),
    /// Where it begins.
    pub folder: Option<PathBuf>,
    /// The proposed name, for a file that is to be written; none asks for a file that is there.
    pub save_as: Option<String>,
    /// A whole folder is asked for, not a file.
    pub whole_folder: bool,
}

impl Question {
    /// Asks for a file of a kind, which has a name and extensions without the dot.
    #[must_use]
    pub fn for_file(title: &str, kind: &str, extensions: Vec<String>) -> Self {
        let kind = (kind.to_owned(), extensions);
        Self { title: title.to_owned(), kind, folder: None, save_as: None, whole_folder: false }
    }

    /// Asks where to write a sound, and proposes `name` (without its extension) as far as file names
    /// can hold it.
    #[must_use]
    pub fn for_saving_sound(title: &str, name: &str) -> Self {
        let name = format!("{}.wav", nfx_frame::files::safe_file_name(name));
        Self { save_as: Some(name), ..Self::for_file(title, "Wave file", vec!["wav".to_owned()]) }
    }

    /// Begins in this folder.
    #[must_use]
    pub fn within(self, folder: Option<PathBuf>) -> Self {
        Self { folder, ..self }
    }

    /// Asks for a folder.
    #[must_use]
    pub fn for_folder(title: &str, folder: Option<PathBuf>) -> Self {
        Self { folder, whole_folder: true, ..Self::for_file(title, "", Vec::new()) }
    }
}

/// One dialog at a time.
#[derive(Clone, Debug, Default)]
pub struct Dialogs {
    open: Arc<AtomicBool>,
}

impl Dialogs {
    /// Asks, and calls `then` on the dialog's own thread. Does nothing while another dialog is
    /// open.
    pub fn ask(&self, question: Question, then: impl FnOnce(Answer) + Send + 'static) {
        if self.open.swap(true, Ordering::AcqRel) {
            return;
        }
        let open = self.open.clone();
        std::thread::spawn(move || {
            let answer = ask(&question);
            open.store(false, Ordering::Release);
            then(answer);
        });
    }
}

fn ask(question: &Question) -> Answer {
    let (kind, extensions) = &question.kind;
    let extensions: Vec<&str> = extensions.iter().map(String::as_str).collect();
    let mut dialog = rfd::FileDialog::new().set_title(&question.title);
    if !extensions.is_empty() {
        dialog = dialog.add_filter(kind, &in_both_cases(&extensions));
        if question.save_as.is_none() {
            dialog = dialog.add_filter("All files", &["*"]);
        }
    }
    if let Some(folder) = question.folder.as_deref().filter(|folder| folder.is_dir()) {
        dialog = dialog.set_directory(folder);
    }
    let asked = Instant::now();
    let path = match &question.save_as {
        Some(name) => dialog
            .set_file_name(name)
            .save_file()
            .map(|path| with_extension(path, extensions.first().copied())),
        None if question.whole_folder => dialog.pick_folder(),
        None => dialog.pick_file(),
    };
    match path {
        Some(path) => Answer::Chosen(path),
        None if asked.elapsed() < NOBODY => Answer::Unavailable,
        None => Answer::Cancelled,
    }
}

/// The extensions as they are and in capitals: recorders write `.WAV`, and some dialogs take that
/// for another kind of file.
fn in_both_cases(extensions: &[&str]) -> Vec<String> {
    extensions
        .iter()
        .flat_map(|extension| [(*extension).to_owned(), extension.to_uppercase()])
        .collect()
}

/// Adds the extension where the user left it out.
fn with_extension(path: PathBuf, extension: Option<&str>) -> PathBuf {
    match extension {
        Some(extension) if path.extension().is_none() => path.with_extension(extension),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_extension_gets_one() {
        assert_eq!(with_extension("a/b".into(), Some("wav")), PathBuf::from("a/b.wav"));
        assert_eq!(with_extension("a/b.wav".into(), Some("wav")), PathBuf::from("a/b.wav"));
    }
}
