//! Blocks: ports and channels that are missing or too many, and lengths that were not agreed.

use super::block::{Block, Sound, ports, still_plays};
use super::host::Instance;
use crate::strict::Case;
use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::process::clap_process;
use std::path::Path;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "channels-without-memory",
        asks: "Channels and lists that are null: inputs are silence, outputs go nowhere. Before: crash.",
        run: without_memory,
    },
    Case {
        name: "fewer-ports-and-channels",
        asks: "No ports, no side chain, fewer channels than agreed. Before: abort (slices past their end), or nothing written.",
        run: fewer,
    },
    Case {
        name: "more-ports-and-channels",
        asks: "More channels and ports than agreed: the rest of the outputs is silence. Before: abort.",
        run: more,
    },
    Case {
        name: "doubles-only",
        asks: "Buffers of 64 bits, which were never agreed. Before: nothing written. A guard.",
        run: doubles,
    },
    Case {
        name: "frames-none-or-too-many",
        asks: "Blocks of 0 frames, and longer than agreed: played all the same, to the same bits. Before: an allocation.",
        run: lengths,
    },
    Case {
        name: "memory-shared-oddly",
        asks: "Both outputs in one place, inputs crossed with outputs, a side chain in an output. Before: wrong sound.",
        run: shared,
    },
    Case {
        name: "side-chain-comes-and-goes",
        asks: "The side chain shrinks and vanishes between blocks that automation splits. Before: abort.",
        run: side_chain,
    },
];

type Spoil = fn(&mut clap_process, &mut [clap_audio_buffer], &mut [clap_audio_buffer]);

fn each(path: &Path, all: &[Spoil]) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    for (index, spoil) in all.iter().enumerate() {
        for _ in 0..3 {
            let mut block = Block::new(&instance, 512)?.spoil(*spoil);
            block.outputs.iter_mut().flatten().for_each(|channel| channel.fill(0.25));
            if block.play(&instance).0 == 0 {
                return Err(format!("block {index} was refused"));
            }
            block.check()?;
        }
    }
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn null_channels(ports: &mut [clap_audio_buffer], which: impl Fn(usize, usize) -> bool) {
    for (index, port) in ports.iter_mut().enumerate() {
        for channel in (0..port.channel_count as usize).filter(|channel| which(index, *channel)) {
            // SAFETY: the list is as long as the port says.
            unsafe { *port.data32.add(channel) = std::ptr::null_mut() };
        }
    }
}

fn without_memory(path: &Path) -> Result<String, String> {
    each(
        path,
        &[
            |_, ins, _| null_channels(ins, |_, _| true),
            |_, ins, _| null_channels(ins, |_, channel| channel == 1),
            |_, ins, _| null_channels(ins, |port, _| port == 1),
            |_, _, outs| null_channels(outs, |_, _| true),
            |_, _, outs| null_channels(outs, |_, channel| channel == 0),
            |_, ins, outs| {
                null_channels(ins, |_, _| true);
                null_channels(outs, |_, _| true);
            },
            |_, ins, _| ins.iter_mut().for_each(|port| port.data32 = std::ptr::null_mut()),
            |_, _, outs| outs.iter_mut().for_each(|port| port.data32 = std::ptr::null_mut()),
            |block, _, _| block.audio_inputs = std::ptr::null(),
            |block, _, _| block.audio_outputs = std::ptr::null_mut(),
            |block, _, _| {
                (block.audio_inputs, block.audio_outputs) = (std::ptr::null(), std::ptr::null_mut())
            },
        ],
    )
}

fn fewer(path: &Path) -> Result<String, String> {
    each(
        path,
        &[
            |block, _, _| block.audio_inputs_count = 0,
            |block, _, _| block.audio_inputs_count = block.audio_inputs_count.min(1),
            |block, _, _| block.audio_outputs_count = 0,
            |block, _, _| (block.audio_inputs_count, block.audio_outputs_count) = (0, 0),
            |_, ins, _| ins.iter_mut().for_each(|port| port.channel_count = 1),
            |_, ins, _| ins.iter_mut().for_each(|port| port.channel_count = 0),
            |_, _, outs| outs.iter_mut().for_each(|port| port.channel_count = 1),
            |_, _, outs| outs.iter_mut().for_each(|port| port.channel_count = 0),
            |_, ins, outs| {
                ins.iter_mut().for_each(|port| port.channel_count = 0);
                outs.iter_mut().for_each(|port| port.channel_count = 1);
            },
            |_, ins, _| ins.iter_mut().skip(1).for_each(|port| port.channel_count = 1),
        ],
    )
}

fn more(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    for (ins, outs) in
        [((2, 2), (2, 2)), ((1, 6), (1, 6)), ((4, 1), (3, 2)), ((0, 0), (5, 8)), ((6, 8), (0, 0))]
    {
        let make = |(ports, channels): (usize, usize), fill: f32| -> Sound {
            vec![vec![vec![fill; 512]; channels]; ports]
        };
        let mut block = Block::new(&instance, 512)?;
        (block.inputs, block.outputs) = (make(ins, 0.1), make(outs, f32::NAN));
        if block.play(&instance).0 == 0 {
            return Err(format!("a block of {ins:?} inputs and {outs:?} outputs was refused"));
        }
        block.check()?;
        let [_, agreed] = ports(&instance)?;
        for (port, channels) in block.outputs.iter().enumerate() {
            let first = agreed.get(port).copied().unwrap_or(0) as usize;
            if channels.iter().skip(first).flatten().any(|sample| *sample != 0.0) {
                return Err("a channel that was not agreed holds sound".into());
            }
        }
    }
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn doubles(path: &Path) -> Result<String, String> {
    each(
        path,
        &[|_, ins, outs| {
            for port in ins.iter_mut().chain(outs) {
                // The memory is as long as floats, and nobody is to touch it as doubles.
                port.data64 = std::mem::replace(&mut port.data32, std::ptr::null_mut()).cast();
            }
        }],
    )
}

fn lengths(path: &Path) -> Result<String, String> {
    let play = |lengths: &[u32], agreed: u32| -> Result<Vec<f32>, String> {
        let instance = Instance::open(path)?;
        instance.start(48_000.0, agreed)?;
        let (mut out, mut at) = (Vec::new(), 0usize);
        for frames in lengths {
            let mut block = Block::new(&instance, *frames)?;
            for (i, sample) in
                block.inputs.iter_mut().flatten().flat_map(|c| c.iter_mut().enumerate())
            {
                *sample = ((at + i) as f32 * 0.03).sin() * 0.3;
            }
            if at == 0 {
                block.events =
                    vec![super::block::note(0, clap_sys::events::CLAP_EVENT_NOTE_ON, 57, 0.8)];
            }
            if block.play(&instance).0 == 0 {
                return Err(format!(
                    "a block of {frames} frames was refused where {agreed} were agreed"
                ));
            }
            block.check()?;
            at += *frames as usize;
            out.extend(
                block.outputs.first().and_then(|port| port.first()).cloned().unwrap_or_default(),
            );
        }
        Ok(out)
    };
    let whole = play(&[512; 64], 512)?;
    for lengths in [vec![16_384, 16_384], vec![512, 0, 5_000, 0, 27_256], vec![32_768]] {
        let other = play(&lengths, 512)?;
        if let Some(at) = whole.iter().zip(&other).position(|(a, b)| a.to_bits() != b.to_bits()) {
            return Err(format!(
                "blocks of {lengths:?} where 512 were agreed sound otherwise from sample {at} on"
            ));
        }
    }
    Ok(format!(
        "blocks up to 64 times as long as agreed are the same to the bit, {} samples",
        whole.len()
    ))
}

fn shared(path: &Path) -> Result<String, String> {
    /// Where the inputs lie.
    #[derive(Clone, Copy, PartialEq)]
    enum Where {
        Apart,
        InPlace,
        Crossed,
    }
    let play = |place: Where| -> Result<Sound, String> {
        let instance = Instance::open(path)?;
        instance.start(48_000.0, 512)?;
        let mut sound: Sound = Vec::new();
        for round in 0..40 {
            let mut block = Block::new(&instance, 512)?;
            if round == 0 {
                block.events =
                    vec![super::block::note(0, clap_sys::events::CLAP_EVENT_NOTE_ON, 57, 0.8)];
            }
            for (c, channel) in block.inputs.iter_mut().flatten().enumerate() {
                channel
                    .iter_mut()
                    .enumerate()
                    .for_each(|(i, x)| *x = ((i * (c + 1)) as f32 * 0.02).sin() * 0.3);
            }
            if let ([main, ..], [out, ..]) = (&block.inputs[..], &mut block.outputs[..])
                && main.len() == 2
            {
                match place {
                    Where::Apart => {}
                    Where::InPlace => out.clone_from_slice(main),
                    Where::Crossed => (out[0], out[1]) = (main[1].clone(), main[0].clone()),
                }
            }
            block.spoil = match place {
                Where::Apart => |_, _, _| (),
                Where::InPlace => |_, ins, outs| exchange(ins, outs, [0, 1]),
                Where::Crossed => |_, ins, outs| exchange(ins, outs, [1, 0]),
            };
            block.play(&instance);
            sound.push(block.outputs.first().cloned().unwrap_or_default());
        }
        Ok(sound)
    };
    let apart = play(Where::Apart)?;
    for (place, what) in
        [(Where::InPlace, "in place"), (Where::Crossed, "with inputs in the other's output")]
    {
        if play(place)? != apart {
            return Err(format!("{what} it sounds otherwise than out of place"));
        }
    }
    let one_memory: Spoil = |_, _, outs| {
        if let [out, ..] = outs
            && out.channel_count == 2
        {
            // SAFETY: the list holds two channels.
            unsafe { *out.data32.add(1) = *out.data32 };
        }
    };
    each(path, &[one_memory])
}

/// Lays the main input's channels into these channels of the output.
fn exchange(ins: &mut [clap_audio_buffer], outs: &mut [clap_audio_buffer], order: [usize; 2]) {
    if let ([main, ..], [out, ..]) = (ins, outs)
        && main.channel_count == 2
        && out.channel_count == 2
    {
        for (channel, other) in order.into_iter().enumerate() {
            // SAFETY: both lists hold two channels.
            unsafe { *main.data32.add(channel) = *out.data32.add(other) };
        }
    }
}

fn side_chain(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 1024)?;
    let params = instance.params()?;
    let spoils: [Spoil; 5] = [
        |_, _, _| (),
        |block, _, _| block.audio_inputs_count = block.audio_inputs_count.min(1),
        |_, ins, _| ins.iter_mut().skip(1).for_each(|port| port.data32 = std::ptr::null_mut()),
        |_, ins, _| ins.iter_mut().skip(1).for_each(|port| port.channel_count = 0),
        |_, ins, _| null_channels(ins, |port, channel| port == 1 && channel == 1),
    ];
    for round in 0..60usize {
        let frames = [1024, 17, 256, 1000][round % 4];
        let events = (0..8u32).map(|place| {
            let param = &params[(round * 7 + place as usize) % params.len()];
            super::block::value(place * frames / 8, param.id, param.default_value)
        });
        let mut block = Block::new(&instance, frames)?
            .events(events.collect())
            .spoil(spoils[round % spoils.len()]);
        if block.play(&instance).0 == 0 {
            return Err(format!("block {round} was refused"));
        }
        block.check()?;
        instance.idle();
    }
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}
