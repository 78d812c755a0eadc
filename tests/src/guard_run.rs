//! A run with everything that a musician may do while the sound plays, with the audio thread's
//! every step counted.

use crate::clap_host::notes::{Note, Play, Played};
use crate::clap_host::{Blocks, Event, Library, Param, Plugin, Take};
use crate::guard::Guard;
use crate::signal;
use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What is run.
pub struct Run<'a> {
    /// The CLAP bundle.
    pub bundle: &'a Path,
    /// The plugin's id, if not the first.
    pub id: Option<&'a str>,
    /// States to load while the sound plays.
    pub states: &'a [PathBuf],
    /// Samples per second.
    pub rate_hz: f64,
}

/// Plays with automation of every parameter (an effect with and without a side chain, an instrument
/// with storms of notes), loads each state while the sound plays, and obeys when the plugin asks
/// for a restart. Hands back the guard's report.
///
/// # Errors
/// When this process was started without the guard, or the plugin cannot be played.
pub fn run(run: &Run<'_>) -> Result<Value> {
    let Run { bundle, id, states, rate_hz } = *run;
    let guard = Guard::find()?;
    let library = Library::open(bundle)?;
    let mut plugin = match id {
        Some(id) => library.create_by_id(id)?,
        None => library.create()?,
    };
    plugin.activate(rate_hz, 1024)?;
    let params: Vec<Param> =
        plugin.params().into_iter().filter(|param| param.automatable && !param.hidden).collect();
    let mut blocks = 0u64;
    for round in 0..4 {
        let take = take(&plugin, &params, round, rate_hz);
        let count = std::sync::atomic::AtomicU64::new(0);
        plugin.play_watched(&take, &|process| {
            guard.watch(process);
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        })?;
        blocks += count.into_inner();
    }
    let mut restarts = 0;
    for (index, path) in states.iter().enumerate() {
        let state =
            std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let take = take(&plugin, &params, 10 + index as u64, rate_hz);
        restarts += u64::from(swap(&mut plugin, &guard, &take, &state)?);
    }
    let mut report = guard.report();
    report["blocks"] = blocks.into();
    report["restarts"] = restarts.into();
    Ok(report)
}

/// Loads a state on the main thread while the audio thread plays at its own pace; says whether a
/// restart was asked for.
fn swap(plugin: &mut Plugin, guard: &Guard, take: &Take, state: &[u8]) -> Result<bool> {
    let start = Instant::now();
    let mut loaded = false;
    let mut outcome = Ok(());
    plugin.play_meanwhile(
        take,
        &|process| {
            guard.watch(process);
            std::thread::sleep(Duration::from_micros(300)); // slow enough for the load to fall into the sound
        },
        &mut |plugin| {
            if !loaded && start.elapsed() > Duration::from_millis(50) {
                loaded = true;
                outcome = plugin.load(state);
            }
        },
    )?;
    outcome.context("a state was refused while the sound played")?;
    let asked = plugin.restart_if_asked()?;
    plugin.play_watched(take, &|process| guard.watch(process))?;
    Ok(asked)
}

/// Four seconds of music with every parameter moved to anywhere, many times.
fn take(plugin: &Plugin, params: &[Param], seed: u64, rate_hz: f64) -> Take {
    let length = (4.0 * rate_hz) as usize;
    let channels = |index: usize| plugin.layout().inputs.get(index).copied().unwrap_or(0) as usize;
    let mut random = StdRng::seed_from_u64(seed);
    let mut events = Vec::new();
    for param in params {
        for _ in 0..24 {
            let event = Event {
                at: random.random_range(0..length),
                param: param.id,
                value: param.at(random.random_range(0.0..=1.0)),
            };
            events.push(event);
        }
    }
    let side = if seed.is_multiple_of(2) {
        signal::spread(&signal::music(seed + 100, rate_hz, length), channels(1))
    } else {
        Vec::new()
    };
    let take = match plugin.layout().inputs.first() {
        Some(_) => {
            Take::new(signal::spread(&signal::music(seed, rate_hz, length), channels(0))).side(side)
        }
        None => Take::notes(length, storm(&mut random, length)),
    };
    let take = take.events(events).blocks(Blocks::Random { seed, max: 1024 });
    // The linker gives a library's thread-local memory to a new thread at its first touch: not in
    // `process`.
    Take { reset_first: true, ..take }
}

/// Chords of sixteen keys, pedals, bends and expressions; a thousand keys a second for a while.
fn storm(random: &mut StdRng, length: usize) -> Vec<Played> {
    let mut notes = Vec::new();
    for index in 0..2000_i32 {
        let dense = index >= 1000;
        let from = if dense {
            random.random_range(length / 2..length * 3 / 4)
        } else {
            random.random_range(0..length)
        };
        let to = from + random.random_range(0..length / 8);
        let note = Note {
            channel: random.random_range(0..16),
            key: random.random_range(0..128),
            id: index,
        };
        notes.push(Played { at: from, what: Play::On(note, random.random_range(0.0..=1.0)) });
        notes.push(Played { at: to.min(length - 1), what: Play::Off(note) });
        let bytes = match index % 4 {
            0 => [0xB0, 64, if index % 8 == 0 { 127 } else { 0 }],
            1 => [0xE0, 0, random.random_range(0..128)],
            2 => [0xB0, 1, random.random_range(0..128)],
            _ => [0xD0, random.random_range(0..128), 0],
        };
        notes.push(Played { at: from, what: Play::Midi(bytes) });
    }
    notes
}
