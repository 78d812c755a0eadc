//! Mini-batches: which frames, in what order, and what is done to them on the way.

use nfx_learn::rng;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::config::FitConfig;
use super::partners::Partners;
use super::seen::Seen;
use crate::frames::FrameSet;

const ORDER: u64 = 0x0_4de4;
const SWAPS: u64 = 0x5_3a9;
const TIMES: u64 = 0x71_3e5;
const CHANGES: u64 = 0xc4a_6e5;

/// The order in which epoch `epoch` meets the frames.
pub fn order(frames: usize, seed: u64, epoch: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..frames as u32).collect();
    order.shuffle(&mut rng(seed, ORDER, epoch as u64));
    order
}

/// The buffers of a batch, `[frame][bin]`.
#[derive(Clone, Debug, Default)]
pub struct BatchBuffer {
    /// What the network sees.
    pub input: Vec<f32>,
    /// What it is to give.
    pub target: Vec<f32>,
    /// What its decoder is told, `[frame][condition]`.
    pub told: Vec<f32>,
    /// The frames that are to be given where they are not those that are seen.
    targets: Vec<u32>,
    apart: bool,
}

/// What batches are made of.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// The frames.
    pub frames: &'a FrameSet,
    /// What they are seen as.
    pub seen: &'a Seen,
    /// Where targets are taken from that are not the frames that are seen.
    pub partners: Option<&'a Partners>,
}

impl BatchBuffer {
    /// Gathers the frames at `indices`, mixes and spoils them as the configuration says; step
    /// number `step` decides how.
    ///
    /// Every frame draws from a stream of its own, so that the threads that share the work change
    /// nothing.
    pub fn fill(
        &mut self,
        frames: &FrameSet,
        seen: &Seen,
        indices: &[u32],
        config: &FitConfig,
        step: u64,
    ) {
        let from = Examples { frames, seen, partners: None };
        self.fill_swapped(from, indices, config, step);
    }

    /// As [`BatchBuffer::fill`], with the share `config.swap` of the targets taken from partners.
    pub fn fill_swapped(
        &mut self,
        from: Examples<'_>,
        indices: &[u32],
        config: &FitConfig,
        step: u64,
    ) {
        let Examples { frames, seen, partners } = from;
        let Some(partners) = partners.filter(|_| config.swap > 0.0) else {
            self.targets.clear();
            return self.fill_from(frames, seen, indices, config, step);
        };
        let mut random = rng(config.seed, SWAPS, step);
        self.targets.clear();
        for &i in indices {
            let (swapped, draw): (f32, f32) = (random.random(), random.random());
            let when = if seen.lives() { random.random() } else { 0.0 };
            let target = if swapped < config.swap {
                partners.partner(i as usize, [draw, when])
            } else {
                i as usize
            };
            self.targets.push(target as u32);
        }
        self.fill_from(frames, seen, indices, config, step);
    }

    fn fill_from(
        &mut self,
        frames: &FrameSet,
        seen: &Seen,
        indices: &[u32],
        config: &FitConfig,
        step: u64,
    ) {
        let swapped = !self.targets.is_empty();
        let bins = frames.bins.max(1);
        let width = seen.width().max(1);
        let outputs = seen.outputs().max(1);
        self.apart = config.noise > 0.0 || seen.widens() || swapped || !seen.is_direct();
        self.target.resize(indices.len() * outputs, 0.0);
        self.input.resize(if self.apart { indices.len() * width } else { 0 }, 0.0);
        let asked = if swapped { &self.targets } else { indices };
        let mut times = rng(config.seed, TIMES, step);
        let told = |i: &u32| {
            let (note, age_s) = frames.told(*i as usize);
            // A frame that may be of any time is one of each in turn.
            let drawn = seen.lives() && age_s.is_nan();
            (note, if drawn { seen.time_at(times.random()) } else { age_s })
        };
        seen.told(asked.iter().map(told), &mut self.told);
        let maker = Maker { frames, config };
        let stream = |place: usize| rng(config.seed, CHANGES + ((place as u64) << 32), step);
        if self.apart {
            // Uniform noise with the standard deviation that was asked for; magnitudes stay
            // magnitudes.
            let reach = config.noise * 3.0f32.sqrt();
            let pairs = self.target.par_chunks_mut(outputs).zip(self.input.par_chunks_mut(width));
            let rows = || (vec![0.0; bins], Vec::new());
            pairs.enumerate().for_each_init(rows, |(frame, scratch), (place, (target, input))| {
                let (mut random, index, wanted) =
                    (stream(place), indices[place] as usize, asked[place] as usize);
                let curve = maker.make(index, &mut random, frame, scratch);
                if swapped {
                    scratch.clear();
                    scratch.extend_from_slice(frames.frame(wanted));
                    // What is done to what is seen is done to what is to be given: the filter is
                    // part of the instrument.
                    colour(scratch, curve);
                    seen.row(scratch, frames.level_db(wanted), target);
                } else {
                    seen.row(frame, frames.level_db(index), target);
                }
                if reach > 0.0 {
                    frame.iter_mut().for_each(|t| {
                        *t = (*t + reach * (2.0 * random.random::<f32>() - 1.0)).max(0.0)
                    });
                }
                seen.write(frame, input);
            });
        } else {
            self.target.par_chunks_mut(bins).enumerate().for_each_init(
                Vec::new,
                |row, (place, target)| {
                    maker.make(indices[place] as usize, &mut stream(place), target, row);
                },
            );
        }
    }

    /// What the network sees.
    pub fn seen(&self) -> &[f32] {
        if self.apart { &self.input } else { &self.target }
    }
}

/// Makes frames of a batch.
struct Maker<'a> {
    frames: &'a FrameSet,
    /// What is done to them.
    config: &'a FitConfig,
}

impl Maker<'_> {
    /// Makes one frame of a batch in `target`; `row` is scratch. Gives the filter curve that it passed,
    /// if any.
    fn make(
        &self,
        index: usize,
        random: &mut StdRng,
        target: &mut [f32],
        row: &mut Vec<f32>,
    ) -> Option<Curve> {
        let Self { frames, config } = *self;
        target.copy_from_slice(frames.frame(index));
        if config.mixture > 0.0 && random.random::<f32>() < config.mixture {
            let other = frames.frame(random.random_range(0..frames.len()));
            let share: f32 = random.random();
            target.iter_mut().zip(other).for_each(|(a, b)| *a = share * *a + (1.0 - share) * b);
        }
        if config.transpose_semitones > 0.0 {
            let semitones = config.transpose_semitones * (2.0 * random.random::<f32>() - 1.0);
            transpose(target, row, (semitones / 12.0).exp2());
        }
        let mut curve = None;
        if config.tilt_db > 0.0 {
            let mut part = || config.tilt_db * (2.0 * random.random::<f32>() - 1.0);
            curve = Some(Curve::Tilt(part(), part()));
        }
        if config.octave_db > 0.0 {
            curve = Some(Curve::Octaves(std::array::from_fn(|_| {
                config.octave_db * nfx_learn::spectral::init::normal(random)
            })));
        }
        colour(target, curve);
        normalise(target);
        curve
    }
}

/// A random filter.
#[derive(Clone, Copy, Debug)]
enum Curve {
    /// Slope and bow over the whole axis, dB.
    Tilt(f32, f32),
    /// Gains in dB at points an octave apart, the last at the top of the axis, with straight lines
    /// between.
    Octaves([f32; 10]),
}

/// Filters a frame, and divides it by its maximum again.
fn colour(frame: &mut [f32], curve: Option<Curve>) {
    match curve {
        None => {}
        Some(Curve::Tilt(slope_db, bow_db)) => tilt(frame, slope_db, bow_db),
        Some(Curve::Octaves(gains_db)) => octaves(frame, &gains_db),
    }
    normalise(frame);
}

/// Filters a frame by gains that lie an octave apart.
fn octaves(frame: &mut [f32], gains_db: &[f32; 10]) {
    let last = (frame.len() - 1).max(1) as f32;
    let gain = |bin: usize| {
        let place = (9.0 + (bin.max(1) as f32 / last).log2()).clamp(0.0, 8.999);
        let (below, between) = (place as usize, place.fract());
        let db = gains_db[below] + (gains_db[below + 1] - gains_db[below]) * between;
        (db * (std::f32::consts::LN_10 / 20.0)).exp()
    };
    // Above the lowest bins neighbours differ by little: one gain for eight of them is exact to a
    // tenth of a decibel.
    let (low, high) = frame.split_at_mut(64.min(frame.len()));
    low.iter_mut().enumerate().for_each(|(bin, m)| *m *= gain(bin));
    for (block, part) in high.chunks_mut(8).enumerate() {
        let g = gain(64 + 8 * block + 4);
        part.iter_mut().for_each(|m| *m *= g);
    }
}

/// Stretches a frame along its frequency axis by `ratio`, between bins by straight lines; above the
/// last known bin it is silent.
fn transpose(frame: &mut [f32], row: &mut Vec<f32>, ratio: f32) {
    row.clear();
    row.extend_from_slice(frame);
    let last = row.len() - 1;
    for (bin, value) in frame.iter_mut().enumerate() {
        let from = bin as f32 / ratio;
        let below = from as usize;
        *value = if below < last {
            row[below] + (row[below + 1] - row[below]) * (from - below as f32)
        } else {
            0.0
        };
    }
}

/// Filters a frame by a smooth curve: a slope and a bow, both in dB over the whole axis.
///
/// The curve is the exponential of a quadratic, whose ratio from bin to bin changes by a constant
/// factor: two products a bin instead of an exponential.
fn tilt(frame: &mut [f32], slope_db: f32, bow_db: f32) {
    let step = 1.0 / (frame.len() - 1).max(1) as f64;
    let (slope, bow) = (f64::from(slope_db), f64::from(bow_db));
    let db = |x: f64| slope * x + bow * (0.25 - x * x);
    let gain = |db: f64| (db * (std::f64::consts::LN_10 / 20.0)).exp();
    let mut factor = gain(db(-0.5));
    let mut ratio = gain(db(-0.5 + step) - db(-0.5));
    let bend = gain(-2.0 * bow * step * step);
    for value in frame {
        *value *= factor as f32;
        factor *= ratio;
        ratio *= bend;
    }
}

/// Divides a frame by its maximum, as every frame of a corpus is.
fn normalise(frame: &mut [f32]) {
    let largest = frame.iter().fold(0.0f32, |m, v| m.max(*v));
    if largest > 0.0 && largest != 1.0 {
        let scale = 1.0 / largest;
        frame.iter_mut().for_each(|v| *v *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_peak_moves_by_the_ratio_and_a_tilted_flat_frame_has_the_slope() {
        let mut frame: Vec<f32> =
            (0..1025).map(|i| (-((i as f32 - 100.0) / 3.0).powi(2)).exp()).collect();
        let mut row = Vec::new();
        transpose(&mut frame, &mut row, 2.0);
        let peak = (0..1025).max_by(|&a, &b| frame[a].total_cmp(&frame[b]));
        assert_eq!(peak, Some(200));
        transpose(&mut frame, &mut row, 0.25);
        assert!(frame[600..].iter().all(|&v| v == 0.0));
        let mut flat = vec![1.0; 1025];
        tilt(&mut flat, 12.0, 0.0);
        let db = 20.0 * (flat[1024] / flat[0]).log10();
        assert!((db - 12.0).abs() < 1e-3, "{db}");
        let mut bowed = vec![1.0f32; 1025];
        tilt(&mut bowed, 6.0, 12.0);
        for i in [0usize, 300, 512, 1024] {
            let x = i as f32 / 1024.0 - 0.5;
            let want = 6.0 * x + 12.0 * (0.25 - x * x);
            assert!((20.0 * bowed[i].log10() - want).abs() < 1e-3);
        }
        normalise(&mut flat);
        assert_eq!(flat.iter().fold(0.0f32, |m, v| m.max(*v)), 1.0);
    }
}
