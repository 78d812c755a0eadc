//! Griffin-Lim projections of a whole spectrogram.
//!
//! A projection synthesises, analyses, and gives the result the wanted magnitudes again. The
//! published forms do that for all frames at once. Ours goes from frame to frame, forwards and
//! backwards in turn, and each frame is already analysed out of a sound in which the frames before
//! it are better: the same number of FFTs, and much nearer. Each step goes on a little in the
//! direction of the last one.

use super::method::Projection;
use crate::Complex32;
use crate::signal::stft::{StftConfig, StftError, Transform, analyse_signal, synthesise_signal};

/// How far fast Griffin-Lim goes on in the direction of its last step (Perraudin, Balazs,
/// Søndergaard 2013; librosa's default).
const FAST_MOMENTUM: f32 = 0.99;

/// How far a step from frame to frame goes on in the direction of the last one. More is faster, up
/// to where it no longer settles; that comes the sooner, the more frames overlap. Found by trial on
/// the signals of `docs/results/phase.md`.
pub(super) fn momentum(config: StftConfig) -> f32 {
    if config.fft_size / config.hop > 4 { 0.4 } else { 0.75 }
}

/// The sound whose spectra are looked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub config: StftConfig,
    /// `[frame][bin]`.
    pub magnitudes: &'a [Vec<f32>],
    /// Its samples.
    pub len: usize,
}

/// Brings spectra (`[frame][bin]`, with the magnitudes wanted) nearer to those of a signal.
/// Allocates.
///
/// # Errors
/// As [`synthesise_signal`].
pub(super) fn project(
    wanted: Wanted<'_>,
    spectra: &mut [Vec<Complex32>],
    projections: u32,
    kind: Projection,
) -> Result<(), StftError> {
    match kind {
        Projection::Sequential => sequential(wanted, spectra, projections),
        Projection::Plain => at_once(wanted, spectra, projections, 0.0),
        Projection::Fast => at_once(wanted, spectra, projections, FAST_MOMENTUM),
    }
}

fn at_once(
    wanted: Wanted<'_>,
    spectra: &mut [Vec<Complex32>],
    projections: u32,
    momentum: f32,
) -> Result<(), StftError> {
    let Wanted { config, magnitudes, len } = wanted;
    let mut before: Vec<Vec<Complex32>> = Vec::new();
    for _ in 0..projections {
        let mut found = analyse_signal(config, &synthesise_signal(config, spectra, len)?)?;
        if momentum > 0.0 {
            if before.is_empty() {
                before.clone_from(&found);
            }
            for (found, before) in found.iter_mut().zip(&mut before) {
                go_on(found, before, momentum);
            }
        }
        for ((found, target), spectrum) in found.iter_mut().zip(magnitudes).zip(spectra.iter_mut())
        {
            impose(found, target, spectrum);
        }
    }
    Ok(())
}

fn sequential(
    wanted: Wanted<'_>,
    spectra: &mut [Vec<Complex32>],
    projections: u32,
) -> Result<(), StftError> {
    let Wanted { config, magnitudes, len } = wanted;
    let mut transform = Transform::new(config)?;
    let (n, hop) = (config.fft_size, config.hop);
    let momentum = momentum(config);
    // Sample i of the signal stands at i + lead.
    let lead = n - hop;
    let mut sum = vec![0.0; n + spectra.len() * hop];
    let mut time = vec![0.0; n];
    let mut found = vec![Complex32::default(); config.bins()];
    let mut before = spectra.to_vec();
    for (k, frame) in spectra.iter().enumerate() {
        found.copy_from_slice(frame);
        transform.synthesise_add(&mut found, &mut sum[k * hop..k * hop + n]);
    }
    for count in 0..projections {
        for step in 0..spectra.len() {
            let k = if count % 2 == 0 { step } else { spectra.len() - 1 - step };
            let start = k * hop;
            for (i, (time, sum)) in time.iter_mut().zip(&sum[start..]).enumerate() {
                // There is no signal outside of the signal.
                *time = if (lead..lead + len).contains(&(start + i)) { *sum } else { 0.0 };
            }
            transform.analyse(&time, &mut found);
            go_on(&mut found, &mut before[k], momentum);
            impose(&mut found, &magnitudes[k], &mut spectra[k]);
            transform.synthesise_add(&mut found, &mut sum[start..start + n]);
        }
    }
    Ok(())
}

/// Moves what was found on in the direction from what was found before, which it then takes the
/// place of. Real-time safe.
pub(super) fn go_on(found: &mut [Complex32], before: &mut [Complex32], momentum: f32) {
    for (found, before) in found.iter_mut().zip(before) {
        let now = *found;
        *found += momentum * (now - *before);
        *before = now;
    }
}

/// Gives `spectrum` the phases of `found` and the magnitudes of `target`; where nothing was found,
/// it stays as it is. What that changes in it is left in `found`. Real-time safe.
pub(super) fn impose(found: &mut [Complex32], target: &[f32], spectrum: &mut [Complex32]) {
    for ((found, &magnitude), spectrum) in found.iter_mut().zip(target).zip(spectrum) {
        let norm = found.norm_sqr();
        let usable = norm > f32::MIN_POSITIVE && norm.is_finite();
        let new = if usable { *found * (magnitude / norm.sqrt()) } else { *spectrum };
        *found = new - *spectrum;
        *spectrum = new;
    }
}
