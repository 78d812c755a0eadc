//! What the plugin may call in its host: every call is counted, so that tests can ask what a plugin
//! asked for.

use clack_extensions::latency::{HostLatency, HostLatencyImpl};
use clack_extensions::log::{HostLog, HostLogImpl, LogSeverity};
use clack_extensions::params::{
    HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamRescanFlags,
};
use clack_extensions::state::{HostState, HostStateImpl};
use clack_host::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What a plugin has asked of its host so far; any thread may read it.
#[derive(Debug, Default)]
pub struct Requests {
    /// A call on the main thread is wanted; the host clears it when it has called.
    pub callback: AtomicBool,
    /// A deactivation and activation is wanted; the host clears it when it has obeyed.
    pub restart: AtomicBool,
    /// Parameters wait to be read although nothing is processed.
    pub flush: AtomicBool,
    /// How often the latency was said to have changed.
    pub latency_changes: AtomicU32,
    /// How often parameters were said to have changed.
    pub rescans: AtomicU32,
    /// How often the project was marked as changed.
    pub dirty: AtomicU32,
}

/// The handlers of the host that the tests use.
pub struct TestHost;

impl HostHandlers for TestHost {
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread<'a>;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _: &Shared) {
        builder
            .register::<HostLatency>()
            .register::<HostLog>()
            .register::<HostParams>()
            .register::<HostState>();
    }
}

/// Callbacks from any thread.
pub struct Shared(pub Arc<Requests>);

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.0.restart.store(true, Ordering::SeqCst);
    }
    fn request_process(&self) {}
    fn request_callback(&self) {
        self.0.callback.store(true, Ordering::SeqCst);
    }
}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {
        self.0.flush.store(true, Ordering::SeqCst);
    }
}

impl HostLogImpl for Shared {
    fn log(&self, severity: LogSeverity, message: &str) {
        eprintln!("plugin: {severity:?}: {message}");
    }
}

/// Callbacks on the main thread.
pub struct MainThread<'a>(pub &'a Shared);

impl<'a> MainThreadHandler<'a> for MainThread<'a> {}

impl HostLatencyImpl for MainThread<'_> {
    fn changed(&self) {
        self.0.0.latency_changes.fetch_add(1, Ordering::SeqCst);
    }
}

impl HostParamsImplMainThread for MainThread<'_> {
    fn rescan(&self, _: ParamRescanFlags) {
        self.0.0.rescans.fetch_add(1, Ordering::SeqCst);
    }
    fn clear(&self, _: ClapId, _: ParamClearFlags) {}
}

impl HostStateImpl for MainThread<'_> {
    fn mark_dirty(&self) {
        self.0.0.dirty.fetch_add(1, Ordering::SeqCst);
    }
}
