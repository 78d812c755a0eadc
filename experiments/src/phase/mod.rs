//! Phase reconstruction on recordings and synthetic sounds, beside what PyPI has for it.

mod peers;
mod signals;
mod write;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use nfx_core::signal::phase::{PhaseMethod, Rtpghi};
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;

use nfx_train::phase::Target;
use signals::Signal;

/// The command line of `nfx-lab phase`.
#[derive(Clone, Debug, clap::Args)]
pub struct PhaseResultArgs {
    /// Folder with the recordings: Sonic Pi's samples
    #[arg(long, value_name = "FOLDER")]
    pub data: PathBuf,
    /// The document to write
    #[arg(long, value_name = "FILE", default_value = "docs/results/phase.md")]
    pub doc: PathBuf,
    /// Working folder: sounds for the peers, and their Python environment
    #[arg(long, value_name = "FOLDER", default_value = "runs/reproduce-phase")]
    pub out: PathBuf,
    /// A Python that has the packages of tests/python/phase.txt; without it, an environment with
    /// them is made in the working folder
    #[arg(long, value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// Do without the peers from PyPI; the document then says that they are missing
    #[arg(long)]
    pub no_peers: bool,
    /// Seconds of each recording, from its beginning
    #[arg(long, default_value_t = 6.0)]
    pub seconds: f64,
    /// Seed of the random phases
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// The transforms: FFT size, hop, window. The first one is the one that the aims are for.
const TRANSFORMS: [(usize, usize, Window); 7] = [
    (2048, 512, Window::Gauss),
    (2048, 512, Window::Hann),
    (2048, 512, Window::RootHann),
    (2048, 256, Window::Gauss),
    (2048, 256, Window::Hann),
    (4096, 1024, Window::Gauss),
    (4096, 1024, Window::Hann),
];

/// The methods, in the order of the tables.
const METHODS: [&str; 22] = [
    "zero",
    "thesis-code",
    "thesis-eq",
    "rtpghi0-plain",
    "rtpghi0",
    "rtpghi1-plain",
    "rtpghi1",
    "rtisi0",
    "rtisi1",
    "rtisi2",
    "rtisi3",
    "pghi-plain",
    "pghi",
    "pghi+gl32-plain",
    "pghi+fgl32",
    "pghi+gl32",
    "rtisi3+gl32",
    "gl32-plain",
    "gl100-plain",
    "fgl32",
    "gl32",
    "gl100",
];

/// Those that are measured with the first transform only, for they take the longest and say the
/// least.
const ONCE: [&str; 2] = ["gl100-plain", "gl100"];

/// One method, ours or a peer's, on one signal with one transform.
#[derive(Clone, Debug)]
struct Measured {
    transform: usize,
    signal: usize,
    method: String,
    convergence_db: f64,
    /// Of making the phases; for a peer also of what it does beside.
    seconds: f64,
    frames: usize,
}

/// What one frame of the real-time form costs at N 4096.
#[derive(Clone, Copy, Debug)]
struct Cost {
    window: Window,
    /// The mean over all frames of all signals, and the mean of the dearest signal, in
    /// microseconds.
    mean_us: f64,
    dearest_us: f64,
}

/// Everything that the document shows.
struct Results<'a> {
    args: &'a PhaseResultArgs,
    signals: &'a [Signal],
    measured: Vec<Measured>,
    costs: Vec<Cost>,
    /// Versions of the peers, or why there are none.
    peers: Result<String, String>,
}

fn transform(index: usize) -> Result<StftConfig> {
    let (fft, hop, window) = TRANSFORMS[index];
    Ok(StftConfig::new(fft, hop, window)?)
}

/// Measures everything and writes the document.
///
/// # Errors
/// When a recording is missing, or a file cannot be written. Peers that cannot be run are no error:
/// the document says so.
pub fn phase(args: &PhaseResultArgs) -> Result<()> {
    let signals = signals::all(&args.data, args.seconds)?;
    let mut measured = Vec::new();
    for index in 0..TRANSFORMS.len() {
        let config = transform(index)?;
        for (k, signal) in signals.iter().enumerate() {
            eprintln!(
                "[{}/{}] {} with {}/{} {}",
                index * signals.len() + k + 1,
                TRANSFORMS.len() * signals.len(),
                signal.name,
                config.fft_size,
                config.hop,
                config.window.name()
            );
            let target = Target::new(config, &signal.samples)?;
            for name in METHODS.into_iter().filter(|name| index == 0 || !ONCE.contains(name)) {
                let method: PhaseMethod = name.parse()?;
                let found = target.reconstruct(method, args.seed)?;
                measured.push(Measured {
                    transform: index,
                    signal: k,
                    method: name.into(),
                    convergence_db: found.convergence_db,
                    seconds: found.seconds,
                    frames: found.frames,
                });
            }
        }
    }
    let costs = [Window::Hann, Window::Gauss]
        .into_iter()
        .map(|w| cost(w, &signals))
        .collect::<Result<Vec<_>>>()?;
    let peers = if args.no_peers {
        Err("they were left out by --no-peers".into())
    } else {
        peers::run(args, &signals, &mut measured).map_err(|error| format!("{error:#}"))
    };
    if let Err(reason) = &peers {
        eprintln!("the peers from PyPI are missing in the document: {reason}");
    }
    write::write(&Results { args, signals: &signals, measured, costs, peers })?;
    println!("{} written", args.doc.display());
    Ok(())
}

/// The time that causal RTPGHI takes for a frame at N 4096, hop 1024. Of three runs over a signal
/// the fastest counts: the others were disturbed.
fn cost(window: Window, signals: &[Signal]) -> Result<Cost> {
    let config = StftConfig::new(4096, 1024, window)?;
    let mut rtpghi = Rtpghi::new(config, 1)?;
    let mut phases = vec![0.0; config.bins()];
    let (mut total, mut frames, mut dearest) = (0.0, 0, 0.0f64);
    for signal in signals {
        let target = Target::new(config, &signal.samples)?;
        let mut least = f64::MAX;
        for _ in 0..3 {
            rtpghi.reset();
            let start = Instant::now();
            for frame in target.magnitudes() {
                rtpghi.push(frame, &mut phases);
            }
            least = least.min(start.elapsed().as_secs_f64());
        }
        total += least;
        frames += target.frames();
        dearest = dearest.max(least / target.frames() as f64);
    }
    Ok(Cost { window, mean_us: 1e6 * total / frames as f64, dearest_us: 1e6 * dearest })
}
