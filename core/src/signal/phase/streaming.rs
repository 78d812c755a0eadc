//! Any of the methods that need not know the whole sound, frame by frame.

use super::gradient::{from_start, sane};
use super::method::PhaseMethod;
use super::rtisi::Rtisi;
use super::rtpghi::Rtpghi;
use super::thesis::Thesis;
use crate::Complex32;
use crate::signal::stft::{StftConfig, StftError};

/// Why phases cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhaseError {
    /// The transform, or the frames, are not what they should be.
    #[error(transparent)]
    Stft(#[from] StftError),
    /// The method needs the whole sound.
    #[error(
        "expected a phase method that works frame by frame, found {method}, which needs the whole sound; nothing was made"
    )]
    NotStreaming {
        /// The method.
        method: PhaseMethod,
    },
    /// A number of the method is out of its range.
    #[error(
        "expected 1 to {} projections and 0 to {} frames of look-ahead, found {method}; nothing was made",
        super::MAX_PROJECTIONS,
        super::MAX_LOOK_AHEAD
    )]
    Range {
        /// The method.
        method: PhaseMethod,
    },
    /// A spectrogram with more bins than a heap can number.
    #[error("expected at most {} bins in all, found {found}; nothing was made", u32::MAX)]
    TooLong {
        /// The number of bins of all frames together.
        found: usize,
    },
}

/// What does the work.
#[derive(Clone)]
enum Kind {
    Zero,
    Thesis(Box<Thesis>),
    Rtpghi(Box<Rtpghi>),
    Rtisi(Box<Rtisi>),
}

/// Phases for a stream of magnitudes, by any method that works frame by frame.
///
/// Building allocates; everything else is real-time safe, though the cost of `rtisi` is that of 32
/// FFTs for each frame that it looks ahead and one.
#[derive(Clone)]
pub struct StreamingPhase {
    method: PhaseMethod,
    bins: usize,
    kind: Kind,
    /// What the magnitudes were one frame ago, and now, `[2][bin]`.
    magnitudes: [Vec<f32>; 2],
    phases: Vec<f32>,
}

impl StreamingPhase {
    /// A method at rest. `seed` decides the random phases of quiet bins. Allocates.
    ///
    /// # Errors
    /// [`PhaseError`] when the config is not valid, or the method needs the whole sound or has a
    /// number out of its range.
    pub fn new(method: PhaseMethod, config: StftConfig, seed: u64) -> Result<Self, PhaseError> {
        config.validate()?;
        let kind = match method {
            PhaseMethod::Zero => Kind::Zero,
            PhaseMethod::ThesisEquations => Kind::Thesis(Box::new(Thesis::new(config, false))),
            PhaseMethod::ThesisCode => Kind::Thesis(Box::new(Thesis::new(config, true))),
            PhaseMethod::Rtpghi { look_ahead, plain: true } => {
                Kind::Rtpghi(Box::new(Rtpghi::published(config, seed, look_ahead)?))
            }
            PhaseMethod::Rtpghi { look_ahead: false, .. } => {
                Kind::Rtpghi(Box::new(Rtpghi::new(config, seed)?))
            }
            PhaseMethod::Rtpghi { look_ahead: true, .. } => {
                Kind::Rtpghi(Box::new(Rtpghi::with_look_ahead(config, seed)?))
            }
            PhaseMethod::Rtisi { look_ahead } if look_ahead <= super::MAX_LOOK_AHEAD => {
                Kind::Rtisi(Box::new(Rtisi::new(config, look_ahead, seed)?))
            }
            PhaseMethod::Rtisi { .. } => return Err(PhaseError::Range { method }),
            PhaseMethod::Pghi { .. } | PhaseMethod::GriffinLim { .. } => {
                return Err(PhaseError::NotStreaming { method });
            }
        };
        let zeros = || vec![0.0; config.bins()];
        Ok(Self {
            method,
            bins: config.bins(),
            kind,
            magnitudes: [zeros(), zeros()],
            phases: zeros(),
        })
    }

    /// The method.
    pub fn method(&self) -> PhaseMethod {
        self.method
    }

    /// By how many frames the answers come later than the magnitudes they belong to.
    pub fn look_ahead(&self) -> usize {
        match &self.kind {
            Kind::Zero | Kind::Thesis(_) => 0,
            Kind::Rtpghi(rtpghi) => rtpghi.look_ahead(),
            Kind::Rtisi(rtisi) => rtisi.look_ahead(),
        }
    }

    /// Back to the state right after [`StreamingPhase::new`]. Real-time safe.
    pub fn reset(&mut self) {
        self.magnitudes.iter_mut().for_each(|frame| frame.fill(0.0));
        match &mut self.kind {
            Kind::Zero => {}
            Kind::Thesis(thesis) => thesis.reset(),
            Kind::Rtpghi(rtpghi) => rtpghi.reset(),
            Kind::Rtisi(rtisi) => rtisi.reset(),
        }
    }

    /// Takes the magnitudes of the next frame and answers with the spectrum, magnitudes and phases,
    /// of the frame [`StreamingPhase::look_ahead`] before it (silence before the first one).
    /// Real-time safe.
    ///
    /// Both are `[bin]`; when either has another length, nothing happens but zeros in `spectrum`.
    /// Magnitudes that are NaN or negative count as 0, those beyond 1e15 as that, so that the sound
    /// made of them stays finite.
    pub fn push(&mut self, magnitudes: &[f32], spectrum: &mut [Complex32]) {
        if magnitudes.len() != self.bins || spectrum.len() != self.bins {
            spectrum.fill(Complex32::default());
            return;
        }
        self.magnitudes.swap(0, 1);
        let [before, now] = &mut self.magnitudes;
        for (now, &magnitude) in now.iter_mut().zip(magnitudes) {
            *now = sane(magnitude).min(LARGEST);
        }
        let belonging = match &mut self.kind {
            Kind::Zero => {
                self.phases
                    .iter_mut()
                    .enumerate()
                    .for_each(|(m, phase)| *phase = from_start(0.0, m));
                now
            }
            Kind::Thesis(thesis) => {
                thesis.push(now, &mut self.phases);
                now
            }
            Kind::Rtpghi(rtpghi) => {
                rtpghi.push(now, &mut self.phases);
                if rtpghi.look_ahead() == 1 { before } else { now }
            }
            Kind::Rtisi(rtisi) => {
                rtisi.push(now, spectrum);
                return;
            }
        };
        for ((out, &magnitude), &phase) in spectrum.iter_mut().zip(&*belonging).zip(&self.phases) {
            let (sin, cos) = phase.sin_cos();
            *out = Complex32::new(magnitude * cos, magnitude * sin);
        }
    }
}

/// The largest magnitude that is let through: its square, and sums of such squares, are still
/// numbers.
pub(super) const LARGEST: f32 = 1e15;
