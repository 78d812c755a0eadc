//! Editors: calls in odd orders and on other threads, windows that are none, and what a hundred
//! openings leave behind.

use super::block::{Block, still_plays, value};
use super::host::Instance;
use super::usage::{Usage, pool_memory};
use crate::strict::Case;
use crate::strict::display::TestScreen;
use clap_sys::ext::gui::{
    CLAP_EXT_GUI, CLAP_WINDOW_API_COCOA, CLAP_WINDOW_API_WAYLAND, CLAP_WINDOW_API_WIN32,
    CLAP_WINDOW_API_X11, clap_gui_resize_hints, clap_plugin_gui, clap_window, clap_window_handle,
};
use std::ffi::{CStr, c_ulong};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "windows-that-are-none",
        asks: "Windows of other systems, null and 0, sizes and scales that cannot be. Before: abort.",
        run: no_windows,
    },
    Case {
        name: "editor-out-of-order",
        asks: "Editor calls before it is there, twice, and after it is gone. Before: a guard, abort for windows of 0.",
        run: out_of_order,
    },
    Case {
        name: "editor-on-other-threads",
        asks: "Editor calls on a thread that did not open it. Before: abort (a value of another thread).",
        run: other_threads,
    },
    Case {
        name: "editor-leaks-hidden-then-destroyed",
        asks: "After ten openings a hundred more leave nothing. Before: two descriptors and 2.3 MB each.",
        run: |path| leaks(path, Order::HideDestroy),
    },
    Case {
        name: "editor-leaks-destroyed-as-it-is",
        asks: "The same without hiding first.",
        run: |path| leaks(path, Order::Destroy),
    },
    Case {
        name: "editor-leaks-parent-first",
        asks: "The same when the window around it goes first. Before: abort.",
        run: |path| leaks(path, Order::ParentFirst),
    },
    Case {
        name: "editor-leaks-instance-first",
        asks: "The same when the instance goes with its editor open.",
        run: |path| leaks(path, Order::InstanceFirst),
    },
    Case {
        name: "editor-leaks-while-it-plays",
        asks: "The same while automated sound runs.",
        run: |path| leaks(path, Order::WhilePlaying),
    },
];

/// How a host closes an editor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    HideDestroy,
    Destroy,
    ParentFirst,
    InstanceFirst,
    WhilePlaying,
}

fn table(instance: &Instance) -> Result<&'static clap_plugin_gui, String> {
    instance.table(CLAP_EXT_GUI)
}

fn create(instance: &Instance) -> Result<bool, String> {
    let create = table(instance)?.create.ok_or("no create")?;
    // SAFETY: the function is the plugin's.
    Ok(unsafe { create(instance.plugin, CLAP_WINDOW_API_X11.as_ptr(), false) })
}

fn destroy(instance: &Instance) -> Result<(), String> {
    let destroy = table(instance)?.destroy.ok_or("no destroy")?;
    // SAFETY: as above.
    unsafe { destroy(instance.plugin) };
    Ok(())
}

fn set_parent(instance: &Instance, api: &CStr, window: impl Into<c_ulong>) -> Result<bool, String> {
    let set = table(instance)?.set_parent.ok_or("no parent")?;
    let window =
        clap_window { api: api.as_ptr(), specific: clap_window_handle { x11: window.into() } };
    // SAFETY: as above.
    Ok(unsafe { set(instance.plugin, &window) })
}

fn show(instance: &Instance, shown: bool) -> Result<bool, String> {
    let table = table(instance)?;
    let call = if shown { table.show } else { table.hide }.ok_or("no show")?;
    // SAFETY: as above.
    Ok(unsafe { call(instance.plugin) })
}

fn no_windows(path: &Path) -> Result<String, String> {
    let screen = TestScreen::new()?;
    let instance = Instance::open(path)?;
    let gui = table(&instance)?;
    let p = instance.plugin;
    // SAFETY: the functions are the plugin's; what is asked is the case.
    unsafe {
        let supported = gui.is_api_supported.ok_or("no answer")?;
        if supported(p, std::ptr::null(), false) || supported(p, CLAP_WINDOW_API_X11.as_ptr(), true)
        {
            return Err("no kind of window, and a floating one, are supported".into());
        }
        for api in [
            CLAP_WINDOW_API_WIN32,
            CLAP_WINDOW_API_COCOA,
            CLAP_WINDOW_API_WAYLAND,
            c"",
            c"nonsense",
        ] {
            if supported(p, api.as_ptr(), false)
                || gui.create.is_some_and(|create| create(p, api.as_ptr(), false))
            {
                return Err(format!("{api:?} is supported"));
            }
        }
        call!(gui.create, p, std::ptr::null(), false);
        call!(gui.get_preferred_api, p, std::ptr::null_mut(), std::ptr::null_mut());
        if !create(&instance)? {
            return Err("the editor was not made".into());
        }
        let ours = screen.window(800, 600)?;
        let parent = c_ulong::from(ours);
        for (api, window) in [
            (CLAP_WINDOW_API_WIN32, parent),
            (CLAP_WINDOW_API_COCOA, parent),
            (CLAP_WINDOW_API_WIN32, 0),
            (CLAP_WINDOW_API_COCOA, 0),
            (CLAP_WINDOW_API_X11, 0),
            (CLAP_WINDOW_API_X11, u64::MAX),
            (CLAP_WINDOW_API_X11, 0x0BAD_F00D),
        ] {
            if set_parent(&instance, api, window)? {
                return Err(format!("{api:?} window {window:#x} was accepted"));
            }
        }
        call!(gui.set_parent, p, std::ptr::null());
        let nameless =
            clap_window { api: std::ptr::null(), specific: clap_window_handle { x11: parent } };
        call!(gui.set_parent, p, &nameless);
        if !set_parent(&instance, CLAP_WINDOW_API_X11, parent)? {
            return Err("a good window was refused".into());
        }
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9, 1.5, 1.0] {
            call!(gui.set_scale, p, scale);
        }
        for (width, height) in [(0, 0), (1, 1), (u32::MAX, u32::MAX), (70_000, 5), (900, 600)] {
            call!(gui.set_size, p, width, height);
            let (mut width, mut height) = (width, height);
            call!(gui.adjust_size, p, &mut width, &mut height);
        }
        call!(gui.adjust_size, p, std::ptr::null_mut(), std::ptr::null_mut());
        call!(gui.get_size, p, std::ptr::null_mut(), std::ptr::null_mut());
        call!(gui.get_resize_hints, p, std::ptr::null_mut::<clap_gui_resize_hints>());
        call!(gui.set_transient, p, std::ptr::null());
        call!(gui.suggest_title, p, std::ptr::null());
        show(&instance, true)?;
        std::thread::sleep(Duration::from_millis(100));
        instance.idle();
        destroy(&instance)?;
        screen.close(ours);
    }
    instance.start(48_000.0, 512)?;
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn out_of_order(path: &Path) -> Result<String, String> {
    let screen = TestScreen::new()?;
    let instance = Instance::open(path)?;
    let parent = screen.window(800, 600)?;
    for round in 0..3 {
        destroy(&instance)?;
        for shown in [true, false] {
            if show(&instance, shown)? {
                return Err("an editor that is not there was shown or hidden".into());
            }
        }
        if set_parent(&instance, CLAP_WINDOW_API_X11, parent)? {
            return Err("an editor that is not there was put into a window".into());
        }
        // SAFETY: the functions are the plugin's.
        unsafe {
            call!(table(&instance)?.set_scale, instance.plugin, 2.0);
            call!(table(&instance)?.set_size, instance.plugin, 800, 600);
        }
        if !create(&instance)? || create(&instance)? {
            return Err("an editor is made once".into());
        }
        if round == 1 {
            show(&instance, true)?;
        }
        set_parent(&instance, CLAP_WINDOW_API_X11, parent)?;
        set_parent(&instance, CLAP_WINDOW_API_X11, parent)?;
        for shown in [true, true, false, false, true] {
            show(&instance, shown)?;
        }
        instance.idle();
        destroy(&instance)?;
        destroy(&instance)?;
        instance.idle();
    }
    create(&instance)?;
    instance.start(48_000.0, 512)?;
    Ok(format!("still plays, peak {:.3}", still_plays(&instance)?))
}

fn other_threads(path: &Path) -> Result<String, String> {
    let screen = TestScreen::new()?;
    let instance = Instance::open(path)?;
    let parent = screen.window(800, 600)?;
    if !create(&instance)?
        || !set_parent(&instance, CLAP_WINDOW_API_X11, parent)?
        || !show(&instance, true)?
    {
        return Err("the editor was not opened".into());
    }
    instance.start(48_000.0, 512)?;
    let id = instance.params()?.first().ok_or("no parameters")?.id;
    std::thread::scope(|scope| {
        let other = scope.spawn(|| -> Result<(), String> {
            show(&instance, false)?;
            set_parent(&instance, CLAP_WINDOW_API_X11, parent)?;
            destroy(&instance)?;
            // SAFETY: the function is the plugin's; the thread is the case.
            unsafe {
                call!(table(&instance)?.set_size, instance.plugin, 700, 500);
                call!((*instance.plugin).on_main_thread, instance.plugin);
            }
            let mut block =
                Block::new(&instance, 512)?.events(vec![value(5, id, 0.1), value(50, id, 0.9)]);
            block.play(&instance);
            let state = instance.save()?;
            instance.load(&state)?;
            instance.idle();
            create(&instance)?;
            Ok(())
        });
        other.join().map_err(|_| "the other thread panicked".to_owned())?
    })?;
    instance.idle();
    destroy(&instance)?;
    // One that another thread opens and never closes: this one takes the instance away.
    std::thread::scope(|scope| {
        scope.spawn(|| create(&instance)).join().map_err(|_| "panicked".to_owned())?
    })?;
    let peak = still_plays(&instance)?;
    drop(instance);
    let next = Instance::open(path)?;
    next.start(48_000.0, 512)?;
    Ok(format!("still plays, peak {peak:.3}, and the next instance {:.3}", still_plays(&next)?))
}

fn opened(instance: &Instance, parent: u32) -> Result<(), String> {
    if !create(instance)?
        || !set_parent(instance, CLAP_WINDOW_API_X11, parent)?
        || !show(instance, true)?
    {
        return Err("the editor was not opened".into());
    }
    // Long enough for a few pictures.
    for _ in 0..4 {
        std::thread::sleep(Duration::from_millis(10));
        instance.idle();
    }
    Ok(())
}

fn leaks(path: &Path, order: Order) -> Result<String, String> {
    pool_memory();
    let screen = TestScreen::new()?;
    let kept = Instance::open(path)?;
    kept.start(48_000.0, 256)?;
    let ids: Vec<u32> = kept.params()?.iter().map(|param| param.id).collect();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if order == Order::WhilePlaying {
            let (kept, stop, ids) = (&kept, &stop, &ids);
            scope.spawn(move || {
                for round in 0usize.. {
                    if stop.load(SeqCst) {
                        break;
                    }
                    let events = vec![value(9, ids[round % ids.len()], (round % 2) as f64)];
                    if let Ok(block) = Block::new(kept, 256) {
                        block.events(events).play(kept);
                    }
                    std::thread::sleep(Duration::from_millis(2));
                }
            });
        }
        let outcome = openings(path, &kept, &screen, order);
        stop.store(true, SeqCst);
        outcome
    })
}

fn openings(
    path: &Path,
    kept: &Instance,
    screen: &TestScreen,
    order: Order,
) -> Result<String, String> {
    let one = || -> Result<(), String> {
        let parent = screen.window(1000, 700)?;
        match order {
            Order::InstanceFirst => {
                let goes = Instance::open(path)?;
                opened(&goes, parent)?;
                drop(goes);
                screen.close(parent);
            }
            Order::ParentFirst => {
                opened(kept, parent)?;
                screen.close(parent);
                std::thread::sleep(Duration::from_millis(20));
                kept.idle();
                destroy(kept)?;
            }
            Order::HideDestroy | Order::Destroy | Order::WhilePlaying => {
                opened(kept, parent)?;
                if order == Order::HideDestroy {
                    show(kept, false)?;
                }
                destroy(kept)?;
                screen.close(parent);
            }
        }
        kept.idle();
        Ok(())
    };
    let many = |count: usize| (0..count).try_for_each(|_| one());
    many(10)?;
    let before = Usage::now();
    many(100)?;
    let after = Usage::now();
    after.within(&before, 0, 0, 5 << 20)?;
    Ok(format!("{before}; after 100 more openings {after}"))
}
