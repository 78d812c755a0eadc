//! The events of a block as the framework gets them: in order, within the block, and whole.
//!
//! The framework takes what a host says at its word: an event at or past the block's end, or before
//! its neighbour, underflows, and a null pointer is read. So it is given this list, which reads the
//! host's own and hands on each event as it is, or a corrected copy, or [one that means
//! nothing](BLANK).

use std::mem::size_of;
use std::sync::Arc;

use clap_sys::events::*;

/// Most events that are read of one list: a host that says there are more is mistaken.
const MOST: u32 = 1 << 18;
/// Most events that are sorted; a longer list that is not in order is played as it comes.
const SORTED: usize = 1 << 13;
/// The longest SysEx message that is believed.
const LONGEST_SYSEX: u32 = 1 << 20;
/// A namespace that no host hands out.
const NOBODY: u16 = u16::MAX;

/// What stands in the place of an event that means nothing.
const BLANK: clap_event_header = clap_event_header {
    size: size_of::<clap_event_header>() as u32,
    time: 0,
    space_id: NOBODY,
    type_: u16::MAX,
    flags: 0,
};

/// What one parameter's values may be, by its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub id: u32,
    pub least: f64,
    pub most: f64,
}

/// Room for a corrected copy of any event.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) union Event {
    pub header: clap_event_header,
    note: clap_event_note,
    expression: clap_event_note_expression,
    value: clap_event_param_value,
    modulation: clap_event_param_mod,
    transport: clap_event_transport,
    midi: clap_event_midi,
    sysex: clap_event_midi_sysex,
    gesture: clap_event_param_gesture,
}

/// See the module's documentation. It must not move between [`Incoming::begin`] and the last use of
/// [`Incoming::list`].
pub(super) struct Incoming {
    list: clap_input_events,
    theirs: *const clap_input_events,
    ranges: Arc<[Range]>,
    /// Events in the host's list.
    count: u32,
    /// Times and places of all of them, when they came unsorted.
    order: Vec<(u32, u32)>,
    is_sorted: bool,
    /// Frames of the whole block.
    frames: u32,
    /// The part of it that is played now, in frames, and its events.
    span: std::ops::Range<u32>,
    events: std::ops::Range<u32>,
    /// The latest time handed out: none that follows is earlier.
    floor: u32,
    copy: Event,
    /// The framework keeps the last transport event while it reads on: the next copy goes
    /// elsewhere.
    transports: [Event; 2],
    turn: usize,
}

impl Incoming {
    /// For a plugin with these parameters, sorted by id. Allocates.
    pub fn new(ranges: Arc<[Range]>) -> Self {
        let empty = Event { header: BLANK };
        Self {
            list: clap_input_events { ctx: std::ptr::null_mut(), size: Some(size), get: Some(get) },
            theirs: std::ptr::null(),
            ranges,
            count: 0,
            order: Vec::with_capacity(SORTED),
            is_sorted: true,
            frames: 0,
            span: 0..0,
            events: 0..0,
            floor: 0,
            copy: empty,
            transports: [empty; 2],
            turn: 0,
        }
    }

    /// Takes the list of a block of `frames`; null is no events. Real-time safe.
    ///
    /// # Safety
    /// `theirs` is null or a list that lives until the block is done, or until [`Incoming::end`].
    pub unsafe fn begin(&mut self, theirs: *const clap_input_events, frames: u32) {
        // SAFETY: the caller says that the list lives.
        let whole = unsafe { theirs.as_ref() }.filter(|list| list.get.is_some());
        self.theirs = whole.map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: as above, and the function is the list's own.
        self.count =
            whole.and_then(|list| list.size).map_or(0, |size| unsafe { size(theirs) }).min(MOST);
        self.frames = frames;
        (self.span, self.events, self.turn) = (0..0, 0..0, 0);
        self.sort();
    }

    /// Looks whether the events come in order, and finds their order when they do not.
    fn sort(&mut self) {
        self.order.clear();
        let mut last = 0;
        self.is_sorted = true;
        for index in 0..self.count {
            let time = self
                .header(index)
                .map_or(last, |header| header.time.min(self.frames.saturating_sub(1)));
            self.is_sorted &= time >= last;
            last = time;
            if self.order.len() < self.order.capacity() {
                self.order.push((time, index));
            }
        }
        self.is_sorted |= self.order.len() < self.count as usize;
        if !self.is_sorted {
            // Equal times keep the host's order: the index is the second key.
            self.order.sort_unstable();
        }
    }

    /// Goes on to the part of the block that ends before frame `to`; what is past the block's end
    /// belongs to the last part. Real-time safe.
    pub fn advance(&mut self, to: u32) {
        let (from, first) = (self.span.end, self.events.end);
        self.span = from..to;
        let mut end = first;
        while end < self.count && (to >= self.frames || self.time(end) < to) {
            end += 1;
        }
        self.events = first..end;
        self.floor = from;
    }

    /// The part's list, to be handed to the framework. Real-time safe.
    pub fn list(&mut self) -> *const clap_input_events {
        self.list.ctx = std::ptr::from_mut(self).cast();
        &raw const self.list
    }

    /// Forgets the host's list. Real-time safe.
    pub fn end(&mut self) {
        (self.theirs, self.count, self.events) = (std::ptr::null(), 0, 0..0);
        self.order.clear();
    }

    /// The host's event at a place in order.
    fn header(&self, place: u32) -> Option<&clap_event_header> {
        let index = if self.is_sorted {
            place
        } else {
            self.order.get(place as usize).map_or(place, |entry| entry.1)
        };
        // SAFETY: `begin` was given a living list, and `index` is below what it says is its size.
        unsafe {
            self.theirs
                .as_ref()
                .and_then(|list| list.get)
                .and_then(|get| get(self.theirs, index).as_ref())
        }
    }

    /// When the event at a place in order happens, within the whole block.
    fn time(&self, place: u32) -> u32 {
        self.header(place).map_or(self.span.start, |header| header.time)
    }

    /// The event at a place in the present part, sound.
    fn sound(&mut self, place: u32) -> *const clap_event_header {
        let place = self.events.start.saturating_add(place);
        let header = if place < self.events.end { self.header(place).copied() } else { None };
        let Some(header) = header else { return self.blank() };
        let last = self.span.end.saturating_sub(1).max(self.span.start);
        self.floor = header.time.clamp(self.floor, last);
        let time = self.floor - self.span.start;
        let Some(pointer) = self.header(place).map(std::ptr::from_ref) else { return self.blank() };
        // SAFETY: the pointer is the host's, and `checked` reads no more of the event than its
        // header says there is.
        match unsafe { checked(pointer, &self.ranges) } {
            None => self.blank(),
            Some(None) if header.time == time => pointer,
            Some(changed) => {
                // SAFETY: `checked` has found the event as long as its type is, which `whole`
                // reads.
                let mut copy = changed.unwrap_or_else(|| unsafe { whole(pointer) });
                copy.header = clap_event_header { time, ..header };
                let is_transport = header.type_ == CLAP_EVENT_TRANSPORT
                    && header.space_id == CLAP_CORE_EVENT_SPACE_ID;
                let room = if is_transport {
                    self.turn ^= 1;
                    &mut self.transports[self.turn]
                } else {
                    &mut self.copy
                };
                *room = copy;
                std::ptr::from_ref(room).cast()
            }
        }
    }

    fn blank(&mut self) -> *const clap_event_header {
        self.copy =
            Event { header: clap_event_header { time: self.floor - self.span.start, ..BLANK } };
        std::ptr::from_ref(&self.copy).cast()
    }
}

/// A transport that can be computed with: a tempo that is not finite or not positive is left
/// out. Real-time safe.
pub(super) fn sound_transport(transport: &clap_event_transport) -> clap_event_transport {
    let mut copy = *transport;
    if !(copy.tempo.is_finite() && copy.tempo > 0.0) {
        copy.flags &= !CLAP_TRANSPORT_HAS_TEMPO;
        copy.tempo = 0.0;
    }
    copy
}

/// How many bytes of an event the framework reads.
fn length(header: &clap_event_header) -> usize {
    if header.space_id != CLAP_CORE_EVENT_SPACE_ID {
        return 0;
    }
    match header.type_ {
        CLAP_EVENT_NOTE_ON | CLAP_EVENT_NOTE_OFF | CLAP_EVENT_NOTE_CHOKE | CLAP_EVENT_NOTE_END => {
            size_of::<clap_event_note>()
        }
        CLAP_EVENT_PARAM_GESTURE_BEGIN | CLAP_EVENT_PARAM_GESTURE_END => {
            size_of::<clap_event_param_gesture>()
        }
        CLAP_EVENT_NOTE_EXPRESSION => size_of::<clap_event_note_expression>(),
        CLAP_EVENT_PARAM_VALUE => size_of::<clap_event_param_value>(),
        CLAP_EVENT_PARAM_MOD => size_of::<clap_event_param_mod>(),
        CLAP_EVENT_TRANSPORT => size_of::<clap_event_transport>(),
        CLAP_EVENT_MIDI => size_of::<clap_event_midi>(),
        CLAP_EVENT_MIDI_SYSEX => size_of::<clap_event_midi_sysex>(),
        _ => 0,
    }
}

/// A copy of an event.
///
/// # Safety
/// The event is as long as [`length`] says.
pub(super) unsafe fn whole(event: *const clap_event_header) -> Event {
    // SAFETY: the caller says that the header is there; an event of another namespace is no longer
    // than that to us.
    let header = unsafe { *event };
    let mut copy = Event { header };
    let bytes = length(&header).min(size_of::<Event>());
    // SAFETY: the caller says that there are so many bytes; `copy` has room for any event, and they
    // do not overlap.
    unsafe { std::ptr::copy_nonoverlapping(event.cast::<u8>(), (&raw mut copy).cast(), bytes) };
    copy
}

/// Whether an event means anything, and a corrected copy where that is needed.
///
/// # Safety
/// The event is as long as its header says.
unsafe fn checked(event: *const clap_event_header, ranges: &[Range]) -> Option<Option<Event>> {
    // SAFETY: the caller says that the header is there.
    let header = unsafe { *event };
    let bytes = length(&header);
    if bytes == 0 {
        return Some(None);
    }
    if (header.size as usize) < bytes {
        return None;
    }
    // SAFETY: the event says that it is as long as its type is.
    let mut copy = unsafe { whole(event) };
    // SAFETY: `copy` holds an event of the type that its header names, and each arm reads that
    // type's field.
    let changed = unsafe {
        match header.type_ {
            CLAP_EVENT_NOTE_OFF | CLAP_EVENT_NOTE_CHOKE if !copy.note.velocity.is_finite() => {
                // The note must end, however.
                copy.note.velocity = 0.0;
                true
            }
            CLAP_EVENT_NOTE_ON if !copy.note.velocity.is_finite() => return None,
            CLAP_EVENT_NOTE_EXPRESSION if !copy.expression.value.is_finite() => return None,
            CLAP_EVENT_PARAM_VALUE => {
                let value = copy.value.value;
                let range = ranges
                    .binary_search_by_key(&copy.value.param_id, |range| range.id)
                    .ok()
                    .map(|i| ranges[i]);
                if !value.is_finite() {
                    return None;
                }
                let held = range.map_or(value, |range| value.clamp(range.least, range.most));
                copy.value.value = held;
                held != value
            }
            CLAP_EVENT_PARAM_MOD if !copy.modulation.amount.is_finite() => return None,
            CLAP_EVENT_TRANSPORT => {
                let sound = sound_transport(&copy.transport);
                let changed = sound.flags != copy.transport.flags;
                copy.transport = sound;
                changed
            }
            CLAP_EVENT_MIDI => {
                let [status, one, two] = copy.midi.data;
                // Program changes and channel pressure are of two bytes.
                let data = if (0xC0..0xE0).contains(&status) { one } else { one | two };
                if status < 0x80 || data >= 0x80 {
                    return None;
                }
                false
            }
            CLAP_EVENT_MIDI_SYSEX => {
                if copy.sysex.buffer.is_null()
                    || copy.sysex.size == 0
                    || copy.sysex.size > LONGEST_SYSEX
                {
                    return None;
                }
                false
            }
            _ => false,
        }
    };
    Some(changed.then_some(copy))
}

unsafe extern "C" fn size(list: *const clap_input_events) -> u32 {
    // SAFETY: the framework hands back the list it was given, whose context is the `Incoming` that
    // holds it.
    unsafe { ((*list).ctx as *const Incoming).as_ref() }
        .map_or(0, |own| own.events.end - own.events.start)
}

unsafe extern "C" fn get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: as in `size`; nobody else uses the `Incoming` while the framework reads.
    let own: Option<&mut Incoming> = unsafe { (*list).ctx.cast::<Incoming>().as_mut() };
    own.map_or(std::ptr::null(), |own| own.sound(index))
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
