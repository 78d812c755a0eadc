//! How gains, directions and morph follow the controls from frame to frame.

use super::controls::FrameControls;
use crate::models::spectral::{MAX_DIRECTIONS, MAX_LATENTS};

/// Longest time from a control's move to its arrival.
const LONGEST_S: f64 = 0.5;
/// Share of the way at each end in which it gathers speed and loses it.
const TAPER: f32 = 0.175;
/// Frames kept at most, for very short hops.
const MOST_FRAMES: usize = 256;
/// The gains, behind them the morph, behind it the directions.
const VALUES: usize = MAX_LATENTS + 1 + MAX_DIRECTIONS;

/// A running mean of the controls over the last frames, weighted by a Tukey window.
///
/// What a network gives out is no spectrum that any sound has: overlapping frames cancel what does
/// not fit only as long as they are alike, so a gain that jumps from one frame to the next is a
/// click. The window makes every move smooth, with neither a corner at its beginning nor at its
/// end, and exactly arrived after the time that is asked for. It is flat for most of its length,
/// because the network bends wherever one of its units begins to sound, and a bend is heard the
/// more the faster it is passed: a window with a peak is 5 dB worse at the same length.
#[derive(Debug)]
pub(super) struct Glide {
    ring: Vec<[f32; VALUES]>,
    /// By age, the newest first; the first `frames` add up to one.
    weights: Vec<f32>,
    /// Frames in which a move arrives.
    frames: usize,
    hop_s: f32,
    /// Where the newest lies.
    newest: usize,
    /// Frames since the controls moved last.
    still: usize,
    now: [f32; VALUES],
}

impl Glide {
    /// For frames that come every `hop_s` seconds. Allocates.
    pub fn new(hop_s: f64) -> Self {
        let most = ((LONGEST_S / hop_s).round() as usize).clamp(1, MOST_FRAMES);
        Self {
            ring: vec![[1.0; VALUES]; most],
            weights: vec![0.0; most],
            frames: 0,
            hop_s: hop_s as f32,
            newest: 0,
            still: most,
            now: [1.0; VALUES],
        }
    }

    /// Brings the window to another length.
    fn set_length(&mut self, seconds: f32) {
        let frames = ((seconds / self.hop_s).round() as usize).clamp(1, self.ring.len());
        if frames == self.frames {
            return;
        }
        self.frames = frames;
        let at = |age: usize| {
            let place = (age as f32 + 0.5) / frames as f32;
            let rise = (place.min(1.0 - place) / TAPER).min(1.0);
            0.5 - 0.5 * (std::f32::consts::PI * rise).cos()
        };
        let sum: f32 = (0..frames).map(at).sum();
        self.weights[..frames]
            .iter_mut()
            .enumerate()
            .for_each(|(age, weight)| *weight = at(age) / sum);
    }

    /// Takes the controls of the next frame; `jump` arrives at once, where nothing sounds yet.
    /// Real-time safe.
    pub fn step(&mut self, controls: &FrameControls, jump: bool) {
        self.set_length(controls.response_s);
        let mut target = [controls.morph; VALUES];
        target[..MAX_LATENTS].copy_from_slice(&controls.gains);
        target[MAX_LATENTS + 1..].copy_from_slice(&controls.directions);
        if jump {
            self.ring.fill(target);
            self.still = self.ring.len();
        } else {
            self.still =
                if self.ring[self.newest] == target { self.still.saturating_add(1) } else { 0 };
            self.newest = (self.newest + 1) % self.ring.len();
            self.ring[self.newest] = target;
        }
        if self.still + 1 >= self.frames {
            self.now = target; // no rounding of the weights in what stands still
            return;
        }
        self.now = [0.0; VALUES];
        let most = self.ring.len();
        for (age, &weight) in self.weights[..self.frames].iter().enumerate() {
            let past = &self.ring[(self.newest + most - age) % most];
            self.now.iter_mut().zip(past).for_each(|(now, value)| *now += weight * value);
        }
    }

    /// The gains of this frame.
    pub fn gains(&self) -> &[f32; MAX_LATENTS] {
        // The array is longer by one, so the split cannot fail.
        self.now.first_chunk().unwrap_or(&[1.0; MAX_LATENTS])
    }

    /// How far along each direction this frame is.
    pub fn directions(&self) -> &[f32] {
        &self.now[MAX_LATENTS + 1..]
    }

    /// The morph of this frame.
    pub fn morph(&self) -> f32 {
        self.now[MAX_LATENTS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::anne::AnneControls;

    fn at(gain: f32, response_ms: f32) -> FrameControls {
        FrameControls::of(&AnneControls {
            latent_gains: [gain; MAX_LATENTS],
            response_ms,
            ..AnneControls::default()
        })
    }

    #[test]
    fn a_move_is_smooth_and_arrives_exactly_after_the_time_asked_for() {
        for (response_ms, frames) in [(5.0, 1), (40.0, 3), (240.0, 21), (500.0, 43)] {
            let mut glide = Glide::new(512.0 / 44_100.0);
            glide.step(&at(1.0, response_ms), true);
            glide.step(&at(1.0, response_ms), false);
            assert_eq!(glide.gains()[5].to_bits(), 1.0f32.to_bits());
            let way: Vec<f32> = (0..frames)
                .map(|_| {
                    glide.step(&at(3.0, response_ms), false);
                    glide.gains()[5]
                })
                .collect();
            assert!(way.windows(2).all(|pair| pair[0] <= pair[1]), "{way:?}");
            assert!(frames < 10 || way[0] < 1.2, "{way:?}");
            assert!(way[frames - 1] == 3.0 && (frames == 1 || way[frames - 2] < 3.0), "{way:?}");
        }
    }
}
