//! Buses and channels that come, go and do not fit.

use std::path::Path;

use rand::Rng;
use vst3::Steinberg::kResultOk;

use super::{cases, goes_on, plays, random, started};
use crate::strict::expect;
use crate::vst3_host::block::{Block, rubbish};
use crate::vst3_host::{Found, Module};

cases! {
    side_chain_vanishes: "the side chain's channels become null between blocks";
    side_chain_bus_vanishes: "the side chain's bus is no longer handed over";
    side_chain_shrinks: "blocks become shorter and longer while the side chain is away";
    side_chain_vanishes_within_automation: "the side chain goes while automation splits blocks";
    side_chain_of_other_widths: "side chains of 0, 1, 2 and 8 channels beside a stereo bus";
    output_without_channels: "an output bus without channels, and none at all";
    more_channels_than_agreed: "eight channels in and out where two were agreed";
    fewer_channels_than_agreed: "one channel in and out where two were agreed";
    more_inputs_than_outputs: "five input buses, one output";
    null_channels: "channels and lists that are null, in and out";
    null_buses: "buses that are null though some are announced";
    odd_lengths: "negative lengths, none, and longer blocks than agreed";
    sample_size_of_64_bits: "a block that says its samples have 64 bits";
    inputs_that_are_outputs: "inputs and outputs in the same memory, crosswise";
    rubbish_in: "NaN, infinities and huge samples";
    seeds_of_everything: "200 blocks of any shape by chance, ten seeds";
}

fn side_chain_vanishes(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    for round in 0..6 {
        let mut block = Block::usual(&plug, 512);
        if round % 2 == 1 {
            block.inputs.iter_mut().skip(1).flatten().for_each(|channel| *channel = None);
        }
        plays(&plug, &mut block)?;
    }
    goes_on(&plug, 512)?;
    Ok(String::new())
}

fn side_chain_bus_vanishes(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    for round in 0..6 {
        let mut block = Block::usual(&plug, 512);
        if round % 2 == 1 {
            block.inputs.truncate(1);
        }
        plays(&plug, &mut block)?;
    }
    goes_on(&plug, 512)?;
    Ok(String::new())
}

fn side_chain_shrinks(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    goes_on(&plug, 512)?;
    for samples in [64, 512, 1, 300, 512, 7] {
        let mut block = Block::usual(&plug, samples);
        block.inputs.iter_mut().skip(1).for_each(Vec::clear);
        plays(&plug, &mut block)?;
        plays(&plug, &mut Block::usual(&plug, samples))?;
    }
    Ok(String::new())
}

fn side_chain_vanishes_within_automation(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let id = plug.automatable()[0].id;
    for samples in [512, 64, 512, 100, 512] {
        for away in [false, true] {
            let points =
                (0..samples as i32).step_by(7).map(|at| (at, f64::from(at % 13) / 13.0)).collect();
            let mut block = Block::usual(&plug, samples).changes(vec![(id, points)]);
            if away {
                block.inputs.iter_mut().skip(1).for_each(Vec::clear);
            }
            plays(&plug, &mut block)?;
        }
    }
    goes_on(&plug, 512)?;
    Ok(String::new())
}

fn side_chain_of_other_widths(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    if plug.buses(0, 0) < 2 {
        return Ok("no side chain".into());
    }
    for channels in [0, 1, 2, 8, 1, 0] {
        plays(&plug, &mut Block::new(&[2, channels], &[2], 512))?;
    }
    goes_on(&plug, 512)?;
    Ok(String::new())
}

fn output_without_channels(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let id = plug.automatable()[1].id;
    for outputs in [&[0][..], &[]] {
        let mut block = Block::new(&[2, 2], outputs, 512).changes(vec![(id, vec![(0, 0.25)])]);
        block.play(&plug);
        goes_on(&plug, 512)?;
    }
    let value = plug.value(id);
    expect((value - 0.25).abs() < 0.2, || {
        format!("the parameter of that block was lost: {value}")
    })?;
    Ok(String::new())
}

fn more_channels_than_agreed(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let mut block = Block::new(&[8, 8], &[8], 512);
    plays(&plug, &mut block)?;
    let spare = block.outputs[0][2..].iter().flatten().flatten().all(|sample| *sample == 0.0);
    expect(spare, || "silence was expected on channels that nobody agreed on".into())?;
    goes_on(&plug, 512)?;
    Ok("silence on the rest".into())
}

fn fewer_channels_than_agreed(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    plays(&plug, &mut Block::new(&[1, 1], &[1], 512))?;
    plays(&plug, &mut Block::new(&[2, 2], &[1], 512))?;
    plays(&plug, &mut Block::new(&[0, 0], &[2], 512))?;
    goes_on(&plug, 512)?;
    Ok(String::new())
}

fn more_inputs_than_outputs(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    plays(&plug, &mut Block::new(&[2, 2, 2, 2, 2], &[2], 512))?;
    plays(&plug, &mut Block::new(&[4, 1, 0], &[2], 512))?;
    goes_on(&plug, 512)?;
    Ok(String::new())
}

fn null_channels(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    for place in 0..8 {
        let mut block = Block::new(&[2, 2], &[2], 512);
        match place {
            0 => block.inputs[0][0] = None,
            1 => block.inputs[0][1] = None,
            2 => block.inputs[1][0] = None,
            3 => block.outputs[0][0] = None,
            4 => block.outputs[0][1] = None,
            5 => block.outputs[0] = vec![None, None],
            6 => {
                // SAFETY: the lists are the block's own, and not null.
                block.twist = |data| unsafe {
                    (*data.inputs).__field0.channelBuffers32 = std::ptr::null_mut()
                }
            }
            _ => {
                // SAFETY: as above.
                block.twist = |data| unsafe {
                    (*data.outputs).__field0.channelBuffers32 = std::ptr::null_mut()
                }
            }
        }
        block.play(&plug);
        if (3..5).contains(&place) {
            block.written()?;
        }
        goes_on(&plug, 512)?;
    }
    Ok(String::new())
}

fn null_buses(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let twists: [fn(&mut vst3::Steinberg::Vst::ProcessData); 5] = [
        |data| data.inputs = std::ptr::null_mut(),
        |data| data.outputs = std::ptr::null_mut(),
        |data| (data.numInputs, data.numOutputs) = (-3, 1),
        |data| data.numOutputs = -1,
        |data| data.processContext = std::ptr::null_mut(),
    ];
    for twist in twists {
        let mut block = Block::usual(&plug, 512);
        block.twist = twist;
        block.play(&plug);
        goes_on(&plug, 512)?;
    }
    Ok(String::new())
}

fn odd_lengths(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    for samples in [-1, i32::MIN] {
        let mut block = Block::usual(&plug, 512);
        block.samples = samples;
        let result = block.play(&plug);
        expect(result != kResultOk, || format!("{samples} samples were played"))?;
    }
    let mut none = Block::usual(&plug, 512);
    none.samples = 0;
    expect(none.play(&plug) == kResultOk, || "a block without samples was refused".into())?;
    for samples in [513, 4096, 20_000] {
        plays(&plug, &mut Block::usual(&plug, samples))?;
    }
    goes_on(&plug, 512)?;
    Ok("longer blocks are played".into())
}

fn sample_size_of_64_bits(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let mut block = Block::usual(&plug, 512);
    block.outputs = vec![rubbish(2, 1024)];
    block.twist = |data| data.symbolicSampleSize = 1;
    let result = block.play(&plug);
    expect(result != kResultOk, || "it was played".into())?;
    goes_on(&plug, 512)?;
    Ok("an error".into())
}

fn inputs_that_are_outputs(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let reference = started(&module, 512)?;
    let plug = started(&module, 512)?;
    if plug.buses(0, 0) == 0 {
        return Ok("no input".into());
    }
    for _ in 0..8 {
        let mut apart = Block::new(&[2, 2], &[2], 512);
        apart.inputs[0][1] = Some(vec![0.125; 512]);
        plays(&reference, &mut apart)?;
        let mut crossed = Block::new(&[2, 2], &[2], 512);
        crossed.inputs[0][1] = Some(vec![0.125; 512]);
        crossed.outputs[0] = vec![crossed.inputs[0][1].clone(), crossed.inputs[0][0].clone()];
        crossed.twist = |data| {
            // SAFETY: both lists have two channels: the inputs are the outputs' memory, the other
            // way round.
            unsafe {
                let (ins, outs) = (
                    (*data.inputs).__field0.channelBuffers32,
                    (*data.outputs).__field0.channelBuffers32,
                );
                (*ins, *ins.add(1)) = (*outs.add(1), *outs);
            }
        };
        plays(&plug, &mut crossed)?;
        let same = apart.out().zip(crossed.out()).all(|(one, other)| one == other);
        expect(same, || "the sound is another than with memory of its own".into())?;
    }
    Ok("the same sound".into())
}

fn rubbish_in(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE / 8.0] {
        let mut block = Block::usual(&plug, 512);
        block.inputs.iter_mut().flatten().flatten().for_each(|channel| channel.fill(value));
        plays(&plug, &mut block)?;
    }
    for _ in 0..20 {
        goes_on(&plug, 512)?;
    }
    Ok(String::new())
}

fn seeds_of_everything(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    for seed in 0..10 {
        let mut random = random(seed);
        let plug = started(&module, 512)?;
        let ids: Vec<u32> = plug.automatable().iter().map(|param| param.id).collect();
        for _ in 0..200 {
            let samples = random.random_range(0..700);
            let mut bus = |most: usize| random.random_range(0..most);
            let ins: Vec<usize> = (0..bus(5)).map(|_| bus(5)).collect();
            let outs: Vec<usize> = (0..bus(3)).map(|_| bus(5)).collect();
            let mut block = Block::new(&ins, &outs, samples);
            for channel in block.inputs.iter_mut().chain(&mut block.outputs).flatten() {
                if random.random_range(0..12) == 0 {
                    *channel = None;
                }
            }
            if random.random_range(0..3) == 0 {
                let queue =
                    |id: u32, at: i32, value: f64| (id, vec![(at, value), (at + 90, 1.0 - value)]);
                let count = random.random_range(0..6);
                let queues = (0..count).map(|_| {
                    queue(
                        ids[random.random_range(0..ids.len())],
                        random.random_range(-5..800),
                        random.random(),
                    )
                });
                block = block.changes(queues.collect());
            }
            block.play(&plug);
            if samples > 0
                && block.outputs.first().is_some_and(|bus| bus.iter().any(Option::is_some))
            {
                block.written()?;
            }
        }
        goes_on(&plug, 512)?;
    }
    Ok("2000 blocks".into())
}
