//! Normalised magnitude frames: what an autoencoder of this suite sees.

use nfx_core::signal::stft::{StftConfig, Transform};

use anyhow::{Result, anyhow};

/// Frames whose largest bin lies this far below that of a full-scale sine count as silent
/// (amplitude ratio, -80 dB).
///
/// Dividing such a frame by its maximum would teach a network the rounding noise of 16-bit files.
pub const SILENCE: f32 = 1.0e-4;

/// A list of magnitude frames, each divided by its own maximum, silent frames left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameSet {
    /// Values per frame: `fft_size / 2 + 1`.
    pub bins: usize,
    /// `[frame][bin]`, contiguous, in 0..=1; the largest value of each frame is 1.
    pub data: Vec<f32>,
    /// For each frame the number of its clip, counted over the whole corpus.
    pub clip_of: Vec<u32>,
    /// For each frame the index of its source in the corpus' list of sources.
    pub source_of: Vec<u16>,
    /// For each frame its MIDI note, 255 where it is not of a single note; empty when no frame is.
    pub note_of: Vec<u8>,
    /// For each frame a number for its patch or instrument; empty where `note_of` is.
    pub group_of: Vec<u32>,
    /// For each frame the seconds since its note's onset, not a number where any time would do;
    /// empty when no frame knows it.
    pub age_of: Vec<f32>,
    /// For each frame its level in dB below its note's loudest frame; empty where `age_of` is.
    pub level_of: Vec<f32>,
}

impl FrameSet {
    /// An empty set of frames of `bins` values.
    pub fn new(bins: usize) -> Self {
        FrameSet { bins, ..FrameSet::default() }
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.clip_of.len()
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.clip_of.is_empty()
    }

    /// Frame `i`, `[bin]`.
    pub fn frame(&self, i: usize) -> &[f32] {
        &self.data[i * self.bins..(i + 1) * self.bins]
    }

    /// Adds a frame as it is.
    pub fn push(&mut self, frame: &[f32], clip: u32, source: u16) {
        debug_assert_eq!(frame.len(), self.bins);
        self.data.extend_from_slice(frame);
        self.clip_of.push(clip);
        self.source_of.push(source);
    }

    /// The note of frame `i` ([`NO_NOTE`](crate::corpus::NO_NOTE) where it is of none) and the
    /// seconds since its onset (not a number where any time would do).
    pub fn told(&self, i: usize) -> (u8, f32) {
        let note = self.note_of.get(i).copied().unwrap_or(crate::corpus::NO_NOTE);
        (note, self.age_of.get(i).copied().unwrap_or(f32::NAN))
    }

    /// The level of frame `i` in dB below its note's loudest; 0 where it is not known.
    pub fn level_db(&self, i: usize) -> f32 {
        self.level_of.get(i).copied().unwrap_or(0.0)
    }

    /// The frames at `indices`, in that order.
    pub fn select(&self, indices: &[usize]) -> FrameSet {
        let mut out = FrameSet::new(self.bins);
        out.data.reserve_exact(indices.len() * self.bins);
        for &i in indices {
            out.push(self.frame(i), self.clip_of[i], self.source_of[i]);
        }
        if !self.note_of.is_empty() {
            out.note_of.extend(indices.iter().map(|&i| self.note_of[i]));
            out.group_of.extend(indices.iter().map(|&i| self.group_of[i]));
        }
        if !self.age_of.is_empty() {
            out.age_of.extend(indices.iter().map(|&i| self.age_of[i]));
            out.level_of.extend(indices.iter().map(|&i| self.level_of[i]));
        }
        out
    }

    /// The frames of one source.
    pub fn of_source(&self, source: u16) -> FrameSet {
        let indices: Vec<usize> =
            (0..self.len()).filter(|&i| self.source_of[i] == source).collect();
        self.select(&indices)
    }

    /// At most `limit` frames, evenly spaced over the set; the set itself when it is small enough.
    ///
    /// Neighbouring frames overlap by up to 7/8, so leaving out every n-th loses less than leaving
    /// out whole clips.
    pub fn thinned(self, limit: usize) -> FrameSet {
        let n = self.len();
        if n <= limit {
            return self;
        }
        let indices: Vec<usize> = (0..limit).map(|k| k * n / limit).collect();
        self.select(&indices)
    }
}

/// Which frames of a clip stay: of every `out_of` frames `keep` ones, evenly spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many stay.
    pub keep: usize,
    /// Of how many.
    pub out_of: usize,
}

impl Share {
    /// Every frame.
    pub const ALL: Self = Self { keep: 1, out_of: 1 };

    /// Whether frame `k` of a clip stays.
    pub(crate) fn keeps(self, k: usize, clip: u32) -> bool {
        let Self { keep, out_of } = self;
        // Each clip starts elsewhere in the raster, or short clips would always lose the same
        // frames.
        let start = (clip as usize).wrapping_mul(2_654_435_761) % out_of.max(1);
        keep >= out_of || ((k + 1) * keep + start) / out_of > (k * keep + start) / out_of
    }
}

/// Where frames come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Number of the clip.
    pub clip: u32,
    /// Number of the corpus's source.
    pub source: u16,
}

/// Turns signals into normalised frames at the positions of the streaming transform: frame `k`
/// covers samples `(k + 1) * hop - fft_size .. (k + 1) * hop`.
pub struct Framer {
    transform: Transform,
    config: StftConfig,
    time: Vec<f32>,
    spectrum: Vec<nfx_core::Complex32>,
    magnitudes: Vec<f32>,
    threshold: f32,
}

impl Framer {
    /// A framer for one transform.
    ///
    /// # Errors
    /// When the configuration is not valid.
    pub fn new(config: StftConfig) -> Result<Self> {
        let transform = Transform::new(config).map_err(|e| anyhow!("{e}"))?;
        let window_sum: f32 = config.window.periodic(config.fft_size).iter().sum();
        Ok(Framer {
            transform,
            config,
            time: vec![0.0; config.fft_size],
            spectrum: vec![nfx_core::Complex32::default(); config.bins()],
            magnitudes: vec![0.0; config.bins()],
            // A full-scale sine peaks at half the sum of the window.
            threshold: SILENCE * 0.5 * window_sum,
        })
    }

    /// How many frames hold at least one sample of a signal of `samples` samples.
    pub fn frames_in(&self, samples: usize) -> usize {
        if samples == 0 { 0 } else { (samples - 1 + self.config.fft_size) / self.config.hop }
    }

    /// Frame `k` of `signal` divided by its maximum, or `None` when it is silent.
    pub fn frame(&mut self, signal: &[f32], k: usize) -> Option<&[f32]> {
        let maximum = self.analyse(signal, (k + 1) * self.config.hop);
        if !maximum.is_finite() || maximum < self.threshold {
            return None;
        }
        self.magnitudes.iter_mut().for_each(|m| *m /= maximum);
        Some(&self.magnitudes)
    }

    /// The magnitudes of the frame that ends before sample `end`, and the greatest of them.
    fn analyse(&mut self, signal: &[f32], end: usize) -> f32 {
        let n = self.config.fft_size;
        for (i, t) in self.time.iter_mut().enumerate() {
            let position = end + i;
            *t = if position >= n { signal.get(position - n).copied().unwrap_or(0.0) } else { 0.0 };
        }
        self.transform.analyse(&self.time, &mut self.spectrum);
        let mut maximum = 0.0f32;
        for (m, c) in self.magnitudes.iter_mut().zip(&self.spectrum) {
            *m = c.norm();
            maximum = maximum.max(*m);
        }
        maximum
    }

    /// The magnitudes around a time of a note that begins with the signal, as if it had sounded
    /// before, and 20 log10 of the greatest one as a share of a full-scale sine's: what the window
    /// cuts off before the onset is made up for.
    ///
    /// `None` when the window would reach beyond the signal's end.
    pub fn around(&mut self, signal: &[f32], middle: usize) -> Option<(&[f32], f32)> {
        let half = self.config.fft_size / 2;
        if middle + half > signal.len() {
            return None;
        }
        let window = self.config.window.periodic(self.config.fft_size);
        let whole: f32 = window.iter().sum();
        let heard: f32 = window[half.saturating_sub(middle)..].iter().sum();
        let greatest = self.analyse(signal, middle + half);
        let scale = 2.0 / heard.max(0.25 * whole);
        self.magnitudes.iter_mut().for_each(|m| *m *= scale);
        Some((&self.magnitudes, greatest * scale))
    }

    /// Adds a share of the frames of `signal` to `set`. Silent frames are left out.
    ///
    /// Returns how many were added.
    pub fn append(
        &mut self,
        signal: &[f32],
        share: Share,
        origin: Origin,
        set: &mut FrameSet,
    ) -> usize {
        self.append_range(signal, 0..self.frames_in(signal.len()), share, origin, set)
    }

    /// The frames that hold nothing but samples of a signal of `samples` samples.
    pub fn whole_frames(&self, samples: usize) -> std::ops::Range<usize> {
        let first = (self.config.fft_size / self.config.hop).saturating_sub(1);
        first..(samples / self.config.hop).max(first)
    }

    /// As [`Framer::append`], of the frames in `range` only.
    pub fn append_range(
        &mut self,
        signal: &[f32],
        range: std::ops::Range<usize>,
        share: Share,
        origin: Origin,
        set: &mut FrameSet,
    ) -> usize {
        let before = set.len();
        for k in range {
            if share.keeps(k, origin.clip)
                && let Some(frame) = self.frame(signal, k)
            {
                set.push(frame, origin.clip, origin.source);
            }
        }
        set.len() - before
    }
}
