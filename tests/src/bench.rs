//! The benchmark of a built plugin: its share of one core, and the worst that a single callback
//! does.

use crate::clap_host::notes::{Note, Play, Played};
use crate::clap_host::{Blocks, Event, Library, Plugin, Take};
use crate::signal;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

const RATE_HZ: f64 = 44_100.0;
/// Rates that hosts play at beside it.
const OTHER_RATES_HZ: [f64; 3] = [48_000.0, 96_000.0, 192_000.0];
const SECONDS: f64 = 8.0;
const REPEATS: usize = 12;

/// Plays stereo sound through an effect, or 1, 8 and 16 voices of an instrument, in blocks of 64
/// and 512, and hands back what it cost; in blocks of 512 also at other rates, and in silence.
///
/// The share is the median over repeats of the audio thread's time (as the system counts it for the
/// thread, so that other programs do not count). The worst callback is the largest, over its place
/// in the run, of the smallest over repeats: what the plugin does at that place, not what the
/// machine was doing.
///
/// # Errors
/// When the bundle cannot be played.
pub fn run(bundle: &Path) -> Result<Value> {
    let library = Library::open(bundle)?;
    let mut plugin = library.create()?;
    plugin.activate(RATE_HZ, 64)?;
    let voices: &[usize] = if plugin.layout().inputs.is_empty() { &[1, 8, 16] } else { &[0] };
    drop(plugin);
    let mut rows = Vec::new();
    for voices in voices {
        for block in [64usize, 512] {
            rows.push(one(
                &library,
                &Row { block, voices: *voices, rate_hz: RATE_HZ, silent: false },
            )?);
        }
    }
    let mut others = Vec::new();
    let most = voices.iter().copied().max().unwrap_or(0).min(8);
    for rate_hz in OTHER_RATES_HZ {
        others.push(one(&library, &Row { block: 512, voices: most, rate_hz, silent: false })?);
    }
    for rate_hz in [RATE_HZ, OTHER_RATES_HZ[0]] {
        others.push(one(&library, &Row { block: 512, voices: 0, rate_hz, silent: true })?);
    }
    Ok(
        json!({"rate_hz": RATE_HZ, "seconds": SECONDS, "repeats": REPEATS, "rows": rows, "others": others, "load": load(&library, bundle)?}),
    )
}

/// One row of the table.
struct Row {
    block: usize,
    /// Keys that are held; 0 for an effect, and for silence.
    voices: usize,
    rate_hz: f64,
    /// Nothing is played.
    silent: bool,
}

/// What is played: music, or so many keys held from the first sample while a slider moves.
fn take(plugin: &mut Plugin, row: &Row) -> Result<Take> {
    let (rate_hz, voices) = (row.rate_hz, row.voices);
    let length = (rate_hz * SECONDS) as usize;
    let is_effect = !plugin.layout().inputs.is_empty();
    if row.silent {
        let silence = vec![vec![0.0; length]; 2];
        return Ok(if is_effect { Take::new(silence) } else { Take::notes(length, Vec::new()) });
    }
    if is_effect {
        return Ok(Take::new(signal::spread(&signal::music(1, rate_hz, length), 2)));
    }
    let keys = (0..voices)
        .map(|voice| Played { at: 0, what: Play::On(Note::key(36 + 3 * voice as u8), 0.8) });
    let slider = plugin.param("Slider 1")?;
    let events = (0..length)
        .step_by(512)
        .map(|at| Event {
            at,
            param: slider.id,
            value: slider.at((at as f64 / length as f64 * 8.0).fract()),
        })
        .collect();
    Ok(Take::notes(length, keys.collect()).events(events))
}

fn one(library: &Library, row: &Row) -> Result<Value> {
    let Row { block, voices, rate_hz, silent } = *row;
    let mut plugin = library.create()?;
    plugin.activate(rate_hz, block as u32)?;
    let take = take(&mut plugin, row)?.blocks(Blocks::Fixed(block));
    let mut shares = Vec::new();
    let mut smallest: Vec<f64> = Vec::new();
    for repeat in 0..=REPEATS {
        plugin.reset();
        let times = Mutex::new((Vec::with_capacity(10_000), 0.0));
        plugin.play_watched(&take, &|process| {
            let (cpu, wall) = (thread_seconds(), Instant::now());
            process();
            let (wall, cpu) = (wall.elapsed().as_secs_f64(), thread_seconds() - cpu);
            if let Ok(mut times) = times.lock() {
                times.0.push(wall);
                times.1 += cpu;
            }
        })?;
        let Ok((callbacks, cpu)) = times.into_inner() else {
            anyhow::bail!("the audio thread panicked")
        };
        if repeat == 0 {
            continue; // caches are cold
        }
        shares.push(cpu / SECONDS);
        smallest.resize(callbacks.len(), f64::INFINITY);
        smallest.iter_mut().zip(&callbacks).for_each(|(least, time)| *least = least.min(*time));
    }
    shares.sort_by(f64::total_cmp);
    let block_seconds = block as f64 / rate_hz;
    let worst = smallest.iter().copied().fold(0.0, f64::max);
    Ok(
        json!({"block": block, "voices": voices, "rate_hz": rate_hz, "silent": silent, "core_share": shares[shares.len() / 2], "worst_callback_s": worst, "worst_callback_share": worst / block_seconds}),
    )
}

/// Time to open, create and activate, each the smallest of some.
fn load(library: &Library, bundle: &Path) -> Result<Value> {
    let mut least = [f64::INFINITY; 3];
    for _ in 0..5 {
        let start = Instant::now();
        Library::open(bundle)?.descriptions();
        least[0] = least[0].min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let mut plugin = library.create()?;
        least[1] = least[1].min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        plugin.activate(RATE_HZ, 512)?;
        least[2] = least[2].min(start.elapsed().as_secs_f64());
    }
    Ok(json!({"scan_s": least[0], "create_s": least[1], "activate_s": least[2]}))
}

/// CPU time of this thread.
fn thread_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is that of a timespec that the call fills.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
