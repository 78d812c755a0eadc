//! The note of a sound: from its file's name, or by listening.

/// The lowest and the highest frequency that is looked for, in Hz: B0 to a little above C8.
const RANGE_HZ: (f64, f64) = (30.0, 4_300.0);
/// Peaks from this share of the highest one on may be the period (McLeod & Wyvill 2005).
const SHARE: f64 = 0.88;
/// A sound whose best period explains less than this of it has no pitch.
const CLEAR: f64 = 0.6;

/// A pitch that was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pitch {
    /// Fundamental frequency in Hz.
    pub hz: f64,
    /// How much of the sound one period explains, 0 to 1.
    pub clarity: f64,
}

impl Pitch {
    /// As a MIDI note with its fraction (69 is 440 Hz).
    pub fn midi(&self) -> f64 {
        69.0 + 12.0 * (self.hz / 440.0).log2()
    }
}

/// The pitch of one stretch of sound by the normalised square difference function (McLeod & Wyvill, *A smarter way to find
/// pitch*, 2005): the first of the high peaks, its place refined by a parabola. `None` when nothing repeats.
pub fn pitch_of(sound: &[f32], rate: f64) -> Option<Pitch> {
    let longest = ((rate / RANGE_HZ.0) as usize).min(sound.len() / 2);
    let shortest = ((rate / RANGE_HZ.1) as usize).max(2);
    if longest <= shortest + 2 || sound.len() < 64 {
        return None;
    }
    let curve = difference_function(&smoothed(sound, rate), longest);
    // Place and height between the samples: the peak of a high note would else be missed.
    let summit = |&at: &usize| {
        let (before, here, after) = (curve[at - 1], curve[at], curve[at + 1]);
        let bend = before - 2.0 * here + after;
        let shift = if bend.abs() > 1e-12 { (0.5 * (before - after) / bend).clamp(-1.0, 1.0) } else { 0.0 };
        (at as f64 + shift, here - 0.25 * (before - after) * shift)
    };
    let summits: Vec<(f64, f64)> = peaks(&curve, shortest).iter().map(summit).collect();
    let highest = summits.iter().map(|s| s.1).fold(0.0f64, f64::max);
    if highest < CLEAR {
        return None;
    }
    let (period, clarity) = *summits.iter().find(|s| s.1 >= SHARE * highest)?;
    Some(Pitch { hz: rate / period, clarity: clarity.min(1.0) })
}

/// The sound without what lies far above every fundamental: between two samples such partials turn, and a peak that lies there
/// would look low. A Hann window as long as a period of 4.4 kHz, which halves 4.4 kHz and leaves little above 9 kHz.
fn smoothed(sound: &[f32], rate: f64) -> Vec<f32> {
    let length = ((rate / 4_400.0).round() as usize).max(2);
    let window: Vec<f32> =
        (1..length).map(|i| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / length as f64).cos() as f32).collect();
    let sum: f32 = window.iter().sum();
    sound.windows(window.len()).map(|part| part.iter().zip(&window).map(|(x, w)| x * w).sum::<f32>() / sum).collect()
}

/// `2 Σ x(i) x(i + lag) / Σ (x(i)² + x(i + lag)²)` for every lag up to `longest + 1`.
fn difference_function(sound: &[f32], longest: usize) -> Vec<f64> {
    let n = sound.len();
    let power: Vec<f64> = std::iter::once(0.0)
        .chain(sound.iter().scan(0.0, |sum, x| {
            *sum += f64::from(*x) * f64::from(*x);
            Some(*sum)
        }))
        .collect();
    (0..=longest + 1)
        .map(|lag| {
            let count = n - lag.min(n);
            let product: f32 = sound[..count].iter().zip(&sound[lag.min(n)..]).map(|(a, b)| a * b).sum();
            let both = power[count] + power[n] - power[lag.min(n)];
            if both > 1e-12 { 2.0 * f64::from(product) / both } else { 0.0 }
        })
        .collect()
}

/// The highest place of each stretch above zero after the first descent below it.
fn peaks(curve: &[f64], shortest: usize) -> Vec<usize> {
    let mut out = Vec::new();
    let Some(fall) = curve.iter().position(|v| *v <= 0.0) else { return out };
    let mut best: Option<usize> = None;
    for lag in fall.max(shortest)..curve.len() - 1 {
        if curve[lag] <= 0.0 {
            out.extend(best.take());
        } else if curve[lag] >= curve[lag - 1]
            && curve[lag] > curve[lag + 1]
            && best.is_none_or(|b| curve[lag] > curve[b])
        {
            best = Some(lag);
        }
    }
    out.extend(best);
    out
}

/// The pitch of a whole note: the median over stretches of it, those that disagree by more than half a semitone left out.
///
/// `None` when fewer than a third of the loud stretches have a pitch that agrees with the median.
pub fn pitch_of_note(sound: &[f32], rate: f64) -> Option<Pitch> {
    let length = ((rate * 0.09) as usize).max(256);
    let loudest = sound.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let mut loud = 0usize;
    let mut found: Vec<Pitch> = Vec::new();
    let step = (length / 2).max(sound.len() / 40).max(1);
    for from in (0..sound.len().saturating_sub(length)).step_by(step) {
        let part = &sound[from..from + length];
        if part.iter().fold(0.0f32, |m, x| m.max(x.abs())) < 0.05 * loudest || loudest <= 0.0 {
            continue;
        }
        loud += 1;
        found.extend(pitch_of(part, rate));
    }
    if loud == 0 {
        // A sound that is shorter than one stretch.
        return pitch_of(sound, rate);
    }
    found.sort_by(|a, b| a.hz.total_cmp(&b.hz));
    let middle = found.get(found.len() / 2)?.midi();
    found.retain(|p| (p.midi() - middle).abs() < 0.5);
    if found.len() * 3 < loud {
        return None;
    }
    let mean = found.iter().map(|p| p.midi()).sum::<f64>() / found.len() as f64;
    let clarity = found.iter().map(|p| p.clarity).sum::<f64>() / found.len() as f64;
    Some(Pitch { hz: 440.0 * ((mean - 69.0) / 12.0).exp2(), clarity })
}

/// The MIDI note that a file's name (without its extension) speaks of, and the rest of the name.
///
/// Understood are names of notes with their octave, C4 being MIDI 60 (`piano_C#4`, `Strings Db3`, `flute-a5`), and numbers
/// after `midi`, `note` or `n` (`pad_midi60`, `pad note 60`), or a number that is all of the name. The last one counts.
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
            let rest = format!("{} {}", stem[..from].trim_matches(trim), stem[to..].trim_matches(trim));
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

    /// Partials 1 to 20 of a strength of their own, the fundamental among them or not.
    fn tone(hz: f64, first: usize, tilt: f64, seconds: f64) -> Vec<f32> {
        let rate = 44_100.0;
        (0..(rate * seconds) as usize)
            .map(|i| {
                let t = i as f64 / rate;
                (first..=20)
                    .filter(|h| hz * (*h as f64) < 20_000.0)
                    .map(|h| (std::f64::consts::TAU * hz * h as f64 * t + h as f64).sin() / (h as f64).powf(tilt))
                    .sum::<f64>() as f32
                    * 0.2
            })
            .collect()
    }

    #[test]
    fn every_semitone_is_heard_within_five_cents_whatever_the_spectrum() {
        for note in (24..=105).step_by(3) {
            let hz = 440.0 * ((f64::from(note) - 69.0) / 12.0).exp2();
            for (first, tilt) in [(1, 1.0), (1, 0.3), (1, 2.5), (2, 1.0)] {
                if first == 2 && note > 80 {
                    continue;
                }
                let found = pitch_of_note(&tone(hz, first, tilt, 0.3), 44_100.0).map(|p| p.midi());
                let cents = found.map(|m| 100.0 * (m - f64::from(note)));
                assert!(cents.is_some_and(|c| c.abs() < 5.0), "note {note} from {first}, tilt {tilt}: {cents:?} cents");
            }
        }
    }

    #[test]
    fn noise_and_silence_have_no_pitch() {
        let mut random = crate::synth::rng::Rng::new(5);
        let noise: Vec<f32> = (0..20_000).map(|_| random.bipolar()).collect();
        assert_eq!(pitch_of_note(&noise, 44_100.0), None);
        assert_eq!(pitch_of_note(&vec![0.0; 20_000], 44_100.0), None);
        assert_eq!(pitch_of_note(&[], 44_100.0), None);
        assert_eq!(pitch_of(&[0.5; 3], 44_100.0), None);
    }

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
        assert_eq!(note_of_name("grand piano C#4 loud").map(|(_, rest)| rest), Some("grand piano loud".to_owned()));
    }
}
