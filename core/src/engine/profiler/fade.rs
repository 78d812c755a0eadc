//! How one sound gives way to another without a click.

/// The course of one fade: first the newcomer plays unheard, so that it knows what has sounded,
/// then it comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fade {
    at: usize,
    unheard: usize,
    len: usize,
}

impl Fade {
    pub fn new(unheard: usize, len: usize) -> Self {
        Self { at: 0, unheard, len: len.max(1) }
    }

    /// Mixes the newcomer into what sounds, in place, from `i` samples after the fade's present
    /// place on.
    ///
    /// # Shapes
    /// Both `[sample]` of one length.
    pub fn mix(&self, sounding: &mut [f32], newcomer: &[f32]) {
        for (i, (a, b)) in sounding.iter_mut().zip(newcomer).enumerate() {
            *a += (b - *a) * self.weight(i);
        }
    }

    pub fn advance(&mut self, samples: usize) {
        self.at += samples;
    }

    /// Whether the newcomer is all that is heard.
    pub fn is_done(&self) -> bool {
        self.at >= self.unheard + self.len
    }

    /// The newcomer's share: a smooth step, exactly 0 before and exactly 1 after.
    fn weight(&self, i: usize) -> f32 {
        let x = (self.at + i).saturating_sub(self.unheard) as f32 / self.len as f32;
        let x = x.min(1.0);
        x * x * (3.0 - 2.0 * x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fade_goes_from_one_to_the_other_whatever_the_pieces() {
        let run = |piece: usize| {
            let mut fade = Fade::new(100, 300);
            let mut out = vec![1.0f32; 600];
            for part in out.chunks_mut(piece) {
                fade.mix(part, &vec![3.0; part.len()]);
                fade.advance(part.len());
            }
            assert!(fade.is_done());
            out
        };
        let whole = run(600);
        assert!(whole[..=100].iter().all(|&x| x == 1.0) && whole[400..].iter().all(|&x| x == 3.0));
        assert!(whole.windows(2).all(|w| w[1] >= w[0] && w[1] - w[0] < 0.011));
        assert_eq!(whole, run(7));
    }
}
