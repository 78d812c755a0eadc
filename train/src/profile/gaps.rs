//! Holes in a recording: silence or one held value where the device should have answered.
//!
//! What a device makes of each level is read from the recording itself: a hole is quieter by 30 dB
//! than what the same level gives elsewhere, begins while the sound goes on, and is rare at its
//! level. Gates and fuzzes that fall silent do so at low levels, and every time. Holes of less than
//! a tenth of a second that begin and end at once are looked for by `dropouts`, down to five
//! milliseconds. A hole can only be seen where what was played sounds well above the noise that
//! fills the hole: by 30 dB.

use std::borrow::Cow;

use super::dropouts::dropouts;

/// Seconds of a frame: so many in a row are a hole; shorter ones must begin and end at once.
const FRAME_S: f64 = 0.002_5;
const HOLE: usize = 8;
/// dB below the loudest frame down to which the sound counts, and width of a class of levels.
const RANGE_DB: f64 = 54.0;
const CLASS_DB: f64 = 3.0;
/// A hole is so many dB quieter than what its level gives.
const QUIETER_DB: f64 = 30.0;
/// Frames of sound before a hole.
const BEFORE: usize = 8;
/// Where more than this share of a level's other frames is as quiet, that is the device.
const COMMON: f64 = 0.1;
/// Held at more than this share of the extreme, a value is a flat top and no hole.
const RAIL: f32 = 0.9;
/// Less than this of an offset is none.
const OFFSET: f32 = 3e-6;

/// A hole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// First sample of the recording.
    pub at: usize,
    /// Samples.
    pub length: usize,
}

/// The holes of a recording, and the share of the sound that they take.
pub fn gaps(input: &[f32], target: &[f32], rate_hz: f64, delay: i64) -> (Vec<Gap>, f64) {
    let frame = ((FRAME_S * rate_hz) as usize).max(16);
    let mut out: Vec<Gap> = Vec::new();
    let mut share = 0.0f64;
    for kind in kinds(target) {
        let view = View::new(input, target, kind);
        let held = |gap: &Gap| {
            let value = target.get(gap.at + gap.length / 2).copied().unwrap_or(0.0);
            view.changes && at_rail(target, value)
        };
        let (runs, loud) = Frames::new(&view, frame, delay).holes();
        let mut lost = 0;
        for (from, until) in runs {
            let at = usize::try_from((from * frame) as i64 + delay).unwrap_or(0);
            let gap = Gap { at, length: (until - from) * frame };
            if !held(&gap) {
                lost += until - from;
                add(&mut out, gap, frame);
            }
        }
        share = share.max(lost as f64 / loud.max(1) as f64);
        for gap in dropouts(&view, rate_hz, delay).into_iter().filter(|g| !held(g)) {
            add(&mut out, gap, frame);
        }
    }
    out.sort_by_key(|g| g.at);
    (out, share)
}

/// What silence is: zero, what the recording has where nothing is played, or no change.
#[derive(Clone, Copy)]
enum Silence {
    Zero,
    Rest(f32),
    NoChange,
}

fn kinds(target: &[f32]) -> Vec<Silence> {
    let mut sorted: Vec<f32> =
        target.iter().step_by((target.len() / 100_000).max(1)).copied().collect();
    sorted.sort_by(f32::total_cmp);
    let rest = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let off = (rest.abs() > OFFSET).then_some(Silence::Rest(rest));
    [Some(Silence::Zero), off, Some(Silence::NoChange)].into_iter().flatten().collect()
}

/// Both sounds as they are looked at.
pub(super) struct View<'a> {
    pub(super) x: Cow<'a, [f32]>,
    pub(super) y: Cow<'a, [f32]>,
    /// Changes from sample to sample, in which a value that is held is silence.
    pub(super) changes: bool,
}

impl<'a> View<'a> {
    fn new(input: &'a [f32], target: &'a [f32], silence: Silence) -> Self {
        let changes = |x: &[f32]| x.windows(2).map(|w| w[1] - w[0]).collect::<Vec<f32>>();
        match silence {
            Silence::Zero => View { x: input.into(), y: target.into(), changes: false },
            Silence::Rest(rest) => View {
                x: input.into(),
                y: target.iter().map(|y| y - rest).collect(),
                changes: false,
            },
            Silence::NoChange => {
                View { x: changes(input).into(), y: changes(target).into(), changes: true }
            }
        }
    }
}

/// Adds a hole that is not there yet.
fn add(all: &mut Vec<Gap>, gap: Gap, near: usize) {
    if !all.iter().any(|g| g.at < gap.at + gap.length + near && gap.at < g.at + g.length + near) {
        all.push(gap);
    }
}

fn at_rail(sound: &[f32], value: f32) -> bool {
    let (low, high) = sound.iter().fold((0.0f32, 0.0f32), |(l, h), x| (l.min(*x), h.max(*x)));
    value > RAIL * high && high > 0.0 || value < RAIL * low && low < 0.0
}

/// Levels in dB of both sounds, frame by frame.
struct Frames {
    x: Vec<f64>,
    y: Vec<f64>,
    /// Classes of levels of the sound; `None` below the range.
    class: Vec<Option<usize>>,
}

impl Frames {
    fn new(view: &View<'_>, frame: usize, delay: i64) -> Self {
        let level = |part: &[f32]| {
            let power =
                part.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / part.len().max(1) as f64;
            10.0 * power.max(1e-20).log10()
        };
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for (i, part) in view.x.chunks_exact(frame).enumerate() {
            let at = usize::try_from((i * frame) as i64 + delay);
            let there = at.ok().and_then(|at| view.y.get(at..at + frame));
            x.push(if there.is_some() { level(part) } else { -200.0 });
            y.push(there.map_or(0.0, level));
        }
        let top = x.iter().fold(-200.0, |m: f64, l| m.max(*l));
        let class = x
            .iter()
            .map(|l| (top - l < RANGE_DB && *l > -199.0).then(|| ((top - l) / CLASS_DB) as usize))
            .collect();
        Frames { x, y, class }
    }

    /// Runs of frames that are holes, and the number of frames that count.
    fn holes(&self) -> (Vec<(usize, usize)>, usize) {
        let classes = (RANGE_DB / CLASS_DB) as usize + 1;
        let mut levels = vec![Vec::new(); classes];
        for (class, y) in self.class.iter().zip(&self.y) {
            if let Some(class) = class {
                levels[*class].push(*y);
            }
        }
        let usual: Vec<f64> = levels
            .iter_mut()
            .map(|l| {
                l.sort_by(f64::total_cmp);
                l.get(l.len() / 2).copied().unwrap_or(-200.0)
            })
            .collect();
        let quiet: Vec<bool> = (0..self.y.len())
            .map(|i| self.class[i].is_some_and(|c| self.y[i] < usual[c] - QUIETER_DB))
            .collect();
        let mut counts = vec![0usize; classes];
        for (i, q) in quiet.iter().enumerate() {
            if let (true, Some(class)) = (q, self.class[i]) {
                counts[class] += 1;
            }
        }
        let loud = self.class.iter().flatten().count();
        let mut out = Vec::new();
        let mut from = 0;
        while from < quiet.len() {
            if !quiet[from] {
                from += 1;
                continue;
            }
            // Frames in which the sound itself is quiet neither belong to a hole nor end it.
            let mut until = from;
            let mut i = from;
            while i < quiet.len()
                && (quiet[i] || self.class[i].is_none() && self.y[i] < self.x[from])
            {
                i += 1;
                if quiet[i - 1] {
                    until = i;
                }
            }
            let own: Vec<usize> = (from..until).filter(|i| quiet[*i]).collect();
            let mut mine = vec![0usize; classes];
            for class in own.iter().filter_map(|i| self.class[*i]) {
                mine[class] += 1;
            }
            let is_rare = |class: usize| {
                let others = levels[class].len() - mine[class];
                others >= 4 && ((counts[class] - mine[class]) as f64) < COMMON * others as f64
            };
            let rare = own.iter().filter(|i| self.class[**i].is_some_and(is_rare)).count();
            let before = from.saturating_sub(BEFORE)..from;
            let sounding =
                before.clone().filter(|i| self.class[*i].is_some() && !quiet[*i]).count();
            if rare >= HOLE
                && 2 * rare >= own.len()
                && 4 * sounding >= 3 * before.len()
                && !before.is_empty()
            {
                out.push((from, until));
            }
            from = until.max(from + 1);
        }
        (out, loud)
    }
}
