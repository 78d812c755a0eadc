//! Phase-gradient heap integration of a whole spectrogram.

use super::gradient::{Form, Gradients, all_from_start, logs, wrapped};
use super::heap::Heap;
use super::random::Random;
use super::relax::{polar, power, sweep, turns};
use crate::Complex32;
use crate::signal::stft::StftConfig;

/// How far below the loudest bin of the whole sound the two passes go: ln(1e-2) and ln(1e-10). (A
/// first pass that goes to 1e-1 only, as in the authors' software, is up to 1 dB worse here: it
/// leaves the quieter partials of a chord without a path.)
const PASSES: [f32; 2] = [-4.605_17, -23.025_85];

/// How often the whole is swept, forwards and backwards in turn.
const SWEEPS: usize = 20;

/// Everything that the integration reads, flat over frames and bins.
struct Field {
    bins: usize,
    /// `[frame * bins + bin]`, as are the next two.
    logs: Vec<f32>,
    /// Advance per hop.
    time: Vec<f32>,
    /// Change from bin to bin.
    frequency: Vec<f32>,
}

/// The phases of a whole spectrogram, `[frame][bin]`, as FFTs of whole frames have them.
/// `magnitudes` must be `[frame][bin]`.
///
/// The loudest bin of all gets the phase 0 and passes it on to its four neighbours, loudest first.
/// A first pass stays within 40 dB of the loudest bin, so that no path between two loud places
/// leads over a quiet one that has a loud detour; a second one goes down to -200 dB from there.
/// What is quieter yet gets a random phase. In the corrected form, sweeps over the whole then make
/// each phase agree with all its neighbours. Source: Průša, Balazs, Søndergaard, *A Noniterative
/// Method for Reconstruction of Phase From STFT Magnitude* (2017), algorithm 1. Allocates.
pub(super) fn pghi(
    config: StftConfig,
    form: Form,
    magnitudes: &[Vec<f32>],
    seed: u64,
) -> Vec<Vec<f32>> {
    let field = Field::new(config, form, magnitudes);
    let (mut phases, done) = field.integrate();
    if form == Form::Corrected {
        field.relax(power(config.window), &mut phases);
    }
    let mut random = Random::new(seed);
    for (phase, _) in phases.iter_mut().zip(&done).filter(|(_, done)| !**done) {
        *phase = random.phase();
    }
    let rows = phases.chunks_exact(field.bins).map(|centre| {
        let mut row = vec![0.0; field.bins];
        all_from_start(centre, &mut row);
        row
    });
    rows.collect()
}

impl Field {
    fn new(config: StftConfig, form: Form, magnitudes: &[Vec<f32>]) -> Self {
        let (bins, cells) = (config.bins(), config.bins() * magnitudes.len());
        let gradients = Gradients::new(config, form);
        let mut field = Self {
            bins,
            logs: vec![0.0; cells],
            time: vec![0.0; cells],
            frequency: vec![0.0; cells],
        };
        for (frame, out) in magnitudes.iter().zip(field.logs.chunks_exact_mut(bins)) {
            logs(frame, out);
        }
        for (logs, out) in field.logs.chunks_exact(bins).zip(field.time.chunks_exact_mut(bins)) {
            gradients.time(logs, out);
        }
        let rows: Vec<&[f32]> = field.logs.chunks_exact(bins).collect();
        for (frame, out) in field.frequency.chunks_exact_mut(bins).enumerate() {
            let (before, after) = (frame.saturating_sub(1), (frame + 1).min(rows.len() - 1));
            gradients.frequency(rows[before], rows[frame], rows[after], out);
        }
        field
    }

    /// Phases relative to the centres, and which of them the heap has reached, both `[frame * bins + bin]`.
    fn integrate(&self) -> (Vec<f32>, Vec<bool>) {
        let cells = self.logs.len();
        let mut phases = vec![0.0; cells];
        let mut done = vec![false; cells];
        let mut heap = Heap::new(cells);
        let mut order: Vec<u32> = (0..cells as u32).collect();
        order.sort_unstable_by(|&a, &b| {
            self.logs[b as usize].total_cmp(&self.logs[a as usize]).then(a.cmp(&b))
        });
        let loudest = order.first().map_or(0.0, |&cell| self.logs[cell as usize]);
        for pass in PASSES {
            let threshold = loudest + pass;
            // What an earlier pass has settled is where this one starts from.
            for cell in (0..cells).filter(|&cell| done[cell]) {
                heap.push(self.logs[cell], cell as u32);
            }
            self.flood(threshold, &mut heap, &mut done, &mut phases);
            // Places that no path reaches start from the phase 0 at their loudest bin.
            for &cell in &order {
                if self.logs[cell as usize] <= threshold {
                    break;
                }
                if !done[cell as usize] {
                    done[cell as usize] = true;
                    heap.push(self.logs[cell as usize], cell);
                    self.flood(threshold, &mut heap, &mut done, &mut phases);
                }
            }
        }
        (phases, done)
    }

    /// Makes each phase agree with all its neighbours (see `relax.rs`).
    fn relax(&self, power: f32, phases: &mut [f32]) {
        let bins = self.bins;
        let loudest = self.logs.iter().copied().fold(f32::MIN, f32::max);
        let weights: Vec<f32> =
            self.logs.iter().map(|log| (power * (log - loudest)).exp()).collect();
        let mut values: Vec<Complex32> =
            weights.iter().zip(&*phases).map(|(&w, &phase)| polar(w, phase)).collect();
        let later = self.time.get(bins..).unwrap_or_default();
        let advances: Vec<Complex32> =
            self.time.iter().zip(later).map(|(a, b)| polar(1.0, 0.5 * (a + b))).collect();
        let mut changes = vec![Complex32::default(); values.len()];
        for (frequency, out) in
            self.frequency.chunks_exact(bins).zip(changes.chunks_exact_mut(bins))
        {
            turns(frequency, out);
        }
        let frames = values.len() / bins;
        let mut along_time = vec![Complex32::default(); bins];
        for count in 0..SWEEPS {
            for step in 0..frames {
                let frame = if count % 2 == 0 { step } else { frames - 1 - step };
                let start = frame * bins;
                for (m, sum) in along_time.iter_mut().enumerate() {
                    let at = start + m;
                    *sum = Complex32::default();
                    if frame > 0 {
                        *sum += values[at - bins] * advances[at - bins];
                    }
                    if frame + 1 < frames {
                        *sum += values[at + bins] * advances[at].conj();
                    }
                }
                let row = start..start + bins;
                sweep(&along_time, &changes[row.clone()], &weights[row.clone()], &mut values[row]);
            }
        }
        for ((phase, value), weight) in phases.iter_mut().zip(&values).zip(&weights) {
            if *weight > 0.0 {
                *phase = value.im.atan2(value.re);
            }
        }
    }

    /// Passes phases on from the loudest cell of the heap until it is empty.
    fn flood(&self, threshold: f32, heap: &mut Heap, done: &mut [bool], phases: &mut [f32]) {
        let (bins, cells) = (self.bins, self.logs.len());
        while let Some(cell) = heap.pop() {
            let from = cell as usize;
            let m = from % bins;
            let neighbours = [
                (m + 1 < bins).then(|| (from + 1, &self.frequency, 0.5)),
                (m > 0).then(|| (from - 1, &self.frequency, -0.5)),
                (from + bins < cells).then(|| (from + bins, &self.time, 0.5)),
                (from >= bins).then(|| (from - bins, &self.time, -0.5)),
            ];
            for (to, slope, half) in neighbours
                .into_iter()
                .flatten()
                .map(|(to, s, half): (usize, &Vec<f32>, f32)| (to, s, half))
            {
                if !done[to] && self.logs[to] > threshold {
                    phases[to] = wrapped(phases[from] + half * (slope[from] + slope[to]));
                    done[to] = true;
                    heap.push(self.logs[to], to as u32);
                }
            }
        }
    }
}
