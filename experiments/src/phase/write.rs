//! The document.

use std::fmt::Write as _;

use anyhow::Result;
use nfx_train::files::write_atomic;

use super::signals::RECORDINGS;
use super::{METHODS, Measured, PhaseResultArgs, Results, TRANSFORMS};
use crate::cells::machine;

/// What was aimed at with the first transform, as means over the signals.
const AIMS: [(&str, f64); 5] = [
    ("rtpghi0", -20.0),
    ("rtpghi1", -25.0),
    ("pghi", -26.0),
    ("pghi+gl32", -33.0),
    ("rtisi3", -35.0),
];

/// How near PGHI is to come to pghipy on every signal, in dB.
const NEAR_DB: f64 = 0.5;
const PEERS: [&str; 3] = ["pghipy", "librosa fgl32", "librosa fgl100"];
const FRAME_BY_FRAME: [&str; 11] = [
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
];

impl Results<'_> {
    /// The entries of a method with a transform.
    fn entries(&self, transform: usize, method: &str) -> Vec<&Measured> {
        self.measured.iter().filter(|m| m.transform == transform && m.method == method).collect()
    }

    fn one_db(&self, transform: usize, method: &str, signal: usize) -> Option<f64> {
        self.entries(transform, method)
            .iter()
            .find(|m| m.signal == signal)
            .map(|m| m.convergence_db)
    }

    fn mean_db(&self, transform: usize, method: &str) -> Option<f64> {
        let all = self.entries(transform, method);
        (!all.is_empty())
            .then(|| all.iter().map(|m| m.convergence_db).sum::<f64>() / all.len() as f64)
    }

    /// All methods that were measured, the peers last.
    fn methods(&self) -> Vec<&'static str> {
        METHODS.iter().chain(&PEERS).copied().filter(|m| !self.entries(0, m).is_empty()).collect()
    }
}

/// Writes the document beside its target and renames it.
pub(super) fn write(results: &Results<'_>) -> Result<()> {
    let mut text = head(results);
    text.push_str(&aims(results));
    text.push_str(
        "## Frame by frame\n\nSpectral convergence in dB with 2048/512 and the Gauss window. A number after the name is the look-ahead in frames.\n\n",
    );
    text.push_str(&signals(results, &FRAME_BY_FRAME));
    text.push_str("## The whole sound at once\n\nThe same, for methods that know the whole sound");
    text.push_str(if results.peers.is_ok() { ", and the peers.\n\n" } else { ".\n\n" });
    let whole: Vec<&str> =
        results.methods().into_iter().filter(|m| !FRAME_BY_FRAME.contains(m)).collect();
    text.push_str(&signals(results, &whole));
    text.push_str(&beside_pghipy(results));
    text.push_str(&transforms(results));
    text.push_str(&times(results));
    text.push_str(WHAT_IS_WHAT);
    write_atomic(&results.args.doc, text.as_bytes())
}

/// The options that differ from the defaults, paths of this machine left out.
fn options(args: &PhaseResultArgs) -> String {
    let mut text = String::new();
    if args.no_peers {
        text.push_str(" --no-peers");
    }
    if args.seconds != 6.0 {
        let _ = write!(text, " --seconds {}", args.seconds);
    }
    if args.seed != 1 {
        let _ = write!(text, " --seed {}", args.seed);
    }
    text
}

fn head(results: &Results<'_>) -> String {
    let args = results.args;
    let peers = match &results.peers {
        Ok(versions) => format!("Peers on the same sounds, measured by the same code: {versions}."),
        Err(reason) => format!("**The peers from PyPI are missing: {reason}.**"),
    };
    format!(
        "# Phase reconstruction\n\nWritten by `nfx-lab phase{}`, version {}, on {}; do not edit. {} recordings of Sonic Pi's samples \
         (channels mixed to one, {} s at most) and three synthetic saws, all at 44.1 kHz. {peers}\n\n\
         Every figure is the spectral convergence in dB, `20 log10 (|| |S| - |S'| || / || S ||)`: `S` is the STFT of the sound with N zeros at both ends, \
         `S'` that of the sound made from `|S|` and the phases of a method (least-squares inverse), edges included. Less is better.\n\n",
        options(args),
        env!("CARGO_PKG_VERSION"),
        machine(),
        RECORDINGS.len(),
        args.seconds
    )
}

fn aims(results: &Results<'_>) -> String {
    let mut text = String::from(
        "## Aims and what was reached\n\nMeans over the signals with 2048/512 and the Gauss window, and the cost of real time.\n\n| what | aim | reached | |\n|---|---|---|---|\n",
    );
    let verdict = |met: bool| if met { "reached" } else { "**missed**" };
    for (method, aim) in AIMS {
        if let Some(mean) = results.mean_db(0, method) {
            let _ = writeln!(
                text,
                "| `{method}` | {aim:.0} dB | {mean:.2} dB | {} |",
                verdict(mean <= aim)
            );
        }
    }
    if let Some(worst) = worst_beside_pghipy(results) {
        let _ = writeln!(
            text,
            "| `pghi` beside pghipy, the worst signal | at most {NEAR_DB} dB behind | {worst:+.2} dB | {} |",
            verdict(worst <= NEAR_DB)
        );
    }
    for cost in &results.costs {
        let share = share(cost.dearest_us * 1e-6, 1024);
        let _ = writeln!(
            text,
            "| a frame of `rtpghi0` at 4096/1024, {}, the dearest signal | under 10 % of its hop | {share:.2} % ({:.0} us; mean {:.0} us) | {} |",
            cost.window.name(),
            cost.dearest_us,
            cost.mean_us,
            verdict(share < 10.0)
        );
    }
    text.push('\n');
    text
}

/// Percent of a hop at 44.1 kHz.
fn share(seconds: f64, hop: usize) -> f64 {
    100.0 * seconds * 44_100.0 / hop as f64
}

/// A table with a row for each signal, with the first transform.
fn signals(results: &Results<'_>, methods: &[&str]) -> String {
    let mut text = String::from("| signal |");
    methods.iter().for_each(|m| {
        let _ = write!(text, " {m} |");
    });
    let _ = write!(text, "\n|---|{}\n", "---|".repeat(methods.len()));
    for (k, signal) in results.signals.iter().enumerate() {
        let _ = write!(text, "| {} |", signal.name);
        for method in methods {
            text.push_str(&cell(results.one_db(0, method, k)));
        }
        text.push('\n');
    }
    text.push_str("| **mean** |");
    methods.iter().for_each(|m| text.push_str(&cell(results.mean_db(0, m))));
    text.push_str("\n\n");
    text
}

fn cell(db: Option<f64>) -> String {
    db.map_or(" – |".into(), |db| format!(" {db:.2} |"))
}

fn beside(results: &Results<'_>, signal: usize) -> Option<f64> {
    Some(results.one_db(0, "pghi", signal)? - results.one_db(0, "pghipy", signal)?)
}

fn worst_beside_pghipy(results: &Results<'_>) -> Option<f64> {
    (0..results.signals.len())
        .map(|k| beside(results, k))
        .collect::<Option<Vec<f64>>>()?
        .into_iter()
        .reduce(f64::max)
}

fn beside_pghipy(results: &Results<'_>) -> String {
    let Some(worst) = worst_beside_pghipy(results) else { return String::new() };
    let list: Vec<String> = results
        .signals
        .iter()
        .enumerate()
        .filter_map(|(k, signal)| beside(results, k).map(|db| format!("{} {db:+.2}", signal.name)))
        .collect();
    format!(
        "`pghi` less pghipy, in dB (below 0: ours is nearer): {}. The worst: {worst:+.2}.\n\n",
        list.join(", ")
    )
}

fn transforms(results: &Results<'_>) -> String {
    let mut text =
        String::from("## Other transforms\n\nMeans over the signals in dB.\n\n| method |");
    for (fft, hop, window) in TRANSFORMS {
        let _ = write!(text, " {fft}/{hop} {} |", window.name());
    }
    let _ = write!(text, "\n|---|{}\n", "---|".repeat(TRANSFORMS.len()));
    for method in results.methods() {
        let _ = write!(text, "| {method} |");
        (0..TRANSFORMS.len())
            .for_each(|index| text.push_str(&cell(results.mean_db(index, method))));
        text.push('\n');
    }
    text.push('\n');
    text
}

fn times(results: &Results<'_>) -> String {
    let mut text = String::from(
        "## Time\n\nMicroseconds for each frame on one core, means over all frames of all signals (this machine was not idle), and that as a share of \
         the hop at 44.1 kHz. The analysis is not in it; for librosa both transforms are, as for our projections.\n\n\
         | method | 2048/512 gauss | share of its hop | 4096/1024 gauss | share of its hop |\n|---|---|---|---|---|\n",
    );
    for method in results.methods() {
        let _ = write!(text, "| {method} |");
        for index in [0, 5] {
            let all = results.entries(index, method);
            let frames: usize = all.iter().map(|m| m.frames).sum();
            if frames == 0 {
                text.push_str(" – | – |");
                continue;
            }
            let seconds = all.iter().map(|m| m.seconds).sum::<f64>() / frames as f64;
            let _ = write!(
                text,
                " {:.0} | {:.2} % |",
                1e6 * seconds,
                share(seconds, TRANSFORMS[index].1)
            );
        }
        text.push('\n');
    }
    text.push('\n');
    text
}

const WHAT_IS_WHAT: &str = "## What is what\n\n\
- `zero`: every phase zero at its frame's centre. `thesis-eq`: the thesis's equations 2.7 and 2.8 with the constant of the Hann window. \
`thesis-code`: what its published code does (`N/2 + 1` for `N`, the deviation from a bin's frequency with the other sign and half as large, the constant of \
the Gauss window although Hann is used, frame starts for frame centres). Neither integrates along frequency, so the bins of a partial lose each other.\n\
- `rtpghi0-plain`, `rtpghi1-plain`, `pghi-plain`: phase-gradient heap integration as published (Průša & Søndergaard 2016; Průša, Balazs, Søndergaard 2017); \
`pghi-plain` with tolerances 1e-2 and 1e-10.\n\
- `rtpghi0`, `rtpghi1`, `pghi`: the same with two corrections. The slope of the log magnitude along time is not extrapolated by a parabola, which \
overshoots at attacks, and not taken at its word beside silence. And after the heap, which hears one neighbour of each bin, sweeps make each phase agree with all \
its neighbours, weighted by their magnitudes.\n\
- `rtisi0` to `rtisi3`: the newest frame starts from `rtpghi0`, then it and the frames that wait are projected 16 times, one after the other, \
with momentum.\n\
- `glN-plain`: N Griffin-Lim projections of all frames at once; `fglN`: the accelerated ones (Perraudin, Balazs, Søndergaard 2013), as librosa's; \
`glN`: ours from frame to frame, with as many FFTs. They start from random phases, or from what stands before the `+`.\n\n\
What was tuned: the slopes at attacks on other recordings than these; how often and by which power of the magnitudes the sweeps go, the first tolerance \
of PGHI, and the momentum of the projections on these signals, one value each for all of them (by window, or by hop).\n\n\
Sounds whose partials stand nearer than the window can tell apart (a drone, a saw at 55 Hz with N 2048) are the hard ones for every method that only reads \
gradients: between two partials the magnitudes pass through zeros, where the gradients are infinite, and the relative phase of the partials, which the \
magnitudes there depend on, is lost. Projections find it again; a longer window never loses it.\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phase::Cost;
    use crate::phase::signals::Signal;
    use nfx_core::signal::window::Window;

    fn measured(method: &str, signal: usize, convergence_db: f64) -> Measured {
        Measured {
            transform: 0,
            signal,
            method: method.into(),
            convergence_db,
            seconds: 0.5,
            frames: 1000,
        }
    }

    fn document(peers: Result<String, String>, measured: Vec<Measured>) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let args = PhaseResultArgs {
            data: "data".into(),
            doc: folder.path().join("phase.md"),
            out: "out".into(),
            python: None,
            no_peers: false,
            seconds: 6.0,
            seed: 1,
        };
        let signal =
            |name: &str| Signal { name: name.into(), samples: Vec::new(), rate_hz: 44_100.0 };
        let signals = [signal("one"), signal("two")];
        let costs = vec![Cost { window: Window::Hann, mean_us: 400.0, dearest_us: 500.0 }];
        write(&Results { args: &args, signals: &signals, measured, costs, peers })
            .expect("a document");
        std::fs::read_to_string(&args.doc).expect("a document")
    }

    #[test]
    fn aims_are_judged_by_the_means_and_by_the_worst_signal() {
        let all = vec![
            measured("rtpghi0", 0, -19.0),
            measured("rtpghi0", 1, -22.0),
            measured("pghi", 0, -30.0),
            measured("pghi", 1, -20.0),
            measured("pghipy", 0, -30.2),
            measured("pghipy", 1, -21.0),
        ];
        let text = document(Ok("pghipy 1".into()), all);
        assert!(text.contains("| `rtpghi0` | -20 dB | -20.50 dB | reached |"), "{text}");
        assert!(text.contains("| `pghi` | -26 dB | -25.00 dB | **missed** |"), "{text}");
        assert!(
            text.contains("the worst signal | at most 0.5 dB behind | +1.00 dB | **missed** |"),
            "{text}"
        );
        assert!(text.contains("one +0.20, two +1.00"), "{text}");
        assert!(text.contains("2.15 % (500 us; mean 400 us) | reached |"), "{text}");
        assert!(text.contains("| rtpghi0 | 500 | 4.31 % | – | – |"), "{text}");
    }

    #[test]
    fn missing_peers_are_said_plainly() {
        let text =
            document(Err("python3 could not be started".into()), vec![measured("pghi", 0, -30.0)]);
        assert!(
            text.contains("**The peers from PyPI are missing: python3 could not be started.**"),
            "{text}"
        );
        assert!(!text.contains("pghipy 1") && !text.contains("librosa fgl32 |"), "{text}");
    }
}
