//! The strict host's results as lines, and the table that is made of them.
//!
//! A line is `format`, `plugin`, `case` and how it ended, with tabs between; so results of other
//! programs can join.

use super::Ending;

/// One result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `vst3` or `clap`.
    pub format: String,
    /// The name that a musician sees.
    pub plugin: String,
    /// The case.
    pub case: String,
    /// How it ended.
    pub ending: String,
}

impl Line {
    /// A result as a line.
    #[must_use]
    pub fn new(format: &str, plugin: &str, case: &str, ending: &Ending) -> Self {
        Self {
            format: format.into(),
            plugin: plugin.into(),
            case: case.into(),
            ending: ending.to_string(),
        }
    }

    /// Reads what [`Line`]'s `Display` wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '\t').map(str::to_owned);
        Some(Self {
            format: parts.next()?,
            plugin: parts.next()?,
            case: parts.next()?,
            ending: parts.next()?,
        })
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let one_line = |text: &str| text.replace(['\t', '\n', '|'], " ");
        write!(f, "{}\t{}\t{}\t{}", self.format, self.plugin, self.case, one_line(&self.ending))
    }
}

/// A table of cases by plugins, each cell with what came before and what comes now. `asks` gives a
/// case's words.
#[must_use]
pub fn table(format: &str, before: &[Line], now: &[Line], asks: &dyn Fn(&str) -> String) -> String {
    let mut plugins: Vec<&str> =
        now.iter().filter(|line| line.format == format).map(|line| &*line.plugin).collect();
    plugins.sort_unstable();
    plugins.dedup();
    let mut cases: Vec<&str> = Vec::new();
    for line in now.iter().filter(|line| line.format == format) {
        if !cases.contains(&&*line.case) {
            cases.push(&line.case);
        }
    }
    let find = |lines: &[Line], plugin: &str, case: &str| {
        let found = lines
            .iter()
            .find(|line| line.format == format && line.plugin == plugin && line.case == case);
        found.map_or_else(|| "–".to_owned(), |line| line.ending.clone())
    };
    let has_before = before.iter().any(|line| line.format == format);
    let mut text = format!(
        "| case | asks | {} |\n|---|---|{}\n",
        plugins.join(" | "),
        "---|".repeat(plugins.len())
    );
    for case in cases {
        let cells: Vec<String> = plugins
            .iter()
            .map(|plugin| {
                let now = find(now, plugin, case);
                if !has_before {
                    return now;
                }
                let before = find(before, plugin, case);
                if before == now { now } else { format!("{before} → **{now}**") }
            })
            .collect();
        text += &format!("| `{case}` | {} | {} |\n", asks(case), cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_and_its_table_shows_before_and_now() {
        let before = Line::new("vst3", "ANNe", "sysex", &Ending::Died("signal: 6".into()));
        let now = Line::new("vst3", "ANNe", "sysex", &Ending::Good("silence | 0".into()));
        assert_eq!(Line::parse(&before.to_string()).unwrap(), before);
        let now = Line::parse(&now.to_string()).unwrap();
        let table = table("vst3", &[before], &[now], &|_| "a SysEx event without data".into());
        assert!(table.contains("host dead: signal: 6 → **good: silence   0**"), "{table}");
    }
}
