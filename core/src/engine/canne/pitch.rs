//! The pitch of a decoded frame, for models that are not conditioned on the note.

/// Lowest and highest spacing of partials looked for, in Hz.
const RANGE_HZ: (f32, f32) = (40.0, 2000.0);
/// Partials above this do not count.
const HIGHEST_HZ: f32 = 5000.0;
/// Candidates in an octave.
const PER_OCTAVE: f32 = 24.0;
/// How much better a new pitch must be than the last one.
const LOYALTY: f32 = 1.15;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Distance between partials in bins; 0 when nothing was found.
    pub spacing: f32,
    /// 0 (no pitch) to 1.
    pub certainty: f32,
}

impl Found {
    pub const NOTHING: Self = Self { spacing: 0.0, certainty: 0.0 };
}

/// Looks for the comb of partials that explains most of a frame.
///
/// For each candidate the square roots of the magnitudes at its partials are summed, those half-way
/// between are subtracted, and empty partials count against it, so that neither the octave above
/// nor the one below wins.
#[derive(Debug)]
pub(super) struct PitchFinder {
    bin_hz: f32,
    /// Square roots of the magnitudes, each the largest of its neighbourhood.
    wide: Vec<f32>,
}

impl PitchFinder {
    pub fn new(bins: usize, bin_hz: f32) -> Self {
        Self { bin_hz, wide: vec![0.0; bins] }
    }

    /// The pitch of `magnitudes` `[bin]`; `last` is what was found the time before. Real-time safe.
    pub fn find(&mut self, magnitudes: &[f32], last: Found) -> Found {
        let end = ((HIGHEST_HZ / self.bin_hz) as usize).min(magnitudes.len().saturating_sub(2));
        let mut loudest = 0.0f32;
        let mut total = 0.0;
        for (wide, near) in
            self.wide[1..].iter_mut().zip(magnitudes.windows(3)).take(end.saturating_sub(1))
        {
            *wide = near.iter().copied().fold(0.0, f32::max).sqrt();
            loudest = loudest.max(*wide);
        }
        for (wide, m) in self.wide.iter().zip(magnitudes).take(end).skip(1) {
            let own = m.sqrt();
            total += if own >= *wide && own > 0.1 * loudest { own } else { 0.0 };
        }
        if loudest < 1e-3 || total <= 0.0 {
            return Found::NOTHING;
        }
        let (low, high) =
            (RANGE_HZ.0 / self.bin_hz, (RANGE_HZ.1 / self.bin_hz).min(end as f32 / 2.0));
        let count = ((high / low).log2() * PER_OCTAVE).max(0.0) as usize;
        let mut best = (0.0, 0.0);
        for i in 0..count {
            let spacing = low * (i as f32 / PER_OCTAVE).exp2();
            let mut score = self.score(spacing, end, loudest) / total;
            if (spacing / last.spacing.max(1e-3) - 1.0).abs() < 0.04 {
                score *= LOYALTY;
            }
            if score > best.1 {
                best = (spacing, score);
            }
        }
        let rise = ((best.1 - 0.35) / 0.3).clamp(0.0, 1.0);
        Found {
            spacing: refine(magnitudes, best.0, end),
            certainty: rise * rise * (3.0 - 2.0 * rise),
        }
    }

    fn score(&self, spacing: f32, end: usize, loudest: f32) -> f32 {
        let mut sum = 0.0;
        let (mut partials, mut empty) = (0.0, 0.0);
        let mut place = spacing;
        while place + 1.0 < end as f32 {
            let on = self.wide[place as usize].max(self.wide[place as usize + 1]);
            let off = self.wide[(place - 0.5 * spacing) as usize];
            sum += on - off;
            // High up only few sounds have partials: they do not tell much by being absent.
            let weight = spacing / place;
            partials += weight;
            empty += if on < 0.2 * loudest { weight } else { 0.0 };
            place += spacing;
        }
        sum * (1.0 - 0.6 * empty / f32::max(partials, 1e-6))
    }
}

/// The spacing that fits the peaks near its first partials best.
fn refine(magnitudes: &[f32], spacing: f32, end: usize) -> f32 {
    if spacing <= 0.0 {
        return 0.0;
    }
    let mut now = spacing;
    let (mut sum, mut weights) = (0.0, 0.0);
    for partial in 1..=16 {
        let place = now * partial as f32;
        let reach = (0.03 * place).clamp(1.5, 0.45 * spacing.max(3.4));
        let (from, to) = ((place - reach).ceil().max(1.0) as usize, (place + reach) as usize);
        if to + 2 >= end {
            break;
        }
        let peak = (from..=to)
            .fold(from, |best, k| if magnitudes[k] > magnitudes[best] { k } else { best });
        let (mut mass, mut moment) = (0.0, 0.0);
        for (k, m) in magnitudes.iter().enumerate().take(peak + 3).skip(peak.saturating_sub(2)) {
            mass += m * m;
            moment += m * m * k as f32;
        }
        if mass > 0.0 {
            // Least squares of place = spacing * partial.
            let weight = mass.sqrt() * partial as f32;
            sum += weight * moment / mass;
            weights += weight * partial as f32;
            now = sum / weights;
        }
    }
    if weights > 0.0 && (now / spacing - 1.0).abs() < 0.06 { now } else { spacing }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The magnitudes of a comb as a Hann window shows them.
    pub(crate) fn comb(bins: usize, spacing: f32, amplitude: impl Fn(usize) -> f32) -> Vec<f32> {
        let mut frame = vec![0.0f32; bins];
        for partial in 1..(bins as f32 / spacing) as usize {
            let place = spacing * partial as f32;
            for (k, m) in frame.iter_mut().enumerate() {
                let x = (k as f32 - place).abs();
                if x < 2.0 {
                    let pi = std::f32::consts::PI;
                    let lobe = if x < 1e-3 {
                        1.0
                    } else {
                        (pi * x).sin() / (pi * x) / (1.0 - x * x + 1e-6)
                    };
                    *m += amplitude(partial) * lobe.abs().min(1.0);
                }
            }
        }
        frame
    }

    #[test]
    fn combs_of_all_kinds_are_found_in_their_own_octave() {
        let bin_hz = 44_100.0 / 4096.0;
        let mut finder = PitchFinder::new(2049, bin_hz);
        type Kind = (&'static str, fn(usize) -> f32);
        let kinds: [Kind; 4] = [
            ("saw", |h| 1.0 / h as f32),
            ("square", |h| if h % 2 == 1 { 1.0 / h as f32 } else { 0.0 }),
            ("bright", |h| (-(h as f32 - 6.0).powi(2) / 20.0).exp()),
            ("soft", |h| 0.3f32.powi(h as i32 - 1)),
        ];
        for (name, amplitude) in kinds {
            for note in (40..=88).step_by(3) {
                let f0 = 440.0 * ((note as f32 - 69.0) / 12.0).exp2();
                let frame = comb(2049, f0 / bin_hz, amplitude);
                let found = finder.find(&frame, Found::NOTHING);
                let cents = 1200.0 * (found.spacing * bin_hz / f0).log2();
                assert!(cents.abs() < 25.0, "{name} {note}: {cents} cents, {found:?}");
                assert!(found.certainty > 0.5, "{name} {note}: {found:?}");
            }
        }
    }

    #[test]
    fn noise_and_silence_have_no_pitch() {
        let mut finder = PitchFinder::new(2049, 10.77);
        assert_eq!(finder.find(&[0.0; 2049], Found::NOTHING), Found::NOTHING);
        let mut random = super::super::random::Random::new(3);
        for _ in 0..20 {
            let frame: Vec<f32> = (0..2049).map(|_| random.bipolar().abs()).collect();
            assert!(finder.find(&frame, Found::NOTHING).certainty < 0.3);
        }
    }
}
