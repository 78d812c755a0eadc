//! Blocks as a host hands them over, whole or lacking.

use super::host::Instance;
use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::events::*;
use clap_sys::ext::audio_ports::{
    CLAP_EXT_AUDIO_PORTS, clap_audio_port_info, clap_plugin_audio_ports,
};
use clap_sys::process::{clap_process, clap_process_status};
use std::mem::size_of;

/// Sound in memory of its own for each port: `[port][channel][sample]`.
pub type Sound = Vec<Vec<Vec<f32>>>;

/// One block, to be changed as a case likes before it is played.
pub struct Block {
    /// Input ports.
    pub inputs: Sound,
    /// Output ports; they hold garbage before.
    pub outputs: Sound,
    /// What is said of the length.
    pub frames: u32,
    /// Events, whole in bytes.
    pub events: Vec<Vec<u8>>,
    /// Called with the block before it goes to the plugin: here pointers become null.
    pub spoil: fn(&mut clap_process, &mut [clap_audio_buffer], &mut [clap_audio_buffer]),
    /// The host says that it has more events than it has.
    pub count_more: u32,
}

struct List<'a> {
    events: &'a [Vec<u8>],
    more: u32,
}

unsafe extern "C" fn count(list: *const clap_input_events) -> u32 {
    // SAFETY: the context is a `List` on the stack below.
    let own = unsafe { &*(*list).ctx.cast::<List<'_>>() };
    (own.events.len() as u32).saturating_add(own.more)
}

unsafe extern "C" fn at(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: as above.
    let own = unsafe { &*(*list).ctx.cast::<List<'_>>() };
    own.events.get(index as usize).map_or(std::ptr::null(), |event| event.as_ptr().cast())
}

unsafe extern "C" fn push(
    list: *const clap_output_events,
    event: *const clap_event_header,
) -> bool {
    // SAFETY: the context is a vector on the stack below, and the event whole.
    unsafe { (*(*list).ctx.cast::<Vec<clap_event_header>>()).push(*event) };
    true
}

/// The bytes of an event.
pub fn bytes<T: Copy>(event: &T) -> Vec<u8> {
    // Rounded up, so that a vector of bytes serves an event with pointers in it: memory of this
    // size is aligned for them.
    let mut bytes = vec![0; size_of::<T>().next_multiple_of(16)];
    // SAFETY: the vector has room for the event, which is plain data.
    unsafe {
        std::ptr::copy_nonoverlapping(
            std::ptr::from_ref(event).cast(),
            bytes.as_mut_ptr(),
            size_of::<T>(),
        )
    };
    bytes
}

/// A header of CLAP's own events.
pub fn header<T>(time: u32, type_: u16) -> clap_event_header {
    clap_event_header {
        size: size_of::<T>() as u32,
        time,
        space_id: CLAP_CORE_EVENT_SPACE_ID,
        type_,
        flags: 0,
    }
}

/// A parameter's new value.
pub fn value(time: u32, param_id: u32, value: f64) -> Vec<u8> {
    bytes(&clap_event_param_value {
        header: header::<clap_event_param_value>(time, CLAP_EVENT_PARAM_VALUE),
        param_id,
        cookie: std::ptr::null_mut(),
        note_id: -1,
        port_index: -1,
        channel: -1,
        key: -1,
        value,
    })
}

/// A note that begins or ends.
pub fn note(time: u32, type_: u16, key: i16, velocity: f64) -> Vec<u8> {
    let header = header::<clap_event_note>(time, type_);
    bytes(&clap_event_note { header, note_id: -1, port_index: 0, channel: 0, key, velocity })
}

/// The channels of each port of an instance.
///
/// # Errors
/// When it has no ports.
pub fn ports(instance: &Instance) -> Result<[Vec<u32>; 2], String> {
    let table: &clap_plugin_audio_ports = instance.table(CLAP_EXT_AUDIO_PORTS)?;
    let of = |is_input: bool| -> Vec<u32> {
        // SAFETY: the functions are the plugin's, and each index is below the count.
        unsafe {
            let count = table.count.map_or(0, |count| count(instance.plugin, is_input));
            let port = |index| {
                let mut info: clap_audio_port_info = std::mem::zeroed();
                let found =
                    table.get.is_some_and(|get| get(instance.plugin, index, is_input, &mut info));
                if found { info.channel_count } else { 0 }
            };
            (0..count).map(port).collect()
        }
    };
    Ok([of(true), of(false)])
}

impl Block {
    /// A block of a tone for an instance's ports.
    ///
    /// # Errors
    /// When it has no ports.
    pub fn new(instance: &Instance, frames: u32) -> Result<Self, String> {
        let [inputs, outputs] = ports(instance)?;
        let tone = |i: usize| (i as f32 * 0.05).sin() * 0.4;
        let channel = |frames: u32| (0..frames as usize).map(tone).collect::<Vec<f32>>();
        let make = |ports: Vec<u32>, sound: &dyn Fn() -> Vec<f32>| -> Sound {
            ports.iter().map(|channels| (0..*channels).map(|_| sound()).collect()).collect()
        };
        Ok(Self {
            inputs: make(inputs, &|| channel(frames)),
            outputs: make(outputs, &|| vec![f32::NAN; frames as usize]),
            frames,
            events: Vec::new(),
            spoil: |_, _, _| (),
            count_more: 0,
        })
    }

    /// The same with events.
    #[must_use]
    pub fn events(mut self, events: Vec<Vec<u8>>) -> Self {
        self.events = events;
        self
    }

    /// The same, spoilt.
    #[must_use]
    pub fn spoil(
        mut self,
        spoil: fn(&mut clap_process, &mut [clap_audio_buffer], &mut [clap_audio_buffer]),
    ) -> Self {
        self.spoil = spoil;
        self
    }

    /// Hands the block to the plugin; its answer, and what it said of events.
    pub fn play(&mut self, instance: &Instance) -> (clap_process_status, Vec<clap_event_header>) {
        let pointers = |sound: &mut Sound| -> Vec<Vec<*mut f32>> {
            sound
                .iter_mut()
                .map(|port| port.iter_mut().map(|channel| channel.as_mut_ptr()).collect())
                .collect()
        };
        let (mut ins, mut outs) = (pointers(&mut self.inputs), pointers(&mut self.outputs));
        let buffers = |ports: &mut Vec<Vec<*mut f32>>| -> Vec<clap_audio_buffer> {
            let buffer = |port: &mut Vec<*mut f32>| clap_audio_buffer {
                data32: port.as_mut_ptr(),
                data64: std::ptr::null_mut(),
                channel_count: port.len() as u32,
                latency: 0,
                constant_mask: 0,
            };
            ports.iter_mut().map(buffer).collect()
        };
        let (mut ins, mut outs) = (buffers(&mut ins), buffers(&mut outs));
        let list = List { events: &self.events, more: self.count_more };
        let incoming = clap_input_events {
            ctx: (&raw const list).cast_mut().cast(),
            size: Some(count),
            get: Some(at),
        };
        let mut said: Vec<clap_event_header> = Vec::new();
        let outgoing = clap_output_events { ctx: (&raw mut said).cast(), try_push: Some(push) };
        let mut process = clap_process {
            steady_time: -1,
            frames_count: self.frames,
            transport: std::ptr::null(),
            audio_inputs: ins.as_ptr(),
            audio_outputs: outs.as_mut_ptr(),
            audio_inputs_count: ins.len() as u32,
            audio_outputs_count: outs.len() as u32,
            in_events: &incoming,
            out_events: &outgoing,
        };
        (self.spoil)(&mut process, &mut ins, &mut outs);
        // SAFETY: the function is the plugin's; what the block lacks is the case.
        let status =
            unsafe { (*instance.plugin).process.map_or(0, |play| play(instance.plugin, &process)) };
        (status, said)
    }

    /// The block's events as a list, for what takes a list alone.
    pub fn with_events(&self, work: impl FnOnce(*const clap_input_events)) {
        let list = List { events: &self.events, more: self.count_more };
        work(&clap_input_events {
            ctx: (&raw const list).cast_mut().cast(),
            size: Some(count),
            get: Some(at),
        });
    }

    /// Says when an output holds a number that is none.
    ///
    /// # Errors
    /// As said.
    pub fn check(&self) -> Result<(), String> {
        let bad =
            self.outputs.iter().flatten().flatten().filter(|sample| !sample.is_finite()).count();
        if bad > 0 { Err(format!("{bad} samples of the output are no numbers")) } else { Ok(()) }
    }

    /// The largest sample of the output.
    pub fn peak(&self) -> f32 {
        self.outputs
            .iter()
            .flatten()
            .flatten()
            .fold(0.0, |most: f32, sample| most.max(sample.abs()))
    }
}

/// Plays half a second as a good host would, with a note for an instrument; what comes out must be
/// heard.
///
/// # Errors
/// When it is not, or no sound.
pub fn still_plays(instance: &Instance) -> Result<f32, String> {
    let mut peak = 0.0f32;
    for round in 0..100 {
        let mut block = Block::new(instance, 256)?;
        if round == 0 {
            block.events = vec![note(0, CLAP_EVENT_NOTE_ON, 60, 0.9)];
        }
        if round == 99 {
            block.events = vec![note(0, CLAP_EVENT_NOTE_OFF, 60, 0.0)];
        }
        let (status, _) = block.play(instance);
        if status == 0 {
            return Err("a good block was refused".into());
        }
        block.check()?;
        peak = peak.max(block.peak());
        instance.idle();
    }
    if peak < 1e-3 { Err(format!("hardly a sound is left: {peak}")) } else { Ok(peak) }
}
