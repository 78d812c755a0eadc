//! For the plugins' tests: sound through the audio thread's side of an instance, without a host.

#![allow(dead_code)] // each plugin's test uses a part

use std::fmt::Debug;
use std::ops::Range;

use nfx_frame::side_chain::SideChain;
use nfx_frame::source::{Choice, Wanted, prepare};

/// A stretch of a tone.
fn tone(span: Range<usize>) -> Vec<f32> {
    span.map(|i| (i as f32 * 0.05).sin() * 0.5).collect()
}

/// What `process` makes of a stretch of a tone in blocks of `block`.
pub fn played(span: Range<usize>, block: usize, process: impl FnMut(&mut [f32])) -> Vec<f32> {
    let mut sound = tone(span);
    sound.chunks_mut(block).for_each(process);
    sound
}

/// The largest step from a sample to the next.
pub fn steepest(sound: &[f32]) -> f32 {
    sound.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

/// The largest difference of two sounds.
pub fn worst(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The root mean square.
pub fn level(sound: &[f32]) -> f32 {
    (sound.iter().map(|x| x * x).sum::<f32>() / sound.len() as f32).sqrt()
}

/// An instance with nothing to play passes its input and leaves out what is no sound.
pub fn passes_dry_and_clean(process: impl FnOnce(&mut [f32])) {
    let mut sound = [f32::NAN, f32::INFINITY, 1e30, 1e-40, 0.25];
    process(&mut sound);
    assert!(sound.iter().all(|x| *x == 0.0 || x.is_normal()) && sound[4] == 0.25, "{sound:?}");
}

/// Each of these built-in sounds is heard at any rate.
pub fn are_audible<C: Choice + Debug>(choices: &[C]) {
    for &choice in choices {
        for rate_hz in [44_100.0, 48_000.0, 96_000.0, 8_000.0] {
            let loaded = prepare(Wanted { choice, version: 0, rate_hz }, None).unwrap();
            let peak =
                loaded.clip.channels.iter().flatten().fold(0.0_f32, |most, x| most.max(x.abs()));
            assert!((0.05..=1.2).contains(&peak), "{choice:?} {rate_hz} {peak}");
        }
    }
}

/// What is missing of a side chain counts as silence, however blocks are split. `fresh` makes a
/// fresh instance, as what it does to a block with a side chain.
pub fn takes_a_missing_side_chain_for_silence<F>(fresh: impl Fn() -> F)
where
    F: FnMut(&mut [f32], &SideChain<'_>),
{
    let key: Vec<f32> = (0..8192).map(|i| (i as f32 * 0.31).sin() * 0.4).collect();
    // How many samples of each channel a block of 1024 is given.
    let given = [
        [1024, 1024],
        [700, 1024],
        [0, 1],
        [1024, 0],
        [0, 0],
        [1, 1023],
        [1024, 2000],
        [1024, 1024],
    ];
    let play = |whole: bool, block: usize| {
        let mut process = fresh();
        let mut out = Vec::new();
        for (i, given) in given.iter().enumerate() {
            let sound = tone(i * 1024..(i + 1) * 1024);
            let sides = given.map(|n| {
                let n = n.min(1024);
                let mut side = key[i * 1024..][..n].to_vec();
                side.resize(if whole { 1024 } else { n }, 0.0);
                side
            });
            // The block is split, as automation splits it, behind the end of what there is.
            for at in (0..1024).step_by(block) {
                let mut part = sound[at..(at + block).min(1024)].to_vec();
                let sides = [0, 1].map(|c| &sides[c][at.min(sides[c].len())..]);
                process(&mut part, &SideChain::new(sides));
                out.extend(part);
            }
        }
        out
    };
    let expected = play(true, 1024);
    assert_eq!(expected, play(false, 1024));
    assert_eq!(expected, play(false, 300));
    assert!(expected.iter().any(|x| *x != 0.0));
}
