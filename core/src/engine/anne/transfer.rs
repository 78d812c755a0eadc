//! From latents to a spectrum: by transfer, by resynthesis, or between.
//!
//! *Transfer* multiplies the input's magnitudes by what the move of the latents does to the decoder's own: decode(moved) /
//! decode(neutral). What the network does not know of a sound stays, and a bin that holds nothing
//! stays empty. *Resynthesis* is the thesis's way (Colonel 2018, ch. 3): the decoder's magnitudes,
//! whatever the input's were.

/// The least and the largest ratio of magnitudes, linear: -40 and +24 dB.
const LEAST: f32 = 0.01;
const MOST: f32 = 15.848_932;
/// The network's noise floor, as a share of a frame's maximum (-50 dB): where both outputs are
/// below it, their ratio says nothing.
const FLOOR: f32 = 3e-3;
/// No output counts as more than this many times a frame's maximum.
const LARGEST: f32 = 1e6;

/// How a move of the latents multiplies a bin: 1 where both outputs are below the noise floor.
/// Real-time safe.
///
/// `moved` and `neutral` are outputs of the decoder, in shares of the frame's maximum; `scale` is
/// by how much the frame's maximum itself moves.
pub fn ratio(moved: f32, neutral: f32, scale: f32) -> f32 {
    // `max` first: it makes 0 of NaN, which `clamp` would keep.
    let size = |x: f32| x.max(0.0).clamp(0.0, LARGEST) + FLOOR;
    (size(moved) / size(neutral) * scale).clamp(LEAST, MOST)
}

/// Where a bin's phase goes over from the input's to one that is rebuilt, as ratios of the
/// magnitudes out and in: 12 and 24 dB. Below, there was sound, whose phase is the best that there
/// is; above, there was the flank of another partial, or noise.
const KEEP: f32 = 4.0;
const REBUILD: f32 = MOST;
/// Over so much of *Detail* below 1, and of the morph above one half, rebuilding comes in.
const COMES_IN: f32 = 0.1;

/// How much of the phase may be rebuilt at all: nothing in transfer, all of it in resynthesis, or
/// with a morph that is more the other sound than the own one. Real-time safe.
pub(super) fn rebuilding(detail: f32, morph: f32) -> f32 {
    ((1.0 - detail).max(morph - 0.5) / COMES_IN).clamp(0.0, 1.0)
}

/// How much of a bin's phase is rebuilt when a magnitude `from` becomes `to`: 0 to 1. Real-time
/// safe.
pub(super) fn lacking(from: f32, to: f32) -> f32 {
    if to <= KEEP * from {
        return 0.0;
    }
    let x = ((to - KEEP * from) / ((REBUILD - KEEP) * from)).clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
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
        assert_eq!(
            (ratio(f32::INFINITY, f32::INFINITY, 1.0), ratio(f32::NAN, 0.0, 1.0)),
            (1.0, 1.0)
        );
        assert_eq!((ratio(0.5, 0.5, 1e9), ratio(0.5, 0.5, 0.0)), (MOST, LEAST));
    }

    #[test]
    fn phase_is_rebuilt_only_where_sound_was_lacking() {
        assert_eq!((rebuilding(1.0, 0.0), rebuilding(1.0, 0.5)), (0.0, 0.0));
        assert_eq!((rebuilding(0.0, 0.0), rebuilding(1.0, 1.0)), (1.0, 1.0));
        assert_eq!(
            (lacking(1.0, 3.9), lacking(1.0, 16.0), lacking(0.0, 1.0), lacking(0.0, 0.0)),
            (0.0, 1.0, 1.0, 0.0)
        );
        let steps: Vec<f32> = (0..200).map(|i| lacking(1.0, i as f32 * 0.1)).collect();
        assert!(
            steps.windows(2).all(|pair| (0.0..0.02).contains(&(pair[1] - pair[0]))),
            "it comes in gradually"
        );
    }
}
