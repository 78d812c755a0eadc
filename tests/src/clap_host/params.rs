//! A plugin's parameters as a host sees them.

use super::Plugin;
use anyhow::{Context, Result};
use clack_extensions::params::{ParamInfoBuffer, ParamInfoFlags, PluginParams};
use clack_host::events::event_types::ParamValueEvent;
use clack_host::prelude::*;
use std::ffi::CString;

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The number that never changes.
    pub id: u32,
    /// The name that a musician sees.
    pub name: String,
    /// The group it stands in, with `/` between levels.
    pub module: String,
    /// Smallest plain value.
    pub min: f64,
    /// Largest plain value.
    pub max: f64,
    /// Plain value of a fresh instance.
    pub default: f64,
    /// Whether hosts may record and play its moves.
    pub automatable: bool,
    /// Whether it takes whole steps only.
    pub stepped: bool,
    /// Whether hosts leave it out of their lists.
    pub hidden: bool,
    /// Whether it is the bypass that hosts know of.
    pub bypass: bool,
}

impl Param {
    /// The plain value at a place of the range, 0 to 1.
    pub fn at(&self, place: f64) -> f64 {
        let value = self.min + (self.max - self.min) * place;
        if self.stepped { value.round() } else { value }
    }
}

impl Plugin {
    /// All parameters in the plugin's order.
    pub fn params(&mut self) -> Vec<Param> {
        let handle = self.instance.plugin_handle();
        let Some(params) = handle.get_extension::<PluginParams>() else { return Vec::new() };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (0..params.count(&handle))
            .filter_map(|index| {
                let mut buffer = ParamInfoBuffer::new();
                params.get_info(&handle, index, &mut buffer).map(|info| Param {
                    id: info.id.get(),
                    name: text(info.name),
                    module: text(info.module),
                    min: info.min_value,
                    max: info.max_value,
                    default: info.default_value,
                    automatable: info.flags.contains(ParamInfoFlags::IS_AUTOMATABLE),
                    stepped: info.flags.contains(ParamInfoFlags::IS_STEPPED),
                    hidden: info.flags.contains(ParamInfoFlags::IS_HIDDEN),
                    bypass: info.flags.contains(ParamInfoFlags::IS_BYPASS),
                })
            })
            .collect()
    }

    /// The parameter of that name.
    ///
    /// # Errors
    /// When there is none; the message lists the names that there are.
    pub fn param(&mut self, name: &str) -> Result<Param> {
        let all = self.params();
        let names = || all.iter().map(|param| param.name.as_str()).collect::<Vec<_>>().join(", ");
        all.iter()
            .find(|param| param.name.eq_ignore_ascii_case(name))
            .cloned()
            .with_context(|| format!("no parameter `{name}`; there are: {}", names()))
    }

    /// The plain value that the plugin has for a parameter now.
    ///
    /// # Errors
    /// When the plugin knows no such parameter.
    pub fn value(&mut self, id: u32) -> Result<f64> {
        let handle = self.instance.plugin_handle();
        let params =
            handle.get_extension::<PluginParams>().context("the plugin has no parameters")?;
        params
            .get_value(&handle, ClapId::new(id))
            .with_context(|| format!("parameter {id} has no value"))
    }

    /// A plain value as the plugin writes it.
    ///
    /// # Errors
    /// When the plugin cannot write it.
    pub fn text(&mut self, id: u32, value: f64) -> Result<String> {
        let handle = self.instance.plugin_handle();
        let params =
            handle.get_extension::<PluginParams>().context("the plugin has no parameters")?;
        let mut buffer = [0; 256];
        let bytes = params.value_to_text(&handle, ClapId::new(id), value, &mut buffer)?;
        Ok(String::from_utf8(bytes.to_vec())?)
    }

    /// What the plugin reads in a typed value; nothing when it refuses the text.
    pub fn parse(&mut self, id: u32, text: &str) -> Option<f64> {
        let handle = self.instance.plugin_handle();
        let params = handle.get_extension::<PluginParams>()?;
        params.text_to_value(&handle, ClapId::new(id), &CString::new(text).ok()?)
    }

    /// Sets parameters without processing sound, as a host does while a plugin is inactive.
    ///
    /// # Errors
    /// When the plugin is active: then values travel with the sound, as events of a take.
    pub fn flush(&mut self, values: &[(u32, f64)]) -> Result<()> {
        let mut events = EventBuffer::new();
        for (id, value) in values {
            events.push(&ParamValueEvent::new(0, ClapId::new(*id), Pckn::match_all(), *value));
        }
        let handle = self.instance.plugin_handle();
        let params =
            handle.get_extension::<PluginParams>().context("the plugin has no parameters")?;
        let mut inactive = self
            .instance
            .inactive_plugin_handle()
            .context("the plugin is active; send events with the sound instead")?;
        params.flush(&mut inactive, &events.as_input(), &mut OutputEvents::void());
        Ok(())
    }
}
