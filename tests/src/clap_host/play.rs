//! Playing sound through a plugin: blocks of any sizes, events at exact samples, guarded buffers.

use super::notes::{self, Note, Played};
use super::{Layout, Plugin};
use anyhow::{Context, Result, bail};
use clack_host::events::event_types::ParamValueEvent;
use clack_host::prelude::*;
use clap_sys::audio_buffer::clap_audio_buffer;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::sync::atomic::{AtomicBool, Ordering};

/// Samples on both sides of each buffer that the plugin must leave alone.
const GUARD: usize = 64;
/// What they hold: no plugin writes just this by chance.
const CANARY: f32 = -12345.678;

/// How a take is cut into blocks.
#[derive(Debug, Clone)]
pub enum Blocks {
    /// Blocks of one size, the last as long as is left.
    Fixed(usize),
    /// Sizes from 1 to `max`, drawn anew for each block; half of them small.
    Random {
        /// Where the draws begin.
        seed: u64,
        /// The largest size.
        max: usize,
    },
    /// These sizes, again and again.
    Cycle(Vec<usize>),
}

/// A parameter's new plain value at a sample of the take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// Sample since the take's beginning.
    pub at: usize,
    /// The parameter's id.
    pub param: u32,
    /// Its plain value from then on.
    pub value: f64,
}

/// Called around each `process` on the audio thread.
pub type Watch<'a> = &'a (dyn Fn(&mut dyn FnMut()) + Sync);

/// What is played.
#[derive(Clone)]
pub struct Take {
    /// The sound, one vector for each channel, all of one length.
    pub input: Vec<Vec<f32>>,
    /// The side chain's sound; when there is none, a plugin with a side chain is fed silence.
    pub side: Vec<Vec<f32>>,
    /// In any order.
    pub events: Vec<Event>,
    /// What is played on an instrument, in any order; what is at one sample stays in its order.
    pub notes: Vec<Played>,
    /// Samples, for a plugin without input.
    pub length: usize,
    /// How it is cut.
    pub blocks: Blocks,
    /// The plugin reads and writes the same memory.
    pub in_place: bool,
    /// Channels that hold one value all through a block are marked as constant.
    pub constant_masks: bool,
    /// Events of a namespace that no plugin knows, in every block.
    pub foreign_events: bool,
    /// The audio thread resets the plugin before the first block, as a host does when playback
    /// starts.
    pub reset_first: bool,
}

impl Take {
    /// Plays a sound in blocks of 512, with nothing moving.
    pub fn new(input: Vec<Vec<f32>>) -> Self {
        let length = input.first().map_or(0, Vec::len);
        Self {
            input,
            side: Vec::new(),
            events: Vec::new(),
            notes: Vec::new(),
            length,
            blocks: Blocks::Fixed(512),
            in_place: false,
            constant_masks: false,
            foreign_events: false,
            reset_first: false,
        }
    }

    /// Plays notes on an instrument for so many samples, in blocks of 512.
    pub fn notes(length: usize, notes: Vec<Played>) -> Self {
        Self { notes, length, ..Self::new(Vec::new()) }
    }

    /// The same, cut otherwise.
    pub fn blocks(mut self, blocks: Blocks) -> Self {
        self.blocks = blocks;
        self
    }

    /// The same, with events.
    pub fn events(mut self, events: Vec<Event>) -> Self {
        self.events = events;
        self
    }

    /// The same, with a side chain.
    pub fn side(mut self, side: Vec<Vec<f32>>) -> Self {
        self.side = side;
        self
    }

    fn len(&self) -> usize {
        self.length
    }
}

impl Plugin {
    /// Plays a take and hands back what the plugin made of it, channel by channel, as long as the
    /// take.
    ///
    /// # Errors
    /// When the plugin is inactive, the channels do not fit its ports, `process` fails, or the
    /// plugin writes outside the block it was given.
    pub fn play(&mut self, take: &Take) -> Result<Vec<Vec<f32>>> {
        self.play_watched(take, &|process| process())
    }

    /// Plays a take with something around every call of `process`, on the audio thread.
    ///
    /// # Errors
    /// As for [`Plugin::play`].
    pub fn play_watched(&mut self, take: &Take, watch: Watch<'_>) -> Result<Vec<Vec<f32>>> {
        self.play_meanwhile(take, watch, &mut |_| ())
    }

    /// Plays a take while the main thread does something else with the plugin again and again, as a
    /// user would.
    ///
    /// # Errors
    /// As for [`Plugin::play`].
    pub fn play_meanwhile(
        &mut self,
        take: &Take,
        watch: Watch<'_>,
        meanwhile: &mut dyn FnMut(&mut Self),
    ) -> Result<Vec<Vec<f32>>> {
        let config = self.config.context("the plugin must be activated before it plays")?;
        let mut processor =
            self.processor.take().context("the plugin must be activated before it plays")?;
        let layout = self.layout.clone();
        let start = self.position;
        let mut over = Vec::new();
        let ended = &mut over;
        let done = AtomicBool::new(false);
        let outcome = std::thread::scope(|scope| {
            let audio = scope.spawn(|| {
                if take.reset_first {
                    processor.reset();
                }
                let outcome = Player::new(take, &layout, config.max_block as usize, start)
                    .and_then(|mut player| {
                        let sound = player.run(&mut processor, watch);
                        *ended = std::mem::take(&mut player.ended);
                        sound
                    });
                done.store(true, Ordering::SeqCst);
                outcome
            });
            while !done.load(Ordering::SeqCst) && !audio.is_finished() {
                self.idle();
                meanwhile(self);
                std::thread::sleep(std::time::Duration::from_micros(200));
            }
            audio.join().unwrap_or_else(|_| bail!("the audio thread panicked"))
        });
        self.processor = Some(processor);
        self.ended.extend(over);
        self.position = start + take.len() as u64;
        self.idle();
        outcome
    }
}

/// One channel's memory for one block: guard, samples, guard.
struct Guarded(Vec<f32>);

impl Guarded {
    fn new(max: usize) -> Self {
        Self(vec![CANARY; max + 2 * GUARD])
    }

    fn load(&mut self, samples: &[f32]) {
        self.0[GUARD..GUARD + samples.len()].copy_from_slice(samples);
        self.0[GUARD + samples.len()..].fill(CANARY);
    }

    fn samples(&self, count: usize) -> &[f32] {
        &self.0[GUARD..GUARD + count]
    }

    fn is_intact(&self, count: usize) -> bool {
        self.0[..GUARD].iter().chain(&self.0[GUARD + count..]).all(|sample| *sample == CANARY)
    }

    fn pointer(&mut self) -> *mut f32 {
        self.0[GUARD..].as_mut_ptr()
    }
}

/// The audio thread's part: buffers made before the first block, then blocks.
struct Player<'a> {
    take: &'a Take,
    events: Vec<Event>,
    notes: Vec<Played>,
    /// Notes that the plugin has said are over.
    ended: Vec<Note>,
    inputs: Vec<Vec<Guarded>>,
    outputs: Vec<Vec<Guarded>>,
    max: usize,
    start: u64,
}

impl<'a> Player<'a> {
    fn new(take: &'a Take, layout: &Layout, max: usize, start: u64) -> Result<Self> {
        let wanted = layout.inputs.first().copied().unwrap_or(0) as usize;
        if take.input.len() != wanted {
            bail!(
                "the take has {} channels, but the plugin's main input has {wanted}",
                take.input.len()
            );
        }
        let side = layout.inputs.get(1).copied().unwrap_or(0) as usize;
        if !take.side.is_empty() && take.side.len() != side {
            bail!(
                "the side chain's sound has {} channels, but the plugin's side chain has {side}",
                take.side.len()
            );
        }
        let guarded = |channels: &[u32]| -> Vec<Vec<Guarded>> {
            channels.iter().map(|count| (0..*count).map(|_| Guarded::new(max)).collect()).collect()
        };
        let mut events = take.events.clone();
        events.sort_by_key(|event| event.at);
        let mut notes = take.notes.clone();
        notes.sort_by_key(|note| note.at);
        Ok(Self {
            take,
            events,
            notes,
            ended: Vec::new(),
            inputs: guarded(&layout.inputs),
            outputs: guarded(&layout.outputs),
            max,
            start,
        })
    }

    fn run(
        &mut self,
        processor: &mut PluginAudioProcessor<super::handlers::TestHost>,
        watch: Watch<'_>,
    ) -> Result<Vec<Vec<f32>>> {
        let length = self.take.len();
        let channels = self.outputs.first().map_or(0, Vec::len);
        let mut out = vec![Vec::with_capacity(length); channels];
        let mut sizes = Sizes::new(&self.take.blocks);
        let mut at = 0;
        while at < length {
            let count = sizes.next(self.max).min(length - at);
            self.block(processor, at, count, watch)?;
            for (channel, guarded) in out.iter_mut().zip(&self.outputs[0]) {
                channel.extend_from_slice(guarded.samples(count));
            }
            at += count;
        }
        Ok(out)
    }

    fn block(
        &mut self,
        processor: &mut PluginAudioProcessor<super::handlers::TestHost>,
        at: usize,
        count: usize,
        watch: Watch<'_>,
    ) -> Result<()> {
        self.fill(at, count);
        let events = self.block_events(at, count);
        let masks = self.masks(count);
        let mut input_pointers: Vec<Vec<*mut f32>> = pointers(&mut self.inputs);
        let mut output_pointers: Vec<Vec<*mut f32>> = pointers(&mut self.outputs);
        if self.take.in_place {
            input_pointers[0].clone_from(&output_pointers[0]);
        }
        let inputs: Vec<clap_audio_buffer> =
            input_pointers.iter_mut().zip(&masks).map(|(port, mask)| buffer(port, *mask)).collect();
        let mut outputs: Vec<clap_audio_buffer> =
            output_pointers.iter_mut().map(|port| buffer(port, 0)).collect();
        let input_events = events.as_input();
        let mut out_buffer = EventBuffer::with_capacity(64);
        let mut output_events = out_buffer.as_output();
        // SAFETY: the pointers are those of `inputs` and `outputs`, which outlive the call and hold
        // `count` samples each behind the guard.
        let audio_in = unsafe { InputAudioBuffers::from_raw_buffers(&inputs, count as u32) };
        // SAFETY: as above; in place, input and output are the same memory, as CLAP allows.
        let mut audio_out =
            unsafe { OutputAudioBuffers::from_raw_buffers(&mut outputs, count as u32) };
        let started = processor
            .as_started_mut()
            .map_err(|error| anyhow::anyhow!("the plugin does not process: {error}"))?;
        let steady = self.start + at as u64;
        let mut status = None;
        watch(&mut || {
            status = Some(started.process(
                &audio_in,
                &mut audio_out,
                &input_events,
                &mut output_events,
                Some(steady),
                None,
            ));
        });
        self.ended.extend(notes::ended(&out_buffer));
        status
            .context("the watch did not call process")?
            .with_context(|| format!("process failed at sample {at}"))?;
        let guarded = self.inputs.iter().chain(&self.outputs).flatten();
        if !guarded.into_iter().all(|channel| channel.is_intact(count)) {
            bail!("the plugin wrote outside the block of {count} samples at sample {at}");
        }
        Ok(())
    }

    /// Puts the sound into the buffers; outputs hold garbage, as in a real host.
    fn fill(&mut self, at: usize, count: usize) {
        let silence = [];
        let sources = [&self.take.input[..], &self.take.side[..]];
        for (port, source) in
            self.inputs.iter_mut().zip(sources.iter().chain(std::iter::repeat(&&silence[..])))
        {
            for (index, channel) in port.iter_mut().enumerate() {
                match source.get(index) {
                    Some(samples) => channel.load(slice(samples, at, count)),
                    None => channel.load(&vec![0.0; count]),
                }
            }
        }
        for (index, channel) in self.outputs.iter_mut().flatten().enumerate() {
            match self.take.input.get(index).filter(|_| self.take.in_place) {
                Some(samples) => channel.load(slice(samples, at, count)),
                None => channel.load(&vec![f32::NAN; count]),
            }
        }
    }

    fn block_events(&self, at: usize, count: usize) -> EventBuffer {
        let mut buffer = EventBuffer::new();
        let first = self.events.partition_point(|event| event.at < at);
        let mut events =
            self.events[first..].iter().take_while(|event| event.at < at + count).peekable();
        let first = self.notes.partition_point(|note| note.at < at);
        let mut played =
            self.notes[first..].iter().take_while(|note| note.at < at + count).peekable();
        // In the order of their samples, parameters before notes.
        while let Some(time) =
            events.peek().map(|e| e.at).into_iter().chain(played.peek().map(|n| n.at)).min()
        {
            while let Some(event) = events.next_if(|event| event.at == time) {
                let (param, when) = (ClapId::new(event.param), (time - at) as u32);
                buffer.push(&ParamValueEvent::new(when, param, Pckn::match_all(), event.value));
            }
            while let Some(note) = played.next_if(|note| note.at == time) {
                notes::push(&mut buffer, (time - at) as u32, note.what);
            }
        }
        if self.take.foreign_events {
            super::foreign::push(&mut buffer);
            buffer.sort();
        }
        buffer
    }

    /// One bit for each channel that holds one value all through the block.
    fn masks(&self, count: usize) -> Vec<u64> {
        let is_constant = |channel: &Guarded| {
            channel.samples(count).windows(2).all(|pair| pair[0].to_bits() == pair[1].to_bits())
        };
        let mask = |port: &Vec<Guarded>| {
            port.iter()
                .enumerate()
                .filter(|(_, channel)| is_constant(channel))
                .map(|(index, _)| 1 << index)
                .sum()
        };
        self.inputs
            .iter()
            .map(|port| if self.take.constant_masks { mask(port) } else { 0 })
            .collect()
    }
}

fn slice(samples: &[f32], at: usize, count: usize) -> &[f32] {
    &samples[at..at + count]
}

fn pointers(ports: &mut [Vec<Guarded>]) -> Vec<Vec<*mut f32>> {
    ports.iter_mut().map(|port| port.iter_mut().map(Guarded::pointer).collect()).collect()
}

fn buffer(port: &mut [*mut f32], constant_mask: u64) -> clap_audio_buffer {
    clap_audio_buffer {
        data32: port.as_mut_ptr(),
        data64: std::ptr::null_mut(),
        channel_count: port.len() as u32,
        latency: 0,
        constant_mask,
    }
}

/// The sequence of block sizes.
struct Sizes<'a> {
    blocks: &'a Blocks,
    random: StdRng,
    index: usize,
}

impl<'a> Sizes<'a> {
    fn new(blocks: &'a Blocks) -> Self {
        let seed = if let Blocks::Random { seed, .. } = blocks { *seed } else { 0 };
        Self { blocks, random: StdRng::seed_from_u64(seed), index: 0 }
    }

    fn next(&mut self, limit: usize) -> usize {
        let size = match self.blocks {
            Blocks::Fixed(size) => *size,
            Blocks::Random { max, .. } if self.random.random_bool(0.5) => {
                self.random.random_range(1..=(*max).min(64))
            }
            Blocks::Random { max, .. } => self.random.random_range(1..=*max),
            Blocks::Cycle(sizes) => sizes[self.index % sizes.len()],
        };
        self.index += 1;
        size.clamp(1, limit)
    }
}
