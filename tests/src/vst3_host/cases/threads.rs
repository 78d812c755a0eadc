//! Two threads at once, and instances that go while something is on its way.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::Rng;
use vst3::Steinberg::Vst::{IAudioProcessorTrait, IComponentTrait};
use vst3::Steinberg::kResultOk;

use super::{cases, goes_on, random, started};
use crate::strict::expect;
use crate::vst3_host::block::Block;
use crate::vst3_host::{Found, Module, Plug};

cases! {
    active_while_in_process: "`setActive` and `setProcessing` on one thread while another is in `process`";
    set_up_while_in_process: "rate, block and arrangements on one thread while another is in `process`";
    state_while_in_process: "states saved and loaded on one thread while another is in `process`";
    values_from_two_threads: "parameters set, read and written as text by two threads while a third plays";
    removed_after_automation: "200 instances removed right after an automated block, with others alive and without";
    removed_on_the_audio_thread: "the last reference goes on another thread than the first came on";
    process_on_many_threads: "each block on another thread, and two threads in `process` at once";
    fifty_instances: "50 instances at once: threads, descriptors and memory, and none left after";
    random_order_of_everything: "what pluginval does with `--randomise`, by chance, 20 seeds";
}

/// A pointer to an instance for other threads; the case keeps it alive.
#[derive(Clone, Copy)]
struct Shared(*const Plug);
// SAFETY: the interfaces may be called from any thread; that is what is tested.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    fn plug(&self) -> &Plug {
        // SAFETY: the case keeps the instance alive until its threads have ended.
        unsafe { &*self.0 }
    }
}

/// Plays on another thread while `meanwhile` runs here. Hands back the blocks that were played, and
/// refused.
fn while_playing(
    plug: &Plug,
    meanwhile: impl FnOnce() -> Result<(), String>,
) -> Result<(usize, usize), String> {
    let (over, played, refused) =
        (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let shared = Shared(plug);
    let ids: Vec<u32> = plug.automatable().iter().map(|param| param.id).collect();
    std::thread::scope(|scope| {
        let player = scope.spawn(|| {
            let plug = shared.plug();
            let mut at = 0;
            while !over.load(Ordering::Relaxed) {
                at += 1;
                let points =
                    vec![(ids[at % ids.len()], vec![(0, 0.4), (77, (at % 10) as f64 / 10.0)])];
                let mut block = Block::usual(plug, 256).changes(points);
                if block.play(plug) == kResultOk {
                    played.fetch_add(1, Ordering::Relaxed);
                } else {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                block.written()?;
            }
            Ok::<(), String>(())
        });
        let outcome = meanwhile();
        over.store(true, Ordering::Relaxed);
        let sound = player.join().map_err(|_| "the audio thread panicked".to_owned())?;
        outcome.and(sound)
    })?;
    Ok((played.into_inner(), refused.into_inner()))
}

/// Set up and activated anew, it plays.
fn starts_again(plug: &Plug) -> Result<(), String> {
    plug.start(48_000.0, 256)?;
    goes_on(plug, 256)
}

fn for_a_while(seconds: f64) -> impl FnMut() -> bool {
    let start = Instant::now();
    move || start.elapsed().as_secs_f64() < seconds
}

fn active_while_in_process(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let mut slowest = Duration::ZERO;
    let (played, refused) = while_playing(&plug, || {
        let mut going = for_a_while(2.0);
        while going() {
            // SAFETY: numbers, while the other thread plays.
            unsafe {
                let start = Instant::now();
                plug.component.setActive(0);
                plug.component.setActive(1);
                plug.processor.setProcessing(1);
                slowest = slowest.max(start.elapsed());
                std::thread::sleep(Duration::from_millis(3));
                plug.processor.setProcessing(0);
            }
        }
        Ok(())
    })?;
    starts_again(&plug)?;
    expect(slowest < Duration::from_secs(4), || format!("an activation took {slowest:?}"))?;
    expect(played > 0, || "no block was played".into())?;
    let _ = refused;
    Ok("blocks play, or are silent with an error".into())
}

fn set_up_while_in_process(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    while_playing(&plug, || {
        let mut going = for_a_while(1.5);
        let mut round = 0;
        while going() {
            round += 1;
            plug.setup([44_100.0, 48_000.0, 96_000.0][round % 3], [64, 256, 1024][round % 3]);
            let mut mono = [1u64 << 19, 1 << 19];
            let counts = (plug.buses(0, 0), plug.buses(0, 1));
            // SAFETY: the lists are longer than is said.
            unsafe {
                let lists = mono.as_mut_ptr();
                plug.processor.setBusArrangements(lists, counts.0, lists, counts.1);
            }
        }
        Ok(())
    })?;
    starts_again(&plug)?;
    Ok(String::new())
}

fn state_while_in_process(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let state = plug.save()?;
    while_playing(&plug, || {
        let mut going = for_a_while(2.0);
        while going() {
            expect(plug.load(&state) == kResultOk, || "the state is refused".into())?;
            plug.save()?;
        }
        Ok(())
    })?;
    starts_again(&plug)?;
    Ok(String::new())
}

fn values_from_two_threads(plugin: &Path) -> Found {
    use vst3::Steinberg::Vst::IEditControllerTrait;
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let params = plug.automatable();
    let shared = Shared(&raw const plug);
    while_playing(&plug, || {
        std::thread::scope(|scope| {
            for seed in 0..2 {
                let params = &params;
                scope.spawn(move || {
                    let plug = shared.plug();
                    let mut random = random(seed);
                    let mut going = for_a_while(1.5);
                    while going() {
                        let id = params[random.random_range(0..params.len())].id;
                        plug.set(id, random.random());
                        let value = plug.value(id);
                        // SAFETY: the place is ours.
                        unsafe {
                            let mut text = [0; 128];
                            plug.controller.getParamStringByValue(id, value, &raw mut text);
                            plug.controller.normalizedParamToPlain(id, value);
                        }
                    }
                });
            }
        });
        Ok(())
    })?;
    starts_again(&plug)?;
    Ok(String::new())
}

fn removed_after_automation(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let mut kept: Option<Plug> = None;
    for round in 0..200 {
        let plug = started(&module, 256)?;
        let ids: Vec<u32> = plug.automatable().iter().map(|param| param.id).collect();
        let shared = Shared(&raw const plug);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let plug = shared.plug();
                let queue = |id: &u32| {
                    (*id, (0..16).map(|at| (at * 8, f64::from((at + round) % 16) / 16.0)).collect())
                };
                Block::usual(plug, 256)
                    .changes(ids.iter().take(24).map(queue).collect())
                    .play(plug);
            });
        });
        // Some rounds leave one alive, in others it is the last that goes.
        match round % 4 {
            0 => kept = Some(plug),
            1 => drop((plug, kept.take())),
            _ => drop(plug),
        }
    }
    drop(kept);
    starts_again(&started(&module, 256)?)?;
    Ok("200 removals".into())
}

fn removed_on_the_audio_thread(plugin: &Path) -> Found {
    struct Moved(Plug);
    // SAFETY: a host may let go of an instance anywhere; that is what is tested.
    unsafe impl Send for Moved {}

    let module = Module::open(plugin)?;
    for _ in 0..10 {
        let plug = Moved(started(&module, 256)?);
        let ended = std::thread::spawn(move || {
            let moved = plug;
            Block::usual(&moved.0, 256).play(&moved.0);
            drop(moved);
        });
        ended.join().map_err(|_| "the thread panicked".to_owned())?;
    }
    starts_again(&started(&module, 256)?)?;
    Ok(String::new())
}

fn process_on_many_threads(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let shared = Shared(&raw const plug);
    for _ in 0..20 {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(move || Block::usual(shared.plug(), 256).play(shared.plug()));
            }
        });
    }
    starts_again(&plug)?;
    Ok(String::new())
}

fn count(folder: &str) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Memory of this process that is in use, in MB.
fn resident_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0.0);
    pages * 4096.0 / 1e6
}

/// Threads and descriptors of this process.
fn threads_and_descriptors() -> (usize, usize) {
    (count("/proc/self/task"), count("/proc/self/fd"))
}

fn fifty_instances(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    starts_again(&started(&module, 256)?)?;
    let (before, memory) = (threads_and_descriptors(), resident_mb());
    let plugs: Vec<Plug> = (0..50).map(|_| started(&module, 256)).collect::<Result<_, _>>()?;
    for plug in &plugs {
        starts_again(plug)?;
    }
    let (during, used) = (threads_and_descriptors(), resident_mb() - memory);
    drop(plugs);
    std::thread::sleep(Duration::from_millis(200));
    let after = threads_and_descriptors();
    expect(after.0 <= before.0, || format!("{} threads became {}", before.0, after.0))?;
    expect(after.1 <= before.1, || format!("{} descriptors became {}", before.1, after.1))?;
    Ok(format!(
        "{:.1} MB, {:.1} threads and {} descriptors each; none left",
        used / 50.0,
        (during.0 - before.0) as f64 / 50.0,
        (during.1 - before.1) / 50
    ))
}

fn random_order_of_everything(plugin: &Path) -> Found {
    use vst3::Steinberg::Vst::IEditControllerTrait;
    let module = Module::open(plugin)?;
    for seed in 0..20 {
        let mut random = random(seed);
        let plug = module.create()?;
        let params = plug.automatable();
        let mut states = vec![plug.save()?];
        for _ in 0..60 {
            match random.random_range(0..12) {
                0 => {
                    let rate = [44_100.0, 48_000.0, 96_000.0][random.random_range(0..3)];
                    plug.start(rate, [64, 128, 256, 512, 1024][random.random_range(0..5)])?;
                }
                1 => plug.stop(),
                2 => states.push(plug.save()?),
                3 => {
                    let state = &states[random.random_range(0..states.len())];
                    expect(plug.load(state) == kResultOk, || "a state is refused".into())?;
                }
                4 => params.iter().for_each(|param| {
                    plug.set(param.id, random.random());
                }),
                5 => {
                    let all = [0u64, 1 << 19, 3];
                    let mut lists: Vec<u64> =
                        (0..4).map(|_| all[random.random_range(0..3)]).collect();
                    let counts = (plug.buses(0, 0), plug.buses(0, 1));
                    // SAFETY: the lists are longer than is said.
                    unsafe {
                        let list = lists.as_mut_ptr();
                        plug.processor.setBusArrangements(list, counts.0, list.add(2), counts.1);
                    }
                }
                6 => drop(while_playing(&plug, || {
                    states.push(plug.save()?);
                    params.iter().take(20).for_each(|param| {
                        plug.set(param.id, 0.5);
                    });
                    Ok(())
                })?),
                7 => {
                    for param in params.iter().take(10) {
                        // SAFETY: the places are ours.
                        unsafe {
                            let mut text = [0; 128];
                            let value = plug.controller.getParamNormalized(param.id);
                            plug.controller.getParamStringByValue(param.id, value, &raw mut text);
                            let mut back = 0.0;
                            let text = (&raw mut text).cast();
                            plug.controller.getParamValueByString(param.id, text, &raw mut back);
                        }
                    }
                }
                _ => {
                    let samples = random.random_range(1..1025);
                    let mut block = Block::usual(&plug, samples);
                    let mut queues = Vec::new();
                    for _ in 0..random.random_range(0..9) {
                        let points = (0..8)
                            .map(|_| (random.random_range(0..samples as i32), random.random()));
                        let points = points.collect();
                        queues.push((params[random.random_range(0..params.len())].id, points));
                    }
                    block = block.changes(queues);
                    block.play(&plug);
                    block.written()?;
                }
            }
        }
    }
    Ok("20 seeds".into())
}
