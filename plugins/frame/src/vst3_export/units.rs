//! Groups of parameters, as VST3's units: numbered from 1 in the order of their whole names; 0 is
//! the top.

use std::collections::BTreeSet;

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its own name, without its parents'.
    pub name: String,
    /// The parent's number; 0 at the top.
    pub parent: i32,
}

/// All groups of a plugin.
#[derive(Clone, Debug, Default)]
pub struct Units {
    paths: Vec<String>,
    units: Vec<Unit>,
}

impl Units {
    /// The units of groups named by paths with slashes between their parts; a path's parents are
    /// units, too.
    pub fn new<'a>(groups: impl Iterator<Item = &'a str>) -> Self {
        let mut paths = BTreeSet::new();
        for group in groups.filter(|group| !group.is_empty()) {
            paths.extend(group.match_indices('/').map(|(end, _)| group[..end].to_owned()));
            paths.insert(group.to_owned());
        }
        let mut all = Self { paths: paths.into_iter().collect(), units: Vec::new() };
        all.units = all
            .paths
            .iter()
            .map(|path| match path.rsplit_once('/') {
                Some((parent, name)) => Unit { name: name.to_owned(), parent: all.number(parent) },
                None => Unit { name: path.clone(), parent: 0 },
            })
            .collect();
        all
    }

    /// The number of a group; 0 for the top and for one that is not there.
    pub fn number(&self, group: &str) -> i32 {
        let index = self.paths.binary_search_by(|path| path.as_str().cmp(group));
        index.map_or(0, |index| i32::try_from(index + 1).unwrap_or(0))
    }

    /// The units in the order of their numbers, from 1.
    pub fn list(&self) -> &[Unit] {
        &self.units
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_numbered_in_order_below_their_parents() {
        let units = Units::new(["Knobs/Trims", "", "Sound", "Knobs/Trims", "A/B/C"].into_iter());
        let names: Vec<(&str, i32)> =
            units.list().iter().map(|unit| (unit.name.as_str(), unit.parent)).collect();
        assert_eq!(names, [("A", 0), ("B", 1), ("C", 2), ("Knobs", 0), ("Trims", 4), ("Sound", 0)]);
        assert_eq!((units.number("Sound"), units.number(""), units.number("none")), (6, 0, 0));
    }
}
