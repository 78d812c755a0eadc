//! The best static curve from a sound to its recording.

/// Bins of the curve.
const BINS: usize = 256;
/// Samples that it is looked for with.
pub(super) const THIN: usize = 100_000;

/// The curve from a sample to a sample that is the best in the sense of least squares: straight in
/// each of many bins that hold equally many samples.
pub(super) struct StaticCurve {
    bin: Vec<u16>,
    step: usize,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Sums {
    /// The slope, and what it leaves.
    fn line(&self) -> (f64, f64) {
        let n = self.n.max(1e-9);
        let xx = self.xx - self.x * self.x / n;
        let xy = self.xy - self.x * self.y / n;
        let yy = self.yy - self.y * self.y / n;
        let slope = if xx > 1e-12 * self.xx.max(1e-12) { xy / xx } else { 0.0 };
        (slope, (yy - slope * xy).max(0.0))
    }
}

impl StaticCurve {
    /// Bins for a sound.
    pub(super) fn new(x: &[f64]) -> Self {
        let mut sorted: Vec<f64> = x.iter().step_by((x.len() / THIN).max(1)).copied().collect();
        sorted.sort_by(f64::total_cmp);
        let edges: Vec<f64> = (1..BINS).map(|b| sorted[b * sorted.len() / BINS]).collect();
        let bin = x.iter().map(|x| edges.partition_point(|e| e <= x) as u16).collect();
        Self { bin, step: (x.len() / THIN).max(1) }
    }

    fn sums(&self, x: &[f64], y: &[f64], delay: i64, step: usize) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); BINS];
        let begin = usize::try_from(-delay).unwrap_or(0);
        let end = x.len().min(usize::try_from(y.len() as i64 - delay).unwrap_or(0));
        for at in (begin..end).step_by(step) {
            let (x, y) = (x[at], y[(at as i64 + delay) as usize]);
            let s = &mut sums[usize::from(self.bin[at])];
            s.n += 1.0;
            s.x += x;
            s.y += y;
            s.xx += x * x;
            s.xy += x * y;
            s.yy += y * y;
        }
        sums
    }

    /// What the best curve at a delay leaves of the energy.
    pub(super) fn left(&self, x: &[f64], y: &[f64], delay: i64) -> f64 {
        let sums = self.sums(x, y, delay, self.step);
        let (n, y, yy) =
            sums.iter().fold((0.0, 0.0, 0.0), |a, s| (a.0 + s.n, a.1 + s.y, a.2 + s.yy));
        sums.iter().map(|s| s.line().1).sum::<f64>() / (yy - y * y / f64::max(n, 1.0)).max(1e-20)
    }

    /// What the best curve at a delay makes of the sound.
    pub(super) fn played(&self, x: &[f64], y: &[f64], delay: i64) -> Vec<f64> {
        let lines: Vec<(f64, f64)> = self
            .sums(x, y, delay, 1)
            .iter()
            .map(|s| {
                let slope = s.line().0;
                (slope, (s.y - slope * s.x) / s.n.max(1e-9))
            })
            .collect();
        x.iter()
            .zip(&self.bin)
            .map(|(x, bin)| {
                let (slope, offset) = lines[usize::from(*bin)];
                slope * x + offset
            })
            .collect()
    }
}
