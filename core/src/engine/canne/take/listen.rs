//! From a recording of one note to what an instrument has to know of it. Not real-time safe.

use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

use super::super::dress::k_weight;
use super::super::reading::{Frames, Reader, Reading};
use super::super::work::hz;
use super::colour::{Places, noises};
use super::{MOST_KNOTS, MOST_STEPS, NOISES, STEP_S, Sustain, TONES};
use crate::Complex32;
use crate::hear::PitchTracker;
use crate::signal::window::Window;

/// The shortest note, seconds.
const SHORTEST_S: f64 = 0.03;
/// Before the onset nothing is louder than this share of the peak: -40 dB.
const ONSET: f32 = 0.01;
/// Behind the end neither: -60 dB.
const END: f32 = 0.001;
/// Samples of the blocks in which onset and end are looked for.
const BLOCK: usize = 64;
/// Length of the stretches whose pitch is looked for, seconds: two and a half periods of 30 Hz.
const PITCH_S: f64 = 0.084;
/// Steps between two of them.
const PITCH_STEPS: usize = 2;
/// A pitch counts where the sound is within this of its loudest, dB ...
const PITCH_DB: f32 = -30.0;
/// ... and the sound has one if this share of those agrees to a semitone.
const PITCHED: f32 = 0.34;
/// The key of a sound that has none.
const NO_PITCH: f32 = 60.0;
/// Farther from the root no pitch is believed, in semitones.
const MOST_SEMITONES: f32 = 12.0;
/// Periods in the frames that tell partials from noise.
const PERIODS: f64 = 14.0;
/// Shortest and longest of these frames, in samples at 44.1 kHz.
const POINTS: (usize, usize) = (1024, 8192);
/// Partials of a root whose halves are looked at ...
const HALVES: usize = 6;
/// ... and the share of their power from which on the halves are partials, too: -30 dB.
const HALF_POWER: f32 = 1e-3;
/// Each knot lies behind the last by a step, or by this share of its time.
const KNOT_SHARE: f32 = 0.06;
/// A note whose level falls by less than this in a second, in the middle of its length, is held.
const HELD_DB_PER_S: f32 = 6.0;
/// Part of a held note's body that goes on while the key is held.
const SUSTAIN: (f32, f32) = (0.3, 0.9);
/// A body that is shorter than this cannot be held, seconds.
const SHORTEST_BODY_S: f32 = 0.25;
/// Where a body ends, in dB below the loudest moment.
const BODY_DB: f32 = -20.0;
/// Least fall behind the end of a note that dies away, dB a second.
const LEAST_FALL_DB: f32 = 6.0;

/// Why a recording says nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ListenError {
    /// There is no sound in it.
    #[error("it is silent")]
    Silent,
    /// There is too little.
    #[error("it sounds for {found_s:.3} s only; a note of at least 0.03 s was expected")]
    Short {
        /// How long.
        found_s: f64,
    },
    /// No sound has such a sample rate.
    #[error("its sample rate is {found_hz} Hz; one from 1 kHz to 768 kHz was expected")]
    Rate {
        /// What it is.
        found_hz: f64,
    },
}

/// What is heard at one time.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub at_s: f32,
    /// Power of the partials, by group.
    pub powers: [f32; TONES],
    pub noises_db: [f32; NOISES],
}

/// One recorded note, listened to.
#[derive(Clone, Debug)]
pub struct Recording {
    /// From the onset to the end.
    sound: Vec<f32>,
    rate_hz: f64,
    root: f32,
    is_pitched: bool,
    pub(super) level_db: Vec<f32>,
    pub(super) cents: Vec<f32>,
    pub(super) heard: Vec<Heard>,
    pub(super) sustain: Option<Sustain>,
    pub(super) fall_db: f32,
}

impl Recording {
    /// Listens to a note: finds onset, end, pitch, level, partials and noise. At most eight seconds
    /// are heard; what is not finite counts as silence, and the level does not matter. Allocates,
    /// and takes some tenths of a second.
    ///
    /// # Errors
    /// [`ListenError`]: silent, too short, or at no rate of sound.
    pub fn listen(sound: &[f32], rate_hz: f64) -> Result<Self, ListenError> {
        if !(1e3..=768e3).contains(&rate_hz) {
            return Err(ListenError::Rate { found_hz: rate_hz });
        }
        let sound = cut(sound, rate_hz)?;
        let mut out = Self {
            rate_hz,
            root: NO_PITCH,
            is_pitched: false,
            level_db: Vec::new(),
            cents: Vec::new(),
            heard: Vec::new(),
            sustain: None,
            fall_db: 0.0,
            sound,
        };
        out.level_db = out.levels();
        out.pitches();
        (out.sustain, out.fall_db) = body(&out.level_db);
        out.heard = out.timbres();
        Ok(out)
    }

    /// The sound from its onset to its end, with a peak of 1.
    pub fn sound(&self) -> &[f32] {
        &self.sound
    }

    /// Its sample rate.
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Its pitch as MIDI counts notes, 60 where it has none.
    pub fn root(&self) -> f32 {
        self.root
    }

    /// Whether it has a pitch.
    pub fn is_pitched(&self) -> bool {
        self.is_pitched
    }

    /// Whether it can be held: its level stays for a while.
    pub fn is_held(&self) -> bool {
        self.sustain.is_some()
    }

    /// The loudness every [`STEP_S`], in dB below the loudest moment.
    fn levels(&self) -> Vec<f32> {
        let mut lens = Lens::new(scaled(POINTS.0, self.rate_hz), self.rate_hz, Window::Hann);
        let weights: Vec<f32> =
            (0..lens.bins()).map(|k| k_weight(k as f32 * lens.bin_hz)).collect();
        let step = f64::from(STEP_S) * self.rate_hz;
        let count = ((self.sound.len() as f64 / step) as usize + 1).min(MOST_STEPS);
        let powers: Vec<f32> = (0..count)
            .map(|i| {
                let frame = lens.look(&self.sound, (i as f64 * step) as usize);
                frame.iter().zip(&weights).map(|(m, w)| m * m * w).sum::<f32>()
            })
            .collect();
        let most = powers.iter().copied().fold(1e-20f32, f32::max);
        powers.iter().map(|power| (10.0 * (power / most).max(1e-12).log10()).max(-96.0)).collect()
    }

    /// Root and cents.
    fn pitches(&mut self) {
        let length = ((PITCH_S * self.rate_hz) as usize).max(256);
        let mut tracker = PitchTracker::new(self.rate_hz, length);
        let step = f64::from(STEP_S) * self.rate_hz;
        let notes: Vec<Option<f32>> = (0..self.level_db.len())
            .step_by(PITCH_STEPS)
            .map(|i| {
                let from = ((i as f64 * step) as usize).saturating_sub(length / 2);
                let part =
                    &self.sound[from.min(self.sound.len())..(from + length).min(self.sound.len())];
                tracker.pitch_of(part).map(|pitch| pitch.midi() as f32)
            })
            .collect();
        let loud = |i: usize| self.level_db[i * PITCH_STEPS] > PITCH_DB;
        let all = (0..notes.len()).filter(|&i| loud(i)).count();
        let mut sure: Vec<f32> =
            notes.iter().enumerate().filter(|(i, _)| loud(*i)).filter_map(|(_, n)| *n).collect();
        sure.sort_by(f32::total_cmp);
        self.cents = vec![0.0; self.level_db.len()];
        let Some(&median) = sure.get(sure.len() / 2) else { return };
        sure.retain(|note| (note - median).abs() < 1.0);
        if (sure.len() as f32) < PITCHED * all as f32 || !(0.0..=127.0).contains(&median) {
            return;
        }
        self.root = sure.iter().sum::<f32>() / sure.len() as f32;
        if self.is_octave_below() {
            self.root -= 12.0;
        }
        self.is_pitched = true;
        let root = self.root;
        let known: Vec<(f32, f32)> = notes
            .iter()
            .enumerate()
            .filter(|(i, _)| loud(*i))
            .filter_map(|(i, note)| Some(((i * PITCH_STEPS) as f32, folded((*note)? - root)?)))
            .collect();
        let Some(&(_, first)) = known.first() else { return };
        let mut behind = 0;
        let mut last = (0.0, first);
        for (i, cents) in self.cents.iter_mut().enumerate() {
            while behind < known.len() && known[behind].0 <= i as f32 {
                last = known[behind];
                behind += 1;
            }
            let next = known.get(behind).copied().unwrap_or(last);
            let way = if next.0 > last.0 { (i as f32 - last.0) / (next.0 - last.0) } else { 0.0 };
            *cents = 100.0 * (last.1 + (next.1 - last.1) * way.clamp(0.0, 1.0));
        }
        calm(&mut self.cents);
    }

    /// Whether there are partials half-way between those of the root: a sound whose odd ones are
    /// weak nearly repeats within its period.
    fn is_octave_below(&self) -> bool {
        let points = scaled(POINTS.1, self.rate_hz);
        let mut lens = Lens::new(points, self.rate_hz, Window::Hann);
        let loudest = self.level_db.iter().position(|db| *db > -0.01).unwrap_or(0);
        let step = f64::from(STEP_S) * self.rate_hz;
        let frame = lens.look(&self.sound, (loudest as f64 * step) as usize + points / 2).to_vec();
        let spacing = hz(f64::from(self.root)) as f32 / lens.bin_hz;
        // What stands out of its neighbourhood around a place.
        let peak = |place: f32| {
            let near = |from: f32, to: f32| {
                let range =
                    (place + from).max(0.0) as usize..((place + to) as usize + 1).min(frame.len());
                frame.get(range).unwrap_or_default().iter().copied()
            };
            let beside = near(-7.0, -4.0).chain(near(4.0, 7.0)).fold(0.0f32, f32::max);
            (near(-2.0, 2.0).fold(0.0f32, f32::max) - 2.0 * beside).max(0.0)
        };
        let (mut own, mut between, mut found) = (0.0f32, 0.0f32, 0);
        for partial in 1..=HALVES {
            own += peak(spacing * partial as f32).powi(2);
            let half = peak(spacing * (partial as f32 - 0.5));
            between += half * half;
            found += usize::from(half > 0.0);
        }
        self.root >= 24.0 && found > HALVES / 2 && between > HALF_POWER * own
    }

    /// Partials and noise at the knots.
    fn timbres(&self) -> Vec<Heard> {
        let f0_hz = hz(f64::from(self.root));
        let wanted = (PERIODS * self.rate_hz / f0_hz).log2().round().exp2() as usize;
        let points = wanted.clamp(scaled(POINTS.0, self.rate_hz), scaled(POINTS.1, self.rate_hz));
        let mut lenses =
            [points / 2, points].map(|points| Lens::new(points, self.rate_hz, Window::Hann));
        let noise_hz = (self.rate_hz / scaled(1024, self.rate_hz) as f64) as f32;
        let readers = lenses.each_ref().map(|lens| {
            let frames = Frames { window: &lens.window, bins: lens.bins(), bin_hz: lens.bin_hz };
            Reader::of_frames(&frames, noise_hz)
        });
        let mut reading = Reading::new((0.5 * self.rate_hz as f32 / noise_hz) as usize + 1);
        let places = Places::new();
        let end_s = self.sound.len() as f32 / self.rate_hz as f32;
        let mut at_s = 0.0f32;
        let mut out = Vec::new();
        while out.len() < MOST_KNOTS && (at_s < end_s || out.is_empty()) {
            // An onset is over before a long frame has seen it.
            let which = usize::from(f64::from(at_s) * self.rate_hz > 0.25 * points as f64);
            let frame = lenses[which].look(&self.sound, (f64::from(at_s) * self.rate_hz) as usize);
            let cents = super::at(&self.cents, at_s);
            let here_hz = (f0_hz * (f64::from(cents) / 1200.0).exp2()) as f32;
            readers[which].read_note(frame, here_hz, &mut reading);
            let noises_db = noises(&reading, here_hz, noise_hz);
            out.push(Heard { at_s, powers: places.recorded(&reading), noises_db });
            at_s += STEP_S.max(KNOT_SHARE * at_s);
        }
        out
    }
}

/// A number of samples at 44.1 kHz at another rate: the nearest power of two.
fn scaled(samples: usize, rate_hz: f64) -> usize {
    (samples as f64 * (rate_hz / 44_100.0).log2().round().exp2()) as usize
}

/// From onset to end, with a peak of 1.
fn cut(sound: &[f32], rate_hz: f64) -> Result<Vec<f32>, ListenError> {
    let clean: Vec<f32> = sound.iter().map(|x| if x.is_finite() { *x } else { 0.0 }).collect();
    let peaks: Vec<f32> = clean
        .chunks(BLOCK)
        .map(|block| block.iter().fold(0.0f32, |most, x| most.max(x.abs())))
        .collect();
    let peak = peaks.iter().copied().fold(0.0f32, f32::max);
    if peak < 1e-6 {
        return Err(ListenError::Silent);
    }
    let first = peaks.iter().position(|p| *p > ONSET * peak).unwrap_or(0);
    let last = peaks.iter().rposition(|p| *p > END * peak).unwrap_or(peaks.len() - 1);
    let end = ((last + 1) * BLOCK).min(clean.len());
    let begin = (first.saturating_sub(1) * BLOCK).min(end);
    let most = (f64::from(STEP_S) * MOST_STEPS as f64 * rate_hz) as usize;
    let cut = &clean[begin..end.min(begin + most)];
    let found_s = cut.len() as f64 / rate_hz;
    let even = |x: &f32| x / peak;
    if found_s < SHORTEST_S {
        Err(ListenError::Short { found_s })
    } else {
        Ok(cut.iter().map(even).collect())
    }
}

/// A distance from the root in semitones, an octave's or a twelfth's mistake mended; `None` for
/// what is not believed.
fn folded(semitones: f32) -> Option<f32> {
    let mended = [0.0, 12.0, -12.0, 19.02, -19.02, 24.0, -24.0].map(|mistake| semitones - mistake);
    let near = mended.into_iter().find(|d| d.abs() < 0.7);
    near.or((semitones.abs() < MOST_SEMITONES).then_some(semitones))
}

/// Takes single outliers out of a curve and smooths it a little.
fn calm(curve: &mut [f32]) {
    let raw = curve.to_vec();
    let median = |i: usize| {
        let mut near = [raw[i.saturating_sub(2)], raw[i], raw[(i + 2).min(raw.len() - 1)]];
        near.sort_by(f32::total_cmp);
        near[1]
    };
    let calmer: Vec<f32> = (0..raw.len()).map(median).collect();
    for (i, value) in curve.iter_mut().enumerate() {
        let (before, after) = (calmer[i.saturating_sub(1)], calmer[(i + 1).min(calmer.len() - 1)]);
        *value = 0.25 * before + 0.5 * calmer[i] + 0.25 * after;
    }
}

/// The slope of a curve, a second.
pub(super) fn slope(curve: &[f32]) -> f32 {
    let middle = 0.5 * (curve.len() as f32 - 1.0);
    let (mut cross, mut square) = (0.0, 1e-9);
    for (i, value) in curve.iter().enumerate() {
        let x = i as f32 - middle;
        (cross, square) = (cross + x * value, square + x * x);
    }
    cross / square / STEP_S
}

/// The part of a level's course that can be held, and what the level falls by behind its end.
fn body(level_db: &[f32]) -> (Option<Sustain>, f32) {
    let top = level_db.iter().position(|db| *db > -3.0).unwrap_or(0);
    let last = level_db.iter().rposition(|db| *db > BODY_DB).unwrap_or(0).max(top);
    let place = |share: f32| top + (share * (last - top) as f32) as usize;
    let held = place(SUSTAIN.0)..place(SUSTAIN.1);
    let body_s = (last - top) as f32 * STEP_S;
    if body_s >= SHORTEST_BODY_S && slope(&level_db[held.clone()]) > -HELD_DB_PER_S {
        let sustain =
            Sustain { from_s: held.start as f32 * STEP_S, to_s: held.end as f32 * STEP_S };
        return (Some(sustain), 0.0);
    }
    let late = &level_db[level_db.len() * 3 / 5..];
    let fall_db = if late.len() > 3 { -slope(late) } else { 0.0 };
    (None, fall_db.clamp(LEAST_FALL_DB, 1000.0))
}

/// Magnitudes of frames of one length: a sine of amplitude 1 has one of 1.
pub(super) struct Lens {
    pub window: Vec<f32>,
    pub bin_hz: f32,
    transform: Arc<dyn RealToComplex<f32>>,
    time: Vec<f32>,
    spectrum: Vec<Complex32>,
    magnitudes: Vec<f32>,
}

impl Lens {
    pub fn new(points: usize, rate_hz: f64, window: Window) -> Self {
        Self {
            window: window.periodic(points),
            bin_hz: (rate_hz / points as f64) as f32,
            transform: RealFftPlanner::new().plan_fft_forward(points),
            time: vec![0.0; points],
            spectrum: vec![Complex32::default(); points / 2 + 1],
            magnitudes: vec![0.0; points / 2 + 1],
        }
    }

    pub fn bins(&self) -> usize {
        self.magnitudes.len()
    }

    /// The frame around a sample, `[bin]`; near the beginning the first one that holds sound alone,
    /// beyond the end silence.
    pub fn look(&mut self, sound: &[f32], centre: usize) -> &[f32] {
        let points = self.window.len();
        let from = centre.saturating_sub(points / 2).min(sound.len());
        let part = &sound[from..(from + points).min(sound.len())];
        self.time.fill(0.0);
        for (time, (x, w)) in self.time.iter_mut().zip(part.iter().zip(&self.window)) {
            *time = x * w;
        }
        // The lengths are right by construction.
        let _ = self.transform.process(&mut self.time, &mut self.spectrum);
        let scale = 2.0 / self.window.iter().sum::<f32>();
        self.magnitudes.iter_mut().zip(&self.spectrum).for_each(|(m, x)| *m = scale * x.norm());
        &self.magnitudes
    }
}
