//! A plugin whose panics end in silence, not in the host's end.
//!
//! The framework calls a plugin from functions that a host has called through C, and a panic that
//! reaches such a function aborts the process: the whole DAW. [`Guarded`] is the plugin inside with
//! every call into it caught. After a panic one line is logged, and the plugin is silent from then
//! on; all else goes on.

mod editor;
mod ending;
mod resident;

pub use editor::{GuardedEditor, GuardedError, GuardedHandle, GuardedWindow};

use std::cell::Cell;
use std::sync::Arc;

use nice_plug::context::PluginApi;
use nice_plug::midi::PluginNoteEvent;
use nice_plug::prelude::*;

use crate::hosted::{HostSide, Hosted};
use crate::panics::caught;

/// See the module's documentation.
pub struct Guarded<P: Hosted> {
    plugin: P,
    /// It has panicked once: nothing in it is called again.
    lost: bool,
}

impl<P: Hosted> Default for Guarded<P> {
    fn default() -> Self {
        let plugin = P::default();
        NEWEST.set(plugin.host_side());
        Self { plugin, lost: false }
    }
}

std::thread_local! {
    /// Of the plugin made last on this thread: the framework makes plugins and hands none out.
    static NEWEST: Cell<Option<Arc<dyn HostSide>>> = const { Cell::new(None) };
}

/// What hosts may do with the plugin that was made last on this thread; handed out once.
pub(crate) fn take_host_side() -> Option<Arc<dyn HostSide>> {
    NEWEST.take()
}

impl<P: Hosted> Guarded<P> {
    /// The plugin's answer, while it has not panicked.
    fn ask<T>(&mut self, work: impl FnOnce(&mut P) -> T) -> Option<T> {
        if self.lost {
            return None;
        }
        let answer = caught(|| work(&mut self.plugin));
        self.lost = answer.is_none();
        answer
    }
}

impl<P: Hosted> Plugin for Guarded<P> {
    const NAME: &'static str = P::NAME;
    const VENDOR: &'static str = P::VENDOR;
    const URL: &'static str = P::URL;
    const EMAIL: &'static str = P::EMAIL;
    const VERSION: &'static str = P::VERSION;
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = P::AUDIO_IO_LAYOUTS;
    const MIDI_INPUT: MidiConfig = P::MIDI_INPUT;
    const MIDI_OUTPUT: MidiConfig = P::MIDI_OUTPUT;
    const SAMPLE_ACCURATE_AUTOMATION: bool = P::SAMPLE_ACCURATE_AUTOMATION;
    const HARD_REALTIME_ONLY: bool = P::HARD_REALTIME_ONLY;
    const INPUT_EVENT_CAPACITY: usize = P::INPUT_EVENT_CAPACITY;

    type Editor = GuardedEditor<P::Editor>;
    type SysExMessage = P::SysExMessage;
    type BackgroundTask = P::BackgroundTask;

    fn task_executor(&mut self) -> TaskExecutor<Self> {
        self.plugin.task_executor()
    }

    fn params(&self) -> Arc<dyn Params> {
        self.plugin.params()
    }

    fn editor(&mut self, executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        let (background, gui) = (executor.clone(), executor);
        let executor = AsyncExecutor::new(
            Arc::new(move |task| background.execute_background(task)),
            Arc::new(move |task| gui.execute_gui(task)),
        );
        self.ask(|plugin| plugin.editor(executor)).flatten().map(GuardedEditor::new)
    }

    fn filter_state(state: &mut PluginState) {
        // What a panic leaves of a state is loaded as far as it goes: parameters that are missing
        // keep their values.
        if caught(|| P::filter_state(state)).is_none() {
            state.params.clear();
        }
    }

    fn activate(
        &mut self,
        layout: &AudioIOLayout,
        config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        let mut context = Adapter::<_, Self>::new(context);
        self.ask(|plugin| plugin.activate(layout, config, &mut context)).unwrap_or(true)
    }

    fn reset(&mut self) {
        self.ask(P::reset);
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let mut context = Adapter::<_, Self>::new(context);
        let status = self.ask(|plugin| plugin.process(buffer, aux, &mut context));
        status.unwrap_or_else(|| {
            buffer.as_slice().iter_mut().for_each(|channel| channel.fill(0.0));
            ProcessStatus::Normal
        })
    }

    fn stop_processing(&mut self) {
        self.ask(P::stop_processing);
    }

    fn deactivate(&mut self) {
        self.ask(P::deactivate);
    }

    fn setup_logger() -> Option<bool> {
        P::setup_logger()
    }
}

impl<P: ClapPlugin + Hosted> ClapPlugin for Guarded<P> {
    const CLAP_ID: &'static str = P::CLAP_ID;
    const CLAP_DESCRIPTION: Option<&'static str> = P::CLAP_DESCRIPTION;
    const CLAP_MANUAL_URL: Option<&'static str> = P::CLAP_MANUAL_URL;
    const CLAP_SUPPORT_URL: Option<&'static str> = P::CLAP_SUPPORT_URL;
    const CLAP_FEATURES: &'static [ClapFeature] = P::CLAP_FEATURES;
    const CLAP_POLY_MODULATION_CONFIG: Option<PolyModulationConfig> =
        P::CLAP_POLY_MODULATION_CONFIG;

    fn remote_controls(&self, context: &mut impl RemoteControlsContext) {
        self.plugin.remote_controls(context);
    }
}

/// A context for the guarded plugin, as one for the plugin inside.
struct Adapter<'a, C, G> {
    context: &'a mut C,
    plugin: std::marker::PhantomData<G>,
}

impl<'a, C, G> Adapter<'a, C, G> {
    fn new(context: &'a mut C) -> Self {
        Self { context, plugin: std::marker::PhantomData }
    }
}

impl<P: Hosted, C: ActivateContext<Guarded<P>>> ActivateContext<P> for Adapter<'_, C, Guarded<P>> {
    fn plugin_api(&self) -> PluginApi {
        self.context.plugin_api()
    }

    fn execute(&self, task: P::BackgroundTask) {
        self.context.execute(task);
    }

    fn set_latency_samples(&self, samples: u32) {
        self.context.set_latency_samples(samples);
    }

    fn set_current_voice_capacity(&self, capacity: u32) {
        self.context.set_current_voice_capacity(capacity);
    }
}

impl<P: Hosted, C: ProcessContext<Guarded<P>>> ProcessContext<P> for Adapter<'_, C, Guarded<P>> {
    fn plugin_api(&self) -> PluginApi {
        self.context.plugin_api()
    }

    fn execute_background(&self, task: P::BackgroundTask) {
        self.context.execute_background(task);
    }

    fn execute_gui(&self, task: P::BackgroundTask) {
        self.context.execute_gui(task);
    }

    fn transport(&self) -> &Transport {
        self.context.transport()
    }

    fn next_event(&mut self) -> Option<PluginNoteEvent<P>> {
        self.context.next_event()
    }

    fn try_send_event(
        &mut self,
        event: PluginNoteEvent<P>,
    ) -> Result<(), (PluginNoteEvent<P>, nice_plug::context::process::SendEventError)> {
        self.context.try_send_event(event)
    }

    fn set_latency_samples(&self, samples: u32) {
        self.context.set_latency_samples(samples);
    }

    fn request_restart(&self) {
        self.context.request_restart();
    }

    fn set_current_voice_capacity(&self, capacity: u32) {
        self.context.set_current_voice_capacity(capacity);
    }
}

#[cfg(test)]
#[path = "guarded/tests.rs"]
mod tests;
