//! What is played: scales, chords, and lines over them, as lists of notes. No sound here.

use nfx_core::signal::random::Random;

/// A note of a part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Event {
    /// Seconds from the start.
    pub start: f64,
    /// Seconds that it is held.
    pub held: f64,
    /// MIDI note number.
    pub midi: i32,
    /// 0..1.
    pub velocity: f32,
}

/// Key, tempo and chords that all parts of an improvisation share.
pub(super) struct Song {
    /// Seconds of a beat.
    pub beat: f64,
    /// Length in seconds.
    pub seconds: f64,
    root: i32,
    scale: &'static [i32],
    /// Degree of the chord of each bar, repeated over the song.
    chords: Vec<i32>,
}

const SCALES: [&[i32]; 8] = [
    &[0, 2, 4, 5, 7, 9, 11],
    &[0, 2, 3, 5, 7, 8, 10],
    &[0, 2, 3, 5, 7, 9, 10],
    &[0, 1, 3, 5, 7, 8, 10],
    &[0, 2, 4, 5, 7, 9, 10],
    &[0, 2, 3, 5, 7, 8, 11],
    &[0, 3, 5, 7, 10],
    &[0, 2, 4, 7, 9],
];

impl Song {
    /// Key, tempo and chords for `seconds` of music.
    pub(super) fn new(rng: &mut Random, seconds: f64) -> Song {
        let beat = 60.0 / f64::from(rng.range(66.0, 152.0));
        let scale = rng.pick(&SCALES);
        let chords = (0..4)
            .map(|i| if i == 0 { 0 } else { rng.pick(&[0, 1, 2, 3, 3, 4, 4, 5, 5, 6]) })
            .collect();
        Song { beat, seconds, root: rng.between(0, 11), scale, chords }
    }

    /// Length in samples.
    pub(super) fn samples(&self, rate: f64) -> usize {
        (self.seconds * rate).round() as usize
    }

    /// MIDI note of a degree of the scale (0 is the root, 7 the octave in a scale of seven) in
    /// `octave`.
    fn degree(&self, degree: i32, octave: i32) -> i32 {
        let n = self.scale.len() as i32;
        12 * (octave + 1)
            + self.root
            + 12 * degree.div_euclid(n)
            + self.scale[degree.rem_euclid(n) as usize]
    }

    fn chord_at(&self, time: f64) -> i32 {
        let bar = (time / (4.0 * self.beat)).max(0.0) as usize;
        self.chords[bar % self.chords.len()]
    }

    /// A bass line: roots, fifths, octaves, passing notes.
    pub(super) fn bass(&self, rng: &mut Random) -> Vec<Event> {
        let grid = self.beat * rng.pick(&[0.25, 0.5, 0.5, 1.0]);
        let octave = rng.between(1, 2);
        let (density, length) = (rng.range(0.5, 0.95), rng.range(0.4, 1.0));
        let pattern: Vec<i32> = (0..8).map(|_| rng.pick(&[0, 0, 0, 0, 4, 7, 2, -1])).collect();
        self.line(grid, |k, time| {
            (k % 8 == 0 || rng.chance(density)).then(|| {
                let degree = self.chord_at(time) + pattern[k % 8];
                (self.degree(degree, octave), length, rng.range(0.6, 1.0))
            })
        })
    }

    /// A melody: a walk on the scale with leaps and rests, longer notes now and then.
    pub(super) fn melody(&self, rng: &mut Random) -> Vec<Event> {
        let grid = self.beat * rng.pick(&[0.25, 0.5, 0.5, 1.0]);
        let octave = rng.between(3, 5);
        let (rest, leap) = (rng.range(0.05, 0.35), rng.range(0.05, 0.3));
        let mut at = rng.between(0, 6);
        self.line(grid, |k, time| {
            if k % 8 != 0 && rng.chance(rest) {
                return None;
            }
            at += if rng.chance(leap) { rng.between(-5, 5) } else { rng.between(-2, 2) };
            at = at.clamp(-4, 11);
            if k % 4 == 0 {
                at = self.chord_at(time) % 7 + 2 * rng.between(0, 2);
            }
            let length = if rng.chance(0.25) { rng.range(1.5, 3.0) } else { rng.range(0.5, 1.0) };
            Some((self.degree(at, octave), length, rng.range(0.5, 1.0)))
        })
    }

    /// An arpeggio over the chords, up, down or at random.
    pub(super) fn arpeggio(&self, rng: &mut Random) -> Vec<Event> {
        let grid = self.beat * rng.pick(&[0.25, 0.25, 0.5, 1.0 / 3.0]);
        let octave = rng.between(2, 4);
        let (style, span, length) = (rng.below(3), rng.between(3, 8), rng.range(0.3, 1.4));
        self.line(grid, |k, time| {
            let k = k as i32;
            let step = match style {
                0 => k % span,
                1 => (span - 1) - k % span,
                _ => rng.between(0, span - 1),
            };
            let degree = self.chord_at(time) + 2 * (step % 4) + 7 * (step / 4);
            Some((self.degree(degree, octave), length, rng.range(0.55, 0.95)))
        })
    }

    /// Chords of three or four notes, held or in a rhythm.
    pub(super) fn chords(&self, rng: &mut Random) -> Vec<Event> {
        let voices = rng.between(3, 4);
        let octave = rng.between(3, 4);
        let spread = rng.chance(0.4);
        let rhythm: &[f64] = rng.pick(&[
            &[0.0][..],
            &[0.0, 2.0][..],
            &[0.0, 1.5, 3.0][..],
            &[0.5, 1.5, 2.5, 3.5][..],
            &[0.0, 0.75, 1.5, 2.5][..],
        ]);
        let bar = 4.0 * self.beat;
        let mut events = Vec::new();
        for b in 0..(self.seconds / bar).ceil() as usize {
            for (i, beat) in rhythm.iter().enumerate() {
                let start = b as f64 * bar + beat * self.beat;
                let end = rhythm.get(i + 1).map_or(4.0, |next| *next);
                let held = (end - beat) * self.beat * f64::from(rng.range(0.6, 0.98));
                let velocity = rng.range(0.5, 0.9);
                for v in 0..voices {
                    let open = if spread && v % 2 == 1 { 7 } else { 0 };
                    let midi = self.degree(self.chord_at(start) + 2 * v + open, octave);
                    // A hand never strikes all keys at once.
                    let strum = f64::from(rng.range(0.0, 0.012));
                    events.push(Event { start: start + strum, held, midi, velocity });
                }
            }
        }
        events
    }

    /// Single notes over the whole keyboard, one after the other.
    pub(super) fn notes(&self, rng: &mut Random) -> Vec<Event> {
        let grid = f64::from(rng.range(0.5, 1.5));
        self.line(grid, |_, _| Some((rng.between(28, 92), 0.8, rng.range(0.4, 1.0))))
    }

    /// Fills the song's raster: `note(k, time)` gives note, length in steps and velocity, or
    /// nothing.
    fn line(
        &self,
        grid: f64,
        mut note: impl FnMut(usize, f64) -> Option<(i32, f32, f32)>,
    ) -> Vec<Event> {
        (0..(self.seconds / grid) as usize)
            .filter_map(|k| {
                let start = k as f64 * grid;
                note(k, start).map(|(midi, steps, velocity)| Event {
                    start,
                    held: f64::from(steps) * grid,
                    midi,
                    velocity,
                })
            })
            .collect()
    }
}

/// Keeps at most `voices` notes sounding: a note that would be one too many ends the oldest, as on
/// a synthesizer of so many voices.
pub(super) fn limit_voices(mut events: Vec<Event>, voices: usize) -> Vec<Event> {
    events.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.midi.cmp(&b.midi)));
    for i in 0..events.len() {
        let now = events[i].start;
        let mut sounding: Vec<usize> =
            (0..i).filter(|&j| events[j].start + events[j].held > now).collect();
        while sounding.len() >= voices {
            let oldest = sounding.remove(0);
            events[oldest].held = (now - events[oldest].start).max(0.01);
        }
    }
    events
}
