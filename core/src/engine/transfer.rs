//! From latents to a spectrum: by transfer, by resynthesis, or between.
//!
//! *Transfer* multiplies the input's magnitudes by what the move of the latents does to the decoder's own: decode(moved) /
//! decode(neutral). What the network does not know of a sound stays, and a bin that holds nothing stays empty. *Resynthesis* is the
//! thesis's way (Colonel 2018, ch. 3): the decoder's magnitudes, whatever the input's were.

/// The least and the largest ratio of magnitudes, linear: -40 and +24 dB.
const LEAST: f32 = 0.01;
const MOST: f32 = 15.848_932;
/// The network's noise floor, as a share of a frame's maximum (-50 dB): where both outputs are below it, their ratio says nothing.
const FLOOR: f32 = 3e-3;
/// No output counts as more than this many times a frame's maximum.
const LARGEST: f32 = 1e6;

/// How a move of the latents multiplies a bin: 1 where both outputs are below the noise floor. Real-time safe.
///
/// `moved` and `neutral` are outputs of the decoder, in shares of the frame's maximum; `scale` is by how much the frame's
/// maximum itself moves.
pub fn ratio(moved: f32, neutral: f32, scale: f32) -> f32 {
    // `max` first: it makes 0 of NaN, which `clamp` would keep.
    let size = |x: f32| x.max(0.0).clamp(0.0, LARGEST) + FLOOR;
    (size(moved) / size(neutral) * scale).clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_one_at_rest_and_below_the_floor_and_never_beyond_its_limits() {
        for x in [-1.0f32, 0.0, 1e-6, 0.3, 5.0] {
            assert_eq!(ratio(x, x, 1.0).to_bits(), 1.0f32.to_bits());
        }
        assert!((ratio(1e-5, 1e-7, 1.0) - 1.0).abs() < 0.01);
        assert!((ratio(0.5, 0.25, 1.0) - 2.0).abs() < 0.02);
        assert_eq!((ratio(1e9, 0.0, 1.0), ratio(0.0, 1e9, 1.0)), (MOST, LEAST));
        assert_eq!((ratio(f32::INFINITY, f32::INFINITY, 1.0), ratio(f32::NAN, 0.0, 1.0)), (1.0, 1.0));
        assert_eq!((ratio(0.5, 0.5, 1e9), ratio(0.5, 0.5, 0.0)), (MOST, LEAST));
    }
}
