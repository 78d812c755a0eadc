//! Calls too early, too late, too often, with indices past the end and places that are null.

use std::path::Path;
use std::ptr::null_mut as null;

use vst3::Steinberg::Vst::{
    IAudioProcessorTrait, IComponentTrait, IEditControllerTrait, IMidiMapping, IMidiMappingTrait,
    INoteExpressionController, INoteExpressionControllerTrait, IUnitInfo, IUnitInfoTrait,
    SpeakerArr, SpeakerArrangement,
};
use vst3::Steinberg::{IPluginBaseTrait, kInvalidArgument, kResultFalse, kResultOk};

use super::cases;
use crate::strict::expect;
use crate::vst3_host::block::Block;
use crate::vst3_host::objects::Stream;
use crate::vst3_host::{Found, Module, Plug};

cases! {
    process_before_set_up: "a block before `setupProcessing` and `setActive`";
    process_before_active: "a block after `setupProcessing`, before `setActive`";
    process_after_terminate: "a block, a state and a value after `terminate`";
    active_before_set_up: "`setActive` before `setupProcessing` (Carla's discovery), then a block";
    set_up_twice_while_active: "another rate and block while active, `setActive` twice";
    odd_set_ups: "no samples, negative blocks, rates of 0, NaN and infinity, 64-bit samples";
    parameter_past_the_end: "parameter information at the count, beyond, below 0";
    null_places: "null places and streams in every call that takes one";
    bus_indices: "bus information and arrangements below 0 and past the end, unknown kinds and directions";
    side_chain_arrangement: "Steinberg's SideChain Arrangement: what is accepted is what is reported";
    every_arrangement: "mono, stereo, 5.1 and none on every bus: accepted as reported, or refused and unchanged";
    arrangement_while_active: "another arrangement while active: refused, and blocks go on";
    units_and_notes_past_the_end: "units, note expressions and MIDI controllers past their ends";
}

fn process_before_set_up(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    let mut block = Block::usual(&plug, 256);
    let result = block.play(&plug);
    expect(result != kResultOk, || "an error was expected".into())?;
    expect(block.silent(), || "silence was expected".into())?;
    plug.start(48_000.0, 256)?;
    let mut block = Block::usual(&plug, 256);
    expect(block.play(&plug) == kResultOk, || "the block after set-up was refused".into())?;
    block.written()?;
    Ok("an error and silence".into())
}

fn process_before_active(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    plug.setup(48_000.0, 256);
    let mut block = Block::usual(&plug, 256);
    let result = block.play(&plug);
    expect(result != kResultOk && block.silent(), || {
        format!("an error and silence were expected, not {result}")
    })?;
    Ok("an error and silence".into())
}

fn process_after_terminate(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    plug.start(48_000.0, 256)?;
    Block::usual(&plug, 256).play(&plug);
    let id = plug.automatable()[0].id;
    // SAFETY: too early, and twice.
    unsafe {
        plug.component.terminate();
        plug.component.terminate();
    }
    let mut block = Block::usual(&plug, 256);
    let result = block.play(&plug);
    expect(result != kResultOk && block.silent(), || {
        format!("an error and silence were expected, not {result}")
    })?;
    plug.set(id, 0.5);
    plug.save()?;
    Ok(String::new())
}

fn active_before_set_up(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    // SAFETY: numbers.
    let result = unsafe { plug.component.setActive(1) };
    expect(result == kResultOk, || format!("setActive answers {result}"))?;
    // SAFETY: numbers.
    unsafe { plug.processor.setProcessing(1) };
    let mut block = Block::usual(&plug, 512);
    expect(block.play(&plug) == kResultOk, || "the block was refused".into())?;
    block.written()?;
    Ok(String::new())
}

fn set_up_twice_while_active(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    for (rate, block) in [(44_100.0, 64), (96_000.0, 512), (22_050.0, 32), (48_000.0, 1024)] {
        plug.start(rate, block)?;
        // SAFETY: numbers.
        unsafe { plug.component.setActive(1) };
        let mut played = Block::usual(&plug, block as usize);
        expect(played.play(&plug) == kResultOk, || format!("a block at {rate} Hz was refused"))?;
        played.written()?;
    }
    Ok(String::new())
}

fn odd_set_ups(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    for (rate, block) in [
        (48_000.0, 0),
        (48_000.0, -1),
        (48_000.0, i32::MIN),
        (0.0, 512),
        (-44_100.0, 512),
        (f64::NAN, 512),
        (f64::INFINITY, 512),
    ] {
        let result = plug.setup(rate, block);
        expect(result != kResultOk, || format!("{rate} Hz with blocks of {block} was accepted"))?;
    }
    // SAFETY: numbers.
    unsafe {
        expect(plug.processor.canProcessSampleSize(1) != kResultOk, || {
            "64 bits are promised".into()
        })?;
        let mut setup: vst3::Steinberg::Vst::ProcessSetup = std::mem::zeroed();
        (setup.symbolicSampleSize, setup.maxSamplesPerBlock, setup.sampleRate) = (1, 512, 48_000.0);
        expect(plug.processor.setupProcessing(&raw mut setup) != kResultOk, || {
            "64 bits are accepted".into()
        })?;
    }
    plug.start(48_000.0, i32::MAX)?;
    expect(Block::usual(&plug, 512).play(&plug) == kResultOk, || "a block was refused".into())?;
    Ok(String::new())
}

fn parameter_past_the_end(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    // SAFETY: the place is ours; the indices are what the case is about.
    unsafe {
        let count = plug.controller.getParameterCount();
        let mut info = std::mem::zeroed();
        for index in [count, count + 1, i32::MAX, -1, i32::MIN] {
            let result = plug.controller.getParameterInfo(index, &raw mut info);
            expect(result == kInvalidArgument, || {
                format!("parameter {index} of {count}: {result}")
            })?;
        }
        expect(plug.controller.getParameterInfo(count - 1, &raw mut info) == kResultOk, || {
            "the last".into()
        })?;
    }
    Ok(String::new())
}

fn null_places(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    let id = plug.automatable()[0].id;
    // SAFETY: null is what the case is about.
    let results = unsafe {
        let mut value = 0.0;
        [
            plug.controller.getParameterInfo(0, null()),
            plug.controller.getParamStringByValue(id, 0.5, null()),
            plug.controller.getParamValueByString(id, null(), &raw mut value),
            plug.controller.getParamValueByString(id, c"x".as_ptr().cast_mut().cast(), null()),
            plug.component.getBusInfo(0, 0, 0, null()),
            plug.component.getRoutingInfo(null(), null()),
            plug.component.setState(null()),
            plug.component.getState(null()),
            plug.processor.getBusArrangement(1, 0, null()),
            plug.processor.setBusArrangements(null(), 1, null(), 1),
            plug.processor.setBusArrangements(null(), -1, null(), -1),
            plug.processor.setupProcessing(null()),
            plug.processor.process(null()),
        ]
    };
    let wrong = results.iter().position(|result| *result == kResultOk);
    expect(wrong.is_none(), || format!("call {wrong:?} of {} was accepted", results.len()))?;
    // SAFETY: as above; these may be null.
    unsafe {
        plug.controller.setComponentHandler(null());
        plug.controller.setComponentState(null());
        plug.controller.setState(null());
        plug.controller.getState(null());
        let view = plug.controller.createView(null());
        drop(vst3::ComPtr::from_raw(view));
        let view = plug.controller.createView(c"other".as_ptr());
        expect(view.is_null(), || "a view of another kind was made".into())?;
    }
    Ok(String::new())
}

fn bus_indices(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    for media in [-1, 0, 1, 2, i32::MAX] {
        for direction in [-1, 0, 1, 2, i32::MAX] {
            let count = plug.buses(media, direction);
            for index in [i32::MIN, -1, 0, 1, 2, 3, i32::MAX] {
                let is_there = (0..count).contains(&index);
                // SAFETY: the places are ours.
                unsafe {
                    let mut info = std::mem::zeroed();
                    let result = plug.component.getBusInfo(media, direction, index, &raw mut info);
                    let place = || {
                        format!(
                            "bus {index} of {count}, kind {media}, direction {direction}: {result}"
                        )
                    };
                    expect((result == kResultOk) == is_there, place)?;
                    let result = plug.component.activateBus(media, direction, index, 1);
                    expect((result == kResultOk) == is_there, || {
                        format!("activateBus {index} of {count}: {result}")
                    })?;
                    if media == 0 {
                        let mut arrangement: SpeakerArrangement = 0;
                        let result = plug.processor.getBusArrangement(
                            direction,
                            index,
                            &raw mut arrangement,
                        );
                        expect((result == kResultOk) == is_there, || {
                            format!("arrangement {index}: {result}")
                        })?;
                        if is_there {
                            let channels = arrangement.count_ones() as i32;
                            expect(channels == info.channelCount, || {
                                format!("{channels} speakers")
                            })?;
                        }
                    }
                }
            }
        }
    }
    Ok(String::new())
}

/// The arrangements that are in force.
fn arrangements(plug: &Plug, direction: i32) -> Vec<SpeakerArrangement> {
    let one = |index| {
        let mut arrangement = 0;
        // SAFETY: the place is ours.
        unsafe { plug.processor.getBusArrangement(direction, index, &raw mut arrangement) };
        arrangement
    };
    (0..plug.buses(0, direction)).map(one).collect()
}

fn arrange(
    plug: &Plug,
    inputs: &[SpeakerArrangement],
    outputs: &[SpeakerArrangement],
) -> Result<bool, String> {
    let before = (arrangements(plug, 0), arrangements(plug, 1));
    let (mut ins, mut outs) = (inputs.to_vec(), outputs.to_vec());
    // SAFETY: the lists are as long as is said.
    let result = unsafe {
        let counts = (ins.len() as i32, outs.len() as i32);
        plug.processor.setBusArrangements(ins.as_mut_ptr(), counts.0, outs.as_mut_ptr(), counts.1)
    };
    let now = (arrangements(plug, 0), arrangements(plug, 1));
    if result == kResultOk {
        let told =
            (&now.0[..inputs.len().min(now.0.len())], &now.1[..outputs.len().min(now.1.len())]);
        expect(told == (inputs, outputs), || {
            format!("{inputs:?} to {outputs:?} is accepted, but {now:?} reported")
        })?;
        Ok(true)
    } else {
        expect(result == kResultFalse || result == kInvalidArgument, || {
            format!("setBusArrangements: {result}")
        })?;
        expect(now == before, || {
            format!("{inputs:?} to {outputs:?} is refused, but {before:?} became {now:?}")
        })?;
        Ok(false)
    }
}

fn side_chain_arrangement(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    let (mut inputs, mut outputs) = (arrangements(&plug, 0), arrangements(&plug, 1));
    if inputs.len() < 2 {
        return Ok("no side chain".into());
    }
    (inputs[0], outputs[0]) = (SpeakerArr::kMono, SpeakerArr::kMono);
    let accepted = arrange(&plug, &inputs, &outputs)?;
    expect(accepted, || "mono with a stereo side chain is refused".into())?;
    plug.start(48_000.0, 256)?;
    let mut block = Block::new(&[1, 2], &[1], 256);
    expect(block.play(&plug) == kResultOk, || "its block is refused".into())?;
    block.written()?;
    Ok("mono with a stereo side chain".into())
}

fn every_arrangement(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    let all =
        [0, SpeakerArr::kMono, 1, SpeakerArr::kStereo, SpeakerArr::k51, SpeakerArrangement::MAX];
    let mut accepted = 0;
    for main in all {
        for out in all {
            accepted += u32::from(arrange(&plug, &[main], &[out])?)
                + u32::from(arrange(&plug, &[], &[out])?);
            for side in all {
                if arrange(&plug, &[main, side], &[out])? {
                    accepted += 1;
                    plug.start(44_100.0, 64)?;
                    let count = |speakers: SpeakerArrangement| speakers.count_ones() as usize;
                    let mut block = Block::new(&[count(main), count(side)], &[count(out)], 64);
                    expect(block.play(&plug) == kResultOk, || {
                        format!("{main:x}, {side:x} to {out:x} does not play")
                    })?;
                    block.written()?;
                    plug.stop();
                }
                arrange(&plug, &[main, side, side], &[out, out])?;
            }
        }
    }
    Ok(format!("{accepted} accepted"))
}

fn arrangement_while_active(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    plug.start(48_000.0, 128)?;
    let mono = SpeakerArr::kMono;
    let inputs = vec![mono; plug.buses(0, 0) as usize];
    let accepted = arrange(&plug, &inputs, &[mono])?;
    let mut block = Block::usual(&plug, 128);
    expect(block.play(&plug) == kResultOk, || "the block after it is refused".into())?;
    block.written()?;
    expect(!accepted, || "it was accepted".into())?;
    Ok("refused".into())
}

fn units_and_notes_past_the_end(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    let units: vst3::ComPtr<IUnitInfo> = plug.component.cast().ok_or("there is no IUnitInfo")?;
    let midi: vst3::ComPtr<IMidiMapping> =
        plug.component.cast().ok_or("there is no IMidiMapping")?;
    let notes: vst3::ComPtr<INoteExpressionController> =
        plug.component.cast().ok_or("there is no INoteExpressionController")?;
    // SAFETY: the places are ours or null; the indices are what the case is about.
    unsafe {
        let count = units.getUnitCount();
        let mut info = std::mem::zeroed();
        for index in [-1, count, i32::MAX, i32::MIN] {
            expect(units.getUnitInfo(index, &raw mut info) != kResultOk, || {
                format!("unit {index} of {count}")
            })?;
        }
        expect(units.getUnitInfo(0, std::ptr::null_mut()) != kResultOk, || {
            "a null place is filled".into()
        })?;
        let mut known = std::mem::zeroed();
        for index in [-1, 6, i32::MAX] {
            let result = notes.getNoteExpressionInfo(0, 0, index, &raw mut known);
            expect(result != kResultOk, || format!("expression {index}"))?;
        }
        expect(notes.getNoteExpressionInfo(0, 0, 0, std::ptr::null_mut()) != kResultOk, || {
            "a null place".into()
        })?;
        let mut id = 0;
        for (bus, channel, controller) in
            [(0, -1, 1), (0, 16, 1), (0, 0, -1), (0, 0, 130), (1, 0, 1), (-1, 0, 0)]
        {
            let result = midi.getMidiControllerAssignment(bus, channel, controller, &raw mut id);
            expect(result != kResultOk, || {
                format!("controller {controller} of channel {channel}")
            })?;
        }
        expect(
            midi.getMidiControllerAssignment(0, 0, 1, std::ptr::null_mut()) != kResultOk,
            || "null".into(),
        )?;
    }
    // A stream that is empty, and one of rubbish.
    for bytes in [
        &b""[..],
        b"{}",
        b"rubbish",
        b"{\"version\":\"1\",\"params\":{\"x\":{\"f32\":1e99}},\"fields\":{}}",
        &[0xFF; 4096],
    ] {
        plug.load(bytes);
    }
    drop(Stream::new(Vec::new()));
    plug.save()?;
    Ok(String::new())
}
