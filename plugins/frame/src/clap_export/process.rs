//! Blocks as the framework gets them: as many ports and channels as were agreed, all with memory,
//! and no longer than agreed.
//!
//! What a host leaves out is silence to the plugin, and what it does not want to hear goes nowhere.
//! A longer block is played in parts. While somebody else is in the sound (a host that deactivates
//! during a block), a block is silence.

use std::sync::Arc;

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{
    CLAP_PROCESS_CONTINUE, CLAP_PROCESS_ERROR, clap_process, clap_process_status,
};

use super::events::{Incoming, Range, sound_transport};
use super::outgoing::Outgoing;
use super::ports::Ports;
use super::shield::{Shield, behind};
use crate::panics::caught;

/// Most channels of a port that are looked at.
const MOST_CHANNELS: u32 = 64;
/// Most ports that are looked at.
const MOST_PORTS: u32 = 64;

/// One port as the framework gets it: its channels, and memory for those that the host leaves out.
struct Port {
    channels: Vec<*mut f32>,
    spare: Vec<Vec<f32>>,
}

impl Port {
    fn new(channels: u32, frames: usize) -> Self {
        let channels = channels as usize;
        Self {
            channels: vec![std::ptr::null_mut(); channels],
            spare: vec![vec![0.0; frames]; channels],
        }
    }

    fn buffer(&mut self) -> clap_audio_buffer {
        clap_audio_buffer {
            data32: self.channels.as_mut_ptr(),
            data64: std::ptr::null_mut(),
            channel_count: self.channels.len() as u32,
            latency: 0,
            constant_mask: 0,
        }
    }
}

/// What blocks are made with, prepared while the plugin is activated.
pub(super) struct Work {
    pub incoming: Incoming,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    input_buffers: Vec<clap_audio_buffer>,
    output_buffers: Vec<clap_audio_buffer>,
}

impl Work {
    /// For a plugin with these parameters, sorted by id; no block can be played before
    /// [`Work::prepare`]. Allocates.
    pub fn new(ranges: Arc<[Range]>) -> Self {
        let incoming = Incoming::new(ranges);
        Self {
            incoming,
            inputs: vec![],
            outputs: vec![],
            input_buffers: vec![],
            output_buffers: vec![],
        }
    }

    /// Makes room for parts of up to `frames`. Allocates.
    pub fn prepare(&mut self, ports: Ports, frames: usize) {
        let make = |channels: &Vec<u32>| {
            channels.iter().map(|count| Port::new(*count, frames)).collect::<Vec<_>>()
        };
        (self.inputs, self.outputs) = (make(&ports.inputs), make(&ports.outputs));
        self.input_buffers = self.inputs.iter_mut().map(Port::buffer).collect();
        self.output_buffers = self.outputs.iter_mut().map(Port::buffer).collect();
    }

    /// Points every channel at the host's memory, or at our own, for `count` frames from `from` on.
    /// Real-time safe.
    ///
    /// # Safety
    /// The block is as CLAP says, but for what is missing in it.
    unsafe fn aim(&mut self, block: &clap_process, from: usize, count: usize) {
        // Where the last part went is of no meaning any more.
        self.outputs.iter_mut().for_each(|port| port.channels.fill(std::ptr::null_mut()));
        for port in 0..self.outputs.len() {
            for channel in 0..self.outputs[port].channels.len() {
                // SAFETY: the caller says so.
                let theirs = unsafe {
                    channel_of(block.audio_outputs, block.audio_outputs_count, port, channel)
                };
                // SAFETY: a channel of the host's is as long as the block.
                let theirs = theirs.map(|theirs| unsafe { theirs.add(from) });
                // Memory that is given twice is written once.
                let taken = |theirs: &*mut f32| {
                    self.outputs.iter().flat_map(|port| &port.channels).any(|c| c == theirs)
                };
                let theirs = theirs.filter(|theirs| !taken(theirs));
                let spare = self.outputs[port].spare[channel].as_mut_ptr();
                self.outputs[port].channels[channel] = theirs.unwrap_or(spare);
            }
        }
        for port in 0..self.inputs.len() {
            for channel in 0..self.inputs[port].channels.len() {
                // SAFETY: as above.
                let mut theirs = unsafe {
                    channel_of(block.audio_inputs, block.audio_inputs_count, port, channel)
                };
                if theirs.is_none() && port > 0 {
                    // A side chain that is narrower than agreed: its one channel drives both.
                    // SAFETY: as above.
                    theirs = unsafe { only_channel_of(block, port) };
                }
                // SAFETY: as above.
                let theirs = theirs.map(|theirs| unsafe { theirs.add(from) });
                // What is read after an output has been written over it is kept first; in place is
                // another matter.
                let place = self.outputs.first().and_then(|main| main.channels.get(channel));
                let in_place = port == 0 && theirs.is_some() && theirs.as_ref() == place;
                let is_output = |theirs: &*mut f32| {
                    self.outputs
                        .iter()
                        .flat_map(|port| &port.channels)
                        .any(|output| output == theirs)
                };
                let must_move = !in_place && theirs.as_ref().is_some_and(is_output);
                let own = &mut self.inputs[port];
                own.channels[channel] = match theirs {
                    Some(theirs) if !must_move => theirs,
                    Some(theirs) => {
                        // SAFETY: the host's channel has so many frames, and `spare` was made for
                        // as many.
                        unsafe { std::ptr::copy(theirs, own.spare[channel].as_mut_ptr(), count) };
                        own.spare[channel].as_mut_ptr()
                    }
                    None => {
                        own.spare[channel][..count].fill(0.0);
                        own.spare[channel].as_mut_ptr()
                    }
                };
            }
        }
    }
}

/// The memory of one channel, when the host has given any.
///
/// # Safety
/// `ports` is null or points to `count` ports, each with a null list of channels or one as long as
/// it says.
unsafe fn channel_of(
    ports: *const clap_audio_buffer,
    count: u32,
    port: usize,
    channel: usize,
) -> Option<*mut f32> {
    if ports.is_null() || port >= count as usize {
        return None;
    }
    // SAFETY: the caller says so.
    unsafe {
        let port = &*ports.add(port);
        if port.data32.is_null() || channel >= port.channel_count as usize {
            return None;
        }
        Some(*port.data32.add(channel)).filter(|channel| !channel.is_null())
    }
}

/// The one channel of an input port that has but one.
///
/// # Safety
/// As [`channel_of`].
unsafe fn only_channel_of(block: &clap_process, port: usize) -> Option<*mut f32> {
    // SAFETY: the caller says so.
    unsafe {
        let only = channel_of(block.audio_inputs, block.audio_inputs_count, port, 0)?;
        ((*block.audio_inputs.add(port)).channel_count == 1).then_some(only)
    }
}

/// Writes silence to the host's outputs: to all, or to those that were not agreed.
///
/// # Safety
/// As [`channel_of`].
unsafe fn silence(block: &clap_process, agreed: &[Port]) {
    if block.audio_outputs.is_null() {
        return;
    }
    for port in 0..block.audio_outputs_count.min(MOST_PORTS) as usize {
        // SAFETY: the caller says so.
        let theirs = unsafe { &mut *block.audio_outputs.add(port) };
        let first = agreed.get(port).map_or(0, |port| port.channels.len());
        if first == 0 {
            theirs.constant_mask = u64::MAX;
        }
        for channel in first..theirs.channel_count.min(MOST_CHANNELS) as usize {
            // SAFETY: the caller says so, and a channel is as long as the block.
            unsafe {
                if let Some(memory) =
                    channel_of(block.audio_outputs, block.audio_outputs_count, port, channel)
                {
                    std::ptr::write_bytes(memory, 0, block.frames_count as usize);
                }
            }
        }
    }
}

impl Shield {
    /// # Safety
    /// The block is as CLAP says, but for what is missing in it or too much.
    unsafe fn block(&self, block: &clap_process) -> clap_process_status {
        let Some(_pass) = self.gate().try_enter() else {
            // SAFETY: the caller says so.
            unsafe { silence(block, &[]) };
            return CLAP_PROCESS_CONTINUE;
        };
        if !self.is_active() {
            // SAFETY: the caller says so.
            unsafe { silence(block, &[]) };
            return CLAP_PROCESS_ERROR;
        }
        // SAFETY: this thread is through the gate.
        let work = unsafe { self.work() };
        // SAFETY: the host's lists live as long as the call.
        let theirs = unsafe { block.out_events.as_ref() };
        if let Some(theirs) = theirs {
            // SAFETY: the list is the host's.
            unsafe { self.held().tell(theirs) };
        }
        if block.frames_count == 0 {
            // SAFETY: the caller says so.
            unsafe { self.flush_through(work, block.in_events, theirs) };
            return CLAP_PROCESS_CONTINUE;
        }
        // SAFETY: the caller says so.
        let status = unsafe { self.parts(work, block, theirs) };
        work.incoming.end();
        status
    }

    /// # Safety
    /// As [`Shield::block`]; this thread is through the gate, and the plugin active.
    unsafe fn parts(
        &self,
        work: &mut Work,
        block: &clap_process,
        theirs: Option<&clap_sys::events::clap_output_events>,
    ) -> clap_process_status {
        let frames = block.frames_count;
        // SAFETY: the host's lists live as long as the call.
        let transport = unsafe { block.transport.as_ref() }.map(sound_transport);
        let mut outgoing = Outgoing::new(theirs, self.held());
        // SAFETY: the host's list lives as long as the call.
        unsafe { work.incoming.begin(block.in_events, frames) };
        let (mut from, mut status) = (0, CLAP_PROCESS_CONTINUE);
        while from < frames {
            let count = (frames - from).min(self.longest_part());
            work.incoming.advance(from + count);
            // SAFETY: the caller says so.
            unsafe { work.aim(block, from as usize, count as usize) };
            let part = clap_process {
                steady_time: if block.steady_time < 0 {
                    -1
                } else {
                    block.steady_time.wrapping_add(i64::from(from))
                },
                frames_count: count,
                transport: transport.as_ref().map_or(std::ptr::null(), std::ptr::from_ref),
                audio_inputs: work.input_buffers.as_ptr(),
                audio_outputs: work.output_buffers.as_mut_ptr(),
                audio_inputs_count: work.input_buffers.len() as u32,
                audio_outputs_count: work.output_buffers.len() as u32,
                in_events: work.incoming.list(),
                // A host without a list, or without its function, is told nothing now.
                out_events: theirs
                    .filter(|list| list.try_push.is_some())
                    .map_or(std::ptr::null(), |_| outgoing.list(from)),
            };
            // SAFETY: the function and the plugin are the framework's; the part is whole.
            status = unsafe {
                (*self.theirs())
                    .process
                    .map_or(CLAP_PROCESS_ERROR, |play| play(self.theirs(), &part))
            };
            if status == CLAP_PROCESS_ERROR {
                // SAFETY: the caller says so.
                unsafe { silence(block, &[]) };
                return status;
            }
            from += count;
        }
        // SAFETY: the caller says so.
        unsafe {
            silence(block, &work.outputs);
            let given =
                if block.audio_outputs.is_null() { 0 } else { block.audio_outputs_count as usize };
            for port in 0..given.min(work.outputs.len()) {
                (*block.audio_outputs.add(port)).constant_mask = 0;
            }
        }
        status
    }
}

/// The plugin's `process`.
pub(super) unsafe extern "C" fn process(
    plugin: *const clap_plugin,
    block: *const clap_process,
) -> clap_process_status {
    // SAFETY: the host hands back what it was given, and a block.
    unsafe {
        let (Some(own), Some(block)) = (behind(plugin), block.as_ref()) else {
            return CLAP_PROCESS_ERROR;
        };
        caught(|| own.block(block)).unwrap_or(CLAP_PROCESS_ERROR)
    }
}
