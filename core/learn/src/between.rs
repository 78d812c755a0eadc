//! What lies between two sounds: the decoder is drawn to real frames at the midpoints of latents.
//!
//! A decoder that only learns to give frames back is free between them, and a nearly linear one gives the cross-fade of both: two
//! sounds at once, which is no sound of the corpus. Here the midpoints of pairs are decoded too, and each is drawn to the frame
//! of a bank of real ones that it and the pair's cross-fade are most like (by the sum of both cosines; of a clip that is neither of the
//! pair's). Without the cross-fade's word in it, all midpoints of a long training end at the few frames that are near to most. It
//! is a nearest-neighbour form of the critic that Berthelot et al. use, *Understanding and Improving Interpolation in Autoencoders via
//! an Adversarial Regularizer* (2018): nothing to train beside the network, and nothing that oscillates.

/// Least and most of a real frame's size beside the midpoint's own: only its shape is to be met.
const SCALE: [f32; 2] = [0.3, 1.0];

/// The midpoints of one step.
#[derive(Clone, Copy, Debug)]
pub struct Between<'a> {
    /// The frames of the batch that each midpoint lies between.
    pub pairs: &'a [[u32; 2]],
    /// Weight of their mean squared distance from what they are drawn to.
    pub weight: f32,
    /// What they may be drawn to.
    pub bank: Bank<'a>,
}

/// Real frames that midpoints may be drawn to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bank<'a> {
    /// `[frame][bin]`.
    pub frames: &'a [f32],
    /// The clip of each.
    pub clips: &'a [u32],
    /// The clip of each frame of the batch.
    pub batch_clips: &'a [u32],
    /// Values in a frame.
    pub bins: usize,
}

/// Products of all rows of two lists of frames of so many bins: `[row of the first][row of the second]`.
pub type Products<'a> = &'a dyn Fn(&[f32], &[f32], usize) -> Vec<f32>;

impl Bank<'_> {
    /// Whether it has frames and knows the clips that `pairs` are of.
    pub fn fits(&self, pairs: &[[u32; 2]]) -> bool {
        !self.clips.is_empty()
            && self.frames.len() == self.clips.len() * self.bins
            && pairs.iter().flatten().all(|frame| (*frame as usize) < self.batch_clips.len())
    }

    /// What each decoded midpoint `[pair][bin]` is drawn to, `[pair][bin]`, when the batch itself is decoded as `plain` `[frame][bin]`: the
    /// real frame whose cosines with the midpoint and with the cross-fade of the pair have the largest sum, at the size that is nearest. A
    /// midpoint without a frame of another clip is drawn nowhere: it is its own.
    pub fn drawn(&self, (plain, decoded): (&[f32], &[f32]), pairs: &[[u32; 2]], products: Products<'_>) -> Vec<f32> {
        let bins = self.bins.max(1);
        let square = |f: &[f32]| f.iter().map(|v| v * v).sum::<f32>().max(1e-12);
        let squares: Vec<f32> = self.frames.chunks(bins).map(square).collect();
        let mut out = decoded.to_vec();
        let fades: Vec<f32> = pairs
            .iter()
            .flat_map(|pair| {
                let [a, b] = pair.map(|frame| &plain[frame as usize * bins..][..bins]);
                a.iter().zip(b).map(|(a, b)| 0.5 * (a + b))
            })
            .collect();
        let (products, fade_products) = (products(decoded, self.frames, bins), products(&fades, self.frames, bins));
        let rows = out.chunks_mut(bins).zip(fades.chunks(bins));
        let products = products.chunks(squares.len()).zip(fade_products.chunks(squares.len()));
        for (((row, fade), (products, fade_products)), pair) in rows.zip(products).zip(pairs) {
            let own = pair.map(|frame| self.batch_clips[frame as usize]);
            let (size, fade_size) = (square(row).sqrt(), square(fade).sqrt());
            let cosine =
                |place: &usize| (products[*place] / size + fade_products[*place] / fade_size) / squares[*place].sqrt();
            let others = (0..squares.len()).filter(|place| !own.contains(&self.clips[*place]));
            let Some(nearest) = others.max_by(|a, b| cosine(a).total_cmp(&cosine(b))) else { continue };
            let scale = (products[nearest] / squares[nearest]).clamp(SCALE[0], SCALE[1]);
            let frame = &self.frames[nearest * bins..][..bins];
            row.iter_mut().zip(frame).for_each(|(row, real)| *row = scale * real);
        }
        out
    }
}

/// [`Products`] one after the other.
pub fn plain_products(a: &[f32], b: &[f32], bins: usize) -> Vec<f32> {
    let rows = a.chunks(bins.max(1));
    rows.flat_map(|a| b.chunks(bins.max(1)).map(|b| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_midpoint_is_drawn_to_the_most_similar_frame_of_a_third_clip() {
        let frames = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.6, 0.6, 0.0, 0.0, 0.0, 1.0];
        let bank = Bank { frames: &frames, clips: &[1, 2, 3, 3], batch_clips: &[1, 2, 4], bins: 3 };
        let decoded = [0.5, 0.45, 0.1, 0.5, 0.1, 0.0];
        // Each frame of the batch is the midpoint itself, so that both cosines agree.
        let plain = [decoded[0], decoded[1], decoded[2], 0.5, 0.45, 0.1, 0.5, 0.1, 0.0];
        let drawn = bank.drawn((&plain, &decoded), &[[0, 1], [1, 2]], &plain_products);
        let scale = (0.5 * 0.6 + 0.45 * 0.6) / 0.72;
        assert!((drawn[0] - 0.6 * scale).abs() < 1e-6 && (drawn[1] - 0.6 * scale).abs() < 1e-6 && drawn[2] == 0.0);
        // Clip 1 is not of the second pair: its frame is nearest.
        assert_eq!(drawn[3..], [0.5, 0.0, 0.0]);
        // A cross-fade that is like another frame has its say.
        let loud = [0.0, 0.0, 9.0, 0.0, 0.0, 9.0, 0.0, 0.0, 9.0];
        let drawn = bank.drawn((&loud, &[0.6, 0.5, 0.4]), &[[0, 1]], &plain_products);
        assert!(drawn[2] > 0.0 && drawn[0] == 0.0, "{drawn:?}");
        let alone = Bank { clips: &[1, 1, 2, 2], ..bank };
        assert_eq!(alone.drawn((&plain, &decoded[..3]), &[[0, 1]], &plain_products), decoded[..3]);
        assert!(bank.fits(&[[0, 2]]) && !bank.fits(&[[0, 3]]) && !Bank::default().fits(&[]));
    }
}
