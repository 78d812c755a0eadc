//! One block of sound: from the host's channels into our own, through the plugin, and back.
//!
//! The plugin never sees the host's memory. Its channels are as many as were agreed on and as long
//! as the stretch, whatever the host hands over: channels that are missing are silent, those beyond
//! are cleared, longer blocks than agreed are played in pieces, and inputs and outputs may share
//! memory in any order. Two copies of a block cost nothing beside the networks.

use nice_plug::buffer::Buffer;
use nice_plug::prelude::{AudioIOLayout, AuxiliaryBuffers, BufferConfig, Plugin, ProcessStatus};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, ProcessContext as HostTime, ProcessData,
};

use super::context::{Activation, Stretch, transport};
use super::inbox::Inbox;
use super::params::Table;
use super::requests::{HostRequests, Requester};

/// The longest piece that a plugin is given at once.
pub const LONGEST: usize = 8192;
/// Channels of one bus that are looked at.
const MOST_CHANNELS: usize = 64;

/// How a block ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With sound, and so many samples of tail after it; `u32::MAX` for no end.
    Sound { tail: u32 },
    /// There was no sound to make: parameters were taken.
    Flushed,
    /// The plugin could not; the outputs are silent.
    Silent,
}

/// What all blocks share, and the audio thread may read.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    pub table: &'a Table,
    pub requests: &'a HostRequests,
    pub requester: &'a Requester,
}

/// A plugin and its memory for sound.
pub struct Audio<P: Plugin> {
    pub plugin: P,
    pub inbox: Inbox<P>,
    ready: Option<Ready>,
}

/// What an activation makes.
struct Ready {
    rate_hz: f32,
    piece: usize,
    has_input: bool,
    main: Bus,
    sides: Vec<Bus>,
    side_buffers: Vec<Buffer<'static>>,
    main_buffer: Buffer<'static>,
}

/// Channels of our own, `[channel][sample]`.
struct Bus(Vec<Vec<f32>>);

impl Bus {
    fn new(channels: usize, samples: usize) -> Self {
        Self(vec![vec![0.0; samples]; channels])
    }

    /// Takes samples from a bus of the host's; what it lacks is silent.
    ///
    /// # Safety
    /// The bus, where there is one, is as its fields say, with channels of `span.end` samples or
    /// null ones.
    unsafe fn fill(&mut self, host: Option<&AudioBusBuffers>, span: &std::ops::Range<usize>) {
        for (index, channel) in self.0.iter_mut().enumerate() {
            let own = &mut channel[..span.len()];
            // SAFETY: the caller says so.
            match unsafe { host.and_then(|bus| sample_pointer(bus, index)) } {
                // SAFETY: as above; our memory is not the host's.
                Some(from) => unsafe {
                    std::ptr::copy_nonoverlapping(
                        from.add(span.start),
                        own.as_mut_ptr(),
                        own.len(),
                    );
                },
                None => own.fill(0.0),
            }
        }
    }

    /// Points a framework's buffer at samples of ours.
    fn lend(&mut self, buffer: &mut Buffer<'static>, span: std::ops::Range<usize>) {
        let samples = span.len();
        // SAFETY: the framework takes the slices back only until the next call; the channels are
        // ours, do not move while a piece is played, and are as many as the buffer was made for.
        unsafe {
            buffer.set_slices(samples, |slices| {
                for (slice, channel) in slices.iter_mut().zip(&mut self.0) {
                    let part = &mut channel[span.clone()];
                    *slice = std::slice::from_raw_parts_mut(part.as_mut_ptr(), samples);
                }
            });
        }
    }

    fn buffer(&self) -> Buffer<'static> {
        let mut buffer = Buffer::default();
        // SAFETY: slices of no samples need no memory.
        unsafe { buffer.set_slices(0, |slices| slices.resize_with(self.0.len(), || &mut [])) };
        buffer
    }
}

/// A channel of the host's, when it is there.
///
/// # Safety
/// The bus is as its fields say.
unsafe fn sample_pointer(bus: &AudioBusBuffers, channel: usize) -> Option<*mut f32> {
    let count = usize::try_from(bus.numChannels).unwrap_or(0);
    // SAFETY: both members of the union are pointers to lists of pointers.
    let list = unsafe { bus.__field0.channelBuffers32 };
    if list.is_null() || channel >= count {
        return None;
    }
    // SAFETY: the list is as long as the bus says.
    let pointer = unsafe { *list.add(channel) };
    (!pointer.is_null()).then_some(pointer)
}

/// A bus of the host's, when it is there.
///
/// # Safety
/// `buses` is null or points to `count` buses.
unsafe fn bus<'a>(
    buses: *mut AudioBusBuffers,
    count: i32,
    index: usize,
) -> Option<&'a AudioBusBuffers> {
    let is_there = !buses.is_null() && index < usize::try_from(count).unwrap_or(0);
    // SAFETY: the caller says so.
    is_there.then(|| unsafe { &*buses.add(index) })
}

/// Makes all outputs of a block silent. Real-time safe.
///
/// # Safety
/// The block is as its fields say, with 32-bit samples.
pub unsafe fn silence(data: &ProcessData) {
    let samples = usize::try_from(data.numSamples).unwrap_or(0);
    for index in 0..usize::try_from(data.numOutputs).unwrap_or(0) {
        // SAFETY: the caller says so.
        unsafe {
            let Some(output) = bus(data.outputs, data.numOutputs, index) else { return };
            for channel in 0..MOST_CHANNELS {
                if let Some(to) = sample_pointer(output, channel) {
                    std::ptr::write_bytes(to, 0, samples);
                }
            }
            (*data.outputs.add(index)).silenceFlags = u64::MAX;
        }
    }
}

impl<P: Plugin> Audio<P> {
    /// Not active yet. Allocates.
    pub fn new(plugin: P, params: usize) -> Self {
        Self { plugin, inbox: Inbox::new(params), ready: None }
    }

    /// Prepares for playing. Says whether the plugin can. Not real-time safe.
    pub fn activate(
        &mut self,
        layout: &AudioIOLayout,
        config: &BufferConfig,
        around: Surroundings<'_>,
    ) -> bool {
        self.ready = None;
        for entry in around.table.entries() {
            // SAFETY: the table holds the parameters.
            unsafe { entry.ptr()._internal_update_smoother(config.sample_rate, true) };
        }
        if !self.plugin.activate(layout, config, &mut Activation { requests: around.requests }) {
            return false;
        }
        self.plugin.reset();
        self.inbox.reset();
        let piece = (config.max_buffer_size as usize).clamp(1, LONGEST);
        let count = |channels: Option<std::num::NonZeroU32>| {
            channels.map_or(0, std::num::NonZeroU32::get) as usize
        };
        let main = Bus::new(count(layout.main_output_channels), piece);
        let sides: Vec<Bus> = layout
            .aux_input_ports
            .iter()
            .map(|port| Bus::new(port.get() as usize, piece))
            .collect();
        self.ready = Some(Ready {
            rate_hz: config.sample_rate,
            piece,
            has_input: layout.main_input_channels.is_some(),
            main_buffer: main.buffer(),
            side_buffers: sides.iter().map(Bus::buffer).collect(),
            main,
            sides,
        });
        true
    }

    /// Ends playing. Not real-time safe.
    pub fn deactivate(&mut self) {
        if self.ready.take().is_some() {
            self.plugin.deactivate();
        }
        self.inbox.reset();
    }

    /// Forgets all sound. Real-time safe.
    pub fn reset(&mut self) {
        if self.ready.is_some() {
            self.plugin.reset();
        }
    }

    /// Plays a block. Real-time safe. `None` when the plugin is not active; the outputs are as they
    /// were then.
    ///
    /// # Safety
    /// The block is as its fields say, with 32-bit samples.
    pub unsafe fn process(
        &mut self,
        data: &ProcessData,
        around: Surroundings<'_>,
    ) -> Option<Outcome> {
        let ready = self.ready.as_mut()?;
        let samples = usize::try_from(data.numSamples).unwrap_or(0);
        // SAFETY: the caller says that the lists are alive.
        unsafe { self.inbox.begin(data, around.table) };
        // SAFETY: the caller says so.
        let output = unsafe { bus(data.outputs, data.numOutputs, 0) };
        let is_heard = output.is_some_and(|bus| {
            // SAFETY: as above.
            (0..MOST_CHANNELS).any(|i| unsafe { sample_pointer(bus, i) }.is_some())
        });
        // Hosts flush parameters by a block without samples, or without a channel to write to.
        if samples == 0 || !is_heard {
            self.inbox.flush(around.table);
            self.inbox.end();
            return Some(Outcome::Flushed);
        }
        let mut outcome = Outcome::Silent;
        let mut from = 0;
        while from < samples {
            let span = from..(from + ready.piece).min(samples);
            from = span.end;
            // SAFETY: as above.
            outcome = unsafe {
                ready.take_in(data, &span);
                let host = data.processContext.as_ref();
                let outcome = ready.play(&mut self.plugin, &mut self.inbox, host, &span, around);
                ready.give_out(data, &span);
                outcome
            };
            if outcome == Outcome::Silent {
                break;
            }
        }
        if outcome == Outcome::Silent {
            self.inbox.flush(around.table);
            // SAFETY: as above.
            unsafe { silence(data) };
        }
        self.inbox.end();
        Some(outcome)
    }
}

impl Ready {
    /// # Safety
    /// The block is as its fields say, with `span.end` samples or more.
    unsafe fn take_in(&mut self, data: &ProcessData, span: &std::ops::Range<usize>) {
        // SAFETY: the caller says so.
        unsafe {
            let main = if self.has_input { bus(data.inputs, data.numInputs, 0) } else { None };
            self.main.fill(main, span);
            for (index, side) in self.sides.iter_mut().enumerate() {
                side.fill(
                    bus(data.inputs, data.numInputs, index + usize::from(self.has_input)),
                    span,
                );
            }
        }
    }

    fn play<P: Plugin>(
        &mut self,
        plugin: &mut P,
        inbox: &mut Inbox<P>,
        host: Option<&HostTime>,
        span: &std::ops::Range<usize>,
        around: Surroundings<'_>,
    ) -> Outcome {
        let mut outcome = Outcome::Silent;
        let mut start = span.start;
        while start < span.end {
            let end = inbox.stretch(around.table, start as u32, span.end as u32) as usize;
            let part = start - span.start..end - span.start;
            self.main.lend(&mut self.main_buffer, part.clone());
            for (side, buffer) in self.sides.iter_mut().zip(&mut self.side_buffers) {
                side.lend(buffer, part.clone());
            }
            let mut context = Stretch::<P> {
                events: inbox.events().iter(),
                transport: transport(host, self.rate_hz, start),
                requests: around.requests,
                requester: around.requester,
            };
            // SAFETY: only the lifetime is another: the framework wants that of the buffers'
            // contents to be that of the call, and during the call they are used for nothing else.
            let inputs = unsafe {
                std::mem::transmute::<&mut [Buffer<'static>], &mut [Buffer<'_>]>(
                    self.side_buffers.as_mut_slice(),
                )
            };
            let mut aux = AuxiliaryBuffers { inputs, outputs: &mut [] };
            outcome = match plugin.process(&mut self.main_buffer, &mut aux, &mut context) {
                ProcessStatus::Error(_) => return Outcome::Silent,
                ProcessStatus::Normal => Outcome::Sound { tail: 0 },
                ProcessStatus::Tail(tail) => Outcome::Sound { tail },
                ProcessStatus::KeepAlive => Outcome::Sound { tail: u32::MAX },
            };
            start = end;
        }
        outcome
    }

    /// # Safety
    /// As for [`Ready::take_in`].
    unsafe fn give_out(&self, data: &ProcessData, span: &std::ops::Range<usize>) {
        for index in 0..usize::try_from(data.numOutputs).unwrap_or(0) {
            // SAFETY: the caller says so.
            unsafe {
                let Some(output) = bus(data.outputs, data.numOutputs, index) else { return };
                for channel in 0..MOST_CHANNELS {
                    let Some(to) = sample_pointer(output, channel) else { continue };
                    let to = to.add(span.start);
                    match self.main.0.get(channel).filter(|_| index == 0) {
                        Some(own) => std::ptr::copy_nonoverlapping(own.as_ptr(), to, span.len()),
                        None => std::ptr::write_bytes(to, 0, span.len()),
                    }
                }
                (*data.outputs.add(index)).silenceFlags = 0;
            }
        }
    }
}
