//! A CLAP effect as a device: it plays along without a window, from rest each time.

use std::ffi::{CStr, CString};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clack_extensions::audio_ports::{AudioPortInfoBuffer, PluginAudioPorts};
use clack_extensions::latency::{HostLatency, HostLatencyImpl, PluginLatency};
use clack_extensions::params::{
    HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamInfoBuffer,
    ParamInfoFlags, ParamRescanFlags, PluginParams,
};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_host::events::event_types::ParamValueEvent;
use clack_host::prelude::*;
use nfx_core::models::effect::KnobInfo;

use super::Device;

/// Samples of a block.
const BLOCK: usize = 512;
/// The most channels of a port that are served.
const MAX_CHANNELS: u32 = 8;

/// A parameter of a plugin.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The number that never changes.
    pub id: u32,
    /// The name that a musician sees.
    pub name: String,
    /// Its range and its value in a fresh instance, plain.
    pub min: f64,
    /// The upper end.
    pub max: f64,
    /// Its value in a fresh instance.
    pub default: f64,
    /// Whether it takes whole steps only.
    pub stepped: bool,
}

/// A parameter that is a knob.
#[derive(Clone, Copy, Debug)]
struct Swept {
    id: u32,
    /// Whether the knob's values are what the plugin's own text field takes ("-20" for -20 dB), and
    /// not its plain numbers.
    typed: bool,
}

struct Host;

impl HostHandlers for Host {
    type Shared<'a> = Shared;
    type MainThread<'a> = Main;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _: &Shared) {
        builder.register::<HostLatency>().register::<HostParams>();
    }
}

struct Shared(Arc<AtomicBool>);

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {}
}

struct Main;

impl MainThreadHandler<'_> for Main {}

impl HostLatencyImpl for Main {
    fn changed(&self) {}
}

impl HostParamsImplMainThread for Main {
    fn rescan(&self, _: ParamRescanFlags) {}
    fn clear(&self, _: ClapId, _: ParamClearFlags) {}
}

/// An effect out of a CLAP bundle, with the parameters that are its knobs.
pub struct ClapDevice {
    instance: PluginInstance<Host>,
    /// Set when the plugin wants a call on the main thread.
    callback: Arc<AtomicBool>,
    name: String,
    params: Vec<Param>,
    /// The parameters that are knobs, in their order.
    swept: Vec<Swept>,
    knobs: Vec<KnobInfo>,
}

impl ClapDevice {
    /// The effect with an id (the bundle's first one when `None`), no knobs chosen yet. Opening a
    /// bundle runs code in it.
    ///
    /// # Errors
    /// When the file is no CLAP bundle of this system, or holds no such effect.
    pub fn open(path: &Path, id: Option<&str>) -> Result<Self> {
        let inner = path.file_stem().map(|name| path.join("Contents/MacOS").join(name));
        let file = inner.filter(|inner| inner.exists()).unwrap_or_else(|| path.to_owned());
        ensure!(file.is_file(), "expected a CLAP bundle at {}, found none", path.display());
        // SAFETY: loading a library runs its code: the person who names the plugin trusts it as
        // every host does.
        let entry = unsafe { PluginEntry::load(&file) }.with_context(|| {
            format!("expected a CLAP bundle of this system at {}", path.display())
        })?;
        let text = |value: Option<&CStr>| {
            value.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let factory = entry
            .get_plugin_factory()
            .with_context(|| format!("{} holds no plugins", path.display()))?;
        let known: Vec<(String, String)> = factory
            .plugin_descriptors()
            .map(|plugin| (text(plugin.id()), text(plugin.name())))
            .collect();
        let chosen = match id {
            Some(id) => known.iter().find(|(known, _)| known == id),
            None => known.first(),
        };
        let Some((id, name)) = chosen.cloned() else {
            let ids: Vec<&str> = known.iter().map(|(id, _)| id.as_str()).collect();
            bail!(
                "expected a plugin {} in {}, found: {}",
                id.unwrap_or("at all"),
                path.display(),
                ids.join(", ")
            );
        };
        let callback = Arc::new(AtomicBool::new(false));
        let theirs = callback.clone();
        let info = HostInfo::new(
            "nfx-train",
            "Latent Works",
            "https://latent.works",
            env!("CARGO_PKG_VERSION"),
        )?;
        let instance = PluginInstance::<Host>::new(
            move |_| Shared(theirs),
            |_| Main,
            &entry,
            &CString::new(id.as_str())?,
            &info,
        )
        .with_context(|| format!("the plugin {id} cannot be created"))?;
        let mut device = ClapDevice {
            instance,
            callback,
            name,
            params: Vec::new(),
            swept: Vec::new(),
            knobs: Vec::new(),
        };
        device.params = device.read_params();
        Ok(device)
    }

    /// All its parameters that are no switches of the host.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// What the plugin writes for a value of a parameter, where it writes anything.
    pub fn text_of(&mut self, id: u32, value: f64) -> Option<String> {
        let handle = self.instance.plugin_handle();
        let params = handle.get_extension::<PluginParams>()?;
        let mut buffer = [0; 256];
        let bytes = params.value_to_text(&handle, ClapId::new(id), value, &mut buffer).ok()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    /// What a text means to the plugin, as if it were typed into the parameter's field.
    fn typed(&mut self, id: u32, text: &str) -> Option<f64> {
        let handle = self.instance.plugin_handle();
        let params = handle.get_extension::<PluginParams>()?;
        params.text_to_value(&handle, ClapId::new(id), &CString::new(text).ok()?)
    }

    /// Makes parameters its knobs, by name and range: of plain values, or else of what one would
    /// type into the parameter's field.
    ///
    /// # Errors
    /// When there is no parameter of a name, or a range leaves the parameter's.
    pub fn sweep(&mut self, knobs: Vec<KnobInfo>) -> Result<()> {
        self.swept.clear();
        for knob in &knobs {
            let found =
                self.params.iter().find(|p| p.name.eq_ignore_ascii_case(&knob.name)).cloned();
            let Some(param) = found else {
                let names: Vec<String> = self
                    .params
                    .iter()
                    .map(|p| format!("{} ({} to {})", p.name, p.min, p.max))
                    .collect();
                bail!(
                    "expected a parameter of {}, found {:?}; there are: {}",
                    self.name,
                    knob.name,
                    names.join(", ")
                );
            };
            let plain = [knob.min, knob.max]
                .map(|end| (param.min - 1e-6..=param.max + 1e-6).contains(&f64::from(end)));
            let typed = plain != [true; 2];
            if typed && !self.takes(&param, knob) {
                let ends = [param.min, param.max]
                    .map(|end| self.text_of(param.id, end).unwrap_or_default());
                bail!(
                    "expected a range of {} within {} to {} (which {} calls {} to {}), found {} to {}",
                    param.name,
                    param.min,
                    param.max,
                    self.name,
                    ends[0],
                    ends[1],
                    knob.min,
                    knob.max
                );
            }
            self.swept.push(Swept { id: param.id, typed });
        }
        self.knobs = knobs;
        Ok(())
    }

    /// Whether both ends of a knob mean something when typed, and come back as they were: a plugin
    /// limits what is out of range.
    fn takes(&mut self, param: &Param, knob: &KnobInfo) -> bool {
        [knob.min, knob.max].into_iter().all(|end| {
            let Some(value) = self.typed(param.id, &end.to_string()) else { return false };
            let said = self.text_of(param.id, value).unwrap_or_default();
            let digits = said.trim().replace('\u{2212}', "-");
            let until = digits
                .find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)))
                .unwrap_or(digits.len());
            let near = digits[..until]
                .parse::<f32>()
                .is_ok_and(|said| (said - end).abs() <= 0.06 + 0.01 * end.abs());
            near && (param.min - 1e-6..=param.max + 1e-6).contains(&value)
        })
    }

    /// The plain values that put the knobs at `values`.
    fn plain(&mut self, values: &[f32]) -> Result<Vec<(u32, f64)>> {
        ensure!(
            values.len() == self.swept.len(),
            "expected {} values, found {}",
            self.swept.len(),
            values.len()
        );
        let pairs: Vec<(Swept, f32)> =
            self.swept.iter().copied().zip(values.iter().copied()).collect();
        pairs
            .into_iter()
            .map(|(Swept { id, typed }, value)| {
                let plain =
                    if typed { self.typed(id, &value.to_string()) } else { Some(f64::from(value)) };
                Ok((
                    id,
                    plain.with_context(|| {
                        format!("{} does not take {value} in its text field", self.name)
                    })?,
                ))
            })
            .collect()
    }

    fn read_params(&mut self) -> Vec<Param> {
        let handle = self.instance.plugin_handle();
        let Some(params) = handle.get_extension::<PluginParams>() else { return Vec::new() };
        (0..params.count(&handle))
            .filter_map(|index| {
                let mut buffer = ParamInfoBuffer::new();
                let info = params.get_info(&handle, index, &mut buffer)?;
                let shown = !info.flags.contains(ParamInfoFlags::IS_HIDDEN)
                    && !info.flags.contains(ParamInfoFlags::IS_READONLY)
                    && !info.flags.contains(ParamInfoFlags::IS_BYPASS);
                shown.then(|| Param {
                    id: info.id.get(),
                    name: String::from_utf8_lossy(info.name).into_owned(),
                    min: info.min_value,
                    max: info.max_value,
                    default: info.default_value,
                    stepped: info.flags.contains(ParamInfoFlags::IS_STEPPED),
                })
            })
            .collect()
    }

    /// Channels of the input and output ports.
    fn ports(&mut self) -> Ports {
        let handle = self.instance.plugin_handle();
        let Some(ports) = handle.get_extension::<PluginAudioPorts>() else {
            return Ports::default();
        };
        let channels = |is_input: bool| -> Vec<u32> {
            (0..ports.count(&handle, is_input))
                .filter_map(|index| {
                    let mut buffer = AudioPortInfoBuffer::new();
                    ports
                        .get(&handle, index, is_input, &mut buffer)
                        .map(|port| port.channel_count.min(MAX_CHANNELS))
                })
                .collect()
        };
        Ports { inputs: channels(true), outputs: channels(false) }
    }

    fn answer_callbacks(&mut self) {
        while self.callback.swap(false, Ordering::SeqCst) {
            self.instance.call_on_main_thread_callback();
        }
    }

    /// Sets the knobs while nothing plays.
    fn set(&mut self, settings: &[(u32, f64)]) -> Result<()> {
        let mut events = EventBuffer::new();
        for (id, value) in settings {
            events.push(&ParamValueEvent::new(0, ClapId::new(*id), Pckn::match_all(), *value));
        }
        let handle = self.instance.plugin_handle();
        let Some(params) = handle.get_extension::<PluginParams>() else { return Ok(()) };
        let mut inactive =
            self.instance.inactive_plugin_handle().context("the plugin plays already")?;
        params.flush(&mut inactive, &events.as_input(), &mut OutputEvents::void());
        Ok(())
    }
}

impl Device for ClapDevice {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn knobs(&self) -> Vec<KnobInfo> {
        self.knobs.clone()
    }

    /// The plugin's first channel; its reported latency is taken out.
    fn render(&mut self, input: &[f32], rate_hz: f64, values: &[f32]) -> Result<Vec<f32>> {
        let settings = self.plain(values)?;
        self.set(&settings)?;
        let handle = self.instance.plugin_handle();
        if let Some(render) = handle.get_extension::<PluginRender>() {
            // A plugin that knows no difference is as good.
            let _ = render.set(&handle, RenderMode::Offline);
        }
        let ports = self.ports();
        let Ports { inputs, outputs } = &ports;
        ensure!(
            inputs.first().is_some_and(|c| *c > 0) && outputs.first().is_some_and(|c| *c > 0),
            "expected an effect with an audio input and output, found {} with {inputs:?} and {outputs:?} channels",
            self.name
        );
        let configuration = PluginAudioConfiguration {
            sample_rate: rate_hz,
            min_frames_count: 1,
            max_frames_count: BLOCK as u32,
        };
        let stopped = self
            .instance
            .activate(|_, _| (), configuration)
            .with_context(|| format!("{} refused {rate_hz} Hz", self.name))?;
        let handle = self.instance.plugin_handle();
        let late = handle.get_extension::<PluginLatency>().map_or(0, |latency| latency.get(&handle))
            as usize;
        let mut started = stopped
            .start_processing()
            .map_err(|error| anyhow!("processing cannot start: {error}"))?;
        // What was set before the activation is set again with the first block: some plugins read
        // it there only.
        let done = AtomicBool::new(false);
        let played = std::thread::scope(|scope| {
            let audio = scope.spawn(|| {
                let played = play(&mut started, input, late, &ports, &settings);
                done.store(true, Ordering::SeqCst);
                played
            });
            while !done.load(Ordering::SeqCst) && !audio.is_finished() {
                self.answer_callbacks();
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            audio.join().unwrap_or_else(|_| bail!("the thread that played the plugin panicked"))
        });
        self.instance.deactivate(started.stop_processing());
        self.answer_callbacks();
        played
    }
}

/// Channels of a plugin's audio ports.
#[derive(Default)]
struct Ports {
    inputs: Vec<u32>,
    outputs: Vec<u32>,
}

/// The audio thread's part: the input on every channel of the main port, silence on the others.
fn play(
    processor: &mut StartedPluginAudioProcessor<Host>,
    input: &[f32],
    late: usize,
    ports: &Ports,
    settings: &[(u32, f64)],
) -> Result<Vec<f32>> {
    let Ports { inputs, outputs } = ports;
    let buffers = |ports: &[u32]| -> Vec<Vec<Vec<f32>>> {
        ports.iter().map(|channels| vec![vec![0.0f32; BLOCK]; *channels as usize]).collect()
    };
    let total = |ports: &[u32]| ports.iter().sum::<u32>() as usize;
    let (mut heard, mut made) = (buffers(inputs), buffers(outputs));
    let mut input_ports = AudioPorts::with_capacity(total(inputs), inputs.len());
    let mut output_ports = AudioPorts::with_capacity(total(outputs), outputs.len());
    let length = input.len() + late;
    let mut played = Vec::with_capacity(length);
    for at in (0..length).step_by(BLOCK) {
        let count = BLOCK.min(length - at);
        for (index, port) in heard.iter_mut().enumerate() {
            for channel in port {
                for (n, sample) in channel.iter_mut().enumerate() {
                    *sample =
                        if index == 0 { input.get(at + n).copied().unwrap_or(0.0) } else { 0.0 };
                }
            }
        }
        let mut events = EventBuffer::new();
        if at == 0 {
            for (id, value) in settings {
                events.push(&ParamValueEvent::new(0, ClapId::new(*id), Pckn::match_all(), *value));
            }
        }
        let audio_in =
            input_ports.with_input_buffers(heard.iter_mut().map(|port| AudioPortBuffer {
                latency: 0,
                channels: AudioPortBufferType::f32_input_only(
                    port.iter_mut().map(|channel| InputChannel::variable(&mut channel[..count])),
                ),
            }));
        let mut audio_out =
            output_ports.with_output_buffers(made.iter_mut().map(|port| AudioPortBuffer {
                latency: 0,
                channels: AudioPortBufferType::f32_output_only(
                    port.iter_mut().map(|channel| &mut channel[..count]),
                ),
            }));
        processor
            .process(
                &audio_in,
                &mut audio_out,
                &events.as_input(),
                &mut OutputEvents::void(),
                Some(at as u64),
                None,
            )
            .with_context(|| format!("the plugin failed at sample {at}"))?;
        if let Some(channel) = made.first().and_then(|port| port.first()) {
            played.extend_from_slice(&channel[..count]);
        }
    }
    played.drain(..late);
    if let Some(at) = played.iter().position(|y| !y.is_finite()) {
        bail!("the plugin gave a sample that is no number, at {at}");
    }
    Ok(played)
}
