//! Nothing set is lost: on which way it came, whether or not a block follows, and through a save.

use std::path::Path;
use std::time::Duration;

use vst3::Steinberg::Vst::{IAudioProcessorTrait, IComponentTrait};
use vst3::Steinberg::kResultOk;

use super::data::MIX;
use super::{cases, started};
use crate::strict::expect;
use crate::vst3_host::block::Block;
use crate::vst3_host::{Found, Module, Plug};

cases! {
    set_while_playing_then_saved: "a value set while blocks run, saved with no block between (pedalboard, dawdreamer)";
    set_before_playing_then_saved: "a value set before anything is set up, saved at once";
    set_in_a_block_then_saved: "a value that came in a block's queue alone, saved";
    the_later_of_two_wins: "a value set, another in a queue, a third set: each is the one that is saved";
    echo_of_automation_is_not_heard: "the main thread tells late what was automated: the sound is not pulled back";
    set_while_bypassed: "a bypassed plugin whose blocks stop (REAPER): what is set is read and saved";
    states_of_every_parameter: "every parameter set at random, saved, loaded by another instance: the same bytes";
    state_while_playing: "states loaded between blocks are in force in the next";
    latency_is_told: "another rate changes the latency: the host is asked to restart, or has read it";
}

/// A value as the host reads it and as it is saved.
fn is_set(module: &Module, plug: &Plug, id: u32, value: f64, when: &str) -> Result<(), String> {
    let now = plug.value(id);
    expect((now - value).abs() < 1e-3, || format!("{when}: {value} was set, but {now} is read"))?;
    let fresh = module.create()?;
    let result = fresh.load(&plug.save()?);
    expect(result == kResultOk, || format!("{when}: the state is refused"))?;
    let loaded = fresh.value(id);
    expect((loaded - value).abs() < 1e-3, || {
        format!("{when}: {value} was set, but {loaded} is saved")
    })
}

/// Opens the module for a case.
fn with(plugin: &Path, case: impl FnOnce(&Module) -> Found) -> Found {
    let module = Module::open(plugin)?;
    case(&module)
}

fn set_while_playing_then_saved(plugin: &Path) -> Found {
    with(plugin, |module| {
        let plug = started(module, 256)?;
        let id = plug.param(MIX)?.id;
        Block::usual(&plug, 256).play(&plug);
        for value in [0.25, 0.75, 0.5] {
            plug.set(id, value);
            is_set(module, &plug, id, value, "while playing")?;
        }
        let value = plug.saved(id)?;
        Block::usual(&plug, 256).play(&plug);
        expect(plug.saved(id)? == value, || "the next block took it back".into())?;
        Ok(format!("saved: {value}"))
    })
}

fn set_before_playing_then_saved(plugin: &Path) -> Found {
    with(plugin, |module| {
        let plug = module.create()?;
        let id = plug.param(MIX)?.id;
        plug.set(id, 0.25);
        is_set(module, &plug, id, 0.25, "before set-up")?;
        plug.start(48_000.0, 256)?;
        is_set(module, &plug, id, 0.25, "after activation")?;
        Ok(String::new())
    })
}

fn set_in_a_block_then_saved(plugin: &Path) -> Found {
    with(plugin, |module| {
        let plug = started(module, 256)?;
        let id = plug.param(MIX)?.id;
        Block::usual(&plug, 256).changes(vec![(id, vec![(17, 0.75), (200, 0.25)])]).play(&plug);
        is_set(module, &plug, id, 0.25, "in a block")?;
        let mut flush = Block::usual(&plug, 256).changes(vec![(id, vec![(0, 0.75)])]);
        flush.samples = 0;
        flush.play(&plug);
        is_set(module, &plug, id, 0.75, "in a block without samples")?;
        Ok(String::new())
    })
}

fn the_later_of_two_wins(plugin: &Path) -> Found {
    with(plugin, |module| {
        let plug = started(module, 256)?;
        let id = plug.param(MIX)?.id;
        for round in 0..3 {
            plug.set(id, 0.1);
            is_set(module, &plug, id, 0.1, "set")?;
            Block::usual(&plug, 256).changes(vec![(id, vec![(100, 0.6)])]).play(&plug);
            is_set(module, &plug, id, 0.6, "then in a block")?;
            plug.set(id, 0.9);
            is_set(module, &plug, id, 0.9, "then set")?;
            Block::usual(&plug, 256).play(&plug);
            is_set(module, &plug, id, 0.9, "then a block without it")?;
            if round == 1 {
                std::thread::sleep(Duration::from_millis(300));
                Block::usual(&plug, 256).play(&plug);
                is_set(module, &plug, id, 0.9, "then a block much later")?;
            }
        }
        Ok(String::new())
    })
}

fn echo_of_automation_is_not_heard(plugin: &Path) -> Found {
    with(plugin, |module| {
        let (plain, echoed) = (started(module, 256)?, started(module, 256)?);
        let id = plain.param(MIX)?.id;
        let mut differ = 0.0f32;
        for round in 0..60 {
            let value = |round: i32| 0.5 + f64::from(round % 20) * 0.02;
            let mut one = Block::usual(&plain, 256).changes(vec![(id, vec![(0, value(round))])]);
            let mut other = Block::usual(&echoed, 256).changes(vec![(id, vec![(0, value(round))])]);
            one.play(&plain);
            other.play(&echoed);
            echoed.set(id, value(round - 5));
            differ = one
                .out()
                .zip(other.out())
                .fold(differ, |most, (one, other)| most.max((one - other).abs()));
            // A block with no point of its own: what the echo says must not be in it.
            let (mut one, mut other) = (Block::usual(&plain, 256), Block::usual(&echoed, 256));
            one.play(&plain);
            other.play(&echoed);
            differ = one
                .out()
                .zip(other.out())
                .fold(differ, |most, (one, other)| most.max((one - other).abs()));
        }
        expect(differ == 0.0, || format!("the sound differs by {differ}"))?;
        Ok("the same bits".into())
    })
}

fn set_while_bypassed(plugin: &Path) -> Found {
    with(plugin, |module| {
        let plug = started(module, 256)?;
        let id = plug.param(MIX)?.id;
        let bypass = plug.params().into_iter().find(|param| param.name == "Bypass");
        let point = bypass.map_or(id, |param| param.id);
        Block::usual(&plug, 256)
            .changes(vec![(point, vec![(0, 1.0)]), (id, vec![(0, 0.4)])])
            .play(&plug);
        plug.set(id, 0.8); // and no block comes any more
        is_set(module, &plug, id, 0.8, "bypassed")?;
        // SAFETY: numbers.
        unsafe { plug.processor.setProcessing(0) };
        plug.set(id, 0.3);
        is_set(module, &plug, id, 0.3, "stopped")?;
        // SAFETY: as above.
        unsafe { plug.component.setActive(0) };
        plug.set(id, 0.6);
        is_set(module, &plug, id, 0.6, "inactive")?;
        Ok(String::new())
    })
}

fn states_of_every_parameter(plugin: &Path) -> Found {
    with(plugin, |module| {
        use rand::Rng;
        let mut random = super::random(7);
        let plug = started(module, 256)?;
        let fresh = module.create()?;
        for _ in 0..5 {
            for param in plug.automatable() {
                plug.set(param.id, random.random());
            }
            Block::usual(&plug, 256).play(&plug);
            let saved = plug.save()?;
            expect(fresh.load(&saved) == kResultOk, || "the state is refused".into())?;
            let again = fresh.save()?;
            expect(saved == again, || "another instance saves other bytes".into())?;
        }
        Ok(String::new())
    })
}

fn state_while_playing(plugin: &Path) -> Found {
    with(plugin, |module| {
        let plug = started(module, 256)?;
        let id = plug.param(MIX)?.id;
        plug.set(id, 0.2);
        let low = plug.save()?;
        plug.set(id, 0.7);
        let high = plug.save()?;
        for _ in 0..10 {
            for (state, value) in [(&low, 0.2), (&high, 0.7)] {
                Block::usual(&plug, 256).changes(vec![(id, vec![(3, 0.5)])]).play(&plug);
                plug.set(id, 0.45);
                plug.load(state);
                is_set(module, &plug, id, value, "loaded")?;
                Block::usual(&plug, 256).play(&plug);
                is_set(module, &plug, id, value, "loaded, after a block")?;
            }
        }
        Ok(String::new())
    })
}

fn latency_is_told(plugin: &Path) -> Found {
    with(plugin, |module| {
        let plug = module.create()?;
        let mut changes = 0;
        // SAFETY: numbers.
        let mut latency = unsafe { plug.processor.getLatencySamples() };
        for rate in [44_100.0, 96_000.0, 48_000.0] {
            plug.start(rate, 256)?;
            std::thread::sleep(Duration::from_millis(250));
            let all = plug.edits.told().restarts;
            // SAFETY: numbers.
            let now = unsafe { plug.processor.getLatencySamples() };
            if now != latency {
                changes += 1;
                let asked = all.iter().any(|flags| flags & 8 != 0);
                expect(asked, || {
                    format!("the latency went from {latency} to {now}, and nobody said so")
                })?;
            }
            latency = now;
            plug.stop();
        }
        // A host that reads the latency after the activation, as the format says, needs no restart.
        let plug = module.create()?;
        plug.start(44_100.0, 256)?;
        // SAFETY: numbers.
        unsafe { plug.processor.getLatencySamples() };
        std::thread::sleep(Duration::from_millis(250));
        let asked = plug.edits.told().restarts;
        Ok(format!(
            "{changes} changes told; {} restarts for a host that reads by itself",
            asked.len()
        ))
    })
}
