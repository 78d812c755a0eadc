//! Levels at the host's rate: smoothing, delay, and the ceiling.

/// Output ceiling, linear: +12 dBFS. Nothing that the engine gives out is louder.
pub const CEILING: f32 = 4.0;
/// Up to here, +6 dBFS, the output is not touched by the ceiling.
pub const CEILING_KNEE: f32 = 2.0;
/// Louder input is clipped: a host that sends it is broken, and what follows must recover.
const INPUT_CLIP: f32 = 16.0;
/// -300 dBFS: quieter is silence. Keeps subnormal numbers out of every feedback path.
const SILENCE: f32 = 1e-15;
/// Stages of a control's smoothing: with three the way begins and ends without a corner, which
/// would be heard beside a tone.
const SMOOTH_STAGES: usize = 3;
/// Time constant of each stage.
const SMOOTH_S: f64 = 0.008;

/// Input as the engine takes it: NaN and infinity are silence, the rest is clipped at +24 dBFS.
/// Real-time safe.
pub(crate) fn sanitise(x: f32) -> f32 {
    if x.abs() >= SILENCE && x.is_finite() { x.clamp(-INPUT_CLIP, INPUT_CLIP) } else { 0.0 }
}

/// The output's soft ceiling: untouched to +6 dBFS, never above +12 dBFS, and never subnormal.
/// Real-time safe.
pub(crate) fn ceiling(x: f32) -> f32 {
    let size = x.abs();
    if size <= CEILING_KNEE {
        return if size >= SILENCE { x } else { 0.0 };
    }
    let over = (size - CEILING_KNEE) / (CEILING - CEILING_KNEE);
    // over / (1 + over) is steepest at the knee, where its slope is one, and tends to one.
    (CEILING_KNEE + (CEILING - CEILING_KNEE) * (over / (1.0 + over)).min(1.0)).copysign(x)
}

/// The [`ceiling`] over a block. Real-time safe.
pub(crate) fn limit(block: &mut [f32]) {
    // Nearly always there is nothing above the knee, and then nothing to decide sample by sample.
    let below = block.iter().filter(|x| x.abs() <= CEILING_KNEE).count();
    if below == block.len() {
        block.iter_mut().for_each(|x| *x = if x.abs() >= SILENCE { *x } else { 0.0 });
    } else {
        block.iter_mut().for_each(|x| *x = ceiling(*x));
    }
}

/// The largest absolute value of a block of numbers, linear. Real-time safe.
pub(crate) fn peak(block: &[f32]) -> f32 {
    // In lanes, since that is how vectors can compute it.
    let mut lanes = [0.0f32; 16];
    let (chunks, rest) = block.as_chunks::<16>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = if x.abs() > *lane { x.abs() } else { *lane };
        }
    }
    rest.iter().map(|x| x.abs()).chain(lanes).fold(0.0, f32::max)
}

/// One control that follows its target by exponentials in series, sample by sample, and then stands
/// exactly still.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Smooth {
    /// The last is the control. In double precision, so that the last steps towards the target are
    /// not lost in rounding.
    stages: [f64; SMOOTH_STAGES],
    coefficient: f64,
}

impl Smooth {
    pub fn new(rate_hz: f64) -> Self {
        Self::over(rate_hz, SMOOTH_S)
    }

    /// With another time constant of each stage, in seconds.
    pub fn over(rate_hz: f64, stage_s: f64) -> Self {
        Self { stages: [0.0; SMOOTH_STAGES], coefficient: 1.0 - (-1.0 / (stage_s * rate_hz)).exp() }
    }

    pub fn jump(&mut self, target: f32) {
        self.stages = [f64::from(target); SMOOTH_STAGES];
    }

    /// Fills `out` with the next values on the way to `target`.
    pub fn fill(&mut self, target: f32, out: &mut [f32]) {
        let end = f64::from(target);
        let near = 1e-6 * end.abs().max(1e-2);
        for (i, o) in out.iter_mut().enumerate() {
            if self.stages == [end; SMOOTH_STAGES] {
                out[i..].fill(target);
                break;
            }
            let mut goal = end;
            for stage in &mut self.stages {
                *stage += (goal - *stage) * self.coefficient;
                goal = *stage;
            }
            if self.stages.iter().all(|stage| (end - stage).abs() <= near) {
                self.jump(target);
            }
            *o = self.stages[SMOOTH_STAGES - 1] as f32;
        }
    }
}

/// A ring that gives back what was put in `len` samples ago.
#[derive(Clone, Debug)]
pub(crate) struct Delay {
    ring: Vec<f32>,
    at: usize,
}

impl Delay {
    pub fn new(len: usize) -> Self {
        Self { ring: vec![0.0; len], at: 0 }
    }

    pub fn fill(&mut self, value: f32) {
        self.ring.fill(value);
        self.at = 0;
    }

    /// Exchanges a block with its past, in place.
    pub fn swap(&mut self, block: &mut [f32]) {
        if self.ring.is_empty() {
            return;
        }
        let mut rest = block;
        while !rest.is_empty() {
            let n = rest.len().min(self.ring.len() - self.at);
            let (now, later) = rest.split_at_mut(n);
            now.swap_with_slice(&mut self.ring[self.at..self.at + n]);
            self.at = (self.at + n) % self.ring.len();
            rest = later;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_holds_for_any_number_and_leaves_the_usual_ones() {
        for x in [0.0f32, 1.0, -2.0, 1.999, 1e-10] {
            assert_eq!(ceiling(x), x);
        }
        let mut last = 0.0;
        for i in 0..2000 {
            let y = ceiling(1.02f32.powi(i).min(f32::MAX));
            assert!(y >= last && y <= CEILING);
            last = y;
        }
        assert_eq!(ceiling(1e-40), 0.0);
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-40] {
            assert_eq!(sanitise(bad), 0.0);
        }
        assert_eq!(sanitise(1e30), INPUT_CLIP);
    }

    #[test]
    fn smoothing_does_not_depend_on_blocks_and_ends_exactly() {
        let mut one = Smooth::new(48_000.0);
        let mut many = one;
        let mut a = vec![0.0; 20_000];
        one.fill(0.7, &mut a);
        let mut b = vec![0.0; 20_000];
        for chunk in b.chunks_mut(37) {
            many.fill(0.7, chunk);
        }
        assert_eq!(a, b);
        assert_eq!(a[19_999], 0.7);
    }

    #[test]
    fn a_delay_gives_back_its_input_late() {
        let mut d = Delay::new(5);
        let mut x: Vec<f32> = (1..=20).map(|i| i as f32).collect();
        for chunk in x.chunks_mut(3) {
            d.swap(chunk);
        }
        assert_eq!(x[..5], [0.0; 5]);
        assert_eq!(x[5..], (1..=15).map(|i| i as f32).collect::<Vec<_>>());
    }
}
