//! How late a recording comes, and whether it is upside down.

use nfx_learn::profile::linear::{best_response, correlation};

use super::signal::Layout;

/// Longest delay that is looked for, in seconds.
const LONGEST_S: f64 = 1.0;
/// Sounds are aligned by at most this many seconds.
const LOOK_S: f64 = 40.0;
/// Further apart than this many samples, blips and correlation do not agree.
const AGREE: i64 = 40;
/// Taps before and behind the correlation's peak among which the beginning of the response is looked for.
const ONSET: (usize, usize) = (48, 160);
/// Samples before the correlation's peak at which a response may begin.
const EARLIER: usize = 12;

/// What was found about the time of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Alignment {
    /// Samples that the recording is late by; what is used.
    pub delay: i64,
    /// Whether it is upside down.
    pub inverted: bool,
    /// Where the correlation peaks.
    pub by_correlation: i64,
    /// When the device answers to the blips, where there are any: both.
    pub by_blips: Option<[i64; 2]>,
    /// Height of the correlation's peak, 0 to 1.
    pub strength: f64,
    /// How many samples later the end comes than the beginning.
    pub drift: f64,
}

impl Alignment {
    /// Whether blips and correlation say the same, or there are no blips.
    pub fn agrees(&self) -> bool {
        self.by_blips.is_none_or(|blips| {
            blips.iter().all(|b| (b - self.by_correlation).abs() <= AGREE) && (blips[0] - blips[1]).abs() <= 1
        })
    }

    /// How many samples after the first answer the loudest comes, where both blips have an answer before it: an echo.
    pub fn echo(&self) -> Option<i64> {
        let [a, b] = self.by_blips?;
        let later = self.by_correlation - a.min(b);
        ((a - b).abs() <= 1 && later > AGREE).then_some(later)
    }
}

/// The part with most energy, of a length.
fn loudest(x: &[f32], length: usize) -> usize {
    if x.len() <= length {
        return 0;
    }
    let step = (length / 4).max(1);
    let sums: Vec<f64> = x.chunks(step).map(|c| c.iter().map(|x| f64::from(x * x)).sum()).collect();
    let window = length / step;
    let best = (0..sums.len().saturating_sub(window))
        .max_by(|&a, &b| sums[a..a + window].iter().sum::<f64>().total_cmp(&sums[b..b + window].iter().sum()))
        .unwrap_or(0);
    best * step
}

/// Brighter: low notes have broad peaks of correlation.
fn brighter(x: &[f32]) -> Vec<f32> {
    (0..x.len()).map(|i| x[i] - if i > 0 { 0.95 * x[i - 1] } else { 0.0 }).collect()
}

/// Peak of the correlation of a part: lag, signed height relative to the two parts' norms.
fn peak(input: &[f32], target: &[f32], (low, high): (i64, i64)) -> (i64, f64) {
    let (x, y) = (brighter(input), brighter(target));
    let c = correlation(&x, &y, (low, high));
    let norm = |x: &[f32]| x.iter().map(|x| f64::from(x * x)).sum::<f64>().sqrt();
    let best = (0..c.len()).max_by(|&a, &b| c[a].abs().total_cmp(&c[b].abs())).unwrap_or(0);
    let height = c.get(best).copied().unwrap_or(0.0) / (norm(&x) * norm(&y)).max(1e-20);
    (low + best as i64, height)
}

/// The sample at which the device answers to a blip, after the blip: the first above what it does in silence.
fn onset(target: &[f32], blip: usize, rate_hz: f64) -> Option<i64> {
    let before = (0.2 * rate_hz) as usize;
    let quiet = target.get(blip.checked_sub(before)?..blip.checked_sub(8)?)?;
    let floor = quiet.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let mean = quiet.iter().sum::<f32>() / quiet.len().max(1) as f32;
    let after = target.get(blip - 8..(blip + (0.4 * rate_hz) as usize).min(target.len()))?;
    let top = after.iter().fold(0.0f32, |m, x| m.max((x - mean).abs()));
    let threshold = (2.0 * floor).max(0.02 * top).max(1e-4);
    if top <= threshold {
        return None;
    }
    after.iter().position(|x| (x - mean).abs() > threshold).map(|i| i as i64 - 8)
}

/// The height of the answer that begins at a sample.
fn answer(target: &[f32], begin: i64) -> f32 {
    let begin = usize::try_from(begin).unwrap_or(0).min(target.len());
    let answer = &target[begin..(begin + 8).min(target.len())];
    answer.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(0.0)
}

/// Aligns a recording with what was played. Both at one rate.
pub fn align(input: &[f32], target: &[f32], rate_hz: f64) -> Alignment {
    let most = (LONGEST_S * rate_hz) as i64;
    let look = (LOOK_S * rate_hz) as usize;
    let from = loudest(&input[..input.len().min(target.len())], look);
    let part = &input[from..(from + look).min(input.len())];
    let begin = from.saturating_sub(most as usize);
    let heard = &target[begin.min(target.len())..(from + part.len() + most as usize).min(target.len())];
    let offset = (from - begin) as i64;
    let (lag, height) = peak(part, heard, (offset - most, offset + most));
    let by_correlation = lag - offset;
    let layout = Layout::recognise(input, rate_hz);
    let by_blips =
        layout.and_then(|l| Some([onset(target, l.blips[0], rate_hz)?, onset(target, l.blips[1], rate_hz)?]));
    let response = response_begin(input, target, (by_correlation, from, part.len()));
    let mut found = Alignment {
        delay: by_correlation.min(response),
        inverted: height < 0.0,
        by_correlation,
        by_blips,
        strength: height.abs(),
        drift: 0.0,
    };
    if let Some(blips) = found.by_blips.filter(|_| found.agrees() || found.echo().is_some()) {
        found.delay = found.delay.min(blips[0].min(blips[1]));
        if let (Some(_), Some(layout)) = (found.echo(), layout) {
            // The correlation has the echo's sign.
            found.inverted = answer(target, layout.blips[0] as i64 + blips[0]) < 0.0;
        }
    }
    found.drift = drift(input, target, (found.by_correlation, rate_hz));
    found
}

/// The lag at which the best linear response begins: its first tap of a tenth of the greatest one's height, at most
/// [`EARLIER`] samples before the correlation's peak.
fn response_begin(input: &[f32], target: &[f32], (lag, from, length): (i64, usize, usize)) -> i64 {
    let shifted = |i: usize| usize::try_from(i as i64 + lag).ok().and_then(|at| target.get(at)).copied().unwrap_or(0.0);
    // An offset would look like a response without beginning.
    let centred = |x: Vec<f32>| {
        let mean = x.iter().sum::<f32>() / x.len().max(1) as f32;
        x.into_iter().map(|v| v - mean).collect::<Vec<f32>>()
    };
    let x = brighter(&centred(input[from..from + length].to_vec()));
    let y = brighter(&centred((from..from + length).map(shifted).collect()));
    let (before, after) = ONSET;
    let h = best_response(&x, &y, (before, before + after));
    let top = h.iter().fold(0.0f64, |m, h| m.max(h.abs()));
    let first = before - EARLIER;
    let begin = (first..before).find(|&i| h[i].abs() >= 0.1 * top).unwrap_or(before);
    lag + begin as i64 - before as i64
}

/// Samples by which the last ten seconds come later than the first ten.
fn drift(input: &[f32], target: &[f32], (lag, rate_hz): (i64, f64)) -> f64 {
    let length = (10.0 * rate_hz) as usize;
    let n = input.len().min(target.len());
    if n < 3 * length {
        return 0.0;
    }
    let at = |from: usize| {
        let from = from + loudest(&input[from..from + length], length / 2);
        let x = &input[from..from + length / 2];
        let y: Vec<f32> = (from..from + length / 2)
            .map(|i| usize::try_from(i as i64 + lag).ok().and_then(|at| target.get(at)).copied().unwrap_or(0.0))
            .collect();
        peak(x, &y, (-200, 200))
    };
    let (first, last) = (at(length / 4), at(n - length));
    // Two quiet or unlike places say nothing.
    if first.1.abs() < 0.2 || last.1.abs() < 0.2 { 0.0 } else { (last.0 - first.0) as f64 }
}

/// Moves a recording so that it is in time: as long as before, zeros where nothing is known.
pub fn shifted(target: &[f32], delay: i64) -> Vec<f32> {
    (0..target.len())
        .map(|i| usize::try_from(i as i64 + delay).ok().and_then(|at| target.get(at)).copied().unwrap_or(0.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::signal::test_signal;

    /// A device: a low-pass and a soft limit, upside down when asked, some samples late.
    fn device(x: &[f32], late: usize, sign: f32) -> Vec<f32> {
        let mut y = 0.0;
        let mut out = vec![0.0; late];
        out.extend(x.iter().map(|x| {
            y += 0.5 * ((2.0 * x).tanh() - y);
            sign * y
        }));
        out.truncate(x.len());
        out
    }

    #[test]
    fn delay_and_polarity_are_found_with_blips_and_without() {
        let rate = 16_000.0;
        let x = test_signal(20.0, rate).unwrap();
        for (late, sign) in [(0usize, 1.0f32), (37, -1.0), (1_200, 1.0)] {
            let found = align(&x, &device(&x, late, sign), rate);
            assert!(found.agrees() && found.by_blips.is_some(), "{found:?}");
            assert_eq!(found.inverted, sign < 0.0);
            assert!((found.delay - late as i64).abs() <= 1, "{late}: {found:?}");
            assert_eq!(found.drift, 0.0);
            // Without the blips at the beginning.
            let cut = &x[30_000..];
            let found = align(cut, &device(cut, late, sign), rate);
            assert!(found.by_blips.is_none() && (found.delay - late as i64).abs() <= 2, "{late}: {found:?}");
        }
    }

    #[test]
    fn the_first_of_two_answers_counts() {
        let rate = 16_000.0;
        let x = test_signal(20.0, rate).unwrap();
        let dry = device(&x, 20, 1.0);
        let y: Vec<f32> =
            (0..x.len()).map(|i| 0.5 * dry[i] + if i < 4_000 { 0.0 } else { 0.7 * dry[i - 4_000] }).collect();
        let found = align(&x, &y, rate);
        assert!((found.delay - 20).abs() <= 1 && !found.agrees(), "{found:?}");
        assert!(found.echo().is_some_and(|later| (later - 4_000).abs() < 12), "{found:?}");
        assert_eq!(align(&x, &dry, rate).echo(), None);
    }

    #[test]
    fn clocks_that_do_not_agree_are_noticed() {
        let rate = 16_000.0;
        let x = test_signal(40.0, rate).unwrap();
        // One sample in ten thousand.
        let y: Vec<f32> = (0..x.len())
            .map(|i| {
                let at = i as f64 * 0.9999;
                let (a, f) = (at as usize, (at.fract()) as f32);
                x[a] * (1.0 - f) + x.get(a + 1).copied().unwrap_or(0.0) * f
            })
            .collect();
        let found = align(&x, &y, rate);
        assert!(found.drift.abs() > 10.0, "{found:?}");
    }
}
