//! Several strings for one note, as a piano has them: the same timbre at slightly different pitches
//! and places.

/// Most strings of a note.
pub const MAX_UNISON: usize = 7;

/// How many strings a note has, and how they differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unison {
    /// Strings of a note, 1 to [`MAX_UNISON`]; one that has begun keeps its number.
    pub voices: usize,
    /// How far the outermost are from the note, cents, 0 to 100; the others lie evenly between.
    pub detune_cents: f32,
    /// How far they stand apart in the stereo image, 0 (all in the middle) to 1.
    pub spread: f32,
}

impl Default for Unison {
    fn default() -> Self {
        Self { voices: 1, detune_cents: 12.0, spread: 0.7 }
    }
}

/// One string of a note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Strand {
    /// Its frequency over the note's.
    pub ratio: f64,
    /// Gains of the channels; all strings together have the power of one.
    pub gains: [f32; 2],
}

impl Unison {
    /// String `index` of `count`. One alone is the note itself. Real-time safe.
    pub(super) fn strand(&self, index: usize, count: usize) -> Strand {
        if count < 2 {
            return Strand { ratio: 1.0, gains: [1.0; 2] };
        }
        // From -1 to 1: detuned that far ...
        let place = 2.0 * index as f64 / (count - 1) as f64 - 1.0;
        let ratio = (f64::from(self.detune_cents) * place / 1200.0).exp2();
        // ... and that far aside, where every second pair has its sides exchanged: else low notes
        // would lean to the left.
        let pair = index.min(count - 1 - index);
        let side = if pair.is_multiple_of(2) { place } else { -place };
        let share = 1.0 / (count as f32).sqrt();
        Strand {
            ratio,
            gains: super::work::pan(side as f32 * self.spread).map(|gain| gain * share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strands_have_the_power_of_one_and_lean_to_no_side() {
        for count in 1..=MAX_UNISON {
            let unison = Unison { voices: count, detune_cents: 30.0, spread: 1.0 };
            let strands: Vec<Strand> =
                (0..count).map(|index| unison.strand(index, count)).collect();
            for channel in 0..2 {
                let power: f32 = strands.iter().map(|s| s.gains[channel] * s.gains[channel]).sum();
                assert!((power - 1.0).abs() < 1e-5, "{count}: {power}");
            }
            let cents: Vec<f64> = strands.iter().map(|s| 1200.0 * s.ratio.log2()).collect();
            assert!(cents.iter().sum::<f64>().abs() < 1e-9, "{cents:?}");
            let most = if count > 1 { 30.0 } else { 0.0 };
            assert!(
                (cents[count - 1] - most).abs() < 1e-6 && (cents[0] + most).abs() < 1e-6,
                "{cents:?}"
            );
        }
        assert_eq!(Unison::default().strand(0, 1), Strand { ratio: 1.0, gains: [1.0; 2] });
    }
}
