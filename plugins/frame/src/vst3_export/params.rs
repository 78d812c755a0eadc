//! Parameters as a VST3 host sees them, set by two threads.
//!
//! A host sets a parameter in two ways: on its main thread, and in the queues of a block, for the
//! audio thread. Where a parameter is automated both happen, and the main thread's call comes late:
//! it tells what was played some milliseconds ago. Taken at its word it would pull the sound back.
//! So a parameter that a block moved a moment ago belongs to the audio thread, and what the main
//! thread sets meanwhile is a *wish*: it is what the host reads back and what is saved, and it
//! comes into force when the queues have been quiet for [`QUIET_MS`], unless another point arrives
//! first. Any other parameter is set at once. Of the two ways the later one wins, and nothing set
//! is lost, whether or not a block comes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use nice_plug::params::internals::ParamPtr;
use nice_plug::params::{Param, Params};

use super::units::Units;

/// For so long after a point of a block a parameter belongs to the audio thread.
pub const QUIET_MS: u32 = 250;
/// No wish: the bits of a NaN.
const NONE: u32 = u32::MAX;
/// A block's stamp may be later than what the clock said to the main thread a moment before; by no
/// more than this.
const LATER_MS: u32 = 10_000;

/// One parameter.
pub struct Entry {
    /// Its frozen name.
    pub id: String,
    /// Its number for hosts, made of the name.
    pub number: u32,
    /// The group's number.
    pub unit: i32,
    ptr: ParamPtr,
    /// The names of a choice's values, where they have some.
    pub choices: Vec<&'static str>,
    /// What the main thread set while the audio thread had it; bits of an `f32`.
    wish: AtomicU32,
    /// When a block moved it last, in milliseconds of the table's clock; 0 for never.
    moved_ms: AtomicU32,
}

/// All parameters of an instance. Every function is real-time safe unless it says otherwise.
pub struct Table {
    entries: Vec<Entry>,
    by_number: HashMap<u32, usize>,
    by_pointer: HashMap<ParamPtr, usize>,
    /// The groups.
    pub units: Units,
    /// What the pointers point into.
    pub owner: Arc<dyn Params>,
    start: Instant,
    has_wishes: AtomicBool,
    /// Someone puts wishes into force just now.
    settling: AtomicBool,
}

/// A parameter's number for hosts; the framework's own formula, so that projects find their
/// automation again.
fn number(id: &str) -> u32 {
    let hash =
        id.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    hash & !(1 << 31)
}

/// The names of a choice's values. Nobody else has the parameter yet.
fn choices(ptr: ParamPtr) -> Vec<&'static str> {
    let ParamPtr::EnumParam(choice) = ptr else { return Vec::new() };
    // SAFETY: the pointer is that of a living parameter; its value is put back.
    unsafe {
        let before = ptr.unmodulated_normalized_value();
        let names = (0..(*choice).len() as i32).map_while(|index| {
            ptr._internal_set_normalized_value((*choice).preview_normalized(index));
            (*choice).unmodulated_plain_id()
        });
        let names = names.collect();
        ptr._internal_set_normalized_value(before);
        names
    }
}

impl Table {
    /// The table of an instance's parameters. Allocates.
    pub fn new(owner: Arc<dyn Params>) -> Self {
        let map = owner.param_map();
        let units = Units::new(map.iter().map(|(_, _, group)| group.as_str()));
        let entries: Vec<Entry> = map
            .into_iter()
            .map(|(id, ptr, group)| Entry {
                number: number(&id),
                unit: units.number(&group),
                id,
                ptr,
                choices: choices(ptr),
                wish: AtomicU32::new(NONE),
                moved_ms: AtomicU32::new(0),
            })
            .collect();
        Self {
            by_number: entries
                .iter()
                .enumerate()
                .map(|(index, entry)| (entry.number, index))
                .collect(),
            by_pointer: entries
                .iter()
                .enumerate()
                .map(|(index, entry)| (entry.ptr, index))
                .collect(),
            entries,
            units,
            owner,
            start: Instant::now(),
            has_wishes: AtomicBool::new(false),
            settling: AtomicBool::new(false),
        }
    }

    /// The parameters in the host's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The place of a parameter by its number.
    pub fn find(&self, number: u32) -> Option<usize> {
        self.by_number.get(&number).copied()
    }

    /// The place of a parameter by its pointer.
    pub fn find_pointer(&self, ptr: ParamPtr) -> Option<usize> {
        self.by_pointer.get(&ptr).copied()
    }

    /// The place of a parameter by its name. Not real-time safe.
    pub fn find_id(&self, id: &str) -> Option<usize> {
        self.find(number(id)).filter(|index| self.entries[*index].id == id)
    }

    /// Milliseconds since the table was made, from 1.
    pub fn now_ms(&self) -> u32 {
        (self.start.elapsed().as_millis() as u32).max(1)
    }

    fn is_quiet(&self, entry: &Entry, now_ms: u32) -> bool {
        let moved = entry.moved_ms.load(Ordering::Acquire);
        moved == 0 || (QUIET_MS..=u32::MAX - LATER_MS).contains(&now_ms.wrapping_sub(moved))
    }

    /// The main thread sets a parameter. Says whether the value is one.
    pub fn set(&self, index: usize, value: f64) -> bool {
        if !value.is_finite() {
            return false;
        }
        let entry = &self.entries[index];
        let value = value.clamp(0.0, 1.0) as f32;
        let now_ms = self.now_ms();
        let is_quiet = self.is_quiet(entry, now_ms);
        if is_quiet && entry.wish().is_none() {
            entry.write(value);
            return true;
        }
        // Also in the place of an older wish: whoever puts that into force just now sees that there
        // is another.
        entry.wish.store(value.to_bits(), Ordering::Release);
        self.has_wishes.store(true, Ordering::Release);
        if is_quiet {
            self.settle(now_ms);
        }
        true
    }

    /// The user's own hand sets a parameter, in the editor: no echo, so it is in force at once, and
    /// what is set after it too, until a block moves the parameter again. Says whether the value is
    /// one.
    pub fn set_by_hand(&self, index: usize, value: f64) -> bool {
        if value.is_finite() {
            let entry = &self.entries[index];
            entry.moved_ms.store(0, Ordering::Release);
            if entry.wish().is_some() {
                entry.write(value.clamp(0.0, 1.0) as f32);
            }
        }
        self.set(index, value)
    }

    /// A point of a block sets a parameter; values that are none are left out.
    pub fn set_in_block(&self, index: usize, value: f64, now_ms: u32) {
        if value.is_finite() {
            let entry = &self.entries[index];
            entry.wish.store(NONE, Ordering::Release);
            entry.moved_ms.store(now_ms, Ordering::Release);
            entry.write(value.clamp(0.0, 1.0) as f32);
        }
    }

    /// Puts wishes into force whose parameters the queues have left alone for long enough.
    pub fn settle(&self, now_ms: u32) {
        // One at a time: two would write an old wish over a new value. Nobody waits; who comes late
        // leaves it to the other, or to the next block.
        if !self.has_wishes.load(Ordering::Acquire) || self.settling.swap(true, Ordering::AcqRel) {
            return;
        }
        self.has_wishes.store(false, Ordering::Release);
        for entry in &self.entries {
            while let Some(value) = entry.wish() {
                if !self.is_quiet(entry, now_ms) {
                    self.has_wishes.store(true, Ordering::Release);
                    break;
                }
                entry.write(value);
                // Only now is it none: `set` writes nothing itself while there is one. Another that
                // came meanwhile stays.
                let _ = entry.wish.compare_exchange(
                    value.to_bits(),
                    NONE,
                    Ordering::AcqRel,
                    Ordering::Acquire,
                );
            }
        }
        self.settling.store(false, Ordering::Release);
    }

    /// Forgets wishes: a state that is loaded is the latest word. Automation of before it holds
    /// nothing up any more.
    pub fn forget_wishes(&self) {
        for entry in &self.entries {
            entry.wish.store(NONE, Ordering::Release);
            entry.moved_ms.store(0, Ordering::Release);
        }
    }
}

impl Entry {
    // SAFETY, for all functions here: the table holds the owner of what the pointer points to, and
    // values are atomics.

    fn write(&self, normalized: f32) {
        // SAFETY: as above.
        unsafe { self.ptr._internal_set_normalized_value(normalized) };
    }

    /// A value that was set, but is not in force yet.
    pub fn wish(&self) -> Option<f32> {
        let bits = self.wish.load(Ordering::Acquire);
        (bits != NONE).then(|| f32::from_bits(bits))
    }

    /// The parameter.
    pub fn ptr(&self) -> ParamPtr {
        self.ptr
    }

    /// What was set last, from 0 to 1.
    pub fn normalized(&self) -> f32 {
        // SAFETY: as above.
        let snapped = |value| unsafe { self.ptr.preview_normalized(self.ptr.preview_plain(value)) };
        // SAFETY: as above.
        self.wish().map_or_else(|| unsafe { self.ptr.unmodulated_normalized_value() }, snapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_plug::prelude::*;

    #[derive(Params)]
    struct Some {
        #[id = "mix"]
        mix: FloatParam,
        #[id = "on"]
        on: BoolParam,
    }

    fn table() -> (Arc<Some>, Table) {
        let mix = FloatParam::new("Mix", 0.5, FloatRange::Linear { min: 0.0, max: 1.0 });
        let params = Arc::new(Some { mix, on: BoolParam::new("On", false) });
        (params.clone(), Table::new(params))
    }

    #[test]
    fn the_later_of_two_ways_wins_and_nothing_set_is_lost() {
        let (params, table) = table();
        let mix = table.find_id("mix").unwrap();
        assert!(table.set(mix, 0.25));
        assert_eq!(
            (params.mix.value(), table.entries()[mix].normalized()),
            (0.25, 0.25),
            "without a block"
        );
        let now = table.now_ms();
        table.set_in_block(mix, 0.75, now);
        assert!(table.set(mix, 0.1));
        assert_eq!(params.mix.value(), 0.75, "an echo of automation must not be heard");
        assert_eq!(table.entries()[mix].normalized(), 0.1, "but it is what is read and saved");
        table.settle(now + QUIET_MS - 1);
        assert_eq!(params.mix.value(), 0.75);
        table.settle(now + QUIET_MS);
        assert_eq!((params.mix.value(), table.entries()[mix].wish()), (0.1, None));
        table.set_in_block(mix, 0.9, table.now_ms());
        assert!(table.set(mix, 0.2));
        table.set_in_block(mix, 0.6, table.now_ms());
        assert_eq!(
            (params.mix.value(), table.entries()[mix].normalized()),
            (0.6, 0.6),
            "a later point wins"
        );
    }

    #[test]
    fn the_users_hand_is_in_force_at_once_and_is_what_the_next_step_begins_from() {
        let (params, table) = table();
        let mix = table.find_id("mix").unwrap();
        table.set_in_block(mix, 0.5, table.now_ms());
        assert!(table.set(mix, 0.1), "an echo of before");
        for step in 1..=10 {
            // As a wheel does: from the value that the editor reads.
            let next = params.mix.value() + 0.02;
            assert!(table.set_by_hand(mix, f64::from(next)));
            assert!(
                (params.mix.value() - (0.5 + 0.02 * step as f32)).abs() < 1e-6,
                "step {step}: {}",
                params.mix.value()
            );
            assert_eq!(table.entries()[mix].wish(), None);
        }
        table.set_in_block(mix, 0.9, table.now_ms());
        assert_eq!(params.mix.value(), 0.9, "a point of a block moves it on");
        assert!(!table.set_by_hand(mix, f64::NAN));
    }

    #[test]
    fn a_stamp_later_than_the_callers_clock_is_no_quiet() {
        let (params, table) = table();
        let mix = table.find_id("mix").unwrap();
        table.set_in_block(mix, 0.75, table.now_ms() + 100);
        assert!(table.set(mix, 0.1));
        assert_eq!((params.mix.value(), table.entries()[mix].wish()), (0.75, Some(0.1)));
    }

    #[test]
    fn what_the_main_thread_sets_last_stays_while_blocks_put_wishes_into_force() {
        let (params, table) = table();
        let mix = table.find_id("mix").unwrap();
        for round in 0..2000 {
            let now = table.now_ms();
            table.set_in_block(mix, 0.75, now);
            let long_after = now + QUIET_MS;
            assert!(table.set(mix, 0.1));
            let last = 0.2 + f64::from(round % 7) * 0.1;
            std::thread::scope(|scope| {
                scope.spawn(|| table.settle(long_after));
                table.set(mix, last);
            });
            table.settle(long_after);
            assert_eq!(
                (params.mix.value(), table.entries()[mix].wish()),
                (last as f32, None),
                "round {round}"
            );
        }
    }

    #[test]
    fn values_that_are_none_are_left_out_and_others_clamped() {
        let (params, table) = table();
        let mix = table.find_id("mix").unwrap();
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!table.set(mix, value));
            table.set_in_block(mix, value, 1);
        }
        assert_eq!(params.mix.value(), 0.5);
        assert!(table.set(mix, 7.0));
        assert_eq!(params.mix.value(), 1.0);
        assert!(table.set(table.find_id("on").unwrap(), 1.0) && params.on.value());
        assert_eq!((table.find_id("nope"), table.find(0)), (None, None));
    }
}
