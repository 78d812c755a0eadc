//! Keyboard mappings: which key plays which note of a scale, and at which frequency.

use super::{Lines, ScalaError, Scale, fault, short};

/// Keys of MIDI.
pub const KEYS: usize = 128;
/// Frequencies that a mapping may ask for, in Hz.
const FREQUENCIES_HZ: std::ops::RangeInclusive<f64> = 1.0..=20_000.0;
/// Most keys of a pattern.
const MOST_KEYS: usize = 1024;

/// Which note of a scale each key plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// Degrees of the keys from `middle` on, again and again; `None` is silent. Empty: every key is
    /// the next degree.
    pattern: Vec<Option<i32>>,
    /// First and last key that sound.
    range: (i32, i32),
    /// The key of the pattern's first entry.
    middle: i32,
    /// A key, and its pitch in semitones, as MIDI counts them.
    reference: (i32, f64),
    /// The degree by which a repetition of the pattern lies higher.
    octave: i32,
}

impl Default for Mapping {
    /// Every key the next degree, the scale's first note at the middle C of equal temperament.
    fn default() -> Self {
        Self { pattern: Vec::new(), range: (0, 127), middle: 60, reference: (60, 60.0), octave: 0 }
    }
}

impl Mapping {
    /// Reads the text of a `.kbm` file.
    ///
    /// # Errors
    /// A sentence with the line, what was expected there and what was found.
    pub fn read(text: &str) -> Result<Self, ScalaError> {
        let mut lines = Lines::of(text)?;
        let (line, size) = lines.number::<usize>("the size of the pattern")?;
        if size > MOST_KEYS {
            return fault(format!(
                "Line {line}: a pattern of at most {MOST_KEYS} keys was expected, found {size}."
            ));
        }
        let mut key = |what: &str| -> Result<i32, ScalaError> {
            match lines.number::<i32>(what)? {
                (_, key) if (0..KEYS as i32).contains(&key) => Ok(key),
                (line, key) => {
                    fault(format!("Line {line}: {what}, 0 to 127, was expected, found {key}."))
                }
            }
        };
        let range = (key("the first key")?, key("the last key")?);
        let middle = key("the middle key")?;
        let reference = key("the reference key")?;
        let (line, hz) = lines.number::<f64>("the reference frequency")?;
        if !FREQUENCIES_HZ.contains(&hz) {
            return fault(format!(
                "Line {line}: a frequency of 1 to 20000 Hz was expected, found {hz}."
            ));
        }
        let (line, octave) = lines.number::<i32>("the degree of the octave")?;
        if size > 0 && !(1..=MOST_KEYS as i32).contains(&octave) {
            return fault(format!(
                "Line {line}: a degree of 1 to {MOST_KEYS} was expected, found {octave}."
            ));
        }
        let mut pattern = Vec::with_capacity(size);
        for entry in 0..size {
            // What a file leaves out at the end is silent.
            let Ok((line, word)) = lines.word("") else { break };
            pattern.push(match word.parse::<i32>() {
                Ok(degree) if degree.unsigned_abs() as usize <= MOST_KEYS => Some(degree),
                _ if word.eq_ignore_ascii_case("x") => None,
                _ => {
                    return fault(format!(
                        "Line {line}: a degree or x was expected for key {entry} of the pattern, found \u{201c}{}\u{201d}.",
                        short(&word)
                    ));
                }
            });
        }
        pattern.resize(size, None);
        Ok(Self {
            pattern,
            range,
            middle,
            reference: (reference, 69.0 + 12.0 * (hz / 440.0).log2()),
            octave,
        })
    }

    /// The pitch of every key in semitones, as MIDI counts them (69 is A at 440 Hz); a key without
    /// one is NaN.
    ///
    /// # Errors
    /// A sentence when the reference key plays no note.
    pub fn pitches(&self, scale: &Scale) -> Result<[f32; KEYS], ScalaError> {
        let (key, semitones) = self.reference;
        let Some(there) = self.cents(scale, key) else {
            return fault(format!(
                "The reference key, {key}, was expected to play a note of the scale; it plays none."
            ));
        };
        Ok(std::array::from_fn(|key| {
            let key = key as i32;
            let sounds = (self.range.0..=self.range.1).contains(&key);
            let cents = self.cents(scale, key).filter(|_| sounds);
            cents.map_or(f32::NAN, |cents| (semitones + (cents - there) / 100.0) as f32)
        }))
    }

    /// What a key lies above the pattern's first one, in cents.
    fn cents(&self, scale: &Scale, key: i32) -> Option<f64> {
        let away = key - self.middle;
        if self.pattern.is_empty() {
            return Some(scale.cents(away));
        }
        let size = self.pattern.len() as i32;
        let degree = self.pattern[away.rem_euclid(size) as usize]?;
        Some(f64::from(away.div_euclid(size)) * scale.cents(self.octave) + scale.cents(degree))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(notes: usize, period: f64) -> Scale {
        let list: String =
            (1..=notes).map(|i| format!("{:.6}\n", period * i as f64 / notes as f64)).collect();
        Scale::read(&format!("equal\n{notes}\n{list}")).expect("a scale")
    }

    fn hz(semitones: f32) -> f64 {
        440.0 * ((f64::from(semitones) - 69.0) / 12.0).exp2()
    }

    #[test]
    fn twelve_equal_steps_are_the_keys_themselves_to_the_bit() {
        let equal: [f32; KEYS] = std::array::from_fn(|key| key as f32);
        assert_eq!(Mapping::default().pitches(&scale(12, 1200.0)), Ok(equal));
        let at_a = Mapping::read(
            "! 12.kbm\n12\n0\n127\n60\n69\n440.0\n12\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n",
        );
        assert_eq!(at_a.expect("a mapping").pitches(&scale(12, 1200.0)), Ok(equal));
    }

    #[test]
    fn nineteen_steps_and_a_quarter_comma_have_their_frequencies() {
        let nineteen = Mapping::default().pitches(&scale(19, 1200.0)).expect("pitches");
        for (key, expected) in
            [(60, 261.625_565_3), (79, 523.251_130_6), (61, 271.346_4), (41, 130.812_782_65)]
        {
            assert!(
                (hz(nineteen[key]) / expected - 1.0).abs() < 1e-5,
                "{key}: {} Hz",
                hz(nineteen[key])
            );
        }
        let text = "quarter comma\n12\n76.04900\n193.15686\n310.26471\n5/4\n503.42157\n579.47057\n696.57843\n25/16\n889.73529\n1006.84314\n1082.89214\n2/1\n";
        let meantone = Scale::read(text).expect("a scale");
        let map = Mapping::read("0\n0\n127\n60\n69\n432\n0\n").expect("a mapping");
        let pitches = map.pitches(&meantone).expect("pitches");
        assert!((hz(pitches[69]) - 432.0).abs() < 1e-3);
        // A major third is pure, and the fifth a quarter of a comma narrow.
        assert!((hz(pitches[64]) / hz(pitches[60]) - 1.25).abs() < 1e-6);
        assert!((hz(pitches[67]) / hz(pitches[60]) - 5.0f64.powf(0.25)).abs() < 1e-6);
    }

    #[test]
    fn a_pattern_leaves_keys_out_and_repeats_at_its_own_octave() {
        // White keys alone, on a scale of seven notes.
        let map = Mapping::read(
            "12\n36\n96\n60\n60\n261.6255653\n7\n0\nx\n1\nX\n2\n3\nx\n4\nx\n5\nx\n6\n",
        )
        .expect("one");
        let pitches = map.pitches(&scale(7, 1200.0)).expect("pitches");
        assert!(pitches[61].is_nan() && pitches[35].is_nan() && pitches[97].is_nan());
        for (key, semitones) in
            [(60, 60.0), (62, 60.0 + 12.0 / 7.0), (72, 72.0), (71, 72.0 - 12.0 / 7.0), (48, 48.0)]
        {
            assert!((pitches[key] - semitones as f32).abs() < 1e-4, "{key}: {}", pitches[key]);
        }
        // What is left out at the end is silent.
        let short = Mapping::read("3\n0\n127\n60\n60\n262\n1\n0\n").expect("a mapping");
        assert!(short.pitches(&scale(7, 1200.0)).expect("pitches")[61].is_nan());
    }

    #[test]
    fn each_fault_has_a_sentence() {
        for (text, expected) in [
            ("", "the size of the pattern was expected"),
            ("5000\n", "at most 1024 keys"),
            ("0\n-1\n", "the first key, 0 to 127, was expected, found -1"),
            ("0\n0\n128\n", "the last key"),
            ("0\n0\n127\n60\n200\n", "the reference key"),
            ("0\n0\n127\n60\n69\nA\n", "Line 6: the reference frequency was expected"),
            ("0\n0\n127\n60\n69\nnan\n", "1 to 20000 Hz was expected"),
            ("0\n0\n127\n60\n69\n0\n", "1 to 20000 Hz was expected, found 0"),
            ("0\n0\n127\n60\n69\n440\n", "the degree of the octave was expected"),
            ("2\n0\n127\n60\n69\n440\n0\n0\n1\n", "a degree of 1 to 1024"),
            (
                "2\n0\n127\n60\n69\n440\n12\n0\ny\n",
                "for key 1 of the pattern, found \u{201c}y\u{201d}",
            ),
            ("2\n0\n127\n60\n69\n440\n12\n99999\n", "for key 0 of the pattern"),
        ] {
            let sentence = Mapping::read(text).expect_err(text).to_string();
            assert!(sentence.contains(expected) && sentence.ends_with('.'), "{text:?}: {sentence}");
        }
        let silent = Mapping::read("2\n0\n127\n60\n61\n440\n2\n0\nx\n").expect("a mapping");
        let sentence = silent.pitches(&scale(7, 1200.0)).expect_err("no reference").to_string();
        assert!(sentence.contains("reference key, 61"), "{sentence}");
    }

    #[test]
    fn whatever_a_file_holds_ends_in_a_mapping_or_a_sentence() {
        use rand::{Rng, SeedableRng, rngs::StdRng};
        let mut rng = StdRng::seed_from_u64(4);
        let words = [
            "0", "1", "12", "127", "60", "440.0", "x", "-7", "2/1", "3/2", "!", "\r\n", "1e30",
            "nan", "é", ".",
        ];
        for _ in 0..4000 {
            let count = rng.random_range(0..30);
            let text: Vec<&str> =
                (0..count).map(|_| words[rng.random_range(0..words.len())]).collect();
            let text = text.join("\n");
            let (scale, map) = (Scale::read(&text), Mapping::read(&text));
            if let (Ok(scale), Ok(map)) = (scale.or_else(|_| Scale::read("a\n1\n2/1")), map) {
                assert!(map.pitches(&scale).is_err() || map.range.0 <= 127);
            }
        }
    }
}
