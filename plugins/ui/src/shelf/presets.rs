//! The preset browser: categories, search and stars at the left, the preset in use and what can be
//! done with it at the right.

use egui::Rect;

use super::{Cx, PresetLine, ShelfAction, Shelved};
use nfx_frame::presets::tags;

mod card;
mod list;

/// Which presets are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Category {
    /// Every one.
    #[default]
    All,
    /// Those with the user's star.
    Favourites,
    /// Those that the user saved.
    Mine,
    /// Those with this tag.
    Tag(String),
}

impl Category {
    /// Whether a preset belongs to it.
    #[must_use]
    pub fn holds(&self, line: &PresetLine) -> bool {
        match self {
            Self::All => true,
            Self::Favourites => line.favourite,
            Self::Mine => line.own,
            Self::Tag(tag) => line.tags.contains(tag),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::All => "All".to_owned(),
            Self::Favourites => "Favourites".to_owned(),
            Self::Mine => "Mine".to_owned(),
            Self::Tag(tag) => tags::heading(tag),
        }
    }

    /// The categories of these presets, in the browser's order. The tag of *Init* alone is none.
    #[must_use]
    pub fn of(lines: &[PresetLine]) -> Vec<Self> {
        let all = lines
            .iter()
            .flat_map(|line| line.tags.iter().map(String::as_str))
            .filter(|tag| *tag != "start");
        let mut categories = vec![Self::All, Self::Favourites, Self::Mine];
        categories.extend(tags::sorted(all).into_iter().map(|tag| Self::Tag(tag.to_owned())));
        categories
    }
}

/// What the browser remembers between frames.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    /// The words to search for.
    pub search: String,
    /// The name to save under, and tags behind it.
    pub name: String,
    /// Which presets are listed.
    pub category: Category,
    /// The preset that is about to be deleted, once it is confirmed.
    pub deleting: Option<String>,
    /// The preset whose name is in the field, and its tags.
    shown: Option<(String, Vec<String>)>,
}

impl Browser {
    /// Whether a preset is to be listed: it is of the category, and every word of the search stands
    /// in its texts.
    #[must_use]
    pub fn lists(&self, line: &PresetLine) -> bool {
        if !self.category.holds(line) {
            return false;
        }
        let texts = [&line.name, &line.tags.join(" "), &line.description, &line.shines];
        let text = texts.map(String::as_str).join(" ").to_lowercase();
        self.search.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// Draws the page.
pub fn show<V: Shelved, A: From<ShelfAction>>(
    cx: &mut Cx<'_, '_, V, A>,
    rect: Rect,
    browser: &mut Browser,
) {
    let (left_share, most) = (0.66, (rect.width() / cx.theme.k - 216.0).max(1.0));
    let least = (rect.width() / cx.theme.k - 428.0).clamp(1.0, most);
    let (left, right) = cx.two_panels(rect, left_share, (least, most));
    list::show(cx, left.shrink(cx.px(8.0)), browser);
    card::show(cx, right.shrink(cx.px(12.0)), browser);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, tags: &[&str]) -> PresetLine {
        PresetLine {
            name: name.to_owned(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..PresetLine::default()
        }
    }

    #[test]
    fn categories_and_words_narrow_the_list() {
        let lines = [
            line("Init", &["start"]),
            PresetLine {
                favourite: true,
                shines: "On thin loops.".to_owned(),
                ..line("Warm Floor", &["bass", "colour"])
            },
            PresetLine { own: true, ..line("Ours", &["zither"]) },
        ];
        let categories = Category::of(&lines);
        let names: Vec<String> = categories.iter().map(Category::name).collect();
        assert_eq!(names, ["All", "Favourites", "Mine", "Bass", "Colour", "Zither"]);
        let mut browser = Browser::default();
        let mut listed = |category: Category, search: &str| -> Vec<&str> {
            (browser.category, browser.search) = (category, search.to_owned());
            lines.iter().filter(|line| browser.lists(line)).map(|line| line.name.as_str()).collect()
        };
        assert_eq!(listed(Category::All, ""), ["Init", "Warm Floor", "Ours"]);
        assert_eq!(listed(Category::Favourites, ""), ["Warm Floor"]);
        assert_eq!(listed(Category::Mine, ""), ["Ours"]);
        assert_eq!(listed(Category::Tag("bass".to_owned()), ""), ["Warm Floor"]);
        assert_eq!(listed(Category::All, "LOOPS colour"), ["Warm Floor"]);
        assert!(listed(Category::Mine, "loops").is_empty());
    }
}
