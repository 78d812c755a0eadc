//! Controls of parameters: named by id, they show what the table says and ask for edits.

use egui::{Color32, Id, Rect};

use super::{Cx, ShelfAction, Shelved, Shown};
use crate::Edit;
use crate::button::{Choice, ChoiceStyle, Toggle};
use crate::knob::Knob;
use crate::menu::{DropBox, drop_list};
use crate::slider::Slider;

/// The identity of a parameter's control.
#[must_use]
pub fn control_id(id: &str) -> Id {
    Id::unique(("suite-param", id))
}

/// A knob of a parameter, and what it shows in the place of what the table says.
#[derive(Clone, Copy, Debug)]
pub struct Dial<'a> {
    /// The parameter's id.
    pub id: &'a str,
    /// The name; the parameter's own where it is empty.
    pub name: &'a str,
    /// What undo and messages call it; the name where it is empty.
    pub called: &'a str,
    /// What is drawn in the place of the name where there is no room for it.
    pub caption: Option<&'a str>,
    /// A second text behind the name.
    pub detail: &'a str,
    /// What it does to the sound; the table's sentence where it is empty.
    pub hint: &'a str,
    /// Where a double-click goes, 0..1, if not to the parameter's default.
    pub neutral: Option<f32>,
    /// Its colour; the plugin's where there is none.
    pub colour: Option<Color32>,
    /// False draws it without colour: it does nothing at present.
    pub enabled: bool,
}

impl<'a> Dial<'a> {
    /// As the table says.
    #[must_use]
    pub const fn of(id: &'a str) -> Self {
        Self {
            id,
            name: "",
            called: "",
            caption: None,
            detail: "",
            hint: "",
            neutral: None,
            colour: None,
            enabled: true,
        }
    }
}

fn or<'a>(given: &'a str, own: &'a str) -> &'a str {
    if given.is_empty() { own } else { given }
}

impl<'a, V: Shelved, A: From<ShelfAction>> Cx<'a, '_, V, A> {
    /// What is shown of a parameter.
    #[must_use]
    pub fn param(&self, id: &str) -> Option<Shown<'a>> {
        self.shelf().values.get(id)
    }

    /// Asks for edits of a parameter; `name` is what undo and messages call it.
    pub fn edit(&mut self, id: &str, name: &str, edits: Vec<Edit>) {
        if !edits.is_empty() {
            self.ask(ShelfAction::Edit { id: id.to_owned(), name: name.to_owned(), edits });
        }
    }

    /// Asks for one of the values of a parameter with few of them.
    pub fn pick(&mut self, id: &str, index: usize) {
        self.ask(ShelfAction::Choose { id: id.to_owned(), index });
    }

    /// A knob in its cell; says where dial and caption stand.
    pub fn dial(&mut self, dial: Dial<'_>, rect: Rect) -> Option<Rect> {
        let shown = self.param(dial.id)?;
        let name = or(dial.name, shown.name);
        let knob = Knob {
            name,
            caption: dial.caption,
            detail: dial.detail,
            value: shown.value.normal,
            neutral: dial.neutral.unwrap_or(shown.value.neutral),
            modulated: shown.value.modulated,
            text: &shown.value.text,
            hint: or(dial.hint, shown.help),
            colour: dial.colour.unwrap_or(self.theme.accent),
            enabled: dial.enabled,
        };
        let output = knob.show(self.ui, &self.theme, control_id(dial.id), rect);
        self.edit(dial.id, or(dial.called, name), output.edits);
        Some(output.response.rect)
    }

    /// A slider in one line, with the name at its left.
    pub fn line(&mut self, id: &str, name: &str, rect: Rect) {
        let Some(Shown { value, name: own, help, .. }) = self.param(id) else { return };
        let slider = Slider {
            name,
            value: value.normal,
            neutral: value.neutral,
            text: &value.text,
            hint: help,
        };
        let edits = slider.show(self.ui, &self.theme, control_id(id), rect);
        self.edit(id, own, edits);
    }

    /// A switch with its label.
    pub fn flip(&mut self, id: &str, label: &str, rect: Rect) {
        let Some(shown) = self.param(id) else { return };
        let on = shown.index > 0;
        let toggle = Toggle { label, on, hint: shown.help };
        if toggle.show(self.ui, &self.theme, control_id(id), rect) {
            self.pick(id, usize::from(!on));
        }
    }

    /// A row of alternatives, each with a sentence. `words` stand in the place of the table's where
    /// there are any.
    pub fn segments(&mut self, id: &str, words: &[&str], hints: &[&str], rect: Rect) {
        let Some(shown) = self.param(id) else { return };
        let own: Vec<&str> = shown.choices.iter().map(String::as_str).collect();
        let options = if words.is_empty() { own.as_slice() } else { words };
        let choice = Choice {
            name: shown.name,
            options,
            hints,
            chosen: shown.index,
            style: ChoiceStyle::Segments,
        };
        if let Some(index) = choice.show(self.ui, &self.theme, control_id(id), rect) {
            self.pick(id, index);
        }
    }

    /// A list that drops down.
    pub fn drop(&mut self, id: &str, rect: Rect) {
        let Some(shown) = self.param(id) else { return };
        let options: Vec<&str> = shown.choices.iter().map(String::as_str).collect();
        let choice = DropBox { caption: "", text: &shown.value.text, hint: shown.help };
        let response = choice.show(self.ui, &self.theme, control_id(id), rect);
        if let Some(index) = drop_list(&self.theme, &response, &options, Some(shown.index)) {
            self.pick(id, index);
        }
    }
}
