//! Scales.

use super::{Lines, ScalaError, fault, short};

/// Most notes of a scale.
const MOST_NOTES: usize = 1024;
/// The widest interval, in cents: ten octaves either way.
const WIDEST_CENTS: f64 = 12_000.0;

/// Intervals above a scale's first note.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// What its file says about it.
    pub description: String,
    /// Cents of the second note and those after it; the last is the interval of repetition, as a
    /// rule the octave.
    cents: Vec<f64>,
}

impl Scale {
    /// Reads the text of a `.scl` file.
    ///
    /// # Errors
    /// A sentence with the line, what was expected there and what was found.
    pub fn read(text: &str) -> Result<Self, ScalaError> {
        let mut lines = Lines::of(text)?;
        let (_, description) = lines.any("a description")?;
        let (line, count) = lines.number::<usize>("the number of notes")?;
        if !(1..=MOST_NOTES).contains(&count) {
            return fault(format!(
                "Line {line}: a scale of 1 to {MOST_NOTES} notes was expected, found {count}."
            ));
        }
        let mut cents = Vec::with_capacity(count);
        for note in 1..=count {
            let (line, word) = lines.word(&format!("note {note} of {count}"))?;
            cents.push(pitch(line, &word)?);
        }
        if cents.last().is_none_or(|period| *period <= 0.0) {
            return fault(format!(
                "Note {count}, at which the scale begins again, was expected above its first note; it is not."
            ));
        }
        Ok(Self { description: short(description.trim()), cents })
    }

    /// Twelve equal steps to the octave.
    pub fn equal() -> Self {
        let cents = (1..=12).map(|step| f64::from(step) * 100.0).collect();
        Self { description: "Twelve equal steps".to_owned(), cents }
    }

    /// Notes until the scale begins again.
    pub fn notes(&self) -> usize {
        self.cents.len()
    }

    /// The note `degree` steps above the first one, or below it, in cents.
    pub fn cents(&self, degree: i32) -> f64 {
        let count = self.cents.len() as i32;
        let period = self.cents.last().copied().unwrap_or_default();
        let within = degree.rem_euclid(count);
        let above = if within == 0 { 0.0 } else { self.cents[within as usize - 1] };
        f64::from(degree.div_euclid(count)) * period + above
    }
}

/// A pitch in cents, which has a point, or as a ratio.
fn pitch(line: usize, word: &str) -> Result<f64, ScalaError> {
    let whole = |text: &str| {
        text.parse::<u64>().ok().filter(|number| *number > 0).map(|number| number as f64)
    };
    let cents = if word.contains('.') {
        word.parse::<f64>().ok()
    } else {
        let (above, below) = word.split_once('/').unwrap_or((word, "1"));
        whole(above).zip(whole(below)).map(|(above, below)| 1200.0 * (above / below).log2())
    };
    match cents {
        Some(cents) if cents.abs() <= WIDEST_CENTS => Ok(cents),
        Some(cents) if cents.is_finite() => fault(format!(
            "Line {line}: an interval of at most {WIDEST_CENTS} cents was expected, found {cents:.0}."
        )),
        _ => fault(format!(
            "Line {line}: a pitch in cents (701.955) or as a ratio (3/2) was expected, found \u{201c}{}\u{201d}.",
            short(word)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitches_are_read_as_scala_reads_them() {
        let text = "! meanquar.scl\r\n!\r\n1/4-comma meantone\r\n 5\r\n!\r\n 76.04900 first\r\n 9/8\r\n 5\r\n -5.0\r\n\r\n 2/1 ! octave\r\n trailing words";
        let scale = Scale::read(text).expect("a scale");
        assert_eq!((scale.description.as_str(), scale.notes()), ("1/4-comma meantone", 5));
        let expected =
            [0.0, 76.049, 203.910_001_730_775, 2_786.313_713_864_835, -5.0, 1200.0, 1276.049];
        for (degree, cents) in expected.into_iter().enumerate() {
            assert!((scale.cents(degree as i32) - cents).abs() < 1e-9, "{degree}");
        }
        assert_eq!((scale.cents(-5), scale.cents(-1)), (-1200.0, -1205.0));
        // The first line may say nothing, and lines may end as they did on old machines.
        assert_eq!(Scale::read("\r1\r2/1").expect("a scale").description, "");
    }

    #[test]
    fn each_fault_has_a_sentence_that_names_its_line() {
        for (text, expected) in [
            ("", "the number of notes was expected"),
            ("a\nseven\n", "Line 2: the number of notes was expected, found \u{201c}seven\u{201d}"),
            ("a\n-1\n", "found \u{201c}-1\u{201d}"),
            ("a\n0\n", "1 to 1024 notes was expected, found 0"),
            ("a\n99999999\n", "found 99999999"),
            ("a\n3\n100.0\n200.0\n", "note 3 of 3 was expected"),
            ("a\n1\n3/0\n", "Line 3: a pitch"),
            ("a\n1\n0/3\n", "Line 3: a pitch"),
            ("a\n1\n-3/2\n", "Line 3: a pitch"),
            ("a\n1\nNaN.\n", "Line 3: a pitch"),
            ("a\n1\n1e999.0\n", "Line 3: a pitch"),
            ("a\n1\n99999999999999999999\n", "Line 3: a pitch"),
            ("a\n1\n20000.0\n", "at most 12000 cents was expected, found 20000"),
            ("a\n2\n700.0\n-3.0\n", "at which the scale begins again"),
            ("a\n1\n\u{1b}[31mxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", "found \u{201c}[31mxxx"),
        ] {
            let sentence = Scale::read(text).expect_err(text).to_string();
            assert!(sentence.contains(expected) && sentence.ends_with('.'), "{text:?}: {sentence}");
        }
        assert!(Scale::read(&"x".repeat(super::super::MOST_BYTES + 1)).is_err());
    }
}
