//! The parameters as an editor shows them, by id: what stands in their table once, their values in
//! each frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use nfx_frame::table::{Entry, ParamTable};

/// A parameter's value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Value {
    /// 0..1.
    pub normal: f32,
    /// The default, 0..1.
    pub neutral: f32,
    /// With the host's modulation, 0..1.
    pub modulated: f32,
    /// With its unit.
    pub text: String,
}

impl Value {
    fn of(entry: &Entry) -> Self {
        let normal = entry.normalized();
        Self {
            normal,
            neutral: entry.default_normalized(),
            modulated: entry.modulated(),
            text: entry.text_of(normal),
        }
    }
}

/// What stands in the table.
#[derive(Debug)]
struct Fact {
    place: usize,
    name: String,
    help: String,
    steps: usize,
    /// The words of a choice; empty for any other.
    choices: Vec<String>,
}

impl Fact {
    fn of(place: usize, entry: &Entry) -> Self {
        let steps = entry.steps().unwrap_or(0);
        let word = |step: usize| entry.text_of(entry.normalized_at(step));
        let choices = if entry.is_choice() { (0..=steps).map(word).collect() } else { Vec::new() };
        Self { place, name: entry.name(), help: entry.help.clone(), steps, choices }
    }
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Its value.
    pub value: &'a Value,
    /// Its name.
    pub name: &'a str,
    /// What it does to the sound, in one line or two.
    pub help: &'a str,
    /// The words of a choice; empty for any other.
    pub choices: &'a [String],
    /// Which of its values a parameter with few of them has.
    pub index: usize,
}

/// See the module's documentation.
#[derive(Clone, Debug, Default)]
pub struct Values {
    facts: Arc<BTreeMap<String, Fact>>,
    now: Vec<Value>,
}

impl Values {
    /// The values of a table as they are now.
    #[must_use]
    pub fn of(table: &ParamTable) -> Self {
        Self::unread(table).now(table)
    }

    /// What stands in the table, and no value yet: the text of a value may need the model, which is
    /// not decoded for a host that only scans.
    #[must_use]
    pub fn unread(table: &ParamTable) -> Self {
        let entries = table.entries().iter().enumerate();
        let facts = entries.map(|(i, entry)| (entry.id.clone(), Fact::of(i, entry)));
        Self { facts: Arc::new(facts.collect()), now: Vec::new() }
    }

    /// The values of the table that this is of, as they are now.
    #[must_use]
    pub fn now(&self, table: &ParamTable) -> Self {
        let now = table.entries().iter().map(Value::of).collect();
        Self { facts: self.facts.clone(), now }
    }

    /// The parameter `id`; `None` where there is none.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Shown<'_>> {
        let fact = self.facts.get(id)?;
        let value = self.now.get(fact.place)?;
        let index = (value.normal * fact.steps as f32).round() as usize;
        Some(Shown { value, name: &fact.name, help: &fact.help, choices: &fact.choices, index })
    }

    /// The value of a parameter, 0..1; 0 where there is none.
    #[must_use]
    pub fn normal(&self, id: &str) -> f32 {
        self.get(id).map_or(0.0, |shown| shown.value.normal)
    }

    /// Which of its values a parameter with few of them has; the first where there is none.
    #[must_use]
    pub fn index(&self, id: &str) -> usize {
        self.get(id).map_or(0, |shown| shown.index)
    }

    /// Whether a switch is on for the sound: with the host's modulation, where [`Values::is_on`] says
    /// what a click would change.
    #[must_use]
    pub fn sounds_on(&self, id: &str) -> bool {
        self.get(id).is_some_and(|shown| shown.value.modulated > 0.5)
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn is_on(&self, id: &str) -> bool {
        self.index(id) > 0
    }
}
