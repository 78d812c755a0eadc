//! An instance's life: out of order, from several threads at once, and in hosts that lack what they
//! should have.

use super::block::{Block, note, still_plays, value};
use super::host::{Instance, Manners, factory};
use crate::strict::Case;
use clap_sys::events::{CLAP_EVENT_NOTE_ON, clap_input_events};
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_plugin_latency};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, CLAP_PARAM_IS_HIDDEN, clap_plugin_params};
use clap_sys::plugin::clap_plugin;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "process-before-activation",
        asks: "A block before any activation is answered with an error. Before: abort (no set-up).",
        run: before_activation,
    },
    Case {
        name: "life-out-of-order",
        asks: "Everything in the wrong order and twice, rates and lengths that cannot be. Before: abort (no set-up).",
        run: out_of_order,
    },
    Case {
        name: "calls-with-null",
        asks: "Every function with null for all that may be null. Before: abort or crash.",
        run: null_calls,
    },
    Case {
        name: "deactivated-while-it-plays",
        asks: "Deactivation, activation, resets and flushes while another thread plays. Before: an abort now and then.",
        run: while_it_plays,
    },
    Case {
        name: "two-threads-play",
        asks: "Two threads in `process` at once: one plays, the other is silent. Before: abort (already borrowed).",
        run: two_threads,
    },
    Case {
        name: "bare-host",
        asks: "A host without one extension or function. Before: abort (a null function).",
        run: bare_host,
    },
    Case {
        name: "no-needless-restart",
        asks: "No restart is asked for at activation; another latency is told while activating. Before: one at the first.",
        run: no_restart,
    },
    Case {
        name: "nothing-set-is-lost",
        asks: "What is set by a flush, active or not, or by a block, and saved at once, is in the state. A guard.",
        run: nothing_lost,
    },
    Case {
        name: "fifty-instances",
        asks: "Fifty instances come and go, four times: no thread, no descriptor and no memory stays. A guard.",
        run: fifty,
    },
];

fn before_activation(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    let mut block = Block::new(&instance, 512)?;
    let (status, _) = block.play(&instance);
    if status != 0 {
        return Err(format!("an error was expected, the answer was {status}"));
    }
    if block.outputs.iter().flatten().flatten().any(|sample| *sample != 0.0) {
        return Err("silence was expected".into());
    }
    if !instance.activate(48_000.0, 512) {
        return Err("activation was refused".into());
    }
    // Activated, but not started: played all the same.
    Block::new(&instance, 512)?.play(&instance);
    instance.stop();
    Block::new(&instance, 512)?.play(&instance);
    instance.start(44_100.0, 256)?;
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn out_of_order(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    let p = instance.plugin;
    // SAFETY: the functions are the plugin's; the order is the case.
    unsafe {
        let all = &*p;
        let (start, stop) =
            (all.start_processing.ok_or("no start")?, all.stop_processing.ok_or("no stop")?);
        let (deactivate, reset) =
            (all.deactivate.ok_or("no deactivate")?, all.reset.ok_or("no reset")?);
        let (init, on_main_thread) =
            (all.init.ok_or("no init")?, all.on_main_thread.ok_or("no callback")?);
        if start(p) {
            return Err("starting without an activation was allowed".into());
        }
        stop(p);
        deactivate(p);
        reset(p);
        on_main_thread(p);
        init(p);
        for rate in [0.0, -48_000.0, f64::NAN, f64::INFINITY, 1e-300] {
            if instance.activate(rate, 512) {
                return Err(format!("activation at {rate} Hz was allowed"));
            }
        }
        if instance.activate(48_000.0, 0) {
            return Err("activation with blocks of no frames was allowed".into());
        }
        for most in [1, 1 << 20, u32::MAX] {
            if !instance.activate(48_000.0, most) {
                return Err(format!("activation with blocks of up to {most} frames was refused"));
            }
            Block::new(&instance, 64)?.play(&instance);
            deactivate(p);
        }
        for rate in [1_000.0, 768_000.0, 44_100.0, 44_100.0, 96_000.0] {
            instance.activate(rate, 512);
            start(p);
            start(p);
            reset(p);
        }
        stop(p);
        stop(p);
        deactivate(p);
        deactivate(p);
    }
    instance.start(48_000.0, 512)?;
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn null_calls(path: &Path) -> Result<String, String> {
    let factory = factory(path)?;
    // SAFETY: null is the case.
    unsafe {
        let create = factory.create_plugin.ok_or("nothing can be made")?;
        let describe = factory.get_plugin_descriptor.ok_or("no descriptors")?;
        let id = describe(factory, 0).as_ref().ok_or("no plugin")?.id;
        if !create(factory, std::ptr::null(), id).is_null() {
            return Err("an instance was made without a host".into());
        }
        if !create(factory, std::ptr::null(), std::ptr::null()).is_null()
            || !describe(factory, 1).is_null()
        {
            return Err("an instance was made of nothing".into());
        }
        let entry = super::host::entry(path)?;
        call!(entry.get_factory, std::ptr::null());
    }
    let instance = Instance::open(path)?;
    let nobody: *const clap_plugin = std::ptr::null();
    // SAFETY: as above.
    unsafe {
        let all = &*instance.plugin;
        call!(all.init, nobody);
        call!(all.activate, nobody, 48_000.0, 1, 64);
        call!(all.deactivate, nobody);
        call!(all.start_processing, nobody);
        call!(all.stop_processing, nobody);
        call!(all.reset, nobody);
        call!(all.process, nobody, std::ptr::null());
        call!(all.process, instance.plugin, std::ptr::null());
        call!(all.get_extension, nobody, std::ptr::null());
        call!(all.get_extension, instance.plugin, std::ptr::null());
        call!(all.get_extension, instance.plugin, c"clap.nonsense".as_ptr());
        call!(all.on_main_thread, nobody);
        call!(all.destroy, nobody);
    }
    instance.start(48_000.0, 512)?;
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn while_it_plays(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    let id = instance
        .params()?
        .iter()
        .find(|p| p.flags & CLAP_PARAM_IS_HIDDEN == 0)
        .ok_or("no parameter")?
        .id;
    let (done, played) = (AtomicBool::new(false), std::sync::atomic::AtomicU32::new(0));
    let outcome = std::thread::scope(|scope| {
        let audio = scope.spawn(|| -> Result<(), String> {
            while !done.load(SeqCst) {
                let mut block = Block::new(&instance, 512)?.events(vec![value(100, id, 0.5)]);
                block.play(&instance);
                block.check()?;
                played.fetch_add(1, SeqCst);
            }
            Ok(())
        });
        let main = (0..60).try_for_each(|round| -> Result<(), String> {
            // SAFETY: the functions are the plugin's; the moment is the case.
            unsafe {
                let all = &*instance.plugin;
                match round % 4 {
                    0 => instance.stop(),
                    1 => call!(all.reset, instance.plugin),
                    2 => {
                        let table: &clap_plugin_params = instance.table(CLAP_EXT_PARAMS)?;
                        let none: *const clap_input_events = std::ptr::null();
                        call!(table.flush, instance.plugin, none, std::ptr::null());
                    }
                    _ => {
                        instance.save()?;
                    }
                }
            }
            instance.start([48_000.0, 44_100.0][round % 2], 512)?;
            std::thread::sleep(Duration::from_millis(3));
            instance.idle();
            Ok(())
        });
        done.store(true, SeqCst);
        let audio = audio.join().map_err(|_| "the audio thread panicked".to_owned());
        main.and(audio.and_then(|inner| inner))
    });
    outcome?;
    Ok(format!(
        "60 rounds during {} blocks; peak {:.3} afterwards",
        played.load(SeqCst),
        still_plays(&instance)?
    ))
}

fn two_threads(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    let outcome: Result<(), String> = std::thread::scope(|scope| {
        let play = || -> Result<(), String> {
            for _ in 0..200 {
                let mut block =
                    Block::new(&instance, 512)?.events(vec![note(0, CLAP_EVENT_NOTE_ON, 60, 0.5)]);
                block.play(&instance);
                block.check()?;
            }
            Ok(())
        };
        let (one, other) = (scope.spawn(play), scope.spawn(play));
        one.join().map_err(|_| "a thread panicked")??;
        other.join().map_err(|_| "a thread panicked")?
    });
    outcome?;
    Ok(format!("400 blocks from two threads; peak {:.3} afterwards", still_plays(&instance)?))
}

fn bare_host(path: &Path) -> Result<String, String> {
    let instance = Instance::with_manners(path, Manners::Bare)?;
    instance.start(48_000.0, 512)?;
    let peak = still_plays(&instance)?;
    let state = instance.save()?;
    if !instance.load(&state)? {
        return Err("its own state was refused".into());
    }
    instance.stop();
    instance.start(96_000.0, 512)?;
    Ok(format!("plays, peak {peak:.3}; at another rate {:.3}", still_plays(&instance)?))
}

fn no_restart(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    let table: &clap_plugin_latency = instance.table(CLAP_EXT_LATENCY)?;
    // SAFETY: the function is the plugin's.
    let latency = || unsafe { table.get.map_or(0, |get| get(instance.plugin)) };
    let mut figures = Vec::new();
    for rate in [48_000.0, 48_000.0, 96_000.0, 44_100.0] {
        let before = latency();
        instance.asked.latency_changes.store(0, SeqCst);
        instance.start(rate, 512)?;
        instance.idle();
        still_plays(&instance)?;
        let (restarts, told) =
            (instance.asked.restarts.load(SeqCst), instance.asked.latency_changes.load(SeqCst));
        if restarts > 0 {
            return Err(format!(
                "{restarts} restarts were asked for by an activation at {rate} Hz"
            ));
        }
        if (latency() != before) != (told == 1) {
            return Err(format!(
                "the latency went from {before} to {} and was told {told} times",
                latency()
            ));
        }
        figures.push(latency());
        instance.stop();
    }
    Ok(format!("latencies {figures:?}, no restart"))
}

fn nothing_lost(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    let params: Vec<_> = instance
        .params()?
        .into_iter()
        .filter(|param| param.flags & CLAP_PARAM_IS_HIDDEN == 0)
        .collect();
    let table: &clap_plugin_params = instance.table(CLAP_EXT_PARAMS)?;
    let set = |by: usize, share: f64| -> Result<(), String> {
        let events: Vec<_> = params
            .iter()
            .map(|param| {
                value(
                    0,
                    param.id,
                    (param.min_value + share * (param.max_value - param.min_value)).round(),
                )
            })
            .collect();
        let mut block = Block::new(&instance, 0)?.events(events);
        match by {
            0 => {
                block = Block::new(&instance, 64)?.events(std::mem::take(&mut block.events));
                block.play(&instance);
            }
            1 => {
                block.play(&instance);
            }
            _ => {
                let flush = table.flush.ok_or("no flush")?;
                block.with_events(|list| {
                    // SAFETY: the function is the plugin's, and the list whole.
                    unsafe { flush(instance.plugin, list, std::ptr::null()) }
                });
            }
        }
        Ok(())
    };
    let mut count = 0;
    for (active, by) in [(false, 2), (true, 2), (true, 0), (true, 1)] {
        if active {
            instance.start(48_000.0, 512)?;
        }
        for share in [0.0, 1.0] {
            set(by, share)?;
            let state = instance.save()?;
            let other = Instance::open(path)?;
            if !other.load(&state)? {
                return Err("the state is refused".into());
            }
            for param in &params {
                let (here, there) = (instance.value(param.id)?, other.value(param.id)?);
                let wanted =
                    (param.min_value + share * (param.max_value - param.min_value)).round();
                if (here - wanted).abs() > 1e-6 || (here - there).abs() > 1e-6 {
                    return Err(format!(
                        "parameter {}: set {wanted}, is {here}, saved {there}",
                        param.id
                    ));
                }
                count += 1;
            }
        }
        if active {
            instance.stop();
        }
    }
    Ok(format!("{count} values are in the state"))
}

fn fifty(path: &Path) -> Result<String, String> {
    super::usage::pool_memory();
    let round = || -> Result<(), String> {
        let instances: Vec<_> = (0..50).map(|_| Instance::open(path)).collect::<Result<_, _>>()?;
        for instance in instances.iter().step_by(10) {
            instance.start(48_000.0, 256)?;
            Block::new(instance, 256)?.play(instance);
            instance.stop();
        }
        Ok(())
    };
    round()?;
    round()?;
    let before = super::usage::Usage::now();
    round()?;
    round()?;
    let after = super::usage::Usage::now();
    after.within(&before, 0, 0, 8 << 20)?;
    Ok(format!("{before}, after 100 more instances {after}"))
}
