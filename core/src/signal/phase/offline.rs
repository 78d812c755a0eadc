//! Phases for a whole spectrogram, by any method.

use super::gradient::{Form, sane};
use super::griffin_lim::{Wanted, project};
use super::method::{MAX_PROJECTIONS, PhaseMethod, Start};
use super::pghi::pghi;
use super::random::Random;
use super::relax::polar;
use super::streaming::{LARGEST, PhaseError, StreamingPhase};
use crate::Complex32;
use crate::signal::stft::{StftConfig, StftError};

/// Spectra with the given magnitudes, `[frame][bin]`, for a signal of `len` samples, their phases
/// made by a method.
///
/// [`crate::signal::stft::synthesise_signal`] makes the signal of them. A method that works frame
/// by frame gives the very bits that [`StreamingPhase`] gives. Magnitudes that are NaN or negative
/// count as 0, those beyond 1e15 as that. Allocates; not for the audio thread.
///
/// # Errors
/// [`PhaseError`] when the config is not valid, the frames are not [`StftConfig::frames`] of `len`
/// or not of the right number of bins, or the method has a number out of its range.
pub fn reconstruct(
    method: PhaseMethod,
    config: StftConfig,
    magnitudes: &[Vec<f32>],
    len: usize,
    seed: u64,
) -> Result<Vec<Vec<Complex32>>, PhaseError> {
    config.validate()?;
    let bins = config.bins();
    if magnitudes.len() != config.frames(len) {
        let (expected, found) = (config.frames(len), magnitudes.len());
        return Err(StftError::Frames { samples: len, expected, found }.into());
    }
    if let Some((frame, found)) =
        magnitudes.iter().map(Vec::len).enumerate().find(|&(_, found)| found != bins)
    {
        return Err(StftError::Bins { frame, expected: bins, found }.into());
    }
    match method {
        PhaseMethod::Pghi { plain } => {
            let form = if plain { Form::Published } else { Form::Corrected };
            integrated(config, form, magnitudes, seed)
        }
        PhaseMethod::GriffinLim { start, projections, kind } => {
            if !(1..=MAX_PROJECTIONS).contains(&projections) {
                return Err(PhaseError::Range { method });
            }
            let magnitudes: Vec<Vec<f32>> =
                magnitudes.iter().map(|f| f.iter().map(|&m| usable(m)).collect()).collect();
            let mut spectra = match start {
                Start::Random => random(&magnitudes, seed),
                Start::Pghi => integrated(config, Form::Corrected, &magnitudes, seed)?,
                Start::Rtisi(look_ahead) => {
                    streamed(PhaseMethod::Rtisi { look_ahead }, config, &magnitudes, seed)?
                }
            };
            let wanted = Wanted { config, magnitudes: &magnitudes, len };
            project(wanted, &mut spectra, projections, kind)?;
            Ok(spectra)
        }
        _ => streamed(method, config, magnitudes, seed),
    }
}

/// A magnitude of which a finite sound can be made.
fn usable(magnitude: f32) -> f32 {
    sane(magnitude).min(LARGEST)
}

fn integrated(
    config: StftConfig,
    form: Form,
    magnitudes: &[Vec<f32>],
    seed: u64,
) -> Result<Vec<Vec<Complex32>>, PhaseError> {
    let cells = config.bins().saturating_mul(magnitudes.len());
    if cells > u32::MAX as usize {
        return Err(PhaseError::TooLong { found: cells });
    }
    Ok(spectra(magnitudes, &pghi(config, form, magnitudes, seed)))
}

fn random(magnitudes: &[Vec<f32>], seed: u64) -> Vec<Vec<Complex32>> {
    let mut random = Random::new(seed);
    magnitudes
        .iter()
        .map(|frame| frame.iter().map(|&m| polar(m, random.phase())).collect())
        .collect()
}

fn spectra(magnitudes: &[Vec<f32>], phases: &[Vec<f32>]) -> Vec<Vec<Complex32>> {
    let frames = magnitudes.iter().zip(phases);
    frames.map(|(m, p)| m.iter().zip(p).map(|(&m, &p)| polar(usable(m), p)).collect()).collect()
}

fn streamed(
    method: PhaseMethod,
    config: StftConfig,
    magnitudes: &[Vec<f32>],
    seed: u64,
) -> Result<Vec<Vec<Complex32>>, PhaseError> {
    let mut stream = StreamingPhase::new(method, config, seed)?;
    let late = stream.look_ahead();
    let silence = vec![0.0; config.bins()];
    let mut spectra = Vec::with_capacity(magnitudes.len());
    let mut answer = vec![Complex32::default(); config.bins()];
    for (k, frame) in magnitudes.iter().chain(std::iter::repeat_n(&silence, late)).enumerate() {
        stream.push(frame, &mut answer);
        if k >= late {
            spectra.push(answer.clone());
        }
    }
    Ok(spectra)
}

/// How far spectra are from the magnitudes they should have, in dB: `20 log10 (|| |target| - |found| || / || target ||)`, norms over all
/// frames and bins. That is the spectral convergence of a reconstruction when `found` is the analysis of the signal made of it,
/// with the same transform. Two silences differ by minus infinity; a frame or bin that only one of the two has counts in full.
///
/// Source: `magnitudeerrdb` of phaseret (its definition).
pub fn spectral_convergence_db(target: &[Vec<f32>], found: &[Vec<Complex32>]) -> f64 {
    let (mut error, mut power) = (0.0f64, 0.0f64);
    for k in 0..target.len().max(found.len()) {
        let (target, found) = (
            target.get(k).map_or(&[][..], Vec::as_slice),
            found.get(k).map_or(&[][..], Vec::as_slice),
        );
        for m in 0..target.len().max(found.len()) {
            let wanted = target.get(m).map_or(0.0, |&x| f64::from(x));
            let found = found.get(m).map_or(0.0, |z| f64::from(z.re).hypot(f64::from(z.im)));
            error += (found - wanted).powi(2);
            power += wanted.powi(2);
        }
    }
    if error == 0.0 { f64::NEG_INFINITY } else { 10.0 * (error / power).log10() }
}
