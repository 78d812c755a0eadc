//! A plugin that panics at a word, and what is left of it.

use super::*;
use nice_plug::context::process::SendEventError;

struct Nothing;

// SAFETY: there are no parameters to point at.
unsafe impl Params for Nothing {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        Vec::new()
    }
}

/// Panics when the first sample is 2, and counts its blocks.
#[derive(Default)]
struct Touchy {
    blocks: usize,
}

impl Hosted for Touchy {}

impl Plugin for Touchy {
    const NAME: &'static str = "Touchy";
    const VENDOR: &'static str = "";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = "1";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[];
    type Editor = ();
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        Arc::new(Nothing)
    }

    fn filter_state(_state: &mut PluginState) {
        panic!("a state that nobody can read");
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        _context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        self.blocks += 1;
        assert!(buffer.as_slice()[0][0] != 2.0, "it is touched");
        ProcessStatus::KeepAlive
    }
}

#[derive(Default)]
struct Context {
    latency: Cell<u32>,
}

impl ProcessContext<Guarded<Touchy>> for Context {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }
    fn execute_background(&self, _task: ()) {}
    fn execute_gui(&self, _task: ()) {}
    fn transport(&self) -> &Transport {
        unreachable!("the plugin does not ask")
    }
    fn next_event(&mut self) -> Option<PluginNoteEvent<Guarded<Touchy>>> {
        None
    }
    fn try_send_event(
        &mut self,
        event: PluginNoteEvent<Guarded<Touchy>>,
    ) -> Result<(), (PluginNoteEvent<Guarded<Touchy>>, SendEventError)> {
        Err((event, SendEventError::NoOutputBuffer))
    }
    fn set_latency_samples(&self, samples: u32) {
        self.latency.set(samples);
    }
    fn request_restart(&self) {}
    fn set_current_voice_capacity(&self, _capacity: u32) {}
}

#[test]
fn a_plugin_that_has_panicked_is_silent_from_then_on() {
    let mut plugin = Guarded::<Touchy>::default();
    let mut play = |first: f32| {
        let mut sound = [vec![first, 0.5, 0.25], vec![0.5; 3]];
        let status = {
            let mut buffer = Buffer::default();
            // SAFETY: both channels have three samples, and outlive the buffer.
            unsafe {
                buffer.set_slices(3, |slices| {
                    *slices = sound.iter_mut().map(Vec::as_mut_slice).collect()
                });
            }
            let mut aux = AuxiliaryBuffers { inputs: &mut [], outputs: &mut [] };
            plugin.process(&mut buffer, &mut aux, &mut Context::default())
        };
        (status, sound, plugin.plugin.blocks)
    };
    assert_eq!(play(1.0), (ProcessStatus::KeepAlive, [vec![1.0, 0.5, 0.25], vec![0.5; 3]], 1));
    let silence = [vec![0.0; 3], vec![0.0; 3]];
    assert_eq!(play(2.0), (ProcessStatus::Normal, silence.clone(), 2));
    assert_eq!(play(1.0), (ProcessStatus::Normal, silence, 2), "it is not called again");
    let mut state = PluginState {
        version: String::new(),
        params: Default::default(),
        fields: Default::default(),
    };
    Guarded::<Touchy>::filter_state(&mut state);
}
