//! A long sound through a network that remembers, cut into pieces that run beside each other.
//!
//! Every piece but the first begins with what a while of the sound before it leaves behind. Where
//! the network remembers longer than that, the end of each piece is not what the next one began
//! with; then all of them run again from where their predecessors ended, until every joint is
//! whole. After as many runs as there are pieces the result is that of a single run whatever the
//! network remembers; most need no second one.

use rayon::prelude::*;

use super::super::lanes::LANES;
use super::pass::{Group, Net};

/// Samples from which a piece first takes what it remembers.
const WARM_UP: usize = 8_192;
/// A joint is whole when nothing remembered differs by more than this, relative to its size where
/// that is above 1.
const WHOLE: f32 = 2e-6;
/// A piece that has heard so much of what was before it (22 s at 48 kHz) is not run again.
const LONGEST: usize = 1 << 20;

/// What a piece was begun with, what it gave, and what it remembers at its end.
struct Piece {
    begin: Vec<f32>,
    end: Vec<f32>,
    output: Vec<f32>,
}

/// A sound in pieces.
#[derive(Clone, Copy)]
struct Cut<'a> {
    /// All samples.
    input: &'a [f32],
    /// Samples of each piece.
    length: usize,
}

impl Cut<'_> {
    /// The sample `before` ahead of a piece's sample `t`; silence where there is none.
    fn sample(&self, piece: usize, t: usize, before: usize) -> f32 {
        let at = (piece * self.length + t).checked_sub(before);
        at.and_then(|at| self.input.get(at)).copied().unwrap_or(0.0)
    }
}

/// What a network makes of a sound from rest (all zeros), as long as the sound. The groups' knobs
/// are set.
pub(super) fn predict(net: &Net, groups: &mut [Group], input: &[f32]) -> Vec<f32> {
    // A short sound runs in few lanes, so that no lane's warm-up is much longer than what it
    // predicts; further groups of lanes are worth their warm-up only for long sounds.
    let count = (input.len() / (4 * LANES * WARM_UP)).clamp(1, groups.len().max(1));
    let lanes = (4 * input.len() / WARM_UP).clamp(1, LANES * count);
    let length = input.len().div_ceil(lanes).max(1);
    let cut = Cut { input, length };
    let groups = &mut groups[..lanes.div_ceil(LANES)];
    let mut pieces: Vec<Piece> = groups
        .par_iter_mut()
        .enumerate()
        .flat_map(|(g, group)| {
            let first = g * LANES;
            group.space.rest();
            group.play(net, WARM_UP, |lane, t| cut.sample(first + lane, t, WARM_UP));
            if first == 0 {
                let rest = vec![0.0; group.state(0).len()];
                group.set_state(0, &rest);
            }
            let begins = (0..LANES).map(|lane| group.state(lane)).collect();
            run(net, group, begins, first, cut)
        })
        .collect();
    let mut heard = length;
    // One run more makes one joint more whole for certain.
    for _ in 1..lanes {
        let joints: Vec<bool> =
            (1..lanes).map(|k| is_whole(&pieces[k - 1].end, &pieces[k].begin)).collect();
        if heard > LONGEST || joints.iter().all(|whole| *whole) {
            break;
        }
        let begins: Vec<Vec<f32>> = (0..pieces.len())
            .map(|k| {
                if k == 0 || k >= lanes {
                    pieces[k].begin.clone()
                } else {
                    pieces[k - 1].end.clone()
                }
            })
            .collect();
        let again: Vec<Option<Vec<Piece>>> = groups
            .par_iter_mut()
            .enumerate()
            .map(|(g, group)| {
                let first = g * LANES;
                let broken = (first.max(1)..(first + LANES).min(lanes)).any(|k| !joints[k - 1]);
                let begins = begins[first..first + LANES].to_vec();
                broken.then(|| run(net, group, begins, first, cut))
            })
            .collect();
        for (g, again) in again.into_iter().enumerate() {
            for (piece, new) in pieces[g * LANES..].iter_mut().zip(again.into_iter().flatten()) {
                *piece = new;
            }
        }
        heard += length;
    }
    let mut out: Vec<f32> = pieces.into_iter().take(lanes).flat_map(|piece| piece.output).collect();
    out.truncate(input.len());
    out
}

/// Sixteen pieces, the first of them number `first`, from what they begin with.
fn run(
    net: &Net,
    group: &mut Group,
    begins: Vec<Vec<f32>>,
    first: usize,
    cut: Cut<'_>,
) -> Vec<Piece> {
    for (lane, begin) in begins.iter().enumerate() {
        group.set_state(lane, begin);
    }
    let outputs = group.play(net, cut.length, |lane, t| cut.sample(first + lane, t, 0));
    let pieces = begins.into_iter().zip(outputs).enumerate();
    pieces.map(|(lane, (begin, output))| Piece { begin, end: group.state(lane), output }).collect()
}

fn is_whole(end: &[f32], begin: &[f32]) -> bool {
    end.iter().zip(begin).all(|(a, b)| (a - b).abs() <= WHOLE * a.abs().max(1.0))
}

#[cfg(test)]
mod tests {
    use super::super::{RecurrentLearner, Shape};
    use super::*;
    use crate::effect::loss::LossConfig;
    use nfx_core::nn::CellKind;

    #[test]
    fn pieces_give_what_a_single_run_gives_however_long_the_network_remembers() {
        for (cell, gate) in [(CellKind::Lstm, 1..2), (CellKind::Gru, 1..2)] {
            // Gates that let go within 0.1, 1 and 20 s at 48 kHz.
            for bias in [8.5f32, 10.8, 13.8] {
                let shape = Shape { cell, hidden: 6, layers: 1, knobs: 0, skip: false };
                let mut learner = RecurrentLearner::new(shape, LossConfig::default(), 4);
                let mut flat = learner.flat().to_vec();
                let p = shape.place(0);
                for row in gate.start * 6..gate.end * 6 {
                    flat[p.bias + row] = bias;
                }
                let net = {
                    let mut net = Net::default();
                    net.pack(&shape, &flat);
                    net
                };
                let input: Vec<f32> = (0..70_001)
                    .map(|i| {
                        if (i / 9_000) % 3 == 1 { 0.0 } else { 0.6 * (i as f32 * 0.03).sin() + 0.2 }
                    })
                    .collect();
                let group = &mut learner.groups[0];
                group.set_knobs(&flat, &[]);
                group.space.rest();
                let want = group
                    .play(&net, input.len(), |lane, t| if lane == 0 { input[t] } else { 0.0 })
                    .swap_remove(0);
                for group in &mut learner.groups {
                    group.set_knobs(&flat, &[]);
                }
                let found = predict(&net, &mut learner.groups, &input);
                let worst =
                    want.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
                assert!(found.len() == input.len() && worst < 1e-4, "{cell:?} {bias}: {worst:e}");
            }
        }
    }
}
