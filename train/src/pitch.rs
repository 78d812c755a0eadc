//! The note of a sound: from its file's name, or by listening.

pub use nfx_core::hear::{Pitch, pitch_of_note};

/// The MIDI note that a file's name (without its extension) speaks of, and the rest of the name.
///
/// Understood are names of notes with their octave, C4 being MIDI 60 (`piano_C#4`, `Strings Db3`,
/// `flute-a5`), and numbers after `midi`, `note` or `n` (`pad_midi60`, `pad note 60`), or a number
/// that is all of the name. The last one counts.
pub fn note_of_name(stem: &str) -> Option<(u8, String)> {
    let mut tokens: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    let ends = stem.char_indices().chain(std::iter::once((stem.len(), ' ')));
    for (i, c) in ends {
        let part = c.is_ascii_alphanumeric() || c == '#' || c == '♯' || c == '♭';
        match (part, start) {
            (true, None) => start = Some(i),
            (false, Some(from)) => {
                tokens.push((from, i));
                start = None;
            }
            _ => {}
        }
    }
    for (index, &(from, to)) in tokens.iter().enumerate().rev() {
        let before = index.checked_sub(1).map(|i| &stem[tokens[i].0..tokens[i].1]);
        if let Some(note) = note_of_token(&stem[from..to], before, tokens.len() == 1) {
            let trim = |c: char| !c.is_alphanumeric();
            let rest =
                format!("{} {}", stem[..from].trim_matches(trim), stem[to..].trim_matches(trim));
            return Some((note, rest.trim().to_owned()));
        }
    }
    None
}

fn note_of_token(token: &str, before: Option<&str>, alone: bool) -> Option<u8> {
    let number = |text: &str| text.parse::<u8>().ok().filter(|n| *n <= 127);
    let lower = token.to_lowercase();
    for prefix in ["midi", "note", "n"] {
        if let Some(rest) = lower.strip_prefix(prefix)
            && let Some(n) = number(rest)
        {
            return Some(n);
        }
    }
    let told = before.is_some_and(|b| ["midi", "note"].contains(&b.to_lowercase().as_str()));
    if (alone || told)
        && let Some(n) = number(token)
    {
        return Some(n);
    }
    let mut letters = lower.chars();
    let class = match letters.next()? {
        'c' => 0i32,
        'd' => 2,
        'e' => 4,
        'f' => 5,
        'g' => 7,
        'a' => 9,
        'b' | 'h' => 11,
        _ => return None,
    };
    let rest = letters.as_str();
    let (shift, octave) = match rest.chars().next()? {
        '#' | '♯' => (1, rest.strip_prefix(['#', '♯'])?),
        's' => (1, rest.strip_prefix('s')?),
        'b' | '♭' => (-1, rest.strip_prefix(['b', '♭'])?),
        _ => (0, rest),
    };
    // One digit: `a10` is the tenth of something rather than a note.
    let octave: i32 = if octave.len() == 1 { octave.parse().ok()? } else { return None };
    u8::try_from(12 * (octave + 1) + class + shift).ok().filter(|n| *n <= 127)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::patch::Patch;
    use crate::synth::scales;

    #[test]
    fn the_synthesizers_harmonic_notes_are_found_again() {
        let (mut right, mut all) = (0, 0);
        for number in scales::patches(1, 14, true) {
            for note in [40u8, 52, 60, 67, 79, 91] {
                let sound = scales::note(&Patch::numbered(number), note, 0.4, 44_100.0);
                let found = pitch_of_note(&sound, 44_100.0).map(|p| p.midi().round() as u8);
                all += 1;
                right += usize::from(found == Some(note));
            }
        }
        assert!(right * 100 >= all * 93, "{right} of {all}");
    }

    #[test]
    fn names_of_files_are_read() {
        let of = |name: &str| note_of_name(name).map(|(note, _)| note);
        for (name, note) in [
            ("piano_C4", 60),
            ("Strings Db3 soft", 49),
            ("flute-a5", 81),
            ("Rhodes F#2", 42),
            ("Rhodes_Fs2_v3", 42),
            ("pad_midi60", 60),
            ("pad note 61", 61),
            ("n072", 72),
            ("048", 48),
            ("B0", 23),
            ("take 2 E♭4", 63),
        ] {
            assert_eq!(of(name), Some(note), "{name}");
        }
        for name in ["drums", "a10", "pad 60 bpm", "bass", "c", "loop_amen", "C12", ""] {
            assert_eq!(of(name), None, "{name}");
        }
        assert_eq!(
            note_of_name("grand piano C#4 loud").map(|(_, rest)| rest),
            Some("grand piano loud".to_owned())
        );
    }
}
