//! Blocks: channels, buses, and what goes with them.

use vst3::ComWrapper;
use vst3::Steinberg::Vst::Event_::EventTypes_;
use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, Event, Event__type0, IAudioProcessorTrait,
    NoteOffEvent, NoteOnEvent, ProcessContext, ProcessData, ProcessModes_, SymbolicSampleSizes_,
};
use vst3::Steinberg::{int32, tresult};

use super::Plug;
use super::objects::{Changes, Events};

/// What every channel of the outputs begins with, to see whether it is written.
pub const RUBBISH: f32 = 12_345.0;

/// A bus: channels of samples; `None` is a null pointer. No channel at all is a null list.
pub type Bus = Vec<Option<Vec<f32>>>;

/// One block.
pub struct Block {
    /// Buses that go in.
    pub inputs: Vec<Bus>,
    /// Buses that come out.
    pub outputs: Vec<Bus>,
    /// The number of samples that is said.
    pub samples: i32,
    /// Parameters.
    pub changes: Option<ComWrapper<Changes>>,
    /// Events.
    pub events: Option<ComWrapper<Events>>,
    /// What else to change before the call.
    pub twist: fn(&mut ProcessData),
}

/// A bus of so many channels with a tone in it.
#[must_use]
pub fn tone(channels: usize, samples: usize) -> Bus {
    let sample = |i: usize| (i as f32 * 0.05).sin() * 0.3;
    (0..channels).map(|_| Some((0..samples).map(sample).collect())).collect()
}

/// A bus of so many channels to write to.
#[must_use]
pub fn rubbish(channels: usize, samples: usize) -> Bus {
    vec![Some(vec![RUBBISH; samples]); channels]
}

impl Block {
    /// Buses with so many channels.
    #[must_use]
    pub fn new(inputs: &[usize], outputs: &[usize], samples: usize) -> Self {
        Self {
            inputs: inputs.iter().map(|channels| tone(*channels, samples)).collect(),
            outputs: outputs.iter().map(|channels| rubbish(*channels, samples)).collect(),
            samples: samples as i32,
            changes: None,
            events: None,
            twist: |_| {},
        }
    }

    /// What a plugin has by default: a stereo main input and side chain, or notes alone.
    #[must_use]
    pub fn usual(plug: &Plug, samples: usize) -> Self {
        let inputs: &[usize] = if plug.buses(0, 0) > 0 { &[2, 2] } else { &[] };
        Self::new(inputs, &[2], samples)
    }

    /// With points of parameters.
    #[must_use]
    pub fn changes(mut self, points: Vec<(u32, Vec<(i32, f64)>)>) -> Self {
        self.changes = Some(ComWrapper::new(Changes::new(points)));
        self
    }

    /// With events.
    #[must_use]
    pub fn events(mut self, events: Vec<Event>) -> Self {
        self.events = Some(ComWrapper::new(Events { events, claims: None }));
        self
    }

    /// Plays it.
    pub fn play(&mut self, plug: &Plug) -> tresult {
        let mut lists: Vec<Vec<*mut f32>> = Vec::new();
        let mut describe = |buses: &mut [Bus]| -> Vec<AudioBusBuffers> {
            let described = buses.iter_mut().map(|bus| {
                let list = bus.iter_mut().map(|channel| match channel {
                    Some(samples) => samples.as_mut_ptr(),
                    None => std::ptr::null_mut(),
                });
                lists.push(list.collect());
                let list = lists.last_mut().filter(|list| !list.is_empty());
                AudioBusBuffers {
                    numChannels: bus.len() as int32,
                    silenceFlags: 0,
                    __field0: AudioBusBuffers__type0 {
                        channelBuffers32: list
                            .map_or(std::ptr::null_mut(), |list| list.as_mut_ptr()),
                    },
                }
            });
            described.collect()
        };
        let mut inputs = describe(&mut self.inputs);
        let mut outputs = describe(&mut self.outputs);
        let pointer = |buses: &mut Vec<AudioBusBuffers>| match buses.as_mut_slice() {
            [] => std::ptr::null_mut(),
            buses => buses.as_mut_ptr(),
        };
        // SAFETY: numbers.
        let mut context: ProcessContext = unsafe { std::mem::zeroed() };
        (context.state, context.sampleRate, context.tempo) = (0x402, 44_100.0, 120.0);
        let null = std::ptr::null_mut();
        let mut data = ProcessData {
            processMode: ProcessModes_::kRealtime as int32,
            symbolicSampleSize: SymbolicSampleSizes_::kSample32 as int32,
            numSamples: self.samples,
            numInputs: inputs.len() as int32,
            numOutputs: outputs.len() as int32,
            inputs: pointer(&mut inputs),
            outputs: pointer(&mut outputs),
            inputParameterChanges: self
                .changes
                .as_ref()
                .and_then(|changes| changes.as_com_ref())
                .map_or(std::ptr::null_mut(), |changes| changes.as_ptr()),
            outputParameterChanges: std::ptr::null_mut(),
            inputEvents: self
                .events
                .as_ref()
                .and_then(|events| events.as_com_ref())
                .map_or(null, |events| events.as_ptr()),
            outputEvents: std::ptr::null_mut(),
            processContext: &raw mut context,
        };
        (self.twist)(&mut data);
        // SAFETY: the block is as it says, or wrong in the way that the case is about.
        unsafe { plug.processor.process(&raw mut data) }
    }

    /// All samples of the outputs.
    pub fn out(&self) -> impl Iterator<Item = f32> + '_ {
        self.outputs.iter().flatten().flatten().flatten().copied()
    }

    /// Says whether the outputs were written with finite sound.
    ///
    /// # Errors
    /// When they were not.
    pub fn written(&self) -> Result<(), String> {
        match self.out().find(|sample| !sample.is_finite() || sample.abs() > 100.0) {
            Some(sample) => Err(format!("an output holds {sample}")),
            None => Ok(()),
        }
    }

    /// Says whether the outputs are silent.
    #[must_use]
    pub fn silent(&self) -> bool {
        self.out().all(|sample| sample == 0.0)
    }
}

/// An event of any kind.
#[must_use]
pub fn event(kind: u16, at: i32, what: Event__type0) -> Event {
    Event {
        busIndex: 0,
        sampleOffset: at,
        ppqPosition: 0.0,
        flags: 0,
        r#type: kind,
        __field0: what,
    }
}

/// A note begins.
#[must_use]
pub fn note_on(at: i32, pitch: i16, id: i32) -> Event {
    let note = NoteOnEvent { channel: 0, pitch, tuning: 0.0, velocity: 0.8, length: 0, noteId: id };
    event(EventTypes_::kNoteOnEvent as u16, at, Event__type0 { noteOn: note })
}

/// A note ends.
#[must_use]
pub fn note_off(at: i32, pitch: i16, id: i32) -> Event {
    let note = NoteOffEvent { channel: 0, pitch, velocity: 0.0, noteId: id, tuning: 0.0 };
    event(EventTypes_::kNoteOffEvent as u16, at, Event__type0 { noteOff: note })
}
