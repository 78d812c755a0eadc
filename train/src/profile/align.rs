//! How late a recording comes, and whether it is upside down.

use super::blips::{blips, inverted};
use super::edge::{Edge, before, both, edge, whitened};
use super::likeness::{By, LOOK_S, Likeness, PLAIN, anywhere, beginnings, judged, likeness_at};
use super::signal::Layout;
use super::speed::{Speed, other_speed};

/// Further apart than this many samples, blips and sound do not agree.
const AGREE: i64 = 40;
/// Lags further apart than this many samples are answers of their own.
const OTHER: i64 = 100;
/// Another answer is the better one where it leaves less than this share of what this one leaves.
const CLEARER: f64 = 0.8;
/// An earlier answer counts where the model's error rises so steeply beside the strongest one's
/// rise.
const AS_STEEP: f64 = 0.3;
/// From such a rise on the sound itself is what is answered to.
const PLAINLY: f64 = 0.02;
/// Less than this of a rise is no beginning.
const VAGUE: f64 = 0.005;
/// Samples behind the beginning of an answer in which its greatest tap has its polarity.
const ANSWER: usize = 64;
/// What the likeness of a test signal must score whose blips are not answered; of one in time it is
/// a hundred.
const UNHEARD: f64 = 4.0;
/// A score from which on no other speed is thought of.
const DOUBTFUL: f64 = 6.0;
/// Seconds that the polarity is read from.
const POLARITY_S: f64 = 8.0;
/// Less than this of a correlation has no sign.
const SIGNED: f64 = 0.15;

/// What is known before anything is measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// A delay in samples that is given.
    pub delay: Option<i64>,
    /// Where things are in the test signal, where it is one: at the rate of the sounds.
    pub layout: Option<Layout>,
}

/// What was found about the time of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Alignment {
    /// Samples that the recording is late by; what is used.
    pub delay: i64,
    /// Whether that was given and not measured.
    pub given: bool,
    /// The delay that sound and blips say.
    pub measured: i64,
    /// Whether it is upside down; `None` where that cannot be told.
    pub inverted: Option<bool>,
    /// Whether it is a recording of this sound: at the delay that is used.
    pub likeness: Likeness,
    /// When the device answers to the sound.
    pub by_sound: Edge,
    /// Whether it runs at another speed than what was played.
    pub speed: Option<Speed>,
    /// When it answers to the blips, where there are any and their answers were recorded.
    pub by_blips: [Option<i64>; 2],
}

impl Alignment {
    /// Whether it is a recording of this sound.
    pub fn is_known(&self) -> bool {
        self.likeness.score >= 1.0 && self.speed.is_none()
    }

    /// The delay that the blips say, unless they contradict each other.
    pub fn blips(&self) -> Option<i64> {
        match self.by_blips {
            [Some(a), Some(b)] => ((a - b).abs() <= 1).then_some(a.min(b)),
            [a, b] => a.or(b),
        }
    }

    /// Whether blips and sound say the same, or there are no blips.
    pub fn agrees(&self) -> bool {
        match self.blips() {
            Some(b) => (b - self.by_sound.delay).abs() <= AGREE,
            None => self.by_blips == [None; 2],
        }
    }

    /// How many samples after the first answer the loudest comes, where that is an echo and no
    /// blur.
    pub fn echo(&self) -> Option<i64> {
        let later = self.likeness.strongest - self.measured;
        (later > 4 * AGREE).then_some(later)
    }
}

/// Aligns a recording with what was played. Both at one rate.
pub fn align(input: &[f32], target: &[f32], rate_hz: f64) -> Alignment {
    align_with(
        input,
        target,
        rate_hz,
        &Known { delay: None, layout: Layout::recognise(input, rate_hz) },
    )
}

/// The same with what is known before.
pub fn align_with(input: &[f32], target: &[f32], rate_hz: f64, known: &Known) -> Alignment {
    let sounds = Pair { input, target, rate_hz };
    let mut found = sounds.measured(beginnings(input, target, rate_hz), known);
    if !found.is_known() {
        found = match anywhere(input, target, rate_hz).map(|near| sounds.measured(near, known)) {
            Some(other) if other.likeness.score > found.likeness.score => other,
            _ => found,
        };
    }
    let first = input.len().min((LOOK_S * rate_hz) as usize);
    found.likeness = judged(found.likeness, &input[..first], rate_hz);
    if found.likeness.score < DOUBTFUL {
        found.speed = other_speed(input, target, rate_hz, found.likeness.score);
    }
    // Blips that agree with each other and not with the sound: what answers there is looked at
    // again.
    if let (Some(blip), [Some(_), Some(_)], false) = (found.blips(), found.by_blips, found.agrees())
    {
        let there = likeness_at(input, target, rate_hz, blip);
        if there.score >= 1.0 {
            found.likeness = there;
        }
    }
    found.delay = known.delay.unwrap_or(found.measured);
    found.given = known.delay.is_some();
    if let Some(delay) = known.delay {
        found.likeness =
            Likeness { by: found.likeness.by, ..likeness_at(input, target, rate_hz, delay) };
    }
    if !found.given && !found.is_known() {
        // The strongest of answers that are all chance says nothing of time.
        found.delay = found.blips().unwrap_or(0);
    }
    // What answers to the sound's size has no polarity.
    if found.likeness.by == By::Sound && found.agrees() {
        let by_blips = || known.layout.as_ref().and_then(|l| inverted(target, l, found.by_blips));
        found.inverted = polarity(input, target, rate_hz, found.delay).or_else(by_blips);
    }
    found
}

/// What was played, and what was recorded.
struct Pair<'a> {
    input: &'a [f32],
    target: &'a [f32],
    rate_hz: f64,
}

impl Pair<'_> {
    /// What sound and blips say where the sounds are alike.
    fn measured(&self, mut near: Likeness, known: &Known) -> Alignment {
        let by_sound = self.best_edge(&mut near);
        let mut found = Alignment {
            measured: by_sound.delay,
            likeness: near,
            by_sound,
            ..Alignment::default()
        };
        let Some(layout) = &known.layout else { return found };
        found.by_blips = blips(self.input, self.target, layout, self.rate_hz, by_sound.delay);
        // Blips that agree with each other know better than any sound.
        let pair = matches!(found.by_blips, [Some(_), Some(_)]);
        if let Some(blip) = found.blips().filter(|_| pair || found.agrees()) {
            found.measured = blip;
        }
        // A sweep at another speed is the sweep at another time; the blips are not.
        if found.by_blips == [None; 2] && near.score < UNHEARD {
            found.likeness.score /= UNHEARD;
        }
        found
    }

    /// Where the answer begins near a lag.
    fn at(&self, lag: i64) -> Edge {
        let found = edge(self.input, self.target, self.rate_hz, lag);
        // No curve and no filter leads from sound to sound (a ring modulator): the answer of the
        // sizes must do.
        let vague = found.rise < VAGUE && found.left > 0.9;
        Edge {
            delay: if vague { lag + (self.rate_hz / 5_000.0) as i64 } else { found.delay },
            ..found
        }
    }

    /// Where the answer begins that explains most: of the answers of all three kinds, and of those
    /// that the sound itself may have, for of a steady sound the correlation does not tell which.
    /// An earlier one counts where it explains what is left.
    fn best_edge(&self, near: &mut Likeness) -> Edge {
        let mut best = self.at(near.strongest);
        let same = |lag: Option<i64>, near: &Likeness| {
            lag.is_some_and(|l| (l - near.strongest).abs() <= OTHER)
        };
        // Where the sound itself has no answer there, it is the size's, which says more than that
        // of both sizes.
        if near.by == By::Sizes && same(near.sharp[1], near) && !same(near.sharp[0], near) {
            near.by = By::Size;
        }
        let sharp = By::ALL.into_iter().zip(near.sharp).filter_map(|(by, lag)| Some((by, lag?)));
        let leads =
            near.leads.into_iter().filter(|_| near.score < PLAIN).map(|lag| (By::Sound, lag));
        let enough = both(self.input, self.target, near.strongest)
            .len()
            .min((LOOK_S * self.rate_hz) as usize)
            / 2;
        let mut strongest = near.strongest;
        for (by, lag) in sharp.chain(leads).collect::<Vec<_>>() {
            let short = both(self.input, self.target, lag).len() < enough;
            if short || (lag - near.strongest).abs() <= OTHER || (lag - strongest).abs() <= OTHER {
                continue;
            }
            let other = self.at(lag);
            if other.error < CLEARER * best.error && (other.delay - best.delay).abs() > OTHER {
                (best, near.by, strongest) = (other, by, lag);
            }
        }
        near.strongest = strongest;
        // An answer of the sound itself at the same place, or a beginning that is plain, says more
        // than that of both sizes.
        if near.by == By::Sizes && (same(near.sharp[0], near) || best.rise > PLAINLY) {
            near.by = By::Sound;
        }
        if near.first < near.strongest - OTHER {
            let earlier = before((self.input, self.target, self.rate_hz), &best, near.first);
            if earlier.rise > AS_STEEP * best.rise && earlier.delay < best.delay {
                best = earlier;
            }
        }
        best
    }
}

/// The sign of the greatest tap behind the beginning of the answer.
fn polarity(input: &[f32], target: &[f32], rate_hz: f64, delay: i64) -> Option<bool> {
    let (x, y) = whitened(input, target, (POLARITY_S * rate_hz) as usize, delay);
    let energy = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
    let scale = (energy(&x) * energy(&y)).sqrt().max(1e-30);
    let taps = (0..ANSWER.min(y.len()))
        .map(|lag| x.iter().zip(&y[lag..]).map(|(x, y)| x * y).sum::<f64>() / scale);
    let top = taps.max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
    (top.abs() >= SIGNED).then_some(top < 0.0)
}

/// Moves a recording so that it is in time: as much of it as there is, zeros before its beginning.
pub fn shifted(target: &[f32], delay: i64) -> Vec<f32> {
    let (late, early) = (usize::try_from(delay).unwrap_or(0), usize::try_from(-delay).unwrap_or(0));
    let mut out = vec![0.0; early];
    out.extend(target.iter().skip(late));
    out
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
            assert!(found.agrees() && found.blips().is_some() && found.is_known(), "{found:?}");
            assert_eq!(found.inverted, Some(sign < 0.0));
            assert!((found.delay - late as i64).abs() <= 1, "{late}: {found:?}");
            // Without the blips at the beginning.
            let cut = &x[30_000..];
            let found = align(cut, &device(cut, late, sign), rate);
            assert!(
                found.by_blips == [None; 2] && (found.delay - late as i64).abs() <= 1,
                "{late}: {found:?}"
            );
            assert_eq!(found.inverted, Some(sign < 0.0));
        }
    }

    #[test]
    fn the_first_of_two_answers_counts() {
        let rate = 16_000.0;
        let x = test_signal(20.0, rate).unwrap();
        let dry = device(&x, 20, 1.0);
        let y: Vec<f32> = (0..x.len())
            .map(|i| 0.5 * dry[i] + if i < 4_000 { 0.0 } else { 0.7 * dry[i - 4_000] })
            .collect();
        let found = align(&x, &y, rate);
        assert!((found.delay - 20).abs() <= 1, "{found:?}");
        assert!(found.echo().is_some_and(|later| (later - 4_000).abs() < 12), "{found:?}");
        assert_eq!(align(&x, &dry, rate).echo(), None);
    }

    #[test]
    fn nothing_is_lost_of_a_recording_that_begins_early_or_late() {
        assert_eq!(shifted(&[1.0, 2.0, 3.0], 0), [1.0, 2.0, 3.0]);
        assert_eq!(shifted(&[1.0, 2.0, 3.0], 2), [3.0]);
        assert_eq!(shifted(&[1.0, 2.0, 3.0], -2), [0.0, 0.0, 1.0, 2.0, 3.0]);
        assert!(shifted(&[1.0], 5).is_empty());
    }
}
