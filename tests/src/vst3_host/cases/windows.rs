//! Editors: in the wrong window, on the wrong thread, opened and closed while everything else goes
//! on.

use std::ffi::c_void;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::Rng;
use vst3::Steinberg::{
    IPlugView, IPlugViewContentScaleSupport, IPlugViewContentScaleSupportTrait, IPlugViewTrait,
    ViewRect, kPlatformTypeHWND, kPlatformTypeNSView, kPlatformTypeX11EmbedWindowID, kResultOk,
};
use vst3::{ComPtr, ComWrapper};

use super::{cases, goes_on, random, started};
use crate::clap_strict::usage::{Usage, pool_memory};
use crate::strict::display::TestScreen;
use crate::strict::expect;
use crate::vst3_host::block::Block;
use crate::vst3_host::objects::Frame;
use crate::vst3_host::window::{View, view};
use crate::vst3_host::{Found, Module, Plug};

cases! {
    window_of_another_system: "windows of Windows and macOS, of no known kind, null, and one that is not there";
    view_without_window: "sizes, keys, frames and removal of a view that was never attached";
    released_on_another_thread: "removed and released on another thread than it was attached on";
    closed_in_every_order: "removed or not, frame taken or not, view or component first, window first";
    two_views: "a second view while the first is open";
    scale_before_attached: "a content scale told before `attached` is the window's";
    resized_by_the_host: "sizes by the host: checked, taken, impossible ones refused";
    parameters_told_while_open: "the host sets and automates parameters while the window is open";
    automation_while_opening: "a parameter automated while the window opens, then the last instance removed, 10 times";
    storm: "automation x opening x closing x removal, 20 seeds (`NFX_STORM_SECONDS` for longer)";
    two_hundred_openings: "200 openings: descriptors, threads and memory of the second hundred";
}

fn window_of_another_system(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let view = view(&plug)?;
    let window = screen.window(1000, 700)? as usize as *mut c_void;
    // SAFETY: kinds and windows are what the case is about.
    unsafe {
        for kind in [
            kPlatformTypeHWND,
            kPlatformTypeNSView,
            c"".as_ptr(),
            c"Wayland".as_ptr(),
            std::ptr::null(),
        ] {
            expect(view.isPlatformTypeSupported(kind) != kResultOk, || {
                "another system's kind is promised".into()
            })?;
            expect(view.attached(window, kind) != kResultOk, || {
                "another system's kind is attached".into()
            })?;
        }
        let kind = kPlatformTypeX11EmbedWindowID;
        expect(view.isPlatformTypeSupported(kind) == kResultOk, || "X11 was expected".into())?;
        expect(view.attached(std::ptr::null_mut(), kind) != kResultOk, || {
            "a null window is attached".into()
        })?;
        for wild in [usize::MAX, 0x1_0000_0000, 0x7FFF_FFFF] {
            if view.attached(wild as *mut c_void, kind) == kResultOk {
                view.removed();
            }
        }
    }
    drop(view);
    goes_on(&plug, 256)?;
    let opened = View::open(&screen, &plug, true)?;
    opened.turn(Duration::from_millis(50));
    opened.remove();
    Ok(String::new())
}

fn view_without_window(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let view = view(&plug)?;
    let mut rect = ViewRect { left: 0, top: 0, right: 800, bottom: 600 };
    // SAFETY: places are ours or null.
    unsafe {
        view.removed();
        view.removed();
        view.onSize(&raw mut rect);
        view.onSize(std::ptr::null_mut());
        view.checkSizeConstraint(&raw mut rect);
        view.checkSizeConstraint(std::ptr::null_mut());
        view.onFocus(1);
        view.onWheel(1.0);
        for code in [-1, 0, 1, 77, 78, 128, i16::MAX, i16::MIN] {
            view.onKeyDown(65, code, -1);
            view.onKeyUp(65, code, i16::MAX);
        }
        view.setFrame(std::ptr::null_mut());
        expect(view.getSize(std::ptr::null_mut()) != kResultOk, || {
            "a null place is filled".into()
        })?;
        expect(view.getSize(&raw mut rect) == kResultOk, || "there is no size".into())?;
        view.canResize();
    }
    expect(rect.right > 100 && rect.bottom > 100, || {
        format!("the size is {} x {}", rect.right, rect.bottom)
    })?;
    for has_loop in [true, false] {
        let frame = Frame::new(has_loop);
        let pointer = frame.as_com_ref().ok_or("no frame")?;
        // SAFETY: the frame outlives its use.
        unsafe {
            view.setFrame(pointer.as_ptr());
            view.setFrame(pointer.as_ptr());
            view.setFrame(std::ptr::null_mut());
        }
        expect(frame.registered() == 0, || "a handler is left in the run loop".into())?;
    }
    let frame = Frame::new(true);
    // SAFETY: as above.
    unsafe { view.setFrame(frame.as_com_ref().ok_or("no frame")?.as_ptr()) };
    drop(plug);
    drop(view);
    expect(frame.registered() == 0, || "a handler is left in the run loop".into())?;
    Ok(format!("{} x {}", rect.right, rect.bottom))
}

/// Something that is moved to another thread though the format says nothing about it.
struct Moved<T>(T);
// SAFETY: hosts do it; that is what is tested.
unsafe impl<T> Send for Moved<T> {}

fn elsewhere(work: impl FnOnce()) -> Result<(), String> {
    let work = Moved(work);
    std::thread::scope(|scope| {
        let run = scope.spawn(move || {
            let moved = work;
            (moved.0)();
        });
        run.join().map_err(|_| "the other thread panicked".to_owned())
    })
}

fn released_on_another_thread(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    for round in 0..6 {
        let plug = started(&module, 256)?;
        let opened = View::open(&screen, &plug, round % 2 == 0)?;
        opened.turn(Duration::from_millis(30));
        let window = opened.window;
        match round / 2 {
            0 => {
                elsewhere(|| {
                    opened.remove();
                })?;
                drop(opened);
            }
            1 => elsewhere(move || drop(opened))?,
            _ => elsewhere(move || {
                let mut rect = ViewRect { left: 0, top: 0, right: 900, bottom: 600 };
                // SAFETY: the place is ours.
                unsafe {
                    opened.view.onSize(&raw mut rect);
                    opened.view.checkSizeConstraint(&raw mut rect);
                    opened.view.getSize(&raw mut rect);
                }
                opened.remove();
                drop(opened);
            })?,
        }
        screen.close(window);
        goes_on(&plug, 256)?;
        let again = View::open(&screen, &plug, true)?;
        again.remove();
    }
    Ok(String::new())
}

fn closed_in_every_order(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    for order in 0..32 {
        let has = |bit: i32| order & (1 << bit) != 0;
        let plug = started(&module, 256)?;
        let opened = View::open(&screen, &plug, has(4))?;
        opened.turn(Duration::from_millis(10));
        let (window, frame) = (opened.window, opened.frame.clone());
        if has(0) {
            screen.close(window);
            opened.turn(Duration::from_millis(10));
        }
        let mut plug = Some(plug);
        if has(1) {
            drop(plug.take()); // the component goes first
        }
        if has(2) {
            opened.remove();
        }
        if has(3) {
            opened.set_frame(false);
            opened.remove();
        }
        drop(opened);
        expect(frame.is_some_and(|frame| frame.registered() == 0), || {
            "a handler is left in the run loop".into()
        })?;
        if !has(0) {
            screen.close(window);
        }
        if let Some(plug) = &plug {
            goes_on(plug, 256)?;
        }
    }
    Ok("32 orders".into())
}

fn two_views(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let first = View::open(&screen, &plug, true)?;
    let second = View {
        view: view(&plug)?,
        frame: Some(Frame::new(true)),
        window: screen.window(1000, 700)?,
    };
    second.set_frame(true);
    expect(second.attach() != kResultOk, || "a second window was opened".into())?;
    expect(first.attach() != kResultOk, || "the first was opened twice".into())?;
    first.turn(Duration::from_millis(30));
    first.remove();
    expect(second.attach() == kResultOk, || {
        "the second was refused after the first had closed".into()
    })?;
    second.turn(Duration::from_millis(30));
    drop(first);
    second.remove();
    goes_on(&plug, 256)?;
    Ok(String::new())
}

fn scale_before_attached(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let size = |view: &ComPtr<IPlugView>| {
        let mut rect = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
        // SAFETY: the place is ours.
        unsafe { view.getSize(&raw mut rect) };
        (rect.right - rect.left, rect.bottom - rect.top)
    };
    let plain = size(&view(&plug)?);
    let opened = View {
        view: view(&plug)?,
        frame: Some(Frame::new(true)),
        window: screen.window(1000, 700)?,
    };
    opened.set_frame(true);
    let scaled: ComPtr<IPlugViewContentScaleSupport> =
        opened.view.cast().ok_or("there is no content scale")?;
    // SAFETY: numbers.
    unsafe {
        for wrong in [f32::NAN, f32::INFINITY, 0.0, -2.0] {
            expect(scaled.setContentScaleFactor(wrong) != kResultOk, || {
                format!("a scale of {wrong} is taken")
            })?;
        }
        let result = scaled.setContentScaleFactor(1.5);
        expect(result == kResultOk, || {
            format!("a scale told before `attached` is refused: {result}")
        })?;
    }
    let told = size(&opened.view);
    expect(opened.attach() == kResultOk, || "the window was refused".into())?;
    opened.turn(Duration::from_millis(300));
    let shown = size(&opened.view);
    opened.remove();
    let near = |size: (i32, i32)| (f64::from(size.0) / f64::from(plain.0) - 1.5).abs() < 0.02;
    expect(near(shown), || {
        format!("{plain:?} at 1.5 was expected, not {shown:?} (told {told:?} before)")
    })?;
    Ok(format!("{plain:?} at 1 is {shown:?} at 1.5"))
}

fn resized_by_the_host(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let opened = View::open(&screen, &plug, true)?;
    opened.turn(Duration::from_millis(100));
    for (width, height) in [(700, 500), (1200, 800), (641, 401)] {
        let mut rect = ViewRect { left: 10, top: 10, right: 10 + width, bottom: 10 + height };
        // SAFETY: the place is ours.
        unsafe {
            opened.view.checkSizeConstraint(&raw mut rect);
            expect(opened.view.onSize(&raw mut rect) == kResultOk, || {
                format!("{width} x {height} is refused")
            })?;
        }
        opened.turn(Duration::from_millis(60));
        // SAFETY: as above.
        unsafe { opened.view.getSize(&raw mut rect) };
        let now = (rect.right - rect.left, rect.bottom - rect.top);
        let near = (now.0 - width).abs() <= 2 && (now.1 - height).abs() <= 2;
        expect(near, || format!("{width} x {height} was set, {now:?} is told"))?;
    }
    for (right, bottom) in [(0, 0), (-5, 10), (i32::MAX, i32::MAX), (i32::MIN, 3)] {
        let mut rect = ViewRect { left: 1, top: 1, right, bottom };
        // SAFETY: as above.
        unsafe {
            expect(opened.view.onSize(&raw mut rect) != kResultOk, || {
                format!("{right} x {bottom} is taken")
            })?;
            opened.view.checkSizeConstraint(&raw mut rect);
        }
    }
    opened.remove();
    Ok(String::new())
}

fn parameters_told_while_open(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let opened = View::open(&screen, &plug, true)?;
    let params = plug.automatable();
    let state = plug.save()?;
    for round in 0..40 {
        for param in params.iter().skip(round % 7).step_by(7) {
            plug.set(param.id, f64::from(round as u32 % 10) / 10.0);
        }
        let id = params[round % params.len()].id;
        Block::usual(&plug, 256).changes(vec![(id, vec![(0, 0.3), (50, 0.6)])]).play(&plug);
        if round % 10 == 9 {
            plug.load(&state);
        }
        opened.turn(Duration::from_millis(5));
    }
    opened.remove();
    goes_on(&plug, 256)?;
    Ok(String::new())
}

/// A pointer for the audio thread; the case keeps the instance alive.
#[derive(Clone, Copy)]
struct Shared(*const Plug);
// SAFETY: the interfaces may be called from any thread.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// # Safety
    /// The instance is alive.
    unsafe fn plug(&self) -> &Plug {
        // SAFETY: the caller says so.
        unsafe { &*self.0 }
    }
}

/// Automates on another thread while `meanwhile` runs here.
fn automated<R>(plug: &Plug, params: usize, meanwhile: impl FnOnce() -> R) -> R {
    let over = AtomicBool::new(false);
    let shared = Shared(plug);
    let ids: Vec<u32> = plug.automatable().iter().take(params).map(|param| param.id).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // SAFETY: the case keeps the instance alive until this scope ends.
            let plug = unsafe { shared.plug() };
            let mut round = 0;
            while !over.load(Ordering::Relaxed) {
                round += 1;
                let queue = |id: &u32| {
                    (*id, (0..8).map(|at| (at * 30, f64::from((at + round) % 9) / 8.0)).collect())
                };
                Block::usual(plug, 256).changes(ids.iter().map(queue).collect()).play(plug);
            }
        });
        let found = meanwhile();
        over.store(true, Ordering::Relaxed);
        found
    })
}

fn automation_while_opening(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    for round in 0..10 {
        let plug = started(&module, 256)?;
        automated(&plug, 1, || -> Result<(), String> {
            let opened = View::open(&screen, &plug, round % 2 == 0)?;
            opened.turn(Duration::from_millis(60));
            opened.remove();
            screen.close(opened.window);
            Ok(())
        })?;
        drop(plug);
    }
    Ok("10 rounds".into())
}

/// One seed of the storm.
fn gust(screen: &TestScreen, module: &Module, seed: u64) -> Result<(), String> {
    let mut random = random(seed);
    let plugs: Vec<Plug> =
        (0..random.random_range(1..3)).map(|_| started(module, 256)).collect::<Result<_, _>>()?;
    let state = plugs[0].save()?;
    let params = random.random_range(1..30);
    automated(&plugs[0], params, || -> Result<(), String> {
        let others = plugs.get(1);
        for _ in 0..random.random_range(1..3) {
            let target = others.filter(|_| random.random_range(0..3) == 0).unwrap_or(&plugs[0]);
            let opened = View::open(screen, target, random.random())?;
            opened.turn(Duration::from_millis(random.random_range(0..40)));
            match random.random_range(0..4) {
                0 => {
                    target.load(&state);
                }
                1 => target.automatable().iter().take(9).for_each(|param| {
                    target.set(param.id, 0.7);
                }),
                2 => drop(module.create()?),
                _ => {}
            }
            let window = opened.window;
            if random.random() {
                opened.set_frame(false);
            }
            if random.random() {
                opened.remove();
            }
            drop(opened);
            screen.close(window);
        }
        Ok(())
    })?;
    drop(plugs);
    Ok(())
}

fn storm(plugin: &Path) -> Found {
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    let seconds = std::env::var("NFX_STORM_SECONDS").ok().and_then(|text| text.parse::<u64>().ok());
    let start = Instant::now();
    let mut seed = 0;
    while seed < 20 || seconds.is_some_and(|seconds| start.elapsed().as_secs() < seconds) {
        gust(&screen, &module, seed).map_err(|error| format!("seed {seed}: {error}"))?;
        seed += 1;
    }
    Ok(match seconds {
        Some(_) => format!("{seed} seeds in {} s", start.elapsed().as_secs()),
        None => "20 seeds".into(),
    })
}

/// What a hundred openings may leave behind, in bytes.
const HUNDRED: u64 = 4 << 20;

fn two_hundred_openings(plugin: &Path) -> Found {
    pool_memory();
    let screen = TestScreen::new()?;
    let module = Module::open(plugin)?;
    let plug = started(&module, 256)?;
    let frame: ComWrapper<Frame> = Frame::new(true);
    let mut marks = Vec::new();
    for round in 0..=200 {
        let opened = View {
            view: view(&plug)?,
            frame: Some(frame.clone()),
            window: screen.window(1000, 700)?,
        };
        opened.set_frame(true);
        expect(opened.attach() == kResultOk, || format!("opening {round} was refused"))?;
        opened.turn(Duration::from_millis(20));
        opened.remove();
        let window = opened.window;
        drop(opened);
        screen.close(window);
        if round % 100 == 0 {
            marks.push(Usage::now());
        }
    }
    let [_, first, second] = marks.as_slice() else { return Err("no marks".into()) };
    let found = format!("after one hundred: {first}; after two: {second}");
    second.within(first, 0, 2, HUNDRED).map_err(|_| found.clone())?;
    Ok(found)
}
