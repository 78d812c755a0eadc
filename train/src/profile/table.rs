//! Tables as spreadsheets write them anywhere in Europe: commas, semicolons or tabs between the
//! cells, points or commas in the numbers, UTF-8, UTF-16 or Windows-1252, with or without a mark,
//! with blank rows and empty columns.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// The largest table that is read.
const MOST_BYTES: u64 = 16 << 20;
/// Rows that may stand above the headings: a title, a line of its author.
const MOST_ABOVE: usize = 10;
/// What may stand between two cells.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A row that is not blank.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// Its line in the file, from 1, as a spreadsheet counts.
    pub number: u64,
    /// As many cells as there are headings.
    pub cells: Vec<String>,
}

/// A table with headings.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    /// What stands above each column; empty columns at the end are left out.
    pub headings: Vec<String>,
    /// The rows below.
    pub rows: Vec<Row>,
    /// Commas may only stand in numbers, as the decimal sign.
    decimal_comma: bool,
}

impl Table {
    /// Reads a table whose headings have one that `is_heading` knows.
    ///
    /// # Errors
    /// When the file cannot be read, is no table, or has no such heading; a row that has more cells
    /// than headings is told by its number.
    pub fn read(path: &Path, is_heading: impl Fn(&str) -> bool) -> Result<Table> {
        ensure!(!path.is_dir(), "expected a table of pairs at {}, found a folder", path.display());
        let size = std::fs::metadata(path).map_or(0, |m| m.len());
        ensure!(
            size <= MOST_BYTES,
            "expected a table of at most 16 MB at {}, found {size} bytes",
            path.display()
        );
        let bytes = std::fs::read(path)
            .with_context(|| format!("expected a table of pairs at {}", path.display()))?;
        let text = text_of(&bytes).with_context(|| format!("{} cannot be read", path.display()))?;
        parse(&text, is_heading).with_context(|| format!("{} cannot be read", path.display()))
    }

    /// A number in a cell, and the unit behind it.
    ///
    /// # Errors
    /// With what was found when it is none. NaN and infinity are numbers here.
    pub fn number(&self, cell: &str) -> Result<(f64, String)> {
        let wrong = || anyhow::anyhow!("found {cell:?}");
        let cell = cell.trim().replace('\u{2212}', "-");
        let begins = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+');
        let words = ["nan", "inf", "-inf", "+inf", "infinity", "-infinity", "+infinity", "-nan"];
        if words.contains(&cell.to_lowercase().as_str()) {
            return Ok((cell.to_lowercase().parse().unwrap_or(f64::NAN), String::new()));
        }
        if !cell.starts_with(begins) {
            return Err(wrong());
        }
        let number =
            |c: char| begins(c) || matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}');
        let end = cell.find(|c| !number(c)).unwrap_or(cell.len());
        let (mut digits, mut unit) = cell.split_at(end);
        // An exponent, where digits follow it.
        let behind = unit.trim_start_matches(['e', 'E']);
        if behind.len() + 1 == unit.len()
            && behind.starts_with(|c: char| begins(c))
            && !digits.ends_with(' ')
        {
            let rest = behind.find(|c: char| !begins(c)).unwrap_or(behind.len());
            (digits, unit) = cell.split_at(end + 1 + rest);
        }
        let plain: String = digits
            .chars()
            .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}'))
            .collect();
        let value = with_point(&plain, self.decimal_comma).parse().map_err(|_| wrong())?;
        Ok((value, unit.trim().to_owned()))
    }
}

/// A number with a point as its decimal sign and nothing between the thousands.
fn with_point(digits: &str, decimal_comma: bool) -> String {
    match (digits.rfind('.'), digits.rfind(',')) {
        // Of two signs the last one is the decimal's.
        (Some(point), Some(comma)) if comma > point => digits.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => digits.replace(',', ""),
        (None, Some(_)) if decimal_comma || !is_thousands(digits) => digits.replace(',', "."),
        (None, Some(_)) => digits.replace(',', ""),
        _ => digits.to_owned(),
    }
}

/// Whether commas stand where they do between thousands: 1,500.
fn is_thousands(digits: &str) -> bool {
    let mut groups = digits.trim_start_matches(['-', '+']).split(',');
    groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && first != "0")
        && groups.all(|g| g.len() == 3)
}

/// The text of a table, whatever its alphabet.
fn text_of(bytes: &[u8]) -> Result<String> {
    if let Some(text) = nfx_core::file::sniff::utf16(bytes) {
        return Ok(text);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match nfx_core::file::sniff::what_is(bytes) {
        Some(found) if found.contains("ZIP") => {
            bail!(
                "expected a table as text, found a ZIP archive or a workbook: save it as CSV in the spreadsheet"
            )
        }
        Some(found) if !found.starts_with("a text") && !found.starts_with("a list") => {
            bail!("expected a table as text (CSV), found {found}")
        }
        None if bytes.contains(&0) => {
            bail!("expected a table as text (CSV), found bytes that are no text")
        }
        _ => {}
    }
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
    })
}

/// A character of Windows-1252, which is Latin-1 with printed characters where that has none.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

fn parse(text: &str, is_heading: impl Fn(&str) -> bool) -> Result<Table> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    // Excel's own first line says what stands between the cells. Its line stays, for the count.
    let said =
        text.lines().next().and_then(|line| line.trim().trim_matches('"').strip_prefix("sep="));
    let said = said.and_then(|rest| rest.bytes().next());
    let text = if said.is_some() {
        text.split_once('\n').map_or(String::new(), |(_, rest)| format!("\n{rest}"))
    } else {
        text
    };
    let mut best: Option<(usize, u8, Vec<Row>)> = None;
    for delimiter in said.into_iter().chain(DELIMITERS) {
        let rows = rows(&text, delimiter)?;
        let columns = rows
            .iter()
            .take(MOST_ABOVE)
            .find(|row| row.cells.iter().any(|c| is_heading(plain_heading(c))));
        let columns =
            columns.map_or(0, |row| row.cells.iter().filter(|cell| !cell.is_empty()).count());
        if columns > 0
            && (said == Some(delimiter) || best.as_ref().is_none_or(|(most, ..)| columns > *most))
        {
            best = Some((columns, delimiter, rows));
        }
        if said == Some(delimiter) && best.is_some() {
            break;
        }
    }
    let Some((_, delimiter, rows)) = best else {
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
        let line: String = line.chars().take(120).collect();
        bail!("expected a column `file` with the names of the recordings, found {line:?}");
    };
    let at = rows
        .iter()
        .position(|row| row.cells.iter().any(|cell| is_heading(plain_heading(cell))))
        .unwrap_or(0);
    let mut headings: Vec<String> = rows[at].cells.clone();
    if let Some(first) = headings.first_mut() {
        *first = plain_heading(first).to_owned();
    }
    let below = &rows[at + 1..];
    while headings.len() > 1
        && headings.last().is_some_and(String::is_empty)
        && below.iter().all(|row| row.cells.get(headings.len() - 1).is_none_or(String::is_empty))
    {
        headings.pop();
    }
    let mut table = Table { decimal_comma: delimiter != b',', headings, rows: Vec::new() };
    for row in below {
        let mut cells = row.cells.clone();
        let comment = cells.first().is_some_and(|cell| cell.starts_with('#'));
        if !comment && cells.iter().skip(table.headings.len()).any(|cell| !cell.is_empty()) {
            bail!(
                "expected {} cells in row {} as in the headings, found {} (a decimal comma needs quotes, or semicolons between the cells)",
                table.headings.len(),
                row.number,
                cells.len()
            );
        }
        cells.resize(table.headings.len(), String::new());
        table.rows.push(Row { number: row.number, cells });
    }
    Ok(table)
}

/// A heading without the mark that some programs put before the first: `# file`.
fn plain_heading(cell: &str) -> &str {
    cell.trim_start_matches(['#', ' '])
}

/// All rows that are not blank.
fn rows(text: &str, delimiter: u8) -> Result<Vec<Row>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let number = record.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(Row { number, cells });
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        parse(text, |heading| heading.eq_ignore_ascii_case("file")).unwrap()
    }

    #[test]
    fn numbers_are_read_as_spreadsheets_show_them() {
        let (semicolons, commas) = (table("file;a\n"), table("file,a\n"));
        for (cell, value, unit) in [
            ("0,5", 0.5, ""),
            ("-2,25", -2.25, ""),
            ("\u{2212}3", -3.0, ""),
            ("50 %", 50.0, "%"),
            ("1.234,5", 1234.5, ""),
            ("1\u{a0}234,5", 1234.5, ""),
            ("1'500", 1500.0, ""),
            ("1,5e3", 1500.0, ""),
            ("2E-3", 0.002, ""),
            ("12 dB", 12.0, "dB"),
            ("+4dB", 4.0, "dB"),
            ("100 Hz", 100.0, "Hz"),
        ] {
            assert_eq!(semicolons.number(cell).unwrap(), (value, unit.to_owned()), "{cell}");
        }
        for (cell, value) in
            [("2,5", 2.5), ("1,500", 1500.0), ("1,234.5", 1234.5), ("0,500", 0.5), ("2.5", 2.5)]
        {
            assert_eq!(commas.number(cell).unwrap().0, value, "{cell}");
        }
        for cell in ["high", "", "1.2.3", "#DIV/0!", "-", "02. Mai x 1"] {
            assert!(
                commas.number(cell).is_err() || !commas.number(cell).unwrap().1.is_empty(),
                "{cell}"
            );
        }
        assert!(commas.number("NaN").unwrap().0.is_nan() && commas.number("-inf").unwrap().0 < 0.0);
    }

    #[test]
    fn alphabets_marks_and_line_ends_make_no_difference() {
        let want = table("file;Höhen\na.wav;0,5\n");
        let text = "file;Höhen\r\na.wav;0,5\r\n";
        let utf16 = |text: &str| -> Vec<u8> {
            [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        };
        let latin: Vec<u8> = text.chars().map(|c| c as u32 as u8).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            utf16(text),
            latin,
        ] {
            assert_eq!(parse(&text_of(&bytes).unwrap(), |h| h == "file").unwrap(), want);
        }
        assert_eq!(table("file;Höhen\ra.wav;0,5\r"), want);
        assert_eq!(table("sep=;\r\nfile;Höhen\r\na.wav;0,5").rows[0].number, 3);
        assert_eq!(table("\"file\"\t\"Höhen\"\n\"a.wav\"\t\"0,5\"\n").rows, want.rows);
        let odd = table("My amp;;\n;;\nfile;Höhen;;\n;;;\na.wav;0,5;;\n;;;\n");
        assert_eq!((odd.headings.len(), odd.rows.len(), odd.rows[0].number), (2, 1, 5));
        let error = parse("file,Drive\na.wav,0,5\n", |h| h == "file").unwrap_err().to_string();
        assert!(error.contains("row 2") && error.contains("decimal comma"), "{error}");
    }
}
