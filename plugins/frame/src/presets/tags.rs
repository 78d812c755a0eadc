//! The words that presets are grouped by.

use super::Preset;

/// The suite's own tags, in the browser's order: what a preset is for, then what it is like. A user
/// may write others.
pub const TAGS: [&str; 24] = [
    "start", "bass", "drums", "guitar", "keys", "lead", "pad", "pluck", "voice", "mix", "drone",
    "metal", "colour", "dark", "bright", "drive", "lo-fi", "space", "motion", "freeze", "morph",
    "level", "tool", WILD,
];

/// The tag of a preset that may be louder, stranger or less bound to its input than others; at most
/// one in ten has it.
pub const WILD: &str = "wild";

/// The longest tag, in characters.
const LONGEST: usize = 20;
/// The most tags that a preset is listed under.
const MOST: usize = 8;

/// A tag as it is kept: in lower case, without blanks at its ends and the mark of a tag before it.
/// `None` when nothing is left.
#[must_use]
pub fn tidy(tag: &str) -> Option<String> {
    let kept: String =
        tag.trim().trim_start_matches('#').to_lowercase().chars().take(LONGEST).collect();
    let kept = kept.trim().to_owned();
    (!kept.is_empty()).then_some(kept)
}

/// The tags that a preset is listed under: its own or, in a file of before tags, its category.
#[must_use]
pub fn of(preset: &Preset) -> Vec<String> {
    let own = unique(preset.tags.iter().filter_map(|tag| tidy(tag)));
    if !own.is_empty() || preset.category.is_empty() || preset.category == "User" {
        return own;
    }
    tidy(&preset.category).into_iter().collect()
}

/// Every tag once, in the order in which it came, and no more than are read.
#[must_use]
pub fn unique(tags: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        if kept.len() < MOST && !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    kept
}

/// A name and the tags behind it, as a user types them: "Deep Growl #bass #wild".
#[must_use]
pub fn split(text: &str) -> (String, Vec<String>) {
    // "Take 2 #1" and "F#m7" are names.
    let begins = |(at, _): &(usize, &str)| {
        let (before, behind) = (&text[..*at], &text[at + 1..]);
        before.chars().last().is_none_or(char::is_whitespace)
            && behind.trim_start().starts_with(char::is_alphabetic)
    };
    let first = text.match_indices('#').find(begins).map_or(text.len(), |(at, _)| at);
    let (name, tags) = text.split_at(first);
    (name.trim().to_owned(), unique(tags.split('#').filter_map(tidy)))
}

/// A name and its tags as [`split`] reads them.
#[must_use]
pub fn join(name: &str, tags: &[String]) -> String {
    tags.iter().fold(name.to_owned(), |text, tag| text + " #" + tag)
}

/// The tags of all presets, the suite's own first and in their order, then the user's by the
/// alphabet.
#[must_use]
pub fn sorted<'a>(tags: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = tags.into_iter().collect();
    let rank = |tag: &str| TAGS.iter().position(|known| *known == tag).unwrap_or(TAGS.len());
    all.sort_unstable_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    all.dedup();
    all
}

/// A tag as a heading: its first letter in capitals.
#[must_use]
pub fn heading(tag: &str) -> String {
    let mut letters = tag.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn a_name_and_its_tags_are_read_as_they_are_written() {
        assert_eq!(
            split("Deep Growl #Bass # wild#bass"),
            ("Deep Growl".to_owned(), owned(&["bass", "wild"]))
        );
        assert_eq!(split("Take #2 #pad"), ("Take #2".to_owned(), owned(&["pad"])));
        assert_eq!(split("F#m7 "), ("F#m7".to_owned(), Vec::new()));
        assert_eq!(split("#pad#"), (String::new(), owned(&["pad"])));
        let tags = owned(&["pad", "my own"]);
        assert_eq!(split(&join("Ümlaut", &tags)), ("Ümlaut".to_owned(), tags));
    }

    #[test]
    fn the_suites_tags_come_first() {
        assert_eq!(
            sorted(["zebra", "pad", "wild", "bass", "apple", "pad"]),
            ["bass", "pad", "wild", "apple", "zebra"]
        );
        assert_eq!(heading("lo-fi"), "Lo-fi");
        assert!(TAGS.iter().all(|tag| tidy(tag).as_deref() == Some(*tag)));
    }
}
