//! The benchmark of a built plugin: its share of one core, and the worst that a single callback does.

use crate::clap_host::notes::{Note, Play, Played};
use crate::clap_host::{Blocks, Event, Library, Plugin, Take};
use crate::signal;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

const RATE_HZ: f64 = 44_100.0;
const SECONDS: f64 = 8.0;
const REPEATS: usize = 12;

/// Plays stereo sound through an effect, or 1, 8 and 16 voices of an instrument, in blocks of 64 and 512, and hands back what it
/// cost.
///
/// The share is the median over repeats of the audio thread's time (as the system counts it for the thread, so that
/// other programs do not count). The worst callback is the largest, over its place in the run, of the smallest over
/// repeats: what the plugin does at that place, not what the machine was doing.
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
            rows.push(one(&library, block, *voices)?);
        }
    }
    Ok(
        json!({"rate_hz": RATE_HZ, "seconds": SECONDS, "repeats": REPEATS, "rows": rows, "load": load(&library, bundle)?}),
    )
}

/// What is played: music, or so many keys held from the first sample while a slider moves.
fn take(plugin: &mut Plugin, voices: usize) -> Result<Take> {
    let length = (RATE_HZ * SECONDS) as usize;
    if voices == 0 {
        return Ok(Take::new(signal::spread(&signal::music(1, RATE_HZ, length), 2)));
    }
    let keys = (0..voices).map(|voice| Played { at: 0, what: Play::On(Note::key(36 + 3 * voice as u8), 0.8) });
    let slider = plugin.param("Slider 1")?;
    let events = (0..length)
        .step_by(512)
        .map(|at| Event { at, param: slider.id, value: slider.at((at as f64 / length as f64 * 8.0).fract()) })
        .collect();
    Ok(Take::notes(length, keys.collect()).events(events))
}

fn one(library: &Library, block: usize, voices: usize) -> Result<Value> {
    let mut plugin = library.create()?;
    plugin.activate(RATE_HZ, block as u32)?;
    let take = take(&mut plugin, voices)?.blocks(Blocks::Fixed(block));
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
        let Ok((callbacks, cpu)) = times.into_inner() else { anyhow::bail!("the audio thread panicked") };
        if repeat == 0 {
            continue; // caches are cold
        }
        shares.push(cpu / SECONDS);
        smallest.resize(callbacks.len(), f64::INFINITY);
        smallest.iter_mut().zip(&callbacks).for_each(|(least, time)| *least = least.min(*time));
    }
    shares.sort_by(f64::total_cmp);
    let block_seconds = block as f64 / RATE_HZ;
    let worst = smallest.iter().copied().fold(0.0, f64::max);
    Ok(
        json!({"block": block, "voices": voices, "core_share": shares[shares.len() / 2], "worst_callback_s": worst, "worst_callback_share": worst / block_seconds}),
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

/// CPU time of this thread; wall time where the system does not tell.
#[cfg(target_os = "linux")]
fn thread_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is that of a timespec that the call fills.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

#[cfg(not(target_os = "linux"))]
fn thread_seconds() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}
