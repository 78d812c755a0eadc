//! Events and parameters of a block: wrong, out of place, too many.

use std::path::Path;
use std::time::Instant;

use vst3::Steinberg::Vst::Event_::EventTypes_;
use vst3::Steinberg::Vst::{
    DataEvent, Event__type0, IMidiMapping, IMidiMappingTrait, NoteExpressionValueEvent,
    PolyPressureEvent,
};
use vst3::Steinberg::kResultOk;
use vst3::{ComPtr, ComWrapper};

use super::{cases, goes_on, plays, started};
use crate::strict::expect;
use crate::vst3_host::block::{Block, event, note_off, note_on};
use crate::vst3_host::objects::{Changes, Events, Queue};
use crate::vst3_host::{Found, Module, Plug};

cases! {
    sysex_without_data: "an exclusive message whose bytes are null, with sizes of 0, 3 and 4 billion";
    odd_notes: "pitches, channels and names of notes below 0 and beyond MIDI's, velocities that are none";
    unknown_events: "every kind of event from 0 to 70 and 65535, full of ones";
    events_outside_the_block: "notes before the block, at its end and far beyond";
    events_out_of_order: "notes in the wrong order of time end all the same";
    event_lists_that_lie: "lists that say they have two billion events, minus one, or refuse each";
    thousands_of_notes: "20,000 notes in one block, and their ends in the next";
    notes_in_a_block_without_samples: "a note begins in a block without samples and is heard after it";
    controllers_in_a_block_without_samples: "a pedal that is let go in a block without samples is let go";
    odd_values: "values of NaN, infinity, below 0 and above 1; parameters that are not there";
    queues_that_lie: "queues that are null, refuse each point, or say they have two billion";
    points_outside_the_block: "points before the block and far beyond; the last value is kept";
    points_in_wrong_order: "points in the wrong order of time, two queues of one parameter";
    automation_is_in_its_place: "a step within a block sounds as in a block of its own";
    flood_of_parameters: "every parameter at each of 512 samples of a block (the least of five, in ms)";
}

fn is_instrument(plug: &Plug) -> bool {
    plug.buses(1, 0) > 0
}

/// Blocks until nothing sounds; an effect is not asked.
fn falls_silent(plug: &Plug) -> Result<(), String> {
    for _ in 0..3000 {
        let mut block = Block::usual(plug, 512);
        plays(plug, &mut block)?;
        if !is_instrument(plug) || block.silent() {
            return Ok(());
        }
    }
    Err("a note still sounds half a minute after its end".into())
}

fn sysex_without_data(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    for size in [0, 3, u32::MAX] {
        let data = DataEvent { size, r#type: 0, bytes: std::ptr::null() };
        let kind = EventTypes_::kDataEvent as u16;
        let mut block =
            Block::usual(&plug, 512).events(vec![event(kind, 10, Event__type0 { data })]);
        plays(&plug, &mut block)?;
    }
    goes_on(&plug, 512)?;
    Ok(String::new())
}

fn odd_notes(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let mut events = Vec::new();
    for pitch in [-1, 128, i16::MAX, i16::MIN, 0, 127] {
        for id in [-1, 0, i32::MAX, i32::MIN] {
            for velocity in [f32::NAN, f32::INFINITY, -1.0, 9.0] {
                let mut on = note_on(1, pitch, id);
                on.__field0.noteOn.velocity = velocity;
                on.__field0.noteOn.channel = pitch;
                on.__field0.noteOn.tuning = velocity;
                events.push(on);
            }
        }
    }
    let press = PolyPressureEvent { channel: -7, pitch: 999, pressure: f32::NAN, noteId: 3 };
    events.push(event(
        EventTypes_::kPolyPressureEvent as u16,
        2,
        Event__type0 { polyPressure: press },
    ));
    for (type_id, note_id, value) in
        [(0, 0, f64::NAN), (2, 0, 1e300), (77, 0, 0.5), (1, 12_345, 0.5)]
    {
        let expression = NoteExpressionValueEvent { typeId: type_id, noteId: note_id, value };
        let kind = EventTypes_::kNoteExpressionValueEvent as u16;
        events.push(event(kind, 3, Event__type0 { noteExpressionValue: expression }));
    }
    plays(&plug, &mut Block::usual(&plug, 512).events(events))?;
    for _ in 0..10 {
        goes_on(&plug, 512)?;
    }
    Ok(String::new())
}

fn unknown_events(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    for kind in (0..70).chain([u16::MAX]) {
        if kind == EventTypes_::kDataEvent as u16 {
            continue; // its pointer would be wild, which no plugin can see
        }
        // SAFETY: numbers of all ones, and pointers that nobody may follow in events of these
        // kinds.
        let what: Event__type0 =
            unsafe { std::mem::transmute([0xFFu8; size_of::<Event__type0>()]) };
        plays(&plug, &mut Block::usual(&plug, 64).events(vec![event(kind, 1, what)]))?;
    }
    goes_on(&plug, 512)?;
    Ok(String::new())
}

fn events_outside_the_block(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    for (number, at) in [-1, i32::MIN, 511, 512, 513, 100_000, i32::MAX].into_iter().enumerate() {
        let id = number as i32;
        plays(&plug, &mut Block::usual(&plug, 512).events(vec![note_on(at, 60, id)]))?;
        plays(&plug, &mut Block::usual(&plug, 512).events(vec![note_off(at, 60, id)]))?;
    }
    falls_silent(&plug)?;
    Ok(String::new())
}

fn events_out_of_order(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let events =
        vec![note_off(400, 60, 1), note_on(10, 60, 1), note_on(300, 64, 2), note_off(350, 64, 2)];
    plays(&plug, &mut Block::usual(&plug, 512).events(events))?;
    falls_silent(&plug)?;
    Ok(String::new())
}

fn event_lists_that_lie(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let start = Instant::now();
    for (events, claims) in
        [(vec![], i32::MAX), (vec![note_on(0, 60, 1)], i32::MAX), (vec![], -1), (vec![], i32::MIN)]
    {
        let mut block = Block::usual(&plug, 512);
        block.events = Some(ComWrapper::new(Events { events, claims: Some(claims) }));
        plays(&plug, &mut block)?;
    }
    plays(&plug, &mut Block::usual(&plug, 512).events(vec![note_off(0, 60, 1)]))?;
    falls_silent(&plug)?;
    expect(start.elapsed().as_secs() < 20, || format!("it took {:?}", start.elapsed()))?;
    Ok(String::new())
}

fn thousands_of_notes(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let all = |make: fn(i32, i16, i32) -> vst3::Steinberg::Vst::Event| {
        (0..20_000).map(|index| make(index % 512, (index % 128) as i16, index)).collect::<Vec<_>>()
    };
    plays(&plug, &mut Block::usual(&plug, 512).events(all(note_on)))?;
    plays(&plug, &mut Block::usual(&plug, 512).events(all(note_off)))?;
    falls_silent(&plug)?;
    Ok(String::new())
}

fn notes_in_a_block_without_samples(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    if !is_instrument(&plug) {
        return Ok("no notes".into());
    }
    let mut none = Block::usual(&plug, 512).events(vec![note_on(0, 60, 1)]);
    none.samples = 0;
    none.play(&plug);
    let heard = (0..40).any(|_| {
        let mut block = Block::usual(&plug, 512);
        block.play(&plug);
        !block.silent()
    });
    expect(heard, || "the note is not heard".into())?;
    let mut none = Block::usual(&plug, 512).events(vec![note_off(0, 60, 1)]);
    none.samples = 0;
    none.play(&plug);
    falls_silent(&plug)?;
    Ok("heard".into())
}

fn controllers_in_a_block_without_samples(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let pedal = |plug: &Plug| {
        let mapping: ComPtr<IMidiMapping> = plug.controller.cast()?;
        let mut id = 0;
        // SAFETY: the place is ours.
        let result = unsafe { mapping.getMidiControllerAssignment(0, 0, 64, &raw mut id) };
        (result == kResultOk).then_some(id)
    };
    // How the pedal is let go: in the block before, in one without samples, or never.
    let mut heard: Vec<Vec<f32>> = Vec::new();
    for way in 0..3 {
        let plug = started(&module, 512)?;
        let Some(id) = pedal(&plug).filter(|_| is_instrument(&plug)) else {
            return Ok("no controllers".into());
        };
        let pressed = vec![(id, vec![(0, 1.0)])];
        plays(
            &plug,
            &mut Block::usual(&plug, 512).changes(pressed).events(vec![note_on(0, 60, 1)]),
        )?;
        plays(&plug, &mut Block::usual(&plug, 512).events(vec![note_off(0, 60, 1)]))?;
        for _ in 0..20 {
            goes_on(&plug, 512)?;
        }
        let let_go = vec![(id, vec![(0, 0.5), (0, 0.0)])];
        if way == 1 {
            let mut none = Block::usual(&plug, 512).changes(let_go.clone());
            none.samples = 0;
            none.play(&plug);
        }
        let mut block = Block::usual(&plug, 512);
        if way == 0 {
            block = block.changes(let_go);
        }
        let mut sound = Vec::new();
        for _ in 0..100 {
            plays(&plug, &mut block)?;
            sound.extend(block.out());
            block = Block::usual(&plug, 512);
        }
        heard.push(sound);
    }
    expect(heard[0] != heard[2], || "the pedal is not heard at all".into())?;
    expect(heard[0] == heard[1], || "the pedal stays down".into())?;
    Ok("the same bits".into())
}

fn odd_values(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let params = plug.automatable();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -3.0, 1e300] {
        let queues =
            params.iter().map(|param| (param.id, vec![(0, value), (100, value)])).collect();
        plays(&plug, &mut Block::usual(&plug, 512).changes(queues))?;
        for param in &params {
            plug.set(param.id, value);
            let now = plug.value(param.id);
            expect((0.0..=1.0).contains(&now), || {
                format!("{} is {now} after {value}", param.name)
            })?;
        }
    }
    for id in [0, 1, u32::MAX, 0x7FFF_FFFF, 0x8000_0000] {
        plays(&plug, &mut Block::usual(&plug, 512).changes(vec![(id, vec![(0, 0.5)])]))?;
        plug.set(id, 0.5);
        let now = plug.value(id);
        expect((0.0..=1.0).contains(&now), || format!("parameter {id} is {now}"))?;
    }
    goes_on(&plug, 512)?;
    plug.save()?;
    Ok(String::new())
}

fn queues_that_lie(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let id = plug.automatable()[1].id;
    let start = Instant::now();
    let queue = |points, claims| Some(ComWrapper::new(Queue { id, points, claims: Some(claims) }));
    for (queues, claims) in [
        (vec![None, queue(vec![(0, 0.5)], 1)], None),
        (vec![queue(vec![], i32::MAX)], None),
        (vec![queue(vec![(5, 0.25)], i32::MAX)], None),
        (vec![queue(vec![(5, 0.75)], -1)], None),
        (vec![], Some(i32::MAX)),
        (vec![], Some(-1)),
    ] {
        let mut block = Block::usual(&plug, 512);
        block.changes = Some(ComWrapper::new(Changes { queues, claims }));
        plays(&plug, &mut block)?;
    }
    let many: Vec<_> = (0..5000).map(|_| queue(vec![(0, 0.5)], 1)).collect();
    let mut block = Block::usual(&plug, 512);
    block.changes = Some(ComWrapper::new(Changes { queues: many, claims: None }));
    plays(&plug, &mut block)?;
    goes_on(&plug, 512)?;
    expect(start.elapsed().as_secs() < 20, || format!("it took {:?}", start.elapsed()))?;
    Ok(String::new())
}

fn points_outside_the_block(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let id = plug.param(MIX)?.id;
    for at in [-1, i32::MIN, 512, 10_000, i32::MAX] {
        for value in [0.25, 0.75] {
            plays(&plug, &mut Block::usual(&plug, 512).changes(vec![(id, vec![(at, value)])]))?;
            let now = plug.value(id);
            expect((now - value).abs() < 0.01, || format!("{value} at sample {at} became {now}"))?;
        }
    }
    Ok(String::new())
}

/// A continuous parameter that all three have.
pub(super) const MIX: &str = "Output";

fn points_in_wrong_order(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let id = plug.param(MIX)?.id;
    let points = vec![(400, 0.1), (10, 0.9), (300, 0.4), (5, 0.6)];
    plays(&plug, &mut Block::usual(&plug, 512).changes(vec![(id, points)]))?;
    let twice = vec![(id, vec![(0, 0.2), (511, 0.3)]), (id, vec![(100, 0.8)])];
    plays(&plug, &mut Block::usual(&plug, 512).changes(twice))?;
    let now = plug.value(id);
    expect((now - 0.3).abs() < 0.01, || format!("the last point's 0.3 was expected, not {now}"))?;
    goes_on(&plug, 512)?;
    Ok(String::new())
}

fn automation_is_in_its_place(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let (whole, parts) = (started(&module, 512)?, started(&module, 512)?);
    let id = whole.param(MIX)?.id;
    let note = |plug: &Plug| if is_instrument(plug) { vec![note_on(0, 60, 1)] } else { vec![] };
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for round in 0..40 {
        let steps = [(100, 0.9 - f64::from(round % 5) * 0.1), (101, 0.3), (400, 0.7)];
        let mut block = Block::usual(&whole, 512).changes(vec![(id, steps.to_vec())]);
        if round == 0 {
            block = block.events(note(&whole));
        }
        plays(&whole, &mut block)?;
        one.extend(block.outputs[0][0].iter().flatten().copied());
        let mut from = 0;
        let ends = [100, 101, 400, 512];
        for (index, end) in ends.into_iter().enumerate() {
            let mut block = Block::usual(&parts, 512);
            for channel in block.inputs.iter_mut().flatten().flatten() {
                *channel = channel[from..end].to_vec();
            }
            block.samples = (end - from) as i32;
            if index > 0 {
                block = block.changes(vec![(id, vec![(0, steps[index - 1].1)])]);
            }
            if round == 0 && index == 0 {
                block = block.events(note(&parts));
            }
            let result = block.play(&parts);
            expect(result == kResultOk, || format!("a block was refused: {result}"))?;
            other.extend(block.outputs[0][0].iter().flatten().take(end - from).copied());
            from = end;
        }
    }
    expect(one.iter().any(|sample| *sample != 0.0), || "sound was expected".into())?;
    let at = one.iter().zip(&other).position(|(one, other)| one != other);
    expect(at.is_none(), || format!("the sound differs from sample {at:?} on"))?;
    Ok("the same bits".into())
}

fn flood_of_parameters(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 512)?;
    let params = plug.automatable();
    let mut least = f64::INFINITY;
    for round in 0..5 {
        let queues = params.iter().enumerate().map(|(index, param)| {
            let value = |at: i32| f64::from((at * 7 + index as i32 + round) % 97) / 96.0;
            (param.id, (0..512).map(|at| (at, value(at))).collect::<Vec<_>>())
        });
        let mut block = Block::usual(&plug, 512).changes(queues.collect());
        let start = Instant::now();
        plays(&plug, &mut block)?;
        least = least.min(start.elapsed().as_secs_f64() * 1000.0);
    }
    let last = |index: usize| f64::from((511 * 7 + index as i32 + 4) % 97) / 96.0;
    let mix = params.iter().position(|param| param.name == MIX).ok_or("no output level")?;
    let now = plug.value(params[mix].id);
    expect((now - last(mix)).abs() < 0.02, || {
        format!("the last value {} was expected, not {now}", last(mix))
    })?;
    expect(least < 200.0, || format!("{} parameters: {least:.0} ms", params.len()))?;
    Ok(format!("{} parameters: {least:.0} ms", params.len()))
}
