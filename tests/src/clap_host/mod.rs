//! A CLAP host without a window, strict where real hosts are strict.
//!
//! [`Library`] is an opened bundle, [`Plugin`] an instance of what is in it. The thread that makes
//! an instance is its main thread; sound is processed on a thread of its own, as in a real host,
//! while the main thread answers callbacks.

mod foreign;
mod handlers;
pub mod notes;
mod params;
mod play;
mod ports;
mod state;

pub use handlers::Requests;
pub use params::Param;
pub use play::{Blocks, Event, Take, Watch};
pub use ports::Layout;

use anyhow::{Context, Result, bail};
use clack_extensions::latency::PluginLatency;
use clack_extensions::render::{PluginRender, RenderMode};
use clack_host::prelude::*;
use handlers::{MainThread, Shared, TestHost};
use std::ffi::{CStr, CString};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What a bundle says of a plugin in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The id that never changes, for example `works.latent.anne`.
    pub id: String,
    /// The name that a musician sees.
    pub name: String,
    /// Who made it.
    pub vendor: String,
    /// Its version.
    pub version: String,
    /// CLAP's feature words.
    pub features: Vec<String>,
}

/// An opened bundle.
pub struct Library {
    entry: PluginEntry,
}

impl Library {
    /// Opens a bundle (on macOS, the folder's inner library).
    ///
    /// # Errors
    /// When the file is no CLAP library of this system.
    pub fn open(path: &Path) -> Result<Self> {
        let inner = path.file_stem().map(|name| path.join("Contents/MacOS").join(name));
        let file = inner.filter(|inner| inner.exists()).unwrap_or_else(|| path.to_owned());
        // SAFETY: the bundles that the tests open are this project's own and do nothing when they
        // are loaded.
        let entry = unsafe { PluginEntry::load(&file) }
            .with_context(|| format!("{} cannot be opened as a CLAP bundle", file.display()))?;
        Ok(Self { entry })
    }

    /// What is in the bundle.
    pub fn descriptions(&self) -> Vec<Description> {
        let text = |value: Option<&CStr>| {
            value.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let Some(factory) = self.entry.get_plugin_factory() else { return Vec::new() };
        factory
            .plugin_descriptors()
            .map(|plugin| Description {
                id: text(plugin.id()),
                name: text(plugin.name()),
                vendor: text(plugin.vendor()),
                version: text(plugin.version()),
                features: plugin.features().map(|feature| text(Some(feature))).collect(),
            })
            .collect()
    }

    /// Makes an instance of the bundle's first plugin.
    ///
    /// # Errors
    /// When the bundle holds none or the plugin refuses.
    pub fn create(&self) -> Result<Plugin> {
        let first = self
            .descriptions()
            .into_iter()
            .next()
            .context("the bundle was expected to hold a plugin, but holds none")?;
        self.create_by_id(&first.id)
    }

    /// Makes an instance of the plugin with an id.
    ///
    /// # Errors
    /// When there is no such plugin, or it refuses.
    pub fn create_by_id(&self, id: &str) -> Result<Plugin> {
        let requests = Arc::new(Requests::default());
        let info = HostInfo::new(
            "Latent Works test host",
            "Latent Works",
            "https://latent.works",
            env!("CARGO_PKG_VERSION"),
        )?;
        let theirs = requests.clone();
        let instance = PluginInstance::<TestHost>::new(
            move |_| Shared(theirs),
            |shared| MainThread(shared),
            &self.entry,
            &CString::new(id)?,
            &info,
        )
        .with_context(|| format!("plugin {id} cannot be created"))?;
        Ok(Plugin {
            processor: None,
            instance,
            requests,
            layout: Layout::default(),
            config: None,
            position: 0,
            ended: Vec::new(),
        })
    }
}

/// What an instance was activated with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Activation {
    /// Samples per second.
    pub rate_hz: f64,
    /// The longest block that will be processed, in samples.
    pub max_block: u32,
}

/// An instance of a plugin.
pub struct Plugin {
    // Before the instance: it must be gone when the instance is dropped.
    processor: Option<PluginAudioProcessor<TestHost>>,
    instance: PluginInstance<TestHost>,
    requests: Arc<Requests>,
    layout: Layout,
    config: Option<Activation>,
    position: u64,
    ended: Vec<notes::Note>,
}

impl Plugin {
    /// Gets the plugin ready to play.
    ///
    /// # Errors
    /// When the plugin refuses the rate or block size, or is active already.
    pub fn activate(&mut self, rate_hz: f64, max_block: u32) -> Result<()> {
        if self.processor.is_some() {
            bail!("the plugin is active already; deactivate it first");
        }
        let configuration = PluginAudioConfiguration {
            sample_rate: rate_hz,
            min_frames_count: 1,
            max_frames_count: max_block,
        };
        let stopped = self.instance.activate(|_, _| (), configuration).with_context(|| {
            format!("the plugin refused {rate_hz} Hz with blocks up to {max_block}")
        })?;
        self.processor = Some(
            stopped
                .start_processing()
                .map_err(|error| anyhow::anyhow!("processing cannot start: {error}"))?
                .into(),
        );
        self.layout = self.read_layout();
        self.config = Some(Activation { rate_hz, max_block });
        self.position = 0;
        if self.requests.restart.swap(false, Ordering::SeqCst) {
            bail!("the plugin asks for a restart while it is being activated");
        }
        Ok(())
    }

    /// Stops playing; an inactive plugin stays as it is.
    pub fn deactivate(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.instance.deactivate(processor.into_stopped());
        }
    }

    /// Deactivates and activates again when the plugin asked for it, as hosts do; says whether it
    /// had asked.
    ///
    /// # Errors
    /// When the second activation is refused.
    pub fn restart_if_asked(&mut self) -> Result<bool> {
        self.idle();
        let asked = self.requests.restart.swap(false, Ordering::SeqCst);
        if let (true, Some(config)) = (asked && self.processor.is_some(), self.config) {
            self.deactivate();
            self.activate(config.rate_hz, config.max_block)?;
        }
        Ok(asked)
    }

    /// Forgets the sound so far: what plays next must be as from a fresh instance.
    pub fn reset(&mut self) {
        if let Some(processor) = self.processor.as_mut() {
            processor.reset();
        }
        self.position = 0;
    }

    /// Answers a request for a call on the main thread, if there is one.
    pub fn idle(&mut self) {
        while self.requests.callback.swap(false, Ordering::SeqCst) {
            self.instance.call_on_main_thread_callback();
        }
    }

    /// Lets the plugin's background work go on for a while, answering callbacks.
    pub fn wait(&mut self, duration: std::time::Duration) {
        let end = std::time::Instant::now() + duration;
        while std::time::Instant::now() < end {
            self.idle();
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    /// The latency that the plugin reports, in samples at the host's rate.
    pub fn latency(&mut self) -> u32 {
        let handle = self.instance.plugin_handle();
        handle.get_extension::<PluginLatency>().map_or(0, |latency| latency.get(&handle))
    }

    /// Says that what follows is rendered faster or slower than it sounds.
    ///
    /// # Errors
    /// When the plugin has no such extension or refuses.
    pub fn set_offline(&mut self, offline: bool) -> Result<()> {
        let handle = self.instance.plugin_handle();
        let render =
            handle.get_extension::<PluginRender>().context("the plugin has no render extension")?;
        let mode = if offline { RenderMode::Offline } else { RenderMode::Realtime };
        Ok(render.set(&handle, mode)?)
    }

    /// The notes that the plugin has said are over since the last call.
    pub fn take_ended(&mut self) -> Vec<notes::Note> {
        std::mem::take(&mut self.ended)
    }

    /// What the plugin has asked of the host so far.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// The channels of its ports.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.deactivate();
    }
}
