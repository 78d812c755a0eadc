//! What lies between two sounds: the decoder is drawn to real frames at the midpoints of latents.
//!
//! A decoder that only learns to give frames back is free between them, and a nearly linear one gives the crossfade of both: two
//! sounds at once, which is no sound of the corpus. Here the midpoints of pairs are decoded too, and each is drawn to a real frame
//! of a clip that is neither of the pair's: of the few frames of a bank that the pair's crossfade is most like by cosine, the one that
//! the midpoint itself is most like. Were the crossfade's nearest frame alone the target, the network would learn the mean of
//! all that may be nearest, which is a crossfade again; were the midpoint alone asked, all midpoints of a long training would end at
//! the few frames that are near to most. The bank has to be large and stay the same, or the nearest frames are poor ones, and
//! others at each step. It is a nearest-neighbour form of the critic that Berthelot et al. use, *Understanding and
//! Improving Interpolation in Autoencoders via an Adversarial Regularizer* (2018): nothing to train beside the network, and
//! nothing that oscillates.

use crate::spectral::cpu::row_products;

/// Least and most of a real frame's size beside the midpoint's own: only its shape is to be met.
const SCALE: [f32; 2] = [0.3, 1.0];

/// Real frames near a crossfade, of which the midpoint takes the one that it is most like.
const NEAR: usize = 16;

/// The midpoints of one step.
#[derive(Clone, Copy, Debug)]
pub struct Between<'a> {
    /// The frames of the batch that each midpoint lies between.
    pub pairs: &'a [[u32; 2]],
    /// Weight of their mean squared distance from what they are drawn to.
    pub weight: f32,
    /// What they may be drawn to.
    pub bank: &'a Bank,
    /// The clip of each frame of the batch.
    pub batch_clips: &'a [u32],
}

impl Between<'_> {
    /// Whether the bank has frames of `bins` values and the clips of all pairs are known.
    pub fn fits(&self, bins: usize) -> bool {
        !self.bank.clips.is_empty()
            && self.bank.bins == bins
            && self.pairs.iter().flatten().all(|frame| (*frame as usize) < self.batch_clips.len())
    }

    /// What each decoded midpoint `[pair][bin]` is drawn to, `[pair][bin]`, when the batch itself
    /// is decoded as `plain` `[frame][bin]`: of the 16 real frames whose cosine with the pair's
    /// crossfade is largest the one whose cosine with the midpoint is, at the size that is nearest.
    /// A midpoint without a frame of another clip is drawn nowhere: it is its own.
    pub fn drawn(&self, plain: &[f32], decoded: &[f32]) -> Vec<f32> {
        let bins = self.bank.bins.max(1);
        let half_sum = |pair: &[u32; 2]| {
            let [a, b] = pair.map(|frame| &plain[frame as usize * bins..][..bins]);
            a.iter().zip(b).map(|(a, b)| 0.5 * (a + b)).collect::<Vec<f32>>()
        };
        let fades: Vec<f32> = self.pairs.iter().flat_map(half_sum).collect();
        let products = row_products(&fades, &self.bank.units, bins);
        let mut out = decoded.to_vec();
        let rows = out.chunks_mut(bins).zip(products.chunks(self.bank.clips.len().max(1)));
        for ((row, products), pair) in rows.zip(self.pairs) {
            let own = pair.map(|frame| self.batch_clips[frame as usize]);
            let others =
                (0..products.len()).filter(|place| !own.contains(&self.bank.clips[*place]));
            let mut near: Vec<usize> = others.collect();
            if near.len() > NEAR {
                near.select_nth_unstable_by(NEAR, |a, b| products[*b].total_cmp(&products[*a]));
                near.truncate(NEAR);
            }
            let unit = |place: usize| &self.bank.units[place * bins..][..bins];
            let cosine =
                |place: usize| row.iter().zip(unit(place)).map(|(a, b)| a * b).sum::<f32>();
            let alike = near.into_iter().map(|place| (place, cosine(place)));
            let Some((nearest, cosine)) = alike.max_by(|a, b| a.1.total_cmp(&b.1)) else {
                continue;
            };
            let size = self.bank.sizes[nearest];
            let scale = cosine.clamp(SCALE[0] * size, SCALE[1] * size);
            let frame = unit(nearest);
            row.iter_mut().zip(frame).for_each(|(row, real)| *row = scale * real);
        }
        out
    }
}

/// Real frames that midpoints may be drawn to.
#[derive(Clone, Debug, Default)]
pub struct Bank {
    /// `[frame][bin]`, each of norm 1.
    units: Vec<f32>,
    /// The norm that each had.
    sizes: Vec<f32>,
    clips: Vec<u32>,
    bins: usize,
}

impl Bank {
    /// A bank of frames `[frame][bin]` of `bins` values, and the clip of each; what is over on
    /// either side is left out.
    pub fn new(frames: &[f32], clips: &[u32], bins: usize) -> Self {
        let mut bank = Bank { bins, ..Bank::default() };
        for (frame, clip) in frames.chunks_exact(bins.max(1)).zip(clips) {
            let size = frame.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-12);
            bank.units.extend(frame.iter().map(|v| v / size));
            bank.sizes.push(size);
            bank.clips.push(*clip);
        }
        bank
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_midpoint_is_drawn_to_the_frame_of_a_third_clip_that_is_most_like_it() {
        let frames = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.6, 0.6, 0.0, 0.0, 0.0, 1.0];
        let bank = Bank::new(&frames, &[1, 2, 3, 3], 3);
        let decoded = [0.5, 0.45, 0.1, 0.5, 0.1, 0.0];
        let plain = [0.4, 0.9, 0.2, 0.6, 0.0, 0.0, 0.4, 0.2, 0.0];
        let between =
            Between { pairs: &[[0, 1], [1, 2]], weight: 1.0, bank: &bank, batch_clips: &[1, 2, 4] };
        let drawn = between.drawn(&plain, &decoded);
        let scale = (0.5 * 0.6 + 0.45 * 0.6) / 0.72;
        assert!(
            (drawn[0] - 0.6 * scale).abs() < 1e-6
                && (drawn[1] - 0.6 * scale).abs() < 1e-6
                && drawn[2] == 0.0
        );
        // Clip 1 is not of the second pair: its frame is nearest.
        assert_eq!(drawn[3..], [0.5, 0.0, 0.0]);
        // What is quieter or louder than a real frame by far is drawn to it at the end of the
        // range.
        assert_eq!(between.drawn(&plain, &decoded.map(|v| 0.01 * v))[3..], [SCALE[0], 0.0, 0.0]);
        assert_eq!(between.drawn(&plain, &decoded.map(|v| 100.0 * v))[3..], [SCALE[1], 0.0, 0.0]);
        let alone = Bank::new(&frames, &[1, 1, 2, 2], 3);
        let nowhere = Between { pairs: &[[0, 1]], bank: &alone, ..between };
        assert_eq!(nowhere.drawn(&plain, &[9.0; 3]), [9.0; 3]);
        assert!(between.fits(3) && !between.fits(4));
        assert!(!Between { pairs: &[[0, 3]], ..between }.fits(3));
        assert!(!Between { bank: &Bank::default(), ..between }.fits(3));
    }

    #[test]
    fn only_frames_near_the_crossfade_may_be_chosen() {
        // Twenty frames between two bins: the midpoint lies at one end, the crossfade at the other.
        let turned = |i: usize| (i as f32 / 19.0 * std::f32::consts::FRAC_PI_2).sin_cos();
        let frames: Vec<f32> = (0..20).flat_map(|i| [turned(i).1, turned(i).0]).collect();
        let bank = Bank::new(&frames, &[7; 20], 2);
        let between = Between { pairs: &[[0, 0]], weight: 1.0, bank: &bank, batch_clips: &[1] };
        let drawn = between.drawn(&[1.0, 0.0], &[0.0, 1.0]);
        // The sixteenth frame from the crossfade's end is the most that it comes towards the
        // midpoint.
        let (sine, cosine) = turned(NEAR - 1);
        assert!((drawn[1] / drawn[0] - sine / cosine).abs() < 1e-4, "{drawn:?}");
    }
}
