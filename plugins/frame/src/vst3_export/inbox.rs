//! What arrives with a block, in the order of time: parameters, MIDI controllers (which VST3 sends
//! as parameters) and notes.
//!
//! A change of a parameter ends a stretch of the block; everything else is handed to the plugin
//! within the stretch that it falls into. At one sample parameters come first, then controllers,
//! then notes, each in the host's order.

use nice_plug::midi::PluginNoteEvent;
use nice_plug::prelude::{MidiConfig, Plugin};
use nice_plug::wrapper::vst3::vst3::ComRef;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    Event, IEventList, IEventListTrait, ProcessData,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::kResultOk;

use super::events::{self, Names};
use super::params::Table;
use super::queues::Queues;

/// After so many refusals in a row a list that says it has more is not asked again.
const PATIENCE: i32 = 16;
/// Notes that are read from one block's list.
const MOST_NOTES: i32 = 1 << 20;

type Note<P> = PluginNoteEvent<P>;

/// See the module's documentation. All but [`Inbox::new`] is real-time safe.
pub struct Inbox<P: Plugin> {
    queues: Queues,
    /// Notes of the block, in order, from `next` on.
    notes: Vec<(u32, u32, Note<P>)>,
    next: usize,
    /// So many notes have waited since a block before.
    waiting: usize,
    /// The host's list beyond what is in `notes`.
    list: *mut IEventList,
    unread: std::ops::Range<i32>,
    last: u32,
    names: Names,
    /// Events of the stretch, their times counted from its start.
    stretch: Vec<Note<P>>,
    now_ms: u32,
}

// SAFETY: the pointer is the host's, for the time of one block; `end` forgets it.
unsafe impl<P: Plugin> Send for Inbox<P> where Note<P>: Send {}

impl<P: Plugin> Inbox<P> {
    /// With room for the queues of `params` parameters. Allocates.
    pub fn new(params: usize) -> Self {
        let controllers =
            if P::MIDI_INPUT >= MidiConfig::MidiCCs { events::MIDI_NUMBERS.len() } else { 0 };
        let room =
            if P::MIDI_INPUT >= MidiConfig::Basic { P::INPUT_EVENT_CAPACITY.max(1) } else { 0 };
        Self {
            queues: Queues::new(params + controllers),
            notes: Vec::with_capacity(room),
            next: 0,
            waiting: 0,
            list: std::ptr::null_mut(),
            unread: 0..0,
            last: 0,
            names: Names::default(),
            stretch: Vec::with_capacity(room),
            now_ms: 1,
        }
    }

    /// Begins a block; notes that wait since a block without samples come first.
    ///
    /// # Safety
    /// The block's lists are null or alive until [`Inbox::end`].
    pub unsafe fn begin(&mut self, data: &ProcessData, table: &Table) {
        let samples = u32::try_from(data.numSamples).unwrap_or(0);
        self.now_ms = table.now_ms();
        table.settle(self.now_ms);
        self.last = samples.saturating_sub(1);
        let now_ms = self.now_ms;
        // SAFETY: the caller says so.
        unsafe {
            self.queues.begin(data.inputParameterChanges, samples, |point| {
                if let Some(index) = table.find(point.number) {
                    table.set_in_block(index, point.value, now_ms);
                }
            });
        }
        self.notes.drain(..self.next.min(self.notes.len()));
        self.next = 0;
        self.waiting = self.notes.len();
        for (order, note) in self.notes.iter_mut().enumerate() {
            (note.0, note.1) = (0, order as u32);
            note.2.subtract_timing(note.2.timing());
        }
        // SAFETY: the caller says so.
        let list = unsafe { ComRef::from_raw(data.inputEvents) };
        if let Some(list) = list.filter(|_| P::MIDI_INPUT >= MidiConfig::Basic) {
            self.list = data.inputEvents;
            // SAFETY: as above.
            self.unread = 0..unsafe { list.getEventCount() }.clamp(0, MOST_NOTES);
            self.read();
        }
    }

    /// Fills the notes from the host's list as far as there is room.
    fn read(&mut self) {
        // SAFETY: `begin`'s caller says that the list is alive.
        let Some(list) = (unsafe { ComRef::from_raw(self.list) }) else { return };
        let mut refusals = 0;
        while self.notes.len() < self.notes.capacity() {
            let Some(index) = self.unread.next() else { break };
            // SAFETY: an event is plain numbers and pointers, for which zeros are good.
            let mut event: Event = unsafe { std::mem::zeroed() };
            // SAFETY: as above.
            if unsafe { list.getEvent(index, &raw mut event) } != kResultOk {
                refusals += 1;
                if refusals >= PATIENCE {
                    self.unread = 0..0;
                }
                continue;
            }
            refusals = 0;
            let at = u32::try_from(event.sampleOffset).unwrap_or(0).min(self.last);
            if let Some(note) = self.names.translate(&event, at) {
                self.notes.push((at, self.notes.len() as u32, note));
            }
        }
        // Hosts sort, most of them; of those that merge tracks some do not.
        self.notes[self.next..].sort_unstable_by_key(|note| (note.0, note.1));
    }

    /// The next note, read from the host's list when all that was read has been taken.
    fn note(&mut self) -> Option<(u32, Note<P>)> {
        if self.next == self.notes.len() && !self.unread.is_empty() {
            self.notes.clear();
            self.next = 0;
            self.read();
        }
        self.notes.get(self.next).map(|note| (note.0, note.2.clone()))
    }

    /// Moves notes before sample `to` into the stretch from `start`.
    ///
    /// # Errors
    /// When it is full: the sample of what did not fit.
    fn notes_before(&mut self, start: u32, to: u32) -> Result<(), u32> {
        while let Some((at, note)) = self.note() {
            let at = at.max(start);
            if at >= to {
                break;
            }
            if self.stretch.len() == self.stretch.capacity() {
                return Err(at);
            }
            self.stretch.push(note);
            self.next += 1;
        }
        Ok(())
    }

    /// Puts the parameters of sample `start` into force and collects the events of the stretch that
    /// begins there. Hands back where it ends: at `limit` or before.
    pub fn stretch(&mut self, table: &Table, start: u32, limit: u32) -> u32 {
        self.stretch.clear();
        let end = self.collect(table, start, limit).clamp(start + 1, limit.max(start + 1));
        for note in &mut self.stretch {
            let at = note.timing().clamp(start, end - 1);
            note.subtract_timing(note.timing().min(start));
            // Out of place only when the host's order was: what was late is told at once.
            let shift = note.timing().saturating_sub(at - start);
            note.subtract_timing(shift);
        }
        end
    }

    fn collect(&mut self, table: &Table, start: u32, limit: u32) -> u32 {
        while let Some(point) = self.queues.peek() {
            let at = point.at.max(start);
            let is_controller = P::MIDI_INPUT >= MidiConfig::MidiCCs
                && events::MIDI_NUMBERS.contains(&point.number);
            if !is_controller {
                if at > start {
                    let end = at.min(limit);
                    return self.notes_before(start, end).err().unwrap_or(end);
                }
                if let Some(index) = table.find(point.number) {
                    table.set_in_block(index, point.value, self.now_ms);
                }
                self.queues.take();
                continue;
            }
            if at >= limit {
                break;
            }
            if let Err(full) = self.notes_before(start, at) {
                return full;
            }
            if self.stretch.len() == self.stretch.capacity() {
                return at;
            }
            if let Some(event) = events::controller(point.number, point.value, at) {
                self.stretch.push(event);
            }
            self.queues.take();
        }
        self.notes_before(start, limit).err().unwrap_or(limit)
    }

    /// Puts every parameter of the block into force: there is no sound to do it in time with. Notes
    /// and controllers wait for the next block, as many as there is room for; of one controller's
    /// moves in a row the last.
    pub fn flush(&mut self, table: &Table) {
        let own = self.waiting.clamp(self.next.min(self.notes.len()), self.notes.len());
        let (before, room) = (self.notes.len(), self.notes.capacity());
        while let Some(point) = self.queues.peek() {
            if let Some(index) = table.find(point.number) {
                table.set_in_block(index, point.value, self.now_ms);
            } else if P::MIDI_INPUT >= MidiConfig::MidiCCs
                && let Some(event) = events::controller(point.number, point.value, 0)
            {
                let order = self.notes.len();
                let from = if before > own { before } else { self.next };
                match self.notes[from.min(order)..].last_mut() {
                    Some(last) if events::same_controller(&last.2, &event) => last.2 = event,
                    _ if order < room => self.notes.push((0, order as u32, event)),
                    _ => {}
                }
            }
            self.queues.take();
        }
        // Controllers come before the notes of their own block, and after what has waited longer.
        let new = self.notes.len() - before;
        self.notes[own..].rotate_right(new);
    }

    /// Events of the stretch.
    pub fn events(&self) -> &[Note<P>] {
        &self.stretch
    }

    /// Ends the block: what the host handed over is forgotten.
    pub fn end(&mut self) {
        self.queues.clear();
        self.list = std::ptr::null_mut();
        self.unread = 0..0;
    }

    /// Forgets notes that wait.
    pub fn reset(&mut self) {
        self.end();
        self.notes.clear();
        (self.next, self.waiting) = (0, 0);
        self.stretch.clear();
    }
}
