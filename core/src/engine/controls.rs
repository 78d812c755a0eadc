//! What a player of the ANNe engine may turn, in plain units.

use super::MAX_LATENTS;

/// How the two channels of a stereo sound pass the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StereoMode {
    /// Both channels are divided by their common frame maximum, which keeps the image where it was.
    #[default]
    Linked,
    /// Each channel is divided by its own frame maximum, as two mono effects would.
    Dual,
    /// Sum and difference pass the network, each divided by its own frame maximum.
    MidSide,
}

/// On which side of the latent layer's activation the gains act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GainPosition {
    /// After: large gains leave the range that the decoder has learned.
    #[default]
    After,
    /// Before: a squashing activation keeps the latents in the learned range whatever the gain.
    Before,
}

/// Everything that [`AnneEngine::process`](super::AnneEngine::process) is told about a block.
#[derive(Clone, Debug, PartialEq)]
pub struct AnneControls {
    /// Gain of each latent (its knob times its trim), linear, 1 is neutral. Latents beyond the model's are ignored.
    pub latent_gains: [f32; MAX_LATENTS],
    /// Where the gains act.
    pub gain_position: GainPosition,
    /// From the main sound's latents and frame maximum (0) to the side chain's (1). Without a side chain it does nothing.
    pub morph: f32,
    /// From the dry sound (0) to the network's (1).
    pub mix: f32,
    /// Gain of the input, linear.
    pub input_gain: f32,
    /// Gain of the output, linear.
    pub output_gain: f32,
    /// Bring the mix to the level of the dry sound.
    pub level_match: bool,
    /// Hold the frame that is sounding.
    pub freeze: bool,
    /// Time constant by which the latents follow, in milliseconds; 0 follows at once.
    pub slew_ms: f32,
    /// What the channels have in common.
    pub stereo: StereoMode,
    /// Pass the input, delayed by the latency.
    pub bypass: bool,
}

impl Default for AnneControls {
    /// Neutral gains, wholly wet.
    fn default() -> Self {
        Self {
            latent_gains: [1.0; MAX_LATENTS],
            gain_position: GainPosition::After,
            morph: 0.0,
            mix: 1.0,
            input_gain: 1.0,
            output_gain: 1.0,
            level_match: false,
            freeze: false,
            slew_ms: 0.0,
            stereo: StereoMode::Linked,
            bypass: false,
        }
    }
}

/// The part of the controls that acts on a frame, sampled at the frame's centre.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameControls {
    pub gains: [f32; MAX_LATENTS],
    pub position: GainPosition,
    pub morph: f32,
    pub freeze: bool,
    pub slew_ms: f32,
    pub stereo: StereoMode,
}

impl FrameControls {
    /// Takes what acts on a frame; values that are not finite become neutral.
    pub fn of(controls: &AnneControls) -> Self {
        let finite = |v: f32, neutral: f32, most: f32| {
            if v.is_finite() { v.clamp(0.0, most) } else { neutral }
        };
        Self {
            gains: controls.latent_gains.map(|g| if g.is_finite() { g.clamp(-1e3, 1e3) } else { 1.0 }),
            position: controls.gain_position,
            morph: finite(controls.morph, 0.0, 1.0),
            freeze: controls.freeze,
            slew_ms: finite(controls.slew_ms, 0.0, 1e5),
            stereo: controls.stereo,
        }
    }
}

/// Remembers the controls at each hop boundary of the model-rate input, so that a frame can be played with the values
/// that held at its centre sample, half a window before it is complete, whatever the host's blocks and rate.
#[derive(Debug)]
pub(super) struct Timeline {
    ring: Vec<FrameControls>,
    taken: u64,
    host_position: u64,
    /// Host samples in `model` model samples.
    ratio: (u64, u64),
    /// Host samples by which the resampled input lags.
    lag: u64,
    hop: u64,
    /// Hops from a frame's centre to its end.
    half_window: u64,
}

impl Timeline {
    /// `ratio` is (host, model) samples of the same duration; a chunk of them is processed at a time.
    pub fn new(fft_size: usize, hop: usize, ratio: (usize, usize), lag: usize) -> Self {
        let half_window = fft_size / 2 / hop;
        let in_flight = 2 * ratio.1.div_ceil(hop);
        let neutral = FrameControls::of(&AnneControls::default());
        Self {
            ring: vec![neutral; half_window + in_flight + 4],
            taken: 0,
            host_position: 0,
            ratio: (ratio.0 as u64, ratio.1 as u64),
            lag: lag as u64,
            hop: hop as u64,
            half_window: half_window as u64,
        }
    }

    pub fn reset(&mut self) {
        self.taken = 0;
        self.host_position = 0;
    }

    /// The host sample at which the next boundary is passed.
    fn next_at(&self) -> u64 {
        (self.taken * self.hop * self.ratio.0 / self.ratio.1).saturating_sub(self.lag)
    }

    /// Notes the controls at every boundary that is due, and says how many host samples may pass until the next.
    pub fn due(&mut self, controls: &AnneControls) -> usize {
        while self.next_at() <= self.host_position {
            let at = (self.taken % self.ring.len() as u64) as usize;
            self.ring[at] = FrameControls::of(controls);
            self.taken += 1;
        }
        (self.next_at() - self.host_position) as usize
    }

    pub fn advance(&mut self, host_samples: usize) {
        self.host_position += host_samples as u64;
    }

    /// What frame `index` is played with: frame `k` ends at hop boundary `k + 1`.
    pub fn at_frame(&self, index: u64) -> &FrameControls {
        let boundary = (index + 1).saturating_sub(self.half_window).min(self.taken.saturating_sub(1));
        &self.ring[(boundary % self.ring.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Host sample `t` is given the gain `t`: the frame then tells when its gain was read.
    fn read_at(fft: usize, hop: usize, ratio: (usize, usize), frames: u64) -> Vec<f32> {
        let chunk = ratio.0;
        let mut t = Timeline::new(fft, hop, ratio, if ratio.0 == ratio.1 { 0 } else { chunk / 2 });
        let mut seen = Vec::new();
        let (mut host, mut model, mut frame) = (0u64, 0u64, 0u64);
        let mut controls = AnneControls { latent_gains: [0.0; MAX_LATENTS], ..AnneControls::default() };
        while frame < frames {
            controls.latent_gains[0] = (host % 1000) as f32;
            t.due(&controls);
            t.advance(1);
            host += 1;
            if host % chunk as u64 == 0 {
                model += ratio.1 as u64;
                while (frame + 1) * hop as u64 <= model {
                    seen.push(t.at_frame(frame).gains[0]);
                    frame += 1;
                }
            }
        }
        seen
    }

    #[test]
    fn a_frame_is_played_with_the_controls_at_its_centre_sample() {
        for (fft, hop) in [(1024, 512), (256, 32), (512, 128)] {
            for (k, at) in read_at(fft, hop, (1, 1), 30).into_iter().enumerate() {
                let centre = ((k as i64 + 1) * hop as i64 - fft as i64 / 2).max(0);
                assert_eq!(at, (centre % 1000) as f32, "{fft}/{hop} frame {k}");
            }
        }
    }

    #[test]
    fn under_another_host_rate_the_centre_is_found_in_host_samples() {
        let (host, model) = (320, 294);
        for (k, at) in read_at(1024, 256, (host, model), 40).into_iter().enumerate() {
            let centre = ((k as i64 + 1) * 256 - 512) * host as i64 / model as i64 - host as i64 / 2;
            assert_eq!(at, (centre.max(0) % 1000) as f32, "frame {k}");
        }
    }
}
