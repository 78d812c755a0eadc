//! Improvisations: a song, one to three parts, patches drawn at random, effects, all from a seed.

use std::fmt;
use std::str::FromStr;

use nfx_core::signal::random::Random;

use super::drums::{Kit, groove};
use super::dsp::{DcBlock, add_at, normalise, rms};
use super::effects::{Echo, echo, overdrive, sweep};
use super::music::{Event, Song, limit_voices};
use super::patch::{Family, Patch};
use super::voice::{Note, render};

/// Raised whenever the same seed would sound different, so that no stale corpus is read from a
/// cache.
pub const VERSION: u32 = 1;

/// The most notes that sound at once in the tonal parts of one improvisation: a MicroKORG has four
/// voices.
pub const VOICES: usize = 4;

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two thirds tonal, the rest drums with or without a part over them.
    All,
    /// Everything but drums.
    Tonal,
    /// Drums alone.
    Drums,
    /// Bass lines alone.
    Bass,
    /// Melodies alone.
    Melody,
    /// Chords alone.
    Chords,
    /// Single notes, one after the other, each clip on one patch.
    Notes,
}

const KINDS: [(Kind, &str); 7] = [
    (Kind::All, "all"),
    (Kind::Tonal, "tonal"),
    (Kind::Drums, "drums"),
    (Kind::Bass, "bass"),
    (Kind::Melody, "melody"),
    (Kind::Chords, "chords"),
    (Kind::Notes, "notes"),
];

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(KINDS.iter().find(|(k, _)| k == self).map_or("all", |(_, n)| n))
    }
}

impl FromStr for Kind {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Kind> {
        KINDS.iter().find(|(_, n)| *n == text).map(|(k, _)| *k).ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|(_, n)| *n).collect();
            anyhow::anyhow!("expected a kind of music out of {}, found `{text}`", names.join(", "))
        })
    }
}

/// What a part does in a song.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Bass,
    Melody,
    Arpeggio,
    Chords,
    Notes,
}

/// The `index`-th improvisation of `seed`: `seconds` of mono sound at `rate` Hz, peak between 0.3
/// and 0.9.
///
/// The same arguments give the same samples, whatever was rendered before.
pub fn improvise(seed: u64, index: u64, kind: Kind, seconds: f64, rate: f64) -> Vec<f32> {
    let mut rng = Random::for_part(seed, index);
    let song = Song::new(&mut rng, seconds);
    let (roles, drums) = cast(kind, &mut rng);
    let mut mix = vec![0.0f32; song.samples(rate)];
    let voices = VOICES.div_ceil(roles.len().max(1));
    for role in roles {
        let part = play(&song, role, voices, &mut rng, rate);
        let level = rms(&part).max(1.0e-6);
        add_at(&mut mix, &part, 0, rng.range(0.6, 1.0) / level);
    }
    if drums {
        let part = play_drums(&song, &mut rng, rate);
        let level = rms(&part).max(1.0e-6);
        add_at(&mut mix, &part, 0, rng.range(0.7, 1.4) / level);
    }
    let mut dc = DcBlock::new(rate as f32);
    mix.iter_mut().for_each(|x| *x = dc.next(*x));
    normalise(&mut mix, rng.range(0.3, 0.9));
    mix
}

/// Who plays: the tonal parts, and whether there are drums.
fn cast(kind: Kind, rng: &mut Random) -> (Vec<Role>, bool) {
    let solo = [Role::Melody, Role::Chords, Role::Arpeggio, Role::Bass, Role::Chords, Role::Melody];
    match kind {
        Kind::Drums => (vec![], true),
        Kind::Bass => (vec![Role::Bass], false),
        Kind::Melody => (vec![Role::Melody], false),
        Kind::Chords => (vec![Role::Chords], false),
        Kind::Notes => (vec![Role::Notes], false),
        Kind::All if rng.chance(0.18) => (vec![], true),
        Kind::All if rng.chance(0.18) => (vec![rng.pick(&solo)], true),
        Kind::All | Kind::Tonal => {
            let roles = match rng.below(10) {
                0..=5 => vec![rng.pick(&solo)],
                6 => vec![Role::Bass, Role::Melody],
                7 => vec![Role::Chords, Role::Melody],
                8 => vec![Role::Bass, Role::Arpeggio],
                _ => vec![Role::Notes],
            };
            (roles, false)
        }
    }
}

/// Renders one part with its patch and effects.
fn play(song: &Song, role: Role, voices: usize, rng: &mut Random, rate: f64) -> Vec<f32> {
    let families: &[Family] = match role {
        Role::Bass => &[Family::Bass, Family::Bass, Family::Lead, Family::Pluck],
        Role::Melody => &[
            Family::Lead,
            Family::Lead,
            Family::Pluck,
            Family::Keys,
            Family::Bell,
            Family::Brass,
            Family::Organ,
        ],
        Role::Arpeggio => &[Family::Pluck, Family::Keys, Family::Bell, Family::Lead],
        Role::Chords => {
            &[Family::Pad, Family::Pad, Family::Keys, Family::Organ, Family::Brass, Family::Pluck]
        }
        Role::Notes => &Family::ALL,
    };
    let patch = Patch::random(rng, families);
    let (events, voices): (Vec<Event>, usize) = match role {
        Role::Bass => (song.bass(rng), 1),
        // Beside another part the melody has one voice: all together they have four.
        Role::Melody => (song.melody(rng), if rng.chance(0.6) || voices < VOICES { 1 } else { 2 }),
        Role::Arpeggio => (song.arpeggio(rng), voices),
        Role::Chords => (song.chords(rng), voices.max(3)),
        Role::Notes => (song.notes(rng), 2),
    };
    let mut out = vec![0.0f32; song.samples(rate)];
    let mut before = None;
    for event in limit_voices(events, voices) {
        let note = Note {
            midi: event.midi as f32,
            from_midi: before,
            velocity: event.velocity,
            seconds: event.held,
            seed: rng.bits(),
        };
        before = Some(note.midi);
        add_at(&mut out, &render(&patch, &note, rate), (event.start * rate) as usize, 0.35);
    }
    effects(&mut out, song.beat, rng, rate as f32);
    out
}

fn effects(signal: &mut [f32], beat: f64, rng: &mut Random, rate: f32) {
    if rng.chance(0.25) {
        normalise(signal, 1.0);
        overdrive(signal, rng.log_range(1.0, 12.0), rate);
    }
    if rng.chance(0.3) {
        sweep(signal, rng, rate);
    }
    if rng.chance(0.3) {
        let settings = Echo {
            seconds: (beat as f32) * rng.pick(&[0.5, 0.75, 1.0, 0.333]),
            feedback: rng.range(0.1, 0.6),
            level: rng.range(0.15, 0.6),
            damp_hz: rng.log_range(1_500.0, 8_000.0),
        };
        echo(signal, &settings, rate);
    }
}

fn play_drums(song: &Song, rng: &mut Random, rate: f64) -> Vec<f32> {
    let length = song.samples(rate);
    let kit = Kit::numbered(rng.below(4096) as u32);
    let step = song.beat / 4.0;
    let swing = if rng.chance(0.3) { f64::from(rng.range(0.05, 0.3)) } else { 0.0 };
    let bars = (song.seconds / (16.0 * step)).ceil() as usize;
    let mut out = vec![0.0f32; length];
    for hit in groove(rng, bars) {
        let late =
            if hit.step % 2 == 1 { swing * step } else { 0.0 } + f64::from(rng.range(0.0, 0.004));
        let start = ((hit.step as f64 * step + late) * rate) as usize;
        if start < length {
            add_at(&mut out, &kit.hit(hit.drum, rng.bits(), rate), start, hit.velocity);
        }
    }
    if rng.chance(0.25) {
        normalise(&mut out, 1.0);
        overdrive(&mut out, rng.log_range(1.0, 5.0), rate as f32);
    }
    if rng.chance(0.2) {
        effects(&mut out, song.beat, rng, rate as f32);
    }
    out
}
