//! Flat tops: what a converter leaves that was overloaded, at whatever level it was brought to
//! afterwards.
//!
//! A sound that reaches its extreme again and again at the same value, however loud the sound
//! before the device was at those places, was cut there. That is the device's own doing or the
//! recorder's; nothing in a recording tells which.

/// Peaks are at the extreme within one and a half steps of 16 bits, or, where noise was added to
/// the cut, within this share of it; next to it are those within [`BESIDE`] times that.
const STEP: f32 = 5e-5;
const AT: f32 = 1e-3;
const BESIDE: f32 = 5.0;
/// Fewest peaks that are cut, and how many times those beside the extreme.
const PEAKS: usize = 6;
const MORE: usize = 3;
/// The played sound's peaks at those places differ by at least this share of their mean.
const DIFFER: f64 = 0.03;
/// Bins of sizes up to the extreme, for tops that were rounded by a conversion of the rate.
const SIZES: usize = 100;
/// A rounded top is so many times as frequent as the sizes below it, and has so many samples.
const HEAP: f64 = 4.0;
const SAMPLES: usize = 60;

/// Flat tops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlatTops {
    /// Their height.
    pub height: f32,
    /// Share of the samples at it.
    pub share: f64,
    /// Whether they are rounded, as a conversion of the rate leaves them.
    pub rounded: bool,
}

/// The flat tops of a recording, which the sound before the device does not have. `None`: it has
/// none.
pub fn flat_tops(input: &[f32], target: &[f32], delay: i64) -> Option<FlatTops> {
    [1.0f32, -1.0]
        .into_iter()
        .filter_map(|sign| {
            let (x, y) = (|i: usize| played(input, i as i64 - delay), |i: usize| sign * target[i]);
            let side = Side { x: &x, y: &y, n: target.len() };
            cut(side).or_else(|| rounded(side))
        })
        .max_by(|a, b| a.share.total_cmp(&b.share))
}

/// One side of a recording, upwards, and what was played there.
#[derive(Clone, Copy)]
struct Side<'a> {
    /// The peak of the played sound around a place.
    x: &'a dyn Fn(usize) -> f32,
    /// The recording at a place.
    y: &'a dyn Fn(usize) -> f32,
    /// Samples of the recording.
    n: usize,
}

/// The peak of the played sound around a place, which a device may have moved a little.
fn played(input: &[f32], at: i64) -> f32 {
    let from = usize::try_from(at - 16).unwrap_or(0).min(input.len());
    let until = usize::try_from(at + 4).unwrap_or(0).min(input.len());
    input[from..until.max(from)].iter().fold(0.0, |m, x| m.max(x.abs()))
}

/// Peaks that pile up at the extreme: far more than there are just below it, as close as can be
/// told or a little less.
fn cut(side: Side<'_>) -> Option<FlatTops> {
    let Side { y, n, .. } = side;
    let top = (0..n).map(y).fold(0.0f32, f32::max);
    if top <= 0.0 {
        return None;
    }
    let least = STEP.min(0.01 * top);
    [least, least.max(AT * top)].into_iter().find_map(|near| piled(side, top, near))
}

fn piled(side: Side<'_>, top: f32, near: f32) -> Option<FlatTops> {
    let Side { x, y, n } = side;
    let (mut peaks, mut beside, mut samples) = (Vec::new(), 0usize, 0usize);
    let mut i = 0;
    while i < n {
        if y(i) < top - BESIDE * near {
            i += 1;
            continue;
        }
        let from = i;
        let mut highest = 0.0f32;
        while i < n && y(i) >= top - BESIDE * near {
            highest = highest.max(y(i));
            samples += usize::from(y(i) >= top - near);
            i += 1;
        }
        if highest >= top - near { peaks.push(x((from + i) / 2)) } else { beside += 1 }
    }
    let enough = peaks.len() >= PEAKS && peaks.len() >= MORE * beside && differ(&peaks);
    enough.then(|| FlatTops { height: top, share: samples as f64 / n as f64, rounded: false })
}

/// Whether the played sound's peaks are of different heights.
fn differ(peaks: &[f32]) -> bool {
    let n = peaks.len().max(1) as f64;
    let mean = peaks.iter().map(|p| f64::from(*p)).sum::<f64>() / n;
    let spread = (peaks.iter().map(|p| (f64::from(*p) - mean).powi(2)).sum::<f64>() / n).sqrt();
    spread > DIFFER * mean
}

/// A size that is far more frequent than the ones below it, with a little above it: cut, then
/// rounded.
fn rounded(side: Side<'_>) -> Option<FlatTops> {
    let Side { x, y, n } = side;
    let top = (0..n).map(y).fold(0.0f32, f32::max);
    let bin = |i: usize| ((y(i) / top * SIZES as f32) as usize).min(SIZES - 1);
    let mut sizes = vec![0usize; SIZES];
    (0..n).filter(|i| y(*i) > 0.0).for_each(|i| sizes[bin(i)] += 1);
    let sum =
        |from: usize, until: usize| sizes[from..until.min(SIZES)].iter().sum::<usize>() as f64;
    // Ringing rises above the top by a few percent up to a tenth.
    let heap = (80..98).max_by_key(|k| sizes[k - 1] + sizes[*k] + sizes[(k + 1).min(SIZES - 1)])?;
    let (here, below, above) =
        (sum(heap - 1, heap + 2), sum(heap - 8, heap - 5), sum(heap + 3, SIZES));
    if here < SAMPLES as f64 || here < HEAP * below || above <= 0.0 || above > 0.5 * here {
        return None;
    }
    let step = (here as usize / 2_000).max(1);
    let peaks: Vec<f32> = (0..n)
        .filter(|i| y(*i) > 0.0 && bin(*i).abs_diff(heap) <= 1)
        .step_by(step)
        .map(x)
        .collect();
    let height = top * (heap as f32 + 0.5) / SIZES as f32;
    differ(&peaks).then(|| FlatTops { height, share: here / n as f64, rounded: true })
}
