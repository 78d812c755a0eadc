//! Events: past the end, out of order, of lying sizes, and far too many.

use super::block::{Block, bytes, header, note, still_plays, value};
use super::host::Instance;
use crate::strict::Case;
use clap_sys::events::*;
use std::path::Path;
use std::time::Instant;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "events-past-the-end",
        asks: "An event at or past the block's end acts at the last sample. Before: abort (a split past the block).",
        run: past_the_end,
    },
    Case {
        name: "events-out-of-order",
        asks: "Events out of order are played in order. Before: abort (subtraction below zero).",
        run: out_of_order,
    },
    Case {
        name: "events-that-lie",
        asks: "Sizes that lie, spaces nobody knows, more events than there are, numbers that are none. Before: crash or noise.",
        run: that_lie,
    },
    Case {
        name: "event-lists-of-nothing",
        asks: "Null lists, lists without functions. Before: abort (a null function).",
        run: lists_of_nothing,
    },
    Case {
        name: "sysex-without-data",
        asks: "A SysEx message without data is no message. Before: abort (CANNe).",
        run: sysex,
    },
    Case {
        name: "transport-of-nonsense",
        asks: "Tempo 0, NaN, a meter of 0/0, places at the end of numbers. A guard.",
        run: transport,
    },
    Case {
        name: "flood-in-linear-time",
        asks: "Every parameter moved at 512 places of a block: time grows as the number of moves. A guard; see the figure.",
        run: flood,
    },
];

fn first_param(instance: &Instance) -> Result<u32, String> {
    let params = instance.params()?;
    let found = params
        .iter()
        .find(|param| param.flags & clap_sys::ext::params::CLAP_PARAM_IS_AUTOMATABLE != 0);
    found.map(|param| param.id).ok_or_else(|| "no parameter can be automated".into())
}

fn past_the_end(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    let id = first_param(&instance)?;
    for time in [511, 512, 513, 4096, 1 << 31, u32::MAX] {
        for others in
            [vec![], vec![value(0, id, 0.2)], vec![value(300, id, 0.1), value(511, id, 0.2)]]
        {
            let mut events = others;
            events.push(value(time, id, 0.75));
            events.push(note(time, CLAP_EVENT_NOTE_ON, 60, 0.5));
            events.push(note(time, CLAP_EVENT_NOTE_OFF, 60, 0.5));
            let mut block = Block::new(&instance, 512)?.events(events);
            if block.play(&instance).0 == 0 {
                return Err(format!("a block with an event at {time} of 512 was refused"));
            }
            block.check()?;
            let now = instance.value(id)?;
            if (now - 0.75).abs() > 1e-6 {
                return Err(format!("a value of 0.75 at {time} of 512 was not taken: {now}"));
            }
        }
    }
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn out_of_order(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    let id = first_param(&instance)?;
    for times in [[500, 3, 250], [511, 510, 509], [100, 99, 101], [u32::MAX, 0, 511]] {
        let mut events: Vec<_> = times.iter().map(|time| value(*time, id, 0.25)).collect();
        events.push(value(times[0], id, 0.5));
        events.push(note(7, CLAP_EVENT_NOTE_ON, 64, 0.5));
        events.push(note(3, CLAP_EVENT_NOTE_OFF, 64, 0.5));
        let mut block = Block::new(&instance, 512)?.events(events);
        if block.play(&instance).0 == 0 {
            return Err(format!("a block with events at {times:?} was refused"));
        }
        block.check()?;
    }
    // 20,000 events, the earliest last: more than are sorted.
    let events = (0..20_000u32).rev().map(|i| value(i % 512, id, f64::from(i % 2))).collect();
    let mut block = Block::new(&instance, 512)?.events(events);
    block.play(&instance);
    block.check()?;
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn that_lie(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    let id = first_param(&instance)?;
    let before = instance.value(id)?;
    let short = |size: u32, type_: u16, space_id: u16| {
        bytes(&clap_event_header { size, time: 5, space_id, type_, flags: 0 })
    };
    let mut events = Vec::new();
    for type_ in 0..20 {
        for (size, space) in
            [(0, 0), (15, 0), (16, 0), (17, 0), (16, 1), (u32::MAX, 77), (0, u16::MAX)]
        {
            events.push(short(size, type_, space));
        }
    }
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        events.push(value(9, id, number));
        events.push(note(9, CLAP_EVENT_NOTE_ON, 60, number));
        events.push(bytes(&clap_event_param_mod {
            header: header::<clap_event_param_mod>(9, CLAP_EVENT_PARAM_MOD),
            param_id: id,
            cookie: std::ptr::null_mut(),
            note_id: -1,
            port_index: -1,
            channel: -1,
            key: -1,
            amount: number,
        }));
        for expression_id in -2..9 {
            events.push(bytes(&clap_event_note_expression {
                header: header::<clap_event_note_expression>(9, CLAP_EVENT_NOTE_EXPRESSION),
                expression_id,
                note_id: -1,
                port_index: 0,
                channel: 0,
                key: 60,
                value: number,
            }));
        }
    }
    for key in [-1, -32_768, 128, 32_767] {
        events.push(note(10, CLAP_EVENT_NOTE_ON, key, 1e300));
        events.push(note(10, CLAP_EVENT_NOTE_OFF, key, f64::NAN));
    }
    for data in [
        [0, 0, 0],
        [0x90, 200, 255],
        [0xB0, 255, 255],
        [0xFF, 0xFF, 0xFF],
        [0xE0, 0x80, 0x80],
        [0xC0, 5, 255],
    ] {
        let header = header::<clap_event_midi>(11, CLAP_EVENT_MIDI);
        events.push(bytes(&clap_event_midi { header, port_index: 9, data }));
    }
    events.push(value(12, 0xDEAD_BEEF, 0.5));
    let mut block = Block::new(&instance, 512)?.events(events);
    block.count_more = 1000;
    if block.play(&instance).0 == 0 {
        return Err("the block was refused".into());
    }
    block.check()?;
    let after = instance.value(id)?;
    if before != after {
        return Err(format!("a value that is no number was taken: {before} became {after}"));
    }
    let mut wild =
        Block::new(&instance, 512)?.events(vec![value(0, id, 1e30), value(1, id, -1e30)]);
    wild.play(&instance);
    wild.check()?;
    let held = instance.value(id)?;
    if !(0.0..=1.0).contains(&held) {
        return Err(format!("a value far beyond the range was taken: {held}"));
    }
    let mut back = Block::new(&instance, 512)?.events(vec![value(0, id, before)]);
    back.play(&instance);
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn lists_of_nothing(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    static NO_FUNCTIONS: clap_input_events =
        clap_input_events { ctx: std::ptr::null_mut(), size: None, get: None };
    static NO_PUSH: clap_output_events =
        clap_output_events { ctx: std::ptr::null_mut(), try_push: None };
    let both: [fn(&mut clap_sys::process::clap_process, &mut [_], &mut [_]); 3] = [
        |block, _, _| (block.in_events, block.out_events) = (std::ptr::null(), std::ptr::null()),
        |block, _, _| (block.in_events, block.out_events) = (&NO_FUNCTIONS, &NO_PUSH),
        |block, _, _| block.out_events = std::ptr::null(),
    ];
    for spoil in both {
        let id = first_param(&instance)?;
        let mut block = Block::new(&instance, 512)?.events(vec![value(5, id, 0.5)]).spoil(spoil);
        if block.play(&instance).0 == 0 {
            return Err("the block was refused".into());
        }
        block.check()?;
    }
    let table: &clap_sys::ext::params::clap_plugin_params =
        instance.table(clap_sys::ext::params::CLAP_EXT_PARAMS)?;
    let flush = table.flush.ok_or("no flush")?;
    // SAFETY: the function is the plugin's; lists that lack everything are the case.
    unsafe {
        flush(instance.plugin, std::ptr::null(), std::ptr::null());
        flush(instance.plugin, &NO_FUNCTIONS, &NO_PUSH);
    }
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn sysex(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    static NOTE: [u8; 3] = [0x90, 60, 100];
    for (buffer, size) in
        [(std::ptr::null(), 0), (std::ptr::null(), 12), (NOTE.as_ptr(), 0), (NOTE.as_ptr(), 3)]
    {
        let header = header::<clap_event_midi_sysex>(0, CLAP_EVENT_MIDI_SYSEX);
        let event = bytes(&clap_event_midi_sysex { header, port_index: 0, buffer, size });
        let mut block = Block::new(&instance, 512)?.events(vec![event]);
        if block.play(&instance).0 == 0 {
            return Err("the block was refused".into());
        }
        block.check()?;
    }
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn transport(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    for (tempo, meter, place) in [
        (0.0, (0, 0), i64::MAX),
        (f64::NAN, (4, 0), i64::MIN),
        (1e300, (0, 4), 0),
        (-5.0, (9, 9), 1),
    ] {
        let event = clap_event_transport {
            header: header::<clap_event_transport>(100, CLAP_EVENT_TRANSPORT),
            flags: u32::MAX,
            song_pos_beats: place,
            song_pos_seconds: place,
            tempo,
            tempo_inc: tempo,
            loop_start_beats: place,
            loop_end_beats: -1,
            loop_start_seconds: place,
            loop_end_seconds: -1,
            bar_start: place,
            bar_number: i32::MIN,
            tsig_num: meter.0,
            tsig_denom: meter.1,
        };
        let mut block = Block::new(&instance, 512)?
            .events(vec![bytes(&event), note(101, CLAP_EVENT_NOTE_ON, 60, 0.5)]);
        if block.play(&instance).0 == 0 {
            return Err(format!("a block with a tempo of {tempo} was refused"));
        }
        block.check()?;
    }
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn flood(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    let params = instance.params()?;
    let time = |places: u32| -> Result<f64, String> {
        let mut least = f64::MAX;
        for round in 0..3 {
            let moves = (0..places).flat_map(|place| {
                params.iter().enumerate().map(move |(index, param)| {
                    let share = f64::from((place + round + index as u32) % 5) / 4.0;
                    value(
                        place * 512 / places,
                        param.id,
                        param.min_value + share * (param.max_value - param.min_value),
                    )
                })
            });
            let mut block = Block::new(&instance, 512)?.events(moves.collect());
            let begun = Instant::now();
            block.play(&instance);
            least = least.min(begun.elapsed().as_secs_f64());
            block.check()?;
            instance.idle();
        }
        Ok(least * 1e3)
    };
    // With both the framework's queue to its window is full, of which a debug build complains in
    // the log, each time.
    let (few, many) = (time(256)?, time(512)?);
    if many > 4.0 * few.max(10.0) {
        return Err(format!(
            "twice the moves take {:.1} times as long: {few:.1} ms and {many:.1} ms",
            many / few
        ));
    }
    Ok(format!("{} parameters x 256 moves {few:.1} ms, x 512 moves {many:.1} ms", params.len()))
}
