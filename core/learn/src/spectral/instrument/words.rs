//! What a slider does, in words that tell it from the others.

use super::{Decoded, FLOOR, Seen};
use crate::LearnError;

/// Things that a slider may change.
const THINGS: usize = 11;
/// Times at which a note's level says how it begins and ends, seconds.
const TIMES_S: [f32; 3] = [0.0, 0.3, 1.6];
/// A second word is said where it is at least this share as good as the first.
const SECOND: f64 = 0.6;

/// A thing that a slider may change: the words for more and for less, and the change that one just
/// hears.
struct Thing(&'static str, &'static str, f64);

const WORDS: [Thing; THINGS] = [
    Thing("brighter", "darker", 0.15),
    Thing("hollow", "round", 3.0),
    Thing("warm", "thin", 3.0),
    Thing("noisy", "pure", 2.0),
    Thing("focused", "dense", 2.0),
    Thing("airy", "dull", 4.0),
    Thing("edgy", "smooth", 3.0),
    Thing("nasal", "open", 3.0),
    Thing("boomy", "lean", 3.0),
    Thing("long", "short", 3.0),
    Thing("hard attack", "soft attack", 3.0),
];

/// What a slider changes over its range: one number for each of the things, in its own unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Change([f64; THINGS]);

impl Change {
    /// Whether raising the slider makes the sound darker.
    pub fn darkens(&self) -> bool {
        self.0[0] < 0.0
    }
}

impl Seen<'_> {
    /// What moving latent `k` from one value to another changes, mean over the frames `rows` with
    /// latents `codes`.
    pub(super) fn change(
        &self,
        k: usize,
        low: f32,
        high: f32,
        codes: &[f32],
        rows: &[usize],
    ) -> Result<Change, LearnError> {
        let with = |value: f32| {
            let mut changed = codes.to_vec();
            changed.iter_mut().skip(k).step_by(self.width).for_each(|z| *z = value);
            changed
        };
        let (low, high) = (self.qualities(&with(low), rows)?, self.qualities(&with(high), rows)?);
        Ok(Change(std::array::from_fn(|i| high[i] - low[i])))
    }

    fn qualities(&self, codes: &[f32], rows: &[usize]) -> Result<[f64; THINGS], LearnError> {
        let decoded = self.decode(codes, rows)?;
        let mut sum = [0.0; THINGS];
        let share = 1.0 / rows.len().max(1) as f64;
        for (frame, &row) in decoded.frames.chunks(self.bins).zip(rows) {
            let of = spectrum(frame, self.look.bin_hz, self.look.fundamental[row]);
            sum.iter_mut().zip(of).for_each(|(s, q)| *s += share * q);
        }
        if !decoded.levels_db.is_empty() {
            let mean = |at: &Decoded| {
                at.levels_db.iter().map(|l| f64::from(l.max(-60.0))).sum::<f64>() * share
            };
            let [onset, settled, late] =
                [0, 1, 2].map(|i| self.decode_at(codes, rows, Some(TIMES_S[i])).map(|d| mean(&d)));
            let (onset, settled, late) = (onset?, settled?, late?);
            (sum[9], sum[10]) = (late - settled, onset - settled);
        }
        Ok(sum)
    }
}

/// The qualities of one spectrum; those of a note's course are left at 0.
fn spectrum(frame: &[f32], bin_hz: f64, fundamental: f32) -> [f64; THINGS] {
    let body = if fundamental > 0.0 { 1.5 * f64::from(fundamental) } else { 250.0 / bin_hz };
    let (mut weighted, mut total, mut logs) = (0.0f64, 1e-12f64, 0.0f64);
    let (mut low, mut high) = (1e-9f64, 1e-9f64);
    let (mut odd, mut even) = (1e-9f64, 1e-9f64);
    let (mut greatest, mut heard, mut count) = (1e-9f64, 1e-9f64, 1.0f64);
    // Boom below 180 Hz, the nose between 700 Hz and 1.8 kHz, the edge up to 5 kHz, air above.
    let edges = [180.0, 700.0, 1800.0, 5000.0];
    let mut bands = [1e-6f64; 5];
    for (i, &m) in frame.iter().enumerate() {
        let m = f64::from(m.max(0.0));
        let power = m * m;
        weighted += m * i as f64;
        total += m;
        logs += (m + 1e-4).ln();
        *(if (i as f64) < body { &mut low } else { &mut high }) += power;
        bands[edges.iter().filter(|&&edge| i as f64 * bin_hz >= edge).count()] += power;
        if fundamental > 4.0 {
            let nearest = (i as f64 / f64::from(fundamental)).round();
            if nearest >= 1.0 && (i as f64 - nearest * f64::from(fundamental)).abs() <= 2.0 {
                *(if nearest as usize % 2 == 1 { &mut odd } else { &mut even }) += power;
            }
        }
        greatest = greatest.max(m);
        if m > f64::from(FLOOR) {
            heard += m;
            count += 1.0;
        }
    }
    let mean = total / frame.len().max(1) as f64 + 1e-4;
    let all: f64 = bands.iter().sum();
    let share = |band: usize| 10.0 * (bands[band] / all).log10();
    [
        ((weighted / total).max(0.5) * bin_hz).log2(),
        10.0 * (odd / even).log10(),
        10.0 * (low / high).log10(),
        (logs / frame.len().max(1) as f64 - mean.ln()) * 20.0 / std::f64::consts::LN_10,
        20.0 * (greatest * count / heard).log10(),
        share(4),
        share(3),
        share(2),
        share(0),
        0.0,
        0.0,
    ]
}

/// Words for changes, one text for each, no two equal: what a slider changes more than the others
/// do.
///
/// The first word of each stands for a thing that is no other slider's first word.
pub(super) fn contrast(changes: &[Change]) -> Vec<String> {
    let heard: Vec<[f64; THINGS]> =
        changes.iter().map(|c| std::array::from_fn(|i| c.0[i] / WORDS[i].2)).collect();
    let spread: [f64; THINGS] = std::array::from_fn(|i| {
        (heard.iter().map(|h| h[i] * h[i]).sum::<f64>() / heard.len().max(1) as f64 + 0.25).sqrt()
    });
    // What stands out among the sliders and is heard at all.
    let score = |k: usize, i: usize| {
        (heard[k][i].abs() / spread[i]) * (heard[k][i].abs() / (0.5 + heard[k][i].abs()))
    };
    let mut first = vec![None; changes.len()];
    let mut taken = [false; THINGS];
    for _ in 0..changes.len().min(THINGS) {
        let open = (0..changes.len()).filter(|&k| first[k].is_none());
        let pairs = open.flat_map(|k| (0..THINGS).map(move |i| (k, i))).filter(|&(_, i)| !taken[i]);
        let Some((k, i)) = pairs.max_by(|&(a, i), &(b, j)| score(a, i).total_cmp(&score(b, j)))
        else {
            break;
        };
        (first[k], taken[i]) = (Some(i), true);
    }
    let word = |k: usize, i: usize| if heard[k][i] > 0.0 { WORDS[i].0 } else { WORDS[i].1 };
    (0..changes.len())
        .map(|k| {
            let Some(main) = first[k] else { return format!("shape {}", k + 1) };
            // A thing that is another slider's first word would only blur the two.
            let others = (0..THINGS).filter(|&i| !taken[i] && heard[k][i].abs() >= 1.0);
            let second = others.max_by(|&i, &j| score(k, i).total_cmp(&score(k, j)));
            match second.filter(|&i| score(k, i) >= SECOND * score(k, main)) {
                Some(second) => format!("{}, {}", word(k, main), word(k, second)),
                None => word(k, main).to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_tells_sliders_apart_and_are_never_equal() {
        // All make it brighter; what differs is the rest.
        let with = |extra: &[(usize, f64)]| {
            let mut change = Change([0.0; THINGS]);
            change.0[0] = 0.5;
            extra.iter().for_each(|&(i, x)| change.0[i] = x);
            change
        };
        let changes = [
            with(&[(1, 12.0)]),
            with(&[(9, -9.0)]),
            with(&[(7, 8.0)]),
            with(&[]),
            with(&[(1, -9.0)]),
        ];
        let words = contrast(&changes);
        assert_eq!(words[1].split(", ").next(), Some("short"));
        assert_eq!(words[2].split(", ").next(), Some("nasal"));
        assert!(words[0].starts_with("hollow"), "{words:?}");
        let mut sorted = words.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), words.len(), "{words:?}");
        let first = |w: &String| w.split(", ").next().map(str::to_owned);
        let firsts: Vec<_> = words.iter().filter_map(first).collect();
        assert!(
            words
                .iter()
                .flat_map(|w| w.split(", ").skip(1))
                .all(|w| !firsts.iter().any(|f| f == w)),
            "{words:?}"
        );
        assert!(contrast(&[Change::default(); 12]).iter().all(|w| !w.is_empty()));
    }
}
