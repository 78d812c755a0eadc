//! Counting what the audio thread must never do, with the preloaded library of `native/rt_guard.c`.
//!
//! A process that was started with that library in `LD_PRELOAD` finds it here; the counters run
//! only between the two calls that [`Guard::watch`] puts around `process`. It works on release
//! bundles, which no debug allocator can see.

use crate::bundle;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::process::Command;

/// The counters' names, in the order of the library's own list.
pub const KINDS: [&str; 9] =
    ["alloc", "free", "lock", "open", "write", "read", "syscall", "sleep", "wake"];

/// The preloaded library's functions.
#[derive(Clone, Copy)]
pub struct Guard {
    begin: extern "C" fn(),
    end: extern "C" fn(),
    count: extern "C" fn(c_int) -> u64,
    trace: extern "C" fn(c_int, *mut c_char, usize),
}

impl Guard {
    /// The guard of this process.
    ///
    /// # Errors
    /// When the process was started without it.
    pub fn find() -> Result<Self> {
        let symbol = |name: &CStr| -> Result<*mut c_void> {
            let found = lookup(name);
            (!found.is_null())
                .then_some(found)
                .context("rt_guard is not loaded; start this program with LD_PRELOAD=target/native/rt_guard.so")
        };
        // SAFETY: these are the functions of native/rt_guard.c with just these signatures.
        unsafe {
            Ok(Self {
                begin: std::mem::transmute::<*mut c_void, extern "C" fn()>(symbol(
                    c"rt_guard_begin",
                )?),
                end: std::mem::transmute::<*mut c_void, extern "C" fn()>(symbol(c"rt_guard_end")?),
                count: std::mem::transmute::<*mut c_void, extern "C" fn(c_int) -> u64>(symbol(
                    c"rt_guard_count",
                )?),
                trace: std::mem::transmute::<*mut c_void, extern "C" fn(c_int, *mut c_char, usize)>(
                    symbol(c"rt_guard_trace")?,
                ),
            })
        }
    }

    /// Counts during one call.
    pub fn watch(&self, call: &mut dyn FnMut()) {
        (self.begin)();
        call();
        (self.end)();
    }

    /// What was counted so far, by kind, and where the first came from.
    pub fn report(&self) -> Value {
        let mut report = json!({});
        for (index, kind) in (0..).zip(KINDS) {
            let count = (self.count)(index);
            report[kind] = json!(count);
            if count > 0 {
                report[format!("first {kind}")] = json!(self.first(index));
            }
        }
        report
    }

    /// Where the first of a kind came from: library, offset and name of each caller.
    fn first(&self, kind: c_int) -> Vec<String> {
        let mut text = [0u8; 4096];
        (self.trace)(kind, text.as_mut_ptr().cast(), text.len());
        let text =
            CStr::from_bytes_until_nul(&text).map(|text| text.to_string_lossy().into_owned());
        text.unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

fn lookup(name: &CStr) -> *mut c_void {
    // SAFETY: the name is a C string; looking up a symbol changes nothing.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}

/// Runs `nfx-host guard` on a bundle with the counting library preloaded, and reads its report.
///
/// # Errors
/// When the program or the library is missing, or the run fails.
pub fn run_host(clap: &Path, arguments: &[&str]) -> Result<Value> {
    run_host_with(clap, arguments, &[])
}

/// As [`run_host`], with environment variables that the plugin sees.
///
/// # Errors
/// As [`run_host`].
pub fn run_host_with(clap: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Value> {
    let out = Command::new(bundle::program("nfx-host")?)
        .arg("guard")
        .arg(clap)
        .args(arguments)
        .env("LD_PRELOAD", bundle::native("rt_guard")?)
        .envs(variables.iter().copied())
        .output()?;
    let text = String::from_utf8_lossy(&out.stdout);
    anyhow::ensure!(
        out.status.success(),
        "nfx-host guard ended with {}: {}",
        out.status,
        String::from_utf8_lossy(&out.stderr)
    );
    Ok(serde_json::from_str(text.lines().last().unwrap_or_default())?)
}

/// How often anything forbidden was counted in a report; waking another thread is allowed.
pub fn total(report: &Value) -> u64 {
    KINDS.iter().filter(|kind| **kind != "wake").filter_map(|kind| report[*kind].as_u64()).sum()
}
