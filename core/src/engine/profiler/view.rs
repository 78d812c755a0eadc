//! What an editor may look at.

/// Host samples of the sound in a view.
pub const VIEW_SAMPLES: usize = 2048;

/// What the engine did last, for an editor to draw.
#[derive(Clone, Copy, Debug)]
pub struct ProfilerView<'a> {
    /// Host samples played since the start: changes when there is something new.
    pub index: u64,
    /// The sound as it entered the model (after the input gain), mean of the channels, in time with
    /// `after`: [`VIEW_SAMPLES`] host samples, the newest last.
    pub before: &'a [f32],
    /// The output, mean of the channels, likewise. Points (before, after) draw the transfer curve
    /// that is heard.
    pub after: &'a [f32],
    /// Largest input sample of the last block after the input gain, by channel, linear.
    pub input_peaks: [f32; 2],
    /// Largest output sample of the last block, by channel, linear.
    pub output_peaks: [f32; 2],
    /// The gain of a model that computes one, in dB: 0 or less while it turns down, 0 for every
    /// other.
    pub gain_reduction_db: f32,
    /// The noise gate's gain, linear: 1 is open.
    pub gate_gain: f32,
}

/// The last samples before and after, kept twice so that they can be read in one piece.
#[derive(Debug)]
pub(super) struct Scope {
    before: Vec<f32>,
    after: Vec<f32>,
    at: usize,
    index: u64,
    pub input_peaks: [f32; 2],
    pub output_peaks: [f32; 2],
}

impl Scope {
    pub fn new() -> Self {
        let ring = vec![0.0; 2 * VIEW_SAMPLES];
        Self {
            before: ring.clone(),
            after: ring,
            at: 0,
            index: 0,
            input_peaks: [0.0; 2],
            output_peaks: [0.0; 2],
        }
    }

    pub fn reset(&mut self) {
        self.before.fill(0.0);
        self.after.fill(0.0);
        (self.at, self.index) = (0, 0);
        self.clear_peaks();
    }

    pub fn clear_peaks(&mut self) {
        self.input_peaks = [0.0; 2];
        self.output_peaks = [0.0; 2];
    }

    /// Notes one sample. Real-time safe.
    pub fn note(&mut self, before: f32, after: f32) {
        for (ring, x) in [(&mut self.before, before), (&mut self.after, after)] {
            ring[self.at] = x;
            ring[self.at + VIEW_SAMPLES] = x;
        }
        self.at = (self.at + 1) % VIEW_SAMPLES;
        self.index += 1;
    }

    pub fn view(&self, gain_reduction_db: f32, gate_gain: f32) -> ProfilerView<'_> {
        ProfilerView {
            index: self.index,
            before: &self.before[self.at..self.at + VIEW_SAMPLES],
            after: &self.after[self.at..self.at + VIEW_SAMPLES],
            input_peaks: self.input_peaks,
            output_peaks: self.output_peaks,
            gain_reduction_db,
            gate_gain,
        }
    }
}
