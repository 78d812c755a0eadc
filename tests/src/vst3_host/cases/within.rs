//! A host that calls back from where it was called: from within a resize, and from within its own run loop.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use vst3::Steinberg::{
    IPlugView, IPlugViewContentScaleSupport, IPlugViewContentScaleSupportTrait, IPlugViewTrait, ViewRect, kResultOk,
};
use vst3::{ComPtr, ComRef};

use super::cases;
use crate::strict::expect;
use crate::vst3_host::block::Block;
use crate::vst3_host::objects::Reaction;
use crate::vst3_host::window::{Desk, View};
use crate::vst3_host::{Found, Module, Plug};

cases! {
    resized_within_a_resize: "asked for a size, the host reads and sets sizes and tells another scale, then answers";
    closed_within_a_resize: "asked for a size in its run loop, the host closes the view and takes its frame away";
}

fn started(module: &Module) -> Result<Plug, String> {
    let plug = module.create()?;
    plug.start(48_000.0, 256)?;
    Ok(plug)
}

fn plays(plug: &Plug) -> Result<(), String> {
    let mut block = Block::usual(plug, 256);
    let result = block.play(plug);
    expect(result == kResultOk, || format!("the block after it was refused: {result}"))?;
    block.written()
}

fn scale_to(view: &ComPtr<IPlugView>, scale: f32) {
    if let Some(scaled) = view.cast::<IPlugViewContentScaleSupport>() {
        // SAFETY: a number.
        unsafe { scaled.setContentScaleFactor(scale) };
    }
}

fn react(opened: &View, reaction: Option<Reaction>) {
    if let Some(frame) = &opened.frame {
        *frame.first.lock().unwrap_or_else(PoisonError::into_inner) = reaction;
    }
}

/// Has the window ask for sizes while the host reacts to each as said. Hands back how often it reacted.
fn asked(opened: &View, reaction: fn(ComRef<'_, IPlugView>, usize)) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let theirs = count.clone();
    react(opened, Some(Arc::new(move |view| reaction(view, theirs.fetch_add(1, Ordering::SeqCst)))));
    for scale in [1.5, 1.25, 2.0, 1.0] {
        scale_to(&opened.view, scale);
        opened.turn(Duration::from_millis(150));
    }
    react(opened, None);
    count.load(Ordering::SeqCst)
}

fn resized_within_a_resize(plugin: &Path) -> Found {
    let desk = Desk::new()?;
    let module = Module::open(plugin)?;
    let plug = started(&module)?;
    let opened = View::open(&desk, &plug, true)?;
    opened.turn(Duration::from_millis(100));
    let count = asked(&opened, |view, number| {
        let mut rect = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
        // SAFETY: the place is ours.
        unsafe { view.getSize(&raw mut rect) };
        // The window has another message for the host, and the thread that sends it some time.
        if number < 20 {
            scale_to(&view.to_com_ptr(), if number % 2 == 0 { 1.75 } else { 1.1 });
            std::thread::sleep(Duration::from_millis(30));
        }
        // SAFETY: as above.
        unsafe {
            view.getSize(&raw mut rect);
            view.checkSizeConstraint(&raw mut rect);
            view.onSize(&raw mut rect);
            view.getSize(&raw mut rect);
        }
    });
    plays(&plug)?;
    expect(count > 0, || "the window asked for no size".into())?;
    let mut rect = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
    // SAFETY: the place is ours.
    let result = unsafe { opened.view.getSize(&raw mut rect) };
    expect(result == kResultOk && rect.right > 100, || format!("afterwards the size is {} ({result})", rect.right))?;
    opened.remove();
    plays(&plug)?;
    let again = View::open(&desk, &plug, true)?;
    again.remove();
    Ok(format!("asked {count} times"))
}

fn closed_within_a_resize(plugin: &Path) -> Found {
    let desk = Desk::new()?;
    let module = Module::open(plugin)?;
    let mut total = 0;
    for _ in 0..6 {
        let plug = started(&module)?;
        let opened = View::open(&desk, &plug, true)?;
        opened.turn(Duration::from_millis(60));
        total += asked(&opened, |view, _| {
            // SAFETY: null takes the frame away.
            unsafe {
                view.removed();
                view.setFrame(std::ptr::null_mut());
            }
        });
        let left = opened.frame.as_ref().map_or(0, |frame| frame.registered());
        expect(left == 0, || "a handler is left in the run loop".into())?;
        plays(&plug)?;
        desk.close(opened.window);
    }
    expect(total > 0, || "the window asked for no size".into())?;
    Ok(format!("asked {total} times"))
}
