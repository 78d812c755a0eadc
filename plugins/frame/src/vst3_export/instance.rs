//! What the interfaces of one instance share.
//!
//! Three threads may call at any time, whatever the format says: a host's main thread, its audio
//! thread, and the window's. The audio thread waits for nobody: while the plugin is being activated
//! a block is silent. Whoever else needs the plugin waits for the end of a block, but not for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nice_plug::context::gui::AsyncExecutor;
use nice_plug::plugin::{PluginState, TrackInfo};
use nice_plug::prelude::{BufferConfig, Plugin, ProcessMode};
use parking_lot::{Mutex, MutexGuard, ReentrantMutex};

use crate::guarded::GuardedEditor;
use crate::hosted::Hosted;

use super::audio::{Audio, LONGEST, Surroundings};
use super::buses::Buses;
use super::guard::Guard;
use super::params::Table;
use super::requests::{HostRequests, Requester};
use super::state;

/// How long the main thread waits for the end of a block.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a host that activates before it has said anything gets.
const RATE_HZ: f32 = 44_100.0;

/// One instance; the component, its windows and their callers hold it.
pub struct Instance<P: Plugin> {
    pub guard: Guard,
    pub table: Table,
    pub requests: Arc<HostRequests>,
    pub requester: Requester,
    pub setup: Mutex<Setup>,
    /// Made with the instance and never changed; what it is asked may lead back here on the same
    /// thread.
    pub editor: ReentrantMutex<Option<GuardedEditor<P::Editor>>>,
    pub track: Mutex<TrackInfo>,
    /// The run loop that the host gave with the instance; most give one with a window alone.
    #[cfg(all(unix, not(target_os = "macos")))]
    pub line: Mutex<Option<super::line::Line>>,
    /// A window is open: a plugin has one at a time.
    pub has_window: AtomicBool,
    /// The scale in which the editor tells its size: that of its last window.
    pub scale: Mutex<f64>,
    /// Samples of tail after the last block.
    pub tail_samples: AtomicU32,
    /// The audio thread shall reset the plugin before its next block.
    reset_wanted: AtomicBool,
    audio: Mutex<Audio<P>>,
}

/// What the host has told.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// Rate, block and purpose.
    pub config: BufferConfig,
    /// Buses and their speakers.
    pub buses: Buses,
    /// Whether the host has the instance active.
    pub active: bool,
}

impl<P: Hosted> Instance<P> {
    /// As a host creates it. On the host's main thread. Allocates.
    pub fn new() -> Arc<Self> {
        let mut plugin = P::default();
        let side = plugin.host_side();
        let table = Table::new(plugin.params());
        let nothing: Arc<dyn Fn(P::BackgroundTask) + Send + Sync> = Arc::new(|_| {
            nice_plug::nice_debug_assert_failure!(
                "no plugin of the suite gives the framework tasks"
            );
        });
        let editor =
            plugin.editor(AsyncExecutor::new(nothing.clone(), nothing)).map(GuardedEditor::new);
        let requests = HostRequests::new();
        let requester = Requester::new(&requests);
        if let Some(side) = side {
            let (requests, wake) = (Arc::downgrade(&requests), requester.waker());
            side.when_changed(Arc::new(move || {
                if let Some(requests) = requests.upgrade() {
                    requests.note_change();
                    wake();
                }
            }));
        }
        Arc::new(Self {
            guard: Guard::default(),
            requester,
            requests,
            setup: Mutex::new(Setup {
                config: BufferConfig {
                    sample_rate: RATE_HZ,
                    min_buffer_size: None,
                    max_buffer_size: LONGEST as u32,
                    process_mode: ProcessMode::Realtime,
                },
                buses: Buses::new(P::AUDIO_IO_LAYOUTS),
                active: false,
            }),
            editor: ReentrantMutex::new(editor),
            track: Mutex::new(TrackInfo::default()),
            #[cfg(all(unix, not(target_os = "macos")))]
            line: Mutex::new(None),
            has_window: AtomicBool::new(false),
            scale: Mutex::new(1.0),
            tail_samples: AtomicU32::new(0),
            reset_wanted: AtomicBool::new(false),
            audio: Mutex::new(Audio::new(plugin, table.entries().len())),
            table,
        })
    }
}

impl<P: Plugin> Instance<P> {
    /// What blocks and activations may read.
    pub fn around(&self) -> Surroundings<'_> {
        Surroundings { table: &self.table, requests: &self.requests, requester: &self.requester }
    }

    /// The plugin, if nobody else has it. Real-time safe.
    pub fn try_audio(&self) -> Option<MutexGuard<'_, Audio<P>>> {
        self.audio.try_lock()
    }

    /// The plugin, after the block that is being played. `None` when that never ends. The audio
    /// thread need not wake us: that would be a call to the system from there.
    fn audio(&self) -> Option<MutexGuard<'_, Audio<P>>> {
        let start = Instant::now();
        loop {
            if let Some(audio) = self.audio.try_lock() {
                return Some(audio);
            }
            if start.elapsed() > PATIENCE {
                nice_plug::nice_error!(
                    "{}: a block was expected to end within two seconds, but did not",
                    P::NAME
                );
                return None;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Makes the instance active or not. Says whether it is as wanted.
    pub fn set_active(&self, active: bool) -> bool {
        let mut setup = self.setup.lock();
        if setup.active == active {
            return true;
        }
        let Some(mut audio) = self.audio() else { return false };
        if active {
            setup.active = audio.activate(&setup.buses.layout, &setup.config, self.around());
            self.tail_samples.store(0, Ordering::Release);
        } else {
            audio.deactivate();
            setup.active = false;
        }
        let done = setup.active == active;
        drop(audio);
        drop(setup);
        // The host may have to hear of a new latency; without a lock held, for it may call back.
        // One that deactivates is on its way to something else.
        if active {
            self.requests.deliver();
        }
        done
    }

    /// Takes the host's rate and block. An active instance is prepared anew.
    pub fn configure(&self, config: BufferConfig) -> bool {
        let mut setup = self.setup.lock();
        if setup.config == config {
            return true;
        }
        setup.config = config;
        if !setup.active {
            return true;
        }
        let Some(mut audio) = self.audio() else { return false };
        audio.deactivate();
        setup.active = audio.activate(&setup.buses.layout, &setup.config, self.around());
        let done = setup.active;
        drop(audio);
        drop(setup);
        self.requests.deliver();
        done
    }

    /// Forgets all sound: now, or before the next block.
    pub fn reset(&self) {
        self.tail_samples.store(0, Ordering::Release);
        match self.audio.try_lock() {
            Some(mut audio) => audio.reset(),
            None => self.reset_wanted.store(true, Ordering::Release),
        }
    }

    /// Whether the audio thread has a reset to make up for; asked once. Real-time safe.
    pub fn takes_reset(&self) -> bool {
        self.reset_wanted.load(Ordering::Relaxed) && self.reset_wanted.swap(false, Ordering::AcqRel)
    }

    /// What is set now.
    pub fn state(&self) -> PluginState {
        self.table.settle(self.table.now_ms());
        state::save::<P>(&self.table)
    }

    /// Puts a state into force.
    pub fn set_state(&self, state: PluginState) {
        state::load::<P>(&self.table, state);
    }

    /// The host's run loop, in place of the one before.
    #[cfg(all(unix, not(target_os = "macos")))]
    pub fn set_line(&self, line: Option<super::line::Line>) {
        if let Some(line) = &line {
            self.requests.add_line(line.caller());
        }
        let old = std::mem::replace(&mut *self.line.lock(), line);
        if let Some(old) = old {
            self.requests.remove_line(&old.caller());
        }
    }

    /// Ends everything that calls the host.
    pub fn close(&self) {
        self.requests.set_handler(None);
        #[cfg(all(unix, not(target_os = "macos")))]
        self.set_line(None);
        self.set_active(false);
    }
}
