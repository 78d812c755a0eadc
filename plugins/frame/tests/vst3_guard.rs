//! A plugin that fails wherever it is told to, behind all that is exported to VST3 hosts.

use std::ffi::c_void;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::prelude::*;
use nice_plug::util::permit_alloc;
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorTrait, IComponent,
    IComponentHandler, IComponentHandler2, IComponentHandler2Trait, IComponentHandlerTrait,
    IComponentTrait, IEditController, IEditControllerTrait, ParamID, ParameterInfo, ProcessData,
    ProcessSetup,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, IBStream, IBStreamTrait, IPluginBaseTrait, IPluginFactory, IPluginFactoryTrait,
    TBool, int32, int64, kInternalError, kResultFalse, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComPtr, ComWrapper, Interface};

use nfx_frame::Sentence;
use nfx_frame::hosted::{HostSide, Hosted, Preset};
use nfx_frame::vst3_export::Factory;

/// Where the next call of the plugin fails.
#[derive(Clone, Copy, PartialEq)]
#[repr(u32)]
enum Place {
    Nowhere,
    Creation,
    Activation,
    Block,
    State,
    End,
}

/// Tests of one binary run side by side: each has a value of its own to fail at.
static FAILS_AT: AtomicU32 = AtomicU32::new(Place::Nowhere as u32);
/// So tests take turns.
static TURN: parking_lot::Mutex<()> = parking_lot::Mutex::new(());

fn fail(here: Place) {
    if FAILS_AT.load(Ordering::SeqCst) == here as u32 {
        // A debug build ends the process when a block allocates, and a panic does.
        permit_alloc(|| panic!("a fault in a test"));
    }
}

#[derive(Params)]
struct FaultyParams {
    #[id = "gain"]
    gain: FloatParam,
    #[persist = "field"]
    field: Field,
}

struct Field;

impl<'a> nice_plug::params::persist::PersistentField<'a, u32> for Field {
    fn set(&self, _value: u32) {
        fail(Place::State);
    }

    fn map<F: Fn(&u32) -> R, R>(&self, work: F) -> R {
        work(&7)
    }
}

struct Faulty(Arc<FaultyParams>);

impl Default for Faulty {
    fn default() -> Self {
        fail(Place::Creation);
        let gain = FloatParam::new("Gain", 0.5, FloatRange::Linear { min: 0.0, max: 1.0 });
        Self(Arc::new(FaultyParams { gain, field: Field }))
    }
}

impl Hosted for Faulty {
    fn host_side(&self) -> Option<Arc<dyn HostSide>> {
        Some(Arc::new(Side))
    }
}

/// Whom the plugin made last tells of changes that are no parameters.
static LISTENER: parking_lot::Mutex<Option<Arc<dyn Fn() + Send + Sync>>> =
    parking_lot::Mutex::new(None);

struct Side;

impl HostSide for Side {
    fn load_preset(&self, _preset: Preset<'_>) -> Result<(), Sentence> {
        Err("there are none".into())
    }

    fn when_changed(&self, listener: Arc<dyn Fn() + Send + Sync>) {
        *LISTENER.lock() = Some(listener);
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        fail(Place::End);
    }
}

impl Plugin for Faulty {
    const NAME: &'static str = "Faulty";
    const VENDOR: &'static str = "Latent Works";
    const URL: &'static str = nfx_frame::suite::ADDRESS;
    const EMAIL: &'static str = nfx_frame::suite::MAIL;
    const VERSION: &'static str = "1";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[AudioIOLayout {
        main_input_channels: NonZeroU32::new(2),
        main_output_channels: NonZeroU32::new(2),
        ..AudioIOLayout::const_default()
    }];

    type Editor = ();
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.0.clone()
    }

    fn activate(
        &mut self,
        _layout: &AudioIOLayout,
        _config: &BufferConfig,
        _context: &mut impl ActivateContext<Self>,
    ) -> bool {
        fail(Place::Activation);
        true
    }

    fn process(
        &mut self,
        _buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        _context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        fail(Place::Block);
        ProcessStatus::Normal
    }
}

impl Vst3Plugin for Faulty {
    const VST3_CLASS_ID: [u8; 16] = *b"LatentWorksFault";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[Vst3SubCategory::Fx];
}

/// A state of the plugin.
const STATE: &[u8] =
    b"{\"version\":\"1\",\"params\":{\"gain\":{\"f32\":0.25}},\"fields\":{\"field\":\"3\"}}";

/// A host's stream that is read once, or written to.
struct Bytes(parking_lot::Mutex<Vec<u8>>);

impl Class for Bytes {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Bytes {
    unsafe fn read(&self, buffer: *mut c_void, count: int32, done: *mut int32) -> tresult {
        let bytes = std::mem::take(&mut *self.0.lock());
        assert!(bytes.len() <= count as usize);
        // SAFETY: the buffer is as long as is said, and the place is the plugin's.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer.cast(), bytes.len());
            done.write(bytes.len() as int32);
        }
        kResultOk
    }

    unsafe fn write(&self, buffer: *mut c_void, count: int32, done: *mut int32) -> tresult {
        // SAFETY: the plugin's bytes are as many as it says, and so is the place.
        unsafe {
            self.0
                .lock()
                .extend_from_slice(std::slice::from_raw_parts(buffer.cast(), count as usize));
            done.write(count);
        }
        kResultOk
    }

    unsafe fn seek(&self, _to: int64, _mode: int32, _result: *mut int64) -> tresult {
        kResultFalse
    }

    unsafe fn tell(&self, _at: *mut int64) -> tresult {
        kResultFalse
    }
}

fn create() -> Result<ComPtr<IComponent>, tresult> {
    // SAFETY: the factory and what it makes are counted.
    unsafe {
        let factory =
            ComPtr::from_raw(Factory::<Faulty>::into_raw().cast::<IPluginFactory>()).unwrap();
        let mut object: *mut c_void = std::ptr::null_mut();
        let class = Faulty::PLATFORM_VST3_CLASS_ID;
        let result = factory.createInstance(
            class.as_ptr().cast(),
            IComponent::IID.as_ptr().cast(),
            &raw mut object,
        );
        if result == kResultOk { Ok(ComPtr::from_raw(object.cast()).unwrap()) } else { Err(result) }
    }
}

/// Plays a block of ones; the result, and what the output holds.
fn play(component: &ComPtr<IComponent>) -> (tresult, [f32; 2]) {
    let processor: ComPtr<IAudioProcessor> = component.cast().unwrap();
    let (mut input, mut output) = ([[1.0f32; 64]; 2], [[9.0f32; 64]; 2]);
    let mut ins = input.each_mut().map(|channel| channel.as_mut_ptr());
    let mut outs = output.each_mut().map(|channel| channel.as_mut_ptr());
    let bus = |list: &mut [*mut f32; 2]| AudioBusBuffers {
        numChannels: 2,
        silenceFlags: 0,
        __field0: AudioBusBuffers__type0 { channelBuffers32: list.as_mut_ptr() },
    };
    let (mut ins, mut outs) = (bus(&mut ins), bus(&mut outs));
    // SAFETY: numbers and pointers, of which null is good.
    let mut data: ProcessData = unsafe { std::mem::zeroed() };
    (data.numSamples, data.numInputs, data.numOutputs) = (64, 1, 1);
    (data.inputs, data.outputs) = (&raw mut ins, &raw mut outs);
    // SAFETY: the block is as it says.
    let result = unsafe { processor.process(&raw mut data) };
    (result, [output[0][0], output[1][63]])
}

fn activate(component: &ComPtr<IComponent>) -> tresult {
    let processor: ComPtr<IAudioProcessor> = component.cast().unwrap();
    let mut setup = ProcessSetup {
        processMode: 0,
        symbolicSampleSize: 0,
        maxSamplesPerBlock: 64,
        sampleRate: 48_000.0,
    };
    // SAFETY: in the format's order.
    unsafe {
        processor.setupProcessing(&raw mut setup);
        component.setActive(1)
    }
}

fn failing<R>(place: Place, work: impl FnOnce() -> R) -> R {
    FAILS_AT.store(place as u32, Ordering::SeqCst);
    let found = work();
    FAILS_AT.store(Place::Nowhere as u32, Ordering::SeqCst);
    found
}

fn saved(component: &ComPtr<IComponent>) -> String {
    let stream = ComWrapper::new(Bytes(parking_lot::Mutex::new(Vec::new())));
    // SAFETY: the stream lives for the call.
    let result = unsafe { component.getState(stream.as_com_ref::<IBStream>().unwrap().as_ptr()) };
    assert_eq!(result, kResultOk, "a project is saved without its settings");
    let bytes = stream.0.lock().clone();
    String::from_utf8(bytes).unwrap()
}

/// What is set can still be set, read, loaded and saved: a host asks for it, whatever has become of
/// the sound.
fn keeps_its_settings(component: &ComPtr<IComponent>) {
    let controller: ComPtr<IEditController> = component.cast().unwrap();
    // SAFETY: numbers, and places of ours.
    let id = unsafe {
        assert_eq!((component.getBusCount(0, 0), component.getBusCount(0, 1)), (1, 1));
        assert_eq!(controller.getParameterCount(), 1);
        let mut info: ParameterInfo = std::mem::zeroed();
        assert_eq!(controller.getParameterInfo(0, &raw mut info), kResultOk);
        assert_eq!(controller.setParamNormalized(info.id, 0.75), kResultOk);
        info.id
    };
    assert!(saved(component).contains("0.75"), "{}", saved(component));
    let stream = ComWrapper::new(Bytes(parking_lot::Mutex::new(STATE.to_vec())));
    // SAFETY: the stream lives for the call.
    unsafe {
        assert_eq!(
            component.setState(stream.as_com_ref::<IBStream>().unwrap().as_ptr()),
            kResultOk
        );
        assert_eq!(controller.getParamNormalized(id), 0.25);
    }
    assert!(saved(component).contains("0.25"), "{}", saved(component));
}

#[test]
fn a_panic_anywhere_leaves_the_host_alive_and_the_instance_silent() {
    let _turn = TURN.lock();
    assert_eq!(failing(Place::Creation, create).err(), Some(kInternalError));
    for place in [Place::Activation, Place::Block, Place::State] {
        let component = create().unwrap();
        if place == Place::Activation {
            assert_eq!(failing(place, || activate(&component)), kInternalError);
        }
        activate(&component);
        if place == Place::Block {
            assert_eq!(play(&component), (kResultOk, [1.0, 1.0]));
            assert_eq!(failing(place, || play(&component)), (kInternalError, [0.0, 0.0]));
        }
        if place == Place::State {
            let stream = ComWrapper::new(Bytes(parking_lot::Mutex::new(STATE.to_vec())));
            let pointer = stream.as_com_ref::<IBStream>().unwrap().as_ptr();
            // SAFETY: the stream lives for the call.
            assert_eq!(failing(place, || unsafe { component.setState(pointer) }), kInternalError);
        }
        // Ever after: an error and silence, and no call reaches the plugin.
        assert_eq!(play(&component), (kInternalError, [0.0, 0.0]));
        // SAFETY: a number.
        assert_eq!(unsafe { component.setActive(1) }, kInternalError);
        keeps_its_settings(&component);
        // Another instance is not concerned.
        let other = create().unwrap();
        activate(&other);
        assert_eq!(play(&other), (kResultOk, [1.0, 1.0]));
    }
}

#[test]
fn a_panic_at_the_end_of_an_instance_goes_no_further() {
    let _turn = TURN.lock();
    let component = create().unwrap();
    activate(&component);
    failing(Place::End, || drop(component));
    let again = create().unwrap();
    activate(&again);
    assert_eq!(play(&again), (kResultOk, [1.0, 1.0]));
}

/// A host that counts how often its project was marked as changed.
#[derive(Default)]
struct Handler {
    dirty: AtomicU32,
}

impl Class for Handler {
    type Interfaces = (IComponentHandler, IComponentHandler2);
}

impl IComponentHandlerTrait for Handler {
    unsafe fn beginEdit(&self, _id: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn performEdit(&self, _id: ParamID, _value: f64) -> tresult {
        kResultOk
    }

    unsafe fn endEdit(&self, _id: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn restartComponent(&self, _flags: int32) -> tresult {
        kResultOk
    }
}

impl IComponentHandler2Trait for Handler {
    unsafe fn setDirty(&self, state: TBool) -> tresult {
        self.dirty.fetch_add(u32::from(state != 0), Ordering::SeqCst);
        kResultOk
    }

    unsafe fn requestOpenEditor(&self, _name: FIDString) -> tresult {
        kResultFalse
    }

    unsafe fn startGroupEdit(&self) -> tresult {
        kResultOk
    }

    unsafe fn finishGroupEdit(&self) -> tresult {
        kResultOk
    }
}

#[test]
fn a_change_that_is_no_parameter_marks_the_project_as_changed() {
    let _turn = TURN.lock();
    let component = create().unwrap();
    let controller: ComPtr<IEditController> = component.cast().unwrap();
    let handler = ComWrapper::new(Handler::default());
    let pointer = handler.as_com_ref::<IComponentHandler>().unwrap().as_ptr();
    // SAFETY: the handler outlives the instance.
    unsafe { controller.setComponentHandler(pointer) };
    let told = |least: u32| {
        let start = std::time::Instant::now();
        while handler.dirty.load(Ordering::SeqCst) < least && start.elapsed().as_secs() < 10 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        handler.dirty.load(Ordering::SeqCst)
    };
    let tell = LISTENER.lock().clone().unwrap();
    assert_eq!(handler.dirty.load(Ordering::SeqCst), 0, "nothing has changed yet");
    tell();
    assert_eq!(told(1), 1);
    // From another thread, as a worker does.
    let theirs = tell.clone();
    std::thread::spawn(move || theirs()).join().unwrap();
    assert_eq!(told(2), 2);
    // SAFETY: in the format's order.
    unsafe {
        controller.setComponentHandler(std::ptr::null_mut());
        component.terminate();
    }
    drop((controller, component));
    // What an instance leaves behind tells nobody any more.
    tell();
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(handler.dirty.load(Ordering::SeqCst), 2);
}
