//! Magnitudes on the input's phase, but for partials that the input lacks: those get a phase of
//! their own.

use super::controls::FrameControls;
use super::transfer::{lacking, rebuilding};
use crate::Complex32;
use crate::engine::EngineError;
use crate::signal::MAX_CHANNELS;
use crate::signal::phase::PhaseMender;
use crate::signal::stft::StftConfig;

/// See the module's documentation. All but making it is real-time safe.
#[derive(Debug)]
pub(super) struct Mending {
    menders: Vec<PhaseMender>,
    /// Where a bin's phase is to be rebuilt, and how much of it, `[bin]`.
    shares: Vec<f32>,
    /// The input's spectrum, `[bin]`.
    input: Vec<Complex32>,
    /// How much may be rebuilt in this frame.
    most: f32,
    on: bool,
}

impl Mending {
    pub fn new(stft: StftConfig) -> Result<Self, EngineError> {
        let menders =
            (0..MAX_CHANNELS).map(|_| PhaseMender::new(stft)).collect::<Result<_, _>>()?;
        Ok(Self {
            menders,
            shares: vec![0.0; stft.bins()],
            input: vec![Complex32::default(); stft.bins()],
            most: 0.0,
            on: true,
        })
    }

    pub fn reset(&mut self) {
        self.menders.iter_mut().for_each(PhaseMender::reset);
    }

    pub fn set_on(&mut self, on: bool) {
        self.on = on;
    }

    /// Begins a frame; says whether there is anything to do in it. What was heard before a frame in
    /// which there is nothing to do is forgotten: the next one begins from silence.
    pub fn begin(&mut self, controls: &FrameControls, has_side: bool) -> bool {
        let morph = if has_side { controls.morph } else { 0.0 };
        self.most = if self.on { rebuilding(controls.detail, morph) } else { 0.0 };
        if self.most == 0.0 {
            self.reset();
        }
        self.most > 0.0
    }

    /// Makes of a spectrum what new magnitudes add to it, on its own phase where it has one. A bin
    /// of no phase stays empty.
    pub fn change(
        &mut self,
        column: usize,
        spectrum: &mut [Complex32],
        shape: &[f32],
        maximum: f32,
        magnitudes: &[f32],
    ) {
        self.input.copy_from_slice(spectrum);
        let (mender, most) = (&mut self.menders[column], self.most);
        for (((x, &s), &m), share) in
            spectrum.iter_mut().zip(shape).zip(magnitudes).zip(&mut self.shares)
        {
            let size = s * maximum;
            let has_phase = size > 1e-20;
            *x = if has_phase { *x * (m / size) } else { Complex32::default() };
            *share = if has_phase { most * lacking(size, m) } else { 0.0 };
        }
        mender.push(magnitudes, &self.shares, spectrum);
        for ((x, input), &s) in spectrum.iter_mut().zip(&self.input).zip(shape) {
            *x = if s * maximum > 1e-20 { *x - input } else { Complex32::default() };
        }
    }
}
