//! What a process holds: memory, threads and descriptors.

use std::fmt;
use std::time::{Duration, Instant};

/// See the module's documentation. Zeros where the system does not say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Resident memory, in bytes.
    pub memory: u64,
    /// Threads.
    pub threads: u64,
    /// Open descriptors.
    pub descriptors: u64,
}

/// One pool of memory for all threads from now on, where the allocator can: with one for each
/// thread that a window has, what is free in all of them grows for a long time before it stays, and
/// hides what is held.
pub fn pool_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: the allocator takes this number at any time.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

impl Usage {
    /// As it is now, when what is on its way out has gone: threads end a moment after they are
    /// told.
    pub fn now() -> Self {
        let mut best = Self::once();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(400) {
            std::thread::sleep(Duration::from_millis(20));
            let now = Self::once();
            best.threads = best.threads.min(now.threads);
            best.descriptors = best.descriptors.min(now.descriptors);
            best.memory = now.memory;
        }
        best
    }

    fn once() -> Self {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: what is free in the allocator's pools goes back to the system, so that only what
        // is held is counted.
        unsafe {
            libc::malloc_trim(0);
        }
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_ascii_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        let descriptors =
            std::fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64);
        Self { memory: 1024 * field("VmRSS:"), threads: field("Threads:"), descriptors }
    }

    /// Says when there is more than before by more than this.
    ///
    /// # Errors
    /// As said.
    pub fn within(
        &self,
        before: &Self,
        threads: u64,
        descriptors: u64,
        memory: u64,
    ) -> Result<(), String> {
        let more = |now: u64, then: u64, by: u64| now > then + by;
        if more(self.threads, before.threads, threads)
            || more(self.descriptors, before.descriptors, descriptors)
            || more(self.memory, before.memory, memory)
        {
            return Err(format!("before: {before}; afterwards: {self}"));
        }
        Ok(())
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = self.memory as f64 / f64::from(1 << 20);
        write!(f, "{} threads, {} descriptors, {megabytes:.1} MB", self.threads, self.descriptors)
    }
}
