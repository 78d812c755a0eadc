//! What the shelf's presenter does with the user's presets: saving, naming, stars, and files in and
//! out.

use std::sync::atomic::Ordering;

use super::{Message, PresetLine, ShelfAction, ShelfPresenter, Tone};
use crate::dialog::Question;
use nfx_frame::editing::Label;
use nfx_frame::files::safe_file_name;
use nfx_frame::presets::tags;
use nfx_frame::snapshot::Session;

/// The label of a preset that is saved or sent out under the typed `text` while `current` is in
/// use. One of the user's own shows its tags in the field, so that what is typed counts; one of the
/// factory's passes its tags on.
fn label(text: &str, current: Option<&PresetLine>) -> Label {
    let (name, typed) = tags::split(text);
    let inherited =
        || current.filter(|line| !line.own).map(|line| line.tags.clone()).unwrap_or_default();
    let tags = if typed.is_empty() { inherited() } else { typed };
    // The sentences belong to the sound: they stay as long as the name does.
    let same = current.filter(|line| line.name == name);
    Label {
        tags: tags.into_iter().filter(|tag| tag != "start").collect(),
        description: same.map(|line| line.description.clone()).unwrap_or_default(),
        shines: same.map(|line| line.shines.clone()).unwrap_or_default(),
        name,
    }
}

impl<S: Session + 'static> ShelfPresenter<S> {
    /// Saves the setting under what the user typed.
    pub(super) fn save(&mut self, text: &str) {
        let label = label(text, self.line_in_use().as_ref());
        let replace = self.lines().iter().any(|line| line.own && line.name == label.name);
        let name = label.name.clone();
        if self.editing().save_preset(label, replace) {
            self.say(Tone::Note, format!("Saved as \u{201c}{name}\u{201d}."));
        }
        self.list_presets();
    }

    /// Carries out a wish for the list of presets.
    pub(super) fn curate(&mut self, action: ShelfAction) {
        match action {
            ShelfAction::RenamePreset(index, text) => {
                if let Some(id) = self.preset_id(index) {
                    let (name, tags) = tags::split(&text);
                    self.editing().rename_preset(&id, &name, &tags);
                }
            }
            ShelfAction::StarPreset(index) => {
                if let (Some(id), Some(line)) = (self.preset_id(index), self.lines().get(index)) {
                    self.editing().star_preset(&id, &line.name, !line.favourite);
                }
            }
            ShelfAction::ImportPreset => self.import(),
            ShelfAction::ExportPreset => self.export(),
            // The presenter's own.
            _ => return,
        }
        self.list_presets();
    }

    fn import(&self) {
        let question = question("Import a preset", None);
        let (editing, said, arrived) = (self.editing().clone(), self.said(), self.arrived());
        let otherwise =
            "Put the preset file into the folder of your presets and click Refresh.".to_owned();
        self.ask(question, otherwise, move |path| {
            let (tone, text) = match editing.import_preset(&path) {
                Ok(name) => {
                    (Tone::Note, format!("\u{201c}{name}\u{201d} is among your presets now."))
                }
                Err(sentence) => (Tone::Error, sentence.into()),
            };
            *said.lock() = Some(Message { tone, text });
            arrived.store(true, Ordering::Release);
        });
    }

    fn export(&self) {
        let line = self.line_in_use();
        let name = line.as_ref().map_or("Untitled", |line| line.name.as_str());
        let label =
            label(&tags::join(name, line.as_ref().map_or(&[], |line| &line.tags)), line.as_ref());
        let question =
            question("Export this setting", Some(format!("{}.json", safe_file_name(name))));
        let (editing, said) = (self.editing().clone(), self.said());
        self.ask_where(question, move |path| {
            let (tone, text) = match editing.export_preset(label, &path) {
                Ok(()) => {
                    (Tone::Note, format!("Written to {}.", nfx_frame::files::for_people(&path)))
                }
                Err(sentence) => (Tone::Error, sentence.into()),
            };
            *said.lock() = Some(Message { tone, text });
        });
    }
}

fn question(title: &str, save_as: Option<String>) -> Question {
    Question { save_as, ..Question::for_file(title, "Presets", vec!["json".to_owned()]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_that_is_saved_keeps_what_belongs_to_it() {
        let line = |own: bool| PresetLine {
            name: "Glass".to_owned(),
            tags: vec!["start".to_owned(), "pad".to_owned()],
            description: "It rings.".to_owned(),
            own,
            ..PresetLine::default()
        };
        let (factory, own) = (line(false), line(true));
        let saved = label("Glass", Some(&factory));
        assert_eq!(
            (saved.tags.as_slice(), saved.description.as_str()),
            (["pad".to_owned()].as_slice(), "It rings.")
        );
        assert_eq!(
            label("Other", Some(&factory)),
            Label { tags: vec!["pad".to_owned()], ..Label::named("Other") }
        );
        assert_eq!(label("Other #bass", Some(&factory)).tags, ["bass"]);
        assert!(label("Glass", Some(&own)).tags.is_empty(), "its tags were taken out of the field");
        assert_eq!(label("Glass", None), Label::named("Glass"));
    }
}
