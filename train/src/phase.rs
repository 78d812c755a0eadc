//! `nfx-train phase`: throws the phase of a sound away and makes another one.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use nfx_core::signal::phase::{PhaseMethod, reconstruct, spectral_convergence_db};
use nfx_core::signal::stft::{StftConfig, analyse_signal, synthesise_signal};
use nfx_core::signal::window::Window;

use crate::audio::{read_audio, write_float_wav};
use crate::files::{WAV, can_write};

/// The command line of `nfx-train phase`.
#[derive(Clone, Debug, clap::Args)]
pub struct PhaseArgs {
    /// zero, thesis-eq, thesis-code, rtpghi0, rtpghi1, pghi, rtisi0 to rtisi3, glN, fglN, pghi+glN,
    /// rtisi3+glN; -plain after rtpghi, pghi or glN is the form exactly as published
    #[arg(long)]
    pub method: PhaseMethod,
    /// hann, root_hann or gauss
    #[arg(long, default_value = "gauss", value_parser = window)]
    pub window: Window,
    /// FFT size in samples, a power of two from 256 to 16384
    #[arg(long, default_value_t = 2048)]
    pub fft: usize,
    /// Samples between two frames: an eighth, a quarter or a half of the FFT size [default: a
    /// quarter]
    #[arg(long)]
    pub hop: Option<usize>,
    /// Seed of the random phases of quiet bins
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// WAV, FLAC, MP3, Ogg or AIFF
    pub input: PathBuf,
    /// The WAV file (32-bit float) to write
    pub output: PathBuf,
}

/// A window by its name, with a hyphen or an underscore.
pub(crate) fn window(text: &str) -> Result<Window> {
    let name = text.replace('-', "_");
    Window::ALL.into_iter().find(|w| w.name() == name).ok_or_else(|| {
        anyhow!("expected a window out of hann, root_hann and gauss, found `{text}`")
    })
}

/// A reconstruction and what it is worth.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The sound, as long as the one it was made from.
    pub signal: Vec<f32>,
    /// Spectral convergence in dB: with N zeros at both ends, after another analysis with the same
    /// transform, edges included.
    pub convergence_db: f64,
    /// Time that making the phases took, in seconds: neither the analysis nor the last synthesis is
    /// in it.
    pub seconds: f64,
    /// Frames that phases were made for, those of the zeros at both ends included.
    pub frames: usize,
}

/// What a sound is compared with: itself with N zeros at both ends, as magnitudes.
#[derive(Clone, Debug)]
pub struct Target {
    config: StftConfig,
    /// The sound between its zeros.
    pub padded: Vec<f32>,
    /// `[frame][bin]`
    magnitudes: Vec<Vec<f32>>,
}

impl Target {
    /// The target of a mono sound.
    ///
    /// # Errors
    /// When the transform cannot be made.
    pub fn new(config: StftConfig, signal: &[f32]) -> Result<Self> {
        let silence = vec![0.0; config.fft_size];
        let padded = [&silence, signal, &silence].concat();
        let frames = analyse_signal(config, &padded)?;
        let magnitudes =
            frames.iter().map(|frame| frame.iter().map(|bin| bin.norm()).collect()).collect();
        Ok(Self { config, padded, magnitudes })
    }

    /// The number of frames.
    pub fn frames(&self) -> usize {
        self.magnitudes.len()
    }

    /// Its magnitudes, `[frame][bin]`.
    pub fn magnitudes(&self) -> &[Vec<f32>] {
        &self.magnitudes
    }

    /// How near another sound comes, zeros at both ends included, in dB.
    ///
    /// # Errors
    /// When the transform cannot be made.
    pub fn convergence_db(&self, padded: &[f32]) -> Result<f64> {
        Ok(spectral_convergence_db(&self.magnitudes, &analyse_signal(self.config, padded)?))
    }

    /// Makes other phases, and a sound with them.
    ///
    /// # Errors
    /// When the method cannot serve such a sound.
    pub fn reconstruct(&self, method: PhaseMethod, seed: u64) -> Result<Outcome> {
        let start = Instant::now();
        let spectra = reconstruct(method, self.config, &self.magnitudes, self.padded.len(), seed)?;
        let seconds = start.elapsed().as_secs_f64();
        let padded = synthesise_signal(self.config, &spectra, self.padded.len())?;
        let convergence_db = self.convergence_db(&padded)?;
        let n = self.config.fft_size;
        let signal = padded[n..padded.len() - n].to_vec();
        Ok(Outcome { signal, convergence_db, seconds, frames: self.frames() })
    }
}

/// Does what the command line says, and prints the spectral convergence and the time taken.
/// Channels are treated one by one, the spectral convergence is that of all of them together.
///
/// # Errors
/// When a file cannot be read or written, or the transform cannot be made.
pub fn phase(args: &PhaseArgs) -> Result<()> {
    let config = StftConfig::new(args.fft, args.hop.unwrap_or(args.fft / 4), args.window)?;
    can_write(&args.output, WAV)?;
    let audio = read_audio(&args.input)?;
    ensure!(
        !audio.is_empty(),
        "expected a sound in {}, found an empty one; nothing was written",
        args.input.display()
    );
    let (mut channels, mut error, mut power, mut seconds, mut frames) =
        (Vec::new(), 0.0, 0.0, 0.0, 0);
    for channel in &audio.channels {
        let target = Target::new(config, channel)?;
        let outcome = target.reconstruct(args.method, args.seed)?;
        let energy: f64 = target.magnitudes.iter().flatten().map(|&m| f64::from(m).powi(2)).sum();
        power += energy;
        error += energy * 10f64.powf(outcome.convergence_db / 10.0);
        seconds += outcome.seconds;
        frames += outcome.frames;
        channels.push(outcome.signal);
    }
    write_float_wav(&args.output, &channels, audio.rate)?;
    // Silence comes back as it was: minus infinity.
    let ratio: f64 = if error == 0.0 { 0.0 } else { error / power };
    println!("SC {:.2} dB", 10.0 * ratio.log10());
    let hop_seconds = config.hop as f64 / audio.rate;
    println!(
        "time {seconds:.3} s for {:.2} s of {} channel{} ({frames} frames, each {:.0} us, {:.2} % of its hop)",
        audio.len() as f64 / audio.rate,
        channels.len(),
        if channels.len() == 1 { "" } else { "s" },
        1e6 * seconds / frames as f64,
        100.0 * seconds / frames as f64 / hop_seconds
    );
    Ok(())
}
