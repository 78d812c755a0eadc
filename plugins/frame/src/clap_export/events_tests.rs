//! Lists of events as no host should hand them over.

use super::*;

struct List(Vec<*const clap_event_header>);

unsafe fn own<'a>(list: *const clap_input_events) -> &'a List {
    // SAFETY: the context is the test's own list, which outlives the call.
    unsafe { &*(*list).ctx.cast::<List>() }
}

unsafe extern "C" fn count(list: *const clap_input_events) -> u32 {
    // SAFETY: as `own` says.
    unsafe { own(list) }.0.len() as u32
}

unsafe extern "C" fn at(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: as `own` says.
    unsafe { own(list) }.0[index as usize]
}

fn value(time: u32, id: u32, value: f64) -> clap_event_param_value {
    let header = clap_event_header {
        size: size_of::<clap_event_param_value>() as u32,
        time,
        space_id: CLAP_CORE_EVENT_SPACE_ID,
        type_: CLAP_EVENT_PARAM_VALUE,
        flags: 0,
    };
    let cookie = std::ptr::null_mut();
    clap_event_param_value {
        header,
        param_id: id,
        cookie,
        note_id: -1,
        port_index: -1,
        channel: -1,
        key: -1,
        value,
    }
}

/// Times and values that come out of each part; NaN for an event that means nothing.
fn read(
    incoming: &mut Incoming,
    events: &[*const clap_event_header],
    frames: u32,
    ends: &[u32],
) -> Vec<Vec<(u32, f64)>> {
    let held = List(events.to_vec());
    let list = clap_input_events {
        ctx: (&raw const held).cast_mut().cast(),
        size: Some(count),
        get: Some(at),
    };
    // SAFETY: the list lives until `end`.
    unsafe { incoming.begin(&list, frames) };
    let parts = ends.iter().map(|end| {
        incoming.advance(*end);
        let own = incoming.list();
        // SAFETY: the list is `incoming`'s own; every event it hands out is as long as its type.
        unsafe {
            let (size, get) = ((*own).size.unwrap(), (*own).get.unwrap());
            let events = (0..size(own)).map(|index| get(own, index));
            let one = |event: *const clap_event_header| match (*event).type_ {
                CLAP_EVENT_PARAM_VALUE => {
                    ((*event).time, (*event.cast::<clap_event_param_value>()).value)
                }
                _ => ((*event).time, f64::NAN),
            };
            events.map(one).collect::<Vec<_>>()
        }
    });
    let parts = parts.collect();
    incoming.end();
    parts
}

fn incoming() -> Incoming {
    Incoming::new(
        [Range { id: 3, least: 0.0, most: 4.0 }, Range { id: 7, least: 0.0, most: 1.0 }].into(),
    )
}

fn pointers(events: &[clap_event_param_value]) -> Vec<*const clap_event_header> {
    events.iter().map(|event| &raw const event.header).collect()
}

#[test]
fn events_past_the_end_fall_on_the_last_sample_and_unsorted_ones_are_sorted() {
    let events = [
        value(63, 3, 1.0),
        value(5, 3, 2.0),
        value(64, 3, 3.0),
        value(u32::MAX, 3, 4.0),
        value(5, 7, 0.5),
    ];
    let parts = read(&mut incoming(), &pointers(&events), 64, &[64]);
    assert_eq!(parts, [[(5, 2.0), (5, 0.5), (63, 1.0), (63, 3.0), (63, 4.0)]]);
    assert_eq!(
        read(&mut incoming(), &pointers(&events), 0, &[0])[0]
            .iter()
            .map(|e| e.0)
            .collect::<Vec<_>>(),
        [0; 5]
    );
}

#[test]
fn a_block_in_parts_has_each_event_once_in_its_part() {
    let events = [
        value(0, 3, 1.0),
        value(99, 3, 2.0),
        value(100, 3, 3.0),
        value(250, 3, 4.0),
        value(900, 3, 0.0),
    ];
    let parts = read(&mut incoming(), &pointers(&events), 256, &[100, 200, 256]);
    assert_eq!(parts, [vec![(0, 1.0), (99, 2.0)], vec![(0, 3.0)], vec![(50, 4.0), (55, 0.0)]]);
}

#[test]
fn what_means_nothing_is_passed_over_and_values_are_held_in_their_range() {
    let mut lying = value(1, 3, 2.0);
    lying.header.size = 20;
    let events =
        [value(0, 7, 5.0), lying, value(2, 7, f64::NAN), value(3, 3, -1e300), value(4, 99, 1e9)];
    let mut pointers = pointers(&events);
    pointers.insert(1, std::ptr::null());
    let part = read(&mut incoming(), &pointers, 64, &[64]).remove(0);
    assert_eq!((part.len(), part[0], part[4], part[5]), (6, (0, 1.0), (3, 0.0), (4, 1e9)));
    assert!(part[1..4].iter().all(|event| event.1.is_nan()));
    // SAFETY: no list is no events.
    unsafe { incoming().begin(std::ptr::null(), 64) };
}

#[test]
fn a_corrected_transport_stays_while_the_next_one_is_read() {
    let transport = |time: u32, tempo: f64| {
        // SAFETY: all zeros are a transport of nothing.
        let mut event: clap_event_transport = unsafe { std::mem::zeroed() };
        event.header = clap_event_header {
            size: size_of::<clap_event_transport>() as u32,
            time,
            space_id: CLAP_CORE_EVENT_SPACE_ID,
            type_: CLAP_EVENT_TRANSPORT,
            flags: 0,
        };
        (event.flags, event.tempo) = (CLAP_TRANSPORT_HAS_TEMPO, tempo);
        event
    };
    let events = [transport(900, 120.0), transport(901, 90.0), transport(902, f64::NAN)];
    let held = List(events.iter().map(|event| &raw const event.header).collect());
    let list = clap_input_events {
        ctx: (&raw const held).cast_mut().cast(),
        size: Some(count),
        get: Some(at),
    };
    let mut incoming = incoming();
    // SAFETY: the list lives through the test; each event handed out is a transport.
    unsafe {
        incoming.begin(&list, 64);
        incoming.advance(64);
        let own = incoming.list();
        let get = |index| get(own, index).cast::<clap_event_transport>();
        let first = get(0);
        get(1);
        assert_eq!(((*first).header.time, (*first).tempo), (63, 120.0));
        assert_eq!(((*get(1)).tempo, (*get(2)).flags), (90.0, 0));
    }
}
