//! What a device does by itself: hiss and hum, heard where nothing is played.

/// Below this share of its peak nothing is played.
const SILENT: f32 = 1e-4;
/// Seconds after a sound in which a device may still answer, and the shortest silence that is
/// listened to after them.
const TAIL_S: f64 = 0.15;
const LISTEN_S: f64 = 0.12;
/// A silence whose first half is louder than its second by more than this ratio of powers still
/// dies away.
const DYING: f64 = 1.5;
/// Longest part of a silence that is looked at.
const LONGEST_S: f64 = 0.5;
/// Harmonics of the mains that are hum.
const HARMONICS: usize = 10;

/// The noise of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Mean square in silence, without DC.
    pub power: f64,
    /// The mains' frequency in Hz that most of it is harmonics of, and the share of its power that
    /// they have.
    pub hum: Option<(f64, f64)>,
}

/// Listens to the quietest silence of a recording; `None` where the played sound has no silence.
pub fn noise(input: &[f32], target: &[f32], rate_hz: f64, delay: i64) -> Option<Noise> {
    let samples = |s: f64| (s * rate_hz) as usize;
    let peak = input.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let mut best: Option<Noise> = None;
    let mut from = 0;
    // Before the sound and behind it there is silence, too, as far as it was recorded.
    let ends = input.iter().map(|x| x.abs() > SILENT * peak).chain([true]);
    for i in ends.enumerate().filter_map(|(i, ends)| ends.then_some(i)) {
        let from_sound = from > 0;
        let tail = if from_sound { samples(TAIL_S) } else { 0 };
        let (a, b) = (from + tail, i.saturating_sub(samples(0.004)));
        from = i + 1;
        if b < a + samples(LISTEN_S) {
            continue;
        }
        // The end of a silence is the farthest from what was played.
        let a = a.max(b.saturating_sub(samples(LONGEST_S)));
        let place = |i: usize| usize::try_from(i as i64 + delay).ok();
        let (Some(a), Some(b)) = (place(a), place(b)) else { continue };
        let Some(part) =
            target.get(a..b.min(target.len())).filter(|p| p.len() >= samples(LISTEN_S))
        else {
            continue;
        };
        let found = listen(part, rate_hz);
        // What still dies away is a reverb's or a delay's answer.
        let (first, last) = part.split_at(part.len() / 2);
        if from_sound && listen(first, rate_hz).power > DYING * listen(last, rate_hz).power {
            continue;
        }
        if best.is_none_or(|b| found.power < b.power) {
            best = Some(found);
        }
    }
    best
}

fn listen(part: &[f32], rate_hz: f64) -> Noise {
    let mean = part.iter().map(|x| f64::from(*x)).sum::<f64>() / part.len() as f64;
    let x: Vec<f64> = part.iter().map(|x| f64::from(*x) - mean).collect();
    let power = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>() / x.len().max(1) as f64;
    let whole = power(&x);
    let hum = [50.0, 60.0]
        .into_iter()
        .map(|mains| {
            // Whole periods, so that harmonics do not leak.
            let periods = (x.len() as f64 * mains / rate_hz).floor();
            let n = ((periods * rate_hz / mains).round() as usize).min(x.len());
            let part = &x[..n];
            let of = |h: usize| {
                let step = std::f64::consts::TAU * mains * h as f64 / rate_hz;
                let (c, s) = part.iter().enumerate().fold((0.0, 0.0), |sum, (i, x)| {
                    let (sin, cos) = (step * i as f64).sin_cos();
                    (sum.0 + x * cos, sum.1 + x * sin)
                });
                2.0 * (c * c + s * s) / (n as f64 * n as f64)
            };
            let below = (1..=HARMONICS).take_while(|h| mains * (*h as f64) < 0.45 * rate_hz);
            (mains, (below.map(of).sum::<f64>() / power(part).max(1e-30)).min(1.0))
        })
        .max_by(|a, b| a.1.total_cmp(&b.1));
    Noise { power: whole, hum: hum.filter(|h| h.1 > 0.5) }
}
