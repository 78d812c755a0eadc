//! A host that calls back from where it was called: from within a resize, and from within its own
//! run loop.

use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use vst3::ComRef;
use vst3::Steinberg::{IPlugView, IPlugViewTrait, ViewRect, kResultOk};

use super::{cases, goes_on, started};
use crate::strict::display::TestScreen;
use crate::strict::display::Windows;
use crate::strict::expect;
use crate::vst3_host::objects::Reaction;
use crate::vst3_host::window::View;
use crate::vst3_host::{Found, Module};

cases! {
    resized_within_a_resize: "asked for a size, the host reads and sets sizes while the window is resized once more";
    closed_within_a_resize: "asked for a size in its run loop, the host closes the view and takes its frame away";
}

/// Resizes the window from outside again and again, so that it tells its host, which reacts to each
/// as said: with another resize at hand. Hands back how often.
fn asked(opened: &View, reaction: fn(ComRef<'_, IPlugView>, &dyn Fn())) -> Result<usize, String> {
    let windows = Windows::connect().map_err(|error| format!("{error:#}"))?;
    let (count, sizes, window) = (Arc::new(AtomicUsize::new(0)), AtomicU32::new(0), opened.window);
    let resize = move || {
        let step = sizes.fetch_add(1, Ordering::SeqCst) % 20;
        let _ = windows.resize_within(window, 700 + 7 * step, 500 + 5 * step);
        std::thread::sleep(Duration::from_millis(40));
    };
    let resize = Arc::new(resize);
    let (theirs, again) = (count.clone(), resize.clone());
    let react: Reaction = Arc::new(move |view| {
        let is_early = theirs.fetch_add(1, Ordering::SeqCst) < 20;
        reaction(view, &|| {
            if is_early {
                again()
            }
        });
    });
    let frame = opened.frame.as_ref().ok_or("no frame")?;
    *frame.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(react);
    let begun = Instant::now();
    let mut rounds = 0;
    // A machine that is busy gives the window its turn late.
    while rounds < 4
        || count.load(Ordering::SeqCst) == 0 && begun.elapsed() < Duration::from_secs(20)
    {
        resize();
        opened.turn(Duration::from_millis(60));
        rounds += 1;
    }
    *frame.first.lock().unwrap_or_else(PoisonError::into_inner) = None;
    Ok(count.load(Ordering::SeqCst))
}

fn resized_within_a_resize(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let opened = View::open(&screen, &plug, true)?;
    opened.turn(Duration::from_millis(100));
    let count = asked(&opened, |view, resize| {
        let mut rect = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
        // SAFETY: the place is ours.
        unsafe { view.getSize(&raw mut rect) };
        // The window has another message for the host by now.
        resize();
        // SAFETY: as above.
        unsafe {
            view.getSize(&raw mut rect);
            view.checkSizeConstraint(&raw mut rect);
            view.onSize(&raw mut rect);
            view.getSize(&raw mut rect);
        }
    })?;
    goes_on(&plug, 256)?;
    expect(count > 0, || "the window asked for no size".into())?;
    let mut rect = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
    // SAFETY: the place is ours.
    let result = unsafe { opened.view.getSize(&raw mut rect) };
    expect(result == kResultOk && rect.right > 100, || {
        format!("afterwards the size is {} ({result})", rect.right)
    })?;
    opened.remove();
    goes_on(&plug, 256)?;
    let again = View::open(&screen, &plug, true)?;
    again.remove();
    Ok(format!("asked {count} times"))
}

fn closed_within_a_resize(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    let mut total = 0;
    for rounds in 0..6 {
        let plug = started(&module, 256)?;
        let opened = View::open(&screen, &plug, true)?;
        opened.turn(Duration::from_millis(60));
        total += asked(&opened, |view, _| {
            // SAFETY: null takes the frame away.
            unsafe {
                view.removed();
                view.setFrame(std::ptr::null_mut());
            }
        })?;
        expect(total > rounds, || "the window asked for no size".into())?;
        let left = opened.frame.as_ref().map_or(0, |frame| frame.registered());
        expect(left == 0, || "a handler is left in the run loop".into())?;
        goes_on(&plug, 256)?;
        screen.close(opened.window);
    }
    Ok(format!("asked {total} times"))
}
