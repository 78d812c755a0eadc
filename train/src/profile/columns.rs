//! What the columns of a table of pairs mean, and the pair of each row.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use nfx_core::models::effect::KnobInfo;

use super::data::Part;
use super::folder::{common_input, knobs_of};
use super::pairs::{PairFiles, Pairs};
use super::progress::say;
use super::table::{Row, Table};
use crate::audio::{EXTENSIONS, is_audio_path};

/// Headings of the column of recordings, the surest first.
const TARGETS: [&str; 8] =
    ["file", "filename", "file name", "file_name", "target", "recording", "output", "wet"];
/// Headings of the column of what was played.
const INPUTS: [&str; 4] = ["input", "dry", "source", "played"];
/// Headings of the column that says what a row is for.
const PARTS: [&str; 3] = ["split", "part", "set"];
/// Headings of columns for people.
const NOTES: [&str; 8] =
    ["note", "notes", "comment", "comments", "remark", "remarks", "description", "#"];

/// The file that a name in a table means: as it is written, in another case, or without its
/// extension; Windows' strokes are those of all.
pub(super) fn find(dir: &Path, name: &str, extensions: &[&str]) -> Option<PathBuf> {
    let plain = dir.join(name);
    if plain.is_file() {
        return Some(plain);
    }
    let path = dir.join(name.replace('\\', "/"));
    let candidates = std::iter::once(path.clone())
        .chain(extensions.iter().map(|e| PathBuf::from(format!("{}.{e}", path.display()))));
    let (folder, mut wanted) = (path.parent()?, Vec::new());
    for candidate in candidates {
        if candidate.is_file() {
            return Some(candidate);
        }
        wanted.push(candidate.file_name()?.to_string_lossy().to_lowercase());
    }
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut same: Vec<PathBuf> = entries
        .filter(|p| {
            p.is_file()
                && p.file_name()
                    .is_some_and(|n| wanted.contains(&n.to_string_lossy().to_lowercase()))
        })
        .collect();
    same.sort();
    same.into_iter().next()
}

/// What the pairs of a table depend on beside the table.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// The folder that the names in the table count from.
    pub dir: &'a Path,
    /// The played sound of the rows that name none.
    pub common: Option<&'a Path>,
    /// Knobs whose range is told.
    pub given: &'a [KnobInfo],
}

/// Where in a table what stands.
struct Columns {
    target: usize,
    input: Option<usize>,
    part: Option<usize>,
    /// Column and unit of each knob.
    knobs: Vec<(usize, String)>,
}

impl Columns {
    fn of(table: &Table, rows: &[&Row], around: Around<'_>) -> Result<(Columns, Vec<String>)> {
        let Around { dir, given, .. } = around;
        let named = |names: &[&str], is_one: &dyn Fn(usize) -> bool| {
            let of = |name: &str| {
                (0..table.headings.len())
                    .find(|i| table.headings[*i].eq_ignore_ascii_case(name) && is_one(*i))
            };
            names.iter().find_map(|name| of(name))
        };
        let count = |i: usize, is_one: &dyn Fn(&str) -> bool| {
            rows.iter().filter(|row| is_one(&row.cells[i])).count()
        };
        let filled = |i: usize| count(i, &|cell| !cell.is_empty());
        let numbers = |i: usize| {
            count(i, &|cell| !is_audio_path(Path::new(cell)) && table.number(cell).is_ok())
        };
        // A knob may be called Input, or Set: then its cells are numbers. The name of a file may
        // begin with one.
        let is_value = |cell: &str| is_number(table, cell, dir);
        let words = |i: usize| filled(i) == 0 || count(i, &is_value) < filled(i);
        let target = named(&TARGETS, &|_| true);
        let target = target
            .context("expected a column `file` with the names of the recordings, found none")?;
        let (input, part) = (named(&INPUTS, &words), named(&PARTS, &words));
        let mut out = Columns { target, input, part, knobs: Vec::new() };
        let (mut passed, mut doubtful) = (Vec::new(), None);
        for (i, heading) in table.headings.iter().enumerate() {
            if [Some(target), input, part].contains(&Some(i)) {
                continue;
            }
            let name = split_unit(heading).0;
            let is_given = given.iter().any(|k| k.name.eq_ignore_ascii_case(name));
            let is_note = !is_given && NOTES.iter().any(|n| heading.eq_ignore_ascii_case(n));
            if is_note || filled(i) == 0 && !is_given {
                if !heading.is_empty() && !is_note {
                    passed.push(format!("The column {heading} is empty and is passed over."));
                }
            } else if heading.is_empty() {
                passed.push(format!("Column {} has no heading and is passed over.", i + 1));
            } else if numbers(i) == 0 && !is_given {
                doubtful.get_or_insert(i);
                passed
                    .push(format!("The column {heading} holds words, not the numbers of a knob, and is passed over."));
            } else {
                out.knobs.push((i, unit_of(table, rows, i)?));
            }
        }
        if let (Some(i), true) = (doubtful, out.knobs.is_empty()) {
            // Words in the only column there is are more likely meant as a knob's values.
            number(table, rows[0], i)?;
        }
        Ok((out, passed))
    }
}

/// Whether a cell is the value of a knob and no file: `3 dB` is one, `01_dry.wav` is none, nor is
/// `01_dry` where there is such a file.
fn is_number(table: &Table, cell: &str, dir: &Path) -> bool {
    let is_name = |unit: &str| {
        cell.contains(['/', '\\']) || !unit.is_empty() && find(dir, cell, &EXTENSIONS).is_some()
    };
    !is_audio_path(Path::new(cell)) && table.number(cell).is_ok_and(|(_, unit)| !is_name(&unit))
}

/// The number in a cell, with a sentence that has the row when it is none.
fn number(table: &Table, row: &Row, column: usize) -> Result<(f64, String)> {
    let (heading, cell) = (&table.headings[column], &row.cells[column]);
    ensure!(
        !cell.is_empty(),
        "expected a number for {heading} in row {}, found an empty cell",
        row.number
    );
    ensure!(
        !is_audio_path(Path::new(cell)),
        "expected a number for {heading} in row {}, found the name of a sound file, {cell}",
        row.number
    );
    let (value, unit) = table
        .number(cell)
        .with_context(|| format!("expected a number for {heading} in row {}", row.number))?;
    ensure!(
        value.is_finite() && (value as f32).is_finite(),
        "expected a finite number for {heading} in row {}, found {cell}",
        row.number
    );
    Ok((value, unit))
}

/// `Drive (dB)` as name and unit.
pub(super) fn split_unit(heading: &str) -> (&str, &str) {
    heading.split_once(['(', '[']).map_or((heading, ""), |(name, unit)| {
        (name.trim(), unit.trim_end_matches([')', ']', ' ']).trim())
    })
}

/// The unit that stands behind a column's numbers, which must be one, and that of the heading where
/// it has one.
fn unit_of(table: &Table, rows: &[&Row], column: usize) -> Result<String> {
    let mut unit = split_unit(&table.headings[column]).1.to_owned();
    for row in rows {
        let (_, own) = number(table, row, column)?;
        if own.is_empty() || own.eq_ignore_ascii_case(&unit) {
            continue;
        }
        ensure!(
            unit.is_empty(),
            "expected the number of {} in row {} in {unit}, found {:?}",
            table.headings[column],
            row.number,
            row.cells[column]
        );
        unit = own;
    }
    Ok(unit)
}

/// The pairs of a table; what is odd in it is said.
///
/// # Errors
/// As [`folder`](super::folder::folder).
pub(super) fn from_table(path: &Path, around: Around<'_>) -> Result<Pairs> {
    let table =
        Table::read(path, |heading| TARGETS.iter().any(|name| heading.eq_ignore_ascii_case(name)))?;
    let found = pairs_of(&table, around);
    let (pairs, words) =
        found.with_context(|| format!("the table {} cannot be used", path.display()))?;
    words.iter().for_each(|word| say("note", &format!("{}: {word}", path.display())));
    Ok(pairs)
}

/// The pairs of a table, and what is to be said of it.
fn pairs_of(table: &Table, around: Around<'_>) -> Result<(Pairs, Vec<String>)> {
    let Around { dir, given, .. } = around;
    let at = TARGETS
        .iter()
        .find_map(|name| table.headings.iter().position(|h| h.eq_ignore_ascii_case(name)));
    let target =
        at.context("expected a column `file` with the names of the recordings, found none")?;
    let mut words = Vec::new();
    // A row that begins with # is a remark, unless there is a file of that name.
    let is_remark = |row: &&Row| {
        row.cells[0].starts_with('#') && find(dir, &row.cells[target], &EXTENSIONS).is_none()
    };
    let (remarks, rows): (Vec<&Row>, Vec<&Row>) = table.rows.iter().partition(is_remark);
    for row in remarks.iter().filter(|row| row.cells.iter().filter(|c| !c.is_empty()).count() > 1) {
        words.push(format!(
            "Row {} begins with # and names no file that is there: it is passed over.",
            row.number
        ));
    }
    ensure!(!rows.is_empty(), "expected rows with recordings, found none below the headings");
    let (columns, passed) = Columns::of(table, &rows, around)?;
    words.extend(passed);
    let headings: Vec<&str> =
        columns.knobs.iter().map(|(i, _)| table.headings[*i].as_str()).collect();
    if let Some(knob) = given
        .iter()
        .find(|k| !headings.iter().any(|h| split_unit(h).0.eq_ignore_ascii_case(&k.name)))
    {
        bail!("expected a column for the knob {}, found only {:?}", knob.name, headings);
    }
    let mut files: Vec<PairFiles> = Vec::new();
    let mut places: Vec<u64> = Vec::new();
    for row in rows {
        let pair = pair_of(table, row, &columns, around)?;
        if let Some(i) = files.iter().position(|f| f.target == pair.target) {
            ensure!(
                files[i] == pair,
                "expected each recording once, found {} in rows {} and {} with different settings",
                row.cells[target],
                places[i],
                row.number
            );
            words.push(format!(
                "Row {} says the same as row {} and is passed over.",
                row.number, places[i]
            ));
            continue;
        }
        files.push(pair);
        places.push(row.number);
    }
    let units: Vec<(&str, &str)> = columns
        .knobs
        .iter()
        .map(|(i, unit)| (split_unit(&table.headings[*i]).0, unit.as_str()))
        .collect();
    let knobs = knobs_of(&units, &files, given)?;
    Ok((Pairs { files, knobs }, words))
}

/// The pair of one row.
fn pair_of(table: &Table, row: &Row, columns: &Columns, around: Around<'_>) -> Result<PairFiles> {
    let Around { dir, common, given } = around;
    let there = |what: &str, name: &str| {
        ensure!(
            !name.is_empty(),
            "expected the name of a {what} in row {}, found an empty cell",
            row.number
        );
        let found = find(dir, name, &EXTENSIONS);
        found.with_context(|| match dir.join(name).is_dir() {
            true => format!("expected a {what} in row {}, found the folder {name}", row.number),
            false => format!(
                "expected the {what} {name} of row {} in {}, found none",
                row.number,
                dir.display()
            ),
        })
    };
    let target = there("recording", &row.cells[columns.target])?;
    let mut values = Vec::with_capacity(columns.knobs.len());
    for (i, _) in &columns.knobs {
        let value = number(table, row, *i)?.0 as f32;
        let name = split_unit(&table.headings[*i]).0;
        if let Some(knob) = given.iter().find(|k| k.name.eq_ignore_ascii_case(name)) {
            let slack = 1e-5 * (knob.max - knob.min);
            ensure!(
                (knob.min - slack..=knob.max + slack).contains(&value),
                "expected {name} from {} to {} in row {}, found {}",
                knob.min,
                knob.max,
                row.number,
                row.cells[*i]
            );
        }
        values.push(value);
    }
    let part = match columns.part.map(|i| row.cells[i].to_lowercase()).as_deref() {
        None | Some("") => None,
        Some("train" | "training") => Some(Part::Train),
        Some("validation" | "val" | "valid") => Some(Part::Validation),
        Some("test") => Some(Part::Test),
        Some(other) => {
            bail!("expected train, validation or test in row {}, found {other:?}", row.number)
        }
    };
    let input = match columns.input.map(|i| row.cells[i].as_str()).filter(|name| !name.is_empty()) {
        Some(name) => there("played sound", name)?,
        None => match common {
            Some(input) => input.to_owned(),
            None => common_input(dir)?,
        },
    };
    Ok(PairFiles { input, target, values, part })
}
