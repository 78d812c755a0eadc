//! Which audio ports a plugin has, and choosing between its layouts.

use super::Plugin;
use anyhow::{Context, Result};
use clack_extensions::audio_ports::{AudioPortInfoBuffer, PluginAudioPorts};
use clack_extensions::audio_ports_config::{
    AudioPortsConfigBuffer, AudioPortsConfiguration, PluginAudioPortsConfig,
};

/// The channels of each port, inputs and outputs; the first of each is the main one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Channels of the input ports: the main one, then a side chain if there is one.
    pub inputs: Vec<u32>,
    /// Channels of the output ports.
    pub outputs: Vec<u32>,
}

impl Plugin {
    /// Chooses the layout whose main output has so many channels, and a side chain if that is asked
    /// for.
    ///
    /// # Errors
    /// When the plugin has no such layout; the message lists those it has.
    pub fn select_layout(&mut self, channels: u32, side_chain: bool) -> Result<()> {
        let has = |config: &AudioPortsConfiguration<'_>| {
            let out = config.main_output.as_ref().map_or(0, |port| port.channel_count);
            out == channels && (config.input_port_count > 1) == side_chain
        };
        self.select(&format!("of {channels} channels with side chain {side_chain}"), has)
    }

    /// Chooses the layout of this name, for example `Stereo with mono side chain`.
    ///
    /// # Errors
    /// When the plugin has no such layout; the message lists those it has.
    pub fn select_named(&mut self, name: &str) -> Result<()> {
        self.select(&format!("`{name}`"), |config| config.name == name.as_bytes())
    }

    fn select(
        &mut self,
        words: &str,
        is_it: impl Fn(&AudioPortsConfiguration<'_>) -> bool,
    ) -> Result<()> {
        let handle = self.instance.plugin_handle();
        let configs = handle
            .get_extension::<PluginAudioPortsConfig>()
            .context("the plugin has one layout only")?;
        let mut known = Vec::new();
        for index in 0..configs.count(&handle) {
            let mut buffer = AudioPortsConfigBuffer::new();
            let Some(config) = configs.get(&handle, index, &mut buffer) else { continue };
            if is_it(&config) {
                configs
                    .select(&handle, config.id)
                    .with_context(|| format!("the layout {words} is refused"))?;
                self.layout = self.read_layout();
                return Ok(());
            }
            let out = config.main_output.as_ref().map_or(0, |port| port.channel_count);
            let name = String::from_utf8_lossy(config.name);
            known.push(format!("{name} ({out} channels, {} inputs)", config.input_port_count));
        }
        anyhow::bail!("no layout {words}; there are: {}", known.join(", "))
    }

    /// Asks the plugin for its present ports.
    pub(super) fn read_layout(&mut self) -> Layout {
        let handle = self.instance.plugin_handle();
        let Some(ports) = handle.get_extension::<PluginAudioPorts>() else {
            return Layout::default();
        };
        let channels = |is_input: bool| -> Vec<u32> {
            (0..ports.count(&handle, is_input))
                .filter_map(|index| {
                    let mut buffer = AudioPortInfoBuffer::new();
                    ports.get(&handle, index, is_input, &mut buffer).map(|port| port.channel_count)
                })
                .collect()
        };
        Layout { inputs: channels(true), outputs: channels(false) }
    }
}
