//! A strict VST3 host on the raw interfaces: it does what hosts do, and what they should not but
//! do.
//!
//! [`Module`] loads a library, [`Plug`] is an instance, [`block`] makes blocks, [`objects`] what a
//! host hands over, [`window`] its windows; [`cases`] is the list of what is asked.

// What is an `i32` of the bindings on Windows is a `u32` elsewhere: the casts are needed there.
#![allow(clippy::unnecessary_cast)]

use std::ffi::{CString, c_void};
use std::path::{Path, PathBuf};

use vst3::Steinberg::Vst::{
    IAudioProcessor, IAudioProcessorTrait, IComponent, IComponentTrait, IEditController,
    IEditControllerTrait, ParameterInfo, ProcessModes_, ProcessSetup, SymbolicSampleSizes_,
};
use vst3::Steinberg::{
    FUnknown, IPluginBaseTrait, IPluginFactory, IPluginFactoryTrait, PClassInfo, int32, kResultOk,
    tresult,
};
use vst3::{ComPtr, ComWrapper, Interface};

pub mod block;
pub mod cases;
pub mod objects;
pub mod window;

use objects::{Edits, Handler, Stream};

/// What cases answer: what was found, or what was expected and found instead.
pub type Found = Result<String, String>;

/// A loaded library.
pub struct Module {
    handle: *mut c_void,
    factory: Option<ComPtr<IPluginFactory>>,
}

/// The library of a bundle, or the file itself.
///
/// # Errors
/// When a bundle holds none.
pub fn library(plugin: &Path) -> Result<PathBuf, String> {
    if plugin.is_file() {
        return Ok(plugin.to_owned());
    }
    let folder = plugin.join("Contents").join(format!("{}-linux", std::env::consts::ARCH));
    let entries = folder.read_dir().map_err(|error| format!("{}: {error}", folder.display()))?;
    let found = entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "so"));
    found.ok_or_else(|| format!("{} holds no library", folder.display()))
}

impl Module {
    /// Loads a bundle or a library and asks for its factory.
    ///
    /// # Errors
    /// When the library or its entry points are missing.
    pub fn open(plugin: &Path) -> Result<Self, String> {
        let path = library(plugin)?;
        let name =
            CString::new(path.to_string_lossy().as_bytes()).map_err(|error| error.to_string())?;
        // SAFETY: loading a plugin runs its code; that is what a host does.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if handle.is_null() {
            return Err(format!("{} cannot be loaded", path.display()));
        }
        let mut module = Self { handle, factory: None };
        // SAFETY: the format says what the entry points are.
        unsafe {
            let entry: extern "C" fn(*mut c_void) -> bool =
                std::mem::transmute(module.symbol(c"ModuleEntry")?);
            if !entry(handle) {
                return Err("ModuleEntry refuses".into());
            }
            let get: extern "system" fn() -> *mut IPluginFactory =
                std::mem::transmute(module.symbol(c"GetPluginFactory")?);
            module.factory = ComPtr::from_raw(get());
        }
        if module.factory.is_none() { Err("there is no factory".into()) } else { Ok(module) }
    }

    fn symbol(&self, name: &std::ffi::CStr) -> Result<*mut c_void, String> {
        // SAFETY: the library is loaded.
        let found = unsafe { libc::dlsym(self.handle, name.as_ptr()) };
        if found.is_null() {
            Err(format!("{} is missing", name.to_string_lossy()))
        } else {
            Ok(found)
        }
    }

    /// The factory.
    ///
    /// # Panics
    /// Never: an open module has one.
    #[must_use]
    pub fn factory(&self) -> &ComPtr<IPluginFactory> {
        self.factory.as_ref().expect("an open module has a factory")
    }

    /// The first class's id.
    ///
    /// # Errors
    /// When there is none.
    pub fn class_id(&self) -> Result<[i8; 16], String> {
        // SAFETY: numbers and texts.
        let mut info: PClassInfo = unsafe { std::mem::zeroed() };
        // SAFETY: the place is ours.
        if unsafe { self.factory().getClassInfo(0, &raw mut info) } != kResultOk {
            return Err("the factory has no class".into());
        }
        Ok(info.cid)
    }

    /// A new instance, initialised, with a handler that notes what it is told.
    ///
    /// # Errors
    /// When the plugin refuses.
    pub fn create(&self) -> Result<Plug, String> {
        let class = self.class_id()?;
        let mut object: *mut c_void = std::ptr::null_mut();
        // SAFETY: the places are ours.
        let result = unsafe {
            self.factory().createInstance(
                class.as_ptr(),
                IComponent::IID.as_ptr().cast(),
                &raw mut object,
            )
        };
        if result != kResultOk {
            return Err(format!("createInstance answers {result}"));
        }
        // SAFETY: the factory has handed over a counted component.
        let component: ComPtr<IComponent> = unsafe { ComPtr::from_raw(object.cast()) }
            .ok_or("createInstance hands over nothing")?;
        // SAFETY: a host without services is allowed.
        let result = unsafe { component.initialize(std::ptr::null_mut::<FUnknown>()) };
        if result != kResultOk {
            return Err(format!("initialize answers {result}"));
        }
        let plug = Plug {
            processor: component.cast().ok_or("there is no IAudioProcessor")?,
            controller: component.cast().ok_or("there is no IEditController")?,
            component,
            edits: Edits::default(),
            handler: None,
        };
        Ok(plug.with_handler())
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        self.factory = None;
        if let Ok(exit) = self.symbol(c"ModuleExit") {
            // SAFETY: the format says what the entry point is. The library stays loaded:
            // thread-local memory of threads that still live may have its code to run.
            unsafe {
                let exit: extern "C" fn() -> bool = std::mem::transmute(exit);
                exit();
            }
        }
    }
}

/// An instance.
pub struct Plug {
    /// Its component.
    pub component: ComPtr<IComponent>,
    /// The same, for sound.
    pub processor: ComPtr<IAudioProcessor>,
    /// The same, for parameters.
    pub controller: ComPtr<IEditController>,
    /// What it has told its host.
    pub edits: Edits,
    handler: Option<ComWrapper<Handler>>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Whether hosts may automate it.
    pub automatable: bool,
}

fn text(units: &[u16]) -> String {
    let end = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
    String::from_utf16_lossy(&units[..end])
}

impl Plug {
    fn with_handler(mut self) -> Self {
        let handler = ComWrapper::new(Handler { edits: self.edits.clone() });
        if let Some(pointer) = handler.as_com_ref() {
            // SAFETY: the handler lives as long as the instance.
            unsafe { self.controller.setComponentHandler(pointer.as_ptr()) };
        }
        self.handler = Some(handler);
        self
    }

    /// Tells rate and block.
    pub fn setup(&self, rate_hz: f64, block: i32) -> tresult {
        let mut setup = ProcessSetup {
            processMode: ProcessModes_::kRealtime as int32,
            symbolicSampleSize: SymbolicSampleSizes_::kSample32 as int32,
            maxSamplesPerBlock: block,
            sampleRate: rate_hz,
        };
        // SAFETY: the set-up is ours.
        unsafe { self.processor.setupProcessing(&raw mut setup) }
    }

    /// Sets up, activates and starts.
    ///
    /// # Errors
    /// When the plugin refuses.
    pub fn start(&self, rate_hz: f64, block: i32) -> Result<(), String> {
        let result = self.setup(rate_hz, block);
        if result != kResultOk {
            return Err(format!("setupProcessing answers {result}"));
        }
        // SAFETY: in the format's order.
        let results = unsafe { (self.component.setActive(1), self.processor.setProcessing(1)) };
        if results.0 == kResultOk {
            Ok(())
        } else {
            Err(format!("setActive answers {}", results.0))
        }
    }

    /// Stops and deactivates.
    pub fn stop(&self) {
        // SAFETY: in the format's order.
        unsafe {
            self.processor.setProcessing(0);
            self.component.setActive(0);
        }
    }

    /// The parameters that hosts show.
    #[must_use]
    pub fn params(&self) -> Vec<Param> {
        // SAFETY: the places are ours.
        unsafe {
            let mut info: ParameterInfo = std::mem::zeroed();
            let count = self.controller.getParameterCount();
            let mut all = Vec::new();
            for index in 0..count {
                if self.controller.getParameterInfo(index, &raw mut info) == kResultOk {
                    all.push(Param {
                        id: info.id,
                        name: text(&info.title),
                        automatable: info.flags & 1 != 0,
                    });
                }
            }
            all
        }
    }

    /// The first automatable parameter of a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn param(&self, name: &str) -> Result<Param, String> {
        self.params()
            .into_iter()
            .find(|param| param.name == name)
            .ok_or_else(|| format!("no parameter {name}"))
    }

    /// The parameters that can be automated.
    #[must_use]
    pub fn automatable(&self) -> Vec<Param> {
        self.params().into_iter().filter(|param| param.automatable).collect()
    }

    /// A value as the host reads it.
    #[must_use]
    pub fn value(&self, id: u32) -> f64 {
        // SAFETY: a number.
        unsafe { self.controller.getParamNormalized(id) }
    }

    /// Sets a value on the main thread.
    pub fn set(&self, id: u32, value: f64) -> tresult {
        // SAFETY: numbers.
        unsafe { self.controller.setParamNormalized(id, value) }
    }

    /// The state.
    ///
    /// # Errors
    /// When the plugin refuses.
    pub fn save(&self) -> Result<Vec<u8>, String> {
        let stream = Stream::new(Vec::new());
        // SAFETY: the stream lives for the call.
        let result = unsafe { self.component.getState(stream.pointer()) };
        if result == kResultOk {
            Ok(stream.bytes())
        } else {
            Err(format!("getState answers {result}"))
        }
    }

    /// Loads a state.
    pub fn load(&self, bytes: &[u8]) -> tresult {
        let stream = Stream::new(bytes.to_vec());
        // SAFETY: the stream lives for the call.
        unsafe { self.component.setState(stream.pointer()) }
    }

    /// A parameter's value in a state of the instance's own, by the id that its name hashes to.
    ///
    /// # Errors
    /// When there is no state or no such parameter in it.
    pub fn saved(&self, id: u32) -> Result<serde_json::Value, String> {
        let state: serde_json::Value =
            serde_json::from_slice(&self.save()?).map_err(|error| error.to_string())?;
        let hash = |name: &str| {
            name.bytes()
                .fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)))
                & !(1 << 31)
        };
        let params = state["params"].as_object().ok_or("a state without parameters")?;
        let found = params.iter().find(|(name, _)| hash(name) == id);
        found
            .map(|(_, value)| value.clone())
            .ok_or_else(|| format!("the state holds no parameter {id}"))
    }

    /// The number of a kind of bus.
    #[must_use]
    pub fn buses(&self, media: i32, direction: i32) -> i32 {
        // SAFETY: numbers.
        unsafe { self.component.getBusCount(media, direction) }
    }
}

impl Drop for Plug {
    fn drop(&mut self) {
        // SAFETY: in the format's order; the references go after it.
        unsafe {
            self.processor.setProcessing(0);
            self.component.setActive(0);
            self.controller.setComponentHandler(std::ptr::null_mut());
            self.component.terminate();
        }
    }
}
