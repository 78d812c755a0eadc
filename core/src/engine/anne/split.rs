//! How five knobs share a model's latents.

use crate::models::spectral::MAX_LATENTS;

/// Number of knobs, A to E.
pub const KNOBS: usize = 5;

/// A division of the latents into five adjacent groups, one for each knob. The first three are the
/// original ANNe's presets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Groups of equal length: 13, 13, 13, 13, 12 of 64.
    Equal,
    /// Each group twice the one before: 2, 4, 8, 17, 33 of 64.
    Growing,
    /// Each group half the one before: 33, 17, 8, 4, 2 of 64.
    Shrinking,
    /// The first latents of groups B to E. Brought into order; each group keeps at least one
    /// latent.
    User([u8; KNOBS - 1]),
}

impl Split {
    /// Lengths of the five groups, in order; they add up to `latents`. Real-time safe.
    ///
    /// With at least five latents each group has one or more; with fewer, the first groups have one
    /// each.
    pub fn lengths(self, latents: usize) -> [usize; KNOBS] {
        if latents <= KNOBS {
            return std::array::from_fn(|k| usize::from(k < latents));
        }
        match self {
            Split::Equal => {
                std::array::from_fn(|k| latents / KNOBS + usize::from(k < latents % KNOBS))
            }
            Split::Growing => growing(latents),
            Split::Shrinking => {
                let mut lengths = growing(latents);
                lengths.reverse();
                lengths
            }
            Split::User(starts) => {
                let mut from = 0;
                let mut lengths = [0; KNOBS];
                for (k, length) in lengths.iter_mut().enumerate() {
                    let last = latents - (KNOBS - 1 - k);
                    let to =
                        starts.get(k).map_or(latents, |&s| usize::from(s)).clamp(from + 1, last);
                    *length = to - from;
                    from = to;
                }
                lengths
            }
        }
    }

    /// The same division as the first latents of groups B to E.
    pub fn starts(self, latents: usize) -> [u8; KNOBS - 1] {
        let lengths = self.lengths(latents.min(MAX_LATENTS));
        let mut from = 0;
        std::array::from_fn(|k| {
            from += lengths[k];
            from as u8
        })
    }
}

/// Shares in the ratio 1:2:4:8:16, rounded by largest remainder, at least one each.
fn growing(latents: usize) -> [usize; KNOBS] {
    let share = |k: usize| (latents as f32) * f32::from(1u8 << k) / 31.0;
    let mut lengths: [usize; KNOBS] = std::array::from_fn(|k| (share(k) as usize).max(1));
    while lengths.iter().sum::<usize>() < latents {
        let rest = |k: &usize| share(*k) - lengths[*k] as f32;
        let most = (0..KNOBS).max_by(|a, b| rest(a).total_cmp(&rest(b))).unwrap_or(KNOBS - 1);
        lengths[most] += 1;
    }
    while lengths.iter().sum::<usize>() > latents {
        let most = (0..KNOBS).max_by_key(|&k| lengths[k]).unwrap_or(KNOBS - 1);
        lengths[most] -= 1;
    }
    lengths
}

/// Which knob each latent belongs to: `[latent] -> 0..5`, for `lengths` from [`Split::lengths`].
pub fn knob_of(lengths: &[usize; KNOBS], latent: usize) -> usize {
    let mut end = 0;
    for (k, len) in lengths.iter().enumerate() {
        end += len;
        if latent < end {
            return k;
        }
    }
    KNOBS - 1
}

/// Gain of each latent: its knob times its trim; latents beyond the model's get 1. Real-time safe.
///
/// # Shapes
/// `trims` up to [`MAX_LATENTS`] values, missing ones count as 1; `lengths` from
/// [`Split::lengths`].
pub fn gains(knobs: &[f32; KNOBS], lengths: &[usize; KNOBS], trims: &[f32]) -> [f32; MAX_LATENTS] {
    let mut out = [1.0; MAX_LATENTS];
    let groups = lengths.iter().zip(knobs).flat_map(|(&len, &knob)| std::iter::repeat_n(knob, len));
    for (i, (gain, knob)) in out.iter_mut().zip(groups).enumerate() {
        *gain = knob * trims.get(i).copied().unwrap_or(1.0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_four_latents_split_as_in_the_original() {
        assert_eq!(Split::Equal.lengths(64), [13, 13, 13, 13, 12]);
        assert_eq!(Split::Growing.lengths(64), [2, 4, 8, 17, 33]);
        assert_eq!(Split::Shrinking.lengths(64), [33, 17, 8, 4, 2]);
    }

    #[test]
    fn every_split_of_every_size_covers_all_latents_with_no_group_empty() {
        for n in 1..=MAX_LATENTS {
            let users = [[0, 0, 0, 0], [255; 4], [1, 2, 3, 4], [40, 30, 20, 10], [13, 26, 39, 52]];
            let splits = [Split::Equal, Split::Growing, Split::Shrinking]
                .into_iter()
                .chain(users.map(Split::User));
            for split in splits {
                let lengths = split.lengths(n);
                assert_eq!(lengths.iter().sum::<usize>(), n, "{split:?} {n}");
                assert!(n < KNOBS || lengths.iter().all(|&l| l > 0), "{split:?} {n} {lengths:?}");
                if n >= KNOBS {
                    assert_eq!(Split::User(split.starts(n)).lengths(n), lengths);
                }
            }
        }
    }

    #[test]
    fn gains_are_knob_times_trim() {
        let lengths = Split::Equal.lengths(64);
        let trims: Vec<f32> = (0..64).map(|i| i as f32 / 32.0).collect();
        let g = gains(&[0.5, 1.0, 2.0, 3.0, 5.5], &lengths, &trims);
        for (i, g) in g.iter().enumerate() {
            assert_eq!(*g, [0.5, 1.0, 2.0, 3.0, 5.5][knob_of(&lengths, i)] * trims[i]);
        }
        assert_eq!(gains(&[2.0; 5], &Split::Equal.lengths(8), &[])[8], 1.0);
    }
}
