//! Questions of any shape: indices past the last, absurd values, states of nonsense.

use super::block::still_plays;
use super::host::Instance;
use crate::strict::Case;
use clap_sys::ext::audio_ports::{
    CLAP_EXT_AUDIO_PORTS, clap_audio_port_info, clap_plugin_audio_ports,
};
use clap_sys::ext::audio_ports_config::{
    CLAP_EXT_AUDIO_PORTS_CONFIG, clap_audio_ports_config, clap_plugin_audio_ports_config,
};
use clap_sys::ext::note_ports::{CLAP_EXT_NOTE_PORTS, clap_note_port_info, clap_plugin_note_ports};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_param_info, clap_plugin_params};
use clap_sys::ext::remote_controls::{
    CLAP_EXT_REMOTE_CONTROLS, clap_plugin_remote_controls, clap_remote_controls_page,
};
use clap_sys::ext::render::{CLAP_EXT_RENDER, clap_plugin_render};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};
use clap_sys::stream::{clap_istream, clap_ostream};
use std::ffi::c_void;
use std::path::Path;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "indices-past-the-last",
        asks: "Parameters, ports, layouts and pages past the last, and no room for the answer. Before: abort (parameters).",
        run: past_the_last,
    },
    Case {
        name: "texts-of-absurd-values",
        asks: "Texts for values that are none or huge, into no room or one byte; values of nonsense. Before: a guard.",
        run: texts,
    },
    Case {
        name: "states-of-nonsense",
        asks: "Empty, cut, huge and hostile states, and streams that lie. Before: memory past its end for lying streams.",
        run: states,
    },
];

fn past_the_last(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    let p = instance.plugin;
    let wrong = |what: &str| Err(format!("{what} was answered"));
    let mut asked = 0;
    // SAFETY: the functions are the plugin's, with room for the answer or null; the index is the
    // case.
    unsafe {
        let mut info: clap_param_info = std::mem::zeroed();
        let params: &clap_plugin_params = instance.table(CLAP_EXT_PARAMS)?;
        let count = params.count.map_or(0, |count| count(p));
        let get = params.get_info.ok_or("no information")?;
        for index in [count, count + 1, u32::MAX, i32::MAX as u32] {
            asked += 1;
            if get(p, index, &mut info) {
                return wrong("a parameter past the last");
            }
        }
        if get(p, 0, std::ptr::null_mut())
            || params.get_value.is_some_and(|get| get(p, info.id, std::ptr::null_mut()))
        {
            return wrong("no room");
        }
        let mut value = 0.0;
        if params.get_value.is_some_and(|get| get(p, 0xDEAD_BEEF, &mut value)) {
            return wrong("an id that nobody has");
        }
        let ports: &clap_plugin_audio_ports = instance.table(CLAP_EXT_AUDIO_PORTS)?;
        let mut port: clap_audio_port_info = std::mem::zeroed();
        for is_input in [true, false] {
            let count = ports.count.map_or(0, |count| count(p, is_input));
            for index in [count, count + 1, u32::MAX] {
                asked += 1;
                if ports.get.is_some_and(|get| get(p, index, is_input, &mut port)) {
                    return wrong("a port past the last");
                }
            }
            if ports.get.is_some_and(|get| get(p, 0, is_input, std::ptr::null_mut())) {
                return wrong("no room");
            }
        }
        if let Ok(configs) =
            instance.table::<clap_plugin_audio_ports_config>(CLAP_EXT_AUDIO_PORTS_CONFIG)
        {
            let mut config: clap_audio_ports_config = std::mem::zeroed();
            let count = configs.count.map_or(0, |count| count(p));
            for index in [count, u32::MAX] {
                asked += 1;
                if configs.get.is_some_and(|get| get(p, index, &mut config))
                    || configs.select.is_some_and(|select| select(p, index))
                {
                    return wrong("a layout past the last");
                }
            }
            call!(configs.get, p, 0, std::ptr::null_mut());
            instance.start(48_000.0, 512)?;
            if configs.select.is_some_and(|select| select(p, count - 1)) {
                return wrong("another layout while active");
            }
            still_plays(&instance)?;
            instance.stop();
        }
        if let Ok(notes) = instance.table::<clap_plugin_note_ports>(CLAP_EXT_NOTE_PORTS) {
            let mut info: clap_note_port_info = std::mem::zeroed();
            for index in [1, u32::MAX] {
                asked += 1;
                if notes.get.is_some_and(|get| {
                    get(p, index, true, &mut info) || get(p, index, false, &mut info)
                }) {
                    return wrong("a note port past the last");
                }
            }
            call!(notes.get, p, 0, true, std::ptr::null_mut());
        }
        if let Ok(pages) = instance.table::<clap_plugin_remote_controls>(CLAP_EXT_REMOTE_CONTROLS) {
            let mut page: clap_remote_controls_page = std::mem::zeroed();
            let count = pages.count.map_or(0, |count| count(p));
            for index in [count, count + 1, u32::MAX] {
                asked += 1;
                if pages.get.is_some_and(|get| get(p, index, &mut page)) {
                    return wrong("a page past the last");
                }
            }
            call!(pages.get, p, 0, std::ptr::null_mut());
        }
        let render: &clap_plugin_render = instance.table(CLAP_EXT_RENDER)?;
        if render.set.is_some_and(|set| set(p, 77)) {
            return wrong("a way of rendering that there is not");
        }
    }
    instance.start(48_000.0, 512)?;
    Ok(format!("{asked} answers were refused; still plays, peak {:.3}", still_plays(&instance)?))
}

fn texts(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    let params: &clap_plugin_params = instance.table(CLAP_EXT_PARAMS)?;
    let (write, read) =
        (params.value_to_text.ok_or("no texts")?, params.text_to_value.ok_or("no values")?);
    let mut asked = 0;
    let absurd =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, f64::MIN_POSITIVE, -0.0];
    for param in instance.params()? {
        for value in absurd {
            for room in [0u32, 1, 2, 7, 256] {
                let mut text = [0x55i8 as std::ffi::c_char; 260];
                // SAFETY: the function is the plugin's, and the room there.
                let done =
                    unsafe { write(instance.plugin, param.id, value, text.as_mut_ptr(), room) };
                if text[room as usize..].iter().any(|byte| *byte != 0x55) {
                    return Err(format!(
                        "parameter {}: a text was written past its room of {room}",
                        param.id
                    ));
                }
                if done && !text[..room as usize].contains(&0) {
                    return Err(format!("parameter {}: a text without an end", param.id));
                }
                asked += 1;
            }
        }
        let long = std::ffi::CString::new("9".repeat(10_000)).map_err(|error| error.to_string())?;
        let texts = [
            c"",
            c"NaN",
            c"inf",
            c"-inf",
            c"1e999",
            c"\xff\xfe",
            c"%n%s",
            c"9999999999999999999999",
        ];
        for text in texts.iter().copied().chain([long.as_c_str()]) {
            let mut value = 0.0;
            // SAFETY: the function is the plugin's, and the text ends in a zero.
            if unsafe { read(instance.plugin, param.id, text.as_ptr(), &mut value) }
                && !(param.min_value..=param.max_value).contains(&value)
            {
                return Err(format!("parameter {}: {text:?} was read as {value}", param.id));
            }
            asked += 1;
        }
        // SAFETY: null is the case.
        unsafe {
            write(instance.plugin, param.id, 0.0, std::ptr::null_mut(), 100);
            read(instance.plugin, param.id, std::ptr::null(), std::ptr::null_mut());
        }
    }
    Ok(format!("{asked} texts"))
}

unsafe extern "C" fn liar(_stream: *const clap_istream, buffer: *mut c_void, size: u64) -> i64 {
    // SAFETY: the plugin has the room that it says.
    unsafe { std::ptr::write_bytes(buffer.cast::<u8>(), 0, size as usize) };
    size as i64 + 1_000_000
}

unsafe extern "C" fn braggart(
    _stream: *const clap_ostream,
    _buffer: *const c_void,
    size: u64,
) -> i64 {
    size as i64 * 1000
}

unsafe extern "C" fn refuser(
    _stream: *const clap_ostream,
    _buffer: *const c_void,
    _size: u64,
) -> i64 {
    -1
}

fn states(path: &Path) -> Result<String, String> {
    let instance = Instance::open(path)?;
    instance.start(48_000.0, 512)?;
    let good = instance.save()?;
    let with_length = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    let mut bad =
        vec![vec![], vec![0; 7], vec![0xFF; 8], vec![0; 4096], u64::MAX.to_le_bytes().to_vec()];
    bad.extend(
        (0..good.len()).step_by((good.len() / 40).max(1)).map(|length| good[..length].to_vec()),
    );
    bad.extend(
        [
            "",
            "{",
            "[]",
            "null",
            "{\"params\":7}",
            "{\"params\":{\"mix\":{\"f32\":1e999}},\"fields\":{\"session\":\"{\"}}",
        ]
        .map(with_length),
    );
    bad.push(with_length(&"[".repeat(100_000)));
    let mut flipped = good.clone();
    for at in (8..flipped.len()).step_by(37) {
        flipped[at] ^= 0x20;
    }
    bad.push(flipped);
    for state in &bad {
        instance.load(state)?;
        instance.idle();
    }
    let table: &clap_plugin_state = instance.table(CLAP_EXT_STATE)?;
    let (load, save) = (table.load.ok_or("no load")?, table.save.ok_or("no save")?);
    // SAFETY: the functions are the plugin's; the streams are the case.
    unsafe {
        load(instance.plugin, std::ptr::null());
        save(instance.plugin, std::ptr::null());
        load(instance.plugin, &clap_istream { ctx: std::ptr::null_mut(), read: None });
        save(instance.plugin, &clap_ostream { ctx: std::ptr::null_mut(), write: None });
        if load(instance.plugin, &clap_istream { ctx: std::ptr::null_mut(), read: Some(liar) }) {
            return Err("a stream that says it has read more than it was asked was believed".into());
        }
        if save(instance.plugin, &clap_ostream { ctx: std::ptr::null_mut(), write: Some(refuser) })
        {
            return Err("a state was saved into a stream that refuses".into());
        }
        save(instance.plugin, &clap_ostream { ctx: std::ptr::null_mut(), write: Some(braggart) });
    }
    if !instance.load(&good)? {
        return Err("after all that its own state is refused".into());
    }
    Ok(format!("{} bad states; still plays, peak {:.3}", bad.len(), still_plays(&instance)?))
}
